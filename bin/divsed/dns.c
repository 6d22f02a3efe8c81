/* SPDX-License-Identifier: ISC */

/*
 * A: rewrites the answers of DNS messages (RFC 1035), over UDP or, with a
 * length before each message, over TCP (RFC 7766).  The library does the
 * rewriting; here are the command and the messages of a payload.
 */

#include <sys/types.h>
#include <netinet/in.h>

#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "divsed.h"

#define PREFIX 2 /* bytes of the length before a message in TCP */

struct answer {
	struct div_dns *rule;
	uint64_t messages[DIV_DNS_NOUTCOMES];
	uint64_t cut; /* packets that end inside a message */
};

static uint8_t message[DIV_DNS_MAX]; /* the new one */
static int nrules;

static char *
take_field(struct source *src, int delim)
{
	FILE *out;
	char *text;
	size_t len;
	int c;

	out = text_open(&text, &len);
	while ((c = next_until(src, delim)) != delim) {
		if (c == '\\' && peek(src) == delim)
			c = next(src);
		putc(c, out);
	}
	text_close(out, &text);
	return text;
}

/* The script from start to the current position. */
static char *
copy_from(const struct source *src, size_t start)
{
	char *text;

	if ((text = strndup(src->text + start, src->pos - start)) == NULL)
		err(1, NULL);
	return text;
}

static char *
take_ttl(struct source *src)
{
	size_t start = src->pos;

	while (peek(src) != END && isalnum(peek(src)))
		src->pos++;
	return copy_from(src, start);
}

void
parse_A(struct source *src, struct sed_command *c)
{
	struct answer *a;
	char *field[4], why[DIV_ERRLEN];
	struct sed_list *list = NULL;
	enum div_dns_field i, bad;
	size_t at[4];
	int delim, bare = 0;

	src->what = "A command";
	delim = parse_delimiter(src);
	for (i = DIV_DNS_GLOB; i <= DIV_DNS_TTL; i++) {
		at[i] = src->pos;
		if (bare)
			field[i] = copy_from(src, src->pos);
		else if (i == DIV_DNS_TTL)
			field[i] = take_ttl(src);
		else
			field[i] = take_field(src, delim);
		bare = bare ||
		    (i == DIV_DNS_TYPE && !div_dns_takes_value(field[i]));
	}
	if ((c->arg = a = calloc(1, sizeof(*a))) == NULL)
		err(1, NULL);
	if (field[DIV_DNS_GLOB][0] == '<')
		list = list_open(src, at[DIV_DNS_GLOB],
		    field[DIV_DNS_GLOB] + 1);
	a->rule = div_dns_new((const char *const *)field,
	    list != NULL ? list->names : NULL, &bad, why);
	if (a->rule == NULL)
		fail(src, at[bad], "%s", why);
	if (list != NULL)
		list->rule = a->rule;
	for (i = DIV_DNS_GLOB; i <= DIV_DNS_TTL; i++)
		free(field[i]);
	nrules++;
}

/* -S: joins the segments of each message. */
void
search_A(struct div_run *run)
{
	const struct div_frame *f = &run->frame[0];
	struct div_packet p;
	size_t at, len;

	if (nrules == 0 || div_packet_parse(&p, f->packet, f->caplen) == -1 ||
	    p.sport != DIV_DNS_PORT)
		return;
	for (at = 0; at < run->len; at += len) {
		len = div_dns_length(run->payload + at, run->len - at);
		div_run_join(run, at, at + len);
	}
}

/*
 * Copies the bytes from done to at, and appends the new message of len bytes, if
 * there is one.
 */
static int
replace_message(struct space *sp, size_t done, size_t at, size_t prefix,
    size_t len)
{
	uint8_t p[PREFIX] = { (uint8_t)(len >> 8), (uint8_t)len };

	if (space_append(sp, sp->payload + done, at - done) == -1)
		return -1;
	if (len == 0)
		return 0;
	if (space_append(sp, p, prefix) == -1)
		return -1;
	return space_append(sp, message, len);
}

/* The rest of the payload, behind the last message that was replaced. */
static enum outcome
finish_payload(struct sed_command *c, struct space *sp, size_t done)
{
	if (done == 0)
		return NEXT;
	if (space_append(sp, sp->payload + done, sp->len - done) == -1)
		return UNTOUCHED;
	space_commit(sp);
	c->edited++;
	return NEXT;
}

/* A TCP payload may hold several messages, the last of them cut. */
static enum outcome
edit_messages(struct sed_command *c, struct space *sp, size_t prefix)
{
	struct answer *a = c->arg;
	enum div_dns_outcome what = DIV_DNS_NONE;
	size_t at, len, newlen, done = 0;
	int fits = 0;

	for (at = 0; at < sp->len; at += len) {
		len = sp->len - at;
		if (prefix != 0)
			len = div_dns_length(sp->payload + at, len);
		if (len > sp->len - at) {
			a->cut++;
			break;
		}
		newlen = 0;
		what = div_dns_edit(a->rule, sp->payload + at + prefix,
		    len - prefix, prefix == 0, message, &newlen);
		a->messages[what]++;
		fits |= what != DIV_DNS_NONE && what != DIV_DNS_MALFORMED;
		if (what != DIV_DNS_EDITED && what != DIV_DNS_DROPPED)
			continue;
		if (replace_message(sp, done, at, prefix, newlen) == -1)
			return UNTOUCHED;
		done = at + len;
	}
	c->matched += (uint64_t)fits;
	if (prefix == 0 && what == DIV_DNS_DROPPED)
		return DELETE;
	return finish_payload(c, sp, done);
}

enum outcome
exec_A(struct sed_command *c, struct space *sp)
{
	if (sp->parsed.sport != DIV_DNS_PORT || !space_editable(sp))
		return NEXT;
	return edit_messages(c, sp,
	    sp->parsed.proto == IPPROTO_UDP ? 0 : PREFIX);
}

/* Counts messages that may match, and were not edited. */
void
report_A(const struct sed_command *c)
{
	static const struct {
		enum div_dns_outcome what;
		const char *text;
	} rows[] = {
		{ DIV_DNS_MALFORMED, "malformed" },
		{ DIV_DNS_SIGNED, "signed" },
		{ DIV_DNS_TOOLONG, "too long" },
		{ DIV_DNS_DROPPED, "dropped" },
	};
	const struct answer *a = c->arg;
	uint64_t n;
	size_t i;

	if (c->verb->exec != exec_A)
		return;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if ((n = a->messages[rows[i].what]) != 0)
			fprintf(stderr, ", %llu %s", (unsigned long long)n,
			    rows[i].text);
	if (a->cut != 0)
		fprintf(stderr, ", %llu cut by segments",
		    (unsigned long long)a->cut);
}
