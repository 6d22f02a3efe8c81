/* SPDX-License-Identifier: ISC */

/* Where there is no library for JSON. */

#include <errno.h>

#include "internal.h"

static int
none_next(struct div_reader *r, struct div_frame *f)
{
	(void)f;
	return reader_fail(r, EPROTONOSUPPORT, "this program has no JSON");
}

static void
none_done(struct div_reader *r)
{
	(void)r;
}

static int
none_put(struct div_writer *w, const struct div_frame *f)
{
	(void)w;
	(void)f;
	errno = EPROTONOSUPPORT;
	return -1;
}

const struct codec codec_json = {
	.name = "json",
	.next = none_next,
	.done = none_done,
	.put = none_put,
};
