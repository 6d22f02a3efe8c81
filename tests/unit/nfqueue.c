/* SPDX-License-Identifier: ISC */

/* A reader and its verdicts, with a socket in place of the kernel's. */

#include <sys/socket.h>
#include <sys/syscall.h>

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>

#include "corpus.h"
#include "nfqueue/nfq.h"

#define PORT 64999
#define PORTNAME "64999"

static struct {
	int pair[2];     /* the port's, and the kernel's */
	int no_sockets;  /* errno */
	int no_raw6;     /* errno of a raw socket for IPv6, or 0 */
	int send_error;  /* errno of the next sends */
	int send_errors; /* how many */
	uint32_t info;   /* NFQA_SKB_INFO of the next packets */
	int damage;      /* the last bit of the next packets is wrong */
	unsigned int nsent;
	struct sent {
		uint16_t type; /* NFQNL_MSG_* */
		uint32_t verdict, id, len;
	} sent[64];
} kernel;

int
socket(int family, int type, int proto)
{
	if (family == AF_INET6 && kernel.no_raw6 != 0) {
		errno = kernel.no_raw6;
		return -1;
	}
	if (family == AF_NETLINK && (type & 0xf) == SOCK_DGRAM) {
		errno = EPROTONOSUPPORT; /* conntrack and routes */
		return -1;
	}
	if (family != AF_NETLINK)
		return (int)syscall(SYS_socket, family, type, proto);
	errno = kernel.no_sockets;
	return errno != 0 ? -1 : kernel.pair[0];
}

static void
note_sent(const struct nlmsghdr *nlh)
{
	struct sent *s = &kernel.sent[kernel.nsent++];
	const struct nfqnl_msg_verdict_hdr *vh;
	const struct nlattr *attr;

	assert_in_range(kernel.nsent, 1, 64);
	memset(s, 0, sizeof(*s));
	s->type = nlh->nlmsg_type & 0xff;
	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg)) {
		vh = mnl_attr_get_payload(attr);
		if (s->type == NFQNL_MSG_CONFIG)
			continue;
		if (mnl_attr_get_type(attr) == NFQA_VERDICT_HDR) {
			s->verdict = ntohl(vh->verdict);
			s->id = ntohl(vh->id);
		} else if (mnl_attr_get_type(attr) == NFQA_PAYLOAD)
			s->len = mnl_attr_get_payload_len(attr);
	}
}

ssize_t
send(int fd, const void *buf, size_t size, int flags)
{
	const struct nlmsghdr *nlh = buf;
	int left = (int)size;

	if (fd != kernel.pair[0])
		return sendto(fd, buf, size, flags, NULL, 0);
	if (kernel.send_errors > 0) {
		kernel.send_errors--;
		errno = kernel.send_error;
		return -1;
	}
	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
		note_sent(nlh);
	return (ssize_t)size;
}

static void
kernel_send(const struct nlmsghdr *nlh)
{
	assert_int_equal(write(kernel.pair[1], nlh, nlh->nlmsg_len),
	    nlh->nlmsg_len);
}

static void
kernel_error(int error)
{
	uint8_t buf[256] = { 0 };
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nlmsgerr *e = mnl_nlmsg_put_extra_header(nlh, sizeof(*e));

	nlh->nlmsg_type = NLMSG_ERROR;
	e->error = -error;
	kernel_send(nlh);
}

static void
kernel_hex(const char *hex, uint32_t id, uint8_t hook, uint32_t mark)
{
	uint8_t buf[1024] = { 0 }, *packet;
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfqnl_msg_packet_hdr ph = {
		.packet_id = htonl(id),
		.hook = hook,
	};
	size_t len;

	nlh->nlmsg_type = NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct nfgenmsg));
	mnl_attr_put(nlh, NFQA_PACKET_HDR, 7, &ph);
	mnl_attr_put_u32(nlh, NFQA_MARK, htonl(mark));
	mnl_attr_put_u32(nlh, NFQA_IFINDEX_INDEV, htonl(1));
	if (kernel.info != 0)
		mnl_attr_put_u32(nlh, NFQA_SKB_INFO, htonl(kernel.info));
	packet = unhex(hex, &len);
	packet[len - 1] ^= kernel.damage != 0;
	mnl_attr_put(nlh, NFQA_PAYLOAD, len, packet);
	free(packet);
	kernel_send(nlh);
}

