/* SPDX-License-Identifier: ISC */

/* What lines of EVE, Suricata's log, have in common: values as text. */

#ifndef EVE_H
#define EVE_H

#include "divio.h"

#define EVE_TIMELEN 80
#define EVE_PROTOLEN 16
#define COMMUNITY_IDLEN 31

/* eve.c */
void eve_time(char[EVE_TIMELEN], uint64_t);
void eve_proto(char[EVE_PROTOLEN], uint8_t);
uint64_t eve_flow_id(const struct div_flow_key *);
void eve_base64(char *, const uint8_t *, size_t);

/* sha1_*.c: init() before a sandbox; -1 without libcrypto */
#define SHA1_LEN 20
void sha1_init(void);
int sha1(uint8_t[SHA1_LEN], const uint8_t *, size_t);

/* community.c */
int community_of_flow(char[COMMUNITY_IDLEN], const struct div_flow_key *);
int community_of_packet(char[COMMUNITY_IDLEN], const struct div_packet *);

#endif /* EVE_H */
