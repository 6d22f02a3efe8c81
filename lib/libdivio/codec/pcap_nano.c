/* SPDX-License-Identifier: ISC */

#include "codec/codec.h"

/* Sets pcap to NULL and err on errors. */
void
capture_open_libpcap(struct capture *c, char *err)
{
	c->tick = 1;
	c->pcap = pcap_fopen_offline_with_tstamp_precision(c->fp,
	    PCAP_TSTAMP_PRECISION_NANO, err);
}
