/* SPDX-License-Identifier: ISC */

#ifndef DIVMARK_H
#define DIVMARK_H

#include "divio.h"
#include "tool.h"

/*
 * A classifier: packets that match get a mark, and alerts are written.  A match
 * is by expression, regular expression, a file of patterns or a list of prefixes
 * or host names (match.c); -S applies it to runs of segments (reass.c).
 */

/* The reason of a match, for alerts. */
struct match {
	const char *name; /* namelen bytes */
	size_t namelen;
	size_t line; /* of a list, or 0 */
	size_t next; /* patterns of -f from here on were not tried */
	const struct div_hostname *host; /* in the packet, or NULL */
	int selected;                    /* by the expression */
	enum div_host named; /* the packet's names, as far as they were read */
	int waits;           /* undecided, until the next datagram comes */
	int more;            /* undecided, until more of the request comes */
	int goes_on;         /* with a request of request.c */
	int names;           /* a host was named */
	int settled;         /* the flow has named its only host */
	size_t begin;        /* offset of the request in the payload */
};

/* A line of -f. */
struct mark_pattern {
	const char *name;
	const char *regex; /* its text */
	size_t line;
	struct div_regex *re;
	struct div_filter *filter; /* or NULL */
	int luhn;                  /* only numbers with a valid check digit */
};

/* divmark.c */
extern struct div_filter *expression; /* or NULL */
extern struct div_regex *eflag;       /* or NULL */
extern struct tool_mark mflag;
extern uint32_t Uflag;
extern int Dflag, iflag, qflag;
extern int prefixes_src, prefixes_dst; /* addresses that -p is about */
extern char *selection; /* name of a match that is not of a list */

/* match.c */
extern uint64_t match_packets, match_marked, match_limited, match_undecided;
int match_payload(struct div_regex *, int, const uint8_t *, size_t);
void match_alert(const struct div_frame *, const struct div_frame *,
    const struct div_packet *, struct match *);
int match_frame(const struct div_frame *, const struct div_packet *,
    const struct div_frame *, size_t, int, struct match *);
void match_passed(const struct div_packet *, const struct match *);
void match_init(int);
void match_free(void);
int match_is_inverted(void);
void match_mark(struct div_frame *);
void match_one(struct div_frame *);
int match_process(struct div_writer *, struct div_frame *);

/* request.c */
#define HOST_MAX (128 * 1024) /* bytes in which names are searched */

void request_init(void);
int request_hosts(struct div_hostname *, const struct div_packet *,
    int (*)(void *, const struct div_hostname *), void *, enum div_host *);
void request_pass(const struct div_packet *);
void request_begin(const struct div_packet *);
void request_end(const struct div_packet *);
void request_free(void);

/* flows.c */
void flows_init(uint32_t);
int flows_enough(const struct div_packet *, const struct match *, int);
void flows_free(void);

/* reass.c */
enum div_host reass_hosts(struct div_hostname *, const struct div_packet *,
    const struct div_frame *, size_t,
    int (*)(void *, const struct div_hostname *), void *, size_t *);
void reass_init(unsigned int);

/* lists.c */
struct lists { /* of -f, -u and -p, or NULL */
	struct patterns *patterns;
	struct div_names *names;
	struct div_prefixes *prefixes;
};

extern struct lists *lists;
void lists_open(const char *, const char *, const char *);
void lists_reload(void);

/* patterns.c */
struct patterns *patterns_new(const char *, char *, char *);
const struct mark_pattern *patterns_find(const struct patterns *, size_t *,
    const struct div_frame *, const uint8_t *, size_t);
void patterns_search(const struct patterns *, struct div_run *);
void patterns_free(struct patterns *);

/*
 * prefilter_hs.c, prefilter_none.c: the candidates among many patterns.
 * prefilter_scan() sets *ids to their indexes, sorted, and returns their
 * number; they are valid until the next scan.  A pattern that is not a
 * candidate may still begin to match in the last prefilter_reach bytes.
 */
extern const size_t prefilter_reach;

struct hs_database;
struct hs_scratch;

struct prefilter {
	unsigned int *ids; /* of the last scan */
	size_t n;
	unsigned int *always; /* candidates of every scan */
	size_t nalways;
	struct hs_database *db; /* of the others; NULL if there are none */
	struct hs_scratch *scratch;
};

struct prefilter *prefilter_new(const struct mark_pattern *, size_t);
size_t prefilter_scan(struct prefilter *, const uint8_t *, size_t,
    const unsigned int **);
void prefilter_free(struct prefilter *);

/* output.c */
struct mark_output {
	const char *name; /* or NULL */
	const char *what; /* the lines */
	int number;       /* of privsep_add() */
	int fd;           /* or -1 */
	int torn;         /* the last write was short */
	int reported;     /* a write failed */
};

void output_open(struct mark_output *, int, const char *, const char *);
void output_reopen(struct mark_output *);
void output_write(struct mark_output *, char *);

/* answers.c */
extern uint64_t answers_addresses, answers_cut;
void answers_open(const char *);
void answers_reopen(void);
void answers_put(const struct div_packet *);

/* alert.c */
#define ALERT_TEXT 2048 /* bytes of a name or path; the rest is cut */

void alert_open(int, const char *, int);
void alert_reopen(void);
int alert_is_on(void);
void alert(const struct div_frame *, const struct div_packet *,
    const struct match *);
const char *alert_escape(const void *, size_t, char[4 * ALERT_TEXT + 1]);

/* eve.c */
char *eve_line(const struct div_frame *, const struct div_packet *,
    const struct match *, int);

#endif /* DIVMARK_H */
