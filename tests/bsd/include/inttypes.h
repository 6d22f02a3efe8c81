/* SPDX-License-Identifier: ISC */

#ifndef BSD_INTTYPES_H
#define BSD_INTTYPES_H

#include <stdint.h>
#define PRId64 __INT64_FMTd__
#define PRIu64 __UINT64_FMTu__
#define PRIx64 __UINT64_FMTx__
#define PRIu32 __UINT32_FMTu__
#define PRIx32 __UINT32_FMTx__

#endif
