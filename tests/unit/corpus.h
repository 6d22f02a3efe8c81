/* SPDX-License-Identifier: ISC */

/*
 * Packets as a Linux kernel sent them, except that the fragments were shortened
 * and ICMP4_ECHO was made by hand.
 */

#ifndef CORPUS_H
#define CORPUS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "divio.h"

#define TCP4_SYN                                                           \
	"4500003cc8e140004006edd6c0000201c0000202c720005096c0c74500000000" \
	"a002faf01b500000020405b40402080afa948dac000000000103030a"
#define TCP4_DATA                                                          \
	"45000049c8e340004006edc7c0000201c0000202c720005096c0c746794510c0" \
	"8018003f59c800000101080afa948dade54c0739474554202f666f6f20485454" \
	"502f312e300d0a0d0a"
#define TCP6_SYN                                                           \
	"6000281f0028064020010db800000000000000000000000120010db800000000" \
	"0000000000000002c912005092a2e5da00000000a002fd20224d0000020405a0" \
	"0402080a1e066d48000000000103030a"
#define TCP6_DATA                                                          \
	"6000281f0036064020010db800000000000000000000000120010db800000000" \
	"0000000000000002c912005092a2e5dbe547fde4801800405a9500000101080a" \
	"1e066d4858c532be474554202f666f6f3620485454502f312e300d0a0d0a"
#define UDP4                                                               \
	"450000273dd64000401178ecc0000201c0000202109200350013762968656c6c" \
	"6f2c20666f6f21"
#define UDP4_NOSUM                                                         \
	"450000223dd74000401178f0c0000201c000020210920035000e00006e6f2073" \
	"756d"
#define UDP4_RR                                                            \
	"4800002a3dd9400040116518c0000201c0000202070b08c00002010000000001" \
	"10920035000af89c7272"
#define TCP4_LSRR                                                          \
	"470000442f4e40004006529ec0000201c000020201830704c633640910930050" \
	"3d23967400000000a002faf0848e0000020405b40402080acc0f2bb500000000" \
	"0103030a"
#define UDP6                                                               \
	"600293760012114020010db800000000000000000000000120010db800000000" \
	"0000000000000002109200350012bfba68656c6c6f2c20666f6f"
#define UDP6_EXT                                                           \
	"60029376001f004020010db800000000000000000000000120010db800000000" \
	"00000000000000023c00010400000000110001040000000010920035000fea92" \
	"6862682b647374"
#define UDP6_SEGMENT                                                       \
	"6000cae700382b4020010db800000000000000000000000120010db800000000" \
	"0000000000000002110404010100000020010db8000900000000000000000009" \
	"20010db8000000000000000000000002109200350010decd7365676d656e7473"
#define ICMP4_ECHO                                                         \
	"45000024000040004001b6d5c0000201c0000202080077241234000170696e67" \
	"20666f6f"
#define ICMP4_UNREACH                                                      \
	"45c0003e7896000040017d65c0000202c0000201030381200000000045000022" \
	"3ddb4000401178ecc0000201c000020210920009000e32ef636c6f736564"
#define ICMP6_ECHO                                                         \
	"6004b89f000f3a4020010db800000000000000000000000120010db800000000" \
	"00000000000000028000794c01020001666f6f20626172"
#define ICMP6_SOLICIT                                                      \
	"6000000000203aff20010db8000000000000000000000001ff02000000000000" \
	"00000001ff00000287006dd90000000020010db8000000000000000000000002" \
	"0101fe0751f36053"
#define FRAG4_FIRST                                                        \
	"4500002c3dda2000401198e3c0000201c00002021092003506485e9366666666" \
	"666666666666666666666666"
#define FRAG4_LATER                                                        \
	"450000243dda00b94011b832c0000201c0000202666666666666666666666666" \
	"66666666"
#define FRAG6_FIRST                                                        \
	"6002937600202c4020010db800000000000000000000000120010db800000000" \
	"0000000000000002110000014a03062810920035064887226666666666666666" \
	"6666666666666666"
#define FRAG6_LATER                                                        \
	"6002937600182c4020010db800000000000000000000000120010db800000000" \
	"0000000000000002110005a84a03062866666666666666666666666666666666"

static const char *const corpus[] = {
	TCP4_SYN,
	TCP4_DATA,
	TCP6_SYN,
	TCP6_DATA,
	UDP4,
	UDP4_NOSUM,
	UDP4_RR,
	TCP4_LSRR,
	UDP6,
	UDP6_EXT,
	UDP6_SEGMENT,
	ICMP4_ECHO,
	ICMP4_UNREACH,
	ICMP6_ECHO,
	ICMP6_SOLICIT,
	FRAG4_FIRST,
	FRAG4_LATER,
	FRAG6_FIRST,
	FRAG6_LATER,
};

#define NCORPUS (sizeof(corpus) / sizeof(corpus[0]))

/* The bytes of hex digits, in memory that is exactly as long. */
static inline uint8_t *
unhex(const char *hex, size_t *len)
{
	uint8_t *p;
	size_t i;
	unsigned int byte;

	*len = strlen(hex) / 2;
	if ((p = malloc(*len)) == NULL)
		abort();
	for (i = 0; i < *len; i++) {
		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			abort();
		p[i] = (uint8_t)byte;
	}
	return p;
}

/* A copy of n bytes with nothing behind it. */
static inline uint8_t *
copy(const uint8_t *p, size_t n)
{
	uint8_t *q;

	if ((q = malloc(n)) == NULL && n != 0)
		abort();
	if (n != 0)
		memcpy(q, p, n);
	return q;
}

/* Marsaglia's xorshift64: the same numbers on every run. */
static inline uint64_t
random64(void)
{
	static uint64_t x = 88172645463325252;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

/* A copy of a packet of the corpus, cut or longer, with some bytes changed. */
static inline uint8_t *
mutant(size_t *len)
{
	uint8_t *p, *q;
	size_t n, i;

	p = unhex(corpus[random64() % NCORPUS], &n);
	*len = random64() % 3 == 0 ? random64() % (n + 16) : n;
	if ((q = calloc(1, *len)) == NULL && *len != 0)
		abort();
	memcpy(q, p, *len < n ? *len : n);
	for (i = random64() % 6; i > 0 && *len > 0; i--)
		q[random64() % (random64() % 2 ? *len : *len / 2 + 1)] =
		    (uint8_t)(random64() % 3 ? random64() : random64() % 64);
	free(p);
	return q;
}

/* Frames that every format must carry, each with what is special about it. */
struct named {
	const char *name;
	struct div_frame f;
};

const struct named *frames(size_t *);
void frame_random(struct div_frame *, uint8_t *, size_t);
void
frame_same(const char *, const struct div_frame *, const struct div_frame *);

int file_of(const void *, size_t);
int file_of_frames(enum div_format, const struct named *, size_t);
size_t file_read(int, uint8_t **);

#endif /* CORPUS_H */
