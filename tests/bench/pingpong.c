/* SPDX-License-Identifier: ISC */

/*
 * Round trips of 64-byte UDP datagrams, one at a time: prints the median and
 * the 99th percentile in microseconds.  Without a host it is the echo server.
 */

#include <sys/socket.h>

#include <err.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define COUNT_MAX 1000000

static char buf[64];

static int
udp(const char *host, const char *port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM }, *ai;
	int error, s;

	if (host == NULL) {
		hints.ai_flags = AI_PASSIVE;
		hints.ai_family = AF_INET6;
	}
	if ((error = getaddrinfo(host, port, &hints, &ai)) != 0)
		errx(1, "%s", gai_strerror(error));
	if ((s = socket(ai->ai_family, ai->ai_socktype, 0)) == -1)
		err(1, "socket");
	if (host == NULL && bind(s, ai->ai_addr, ai->ai_addrlen) == -1)
		err(1, "bind");
	if (host != NULL && connect(s, ai->ai_addr, ai->ai_addrlen) == -1)
		err(1, "connect");
	freeaddrinfo(ai);
	return s;
}

static void
echo(int s)
{
	struct sockaddr_storage ss;
	socklen_t len;

	for (;;) {
		len = sizeof(ss);
		if (recvfrom(s, buf, sizeof(buf), 0, (struct sockaddr *)&ss,
			&len) == -1)
			err(1, "recvfrom");
		if (sendto(s, buf, sizeof(buf), 0, (struct sockaddr *)&ss,
			len) == -1)
			warn("sendto");
	}
}

static double
roundtrip(int s)
{
	struct timespec a, b;

	clock_gettime(CLOCK_MONOTONIC, &a);
	if (send(s, buf, sizeof(buf), 0) == -1)
		err(1, "send");
	if (recv(s, buf, sizeof(buf), 0) == -1)
		err(1, "lost");
	clock_gettime(CLOCK_MONOTONIC, &b);
	return (double)(b.tv_sec - a.tv_sec) * 1e6 +
	    (double)(b.tv_nsec - a.tv_nsec) / 1e3;
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int
main(int argc, char *argv[])
{
	static double us[COUNT_MAX];
	struct timeval limit = { .tv_sec = 5 };
	int count, i, s;

	if (argc == 2)
		echo(udp(NULL, argv[1]));
	if (argc != 4 || (count = atoi(argv[3])) < 1 || count > COUNT_MAX) {
		fprintf(stderr, "usage: pingpong [host] port [count]\n");
		return 2;
	}
	s = udp(argv[1], argv[2]);
	if (setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == -1)
		err(1, "setsockopt");
	for (i = 0; i < count; i++)
		us[i] = roundtrip(s);
	qsort(us, (size_t)count, sizeof(us[0]), compare);
	printf("%.1f %.1f\n", us[count / 2], us[count * 99 / 100]);
	return 0;
}
