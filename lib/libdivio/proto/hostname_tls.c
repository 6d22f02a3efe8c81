/* SPDX-License-Identifier: ISC */

/*
 * The server names in a TLS ClientHello: record layer (RFC 8446 5.1), handshake
 * message (4.1.2), server_name extension (RFC 6066 3).  Records may be of any
 * length, empty too, and of any version; alerts and others before the ClientHello
 * are skipped.  A ClientHello without a name, and one in the form of SSL 2
 * (RFC 5246 E.2), which has no place for it, are undecided.
 */

#include "proto/proto.h"

#define RECORD_HDRLEN 5
#define RECORD_MAX (16384 + 2048) /* bytes; RFC 5246 6.2.3 */
#define RECORD_CCS 20
#define RECORD_ALERT 21
#define RECORD_HANDSHAKE 22
#define RECORD_HEARTBEAT 24
#define VERSION_MAX 15 /* major; Go takes all below 16 */
#define CLIENT_HELLO 1
#define HELLO_MAX 131396 /* bytes; OpenSSL's limit */
#define V2_MAX 4096      /* bytes; and its limit of an SSL 2 record */
#define EXT_SERVER_NAME 0
#define NAME_HOST 0

/*
 * The handshake message, read across the borders of records.  After an error all
 * reads return 0.
 */
struct hello {
	const uint8_t *p, *end;
	size_t record; /* bytes left in the record */
	size_t left;   /* bytes left in the message */
	int begun;     /* its first byte was read */
	int client;    /* it is a ClientHello */
	int bad;       /* not a ClientHello, or lengths disagree */
	size_t want;   /* bytes that are missing at the end */
};

static int
failed(const struct hello *hello)
{
	return hello->bad || hello->want > 0;
}

/* Lengths disagree; an earlier error stays. */
static void
reject(struct hello *hello)
{
	if (!failed(hello))
		hello->bad = 1;
}

static int
is_record(uint8_t type)
{
	return type == RECORD_HANDSHAKE || type == RECORD_ALERT ||
	    type == RECORD_CCS || type == RECORD_HEARTBEAT;
}

/* Moves behind a record that is not of the handshake. */
static void
skip_record(struct hello *hello, size_t len)
{
	size_t have = (size_t)(hello->end - hello->p);

	if (len > have)
		hello->want = len - have;
	else
		hello->p += len;
}

static void
next_record(struct hello *hello)
{
	size_t have = (size_t)(hello->end - hello->p), len;
	const uint8_t *p = hello->p;

	if ((have > 0 && !is_record(p[0])) ||
	    (have > 1 && p[1] > VERSION_MAX) ||
	    (have >= RECORD_HDRLEN && get16(p + 3) > RECORD_MAX))
		reject(hello);
	else if (have < RECORD_HDRLEN)
		hello->want = RECORD_HDRLEN - have;
	else {
		len = get16(p + 3);
		hello->p += RECORD_HDRLEN;
		if (p[0] == RECORD_HANDSHAKE)
			hello->record = len;
		else
			skip_record(hello, len);
	}
}

/* Moves over the next n bytes, or those in this record; returns how many. */
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

/* Reads an integer of n bytes. */
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

/*
 * Of a name that is too long, the last bytes are taken.  A NUL ends it for some;
 * the whole is another name then.
 */
static int
take_name(struct hello *hello, struct hostname_scan *scan, size_t n)
{
	uint8_t name[HOSTNAME_MAX];
	size_t i, len;

	if (n > HOSTNAME_MAX) {
		skip(hello, n - HOSTNAME_MAX);
		n = HOSTNAME_MAX;
	}
	for (i = 0; i < n; i++)
		name[i] = (uint8_t)take(hello, 1);
	if (failed(hello))
		return 0;
	for (len = 0; len < n && name[len] != '\0'; len++)
		;
	for (;; len = n) {
		hostname_begin(scan);
		for (i = 0; i < len; i++)
			hostname_put(scan, name[i]);
		if (hostname_end(scan, scan->by, hello->p))
			return 1;
		if (len == n)
			return 0;
		scan->unclear = 1;
	}
}

