/* SPDX-License-Identifier: ISC */

#ifndef BSD_LANGINFO_H
#define BSD_LANGINFO_H

typedef int nl_item;
#define CODESET 0
char *nl_langinfo(nl_item);

#endif
