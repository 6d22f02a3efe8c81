/* SPDX-License-Identifier: ISC */

/* The server name in a TLS ClientHello, RFC 8446 and RFC 6066. */

#include "hostname.h"

#define RECORD_HDRLEN 5
#define RECORD_HANDSHAKE 22
#define CLIENT_HELLO 1
#define EXT_SERVER_NAME 0
#define NAME_HOST 0

/*
 * The handshake message, read across the borders of records.  What goes wrong
 * stays wrong, and reads as 0 from there on.
 */
struct hello {
	const uint8_t *p, *end;
	size_t record; /* bytes left in the record */
	size_t left;   /* and in the message */
	int bad;       /* not a ClientHello */
	size_t want;   /* bytes that are missing */
};

static int
failed(const struct hello *hello)
{
	return hello->bad || hello->want > 0;
}

/* It contradicts itself, unless it already went wrong. */
static void
reject(struct hello *hello)
{
	if (!failed(hello))
		hello->bad = 1;
}

static void
next_record(struct hello *hello)
{
	size_t have = (size_t)(hello->end - hello->p);

	if (have > 0 && hello->p[0] != RECORD_HANDSHAKE)
		reject(hello);
	else if (have > 1 && hello->p[1] != 3)
		reject(hello);
	else if (have < RECORD_HDRLEN)
		hello->want = RECORD_HDRLEN - have;
	else {
		hello->record = get16(hello->p + 3);
		hello->p += RECORD_HDRLEN;
	}
}

/* Of the next n bytes, those that lie in one piece; 0 after an error. */
static size_t
piece(struct hello *hello, size_t n)
{
	size_t have;

	if (n > hello->left)
		reject(hello);
	while (hello->record == 0 && !failed(hello))
		next_record(hello);
	if (failed(hello))
		return 0;
	if (n > hello->record)
		n = hello->record;
	have = (size_t)(hello->end - hello->p);
	if (n > have) {
		hello->want = n - have;
		return 0;
	}
	hello->p += n;
	hello->record -= n;
	hello->left -= n;
	return n;
}

static void
skip(struct hello *hello, size_t n)
{
	while (n > 0 && !failed(hello))
		n -= piece(hello, n);
}

/* A number of n bytes. */
static size_t
take(struct hello *hello, int n)
{
	size_t v = 0;

	while (n-- > 0) {
		if (piece(hello, 1) == 0)
			return 0;
		v = v << 8 | hello->p[-1];
	}
	return v;
}

/* Of a name that is too long for one, the end counts. */
static int
take_name(struct hello *hello, struct div_hostname *h, size_t n)
{
	if (n > HOSTNAME_MAX) {
		skip(hello, n - HOSTNAME_MAX);
		n = HOSTNAME_MAX;
	}
	for (; n > 0 && !failed(hello); n--)
		hostname_put(h, (uint8_t)take(hello, 1));
	return !failed(hello) && hostname_end(h, DIV_BY_TLS);
}

static int
server_name(struct hello *hello, struct div_hostname *h, size_t len)
{
	size_t left = take(hello, 2), type, n;

	if (left + 2 > len)
		reject(hello);
	while (left >= 3 && !failed(hello)) {
		type = take(hello, 1);
		n = take(hello, 2);
		if (n > left - 3)
			reject(hello);
		else if (type == NAME_HOST)
			return take_name(hello, h, n);
		else
			skip(hello, n);
		left -= 3 + n;
	}
	return 0;
}

static int
extensions(struct hello *hello, struct div_hostname *h)
{
	size_t left = take(hello, 2), type, n;

	while (left >= 4 && !failed(hello)) {
		type = take(hello, 2);
		n = take(hello, 2);
		if (n > left - 4)
			reject(hello);
		else if (type == EXT_SERVER_NAME)
			return server_name(hello, h, n);
		else
			skip(hello, n);
		left -= 4 + n;
	}
	return 0;
}

int
hostname_tls(struct div_hostname *h, const uint8_t *data, size_t len)
{
	struct hello hello = { .p = data, .end = data + len, .left = 4 };
	int found;

	if (take(&hello, 1) != CLIENT_HELLO)
		reject(&hello);
	hello.left = take(&hello, 3);
	skip(&hello, 2 + 32);          /* version, random */
	skip(&hello, take(&hello, 1)); /* session */
	skip(&hello, take(&hello, 2)); /* ciphers */
	skip(&hello, take(&hello, 1)); /* compression */
	found = extensions(&hello, h);
	if (!hello.bad)
		h->want = hello.want;
	return found;
}
