/* SPDX-License-Identifier: ISC */

/* Lists of prefixes; and their first bytes, looked up as addresses. */

#include <stdlib.h>
#include <string.h>

#include "divio.h"
#include "fuzz.h"

static void
look_up(const struct div_prefixes *list, const uint8_t *addr, size_t addrlen,
    size_t len)
{
	struct div_entry e = { .line = 0 };

	if (div_prefixes_find(list, addr, addrlen, &e) && e.line == 0)
		abort();
	if (e.line != 0 && (e.line > len || e.text[e.len - 1] == '\n'))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct div_prefixes *list;
	char why[DIV_ERRLEN], *text;
	size_t where, i;

	if ((text = malloc(len + (len == 0))) == NULL)
		return 0;
	memcpy(text, data, len);
	if ((list = div_prefixes_new(text, len, &where, why)) == NULL) {
		if (where > len)
			abort();
		free(text);
		return 0;
	}
	for (i = 0; i + 16 <= len && i < 64; i++) {
		look_up(list, data + i, 4, len);
		look_up(list, data + i, 16, len);
	}
	div_prefixes_free(list);
	return 0;
}
