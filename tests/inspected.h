/* SPDX-License-Identifier: MIT */
#ifndef TESTS_INSPECTED_H
#define TESTS_INSPECTED_H

#include "peer.h"

/*
 * Contexts to be inspected, over a space that is enumerated: families of
 * versions, lists, certificates and ranges.
 */

/* How many there are of each. */
enum { FAMILIES = 2, CERTIFICATES = 12 };

enum { MAX_VERSIONS = 4 };

struct family {
	const char *name;
	const SSL_METHOD *(*method)(void);
	unsigned count;
	struct {
		const char *name;
		int number;
		uint64_t option;
		int bit; /* in sets of TLS versions */
	} version[MAX_VERSIONS];
};
extern const struct family families[];

/* The first of each kind is OpenSSL's default. */
enum kind { CIPHERS, SUITES, GROUPS, SIGALGS, KINDS };

enum { MAX_LISTS = 12 };

extern const char *const lists[KINDS][MAX_LISTS];

/* What a server has; loaded at level 0, but for the last. */
struct certificates {
	const char *name;
	size_t count;
	enum peer_key key[2];
	int level_first;
	int with_pairs; /* of lists, too */
};
extern const struct certificates certificates[];

/* A context but for its range, and what handshakes have shown of it. */
struct config {
	const struct family *family;
	const char *list[KINDS];
	unsigned narrow; /* how many of these are not the default */
	int level;
	int preference; /* the server's */
	const struct certificates *certificates;
	SSL_CTX *ctx; /* made when it is needed */
	signed char known[2][1 << MAX_VERSIONS][MAX_VERSIONS][PEER_ANY_COUNT];
};

struct cell {
	struct config *config;
	int min, max;  /* an index in the family's versions, -1: none */
	unsigned mask; /* of SSL_OP_NO_* */
	enum peer_role role;
	unsigned version;
};

void load_certificates(SSL_CTX *ctx, const struct certificates *use);
void set_lists(SSL_CTX *ctx, const char *const list[KINDS]);
SSL_CTX *make_context(const struct config *config);
void set_range(const struct cell *c);
int inspect(SSL_CTX *ctx, enum peer_role role, int version);

/* Of this process; tests/predicted.c has the oracle. */
extern unsigned long predictions, mistakes;
/* 1: right; 0: why says what is not. */
int predict(const struct cell *c, char *why, size_t size);

#endif
