/* SPDX-License-Identifier: MIT */
/*
 * A server's connection that moves to another context, with all that decides
 * what is negotiated; and a policy's digest.
 */
#include <errno.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "client.h"

/* The suite of TLS 1.3; NULL: none, or no memory. */
static const SSL_CIPHER *
choose_suite(const struct state *state, const struct client *client)
{
	STACK_OF(SSL_CIPHER) *shared = tlsp_client_ciphers(state, client);
	const SSL_CIPHER *chosen = NULL;

	for (int i = 0; chosen == NULL && i < sk_SSL_CIPHER_num(shared); i++) {
		const SSL_CIPHER *it = sk_SSL_CIPHER_value(shared, i);

		if (tlsp_cipher_versions(it) == V1_3 &&
		    tlsp_cipher_allowed(
			state->ssl, SSL_SECOP_CIPHER_SHARED, it))
			chosen = it;
	}
	sk_SSL_CIPHER_free(shared);
	return chosen;
}

/* Moving to another context */

/* What decides about versions, ciphers, groups and signatures. */
#define OPTIONS_MOVED \
	((uint64_t)SSL_OP_NO_SSL_MASK | SSL_OP_CIPHER_SERVER_PREFERENCE | \
	    SSL_OP_PRIORITIZE_CHACHA | SSL_OP_NO_RENEGOTIATION | \
	    SSL_OP_ALLOW_NO_DHE_KEX | SSL_OP_SAFARI_ECDHE_ECDSA_BUG)

static int
check_ends(const struct target *from, const struct target *to)
{
	int status;

	if (from->quic || to->quic)
		return tlsp_fail(TLSPOLICY_E_METHOD,
		    "a QUIC connection cannot be moved to another context");
	if (!SSL_is_server(from->ssl))
		return tlsp_fail(TLSPOLICY_E_INVALID,
		    "the connection is a client's: only a server's moves");
	if (from->dtls != to->dtls)
		return tlsp_fail(TLSPOLICY_E_METHOD,
		    "the connection is for %s and the context for %s",
		    from->dtls ? "DTLS" : "TLS", to->dtls ? "DTLS" : "TLS");
	status = tlsp_check_target(from);
	if (status == TLSPOLICY_OK)
		status = tlsp_check_target(to);
	if (status == TLSPOLICY_OK && tlsp_lacks(to, TLSPOLICY_SERVER))
		return tlsp_fail(TLSPOLICY_E_METHOD,
		    "the context's method has no server in it");
	return status;
}

/* Whether all groups that are shared are the same as they would be. */
static bool
shares_same(SSL *ssl, const struct offer *shared)
{
	const int count = (int)SSL_get_shared_group(ssl, -1);
	int same = 0;

	for (size_t i = 0; i < shared->count; i++) {
		const struct name *it =
		    tlsp_name_of(LIST_GROUPS, shared->code[i]);
		const char *name = NULL;

		if ((shared->serves[i] & V1_3) == 0)
			continue;
		if (same < count)
			name = tlsp_group_name(
			    ssl, (int)SSL_get_shared_group(ssl, same++));
		if (it == NULL || name == NULL ||
		    strcmp(tlsp_name_own(LIST_GROUPS, name), it->name) != 0)
			return false;
	}
	return same == count;
}

/* Whether a key is of the first that is shared. */
static bool
is_first(EVP_PKEY *key, const struct offer *shared)
{
	const struct name *it;
	size_t i = 0;

	while (i < shared->count && (shared->serves[i] & V1_3) == 0)
		i++;
	it = i == shared->count ? NULL
				: tlsp_name_of(LIST_GROUPS, shared->code[i]);
	return it != NULL &&
	    (tlsp_key_curve(key) == it || tlsp_key_is(key, it->name));
}

/*
 * Whether TLS 1.3 would take the same key share, or none and ask for one.  The
 * shares cannot be read any more.  It is sure where the same groups are shared,
 * or where the chosen one is the first: up to 3.4 in the client's order, later
 * in both orders, whatever tuples there are.
 */
static bool
is_group_kept(SSL *ssl, const struct state *host, const struct client *client)
{
	const struct offer *theirs = &client->list[LIST_GROUPS];
	struct offer ours, shared;
	EVP_PKEY *key = NULL;
	bool kept;

	tlsp_client_codes(host, LIST_GROUPS, true, theirs, &ours);
	tlsp_client_codes(host, LIST_GROUPS, false, theirs, &shared);
	if (shares_same(ssl, tlsp_ours_first(host) ? &ours : &shared))
		return true;
	kept = SSL_get_peer_tmp_key(ssl, &key) == 1 && is_first(key, &shared) &&
	    (!tlsp_has(FEATURE_MARKS) || is_first(key, &ours));
	EVP_PKEY_free(key);
	return kept;
}

/*
 * In a servername callback, and in a client-hello callback after a
 * HelloRetryRequest: what is chosen by then is what the context would choose.
 */
