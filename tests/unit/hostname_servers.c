/* SPDX-License-Identifier: ISC */

/*
 * Requests as servers read them.  The comments say which ones took the name, of
 * nginx 1.22, Node 20 and Python's http.server 3.11; tests/net/names.t sends the
 * same to nginx.
 */

#include <sys/types.h>
#include <netinet/in.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "divio.h"

#define B "blocked.test"
#define BYTES(s) s, sizeof(s) - 1

static const struct div_packet tcp = { .proto = IPPROTO_TCP, .dport = 80 };
static const struct div_packet dns = { .proto = IPPROTO_UDP, .dport = 53 };
static const struct div_packet dns_tcp = { .proto = IPPROTO_TCP, .dport = 53 };

static int
append(void *arg, const struct div_hostname *h)
{
	char *names = arg;

	if (*names != '\0')
		strlcat(names, " ", DIV_HOSTLEN);
	strlcat(names, h->host, DIV_HOSTLEN);
	return 0;
}

/* All names of a payload, and its result if none ends the search. */
static void
check(const struct div_packet *p, const void *data, size_t len,
    const char *names, enum div_host result)
{
	uint8_t *copy = malloc(len);
	char got[DIV_HOSTLEN] = "";
	struct div_hostname h;

	assert_non_null(copy);
	memcpy(copy, data, len);
	assert_int_equal(div_hostnames(&h, p, copy, len, append, got), result);
	assert_string_equal(got, names);
	free(copy);
}

#define NONE DIV_HOST_NONE
#define UNDECIDED DIV_HOST_UNDECIDED

#define REQUEST(line, fields) line "\r\n" fields "\r\n"
#define GET(fields) REQUEST("GET / HTTP/1.1", fields)
#define LINE(line) REQUEST(line, "Host: " B "\r\n")

