#include "config/word.h"

#include <stdbool.h>
#include <stddef.h>

#include "config/service.h"

const struct option_word word_booleans[] = {
    {"true", true},
    {"false", false},
    {"yes", true},
    {"no", false},
    {"on", true},
    {"off", false},
    {NULL, 0},
};
const struct option_word word_waits[] = {
    {"false", WAIT_NO},
    {"true", WAIT_YES},
    {"all", WAIT_ALL},
    {"no", WAIT_NO},
    {"yes", WAIT_YES},
    {"off", WAIT_NO},
    {"on", WAIT_YES},
    {NULL, 0},
};
const struct option_word word_stderrs[] = {
    {"socket", STDERR_SOCKET},
    {"log", STDERR_LOG},
    {"null", STDERR_NULL},
    {NULL, 0},
};
const struct option_word word_reserved[] = {
    {"check", false},
    {"ok", true},
    {NULL, 0},
};
const struct option_word word_builtins[] = {
    {"sensor", BUILTIN_SENSOR},
    {NULL, 0},
};
const struct option_word word_enforces[] = {
    {"daemon", ENFORCE_DAEMON},
    {"kernel", ENFORCE_KERNEL},
    {NULL, 0},
};
const struct option_word word_overflows[] = {
    {"queue", OVERFLOW_QUEUE},
    {"refuse", OVERFLOW_REFUSE},
    {NULL, 0},
};
const struct option_word word_sinks[] = {
    {"auto", LOG_SINK_AUTO},
    {"stderr", LOG_SINK_STDERR},
    {"syslog", LOG_SINK_SYSLOG},
    {"journal", LOG_SINK_JOURNAL},
    {"file", LOG_SINK_FILE},
    {NULL, 0},
};
const struct option_word word_formats[] = {
    {"text", LOG_FORMAT_TEXT},
    {"json", LOG_FORMAT_JSON},
    {NULL, 0},
};
const struct option_word word_levels[] = {
    {"error", LOG_ERR},
    {"warning", LOG_WARNING},
    {"notice", LOG_NOTICE},
    {"info", LOG_INFO},
    {"debug", LOG_DEBUG},
    {NULL, 0},
};
const struct option_word word_facilities[] = {
    {"daemon", LOG_DAEMON},
    {"auth", LOG_AUTH},
    {"authpriv", LOG_AUTHPRIV},
    {"cron", LOG_CRON},
    {"ftp", LOG_FTP},
    {"lpr", LOG_LPR},
    {"mail", LOG_MAIL},
    {"news", LOG_NEWS},
    {"syslog", LOG_SYSLOG},
    {"user", LOG_USER},
    {"uucp", LOG_UUCP},
    {"local0", LOG_LOCAL0},
    {"local1", LOG_LOCAL1},
    {"local2", LOG_LOCAL2},
    {"local3", LOG_LOCAL3},
    {"local4", LOG_LOCAL4},
    {"local5", LOG_LOCAL5},
    {"local6", LOG_LOCAL6},
    {"local7", LOG_LOCAL7},
    {NULL, 0},
};
