/* SPDX-License-Identifier: MIT */
/*
 * tlspolicy_inspect() on contexts of every method, what it leaves as it was,
 * its arguments, and the names of verdicts.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "inspected.h"
#include "peer.h"
#include "release.h"
#include "runner.h"

/* Methods */

/* The methods of one role, and those of one version. */
static const struct method {
	const char *name;
	const SSL_METHOD *(*method)(void);
	int version; /* 0: every one */
	int dtls;
	int lacks; /* a role as 1 << role */
} methods[] = {
	{ "TLS_method", TLS_method, 0, 0, 0 },
	{ "TLS_client_method", TLS_client_method, 0, 0, 1 << PEER_SERVER },
	{ "TLS_server_method", TLS_server_method, 0, 0, 1 << PEER_CLIENT },
	{ "DTLS_method", DTLS_method, 0, 1, 0 },
	{ "DTLS_client_method", DTLS_client_method, 0, 1, 1 << PEER_SERVER },
	{ "DTLS_server_method", DTLS_server_method, 0, 1, 1 << PEER_CLIENT },
	{ "TLSv1_method", release_tls1, TLS1_VERSION, 0, 0 },
	{ "TLSv1_1_method", release_tls1_1, TLS1_1_VERSION, 0, 0 },
	{ "TLSv1_2_method", release_tls1_2, TLS1_2_VERSION, 0, 0 },
	{ "TLSv1_2_client_method", release_tls1_2_client, TLS1_2_VERSION, 0,
	    1 << PEER_SERVER },
	{ "TLSv1_2_server_method", release_tls1_2_server, TLS1_2_VERSION, 0,
	    1 << PEER_CLIENT },
	{ "DTLSv1_method", release_dtls1, DTLS1_VERSION, 1, 0 },
	{ "DTLSv1_2_method", release_dtls1_2, DTLS1_2_VERSION, 1, 0 },
};

/* What a method that pins a version makes of the others; 0: it is the one. */
static int
outside(const struct method *m, int version)
{
	if (m->version == 0 || version == m->version)
		return TLSPOLICY_AVAILABLE;
	return (version < m->version) == !m->dtls ? TLSPOLICY_BELOW_MIN
						  : TLSPOLICY_ABOVE_MAX;
}

static void
assert_entry(const char *name, int status)
{
	const unsigned long code = ERR_peek_last_error();
	const char *lib = ERR_lib_error_string(code);
	const char *reason = ERR_reason_error_string(code);

	ck_assert_msg(lib != NULL && strcmp(lib, "tlspolicy") == 0,
	    "%s: an entry of %s", name, lib == NULL ? "nobody" : lib);
	ck_assert_msg(
	    reason != NULL && strcmp(reason, tlspolicy_strerror(status)) == 0,
	    "%s: the reason is %s, not %s", name,
	    reason == NULL ? "missing" : reason, tlspolicy_strerror(status));
	ERR_clear_error();
}

static void
assert_lacking(const struct method *m, SSL_CTX *ctx, enum peer_role role)
{
	const int version = m->dtls ? DTLS1_2_VERSION : TLS1_2_VERSION;
	const int status = inspect(ctx, role, version);

	ck_assert_msg(status == TLSPOLICY_E_METHOD, "%s: %s", m->name,
	    tlspolicy_verdict_name(status));
	assert_entry(m->name, status);
}

