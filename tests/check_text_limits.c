/* SPDX-License-Identifier: MIT */
/*
 * Policy text: arguments, the longest text, written and read again, room for
 * it as snprintf(), and text that is mutated.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "runner.h"
#include "texts.h"

START_TEST(null_arguments)
{
	struct tlspolicy *policy = (struct tlspolicy *)(uintptr_t)1;
	char buf[8];

	ck_assert_int_eq(tlspolicy_parse(&policy, NULL), TLSPOLICY_E_INVALID);
	ck_assert_ptr_null(policy);
	ck_assert_int_eq(tlspolicy_parse(NULL, "modern"), TLSPOLICY_E_INVALID);
	ck_assert_int_eq(tlspolicy_parse(NULL, NULL), TLSPOLICY_E_INVALID);
	ck_assert_int_eq(
	    tlspolicy_format(NULL, buf, sizeof(buf)), TLSPOLICY_E_INVALID);
	ck_assert_int_eq(tlspolicy_format(NULL, NULL, 0), TLSPOLICY_E_INVALID);
	policy = tlspolicy_new();
	ck_assert_int_eq(
	    tlspolicy_format(policy, NULL, 1), TLSPOLICY_E_INVALID);
	ck_assert_int_eq(tlspolicy_format(policy, NULL, 0), 6);
	tlspolicy_free(policy);
}
END_TEST

/* 8,192 bytes of text and not one more, whatever they hold. */
static const struct {
	const char *head, *tail;
	char fill;
	int status;
} fillings[] = {
	{ "modern", "", ' ', TLSPOLICY_OK },
	{ "", "modern", '\n', TLSPOLICY_OK },
	{ "level=1", "max=1.3", ' ', TLSPOLICY_OK },
	{ "", "", 'x', TLSPOLICY_E_PROFILE },
	{ "", "=1", 'x', TLSPOLICY_E_SYNTAX },
	{ "min=", "", '1', TLSPOLICY_E_SYNTAX },
	{ "groups=", "", 'x', TLSPOLICY_E_SYNTAX },
	{ "", "", ',', TLSPOLICY_E_SYNTAX },
	{ "", "", '\x80', TLSPOLICY_E_PROFILE },
};

START_TEST(longest_text)
{
	char text[TEXT_MAX + 3];
	struct tlspolicy *policy;
	struct queue queue;
	size_t tail = strlen(fillings[_i].tail);
	int ret;

	for (size_t len = TEXT_MAX - 1; len <= TEXT_MAX + 2; len++) {
		memset(text, fillings[_i].fill, len);
		memcpy(text, fillings[_i].head, strlen(fillings[_i].head));
		(void)snprintf(
		    text + len - tail, tail + 1, "%s", fillings[_i].tail);
		ret = tlspolicy_parse(&policy, text);
		queue = take_text_queue();
		ck_assert_msg(ret ==
			(len > TEXT_MAX ? TLSPOLICY_E_SYNTAX
					: fillings[_i].status),
		    "row %d, %zu bytes: %d: %s", _i, len, ret, queue.last);
		if (ret != TLSPOLICY_OK)
			assert_failed(text, ret, policy, &queue);
		if (len > TEXT_MAX)
			ck_assert_msg(strstr(queue.last, "8,192") != NULL ||
				strstr(queue.last, "8192") != NULL,
			    "row %d: %s", _i, queue.last);
		tlspolicy_free(policy);
	}
}
END_TEST

/* What a text stands for counts as well: P-256 is prime256v1. */
START_TEST(longest_meaning)
{
	char text[TEXT_MAX + 1] = "groups=P-256";
	struct tlspolicy *policy;
	struct queue queue;
	size_t len = strlen(text);

	for (int i = 1000; len + 6 <= TEXT_MAX; i++)
		len +=
		    (size_t)snprintf(text + len, sizeof(text) - len, ":x%d", i);
	ck_assert_int_eq(tlspolicy_parse(&policy, text), TLSPOLICY_E_SYNTAX);
	queue = take_text_queue();
	assert_failed(text, TLSPOLICY_E_SYNTAX, policy, &queue);
	/* Without the last item, ":xNNNN", it fits. */
	text[len - 6] = '\0';
	ck_assert_int_eq(tlspolicy_parse(&policy, text), TLSPOLICY_OK);
	assert_round_trip("longest", policy);
	tlspolicy_free(policy);
}
END_TEST

/* A list for a setter may itself become too long by what it stands for. */
START_TEST(longest_list)
{
	char list[TEXT_MAX + 1] = "P-256:P-384:P-521";
	struct tlspolicy *policy = tlspolicy_new();
	struct queue queue;
	size_t len = strlen(list);
	int ret;

	ck_assert_ptr_nonnull(policy);
	for (int i = 1000; len + 6 <= TEXT_MAX; i++)
		len +=
		    (size_t)snprintf(list + len, sizeof(list) - len, ":x%d", i);
	ck_assert_int_eq(tlspolicy_set_groups(policy, "X448"), TLSPOLICY_OK);
	ret = tlspolicy_set_groups(policy, list);
	queue = take_text_queue();
	ck_assert_int_eq(ret, TLSPOLICY_E_SYNTAX);
	ck_assert_msg(strstr(queue.last, "groups has over 8192 bytes") != NULL,
	    "%s", queue.last);
	ck_assert_str_eq(tlspolicy_get_groups(policy), "X448");
	tlspolicy_free(policy);
}
END_TEST

