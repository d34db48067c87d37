/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CONNECTIONS_H
#define TESTS_CONNECTIONS_H

#include "peer.h"
#include "table.h"

/*
 * Policies of one connection: contexts and connections by raw calls, and what
 * can be seen of them.
 */

/* Contexts set by raw calls; nothing is what OpenSSL begins with. */
struct raw {
	int dtls, min, max, level;
	uint64_t options;
	const char *ciphers, *suites, *groups, *sigalgs;
	enum peer_key key;
};

#define BOTH128 "ECDHE-ECDSA-AES128-GCM-SHA256:" GCM128

#define TLS12(...) \
	{ \
		.max = TLS1_2_VERSION, __VA_ARGS__ \
	}

#define TLS13(...) \
	{ \
		.min = TLS1_3_VERSION, __VA_ARGS__ \
	}

#define TLS11(...) \
	{ \
		.max = TLS1_1_VERSION, .level = LEVEL(0), __VA_ARGS__ \
	}

#define DTLS12(...) \
	{ \
		.dtls = 1, .min = DTLS1_2_VERSION, __VA_ARGS__ \
	}

#define DTLS10(...) \
	{ \
		.dtls = 1, .max = DTLS1_VERSION, .level = LEVEL(0), \
		__VA_ARGS__ \
	}

enum { CLIENT, SERVER };

enum { LIST_SIZE = 2048 };

SSL_CTX *make_raw(const struct raw *raw);
SSL *new_connection(SSL_CTX *ctx, int end);
int apply_ssl(SSL *ssl, const char *text, unsigned flags);
void apply_ctx(SSL_CTX *ctx, const char *text, unsigned flags);
/* Puts the ClientHello into a BIO that nobody reads yet. */
void send_hello(SSL *client);

/* Two contexts and a connection of each, by end. */
struct pair {
	SSL_CTX *ctx[2];
	SSL *ssl[2];
	struct peer_result got;
};

void prepare_pair(struct pair *pair, const struct raw *raw);
int meet_pair(struct pair *pair);
void release_pair(struct pair *pair);
/* One byte each way, which in TLS 1.3 brings the session tickets as well. */
int talk(const struct pair *pair);
/* The keys, here once and not in each test's process. */
void make_keys(void);

/* What a client says, as the server of a connection hears it. */
struct said {
	unsigned legacy;
	size_t size[4];
	unsigned char bytes[4][LIST_SIZE];
};

/* Uses the client up. */
void hear(SSL *client, struct said *said);

/* All that can be read of a connection without a handshake. */
struct state {
	long min, max;
	int level;
	uint64_t options;
	char ciphers[LIST_SIZE * 2];
};

void read_state(SSL *ssl, struct state *out);
void assert_state(
    const char *row, const struct state *a, const struct state *b);

/* The caller's error queue: entries, their data, and marks. */
void fill_queue(void);
/* Empties it as well. */
void assert_queue(const char *row);

/* What check says at both ends; `says` is part of it, NULL: it is OK. */
void assert_check_of(
    const char *row, const SSL *ssl, const char *text, const char *says);
void assert_check(const char *row, const struct pair *pair, const char *text,
    const char *says);

#endif
