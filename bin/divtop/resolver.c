/* SPDX-License-Identifier: ISC */

/*
 * Looks up names of addresses: a lookup may take seconds, and needs files and the
 * network, which divtop has no right to.  So processes do it that have only a
 * socket, over which each reads an address and writes its name.  They end when
 * divtop has closed the other end.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <arpa/inet.h>

#include <err.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "divtop.h"
#include "privsep.h"
#include "sandbox.h"

#define RESOLVERS 4 /* lookups at a time */

/* Of a long name the end, which says whose it is. */
static void
name_copy(struct lookup *l, const char *name)
{
	size_t n = strlen(name), most = sizeof(l->name) - 1;

	if (n <= most)
		strlcpy(l->name, name, sizeof(l->name));
	else
		snprintf(l->name, sizeof(l->name), "..%s",
		    name + n - (most - 2));
}

static void
look_up(struct lookup *l)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST };
	struct addrinfo *ai;
	char text[INET6_ADDRSTRLEN], name[NI_MAXHOST];

	l->name[0] = '\0';
	inet_ntop(l->address[0] == 4 ? AF_INET : AF_INET6, l->address + 1, text,
	    sizeof(text));
	if (getaddrinfo(text, NULL, &hints, &ai) != 0)
		return;
	if (getnameinfo(ai->ai_addr, ai->ai_addrlen, name, sizeof(name), NULL,
		0, NI_NAMEREQD) == 0)
		name_copy(l, name);
	freeaddrinfo(ai);
}

static __attribute__((__noreturn__)) void
serve(int fd)
{
	struct lookup l;

	fd = privsep_isolate(fd);
	close(STDERR_FILENO);
	(void)sandbox_resolver();
	while (read(fd, &l, sizeof(l)) == (ssize_t)sizeof(l)) {
		look_up(&l);
		if (write(fd, &l, sizeof(l)) == -1)
			break;
	}
	_exit(0);
}

/* Returns a socket that does not block, for struct lookup. */
int
resolver_start(void)
{
	int pair[2], i;

	/* a resolver that ends leaves nothing to wait for */
	signal(SIGCHLD, SIG_IGN);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == -1)
		err(1, "socketpair");
	for (i = 0; i < RESOLVERS; i++)
		switch (fork()) {
		case -1:
			err(1, "fork");
		case 0:
			serve(pair[1]);
		}
	close(pair[1]);
	fcntl(pair[0], F_SETFD, FD_CLOEXEC);
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	return pair[0];
}
