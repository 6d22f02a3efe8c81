/* SPDX-License-Identifier: ISC */

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "counter.h"
#include "divcat.h"
#include "privsep.h"
#include "sandbox.h"

#define INTERVAL 10 /* s, the default of -I */
#define INTERVAL_MAX 86400

struct divcat_options opts = {
	.port = -1,
	.port_opt = { .mark = DIV_MARK, .hold = 1000000000 },
	.out = DIV_FMT_AUTO,
	.interval = INTERVAL * NSEC_PER_SEC,
};

/* The modes, and the letters that each takes. */
enum divcat_mode { READ, WRITE, BOTH, CONVERT };

static const struct {
	const char *name;
	const char *letters;
	int (*run)(void);
} modes[] = {
	[READ] = { "reading a port", "ABDFGHILOPQZcefkmopqstv", run_read },
	[WRITE] = { "-w", "CHIKMOPRSTZimpqvw", run_write },
	[BOTH] = { "-b", "ACDFGIKLMOPQRSZbcefikmopqsv", run_both },
	[CONVERT] = { "converting", "cioqv", run_convert },
};

static const char usage[] =
    "usage: divcat -f expression | -p port [-ADeFGLPqtv] [-B [all]]"
    " [-c count]\n"
    "              [-H hold] [-I interval] [-k chains] [-m mark]"
    " [-O file]\n"
    "              [-o format] [-Q length] [-s snaplen] [-Z user]\n"
    "       divcat -w [-CKPqSTv] [-H hold] [-I interval] [-i format]\n"
    "              [-M memory] [-m mark] [-O file] [-p port] [-R port]"
    " [-Z user]\n"
    "              [file ...]\n"
    "       divcat -b -f expression | -p port [-ACDeFGKLPqSv] [-c count]\n"
    "              [-I interval] [-i format] [-k chains] [-M memory]"
    " [-m mark]\n"
    "              [-O file] [-o format] [-Q length] [-R port]"
    " [-s snaplen]\n"
    "              [-Z user]\n"
    "       divcat [-qv] [-c count] [-i format] [-o format]"
    " [file ...]\n"
    "       divcat -h | -V\n";

static const struct tool_option options[] = {
	{ 'A', "all", NULL, "divert the ssh session of this shell, too" },
	{ 'B', "let-go", "[all]", "let flows go that no filter needs" },
	{ 'b', "both", NULL, "read and write in one process" },
	{ 'C', "keep-checksums", NULL,
	    "leave lengths and checksums as they are" },
	{ 'c', "count", "count", "end after this many frames, or this time" },
	{ 'D', "fragments", NULL, "divert fragments as they come" },
	{ 'e', "damaged", NULL, "emit damaged packets, too" },
	{ 'F', "fail-open", NULL, "pass what does not fit into the queue" },
	{ 'f', "match", "expression",
	    "divert packets that match, by rules of its own" },
	{ 'G', "gso", NULL, "take super-packets whole" },
	{ 'H', "hold", "hold", "drop a missing packet after so many seconds" },
	{ TOOL_HELP },
	{ 'I', "interval", "interval",
	    "write the counters every so many seconds" },
	{ 'i', "input-format", "format", "format of the input" },
	{ 'K', "keep-mptcp", NULL, "keep the offer of Multipath TCP in SYNs" },
	{ 'k', "chains", "chains",
	    "apply the rules of -f in these chains only" },
	{ 'L', "balance", NULL, "share the port with other readers" },
	{ 'M', "memory", "memory", "MiB for the state of TCP connections" },
	{ 'm', "mark", "mark", "firewall mark of new packets" },
	{ 'O', "metrics", "file",
	    "write counters for Prometheus to this file" },
	{ 'o', "output-format", "format", "format of the output" },
	{ 'P', "pass", NULL, "pass a packet as it was if its edit is refused" },
	{ 'p', "port", "port", "the divert port" },
	{ 'Q', "queue-length", "length",
	    "packets that may wait for a verdict" },
	{ 'q', "quiet", NULL, "do not warn" },
	{ 'R', "route", "port", "hand packets that pass on to another port" },
	{ 'S', "stream", NULL,
	    "keep data of all connections until acknowledged" },
	{ 's', "snapshot-length", "snaplen",
	    "copy at most this many bytes of each packet" },
	{ 'T', "timing", NULL, "keep the timing of a capture" },
	{ 't', "tee", NULL, "let each packet go on at once, and copy it" },
	{ TOOL_VERSION },
	{ 'v', "verbose", NULL,
	    "print counters, and rules that feed the port" },
	{ 'w', "write", NULL, "write frames to the kernel" },
	{ 'Z', "user", "user", "run as this user" },
	{ 0 },
};

