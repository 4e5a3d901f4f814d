#include "config/lexer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/report.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

enum { SHOWN = 80, MESSAGE = 1024 };

static const char bare[] = LETTERS "_./:-[]%@";

enum token_kind
lexer_fail(struct lexer *l, unsigned line, const char *format, ...)
{
	char message[MESSAGE];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(message, sizeof(message), format, ap);
	va_end(ap);
	report_add(l->report, FINDING_ERROR, l->file, line, "%s; the rest of the file is not read",
	    message);
	return TOKEN_ERROR;
}

const char *
lexer_show(const struct lexer *l, const struct token *t, char *text, size_t size)
{
	size_t n = t->end - t->start;
	struct text to;

	text_init(&to, text, size);
	if (t->kind == TOKEN_END) {
		text_add(&to, "the end of the file");
		return text;
	}
	/* A quoted string brings its own quotes. */
	text_add(&to, t->kind == TOKEN_QUOTED ? "" : "\"");
	text_add_vis(&to, l->text + t->start, n < SHOWN ? n : SHOWN);
	text_add(&to, n < SHOWN ? "" : "...");
	text_add(&to, t->kind == TOKEN_QUOTED ? "" : "\"");
	return text;
}

static char
peek(const struct lexer *l, size_t ahead)
{
	return l->at + ahead < l->n ? l->text[l->at + ahead] : '\0';
}

/* libconfuse takes comments only where a name may stand: it gets blanks instead. */
static void
blank(struct lexer *l, size_t n)
{
	for (; n > 0; n--, l->at++)
		if (l->text[l->at] != '\n')
			l->text[l->at] = ' ';
}

static void
skip_line(struct lexer *l)
{
	blank(l, strcspn(l->text + l->at, "\n"));
}

static bool
skip_comment(struct lexer *l)
{
	const char *start = l->text + l->at, *end = strstr(start + 2, "*/"), *c;

	if (end == NULL) {
		(void)lexer_fail(l, l->line, "the comment opened here is not closed");
		return false;
	}
	for (c = start; c < end; c++)
		l->line += *c == '\n';
	blank(l, (size_t)(end - start) + 2);
	return true;
}

/* Blanks and comments. */
static bool
skip(struct lexer *l)
{
	char c;

	for (; l->at < l->n; l->at++) {
		c = l->text[l->at];
		while (c == '#' || (c == '/' && (peek(l, 1) == '/' || peek(l, 1) == '*'))) {
			if (c == '/' && peek(l, 1) == '*') {
				if (!skip_comment(l))
					return false;
			} else {
				skip_line(l);
			}
			c = peek(l, 0);
		}
		if (c == '\n')
			l->line++;
		else if (c != ' ' && c != '\t' && c != '\r')
			break;
	}
	return true;
}

/* At the backslash: \NNN must be octal, at most 0377, and no escape may mean a NUL. */
static bool
take_escape(struct lexer *l)
{
	const char *s = l->text + l->at + 1;
	size_t n = strspn(s, "0123456789");
	unsigned long value = 1;

	if (n > 0) {
		value = n <= 3 && strspn(s, "01234567") >= n ? strtoul(s, NULL, 8) : 0;
		value = value > 255 ? 0 : value;
	} else if (*s == 'x') {
		n = 1 + strspn(s + 1, "0123456789ABCDEFabcdef");
		n = n > 3 ? 3 : n;
		value = n > 1 && strspn(s + 1, "0") >= n - 1 ? 0 : 1;
	} else {
		n = 1;
		l->line += *s == '\n';
	}
	if (value == 0) {
		(void)lexer_fail(l, l->line,
		    "the escape \\%.*s is not allowed: octal \\001 to \\377, or \\x01 to \\xff",
		    (int)n, s);
		return false;
	}
	l->at += 1 + n;
	return true;
}

