/* SPDX-License-Identifier: MIT */
/*
 * tlspolicy_explain() where there is no reason of OpenSSL's TLS: connections
 * that have not failed, entries of others, and every reason that there is.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "explained.h"
#include "peer.h"
#include "release.h"
#include "runner.h"

/* Where there is no reason of OpenSSL's TLS */

static const struct end plain[2];

static void
assert_says(const struct pair *pair, int i, const char *want)
{
	char text[TEXT_SIZE];

	explain(pair->ssl[i], text);
	printf("# %s\n", text);
	ck_assert_msg(
	    strstr(text, want) != NULL, "no \"%s\" in: %s", want, text);
}

static int
shake(struct pair *pair)
{
	int turn;

	for (turn = 0; turn < STEPS; turn++) {
		take_turn(pair, turn % 2);
		carry(pair, turn % 2, NULL);
	}
	return SSL_is_init_finished(pair->ssl[CLIENT]) &&
	    SSL_is_init_finished(pair->ssl[SERVER]);
}

START_TEST(states)
{
	struct pair pair;

	open_pair(&pair, plain);
	assert_says(&pair, CLIENT, "no handshake has begun;");
	assert_says(&pair, SERVER, "no handshake has begun;");
	take_turn(&pair, CLIENT);
	assert_says(&pair, CLIENT, "Nothing failed yet: the handshake is");
	ck_assert(shake(&pair));
	assert_says(&pair, CLIENT,
	    "The handshake completed: nothing failed (TLSv1.3, TLS_AES_");
	/* Another connection's error says nothing of this one. */
	release_raise(ERR_LIB_SSL, SSL_R_UNSUPPORTED_PROTOCOL, NULL);
	assert_says(&pair, SERVER, "The handshake completed: nothing failed");
	close_pair(&pair);

	open_pair(&pair, plain);
	take_turn(&pair, CLIENT);
	release_raise(ERR_LIB_SSL, SSL_R_UNSUPPORTED_PROTOCOL, NULL);
	assert_says(&pair, CLIENT, "Nothing failed yet: the handshake is");
	assert_says(&pair, SERVER, "no handshake has begun;");
	close_pair(&pair);
	(void)fflush(stdout);
}
END_TEST

static void
take_early(SSL_CTX *ctx)
{
	ck_assert(SSL_CTX_set_max_early_data(ctx, 100) == 1);
}

/* Nothing was read that could be waited for. */
START_TEST(early_data)
{
	const struct end ends[2] = { { 0 }, { .more = take_early } };
	struct pair pair, again = { .ssl = { NULL } };
	SSL_SESSION *session;
	char byte;
	size_t size;

	open_pair(&pair, ends);
	ck_assert(shake(&pair));
	ck_assert_int_le(SSL_read(pair.ssl[CLIENT], &byte, 1), 0);
	session = SSL_get1_session(pair.ssl[CLIENT]);
	ck_assert_uint_eq(SSL_SESSION_get_max_early_data(session), 100);
	again.ssl[0] = SSL_new(SSL_get_SSL_CTX(pair.ssl[CLIENT]));
	ck_assert(SSL_set_session(again.ssl[0], session) == 1);
	SSL_set_bio(again.ssl[0], BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_connect_state(again.ssl[0]);
	ck_assert(SSL_write_early_data(again.ssl[0], "early", 5, &size) == 1);
	assert_says(&again, 0, "Nothing failed yet: the handshake is");
	SSL_SESSION_free(session);
	SSL_free(again.ssl[0]);
	close_pair(&pair);
}
END_TEST

START_TEST(no_role)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	struct pair pair = { .ssl = { SSL_new(ctx) } };

	ck_assert_ptr_nonnull(pair.ssl[0]);
	assert_says(&pair, 0, "no handshake has begun;");
	ERR_clear_error();
	ck_assert_int_lt(SSL_do_handshake(pair.ssl[0]), 0);
	ck_assert_int_eq(
	    ERR_GET_REASON(ERR_peek_error()), SSL_R_CONNECTION_TYPE_NOT_SET);
	assert_says(&pair, 0, "client's nor a server's, " OTHER);
	SSL_set_connect_state(pair.ssl[0]);
	ck_assert_int_lt(SSL_do_handshake(pair.ssl[0]), 0);
	assert_says(&pair, 0, "this client would negotiate");
	SSL_free(pair.ssl[0]);
	SSL_CTX_free(ctx);
	(void)fflush(stdout);
}
END_TEST

