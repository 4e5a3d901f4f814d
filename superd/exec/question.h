/*
 * What the supervisor and the worker of libwrap say to each other on their channel: one question or
 * answer a message.  Both ends are of one build; what is read is checked nevertheless, since a
 * worker that was taken over may write anything.
 */
#ifndef EXEC_QUESTION_H
#define EXEC_QUESTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/address.h"

/* As much of a name as libwrap looks at, with the terminator. */
enum { QUESTION_NAME = 128 };

enum answer_kind {
	ANSWER_ALLOW,
	ANSWER_DENY,
	ANSWER_OPTION,	   /* refused: the rule has an option that is not executed */
	ANSWER_UNREADABLE, /* refused: hosts.allow or hosts.deny is there and cannot be read */
	ANSWERS
};

struct question {
	uint32_t id;
	char service[QUESTION_NAME];
	struct address peer, local; /* local: length 0 if it is not known */
};

struct answer {
	uint32_t id;
	enum answer_kind kind;
};

/* Longer names are cut. */
void question_fill(struct question *q, uint32_t id, const char *service, const struct address *peer,
    const struct address *local);

/* From the n bytes of a message: false if it is none. */
bool question_decode(struct question *q, const void *message, size_t n);
bool answer_decode(struct answer *a, const void *message, size_t n);

#endif
