/* SPDX-License-Identifier: MIT */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <tlspolicy.h>

/* Three ways to the same settings. */
enum way { OURS, BY_HAND, BY_CONF, WAYS };

/* What a program without this library would write down. */
struct recipe {
	const char *name; /* "modern" */
	const char *text; /* the same as a policy */
	int min, max;     /* 0: unset */
	int level;        /* -1: unset */
	uint64_t on, off; /* SSL_OP_* */
	const char *ciphers, *suites, *sigalgs;
	bool groups;         /* set, to settings_groups() */
	const char *options; /* `on` and `off` as SSL_CONF_cmd() has them */
};

enum {
	VERSION_ONLY,
	NO_LISTS_OF_CLIENT, /* neither groups nor sigalgs */
	EVERY_FIELD,
	MODERN,
	INTERMEDIATE,
	COMPAT,
	LEGACY,
	SYSTEM,
	RECIPES
};
extern const struct recipe recipes[RECIPES];

/* The profiles' groups as this OpenSSL takes them, key shares marked. */
const char *settings_groups(void);
/* On a context, or where ssl is not NULL on that. */
bool settings_by_hand(const struct recipe *recipe, SSL_CTX *ctx, SSL *ssl);
bool settings_by_conf(const struct recipe *recipe, SSL_CTX *ctx, SSL *ssl);

/* Medians and quartiles of samples. */
struct spread {
	double low, median, high;
};
enum { ROUNDS_MAX = 1001 };
struct samples {
	double value[ROUNDS_MAX];
	size_t count;
};
struct spread spread_of(struct samples *samples);
double now_ns(void);
double cpu_ns(void); /* slow to read, and blind to other programs */
/* What a pair of now_ns() itself takes. */
double clock_ns(void);

/* A self-signed certificate for P-256, for servers. */
bool use_certificate(SSL_CTX *ctx);
/* Joins two connections in memory; false: no handshake. */
bool join(SSL *client, SSL *server);

_Noreturn void die(const char *what);

/* Calls: the first table.  `json` is NULL, or takes members of an object. */
void bench_calls(size_t rounds, BIO *table, BIO *json);
/* Handshakes: the second one. */
void bench_handshakes(size_t rounds, BIO *table, BIO *json);
/* In a client-hello callback: the third. */
void bench_callbacks(size_t rounds, BIO *table, BIO *json);
/* Many contexts: time and memory. */
void bench_contexts(size_t count, BIO *table, BIO *json);

#endif
