/* SPDX-License-Identifier: MIT */
/* Applying a policy: read, plan, become; and what is too late. */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "apply.h"

int
tlsp_check_target(const struct target *target)
{
	if (target->quic && target->ssl != NULL)
		return tlsp_fail(TLSPOLICY_E_METHOD,
		    "a QUIC connection takes no policy of its own: apply it to "
		    "the context");
	if (target->ssl != NULL && !target->dtls &&
	    tlsp_method(SSL_CTX_get_ssl_method(target->ctx)).dtls)
		return tlsp_fail(TLSPOLICY_E_METHOD,
		    "the connection is for TLS, its context for DTLS");
	if (!target->pinned)
		return TLSPOLICY_OK;
	return tlsp_fail(TLSPOLICY_E_METHOD,
	    "the context's method pins it to one version: make it with "
	    "TLS_method(), DTLS_method() or one of their _client_ and "
	    "_server_ forms");
}

/* Connections whose version is chosen, or that have asked for one */

bool
tlsp_is_late(const struct target *target)
{
	SSL *ssl = target->ssl;

	/* The version is open while the method is still one for all of them. */
	return ssl != NULL &&
	    (tlsp_method(SSL_get_ssl_method(ssl)).pinned ||
		(!SSL_is_server(ssl) && !SSL_in_before(ssl)));
}

/* Whether a server can choose no group but the policy's. */
static bool
shares_groups(SSL *ssl, const char *list)
{
	int count = (int)SSL_get_shared_group(ssl, -1);

	for (int i = 0; i < count; i++) {
		int id = (int)SSL_get_shared_group(ssl, i);
		const char *name = tlsp_group_name(ssl, id);

		if (name == NULL ||
		    !tlsp_list_has(list, tlsp_name_own(LIST_GROUPS, name)))
			return false;
	}
	return count > 0;
}

static bool
shares_sigalgs(SSL *ssl, const char *list)
{
	int count =
	    SSL_get_shared_sigalgs(ssl, 0, NULL, NULL, NULL, NULL, NULL);
	const struct name *name;
	unsigned char low, high;

	for (int i = 0; i < count; i++) {
		(void)SSL_get_shared_sigalgs(
		    ssl, i, NULL, NULL, NULL, &low, &high);
		name = tlsp_name_of(
		    LIST_SIGALGS, (uint16_t)((unsigned)high << 8 | low));
		if (name == NULL || !tlsp_list_has(list, name->name))
			return false;
	}
	return count > 0;
}

/*
 * Whether groups and sigalgs are within the policy by what came of the
 * handshake, or by what a server shares with the client.  A client's own cannot
 * be read once they are out: that is too late for any.
 */
static bool
is_offered(SSL *ssl, const struct tlspolicy *policy)
{
	const char *groups = policy->list[LIST_GROUPS];
	const char *sigalgs = policy->list[LIST_SIGALGS];

	if (groups == NULL && sigalgs == NULL)
		return true;
	if (SSL_is_init_finished(ssl))
		return tlspolicy_check(ssl, policy, NULL, 0) == TLSPOLICY_OK;
	return SSL_is_server(ssl) &&
	    (groups == NULL || shares_groups(ssl, groups)) &&
	    (sigalgs == NULL || shares_sigalgs(ssl, sigalgs));
}

/*
 * Whether the level and the ciphers still decide: before TLS 1.3 in a
 * servername callback.  3.2 numbered the states anew, but not their names.
 */
static bool
is_open(SSL *ssl)
{
	return SSL_is_server(ssl) && SSL_version(ssl) != TLS1_3_VERSION &&
	    strcmp(SSL_state_string(ssl), "TRCH") == 0 &&
	    !SSL_session_reused(ssl) && SSL_get_pending_cipher(ssl) == NULL;
}

bool
tlsp_is_same(const struct state *before, const struct state *after, bool open)
{
	const struct settings *a = &before->settings, *b = &after->settings;
	const STACK_OF(SSL_CIPHER) *was = tlsp_state_ciphers(before);
	const STACK_OF(SSL_CIPHER) *will = tlsp_state_ciphers(after);

	return a->min == b->min && a->max == b->max &&
	    a->options == b->options &&
	    tlsp_ciphers_same(was, will, LIST_CIPHERSUITES) &&
	    (open ||
		(a->level == b->level &&
		    tlsp_ciphers_same(was, will, LIST_CIPHERS)));
}

/* Too late for most changes, but not for a policy that needs none of them. */
static int
check_late(const struct target *target, const struct tlspolicy *policy,
    const struct state *before, struct state *after)
{
	SSL *ssl = target->ssl;

	if (tlsp_is_same(before, after, is_open(ssl)) &&
	    is_offered(ssl, policy)) {
		for (int kind = 0; kind < LIST_COUNT; kind++) {
			OPENSSL_free(after->list[kind]);
			after->list[kind] = NULL;
		}
		return TLSPOLICY_OK;
	}
	return tlsp_fail(TLSPOLICY_E_TOO_LATE,
	    "%s: apply before the handshake, or in a client-hello callback",
	    SSL_is_server(ssl) ? "the connection's version is chosen already"
			       : "the connection's ClientHello is out already");
}

/* Read, plan, become */

/*
 * FAIL_IF_STRICTER lets optional items stay out that the context lacks.  Where
 * that leaves nothing, it is the context that is stricter if OVERRIDE would do.
 */
