/* The one switch: what each event of the loop is for. */
#ifndef SUPERVISOR_TURN_H
#define SUPERVISOR_TURN_H

struct loop_event;
struct superd;

/* Does what one event of loop_next asks for. */
void turn_take(struct superd *s, const struct loop_event *e);

#endif
