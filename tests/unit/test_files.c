#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "config/files.h"
#include "config/load.h"
#include "config/report.h"
#include "process.h"

enum { PATH = 256, LINES = 4096 };

/* A folder of the test's own; its paths are short. */
static char root[] = "/tmp/superd-files-XXXXXX";
static char storage[4][PATH];

static const char *
in(const char *name)
{
	static size_t next;
	char *path = storage[next++ % 4];

	(void)snprintf(path, PATH, "%s/%s", root, name);
	return path;
}

static const char *
main_file(void)
{
	static char path[PATH];

	(void)snprintf(path, sizeof(path), "%s/superd.conf", root);
	return path;
}

static void
setup(void)
{
	(void)umask(022);
	cr_assert_not_null(mkdtemp(root));
	cr_assert_eq(mkdir(in("one"), 0755), 0);
	cr_assert_eq(mkdir(in("two"), 0755), 0);
}

static void
teardown(void)
{
	char command[PATH];

	(void)snprintf(command, sizeof(command), "rm -rf %s", root);
	cr_assert_eq(system(command), 0);
}

TestSuite(files, .init = setup, .fini = teardown);

static int
read_one(const char *path, char *finding)
{
	struct report r = {NULL, 0, 0};
	char *text = NULL;
	struct text t;
	size_t n;
	int result = files_read(path, &text, &n, 0, &r);

	text_init(&t, finding, LINES);
	if (r.n > 0)
		(void)finding_text(&r.v[0], &t);
	cr_assert_eq(r.n, (size_t)(result < 0), "%s", path);
	free(text);
	report_fini(&r);
	return result;
}

static void
refused(const char *path, int error, const char *of, const char *why)
{
	char finding[LINES], expected[LINES];

	(void)snprintf(expected, sizeof(expected), "%s: %s", of, why);
	cr_expect_eq(read_one(path, finding), error, "%s", path);
	cr_expect_str_eq(finding, expected);
}

Test(files, what_is_refused)
{
	char finding[LINES];

	cr_assert(write_file(in("good"), "x"));
	cr_assert_eq(read_one(in("good"), finding), 0, "%s", finding);
	refused(in("none"), -ENOENT, in("none"), "No such file or directory");
	refused(in("no/ne"), -ENOENT, in("no/ne"), "No such file or directory");
	cr_assert_eq(symlink("good", in("link")), 0);
	refused(in("link"), -ELOOP, in("link"), "it is a symbolic link");
	refused(in("one"), -EINVAL, in("one"), "it is not a regular file");
	cr_assert_eq(mkfifo(in("pipe"), 0644), 0);
	refused(in("pipe"), -EINVAL, in("pipe"), "it is not a regular file");
	cr_assert_eq(chmod(in("good"), 0664), 0);
	refused(in("good"), -EPERM, in("good"),
	    "the file is writable by group or others (mode 0664): chmod go-w");
	cr_assert_eq(truncate(in("good"), FILES_MAX + 1), 0);
	cr_assert_eq(chmod(in("good"), 0644), 0);
	refused(in("good"), -EFBIG, in("good"), "it is larger than 1 MiB");
}

Test(files, folders_above)
{
	char finding[LINES];

	cr_assert_eq(mkdir(in("one/deep"), 0755), 0);
	cr_assert(write_file(in("one/deep/x"), "x"));
	cr_assert_eq(chmod(in("one"), 0777), 0);
	refused(in("one/deep/x"), -EPERM, in("one"),
	    "the folder is writable by group or others (mode 0777): chmod go-w");
	cr_assert_eq(chmod(in("one"), 01777), 0);
	cr_assert_eq(read_one(in("one/deep/x"), finding), 0, "%s", finding);
	/* By another way the folder is the same. */
	cr_assert_eq(chmod(in("one"), 0775), 0);
	cr_assert_eq(symlink("../one/deep", in("two/way")), 0);
	refused(in("two/way/x"), -EPERM, in("one"),
	    "the folder is writable by group or others (mode 0775): chmod go-w");
}

