#include <criterion/criterion.h>
#include <string.h>

#include "net/own.h"

static const struct {
	bool (*parse)(const char *, struct prefix *);
	const char *line, *expected; /* NULL: none */
} rows[] = {
    {own_parse_route, "Iface\tDestination\tGateway \tFlags\n", NULL},
    {own_parse_route, "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\n", "192.0.2.1"},
    {own_parse_route, "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\n", NULL},
    {own_parse_route6,
	"00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
	"fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth0\n",
	"fe80::1"},
    {own_parse_route6,
	"20010db8000000000000000000000000 40 00000000000000000000000000000000 00 "
	"00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0\n",
	NULL},
    {own_parse_route6, "nonsense\n", NULL},
    {own_parse_resolver, "nameserver 192.0.2.53\n", "192.0.2.53"},
    {own_parse_resolver, "  nameserver 2001:db8::53 # ours\n", "2001:db8::53"},
    {own_parse_resolver, "nameserver fe80::1%eth0\n", "fe80::1"},
    {own_parse_resolver, "search example.org\n", NULL},
    {own_parse_resolver, "# nameserver 192.0.2.53\n", NULL},
};

Test(own, lines)
{
	char text[PREFIX_TEXT];
	struct prefix p;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_expect_eq(
		    rows[i].parse(rows[i].line, &p), rows[i].expected != NULL, "%s", rows[i].line);
		if (rows[i].expected != NULL)
			cr_expect_str_eq(prefix_text(&p, text, sizeof(text)), rows[i].expected);
	}
}

Test(own, every_host_has_one)
{
	struct prefixes list = {0};

	cr_assert_eq(own_addresses(&list), 0);
	cr_expect_gt(list.n, 0);
	prefixes_fini(&list);
	cr_expect_eq(list.n, 0);
}
