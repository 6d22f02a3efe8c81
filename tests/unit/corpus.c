/* SPDX-License-Identifier: ISC */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "corpus.h"

#define MOST 100

static struct named table[MOST];
static size_t ntable;

/* Adds a frame of n bytes, which are copied; callers set the rest. */
static struct div_frame *
add(const char *name, uint8_t type, const uint8_t *p, size_t n)
{
	struct div_frame *f = &table[ntable].f;

	assert_true(ntable < MOST);
	table[ntable++].name = name;
	f->type = type;
	f->hdrlen = DIV_HDRLEN;
	f->packet = copy(p, n);
	f->caplen = f->origlen = (uint32_t)n;
	if (type != DIV_PACKET)
		return f;
	f->id = ntable;
	f->epoch = 0x0123456789abcdef;
	f->time = 1700000000000000000 + ntable;
	f->digest = div_frame_digest(f);
	f->port = 8000;
	f->dir = DIV_FORWARD;
	f->ifindex = 3;
	memcpy(f->ifname, "eth0", 4);
	return f;
}

static void
add_hex(const char *name, const char *hex)
{
	size_t n;
	uint8_t *p = unhex(hex, &n);

	add(name, DIV_PACKET, p, n);
	free(p);
}

/* A UDP datagram on IPv4 with this payload, all checksums 0. */
static struct div_frame *
add_udp(const char *name, const void *payload, size_t len)
{
	static uint8_t pkt[DIV_PACKETMAX] = {
		0x45,
		0,
		0,
		0,
		0,
		1,
		0,
		0,
		64,
		17,
		0,
		0,
		10,
		0,
		0,
		1,
		10,
		0,
		0,
		2,
		0x10,
		0x92,
		0,
		53,
	};
	size_t n = 28 + len;

	pkt[2] = (uint8_t)(n >> 8);
	pkt[3] = (uint8_t)n;
	pkt[24] = (uint8_t)((n - 20) >> 8);
	pkt[25] = (uint8_t)(n - 20);
	memcpy(pkt + 28, payload, len);
	return add(name, DIV_PACKET, pkt, n);
}

