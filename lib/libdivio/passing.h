/* SPDX-License-Identifier: ISC */

/* Descriptors that go with messages over Unix sockets (unix(7), SCM_RIGHTS). */

#ifndef PASSING_H
#define PASSING_H

#include <sys/types.h>

#define PASSING_MAX 2

/* As send(2): all of n descriptors, or none where n is 0. */
ssize_t passing_send(int, const void *, size_t, const int *, int, int);

/*
 * As recv(2), close-on-exec: n descriptors, or -1 in the place of each if other
 * than n came.
 */
ssize_t passing_recv(int, void *, size_t, int *, int, int);

#endif /* PASSING_H */
