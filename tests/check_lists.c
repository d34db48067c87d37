/* SPDX-License-Identifier: MIT */
/*
 * What OpenSSL does by itself, shown with raw calls and real handshakes, and
 * what the library does instead: lists of ciphers, ciphersuites, groups and
 * signature algorithms. The labels C are this test's own.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "peer.h"
#include "release.h"
#include "rows.h"
#include "runner.h"
#include "table.h"

/* Texts that are refused where OpenSSL drops, ignores or wipes */

static const struct refusal {
	const char *name, *text;
	int want;
} refusals[] = {
	{ "V1", "min=TLSv1.3,max=TLSv1.2", TLSPOLICY_E_RANGE },
	{ "V1 by a profile", "modern,max=TLSv1.2", TLSPOLICY_E_RANGE },
	{ "V2", "min=DTLSv1.2", TLSPOLICY_E_SYNTAX },
	{ "V6", "min=TLSv1.4", TLSPOLICY_E_SYNTAX },
	{ "V6 a number", "min=0x0305", TLSPOLICY_E_SYNTAX },
	{ "V7", "min=SSLv3", TLSPOLICY_E_SYNTAX },
	{ "V8", "min=0", TLSPOLICY_E_SYNTAX },
	{ "V10", "disable=TLSv1.2", TLSPOLICY_E_HOLE },
	{ "V11", "disable=TLSv1.1", TLSPOLICY_E_HOLE },
	{ "S3", "ciphers=@SECLEVEL=0:DEFAULT", TLSPOLICY_E_SYNTAX },
	{ "S4", "ciphers=" GCM128 ":@SECLEVEL=0", TLSPOLICY_E_SYNTAX },
	{ "S5", "level=6", TLSPOLICY_E_SYNTAX },
	{ "S5 negative", "level=-1", TLSPOLICY_E_SYNTAX },
	{ "C1", "ciphers=TLS_AES_128_GCM_SHA256", TLSPOLICY_E_SYNTAX },
	{ "C2", "ciphers=" GCM128 ":NO-SUCH-CIPHER", TLSPOLICY_E_UNSUPPORTED },
	{ "C2 a keyword", "ciphers=HIGH", TLSPOLICY_E_SYNTAX },
	{ "C3", "ciphersuites=TLS_AES_128_GCM_SHA256:TLS_NO_SUCH_SUITE",
	    TLSPOLICY_E_UNSUPPORTED },
	{ "C3 empty", "ciphersuites=", TLSPOLICY_E_SYNTAX },
	{ "C4", "ciphersuites=?TLS_NO_SUCH_SUITE", TLSPOLICY_E_CONFLICT },
	{ "C4 AEAD only", "ciphers=" GCM128 ",max=TLSv1.1,level=0",
	    TLSPOLICY_E_CONFLICT },
	{ "C5", "groups=X25519:nosuchgroup", TLSPOLICY_E_UNSUPPORTED },
	{ "C5 sigalgs", "sigalgs=rsa_pss_rsae_sha256:nosuch_sha256",
	    TLSPOLICY_E_UNSUPPORTED },
	{ "C6 star", "groups=*X25519", TLSPOLICY_E_SYNTAX },
	{ "C6 tuples", "groups=X25519/P-256", TLSPOLICY_E_SYNTAX },
	{ "C6 DEFAULT", "groups=DEFAULT", TLSPOLICY_E_SYNTAX },
	{ "C4 ciphers that no sigalg fits",
	    "min=TLSv1.2,max=TLSv1.2,ciphers=ECDHE-ECDSA-AES128-GCM-SHA256,"
	    "sigalgs=RSA+SHA256",
	    TLSPOLICY_E_CONFLICT },
	{ "C4 sigalgs of TLS 1.2 alone", "min=TLSv1.3,sigalgs=SHA256+RSA",
	    TLSPOLICY_E_CONFLICT },
	{ "C7", "groups=?nosuchgroup", TLSPOLICY_E_CONFLICT },
	{ "C7 empty", "groups=", TLSPOLICY_E_SYNTAX },
	{ "C7 nothing for TLS 1.2", "groups=ffdhe2048", TLSPOLICY_E_CONFLICT },
	{ "C7 nothing for TLS 1.3", "groups=brainpoolP256r1",
	    TLSPOLICY_E_CONFLICT },
};

