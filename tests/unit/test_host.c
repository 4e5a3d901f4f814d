#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "net/host.h"
#include "net/transport.h"

/* The addresses, joined by blanks, then "implicit" and "joined"; or the sentence. */
static const char *
parsed(const char *text, const char *transport)
{
	static char out[1024];
	char one[ADDRESS_TEXT], sentence[256];
	struct text t, error;
	struct host h;
	size_t i;

	text_init(&t, out, sizeof(out));
	text_init(&error, sentence, sizeof(sentence));
	if (host_parse(&h, text, transport_find(transport, strlen(transport)), &error) < 0) {
		text_add(&t, sentence);
		return out;
	}
	for (i = 0; i < h.n; i++)
		text_addf(&t, "%s%s", i > 0 ? " " : "", address_host(&h.v[i], one, sizeof(one)));
	text_addf(&t, "%s%s", h.implicit ? " implicit" : "", h.joined ? " joined" : "");
	host_fini(&h);
	return out;
}

static const struct {
	const char *text, *transport, *expected;
} rows[] = {
    {NULL, "tcp", "0.0.0.0 :: implicit"},
    {"*", "tcp", "0.0.0.0 :: implicit"},
    {"*", "tcp6", "::"},
    {"127.0.0.1", "tcp", "127.0.0.1"},
    {"[::1]", "udp", "::1"},
    {"localhost", "sctp", "127.0.0.1 ::1 implicit"},
    {"localhost", "tcp4", "127.0.0.1"},
    {"127.0.0.1+[::1]", "sctp", "::1 127.0.0.1 joined"},
    {"10.0.0.2+10.0.0.1", "sctp-seqpacket", "10.0.0.2 10.0.0.1 joined"},
    {"[]", "tcp", "the address in brackets is empty"},
    {"::1", "tcp", "the IPv6 address \"::1\" needs brackets, as in [::1]:110/tcp"},
    {"10.0.0.2+10.0.0.1", "dccp",
	"\"10.0.0.2+10.0.0.1\": only sctp and sctp-seqpacket have several addresses on one socket; "
	"write an endpoint for each"},
    {"10.0.0.1+10.0.0.1", "sctp", "\"10.0.0.1\" stands twice"},
    {"[::1]+10.0.0.1+[0:0::1]", "sctp", "\"0:0::1\" stands twice"},
    {"10.0.0.1+[::1]+10.0.0.1", "sctp-seqpacket", "\"10.0.0.1\" stands twice"},
    {"[::]+10.0.0.1", "sctp", "every address cannot stand beside others"},
};

Test(host, rows)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_str_eq(parsed(rows[i].text, rows[i].transport), rows[i].expected, "%s",
		    rows[i].text != NULL ? rows[i].text : "none");
}
