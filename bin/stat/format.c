/* SPDX-License-Identifier: ISC */

/* Numbers, times, addresses and protocols as text. */

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>

#include "stat.h"

/* Divides until it is less than most; returns the SI prefix for that. */
static const char *
si_prefix(double *n, double most)
{
	static const char *const units[] = { "", "k", "M", "G", "T", "P" };
	size_t i = 0;

	while (*n >= most && i < sizeof(units) / sizeof(units[0]) - 1) {
		*n /= 1000;
		i++;
	}
	return units[i];
}

/* A rate with an SI prefix, in four significant digits: 12.34M. */
void
rate_format(char *buf, size_t size, double n)
{
	const char *prefix = si_prefix(&n, 999.95);
	int decimals = n < 9.9995 ? 3 : n < 99.995 ? 2 : 1;

	snprintf(buf, size, "%.*f%s", decimals, n, prefix);
}

/* No more digits than needed, three at most: 2.5M, or 2.5 MB of unit B. */
void
number_format(char *buf, size_t size, double n, const char *unit)
{
	const char *prefix = si_prefix(&n, 999.5);

	snprintf(buf, size, "%.3g%s%s%s", n, *unit == '\0' ? "" : " ", prefix,
	    unit);
}

/* The least of 1, 2, 5, 10, 20 and so on, and of parts of 1, that is not less. */
double
round_number(double n)
{
	double unit = 1;

	while (unit * 10 <= n)
		unit *= 10;
	while (unit > n)
		unit /= 10;
	n /= unit;
	return unit * (n <= 1 ? 1 : n <= 2 ? 2 : n <= 5 ? 5 : 10);
}

/* Nanoseconds, in the largest unit that leaves digits before the point. */
void
time_format(char *buf, size_t size, uint64_t ns)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	double n = (double)ns;
	size_t i = 0;

	while (n >= 999.5 && i < sizeof(units) / sizeof(units[0]) - 1) {
		n /= 1000;
		i++;
	}
	snprintf(buf, size, "%.3g %s", n, units[i]);
	if (n >= 999.5)
		snprintf(buf, size, "%.0f %s", n, units[i]);
}

const char *(*address_name)(int, const uint8_t *);

void
address_format(char *buf, size_t size, int version, const uint8_t *addr)
{
	const char *name = NULL;

	if (address_name != NULL)
		name = address_name(version, addr);
	if (name != NULL)
		strlcpy(buf, name, size);
	else
		inet_ntop(version == 4 ? AF_INET : AF_INET6, addr, buf,
		    (socklen_t)size);
}

/* An address and its port; port 0 is none. */
void
port_format(char *buf, size_t size, int version, const uint8_t *addr,
    uint16_t port)
{
	char text[INET6_ADDRSTRLEN];

	address_format(text, sizeof(text), version, addr);
	if (port == 0)
		snprintf(buf, size, "%s", text);
	else
		snprintf(buf, size,
		    strchr(text, ':') == NULL ? "%s:%u" : "[%s]:%u", text,
		    port);
}

void
proto_format(char *buf, size_t size, uint8_t proto)
{
	static const struct {
		uint8_t number;
		const char *name;
	} names[] = {
		{ IPPROTO_ICMP, "icmp" },
		{ IPPROTO_IGMP, "igmp" },
		{ IPPROTO_TCP, "tcp" },
		{ IPPROTO_UDP, "udp" },
		{ IPPROTO_GRE, "gre" },
		{ IPPROTO_ESP, "esp" },
		{ IPPROTO_AH, "ah" },
		{ IPPROTO_ICMPV6, "icmp6" },
		{ 89, "ospf" },
		{ 132, "sctp" },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].number == proto) {
			snprintf(buf, size, "%s", names[i].name);
			return;
		}
	}
	snprintf(buf, size, "%u", proto);
}
