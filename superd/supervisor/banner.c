#include "supervisor/banner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

/* What a packet surely has room for. */
enum { RECORD_MIN = 64 };

int
banner_load(struct banner *b, const char *path)
{
	autofree char *text = NULL;
	autoclose int fd = -1;
	struct stat st;
	ssize_t n;

	*b = (struct banner){NULL, 0};
	if (path == NULL)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	text = malloc(BANNER_MAX);
	if (text == NULL)
		return -ENOMEM;
	n = read(fd, text, BANNER_MAX);
	if (n < 0)
		return -errno;
	b->text = text;
	b->n = (size_t)n;
	text = NULL;
	return 0;
}

void
banner_fini(struct banner *b)
{
	free(b->text);
	*b = (struct banner){NULL, 0};
}

void
banner_send(const struct banner *b, int fd)
{
	size_t at = 0, most = b->n;
	ssize_t n;

	while (at < b->n) {
		n = send(fd, b->text + at, b->n - at < most ? b->n - at : most,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && (errno != EMSGSIZE || most < 2 * RECORD_MIN))
			return;
		if (n < 0)
			most /= 2;
		else
			at += (size_t)n;
	}
}
