/* SPDX-License-Identifier: ISC */

/*
 * -f: divcat makes the rules itself.  The ssh session that it was started in is
 * left out, for a rule for all packets would cut it.
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "divcat.h"

#define V4_LEN 20
#define V6_LEN 40
#define TCP_LEN 20

static const struct {
	const char *name;
	unsigned int hook;
} chains[] = {
	{ "input", DIV_HOOK_INPUT },
	{ "forward", DIV_HOOK_FORWARD },
	{ "output", DIV_HOOK_OUTPUT },
};

static unsigned int
hook(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(chains) / sizeof(chains[0]); i++)
		if (strcmp(chains[i].name, name) == 0)
			return chains[i].hook;
	errx(TOOL_USAGE, "-k %s: chains are input, forward, output", name);
}

/* A list such as input,output. */
unsigned int
match_hooks(const char *arg)
{
	unsigned int hooks = 0;
	char *copy, *rest, *name;

	if ((copy = rest = strdup(arg)) == NULL)
		err(1, NULL);
	while ((name = strsep(&rest, ",")) != NULL)
		hooks |= hook(name);
	free(copy);
	return hooks;
}

static void
put16(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* The headers of a segment of a connection: their length, or 0. */
static uint32_t
make_segment(uint8_t *p, const char *src, unsigned int sport, const char *dst,
    unsigned int dport)
{
	uint8_t *tcp = p + V4_LEN;

	if (inet_pton(AF_INET, src, p + 12) == 1 &&
	    inet_pton(AF_INET, dst, p + 16) == 1) {
		p[0] = 0x45;
		put16(p + 2, V4_LEN + TCP_LEN);
		p[9] = IPPROTO_TCP;
	} else if (inet_pton(AF_INET6, src, p + 8) == 1 &&
	    inet_pton(AF_INET6, dst, p + 24) == 1) {
		tcp = p + V6_LEN;
		p[0] = 0x60;
		put16(p + 4, TCP_LEN);
		p[6] = IPPROTO_TCP;
	} else
		return 0;
	put16(tcp, sport);
	put16(tcp + 2, dport);
	tcp[12] = TCP_LEN / 4 << 4;
	tcp[13] = 0x10; /* ACK */
	return (uint32_t)(tcp + TCP_LEN - p);
}

static int
matches(const struct div_filter *filter, const char *src, unsigned int sport,
    const char *dst, unsigned int dport)
{
	uint8_t packet[V6_LEN + TCP_LEN] = { 0 };
	struct div_frame f = { .type = DIV_PACKET, .packet = packet };

	f.caplen = f.origlen = make_segment(packet, src, sport, dst, dport);
	return f.caplen != 0 && div_filter_match(filter, &f);
}

/* Leaves the connection out that SSH_CONNECTION names. */
static void
except_session(const struct div_filter *filter)
{
	const char *session = getenv("SSH_CONNECTION");
	char client[64], server[64];
	unsigned int cport, sport;
	char *text;

	if (session == NULL ||
	    sscanf(session, "%63s %u %63s %u", client, &cport, server,
		&sport) != 4)
		return;
	/* fe80::1%eth0 */
	client[strcspn(client, "%")] = server[strcspn(server, "%")] = '\0';
	if (asprintf(&text,
		"tcp and host %s and host %s and port %u and port %u", client,
		server, cport, sport) == -1)
		err(1, NULL);
	opts.port_opt.except = text;
	if (!opts.quiet &&
	    (matches(filter, client, cport, server, sport) ||
		matches(filter, server, sport, client, cport)))
		warnx("-f %s: this ssh session is left out; -A takes it, too",
		    opts.port_opt.match);
}

static int
has_word(const char *text, const char *word)
{
	size_t n = strlen(word);
	const char *p;

	for (p = text; (p = strstr(p, word)) != NULL; p += n)
		if ((p == text || strchr(" (!", p[-1]) != NULL) &&
		    (p[n] == '\0' || p[n] == ' '))
			return 1;
	return 0;
}

/* Checks the expression, and says what it may not be meant to do. */
void
match_check(void)
{
	const char *text = opts.port_opt.match;
	char *words[] = { opts.match, NULL };
	struct div_filter *filter = tool_expression(words);

	if (!opts.all)
		except_session(filter);
	div_filter_free(filter);
	if (!opts.quiet && !(opts.port_opt.flags & DIV_O_TEE) &&
	    has_word(text, "src") != has_word(text, "dst"))
		warnx("-f %s: replies are not diverted: no TCP segment can "
		      "change its length",
		    text);
}
