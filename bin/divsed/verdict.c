/* SPDX-License-Identifier: ISC */

/* d, k, p and q: verdicts on the packet, the connection, the stream. */

#include "divsed.h"

enum outcome
exec_d(struct sed_command *c, struct space *sp)
{
	(void)sp;
	c->matched++;
	return DELETE;
}

enum outcome
exec_k(struct sed_command *c, struct space *sp)
{
	flow_find(&sp->parsed, 1)->dead = 1;
	c->matched++;
	return DELETE;
}

enum outcome
exec_p(struct sed_command *c, struct space *sp)
{
	c->matched++;
	return space_print(sp) == -1 ? FAILED : NEXT;
}

enum outcome
exec_q(struct sed_command *c, struct space *sp)
{
	(void)sp;
	c->matched++;
	return QUIT;
}
