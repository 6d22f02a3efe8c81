/* SPDX-License-Identifier: ISC */

#define DLT_RAW 12
#define DLT_ENC 109
#define DLT_LOOP 108
#define PCAP_TSTAMP_PRECISION_NANO 1
#define bpf_timeval timeval
struct pcap *pcap_fopen_offline_with_tstamp_precision(FILE *, u_int, char *);
