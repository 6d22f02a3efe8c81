/* SPDX-License-Identifier: ISC */

/* DNS messages for tests, and a reader for them that is not the library's */

#ifndef DNS_WIRE_H
#define DNS_WIRE_H

#include "packet/packet.h"

#define QR 0x8000
#define TC 0x0200
#define AD 0x0020

#define WWW "\3www\7example\3com\0" /* at 12, as the question */
#define ASK(type) WWW "\0" type "\0\1"
#define TO_WWW "\xc0\x0c"
#define TO_EXAMPLE "\xc0\x10"
#define RR(type, len) "\0" type "\0\1\0\0\1\x2c\0" len /* TTL 300 */
#define OPT "\0\0\x29\x04\xd0\0\0\0\0\0\0"
#define A_RR TO_WWW RR("\1", "\4") "\x0a\0\0\1"

extern uint8_t msg[DIV_DNS_MAX + 1], out[DIV_DNS_MAX];
extern size_t msglen, outlen;

void
start(unsigned int, unsigned int, unsigned int, unsigned int, unsigned int);
void add(const void *, size_t);
void add_pointer(size_t);
struct div_dns *rule(const char *, const char *, const char *, const char *);
enum div_dns_outcome edit(const char *, const char *, const char *, int);
const char *read_back(const uint8_t *, size_t);

#define LITERAL(literal) add(literal, sizeof(literal) - 1)

#endif /* DNS_WIRE_H */
