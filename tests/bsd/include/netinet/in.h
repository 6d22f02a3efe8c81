/* SPDX-License-Identifier: ISC */

/* Address families are in sys/socket.h. */

#ifndef BSD_NETINET_IN_H
#define BSD_NETINET_IN_H

#include <sys/_in_addr.h>
typedef __UINT8_TYPE__ uint8_t;
typedef unsigned char sa_family_t;
struct sockaddr_in {
	uint8_t sin_len;
	sa_family_t sin_family;
	in_port_t sin_port;
	struct in_addr sin_addr;
	char sin_zero[8];
};
struct in6_addr {
	uint8_t s6_addr[16];
};
struct sockaddr_in6 {
	uint8_t sin6_len;
	sa_family_t sin6_family;
	in_port_t sin6_port;
	uint32_t sin6_flowinfo;
	struct in6_addr sin6_addr;
	uint32_t sin6_scope_id;
};
int bsd_in6_is(const struct in6_addr *);
#define IN6_IS_ADDR_UNSPECIFIED(a) bsd_in6_is(a)
#define IPPROTO_HOPOPTS 0
#define IPPROTO_ICMP 1
#define IPPROTO_IGMP 2
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_IPV6 41
#define IPPROTO_ROUTING 43
#define IPPROTO_FRAGMENT 44
#define IPPROTO_GRE 47
#define IPPROTO_ESP 50
#define IPPROTO_AH 51
#define IPPROTO_ICMPV6 58
#define IPPROTO_NONE 59
#define IPPROTO_DSTOPTS 60
#define IPPROTO_RAW 255

#endif
