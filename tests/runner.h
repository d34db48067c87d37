/* SPDX-License-Identifier: MIT */
#ifndef TESTS_RUNNER_H
#define TESTS_RUNNER_H

#include <stdio.h>

#include <check.h>

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/*
 * How much of an enumerated space to run, from TLSPOLICY_TIER: "short" (under
 * valgrind), "normal" (the default) or "full" (make check-exhaustive).
 */
enum tier { TIER_SHORT, TIER_NORMAL, TIER_FULL };
enum tier test_tier(void);

/* Leaves a test for what this release does not have; tests/matrix.sh counts. */
#define SKIP_TEST(reason) \
	do { \
		printf("# SKIPPED: %s\n", reason); \
		return; \
	} while (0)

/* A test for each row of a table. */
void add_rows(TCase *tcase, const TTest *test, size_t count);

/* Runs the suite and writes TAP to standard output; main()'s exit status. */
int run_suite(Suite *suite);
/* The same for one that this OpenSSL lacks what it tests. */
int skip_suite(const char *name, const char *reason);

#endif
