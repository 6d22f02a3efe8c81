/* SPDX-License-Identifier: ISC */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "divmark.h"
#include "tool.h"

int qflag;
static struct div_regex *eflag;
static struct div_filter *expression;
static const char *fflag, *jflag, *uflag;
static uint32_t mflag = 1;
static int iflag, lflag, vflag, xflag;

static char *selection; /* without lists, the name of what matches */
static uint64_t packets, marked, limited;

static __attribute__((__noreturn__)) void
usage(FILE *out)
{
	fprintf(out,
	    "usage: %s [-hilqVvx] [-e regex] [-f file] [-j file] "
	    "[-m mark] [-u file]\n"
	    "               [expression]\n",
	    getprogname());
	exit(out == stdout ? 0 : TOOL_USAGE);
}

/* A payload that we cannot decide on in time does not match. */
int
payload_matches(struct div_regex *re, const uint8_t *data, size_t len)
{
	size_t match[2 * DIV_RE_GROUPS];
	int n;

	n = div_regex_exec(re, data, len, 0, 0, match);
	if (n == -1 && limited++ == 0 && !qflag)
		warnx("a match takes too long, taken for none");
	return n == 1;
}

/* Without IP headers there is no payload, and data is NULL. */
static int
matches(const struct div_frame *f, const uint8_t *data, size_t len,
    struct match *m)
{
	const struct pattern *v;

	if (data == NULL)
		return eflag == NULL && lists->patterns == NULL;
	if (eflag != NULL && !payload_matches(eflag, data, len))
		return 0;
	if (lists->patterns == NULL)
		return 1;
	if ((v = patterns_find(lists->patterns, f, data, len)) == NULL)
		return 0;
	m->name = v->name;
	m->namelen = strlen(v->name);
	m->line = v->line;
	return 1;
}

/* Packets that name no host are on no list, on none of those allowed either. */
static int
names_match(const struct div_hostname *h, struct match *m)
{
	struct div_entry e;
	int listed;

	listed = div_names_find(lists->names, h, &e);
	m->host = h;
	if (listed && m->line == 0) {
		m->name = e.text;
		m->namelen = e.len;
		m->line = e.line;
	}
	return listed != iflag;
}

static int
selected(const struct div_frame *f, const struct div_packet *p,
    const uint8_t *data, size_t len, struct match *m)
{
	static struct div_hostname h;
	int match;

	match = (expression == NULL || div_filter_match(expression, f)) &&
	    matches(f, data, len, m);
	if (uflag == NULL)
		return match != iflag;
	return match && data != NULL && div_hostname(&h, p, data, len) &&
	    names_match(&h, m);
}

static int
frame(struct div_writer *w, struct div_frame *f)
{
	struct match m = { .name = selection, .namelen = strlen(selection) };
	struct div_packet p;
	const uint8_t *data = NULL;

	packets++;
	lists_update();
	if (div_packet_parse(&p, f->packet, f->caplen) == 0)
		data = p.data + p.payload;
	if (selected(f, &p, data, p.len - p.payload, &m)) {
		marked++;
		f->mark = mflag;
		alert(f, &p, &m);
	}
	return div_writer_put(w, f);
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
	const char *what;
	char *text;

	what = uflag != NULL ? uflag :
	    fflag != NULL    ? fflag :
	    regex != NULL    ? regex :
			       tool_words(argv);
	if (asprintf(&text, "%s%s", iflag ? "not " : "", what) == -1)
		err(1, NULL);
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

	while ((ch = getopt(argc, argv, "e:f:hij:lm:qu:Vvx")) != -1) {
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
	alert_open(lflag, jflag, xflag);
	if (fflag != NULL || jflag != NULL || uflag != NULL)
		filter.reload = reload;

	status = filter_run(&filter);
	if (vflag)
		report();
	return status;
}
