/* The other side: clients of every transport, reading with deadlines. Descriptors are
 * close-on-exec; a helper asserts that it worked unless its name says try. */
#ifndef TESTS_SYSTEM_PEER_H
#define TESTS_SYSTEM_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { FACTS = 32768 };

/* host is numeric, IPv4 or IPv6. transport: a row of net/transport, "sctp". */
int transport_try(const char *transport, const char *host, unsigned port, int ms); /* -errno */
int transport_connect(const char *transport, const char *host, unsigned port);
/* Goes while the connection is being made; with network_delay it is surely not made yet. */
void transport_leave(const char *transport, const char *host, unsigned port);
int tcp_try(const char *host, unsigned port, int ms); /* -errno */
int tcp_connect(const char *host, unsigned port);
int udp_connect(const char *host, unsigned port);
/* From that address of the loopback. */
int tcp_from(const char *source, const char *host, unsigned port);
int tcp_from_try(const char *source, const char *host, unsigned port, int ms); /* -errno */
int udp_from(const char *source, const char *host, unsigned port);
/* A socket bound to host and port (0: any), listening if type is SOCK_STREAM; -errno. */
int bind_try(const char *host, unsigned port, int type);
unsigned port_of(int fd);

/* path as superd writes it: "@NAME" is abstract. type: SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET. */
int unix_try(const char *path, int type); /* -errno */
int unix_connect(const char *path, int type);
/* The same from a socket of that name, as written (n bytes of sun_path). */
int unix_connect_from(const char *path, int type, const char *name, size_t n);

void send_text(int fd, const char *text);
/* Up to the end of the stream, with a NUL after it: the length, -ETIMEDOUT, -errno, or -ENOBUFS. */
ssize_t read_eof(int fd, char *text, size_t size, int ms);
/* Until what was read has `until` in it: true. False at the end of the stream or after ms. */
bool read_until(int fd, char *text, size_t size, const char *until, int ms);
/* One datagram or record, NUL-terminated: the length, or -ETIMEDOUT, -errno. */
ssize_t read_record(int fd, char *text, size_t size, int ms);
bool readable(int fd, int ms);

/* Connects, sends nothing, reads to the end. */
ssize_t ask_tcp(const char *host, unsigned port, char *text, size_t size);
/* Sends one datagram and returns the answer's length, -ETIMEDOUT after ms. */
ssize_t ask_udp(
    const char *host, unsigned port, const char *question, char *text, size_t size, int ms);
/* Closes so that the server side sees a reset. */
void reset(int fd);

/* The value of "key=value" among lines, one of some static strings in turn; NULL: not there. */
const char *fact(const char *facts, const char *key);
#define FACT(facts, key, value)                                                                    \
	do {                                                                                       \
		const char *fact_is = fact(facts, key);                                            \
		cr_expect(fact_is != NULL && strcmp(fact_is, value) == 0, "%s is %s, not %s", key, \
		    fact_is != NULL ? fact_is : "not there", value);                               \
	} while (0)
#define NO_FACT(facts, key)                                                                        \
	cr_expect(                                                                                 \
	    fact(facts, key) == NULL, "%s is %s, and should not be there", key, fact(facts, key))

#endif
