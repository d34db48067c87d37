/* SPDX-License-Identifier: MIT */
/* Applying a policy: the calls, what is asked first, and what is too late. */
#include <string.h>

#include <openssl/err.h>

#include "apply.h"

/* RFC 6460.  OpenSSL then has lists of its own, whatever is set. */
static int
check_suite_b(const struct job *job)
{
	const char *const *list = job->policy->list;

	long flags = job->target.ssl != NULL
	    ? SSL_set_cert_flags(job->target.ssl, 0)
	    : SSL_CTX_set_cert_flags(job->target.ctx, 0);

	if ((flags & SSL_CERT_FLAG_SUITEB_128_LOS) == 0 ||
	    (list[LIST_CIPHERS] == NULL && list[LIST_GROUPS] == NULL &&
		list[LIST_SIGALGS] == NULL))
		return TLSPOLICY_OK;
	return tlsp_fail(TLSPOLICY_E_CONFLICT,
	    "the context is in Suite B mode, which takes no other ciphers, "
	    "groups or sigalgs");
}

static int
check_target(const struct job *job)
{
	if (job->quic && job->target.ssl != NULL)
		return tlsp_fail(TLSPOLICY_E_METHOD,
		    "a QUIC connection takes no policy of its own: apply it to "
		    "the context");
	if (job->quic || job->transport != TRANSPORT_PINNED)
		return TLSPOLICY_OK;
	return tlsp_fail(TLSPOLICY_E_METHOD,
	    "the context's method pins it to one version: make it with "
	    "TLS_method(), DTLS_method() or one of their _client_ and "
	    "_server_ forms");
}

/* Those that may have to be put back: all, or the suites, which come first. */
static bool
read_ciphers(struct job *job, bool all)
{
	const STACK_OF(SSL_CIPHER) *ciphers = tlsp_ciphers(&job->target);

	if (sk_SSL_CIPHER_num(ciphers) > CIPHERS_MAX)
		return false;
	job->count =
	    all ? sk_SSL_CIPHER_num(ciphers) : tlsp_ciphers_suites(ciphers);
	for (int i = 0; i < job->count; i++)
		job->ciphers[i] = sk_SSL_CIPHER_value(ciphers, i);
	return true;
}

/* Connections whose version is chosen, or that have asked for one */

static bool
is_late(const struct job *job)
{
	SSL *ssl = job->target.ssl;

	/* The version is open while the method is still one for all of them. */
	return ssl != NULL &&
	    (tlsp_transport(SSL_get_ssl_method(ssl)) == TRANSPORT_PINNED ||
		(!SSL_is_server(ssl) && !SSL_in_before(ssl)));
}

