/* SPDX-License-Identifier: ISC */

/*
 * A live screen.  view.c makes a view of the statistics at the end of each
 * interval, screen.c draws it, divtop.c handles time and keys.
 */

#ifndef DIVTOP_H
#define DIVTOP_H

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
	char name[128];
	double value[NFIELDS];
};

struct bar {
	char name[16];
	double packets; /* a second */
};

#define NBARS 32

/* The contents of the screen, of the last interval. */
struct view {
	double history[NCURVES][NHISTORY]; /* newest first */
	size_t nhistory;
	struct bar protocols[NBARS], directions[NBARS], sizes[NBARS];
	size_t nprotocols, ndirections, nsizes;
	struct top_line lines[NLINES];
	size_t nlines;
	const struct key *key; /* of the lines */
	uint64_t items, forgotten;
	enum top_field sort;
	int frozen, ended; /* by the user; at the end of the input */
	char filter[256];  /* expression */
	char message[DIV_ERRLEN + 256];
	char *prompt; /* expression being typed, or NULL */
};

void
view_take(struct view *, const struct stats *, const struct totals *, double);
void view_sort(struct view *, enum top_field);
enum top_field view_field(int);

int screen_tty(void);
void screen_open(void);
void screen_close(void);
int screen_key(void);
void screen_draw(const struct view *);

extern const struct field_style {
	char key;
	const char *heading;
	int width;
} field_styles[NFIELDS];

#endif /* DIVTOP_H */
