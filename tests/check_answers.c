/* SPDX-License-Identifier: MIT */
/*
 * What tlspolicy_check() is asked, and the room for its answer; and that idle
 * connections do not notice what is looked at elsewhere.
 */
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "connections.h"
#include "peer.h"
#include "release.h"
#include "runner.h"
#include "told.h"

/* Arguments, and room for the answer */

START_TEST(not_yet)
{
	const struct raw raw = { 0 };
	const struct tlspolicy *policy = tlspolicy_profile("modern");
	SSL_CTX *ctx = make_raw(&raw);
	SSL *ssl = new_connection(ctx, CLIENT);
	char why[256];
	int turn;

	for (turn = 0; turn < 2; turn++) {
		why[0] = '\0';
		fill_queue();
		ck_assert_int_eq(tlspolicy_check(ssl, policy, why, sizeof(why)),
		    TLSPOLICY_E_INVALID);
		ck_assert_msg(why[0] != '\0', "turn %d: no reason", turn);
		ck_assert_int_eq(
		    tlspolicy_check(ssl, policy, NULL, 0), TLSPOLICY_E_INVALID);
		ck_assert_int_eq(
		    tlspolicy_check(NULL, policy, why, 1), TLSPOLICY_E_INVALID);
		ck_assert_int_eq(
		    tlspolicy_check(ssl, NULL, why, 0), TLSPOLICY_E_INVALID);
		assert_queue("not yet");
		if (turn == 0)
			send_hello(ssl);
	}
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(failed_handshake)
{
	const struct raw raw = TLS12();
	struct pair pair;
	char why[256] = "";

	prepare_pair(&pair, &raw);
	ck_assert(SSL_CTX_set_min_proto_version(
		      pair.ctx[SERVER], TLS1_3_VERSION) == 1 &&
	    SSL_CTX_set_max_proto_version(pair.ctx[SERVER], 0) == 1);
	ck_assert(!meet_pair(&pair));
	ck_assert_int_eq(tlspolicy_check(pair.ssl[CLIENT],
			     tlspolicy_profile("system"), why, sizeof(why)),
	    TLSPOLICY_E_INVALID);
	ck_assert(why[0] != '\0');
	release_pair(&pair);
}
END_TEST

START_TEST(room)
{
	const struct raw raw = TLS12();
	const struct tlspolicy *policy = tlspolicy_profile("modern");
	char whole[512], why[sizeof(whole)];
	struct pair pair;
	size_t size, len;

	prepare_pair(&pair, &raw);
	ck_assert(meet_pair(&pair));
	ck_assert_int_eq(
	    tlspolicy_check(pair.ssl[CLIENT], policy, whole, sizeof(whole)),
	    TLSPOLICY_E_VIOLATION);
	len = strlen(whole);
	ck_assert(len > 10 && len < sizeof(whole) - 3);
	for (size = 0; size <= len + 2; size++) {
		memset(why, '#', sizeof(why));
		ck_assert_int_eq(
		    tlspolicy_check(pair.ssl[CLIENT], policy, why, size),
		    TLSPOLICY_E_VIOLATION);
		ck_assert_msg(why[size] == '#', "size %zu is overrun", size);
		ck_assert_msg(size == 0 ||
			(strlen(why) == (size <= len ? size - 1 : len) &&
			    strncmp(why, whole, size - 1) == 0),
		    "size %zu: \"%.20s\"", size, why);
	}
	release_pair(&pair);
}
END_TEST

/* An idle connection does not notice what is looked at elsewhere */

static int
idle_error(const struct pair *pair, int end)
{
	char byte;

	return SSL_get_error(
	    pair->ssl[end], SSL_read(pair->ssl[end], &byte, 1));
}

/* A handshake that fails; its entries are left on the queue. */
static SSL *
fail_elsewhere(void)
{
	const struct raw raw = { 0 };
	SSL_CTX *ctx = make_raw(&raw);
	SSL *ssl = new_connection(ctx, CLIENT);
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_null());
	int ret;

	ck_assert(BIO_puts(in, "this is no TLS at all\r\n") > 0);
	SSL_set_bio(ssl, in, out);
	ret = SSL_do_handshake(ssl);
	ck_assert(SSL_get_error(ssl, ret) == SSL_ERROR_SSL);
	ck_assert(ERR_peek_error() != 0);
	SSL_CTX_free(ctx);
	return ssl;
}

static const struct raw idles[] = { TLS12(), TLS13(), DTLS12() };

START_TEST(idle)
{
	const struct raw *raw = &idles[_i];
	struct pair quiet, other;
	char buf[1024];
	SSL *failed;
	int end;

	prepare_pair(&quiet, raw);
	prepare_pair(&other, raw);
	ck_assert(meet_pair(&quiet) && talk(&quiet) && meet_pair(&other));
	ERR_clear_error();
	for (end = 0; end < 2; end++)
		ck_assert_int_eq(idle_error(&quiet, end), SSL_ERROR_WANT_READ);
	failed = fail_elsewhere();
	/* This is what an entry does up to 3.5: the test can fail. */
	if (OpenSSL_version_num() < 0x30600000L)
		ck_assert_int_eq(idle_error(&quiet, CLIENT), SSL_ERROR_SSL);
	ck_assert(tlspolicy_explain(failed, buf, sizeof(buf)) > 0);
	ck_assert_msg(ERR_GET_LIB(ERR_peek_error()) == ERR_LIB_SSL,
	    "explain takes the entries away");
	ERR_clear_error(); /* as its caller does */
	for (end = 0; end < 2; end++) {
		ck_assert(tlspolicy_explain(failed, buf, sizeof(buf)) > 0);
		ck_assert_int_eq(
		    tlspolicy_check(other.ssl[end],
			tlspolicy_profile(raw->min != 0 ? "legacy" : "modern"),
			buf, sizeof(buf)),
		    raw->min != 0 ? TLSPOLICY_OK : TLSPOLICY_E_VIOLATION);
		ck_assert(ERR_peek_error() == 0);
		ck_assert_int_eq(idle_error(&quiet, end), SSL_ERROR_WANT_READ);
	}
	fill_queue();
	ck_assert(tlspolicy_explain(failed, buf, sizeof(buf)) > 0);
	assert_check_of("idle", other.ssl[CLIENT], "level=0", NULL);
	ck_assert(talk(&quiet));
	SSL_free(failed);
	release_pair(&other);
	release_pair(&quiet);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("answers");
	TCase *tc = tcase_create("answers");

	peer_setup();
	make_keys();
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, not_yet);
	tcase_add_test(tc, failed_handshake);
	tcase_add_test(tc, room);
	add_rows(tc, idle, NELEM(idles));
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
