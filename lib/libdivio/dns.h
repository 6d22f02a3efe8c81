/* SPDX-License-Identifier: ISC */

#ifndef DIVIO_DNS_H
#define DIVIO_DNS_H

#include <arpa/nameser.h>

#include "internal.h"

#define DNS_NX 0 /* in place of a type */

struct div_dns {
	char *glob;
	uint16_t type;
	uint16_t rdlen;
	uint8_t *rdata; /* of what the record becomes */
	int64_t ttl;    /* or -1 to leave it */
};

struct message {
	const uint8_t *data;
	size_t len;
	uint16_t count[ns_s_max]; /* records in each section */
	size_t records;           /* offset of what follows the question */
};

struct record {
	size_t owner; /* offset of its name */
	size_t fixed; /* and of type, class, TTL and length of the data */
	uint16_t type, class;
	uint32_t ttl;
	size_t rdata, rdlen;
};

/* A place in a name, from label to label. */
struct walk {
	size_t at;
	size_t len; /* of the labels so far */
	int pointers;
};

/* dns_message.c */
int dns_message_open(struct message *, const uint8_t *, size_t);
void dns_record_next(const struct message *, size_t *, struct record *);
int dns_name_label(const struct message *, struct walk *);
int dns_name_text(const struct message *, size_t, char[NS_MAXDNAME]);

/* dns_rule.c */
int dns_rule_asked(const struct div_dns *, const struct message *);
int dns_rule_fits(const struct div_dns *, const struct message *,
    const struct record *, int, char[NS_MAXDNAME]);

/* dns_compose.c */
enum div_dns_outcome dns_compose(const struct div_dns *, const struct message *,
    int, int, uint8_t[DIV_DNS_MAX], size_t *);

#endif /* DIVIO_DNS_H */
