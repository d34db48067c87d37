/* SPDX-License-Identifier: MIT */
/* What goes out: reports to standard output, complaints to standard error. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

/* Arguments and addresses are others' bytes: none may steer a terminal. */
static void
escape(const char *text, char *buf, size_t size)
{
	size_t len = 0;

	for (; *text != '\0' && len + sizeof("\\xNN") <= size; text++) {
		const unsigned char c = (unsigned char)*text;

		if (c >= ' ' && c <= '~')
			buf[len++] = *text;
		else
			len += (size_t)snprintf(
			    buf + len, size - len, "\\x%02x", c);
	}
	buf[len] = '\0';
}

int
complain(const char *fmt, ...)
{
	char text[2048], safe[4 * sizeof(text)];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	escape(text, safe, sizeof(safe));
	(void)fprintf(stderr, "tlspolicy: %s\n", safe);
	return STATUS_TROUBLE;
}

void *
must(void *made)
{
	if (made == NULL)
		exit(complain("out of memory; close other programs"));
	return made;
}

json_t *
new_object(void)
{
	return must(json_object());
}

json_t *
new_array(void)
{
	return must(json_array());
}

json_t *
new_text(const char *text)
{
	json_t *made;
	char *safe;
	size_t size;

	if (text == NULL)
		return json_null();
	size = sizeof("\\xNN") * (strlen(text) + 1);
	safe = must(malloc(size));
	escape(text, safe, size);
	made = must(json_string(safe));
	free(safe);
	return made;
}

void
put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) != 0)
		(void)must(NULL);
}

void
add(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) != 0)
		(void)must(NULL);
}

const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

void
finish(json_t *report, const struct arguments *args,
    void (*print)(const json_t *report))
{
	if (args->opt[OPT_JSON] == NULL)
		print(report);
	else if (json_dumpf(report, stdout, JSON_INDENT(2)) == 0)
		(void)putchar('\n');
	json_decref(report);
}
