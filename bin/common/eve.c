/* SPDX-License-Identifier: ISC */

#include <sys/types.h>
#include <netinet/in.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <xxhash.h>

#include "eve.h"
#include "tool.h"

#define FLOW_ID_BITS 51 /* as Suricata's: a double holds them */

/* ISO 8601, in local time. */
void
eve_time(char text[EVE_TIMELEN], uint64_t ns)
{
	char date[32], zone[16];
	time_t s = (time_t)(ns / NSEC_PER_SEC);
	struct tm tm;

	localtime_r(&s, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	snprintf(text, EVE_TIMELEN, "%s.%06u%s", date,
	    (unsigned int)(ns % NSEC_PER_SEC / 1000), zone);
}

void
eve_proto(char text[EVE_PROTOLEN], uint8_t proto)
{
	switch (proto) {
	case IPPROTO_ICMP:
		strlcpy(text, "ICMP", EVE_PROTOLEN);
		break;
	case IPPROTO_TCP:
		strlcpy(text, "TCP", EVE_PROTOLEN);
		break;
	case IPPROTO_UDP:
		strlcpy(text, "UDP", EVE_PROTOLEN);
		break;
	case IPPROTO_ICMPV6:
		strlcpy(text, "IPv6-ICMP", EVE_PROTOLEN);
		break;
	default:
		snprintf(text, EVE_PROTOLEN, "%03u", proto);
	}
}

/*
 * From addresses, ports and protocol only: so it is the same in each tool, without
 * their sharing a state.
 */
uint64_t
eve_flow_id(const struct div_flow_key *key)
{
	return XXH3_64bits(key, sizeof(*key)) >> (64 - FLOW_ID_BITS);
}

/* RFC 4648, 4; text has room for four bytes of each three, and a NUL. */
void
eve_base64(char *text, const uint8_t *p, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t v;
	size_t n;

	for (; len > 0; p += n, len -= n) {
		n = len < 3 ? len : 3;
		v = (uint32_t)p[0] << 16;
		v |= n > 1 ? (uint32_t)p[1] << 8 : 0;
		v |= n > 2 ? p[2] : 0;
		*text++ = digits[v >> 18];
		*text++ = digits[v >> 12 & 63];
		*text++ = n > 1 ? digits[v >> 6 & 63] : '=';
		*text++ = n > 2 ? digits[v & 63] : '=';
	}
	*text = '\0';
}
