/* SPDX-License-Identifier: MIT */
/* tlspolicy list: the built-in profiles, and what a standard asks. */
#include <getopt.h>
#include <stdio.h>

#include "tool.h"

static const struct option options[] = {
	{ "help", no_argument, NULL, OPT_HELP },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "coverage", required_argument, NULL, OPT_COVERAGE },
	{ NULL, 0, NULL, 0 },
};
static const char help[] =
    "usage: tlspolicy list [--coverage PROFILE] [--json]\n"
    "\n"
    "Lists the built-in profiles, each with a line about it.\n"
    "\n"
    "  --coverage PROFILE   instead, what of the standard behind this profile "
    "it\n"
    "                       enforces, what a connection shows, and what is "
    "the\n"
    "                       operator's\n"
    "  --json               as a JSON object, with the policy text of each\n"
    "\n"
    "Exit status: 0 done; 2 an error.\n";

static void
print(const json_t *report)
{
	const json_t *profiles = json_object_get(report, "profiles"), *profile;

	for (size_t i = 0; (profile = json_array_get(profiles, i)) != NULL; i++)
		(void)printf("%-22s %s\n", text_of(profile, "name"),
		    text_of(profile, "summary"));
}

static int
run(const struct arguments *args)
{
	json_t *report, *profiles;

	if (args->opt[OPT_COVERAGE] != NULL)
		return print_coverage(args->opt[OPT_COVERAGE], args);
	report = new_object();
	profiles = new_array();
	for (size_t i = 0; i < tlspolicy_profile_count(); i++) {
		const char *name = tlspolicy_profile_name(i);
		json_t *profile = new_object();

		put(profile, "name", new_text(name));
		put(profile, "summary", new_text(tlspolicy_profile_summary(i)));
		put(profile, "policy", policy_text(tlspolicy_profile(name)));
		add(profiles, profile);
	}
	put(report, "profiles", profiles);
	finish(report, args, print);
	return STATUS_YES;
}

const struct command list_command = { "list", help, options, 0, 0, run };
