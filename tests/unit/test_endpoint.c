#include <errno.h>
#include <stddef.h>

#include "net/endpoint.h"
#include "net/transport.h"
#include "process.h"

/* The endpoints of text, each with " implicit" where it is, joined by blanks. */
static const char *
parsed(const char *text, unsigned offset, char *out, size_t size)
{
	struct endpoints list = {0};
	char error[512], one[ADDRESS_TEXT];
	size_t i, n = 0;
	int r = endpoint_parse(&list, text, offset, error, sizeof(error));

	out[0] = '\0';
	if (r < 0)
		(void)snprintf(out, size, "%d %s", r, error);
	for (i = 0; i < list.n; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%s%s", i > 0 ? " " : "",
		    endpoint_text(&list.v[i], one, sizeof(one)),
		    list.v[i].implicit ? " implicit" : "");
	endpoints_fini(&list);
	return out;
}

#define BOTH(p, t) "0.0.0.0:" p "/" t "4 implicit [::]:" p "/" t "6 implicit"

Test(endpoint, good)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
	    {"110/tcp", BOTH("110", "tcp")},
	    {"0/tcp", BOTH("0", "tcp")},
	    {"*:69/udp", BOTH("69", "udp")},
	    {"6000-6010/tcp", BOTH("6000-6010", "tcp")},
	    {"110/tcp4", "0.0.0.0:110/tcp4"},
	    {"*:110/tcp6", "[::]:110/tcp6"},
	    {"127.0.0.1:8110/tcp", "127.0.0.1:8110/tcp4"},
	    {"127.0.0.1:8110/tcp4", "127.0.0.1:8110/tcp4"},
	    {"0.0.0.0:1/udp", "0.0.0.0:1/udp4"},
	    {"[::]:1/udp", "[::]:1/udp6"},
	    {"[::1]:110-112/tcp", "[::1]:110-112/tcp6"},
	    {"[fe80::1%lo]:69/udp", "[fe80::1%lo]:69/udp6"},
	    {"localhost:25/tcp", "127.0.0.1:25/tcp4 implicit [::1]:25/tcp6 implicit"},
	    {"localhost:25/udp6", "[::1]:25/udp6"},
	    {"7/sctp", "0.0.0.0:7/sctp implicit [::]:7/sctp implicit"},
	    {"[::1]:7/sctp-seqpacket", "[::1]:7/sctp-seqpacket"},
	    {"127.0.0.1:5001/dccp", "127.0.0.1:5001/dccp"},
	    {"localhost:9/udplite", "127.0.0.1:9/udplite implicit [::1]:9/udplite implicit"},
	    {"80/mptcp", "0.0.0.0:80/mptcp implicit [::]:80/mptcp implicit"},
	    {"10.0.0.1+10.1.0.1:7/sctp", "10.0.0.1+10.1.0.1:7/sctp"},
	    {"[2001:db8::1]+[2001:db8:1::1]:7-9/sctp-seqpacket",
		"[2001:db8::1]+[2001:db8:1::1]:7-9/sctp-seqpacket"},
	    {"10.0.0.1+[2001:db8::1]+10.1.0.1:7/sctp", "[2001:db8::1]+10.0.0.1+10.1.0.1:7/sctp"},
	    {"unix:/run/x.sock", "unix:/run/x.sock"},
	    {"unix:/run/my sock", "unix:/run/my sock"},
	    {"unix:/x/tcp", "unix:/x/tcp"},
	    {"unix-dgram:/run/x", "unix-dgram:/run/x"},
	    {"unix-seqpacket:/run/x", "unix-seqpacket:/run/x"},
	    {"unix:@abstract", "unix:@abstract"},
	    {"unix-dgram:@a/b:c", "unix-dgram:@a/b:c"},
	};
	char out[2048], again[2048], *word, *rest;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_expect_str_eq(parsed(rows[i].text, 0, out, sizeof(out)), rows[i].expected);
		if (strstr(out, "my sock") != NULL)
			continue;
		for (word = strtok_r(out, " ", &rest); word != NULL;
		     word = strtok_r(NULL, " ", &rest))
			if (strcmp(word, "implicit") != 0)
				cr_expect_str_eq(parsed(word, 0, again, sizeof(again)), word);
	}
}

