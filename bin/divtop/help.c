/* SPDX-License-Identifier: ISC */

#include <curses.h>
#include <stdio.h>
#include <string.h>

#include "screen.h"

#define KEYS 10 /* columns, of the names of keys */

static const struct {
	const char *keys, *meaning;
} rows[] = {
	{ "up, down", "scroll; PgUp, PgDn, Home, End" },
	{ "k, K", "list by the next, previous key" },
	{ "f, /", "count what an expression takes" },
	{ "n", "names of addresses, or numbers" },
	{ "space", "freeze the screen, or go on" },
	{ "q", "quit" },
};

static void
line(int row, const char *keys, const char *meaning)
{
	screen_put(row, 0, KEYS - 1, keys);
	screen_put(row, KEYS, COLS, meaning);
}

/* All keys, with the one of the list. */
static void
draw_keys(const struct view *v, int row)
{
	const struct key *key;
	size_t i;
	int column = 0, length;

	for (i = 0; (key = key_at(i)) != NULL; i++) {
		length = (int)strlen(key->name);
		if (column + length > COLS) {
			column = 0;
			row++;
		}
		screen_style(NORMAL);
		if (key == v->key)
			attron(A_REVERSE);
		screen_put(row, column, length, key->name);
		column += length + 2;
	}
}

void
help_draw(const struct view *v)
{
	char text[2] = "", meaning[64];
	size_t i;
	int row = 2;

	screen_style(NORMAL);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		line(row++, rows[i].keys, rows[i].meaning);
	for (i = 0; i < NFIELDS; i++) {
		text[0] = field_styles[i].key;
		snprintf(meaning, sizeof(meaning), "sort by %s",
		    field_styles[i].meaning);
		line(row++, text, meaning);
	}
	draw_keys(v, row + 1);
}
