#include <criterion/criterion.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log_line.h"
#include "base/text.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

static char storage[LOG_LINE];
static struct text t;

static void
start(size_t size)
{
	text_init(&t, storage, size);
}

static void
expect_match(const char *pattern)
{
	regex_t re;

	cr_assert_eq(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB), 0);
	cr_expect_eq(regexec(&re, storage, 0, NULL, 0), 0, "%s", storage);
	regfree(&re);
}

static const struct log_field fields[] = {
    {"service", "pop3", false}, {"pid", "42", true}, {"peer", NULL, false}, {"path", "a b", false}};

static const struct log_line sample = {
    .level = LOG_INFO, .message = "start", .fields = fields, .n = N(fields)};

#define STAMP "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}Z"

Test(log_line, level_names)
{
	cr_expect_str_eq(log_level_name(LOG_ERR), "error");
	cr_expect_str_eq(log_level_name(LOG_WARNING), "warning");
	cr_expect_str_eq(log_level_name(LOG_NOTICE), "notice");
	cr_expect_str_eq(log_level_name(LOG_INFO), "info");
	cr_expect_str_eq(log_level_name(LOG_DEBUG), "debug");
	cr_expect_str_eq(log_level_name(-1), "error");
	cr_expect_str_eq(log_level_name(99), "error");
}

Test(log_line, text)
{
	start(LOG_LINE);
	log_line_text(&t, &sample, false);
	expect_match("^" STAMP " info start service=pop3 pid=42 path=\"a b\"\n$");
	start(LOG_LINE);
	log_line_text(&t, &sample, true);
	cr_expect_str_eq(storage, "info: start service=pop3 pid=42 path=\"a b\"\n");
	start(LOG_LINE);
	log_line_prefixed(&t, &sample);
	cr_expect_str_eq(storage, "<6>start service=pop3 pid=42 path=\"a b\"\n");
	start(LOG_LINE);
	log_line_body(&t, &sample);
	cr_expect_str_eq(storage, "start service=pop3 pid=42 path=\"a b\"");
}

Test(log_line, values_in_text)
{
	static const struct {
		const char *value, *text;
	} row[] = {
	    {"word", "word"},
	    {"127.0.0.1:80", "127.0.0.1:80"},
	    {"", "\"\""},
	    {"a b", "\"a b\""},
	    {"a=b", "\"a=b\""},
	    {"say \"x\"", "\"say \\\"x\\\"\""},
	    {"\"", "\"\\\"\""},
	    {"a\\b", "\"a\\\\b\""},
	    {"a\nb", "a\\nb"},
	    {"\033[2J", "\\033[2J"},
	    {"\303\251", "\\303\\251"},
	};
	struct log_field field = {.name = "x"};
	const struct log_line line = {.message = "m", .fields = &field, .n = 1};
	char expected[64];
	size_t i;

	for (i = 0; i < N(row); i++) {
		field.value = row[i].value;
		start(LOG_LINE);
		log_line_body(&t, &line);
		(void)snprintf(expected, sizeof(expected), "m x=%s", row[i].text);
		cr_expect_str_eq(storage, expected);
	}
}

Test(log_line, json)
{
	start(LOG_LINE);
	log_line_json(&t, &sample);
	expect_match("^\\{\"time\":\"" STAMP "\",\"level\":\"info\",\"message\":\"start\","
		     "\"service\":\"pop3\",\"pid\":42,\"path\":\"a b\"\\}\n$");
}

Test(log_line, strings_in_json)
{
	static const struct {
		const char *value, *json;
	} row[] = {
	    {"", ""},
	    {"plain /~", "plain /~"},
	    {"\"\\", "\\\"\\\\"},
	    {"\n\t\001\177", "\\u000a\\u0009\\u0001\\u007f"},
	    {"\303\251!", "\\u00e9!"},
	    {"\342\202\254", "\\u20ac"},
	    {"\360\237\230\200", "\\ud83d\\ude00"},
	    {"\364\217\277\277", "\\udbff\\udfff"},
	    /* What is not UTF-8: cut short, overlong, a surrogate, beyond the last, lone. */
	    {"\303", "\\u00c3"},
	    {"\303x", "\\u00c3x"},
	    {"\342\202", "\\u00e2\\u0082"},
	    {"\300\257", "\\u00c0\\u00af"},
	    {"\340\200\200", "\\u00e0\\u0080\\u0080"},
	    {"\355\240\200", "\\u00ed\\u00a0\\u0080"},
	    {"\364\220\200\200", "\\u00f4\\u0090\\u0080\\u0080"},
	    {"\370\210\200\200\200", "\\u00f8\\u0088\\u0080\\u0080\\u0080"},
	    {"\377\200", "\\u00ff\\u0080"},
	};
	struct log_field field = {.name = "x"};
	const struct log_line line = {.level = LOG_INFO, .message = "", .fields = &field, .n = 1};
	char expected[128];
	size_t i;

	for (i = 0; i < N(row); i++) {
		field.value = row[i].value;
		start(LOG_LINE);
		log_line_json(&t, &line);
		(void)snprintf(
		    expected, sizeof(expected), "\"message\":\"\",\"x\":\"%s\"}\n", row[i].json);
		cr_expect_str_eq(strstr(storage, "\"message\""), expected);
	}
}

