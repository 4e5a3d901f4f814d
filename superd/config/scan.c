#include "config/scan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/lexer.h"
#include "config/report.h"
#include "config/value.h"

enum { NAME_LENGTH = 64, SHOWN = 400 };

/* One section on its way. */
struct block {
	const struct option_section *section;
	int32_t service;
	unsigned line; /* where it is opened */
	struct token title;
	unsigned first[OPTIONS_MAX]; /* line of each option that was given; 0: not yet */
	struct {
		const struct option_section *section;
		unsigned line;
	} seen[8];
	size_t nseen;
};

struct scanner {
	struct lexer l;
	struct scan *s;
	char *text;
	bool main, memory;
	struct token valued;	     /* the name of the option whose value came last */
	const struct option *option; /* NULL: not known */
	unsigned line;		     /* where that value ended; 0: none yet */
};

static int scan_block(struct scanner *p, struct block *b);

static void
error(struct scanner *p, unsigned line, const char *what, const struct token *t, const char *more)
{
	char shown[SHOWN];

	report_add(p->l.report, FINDING_ERROR, p->l.file, line, "%s%s%s", what,
	    lexer_show(&p->l, t, shown, sizeof(shown)), more);
}

static int
fail(struct scanner *p, const struct token *t, const char *expected)
{
	char shown[SHOWN];

	if (t->kind != TOKEN_ERROR)
		(void)lexer_fail(&p->l, t->line, "%s expected, found %s", expected,
		    lexer_show(&p->l, t, shown, sizeof(shown)));
	return -EINVAL;
}

/* What was reported is not shown to libconfuse; lines stay. */
static void
blank(struct scanner *p, size_t start, size_t end)
{
	for (; start < end; start++)
		if (p->text[start] != '\n')
			p->text[start] = ' ';
}

/* Room for one more of n; arrays grow at powers of two. */
static int
grow(struct scanner *p, void *array, size_t n, size_t size)
{
	void **v = array, *more;

	if ((n & (n - 1)) != 0)
		return 0;
	more = reallocarray(*v, n > 0 ? 2 * n : 1, size);
	if (more == NULL) {
		p->memory = true;
		return -ENOMEM;
	}
	*v = more;
	return 0;
}

static int
add_line(struct scanner *p, unsigned line)
{
	if (grow(p, &p->s->lines, p->s->nlines, sizeof(*p->s->lines)) < 0)
		return -ENOMEM;
	p->s->lines[p->s->nlines++] = line;
	return 0;
}

static int
add_item(struct scanner *p, const struct scan_item *item)
{
	if (grow(p, &p->s->items, p->s->nitems, sizeof(*p->s->items)) < 0)
		return -ENOMEM;
	p->s->items[p->s->nitems++] = *item;
	return 0;
}

/* To the brace that closes the one just taken. */
static int
skip_braces(struct scanner *p, const struct token *open)
{
	struct token t;
	size_t depth = 1;

	while (depth > 0) {
		t = lexer_next(&p->l, true);
		if (t.kind == TOKEN_END)
			report_add(p->l.report, FINDING_ERROR, p->l.file, open->line,
			    "the \"{\" is not closed before the end of the file");
		if (t.kind == TOKEN_END || t.kind == TOKEN_ERROR)
			return -EINVAL;
		depth += t.kind == TOKEN_OPEN;
		depth -= t.kind == TOKEN_CLOSE;
	}
	return 0;
}

static void
value_ended(struct scanner *p, const struct option *o, const struct token *name)
{
	p->option = o;
	p->valued = *name;
	p->line = p->l.line;
}

/* Is the token, no option's name, one more word behind a value? "=" or "{" would come next, were it
 * a name. */
static bool
is_stray(const struct scanner *p, const struct token *t)
{
	const char *rest = p->text + p->l.at;

	if (t->line != p->line)
		return false;
	rest += strspn(rest, " \t");
	return t->kind == TOKEN_QUOTED ||
	       (*rest != '=' && *rest != '{' && strncmp(rest, "+=", 2) != 0);
}

