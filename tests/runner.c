/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/opensslv.h>

#include "runner.h"

enum tier
test_tier(void)
{
	const char *tier = getenv("TLSPOLICY_TIER");

	if (tier != NULL && strcmp(tier, "short") == 0)
		return TIER_SHORT;
	if (tier != NULL && strcmp(tier, "full") == 0)
		return TIER_FULL;
	return TIER_NORMAL;
}

static int
is_version(const char *text, const char *version)
{
	static const char name[] = "OpenSSL ";
	const size_t len = strlen(version);

	return strncmp(text, name, sizeof(name) - 1) == 0 &&
	    strncmp(text + sizeof(name) - 1, version, len) == 0 &&
	    !isdigit((unsigned char)text[sizeof(name) - 1 + len]);
}

/*
 * TLSPOLICY_EXPECT="3.0 3.5": these headers, and that library.  A program can
 * be linked with another one than was meant, and pass.
 */
static int
is_expected(void)
{
	const char *expected = getenv("TLSPOLICY_EXPECT");
	char headers[16], runtime[16];

	if (expected == NULL)
		return 1;
	if (sscanf(expected, "%15s %15s", headers, runtime) == 2 &&
	    is_version(OPENSSL_VERSION_TEXT, headers) &&
	    is_version(OpenSSL_version(OPENSSL_VERSION), runtime))
		return 1;
	printf("Bail out! built on %s, run on %s, but meant: %s\n",
	    OPENSSL_VERSION_TEXT, OpenSSL_version(OPENSSL_VERSION), expected);
	return 0;
}

void
add_rows(TCase *tcase, const TTest *test, size_t count)
{
	tcase_add_loop_test(tcase, test, 0, (int)count);
}

int
run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	if (!is_expected())
		return EXIT_FAILURE;
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
skip_suite(const char *name, const char *reason)
{
	if (!is_expected())
		return EXIT_FAILURE;
	printf("1..1\nok 1 - %s # SKIP %s\n", name, reason);
	return EXIT_SUCCESS;
}
