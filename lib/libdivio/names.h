/* SPDX-License-Identifier: ISC */

#ifndef DIVIO_NAMES_H
#define DIVIO_NAMES_H

#include "hostname.h"

#define PATH_MAXLEN 1023

#define ENTRY_LISTED 1
#define ENTRY_EXCEPT 2
#define ENTRY_PATHS 4 /* there are prefixes on this host */

struct entry {
	uint32_t text; /* offset of host or host/path */
	uint32_t line;
	uint16_t len;
	uint8_t flags; /* ENTRY_*; 0: there are names below */
};

struct slot {
	uint32_t hash;
	uint32_t entry; /* its index + 1; 0: free */
};

struct div_names {
	char *text;
	struct entry *entries;
	size_t nentries;
	struct slot *slots;
	size_t nslots; /* a power of two */
	uint64_t seed;
	uint8_t lengths[PATH_MAXLEN + 1]; /* that prefixes have */
};

/* A word of a list: hostlen bytes of host, and of len the rest is a path. */
struct name {
	const char *text;
	size_t hostlen, len;
	size_t line;
	int listed; /* or an exception */
};

int names_add(struct div_names *, const struct name *);
int names_parse(struct div_names *, size_t, size_t *, char[DIV_ERRLEN]);

#endif /* DIVIO_NAMES_H */
