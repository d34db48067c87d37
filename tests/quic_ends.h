/* SPDX-License-Identifier: MIT */
#ifndef TESTS_QUIC_ENDS_H
#define TESTS_QUIC_ENDS_H

#include <tlspolicy.h>

#include "quic.h"

/* QUIC contexts, what they are set to, and their handshakes. */

#define SUITES \
	"TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:" \
	"TLS_CHACHA20_POLY1305_SHA256"

enum kind { CLIENT, CLIENT_THREAD, SERVER, KINDS };

SSL_CTX *make_quic(enum kind kind);
SSL_CTX *make_quic_applied(enum kind kind, const char *policy);

/* All that has a getter. */
struct state {
	char suites[512];
	int level;
	long min, max;
	uint64_t options;
};

struct state quic_state_of(SSL_CTX *ctx);
void assert_quic_state(
    const char *row, const struct state *is, const struct state *want);

struct outcome {
	int done;
	char cipher[64], group[64];
	char why[2][256]; /* what tlspolicy_check() has against it */
};

/* `policy` may be NULL. */
struct outcome quic_outcome(
    SSL_CTX *client, SSL_CTX *server, const struct tlspolicy *policy);

#endif
