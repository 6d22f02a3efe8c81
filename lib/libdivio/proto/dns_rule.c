/* SPDX-License-Identifier: ISC */

/*
 * Rules: a glob(7) or list of names, a type, and the data and TTL that answers get.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <arpa/inet.h>

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/proto.h"

#define STRING_MAX 255  /* bytes of a character-string, RFC 1035 3.3 */
#define STRINGS_MAX 255 /* of TXT records */

/* The parse functions return NULL, or what they expected. */
static const char *
parse_addr(int family, const char *value, struct div_dns *rule)
{
	char word[INET6_ADDRSTRLEN];
	size_t n;

	rule->rdlen = family == AF_INET ? 4 : 16;
	rule->records = 0;
	do {
		n = strcspn(value, " ");
		strlcpy(word, value, n < sizeof(word) ? n + 1 : sizeof(word));
		if (n >= sizeof(word) || rule->records == DNS_ADDRS_MAX ||
		    inet_pton(family, word,
			rule->rdata + rule->rdlen * rule->records) != 1)
			return family == AF_INET ?
			    "IPv4 addresses, as in 192.0.2.1, or - for none" :
			    "IPv6 addresses, as in 2001:db8::1, or - for none";
		rule->records++;
		value += n + strspn(value + n, " ");
	} while (*value != '\0');
	return NULL;
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
	size_t len = dns_name_parse(value, rule->rdata + rule->rdlen);

	if (len == 0)
		return "a domain name, as in host.example.com";
	rule->rdlen += (uint16_t)len;
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
	rule->rdlen = 2;
	value += n;
	if (bad != NULL || parse_name(value + strspn(value, " "), rule) != NULL)
		return want;
	return NULL;
}

/* Cuts text into the character-strings of a record, at least one. */
static const char *
parse_txt(const char *value, struct div_dns *rule)
{
	uint8_t *p = rule->rdata;
	size_t left = strlen(value), n;

	if (left > STRINGS_MAX * STRING_MAX)
		return "at most 65025 bytes of text";
	do {
		n = left < STRING_MAX ? left : STRING_MAX;
		*p++ = (uint8_t)n;
		memcpy(p, value, n);
		p += n;
		value += n;
		left -= n;
	} while (left > 0);
	rule->rdlen = (uint16_t)(p - rule->rdata);
	return NULL;
}

/* Parameters to take away, each behind a minus. */
static const char *
parse_svcb(const char *value, struct div_dns *rule)
{
	static const char want[] = "parameters to remove, as in "
				   "\"-ech -ipv4hint\", or - for the record";
	uint16_t key;
	size_t n;

	rule->action = DNS_STRIP;
	do {
		n = strcspn(value, " ");
		if (*value != '-' ||
		    (key = dns_svcb_key(value + 1, n - 1)) == 0)
			return want;
		rule->strip |= key;
		value += n + strspn(value + n, " ");
	} while (*value != '\0');
	return NULL;
}

/*
 * The kinds of rules.  A new address makes the hints in HTTPS and SVCB records
 * wrong, so that rules for addresses remove them.
 */
static const struct dns_kind {
	const char *name;
	uint16_t type;
	const char *(*parse)(const char *, struct div_dns *);
	uint8_t add, code;
	const char *hint;
	uint8_t listed; /* each name has an action of its own */
} kinds[] = {
	{ "A", DNS_A, parse_a, 0, 0, "ipv4hint", 0 },
	{ "A+", DNS_A, parse_a, 1, 0, "ipv4hint", 0 },
	{ "AAAA", DNS_AAAA, parse_aaaa, 0, 0, "ipv6hint", 0 },
	{ "AAAA+", DNS_AAAA, parse_aaaa, 1, 0, "ipv6hint", 0 },
	{ "CNAME", DNS_CNAME, parse_name, 0, 0, NULL, 0 },
	{ "HTTPS", DNS_HTTPS, parse_svcb, 0, 0, NULL, 0 },
	{ "LIST", DNS_NONE, NULL, 0, 0, NULL, 1 },
	{ "MX", DNS_MX, parse_mx, 0, 0, NULL, 0 },
	{ "NODATA", DNS_NONE, NULL, 0, DNS_NOERROR, NULL, 0 },
	{ "NX", DNS_NONE, NULL, 0, DNS_NXDOMAIN, NULL, 0 },
	{ "PTR", DNS_PTR, parse_name, 0, 0, NULL, 0 },
	{ "REFUSED", DNS_NONE, NULL, 0, DNS_REFUSED, NULL, 0 },
	{ "SVCB", DNS_SVCB, parse_svcb, 0, 0, NULL, 0 },
	{ "TXT", DNS_TXT, parse_txt, 0, 0, NULL, 0 },
};

