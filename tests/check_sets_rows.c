/* SPDX-License-Identifier: MIT */
/*
 * tlspolicy_intersect() and tlspolicy_covers() on policies in words, of which
 * nothing may be left or too much; profiles and arguments.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "release.h"
#include "runner.h"
#include "told.h"

static const struct row {
	const char *a, *b;
	int covers;       /* a, b */
	const char *both; /* their intersection, NULL: E_CONFLICT */
} rows[] = {
	{ "system", "system", TLSPOLICY_OK, "system" },
	{ "min=1.2", "system", TLSPOLICY_E_VIOLATION, "min=TLSv1.2" },
	{ "min=1.2", "disable=1:1.1", TLSPOLICY_OK,
	    "min=TLSv1.2,disable=TLSv1:TLSv1.1" },
	{ "disable=1.3", "max=1.2", TLSPOLICY_OK,
	    "max=TLSv1.2,disable=TLSv1.3" },
	{ "max=1.3", "system", TLSPOLICY_OK, "max=TLSv1.3" },
	{ "min=1", "system", TLSPOLICY_OK, "min=TLSv1" },
	{ "max=1.2", "min=1.3", TLSPOLICY_E_VIOLATION, NULL },
	{ "groups=P-256", "groups=secp256r1", TLSPOLICY_OK,
	    "groups=prime256v1" },
	{ "groups=X25519:P-384", "groups=secp384r1", TLSPOLICY_OK,
	    "groups=secp384r1" },
	{ "groups=nosuch", "groups=NoSuch", TLSPOLICY_OK, "groups=nosuch" },
	{ "groups=X448", "groups=X25519", TLSPOLICY_E_VIOLATION, NULL },
	{ "groups=?X448:X25519:?P-256", "groups=P-256:?x448:ffdhe2048",
	    TLSPOLICY_E_VIOLATION, "groups=?X448:prime256v1" },
	{ "sigalgs=RSA+SHA256:RSA-PSS+SHA256",
	    "sigalgs=rsa_pss_rsae_sha256:rsa_pkcs1_sha256", TLSPOLICY_OK,
	    "sigalgs=rsa_pkcs1_sha256:rsa_pss_rsae_sha256" },
	{ "ciphers=AES128-SHA", "ciphers=aes128-sha,level=1", TLSPOLICY_OK,
	    "ciphers=AES128-SHA,level=1" },
	/* 1.3 uses no cipher of 1.2, 1.2 no suite of 1.3 */
	{ "ciphers=AES128-SHA", "min=1.3,ciphers=AES256-SHA", TLSPOLICY_OK,
	    "min=TLSv1.3" },
	{ "ciphersuites=TLS_A", "max=1.2,ciphersuites=TLS_B", TLSPOLICY_OK,
	    "max=TLSv1.2" },
	{ "sigalgs=ed448", "max=1.1,sigalgs=ed25519", TLSPOLICY_OK,
	    "max=TLSv1.1" },
	{ "groups=X448", "max=1.1,groups=X25519", TLSPOLICY_E_VIOLATION, NULL },
	{ "level=0", "system", TLSPOLICY_OK, "level=0" },
	{ "level=1", "level=0", TLSPOLICY_E_VIOLATION, "level=1" },
	{ "renegotiation=on", "system", TLSPOLICY_OK, "renegotiation=on" },
	{ "renegotiation=off", "renegotiation=on", TLSPOLICY_E_VIOLATION,
	    "renegotiation=off" },
	{ "preference=server", "preference=client", TLSPOLICY_OK,
	    "preference=server" },
	{ "modern@2026", "modern", TLSPOLICY_OK, "modern" },
	{ "intermediate", "max=1.2", TLSPOLICY_E_VIOLATION,
	    "intermediate,max=1.2" },
	{ "intermediate", "modern", TLSPOLICY_OK, "intermediate,min=1.3" },
};

START_TEST(in_words)
{
	const struct row *row = &rows[_i];
	struct tlspolicy *a = parse_policy(row->a), *b = parse_policy(row->b),
			 *out, *want;
	char got[TEXT_SIZE], wanted[TEXT_SIZE];
	int ret = tlspolicy_covers(a, b);

	ck_assert_msg(
	    ret == row->covers, "covers(%s; %s): %d", row->a, row->b, ret);
	ret = tlspolicy_intersect(&out, a, b);
	ck_assert_msg(
	    ret == (row->both == NULL ? TLSPOLICY_E_CONFLICT : TLSPOLICY_OK),
	    "intersect(%s; %s): %d", row->a, row->b, ret);
	if (row->both != NULL) {
		want = parse_policy(row->both);
		ck_assert_msg(strcmp(policy_text(out, got),
				  policy_text(want, wanted)) == 0,
		    "intersect(%s; %s): %s", row->a, row->b, got);
		tlspolicy_free(want);
		tlspolicy_free(out);
	}
	tlspolicy_free(a);
	tlspolicy_free(b);
}
END_TEST

