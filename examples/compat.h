/* SPDX-License-Identifier: MIT */
/*
 * What the examples call and OpenSSL 1.1.1 lacks.  A program that needs only
 * 3.0 and later does not need this file.
 */
#ifndef EXAMPLES_COMPAT_H
#define EXAMPLES_COMPAT_H

#include <openssl/opensslv.h>

#if OPENSSL_VERSION_NUMBER < 0x30000000L
#include <poll.h>
#include <string.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>

#define X509_VERSION_3 2

#define ERR_peek_error_data(data, flags) \
	ERR_peek_error_line_data(NULL, NULL, (data), (flags))
#define ERR_peek_last_error_data(data, flags) \
	ERR_peek_last_error_line_data(NULL, NULL, (data), (flags))

static inline EVP_PKEY *
compat_keygen(int type, int bits_or_curve)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(type, NULL);
	EVP_PKEY *key = NULL;

	if (ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1 &&
	    (type == EVP_PKEY_EC
		    ? EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx, bits_or_curve)
		    : EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, bits_or_curve)) ==
		1)
		(void)EVP_PKEY_keygen(ctx, &key);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

#define EVP_EC_gen(curve) compat_keygen(EVP_PKEY_EC, EC_curve_nist2nid(curve))
#define EVP_RSA_gen(bits) compat_keygen(EVP_PKEY_RSA, (bits))

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

static inline int
BIO_socket_wait(int fd, int for_read, time_t end)
{
	struct pollfd pfd = { .fd = fd, .events = for_read ? POLLIN : POLLOUT };
	const time_t now = time(NULL);

	return end <= now ? 0 : poll(&pfd, 1, (int)(end - now) * 1000);
}

/* A signal ends the wait as if there were something to be done. */
static inline int
BIO_wait(BIO *bio, time_t end, unsigned nap_milliseconds)
{
	const int ret = BIO_socket_wait(
	    (int)BIO_get_fd(bio, NULL), BIO_should_read(bio), end);

	(void)nap_milliseconds;
	return ret < 0 ? 1 : ret;
}
#endif

#endif
