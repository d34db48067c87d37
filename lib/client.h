/* SPDX-License-Identifier: MIT */
#ifndef TLSPOLICY_CLIENT_H
#define TLSPOLICY_CLIENT_H

#include "apply.h"

/* What a client's hello says, and what a state has in common with it. */

struct client {
	unsigned versions;
	bool fallback; /* RFC 7507: it has lowered its maximum */
	bool shares;   /* it has key shares, RFC 8446, 4.2.8 */
	STACK_OF(SSL_CIPHER) *ciphers; /* in its order; to be freed */
	struct offer list[LIST_COUNT]; /* groups and sigalgs, in its order */
};

/* Certificates, as far as they decide about versions and ciphers. */
struct kinds {
	bool any;
	bool modern; /* one that makes OpenSSL choose TLS 1.3 */
};

/* In a callback that has the hello; the ciphers are to be freed in any case. */
int tlsp_client_read(const struct target *from, struct client *out);
/* Whether a server goes by its own order. */
bool tlsp_ours_first(const struct state *state);
/* Groups or sigalgs that both have, in the order of one of them. */
void tlsp_client_codes(const struct state *state, enum list_kind kind,
    bool first, const struct offer *theirs, struct offer *out);
/* The ciphers, in the order in which a server goes through them. */
STACK_OF(SSL_CIPHER) *tlsp_client_ciphers(
    const struct state *state, const struct client *client);
/* The version that a server chooses, as a bit; 0: none. */
unsigned tlsp_client_version(const struct state *state,
    const struct client *client, struct kinds *kinds);
/* Whether a server refuses it for having lowered its maximum: RFC 7507. */
bool tlsp_client_fell_back(
    const struct state *state, const struct client *client, unsigned version);

#endif /* TLSPOLICY_CLIENT_H */
