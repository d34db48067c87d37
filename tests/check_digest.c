/* SPDX-License-Identifier: MIT */
/*
 * tlspolicy_digest() as session id context: sessions that outlive a context, by
 * tickets of one key or in a cache, are resumed under the same policy and under
 * no other.  And the sentence of tlspolicy_error_text().
 */
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "connections.h"
#include "peer.h"
#include "release.h"
#include "runner.h"
#include "table.h"
#include "told.h"

/* One cache for all contexts, as of several processes. */
static SSL_SESSION *cached;

static int
on_new(SSL *ssl, SSL_SESSION *session)
{
	(void)ssl;
	SSL_SESSION_free(cached);
	cached = session;
	return 1;
}

static SSL_SESSION *
on_get(SSL *ssl, const unsigned char *id, int len, int *copy)
{
	unsigned size;
	const unsigned char *own =
	    cached == NULL ? NULL : SSL_SESSION_get_id(cached, &size);

	(void)ssl;
	*copy = 1;
	return own != NULL && size == (unsigned)len &&
		memcmp(own, id, size) == 0
	    ? cached
	    : NULL;
}

static SSL_CTX *
make_server(const char *text, int tickets, int bound)
{
	unsigned char key[80], id[32];
	struct tlspolicy *policy = parse_policy(text);
	const struct raw plain = { 0 };
	SSL_CTX *ctx = make_raw(&plain);
	long size = (long)SSL_CTX_get_tlsext_ticket_keys(ctx, NULL, 0);

	ck_assert_int_eq(
	    tlspolicy_apply_ctx(ctx, policy, OVERRIDE), TLSPOLICY_OK);
	ck_assert(peer_use_rsa_2048(ctx));
	ck_assert_int_eq(tlspolicy_digest(policy, id), TLSPOLICY_OK);
	if (!bound)
		memset(id, 1, sizeof(id));
	ck_assert(SSL_CTX_set_session_id_context(ctx, id, sizeof(id)) == 1);
	memset(key, 7, sizeof(key));
	ck_assert(size > 0 && (size_t)size <= sizeof(key) &&
	    SSL_CTX_set_tlsext_ticket_keys(ctx, key, size) == 1);
	if (!tickets) {
		SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
		SSL_CTX_set_session_cache_mode(
		    ctx, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL);
		SSL_CTX_sess_set_new_cb(ctx, on_new);
		SSL_CTX_sess_set_get_cb(ctx, on_get);
	}
	tlspolicy_free(policy);
	return ctx;
}

static const struct {
	const char *first, *then;
	int max, tickets, bound, resumes;
} rows[] = {
	{ "compat", "intermediate", TLS1_2_VERSION, 1, 1, 0 },
	{ "compat", "intermediate", TLS1_2_VERSION, 0, 1, 0 },
	{ "compat", "intermediate", TLS1_3_VERSION, 1, 1, 0 },
	{ "compat", "intermediate", TLS1_3_VERSION, 0, 1, 0 },
	{ "compat", "compat", TLS1_2_VERSION, 1, 1, 1 },
	{ "compat", "compat", TLS1_2_VERSION, 0, 1, 1 },
	{ "compat", "compat", TLS1_3_VERSION, 1, 1, 1 },
	{ "compat", "compat", TLS1_3_VERSION, 0, 1, 1 },
	/* What it is for. */
	{ "compat", "intermediate", TLS1_2_VERSION, 1, 0, 1 },
	{ "compat", "intermediate", TLS1_3_VERSION, 0, 0, 1 },
};

