#include "base/log_queue.h"

#include <assert.h>
#include <string.h>

void
log_queue_clear(struct log_queue *q)
{
	q->start = q->end = q->first = q->n = 0;
	q->begun = false;
}

/* Moves what waits to the front of the memory. */
static void
compact(struct log_queue *q)
{
	if (q->start > 0)
		memmove(q->data, q->data + q->start, q->end - q->start);
	q->end -= q->start;
	q->start = 0;
	if (q->first > 0)
		memmove(q->lengths, q->lengths + q->first, q->n * sizeof(q->lengths[0]));
	q->first = 0;
}

bool
log_queue_add(struct log_queue *q, const char *data, size_t n)
{
	if (n > LOG_QUEUE_BYTES - (q->end - q->start) || q->n == LOG_QUEUE_RECORDS)
		return false;
	if (n > LOG_QUEUE_BYTES - q->end || q->first + q->n == LOG_QUEUE_RECORDS)
		compact(q);
	memcpy(q->data + q->end, data, n);
	q->end += n;
	q->lengths[q->first + q->n++] = (uint32_t)n;
	return true;
}

size_t
log_queue_front(const struct log_queue *q, size_t most, const char **data)
{
	size_t bytes, i;

	assert(q->n > 0);
	bytes = q->lengths[q->first];
	for (i = 1; i < q->n && bytes + q->lengths[q->first + i] <= most; i++)
		bytes += q->lengths[q->first + i];
	*data = q->data + q->start;
	return bytes;
}

void
log_queue_drop(struct log_queue *q)
{
	assert(q->n > 0);
	q->start += q->lengths[q->first++];
	q->begun = false;
	if (--q->n == 0)
		log_queue_clear(q);
}

void
log_queue_take(struct log_queue *q, size_t n)
{
	while (n > 0 && n >= q->lengths[q->first]) {
		n -= q->lengths[q->first];
		log_queue_drop(q);
	}
	if (n == 0)
		return;
	assert(q->n > 0);
	q->start += n;
	q->lengths[q->first] -= (uint32_t)n;
	q->begun = true;
}
