/* SPDX-License-Identifier: ISC */

#include <sys/types.h>
#include <netinet/in.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "divio.h"

#define NAME "www.example.com"

/* TLS: the fields before the extensions, and a server name */
#define HELLO_RANDOM \
	"\x03\x03"   \
	"0123456789abcdef0123456789abcdef"
#define HELLO_HEAD                            \
	HELLO_RANDOM "\x02id"                 \
		     "\0\x04\x13\x01\x13\x02" \
		     "\x01\0"
#define SNI "\0\0\0\x14\0\x12\0\0\x0f" NAME
#define ALPN "\0\x10\0\x05\0\x03\x02h2"

#define BYTES(s) s, sizeof(s) - 1

static const struct div_packet tcp = { .proto = IPPROTO_TCP, .dport = 443 };
static const struct div_packet dns_tcp = { .proto = IPPROTO_TCP, .dport = 53 };
static const struct div_packet dns = { .proto = IPPROTO_UDP, .dport = 53 };

/* In memory of exactly that length: sanitizers see reads beyond it. */
static int
name_of(struct div_hostname *h, const struct div_packet *p, const void *data,
    size_t len)
{
	uint8_t *copy = malloc(len == 0 ? 1 : len);
	int n;

	assert_non_null(copy);
	memcpy(copy, data, len);
	memset(h, 0x55, sizeof(*h));
	n = div_hostname(h, p, copy, len);
	assert_in_range(n, DIV_HOST_NONE, DIV_HOST_UNDECIDED);
	if (n == DIV_HOST_NAMED) {
		assert_int_equal(h->want, 0);
		assert_in_range(h->end, 1, len);
		assert_in_range(h->hostlen, 1, DIV_HOSTLEN - 1);
		assert_int_equal(strlen(h->host), h->hostlen);
	}
	if (h->path != NULL && h->path >= copy && h->path <= copy + len)
		h->path = (const uint8_t *)data + (h->path - copy);
	free(copy);
	return n;
}

static void
check_http(const char *request, const char *host, const char *path)
{
	struct div_hostname h;

	assert_int_equal(name_of(&h, &tcp, request, strlen(request)), 1);
	assert_int_equal(h.by, DIV_BY_HTTP);
	assert_string_equal(h.host, host);
	if (path == NULL)
		assert_null(h.path);
	else {
		assert_int_equal(h.pathlen, strlen(path));
		assert_memory_equal(h.path, path, h.pathlen);
	}
}

/* A request without a name is undecided, other text names nothing. */
static void
check_other(const char *text, enum div_host result)
{
	struct div_hostname h;

	assert_int_equal(name_of(&h, &tcp, text, strlen(text)), result);
	assert_int_equal(h.want, 0);
}

static void
test_http(void **state)
{
	char many[400], end[256];

	(void)state;
	check_http("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example",
	    "/");
	check_http("GET /a?b HTTP/1.0\nAccept: *\nhOST:\t A.Example. \n\n",
	    "a.example", "/a?b");
	check_http("\r\n\nPUT /x HTTP/1.1\r\nHost: a.example:8080\r\n",
	    "a.example", "/x");
	check_http("M-SEARCH  *  HTTP/1.1\r\nHost: a\r\n", "a", "/");
	check_http("GET http://u@B.example:80/p?q HTTP/1.1\r\nHost: a\r\n\r\n",
	    "b.example", "/p?q");
	check_http("GET HTTPS://b.example?q HTTP/1.1\r\n", "b.example", "/");
	check_http("GET http://:80/ HTTP/1.1\r\nHost: a\r\n", "a", "/");
	check_http("CONNECT c.example:443 HTTP/1.1\r\nHost: a\r\n\r\n",
	    "c.example", NULL);
	check_http("GET / HTTP/1.1\r\nHost: [2001:DB8::1]:80\r\n",
	    "2001:db8::1", "/");
	check_http("GET / HTTP/1.1\r\nHost: a\x01\\b\xff\r\n",
	    "a\\x01\\x5cb\\xff", "/");
	snprintf(many, sizeof(many), "GET / HTTP/1.1\r\nHost: %0300d.a\r\n", 0);
	snprintf(end, sizeof(end), "%0253d.a", 0);
	check_http(many, end, "/");
	check_http("GET / HTTP/1.1\r\nXHost: a\r\nHost : b\r\n\r\n", "b", "/");
	check_http("get / HTTP/1.1\r\nHost: a\r\n\r\n", "a", "/");
	check_http(" GET / HTTP/2.0\r\nHost: a\r\n\r\n", "a", "/");
	check_other("GET / HTTP/1.1\r\n\r\n", DIV_HOST_UNDECIDED);
	check_other("GET / HTTP/1.1\r\nHost:\r\n\r\n", DIV_HOST_UNDECIDED);
	check_other("GET HTTP/1.1\r\nHost: a\r\n\r\n", DIV_HOST_NONE);
	check_other("HTTP/1.1 200 OK\r\nHost: a\r\n\r\n", DIV_HOST_NONE);
	check_other("\x01\x02", DIV_HOST_NONE);
	check_other("\r\n", DIV_HOST_NONE);
}

