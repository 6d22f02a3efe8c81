/* SPDX-License-Identifier: ISC */

/* Netlink messages, several to an input, each after its length in two bytes. */

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "nfqueue/nfq.h"

static void
message(const uint8_t *data, size_t len)
{
	struct nfq_packet p;
	struct div_packet view;
	uint8_t *copy;

	if ((copy = malloc(len + (len == 0))) == NULL)
		return;
	memcpy(copy, data, len);
	if (nfq_parse(copy, len, &p) == 1) {
		if (p.payload < copy || p.payload + p.len > copy + len)
			abort();
		(void)div_packet_parse(&view, p.payload, p.len);
	}
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t n;

	while (len >= 2) {
		n = get16(data);
		data += 2;
		len -= 2;
		if (n > len)
			n = len;
		message(data, n);
		data += n;
		len -= n;
	}
	return 0;
}
