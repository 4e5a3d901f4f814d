#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/load.h"
#include "config/report.h"
#include "config/service.h"

enum { LINES = 4096 };

/* Every finding, a line each. */
static const char *
findings(const struct report *r, char *text)
{
	struct text t;
	size_t i;

	text_init(&t, text, LINES);
	for (i = 0; i < r->n; i++)
		text_addf(&t, "%u: %s%s\n", r->v[i].line,
		    r->v[i].severity == FINDING_WARNING ? "warning: " : "", r->v[i].text);
	return text;
}

struct row {
	const char *text, *findings;
};

/* Findings exactly as expected; no service of a text with an error gets in. */
static void
check_rows(const struct row *rows, size_t n, bool main)
{
	char text[LINES];
	struct conf *conf;
	size_t i;

	for (i = 0; i < n; i++) {
		struct report r = {NULL, 0, 0};

		conf = load_text("x", rows[i].text, strlen(rows[i].text), main, &r);
		cr_expect_str_eq(
		    findings(&r, text), rows[i].findings, "%s\n%s", rows[i].text, text);
		cr_expect(
		    r.errors == 0 || conf == NULL || conf->nservices == 0, "%s", rows[i].text);
		conf_free(conf);
		report_fini(&r);
	}
}

#define NOT_READ "; the rest of the file is not read\n"
#define REST " listen = 1/tcp command = /bin/cat }"
#define QUOTES " (unquoted are letters, digits and _./:-)\n"
#define SERVICE_WORDS                                                                              \
	" (allowed: listen command builtin sensor argv0 wait stderr enabled description "          \
	"reserved_ports user group groups umask directory nice oom_score_adj environment "         \
	"pass_environment access limits banner socket)\n"

Test(load, words)
{
	static const struct row rows[] = {
	    {"service a {\n comand = /bin/cat\n listen = 1/tcp }",
		"2: unknown option \"comand\", did you mean \"command\"?\n"},
	    {"service a {\n foo_bar = { 1, 2,\n 3 }\n umsk = 1\n sandbox { x { y = 1 } }\n" REST,
		"2: unknown option \"foo_bar\"" SERVICE_WORDS
		"4: unknown option \"umsk\", did you mean \"umask\"?\n"
		"5: unknown option \"sandbox\"" SERVICE_WORDS},
	    {"service a {\n instances = 3" REST,
		"2: unknown option \"instances\", which stands in limits { }\n"},
	    {"services = x\npidfile = /x\nlog { level = debug }\ndefaults {}\n",
		"1: unknown option \"services\", which stands in superd.conf only\n"
		"2: unknown option \"pidfile\", which stands in superd.conf only\n"
		"3: unknown option \"log\", which stands in superd.conf only\n"
		"4: unknown option \"defaults\", which stands in superd.conf only\n"},
	    {"servce a {\n" REST, "1: unknown option \"servce\", did you mean \"service\"?\n"},
	    {"service a { socket|mode = 0600" REST, "1: \"|\" is not expected here" NOT_READ},
	    {"include(\"/etc/passwd\")", "1: unknown option \"include\" (allowed: service)\n"
					 "1: \"(\" is not expected here" NOT_READ},
	    {"service a {\n user = x\n user = y\n" REST,
		"3: \"user\" is given twice (first in line 2)\n"},
	    {"service a {\n groups += x\n groups = y\n" REST,
		"3: \"groups\" is given twice (first in line 2)\n"},
	    {"service a {\n socket { mode = 0600 }\n\n socket { tos = 1 }\n" REST,
		"4: the section \"socket\" is given twice (first in line 2)\n"},
	    {"service a {\n user = { x, y }\n umask += 022\n" REST,
		"2: \"user\" takes one value, not a list\n"
		"3: \"umask\" is not a list: write = instead of +=\n"},
	    {"service a {\n limits = { instances = 3 }\n" REST,
		"2: \"limits\" is a section: no \"=\" before its \"{\"\n"},
	    {"service {" REST, "1: \"service\" needs a name: service NAME { ... }\n"},
	    {"service 'a b' {" REST,
		"1: the name 'a b' is not 1 to 64 letters, digits, \".\", \"_\" or \"-\"\n"},
	    {"service \"\" {" REST,
		"1: the name \"\" is not 1 to 64 letters, digits, \".\", \"_\" or \"-\"\n"},
	};

	check_rows(rows, sizeof(rows) / sizeof(rows[0]), false);
}

