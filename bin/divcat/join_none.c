/* SPDX-License-Identifier: ISC */

/* Divert sockets: a writer needs no reader. */

#include "divcat.h"

void
join_start(void)
{
}
