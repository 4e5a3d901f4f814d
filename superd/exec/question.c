#include "exec/question.h"

#include <bsd/string.h>
#include <string.h>

void
question_fill(struct question *q, uint32_t id, const char *service, const struct address *peer,
    const struct address *local)
{
	struct question filled;

	memset(&filled, 0, sizeof(filled));
	filled.id = id;
	(void)strlcpy(filled.service, service, sizeof(filled.service));
	filled.peer = *peer;
	filled.local = *local;
	*q = filled;
}

static bool
is_ip(const struct address *a)
{
	return (a->sa.sa_family == AF_INET && a->length == sizeof(a->in)) ||
	       (a->sa.sa_family == AF_INET6 && a->length == sizeof(a->in6));
}

bool
question_decode(struct question *q, const void *message, size_t n)
{
	struct question read;

	if (n != sizeof(read))
		return false;
	memcpy(&read, message, sizeof(read));
	if (memchr(read.service, '\0', sizeof(read.service)) == NULL || read.service[0] == '\0' ||
	    !is_ip(&read.peer) || (read.local.length != 0 && !is_ip(&read.local)))
		return false;
	*q = read;
	return true;
}

bool
answer_decode(struct answer *a, const void *message, size_t n)
{
	uint32_t words[2];

	_Static_assert(sizeof(struct answer) == sizeof(words), "an answer is two words");
	if (n != sizeof(words))
		return false;
	memcpy(words, message, sizeof(words));
	if (words[1] >= ANSWERS)
		return false;
	*a = (struct answer){.id = words[0], .kind = (enum answer_kind)words[1]};
	return true;
}
