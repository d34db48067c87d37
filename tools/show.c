/* SPDX-License-Identifier: MIT */
/*
 * tlspolicy show: what a policy becomes on this OpenSSL and host, and what a
 * context of today is as a policy.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include "tool.h"

static const struct option options[] = {
	{ "help", no_argument, NULL, OPT_HELP },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "override", no_argument, NULL, OPT_OVERRIDE },
	{ "openssl-conf", required_argument, NULL, OPT_CONF },
	{ "ciphers", required_argument, NULL, OPT_CIPHERS },
	{ NULL, 0, NULL, 0 },
};
static const char help[] =
    "usage: tlspolicy show [--override] [--json] POLICY\n"
    "       tlspolicy show [--openssl-conf SECTION] [--ciphers LIST] "
    "[--json]\n"
    "\n"
    "Applies POLICY to a fresh SSL_CTX and says of each item what became of "
    "it.\n"
    "Or makes policy text, to be pasted, of what a context has today.\n"
    "\n"
    "  --override              apply with TLSPOLICY_OVERRIDE\n"
    "  --openssl-conf SECTION  of a context configured by a section of "
    "openssl.cnf:\n"
    "                          a name in its ssl_conf section "
    "(SSL_CTX_config)\n"
    "  --ciphers LIST          of a context with this cipher list: "
    "'HIGH:!aNULL'\n"
    "  --json                  as a JSON object\n"
    "\n"
    "OPENSSL_CONF in the environment names another openssl.cnf.\n"
    "Exit status: 0 it can be applied, or pasted; 1 it cannot; 2 an error.\n";

/* A policy, and what it meets. */
struct meeting {
	const struct tlspolicy *policy, *before, *after; /* NULL: it failed */
	bool override;
};

static const char *
state_of(const struct meeting *m, const struct list_field *field,
    const struct item *item)
{
	if (m->after != NULL && list_has(field->get(m->after), item->name))
		return "used";
	if (!openssl_has(field, item->name))
		return item->optional ? "dropped" : "missing";
	if (m->after == NULL)
		return "available";
	return list_has(field->get(m->before), item->name) ? "kept out"
							   : "left out";
}

static json_t *
list_report(const struct meeting *m, const struct list_field *field)
{
	const char *list = field->get(m->policy);
	json_t *items = new_array();
	struct item item;

	while (next_item(&list, &item)) {
		json_t *object = new_object();

		put(object, "name", new_text(item.name));
		put(object, "optional", json_boolean(item.optional));
		put(object, "state", new_text(state_of(m, field, &item)));
		add(items, object);
	}
	return items;
}

static const char *
number_state(const struct meeting *m, const char *policy, const char *result)
{
	if (policy == NULL)
		return "unset";
	if (m->after == NULL)
		return "not applied";
	if (result != NULL && strcmp(policy, result) == 0)
		return "used";
	return m->override ? "limited" : "tightened";
}

/* Disabled versions end up in the bounds. */
static json_t *
number_report(const struct meeting *m, int i)
{
	char a[NAME_SIZE], b[NAME_SIZE], c[NAME_SIZE];
	const char *policy = number_text(m->policy, i, a);
	const char *result =
	    m->after == NULL ? NULL : number_text(m->after, i, b);
	json_t *object = new_object();

	put(object, "key", new_text(number_keys[i]));
	put(object, "policy", new_text(policy));
	put(object, "host", new_text(number_text(m->before, i, c)));
	put(object, "result", new_text(result));
	if (strcmp(number_keys[i], "disable") == 0 && policy != NULL)
		put(object, "state",
		    new_text(m->after == NULL ? "not applied" : "used"));
	else
		put(object, "state", new_text(number_state(m, policy, result)));
	return object;
}

static json_t *
verdicts(SSL_CTX *ctx)
{
	json_t *object = new_object();

	for (int i = 0; i < VERSIONS; i++) {
		const int verdict =
		    tlspolicy_inspect(ctx, TLSPOLICY_CLIENT, versions[i]);

		put(object, tlspolicy_protocol_name(versions[i]),
		    new_text(verdict < 0 ? tlspolicy_strerror(verdict)
					 : tlspolicy_verdict_name(verdict)));
	}
	return object;
}

static void
put_meeting(json_t *report, const struct meeting *m)
{
	json_t *numbers = new_array(), *lists = new_object();

	for (int i = 0; i < NUMBERS; i++)
		add(numbers, number_report(m, i));
	for (int i = 0; i < LISTS; i++)
		if (list_fields[i].get(m->policy) != NULL)
			put(lists, list_fields[i].key,
			    list_report(m, &list_fields[i]));
	put(report, "settings", numbers);
	put(report, "lists", lists);
}

