/* SPDX-License-Identifier: MIT */
#ifndef TESTS_TEXTS_H
#define TESTS_TEXTS_H

#include <stddef.h>

#include <tlspolicy.h>

/* Policy text that is refused, and text that is written and read again. */

#define TEXT_MAX  8192
#define ENTRY_MAX 1024

/* What the error queue holds; asking empties it. */
struct queue {
	int entries;
	char last[ENTRY_MAX];
};

struct queue take_text_queue(void);
/* The column that an entry names, 0 if none. */
size_t entry_column(const char *entry);
/* A failure of parse: *out, the one entry and its column are as promised. */
void assert_failed(const char *text, int status, const struct tlspolicy *out,
    const struct queue *queue);
/* Law 8 for one policy. */
void assert_round_trip(const char *name, const struct tlspolicy *policy);

#endif
