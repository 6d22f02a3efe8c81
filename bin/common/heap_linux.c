/* SPDX-License-Identifier: ISC */

/*
 * glibc gives memory back to the kernel as soon as 128 KiB are free at the end of
 * the heap: where data comes and goes, as in retransmission queues, most of the
 * time would be page faults.
 */

#include <malloc.h>

#define KEPT (64 << 20)  /* bytes that may be free */
#define APART (32 << 20) /* bytes of what is not in the heap: mmap(2) */

__attribute__((__constructor__)) static void
keep_heap(void)
{
	mallopt(M_TRIM_THRESHOLD, KEPT);
	mallopt(M_MMAP_THRESHOLD, APART);
}
