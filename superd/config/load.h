/*
 * superd.conf and the folders of service files into a model.  The only module that knows
 * libconfuse.
 *
 * The file is the unit of what is read: an error in the text of a file, be it of syntax, a word or
 * a value, loses all services of that file and nothing else.  In superd.conf an error of syntax or
 * a word, or a value outside of services, loses the whole configuration.  What check_conf finds
 * (users, commands, ports, endpoints that meet) loses the one service.  All errors of a file are
 * found at once, but for what follows one of syntax.
 *
 * One parse a file, by config/scan, which has the rules of the language, then by libconfuse. Files
 * are opened as config/files says. `defaults` of superd.conf hold for the services of every file,
 * wherever they stand; += in a service appends to the default list.
 */
#ifndef CONFIG_LOAD_H
#define CONFIG_LOAD_H

#include <stdbool.h>
#include <stddef.h>

struct conf;
struct report;

struct load_options {
	const char *path;     /* of superd.conf */
	unsigned port_offset; /* added to ports 1..1023 */
};

/*
 * Reads, converts and checks (check_conf) everything. Returns the model, which has every service
 * without an error; NULL only if superd.conf itself cannot be read or parsed, or memory ends.
 * Findings go to the report, sorted.
 */
struct conf *load_conf(const struct load_options *options, struct report *report);

/*
 * The same of a text alone, as superd.conf (`main`) or as a service file, without the folders that
 * it names and without check_conf. `name` stands for the file in findings.
 */
struct conf *load_text(
    const char *name, const char *text, size_t n, bool main, struct report *report);

#endif
