/* SPDX-License-Identifier: MIT */
/* A line of text or JSON, in a buffer that cannot overflow. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "preload.h"

/* Room that is kept for what ends a line. */
enum { ENDING = 4 };

static void
put_raw(struct line *line, const char *text, size_t len)
{
	if (line->len + len > LINE_SIZE - ENDING)
		len = LINE_SIZE - ENDING - line->len;
	memcpy(line->text + line->len, text, len);
	line->len += len;
}

void
line_put(struct line *line, const char *fmt, ...)
{
	char text[256];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (len > 0)
		put_raw(line, text,
		    (size_t)len < sizeof(text) ? (size_t)len
					       : sizeof(text) - 1);
}

/* Others' bytes: none may steer a terminal, or end a line or a string. */
static size_t
escape(const struct line *line, unsigned char c, char out[8])
{
	if (c < ' ' || c > '~')
		return (size_t)snprintf(
		    out, 8, line->json ? "\\\\x%02x" : "\\x%02x", c);
	if (line->json && (c == '"' || c == '\\'))
		return (size_t)snprintf(out, 8, "\\%c", c);
	out[0] = (char)c;
	return 1;
}

void
line_put_text(struct line *line, const char *text, size_t max)
{
	const size_t end = line->len + max;
	char out[8];

	if (line->json)
		put_raw(line, "\"", 1);
	for (; *text != '\0'; text++) {
		const size_t len = escape(line, (unsigned char)*text, out);

		/* Never half of an escape, whatever is cut. */
		if (line->len + len > end ||
		    line->len + len > LINE_SIZE - ENDING - 8) {
			put_raw(line, "...", 3);
			break;
		}
		put_raw(line, out, len);
	}
	if (line->json)
		put_raw(line, "\"", 1);
}

void
line_key(struct line *line, const char *key)
{
	line_put(line, "%s\"%s\":", line->empty ? "" : ",", key);
	line->empty = false;
}

void
line_string(struct line *line, const char *key, const char *text, size_t max)
{
	line_key(line, key);
	if (text == NULL)
		line_put(line, "null");
	else
		line_put_text(line, text, max);
}

void
line_number(struct line *line, const char *key, unsigned long value)
{
	line_key(line, key);
	line_put(line, "%lu", value);
}

void
line_truth(struct line *line, const char *key, int value)
{
	line_key(line, key);
	line_put(line, "%s", value < 0 ? "null" : value ? "true" : "false");
}

void
line_begin(struct line *line, const char *event)
{
	line->len = 0;
	line->json = settings_plain()->json;
	line->empty = true;
	if (!line->json) {
		line_put(line, "tlspolicy[%ld] ", (long)getpid());
		return;
	}
	put_raw(line, "{", 1);
	line_string(line, "event", event, 16);
	line_number(line, "pid", (unsigned long)getpid());
}

void
line_end(struct line *line)
{
	memcpy(line->text + line->len, line->json ? "}\n" : "\n",
	    line->json ? 2 : 1);
	line->len += line->json ? 2 : 1;
	output_write(line->text, line->len);
}
