/* SPDX-License-Identifier: ISC */

/*
 * TAILQ_REMOVE() writes to the head by a pointer in the element, which clang's
 * analyser does not follow: it would find the element in the list still.
 */

#include <sys/queue.h>

#undef TAILQ_REMOVE
#define TAILQ_REMOVE(head, elm, field)                                  \
	do {                                                            \
		if ((elm)->field.tqe_next != NULL)                      \
			(elm)->field.tqe_next->field.tqe_prev =         \
			    (elm)->field.tqe_prev;                      \
		else                                                    \
			(head)->tqh_last = (elm)->field.tqe_prev;       \
		if ((head)->tqh_first == (elm))                         \
			(head)->tqh_first = (elm)->field.tqe_next;      \
		else                                                    \
			*(elm)->field.tqe_prev = (elm)->field.tqe_next; \
	} while (0)
