/* SPDX-License-Identifier: ISC */

#ifndef BSD_SYS_STAT_H
#define BSD_SYS_STAT_H

typedef __UINT64_TYPE__ dev_t, ino_t;
typedef unsigned int mode_t;
typedef __INT64_TYPE__ off_t;
struct stat {
	dev_t st_dev;
	ino_t st_ino;
	mode_t st_mode;
	off_t st_size;
};
#define S_ISREG(m) (((m)&0170000) == 0100000)
#define S_ISLNK(m) (((m)&0170000) == 0120000)
#define S_ISFIFO(m) (((m)&0170000) == 0010000)
int chmod(const char *, mode_t);
int fchmod(int, mode_t);
mode_t umask(mode_t);
int fstat(int, struct stat *);
int stat(const char *, struct stat *);
int lstat(const char *, struct stat *);

#endif