/* Setters can make a policy that permits no version. */
START_TEST(nothing)
{
	struct tlspolicy *none = tlspolicy_new(),
			 *some = parse_policy("min=1.2");
	struct tlspolicy *out;
	const char *data;

	ck_assert_ptr_nonnull(none);
	ck_assert_int_eq(tlspolicy_set_disabled(none,
			     TLSPOLICY_NO_TLS1_0 | TLSPOLICY_NO_TLS1_1 |
				 TLSPOLICY_NO_TLS1_2 | TLSPOLICY_NO_TLS1_3),
	    TLSPOLICY_OK);
	ck_assert_int_eq(
	    tlspolicy_intersect(&out, none, some), TLSPOLICY_E_CONFLICT);
	ck_assert_ptr_null(out);
	data = release_last_error().data;
	ck_assert_msg(data != NULL &&
		strstr(data, "one policy permits nothing to nothing") != NULL,
	    "%s", data);
	ERR_clear_error();
	tlspolicy_free(none);
	tlspolicy_free(some);
}
END_TEST

/* What is put together can be longer than what may be parsed. */
START_TEST(too_long)
{
	char list[8192] = "";
	struct tlspolicy *a = tlspolicy_new(), *b = parse_policy("level=2"),
			 *out;
	size_t len = 0;
	int i;

	ck_assert_ptr_nonnull(a);
	for (i = 1000; len < 8180; i++)
		len += (size_t)snprintf(
		    list + len, sizeof(list) - len, "%sx%d", len ? ":" : "", i);
	ck_assert_int_eq(tlspolicy_set_groups(a, list), TLSPOLICY_OK);
	ck_assert_int_eq(tlspolicy_intersect(&out, a, a), TLSPOLICY_OK);
	tlspolicy_free(out);
	ck_assert_int_eq(tlspolicy_intersect(&out, a, b), TLSPOLICY_E_SYNTAX);
	ck_assert_ptr_null(out);
	ERR_clear_error();
	tlspolicy_free(a);
	tlspolicy_free(b);
}
END_TEST

/* Of edition 2026 each covers those before it, and no other. */
START_TEST(profiles)
{
	static const char *const editions[] = { "modern@2026",
		"intermediate@2026", "compat@2026", "legacy@2026",
		"system@2026" };
	const size_t count = NELEM(editions);
	const char *outer, *inner;
	int ret;

	for (size_t i = 0; i < count * count; i++) {
		outer = editions[i / count];
		inner = editions[i % count];
		ret = tlspolicy_covers(
		    tlspolicy_profile(outer), tlspolicy_profile(inner));
		ck_assert_msg((ret == TLSPOLICY_OK) == (i % count <= i / count),
		    "covers(%s; %s): %d", outer, inner, ret);
	}
}
END_TEST

START_TEST(null_arguments)
{
	const struct tlspolicy *p = tlspolicy_profile("modern");
	struct tlspolicy *const poison = (struct tlspolicy *)(uintptr_t)1;
	struct tlspolicy *out = poison;

	ck_assert_int_eq(tlspolicy_covers(NULL, p), TLSPOLICY_E_INVALID);
	ck_assert_int_eq(tlspolicy_covers(p, NULL), TLSPOLICY_E_INVALID);
	ck_assert_int_eq(tlspolicy_covers(NULL, NULL), TLSPOLICY_E_INVALID);
	ck_assert_int_eq(tlspolicy_intersect(NULL, p, p), TLSPOLICY_E_INVALID);
	ck_assert_int_eq(
	    tlspolicy_intersect(&out, NULL, p), TLSPOLICY_E_INVALID);
	ck_assert_ptr_null(out);
	out = poison;
	ck_assert_int_eq(
	    tlspolicy_intersect(&out, p, NULL), TLSPOLICY_E_INVALID);
	ck_assert_ptr_null(out);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sets_rows");
	TCase *tc = tcase_create("sets_rows");

	add_rows(tc, in_words, NELEM(rows));
	tcase_add_test(tc, nothing);
	tcase_add_test(tc, too_long);
	tcase_add_test(tc, profiles);
	tcase_add_test(tc, null_arguments);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