static int
server_names(struct hello *hello, struct hostname_scan *scan, size_t len)
{
	size_t left = take(hello, 2), type, n;

	if (left + 2 > len)
		reject(hello);
	len -= 2 + left; /* behind the list */
	while (left >= 3 && !failed(hello)) {
		type = take(hello, 1);
		n = take(hello, 2);
		if (n > left - 3)
			reject(hello);
		else if (type != NAME_HOST)
			skip(hello, n);
		else if (take_name(hello, scan, n))
			return 1;
		left -= 3 + n;
	}
	if (!failed(hello))
		skip(hello, left + len);
	return 0;
}

/* 1 if the search ends with a name. */
static int
extensions(struct hello *hello, struct hostname_scan *scan)
{
	size_t left = take(hello, 2), type, n;

	while (left >= 4 && !failed(hello)) {
		type = take(hello, 2);
		n = take(hello, 2);
		if (n > left - 4)
			reject(hello);
		else if (type != EXT_SERVER_NAME)
			skip(hello, n);
		else if (server_names(hello, scan, n))
			return 1;
		left -= 4 + n;
	}
	return 0;
}

/* A record of SSL 2 that offers a version of TLS. */
static enum div_host
hello_v2(struct hostname_scan *scan, const uint8_t *p, size_t len)
{
	if ((len > 1 ? get16(p) & 0x7fff : (p[0] & 0x7f) << 8) > V2_MAX ||
	    (len > 2 && p[2] != CLIENT_HELLO) ||
	    (len > 3 && p[3] != 3 && p[3] != 0) ||
	    (len > 4 && p[3] == 0 && p[4] != 2))
		return DIV_HOST_NONE;
	return hostname_undecided(scan, len < 5 ? 5 - len : 0);
}

static void
begin(struct hello *hello)
{
	hello->left = 4;
	hello->client = take(hello, 1) == CLIENT_HELLO;
	hello->begun = hello->left < 4;
	if (!hello->client)
		reject(hello);
	hello->left = take(hello, 3);
	if (hello->left > HELLO_MAX) {
		hello->client = 0;
		reject(hello);
	}
}

/* A name in it decides, whether or not the ClientHello is complete. */
static enum div_host
result(struct hostname_scan *scan, const struct hello *hello)
{
	if (scan->names > 0 && !scan->unclear)
		return DIV_HOST_NONE;
	if (hello->want > 0) {
		if (hello->begun || hello->p < hello->end ||
		    hello->want < RECORD_HDRLEN)
			return hostname_undecided(scan, hello->want);
		return DIV_HOST_NONE; /* the next segment begins with it */
	}
	if (hello->bad && !hello->client)
		return DIV_HOST_NONE;
	return DIV_HOST_UNDECIDED;
}

/* The message from its header on. */
static enum div_host
scan_hello(struct hostname_scan *scan, struct hello *hello)
{
	begin(hello);
	skip(hello, 2 + 32);         /* version, random */
	skip(hello, take(hello, 1)); /* session */
	skip(hello, take(hello, 2)); /* ciphers */
	skip(hello, take(hello, 1)); /* compression */
	if (extensions(hello, scan))
		return DIV_HOST_NAMED;
	return result(scan, hello);
}

enum div_host
hostname_tls(struct hostname_scan *scan, const uint8_t *data, size_t len)
{
	struct hello hello = { .p = data, .end = data + len };

	scan->by = DIV_BY_TLS;
	if (len == 0)
		return DIV_HOST_NONE;
	if (data[0] & 0x80)
		return hello_v2(scan, data, len);
	if (!is_record(data[0]))
		return DIV_HOST_NONE;
	return scan_hello(scan, &hello);
}

/* A ClientHello without the record layer (RFC 9001, 4). */
enum div_host
hostname_hello(struct hostname_scan *scan, const uint8_t *data, size_t len)
{
	struct hello hello = { .p = data, .record = SIZE_MAX };

	if (len == 0)
		return hostname_undecided(scan, 1);
	hello.end = data + len;
	return scan_hello(scan, &hello);
}
