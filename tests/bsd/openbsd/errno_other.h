/* SPDX-License-Identifier: ISC */

#define EILSEQ 84
#define EOVERFLOW 87
#define EBADMSG 92
#define EPROTO 95
#define ENOTSUP 91
