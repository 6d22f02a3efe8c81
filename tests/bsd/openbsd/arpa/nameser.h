/* SPDX-License-Identifier: ISC */

/* OpenBSD has none of the functions and names that begin with ns_. */

#include <sys/types.h>