static enum div_format
format(int letter, const char *name)
{
	enum div_format fmt;

	if (div_format_parse(name, &fmt) == 0) {
		if (letter == 'i' && fmt >= DIV_FMT_SHORT)
			errx(TOOL_USAGE, "-i %s: is for output only", name);
		return fmt;
	}
	if (errno == EPROTONOSUPPORT)
		errx(TOOL_USAGE, "-%c %s: not in this build", letter, name);
	errx(TOOL_USAGE,
	    "-%c %s: formats are frame, pcap, pcapng, text, hex, json%s",
	    letter, name, letter == 'o' ? ", short, colour" : "");
}

/* Without bits in a mask, new packets could not be told from others. */
static void
mark(int letter, const char *arg)
{
	struct tool_mark m = tool_mark(letter, arg);

	if (m.value == 0 && m.mask != UINT32_MAX)
		errx(TOOL_USAGE, "-%c %s: the mark has no bits in the mask",
		    letter, arg);
	opts.port_opt.mark = m.value;
	opts.port_opt.markmask = m.mask;
}

/* seconds[,pass] */
static void
hold(int letter, char *arg)
{
	char *seconds = strsep(&arg, ",");

	opts.port_opt.hold = tool_seconds(letter, seconds, 0, 86400);
	opts.port_opt.flags &= ~(unsigned int)DIV_O_LATE;
	if (arg == NULL)
		return;
	if (strcmp(arg, "pass") != 0)
		errx(TOOL_USAGE, "-%c %s,%s: expected seconds, or seconds,pass",
		    letter, seconds, arg);
	opts.port_opt.flags |= DIV_O_LATE;
}

/* A port, or the word repeat. */
static void
next_port(int letter, const char *arg)
{
	opts.port_opt.flags &= ~(unsigned int)(DIV_O_NEXT | DIV_O_REPEAT);
	if (strcmp(arg, "repeat") == 0) {
		opts.port_opt.flags |= DIV_O_REPEAT;
		return;
	}
	opts.port_opt.flags |= DIV_O_NEXT;
	opts.port_opt.next = (uint16_t)tool_number(letter, arg, 0, UINT16_MAX);
}

static void
option(int c, char *arg)
{
	switch (c) {
	case 'A':
		opts.all = 1;
		break;
	case 'B':
		opts.port_opt.flags |= DIV_O_LETGO;
		break;
	case 'C':
		opts.port_opt.flags |= DIV_O_KEEPSUM;
		break;
	case 'c':
		tool_limit(c, arg, &opts.limit);
		opts.port_opt.count = opts.limit.count;
		break;
	case 'D':
		opts.fragments = 1;
		break;
	case 'e':
		opts.port_opt.flags |= DIV_O_DAMAGED;
		break;
	case 'F':
		opts.port_opt.flags |= DIV_O_FAILOPEN;
		break;
	case 'f':
		opts.match = arg;
		opts.port_opt.match = arg;
		break;
	case 'G':
		opts.port_opt.flags |= DIV_O_GSO;
		break;
	case 'H':
		hold(c, arg);
		break;
	case 'I':
		opts.interval = tool_seconds(c, arg, 0.1, INTERVAL_MAX);
		break;
	case 'i':
		opts.in = format(c, arg);
		break;
	case 'K':
		opts.port_opt.flags |= DIV_O_MPTCP;
		break;
	case 'k':
		opts.port_opt.hooks = match_hooks(arg);
		break;
	case 'L':
		opts.port_opt.flags |= DIV_O_BALANCE;
		break;
	case 'M':
		opts.port_opt.memory = (size_t)tool_number(c, arg, 1, 1 << 20)
		    << 20;
		break;
	case 'm':
		mark(c, arg);
		break;
	case 'O':
		opts.metrics = arg;
		break;
	case 'o':
		opts.out = format(c, arg);
		break;
	case 'P':
		opts.port_opt.flags |= DIV_O_PASS;
		break;
	case 'p':
		opts.port = (int)tool_number(c, arg, 0, UINT16_MAX);
		break;
	case 'Q':
		opts.port_opt.queuelen = (uint32_t)tool_number(c, arg, 1,
		    1 << 20);
		break;
	case 'q':
		opts.quiet = 1;
		break;
	case 'R':
		next_port(c, arg);
		break;
	case 'S':
		opts.port_opt.flags |= DIV_O_STREAM;
		break;
	case 's':
		opts.port_opt.snaplen = (uint32_t)tool_number(c, arg, 20,
		    65531);
		break;
	case 'T':
		opts.timing = 1;
		break;
	case 't':
		opts.port_opt.flags |= DIV_O_TEE;
		break;
	case 'v':
		opts.verbose = 1;
		break;
	case 'Z':
		opts.user = arg;
		break;
	}
}

static enum divcat_mode
choose_mode(const char *given)
{
	if (strchr(given, 'b') != NULL)
		return BOTH;
	if (strchr(given, 'w') != NULL)
		return WRITE;
	return opts.port != -1 || opts.match != NULL ? READ : CONVERT;
}

/* The optional argument is a word of its own; that of --let-go may follow a =. */
static void
letgo(const char *arg, char *argv[])
{
	if (arg == NULL && argv[optind] != NULL &&
	    strcmp(argv[optind], "all") == 0)
		arg = argv[optind++];
	if (arg == NULL)
		return;
	if (strcmp(arg, "all") != 0)
		errx(TOOL_USAGE, "-B %s: expected all", arg);
	opts.everyone = 1;
}

