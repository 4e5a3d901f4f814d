#include <criterion/criterion.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "net/address.h"
#include "net/prefix.h"

enum { ERROR = 512 };

static struct prefix
prefix(const char *s)
{
	char storage[ERROR];
	struct text error;
	struct prefix p;

	text_init(&error, storage, sizeof(storage));
	cr_assert_eq(prefix_parse(&p, s, &error), 0, "%s: %s", s, storage);
	cr_assert_eq(error.length, 0);
	return p;
}

static struct address
address(const char *s)
{
	struct address a;

	cr_assert_eq(address_parse(&a, s, 4711), 0, "%s", s);
	return a;
}

Test(prefix, good)
{
	static const struct {
		const char *s;
		int family;
		unsigned length;
		const char *text; /* NULL: as written */
	} rows[] = {
	    {"192.0.2.0/24", AF_INET, 24, NULL},
	    {"192.0.2.1", AF_INET, 32, NULL},
	    {"192.0.2.1/32", AF_INET, 32, "192.0.2.1"},
	    {"192.0.2.0/32", AF_INET, 32, NULL},
	    {"0.0.0.0/0", AF_INET, 0, NULL},
	    {"0.0.0.0/32", AF_INET, 32, NULL},
	    {"128.0.0.0/1", AF_INET, 1, NULL},
	    {"192.0.2.254/31", AF_INET, 31, NULL},
	    {"10.0.0.0/08", AF_INET, 8, "10.0.0.0/8"},
	    {"255.255.255.255", AF_INET, 32, NULL},
	    {"2001:db8::/32", AF_INET6, 32, NULL},
	    {"2001:DB8::/33", AF_INET6, 33, "2001:db8::/33"},
	    {"2001:db8::", AF_INET6, 128, NULL},
	    {"fe80::1", AF_INET6, 128, NULL},
	    {"fe80::1/128", AF_INET6, 128, "fe80::1"},
	    {"fe80::/10", AF_INET6, 10, NULL},
	    {"::/0", AF_INET6, 0, NULL},
	    {"::/128", AF_INET6, 128, NULL},
	    {"::/95", AF_INET6, 95, NULL},
	    {"::fffe:0:0/95", AF_INET6, 95, NULL},
	    {"::192.0.2.1", AF_INET6, 128, NULL},
	    {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", AF_INET6, 128,
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	};
	char text[PREFIX_TEXT];
	struct prefix p, again;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		p = prefix(rows[i].s);
		cr_expect_eq(p.family, rows[i].family, "%s", rows[i].s);
		cr_expect_eq(p.length, rows[i].length, "%s", rows[i].s);
		cr_expect_str_eq(prefix_text(&p, text, sizeof(text)),
		    rows[i].text != NULL ? rows[i].text : rows[i].s);
		again = prefix(text);
		cr_expect(prefix_equal(&p, &again), "%s", rows[i].s);
	}
}

