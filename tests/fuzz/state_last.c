/* SPDX-License-Identifier: ISC */

char state_data_last[8] = { 1 }, state_bss_last[8];