static const struct {
	const char *request, *names;
	enum div_host result;
} https[] = {
	/* the request line */
	{ LINE("GET / HTTP/1.1 "), B, NONE },        /* nginx, Python */
	{ LINE("GET / HTTP/1.1\t "), B, NONE },      /* Python */
	{ LINE("GET / HTTP/1.10"), B, NONE },        /* nginx, Python */
	{ LINE("GET / HTTP/1.999"), B, NONE },       /* nginx, Python */
	{ LINE("GET / HTTP/01.1"), B, NONE },        /* Python */
	{ LINE("GET / HTTP/2.0"), B, NONE },         /* Node */
	{ LINE("GET / HTTP/0.9"), B, NONE },         /* Node, Python */
	{ LINE("GET  /  HTTP/1.1"), B, NONE },       /* all */
	{ LINE("GET\t/\tHTTP/1.1"), B, NONE },       /* Python */
	{ LINE("GET\v/\vHTTP/1.1"), B, NONE },       /* Python */
	{ LINE("GET /\rHTTP/1.1"), B, NONE },        /* Python */
	{ LINE("get / HTTP/1.1"), B, NONE },         /* Python */
	{ LINE("FOO_BAR / HTTP/1.1"), B, NONE },     /* nginx, Python */
	{ LINE("!#$% / HTTP/1.1"), B, NONE },        /* Python */
	{ LINE("M-SEARCH / HTTP/1.1"), B, NONE },    /* all */
	{ LINE("\r\n\r\nGET / HTTP/1.1"), B, NONE }, /* nginx, Node */
	{ LINE("\n\n\nGET / HTTP/1.1"), B, NONE },   /* nginx, Node */
	{ LINE("\r\rGET / HTTP/1.1"), B, NONE },     /* all */
	{ LINE(" GET / HTTP/1.1"), B, NONE },        /* Python */
	{ LINE("OPTIONS * HTTP/1.1"), B, NONE },     /* Node, Python */
	{ LINE("GET foo HTTP/1.1"), B, NONE },       /* Python */
	{ LINE("GET /a b HTTP/1.1"), B, NONE },      /* old nginx */
	/* HTTP/0.9 */
	{ "GET /\r\n", "", UNDECIDED },              /* nginx: its default */
	{ "GET http://" B "/\r\n", B, UNDECIDED },   /* nginx */
	{ "GET /\r\nHost: " B "\r\n\r\n", B, NONE }, /* Node, Python */
	{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "", UNDECIDED }, /* RFC 9113 */
	/* targets with an authority: nginx takes it, others the field */
	{ REQUEST("GET http://" B "/ HTTP/1.1", "Host: a\r\n"), B " a", NONE },
	{ REQUEST("GET http://a/ HTTP/1.1", "Host: " B "\r\n"), "a " B, NONE },
	{ REQUEST("GET http://u:p@" B ":80/ HTTP/1.1", "Host: a\r\n"), B " u a",
	    NONE },
	{ REQUEST("GET HTTP://BLOCKED.TEST HTTP/1.1", ""), B, NONE },
	{ REQUEST("GET http://" B "?q HTTP/1.1", ""), B, NONE },
	{ REQUEST("GET http://" B "./ HTTP/1.1", ""), B, NONE },
	{ REQUEST("GET x+y.z-1://" B "/ HTTP/1.1", ""), B, NONE },
	{ REQUEST("GET http://%62locked%2Etest/ HTTP/1.1", ""), B, UNDECIDED },
	{ REQUEST("GET http://[::1]:80/ HTTP/1.1", ""), "::1", NONE },
	{ LINE("GET http:/// HTTP/1.1"), B, UNDECIDED },    /* Node, Python */
	{ LINE("GET http://:80/ HTTP/1.1"), B, UNDECIDED }, /* Node, Python */
	{ LINE("GET //a/ HTTP/1.1"), B, NONE },             /* all */
	{ LINE("GET /?http://a HTTP/1.1"), B, NONE },
	{ REQUEST("CONNECT " B ":443 HTTP/1.1", "Host: a\r\n"), B " a", NONE },
	/* the Host field */
	{ GET("hOST:BLOCKED.TEST.:80\r\n"), B, NONE },
	{ GET("Host:\t \t" B "\t \r\n"), B, NONE }, /* Node, Python */
	{ GET("Host:\v" B "\f\r\n"), B, NONE },     /* Python */
	{ GET("Host : " B "\r\n"), B, NONE },       /* Apache, Unsafe */
	{ GET("Host\t: " B "\r\n"), B, NONE },
	{ GET("Host: " B "..\r\n"), B, NONE },         /* Node, Python */
	{ GET("Host: " B ":xyz\r\n"), B, NONE },       /* all */
	{ GET("Host: " B ":\r\n"), B, NONE },          /* all */
	{ GET("Host: " B ":80@a\r\n"), "a " B, NONE }, /* nginx */
	{ GET("Host: a@" B "\r\n"), B " a", NONE },
	{ GET("Host: " B "/x\r\n"), B, UNDECIDED },  /* Node, Python */
	{ GET("Host: " B ", a\r\n"), B, UNDECIDED }, /* Node, Python */
	{ GET("Host: [2001:DB8::1]:80\r\n"), "2001:db8::1", NONE },
	{ GET("Host:\r\n " B "\r\n"), B, UNDECIDED }, /* Apache: folded */
	{ GET("Host:\r\n\t" B "\r\n"), B, UNDECIDED },
	{ GET("Host: " B "\r\n x\r\n"), B, UNDECIDED }, /* Python */
	{ GET("X: a\r\n Host: " B "\r\n"), B, NONE },
	{ GET(""), "", UNDECIDED },
	{ GET("Host:\r\n"), "", UNDECIDED }, /* Node, Python: none */
	{ GET("Host:\r\nHost: " B "\r\n"), B, UNDECIDED },   /* Node: none */
	{ GET("Host: " B "\r\nHost:\r\n"), B, UNDECIDED },   /* Node, Python */
	{ GET("Host: a\r\nHost: " B "\r\n"), "a " B, NONE }, /* Node: a */
	{ GET("foo\r\nHost: " B "\r\n"), B, NONE },          /* nginx */
	{ GET(": x\r\nHost: " B "\r\n"), B, NONE },          /* Python */
	/* ends of lines */
	{ "GET / HTTP/1.1\nHost: " B "\n\n", B, NONE }, /* nginx, Python */
	{ GET("Host: " B "\r\r\n"), B, NONE },          /* nginx, Python */
	{ GET("A: b\rHost: " B "\r\n"), B, NONE },      /* Python */
	{ GET("A: b\r\n\r\r\nHost: " B "\r\n"), B, NONE },
	{ GET("A: b\r\n\rHost: " B "\r\n"), B, NONE },
	/* more than one request */
	{ GET("Host: a\r\n") GET("Host: " B "\r\n"), "a " B, NONE }, /* nginx */
	{ GET("Host: a\r\nContent-Length: 3\r\n") "abc" GET("Host: " B "\r\n"),
	    "a " B, NONE }, /* nginx */
	{ GET("Host: a\r\nTransfer-Encoding: chunked\r\n") "1\r\nx\r\n0\r\n\r\n" GET(
	      "Host: " B "\r\n"),
	    "a " B, NONE }, /* nginx */
	{ GET("Host: a\r\n") GET(""), "a", UNDECIDED },
	{ GET("Host: a\r\n") "GE", "a", UNDECIDED },
	{ GET("Host: a\r\nContent-Length: 3\r\n") "abc", "a", NONE },
	{ GET("Host: a\r\nContent-Length: 9\r\n") "abc", "a", NONE },
	{ GET("Host: a\r\nContent-Length: 2\r\n") "abc", "a", UNDECIDED },
	/* beginnings */
	{ "G", "", UNDECIDED },
	{ "GET ", "", UNDECIDED },
	{ "GET ht", "", UNDECIDED },
	{ "CONNECT a", "", UNDECIDED },
	{ "GET / HTTP/1.1\r\nHost: a\r\n", "a", UNDECIDED },
	{ "GET / HTTP/1.1\r\nHost: " B, "", UNDECIDED },
	/* none */
	{ "Hello, world", "", NONE },
	{ "a text of words", "", NONE },
	{ "EHLO a.test\r\n", "", NONE },
	{ "SSH-2.0-OpenSSH_9.2\r\n", "", NONE },
	{ "HTTP/1.1 200 OK\r\nHost: a\r\n\r\n", "", NONE },
	{ "HTTP/1.1 20", "", NONE },
	{ "Host: " B "\r\n", "", NONE },
};

