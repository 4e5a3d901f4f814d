#include <criterion/criterion.h>
#include <errno.h>
#include <net/if.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "net/address.h"

static struct address
unix_address(const char *name, size_t n)
{
	struct address a;

	memset(&a, 0, sizeof(a));
	a.un.sun_family = AF_UNIX;
	memcpy(a.un.sun_path, name, n);
	a.length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	return a;
}

static struct address
internet(const char *text, uint16_t port)
{
	struct address a;

	cr_assert_eq(address_parse(&a, text, port), 0, "%s", text);
	return a;
}

Test(address, good)
{
	static const struct {
		const char *text;
		uint16_t port;
		const char *full, *host;
	} rows[] = {
	    {"127.0.0.1", 80, "127.0.0.1:80", "127.0.0.1"},
	    {"0.0.0.0", 0, "0.0.0.0:0", "0.0.0.0"},
	    {"255.255.255.255", 65535, "255.255.255.255:65535", "255.255.255.255"},
	    {"::1", 110, "[::1]:110", "::1"},
	    {"::", 1, "[::]:1", "::"},
	    {"2001:DB8:0:0:0:0:0:1", 25, "[2001:db8::1]:25", "2001:db8::1"},
	    {"::ffff:192.0.2.1", 25, "[::ffff:192.0.2.1]:25", "::ffff:192.0.2.1"},
	    {"fe80::1%lo", 69, "[fe80::1%lo]:69", "fe80::1%lo"},
	    {"ff02::1%lo", 69, "[ff02::1%lo]:69", "ff02::1%lo"},
	    {"fe80::1%4000000000", 69, "[fe80::1%4000000000]:69", "fe80::1%4000000000"},
	    {"fe80::1", 69, "[fe80::1]:69", "fe80::1"},
	};
	char text[ADDRESS_TEXT];
	struct address a;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(&a, 0xff, sizeof(a));
		cr_assert_eq(address_parse(&a, rows[i].text, rows[i].port), 0, "%s", rows[i].text);
		cr_expect_str_eq(address_text(&a, text, sizeof(text)), rows[i].full);
		cr_expect_str_eq(address_host(&a, text, sizeof(text)), rows[i].host);
		cr_expect_eq(address_port(&a), rows[i].port, "%s", rows[i].text);
	}
}

Test(address, bad)
{
	static const struct {
		const char *text;
		int r;
	} rows[] = {
	    {"", -EINVAL},
	    {"1.2.3", -EINVAL},
	    {"1.2.3.4.5", -EINVAL},
	    {"256.0.0.1", -EINVAL},
	    {"1.2.3.4 ", -EINVAL},
	    {" 1.2.3.4", -EINVAL},
	    {"127.0.0.1:80", -EINVAL},
	    {"[::1]", -EINVAL},
	    {":::", -EINVAL},
	    {"1:2:3:4:5:6:7:8:9", -EINVAL},
	    {"0000000000000000000000000000000000000000000000000000001::", -EINVAL},
	    {"localhost", -EINVAL},
	    {"::1%lo", -EINVAL},
	    {"fe80::1%", -EINVAL},
	    {"fe80::1%nosuch0", -ENODEV},
	    {"fe80::1%0", -ENODEV},
	    {"fe80::1%4294967296", -ENODEV},
	    {"fe80::1%1x", -ENODEV},
	};
	struct address a, before;
	size_t i;

	memset(&before, 0x5a, sizeof(before));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		a = before;
		cr_expect_eq(address_parse(&a, rows[i].text, 1), rows[i].r, "%s", rows[i].text);
		cr_expect_arr_eq(&a, &before, sizeof(a), "%s", rows[i].text);
	}
}

Test(address, unix_texts)
{
	char text[ADDRESS_TEXT], full[108];
	struct address a = unix_address("/run/x", 6);

	cr_expect_str_eq(address_text(&a, text, sizeof(text)), "unix:/run/x");
	cr_expect_str_eq(address_host(&a, text, sizeof(text)), "/run/x");
	cr_expect_eq(address_port(&a), 0);
	a = unix_address("/run/x\0\0", 8); /* as the kernel gives it: with a terminator */
	cr_expect_str_eq(address_text(&a, text, sizeof(text)), "unix:/run/x");
	a = unix_address("\0name\001\n", 7);
	cr_expect_str_eq(address_text(&a, text, sizeof(text)), "unix:@name\\001\\n");
	a = unix_address("", 0);
	cr_expect_str_eq(address_text(&a, text, sizeof(text)), "unix:");
	cr_expect_str_eq(address_host(&a, text, sizeof(text)), "");
	memset(full, 1, sizeof(full)); /* no terminator, and every byte has a long escape */
	a = unix_address(full, sizeof(full));
	(void)address_text(&a, text, sizeof(text));
	cr_expect_eq(strlen(text), 5 + 4 * sizeof(full));
	cr_expect_str_eq(address_text(&a, text, 4), "uni");
	a.length = 0;
	cr_expect_str_eq(address_text(&a, text, sizeof(text)), "");
}

Test(address, order)
{
	struct address sorted[12];
	size_t n = 0, i, k;

	memset(&sorted[n++], 0, sizeof(sorted[0]));
	sorted[n++] = unix_address("", 0);
	sorted[n++] = unix_address("/a", 2);
	sorted[n++] = unix_address("/ab", 3);
	sorted[n++] = unix_address("\0/a", 3);
	sorted[n++] = internet("0.0.0.0", 9);
	sorted[n++] = internet("127.0.0.1", 80);
	sorted[n++] = internet("127.0.0.1", 256);
	sorted[n++] = internet("128.0.0.1", 1);
	sorted[n++] = internet("::", 1);
	sorted[n++] = internet("fe80::1%1", 9);
	sorted[n++] = internet("fe80::1%2", 1);
	for (i = 0; i < n; i++)
		for (k = 0; k < n; k++) {
			int r = address_compare(&sorted[i], &sorted[k]);

			cr_expect_eq((r > 0) - (r < 0), (i > k) - (i < k), "%zu %zu", i, k);
			cr_expect_eq(address_equal(&sorted[i], &sorted[k]), i == k);
		}
	sorted[0] = unix_address("/a\0junk", 7);
	cr_expect(address_equal(&sorted[0], &sorted[2]), "bytes after the terminator");
	sorted[0] = internet("::", 1);
	sorted[0].in6.sin6_flowinfo = 7;
	cr_expect(address_equal(&sorted[0], &sorted[9]), "the flow label is not identity");
}

Test(address, port_and_wildcard)
{
	struct address a = internet("0.0.0.0", 1);

	address_set_port(&a, 513);
	cr_expect_eq(address_port(&a), 513);
	cr_expect_eq(a.in.sin_port, htons(513));
	cr_expect(address_is_wildcard(&a));
	a = internet("0.0.0.1", 1);
	cr_expect_not(address_is_wildcard(&a));
	a = internet("::", 1);
	cr_expect(address_is_wildcard(&a));
	a = internet("::1", 1);
	cr_expect_not(address_is_wildcard(&a));
	a = unix_address("", 0);
	cr_expect_not(address_is_wildcard(&a));
	address_set_port(&a, 7);
	cr_expect_eq(address_port(&a), 0);
}