/* At every size the line keeps its form. */
Test(log_line, a_line_that_is_cut)
{
	static const struct log_field long_fields[] = {{"one", "1111111111", false},
	    {"two", "2222222222", true}, {"three", "\n\n\n\n\n\n", false}, {"four", "4", true}};
	static const struct log_line line = {
	    .level = LOG_INFO, .message = "message", .fields = long_fields, .n = N(long_fields)};
	size_t size, cut = 0;

	for (size = 110; size < 220; size++) {
		start(size);
		log_line_json(&t, &line);
		cut += t.cut;
		if (t.cut)
			expect_match("\"message\":\"message\"(,\"one\":\"1{10}\"(,\"two\":2{10}"
				     "(,\"three\":\"(.u000a){6}\")?)?)?,\"cut\":true\\}\n$");
		else
			expect_match("\"four\":4\\}\n$");
		start(size - 60);
		log_line_text(&t, &line, false);
		expect_match(t.cut ? "^" STAMP " info .*\\.\\.\\.\n$"
				   : "^" STAMP " info message .*four=4\n$");
		cr_expect_eq(strchr(storage, '\n'), storage + t.length - 1);
	}
	cr_expect(cut > 40 && cut < 110, "%zu", cut);
}

Test(log_line, a_message_fits_whatever_is_in_it)
{
	char message[LOG_MESSAGE];
	const struct log_line line = {.level = LOG_INFO, .message = message};

	memset(message, '\\', sizeof(message) - 1);
	message[sizeof(message) - 1] = '\0';
	start(LOG_LINE);
	log_line_json(&t, &line);
	cr_expect_not(t.cut);
	start(LOG_LINE);
	log_line_journal(&t, &line);
	cr_expect_not(t.cut);
}

Test(log_line, syslog)
{
	char expected[128];
	struct tm tm;
	time_t now;

	cr_assert_eq(setenv("TZ", "Asia/Kolkata", 1), 0);
	tzset();
	do {
		now = time(NULL);
		start(LOG_LINE);
		log_line_syslog(&t, &sample, LOG_DAEMON);
	} while (time(NULL) != now);
	(void)localtime_r(&now, &tm);
	cr_assert_gt(strftime(expected, sizeof(expected), "<30>%b %e %H:%M:%S superd[", &tm), 0);
	(void)snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected),
	    "%d]: start service=pop3 pid=42 path=\"a b\"", (int)getpid());
	cr_expect_str_eq(storage, expected);
}

Test(log_line, journal)
{
	start(LOG_LINE);
	log_line_journal(&t, &sample);
	cr_expect_str_eq(storage,
	    "PRIORITY=6\nSYSLOG_IDENTIFIER=superd\nMESSAGE=start service=pop3 pid=42 path=\"a b\"\n"
	    "SUPERD_SERVICE=pop3\nSUPERD_PID=42\nSUPERD_PATH=a b\n");
}

/* A value cannot make a field of its own. */
Test(log_line, newlines_for_the_journal)
{
	static const struct log_field field = {"peer", "x\nPRIORITY=0\n", false};
	static const struct log_line line = {
	    .level = LOG_INFO, .message = "m", .fields = &field, .n = 1};
	const char *at;
	size_t lines = 0;

	start(LOG_LINE);
	log_line_journal(&t, &line);
	for (at = storage; *at != '\0'; at++)
		lines += *at == '\n';
	cr_expect_eq(lines, 4, "%s", storage);
	cr_expect_not_null(strstr(storage, "SUPERD_PEER=x\\nPRIORITY=0\\n\n"), "%s", storage);
}

Test(log_line, a_journal_entry_that_is_cut_has_whole_fields)
{
	static char value[3000];
	const struct log_field two[] = {{"one", "1", false}, {"two", value, false}};
	const struct log_line line = {.level = LOG_INFO, .message = "m", .fields = two, .n = 2};

	memset(value, 'x', sizeof(value) - 1);
	start(LOG_LINE);
	log_line_journal(&t, &line);
	cr_expect(t.cut);
	cr_expect_str_eq(storage + t.length - 15, "x\nSUPERD_ONE=1\n");
}
