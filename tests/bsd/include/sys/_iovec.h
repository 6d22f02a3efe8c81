/* SPDX-License-Identifier: ISC */

#ifndef BSD_SYS_IOVEC_H
#define BSD_SYS_IOVEC_H

typedef __SIZE_TYPE__ size_t;
struct iovec {
	void *iov_base;
	size_t iov_len;
};

#endif
