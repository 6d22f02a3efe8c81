/* SPDX-License-Identifier: ISC */

/* The sink, over a pcap file in place of a kernel. */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "corpus.h"
#include "backend_pcap.h"

#define IN "/tmp/divio-port-in.pcap"
#define OUT "/tmp/divio-port-out.pcap"

static struct div *
port(const char *const *hex, unsigned int flags)
{
	struct div_options opt = { .flags = flags };
	struct div_frame f = { .type = DIV_INJECT, .hdrlen = DIV_HDRLEN };
	char err[DIV_ERRLEN];
	struct div_writer *w;
	struct div *d;
	size_t len;
	int fd;

	fd = open(IN, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	w = div_writer_new(fd, DIV_FMT_PCAP);
	for (; *hex != NULL; hex++) {
		f.packet = unhex(*hex, &len);
		f.caplen = f.origlen = (uint32_t)len;
		assert_int_equal(div_writer_put(w, &f), 0);
		free(f.packet);
	}
	assert_int_equal(div_writer_flush(w), 0);
	div_writer_free(w);
	close(fd);
	d = pcap_port(IN "," OUT, &opt, err);
	assert_non_null(d);
	return d;
}

/* Ends the port; the packet that came out, or NULL, and no other. */
static uint8_t *
result(struct div *d, size_t *len)
{
	uint8_t *p = NULL;
	struct div_reader *r;
	struct div_frame f;
	int fd;

	assert_int_equal(div_finish(d, -1), 0);
	div_close(d);
	fd = open(OUT, O_RDONLY);
	r = div_reader_new(fd, OUT, DIV_FMT_PCAP);
	*len = 0;
	if (div_reader_next(r, &f) == 1) {
		p = copy(f.packet, f.caplen);
		*len = f.caplen;
		assert_int_equal(div_reader_next(r, &f), 0);
	}
	div_reader_free(r);
	close(fd);
	unlink(IN);
	unlink(OUT);
	return p;
}

static void
result_is(struct div *d, const char *hex)
{
	size_t len, want;
	uint8_t *p = result(d, &len), *q = unhex(hex, &want);

	assert_int_equal(len, want);
	if (want != 0)
		assert_memory_equal(p, q, want);
	free(p);
	free(q);
}

static const char *const one_tcp[] = { TCP4_DATA, NULL };
static const char *const one_udp[] = { UDP4, NULL };
static const char *const one_fragment[] = { FRAG4_FIRST, NULL };

static void
test_unedited(void **state)
{
	struct div *d = port(one_tcp, 0);
	struct div_frame f;

	(void)state;
	assert_int_equal(div_recv(d, &f), 1);
	assert_int_equal(f.type, DIV_PACKET);
	assert_true(f.id == 1 && f.epoch != 0 && f.digest != 0);
	assert_int_equal(div_send(d, &f), DIV_OK);
	assert_int_equal(div_counters(d)->passed, 1);
	assert_int_equal(div_recv(d, &f), 0);
	result_is(d, TCP4_DATA);
}

static void
test_edited(void **state)
{
	struct div *d = port(one_tcp, 0);
	struct div_packet p;
	struct div_frame f;
	uint8_t *out, *again;
	size_t len;

	(void)state;
	assert_int_equal(div_recv(d, &f), 1);
	memcpy(strstr((char *)f.packet + 52, "foo"), "bar", 3);
	assert_int_equal(div_send(d, &f), DIV_OK);
	assert_int_equal(div_counters(d)->edited, 1);
	out = result(d, &len);
	assert_int_equal(len, 73);
	assert_int_equal(div_packet_parse(&p, out, len), 0);
	assert_non_null(strstr((char *)out + p.payload, "bar"));
	/* valid: repair finds nothing to do */
	again = copy(out, len);
	assert_int_equal(div_repair(again, len), DIV_OK);
	assert_memory_equal(again, out, len);
	free(out);
	free(again);
}

static void
test_udp_grows(void **state)
{
	struct div *d = port(one_udp, 0);
	struct div_frame f;
	uint8_t longer[64], *out;
	size_t len;

	(void)state;
	assert_int_equal(div_recv(d, &f), 1);
	memcpy(longer, f.packet, f.caplen);
	memset(longer + f.caplen, '!', 5);
	f.packet = longer;
	f.caplen += 5;
	assert_int_equal(div_send(d, &f), DIV_OK);
	out = result(d, &len);
	assert_int_equal(len, 39 + 5);
	assert_int_equal(get16(out + 2), 39 + 5);
	assert_int_equal(get16(out + 24), 19 + 5);
	free(out);
}

/* Refused edits are dropped. */
static void
refused(const char *const *hex, int shrink, uint8_t flags,
    enum div_reason reason)
{
	struct div *d;
	struct div_frame f;

	d = port(hex, 0);
	assert_int_equal(div_recv(d, &f), 1);
	f.flags |= flags;
	f.packet[f.caplen - 1] ^= 1;
	f.caplen -= (uint32_t)shrink;
	assert_int_equal(div_send(d, &f), (int)reason);
	assert_int_equal(div_counters(d)->reason[reason], 1);
	assert_int_equal(div_counters(d)->edited, 0);
	result_is(d, "");
}

/* A file has not kept the packet as it was. */
static void
test_refused_pass(void **state)
{
	struct div *d = port(one_fragment, DIV_O_PASS);
	struct div_frame f;

	(void)state;
	assert_int_equal(div_recv(d, &f), 1);
	f.packet[f.caplen - 1] ^= 1;
	assert_int_equal(div_send(d, &f), DIV_REFUSE_FRAGMENT);
	assert_int_equal(div_counters(d)->reason[DIV_GONE], 1);
	result_is(d, "");
}

static void
test_refused(void **state)
{
	(void)state;
	refused(one_tcp, 60, 0, DIV_REFUSE_MALFORMED);
	refused(one_fragment, 0, 0, DIV_REFUSE_FRAGMENT);
	refused(one_udp, 0, DIV_F_TRUNC, DIV_REFUSE_TRUNCATED);
}

/*
 * In a connection that is seen in one direction only no segment changes its
 * length; the first attempt becomes a keepalive probe, without data.
 */
static void
test_one_direction(void **state)
{
	static const char *const two[] = { TCP4_DATA, TCP4_DATA, NULL };
	struct div *d = port(two, 0);
	struct div_frame f;
	uint8_t *out;
	size_t len;

	(void)state;
	assert_int_equal(div_recv(d, &f), 1);
	f.caplen--;
	assert_int_equal(div_send(d, &f), DIV_OK);
	assert_int_equal(div_recv(d, &f), 1);
	f.caplen--;
	assert_int_equal(div_send(d, &f), DIV_REFUSE_TCPLEN);
	out = result(d, &len);
	assert_int_equal(len, 52);
	free(out);
}

static void
test_drop(void **state)
{
	struct div *d = port(one_tcp, 0);
	struct div_frame f;

	(void)state;
	assert_int_equal(div_recv(d, &f), 1);
	f.type = DIV_DROP;
	assert_int_equal(div_send(d, &f), DIV_OK);
	assert_int_equal(div_counters(d)->dropped, 1);
	result_is(d, "");
}

/* A filter may copy a packet; the copy is a new one. */
static void
test_duplicate(void **state)
{
	struct div *d = port(one_udp, 0);
	struct div_frame f;

	(void)state;
	assert_int_equal(div_recv(d, &f), 1);
	assert_int_equal(div_send(d, &f), DIV_OK);
	assert_int_equal(div_send(d, &f), DIV_OK);
	assert_int_equal(div_counters(d)->passed, 1);
	assert_int_equal(div_counters(d)->injected, 1);
	div_close(d);
}

static void
test_stale(void **state)
{
	struct div *d = port(one_udp, 0);
	struct div_frame f;

	(void)state;
	assert_int_equal(div_recv(d, &f), 1);
	f.epoch++;
	assert_int_equal(div_send(d, &f), DIV_STALE);
	assert_int_equal(div_counters(d)->reason[DIV_STALE], 1);
	f.epoch--;
	f.port++;
	assert_int_equal(div_send(d, &f), DIV_STALE);
	f.port--;
	f.id++;
	assert_int_equal(div_send(d, &f), DIV_NOPACKET);
	assert_int_equal(div_counters(d)->reason[DIV_NOPACKET], 1);
	f.id = 0;
	assert_int_equal(div_send(d, &f), DIV_NOPACKET);
	result_is(d, "");
}

/* Verdicts of people: without epoch and port, on one packet or on all. */
static void
test_verdicts(void **state)
{
	static const char *const three[] = { UDP4, UDP4, UDP4, NULL };
	struct div *d = port(three, 0);
	struct div_frame f, pass = { .type = DIV_PASS, .id = 2 };
	int i;

	(void)state;
	for (i = 0; i < 3; i++)
		assert_int_equal(div_recv(d, &f), 1);
	/* a file keeps no packets: the frame must bring it back */
	assert_int_equal(div_send(d, &pass), DIV_GONE);
	assert_int_equal(div_counters(d)->passed, 0);
	pass.type = DIV_DROP;
	pass.id = DIV_ALL;
	assert_int_equal(div_send(d, &pass), DIV_OK);
	assert_int_equal(div_counters(d)->dropped, 2);
	assert_int_equal(div_send(d, &f), DIV_LATE);
	div_close(d);
}

static void
test_malformed(void **state)
{
	struct div_frame f = { .type = DIV_INJECT, .hdrlen = DIV_HDRLEN };
	struct div *d = port(one_udp, 0);

	(void)state;
	assert_int_equal(div_send(d, &f), DIV_REFUSE_MALFORMED);
	div_close(d);
}

/* DIV_O_KEEPSUM: nothing is repaired. */
static void
test_keepsum(void **state)
{
	struct div_frame f, new = { .type = DIV_INJECT, .hdrlen = DIV_HDRLEN };
	struct div *d = port(one_tcp, DIV_O_KEEPSUM);
	uint8_t *out, broken[20] = { 0x45 };
	size_t len;

	(void)state;
	new.packet = broken;
	new.caplen = 10;
	assert_int_equal(div_send(d, &new), DIV_REFUSE_MALFORMED);
	assert_int_equal(div_recv(d, &f), 1);
	f.packet[36] ^= 0xff; /* its checksum */
	assert_int_equal(div_send(d, &f), DIV_OK);
	assert_int_equal(div_counters(d)->edited, 1);
	out = result(d, &len);
	assert_int_equal(out[36], 0xa6);
	free(out);
}

static void
inject_refused(uint8_t flags, enum div_reason reason)
{
	struct div *d = port(one_udp, 0);
	struct div_frame f;

	assert_int_equal(div_recv(d, &f), 1);
	f.type = DIV_INJECT;
	f.flags |= flags;
	assert_int_equal(div_send(d, &f), (int)reason);
	assert_int_equal(div_counters(d)->reason[reason], 1);
	assert_int_equal(div_counters(d)->injected, 0);
	result_is(d, "");
}

static void
test_inject_refused(void **state)
{
	(void)state;
	inject_refused(DIV_F_NEXT, DIV_REFUSE_NEXT);
	inject_refused(DIV_F_TRUNC, DIV_REFUSE_TRUNCATED);
}

/* A packet that comes back after the hold time is late. */
static void
test_hold(void **state)
{
	struct div_options opt = { .hold = 1000000 };
	char err[DIV_ERRLEN];
	struct div_frame f;
	struct div *d;

	(void)state;
	div_close(port(one_udp, 0));
	d = pcap_port(IN, &opt, err);
	assert_non_null(d);
	assert_int_equal(div_recv(d, &f), 1);
	while (div_counters(d)->expired == 0)
		assert_in_range(div_tick(d), 0, 2);
	assert_int_equal(div_send(d, &f), DIV_EXPIRED);
	assert_int_equal(div_counters(d)->reason[DIV_EXPIRED], 1);
	div_close(d);
	unlink(IN);
	unlink(OUT);
}

/* The highest bit of the mask that new packets leave. */
static void
test_bit(void **state)
{
	static const struct {
		uint32_t mark, mask, bit;
	} marks[] = {
		{ DIV_MARK, 0, 0x80000000 },
		{ 0xf0000000, UINT32_MAX, 0x08000000 },
		{ 0x10000, 0x30000, 0x20000 },
		{ 0x20000, 0x30001, 0x10000 },
		{ 0x10000, 0x10000, 0 },
		{ UINT32_MAX, 0, 0 },
		{ 0, 0, 0x80000000 },
	};
	struct div_options opt = { .hold = 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		opt.mark = marks[i].mark;
		opt.markmask = marks[i].mask;
		assert_int_equal(div_translated_bit(&opt), marks[i].bit);
	}
}

/* A hold record raises the hold time, up to a bound, and never lowers it. */
static void
test_hold_record(void **state)
{
	struct div_options opt = { .hold = 1000000 };
	struct div_frame f, hold = { .type = DIV_HOLD, .hdrlen = DIV_HDRLEN };
	char err[DIV_ERRLEN];
	struct div *d;

	(void)state;
	div_close(port(one_udp, 0));
	d = pcap_port(IN, &opt, err);
	assert_non_null(d);
	assert_int_equal(div_recv(d, &f), 1);
	hold.epoch = f.epoch + 1;
	hold.time = 5;
	assert_int_equal(div_send(d, &hold), DIV_STALE);
	hold.epoch = f.epoch;
	hold.time = 20000000;
	assert_int_equal(div_send(d, &hold), DIV_OK);
	assert_true(d->ids.quiet.hold == 21000000);
	assert_true(d->ids.judged.hold == 21000000);
	assert_true(d->ids.early.hold == 20100000);
	hold.time = 10;
	assert_int_equal(div_send(d, &hold), DIV_OK);
	assert_true(d->ids.quiet.hold == 21000000);
	hold.time = UINT64_MAX;
	hold.epoch = 0;
	assert_int_equal(div_send(d, &hold), DIV_OK);
	assert_true(d->ids.quiet.hold == DIV_HOLDMAX + 1000000);
	div_close(d);
	unlink(IN);
	unlink(OUT);
}

/* DIV_F_KEEPSUM: the checksum of one packet stays wrong. */
static void
test_keepsum_frame(void **state)
{
	struct div *d = port(one_tcp, 0);
	struct div_frame f;
	uint8_t *out;
	size_t len;

	(void)state;
	assert_int_equal(div_recv(d, &f), 1);
	f.packet[36] ^= 0xff;
	f.flags |= DIV_F_BADSUM | DIV_F_KEEPSUM;
	assert_int_equal(div_send(d, &f), DIV_OK);
	out = result(d, &len);
	assert_int_equal(out[36], 0xa6);
	free(out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unedited),
		cmocka_unit_test(test_edited),
		cmocka_unit_test(test_udp_grows),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_refused_pass),
		cmocka_unit_test(test_one_direction),
		cmocka_unit_test(test_drop),
		cmocka_unit_test(test_duplicate),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_keepsum),
		cmocka_unit_test(test_inject_refused),
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_bit),
		cmocka_unit_test(test_hold_record),
		cmocka_unit_test(test_keepsum_frame),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
