/* SPDX-License-Identifier: ISC */

/*
 * Keys of Initial packets, which follow from public values (RFC 9001, 5.2; RFC
 * 9369, 3.3), and the ciphers that they are for.  With OpenSSL or LibreSSL.
 */

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <errno.h>
#include <string.h>

#include "proto/proto.h"

#define HASH_LEN 32  /* bytes: SHA-256 */
#define LABEL_MAX 32 /* bytes */

static EVP_CIPHER_CTX *gcm, *ecb;

/* HKDF-Expand-Label of at most one block (RFC 8446, 7.1; RFC 5869, 2.3). */
static int
expand(const uint8_t secret[HASH_LEN], const char *label, uint8_t *out,
    size_t len)
{
	uint8_t info[4 + 6 + LABEL_MAX], block[HASH_LEN];
	size_t n = strlen(label);

	put16(info, (uint16_t)len);
	info[2] = (uint8_t)(6 + n);
	memcpy(info + 3, "tls13 ", 6);
	memcpy(info + 9, label, n);
	info[9 + n] = 0;  /* no context */
	info[10 + n] = 1; /* the first block */
	if (HMAC(EVP_sha256(), secret, HASH_LEN, info, 11 + n, block, NULL) ==
	    NULL)
		return -1;
	memcpy(out, block, len);
	return 0;
}

/* The keys of a client's Initial packets to this connection id; or -1. */
int
quic_keys_derive(struct quic_keys *k, const struct quic_version *v,
    const uint8_t *dcid, size_t len)
{
	uint8_t initial[HASH_LEN], client[HASH_LEN];

	if (HMAC(EVP_sha256(), v->salt, sizeof(v->salt), dcid, len, initial,
		NULL) == NULL ||
	    expand(initial, "client in", client, sizeof(client)) == -1 ||
	    expand(client, v->key, k->key, sizeof(k->key)) == -1 ||
	    expand(client, v->iv, k->iv, sizeof(k->iv)) == -1 ||
	    expand(client, v->hp, k->hp, sizeof(k->hp)) == -1)
		return -1;
	return 0;
}

/* The mask of header protection, RFC 9001, 5.4.3. */
int
quic_keys_mask(const struct quic_keys *k, const uint8_t sample[QUIC_SAMPLE],
    uint8_t mask[QUIC_SAMPLE])
{
	int n;

	return EVP_EncryptInit_ex(ecb, EVP_aes_128_ecb(), NULL, k->hp, NULL) ==
		    1 &&
		EVP_EncryptUpdate(ecb, mask, &n, sample, QUIC_SAMPLE) == 1 ?
	    0 :
	    -1;
}

/*
 * Opens len bytes, the tag among them, with the header of hlen bytes as associated
 * data (RFC 9001, 5.3).  Returns -1 if the tag does not fit.
 */
int
quic_keys_open(const struct quic_keys *k, uint64_t pn, const uint8_t *header,
    size_t hlen, const uint8_t *in, size_t len, uint8_t *out)
{
	uint8_t nonce[sizeof(k->iv)], tag[QUIC_TAG];
	size_t i;
	int n;

	memcpy(nonce, k->iv, sizeof(nonce));
	for (i = 0; i < 8; i++)
		nonce[sizeof(nonce) - 1 - i] ^= (uint8_t)(pn >> 8 * i);
	len -= QUIC_TAG;
	memcpy(tag, in + len, QUIC_TAG);
	return EVP_DecryptInit_ex(gcm, EVP_aes_128_gcm(), NULL, k->key,
		   nonce) == 1 &&
		EVP_DecryptUpdate(gcm, NULL, &n, header, (int)hlen) == 1 &&
		EVP_DecryptUpdate(gcm, out, &n, in, (int)len) == 1 &&
		EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_GCM_SET_TAG, QUIC_TAG, tag) ==
		    1 &&
		EVP_DecryptFinal_ex(gcm, out + len, &n) == 1 ?
	    0 :
	    -1;
}

/*
 * Makes the ciphers ready, so that nothing is loaded later, in a sandbox.  Returns
 * -1 and sets errno.
 */
int
quic_keys_init(void)
{
	struct quic_keys k = { { 0 }, { 0 }, { 0 } };
	uint8_t block[QUIC_SAMPLE + QUIC_TAG] = { 0 }, out[sizeof(block)];

	if (gcm != NULL)
		return 0;
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	if ((gcm = EVP_CIPHER_CTX_new()) == NULL ||
	    (ecb = EVP_CIPHER_CTX_new()) == NULL) {
		errno = ENOMEM;
		return -1;
	}
	if (quic_keys_derive(&k, &quic_versions[0], block, 0) == -1 ||
	    quic_keys_mask(&k, block, out) == -1) {
		errno = EOPNOTSUPP;
		return -1;
	}
	(void)quic_keys_open(&k, 0, block, 0, block, sizeof(block), out);
	return 0;
}

void
quic_keys_free(void)
{
	EVP_CIPHER_CTX_free(gcm);
	EVP_CIPHER_CTX_free(ecb);
	gcm = ecb = NULL;
}
