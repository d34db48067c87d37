/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner.h"
#include "tlspolicy.h"

#define TEXT_MAX 8192

/* Fields that are numbers */

static int
set_disabled(struct tlspolicy *policy, int flags)
{
	return tlspolicy_set_disabled(policy, (unsigned)flags);
}

static int
get_disabled(const struct tlspolicy *policy)
{
	return (int)tlspolicy_get_disabled(policy);
}

static const struct number {
	const char *name;
	int (*set)(struct tlspolicy *, int);
	int (*get)(const struct tlspolicy *);
	int unset;
	int good[6], ngood;
	int bad[10], nbad;
} numbers[] = {
	{ "min", tlspolicy_set_min_version, tlspolicy_get_min_version, 0,
	    { TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION }, 4,
	    { 1, -1, 42, INT_MIN, INT_MAX, 0x0200, SSL3_VERSION, 0x0305,
		DTLS1_VERSION, DTLS1_2_VERSION },
	    10 },
	{ "max", tlspolicy_set_max_version, tlspolicy_get_max_version, 0,
	    { TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION }, 4,
	    { 1, -1, 42, INT_MIN, INT_MAX, 0x0200, SSL3_VERSION, 0x0305,
		DTLS1_VERSION, DTLS1_2_VERSION },
	    10 },
	{ "disabled", set_disabled, get_disabled, 0,
	    { TLSPOLICY_NO_TLS1_0, TLSPOLICY_NO_TLS1_1, TLSPOLICY_NO_TLS1_2,
		TLSPOLICY_NO_TLS1_3, TLSPOLICY_NO_TLS1_0 | TLSPOLICY_NO_TLS1_1,
		0xf },
	    6, { 0x10, 0x11, -1, INT_MIN, INT_MAX }, 5 },
	{ "level", tlspolicy_set_security_level, tlspolicy_get_security_level,
	    -1, { 0, 1, 2, 3, 4, 5 }, 6, { -2, 6, 256, INT_MIN, INT_MAX }, 5 },
	{ "renegotiation", tlspolicy_set_renegotiation,
	    tlspolicy_get_renegotiation, -1, { 0, 1 }, 2,
	    { -2, 2, INT_MIN, INT_MAX }, 4 },
	{ "preference", tlspolicy_set_server_preference,
	    tlspolicy_get_server_preference, -1, { 0, 1 }, 2,
	    { -2, 2, INT_MIN, INT_MAX }, 4 },
};

/* Fields that are lists */

static const struct list {
	const char *name;
	int (*set)(struct tlspolicy *, const char *);
	const char *(*get)(const struct tlspolicy *);
	const char *good, *canonical; /* as set and as read back */
	const char *other;            /* another good one */
	const char *bad[8];
} lists[] = {
	{ "ciphers", tlspolicy_set_ciphers, tlspolicy_get_ciphers,
	    "ecdhe-rsa-aes128-gcm-sha256:?DES-CBC3-SHA",
	    "ECDHE-RSA-AES128-GCM-SHA256:?DES-CBC3-SHA", "AES128-SHA",
	    { "", " ", ":", "HIGH", "AES128-SHA:", "AES128-SHA,AES256-SHA",
		"AES128-SHA:aes128-sha", "TLS_AES_128_GCM_SHA256" } },
	{ "ciphersuites", tlspolicy_set_ciphersuites,
	    tlspolicy_get_ciphersuites,
	    "TLS_AES_128_GCM_SHA256:?tls_chacha20_poly1305_sha256",
	    "TLS_AES_128_GCM_SHA256:?TLS_CHACHA20_POLY1305_SHA256",
	    "TLS_AES_256_GCM_SHA384",
	    { "", " ", ":", "AES128-SHA", "TLS-AES", "?", "TLS_A B",
		"TLS_AES_128_GCM_SHA256:?TLS_AES_128_GCM_SHA256" } },
	{ "groups", tlspolicy_set_groups, tlspolicy_get_groups,
	    "?x25519mlkem768:P-256:secp384R1",
	    "?X25519MLKEM768:prime256v1:secp384r1", "X25519",
	    { "", " ", ":", "DEFAULT", "*X25519", "X25519/P-256",
		"P-256:secp256r1", ":X25519" } },
	{ "sigalgs", tlspolicy_set_sigalgs, tlspolicy_get_sigalgs,
	    "RSA+SHA256:?ed25519:ECDSA+SHA1",
	    "rsa_pkcs1_sha256:?ed25519:ECDSA+SHA1", "rsa_pss_rsae_sha512",
	    { "", " ", ":", "RSA+SHA256=", "!RSA+SHA1", "ed25519\n", "??ed448",
		"PSS+SHA256:rsa_pss_rsae_sha256" } },
};