Test(load, quotes)
{
	static const struct row rows[] = {
	    {"service a {\n listen = *:69/udp\n}", "2: put it in quotes: \"*:69/udp\"" QUOTES},
	    {"service a {\n command = { /bin/ls, /srv/*.txt }\n}",
		"2: put it in quotes: \"/srv/*.txt\"" QUOTES},
	    {"service a {\n environment = { K=V,\n \"A=B\", C+=D }\n}",
		"2: put it in quotes: \"K=V\"" QUOTES "3: put it in quotes: \"C+=D\"" QUOTES},
	    {"service a {\n directory = ${HOME}/x" REST,
		"2: put it in quotes: \"${HOME}/x\"" QUOTES},
	    {"service a { directory = $HOME" REST, "1: put it in quotes: \"$HOME\"" QUOTES},
	    {"service a { directory = /tmp//x" REST, "1: put it in quotes: \"/tmp//x\"" QUOTES},
	    {"service a { user = x; group = y;" REST, "1: no \";\" stands after a value: \"x;\"\n"
						      "1: no \";\" stands after a value: \"y;\"\n"},
	    {"service a { user = \xc3\xa4" REST, "1: put it in quotes: \"\\303\\244\"" QUOTES},
	    {"service a {\n user = \"x\n}\n", "2: the string opened by \" is not closed on its "
					      "line (a line end is \\n)" NOT_READ},
	    {"service a {\n user = 'x", "2: the string opened by ' is not closed on its line (a "
					"line end is \\n)" NOT_READ},
	    {"service a {\n user = 'x\\", "2: the string opened by ' is not closed on its line (a "
					  "line end is \\n)" NOT_READ},
	    {"service a {\n user = \"x\\", "2: the string opened by \" is not closed on its line "
					   "(a line end is \\n)" NOT_READ},
	    {"service a { user = \"\\0\" }", "1: the escape \\0 is not allowed: octal \\001 to "
					     "\\377, or \\x01 to \\xff" NOT_READ},
	    {"service a { user = \"\\400\" }", "1: the escape \\400 is not allowed: octal \\001 to "
					       "\\377, or \\x01 to \\xff" NOT_READ},
	    {"service a { user = \"\\08\" }", "1: the escape \\08 is not allowed: octal \\001 to "
					      "\\377, or \\x01 to \\xff" NOT_READ},
	    {"service a { user = \"\\x00\" }", "1: the escape \\x00 is not allowed: octal \\001 to "
					       "\\377, or \\x01 to \\xff" NOT_READ},
	    {"service a { user = \"${x y}\" }",
		"1: ${ is not ${NAME} or ${NAME:-text}; a dollar sign is \\$, or stands in single "
		"quotes" NOT_READ},
	    {"service a { user = \"${\" }\n}",
		"1: ${ is not ${NAME} or ${NAME:-text}; a dollar sign is \\$, or stands in single "
		"quotes" NOT_READ},
	    {"service a { user = \"x${SUPERD_TEST_UNSET}\"" REST,
		"1: warning: ${SUPERD_TEST_UNSET} is empty: there is no such variable in superd's "
		"environment\n"},
	};

	(void)unsetenv("SUPERD_TEST_UNSET");
	check_rows(rows, sizeof(rows) / sizeof(rows[0]), false);
}

Test(load, form)
{
	static const struct row rows[] = {
	    {"service a {\n listen = 1/tcp\n",
		"1: the section service a is not closed before the end of the file\n"},
	    {"service a {\n limits {\n instances = 3\n}\n",
		"1: the section service a is not closed before the end of the file\n"},
	    {"service a {\n limits {\n instances = 3\n",
		"2: the section limits is not closed before the end of the file\n"},
	    {"service a {\n listen = 1/tcp\nservice b {" REST,
		"1: the section service a is not closed before the next service" NOT_READ},
	    {"service a {\n listen = { 1/tcp,\n",
		"2: the list opened by \"{\" is not closed before the end of the file\n"},
	    {"service a {\n what = { 1/tcp,\n",
		"2: unknown option \"what\", did you mean \"wait\"?\n"
		"2: the \"{\" is not closed before the end of the file\n"},
	    {"service a { listen = { 1/tcp 2/tcp } }",
		"1: \",\" or \"}\" expected, found \"2/tcp\"" NOT_READ},
	    {"service a { listen = { , } }", "1: a value or \"}\" expected, found \",\"" NOT_READ},
	    {"service a { listen = { { } }", "1: a value or \"}\" expected, found \"{\"" NOT_READ},
	    {"service a { listen = 1/tcp, 2/tcp }",
		"1: an option (values with commas between them stand in { }) expected, found "
		"\",\"" NOT_READ},
	    {"service a {\n\n listen \"1/tcp\" }",
		"3: \"=\" or \"+=\" expected, found \"1/tcp\"" NOT_READ},
	    {"service a { user = }", "1: a value expected, found \"}\"" NOT_READ},
	    {"service a { user }", "1: \"=\" expected, found \"}\"" NOT_READ},
	    {"service a b {}", "1: \"{\" expected, found \"b\"" NOT_READ},
	    {"service a\n", "2: \"{\" expected, found the end of the file" NOT_READ},
	    {"}", "1: an option or section expected, found \"}\"" NOT_READ},
	    {"\"service\" a {}", "1: an option or section expected, found \"service\"" NOT_READ},
	    {"service a { \"user\" = x }",
		"1: an option, section or \"}\" expected, found \"user\"" NOT_READ},
	    {"service a { comand }", "1: unknown option \"comand\", did you mean \"command\"?\n"
				     "1: \"=\" or \"{\" expected, found \"}\"" NOT_READ},
	    {"\n/* a\n", "2: the comment opened here is not closed" NOT_READ},
	    {"\n\x01", "2: the byte 0x01 is not text" NOT_READ},
	    {"\xef\xbb\xbf", "1: the file begins with a byte order mark" NOT_READ},
	    {"*", "1: \"*\" is not expected here" NOT_READ},
	};

	check_rows(rows, sizeof(rows) / sizeof(rows[0]), false);
}

