/* SPDX-License-Identifier: ISC */

/*
 * hostile KIND SEED BYTES [FILE]: writes at least BYTES bytes of hostile
 * input, the same for the same seed.  "random" is noise; the others are
 * mutations of FILE: "frames" keeps the bounds of frames, "inject" makes
 * inject frames of them, "lines" keeps the bounds of lines, "bytes" keeps
 * nothing.
 */

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE 1024      /* bytes mutated together without bounds */
#define ITEMS (1 << 16) /* of a file */
#define FILEMAX (1 << 24)
#define LONGMAX (1024 * 1024) /* packet in a frame */
#define FIXED 12              /* bytes of a frame's header up to the lengths */

static uint8_t file[FILEMAX], item[256 + LONGMAX];
static struct {
	size_t at, len;
} items[ITEMS];
static size_t nitems;
static uint64_t state;

/* Sebastiano Vigna's splitmix64 */
static uint64_t
draw(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static size_t
below(size_t n)
{
	return n == 0 ? 0 : (size_t)(draw() % n);
}

static void
noise(uint8_t *p, size_t n)
{
	uint64_t v;

	for (; n >= sizeof(v); p += sizeof(v), n -= sizeof(v)) {
		v = draw();
		memcpy(p, &v, sizeof(v));
	}
	v = draw();
	memcpy(p, &v, n);
}

static size_t
flip(uint8_t *p, size_t len, size_t at)
{
	p[at] ^= (uint8_t)(1 << below(8));
	return len;
}

static size_t
extreme(uint8_t *p, size_t len, size_t at)
{
	static const uint8_t values[] = { 0, 1, 0x7f, 0x80, 0xfe, 0xff };

	memset(p + at, values[below(sizeof(values))],
	    1 + below(len - at < 4 ? len - at : 4));
	return len;
}

static size_t
scramble(uint8_t *p, size_t len, size_t at)
{
	noise(p + at, 1 + below(len - at));
	return len;
}

static size_t
cut(uint8_t *p, size_t len, size_t at)
{
	size_t n = 1 + below(len - at);

	memmove(p + at, p + at + n, len - at - n);
	return len - n;
}

static size_t
repeat(uint8_t *p, size_t len, size_t at)
{
	size_t n = 1 + below(len - at);

	if (len + n > LONGMAX)
		return len;
	memmove(p + at + n, p + at, len - at);
	return len + n;
}

static size_t
lengthen(uint8_t *p, size_t len, size_t at)
{
	size_t n = below(8192) == 0 ? below(LONGMAX - len) : below(64);

	(void)at;
	if (len + n > LONGMAX)
		return len;
	noise(p + len, n);
	return len + n;
}

/* Mutates mostly the first 64 bytes, the headers.  Returns the new length. */
static size_t
damage(uint8_t *p, size_t len)
{
	static size_t (*const ways[])(uint8_t *, size_t, size_t) = { flip, flip,
		extreme, extreme, scramble, cut, repeat, lengthen };
	size_t at;

	while (len > 0 && below(4) != 0) {
		at = below(below(2) == 0 && len > 64 ? 64 : len);
		len = ways[below(sizeof(ways) / sizeof(ways[0]))](p, len, at);
	}
	return len;
}

static size_t
get16(const uint8_t *p)
{
	return (size_t)p[0] << 8 | p[1];
}

static void
put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static size_t
hurt_frame(uint8_t *p, size_t len)
{
	size_t hdrlen = get16(p + 6), caplen;

	if (below(4) == 0)
		flip(p, len, FIXED + below(hdrlen - FIXED));
	if (below(64) == 0)
		p[5] = (uint8_t)draw();
	caplen = damage(p + hdrlen, len - hdrlen);
	put16(p + 8, caplen >> 16);
	put16(p + 10, caplen);
	return hdrlen + caplen;
}

static size_t
hurt_inject(uint8_t *p, size_t len)
{
	len = hurt_frame(p, len);
	p[5] = 3;
	return len;
}

static size_t
hurt_line(uint8_t *p, size_t len)
{
	len = damage(p, len - 1);
	p[len] = '\n';
	return len + 1;
}

static size_t
noise_only(uint8_t *p, size_t len)
{
	noise(p, len);
	return len;
}

static size_t
frame_length(const uint8_t *p, size_t left)
{
	size_t len;

	if (left < 12)
		errx(1, "no frame");
	len = get16(p + 6) + (get16(p + 8) << 16 | get16(p + 10));
	if (get16(p + 6) <= FIXED || len > left)
		errx(1, "no frame");
	return len;
}

static size_t
line_length(const uint8_t *p, size_t left)
{
	const uint8_t *end = memchr(p, '\n', left);

	if (end == NULL)
		errx(1, "no line");
	return (size_t)(end - p) + 1;
}

static size_t
piece_length(const uint8_t *p, size_t left)
{
	(void)p;
	return left < PIECE ? left : PIECE;
}

static const struct hostile_kind {
	const char *name;
	size_t (*length)(const uint8_t *, size_t);
	size_t (*hurt)(uint8_t *, size_t);
	int in_order; /* items in the order of the file */
} kinds[] = {
	{ "frames", frame_length, hurt_frame, 0 },
	{ "inject", frame_length, hurt_inject, 0 },
	{ "lines", line_length, hurt_line, 0 },
	{ "bytes", piece_length, damage, 1 },
	{ "random", piece_length, noise_only, 0 },
};

static const struct hostile_kind *
kind_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	errx(2, "%s: no such kind", name);
}

static void
load(const struct hostile_kind *kind, const char *name)
{
	size_t at = 0, len = PIECE;
	FILE *f;

	if (name != NULL) {
		if ((f = fopen(name, "r")) == NULL)
			err(1, "%s", name);
		len = fread(file, 1, sizeof(file), f);
		fclose(f);
	}
	for (; at < len && nitems < ITEMS; nitems++) {
		items[nitems].at = at;
		items[nitems].len = kind->length(file + at, len - at);
		at += items[nitems].len;
	}
	if (nitems == 0)
		errx(1, "%s: empty", name);
}

int
main(int argc, char *argv[])
{
	const struct hostile_kind *kind;
	uint64_t bytes, i;
	size_t k, len;

	if (argc < 4 || argc > 5)
		errx(2, "usage: hostile kind seed bytes [file]");
	kind = kind_find(argv[1]);
	state = strtoull(argv[2], NULL, 0);
	bytes = strtoull(argv[3], NULL, 0);
	load(kind, argv[4]);
	for (i = 0; bytes > 0; i++) {
		k = kind->in_order ? (size_t)(i % nitems) : below(nitems);
		len = items[k].len;
		memcpy(item, file + items[k].at, len);
		if (!kind->in_order || below(4) == 0)
			len = kind->hurt(item, len);
		if (fwrite(item, 1, len, stdout) != len)
			err(1, "stdout");
		bytes -= len < bytes ? len : bytes;
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