/* Round trip */

static const char *const cipher_lists[] = { NULL, "AES128-SHA",
	"ecdhe-rsa-aes128-gcm-sha256:?des-cbc3-sha", "NO-SUCH:?NO-OTHER" };

static const char *const suite_lists[] = { NULL, "TLS_AES_128_GCM_SHA256",
	"?TLS_X:TLS_CHACHA20_POLY1305_SHA256" };

static const char *const group_lists[] = { NULL, "P-256",
	"?x25519mlkem768:?X25519:secp384r1", "brainpoolP256r1:?ffdhe2048" };

static const char *const sigalg_lists[] = { NULL, "RSA+SHA256:?ed25519",
	"ECDSA+SHA1:rsa_pss_pss_sha512" };

/* A mixed-radix digit of n. */
static unsigned
digit(unsigned long *n, unsigned radix)
{
	unsigned d = (unsigned)(*n % radix);

	*n /= radix;
	return d;
}

/* The n-th policy; *status is what parse must say about its text. */
static struct tlspolicy *
nth_policy(unsigned long n, int *status)
{
	struct tlspolicy *policy = tlspolicy_new();
	int min = (int)digit(&n, 5), max = (int)digit(&n, 5), bad = 0;
	unsigned disabled = digit(&n, 16), enabled = 0;

	bad |= tlspolicy_set_min_version(
	    policy, min == 0 ? 0 : TLS1_VERSION + min - 1);
	bad |= tlspolicy_set_max_version(
	    policy, max == 0 ? 0 : TLS1_VERSION + max - 1);
	bad |= tlspolicy_set_disabled(policy, disabled);
	bad |= tlspolicy_set_ciphers(policy, cipher_lists[digit(&n, 4)]);
	bad |= tlspolicy_set_ciphersuites(policy, suite_lists[digit(&n, 3)]);
	bad |= tlspolicy_set_groups(policy, group_lists[digit(&n, 4)]);
	bad |= tlspolicy_set_sigalgs(policy, sigalg_lists[digit(&n, 3)]);
	bad |= tlspolicy_set_security_level(policy, (int)digit(&n, 7) - 1);
	bad |= tlspolicy_set_renegotiation(policy, (int)digit(&n, 3) - 1);
	bad |= tlspolicy_set_server_preference(policy, (int)digit(&n, 3) - 1);
	ck_assert_int_eq(bad, TLSPOLICY_OK);
	for (int i = 1; i <= 4; i++)
		if (i >= min && (max == 0 || i <= max))
			enabled |= 1u << (i - 1) & ~disabled;
	*status = TLSPOLICY_OK;
	if (enabled == 0)
		*status = TLSPOLICY_E_RANGE;
	else if (((enabled + (enabled & -enabled)) & enabled) != 0)
		*status = TLSPOLICY_E_HOLE;
	return policy;
}

START_TEST(round_trip_of_fields)
{
	const unsigned long space = 5UL * 5 * 16 * 4 * 3 * 4 * 3 * 7 * 3 * 3;
	/* A prime that divides no radix visits every value of every field. */
	const unsigned long stride = test_tier() == TIER_SHORT ? 24019
	    : test_tier() == TIER_FULL                         ? 11
							       : 211;
	struct tlspolicy *policy, *again;
	char text[TEXT_MAX + 1], name[32];
	unsigned long good = 0;
	int want;

	for (unsigned long n = 0; n < space; n += stride) {
		policy = nth_policy(n, &want);
		(void)snprintf(name, sizeof(name), "policy %lu", n);
		if (want == TLSPOLICY_OK) {
			assert_round_trip(name, policy);
			good++;
		} else {
			ck_assert_int_gt(
			    tlspolicy_format(policy, text, sizeof(text)), 0);
			ck_assert_msg(tlspolicy_parse(&again, text) == want,
			    "%s: %s", name, text);
			ERR_clear_error();
		}
		tlspolicy_free(policy);
	}
	ck_assert_msg(test_tier() == TIER_SHORT || good >= 5000,
	    "only %lu policies", good);
}
END_TEST

START_TEST(round_trip_of_profiles)
{
	const char *name;

	for (size_t i = 0; i < tlspolicy_profile_count(); i++) {
		name = tlspolicy_profile_name(i);
		assert_round_trip(name, tlspolicy_profile(name));
	}
}
END_TEST

/* As snprintf */

static const char *const printed[] = { "system", "level=2",
	"min=TLSv1,max=TLSv1.3,disable=TLSv1,ciphers=A-B,"
	"ciphersuites=TLS_A,groups=X448,sigalgs=ed25519,level=0,"
	"renegotiation=on,preference=server",
	"modern", "compat" };