/* Whether settings and ciphers are already what a copy's have become. */
static bool
is_same(const struct job *job, const struct target *copy)
{
	const struct settings *a = &job->before, *b = &job->after;
	const STACK_OF(SSL_CIPHER) *become = tlsp_ciphers(copy);

	if (a->min != b->min || a->max != b->max || a->level != b->level ||
	    a->options != b->options || sk_SSL_CIPHER_num(become) != job->count)
		return false;
	for (int i = 0; i < sk_SSL_CIPHER_num(become); i++) {
		if (sk_SSL_CIPHER_value(become, i) != job->ciphers[i])
			return false;
	}
	return true;
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
 * The same for groups and sigalgs, by what came of the handshake, or by what
 * a server shares with the client.  A client's own cannot be read once they
 * are out: that is too late for any.
 */
static bool
is_offered(const struct job *job)
{
	SSL *ssl = job->target.ssl;

	if (job->groups[0] == '\0' && job->sigalgs[0] == '\0')
		return true;
	if (SSL_is_init_finished(ssl))
		return tlspolicy_check(ssl, job->policy, NULL, 0) ==
		    TLSPOLICY_OK;
	return SSL_is_server(ssl) &&
	    (job->groups[0] == '\0' || shares_groups(ssl, job->groups)) &&
	    (job->sigalgs[0] == '\0' || shares_sigalgs(ssl, job->sigalgs));
}

/* Commits to a copy of the target, and says if that made a difference. */
static int
commit_dry(const struct job *job, bool *same)
{
	struct job dry = *job;
	int status;

	dry.target = (struct target){ .ssl = tlsp_scratch(&job->target) };
	if (dry.target.ssl == NULL)
		return tlsp_fail(TLSPOLICY_E_OPENSSL,
		    "OpenSSL could not make a connection of the context");
	status = tlsp_commit(&dry);
	*same = status == TLSPOLICY_OK && is_same(job, &dry.target);
	SSL_free(dry.target.ssl);
	return status;
}

/* Too late for any change, but not for a policy that needs none. */
static int
commit_late(const struct job *job)
{
	bool same = false;
	int status = commit_dry(job, &same);

	if (status != TLSPOLICY_OK || (same && is_offered(job)))
		return status;
	return tlsp_fail(TLSPOLICY_E_TOO_LATE,
	    "%s: apply before the handshake, or in a client-hello callback",
	    SSL_is_server(job->target.ssl)
		? "the connection's version is chosen already"
		: "the connection's ClientHello is out already");
}

/* As far as nothing is changed: numbers, then lists. */

static int
prepare(struct job *job)
{
	int status = check_target(job);

	if (status != TLSPOLICY_OK)
		return status;
	tlsp_settings_read(&job->target, &job->before);
	status = check_suite_b(job);
	return status == TLSPOLICY_OK ? tlsp_plan_settings(job) : status;
}

static int
prepare_lists(struct job *job)
{
	if (!read_ciphers(job, true))
		return tlsp_fail(TLSPOLICY_E_OPENSSL,
		    "the context has over %d ciphers", CIPHERS_MAX);
	if ((job->scratch = tlsp_scratch(&job->target)) == NULL)
		return tlsp_fail(TLSPOLICY_E_OPENSSL,
		    "OpenSSL could not make a connection of the context");
	return tlsp_plan_lists(job);
}

/* Without a word of OpenSSL's, so that the error queue is out of it. */
static bool
apply_numbers(struct job *job, int *status)
{
	for (int kind = 0; kind < LIST_COUNT; kind++) {
		if (job->policy->list[kind] != NULL)
			return false;
	}
	if (job->exact || job->dtls || job->transport != TRANSPORT_TLS ||
	    is_late(job))
		return false;
	tlsp_settings_read(&job->target, &job->before);
	return tlsp_plan_numbers(job) && tlsp_commit_numbers(job, status);
}

/* Most policies want no questions to OpenSSL, and no answers. */
static int
run_plainly(struct job *job, bool *done)
{
	const char *const *list = job->policy->list;

	if (!tlsp_plan_plainly(job) ||
	    ((list[LIST_CIPHERS] != NULL || list[LIST_CIPHERSUITES] != NULL) &&
		!read_ciphers(job, list[LIST_CIPHERS] != NULL)))
		return TLSPOLICY_OK;
	*done = tlsp_commit_plainly(job);
	if (*done)
		return TLSPOLICY_OK;
	ERR_clear_error();
	return tlsp_undo(job, TLSPOLICY_OK);
}

static int
run(struct job *job)
{
	bool late = is_late(job), done = false;
	int status;

	job->groups[0] = job->sigalgs[0] = job->shares[0] = '\0';
	job->stricter[0] = '\0';
	status = prepare(job);
	if (status == TLSPOLICY_OK && !late)
		status = run_plainly(job, &done);
	if (status == TLSPOLICY_OK && !done)
		status = prepare_lists(job);
	if (status != TLSPOLICY_OK || done)
		return status;
	if (late)
		return commit_late(job);
	if ((status = tlsp_commit(job)) != TLSPOLICY_OK)
		status = tlsp_undo(job, status);
	return status;
}

/* Whether a list to come is the context's own. */
static bool
is_own(const struct job *job, enum list_kind kind, const struct offer *own)
{
	const char *list = kind == LIST_GROUPS ? job->groups : job->sigalgs;
	char names[OFFER_SIZE];

	tlsp_offer_join(job->scratch, kind, own, true, names);
	return list[0] == '\0' || strcmp(list, names) == 0;
}

bool
tlsp_ctx_equals(
    SSL_CTX *ctx, const struct view *view, const struct tlspolicy *policy)
{
	struct job job = {
		.target = { .ctx = ctx },
		.ctx = ctx,
		.transport = tlsp_transport(SSL_CTX_get_ssl_method(ctx)),
		.dtls = view->dtls,
		.quic = view->quic,
		.policy = policy,
		.weaken = true,
	};
	bool same = false;

	if (tlsp_policy_validate(policy, "") == TLSPOLICY_OK &&
	    prepare(&job) == TLSPOLICY_OK &&
	    prepare_lists(&job) == TLSPOLICY_OK)
		(void)commit_dry(&job, &same);
	same = same && is_own(&job, LIST_GROUPS, &view->own.groups) &&
	    is_own(&job, LIST_SIGALGS, &view->own.sigalgs);
	SSL_free(job.scratch);
	return same;
}

/* Not the buffers, which would take longer than all the rest. */
static void
begin(struct job *job, const struct target *target,
    const struct tlspolicy *policy, unsigned flags)
{
	job->target = *target;
	job->ctx =
	    target->ssl != NULL ? SSL_get_SSL_CTX(target->ssl) : target->ctx;
	job->transport = tlsp_transport(SSL_CTX_get_ssl_method(job->ctx));
	/* A DTLS connection may have been moved to a context for TLS. */
	job->dtls = (target->ssl != NULL || job->transport != TRANSPORT_TLS) &&
	    tlsp_is_dtls(target);
	job->policy = policy;
	job->weaken = flags != 0;
	job->exact = flags == TLSPOLICY_FAIL_IF_STRICTER;
	job->quic = job->asked = job->spoiled = job->touched = false;
	job->scratch = NULL;
}

static int
apply(
    const struct target *target, const struct tlspolicy *policy, unsigned flags)
{
	const unsigned all = TLSPOLICY_OVERRIDE | TLSPOLICY_FAIL_IF_STRICTER;
	struct errors errors;
	struct job job;
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
	begin(&job, target, policy, flags);
	if (apply_numbers(&job, &status))
		return status;
	if (!tlsp_errors_begin(&errors))
		return tlsp_fail_static(TLSPOLICY_E_NOMEM, "out of memory");
	job.quic = tlsp_is_quic(job.ctx);
	status = run(&job);
	SSL_free(job.scratch);
	tlsp_errors_end(&errors, status != TLSPOLICY_OK);
	return status;
}

int
tlspolicy_apply_ctx(
    SSL_CTX *ctx, const struct tlspolicy *policy, unsigned flags)
{
	if (ctx == NULL)
		return tlsp_fail(TLSPOLICY_E_INVALID, "context is NULL");
	return apply(&(struct target){ .ctx = ctx }, policy, flags);
}

int
tlspolicy_apply_ssl(SSL *ssl, const struct tlspolicy *policy, unsigned flags)
{
	if (ssl == NULL)
		return tlsp_fail(TLSPOLICY_E_INVALID, "connection is NULL");
	return apply(&(struct target){ .ssl = ssl }, policy, flags);
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
