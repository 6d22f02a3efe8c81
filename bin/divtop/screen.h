/* SPDX-License-Identifier: ISC */

/* What the parts of the screen share: text and colours, by curses(3). */

#ifndef SCREEN_H
#define SCREEN_H

#include "divtop.h"

#define LEVELS 8

enum { NORMAL, HEADING, CURVE, WARNING };

/* Characters of the terminal. */
struct glyphs {
	const char *levels[LEVELS + 1]; /* of a bar: empty to full */
	const char *axis;
};

extern const struct glyphs *glyphs;

void screen_style(int);
void screen_put(int, int, int, const char *);
void screen_right(int, int, int, const char *);
void screen_glyph(int, int, const char *);

/* curve.c: the rows that curves take, heading included, of all that there are */
int curves_rows(void);
void curves_draw(const struct view *, int);

/* help.c */
void help_draw(const struct view *);

#endif /* SCREEN_H */
