/* The words of a configuration file: the part of libconfuse's lexical rules that has one meaning.
 */
#ifndef CONFIG_LEXER_H
#define CONFIG_LEXER_H

#include <stdbool.h>
#include <stddef.h>

struct report;

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,
	TOKEN_QUOTED,
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_EQUALS,
	TOKEN_APPEND, /* += */
	TOKEN_COMMA,
	TOKEN_ERROR, /* reported */
};

struct token {
	enum token_kind kind;
	size_t start, end; /* in the text, quotes included */
	unsigned line;
	bool unquoted; /* a word that must be quoted; reported */
};

struct lexer {
	const char *file;
	char *text; /* a NUL after the n bytes; comments are made blanks as they pass */
	size_t n, at;
	unsigned line;
	struct report *report;
};

/* The next token. Where a value is expected a word goes up to a blank, a comma, a brace or a quote:
 * what it may not have is reported with the whole of it. */
struct token lexer_next(struct lexer *l, bool value);

/* Reports the syntax error that ends the file. Returns TOKEN_ERROR. */
enum token_kind lexer_fail(struct lexer *l, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The token as it may stand in a message. Returns text. */
const char *lexer_show(const struct lexer *l, const struct token *t, char *text, size_t size);

#endif