static const char *
meaning_of(const char *state)
{
	static const struct {
		const char *state, *meaning;
	} known[] = {
		{ "used", "used" },
		{ "dropped", "dropped: optional, and not in this OpenSSL" },
		{ "missing", "MISSING: required, and not in this OpenSSL" },
		{ "available", "in this OpenSSL" },
		{ "kept out", "kept out by the security level" },
		{ "left out", "left out: the host's context did not have it" },
		{ "tightened", "tightened by the host" },
		{ "limited", "as far as this OpenSSL and level have it" },
		{ "not applied", "not applied" },
		{ "unset", "unset: the host's stays" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(state, known[i].state) == 0)
			return known[i].meaning;
	return state;
}

/* A context that does not ban it need not answer it. */
static const char *
in_truth(const char *key, const char *value)
{
	if (*value == '\0')
		return "-";
	return strcmp(key, "renegotiation") == 0 && strcmp(value, "on") == 0
	    ? "not banned"
	    : value;
}

static void
print_numbers(const json_t *report)
{
	const char *by_clients = text_of(report, "renegotiation_by_clients");
	const json_t *fields = json_object_get(report, "settings"), *field;

	(void)printf(
	    "\n%-14s %-10s %-10s %s\n", "setting", "policy", "host", "result");
	for (size_t i = 0; (field = json_array_get(fields, i)) != NULL; i++) {
		const char *key = text_of(field, "key");
		const char *policy = text_of(field, "policy");

		(void)printf("%-14s %-10s %-10s %-10s %s%s\n", key,
		    *policy != '\0' ? policy : "-",
		    in_truth(key, text_of(field, "host")),
		    in_truth(key, text_of(field, "result")),
		    meaning_of(text_of(field, "state")),
		    strcmp(key, "renegotiation") == 0 &&
			    strcmp(by_clients, "refused") == 0
			? "; OpenSSL refuses it to clients"
			: "");
	}
}

static void
print_lists(const json_t *report)
{
	json_t *lists = json_object_get(report, "lists"), *items, *item;

	for (void *it = json_object_iter(lists); it != NULL;
	     it = json_object_iter_next(lists, it)) {
		(void)printf("\n%s\n", json_object_iter_key(it));
		items = json_object_iter_value(it);
		for (size_t i = 0; (item = json_array_get(items, i)) != NULL;
		     i++)
			(void)printf("  %-32s %s\n", text_of(item, "name"),
			    meaning_of(text_of(item, "state")));
	}
}

static void
print_verdicts(const json_t *report)
{
	json_t *verdicts = json_object_get(report, "versions");

	if (json_object_size(verdicts) > 0)
		(void)puts("\nas a client");
	for (void *it = json_object_iter(verdicts); it != NULL;
	     it = json_object_iter_next(verdicts, it))
		(void)printf("  %-32s %s\n", json_object_iter_key(it),
		    json_string_value(json_object_iter_value(it)));
}

static void
print_applied(const json_t *report)
{
	char named[3 * NAME_SIZE];
	const char *hint = registry_hint(text_of(report, "policy"), named);

	if (json_is_true(json_object_get(report, "applied")))
		(void)printf("Applied:  yes%s\n",
		    json_is_true(json_object_get(report, "override"))
			? ", with TLSPOLICY_OVERRIDE"
			: "");
	else
		(void)printf("Applied:  NO, %s: %s%s%s\n",
		    text_of(report, "status"), text_of(report, "error"),
		    *hint != '\0' ? "; " : "", hint);
}

static void
print_policy(const json_t *report)
{
	const char *profile = text_of(report, "profile");

	if (on_terminal())
		print_applied(report);
	(void)printf("Policy:   %s\n", text_of(report, "policy"));
	if (*profile != '\0')
		(void)printf("Profile:  %s\n", profile);
	else
		print_nearest(
		    stdout, "          ", json_object_get(report, "nearest"));
	(void)printf("OpenSSL:  %s\n", text_of(report, "openssl"));
	if (!on_terminal())
		print_applied(report);
	print_numbers(report);
	print_lists(report);
	print_verdicts(report);
}

static int
show_policy(const struct arguments *args)
{
	struct tlspolicy *policy = read_policy(args->operand[0]);
	struct tlspolicy_openssl runtime;
	struct meeting m = { .policy = policy,
		.override = args->opt[OPT_OVERRIDE] != NULL };
	struct tlspolicy *before, *after = NULL;
	json_t *report = new_object();
	SSL_CTX *ctx;
	int status;

	if (policy == NULL) {
		json_decref(report);
		return STATUS_TROUBLE;
	}
	ctx = fresh_context();
	m.before = before = read_context(ctx);
	tlspolicy_openssl_runtime(&runtime);
	put(report, "policy", policy_text(policy));
	put(report, "profile", profile_of(policy));
	put(report, "nearest", nearest_profile(policy, false));
	put(report, "openssl", new_text(runtime.text));
	put(report, "override", json_boolean(m.override));
	status = tlspolicy_apply_ctx(
	    ctx, policy, m.override ? TLSPOLICY_OVERRIDE : 0);
	put(report, "applied", json_boolean(status == TLSPOLICY_OK));
	put(report, "status", new_text(tlspolicy_strerror(status)));
	put(report, "error",
	    status == TLSPOLICY_OK ? json_null() : queue_sentence());
	if (status == TLSPOLICY_OK)
		m.after = after = read_context(ctx);
	put(report, "renegotiation_by_clients",
	    new_text(renegotiation_by_clients(ctx)));
	put_meeting(report, &m);
	put(report, "versions", after == NULL ? new_object() : verdicts(ctx));
	put(report, "result", after == NULL ? json_null() : policy_text(after));
	finish(report, args, print_policy);
	SSL_CTX_free(ctx);
	tlspolicy_free(before);
	tlspolicy_free(after);
	tlspolicy_free(policy);
	return status == TLSPOLICY_OK ? STATUS_YES : STATUS_NO;
}

/* What a user has today */

/* Beside the text, which is to be pasted: on standard error. */
static void
print_notes(const json_t *report)
{
	const json_t *within = json_object_get(report, "within");
	const json_t *dropped = json_object_get(report, "dropped");
	const json_t *lines = json_object_get(report, "lines"), *one;
	const char *profile = text_of(report, "profile");

	if (*profile != '\0')
		(void)fprintf(stderr, "# equals %s on this host\n", profile);
	for (size_t i = 0; (one = json_array_get(within, i)) != NULL; i++)
		(void)fprintf(stderr, "# within %s\n", json_string_value(one));
	if (*profile == '\0')
		print_nearest(stderr, "# ", json_object_get(report, "nearest"));
	for (size_t i = 0; (one = json_array_get(dropped, i)) != NULL; i++)
		(void)fprintf(stderr, "# not in the list: %s: %s\n",
		    text_of(one, "name"), text_of(one, "why"));
	for (size_t i = 0; (one = json_array_get(lines, i)) != NULL; i++)
		(void)fprintf(stderr, "# %s (%s): %s\n", text_of(one, "line"),
		    text_of(one, "state"), text_of(one, "why"));
	if (*text_of(report, "left_out") != '\0')
		(void)fprintf(stderr,
		    "# left out, as no policy can say it: %s\n",
		    text_of(report, "left_out"));
	if (*text_of(report, "error") != '\0')
		(void)fprintf(stderr, "# cannot be applied: %s\n",
		    text_of(report, "error"));
}

static void
print_today(const json_t *report)
{
	(void)printf("%s\n", text_of(report, "policy"));
	(void)fflush(stdout);
	print_notes(report);
}

static json_t *
profiles_around(const struct tlspolicy *policy)
{
	const struct tlspolicy *all = tlspolicy_profile("system");
	json_t *names = new_array();

	for (size_t i = 0; i < tlspolicy_profile_count(); i++) {
		const char *name = tlspolicy_profile_name(i);
		const struct tlspolicy *profile = tlspolicy_profile(name);

		if (tlspolicy_covers(profile, all) != TLSPOLICY_OK &&
		    tlspolicy_covers(profile, policy) == TLSPOLICY_OK)
			add(names, new_text(name));
	}
	ERR_clear_error();
	return names;
}

/*
 * The profile that comes to the same on this OpenSSL and host, if any; where
 * the host's own section is another profile's, the empty one does as well.
 */
static const char *
equal_here(const struct tlspolicy *policy)
{
	const char *name, *found = NULL;
	struct tlspolicy *here;
	SSL_CTX *ctx;

	for (size_t i = 0; (name = tlspolicy_profile_name(i)) != NULL; i++) {
		if (found != NULL &&
		    tlspolicy_profile(found) != tlspolicy_profile("system"))
			break;
		ctx = fresh_context();
		if (tlspolicy_apply_ctx(ctx, tlspolicy_profile(name),
			TLSPOLICY_OVERRIDE) == TLSPOLICY_OK) {
			here = read_context(ctx);
			if (tlspolicy_covers(here, policy) == TLSPOLICY_OK &&
			    tlspolicy_covers(policy, here) == TLSPOLICY_OK)
				found = name;
			tlspolicy_free(here);
		}
		SSL_CTX_free(ctx);
	}
	ERR_clear_error();
	return found;
}

/* "NAME: why; NAME: why", of objects; at most what is fit for a line. */
static void
join(const json_t *objects, const char *key, char out[1024])
{
	const json_t *one;
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0;
	     at < 1024 && (one = json_array_get(objects, i)) != NULL; i++)
		at += (size_t)snprintf(out + at, 1024 - at, "%s%s: %s",
		    i > 0 ? "; " : "", text_of(one, key), text_of(one, "why"));
}