static void
test_http(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(https) / sizeof(https[0]); i++) {
		print_message("# HTTP %zu\n", i);
		check(&tcp, https[i].request, strlen(https[i].request),
		    https[i].names, https[i].result);
	}
	check(&tcp, BYTES(GET("Host: " B "\0x\r\n")), B, UNDECIDED);
	check(&tcp, BYTES(GET("A\0: x\r\nHost: " B "\r\n")), B, UNDECIDED);
}

/* Heads of some length, as far as servers take them. */
static void
test_long(void **state)
{
	static const char head[] = "GET / HTTP/1.1\r\n",
			  host[] = "Host: " B "\r\n\r\n";
	char *request = malloc(200000), *p = request;
	size_t i;

	(void)state;
	assert_non_null(request);
	p = stpcpy(p, head);
	for (i = 0; i < 15000; i++)
		p = stpcpy(p, "X: yyyyyy\r\n");
	p = stpcpy(p, host);
	check(&tcp, request, (size_t)(p - request), B, NONE);
	memset(request, 'A', 3000);
	p = stpcpy(request + 3000, " / HTTP/1.1\r\n");
	check(&tcp, request, 2000, "", UNDECIDED);
	p = stpcpy(p, host);
	check(&tcp, request, (size_t)(p - request), B, NONE);
	memset(request, 'A', 10000);
	check(&tcp, request, 10000, "", NONE);
	free(request);
}

/* TLS: a ClientHello without its extensions, and a list of names */
#define HELLO_REST(len)                    \
	"\0\0" len "\x03\x03"              \
	"0123456789abcdef0123456789abcdef" \
	"\0\0\x02\x13\x01\x01\0"
#define HELLO(len) "\x01" HELLO_REST(len)
#define SNI "\0\0\0\x11\0\x0f\0\0\x0c" B
#define MESSAGE HELLO("\x40") "\0\x15" SNI /* 68 bytes */
#define RECORD "\x16\x03\x01\0\x44" MESSAGE