/* It and what else stands in its line, up to a brace. */
static void
stray(struct scanner *p, const struct token *t)
{
	char shown[SHOWN], name[SHOWN];

	/* Who does not know the option has said so. */
	if (p->option != NULL)
		report_add(p->l.report, FINDING_ERROR, p->l.file, t->line,
		    "%s stands after the value of %s%s", lexer_show(&p->l, t, shown, sizeof(shown)),
		    lexer_show(&p->l, &p->valued, name, sizeof(name)),
		    p->option->type->list ? ": several values stand in { } with commas between them"
					  : ", which takes one value");
	p->l.at += strcspn(p->text + p->l.at, "\n{}#");
	blank(p, t->start, p->l.at);
}

/* The rest of an option or section that is not known, after its name. */
static int
skip_unknown(struct scanner *p)
{
	struct token t = lexer_next(&p->l, false);
	bool value = t.kind == TOKEN_EQUALS || t.kind == TOKEN_APPEND;

	if (value || t.kind == TOKEN_WORD || t.kind == TOKEN_QUOTED)
		t = lexer_next(&p->l, value);
	if (t.kind == TOKEN_OPEN)
		return skip_braces(p, &t);
	if (value && (t.kind == TOKEN_WORD || t.kind == TOKEN_QUOTED))
		return 0;
	return fail(p, &t, value ? "a value" : "\"=\" or \"{\"");
}

static int
unknown(struct scanner *p, const struct block *b, const struct token *name)
{
	char hint[SHOWN * 2], shown[SHOWN];
	struct text t;
	int r;

	text_init(&t, hint, sizeof(hint));
	option_hint(&t, b->section, p->text + name->start, name->end - name->start, p->main);
	report_add(p->l.report, FINDING_ERROR, p->l.file, name->line, "unknown option %s%s",
	    lexer_show(&p->l, name, shown, sizeof(shown)), hint);
	r = skip_unknown(p);
	if (r == 0) {
		blank(p, name->start, p->l.at);
		value_ended(p, NULL, name);
	}
	return r;
}

/* { VALUE, ... } after its opening brace. */
static int
scan_list(struct scanner *p, const struct token *open, bool *refused)
{
	struct token t;

	for (;;) {
		t = lexer_next(&p->l, true);
		if (t.kind == TOKEN_CLOSE)
			return 0;
		if (t.kind == TOKEN_WORD || t.kind == TOKEN_QUOTED) {
			*refused |= t.unquoted;
			if (add_line(p, t.line) < 0)
				return -ENOMEM;
			t = lexer_next(&p->l, true);
			if (t.kind == TOKEN_CLOSE)
				return 0;
			if (t.kind == TOKEN_COMMA)
				continue;
			*refused = true;
		}
		if (t.kind == TOKEN_END) {
			report_add(p->l.report, FINDING_ERROR, p->l.file, open->line,
			    "the list opened by \"{\" is not closed before the end of the file");
			return -EINVAL;
		}
		return fail(p, &t, *refused ? "\",\" or \"}\"" : "a value or \"}\"");
	}
}

static int
scan_values(struct scanner *p, const struct option *o, const struct token *name, bool *refused)
{
	struct token t = lexer_next(&p->l, true);

	*refused |= t.unquoted;
	if (t.kind == TOKEN_WORD || t.kind == TOKEN_QUOTED)
		return add_line(p, t.line);
	if (t.kind != TOKEN_OPEN)
		return fail(p, &t, o->type->list ? "a value or \"{\"" : "a value");
	if (o->type->list)
		return scan_list(p, &t, refused);
	*refused = true;
	error(p, t.line, "", name, " takes one value, not a list");
	return skip_braces(p, &t);
}

