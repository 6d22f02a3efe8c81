/* SPDX-License-Identifier: ISC */

#define CLOCK_MONOTONIC 3
#define CLOCK_THREAD_CPUTIME_ID 4
