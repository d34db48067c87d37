/* SPDX-License-Identifier: MIT */
/*
 * What OpenSSL does by itself, shown with raw calls and real handshakes, and
 * what the library does instead: bounds of versions, methods, and security
 * levels. The labels are this test's own, V and S.
 */
/* For SSL_CTX_set_ssl_version(), deprecated since OpenSSL 3.0. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/err.h>

#include <tlspolicy.h>

#include "peer.h"
#include "release.h"
#include "rows.h"
#include "runner.h"
#include "table.h"

/* Versions */

static const int no_versions[] = { 0x0305, 42, -1 };

/* A policy without TLS 1.3 ends DTLS at 1.2, whether or not 1.3 is there. */
START_TEST(no_dtls13)
{
	static const char *const texts[] = { "disable=TLSv1.3", "max=TLSv1.2",
		"intermediate,disable=TLSv1.3", "min=TLSv1.2" };
	const int last = _i == (int)NELEM(texts) - 1;
	SSL_CTX *ctx = peer_context(DTLS_method(), NULL);

	ck_assert_int_eq(tlspolicy_apply(ctx, texts[_i]), TLSPOLICY_OK);
	ck_assert_int_eq(
	    SSL_CTX_get_max_proto_version(ctx), last ? 0 : DTLS1_2_VERSION);
	ck_assert(tlspolicy_inspect(ctx, TLSPOLICY_CLIENT, DTLS1_2_VERSION) ==
	    TLSPOLICY_AVAILABLE);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(v2_wrong_transport)
{
	struct tlspolicy *policy = tlspolicy_new();
	SSL_CTX *ctx = fresh_context(2);
	SSL_CTX *datagram = peer_context(DTLS_method(), NULL);

	ck_assert(SSL_CTX_set_min_proto_version(ctx, DTLS1_2_VERSION) == 1);
	ck_assert(SSL_CTX_get_min_proto_version(ctx) == 0);
	ck_assert(SSL_CTX_set_max_proto_version(datagram, TLS1_2_VERSION) == 1);
	ck_assert(SSL_CTX_get_max_proto_version(datagram) == 0);
	ck_assert_int_eq(tlspolicy_set_min_version(policy, DTLS1_2_VERSION),
	    TLSPOLICY_E_INVALID);
	assert_applies("V2", datagram, "min=TLSv1.2,max=TLSv1.2", 0, 0);
	ck_assert(SSL_CTX_get_min_proto_version(datagram) == DTLS1_2_VERSION);
	ck_assert(SSL_CTX_get_max_proto_version(datagram) == DTLS1_2_VERSION);
	/* The other transport's constants are no question to ask. */
	ck_assert_int_eq(
	    tlspolicy_inspect(ctx, TLSPOLICY_CLIENT, DTLS1_2_VERSION),
	    TLSPOLICY_E_INVALID);
	ck_assert_int_eq(
	    tlspolicy_inspect(datagram, TLSPOLICY_CLIENT, TLS1_2_VERSION),
	    TLSPOLICY_E_INVALID);
	ERR_clear_error();
	tlspolicy_free(policy);
	SSL_CTX_free(ctx);
	SSL_CTX_free(datagram);
}
END_TEST

START_TEST(v3_pinned_by_method)
{
	static const unsigned flags[] = { 0, TLSPOLICY_OVERRIDE,
		TLSPOLICY_FAIL_IF_STRICTER };
	SSL_CTX *ctx;
	size_t i;

	if (release_tls1_2() == NULL)
		SKIP_TEST("this release has no methods of one version");
	ctx = peer_context(release_tls1_2(), NULL);
	ck_assert(SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1);
	ck_assert(SSL_CTX_get_min_proto_version(ctx) == 0);
	SSL_CTX_set_options(ctx, SSL_OP_NO_TLSv1_2);
	assert_sets("V3", "OpenSSL", ctx, V12, V12);
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		assert_applies(
		    "V3", ctx, "modern", flags[i], TLSPOLICY_E_METHOD);
		assert_applies(
		    "V3", ctx, "max=TLSv1.2", flags[i], TLSPOLICY_E_METHOD);
	}
	assert_sets("V3", "library", ctx, V12, V12);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(v5_supported_versions)
{
	SSL_CTX *ctx = fresh_context(0);
	unsigned i, set = peer_negotiated(ctx, PEER_SERVER);

	for (i = 0; i < PEER_VERSIONS; i++)
		ck_assert_msg(tlspolicy_openssl_supports(peer_version(i)) ==
			(int)(set >> i & 1),
		    "V5: %s: handshakes are right", peer_version_name(i));
	for (i = 0; i < sizeof(no_versions) / sizeof(no_versions[0]); i++)
		ck_assert(!tlspolicy_openssl_supports(no_versions[i]));
	/* V7 */
	ck_assert(!tlspolicy_openssl_supports(SSL3_VERSION));
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(v6_no_such_version)
{
	struct tlspolicy *policy = tlspolicy_new();
	SSL_CTX *ctx = fresh_context(2);
	int version = no_versions[_i];

	ERR_clear_error();
	ck_assert(SSL_CTX_set_min_proto_version(ctx, version) == 0);
	ck_assert(SSL_CTX_set_max_proto_version(ctx, version) == 0);
	ck_assert_msg(ERR_peek_error() == 0, "V6: %d: an entry", version);
	ck_assert_int_eq(
	    tlspolicy_set_min_version(policy, version), TLSPOLICY_E_INVALID);
	ck_assert_msg(ERR_peek_error() != 0, "V6: %d: no entry", version);
	ck_assert_int_eq(
	    tlspolicy_set_max_version(policy, version), TLSPOLICY_E_INVALID);
	tlspolicy_free(policy);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(v7_ssl3)
{
	struct tlspolicy *policy = tlspolicy_new();
	SSL_CTX *ctx = fresh_context(0);
	struct peer_snapshot now;

	ck_assert_int_eq(tlspolicy_set_min_version(policy, SSL3_VERSION),
	    TLSPOLICY_E_INVALID);
	ck_assert(SSL_CTX_set_min_proto_version(ctx, SSL3_VERSION) ==
	    (release() < RELEASE_4_0));
	assert_applies("V7", ctx, "min=TLSv1,level=0", 0, TLSPOLICY_OK);
	peer_snapshot(ctx, &now, 0);
	ck_assert_msg(now.min == TLS1_VERSION, "V7: min is still 0x%x",
	    (unsigned)now.min);
	tlspolicy_free(policy);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(v8_zero_is_no_reset)
{
	struct tlspolicy *policy = tlspolicy_new();
	SSL_CTX *ctx = fresh_context(0);

	ck_assert(SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1);
	ck_assert(SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION) == 1);
	ck_assert_int_eq(tlspolicy_set_min_version(policy, 0), 0);
	ck_assert_int_eq(tlspolicy_set_max_version(policy, 0), 0);
	ck_assert_int_eq(
	    tlspolicy_apply_ctx(ctx, policy, TLSPOLICY_OVERRIDE), 0);
	assert_sets("V8", "library", ctx, V12, V12);
	ck_assert(SSL_CTX_set_min_proto_version(ctx, 0) == 1);
	ck_assert(SSL_CTX_set_max_proto_version(ctx, 0) == 1);
	assert_sets("V8", "OpenSSL", ctx, ALL, ALL);
	tlspolicy_free(policy);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(v11_only_the_lowest_run)
{
	SSL_CTX *ctx = fresh_context(2);
	unsigned legacy;

	SSL_CTX_set_options(ctx, SSL_OP_NO_TLSv1_1);
	if (release() < RELEASE_3_1) {
		ck_assert_uint_eq(offered_versions(ctx, &legacy), 0);
		ck_assert_uint_eq(legacy, TLS1_VERSION);
	}
	assert_applies("V11", ctx, "system", 0, TLSPOLICY_OK);
	ck_assert_uint_eq(offered_versions(ctx, &legacy), CURRENT);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(v13_where_the_version_is)
{
	SSL_CTX *ctx = fresh_context(2);
	unsigned legacy;
	SSL *ssl;

	assert_applies("V13", ctx, "max=TLSv1.2", 0, TLSPOLICY_OK);
	ssl = SSL_new(ctx);
	ck_assert_int_eq(SSL_version(ssl), TLS1_3_VERSION);
	SSL_free(ssl);
	ck_assert_uint_eq(offered_versions(ctx, &legacy), 0);
	ck_assert_uint_eq(legacy, TLS1_2_VERSION);
	SSL_CTX_free(ctx);
	ctx = fresh_context(2);
	assert_applies("V13", ctx, "modern", 0, TLSPOLICY_OK);
	ck_assert_uint_eq(offered_versions(ctx, &legacy), V13);
	ck_assert_uint_eq(legacy, TLS1_2_VERSION);
	SSL_CTX_free(ctx);
}
END_TEST

/* The bounds are still there to be read, and mean nothing. */
START_TEST(v14_method_after_bounds)
{
	const struct tlspolicy *modern = tlspolicy_profile("modern");
	SSL_CTX *ctx;

	if (release_tls1_2() == NULL)
		SKIP_TEST("this release has no methods of one version");
	ctx = fresh_context(2);
	assert_applies("V14", ctx, "modern", 0, TLSPOLICY_OK);
	ck_assert_int_eq(tlspolicy_audit(ctx, modern), TLSPOLICY_OK);
	ck_assert(SSL_CTX_set_ssl_version(ctx, release_tls1_2()) == 1);
	/* By 3.5 such a client has become one that no peer answers. */
	if (release() < RELEASE_3_1)
		assert_sets("V14", "OpenSSL", ctx, V12, V12);
	ck_assert_int_eq(tlspolicy_audit(ctx, modern), TLSPOLICY_E_VIOLATION);
	assert_applies("V14", ctx, "modern", 0, TLSPOLICY_E_METHOD);
	SSL_CTX_free(ctx);
}
END_TEST

/* Security level */

static const char alive[] =
    "before OpenSSL 3.0 levels 1 and 2 permit TLS 1.0 and 1.1";

START_TEST(s1_offered_and_dead)
{
	SSL_CTX *ctx;
	struct peer_result result;
	unsigned legacy;

	if (release() < RELEASE_3_0)
		SKIP_TEST(alive);
	ctx = fresh_context(_i);
	if (release() < RELEASE_3_1) {
		ck_assert_uint_eq(offered_versions(ctx, &legacy), ALL);
		peer_negotiates(ctx, PEER_SERVER, TLS1_VERSION, &result);
		ck_assert_int_eq(
		    result.reason[0], SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM);
		ck_assert_int_eq(
		    result.reason[1], SSL_R_TLSV1_ALERT_INTERNAL_ERROR);
		peer_negotiates(ctx, PEER_CLIENT, TLS1_VERSION, &result);
		ck_assert_int_eq(result.reason[0], RELEASE_R_LEGACY_SIGALG);
	}

	assert_applies("S1", ctx, "system", 0, TLSPOLICY_OK);
	ck_assert_uint_eq(offered_versions(ctx, &legacy), CURRENT);
	peer_negotiates(ctx, PEER_SERVER, TLS1_VERSION, &result);
	ck_assert_int_eq(result.reason[0], SSL_R_UNSUPPORTED_PROTOCOL);
	peer_negotiates(ctx, PEER_CLIENT, TLS1_VERSION, &result);
	ck_assert_int_eq(result.reason[0], SSL_R_TLSV1_ALERT_PROTOCOL_VERSION);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(s2_both_peers_need_level_0)
{
	SSL_CTX *client, *server;

	if (release() < RELEASE_3_0)
		SKIP_TEST(alive);
	client = fresh_context(0);
	server = fresh_context(1);
	ck_assert_int_eq(peer_use_rsa_2048(server), 1);
	ck_assert(SSL_CTX_set_max_proto_version(client, TLS1_VERSION) == 1);
	ck_assert_int_eq(pair_version(client, server), 0);
	SSL_CTX_set_security_level(server, 0);
	ck_assert_int_eq(pair_version(client, server), TLS1_VERSION);
	SSL_CTX_free(client);
	SSL_CTX_free(server);

	client = fresh_context(2);
	server = fresh_context(2);
	ck_assert_int_eq(peer_use_rsa_2048(server), 1);
	assert_applies("S2", client, "legacy,max=TLSv1", TLSPOLICY_OVERRIDE, 0);
	ck_assert_int_eq(pair_version(client, server), 0);
	assert_applies("S2", server, "legacy", TLSPOLICY_OVERRIDE, 0);
	ck_assert_int_eq(pair_version(client, server), TLS1_VERSION);
	SSL_CTX_free(client);
	SSL_CTX_free(server);
}
END_TEST

START_TEST(s3_seclevel_first)
{
	SSL_CTX *ctx = fresh_context(2);
	struct peer_snapshot now;

	ck_assert(SSL_CTX_set_cipher_list(ctx, "@SECLEVEL=0:DEFAULT") == 0);
	ERR_clear_error();
	peer_snapshot(ctx, &now, 0);
	ck_assert_int_eq(now.level, 0);
	ck_assert_uint_eq(now.ciphers.count, 0);
	ck_assert_uint_ne(now.suites.count, 0);
	/* The context that a caller has by now: a profile repairs it. */
	assert_applies("S3", ctx, "intermediate", TLSPOLICY_OVERRIDE, 0);
	ck_assert_int_eq(SSL_CTX_get_security_level(ctx), 2);
	assert_sets("S3", "library", ctx, CURRENT, CURRENT);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(s4_ciphers_and_level)
{
	SSL_CTX *ctx = fresh_context(3);

	ck_assert(SSL_CTX_set_cipher_list(ctx, "DEFAULT") == 1);
	ck_assert_int_eq(SSL_CTX_get_security_level(ctx), 3);
	ck_assert(SSL_CTX_set_cipher_list(ctx, "DEFAULT@SECLEVEL=1") == 1);
	ck_assert_int_eq(SSL_CTX_get_security_level(ctx), 1);
	SSL_CTX_set_security_level(ctx, 3);
	assert_applies("S4", ctx, "ciphers=" GCM128, TLSPOLICY_OVERRIDE, 0);
	ck_assert_int_eq(SSL_CTX_get_security_level(ctx), 3);
	assert_applies("S4", ctx, "level=1", 0, TLSPOLICY_OK);
	ck_assert_int_eq(SSL_CTX_get_security_level(ctx), 3);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(s5_any_level)
{
	static const int levels[] = { 6, 99, -2 };
	struct tlspolicy *policy = tlspolicy_new();
	SSL_CTX *ctx = fresh_context(2);
	size_t i;

	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		SSL_CTX_set_security_level(ctx, levels[i]);
		ck_assert_int_eq(SSL_CTX_get_security_level(ctx), levels[i]);
		ck_assert_msg(tlspolicy_set_security_level(policy, levels[i]) ==
			TLSPOLICY_E_INVALID,
		    "S5: %d is no level", levels[i]);
	}
	tlspolicy_free(policy);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(s6_level_and_certificate)
{
	SSL_CTX *ctx = fresh_context(2), *strict = fresh_context(3);

	ck_assert_int_eq(peer_use_rsa_2048(ctx), 1);
	ck_assert(SSL_CTX_check_private_key(ctx) == 1);
	ck_assert(SSL_CTX_use_certificate(
		      strict, SSL_CTX_get0_certificate(ctx)) == 0);
	ck_assert_int_eq(
	    ERR_GET_REASON(ERR_peek_last_error()), SSL_R_EE_KEY_TOO_SMALL);
	ERR_clear_error();
	SSL_CTX_free(strict);

	ck_assert_int_eq(
	    tlspolicy_inspect(ctx, TLSPOLICY_SERVER, TLS1_2_VERSION),
	    TLSPOLICY_AVAILABLE);
	SSL_CTX_set_security_level(ctx, 3);
	ck_assert(SSL_CTX_check_private_key(ctx) == 1);
	ck_assert_int_eq(pair_version(ctx, ctx), 0);
	ck_assert_int_eq(
	    tlspolicy_inspect(ctx, TLSPOLICY_SERVER, TLS1_2_VERSION),
	    TLSPOLICY_NO_CERTIFICATE);
	SSL_CTX_free(ctx);

	/* Certificates are the caller's: apply first, then the load tells. */
	ctx = fresh_context(2);
	assert_applies("S6", ctx, "intermediate,level=3", 0, TLSPOLICY_OK);
	ck_assert_int_eq(peer_use_rsa_2048(ctx), 0);
	assert_sets("S6", "library", ctx, CURRENT, CURRENT);
	SSL_CTX_free(ctx);
}
END_TEST

static TCase *
versions_case(void)
{
	TCase *tc = tcase_create("versions");

	tcase_add_loop_test(tc, no_dtls13, 0, 4);
	tcase_add_test(tc, v2_wrong_transport);
	tcase_add_test(tc, v3_pinned_by_method);
	tcase_add_test(tc, v5_supported_versions);
	add_rows(tc, v6_no_such_version, NELEM(no_versions));
	tcase_add_test(tc, v7_ssl3);
	tcase_add_test(tc, v8_zero_is_no_reset);
	tcase_add_test(tc, v11_only_the_lowest_run);
	tcase_add_test(tc, v13_where_the_version_is);
	tcase_add_test(tc, v14_method_after_bounds);
	return tc;
}

static TCase *
levels_case(void)
{
	TCase *tc = tcase_create("levels");

	tcase_add_loop_test(tc, s1_offered_and_dead, 1, 3);
	tcase_add_test(tc, s2_both_peers_need_level_0);
	tcase_add_test(tc, s3_seclevel_first);
	tcase_add_test(tc, s4_ciphers_and_level);
	tcase_add_test(tc, s5_any_level);
	tcase_add_test(tc, s6_level_and_certificate);
	return tc;
}

int
main(void)
{
	Suite *suite = suite_create("bounds");
	TCase *versions = versions_case(), *levels = levels_case();

	peer_setup();
	tcase_set_timeout(versions, 60);
	tcase_set_timeout(levels, 60);
	suite_add_tcase(suite, versions);
	suite_add_tcase(suite, levels);
	return run_suite(suite);
}
