/* SPDX-License-Identifier: ISC */

#ifndef DIVIO_HOSTNAME_H
#define DIVIO_HOSTNAME_H

#include "internal.h"

#define HOSTNAME_MAX 255 /* bytes of a name as sent; RFC 1035 */

/* Each returns as div_hostname() does. */
int hostname_http(struct div_hostname *, const uint8_t *, size_t);
int hostname_tls(struct div_hostname *, const uint8_t *, size_t);
int hostname_dns(struct div_hostname *, const uint8_t *, size_t);
int hostname_dns_tcp(struct div_hostname *, const uint8_t *, size_t);

void hostname_put(struct div_hostname *, uint8_t);
void hostname_escape(struct div_hostname *, uint8_t);
int hostname_end(struct div_hostname *, enum div_naming);

#endif /* DIVIO_HOSTNAME_H */
