/* SPDX-License-Identifier: MIT */
/*
 * Many threads at once, each with contexts of its own and all with the same
 * const policies: what one of them gets is what it would get alone.  A race
 * shows under ThreadSanitizer, which .ci/run builds this with.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "peer.h"
#include "release.h"
#include "runner.h"

enum { THREADS = 16, TEXT = 8192 };

static struct tlspolicy *shared; /* made before the threads, then const */
static pthread_barrier_t start;

/* A failure that names the thread, to be found on its own queue. */
static int
refused(const char *name)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	const int ok = tlspolicy_apply(ctx, name) == TLSPOLICY_E_PROFILE &&
	    strstr(release_last_error().data, name) != NULL;

	ERR_clear_error();
	SSL_CTX_free(ctx);
	return ok;
}

static int
look(SSL_CTX *ctx, const struct tlspolicy *policy)
{
	struct tlspolicy *permitted = NULL;
	BIO *out = BIO_new(BIO_s_null());
	char text[TEXT];
	const int ok = tlspolicy_audit(ctx, policy) == TLSPOLICY_OK &&
	    tlspolicy_from_ctx(&permitted, ctx) == TLSPOLICY_OK &&
	    tlspolicy_covers(policy, permitted) == TLSPOLICY_OK &&
	    tlspolicy_format(permitted, text, sizeof(text)) > 0 &&
	    tlspolicy_inspect(ctx, TLSPOLICY_CLIENT, TLS1_3_VERSION) ==
		TLSPOLICY_AVAILABLE &&
	    tlspolicy_inspect(ctx, TLSPOLICY_SERVER, TLS1_1_VERSION) ==
		TLSPOLICY_BELOW_MIN &&
	    tlspolicy_describe(ctx, out) == TLSPOLICY_OK;

	BIO_free(out);
	tlspolicy_free(permitted);
	return ok;
}

static int
use(const struct tlspolicy *policy, unsigned flags)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	SSL *ssl = NULL;
	const int ok =
	    tlspolicy_apply_ctx(ctx, policy, flags) == TLSPOLICY_OK &&
	    (ssl = SSL_new(ctx)) != NULL &&
	    tlspolicy_apply_ssl(ssl, policy, flags) == TLSPOLICY_OK &&
	    look(ctx, policy);

	SSL_free(ssl);
	SSL_CTX_free(ctx);
	return ok && ERR_peek_error() == 0;
}

static void *
work(void *arg)
{
	static const int rounds[] = { 2, 10, 100 };
	const unsigned number = *(const unsigned *)arg;
	const struct tlspolicy *const policies[] = { shared,
		tlspolicy_profile("intermediate"),
		tlspolicy_profile("modern@2026") };
	char name[32];
	int ok = 1;

	(void)snprintf(name, sizeof(name), "nobody%u", number);
	(void)pthread_barrier_wait(&start);
	for (int i = 0; ok && i < rounds[test_tier()]; i++)
		ok = refused(name) &&
		    use(policies[(number + (unsigned)i) % 3],
			i % 2 == 0 ? TLSPOLICY_OVERRIDE : 0);
	return ok ? arg : NULL;
}

START_TEST(together)
{
	pthread_t thread[THREADS];
	unsigned number[THREADS];
	void *done;

	ck_assert_int_eq(tlspolicy_parse(&shared, "compat,groups=P-256:P-384"),
	    TLSPOLICY_OK);
	ck_assert_int_eq(pthread_barrier_init(&start, NULL, THREADS), 0);
	for (unsigned i = 0; i < THREADS; i++) {
		number[i] = i;
		ck_assert_int_eq(
		    pthread_create(&thread[i], NULL, work, &number[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(thread[i], &done), 0);
		ck_assert_msg(done != NULL, "thread %u fails", i);
	}
	(void)pthread_barrier_destroy(&start);
	tlspolicy_free(shared);
}
END_TEST

/* Many threads that need the library's number at once, for the first time */

#define FAILING 8
#define ROUNDS  50

static pthread_barrier_t at_once;

struct worker {
	pthread_t thread;
	int library, good;
};

static void *
fail_often(void *arg)
{
	struct worker *worker = arg;
	struct tlspolicy *policy;
	const char *name, *reason;
	unsigned long code;

	(void)pthread_barrier_wait(&at_once);
	for (int i = 0; i < ROUNDS; i++) {
		if (tlspolicy_parse(&policy, "mim=1") != TLSPOLICY_E_SYNTAX)
			return NULL;
		code = ERR_get_error();
		name = ERR_lib_error_string(code);
		reason = ERR_reason_error_string(code);
		if (i == 0)
			worker->library = ERR_GET_LIB(code);
		worker->good += ERR_GET_LIB(code) == worker->library &&
		    name != NULL && strcmp(name, "tlspolicy") == 0 &&
		    reason != NULL &&
		    strcmp(reason, tlspolicy_strerror(TLSPOLICY_E_SYNTAX)) ==
			0 &&
		    ERR_get_error() == 0;
	}
	return NULL;
}

START_TEST(threads_fail_together)
{
	struct worker workers[FAILING] = { 0 };

	ck_assert_int_eq(pthread_barrier_init(&at_once, NULL, FAILING), 0);
	for (int i = 0; i < FAILING; i++)
		ck_assert_int_eq(pthread_create(&workers[i].thread, NULL,
				     fail_often, &workers[i]),
		    0);
	for (int i = 0; i < FAILING; i++)
		ck_assert_int_eq(pthread_join(workers[i].thread, NULL), 0);
	for (int i = 0; i < FAILING; i++) {
		ck_assert_msg(workers[i].good == ROUNDS,
		    "thread %d: %d of %d entries are right", i, workers[i].good,
		    ROUNDS);
		ck_assert_msg(workers[i].library == workers[0].library,
		    "thread %d: library %d, not %d", i, workers[i].library,
		    workers[0].library);
	}
	(void)pthread_barrier_destroy(&at_once);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("threads");
	TCase *tc = tcase_create("threads");
	const int processes = test_tier() == TIER_SHORT ? 3 : 50;

	tcase_set_timeout(tc, 120);
	/* Each in a process that has not asked for the number before. */
	tcase_add_loop_test(tc, threads_fail_together, 0, processes);
	tcase_add_test(tc, together);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
