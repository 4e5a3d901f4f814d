/* Log records that wait for a sink: whole ones, in order, in memory of a fixed size. */
#ifndef BASE_LOG_QUEUE_H
#define BASE_LOG_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOG_QUEUE_BYTES = 64 * 1024, LOG_QUEUE_RECORDS = 1024 };

/* Zero it to begin with. */
struct log_queue {
	char data[LOG_QUEUE_BYTES];
	size_t start, end; /* of what waits in data */
	uint32_t lengths[LOG_QUEUE_RECORDS];
	size_t first, n; /* of the records in lengths */
	bool begun;	 /* a part of the first record has been taken */
};

/* False if there is no room. */
bool log_queue_add(struct log_queue *q, const char *data, size_t n);

/* The first records, as many as fit in `most` bytes, at least one: their bytes, and where they
 * stand. The queue must not be empty. */
size_t log_queue_front(const struct log_queue *q, size_t most, const char **data);

/* n bytes from the front were delivered; the rest of a record begun stays in front. */
void log_queue_take(struct log_queue *q, size_t n);

/* Drops the first record, or what is left of it. */
void log_queue_drop(struct log_queue *q);

void log_queue_clear(struct log_queue *q);

#endif
