/* SPDX-License-Identifier: MIT */
/* What a policy would come to for a client, before it is applied. */
#include <openssl/err.h>
#include <openssl/evp.h>

#include "client.h"

/*
 * Whether this is a client-hello callback: the version is still open, or a
 * HelloRetryRequest has been answered, so that the client's ciphers are known
 * from before and its key share is not.
 */
static bool
is_in_hello(const struct target *target)
{
	SSL *ssl = target->ssl;
	EVP_PKEY *key = NULL;
	bool shared;

	if (target->quic || SSL_client_hello_get0_random(ssl, NULL) == 0)
		return false;
	if (!tlsp_is_late(target))
		return true;
	shared = SSL_get_peer_tmp_key(ssl, &key) == 1;
	EVP_PKEY_free(key);
	return SSL_version(ssl) == TLS1_3_VERSION && !shared &&
	    SSL_get_client_ciphers(ssl) != NULL;
}

static const char *
version_of(const struct state *state, int version)
{
	return tlsp_version_name(state->target.dtls, version);
}

static int
fail_version(const struct state *state, const struct client *client)
{
	const int low = tlsp_version_lowest(state->enabled);
	const int offered = tlsp_version_highest(client->versions);

	if (client->versions == 0)
		return tlsp_fail(TLSPOLICY_E_VIOLATION,
		    "the client offers no version of TLS from TLSv1 on");
	return tlsp_fail(TLSPOLICY_E_VIOLATION,
	    "no version in common: the client ends at %s, the policy begins "
	    "at %s",
	    version_of(state, offered), version_of(state, low));
}

static int
fail_verdict(const struct state *state, enum tlspolicy_verdict verdict)
{
	const int version = tlsp_version_lowest(state->enabled);
	const char *what = "certificate usable with what the client offers";

	if (verdict == TLSPOLICY_NO_CIPHER)
		what = "cipher in common";
	else if (verdict == TLSPOLICY_NO_GROUP)
		what = "group in common";
	else if (verdict == TLSPOLICY_NO_SIGALG)
		what = "signature algorithm in common that fits a certificate";
	else if (verdict == TLSPOLICY_SECURITY_LEVEL)
		what = "signature that the security level permits";
	return tlsp_fail(TLSPOLICY_E_VIOLATION, "no %s for %s", what,
	    version_of(state, version));
}

/* What a client without the extension has before TLS 1.3 (RFC 5246). */
static const struct offer sha1 = { .count = 3,
	.code = { 0x0201, 0x0203, 0x0202 } };

/*
 * Whether the certificate is strong enough that TLS 1.3 takes: that of the
 * first algorithm that fits one.
 */
static bool
is_strong(const struct state *both)
{
	const struct offer *sigalgs = &both->own.list[LIST_SIGALGS];
	SSL *ssl = both->ssl;

	for (size_t i = 0; i < sigalgs->count; i++) {
		long next = SSL_CERT_SET_FIRST;

		if ((sigalgs->serves[i] & V1_3) == 0)
			continue;
		for (; SSL_set_current_cert(ssl, next) == 1;
		     next = SSL_CERT_SET_NEXT) {
			struct certificate it;

			tlsp_certificate_read(ssl, &it);
			if (tlsp_certificate_takes(&it, sigalgs->code[i], true))
				return tlsp_certificate_strong(ssl);
		}
	}
	return true; /* one that this library does not know */
}

/* The state with nothing but what the client has, too, and one version. */
static int
meet(const struct state *state, const struct client *client,
    const struct kinds *kinds, unsigned version)
{
	struct state both = *state;
	const struct offer *sigalgs = &client->list[LIST_SIGALGS];
	const bool first = tlsp_ours_first(state);
	enum tlspolicy_verdict verdict;

	both.within = both.enabled = version;
	both.curves = &client->list[LIST_GROUPS];
	if (sigalgs->count == 0 && version != V1_3)
		sigalgs = &sha1;
	tlsp_client_codes(
	    state, LIST_SIGALGS, first, sigalgs, &both.own.list[LIST_SIGALGS]);
	tlsp_client_codes(state, LIST_GROUPS, first, &client->list[LIST_GROUPS],
	    &both.own.list[LIST_GROUPS]);
	/* Without this extension it cannot be asked for a share, either. */
	if (version == V1_3 && !client->shares)
		both.own.list[LIST_GROUPS].count = 0;
	if ((both.ciphers = tlsp_client_ciphers(state, client)) == NULL)
		return tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
	verdict = kinds->any ? tlsp_verdict(&both, TLSPOLICY_SERVER, version)
			     : tlsp_usable(&both, TLSPOLICY_SERVER);
	sk_SSL_CIPHER_free(both.ciphers);
	if (verdict == TLSPOLICY_AVAILABLE && kinds->any && version == V1_3 &&
	    !is_strong(&both))
		verdict = TLSPOLICY_NO_CERTIFICATE;
	return verdict == TLSPOLICY_AVAILABLE ? TLSPOLICY_OK
					      : fail_verdict(&both, verdict);
}

static int
predict(const struct state *state, const struct client *client)
{
	struct kinds kinds;
	unsigned version = tlsp_client_version(state, client, &kinds);

	if (version == 0)
		return fail_version(state, client);
	if (tlsp_client_fell_back(state, client, version))
		return tlsp_fail(TLSPOLICY_E_VIOLATION,
		    "the client says by FALLBACK_SCSV that it has lowered its "
		    "maximum, and the policy has a higher version");
	return meet(state, client, &kinds, version);
}

static int
would_accept(const struct target *from, const struct tlspolicy *policy)
{
	const struct target target = tlsp_target(from->ctx, NULL);
	int status = tlsp_policy_validate(policy, "");
	struct state before, after;
	struct client client;

	if (status == TLSPOLICY_OK)
		status = tlsp_check_target(&target);
	if (status != TLSPOLICY_OK)
		return status;
	status =
	    tlsp_plan(&target, policy, TLSPOLICY_OVERRIDE, &before, &after);
	if (status == TLSPOLICY_OK &&
	    (after.list[LIST_GROUPS] == NULL ||
		after.list[LIST_SIGALGS] == NULL))
		status = tlsp_state_hear(&after);
	if (status == TLSPOLICY_OK) {
		status = tlsp_client_read(from, &client);
		if (status == TLSPOLICY_OK)
			status = predict(&after, &client);
		sk_SSL_CIPHER_free(client.ciphers);
		if (status == TLSPOLICY_E_VIOLATION &&
		    tlsp_check_memory() != TLSPOLICY_OK)
			status = TLSPOLICY_E_NOMEM;
	}
	tlsp_state_close(&after);
	tlsp_state_close(&before);
	return status;
}

int
tlspolicy_would_accept(
    SSL *ssl, const struct tlspolicy *policy, char *why, size_t size)
{
	struct target target;
	struct errors errors;
	int status;

	if (why != NULL && size > 0)
		why[0] = '\0';
	if (ssl == NULL || policy == NULL || !tlsp_errors_begin(&errors))
		return ssl == NULL || policy == NULL ? TLSPOLICY_E_INVALID
						     : TLSPOLICY_E_NOMEM;
	target = tlsp_target(NULL, ssl);
	status = is_in_hello(&target)
	    ? would_accept(&target, policy)
	    : tlsp_fail(TLSPOLICY_E_INVALID,
		  "this is no client-hello callback of the connection");
	if (status != TLSPOLICY_OK && why != NULL)
		(void)tlspolicy_error_text(why, size);
	tlsp_errors_end(&errors, false);
	return status;
}
