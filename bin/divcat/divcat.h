/* SPDX-License-Identifier: ISC */

#ifndef DIVCAT_H
#define DIVCAT_H

#include "tool.h"

/* The command line. */
struct command {
	struct div_options port;
	const char *where; /* -p */
	const char *user;  /* -Z */
	enum div_format in, out;
	uint64_t count; /* 0: no limit */
	int quiet, timing, verbose;
	char **files; /* ends with NULL; none: stdin */
};

extern struct command cmd;

/* Each is a way to run; all return the exit status. */
int run_read(void);
int run_write(void);
int run_both(void);
int run_convert(void);

void confine(int);

void inputs_add(void);
int each_file(int (*)(struct div_reader *), int (*)(void *), int *);
int reader_bad(struct div_reader *);

/* when a sink ends whose input goes on */
enum sink_end { SINK_NEVER, SINK_JUDGED, SINK_NOW };

void read_signals(void);
int read_loop(struct div *);
int read_failed(void);
int sink_loop(struct div *);
void sink_end(enum sink_end);

int timing_due(const struct div_frame *);
void timing_sent(void);
void timing_end(void);

void report_ports(struct div *, struct div *);
void report(void);
void report_asked(void);
void ports_close(void);
void rules_print(const char *);

#endif /* DIVCAT_H */
