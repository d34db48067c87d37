/* SPDX-License-Identifier: MIT */
/* tlspolicy scan: what servers accept, held against a policy. */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scan.h"

static const struct option options[] = {
	{ "help", no_argument, NULL, OPT_HELP },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "policy", required_argument, NULL, OPT_POLICY },
	{ "servername", required_argument, NULL, OPT_SERVERNAME },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "starttls", required_argument, NULL, OPT_STARTTLS },
	{ "jobs", required_argument, NULL, OPT_JOBS },
	{ "targets", required_argument, NULL, OPT_TARGETS },
	{ "baseline", required_argument, NULL, OPT_BASELINE },
	{ "format", required_argument, NULL, OPT_FORMAT },
	{ NULL, 0, NULL, 0 },
};
static const char help[] =
    "usage: tlspolicy scan [OPTION...] HOST:PORT...\n"
    "\n"
    "Lists the versions from SSL 3.0 to TLS 1.3, the ciphers and the groups "
    "that\n"
    "servers accept, also those that the local OpenSSL cannot speak.  "
    "Certificates\n"
    "are NOT verified.  An IPv6 address is in brackets: [::1]:443.\n"
    "\n"
    "  --policy POLICY      say whether all that it accepts is within POLICY\n"
    "  --starttls PROTOCOL  begin in smtp, lmtp, imap, pop3, sieve, ftp, "
    "ldap,\n"
    "                       postgres, mysql, xmpp, xmpp-server or nntp\n"
    "  --servername NAME    the name to ask for; HOST where that is a name\n"
    "  --timeout SECONDS    for each connection, 1 to 3600; 5 by default\n"
    "  --targets FILE       more targets, one a line: host:port [starttls] "
    "[name]\n"
    "  --jobs N             so many targets at once, 1 to 256; 8 by default\n"
    "  --baseline FILE      fail for what is accepted now and was not in "
    "FILE, an\n"
    "                       earlier --json\n"
    "  --format FORMAT      text, json, junit, csv or html\n"
    "  --json               as a JSON object, one a line for several targets\n"
    "\n"
    "Exit status: 0 all is within POLICY, or done; 1 some is outside, or new; "
    "2 an\n"
    "error, or it could not be told: no connection, no answer in time, not "
    "TLS.\n";

static const char *
mark_of(const json_t *item)
{
	if (json_is_false(json_object_get(item, "within")))
		return "   OUTSIDE";
	return json_is_true(json_object_get(item, "new")) ? "   NEW" : "";
}

static void
print_items(const char *label, const json_t *items)
{
	const json_t *item;

	for (size_t i = 0; (item = json_array_get(items, i)) != NULL; i++)
		(void)printf("  %-8s %s%s\n", i == 0 ? label : "",
		    text_of(item, "name"), mark_of(item));
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
	if (is_accepted(version) && *reason != '\0' &&
	    json_is_true(json_object_get(version, "client_certificate")) &&
	    strstr(reason, "client certificate") == NULL)
		(void)printf(" (asks for a client certificate)");
	(void)printf("%s\n", mark_of(version));
	print_items("ciphers", json_object_get(version, "ciphers"));
	print_items("groups", json_object_get(version, "groups"));
	if (is_accepted(version) &&
	    json_is_false(json_object_get(version, "complete")))
		(void)printf("  not told: whether it accepts more\n");
}

static void
print_gone(const json_t *report)
{
	const json_t *gone = json_object_get(report, "gone"), *item;

	for (size_t i = 0; (item = json_array_get(gone, i)) != NULL; i++)
		(void)printf("%sgone since: %s %s %s\n", i == 0 ? "\n" : "",
		    text_of(item, "version"), text_of(item, "kind"),
		    text_of(item, "name"));
	if (json_is_integer(json_object_get(report, "new")))
		(void)printf("\nnew since: %d\n",
		    (int)json_integer_value(json_object_get(report, "new")));
}

static void
print_report(const json_t *report, size_t count)
{
	const char *policy = text_of(report, "policy");
	const char *name = text_of(report, "servername");
	const char *error = text_of(report, "error");
	const json_t *all = json_object_get(report, "versions"), *version;
	const bool first = on_terminal() && *policy != '\0';
	struct wrap wrap = begin_wrapping();

	if (count > 1)
		(void)printf("== %s\n", text_of(report, "target"));
	if (first)
		(void)printf("%s: %s\n", text_of(report, "verdict"), policy);
	if (*error != '\0')
		(void)printf("%s\n", error);
	else
		(void)printf("%s, asked for %s; its certificate is not "
			     "verified\n",
		    text_of(report, "address"),
		    *name != '\0' ? name : "no name");
	print_certificates(report);
	for (size_t i = 0; (version = json_array_get(all, i)) != NULL; i++)
		print_version(version);
	if (*text_of(report, "hint") != '\0')
		(void)printf("\nIt seems to be %s\n", text_of(report, "hint"));
	print_gone(report);
	if (*policy != '\0' && !first)
		(void)printf("\n%s: %s\n", text_of(report, "verdict"), policy);
	if (count > 1)
		(void)putchar('\n');
	end_wrapping(&wrap);
}

static void
print_json(const json_t *report, size_t count)
{
	if (json_dumpf(
		report, stdout, count > 1 ? JSON_COMPACT : JSON_INDENT(2)) == 0)
		(void)putchar('\n');
}

