/* SPDX-License-Identifier: ISC */

#ifndef BSD_SYS_MMAN_H
#define BSD_SYS_MMAN_H

typedef __SIZE_TYPE__ size_t;
typedef __INT64_TYPE__ off_t;
#define PROT_READ 0x01
#define PROT_WRITE 0x02
#define MAP_PRIVATE 0x0002
#define MAP_ANON 0x1000
#define MAP_FAILED ((void *)-1)
void *mmap(void *, size_t, int, int, int, off_t);
int munmap(void *, size_t);

#endif
