/*
 * superd: the command line, the start, and the loop.  supervisor/superd has the context,
 * supervisor/turn what each event is for, supervisor/dispatch what happens to a connection.
 */
#include <bsd/libutil.h>
#include <bsd/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/daemon.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/text.h"
#include "config/load.h"
#include "config/print.h"
#include "config/report.h"
#include "config/service.h"
#include "supervisor/superd.h"
#include "supervisor/turn.h"
#include "workers/libwrap.h"

#ifndef CONF_PATH
#define CONF_PATH "/etc/superd/superd.conf"
#endif
#ifndef VERSION
#define VERSION "0"
#endif

enum { TABLE_SIZE = 128 * 1024 };

struct options {
	struct load_options load;
	int level; /* -1: the configuration's */
	bool daemonize, test, print;
};

static _Noreturn void
usage(void)
{
	(void)fputs("usage: superd [-dtTV] [-c FILE] [-l LEVEL] [--port-offset N]\n", stderr);
	exit(EX_USAGE);
}

static int
parse_level(const char *text)
{
	static const char *const names[] = {"error", "warning", "notice", "info", "debug"};
	int i;

	for (i = 0; i < 5; i++)
		if (strcmp(text, names[i]) == 0)
			return LOG_ERR + i;
	(void)fprintf(
	    stderr, "superd: -l %s: must be error, warning, notice, info or debug\n", text);
	usage();
}

static unsigned
parse_offset(const char *text)
{
	long long n;

	if (text_number(text, 0, 64512, &n) < 0) {
		(void)fprintf(
		    stderr, "superd: --port-offset %s: must be a number, 0 to 64512\n", text);
		usage();
	}
	return (unsigned)n;
}

static void
parse_options(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {{"port-offset", required_argument, NULL, 'O'}, {0}};
	int option;

	*o = (struct options){.load = {.path = CONF_PATH}, .level = -1};
	while ((option = getopt_long(argc, argv, "dtTVc:l:", names, NULL)) != -1) {
		switch (option) {
		case 'd':
			o->daemonize = true;
			break;
		case 'T':
			o->print = true;
			o->test = true;
			break;
		case 't':
			o->test = true;
			break;
		case 'V':
			(void)puts("superd " VERSION);
			exit(EX_OK);
		case 'c':
			o->load.path = optarg;
			break;
		case 'l':
			o->level = parse_level(optarg);
			break;
		case 'O':
			o->load.port_offset = parse_offset(optarg);
			break;
		default:
			usage();
		}
	}
	if (optind < argc)
		usage();
}

/* -t and -T: everything is checked, nothing is opened. */
static int
test(const struct options *o)
{
	struct report report = {0};
	struct conf *conf;
	bool good;

	log_plain();
	conf = load_conf(&o->load, &report);
	good = conf != NULL && report.errors == 0;
	report_log(&report);
	log_flush();
	if (conf != NULL && o->print)
		(void)print_conf(conf, stdout);
	conf_free(conf);
	report_fini(&report);
	return good ? EX_OK : 1;
}

/* Standard error goes on in place of a file that cannot be opened, unless it is about to end. */
static void
open_log(struct conf *conf, bool background)
{
	int r = log_open(&conf->log);

	if (r < 0)
		log_err("log %s: %s", conf->log.path != NULL ? conf->log.path : "", strerror(-r));
	if (r < 0 && background) {
		conf_free(conf);
		log_close();
		exit(EX_CANTCREAT);
	}
}

static struct conf *
load(const struct options *o)
{
	struct report report = {0};
	struct conf *conf = load_conf(&o->load, &report);

	if (conf != NULL) {
		if (o->level >= 0)
			conf->log.level = o->level;
		if (o->daemonize && conf->log.sink == LOG_SINK_AUTO)
			conf->log.sink = LOG_SINK_SYSLOG;
		open_log(conf, o->daemonize);
	}
	report_log(&report);
	report_fini(&report);
	if (conf == NULL)
		fatalx(EX_CONFIG, "%s: no usable configuration", o->load.path);
	(void)malloc_trim(0);
	return conf;
}

