/* SPDX-License-Identifier: ISC */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "divsed.h"

static uint8_t *buffers[2]; /* what payloads are edited into */
static uint64_t packets, edited, dropped;
static uint64_t untouched[DIV_NREASONS];

void
process_init(void)
{
	buffers[0] = malloc(DIV_PACKETMAX);
	buffers[1] = malloc(DIV_PACKETMAX);
	if (buffers[0] == NULL || buffers[1] == NULL)
		err(1, NULL);
}

/*
 * Packets without payload have no pattern space, not an empty one: s/^$/x/
 * would put data into every handshake and acknowledgement.
 */
static void
space_open(struct space *sp, struct div_frame *f)
{
	struct div_packet p;
	enum div_reason why;

	memset(sp, 0, sizeof(*sp));
	sp->frame = f;
	sp->spare = buffers[0];
	if ((why = div_editable(f, &p)) != DIV_OK) {
		untouched[why]++;
		return;
	}
	sp->head = p.payload;
	sp->payload = f->packet + p.payload;
	sp->len = f->caplen - p.payload;
	sp->editable = sp->len > 0;
}

/*
 * A command that changes the payload composes what it becomes in the spare
 * buffer, with room for the headers in front.  -1: the packet would be longer
 * than a frame holds.
 */
int
space_append(struct space *sp, const void *p, size_t n)
{
	uint8_t *end = sp->spare + sp->head + sp->sparelen;

	if (n > DIV_PACKETMAX - sp->head - sp->sparelen) {
		untouched[DIV_REFUSE_TOOLONG]++;
		return -1;
	}
	memcpy(end, p, n);
	sp->sparelen += n;
	return 0;
}

void
space_commit(struct space *sp)
{
	sp->payload = sp->spare + sp->head;
	sp->len = sp->sparelen;
	sp->sparelen = 0;
	sp->spare = sp->spare == buffers[0] ? buffers[1] : buffers[0];
	sp->edited = 1;
}

/* What did not grow goes back to where it was read. */
static void
space_close(struct space *sp)
{
	struct div_frame *f = sp->frame;
	uint8_t *packet = sp->payload - sp->head;

	if (sp->head + sp->len <= f->caplen)
		memcpy(f->packet + sp->head, sp->payload, sp->len);
	else {
		memcpy(packet, f->packet, sp->head);
		f->packet = packet;
	}
	f->caplen = (uint32_t)(sp->head + sp->len);
	edited++;
}

enum outcome
exec_d(struct command *c, struct space *sp)
{
	(void)sp;
	c->matched++;
	return DELETE;
}

enum outcome
command_limited(struct command *c)
{
	char name[256];

	if (c->limited++ == 0 && !qflag) {
		command_name(c, name, sizeof(name));
		warnx("%s: takes too long, packet passed untouched", name);
	}
	return UNTOUCHED;
}

int
process(struct div_writer *w, struct div_frame *f)
{
	struct space sp;
	struct command *c;
	enum outcome outcome = NEXT;

	packets++;
	space_open(&sp, f);
	for (c = script; c != NULL && outcome == NEXT; c = c->next)
		outcome = c->verb->exec(c, &sp);
	if (outcome == DELETE) {
		dropped++;
		return div_writer_drop(w, f);
	}
	if (outcome == NEXT && sp.edited)
		space_close(&sp);
	return div_writer_put(w, f);
}

static void
report_command(const struct command *c)
{
	char name[256];

	command_name(c, name, sizeof(name));
	fprintf(stderr, "%s: %s: ", getprogname(), name);
	if (c->matched == 0)
		fprintf(stderr, "never matched");
	else
		fprintf(stderr, "%llu matched", (unsigned long long)c->matched);
	if (c->edited != 0)
		fprintf(stderr, ", %llu edited", (unsigned long long)c->edited);
	if (c->limited != 0)
		fprintf(stderr, ", %llu took too long",
		    (unsigned long long)c->limited);
	fputc('\n', stderr);
}

void
process_report(void)
{
	const struct command *c;
	int i;

	fprintf(stderr, "%s: %llu packets, %llu edited, %llu dropped\n",
	    getprogname(), (unsigned long long)packets,
	    (unsigned long long)edited, (unsigned long long)dropped);
	for (i = 0; i < DIV_NREASONS; i++)
		if (untouched[i] != 0)
			fprintf(stderr, "%s: %llu passed untouched: %s\n",
			    getprogname(), (unsigned long long)untouched[i],
			    div_reason((enum div_reason)i));
	for (c = script; c != NULL; c = c->next)
		report_command(c);
}