static int
scan_option(struct scanner *p, struct block *b, const struct option *o, const struct token *name)
{
	struct scan_item item = {.option = o, .service = b->service, .line = name->line};
	struct token sign = lexer_next(&p->l, false);
	unsigned *first = &b->first[option_index(o)];
	char more[64];
	bool refused = false;
	int r;

	if (sign.kind != TOKEN_EQUALS && sign.kind != TOKEN_APPEND)
		return fail(p, &sign, o->type->list ? "\"=\" or \"+=\"" : "\"=\"");
	item.append = sign.kind == TOKEN_APPEND;
	item.first = (uint32_t)p->s->nlines;
	if (*first > 0 && !item.append) {
		(void)snprintf(more, sizeof(more), " is given twice (first in line %u)", *first);
		error(p, name->line, "", name, more);
		refused = true;
	}
	if (item.append && !o->type->list) {
		error(p, name->line, "", name, " is not a list: write = instead of +=");
		refused = true;
	}
	*first = *first > 0 ? *first : name->line;
	r = scan_values(p, o, name, &refused);
	if (r < 0)
		return r;
	value_ended(p, o, name);
	if (refused) {
		blank(p, name->start, p->l.at);
		return 0;
	}
	item.count = (uint32_t)p->s->nlines - item.first;
	return add_item(p, &item);
}

