/* SPDX-License-Identifier: ISC */

/* What keys do. */

#include <curses.h>
#include <string.h>

#include "divtop.h"

#define ESCAPE 27
#define CTRL_U 21

static char typed[sizeof(((struct view *)NULL)->filter)];
static int wrong; /* what was typed, and is to be mended */

static const struct {
	int key;
	int lines, pages;
} scrolls[] = {
	{ KEY_UP, -1, 0 },
	{ KEY_DOWN, 1, 0 },
	{ KEY_PPAGE, 0, -1 },
	{ KEY_NPAGE, 0, 1 },
	{ KEY_HOME, -NLINES, 0 },
	{ KEY_END, NLINES, 0 },
};

/* A key while an expression is typed. */
static void
prompt_key(struct view *v, int key)
{
	size_t n = strlen(typed);

	if (key == '\r' || key == ESCAPE) {
		v->prompt = NULL;
		if (key == '\r')
			wrong = top_filter(typed) == -1;
	} else if (key == CTRL_U)
		typed[0] = '\0';
	else if (key == 127 && n > 0)
		typed[n - 1] = '\0';
	else if (key >= ' ' && key < 127 && n + 1 < sizeof(typed)) {
		typed[n] = (char)key;
		typed[n + 1] = '\0';
	}
}

/* The screen keeps it from going beyond the last line. */
static void
scroll_by(struct view *v, int lines)
{
	int first = (int)v->first + lines;

	v->first = first < 0 ? 0 : (size_t)first;
}

static void
other_key(struct view *v, int key)
{
	size_t i;

	for (i = 0; i < NFIELDS; i++)
		if (field_styles[i].key == key)
			view_sort(v, (enum top_field)i);
	for (i = 0; i < sizeof(scrolls) / sizeof(scrolls[0]); i++)
		if (scrolls[i].key == key)
			scroll_by(v,
			    scrolls[i].lines +
				scrolls[i].pages * (int)screen_page());
}

/* Lists by the next key, or the one before, in a circle. */
static void
change_key(const struct view *v, int back)
{
	size_t n = 0, at = 0;

	for (; key_at(n) != NULL; n++)
		if (key_at(n) == v->key)
			at = n;
	top_key(key_at((at + (back ? n - 1 : 1)) % n));
}

static void
command_key(struct view *v, int key)
{
	v->message[0] = '\0';
	switch (key) {
	case ' ':
		v->frozen = !v->frozen;
		break;
	case 'f':
	case '/':
		if (!wrong)
			strlcpy(typed, v->filter, sizeof(typed));
		v->prompt = typed;
		break;
	case 'h':
	case '?':
		v->help = 1;
		break;
	case 'k':
	case 'K':
		change_key(v, key == 'K');
		break;
	case 'n':
		if (names_toggle() == -1)
			strlcpy(v->message, "no names: see -r",
			    sizeof(v->message));
		break;
	default:
		other_key(v, key);
	}
}

/* Handles the keys that were typed: 1 if it is to quit. */
int
keyboard_read(struct view *v)
{
	int key, any = 0;

	while ((key = screen_key()) != -1) {
		any = 1;
		if (key == 0) /* the terminal has another size */
			continue;
		if (v->prompt != NULL)
			prompt_key(v, key);
		else if (key == 'q')
			return 1;
		else if (v->help)
			v->help = 0;
		else
			command_key(v, key);
	}
	if (any)
		screen_draw(v);
	return 0;
}
