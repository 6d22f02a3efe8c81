/* SPDX-License-Identifier: ISC */

/* With struct ifreq if sys/socket.h was included: some systems do it here. */

#ifndef BSD_NET_IF_H
#define BSD_NET_IF_H

#define IF_NAMESIZE 16
#define IFF_UP 0x1
#define IFF_BROADCAST 0x2
#define IFF_LOOPBACK 0x8
unsigned int if_nametoindex(const char *);
char *if_indextoname(unsigned int, char *);

#ifdef BSD_SYS_SOCKET_H
struct ifreq {
	char ifr_name[IF_NAMESIZE];
	union {
		struct sockaddr ifru_addr;
		int ifru_metric; /* ifru_mtu on FreeBSD */
	} ifr_ifru;
};
#define ifr_mtu ifr_ifru.ifru_metric
#endif

#endif