/* At the dollar sign of ${. */
static bool
take_variable(struct lexer *l)
{
	const char *name = l->text + l->at + 2, *end;
	size_t n = strspn(name, LETTERS "_");
	char word[SHOWN];

	end = name + n;
	if (strncmp(end, ":-", 2) == 0)
		end += strcspn(end, "}\"\\\n");
	if (n == 0 || n >= sizeof(word) || *end != '}') {
		(void)lexer_fail(l, l->line,
		    "${ is not ${NAME} or ${NAME:-text}; a dollar sign is \\$, or stands in single "
		    "quotes");
		return false;
	}
	memcpy(word, name, n);
	word[n] = '\0';
	if (name[n] == '}' && getenv(word) == NULL)
		report_add(l->report, FINDING_WARNING, l->file, l->line,
		    "${%s} is empty: there is no such variable in superd's environment", word);
	l->at = (size_t)(end - l->text) + 1;
	return true;
}

static enum token_kind
take_quoted(struct lexer *l)
{
	char quote = l->text[l->at++], c;
	unsigned line = l->line;

	while (l->at < l->n && (c = l->text[l->at]) != '\n') {
		if (c == quote) {
			l->at++;
			return TOKEN_QUOTED;
		}
		if (c == '\\' && quote == '"') {
			if (!take_escape(l))
				return TOKEN_ERROR;
		} else if (c == '\\') {
			l->line += peek(l, 1) == '\n';
			l->at += 2;
		} else if (c == '$' && peek(l, 1) == '{' && quote == '"') {
			if (!take_variable(l))
				return TOKEN_ERROR;
		} else {
			l->at++;
		}
	}
	return lexer_fail(l, line,
	    "the string opened by %c is not closed on its line (a line end is \\n)", quote);
}

static void
take_value(struct lexer *l, struct token *t)
{
	size_t i, n = strcspn(l->text + l->at, " \t\r\n,{}\"'#");
	const char *s = l->text + l->at;
	char text[4 * SHOWN];

	/* ${NAME}, whose braces are not those of a list. */
	while (n > 0 && s[n - 1] == '$' && s[n] == '{') {
		n += strcspn(s + n, " \t\r\n,}\"'#");
		n += s[n] == '}';
		n += strcspn(s + n, " \t\r\n,{}\"'#");
	}
	l->at += n;
	t->end = l->at;
	for (i = 0; i < n && strchr(bare, s[i]) != NULL && strncmp(s + i, "//", 2) != 0; i++)
		continue;
	if (i == n)
		return;
	t->unquoted = true;
	if (s[i] == ';' && i == n - 1)
		report_add(l->report, FINDING_ERROR, l->file, t->line,
		    "no \";\" stands after a value: %s", lexer_show(l, t, text, sizeof(text)));
	else
		report_add(l->report, FINDING_ERROR, l->file, t->line,
		    "put it in quotes: %s (unquoted are letters, digits and _./:-)",
		    lexer_show(l, t, text, sizeof(text)));
}

static enum token_kind
take_sign(struct lexer *l)
{
	switch (l->text[l->at]) {
	case '{':
		return TOKEN_OPEN;
	case '}':
		return TOKEN_CLOSE;
	case '=':
		return TOKEN_EQUALS;
	case ',':
		return TOKEN_COMMA;
	case '+':
		return peek(l, 1) == '=' ? TOKEN_APPEND : TOKEN_ERROR;
	default:
		return TOKEN_ERROR;
	}
}

struct token
lexer_next(struct lexer *l, bool value)
{
	struct token t = {.kind = TOKEN_ERROR};
	char text[4 * SHOWN];

	if (!skip(l))
		return t;
	t.start = t.end = l->at;
	t.line = l->line;
	if (l->at == l->n) {
		t.kind = TOKEN_END;
		return t;
	}
	if (l->text[l->at] == '"' || l->text[l->at] == '\'') {
		t.kind = take_quoted(l);
		t.end = l->at;
		return t;
	}
	t.kind = take_sign(l);
	if (t.kind != TOKEN_ERROR && !(value && t.kind == TOKEN_APPEND)) {
		l->at += t.kind == TOKEN_APPEND ? 2 : 1;
		t.end = l->at;
		return t;
	}
	t.kind = TOKEN_WORD;
	if (value) {
		take_value(l, &t);
		return t;
	}
	t.end += strspn(l->text + l->at, LETTERS "_-.");
	if (t.end == t.start) {
		t.end++;
		t.kind = lexer_fail(l, t.line, "%s is not expected here",
		    (t.kind = TOKEN_WORD, lexer_show(l, &t, text, sizeof(text))));
	}
	l->at = t.end;
	return t;
}
