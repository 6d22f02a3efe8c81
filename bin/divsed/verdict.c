/* SPDX-License-Identifier: ISC */

/* Commands that say what becomes of the packet as a whole. */

#include "divsed.h"

enum outcome
exec_d(struct command *c, struct space *sp)
{
	(void)sp;
	c->matched++;
	return DELETE;
}

enum outcome
exec_k(struct command *c, struct space *sp)
{
	flow_find(&sp->parsed, 1)->dead = 1;
	c->matched++;
	return DELETE;
}

enum outcome
exec_p(struct command *c, struct space *sp)
{
	c->matched++;
	return space_print(sp) == -1 ? FAILED : NEXT;
}

enum outcome
exec_q(struct command *c, struct space *sp)
{
	(void)sp;
	c->matched++;
	return QUIT;
}
