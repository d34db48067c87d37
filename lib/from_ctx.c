/* SPDX-License-Identifier: MIT */
/* What a context permits, as a policy, and held against another policy. */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/objects.h>

#include "internal.h"

/*
 * The ciphers and suites that the security level lets through.  If `curves` is
 * false, none is left that needs a group before TLS 1.3; `cut` says whether
 * there were some.
 */
static STACK_OF(SSL_CIPHER) *
ciphers_allowed(const struct state *state, bool curves, bool *cut)
{
	const STACK_OF(SSL_CIPHER) *all = SSL_get_ciphers(state->ssl);
	STACK_OF(SSL_CIPHER) *allowed = sk_SSL_CIPHER_new_null();

	for (int i = 0; allowed != NULL && i < sk_SSL_CIPHER_num(all); i++) {
		const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(all, i);
		int kx = SSL_CIPHER_get_kx_nid(cipher);
		bool curve = kx == NID_kx_ecdhe || kx == NID_kx_ecdhe_psk;

		*cut = *cut || (curve && !curves);
		if ((state->target.quic && !tlsp_is_for_quic(cipher)) ||
		    (curve && !curves))
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

/*
 * Those that the security level leaves to a role of the method.  A hole is
 * shown as it stands, whatever the level does to what is below it: OpenSSL's
 * client goes by it all the same.
 */
static unsigned
versions_permitted(
    const struct state *state, const STACK_OF(SSL_CIPHER) *ciphers)
{
	unsigned set = state->within, left = 0;

	if (tlsp_versions_lowest_run(set) != set)
		return set;
	set &= tlsp_ciphers_versions(ciphers);
	for (enum tlspolicy_role role = TLSPOLICY_CLIENT;
	     role <= TLSPOLICY_SERVER; role++) {
		if (tlsp_lacks(&state->target, role))
			continue;
		for (unsigned bit = 1; bit < VERSIONS_ALL; bit <<= 1) {
			if ((set & ~left & bit) != 0 &&
			    tlsp_verdict(state, role, bit) !=
				TLSPOLICY_SECURITY_LEVEL)
				left |= bit;
		}
	}
	return left;
}

/*
 * Of what is permitted, what a policy can grant: no version that the level
 * rules out, although 3.0's client completes it with static RSA, and none that
 * no group serves.  A role that completes nothing is not what a context is for.
 * `dead` says that there is one: a lower maximum can bring it to life.
 */
static unsigned
versions_granted(const struct state *state, unsigned set, unsigned served,
    bool cut, bool *dead)
{
	unsigned top = tlsp_version_bit(tlsp_version_highest(state->enabled));
	unsigned all = VERSIONS_ALL, any = 0, usable;

	set &= ~tlsp_versions_killed(state->settings.level);
	if ((served & V1_3) == 0)
		set &= ~V1_3;
	if ((set & V1_3) != 0 && (served & VERSIONS_TO_1_2) == 0)
		set = V1_3;
	/* A list that is empty cannot be told, and unset it would be wider. */
	if (state->own.list[LIST_SIGALGS].count == 0)
		set &= VERSIONS_OLD;
	for (enum tlspolicy_role role = TLSPOLICY_CLIENT;
	     role <= TLSPOLICY_SERVER; role++) {
		if (tlsp_lacks(&state->target, role))
			continue;
		usable = set & tlsp_usable_versions(state, role);
		/* A peer may choose what is cut here, and fail. */
		if (cut && role == TLSPOLICY_CLIENT)
			usable &= V1_3;
		any |= usable;
		if (usable == 0)
			*dead = true;
		else
			all &= usable;
	}
	return any == 0 ? 0 : (set & top) == 0 ? set & all : set;
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

/* `beside` is of no use to any cipher, but a policy has to name one. */
static int
put_offer(struct tlspolicy *out, enum list_kind kind, const struct state *state,
    const char *beside)
{
	struct item item = { .name = beside, .len = strlen(beside) };
	char list[OFFER_SIZE];

	tlsp_state_join(state, kind, false, list);
	if (item.len > 0)
		(void)tlsp_list_append(list, sizeof(list), &item, false);
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
	/* Suite B follows the server's order, whatever the option says. */
	out->preference =
	    (settings->options & SSL_OP_CIPHER_SERVER_PREFERENCE) != 0 ||
	    tlsp_is_suite_b(state->ssl);
}

static int
put_view(struct tlspolicy *out, const struct state *state, bool grant)
{
	unsigned served = tlsp_state_served(state, LIST_GROUPS), set;
	bool dead = false, cut = false;
	STACK_OF(SSL_CIPHER) *allowed = ciphers_allowed(
	    state, !grant || (served & VERSIONS_TO_1_2) != 0, &cut);
	int status;

	if (allowed == NULL)
		return tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
	set = versions_permitted(state, allowed);
	grant = grant && !state->target.quic &&
	    tlsp_versions_lowest_run(set) == set;
	if (grant)
		set = versions_granted(state, set, served, cut, &dead);
	put_versions(out, set);
	put_numbers(out, state);
	status = put_ciphers(out, LIST_CIPHERS, state, allowed);
	if (status == TLSPOLICY_OK)
		status = put_ciphers(out, LIST_CIPHERSUITES, state, allowed);
	if (status == TLSPOLICY_OK && !state->target.quic)
		status = put_offer(out, LIST_GROUPS, state,
		    grant && set != 0 && (set & served) == 0 ? "secp521r1"
							     : "");
	if (status == TLSPOLICY_OK && !state->target.quic)
		status = put_offer(out, LIST_SIGALGS, state, "");
	if (status == TLSPOLICY_OK && dead && set != 0 &&
	    !tlsp_is_suite_b(state->ssl) && !tlsp_grants(state, out))
		put_versions(out, 0);
	sk_SSL_CIPHER_free(allowed);
	return status;
}

int
tlsp_policy_of(struct tlspolicy **out, const struct state *state, bool grant)
{
	int status;

	if ((*out = tlspolicy_new()) == NULL)
		return tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
	status = put_view(*out, state, grant);
	if (status == TLSPOLICY_OK)
		status = tlsp_check_memory();
	if (status != TLSPOLICY_OK) {
		tlspolicy_free(*out);
		*out = NULL;
	}
	return status;
}

static int
read_ctx(struct tlspolicy **out, SSL_CTX *ctx, bool grant)
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
	status = tlsp_state_read(&state, &target, TLSPOLICY_CLIENT, 0);
	if (status == TLSPOLICY_OK)
		status = tlsp_policy_of(out, &state, grant);
	tlsp_state_close(&state);
	tlsp_errors_end(&errors, status != TLSPOLICY_OK);
	return status;
}

int
tlspolicy_from_ctx(struct tlspolicy **out, SSL_CTX *ctx)
{
	return read_ctx(out, ctx, true);
}

int
tlspolicy_audit(SSL_CTX *ctx, const struct tlspolicy *policy)
{
	struct tlspolicy *permitted, known;
	int status;

	if (policy == NULL)
		return tlsp_fail(TLSPOLICY_E_INVALID, "policy is NULL");
	status = read_ctx(&permitted, ctx, false);
	if (permitted == NULL)
		return status;
	known = *policy;
	/* Of an empty list, or one out of reach, nothing is too much. */
	for (int kind = 0; kind < LIST_COUNT; kind++) {
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): set */
		if (permitted->list[kind] == NULL)
			known.list[kind] = NULL;
	}
	status = tlsp_covers(&known, "the policy", permitted, "the context");
	tlspolicy_free(permitted);
	return status;
}
