/* SPDX-License-Identifier: ISC */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "divcat.h"
#include "opener.h"
#include "sandbox.h"

#define LETTERS "bCc:FGH:hi:M:m:o:Pp:Q:qs:TtVvwZ:"

struct command cmd = {
	.port = { .mark = DIV_MARK, .hold = 1000000000 },
	.out = DIV_FMT_AUTO,
};

/* The ways to run, and which letters mean something there. */
enum way { READ, WRITE, BOTH, CONVERT };

static const struct {
	const char *name;
	const char *letters;
	int (*run)(void);
} ways[] = {
	[READ] = { "reading a port", "FGHPQZcmopqstv", run_read },
	[WRITE] = { "-w", "CHMPTZimpqvw", run_write },
	[BOTH] = { "-b", "CFGMPQZbcimopqsv", run_both },
	[CONVERT] = { "converting", "cioqv", run_convert },
};

static void
usage(FILE *f)
{
	fprintf(f,
	    "usage: divcat -p port [-FGPqtv] [-c count] [-H hold] [-m mark]\n"
	    "              [-o format] [-Q length] [-s snaplen] [-Z user]\n"
	    "       divcat -w [-CPqTv] [-H hold] [-i format] [-M memory] [-m mark]"
	    " [-p port]\n"
	    "              [-Z user] [file ...]\n"
	    "       divcat -b -p port [-CFGPqv] [-c count] [-i format]"
	    " [-M memory]\n"
	    "              [-m mark] [-o format] [-Q length] [-s snaplen]"
	    " [-Z user]\n"
	    "       divcat [-qv] [-c count] [-i format] [-o format]"
	    " [file ...]\n"
	    "       divcat -h | -V\n");
}

static enum div_format
format(int letter, const char *name)
{
	enum div_format fmt;

	if (div_format_parse(name, &fmt) == -1)
		errx(TOOL_USAGE,
		    "-%c %s: formats are frame, pcap, text, hex, json", letter,
		    name);
	return fmt;
}

static void
option(int c, const char *arg)
{
	switch (c) {
	case 'C':
		cmd.port.flags |= DIV_O_KEEPSUM;
		break;
	case 'c':
		cmd.count = tool_number(c, arg, 1, INT64_MAX);
		break;
	case 'F':
		cmd.port.flags |= DIV_O_FAILOPEN;
		break;
	case 'G':
		cmd.port.flags |= DIV_O_GSO;
		break;
	case 'H':
		cmd.port.hold = tool_seconds(c, arg, 0, 86400);
		break;
	case 'i':
		cmd.in = format(c, arg);
		break;
	case 'M':
		cmd.port.memory = (size_t)tool_number(c, arg, 1, 1 << 20) << 20;
		break;
	case 'm':
		cmd.port.mark = tool_mark(c, arg);
		break;
	case 'o':
		cmd.out = format(c, arg);
		break;
	case 'P':
		cmd.port.flags |= DIV_O_PASS;
		break;
	case 'p':
		tool_number(c, arg, 0, UINT16_MAX);
		cmd.where = arg;
		break;
	case 'Q':
		cmd.port.queuelen = (uint32_t)tool_number(c, arg, 1, 1 << 20);
		break;
	case 'q':
		cmd.quiet = 1;
		break;
	case 's':
		cmd.port.snaplen = (uint32_t)tool_number(c, arg, 20, 65531);
		break;
	case 'T':
		cmd.timing = 1;
		break;
	case 't':
		cmd.port.flags |= DIV_O_TEE;
		break;
	case 'v':
		cmd.verbose = 1;
		break;
	case 'Z':
		cmd.user = arg;
		break;
	}
}

static enum way
choose_way(const char *given)
{
	if (strchr(given, 'b') != NULL)
		return BOTH;
	if (strchr(given, 'w') != NULL)
		return WRITE;
	return cmd.where != NULL ? READ : CONVERT;
}

static enum way
parse(int argc, char *argv[])
{
	char given[256] = "";
	enum way way;
	size_t n = 0;
	int c;

	while ((c = getopt(argc, argv, LETTERS)) != -1) {
		switch (c) {
		case '?':
			usage(stderr);
			exit(TOOL_USAGE);
		case 'h':
			usage(stdout);
			exit(0);
		case 'V':
			tool_version();
		}
		if (strchr(given, c) == NULL && n < sizeof(given) - 1)
			given[n++] = (char)c;
		option(c, optarg);
	}
	cmd.files = argv + optind;
	way = choose_way(given);
	for (n = 0; given[n] != '\0'; n++)
		if (strchr(ways[way].letters, given[n]) == NULL)
			errx(TOOL_USAGE, "-%c does not go with %s", given[n],
			    ways[way].name);
	if (way == BOTH && cmd.where == NULL)
		errx(TOOL_USAGE, "-b needs a port: -p");
	if ((way == READ || way == BOTH) && *cmd.files != NULL)
		errx(TOOL_USAGE, "%s: packets come from port %s", *cmd.files,
		    cmd.where);
	return way;
}

/*
 * People read text.  And an output from which nothing can come back must not
 * cut the network: each packet goes on at once.
 */
static void
choose_output(enum way way)
{
	int tty = isatty(STDOUT_FILENO);

	if (way == WRITE)
		return;
	if (tty && cmd.out == DIV_FMT_FRAME)
		errx(TOOL_USAGE, "frames are not for a terminal");
	if (cmd.out == DIV_FMT_AUTO)
		cmd.out = tty ? DIV_FMT_TEXT : DIV_FMT_FRAME;
	if (way == READ &&
	    (tty || cmd.out == DIV_FMT_PCAP || cmd.out == DIV_FMT_HEX))
		cmd.port.flags |= DIV_O_TEE;
}

/* What the kernel counts will be looked up; a look opens it. */
static void
look(void)
{
	struct div_kernel k;

	div_kernel(NULL, &k);
	div_conntrack();
}

/* What is needed is open: no more of it, whatever the packets say. */
void
confine(int flags)
{
	const char *lacks;

	look();
	lacks = sandbox_port(flags);
	if (lacks != NULL && cmd.verbose)
		warnx("%s", lacks);
}

int
main(int argc, char *argv[])
{
	enum way way;
	int status;

	way = parse(argc, argv);
	choose_output(way);
	inputs_add();
	opener_start();
	look();
	sandbox_privileges(way != CONVERT, cmd.user);
	status = ways[way].run();
	if (cmd.verbose)
		report();
	ports_close();
	return status;
}
