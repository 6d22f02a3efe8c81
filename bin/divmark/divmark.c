/* SPDX-License-Identifier: ISC */

/* The command line, and what SIGHUP reloads. */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "divmark.h"
#include "tool.h"

struct div_filter *expression;
struct div_regex *eflag;
int Dflag, iflag, qflag;
struct tool_mark mflag = { 1, UINT32_MAX };
uint32_t Uflag; /* bits */
int prefixes_src, prefixes_dst;
char *selection;
static const char *aflag, *fflag, *jflag, *pflag, *uflag;
static uint32_t nflag;     /* packets */
static unsigned int Sflag; /* ms */
static int lflag, vflag, xflag;

static const char usage[] =
    "usage: divmark [-DhilqVvx] [-a file] [-e regex] [-f file] [-j file] "
    "[-m mark]\n"
    "               [-n packets] [-p file] [-S ms] [-U mark] [-u file] "
    "[expression]\n";

static const struct tool_option options[] = {
	{ 'a', "addresses", "file",
	    "append addresses of DNS answers that match to file" },
	{ 'D', "deny", NULL, "match packets with an undecided request, too" },
	{ 'e', "regexp", "regex", "match packets whose payload matches regex" },
	{ 'f', "patterns", "file", "match packets by the patterns in file" },
	{ TOOL_HELP },
	{ 'i', "invert", NULL, "match packets that would not match" },
	{ 'j', "json", "file",
	    "append a line of JSON about each match to file" },
	{ 'l', "log", NULL, "print a line about each packet that matches" },
	{ 'm', "mark", "mark", "set this mark" },
	{ 'n', "let-go", "packets", "let a flow go after this many packets" },
	{ 'p', "prefixes", "file", "match packets by the prefixes in file" },
	{ 'q', "quiet", NULL, "do not warn" },
	{ 'S', "reassemble", "ms",
	    "match across TCP segments, held for at most ms" },
	{ 'U', "undecided-mark", "mark",
	    "with -S, set this mark in undecided packets" },
	{ 'u', "hosts", "file",
	    "match packets that name a host or URL in file" },
	{ TOOL_VERSION },
	{ 'v', "verbose", NULL, "print counters at the end" },
	{ 'x', "payload", NULL, "show the payload in alerts" },
	{ 0 },
};

static void
report(void)
{
	fprintf(stderr, "%s: %llu packets, %llu marked", getprogname(),
	    (unsigned long long)match_packets,
	    (unsigned long long)match_marked);
	if (match_limited != 0)
		fprintf(stderr, ", %llu took too long to match",
		    (unsigned long long)match_limited);
	if (match_undecided != 0)
		fprintf(stderr, ", %llu undecided",
		    (unsigned long long)match_undecided);
	if (answers_addresses != 0)
		fprintf(stderr, ", %llu addresses",
		    (unsigned long long)answers_addresses);
	if (answers_cut != 0)
		fprintf(stderr, ", %llu cut by segments",
		    (unsigned long long)answers_cut);
	fputc('\n', stderr);
	tool_reass_report();
}

static void
reload(void)
{
	alert_reopen();
	answers_reopen();
	lists_reload();
}

/* [src:|dst:]file; returns the file. */
static const char *
prefixes(const char *arg)
{
	prefixes_src = strncmp(arg, "dst:", 4) != 0;
	prefixes_dst = strncmp(arg, "src:", 4) != 0;
	return prefixes_src && prefixes_dst ? arg : arg + 4;
}

/* The name of a match that is not of a list. */
static char *
name_selection(const char *regex, char *argv[])
{
	char *words = tool_words(argv), *text;
	const char *what;

	what = uflag != NULL ? uflag :
	    fflag != NULL    ? fflag :
	    pflag != NULL    ? pflag :
	    regex != NULL    ? regex :
			       words;
	if (asprintf(&text, "%s%s", iflag ? "not " : "", what) == -1)
		err(1, NULL);
	free(words);
	return text;
}

static void
check(char *argv[])
{
	if (*argv == NULL && eflag == NULL && fflag == NULL && pflag == NULL &&
	    uflag == NULL)
		errx(TOOL_USAGE, "nothing given of what to mark");
	if (Dflag && uflag == NULL)
		errx(TOOL_USAGE, "-D: no list of -u");
	if (nflag != 0 && Sflag != 0)
		errx(TOOL_USAGE, "-n does not go with -S, which holds packets");
	if (Uflag != 0 && Sflag == 0)
		errx(TOOL_USAGE, "-U needs -S");
	if (xflag && !lflag && jflag == NULL)
		errx(TOOL_USAGE, "-x: neither -l nor -j to show it");
}

int
main(int argc, char *argv[])
{
	struct filter filter = {
		.frame = match_process,
		.info = report,
		.refers = 1,
	};
	const char *regex = NULL;
	int ch, status;

	while ((ch = tool_getopt(argc, argv, usage, options)) != -1) {
		switch (ch) {
		case 'a':
			aflag = optarg;
			break;
		case 'D':
			Dflag = 1;
			break;
		case 'e':
			div_regex_free(eflag);
			eflag = tool_regex(ch, regex = optarg);
			break;
		case 'f':
			fflag = optarg;
			break;
		case 'i':
			iflag = 1;
			break;
		case 'j':
			jflag = optarg;
			break;
		case 'l':
			lflag = 1;
			break;
		case 'm':
			mflag = tool_mark(ch, optarg);
			break;
		case 'n':
			nflag = (uint32_t)tool_number(ch, optarg, 1,
			    UINT32_MAX);
			break;
		case 'p':
			pflag = prefixes(optarg);
			break;
		case 'q':
			qflag = 1;
			break;
		case 'S':
			Sflag = (unsigned int)tool_number(ch, optarg, 1,
			    REASS_MS);
			filter.hold = REASS_HOLD(Sflag);
			filter.frame = tool_reass_frame;
			filter.due = tool_reass_due;
			filter.end = tool_reass_end;
			break;
		case 'U':
			Uflag = tool_bits(ch, optarg);
			break;
		case 'u':
			uflag = optarg;
			break;
		case 'v':
			vflag = 1;
			break;
		case 'x':
			xflag = 1;
			break;
		}
	}
	argv += optind;
	check(argv);
	if (*argv != NULL)
		expression = tool_expression(argv);
	selection = name_selection(regex, argv);
	lists_open(fflag, uflag, pflag);
	if (uflag != NULL) {
		request_init();
		match_init(vflag);
	}
	if (nflag != 0)
		flows_init(nflag);
	if (Sflag != 0)
		reass_init(Sflag);
	alert_open(lflag, jflag, xflag);
	answers_open(aflag);
	if (aflag != NULL || fflag != NULL || jflag != NULL || pflag != NULL ||
	    uflag != NULL)
		filter.reload = reload;

	filter.verbose = vflag;
	status = filter_run(&filter);
	request_free();
	match_free();
	flows_free();
	if (vflag)
		report();
	return status;
}
