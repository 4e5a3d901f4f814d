/* A connection and its service's configuration as the plan of a start (exec/start). */
#ifndef SUPERVISOR_PLAN_H
#define SUPERVISOR_PLAN_H

struct connection;
struct service;
struct start_plan;
struct superd;

/* Fills in the plan; descriptors that the child needs beside the connection are put below
 * FD_RESERVED. 0 or -errno. */
int plan_fill(struct start_plan *plan, struct superd *s, const struct connection *c);
/* Takes those down again, after the start. */
void plan_release(const struct service *svc);

#endif
