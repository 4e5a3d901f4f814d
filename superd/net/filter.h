/*
 * Access lists and bans in the kernel: a classic BPF socket filter (socket(7), SO_ATTACH_FILTER)
 * that looks at the source address in the network header and at nothing else. What it drops never
 * enters the socket's queue: of UDP each datagram, of a listening socket the handshake itself, so
 * that the peer sees a time-out and nobody wakes up. What was in the queue before stays there.
 *
 * The filter is a balanced tree of comparisons: a packet costs the logarithm of the number of
 * prefixes. The kernel takes 4,096 instructions, which hold 2,000 IPv4 prefixes or IPv6 ones of up
 * to 32 bits, 800 IPv6 ones of 64 bits, 500 of any length, and as many of them as
 * net.core.optmem_max has room for, which only trying shows: with the 20,480 bytes of kernels
 * before 6.7 a third of that, and half of it again where a filter is to be replaced.
 *
 * An accepted connection inherits the filter that its listener had when the handshake ended, and
 * keeps it whatever is attached to the listener later. Its peer passes that filter, so a later ban
 * does not cut it: each of its packets only pays for the walk. filter_detach on the accepted socket
 * saves that, and leaves a program nothing that is not its own. filter_apply on it does cut it: all
 * its packets, also those that acknowledge and close, are dropped until either end gives up. A lock
 * is inherited as well and allows neither: listeners whose connections superd accepts must not be
 * locked.
 *
 * Not for MPTCP and unix sockets. Where what arrives comes from a proxy, its address is looked at,
 * not that of the client behind it.
 */
#ifndef NET_FILTER_H
#define NET_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct prefix;
struct ranges;
struct sock_filter;

enum { FILTER_SIZE = 4096 /* instructions, BPF_MAXINSNS */, FILTER_BANS = 64 };

struct filter_rules {
	const struct ranges *map;     /* NULL: all pass */
	bool (*drops)(uint8_t value); /* of the map; NULL: all values but 0 */
	const struct prefix *bans;    /* dropped whatever the map says, of either family */
	size_t nbans;		      /* at most FILTER_BANS */
};

/*
 * Compiles the rules for packets of AF_INET, of AF_INET6 or of both (AF_UNSPEC: a socket of
 * AF_INET6 that is not IPV6_V6ONLY) into out[0..*n), n <= size <= FILTER_SIZE. One instruction is a
 * filter that passes or drops all. 0, or -E2BIG (too many instructions or bans), -EAFNOSUPPORT,
 * -ENOMEM.
 */
int filter_compile(const struct filter_rules *rules, sa_family_t family, struct sock_filter *out,
    size_t size, size_t *n);

/*
 * Attaches code[0..n), in place of the filter that the socket had: no packet is seen by neither.
 * lock: nobody, superd neither, can change or detach it from then on (SO_LOCK_FILTER), which is for
 * sockets that superd gives away for good. 0, or -ENOMEM (net.core.optmem_max, which must have room
 * for the old filter and the new one at once), -EOPNOTSUPP (MPTCP), -EPERM (locked); the old one
 * stays then.
 */
int filter_attach(int fd, const struct sock_filter *code, size_t n, bool lock);

/* Compiles the rules for the families of which the socket receives packets and attaches them; where
 * all pass, the socket has no filter then. 0, or what filter_compile, filter_attach return;
 * -EOPNOTSUPP for a unix socket.
 */
int filter_apply(int fd, const struct filter_rules *rules, bool lock);

/* 0, also if there was none, or -EPERM (locked). */
int filter_detach(int fd);

#endif
