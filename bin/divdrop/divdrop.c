/* SPDX-License-Identifier: ISC */

/*
 * Drops packets.  selection.c selects packets; loss.c, police.c or a counter (-n)
 * decides which of these are dropped.  A drop record replaces the frame.
 */

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "divdrop.h"
#include "selection.h"
#include "tool.h"

static int gflag, iflag, kflag, lflag, pflag, qflag, Rflag, rflag, Uflag, vflag;
static unsigned int Sflag;      /* ms */
static struct tool_limit limit; /* -c */
static uint64_t nflag;

static uint64_t packets, dropped, answers, turn;

static const char usage[] =
    "usage: divdrop [-hilqRUVv] [-c count] [-e regex] "
    "[-g p[,r[,1-h[,1-k]]]]\n"
    "               [-k key] [-m mark] [-n number] [-p probability]\n"
    "               [-r rate[,burst]] [-S ms] [-s seed] [expression]\n";

static const struct tool_option options[] = {
	{ 'c', "count", "count", "drop this many packets, or for this time" },
	{ 'e', "regexp", "regex", "match packets whose payload matches regex" },
	{ 'g', "gemodel", "p", "lose packets in bursts (Gilbert-Elliott)" },
	{ TOOL_HELP },
	{ 'i', "invert", NULL, "match packets that would not match" },
	{ 'k', "key", "key", "apply the rate of -r to each key separately" },
	{ 'l', "log", NULL, "print a line about each packet that is dropped" },
	{ 'm', "mark", "mark", "match packets with this mark" },
	{ 'n', "every", "number", "drop only every number-th of the packets" },
	{ 'p', "probability", "probability",
	    "lose each packet with this probability" },
	{ 'q', "quiet", NULL, "do not warn" },
	{ 'R', "reject", NULL, "answer packets that are dropped" },
	{ 'r', "rate", "rate", "drop packets over this rate" },
	{ 'S', "reassemble", "ms",
	    "match across TCP segments, held for at most ms" },
	{ 's', "seed", "seed", "seed the random numbers" },
	{ 'U', "drop-undecided", NULL,
	    "with -S, drop segments that remain undecided" },
	{ TOOL_VERSION },
	{ 'v', "verbose", NULL, "print counters at the end" },
	{ 0 },
};

/* Decides on a selected packet. */
static int
is_hit(const struct div_frame *f)
{
	if (rflag)
		return police_exceeds(f);
	if ((gflag || pflag) && !loss_hit())
		return 0;
	return nflag == 0 || ++turn % nflag == 0;
}

static void
log_drop(const struct div_frame *f, int nanswers)
{
	tool_log(f);
	fprintf(stderr, "\t%u\t%u\t%d\n",
	    f->flags & DIV_F_TRUNC ? f->origlen : f->caplen, f->mark, nanswers);
}

/* Counts a dropped packet, answers it with -R and logs it with -l. */
static int
account(struct div_writer *w, const struct div_frame *f)
{
	int n = 0;

	dropped++;
	tool_limit_start(&limit, tool_clock(f->time));
	if (Rflag && (n = reject_put(w, f)) == -1)
		return -1;
	answers += (uint64_t)n;
	if (lflag)
		log_drop(f, n);
	return 0;
}

static int
is_dropped(const struct div_frame *f)
{
	return !tool_limit_over(&limit, dropped, tool_clock(f->time)) &&
	    select_matches(f) && is_hit(f);
}

static int
frame(struct div_writer *w, struct div_frame *f)
{
	packets++;
	if (!is_dropped(f)) {
		if (select_leaves(f))
			filter_done(f);
		return div_writer_put(w, f);
	}
	/* the sink can use a packet's verdict to deliver the answer */
	return account(w, f) == -1 ? -1 : div_writer_drop(w, f);
}

/*
 * -S: drops an undecided run, which is not counted for -c, and not answered: its
 * data will come again.
 */
static int
refuse_run(struct div_writer *w, struct div_run *run)
{
	packets += run->n;
	dropped += run->n;
	return div_run_drop(run, w);
}

