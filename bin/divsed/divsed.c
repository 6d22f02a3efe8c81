/* SPDX-License-Identifier: ISC */

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "divsed.h"
#include "tool.h"

int nflag, qflag, sflag;
int64_t mflag = -1;
static int vflag;

static __attribute__((__noreturn__)) void
usage(FILE *out)
{
	fprintf(out,
	    "usage: %s [-EhnqsVv] [-m mark] [-S ms] script\n"
	    "       %s [-EhnqsVv] [-m mark] [-S ms] [-e script] [-f file]\n",
	    getprogname(), getprogname());
	exit(out == stdout ? 0 : TOOL_USAGE);
}

/* The n-th script on the command line. */
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

int
main(int argc, char *argv[])
{
	struct filter filter = {
		.frame = process,
		.info = process_report,
		.due = process_due,
		.end = process_end,
	};
	int ch, nscripts = 0, nfiles = 0, status;
	unsigned int ms = 0;

	while ((ch = getopt(argc, argv, "Ee:f:hm:nqS:sVv")) != -1) {
		switch (ch) {
		case 'E': /* as it is always */
			break;
		case 'e':
			add_text(optarg, ++nscripts);
			break;
		case 'f':
			add_file(optarg);
			nfiles++;
			break;
		case 'h':
			usage(stdout);
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
			ms = (unsigned int)tool_number(ch, optarg, 1, SPANS_MS);
			filter.frame = tool_spans_frame;
			break;
		case 's':
			sflag = 1;
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
	argc -= optind;
	argv += optind;
	if (nscripts + nfiles == 0 && argc > 0) {
		add_text(*argv++, 1);
		argc--;
	} else if (nscripts + nfiles == 0)
		usage(stderr);
	if (argc > 0)
		errx(TOOL_USAGE, "%s: unexpected argument", *argv);

	compile();
	process_init();
	if (ms != 0)
		spans_init(ms);
	filter.verbose = vflag;
	status = filter_run(&filter);
	if (vflag)
		process_report();
	return status != 0 ? status : outputs_failed;
}