static int
check_chosen(const struct target *from, const struct state *host)
{
	SSL *ssl = from->ssl;
	const unsigned chosen =
	    tlsp_version_bit(tlsp_version_as_tls(SSL_version(ssl)));
	struct client client;
	struct kinds kinds;
	bool kept = false;
	int status = TLSPOLICY_OK;

	client.ciphers = NULL;
	if (SSL_client_hello_get0_legacy_version(ssl) != 0) {
		status = tlsp_client_read(from, &client);
		kept = tlsp_client_version(host, &client, &kinds) == chosen &&
		    !tlsp_client_fell_back(host, &client, chosen) &&
		    (chosen != V1_3 ||
			(choose_suite(host, &client) ==
				SSL_get_pending_cipher(ssl) &&
			    is_group_kept(ssl, host, &client)));
	}
	sk_SSL_CIPHER_free(client.ciphers);
	if (status != TLSPOLICY_OK || kept)
		return status;
	return tlsp_fail(TLSPOLICY_E_TOO_LATE,
	    "the context would have chosen another version, ciphersuite or "
	    "group than the connection has by now: switch in a client-hello "
	    "callback");
}

/* Whether the connection is the context's, as far as can be read. */
static bool
is_there(const struct target *from, const struct state *host)
{
	struct state now;

	tlsp_state_begin(&now, from);
	now.ssl = from->ssl; /* not to be freed */
	return from->ctx == host->target.ctx && tlsp_is_same(&now, host, false);
}

/* After the first step that cannot be undone it goes on, or is closed. */
static int
give(SSL *ssl, const struct state *host)
{
	struct target moved;
	bool spoiled;

	if (SSL_set_SSL_CTX(ssl, host->target.ctx) != host->target.ctx)
		return tlsp_fail(TLSPOLICY_E_OPENSSL,
		    "OpenSSL could not give the connection the context");
	moved = tlsp_target(NULL, ssl);
	if (tlsp_become(&moved, host, false, &spoiled) == TLSPOLICY_OK)
		return TLSPOLICY_OK;
	tlsp_close(&moved);
	return tlsp_fail(TLSPOLICY_E_OPENSSL,
	    "OpenSSL could not make the connection the context's: it is closed "
	    "and completes no handshake now, free it");
}

/* Reads the context, and has its groups as a list that OpenSSL takes. */
static int
read_host(
    const struct target *from, const struct target *to, struct state *host)
{
	int status = tlsp_state_read(host, to, TLSPOLICY_SERVER, V1_3);
	struct settings now;

	if (status != TLSPOLICY_OK)
		return status;
	tlsp_settings_read(from, &now);
	host->settings.options = (now.options & ~OPTIONS_MOVED) |
	    (host->settings.options & OPTIONS_MOVED);
	return tlsp_state_groups(host);
}

static int
move(const struct target *from, const struct target *to)
{
	struct state host;
	int status = read_host(from, to, &host);
	bool late = tlsp_is_late(from), there = late && is_there(from, &host);

	if (status == TLSPOLICY_OK && late && !there)
		status = check_chosen(from, &host);
	if (status == TLSPOLICY_OK && !there)
		status = give(from->ssl, &host);
	tlsp_state_close(&host);
	return status;
}

int
tlspolicy_switch(SSL *ssl, SSL_CTX *ctx)
{
	struct target from, to;
	struct errors errors;
	int status;

	if (ssl == NULL || ctx == NULL)
		return tlsp_fail(TLSPOLICY_E_INVALID, "%s is NULL",
		    ssl == NULL ? "connection" : "context");
	if (!tlsp_errors_begin(&errors))
		return tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
	from = tlsp_target(NULL, ssl);
	to = tlsp_target(ctx, NULL);
	status = check_ends(&from, &to);
	if (status == TLSPOLICY_OK)
		status = move(&from, &to);
	tlsp_errors_end(&errors, status != TLSPOLICY_OK);
	return status;
}

int
tlspolicy_digest(const struct tlspolicy *policy, unsigned char out[32])
{
	char text[TEXT_MAX + 1];
	int len, done, number = errno;

	if (policy == NULL || out == NULL)
		return tlsp_fail(TLSPOLICY_E_INVALID, "%s is NULL",
		    policy == NULL ? "policy" : "out");
	len = tlspolicy_format(policy, text, sizeof(text));
	if (len < 0 || len >= (int)sizeof(text))
		return tlsp_fail(TLSPOLICY_E_INVALID,
		    "the policy's text is longer than what can be parsed");
	done = EVP_Digest(text, (size_t)len, out, NULL, EVP_sha256(), NULL);
	errno = number;
	if (done == 1)
		return TLSPOLICY_OK;
	return tlsp_fail(
	    TLSPOLICY_E_OPENSSL, "OpenSSL failed to compute SHA-256");
}
