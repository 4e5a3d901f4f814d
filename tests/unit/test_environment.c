#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/service.h"
#include "exec/environment.h"
#include "net/address.h"
#include "net/transport.h"

static struct credentials who = {
    .uid = 1000, .name = (char *)"u", .home = (char *)"/home/u", .shell = (char *)"/bin/sh"};

static const char *
get(const struct environment *e, const char *name)
{
	size_t i, n = strlen(name);
	const char *found = NULL;

	for (i = 0; e->v[i] != NULL; i++) {
		if (strncmp(e->v[i], name, n) != 0 || e->v[i][n] != '=')
			continue;
		cr_assert_null(found, "%s stands twice", name);
		found = e->v[i] + n + 1;
	}
	return found;
}

static void
expect(const struct environment *e, const char *name, const char *value)
{
	const char *found = get(e, name);

	if (value == NULL)
		cr_assert_null(found, "%s=%s", name, found);
	else
		cr_assert(found != NULL && strcmp(found, value) == 0, "%s=%s, not %s", name,
		    found != NULL ? found : "(unset)", value);
}

Test(environment, of_a_tcp_connection)
{
	struct service_conf svc = {.name = (char *)"pop3", .credentials = &who};
	struct environment e = {0};
	struct address local, peer;
	struct environment_facts f = {.service = &svc,
	    .transport = transport_find("tcp4", 4),
	    .local = &local,
	    .peer = &peer,
	    .id = "0badcafe-7"};

	cr_assert_eq(address_parse(&local, "127.0.0.1", 110), 0);
	cr_assert_eq(address_parse(&peer, "192.0.2.9", 40000), 0);
	cr_assert_eq(environment_build(&e, &f), 0);
	expect(&e, "PATH", "/usr/local/bin:/usr/bin:/bin");
	expect(&e, "USER", "u");
	expect(&e, "LOGNAME", "u");
	expect(&e, "HOME", "/home/u");
	expect(&e, "SHELL", "/bin/sh");
	expect(&e, "PROTO", "TCP");
	expect(&e, "TCPLOCALIP", "127.0.0.1");
	expect(&e, "TCPLOCALPORT", "110");
	expect(&e, "TCPREMOTEIP", "192.0.2.9");
	expect(&e, "TCPREMOTEPORT", "40000");
	expect(&e, "REMOTE_ADDR", "192.0.2.9");
	expect(&e, "REMOTE_PORT", "40000");
	expect(&e, "REMOTE_HOST", "192.0.2.9");
	expect(&e, "SUPERD_SERVICE", "pop3");
	expect(&e, "SUPERD_ID", "0badcafe-7");
	expect(&e, "LISTEN_FDS", NULL);
	cr_assert_eq(e.n, 15);
	environment_fini(&e);
}

Test(environment, nothing_stays_of_an_earlier_client)
{
	struct service_conf svc = {.name = (char *)"s", .credentials = &who};
	struct environment e = {0};
	struct address peer;
	struct environment_facts f = {
	    .service = &svc, .transport = transport_find("tcp6", 4), .peer = &peer, .id = "1-1"};

	cr_assert_eq(address_parse(&peer, "2001:db8::1", 1), 0);
	cr_assert_eq(environment_build(&e, &f), 0);
	expect(&e, "TCPREMOTEIP", "2001:db8::1");
	f.transport = transport_find("udp", 3);
	f.peer = NULL;
	cr_assert_eq(environment_build(&e, &f), 0);
	expect(&e, "PROTO", "UDP");
	expect(&e, "TCPREMOTEIP", NULL);
	expect(&e, "UDPREMOTEIP", NULL);
	expect(&e, "REMOTE_HOST", NULL);
	cr_assert_eq(e.n, 8);
	environment_fini(&e);
}

