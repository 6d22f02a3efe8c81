/* SPDX-License-Identifier: ISC */

/* Numbers, names and byte strings of the text format, output and input. */

#include <errno.h>
#include <string.h>

#include "codec/codec.h"

#define NSEC 1000000000

static const uint8_t digits[16] = "0123456789abcdef";

const uint8_t text_hex[256] = {
	['0'] = 1,
	['1'] = 2,
	['2'] = 3,
	['3'] = 4,
	['4'] = 5,
	['5'] = 6,
	['6'] = 7,
	['7'] = 8,
	['8'] = 9,
	['9'] = 10,
	['a'] = 11,
	['b'] = 12,
	['c'] = 13,
	['d'] = 14,
	['e'] = 15,
	['f'] = 16,
	['A'] = 11,
	['B'] = 12,
	['C'] = 13,
	['D'] = 14,
	['E'] = 15,
	['F'] = 16,
};

/*
 * The representation of each byte.  Four bytes are always stored and len of them
 * kept: there is no branch, which payloads would make unpredictable.
 */
#define NIBBLE(n) ((n) < 10 ? '0' + (n) : 'a' + (n)-10)
#define PLAIN(c) ((c) >= ' ' && (c) <= '~' && (c) != '\\')
#define LETTER(c)                    \
	((c) == '\t'        ? 't' :  \
		(c) == '\n' ? 'n' :  \
		(c) == '\r' ? 'r' :  \
		(c) == '\\' ? '\\' : \
			      'x')
#define ESCAPE(c)                                                     \
	{                                                             \
		{ PLAIN(c) ? (c) : '\\', LETTER(c), NIBBLE((c) >> 4), \
			NIBBLE((c)&15) },                             \
		    PLAIN(c)         ? 1 :                            \
		    LETTER(c) == 'x' ? 4 :                            \
				       2                              \
	}
#define ESCAPE4(c) ESCAPE(c), ESCAPE(c + 1), ESCAPE(c + 2), ESCAPE(c + 3)
#define ESCAPE16(c) ESCAPE4(c), ESCAPE4(c + 4), ESCAPE4(c + 8), ESCAPE4(c + 12)
#define ESCAPE64(c) \
	ESCAPE16(c), ESCAPE16(c + 16), ESCAPE16(c + 32), ESCAPE16(c + 48)

static const struct {
	uint8_t text[4];
	uint8_t len;
} escapes[256] = { ESCAPE64(0), ESCAPE64(64), ESCAPE64(128), ESCAPE64(192) };

uint8_t *
text_put_string(uint8_t *out, const char *s)
{
	size_t n = strlen(s);

	memcpy(out, s, n);
	return out + n;
}

uint8_t *
text_put_dec(uint8_t *out, uint64_t v)
{
	uint8_t buf[20];
	size_t i = sizeof(buf);

	do {
		buf[--i] = (uint8_t)('0' + v % 10);
		v /= 10;
	} while (v != 0);
	memcpy(out, buf + i, sizeof(buf) - i);
	return out + sizeof(buf) - i;
}

uint8_t *
text_put_digits(uint8_t *out, uint64_t v, int n)
{
	int i;

	for (i = n - 1; i >= 0; i--) {
		out[i] = digits[v & 15];
		v >>= 4;
	}
	return out + n;
}

uint8_t *
text_put_time(uint8_t *out, uint64_t ns)
{
	uint32_t frac = (uint32_t)(ns % NSEC);
	int i;

	out = text_put_dec(out, ns / NSEC);
	*out++ = '.';
	for (i = 8; i >= 0; i--) {
		out[i] = (uint8_t)('0' + frac % 10);
		frac /= 10;
	}
	return out + 9;
}

uint8_t *
text_put_hex(uint8_t *out, const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		*out++ = digits[p[i] >> 4];
		*out++ = digits[p[i] & 15];
	}
	return out;
}

static uint8_t *
escape(uint8_t *out, const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		memcpy(out, escapes[p[i]].text, 4);
		out += escapes[p[i]].len;
	}
	return out;
}

/* "-" is an empty string, so the byte alone is escaped. */
uint8_t *
text_put_bytes(uint8_t *out, const uint8_t *p, size_t n)
{
	if (n == 0)
		return text_put_string(out, "-");
	if (n == 1 && *p == '-')
		return text_put_string(out, "\\x2d");
	return escape(out, p, n);
}