Test(files, owner)
{
	char expected[LINES], finding[LINES];

	if (geteuid() != 0)
		cr_skip_test("only root can give files away");
	cr_assert(write_file(in("x"), "x"));
	cr_assert_eq(chown(in("x"), 65534, 0), 0);
	(void)snprintf(expected, sizeof(expected),
	    "%s: the file belongs to uid 65534: only root and the user superd runs as may own it",
	    in("x"));
	cr_assert_eq(read_one(in("x"), finding), -EPERM);
	cr_assert_str_eq(finding, expected);
}

Test(files, order_override_and_names)
{
	static const char *const names[] = {"one/b.conf", "one/a.conf", "one/B.conf", "two/b.conf",
	    "two/c.conf", "one/.d.conf", "one/e.conf~", "one/f.conf.dpkg-old", "one/g.conf.rpmnew",
	    "one/h.conf.swp", "one/.conf", "one/i", "one/jconf"};
	static const char *const expected[] = {
	    "one/B.conf", "one/a.conf", "two/b.conf", "two/c.conf"};
	struct strings folders = {NULL, 0};
	struct report r = {NULL, 0, 0};
	struct files f;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		cr_assert(write_file(in(names[i]), ""));
	cr_assert_eq(strings_add(&folders, "one"), 0);
	cr_assert_eq(strings_add(&folders, in("two")), 0);
	cr_assert_eq(strings_add(&folders, "three"), 0);
	cr_assert_eq(files_list(&f, &folders, in("superd.conf"), true, &r), 0);
	cr_assert_eq(f.n, 4);
	for (i = 0; i < f.n; i++)
		cr_expect_str_eq(f.v[i], in(expected[i]));
	cr_assert_eq(r.n, 1);
	cr_assert_eq(r.v[0].severity, FINDING_WARNING);
	cr_assert_str_eq(r.v[0].file, in("three"));
	cr_assert_str_eq(r.v[0].text, "there is no such folder");
	files_fini(&f);
	cr_assert_eq(files_list(&f, &folders, in("superd.conf"), false, &r), 0);
	cr_assert_eq(r.n, 1, "a folder that is not expected may be missing");
	files_fini(&f);
	strings_fini(&folders);
	report_fini(&r);
}

#define OFF(name) "service " name " { listen = 1/tcp command = /x enabled = no }\n"

Test(files, one_broken_file_spoils_itself)
{
	struct report r = {NULL, 0, 0};
	struct load_options options = {.path = main_file()};
	struct conf *conf;

	cr_assert(write_file(in("superd.conf"), "services = { one, two }\n" OFF("main")));
	cr_assert(write_file(in("one/a.conf"), OFF("a")));
	cr_assert(write_file(in("one/masked.conf"), OFF("masked")));
	cr_assert(write_file(in("two/masked.conf"), ""));
	cr_assert(write_file(in("one/broken.conf"), OFF("half") "service broken {"));
	cr_assert(write_file(in("two/open.conf"), OFF("open")));
	cr_assert_eq(chmod(in("two/open.conf"), 0666), 0);
	cr_assert(write_file(in("two/z.conf"), OFF("z")));
	conf = load_conf(&options, &r);
	cr_assert_not_null(conf);
	cr_assert_eq(conf->nservices, 3);
	cr_assert_str_eq(conf->services[0]->name, "a");
	cr_assert_str_eq(conf->services[1]->name, "main");
	cr_assert_str_eq(conf->services[2]->name, "z");
	cr_assert_eq(r.errors, 2);
	cr_assert_str_eq(r.v[0].file, in("one/broken.conf"));
	cr_assert_eq(r.v[0].line, 2);
	cr_assert_str_eq(r.v[1].file, in("two/open.conf"));
	conf_free(conf);
	report_fini(&r);
}

Test(files, no_main_file_no_model)
{
	struct report r = {NULL, 0, 0};
	struct load_options options = {.path = main_file()};

	cr_assert_null(load_conf(&options, &r));
	cr_assert_eq(r.errors, 1);
	report_fini(&r);
}
