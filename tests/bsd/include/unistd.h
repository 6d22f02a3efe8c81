/* SPDX-License-Identifier: ISC */

#ifndef BSD_UNISTD_H
#define BSD_UNISTD_H

#include <sys/types.h>
#define STDIN_FILENO 0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
extern char *optarg;
extern int optind, opterr, optopt;
int close(int);
void closefrom(int);
pid_t fork(void);
int initgroups(const char *, gid_t);
int pledge(const char *, const char *);
int setresgid(gid_t, gid_t, gid_t);
int setresuid(uid_t, uid_t, uid_t);
int unveil(const char *, const char *);
int dup(int);
int dup2(int, int);
__attribute__((__noreturn__)) void _exit(int);
int fsync(int);
int ftruncate(int, off_t);
uid_t geteuid(void);
int getopt(int, char *const[], const char *);
pid_t getpid(void);
uid_t getuid(void);
int isatty(int);
off_t lseek(int, off_t, int);
int pipe(int[2]);
int pipe2(int[2], int);
ssize_t read(int, void *, size_t);
int unlink(const char *);
ssize_t write(int, const void *, size_t);

#endif
