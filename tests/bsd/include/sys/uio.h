/* SPDX-License-Identifier: ISC */

#ifndef BSD_SYS_UIO_H
#define BSD_SYS_UIO_H

#include <sys/_iovec.h>
typedef long ssize_t;
ssize_t readv(int, const struct iovec *, int);
ssize_t writev(int, const struct iovec *, int);

#endif
