/* SPDX-License-Identifier: ISC */

/* Replaces the system calls on divert sockets: see divert_script.h. */

#include <errno.h>
#include <ifaddrs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <arpa/inet.h>

#include <cmocka.h>

#include "corpus.h"
#include "divert_script.h"

struct script script;

int
socket(int family, int type, int proto)
{
	unsigned int n;

	if (family == AF_INET && (type & ~SOCK_CLOEXEC) == SOCK_DGRAM) {
		errno = EAFNOSUPPORT; /* no ioctls on interfaces */
		return -1;
	}
	n = script.nsockets++;

	assert_int_equal(type & ~SOCK_CLOEXEC, SOCK_RAW);
	assert_in_range(n, 0, 3);
	script.family[n] = family;
	script.proto[n] = proto;
	if (n < 2 && script.refuse[n] != 0) {
		errno = script.refuse[n];
		return -1;
	}
	return FD4 + (int)n - (script.refuse[0] != 0);
}

int
bind(int fd, const struct sockaddr *sa, socklen_t len)
{
	const struct sockaddr_in *sin = (const void *)sa;

	assert_in_range(fd, FD4, FD6);
	if (fd == FD6 && script.bind_error != 0) {
		errno = script.bind_error;
		return -1;
	}
	script.bound[fd - FD4].port = ntohs(sin->sin_port);
	script.bound[fd - FD4].addrlen = len;
	return 0;
}

int
setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	int bytes;

	assert_int_equal(level, SOL_SOCKET);
	assert_int_equal(len, sizeof(int));
	if (name == 0x10000) {
		assert_int_equal(script.bound[fd - FD4].port, 0);
		script.balanced++;
		errno = script.unbalanced;
		return errno == 0 ? 0 : -1;
	}
	assert_int_equal(name, SO_RCVBUF);
	memcpy(&bytes, value, sizeof(bytes));
	script.asked++;
	errno = ENOBUFS;
	return script.buffer != 0 && bytes > script.buffer ? -1 : 0;
}

/* FreeBSD's SO_DOMAIN */
int
getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	(void)fd;
	assert_int_equal(level, SOL_SOCKET);
	assert_int_equal(name, 0x1019);
	assert_int_equal(*len, sizeof(int));
	memcpy(value, &script.family[script.nsockets - 1], sizeof(int));
	return 0;
}

ssize_t
recvfrom(int fd, void *buf, size_t size, int flags, struct sockaddr *sa,
    socklen_t *len)
{
	struct script_packet *p = &script.in[script.nread];

	assert_int_equal(flags, MSG_DONTWAIT);
	if (script.nread == script.nin || p->fd != fd) {
		errno = script.recv_error != 0 ? script.recv_error : EAGAIN;
		return -1;
	}
	assert_true(size >= 65535 && *len >= p->addrlen);
	script.nread++;
	memcpy(buf, p->packet, p->len);
	memcpy(sa, &p->addr, p->addrlen);
	*len = p->addrlen;
	return (ssize_t)p->len;
}

ssize_t
sendto(int fd, const void *buf, size_t len, int flags,
    const struct sockaddr *sa, socklen_t addrlen)
{
	struct script_packet *p = &script.sent[script.nsent];

	assert_int_equal(flags, 0);
	script.sends++;
	if (script.send_error != 0) {
		errno = script.send_error;
		if (script.send_fails > 0 && --script.send_fails == 0)
			script.send_error = 0;
		return -1;
	}
	assert_true(len <= sizeof(p->packet));
	p->fd = fd;
	p->len = len;
	memcpy(p->packet, buf, len);
	memcpy(&p->addr, sa, addrlen);
	p->addrlen = addrlen;
	script.nsent++;
	return (ssize_t)len;
}

