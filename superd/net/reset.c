#include "net/reset.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "net/transport.h"

static const int zero = 0, unset = -1;
static const struct linger no_linger;
static const struct timeval no_time;

enum sockets { EVERY, EXCLUSIVE };

/* SO_PEEK_OFF hides what is in the queue from a peek, not from poll(2). With SO_REUSEADDR or
 * SO_REUSEPORT another user could take the port of a datagram socket over. The others reach the
 * connections that are accepted next. */
static const struct {
	enum sockets sockets;
	int option;
	const void *value;
	socklen_t length;
} options[] = {
    {EVERY, SO_PEEK_OFF, &unset, sizeof(unset)},
    {EVERY, SO_LINGER, &no_linger, sizeof(no_linger)},
    {EVERY, SO_RCVTIMEO, &no_time, sizeof(no_time)},
    {EVERY, SO_SNDTIMEO, &no_time, sizeof(no_time)},
    {EXCLUSIVE, SO_REUSEADDR, &zero, sizeof(zero)},
    {EXCLUSIVE, SO_REUSEPORT, &zero, sizeof(zero)},
};

void
reset_socket(int fd, const struct transport *t)
{
	size_t i;

	/* What a family does not have can not have been set either. */
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (options[i].sockets == EVERY || t->exclusive)
			(void)setsockopt(
			    fd, SOL_SOCKET, options[i].option, options[i].value, options[i].length);
}
