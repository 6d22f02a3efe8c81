/* SPDX-License-Identifier: ISC */

#ifndef BSD_FCNTL_H
#define BSD_FCNTL_H

typedef unsigned int mode_t;
#define O_RDONLY 0x0
#define O_WRONLY 0x1
#define O_RDWR 0x2
#define O_NONBLOCK 0x4
#define O_APPEND 0x8
#define O_CREAT 0x200
#define O_TRUNC 0x400
#define O_EXCL 0x800
#define F_SETFD 2
#define FD_CLOEXEC 1
#define F_GETFL 3
#define F_SETFL 4
int open(const char *, int, ...);
int fcntl(int, int, ...);
#include <fcntl_other.h>

#endif
