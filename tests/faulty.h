/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAULTY_H
#define TESTS_FAULTY_H

/*
 * Included before every file of the library in tests/libfaulty.la: each call of
 * OpenSSL's that can fail asks first whether it has to.
 */

/* 1: fail, with an entry on the queue. */
int faulty_call(void);
int faulty_setting(int command); /* the same for SSL_CTX_ctrl() */

#ifdef BUILDING_FAULTY
/* As lib/openssl.c has them, which comes too late. */
#define OPENSSL_SUPPRESS_DEPRECATED
#define DECLARE_DEPRECATED(function) function;

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

/* Functions, so that the branches are these and not the library's. */
#define FAULTY(type, function, failure, parameters, arguments) \
	__attribute__((unused)) static type faulty_##function parameters \
	{ \
		return faulty_call() ? failure : function arguments; \
	}
FAULTY(BIO *, BIO_new, NULL, (const BIO_METHOD *m), (m))
FAULTY(
    int, BIO_write, -1, (BIO * b, const void *data, int size), (b, data, size))
FAULTY(OPENSSL_STACK *, OPENSSL_sk_dup, NULL, (const OPENSSL_STACK *s), (s))
FAULTY(OPENSSL_STACK *, OPENSSL_sk_new_null, NULL, (void), ())
FAULTY(
    int, OPENSSL_sk_push, 0, (OPENSSL_STACK * s, const void *item), (s, item))
FAULTY(SSL_CTX *, SSL_CTX_new, NULL, (const SSL_METHOD *m), (m))
FAULTY(int, SSL_CTX_set_cipher_list, 0, (SSL_CTX * ctx, const char *list),
    (ctx, list))
FAULTY(int, SSL_CTX_set_ciphersuites, 0, (SSL_CTX * ctx, const char *list),
    (ctx, list))
FAULTY(int, SSL_do_handshake, -1, (SSL * ssl), (ssl))
FAULTY(STACK_OF(SSL_CIPHER) *, SSL_get1_supported_ciphers, NULL, (SSL * ssl),
    (ssl))
FAULTY(SSL *, SSL_new, NULL, (SSL_CTX * ctx), (ctx))
FAULTY(int, SSL_set_cipher_list, 0, (SSL * ssl, const char *list), (ssl, list))
FAULTY(int, SSL_set_ciphersuites, 0, (SSL * ssl, const char *list), (ssl, list))
FAULTY(int, SSL_set_ssl_method, 0, (SSL * ssl, const SSL_METHOD *m), (ssl, m))
FAULTY(int, X509_get_signature_info, 0,
    (X509 * x, int *digest, int *key, int *bits, uint32_t *flags),
    (x, digest, key, bits, flags))

/* Not in every release, or with a format that the compiler is to see. */
#define BIO_vprintf(...) (faulty_call() ? -1 : BIO_vprintf(__VA_ARGS__))
#define EVP_PKEY_get_group_name(...) \
	(faulty_call() ? 0 : EVP_PKEY_get_group_name(__VA_ARGS__))
#define OSSL_ERR_STATE_new() (faulty_call() ? NULL : OSSL_ERR_STATE_new())

__attribute__((unused)) static long
faulty_SSL_CTX_ctrl(SSL_CTX *ctx, int command, long number, void *pointer)
{
	return faulty_setting(command)
	    ? 0
	    : SSL_CTX_ctrl(ctx, command, number, pointer);
}

__attribute__((unused)) static long
faulty_SSL_ctrl(SSL *ssl, int command, long number, void *pointer)
{
	return faulty_setting(command)
	    ? 0
	    : SSL_ctrl(ssl, command, number, pointer);
}

#define BIO_new                    faulty_BIO_new
#define BIO_write                  faulty_BIO_write
#define OPENSSL_sk_dup             faulty_OPENSSL_sk_dup
#define OPENSSL_sk_new_null        faulty_OPENSSL_sk_new_null
#define OPENSSL_sk_push            faulty_OPENSSL_sk_push
#define SSL_CTX_ctrl               faulty_SSL_CTX_ctrl
#define SSL_CTX_new                faulty_SSL_CTX_new
#define SSL_CTX_set_cipher_list    faulty_SSL_CTX_set_cipher_list
#define SSL_CTX_set_ciphersuites   faulty_SSL_CTX_set_ciphersuites
#define SSL_ctrl                   faulty_SSL_ctrl
#define SSL_do_handshake           faulty_SSL_do_handshake
#define SSL_get1_supported_ciphers faulty_SSL_get1_supported_ciphers
#define SSL_new                    faulty_SSL_new
#define SSL_set_cipher_list        faulty_SSL_set_cipher_list
#define SSL_set_ciphersuites       faulty_SSL_set_ciphersuites
#define SSL_set_ssl_method         faulty_SSL_set_ssl_method
#define X509_get_signature_info    faulty_X509_get_signature_info
#endif

#endif
