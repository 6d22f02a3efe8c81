/* SPDX-License-Identifier: ISC */

#ifndef DIVTOP_H
#define DIVTOP_H

#include "stat/stat.h"

#define NHISTORY 600 /* intervals */
#define NLINES 256   /* that the list may have */

enum curve { PACKETS, BITS, DROPS, EDITS, NCURVES };

/* A line of the list. */
enum field {
	F_BITS,
	F_PACKETS,
	F_ALL_BYTES,
	F_ALL_PACKETS,
	F_AGAIN,
	F_RTT,
	NFIELDS
};

struct line {
	char name[128];
	double value[NFIELDS];
};

struct bar {
	char name[16];
	double packets; /* a second */
};

#define NBARS 32

/* What the screen shows: of the interval that ended last. */
struct view {
	double history[NCURVES][NHISTORY]; /* newest first */
	size_t nhistory;
	struct bar protocols[NBARS], directions[NBARS], sizes[NBARS];
	size_t nprotocols, ndirections, nsizes;
	struct line lines[NLINES];
	size_t nlines;
	const struct key *key; /* what the lines are */
	uint64_t items, forgotten;
	enum field sort;
	int frozen, over;
	char filter[256]; /* expression */
	char message[DIV_ERRLEN + 256];
	char *prompt; /* being typed, or NULL */
};

void
view_take(struct view *, const struct stats *, const struct totals *, double);
void view_sort(struct view *, enum field);
enum field view_field(int);

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
