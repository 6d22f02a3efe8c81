/* SPDX-License-Identifier: ISC */

/* OpenBSD's libpcap has microseconds only, and no pcapng. */

#include "codec/codec.h"

/* Sets pcap to NULL and err on errors. */
void
capture_open_libpcap(struct capture *c, char *err)
{
	c->tick = 1000;
	c->pcap = pcap_fopen_offline(c->fp, err);
}
