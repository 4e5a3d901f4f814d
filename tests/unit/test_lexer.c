#include <criterion/criterion.h>
#include <string.h>

#include "config/lexer.h"
#include "config/report.h"

Test(lexer, tokens_and_their_lines)
{
	static char text[] = "service x { # comment\n listen += '*:1/tcp', b\n}\n";
	static const struct {
		enum token_kind kind;
		unsigned line;
		bool value;
	} rows[] = {
	    {TOKEN_WORD, 1, false},
	    {TOKEN_WORD, 1, true},
	    {TOKEN_OPEN, 1, false},
	    {TOKEN_WORD, 2, false},
	    {TOKEN_APPEND, 2, false},
	    {TOKEN_QUOTED, 2, true},
	    {TOKEN_COMMA, 2, true},
	    {TOKEN_WORD, 2, true},
	    {TOKEN_CLOSE, 3, false},
	    {TOKEN_END, 4, false},
	};
	struct report r = {NULL, 0, 0};
	struct lexer l = {
	    .file = "x", .text = text, .n = sizeof(text) - 1, .line = 1, .report = &r};
	struct token t;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		t = lexer_next(&l, rows[i].value);
		cr_expect_eq(t.kind, rows[i].kind, "token %zu: %d", i, (int)t.kind);
		if (t.kind != TOKEN_END)
			cr_expect_eq(t.line, rows[i].line, "token %zu: %u", i, t.line);
	}
	cr_assert_eq(r.n, 0);
	report_fini(&r);
}

Test(lexer, a_string_ends_on_its_line)
{
	static char text[] = "\"open\nnext";
	struct report r = {NULL, 0, 0};
	struct lexer l = {
	    .file = "x", .text = text, .n = sizeof(text) - 1, .line = 1, .report = &r};

	cr_assert_eq(lexer_next(&l, true).kind, TOKEN_ERROR);
	cr_assert_eq(r.errors, 1);
	cr_assert_eq(r.v[0].line, 1);
	report_fini(&r);
}

/* libconfuse takes comments in few places: it never sees one. */
Test(lexer, comments_become_blanks)
{
	static const struct {
		const char *text, *blanked;
		unsigned line;
	} rows[] = {
	    {"a # b\nc", "a    \nc", 2},
	    {"a // b", "a     ", 1},
	    {"a/* b\n*/c", "a    \n  c", 2},
	    {"#a//b/*\n'#'\"//\"", "       \n'#'\"//\"", 2},
	    {"/**//***/#", "          ", 1},
	};
	struct lexer l;
	struct token t;
	char text[64];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report r = {NULL, 0, 0};

		(void)strcpy(text, rows[i].text);
		l = (struct lexer){
		    .file = "x", .text = text, .n = strlen(text), .line = 1, .report = &r};
		do
			t = lexer_next(&l, false);
		while (t.kind != TOKEN_END && t.kind != TOKEN_ERROR);
		cr_expect_eq(t.kind, TOKEN_END, "%s", rows[i].text);
		cr_expect_str_eq(text, rows[i].blanked);
		cr_expect_eq(l.line, rows[i].line, "%s: %u", rows[i].text, l.line);
		report_fini(&r);
	}
}
