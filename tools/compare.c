/* SPDX-License-Identifier: MIT */
/* tlspolicy compare: which of two policies permits more, and what. */
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include "tool.h"

static const struct option options[] = {
	{ "help", no_argument, NULL, OPT_HELP },
	{ "json", no_argument, NULL, OPT_JSON },
	{ NULL, 0, NULL, 0 },
};
static const char help[] =
    "usage: tlspolicy compare [--json] A B\n"
    "\n"
    "Says whether policy A permits the same as B, less (stricter), more "
    "(looser),\n"
    "or each something of its own, and lists what only one of them permits.\n"
    "The order of lists and \"?\" make no difference, nor does preference=.\n"
    "\n"
    "  --json   as a JSON object\n"
    "\n"
    "Exit status: 0 equal; 1 not equal; 2 an error.\n";

/* Whether a list of the policy says anything: TLS 1.3 has no sigalgs in 1.0. */
static bool
counts(const struct tlspolicy *policy, const char *key)
{
	const bool v13 = permits_version(policy, 3);
	const bool v12 = permits_version(policy, 2);
	const bool old =
	    permits_version(policy, 0) || permits_version(policy, 1);

	if (strcmp(key, "ciphers") == 0)
		return old || v12;
	if (strcmp(key, "ciphersuites") == 0)
		return v13;
	return strcmp(key, "groups") == 0 || v12 || v13;
}

/* What a permits of a list and b does not. */
static json_t *
more_of_list(const struct tlspolicy *a, const struct tlspolicy *b,
    const struct list_field *field)
{
	json_t *more = new_array();
	const char *ours = field->get(a), *theirs = field->get(b);
	struct item item;

	if (!counts(a, field->key))
		return more;
	if (!counts(b, field->key))
		theirs = "";
	else if (theirs == NULL)
		return more;
	if (ours == NULL)
		add(more, new_text("all others"));
	while (next_item(&ours, &item))
		if (!list_has(theirs, item.name))
			add(more, new_text(item.name));
	return more;
}

static json_t *
more_versions(const struct tlspolicy *a, const struct tlspolicy *b)
{
	json_t *more = new_array();

	for (int i = 0; i < VERSIONS; i++)
		if (permits_version(a, i) && !permits_version(b, i))
			add(more,
			    new_text(tlspolicy_protocol_name(versions[i])));
	return more;
}

static int
level_of(const struct tlspolicy *policy)
{
	const int level = tlspolicy_get_security_level(policy);

	return level < 0 ? 0 : level;
}

static json_t *
more_of(const struct tlspolicy *a, const struct tlspolicy *b)
{
	json_t *more = new_object(), *list;
	char level[NAME_SIZE];

	list = more_versions(a, b);
	put(more, "versions", list);
	for (int i = 0; i < LISTS; i++)
		put(more, list_fields[i].key,
		    more_of_list(a, b, &list_fields[i]));
	list = new_array();
	if (level_of(a) < level_of(b)) {
		(void)snprintf(level, sizeof(level), "%d", level_of(a));
		add(list, new_text(level));
	}
	put(more, "level", list);
	list = new_array();
	if (tlspolicy_get_renegotiation(a) != 0 &&
	    tlspolicy_get_renegotiation(b) == 0)
		add(list, new_text("on"));
	put(more, "renegotiation", list);
	return more;
}

enum { NAMES_SHOWN = 6 };

/* A line for each key, with so many names at most; `side` comes first. */
static void
print_side(
    FILE *out, const char *lead, const char *side, size_t most, json_t *more)
{
	const json_t *list, *name;

	for (void *it = json_object_iter(more); it != NULL;
	     it = json_object_iter_next(more, it)) {
		list = json_object_iter_value(it);
		if (json_array_size(list) == 0)
			continue;
		(void)fprintf(
		    out, "%s%s: %s=", lead, side, json_object_iter_key(it));
		for (size_t i = 0;
		     i < most && (name = json_array_get(list, i)) != NULL; i++)
			(void)fprintf(out, "%s%s", i > 0 ? ":" : "",
			    json_string_value(name));
		if (json_array_size(list) > most)
			(void)fprintf(
			    out, " and %zu more", json_array_size(list) - most);
		(void)fputc('\n', out);
	}
}

