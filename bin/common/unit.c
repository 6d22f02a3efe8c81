/* SPDX-License-Identifier: ISC */

/* Numbers with units, in upper or lower case, by a table. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "unit.h"

#define KIB 1024.0

static const struct unit {
	const char *name;
	double factor;
	unsigned int kind;
} units[] = {
	{ "us", 1e3, UNIT_TIME },
	{ "ms", 1e6, UNIT_TIME },
	{ "s", 1e9, UNIT_TIME },
	{ "bit", 1, UNIT_BITS },
	{ "kbit", 1e3, UNIT_BITS },
	{ "mbit", 1e6, UNIT_BITS },
	{ "gbit", 1e9, UNIT_BITS },
	{ "pps", 1, UNIT_PPS },
	{ "kpps", 1e3, UNIT_PPS },
	{ "", 1, UNIT_BYTES },
	{ "b", 1, UNIT_BYTES },
	{ "k", 1e3, UNIT_BYTES },
	{ "m", 1e6, UNIT_BYTES },
	{ "kib", KIB, UNIT_BYTES },
	{ "mib", KIB *KIB, UNIT_BYTES },
	{ "p", 1, UNIT_PACKETS },
	{ "packets", 1, UNIT_PACKETS },
	{ "", 1, UNIT_COUNT },
	{ "k", 1e3, UNIT_COUNT },
	{ "m", 1e6, UNIT_COUNT },
	{ "", 1, UNIT_PART },
	{ "%", 0.01, UNIT_PART },
};

#define NUNITS (sizeof(units) / sizeof(units[0]))

/*
 * As strtod(3), but without sign, infinity, exponent and hex digits.  Returns
 * the end of the number, or NULL if there is none.
 */
char *
unit_decimal(const char *s, double *v)
{
	size_t n = strspn(s, "0123456789.");
	char digits[64], *end;

	if (n == 0 || n >= sizeof(digits))
		return NULL;
	memcpy(digits, s, n);
	digits[n] = '\0';
	*v = strtod(digits, &end);
	return end != digits + n ? NULL : (char *)(uintptr_t)s + n;
}

/*
 * Parses a number of one of the kinds; returns which, or 0.  A 0 needs no unit.
 */
unsigned int
unit_parse(const char *s, unsigned int kinds, double *v)
{
	const char *name;
	size_t i;

	if ((name = unit_decimal(s, v)) == NULL)
		return 0;
	if (*name == '\0' && *v == 0)
		return kinds & -kinds;
	for (i = 0; i < NUNITS; i++)
		if (kinds & units[i].kind &&
		    strcasecmp(units[i].name, name) == 0) {
			*v *= units[i].factor;
			return units[i].kind;
		}
	return 0;
}
