/* SPDX-License-Identifier: ISC */

char state_data_first[8] = { 1 }, state_bss_first[8];
