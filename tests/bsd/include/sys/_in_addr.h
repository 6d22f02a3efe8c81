/* SPDX-License-Identifier: ISC */

#ifndef BSD_SYS_IN_ADDR_H
#define BSD_SYS_IN_ADDR_H

typedef __UINT16_TYPE__ uint16_t, in_port_t;
typedef __UINT32_TYPE__ uint32_t, in_addr_t;
struct in_addr {
	in_addr_t s_addr;
};
uint16_t htons(uint16_t);
uint16_t ntohs(uint16_t);
uint32_t htonl(uint32_t);
uint32_t ntohl(uint32_t);

#define INET_ADDRSTRLEN 16
#define INET6_ADDRSTRLEN 46

#endif
