#include <errno.h>
#include <sys/resource.h>

#include "base/text.h"
#include "net/port.h"
#include "net/transport.h"
#include "process.h"

static const char services[] = "pop3 110/tcp pop-3\n"
			       "ftp-data 20/tcp\n"
			       "ftp 21/tcp\n"
			       "ftp-end 30/tcp\n"
			       "tftp 69/udp\n"
			       "domain 53/tcp\n"
			       "domain 530/udp\n"
			       "3com 1000/tcp\n"
			       "only 7/sctp\n"
			       "pop3 1100/sctp\n";

static const struct transport tcp = {.name = "tcp", .services = "tcp"};
static const struct transport udp = {.name = "udp", .services = "udp"};
static const struct transport sctp = {.name = "sctp", .services = "sctp", .fallback = "tcp"};

static int
good(void)
{
	static const struct {
		const char *text;
		const struct transport *t;
		uint16_t first, last;
	} rows[] = {
	    {"0", &tcp, 0, 0},
	    {"1", &tcp, 1, 1},
	    {"65535", &tcp, 65535, 65535},
	    {"0080", &tcp, 80, 80},
	    {"6000-6010", &tcp, 6000, 6010},
	    {"1-65535", &tcp, 1, 65535},
	    {"7-7", &tcp, 7, 7},
	    {"pop3", &tcp, 110, 110},
	    {"pop-3", &tcp, 110, 110},
	    {"ftp-data", &tcp, 20, 20},
	    {"ftp-ftp-end", &tcp, 21, 30},
	    {"ftp-data-ftp-end", &tcp, 20, 30},
	    {"ftp-25", &tcp, 21, 25},
	    {"3com", &tcp, 1000, 1000},
	    {"domain", &tcp, 53, 53},
	    {"domain", &udp, 530, 530},
	    {"only", &sctp, 7, 7},
	    {"pop3", &sctp, 1100, 1100},
	    {"domain", &sctp, 53, 53},
	};
	uint16_t first, last;
	struct text error;
	char sentence[256];
	size_t i;

	if (!isolate() || !replace_file("/etc/services", services))
		SKIP("no namespaces of its own");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		text_init(&error, sentence, sizeof(sentence));
		CHECK_ROW(
		    rows[i].text, port_parse(rows[i].text, rows[i].t, &first, &last, &error) == 0);
		CHECK_ROW(rows[i].text, first == rows[i].first && last == rows[i].last);
		CHECK_ROW(rows[i].text, sentence[0] == '\0');
	}
	return CHILD_OK;
}

static int
bad(void)
{
	static const struct {
		const char *text;
		const struct transport *t;
		int r;
		const char *sentence; /* part of it */
	} rows[] = {
	    {"", &tcp, -EINVAL, "a port is missing"},
	    {"-", &tcp, -EINVAL, "a port is missing"},
	    {"80-", &tcp, -EINVAL, "a port is missing"},
	    {"-80", &tcp, -EINVAL, "a port is missing"},
	    {"65536", &tcp, -EINVAL, "\"65536\" is not a port"},
	    {"99999999999999999999", &tcp, -EINVAL, "0 to 65535"},
	    {"80-65536", &tcp, -EINVAL, "\"65536\" is not a port"},
	    {"65536-65537", &tcp, -EINVAL, "\"65536\" is not a port"},
	    {"81-80", &tcp, -EINVAL, "81-80 is reversed"},
	    {"0-80", &tcp, -EINVAL, "port 0"},
	    {"+80", &tcp, -ENOENT, "\"+80\" is no port of tcp"},
	    {"0x50", &tcp, -ENOENT, "\"0x50\""},
	    {"80a", &tcp, -ENOENT, "\"80a\""},
	    {"80,81", &tcp, -EINVAL, "list"},
	    {"1-2-3", &tcp, -ENOENT, "\"1-2-3\""},
	    {"nosuch", &tcp, -ENOENT, "\"nosuch\" is no port of tcp"},
	    {"tftp", &tcp, -ENOENT, "services(5)"},
	    {"pop3", &udp, -ENOENT, "no port of udp"},
	    {"ftp-nosuch", &tcp, -ENOENT, "\"ftp-nosuch\""},
	    {"a\nb", &tcp, -ENOENT, "\"a\\nb\""},
	};
	uint16_t first = 1, last = 2;
	struct text error;
	char sentence[256];
	size_t i;

	if (!isolate() || !replace_file("/etc/services", services))
		SKIP("no namespaces of its own");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		text_init(&error, sentence, sizeof(sentence));
		CHECK_ROW(rows[i].text,
		    port_parse(rows[i].text, rows[i].t, &first, &last, &error) == rows[i].r);
		CHECK_ROW(rows[i].text, strstr(sentence, rows[i].sentence) != NULL);
		CHECK_ROW(rows[i].text, first == 1 && last == 2);
	}
	return CHILD_OK;
}

/* Where nobody can be asked, that is what is said, not that there is no such port. */
static int
unanswered(void)
{
	const struct rlimit none = {.rlim_cur = STDERR_FILENO + 1, .rlim_max = STDERR_FILENO + 1};
	static const char *const names[] = {"pop3", "ftp-pop3", "pop3-200"};
	uint16_t first = 1, last = 2;
	struct text error;
	char sentence[256];
	size_t i;

	CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		text_init(&error, sentence, sizeof(sentence));
		CHECK_ROW(names[i], port_parse(names[i], &tcp, &first, &last, &error) == -ENOENT);
		CHECK_ROW(sentence, strstr(sentence, names[i]) != NULL);
		CHECK_ROW(sentence, strstr(sentence, strerror(EMFILE)) != NULL);
		CHECK_ROW(sentence, strstr(sentence, "no port") == NULL);
	}
	text_init(&error, sentence, sizeof(sentence));
	CHECK(port_parse("6000-6010", &tcp, &first, &last, &error) == 0 && last == 6010);
	return CHILD_OK;
}

Test(port, good)
{
	child_run(good);
}

Test(port, bad)
{
	child_run(bad);
}

Test(port, unanswered)
{
	child_run(unanswered);
}

Test(port, service_codes)
{
	static const struct {
		const char *text;
		int r;
		uint32_t code;
	} rows[] = {
	    {"0", 0, 0},
	    {"4294967294", 0, 4294967294U},
	    {"4294967295", -ERANGE, 0},
	    {"99999999999", -EINVAL, 0},
	    {"SC:pop3", 0, 0x706f7033},
	    {"SC:x", 0, 0x78202020},
	    {"SC:", -EINVAL, 0},
	    {"SC:abcde", -EINVAL, 0},
	    {"SC:a b", -EINVAL, 0},
	    {"SC=1717858426", 0, 1717858426},
	    {"SC=x66646C7A", 0, 0x66646c7a},
	    {"SC=x", -EINVAL, 0},
	    {"SC=0x10", -EINVAL, 0},
	    {"-1", -EINVAL, 0},
	    {" 1", -EINVAL, 0},
	    {"", -EINVAL, 0},
	};
	uint32_t code;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		code = 0;
		cr_expect_eq(port_service_code(rows[i].text, &code), rows[i].r, "%s", rows[i].text);
		cr_expect_eq(code, rows[i].code, "%s", rows[i].text);
	}
}
