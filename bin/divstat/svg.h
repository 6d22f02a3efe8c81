/* SPDX-License-Identifier: ISC */

/*
 * Drawing in SVG: lengths are pixels, colours are classes of its style sheet, one
 * for light and one for dark screens.
 */

#ifndef SVG_H
#define SVG_H

#include <stdio.h>

/* A diagram: its area within the axes, and what they measure. */
struct svg_plot {
	const char *title, *xlabel, *ylabel;
	double x, y, width, height; /* of the area */
	double ymax;                /* value at its top */
};

enum svg_anchor { SVG_START, SVG_MIDDLE, SVG_END };

void svg_begin(FILE *, double, double);
void svg_end(FILE *);
void
svg_text(FILE *, double, double, enum svg_anchor, const char *, const char *);
void svg_bar(FILE *, const char *, double, double, double, double);
void svg_frame(FILE *, struct svg_plot *, double, double);
void svg_tick(FILE *, const struct svg_plot *, double, const char *);
void svg_legend(FILE *, const struct svg_plot *, const char *const[2]);
double svg_y(const struct svg_plot *, double);

#endif /* SVG_H */
