/* SPDX-License-Identifier: ISC */

/* Files of named patterns: name<TAB>regex[<TAB>expression] */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "divmark.h"

struct patterns {
	char *text; /* of the file */
	struct pattern *v;
	size_t n, size;
	struct prefilter *pre;
};

/* Takes what comes before the next of stop; *rest is NULL after the last. */
static char *
cut(char **rest, const char *stop)
{
	char *field = *rest;
	size_t n = strcspn(field, stop);

	*rest = field[n] == '\0' ? NULL : field + n + 1;
	field[n] = '\0';
	return field;
}

static struct pattern *
append(struct patterns *p)
{
	struct pattern *v;

	if (p->n == p->size) {
		p->size = p->size == 0 ? 64 : 2 * p->size;
		v = reallocarray(p->v, p->size, sizeof(*v));
		if (v == NULL)
			return NULL;
		p->v = v;
	}
	v = &p->v[p->n++];
	memset(v, 0, sizeof(*v));
	return v;
}

/* Compiles a line; NULL, or what is wrong at *at. */
static const char *
parse_line(struct pattern *v, char *line, const char **at, char why[DIV_ERRLEN])
{
	char *rest = line;
	size_t where;

	v->name = cut(&rest, "\t");
	*at = v->name;
	if (*v->name == '\0')
		return "a name is missing";
	if (rest == NULL)
		return "a tab and a regular expression are missing";
	*at = v->regex = cut(&rest, "\t");
	v->re = div_regex_new(v->regex, strlen(v->regex), 0, &where, why);
	*at += where;
	if (v->re == NULL)
		return why;
	if (rest == NULL)
		return NULL;
	*at = rest;
	if (strchr(rest, '\t') != NULL)
		return "a tab too many";
	if ((v->filter = div_filter_new(rest, why)) == NULL)
		return why;
	return NULL;
}

static int
parse(struct patterns *p, const char *file, char *err)
{
	char *rest = p->text, *line, whybuf[DIV_ERRLEN];
	const char *at, *why;
	struct pattern *v;
	size_t n, len;

	for (n = 1; rest != NULL; n++) {
		line = cut(&rest, "\n");
		len = strlen(line);
		if (len > 0 && line[len - 1] == '\r')
			line[len - 1] = '\0';
		if (*line == '\0' || *line == '#')
			continue;
		at = line;
		if ((v = append(p)) == NULL)
			why = strerror(errno);
		else
			why = parse_line(v, line, &at, whybuf);
		if (v == NULL || why != NULL) {
			list_error(err, file, n, (size_t)(at - line) + 1, why);
			return -1;
		}
		v->line = n;
	}
	return 0;
}

/*
 * Compiles the text of a file, which ends with a NUL and becomes the patterns'.
 * NULL with a message in err, of LIST_ERRLEN bytes.
 */
struct patterns *
patterns_new(const char *file, char *text, char *err)
{
	struct patterns *p;

	if ((p = calloc(1, sizeof(*p))) == NULL) {
		free(text);
		snprintf(err, LIST_ERRLEN, "%s: %s", file, strerror(errno));
		return NULL;
	}
	p->text = text;
	if (parse(p, file, err) == 0) {
		if ((p->pre = prefilter_new(p->v, p->n)) != NULL)
			return p;
		snprintf(err, LIST_ERRLEN, "%s: cannot compile all at once",
		    file);
	}
	patterns_free(p);
	return NULL;
}

/* The first in the file that matches, or NULL. */
const struct pattern *
patterns_find(const struct patterns *p, const struct div_frame *f,
    const uint8_t *data, size_t len)
{
	const struct pattern *v;
	const unsigned int *ids;
	size_t i, n;

	n = prefilter_scan(p->pre, data, len, &ids);
	for (i = 0; i < n; i++) {
		v = &p->v[ids[i]];
		if (v->filter != NULL && !div_filter_match(v->filter, f))
			continue;
		if (payload_matches(v->re, data, len))
			return v;
	}
	return NULL;
}

/* What a pattern may yet begin at the end waits for the next segment. */
void
patterns_look(const struct patterns *p, struct div_span *span)
{
	const struct pattern *v;
	const unsigned int *ids;
	size_t i, n;

	n = prefilter_scan(p->pre, span->payload, span->len, &ids);
	for (i = 0; i < n; i++) {
		v = &p->v[ids[i]];
		if (v->filter == NULL ||
		    div_filter_match(v->filter, &span->frame[span->n - 1]))
			div_span_look(span, v->re);
	}
	if (prefilter_reach == 0 || p->n == 0)
		return;
	div_span_join(span,
	    span->len > prefilter_reach ? span->len - prefilter_reach : 0,
	    SIZE_MAX);
}

void
patterns_free(struct patterns *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->n; i++) {
		div_regex_free(p->v[i].re);
		div_filter_free(p->v[i].filter);
	}
	prefilter_free(p->pre);
	free(p->v);
	free(p->text);
	free(p);
}
