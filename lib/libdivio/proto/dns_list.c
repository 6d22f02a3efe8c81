/* SPDX-License-Identifier: ISC */

/*
 * Rules with a list of names, and those for which each line of the list says
 * what becomes of the answers: the address of hosts(5), the action of a response
 * policy zone, or, of a name alone, NXDOMAIN.
 */

#include <ctype.h>
#include <string.h>

#include "proto/proto.h"

/* What the lines of an entry say together. */
struct dns_lines {
	enum names_act act;
	uint16_t type; /* of the addresses that are wanted */
	uint16_t n;
	uint8_t *addr; /* n of them */
};

/*
 * Whether the list has the name, as dns_name_print() writes it; *e is the entry
 * that decides, or NULL.
 */
int
dns_list_has(const struct div_names *names, const char *name,
    const struct names_entry **e)
{
	char host[DNS_TEXTLEN];
	size_t i;

	for (i = 0; name[i] != '\0'; i++)
		host[i] = (char)tolower((unsigned char)name[i]);
	*e = names_find(names, host, i, NULL);
	return *e != NULL && ((*e)->flags & NAMES_ENTRY_LISTED) != 0;
}

static void
add_address(struct dns_lines *l, uint16_t type, const uint8_t *addr)
{
	size_t len = type == DNS_A ? 4 : 16;

	if (l->act == NAMES_ACT_NONE)
		l->act = NAMES_ACT_NODATA;
	if (type == l->type && l->n < DNS_ADDRS_MAX)
		memcpy(l->addr + len * l->n++, addr, len);
}

/* Addresses add up; of other actions the last one counts. */
static void
add_line(struct dns_lines *l, const struct div_names *names, size_t at)
{
	struct names_action a;

	names_action(names, at, &a);
	switch (a.act) {
	case NAMES_ACT_A:
		add_address(l, DNS_A, a.addr);
		break;
	case NAMES_ACT_AAAA:
		add_address(l, DNS_AAAA, a.addr);
		break;
	case NAMES_ACT_NX:
	case NAMES_ACT_NODATA:
	case NAMES_ACT_DROP:
		l->act = a.act;
		break;
	default:
		break;
	}
}

/*
 * What the rule's list makes of the answer: enum dns_listed, and *to the rule for
 * it, with its data in rdata; or -1 for a malformed message.  A name has the
 * records that the list gives it, and no others.
 */
int
dns_list_answer(const struct div_dns *rule, const struct dns_message *m,
    struct div_dns *to, uint8_t rdata[16 * DNS_ADDRS_MAX])
{
	const uint8_t *q = m->data + m->records - DNS_QFIXED;
	const struct names_more *more;
	const struct names_entry *e;
	struct dns_lines l = { .addr = rdata };
	char name[DNS_TEXTLEN];
	size_t i, n;

	if (m->count[DNS_QUESTION] == 0 || get16(q + 2) != DNS_CLASS_IN)
		return DNS_LIST_NOT;
	if (dns_name_print(m, DIV_DNS_HDRLEN, name) == -1)
		return -1;
	if (!dns_list_has(rule->names, name, &e))
		return DNS_LIST_NOT;
	l.type = get16(q);
	add_line(&l, rule->names, e->text);
	n = names_lines(rule->names, e, &more);
	for (i = 0; i < n; i++)
		add_line(&l, rule->names, more[i].text);
	if (l.act == NAMES_ACT_DROP)
		return DNS_LIST_DROP;
	*to = *rule;
	to->type = l.type;
	to->rdata = rdata;
	to->rdlen = l.type == DNS_A ? 4 : 16;
	to->records = l.n;
	to->code = l.act == NAMES_ACT_NODATA ? DNS_NOERROR : DNS_NXDOMAIN;
	if (l.n > 0)
		return DNS_LIST_ADDED;
	to->action = DNS_RESPOND;
	return DNS_LIST_EMPTY;
}
