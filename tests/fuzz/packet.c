/* SPDX-License-Identifier: ISC */

/* Operations on one packet: views, repair, names, filters, rejection. */

#include <stdlib.h>
#include <string.h>

#include "divio.h"
#include "fuzz.h"

#define LONGEST 70000

static const char *const fields[] = { "ttl=64", "dscp=46", "df=0", "ecn=1",
	"src=192.0.2.1", "dst=2001:db8::1", "sport=1", "dport=65535", "id=7",
	"flags=2", "mss=536", "window=9", "mark=9" };
static const char *const filters[] = { "tcp[13] & 2 != 0", "ip6 and udp",
	"len > 100", "host 192.0.2.1", "icmp6" };

static void
set_fields(struct div_frame *f)
{
	char why[DIV_ERRLEN];
	struct div_field field;
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (div_field_parse(fields[i], &field, why) == -1)
			abort();
		if (div_field_differs(&field, f))
			div_field_set(&field, f);
	}
}

static void
filter(const struct div_frame *f)
{
	static struct div_filter
	    *compiled[sizeof(filters) / sizeof(filters[0])];
	char why[DIV_ERRLEN];
	size_t i;

	for (i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		if (compiled[i] == NULL)
			compiled[i] = div_filter_new(filters[i], why);
		(void)div_filter_match(compiled[i], f);
	}
}

static void
reject(const struct div_frame *f)
{
	static uint8_t buf[DIV_REJECTLEN];
	struct div_frame out[DIV_REJECTMAX];

	(void)div_reject(f, out, buf);
}

/* In memory of exactly that length: sanitizers see reads beyond it. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct div_hostname h;
	struct div_frame f = { .type = DIV_PACKET, .hdrlen = DIV_HDRLEN };
	struct div_packet p;

	if (len > LONGEST || (f.packet = malloc(len + (len == 0))) == NULL)
		return 0;
	memcpy(f.packet, data, len);
	f.caplen = f.origlen = (uint32_t)len;
	if (div_packet_parse(&p, f.packet, len) == 0)
		(void)div_hostname(&h, &p, p.data + p.payload,
		    p.len - p.payload);
	filter(&f);
	reject(&f);
	(void)div_editable(&f, &p);
	set_fields(&f);
	(void)div_repair(f.packet, len);
	(void)div_repair_new(f.packet, len);
	free(f.packet);
	return 0;
}