/* The handshake and the version decide: these contexts are otherwise fine. */
static void
assert_method(const struct method *m, SSL_CTX *ctx, enum peer_role role)
{
	const struct family *family = &families[m->dtls];
	/* 1.1.1's level 2 forbids ECDSA to sign and RSA not: it has both. */
	const int forbidden = release() < RELEASE_3_0 && role == PEER_SERVER
	    ? TLSPOLICY_NO_CERTIFICATE
	    : TLSPOLICY_SECURITY_LEVEL;
	struct peer_result result;
	int version, verdict, completed, want;
	unsigned i;

	for (i = 0; i < family->count; i++) {
		version = family->version[i].number;
		verdict = inspect(ctx, role, version);
		completed = peer_completes(ctx, role, version, 0, &result);
		want = outside(m, version);
		if (want == TLSPOLICY_AVAILABLE && !completed)
			want = forbidden;
		ck_assert_msg(completed == (want == TLSPOLICY_AVAILABLE) &&
			verdict == want,
		    "%s, level %d, role %d, %s: %s, but should be %s; the "
		    "handshake %s",
		    m->name, SSL_CTX_get_security_level(ctx), (int)role,
		    family->version[i].name, tlspolicy_verdict_name(verdict),
		    tlspolicy_verdict_name(want),
		    completed ? "completed" : "failed");
	}
}

START_TEST(method)
{
	const struct method *m = &methods[_i];
	SSL_CTX *ctx;
	int role, level;

	if (m->method() == NULL)
		SKIP_TEST("this release has no methods of one version");
	ctx = SSL_CTX_new(m->method());
	ck_assert_ptr_nonnull(ctx);
	load_certificates(ctx, &certificates[0]);
	/* A method that pins its version takes no notice of these. */
	if (m->version != 0) {
		SSL_CTX_set_options(ctx, SSL_OP_NO_SSL_MASK);
		(void)SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
	}
	for (level = 0; level <= 2; level++) {
		SSL_CTX_set_security_level(ctx, level);
		for (role = 0; role < 2; role++)
			if ((m->lacks >> role & 1) != 0)
				assert_lacking(m, ctx, (enum peer_role)role);
			else
				assert_method(m, ctx, (enum peer_role)role);
	}
	SSL_CTX_free(ctx);
}
END_TEST

/* It changes nothing */

static const struct plain {
	const char *name;
	const SSL_METHOD *(*method)(void);
	int level, min, max;
	uint64_t options;
	const char *list[KINDS];
} plains[] = {
	{ "default", TLS_method, 2, 0, 0, 0, { NULL } },
	{ "level 0", TLS_method, 0, 0, 0, 0, { "ALL:eNULL" } },
	{ "hole", TLS_method, 0, 0, 0, SSL_OP_NO_TLSv1_2, { NULL } },
	{ "no version", TLS_method, 1, TLS1_3_VERSION, TLS1_2_VERSION, 0,
	    { NULL } },
	{ "lists", TLS_method, 3, TLS1_2_VERSION, 0, 0,
	    { "ECDHE+AESGCM", "TLS_AES_256_GCM_SHA384", "P-384:X25519",
		"RSA-PSS+SHA256:ECDSA+SHA256" } },
	{ "no cipher", TLS_method, 2, 0, TLS1_2_VERSION, 0, { "kDHE+SHA1" } },
	{ "client", TLS_client_method, 2, 0, 0, 0, { NULL } },
	{ "server", TLS_server_method, 2, 0, 0, 0, { NULL } },
	{ "one version", release_tls1_2, 2, 0, 0, 0, { NULL } },
	{ "DTLS", DTLS_method, 1, 0, DTLS1_2_VERSION, 0,
	    { "kRSA", NULL, "P-256", "RSA+SHA256" } },
	{ "DTLS server", DTLS_server_method, 0, 0, 0, 0, { NULL } },
};

static SSL_CTX *
make_plain(const struct plain *p)
{
	SSL_CTX *ctx = SSL_CTX_new(p->method());

	ck_assert_ptr_nonnull(ctx);
	load_certificates(ctx, &certificates[0]);
	SSL_CTX_set_security_level(ctx, p->level);
	set_lists(ctx, p->list);
	SSL_CTX_set_options(ctx, p->options);
	if (p->min != 0)
		ck_assert(SSL_CTX_set_min_proto_version(ctx, p->min) == 1);
	if (p->max != 0)
		ck_assert(SSL_CTX_set_max_proto_version(ctx, p->max) == 1);
	return ctx;
}

