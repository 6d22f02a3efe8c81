/* SPDX-License-Identifier: ISC */

/*
 * The writer connects to its reader by the opener of privsep.c: inside its
 * sandbox it has neither sockets nor connect(2), whether a reader comes or not.
 */

#include "divcat.h"
#include "privsep.h"

/* There is one reader: after it, the opener has only files to open. */
static int
join(uint16_t port, uint64_t epoch)
{
	int fd = privsep_connect(port, epoch);

	privsep_connected();
	return fd;
}

void
join_start(void)
{
	privsep_add_connect(div_connect);
	opts.port_opt.connect = join;
}