static void
kernel_packet(uint32_t id, uint8_t hook, uint32_t mark)
{
	kernel_hex(UDP4, id, hook, mark);
}

static int
set_up(void **state)
{
	(void)state;
	memset(&kernel, 0, sizeof(kernel));
	return socketpair(AF_UNIX, SOCK_SEQPACKET, 0, kernel.pair);
}

static int
tear_down(void **state)
{
	(void)state;
	return close(kernel.pair[1]);
}

/* Opens a reader, and forgets the messages of its set-up. */
static struct div *
reader(const struct div_options *opt)
{
	char err[DIV_ERRLEN];
	struct div *d;

	kernel_error(0);
	d = div_open(PORT, opt, err);
	assert_non_null(d);
	assert_int_equal(kernel.nsent, 1);
	assert_int_equal(kernel.sent[0].type, NFQNL_MSG_CONFIG);
	kernel.nsent = 0;
	return d;
}

static const struct div_options nowait = { .flags = DIV_O_NONBLOCK };

/* Receives the next packet, which has this id. */
static struct div_frame
next(struct div *d, uint64_t id)
{
	struct div_frame f;

	assert_int_equal(div_recv(d, &f), 1);
	assert_int_equal(f.id, id);
	return f;
}

static void
none(struct div *d)
{
	struct div_frame f;

	assert_int_equal(div_recv(d, &f), -1);
	assert_int_equal(errno, EAGAIN);
}

static void
judge(struct div *d, struct div_frame f, uint8_t type)
{
	f.type = type;
	assert_int_equal(div_send(d, &f), DIV_OK);
}

/* The i-th message that was sent is this one. */
static void
is_sent(unsigned int i, uint16_t type, uint32_t verdict, uint32_t id)
{
	assert_in_range(i, 0, kernel.nsent - 1);
	assert_int_equal(kernel.sent[i].type, type);
	assert_int_equal(kernel.sent[i].verdict, verdict);
	assert_int_equal(kernel.sent[i].id, id);
}

static void
open_fails(int error, const char *text)
{
	char err[DIV_ERRLEN];

	assert_null(div_open(PORT, &nowait, err));
	assert_int_equal(errno, error);
	assert_string_equal(err, text);
}

static void
test_no_netfilter(void **state)
{
	(void)state;
	kernel.no_sockets = EPROTONOSUPPORT;
	open_fails(EPROTONOSUPPORT,
	    "the kernel has no netfilter: Protocol not supported");
	close(kernel.pair[0]);
}

static void
test_no_permission(void **state)
{
	(void)state;
	kernel_error(EPERM);
	open_fails(EPERM,
	    "port " PORTNAME ": no permission: reading packets needs "
	    "CAP_NET_ADMIN (be root), and a port that nobody else reads");
}

static void
test_no_memory(void **state)
{
	(void)state;
	kernel.send_errors = 1;
	kernel.send_error = ENOMEM;
	open_fails(ENOMEM, "port " PORTNAME ": Cannot allocate memory");
}

