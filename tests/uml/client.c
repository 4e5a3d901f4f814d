/*
 * client [OPTION]... TRANSPORT ADDRESS PORT [TEXT]...: a client of any transport a port can have.
 * Sends each TEXT as one record, says that nothing more comes where the transport can say so, and
 * prints the answer up to its end: end of file, or one record where there is none.
 *
 * TRANSPORT is tcp, udp, udplite, mptcp, dccp, sctp, sctp-seqpacket or unix; the ADDRESS of unix is
 * a path and its PORT means nothing. SCTP takes several addresses, separated by commas.
 *   --bind ADDRESS    the local address, for SCTP several
 *   --split           a line end after each record that is printed
 *   --lines           each line of standard input is a record as well; one of the answer is printed
 *                     before the next is sent, each in time
 *   --service-code N  of DCCP
 *   --seconds N       the deadline (10)
 *   --listen          serves instead: prints "ready", then what comes, and answers with TEXT
 * The exit status is 0, 1 for a failure, 64 for a wrong use, 69 if the kernel lacks the transport.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <linux/sctp.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
enum {
	DCCP_TYPE = 6, /* SOCK_DCCP */
	DCCP_LEVEL = 269,
	DCCP_SERVICE = 2,
	SCTP_LEVEL = 132,
	ADDRESSES = 8,
	RECORD = 65536,
};

struct protocol {
	const char *name;
	int type, protocol;
	bool connects;	  /* and accepts */
	bool half_closes; /* shutdown(SHUT_WR) leaves the way back open */
};

static const struct protocol protocols[] = {
    {"tcp", SOCK_STREAM, IPPROTO_TCP, true, true},
    {"mptcp", SOCK_STREAM, IPPROTO_MPTCP, true, true},
    {"unix", SOCK_STREAM, 0, true, true},
    {"sctp", SOCK_STREAM, IPPROTO_SCTP, true, false},
    {"sctp-seqpacket", SOCK_SEQPACKET, IPPROTO_SCTP, false, false},
    {"dccp", DCCP_TYPE, IPPROTO_DCCP, true, false},
    {"udp", SOCK_DGRAM, IPPROTO_UDP, false, false},
    {"udplite", SOCK_DGRAM, IPPROTO_UDPLITE, false, false},
};

/* Socket addresses behind each other, as SCTP takes them; the others use the first. */
struct addresses {
	unsigned char data[ADDRESSES * sizeof(struct sockaddr_un)];
	socklen_t length, first;
	int n;
};

static struct {
	const struct protocol *protocol;
	struct addresses peer, local;
	char *const *text;
	long seconds, service;
	int split, lines, listen;
} want = {.seconds = 10};

static struct timespec deadline;
static char record[RECORD];

static _Noreturn void
fail(const char *what)
{
	int code = errno == EPROTONOSUPPORT || errno == ESOCKTNOSUPPORT || errno == EAFNOSUPPORT
		       ? EX_UNAVAILABLE
		       : 1;

	fprintf(stderr, "client: %s: %s\n", what, strerror(errno));
	exit(code);
}

static _Noreturn void
usage(void)
{
	fputs("usage: client [OPTION]... TRANSPORT ADDRESS PORT [TEXT]...\n", stderr);
	exit(EX_USAGE);
}

static long
number(const char *text)
{
	char *end;
	long n = strtol(text, &end, 0);

	if (end == text || *end != '\0' || n < 0)
		usage();
	return n;
}

static bool
is_sctp(void)
{
	return want.protocol->protocol == IPPROTO_SCTP;
}

static const struct sockaddr *
first(const struct addresses *a)
{
	return (const struct sockaddr *)a->data;
}

static void
addresses_add(struct addresses *a, const void *address, socklen_t length)
{
	if (a->n == ADDRESSES)
		usage();
	memcpy(a->data + a->length, address, length);
	a->length += length;
	if (a->n++ == 0)
		a->first = length;
}

static void
addresses_path(struct addresses *a, const char *path)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(un.sun_path))
		usage();
	strcpy(un.sun_path, path);
	addresses_add(a, &un, sizeof(un));
}