static const struct dns_kind *
find_kind(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcasecmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

/* Rules for whole answers have neither a value nor a TTL. */
int
div_dns_takes_value(const char *type)
{
	const struct dns_kind *kind = find_kind(type);

	return kind == NULL || kind->parse != NULL;
}

/* Names are compared without a dot at their end. */
static void
trim_glob(char *glob)
{
	size_t n = strlen(glob);

	if (n > 1 && glob[n - 1] == '.' && glob[n - 2] != '\\')
		glob[n - 1] = '\0';
}

/* The rule's data, or what becomes of the answer. */
static const char *
parse_value(struct div_dns *rule, const struct dns_kind *kind,
    const char *value)
{
	rule->type = kind->type;
	rule->add = kind->add;
	rule->code = kind->code;
	rule->records = 1;
	if (kind->hint != NULL)
		rule->strip = dns_svcb_key(kind->hint, strlen(kind->hint));
	if (kind->parse == NULL) {
		rule->action = kind->listed ? DNS_LISTED : DNS_RESPOND;
		return *value == '\0' ? NULL : "no value here";
	}
	if (strcmp(value, "-") != 0)
		return kind->parse(value, rule);
	rule->action = DNS_REMOVE;
	return rule->add ? "addresses to add" : NULL;
}

/* Fills the rule in; NULL, or what was expected of field *bad. */
static const char *
rule_parse(struct div_dns *rule, const char *const field[4],
    enum div_dns_field *bad)
{
	const struct dns_kind *kind;
	const char *ttl = field[DIV_DNS_TTL], *why = NULL;

	*bad = DIV_DNS_GLOB;
	if (*rule->glob == '\0')
		return "a name, in which * and ? fit any";
	trim_glob(rule->glob);
	*bad = DIV_DNS_TYPE;
	if ((kind = find_kind(field[DIV_DNS_TYPE])) == NULL)
		return "A, A+, AAAA, AAAA+, CNAME, HTTPS, LIST, MX, NODATA, "
		       "NX, PTR, REFUSED, SVCB or TXT";
	if (kind->listed && rule->names == NULL)
		return "a type for a name; LIST is for a list";
	*bad = DIV_DNS_VALUE;
	if ((why = parse_value(rule, kind, field[DIV_DNS_VALUE])) != NULL)
		return why;
	*bad = DIV_DNS_TTL;
	rule->ttl = -1;
	if (*ttl != '\0')
		rule->ttl = strtonum(ttl, 0, INT32_MAX, &why);
	return why == NULL ? NULL : "a TTL in seconds, up to 2147483647";
}

/*
 * A rule from glob, type, value and TTL as people write them; value and TTL may
 * be empty.  A list takes the place of the glob, and must stay as long as the
 * rule.  NULL with a text in err, and the wrong field in *bad.
 */
struct div_dns *
div_dns_new(const char *const field[4], const struct div_names *names,
    enum div_dns_field *bad, char err[DIV_ERRLEN])
{
	struct div_dns *rule;
	size_t len = strlen(field[DIV_DNS_VALUE]);
	const char *why;

	*bad = DIV_DNS_GLOB;
	if ((rule = calloc(1, sizeof(*rule))) == NULL ||
	    (rule->glob = strdup(field[DIV_DNS_GLOB])) == NULL ||
	    (rule->rdata = malloc(len + len / STRING_MAX + DNS_NAMEMAX + 2 +
		 16 * DNS_ADDRS_MAX)) == NULL) {
		strlcpy(err, strerror(ENOMEM), DIV_ERRLEN);
		div_dns_free(rule);
		return NULL;
	}
	rule->names = names;
	if ((why = rule_parse(rule, field, bad)) != NULL) {
		snprintf(err, DIV_ERRLEN, "expected %s", why);
		div_dns_free(rule);
		return NULL;
	}
	return rule;
}

/* Another list for a rule that has one. */
void
div_dns_set_names(struct div_dns *rule, const struct div_names *names)
{
	rule->names = names;
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
name_matches(const struct div_dns *rule, const char *name)
{
	const struct names_entry *e;

	if (rule->names != NULL)
		return dns_list_has(rule->names, name, &e);
	return fnmatch(rule->glob, name, FNM_CASEFOLD) == 0;
}

/*
 * Returns whether the rule matches the question's name, or -1.  It then applies
 * to records of any owner: a chain of aliases (CNAME) leads from www to another
 * name with the address.  The aliases themselves are matched by their owner.
 */
int
dns_rule_asked(const struct div_dns *rule, const struct dns_message *m)
{
	char name[DNS_TEXTLEN];

	if (rule->type == DNS_CNAME || m->count[DNS_QUESTION] == 0)
		return 0;
	if (dns_name_print(m, DIV_DNS_HDRLEN, name) == -1)
		return -1;
	return name_matches(rule, name);
}

/* What a rule does to records of a type. */
static enum dns_match
dns_rule_type(const struct div_dns *rule, uint16_t type)
{
	if (rule->action == DNS_RESPOND)
		return DNS_KEEP;
	if (type == rule->type)
		return rule->action == DNS_STRIP ? DNS_TRIM : DNS_EDIT;
	if ((rule->type == DNS_A || rule->type == DNS_AAAA) &&
	    (type == DNS_HTTPS || type == DNS_SVCB))
		return DNS_TRIM;
	return DNS_KEEP;
}

/*
 * What is to be done to the record, enum dns_match, or -1.  If it is not
 * DNS_KEEP, the owner's name is in owner.
 */
int
dns_rule_matches(const struct div_dns *rule, const struct dns_message *m,
    const struct dns_record *r, int asked, char owner[DNS_TEXTLEN])
{
	enum dns_match match = dns_rule_type(rule, r->type);

	if (match == DNS_KEEP || r->class != DNS_CLASS_IN)
		return DNS_KEEP;
	if (dns_name_print(m, r->owner, owner) == -1)
		return -1;
	return asked || name_matches(rule, owner) ? (int)match : DNS_KEEP;
}
