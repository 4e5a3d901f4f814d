#define LIBBSD_OPENBSD_VIS 1 /* which strnvis(3): not used, but asked for by the header */
#include "base/text.h"

#include <assert.h>
#include <bsd/stdlib.h>
#include <bsd/vis.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { WORD = 64 }; /* longer words have no neighbours */

void
text_init(struct text *t, char *storage, size_t size)
{
	assert(size > 0);
	*t = (struct text){.data = storage, .size = size};
	storage[0] = '\0';
}

void
text_add_bytes(struct text *t, const char *s, size_t n)
{
	size_t room = t->size - 1 - t->length;

	if (n > room) {
		n = room;
		t->cut = true;
	}
	memcpy(t->data + t->length, s, n);
	t->length += n;
	t->data[t->length] = '\0';
}

void
text_add(struct text *t, const char *s)
{
	text_add_bytes(t, s, strlen(s));
}

void
text_add_number(struct text *t, unsigned long long n)
{
	char digits[20];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	text_add_bytes(t, digits + i, sizeof(digits) - i);
}

void
text_addf(struct text *t, const char *format, ...)
{
	size_t room = t->size - t->length;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(t->data + t->length, room, format, args);
	va_end(args);
	if (n < 0)
		return;
	t->cut = t->cut || (size_t)n >= room;
	t->length += (size_t)n < room ? (size_t)n : room - 1;
}

/* What vis(3) leaves as it is: most of what there is, and vis(3) allocates memory for each byte. */
static bool
is_harmless(char c)
{
	return c >= ' ' && c <= '~' && c != '\\';
}

void
text_add_vis(struct text *t, const char *s, size_t n)
{
	const char *end = s + n;
	size_t harmless;
	char one[8];

	while (s < end) {
		for (harmless = 0; s + harmless < end && is_harmless(s[harmless]);)
			harmless++;
		text_add_bytes(t, s, harmless);
		s += harmless;
		if (s == end)
			break;
		(void)vis(
		    one, *s, VIS_CSTYLE | VIS_NL | VIS_TAB | VIS_OCTAL, s + 1 < end ? s[1] : 0);
		text_add(t, one);
		s++;
	}
}

void
text_add_quoted(struct text *t, const char *s)
{
	text_add(t, "\"");
	text_add_vis(t, s, strlen(s));
	text_add(t, "\"");
}

int
text_refuse(struct text *t, const char *s, const char *why)
{
	text_add_quoted(t, s);
	text_add(t, " ");
	text_add(t, why);
	return -EINVAL;
}

int
text_number(const char *s, long long min, long long max, long long *out)
{
	const char *error = NULL;
	long long n;

	if (!isdigit((unsigned char)s[s[0] == '-']))
		return -EINVAL;
	n = strtonum(s, min, max, &error);
	if (error == NULL)
		*out = n;
	else
		return strcmp(error, "invalid") == 0 ? -EINVAL : -ERANGE;
	return 0;
}

/* Digits at the start of s, the rest in *unit. */
static int
leading_number(const char *s, uint64_t *out, const char **unit)
{
	uint64_t n = 0;
	unsigned digit;

	if (!isdigit((unsigned char)*s))
		return -EINVAL;
	for (; isdigit((unsigned char)*s); s++) {
		digit = (unsigned)(*s - '0');
		if (n > (UINT64_MAX - digit) / 10)
			return -ERANGE;
		n = 10 * n + digit;
	}
	*out = n;
	*unit = s;
	return 0;
}

struct unit {
	const char *name;
	uint64_t factor;
};

static int
with_unit(const char *s, const struct unit *units, uint64_t *out)
{
	const char *name;
	uint64_t n = 0;
	int r = leading_number(s, &n, &name);

	if (r < 0)
		return r;
	for (; units->name != NULL; units++) {
		if (strcasecmp(units->name, name) != 0)
			continue;
		if (n > UINT64_MAX / units->factor)
			return -ERANGE;
		*out = n * units->factor;
		return 0;
	}
	return -EINVAL;
}

int
text_size(const char *s, uint64_t *bytes)
{
	static const struct unit units[] = {{"", 1}, {"k", 1ULL << 10}, {"M", 1ULL << 20},
	    {"G", 1ULL << 30}, {"T", 1ULL << 40}, {0}};

	return with_unit(s, units, bytes);
}

int
text_time(const char *s, usec_t *out)
{
	static const struct unit units[] = {{"", USEC_PER_SEC}, {"ms", USEC_PER_MSEC},
	    {"s", USEC_PER_SEC}, {"m", 60 * USEC_PER_SEC}, {"h", 3600 * USEC_PER_SEC},
	    {"d", 86400 * USEC_PER_SEC}, {0}};

	return with_unit(s, units, out);
}

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Damerau and Levenshtein's distance: insertions, deletions, changes, neighbours swapped. */
static unsigned
distance(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned d[WORD + 1][WORD + 1];
	size_t i, j;

	for (i = 0; i <= na; i++)
		d[i][0] = (unsigned)i;
	for (j = 0; j <= nb; j++)
		d[0][j] = (unsigned)j;
	for (i = 1; i <= na; i++) {
		for (j = 1; j <= nb; j++) {
			d[i][j] = least(d[i - 1][j], d[i][j - 1]) + 1;
			d[i][j] = least(d[i][j], d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[na][nb];
}

const char *
text_nearest(const char *s, const char *const *words, size_t n)
{
	size_t i, length = strlen(s), other;
	unsigned best = (unsigned)((length + 2) / 3), now;
	const char *nearest = NULL;

	if (length > WORD)
		return NULL;
	for (i = 0; i < n; i++) {
		other = strlen(words[i]);
		if (other > WORD)
			continue;
		now = distance(s, length, words[i], other);
		if (now < best || (now == best && nearest == NULL)) {
			best = now;
			nearest = words[i];
		}
	}
	return nearest;
}
