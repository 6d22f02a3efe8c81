/* SPDX-License-Identifier: ISC */

/* What OpenBSD's libpcap has, which is the oldest: no pcapng, no nanoseconds. */

#ifndef BSD_PCAP_H
#define BSD_PCAP_H

#include <sys/types.h>
#include <sys/time.h>

#include <stdio.h>

#define PCAP_VERSION_MAJOR 2
#define PCAP_VERSION_MINOR 4
#define PCAP_ERRBUF_SIZE 256
#define DLT_NULL 0
#define DLT_EN10MB 1
#define DLT_PFLOG 117
#include <pcap_other.h>
typedef int bpf_int32;
typedef u_int bpf_u_int32;
typedef struct pcap pcap_t;
struct bpf_insn;
struct bpf_program {
	u_int bf_len;
	struct bpf_insn *bf_insns;
};
struct pcap_file_header {
	bpf_u_int32 magic;
	u_short version_major, version_minor;
	bpf_int32 thiszone;
	bpf_u_int32 sigfigs, snaplen, linktype;
};
struct pcap_pkthdr {
	struct bpf_timeval ts;
	bpf_u_int32 caplen;
	bpf_u_int32 len;
};
pcap_t *pcap_open_dead(int, int);
pcap_t *pcap_fopen_offline(FILE *, char *);
void pcap_close(pcap_t *);
int pcap_next_ex(pcap_t *, struct pcap_pkthdr **, const u_char **);
char *pcap_geterr(pcap_t *);
int
pcap_compile(pcap_t *, struct bpf_program *, const char *, int, bpf_u_int32);
void pcap_freecode(struct bpf_program *);
int pcap_datalink(pcap_t *);
const char *pcap_datalink_val_to_name(int);
const char *pcap_datalink_val_to_description(int);
u_int bpf_filter(struct bpf_insn *, u_char *, u_int, u_int);

#endif
