/* Configurations of a line or two, parsed and checked. */
#ifndef TESTS_CHECKED_H
#define TESTS_CHECKED_H

struct conf;
struct report;

/* The number of the user that runs the test: another needs root. */
const char *checked_me(void);
/* A main file's text that parses without a finding; r receives those of the check. */
struct conf *checked_conf(const char *text, struct report *r);

#endif
