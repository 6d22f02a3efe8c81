/* SPDX-License-Identifier: ISC */

/*
 * Frames by reference, for a filter: its first frame names the port's reader, to
 * which the opener of privsep.c connects.
 */

#include <sys/stat.h>

#include <unistd.h>

#include "privsep.h"
#include "tool.h"

static int wanted; /* the first packet has not come yet */
static struct div_slots *slots;

/* References come through pipes only. */
void
refer_start(void)
{
	struct stat st;

	if (fstat(STDIN_FILENO, &st) == -1 || !S_ISFIFO(st.st_mode))
		return;
	wanted = 1;
	privsep_add_connect(div_slots_connect);
}

static void
join_reader(struct div_reader *r, struct div_writer *w,
    const struct div_frame *f)
{
	wanted = 0;
	slots = div_slots_join(privsep_connect(f->port, f->epoch), f->epoch);
	privsep_connected();
	if (div_reader_refer(r, slots) == 0)
		div_writer_refer(w, slots);
}

/* Looks at each frame for the first packet of a reader. */
void
refer_frame(struct div_reader *r, struct div_writer *w,
    const struct div_frame *f)
{
	if (wanted && f->type == DIV_PACKET && f->epoch != 0)
		join_reader(r, w, f);
}

/* Behind the last frame. */
void
refer_end(void)
{
	div_slots_free(slots);
}
