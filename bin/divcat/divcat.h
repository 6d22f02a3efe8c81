/* SPDX-License-Identifier: ISC */

#ifndef DIVCAT_H
#define DIVCAT_H

#include "tool.h"

/*
 * divcat: packets of a divert port as a stream (a reader), and back (a writer).
 *
 *   divcat.c       command line, sandbox
 *   read.c         -p: a port to standard output
 *   write.c        -w: frames to a port
 *   both.c         -b: both in one process, with a thread each
 *   convert.c      one format to another
 *   input.c        the files of the command line
 *   timing.c       -T: a replay as it was captured
 *   ready.c        says when packets can come, and when none do
 *   counter.c      the counters
 *   report.c       -v: counters for people
 *   metrics.c      -O: counters for Prometheus
 *   match_SYSTEM.c    -f: rules of its own
 *   rules_FIREWALL.c  -v: rules that would feed the port
 *   join_SYSTEM.c  how a writer connects to its reader
 *   defrag_SYSTEM.c   reassembly of fragments before they are diverted
 */

/* The command line. */
struct divcat_options {
	struct div_options port_opt;
	int port;            /* -p, or -1 */
	char *match;         /* -f, or NULL */
	int all;             /* -A */
	int everyone;        /* -B all */
	const char *user;    /* -Z */
	const char *metrics; /* -O, or NULL */
	uint64_t interval;   /* -I, ns */
	enum div_format in, out;
	int quiet, timing, verbose;
	int fragments;           /* -D */
	struct tool_limit limit; /* -c */
	char **files;            /* ends with NULL; none: stdin */
};

extern struct divcat_options opts;

/* The modes; all return the exit status. */
int run_read(void);
int run_write(void);
int run_both(void);
int run_convert(void);
struct div *open_port(void);

void confine(int);

void inputs_add(void);
void terminal_input(void);
int each_file(int (*)(struct div_reader *), int (*)(void *), int *);
int reader_bad(struct div_reader *);

/* when a sink ends before its input does */
enum sink_end { SINK_NEVER, SINK_JUDGED, SINK_NOW };

void read_signals(void);
int read_loop(struct div *);
int read_failed(void);
int sink_loop(struct div *);
void sink_end(enum sink_end);

int timing_due(const struct div_frame *);
void timing_sent(void);
void timing_end(void);

void ready(void);
int ready_tick(const struct div *, int);

void report(void);
void report_asked(void);
int metrics_open(void);
void metrics_start(const struct div *, const char *, int);
int metrics_tick(const struct div *, int);
int metrics_end(void);
int finish(int);
void rules_print(int);
void rules_guard(void);
unsigned int match_hooks(const char *);
void match_check(void);
int defrag_start(int[DIV_KEEP]);
void join_start(void);

#endif /* DIVCAT_H */
