/* SPDX-License-Identifier: ISC */

/*
 * Names in DNS messages, RFC 1035 4.1.4: labels of at most 63 bytes, the root's
 * empty one last, at most 255 bytes in all.  The rest of a name may be a pointer
 * to an earlier name in the message.  The walk ends for any input: each pointer
 * has to lead backwards, unless the caller reads names as the servers do that
 * follow any, and a name follows no more of them than it can have labels.
 */

#include "packet/packet.h"

#define POINTER 0xc0     /* the upper bits of a pointer's first byte */
#define POINTERS_MAX 127 /* that a name goes through */

/*
 * Moves to the name's next label and returns its length, 0 at the root, or -1
 * for a malformed name.  Pointers on the way are followed.
 */
int
dns_name_next(struct dns_name *name)
{
	size_t at = name->next, to;
	uint8_t c;

	while (at < name->len) {
		c = name->msg[at];
		if (c <= DNS_LABELMAX) {
			name->bytes += c + (size_t)1;
			name->label = at;
			name->next = at + c + 1;
			return name->next <= name->len &&
				name->bytes <= DNS_NAMEMAX ?
			    c :
			    -1;
		}
		if (c < POINTER || name->len - at < 2 ||
		    name->pointers++ == POINTERS_MAX)
			return -1;
		to = get16(name->msg + at) & 0x3fff;
		if (to >= at && !name->forwards)
			return -1;
		at = to;
	}
	return -1;
}

/*
 * The offset behind the name at an offset, without a look at where its pointer
 * leads; 0 if the message ends before that.
 */
size_t
dns_name_skip(const uint8_t *msg, size_t len, size_t at)
{
	uint8_t c;

	while (at < len) {
		c = msg[at];
		if (c > DNS_LABELMAX)
			return c >= POINTER && len - at >= 2 ? at + 2 : 0;
		at += c + (size_t)1;
		if (c == 0)
			return at;
	}
	return 0;
}

/*
 * The bytes of the first question's name, which begins behind the header, with
 * the root's; 0 if there is none, or if it has a pointer: no name comes before.
 */
size_t
div_dns_question(const uint8_t *msg, size_t len)
{
	struct dns_name name = { msg, len, .next = DIV_DNS_HDRLEN };
	int n;

	if (len < DIV_DNS_HDRLEN || get16(msg + 4) == 0)
		return 0;
	while ((n = dns_name_next(&name)) > 0)
		;
	return n == -1 || name.pointers > 0 ? 0 : name.bytes;
}
