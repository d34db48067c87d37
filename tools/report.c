/* SPDX-License-Identifier: MIT */
/* What goes out: reports to standard output, complaints to standard error. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

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

void
progress(const char *fmt, ...)
{
	char text[256], safe[4 * sizeof(text)];
	va_list args;

	if (isatty(STDERR_FILENO) != 1)
		return;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	escape(text, safe, sizeof(safe));
	(void)fprintf(stderr, "\r\033[K%s", safe);
}

void
flush_output(void)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		exit(complain("cannot write the output: %s; what came out is "
			      "not whole",
		    strerror(errno)));
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

/* On a terminal */

enum { WIDTH_LEAST = 40, WIDTH_USUAL = 80, WRAPPED_INDENT = 4 };

static bool wrapping; /* standard output is a file meanwhile */

bool
on_terminal(void)
{
	return wrapping || isatty(STDOUT_FILENO) == 1;
}

static size_t
terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return WIDTH_USUAL;
	return size.ws_col < WIDTH_LEAST ? WIDTH_LEAST : size.ws_col;
}

/* How much of a line's rest goes on this row: up to a mark between names. */
static size_t
row_of(const char *rest, size_t room)
{
	size_t len = strlen(rest), at = room;

	if (len <= room)
		return len;
	while (at > 0 && strchr(" :,", rest[at - 1]) == NULL)
		at--;
	return at > 0 ? at : room;
}

/* What has no space in it is policy text, to be copied as it stands. */
static void
put_wrapped(const char *line, size_t width)
{
	const bool whole = strchr(line, ' ') == NULL;
	size_t indent = 0, row, end;

	do {
		row = whole ? strlen(line) : row_of(line, width - indent);
		end = row > 0 && line[row - 1] == ' ' && line[row] != '\0'
		    ? row - 1
		    : row;
		(void)printf("%*s%.*s\n", (int)indent, "", (int)end, line);
		line += row;
		indent = WRAPPED_INDENT;
	} while (*line != '\0');
}

struct wrap
begin_wrapping(void)
{
	struct wrap wrap = { .saved = -1 };

	if (!on_terminal() || fflush(stdout) != 0 ||
	    (wrap.file = tmpfile()) == NULL)
		return wrap;
	wrap.saved = dup(STDOUT_FILENO);
	if (wrap.saved >= 0 && dup2(fileno(wrap.file), STDOUT_FILENO) < 0) {
		(void)close(wrap.saved);
		wrap.saved = -1;
	}
	wrapping = wrap.saved >= 0;
	return wrap;
}

void
end_wrapping(struct wrap *wrap)
{
	char *line = NULL;
	size_t size = 0;

	wrapping = false;
	if (wrap->saved >= 0) {
		(void)fflush(stdout);
		if (dup2(wrap->saved, STDOUT_FILENO) < 0)
			exit(STATUS_TROUBLE);
		(void)close(wrap->saved);
		rewind(wrap->file);
		while (getline(&line, &size, wrap->file) > 0) {
			line[strcspn(line, "\n")] = '\0';
			put_wrapped(line, terminal_width());
		}
	}
	free(line);
	if (wrap->file != NULL)
		(void)fclose(wrap->file);
}

void
finish(json_t *report, const struct arguments *args,
    void (*print)(const json_t *report))
{
	json_t *object;
	struct wrap wrap;

	if (args->opt[OPT_JSON] == NULL) {
		wrap = begin_wrapping();
		print(report);
		end_wrapping(&wrap);
	} else {
		/* First of the keys. */
		object = new_object();
		put(object, "format", json_integer(FORMAT));
		if (json_object_update(object, report) != 0)
			(void)must(NULL);
		if (json_dumpf(object, stdout, JSON_INDENT(2)) == 0)
			(void)putchar('\n');
		json_decref(object);
	}
	json_decref(report);
}
