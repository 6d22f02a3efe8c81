/* SPDX-License-Identifier: ISC */

int cap_enter(void);
