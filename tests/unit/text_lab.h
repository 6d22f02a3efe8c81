/* SPDX-License-Identifier: ISC */

#ifndef TEXT_LAB_H
#define TEXT_LAB_H

#include "corpus.h"

/* a packet of each kind of line, in parts to build bad ones from */
#define HDR "450000273dd64000401178ecc0000201c00002021092003500137629"
#define ADDRS "udp\t192.0.2.1:4242\t192.0.2.2:53"
#define LINE "7\tin\teth0\t" ADDRS "\tfoo\t" HDR "\t-"

static inline struct div_reader *
text_reader(const char *text, size_t n, int *fd)
{
	struct div_reader *r;

	*fd = file_of(text, n);
	r = div_reader_new(*fd, "test", DIV_FMT_TEXT);
	assert_non_null(r);
	return r;
}

#endif /* TEXT_LAB_H */
