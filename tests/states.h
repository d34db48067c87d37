/* SPDX-License-Identifier: MIT */
#ifndef TESTS_STATES_H
#define TESTS_STATES_H

#include <tlspolicy.h>

#include "peer.h"
#include "runner.h"

/* Contexts that raw OpenSSL calls set up, and what each permits and can do. */

struct state {
	const char *name;
	const SSL_METHOD *(*method)(void); /* TLS_method */
	const char *host;                  /* lines of openssl.cnf */
	int min, max, level;
	uint64_t options;
	const char *ciphers, *suites, *groups, *sigalgs;
	long flags;                      /* SSL_CTX_set_cert_flags() */
	const SSL_METHOD *(*late)(void); /* SSL_CTX_set_ssl_version() */
	unsigned versions;               /* that it permits */
	unsigned beside; /* left out, but done with a peer's static RSA */
	unsigned dead;   /* of these, in no handshake */
	unsigned dead40; /* the same from 4.0 on */
	unsigned cut;    /* permitted, but no policy can grant it */
	int again;       /* wanted, where it is applied to a new one */
	unsigned old;    /* before 3.0: permitted as well, and not dead */
	int again_old;   /* then */
};

const struct state *state_at(int i);
SSL_CTX *make_state(const struct state *s);
SSL_CTX *new_state(const char *name);
void set_state_lists(SSL_CTX *ctx, const struct state *s);
/* What a state permits, and what completes. */
unsigned state_permits(const struct state *s, SSL_CTX *ctx);
unsigned state_completes(const struct state *s, SSL_CTX *ctx);
/* Of what it permits, what from_ctx can say in a policy to be applied. */
unsigned state_grants(const struct state *s, SSL_CTX *ctx);
/* from_ctx, with all versions that audit goes by. */
struct tlspolicy *state_audited(const struct state *s, SSL_CTX *ctx);
/* What it gives to be applied to a new context. */
int state_again(const struct state *s);
/* 3.0 offers TLS 1.0 and 1.1 above level 0; later ones do not. */
int hides_old(SSL_CTX *ctx);
/* The level that OpenSSL makes of a number. */
int real_level(int level);

/* The keys that a level accepts. */
void use_keys(SSL_CTX *ctx, int level);
/* An even stride of so many, in the short tier. */
int short_stride(int all, int few);
/* A test for each state, skipped where this release cannot have it. */
void add_states(TCase *tc, const TTest *test);

/* Bounds of TLS and of DTLS. */
enum { BOUNDS = PEER_VERSIONS + 1 };
extern const int state_bounds[2][BOUNDS];

#endif
