/* SPDX-License-Identifier: ISC */

#ifndef UNIT_H
#define UNIT_H

/* what a number may be, in bits of a set */
#define UNIT_TIME 1     /* ns */
#define UNIT_BITS 2     /* a second */
#define UNIT_PPS 4      /* packets a second */
#define UNIT_BYTES 8    /* the unit may be left out */
#define UNIT_PACKETS 16 /* with a unit */
#define UNIT_COUNT 32   /* without one */
#define UNIT_PART 64    /* of 1, or % */

char *unit_decimal(const char *, double *);
unsigned int unit_parse(const char *, unsigned int, double *);

#endif /* UNIT_H */
