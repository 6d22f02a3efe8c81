/* SPDX-License-Identifier: ISC */

#ifndef BSD_STDIO_H
#define BSD_STDIO_H

typedef __SIZE_TYPE__ size_t;
typedef long ssize_t;
typedef __INT64_TYPE__ off_t;
typedef struct bsd_file FILE;
#define BUFSIZ 1024
#define EOF (-1)
#define _IOFBF 0
#define _IOLBF 1
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
#define NULL ((void *)0)
extern FILE *stdin, *stdout, *stderr;
#define PRINTS(f, a) __attribute__((__format__(__printf__, f, a)))
int asprintf(char **, const char *, ...) PRINTS(2, 3);
void clearerr(FILE *);
int dprintf(int, const char *, ...) PRINTS(2, 3);
int fclose(FILE *);
int feof(FILE *);
int ferror(FILE *);
int fflush(FILE *);
int fgetc(FILE *);
char *fgets(char *, int, FILE *);
int fileno(FILE *);
FILE *fdopen(int, const char *);
void flockfile(FILE *);
FILE *fopen(const char *, const char *);
FILE *open_memstream(char **, size_t *);
int fprintf(FILE *, const char *, ...) PRINTS(2, 3);
int fputc(int, FILE *);
int fputs(const char *, FILE *);
size_t fread(void *, size_t, size_t, FILE *);
size_t fwrite(const void *, size_t, size_t, FILE *);
off_t ftello(FILE *);
void funlockfile(FILE *);
FILE *funopen(const void *, int (*)(void *, char *, int),
    int (*)(void *, const char *, int), off_t (*)(void *, off_t, int),
    int (*)(void *));
int getc(FILE *);
ssize_t getline(char **, size_t *, FILE *);
int printf(const char *, ...) PRINTS(1, 2);
int rename(const char *, const char *);
int putc(int, FILE *);
int putchar(int);
int puts(const char *);
int setvbuf(FILE *, char *, int, size_t);
int snprintf(char *, size_t, const char *, ...) PRINTS(3, 4);
int sscanf(const char *, const char *, ...);
int vfprintf(FILE *, const char *, __builtin_va_list) PRINTS(2, 0);
int vsnprintf(char *, size_t, const char *, __builtin_va_list) PRINTS(3, 0);

#endif
