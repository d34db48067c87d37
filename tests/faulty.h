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
int faulty_memory(void);         /* the same without an entry */
int faulty_list(void);           /* 1: fail; -1: succeed and do nothing */
int faulty_once(void);           /* 1: OpenSSL's "once" does not work */

#ifdef BUILDING_FAULTY
/* As lib/openssl.c has them, which comes too late. */
#define OPENSSL_SUPPRESS_DEPRECATED
#define DECLARE_DEPRECATED(function) function;

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

/* Functions, so that the branches are these and not the library's. */
#define FAULTY_BY(why, type, function, failure, parameters, arguments) \
	__attribute__((unused)) static type faulty_##function parameters \
	{ \
		return why() ? failure : function arguments; \
	}
#define FAULTY(...) FAULTY_BY(faulty_call, __VA_ARGS__)
/* A list that is set, or refused, or said to be set. */
#define FAULTY_LIST(function) \
	__attribute__((unused)) static int faulty_##function( \
	    SSL_CTX *ctx, const char *list) \
	{ \
		const int fault = faulty_list(); \
\
		return fault == 0 ? function(ctx, list) : fault < 0; \
	}
FAULTY(BIO *, BIO_new, NULL, (const BIO_METHOD *m), (m))
FAULTY(
    int, BIO_write, -1, (BIO * b, const void *data, int size), (b, data, size))
FAULTY(OPENSSL_STACK *, OPENSSL_sk_dup, NULL, (const OPENSSL_STACK *s), (s))
FAULTY(OPENSSL_STACK *, OPENSSL_sk_new_null, NULL, (void), ())
FAULTY(
    int, OPENSSL_sk_push, 0, (OPENSSL_STACK * s, const void *item), (s, item))
FAULTY(SSL_CTX *, SSL_CTX_new, NULL, (const SSL_METHOD *m), (m))
FAULTY_BY(faulty_memory, void *, CRYPTO_malloc, NULL,
    (size_t size, const char *file, int line), (size, file, line))
FAULTY_BY(faulty_memory, char *, CRYPTO_strdup, NULL,
    (const char *text, const char *file, int line), (text, file, line))
FAULTY_BY(faulty_memory, void *, CRYPTO_zalloc, NULL,
    (size_t size, const char *file, int line), (size, file, line))
FAULTY_BY(faulty_once, int, CRYPTO_THREAD_run_once, 0,
    (CRYPTO_ONCE * once, void (*run)(void)), (once, run))
FAULTY_LIST(SSL_CTX_set_cipher_list)
FAULTY_LIST(SSL_CTX_set_ciphersuites)
FAULTY(STACK_OF(SSL_CIPHER) *, SSL_get1_supported_ciphers, NULL, (SSL * ssl),
    (ssl))
FAULTY(SSL_CTX *, SSL_set_SSL_CTX, NULL, (SSL * ssl, SSL_CTX *ctx), (ssl, ctx))
FAULTY(int, EVP_Digest, 0,
    (const void *data, size_t count, unsigned char *md, unsigned *size,
	const EVP_MD *type, ENGINE *engine),
    (data, count, md, size, type, engine))
FAULTY(SSL *, SSL_new, NULL, (SSL_CTX * ctx), (ctx))
FAULTY(int, SSL_set_cipher_list, 0, (SSL * ssl, const char *list), (ssl, list))
FAULTY(int, SSL_set_ciphersuites, 0, (SSL * ssl, const char *list), (ssl, list))
FAULTY(int, SSL_set_ssl_method, 0, (SSL * ssl, const SSL_METHOD *m), (ssl, m))
FAULTY(int, SSL_use_certificate, 0, (SSL * ssl, X509 *x), (ssl, x))

/* Not in every release, or with a format that the compiler is to see. */
#define BIO_vprintf(...) (faulty_call() ? -1 : BIO_vprintf(__VA_ARGS__))
#define EVP_PKEY_get_group_name(...) \
	(faulty_call() ? 0 : EVP_PKEY_get_group_name(__VA_ARGS__))
#define OSSL_ERR_STATE_new() (faulty_memory() ? NULL : OSSL_ERR_STATE_new())

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
#define CRYPTO_THREAD_run_once     faulty_CRYPTO_THREAD_run_once
#define CRYPTO_malloc              faulty_CRYPTO_malloc
#define CRYPTO_strdup              faulty_CRYPTO_strdup
#define CRYPTO_zalloc              faulty_CRYPTO_zalloc
#define EVP_Digest                 faulty_EVP_Digest
#define OPENSSL_sk_dup             faulty_OPENSSL_sk_dup
#define OPENSSL_sk_new_null        faulty_OPENSSL_sk_new_null
#define OPENSSL_sk_push            faulty_OPENSSL_sk_push
#define SSL_CTX_ctrl               faulty_SSL_CTX_ctrl
#define SSL_CTX_new                faulty_SSL_CTX_new
#define SSL_CTX_set_cipher_list    faulty_SSL_CTX_set_cipher_list
#define SSL_CTX_set_ciphersuites   faulty_SSL_CTX_set_ciphersuites
#define SSL_ctrl                   faulty_SSL_ctrl
#define SSL_do_handshake           faulty_handshake
#define SSL_get1_supported_ciphers faulty_SSL_get1_supported_ciphers
#define SSL_new                    faulty_SSL_new
#define SSL_set_SSL_CTX            faulty_SSL_set_SSL_CTX
#define SSL_set_cipher_list        faulty_SSL_set_cipher_list
#define SSL_set_ciphersuites       faulty_SSL_set_ciphersuites
#define SSL_set_ssl_method         faulty_SSL_set_ssl_method
#define SSL_use_certificate        faulty_SSL_use_certificate
#endif

#include <openssl/ssl.h>

/* Lets faults_offer() take the place of a ClientHello. */
int faulty_handshake(SSL *ssl);

#endif
