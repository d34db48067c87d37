/* SPDX-License-Identifier: MIT */
/* tlspolicy scan: what a server accepts, held against a policy. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "tool.h"

static const struct option options[] = {
	{ "help", no_argument, NULL, OPT_HELP },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "policy", required_argument, NULL, OPT_POLICY },
	{ "servername", required_argument, NULL, OPT_SERVERNAME },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ NULL, 0, NULL, 0 },
};
static const char help[] =
    "usage: tlspolicy scan [OPTION...] HOST:PORT\n"
    "\n"
    "Makes handshakes with a server, each pinned to a version from TLS 1.0 to "
    "1.3,\n"
    "and lists the versions, ciphers and groups that it accepts.  Certificates "
    "are\n"
    "NOT verified.  An IPv6 address is in brackets: [::1]:443.\n"
    "\n"
    "  --policy POLICY    say whether all that it accepts is within POLICY\n"
    "  --servername NAME  the name to ask for; HOST where that is a name\n"
    "  --timeout SECONDS  for each connection, 1 to 3600; 5 by default\n"
    "  --json             as a JSON object\n"
    "\n"
    "Exit status: 0 all is within POLICY, or done; 1 some is outside; 2 an "
    "error, or\n"
    "it could not be told: no connection, no answer in time, not TLS.\n";

static json_t *
survey_report(const struct survey *s)
{
	static const char *const outcomes[] = { "accepted", "refused",
		"undecided" };
	const bool accepted = s->first.outcome == ACCEPTED;
	const char *why = s->unfinished != NULL ? s->unfinished : s->first.why;
	json_t *object = new_object();

	put(object, "version", new_text(tlspolicy_protocol_name(s->version)));
	put(object, "outcome", new_text(outcomes[s->first.outcome]));
	put(object, "reason", new_text(*why != '\0' ? why : NULL));
	put(object, "cipher",
	    new_text(accepted ? SSL_CIPHER_get_name(s->first.cipher) : NULL));
	put(object, "group",
	    new_text(
		accepted && s->first.group[0] != '\0' ? s->first.group : NULL));
	if (s->policy != NULL && accepted)
		put(object, "within", json_boolean(permits(s, NULL, NULL)));
	put(object, "complete", json_boolean(s->unfinished == NULL));
	put(object, "ciphers", json_incref(s->ciphers));
	put(object, "groups", json_incref(s->groups));
	return object;
}

/* What is outside is so, whatever else could not be told. */
static int
verdict(const struct survey *surveys)
{
	bool accepted = false, unfinished = false;

	for (int i = 0; i < VERSIONS; i++) {
		if (surveys[i].outside)
			return STATUS_NO;
		accepted = accepted || surveys[i].first.outcome == ACCEPTED;
		unfinished = unfinished ||
		    surveys[i].first.outcome == UNDECIDED ||
		    surveys[i].unfinished != NULL;
	}
	return accepted && !unfinished ? STATUS_YES : STATUS_TROUBLE;
}

static void
print_items(const char *label, const json_t *items)
{
	const json_t *item;

	for (size_t i = 0; (item = json_array_get(items, i)) != NULL; i++)
		(void)printf("  %-8s %s%s\n", i == 0 ? label : "",
		    text_of(item, "name"),
		    json_is_false(json_object_get(item, "within"))
			? "   OUTSIDE"
			: "");
}

static void
print_version(const json_t *version)
{
	const char *reason = text_of(version, "reason");
	const char *group = text_of(version, "group");

	(void)printf("\n%-8s %s", text_of(version, "version"),
	    text_of(version, "outcome"));
	if (*text_of(version, "cipher") != '\0')
		(void)printf(": %s, %s", text_of(version, "cipher"),
		    *group != '\0' ? group : "no group");
	if (*reason != '\0')
		(void)printf(" (%s)", reason);
	(void)printf("%s\n",
	    json_is_false(json_object_get(version, "within")) ? "   OUTSIDE"
							      : "");
	print_items("ciphers", json_object_get(version, "ciphers"));
	print_items("groups", json_object_get(version, "groups"));
}

static void
print(const json_t *report)
{
	const char *policy = text_of(report, "policy");
	const char *name = text_of(report, "servername");
	const json_t *all = json_object_get(report, "versions"), *version;

	(void)printf("%s, asked for %s; its certificate is not verified\n",
	    text_of(report, "address"), *name != '\0' ? name : "no name");
	for (size_t i = 0; (version = json_array_get(all, i)) != NULL; i++)
		print_version(version);
	if (*policy != '\0')
		(void)printf("\n%s: %s\n", text_of(report, "verdict"), policy);
}