static const struct {
	const void *data;
	size_t len;
	const char *names;
	enum div_host result;
} hellos[] = {
	{ BYTES(RECORD), B, NONE },
	{ BYTES("\x16\x02\x01\0\x44" MESSAGE), B, NONE }, /* Go */
	{ BYTES("\x16\x04\x01\0\x44" MESSAGE), B, NONE }, /* Go */
	{ BYTES("\x16\x10\x01\0\x44" MESSAGE), "", NONE },
	{ BYTES("\x16\x03\x01\0\0" RECORD), B, NONE }, /* OpenSSL */
	{ BYTES("\x16\x03\x01\0\1\x01"
		"\x16\x03\x01\0\0\x16\x03\x01\0\x43" HELLO_REST(
		    "\x40") "\0\x15" SNI),
	    B, NONE },
	{ BYTES("\x15\x03\x01\0\2\x01\x5a" RECORD), B, NONE },
	{ BYTES("\x14\x03\x01\0\1\x01" RECORD), B, NONE },
	{ BYTES("\x18\x03\x01\0\3\x01\0\0" RECORD), B, NONE },
	/* names */
	{ BYTES("\x16\x03\x01\0\x44" HELLO("\x40") "\0\x15"
						   "\0\0\0\x11\0\x0f\0\0\x0c"
						   "BLOCKED.tes."),
	    "blocked.tes", NONE },
	{ BYTES("\x16\x03\x01\0\x44" HELLO("\x40") "\0\x15"
						   "\0\0\0\x11\0\x0f\0\0\x0c"
						   "blocked\0test"),
	    "blocked blocked\\x00test", UNDECIDED },
	{ BYTES("\x16\x03\x01\0\x44" HELLO(
	      "\x40") "\0\x15"
		      "\0\0\0\x11\0\x0f\0\0\3foo\1\0\0\0\0\3bar"),
	    "foo bar", NONE },
	/* none */
	{ BYTES("\x16\x03\x01\0\x2f" HELLO("\x2b")), "", UNDECIDED },
	{ BYTES("\x80\x2e\x01\x03\x01\0\x15\0\0\0\x10"), "", UNDECIDED },
	{ BYTES("\x80\x2e\x01\0\x02\0\x15\0\0\0\x10"), "", UNDECIDED },
	/* beginnings */
	{ BYTES("\x16"), "", UNDECIDED }, { BYTES("\x80"), "", UNDECIDED },
	{ BYTES("\x15\x03"), "", UNDECIDED },
	{ BYTES("\x15\x03\x01\0\2\x01\x5a\x16"), "", UNDECIDED },
	{ BYTES("\x16\x03\x01\0\0"), "", NONE }, /* it begins anew */
	{ BYTES("\x15\x03\x01\0\2\x01\x5a"), "", NONE },
	{ BYTES("\x14\x03\x03\0\1\x01\x17\x03\x03\0\2ab"), "", NONE },
	{ BYTES("\x16\x03\x03\0\x04\x02\0\0\x40"), "", NONE }, /* ServerHello */
	{ BYTES("\x17\x03\x03\0\2ab"), "", NONE },
	{ BYTES("\xff\xfb\x01"), "", NONE }, /* Telnet */
};

static void
test_tls(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(hellos) / sizeof(hellos[0]); i++) {
		print_message("# TLS %zu\n", i);
		check(&tcp, hellos[i].data, hellos[i].len, hellos[i].names,
		    hellos[i].result);
	}
}

