#include <stdlib.h>
#include <sys/stat.h>

#include "base/log.h"
#include "config/service.h"
#include "exec/child.h"
#include "net/transport.h"
#include "process.h"
#include "supervisor/event.h"
#include "supervisor/service.h"

static struct service_conf conf;
static struct service svc = {.conf = &conf};
static struct endpoint endpoint;
static struct port port = {.service = &svc};
static struct address peer, local;

/* What event wrote to the log, without its time. */
static const char *
logged(void)
{
	static char text[4096];
	ssize_t n;

	log_flush();
	n = pread(STDERR_FILENO, text, sizeof(text) - 1, 0);
	if (n < 0 || ftruncate(STDERR_FILENO, 0) < 0 || lseek(STDERR_FILENO, 0, SEEK_SET) < 0)
		return "(unreadable)";
	text[n] = '\0';
	return strchr(text, ' ') != NULL ? strchr(text, ' ') + 1 : text;
}

static bool
start_log(void)
{
	static char *command[] = {NULL, NULL};
	char name[] = "/tmp/superd-XXXXXX";
	int fd = mkstemp(name);

	if (fd < 0 || unlink(name) < 0 || dup2(fd, STDERR_FILENO) < 0)
		return false;
	log_init();
	command[0] = (char *)"/bin/x y";
	conf.name = (char *)"finger";
	conf.directory = (char *)"/";
	conf.command = (struct strings){.v = command, .n = 1};
	endpoint.transport = transport_find("tcp4", 4);
	endpoint.first = endpoint.last = 79;
	port.listener.endpoint = &endpoint;
	port.listener.port = 79;
	return address_parse(&peer, "192.0.2.1", 40000) == 0 &&
	       address_parse(&local, "192.0.2.2", 79) == 0 &&
	       address_parse(&endpoint.address, "192.0.2.2", 79) == 0;
}

static const struct event event = {
    .port = &port, .id = "00000001-2", .peer = &peer, .local = &local, .pid = 321};

#define COMMON                                                                                     \
	"service=finger id=00000001-2 transport=tcp4 peer=192.0.2.1:40000 local=192.0.2.2:79 "     \
	"pid=321"

static int
lines(void)
{
	struct child_exit x = {.pid = 321, .status = 3 << 8};

	CHECK(start_log());
	event_start(&event);
	CHECK(strcmp(logged(), "info start " COMMON "\n") == 0);
	x.usage.ru_utime.tv_usec = 600000;
	x.usage.ru_stime.tv_sec = 1;
	x.usage.ru_stime.tv_usec = 400001;
	x.usage.ru_maxrss = 2048;
	event_end(&event, &x, 61000007);
	CHECK(
	    strcmp(logged(), "info end " COMMON
			     " status=exit:3 duration=61.000007 cpu=2.000001 maxrss=2048\n") == 0);
	x.status = 9;
	event_end(&event, &x, 0);
	CHECK(strstr(logged(), " status=signal:KILL duration=0.000000 ") != NULL);
	event_failed(&event, START_EXEC, ENOENT);
	CHECK(strcmp(logged(),
		  "error start failed " COMMON
		  " step=exec object=\"/bin/x y\" error=\"No such file or directory\"\n") == 0);
	event_failed(&event, START_DIRECTORY, EACCES);
	CHECK(strstr(logged(), " step=chdir object=/ error=\"Permission denied\"") != NULL);
	event_listening(&port);
	CHECK(strcmp(logged(),
		  "info listening service=finger endpoint=192.0.2.2:79/tcp4 port=79\n") == 0);
	port.listener.error = EADDRNOTAVAIL;
	event_pending(&port, "bind");
	CHECK(
	    strcmp(logged(), "warning pending service=finger endpoint=192.0.2.2:79/tcp4 step=bind "
			     "error=\"Cannot assign requested address\"\n") == 0);
	return CHILD_OK;
}

Test(event, lines_have_their_fields)
{
	child_run(lines);
}

static int
no_peer(void)
{
	const struct address none = {.length = 0};
	const struct event e = {.port = &port, .id = "00000001-2", .peer = &none, .pid = 1};

	CHECK(start_log());
	event_start(&e);
	CHECK(strcmp(logged(), "info start service=finger id=00000001-2 transport=tcp4 pid=1\n") ==
	      0);
	return CHILD_OK;
}

Test(event, what_there_is_not_is_left_out)
{
	child_run(no_peer);
}

Test(event, ids_tell_superds_and_connections_apart)
{
	char id[EVENT_ID];

	cr_assert_str_eq(event_id(id, 0xabc, 17), "00000abc-17");
	cr_assert_str_eq(event_id(id, UINT32_MAX, UINT64_MAX), "ffffffff-18446744073709551615");
}