/* Blanks are escaped, too: they separate attributes. */
uint8_t *
text_put_name(uint8_t *out, const char name[DIV_IFNAMELEN])
{
	const uint8_t *p = (const uint8_t *)name;
	size_t i, n = DIV_IFNAMELEN;

	while (n > 0 && p[n - 1] == '\0')
		n--;
	if (n < 2 && *p != ' ')
		return text_put_bytes(out, p, n);
	for (i = 0; i < n; i++) {
		if (p[i] == ' ')
			out = text_put_string(out, "\\x20");
		else
			out = escape(out, p + i, 1);
	}
	return out;
}

/* A field for an error message: escaped, and cut if it is long. */
const char *
text_quote(struct text_slice s, char buf[TEXT_QUOTE])
{
	size_t most = (TEXT_QUOTE - 8) / 4;
	uint8_t *end;

	end = escape((uint8_t *)buf, s.p, s.n < most ? s.n : most);
	if (s.n > most)
		end = text_put_string(end, "...");
	*end = '\0';
	return buf;
}

int
text_is(struct text_slice s, const char *word)
{
	return s.n == strlen(word) && memcmp(s.p, word, s.n) == 0;
}

/*
 * Takes the next word from s; a tab or one blank ends it.  0 if there is none.
 * The last word leaves s.p NULL.
 */
int
text_word(struct text_slice *s, struct text_slice *word)
{
	size_t i;

	if (s->p == NULL)
		return 0;
	for (i = 0; i < s->n; i++)
		if (s->p[i] == ' ' || s->p[i] == '\t')
			break;
	word->p = s->p;
	word->n = i;
	s->p = i == s->n ? NULL : s->p + i + 1;
	s->n -= i == s->n ? i : i + 1;
	return 1;
}

/* The digits begin at from; an error message quotes all of s. */
static int
get_number(struct div_reader *r, const char *what, struct text_slice s,
    size_t from, unsigned int base, uint64_t max, uint64_t *v)
{
	char q[TEXT_QUOTE];
	unsigned int digit;
	int big = 0;
	size_t i;

	*v = 0;
	for (i = from; i < s.n; i++) {
		digit = text_hex[s.p[i]] - 1U;
		if (digit >= base)
			break;
		big |= digit > max || *v > (max - digit) / base;
		*v = *v * base + digit;
	}
	if (i == from || i < s.n)
		return reader_fail(r, EILSEQ, "%s: \"%s\" is no %snumber", what,
		    text_quote(s, q), base == 16 ? "hex " : "");
	if (big)
		return reader_fail(r, EILSEQ, "%s: \"%s\" is out of range",
		    what, text_quote(s, q));
	return 0;
}

/* Decimal, or hex after 0x. */
int
text_get_dec(struct div_reader *r, const char *what, struct text_slice s,
    uint64_t max, uint64_t *v)
{
	if (s.n > 2 && s.p[0] == '0' && s.p[1] == 'x')
		return get_number(r, what, s, 2, 16, max, v);
	return get_number(r, what, s, 0, 10, max, v);
}

int
text_get_digits(struct div_reader *r, const char *what, struct text_slice s,
    uint64_t max, uint64_t *v)
{
	return get_number(r, what, s, 0, 16, max, v);
}

/* Seconds, with a fraction of at most nine digits. */
int
text_get_time(struct div_reader *r, const char *what, struct text_slice s,
    uint64_t *ns)
{
	struct text_slice sec = s, frac;
	uint8_t *dot = memchr(s.p, '.', s.n);
	char q[TEXT_QUOTE];
	uint64_t part = 0;
	size_t i;

	if (dot != NULL) {
		sec.n = (size_t)(dot - s.p);
		frac.p = dot + 1;
		frac.n = s.n - sec.n - 1;
		if (frac.n > 9)
			return reader_fail(r, EILSEQ,
			    "%s: \"%s\" is finer "
			    "than nanoseconds",
			    what, text_quote(s, q));
		if (get_number(r, what, frac, 0, 10, NSEC - 1, &part) == -1)
			return -1;
		for (i = frac.n; i < 9; i++)
			part *= 10;
	}
	if (get_number(r, what, sec, 0, 10, UINT64_MAX / NSEC, ns) == -1)
		return -1;
	if (*ns * NSEC > UINT64_MAX - part)
		return reader_fail(r, EILSEQ, "%s: \"%s\" is out of range",
		    what, text_quote(s, q));
	*ns = *ns * NSEC + part;
	return 0;
}