static struct pidfh *
lock_pidfile(const char *path)
{
	struct pidfh *pidfile;
	pid_t other = 0;

	if (path == NULL)
		return NULL;
	pidfile = pidfile_open(path, 0644, &other);
	if (pidfile == NULL && errno == EEXIST)
		fatalx(EX_TEMPFAIL, "%s: superd runs already, pid %d", path, (int)other);
	if (pidfile == NULL)
		fatal(errno == EACCES || errno == EPERM ? EX_NOPERM : EX_CANTCREAT, "%s", path);
	/* A handler that had it would keep the lock after superd has ended. */
	(void)fcntl(pidfile_fileno(pidfile), F_SETFD, FD_CLOEXEC);
	return pidfile;
}

/*
 * Children share this process's memory until they execute: nobody whose uid they take on may look
 * into it. With fs.suid_dumpable 1 the kernel would let them.
 */
static void
guard_memory(void)
{
	char value = '0';
	autoclose int fd = -1;

	if (geteuid() != 0)
		return;
	fd = open("/proc/sys/fs/suid_dumpable", O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && read(fd, &value, 1) == 1 && value == '1')
		fatalx(EX_CONFIG,
		    "fs.suid_dumpable is 1: handlers' users could read superd's memory; "
		    "set it to 0 or 2 with sysctl");
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		fatal(EX_OSERR, "PR_SET_DUMPABLE");
}

static int
run(struct superd *s)
{
	struct loop_event e;
	int r;

	while (!s->done) {
		r = loop_next(&s->loop, log_due(), &e);
		if (r < 0) {
			log_err("poll: %s", strerror(-r));
			return EX_OSERR;
		}
		if (r == 0)
			log_flush();
		else
			turn_take(s, &e);
	}
	return EX_OK;
}

/* The process as superd needs it, whatever started it: descriptors, umask, memory. */
static void
settle(struct superd *s, struct rlimit *nofile)
{
	int r;

	(void)umask(022);
	guard_memory();
	r = inherit_init(&s->inherit, s->systemd.listen_fds);
	if (r == 0)
		r = fd_raise_limit(nofile);
	if (r == 0)
		r = fd_null(STDIN_FILENO);
	if (r == 0)
		r = fd_reserve();
	if (r < 0)
		fatalx(EX_OSERR, "descriptors: %s", strerror(-r));
}

/* superd has started itself. Nothing that exit(3) runs is of this process. */
static int
worker(const char *kind)
{
#ifdef HAVE_LIBWRAP
	if (strcmp(kind, "libwrap") == 0)
		_exit(libwrap_main(VERSION));
#endif
	(void)fprintf(stderr, "superd: worker %s: there is no such worker\n", kind);
	return EX_USAGE;
}

int
main(int argc, char **argv, char **envp)
{
	struct superd s = {.signals = {.fd = -1}};
	struct rlimit nofile;
	struct options o;
	struct conf *conf;
	struct pidfh *pidfile;
	int r, background = -1;

	if (argc == 3 && strcmp(argv[1], "worker") == 0)
		return worker(argv[2]);
	/* Tables are memory that comes into use with what is in them: never from the heap's own. */
	(void)mallopt(M_MMAP_THRESHOLD, TABLE_SIZE);
	systemd_init(&s.systemd);
	r = fd_inherit(s.systemd.listen_fds);
	log_init();
	if (r < 0)
		fatalx(EX_OSERR, "/dev/null: %s", strerror(-r));
	parse_options(&o, argc, argv);
	if (o.test) {
		systemd_fini(&s.systemd);
		return test(&o);
	}
	setproctitle_init(argc, argv, envp);
	settle(&s, &nofile);
	if (o.daemonize && (background = daemon_fork()) < 0)
		fatalx(EX_OSERR, "fork: %s", strerror(-background));
	conf = load(&o);
	pidfile = lock_pidfile(conf->pidfile);
	r = superd_init(&s, conf, &nofile);
	if (r < 0)
		fatalx(EX_OSERR, "start: %s", strerror(-r));
	/* Whoever hears that superd is ready may read it. */
	(void)pidfile_write(pidfile);
	superd_open(&s);
	fd_release();
	daemon_ready(background, EX_OK);
	r = run(&s);
	superd_fini(&s);
	(void)pidfile_remove(pidfile);
	conf_free(conf);
	log_close();
	return r;
}
