/* SPDX-License-Identifier: ISC */

/*
 * Names of addresses that are on the screen.  The resolver is asked when an
 * address is shown for the first time, and its answer is kept; until then, and if
 * there is none, the address is shown.
 */

#include <err.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "divtop.h"

#define NAMES 4096   /* that are kept */
#define ASKED_MAX 32 /* without an answer yet: new ones should not wait long */

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static struct div_table *names; /* of struct lookup */
static int resolver = -1;
static unsigned int asked;

/* A question that cannot be asked now is asked by the next screen. */
static void
ask(const struct lookup *l)
{
	if (asked == ASKED_MAX || write(resolver, l, sizeof(*l)) == -1)
		return;
	asked++;
	(void)div_table_get(names, l->address);
}

static const char *
find(int version, const uint8_t *addr)
{
	struct lookup wanted = { .address = { (uint8_t)version } }, *l;

	memcpy(wanted.address + 1, addr, version == 4 ? 4 : 16);
	if ((l = div_table_find(names, wanted.address)) == NULL) {
		ask(&wanted);
		return NULL;
	}
	div_table_touch(names, l);
	return l->name[0] == '\0' ? NULL : l->name;
}

/* Anyone can give an address any name, such as another address. */
static void
name_take(struct lookup *l, const char *name)
{
	char *p = l->name;

	strlcpy(l->name, name, sizeof(l->name));
	while (*(p += strspn(p, LETTERS "0123456789-._")) != '\0')
		*p++ = '?';
	if (strpbrk(l->name, LETTERS) == NULL)
		l->name[0] = '\0';
}

/* Before the sandbox is entered.  Returns a descriptor for names_read(). */
int
names_start(void)
{
	static const struct div_table_options opt = {
		.size = sizeof(struct lookup),
		.key = offsetof(struct lookup, address),
		.keylen = sizeof(((struct lookup *)NULL)->address),
		.max = NAMES,
	};

	resolver = resolver_start();
	if ((names = div_table_new(&opt)) == NULL)
		err(1, NULL);
	address_name = find;
	return resolver;
}

/* Takes answers: 1 if there were any, -1 if there will be no more. */
int
names_read(void)
{
	struct lookup answer, *l;
	ssize_t n;
	int any = 0;

	if (resolver == -1)
		return 0;
	while ((n = read(resolver, &answer, sizeof(answer))) ==
	    (ssize_t)sizeof(answer)) {
		any = 1;
		asked -= asked > 0;
		answer.name[sizeof(answer.name) - 1] = '\0';
		if ((l = div_table_find(names, answer.address)) != NULL)
			name_take(l, answer.name);
	}
	if (n != 0)
		return any;
	resolver = -1;
	return -1;
}

/* Shows addresses, or names again; -1 if there is no resolver. */
int
names_toggle(void)
{
	if (names == NULL)
		return -1;
	address_name = address_name == NULL ? find : NULL;
	return 0;
}
