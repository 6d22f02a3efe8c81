/* SPDX-License-Identifier: ISC */

#ifndef BSD_LIMITS_H
#define BSD_LIMITS_H

#include_next <limits.h>
#define PATH_MAX 1024
#define IOV_MAX 1024
#define SSIZE_MAX LONG_MAX

#endif
