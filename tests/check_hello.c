/* SPDX-License-Identifier: MIT */
/*
 * The library hears of groups and sigalgs while OpenSSL makes a ClientHello.
 * Here that is of what no table has, of none, and of more than there is room
 * for: half of a list must never be told as the whole.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "faults.h"
#include "peer.h"
#include "runner.h"

enum {
	GROUPS = SSL_SECOP_CURVE_SUPPORTED,
	SIGALGS = SSL_SECOP_SIGALG_SUPPORTED
};

static void
assert_refused(SSL_CTX *ctx, const char *what, size_t n)
{
	struct tlspolicy *out;
	int status = tlspolicy_from_ctx(&out, ctx);

	ck_assert_msg(status == TLSPOLICY_E_OPENSSL && out == NULL,
	    "%s, %zu: %d", what, n, status);
	ck_assert_msg(strcmp(ERR_reason_error_string(ERR_peek_last_error()),
			  tlspolicy_strerror(status)) == 0,
	    "%s, %zu: no entry", what, n);
	ERR_clear_error();
}

static const struct codes {
	const char *name, *want; /* NULL: refused */
	int kind;
	size_t count;
	unsigned first;
} codes[] = {
	{ "an unknown group", "0xfe00", GROUPS, 1, 0xfe00 },
	{ "an unknown sigalg", "0xfe00", SIGALGS, 1, 0xfe00 },
	{ "unknown groups around two known ones",
	    "0x00fe:0x00ff:ffdhe2048:ffdhe3072", GROUPS, 4, 0x00fe },
	{ "a sigalg for an unknown key", "0x04ff", SIGALGS, 1, 0x04ff },
	{ "as many groups as there is room for", "0xfe00:0xfe01", GROUPS, 127,
	    0xfe00 },
	{ "a group more", NULL, GROUPS, 128, 0xfe00 },
	{ "a sigalg more", NULL, SIGALGS, 128, 0xfe00 },
	{ "GREASE between unknown groups", "0x0a09:0x0a0b", GROUPS, 3, 0x0a09 },
	{ "GREASE between unknown sigalgs", "0xfaf9:0xfafb", SIGALGS, 3,
	    0xfaf9 },
	/* One that none of the ciphers that are left uses. */
	{ "no group", "secp521r1", GROUPS, 0, 0 },
};

START_TEST(code_points)
{
	const struct codes *row = &codes[_i];
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	struct tlspolicy *out = NULL;
	const char *list;

	ck_assert_ptr_nonnull(ctx);
	faults_offer(row->kind, row->count, row->first);
	if (row->want == NULL && row->count > 0) {
		assert_refused(ctx, row->name, row->count);
	} else {
		ck_assert_int_eq(tlspolicy_from_ctx(&out, ctx), TLSPOLICY_OK);
		list = row->kind == GROUPS ? tlspolicy_get_groups(out)
					   : tlspolicy_get_sigalgs(out);
		ck_assert_msg(row->want == NULL ? list == NULL
						: list != NULL &&
			    strncmp(list, row->want, strlen(row->want)) == 0,
		    "%s: %s", row->name, list == NULL ? "none" : list);
	}
	for (int i = 0; i < PEER_VERSIONS; i++)
		ck_assert_msg((tlspolicy_inspect(ctx, TLSPOLICY_CLIENT,
				   peer_version((unsigned)i)) >= 0) ==
			(row->want != NULL || row->count == 0),
		    "%s: inspect", row->name);
	tlspolicy_free(out);
	SSL_CTX_free(ctx);
}
END_TEST

/* A list that is used and empty is called so. */
START_TEST(none)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	BIO *out = BIO_new(BIO_s_mem());
	char *text;
	long size;

	ck_assert(ctx != NULL && out != NULL);
	faults_offer(GROUPS, 0, 0);
	ck_assert_int_eq(tlspolicy_describe(ctx, out), TLSPOLICY_OK);
	ck_assert(BIO_write(out, "", 1) == 1);
	size = BIO_get_mem_data(out, &text);
	ck_assert(size > 0 && strstr(text, "Groups:\n    none\n") != NULL);
	BIO_free(out);
	SSL_CTX_free(ctx);
}
END_TEST

/* What is offered and unknown to the table is not what a policy permits. */
START_TEST(unknown_is_violation)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	struct tlspolicy *policy;

	ck_assert_ptr_nonnull(ctx);
	ck_assert_int_eq(
	    tlspolicy_parse(&policy, "groups=X25519:0xfe00"), TLSPOLICY_OK);
	faults_offer(GROUPS, 2, 0xfe00);
	ck_assert_int_eq(tlspolicy_audit(ctx, policy), TLSPOLICY_E_VIOLATION);
	ERR_clear_error();
	faults_offer(GROUPS, 1, 0xfe00);
	ck_assert_int_eq(tlspolicy_audit(ctx, policy), TLSPOLICY_OK);
	tlspolicy_free(policy);
	SSL_CTX_free(ctx);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("hello");
	TCase *tc = tcase_create("hello");

	peer_setup();
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, code_points, 0, (int)NELEM(codes));
	tcase_add_test(tc, none);
	tcase_add_test(tc, unknown_is_violation);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
