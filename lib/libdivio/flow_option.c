/* SPDX-License-Identifier: ISC */

/* TCP options: what connections agreed on, and what numbers they hold. */

#include <string.h>

#include "flow_table.h"

enum option {
	NOP = 1,
	MSS = 2,
	WSCALE = 3,
	SACK_OK = 4,
	SACK = 5,
	TIMES = 8,
	MD5 = 19,
	AO = 29
};

/* The option of this kind, and its length; NULL if there is none. */
static uint8_t *
find(const struct segment *s, enum option kind, size_t *len)
{
	size_t at;

	at = tcp_option(s->tcp, TCP_HDRLEN + options_len(s), (uint8_t)kind,
	    len);
	return at == 0 ? NULL : s->tcp + at;
}

/* What only the handshake says. */
void
options_syn(const struct segment *s, struct half *h)
{
	const uint8_t *p;
	size_t len;

	p = find(s, WSCALE, &len);
	h->wscale = WSCALE_NONE;
	if (p != NULL && len == 3)
		h->wscale = p[2] < WSCALE_MAX ? p[2] : WSCALE_MAX;
	h->sack = find(s, SACK_OK, &len) != NULL;
	p = find(s, MSS, &len);
	h->offer = p == NULL || len != 4 ? 0 : get16(p + 2);
}

int
options_signed(const struct segment *s)
{
	size_t len;

	return find(s, MD5, &len) != NULL || find(s, AO, &len) != NULL;
}

/* Its timestamps: when it was sent, and what it answers; or NULL. */
static uint8_t *
times(const struct segment *s)
{
	size_t len;
	uint8_t *p = find(s, TIMES, &len);

	return p == NULL || len != 10 ? NULL : p + 2;
}

/* The newest times that an end sent. */
void
options_times(const struct segment *s, struct half *h)
{
	const uint8_t *p = times(s);

	if (p == NULL || (h->ts && seq_before(get32(p), h->tsval)))
		return;
	h->ts = 1;
	h->tsval = get32(p);
}

/* Makes a segment as young as the newest. */
void
options_renew(const struct segment *s, uint32_t val)
{
	uint8_t *p = times(s);

	if (p != NULL)
		put32(p, val);
}

/* Makes it answer the newest segment of the other end. */
void
options_echo(const struct segment *s, uint32_t val)
{
	uint8_t *p = times(s);

	if (p != NULL)
		put32(p + 4, val);
}

/*
 * Translates the blocks that a segment selectively acknowledges of what h sent,
 * and leaves them as they were in sack; of those that hold no whole piece, or
 * that we have acknowledged already, nothing is said.  Returns how many are left.
 */
int
options_sack(const struct segment *s, const struct half *h, struct sack *sack)
{
	int ahead = flow_ahead(h);
	uint32_t left, right;
	size_t len, in, out = 2;
	uint8_t *p;

	sack->n = 0;
	if ((p = find(s, SACK, &len)) == NULL)
		return 0;
	for (in = 2; in + 8 <= len; in += 8) {
		left = get32(p + in);
		right = get32(p + in + 4);
		if (sack->n < SACK_MOST) {
			sack->left[sack->n] = left;
			sack->right[sack->n++] = right;
		}
		seqmap_block(&h->map, &left, &right);
		if (ahead && seq_before(left, h->told))
			left = h->told;
		if (!seq_before(left, right))
			continue;
		put32(p + out, left);
		put32(p + out + 4, right);
		out += 8;
	}
	if (out == 2)
		memset(p, NOP, len);
	else {
		p[1] = (uint8_t)out;
		memset(p + out, NOP, len - out);
	}
	return (int)((out - 2) / 8);
}