/* Packets may come before the acknowledgement, and ids wrap. */
static void
test_receive(void **state)
{
	struct div_frame f;
	struct div *d;

	(void)state;
	kernel_packet(0xfffffffe, NF_INET_LOCAL_IN, 3);
	kernel_packet(0xffffffff, NF_INET_FORWARD, 0);
	d = reader(&nowait);
	kernel_packet(0, NF_INET_LOCAL_OUT, 0);
	kernel_packet(1, 200, 0);
	f = next(d, (uint64_t)-2);
	assert_int_equal(f.dir, DIV_IN);
	assert_int_equal(f.mark, 3);
	assert_int_equal(f.port, 64999);
	assert_string_equal(f.ifname, "lo");
	assert_int_equal(f.origlen, 39);
	assert_int_equal(next(d, (uint64_t)-1).dir, DIV_FORWARD);
	f = next(d, 0);
	assert_int_equal(f.dir, DIV_OUT);
	assert_int_equal(f.ifindex, 0);
	assert_int_equal(next(d, 1).dir, DIV_UNKNOWN);
	none(d);
	assert_int_equal(div_counters(d)->received, 4);
	div_close(d);
}

/* Adjacent packets that pass share a verdict, and only they. */
static void
test_verdicts(void **state)
{
	struct div *d = reader(&nowait);
	struct div_frame f[9];
	uint32_t i;

	(void)state;
	for (i = 1; i <= 8; i++)
		kernel_packet(i, NF_INET_FORWARD, 0);
	for (i = 1; i <= 8; i++)
		f[i] = next(d, i);
	for (i = 1; i <= 3; i++)
		judge(d, f[i], DIV_PACKET);
	judge(d, f[4], DIV_DROP);
	judge(d, f[5], DIV_PACKET);
	judge(d, f[7], DIV_PACKET);
	judge(d, f[6], DIV_PACKET);
	f[8].packet[f[8].caplen - 1] ^= 1;
	judge(d, f[8], DIV_PACKET);
	assert_int_equal(kernel.nsent, 0);
	assert_int_equal(div_flush(d), 0);
	assert_int_equal(kernel.nsent, 6);
	is_sent(0, NFQNL_MSG_VERDICT_BATCH, NF_ACCEPT, 3);
	is_sent(1, NFQNL_MSG_VERDICT, NF_DROP, 4);
	is_sent(2, NFQNL_MSG_VERDICT_BATCH, NF_ACCEPT, 5);
	is_sent(3, NFQNL_MSG_VERDICT, NF_ACCEPT, 7);
	is_sent(4, NFQNL_MSG_VERDICT, NF_ACCEPT, 6);
	is_sent(5, NFQNL_MSG_VERDICT, NF_ACCEPT, 8);
	assert_int_equal(kernel.sent[5].len, 39);
	div_close(d);
}

/* Edited packets fill the buffer, which is sent before it overflows. */
static void
test_full(void **state)
{
	struct div *d = reader(&nowait);
	static uint8_t big[60000];
	struct div_frame f[5];
	uint32_t i;

	(void)state;
	for (i = 1; i <= 4; i++)
		kernel_packet(i, NF_INET_FORWARD, 0);
	for (i = 1; i <= 4; i++) {
		f[i] = next(d, i);
		memcpy(big, f[i].packet, f[i].caplen);
		f[i].packet = big;
		f[i].caplen = sizeof(big);
	}
	for (i = 1; i <= 4; i++)
		judge(d, f[i], DIV_PACKET);
	assert_int_equal(kernel.nsent, 3);
	assert_int_equal(div_flush(d), 0);
	assert_int_equal(kernel.nsent, 4);
	assert_int_equal(kernel.sent[3].len, sizeof(big));
	div_close(d);
}

static void
test_send_errors(void **state)
{
	struct div *d = reader(&nowait);
	struct div_frame f;

	(void)state;
	kernel_packet(1, NF_INET_FORWARD, 0);
	f = next(d, 1);
	judge(d, f, DIV_DROP);
	kernel.send_error = ENOBUFS;
	kernel.send_errors = 3;
	assert_int_equal(div_flush(d), 0);
	is_sent(0, NFQNL_MSG_VERDICT, NF_DROP, 1);
	kernel_packet(2, NF_INET_FORWARD, 0);
	f = next(d, 2);
	judge(d, f, DIV_DROP);
	kernel.send_error = EPERM;
	kernel.send_errors = 1;
	assert_int_equal(div_flush(d), -1);
	assert_string_equal(div_error(d),
	    "port " PORTNAME ": verdict: Operation not permitted");
	div_close(d);
}

