/*
 * The bare loop: poll, accept4, start, reap, with the system calls that the contract with handlers
 * asks for, and nothing else: no policy, no log, no environment of the connection. It is what a
 * super-server is measured against.
 *
 * --vfork waits for the child's exec, --clone only until the child has its own descriptor table.
 * --refuse closes at once what comes to the first port, as many as there are, and is --vfork for
 * the other ports.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/close_range.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exec/raw.h"

enum {
	CONNECTION = 3, /* the only descriptor that is free between two connections */
	DIRECT = 16,
	SLOTS = 256,
	STACK_SIZE = 16 * 1024,
	BACKLOG = 65535,
};

/* One start under way. The kernel clears tid when the child has executed or ended. */
struct slot {
	_Atomic int tid;
	_Atomic int handed;
	const struct options *options;
	char *stack;
};

struct options {
	bool wait_for_exec;
	bool refuse;
	bool drop;
	uid_t uid;
	gid_t gid;
	struct sockaddr_in address;
	unsigned ports;
	char **argv;
};

struct loop {
	struct options options;
	struct slot slots[SLOTS];
	size_t next;
	int signals;
	int nested;
	struct pollfd set[1 + DIRECT];
	nfds_t nset;
};

static char *environment[] = {"PATH=/usr/bin:/bin", NULL};

static int
listen_on(const struct sockaddr_in *address, unsigned offset)
{
	struct sockaddr_in sin = *address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;

	sin.sin_port = htons((uint16_t)(ntohs(address->sin_port) + offset));
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&sin, sizeof(sin)) < 0 || listen(fd, BACKLOG) < 0)
		err(1, "port %u", ntohs(sin.sin_port));
	return fd;
}

/* A few listeners stand in the set themselves, many behind one epoll descriptor. */
static void
listen_all(struct loop *l)
{
	struct epoll_event event = {.events = EPOLLIN};
	unsigned i;

	l->nested = -1;
	if (l->options.ports > DIRECT) {
		l->nested = epoll_create1(EPOLL_CLOEXEC);
		if (l->nested < 0)
			err(1, "epoll_create1");
		l->set[l->nset++] = (struct pollfd){.fd = l->nested, .events = POLLIN};
	}
	for (i = 0; i < l->options.ports; i++) {
		event.data.fd = listen_on(&l->options.address, i);
		if (l->nested < 0)
			l->set[l->nset++] = (struct pollfd){.fd = event.data.fd, .events = POLLIN};
		else if (epoll_ctl(l->nested, EPOLL_CTL_ADD, event.data.fd, &event) < 0)
			err(1, "epoll_ctl");
	}
}

static void
loop_init(struct loop *l)
{
	sigset_t set;
	int null, i;

	do
		null = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (null >= 0 && null < CONNECTION);
	if (null != CONNECTION)
		errx(1, "descriptor %d is in use", CONNECTION);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	l->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (l->signals < 0)
		err(1, "signalfd");
	l->set[l->nset++] = (struct pollfd){.fd = l->signals, .events = POLLIN};
	for (i = 0; i < SLOTS; i++) {
		l->slots[i].options = &l->options;
		l->slots[i].stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
		if (l->slots[i].stack == MAP_FAILED)
			err(1, "mmap");
	}
	listen_all(l);
	(void)close(CONNECTION);
}

/* Shares memory with the loop and runs beside it: nothing here may write errno. */
static int
child(void *arg)
{
	struct slot *s = arg;
	const struct options *o = s->options;
	gid_t gid = o->gid;
	uint64_t none = 0;
	int fd;

	if (RAW(SYS_close_range, CONNECTION + 1, UINT_MAX, CLOSE_RANGE_UNSHARE, 0) < 0)
		goto fail;
	if (!o->wait_for_exec) {
		atomic_store(&s->handed, 1);
		(void)RAW(SYS_futex, &s->handed, FUTEX_WAKE_PRIVATE, 1, 0);
	}
	if (RAW(SYS_setsid, 0, 0, 0, 0) < 0)
		goto fail;
	for (fd = 0; fd < CONNECTION; fd++)
		if (RAW(SYS_dup3, CONNECTION, fd, 0, 0) < 0)
			goto fail;
	if (o->drop &&
	    (RAW(SYS_setgroups, 1, &gid, 0, 0) < 0 || RAW(SYS_setresgid, gid, gid, gid, 0) < 0 ||
		RAW(SYS_setresuid, o->uid, o->uid, o->uid, 0) < 0))
		goto fail;
	(void)RAW(SYS_umask, S_IWGRP | S_IWOTH, 0, 0, 0);
	if (RAW(SYS_chdir, "/", 0, 0, 0) < 0 ||
	    RAW(SYS_rt_sigprocmask, SIG_SETMASK, &none, 0, sizeof(none)) < 0)
		goto fail;
	(void)RAW(SYS_execve, o->argv[0], o->argv, environment, 0);
fail:
	(void)RAW(SYS_exit_group, 127, 0, 0, 0);
	return 127;
}

