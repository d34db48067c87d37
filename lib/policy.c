/* SPDX-License-Identifier: MIT */
/* Policy objects: making, copying, setting and reading their fields. */
#include <string.h>

#include <openssl/crypto.h>

#include "internal.h"

static const struct tlspolicy empty = {
	.level = -1,
	.renegotiation = -1,
	.preference = -1,
};

struct tlspolicy *
tlspolicy_new(void)
{
	return tlspolicy_dup(&empty);
}

struct tlspolicy *
tlspolicy_dup(const struct tlspolicy *policy)
{
	struct tlspolicy *copy;

	if (policy == NULL)
		return NULL;
	if ((copy = tlsp_copy(policy, sizeof(*policy))) == NULL)
		return NULL;
	memset(copy->list, 0, sizeof(copy->list));
	for (int i = 0; i < LIST_COUNT; i++) {
		if (policy->list[i] == NULL)
			continue;
		copy->list[i] =
		    tlsp_copy(policy->list[i], strlen(policy->list[i]) + 1);
		if (copy->list[i] == NULL) {
			tlspolicy_free(copy);
			return NULL;
		}
	}
	return copy;
}

void
tlspolicy_free(struct tlspolicy *policy)
{
	if (policy == NULL || tlsp_is_profile(policy))
		return;
	for (enum list_kind kind = 0; kind < LIST_COUNT; kind++)
		OPENSSL_free(tlsp_policy_swap_list(policy, kind, NULL));
	OPENSSL_free(policy);
}

int
tlsp_policy_validate(const struct tlspolicy *policy, const char *where)
{
	unsigned permitted = tlsp_policy_versions(policy);
	unsigned run = tlsp_versions_lowest_run(permitted);

	if (tlsp_versions_between(policy->min_version, policy->max_version) ==
	    0)
		return tlsp_fail(TLSPOLICY_E_RANGE, "%smin=%s is above max=%s",
		    where, tlspolicy_protocol_name(policy->min_version),
		    tlspolicy_protocol_name(policy->max_version));
	if (permitted == 0)
		return tlsp_fail(TLSPOLICY_E_RANGE,
		    "%severy version is disabled: leave one of them out of "
		    "disable",
		    where);
	if (run == permitted)
		return TLSPOLICY_OK;
	return tlsp_fail(TLSPOLICY_E_HOLE,
	    "%s%s is disabled between %s and %s: OpenSSL needs versions "
	    "without a gap, set min or max instead",
	    where, tlspolicy_protocol_name(tlsp_version_highest(run) + 1),
	    tlspolicy_protocol_name(tlsp_version_lowest(run)),
	    tlspolicy_protocol_name(tlsp_version_highest(permitted)));
}

/* Setters */

/* What is formatted must be text that parses. */
bool
tlsp_policy_too_long(const struct tlspolicy *policy)
{
	size_t most = 256; /* more than all takes but the lists */

	for (int i = 0; i < LIST_COUNT; i++) {
		if (policy->list[i] != NULL)
			most += strlen(policy->list[i]);
	}
	return most > TEXT_MAX && tlspolicy_format(policy, NULL, 0) > TEXT_MAX;
}

static int
check_size(const struct tlspolicy *policy)
{
	if (!tlsp_policy_too_long(policy))
		return TLSPOLICY_OK;
	return tlsp_fail(TLSPOLICY_E_SYNTAX,
	    "the policy's text would have over %d bytes", TEXT_MAX);
}

/* Sets a field of a policy, or, for NULL, fails for want of the policy. */
static int
set_field(const struct tlspolicy *policy, int *field, int value)
{
	int old, status;

	if (field == NULL)
		return tlsp_fail(TLSPOLICY_E_INVALID, "policy is NULL");
	old = *field;
	*field = value;
	if ((status = check_size(policy)) != TLSPOLICY_OK)
		*field = old;
	return status;
}

static int
set_bound(const struct tlspolicy *policy, int *field, int version)
{
	if (field != NULL && version != 0 && tlsp_version_bit(version) == 0)
		return tlsp_fail(TLSPOLICY_E_INVALID,
		    "version 0x%x is none of TLS1_VERSION to TLS1_3_VERSION",
		    (unsigned)version);
	return set_field(policy, field, version);
}

int
tlspolicy_set_min_version(struct tlspolicy *policy, int version)
{
	return set_bound(
	    policy, policy == NULL ? NULL : &policy->min_version, version);
}

int
tlspolicy_set_max_version(struct tlspolicy *policy, int version)
{
	return set_bound(
	    policy, policy == NULL ? NULL : &policy->max_version, version);
}