/* OpenSSL calls it a server, and its method has none in it. */
START_TEST(lacking_role)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	struct pair pair = { .ssl = { SSL_new(ctx) } };

	ck_assert_ptr_nonnull(pair.ssl[0]);
	SSL_set_accept_state(pair.ssl[0]);
	assert_says(&pair, 0, "this client would negotiate");
	SSL_free(pair.ssl[0]);
	SSL_CTX_free(ctx);
}
END_TEST

/* A method of the connection's own, and a BIO to read from alone. */
START_TEST(half_set_up)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	struct pair pair = { .ssl = { SSL_new(ctx) } };

	ck_assert_ptr_nonnull(pair.ssl[0]);
	ck_assert(SSL_set_ssl_method(pair.ssl[0], TLS_client_method()) == 1);
	SSL_set_connect_state(pair.ssl[0]);
	SSL_set0_rbio(pair.ssl[0], BIO_new(BIO_s_mem()));
	assert_says(&pair, 0, "no handshake has begun;");
	assert_says(&pair, 0, "this client would negotiate");
	SSL_free(pair.ssl[0]);
	SSL_CTX_free(ctx);
}
END_TEST

/* Bounds are no help to a method of one version: they are not advised. */
START_TEST(pinned_and_empty)
{
	const SSL_METHOD *method = release_tls1_2_client();
	struct pair pair = { .ssl = { NULL } };
	SSL_CTX *ctx;

	if (method == NULL)
		SKIP_TEST("this release has no methods of one version");
	ctx = SSL_CTX_new(method);
	ck_assert_ptr_nonnull(ctx);
	ck_assert(SSL_CTX_set_cipher_list(ctx, "TLS_AES_128_GCM_SHA256") == 0);
	ERR_clear_error();
	pair.ssl[0] = SSL_new(ctx);
	ck_assert_ptr_nonnull(pair.ssl[0]);
	SSL_set_connect_state(pair.ssl[0]);
	SSL_set0_rbio(pair.ssl[0], BIO_new(BIO_s_mem()));
	SSL_set0_wbio(pair.ssl[0], BIO_new(BIO_s_null()));
	ck_assert_int_lt(SSL_do_handshake(pair.ssl[0]), 0);
	assert_says(
	    &pair, 0, "This side has no cipher for its highest version.");
	SSL_free(pair.ssl[0]);
	SSL_CTX_free(ctx);
}
END_TEST

/* OpenSSL leaves no entry then, as 1.1.1 does for every end of file. */
START_TEST(closed)
{
	static const struct end ends[2] = {
		{ .options = SSL_OP_IGNORE_UNEXPECTED_EOF },
		{ .options = SSL_OP_IGNORE_UNEXPECTED_EOF },
	};
	static const struct row row = { .name = "closed", .eof = 1 };
	struct pair pair;
	int i;

	for (i = 0; i < 2; i++) {
		open_pair(&pair, ends);
		run_until_dead(&pair, &row, i);
		ck_assert(pair.dead[i]);
		ck_assert_uint_eq(ERR_peek_error(), 0);
		assert_says(&pair, i, "The peer closed the connection");
		release_raise(ERR_LIB_BIO, 104, NULL);
		assert_says(&pair, i, "Something other than TLS failed");
		close_pair(&pair);
	}
	(void)fflush(stdout);
}
END_TEST

/* A connection that has failed, for entries of the test's own making. */
static void
open_failed(struct pair *pair, int i, int dtls)
{
	struct end ends[2] = { { .dtls = dtls }, { .dtls = dtls } };
	const struct row row = { .name = "failed" };

	ends[i].min = dtls ? DTLS1_2_VERSION : TLS1_3_VERSION;
	ends[!i].max = dtls ? DTLS1_VERSION : TLS1_2_VERSION;
	open_pair(pair, ends);
	run_until_dead(pair, &row, i);
	ck_assert(pair->dead[i]);
	ERR_clear_error();
}

