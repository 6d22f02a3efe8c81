/* SPDX-License-Identifier: ISC */

/*
 * Readers and writers of all formats.  The first byte says which to read, the
 * second which to write.
 */

#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "divio.h"
#include "fuzz.h"

static int
input(const uint8_t *data, size_t len)
{
	int fd = memfd_create("fuzz", 0);

	if (fd == -1 || write(fd, data, len) != (ssize_t)len ||
	    lseek(fd, 0, SEEK_SET) == -1)
		abort();
	return fd;
}

/* Reads the output back: it has as many frames. */
static void
again(int fd, enum div_format fmt, uint64_t frames)
{
	struct div_reader *r;
	struct div_frame f;
	uint64_t n = 0;
	int got;

	if (lseek(fd, 0, SEEK_SET) == -1 ||
	    (r = div_reader_new(fd, "again", fmt)) == NULL)
		abort();
	while ((got = div_reader_next(r, &f)) == 1)
		n++;
	if (got == -1 || n != frames)
		abort();
	div_reader_free(r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	enum div_format from, to;
	struct div_reader *r;
	struct div_writer *w;
	struct div_frame f;
	uint64_t frames = 0;
	int in, out, n;

	if (len < 2)
		return 0;
	from = (enum div_format)(data[0] % DIV_FMT_SHORT);
	to = (enum div_format)(data[1] % (DIV_NFORMATS - 1) + 1);
	in = input(data + 2, len - 2);
	out = input(data, 0);
	r = div_reader_new(in, "in", from);
	w = div_writer_new(out, to);
	if (r == NULL || w == NULL)
		abort();
	while ((n = div_reader_next(r, &f)) == 1 ||
	    (n == -1 && errno == EILSEQ && frames < 10000)) {
		frames++;
		if (n == -1)
			continue;
		(void)div_frame_edited(&f);
		if (div_writer_put(w, &f) == -1 || div_writer_flush(w) == -1)
			break;
	}
	/* in others only packets have a form, or nothing reads them */
	if (from == DIV_FMT_FRAME &&
	    (to == DIV_FMT_FRAME || to == DIV_FMT_TEXT || to == DIV_FMT_JSON))
		again(out, to, frames);
	div_reader_free(r);
	div_writer_free(w);
	close(in);
	close(out);
	return 0;
}