static int
plan_exactly(const struct target *target, const struct tlspolicy *policy,
    struct state *before, struct state *after)
{
	int status = tlsp_plan(
	    target, policy, TLSPOLICY_FAIL_IF_STRICTER, before, after);

	if (status != TLSPOLICY_E_CONFLICT)
		return status;
	tlsp_state_close(after);
	tlsp_state_close(before);
	ERR_clear_error();
	status = tlsp_plan(target, policy, TLSPOLICY_OVERRIDE, before, after);
	if (status != TLSPOLICY_OK)
		return status;
	return tlsp_fail(TLSPOLICY_E_STRICTER,
	    "nothing would be left of what the policy and the context both "
	    "permit: it takes TLSPOLICY_OVERRIDE");
}

static int
run(const struct target *target, const struct tlspolicy *policy, unsigned flags)
{
	bool late = tlsp_is_late(target);
	bool own = policy->list[LIST_CIPHERS] != NULL ||
	    policy->list[LIST_CIPHERSUITES] != NULL;
	struct state before, after;
	int status = flags == TLSPOLICY_FAIL_IF_STRICTER
	    ? plan_exactly(target, policy, &before, &after)
	    : tlsp_plan(target, policy, flags, &before, &after);

	if (status == TLSPOLICY_OK && late)
		status = check_late(target, policy, &before, &after);
	if (status == TLSPOLICY_OK)
		status = tlsp_commit(target, &before, &after, own && !late);
	tlsp_state_close(&after);
	tlsp_state_close(&before);
	return status;
}

/* Whether a list that is to be set is the one that there is. */
static bool
same_offer(
    const struct state *state, const struct state *after, enum list_kind kind)
{
	const struct offer *a = &state->own.list[kind];
	const struct offer *b = &after->own.list[kind];

	return after->list[kind] == NULL ||
	    (a->count == b->count &&
		memcmp(a->code, b->code, a->count * sizeof(a->code[0])) == 0);
}

bool
tlsp_equals(const struct state *state, const struct tlspolicy *policy)
{
	struct state before, after;
	int status = tlsp_plan(
	    &state->target, policy, TLSPOLICY_OVERRIDE, &before, &after);
	bool same = status == TLSPOLICY_OK &&
	    tlsp_is_same(&before, &after, false) &&
	    same_offer(state, &after, LIST_GROUPS) &&
	    same_offer(state, &after, LIST_SIGALGS);

	tlsp_state_close(&after);
	tlsp_state_close(&before);
	return same;
}

bool
tlsp_grants(const struct state *state, const struct tlspolicy *policy)
{
	struct state before, after;
	int status = tlsp_plan(
	    &state->target, policy, TLSPOLICY_OVERRIDE, &before, &after);

	tlsp_state_close(&after);
	tlsp_state_close(&before);
	return status != TLSPOLICY_E_CONFLICT;
}

/* The calls */

static int
apply(SSL_CTX *ctx, SSL *ssl, const struct tlspolicy *policy, unsigned flags)
{
	const unsigned all = TLSPOLICY_OVERRIDE | TLSPOLICY_FAIL_IF_STRICTER;
	struct target target;
	struct errors errors;
	int status;

	if (policy == NULL)
		return tlsp_fail(TLSPOLICY_E_INVALID, "policy is NULL");
	if ((flags & ~all) != 0)
		return tlsp_fail(TLSPOLICY_E_INVALID,
		    "flags 0x%x have bits besides TLSPOLICY_OVERRIDE and "
		    "TLSPOLICY_FAIL_IF_STRICTER",
		    flags);
	if ((status = tlsp_policy_validate(policy, "")) != TLSPOLICY_OK)
		return status;
	if (!tlsp_errors_begin(&errors))
		return tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
	target = tlsp_target(ctx, ssl);
	if ((status = tlsp_check_target(&target)) == TLSPOLICY_OK)
		status = run(&target, policy, flags);
	tlsp_errors_end(&errors, status != TLSPOLICY_OK);
	return status;
}

int
tlspolicy_apply_ctx(
    SSL_CTX *ctx, const struct tlspolicy *policy, unsigned flags)
{
	if (ctx == NULL)
		return tlsp_fail(TLSPOLICY_E_INVALID, "context is NULL");
	return apply(ctx, NULL, policy, flags);
}

int
tlspolicy_apply_ssl(SSL *ssl, const struct tlspolicy *policy, unsigned flags)
{
	if (ssl == NULL)
		return tlsp_fail(TLSPOLICY_E_INVALID, "connection is NULL");
	return apply(NULL, ssl, policy, flags);
}

int
tlspolicy_apply_text(SSL_CTX *ctx, const char *text, unsigned flags)
{
	const struct tlspolicy *profile;
	struct tlspolicy *policy;
	int status;

	if (ctx == NULL)
		return tlsp_fail(TLSPOLICY_E_INVALID, "context is NULL");
	/* Nothing to read, and nothing to copy. */
	if ((profile = tlspolicy_profile(text)) != NULL)
		return tlspolicy_apply_ctx(ctx, profile, flags);
	if ((status = tlspolicy_parse(&policy, text)) != TLSPOLICY_OK)
		return status;
	status = tlspolicy_apply_ctx(ctx, policy, flags);
	tlspolicy_free(policy);
	return status;
}

int
tlspolicy_apply(SSL_CTX *ctx, const char *profile)
{
	return tlspolicy_apply_text(ctx, profile, 0);
}