START_TEST(entries)
{
	struct pair pair;
	int i, lib = ERR_get_next_error_library();

	open_failed(&pair, CLIENT, 0);
	assert_says(&pair, CLIENT, "its error is gone from the queue");
	/* Only other libraries', known or not. */
	release_raise(ERR_LIB_EVP, ERR_R_INTERNAL_ERROR, NULL);
	assert_says(&pair, CLIENT, "Something other than TLS failed (");
	ERR_clear_error();
	release_raise(lib, 77, NULL);
	assert_says(&pair, CLIENT, "reason 77)");
	release_raise(ERR_LIB_SYS, 111, NULL);
	/* The first of OpenSSL's TLS counts, wherever it is... */
	release_raise(ERR_LIB_SSL, SSL_R_CERTIFICATE_VERIFY_FAILED, NULL);
	release_raise(ERR_LIB_SSL, SSL_R_SHUTDOWN_WHILE_IN_INIT, NULL);
	assert_says(&pair, CLIENT, "did not pass verification");
	ERR_clear_error();
	/* ...even if the queue is full. */
	for (i = 0; i < 14; i++)
		release_raise(lib, i + 1, "an entry");
	release_raise(ERR_LIB_SSL, SSL_R_NO_SUITABLE_KEY_SHARE, NULL);
	assert_says(&pair, CLIENT, "no group in common");
	/* One without a row of its own. */
	ERR_clear_error();
	release_raise(ERR_LIB_SSL, SSL_R_BAD_EXTENSION, NULL);
	assert_says(&pair, CLIENT, "OpenSSL gave up (SSL routines: bad ext");
	ERR_clear_error();
	release_raise(ERR_LIB_SSL, 998, NULL);
	assert_says(&pair, CLIENT, "library 20, reason 998)");
	close_pair(&pair);
	(void)fflush(stdout);
}
END_TEST

/* After the handshake SSL_read() leaves older entries below its own. */
START_TEST(stale)
{
	static const struct end ends[2] = { { 0 },
		{ .verify = VERIFY_CLIENT } };
	static const struct row row = { .name = "stale" };
	struct pair pair;
	char byte;

	open_pair(&pair, ends);
	run_until_dead(&pair, &row, SERVER);
	ck_assert(SSL_is_init_finished(pair.ssl[CLIENT]));
	ERR_clear_error();
	release_raise(ERR_LIB_SSL, SSL_R_UNSUPPORTED_PROTOCOL, NULL);
	ck_assert_int_lt(SSL_read(pair.ssl[CLIENT], &byte, 1), 1);
	assert_says(&pair, CLIENT, "demands a certificate of this client");
	close_pair(&pair);
	(void)fflush(stdout);
}
END_TEST

/* Renegotiation that is refused, here and by the peer. */
START_TEST(renegotiation)
{
	static const struct end ends[2][2] = {
		{ { .max = TLS1_2_VERSION, .options = SSL_OP_NO_RENEGOTIATION },
		    { 0 } },
		{ { .max = TLS1_2_VERSION },
		    { .options = SSL_OP_NO_RENEGOTIATION } },
	};
	static const struct row row = { .name = "renegotiation" };
	struct pair pair;

	open_pair(&pair, ends[_i]);
	ck_assert(shake(&pair));
	ERR_clear_error();
	if (_i == 0) {
		ck_assert_int_eq(SSL_renegotiate(pair.ssl[CLIENT]), 0);
		ck_assert_int_eq(
		    ERR_GET_REASON(ERR_peek_error()), SSL_R_NO_RENEGOTIATION);
		assert_says(
		    &pair, CLIENT, "This side's renegotiation=off (SSL_OP_NO_");
		assert_says(&pair, CLIENT, "set renegotiation=on with");
		close_pair(&pair);
		return;
	}
	ck_assert_int_eq(SSL_renegotiate(pair.ssl[CLIENT]), 1);
	run_until_dead(&pair, &row, CLIENT);
	ck_assert(pair.dead[CLIENT]);
	ck_assert_int_eq(
	    ERR_GET_REASON(ERR_peek_error()), SSL_R_NO_RENEGOTIATION);
	assert_says(&pair, CLIENT, "The peer refuses a renegotiation, as");
	run_until_dead(&pair, &row, SERVER);
	ck_assert(pair.dead[SERVER]);
	ck_assert_int_eq(ERR_GET_REASON(ERR_peek_error()),
	    SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE);
	assert_says(&pair, SERVER, "whose renegotiation this side refuses");
	SSL_clear_options(pair.ssl[SERVER], SSL_OP_NO_RENEGOTIATION);
	assert_says(&pair, SERVER, "The peer broke off after the handshake (");
	close_pair(&pair);
	(void)fflush(stdout);
}
END_TEST

