#include "net/port.h"

#include <arpa/inet.h>
#include <bsd/string.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/aside.h"
#include "base/fd.h"
#include "base/text.h"
#include "net/transport.h"

#define CODE_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._*+/?@"

enum { PORT_TEXT = 64 };

/* "PROTOCOL NAME". */
static int
tell_port(const char *question, FILE *answer)
{
	char protocol[PORT_TEXT];
	const char *name = strchr(question, ' ') + 1;
	const struct servent *found;
	uint16_t port;

	(void)snprintf(protocol, sizeof(protocol), "%.*s", (int)(name - 1 - question), question);
	found = getservbyname(name, protocol);
	if (found == NULL)
		return -ENOENT;
	port = ntohs((uint16_t)found->s_port);
	(void)fwrite(&port, sizeof(port), 1, answer);
	return 0;
}

static int
by_name(const char *name, const char *protocol, uint16_t *port)
{
	char question[2 * PORT_TEXT];
	autofree char *answer = NULL;
	size_t size;
	int r;

	if (protocol == NULL)
		return -ENOENT;
	(void)snprintf(question, sizeof(question), "%s %s", protocol, name);
	r = aside_call(tell_port, question, &answer, &size);
	if (r == 0)
		memcpy(port, answer, sizeof(*port));
	return r;
}

/* One number or name. 0, -EINVAL (empty), -ERANGE, -ENOENT; or why nobody can tell. */
static int
one(const char *text, const struct transport *t, uint16_t *port)
{
	long long number;
	int r;

	if (text[0] == '\0')
		return -EINVAL;
	if (text[strspn(text, "0123456789")] == '\0') {
		if (text_number(text, 0, UINT16_MAX, &number) < 0)
			return -ERANGE;
		*port = (uint16_t)number;
		return 0;
	}
	r = by_name(text, t->services, port);
	return r == -ENOENT ? by_name(text, t->fallback, port) : r;
}

static int
complain(struct text *error, int r, const char *port, const struct transport *t)
{
	if (r == -EINVAL) {
		text_addf(error, "a port is missing: a number from 0 to 65535 or a name of "
				 "services(5), or two of them with a dash between");
		return -EINVAL;
	}
	text_add_quoted(error, port);
	if (r == -ERANGE) {
		text_add(error, " is not a port: they go from 0 to 65535");
		return -EINVAL;
	}
	if (strpbrk(port, ",;") != NULL) {
		text_add(error, " is not a port: several endpoints are a list of strings, "
				"{ \"110/tcp\", \"143/tcp\" }");
		return -EINVAL;
	}
	if (r != -ENOENT) {
		text_addf(error, ": asking the system for that port: %s", strerror(-r));
		return r == -ENOMEM ? r : -ENOENT;
	}
	text_addf(error, " is no port of %s", t->services);
	if (t->fallback != NULL)
		text_addf(error, " nor of %s", t->fallback);
	text_add(error, ": a number from 0 to 65535 or a name of services(5)");
	return -ENOENT;
}

static int
check_range(uint16_t first, uint16_t last, struct text *error)
{
	if (first == 0 || last == 0) {
		text_add(error, "port 0 (any free port) can not be part of a range");
		return -EINVAL;
	}
	if (first > last) {
		text_addf(
		    error, "the range %u-%u is reversed: the lower port comes first", first, last);
		return -EINVAL;
	}
	return 0;
}

/* "SC:" and up to four characters, which blanks fill up; RFC 5595 allows those of a host name and
 * some signs. */
static int
code_of_characters(const char *text, uint32_t *code)
{
	size_t i, n = strlen(text);
	uint32_t made = 0;

	if (n == 0 || n > 4 || text[strspn(text, CODE_CHARACTERS)] != '\0')
		return -EINVAL;
	for (i = 0; i < 4; i++)
		made = made << 8 | (i < n ? (uint8_t)text[i] : ' ');
	*code = made;
	return 0;
}

static int
code_of_digits(const char *text, int base, uint32_t *code)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	unsigned long n;

	if (text[0] == '\0' || strlen(text) > 10 ||
	    text[strspn(text, base == 16 ? digits : "0123456789")] != '\0')
		return -EINVAL;
	n = strtoul(text, NULL, base);
	if (n >= UINT32_MAX)
		return -ERANGE;
	*code = (uint32_t)n;
	return 0;
}

int
port_service_code(const char *text, uint32_t *code)
{
	if (strncmp(text, "SC:", 3) == 0)
		return code_of_characters(text + 3, code);
	if (strncmp(text, "SC=x", 4) == 0)
		return code_of_digits(text + 4, 16, code);
	return code_of_digits(strncmp(text, "SC=", 3) == 0 ? text + 3 : text, 10, code);
}

int
port_parse(const char *text, const struct transport *t, uint16_t *first, uint16_t *last,
    struct text *error)
{
	char low[PORT_TEXT];
	uint16_t a, b;
	char *dash;
	int r, whole = strlen(text) < sizeof(low) ? one(text, t, &a) : -ENOENT;

	if (whole == 0) {
		*first = *last = a;
		return 0;
	}
	(void)strlcpy(low, text, sizeof(low));
	/* Names have dashes of their own: each may be the one between two ports. */
	for (dash = strchr(low, '-'); dash != NULL; dash = strchr(dash + 1, '-')) {
		*dash = '\0';
		r = one(low, t, &a);
		if (r == 0)
			r = one(dash + 1, t, &b);
		else if (r == -ERANGE)
			return complain(error, r, low, t);
		if (r == -ERANGE || r == -EINVAL)
			return complain(error, r, dash + 1, t);
		*dash = '-';
		if (r < 0)
			continue;
		r = check_range(a, b, error);
		if (r < 0)
			return r;
		*first = a;
		*last = b;
		return 0;
	}
	return complain(error, whole, text, t);
}