/* ENOENT is counted; EPERM ends the reader. */
static void
test_verdict_errors(void **state)
{
	struct div *d = reader(&nowait);
	struct div_frame f;

	(void)state;
	kernel_error(ENOENT);
	kernel_packet(1, NF_INET_FORWARD, 0);
	next(d, 1);
	assert_int_equal(div_counters(d)->errors, 1);
	kernel_error(EPERM);
	assert_int_equal(div_recv(d, &f), -1);
	assert_int_equal(errno, EPERM);
	assert_string_equal(div_error(d),
	    "port " PORTNAME ": verdicts are refused: the writer lacks "
	    "CAP_NET_ADMIN");
	div_close(d);
}

static void
own(uint32_t mark)
{
	struct div_options opt = { .flags = DIV_O_NONBLOCK, .mark = 5 };
	struct div *d = reader(&opt);

	kernel_packet(1, NF_INET_FORWARD, mark);
	kernel_packet(2, NF_INET_FORWARD, 4);
	next(d, 2);
	assert_int_equal(div_counters(d)->own, 1);
	assert_int_equal(div_flush(d), 0);
	assert_int_equal(kernel.nsent, 1);
	is_sent(0, NFQNL_MSG_VERDICT_BATCH, NF_ACCEPT, 1);
	div_close(d);
}

/* Packets with our mark, injected ones, pass unseen. */
static void
test_own(void **state)
{
	(void)state;
	own(5);
}

/* Those of translated connections have one more bit. */
static void
test_own_translated(void **state)
{
	(void)state;
	own(0x80000005);
}

/* Damaged packets pass unseen, unless the kernel will fill in the checksum. */
static void
test_damaged(void **state)
{
	struct div *d = reader(&nowait);

	(void)state;
	kernel.info = NFQA_SKB_CSUM_NOTVERIFIED;
	kernel_packet(1, NF_INET_FORWARD, 0);
	kernel.damage = 1;
	kernel_packet(2, NF_INET_FORWARD, 0);
	kernel.info |= NFQA_SKB_CSUMNOTREADY;
	kernel_packet(3, NF_INET_FORWARD, 0);
	kernel.info = NFQA_SKB_CSUM_NOTVERIFIED | NFQA_SKB_GSO;
	kernel_hex(TCP4_DATA, 4, NF_INET_FORWARD, 0);
	kernel.info = 0;
	kernel_packet(5, NF_INET_LOCAL_OUT, 0);
	assert_int_equal(next(d, 1).flags, 0);
	next(d, 3);
	next(d, 4);
	next(d, 5);
	none(d);
	assert_int_equal(div_counters(d)->damaged, 1);
	assert_int_equal(kernel.nsent, 1);
	is_sent(0, NFQNL_MSG_VERDICT, NF_ACCEPT, 2);
	div_close(d);
}

/* With DIV_O_DAMAGED they are received, but never repaired. */
static void
test_damaged_seen(void **state)
{
	const struct div_options opt = { .flags = DIV_O_NONBLOCK |
		    DIV_O_DAMAGED };
	struct div *d = reader(&opt);
	struct div_frame f;

	(void)state;
	kernel.info = NFQA_SKB_CSUM_NOTVERIFIED;
	kernel.damage = 1;
	kernel_packet(1, NF_INET_FORWARD, 0);
	kernel_packet(2, NF_INET_FORWARD, 0);
	f = next(d, 1);
	assert_int_equal(f.flags, DIV_F_BADSUM);
	judge(d, f, DIV_PACKET);
	assert_int_equal(div_send(d, &f), DIV_REFUSE_DAMAGED); /* a copy */
	f = next(d, 2);
	f.packet[f.caplen - 2] ^= 1;
	assert_int_equal(div_send(d, &f), DIV_REFUSE_DAMAGED);
	assert_int_equal(div_flush(d), 0);
	assert_int_equal(kernel.nsent, 2);
	is_sent(0, NFQNL_MSG_VERDICT_BATCH, NF_ACCEPT, 1);
	is_sent(1, NFQNL_MSG_VERDICT, NF_DROP, 2);
	assert_int_equal(kernel.sent[0].len, 0);
	div_close(d);
}