static void
print(const json_t *report)
{
	static const char *const sentences[][2] = {
		{ "equal", "equal: both permit the same" },
		{ "stricter", "stricter: A permits less than B" },
		{ "looser", "looser: A permits more than B" },
		{ "different",
		    "different: each permits what the other does "
		    "not" },
	};

	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++)
		if (strcmp(text_of(report, "result"), sentences[i][0]) == 0)
			(void)puts(sentences[i][1]);
	print_side(
	    stdout, "", "A only", SIZE_MAX, json_object_get(report, "a_only"));
	print_side(
	    stdout, "", "B only", SIZE_MAX, json_object_get(report, "b_only"));
}

/* How far a policy is from the profiles */

/* A version counts for more than a name. */
static size_t
size_of(json_t *more)
{
	size_t size = 0;
	const json_t *list;

	for (void *it = json_object_iter(more); it != NULL;
	     it = json_object_iter_next(more, it)) {
		list = json_object_iter_value(it);
		size += json_array_size(list) *
		    (strcmp(json_object_iter_key(it), "versions") == 0 ? 8 : 1);
	}
	return size;
}

/* What a profile comes to here; NULL: it cannot be had. */
static struct tlspolicy *
profile_here(const struct tlspolicy *profile)
{
	SSL_CTX *ctx = fresh_context();
	struct tlspolicy *policy = NULL;

	if (tlspolicy_apply_ctx(ctx, profile, TLSPOLICY_OVERRIDE) ==
	    TLSPOLICY_OK)
		policy = read_context(ctx);
	ERR_clear_error();
	SSL_CTX_free(ctx);
	return policy;
}

json_t *
nearest_profile(const struct tlspolicy *policy, bool here)
{
	json_t *nearest = json_null(), *beyond, *without;
	size_t least = SIZE_MAX, far;
	struct tlspolicy *own;
	const char *name;

	for (size_t i = 0; (name = tlspolicy_profile_name(i)) != NULL; i++) {
		const struct tlspolicy *profile = tlspolicy_profile(name);

		/* The empty one is nobody's neighbour. */
		if (tlspolicy_get_min_version(profile) == 0)
			continue;
		own = here ? profile_here(profile) : NULL;
		if (here && own == NULL)
			continue;
		beyond = more_of(policy, here ? own : profile);
		without = more_of(here ? own : profile, policy);
		far = size_of(beyond) + size_of(without);
		if (far < least) {
			least = far;
			json_decref(nearest);
			nearest = new_object();
			put(nearest, "profile", new_text(name));
			put(nearest, "beyond", json_incref(beyond));
			put(nearest, "without", json_incref(without));
		}
		json_decref(beyond);
		json_decref(without);
		tlspolicy_free(own);
	}
	return nearest;
}

void
print_nearest(FILE *out, const char *lead, const json_t *nearest)
{
	json_t *beyond = json_object_get(nearest, "beyond");
	json_t *without = json_object_get(nearest, "without");

	if (!json_is_object(nearest))
		return;
	(void)fprintf(out, "%snearest profile: %s%s\n", lead,
	    text_of(nearest, "profile"),
	    size_of(beyond) + size_of(without) == 0 ? ", which permits the same"
						    : "");
	print_side(out, lead, "beyond it", NAMES_SHOWN, beyond);
	print_side(out, lead, "without", NAMES_SHOWN, without);
}

static const char *
result_of(const struct tlspolicy *a, const struct tlspolicy *b)
{
	const bool within = tlspolicy_covers(b, a) == TLSPOLICY_OK;
	const bool around = tlspolicy_covers(a, b) == TLSPOLICY_OK;

	ERR_clear_error();
	if (within && around)
		return "equal";
	if (within || around)
		return within ? "stricter" : "looser";
	return "different";
}

static int
run(const struct arguments *args)
{
	struct tlspolicy *a = read_policy(args->operand[0]);
	struct tlspolicy *b = read_policy(args->operand[1]);
	int status = STATUS_TROUBLE;
	const char *result;
	json_t *report;

	if (a != NULL && b != NULL) {
		result = result_of(a, b);
		report = new_object();
		put(report, "a", policy_text(a));
		put(report, "b", policy_text(b));
		put(report, "result", new_text(result));
		put(report, "a_only", more_of(a, b));
		put(report, "b_only", more_of(b, a));
		finish(report, args, print);
		status = strcmp(result, "equal") == 0 ? STATUS_YES : STATUS_NO;
	}
	tlspolicy_free(a);
	tlspolicy_free(b);
	return status;
}

const struct command compare_command = { "compare", help, options, 2, 2, run };