static const struct {
	const char *text;
	int r;
	const char *sentence; /* part of it */
} bad_rows[] = {
    {"", -EINVAL, "no transport"},
    {"110", -EINVAL, "as in 110/tcp"},
    {"110/", -EINVAL, "no transport"},
    {"/tcp", -EINVAL, "port is missing"},
    {"/", -EINVAL, "no transport"},
    {"110/tpc", -EINVAL, "did you mean \"tcp\"?"},
    {"110/tpc", -EINVAL, "transports: tcp tcp4 tcp6 udp udp4 udp6 udplite mptcp sctp "},
    {"110/TCP", -EINVAL, "unknown transport \"TCP\""},
    {"110/tcp5", -EINVAL, "unknown transport \"tcp5\""},
    {"110/unix", -EINVAL, "unix\" has no ports"},
    {"110/tcp ", -EINVAL, "blanks"},
    {" 110/tcp", -EINVAL, "blanks"},
    {"110 /tcp", -EINVAL, "blanks"},
    {"110/tcp\n", -EINVAL, "110/tcp\\n"},
    {"110/tcp/udp", -ENOENT, "\"110/tcp\" is no port"},
    {"110/tcp,111/tcp", -EINVAL, "list"},
    {"65536/tcp", -EINVAL, "65536"},
    {"81-80/tcp", -EINVAL, "reversed"},
    {"nosuchservice/tcp", -ENOENT, "nosuchservice"},
    {":110/tcp", -EINVAL, "address before the colon is empty"},
    {"[]:110/tcp", -EINVAL, "empty"},
    {"*:/tcp", -EINVAL, "port is missing"},
    {"127.0.0.1/tcp", -ENOENT, "\"127.0.0.1\" is no port"},
    {"127.0.0.1:80/tcp6", -EINVAL, "\"127.0.0.1\" is an IPv4 address, which tcp6 does not take"},
    {"[::1]:80/tcp4", -EINVAL, "\"::1\" is an IPv6 address, which tcp4 does not take"},
    {"::1:80/tcp", -EINVAL, "in brackets"},
    {":::80/tcp", -EINVAL, "in brackets"},
    {"[::1]/tcp", -EINVAL, "is not [ADDRESS]:PORT"},
    {"[::1:80/tcp", -EINVAL, "is not [ADDRESS]:PORT"},
    {"[::1]80/tcp", -EINVAL, "is not [ADDRESS]:PORT"},
    {"[127.0.0.1]:80/tcp", -EINVAL, "not an IPv6 address"},
    {"[localhost]:80/tcp", -EINVAL, "not an IPv6 address"},
    {"[*]:80/tcp", -EINVAL, "not an IPv6 address"},
    {"[::g]:80/tcp", -EINVAL, "\"::g\""},
    {"[::ffff:127.0.0.1]:80/tcp", -EINVAL, "IPv4"},
    {"[fe80::1]:80/tcp", -EINVAL, "needs its interface"},
    {"[fe80::1%nosuch0]:80/tcp", -EINVAL, "interface that does not exist"},
    {"127.0.0.1+127.0.0.2:80/tcp", -EINVAL, "only sctp and sctp-seqpacket"},
    {"127.0.0.1+:80/sctp", -EINVAL, "beside the + is missing"},
    {"+127.0.0.1:80/sctp", -EINVAL, "beside the + is missing"},
    {"10.0.0.1+10.0.0.1:80/sctp", -EINVAL, "\"10.0.0.1\" stands twice"},
    {"0.0.0.0+127.0.0.1:80/sctp", -EINVAL, "cannot stand beside others"},
    {"127.0.0.1+localhost:80/sctp", -EINVAL, "\"localhost\" is not an address"},
    {"127.0.0.1+*:80/sctp", -EINVAL, "\"*\" is not an address"},
    {"[::1]+127.0.0.1/sctp", -ENOENT, "is no port of sctp nor of tcp"},
    {"[::1]+::2:80/sctp", -EINVAL, "in brackets"},
    {"110/dcpp", -EINVAL, "did you mean \"dccp\"?"},
    {"256.1.1.1:80/tcp", -EINVAL, "\"256.1.1.1\" is neither"},
    {"127.1:80/tcp", -EINVAL, "\"127.1\" is neither"},
    {"1:80/tcp", -EINVAL, "\"1\" is neither"},
    {"a_b!c:80/tcp", -EINVAL, "\"a_b!c\" is neither"},
    {".x:80/tcp", -EINVAL, "neither"},
    {"unix:", -EINVAL, "absolute path"},
    {"unix:run/x", -EINVAL, "\"run/x\" is not the absolute path"},
    {"unix:25/tcp", -EINVAL, "absolute path"},
    {"unix:@", -EINVAL, "empty"},
    {"unix:/", -EINVAL, "folder"},
    {"unix:/run/", -EINVAL, "folder"},
    {"unix:/run/..", -EINVAL, "folder"},
    {"unix:/run/x ", -EINVAL, "blanks"},
    {"unix: /run/x", -EINVAL, "absolute path"},
    {"unix:/run/\x01", -EINVAL, "\\001"},
    {"unxi:/run/x", -EINVAL, "unknown transport \"unxi\", did you mean \"unix\"?"},
    {"unix-dgrm:/run/x", -EINVAL, "did you mean \"unix-dgram\"?"},
    {"tcp:/run/x", -EINVAL, "\"tcp\" takes no path"},
    {"tcp:@x", -EINVAL, "\"tcp\" takes no path"},
};