static json_t *
make_report(const struct target *target, const struct arguments *args,
    const struct survey *surveys)
{
	static const char *const verdicts[] = { "within", "outside",
		"could not tell" };
	char *host =
	    BIO_ADDR_hostname_string(BIO_ADDRINFO_address(target->at), 1);
	char *port =
	    BIO_ADDR_service_string(BIO_ADDRINFO_address(target->at), 1);
	json_t *report = new_object(), *array = new_array();
	char address[128];

	(void)snprintf(address, sizeof(address),
	    BIO_ADDRINFO_family(target->at) == AF_INET6 ? "[%s]:%s" : "%s:%s",
	    host != NULL ? host : "?", port != NULL ? port : "?");
	OPENSSL_free(host);
	OPENSSL_free(port);
	for (int i = 0; i < VERSIONS; i++)
		add(array, survey_report(&surveys[i]));
	put(report, "target", new_text(args->operand[0]));
	put(report, "address", new_text(address));
	put(report, "servername", new_text(target->servername));
	put(report, "verified", json_false());
	put(report, "versions", array);
	put(report, "policy", new_text(args->opt[OPT_POLICY]));
	put(report, "verdict",
	    new_text(args->opt[OPT_POLICY] != NULL ? verdicts[verdict(surveys)]
						   : NULL));
	return report;
}

/* HOST:PORT, to addresses. */
static bool
resolve(struct target *target, const char *where, char **host)
{
	char *port = NULL;
	long number;
	char *end;
	bool ok = false;

	if (BIO_parse_hostserv(where, host, &port, BIO_PARSE_PRIO_HOST) != 1 ||
	    *host == NULL || port == NULL) {
		(void)complain("scan: \"%s\" is not HOST:PORT; an IPv6 address "
			       "is in brackets, [::1]:443",
		    where);
		goto done;
	}
	number = strtol(port, &end, 10);
	if (*end == '\0' && (number < 1 || number > 65535)) {
		(void)complain(
		    "scan: port %s is not one; give 1 to 65535", port);
		goto done;
	}
	ok = BIO_lookup_ex(*host, port, BIO_LOOKUP_CLIENT, AF_UNSPEC,
		 SOCK_STREAM, 0, &target->all) == 1;
	if (!ok)
		(void)complain("scan: %s: there is no such host or port; check "
			       "the name",
		    where);
	target->at = target->all;
done:
	ERR_clear_error();
	OPENSSL_free(port);
	return ok;
}

/* The name to ask for; an address is none. */
static bool
choose_name(struct target *target, const char *given, const char *host)
{
	ASN1_OCTET_STRING *address = a2i_IPADDRESS(host);
	const char *name = given != NULL ? given : address == NULL ? host : "";

	ERR_clear_error();
	ASN1_OCTET_STRING_free(address);
	if (strlen(name) > TLSEXT_MAXLEN_host_name) {
		(void)complain("scan: the name to ask for has over %d bytes; "
			       "shorten --servername",
		    TLSEXT_MAXLEN_host_name);
		return false;
	}
	if (*name != '\0')
		target->servername = must(OPENSSL_strdup(name));
	return true;
}

static bool
choose_time(struct target *target, const char *given)
{
	char *end;
	const long seconds = given == NULL ? 5 : strtol(given, &end, 10);

	target->seconds = (int)seconds;
	if (given == NULL ||
	    (*given != '\0' && *end == '\0' && seconds >= 1 && seconds <= 3600))
		return true;
	(void)complain(
	    "scan: --timeout %s: not a time; give 1 to 3600 seconds", given);
	return false;
}

static int
scan(struct target *target, const struct tlspolicy *policy,
    const struct arguments *args)
{
	struct survey surveys[VERSIONS] = { { .target = NULL } };
	int status = STATUS_YES;

	for (int i = 0; i < VERSIONS && status == STATUS_YES; i++) {
		surveys[i].target = target;
		surveys[i].policy = policy;
		surveys[i].version = versions[i];
		surveys[i].ciphers = new_array();
		surveys[i].groups = new_array();
		survey(&surveys[i]);
		if (surveys[i].ctx != NULL && !target->reached)
			status = complain("scan: cannot connect to %s: %s; "
					  "check host and port",
			    args->operand[0], surveys[i].first.why);
	}
	if (status == STATUS_YES) {
		doubt(surveys);
		finish(make_report(target, args, surveys), args, print);
		status = verdict(surveys);
	}
	for (int i = 0; i < VERSIONS; i++) {
		SSL_CTX_free(surveys[i].ctx);
		json_decref(surveys[i].ciphers);
		json_decref(surveys[i].groups);
		free(surveys[i].ecdhe);
	}
	return status;
}

static int
run(const struct arguments *args)
{
	struct target target = { .all = NULL };
	struct tlspolicy *policy = NULL;
	char *host = NULL;
	int status = STATUS_TROUBLE;

	/* What openssl.cnf forbids this host is to be found at others. */
	if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return complain("OpenSSL does not start; check its files");
	if (args->opt[OPT_POLICY] != NULL &&
	    (policy = read_policy(args->opt[OPT_POLICY])) == NULL)
		return STATUS_TROUBLE;
	if (resolve(&target, args->operand[0], &host) &&
	    choose_name(&target, args->opt[OPT_SERVERNAME], host) &&
	    choose_time(&target, args->opt[OPT_TIMEOUT]))
		status = scan(&target, policy, args);
	BIO_ADDRINFO_free(target.all);
	OPENSSL_free(target.servername);
	OPENSSL_free(host);
	tlspolicy_free(policy);
	return status;
}

const struct command scan_command = { "scan", help, options, 1, 1, run };
