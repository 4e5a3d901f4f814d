/*
 * What the main file says of the daemon as a whole, as far as one value alone cannot tell: scan {}.
 */
#ifndef CONFIG_CHECK_MAIN_H
#define CONFIG_CHECK_MAIN_H

struct conf;
struct report;

/* Reports every error at the line of its option, and resolves whom scan.command runs as; one that
 * cannot run is taken out. 0 or -ENOMEM. */
int check_main(struct conf *conf, struct report *report);

#endif
