/* SPDX-License-Identifier: ISC */

#define EILSEQ 86
#define EBADMSG 89
#define EPROTO 92
#define EOVERFLOW 84
#define ENOTSUP 45
