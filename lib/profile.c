/* SPDX-License-Identifier: MIT */
/*
 * The built-in profiles.  An edition never changes once it is released: a new
 * one goes below the older ones of its name, and tests/golden has a file for
 * each.  The bare name is the newest edition by date, wherever it stands.
 * tests/sources.txt has the document, section and date of every item.
 *
 * Edition 2026 follows the Server Side TLS guidelines 6.0, and 5.8 for the
 * configuration that 6.0 dropped (TLSRef, both 2026-04-06).  They name no
 * signature algorithms, so none of that edition sets sigalgs.  '?' is on what a
 * FIPS provider or an older OpenSSL lacks; SecP256r1MLKEM768 is our addition,
 * for FIPS.  No profile has a maximum: a newer version is never a weakness.
 *
 * An edition with a month is of a standard, or of compat: the month of the
 * newest text that an item comes from.  Such a profile is never wider than its
 * standard and may be narrower; docs/standards.md says in what.
 */
#include <stdint.h>
#include <string.h>

#include "internal.h"

#define SUITES_2026 \
	"TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:" \
	"?TLS_CHACHA20_POLY1305_SHA256"

#define GROUPS_2026 \
	"?X25519MLKEM768:?SecP256r1MLKEM768:?X25519:prime256v1:secp384r1"

/* Forward secrecy and AEAD. */
#define GCM_2026 \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:" \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384"
#define CHACHA_2026 \
	"?ECDHE-ECDSA-CHACHA20-POLY1305:?ECDHE-RSA-CHACHA20-POLY1305"
#define FORWARD_2026 GCM_2026 ":" CHACHA_2026

/* CBC, and RSA key exchange. */
#define CBC_2026 \
	"ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:" \
	"ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:" \
	"ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:" \
	"ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA"
#define RSA_2026 \
	"AES128-GCM-SHA256:AES256-GCM-SHA384:" \
	"AES128-SHA256:AES256-SHA256:AES128-SHA:AES256-SHA"
#define OLDER_2026 CBC_2026 ":" RSA_2026

/* Of the standards, in 2026-11; RFC 10015 takes RSA and DHE away from all. */
#define AES_256   "TLS_AES_256_GCM_SHA384"
#define ECDHE_256 "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384"

#define HYBRIDS "?X25519MLKEM768:?SecP256r1MLKEM768:?SecP384r1MLKEM1024"
#define BRAINPOOL \
	"?brainpoolP256r1tls13:?brainpoolP384r1tls13:?brainpoolP512r1tls13:" \
	"?brainpoolP256r1:?brainpoolP384r1:?brainpoolP512r1"

#define SHA_384 \
	"ecdsa_secp384r1_sha384:rsa_pss_pss_sha384:rsa_pss_rsae_sha384:" \
	"rsa_pkcs1_sha384"
#define ECDSA \
	"ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512"
#define ECDSA_BRAINPOOL \
	"?ecdsa_brainpoolP256r1tls13_sha256:" \
	"?ecdsa_brainpoolP384r1tls13_sha384:" \
	"?ecdsa_brainpoolP512r1tls13_sha512"
#define RSA_PSS \
	"rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:" \
	"rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512"
