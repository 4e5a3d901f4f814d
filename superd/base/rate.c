#include "base/rate.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"

enum { NUMBER = 24 };

static int
time_parse(const char *s, usec_t *per)
{
	char one[NUMBER];
	struct text t;

	if (isdigit((unsigned char)s[0]))
		return text_time(s, per);
	text_init(&t, one, sizeof(one));
	text_add(&t, "1");
	text_add(&t, s);
	return t.cut || s[0] == '\0' ? -EINVAL : text_time(one, per);
}

int
rate_parse(const char *s, struct rate *out)
{
	const char *slash = strchr(s, '/');
	char number[NUMBER];
	struct text t;
	long long count;
	usec_t per = 0;
	int r;

	if (slash == NULL || !isdigit((unsigned char)s[0]))
		return -EINVAL;
	text_init(&t, number, sizeof(number));
	text_add_bytes(&t, s, (size_t)(slash - s));
	r = t.cut ? -ERANGE : text_number(number, 1, RATE_COUNT_MAX, &count);
	if (r == 0)
		r = time_parse(slash + 1, &per);
	if (r < 0)
		return r;
	if (per < RATE_PER_MIN || per > RATE_PER_MAX || (usec_t)count > per)
		return -ERANGE;
	*out = (struct rate){.count = (uint32_t)count, .per = per};
	return 0;
}

const char *
rate_text(const struct rate *r, char *text, size_t size)
{
	static const struct {
		const char *name;
		usec_t factor;
	} units[] = {
	    {"d", 86400 * USEC_PER_SEC},
	    {"h", 3600 * USEC_PER_SEC},
	    {"m", 60 * USEC_PER_SEC},
	    {"s", USEC_PER_SEC},
	    {"ms", USEC_PER_MSEC},
	};
	struct text t;
	size_t i = 0;

	text_init(&t, text, size);
	if (r->count == 0)
		return text;
	while (i + 1 < sizeof(units) / sizeof(units[0]) && r->per % units[i].factor != 0)
		i++;
	text_add_number(&t, r->count);
	text_add(&t, "/");
	if (r->per != units[i].factor)
		text_add_number(&t, r->per / units[i].factor);
	text_add(&t, units[i].name);
	return text;
}

uint32_t
rate_burst(const struct rate *r)
{
	return r->burst > 0 ? r->burst : r->count;
}
