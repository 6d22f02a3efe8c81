/* SPDX-License-Identifier: ISC */

/* Alerts: lines on standard error (-l), and the EVE file (-j). */

#include <err.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "divmark.h"
#include "eve.h"
#include "tool.h"

static int log_lines, matched_bytes;

static struct mark_output eve = { .fd = -1 };

void
alert_open(int lines, const char *file, int bytes)
{
	log_lines = lines;
	matched_bytes = bytes;
	if (lines)
		setvbuf(stderr, NULL, _IOLBF, 0);
	if (file != NULL)
		sha1_init();
	/* jansson would open /dev/urandom in the sandbox */
	json_object_seed((size_t)arc4random() | 1);
	output_open(&eve, 'j', file, "alerts");
}

void
alert_reopen(void)
{
	output_reopen(&eve);
}

/* Whether anybody reads alerts: else their names need not be found. */
int
alert_is_on(void)
{
	return log_lines || eve.fd != -1;
}

/* Escapes bytes for a terminal and for a column between tabs. */
const char *
alert_escape(const void *bytes, size_t len, char out[4 * ALERT_TEXT + 1])
{
	const uint8_t *p = bytes;
	char *end = out;
	size_t i;

	for (i = 0; i < len && i < ALERT_TEXT; i++) {
		if (p[i] >= ' ' && p[i] <= '~' && p[i] != '\\')
			*end++ = (char)p[i];
		else
			end += snprintf(end, 5, "\\x%02x", p[i]);
	}
	*end = '\0';
	return out;
}

static void
put_host(const struct div_hostname *h)
{
	char text[4 * ALERT_TEXT + 1];

	if (h == NULL)
		fputs("\t-", stderr);
	else
		fprintf(stderr, "\t%s%s", h->host,
		    alert_escape(h->path, h->pathlen, text));
}

static void
put_payload(const struct div_packet *p)
{
	char text[4 * ALERT_TEXT + 1];
	size_t i, n;

	fputc('\t', stderr);
	for (i = p->payload; i < p->len; i += n) {
		n = p->len - i < ALERT_TEXT ? p->len - i : ALERT_TEXT;
		fputs(alert_escape(p->data + i, n, text), stderr);
	}
}

static void
put_line(const struct div_frame *f, const struct div_packet *p,
    const struct match *m)
{
	char text[4 * ALERT_TEXT + 1];

	flockfile(stderr); /* the thread of lists.c may print, too */
	tool_log(f);
	fprintf(stderr, "\t%s", alert_escape(m->name, m->namelen, text));
	put_host(m->host);
	if (matched_bytes && p != NULL)
		put_payload(p);
	fputc('\n', stderr);
	funlockfile(stderr);
}

void
alert(const struct div_frame *f, const struct div_packet *p,
    const struct match *m)
{
	char *line;

	if (log_lines)
		put_line(f, p, m);
	if (eve.fd == -1)
		return;
	if ((line = eve_line(f, p, m, matched_bytes)) == NULL)
		err(1, NULL);
	output_write(&eve, line);
	free(line);
}
