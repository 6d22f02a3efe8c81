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

#include "screen.h"

#define CURVES_ROW 1
#define BARS_ROWS 8   /* heading and bars */
#define BARS_LINES 20 /* rows of a terminal that shows them */
#define LABEL 12      /* columns: 81920-163839 */
#define BAR (LABEL + 5)
#define DAY 86400

const struct field_style field_styles[NFIELDS] = {
	[F_BITS] = { 'b', "bits/s", 6, "bits a second" },
	[F_PACKETS] = { 'p', "pkts/s", 6, "packets a second" },
	[F_ALL_BYTES] = { 'B', "bytes", 6, "bytes" },
	[F_ALL_PACKETS] = { 'P', "pkts", 6, "packets" },
	[F_RETRANSMITTED] = { 'r', "rexmt", 5, "retransmissions" },
	[F_RTT] = { 't', "rtt", 7, "round trip" },
};

static const struct glyphs blocks = {
	{ " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" },
	"│",
};
static const struct glyphs ascii = {
	{ " ", ".", ":", "-", "=", "+", "*", "%", "#" },
	"|",
};

const struct glyphs *glyphs = &ascii;
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
		glyphs = &blocks;
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
	    key == KEY_RESIZE                ? 0 :
	    key == KEY_ENTER || key == '\n'  ? '\r' :
	    key == KEY_BACKSPACE || key == 8 ? 127 :
					       key;
}

/* The style of what follows. */
void
screen_style(int pair)
{
	attrset(A_NORMAL);
	if (pair == HEADING)
		attron(A_BOLD);
	if (pair == WARNING)
		attron(A_REVERSE);
	attron(COLOR_PAIR(pair));
}

/* Text at a position, cut to a width. */
void
screen_put(int row, int column, int width, const char *text)
{
	if (row < LINES && column < COLS && width > 0)
		mvaddnstr(row, column, text,
		    width < COLS - column ? width : COLS - column);
}

/* The same, at the right of the width. */
void
screen_right(int row, int column, int width, const char *text)
{
	char padded[64];

	snprintf(padded, sizeof(padded), "%*s", width, text);
	screen_put(row, column, (int)strlen(padded), padded);
}

/* One character, of several bytes perhaps. */
void
screen_glyph(int row, int column, const char *glyph)
{
	if (row >= 0 && row < LINES && column < COLS)
		mvaddstr(row, column, glyph);
}

static int
has_bars(void)
{
	return LINES >= BARS_LINES;
}

/* Rows from the top of the screen, where high terminals have space between. */
static int
bars_row(void)
{
	int below = CURVES_ROW + curves_rows();

	return below + (LINES > 24 + BARS_ROWS);
}

static int
list_row(void)
{
	return bars_row() + (has_bars() ? BARS_ROWS + 1 : 0);
}

/* The lines of the list that can be seen. */
size_t
screen_page(void)
{
	int lines = LINES - list_row() - 2;

	return lines < 0 ? 0 : (size_t)lines;
}