static void
add_payloads(void)
{
	static uint8_t large[DIV_PACKETMAX - 28];
	uint8_t all[256];
	size_t i;

	for (i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	for (i = 0; i < sizeof(large); i++)
		large[i] = (uint8_t)(i * 7 >> 3);
	add_udp("no payload", "", 0);
	add_udp("minus", "-", 1);
	add_udp("escaped minus", "\\x2d", 4);
	add_udp("backslash", "\\", 1);
	add_udp("a tab in it", "a\tb\r\n", 5);
	add_udp("CR at the end", "foo\r", 4);
	add_udp("NUL", "\0", 1);
	add_udp("blanks", "  ", 2);
	add_udp("all bytes", all, sizeof(all));
	add_udp("64 KiB", large, 65507);
	add_udp("largest", large, sizeof(large));
	memset(large, 0xff, sizeof(large));
	add_udp("largest of escapes", large, sizeof(large));
}

static void
add_cut(void)
{
	uint8_t *p;
	size_t n;

	p = unhex(TCP4_DATA, &n);
	add("empty", DIV_PACKET, p, 0);
	add("one byte", DIV_PACKET, p, 1);
	add("IPv4 header cut", DIV_PACKET, p, 19);
	add("IPv4 header only", DIV_PACKET, p, 20);
	add("TCP ports cut", DIV_PACKET, p, 23);
	add("TCP ports only", DIV_PACKET, p, 24);
	add("TCP header cut", DIV_PACKET, p, 39);
	add("TCP options cut", DIV_PACKET, p, 51);
	add("TCP without data", DIV_PACKET, p, 52);
	add("snapped", DIV_PACKET, p, 60)->flags = DIV_F_TRUNC;
	table[ntable - 1].f.origlen = (uint32_t)n;
	p[32] = 0x40;
	add("TCP offset too small", DIV_PACKET, p, n);
	p[9] = 132;
	add("SCTP", DIV_PACKET, p, n);
	p[0] = 0x55;
	add("IP version 5", DIV_PACKET, p, n);
	free(p);

	p = unhex(UDP6_EXT, &n);
	add("IPv6 header cut", DIV_PACKET, p, 39);
	add("IPv6 header only", DIV_PACKET, p, 40);
	add("IPv6 extension cut", DIV_PACKET, p, 44);
	p[6] = 59;
	add("IPv6 without next header", DIV_PACKET, p, n);
	free(p);
	add("garbage", DIV_PACKET, (const uint8_t *)"\tnot\\an\nIP\r", 11);
}

static void
add_types(void)
{
	struct div_frame *f;
	uint8_t *p;
	size_t n;

	p = unhex(UDP4, &n);
	add("inject", DIV_INJECT, p, n);
	add("inject with an id", DIV_INJECT, p, n)->id = 5;
	add("inject, snapped", DIV_INJECT, p, n)->origlen = 1500;
	add("inject nothing", DIV_INJECT, p, 0);
	add("drop", DIV_DROP, p, 0)->id = 17;
	f = add("drop with all fields", DIV_PACKET, p, 0);
	f->type = DIV_DROP;
	f->mark = f->tag = 7;
	add("drop all", DIV_DROP, p, 0)->id = DIV_ALL;
	add("drop nothing", DIV_DROP, p, 0);
	add("drop with bytes", DIV_DROP, p, n)->id = 18;
	add("pass", DIV_PASS, p, 0)->id = UINT64_MAX - 1;
	f = add("pass all", DIV_PASS, p, 0);
	f->id = DIV_ALL;
	f->mark = 1;
	add("hold", DIV_HOLD, p, 0)->time = 1500000000;
	f = add("hold with all fields", DIV_HOLD, p, 0);
	f->id = DIV_ALL;
	f->mark = f->tag = 7;
	add("hold with bytes", DIV_HOLD, p, n);
	add("unknown type", 9, p, n)->id = 9;
	add("unknown type, empty", 9, p, 0);
	add("type 0", 0, p, n);
	free(p);
}

static void
add_fields(void)
{
	static const char *const names[] = {
		"-",
		" ",
		"\0a",
		"a b",
		"\\x2d",
		"a\tb",
		"br\xc3\xb6",
		"sixteenbytename!",
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
	};
	static uint8_t opaque[DIV_HDRMAX - DIV_HDRLEN] = { 1, 2, 0, 255 };
	struct div_frame *f;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		f = add_udp(names[i], "x", 1);
		memset(f->ifname, 0, DIV_IFNAMELEN);
		memcpy(f->ifname, names[i],
		    names[i][0] == '\0' ? 2 : strnlen(names[i], DIV_IFNAMELEN));
		f = add(names[i], DIV_PASS, (const uint8_t *)"", 0);
		memcpy(f->ifname, table[ntable - 2].f.ifname, DIV_IFNAMELEN);
	}
	f = add_udp("every field at its most", "x", 1);
	f->dir = f->flags = UINT8_MAX;
	f->hdrlen = DIV_HDRMAX;
	f->opaque = opaque;
	f->origlen = f->mark = f->ifindex = f->tag = UINT32_MAX;
	f->time = f->id = f->digest = f->epoch = UINT64_MAX;
	f->port = UINT16_MAX;
	f = add_udp("every field 0", "x", 1);
	f->dir = 0;
	f->origlen = f->ifindex = 0;
	f->time = f->id = f->digest = f->epoch = 0;
	f->port = 0;
	memset(f->ifname, 0, DIV_IFNAMELEN);
	f = add_udp("short opaque part", "x", 1);
	f->hdrlen = DIV_HDRLEN + 8;
	f->opaque = opaque;
}

const struct named *
frames(size_t *n)
{
	size_t i;

	if (ntable == 0) {
		for (i = 0; i < NCORPUS; i++)
			add_hex("kernel's", corpus[i]);
		add_payloads();
		add_cut();
		add_types();
		add_fields();
	}
	*n = ntable;
	return table;
}

