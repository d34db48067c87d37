/* SPDX-License-Identifier: MIT */
#ifndef TESTS_RELEASE_H
#define TESTS_RELEASE_H

#include <openssl/err.h>
#include <openssl/ssl.h>

/*
 * What differs between OpenSSL's releases, for the tests: the only part of them
 * that may branch on the version of the headers.
 */

/* Of the loaded library, to be compared with a RELEASE_. */
unsigned long release(void);
#define RELEASE_3_0 0x30000000UL
#define RELEASE_3_1 0x30100000UL
#define RELEASE_3_2 0x30200000UL
#define RELEASE_3_3 0x30300000UL
#define RELEASE_3_5 0x30500000UL
#define RELEASE_3_6 0x30600000UL
#define RELEASE_4_0 0x40000000UL

/*
 * Versions, as a set with TLS 1.0 as bit 0, that the security level itself
 * forbids: no handshake completes, and no client even offers them.
 */
unsigned release_dead(int level);
unsigned release_gone(int level);

/* Whether whatever is fetched by default comes from a FIPS provider. */
int release_is_fips(void);
/* In a library context of its own, which has the default provider; or NULL. */
SSL_CTX *release_context_apart(void);

/* TLSv1_2_method() and its like; NULL where this release has none. */
const SSL_METHOD *release_tls1(void);
const SSL_METHOD *release_tls1_client(void);
const SSL_METHOD *release_tls1_server(void);
const SSL_METHOD *release_tls1_1(void);
const SSL_METHOD *release_tls1_1_client(void);
const SSL_METHOD *release_tls1_1_server(void);
const SSL_METHOD *release_tls1_2(void);
const SSL_METHOD *release_tls1_2_client(void);
const SSL_METHOD *release_tls1_2_server(void);
const SSL_METHOD *release_dtls1(void);
const SSL_METHOD *release_dtls1_client(void);
const SSL_METHOD *release_dtls1_server(void);
const SSL_METHOD *release_dtls1_2(void);
const SSL_METHOD *release_dtls1_2_client(void);
const SSL_METHOD *release_dtls1_2_server(void);

/* An entry of the error queue, as far as 1.1.1 has it. */
struct release_entry {
	unsigned long code; /* 0: there is none */
	const char *file, *func, *data;
	int line, flags;
};
/* The newest one stays; the oldest one goes. */
struct release_entry release_last_error(void);
struct release_entry release_take_error(void);
/* Adds one; data may be NULL, and so may func. */
void release_add_error(const char *file, int line, const char *func,
    int library, int reason, const char *data);
#define release_raise(library, reason, data) \
	release_add_error( \
	    __FILE__, __LINE__, __func__, (library), (reason), (data))

/* SSL_CTX_set_ssl_version(), which 3.0 calls deprecated. */
int release_set_method(SSL_CTX *ctx, const SSL_METHOD *method);
/* A new key by the name of its algorithm; NULL where there is none of it. */
EVP_PKEY *release_generate(const char *name);
/* Raw public keys of both ends, RFC 7250; 0: it is not built to have them. */
int release_use_raw_keys(SSL_CTX *ctx);
/* The peer's signature in the handshake by name; NULL where none is told. */
const char *release_peer_signature(SSL *ssl);
/* NID of an ephemeral key's group; 0: a key of DHE. */
int release_key_group(EVP_PKEY *key);

/* Name of the group of a TLS 1.3 connection's key exchange. */
const char *release_group(SSL *ssl);

/* Reasons that 1.1.1 has no name for. */
enum {
	RELEASE_R_NO_SUITABLE_GROUPS = 295,
	RELEASE_R_UNEXPECTED_EOF = 294,
	RELEASE_R_LEGACY_SIGALG = 333,
	RELEASE_R_ALERT_NO_APPLICATION_PROTOCOL = 1120
};

#ifndef SSL_OP_IGNORE_UNEXPECTED_EOF
#define SSL_OP_IGNORE_UNEXPECTED_EOF 0
#endif

#endif