/* A ClientHello of 100000 bytes, by a large extension, in records of 16 KiB. */
static void
test_tls_large(void **state)
{
	static const char tail[] = SNI;
	uint8_t *m = calloc(1, 110000), *data = calloc(1, 110000), *p = data;
	const char *head = HELLO("\0");
	size_t len, at, n;

	(void)state;
	assert_true(m != NULL && data != NULL);
	len = sizeof(HELLO("\0")) - 1;
	memcpy(m, head, len);
	m[len] = 60000 >> 8;
	m[len + 1] = 60000 & 255;
	m[len + 3] = 21; /* padding, RFC 7685 */
	n = 60000 - 4 - (sizeof(tail) - 1);
	m[len + 4] = (uint8_t)(n >> 8);
	m[len + 5] = (uint8_t)n;
	memcpy(m + len + 6 + n, tail, sizeof(tail) - 1);
	len += 2 + 60000;
	m[2] = (uint8_t)((len - 4) >> 8);
	m[3] = (uint8_t)(len - 4);
	for (at = 0; at < len; at += n, p += 5 + n) {
		n = len - at < 16384 ? len - at : 16384;
		memcpy(p, "\x16\x03\x01", 3);
		p[3] = (uint8_t)(n >> 8);
		p[4] = (uint8_t)n;
		memcpy(p + 5, m + at, n);
	}
	check(&tcp, data, (size_t)(p - data), B, NONE);
	check(&tcp, data, 20000, "", UNDECIDED);
	free(m);
	free(data);
}

#define HEADER(n) "\x12\x34\1\0\0" n "\0\0\0\0\0\0"
#define NAME_A "\1a\4test\0"
#define NAME_B "\7blocked\4test\0"

static const struct {
	const void *data;
	size_t len;
	const char *names;
	enum div_host result;
} queries[] = {
	{ BYTES(HEADER("\1") NAME_B "\0\1\0\1"), B, NONE },
	{ BYTES(HEADER("\1") NAME_B "\0\xff\0\3"), B, NONE }, /* CH */
	{ BYTES(HEADER("\2") NAME_A "\0\1\0\1" NAME_B "\0\1\0\1"), "a.test " B,
	    NONE },
	/* pointers: to a zero byte of the header, forwards, in circles */
	{ BYTES(HEADER("\1") "\7blocked\4test\xc0\x0a\0\1\0\1"), B, NONE },
	{ BYTES(HEADER("\1") "\7blocked\xc0\x1a\0\1\0\1\4test\0"), B, NONE },
	{ BYTES(HEADER("\2") NAME_B "\0\1\0\1\xc0\x0c\0\1\0\1"), B " " B,
	    NONE },
	{ BYTES(HEADER("\1") "\7blocked\xc0\x0c\0\1\0\1"), "", UNDECIDED },
	{ BYTES(HEADER("\1") "\7blocked\xc0\xff\0\1\0\1"), "", UNDECIDED },
	{ BYTES(HEADER("\1") "\7blocked\4test"), "", UNDECIDED },
	{ BYTES(HEADER("\2") NAME_A "\0\1\0\1"), "a.test", UNDECIDED },
	{ BYTES(HEADER("\0")), "", UNDECIDED },
	{ BYTES(HEADER("\1") "\0\0\2\0\1"), "", NONE }, /* the root */
	{ BYTES("foo"), "", UNDECIDED },
};

static void
test_dns(void **state)
{
	uint8_t data[200];
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		print_message("# DNS %zu\n", i);
		n = queries[i].len;
		check(&dns, queries[i].data, n, queries[i].names,
		    queries[i].result);
		data[0] = 0;
		data[1] = (uint8_t)n;
		memcpy(data + 2, queries[i].data, n);
		check(&dns_tcp, data, 2 + n, queries[i].names,
		    queries[i].result);
	}
}

/* The length of a message in pieces, and several of them. */
static void
test_dns_tcp(void **state)
{
	static const char two[] = "\0\x18" HEADER("\1") NAME_A
	    "\0\1\0\1"
	    "\0\x1e" HEADER("\1") NAME_B "\0\1\0\1";

	(void)state;
	check(&dns_tcp, two, sizeof(two) - 1, "a.test " B, NONE);
	check(&dns_tcp, two, 26, "a.test", NONE);
	check(&dns_tcp, two, 27, "a.test", UNDECIDED);
	check(&dns_tcp, two, 28, "a.test", UNDECIDED);
	check(&dns_tcp, two, 41, "a.test", UNDECIDED);
	check(&dns_tcp, two, 1, "", UNDECIDED);
	check(&dns_tcp, two, 2, "", UNDECIDED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_http),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_tls),
		cmocka_unit_test(test_tls_large),
		cmocka_unit_test(test_dns),
		cmocka_unit_test(test_dns_tcp),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
