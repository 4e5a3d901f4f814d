/* The words that options of that type take. */
#ifndef CONFIG_WORD_H
#define CONFIG_WORD_H

/* A word of the configuration and the value it stands for; of several words for one value the first
 * is the one that is printed. */
struct option_word {
	const char *word; /* NULL ends the list */
	int value;
};

extern const struct option_word word_booleans[], word_waits[], word_stderrs[], word_reserved[],
    word_builtins[], word_enforces[], word_overflows[], word_sinks[], word_formats[], word_levels[],
    word_facilities[];

#endif
