/* SPDX-License-Identifier: ISC */

/* Marks the begin of .data and .bss for state.c. */

char state_data_first[8] = { 1 }, state_bss_first[8];
