/* SPDX-License-Identifier: ISC */

/*
 * divsed: the input is a script and, after a NUL, payloads, each of which
 * becomes a packet.  errx(3) on an error in the script is a longjmp(3) here;
 * before each run, all variables get their first values back (state.c).
 */

#include <err.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "divsed/divsed.h"
#include "fuzz.h"
#include "packet/packet.h"
#include "state.h"
#include "tool.h"

#define PAYLOADS 16

int nflag, qflag = 1, sflag, Uflag, outputs_failed;
struct tool_mark mflag;
static jmp_buf failed;

/* In place of output.c: no file is created. */
struct sed_output *
parse_output(struct source *src)
{
	static struct sed_output o; /* its writer is NULL */

	free(parse_line(src, "a file name"));
	return &o;
}

void
output_put(struct sed_output *o, const struct space *sp)
{
	struct div_frame f;

	(void)o;
	space_frame(sp, &f);
}

void
outputs_flush(void)
{
}

void
parse_w(struct source *src, struct sed_command *c)
{
	c->arg = parse_output(src);
}

enum outcome
exec_w(struct sed_command *c, struct space *sp)
{
	output_put(c->arg, sp);
	return NEXT;
}

/* In place of lists.c: no file is read. */
struct sed_list *
list_open(const struct source *src, size_t at, const char *file)
{
	(void)src;
	(void)at;
	(void)file;
	return NULL;
}

void __wrap_errx(int, const char *, ...) __attribute__((__noreturn__));

void
__wrap_errx(int status, const char *fmt, ...)
{
	(void)fmt;
	if (status != TOOL_USAGE)
		abort();
	longjmp(failed, 1);
}

static void
run(struct div_writer *w, const uint8_t *data, size_t len, int n)
{
	static const uint8_t header[] = { 0x45, 0, 0, 0, 0, 0, 0, 0, 64, 6, 0,
		0, 192, 0, 2, 1, 192, 0, 2, 2, 4, 0, 0, 80, 0, 0, 0, 0, 0, 0, 0,
		0, 0x50, 0x18, 0, 0, 0, 0, 0, 0 };
	struct div_frame f = { .type = DIV_PACKET, .hdrlen = DIV_HDRLEN };
	size_t hdr = n % 2 == 0 ? sizeof(header) : 28;
	uint8_t *packet;

	if ((packet = malloc(sizeof(header) + len)) == NULL)
		return;
	memcpy(packet, header, sizeof(header));
	memcpy(packet + hdr, data, len);
	put16(packet + 2, (uint16_t)(hdr + len));
	if (n % 2 == 1) { /* UDP from port 53 */
		packet[9] = 17;
		put16(packet + 20, 53);
		put16(packet + 24, (uint16_t)(8 + len));
	}
	f.packet = packet;
	f.caplen = f.origlen = (uint32_t)(hdr + len);
	f.id = (uint64_t)n + 1;
	if (process(w, &f) == -1 || div_writer_flush(w) == -1)
		abort();
	free(packet);
}

static void
run_all(struct div_writer *w, const uint8_t *data, size_t len)
{
	size_t n;
	int i;

	for (i = 0; i < PAYLOADS && len > 0; i++) {
		n = data[0];
		data++;
		len--;
		if (n > len)
			n = len;
		run(w, data, n, i);
		data += n;
		len -= n;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct div_writer *w;
	const uint8_t *nul = memchr(data, '\0', len);
	size_t n = nul == NULL ? len : (size_t)(nul - data);

	if (w == NULL &&
	    (w = div_writer_new(open("/dev/null", O_WRONLY), DIV_FMT_FRAME)) ==
		NULL)
		abort();
	state_restore();
	nflag = sflag = 0;
	if (setjmp(failed) != 0)
		return 0;
	source_add("script", (const char *)data, n);
	compile();
	process_init();
	if (nul != NULL)
		run_all(w, nul + 1, len - n - 1);
	return 0;
}
