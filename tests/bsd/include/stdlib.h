/* SPDX-License-Identifier: ISC */

#ifndef BSD_STDLIB_H
#define BSD_STDLIB_H

typedef __SIZE_TYPE__ size_t;
#define NULL ((void *)0)
#define EXIT_FAILURE 1
#define EXIT_SUCCESS 0
__attribute__((__noreturn__)) void abort(void);
int abs(int);
unsigned int arc4random(void);
void arc4random_buf(void *, size_t);
unsigned int arc4random_uniform(unsigned int);
int atoi(const char *);
int atexit(void (*)(void));
void *bsearch(const void *, const void *, size_t, size_t,
    int (*)(const void *, const void *));
void *calloc(size_t, size_t);
__attribute__((__noreturn__)) void exit(int);
void free(void *);
char *getenv(const char *);
const char *getprogname(void);
int mkstemp(char *);
void *malloc(size_t);
int posix_memalign(void **, size_t, size_t);
void qsort(void *, size_t, size_t, int (*)(const void *, const void *));
void *realloc(void *, size_t);
void *reallocarray(void *, size_t, size_t);
char *realpath(const char *restrict, char *restrict);
void setprogname(const char *);
double strtod(const char *, char **);
long strtol(const char *, char **, int);
long long strtoll(const char *, char **, int);
long long strtonum(const char *, long long, long long, const char **);
unsigned long strtoul(const char *, char **, int);
unsigned long long strtoull(const char *, char **, int);

#endif
