/* SPDX-License-Identifier: ISC */

/* what all tools share on their command line and around their main loop */

#ifndef TOOL_H
#define TOOL_H

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "divio.h"

#define TOOL_USAGE 2 /* exit status: wrong usage or script */

extern atomic_int tool_stop; /* SIGINT or SIGTERM came */
extern atomic_int tool_info; /* SIGUSR1 or SIGINFO came */
extern atomic_int tool_hup;  /* SIGHUP came, after tool_hangup() */

uint64_t tool_number(int, const char *, uint64_t, uint64_t);
uint64_t tool_seconds(int, const char *, double, double); /* in ns */
uint64_t tool_clock(clockid_t);                           /* in ns */
char *tool_slurp(FILE *, size_t *); /* or NULL and errno; to be freed */
__attribute__((__noreturn__)) void tool_version(void);
void tool_signals(int);
void tool_hangup(void);
int tool_poll(struct pollfd *, nfds_t, int);

/* select.c */
struct div_regex *tool_regex(int, const char *);
char *tool_words(char *[]);
struct div_filter *tool_expression(char *[]);
uint32_t tool_mark(int, const char *);

/* spans.c: a filter's frame(), due(), end() and more with -S */
#define SPANS_MS 10000 /* the longest time for -S */
void tool_spans(const struct div_span_ops *, unsigned int); /* ms */
int tool_spans_frame(struct div_writer *, struct div_frame *);
int tool_spans_due(struct div_writer *);
int tool_spans_end(struct div_writer *);
void tool_spans_report(void);

/*
 * A filter: frame() is called for each packet frame (other types go on as
 * they are) and puts what shall go on into the writer; it returns 0, or -1 with
 * errno when the writer failed.  due() does what its time has come for, and
 * returns the ms until there is more to do, -1 for never, or -2 with errno; at
 * the end of the input end() puts what was kept back.  info() prints counters
 * on a signal, reload() reads on SIGHUP what the user may have changed, enter()
 * runs before the sandbox is entered, leave() before what went wrong is said.
 * All but frame() may be NULL.
 */
struct filter {
	int (*frame)(struct div_writer *, struct div_frame *);
	void (*other)(const struct div_frame *);
	void (*info)(void);
	void (*reload)(void);
	int (*due)(struct div_writer *);
	int (*end)(struct div_writer *);
	void (*enter)(void);
	void (*leave)(void);
	int mute;    /* writes no frames */
	int verbose; /* says what the sandbox lacks */
	int fd;      /* due() is called when it can be read too; 0: none */
};

int filter_run(const struct filter *);

#endif /* TOOL_H */
