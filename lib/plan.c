/* SPDX-License-Identifier: MIT */
/* What a policy makes of a context, before that is touched. */
#include <openssl/objects.h>

#include "apply.h"

static const char *
lowest(const struct plan *plan, unsigned set)
{
	return tlsp_version_name(plan->target->dtls, tlsp_version_lowest(set));
}

/* RFC 6460.  OpenSSL then has lists of its own, whatever is set. */
static int
check_suite_b(const struct plan *plan)
{
	const char *const *list = plan->policy->list;
	const SSL *own = plan->target->ssl;

	if (!tlsp_is_suite_b(own != NULL ? own : plan->after->ssl) ||
	    (list[LIST_CIPHERS] == NULL && list[LIST_GROUPS] == NULL &&
		list[LIST_SIGALGS] == NULL))
		return TLSPOLICY_OK;
	return tlsp_fail(TLSPOLICY_E_CONFLICT,
	    "the context is in Suite B mode, which takes no other ciphers, "
	    "groups or sigalgs");
}

/* Level, renegotiation and preference */

static void
plan_level(struct plan *plan)
{
	int level = plan->policy->level, old = plan->was->level;

	if (level == -1)
		return;
	if (level < old)
		tlsp_plan_note(plan, "security level %d", level);
	if (level > old || plan->weaken)
		plan->after->settings.level = level;
}

static void
plan_options(struct plan *plan)
{
	const struct tlspolicy *policy = plan->policy;
	uint64_t options = plan->was->options;

	options &=
	    ~tlsp_versions_options(plan->target->dtls, plan->after->within);
	if (policy->renegotiation == 0)
		options |= SSL_OP_NO_RENEGOTIATION;
	if (policy->renegotiation == 1 &&
	    (options & SSL_OP_NO_RENEGOTIATION) != 0) {
		tlsp_plan_note(plan, "renegotiation");
		if (plan->weaken)
			options &= ~(uint64_t)SSL_OP_NO_RENEGOTIATION;
	}
	if (policy->preference == 1)
		options |= SSL_OP_CIPHER_SERVER_PREFERENCE;
	else if (policy->preference == 0)
		options &= ~(uint64_t)SSL_OP_CIPHER_SERVER_PREFERENCE;
	plan->after->settings.options = options;
}

/* Versions */

static unsigned
between(const struct plan *plan, int min, int max)
{
	return tlsp_versions_between(min, max) &
	    tlsp_versions_of(plan->target->dtls, plan->target->quic);
}

/* What it takes to have TLS 1.0 or 1.1. */
static const char *
remedy(const struct plan *plan)
{
	return plan->policy->level == 0
	    ? "level=0, which the policy has, and TLSPOLICY_OVERRIDE"
	    : "level=0 and TLSPOLICY_OVERRIDE";
}

/* The policy's versions and the context's bounds share none. */
static int
fail_bounds(const struct plan *plan, unsigned permitted, unsigned bounds)
{
	if (bounds == 0)
		return tlsp_fail(TLSPOLICY_E_CONFLICT,
		    "the context's own minimum %s is above its maximum %s",
		    tlsp_version_name(plan->target->dtls, plan->was->min),
		    tlsp_version_name(plan->target->dtls, plan->was->max));
	if (permitted < bounds)
		return tlsp_fail(TLSPOLICY_E_CONFLICT,
		    "nothing in common: the policy ends at %s, the context "
		    "begins at %s (the program's settings or openssl.cnf)",
		    tlsp_plan_highest(plan, permitted), lowest(plan, bounds));
	return tlsp_fail(TLSPOLICY_E_CONFLICT,
	    "nothing in common: the policy begins at %s, the context ends at "
	    "%s (the program's settings or openssl.cnf)",
	    lowest(plan, permitted), tlsp_plan_highest(plan, bounds));
}

