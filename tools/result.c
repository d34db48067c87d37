/* SPDX-License-Identifier: MIT */
/* A scan of one target, and its report. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "scan.h"

/* For the whole of a target, in times of one connection. */
enum { PATIENCE = 60 };

static json_t *
code_text(unsigned code)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "0x%04x", code);
	return new_text(text);
}

static const char *
name_of(uint16_t code, bool is_group)
{
	const char *name =
	    is_group ? group_policy_name(code) : suite_openssl_name(code);

	if (name == NULL)
		name = is_group ? group_name(code) : suite_name(code);
	return name != NULL ? name : "unknown";
}

static json_t *
items(const struct survey *s, bool is_group)
{
	const struct found *list = is_group ? &s->groups : &s->ciphers;
	json_t *array = new_array(), *item;

	for (size_t i = 0; i < list->count; i++) {
		const uint16_t code = list->code[i];

		item = new_object();
		put(item, "name", new_text(name_of(code, is_group)));
		put(item, "code", code_text(code));
		if (s->policy != NULL)
			put(item, "within",
			    json_boolean(is_group ? permits_group(s, code)
						  : permits_suite(s, code)));
		add(array, item);
	}
	return array;
}

static json_t *
survey_report(const struct survey *s)
{
	static const char *const outcomes[] = { "accepted", "refused",
		"undecided" };
	const struct answer *first = &s->first;
	const bool accepted = first->outcome == ACCEPTED;
	const char *why = s->unfinished[0] != '\0' ? s->unfinished : first->why;
	json_t *object = new_object();

	if (*why == '\0' && s->asked)
		why = "asks for a client certificate";
	put(object, "version", new_text(scanned_name(s->version)));
	put(object, "code", code_text((unsigned)s->version));
	put(object, "outcome", new_text(outcomes[first->outcome]));
	put(object, "reason", new_text(*why != '\0' ? why : NULL));
	put(object, "cipher",
	    new_text(accepted ? name_of(first->suite, false) : NULL));
	put(object, "group",
	    new_text(accepted && first->group != 0 ? name_of(first->group, true)
						   : NULL));
	if (s->policy != NULL && accepted)
		put(object, "within", json_boolean(permits_scanned(s)));
	put(object, "complete", json_boolean(s->unfinished[0] == '\0'));
	put(object, "client_certificate", json_boolean(s->asked));
	put(object, "hangs_up", json_boolean(s->hung));
	put(object, "ciphers", items(s, false));
	put(object, "groups", items(s, true));
	return object;
}

/* What is outside is so, whatever else could not be told. */
static int
verdict(const struct survey *surveys)
{
	bool accepted = false, unfinished = false;

	for (int i = 0; i < SCANNED; i++) {
		if (surveys[i].outside)
			return STATUS_NO;
		accepted = accepted || surveys[i].first.outcome == ACCEPTED;
		unfinished = unfinished ||
		    surveys[i].first.outcome == UNDECIDED ||
		    surveys[i].unfinished[0] != '\0';
	}
	return accepted && !unfinished ? STATUS_YES : STATUS_TROUBLE;
}

static json_t *
address_of(const struct target *target)
{
	char *host, *port;
	char address[128];

	if (!target->reached)
		return json_null();
	host = BIO_ADDR_hostname_string(BIO_ADDRINFO_address(target->at), 1);
	port = BIO_ADDR_service_string(BIO_ADDRINFO_address(target->at), 1);
	(void)snprintf(address, sizeof(address),
	    BIO_ADDRINFO_family(target->at) == AF_INET6 ? "[%s]:%s" : "%s:%s",
	    host != NULL ? host : "?", port != NULL ? port : "?");
	OPENSSL_free(host);
	OPENSSL_free(port);
	return new_text(address);
}