Test(endpoint, bad)
{
	struct endpoints list = {0};
	char error[512];
	size_t i;

	cr_assert_eq(endpoint_parse(&list, "1/tcp4", 0, error, sizeof(error)), 0);
	for (i = 0; i < sizeof(bad_rows) / sizeof(bad_rows[0]); i++) {
		cr_expect_eq(endpoint_parse(&list, bad_rows[i].text, 0, error, sizeof(error)),
		    bad_rows[i].r, "%s: %s", bad_rows[i].text, error);
		cr_expect_not_null(
		    strstr(error, bad_rows[i].sentence), "%s: %s", bad_rows[i].text, error);
		cr_expect_eq(list.n, 1, "%s", bad_rows[i].text);
	}
	endpoints_fini(&list);
	endpoints_fini(&list);
	endpoints_fini(NULL);
}

Test(endpoint, short_error_is_cut)
{
	struct endpoints list = {0};
	char error[8] = "";

	cr_expect_eq(endpoint_parse(&list, "110/tpc", 0, error, sizeof(error)), -EINVAL);
	cr_expect_str_eq(error, "unknown");
}

Test(endpoint, unix_length)
{
	char text[160] = "unix:/", out[256];
	size_t n = 5 + 107;

	memset(text + 6, 'x', n - 6);
	text[n] = '\0';
	cr_expect_str_eq(parsed(text, 0, out, sizeof(out)), text);
	text[n] = 'x';
	cr_expect_not_null(strstr(parsed(text, 0, out, sizeof(out)), "at most 107"), "%s", out);
	text[5] = '@';
	cr_expect_str_eq(parsed(text, 0, out, sizeof(out)), text);
	text[n + 1] = 'x';
	cr_expect_not_null(strstr(parsed(text, 0, out, sizeof(out)), "at most 107"), "%s", out);
}