int
tlspolicy_set_disabled(struct tlspolicy *policy, unsigned flags)
{
	if (policy != NULL && (flags & ~VERSIONS_ALL) != 0)
		return tlsp_fail(TLSPOLICY_E_INVALID,
		    "flags 0x%x have bits besides TLSPOLICY_NO_* (which are "
		    "not SSL_OP_NO_*)",
		    flags);
	return set_field(policy,
	    policy == NULL ? NULL : (int *)&policy->disabled, (int)flags);
}

char *
tlsp_policy_swap_list(struct tlspolicy *policy, enum list_kind kind, char *list)
{
	/* The policy's own: const is for those of profiles. */
	char *old = (char *)(uintptr_t)policy->list[kind];

	policy->list[kind] = list;
	return old;
}

static int
set_list(struct tlspolicy *policy, enum list_kind kind, const char *list)
{
	const struct source source = { .what = "list", .start = list };
	char *spare = NULL;
	int status;

	if (policy == NULL)
		return tlsp_fail(TLSPOLICY_E_INVALID, "policy is NULL");
	if (list != NULL) {
		status =
		    tlsp_list_parse(&source, kind, list, strlen(list), &spare);
		if (status != TLSPOLICY_OK)
			return status;
	}
	spare = tlsp_policy_swap_list(policy, kind, spare);
	if ((status = check_size(policy)) != TLSPOLICY_OK)
		spare = tlsp_policy_swap_list(policy, kind, spare);
	OPENSSL_free(spare);
	return status;
}

int
tlspolicy_set_ciphers(struct tlspolicy *policy, const char *list)
{
	return set_list(policy, LIST_CIPHERS, list);
}

int
tlspolicy_set_ciphersuites(struct tlspolicy *policy, const char *list)
{
	return set_list(policy, LIST_CIPHERSUITES, list);
}

int
tlspolicy_set_groups(struct tlspolicy *policy, const char *list)
{
	return set_list(policy, LIST_GROUPS, list);
}

int
tlspolicy_set_sigalgs(struct tlspolicy *policy, const char *list)
{
	return set_list(policy, LIST_SIGALGS, list);
}

static int
set_number(const struct tlspolicy *policy, int *field, int value, int most,
    const char *what)
{
	if (field != NULL && (value < -1 || value > most))
		return tlsp_fail(TLSPOLICY_E_INVALID,
		    "%s %d is not between 0 and %d (-1 unsets it)", what, value,
		    most);
	return set_field(policy, field, value);
}

int
tlspolicy_set_security_level(struct tlspolicy *policy, int level)
{
	return set_number(policy, policy == NULL ? NULL : &policy->level, level,
	    5, "security level");
}

int
tlspolicy_set_renegotiation(struct tlspolicy *policy, int allowed)
{
	return set_number(policy,
	    policy == NULL ? NULL : &policy->renegotiation, allowed, 1,
	    "renegotiation");
}

int
tlspolicy_set_server_preference(struct tlspolicy *policy, int preferred)
{
	return set_number(policy, policy == NULL ? NULL : &policy->preference,
	    preferred, 1, "server preference");
}

/* Getters */

int
tlspolicy_get_min_version(const struct tlspolicy *policy)
{
	return policy == NULL ? 0 : policy->min_version;
}

int
tlspolicy_get_max_version(const struct tlspolicy *policy)
{
	return policy == NULL ? 0 : policy->max_version;
}

unsigned
tlspolicy_get_disabled(const struct tlspolicy *policy)
{
	return policy == NULL ? 0 : policy->disabled;
}

const char *
tlspolicy_get_ciphers(const struct tlspolicy *policy)
{
	return policy == NULL ? NULL : policy->list[LIST_CIPHERS];
}

const char *
tlspolicy_get_ciphersuites(const struct tlspolicy *policy)
{
	return policy == NULL ? NULL : policy->list[LIST_CIPHERSUITES];
}

const char *
tlspolicy_get_groups(const struct tlspolicy *policy)
{
	return policy == NULL ? NULL : policy->list[LIST_GROUPS];
}

const char *
tlspolicy_get_sigalgs(const struct tlspolicy *policy)
{
	return policy == NULL ? NULL : policy->list[LIST_SIGALGS];
}

int
tlspolicy_get_security_level(const struct tlspolicy *policy)
{
	return policy == NULL ? -1 : policy->level;
}

int
tlspolicy_get_renegotiation(const struct tlspolicy *policy)
{
	return policy == NULL ? -1 : policy->renegotiation;
}

int
tlspolicy_get_server_preference(const struct tlspolicy *policy)
{
	return policy == NULL ? -1 : policy->preference;
}
