/* SPDX-License-Identifier: ISC */

/* The calls of a program, of which those on divert sockets are ours. */

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
#include "passing.h"

#define PF_DIVERT 44
#define IPPROTO_DIVERT 258
#define IPPROTO_DIVERT_DRAGONFLY 254

#define NSOCKETS 64

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

/* A socket is known by its inode, whatever descriptors it has. */
static struct known {
	ino_t ino;
	_Atomic uint32_t owed; /* cookie of the last packet received, or 0 */
	_Atomic int bound;
} known[NSOCKETS];
static _Atomic unsigned int nknown;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int control = -1;

static struct known *
find(int fd)
{
	unsigned int i, n = nknown;
	struct stat st;
	int saved = errno;

	if (n == 0)
		return NULL;
	if (fstat(fd, &st) == -1 || !S_ISSOCK(st.st_mode)) {
		errno = saved;
		return NULL;
	}
	for (i = 0; i < n && i < NSOCKETS; i++)
		if (known[i].ino == st.st_ino)
			return &known[i];
	return NULL;
}

static void
remember(int fd)
{
	struct stat st;
	unsigned int n = nknown;

	fstat(fd, &st);
	known[n % NSOCKETS].ino = st.st_ino;
	known[n % NSOCKETS].owed = 0;
	known[n % NSOCKETS].bound = 0;
	nknown = n + 1;
}

/* Waits for an answer, on a socket that may be non-blocking: 0, or -1. */
static int
await(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct message m;
	ssize_t n;

	do {
		while (poll(&pfd, 1, -1) == -1 && errno == EINTR)
			continue;
		n = REAL(recv)(fd, &m, sizeof(m), 0);
	} while (n == -1 && (errno == EINTR || errno == EAGAIN));
	if (n != (ssize_t)sizeof(m) || m.kind != ANSWER) {
		errno = EIO;
		return -1;
	}
	errno = m.value;
	return m.value == 0 ? 0 : -1;
}

static int
hand_over(int fd, uint32_t family, enum flavor flavor)
{
	struct message m = {
		.kind = SOCKET,
		.family = family,
		.flavor = flavor,
	};

	if (control == -1 && (control = helper_start()) == -1)
		return -1;
	if (passing_send(control, &m, sizeof(m), &fd, 1, 0) == -1)
		return -1;
	return await(control);
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
		remember(pair[0]);
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
	struct message m = { .kind = BIND };
	const struct sockaddr_in *sin = (const void *)sa;
	struct known *k = find(fd);

	if (k == NULL)
		return REAL(bind)(fd, sa, len);
	if (len < sizeof(*sin) || k->bound) {
		errno = EINVAL;
		return -1;
	}
	m.value = ntohs(sin->sin_port);
	if (REAL(send)(fd, &m, sizeof(m), MSG_NOSIGNAL) == -1 ||
	    await(fd) == -1)
		return -1;
	k->bound = 1;
	return 0;
}

/* A program that receives on has forgotten what it did not send back. */
static void
forget(int fd, struct known *k)
{
	struct message m = { .kind = FORGET };
	uint32_t owed = atomic_exchange(&k->owed, 0);

	if (owed == 0)
		return;
	m.addrlen = sizeof(m.addr.sin);
	m.addr.sin.sin_port = (in_port_t)owed;
	REAL(send)(fd, &m, sizeof(m), MSG_NOSIGNAL);
}

/* Receives into what msg describes; its address and its length are BSD's. */
static ssize_t
receive(int fd, struct known *k, struct msghdr *msg, int flags)
{
	struct message m = { .addrlen = 0 };
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
	if (!(flags & MSG_PEEK))
		k->owed = m.addr.sin.sin_port;
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

static ssize_t
transmit(int fd, struct known *k, const struct msghdr *msg, int flags)
{
	struct message m = { .kind = PACKET };
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
	iov[0].iov_base = &m;
	iov[0].iov_len = sizeof(m);
	memcpy(iov + 1, msg->msg_iov, msg->msg_iovlen * sizeof(*iov));
	whole.msg_iovlen = 1 + msg->msg_iovlen;
	n = REAL(sendmsg)(fd, &whole, flags | MSG_NOSIGNAL);
	if (n < (ssize_t)sizeof(m))
		return -1;
	if (m.addrlen >= sizeof(m.addr.sin) && k->owed == m.addr.sin.sin_port)
		k->owed = 0;
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
	struct known *k = find(fd);

	if (k == NULL)
		return REAL(recvfrom)(fd, buf, size, flags, sa, len);
	return receive_buf(fd, k, buf, size, flags, sa, len);
}

ssize_t
recv(int fd, void *buf, size_t size, int flags)
{
	struct known *k = find(fd);

	if (k == NULL)
		return REAL(recv)(fd, buf, size, flags);
	return receive_buf(fd, k, buf, size, flags, NULL, NULL);
}

ssize_t
recvmsg(int fd, struct msghdr *msg, int flags)
{
	struct known *k = find(fd);

	if (k == NULL)
		return REAL(recvmsg)(fd, msg, flags);
	return receive(fd, k, msg, flags);
}

ssize_t
read(int fd, void *buf, size_t size)
{
	struct known *k = find(fd);

	if (k == NULL)
		return REAL(read)(fd, buf, size);
	return receive_buf(fd, k, buf, size, 0, NULL, NULL);
}

/* What programs call that were compiled with _FORTIFY_SOURCE. */
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
	struct known *k = find(fd);

	if (k == NULL)
		return REAL(sendto)(fd, buf, size, flags, sa, len);
	return transmit_buf(fd, k, buf, size, flags, sa, len);
}

ssize_t
send(int fd, const void *buf, size_t size, int flags)
{
	struct known *k = find(fd);

	if (k == NULL)
		return REAL(send)(fd, buf, size, flags);
	return transmit_buf(fd, k, buf, size, flags, NULL, 0);
}

ssize_t
sendmsg(int fd, const struct msghdr *msg, int flags)
{
	struct known *k = find(fd);

	if (k == NULL)
		return REAL(sendmsg)(fd, msg, flags);
	return transmit(fd, k, msg, flags);
}

ssize_t
write(int fd, const void *buf, size_t size)
{
	struct known *k = find(fd);

	if (k == NULL)
		return REAL(write)(fd, buf, size);
	return transmit_buf(fd, k, buf, size, 0, NULL, 0);
}
