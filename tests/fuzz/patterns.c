/* SPDX-License-Identifier: ISC */

/* Files of divmark's patterns, each of them also searched for matches. */

#include <stdlib.h>
#include <string.h>

#include "divmark/divmark.h"
#include "fuzz.h"
#include "tool.h"

int
match_payload(struct div_regex *re, int luhn, const uint8_t *data, size_t len)
{
	size_t match[2 * DIV_RE_GROUPS];

	(void)luhn;
	return div_regex_exec(re, data, len, 0, 0, match) == 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct div_frame f = { .type = DIV_PACKET };
	char err[TOOL_LISTERR], *text;
	struct patterns *p;
	size_t next = 0;

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
	while (patterns_find(p, &next, &f, f.packet, len) != NULL)
		;
	free(f.packet);
	patterns_free(p);
	return 0;
}
