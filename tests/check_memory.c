/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL's allocations fail, or with faults_calls.c its functions, the n-th
 * alone or the n-th and all after it: every call then fails and changes
 * nothing, or succeeds as if they had not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/mman.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "faults.h"
#include "memory.h"
#include "peer.h"
#include "runner.h"

int fault_sticky;

_Atomic long *fault_points;

long
fault_stride(long allocations)
{
	const long most = test_tier() == TIER_SHORT ? 5 : 60;

	if (test_tier() == TIER_FULL || allocations <= most)
		return 1;
	return allocations / most;
}

void
assert_failure(const char *row, long n, int status, int clean)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	ck_assert_msg(!faults_are_of_memory || status == clean ||
		status == TLSPOLICY_E_NOMEM || status == TLSPOLICY_E_OPENSSL,
	    "%s: fault %ld: status %d, not %d", row, n, status, clean);
	ck_assert_msg(
	    reason != NULL && strcmp(reason, tlspolicy_strerror(status)) == 0,
	    "%s: fault %ld: the last entry says %s", row, n,
	    reason != NULL ? reason : "nothing");
}

/* What OpenSSL loads once must not be what fails. */
static void
warm_up(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	struct peer_snapshot snapshot;

	if (ctx == NULL || tlspolicy_apply(ctx, "nothing") == TLSPOLICY_OK ||
	    tlspolicy_apply(ctx, "intermediate") != TLSPOLICY_OK)
		abort();
	peer_snapshot(ctx, &snapshot, 1);
	SSL_CTX_free(ctx);
	(void)ERR_reason_error_string(ERR_peek_last_error());
	ERR_clear_error();
}

int
main(void)
{
	Suite *suite = suite_create(faults_kind);
	TCase *tc = tcase_create(faults_kind);
	int status;

	fault_points = mmap(NULL, sizeof(*fault_points), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (fault_points == MAP_FAILED || !faults_install())
		return EXIT_FAILURE;
	peer_setup();
	warm_up();
	tcase_set_timeout(tc, test_tier() == TIER_FULL ? 600 : 60);
	add_apply(tc);
	add_adopt(tc);
	add_told(tc);
	add_queue(tc);
	suite_add_tcase(suite, tc);
	status = run_suite(suite);
	printf("# %ld fault points\n", *fault_points);
	return status;
}