static void
addresses_parse_one(struct addresses *a, const char *text, const char *port)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

	in.sin_port = in6.sin6_port = htons((uint16_t)number(port));
	if (inet_pton(AF_INET, text, &in.sin_addr) == 1)
		addresses_add(a, &in, sizeof(in));
	else if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1)
		addresses_add(a, &in6, sizeof(in6));
	else
		usage();
}

static void
addresses_parse(struct addresses *a, const char *list, const char *port)
{
	char *copy = strdup(list), *word, *rest;

	if (copy == NULL)
		fail("memory");
	for (word = strtok_r(copy, ",", &rest); word != NULL; word = strtok_r(NULL, ",", &rest))
		addresses_parse_one(a, word, port);
	free(copy);
	if (a->n == 0)
		usage();
}

static void
deadline_set(void)
{
	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += want.seconds;
}

static void
wait_readable(int fd, const char *what)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	struct timespec now;
	long ms;
	int r;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (deadline.tv_sec - now.tv_sec) * 1000 + (deadline.tv_nsec - now.tv_nsec) / 1000000;
	r = poll(&p, 1, ms > 0 ? (int)ms : 0);
	if (r == 0)
		errno = ETIMEDOUT;
	if (r <= 0)
		fail(what);
}

static void
set(int fd, int level, int name, const void *value, socklen_t length, const char *what)
{
	if (setsockopt(fd, level, name, value, length) < 0)
		fail(what);
}

static void
bind_local(int fd, const struct addresses *a)
{
	const int on = 1;

	if (a->n == 0)
		return;
	if (first(a)->sa_family != AF_UNIX)
		set(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on), "SO_REUSEADDR");
	if (is_sctp())
		set(fd, SCTP_LEVEL, SCTP_SOCKOPT_BINDX_ADD, a->data, a->length, "bind");
	else if (bind(fd, first(a), a->first) < 0)
		fail("bind");
}

static int
make_socket(void)
{
	const struct protocol *p = want.protocol;
	const struct timeval limit = {.tv_sec = want.seconds};
	int family = first(&want.peer)->sa_family;
	int fd = socket(family, p->type | SOCK_CLOEXEC, p->protocol);
	const uint32_t service = htonl((uint32_t)want.service);
	const int on = 1;

	if (fd < 0)
		fail("socket");
	set(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit), "SO_SNDTIMEO");
	if (p->protocol == IPPROTO_DCCP)
		set(fd, DCCP_LEVEL, DCCP_SERVICE, &service, sizeof(service), "service code");
	if (is_sctp())
		set(fd, SCTP_LEVEL, SCTP_NODELAY, &on, sizeof(on), "SCTP_NODELAY");
	bind_local(fd, want.listen ? &want.peer : &want.local);
	return fd;
}

static int
connect_peer(int fd)
{
	const struct addresses *a = &want.peer;

	if (a->n > 1)
		return setsockopt(fd, SCTP_LEVEL, SCTP_SOCKOPT_CONNECTX, a->data, a->length);
	return connect(fd, first(a), a->first);
}

static void
send_record(int fd, const char *text, const struct sockaddr *to, socklen_t length)
{
	const char *next = text;
	size_t left = strlen(text);
	ssize_t n;

	do {
		n = sendto(fd, next, left, MSG_NOSIGNAL, to, length);
		if (n < 0)
			fail("send");
		next += n;
		left -= (size_t)n;
	} while (left > 0);
}

/* One-to-many sockets want the address each time, the others have it from connect(). */
static void
send_texts(int fd, char *const *text)
{
	bool named = want.protocol->type == SOCK_SEQPACKET;
	const struct sockaddr *to = named ? first(&want.peer) : NULL;
	socklen_t length = named ? want.peer.first : 0;

	if (*text == NULL && want.protocol->type == SOCK_DGRAM)
		send_record(fd, "", to, length);
	for (; *text != NULL; text++)
		send_record(fd, *text, to, length);
}