/* Joined datagrams are sent through the rules again, not to be joined then. */
static void
test_split(void **state)
{
	const struct div_options opt = { .flags = DIV_O_NONBLOCK | DIV_O_GSO };
	struct div *d = reader(&opt);

	(void)state;
	kernel_packet(1, NF_INET_FORWARD, 0);
	kernel.info = NFQA_SKB_GSO | NFQA_SKB_CSUMNOTREADY;
	kernel_packet(2, NF_INET_FORWARD, 0);
	kernel_hex(TCP4_DATA, 3, NF_INET_FORWARD, 0);
	judge(d, next(d, 1), DIV_PACKET);
	judge(d, next(d, 3), DIV_PACKET);
	assert_int_equal(div_flush(d), 0);
	assert_int_equal(div_counters(d)->split, 1);
	assert_int_equal(kernel.nsent, 5);
	is_sent(0, NFQNL_MSG_VERDICT_BATCH, NF_ACCEPT, 1);
	assert_int_equal(kernel.sent[1].type, NFQNL_MSG_CONFIG);
	is_sent(2, NFQNL_MSG_VERDICT, NF_REPEAT, 2);
	assert_int_equal(kernel.sent[3].type, NFQNL_MSG_CONFIG);
	is_sent(4, NFQNL_MSG_VERDICT_BATCH, NF_ACCEPT, 3);
	div_close(d);
}

static int
reuse_fails(void *arg)
{
	(void)arg;
	errno = ENOSPC;
	return -1;
}

/* The caller's failure has its own text, not that of an earlier one. */
static void
test_reuse_fails(void **state)
{
	struct div *d = reader(&nowait);
	struct div_frame f;

	(void)state;
	strlcpy(d->error, "an earlier error", sizeof(d->error));
	div_on_reuse(d, reuse_fails, NULL);
	assert_int_equal(div_recv(d, &f), -1);
	assert_int_equal(errno, ENOSPC);
	assert_string_equal(div_error(d), strerror(ENOSPC));
	div_close(d);
}

/* A reader that passes injected packets itself, and its sink. */
static struct div *
own_sink(struct div **sink, uint64_t hold)
{
	const struct div_options own = { .flags = DIV_O_NONBLOCK,
		.mark = 5,
		.hold = hold };
	struct div *d = reader(&own);
	char err[DIV_ERRLEN];

	*sink = div_open_writer(d, &own, err);
	assert_non_null(*sink);
	return d;
}

/* The sink does not miss them, and they do not end a run of verdicts. */
static void
test_own_between(void **state)
{
	struct div *sink, *d = own_sink(&sink, 1);
	struct div_frame first;
	int i;

	(void)state;
	kernel_packet(1, NF_INET_FORWARD, 4);
	kernel_packet(2, NF_INET_FORWARD, 5);
	kernel_packet(3, NF_INET_FORWARD, 4);
	first = next(d, 1);
	judge(sink, first, DIV_PACKET);
	judge(sink, next(d, 3), DIV_PACKET);
	for (i = 0; i < 3; i++)
		assert_int_not_equal(div_tick(sink), -1);
	assert_int_equal(kernel.nsent, 1);
	is_sent(0, NFQNL_MSG_VERDICT_BATCH, NF_ACCEPT, 3);
	assert_int_equal(div_counters(sink)->expired, 0);
	div_close(sink);
	div_close(d);
}