static json_t *
make_report(const struct target *target, const char *policy_text, json_t *array,
    int status, const char *error)
{
	static const char *const verdicts[] = { "within", "outside",
		"could not tell" };
	const json_t *first = json_array_get(target->certificates, 0);
	json_t *report = new_object();

	put(report, "format", json_integer(FORMAT));
	put(report, "target", new_text(target->text));
	put(report, "address", address_of(target));
	put(report, "servername", new_text(target->servername));
	put(report, "starttls",
	    new_text(target->starttls == NULL
		    ? NULL
		    : starttls_name(target->starttls)));
	put(report, "verified", json_false());
	put(report, "versions", array);
	put(report, "policy", new_text(policy_text));
	put(report, "verdict",
	    new_text(policy_text != NULL ? verdicts[status] : NULL));
	put(report, "certificate",
	    first == NULL ? json_null() : json_deep_copy(first));
	put(report, "certificates",
	    target->certificates == NULL ? new_array()
					 : json_incref(target->certificates));
	put(report, "hint", new_text(target->hint));
	put(report, "error", new_text(error));
	put(report, "status", must(json_integer(status)));
	return report;
}

json_t *
failed_report(const struct spec *spec, const char *policy_text, const char *why)
{
	const struct target target = { .text = spec->text,
		.servername = spec->servername,
		.starttls = spec->starttls };

	return make_report(
	    &target, policy_text, new_array(), STATUS_TROUBLE, why);
}

/* Whether anything more is to be asked after a version. */
static bool
is_hopeless(
    const struct target *target, const struct survey *s, char *why, size_t size)
{
	if (!target->reached)
		(void)snprintf(why, size,
		    "cannot connect to %s: %s; check host and port",
		    target->text, s->first.why);
	else if (target->hopeless[0] != '\0')
		(void)snprintf(why, size, "%s: %s; %s%s", target->text,
		    target->hopeless,
		    target->hint != NULL ? "it seems to be "
					 : "check "
					   "--starttls",
		    target->hint != NULL ? target->hint : "");
	else
		return false;
	return true;
}

/*
 * Old servers hang up on what they do not know, and OpenSSL's fail with
 * "internal error": with others to compare, that can be told from a server that
 * is tired.  So can one that refused all at first.
 */
static void
survey_again(struct target *target, struct survey *surveys)
{
	for (int i = 0; i < SCANNED; i++)
		if ((surveys[i].first.outcome == UNDECIDED ||
			!surveys[i].compared ||
			surveys[i].unfinished[0] != '\0') &&
		    target->controlled && !target->over &&
		    surveys[i].first.failing != TOO_LATE)
			survey(&surveys[i]);
}

/* TLS 1.2 first: what a server accepts is what others are compared with. */
static const int order[SCANNED] = { 2, 3, 1, 0, 4 };

static json_t *
scan_versions(struct target *target, const struct tlspolicy *policy,
    const char *policy_text)
{
	struct survey surveys[SCANNED] = { { .target = NULL } }, *s;
	char why[640];
	json_t *array;

	for (int i = 0; i < SCANNED; i++) {
		s = &surveys[order[i]];
		s->target = target;
		s->policy = policy;
		s->version = scanned[order[i]];
		s->first.outcome = UNDECIDED;
		survey(s);
		if (is_hopeless(target, s, why, sizeof(why)))
			return make_report(target, policy_text, new_array(),
			    STATUS_TROUBLE, why);
	}
	survey_again(target, surveys);
	array = new_array();
	for (int i = 0; i < SCANNED; i++)
		add(array, survey_report(&surveys[i]));
	return make_report(target, policy_text, array, verdict(surveys), NULL);
}

json_t *
scan_target(const struct spec *spec, const struct tlspolicy *policy,
    const char *policy_text, int seconds,
    void (*tick)(const struct target *target))
{
	struct target *target = must(calloc(1, sizeof(*target)));
	char why[640];
	json_t *report;

	target->seconds = seconds;
	target->tick = tick;
	target->certificates = new_array();
	if (!time_from_now(&target->end, seconds * PATIENCE) ||
	    !resolve(target, spec, why, sizeof(why)))
		report = failed_report(spec, policy_text, why);
	else
		report = scan_versions(target, policy, policy_text);
	json_decref(target->certificates);
	BIO_ADDRINFO_free(target->all);
	OPENSSL_free(target->servername);
	OPENSSL_free(target->host);
	free(target);
	return report;
}

int
status_of(const json_t *report)
{
	return (int)json_integer_value(json_object_get(report, "status"));
}

size_t
count_of(const json_t *reports, int status)
{
	const json_t *report;
	size_t count = 0;

	for (size_t i = 0; (report = json_array_get(reports, i)) != NULL; i++)
		count += status_of(report) == status ? 1 : 0;
	return count;
}
