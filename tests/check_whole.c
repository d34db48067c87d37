/* SPDX-License-Identifier: MIT */
/*
 * No object of OpenSSL's makes a call crash: every call that takes a context or
 * a connection, with every kind of them that the loaded OpenSSL can make, in
 * every state and from within every callback.
 */
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "peer.h"
#include "quic.h"
#include "quic_ends.h"
#include "release.h"
#include "runner.h"

static struct tlspolicy *policy;

static unsigned long calls;

/* Whether a status is one for what cannot be answered. */
static int
is_refusal(int status)
{
	return status == TLSPOLICY_E_INVALID || status == TLSPOLICY_E_METHOD;
}

/* Every call with a context; what is applied is nothing new. */
static void
call_all(SSL_CTX *ctx, const char *what)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION,
		DTLS1_2_VERSION, 0xfefc };
	struct tlspolicy *permitted = NULL;
	BIO *out = BIO_new(BIO_s_null());
	int status, role;
	size_t i;

	for (role = TLSPOLICY_CLIENT; role <= TLSPOLICY_SERVER; role++)
		for (i = 0; i < NELEM(versions); i++) {
			status = tlspolicy_inspect(
			    ctx, (enum tlspolicy_role)role, versions[i]);
			ck_assert_msg(status >= 0 || is_refusal(status),
			    "%s: inspect: %d", what, status);
		}
	ck_assert_msg(
	    tlspolicy_describe(ctx, out) == TLSPOLICY_OK, "%s: describe", what);
	ck_assert_msg(tlspolicy_from_ctx(&permitted, ctx) == TLSPOLICY_OK,
	    "%s: from_ctx", what);
	ck_assert_msg(
	    tlspolicy_audit(ctx, permitted) == TLSPOLICY_OK, "%s: audit", what);
	status = tlspolicy_apply(ctx, "min=TLSv1.2");
	ck_assert_msg(status == TLSPOLICY_OK || status == TLSPOLICY_E_METHOD,
	    "%s: apply: %d", what, status);
	status = tlspolicy_apply_ctx(ctx, policy, TLSPOLICY_OVERRIDE);
	ck_assert_msg(status == TLSPOLICY_OK || status == TLSPOLICY_E_METHOD,
	    "%s: apply_ctx: %d", what, status);
	tlspolicy_free(permitted);
	BIO_free(out);
	calls += 2 * NELEM(versions) + 5;
	ERR_clear_error();
}

enum { NOTHING, SOMETHING, ANYTHING };

/* Every call with a connection; `told`: whether explain has an answer. */
static void
call_each(SSL *ssl, int told, const char *what)
{
	char text[1024];
	int status;

	status = tlspolicy_check(ssl, policy, text, sizeof(text));
	ck_assert_msg(status == TLSPOLICY_OK ||
		status == TLSPOLICY_E_VIOLATION ||
		status == TLSPOLICY_E_INVALID,
	    "%s: check: %d", what, status);
	ck_assert_msg(told != NOTHING || status == TLSPOLICY_E_INVALID,
	    "%s: check: %d", what, status);
	status = tlspolicy_explain(ssl, text, sizeof(text));
	ck_assert_msg(told == ANYTHING || (status >= 0) == (told == SOMETHING),
	    "%s: explain: %d", what, status);
	ck_assert_msg(
	    status > 0 || is_refusal(status), "%s: explain: %d", what, status);
	status = tlspolicy_apply_ssl(ssl, policy, 0);
	ck_assert_msg(status == TLSPOLICY_OK || is_refusal(status) ||
		status == TLSPOLICY_E_TOO_LATE ||
		status == TLSPOLICY_E_CONFLICT,
	    "%s: apply_ssl: %d", what, status);
	ck_assert_msg(told != NOTHING || is_refusal(status),
	    "%s: apply_ssl: %d", what, status);
	calls += 3;
	ERR_clear_error();
}

/* Contexts */