static int
bad_byte(struct div_reader *r, const char *what, struct text_slice s, size_t i,
    const char *why)
{
	char q[TEXT_QUOTE];
	struct text_slice c = { s.p + i, 1 };

	return reader_fail(r, EILSEQ, "%s: '%s' at %zu %s", what,
	    text_quote(c, q), i + 1, why);
}

static int
too_long(struct div_reader *r, const char *what, size_t max)
{
	return reader_fail(r, EILSEQ, "%s: more than %zu bytes", what, max);
}

/* Pairs of digits.  out may be the slice itself. */
int
text_get_hex(struct div_reader *r, const char *what, struct text_slice s,
    uint8_t *out, size_t max, size_t *n)
{
	unsigned int hi, lo;
	size_t i;

	if (s.n / 2 > max)
		return too_long(r, what, max);
	for (i = 0; i + 1 < s.n; i += 2) {
		hi = text_hex[s.p[i]];
		lo = text_hex[s.p[i + 1]];
		if (hi == 0 || lo == 0)
			return bad_byte(r, what, s, hi == 0 ? i : i + 1,
			    "is no hex digit");
		out[i / 2] = (uint8_t)((hi - 1) << 4 | (lo - 1));
	}
	if (i < s.n && text_hex[s.p[i]] == 0)
		return bad_byte(r, what, s, i, "is no hex digit");
	if (i < s.n)
		return reader_fail(r, EILSEQ,
		    "%s: odd number of hex digits "
		    "(%zu)",
		    what, s.n);
	*n = s.n / 2;
	return 0;
}

/* Decodes the escape at s.p[i], a backslash; returns its length, or 0. */
static size_t
unescape(struct text_slice s, size_t i, uint8_t *c)
{
	static const char names[] = "tnr\\", bytes[] = "\t\n\r\\";
	const char *name;

	if (s.n - i >= 4 && s.p[i + 1] == 'x' && text_hex[s.p[i + 2]] != 0 &&
	    text_hex[s.p[i + 3]] != 0) {
		*c = (uint8_t)((text_hex[s.p[i + 2]] - 1) << 4 |
		    (text_hex[s.p[i + 3]] - 1));
		return 4;
	}
	if (s.n - i >= 2 && s.p[i + 1] != '\0' &&
	    (name = strchr(names, s.p[i + 1])) != NULL) {
		*c = (uint8_t)bytes[name - names];
		return 2;
	}
	return 0;
}

/* An escaped string; "-" is an empty one.  out may be the slice itself. */
int
text_get_bytes(struct div_reader *r, const char *what, struct text_slice s,
    uint8_t *out, size_t max, size_t *n)
{
	struct text_slice bad;
	char q[TEXT_QUOTE];
	size_t i, len;

	*n = 0;
	if (text_is(s, "-"))
		return 0;
	for (i = 0; i < s.n; i += len) {
		uint8_t c = s.p[i];

		len = 1;
		if (c == '\\' && (len = unescape(s, i, &c)) == 0) {
			bad.p = s.p + i + 1;
			bad.n = s.n - i > 1;
			if (bad.n != 0 && *bad.p == 'x')
				bad.n = s.n - i - 1 > 3 ? 3 : s.n - i - 1;
			return reader_fail(r, EILSEQ,
			    "%s: bad escape "
			    "\"\\%s\" at %zu",
			    what, text_quote(bad, q), i + 1);
		}
		if (len == 1 && (c < ' ' || c == 0x7f))
			return bad_byte(r, what, s, i, "must be escaped");
		if (*n == max)
			return too_long(r, what, max);
		out[(*n)++] = c;
	}
	return 0;
}

int
text_get_name(struct div_reader *r, const char *what, struct text_slice s,
    char name[DIV_IFNAMELEN])
{
	uint8_t buf[DIV_IFNAMELEN] = { 0 };
	size_t n;

	if (text_get_bytes(r, what, s, buf, sizeof(buf), &n) == -1)
		return -1;
	memcpy(name, buf, sizeof(buf));
	return 0;
}