START_TEST(refusal)
{
	const struct refusal *r = &refusals[_i];
	struct peer_snapshot before, after;
	char why[PEER_WHY] = "";
	SSL_CTX *ctx;

	if (lacking_groups(r->text) != NULL)
		SKIP_TEST(lacking_groups(r->text));
	ctx = fresh_context(2);
	peer_snapshot(ctx, &before, test_tier() != TIER_SHORT);
	assert_applies(r->name, ctx, r->text, 0, r->want);
	assert_applies(r->name, ctx, r->text, TLSPOLICY_OVERRIDE, r->want);
	peer_snapshot(ctx, &after, test_tier() != TIER_SHORT);
	ck_assert_msg(peer_same(&before, &after, why, sizeof(why)),
	    "%s: \"%s\" changes %s", r->name, r->text, why);
	SSL_CTX_free(ctx);
}
END_TEST

/* Ciphers, ciphersuites, groups, sigalgs */

START_TEST(c1_a_suite_among_ciphers)
{
	SSL_CTX *ctx = fresh_context(2);
	struct peer_snapshot now;

	ck_assert(SSL_CTX_set_cipher_list(ctx, "TLS_AES_128_GCM_SHA256") == 0);
	ERR_clear_error();
	peer_snapshot(ctx, &now, 0);
	ck_assert_uint_eq(now.ciphers.count, 0);
	assert_sets("C1", "OpenSSL", ctx, V13, V13);
	/* Nothing in common with an empty list. */
	assert_applies("C1", ctx, "intermediate", 0, TLSPOLICY_E_CONFLICT);
	assert_sets("C1", "library", ctx, V13, V13);
	assert_applies("C1", ctx, "intermediate", TLSPOLICY_OVERRIDE, 0);
	assert_sets("C1", "library", ctx, CURRENT, CURRENT);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(c2_unknown_ciphers)
{
	SSL_CTX *ctx = fresh_context(2);
	struct peer_snapshot now;

	ck_assert(SSL_CTX_set_cipher_list(ctx, GCM128 ":NO-SUCH-CIPHER") == 1);
	peer_snapshot(ctx, &now, 0);
	ck_assert_uint_eq(now.ciphers.count, 1);
	SSL_CTX_free(ctx);

	ctx = fresh_context(2);
	assert_applies("C2", ctx, "ciphers=?NO-SUCH-CIPHER:" GCM128, 0, 0);
	peer_snapshot(ctx, &now, 0);
	ck_assert_uint_eq(now.ciphers.count, 1);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(c3_unknown_suites)
{
	SSL_CTX *ctx = fresh_context(2);
	struct peer_snapshot now;

	/* 1.1.1 refuses the list, later releases drop the item. */
	ck_assert(SSL_CTX_set_ciphersuites(
		      ctx, "TLS_AES_128_GCM_SHA256:TLS_NO_SUCH_SUITE") ==
	    (release() >= RELEASE_3_0));
	ERR_clear_error();
	peer_snapshot(ctx, &now, 0);
	ck_assert_uint_eq(now.suites.count, release() < RELEASE_3_0 ? 3 : 1);
	ck_assert(SSL_CTX_set_ciphersuites(ctx, "") == 1);
	peer_snapshot(ctx, &now, 0);
	ck_assert_uint_eq(now.suites.count, 0);
	ck_assert(SSL_CTX_set_ciphersuites(ctx, "tls_aes_128_gcm_sha256") ==
	    (release() >= RELEASE_4_0));
	ERR_clear_error();
	SSL_CTX_free(ctx);

	ctx = fresh_context(2);
	assert_applies(
	    "C3", ctx, "min=TLSv1.2,ciphersuites=tls_aes_128_gcm_sha256", 0, 0);
	peer_snapshot(ctx, &now, 0);
	ck_assert_uint_eq(now.suites.count, 1);
	assert_sets("C3", "library", ctx, CURRENT, CURRENT);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(c4_every_connection)
{
	SSL_CTX *ctx = fresh_context(2);
	struct peer_result result;

	ck_assert(SSL_CTX_set_ciphersuites(ctx, "") == 1);
	peer_negotiates(ctx, PEER_CLIENT, TLS1_2_VERSION, &result);
	ck_assert_int_eq(result.reason[0], SSL_R_NO_CIPHERS_AVAILABLE);
	peer_negotiates(ctx, PEER_SERVER, TLS1_2_VERSION, &result);
	ck_assert_int_eq(result.reason[0], SSL_R_NO_CIPHERS_AVAILABLE);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(c5_one_unknown_item)
{
	SSL_CTX *ctx = fresh_context(2);
	struct peer_snapshot before, now;

	ck_assert_int_eq(peer_set_groups(ctx, "P-384:P-256"), 1);
	ck_assert_int_eq(peer_set_sigalgs(ctx, "ECDSA+SHA256:RSA+SHA256"), 1);
	peer_snapshot(ctx, &before, 0);
	ck_assert_int_eq(peer_set_groups(ctx, "X25519:nosuchgroup"), 0);
	ck_assert_int_eq(peer_set_sigalgs(ctx, "RSA+SHA256:nosuch"), 0);
	ERR_clear_error();
	peer_snapshot(ctx, &now, 0);
	ck_assert(peer_codes_within(&before.groups, &now.groups));
	ck_assert(peer_codes_within(&before.sigalgs, &now.sigalgs));

	assert_applies("C5", ctx,
	    "groups=P-256:?nosuchgroup,"
	    "sigalgs=?nosuch_sha256:RSA+SHA256",
	    0, TLSPOLICY_OK);
	peer_snapshot(ctx, &now, 0);
	ck_assert(now.groups.count == 1 && now.groups.code[0] == 23);
	ck_assert(now.sigalgs.count == 1 && now.sigalgs.code[0] == 0x0401);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(c6_operators)
{
	static const struct {
		const char *list;
		unsigned long from;
	} lists[] = { { "?X25519", RELEASE_3_3 }, { "*X25519", RELEASE_3_5 },
		{ "X25519/P-256", RELEASE_3_5 }, { "DEFAULT", RELEASE_3_5 },
		{ "", RELEASE_3_5 } };
	SSL_CTX *ctx;
	struct peer_snapshot now;
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		ctx = fresh_context(2);
		ck_assert_msg(peer_set_groups(ctx, lists[i].list) ==
			(release() >= lists[i].from),
		    "C6: OpenSSL and \"%s\"", lists[i].list);
		SSL_CTX_free(ctx);
	}
	ERR_clear_error();
	ctx = fresh_context(2);
	assert_applies("C6", ctx, "groups=?X25519MLKEM768:?X448:?P-256", 0, 0);
	peer_snapshot(ctx, &now, 0);
	ck_assert_uint_eq(now.groups.code[now.groups.count - 1], 23);
	ck_assert_uint_eq(now.groups.code[now.groups.count - 2], 30);
	SSL_CTX_free(ctx);
}
END_TEST

/* TLS 1.2 must never fall to static RSA because no group is left. */
START_TEST(c7_no_group_left)
{
	static const char *const lists[] = { "groups=?nosuchgroup",
		"groups=ffdhe2048,max=TLSv1.2",
		"groups=?nosuchgroup,ciphers=" GCM128 ":AES128-GCM-SHA256" };
	struct peer_result result;
	SSL_CTX *ctx;
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (lacking_groups(lists[i]) != NULL)
			continue;
		ctx = fresh_context(2);
		assert_applies("C7", ctx, lists[i], 0, TLSPOLICY_E_CONFLICT);
		peer_negotiates(ctx, PEER_SERVER, TLS1_2_VERSION, &result);
		ck_assert_msg(strncmp(result.cipher, "ECDHE-", 6) == 0,
		    "C7: %s: negotiates %s", lists[i], result.cipher);
		SSL_CTX_free(ctx);
	}
}
END_TEST

/* OpenSSL 1.1.1 uses every curve in TLS 1.3, against RFC 8446, 4.2.7. */
START_TEST(c8_curves_of_tls_1_2)
{
	static const char *const curves[] = { "brainpoolP256r1",
		"brainpoolP512r1", "secp256k1", "secp224r1", "prime192v1",
		"sect283k1", "sect571r1" };
	const int any = release() < RELEASE_3_0;
	char text[64];
	SSL_CTX *ctx;
	int want;

	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
		(void)snprintf(
		    text, sizeof(text), "min=TLSv1.3,groups=%s", curves[i]);
		ctx = fresh_context(0);
		want = any ? TLSPOLICY_OK : TLSPOLICY_E_CONFLICT;
		if (!peer_set_groups(ctx, curves[i])) /* 4.0 has but a few */
			want = TLSPOLICY_E_UNSUPPORTED;
		SSL_CTX_free(ctx);
		ctx = fresh_context(0);
		assert_applies("C8", ctx, text, TLSPOLICY_OVERRIDE, want);
		ck_assert_int_eq(peer_use_rsa_2048(ctx), 1);
		if (any)
			ck_assert_msg(pair_version(ctx, ctx) == TLS1_3_VERSION,
			    "C8: %s", curves[i]);
		SSL_CTX_free(ctx);
	}
}
END_TEST

START_TEST(c9_lists_without_getters)
{
	SSL_CTX *ctx = fresh_context(2);
	struct peer_snapshot now;

	ck_assert_int_eq(peer_set_groups(ctx, "P-256:X25519:P-521"), 1);
	ck_assert_int_eq(
	    peer_set_sigalgs(ctx, "RSA-PSS+SHA256:ECDSA+SHA256"), 1);
	/* No way back to the built-in lists. */
	ck_assert_int_eq(
	    peer_set_groups(ctx, release() < RELEASE_3_5 ? "" : "nosuchgroup"),
	    0);
	ck_assert_int_eq(peer_set_sigalgs(ctx, ""), 0);
	ERR_clear_error();
	assert_applies("C9", ctx,
	    "groups=X25519:P-384:P-256,"
	    "sigalgs=RSA+SHA256:ECDSA+SHA256:"
	    "RSA-PSS+SHA256",
	    0, TLSPOLICY_OK);
	peer_snapshot(ctx, &now, 0);
	ck_assert_uint_eq(now.groups.count, 2);
	ck_assert(now.groups.code[0] == 29 && now.groups.code[1] == 23);
	ck_assert_uint_eq(now.sigalgs.count, 2);
	ck_assert(
	    now.sigalgs.code[0] == 0x0403 && now.sigalgs.code[1] == 0x0804);
	assert_applies("C9", ctx, "groups=P-384", 0, TLSPOLICY_E_CONFLICT);
	SSL_CTX_free(ctx);
}
END_TEST

/* The names of SSL_CTX_get_ciphers(), without the suites. */
static void
joined_names(SSL_CTX *ctx, char *out, size_t size)
{
	const STACK_OF(SSL_CIPHER) *all = SSL_CTX_get_ciphers(ctx);
	const char *name;
	int i;

	out[0] = '\0';
	for (i = 0; i < sk_SSL_CIPHER_num(all); i++) {
		name = SSL_CIPHER_get_name(sk_SSL_CIPHER_value(all, i));
		if (strncmp(name, "TLS_", 4) == 0)
			continue;
		ck_assert_uint_lt(strlen(out) + strlen(name) + 2, size);
		if (out[0] != '\0')
			strcat(out, ":");
		strcat(out, name);
	}
}

static const char *const odd_lists[] = { "DEFAULT", "HIGH:!aNULL:+ECDHE",
	"ALL:eNULL", "@STRENGTH:AES128-SHA:" GCM128 ":AES256-SHA",
	/* fails, and leaves nothing */
	"TLS_AES_128_GCM_SHA256" };

START_TEST(c10_restoring_ciphers)
{
	struct peer_snapshot before, after;
	char names[8192], why[PEER_WHY] = "";
	SSL_CTX *ctx = fresh_context(2);

	(void)SSL_CTX_set_cipher_list(ctx, odd_lists[_i]);
	ERR_clear_error();
	peer_snapshot(ctx, &before, 0);
	joined_names(ctx, names, sizeof(names));
	ck_assert(SSL_CTX_set_cipher_list(ctx, "AES128-SHA") == 1);
	ck_assert_msg(
	    (SSL_CTX_set_cipher_list(ctx, names) == 1) == (names[0] != '\0'),
	    "C10: %s cannot be restored by its names", odd_lists[_i]);
	/* An empty list cannot; C1's side effect does it. */
	if (names[0] == '\0')
		(void)SSL_CTX_set_cipher_list(ctx, "TLS_AES_128_GCM_SHA256");
	ERR_clear_error();
	peer_snapshot(ctx, &after, 0);
	ck_assert_msg(peer_same(&before, &after, why, sizeof(why)),
	    "C10: %s: OpenSSL restores %s", odd_lists[_i], why);

	/* The sigalgs fail last; by then the ciphers have been replaced. */
	assert_applies("C10", ctx,
	    "ciphers=AES128-GCM-SHA256,ciphersuites=TLS_AES_128_GCM_SHA256,"
	    "groups=P-256,sigalgs=RSA+SHA256:nosuch_sha256",
	    TLSPOLICY_OVERRIDE, TLSPOLICY_E_UNSUPPORTED);
	assert_applies("C10", ctx,
	    "ciphers=AES128-GCM-SHA256,groups=?nosuchgroup", TLSPOLICY_OVERRIDE,
	    TLSPOLICY_E_CONFLICT);
	peer_snapshot(ctx, &after, 0);
	ck_assert_msg(peer_same(&before, &after, why, sizeof(why)),
	    "C10: %s: the library leaves %s", odd_lists[_i], why);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(c11_cipher_version)
{
	SSL_CTX *ctx = fresh_context(2);
	struct peer_result result;
	const SSL_CIPHER *cipher;

	/* A cipher of SSL 3.0's age is no reason to drop it from TLS 1.2. */
	assert_applies("C11", ctx, "ciphers=AES128-SHA,min=TLSv1.2", 0, 0);
	cipher = sk_SSL_CIPHER_value(SSL_CTX_get_ciphers(ctx),
	    sk_SSL_CIPHER_num(SSL_CTX_get_ciphers(ctx)) - 1);
	ck_assert_str_eq(SSL_CIPHER_get_version(cipher), "SSLv3");
	ck_assert(
	    peer_negotiates(ctx, PEER_CLIENT, TLS1_2_VERSION, &result) == 1);
	ck_assert_str_eq(result.cipher, "AES128-SHA");
	assert_sets("C11", "library", ctx, CURRENT, CURRENT);
	SSL_CTX_free(ctx);
}
END_TEST

/* Of many optional groups those that are there are kept, wherever they are. */
START_TEST(many_groups)
{
	static const unsigned flags[] = { 0, TLSPOLICY_OVERRIDE };
	char text[1024] = "min=TLSv1.2,groups=P-256:?X25519";
	struct peer_hello hello;
	SSL_CTX *ctx;
	size_t i, len;

	len = strlen(text);
	for (i = 2; i < (size_t)_i; i++)
		len += (size_t)snprintf(
		    text + len, sizeof(text) - len, ":?none%zu", i);
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		ctx = peer_context(TLS_method(), NULL);
		assert_applies("groups", ctx, text, flags[i], TLSPOLICY_OK);
		ck_assert(peer_hello(ctx, &hello));
		ck_assert_msg(hello.groups.count == 2 &&
			hello.groups.code[0] == 23 &&
			hello.groups.code[1] == 29,
		    "%d groups, mode %u: %zu are left", _i, flags[i],
		    hello.groups.count);
		SSL_CTX_free(ctx);
	}
}
END_TEST

/* Wherever OpenSSL finds one that it does not know, and whatever its name. */
static const struct missing_group {
	const char *list;
	size_t count; /* 0: the policy is refused */
	unsigned left[2];
} missing_groups[] = {
	{ "?none:P-256", 1, { 23 } },
	{ "?q:P-256", 1, { 23 } },
	{ "P-256:?none", 1, { 23 } },
	{ "?none:?nothing:X25519:?never:P-256", 2, { 29, 23 } },
	{ "X25519:?nothing:?P-256", 2, { 29, 23 } },
	{ "?P-25:?P-2566:?prime256v:P-256", 1, { 23 } },
	{ "?NONE:?none-:P-256:?X25519", 2, { 23, 29 } },
	{ "?none:nothing:P-256", 0, { 0 } },
	{ "P-256:?none:nothing", 0, { 0 } },
};

START_TEST(groups_that_are_missing)
{
	const struct missing_group *row = &missing_groups[_i];
	SSL_CTX *ctx = peer_context(TLS_method(), NULL);
	struct peer_hello hello;
	char text[128];
	size_t i;

	snprintf(text, sizeof(text), "min=TLSv1.2,groups=%s", row->list);
	assert_applies("groups", ctx, text, TLSPOLICY_OVERRIDE,
	    row->count > 0 ? TLSPOLICY_OK : TLSPOLICY_E_UNSUPPORTED);
	ck_assert(peer_hello(ctx, &hello));
	ck_assert_msg(row->count == 0 || hello.groups.count == row->count,
	    "%s: %zu are left", row->list, hello.groups.count);
	for (i = 0; i < row->count; i++)
		ck_assert_msg(hello.groups.code[i] == row->left[i],
		    "%s: %zu is %u", row->list, i,
		    (unsigned)hello.groups.code[i]);
	SSL_CTX_free(ctx);
}
END_TEST

/* More ciphers than any OpenSSL has, some of them again and again. */
START_TEST(many_ciphers)
{
	static const char *const policies[] = { "intermediate", "modern" };
	SSL_CTX *ctx = peer_context(TLS_method(), NULL);
	STACK_OF(SSL_CIPHER) *ciphers = SSL_CTX_get_ciphers(ctx);
	struct peer_hello hello;
	size_t i;

	ck_assert_int_gt(sk_SSL_CIPHER_num(ciphers), 0);
	while (sk_SSL_CIPHER_num(ciphers) <= 256)
		ck_assert_int_gt(sk_SSL_CIPHER_push(
				     ciphers, sk_SSL_CIPHER_value(ciphers, 0)),
		    0);
	for (i = 0; i < sizeof(policies) / sizeof(policies[0]); i++)
		assert_applies(
		    "many", ctx, policies[i], TLSPOLICY_OVERRIDE, TLSPOLICY_OK);
	ck_assert(peer_hello(ctx, &hello));
	ck_assert_int_le((int)hello.ciphers.count, 10);
	SSL_CTX_free(ctx);
}
END_TEST

/* What a context brings counts where the policy makes a difference to it. */
START_TEST(own_lists)
{
	static const struct own {
		const char *groups, *sigalgs, *policy;
		int want;
	} rows[] = {
		{ "P-256", NULL, "level=4", TLSPOLICY_E_CONFLICT },
		{ "brainpoolP256r1", NULL, "min=TLSv1.3",
		    TLSPOLICY_E_CONFLICT },
		{ NULL, "RSA+SHA256", "modern", TLSPOLICY_E_CONFLICT },
		{ NULL, "ECDSA+SHA256",
		    "max=TLSv1.2,ciphers=ECDHE-RSA-AES128-GCM-SHA256",
		    TLSPOLICY_E_CONFLICT },
		{ "P-256", NULL, "level=3", TLSPOLICY_OK },
		{ NULL, "ECDSA+SHA256", "intermediate", TLSPOLICY_OK },
		/* No cipher with ECDSA, and no group for TLS 1.3. */
		{ "brainpoolP256r1", "ECDSA+SHA256",
		    "max=TLSv1.2,groups=brainpoolP256r1", TLSPOLICY_OK },
	};

	const struct own *row = &rows[_i];

	if (row->want != TLSPOLICY_OK && row->groups != NULL &&
	    lacking_groups(row->groups) != NULL)
		SKIP_TEST(lacking_groups(row->groups));
	for (unsigned flags = 0; flags <= TLSPOLICY_OVERRIDE; flags++) {
		SSL_CTX *ctx = peer_context(TLS_method(), NULL);
		int status;

		if (row->groups != NULL)
			ck_assert(peer_set_groups(ctx, row->groups));
		if (row->sigalgs != NULL)
			ck_assert(peer_set_sigalgs(ctx, row->sigalgs));
		status = tlspolicy_apply_text(ctx, row->policy, flags);
		ck_assert_msg(status == row->want, "%s, flags %u: %d",
		    row->policy, flags, status);
		if (status == TLSPOLICY_OK)
			ck_assert_msg(tlspolicy_apply_text(ctx, row->policy,
					  flags) == TLSPOLICY_OK,
			    "%s, flags %u: not twice", row->policy, flags);
		ERR_clear_error();
		SSL_CTX_free(ctx);
	}
}
END_TEST

static TCase *
ciphers_case(void)
{
	TCase *tc = tcase_create("ciphers");

	add_rows(tc, refusal, NELEM(refusals));
	tcase_add_test(tc, c1_a_suite_among_ciphers);
	tcase_add_test(tc, c2_unknown_ciphers);
	tcase_add_test(tc, c3_unknown_suites);
	tcase_add_test(tc, c4_every_connection);
	add_rows(tc, c10_restoring_ciphers, NELEM(odd_lists));
	tcase_add_test(tc, c11_cipher_version);
	tcase_add_test(tc, many_ciphers);
	return tc;
}

static TCase *
groups_case(void)
{
	TCase *tc = tcase_create("groups");

	tcase_add_test(tc, c5_one_unknown_item);
	tcase_add_test(tc, c6_operators);
	tcase_add_test(tc, c7_no_group_left);
	tcase_add_test(tc, c8_curves_of_tls_1_2);
	tcase_add_test(tc, c9_lists_without_getters);
	tcase_add_loop_test(tc, many_groups, 2, 67);
	add_rows(tc, groups_that_are_missing, NELEM(missing_groups));
	tcase_add_loop_test(tc, own_lists, 0, 7);
	return tc;
}

int
main(void)
{
	Suite *suite = suite_create("lists");
	TCase *ciphers = ciphers_case(), *groups = groups_case();

	peer_setup();
	tcase_set_timeout(ciphers, 60);
	tcase_set_timeout(groups, 60);
	suite_add_tcase(suite, ciphers);
	suite_add_tcase(suite, groups);
	return run_suite(suite);
}