START_TEST(sessions)
{
	const struct raw raw = { .max = rows[_i].max };
	struct pair pair = { { make_raw(&raw),
				 make_server(rows[_i].first, rows[_i].tickets,
				     rows[_i].bound) },
		{ NULL, NULL }, { 0 } };
	SSL_SESSION *session;
	SSL *ssl[2];
	int end;

	ck_assert(meet_pair(&pair) && talk(&pair));
	session = SSL_get1_session(pair.ssl[CLIENT]);
	for (end = 0; end < 2; end++)
		(void)SSL_shutdown(pair.ssl[end]);
	SSL_CTX_free(pair.ctx[SERVER]);
	pair.ctx[SERVER] =
	    make_server(rows[_i].then, rows[_i].tickets, rows[_i].bound);
	for (end = 0; end < 2; end++)
		ssl[end] = new_connection(pair.ctx[end], end);
	ck_assert(SSL_set_session(ssl[CLIENT], session) == 1);
	ck_assert(peer_handshake(ssl[CLIENT], ssl[SERVER], &pair.got));
	ck_assert_msg(SSL_session_reused(ssl[CLIENT]) == rows[_i].resumes,
	    "row %d: %s", _i, rows[_i].resumes ? "not resumed" : "resumed");
	SSL_SESSION_free(session);
	SSL_free(ssl[CLIENT]);
	SSL_free(ssl[SERVER]);
	release_pair(&pair);
	SSL_SESSION_free(cached);
	cached = NULL;
}
END_TEST

/* The text is what counts, and not where it is from. */
START_TEST(digests)
{
	unsigned char a[32], b[32];
	struct tlspolicy *parsed = parse_policy("intermediate");
	struct tlspolicy *other = parse_policy("intermediate,max=TLSv1.3");

	ck_assert_int_eq(
	    tlspolicy_digest(tlspolicy_profile("intermediate"), a), 0);
	ck_assert_int_eq(tlspolicy_digest(parsed, b), 0);
	ck_assert(memcmp(a, b, sizeof(a)) == 0);
	ck_assert_int_eq(tlspolicy_digest(other, b), 0);
	ck_assert(memcmp(a, b, sizeof(a)) != 0);
	ck_assert_int_eq(tlspolicy_digest(NULL, b), TLSPOLICY_E_INVALID);
	ck_assert_int_eq(tlspolicy_digest(other, NULL), TLSPOLICY_E_INVALID);
	tlspolicy_free(parsed);
	tlspolicy_free(other);
}
END_TEST

START_TEST(sentences)
{
	const struct raw plain = { 0 };
	SSL_CTX *ctx = make_raw(&plain);
	char text[200] = "untouched", part[8];
	int len;

	/* None of ours, and none at all. */
	ERR_clear_error();
	ck_assert_int_eq(tlspolicy_error_text(text, sizeof(text)), 0);
	ck_assert_str_eq(text, "");
	fill_queue();
	ck_assert_int_eq(tlspolicy_error_text(text, sizeof(text)), 0);
	assert_queue("without one of ours");
	/* Below and above others; the newest of ours counts. */
	release_raise(ERR_LIB_USER, 101, "below");
	ck_assert(tlspolicy_apply(ctx, "nosuch") < 0);
	ck_assert(tlspolicy_apply(ctx, "max=TLSv1.2,min=TLSv1.3") < 0);
	release_raise(ERR_LIB_SSL, 102, NULL);
	release_raise(ERR_LIB_USER, 103, "above");
	len = tlspolicy_error_text(text, sizeof(text));
	ck_assert_int_eq(len, (int)strlen(text));
	ck_assert_msg(strstr(text, "TLSv1.3") != NULL, "%s", text);
	ck_assert_int_eq(tlspolicy_error_text(NULL, 0), len);
	ck_assert_int_eq(tlspolicy_error_text(part, sizeof(part)), len);
	ck_assert(strlen(part) == sizeof(part) - 1 &&
	    strncmp(part, text, sizeof(part) - 1) == 0);
	ck_assert_int_eq(tlspolicy_error_text(NULL, 1), TLSPOLICY_E_INVALID);
	ck_assert_str_eq(release_last_error().data, "above");
	ck_assert_str_eq(release_take_error().data, "below");
	ERR_clear_error();
	SSL_CTX_free(ctx);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("digest");
	TCase *tc = tcase_create("digest");

	peer_setup();
	make_keys();
	add_rows(tc, sessions, NELEM(rows));
	tcase_add_test(tc, digests);
	tcase_add_test(tc, sentences);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
