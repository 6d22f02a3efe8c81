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
	struct flow *flow = flow_find(&sp->parsed, 1);

	if (flow != NULL)
		flow->dead = 1;
	c->matched++;
	return DELETE;
}

/*
 * Puts the packet as it stands: a copy, which is a new packet, unless with -n
 * this is how the packet itself goes on.
 */
int
space_put(struct space *sp)
{
	struct div_frame f;

	space_frame(sp, &f);
	if (!nflag || sp->printed) {
		f.type = DIV_INJECT;
		f.id = 0;
	}
	sp->printed = 1;
	return div_writer_put(sp->out, &f);
}

enum outcome
exec_p(struct command *c, struct space *sp)
{
	c->matched++;
	return space_put(sp) == -1 ? FAILED : NEXT;
}

enum outcome
exec_q(struct command *c, struct space *sp)
{
	(void)sp;
	c->matched++;
	return QUIT;
}
