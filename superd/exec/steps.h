/* What the child does between clone and exec: one table of steps, system calls only (exec/start has
 * the plan). */
#ifndef EXEC_STEPS_H
#define EXEC_STEPS_H

/* For clone(2): plan is a struct start_plan. Does not return but by exec or exit. */
int steps_run(void *plan);

#endif