static struct tlspolicy *
new_policy(void)
{
	struct tlspolicy *policy = tlspolicy_new();

	ck_assert_ptr_nonnull(policy);
	return policy;
}

/* Asserts that every field but those at (number, list) is unset. */
static void
assert_unset(const struct tlspolicy *policy, size_t number, size_t list)
{
	for (size_t i = 0; i < NELEM(numbers); i++)
		ck_assert_msg(
		    i == number || numbers[i].get(policy) == numbers[i].unset,
		    "%s is set", numbers[i].name);
	for (size_t i = 0; i < NELEM(lists); i++)
		ck_assert_msg(i == list || lists[i].get(policy) == NULL,
		    "%s is set", lists[i].name);
}

START_TEST(new_is_empty)
{
	struct tlspolicy *policy = new_policy(), *other = new_policy();

	ck_assert_ptr_ne(policy, other);
	assert_unset(policy, NELEM(numbers), NELEM(lists));
	tlspolicy_free(other);
	assert_unset(policy, NELEM(numbers), NELEM(lists));
	tlspolicy_free(policy);
}
END_TEST

START_TEST(null_policy)
{
	int ret;

	assert_unset(NULL, NELEM(numbers), NELEM(lists));
	for (size_t i = 0; i < NELEM(numbers); i++) {
		ret = numbers[i].set(NULL, numbers[i].good[0]);
		ck_assert_msg(
		    ret == TLSPOLICY_E_INVALID, "%s: %d", numbers[i].name, ret);
	}
	for (size_t i = 0; i < NELEM(lists); i++) {
		ret = lists[i].set(NULL, lists[i].good);
		ck_assert_msg(
		    ret == TLSPOLICY_E_INVALID, "%s: %d", lists[i].name, ret);
		ret = lists[i].set(NULL, NULL);
		ck_assert_msg(ret == TLSPOLICY_E_INVALID, "%s, NULL: %d",
		    lists[i].name, ret);
	}
	ck_assert_ptr_null(tlspolicy_dup(NULL));
	tlspolicy_free(NULL);
}
END_TEST

START_TEST(number_field)
{
	const struct number *row = &numbers[_i];
	struct tlspolicy *policy = new_policy();
	int ret;

	for (int i = 0; i < row->ngood; i++) {
		ret = row->set(policy, row->good[i]);
		ck_assert_msg(ret == TLSPOLICY_OK, "%s=%d: %d", row->name,
		    row->good[i], ret);
		ck_assert_msg(row->get(policy) == row->good[i],
		    "%s=%d reads back %d", row->name, row->good[i],
		    row->get(policy));
	}
	for (int i = 0; i < row->nbad; i++) {
		ret = row->set(policy, row->bad[i]);
		ck_assert_msg(ret == TLSPOLICY_E_INVALID, "%s=%d: %d",
		    row->name, row->bad[i], ret);
		ck_assert_msg(row->get(policy) == row->good[row->ngood - 1],
		    "%s: bad %d changed it to %d", row->name, row->bad[i],
		    row->get(policy));
	}
	assert_unset(policy, (size_t)_i, NELEM(lists));
	ck_assert_msg(row->set(policy, row->unset) == TLSPOLICY_OK, "%s: unset",
	    row->name);
	assert_unset(policy, NELEM(numbers), NELEM(lists));
	tlspolicy_free(policy);
}
END_TEST

/* Asserts a list's value and that it is not the caller's own buffer. */
static void
assert_list(
    const struct list *row, const struct tlspolicy *policy, const char *want)
{
	const char *got = row->get(policy);

	ck_assert_msg(got != NULL && strcmp(got, want) == 0, "%s is %s, not %s",
	    row->name, got == NULL ? "unset" : got, want);
}

