/* SPDX-License-Identifier: ISC */

/*
 * -P: links by name.  Rates and half of the round trips are those of
 * WebPageTest's settings (connectivity.ini.sample); the manual page has the
 * sources of the others.
 */

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "divdelay.h"
#include "tool.h"

#define UP "-up" /* behind the name: the direction from the user */

static const struct profile {
	const char *name;
	const char *down, *up; /* -r */
	const char *delay;     /* -d */
	const char *dist;      /* -D */
	const char *damage;    /* -c, with -C */
} profiles[] = {
	{ "2g", "280kbit", "256kbit", "400ms", NULL, NULL },
	{ "3g", "1600kbit", "768kbit", "150ms", NULL, NULL },
	{ "3g-fast", "1600kbit", "768kbit", "75ms", NULL, NULL },
	{ "3g-slow", "400kbit", "400kbit", "200ms", NULL, NULL },
	{ "4g", "9mbit", "9mbit", "85ms", NULL, NULL },
	{ "cable", "5mbit", "1mbit", "14ms", NULL, NULL },
	{ "dial", "49kbit", "30kbit", "60ms", NULL, NULL },
	{ "dsl", "1500kbit", "384kbit", "25ms", NULL, NULL },
	{ "edge", "240kbit", "200kbit", "420ms", NULL, NULL },
	{ "fios", "20mbit", "5mbit", "2ms", NULL, NULL },
	{ "lossy", "30mbit", "15mbit", "10ms,5ms", "paretonormal", "2%" },
	{ "lte", "12mbit", "12mbit", "35ms", NULL, NULL },
	{ "sat", "1mbit", "256kbit", "300ms,5ms", "normal", NULL },
	{ "wifi", "30mbit", "15mbit", "2ms,1ms", "paretonormal", NULL },
};

#define NPROFILES (sizeof(profiles) / sizeof(profiles[0]))

static __attribute__((__noreturn__)) void
fail(const char *name)
{
	char names[256] = "";
	size_t i;

	for (i = 0; i < NPROFILES; i++) {
		strlcat(names, i == 0 ? "" : ", ", sizeof(names));
		strlcat(names, profiles[i].name, sizeof(names));
	}
	errx(TOOL_USAGE,
	    "-P %s: expected one of %s, with " UP " for the way up", name,
	    names);
}

static const struct profile *
find(const char *name, int *up)
{
	size_t i, n;

	for (i = 0; i < NPROFILES; i++) {
		n = strlen(profiles[i].name);
		if (strncmp(name, profiles[i].name, n) != 0)
			continue;
		*up = strcmp(name + n, UP) == 0;
		if (name[n] == '\0' || *up)
			return &profiles[i];
	}
	fail(name);
}

/* Sets what the command line does not: rate and delay. */
void
profile_apply(const char *name, int has_rate, int has_delay)
{
	int up = 0;
	const struct profile *p = find(name, &up);

	if (!has_rate)
		link_parse(up ? p->up : p->down);
	if (!has_delay) {
		delay_parse(p->delay);
		if (p->dist != NULL)
			dist_parse(p->dist);
	}
	if (p->damage != NULL && !corrupt_given()) {
		corrupt_parse(p->damage);
		corrupt_keep();
	}
}
