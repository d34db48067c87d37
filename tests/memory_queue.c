/* SPDX-License-Identifier: MIT */
/*
 * The caller's error queue cannot be set aside, or its marks not kept: nothing
 * is done.
 */
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "faults.h"
#include "memory.h"
#include "peer.h"
#include "release.h"
#include "runner.h"

static struct tlspolicy *policy;

static int
queue_apply(SSL_CTX *ctx, SSL *ssl)
{
	(void)ssl;
	return tlspolicy_apply_ctx(ctx, policy, TLSPOLICY_OVERRIDE);
}

static int
queue_apply_ssl(SSL_CTX *ctx, SSL *ssl)
{
	(void)ctx;
	return tlspolicy_apply_ssl(ssl, policy, TLSPOLICY_OVERRIDE);
}

static int
queue_from_ctx(SSL_CTX *ctx, SSL *ssl)
{
	struct tlspolicy *out = policy;
	int status = tlspolicy_from_ctx(&out, ctx);

	(void)ssl;
	ck_assert_ptr_null(out);
	return status;
}

static int
queue_audit(SSL_CTX *ctx, SSL *ssl)
{
	(void)ssl;
	return tlspolicy_audit(ctx, policy);
}

static int
queue_inspect(SSL_CTX *ctx, SSL *ssl)
{
	(void)ssl;
	return tlspolicy_inspect(ctx, TLSPOLICY_CLIENT, TLS1_2_VERSION);
}

static BIO *page;

static int
queue_describe(SSL_CTX *ctx, SSL *ssl)
{
	(void)ssl;
	return tlspolicy_describe(ctx, page);
}

static int
queue_check(SSL_CTX *ctx, SSL *ssl)
{
	(void)ctx;
	return tlspolicy_check(ssl, policy, NULL, 0);
}

static int
queue_explain(SSL_CTX *ctx, SSL *ssl)
{
	char text[16] = "";

	(void)ctx;
	return tlspolicy_explain(ssl, text, sizeof(text));
}

static int
queue_supports(SSL_CTX *ctx, SSL *ssl)
{
	(void)ctx;
	(void)ssl;
	return tlspolicy_openssl_supports(TLS1_2_VERSION) == 0
	    ? TLSPOLICY_E_NOMEM
	    : TLSPOLICY_OK;
}

static const struct {
	const char *name;
	int (*call)(SSL_CTX *ctx, SSL *ssl);
	int quiet; /* it puts no entry on the queue */
} queued[] = {
	{ "apply_ctx", queue_apply, 0 },
	{ "apply_ssl", queue_apply_ssl, 0 },
	{ "from_ctx", queue_from_ctx, 0 },
	{ "audit", queue_audit, 0 },
	{ "inspect", queue_inspect, 0 },
	{ "describe", queue_describe, 0 },
	{ "check", queue_check, 1 },
	{ "explain", queue_explain, 1 },
	{ "openssl_supports", queue_supports, 1 },
};

START_TEST(queue_stays)
{
	const char *name = queued[_i].name;
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	struct peer_snapshot before, after;
	char why[PEER_WHY] = "";
	struct release_entry entry;
	SSL *ssl;
	int status;

	page = BIO_new(BIO_s_null());
	ck_assert(ctx != NULL && page != NULL && peer_use_rsa_2048(ctx));
	ssl = connection(ctx, "ECDHE-RSA-AES128-SHA");
	ck_assert_int_eq(tlspolicy_parse(&policy, "legacy"), TLSPOLICY_OK);
	peer_snapshot(ctx, &before, 0);
	ERR_clear_error();
	release_raise(ERR_LIB_USER, 100, "prior");
	faults_begin(0, 0);
	status = queued[_i].call(ctx, ssl);
	ck_assert_msg(faults_end(), "%s: no fault", name);
	ck_assert_msg(status == TLSPOLICY_E_NOMEM, "%s: %d", name, status);
	if (!queued[_i].quiet)
		assert_failure(name, 0, status, TLSPOLICY_OK);
	entry = release_take_error();
	ck_assert_msg(ERR_GET_REASON(entry.code) == 100 &&
		strcmp(entry.data, "prior") == 0,
	    "%s: the caller's entry is gone", name);
	ck_assert_msg((ERR_get_error() == 0) == queued[_i].quiet,
	    "%s: an entry too many, or none", name);
	peer_snapshot(ctx, &after, 0);
	ck_assert_msg(
	    peer_same(&before, &after, why, sizeof(why)), "%s: %s", name, why);
	tlspolicy_free(policy);
	BIO_free(page);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}
END_TEST

/* The caller's marks too, whatever of numbers alone has to be put back. */
START_TEST(marks_stay)
{
	SSL_CTX *ctx;
	long n;
	int hit = 1, status;

	ck_assert_int_eq(
	    tlspolicy_parse(&policy, policy_of_numbers), TLSPOLICY_OK);
	for (n = 0; hit; n++) {
		ctx = make_context(NARROW);
		release_raise(ERR_LIB_USER, 100, "before the mark");
		ck_assert_int_eq(ERR_set_mark(), 1);
		release_raise(ERR_LIB_USER, 101, "after it");
		faults_begin(n, 0);
		status = queue_apply(ctx, NULL);
		hit = faults_end();
		ck_assert_msg(status == TLSPOLICY_OK ||
			(hit &&
			    (status == TLSPOLICY_E_NOMEM ||
				status == TLSPOLICY_E_OPENSSL)),
		    "fault %ld: status %d", n, status);
		ck_assert_msg(
		    ERR_pop_to_mark() == 1, "fault %ld: no mark is left", n);
		ck_assert_int_eq(ERR_GET_REASON(ERR_peek_last_error()), 100);
		ERR_clear_error();
		SSL_CTX_free(ctx);
	}
	ck_assert_int_gt(n, 2);
	tlspolicy_free(policy);
}
END_TEST

/* Not even the error library can be registered: statuses are all there is. */
START_TEST(never_once)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	struct tlspolicy *out;

	ck_assert_ptr_nonnull(ctx);
	faults_deny_once(1);
	ck_assert_int_eq(
	    tlspolicy_parse(&out, "no such profile"), TLSPOLICY_E_PROFILE);
	ck_assert_ptr_null(out);
	ck_assert(ERR_peek_error() == 0);
	release_raise(ERR_LIB_USER, 100, "prior");
	faults_begin(0, 0);
	ck_assert_int_eq(queue_inspect(ctx, NULL), TLSPOLICY_E_NOMEM);
	(void)faults_end();
	ck_assert_int_eq(ERR_GET_REASON(ERR_peek_last_error()), 100);
	faults_deny_once(0);
	SSL_CTX_free(ctx);
}
END_TEST

void
add_queue(TCase *tc)
{
	add_rows(tc, queue_stays, NELEM(queued));
	tcase_add_test(tc, marks_stay);
	if (!faults_are_of_memory)
		tcase_add_test(tc, never_once);
}