static struct slot *
slot_take(struct loop *l)
{
	struct slot *s;
	int tid;

	do {
		s = &l->slots[l->next++ % SLOTS];
		tid = atomic_load(&s->tid);
		/* All are under way: sleep on one of them, the kernel wakes when it clears tid. */
		if (tid != 0 && l->next % SLOTS == 0)
			(void)RAW(SYS_futex, &s->tid, FUTEX_WAIT, tid, NULL);
	} while (atomic_load(&s->tid) != 0);
	return s;
}

static void
start(struct loop *l)
{
	const int shared = CLONE_VM | CLONE_FILES | SIGCHLD;
	struct slot *s = slot_take(l);
	pid_t pid;

	if (l->options.wait_for_exec) {
		pid = clone(child, s->stack + STACK_SIZE, shared | CLONE_VFORK, s);
	} else {
		atomic_store(&s->handed, 0);
		atomic_store(&s->tid, -1);
		pid = clone(child, s->stack + STACK_SIZE, shared | CLONE_CHILD_CLEARTID, s, NULL,
		    NULL, &s->tid);
		while (pid > 0 && atomic_load(&s->handed) == 0 && atomic_load(&s->tid) != 0)
			(void)RAW(SYS_futex, &s->handed, FUTEX_WAIT_PRIVATE, 0, NULL);
	}
	if (pid < 0) {
		atomic_store(&s->tid, 0);
		warn("clone");
	}
}

static void
serve(struct loop *l, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0) {
		if (errno != EAGAIN && errno != ECONNABORTED)
			err(1, "accept4");
		return;
	}
	if (fd != CONNECTION)
		errx(1, "connection on descriptor %d", fd);
	start(l);
	(void)close(fd);
}

static void
refuse(int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		(void)close(fd);
	if (errno != EAGAIN && errno != ECONNABORTED)
		err(1, "accept4");
}

static void
serve_nested(struct loop *l)
{
	struct epoll_event events[DIRECT];
	int i, n = epoll_wait(l->nested, events, DIRECT, 0);

	for (i = 0; i < n; i++)
		serve(l, events[i].data.fd);
}

static void
reap(struct loop *l)
{
	struct signalfd_siginfo info;

	(void)!read(l->signals, &info, sizeof(info));
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static void
run(struct loop *l)
{
	nfds_t i;

	for (;;) {
		if (poll(l->set, l->nset, -1) < 0)
			err(1, "poll");
		for (i = 1; i < l->nset; i++) {
			if (l->set[i].revents == 0)
				continue;
			if (l->nested >= 0)
				serve_nested(l);
			else if (i == 1 && l->options.refuse)
				refuse(l->set[i].fd);
			else
				serve(l, l->set[i].fd);
		}
		if (l->set[0].revents != 0)
			reap(l);
	}
}

/* Numbers are taken as they come: only tests/bench/run and refusals call this. */
int
main(int argc, char **argv)
{
	static struct loop loop;
	struct options *o = &loop.options;
	struct passwd *pw;

	o->refuse = argc > 1 && strcmp(argv[1], "--refuse") == 0;
	o->wait_for_exec = argc > 1 && strcmp(argv[1], "--clone") != 0;
	if (argc < 7 || (o->wait_for_exec && !o->refuse && strcmp(argv[1], "--vfork") != 0))
		errx(64, "usage: loop --vfork|--clone|--refuse ADDRESS PORT PORTS USER PROGRAM "
			 "[ARGUMENT...]");
	o->wait_for_exec |= !RAW_CONCURRENT;
	o->address.sin_family = AF_INET;
	if (inet_pton(AF_INET, argv[2], &o->address.sin_addr) != 1)
		errx(64, "%s is no address", argv[2]);
	o->address.sin_port = htons((uint16_t)atoi(argv[3]));
	o->ports = (unsigned)atoi(argv[4]);
	o->argv = argv + 6;
	pw = getpwnam(argv[5]);
	if (pw == NULL)
		errx(67, "there is no user %s", argv[5]);
	o->drop = geteuid() == 0;
	o->uid = pw->pw_uid;
	o->gid = pw->pw_gid;
	loop_init(&loop);
	run(&loop);
}