/* A ClientHello in records of at most size bytes; returns its length. */
static size_t
hello(uint8_t *out, const void *ext, size_t extlen, size_t size)
{
	uint8_t m[2000] = { 1, 0 };
	size_t len = 4, at, n, used = 0;

	memcpy(m + len, HELLO_HEAD, sizeof(HELLO_HEAD) - 1);
	len += sizeof(HELLO_HEAD) - 1;
	m[len++] = (uint8_t)(extlen >> 8);
	m[len++] = (uint8_t)extlen;
	memcpy(m + len, ext, extlen);
	len += extlen;
	m[2] = (uint8_t)((len - 4) >> 8);
	m[3] = (uint8_t)(len - 4);
	for (at = 0; at < len; at += n) {
		n = len - at < size ? len - at : size;
		memcpy(out + used, "\x16\x03\x01", 3);
		out[used + 3] = (uint8_t)(n >> 8);
		out[used + 4] = (uint8_t)n;
		memcpy(out + used + 5, m + at, n);
		used += 5 + n;
	}
	return used;
}

static void
test_tls(void **state)
{
	struct div_hostname h;
	uint8_t data[10000];
	size_t len, size;

	(void)state;
	for (size = 1; size < 120; size++) {
		len = hello(data, BYTES(ALPN SNI ALPN), size);
		assert_int_equal(name_of(&h, &tcp, data, len), 1);
		assert_int_equal(h.by, DIV_BY_TLS);
		assert_string_equal(h.host, NAME);
		assert_null(h.path);
	}
	len = hello(data, BYTES(ALPN), 100);
	assert_int_equal(name_of(&h, &tcp, data, len), DIV_HOST_UNDECIDED);
	assert_int_equal(h.want, 0);
	len = hello(data, BYTES("\0\0\0\x05\0\x03\0\0\0"), 100);
	assert_int_equal(name_of(&h, &tcp, data, len), DIV_HOST_UNDECIDED);
	len = hello(data, BYTES("\0\0\0\x0b\0\x09\1\0\2xx\0\0\1A"), 100);
	assert_int_equal(name_of(&h, &tcp, data, len), 1);
	assert_string_equal(h.host, "a");
}

/* Lengths that contradict those around them. */
static void
test_tls_bad(void **state)
{
	static const struct {
		const char *ext;
		size_t len;
	} bad[] = {
		{ "\0\0\0\x15\0\x12\0\0\x0f" NAME, 24 }, /* list in extension */
		{ "\0\0\0\x14\0\x13\0\0\x0f" NAME, 24 },
		{ "\0\0\0\x14\0\x12\0\0\x10" NAME, 24 }, /* name in list */
		{ "\0\x10\xff\xff\0\0", 6 },
	};
	struct div_hostname h;
	uint8_t data[1000];
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		len = hello(data, bad[i].ext, bad[i].len, 1000);
		assert_int_equal(name_of(&h, &tcp, data, len),
		    DIV_HOST_UNDECIDED);
		assert_int_equal(h.want, 0);
	}
	len = hello(data, BYTES(SNI), 1000);
	data[5] = 2; /* a ServerHello */
	assert_int_equal(name_of(&h, &tcp, data, len), 0);
	len = hello(data, BYTES(SNI), 20);
	data[25] = 23; /* the second record is none of the handshake */
	assert_int_equal(name_of(&h, &tcp, data, len), DIV_HOST_UNDECIDED);
	assert_int_equal(h.want, 0);
}

#define QUERY "\x12\x34\1\0\0\1\0\0\0\0\0\0"
#define QUESTION "\3wWw\7example\3com\0\0\1\0\1"

static void
check_dns(const char *q, size_t len, const char *host, enum div_host result)
{
	struct div_hostname h;
	char data[600] = QUERY;

	memcpy(data + 12, q, len);
	assert_int_equal(name_of(&h, &dns, data, 12 + len), result);
	if (host != NULL) {
		assert_int_equal(h.by, DIV_BY_DNS);
		assert_string_equal(h.host, host);
	}
	memmove(data + 2, data, 12 + len);
	data[0] = 0;
	data[1] = (char)(12 + len);
	assert_int_equal(name_of(&h, &dns_tcp, data, 14 + len), result);
	assert_int_equal(h.want, 0);
}

