/* SPDX-License-Identifier: ISC */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "capfile.h"

void
cap16(struct capfile *c, uint16_t v)
{
	c->b[c->n + !c->little] = (uint8_t)v;
	c->b[c->n + c->little] = (uint8_t)(v >> 8);
	c->n += 2;
}

void
cap32(struct capfile *c, uint32_t v)
{
	cap16(c, (uint16_t)(c->little ? v : v >> 16));
	cap16(c, (uint16_t)(c->little ? v >> 16 : v));
}

void
cap_bytes(struct capfile *c, const void *p, size_t n)
{
	assert_true(n <= sizeof(c->b) - c->n);
	memcpy(c->b + c->n, p, n);
	c->n += n;
}

void
cap_header(struct capfile *c, int little, uint32_t magic, uint32_t link)
{
	memset(c, 0, sizeof(*c));
	c->little = little;
	cap32(c, magic);
	cap16(c, 2);
	cap16(c, 4);
	cap32(c, 0);
	cap32(c, 0);
	cap32(c, 65535);
	cap32(c, link);
}

void
cap_packet(struct capfile *c, const void *p, size_t n, size_t wire)
{
	cap32(c, 1700000000);
	cap32(c, 123456);
	cap32(c, (uint32_t)n);
	cap32(c, (uint32_t)wire);
	cap_bytes(c, p, n);
}

struct div_reader *
cap_reader(const struct capfile *c, int *fd)
{
	struct div_reader *r;

	*fd = file_of(c->b, c->n);
	r = div_reader_new(*fd, "test", DIV_FMT_AUTO);
	assert_non_null(r);
	return r;
}

/* The rest of a message may be libpcap's and change with it. */
void
cap_failed(struct div_reader *r, int fd, const char *want)
{
	struct div_frame f;

	errno = 0;
	assert_int_equal(div_reader_next(r, &f), -1);
	assert_int_equal(errno,
	    strstr(want, "link type") != NULL ? EPROTONOSUPPORT : EBADMSG);
	if (strncmp(div_reader_error(r), want, strlen(want)) != 0)
		fail_msg("%s, not %s", div_reader_error(r), want);
	div_reader_free(r);
	close(fd);
}