/* Drops the frames of a run; they may pass when they come again. */
static int
drop_once(struct div_writer *w, struct div_run *run)
{
	size_t i;

	for (i = 0; i < run->n; i++)
		if (div_writer_drop(w, &run->frame[i]) == -1)
			return -1;
	return 0;
}

/*
 * -S: one decision for all segments of a run.  If the selection alone decides,
 * it is remembered, and retransmissions of these segments are dropped, too.
 */
static int
decide_run(void *arg, struct div_writer *w, struct div_run *run)
{
	int remember = !gflag && !pflag && !rflag && nflag == 0 &&
	    limit.count == 0 && limit.ns == 0;
	size_t i;

	(void)arg;
	if (select_headers(run->frame) && tool_reass_refuses(run, Uflag))
		return refuse_run(w, run);
	packets += run->n;
	if (!is_dropped(run->whole))
		return div_run_put(run, w);
	if ((remember ? div_run_drop(run, w) : drop_once(w, run)) == -1)
		return -1;
	for (i = 0; i < run->n; i++)
		if (account(w, &run->frame[i]) == -1)
			return -1;
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
	tool_reass_report();
}

static void
init_reass(struct filter *filter)
{
	static const struct div_reass_ops ops = { select_search, decide_run };

	if (!select_contents())
		errx(TOOL_USAGE, "-S needs a regular expression: -e");
	tool_reass(&ops, Sflag, qflag);
	filter->frame = tool_reass_frame;
	filter->hold = REASS_HOLD(Sflag);
	filter->due = tool_reass_due;
	filter->end = tool_reass_end;
}

static void
seed(uint64_t s)
{
	loss_seed(s);
	police_seed(s);
}

static void
check_options(void)
{
	if (gflag && pflag)
		errx(TOOL_USAGE, "-g and -p: give one of them");
	if (rflag && (gflag || pflag || nflag != 0))
		errx(TOOL_USAGE, "-r does not go with -g, -n or -p");
	if (Uflag && Sflag == 0)
		errx(TOOL_USAGE, "-U needs -S");
	if (kflag && !rflag)
		errx(TOOL_USAGE, "-k needs a rate: -r");
	if (select_any())
		return;
	if (iflag)
		errx(TOOL_USAGE, "-i: no expression, -e or -m to invert");
	if (!gflag && !pflag && !rflag && nflag == 0)
		errx(TOOL_USAGE, "nothing given of what to drop");
}

static void
parse(int argc, char *argv[])
{
	int ch;

	while ((ch = tool_getopt(argc, argv, usage, options)) != -1) {
		switch (ch) {
		case 'c':
			tool_limit(ch, optarg, &limit);
			break;
		case 'e':
			select_regex(optarg);
			break;
		case 'g':
			loss_chain(optarg);
			gflag = 1;
			break;
		case 'i':
			iflag = 1;
			select_invert();
			break;
		case 'k':
			police_key(optarg);
			kflag = 1;
			break;
		case 'l':
			lflag = 1;
			break;
		case 'm':
			select_mark(optarg);
			break;
		case 'n':
			nflag = tool_number(ch, optarg, 1, UINT32_MAX);
			break;
		case 'p':
			loss_probability(optarg);
			pflag = 1;
			break;
		case 'q':
			qflag = 1;
			select_quiet();
			break;
		case 'R':
			Rflag = 1;
			break;
		case 'r':
			police_rate(optarg);
			rflag = 1;
			break;
		case 'S':
			Sflag = (unsigned int)tool_number(ch, optarg, 1,
			    REASS_MS);
			break;
		case 's':
			seed(tool_number(ch, optarg, 0, INT64_MAX));
			break;
		case 'U':
			Uflag = 1;
			break;
		case 'v':
			vflag = 1;
			break;
		}
	}
	if (argv[optind] != NULL)
		select_expression(argv + optind);
}

int
main(int argc, char *argv[])
{
	struct filter filter = {
		.frame = frame,
		.info = report,
		.refers = 1,
	};
	int status;

	seed((uint64_t)arc4random() << 32 | arc4random());
	parse(argc, argv);
	check_options();
	if (Rflag)
		reject_init();
	if (Sflag != 0)
		init_reass(&filter);

	filter.verbose = vflag;
	status = filter_run(&filter);
	if (vflag)
		report();
	return status;
}
