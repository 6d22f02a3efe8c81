/* SPDX-License-Identifier: ISC */

/* The command line: scripts of -e and -f are joined as lines of one. */

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "divsed.h"
#include "tool.h"

int nflag, qflag, sflag, Uflag;
struct tool_mark mflag;
static int vflag;
static unsigned int Sflag; /* ms */

static const char usage[] =
    "usage: divsed [-EhnqsUVv] [-m mark] [-S ms] script\n"
    "       divsed [-EhnqsUVv] [-m mark] [-S ms] [-e script] [-f file]\n";

static const struct tool_option options[] = {
	{ 'E', "regexp-extended", NULL,
	    "no effect, expressions are always extended" },
	{ 'e', "expression", "script", "add the commands in script" },
	{ 'f', "file", "file", "add the commands in file" },
	{ TOOL_HELP },
	{ 'm', "mark", "mark",
	    "run the script on packets with this mark only" },
	{ 'n', "silent", NULL, "drop packets that no p command passes on" },
	{ 'q', "quiet", NULL, "do not warn" },
	{ 'S', "reassemble", "ms",
	    "match across TCP segments, held for at most ms" },
	{ 's', "separate", NULL,
	    "number packets separately for each connection" },
	{ 'U', "drop-undecided", NULL,
	    "with -S, drop segments that remain undecided" },
	{ TOOL_VERSION },
	{ 'v', "verbose", NULL, "print counters at the end" },
	{ 0 },
};

/* The n-th -e. */
static void
add_text(const char *text, int n)
{
	char name[32];

	snprintf(name, sizeof(name), "-e %d", n);
	source_add(name, text, strlen(text));
}

static void
add_file(const char *name)
{
	FILE *in;
	char *text;
	size_t len;

	if ((in = fopen(name, "r")) == NULL)
		err(TOOL_USAGE, "%s", name);
	if ((text = tool_slurp(in, &len)) == NULL && errno == ENOMEM)
		err(1, NULL);
	if (text == NULL)
		err(TOOL_USAGE, "%s", name);
	fclose(in);
	source_add(name, text, len);
	free(text);
}

static void
parse(int argc, char *argv[])
{
	int ch, nscripts = 0, nfiles = 0;

	while ((ch = tool_getopt(argc, argv, usage, options)) != -1) {
		switch (ch) {
		case 'E': /* for sed: expressions are always extended */
			break;
		case 'e':
			add_text(optarg, ++nscripts);
			break;
		case 'f':
			add_file(optarg);
			nfiles++;
			break;
		case 'm':
			mflag = tool_mark(ch, optarg);
			break;
		case 'n':
			nflag = 1;
			break;
		case 'q':
			qflag = 1;
			break;
		case 'S':
			Sflag = (unsigned int)tool_number(ch, optarg, 1,
			    REASS_MS);
			break;
		case 's':
			sflag = 1;
			break;
		case 'U':
			Uflag = 1;
			break;
		case 'v':
			vflag = 1;
			break;
		}
	}
	argc -= optind;
	argv += optind;
	if (nscripts + nfiles == 0 && argc > 0) {
		add_text(*argv++, 1);
		argc--;
	} else if (nscripts + nfiles == 0)
		tool_usage(usage);
	if (argc > 0)
		errx(TOOL_USAGE, "%s: unexpected argument", *argv);
}

int
main(int argc, char *argv[])
{
	struct filter filter = {
		.frame = process,
		.info = process_report,
		.due = process_due,
		.end = process_end,
		.refers = 1,
	};
	int status;

	parse(argc, argv);
	if (Uflag && Sflag == 0)
		errx(TOOL_USAGE, "-U needs -S");
	compile();
	process_init();
	filter.reload = lists_reload();
	if (Sflag != 0) {
		reass_init(Sflag);
		filter.frame = tool_reass_frame;
		filter.hold = REASS_HOLD(Sflag);
	}
	filter.verbose = vflag;
	status = filter_run(&filter);
	if (vflag)
		process_report();
	return status != 0 ? status : outputs_failed;
}