Test(load, values)
{
	static const struct row rows[] = {
	    {"service a {\n listen = {\n 1/tcp,\n 2/tpc,\n 3/tcp }\n listen += 99999/tcp\n"
	     " command = { cat }\n limits { instances = 1x }\n nice = 20\n}\n",
		"7: command: \"cat\" is not the absolute path of a program (an argument is an item "
		"of its own: { \"/bin/ls\", \"-l\" })\n"
		"8: limits.instances: \"1x\" is not a number (allowed: 0 to 1000000)\n"
		"9: nice: \"20\" is out of range (allowed: -20 to 19)\n"
		"4: listen: unknown transport \"tpc\", did you mean \"tcp\"? (transports: tcp tcp4 "
		"tcp6 udp udp4 udp6 udplite mptcp sctp sctp-seqpacket dccp unix unix-dgram "
		"unix-seqpacket)\n"
		"6: listen: \"99999\" is not a port: they go from 0 to 65535\n"},
	    {"service a { command = /bin/cat }",
		"1: service a has no listen: write listen = \"PORT/TRANSPORT\"\n"},
	    {"\nservice a { listen = 1/tcp command = {} }",
		"2: service a has no command: write command = { \"/PROGRAM\" }\n"},
	    {"service a { wait = false listen = 1/udp command = /x }",
		"1: service a listens for datagrams, which need wait = true or wait = all\n"},
	    {"service a { listen = { 1/udp, 1/tcp } command = /x }",
		"1: service a listens for connections and for datagrams: write wait = true or "
		"wait = all\n"},
	    {"service a { listen = \"no-such-name/tcp\" enabled = no command = /x }", ""},
	    {"service a { listen = \"1/tpc\" enabled = no command = /x }",
		"1: listen: unknown transport \"tpc\", did you mean \"tcp\"? (transports: tcp tcp4 "
		"tcp6 udp udp4 udp6 udplite mptcp sctp sctp-seqpacket dccp unix unix-dgram "
		"unix-seqpacket)\n"},
	};

	check_rows(rows, sizeof(rows) / sizeof(rows[0]), false);
}

Test(load, good)
{
	static const struct row rows[] = {
	    {"", ""},
	    {" \n\t\r\n# x\n// y\n/* z\n * /* */", ""},
	    {"service a{listen=1/tcp command=/bin/cat}", ""},
	    {"service a { listen = { [::1]:1/tcp, unix:@x, } command = { \"/x\", '', }\r\n}\r\n",
		""},
	    {"service \"a.b_c-D9\" { listen = '1/tcp' command = \"/bin/\\x63at\\n\" } # end", ""},
	    {"service a { environment = {} groups = {}\nwait=all" REST, ""},
	    {"service a { groups = x groups += { y } groups += z" REST, ""},
	    {"service a { description = \"a \\\nb\"" REST, ""},
	    {"service a { # one\n listen = { # two\n 1/tcp, // three\n /* four\n */ 2/tcp # five\n"
	     " } # six\n command = # seven\n /x\n user # eight\n = y }",
		""},
	    {"service a { description = 'it\\'s ${X} \\'" REST "'" REST, ""},
	    {"service a {" REST "service b { socket { } limits { }" REST, ""},
	};

	check_rows(rows, sizeof(rows) / sizeof(rows[0]), false);
}