/* An end of file after the handshake is not the handshake's failure. */
START_TEST(closed_later)
{
	static const int max[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	const struct end ends[2] = { { .max = max[_i / 2] }, { 0 } };
	static const struct row row = { .name = "closed later", .eof = 1 };
	struct pair pair;
	const int i = _i % 2;

	if (release() < RELEASE_3_0)
		SKIP_TEST("this release has no entry for it");
	open_pair(&pair, ends);
	ck_assert(shake(&pair));
	/* TLS 1.3's tickets are to be read first. */
	take_turn(&pair, i);
	run_until_dead(&pair, &row, i);
	ck_assert(pair.dead[i] && !SSL_is_init_finished(pair.ssl[i]));
	ck_assert_int_eq(
	    ERR_GET_REASON(ERR_peek_error()), RELEASE_R_UNEXPECTED_EOF);
	assert_says(&pair, i, "The handshake completed, and later the peer");
	assert_says(&pair, i, "without close_notify (TLSv1.");
	ERR_clear_error();
	assert_says(&pair, i, "The handshake completed, and a later error is");
	close_pair(&pair);
	(void)fflush(stdout);
}
END_TEST

/* Another connection in place of an end's, which leaves its session good. */
static void
begin_anew(struct pair *pair, int i)
{
	SSL *ssl = SSL_new(SSL_get_SSL_CTX(pair->ssl[i]));

	ck_assert_ptr_nonnull(ssl);
	pair->in[i] = BIO_new(BIO_s_mem());
	pair->out[i] = BIO_new(BIO_s_mem());
	BIO_set_mem_eof_return(pair->in[i], -1);
	BIO_set_mem_eof_return(pair->out[i], -1);
	SSL_set_bio(ssl, pair->in[i], pair->out[i]);
	SSL_set_shutdown(pair->ssl[i], SSL_SENT_SHUTDOWN);
	SSL_free(pair->ssl[i]);
	pair->ssl[i] = ssl;
}

/* A client's session whose cipher its policy has dropped since. */
START_TEST(old_session)
{
	static const struct end ends[2] = {
		{ .max = TLS1_2_VERSION,
		    .ciphers = "ECDHE-RSA-AES256-GCM-SHA384" },
		{ 0 },
	};
	static const struct row row = { .name = "old session" };
	SSL_SESSION *session;
	struct pair pair;

	open_pair(&pair, ends);
	ck_assert(shake(&pair));
	session = SSL_get1_session(pair.ssl[CLIENT]);
	ck_assert_ptr_nonnull(session);
	begin_anew(&pair, CLIENT);
	begin_anew(&pair, SERVER);
	SSL_set_connect_state(pair.ssl[CLIENT]);
	SSL_set_accept_state(pair.ssl[SERVER]);
	ck_assert(SSL_set_session(pair.ssl[CLIENT], session) == 1);
	ck_assert(SSL_set_cipher_list(
		      pair.ssl[CLIENT], "ECDHE-RSA-AES128-GCM-SHA256") == 1);
	run_until_dead(&pair, &row, SERVER);
	ck_assert(pair.dead[SERVER]);
	ck_assert_int_eq(
	    ERR_GET_REASON(ERR_peek_error()), SSL_R_REQUIRED_CIPHER_MISSING);
	assert_says(&pair, SERVER, "The session to be resumed is older");
	run_until_dead(&pair, &row, CLIENT);
	ck_assert(pair.dead[CLIENT]);
	ck_assert_int_eq(ERR_GET_REASON(ERR_peek_error()),
	    SSL_R_SSLV3_ALERT_ILLEGAL_PARAMETER);
	assert_says(&pair, CLIENT, "The session to be resumed is older");
	SSL_SESSION_free(session);
	close_pair(&pair);
	(void)fflush(stdout);
}
END_TEST

static int
load_now(SSL *ssl, void *arg)
{
	const SSL_CTX *from = arg;

	return SSL_use_certificate(ssl, SSL_CTX_get0_certificate(from)) &&
	    SSL_use_PrivateKey(ssl, SSL_CTX_get0_privatekey(from));
}

/* A certificate that only the connection has is not missed. */
START_TEST(own_certificate)
{
	static const struct end lender = { .max = TLS1_2_VERSION };
	static const struct end ends[2] = {
		{ .max = TLS1_2_VERSION, .ciphers = "AES128-SHA" },
		{ .max = TLS1_2_VERSION, .ciphers = "AES256-SHA", .bare = 1 },
	};
	static const struct row row = { .name = "own certificate" };
	SSL_CTX *from = make_end(&lender, SERVER);
	struct pair pair;

	open_pair(&pair, ends);
	if (_i == 0)
		ck_assert_int_eq(load_now(pair.ssl[SERVER], from), 1);
	else
		SSL_set_cert_cb(pair.ssl[SERVER], load_now, from);
	run_until_dead(&pair, &row, SERVER);
	assert_says(&pair, SERVER,
	    "negotiate TLSv1, TLSv1.1, TLSv1.2 (TLSv1.3: above the maximum). "
	    "Permit one at both ends");
	close_pair(&pair);
	SSL_CTX_free(from);
	(void)fflush(stdout);
}
END_TEST

/* Marks stay where they are. */
START_TEST(marks)
{
	struct pair pair;
	char text[TEXT_SIZE];
	const char *data = NULL;
	const int twice = release() >= RELEASE_3_0; /* an entry's marks count */

	open_failed(&pair, SERVER, 0);
	release_raise(ERR_LIB_SSL, SSL_R_UNSUPPORTED_PROTOCOL, NULL);
	ck_assert_int_eq(ERR_set_mark(), 1);
	if (twice)
		ck_assert_int_eq(ERR_set_mark(), 1);
	release_raise(ERR_LIB_USER, 1, "kept");
	ck_assert_int_eq(ERR_set_mark(), 1);
	release_raise(ERR_LIB_SSL, SSL_R_HTTP_REQUEST, NULL);
	ck_assert_int_gt(tlspolicy_explain(pair.ssl[SERVER], text, 100), 100);
	ck_assert_int_eq(
	    ERR_GET_REASON(ERR_peek_last_error()), SSL_R_HTTP_REQUEST);
	ck_assert_int_eq(ERR_pop_to_mark(), 1);
	data = release_last_error().data;
	ck_assert_str_eq(data, "kept");
	ck_assert_int_gt(tlspolicy_explain(pair.ssl[SERVER], NULL, 0), 100);
	ck_assert_int_eq(ERR_pop_to_mark(), 1);
	if (twice)
		ck_assert_int_eq(ERR_pop_to_mark(), 1);
	ck_assert_int_eq(
	    ERR_GET_REASON(ERR_peek_last_error()), SSL_R_UNSUPPORTED_PROTOCOL);
	ck_assert_int_eq(ERR_pop_to_mark(), 0);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	ck_assert_int_gt(tlspolicy_explain(pair.ssl[SERVER], NULL, 0), 100);
	ck_assert_int_eq(ERR_pop_to_mark(), 0);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	close_pair(&pair);
}
END_TEST

START_TEST(sizes)
{
	char whole[TEXT_SIZE], part[TEXT_SIZE];
	struct pair pair;
	int len, size;

	open_failed(&pair, CLIENT, 0);
	release_raise(ERR_LIB_SSL, SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, NULL);
	explain(pair.ssl[CLIENT], whole);
	len = (int)strlen(whole);
	ck_assert_int_eq(tlspolicy_explain(pair.ssl[CLIENT], NULL, 0), len);
	for (size = 0; size <= len + 2;
	     size += size < 3 || size > len - 3 ? 1 : 37) {
		memset(part, '#', sizeof(part));
		ck_assert_int_eq(
		    tlspolicy_explain(pair.ssl[CLIENT], part, (size_t)size),
		    len);
		ck_assert_int_eq(part[size], '#');
		if (size == 0)
			continue;
		ck_assert_uint_eq(
		    strlen(part), (size_t)(size - 1 < len ? size - 1 : len));
		ck_assert_int_eq(strncmp(part, whole, strlen(part)), 0);
	}
	close_pair(&pair);
}
END_TEST

START_TEST(arguments)
{
	char text[8] = "#######";
	struct queue before, after;
	struct pair pair;

	open_failed(&pair, CLIENT, 0);
	release_raise(ERR_LIB_SSL, SSL_R_HTTP_REQUEST, "data");
	take_queue(&before);
	put_queue(&before);
	ck_assert_int_eq(
	    tlspolicy_explain(NULL, text, sizeof(text)), TLSPOLICY_E_INVALID);
	ck_assert_str_eq(text, "#######");
	ck_assert_int_eq(
	    tlspolicy_explain(pair.ssl[CLIENT], NULL, 1), TLSPOLICY_E_INVALID);
	take_queue(&after);
	ck_assert_int_eq(memcmp(&before, &after, sizeof(before)), 0);
	close_pair(&pair);
}
END_TEST

/* On DTLS nothing is said of TLS, nor of a stream's end. */
static void
check_dtls_words(const char *text)
{
	static const char *const words[] = { " TLS ", " TLSv", "close", "SSL 3",
		"STARTTLS", "PROXY", "ciphersuites= for" };

	for (size_t i = 0; i < NELEM(words); i++)
		ck_assert_msg(
		    strstr(text, words[i]) == NULL, "%s: %s", words[i], text);
}

/* Every reason that there could be, on both ends of failed handshakes. */
START_TEST(every_reason)
{
	static const int strides[] = {
		[TIER_SHORT] = 61,
		[TIER_NORMAL] = 7,
		[TIER_FULL] = 1,
	};
	char text[TEXT_SIZE], alert[24];
	struct pair pair;
	int i = _i % 2, reason, stride = strides[test_tier()];

	open_failed(&pair, i, _i / 2);
	for (reason = 1; reason < 1400; reason += stride) {
		const int n = reason - SSL_AD_REASON_OFFSET;

		ERR_clear_error();
		release_raise(ERR_LIB_SSL, reason, NULL);
		explain(pair.ssl[i], text);
		ck_assert_msg(
		    strstr(text,
			i == CLIENT ? "; this client would negotiate "
				    : "; this server would negotiate ") != NULL,
		    "%d: %s", reason, text);
		ck_assert_msg(
		    strstr(text, _i < 2 ? "TLSv1.3 (" : " DTLSv1.2 (") != NULL,
		    "%d: %s", reason, text);
		if (_i >= 2)
			check_dtls_words(text);
		(void)snprintf(alert, sizeof(alert), "alert %d", n);
		ck_assert_msg(
		    (strstr(text, alert) != NULL) == (n >= 0 && n <= 255),
		    "%d: %s", reason, text);
		/* Of the end itself, a text speaks as "this". */
		ck_assert_msg(strstr(text,
				  i == CLIENT ? "this server would"
					      : "this client would") == NULL,
		    "%d: %s", reason, text);
	}
	close_pair(&pair);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("explain_others");
	TCase *tc = tcase_create("others");

	peer_setup();
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, states);
	tcase_add_test(tc, early_data);
	tcase_add_test(tc, no_role);
	tcase_add_test(tc, lacking_role);
	tcase_add_test(tc, half_set_up);
	tcase_add_test(tc, pinned_and_empty);
	tcase_add_test(tc, closed);
	tcase_add_test(tc, entries);
	tcase_add_test(tc, stale);
	tcase_add_loop_test(tc, renegotiation, 0, 2);
	tcase_add_loop_test(tc, closed_later, 0, 4);
	tcase_add_test(tc, old_session);
	tcase_add_loop_test(tc, own_certificate, 0, 2);
	tcase_add_test(tc, marks);
	tcase_add_test(tc, sizes);
	tcase_add_test(tc, arguments);
	tcase_add_loop_test(tc, every_reason, 0, 4);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
