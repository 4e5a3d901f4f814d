#include "supervisor/helper.h"

#include <criterion/criterion.h>
#include <string.h>

#include "exec/child.h"
#include "process.h"
#include "supervised.h"

enum { NO_CHANNEL = -1 };

/* How a helper of that command ends. */
static const char *
outcome(struct supervised *t, const char *path)
{
	static char text[HELPER_TEXT];
	char *argv[] = {(char *)"helper", NULL};
	const struct helper_conf conf = {
	    .name = "helper", .path = path, .argv = argv, .who = &t->who, .channel = NO_CHANNEL};
	struct child_exit other = {.pid = 1}, x;
	struct helper h = {0};

	if (helper_start(&t->s, &h, &conf) < 0 || h.pid <= 0 || t->s.nhelpers != 1)
		return "no start";
	if (helper_reap(&t->s, &h, &other, text))
		return "another process is taken for it";
	while (!child_reap(&x))
		(void)usleep(1000);
	if (!helper_reap(&t->s, &h, &x, text) || h.pid != 0 || t->s.nhelpers != 0)
		return "not reaped";
	return text;
}

static int
helpers_end(void)
{
	static const char *const cat[] = {"/bin/cat", NULL};
	static struct supervised t;

	supervised_add(&t, "127.0.0.1:0/tcp", cat);
	CHECK(supervised_open(&t));
	CHECK(strcmp(outcome(&t, "/bin/true"), "status 0") == 0);
	CHECK(strcmp(outcome(&t, "/bin/false"), "status 1") == 0);
	CHECK(strcmp(outcome(&t, "/nonexistent"), "exec: No such file or directory") == 0);
	supervised_close(&t);
	return CHILD_OK;
}

Test(helper, tells_how_it_ended)
{
	child_run(helpers_end);
}
