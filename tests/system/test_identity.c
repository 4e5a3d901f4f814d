/* Who a handler is, and in what surroundings it starts; and what happens when it cannot. */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "peer.h"

SUITE(identity);

static char facts[FACTS];

static void
probe(struct daemon *d, const char *service)
{
	ask_tcp("127.0.0.1", daemon_port(d, service, ""), facts, sizeof(facts));
	FACT(facts, "end", "1");
}

static void
probe_service(struct daemon *d, const char *name, const char *options)
{
	daemon_service(d, name, "listen = \"127.0.0.1:0/tcp\"\ncommand = \"%s\"\n%s",
	    daemon_tool(d, "probe"), options);
}

static void
expect_id(const char *key, unsigned id)
{
	char text[64];

	snprintf(text, sizeof(text), "%u,%u,%u", id, id, id);
	FACT(facts, key, text);
}

static bool
has_group(gid_t gid)
{
	char list[1024], word[16];

	snprintf(list, sizeof(list), ",%s,", fact(facts, "groups"));
	snprintf(word, sizeof(word), ",%u,", gid);
	return strstr(list, word) != NULL;
}

Test(identity, of_the_user)
{
	struct daemon *d;
	const struct passwd *pw;

	NEED_ROOT();
	pw = getpwnam("nobody");
	cr_assert(pw != NULL);
	d = daemon_new();
	probe_service(d, "nobody", "user = nobody");
	daemon_start(d);
	probe(d, "nobody");
	expect_id("uid", pw->pw_uid);
	expect_id("gid", pw->pw_gid);
	cr_expect(!has_group(0), "groups: %s", fact(facts, "groups"));
	FACT(facts, "env.USER", "nobody");
	FACT(facts, "env.HOME", pw->pw_dir);
	daemon_stop(d);
}

Test(identity, groups_are_replaced)
{
	struct daemon *d;
	const struct passwd *pw;
	gid_t mail, adm;

	NEED_ROOT();
	pw = getpwnam("daemon");
	mail = getgrnam("mail")->gr_gid;
	adm = getgrnam("adm")->gr_gid;
	d = daemon_new();
	probe_service(d, "a", "user = daemon\ngroup = mail\ngroups = { adm, audio }");
	probe_service(d, "b", "user = daemon\ngroups = {}");
	probe_service(d, "c", "user = \"54321\"\ngroup = \"54322\"");
	daemon_start(d);
	probe(d, "a");
	expect_id("uid", pw->pw_uid);
	expect_id("gid", mail);
	cr_expect(has_group(adm) && has_group(getgrnam("audio")->gr_gid));
	cr_expect(!has_group(0) && !has_group(pw->pw_gid));
	probe(d, "b");
	expect_id("gid", pw->pw_gid);
	cr_expect(!has_group(0) && !has_group(adm));
	probe(d, "c");
	expect_id("uid", 54321);
	expect_id("gid", 54322);
	cr_expect(!has_group(0));
	daemon_stop(d);
}

Test(identity, without_root_it_stays_the_same)
{
	struct daemon *d = daemon_new();
	unsigned uid = getuid();

	if (uid == 0)
		uid = d->uid = 54321;
	probe_service(d, "own", "");
	daemon_start(d);
	probe(d, "own");
	expect_id("uid", uid);
	daemon_stop(d);
}

Test(identity, surroundings)
{
	struct daemon *d = daemon_new();
	char options[256];
	const char *path = daemon_path(d, "out");

	snprintf(options, sizeof(options),
	    "umask = 027\ndirectory = \"%s\"\nnice = 5\noom_score_adj = 321\nargv0 = \"-other\"",
	    path);
	probe_service(d, "a", options);
	probe_service(d, "b", "");
	daemon_start(d);
	probe(d, "a");
	FACT(facts, "umask", "027");
	FACT(facts, "directory", path);
	FACT(facts, "nice", "5");
	FACT(facts, "oom_score_adj", "321");
	FACT(facts, "argv0", "-other");
	FACT(facts, "argc", "1");
	probe(d, "b");
	FACT(facts, "nice", "0");
	FACT(facts, "umask", "022");
	FACT(facts, "directory", "/");
	FACT(facts, "argv0", daemon_tool(d, "probe"));
	daemon_stop(d);
}

Test(identity, defaults_apply_and_are_overridden)
{
	struct daemon *d = daemon_new();

	daemon_conf(d, "defaults {\n umask = 077\n nice = 3\n}");
	probe_service(d, "a", "");
	probe_service(d, "b", "umask = 002");
	daemon_start(d);
	probe(d, "a");
	FACT(facts, "umask", "077");
	FACT(facts, "nice", "3");
	probe(d, "b");
	FACT(facts, "umask", "002");
	FACT(facts, "nice", "3");
	daemon_stop(d);
}

static void
expect_failure(struct daemon *d, const char *service, const char *step, const char *path,
    const char *error, const char *status)
{
	char word[64], line[LINE], answer[256];

	snprintf(word, sizeof(word), "service=%s", service);
	cr_expect_eq(ask_tcp("127.0.0.1", daemon_port(d, service, ""), answer, sizeof(answer)), 0);
	cr_expect(LOG_WAIT(d, LONG, line, service, step, path, error),
	    "no line names %s, %s, %s and %s", service, step, path, error);
	LOG_EXPECT(d, line, "@end", word, status);
}

Test(identity, command_that_cannot_be_executed)
{
	struct daemon *d = daemon_new();
	const char *script = daemon_path(d, "script"), *binary = daemon_path(d, "binary");
	char answer[64];

	daemon_file(d, "script", "#!/nonexistent/interpreter\n");
	daemon_file(d, "binary", "\177no program");
	daemon_file(d, "gone", "#!/bin/sh\n");
	cr_assert(chmod(script, 0755) == 0 && chmod(binary, 0755) == 0);
	cr_assert(chmod(daemon_path(d, "gone"), 0755) == 0);
	daemon_service(d, "script", "listen = \"127.0.0.1:0/tcp\"\ncommand = \"%s\"", script);
	daemon_service(d, "binary", "listen = \"127.0.0.1:0/tcp\"\ncommand = \"%s\"", binary);
	daemon_service(
	    d, "gone", "listen = \"127.0.0.1:0/tcp\"\ncommand = \"%s\"", daemon_path(d, "gone"));
	daemon_service(d, "good", "listen = \"127.0.0.1:0/tcp\"\ncommand = { \"%s\", name, good }",
	    daemon_tool(d, "stream"));
	daemon_start(d);
	cr_assert(unlink(daemon_path(d, "gone")) == 0);
	expect_failure(d, "script", "exec", script, "No such file", "status=exit:127");
	expect_failure(d, "binary", "exec", binary, "format", "status=exit:126");
	expect_failure(
	    d, "gone", "exec", daemon_path(d, "gone"), "No such file", "status=exit:127");
	ask_tcp("127.0.0.1", daemon_port(d, "good", ""), answer, sizeof(answer));
	cr_expect_str_eq(answer, "good\n");
	daemon_stop(d);
}

Test(identity, directory_that_the_user_cannot_enter)
{
	struct daemon *d;
	const char *path;

	NEED_ROOT();
	d = daemon_new();
	path = daemon_path(d, "closed");
	cr_assert(mkdir(path, 0700) == 0);
	daemon_service(d, "closed",
	    "listen = \"127.0.0.1:0/tcp\"\ncommand = \"/bin/true\"\nuser = nobody\ndirectory = "
	    "\"%s\"",
	    path);
	daemon_start(d);
	expect_failure(d, "closed", "chdir", path, "Permission denied", "status=exit:126");
	daemon_stop(d);
}