START_TEST(list_field)
{
	const struct list *row = &lists[_i];
	struct tlspolicy *policy = new_policy();
	char buf[128];
	int ret;

	(void)snprintf(buf, sizeof(buf), "%s", row->good);
	ck_assert_msg(row->set(policy, buf) == TLSPOLICY_OK, "%s", row->name);
	memset(buf, '!', sizeof(buf));
	assert_list(row, policy, row->canonical);
	for (size_t i = 0; i < NELEM(row->bad); i++) {
		ret = row->set(policy, row->bad[i]);
		ck_assert_msg(ret == TLSPOLICY_E_SYNTAX, "%s=\"%s\": %d",
		    row->name, row->bad[i], ret);
		assert_list(row, policy, row->canonical);
	}
	assert_unset(policy, NELEM(numbers), (size_t)_i);
	/* The getter's own string is a fair argument. */
	ret = row->set(policy, row->get(policy));
	ck_assert_msg(ret == TLSPOLICY_OK, "%s: own string", row->name);
	assert_list(row, policy, row->canonical);
	ret = row->set(policy, row->other);
	ck_assert_msg(ret == TLSPOLICY_OK, "%s: again", row->name);
	assert_list(row, policy, row->other);
	ret = row->set(policy, NULL);
	ck_assert_msg(ret == TLSPOLICY_OK, "%s: unset", row->name);
	assert_unset(policy, NELEM(numbers), NELEM(lists));
	ret = row->set(policy, NULL);
	ck_assert_msg(ret == TLSPOLICY_OK, "%s: unset again", row->name);
	tlspolicy_free(policy);
}
END_TEST

/* Copies */

static void
fill(struct tlspolicy *policy)
{
	for (size_t i = 0; i < NELEM(numbers); i++)
		ck_assert_msg(
		    numbers[i].set(policy, numbers[i].good[1]) == TLSPOLICY_OK,
		    "%s", numbers[i].name);
	for (size_t i = 0; i < NELEM(lists); i++)
		ck_assert_msg(
		    lists[i].set(policy, lists[i].good) == TLSPOLICY_OK, "%s",
		    lists[i].name);
}

static void
assert_filled(const struct tlspolicy *policy)
{
	for (size_t i = 0; i < NELEM(numbers); i++)
		ck_assert_msg(numbers[i].get(policy) == numbers[i].good[1],
		    "%s is %d", numbers[i].name, numbers[i].get(policy));
	for (size_t i = 0; i < NELEM(lists); i++)
		assert_list(&lists[i], policy, lists[i].canonical);
}

START_TEST(dup_is_deep)
{
	struct tlspolicy *policy = new_policy(), *copy;

	fill(policy);
	copy = tlspolicy_dup(policy);
	ck_assert_ptr_nonnull(copy);
	assert_filled(copy);
	for (size_t i = 0; i < NELEM(lists); i++) {
		ck_assert_msg(lists[i].get(policy) != lists[i].get(copy),
		    "%s is shared", lists[i].name);
		ck_assert_int_eq(
		    lists[i].set(copy, lists[i].other), TLSPOLICY_OK);
	}
	for (size_t i = 0; i < NELEM(numbers); i++)
		ck_assert_int_eq(
		    numbers[i].set(copy, numbers[i].unset), TLSPOLICY_OK);
	assert_filled(policy);
	fill(copy);
	tlspolicy_free(policy);
	assert_filled(copy);
	tlspolicy_free(copy);
}
END_TEST

START_TEST(profile_through_dup)
{
	const struct tlspolicy *profile = tlspolicy_profile("intermediate");
	struct tlspolicy *copy = tlspolicy_dup(profile);
	char before[TEXT_MAX + 1], after[TEXT_MAX + 1];

	ck_assert_ptr_nonnull(profile);
	ck_assert_ptr_nonnull(copy);
	ck_assert_int_gt(tlspolicy_format(profile, before, sizeof(before)), 0);
	ck_assert_int_gt(tlspolicy_format(copy, after, sizeof(after)), 0);
	ck_assert_str_eq(after, before);
	fill(copy);
	assert_filled(copy);
	for (size_t i = 0; i < NELEM(lists); i++)
		ck_assert_int_eq(lists[i].set(copy, NULL), TLSPOLICY_OK);
	tlspolicy_free(copy);
	ck_assert_int_gt(tlspolicy_format(profile, after, sizeof(after)), 0);
	ck_assert_str_eq(after, before);
}
END_TEST

/* 8,192 bytes of policy text, whoever wrote it */

/*
 * Names that no table knows, 63 bytes each but the last, len bytes in all;
 * prefix makes them cipher or suite names.
 */