Test(endpoint, offset)
{
	static const struct {
		const char *text;
		unsigned offset;
		const char *expected;
	} rows[] = {
	    {"110/tcp4", 20000, "0.0.0.0:20110/tcp4"},
	    {"1023/tcp4", 20000, "0.0.0.0:21023/tcp4"},
	    {"1024/tcp4", 20000, "0.0.0.0:1024/tcp4"},
	    {"0/tcp4", 20000, "0.0.0.0:0/tcp4"},
	    {"1000-1030/tcp4", 20000, "0.0.0.0:21000-21030/tcp4"},
	    {"110/tcp4", 65425, "0.0.0.0:65535/tcp4"},
	    {"110/tcp4", 65426, "-22 port 110 with 65426 added is above 65535"},
	    {"110/tcp4", 4294967295U, "-22 port 110 with 4294967295 added is above 65535"},
	    {"unix:/x", 20000, "unix:/x"},
	};
	char out[512];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_str_eq(
		    parsed(rows[i].text, rows[i].offset, out, sizeof(out)), rows[i].expected);
}

static int
hosts(void)
{
	char out[512];

	if (!isolate() ||
	    !replace_file("/etc/hosts",
		"192.0.2.1 web.test\n192.0.2.2 web.test\n192.0.2.2 web.test\n"
		"2001:db8::1 web.test six.test\n10.0.0.9 localhost\n") ||
	    !replace_file("/etc/nsswitch.conf", "hosts: files\n"))
		SKIP("no namespaces of its own");
	CHECK(strstr(parsed("web.test:80/tcp", 0, out, sizeof(out)), "192.0.2.1:80/tcp4 implicit"));
	CHECK(strstr(out, "192.0.2.2:80/tcp4 implicit") != NULL);
	CHECK(strstr(out, "[2001:db8::1]:80/tcp6 implicit") != NULL);
	CHECK(strlen(out) == strlen("192.0.2.1:80/tcp4 implicit 192.0.2.2:80/tcp4 implicit "
				    "[2001:db8::1]:80/tcp6 implicit"));
	CHECK(
	    strcmp(parsed("web.test:80/udp6", 0, out, sizeof(out)), "[2001:db8::1]:80/udp6") == 0);
	CHECK(strncmp(parsed("six.test:80/tcp4", 0, out, sizeof(out)), "-2 ", 3) == 0);
	CHECK(strstr(out, "\"six.test\" has no address for tcp4") != NULL);
	CHECK(strncmp(parsed("no.test:80/tcp", 0, out, sizeof(out)), "-2 ", 3) == 0);
	CHECK(strcmp(parsed("localhost:80/tcp4", 0, out, sizeof(out)), "127.0.0.1:80/tcp4") == 0);
	return CHILD_OK;
}

Test(endpoint, host_names)
{
	child_run(hosts);
}

static struct endpoint
one(const char *text)
{
	struct endpoints list = {0};
	struct endpoint e;
	char error[512];

	cr_assert_eq(endpoint_parse(&list, text, 0, error, sizeof(error)), 0, "%s", error);
	cr_assert_eq(list.n, 1, "%s", text);
	e = list.v[0];
	endpoints_fini(&list);
	return e;
}

