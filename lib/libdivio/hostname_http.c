/* SPDX-License-Identifier: ISC */

/* The host and path of an HTTP/1.x request, RFC 9112. */

#include <string.h>
#include <strings.h>

#include "hostname.h"

#define METHOD_MAX 32

struct text {
	const uint8_t *p;
	size_t len;
};

static int
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static struct text
trim(struct text t)
{
	while (t.len > 0 && is_blank(t.p[0])) {
		t.p++;
		t.len--;
	}
	while (t.len > 0 && is_blank(t.p[t.len - 1]))
		t.len--;
	return t;
}

/* Cuts the first n bytes off. */
static struct text
cut(struct text *t, size_t n)
{
	struct text head = { t->p, n };

	t->p += n;
	t->len -= n;
	return head;
}

static size_t
span(struct text t, const char *stop)
{
	size_t i;

	for (i = 0; i < t.len; i++)
		if (t.p[i] != '\0' && strchr(stop, t.p[i]) != NULL)
			break;
	return i;
}

/* The next line without its end; 0 if it has none. */
static int
next_line(struct text *rest, struct text *line)
{
	const uint8_t *nl = memchr(rest->p, '\n', rest->len);

	if (nl == NULL)
		return 0;
	*line = cut(rest, (size_t)(nl - rest->p));
	cut(rest, 1);
	if (line->len > 0 && line->p[line->len - 1] == '\r')
		line->len--;
	return 1;
}

static void
set_path(struct div_hostname *h, struct text t)
{
	static const uint8_t root[] = "/";

	h->path = t.len > 0 && t.p[0] == '/' ? t.p : root;
	h->pathlen = h->path == root ? 1 : t.len;
}

/* [user@]host[:port]; of a name that is too long for one, the end counts. */
static int
authority(struct div_hostname *h, struct text t)
{
	const uint8_t *at;
	size_t i;

	if ((at = memrchr(t.p, '@', t.len)) != NULL)
		cut(&t, (size_t)(at + 1 - t.p));
	if (t.len > 0 && t.p[0] == '[') {
		cut(&t, 1);
		t.len = span(t, "]");
	} else
		t.len = span(t, ":");
	if (t.len > HOSTNAME_MAX)
		cut(&t, t.len - HOSTNAME_MAX);
	for (i = 0; i < t.len; i++)
		hostname_put(h, t.p[i]);
	return hostname_end(h, DIV_BY_HTTP);
}

/* http://authority/path, as proxies are sent. */
static int
absolute(struct div_hostname *h, struct text target)
{
	static const char *const schemes[] = { "http://", "https://" };
	size_t i, n;

	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		n = strlen(schemes[i]);
		if (target.len < n ||
		    strncasecmp((const char *)target.p, schemes[i], n) != 0)
			continue;
		cut(&target, n);
		if (!authority(h, cut(&target, span(target, "/?#"))))
			return 0;
		set_path(h, target);
		return 1;
	}
	return 0;
}

static int
host_field(struct div_hostname *h, struct text rest)
{
	struct text line;

	while (next_line(&rest, &line)) {
		if (line.len == 0)
			return 0;
		if (line.len >= 5 &&
		    strncasecmp((const char *)line.p, "host:", 5) == 0) {
			cut(&line, 5);
			return authority(h, trim(line));
		}
	}
	h->want = 1;
	return 0;
}

/* Cuts off a method and the blank behind it. */
static struct text
cut_method(struct text *line)
{
	size_t n = 0;

	while (n < line->len && n < METHOD_MAX &&
	    ((line->p[n] >= 'A' && line->p[n] <= 'Z') || line->p[n] == '-'))
		n++;
	if (n < line->len && line->p[n] != ' ')
		n = 0;
	return cut(line, n);
}

/* Leaves the target of a request line; 0 if it is none. */
static int
cut_version(struct text *line)
{
	if (line->len < 8 || memcmp(line->p + line->len - 8, "HTTP/1.", 7) != 0)
		return 0;
	line->len -= 8;
	*line = trim(*line);
	return line->len > 0;
}

int
hostname_http(struct div_hostname *h, const uint8_t *data, size_t len)
{
	struct text rest = { data, len }, line, method, target;
	size_t n = 0;

	while (n < len && (data[n] == '\r' || data[n] == '\n'))
		n++;
	cut(&rest, n);
	target = rest;
	method = cut_method(&target);
	if (method.len == 0) {
		h->want = rest.len == 0;
		return 0;
	}
	if (!next_line(&rest, &line)) {
		h->want = 1;
		return 0;
	}
	cut(&line, method.len);
	if (!cut_version(&line))
		return 0;
	if (method.len == 7 && memcmp(method.p, "CONNECT", 7) == 0)
		return authority(h, line);
	if (absolute(h, line))
		return 1;
	h->hostlen = 0;
	set_path(h, line);
	return host_field(h, rest);
}
