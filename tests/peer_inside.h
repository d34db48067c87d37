/* SPDX-License-Identifier: MIT */
#ifndef TESTS_PEER_INSIDE_H
#define TESTS_PEER_INSIDE_H

#include "peer.h"

/* What the files of peer.h share. */

struct peer_versions {
	int number;
	uint64_t option;
	const char *name;
};

/* TLS versions, a gap, DTLS versions. */
enum { PEER_ALL_VERSIONS = PEER_VERSIONS + 3 };
extern const struct peer_versions peer_versions[PEER_ALL_VERSIONS];

/* Ends the test program, unless it is so. */
void peer_must(int ok, const char *what);
int peer_find(int number);
/* An index in peer_versions[] for one of TLS, -1 where it has none. */
int peer_on_transport(int dtls, unsigned index);
int peer_load(SSL *ssl, int key);

/* Reference peers */

/*
 * A reference peer has one certificate of a type: for every strength and curve
 * it takes several.  peer_first_set() has the first that a level accepts whole.
 */
enum { PEER_SETS = 11, PEER_PER_SET = 11, PEER_SLOW_SET = 2, PEER_RSA_SET = 7 };

/* All that this OpenSSL has: it refuses a list with one unknown. */
const char *peer_every_suite(void);
const char *peer_every_group(void);
const char *peer_every_sigalg(void);
SSL *peer_reference(int version, int set);
int peer_level(int level);
int peer_first_set(int level);
/*
 * Before TLS 1.2 ECDSA signs SHA-1 and RSA signs MD5 and SHA-1 together.  By
 * OpenSSL 1.1.1's count level 2 forbids the former alone, but a server with
 * both keys chooses ECDSA nevertheless.
 */
int peer_rsa_alone(int level, int version);
/* A certificate and key that the level of ssl accepts; 1: loaded. */
int peer_load_server(SSL *ssl, int version);
/* What a server can have: every key of a set, or with `only` one key. */
void peer_load_set(SSL *ssl, int only);

/* A DTLS message is not cut up: the pair has no datagrams to lose. */
void peer_widen(SSL *ssl);
/* The groups and sigalgs of any context, whole: every version, level 0. */
int peer_lists(SSL_CTX *ctx, struct peer_hello *hello);
int peer_has_code(const struct peer_codes *list, uint16_t code);

#endif