static void
draw_bars(int column, int width, const char *title, const struct bar *bars,
    size_t n)
{
	double sum = 0;
	char text[16];
	size_t i;
	int row = bars_row(), j, length;

	screen_style(HEADING);
	screen_put(row, column, width, title);
	for (i = 0; i < n; i++)
		sum += bars[i].packets;
	for (i = 0; i < n && i + 1 < BARS_ROWS; i++) {
		row++;
		if (row >= LINES || column + BAR + 1 >= COLS)
			return;
		screen_style(NORMAL);
		screen_put(row, column, LABEL, bars[i].name);
		snprintf(text, sizeof(text), "%3.0f%%",
		    sum == 0 ? 0 : bars[i].packets / sum * 100);
		screen_put(row, column + LABEL, 4, text);
		screen_style(CURVE);
		length = sum == 0 ?
		    0 :
		    (int)(bars[i].packets / sum * (width - BAR - 1) + 0.5);
		for (j = 0; j < length && column + BAR + j < COLS; j++)
			mvaddstr(row, column + BAR + j, glyphs->levels[LEVELS]);
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
draw_heading(const struct view *v, int row)
{
	char text[64];
	int f, column = 0;

	for (f = 0; f < NFIELDS; f++) {
		screen_style(HEADING);
		if (f == (int)v->sort)
			attron(A_REVERSE);
		screen_right(row, column, field_styles[f].width,
		    field_styles[f].heading);
		column += field_styles[f].width + 1;
	}
	screen_style(HEADING);
	if (v->first == 0)
		strlcpy(text, v->key->name, sizeof(text));
	else
		snprintf(text, sizeof(text), "%s from %zu", v->key->name,
		    v->first + 1);
	screen_put(row, column + 1, COLS, text);
}

static void
draw_line(const struct key *key, const struct top_line *l, int row)
{
	char text[32], name[NAMELEN];
	int f, column = 0;

	for (f = 0; f < NFIELDS; f++) {
		field_format(text, sizeof(text), (enum top_field)f,
		    l->value[f]);
		screen_right(row, column, field_styles[f].width, text);
		column += field_styles[f].width + 1;
	}
	group_name(key, &l->item, name, sizeof(name));
	screen_put(row, column + 1, COLS, name);
}

/* Scrolls no further than to the last line. */
static void
draw_list(struct view *v)
{
	size_t i, page = screen_page();
	size_t most = v->nlines > page ? v->nlines - page : 0;
	int row = list_row();

	if (v->first > most)
		v->first = most;
	draw_heading(v, row);
	screen_style(NORMAL);
	for (i = v->first; i < v->nlines && i < v->first + page; i++)
		draw_line(v->key, &v->lines[i], ++row);
}

/* The end of the interval; of a recording with the day. */
static void
clock_format(char *buf, size_t size, uint64_t ns)
{
	time_t t = (time_t)(ns / 1000000000), now = time(NULL);
	int old = t < now - DAY || t > now + DAY;

	strftime(buf, size, old ? "%Y-%m-%d %H:%M:%S" : "%H:%M:%S",
	    localtime(&t));
}

static void
draw_head(const struct view *v)
{
	char text[512], clock[32];

	clock_format(clock, sizeof(clock), v->time);
	snprintf(text, sizeof(text), "%s  %s  %llu %ss%s%s", getprogname(),
	    clock, (unsigned long long)v->items, v->key->name,
	    v->filter[0] == '\0' ? "" : "  filter: ", v->filter);
	screen_style(HEADING);
	screen_put(0, 0, COLS, text);
	if (v->forgotten != 0) {
		snprintf(text, sizeof(text), "  %llu forgotten",
		    (unsigned long long)v->forgotten);
		screen_style(WARNING);
		screen_put(0, getcurx(stdscr), COLS, text);
	}
	if (v->frozen || v->ended) {
		screen_style(WARNING);
		screen_put(0, COLS - 8, 8, v->frozen ? " frozen " : "  ended ");
	}
}

static void
draw_foot(const struct view *v)
{
	char text[512];

	screen_style(NORMAL);
	move(LINES - 1, 0);
	clrtoeol();
	if (v->prompt != NULL) {
		snprintf(text, sizeof(text), "filter: %s_", v->prompt);
		screen_put(LINES - 1, 0, COLS, text);
	} else if (v->message[0] != '\0') {
		screen_style(WARNING);
		screen_put(LINES - 1, 0, COLS, v->message);
	} else
		screen_put(LINES - 1, 0, COLS,
		    v->help ? "any key: back   q quit" :
			      "h help   q quit   b p B P r t sort   k key   "
			      "f filter   space freeze");
}

static void
draw_all_bars(const struct view *v)
{
	int third = COLS / 3;

	draw_bars(0, third - 1, "protocol", v->protocols, v->nprotocols);
	draw_bars(third, third - 1, "direction", v->directions, v->ndirections);
	draw_bars(2 * third, third, "size", v->sizes, v->nsizes);
}

void
screen_draw(struct view *v)
{
	if (!is_open)
		return;
	erase();
	draw_head(v);
	if (v->help)
		help_draw(v);
	else {
		curves_draw(v, CURVES_ROW);
		if (has_bars())
			draw_all_bars(v);
		draw_list(v);
	}
	draw_foot(v);
	screen_style(NORMAL);
	refresh();
}
