/* SPDX-License-Identifier: ISC */

/*
 * The hosts and paths of HTTP/1 requests (RFC 9112): the authority of a target, if
 * it has one (3.2), and the Host fields, of which servers take the first, the last
 * or none, or which they ignore for the authority.  Names are looked for in all
 * lines of the payload: where servers see the end of a head or of a body, and the
 * next request, differs.
 */

#include <string.h>
#include <strings.h>

#include "proto/proto.h"

struct http {
	struct hostname_scan *scan;
	struct http_text rest; /* not read yet */
	struct http_text path; /* of the last request */
	int connect;           /* it has none */
	int in_head;
	size_t names; /* seen before this head */
	size_t body;  /* bytes of its body, from Content-Length */
	const uint8_t *body_end;
	const uint8_t *end; /* of the line that is read */
};

static uint8_t
hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* A byte of a name, decoded: no list has a % in it. */
static uint8_t
cut_byte(struct http *http, struct http_text *t)
{
	uint8_t c = t->p[0], high, low;

	http_cut(t, 1);
	if (c != '%' || t->len < 2 || (high = hex(t->p[0])) > 15 ||
	    (low = hex(t->p[1])) > 15)
		return c;
	http->scan->unclear = 1;
	http_cut(t, 2);
	return (uint8_t)(high << 4 | low);
}

/* Of a name that is too long, the last bytes are taken. */
static int
put_name(struct http *http, struct http_text name)
{
	struct div_hostname *h = http->scan->h;

	hostname_begin(http->scan);
	if (name.len > HOSTNAME_MAX)
		http_cut(&name, name.len - HOSTNAME_MAX);
	while (name.len > 0)
		hostname_put(http->scan, cut_byte(http, &name));
	h->path = http->connect ? NULL : http->path.p;
	h->pathlen = http->connect ? 0 : http->path.len;
	return hostname_end(http->scan, DIV_BY_HTTP, http->end);
}

/* host[:port], or [address][:port] */
static struct http_text
without_port(struct http_text t)
{
	if (t.len > 0 && t.p[0] == '[') {
		http_cut(&t, 1);
		t.len = http_span(t, "]");
	} else
		t.len = http_span(t, ":");
	return t;
}

/*
 * [user@]host[:port].  Some take the host to end at the first colon, and a Host
 * field has no user (RFC 9110 7.2).
 */
static int
authority(struct http *http, struct http_text t)
{
	const uint8_t *at = memrchr(t.p, '@', t.len);
	struct http_text host = t, user = t;

	if (at == NULL)
		return put_name(http, without_port(t));
	http_cut(&host, (size_t)(at + 1 - t.p));
	user.len = http_span(t, "@:");
	return put_name(http, without_port(host)) || put_name(http, user);
}

static void
set_path(struct http *http, struct http_text t)
{
	static const uint8_t root[] = "/";

	http->path = t;
	if (t.len == 0 || t.p[0] != '/') {
		http->path.p = root;
		http->path.len = 1;
	}
}

/* scheme://authority/path, the absolute form: servers take any scheme. */
static int
absolute(struct http *http, struct http_text target)
{
	struct http_text name;
	size_t n = http_span(target, ":/?");

	if (n == 0 || target.len < n + 3 ||
	    memcmp(target.p + n, "://", 3) != 0) {
		set_path(http, target);
		return 0;
	}
	http_cut(&target, n + 3);
	name = http_cut(&target, http_span(target, "/?# \t\v\f\r"));
	set_path(http, target);
	return authority(http, name);
}

/*
 * Begins a request, unless the line is within a head or a body: there it may give
 * a name only.  1 if the search ends with it.
 */
static int
request(struct http *http, struct http_text target)
{
	if (!http->in_head && http->end > http->body_end) {
		http->in_head = 1;
		http->names = http->scan->names;
		http->body = SIZE_MAX;
	}
	if (!http->connect)
		return absolute(http, target);
	return authority(http, target);
}

/*
 * The value of a field, of which one may be on the next line: obsolete folding,
 * RFC 9112 5.2.
 */