/* Why no version is left, in the order in which a person would look. */
static int
fail_versions(const struct plan *plan, unsigned permitted, unsigned within)
{
	unsigned bounds = between(plan, plan->was->min, plan->was->max);
	unsigned spoken, shared = permitted & bounds;
	int status = tlsp_versions_spoken(plan->target, permitted, &spoken);

	if (status != TLSPOLICY_OK)
		return status;
	if (plan->target->quic)
		return tlsp_fail(TLSPOLICY_E_CONFLICT,
		    "nothing in common: QUIC has TLSv1.3 alone, which the "
		    "policy does not permit");
	if (plan->target->dtls && permitted == V1_0)
		return tlsp_fail(TLSPOLICY_E_CONFLICT,
		    "nothing in common: the policy permits TLSv1 alone, which "
		    "has no DTLS equal");
	if (spoken == 0)
		return tlsp_fail(TLSPOLICY_E_UNSUPPORTED,
		    "this OpenSSL speaks none of the policy's versions "
		    "(%s to %s)",
		    lowest(plan, permitted),
		    tlsp_plan_highest(plan, permitted));
	if (shared == 0)
		return fail_bounds(plan, permitted, bounds);
	if (within == 0)
		return tlsp_fail(TLSPOLICY_E_CONFLICT,
		    "nothing in common: SSL_OP_NO_* options of the context "
		    "disable every version that is left of the policy's "
		    "(%s to %s; the program's settings or openssl.cnf)",
		    lowest(plan, shared), tlsp_plan_highest(plan, shared));
	return tlsp_fail(TLSPOLICY_E_CONFLICT,
	    "the context would be at security level %d, which rules out %s "
	    "and older: it takes %s",
	    plan->after->settings.level, tlsp_plan_highest(plan, shared),
	    remedy(plan));
}

/* A floor below TLS 1.2 is granted as it stands or not at all (law 3). */
static int
check_floor(const struct plan *plan, unsigned spoken, int max)
{
	unsigned floor = tlsp_version_bit(tlsp_version_lowest(spoken));
	unsigned above = tlsp_versions_between(plan->was->min, 0);
	int level = plan->after->settings.level;
	const char *name;

	/* With nothing to grant it in, OVERRIDE would not help. */
	if (plan->policy->min_version == 0 || (floor & VERSIONS_OLD) == 0 ||
	    (floor & plan->after->within) != 0 ||
	    (tlsp_versions_between(0, max) & ~(floor - 1)) == 0)
		return TLSPOLICY_OK;
	name = lowest(plan, floor);
	if ((tlsp_versions_killed(level) & floor) != 0)
		return tlsp_fail(TLSPOLICY_E_STRICTER,
		    "the policy's minimum %s is refused: the context would be "
		    "at security level %d, which rules it out: it takes %s",
		    name, level, remedy(plan));
	if ((above & floor) == 0)
		return tlsp_fail(TLSPOLICY_E_STRICTER,
		    "the policy's minimum %s is refused: the context begins at "
		    "%s (the program's settings or openssl.cnf): it takes %s",
		    name, lowest(plan, above), remedy(plan));
	return tlsp_fail(TLSPOLICY_E_STRICTER,
	    "the policy's minimum %s is refused: SSL_OP_NO_* options of the "
	    "context cut it off (the program's settings or openssl.cnf): it "
	    "takes %s",
	    name, remedy(plan));
}

static void
plan_bounds(struct plan *plan, unsigned bounds)
{
	const struct tlspolicy *policy = plan->policy;
	int low = tlsp_version_lowest(plan->after->within);
	int high = tlsp_version_highest(bounds & ~policy->disabled);
	bool ssl3 = !plan->target->dtls && tlsp_speaks_ssl3() &&
	    plan->was->min <= SSL3_VERSION &&
	    (plan->was->options & SSL_OP_NO_SSLv3) == 0;

	/* What needs no change stays: 0 goes on meaning "what there is". */
	if (plan->target->quic)
		return;
	if (policy->min_version != 0 || ssl3 ||
	    (plan->before->within & (tlsp_version_bit(low) - 1)) != 0)
		plan->after->settings.min = low;
	/* A DTLS 1.3 of which this library knows nothing is ruled out, too. */
	if (policy->max_version != 0 || high < tlsp_version_highest(bounds) ||
	    (plan->target->dtls && (tlsp_policy_versions(policy) & V1_3) == 0))
		plan->after->settings.max = high;
}

/* The stricter bounds; with OVERRIDE the policy's, where it has any. */
static void
choose_bounds(const struct plan *plan, int *min, int *max)
{
	const struct tlspolicy *policy = plan->policy;

	*min = tlsp_larger(policy->min_version, plan->was->min);
	*max = tlsp_stricter_max(policy->max_version, plan->was->max);
	if (plan->weaken && policy->min_version != 0)
		*min = policy->min_version;
	if (plan->weaken && policy->max_version != 0)
		*max = policy->max_version;
}

