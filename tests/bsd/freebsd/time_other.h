/* SPDX-License-Identifier: ISC */

#define CLOCK_MONOTONIC 4
#define CLOCK_THREAD_CPUTIME_ID 14
