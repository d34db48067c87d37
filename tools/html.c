/* SPDX-License-Identifier: MIT */
/*
 * A page that stands alone, for those who decide: targets by versions, what is
 * outside first, all else folded.  Colours only repeat what words say.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "scan.h"

static const char style[] =
    ":root{color-scheme:light}*{box-sizing:border-box}"
    "body{font:16px/1.45 system-ui,sans-serif;margin:0 auto;max-width:70rem;"
    "padding:1rem;color:#1a1a1a;background:#fff}"
    "h1{font-size:1.5rem;margin:.2rem 0}h2{font-size:1.1rem;margin:1.6rem 0 "
    ".4rem}"
    ".sum{display:flex;flex-wrap:wrap;gap:.6rem;margin:1rem 0;padding:0}"
    ".sum li{list-style:none;padding:.5rem .9rem;border-radius:.4rem}"
    ".sum b{font-size:1.4rem;display:block}"
    ".bad{background:#fde7e7;color:#8a1212}.ask{background:#fdf3d8;"
    "color:#6b4a00}.ok{background:#e4f4e6;color:#14532d}.no{color:#6a6a6a}"
    "table{border-collapse:collapse;width:100%}"
    "th,td{text-align:left;padding:.35rem .5rem;border-bottom:1px solid "
    "#ddd;vertical-align:top}"
    "thead th{border-bottom:2px solid #888;font-size:.85rem}"
    "td.v{text-align:center;white-space:nowrap;font-size:.85rem}"
    "th[scope=row],code,li{overflow-wrap:anywhere}th[scope=row]{min-width:9rem;"
    "font-weight:600}"
    "td.why{font-size:.85rem;overflow-wrap:anywhere}"
    "details{border:1px solid #ddd;border-radius:.4rem;margin:.4rem 0;"
    "padding:.2rem .7rem}summary{cursor:pointer;padding:.3rem 0;"
    "overflow-wrap:anywhere}"
    "details ul{margin:.2rem 0 .8rem;padding-left:1.2rem;columns:18rem}"
    ".tag{font-size:.75rem;padding:.05rem .4rem;border-radius:.3rem}"
    "@media(max-width:44rem){thead{display:none}tr{display:flex;"
    "flex-wrap:wrap;gap:.3rem;padding:.6rem 0;border-bottom:1px solid #bbb}"
    "th[scope=row],td.why{flex:1 0 100%}th,td{border:0;padding:.1rem .4rem}"
    "td.v::before{content:attr(data-v) \" \";color:#555}"
    "td.v{border-radius:.3rem}}"
    "@media print{body{font-size:11px}details{break-inside:avoid}}";

static const char *const columns[] = { "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2",
	"TLSv1.3" };
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

/* Of a report: what its place in the page is. */
static const char *
class_of(const json_t *report)
{
	const int status = status_of(report);

	return status == STATUS_NO     ? "bad"
	    : status == STATUS_TROUBLE ? "ask"
				       : "ok";
}

static const char *
word_of(const json_t *report)
{
	const int status = status_of(report);

	if (status == STATUS_NO)
		return strcmp(text_of(report, "verdict"), "outside") == 0
		    ? "outside"
		    : "new since the baseline";
	if (status == STATUS_TROUBLE)
		return "not told";
	return *text_of(report, "policy") != '\0' ? "within" : "scanned";
}

static const json_t *
version_of(const json_t *report, const char *name)
{
	const json_t *all = json_object_get(report, "versions"), *version;

	for (size_t i = 0; (version = json_array_get(all, i)) != NULL; i++)
		if (strcmp(text_of(version, "version"), name) == 0)
			return version;
	return NULL;
}

