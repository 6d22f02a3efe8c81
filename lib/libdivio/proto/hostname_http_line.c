/* SPDX-License-Identifier: ISC */

/*
 * Lines of HTTP requests, as the most lenient servers split them: RFC 9112 2.2
 * and 3 allow a bare LF as the end of a line, and any white space between the
 * words of a request line.
 */

#include <string.h>
#include <strings.h>

#include "proto/proto.h"

#define METHOD_MAX 8192 /* bytes; nginx's longest request line */

/* RFC 9112, 3 */
int
http_is_blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct http_text
http_trim(struct http_text t)
{
	while (t.len > 0 && http_is_blank(t.p[0])) {
		t.p++;
		t.len--;
	}
	while (t.len > 0 && http_is_blank(t.p[t.len - 1]))
		t.len--;
	return t;
}

/* Cuts the first n bytes off. */
struct http_text
http_cut(struct http_text *t, size_t n)
{
	struct http_text head = { t->p, n };

	t->p += n;
	t->len -= n;
	return head;
}

/* The number of bytes before the first one of stop, or before a NUL. */
size_t
http_span(struct http_text t, const char *stop)
{
	size_t i;

	for (i = 0; i < t.len; i++)
		if (strchr(stop, t.p[i]) != NULL)
			break;
	return i;
}

/* The next line without its LF; 0 if it has none. */
int
http_next_line(struct http_text *rest, struct http_text *line)
{
	const uint8_t *nl = memchr(rest->p, '\n', rest->len);

	if (nl == NULL)
		return 0;
	*line = http_cut(rest, (size_t)(nl - rest->p));
	http_cut(rest, 1);
	return 1;
}

/* RFC 9110, 5.6.2 */
static int
is_token(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') ||
	    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static size_t
token_len(struct http_text t)
{
	size_t n = 0;

	while (n < t.len && is_token(t.p[n]))
		n++;
	return n;
}

/* True if it is, or may begin, a target: /path, * or scheme://authority. */
static int
is_target(struct http_text t)
{
	size_t n, i;

	if (t.len == 0 || t.p[0] == '/' || t.p[0] == '*')
		return 1;
	n = http_span(t, ":");
	for (i = 0; i < n; i++)
		if (!is_token(t.p[i]))
			return 0;
	http_cut(&t, n);
	return memcmp(t.p, "://", t.len < 3 ? t.len : 3) == 0;
}

/* True if a text without an end of line may begin a request line. */
int
http_may_begin(struct http_text t)
{
	size_t n = token_len(t);
	struct http_text method = http_cut(&t, n);

	if (t.len == 0)
		return n <= METHOD_MAX;
	if (n == 0 || n > METHOD_MAX || !http_is_blank(t.p[0]))
		return 0;
	while (t.len > 0 && http_is_blank(t.p[0]))
		http_cut(&t, 1);
	return is_target(t) ||
	    (n == 7 && strncasecmp((const char *)method.p, "CONNECT", n) == 0);
}

/* Cuts the last word off, with the blanks before it. */
static struct http_text
cut_word(struct http_text *t)
{
	struct http_text word;
	size_t n = t->len;

	while (n > 0 && !http_is_blank(t->p[n - 1]))
		n--;
	word.p = t->p + n;
	word.len = t->len - n;
	t->len = n;
	*t = http_trim(*t);
	return word;
}

/*
 * Splits METHOD target HTTP/x.y, or the GET target of HTTP/0.9; 1 if it is one
 * of them.  *connect is true if the target is an authority.
 */
int
http_request_line(struct http_text line, struct http_text *target, int *connect)
{
	struct http_text version, method;
	size_t n = 0;

	line = http_trim(line);
	*target = line;
	version = cut_word(target);
	if (version.len < 5 ||
	    strncasecmp((const char *)version.p, "HTTP/", 5) != 0) {
		*target = line;
		version.len = 0;
	}
	while (n < target->len && !http_is_blank(target->p[n]))
		n++;
	method = http_cut(target, n);
	*target = http_trim(*target);
	if (target->len == 0 || method.len == 0)
		return 0;
	*connect = n == 7 &&
	    strncasecmp((const char *)method.p, "CONNECT", n) == 0;
	return version.len > 0 ||
	    (n == 3 && strncasecmp((const char *)method.p, "GET", n) == 0 &&
		is_target(*target));
}
