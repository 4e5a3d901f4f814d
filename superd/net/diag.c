#include "net/diag.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fd.h"

int
diag_open(void)
{
	int fd = fd_raise(
	    socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG));

	return fd == -EPROTONOSUPPORT ? -EOPNOTSUPP : fd;
}

int
diag_send(int netlink, struct nlmsghdr *request, size_t n)
{
	const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

	request->nlmsg_len = (uint32_t)n;
	request->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	request->nlmsg_flags |= NLM_F_REQUEST;
	if (sendto(netlink, request, n, MSG_DONTWAIT, (const struct sockaddr *)&kernel,
		sizeof(kernel)) < 0)
		return -errno;
	return 0;
}

ssize_t
diag_receive(int netlink, void *messages, size_t size)
{
	struct sockaddr_nl from;
	socklen_t length;
	ssize_t n;

	do {
		length = sizeof(from);
		n = recvfrom(netlink, messages, size, MSG_DONTWAIT | MSG_TRUNC,
		    (struct sockaddr *)&from, &length);
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
	} while (length != sizeof(from) || from.nl_pid != 0 || n == 0 || (size_t)n > size);
	return n;
}

int
diag_end(const struct nlmsghdr *message)
{
	int error = 0;

	if (message->nlmsg_type != NLMSG_DONE && message->nlmsg_type != NLMSG_ERROR)
		return -EAGAIN;
	if (message->nlmsg_len >= NLMSG_LENGTH(sizeof(error)))
		memcpy(&error, NLMSG_DATA(message), sizeof(error));
	if (error < 0 && error != -EAGAIN)
		return error;
	return message->nlmsg_type == NLMSG_DONE ? 0 : -EPROTO;
}

int
diag_cookie(int fd, uint64_t *cookie)
{
	uint64_t found;
	socklen_t length = sizeof(found);

	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &found, &length) < 0)
		return -errno;
	*cookie = found;
	return 0;
}

void
diag_put_cookie(uint64_t cookie, uint32_t to[2])
{
	to[0] = (uint32_t)cookie;
	to[1] = (uint32_t)(cookie >> 32);
}

int
diag_attribute(const void *at, size_t n, unsigned type, void *value, size_t size)
{
	const char *bytes = at;
	struct rtattr attribute;
	size_t length;

	while (n >= sizeof(attribute)) {
		memcpy(&attribute, bytes, sizeof(attribute));
		if (attribute.rta_len < sizeof(attribute) || attribute.rta_len > n)
			break;
		if (attribute.rta_type == type) {
			length = attribute.rta_len - sizeof(attribute);
			memset(value, 0, size);
			memcpy(value, bytes + sizeof(attribute), length < size ? length : size);
			return 0;
		}
		length = RTA_ALIGN(attribute.rta_len);
		if (length > n)
			break;
		bytes += length;
		n -= length;
	}
	return -ENOENT;
}
