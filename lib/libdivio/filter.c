/* SPDX-License-Identifier: ISC */

#include <sys/types.h>

#include <errno.h>
#include <pcap.h>
#include <stdlib.h>
#include <string.h>

#include "divio.h"

struct div_filter {
	struct bpf_program prog;
};

/*
 * Compile a pcap-filter(7) expression for packets that start at the IP header;
 * the empty one matches all.  NULL with the reason in err, which names neither
 * the expression nor its place: libpcap knows none.
 */
struct div_filter *
div_filter_new(const char *expression, char err[DIV_ERRLEN])
{
	struct div_filter *filter;
	pcap_t *pcap;

	filter = calloc(1, sizeof(*filter));
	pcap = pcap_open_dead(DLT_RAW, DIV_PACKETMAX);
	if (filter == NULL || pcap == NULL) {
		strlcpy(err, strerror(ENOMEM), DIV_ERRLEN);
		goto fail;
	}
	if (pcap_compile(pcap, &filter->prog, expression, 1,
		PCAP_NETMASK_UNKNOWN) == -1) {
		strlcpy(err, pcap_geterr(pcap), DIV_ERRLEN);
		goto fail;
	}
	pcap_close(pcap);
	return filter;
fail:
	if (pcap != NULL)
		pcap_close(pcap);
	free(filter);
	return NULL;
}

/*
 * The length that `len', `greater' and `less' see is what was captured, as it
 * is everywhere between filters, unless a snapshot made the packet short.
 */
int
div_filter_match(const struct div_filter *filter, const struct div_frame *f)
{
	u_int len;

	len = (f->flags & DIV_F_TRUNC) != 0 ? f->origlen : f->caplen;
	return bpf_filter(filter->prog.bf_insns, f->packet, len, f->caplen) !=
	    0;
}

void
div_filter_free(struct div_filter *filter)
{
	if (filter == NULL)
		return;
	pcap_freecode(&filter->prog);
	free(filter);
}