static void
check_title(struct scanner *p, const struct token *title)
{
	size_t quote = title->kind == TOKEN_QUOTED, n = title->end - title->start - 2 * quote;
	const char *s = p->text + title->start + quote;

	if (n == 0 || n > NAME_LENGTH ||
	    strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") < n)
		error(p, title->line, "the name ", title,
		    " is not 1 to 64 letters, digits, \".\", \"_\" or \"-\"");
}

/* The same section twice in one: sections without a title. */
static bool
seen_before(
    struct scanner *p, struct block *b, const struct option_section *s, const struct token *name)
{
	char more[64];
	size_t i;

	for (i = 0; i < b->nseen && b->seen[i].section != s; i++)
		continue;
	if (i < b->nseen) {
		(void)snprintf(
		    more, sizeof(more), " is given twice (first in line %u)", b->seen[i].line);
		error(p, name->line, "the section ", name, more);
		return true;
	}
	b->seen[i].section = s;
	b->seen[i].line = name->line;
	b->nseen++;
	return false;
}

static int
enter(struct scanner *p, struct block *b)
{
	if (b->section != &option_service)
		return 0;
	b->service = (int32_t)p->s->nservices;
	if (grow(p, &p->s->services, p->s->nservices, sizeof(*p->s->services)) < 0)
		return -ENOMEM;
	p->s->services[p->s->nservices++] = b->line;
	return 0;
}

static int
scan_section(
    struct scanner *p, struct block *b, const struct option_section *s, const struct token *name)
{
	struct block in = {.section = s, .service = b->service, .line = name->line};
	size_t nitems = p->s->nitems, nservices = p->s->nservices;
	bool refused = !s->titled && seen_before(p, b, s, name);
	struct token t = lexer_next(&p->l, false);
	int r;

	if (s->defaults)
		in.service = SCAN_DEFAULTS;
	if (s->titled && (t.kind == TOKEN_WORD || t.kind == TOKEN_QUOTED)) {
		check_title(p, &t);
		in.title = t;
		t = lexer_next(&p->l, false);
	} else if (s->titled && t.kind == TOKEN_OPEN) {
		error(p, name->line, "", name, " needs a name: service NAME { ... }");
		refused = true;
	}
	if (t.kind == TOKEN_EQUALS) {
		error(p, name->line, "", name, " is a section: no \"=\" before its \"{\"");
		refused = true;
		t = lexer_next(&p->l, true);
	}
	if (t.kind != TOKEN_OPEN)
		return fail(p, &t, s->titled && in.title.end == 0 ? "a name" : "\"{\"");
	r = enter(p, &in);
	if (r == 0)
		r = scan_block(p, &in);
	if (r == 0 && refused) {
		blank(p, name->start, p->l.at);
		p->s->nitems = nitems;
		p->s->nservices = nservices;
	}
	return r;
}

/* Reports "the section service NAME ...", the end of which is missing. */
static void
not_closed(struct scanner *p, const struct block *b, const char *what)
{
	const char *title = p->text + b->title.start;

	report_add(p->l.report, FINDING_ERROR, p->l.file, b->line, "the section %s%s%.*s %s",
	    b->section->name, b->title.end > 0 ? " " : "", (int)(b->title.end - b->title.start),
	    title, what);
}

static int
scan_name(struct scanner *p, struct block *b, const struct token *t)
{
	const struct option_section *s;
	const struct option *o;
	const char *name = p->text + t->start;
	size_t n = t->end - t->start;

	o = option_find(b->section, name, n);
	if (o != NULL && (p->main || !o->section->main_only))
		return scan_option(p, b, o, t);
	s = option_find_section(b->section, name, n);
	if (s != NULL && (p->main || !s->main_only))
		return scan_section(p, b, s, t);
	if (option_find_section(&option_file, name, n) == &option_service) {
		not_closed(p, b,
		    "is not closed before the next service; the rest of the file is not read");
		return -EINVAL;
	}
	if (is_stray(p, t)) {
		stray(p, t);
		return 0;
	}
	return unknown(p, b, t);
}

/* Up to the closing brace, or the end for the file itself. */
static int
scan_block(struct scanner *p, struct block *b)
{
	bool outer = b->section == &option_file;
	struct token t;
	int r;

	for (;;) {
		t = lexer_next(&p->l, false);
		if (t.kind == TOKEN_ERROR)
			return -EINVAL;
		if (t.kind == (outer ? TOKEN_END : TOKEN_CLOSE))
			return 0;
		if (t.kind == TOKEN_END) {
			not_closed(p, b, "is not closed before the end of the file");
			return -EINVAL;
		}
		if (t.kind == TOKEN_COMMA)
			return fail(
			    p, &t, "an option (values with commas between them stand in { })");
		if (t.kind == TOKEN_QUOTED && is_stray(p, &t)) {
			stray(p, &t);
			continue;
		}
		if (t.kind != TOKEN_WORD)
			return fail(
			    p, &t, outer ? "an option or section" : "an option, section or \"}\"");
		r = scan_name(p, b, &t);
		if (r < 0)
			return r;
	}
}

/* libconfuse ends at a NUL, and no other control character is meant. */
static int
check_bytes(struct scanner *p)
{
	const char *text = p->text;
	unsigned line = 1;
	size_t i;

	for (i = 0; i < p->l.n; i++) {
		line += text[i] == '\n';
		if ((unsigned char)text[i] >= ' ' && text[i] != 0x7f)
			continue;
		if (text[i] != '\n' && text[i] != '\t' && text[i] != '\r') {
			(void)lexer_fail(
			    &p->l, line, "the byte 0x%02x is not text", (unsigned char)text[i]);
			return -EINVAL;
		}
	}
	if (strncmp(text, "\xef\xbb\xbf", 3) == 0) {
		(void)lexer_fail(&p->l, 1, "the file begins with a byte order mark");
		return -EINVAL;
	}
	return 0;
}

int
scan_text(struct scan *s, const char *file, char *text, size_t n, bool main, struct report *r)
{
	struct scanner p = {.s = s, .text = text, .main = main};
	struct block b = {.section = &option_file, .service = SCAN_CONF};
	int result;

	memset(s, 0, sizeof(*s));
	p.l = (struct lexer){.file = file, .text = text, .n = n, .line = 1, .report = r};
	result = check_bytes(&p);
	if (result == 0)
		result = scan_block(&p, &b);
	return p.memory ? -ENOMEM : result;
}

void
scan_fini(struct scan *s)
{
	if (s == NULL)
		return;
	free(s->items);
	free(s->lines);
	free(s->services);
	memset(s, 0, sizeof(*s));
}