/* But for the one that a rehearsed ClientHello may add to. */
static long
session_counts(SSL_CTX *ctx)
{
	return SSL_CTX_sess_number(ctx) + SSL_CTX_sess_connect_good(ctx) +
	    SSL_CTX_sess_accept(ctx) + SSL_CTX_sess_accept_good(ctx) +
	    SSL_CTX_sess_hits(ctx) + SSL_CTX_sess_misses(ctx) +
	    SSL_CTX_sess_timeouts(ctx);
}

static void
push_entries(int count)
{
	char text[32];
	int i;

	for (i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "prior %d", i);
		release_raise(ERR_LIB_USER, 100 + i, text);
		if (i == 0)
			ck_assert_int_eq(ERR_set_mark(), 1);
	}
}

/* Takes the entries off, the oldest first, and the mark after the first. */
static void
assert_entries(const char *name, int count, int mark)
{
	struct release_entry e;
	char want[32];
	int i;

	if (mark) {
		ck_assert_msg(ERR_pop_to_mark() == 1, "%s: no mark", name);
		count = 1;
	}
	for (i = 0; i < count; i++) {
		snprintf(want, sizeof(want), "prior %d", i);
		e = release_take_error();
		ck_assert_msg(ERR_GET_REASON(e.code) == 100 + i &&
			strcmp(e.data, want) == 0,
		    "%s: entry %d is %d, %s", name, i, ERR_GET_REASON(e.code),
		    e.data);
	}
	ck_assert_msg(ERR_get_error() == 0, "%s: an entry too many", name);
	ck_assert_msg(ERR_pop_to_mark() == 0, "%s: a mark too many", name);
}

static void
inspect_all(const struct plain *p, SSL_CTX *ctx)
{
	static const int queued[] = { 0, 1, 15 };
	SSL *ssl = SSL_new(ctx);
	const struct family *family = &families[SSL_is_dtls(ssl)];
	unsigned i, role, k, mark;

	SSL_free(ssl);
	for (i = 0; i < family->count * 2 * NELEM(queued); i++) {
		k = i % NELEM(queued);
		role = i / NELEM(queued) % 2;
		if ((p->method == TLS_client_method && role == PEER_SERVER) ||
		    (p->method == TLS_server_method && role == PEER_CLIENT) ||
		    (p->method == DTLS_server_method && role == PEER_CLIENT))
			continue;
		for (mark = 0; mark < 2; mark++) {
			push_entries(queued[k]);
			ck_assert_msg(inspect(ctx, (enum peer_role)role,
					  family->version[i / 2 / NELEM(queued)]
					      .number) >= 0,
			    "%s", p->name);
			assert_entries(
			    p->name, queued[k], mark && queued[k] > 0);
		}
	}
}

START_TEST(changes_nothing)
{
	const struct plain *p = &plains[_i];
	struct peer_snapshot before, after;
	char why[PEER_WHY] = "";
	SSL_CTX *ctx;
	long counts;
	int number;

	if (p->method() == NULL)
		SKIP_TEST("this release has no methods of one version");
	ctx = make_plain(p);
	number = (int)SSL_CTX_sess_number(ctx);
	peer_snapshot(ctx, &before, 0);
	counts = session_counts(ctx);
	inspect_all(p, ctx);
	ck_assert_msg(
	    session_counts(ctx) == counts && SSL_CTX_sess_number(ctx) == number,
	    "%s: %ld sessions, %ld in all, not %ld", p->name,
	    SSL_CTX_sess_number(ctx), session_counts(ctx), counts);
	peer_snapshot(ctx, &after, 0);
	ck_assert_msg(peer_same(&before, &after, why, sizeof(why)), "%s: %s",
	    p->name, why);
	SSL_CTX_free(ctx);
}
END_TEST

/* Arguments */

enum { DTLS1_3 = 0xfefc };

