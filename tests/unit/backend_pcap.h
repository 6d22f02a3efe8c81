/* SPDX-License-Identifier: ISC */

#ifndef BACKEND_PCAP_H
#define BACKEND_PCAP_H

#include "port/port.h"

/* A port of "in.pcap", or of "in.pcap,out.pcap" to send to, as div_open(). */
struct div *
pcap_port(const char *, const struct div_options *, char[DIV_ERRLEN]);

#endif /* BACKEND_PCAP_H */