Test(environment, of_a_unix_peer)
{
	struct service_conf svc = {.name = (char *)"s", .credentials = &who};
	struct environment e = {0};
	struct address local = {.length = offsetof(struct sockaddr_un, sun_path) + 7};
	struct address peer = {.length = sizeof(sa_family_t)};
	struct environment_facts f = {.service = &svc,
	    .transport = transport_find("unix", 4),
	    .local = &local,
	    .peer = &peer,
	    .id = "1-1"};

	local.un.sun_family = peer.un.sun_family = AF_UNIX;
	strcpy(local.un.sun_path, "/run/x");
	cr_assert_eq(environment_build(&e, &f), 0);
	expect(&e, "PROTO", "UNIX");
	expect(&e, "UNIXLOCALPATH", "/run/x");
	expect(&e, "UNIXREMOTEPATH", NULL);
	expect(&e, "REMOTE_ADDR", NULL);
	expect(&e, "UNIXLOCALPORT", NULL);
	environment_fini(&e);
}

Test(environment, the_configuration_has_the_last_word)
{
	static const char *const pass[] = {"SUPERD_TEST_PASSED", "SUPERD_TEST_UNSET", "HOME", NULL};
	static const char *const set[] = {
	    "PATH=/opt/bin", "EMPTY=", "A=b=c", "USER=v", "USER=w", NULL};
	struct service_conf svc = {.name = (char *)"s",
	    .credentials = &who,
	    .pass_environment = {.v = (char **)pass, .n = 3},
	    .environment = {.v = (char **)set, .n = 5}};
	struct environment e = {0};
	struct environment_facts f = {.service = &svc, .id = "1-1"};

	cr_assert_eq(setenv("SUPERD_TEST_PASSED", "yes", 1), 0);
	cr_assert_eq(unsetenv("SUPERD_TEST_UNSET"), 0);
	cr_assert_eq(setenv("HOME", "/superd", 1), 0);
	cr_assert_eq(environment_build(&e, &f), 0);
	expect(&e, "PATH", "/opt/bin");
	expect(&e, "EMPTY", "");
	expect(&e, "A", "b=c");
	expect(&e, "USER", "w");
	expect(&e, "SUPERD_TEST_PASSED", "yes");
	expect(&e, "SUPERD_TEST_UNSET", NULL);
	expect(&e, "HOME", "/superd");
	environment_fini(&e);
}

Test(environment, grows_with_what_it_is_given)
{
	enum { VARIABLES = 300, LENGTH = 1000 };
	char *set[VARIABLES];
	struct service_conf svc = {
	    .name = (char *)"s", .credentials = &who, .environment = {.v = set, .n = VARIABLES}};
	struct environment e = {0};
	struct environment_facts f = {.service = &svc, .id = "1-1"};
	char name[16];
	int i;

	for (i = 0; i < VARIABLES; i++) {
		set[i] = malloc(LENGTH);
		cr_assert_not_null(set[i]);
		memset(set[i], 'x', LENGTH);
		(void)snprintf(set[i], LENGTH, "V%d", i);
		set[i][strlen(set[i])] = '=';
		set[i][LENGTH - 1] = '\0';
	}
	cr_assert_eq(environment_build(&e, &f), 0);
	for (i = 0; i < VARIABLES; i++) {
		(void)snprintf(name, sizeof(name), "V%d", i);
		cr_assert_eq(strlen(get(&e, name)), LENGTH - 2 - strlen(name));
		free(set[i]);
	}
	environment_fini(&e);
}

Test(environment, of_all_sockets)
{
	struct service_conf svc = {.name = (char *)"s", .credentials = &who};
	struct environment e = {0};
	struct environment_facts f = {
	    .service = &svc, .id = "1-1", .nsockets = 2, .socket_names = "s:s"};

	cr_assert_eq(environment_build(&e, &f), 0);
	expect(&e, "LISTEN_FDS", "2");
	expect(&e, "LISTEN_FDNAMES", "s:s");
	expect(&e, "PROTO", NULL);
	cr_assert_not_null(e.listen_pid);
	cr_assert_eq(strlen(e.listen_pid), LISTEN_PID_DIGITS);
	strcpy(e.listen_pid, "42");
	expect(&e, "LISTEN_PID", "42");
	environment_fini(&e);
}
