/* SPDX-License-Identifier: ISC */

/*
 * The beginning of a stream, whose bytes come in any order, and perhaps twice.  A
 * bit for each byte says whether it is there.
 */

#include <stdlib.h>
#include <string.h>

#include "base/base.h"

#define SIZE_MIN 2048 /* bytes */

int
sparse_has(const struct sparse *b, size_t at)
{
	return at < b->size && (b->data[b->size + at / 8] >> at % 8 & 1);
}

/* Makes room for n bytes; -1 when memory is short. */
static int
grow(struct sparse *b, size_t n)
{
	size_t size = b->size == 0 ? SIZE_MIN : b->size;
	uint8_t *data;

	while (size < n)
		size *= 2;
	if (size == b->size)
		return 0;
	if ((data = calloc(1, size + size / 8)) == NULL)
		return -1;
	if (b->size > 0) {
		memcpy(data, b->data, b->size);
		memcpy(data + size, b->data + b->size, b->size / 8);
	}
	free(b->data);
	b->data = data;
	b->size = size;
	return 0;
}

/*
 * Writes bytes where there are none yet, without noting them.  Returns 1 if others
 * are there that differ, 0 if not, or -1 when memory is short.
 */
int
sparse_write(struct sparse *b, size_t off, const uint8_t *data, size_t len)
{
	int differ = 0;
	size_t i;

	if (grow(b, off + len) == -1)
		return -1;
	for (i = 0; i < len; i++)
		if (!sparse_has(b, off + i))
			b->data[off + i] = data[i];
		else if (b->data[off + i] != data[i])
			differ = 1;
	return differ;
}

/* Bytes that were written are there to stay. */
void
sparse_note(struct sparse *b, size_t off, size_t len)
{
	size_t i;

	for (i = off; i < off + len; i++)
		b->data[b->size + i / 8] |= (uint8_t)(1 << i % 8);
	while (sparse_has(b, b->have))
		b->have++;
}

void
sparse_free(struct sparse *b)
{
	free(b->data);
	memset(b, 0, sizeof(*b));
}