static void
test_dns(void **state)
{
	static const struct div_packet other = { .proto = IPPROTO_UDP };
	static const struct div_packet answer = { .proto = IPPROTO_UDP,
		.sport = 53 };
	struct div_hostname h;
	char label[64] = "\x3f", name[300];
	size_t i;

	(void)state;
	check_dns(QUESTION, sizeof(QUESTION) - 1, NAME, DIV_HOST_NAMED);
	check_dns("\3a.b\1c\0", 7, "a\\x2eb.c", DIV_HOST_NAMED);
	check_dns("\0\0\1\0\1", 5, NULL, DIV_HOST_NONE);
	check_dns("\3a", 2, NULL, DIV_HOST_UNDECIDED);
	check_dns("\1a\xc0\x0c\0\1", 6, NULL, DIV_HOST_UNDECIDED);
	check_dns("\1a\x40\0", 4, NULL, DIV_HOST_UNDECIDED);
	assert_int_equal(name_of(&h, &other, BYTES(QUERY QUESTION)), 0);
	assert_int_equal(name_of(&h, &dns,
			     BYTES("\1\2\1\0\0\0\0\0\0\0\0\0" QUESTION)),
	    DIV_HOST_UNDECIDED);
	assert_int_equal(name_of(&h, &answer,
			     BYTES("\1\2\x81\0\0\0\0\0\0\0\0\0")),
	    DIV_HOST_NONE);

	memset(label + 1, 0xff, 63);
	memcpy(name, QUERY, 12);
	for (i = 0; i < 4; i++)
		memcpy(name + 12 + 64 * i, label, 64);
	name[12 + 256] = '\0';
	assert_int_equal(name_of(&h, &dns, name, 12 + 257), DIV_HOST_UNDECIDED);
	name[12 + 192] = '\0';
	assert_int_equal(name_of(&h, &dns, name, 12 + 193), 1);
	assert_int_equal(h.hostlen, 3 * 63 * 4 + 2);
}

/* HTTP and TLS are recognised on port 53, too. */
static void
test_port(void **state)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
	struct div_packet later = tcp, first = tcp,
			  udp = { .proto = IPPROTO_UDP };
	struct div_hostname h;

	(void)state;
	assert_int_equal(name_of(&h, &dns_tcp, BYTES(request)), 1);
	assert_int_equal(h.by, DIV_BY_HTTP);
	assert_int_equal(name_of(&h, &udp, BYTES(request)), 0);
	later.fragment = DIV_LATER;
	assert_int_equal(name_of(&h, &later, BYTES(request)), 0);
	first.fragment = DIV_FIRST;
	assert_int_equal(name_of(&h, &first, "", 0), DIV_HOST_UNDECIDED);
	assert_int_equal(name_of(&h, &tcp, "", 0), 0);
}

/*
 * No beginning of a sample names another host; those that end before the name
 * want more bytes, and never more than there are.
 */
static void
truncate_all(const struct div_packet *p, const void *data, size_t len)
{
	struct div_hostname h;
	size_t n, first = 0;

	for (n = 1; n <= len; n++) {
		if (name_of(&h, p, data, n) == 1) {
			assert_string_equal(h.host, NAME);
			if (first == 0)
				first = n;
			continue;
		}
		assert_int_equal(first, 0);
		if (p->proto == IPPROTO_TCP) {
			assert_in_range(h.want, 1, len - n);
			assert_int_equal(h.hostlen, 0);
		} else
			assert_int_equal(h.want, 0);
	}
	assert_int_not_equal(first, 0);
}

/* Each byte with all values, and several at once. */
static void
mutate_all(const struct div_packet *p, const void *data, size_t len)
{
	struct div_hostname h;
	uint8_t copy[1000];
	size_t i;
	int v, n;

	for (i = 0; i < len; i++) {
		memcpy(copy, data, len);
		for (v = 0; v < 256; v++) {
			copy[i] = (uint8_t)v;
			name_of(&h, p, copy, len);
		}
	}
	srandom(1);
	for (n = 0; n < 20000; n++) {
		memcpy(copy, data, len);
		for (v = 0; v < 4; v++)
			copy[(size_t)random() % len] = (uint8_t)random();
		name_of(&h, p, copy, 1 + (size_t)random() % len);
	}
}

static void
test_hostile(void **state)
{
	static const char request[] = "GET /x HTTP/1.1\r\nAccept: a\r\n"
				      "Host: " NAME ":80\r\n\r\n";
	static const char query[] = QUERY QUESTION;
	static const char queries[] = "\0\x21" QUERY QUESTION;
	uint8_t data[1000];
	size_t len;

	(void)state;
	truncate_all(&tcp, BYTES(request));
	mutate_all(&tcp, BYTES(request));
	truncate_all(&dns, BYTES(query));
	mutate_all(&dns, BYTES(query));
	truncate_all(&dns_tcp, BYTES(queries));
	mutate_all(&dns_tcp, BYTES(queries));
	len = hello(data, BYTES(ALPN SNI ALPN), 1000);
	truncate_all(&tcp, data, len);
	mutate_all(&tcp, data, len);
	len = hello(data, BYTES(SNI ALPN), 7);
	truncate_all(&tcp, data, len);
	mutate_all(&tcp, data, len);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_http),
		cmocka_unit_test(test_tls),
		cmocka_unit_test(test_tls_bad),
		cmocka_unit_test(test_dns),
		cmocka_unit_test(test_port),
		cmocka_unit_test(test_hostile),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
