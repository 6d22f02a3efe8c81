/* SPDX-License-Identifier: ISC */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static struct div_regex *
compile_regex(const char *pattern)
{
	struct div_regex *re;
	char why[DIV_ERRLEN];
	size_t where;

	re = div_regex_new(pattern, strlen(pattern), 0, &where, why);
	if (re == NULL)
		errx(TOOL_USAGE, "-e %s: character %zu: %s", pattern, where + 1,
		    why);
	return re;
}

/* The words of an expression make one, as for tcpdump(8). */
static struct div_filter *
compile_expression(char *argv[])
{
	struct div_filter *filter;
	char why[DIV_ERRLEN], *text;
	size_t size = 1;
	int i;

	for (i = 0; argv[i] != NULL; i++)
		size += strlen(argv[i]) + 1;
	if ((text = calloc(1, size)) == NULL)
		err(1, NULL);
	for (i = 0; argv[i] != NULL; i++) {
		if (i > 0)
			strlcat(text, " ", size);
		strlcat(text, argv[i], size);
	}
	if ((filter = div_filter_new(text, why)) == NULL)
		errx(TOOL_USAGE, "%s: %s", text, why);
	free(text);
	return filter;
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
			eflag = compile_regex(optarg);
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
		expression = compile_expression(argv);
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
