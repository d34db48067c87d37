/* SPDX-License-Identifier: MIT */
/* What a server accepts now and did not when a report was made, and back. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "scan.h"

bool
is_accepted(const json_t *version)
{
	return strcmp(text_of(version, "outcome"), "accepted") == 0;
}

/* One object, or one a line: reports of one target, or of several. */
bool
read_baseline(json_t **baseline, const char *name)
{
	FILE *file = fopen(name, "r");
	json_t *report;
	json_error_t error = { .line = -1 };
	int c = 0;

	*baseline = new_array();
	if (file == NULL) {
		(void)complain("scan: --baseline %s: %s; give what --json has "
			       "printed",
		    name, strerror(errno));
		return false;
	}
	while (c != EOF &&
	    (report = json_loadf(file, JSON_DISABLE_EOF_CHECK, &error)) !=
		NULL) {
		if (!json_is_array(json_object_get(report, "versions"))) {
			json_decref(report);
			break;
		}
		add(*baseline, report);
		while ((c = fgetc(file)) == ' ' || c == '\n' || c == '\r')
			;
		if (c != EOF && ungetc(c, file) == EOF)
			break;
	}
	(void)fclose(file);
	if (c == EOF && json_array_size(*baseline) > 0)
		return true;
	(void)complain("scan: --baseline %s: no report of a scan; give what "
		       "--json has printed",
	    name);
	return false;
}

/* By code; by name in a report that has none. */
static bool
is_same(const json_t *a, const json_t *b, const char *name)
{
	const char *code = text_of(a, "code");

	if (*code != '\0' && *text_of(b, "code") != '\0')
		return strcmp(code, text_of(b, "code")) == 0;
	return strcmp(text_of(a, name), text_of(b, name)) == 0;
}

static json_t *
find_item(const json_t *array, const json_t *item, const char *name)
{
	json_t *other;

	for (size_t i = 0; (other = json_array_get(array, i)) != NULL; i++)
		if (is_same(item, other, name))
			return other;
	return NULL;
}

static const char *const lists[] = { "ciphers", "groups" };

static size_t
mark_items(json_t *now, const json_t *then, const char *list)
{
	const json_t *old = json_object_get(then, list);
	json_t *all = json_object_get(now, list), *item;
	size_t count = 0;

	for (size_t i = 0; (item = json_array_get(all, i)) != NULL; i++) {
		if (find_item(old, item, "name") != NULL)
			continue;
		put(item, "new", json_true());
		count++;
	}
	return count;
}

static size_t
mark_new(json_t *report, const json_t *baseline)
{
	const json_t *old = json_object_get(baseline, "versions"), *then;
	json_t *all = json_object_get(report, "versions"), *now;
	size_t count = 0;

	for (size_t i = 0; (now = json_array_get(all, i)) != NULL; i++) {
		if (!is_accepted(now))
			continue;
		then = find_item(old, now, "version");
		if (then == NULL || !is_accepted(then)) {
			put(now, "new", json_true());
			count++;
		}
		for (size_t k = 0; k < 2; k++)
			count += mark_items(now, then, lists[k]);
	}
	return count;
}

static void
add_gone(json_t *gone, const json_t *version, const char *kind,
    const json_t *item, const char *name)
{
	json_t *object = new_object();

	put(object, "version", new_text(text_of(version, "version")));
	put(object, "kind", new_text(kind));
	put(object, "code", new_text(text_of(item, "code")));
	put(object, "name", new_text(text_of(item, name)));
	add(gone, object);
}

/* What could not be told now is not said to be gone. */
static void
tell_gone(json_t *report, const json_t *baseline)
{
	const json_t *old = json_object_get(baseline, "versions"), *then, *now,
		     *item, *items;
	const json_t *all = json_object_get(report, "versions");
	json_t *gone = new_array();

	for (size_t i = 0; (then = json_array_get(old, i)) != NULL; i++) {
		now = find_item(all, then, "version");
		if (!is_accepted(then) || now == NULL ||
		    !json_is_true(json_object_get(now, "complete")))
			continue;
		if (!is_accepted(now))
			add_gone(gone, then, "version", then, "version");
		for (size_t k = 0; k < 2; k++) {
			items = json_object_get(then, lists[k]);
			for (size_t n = 0;
			     (item = json_array_get(items, n)) != NULL; n++)
				if (find_item(json_object_get(now, lists[k]),
					item, "name") == NULL)
					add_gone(gone, then,
					    k == 0 ? "cipher" : "group", item,
					    "name");
		}
	}
	put(report, "gone", gone);
}

/* Old reports have names as they were given: with a dot behind; addresses. */
static bool
is_name_of(const char *name, const json_t *old)
{
	const char *then = text_of(old, "servername");
	const size_t len =
	    *name == '\0' && is_address(then) ? 0 : name_length(then);

	return strlen(name) == len && strncmp(name, then, len) == 0;
}

/* Of the same server, asked for the same name in the same way. */
static bool
is_of(const json_t *old, const json_t *report)
{
	static const char *const keys[] = { "target", "starttls" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(text_of(old, keys[i]), text_of(report, keys[i])) !=
		    0)
			return false;
	return is_name_of(text_of(report, "servername"), old);
}

void
compare_baseline(json_t *report, const json_t *baseline)
{
	const json_t *then = NULL, *one;
	size_t count;

	for (size_t i = 0;
	     then == NULL && (one = json_array_get(baseline, i)) != NULL; i++)
		if (is_of(one, report))
			then = one;
	count = mark_new(report, then);
	put(report, "new", must(json_integer((json_int_t)count)));
	tell_gone(report, then);
	if (count > 0)
		put(report, "status", must(json_integer(STATUS_NO)));
}
