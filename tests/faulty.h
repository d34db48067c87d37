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

#define BIO_new(...)     (faulty_call() ? NULL : BIO_new(__VA_ARGS__))
#define BIO_write(...)   (faulty_call() ? -1 : BIO_write(__VA_ARGS__))
#define BIO_vprintf(...) (faulty_call() ? -1 : BIO_vprintf(__VA_ARGS__))
#define EVP_PKEY_get_group_name(...) \
	(faulty_call() ? 0 : EVP_PKEY_get_group_name(__VA_ARGS__))
#define OPENSSL_sk_dup(...)   (faulty_call() ? NULL : OPENSSL_sk_dup(__VA_ARGS__))
#define OPENSSL_sk_new_null() (faulty_call() ? NULL : OPENSSL_sk_new_null())
#define OPENSSL_sk_push(...)  (faulty_call() ? 0 : OPENSSL_sk_push(__VA_ARGS__))
#define OSSL_ERR_STATE_new()  (faulty_call() ? NULL : OSSL_ERR_STATE_new())
#define SSL_CTX_ctrl(ctx, command, number, pointer) \
	(faulty_setting(command) \
		? 0 \
		: SSL_CTX_ctrl((ctx), (command), (number), (pointer)))
#define SSL_CTX_new(...) (faulty_call() ? NULL : SSL_CTX_new(__VA_ARGS__))
#define SSL_CTX_set_cipher_list(...) \
	(faulty_call() ? 0 : SSL_CTX_set_cipher_list(__VA_ARGS__))
#define SSL_CTX_set_ciphersuites(...) \
	(faulty_call() ? 0 : SSL_CTX_set_ciphersuites(__VA_ARGS__))
#define SSL_ctrl(ssl, command, number, pointer) \
	(faulty_setting(command) \
		? 0 \
		: SSL_ctrl((ssl), (command), (number), (pointer)))
#define SSL_do_handshake(...) \
	(faulty_call() ? -1 : SSL_do_handshake(__VA_ARGS__))
#define SSL_get1_supported_ciphers(...) \
	(faulty_call() ? NULL : SSL_get1_supported_ciphers(__VA_ARGS__))
#define SSL_new(...) (faulty_call() ? NULL : SSL_new(__VA_ARGS__))
#define SSL_set_cipher_list(...) \
	(faulty_call() ? 0 : SSL_set_cipher_list(__VA_ARGS__))
#define SSL_set_ciphersuites(...) \
	(faulty_call() ? 0 : SSL_set_ciphersuites(__VA_ARGS__))
#define SSL_set_ssl_method(...) \
	(faulty_call() ? 0 : SSL_set_ssl_method(__VA_ARGS__))
#define X509_get_signature_info(...) \
	(faulty_call() ? 0 : X509_get_signature_info(__VA_ARGS__))
#endif

#endif