static void
print_cell(const json_t *report, const char *column)
{
	const json_t *version = version_of(report, column);
	const char *outcome = text_of(version, "outcome");
	const char *class = "ask", *word = "?";

	if (strcmp(outcome, "accepted") == 0) {
		class = is_outside(version) ? "bad" : "ok";
		word = "yes";
	} else if (strcmp(outcome, "refused") == 0) {
		class = "no";
		word = "no";
	}
	(void)printf("<td class=\"v %s\" data-v=\"%s\">%s%s</td>", class,
	    column, word, strcmp(class, "bad") == 0 ? ", outside" : "");
}

/* Each outside item once, however many versions have it. */
static bool
is_told(const json_t *report, size_t v, const char *list, const char *name)
{
	const json_t *versions_then = json_object_get(report, "versions");
	const json_t *items, *item;

	for (size_t i = 0; i < v; i++) {
		items = json_object_get(json_array_get(versions_then, i), list);
		for (size_t k = 0; (item = json_array_get(items, k)) != NULL;
		     k++)
			if (is_outside(item) &&
			    strcmp(text_of(item, "name"), name) == 0)
				return true;
	}
	return false;
}

static unsigned
print_outside(const json_t *report, const char *list, unsigned count)
{
	const json_t *all = json_object_get(report, "versions"), *version,
		     *items, *item;

	for (size_t i = 0; (version = json_array_get(all, i)) != NULL; i++) {
		items = json_object_get(version, list);
		for (size_t k = 0; (item = json_array_get(items, k)) != NULL;
		     k++) {
			const char *name = text_of(item, "name");

			if (!is_outside(item) || is_told(report, i, list, name))
				continue;
			if (count++ >= 6)
				continue;
			(void)fputs(count > 1 ? ", " : "", stdout);
			print_escaped(name);
		}
	}
	return count;
}

/* The first reason why something could not be told. */
static void
print_untold(const json_t *report)
{
	const json_t *all = json_object_get(report, "versions"), *version;

	for (size_t i = 0; (version = json_array_get(all, i)) != NULL; i++) {
		if (json_is_true(json_object_get(version, "complete")))
			continue;
		(void)printf(" Not told of %s: ", text_of(version, "version"));
		print_escaped(text_of(version, "reason"));
		(void)fputs(". ", stdout);
		return;
	}
}

static void
print_why(const json_t *report)
{
	unsigned count;

	if (*text_of(report, "error") != '\0') {
		print_escaped(text_of(report, "error"));
		return;
	}
	count = print_outside(report, "ciphers", 0);
	count = print_outside(report, "groups", count);
	if (count > 6)
		(void)printf(" and %u more", count - 6);
	print_untold(report);
	if (*text_of(report, "hint") != '\0') {
		(void)fputs(" It seems to be ", stdout);
		print_escaped(text_of(report, "hint"));
	}
}

static void
print_row(const json_t *report, size_t number)
{
	(void)printf("<tr><th scope=\"row\"><a href=\"#t%zu\">", number);
	print_target(report);
	(void)fputs("</a></th>", stdout);
	for (size_t i = 0; i < COLUMNS; i++)
		print_cell(report, columns[i]);
	(void)printf("<td class=\"v %s\" data-v=\"\"><b>%s</b></td><td "
		     "class=\"why\">",
	    class_of(report), word_of(report));
	print_why(report);
	(void)puts("</td></tr>");
}

static void
print_list(const json_t *version, const char *list)
{
	const json_t *items = json_object_get(version, list), *item;

	if (json_array_size(items) == 0)
		return;
	(void)printf("<p>%s</p><ul>", list);
	for (size_t i = 0; (item = json_array_get(items, i)) != NULL; i++) {
		(void)fputs("<li><code>", stdout);
		print_escaped(text_of(item, "name"));
		(void)printf("</code>%s</li>\n",
		    is_outside(item) ? " <span class=\"tag bad\">outside</span>"
				     : "");
	}
	(void)puts("</ul>");
}