/* A list of one interface each; all have an IPv6 address. */
int
getifaddrs(struct ifaddrs **list)
{
	static struct sockaddr v4 = { .sa_family = AF_INET };
	static struct sockaddr v6 = { .sa_family = AF_INET6 };
	struct ifaddrs *ifa;
	size_t i;

	script.looked_up++;
	*list = NULL;
	for (i = 0; i < 4; i++) {
		ifa = calloc(1, sizeof(*ifa));
		assert_non_null(ifa);
		ifa->ifa_next = *list;
		ifa->ifa_name = (char *)(uintptr_t)script.addressed[i];
		ifa->ifa_addr = ifa->ifa_name != NULL ? &v4 : &v6;
		if (ifa->ifa_name == NULL)
			ifa->ifa_name = (char *)(uintptr_t) "tun0";
		*list = ifa;
	}
	return 0;
}

void
freeifaddrs(struct ifaddrs *list)
{
	struct ifaddrs *next;

	for (; list != NULL; list = next) {
		next = list->ifa_next;
		free(list);
	}
}

int
script_reset(void **state)
{
	(void)state;
	memset(&script, 0, sizeof(script));
	return 0;
}

void
script_give(int fd, const char *hex, const union divert_addr *addr,
    socklen_t addrlen)
{
	struct script_packet *p = &script.in[script.nin++];
	uint8_t *packet = unhex(hex, &p->len);

	memcpy(p->packet, packet, p->len);
	free(packet);
	p->fd = fd;
	p->addr = *addr;
	p->addrlen = addrlen;
}

/*
 * A packet from FreeBSD, with address and name of the incoming interface; 0 and ""
 * for outgoing packets.
 */
void
script_divert(const char *hex, const char *addr, const char *name)
{
	union divert_addr a;

	memset(&a, 0, sizeof(a));
	a.sin.sin_family = AF_INET;
	a.sin.sin_port = SCRIPT_RULE;
	inet_pton(AF_INET, addr, &a.sin.sin_addr);
	memcpy(a.sin.sin_zero, name, strlen(name));
	script_give(FD4, hex, &a, sizeof(a.sin));
}

struct div *
script_reader(unsigned int flags, struct div_options *opt)
{
	struct div_options none = { .flags = 0 };
	char err[DIV_ERRLEN];
	struct div *d;

	if (opt == NULL)
		opt = &none;
	opt->flags |= flags | DIV_O_NONBLOCK;
	d = div_open(8000, opt, err);
	assert_non_null(d);
	return d;
}

/* Opens a sink, as in another process. */
struct div *
script_writer(void)
{
	struct div_options opt = { .flags = 0 };
	char err[DIV_ERRLEN];
	struct div *d;

	script.nsockets = 0;
	d = div_attach(8000, &opt, err);
	assert_non_null(d);
	return d;
}

struct div_frame
script_frame(struct div *d)
{
	struct div_frame f;

	assert_int_equal(div_recv(d, &f), 1);
	assert_int_equal(f.type, DIV_PACKET);
	assert_int_equal(f.port, 8000);
	assert_int_equal(div_frame_edited(&f), 0);
	return f;
}

/* Repair finds nothing to do. */
void
script_valid(const struct script_packet *p)
{
	uint8_t *packet = copy(p->packet, p->len);

	assert_int_equal(div_repair(packet, p->len), DIV_OK);
	assert_memory_equal(packet, p->packet, p->len);
	free(packet);
}

/* A packet was sent as it was received, to the same address. */
void
script_returned(unsigned int sent, unsigned int in)
{
	const struct script_packet *a = &script.sent[sent];
	const struct script_packet *b = &script.in[in];

	assert_true(sent < script.nsent && in < script.nread);
	assert_int_equal(a->fd, b->fd);
	assert_int_equal(a->len, b->len);
	assert_memory_equal(a->packet, b->packet, b->len);
	assert_int_equal(a->addrlen, b->addrlen);
	assert_memory_equal(&a->addr, &b->addr, b->addrlen);
}
