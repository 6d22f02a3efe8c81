/* SPDX-License-Identifier: ISC */

/*
 * A live screen.
 *
 *   divtop.c    command line, intervals
 *   view.c      makes a view of the statistics at the end of an interval
 *   screen.c    draws it: head, bars, list
 *   curve.c     curves
 *   help.c      the keys
 *   keyboard.c  what keys do
 *   names.c     names of addresses
 *   resolver.c  looks them up, in processes of its own
 */

#ifndef DIVTOP_H
#define DIVTOP_H

#include <netinet/in.h>

#include "stat/stat.h"

#define NHISTORY 600 /* intervals */
#define NLINES 256   /* of the list, at most */

enum curve { PACKETS, BITS, DROPS, EDITS, NCURVES };

/* Columns of the list. */
enum top_field {
	F_BITS,
	F_PACKETS,
	F_ALL_BYTES,
	F_ALL_PACKETS,
	F_RETRANSMITTED,
	F_RTT,
	NFIELDS
};

struct top_line {
	union {
		struct item item;
		struct stat_flow flow;
		uint8_t bytes[sizeof(struct item) + 1 + KEYLEN];
	};
	double value[NFIELDS];
};

struct bar {
	char name[16];
	double packets; /* a second */
};

#define NBARS 32

/* The contents of the screen, of the last interval. */
struct view {
	uint64_t time;                     /* its end, ns */
	double seconds;                    /* its length */
	double history[NCURVES][NHISTORY]; /* newest first */
	size_t nhistory;
	struct bar protocols[NBARS], directions[NBARS], sizes[NBARS];
	size_t nprotocols, ndirections, nsizes;
	struct top_line lines[NLINES];
	size_t nlines;
	size_t first;          /* line that is at the top of the screen */
	const struct key *key; /* of the lines */
	uint64_t items, forgotten;
	enum top_field sort;
	int frozen, ended; /* by the user; at the end of the input */
	int help;          /* is shown instead */
	char filter[256];  /* expression */
	char message[DIV_ERRLEN + 256];
	char *prompt; /* expression being typed, or NULL */
};

void view_history(struct view *, const struct totals *);
void view_take(struct view *, const struct stats *, const struct totals *);
void view_sort(struct view *, enum top_field);

int screen_tty(void);
void screen_open(void);
void screen_close(void);
int screen_key(void);
size_t screen_page(void);
void screen_draw(struct view *);

/* What keys do to the statistics. */
int top_filter(const char *);
void top_key(const struct key *);

int keyboard_read(struct view *);

/* A question to the resolver, and its answer, whose name may be any text. */
struct lookup {
	uint8_t address[17];         /* version and address */
	char name[INET6_ADDRSTRLEN]; /* takes the place of one; empty: none */
};

int resolver_start(void);
int names_start(void);
int names_read(void);
int names_toggle(void);

extern const struct field_style {
	char key;
	const char *heading;
	int width;
	const char *meaning; /* of the key */
} field_styles[NFIELDS];

#endif /* DIVTOP_H */
