/*
 * What the tests use of Criterion, for a kernel in which Criterion itself cannot run (its processes
 * share memory at an address that user-mode-linux does not have).  Each test is a process, one
 * after another, and reports by TAP.
 */
#ifndef TESTS_UML_CRITERION_H
#define TESTS_UML_CRITERION_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PLAIN_SKIPPED = 77 };

struct plain_options {
	void (*init)(void);
	void (*fini)(void);
	double timeout;
};

struct plain_test {
	const char *suite, *name;
	void (*run)(void);
	struct plain_options options;
	struct plain_test *next;
};

extern struct plain_test *plain_tests;
extern struct plain_options plain_suite;
extern bool plain_failed;

void plain_complain(const char *file, int line, const char *what, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
_Noreturn void plain_skip(const char *why);
/* Of the test process: the suite's fini, then the status. */
_Noreturn void plain_end(int status);

#define Test(s, n, ...)                                                                            \
	static void plain_##s##_##n(void);                                                         \
	__attribute__((constructor)) static void plain_##s##_##n##_add(void)                       \
	{                                                                                          \
		static struct plain_test test = {                                                  \
		    .suite = #s, .name = #n, .run = plain_##s##_##n, .options = {__VA_ARGS__}};    \
		test.next = plain_tests;                                                           \
		plain_tests = &test;                                                               \
	}                                                                                          \
	static void plain_##s##_##n(void)
#define TestSuite(s, ...)                                                                          \
	__attribute__((constructor)) static void s##_suite(void)                                   \
	{                                                                                          \
		plain_suite = (struct plain_options){__VA_ARGS__};                                 \
	}                                                                                          \
	_Static_assert(sizeof(#s) > 1, "a suite has a name")

#define PLAIN_CHECK(fatal, what, condition, ...)                                                   \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			plain_complain(__FILE__, __LINE__, what, " " __VA_ARGS__);                 \
			if (fatal)                                                                 \
				plain_end(1);                                                      \
		}                                                                                  \
	} while (0)

#define cr_assert(c, ...) PLAIN_CHECK(true, #c, c, __VA_ARGS__)
#define cr_assert_eq(a, b, ...) PLAIN_CHECK(true, #a " == " #b, (a) == (b), __VA_ARGS__)
#define cr_assert_geq(a, b, ...) PLAIN_CHECK(true, #a " >= " #b, (a) >= (b), __VA_ARGS__)
#define cr_assert_null(p, ...) PLAIN_CHECK(true, #p " == NULL", (p) == NULL, __VA_ARGS__)
#define cr_assert_not_null(p, ...) PLAIN_CHECK(true, #p " != NULL", (p) != NULL, __VA_ARGS__)
#define cr_assert_fail(...) PLAIN_CHECK(true, "failed", false, __VA_ARGS__)
#define cr_expect(c, ...) PLAIN_CHECK(false, #c, c, __VA_ARGS__)
#define cr_expect_not(c, ...) PLAIN_CHECK(false, "not " #c, !(c), __VA_ARGS__)
#define cr_expect_eq(a, b, ...) PLAIN_CHECK(false, #a " == " #b, (a) == (b), __VA_ARGS__)
#define cr_expect_geq(a, b, ...) PLAIN_CHECK(false, #a " >= " #b, (a) >= (b), __VA_ARGS__)
#define cr_expect_gt(a, b, ...) PLAIN_CHECK(false, #a " > " #b, (a) > (b), __VA_ARGS__)
#define cr_expect_leq(a, b, ...) PLAIN_CHECK(false, #a " <= " #b, (a) <= (b), __VA_ARGS__)
#define cr_expect_lt(a, b, ...) PLAIN_CHECK(false, #a " < " #b, (a) < (b), __VA_ARGS__)
#define cr_expect_null(p, ...) PLAIN_CHECK(false, #p " == NULL", (p) == NULL, __VA_ARGS__)
#define cr_expect_not_null(p, ...) PLAIN_CHECK(false, #p " != NULL", (p) != NULL, __VA_ARGS__)
#define cr_expect_str_eq(a, b, ...) PLAIN_CHECK(false, #a " is " #b, strcmp(a, b) == 0, __VA_ARGS__)
#define cr_expect_str_neq(a, b, ...)                                                               \
	PLAIN_CHECK(false, #a " is not " #b, strcmp(a, b) != 0, __VA_ARGS__)
#define cr_skip_test(why) plain_skip(why)

#endif
