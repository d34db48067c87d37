/* SPDX-License-Identifier: MIT */
/* Policies, with the status that each gives on the first state. */
#include <tlspolicy.h>

#include "laws.h"
#include "release.h"
#include "runner.h"
#include "table.h"

enum {
	OK = TLSPOLICY_OK,
	SYN = TLSPOLICY_E_SYNTAX,
	PRO = TLSPOLICY_E_PROFILE,
	RAN = TLSPOLICY_E_RANGE,
	HOL = TLSPOLICY_E_HOLE,
	UNS = TLSPOLICY_E_UNSUPPORTED,
	CON = TLSPOLICY_E_CONFLICT,
	STR = TLSPOLICY_E_STRICTER,
};

/* None of the key shares that 3.5 sends by itself has so many bits. */
static const int no_share[MODES] = { CON, CON, CON };

/* Level 2 of 1.1.1 leaves the old versions in, and it has no ffdhe groups. */
static const int all_fine[MODES] = { OK, OK, OK };

static const int kept_level[MODES] = { OK, OK, STR };

static const int in_conflict[MODES] = { CON, CON, CON };

static const int unknown[MODES] = { UNS, UNS, UNS };

static const int any_curve[MODES] = { CON, OK, STR };

const struct entry law_entries[] = {
	{ .text = "modern", .want = { OK, OK, OK } },
	{ .text = "intermediate", .want = { OK, OK, OK } },
	{ .text = "compat", .want = { OK, OK, OK } },
	{ .text = "legacy",
	    .want = { STR, OK, STR },
	    .before_3_0 = kept_level },
	{ .text = "system", .want = { OK, OK, OK } },
	/* versions */
	{ .text = "min=TLSv1.2", .want = { OK, OK, OK } },
	{ .text = "min=TLSv1.3", .want = { OK, OK, OK } },
	{ .text = "max=TLSv1.2", .want = { OK, OK, OK } },
	{ .text = "max=TLSv1.3", .want = { OK, OK, OK } },
	{ .text = "min=TLSv1.2,max=TLSv1.2", .want = { OK, OK, OK } },
	{ .text = "disable=TLSv1.3", .want = { OK, OK, OK } },
	{ .text = "disable=TLSv1:TLSv1.1", .want = { OK, OK, OK } },
	{ .text = "disable=TLSv1", .want = { OK, OK, OK } },
	{ .text = "disable=TLSv1:TLSv1.1:TLSv1.2", .want = { OK, OK, OK } },
	{ .text = "min=TLSv1,disable=TLSv1:TLSv1.1", .want = { OK, OK, OK } },
	{ .text = "intermediate,min=TLSv1.3", .want = { OK, OK, OK } },
	{ .text = "intermediate,disable=TLSv1.3", .want = { OK, OK, OK } },
	{ .text = "compat,max=TLSv1.2", .want = { OK, OK, OK } },
	{ .text = "min=TLSv1",
	    .want = { STR, STR, STR },
	    .before_3_0 = all_fine },
	{ .text = "min=TLSv1.1",
	    .want = { STR, STR, STR },
	    .before_3_0 = all_fine },
	{ .text = "min=TLSv1,max=TLSv1.1",
	    .want = { STR, STR, STR },
	    .before_3_0 = all_fine },
	{ .text = "min=TLSv1,max=TLSv1.2",
	    .want = { STR, STR, STR },
	    .before_3_0 = all_fine },
	{ .text = "min=TLSv1,disable=TLSv1",
	    .want = { STR, STR, STR },
	    .before_3_0 = all_fine },
	{ .text = "max=TLSv1",
	    .want = { CON, CON, CON },
	    .before_3_0 = all_fine },
	{ .text = "max=TLSv1.1",
	    .want = { CON, CON, CON },
	    .before_3_0 = all_fine },
	/* levels */
	{ .text = "level=0", .want = { OK, OK, STR } },
	{ .text = "level=1", .want = { OK, OK, STR } },
	{ .text = "level=2", .want = { OK, OK, OK } },
	{ .text = "level=3", .want = { OK, OK, OK } },
	{ .text = "level=4", .want = { OK, OK, OK } },
	{ .text = "level=5", .want = { OK, OK, OK }, .from_3_5 = no_share },
	{ .text = "level=0,min=TLSv1",
	    .want = { STR, OK, STR },
	    .before_3_0 = kept_level },
	{ .text = "level=0,min=TLSv1.1",
	    .want = { STR, OK, STR },
	    .before_3_0 = kept_level },
	{ .text = "level=0,max=TLSv1.1",
	    .want = { CON, OK, STR },
	    .before_3_0 = kept_level },
	{ .text = "level=0,min=TLSv1,max=TLSv1",
	    .want = { STR, OK, STR },
	    .before_3_0 = kept_level },
	{ .text = "level=0,min=TLSv1.2", .want = { OK, OK, STR } },
	{ .text = "level=0,disable=TLSv1", .want = { OK, OK, STR } },
	{ .text = "level=1,min=TLSv1",
	    .want = { STR, STR, STR },
	    .before_3_0 = kept_level },
	{ .text = "legacy,level=1",
	    .want = { STR, STR, STR },
	    .before_3_0 = kept_level },
	{ .text = "legacy,min=TLSv1.2", .want = { OK, OK, STR } },
	{ .text = "legacy,max=TLSv1.1",
	    .want = { STR, OK, STR },
	    .before_3_0 = kept_level },
	{ .text = "modern,level=3", .want = { OK, OK, OK } },
	{ .text = "intermediate,level=3", .want = { OK, OK, OK } },
	{ .text = "intermediate,level=4", .want = { OK, OK, OK } },
	{ .text = "intermediate,level=5", .want = { CON, CON, CON } },
	{ .text = "modern,groups=P-521,level=5", .want = { OK, OK, OK } },
	/* ciphers */
	{ .text = "ciphers=" GCM128 ":ECDHE-ECDSA-AES128-GCM-SHA256",
	    .want = { OK, OK, OK } },
	{ .text = "ciphers=AES128-SHA", .want = { OK, OK, OK } },
	{ .text = "ciphers=AES128-SHA,max=TLSv1.2", .want = { OK, OK, OK } },
	{ .text = "ciphers=?NO-SUCH-CIPHER:AES128-GCM-SHA256",
	    .want = { OK, OK, OK } },
	{ .text = "ciphers=?NO-SUCH-CIPHER,min=TLSv1.3",
	    .want = { OK, OK, OK } },
	{ .text = "ciphers=NULL-SHA256", .want = { CON, OK, STR } },
	{ .text = "ciphers=NULL-SHA256:AES128-SHA", .want = { OK, OK, STR } },
	{ .text = "ciphers=NULL-SHA256,max=TLSv1.2",
	    .want = { CON, CON, CON } },
	{ .text = "ciphers=NULL-SHA256,max=TLSv1.2,level=0",
	    .want = { CON, OK, STR } },
	{ .text = "ciphers=AES128-SHA,max=TLSv1.2,level=4",
	    .want = { CON, CON, CON } },
	/* Level 3 and up want forward secrecy. */
	{ .text = "ciphers=AES256-SHA,max=TLSv1.2,level=3",
	    .want = { CON, CON, CON } },
	{ .text = "ciphers=" GCM128 ",max=TLSv1.1,level=0",
	    .want = { CON, CON, CON } },
	{ .text = "ciphers=" GCM128 ",min=TLSv1,max=TLSv1.1,level=0",
	    .want = { STR, CON, CON },
	    .before_3_0 = in_conflict },
	{ .text = "ciphers=?NO-SUCH-CIPHER", .want = { CON, CON, CON } },
	{ .text = "ciphers=NO-SUCH-CIPHER", .want = { UNS, UNS, UNS } },
	{ .text = "ciphers=AES128-SHA:NO-SUCH-CIPHER",
	    .want = { UNS, UNS, UNS } },
	{ .text = "ciphers=NO-SUCH-CIPHER,min=TLSv1.3",
	    .want = { UNS, UNS, UNS } },
	{ .text = "compat,ciphers=" GCM128 ":NO-SUCH-CIPHER",
	    .want = { UNS, UNS, UNS } },
	/* ciphersuites */
	{ .text = "ciphersuites=TLS_AES_256_GCM_SHA384",
	    .want = { OK, OK, OK } },
	{ .text = "ciphersuites=TLS_CHACHA20_POLY1305_SHA256:"
		  "TLS_AES_128_GCM_SHA256",
	    .want = { OK, OK, OK } },
	{ .text = "ciphersuites=TLS_AES_128_CCM_SHA256",
	    .want = { CON, OK, STR } },
	{ .text = "ciphersuites=TLS_AES_128_CCM_SHA256:"
		  "TLS_AES_128_GCM_SHA256",
	    .want = { OK, OK, STR } },
	{ .text = "ciphersuites=?TLS_NO_SUCH_SUITE,max=TLSv1.2",
	    .want = { OK, OK, OK } },
	{ .text = "ciphersuites=TLS_AES_128_GCM_SHA256,min=TLSv1.3,level=4",
	    .want = { CON, CON, CON } },
	{ .text = "ciphersuites=TLS_AES_128_GCM_SHA256,level=5",
	    .want = { CON, CON, CON } },
	{ .text = "ciphersuites=?TLS_NO_SUCH_SUITE",
	    .want = { CON, CON, CON } },
	{ .text = "ciphersuites=TLS_NO_SUCH_SUITE", .want = { UNS, UNS, UNS } },
	{ .text = "ciphersuites=TLS_AES_128_GCM_SHA256:TLS_NO_SUCH_SUITE",
	    .want = { UNS, UNS, UNS } },
	{ .text = "modern,ciphersuites=TLS_NO_SUCH_SUITE",
	    .want = { UNS, UNS, UNS } },
	/* groups */
	{ .text = "groups=X25519:P-256", .want = { OK, OK, OK } },
	{ .text = "groups=P-256", .want = { OK, OK, OK } },
	{ .text = "groups=P-384:P-521", .want = { OK, OK, OK } },
	{ .text = "groups=?nosuchgroup:X25519", .want = { OK, OK, OK } },
	{ .text = "groups=ffdhe3072:P-256",
	    .want = { OK, OK, OK },
	    .before_3_0 = unknown },
	{ .text = "groups=ffdhe2048,min=TLSv1.3",
	    .want = { OK, OK, OK },
	    .before_3_0 = unknown },
	{ .text = "groups=brainpoolP256r1:X25519", .want = { OK, OK, STR } },
	{ .text = "groups=brainpoolP256r1,max=TLSv1.2",
	    .want = { CON, OK, STR } },
	{ .text = "groups=brainpoolP256r1",
	    .want = { CON, CON, CON },
	    .before_3_0 = any_curve },
	{ .text = "groups=ffdhe2048",
	    .want = { CON, CON, CON },
	    .before_3_0 = unknown },
	{ .text = "groups=P-256,level=4", .want = { CON, CON, CON } },
	{ .text = "groups=X25519,level=4", .want = { CON, CON, CON } },
	{ .text = "groups=X448,level=5", .want = { CON, CON, CON } },
	{ .text = "groups=?nosuchgroup", .want = { CON, CON, CON } },
	{ .text = "modern,groups=?nosuchgroup:?nosuchtoo",
	    .want = { CON, CON, CON } },
	{ .text = "groups=nosuchgroup", .want = { UNS, UNS, UNS } },
	{ .text = "groups=X25519:nosuchgroup", .want = { UNS, UNS, UNS } },
	{ .text = "intermediate,groups=P-256:nosuchgroup",
	    .want = { UNS, UNS, UNS } },
	/* sigalgs */
	{ .text = "sigalgs=rsa_pss_rsae_sha256:ecdsa_secp256r1_sha256",
	    .want = { OK, OK, OK } },
	{ .text = "sigalgs=RSA+SHA256:ECDSA+SHA256", .want = { OK, OK, OK } },
	{ .text = "sigalgs=rsa_pkcs1_sha256", .want = { OK, OK, OK } },
	{ .text = "sigalgs=?nosuch_sha256:rsa_pss_rsae_sha256",
	    .want = { OK, OK, OK } },
	{ .text = "sigalgs=rsa_pkcs1_sha1,max=TLSv1.2,level=0",
	    .want = { CON, OK, STR } },
	{ .text = "sigalgs=rsa_pkcs1_sha1", .want = { CON, CON, CON } },
	{ .text = "sigalgs=rsa_pkcs1_sha256,min=TLSv1.3",
	    .want = { CON, CON, CON } },
	{ .text = "sigalgs=rsa_pkcs1_sha256,level=4",
	    .want = { CON, CON, CON } },
	{ .text = "sigalgs=?nosuch_sha256", .want = { CON, CON, CON } },
	{ .text = "sigalgs=nosuch_sha256", .want = { UNS, UNS, UNS } },
	{ .text = "sigalgs=NOSUCH+SHA256", .want = { UNS, UNS, UNS } },
	{ .text = "sigalgs=rsa_pss_rsae_sha256:nosuch_sha256",
	    .want = { UNS, UNS, UNS } },
	/* With groups: neither can be undone. */
	{ .text = "groups=P-256,sigalgs=RSA+SHA256:RSA+SHA384:RSA+SHA512:"
		  "PSS+SHA256:PSS+SHA384:PSS+SHA512:ECDSA+SHA256:ECDSA+SHA384:"
		  "ECDSA+SHA512",
	    .want = { OK, OK, OK } },
	{ .text = "groups=P-256,sigalgs=ed25519:?nosuch_sha256:?ed448:"
		  "rsa_pss_pss_sha256:rsa_pss_rsae_sha256",
	    .want = { OK, OK, OK } },
	{ .text = "groups=P-256,sigalgs=?nosuch_sha256:rsa_pss_rsae_sha256",
	    .want = { OK, OK, OK } },
	{ .text = "groups=P-256,sigalgs=rsa_pss_rsae_sha256:nosuch_sha256",
	    .want = { UNS, UNS, UNS } },
	{ .text = "groups=nosuchgroup,sigalgs=rsa_pss_rsae_sha256",
	    .want = { UNS, UNS, UNS } },
	/* flags, and everything at once */
	{ .text = "renegotiation=off", .want = { OK, OK, OK } },
	{ .text = "renegotiation=on", .want = { OK, OK, OK } },
	{ .text = "preference=server", .want = { OK, OK, OK } },
	{ .text = "preference=client", .want = { OK, OK, OK } },
	{ .text = "min=TLSv1.2 max=TLSv1.3 level=2 renegotiation=off "
		  "preference=server groups=X25519:P-256:P-384 "
		  "ciphers=ECDHE-ECDSA-AES256-GCM-SHA384:" GCM128
		  " ciphersuites=TLS_AES_256_GCM_SHA384 "
		  "sigalgs=ECDSA+SHA384:ECDSA+SHA256:RSA-PSS+SHA256:"
		  "RSA+SHA256",
	    .want = { OK, OK, OK } },
	/* ranges, holes and text */
	{ .text = "min=TLSv1.3,max=TLSv1.2", .want = { RAN, RAN, RAN } },
	{ .text = "modern,max=TLSv1.2", .want = { RAN, RAN, RAN } },
	{ .text = "modern,disable=TLSv1.3", .want = { RAN, RAN, RAN } },
	{ .text = "disable=TLSv1:TLSv1.1:TLSv1.2:TLSv1.3",
	    .want = { RAN, RAN, RAN } },
	{ .text = "disable=TLSv1.2", .want = { HOL, HOL, HOL } },
	{ .text = "legacy,disable=TLSv1.1", .want = { HOL, HOL, HOL } },
	{ .text = "", .want = { SYN, SYN, SYN } },
	{ .text = "min=TLSv1.4", .want = { SYN, SYN, SYN } },
	{ .text = "nosuchprofile", .want = { PRO, PRO, PRO } },
	{ .text = "system",
	    .min = TLS1_3_VERSION,
	    .max = TLS1_2_VERSION,
	    .want = { RAN, RAN, RAN } },
	{ .text = "intermediate",
	    .max = TLS1_1_VERSION,
	    .want = { RAN, RAN, RAN } },
	{ .text = "modern",
	    .disabled = TLSPOLICY_NO_TLS1_3,
	    .want = { RAN, RAN, RAN } },
	{ .text = "legacy",
	    .disabled = TLSPOLICY_NO_TLS1_2,
	    .want = { HOL, HOL, HOL } },
	{ .text = "system",
	    .disabled = TLSPOLICY_NO_TLS1_1,
	    .want = { HOL, HOL, HOL } },
};

_Static_assert(NELEM(law_entries) == ENTRIES, "laws.h says how many there are");

struct tlspolicy *
make_policy(const struct entry *entry)
{
	struct tlspolicy *policy = NULL;

	if (tlspolicy_parse(&policy, entry->text) != TLSPOLICY_OK)
		return NULL;
	if (entry->min != 0)
		ck_assert(tlspolicy_set_min_version(policy, entry->min) == 0);
	if (entry->max != 0)
		ck_assert(tlspolicy_set_max_version(policy, entry->max) == 0);
	if (entry->disabled != 0)
		ck_assert(tlspolicy_set_disabled(policy, entry->disabled) == 0);
	return policy;
}

const int *
wanted_of(const struct entry *entry)
{
	if (release() >= RELEASE_3_5 && entry->from_3_5 != NULL)
		return entry->from_3_5;
	if (release() < RELEASE_3_0 && entry->before_3_0 != NULL)
		return entry->before_3_0;
	return entry->want;
}
