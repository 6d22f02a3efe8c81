/* SPDX-License-Identifier: ISC */

/*
 * Domain names as people write them (master files, RFC 1035 5.1): labels with
 * dots between them; \. is a dot within a label, and \DDD the byte of a decimal
 * number (RFC 4343 2.1).
 */

#include <string.h>

#include "proto/proto.h"

static char *
put_byte(char *out, uint8_t c)
{
	static const char special[] = "\".;\\()@$"; /* in master files */

	if (c <= ' ' || c > '~') {
		*out++ = '\\';
		*out++ = (char)('0' + c / 100);
		*out++ = (char)('0' + c / 10 % 10);
		*out++ = (char)('0' + c % 10);
		return out;
	}
	if (strchr(special, c) != NULL)
		*out++ = '\\';
	*out++ = (char)c;
	return out;
}

/*
 * Writes the name at an offset, without a dot at its end; the root is a dot.
 * -1 if it is malformed.
 */
int
dns_name_print(const struct dns_message *m, size_t at, char text[DNS_TEXTLEN])
{
	struct dns_name name = { m->data, m->len, .next = at };
	char *out = text;
	int i, n;

	while ((n = dns_name_next(&name)) > 0) {
		if (out > text)
			*out++ = '.';
		for (i = 1; i <= n; i++)
			out = put_byte(out, m->data[name.label + (size_t)i]);
	}
	if (out == text)
		*out++ = '.';
	*out = '\0';
	return n;
}

static int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The byte behind a backslash at *p, which is moved behind it; -1 for none. */
static int
unescape(const char **p)
{
	const char *s = *p;
	int c;

	if (*s == '\0')
		return -1;
	*p = s + 1;
	if (!is_digit(*s))
		return (unsigned char)*s;
	if (!is_digit(s[1]) || !is_digit(s[2]))
		return -1;
	*p = s + 3;
	c = (s[0] - '0') * 100 + (s[1] - '0') * 10 + (s[2] - '0');
	return c < 256 ? c : -1;
}

/* Reads the label at *text up to a dot; its length, or -1. */
static int
parse_label(const char **text, uint8_t label[1 + DNS_LABELMAX])
{
	int c, n = 0;

	while (**text != '\0' && **text != '.') {
		c = (unsigned char)*(*text)++;
		if (c == '\\' && (c = unescape(text)) == -1)
			return -1;
		if (n == DNS_LABELMAX)
			return -1;
		label[++n] = (uint8_t)c;
	}
	label[0] = (uint8_t)n;
	return n;
}

/* Returns the bytes of the name as it is sent; 0 if the text is none. */
size_t
dns_name_parse(const char *text, uint8_t name[DNS_NAMEMAX])
{
	uint8_t label[1 + DNS_LABELMAX];
	size_t len = 0;
	int n;

	if (strcmp(text, ".") == 0)
		text++;
	else if (*text == '\0')
		return 0;
	while (*text != '\0') {
		if ((n = parse_label(&text, label)) < 1 ||
		    len + 1 + (size_t)n >= DNS_NAMEMAX)
			return 0;
		memcpy(name + len, label, 1 + (size_t)n);
		len += 1 + (size_t)n;
		if (*text == '.')
			text++;
	}
	name[len++] = 0;
	return len;
}
