/* SPDX-License-Identifier: MIT */
#ifndef TESTS_ROWS_H
#define TESTS_ROWS_H

#include "peer.h"

/*
 * For rows about what OpenSSL does by itself, and what the library does
 * instead: each says what a context comes to, and its name.
 */

SSL_CTX *fresh_context(int level);
/* With these flags, the text gives this status. */
void assert_applies(
    const char *row, SSL_CTX *ctx, const char *text, unsigned flags, int want);
/*
 * Both roles negotiate these versions, with handshakes and by what
 * tlspolicy_inspect() tells; `who` is OpenSSL or the library.
 */
void assert_sets(const char *row, const char *who, SSL_CTX *ctx,
    unsigned client, unsigned server);
/* What a client of ctx offers, as a set; legacy_version where it is all. */
unsigned offered_versions(SSL_CTX *ctx, unsigned *legacy);
/* Why a row about groups does not hold for this release, or NULL. */
const char *lacking_groups(const char *groups);

/* Connections of two contexts of the tests' own, the server with a key. */
struct pair {
	SSL *client, *server;
};

struct pair join_pair(SSL_CTX *client, SSL_CTX *server);
void free_pair(const struct pair *pair);
int pair_version(SSL_CTX *client, SSL_CTX *server);

#endif