START_TEST(format_sizes)
{
	char whole[TEXT_MAX + 1], buf[TEXT_MAX + 8], untouched[sizeof(buf)];
	struct tlspolicy *policy = NULL;
	size_t len, kept;

	memset(untouched, 'Z', sizeof(untouched));
	ck_assert_int_eq(tlspolicy_parse(&policy, printed[_i]), TLSPOLICY_OK);
	len = (size_t)tlspolicy_format(policy, whole, sizeof(whole));
	ck_assert_uint_eq(strlen(whole), len);
	ck_assert_int_eq(tlspolicy_format(policy, NULL, 0), (int)len);
	for (size_t size = 0; size <= len + 2; size++) {
		memset(buf, 'Z', sizeof(buf));
		ck_assert_msg(tlspolicy_format(policy, buf, size) == (int)len,
		    "%s: size %zu", printed[_i], size);
		kept = size == 0 ? 0 : size - 1 < len ? size - 1 : len;
		ck_assert_msg(memcmp(buf, whole, kept) == 0,
		    "%s: size %zu: %.*s", printed[_i], size, (int)kept, buf);
		ck_assert_msg(size == 0 || buf[kept] == '\0',
		    "%s: size %zu: no NUL", printed[_i], size);
		ck_assert_msg(
		    memcmp(buf + size, untouched, sizeof(buf) - size) == 0,
		    "%s: size %zu: wrote past it", printed[_i], size);
	}
	tlspolicy_free(policy);
}
END_TEST

/* Mutated text, the same on every run */

static const char *const seeds[] = { "modern", "intermediate@2026",
	"intermediate,min=TLSv1.3",
	"min=TLSv1.2 max=TLSv1.3 groups=?X25519MLKEM768:X25519:P-256",
	"min=TLSv1,disable=TLSv1:TLSv1.1", "compat level=3,preference=server",
	"ciphers=AES128-SHA:?DES-CBC3-SHA level=0 renegotiation=on",
	"ciphersuites=TLS_AES_128_GCM_SHA256:?TLS_AES_256_GCM_SHA384",
	"sigalgs=RSA+SHA256:ed25519:?ECDSA+SHA1,renegotiation=off", "system",
	"max=1.2\tmin=tls1.1 ", "groups=P-384:?ffdhe2048" };

static unsigned
lcg(unsigned bound)
{
	static uint64_t state = 20260406;

	state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned)(state >> 33) % bound;
}

static char
random_byte(void)
{
	static const char likely[] = ",,:=? \t@+-._01234eEsSvTXx";

	if (lcg(3) > 0)
		return likely[lcg(sizeof(likely) - 1)];
	return (char)(1 + lcg(255));
}

/* One change: a byte replaced, added or taken away, or a piece repeated. */
static void
mutate(char *text, size_t size)
{
	size_t len = strlen(text), at = lcg((unsigned)len + 1), n;

	switch (lcg(4)) {
	case 0:
		if (at < len)
			text[at] = random_byte();
		break;
	case 1:
		if (at < len)
			memmove(text + at, text + at + 1, len - at);
		break;
	case 2:
		if (len + 1 < size) {
			memmove(text + at + 1, text + at, len - at + 1);
			text[at] = random_byte();
		}
		break;
	default:
		n = lcg((unsigned)(len - at) + 1);
		if (len + n < size)
			memmove(text + at + n, text + at, len - at + 1);
		break;
	}
}

START_TEST(mutated_text)
{
	const int inputs = test_tier() == TIER_SHORT ? 2000 : 50000;
	struct tlspolicy *policy;
	struct queue queue;
	char text[256];
	int ret, good = 0;

	for (int i = 0; i < inputs; i++) {
		(void)snprintf(
		    text, sizeof(text), "%s", seeds[lcg(NELEM(seeds))]);
		for (unsigned n = 1 + lcg(4); n > 0; n--)
			mutate(text, sizeof(text));
		policy = (struct tlspolicy *)(uintptr_t)1;
		ret = tlspolicy_parse(&policy, text);
		queue = take_text_queue();
		if (ret == TLSPOLICY_OK) {
			ck_assert_msg(
			    queue.entries == 0, "\"%s\": %s", text, queue.last);
			assert_round_trip(text, policy);
			tlspolicy_free(policy);
			good++;
		} else {
			assert_failed(text, ret, policy, &queue);
		}
	}
	/* Most mutants are refused; the test is worth little if all are. */
	ck_assert_msg(good > inputs / 50 && good < inputs / 2,
	    "%d of %d accepted", good, inputs);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("text_limits");
	TCase *tc = tcase_create("text_limits");

	/* CK_FORK=no leaves the queue of one test to the next. */
	tcase_add_checked_fixture(tc, ERR_clear_error, NULL);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, null_arguments);
	add_rows(tc, longest_text, NELEM(fillings));
	tcase_add_test(tc, longest_meaning);
	tcase_add_test(tc, longest_list);
	tcase_add_test(tc, round_trip_of_profiles);
	tcase_add_test(tc, round_trip_of_fields);
	add_rows(tc, format_sizes, NELEM(printed));
	tcase_add_test(tc, mutated_text);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
