/* SPDX-License-Identifier: ISC */

/* When packets go, and how often: the command line. */

#include <err.h>
#include <stdlib.h>
#include <unistd.h>

#include "divdelay.h"
#include "random.h"
#include "selection.h"
#include "tool.h"

static const char *Pflag;
static int aflag, Cflag, Dflag, dflag, iflag, kflag, Oflag, rflag, vflag;
static uint64_t sflag;

static const char usage[] =
    "usage: divdelay [-aChiqVvx] [-c probability[,correlation]]\n"
    "                [-D distribution] "
    "[-d delay[,jitter[,correlation]]]\n"
    "                [-e regex] [-k key] "
    "[-l min[,max[,packets[,bytes]]]]\n"
    "                [-m mark] [-O overhead] "
    "[-o probability[,correlation[,gap]]]\n"
    "                [-P profile] [-r rate[,limit]] [-s seed]\n"
    "                [-u probability[,correlation]] [expression]\n";

static const struct tool_option options[] = {
	{ 'a', "codel", NULL, "manage the queue of the link by CoDel" },
	{ 'C', "keep-checksums", NULL,
	    "leave checksums of packets that -c damages" },
	{ 'c', "corrupt", "probability", "flip one random bit of the payload" },
	{ 'D', "distribution", "distribution", "distribution of the jitter" },
	{ 'd', "delay", "delay", "delay packets, with jitter" },
	{ 'e', "regexp", "regex",
	    "select packets whose payload matches regex" },
	{ TOOL_HELP },
	{ 'i', "invert", NULL, "select packets that would not be selected" },
	{ 'k', "key", "key", "a link of its own for each key" },
	{ 'l', "slot", "min", "let packets leave in slots" },
	{ 'm', "mark", "mark", "select packets with this mark" },
	{ 'O', "overhead", "overhead",
	    "count so many bytes more for each packet" },
	{ 'o', "reorder", "probability",
	    "let packets overtake those that -d delays" },
	{ 'P', "profile", "profile", "the rate and the delay of a named link" },
	{ 'q', "quiet", NULL, "do not warn" },
	{ 'r', "rate", "rate", "send packets over a link with this rate" },
	{ 's', "seed", "seed", "seed the random numbers" },
	{ 'u', "duplicate", "probability", "duplicate packets" },
	{ TOOL_VERSION },
	{ 'v', "verbose", NULL, "print counters at the end" },
	{ 'x', "overtake", NULL, "let jitter change the order in a flow" },
	{ 0 },
};

uint64_t
seed_of(int letter)
{
	uint64_t state = sflag ^ (uint64_t)letter << 56;

	return random_next(&state);
}

static void
check_options(void)
{
	if (Pflag != NULL)
		profile_apply(Pflag, rflag, dflag);
	if (aflag && !link_given())
		errx(TOOL_USAGE, "-a needs a rate: -r");
	if (kflag && !link_given())
		errx(TOOL_USAGE, "-k needs a rate: -r");
	if (Oflag && !link_given())
		errx(TOOL_USAGE, "-O needs a rate: -r");
	if (Cflag && !corrupt_given())
		errx(TOOL_USAGE, "-C needs packets to damage: -c");
	if (Dflag && !dflag && Pflag == NULL)
		errx(TOOL_USAGE, "-D needs a delay with jitter: -d");
	if (iflag && !select_any())
		errx(TOOL_USAGE, "-i: no expression, -e or -m to invert");
	if (!impair_given() && !dflag)
		errx(TOOL_USAGE,
		    "nothing given of what to do: -c, -d, -l, -o, -P, -r or -u");
}

static void
parse(int argc, char *argv[])
{
	int ch;

	while ((ch = tool_getopt(argc, argv, usage, options)) != -1) {
		switch (ch) {
		case 'a':
			link_codel();
			aflag = 1;
			break;
		case 'C':
			corrupt_keep();
			Cflag = 1;
			break;
		case 'c':
			corrupt_parse(optarg);
			break;
		case 'D':
			dist_parse(optarg);
			Dflag = 1;
			break;
		case 'd':
			delay_parse(optarg);
			dflag = 1;
			break;
		case 'e':
			select_regex(optarg);
			break;
		case 'i':
			select_invert();
			iflag = 1;
			break;
		case 'k':
			link_key(optarg);
			kflag = 1;
			break;
		case 'l':
			slot_parse(optarg);
			break;
		case 'm':
			select_mark(optarg);
			break;
		case 'O':
			link_overhead(optarg);
			Oflag = 1;
			break;
		case 'o':
			overtake_parse(optarg);
			break;
		case 'P':
			Pflag = optarg;
			break;
		case 'q':
			select_quiet();
			impair_quiet();
			break;
		case 'r':
			link_parse(optarg);
			rflag = 1;
			break;
		case 's':
			sflag = tool_number(ch, optarg, 0, INT64_MAX);
			break;
		case 'u':
			duplicate_parse(optarg);
			break;
		case 'v':
			vflag = 1;
			break;
		case 'x':
			impair_overtaking();
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
		.frame = impair_frame,
		.other = impair_other,
		.due = impair_due,
		.ended = impair_ended,
		.end = impair_end,
		.info = report,
		.refers = 1,
	};
	int status;

	sflag = (uint64_t)arc4random() << 32 | arc4random();
	parse(argc, argv);
	check_options();
	impair_init();

	/* the second one sends all that waits at once */
	tool_patience = 2;
	tool_exact_timers();
	filter.hold = impair_longest();
	filter.disorder = impair_disorders();
	filter.verbose = vflag;
	status = filter_run(&filter);
	if (vflag)
		report();
	return status;
}