static const struct {
	const char *s, *part; /* of the sentence */
} bad[] = {
    {"192.0.2.1/24", "has bits beyond its length: write \"192.0.2.0/24\""},
    {"192.0.2.3/31", "write \"192.0.2.2/31\""},
    {"192.0.2.1/0", "write \"0.0.0.0/0\""},
    {"2001:db8::1/32", "has bits beyond its length: write \"2001:db8::/32\""},
    {"2001:db8:8000::/32", "write \"2001:db8::/32\""},
    {"::1/127", "write \"::/127\""},
    {"192.0.2.0/33", "(allowed: 0 to 32)"},
    {"192.0.2.0/-1", "(allowed: 0 to 32)"},
    {"192.0.2.0/", "(allowed: 0 to 32)"},
    {"192.0.2.0/24/24", "(allowed: 0 to 32)"},
    {"192.0.2.0/24 ", "(allowed: 0 to 32)"},
    {"192.0.2.0/0x18", "(allowed: 0 to 32)"},
    {"2001:db8::/129", "(allowed: 0 to 128)"},
    {"2001:db8::/255.255.0.0", "(allowed: 0 to 128)"},
    {"192.0.2.0/255.255.255.0", "has a netmask: write \"192.0.2.0/24\""},
    {"192.0.2.9/255.255.255.248", "write \"192.0.2.8/29\""},
    {"192.0.2.9/255.255.255.255", "write \"192.0.2.9\""},
    {"192.0.2.9/0.0.0.0", "write \"0.0.0.0/0\""},
    {"192.0.2.0/255.0.255.0", "(allowed: 0 to 32)"},
    {"192.0.2.0/0.0.0.255", "(allowed: 0 to 32)"},
    {"192.0.2.0", "write \"192.0.2.0/24\" or \"192.0.2.0/32\""},
    {"10.0.0.0", "write \"10.0.0.0/8\" or \"10.0.0.0/32\""},
    {"0.0.0.0", "write \"0.0.0.0/0\" or \"0.0.0.0/32\""},
    {"::", "write \"::/0\" or \"::/128\""},
    {"::ffff:192.0.2.1", "IPv4 written as IPv6: write \"192.0.2.1\""},
    {"::ffff:192.0.2.0/120", "write \"192.0.2.0/24\""},
    {"::ffff:192.0.2.1/120", "write \"192.0.2.0/24\""},
    {"::ffff:0:0/96", "write \"0.0.0.0/0\""},
    {"192.0.2.", "is abbreviated: write \"192.0.2.0/24\""},
    {"192.0.", "write \"192.0.0.0/16\""},
    {"10.", "write \"10.0.0.0/8\""},
    {"192.0.2", "write \"192.0.2.0/24\""},
    {"192.0.2.*", "write \"192.0.2.0/24\""},
    {"192.0.2/24", "write \"192.0.2.0/24\""},
    {"192.0.2/16", "write \"192.0.0.0/16\""},
    {"192.0.{1,2}", "write { \"192.0.1.0/24\", \"192.0.2.0/24\" }"},
    {"192.0.2.{7,0,255}", "{ \"192.0.2.7\", \"192.0.2.0/32\", \"192.0.2.255\" }"},
    {"192.0.2.{1,2,3,4,5,6,7,8,9}", "\"192.0.2.8\", and so on }"},
    {"192.0.{1,2", "not an address or a prefix"},
    {"192.0.{1,}", "not an address or a prefix"},
    {"192.0.{}", "not an address or a prefix"},
    {"192.0.{1,256}", "not an address or a prefix"},
    {"192.0.{1,2}.3", "not an address or a prefix"},
    {"192.0{1,2}", "not an address or a prefix"},
    {"192.0.2/x", "not an address or a prefix"},
    {"192.0.2*", "not an address or a prefix"},
    {"192.0.2.1.", "not an address or a prefix"},
    {"256.0.0.1", "not an address or a prefix"},
    {"192.0.2.1-192.0.2.9", "not an address or a prefix"},
    {"192.0.2.1:80", "not an address or a prefix"},
    {" 192.0.2.1", "not an address or a prefix"},
    {"", "not an address or a prefix"},
    {"/24", "not an address or a prefix"},
    {":::", "not an address or a prefix"},
    {"a b", "not an address or a prefix"},
    {"1:2:3:4:5:6:7:8:9", "not an address or a prefix"},
    {"\n", "\"\\n\" is not an address or a prefix"},
    {"0000000000000000000000000000000000000000000000000000001::", "not an address"},
    {"[::1]", "no brackets and no port"},
    {"[2001:db8::]/32", "no brackets and no port"},
    {"fe80::1%eth0", "names an interface"},
    {"*", "everyone is { \"0.0.0.0/0\", \"::/0\" }"},
    {"ALL", "everyone is { \"0.0.0.0/0\", \"::/0\" }"},
};

Test(prefix, bad)
{
	struct prefix p, before;
	char storage[ERROR];
	struct text error;
	size_t i;

	memset(&before, 0x5a, sizeof(before));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		p = before;
		text_init(&error, storage, sizeof(storage));
		cr_expect_eq(prefix_parse(&p, bad[i].s, &error), -EINVAL, "%s", bad[i].s);
		cr_expect_not_null(strstr(storage, bad[i].part), "%s: %s", bad[i].s, storage);
		cr_expect_arr_eq(&p, &before, sizeof(p), "%s", bad[i].s);
		cr_expect_not(error.cut, "%s", bad[i].s);
	}
}

Test(prefix, host_names)
{
	static const char *const rows[] = {
	    "localhost", ".example.org", "mail-1.example.org", "1.2.3.4.in-addr.arpa"};
	char storage[ERROR];
	struct text error;
	struct prefix p;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		text_init(&error, storage, sizeof(storage));
		cr_expect_eq(prefix_parse(&p, rows[i], &error), -ENOENT, "%s", rows[i]);
		cr_expect_not_null(strstr(storage, "is a host name: it would need DNS for each "
						   "connection or go stale; write its address"),
		    "%s", storage);
		cr_expect_null(strstr(storage, "libwrap"), "not every list has that beside it");
	}
}

