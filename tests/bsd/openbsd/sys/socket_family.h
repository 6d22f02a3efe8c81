/* SPDX-License-Identifier: ISC */

#define AF_INET6 24
