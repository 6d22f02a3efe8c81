/* SPDX-License-Identifier: ISC */

/* The lists of A: read when the script is, and again on SIGHUP. */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "divsed.h"
#include "privsep.h"
#include "tool.h"

static struct sed_list *lists;
static size_t nlists;

/* The list in a file, for an argument at this place in the script. */
struct sed_list *
list_open(const struct source *src, size_t at, const char *file)
{
	char why[TOOL_LISTERR];
	struct sed_list *l;

	if ((l = calloc(1, sizeof(*l))) == NULL ||
	    (l->file = strdup(file)) == NULL)
		err(1, NULL);
	l->number = privsep_add(l->file, O_RDONLY);
	l->names = tool_names(file, privsep_open(l->number), qflag, why);
	if (l->names == NULL)
		fail(src, at, "%s", why);
	l->next = lists;
	lists = l;
	nlists++;
	return l;
}

static void
free_names(struct div_names **names)
{
	size_t i;

	for (i = 0; i < nlists; i++)
		div_names_free(names[i]);
	free(names);
}

/* All lists, or none: they may belong together. */
static void *
read_again(char why[TOOL_LISTERR])
{
	struct div_names **names;
	const struct sed_list *l;
	size_t i = 0;

	if ((names = calloc(nlists, sizeof(*names))) == NULL) {
		strlcpy(why, strerror(errno), TOOL_LISTERR);
		return NULL;
	}
	for (l = lists; l != NULL; l = l->next) {
		names[i] = tool_names(l->file, privsep_open(l->number), qflag,
		    why);
		if (names[i++] == NULL) {
			free_names(names);
			return NULL;
		}
	}
	return names;
}

static void
install(void *new)
{
	struct div_names **names = new, *old;
	struct sed_list *l;
	size_t i = 0;

	for (l = lists; l != NULL; l = l->next) {
		old = l->names;
		l->names = names[i];
		names[i++] = old;
		div_dns_set_names(l->rule, l->names);
	}
	free_names(names);
}

static void
reload(void)
{
	static const struct tool_reload ops = { read_again, install };

	tool_reload(&ops);
}

/* What SIGHUP does; NULL without a list. */
void (*lists_reload(void))(void)
{
	return lists != NULL ? reload : NULL;
}