static const struct kind_of_method {
	const char *name;
	const SSL_METHOD *(*method)(void);
} methods[] = {
	{ "TLS", TLS_method },
	{ "TLS client", TLS_client_method },
	{ "TLS server", TLS_server_method },
	{ "DTLS", DTLS_method },
	{ "DTLS client", DTLS_client_method },
	{ "DTLS server", DTLS_server_method },
	{ "TLS 1.0", release_tls1 },
	{ "TLS 1.0 client", release_tls1_client },
	{ "TLS 1.0 server", release_tls1_server },
	{ "TLS 1.1", release_tls1_1 },
	{ "TLS 1.1 client", release_tls1_1_client },
	{ "TLS 1.1 server", release_tls1_1_server },
	{ "TLS 1.2", release_tls1_2 },
	{ "TLS 1.2 client", release_tls1_2_client },
	{ "TLS 1.2 server", release_tls1_2_server },
	{ "DTLS 1.0", release_dtls1 },
	{ "DTLS 1.0 client", release_dtls1_client },
	{ "DTLS 1.0 server", release_dtls1_server },
	{ "DTLS 1.2", release_dtls1_2 },
	{ "DTLS 1.2 client", release_dtls1_2_client },
	{ "DTLS 1.2 server", release_dtls1_2_server },
	{ "QUIC client", quic_client },
	{ "QUIC client with a thread", quic_client_thread },
	{ "QUIC server", quic_server },
};

/* NULL: this OpenSSL has no such method. */
static SSL_CTX *
make(const struct kind_of_method *kind)
{
	const SSL_METHOD *method = kind->method();
	SSL_CTX *ctx = method == NULL ? NULL : SSL_CTX_new(method);

	ck_assert(method == NULL || ctx != NULL);
	return ctx;
}

/* In the states that need no peer. */
static void
call_alone(SSL *ssl, const char *name)
{
	call_each(ssl, SOMETHING, name);
	SSL_set_connect_state(ssl);
	call_each(ssl, SOMETHING, name);
	(void)SSL_do_handshake(ssl); /* without a BIO */
	call_each(ssl, SOMETHING, name);
	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	(void)SSL_do_handshake(ssl);
	call_each(ssl, SOMETHING, name);
	SSL_set_accept_state(ssl);
	call_each(ssl, SOMETHING, name);
	(void)SSL_do_handshake(ssl);
	call_each(ssl, SOMETHING, name);
	(void)SSL_shutdown(ssl);
	call_each(ssl, SOMETHING, name);
	(void)SSL_clear(ssl);
	call_each(ssl, SOMETHING, name);
}

START_TEST(alone)
{
	const struct kind_of_method *kind = &methods[_i];
	SSL_CTX *ctx = make(kind);
	SSL *ssl;

	if (ctx == NULL)
		SKIP_TEST("not a method of every release");
	call_all(ctx, kind->name);
	if ((ssl = SSL_new(ctx)) != NULL)
		call_alone(ssl, kind->name);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}
END_TEST

/* A connection whose method or context is changed. */
static void
change(const struct kind_of_method *kind, const struct kind_of_method *other)
{
	SSL_CTX *ctx = make(kind), *to = make(other);
	SSL *ssl = ctx == NULL ? NULL : SSL_new(ctx);
	char name[128];

	snprintf(name, sizeof(name), "%s as %s", kind->name, other->name);
	if (ssl != NULL && to != NULL) {
		(void)SSL_set_ssl_method(ssl, other->method());
		call_each(ssl, SOMETHING, name);
		SSL_free(ssl);
		ssl = SSL_new(ctx);
		(void)SSL_set_SSL_CTX(ssl, to);
		call_each(ssl, SOMETHING, name);
		call_all(SSL_get_SSL_CTX(ssl), name);
		if (release_set_method(ctx, other->method()))
			call_all(ctx, name);
	}
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	SSL_CTX_free(to);
	ERR_clear_error();
}

