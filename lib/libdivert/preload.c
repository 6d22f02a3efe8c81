/* SPDX-License-Identifier: ISC */

/*
 * The calls of a program: those on divert sockets go to the helper, all others
 * to the C library.  divert(4) forgets a packet that was received; so a receive
 * without a send in between tells the helper to drop the last packet.
 */

#undef _FORTIFY_SOURCE

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libdivert.h"
#include "base/base.h"

#define PF_DIVERT 44
#define IPPROTO_DIVERT 258
#define IPPROTO_DIVERT_DRAGONFLY 254

ssize_t __recvfrom_chk(int, void *, size_t, size_t, int, struct sockaddr *,
    socklen_t *);
ssize_t __recv_chk(int, void *, size_t, size_t, int);
ssize_t __read_chk(int, void *, size_t, size_t);

/* The C library's function of this name. */
#define REAL(f) ((__typeof__(&f))real(REAL_##f, #f))

enum real {
	REAL_socket,
	REAL_bind,
	REAL_recv,
	REAL_recvfrom,
	REAL_recvmsg,
	REAL_read,
	REAL_send,
	REAL_sendto,
	REAL_sendmsg,
	REAL_write,
	NREAL
};

static void *
real(enum real i, const char *name)
{
	static void *_Atomic function[NREAL];
	void *f = function[i];

	if (f == NULL)
		function[i] = f = dlsym(RTLD_NEXT, name);
	return f;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int control = -1;

/* Waits for an answer, on a socket that may be non-blocking: 0, or -1. */
static int
await_answer(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct helper_message m;
	ssize_t n;

	do {
		while (poll(&pfd, 1, -1) == -1 && errno == EINTR)
			continue;
		n = REAL(recv)(fd, &m, sizeof(m), 0);
	} while (n == -1 && (errno == EINTR || errno == EAGAIN));
	if (n != (ssize_t)sizeof(m) || m.kind != HELPER_ANSWER) {
		errno = EIO;
		return -1;
	}
	errno = m.value;
	return m.value == 0 ? 0 : -1;
}

static int
hand_over(int fd, uint32_t family, enum flavor flavor)
{
	struct helper_message m = {
		.kind = HELPER_SOCKET,
		.family = family,
		.flavor = flavor,
	};

	if (control == -1 && (control = helper_start()) == -1)
		return -1;
	if (fdpass_send(control, &m, sizeof(m), &fd, 1, 0) == -1)
		return -1;
	return await_answer(control);
}

static enum flavor
flavor_of(int family)
{
	const char *name = getenv("DIVERT_FLAVOR");

	if (name != NULL)
		return strcmp(name, "openbsd") == 0 ? OPENBSD : FREEBSD;
	return family == AF_INET6 ? OPENBSD : FREEBSD;
}

static int
divert_socket(int family, int type)
{
	enum flavor flavor = flavor_of(family);
	int pair[2], error;

	if (flavor == OPENBSD && family == PF_DIVERT) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	type = type - SOCK_RAW + SOCK_SEQPACKET;
	if (socketpair(AF_UNIX, type, 0, pair) == -1)
		return -1;
	pthread_mutex_lock(&lock);
	error = hand_over(pair[1], flavor == OPENBSD ? (uint32_t)family : 0,
	    flavor);
	if (error == 0)
		known_add(pair[0], flavor);
	pthread_mutex_unlock(&lock);
	close(pair[1]);
	if (error == 0)
		return pair[0];
	error = errno;
	close(pair[0]);
	errno = error;
	return -1;
}

int
socket(int family, int type, int proto)
{
	int kind = type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (kind == SOCK_RAW &&
	    ((family == PF_DIVERT && proto == 0) ||
		((family == AF_INET || family == AF_INET6) &&
		    (proto == IPPROTO_DIVERT ||
			proto == IPPROTO_DIVERT_DRAGONFLY))))
		return divert_socket(family, type);
	return REAL(socket)(family, type, proto);
}

int
bind(int fd, const struct sockaddr *sa, socklen_t len)
{
	struct helper_message m = { .kind = HELPER_BIND };
	const struct sockaddr_in *sin = (const void *)sa;
	struct known *k = known_find(fd);

	if (k == NULL)
		return REAL(bind)(fd, sa, len);
	if (len < sizeof(*sin) || k->bound) {
		errno = EINVAL;
		return -1;
	}
	m.value = ntohs(sin->sin_port);
	if (REAL(send)(fd, &m, sizeof(m), MSG_NOSIGNAL) == -1 ||
	    await_answer(fd) == -1)
		return -1;
	k->bound = 1;
	return 0;
}

/* A program that receives again has dropped the packet that it did not send. */
static void
forget(int fd, struct known *k)
{
	struct helper_message m = { .kind = HELPER_FORGET };

	m.value = atomic_exchange(&k->pending, 0);
	if (m.value == 0)
		return;
	REAL(send)(fd, &m, sizeof(m), MSG_NOSIGNAL);
}

/* recvmsg(2) on a divert socket, with an address as on the BSDs. */
static ssize_t
receive(int fd, struct known *k, struct msghdr *msg, int flags)
{
	struct helper_message m = { .addrlen = 0 };
	struct iovec iov[1 + UIO_MAXIOV];
	struct msghdr whole = { .msg_iov = iov };
	ssize_t n;

	if (msg->msg_iovlen >= UIO_MAXIOV) {
		errno = EMSGSIZE;
		return -1;
	}
	iov[0].iov_base = &m;
	iov[0].iov_len = sizeof(m);
	memcpy(iov + 1, msg->msg_iov, msg->msg_iovlen * sizeof(*iov));
	whole.msg_iovlen = 1 + msg->msg_iovlen;
	forget(fd, k);
	if ((n = REAL(recvmsg)(fd, &whole, flags)) == -1)
		return -1;
	if (n < (ssize_t)sizeof(m)) {
		errno = ENETDOWN;
		return -1;
	}
	if (!(flags & MSG_PEEK)) {
		k->of = m;
		k->pending = m.value;
	}
	if (msg->msg_name != NULL)
		memcpy(msg->msg_name, &m.addr,
		    msg->msg_namelen < m.addrlen ? msg->msg_namelen :
						   m.addrlen);
	msg->msg_namelen = m.addrlen;
	msg->msg_controllen = 0;
	msg->msg_flags = whole.msg_flags & MSG_TRUNC;
	return n - (ssize_t)sizeof(m);
}

static ssize_t
receive_buf(int fd, struct known *k, void *buf, size_t size, int flags,
    struct sockaddr *sa, socklen_t *len)
{
	struct iovec iov = { buf, size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (sa != NULL && len != NULL) {
		msg.msg_name = sa;
		msg.msg_namelen = *len;
	}
	n = receive(fd, k, &msg, flags);
	if (n != -1 && len != NULL)
		*len = msg.msg_namelen;
	return n;
}

/*
 * FreeBSD's kernel has lost the scope of an address of the link when a packet
 * goes out.
 */
static int
lacks_scope(const struct known *k, const struct helper_message *m,
    const struct msghdr *msg)
{
	const uint8_t *p;

	if (k->flavor != FREEBSD || msg->msg_iovlen != 1 ||
	    msg->msg_iov[0].iov_len < 40 ||
	    (m->addrlen > 0 && m->addr.sin.sin_addr.s_addr != 0))
		return 0;
	p = msg->msg_iov[0].iov_base;
	return p[0] >> 4 == 6 && p[24] == 0xfe && (p[25] & 0xc0) == 0x80;
}

static ssize_t
transmit(int fd, struct known *k, const struct msghdr *msg, int flags)
{
	struct helper_message m = { .kind = HELPER_PACKET };
	struct iovec iov[1 + UIO_MAXIOV];
	struct msghdr whole = { .msg_iov = iov };
	ssize_t n;

	if (msg->msg_iovlen >= UIO_MAXIOV ||
	    (msg->msg_name != NULL && msg->msg_namelen > sizeof(m.addr))) {
		errno = EINVAL;
		return -1;
	}
	if (msg->msg_name != NULL) {
		memcpy(&m.addr, msg->msg_name, msg->msg_namelen);
		m.addrlen = msg->msg_namelen;
	}
	if (lacks_scope(k, &m, msg)) {
		errno = EHOSTUNREACH;
		return -1;
	}
	m.value = known_cookie(&m);
	iov[0].iov_base = &m;
	iov[0].iov_len = sizeof(m);
	memcpy(iov + 1, msg->msg_iov, msg->msg_iovlen * sizeof(*iov));
	whole.msg_iovlen = 1 + msg->msg_iovlen;
	n = REAL(sendmsg)(fd, &whole, flags | MSG_NOSIGNAL);
	if (n < (ssize_t)sizeof(m))
		return -1;
	return n - (ssize_t)sizeof(m);
}

static ssize_t
transmit_buf(int fd, struct known *k, const void *buf, size_t size, int flags,
    const struct sockaddr *sa, socklen_t len)
{
	struct iovec iov = { NULL, size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	memcpy(&iov.iov_base, &buf, sizeof(buf));
	memcpy(&msg.msg_name, &sa, sizeof(sa));
	msg.msg_namelen = sa == NULL ? 0 : len;
	return transmit(fd, k, &msg, flags);
}

ssize_t
recvfrom(int fd, void *buf, size_t size, int flags, struct sockaddr *sa,
    socklen_t *len)
{
	struct known *k = known_find(fd);

	if (k == NULL)
		return REAL(recvfrom)(fd, buf, size, flags, sa, len);
	return receive_buf(fd, k, buf, size, flags, sa, len);
}

ssize_t
recv(int fd, void *buf, size_t size, int flags)
{
	struct known *k = known_find(fd);

	if (k == NULL)
		return REAL(recv)(fd, buf, size, flags);
	return receive_buf(fd, k, buf, size, flags, NULL, NULL);
}

ssize_t
recvmsg(int fd, struct msghdr *msg, int flags)
{
	struct known *k = known_find(fd);

	if (k == NULL)
		return REAL(recvmsg)(fd, msg, flags);
	return receive(fd, k, msg, flags);
}

ssize_t
read(int fd, void *buf, size_t size)
{
	struct known *k = known_find(fd);

	if (k == NULL)
		return REAL(read)(fd, buf, size);
	return receive_buf(fd, k, buf, size, 0, NULL, NULL);
}

/* The calls of programs that were compiled with _FORTIFY_SOURCE. */
ssize_t
__recvfrom_chk(int fd, void *buf, size_t size, size_t room, int flags,
    struct sockaddr *sa, socklen_t *len)
{
	if (size > room)
		abort();
	return recvfrom(fd, buf, size, flags, sa, len);
}

ssize_t
__recv_chk(int fd, void *buf, size_t size, size_t room, int flags)
{
	if (size > room)
		abort();
	return recv(fd, buf, size, flags);
}

ssize_t
__read_chk(int fd, void *buf, size_t size, size_t room)
{
	if (size > room)
		abort();
	return read(fd, buf, size);
}

ssize_t
sendto(int fd, const void *buf, size_t size, int flags,
    const struct sockaddr *sa, socklen_t len)
{
	struct known *k = known_find(fd);

	if (k == NULL)
		return REAL(sendto)(fd, buf, size, flags, sa, len);
	return transmit_buf(fd, k, buf, size, flags, sa, len);
}

ssize_t
send(int fd, const void *buf, size_t size, int flags)
{
	struct known *k = known_find(fd);

	if (k == NULL)
		return REAL(send)(fd, buf, size, flags);
	return transmit_buf(fd, k, buf, size, flags, NULL, 0);
}

ssize_t
sendmsg(int fd, const struct msghdr *msg, int flags)
{
	struct known *k = known_find(fd);

	if (k == NULL)
		return REAL(sendmsg)(fd, msg, flags);
	return transmit(fd, k, msg, flags);
}

ssize_t
write(int fd, const void *buf, size_t size)
{
	struct known *k = known_find(fd);

	if (k == NULL)
		return REAL(write)(fd, buf, size);
	return transmit_buf(fd, k, buf, size, 0, NULL, 0);
}
