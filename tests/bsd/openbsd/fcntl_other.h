/* SPDX-License-Identifier: ISC */

#define O_CLOEXEC 0x10000
