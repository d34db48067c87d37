/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

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

int
run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
