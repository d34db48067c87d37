/* SPDX-License-Identifier: MIT */
#ifndef PRELOAD_OLDER_H
#define PRELOAD_OLDER_H

/* What this object calls and OpenSSL 1.1.1 lacks. */
#if OPENSSL_VERSION_NUMBER < 0x30000000L
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>

#define ERR_peek_last_error_data(data, flags) \
	ERR_peek_last_error_line_data(NULL, NULL, (data), (flags))

/* A server of TLS 1.2 has thrown its client's key away. */
static inline int
SSL_get_negotiated_group(SSL *ssl)
{
	const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);
	EVP_PKEY *key;
	int nid = NID_undef;

	if (SSL_get_peer_tmp_key(ssl, &key)) {
		nid = EVP_PKEY_id(key);
		if (nid == EVP_PKEY_EC)
			nid = EC_GROUP_get_curve_name(
			    EC_KEY_get0_group(EVP_PKEY_get0_EC_KEY(key)));
		else if (nid == EVP_PKEY_DH)
			nid = NID_undef;
		EVP_PKEY_free(key);
	} else if (cipher != NULL && SSL_is_server(ssl) &&
	    SSL_CIPHER_get_kx_nid(cipher) == NID_kx_ecdhe) {
		nid = (int)SSL_get_shared_group(ssl, 0);
	}
	return nid;
}

static inline const char *
SSL_group_to_name(const SSL *ssl, int nid)
{
	(void)ssl;
	switch (nid) {
	case NID_undef:
		return NULL;
	case NID_X9_62_prime256v1:
		return "secp256r1";
	case NID_X25519:
		return "x25519";
	case NID_X448:
		return "x448";
	default:
		return OBJ_nid2sn(nid);
	}
}
#endif

#endif
