#include "base/log_line.h"

#include <ctype.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

enum { STAMP = 32, TAIL = 16 };

const char *
log_level_name(int level)
{
	static const char *const names[] = {[LOG_ERR] = "error",
	    [LOG_WARNING] = "warning",
	    [LOG_NOTICE] = "notice",
	    [LOG_INFO] = "info",
	    [LOG_DEBUG] = "debug"};

	return level >= LOG_ERR && level <= LOG_DEBUG ? names[level] : "error";
}

/* Keeps room for the end of a line, whatever comes before it. */
static void
reserve_tail(struct text *t)
{
	t->size -= TAIL;
}

static void
add_tail(struct text *t, const char *whole, const char *cut)
{
	t->size += TAIL;
	text_add(t, t->cut ? cut : whole);
}

/* Would a reader of name=value pairs take it for one word? */
static bool
is_word(const char *s)
{
	size_t n = strcspn(s, " \"=\\");

	return n > 0 && s[n] == '\0';
}

static void
add_value(struct text *t, const char *value)
{
	const char *quote;

	if (is_word(value)) {
		text_add_vis(t, value, strlen(value));
		return;
	}
	text_add_bytes(t, "\"", 1);
	while ((quote = strchr(value, '"')) != NULL) {
		text_add_vis(t, value, (size_t)(quote - value));
		text_add_bytes(t, "\\\"", 2);
		value = quote + 1;
	}
	text_add_vis(t, value, strlen(value));
	text_add_bytes(t, "\"", 1);
}

static void
add_body(struct text *t, const struct log_line *line)
{
	size_t i;

	text_add(t, line->message);
	for (i = 0; i < line->n; i++) {
		if (line->fields[i].value == NULL)
			continue;
		text_add_bytes(t, " ", 1);
		text_add(t, line->fields[i].name);
		text_add_bytes(t, "=", 1);
		add_value(t, line->fields[i].value);
	}
}

static void
add_stamp(struct text *t)
{
	char stamp[STAMP];

	clock_stamp(stamp, sizeof(stamp));
	text_add(t, stamp);
}

void
log_line_body(struct text *t, const struct log_line *line)
{
	reserve_tail(t);
	add_body(t, line);
	add_tail(t, "", "...");
}

void
log_line_text(struct text *t, const struct log_line *line, bool plain)
{
	reserve_tail(t);
	if (!plain) {
		add_stamp(t);
		text_add_bytes(t, " ", 1);
	}
	text_add(t, log_level_name(line->level));
	text_add(t, plain ? ": " : " ");
	add_body(t, line);
	add_tail(t, "\n", "...\n");
}

void
log_line_prefixed(struct text *t, const struct log_line *line)
{
	reserve_tail(t);
	text_addf(t, "<%d>", line->level);
	add_body(t, line);
	add_tail(t, "\n", "...\n");
}

/* The length of the UTF-8 sequence at s (RFC 3629) with its code point in *c, or 0 if there is
 * none. */
static size_t
decode(const char *s, unsigned long *c)
{
	static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char lead = (unsigned char)*s;
	size_t n = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2, i;
	unsigned long point = lead & (0xffU >> (n + 1));

	if (lead < 0xc0 || lead >= 0xf8)
		return 0;
	for (i = 1; i < n; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | ((unsigned char)s[i] & 0x3f);
	}
	if (point < least[n] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
		return 0;
	*c = point;
	return n;
}

/* Adds what stands at s, a character that JSON does not take as it is: its length. */
static size_t
add_escaped(struct text *t, const char *s)
{
	unsigned long c = (unsigned char)*s;
	size_t n;

	if (c == '"' || c == '\\') {
		text_addf(t, "\\%c", (char)c);
		return 1;
	}
	n = c >= 0x80 ? decode(s, &c) : 1;
	if (c >= 0x10000)
		text_addf(
		    t, "\\u%04lx\\u%04lx", 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + (c & 0x3ff));
	else
		text_addf(t, "\\u%04lx", c);
	return n > 0 ? n : 1;
}

static void
add_json(struct text *t, const char *s)
{
	size_t n;

	text_add_bytes(t, "\"", 1);
	for (;;) {
		for (n = 0; s[n] >= ' ' && s[n] <= '~' && s[n] != '"' && s[n] != '\\';)
			n++;
		text_add_bytes(t, s, n);
		s += n;
		if (*s == '\0')
			break;
		s += add_escaped(t, s);
	}
	text_add_bytes(t, "\"", 1);
}

/* Takes back what was added after `length` if it was cut. */
static void
add_whole_or_nothing(struct text *t, size_t length)
{
	if (!t->cut)
		return;
	t->length = length;
	t->data[length] = '\0';
}

void
log_line_json(struct text *t, const struct log_line *line)
{
	size_t i, length;

	reserve_tail(t);
	text_add(t, "{\"time\":\"");
	add_stamp(t);
	text_add(t, "\",\"level\":\"");
	text_add(t, log_level_name(line->level));
	text_add(t, "\",\"message\":");
	add_json(t, line->message);
	for (i = 0; i < line->n && !t->cut; i++) {
		if (line->fields[i].value == NULL)
			continue;
		length = t->length;
		text_add_bytes(t, ",\"", 2);
		text_add(t, line->fields[i].name);
		text_add_bytes(t, "\":", 2);
		if (line->fields[i].number)
			text_add(t, line->fields[i].value);
		else
			add_json(t, line->fields[i].value);
		add_whole_or_nothing(t, length);
	}
	add_tail(t, "}\n", ",\"cut\":true}\n");
}

void
log_line_syslog(struct text *t, const struct log_line *line, int facility)
{
	static const char months[][4] = {
	    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t now = time(NULL);
	struct tm tm;

	(void)localtime_r(&now, &tm);
	reserve_tail(t);
	text_addf(t, "<%d>%s %2d %02d:%02d:%02d superd[%d]: ", facility | line->level,
	    months[tm.tm_mon], tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)getpid());
	add_body(t, line);
	add_tail(t, "", "...");
}

static void
add_journal_field(struct text *t, const struct log_field *field)
{
	const char *name;
	char c;

	text_add(t, "SUPERD_");
	for (name = field->name; *name != '\0'; name++) {
		c = (char)toupper((unsigned char)*name);
		text_add_bytes(t, &c, 1);
	}
	text_add_bytes(t, "=", 1);
	text_add_vis(t, field->value, strlen(field->value));
	text_add_bytes(t, "\n", 1);
}

void
log_line_journal(struct text *t, const struct log_line *line)
{
	size_t i, length;

	text_addf(t, "PRIORITY=%d\nSYSLOG_IDENTIFIER=superd\nMESSAGE=", line->level);
	reserve_tail(t);
	add_body(t, line);
	add_tail(t, "\n", "...\n");
	for (i = 0; i < line->n && !t->cut; i++) {
		if (line->fields[i].value == NULL)
			continue;
		length = t->length;
		add_journal_field(t, &line->fields[i]);
		add_whole_or_nothing(t, length);
	}
}
