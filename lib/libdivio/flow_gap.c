/* SPDX-License-Identifier: ISC */

/* What a sender is told of gaps, and of what came behind them. */

#include "flow_table.h"

/* Adds a block before the others, of which the last one may be forgotten. */
static void
remember(struct sack *old, uint32_t left, uint32_t right)
{
	unsigned int i;

	old->n += old->n < SACK_TIMES;
	for (i = old->n - 1; i > 0; i--) {
		old->left[i] = old->left[i - 1];
		old->right[i] = old->right[i - 1];
	}
	old->left[0] = left;
	old->right[0] = right;
}

/* What was told before may have been lost: there is room to say it again. */
static void
repeat(struct sack *sack, const struct sack *old)
{
	unsigned int i;

	for (i = 0; i < old->n && sack->n < SACK_TIMES; i++) {
		sack->left[sack->n] = old->left[i];
		sack->right[sack->n++] = old->right[i];
	}
}

/* The block that begins with a segment; returns the one behind it, or NULL. */
static struct held *
take_block(struct held *hd, uint32_t *left, uint32_t *right, int *fresh)
{
	*left = hd->seq;
	*right = hd->end;
	*fresh = 0;
	for (; hd != NULL && !seq_before(*right, hd->seq);
	     hd = TAILQ_NEXT(hd, entry)) {
		if (seq_before(*right, hd->end))
			*right = hd->end;
		*fresh |= hd->fresh;
		hd->fresh = 0;
	}
	return hd;
}

/* Tells the sender of all blocks that hold what came since it was last told. */
static int
tell_blocks(struct flows *fs, struct flow *flow, int side)
{
	struct half *h = &flow->half[side];
	struct held *hd = TAILQ_FIRST(&h->held);
	struct sack sack = { .n = 0 }, old = { .n = 0 };
	uint32_t left, right;
	int fresh;

	while (hd != NULL) {
		hd = take_block(hd, &left, &right, &fresh);
		if (fresh) {
			sack.left[sack.n] = left;
			sack.right[sack.n++] = right;
		} else
			remember(&old, left, right);
		if (hd == NULL && sack.n > 0)
			repeat(&sack, &old);
		if (sack.n < SACK_TIMES && (hd != NULL || sack.n == 0))
			continue;
		if (flow_ack(fs, flow, side, h->told, &sack) == -1)
			return -1;
		sack.n = 0;
	}
	return 0;
}

/* Tells the sender of segments that wait what it would hear if they had come. */
int
flow_tell_held(struct flows *fs, struct flow *flow, int side)
{
	struct half *h = &flow->half[side];
	uint32_t fresh = h->fresh;
	int told;

	h->fresh = 0;
	if (fresh == 0 || !h->acked)
		return 0;
	told = flow_promise_all(fs, flow, side);
	if (TAILQ_EMPTY(&h->held))
		return told ? flow_ack(fs, flow, side, h->told, NULL) : 0;
	if (h->sack && flow->half[!side].sack)
		return tell_blocks(fs, flow, side);
	while (fresh-- > 0)
		if (flow_ack(fs, flow, side, h->told, NULL) == -1)
			return -1;
	return 0;
}

/* One report does for all that comes at once. */
int
flow_tell_soon(struct flows *fs, struct flow *flow, int side)
{
	if (!fs->ops->gather)
		return flow_tell_held(fs, flow, side);
	if (flow->half[side].fresh > 0)
		flow_defer(fs, flow);
	return 0;
}
