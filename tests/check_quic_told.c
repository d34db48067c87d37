/* SPDX-License-Identifier: MIT */
/*
 * What is told of QUIC contexts and connections: inspect, from_ctx, audit,
 * describe, check and explain.
 */
#include <stdbool.h>
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "peer.h"
#include "quic.h"
#include "quic_ends.h"
#include "release.h"
#include "runner.h"
#include "table.h"

/* inspect, from_ctx, audit, describe */

START_TEST(inspects)
{
	static const int versions[] = { TLS1_VERSION, TLS1_1_VERSION,
		TLS1_2_VERSION };
	const enum kind kind = (enum kind)_i;
	const enum tlspolicy_role own =
	    kind == SERVER ? TLSPOLICY_SERVER : TLSPOLICY_CLIENT;
	const enum tlspolicy_role other =
	    kind == SERVER ? TLSPOLICY_CLIENT : TLSPOLICY_SERVER;
	SSL_CTX *ctx = make_quic(kind);

	release_raise(ERR_LIB_USER, 1, NULL);
	ck_assert_int_eq(
	    tlspolicy_inspect(ctx, own, TLS1_3_VERSION), TLSPOLICY_AVAILABLE);
	for (size_t i = 0; i < NELEM(versions); i++)
		ck_assert_int_eq(tlspolicy_inspect(ctx, own, versions[i]),
		    TLSPOLICY_NOT_BUILT);
	ck_assert(ERR_GET_LIB(ERR_get_error()) == ERR_LIB_USER);
	ck_assert(ERR_peek_error() == 0);
	ck_assert_int_eq(
	    tlspolicy_inspect(ctx, other, TLS1_3_VERSION), TLSPOLICY_E_METHOD);
	ck_assert_int_eq(
	    tlspolicy_inspect(ctx, own, DTLS1_2_VERSION), TLSPOLICY_E_INVALID);
	SSL_CTX_free(ctx);
}
END_TEST

/* Beside a handshake with a peer that has everything. */
static const struct prediction {
	const char *suites, *policy; /* or NULL */
	unsigned options;
	int level, verdict[2]; /* as client, as server; level 0: as it is */
} predictions[] = {
	{ NULL, NULL, 0, 0, { TLSPOLICY_AVAILABLE, TLSPOLICY_AVAILABLE } },
	{ "", NULL, 0, 0, { TLSPOLICY_NO_CIPHER, TLSPOLICY_NO_CIPHER } },
	{ "TLS_AES_128_CCM_SHA256", NULL, 0, 0,
	    { TLSPOLICY_NO_CIPHER, TLSPOLICY_NO_CIPHER } },
	{ "TLS_AES_128_CCM_SHA256:" CHACHA, NULL, 0, 0,
	    { TLSPOLICY_AVAILABLE, TLSPOLICY_AVAILABLE } },
	{ "TLS_AES_128_GCM_SHA256", NULL, 0, 5,
	    { TLSPOLICY_NO_CIPHER, TLSPOLICY_NO_CIPHER } },
	/* The server's certificate has 128 bits of security. */
	{ NULL, "groups=P-521", 0, 4,
	    { TLSPOLICY_AVAILABLE, TLSPOLICY_NO_CERTIFICATE } },
	/* Neither options nor bounds count. */
	{ NULL, NULL, SSL_OP_NO_TLSv1_3, 0,
	    { TLSPOLICY_AVAILABLE, TLSPOLICY_AVAILABLE } },
	{ NULL, "modern", 0, 0, { TLSPOLICY_AVAILABLE, TLSPOLICY_AVAILABLE } },
};

START_TEST(predicts)
{
	const struct prediction *row = &predictions[_i / 2];
	const enum kind kind = _i % 2 == 0 ? CLIENT : SERVER;
	SSL_CTX *ctx = make_quic_applied(kind, row->policy);
	SSL_CTX *peer = make_quic(kind == SERVER ? CLIENT : SERVER);
	struct outcome outcome;
	int verdict;

	if (row->suites != NULL)
		ck_assert(SSL_CTX_set_ciphersuites(ctx, row->suites) == 1);
	if (row->level != 0)
		SSL_CTX_set_security_level(ctx, row->level);
	SSL_CTX_set_options(ctx, row->options);
	SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
	/* As strong as the level of a client asks for. */
	SSL_CTX_set_security_level(peer, 0);
	if (kind == CLIENT)
		ck_assert(peer_use(peer, PEER_P_521) == 1);
	verdict = tlspolicy_inspect(ctx,
	    kind == SERVER ? TLSPOLICY_SERVER : TLSPOLICY_CLIENT,
	    TLS1_3_VERSION);
	ck_assert_msg(verdict == row->verdict[_i % 2], "row %d: %s", _i / 2,
	    tlspolicy_verdict_name(verdict));
	outcome = kind == CLIENT ? quic_outcome(ctx, peer, NULL)
				 : quic_outcome(peer, ctx, NULL);
	ck_assert_msg(outcome.done == (verdict == TLSPOLICY_AVAILABLE),
	    "row %d: %s, but the handshake %s", _i / 2,
	    tlspolicy_verdict_name(verdict),
	    outcome.done ? "completed" : "failed");
	SSL_CTX_free(ctx);
	SSL_CTX_free(peer);
}
END_TEST