Test(prefix, covers)
{
	static const struct {
		const char *prefix, *first, *last, *before, *after; /* NULL: there is none */
	} rows[] = {
	    {"192.0.2.0/24", "192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"},
	    {"192.0.2.8/29", "192.0.2.8", "192.0.2.15", "192.0.2.7", "192.0.2.16"},
	    {"192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.0", "192.0.2.2"},
	    {"128.0.0.0/1", "128.0.0.0", "255.255.255.255", "127.255.255.255", NULL},
	    {"0.0.0.0/0", "0.0.0.0", "255.255.255.255", "::", "::1"},
	    {"192.0.2.0/24", "::ffff:192.0.2.0", "::ffff:192.0.2.255", "::192.0.2.1", NULL},
	    {"2001:db8::/33", "2001:db8::", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff",
		"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8:8000::"},
	    {"::1", "::1", "::1", "::", "::2"},
	    {"::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "0.0.0.0", "::ffff:1.2.3.4"},
	    {"fe80::/10", "fe80::1%1", "febf::", "fe7f::", "fec0::"},
	};
	struct prefix p;
	struct address a;
	size_t i, k;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *const in[] = {rows[i].first, rows[i].last};
		const char *const out[] = {rows[i].before, rows[i].after};

		p = prefix(rows[i].prefix);
		for (k = 0; k < 2; k++) {
			a = address(in[k]);
			cr_expect(prefix_covers(&p, &a), "%s %s", rows[i].prefix, in[k]);
			if (out[k] == NULL)
				continue;
			a = address(out[k]);
			cr_expect_not(prefix_covers(&p, &a), "%s %s", rows[i].prefix, out[k]);
		}
	}
	memset(&a, 0, sizeof(a));
	cr_expect_not(prefix_covers(&p, &a), "no address");
	a.un.sun_family = AF_UNIX;
	a.length = offsetof(struct sockaddr_un, sun_path);
	cr_expect_not(prefix_covers(&p, &a), "a unix address");
}

Test(prefix, of_an_address)
{
	static const struct {
		const char *address;
		unsigned in, in6;
		const char *prefix;
	} rows[] = {
	    {"192.0.2.77", 32, 64, "192.0.2.77"},
	    {"192.0.2.77", 24, 64, "192.0.2.0/24"},
	    {"192.0.2.77", 25, 64, "192.0.2.0/25"},
	    {"192.0.2.77", 0, 64, "0.0.0.0/0"},
	    {"192.0.2.77", 99, 64, "192.0.2.77"},
	    {"::ffff:192.0.2.77", 24, 64, "192.0.2.0/24"},
	    {"2001:db8:1:2:3:4:5:6", 32, 64, "2001:db8:1:2::/64"},
	    {"2001:db8:1:2:3:4:5:6", 32, 48, "2001:db8:1::/48"},
	    {"2001:db8:1:2:3:4:5:6", 32, 128, "2001:db8:1:2:3:4:5:6"},
	    {"2001:db8:1:2:3:4:5:6", 32, 999, "2001:db8:1:2:3:4:5:6"},
	    {"2001:db8:1:2:3:4:5:6", 32, 47, "2001:db8::/47"},
	    {"fe80::1%1", 32, 64, "fe80::/64"},
	};
	struct prefix p, wanted;
	struct address a;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		a = address(rows[i].address);
		wanted = prefix(rows[i].prefix);
		cr_expect_eq(prefix_of(&a, rows[i].in, rows[i].in6, &p), 0);
		cr_expect(prefix_equal(&p, &wanted), "%s %s", rows[i].address, rows[i].prefix);
	}
	memset(&a, 0, sizeof(a));
	cr_expect_eq(prefix_of(&a, 32, 64, &p), -EAFNOSUPPORT);
}

Test(prefix, order)
{
	static const char *const sorted[] = {"0.0.0.0/0", "0.0.0.0/32", "10.0.0.0/8", "10.0.0.0/16",
	    "10.0.0.1", "11.0.0.0/8", "255.255.255.255", "::/0", "::/1", "::1", "2001:db8::/32",
	    "2001:db8::/48", "fe80::/10"};
	enum { N = sizeof(sorted) / sizeof(sorted[0]) };
	struct prefix a, b;
	size_t i, k;

	for (i = 0; i < N; i++)
		for (k = 0; k < N; k++) {
			int r;

			a = prefix(sorted[i]);
			b = prefix(sorted[k]);
			r = prefix_compare(&a, &b);
			cr_expect_eq(
			    (r > 0) - (r < 0), (i > k) - (i < k), "%s %s", sorted[i], sorted[k]);
			cr_expect_eq(prefix_equal(&a, &b), i == k);
		}
	cr_expect_eq(prefix_width(AF_INET), 32);
	cr_expect_eq(prefix_width(AF_INET6), 128);
}
