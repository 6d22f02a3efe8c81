/* SPDX-License-Identifier: ISC */

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "divcat.h"
#include "sandbox.h"

static struct div_writer *out;
static uint64_t count;
static int bad, output_error;

static int
flush(void *arg)
{
	(void)arg;
	if (div_writer_flush(out) == 0)
		return 0;
	output_error = errno;
	return -1;
}

/* True once -c is reached: a recording's time is that of its packets. */
static int
is_over(uint64_t time)
{
	static uint64_t now;

	if (time != 0) {
		now = tool_clock(time);
		tool_limit_start(&opts.limit, now);
	}
	return tool_limit_over(&opts.limit, count, now);
}

static int
convert(struct div_reader *r)
{
	struct div_frame f;
	int n, packet;

	while (!is_over(0)) {
		n = div_reader_next(r, &f);
		if (n == 0 || output_error != 0)
			break;
		if (n == -1) {
			bad = 1;
			if (reader_bad(r))
				continue;
			break;
		}
		/* records have no time of their own, or a duration */
		packet = f.type == DIV_PACKET || f.type == DIV_INJECT;
		if (is_over(packet ? f.time : 0))
			break;
		if (div_writer_put(out, &f) == -1) {
			output_error = errno;
			break;
		}
		count += (uint64_t)packet;
	}
	/* frames that were put may be in the reader's memory */
	return flush(NULL) == 0 && output_error == 0 && !is_over(0);
}

static void
report_clamped(void)
{
	uint64_t n = div_writer_clamped(out);

	if (n != 0 && !opts.quiet)
		warnx("stdout: %" PRIu64 " packets have times after 2106, "
		      "which pcap cannot hold: use -o pcapng",
		    n);
}

int
run_convert(void)
{
	const char *lacks;
	int infd, status;

	tool_signals(-1);
	terminal_input();
	if ((out = div_writer_new(STDOUT_FILENO, opts.out)) == NULL)
		err(1, NULL);
	if ((lacks = sandbox_filter(0)) != NULL && opts.verbose)
		warnx("%s", lacks);
	status = each_file(convert, flush, &infd);
	report_clamped();
	div_writer_free(out);
	if (output_error == EPIPE)
		return 0;
	if (output_error != 0) {
		warnc(output_error, "stdout");
		return 1;
	}
	return bad ? 1 : status;
}
