/* SPDX-License-Identifier: ISC */

/* Where the alerts of -l and -j go. */

#include <sys/uio.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "divmark.h"
#include "opener.h"
#include "tool.h"

#define NSEC 1000000000

static int log_lines, matched_bytes;

static struct {
	const char *name; /* or NULL */
	int number;       /* of the opener's */
	int fd;
	int torn; /* ends within a line */
	int said; /* that it takes no more */
} eve = { .fd = -1 };

static int
eve_open(void)
{
	return opener_open(eve.number);
}

void
alert_open(int lines, const char *file, int bytes)
{
	log_lines = lines;
	matched_bytes = bytes;
	if (lines)
		setvbuf(stderr, NULL, _IOLBF, 0);
	if ((eve.name = file) == NULL)
		return;
	if (strcmp(file, "-") == 0)
		errx(TOOL_USAGE, "-j -: frames go to standard output");
	/* or a device is opened later */
	json_object_seed((size_t)arc4random() | 1);
	eve.number = opener_add(file, O_WRONLY | O_CREAT | O_APPEND);
	if ((eve.fd = eve_open()) == -1)
		err(1, "%s", file);
}

/* After the file has been moved away, as logs are. */
void
alert_reopen(void)
{
	int fd;

	if (eve.name == NULL)
		return;
	if ((fd = eve_open()) == -1) {
		warn("%s: still writing to the old one", eve.name);
		return;
	}
	close(eve.fd);
	eve.fd = fd;
	eve.torn = eve.said = 0;
}

/* Traffic does not depend on it. */
static void
eve_write(char *line)
{
	struct iovec iov[] = {
		{ "\n", eve.torn ? 1 : 0 },
		{ line, strlen(line) },
		{ "\n", 1 },
	};
	size_t size = iov[0].iov_len + iov[1].iov_len + iov[2].iov_len;
	ssize_t n;

	while ((n = writev(eve.fd, iov, 3)) == -1 && errno == EINTR)
		;
	if (n == (ssize_t)size) {
		eve.torn = 0;
		return;
	}
	if (n > 0)
		eve.torn = 1;
	if (!eve.said++)
		warnc(n == -1 ? errno : ENOSPC, "%s: alerts are lost",
		    eve.name);
}

/* Hostile bytes, fit for a terminal and for a field between tabs. */
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
	char columns[DIV_COLUMNSLEN], text[4 * ALERT_TEXT + 1];

	div_frame_columns(f, columns);
	flockfile(stderr); /* lists that are read meanwhile are told of, too */
	fprintf(stderr, "%" PRIu64 ".%09" PRIu64 "\t%s\t%s", f->time / NSEC,
	    f->time % NSEC, columns, alert_escape(m->name, m->namelen, text));
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
	eve_write(line);
	free(line);
}