START_TEST(no_certificate)
{
	SSL_CTX *ctx = SSL_CTX_new(quic_server());

	ck_assert_int_eq(
	    tlspolicy_inspect(ctx, TLSPOLICY_SERVER, TLS1_3_VERSION),
	    TLSPOLICY_NO_CERTIFICATE);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(tells)
{
	SSL_CTX *ctx = make_quic((enum kind)_i);
	BIO *out = BIO_new(BIO_s_mem());
	struct tlspolicy *policy;
	char *text;

	ck_assert(SSL_CTX_set_ciphersuites(
		      ctx, "TLS_AES_128_CCM_SHA256:" CHACHA) == 1);
	ck_assert(tlspolicy_from_ctx(&policy, ctx) == TLSPOLICY_OK);
	ck_assert_int_eq(tlspolicy_get_min_version(policy), TLS1_3_VERSION);
	ck_assert_int_eq(tlspolicy_get_max_version(policy), TLS1_3_VERSION);
	ck_assert_uint_eq(tlspolicy_get_disabled(policy), 0);
	ck_assert_ptr_null(tlspolicy_get_ciphers(policy));
	ck_assert_str_eq(tlspolicy_get_ciphersuites(policy), CHACHA);
	ck_assert_ptr_null(tlspolicy_get_groups(policy));
	ck_assert_ptr_null(tlspolicy_get_sigalgs(policy));
	ck_assert_int_eq(tlspolicy_get_security_level(policy), 2);
	ck_assert(tlspolicy_audit(ctx, policy) == TLSPOLICY_OK);
	ck_assert(tlspolicy_apply_ctx(ctx, policy, 0) == TLSPOLICY_OK);
	tlspolicy_free(policy);

	/* Groups are no matter of audit here, suites are. */
	ck_assert(tlspolicy_parse(&policy, "min=TLSv1.3,groups=P-256") ==
	    TLSPOLICY_OK);
	ck_assert(tlspolicy_audit(ctx, policy) == TLSPOLICY_OK);
	tlspolicy_free(policy);
	ck_assert(tlspolicy_parse(&policy,
		      "ciphersuites=TLS_AES_128_GCM_SHA256") == TLSPOLICY_OK);
	ck_assert(tlspolicy_audit(ctx, policy) == TLSPOLICY_E_VIOLATION);
	tlspolicy_free(policy);

	ck_assert(tlspolicy_describe(ctx, out) == TLSPOLICY_OK);
	ck_assert(BIO_write(out, "", 1) == 1);
	(void)BIO_get_mem_data(out, &text);
	ck_assert(strstr(text, "\nTLSv1.3 ") != NULL);
	ck_assert(strstr(text, "\nTLSv1.2 ") == NULL);
	ck_assert(strstr(text, "not a role of the method") != NULL);
	ck_assert(strstr(text, "QUIC") != NULL);
	ck_assert(strstr(text, "\nGroups") == NULL);
	BIO_free(out);
	SSL_CTX_free(ctx);
}
END_TEST

/* Connections: apply_ssl, check, explain */

static void
assert_explained(const SSL *ssl, const char *part)
{
	const unsigned long last = ERR_peek_last_error();
	char text[1024];

	ck_assert_int_gt(tlspolicy_explain(ssl, text, sizeof(text)), 0);
	ck_assert_msg(
	    strstr(text, part) != NULL, "\"%s\" is not in: %s", part, text);
	ck_assert(ERR_peek_last_error() == last);
}

START_TEST(connection)
{
	SSL_CTX *client = make_quic(CLIENT), *server = make_quic(SERVER);
	struct tlspolicy *older;
	struct quic_pair pair;
	char why[256];

	quic_open(&pair, client, server);
	ck_assert(tlspolicy_check(pair.client, tlspolicy_profile("system"), why,
		      sizeof(why)) == TLSPOLICY_E_INVALID);
	ck_assert(tlspolicy_apply_ssl(pair.client, tlspolicy_profile("modern"),
		      0) == TLSPOLICY_E_METHOD);
	ck_assert(strstr(release_last_error().data, "to the context") != NULL);
	quic_accept(&pair);
	ERR_clear_error();
	assert_explained(pair.client, "the handshake is going on");
	assert_explained(pair.server, "the handshake is going on");
	ck_assert(quic_handshake(&pair) == 1);
	ck_assert(tlspolicy_apply_ssl(pair.server, tlspolicy_profile("system"),
		      TLSPOLICY_OVERRIDE) == TLSPOLICY_E_METHOD);
	ERR_clear_error();
	assert_explained(pair.client, "nothing failed (QUICv1, TLS_AES_256");
	assert_explained(pair.server, "would negotiate TLSv1.3. ");
	ck_assert(tlspolicy_parse(&older, "max=TLSv1.2") == TLSPOLICY_OK);
	ck_assert(tlspolicy_check(pair.server, older, why, sizeof(why)) ==
	    TLSPOLICY_E_VIOLATION);
	ck_assert_str_eq(
	    why, "QUICv1 was negotiated, the policy permits TLSv1 to TLSv1.2");
	tlspolicy_free(older);
	quic_close(&pair);
	SSL_CTX_free(client);
	SSL_CTX_free(server);
}
END_TEST

/* A handshake, a policy that it is not within, and what check says. */
START_TEST(violates)
{
	static const struct {
		const char *policy, *why[2];
	} checks[] = {
		{ "ciphersuites=" CHACHA,
		    { "TLS_AES_256_GCM_SHA384 was negotiated",
			"TLS_AES_256_GCM_SHA384 was negotiated" } },
		{ "groups=P-256",
		    { "group secp384r1 was negotiated",
			"group secp384r1 was negotiated" } },
		{ "sigalgs=ecdsa_secp384r1_sha384",
		    { "the peer's signature was made with "
		      "ecdsa_secp256r1_sha256",
			"this side's signature was made with "
			"ecdsa_secp256r1_sha256" } },
	};
	SSL_CTX *client = make_quic_applied(CLIENT_THREAD, "groups=P-384");
	SSL_CTX *server = make_quic(SERVER);
	struct tlspolicy *policy;
	struct outcome outcome;

	ck_assert(tlspolicy_parse(&policy, checks[_i].policy) == TLSPOLICY_OK);
	outcome = quic_outcome(client, server, policy);
	ck_assert_int_eq(outcome.done, 1);
	for (int i = 0; i < 2; i++)
		ck_assert_msg(strstr(outcome.why[i], checks[_i].why[i]) != NULL,
		    "%s: %s", checks[_i].policy, outcome.why[i]);
	tlspolicy_free(policy);
	SSL_CTX_free(client);
	SSL_CTX_free(server);
}
END_TEST

/* What one end or the other says of a handshake that failed. */
static const struct failure {
	const char *client, *server; /* ciphersuites */
	enum kind end;               /* that failed first */
	/* A server that fails before it reads the ClientHello says nothing. */
	bool heard;
	const char *text;
} failures[] = {
	{ CHACHA, "TLS_AES_128_GCM_SHA256", SERVER, true,
	    "The client offers no " },
	{ "", SUITES, CLIENT, false, "This side has no cipher" },
	{ SUITES, "", SERVER, false, "This side has no cipher" },
};

/* The server has failed: until the client hears of it. */
static void
hear(const struct quic_pair *pair)
{
	int ret = -1;

	for (int i = 0; i < 2000 && ret == -1; i++) {
		quic_pause(pair);
		(void)SSL_do_handshake(pair->server);
		ERR_clear_error();
		ret = SSL_do_handshake(pair->client);
		if (ret == -1 &&
		    SSL_get_error(pair->client, ret) == SSL_ERROR_SSL)
			ret = 0;
	}
	ck_assert_int_eq(ret, 0);
}

START_TEST(explains)
{
	const struct failure *row = &failures[_i];
	SSL_CTX *client = make_quic(CLIENT), *server = make_quic(SERVER);
	struct quic_pair pair;
	const SSL *failed;

	ck_assert(SSL_CTX_set_ciphersuites(client, row->client) == 1);
	ck_assert(SSL_CTX_set_ciphersuites(server, row->server) == 1);
	quic_open(&pair, client, server);
	assert_explained(pair.client, "has begun (QUICv1); this client");
	ck_assert(quic_handshake(&pair) == 0);
	failed = row->end == CLIENT ? pair.client : pair.server;
	assert_explained(failed, row->text);
	if (row->heard) {
		hear(&pair);
		assert_explained(pair.client, "The connection is over");
	}
	ERR_clear_error();
	assert_explained(failed, "its error is gone");
	quic_close(&pair);
	SSL_CTX_free(client);
	SSL_CTX_free(server);
}
END_TEST

int
main(void)
{
	Suite *suite;
	TCase *tc;

	if (quic_server() == NULL)
		return skip_suite(
		    "quic_told", "no QUIC, or no servers, before OpenSSL 3.5");
	peer_setup();
	suite = suite_create("quic_told");
	tc = tcase_create("quic_told");
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, inspects, 0, KINDS);
	add_rows(tc, predicts, NELEM(predictions) * 2);
	tcase_add_test(tc, no_certificate);
	tcase_add_loop_test(tc, tells, 0, KINDS);
	tcase_add_test(tc, connection);
	tcase_add_loop_test(tc, violates, 0, 3);
	add_rows(tc, explains, NELEM(failures));
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
