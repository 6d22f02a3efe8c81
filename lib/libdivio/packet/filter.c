/* SPDX-License-Identifier: ISC */

/* Expressions of pcap-filter(7): libpcap compiles and interprets them as BPF. */

#include <sys/types.h>

#include <errno.h>
#include <pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packet/packet.h"

/* PCAP_NETMASK_UNKNOWN, which OpenBSD does not define */
#define NETMASK_UNKNOWN 0xffffffff

#define INSN_LEN 8 /* bytes of an instruction */

struct div_filter {
	struct bpf_program prog;
};

static int
is_syntax_error(pcap_t *pcap)
{
	return strstr(pcap_geterr(pcap), "syntax error") != NULL;
}

/*
 * True if the first n characters can begin an expression.  libpcap reports the
 * first error that it meets, and what is added here is a bad address to it.
 */
static int
begins_well(pcap_t *pcap, const char *expression, size_t n)
{
	struct bpf_program prog;
	char *text;
	int bad;

	if (asprintf(&text, "%.*s ::ffff:999.1.1.1", (int)n, expression) == -1)
		return 1;
	bad = pcap_compile(pcap, &prog, text, 1, NETMASK_UNKNOWN);
	free(text);
	if (bad == 0)
		pcap_freecode(&prog);
	return bad == 0 || !is_syntax_error(pcap);
}

/* The length of the token that begins there, and of blanks before it. */
static size_t
token_length(const char *text)
{
	size_t blanks = strspn(text, " \t\n"), n;

	n = strcspn(text + blanks, " \t\n()[]!&|=<>+*/");
	if (n == 0 && text[blanks] != '\0')
		n = 1;
	return blanks + n;
}

/* Names the place of a syntax error, which libpcap does not. */
static void
locate_error(pcap_t *pcap, const char *expression, char err[DIV_ERRLEN])
{
	size_t at = 0, n;

	if (!begins_well(pcap, expression, 0))
		return;
	while ((n = token_length(expression + at)) != 0 &&
	    begins_well(pcap, expression, at + n))
		at += n;
	at += strspn(expression + at, " \t\n");
	if (expression[at] == '\0')
		strlcpy(err, "syntax error at the end", DIV_ERRLEN);
	else
		snprintf(err, DIV_ERRLEN, "syntax error at character %zu: %s",
		    at + 1, expression + at);
}

/*
 * Compiles an expression for packets that start at the IP header; the empty one
 * matches all.  NULL with a text in err that does not name the expression.
 */
struct div_filter *
div_filter_new(const char *expression, char err[DIV_ERRLEN])
{
	struct div_filter *filter;
	pcap_t *pcap;

	filter = calloc(1, sizeof(*filter));
	pcap = pcap_open_dead(DLT_RAW, DIV_PACKETMAX);
	if (filter == NULL || pcap == NULL) {
		strlcpy(err, strerror(ENOMEM), DIV_ERRLEN);
		goto fail;
	}
	if (pcap_compile(pcap, &filter->prog, expression, 1, NETMASK_UNKNOWN) ==
	    -1) {
		strlcpy(err, pcap_geterr(pcap), DIV_ERRLEN);
		if (is_syntax_error(pcap))
			locate_error(pcap, expression, err);
		goto fail;
	}
	pcap_close(pcap);
	return filter;
fail:
	if (pcap != NULL)
		pcap_close(pcap);
	free(filter);
	return NULL;
}

/*
 * `len', `greater' and `less' compare the captured length, which is the packet's
 * between filters, or the original one of a truncated packet.
 */
int
div_filter_match(const struct div_filter *filter, const struct div_frame *f)
{
	u_int len;

	len = (f->flags & DIV_F_TRUNC) != 0 ? f->origlen : f->caplen;
	return bpf_filter(filter->prog.bf_insns, f->packet, len, f->caplen) !=
	    0;
}

/*
 * Copies the instructions, as linux/filter.h has them, too.  Returns their
 * number; if it is above max, none are copied.
 */
unsigned int
packet_filter_code(const struct div_filter *filter, void *code,
    unsigned int max)
{
	const struct bpf_program *prog = &filter->prog;

	if (prog->bf_len <= max)
		memcpy(code, prog->bf_insns, prog->bf_len * INSN_LEN);
	return prog->bf_len;
}

void
div_filter_free(struct div_filter *filter)
{
	if (filter == NULL)
		return;
	pcap_freecode(&filter->prog);
	free(filter);
}