#define RSA_PKCS1 "rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512"

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
	{ .name = "compat@2026-11", /* RFC 10015, July 2026 */
	    .summary = "TLS 1.2 and 1.3, with CBC for older peers, without RSA "
		       "key exchange",
	    .policy = {
		.min_version = TLS1_2_VERSION,
		.level = 2,
		.list[LIST_CIPHERS] = FORWARD_2026 ":" CBC_2026,
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
	/* RFC 9151; s2n-tls's cnsa_1. */
	{ .name = "cnsa1@2022-04",
	    .summary = "NSA's CNSA 1.0 (RFC 9151), TLS 1.2 and 1.3: P-384 "
		       "only, refuses RSA 2048",
	    .policy = {
		.min_version = TLS1_2_VERSION,
		.level = 3,
		.list[LIST_CIPHERS] = ECDHE_256,
		.list[LIST_CIPHERSUITES] = AES_256,
		.list[LIST_GROUPS] = "secp384r1",
		.list[LIST_SIGALGS] = SHA_384,
		.renegotiation = 0,
		.preference = 1,
	    } },
	/* draft-becker-cnsa2-tls-profile-05 (2026-07-19); s2n-tls's cnsa_2. */
	{ .name = "cnsa2@2026-07",
	    .summary = "NSA's CNSA 2.0, TLS 1.3, ML-KEM and ML-DSA: takes "
		       "OpenSSL 3.5 and OVERRIDE",
	    .policy = {
		.min_version = TLS1_3_VERSION,
		.level = 5,
		.list[LIST_CIPHERSUITES] = AES_256,
		.list[LIST_GROUPS] = "MLKEM1024",
		.list[LIST_SIGALGS] = "mldsa87",
		.renegotiation = 0,
		.preference = 1,
	    } },
	/* s2n-tls's cnsa_1_2_interop, ELB's CNSA2-INTEROP2-FIPS-PQ-2026-07. */
	{ .name = "cnsa2-interop@2026-07",
	    .summary = "CNSA 2.0, else 1.0: takes OpenSSL 3.5 and OVERRIDE, "
		       "refuses RSA 2048",
	    .policy = {
		.min_version = TLS1_2_VERSION,
		.level = 3,
		.list[LIST_CIPHERS] = ECDHE_256,
		.list[LIST_CIPHERSUITES] = AES_256,
		.list[LIST_GROUPS] = "MLKEM1024:secp384r1",
		.list[LIST_SIGALGS] = "mldsa87:" SHA_384,
		.renegotiation = 0,
		.preference = 1,
	    } },
	/* SP 800-52r2 (2019-08); hybrids: SP 800-227 (2025-09). */
	{ .name = "nist@2025-09",
	    .summary = "NIST SP 800-52r2, TLS 1.2 and 1.3: no ChaCha20, X25519 "
		       "in a hybrid only",
	    .policy = {
		.min_version = TLS1_2_VERSION,
		.level = 2,
		.list[LIST_CIPHERS] = GCM_2026
		    ":ECDHE-ECDSA-AES128-CCM:ECDHE-ECDSA-AES256-CCM",
		.list[LIST_CIPHERSUITES] = "TLS_AES_128_GCM_SHA256:" AES_256
					   ":TLS_AES_128_CCM_SHA256",
		.list[LIST_GROUPS] =
		    HYBRIDS ":prime256v1:secp384r1:secp521r1",
		.list[LIST_SIGALGS] = ECDSA ":" RSA_PSS ":" RSA_PKCS1,
		.renegotiation = 0,
		.preference = 0,
	    } },
	/* The Dutch NCSC's guidelines 2025-05, as Internet.nl has them. */
	{ .name = "ncsc-nl@2025-05",
	    .summary = "The Dutch NCSC's TLS guidelines, TLS 1.2 and 1.3: "
		       "refuses RSA 2048",
	    .policy = {
		.min_version = TLS1_2_VERSION,
		.level = 3,
		.list[LIST_CIPHERS] = ECDHE_256 ":" CHACHA_2026
		    ":ECDHE-ECDSA-AES256-CCM:ECDHE-ECDSA-AES128-GCM-SHA256:"
		    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-CCM",
		.list[LIST_CIPHERSUITES] =
		    AES_256 ":?TLS_CHACHA20_POLY1305_SHA256:"
			    "TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256",
		.list[LIST_GROUPS] =
		    HYBRIDS ":?X25519:prime256v1:secp384r1:?X448:secp521r1:"
			    BRAINPOOL,
		.list[LIST_SIGALGS] = ECDSA ":?ed25519:?ed448:" ECDSA_BRAINPOOL
					    ":" RSA_PSS ":" RSA_PKCS1,
		.renegotiation = 0,
		.preference = 0,
	    } },
};
#define PROFILE_COUNT (sizeof(profiles) / sizeof(profiles[0]))

/* No policy of a caller's is inside the table. */
bool
tlsp_is_profile(const struct tlspolicy *policy)
{
	return (uintptr_t)policy - (uintptr_t)profiles < sizeof(profiles);
}

/*
 * The bare name is the newest edition: as "YYYY" or "YYYY-MM", dates sort as
 * their text does, and a year before the months of it.
 */
const struct tlspolicy *
tlsp_profile_find(const char *name, size_t len)
{
	const struct profile *newest = NULL;

	for (size_t i = 0; i < PROFILE_COUNT; i++) {
		const char *full = profiles[i].name;

		if (strncmp(full, name, len) != 0)
			continue;
		if (full[len] == '\0')
			return &profiles[i].policy;
		if (full[len] == '@' &&
		    (newest == NULL || strcmp(newest->name, full) < 0))
			newest = &profiles[i];
	}
	return newest == NULL ? NULL : &newest->policy;
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
