/* SPDX-License-Identifier: ISC */

/*
 * Compressed input is not read: a decompressor of hostile bytes is better off
 * as a process of its own, in front of this one.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "codec/codec.h"

static const struct compression {
	const char *name, *command;
	const char *magic;
	size_t n; /* bytes of it */
} compressions[] = {
	{ "gzip", "zcat", "\x1f\x8b", 2 },
	{ "bzip2", "bzcat", "BZh", 3 },
	{ "xz", "xzcat", "\3757zXZ", 5 },
	{ "zstd", "zstdcat", "\x28\xb5\x2f\xfd", 4 },
};

#define NCOMPRESSIONS (sizeof(compressions) / sizeof(compressions[0]))

static const struct compression *
find(const uint8_t *p, size_t n)
{
	const struct compression *c = compressions;

	for (; c < compressions + NCOMPRESSIONS; c++)
		if (n >= c->n && memcmp(p, c->magic, c->n) == 0)
			return c;
	return NULL;
}

/* 0; or -1, with the command that reads the input, if it is compressed. */
int
codec_refuse_compressed(struct div_reader *r)
{
	const struct compression *c = find(r->buf + r->rpos, r->wpos - r->rpos);
	int named = r->fd != STDIN_FILENO;

	if (c == NULL)
		return 0;
	snprintf(r->error, sizeof(r->error),
	    "%s: compressed by %s: %s%s%s | divcat", r->name, c->name,
	    c->command, named ? " " : "", named ? r->name : "");
	errno = EPROTONOSUPPORT;
	return -1;
}
