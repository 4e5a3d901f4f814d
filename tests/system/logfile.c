/* The log as the tests read it, text or JSON: a change of its format is a change here. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

/* Copies a value up to its closing quote, or up to a space or comma if it has none. */
static void
copy_value(const char *at, char *value, size_t size)
{
	bool quoted = *at == '"';
	size_t n = 0;

	for (at += quoted; *at != '\0' && *at != '\n'; at++) {
		if (quoted ? *at == '"' : strchr(" ,}", *at) != NULL)
			break;
		if (quoted && *at == '\\' && at[1] != '\0' && n + 1 < size)
			value[n++] = *at++;
		if (n + 1 < size)
			value[n++] = *at;
	}
	value[n] = '\0';
}

bool
log_value(const char *line, const char *key, char *value, size_t size)
{
	char text[80], json[80];
	const char *at;

	snprintf(text, sizeof(text), " %s=", key);
	snprintf(json, sizeof(json), "\"%s\":", key);
	at = strstr(line, line[0] == '{' ? json : text);
	if (at == NULL)
		return false;
	at += strlen(line[0] == '{' ? json : text);
	while (line[0] == '{' && *at == ' ')
		at++;
	copy_value(at, value, size);
	return true;
}

double
log_number(const char *line, const char *key)
{
	char value[LINE], *end = value;
	double number = 0;

	if (log_value(line, key, value, sizeof(value)))
		number = strtod(value, &end);
	cr_assert(end != value, "no number %s in: %s", key, line);
	return number;
}

static bool
is_field(const char *word)
{
	while (islower((unsigned char)*word) || *word == '_')
		word++;
	return *word == '=';
}

/* Text: TIME LEVEL MESSAGE NAME=VALUE ... */
static bool
message_is(const char *line, const char *message)
{
	char value[LINE];
	const char *at = line;
	size_t n = strlen(message);
	int i;

	if (line[0] == '{')
		return log_value(line, "message", value, sizeof(value)) &&
		       strcmp(value, message) == 0;
	for (i = 0; i < 2 && at != NULL; i++) {
		at = strchr(at, ' ');
		at += at != NULL;
	}
	return at != NULL && strncmp(at, message, n) == 0 && at[n] == ' ' &&
	       at[n + 1 + strcspn(at + n + 1, " =")] == '=';
}

static bool
line_has(const char *line, const char *word)
{
	char key[80], value[LINE];
	const char *equals = strchr(word, '=');

	if (*word == '@')
		return message_is(line, word + 1);
	if (!is_field(word))
		return strstr(line, word) != NULL;
	snprintf(key, sizeof(key), "%.*s", (int)(equals - word), word);
	return log_value(line, key, value, sizeof(value)) && strcmp(value, equals + 1) == 0;
}

static size_t
search(struct daemon *d, char *found, va_list words)
{
	char *text = file_read(d->log), *line, *rest;
	const char *word;
	size_t n = 0;
	va_list ap;
	bool all;

	rest = text != NULL && strlen(text) > d->mark ? text + d->mark : NULL;
	while (rest != NULL && strchr(rest, '\n') != NULL) {
		line = strsep(&rest, "\n");
		all = true;
		va_copy(ap, words);
		while (all && (word = va_arg(ap, const char *)) != NULL)
			all = line_has(line, word);
		va_end(ap);
		if (all && n++ == 0 && found != NULL)
			snprintf(found, LINE, "%s", line);
	}
	free(text);
	return n;
}

bool
log_find(struct daemon *d, char *line, ...)
{
	va_list words;
	size_t n;

	va_start(words, line);
	n = search(d, line, words);
	va_end(words);
	return n > 0;
}

size_t
log_count(struct daemon *d, ...)
{
	va_list words;
	size_t n;

	va_start(words, d);
	n = search(d, NULL, words);
	va_end(words);
	return n;
}

void
log_mark(struct daemon *d)
{
	char *text = file_read(d->log);

	d->mark = text != NULL ? strlen(text) : 0;
	free(text);
}

unsigned
daemon_port(struct daemon *d, const char *service, const char *endpoint)
{
	char word[128], line[LINE];
	size_t mark = d->mark;
	unsigned port;

	snprintf(word, sizeof(word), "service=%s", service);
	d->mark = 0;
	cr_assert(LOG_WAIT(d, LONG, line, "@listening", word, endpoint, "port"),
	    "no socket of service %s (%s) in the log", service, endpoint);
	d->mark = mark;
	port = (unsigned)log_number(line, "port");
	cr_assert(port > 0);
	return port;
}

char *
file_read(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = NULL, *more;
	size_t n = 0, r = 0;

	if (f == NULL)
		return NULL;
	do {
		n += r;
		more = realloc(text, n + 65536);
		cr_assert(more != NULL);
		text = more;
		r = fread(text + n, 1, 65535, f);
	} while (r > 0);
	text[n] = '\0';
	fclose(f);
	return text;
}

bool
file_exists(const char *path)
{
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return false;
	fclose(f);
	return true;
}

size_t
file_lines(const char *path)
{
	char *text = file_read(path), *at;
	size_t n = 0;

	for (at = text; at != NULL && *at != '\0'; at++)
		n += *at == '\n';
	free(text);
	return n;
}
