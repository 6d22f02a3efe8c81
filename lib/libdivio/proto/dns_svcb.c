/* SPDX-License-Identifier: ISC */

/*
 * The parameters of SVCB and HTTPS records (RFC 9460, 2.2): a priority, a target
 * name that is never compressed, then keys in ascending order, each with a length.
 */

#include <string.h>
#include <strings.h>

#include "proto/proto.h"

#define PRIORITY 2  /* bytes */
#define KEY_FIXED 4 /* bytes of a key and its length */
#define MANDATORY 0 /* this key lists others */

/* RFC 9460, 14.3.2; RFC 9461 */
static const char *const keys[] = { "mandatory", "alpn", "no-default-alpn",
	"port", "ipv4hint", "ech", "ipv6hint", "dohpath" };

#define NKEYS (sizeof(keys) / sizeof(keys[0]))

/* The bit of a key, or 0. */
uint16_t
dns_svcb_key(const char *name, size_t len)
{
	size_t i;

	for (i = MANDATORY + 1; i < NKEYS; i++)
		if (strlen(keys[i]) == len &&
		    strncasecmp(keys[i], name, len) == 0)
			return (uint16_t)(1 << i);
	return 0;
}

static int
is_stripped(uint16_t key, uint16_t strip)
{
	return key < NKEYS && (strip >> key & 1) != 0;
}

/* Writes the keys of a list that stay; returns their bytes. */
static size_t
keep_mandatory(uint8_t *to, const uint8_t *list, size_t len, uint16_t strip)
{
	size_t i, n = 0;

	for (i = 0; i + 2 <= len; i += 2)
		if (!is_stripped(get16(list + i), strip)) {
			memmove(to + n, list + i, 2);
			n += 2;
		}
	return n;
}

/* Moves a parameter of n bytes of value to a place before it; its new length. */
static size_t
keep(uint8_t *to, const uint8_t *from, size_t n, uint16_t strip)
{
	uint16_t key = get16(from);

	if (is_stripped(key, strip))
		return 0;
	memmove(to, from, KEY_FIXED);
	if (key != MANDATORY) {
		memmove(to + KEY_FIXED, from + KEY_FIXED, n);
		return KEY_FIXED + n;
	}
	n = keep_mandatory(to + KEY_FIXED, from + KEY_FIXED, n, strip);
	put16(to + 2, (uint16_t)n);
	return n == 0 ? 0 : KEY_FIXED + n;
}

/*
 * Takes the parameters whose bits are given out of len bytes of data, and returns
 * what is left of it.  Malformed parameters are taken out together: a client may
 * read them in a way of its own.
 */
size_t
dns_svcb_strip(uint8_t *data, size_t len, uint16_t strip)
{
	size_t first, at, end, n;

	if (len < PRIORITY || (first = dns_name_skip(data, len, PRIORITY)) == 0)
		return len;
	for (at = end = first; at < len; at += KEY_FIXED + n) {
		if (len - at < KEY_FIXED ||
		    (n = get16(data + at + 2)) > len - at - KEY_FIXED)
			return first;
		end += keep(data + end, data + at, n, strip);
	}
	return end;
}
