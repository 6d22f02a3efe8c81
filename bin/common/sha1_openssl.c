/* SPDX-License-Identifier: ISC */

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "eve.h"

int
sha1(uint8_t digest[SHA1_LEN], const uint8_t *msg, size_t len)
{
	return EVP_Digest(msg, len, digest, NULL, EVP_sha1(), NULL) == 1 ? 0 :
									   -1;
}

void
sha1_init(void)
{
	uint8_t digest[SHA1_LEN];

	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	(void)sha1(digest, digest, 0);
}