/* They do not make the packets of a slow pipeline expire. */
static void
test_own_ahead(void **state)
{
	struct div *sink, *d = own_sink(&sink, 100000000);
	struct div_frame f[20];
	uint32_t i;

	(void)state;
	for (i = 0; i < 19; i++)
		kernel_packet(1 + i, NF_INET_FORWARD, i == 17 ? 5 : 4);
	for (i = 0; i < 19; i++)
		if (i != 17) {
			f[i] = next(d, 1 + i);
			f[i].packet = NULL;
			f[i].caplen = 0;
		}
	for (i = 0; i < 15; i++) {
		judge(sink, f[i], DIV_PASS);
		assert_int_not_equal(div_tick(sink), -1);
		kernel.nsent = 0;
		usleep(20000);
	}
	assert_int_equal(div_counters(sink)->expired, 0);
	div_close(sink);
	div_close(d);
}

/* So many ids that the id page wraps: the first emitted, the others own. */
static struct div_frame
own_wrapped(struct div *d, struct div *sink, int ticks)
{
	struct div_frame f;
	uint32_t id;

	kernel_packet(1, NF_INET_FORWARD, 4);
	f = next(d, 1);
	if (ticks)
		assert_int_not_equal(div_tick(sink), -1);
	for (id = 2; id <= IDWIN_SIZE + 1; id++)
		idpage_note(((struct nfq *)d->priv)->ids, id, 1);
	return f;
}

/* A packet is not taken for an own one that has the same bit. */
static void
test_own_wrapped(void **state)
{
	struct div *sink, *d = own_sink(&sink, 0);

	(void)state;
	judge(sink, own_wrapped(d, sink, 0), DIV_PASS);
	assert_int_equal(div_flush(sink), 0);
	assert_int_equal(kernel.nsent, 1);
	is_sent(0, NFQNL_MSG_VERDICT, NF_ACCEPT, 1);
	div_close(sink);
	div_close(d);
}

/* It is not counted twice, or a packet would seem to have its verdict. */
static void
test_own_wrapped_twice(void **state)
{
	struct div *sink, *d = own_sink(&sink, 0);
	struct div_frame f, first = own_wrapped(d, sink, 1);
	uint32_t i, id = IDWIN_SIZE + 2;

	(void)state;
	kernel_packet(id, NF_INET_FORWARD, 4);
	f = next(d, id);
	assert_int_not_equal(div_tick(sink), -1);
	for (i = 0; i < 4; i++)
		judge(sink, first, DIV_PASS);
	judge(sink, f, DIV_PASS);
	for (i = 0; i < 5; i++) {
		kernel_packet(++id, NF_INET_FORWARD, 4);
		next(d, id);
		kernel_packet(++id, NF_INET_FORWARD, 4);
		judge(sink, next(d, id), DIV_PACKET);
		assert_int_equal(div_flush(sink), 0);
		is_sent(kernel.nsent - 1, NFQNL_MSG_VERDICT, NF_ACCEPT, id);
	}
	div_close(sink);
	div_close(d);
}

/* An id that has wrapped in the kernel since is stale. */
static void
test_wrapped(void **state)
{
	struct div *sink, *d = own_sink(&sink, 0);
	struct div_frame f;

	(void)state;
	kernel_packet(1, NF_INET_FORWARD, 4);
	f = next(d, 1);
	idpage_note(((struct nfq *)d->priv)->ids, UINT32_MAX, 0);
	f.type = DIV_PASS;
	assert_int_equal(div_send(sink, &f), DIV_STALE);
	assert_int_equal(div_flush(sink), 0);
	assert_int_equal(kernel.nsent, 0);
	div_close(sink);
	div_close(d);
}

