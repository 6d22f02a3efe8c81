/* SPDX-License-Identifier: ISC */

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "divdrop.h"
#include "tool.h"

#define NSEC 1000000000

int iflag, qflag;

static int gflag, kflag, lflag, pflag, Rflag, rflag, vflag;
static uint64_t cflag, nflag;

static uint64_t packets, dropped, answers, turn;

static __attribute__((__noreturn__)) void
usage(FILE *out)
{
	fprintf(out,
	    "usage: %s [-hilqRVv] [-c count] [-e regex] "
	    "[-g p[,r[,1-h[,1-k]]]]\n"
	    "               [-k key] [-m mark] [-n number] [-p probability]\n"
	    "               [-r rate[,burst]] [-S ms] [-s seed] [expression]\n",
	    getprogname());
	exit(out == stdout ? 0 : TOOL_USAGE);
}

/* Is a packet that was selected to be dropped? */
static int
is_hit(const struct div_frame *f)
{
	if (rflag)
		return police_exceeds(f);
	if ((gflag || pflag) && !chance_lost())
		return 0;
	return nflag == 0 || ++turn % nflag == 0;
}

static void
log_drop(const struct div_frame *f, int told)
{
	char columns[DIV_COLUMNSLEN];

	div_frame_columns(f, columns);
	fprintf(stderr, "%" PRIu64 ".%09" PRIu64 "\t%s\t%u\t%u\t%d\n",
	    f->time / NSEC, f->time % NSEC, columns,
	    f->flags & DIV_F_TRUNC ? f->origlen : f->caplen, f->mark, told);
}

/* Tells whoever is to know that a packet was dropped. */
static int
account(struct div_writer *w, const struct div_frame *f)
{
	int told = 0;

	dropped++;
	if (Rflag && (told = tell(w, f)) == -1)
		return -1;
	answers += (uint64_t)told;
	if (lflag)
		log_drop(f, told);
	return 0;
}

/* Is this packet to go? */
static int
judge(const struct div_frame *f)
{
	return (cflag == 0 || dropped < cflag) && selected(f) && is_hit(f);
}

static int
frame(struct div_writer *w, struct div_frame *f)
{
	packets++;
	if (!judge(f))
		return div_writer_put(w, f);
	return div_writer_drop(w, f) == -1 ? -1 : account(w, f);
}

/*
 * Segments that are looked at as one share their fate, also when they come
 * again, alone; unless it was chance.
 */
static int
span_run(void *arg, struct div_writer *w, struct div_span *span)
{
	int hit = judge(span->whole);
	int sure = !gflag && !pflag && !rflag && nflag == 0 && cflag == 0;
	size_t i;

	(void)arg;
	packets += span->n;
	if (hit && sure && div_span_drop(span, w) == -1)
		return -1;
	for (i = 0; i < span->n; i++) {
		if (!hit && div_writer_put(w, &span->frame[i]) == -1)
			return -1;
		if (hit && !sure && div_writer_drop(w, &span->frame[i]) == -1)
			return -1;
		if (hit && account(w, &span->frame[i]) == -1)
			return -1;
	}
	return 0;
}

static void
report(void)
{
	fprintf(stderr, "%s: %" PRIu64 " packets, %" PRIu64 " dropped",
	    getprogname(), packets, dropped);
	if (Rflag)
		fprintf(stderr, ", %" PRIu64 " answers", answers);
	if (police_forgotten() != 0)
		fprintf(stderr, ", %" PRIu64 " keys forgotten",
		    police_forgotten());
	if (select_limited() != 0)
		fprintf(stderr, ", %" PRIu64 " took too long to match",
		    select_limited());
	fputc('\n', stderr);
	tool_spans_report();
}

static void
init_spans(struct filter *filter, unsigned int ms)
{
	static const struct div_span_ops ops = { select_look, span_run };

	if (!select_contents())
		errx(TOOL_USAGE, "-S needs a regular expression: -e");
	tool_spans(&ops, ms);
	filter->frame = tool_spans_frame;
	filter->due = tool_spans_due;
	filter->end = tool_spans_end;
}

static void
seed(uint64_t s)
{
	chance_seed(s);
	police_seed(s);
}

static void
check(void)
{
	if (gflag && pflag)
		errx(TOOL_USAGE, "-g and -p: give one of them");
	if (rflag && (gflag || pflag || nflag != 0))
		errx(TOOL_USAGE, "-r does not go with -g, -n or -p");
	if (kflag && !rflag)
		errx(TOOL_USAGE, "-k needs a rate: -r");
	if (select_any())
		return;
	if (iflag)
		errx(TOOL_USAGE, "-i: no expression, -e or -m to invert");
	if (!gflag && !pflag && !rflag && nflag == 0)
		errx(TOOL_USAGE, "nothing given of what to drop");
}

int
main(int argc, char *argv[])
{
	struct filter filter = { .frame = frame, .info = report };
	unsigned int ms = 0;
	int ch, status;

	seed((uint64_t)arc4random() << 32 | arc4random());
	while ((ch = getopt(argc, argv, "c:e:g:hik:lm:n:p:qRr:S:s:Vv")) != -1) {
		switch (ch) {
		case 'c':
			cflag = tool_number(ch, optarg, 1, INT64_MAX);
			break;
		case 'e':
			select_regex(optarg);
			break;
		case 'g':
			chance_chain(optarg);
			gflag = 1;
			break;
		case 'h':
			usage(stdout);
		case 'i':
			iflag = 1;
			break;
		case 'k':
			police_key(optarg);
			kflag = 1;
			break;
		case 'l':
			lflag = 1;
			break;
		case 'm':
			select_mark(tool_mark(ch, optarg));
			break;
		case 'n':
			nflag = tool_number(ch, optarg, 1, UINT32_MAX);
			break;
		case 'p':
			chance_probability(optarg);
			pflag = 1;
			break;
		case 'q':
			qflag = 1;
			break;
		case 'R':
			Rflag = 1;
			break;
		case 'r':
			police_rate(optarg);
			rflag = 1;
			break;
		case 'S':
			ms = (unsigned int)tool_number(ch, optarg, 1, SPANS_MS);
			break;
		case 's':
			seed(tool_number(ch, optarg, 0, INT64_MAX));
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
		select_expression(argv);
	check();
	if (Rflag)
		tell_init();
	if (ms != 0)
		init_spans(&filter, ms);

	filter.verbose = vflag;
	status = filter_run(&filter);
	if (vflag)
		report();
	return status;
}