static const struct question {
	const char *name;
	int dtls, role, version, want;
} questions[] = {
	{ "role 7", 0, 7, TLS1_2_VERSION, TLSPOLICY_E_INVALID },
	{ "role -1", 0, -1, TLS1_2_VERSION, TLSPOLICY_E_INVALID },
	{ "version 0", 0, 0, 0, TLSPOLICY_E_INVALID },
	{ "version 42", 0, 1, 42, TLSPOLICY_E_INVALID },
	{ "version -1", 0, 1, -1, TLSPOLICY_E_INVALID },
	{ "version 0x0305", 0, 0, 0x0305, TLSPOLICY_E_INVALID },
	{ "SSL 3.0", 0, 0, SSL3_VERSION, TLSPOLICY_E_INVALID },
	{ "DTLS 1.0 on TLS", 0, 0, DTLS1_VERSION, TLSPOLICY_E_INVALID },
	{ "DTLS 1.2 on TLS", 0, 1, DTLS1_2_VERSION, TLSPOLICY_E_INVALID },
	{ "DTLS 1.3 on TLS", 0, 1, DTLS1_3, TLSPOLICY_E_INVALID },
	{ "TLS 1.0 on DTLS", 1, 0, TLS1_VERSION, TLSPOLICY_E_INVALID },
	{ "TLS 1.2 on DTLS", 1, 0, TLS1_2_VERSION, TLSPOLICY_E_INVALID },
	{ "TLS 1.3 on DTLS", 1, 1, TLS1_3_VERSION, TLSPOLICY_E_INVALID },
	{ "OpenSSL's old DTLS", 1, 1, DTLS1_BAD_VER, TLSPOLICY_E_INVALID },
	{ "version 0 on DTLS", 1, 1, 0, TLSPOLICY_E_INVALID },
	{ "DTLS 1.3 client", 1, 0, DTLS1_3, TLSPOLICY_NOT_BUILT },
	{ "DTLS 1.3 server", 1, 1, DTLS1_3, TLSPOLICY_NOT_BUILT },
};

START_TEST(argument)
{
	const struct question *q = &questions[_i];
	SSL_CTX *ctx = SSL_CTX_new(q->dtls ? DTLS_method() : TLS_method());
	int status;

	ck_assert_ptr_nonnull(ctx);
	status =
	    tlspolicy_inspect(ctx, (enum tlspolicy_role)q->role, q->version);
	ck_assert_msg(
	    status == q->want, "%s: %d, not %d", q->name, status, q->want);
	if (status < 0)
		assert_entry(q->name, status);
	ck_assert_msg(ERR_peek_error() == 0, "%s: an entry", q->name);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(no_context)
{
	const int status =
	    tlspolicy_inspect(NULL, TLSPOLICY_CLIENT, TLS1_2_VERSION);

	ck_assert_int_eq(status, TLSPOLICY_E_INVALID);
	assert_entry("NULL", status);
}
END_TEST

START_TEST(verdict_names)
{
	static const char unknown[] = "unknown verdict";
	const char *name[TLSPOLICY_NO_CERTIFICATE + 1];
	int i, k;

	for (i = 0; i <= TLSPOLICY_NO_CERTIFICATE; i++) {
		name[i] = tlspolicy_verdict_name(i);
		ck_assert_msg(name[i] != NULL && name[i][0] != '\0' &&
			strcmp(name[i], unknown) != 0,
		    "verdict %d", i);
		for (k = 0; k < i; k++)
			ck_assert_str_ne(name[i], name[k]);
	}
	ck_assert_str_eq(name[TLSPOLICY_BELOW_MIN], "below the minimum");
	ck_assert_str_eq(tlspolicy_verdict_name(-1), unknown);
	ck_assert_str_eq(
	    tlspolicy_verdict_name(TLSPOLICY_NO_CERTIFICATE + 1), unknown);
	ck_assert_str_eq(tlspolicy_verdict_name(99), unknown);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("inspect_calls");
	TCase *tc = tcase_create("inspect_calls");

	peer_setup();
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, verdict_names);
	tcase_add_test(tc, no_context);
	add_rows(tc, argument, NELEM(questions));
	add_rows(tc, changes_nothing, NELEM(plains));
	add_rows(tc, method, NELEM(methods));
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