static int
plan_versions(struct plan *plan)
{
	const struct tlspolicy *policy = plan->policy;
	unsigned permitted = tlsp_policy_versions(policy);
	bool named = policy->min_version != 0 || policy->max_version != 0 ||
	    policy->disabled != 0;
	unsigned bounds, within, enabled, spoken, more;
	int min, max, status;

	choose_bounds(plan, &min, &max);
	bounds = between(plan, min, max);
	within = bounds & ~policy->disabled;
	if (!plan->weaken || !named)
		within &= ~tlsp_versions_disabled(
		    plan->target->dtls, plan->was->options);
	enabled = within & ~tlsp_versions_killed(plan->after->settings.level);
	status = tlsp_versions_spoken(plan->target,
	    enabled | (policy->min_version != 0 ? permitted : 0), &spoken);
	if (status != TLSPOLICY_OK)
		return status;
	plan->after->within = tlsp_versions_highest_run(enabled & spoken);
	status = check_floor(plan, permitted & spoken, max);
	if (status != TLSPOLICY_OK)
		return status;
	if (plan->after->within == 0)
		return fail_versions(plan, permitted, within);
	more = plan->after->within & ~plan->before->within;
	if (more != 0)
		tlsp_plan_note(plan, "%s", tlsp_plan_highest(plan, more));
	plan_bounds(plan, bounds);
	return TLSPOLICY_OK;
}

/* What is left of the versions has to complete a handshake */

/*
 * The versions that the policy takes away and that could complete: those that
 * the level kills do on OpenSSL 3.0 where a client's first cipher is one of
 * static RSA, which has no signature.
 */
static unsigned
lost(const struct plan *plan)
{
	const STACK_OF(SSL_CIPHER) *ciphers = plan->before->ciphers;
	unsigned lost = plan->before->within & ~plan->after->within;

	for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
		const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(ciphers, i);

		if ((tlsp_cipher_versions(cipher) & VERSIONS_OLD) == 0)
			continue;
		if (SSL_CIPHER_get_kx_nid(cipher) == NID_kx_rsa)
			return lost;
		break;
	}
	return lost & ~tlsp_versions_killed(plan->was->level);
}

/*
 * Whether the policy can have changed what the context's own lists are good
 * for: it has lists, a higher level or version, or takes a version away that
 * could complete.  To hear these lists takes longer than all the rest.
 */
static bool
matters(const struct plan *plan)
{
	for (int i = 0; i < LIST_COUNT; i++) {
		if (plan->policy->list[i] != NULL)
			return true;
	}
	return plan->after->settings.level > plan->was->level ||
	    (plan->after->within & ~plan->before->within) != 0 ||
	    lost(plan) != 0;
}

/* Puts the scratch connection under what is planned of numbers. */
static int
begin_after(struct plan *plan)
{
	const char *const *list = plan->policy->list;
	struct state *after = plan->after;

	SSL_set_security_level(after->ssl, after->settings.level);
	SSL_clear_options(after->ssl, SSL_OP_NO_SSL_MASK);
	if (!TWICE(tlsp_set_bounds(&plan->scratch,
		tlsp_version_lowest(after->within),
		tlsp_version_highest(after->within))))
		return tlsp_fail(TLSPOLICY_E_OPENSSL,
		    "OpenSSL failed to set the version bounds");
	after->spoken = after->enabled = after->within;
	return plan->compares &&
		(list[LIST_GROUPS] != NULL || list[LIST_SIGALGS] != NULL)
	    ? tlsp_state_hear(after)
	    : TLSPOLICY_OK;
}

static int
fail_usable(const struct plan *plan, enum tlspolicy_verdict verdict,
    enum list_kind kind)
{
	const char *top = tlsp_plan_highest(plan, plan->after->within);
	int level = plan->after->settings.level;
	const char *key = tlsp_list_key(kind);

	if (verdict == TLSPOLICY_NO_CIPHER)
		return tlsp_fail(TLSPOLICY_E_CONFLICT,
		    "no cipher would be left for %s at security level %d, and "
		    "OpenSSL then fails every handshake: add %s",
		    top, level,
		    (plan->after->within & V1_3) != 0
			? "ciphersuites, or lower level or max"
			: "ciphers or sigalgs, or lower level");
	return tlsp_fail(TLSPOLICY_E_CONFLICT,
	    "the %s own %s have none for %s and its ciphers at security level "
	    "%d: set other %s in the policy",
	    plan->policy->list[kind] != NULL ? "policy's" : "context's", key,
	    top, level, key);
}

/*
 * Law 5.  What the context's own lists have kept from completing before, and
 * the policy has nothing to do with, may stay so.
 */
