/* SPDX-License-Identifier: ISC */

/* Lists of host names; and each of its lines, looked up. */

#include <stdlib.h>
#include <string.h>

#include "divio.h"
#include "fuzz.h"

static void
look_up(const struct div_names *names, const uint8_t *data, size_t len)
{
	static struct div_hostname h;
	struct div_entry e;

	if (len >= DIV_HOSTLEN)
		len = DIV_HOSTLEN - 1;
	memcpy(h.host, data, len);
	h.host[len] = '\0';
	h.hostlen = strlen(h.host);
	h.path = (const uint8_t *)"/path/of/a/request";
	h.pathlen = 18;
	(void)div_names_find(names, &h, &e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char why[DIV_ERRLEN], *text;
	struct div_names *names;
	size_t at, end, where;

	if ((text = malloc(len + 1)) == NULL)
		return 0;
	memcpy(text, data, len);
	text[len] = '\0';
	if ((names = div_names_new(text, len, &where, why)) == NULL) {
		if (where > len)
			abort();
		free(text);
		return 0;
	}
	for (at = 0; at < len; at = end + 1) {
		for (end = at; end < len && data[end] != '\n'; end++)
			;
		look_up(names, data + at, end - at);
	}
	div_names_free(names);
	return 0;
}
