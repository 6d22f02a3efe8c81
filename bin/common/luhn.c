/* SPDX-License-Identifier: ISC */

#include <stddef.h>
#include <stdint.h>

#include "tool.h"

/* The check digit of payment cards, by Luhn: ISO/IEC 7812-1, annex B. */
int
tool_luhn(const uint8_t *p, size_t n)
{
	unsigned int sum = 0, digits = 0, d;

	while (n-- > 0) {
		if (p[n] < '0' || p[n] > '9')
			continue;
		d = p[n] - '0';
		if (digits++ % 2 == 1)
			d = d * 2 > 9 ? d * 2 - 9 : d * 2;
		sum = (sum + d) % 10;
	}
	return digits > 1 && sum == 0;
}