START_TEST(changed)
{
	const size_t step = test_tier() == TIER_SHORT ? 5 : 1;
	size_t i;

	for (i = 0; i < NELEM(methods); i += step)
		change(&methods[_i], &methods[i]);
}
END_TEST

/* Callbacks */

static unsigned long called;

static void
on_ssl(const SSL *ssl)
{
	called++;
	call_each((SSL *)(uintptr_t)ssl, ANYTHING, "a callback");
	call_all(SSL_get_SSL_CTX(ssl), "a callback");
}

static void
on_info(const SSL *ssl, int where, int ret)
{
	(void)where, (void)ret;
	on_ssl(ssl);
}

static void
on_message(int sent, int version, int type, const void *data, size_t size,
    SSL *ssl, void *arg)
{
	(void)sent, (void)version, (void)type, (void)data, (void)size;
	(void)arg;
	on_ssl(ssl);
}

static int
on_hello(SSL *ssl, int *alert, void *arg)
{
	(void)alert, (void)arg;
	on_ssl(ssl);
	return SSL_CLIENT_HELLO_SUCCESS;
}

static int
on_name(SSL *ssl, int *alert, void *arg)
{
	(void)alert, (void)arg;
	on_ssl(ssl);
	return SSL_TLSEXT_ERR_OK;
}

static int
on_certificate(SSL *ssl, void *arg)
{
	(void)arg;
	on_ssl(ssl);
	return 1;
}

static int
on_verify(int ok, X509_STORE_CTX *store)
{
	(void)ok;
	on_ssl(X509_STORE_CTX_get_ex_data(
	    store, SSL_get_ex_data_X509_STORE_CTX_idx()));
	return 1;
}

static int
on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
    const unsigned char *in, unsigned in_len, void *arg)
{
	(void)in_len, (void)arg;
	on_ssl(ssl);
	*out = in + 1;
	*out_len = in[0];
	return SSL_TLSEXT_ERR_OK;
}

static void
on_secret(const SSL *ssl, const char *line)
{
	(void)line;
	on_ssl(ssl);
}

static int
on_session(SSL *ssl, SSL_SESSION *session)
{
	(void)session;
	on_ssl(ssl);
	return 0;
}

static int
on_ticket(SSL *ssl, void *arg)
{
	(void)arg;
	on_ssl(ssl);
	return 1;
}

#define SETTER(name, call) \
	static void name(SSL_CTX *ctx) \
	{ \
		call; \
	}
SETTER(set_info, SSL_CTX_set_info_callback(ctx, on_info))
SETTER(set_message, SSL_CTX_set_msg_callback(ctx, on_message))
SETTER(set_hello, SSL_CTX_set_client_hello_cb(ctx, on_hello, NULL))
SETTER(set_name, (void)SSL_CTX_set_tlsext_servername_callback(ctx, on_name))
SETTER(set_certificate, SSL_CTX_set_cert_cb(ctx, on_certificate, NULL))
SETTER(set_verify, SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, on_verify))
SETTER(set_alpn, SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL))
SETTER(set_secret, SSL_CTX_set_keylog_callback(ctx, on_secret))
SETTER(set_session, SSL_CTX_sess_set_new_cb(ctx, on_session);
       (void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_BOTH))
SETTER(
    set_ticket, (void)SSL_CTX_set_session_ticket_cb(ctx, on_ticket, NULL, NULL))

static const struct callback {
	const char *name;
	void (*set)(SSL_CTX *);
} callbacks[] = {
	{ "info", set_info },
	{ "message", set_message },
	{ "client hello", set_hello },
	{ "server name", set_name },
	{ "certificate", set_certificate },
	{ "verify", set_verify },
	{ "ALPN", set_alpn },
	{ "key log", set_secret },
	{ "session", set_session },
	{ "ticket", set_ticket },
};

static const unsigned char alpn[] = { 4, 't', 'e', 's', 't' };