/* A frame around len bytes with anything in its header. */
void
frame_random(struct div_frame *f, uint8_t *packet, size_t len)
{
	static const uint8_t types[] = { 1, 1, 1, 2, 3, 4, 9, 255 };
	static uint8_t noise[4096];
	size_t i;

	if (noise[0] == 0)
		for (i = 0; i < sizeof(noise); i++)
			noise[i] = (uint8_t)(random64() | (i == 0));
	memset(f, 0, sizeof(*f));
	f->type = types[random64() % sizeof(types)];
	f->packet = packet;
	f->caplen = (uint32_t)len;
	f->dir = (uint8_t)(random64() % 6);
	f->flags = (uint8_t)(random64() % 8);
	f->hdrlen = (uint16_t)(DIV_HDRLEN + random64() % 23 * 8);
	f->origlen = random64() % 2 ? f->caplen : (uint32_t)random64();
	f->time = random64();
	f->id = random64() % 2 ? random64() % 3 : random64();
	f->digest = random64() % 2 ? random64() : 0;
	f->epoch = random64() % 2 ? random64() : 0;
	f->mark = (uint32_t)(random64() % 3);
	f->ifindex = (uint32_t)(random64() % 3);
	f->port = (uint16_t)random64();
	f->tag = random64() % 2 ? (uint32_t)random64() : 0;
	for (i = random64() % (DIV_IFNAMELEN + 1); i > 0; i--)
		f->ifname[i - 1] = (char)random64();
	f->opaque = noise + random64() % (sizeof(noise) - DIV_HDRMAX);
}

static void
field_same(const char *name, const char *field, uint64_t is, uint64_t want)
{
	if (is != want)
		fail_msg("%s: %s is %#jx, not %#jx", name, field, (uintmax_t)is,
		    (uintmax_t)want);
}

#define SAME(field) field_same(name, #field, f->field, g->field)

void
frame_same(const char *name, const struct div_frame *f,
    const struct div_frame *g)
{
	SAME(type);
	SAME(dir);
	SAME(flags);
	SAME(hdrlen);
	SAME(caplen);
	SAME(origlen);
	SAME(time);
	SAME(id);
	SAME(digest);
	SAME(epoch);
	SAME(mark);
	SAME(ifindex);
	SAME(port);
	SAME(tag);
	if (memcmp(f->ifname, g->ifname, DIV_IFNAMELEN) != 0)
		fail_msg("%s: ifname differs", name);
	if (f->hdrlen > DIV_HDRLEN &&
	    memcmp(f->opaque, g->opaque, f->hdrlen - DIV_HDRLEN) != 0)
		fail_msg("%s: opaque part differs", name);
	if (memcmp(f->packet, g->packet, f->caplen) != 0)
		fail_msg("%s: packet differs", name);
}

/* A file that is gone when it is closed, read from its beginning. */
int
file_of(const void *p, size_t n)
{
	FILE *tmp = tmpfile();
	int fd;

	assert_non_null(tmp);
	fd = dup(fileno(tmp));
	fclose(tmp);
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, p, n), n);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

int
file_of_frames(enum div_format fmt, const struct named *list, size_t n)
{
	int fd = file_of("", 0);
	struct div_writer *w = div_writer_new(fd, fmt);
	size_t i;

	assert_non_null(w);
	for (i = 0; i < n; i++)
		assert_int_equal(div_writer_put(w, &list[i].f), 0);
	assert_int_equal(div_writer_flush(w), 0);
	div_writer_free(w);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* All of a file, which is closed; the caller frees the bytes. */
size_t
file_read(int fd, uint8_t **p)
{
	off_t n = lseek(fd, 0, SEEK_END);

	assert_non_null(*p = malloc((size_t)n + 1));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(read(fd, *p, (size_t)n), n);
	(*p)[n] = '\0';
	close(fd);
	return (size_t)n;
}
