/* SPDX-License-Identifier: ISC */

/* The divert sockets of this process, and the packet each received last. */

#undef _FORTIFY_SOURCE

#include <sys/stat.h>

#include <errno.h>
#include <string.h>

#include "libdivert.h"

#define NSOCKETS 64

static struct known known[NSOCKETS];
static _Atomic unsigned int nknown;

/* By inode: a socket may have several descriptors. */
struct known *
known_find(int fd)
{
	unsigned int i, n = nknown;
	struct stat st;
	int saved = errno;

	if (n == 0)
		return NULL;
	if (fstat(fd, &st) == -1 || !S_ISSOCK(st.st_mode)) {
		errno = saved;
		return NULL;
	}
	for (i = 0; i < n && i < NSOCKETS; i++)
		if (known[i].ino == st.st_ino)
			return &known[i];
	return NULL;
}

void
known_add(int fd, enum flavor flavor)
{
	unsigned int n = nknown;
	struct known *k = &known[n % NSOCKETS];
	struct stat st;

	fstat(fd, &st);
	k->ino = st.st_ino;
	k->flavor = flavor;
	k->pending = 0;
	k->bound = 0;
	nknown = n + 1;
}

/*
 * Is it the address that a packet was received from?  On FreeBSD, sin_addr only
 * says whether the packet goes in or out.
 */
static int
is_address_of(const struct known *k, const struct helper_message *m)
{
	const struct helper_message *of = &k->of;

	if (of->addrlen != m->addrlen)
		return 0;
	if (k->flavor == OPENBSD)
		return memcmp(&of->addr, &m->addr, m->addrlen) == 0;
	return of->addr.sin.sin_port == m->addr.sin.sin_port &&
	    memcmp(of->addr.sin.sin_zero, m->addr.sin.sin_zero,
		sizeof(m->addr.sin.sin_zero)) == 0;
}

/* The cookie of a packet that goes back to where it came from, once, or 0. */
int32_t
known_cookie(const struct helper_message *m)
{
	unsigned int i, n = nknown;

	for (i = 0; m->addrlen > 0 && i < n && i < NSOCKETS; i++)
		if (known[i].pending != 0 && is_address_of(&known[i], m))
			return atomic_exchange(&known[i].pending, 0);
	return 0;
}
