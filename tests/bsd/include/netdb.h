/* SPDX-License-Identifier: ISC */

struct addrinfo;