static struct http_text
unfold(struct http *http, struct http_text value)
{
	struct http_text next = http->rest;

	while (next.len > 0 && (next.p[0] == ' ' || next.p[0] == '\t')) {
		http->scan->unclear = 1;
		if (value.len > 0 || !http_next_line(&next, &value))
			break;
		value = http_trim(value);
		http->end = next.p;
	}
	return value;
}

static int
host_field(struct http *http, struct http_text value)
{
	size_t n;

	value = unfold(http, value);
	n = http_span(value, " \t\v\f\r,/?#");
	if (n == 0 || n < value.len)
		http->scan->unclear = 1;
	value.len = n;
	return n > 0 && authority(http, value);
}

/* Of several lengths the least counts; more is looked at then, not less. */
static void
content_length(struct http *http, struct http_text value)
{
	size_t n = 0, i;

	for (i = 0; i < value.len; i++) {
		if (value.p[i] < '0' || value.p[i] > '9' || n > SIZE_MAX / 16) {
			n = 0;
			break;
		}
		n = 10 * n + value.p[i] - '0';
	}
	if (n < http->body)
		http->body = n;
}

static int
is_field(struct http_text name, const char *want)
{
	return name.len == strlen(want) &&
	    strncasecmp((const char *)name.p, want, name.len) == 0;
}

/* Fields of a line, in which some take a bare CR or a NUL for an end. */
static int
fields(struct http *http, struct http_text line)
{
	struct http_text value, name;

	while (line.len > 0) {
		value = http_cut(&line, http_span(line, "\r"));
		if (line.len > 0 && *http_cut(&line, 1).p == '\0')
			http->scan->unclear = 1;
		name = http_cut(&value, http_span(value, ":"));
		if (value.len == 0)
			continue;
		http_cut(&value, 1);
		name = http_trim(name);
		value = http_trim(value);
		if (is_field(name, "host") && host_field(http, value))
			return 1;
		if (is_field(name, "content-length") && http->in_head)
			content_length(http, value);
	}
	return 0;
}

/* A head without a name leaves it to the server. */
static void
end_head(struct http *http)
{
	http->in_head = 0;
	if (http->scan->names == http->names)
		http->scan->unclear = 1;
	http->body_end = http->rest.p;
	if (http->body != SIZE_MAX)
		http->body_end += http->body < http->rest.len ? http->body :
								http->rest.len;
}

static int
is_empty(struct http_text line)
{
	return line.len == 0 || (line.len == 1 && line.p[0] == '\r');
}

/* 1 if the search ends in this line. */
static int
read_line(struct http *http, struct http_text line)
{
	struct http_text target;
	int connect;

	http->end = http->rest.p;
	if (http->in_head && is_empty(line)) {
		end_head(http);
		return 0;
	}
	if (http_request_line(line, &target, &connect)) {
		http->connect = connect;
		if (request(http, target))
			return 1;
	}
	return fields(http, line);
}

/* Behind the last line there may be the beginning of another. */
static enum div_host
end(const struct http *http)
{
	if (http->in_head ||
	    (http->rest.len > 0 &&
		http->rest.p + http->rest.len > http->body_end &&
		http_may_begin(http->rest)))
		return hostname_undecided(http->scan, 1);
	return http->scan->unclear ? DIV_HOST_UNDECIDED : DIV_HOST_NONE;
}

enum div_host
hostname_http(struct hostname_scan *scan, const uint8_t *data, size_t len)
{
	struct http http = { .scan = scan, .rest = { data, len } };
	struct http_text first, line, target;
	int connect;

	while (http.rest.len > 0 && http_is_blank(http.rest.p[0]))
		http_cut(&http.rest, 1);
	http.body_end = http.rest.p;
	if (http.rest.len == 0)
		return DIV_HOST_NONE; /* the next segment begins with it */
	first = http.rest;
	if (http_next_line(&first, &line) ?
		!http_request_line(line, &target, &connect) :
		!http_may_begin(first))
		return DIV_HOST_NONE;
	while (http_next_line(&http.rest, &line))
		if (read_line(&http, line))
			return DIV_HOST_NAMED;
	return end(&http);
}