static int
check_role(const struct plan *plan, enum tlspolicy_role role)
{
	enum tlspolicy_verdict verdict = tlsp_usable(plan->after, role), old;
	enum list_kind kind =
	    verdict == TLSPOLICY_NO_GROUP ? LIST_GROUPS : LIST_SIGALGS;
	struct state was;
	int status;

	if (verdict < TLSPOLICY_NO_CIPHER || verdict > TLSPOLICY_NO_SIGALG)
		return TLSPOLICY_OK;
	if (verdict != TLSPOLICY_NO_CIPHER &&
	    plan->policy->list[kind] == NULL) {
		status =
		    tlsp_state_read(&was, plan->target, TLSPOLICY_CLIENT, 0);
		old = status == TLSPOLICY_OK ? tlsp_usable(&was, role)
					     : TLSPOLICY_AVAILABLE;
		tlsp_state_close(&was);
		if (status != TLSPOLICY_OK || old == TLSPOLICY_NO_GROUP ||
		    old == TLSPOLICY_NO_SIGALG)
			return status;
	}
	status = tlsp_check_memory();
	return status == TLSPOLICY_OK ? fail_usable(plan, verdict, kind)
				      : status;
}

/*
 * What is cheap to hear of the signature algorithms is enough mostly: more of
 * them never keep a handshake from completing.
 */
static int
check_usable(const struct plan *plan)
{
	struct state *after = plan->after;
	int status = tlsp_state_offer(after);
	bool part = !after->heard;

	if (status == TLSPOLICY_OK && part &&
	    after->list[LIST_GROUPS] != NULL) {
		if (after->list[LIST_SIGALGS] == NULL) {
			tlsp_hello_signers(
			    after->ssl, &after->own.list[LIST_SIGALGS]);
			tlsp_state_serve(after);
		}
		after->heard = true;
	} else if (status == TLSPOLICY_OK && part && matters(plan)) {
		status = tlsp_state_hear(after);
	}
	for (enum tlspolicy_role role = TLSPOLICY_CLIENT;
	     status == TLSPOLICY_OK && role <= TLSPOLICY_SERVER; role++) {
		/* For QUIC both are one; to ask makes a connection. */
		if (plan->target->quic ? role == TLSPOLICY_SERVER
				       : tlsp_lacks(plan->target, role))
			continue;
		if (part && tlsp_usable(after, role) == TLSPOLICY_AVAILABLE)
			continue;
		if (part)
			status = tlsp_state_hear(after);
		part = false;
		if (status == TLSPOLICY_OK)
			status = check_role(plan, role);
	}
	return status;
}

/* All of it */

/* Of `before` there is what one can go back to. */
static int
begin(struct plan *plan)
{
	const struct target *target = plan->target;
	struct state *before = plan->before, *after = plan->after;
	int status = tlsp_state_open(after, target);

	tlsp_state_begin(before, target);
	if (status != TLSPOLICY_OK)
		return status;
	plan->scratch = tlsp_target_on(target, after->ssl);
	before->ciphers = sk_SSL_CIPHER_dup(tlsp_ciphers(target));
	if (before->ciphers == NULL)
		return tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
	before->within = between(plan, plan->was->min, plan->was->max) &
	    ~tlsp_versions_disabled(target->dtls, plan->was->options);
	return check_suite_b(plan);
}

int
tlsp_plan(const struct target *target, const struct tlspolicy *policy,
    unsigned flags, struct state *before, struct state *after)
{
	struct plan plan = {
		.policy = policy,
		.weaken = flags != 0,
		.exact = flags == TLSPOLICY_FAIL_IF_STRICTER,
		.compares = (flags & TLSPOLICY_OVERRIDE) == 0,
		.target = target,
		.was = &before->settings,
		.before = before,
		.after = after,
	};
	int status = begin(&plan);

	if (status == TLSPOLICY_OK) {
		plan_level(&plan);
		status = plan_versions(&plan);
	}
	if (status == TLSPOLICY_OK) {
		plan_options(&plan);
		status = begin_after(&plan);
	}
	if (status == TLSPOLICY_OK)
		status = tlsp_plan_lists(&plan);
	if (status == TLSPOLICY_OK)
		status = check_usable(&plan);
	if (status == TLSPOLICY_OK && plan.stricter[0] != '\0')
		status = tlsp_fail(TLSPOLICY_E_STRICTER,
		    "the policy permits %s, the context does not: it takes "
		    "TLSPOLICY_OVERRIDE",
		    plan.stricter);
	return status;
}