/* Behind the last packet that is wanted, others are the reader's own. */
static void
test_count(void **state)
{
	const struct div_options opt = { .flags = DIV_O_NONBLOCK,
		.hold = 1,
		.count = 2 };
	struct div *d = reader(&opt), *sink;
	char err[DIV_ERRLEN];
	struct div_frame f;
	uint32_t i;

	(void)state;
	sink = div_open_writer(d, &opt, err);
	assert_non_null(sink);
	for (i = 1; i <= 4; i++)
		kernel_packet(i, NF_INET_FORWARD, 0);
	for (i = 1; i <= 2; i++)
		judge(sink, next(d, i), DIV_PACKET);
	assert_int_equal(div_recv(d, &f), 0);
	assert_int_equal(div_flush(d), 0);
	assert_int_equal(kernel.nsent, 3);
	is_sent(0, NFQNL_MSG_CONFIG, 0, 0);
	is_sent(1, NFQNL_MSG_VERDICT, NF_ACCEPT, 3);
	is_sent(2, NFQNL_MSG_VERDICT, NF_ACCEPT, 4);
	for (i = 0; i < 3; i++)
		assert_int_not_equal(div_tick(sink), -1);
	assert_int_equal(div_counters(d)->passed, 2);
	assert_int_equal(div_counters(sink)->passed, 2);
	assert_int_equal(div_counters(sink)->expired, 0);
	div_close(sink);
	div_close(d);
}

/* With DIV_O_TEE packets pass at once, and pending ones at the end. */
static void
test_tee(void **state)
{
	struct div_options opt = { .flags = DIV_O_NONBLOCK | DIV_O_TEE };
	struct div *d = reader(&opt);

	(void)state;
	kernel_packet(1, NF_INET_FORWARD, 0);
	kernel_packet(2, NF_INET_FORWARD, 0);
	next(d, 1);
	assert_int_equal(kernel.nsent, 1);
	is_sent(0, NFQNL_MSG_VERDICT_BATCH, NF_ACCEPT, 2);
	next(d, 2);
	assert_int_not_equal(div_tick(d), -1);
	kernel.nsent = 0;
	div_close(d);
	assert_int_equal(kernel.nsent, 2);
	is_sent(0, NFQNL_MSG_CONFIG, 0, 0);
	is_sent(1, NFQNL_MSG_VERDICT_BATCH, NF_ACCEPT, 2 + (1 << 30));
}

/* A TCP segment of one end, its data moved on by so many bytes. */
static struct div_frame
segment(struct div *d, uint32_t id, int answer, uint32_t off)
{
	static const uint8_t ends[2][12] = {
		{ 192, 0, 2, 1, 192, 0, 2, 2, 0xc7, 0x20, 0, 80 },
		{ 192, 0, 2, 2, 192, 0, 2, 1, 0, 80, 0xc7, 0x20 },
	};
	struct div_frame f;
	uint32_t seq, ack;

	kernel_hex(TCP4_DATA, id, NF_INET_FORWARD, 0);
	f = next(d, id);
	memcpy(f.packet + 12, ends[answer], 12);
	seq = get32(f.packet + (answer ? 28 : 24));
	ack = get32(f.packet + (answer ? 24 : 28));
	put32(f.packet + 24, seq + off);
	put32(f.packet + 28, ack);
	return f;
}

/* A segment in the out-of-order queue is dropped with the port. */
static void
test_held(void **state)
{
	struct div *d = reader(&nowait);
	struct div_frame f;

	(void)state;
	judge(d, segment(d, 1, 0, 0), DIV_PACKET);
	judge(d, segment(d, 2, 1, 0), DIV_PACKET);
	f = segment(d, 3, 0, 21);
	f.caplen--;
	judge(d, f, DIV_PACKET);
	judge(d, segment(d, 4, 0, 100), DIV_PACKET);
	assert_int_not_equal(div_tick(d), -1);
	assert_int_equal(div_counters(d)->held, 1);
	assert_int_equal(div_counters(d)->absorbed, 0);
	div_close(d);
}

/*
 * A verdict on all that is pending does not cover a segment of the out-of-order
 * queue, which has had its own and is not translated yet.
 */
