#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log_queue.h"

static struct log_queue q;

Test(log_queue, records_come_whole_and_in_order)
{
	const char *data;
	size_t n;

	cr_assert(log_queue_add(&q, "one\n", 4));
	cr_assert(log_queue_add(&q, "two\n", 4));
	cr_assert(log_queue_add(&q, "three\n", 6));
	n = log_queue_front(&q, 13, &data);
	cr_expect(n == 8 && memcmp(data, "one\ntwo\n", 8) == 0);
	n = log_queue_front(&q, 14, &data);
	cr_expect_eq(n, 14);
	n = log_queue_front(&q, 0, &data);
	cr_expect_eq(n, 4, "at least one");
	log_queue_take(&q, 4);
	n = log_queue_front(&q, 100, &data);
	cr_expect(n == 10 && memcmp(data, "two\nthree\n", 10) == 0);
	log_queue_take(&q, 10);
	cr_expect_eq(q.n, 0);
}

Test(log_queue, the_rest_of_a_record_stays_in_front)
{
	const char *data;
	size_t n;

	cr_assert(log_queue_add(&q, "one\n", 4));
	cr_assert(log_queue_add(&q, "two\n", 4));
	log_queue_take(&q, 6);
	cr_expect_eq(q.n, 1);
	cr_expect(q.begun);
	n = log_queue_front(&q, 100, &data);
	cr_expect(n == 2 && memcmp(data, "o\n", 2) == 0);
	cr_assert(log_queue_add(&q, "three\n", 6));
	log_queue_drop(&q);
	cr_expect_not(q.begun);
	n = log_queue_front(&q, 100, &data);
	cr_expect(n == 6 && memcmp(data, "three\n", 6) == 0);
	log_queue_take(&q, 3);
	log_queue_take(&q, 3);
	cr_expect_eq(q.n, 0);
	cr_expect_not(q.begun);
}

Test(log_queue, has_an_end)
{
	static char record[LOG_QUEUE_BYTES + 1];
	size_t i;

	cr_expect_not(log_queue_add(&q, record, LOG_QUEUE_BYTES + 1));
	cr_assert(log_queue_add(&q, record, LOG_QUEUE_BYTES - 1));
	cr_expect_not(log_queue_add(&q, record, 2));
	cr_expect(log_queue_add(&q, record, 1));
	log_queue_clear(&q);
	for (i = 0; i < LOG_QUEUE_RECORDS; i++)
		cr_assert(log_queue_add(&q, record, 1));
	cr_expect_not(log_queue_add(&q, record, 1));
	log_queue_take(&q, 1);
	cr_expect(log_queue_add(&q, record, 1));
}

/* As many records as there can be, while the first ones leave. */
Test(log_queue, goes_round)
{
	const char *data;
	size_t i;

	for (i = 0; i < LOG_QUEUE_RECORDS; i++)
		cr_assert(log_queue_add(&q, "a", 1));
	log_queue_take(&q, 500);
	for (i = 0; i < 500; i++)
		cr_assert(log_queue_add(&q, "bc", 2));
	cr_expect_not(log_queue_add(&q, "d", 1));
	for (i = 0; i < LOG_QUEUE_RECORDS; i++) {
		cr_assert_eq(log_queue_front(&q, 0, &data), i < LOG_QUEUE_RECORDS - 500 ? 1 : 2);
		cr_assert_eq(data[0], i < LOG_QUEUE_RECORDS - 500 ? 'a' : 'b');
		log_queue_drop(&q);
	}
	cr_expect_eq(q.n, 0);
}

/* Beside a plain string that does the same. */
Test(log_queue, a_long_life)
{
	static char model[LOG_QUEUE_BYTES], record[5000];
	size_t length = 0, n, i, step, records = 0;
	const char *data;

	srandom(1);
	for (step = 0; step < 200000; step++) {
		n = (size_t)(step / 6000 % 2 == 0 ? random() % 4999 : random() % 50) + 1;
		memset(record, 'a' + (int)(step % 26), n);
		/* It fills and empties by turns. */
		if (random() % 10 < (step / 3000 % 2 == 0 ? 9 : 3)) {
			if (length + n <= sizeof(model) && q.n < LOG_QUEUE_RECORDS) {
				cr_assert(log_queue_add(&q, record, n));
				memcpy(model + length, record, n);
				length += n;
				records++;
			} else {
				cr_assert_not(log_queue_add(&q, record, n));
			}
		} else if (q.n > 0) {
			i = log_queue_front(&q, (size_t)random() % 4096, &data);
			cr_assert(i > 0 && i <= length && memcmp(data, model, i) == 0);
			i = random() % 2 == 0 ? i : (size_t)random() % i + 1;
			log_queue_take(&q, i);
			memmove(model, model + i, length - i);
			length -= i;
		}
		cr_assert_eq(q.end - q.start, length);
	}
	cr_assert_gt(records, 1000);
}