static const char *
long_list(char *buf, const char *prefix, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf[i] = i % 64 == 63 ? ':' : 'x';
	for (size_t i = 0, n = 0; i < len && len - i > 12; i += 64, n++) {
		memcpy(buf + i, prefix, strlen(prefix));
		buf[i + 8] = (char)('A' + n / 26);
		buf[i + 9] = (char)('A' + n % 26);
	}
	buf[len] = '\0';
	return buf;
}

START_TEST(limit_of_one_list)
{
	static const char *const prefixes[] = { "XX-", "TLS_", "xx", "xx" };
	const struct list *row = &lists[_i];
	/* 8,192 less "groups=" */
	size_t room = TEXT_MAX - strlen(row->name) - 1;
	struct tlspolicy *policy = new_policy();
	char buf[TEXT_MAX + 16], text[TEXT_MAX + 16];

	long_list(buf, prefixes[_i], room + 1);
	ck_assert_msg(row->set(policy, buf) == TLSPOLICY_E_SYNTAX,
	    "%s: 4,097 bytes", row->name);
	assert_unset(policy, NELEM(numbers), NELEM(lists));
	long_list(buf, prefixes[_i], room);
	ck_assert_msg(row->set(policy, buf) == TLSPOLICY_OK, "%s: 8,192 bytes",
	    row->name);
	ck_assert_int_eq(
	    tlspolicy_format(policy, text, sizeof(text)), TEXT_MAX);
	for (size_t i = 0; i < NELEM(numbers); i++) {
		ck_assert_msg(numbers[i].set(policy, numbers[i].good[0]) ==
			TLSPOLICY_E_SYNTAX,
		    "%s: %s over the limit", row->name, numbers[i].name);
		ck_assert_msg(numbers[i].get(policy) == numbers[i].unset,
		    "%s: %s is set", row->name, numbers[i].name);
		ck_assert_int_eq(
		    numbers[i].set(policy, numbers[i].unset), TLSPOLICY_OK);
	}
	ck_assert_int_eq(row->set(policy, row->good), TLSPOLICY_OK);
	ck_assert_int_eq(
	    tlspolicy_set_min_version(policy, TLS1_VERSION), TLSPOLICY_OK);
	tlspolicy_free(policy);
}
END_TEST

START_TEST(limit_of_all)
{
	struct tlspolicy *policy = new_policy();
	char buf[TEXT_MAX + 16], text[TEXT_MAX + 16], *ciphers;
	size_t room = TEXT_MAX - strlen("ciphers=") - strlen(",groups=");

	fill(policy);
	for (size_t i = 0; i < NELEM(numbers); i++)
		ck_assert_int_eq(
		    numbers[i].set(policy, numbers[i].unset), TLSPOLICY_OK);
	ck_assert_int_eq(tlspolicy_set_ciphersuites(policy, NULL), 0);
	ck_assert_int_eq(tlspolicy_set_sigalgs(policy, NULL), 0);
	long_list(buf, "XX-", room - 2000);
	ck_assert_int_eq(tlspolicy_set_ciphers(policy, buf), TLSPOLICY_OK);
	ciphers = strdup(tlspolicy_get_ciphers(policy));
	long_list(buf, "xx", 2001);
	ck_assert_int_eq(tlspolicy_set_groups(policy, buf), TLSPOLICY_E_SYNTAX);
	assert_list(&lists[2], policy, lists[2].canonical);
	long_list(buf, "xx", 2000);
	ck_assert_int_eq(tlspolicy_set_groups(policy, buf), TLSPOLICY_OK);
	ck_assert_int_eq(
	    tlspolicy_format(policy, text, sizeof(text)), TEXT_MAX);
	ck_assert_int_eq(
	    tlspolicy_set_sigalgs(policy, "ed25519"), TLSPOLICY_E_SYNTAX);
	ck_assert_ptr_null(tlspolicy_get_sigalgs(policy));
	ck_assert_str_eq(tlspolicy_get_ciphers(policy), ciphers);
	free(ciphers);
	tlspolicy_free(policy);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("policy");
	TCase *tc = tcase_create("policy");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, new_is_empty);
	tcase_add_test(tc, null_policy);
	tcase_add_loop_test(tc, number_field, 0, (int)NELEM(numbers));
	tcase_add_loop_test(tc, list_field, 0, (int)NELEM(lists));
	tcase_add_test(tc, dup_is_deep);
	tcase_add_test(tc, profile_through_dup);
	tcase_add_loop_test(tc, limit_of_one_list, 0, (int)NELEM(lists));
	tcase_add_test(tc, limit_of_all);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
