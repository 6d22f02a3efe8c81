/* SPDX-License-Identifier: ISC */

/*
 * Curves: one column for each interval, the newest at the right, with the
 * figures of those that are visible.  A high terminal has several rows for each.
 */

#include <curses.h>
#include <stdio.h>

#include "screen.h"

#define NAME 10  /* columns, of the name */
#define FIGURE 7 /* of a figure */
#define SCALE 6  /* of the scale and the axis */
#define ROWS_MAX 6
#define LEAST 0.001 /* of scales */

static const char *const names[NCURVES] = {
	[PACKETS] = "packets/s",
	[BITS] = "bits/s",
	[DROPS] = "drops/s",
	[EDITS] = "edits/s",
};

enum figure { NOW, MEAN, MOST, NFIGURES };

/* Left out where the terminal is narrower. */
static const struct {
	const char *name;
	int columns;
} figures[NFIGURES] = {
	[NOW] = { "now", 0 },
	[MEAN] = { "average", 64 },
	[MOST] = { "maximum", 50 },
};

/* The rows of a curve. */
static int
height(void)
{
	int rows = (LINES - 16) / 8;

	return rows < 1 ? 1 : rows > ROWS_MAX ? ROWS_MAX : rows;
}

int
curves_rows(void)
{
	return 1 + NCURVES * height();
}

/* The column of the axis. */
static int
axis(void)
{
	int i, column = NAME + SCALE - 1;

	for (i = 0; i < NFIGURES; i++)
		if (COLS >= figures[i].columns)
			column += FIGURE + 1;
	return column;
}

/* The intervals that are visible. */
static size_t
visible(const struct view *v)
{
	int width = COLS - 1 - axis();

	if (width < 0)
		return 0;
	return (size_t)width < v->nhistory ? (size_t)width : v->nhistory;
}

static void
measure(const double *h, size_t n, double figure[NFIGURES])
{
	size_t i;

	figure[NOW] = h[0];
	figure[MEAN] = figure[MOST] = 0;
	for (i = 0; i < n; i++) {
		figure[MEAN] += h[i] / (double)n;
		if (h[i] > figure[MOST])
			figure[MOST] = h[i];
	}
}

/* One column, in rows from the bottom up; what is not 0 can be seen. */
static void
draw_column(int bottom, int rows, int column, double part)
{
	int i, fill, level = (int)(part * LEVELS * rows + 0.5);

	if (level == 0 && part > 0)
		level = 1;
	for (i = 0; i < rows && level > 0; i++, level -= LEVELS) {
		fill = level < LEVELS ? level : LEVELS;
		screen_glyph(bottom - i, column, glyphs->levels[fill]);
	}
}

static void
draw_figures(int row, const char *name, const double figure[NFIGURES])
{
	char text[32];
	int i, column = NAME;

	screen_put(row, 0, NAME, name);
	for (i = 0; i < NFIGURES; i++) {
		if (COLS < figures[i].columns)
			continue;
		rate_format(text, sizeof(text), figure[i]);
		screen_right(row, column, FIGURE, text);
		column += FIGURE + 1;
	}
}

static void
draw_axis(int row, int rows, double scale)
{
	char text[32];
	int i, column = axis();

	number_format(text, sizeof(text), scale, "");
	screen_right(row, column - SCALE + 1, SCALE - 1, text);
	for (i = 0; i < rows; i++)
		screen_glyph(row + i, column, glyphs->axis);
	if (rows > 1)
		screen_put(row + rows - 1, column - 1, 1, "0");
}

static void
draw_curve(const struct view *v, int row, enum curve curve)
{
	const double *h = v->history[curve];
	double figure[NFIGURES], scale;
	size_t i, n = visible(v);
	int rows = height();

	measure(h, n, figure);
	scale = round_number(figure[MOST] > LEAST ? figure[MOST] : LEAST);
	screen_style(NORMAL);
	draw_figures(row, names[curve], figure);
	draw_axis(row, rows, figure[MOST] == 0 ? 0 : scale);
	screen_style(CURVE);
	for (i = 0; i < n; i++)
		draw_column(row + rows - 1, rows, COLS - 1 - (int)i,
		    h[i] / scale);
}

static void
draw_heading(const struct view *v, int row)
{
	char text[32];
	int i, column = NAME;

	screen_style(HEADING);
	for (i = 0; i < NFIGURES; i++) {
		if (COLS < figures[i].columns)
			continue;
		screen_right(row, column, FIGURE, figures[i].name);
		column += FIGURE + 1;
	}
	snprintf(text, sizeof(text), "%.3g s ago",
	    (COLS - 1 - axis()) * v->seconds);
	screen_put(row, axis() + 1, COLS, text);
}

void
curves_draw(const struct view *v, int row)
{
	int i;

	draw_heading(v, row);
	for (i = 0; i < NCURVES; i++)
		draw_curve(v, row + 1 + i * height(), (enum curve)i);
}
