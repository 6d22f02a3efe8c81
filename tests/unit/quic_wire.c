/* SPDX-License-Identifier: ISC */

#include <openssl/evp.h>

#include <stdlib.h>
#include <string.h>

#include "packet/packet.h"
#include "quic_wire.h"

static const struct {
	const char *number;
	uint8_t first;
	const char *key, *iv, *hp;
} versions[] = {
	[QUIC_V1] = { "\0\0\0\1", 0xc3,
	    "\x1f\x36\x96\x13\xdd\x76\xd5\x46\x77\x30\xef\xcb\xe3\xb1\xa2\x2d",
	    "\xfa\x04\x4b\x2f\x42\xa3\xfd\x3b\x46\xfb\x25\x5c",
	    "\x9f\x50\x44\x9e\x04\xa0\xe8\x10\x28\x3a\x1e\x99\x33\xad\xed"
	    "\xd2" },
	[QUIC_V2] = { "\x6b\x33\x43\xcf", 0xd3,
	    "\x8b\x1a\x0b\xc1\x21\x28\x42\x90\xa2\x9e\x09\x71\xb5\xcd\x04\x5d",
	    "\x91\xf7\x3e\x23\x51\xd8\xfa\x91\x66\x0e\x90\x9f",
	    "\x45\xb9\x5e\x15\x23\x5d\x6f\x45\xa6\xb1\x9c\xbc\xb0\x29\x4b"
	    "\xa9" },
};

static void
check(int ok)
{
	if (!ok)
		abort();
}

static void
seal(uint8_t *p, size_t hlen, uint32_t pn, size_t len, enum quic_wire v)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t nonce[12];
	int n;

	memcpy(nonce, versions[v].iv, sizeof(nonce));
	put32(nonce + 8, get32(nonce + 8) ^ pn);
	check(EVP_EncryptInit_ex(c, EVP_aes_128_gcm(), NULL,
		  (const uint8_t *)versions[v].key, nonce) == 1);
	check(EVP_EncryptUpdate(c, NULL, &n, p, (int)hlen) == 1);
	check(EVP_EncryptUpdate(c, p + hlen, &n, p + hlen, (int)len) == 1);
	check(EVP_EncryptFinal_ex(c, p + hlen + len, &n) == 1);
	check(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, 16,
		  p + hlen + len) == 1);
	EVP_CIPHER_CTX_free(c);
}

static void
protect(uint8_t *p, size_t hlen, enum quic_wire v)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t mask[16];
	int n;

	check(EVP_EncryptInit_ex(c, EVP_aes_128_ecb(), NULL,
		  (const uint8_t *)versions[v].hp, NULL) == 1);
	check(EVP_EncryptUpdate(c, mask, &n, p + hlen, 16) == 1);
	EVP_CIPHER_CTX_free(c);
	p[0] ^= mask[0] & 0x0f;
	for (n = 0; n < 4; n++)
		p[hlen - 4 + (size_t)n] ^= mask[1 + n];
}

size_t
quic_seal(uint8_t *p, enum quic_wire v, const char *dcid, size_t dcidlen,
    const char *token, uint32_t pn, const uint8_t *frames, size_t len)
{
	size_t n = 0, tokenlen = strlen(token);

	p[n++] = versions[v].first;
	memcpy(p + n, versions[v].number, 4);
	n += 4;
	p[n++] = (uint8_t)dcidlen;
	memcpy(p + n, dcid, dcidlen);
	n += dcidlen;
	p[n++] = 0; /* source connection id */
	p[n++] = (uint8_t)tokenlen;
	memcpy(p + n, token, tokenlen);
	n += tokenlen;
	put16(p + n, (uint16_t)(0x4000 | (4 + len + 16)));
	put32(p + n + 2, pn);
	n += 6;
	memcpy(p + n, frames, len);
	seal(p, n, pn, len, v);
	protect(p, n, v);
	return n + len + 16;
}

size_t
quic_crypto(uint8_t *p, uint32_t off, const uint8_t *data, size_t len)
{
	p[0] = 6;
	put32(p + 1, UINT32_C(0x80000000) | off);
	put16(p + 5, (uint16_t)(0x4000 | len));
	memcpy(p + 7, data, len);
	return 7 + len;
}
