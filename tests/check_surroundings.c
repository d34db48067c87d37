/* SPDX-License-Identifier: MIT */
/*
 * What OpenSSL does by itself, shown with raw calls and real handshakes, and
 * what the library does instead, around a call that applies a policy: the
 * configuration of a host, connections and sessions that are there already,
 * and callbacks of the caller.
 */
#include <openssl/err.h>

#include <tlspolicy.h>

#include "peer.h"
#include "release.h"
#include "rows.h"
#include "runner.h"
#include "table.h"

/* Host configuration */

START_TEST(host_floor_replaced)
{
	SSL_CTX *ctx = peer_context(TLS_method(),
	    "MinProtocol = TLSv1.3\n"
	    "CipherString = DEFAULT@SECLEVEL=2\n");

	ck_assert(SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1);
	assert_sets("host floor", "OpenSSL", ctx, CURRENT, CURRENT);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(host_protocol_survives)
{
	SSL_CTX *ctx = peer_context(TLS_method(), "Protocol = -TLSv1.3\n");

	ck_assert((SSL_CTX_get_options(ctx) & SSL_OP_NO_TLSv1_3) != 0);
	ck_assert(SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1);
	ck_assert((SSL_CTX_get_options(ctx) & SSL_OP_NO_TLSv1_3) != 0);
	assert_sets("host Protocol", "OpenSSL", ctx, 0, 0);
	assert_applies("host Protocol", ctx, "modern", 0, TLSPOLICY_E_CONFLICT);
	assert_applies("host Protocol", ctx, "modern",
	    TLSPOLICY_FAIL_IF_STRICTER, TLSPOLICY_E_STRICTER);
	assert_applies("host Protocol", ctx, "modern", TLSPOLICY_OVERRIDE, 0);
	assert_sets("host Protocol", "library", ctx, V13, V13);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(host_ciphers_and_level)
{
	static const char host[] =
	    "CipherString = " GCM256 ":AES256-GCM-SHA384:@SECLEVEL=3\n";
	SSL_CTX *ctx = peer_context(TLS_method(), host);
	struct peer_snapshot now;

	ck_assert(SSL_CTX_set_cipher_list(ctx, "DEFAULT") == 1);
	peer_snapshot(ctx, &now, 0);
	ck_assert_int_eq(now.level, 3);
	ck_assert_uint_gt(now.ciphers.count, 2);
	SSL_CTX_free(ctx);

	ctx = peer_context(TLS_method(), host);
	assert_applies("host ciphers", ctx, "intermediate", 0, TLSPOLICY_OK);
	peer_snapshot(ctx, &now, 0);
	ck_assert_int_eq(now.level, 3);
	ck_assert_uint_eq(now.ciphers.count, 1);
	ck_assert_uint_eq(now.ciphers.code[0], 0xc030);
	assert_sets("host ciphers", "library", ctx, CURRENT, CURRENT);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(host_bad_entry)
{
	unsigned long stale;
	SSL_CTX *ctx;

	ERR_clear_error();
	ctx = peer_context(TLS_method(), "Groups = nosuchgroup\n");
	ck_assert_ptr_nonnull(ctx);
	stale = ERR_peek_error();
	ck_assert_msg((stale != 0) == (release() < RELEASE_3_5),
	    "host: the bad entry leaves %s error", stale == 0 ? "no" : "an");
	/* It is the caller's by now. */
	ck_assert_int_eq(tlspolicy_apply(ctx, "intermediate"), TLSPOLICY_OK);
	ck_assert_msg(ERR_peek_error() == stale, "host: the error is gone");
	SSL_CTX_free(ctx);
	ERR_clear_error();
}
END_TEST

/* Contexts and connections */

START_TEST(old_connections_keep_bounds)
{
	SSL_CTX *ctx = fresh_context(2);
	SSL *old = SSL_new(ctx), *older = SSL_new(ctx);
	struct peer_result result;

	assert_applies("old SSL", ctx, "modern", 0, TLSPOLICY_OK);
	ck_assert_msg(
	    peer_ssl_negotiates(old, PEER_CLIENT, TLS1_2_VERSION, &result) == 1,
	    "old SSL: it lost its bounds");
	assert_sets("old SSL", "library", ctx, V13, V13);
	/* The cipher list is the context's. */
	assert_applies("old SSL", ctx,
	    "system,min=TLSv1.2,ciphers=AES256-GCM-SHA384", TLSPOLICY_OVERRIDE,
	    TLSPOLICY_OK);
	ck_assert(peer_ssl_negotiates(
		      older, PEER_CLIENT, TLS1_2_VERSION, &result) == 1);
	ck_assert_str_eq(result.cipher, "AES256-GCM-SHA384");
	SSL_free(old);
	SSL_free(older);
	SSL_CTX_free(ctx);
}
END_TEST

/* One more connection, with a session to resume or NULL; sets *reused. */
static SSL_SESSION *
resume(SSL_CTX *client, SSL_CTX *server, SSL_SESSION *session, int *reused,
    struct peer_result *result)
{
	struct pair pair = join_pair(client, server);
	SSL_SESSION *next;

	if (session != NULL)
		ck_assert(SSL_set_session(pair.client, session) == 1);
	peer_handshake(pair.client, pair.server, result);
	*reused = SSL_session_reused(pair.client);
	next = SSL_get1_session(pair.client);
	SSL_shutdown(pair.client);
	free_pair(&pair);
	return next;
}

START_TEST(no_resumption_past_the_minimum)
{
	SSL_CTX *client = fresh_context(2), *server = fresh_context(2);
	struct peer_result result;
	SSL_SESSION *session, *next;
	int reused;

	ck_assert_int_eq(peer_use_rsa_2048(server), 1);
	ck_assert(SSL_CTX_set_max_proto_version(server, TLS1_2_VERSION) == 1);
	ck_assert(SSL_CTX_set_cipher_list(server, GCM128) == 1);
	session = resume(client, server, NULL, &reused, &result);
	ck_assert_int_eq(result.version, TLS1_2_VERSION);
	/* A list is no wall for what is to be resumed ... */
	assert_applies("resumption", server, "ciphers=" GCM256,
	    TLSPOLICY_OVERRIDE, TLSPOLICY_OK);
	next = resume(client, server, session, &reused, &result);
	ck_assert_int_eq(reused, 1);
	ck_assert_str_eq(result.cipher, GCM128);
	SSL_SESSION_free(next);
	/* ... a minimum is. */
	assert_applies("resumption", server, "min=TLSv1.3,max=TLSv1.3",
	    TLSPOLICY_OVERRIDE, TLSPOLICY_OK);
	next = resume(client, server, session, &reused, &result);
	ck_assert_int_eq(reused, 0);
	ck_assert_int_ne(result.version, TLS1_2_VERSION);
	SSL_SESSION_free(next);
	SSL_SESSION_free(session);
	SSL_CTX_free(client);
	SSL_CTX_free(server);
}
END_TEST

/* A TLS 1.2 server asks its client to renegotiate; how often it happened. */
static long
renegotiations(SSL_CTX *client, SSL_CTX *server)
{
	struct pair pair = join_pair(client, server);
	struct peer_result result;
	char byte;
	long count;
	int i;

	ck_assert_int_eq(peer_handshake(pair.client, pair.server, &result), 1);
	ck_assert_int_eq(result.version, TLS1_2_VERSION);
	(void)SSL_renegotiate(pair.server);
	for (i = 0; i < 8; i++) {
		(void)SSL_do_handshake(pair.server);
		(void)SSL_read(pair.client, &byte, 1);
		(void)SSL_read(pair.server, &byte, 1);
	}
	count = SSL_total_renegotiations(pair.client);
	ERR_clear_error();
	free_pair(&pair);
	return count;
}

START_TEST(renegotiation_off)
{
	SSL_CTX *client = fresh_context(2), *server = fresh_context(2);

	ck_assert_int_eq(peer_use_rsa_2048(server), 1);
	assert_applies("renegotiation", server, "max=TLSv1.2", 0, 0);
	ck_assert_int_eq(renegotiations(client, server), 1);
	assert_applies("renegotiation", client, "renegotiation=off", 0, 0);
	ck_assert_int_eq(renegotiations(client, server), 0);
	/* Only OVERRIDE takes a ban away. */
	assert_applies("renegotiation", client, "renegotiation=on", 0, 0);
	ck_assert_int_eq(renegotiations(client, server), 0);
	assert_applies(
	    "renegotiation", client, "renegotiation=on", TLSPOLICY_OVERRIDE, 0);
	ck_assert_int_eq(renegotiations(client, server), 1);
	SSL_CTX_free(client);
	SSL_CTX_free(server);
}
END_TEST

START_TEST(no_certificate)
{
	SSL_CTX *ctx = fresh_context(2);
	struct peer_result result;
	struct pair pair;

	/* OpenSSL's word for a 1.3 server without a certificate. */
	assert_applies("no certificate", ctx, "modern", 0, TLSPOLICY_OK);
	pair = join_pair(ctx, ctx);
	ck_assert_int_eq(peer_handshake(pair.server, pair.client, &result), 0);
	ck_assert_int_eq(result.reason[0], SSL_R_UNSUPPORTED_PROTOCOL);
	free_pair(&pair);
	assert_sets("no certificate", "library", ctx, V13, V13);
	SSL_CTX_free(ctx);
}
END_TEST

static int
idle_read_error(SSL *ssl)
{
	char byte;
	int ret = SSL_read(ssl, &byte, 1);

	return SSL_get_error(ssl, ret);
}

/* RFC 6460: in this mode OpenSSL has lists of its own, whatever is set. */
START_TEST(suite_b_is_refused)
{
	SSL_CTX *ctx = peer_context(TLS_method(), NULL);

	(void)SSL_CTX_set_cert_flags(ctx, SSL_CERT_FLAG_SUITEB_128_LOS);
	ck_assert_int_eq(
	    tlspolicy_apply_text(ctx, "groups=X25519", TLSPOLICY_OVERRIDE),
	    TLSPOLICY_E_CONFLICT);
	ck_assert_int_eq(
	    tlspolicy_apply_text(ctx, "sigalgs=RSA+SHA256", TLSPOLICY_OVERRIDE),
	    TLSPOLICY_E_CONFLICT);
	ck_assert_int_eq(
	    tlspolicy_apply_text(ctx, "level=0", TLSPOLICY_FAIL_IF_STRICTER),
	    TLSPOLICY_E_STRICTER);
	ck_assert_msg((SSL_CTX_get_options(ctx) & SSL_OP_NO_TLSv1_3) == 0,
	    "closed for no reason");
	ck_assert_int_eq(tlspolicy_apply(ctx, "min=TLSv1.2"), TLSPOLICY_OK);
	SSL_CTX_free(ctx);
}
END_TEST

/* A floor that nothing lies above: OVERRIDE is no help, so it is not named. */
START_TEST(floor_above_the_maximum)
{
	static const unsigned flags[] = { 0, TLSPOLICY_OVERRIDE,
		TLSPOLICY_FAIL_IF_STRICTER };
	SSL_CTX *ctx = peer_context(TLS_method(), NULL);
	size_t i;

	SSL_CTX_set_security_level(ctx, 0);
	ck_assert(SSL_CTX_set_max_proto_version(ctx, TLS1_VERSION) == 1);
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		assert_applies("floor", ctx, "min=TLSv1.1", flags[i],
		    TLSPOLICY_E_CONFLICT);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(idle_connections)
{
	SSL_CTX *ctx = fresh_context(2), *other = fresh_context(2);
	struct peer_result result;
	struct pair pair;

	ck_assert_int_eq(peer_use_rsa_2048(ctx), 1);
	pair = join_pair(ctx, ctx);
	ck_assert_int_eq(peer_handshake(pair.client, pair.server, &result), 1);
	ck_assert_int_eq(idle_read_error(pair.server), SSL_ERROR_WANT_READ);
	release_raise(ERR_LIB_USER, 1, NULL);
	ck_assert_int_eq(idle_read_error(pair.server),
	    release() < RELEASE_4_0 ? SSL_ERROR_SSL : SSL_ERROR_WANT_READ);
	ERR_clear_error();
	/* Nothing is left over by a call that succeeds. */
	ck_assert_int_eq(tlspolicy_apply(other, "intermediate"), TLSPOLICY_OK);
	ck_assert_int_eq(idle_read_error(pair.server), SSL_ERROR_WANT_READ);
	free_pair(&pair);
	SSL_CTX_free(ctx);
	SSL_CTX_free(other);
}
END_TEST

/* An application's callbacks, of which the library's own hello is no part */

static int calls;

static void
count_message(int sent, int version, int type, const void *data, size_t size,
    SSL *ssl, void *arg)
{
	(void)sent, (void)version, (void)type, (void)data, (void)size;
	(void)ssl, (void)arg;
	calls++;
}

static void
count_info(const SSL *ssl, int type, int value)
{
	(void)ssl, (void)type, (void)value;
	calls++;
}

static unsigned
count_psk_client(SSL *ssl, const char *hint, char *identity,
    unsigned identity_max, unsigned char *psk, unsigned psk_max)
{
	(void)ssl, (void)hint, (void)identity, (void)identity_max;
	(void)psk, (void)psk_max;
	calls++;
	return 0;
}

static unsigned
count_psk_server(
    SSL *ssl, const char *identity, unsigned char *psk, unsigned psk_max)
{
	(void)ssl, (void)identity, (void)psk, (void)psk_max;
	calls++;
	return 0;
}

static int
count_psk_use(SSL *ssl, const EVP_MD *digest, const unsigned char **id,
    size_t *size, SSL_SESSION **session)
{
	(void)ssl, (void)digest, (void)id, (void)size;
	*session = NULL;
	calls++;
	return 1;
}

static int
count_psk_find(
    SSL *ssl, const unsigned char *id, size_t size, SSL_SESSION **session)
{
	(void)ssl, (void)id, (void)size;
	*session = NULL;
	calls++;
	return 1;
}

START_TEST(callbacks_stay_silent)
{
	SSL_CTX *ctx = fresh_context(2);
	BIO *out;

	SSL_CTX_set_msg_callback(ctx, count_message);
	SSL_CTX_set_info_callback(ctx, count_info);
	SSL_CTX_set_psk_client_callback(ctx, count_psk_client);
	SSL_CTX_set_psk_server_callback(ctx, count_psk_server);
	SSL_CTX_set_psk_use_session_callback(ctx, count_psk_use);
	SSL_CTX_set_psk_find_session_callback(ctx, count_psk_find);
	calls = 0;
	ck_assert_int_eq(tlspolicy_apply(ctx, "intermediate"), TLSPOLICY_OK);
	ck_assert_msg(calls == 0, "apply makes %d calls", calls);
	ck_assert_int_eq(
	    tlspolicy_audit(ctx, tlspolicy_profile("intermediate")),
	    TLSPOLICY_OK);
	ck_assert_int_eq(
	    tlspolicy_inspect(ctx, TLSPOLICY_CLIENT, TLS1_2_VERSION),
	    TLSPOLICY_AVAILABLE);
	out = BIO_new(BIO_s_null());
	ck_assert_int_eq(tlspolicy_describe(ctx, out), TLSPOLICY_OK);
	BIO_free(out);
	ck_assert_msg(calls == 0, "looking makes %d calls", calls);
	/* They are still there. */
	assert_sets("callbacks", "library", ctx, CURRENT, CURRENT);
	ck_assert_int_gt(calls, 0);
	SSL_CTX_free(ctx);
}
END_TEST

static TCase *
hosts_case(void)
{
	TCase *tc = tcase_create("hosts");

	tcase_add_test(tc, host_floor_replaced);
	tcase_add_test(tc, host_protocol_survives);
	tcase_add_test(tc, host_ciphers_and_level);
	tcase_add_test(tc, host_bad_entry);
	return tc;
}

static TCase *
contexts_case(void)
{
	TCase *tc = tcase_create("contexts");

	tcase_add_test(tc, old_connections_keep_bounds);
	tcase_add_test(tc, no_resumption_past_the_minimum);
	tcase_add_test(tc, renegotiation_off);
	tcase_add_test(tc, no_certificate);
	tcase_add_test(tc, suite_b_is_refused);
	tcase_add_test(tc, floor_above_the_maximum);
	tcase_add_test(tc, idle_connections);
	tcase_add_test(tc, callbacks_stay_silent);
	return tc;
}

int
main(void)
{
	Suite *suite = suite_create("surroundings");
	TCase *hosts = hosts_case(), *contexts = contexts_case();

	peer_setup();
	tcase_set_timeout(hosts, 60);
	tcase_set_timeout(contexts, 60);
	suite_add_tcase(suite, hosts);
	suite_add_tcase(suite, contexts);
	return run_suite(suite);
}