static void
out_of_order(uint8_t type, uint32_t verdict)
{
	struct div *d = reader(&nowait);
	struct div_frame f;

	judge(d, segment(d, 1, 0, 0), DIV_PACKET);
	judge(d, segment(d, 2, 1, 0), DIV_PACKET);
	f = segment(d, 3, 0, 21);
	f.caplen--;
	judge(d, f, DIV_PACKET);
	judge(d, segment(d, 4, 0, 100), DIV_PACKET);
	kernel_packet(5, NF_INET_FORWARD, 0);
	f = next(d, 5);
	assert_int_equal(div_flush(d), 0);
	kernel.nsent = 0;
	f.id = DIV_ALL;
	judge(d, f, type);
	assert_int_equal(div_flush(d), 0);
	assert_int_equal(kernel.nsent, 2);
	is_sent(0, NFQNL_MSG_VERDICT, NF_DROP, 4);
	is_sent(1, NFQNL_MSG_VERDICT_BATCH, verdict, 5);
	assert_int_equal(div_counters(d)->absorbed, 1);
	assert_int_equal(div_counters(d)->dropped, type == DIV_DROP);
	/* the queue still has the segment, which is a new packet now */
	assert_int_not_equal(div_tick(d), -1);
	assert_int_equal(div_counters(d)->held, 1);
	assert_int_equal(d->tcp->queue_slots, 0);
	kernel.nsent = 0;
	div_close(d);
	assert_int_equal(kernel.nsent, 0);
}

static void
test_pass_all(void **state)
{
	(void)state;
	out_of_order(DIV_PASS, NF_ACCEPT);
}

static void
test_drop_all(void **state)
{
	(void)state;
	out_of_order(DIV_DROP, NF_DROP);
}

/* A missing raw socket is an error when a packet needs it. */
static void
test_no_raw_socket(void **state)
{
	struct div *d;
	struct div_frame f;

	(void)state;
	kernel.no_raw6 = EPERM;
	d = reader(&nowait);
	kernel_hex(UDP6, 1, NF_INET_FORWARD, 0);
	f = next(d, 1);
	f.type = DIV_INJECT;
	assert_int_equal(div_send(d, &f), DIV_NOTSENT);
	assert_string_equal(div_error(d),
	    "new packet: no raw socket for IPv6: Operation not permitted");
	div_close(d);
}

/* A new packet has no id in the kernel, whatever its frame says. */
static void
test_new_with_id(void **state)
{
	struct div *sink, *d = own_sink(&sink, 0);
	struct div_frame f;
	unsigned int i, closed = 0;

	(void)state;
	judge(sink, segment(d, 1, 0, 0), DIV_PACKET);
	judge(sink, segment(d, 2, 1, 0), DIV_PACKET);
	f = segment(d, 3, 0, 21);
	f.caplen--;
	judge(sink, f, DIV_PACKET);
	f = segment(d, 4, 0, 0);
	f.id = UINT64_MAX;
	judge(sink, f, DIV_INJECT);
	assert_int_not_equal(div_tick(sink), -1);
	for (i = 0; i < kernel.nsent; i++)
		if (kernel.sent[i].type == NFQNL_MSG_CONFIG)
			closed++;
		else
			assert_in_range(kernel.sent[i].id, 1, 3);
	/* with a translation, the queue fails open no more: once */
	assert_int_equal(closed, 1);
	div_close(sink);
	div_close(d);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_netfilter),
		TEST(test_no_permission),
		TEST(test_no_memory),
		TEST(test_receive),
		TEST(test_verdicts),
		TEST(test_full),
		TEST(test_send_errors),
		TEST(test_verdict_errors),
		TEST(test_own),
		TEST(test_own_translated),
		TEST(test_damaged),
		TEST(test_damaged_seen),
		TEST(test_reuse_fails),
		TEST(test_split),
		TEST(test_own_between),
		TEST(test_own_ahead),
		TEST(test_own_wrapped),
		TEST(test_own_wrapped_twice),
		TEST(test_wrapped),
		TEST(test_count),
		TEST(test_tee),
		TEST(test_held),
		TEST(test_pass_all),
		TEST(test_drop_all),
		TEST(test_no_raw_socket),
		TEST(test_new_with_id),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
