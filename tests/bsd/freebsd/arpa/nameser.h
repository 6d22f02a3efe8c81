/* SPDX-License-Identifier: ISC */

#ifndef BSD_ARPA_NAMESER_H
#define BSD_ARPA_NAMESER_H

#include <sys/types.h>

#define NS_MAXDNAME 1025
#define NS_MAXCDNAME 255
#define NS_MAXLABEL 63
#define NS_HFIXEDSZ 12
#define NS_QFIXEDSZ 4
#define NS_RRFIXEDSZ 10
#define NS_INT32SZ 4
#define NS_INT16SZ 2
#define NS_INADDRSZ 4
#define NS_IN6ADDRSZ 16
#define NS_CMPRSFLGS 0xc0

typedef struct {
	const u_char *_msg;
} ns_msg;

typedef enum { ns_s_qd, ns_s_an, ns_s_ns, ns_s_ar, ns_s_max } ns_sect;
typedef enum { ns_c_in = 1 } ns_class;
typedef enum { ns_r_noerror = 0, ns_r_nxdomain = 3 } ns_rcode;
typedef enum {
	ns_t_a = 1,
	ns_t_ns = 2,
	ns_t_md = 3,
	ns_t_mf = 4,
	ns_t_cname = 5,
	ns_t_soa = 6,
	ns_t_mb = 7,
	ns_t_mg = 8,
	ns_t_mr = 9,
	ns_t_ptr = 12,
	ns_t_minfo = 14,
	ns_t_mx = 15,
	ns_t_txt = 16,
	ns_t_rp = 17,
	ns_t_afsdb = 18,
	ns_t_rt = 21,
	ns_t_sig = 24,
	ns_t_px = 26,
	ns_t_aaaa = 28,
	ns_t_nxt = 30,
	ns_t_srv = 33,
	ns_t_naptr = 35,
	ns_t_opt = 41,
	ns_t_tsig = 250
} ns_type;

#define ns_msg_count(handle, section) (bsd_ns_count(&(handle), section))
int bsd_ns_count(const ns_msg *, ns_sect);
int ns_initparse(const u_char *, int, ns_msg *);
int ns_name_ntop(const u_char *, char *, size_t);
int ns_name_pton(const char *, u_char *, size_t);

#endif