static void
print_record(size_t n)
{
	if (fwrite(record, 1, n, stdout) != n || (want.split && putchar('\n') == EOF) ||
	    fflush(stdout) == EOF)
		fail("standard output");
}

/* Up to the end of file, or to `limit` records if that is not 0. */
static void
print_answer(int fd, long limit)
{
	ssize_t n;
	long i;

	for (i = 0; limit == 0 || i < limit; i++) {
		wait_readable(fd, "answer");
		n = recv(fd, record, sizeof(record), 0);
		if (n < 0)
			fail("answer");
		if (n == 0 && want.protocol->type != SOCK_DGRAM)
			break;
		print_record((size_t)n);
	}
}

static void
print_all(int fd)
{
	if (want.protocol->half_closes && shutdown(fd, SHUT_WR) < 0)
		fail("shutdown");
	print_answer(fd, want.protocol->connects ? 0 : 1);
}

static void
converse(int fd)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	while ((n = getline(&line, &size, stdin)) > 0) {
		deadline_set();
		line[n - 1] = '\0';
		send_texts(fd, (char *[]){line, NULL});
		print_answer(fd, 1);
	}
	free(line);
}

static void
client(void)
{
	int fd = make_socket();

	if (connect_peer(fd) < 0)
		fail("connect");
	send_texts(fd, want.text);
	if (want.lines)
		converse(fd);
	else
		print_all(fd);
	close(fd);
}

/* One connection: what comes is printed, each TEXT is sent. */
static void
serve_connection(int listener)
{
	int fd;

	wait_readable(listener, "connection");
	fd = accept(listener, NULL, NULL);
	if (fd < 0)
		fail("accept");
	print_answer(fd, want.protocol->half_closes ? 0 : 1);
	send_texts(fd, want.text);
	close(fd);
}

/* One record, and each TEXT to whom it came from. */
static void
serve_record(int fd)
{
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);
	char *const *text;
	ssize_t n;

	wait_readable(fd, "record");
	n = recvfrom(fd, record, sizeof(record), 0, (struct sockaddr *)&from, &length);
	if (n < 0)
		fail("record");
	print_record((size_t)n);
	for (text = want.text; *text != NULL; text++)
		send_record(fd, *text, (const struct sockaddr *)&from, length);
}

static void
serve(void)
{
	int fd = make_socket();

	if (want.protocol->type != SOCK_DGRAM && listen(fd, SOMAXCONN) < 0)
		fail("listen");
	puts("ready");
	fflush(stdout);
	if (want.protocol->connects)
		serve_connection(fd);
	else
		serve_record(fd);
	close(fd);
}

static void
parse_places(char **argv)
{
	size_t i;

	for (i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (strcmp(protocols[i].name, argv[0]) == 0)
			want.protocol = &protocols[i];
	if (want.protocol == NULL)
		usage();
	if (strcmp(argv[0], "unix") == 0)
		addresses_path(&want.peer, argv[1]);
	else
		addresses_parse(&want.peer, argv[1], argv[2]);
	if (want.peer.n + want.local.n > 2 && !is_sctp())
		usage();
	want.text = argv + 3;
}

static void
parse(int argc, char **argv)
{
	static const struct option options[] = {{"bind", required_argument, NULL, 'b'},
	    {"seconds", required_argument, NULL, 's'},
	    {"service-code", required_argument, NULL, 'd'}, {"split", no_argument, &want.split, 1},
	    {"lines", no_argument, &want.lines, 1}, {"listen", no_argument, &want.listen, 1},
	    {NULL, 0, NULL, 0}};
	int c;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (c == 'b')
			addresses_parse(&want.local, optarg, "0");
		else if (c == 's')
			want.seconds = number(optarg);
		else if (c == 'd')
			want.service = number(optarg);
		else if (c != 0)
			usage();
	}
	if (argc - optind < 3)
		usage();
	parse_places(argv + optind);
}

int
main(int argc, char **argv)
{
	parse(argc, argv);
	deadline_set();
	if (want.listen)
		serve();
	else
		client();
	return 0;
}
