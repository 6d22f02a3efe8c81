/* SPDX-License-Identifier: ISC */

/*
 * Packets from the IP header on.
 *
 *   packet.c     bounded views (RFC 791, 8200, 9293, 768), TCP options, flow keys
 *   checksum.c   the Internet checksum (RFC 1071)
 *   repair.c     lengths and checksums of an edited packet
 *   reason.c     texts for refused edits
 *   field.c      header fields by name
 *   filter.c     pcap-filter(7) expressions
 *   regex.c      regular expressions on payloads, bounded
 *   timelimit.c  CPU time that searches may take
 *   reject.c     RST, ICMP and DNS errors for a dropped packet
 *   dns_name.c   the walk over names in DNS messages (RFC 1035)
 */

#ifndef DIVIO_PACKET_H
#define DIVIO_PACKET_H

#include "base/base.h"

/* the Internet checksum, RFC 1071 */
uint64_t checksum_add(uint64_t, const uint8_t *, size_t);
uint16_t checksum_fold(uint64_t);

/* div_editable() and div_repair() with a view of the packet at hand */
enum div_reason packet_editable(const struct div_packet *, unsigned int);
enum div_reason packet_repair(const struct div_packet *, uint8_t *, int);
void repair_offload(uint8_t *, size_t);
int packet_damaged(const struct div_packet *);
int packet_checksum_offloaded(const struct div_packet *);

/* instructions of classic BPF, 8 bytes each */
unsigned int
packet_filter_code(const struct div_filter *, void *, unsigned int);

/* headers without options or extensions, bytes */
#define V4_HDRLEN 20
#define V6_HDRLEN 40
#define TCP_HDRLEN 20

/* a transport protocol whose packets can be repaired */
struct transport {
	uint8_t hdrlen; /* bytes of the smallest header */
	uint8_t sum;    /* offset of its checksum */
	uint8_t pseudo; /* the checksum covers a pseudo header */
	uint8_t ports;  /* the header begins with two ports */
};

const struct transport *packet_transport(const struct div_packet *);
size_t packet_ext_len(uint8_t, const uint8_t *, size_t);
size_t packet_tcp_option(const uint8_t *, size_t, uint8_t, size_t *);
size_t packet_put_ip(uint8_t *, int, uint8_t, const uint8_t *, const uint8_t *);

#define DNS_NAMEMAX 255 /* bytes of a name as sent, RFC 1035 */
#define DNS_LABELMAX 63 /* and of a label */

/* A walk over a name in a DNS message, which begins at next. */
struct dns_name {
	const uint8_t *msg;
	size_t len;   /* of the message, bytes */
	size_t next;  /* offset of the next label or pointer */
	size_t label; /* offset of the label that was returned */
	size_t bytes; /* of the labels so far */
	int pointers; /* that were followed */
	int forwards; /* pointers may lead forwards, too */
};

int dns_name_next(struct dns_name *);
size_t dns_name_skip(const uint8_t *, size_t, size_t);

/* flags of a TCP header */
#define TH_FIN 0x01
#define TH_SYN 0x02
#define TH_RST 0x04
#define TH_PUSH 0x08
#define TH_ACK 0x10
#define TH_URG 0x20

/* the time limit of searches: CPU time in ns; more under valgrind */
#ifndef SEARCH_TIME
#define SEARCH_TIME 100000000
#endif

int timelimit_passed(struct div_timelimit *);

#endif /* DIVIO_PACKET_H */
