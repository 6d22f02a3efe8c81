/* SPDX-License-Identifier: ISC */

/* Without libjansson: div_format_parse() refuses a format that cannot put. */

#include <errno.h>

#include "codec/codec.h"

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

const struct codec codec_json = {
	.name = "json",
	.next = none_next,
	.done = none_done,
};
