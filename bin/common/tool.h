/* SPDX-License-Identifier: ISC */

/*
 * What the tools share: parsing of options, signals, and the main loop of a
 * filter, which reads frames from standard input and writes them to standard
 * output.  Functions that parse an option exit on a bad argument; their first
 * parameter is the option's letter.
 */

#ifndef TOOL_H
#define TOOL_H

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "divio.h"

#define TOOL_USAGE 2 /* exit status: wrong usage or script */
#define NSEC_PER_SEC UINT64_C(1000000000)

/* getopt.c */
struct tool_option {
	int letter;
	const char *name;    /* the long one */
	const char *arg;     /* its argument's name, or NULL */
	const char *meaning; /* no quotes, brackets or colons: shells read it */
};

/* Rows of every table, for tool_getopt() itself; a row of zeros is the last. */
#define TOOL_HELP 'h', "help", NULL, "print this help and exit"
#define TOOL_VERSION 'V', "version", NULL, "print the version and exit"

int tool_getopt(int, char *[], const char *, const struct tool_option *);
__attribute__((__noreturn__)) void tool_usage(const char *);

/* option.c */
struct tool_mark {
	uint32_t value;
	uint32_t mask; /* the bits that count; 0: not given */
};

/* True for every mark if none was given. */
static inline int
tool_mark_matches(struct tool_mark m, uint32_t mark)
{
	return (mark & m.mask) == m.value;
}

struct tool_rate {
	uint64_t rate;  /* bits or packets a second */
	uint64_t burst; /* bytes or packets */
	int packets;    /* the unit is packets */
};

uint64_t tool_number(int, const char *, uint64_t, uint64_t);
uint64_t tool_seconds(int, const char *, double, double); /* ns */
uint32_t tool_bits(int, const char *);
struct tool_mark tool_mark(int, const char *);
double tool_probability(const char *, const char *);
void tool_rate(int, const char *, struct tool_rate *);

/* limit.c */
struct tool_limit {
	uint64_t count; /* packets; 0: no limit */
	uint64_t ns;    /* 0: no limit */
	uint64_t end;   /* ns; 0: the time has not begun */
};

void tool_limit(int, const char *, struct tool_limit *);
void tool_limit_start(struct tool_limit *, uint64_t);
int tool_limit_over(const struct tool_limit *, uint64_t, uint64_t);

/* select.c */
struct div_regex *tool_regex(int, const char *);
char *tool_words(char *[]);
struct div_filter *tool_expression(char *[]);

/* signals.c */
extern atomic_int tool_stop; /* how often SIGINT or SIGTERM came */
extern int tool_patience;    /* so often, then the signal kills */
extern atomic_int tool_info; /* SIGUSR1 or SIGINFO came */
extern atomic_int tool_hup;  /* SIGHUP came, after tool_hangup() */

void tool_signals(int);
void tool_hangup(void);
int tool_poll(struct pollfd *, nfds_t, int);     /* ms */
int tool_wait(struct pollfd *, nfds_t, int64_t); /* ns */

/* timer_SYSTEM.c */
void tool_exact_timers(void);

/* tool.c */
char *tool_slurp(FILE *, size_t *); /* or NULL and errno; to be freed */
uint64_t tool_clock(uint64_t);      /* ns */
int tool_is_syn(const struct div_packet *);
void tool_log(const struct div_frame *);

/* reass.c: frame(), due() and end() of a filter with -S */
#define REASS_MS 10000                          /* the longest time for -S */
#define REASS_HOLD(ms) ((ms)*UINT64_C(2000000)) /* ns: a run, and a gap */
void tool_reass(const struct div_reass_ops *, unsigned int, int); /* ms; -q */
int tool_reass_frame(struct div_writer *, struct div_frame *);
int64_t tool_reass_due(struct div_writer *);
int tool_reass_end(struct div_writer *);
int tool_reass_refuses(const struct div_run *, int);
void tool_reass_report(void);

/*
 * A filter.  All functions but frame() may be NULL.  Those that get a writer
 * return -1 with errno when it failed (due(): -2).
 */
struct filter {
	/* puts a packet or its verdict into the writer */
	int (*frame)(struct div_writer *, struct div_frame *);
	/* looks at a frame of another type, which is passed on */
	void (*other)(const struct div_frame *);
	/* runs what is due; ns until the next time, or -1 for never */
	int64_t (*due)(struct div_writer *);
	/* the input has ended; due() still runs until never */
	void (*ended)(void);
	/* puts what was held back, at the end of the input */
	int (*end)(struct div_writer *);
	void (*info)(void);   /* prints counters: SIGUSR1, SIGINFO */
	void (*reload)(void); /* reads files again: SIGHUP */
	void (*enter)(void);  /* before the sandbox is entered */
	void (*leave)(void);  /* before an error is printed at the end */
	uint64_t hold;        /* ns: it holds packets for so long; 0: none */
	int disorder;         /* it changes their order on purpose */
	int mute;             /* writes no frames */
	int refers;           /* packets may lie in read-only memory */
	int verbose;          /* prints what the sandbox lacks */
	int fd[2]; /* due() runs when one is readable, until SIGINT; 0: none */
};

int filter_run(const struct filter *);
void filter_done(struct div_frame *);

/* refer.c: frames by reference */
void refer_start(void);
void
refer_frame(struct div_reader *, struct div_writer *, const struct div_frame *);
void refer_end(void);

/* luhn.c */
int tool_luhn(const uint8_t *, size_t);

/* names.c */
#define TOOL_LISTERR (2 * DIV_ERRLEN) /* of its errors */
char *tool_read(const char *, int, size_t *, char[TOOL_LISTERR]);
void
tool_list_error(char[TOOL_LISTERR], const char *, size_t, size_t, const char *);
void tool_place(char[TOOL_LISTERR], const char *, const char *, size_t,
    const char *);
struct div_names *tool_names(const char *, int, int, char[TOOL_LISTERR]);
struct div_prefixes *tool_prefixes(const char *, int, char[TOOL_LISTERR]);

/* reload.c: read() runs in a thread, install() gets its result between packets */
struct tool_reload {
	void *(*read)(char[TOOL_LISTERR]); /* or NULL and an error */
	void (*install)(void *);
};
void tool_reload(const struct tool_reload *);
void tool_reload_update(void);

#endif /* TOOL_H */
