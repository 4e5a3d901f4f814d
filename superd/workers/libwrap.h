/*
 * The worker that asks libwrap: hosts.allow and hosts.deny, hosts_access(5), with the look-ups of
 * names that these need.  It has a user of its own, one descriptor, and can neither execute a
 * program nor make a process: options such as spawn and twist refuse the connection instead.
 */
#ifndef WORKERS_LIBWRAP_H
#define WORKERS_LIBWRAP_H

/* Serves the channel at descriptor 3 until that ends. build: what the other end must say first.
 * Returns the exit status. */
int libwrap_main(const char *build);

#endif
