/* SPDX-License-Identifier: ISC */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "divdrop.h"
#include "tool.h"

static struct div_regex *eflag;
static struct div_filter *expression;
static double pflag = 1;
static uint64_t nflag = 1;
static int iflag, qflag, vflag;

static uint64_t packets, dropped, turn, limited;

static __attribute__((__noreturn__)) void
usage(FILE *out)
{
	fprintf(out,
	    "usage: %s [-hiqVv] [-e regex] [-n number] [-p probability] "
	    "[-s seed]\n"
	    "               [expression]\n",
	    getprogname());
	exit(out == stdout ? 0 : TOOL_USAGE);
}

/* A packet that we cannot decide on in time does not match. */
static int
payload_matches(const struct div_frame *f)
{
	struct div_packet p;
	size_t match[2 * DIV_RE_GROUPS];
	int n;

	if (div_packet_parse(&p, f->packet, f->caplen) == -1)
		return 0;
	n = div_regex_exec(eflag, p.data + p.payload, p.len - p.payload, 0, 0,
	    match);
	if (n == -1 && limited++ == 0 && !qflag)
		warnx("-e: the match takes too long, taken for none");
	return n == 1;
}

static int
selected(const struct div_frame *f)
{
	int match;

	match = (expression == NULL || div_filter_match(expression, f)) &&
	    (eflag == NULL || payload_matches(f));
	return match != iflag;
}

static int
frame(struct div_writer *w, struct div_frame *f)
{
	packets++;
	if (!selected(f) || !chance_hit(pflag) || ++turn % nflag != 0)
		return div_writer_put(w, f);
	dropped++;
	return div_writer_drop(w, f);
}

static void
report(void)
{
	fprintf(stderr, "%s: %llu packets, %llu dropped", getprogname(),
	    (unsigned long long)packets, (unsigned long long)dropped);
	if (limited != 0)
		fprintf(stderr, ", %llu took too long to match",
		    (unsigned long long)limited);
	fputc('\n', stderr);
}

int
main(int argc, char *argv[])
{
	struct filter filter = { .frame = frame, .info = report };
	int ch, status, thinned = 0;

	chance_seed((uint64_t)arc4random() << 32 | arc4random());
	while ((ch = getopt(argc, argv, "e:hin:p:qs:Vv")) != -1) {
		switch (ch) {
		case 'e':
			div_regex_free(eflag);
			eflag = tool_regex(ch, optarg);
			break;
		case 'h':
			usage(stdout);
		case 'i':
			iflag = 1;
			break;
		case 'n':
			nflag = tool_number(ch, optarg, 1, UINT32_MAX);
			thinned = 1;
			break;
		case 'p':
			pflag = chance_parse(optarg);
			thinned = 1;
			break;
		case 'q':
			qflag = 1;
			break;
		case 's':
			chance_seed(tool_number(ch, optarg, 0, INT64_MAX));
			break;
		case 'V':
			tool_version();
		case 'v':
			vflag = 1;
			break;
		default:
			usage(stderr);
		}
	}
	argv += optind;
	if (*argv != NULL)
		expression = tool_expression(argv);
	if (expression == NULL && eflag == NULL) {
		if (iflag)
			errx(TOOL_USAGE, "-i: no expression or -e to invert");
		if (!thinned)
			errx(TOOL_USAGE, "nothing given of what to drop");
	}

	status = filter_run(&filter);
	if (vflag)
		report();
	return status;
}
