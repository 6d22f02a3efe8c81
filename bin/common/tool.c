/* SPDX-License-Identifier: ISC */

/* Small functions that several tools need. */

#include <sys/types.h>
#include <netinet/in.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tool.h"

/* The tools of a pipeline share a terminal: write whole lines. */
__attribute__((__constructor__)) static void
buffer_stderr(void)
{
	static char line[BUFSIZ];

	setvbuf(stderr, line, _IOLBF, sizeof(line));
}

/* The rest of a stream, terminated with a NUL that len does not count. */
char *
tool_slurp(FILE *in, size_t *len)
{
	char buf[BUFSIZ], *text = NULL;
	FILE *out;
	size_t n;
	int bad;

	if ((out = open_memstream(&text, len)) == NULL)
		return NULL;
	while ((n = fread(buf, 1, sizeof(buf), in)) > 0)
		fwrite(buf, 1, n, out);
	bad = ferror(in) ? errno : 0;
	/* when memory is short, glibc sets no error but leaves text NULL */
	if (fclose(out) == EOF || text == NULL)
		bad = ENOMEM;
	if (bad == 0)
		return text;
	free(text);
	errno = bad;
	return NULL;
}

/* A SYN that comes after other packets begins a new connection. */
int
tool_is_syn(const struct div_packet *p)
{
	return p->proto == IPPROTO_TCP && p->fragment != DIV_LATER &&
	    p->payload >= p->l4 + 20 && (p->data[p->l4 + 13] & 0x12) == 0x02;
}

/*
 * Monotonic time, ns, from the times of packets.  A packet that is up to a
 * second older than the newest has the newest one's time, and so has one without
 * a time; an older one means that the clock was set back, and time goes on from
 * there.
 */
uint64_t
tool_clock(uint64_t t)
{
	static uint64_t now, newest;

	if (t > newest) {
		now += t - newest;
		newest = t;
	} else if (t != 0 && newest - t > NSEC_PER_SEC)
		newest = t;
	return now;
}

/* Begins a log line: time, and the columns id to dst of the text format. */
void
tool_log(const struct div_frame *f)
{
	char columns[DIV_COLUMNSLEN];

	div_frame_columns(f, columns);
	fprintf(stderr, "%" PRIu64 ".%09" PRIu64 "\t%s", f->time / NSEC_PER_SEC,
	    f->time % NSEC_PER_SEC, columns);
}