Test(endpoint, overlap)
{
	static const struct {
		const char *a, *b;
		enum endpoint_overlap overlap;
	} rows[] = {
	    {"110/tcp4", "110/tcp4", ENDPOINT_EQUAL},
	    {"110/tcp4", "110/tcp6", ENDPOINT_APART},
	    {"110/tcp4", "110/udp4", ENDPOINT_APART},
	    {"110/tcp4", "111/tcp4", ENDPOINT_APART},
	    {"110/tcp4", "127.0.0.1:110/tcp", ENDPOINT_SPECIFIC},
	    {"110/tcp6", "[::1]:110/tcp", ENDPOINT_SPECIFIC},
	    {"127.0.0.1:110/tcp", "127.0.0.2:110/tcp", ENDPOINT_APART},
	    {"127.0.0.1:100-110/tcp", "127.0.0.1:110-120/tcp", ENDPOINT_EQUAL},
	    {"127.0.0.1:100-110/tcp", "127.0.0.1:111-120/tcp", ENDPOINT_APART},
	    {"100-110/tcp4", "127.0.0.1:105/tcp", ENDPOINT_SPECIFIC},
	    {"0/tcp4", "0/tcp4", ENDPOINT_APART},
	    {"[fe80::1%1]:9/udp", "[fe80::1%2]:9/udp", ENDPOINT_APART},
	    {"unix:/a", "unix:/a", ENDPOINT_EQUAL},
	    {"unix:/a", "unix-dgram:/a", ENDPOINT_EQUAL},
	    {"unix:/a", "unix:/ab", ENDPOINT_APART},
	    {"unix:@a", "unix:@a", ENDPOINT_EQUAL},
	    {"unix:@a", "unix-dgram:@a", ENDPOINT_APART},
	    {"unix:@/a", "unix:/a", ENDPOINT_APART},
	    {"unix:/a", "110/tcp4", ENDPOINT_APART},
	    {"127.0.0.1:80/mptcp", "127.0.0.1:80/tcp", ENDPOINT_EQUAL},
	    {"127.0.0.1:80/mptcp", "80/tcp4", ENDPOINT_SPECIFIC},
	    {"127.0.0.1:80/sctp", "127.0.0.1:80/tcp", ENDPOINT_APART},
	    {"127.0.0.1:80/sctp", "127.0.0.1:80/sctp-seqpacket", ENDPOINT_EQUAL},
	    {"127.0.0.1:9/udplite", "127.0.0.1:9/udp", ENDPOINT_APART},
	    {"10.0.0.1+10.1.0.1:7/sctp", "10.1.0.1+10.2.0.1:7/sctp", ENDPOINT_EQUAL},
	    {"10.0.0.1+10.1.0.1:7/sctp", "10.2.0.1:7/sctp", ENDPOINT_APART},
	    {"10.0.0.1+10.1.0.1:7/sctp", "0.0.0.0:7/sctp", ENDPOINT_SPECIFIC},
	    {"[::1]+10.1.0.1:7/sctp", "10.1.0.1:7/sctp", ENDPOINT_EQUAL},
	};
	struct endpoints a = {0}, b = {0};
	char error[256];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_assert_eq(
		    endpoint_parse(&a, rows[i].a, 0, error, sizeof(error)), 0, "%s", error);
		cr_assert_eq(
		    endpoint_parse(&b, rows[i].b, 0, error, sizeof(error)), 0, "%s", error);
		cr_assert(a.n == 1 && b.n == 1);
		cr_expect_eq(
		    endpoint_overlap(a.v, b.v), rows[i].overlap, "%s %s", rows[i].a, rows[i].b);
		cr_expect_eq(
		    endpoint_overlap(b.v, a.v), rows[i].overlap, "%s %s", rows[i].b, rows[i].a);
		endpoints_fini(&a);
		endpoints_fini(&b);
	}
}

Test(endpoint, order)
{
	static const char *const sorted[] = {"1-9/tcp4", "2/tcp4", "127.0.0.1:2/tcp4",
	    "127.0.0.1:2-3/tcp4", "1/tcp6", "1/udp4", "unix:/a", "unix-dgram:/a", "unix:/b"};
	struct endpoint a, b;
	size_t i, k, n = sizeof(sorted) / sizeof(sorted[0]);
	int r;

	for (i = 0; i < n; i++)
		for (k = 0; k < n; k++) {
			a = one(sorted[i]);
			b = one(sorted[k]);
			r = endpoint_compare(&a, &b);
			cr_expect_eq(
			    (r > 0) - (r < 0), (i > k) - (i < k), "%s %s", sorted[i], sorted[k]);
		}
}
