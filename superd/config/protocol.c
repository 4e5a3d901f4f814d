#include "config/protocol.h"

#include <errno.h>
#include <stdint.h>

#include "base/text.h"
#include "config/option.h"
#include "net/port.h"

enum { UDPLITE_HEADER = 8 };

static int
service_code_parse(const struct option *o, const char *s, void *field, struct text *error)
{
	uint32_t code;

	if (port_service_code(s, &code) < 0) {
		text_add_quoted(error, s);
		text_addf(error,
		    " is not a service code (a number from 0 to %lld, or as RFC 5595 has it: "
		    "\"SC:pop3\", \"SC=1234\", \"SC=x70\")",
		    o->max);
		return -EINVAL;
	}
	value_store(o, field, code);
	return 0;
}

const struct value_type protocol_service_code = {
    .name = "service code",
    .parse = service_code_parse,
    .has = value_integer_has,
    .print = value_number_print,
    .copy = value_integer_copy,
    .unset = value_integer_unset,
};

static int
coverage_parse(const struct option *o, const char *s, void *field, struct text *error)
{
	long long n;

	if (text_number(s, 0, o->max, &n) < 0 || (n > 0 && n < UDPLITE_HEADER)) {
		text_add_quoted(error, s);
		text_addf(error,
		    " is not a coverage (allowed: 0, the whole packet, or %d to %lld bytes, its "
		    "header included)",
		    UDPLITE_HEADER, o->max);
		return -EINVAL;
	}
	value_store(o, field, n);
	return 0;
}

const struct value_type protocol_coverage = {
    .name = "coverage",
    .parse = coverage_parse,
    .has = value_integer_has,
    .print = value_number_print,
    .copy = value_integer_copy,
    .unset = value_integer_unset,
};