/* And what is left of the two connections when they have met. */
START_TEST(called_back)
{
	const struct callback *callback = &callbacks[_i / 2];
	const SSL_METHOD *method = _i % 2 == 0 ? TLS_method() : DTLS_method();
	SSL_CTX *ctx[2] = { SSL_CTX_new(method), SSL_CTX_new(method) };
	struct peer_result result;
	char name[] = "peer.test";
	SSL *ssl[2];
	int i;

	called = 0;
	ck_assert(peer_use_rsa_2048(ctx[1]) && peer_use_rsa_2048(ctx[0]));
	(void)SSL_CTX_set_session_id_context(ctx[1], alpn, sizeof(alpn));
	for (i = 0; i < 2; i++) {
		callback->set(ctx[i]);
		ssl[i] = SSL_new(ctx[i]);
	}
	ck_assert(SSL_set_alpn_protos(ssl[0], alpn, sizeof(alpn)) == 0);
	(void)SSL_set_tlsext_host_name(ssl[0], name);
	SSL_set_connect_state(ssl[0]);
	SSL_set_accept_state(ssl[1]);
	(void)peer_handshake(ssl[0], ssl[1], &result);
	ck_assert_msg(called > 0, "%s: not called", callback->name);
	for (i = 0; i < 2; i++) {
		call_each(ssl[i], SOMETHING, callback->name);
		(void)SSL_shutdown(ssl[i]);
		call_each(ssl[i], SOMETHING, callback->name);
		(void)SSL_clear(ssl[i]);
		call_each(ssl[i], SOMETHING, callback->name);
		SSL_free(ssl[i]);
		SSL_CTX_free(ctx[i]);
	}
}
END_TEST

/* QUIC: whatever is an SSL to OpenSSL */

START_TEST(quic_objects)
{
	static const char *const names[] = { "stream", "one-way stream",
		"domain", "listener of a domain", "connection of a listener" };
	SSL_CTX *client, *server;
	struct quic_pair pair;
	SSL *object[NELEM(names)];
	size_t i;

	if (quic_server() == NULL)
		SKIP_TEST("no QUIC, or no servers, before OpenSSL 3.5");
	client = make_quic(CLIENT);
	server = make_quic(SERVER);
	quic_open(&pair, client, server);
	call_each(pair.client, SOMETHING, "connection");
	call_each(pair.listener, NOTHING, "listener");
	ck_assert_int_eq(quic_handshake(&pair), 1);
	call_each(pair.client, SOMETHING, "client");
	call_each(pair.server, SOMETHING, "server");
	call_each(pair.listener, NOTHING, "listener");
	for (i = 0; i < NELEM(names); i++) {
		object[i] = quic_object(
		    &pair, (enum quic_object)i, object[QUIC_DOMAIN]);
		ck_assert_ptr_nonnull(object[i]);
		call_each(object[i],
		    i == QUIC_FROM_LISTENER ? SOMETHING : NOTHING, names[i]);
		call_all(SSL_get_SSL_CTX(object[i]), names[i]);
	}
	(void)SSL_shutdown(pair.client);
	for (i = NELEM(names); i-- > 0;) {
		call_each(object[i],
		    i == QUIC_FROM_LISTENER ? SOMETHING : NOTHING, names[i]);
		SSL_free(object[i]);
	}
	call_each(pair.client, SOMETHING, "client");
	quic_close(&pair);
	SSL_CTX_free(client);
	SSL_CTX_free(server);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("whole");
	TCase *tc = tcase_create("whole");
	const int count = (int)NELEM(methods);

	peer_setup();
	if (tlspolicy_parse(&policy, "min=TLSv1.2") != TLSPOLICY_OK)
		return 1;
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, alone, 0, count);
	tcase_add_loop_test(tc, changed, 0, count);
	tcase_add_loop_test(tc, called_back, 0, (int)NELEM(callbacks) * 2);
	tcase_add_test(tc, quic_objects);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
