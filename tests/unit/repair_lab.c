/* SPDX-License-Identifier: ISC */

#include <sys/types.h>
#include <netinet/in.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "repair_lab.h"

uint16_t
naive(uint32_t sum, const uint8_t *p, size_t n)
{
	for (; n > 1; p += 2, n -= 2) {
		sum += (uint32_t)(p[0] << 8 | p[1]);
		sum = (sum & 0xffff) + (sum >> 16);
	}
	if (n == 1)
		sum += (uint32_t)p[0] << 8;
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

void
check_repair(repair_fn *fn, uint8_t *b, size_t n, enum div_reason want)
{
	uint8_t *before = copy(b, n);

	assert_int_equal(fn(b, n), want);
	if (want != DIV_OK)
		assert_memory_equal(b, before, n);
	free(before);
}

void
check_refused(uint8_t *b, size_t n, enum div_reason want)
{
	check_repair(div_repair, b, n, want);
	check_repair(div_repair_new, b, n, want);
}

void
check_new_only(uint8_t *b, size_t n, enum div_reason want)
{
	check_repair(div_repair, b, n, want);
	check_repair(div_repair_new, b, n, DIV_OK);
}

void
spoil(uint8_t *b, size_t n)
{
	struct div_packet p;
	uint8_t *h;

	assert_int_equal(div_packet_parse(&p, b, n), 0);
	if (p.version == 4) {
		put16(b + 2, 7);
		put16(b + 10, 0xaaaa);
	} else
		put16(b + 4, 0xfff0);
	if (p.fragment != DIV_WHOLE || p.truncated)
		return;
	h = b + p.l4;
	if (p.proto == IPPROTO_TCP)
		put16(h + 16, 0x5555);
	else if (p.proto == IPPROTO_ICMP || p.proto == IPPROTO_ICMPV6)
		put16(h + 2, 0xffff);
	else if (p.proto == IPPROTO_UDP) {
		put16(h + 4, 1);
		if (get16(h + 6) != 0 || p.version == 6)
			put16(h + 6, 0x1234);
	}
}
