/* SPDX-License-Identifier: MIT */
/* Policies as sets of what they permit: intersection, and inclusion. */
#include <string.h>

#include <openssl/crypto.h>

#include "internal.h"

/* "nothing" stands for the versions of a policy that permits none. */
static const char *
name_of(int version)
{
	return version == 0 ? "nothing" : tlspolicy_protocol_name(version);
}

static int
check_pair(const struct tlspolicy *a, const struct tlspolicy *b)
{
	if (a == NULL || b == NULL)
		return tlsp_fail(TLSPOLICY_E_INVALID, "%s is NULL",
		    a == NULL ? "the first policy" : "the second policy");
	return TLSPOLICY_OK;
}

/* Never longer than a, which fits. */
static void
intersect_items(const char *a, const char *b, char *list, size_t size)
{
	struct item item, other;

	list[0] = '\0';
	while (tlsp_list_next(&a, &item)) {
		if (!tlsp_list_find(b, &item, &other))
			continue;
		item.optional = item.optional && other.optional;
		(void)tlsp_list_append(list, size, &item, true);
	}
}

static int
intersect_list(
    struct tlspolicy *out, enum list_kind kind, const char *a, const char *b)
{
	char list[TEXT_MAX + 1], *copy;

	if (a == NULL || b == NULL)
		a = b = a == NULL ? b : a;
	if (a == NULL)
		return TLSPOLICY_OK;
	intersect_items(a, b, list, sizeof(list));
	if (list[0] == '\0') {
		if ((tlsp_policy_versions(out) & tlsp_versions_using(kind)) ==
		    0)
			return TLSPOLICY_OK;
		return tlsp_fail(TLSPOLICY_E_CONFLICT,
		    "nothing in common: the policies share none of the %s",
		    tlsp_list_key(kind));
	}
	if ((copy = tlsp_copy(list, strlen(list) + 1)) == NULL)
		return tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
	OPENSSL_free(tlsp_policy_swap_list(out, kind, copy));
	if (tlsp_policy_too_long(out))
		return tlsp_fail(TLSPOLICY_E_SYNTAX,
		    "the intersection's text would have over %d bytes",
		    TEXT_MAX);
	return TLSPOLICY_OK;
}

static int
intersect_versions(
    struct tlspolicy *out, const struct tlspolicy *a, const struct tlspolicy *b)
{
	unsigned ours = tlsp_policy_versions(a);
	unsigned theirs = tlsp_policy_versions(b);

	out->min_version = tlsp_larger(a->min_version, b->min_version);
	out->max_version = tlsp_stricter_max(a->max_version, b->max_version);
	out->disabled = a->disabled | b->disabled;
	if (tlsp_policy_versions(out) == 0)
		return tlsp_fail(TLSPOLICY_E_CONFLICT,
		    "nothing in common: one policy permits %s to %s, the other "
		    "%s to %s",
		    name_of(tlsp_version_lowest(ours)),
		    name_of(tlsp_version_highest(ours)),
		    name_of(tlsp_version_lowest(theirs)),
		    name_of(tlsp_version_highest(theirs)));
	return TLSPOLICY_OK;
}

int
tlspolicy_intersect(struct tlspolicy **out, const struct tlspolicy *a,
    const struct tlspolicy *b)
{
	struct tlspolicy *both;
	int status;

	if (out == NULL)
		return tlsp_fail(TLSPOLICY_E_INVALID, "out is NULL");
	*out = NULL;
	if ((status = check_pair(a, b)) != TLSPOLICY_OK)
		return status;
	if ((both = tlspolicy_new()) == NULL)
		return tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
	if ((status = intersect_versions(both, a, b)) != TLSPOLICY_OK)
		goto done;
	both->level = tlsp_larger(a->level, b->level);
	both->renegotiation = a->renegotiation == 0 || b->renegotiation == 0
	    ? 0
	    : tlsp_larger(a->renegotiation, b->renegotiation);
	both->preference = a->preference != -1 ? a->preference : b->preference;
	for (enum list_kind kind = 0; kind < LIST_COUNT; kind++) {
		status =
		    intersect_list(both, kind, a->list[kind], b->list[kind]);
		if (status != TLSPOLICY_OK)
			goto done;
	}
	*out = both;
	both = NULL;
done:
	tlspolicy_free(both);
	return status;
}

/* Two policies, and what to call them. */
struct pair {
	const struct tlspolicy *outer, *inner;
	const char *outer_name, *inner_name;
};

#define violation(pair, fmt, ...) \
	tlsp_fail(TLSPOLICY_E_VIOLATION, "%s permits " fmt ", %s does not", \
	    (pair)->inner_name, __VA_ARGS__, (pair)->outer_name)

static int
covers_list(const struct pair *pair, enum list_kind kind)
{
	const char *outer = pair->outer->list[kind];
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): never NULL */
	const char *inner = pair->inner->list[kind];
	char quoted[QUOTE_SIZE];
	struct item item, found;

	if (outer == NULL)
		return TLSPOLICY_OK;
	if (inner == NULL)
		return violation(pair, "all %s", tlsp_list_key(kind));
	while (tlsp_list_next(&inner, &item)) {
		if (!tlsp_list_find(outer, &item, &found))
			return violation(pair, "%s \"%s\"",
			    tlsp_list_noun(kind),
			    tlsp_quote(quoted, item.name, item.len));
	}
	return TLSPOLICY_OK;
}

static int
covers_numbers(const struct pair *pair)
{
	const struct tlspolicy *outer = pair->outer, *inner = pair->inner;
	int level = tlsp_larger(inner->level, 0);

	if (outer->level > level)
		return violation(pair, "security level %d", level);
	if (outer->renegotiation == 0 && inner->renegotiation != 0)
		return violation(pair, "%s", "renegotiation");
	return TLSPOLICY_OK;
}

int
tlsp_covers(const struct tlspolicy *outer, const char *outer_name,
    const struct tlspolicy *inner, const char *inner_name)
{
	const struct pair pair = { outer, inner, outer_name, inner_name };
	unsigned permitted = tlsp_policy_versions(inner);
	unsigned more = permitted & ~tlsp_policy_versions(outer);
	int status;

	if (more != 0)
		return violation(&pair, "%s",
		    tlspolicy_protocol_name(tlsp_version_lowest(more)));
	for (enum list_kind kind = 0; kind < LIST_COUNT; kind++) {
		if ((permitted & tlsp_versions_using(kind)) == 0)
			continue;
		status = covers_list(&pair, kind);
		if (status != TLSPOLICY_OK)
			return status;
	}
	return permitted == 0 ? TLSPOLICY_OK : covers_numbers(&pair);
}

int
tlspolicy_covers(const struct tlspolicy *outer, const struct tlspolicy *inner)
{
	int status = check_pair(outer, inner);

	if (status != TLSPOLICY_OK)
		return status;
	return tlsp_covers(outer, "the outer one", inner, "the inner policy");
}
