/* SPDX-License-Identifier: ISC */

/* The screen, by curses(3) on /dev/tty: standard output may carry frames. */

#include <curses.h>
#include <err.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "divtop.h"

#define LEVELS 8
#define BARS_ROW 6  /* below the curves */
#define BARS_ROWS 8 /* heading and bars */
#define LABEL 12    /* columns: 81920-163839 */
#define BAR (LABEL + 5)
#define LIST_ROW (BARS_ROW + BARS_ROWS + 1)

enum { NORMAL, HEADING, CURVE, WARNING };

const struct field_style field_styles[NFIELDS] = {
	[F_BITS] = { 'b', "bits/s", 6 },
	[F_PACKETS] = { 'p', "pkts/s", 6 },
	[F_ALL_BYTES] = { 'B', "bytes", 6 },
	[F_ALL_PACKETS] = { 'P', "pkts", 6 },
	[F_RETRANSMITTED] = { 'r', "rexmt", 5 },
	[F_RTT] = { 't', "rtt", 7 },
};

static const char *const curve_names[NCURVES] = {
	[PACKETS] = "packets/s",
	[BITS] = "bits/s",
	[DROPS] = "drops/s",
	[EDITS] = "edits/s",
};

static const char *const blocks[LEVELS + 1] = { " ", "▁", "▂", "▃", "▄", "▅",
	"▆", "▇", "█" };
static const char *const ascii[LEVELS + 1] = { " ", ".", ":", "-", "=", "+",
	"*", "%", "#" };

static const char *const *levels = ascii;
static FILE *in, *out;
static int is_open;

int
screen_tty(void)
{
	if ((in = fopen("/dev/tty", "re")) == NULL ||
	    (out = fopen("/dev/tty", "we")) == NULL)
		err(1, "/dev/tty");
	return fileno(in);
}

/* No colours if the environment has NO_COLOR (no-color.org). */
static void
colours(void)
{
	const char *no = getenv("NO_COLOR");

	if (!has_colors() || (no != NULL && no[0] != '\0'))
		return;
	start_color();
	use_default_colors();
	init_pair(HEADING, COLOR_CYAN, -1);
	init_pair(CURVE, COLOR_GREEN, -1);
	init_pair(WARNING, COLOR_RED, -1);
}

void
screen_open(void)
{
	static SCREEN *screen;

	if (is_open)
		return;
	is_open = 1;
	if (screen != NULL) {
		refresh();
		return;
	}
	setlocale(LC_CTYPE, "");
	if (strcmp(nl_langinfo(CODESET), "UTF-8") == 0)
		levels = blocks;
	if ((screen = newterm(NULL, out, in)) == NULL)
		errx(1, "unknown terminal");
	set_escdelay(25);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	colours();
}

void
screen_close(void)
{
	if (is_open)
		endwin();
	is_open = 0;
}

/* A key, or -1. */
int
screen_key(void)
{
	int key = getch();

	return key == ERR                    ? -1 :
	    key == KEY_ENTER || key == '\n'  ? '\r' :
	    key == KEY_BACKSPACE || key == 8 ? 127 :
					       key;
}

static void
style(int pair)
{
	attrset(A_NORMAL);
	if (pair == HEADING)
		attron(A_BOLD);
	if (pair == WARNING)
		attron(A_REVERSE);
	attron(COLOR_PAIR(pair));
}

/* Text at a position, cut to a width. */
static void
put(int row, int column, int width, const char *text)
{
	if (row < LINES && column < COLS && width > 0)
		mvaddnstr(row, column, text,
		    width < COLS - column ? width : COLS - column);
}

/* One character for each interval, the newest at the right. */
static void
draw_curve(const struct view *v, int row, enum curve curve)
{
	const double *h = v->history[curve];
	double most = 0;
	char text[32];
	int i, level, width = COLS - 20;

	style(NORMAL);
	put(row, 0, 9, curve_names[curve]);
	rate_format(text, sizeof(text), v->nhistory == 0 ? 0 : h[0]);
	mvprintw(row, 10, "%8s", text);
	style(CURVE);
	for (i = 0; i < width && (size_t)i < v->nhistory; i++)
		most = h[i] > most ? h[i] : most;
	for (i = 0; i < width && (size_t)i < v->nhistory; i++) {
		level = most == 0 ? 0 : (int)(h[i] / most * LEVELS + 0.5);
		if (level == 0 && h[i] > 0)
			level = 1;
		mvaddstr(row, COLS - 1 - i, levels[level]);
	}
}

