/* SPDX-License-Identifier: ISC */

#define DLT_ENC 13
#define DLT_LOOP 12
#define DLT_RAW 14
struct bpf_timeval {
	u_int tv_sec;
	u_int tv_usec;
};
