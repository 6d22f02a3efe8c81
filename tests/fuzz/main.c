/* SPDX-License-Identifier: ISC */

/* main() of a fuzz target without libFuzzer: runs it on files, prints TAP. */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

static uint8_t *
load(const char *name, size_t *len)
{
	FILE *f;
	uint8_t *data;
	long size;

	if ((f = fopen(name, "r")) == NULL || fseek(f, 0, SEEK_END) == -1 ||
	    (size = ftell(f)) == -1)
		err(1, "%s", name);
	rewind(f);
	/* of the exact size, so that ASan sees reads beyond it */
	if ((data = malloc((size_t)size + (size == 0))) == NULL ||
	    fread(data, 1, (size_t)size, f) != (size_t)size)
		err(1, "%s", name);
	fclose(f);
	*len = (size_t)size;
	return data;
}

int
main(int argc, char *argv[])
{
	uint8_t *data;
	size_t len;
	int i;

	for (i = 1; i < argc; i++) {
		data = load(argv[i], &len);
		LLVMFuzzerTestOneInput(data, len);
		free(data);
		printf("ok %d - %s\n", i, argv[i]);
		fflush(stdout);
	}
	printf("1..%d\n", argc - 1);
	return 0;
}
