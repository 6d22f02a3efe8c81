/* SPDX-License-Identifier: ISC */

#ifndef DIVMARK_H
#define DIVMARK_H

#include "divio.h"

/* What made a packet match, for alerts. */
struct match {
	const char *name; /* namelen bytes */
	size_t namelen;
	size_t line;                     /* of a list, or 0 */
	const struct div_hostname *host; /* that the packet names, or NULL */
};

/* A named pattern; those of a file stand in its order. */
struct pattern {
	const char *name;
	const char *regex; /* as text */
	size_t line;
	struct div_regex *re;
	struct div_filter *filter; /* or NULL */
};

/* divmark.c */
extern struct div_filter *expression; /* or NULL */
extern struct div_regex *eflag;       /* or NULL */
extern uint32_t mflag;
extern int iflag, qflag;
extern char *selection; /* without lists, the name of what matches */

/* match.c */
extern uint64_t packets, marked, limited;
int payload_matches(struct div_regex *, const uint8_t *, size_t);
int matches(const struct div_frame *, const struct div_packet *,
    const struct div_frame *, size_t, struct match *);
int is_inverted(void);
void mark(struct div_frame *);
int process(struct div_writer *, struct div_frame *);

/* span.c */
int host_find(struct div_hostname *, const struct div_packet *,
    const struct div_frame *, size_t);
void spans_init(unsigned int);

/* lists.c */
struct lists { /* what -f and -u name */
	struct patterns *patterns;
	struct div_names *names;
};

extern struct lists *lists;
void lists_open(const char *, const char *);
void lists_reload(void);
void lists_update(void);

#define LIST_ERRLEN (2 * DIV_ERRLEN)
void list_error(char *, const char *, size_t, size_t, const char *);

/* patterns.c */
struct patterns *patterns_new(const char *, char *, char *);
const struct pattern *patterns_find(const struct patterns *,
    const struct div_frame *, const uint8_t *, size_t);
void patterns_look(const struct patterns *, struct div_span *);
void patterns_free(struct patterns *);

/*
 * prefilter_hs.c, prefilter_none.c: which of many patterns may match.  scan
 * leaves their indices in *ids, in order, and returns how many; they are valid
 * until the next scan.  It may miss patterns of which only the beginning is
 * there, in the last prefilter_reach bytes or before.
 */
extern const size_t prefilter_reach;

struct prefilter *prefilter_new(const struct pattern *, size_t);
size_t prefilter_scan(struct prefilter *, const uint8_t *, size_t,
    const unsigned int **);
void prefilter_free(struct prefilter *);

/* alert.c */
#define ALERT_TEXT 2048 /* of a name or path; more is cut */

void alert_open(int, const char *, int);
void alert_reopen(void);
void alert(const struct div_frame *, const struct div_packet *,
    const struct match *);
const char *alert_escape(const void *, size_t, char[4 * ALERT_TEXT + 1]);

/* eve.c */
char *eve_line(const struct div_frame *, const struct div_packet *,
    const struct match *, int);

#endif /* DIVMARK_H */
