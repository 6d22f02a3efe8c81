/* SPDX-License-Identifier: ISC */

/* Files of divmark's patterns, and what they are looked for in. */

#include <stdlib.h>
#include <string.h>

#include "divmark/divmark.h"
#include "fuzz.h"

void
list_error(char *err, const char *file, size_t line, size_t column,
    const char *why)
{
	snprintf(err, LIST_ERRLEN, "%s: line %zu, column %zu: %s", file, line,
	    column, why);
}

int
payload_matches(struct div_regex *re, const uint8_t *data, size_t len)
{
	size_t match[2 * DIV_RE_GROUPS];

	return div_regex_exec(re, data, len, 0, 0, match) == 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct div_frame f = { .type = DIV_PACKET };
	char err[LIST_ERRLEN], *text;
	struct patterns *p;

	if (len > 2000 || memchr(data, '\0', len) != NULL ||
	    (text = malloc(len + 1)) == NULL)
		return 0;
	memcpy(text, data, len);
	text[len] = '\0';
	if ((p = patterns_new("file", text, err)) == NULL)
		return 0;
	f.packet = malloc(len + 1);
	memcpy(f.packet, data, len);
	f.caplen = f.origlen = (uint32_t)len;
	(void)patterns_find(p, &f, f.packet, len);
	free(f.packet);
	patterns_free(p);
	return 0;
}
