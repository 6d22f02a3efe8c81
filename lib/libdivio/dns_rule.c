/* SPDX-License-Identifier: ISC */

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns.h"

#define MAXSTRING 255 /* of TXT records */
#define MAXSTRINGS 255

/* What was wanted of a value, where it was not that. */
static const char *
parse_addr(int family, const char *value, struct div_dns *rule)
{
	rule->rdlen = family == AF_INET ? NS_INADDRSZ : NS_IN6ADDRSZ;
	if (inet_pton(family, value, rule->rdata) == 1)
		return NULL;
	return family == AF_INET ? "an IPv4 address, as in 192.0.2.1" :
				   "an IPv6 address, as in 2001:db8::1";
}

static const char *
parse_a(const char *value, struct div_dns *rule)
{
	return parse_addr(AF_INET, value, rule);
}

static const char *
parse_aaaa(const char *value, struct div_dns *rule)
{
	return parse_addr(AF_INET6, value, rule);
}

static const char *
parse_name(const char *value, struct div_dns *rule)
{
	uint8_t *name = rule->rdata + rule->rdlen;

	if (*value == '\0' || ns_name_pton(value, name, NS_MAXCDNAME) == -1)
		return "a domain name, as in host.example.com";
	for (rule->rdlen++; *name != 0; name += *name + 1)
		rule->rdlen += (uint16_t)(*name + 1);
	return NULL;
}

static const char *
parse_mx(const char *value, struct div_dns *rule)
{
	static const char want[] = "a preference from 0 to 65535 and a name, "
				   "as in \"10 mail.example.com\"";
	size_t n = strspn(value, "0123456789");
	char number[8];
	const char *bad;

	if (n == 0 || n >= sizeof(number) || value[n] != ' ')
		return want;
	strlcpy(number, value, n + 1);
	put16(rule->rdata, (uint16_t)strtonum(number, 0, UINT16_MAX, &bad));
	rule->rdlen = NS_INT16SZ;
	value += n;
	if (bad != NULL || parse_name(value + strspn(value, " "), rule) != NULL)
		return want;
	return NULL;
}

/* Text is cut into the strings of a record, of which there is at least one. */
static const char *
parse_txt(const char *value, struct div_dns *rule)
{
	uint8_t *p = rule->rdata;
	size_t left = strlen(value), n;

	if (left > MAXSTRINGS * MAXSTRING)
		return "at most 65025 bytes of text";
	do {
		n = left < MAXSTRING ? left : MAXSTRING;
		*p++ = (uint8_t)n;
		memcpy(p, value, n);
		p += n;
		value += n;
		left -= n;
	} while (left > 0);
	rule->rdlen = (uint16_t)(p - rule->rdata);
	return NULL;
}

static const struct kind {
	const char *name;
	uint16_t type;
	const char *(*parse)(const char *, struct div_dns *);
} kinds[] = {
	{ "A", ns_t_a, parse_a },
	{ "AAAA", ns_t_aaaa, parse_aaaa },
	{ "CNAME", ns_t_cname, parse_name },
	{ "MX", ns_t_mx, parse_mx },
	{ "NX", DNS_NX, NULL },
	{ "PTR", ns_t_ptr, parse_name },
	{ "TXT", ns_t_txt, parse_txt },
};

static const struct kind *
find_kind(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcasecmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

/* Names are compared without the dot that may end them. */
static void
trim_glob(char *glob)
{
	size_t n = strlen(glob);

	if (n > 1 && glob[n - 1] == '.' && glob[n - 2] != '\\')
		glob[n - 1] = '\0';
}

/* Fills the rule in; what was wanted of a field, and in *bad of which. */
static const char *
rule_parse(struct div_dns *rule, const char *const field[4],
    enum div_dns_field *bad)
{
	const struct kind *kind;
	const char *ttl = field[DIV_DNS_TTL], *why = NULL;

	*bad = DIV_DNS_GLOB;
	if (*rule->glob == '\0')
		return "a name, in which * and ? fit any";
	trim_glob(rule->glob);
	*bad = DIV_DNS_TYPE;
	if ((kind = find_kind(field[DIV_DNS_TYPE])) == NULL)
		return "A, AAAA, CNAME, MX, NX, PTR or TXT";
	rule->type = kind->type;
	*bad = DIV_DNS_VALUE;
	if (kind->parse == NULL)
		return *field[DIV_DNS_VALUE] == '\0' ? NULL :
						       "no value after NX";
	if ((why = kind->parse(field[DIV_DNS_VALUE], rule)) != NULL)
		return why;
	*bad = DIV_DNS_TTL;
	rule->ttl = -1;
	if (*ttl != '\0')
		rule->ttl = strtonum(ttl, 0, INT32_MAX, &why);
	return why == NULL ? NULL : "a TTL in seconds, up to 2147483647";
}

/*
 * A rule from glob, type, value and TTL as people write them; value and TTL may
 * be empty.  NULL with what was expected in err, and in *bad of which.
 */
struct div_dns *
div_dns_new(const char *const field[4], enum div_dns_field *bad,
    char err[DIV_ERRLEN])
{
	struct div_dns *rule;
	size_t len = strlen(field[DIV_DNS_VALUE]);
	const char *why;

	*bad = DIV_DNS_GLOB;
	if ((rule = calloc(1, sizeof(*rule))) == NULL ||
	    (rule->glob = strdup(field[DIV_DNS_GLOB])) == NULL ||
	    (rule->rdata = malloc(
		 len + len / MAXSTRING + NS_MAXCDNAME + NS_INT16SZ)) == NULL) {
		strlcpy(err, strerror(ENOMEM), DIV_ERRLEN);
		div_dns_free(rule);
		return NULL;
	}
	if ((why = rule_parse(rule, field, bad)) != NULL) {
		snprintf(err, DIV_ERRLEN, "expected %s", why);
		div_dns_free(rule);
		return NULL;
	}
	return rule;
}

void
div_dns_free(struct div_dns *rule)
{
	if (rule == NULL)
		return;
	free(rule->glob);
	free(rule->rdata);
	free(rule);
}

static int
glob_fits(const struct div_dns *rule, const char *name)
{
	return fnmatch(rule->glob, name, FNM_CASEFOLD) == 0;
}

/*
 * Was the name asked for that the rule is about?  Then it is about whatever
 * was answered: the address of www may be that of another name, to which a
 * chain of aliases leads.  The aliases themselves go by their own names.
 */
int
dns_rule_asked(const struct div_dns *rule, const struct message *m)
{
	char name[NS_MAXDNAME];

	if (rule->type == ns_t_cname || m->count[ns_s_qd] == 0)
		return 0;
	if (dns_name_text(m, NS_HFIXEDSZ, name) == -1)
		return -1;
	return glob_fits(rule, name);
}

/* Is this a record to rewrite?  Leaves its owner's name if it has the type. */
int
dns_rule_fits(const struct div_dns *rule, const struct message *m,
    const struct record *r, int asked, char owner[NS_MAXDNAME])
{
	if (r->type != rule->type || r->class != ns_c_in)
		return 0;
	if (dns_name_text(m, r->owner, owner) == -1)
		return -1;
	return asked || glob_fits(rule, owner);
}
