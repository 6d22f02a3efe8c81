/* SPDX-License-Identifier: ISC */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "divmark.h"
#include "tool.h"

struct div_filter *expression;
struct div_regex *eflag;
int iflag, qflag;
uint32_t mflag = 1;
char *selection;
static const char *fflag, *jflag, *uflag;
static unsigned int Sflag;
static int lflag, vflag, xflag;

static __attribute__((__noreturn__)) void
usage(FILE *out)
{
	fprintf(out,
	    "usage: %s [-hilqVvx] [-e regex] [-f file] [-j file] "
	    "[-m mark] [-S ms]\n"
	    "               [-u file] [expression]\n",
	    getprogname());
	exit(out == stdout ? 0 : TOOL_USAGE);
}

static int
frame(struct div_writer *w, struct div_frame *f)
{
	lists_update();
	return Sflag != 0 ? tool_spans_frame(w, f) : process(w, f);
}

static void
report(void)
{
	fprintf(stderr, "%s: %llu packets, %llu marked", getprogname(),
	    (unsigned long long)packets, (unsigned long long)marked);
	if (limited != 0)
		fprintf(stderr, ", %llu took too long to match",
		    (unsigned long long)limited);
	fputc('\n', stderr);
	tool_spans_report();
}

static void
reload(void)
{
	alert_reopen();
	lists_reload();
}

/* What an alert says that no line of a list stands for. */
static char *
describe(const char *regex, char *argv[])
{
	char *words = tool_words(argv), *text;
	const char *what;

	what = uflag != NULL ? uflag :
	    fflag != NULL    ? fflag :
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
	if (*argv == NULL && eflag == NULL && fflag == NULL && uflag == NULL)
		errx(TOOL_USAGE, "nothing given of what to mark");
	if (xflag && !lflag && jflag == NULL)
		errx(TOOL_USAGE, "-x: neither -l nor -j to show it");
}

int
main(int argc, char *argv[])
{
	struct filter filter = { .frame = frame, .info = report };
	const char *regex = NULL;
	int ch, status;

	while ((ch = getopt(argc, argv, "e:f:hij:lm:qS:u:Vvx")) != -1) {
		switch (ch) {
		case 'e':
			div_regex_free(eflag);
			eflag = tool_regex(ch, regex = optarg);
			break;
		case 'f':
			fflag = optarg;
			break;
		case 'h':
			usage(stdout);
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
		case 'q':
			qflag = 1;
			break;
		case 'S':
			Sflag = (unsigned int)tool_number(ch, optarg, 1,
			    SPANS_MS);
			filter.due = tool_spans_due;
			filter.end = tool_spans_end;
			break;
		case 'u':
			uflag = optarg;
			break;
		case 'V':
			tool_version();
		case 'v':
			vflag = 1;
			break;
		case 'x':
			xflag = 1;
			break;
		default:
			usage(stderr);
		}
	}
	argv += optind;
	check(argv);
	if (*argv != NULL)
		expression = tool_expression(argv);
	selection = describe(regex, argv);
	lists_open(fflag, uflag);
	if (Sflag != 0)
		spans_init(Sflag);
	alert_open(lflag, jflag, xflag);
	if (fflag != NULL || jflag != NULL || uflag != NULL)
		filter.reload = reload;

	filter.verbose = vflag;
	status = filter_run(&filter);
	if (vflag)
		report();
	return status;
}
