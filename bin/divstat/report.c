/* SPDX-License-Identifier: ISC */

#include <stdio.h>
#include <stdlib.h>

#include "divstat.h"

static const char *const names[NROWS] = {
	[TCP] = "tcp",
	[UDP] = "udp",
	[ICMP] = "icmp",
	[ICMP6] = "icmp6",
	[OTHER] = "other",
	[IN] = "in",
	[OUT] = "out",
	[FORWARD] = "forward",
	[UNKNOWN] = "unknown",
	[INJECTED] = "injected",
	[EDITED] = "edited",
	[DROPPED] = "dropped",
	[TOTAL] = "total",
};

/* A rate in four significant digits: 12.34M. */
static void
rate_format(char *buf, size_t size, double n)
{
	static const char *const units[] = { "", "k", "M", "G", "T", "P" };
	size_t i = 0;
	int decimals;

	while (n >= 999.95 && i < sizeof(units) / sizeof(units[0]) - 1) {
		n /= 1000;
		i++;
	}
	decimals = n < 9.9995 ? 3 : n < 99.995 ? 2 : 1;
	snprintf(buf, size, "%.*f%s", decimals, n, units[i]);
}

static void
report_row(const char *name, const struct count *c, double seconds)
{
	char packets[32] = "-", bits[32] = "-";

	if (seconds > 0) {
		rate_format(packets, sizeof(packets),
		    (double)c->packets / seconds);
		rate_format(bits, sizeof(bits), (double)c->bytes * 8 / seconds);
	}
	fprintf(stderr, "%-9s %12llu %15llu %10s %10s\n", name,
	    (unsigned long long)c->packets, (unsigned long long)c->bytes,
	    packets, bits);
}

/* Rows in which nothing was counted since the start are left out. */
void
report(const char *title, const struct count c[NROWS], double seconds)
{
	int i;

	fprintf(stderr, "%s: %s, %.3f s\n%-9s %12s %15s %10s %10s\n",
	    getprogname(), title, seconds, "", "packets", "bytes", "packets/s",
	    "bits/s");
	for (i = 0; i < NROWS; i++)
		if (counts[i].packets != 0 || i == TOTAL)
			report_row(names[i], &c[i], seconds);
	fflush(stderr);
}