static enum divcat_mode
parse(int argc, char *argv[])
{
	char given[256] = "";
	enum divcat_mode mode;
	size_t n = 0;
	int c;

	while ((c = tool_getopt(argc, argv, usage, options)) != -1) {
		if (c == 'B')
			letgo(optarg, argv);
		if (strchr(given, c) == NULL && n < sizeof(given) - 1)
			given[n++] = (char)c;
		option(c, optarg);
	}
	opts.files = argv + optind;
	mode = choose_mode(given);
	for (n = 0; given[n] != '\0'; n++)
		if (strchr(modes[mode].letters, given[n]) == NULL)
			errx(TOOL_USAGE, "-%c does not go with %s", given[n],
			    modes[mode].name);
	if (mode == BOTH && opts.port == -1 && opts.match == NULL)
		errx(TOOL_USAGE, "-b needs a port: -p or -f");
	if ((mode == READ || mode == BOTH) && *opts.files != NULL)
		errx(TOOL_USAGE, "%s: packets come from %s", *opts.files,
		    opts.match != NULL ?
			"the rules of -f, whose expression is one argument" :
			"the port of -p");
	if (opts.port_opt.flags & DIV_O_REPEAT && opts.port_opt.mark == 0)
		errx(TOOL_USAGE, "-R repeat needs a mark: -m is 0");
	if (opts.metrics == NULL && strchr(given, 'I') != NULL)
		errx(TOOL_USAGE, "-I needs -O");
	n = strcspn(given, "ABk");
	if (opts.match == NULL && given[n] != '\0')
		errx(TOOL_USAGE, "-%c needs -f", given[n]);
	return mode;
}

/*
 * Lines that are answered are whole.  Others have colours if the terminal does,
 * unless the user wants none.
 */
static enum div_format
terminal_format(enum divcat_mode mode)
{
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");

	if (mode == BOTH)
		return DIV_FMT_TEXT;
	if ((no != NULL && *no != '\0') || term == NULL ||
	    strcmp(term, "dumb") == 0)
		return DIV_FMT_SHORT;
	return DIV_FMT_COLOUR;
}

/* Only whole frames can be read back. */
static int
comes_back(enum div_format fmt)
{
	return fmt == DIV_FMT_FRAME || fmt == DIV_FMT_TEXT ||
	    fmt == DIV_FMT_JSON;
}

/*
 * A terminal gets lines for people.  An output from which no frames can come back implies
 * -t, for it must not cut the network.
 */
static void
choose_output(enum divcat_mode mode)
{
	int tty = isatty(STDOUT_FILENO);

	if (mode == WRITE)
		return;
	if (tty && opts.out == DIV_FMT_FRAME)
		errx(TOOL_USAGE, "frames are not for a terminal");
	if (opts.out == DIV_FMT_AUTO)
		opts.out = tty ? terminal_format(mode) : DIV_FMT_FRAME;
	if (mode == READ && (tty || !comes_back(opts.out)))
		opts.port_opt.flags |= DIV_O_TEE;
	if (opts.port_opt.flags & DIV_O_LETGO &&
	    opts.port_opt.flags & DIV_O_TEE)
		errx(TOOL_USAGE, "-B needs verdicts, which -t does without");
}

/*
 * Fragments cannot be edited, and rules do not see the ports of all of them.  A
 * reader that only looks gets them as they come.
 */
static void
defrag(enum divcat_mode mode)
{
	if (opts.fragments || opts.port_opt.flags & DIV_O_TEE ||
	    (mode != READ && mode != BOTH))
		return;
	if (defrag_start(opts.port_opt.keep) == -1 && opts.verbose)
		warn("fragments are diverted as they come");
}

/* Opens the files of /proc that will be read, before no more can be opened. */
static void
open_proc(void)
{
	struct div_kernel k;

	div_kernel(NULL, &k);
	div_conntrack();
}

/* Enters the sandbox, when everything that is needed is open. */
void
confine(int flags)
{
	const char *lacks;

	open_proc();
	lacks = sandbox_port(flags);
	if (lacks != NULL && opts.verbose)
		warnx("%s", lacks);
}

/* What is said at the end; returns the exit status. */
int
finish(int status)
{
	if (opts.verbose)
		report();
	return metrics_end() == -1 ? 1 : status;
}

int
main(int argc, char *argv[])
{
	enum divcat_mode mode;
	int status;

	mode = parse(argc, argv);
	choose_output(mode);
	if (opts.match != NULL)
		match_check();
	inputs_add();
	if (mode == WRITE)
		join_start();
	if (metrics_open() == -1)
		return 1;
	privsep_start();
	open_proc();
	defrag(mode);
	sandbox_privileges(mode == CONVERT ? 0 : SANDBOX_PORT, opts.user);
	status = finish(modes[mode].run());
	ports_close();
	return status;
}