static const struct format text_format = { "text", NULL, print_report, NULL,
	false };
static const struct format json_format = { "json", NULL, print_json, NULL,
	false };
static const struct format *const formats[] = { &text_format, &json_format,
	&junit_format, &csv_format, &html_format };

static const struct format *
find_format(const struct arguments *args)
{
	const char *name = args->opt[OPT_FORMAT];

	if (name == NULL)
		return args->opt[OPT_JSON] != NULL ? &json_format
						   : &text_format;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	(void)complain("scan: --format %s: not a format; give text, json, "
		       "junit, csv or html",
	    name);
	return NULL;
}

/* A number of an option, or what it is by default; -1 after a complaint. */
static int
number_of(const char *given, const char *option, int most, int normal,
    const char *what)
{
	char *end;
	const long number = given == NULL ? normal : strtol(given, &end, 10);

	if (given == NULL ||
	    (*given != '\0' && *end == '\0' && number >= 1 && number <= most))
		return (int)number;
	(void)complain("scan: --%s %s: not a %s; give 1 to %d%s", option, given,
	    what, most, most == 3600 ? " seconds" : "");
	return -1;
}

/* What the reports of a run go to. */
struct sink {
	const struct format *format;
	const json_t *baseline; /* NULL: none */
	size_t count;
	json_t *reports; /* whole, or their statuses alone */
};

static void
take(json_t *report, void *arg)
{
	struct sink *sink = arg;
	json_t *brief;

	if (sink->baseline != NULL)
		compare_baseline(report, sink->baseline);
	if (sink->format->report != NULL) {
		sink->format->report(report, sink->count);
		flush_output();
	}
	if (sink->format == &csv_format && status_of(report) == STATUS_TROUBLE)
		(void)complain("scan: %s: not all of it could be told%s%s; see "
			       "--format text",
		    text_of(report, "target"),
		    *text_of(report, "error") != '\0' ? ", " : "",
		    text_of(report, "error"));
	if (sink->format->whole) {
		add(sink->reports, report);
		return;
	}
	brief = new_object();
	put(brief, "status", must(json_integer(status_of(report))));
	add(sink->reports, brief);
	json_decref(report);
}

/* On a terminal: how far the scan of one target is. */
static void
tick(const struct target *target)
{
	if (target->connections % 8 == 1)
		progress(
		    "%.40s: %u connections", target->text, target->connections);
}

static int
scan_one(const struct fleet *fleet, struct sink *sink)
{
	json_t *report = scan_target(fleet->specs->list, fleet->policy,
	    fleet->policy_text, fleet->seconds, tick);

	progress("%s", "");
	if (*text_of(report, "error") != '\0' &&
	    (sink->format == &text_format || sink->format == &json_format ||
		sink->format == &csv_format)) {
		(void)complain("scan: %s", text_of(report, "error"));
		json_decref(report);
		return STATUS_TROUBLE;
	}
	take(report, sink);
	return STATUS_YES;
}

static int
scan(struct fleet *fleet, struct sink *sink)
{
	int status = STATUS_YES;

	if (sink->format->begin != NULL)
		sink->format->begin(sink->count);
	if (sink->count == 1)
		status = scan_one(fleet, sink);
	else
		scan_fleet(fleet);
	if (sink->format->end != NULL)
		sink->format->end(sink->reports);
	if (sink->format == &text_format && sink->count > 1)
		(void)printf(
		    "%zu targets: %zu outside, %zu could not be told\n",
		    sink->count, count_of(sink->reports, STATUS_NO),
		    count_of(sink->reports, STATUS_TROUBLE));
	if (count_of(sink->reports, STATUS_NO) > 0)
		return STATUS_NO;
	return count_of(sink->reports, STATUS_TROUBLE) > 0 ? STATUS_TROUBLE
							   : status;
}

static int
run(const struct arguments *args)
{
	struct specs specs = { .list = NULL };
	struct sink sink = { .format = find_format(args) };
	struct fleet fleet = { .specs = &specs,
		.take = take,
		.arg = &sink,
		.policy_text = args->opt[OPT_POLICY],
		.seconds = number_of(
		    args->opt[OPT_TIMEOUT], "timeout", 3600, 5, "time") };
	const int jobs =
	    number_of(args->opt[OPT_JOBS], "jobs", 256, 8, "number");
	struct tlspolicy *policy = NULL;
	json_t *baseline = NULL;
	int status = STATUS_TROUBLE;

	/* What openssl.cnf forbids this host is to be found at others. */
	if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return complain("OpenSSL does not start; check its files");
	if (sink.format == NULL || fleet.seconds < 0 || jobs < 0)
		return STATUS_TROUBLE;
	fleet.jobs = (unsigned)jobs;
	if ((args->opt[OPT_POLICY] == NULL ||
		(policy = read_policy(args->opt[OPT_POLICY])) != NULL) &&
	    read_specs(&specs, args) &&
	    (args->opt[OPT_BASELINE] == NULL ||
		read_baseline(&baseline, args->opt[OPT_BASELINE]))) {
		fleet.policy = policy;
		sink.baseline = baseline;
		sink.count = specs.count;
		sink.reports = new_array();
		status = scan(&fleet, &sink);
		json_decref(sink.reports);
	}
	json_decref(baseline);
	free_specs(&specs);
	tlspolicy_free(policy);
	return status;
}

const struct command scan_command = { "scan", help, options, 0, INT_MAX, run };