static void
draw_bars(int column, int width, const char *title, const struct bar *bars,
    size_t n)
{
	double sum = 0;
	char text[16];
	size_t i;
	int row = BARS_ROW, j, length;

	style(HEADING);
	put(row, column, width, title);
	for (i = 0; i < n; i++)
		sum += bars[i].packets;
	for (i = 0; i < n && i + 1 < BARS_ROWS; i++) {
		row++;
		if (row >= LINES || column + BAR + 1 >= COLS)
			return;
		style(NORMAL);
		put(row, column, LABEL, bars[i].name);
		snprintf(text, sizeof(text), "%3.0f%%",
		    sum == 0 ? 0 : bars[i].packets / sum * 100);
		put(row, column + LABEL, 4, text);
		style(CURVE);
		length = sum == 0 ?
		    0 :
		    (int)(bars[i].packets / sum * (width - BAR - 1) + 0.5);
		for (j = 0; j < length && column + BAR + j < COLS; j++)
			mvaddstr(row, column + BAR + j, levels[LEVELS]);
	}
}

static void
field_format(char *buf, size_t size, enum top_field field, double n)
{
	if (field == F_RTT && n == 0)
		strlcpy(buf, "-", size);
	else if (field == F_RTT)
		time_format(buf, size, (uint64_t)n);
	else if (field != F_BITS && field != F_PACKETS && n < 1000)
		snprintf(buf, size, "%.0f", n);
	else
		rate_format(buf, size, n);
}

static void
draw_list(const struct view *v)
{
	char text[32];
	size_t i;
	int f, column = 0, row = LIST_ROW;

	for (f = 0; f < NFIELDS; f++) {
		style(HEADING);
		if (f == (int)v->sort)
			attron(A_REVERSE);
		if (row < LINES && column < COLS)
			mvprintw(row, column, "%*s", field_styles[f].width,
			    field_styles[f].heading);
		column += field_styles[f].width + 1;
	}
	style(HEADING);
	put(row, column + 1, COLS, v->key->name);
	style(NORMAL);
	for (i = 0; i < v->nlines && ++row < LINES - 1; i++) {
		column = 0;
		for (f = 0; f < NFIELDS; f++) {
			field_format(text, sizeof(text), (enum top_field)f,
			    v->lines[i].value[f]);
			if (column < COLS)
				mvprintw(row, column, "%*s",
				    field_styles[f].width, text);
			column += field_styles[f].width + 1;
		}
		put(row, column + 1, COLS, v->lines[i].name);
	}
}

static void
draw_head(const struct view *v)
{
	char text[512], clock[16];
	time_t now = time(NULL);

	strftime(clock, sizeof(clock), "%H:%M:%S", localtime(&now));
	snprintf(text, sizeof(text), "%s  %s  %llu %ss%s%s", getprogname(),
	    clock, (unsigned long long)v->items, v->key->name,
	    v->filter[0] == '\0' ? "" : "  filter: ", v->filter);
	style(HEADING);
	put(0, 0, COLS, text);
	if (v->forgotten != 0) {
		snprintf(text, sizeof(text), "  %llu forgotten",
		    (unsigned long long)v->forgotten);
		style(WARNING);
		put(0, getcurx(stdscr), COLS, text);
	}
	if (v->frozen || v->ended) {
		style(WARNING);
		put(0, COLS - 8, 8, v->frozen ? " frozen " : "  ended ");
	}
}

static void
draw_foot(const struct view *v)
{
	char text[512];

	style(NORMAL);
	if (v->prompt != NULL) {
		snprintf(text, sizeof(text), "filter: %s_", v->prompt);
		put(LINES - 1, 0, COLS, text);
	} else if (v->message[0] != '\0') {
		style(WARNING);
		put(LINES - 1, 0, COLS, v->message);
	} else
		put(LINES - 1, 0, COLS,
		    "b p B P r t sort   f filter   space freeze   q quit");
}

void
screen_draw(const struct view *v)
{
	int i, third = COLS / 3;

	if (!is_open)
		return;
	erase();
	draw_head(v);
	for (i = 0; i < NCURVES; i++)
		draw_curve(v, 1 + i, (enum curve)i);
	draw_bars(0, third - 1, "protocol", v->protocols, v->nprotocols);
	draw_bars(third, third - 1, "direction", v->directions, v->ndirections);
	draw_bars(2 * third, third, "size", v->sizes, v->nsizes);
	draw_list(v);
	draw_foot(v);
	style(NORMAL);
	refresh();
}