static void
print_certificate(const json_t *report)
{
	const json_t *all = json_object_get(report, "certificates"), *c;

	for (size_t i = 0; (c = json_array_get(all, i)) != NULL; i++) {
		(void)fputs("<p>Certificate <code>", stdout);
		print_escaped(text_of(c, "subject"));
		(void)printf("</code>, %s %d bits, signed by %s, expires %.10s"
			     "</p>\n",
		    text_of(c, "key"),
		    (int)json_integer_value(json_object_get(c, "size")),
		    text_of(c, "signature"), text_of(c, "expiry"));
	}
}

static void
print_details(const json_t *report, size_t number)
{
	const json_t *version;

	(void)printf("<details id=\"t%zu\"><summary><b>", number);
	print_target(report);
	(void)printf("</b> <span class=\"tag %s\">%s</span></summary>\n",
	    class_of(report), word_of(report));
	print_certificate(report);
	for (size_t i = 0; i < COLUMNS; i++) {
		if ((version = version_of(report, columns[i])) == NULL)
			continue;
		(void)printf(
		    "<p><b>%s</b> %s", columns[i], text_of(version, "outcome"));
		if (*text_of(version, "reason") != '\0') {
			(void)fputs(" (", stdout);
			print_escaped(text_of(version, "reason"));
			(void)putchar(')');
		}
		(void)puts("</p>");
		print_list(version, "ciphers");
		print_list(version, "groups");
	}
	(void)puts("</details>");
}

static void
print_head(const json_t *reports)
{
	const char *policy = text_of(json_array_get(reports, 0), "policy");
	const size_t count = json_array_size(reports);
	const time_t now = time(NULL);
	struct tm tm;
	char date[32] = "";

	if (gmtime_r(&now, &tm) != NULL)
		(void)strftime(date, sizeof(date), "%Y-%m-%d %H:%M UTC", &tm);
	(void)printf("<!DOCTYPE html>\n<html lang=\"en\"><head>"
		     "<meta charset=\"utf-8\">\n"
		     "<meta name=\"viewport\" "
		     "content=\"width=device-width,initial-scale=1\">\n"
		     "<title>TLS scan of %zu target%s</title>\n<style>%s"
		     "</style></head><body>\n<h1>TLS scan of %zu "
		     "target%s</h1>\n<p>%s. ",
	    count, count == 1 ? "" : "s", style, count, count == 1 ? "" : "s",
	    date);
	if (*policy != '\0') {
		(void)fputs("Held against the policy <code>", stdout);
		print_escaped(policy);
		(void)fputs("</code>. ", stdout);
	}
	(void)puts("Certificates were not verified.</p>");
}

static const int order[] = { STATUS_NO, STATUS_TROUBLE, STATUS_YES };

static void
print_in_order(
    const json_t *reports, void (*print)(const json_t *report, size_t number))
{
	const json_t *report;

	for (size_t k = 0; k < 3; k++)
		for (size_t i = 0;
		     (report = json_array_get(reports, i)) != NULL; i++)
			if (status_of(report) == order[k])
				print(report, i);
}

static void
html_end(const json_t *reports)
{
	const char *policy = text_of(json_array_get(reports, 0), "policy");

	print_head(reports);
	(void)printf("<ul class=\"sum\"><li class=\"bad\"><b>%zu</b>outside"
		     "</li><li class=\"ask\"><b>%zu</b>not told</li>"
		     "<li class=\"ok\"><b>%zu</b>%s</li></ul>\n<table><thead>"
		     "<tr><th>target</th>",
	    count_of(reports, STATUS_NO), count_of(reports, STATUS_TROUBLE),
	    count_of(reports, STATUS_YES),
	    *policy != '\0' ? "within" : "scanned");
	for (size_t i = 0; i < COLUMNS; i++)
		(void)printf("<th>%s</th>", columns[i]);
	(void)puts("<th>verdict</th><th>what is outside</th></tr></thead>"
		   "<tbody>");
	print_in_order(reports, print_row);
	(void)puts("</tbody></table>\n<h2>All that was found</h2>");
	print_in_order(reports, print_details);
	(void)puts("</body></html>");
}

const struct format html_format = { "html", NULL, NULL, html_end, true };
