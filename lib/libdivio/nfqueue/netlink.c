/* SPDX-License-Identifier: ISC */

/* Requests to the kernel that are answered at once (netlink(7)). */

#include <sys/socket.h>

#include <errno.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

#include "nfqueue/nfq.h"

int
netlink_open(int bus)
{
	return socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, bus);
}

/* An acknowledgement is an error without a number. */
static int
is_error(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *e;

	if (nlh->nlmsg_type != NLMSG_ERROR)
		return 0;
	e = mnl_nlmsg_get_payload(nlh);
	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(*e) && e->error == 0)
		return 0;
	errno = mnl_nlmsg_get_payload_len(nlh) >= sizeof(*e) && e->error < 0 &&
		e->error > -4096 ?
	    -e->error :
	    EIO;
	return 1;
}

/* Is this the answer to the request with that number?  1, 0, or -1: an error. */
static int
is_answer(const struct nlmsghdr *nlh, ssize_t n, uint32_t seq)
{
	if (!mnl_nlmsg_ok(nlh, (int)n) || nlh->nlmsg_seq != seq)
		return 0;
	return is_error(nlh) ? -1 : 1;
}

/* Sends the request in buf, and returns its number in *seq. */
static int
request(int fd, void *buf, uint32_t *seq)
{
	static _Atomic uint32_t last;
	struct nlmsghdr *nlh = buf;

	nlh->nlmsg_seq = *seq = ++last;
	return send(fd, buf, nlh->nlmsg_len, 0) == -1 ? -1 : 0;
}

/*
 * Sends the request in buf, of NETLINK_MAX bytes, and reads the answer into it:
 * 0, or -1.  The kernel has answered when send(2) returns.
 */
int
netlink_ask(int fd, void *buf)
{
	const struct nlmsghdr *nlh = buf;
	uint32_t seq;
	ssize_t n;
	int found;

	if (request(fd, buf, &seq) == -1)
		return -1;
	do {
		n = recv(fd, buf, NETLINK_MAX, MSG_DONTWAIT);
		if (n == -1)
			return -1;
	} while ((found = is_answer(nlh, n, seq)) == 0);
	return found == 1 ? 0 : -1;
}

/* Shows each message of a part to the callback: 1 if there may be more parts. */
static int
show_part(const void *buf, ssize_t n, uint32_t seq,
    void (*show)(const void *, void *), void *arg)
{
	const struct nlmsghdr *nlh = buf;
	int left = (int)n, more = 1;

	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		if (nlh->nlmsg_seq != seq)
			continue;
		if (nlh->nlmsg_type == NLMSG_DONE ||
		    nlh->nlmsg_type == NLMSG_ERROR)
			more = 0;
		else
			show(nlh, arg);
	}
	return more;
}

/* The same for a request with NLM_F_DUMP, whose answer has many messages. */
int
netlink_dump(int fd, void *buf, void (*show)(const void *, void *), void *arg)
{
	uint32_t seq;
	ssize_t n;

	if (request(fd, buf, &seq) == -1)
		return -1;
	do {
		n = recv(fd, buf, NETLINK_MAX, MSG_DONTWAIT);
		if (n == -1)
			return -1;
	} while (show_part(buf, n, seq, show, arg));
	return 0;
}