/* The lines that OpenSSL refuses, of all that there is to tell. */
static int
fail_section(const char *section)
{
	json_t *why = queue_sentence(), *lines = conf_lines(section);
	json_t *refused = new_array(), *line;
	char text[1024];

	for (size_t i = 0; (line = json_array_get(lines, i)) != NULL; i++)
		if (strcmp(text_of(line, "state"), "refused") == 0)
			add(refused, json_incref(line));
	join(refused, "line", text);
	(void)complain("--openssl-conf %s: %s; OPENSSL_CONF names the file, "
		       "its section ssl_conf the names",
	    section, text[0] != '\0' ? text : json_string_value(why));
	json_decref(refused);
	json_decref(lines);
	json_decref(why);
	return STATUS_TROUBLE;
}

static int
fail_ciphers(const char *list)
{
	json_t *why = queue_sentence();
	json_t *dropped = dropped_names(list, NULL, NULL);
	char text[1024];

	join(dropped, "name", text);
	(void)complain("--ciphers %s: %s%s%s; see openssl-ciphers(1)", list,
	    json_string_value(why), text[0] != '\0' ? ": " : "", text);
	json_decref(dropped);
	json_decref(why);
	return STATUS_TROUBLE;
}

static int
configure(SSL_CTX *ctx, const char *section, const char *ciphers)
{
	if (section != NULL && SSL_CTX_config(ctx, section) != 1)
		return fail_section(section);
	if (ciphers != NULL && SSL_CTX_set_cipher_list(ctx, ciphers) != 1)
		return fail_ciphers(ciphers);
	return STATUS_YES;
}

