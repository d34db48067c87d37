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

int
main(void)
{
	Suite *suite = suite_create("threads");
	TCase *tc = tcase_create("threads");

	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, together);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
