/* SPDX-License-Identifier: ISC */

/*
 * textbook PORT [OLD NEW]: the program of divert(4): socket, bind, recvfrom,
 * sendto.  Drops packets that contain "drop"; in others replaces OLD with NEW,
 * of the same length.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include <err.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifndef IPPROTO_DIVERT
#define IPPROTO_DIVERT 258
#endif

static unsigned char packet[65535];

/* Incremental update of a checksum (RFC 1624). */
static void
edit(unsigned char *at, const char *new, size_t len, unsigned char *sum)
{
	uint32_t n = (uint16_t) ~(sum[0] << 8 | sum[1]);
	size_t i;

	for (i = 0; i < len; i++) {
		n += 0xffff ^
		    (uint32_t)at[i] << ((at + i - packet) % 2 ? 0 : 8);
		at[i] = (unsigned char)new[i];
		n += (uint32_t)at[i] << ((at + i - packet) % 2 ? 0 : 8);
	}
	while (n >> 16)
		n = (n & 0xffff) + (n >> 16);
	n = ~n;
	sum[0] = (unsigned char)(n >> 8);
	sum[1] = (unsigned char)n;
}

/* The checksum of TCP or UDP. */
static unsigned char *
checksum(void)
{
	int v6 = packet[0] >> 4 == 6;
	size_t header = v6 ? 40 : (packet[0] & 15) * 4u;

	return packet + header + (packet[v6 ? 6 : 9] == IPPROTO_TCP ? 16 : 6);
}

int
main(int argc, char *argv[])
{
	struct sockaddr_in sin;
	socklen_t len;
	ssize_t n;
	char *at;
	int fd;

	if ((fd = socket(PF_INET, SOCK_RAW, IPPROTO_DIVERT)) == -1)
		err(1, "socket");
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons((uint16_t)atoi(argv[1]));
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "bind");
	for (;;) {
		len = sizeof(sin);
		n = recvfrom(fd, packet, sizeof(packet), 0,
		    (struct sockaddr *)&sin, &len);
		if (n == -1)
			err(1, "recvfrom");
		if (memmem(packet, (size_t)n, "drop", 4) != NULL)
			continue;
		while (argc > 3 &&
		    (at = memmem(packet, (size_t)n, argv[2],
			 strlen(argv[2]))) != NULL)
			edit((unsigned char *)at, argv[3], strlen(argv[2]),
			    checksum());
		if (sendto(fd, packet, (size_t)n, 0, (struct sockaddr *)&sin,
			len) == -1)
			warn("sendto");
	}
}
