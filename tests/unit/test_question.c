#include "exec/question.h"

#include <criterion/criterion.h>
#include <string.h>

static struct question
good(void)
{
	struct address peer, local;
	struct question q;

	cr_assert_eq(address_parse(&peer, "192.0.2.1", 4000), 0);
	cr_assert_eq(address_parse(&local, "2001:db8::1", 110), 0);
	question_fill(&q, 7, "pop3", &peer, &local);
	return q;
}

Test(question, is_read_as_it_was_written)
{
	struct question q = good(), r;

	cr_assert(question_decode(&r, &q, sizeof(q)));
	cr_expect_eq(r.id, 7);
	cr_expect_str_eq(r.service, "pop3");
	cr_expect(address_equal(&r.peer, &q.peer));
	cr_expect(address_equal(&r.local, &q.local));
	q.local.length = 0;
	cr_expect(question_decode(&r, &q, sizeof(q)), "the local address may be unknown");
}

Test(question, long_names_are_cut)
{
	char name[2 * QUESTION_NAME];
	struct question q = good(), r;

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	question_fill(&q, 1, name, &q.peer, &q.local);
	cr_assert(question_decode(&r, &q, sizeof(q)));
	cr_expect_eq(strlen(r.service), QUESTION_NAME - 1);
}

Test(question, what_is_none)
{
	struct question q = good(), r;

	cr_expect_not(question_decode(&r, &q, sizeof(q) - 1));
	cr_expect_not(question_decode(&r, &q, 0));
	q.peer.length--;
	cr_expect_not(question_decode(&r, &q, sizeof(q)), "an address that is too short");
	q = good();
	q.peer.sa.sa_family = AF_UNIX;
	cr_expect_not(question_decode(&r, &q, sizeof(q)), "a family without rules");
	q = good();
	q.local.length = 1000;
	cr_expect_not(question_decode(&r, &q, sizeof(q)), "an address that is too long");
	q = good();
	memset(q.service, 'x', sizeof(q.service));
	cr_expect_not(question_decode(&r, &q, sizeof(q)), "a name without end");
	q = good();
	q.service[0] = '\0';
	cr_expect_not(question_decode(&r, &q, sizeof(q)), "no name");
}

Test(question, answers)
{
	uint32_t words[3] = {9, ANSWER_OPTION, 0};
	struct answer a = {0, ANSWER_DENY};

	cr_assert(answer_decode(&a, words, 8));
	cr_expect_eq(a.id, 9);
	cr_expect_eq(a.kind, ANSWER_OPTION);
	words[0] = 1;
	cr_expect_not(answer_decode(&a, words, 7));
	cr_expect_not(answer_decode(&a, words, 12));
	words[1] = ANSWERS;
	cr_expect_not(answer_decode(&a, words, 8));
	words[1] = UINT32_MAX;
	cr_expect_not(answer_decode(&a, words, 8));
	cr_expect_eq(a.id, 9, "nothing is written on failure");
}
