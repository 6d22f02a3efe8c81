/* SPDX-License-Identifier: ISC */

/*
 * Scripted divert sockets: the system calls are replaced.  The descriptors are
 * FD4 and FD6, in the order of the calls of socket(); in has the packets that
 * they receive, and sent the packets that were written.
 */

#ifndef DIVERT_SCRIPT_H
#define DIVERT_SCRIPT_H

#include "divert/divert.h"

#define FD4 1000
#define FD6 1001
#define SCRIPT_RULE 100 /* of FreeBSD's firewall, which diverts */

struct script_packet {
	int fd;
	union divert_addr addr;
	socklen_t addrlen;
	uint8_t packet[2048];
	size_t len;
};

struct script {
	int refuse[2];            /* errno of the first calls of socket() */
	int send_error;           /* errno of sendto() */
	int send_fails;           /* how often, or 0 for ever */
	unsigned int sends;       /* calls of sendto() */
	int bind_error;           /* of bind() of the second socket */
	int recv_error;           /* when there is nothing more, or 0 */
	int unbalanced;           /* errno of SO_REUSEPORT_LB, or 0 */
	int balanced;             /* how often it was set */
	int buffer;               /* that a socket has at most, or 0 */
	int asked;                /* how often for a buffer */
	const char *addressed[4]; /* interfaces that have an IPv4 address */
	unsigned int looked_up;   /* calls of getifaddrs() */
	int family[4], proto[4];
	unsigned int nsockets;
	struct {
		uint16_t port;
		socklen_t addrlen;
	} bound[2];
	struct script_packet in[512], sent[512];
	unsigned int nin, nread, nsent;
};

extern struct script script;

int script_reset(void **);
void script_give(int, const char *, const union divert_addr *, socklen_t);
void script_divert(const char *, const char *, const char *);
struct div *script_reader(unsigned int, struct div_options *);
struct div *script_writer(void);
struct div_frame script_frame(struct div *);
void script_valid(const struct script_packet *);
void script_returned(unsigned int, unsigned int);

#endif /* DIVERT_SCRIPT_H */
