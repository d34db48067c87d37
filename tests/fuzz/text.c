/* SPDX-License-Identifier: MIT */
/*
 * Policy text from anywhere, law 8 of tlspolicy(7): what is taken has one form
 * that means the same; what is refused leaves an entry, and nothing else.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int ok)
{
	if (!ok)
		abort();
}

static void
keep(const struct tlspolicy *policy)
{
	const int size = tlspolicy_format(policy, NULL, 0);
	char *first = malloc((size_t)size + 1), *second;
	struct tlspolicy *again = NULL, *both = NULL;

	must(size >= 0 && first != NULL &&
	    tlspolicy_format(policy, first, (size_t)size + 1) == size &&
	    strlen(first) == (size_t)size);
	must(tlspolicy_parse(&again, first) == TLSPOLICY_OK);
	second = malloc((size_t)size + 1);
	must(second != NULL &&
	    tlspolicy_format(again, second, (size_t)size + 1) == size &&
	    strcmp(first, second) == 0);
	must(tlspolicy_covers(policy, again) == TLSPOLICY_OK &&
	    tlspolicy_covers(again, policy) == TLSPOLICY_OK);
	if (tlspolicy_intersect(&both, policy, again) == TLSPOLICY_OK)
		must(tlspolicy_covers(policy, both) == TLSPOLICY_OK);
	ERR_clear_error();
	tlspolicy_free(both);
	tlspolicy_free(again);
	free(first);
	free(second);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tlspolicy *policy = NULL;
	char *text = malloc(size + 1);
	int status;

	must(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	status = tlspolicy_parse(&policy, text);
	must((status == TLSPOLICY_OK) == (policy != NULL) &&
	    (status == TLSPOLICY_OK) == (ERR_peek_error() == 0));
	if (policy != NULL)
		keep(policy);
	ERR_clear_error();
	tlspolicy_free(policy);
	free(text);
	return 0;
}
