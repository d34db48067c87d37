/* SPDX-License-Identifier: MIT */
/*
 * The built-in profiles.  An edition never changes once it is released: a new
 * one goes above the older ones of its name, and tests/golden has a file for
 * each.
 *
 * Edition 2026 follows the Server Side TLS guidelines 6.0, and 5.8 for the
 * configuration that 6.0 dropped (TLSRef, both 2026-04-06).  They name no
 * signature algorithms, so no profile sets sigalgs.  '?' is on what a FIPS
 * provider or an older OpenSSL lacks; SecP256r1MLKEM768 is our addition, for
 * FIPS.  No profile has a maximum: a newer version is never a weakness.
 */
#include <string.h>

#include "internal.h"

#define SUITES_2026 \
	"TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:" \
	"?TLS_CHACHA20_POLY1305_SHA256"

#define GROUPS_2026 \
	"?X25519MLKEM768:?SecP256r1MLKEM768:?X25519:prime256v1:secp384r1"

/* Forward secrecy and AEAD. */
#define FORWARD_2026 \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:" \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:" \
	"?ECDHE-ECDSA-CHACHA20-POLY1305:?ECDHE-RSA-CHACHA20-POLY1305"

/* CBC, and RSA key exchange. */
#define OLDER_2026 \
	"ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:" \
	"ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:" \
	"ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:" \
	"ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA:" \
	"AES128-GCM-SHA256:AES256-GCM-SHA384:" \
	"AES128-SHA256:AES256-SHA256:AES128-SHA:AES256-SHA"

static const struct profile {
	const char *name; /* with the edition */
	const char *summary;
	struct tlspolicy policy;
} profiles[] = {
	{ .name = "modern@2026",
	    .summary = "TLS 1.3 only: both ends are yours and current",
	    .policy = {
		.min_version = TLS1_3_VERSION,
		.level = 2,
		.list[LIST_CIPHERSUITES] = SUITES_2026,
		.list[LIST_GROUPS] = GROUPS_2026,
		.renegotiation = 0,
		.preference = 0,
	    } },
	{ .name = "intermediate@2026",
	    .summary = "TLS 1.2 and 1.3, forward secrecy and AEAD only: "
		       "the recommended default",
	    .policy = {
		.min_version = TLS1_2_VERSION,
		.level = 2,
		.list[LIST_CIPHERS] = FORWARD_2026,
		.list[LIST_CIPHERSUITES] = SUITES_2026,
		.list[LIST_GROUPS] = GROUPS_2026,
		.renegotiation = 0,
		.preference = 0,
	    } },
	{ .name = "compat@2026",
	    .summary = "TLS 1.2 and 1.3, with CBC and RSA key exchange for "
		       "older peers",
	    .policy = {
		.min_version = TLS1_2_VERSION,
		.level = 2,
		.list[LIST_CIPHERS] = FORWARD_2026 ":" OLDER_2026,
		.list[LIST_CIPHERSUITES] = SUITES_2026,
		.list[LIST_GROUPS] = GROUPS_2026,
		.renegotiation = -1,
		.preference = 0,
	    } },
	{ .name = "legacy@2026",
	    .summary = "INSECURE, TLS 1.0 to 1.3: for devices that cannot be "
		       "updated",
	    .policy = {
		.min_version = TLS1_VERSION,
		.level = 0,
		.list[LIST_CIPHERS] =
		    FORWARD_2026 ":" OLDER_2026 ":?DES-CBC3-SHA",
		.list[LIST_CIPHERSUITES] = SUITES_2026,
		.list[LIST_GROUPS] = GROUPS_2026,
		.renegotiation = -1,
		.preference = 1,
	    } },
	{ .name = "system@2026",
	    .summary = "The empty policy: as openssl.cnf or crypto-policies "
		       "say",
	    .policy = {
		.level = -1,
		.renegotiation = -1,
		.preference = -1,
	    } },
};
#define PROFILE_COUNT (sizeof(profiles) / sizeof(profiles[0]))

bool
tlsp_is_profile(const struct tlspolicy *policy)
{
	for (size_t i = 0; i < PROFILE_COUNT; i++) {
		if (policy == &profiles[i].policy)
			return true;
	}
	return false;
}

const struct tlspolicy *
tlsp_profile_find(const char *name, size_t len)
{
	for (size_t i = 0; i < PROFILE_COUNT; i++) {
		const char *full = profiles[i].name;

		if (len != strlen(full) && len != strcspn(full, "@"))
			continue;
		if (memcmp(full, name, len) == 0)
			return &profiles[i].policy;
	}
	return NULL;
}

const struct tlspolicy *
tlspolicy_profile(const char *name)
{
	return name == NULL ? NULL : tlsp_profile_find(name, strlen(name));
}

size_t
tlspolicy_profile_count(void)
{
	return PROFILE_COUNT;
}

const char *
tlspolicy_profile_name(size_t index)
{
	return index < PROFILE_COUNT ? profiles[index].name : NULL;
}

const char *
tlspolicy_profile_summary(size_t index)
{
	return index < PROFILE_COUNT ? profiles[index].summary : NULL;
}

static bool
same_list(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
is_equal(const struct tlspolicy *a, const struct tlspolicy *b)
{
	for (int i = 0; i < LIST_COUNT; i++) {
		if (!same_list(a->list[i], b->list[i]))
			return false;
	}
	return a->min_version == b->min_version &&
	    a->max_version == b->max_version && a->disabled == b->disabled &&
	    a->level == b->level && a->renegotiation == b->renegotiation &&
	    a->preference == b->preference;
}

const char *
tlspolicy_profile_of(const struct tlspolicy *policy)
{
	for (size_t i = 0; policy != NULL && i < PROFILE_COUNT; i++) {
		if (is_equal(policy, &profiles[i].policy))
			return profiles[i].name;
	}
	return NULL;
}
