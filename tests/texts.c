/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "runner.h"
#include "texts.h"

static int
add_entry(const char *line, size_t len, void *arg)
{
	struct queue *queue = arg;

	queue->entries++;
	(void)snprintf(
	    queue->last, sizeof(queue->last), "%.*s", (int)len, line);
	queue->last[strcspn(queue->last, "\n")] = '\0';
	return 1;
}

struct queue
take_text_queue(void)
{
	struct queue queue = { 0 };

	ERR_print_errors_cb(add_entry, &queue);
	return queue;
}

size_t
entry_column(const char *entry)
{
	const char *at = strstr(entry, "policy text, column ");
	size_t column = 0;

	if (at != NULL)
		(void)sscanf(at, "policy text, column %zu: ", &column);
	return column;
}

static int
is_printable(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			return 0;
	return 1;
}

void
assert_failed(const char *text, int status, const struct tlspolicy *out,
    const struct queue *queue)
{
	size_t column = entry_column(queue->last);

	ck_assert_msg(status == TLSPOLICY_E_SYNTAX ||
		status == TLSPOLICY_E_PROFILE || status == TLSPOLICY_E_RANGE ||
		status == TLSPOLICY_E_HOLE,
	    "\"%.99s\": %d", text, status);
	ck_assert_msg(out == NULL, "\"%.99s\": *out is set", text);
	ck_assert_msg(
	    queue->entries == 1, "\"%.99s\": %d entries", text, queue->entries);
	ck_assert_msg(is_printable(queue->last), "\"%.99s\": raw bytes: %s",
	    text, queue->last);
	ck_assert_msg(column >= 1 && column <= strlen(text) + 1,
	    "\"%.99s\": column %zu: %s", text, column, queue->last);
}

static int
same_list(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static int
same_policy(const struct tlspolicy *a, const struct tlspolicy *b)
{
#define SAME(field) (tlspolicy_get_##field(a) == tlspolicy_get_##field(b))
#define SAME_LIST(field) \
	same_list(tlspolicy_get_##field(a), tlspolicy_get_##field(b))
	return SAME(min_version) && SAME(max_version) && SAME(disabled) &&
	    SAME_LIST(ciphers) && SAME_LIST(ciphersuites) &&
	    SAME_LIST(groups) && SAME_LIST(sigalgs) && SAME(security_level) &&
	    SAME(renegotiation) && SAME(server_preference);
#undef SAME_LIST
#undef SAME
}

void
assert_round_trip(const char *name, const struct tlspolicy *policy)
{
	struct tlspolicy *again = NULL;
	char text[TEXT_MAX + 1], text2[TEXT_MAX + 1];
	int len = tlspolicy_format(policy, text, sizeof(text));

	ck_assert_msg(
	    len > 0 && (size_t)len == strlen(text), "%s: format %d", name, len);
	ck_assert_msg(tlspolicy_parse(&again, text) == TLSPOLICY_OK,
	    "%s: refused: %.999s", name, text);
	ck_assert_msg(
	    same_policy(policy, again), "%s: changed: %.999s", name, text);
	ck_assert_int_eq(tlspolicy_format(again, text2, sizeof(text2)), len);
	ck_assert_msg(strcmp(text, text2) == 0, "%s: %.999s then %.999s", name,
	    text, text2);
	tlspolicy_free(again);
}