/* Whether text can be applied here; if not, why. */
static json_t *
refusal(const char *text)
{
	SSL_CTX *ctx = fresh_context();
	int status = tlspolicy_apply_text(ctx, text, TLSPOLICY_OVERRIDE);

	SSL_CTX_free(ctx);
	return status == TLSPOLICY_OK ? json_null() : queue_sentence();
}

static void
put_today(json_t *report, SSL_CTX *ctx, const struct arguments *args)
{
	const char *section = args->opt[OPT_CONF];
	const char *ciphers = args->opt[OPT_CIPHERS];
	struct tlspolicy *policy = read_context(ctx);

	put(report, "policy", policy_text(policy));
	put(report, "error", refusal(text_of(report, "policy")));
	put(report, "left_out",
	    tlspolicy_audit(ctx, policy) == TLSPOLICY_OK ? json_null()
							 : queue_sentence());
	put(report, "profile", new_text(equal_here(policy)));
	put(report, "within", profiles_around(policy));
	put(report, "nearest", nearest_profile(policy, true));
	put(report, "dropped",
	    ciphers == NULL ? new_array()
			    : dropped_names(ciphers, ctx, policy));
	/* The last, since the host's section may go with it. */
	put(report, "lines",
	    section == NULL ? new_array() : conf_lines(section));
	tlspolicy_free(policy);
}

static int
show_today(const struct arguments *args)
{
	SSL_CTX *ctx = fresh_context();
	json_t *report;
	int status =
	    configure(ctx, args->opt[OPT_CONF], args->opt[OPT_CIPHERS]);

	if (status == STATUS_YES) {
		report = new_object();
		put_today(report, ctx, args);
		if (*text_of(report, "error") != '\0')
			status = STATUS_NO;
		finish(report, args, print_today);
	}
	SSL_CTX_free(ctx);
	return status;
}

static int
run(const struct arguments *args)
{
	const bool today =
	    args->opt[OPT_CONF] != NULL || args->opt[OPT_CIPHERS] != NULL;

	if (today && (args->count > 0 || args->opt[OPT_OVERRIDE] != NULL))
		return complain("show: either a policy, or --openssl-conf and "
				"--ciphers; see \"tlspolicy show --help\"");
	if (!today && args->count == 0)
		return complain("show: it needs a policy; see \"tlspolicy "
				"list\" for some");
	return today ? show_today(args) : show_policy(args);
}

const struct command show_command = { "show", help, options, 0, 1, run };
