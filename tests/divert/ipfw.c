/* SPDX-License-Identifier: ISC */

/*
 * ipfw PORT: passes packets as on FreeBSD.  Prints the version of each, the
 * number of the rule, the address and name of the interface, and the error if it
 * cannot be sent.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>

#include <err.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PF_DIVERT 44

int
main(int argc, char *argv[])
{
	static unsigned char packet[65535];
	struct sockaddr_in sin = { .sin_family = AF_INET };
	char addr[INET_ADDRSTRLEN];
	socklen_t len;
	ssize_t n;
	int fd;

	if ((fd = socket(PF_DIVERT, SOCK_RAW, 0)) == -1)
		err(1, "socket");
	sin.sin_port = htons((uint16_t)atoi(argv[argc - 1]));
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "bind");
	for (;;) {
		len = sizeof(sin);
		n = recvfrom(fd, packet, sizeof(packet), 0,
		    (struct sockaddr *)&sin, &len);
		if (n == -1)
			err(1, "recvfrom");
		inet_ntop(AF_INET, &sin.sin_addr, addr, sizeof(addr));
		if (sendto(fd, packet, (size_t)n, 0, (struct sockaddr *)&sin,
			len) != -1)
			errno = 0;
		printf("%d %u %s %.8s%s\n", packet[0] >> 4, sin.sin_port, addr,
		    (const char *)sin.sin_zero,
		    errno == 0 ? "" : strerror(errno));
		fflush(stdout);
	}
}
