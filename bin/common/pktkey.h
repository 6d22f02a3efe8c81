/* SPDX-License-Identifier: ISC */

#ifndef PKTKEY_H
#define PKTKEY_H

#include "divio.h"

#define PKTKEY_FLOW 31 /* protocol, addresses and ports of one direction */

int pktkey_parse(int, const char *);
uint64_t pktkey_hash(int, const struct div_frame *, uint64_t);

#endif /* PKTKEY_H */
