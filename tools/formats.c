/* SPDX-License-Identifier: MIT */
/* Reports for other programs: CSV, and JUnit's XML for CI systems. */
#include <stdio.h>
#include <string.h>

#include "scan.h"

bool
is_outside(const json_t *item)
{
	return json_is_false(json_object_get(item, "within")) ||
	    json_is_true(json_object_get(item, "new"));
}

/* CSV (RFC 4180) */

static void
csv_field(const char *text, char end)
{
	if (strpbrk(text, ",\"") == NULL) {
		(void)printf("%s%c", text, end);
		return;
	}
	(void)putchar('"');
	for (; *text != '\0'; text++)
		(void)printf("%s%c", *text == '"' ? "\"" : "", *text);
	(void)printf("\"%c", end);
}

static void
csv_row(const json_t *report, const json_t *version, const char *kind,
    const json_t *item, const char *name)
{
	const json_t *within = json_object_get(item, "within");

	csv_field(text_of(report, "target"), ',');
	csv_field(text_of(version, "version"), ',');
	csv_field(kind, ',');
	csv_field(text_of(item, "code"), ',');
	csv_field(text_of(item, name), ',');
	csv_field(within == NULL       ? ""
		: json_is_true(within) ? "true"
				       : "false",
	    '\n');
}

static void
csv_begin(size_t count)
{
	(void)count;
	(void)puts("target,version,kind,code,name,within");
}

static void
csv_report(const json_t *report, size_t count)
{
	const json_t *all = json_object_get(report, "versions"), *version,
		     *item, *items;

	(void)count;
	for (size_t i = 0; (version = json_array_get(all, i)) != NULL; i++) {
		if (!is_accepted(version))
			continue;
		csv_row(report, version, "version", version, "version");
		items = json_object_get(version, "ciphers");
		for (size_t k = 0; (item = json_array_get(items, k)) != NULL;
		     k++)
			csv_row(report, version, "cipher", item, "name");
		items = json_object_get(version, "groups");
		for (size_t k = 0; (item = json_array_get(items, k)) != NULL;
		     k++)
			csv_row(report, version, "group", item, "name");
	}
}

const struct format csv_format = { "csv", csv_begin, csv_report, NULL, false };

/* JUnit */

void
print_escaped(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '<')
			(void)fputs("&lt;", stdout);
		else if (*text == '>')
			(void)fputs("&gt;", stdout);
		else if (*text == '&')
			(void)fputs("&amp;", stdout);
		else if (*text == '"')
			(void)fputs("&quot;", stdout);
		else if (*text == '\'')
			(void)fputs("&#39;", stdout);
		else
			(void)putchar(*text);
	}
}

void
print_target(const json_t *report)
{
	const char *target = text_of(report, "target");
	const char *name = text_of(report, "servername");
	const size_t len = strlen(name);

	print_escaped(target);
	if (len == 0 || (strncmp(target, name, len) == 0 && target[len] == ':'))
		return;
	(void)fputs(" (", stdout);
	print_escaped(name);
	(void)putchar(')');
}

/* Written twice: first only counted, as the numbers come before the cases. */
struct suite {
	const json_t *report;
	bool write;
	unsigned tests, failures, errors;
};

static void
junit_open(struct suite *s, const char *name, const char *more)
{
	s->tests++;
	if (!s->write)
		return;
	(void)fputs("    <testcase classname=\"", stdout);
	print_target(s->report);
	(void)fputs("\" name=\"", stdout);
	print_escaped(name);
	print_escaped(more);
}

static void
junit_close(
    struct suite *s, const char *element, const char *what, const char *more)
{
	if (element != NULL && strcmp(element, "failure") == 0)
		s->failures++;
	else if (element != NULL)
		s->errors++;
	if (!s->write)
		return;
	if (element == NULL) {
		(void)puts("\"/>");
		return;
	}
	(void)printf("\">\n      <%s message=\"", element);
	print_escaped(what);
	print_escaped(more);
	(void)puts("\"/>\n    </testcase>");
}

static void
junit_items(
    struct suite *s, const json_t *version, const char *list, const char *kind)
{
	const json_t *items = json_object_get(version, list), *item;
	char name[96];

	for (size_t i = 0; (item = json_array_get(items, i)) != NULL; i++) {
		(void)snprintf(name, sizeof(name), "%s %s ",
		    text_of(version, "version"), kind);
		junit_open(s, name, text_of(item, "name"));
		if (json_is_false(json_object_get(item, "within")))
			junit_close(s, "failure", "outside ",
			    text_of(s->report, "policy"));
		else if (is_outside(item))
			junit_close(
			    s, "failure", "accepted since the baseline", "");
		else
			junit_close(s, NULL, "", "");
	}
}

static void
junit_version(struct suite *s, const json_t *version)
{
	const char *outcome = text_of(version, "outcome");

	junit_open(s, text_of(version, "version"), "");
	if (json_is_false(json_object_get(version, "within")))
		junit_close(
		    s, "failure", "outside ", text_of(s->report, "policy"));
	else if (is_outside(version))
		junit_close(s, "failure", "accepted since the baseline", "");
	else if (strcmp(outcome, "undecided") == 0)
		junit_close(
		    s, "error", "not told: ", text_of(version, "reason"));
	else
		junit_close(s, NULL, "", "");
	junit_items(s, version, "ciphers", "cipher");
	junit_items(s, version, "groups", "group");
	if (is_accepted(version) &&
	    json_is_false(json_object_get(version, "complete"))) {
		junit_open(s, text_of(version, "version"), " lists are whole");
		junit_close(
		    s, "error", "not told: ", text_of(version, "reason"));
	}
}

static void
junit_cases(struct suite *s)
{
	const json_t *all = json_object_get(s->report, "versions"), *version;
	bool accepted = false;

	s->tests = s->failures = s->errors = 0;
	for (size_t i = 0; (version = json_array_get(all, i)) != NULL; i++) {
		junit_version(s, version);
		accepted = accepted || is_accepted(version);
	}
	if (*text_of(s->report, "error") != '\0') {
		junit_open(s, "connection", "");
		junit_close(s, "error", text_of(s->report, "error"), "");
	} else if (!accepted) {
		junit_open(s, "any version", "");
		junit_close(s, "error", "it accepts none. ",
		    text_of(s->report, "hint"));
	}
}

static void
junit_begin(size_t count)
{
	(void)count;
	(void)puts("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		   "<testsuites name=\"tlspolicy scan\">");
}

static void
junit_report(const json_t *report, size_t count)
{
	struct suite suite = { .report = report };

	(void)count;
	junit_cases(&suite);
	(void)fputs("  <testsuite name=\"", stdout);
	print_target(report);
	(void)printf("\" tests=\"%u\" failures=\"%u\" errors=\"%u\" "
		     "skipped=\"0\">\n",
	    suite.tests, suite.failures, suite.errors);
	suite.write = true;
	junit_cases(&suite);
	(void)puts("  </testsuite>");
}

static void
junit_end(const json_t *reports)
{
	(void)reports;
	(void)puts("</testsuites>");
}

const struct format junit_format = { "junit", junit_begin, junit_report,
	junit_end, false };
