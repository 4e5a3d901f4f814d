/*
 * Where the options of services stand in their files.  Kept beside the model for the time of the
 * load, 8 bytes a value, so that what is found out only when all files are read has its line too;
 * check_conf frees it.  Until then the model also has the services of broken files, so that all
 * their errors are found at once.
 */
#ifndef CONFIG_PLACES_H
#define CONFIG_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf;
struct places;
struct scan_item;

struct position {
	const char *file; /* conf->files owns it */
	unsigned line;
};

struct places *places_new(void); /* NULL when memory is short */
void places_free(struct places *p);
/* Of the next service that conf_add takes: its items, and the lines of its file's values.  spoilt:
 * its file has an error, it is not to be served; partial: some of it could not be read, what it
 * lacks is no error. 0 or -ENOMEM. */
int places_add(struct places *p, const struct scan_item *items, size_t n, const uint32_t *lines,
    bool spoilt, bool partial);
/* Of defaults {}, if the file has any: items are those of the whole file. 0 or -ENOMEM. */
int places_add_defaults(struct places *p, const char *file, const struct scan_item *items, size_t n,
    const uint32_t *lines);

/* The same of what the main file says of the daemon. */
int places_add_main(struct places *p, const char *file, const struct scan_item *items, size_t n,
    const uint32_t *lines);

/* Where item i of an option ("user", "socket.owner") of service n of the model stands: in its own
 * section or in defaults {}, else where the service begins. */
struct position places_find(const struct conf *conf, size_t n, const char *option, size_t i);
/* Where item i of an option of the daemon ("scan.user") stands in the main file; line 0: nowhere.
 */
struct position places_find_main(const struct conf *conf, const char *option, size_t i);
bool places_spoilt(const struct conf *conf, size_t n);
bool places_partial(const struct conf *conf, size_t n);
/* Removes the spoilt services from the model. */
void places_drop_spoilt(struct conf *conf);

#endif
