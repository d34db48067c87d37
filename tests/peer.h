/* SPDX-License-Identifier: MIT */
#ifndef TESTS_PEER_H
#define TESTS_PEER_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

/*
 * What a context really does: handshakes in memory with reference peers that
 * speak everything, the ClientHello, and snapshots of both.  Nothing here
 * knows the library under test.
 */

/*
 * Sets of versions are masks: 1.0 is bit 0, 1.3 is bit 3.  DTLS 1.0 and 1.2 are
 * TLS 1.1 and 1.2 there; where a version is asked for, they are themselves.
 */
enum { PEER_VERSIONS = 4, PEER_CODES = 256, PEER_WHY = 256 };
enum peer_role { PEER_CLIENT, PEER_SERVER };

/* TLS1_VERSION to TLS1_3_VERSION, its SSL_OP_NO_ bit and its name. */
int peer_version(unsigned index);
uint64_t peer_option(unsigned index);
const char *peer_version_name(unsigned index);
/* "{TLSv1.2 TLSv1.3}", in one of a few static buffers. */
const char *peer_set_name(unsigned set);

/* Once, before the first test. */
void peer_setup(void);

/* Keys and self-signed certificates, made when they are first used. */
enum peer_key {
	PEER_RSA_2048,
	PEER_RSA_3072,
	PEER_RSA_8192,
	PEER_PSS_2048, /* RSA-PSS only */
	PEER_PSS_3072,
	PEER_DSA_2048,
	PEER_DSA_3072,
	PEER_P_256,
	PEER_P_384,
	PEER_P_521,
	PEER_BRAINPOOL, /* brainpoolP256r1 */
	PEER_BRAINPOOL_384,
	PEER_BRAINPOOL_512,
	PEER_SECP256K1,
	PEER_ED25519,
	PEER_ED448,
	PEER_PSS_SHA512, /* PSS with nothing but SHA-512 */
	PEER_ML_DSA_44,  /* this and the next are not on every release */
	PEER_ML_DSA_65,
	PEER_ML_DSA_87,
	PEER_SM2,
	PEER_KEYS
};

/* A new key, on a curve where it takes one, and a certificate for it. */
EVP_PKEY *peer_generate(int type, int nid);
X509 *peer_certify(EVP_PKEY *key);
/* Signs a certificate again, by a key of that issuer. */
void peer_issue(
    X509 *cert, EVP_PKEY *key, const EVP_MD *md, const char *issuer);

/* Whether this OpenSSL can sign with it, made at the first question. */
int peer_has(enum peer_key key);
/* For servers of the tests' own; 0: the level of ctx refuses it. */
int peer_use(SSL_CTX *ctx, enum peer_key key);
int peer_use_rsa_2048(SSL_CTX *ctx);

/*
 * A host configuration: the lines of openssl.cnf's system_default section,
 * NULL for none.  It stays until the next call.
 */
void peer_host(const char *lines);
/* What Debian 11 and Fedora's crypto-policies have there. */
#define HOST_DEBIAN_11 \
	"MinProtocol = TLSv1.2\n" \
	"CipherString = DEFAULT@SECLEVEL=2\n"
#define HOST_CRYPTO_POLICIES \
	"CipherString = @SECLEVEL=2:kEECDH:kRSA:!aNULL:!SHA384\n" \
	"Ciphersuites = TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256\n" \
	"TLS.MinProtocol = TLSv1.2\n" \
	"TLS.MaxProtocol = TLSv1.3\n" \
	"SignatureAlgorithms = ECDSA+SHA256:ECDSA+SHA384:" \
	"RSA-PSS+SHA256:RSA+SHA256\n" \
	"Groups = X25519:secp256r1:X448:secp384r1\n"
/* The same, then SSL_CTX_new(). */
SSL_CTX *peer_context(const SSL_METHOD *method, const char *host);
int peer_is_dtls(SSL_CTX *ctx);
/* SSL_CTX_set1_groups_list and its like; 1 or 0. */
int peer_set_groups(SSL_CTX *ctx, const char *list);
int peer_set_sigalgs(SSL_CTX *ctx, const char *list);

/* Handshakes */

struct peer_result {
	int version;     /* negotiated; 0: the handshake failed */
	int group;       /* NID of the key exchange's group; 0: none */
	int reason[2];   /* first OpenSSL error: of the subject, of the peer */
	char cipher[64]; /* OpenSSL's name */
};

/* Joins two connections whose roles are set; 1: the handshake completed. */
int peer_handshake(SSL *subject, SSL *peer, struct peer_result *result);

/*
 * Whether a new connection of ctx completes a full handshake in that role with
 * a reference peer pinned to the version, in that version.  result may be NULL.
 */
int peer_negotiates(
    SSL_CTX *ctx, enum peer_role role, int version, struct peer_result *result);
int peer_ssl_negotiates(
    SSL *ssl, enum peer_role role, int version, struct peer_result *result);
/* With a peer of another context, pinned to the version; NULL: as above. */
int peer_ssl_meets(SSL *ssl, enum peer_role role, SSL_CTX *other, int version,
    struct peer_result *result);
unsigned peer_negotiated(SSL_CTX *ctx, enum peer_role role);

/*
 * The same with the certificates that ctx has, against reference peers of every
 * key above until one completes; the result is of the first or of that one.
 * What is in `any` is as wide as can be for this connection, but for ciphers
 * that need no certificate.
 */
enum {
	PEER_ANY_CIPHER = 1,
	PEER_ANY_SUITE = 2,
	PEER_ANY_GROUP = 4,
	PEER_ANY_SIGALG = 8,
	PEER_ANY_CERTIFICATE = 16,
	PEER_ANYTHING = 31,
	PEER_DH = 32, /* and DH parameters, that go with the key */
	PEER_ANY_COUNT = 64
};
int peer_completes(SSL_CTX *ctx, enum peer_role role, int version, unsigned any,
    struct peer_result *result);
unsigned long peer_handshakes(void); /* made so far */

/* The ClientHello */

struct peer_codes {
	size_t count;
	uint16_t code[PEER_CODES];
};

struct peer_hello {
	unsigned legacy;
	struct peer_codes versions, ciphers, groups, sigalgs;
};

/* What a client connection of ctx offers; 0: it makes no ClientHello. */
int peer_hello(SSL_CTX *ctx, struct peer_hello *hello);
int peer_codes_within(
    const struct peer_codes *inner, const struct peer_codes *outer);

/* Snapshots */

struct peer_snapshot {
	const SSL_METHOD *method;
	int dtls, min, max, level;
	uint64_t options;
	struct peer_codes ciphers, suites, groups, sigalgs;
	int tried;            /* whether these are filled in: */
	unsigned versions[2]; /* what it negotiates, by role */
};

void peer_snapshot(SSL_CTX *ctx, struct peer_snapshot *out, int handshakes);
/* The versions within the bounds and options of a snapshot. */
unsigned peer_range(const struct peer_snapshot *snapshot);
/* Of these, the ones that its security level does not forbid. */
unsigned peer_enabled(const struct peer_snapshot *snapshot);
/* 1: equal; 0: why says what differs. */
int peer_same(const struct peer_snapshot *a, const struct peer_snapshot *b,
    char *why, size_t size);
/* 1: after allows nothing that before did not; 0: why says what it does. */
int peer_not_looser(const struct peer_snapshot *before,
    const struct peer_snapshot *after, char *why, size_t size);

#endif
