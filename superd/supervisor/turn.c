#include "supervisor/turn.h"

#include "base/loop.h"
#include "base/signals.h"
#include "supervisor/announce.h"
#include "supervisor/dispatch.h"
#include "supervisor/expiry.h"
#include "supervisor/filters.h"
#include "supervisor/gate.h"
#include "supervisor/leftover.h"
#include "supervisor/service.h"
#include "supervisor/sockets.h"
#include "supervisor/superd.h"
#include "supervisor/wrap.h"

static void
take_signal(struct superd *s)
{
	int signo = signals_next(s->signals.fd);

	if (signo > 0)
		superd_signal(s, signo);
}

static void
turn_wrap(struct superd *s, enum superd_kind kind)
{
	if (kind == SUPERD_WRAP)
		wrap_ready(s);
	else if (kind == SUPERD_WRAP_START)
		wrap_start(s);
	else
		wrap_late(s);
}

static void
turn_handler(struct superd *s, enum superd_kind kind, void *owner)
{
	if (kind == SUPERD_SESSION)
		expiry_session(s, owner);
	else if (kind == SUPERD_IDLE)
		expiry_idle(s, owner);
	else
		leftover_look(s, owner);
}

void
turn_take(struct superd *s, const struct loop_event *e)
{
	enum superd_kind kind = e->source != NULL ? e->source->kind : e->timer->kind;

	switch (kind) {
	case SUPERD_SIGNAL:
		take_signal(s);
		break;
	case SUPERD_CONNECTIONS:
		dispatch_ready(s, e->source->owner);
		break;
	case SUPERD_SOCKET:
		dispatch_socket(s, e->source->owner);
		break;
	case SUPERD_GUARD:
		dispatch_rearm(s, e->timer->owner);
		break;
	case SUPERD_PENDING:
		sockets_retry(s);
		break;
	case SUPERD_RESUME:
		dispatch_resume(s);
		break;
	case SUPERD_WATCHDOG:
		superd_watchdog(s);
		break;
	case SUPERD_TITLE:
		superd_title(s);
		break;
	case SUPERD_SENSOR:
		dispatch_sensor(s, e->source->owner);
		break;
	case SUPERD_REST:
		service_unpark(e->timer->owner, &s->loop);
		break;
	case SUPERD_BAN:
		gate_expire(s);
		break;
	case SUPERD_TELL:
		gate_tell(s);
		break;
	case SUPERD_FILTERS:
		filters_round(s);
		break;
	case SUPERD_SESSION:
	case SUPERD_IDLE:
	case SUPERD_LEFTOVER:
		turn_handler(s, kind, e->timer->owner);
		break;
	case SUPERD_ANNOUNCE:
		announce_late(s);
		break;
	case SUPERD_WRAP:
	case SUPERD_WRAP_START:
	case SUPERD_WRAP_LATE:
		turn_wrap(s, kind);
		break;
	case SUPERD_KILL:
		superd_kill(s);
		break;
	}
}
