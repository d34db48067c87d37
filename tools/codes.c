/* SPDX-License-Identifier: MIT */
/* The registry's names, by code. */
#define SCAN_BYTES_ONLY
#include <stdlib.h>

#include "scan.h"

static int
compare(const void *key, const void *entry)
{
	const uint16_t *code = key;
	const struct code *known = entry;

	return (*code > known->code) - (*code < known->code);
}

static const char *
name_in(const struct code *table, size_t count, uint16_t code)
{
	const struct code *found =
	    bsearch(&code, table, count, sizeof(*table), compare);

	return found != NULL ? found->name : NULL;
}

const char *
suite_name(uint16_t suite)
{
	return name_in(suites, suite_count, suite);
}

const char *
group_name(uint16_t group)
{
	return name_in(groups, group_count, group);
}
