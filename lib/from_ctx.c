/* SPDX-License-Identifier: MIT */
/* What a context permits, as a policy, and held against another policy. */
#include <openssl/crypto.h>

#include "internal.h"

/* The ciphers and suites that the security level lets through. */
static STACK_OF(SSL_CIPHER) *
ciphers_allowed(const struct state *state)
{
	const STACK_OF(SSL_CIPHER) *all = SSL_get_ciphers(state->ssl);
	STACK_OF(SSL_CIPHER) *allowed = sk_SSL_CIPHER_new_null();

	for (int i = 0; allowed != NULL && i < sk_SSL_CIPHER_num(all); i++) {
		const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(all, i);

		if (state->target.quic && !tlsp_is_for_quic(cipher))
			continue;
		/* A client asks for the one, a server for the other. */
		if (!tlsp_cipher_allowed(
			state->ssl, SSL_SECOP_CIPHER_SUPPORTED, cipher) &&
		    !tlsp_cipher_allowed(
			state->ssl, SSL_SECOP_CIPHER_SHARED, cipher))
			continue;
		if (sk_SSL_CIPHER_push(allowed, cipher) <= 0) {
			sk_SSL_CIPHER_free(allowed);
			return NULL;
		}
	}
	return allowed;
}

/* Whether the security level leaves a version to a role of the method. */
static bool
is_permitted(const struct state *state, unsigned bit)
{
	for (enum tlspolicy_role role = TLSPOLICY_CLIENT;
	     role <= TLSPOLICY_SERVER; role++) {
		if (!tlsp_lacks(&state->target, role) &&
		    tlsp_verdict(state, role, bit) != TLSPOLICY_SECURITY_LEVEL)
			return true;
	}
	return false;
}

/*
 * A hole is shown as it stands, whatever the level does to what is below it:
 * OpenSSL's client goes by it all the same.
 */
static unsigned
versions_permitted(
    const struct state *state, const STACK_OF(SSL_CIPHER) *ciphers)
{
	unsigned set = state->within;

	if (tlsp_versions_lowest_run(set) != set)
		return set;
	set &= tlsp_ciphers_versions(ciphers);
	for (unsigned bit = 1; bit < VERSIONS_ALL; bit <<= 1) {
		if ((set & bit) != 0 && !is_permitted(state, bit))
			set &= ~bit;
	}
	return set;
}

static void
put_versions(struct tlspolicy *out, unsigned set)
{
	unsigned ends = set == 0 ? VERSIONS_ALL : set;

	out->min_version = tlsp_version_lowest(ends);
	out->max_version = tlsp_version_highest(ends);
	out->disabled =
	    tlsp_versions_between(out->min_version, out->max_version) & ~set;
}

/* Takes over a list; one that is empty cannot be told by any policy. */
static int
put_list(struct tlspolicy *out, enum list_kind kind, char *list)
{
	if (list == NULL)
		return tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
	if (list[0] != '\0')
		list = tlsp_policy_swap_list(out, kind, list);
	OPENSSL_free(list);
	return TLSPOLICY_OK;
}

static int
put_ciphers(struct tlspolicy *out, enum list_kind kind,
    const struct state *state, const STACK_OF(SSL_CIPHER) *allowed)
{
	char *names = tlsp_ciphers_join(allowed, kind);

	/* Where the level leaves none, what it was asked about. */
	if (names != NULL && names[0] == '\0') {
		OPENSSL_free(names);
		names = tlsp_ciphers_join(SSL_get_ciphers(state->ssl), kind);
	}
	return put_list(out, kind, names);
}

static int
put_offer(struct tlspolicy *out, enum list_kind kind, const struct state *state)
{
	char list[OFFER_SIZE];

	tlsp_state_join(state, kind, false, list);
	if (list[0] == '\0')
		tlsp_state_join(state, kind, true, list);
	return put_list(out, kind, OPENSSL_strdup(list));
}

static void
put_numbers(struct tlspolicy *out, const struct state *state)
{
	const struct settings *settings = &state->settings;

	/* OpenSSL takes any int, and means one of these. */
	out->level = settings->level > 5 ? 5 : tlsp_larger(settings->level, 0);
	/* QUIC has none, whatever its options say (RFC 9001, 4.8). */
	out->renegotiation = !state->target.quic &&
	    (settings->options & SSL_OP_NO_RENEGOTIATION) == 0;
	out->preference =
	    (settings->options & SSL_OP_CIPHER_SERVER_PREFERENCE) != 0;
}

static int
put_view(struct tlspolicy *out, const struct state *state)
{
	STACK_OF(SSL_CIPHER) *allowed = ciphers_allowed(state);
	int status;

	if (allowed == NULL)
		return tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
	put_versions(out, versions_permitted(state, allowed));
	put_numbers(out, state);
	status = put_ciphers(out, LIST_CIPHERS, state, allowed);
	if (status == TLSPOLICY_OK)
		status = put_ciphers(out, LIST_CIPHERSUITES, state, allowed);
	if (status == TLSPOLICY_OK && !state->target.quic)
		status = put_offer(out, LIST_GROUPS, state);
	if (status == TLSPOLICY_OK && !state->target.quic)
		status = put_offer(out, LIST_SIGALGS, state);
	sk_SSL_CIPHER_free(allowed);
	return status;
}

int
tlsp_policy_of(struct tlspolicy **out, const struct state *state)
{
	int status;

	if ((*out = tlspolicy_new()) == NULL)
		return tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
	if ((status = put_view(*out, state)) == TLSPOLICY_OK)
		return TLSPOLICY_OK;
	tlspolicy_free(*out);
	*out = NULL;
	return status;
}

/* `quic` says whether groups and sigalgs were out of reach. */
static int
read_ctx(struct tlspolicy **out, SSL_CTX *ctx, bool *quic)
{
	struct target target;
	struct errors errors;
	struct state state;
	int status;

	if (out != NULL)
		*out = NULL;
	if (out == NULL || ctx == NULL)
		return tlsp_fail(TLSPOLICY_E_INVALID, "%s is NULL",
		    out == NULL ? "out" : "context");
	if (!tlsp_errors_begin(&errors))
		return tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
	target = tlsp_target(ctx, NULL);
	*quic = target.quic;
	status = tlsp_state_read(&state, &target, TLSPOLICY_CLIENT, 0);
	if (status == TLSPOLICY_OK)
		status = tlsp_policy_of(out, &state);
	tlsp_state_close(&state);
	if (status == TLSPOLICY_OK &&
	    (status = tlsp_check_memory()) != TLSPOLICY_OK) {
		tlspolicy_free(*out);
		*out = NULL;
	}
	tlsp_errors_end(&errors, status != TLSPOLICY_OK);
	return status;
}

int
tlspolicy_from_ctx(struct tlspolicy **out, SSL_CTX *ctx)
{
	bool quic;

	return read_ctx(out, ctx, &quic);
}

int
tlspolicy_audit(SSL_CTX *ctx, const struct tlspolicy *policy)
{
	struct tlspolicy *permitted, known;
	bool quic = false;
	int status;

	if (policy == NULL)
		return tlsp_fail(TLSPOLICY_E_INVALID, "policy is NULL");
	if ((status = read_ctx(&permitted, ctx, &quic)) != TLSPOLICY_OK)
		return status;
	known = *policy;
	if (quic)
		known.list[LIST_GROUPS] = known.list[LIST_SIGALGS] = NULL;
	status = tlsp_covers(&known, "the policy", permitted, "the context");
	tlspolicy_free(permitted);
	return status;
}
