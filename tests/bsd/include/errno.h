/* SPDX-License-Identifier: ISC */

#ifndef BSD_ERRNO_H
#define BSD_ERRNO_H

int *bsd_errno(void);
#define errno (*bsd_errno())
#define EPERM 1
#define ENOENT 2
#define EINTR 4
#define EIO 5
#define ENXIO 6
#define E2BIG 7
#define EBADF 9
#define ENOMEM 12
#define EACCES 13
#define EBUSY 16
#define EINVAL 22
#define EFBIG 27
#define ENOSPC 28
#define ESPIPE 29
#define EPIPE 32
#define ERANGE 34
#define EAGAIN 35
#define EWOULDBLOCK EAGAIN
#define EMSGSIZE 40
#define EPROTONOSUPPORT 43
#define EOPNOTSUPP 45
#define EAFNOSUPPORT 47
#define EADDRINUSE 48
#define EADDRNOTAVAIL 49
#define ECONNRESET 54
#define ENOBUFS 55
#define ECONNREFUSED 61
#define ENAMETOOLONG 63
#define EHOSTUNREACH 65
#include <errno_other.h>

#endif
