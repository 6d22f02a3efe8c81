/* SPDX-License-Identifier: ISC */

/* Marks the end of .data and .bss for state.c. */

char state_data_last[8] = { 1 }, state_bss_last[8];
