/* Refusals in the log and what counts in limits, with a clock of the test's own. */
#include <stdlib.h>
#include <sys/stat.h>

#include "base/log.h"
#include "process.h"
#include "supervised.h"
#include "supervisor/service.h"

#define S USEC_PER_SEC

static const char *const nothing[] = {"/bin/true", NULL};

static struct supervised t;

/* What was logged since the last call, without times. */
static const char *
logged(void)
{
	static char text[4096];
	char *out = text, *line, *rest;
	ssize_t n;

	log_flush();
	n = pread(STDERR_FILENO, text, sizeof(text) - 1, 0);
	if (n < 0 || ftruncate(STDERR_FILENO, 0) < 0 || lseek(STDERR_FILENO, 0, SEEK_SET) < 0)
		return "(unreadable)";
	text[n] = '\0';
	for (line = text; (rest = strchr(line, '\n')) != NULL; line = rest + 1) {
		line += strcspn(line, " ") + 1;
		memmove(out, line, (size_t)(rest + 1 - line));
		out += rest + 1 - line;
	}
	*out = '\0';
	return text;
}

static bool
start_log(void)
{
	char name[] = "/tmp/superd-XXXXXX";
	int fd = mkstemp(name);

	if (fd < 0 || unlink(name) < 0 || dup2(fd, STDERR_FILENO) < 0)
		return false;
	log_level(LOG_NOTICE);
	(void)logged();
	return true;
}

static void
refuse(size_t service, int times)
{
	struct connection c = {.port = supervised_port(&t, service)};

	for (; times > 0; times--)
		gate_refused(&t.s, &c, VERDICT_HOURS);
}

/* The tell timer, if it is due by then. */
static void
at(usec_t now)
{
	struct loop_timer *tell = &t.s.gate.tell;

	while (tell->armed && tell->due <= now) {
		t.s.loop.now = tell->due;
		loop_disarm(&t.s.loop, tell);
		gate_tell(&t.s);
	}
	t.s.loop.now = now;
}

#define LINE(name, rest) "notice refused service=" name " " rest "\n"
#define FIRST(name) LINE(name, "endpoint=unix:@superd-test-gate-" name " reason=hours")

static int
one_line_a_minute(void)
{
	supervised_add(&t, "unix:@superd-test-gate-a", nothing)->name = (char *)"a";
	supervised_add(&t, "unix:@superd-test-gate-b", nothing)->name = (char *)"b";
	CHECK(supervised_open(&t) && start_log());
	at(1000 * S);
	refuse(0, 1);
	CHECK(strcmp(logged(), FIRST("a")) == 0);
	at(1059 * S);
	refuse(0, 12401);
	refuse(1, 3);
	CHECK(strcmp(logged(), FIRST("b")) == 0);
	at(1060 * S);
	CHECK(strcmp(logged(), LINE("a", "more=12401 within=60.000000")) == 0);
	refuse(0, 2);
	refuse(1, 2);
	at(1118 * S);
	CHECK(strcmp(logged(), "") == 0);
	at(1119 * S);
	CHECK(strcmp(logged(), LINE("b", "more=4 within=60.000000")) == 0);
	at(1120 * S);
	CHECK(strcmp(logged(), LINE("a", "more=2 within=60.000000")) == 0);
	/* A quiet minute, and the next is a first one. */
	at(1300 * S);
	CHECK(strcmp(logged(), "") == 0 && !t.s.gate.tell.armed);
	refuse(1, 1);
	CHECK(strcmp(logged(), FIRST("b")) == 0);
	log_level(LOG_CRIT);
	supervised_close(&t);
	return CHILD_OK;
}

Test(gate, one_line_a_minute)
{
	child_run(one_line_a_minute);
}

/* The table of sources, full of those that cannot be replaced. */
static void
fill_sources(void)
{
	struct sources *all = &t.s.gate.proven.sources;
	struct source_key k = {.family = AF_INET, .length = 32, .bytes = {10}};
	uint32_t i;

	for (i = 0; i < all->capacity; i++) {
		memcpy(k.bytes + 1, &i, 3);
		source_enter(all, source_get(all, &k, t.s.loop.now));
	}
}

/* Whatever they share, the Nth of a limit N is served and the next is not. */
static int
newcomers_count_once(void)
{
	struct child handlers[5] = {0};
	struct connection c = {0};
	struct service *svc;
	int i;

	supervised_add(&t, "127.0.0.1:0/tcp", nothing)->limits.per_source = 4;
	CHECK(supervised_open(&t));
	c.port = supervised_port(&t, 0);
	svc = c.port->service;
	CHECK(address_parse(&c.peer, "192.0.2.1", 7) == 0);
	t.s.gate.daemon.per_source = 5;
	fill_sources();
	for (i = 0; i < 5; i++) {
		handlers[i].owner = c.port;
		CHECK(gate_peer(&t.s, &c) == (i < 4 ? VERDICT_ACCEPTED : VERDICT_PER_SOURCE));
		gate_enter(&t.s, &c, &handlers[i]);
	}
	svc->limit.rules.per_source = LIMIT_NONE;
	CHECK(gate_peer(&t.s, &c) == VERDICT_DAEMON_PER_SOURCE);
	for (i = 0; i < 5; i++)
		gate_leave(&t.s, &handlers[i]);
	CHECK(gate_peer(&t.s, &c) == VERDICT_ACCEPTED);
	supervised_close(&t);
	return CHILD_OK;
}

Test(gate, newcomers_count_once)
{
	child_run(newcomers_count_once);
}
