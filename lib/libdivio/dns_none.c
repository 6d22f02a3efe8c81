/* SPDX-License-Identifier: ISC */

/* For systems whose C library does not take DNS messages apart. */

#include <errno.h>
#include <string.h>

#include "internal.h"

struct div_dns *
div_dns_new(const char *const text[4], enum div_dns_field *wrong,
    char err[DIV_ERRLEN])
{
	(void)text;
	*wrong = DIV_DNS_TYPE;
	strlcpy(err, "DNS answers cannot be rewritten on this system",
	    DIV_ERRLEN);
	errno = EPROTONOSUPPORT;
	return NULL;
}

enum div_dns_outcome
div_dns_edit(const struct div_dns *rule, const uint8_t *msg, size_t len,
    int udp, uint8_t out[DIV_DNS_MAX], size_t *outlen)
{
	(void)rule;
	(void)msg;
	(void)len;
	(void)udp;
	(void)out;
	*outlen = 0;
	return DIV_DNS_NONE;
}

size_t
div_dns_length(const uint8_t *p, size_t len)
{
	(void)p;
	(void)len;
	return 0;
}

void
div_dns_free(struct div_dns *rule)
{
	(void)rule;
}
