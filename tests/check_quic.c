/* SPDX-License-Identifier: MIT */
/*
 * Policies on QUIC contexts: applying them, what is negotiated then, and
 * memory that runs out half-way.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include <tlspolicy.h>

#include "peer.h"
#include "quic.h"
#include "quic_ends.h"
#include "release.h"
#include "runner.h"
#include "table.h"

/* apply */

static const struct row {
	const char *policy;
	unsigned flags;
	const char *before; /* the context's suites; NULL: OpenSSL's own */
	int status;
	const char *suites; /* afterwards; NULL: as before */
	int level;          /* the same; 0 is none: -1 */
	const char *entry;  /* a part of it */
} rows[] = {
	/* Profiles */
	{ .policy = "modern", .suites = SUITES, .level = 2 },
	{ .policy = "intermediate", .suites = SUITES, .level = 2 },
	{ .policy = "compat", .suites = SUITES, .level = 2 },
	{ .policy = "legacy", .suites = SUITES, .level = 2 },
	{ .policy = "system", .level = 2 },
	{ .policy = "modern", .flags = TLSPOLICY_OVERRIDE, .suites = SUITES },
	{ .policy = "legacy",
	    .flags = TLSPOLICY_OVERRIDE,
	    .suites = SUITES,
	    .level = -1 },
	{ .policy = "legacy",
	    .flags = TLSPOLICY_FAIL_IF_STRICTER,
	    .status = TLSPOLICY_E_STRICTER,
	    .entry = "security level 0" },
	{ .policy = "modern",
	    .flags = TLSPOLICY_FAIL_IF_STRICTER,
	    .suites = SUITES },

	/* Versions */
	{ .policy = "max=TLSv1.2",
	    .status = TLSPOLICY_E_CONFLICT,
	    .entry = "QUIC has TLSv1.3 alone" },
	{ .policy = "max=TLSv1.2",
	    .flags = TLSPOLICY_OVERRIDE,
	    .status = TLSPOLICY_E_CONFLICT,
	    .entry = "QUIC has TLSv1.3 alone" },
	{ .policy = "max=TLSv1.2",
	    .flags = TLSPOLICY_FAIL_IF_STRICTER,
	    .status = TLSPOLICY_E_CONFLICT,
	    .entry = "QUIC has TLSv1.3 alone" },
	{ .policy = "disable=TLSv1.3",
	    .status = TLSPOLICY_E_CONFLICT,
	    .entry = "QUIC has TLSv1.3 alone" },
	{ .policy = "min=TLSv1,max=TLSv1.1,level=0",
	    .flags = TLSPOLICY_OVERRIDE,
	    .status = TLSPOLICY_E_CONFLICT,
	    .entry = "QUIC has TLSv1.3 alone" },
	{ .policy = "min=TLSv1" },
	{ .policy = "min=TLSv1.3,max=TLSv1.3" },
	{ .policy = "disable=TLSv1:TLSv1.1:TLSv1.2" },

	/* What OpenSSL lacks */
	{ .policy = "groups=NOSUCH",
	    .status = TLSPOLICY_E_UNSUPPORTED,
	    .entry = "no group \"NOSUCH\"" },
	{ .policy = "groups=P-256:NOSUCH",
	    .flags = TLSPOLICY_OVERRIDE,
	    .status = TLSPOLICY_E_UNSUPPORTED,
	    .entry = "no group \"NOSUCH\"" },
	{ .policy = "level=3,ciphersuites=" CHACHA ",sigalgs=NOSUCH+SHA256",
	    .status = TLSPOLICY_E_UNSUPPORTED,
	    .entry = "no signature algorithm \"NOSUCH+SHA256\"" },
	{ .policy = "level=3,ciphersuites=" CHACHA ":TLS_NOSUCH",
	    .status = TLSPOLICY_E_UNSUPPORTED,
	    .entry = "no ciphersuite \"TLS_NOSUCH\"" },
	{ .policy = "ciphersuites=" CHACHA ",ciphers=NO-SUCH",
	    .status = TLSPOLICY_E_UNSUPPORTED,
	    .entry = "no cipher \"NO-SUCH\"" },
	{ .policy = "groups=P-256:?NOSUCH,sigalgs=?NOSUCH+SHA256:"
		    "ecdsa_secp256r1_sha256,ciphers=?NO-SUCH,"
		    "ciphersuites=?TLS_NOSUCH:" CHACHA,
	    .suites = CHACHA },

	/* What leaves nothing */
	{ .policy = "groups=?NOSUCH", .status = TLSPOLICY_E_CONFLICT },
	{ .policy = "sigalgs=?NOSUCH+SHA256", .status = TLSPOLICY_E_CONFLICT },
	{ .policy = "level=3,ciphersuites=?TLS_NOSUCH",
	    .status = TLSPOLICY_E_CONFLICT,
	    .entry = "TLSv1.3 needs" },
	{ .policy = "groups=brainpoolP256r1",
	    .status = TLSPOLICY_E_CONFLICT,
	    .entry = "none is left for TLSv1.3" },
	{ .policy = "sigalgs=RSA+SHA256", .status = TLSPOLICY_E_CONFLICT },
	{ .policy = "level=5,groups=X25519:P-256",
	    .status = TLSPOLICY_E_CONFLICT,
	    .entry = "security level 5" },
	{ .policy = "level=5,groups=P-521,ciphersuites=TLS_AES_128_GCM_SHA256",
	    .status = TLSPOLICY_E_CONFLICT,
	    .entry = "no cipher" },
	/* TLS has it, OpenSSL's QUIC has not. */
	{ .policy = "ciphersuites=TLS_AES_128_CCM_SHA256",
	    .flags = TLSPOLICY_OVERRIDE,
	    .status = TLSPOLICY_E_CONFLICT,
	    .entry = "no cipher" },
	{ .policy = "min=TLSv1.3",
	    .before = "TLS_AES_128_CCM_SHA256",
	    .status = TLSPOLICY_E_CONFLICT,
	    .entry = "no cipher" },
	{ .policy = "min=TLSv1.3",
	    .before = "",
	    .status = TLSPOLICY_E_CONFLICT,
	    .entry = "no cipher" },

	/* The stricter of both */
	{ .policy = "ciphersuites=" SUITES,
	    .before = CHACHA,
	    .suites = CHACHA },
	{ .policy = "ciphersuites=TLS_AES_128_GCM_SHA256",
	    .before = CHACHA,
	    .status = TLSPOLICY_E_CONFLICT,
	    .entry = "it takes TLSPOLICY_OVERRIDE" },
	{ .policy = "ciphersuites=TLS_AES_128_GCM_SHA256",
	    .flags = TLSPOLICY_OVERRIDE,
	    .before = CHACHA,
	    .suites = "TLS_AES_128_GCM_SHA256" },
	{ .policy = "ciphersuites=TLS_AES_128_GCM_SHA256",
	    .flags = TLSPOLICY_FAIL_IF_STRICTER,
	    .before = CHACHA,
	    .status = TLSPOLICY_E_STRICTER,
	    .entry = "TLS_AES_128_GCM_SHA256" },
	{ .policy = "level=3", .level = 3 },
	{ .policy = "level=1", .level = 2 },
	{ .policy = "level=1", .flags = TLSPOLICY_OVERRIDE, .level = 1 },
	{ .policy = "level=1",
	    .flags = TLSPOLICY_FAIL_IF_STRICTER,
	    .status = TLSPOLICY_E_STRICTER,
	    .entry = "security level 1" },
	/* Groups that are out of sight are replaced, with every flag. */
	{ .policy = "groups=P-384", .flags = TLSPOLICY_FAIL_IF_STRICTER },

	/* Nothing to do with versions before TLS 1.3 */
	{ .policy = "ciphers=ECDHE-RSA-AES128-GCM-SHA256",
	    .flags = TLSPOLICY_FAIL_IF_STRICTER },
};

static void
assert_failed(const struct row *row, int status)
{
	const struct release_entry entry = release_last_error();

	ck_assert_msg(entry.data != NULL &&
		(row->entry == NULL || strstr(entry.data, row->entry) != NULL),
	    "%s: the entry says: %s", row->policy,
	    entry.data != NULL ? entry.data : "nothing");
	ck_assert_str_eq(
	    ERR_reason_error_string(entry.code), tlspolicy_strerror(status));
	/* The caller's is still below. */
	ck_assert_int_eq(ERR_GET_LIB(ERR_peek_error()), ERR_LIB_USER);
}

START_TEST(apply)
{
	const struct row *row = &rows[_i / KINDS];
	SSL_CTX *ctx = make_quic((enum kind)(_i % KINDS));
	struct state want, is;
	struct tlspolicy *policy;

	if (row->before != NULL)
		ck_assert(SSL_CTX_set_ciphersuites(ctx, row->before) == 1);
	SSL_CTX_set_options(ctx, SSL_OP_NO_TLSv1_3);
	want = quic_state_of(ctx);
	if (row->suites != NULL)
		strcpy(want.suites, row->suites);
	if (row->level != 0)
		want.level = row->level < 0 ? 0 : row->level;
	ck_assert(tlspolicy_parse(&policy, row->policy) == TLSPOLICY_OK);
	if (row->status == TLSPOLICY_OK &&
	    tlspolicy_get_renegotiation(policy) == 0)
		want.options |= SSL_OP_NO_RENEGOTIATION;
	if (row->status == TLSPOLICY_OK &&
	    tlspolicy_get_server_preference(policy) == 1)
		want.options |= SSL_OP_CIPHER_SERVER_PREFERENCE;
	release_raise(ERR_LIB_USER, 1, NULL);
	for (int twice = 0; twice < 2; twice++) {
		ck_assert_msg(
		    tlspolicy_apply_ctx(ctx, policy, row->flags) == row->status,
		    "%s: not %d", row->policy, row->status);
		is = quic_state_of(ctx);
		assert_quic_state(row->policy, &is, &want);
	}
	if (row->status != TLSPOLICY_OK)
		assert_failed(row, row->status);
	else
		ck_assert_int_eq(tlspolicy_audit(ctx, policy), TLSPOLICY_OK);
	ck_assert(ERR_GET_LIB(ERR_get_error()) == ERR_LIB_USER);
	ck_assert(row->status != TLSPOLICY_OK || ERR_peek_error() == 0);
	tlspolicy_free(policy);
	SSL_CTX_free(ctx);
}
END_TEST

/* Handshakes */

/* What each end is given, and what that comes to; NULL: nothing to be said. */
static const struct effect {
	const char *client, *server, *cipher, *group;
	int fails;
} effects[] = {
	/* The others differ from this. */
	{ NULL, NULL, "TLS_AES_256_GCM_SHA384", "X25519MLKEM768", 0 },
	{ "groups=P-384", NULL, NULL, "secp384r1", 0 },
	{ NULL, "groups=P-384", NULL, "secp384r1", 0 },
	{ "ciphersuites=" CHACHA, NULL, CHACHA, NULL, 0 },
	{ NULL, "ciphersuites=" CHACHA, CHACHA, NULL, 0 },
	{ "min=TLSv1.3,groups=P-521,ciphersuites=TLS_AES_128_GCM_SHA256",
	    "min=TLSv1.3,groups=P-256:P-521,ciphersuites=" SUITES,
	    "TLS_AES_128_GCM_SHA256", "secp521r1", 0 },
	{ "groups=P-384", "groups=P-256", NULL, NULL, 1 },
	{ "sigalgs=ecdsa_secp256r1_sha256", NULL, NULL, NULL, 0 },
	{ "sigalgs=ecdsa_secp384r1_sha384", NULL, NULL, NULL, 1 },
	{ NULL, "sigalgs=ecdsa_secp256r1_sha256", NULL, NULL, 0 },
	{ NULL, "sigalgs=ecdsa_secp384r1_sha384", NULL, NULL, 1 },
	/* The certificate has 128 bits of security, and level 4 asks for 192.
	 */
	{ "level=3,groups=P-521,sigalgs=ecdsa_secp256r1_sha256", NULL, NULL,
	    NULL, 0 },
	{ "level=4,groups=P-521", NULL, NULL, NULL, 1 },
	{ "modern", "modern", NULL, "X25519MLKEM768", 0 },
	{ "intermediate", "intermediate", NULL, "X25519MLKEM768", 0 },
	{ "compat", "compat", NULL, "X25519MLKEM768", 0 },
	{ "legacy", "legacy", NULL, "X25519MLKEM768", 0 },
	{ "system", "system", NULL, "X25519MLKEM768", 0 },
	/* A server without the first key share takes the second. */
	{ "modern", "modern,groups=X25519", NULL, "x25519", 0 },
};

static void
assert_effect(const struct effect *effect, const struct outcome *outcome)
{
	const char *client = effect->client != NULL ? effect->client : "-";
	const char *server = effect->server != NULL ? effect->server : "-";

	ck_assert_msg(outcome->done == !effect->fails, "%s, %s: %s", client,
	    server, outcome->done ? "completed" : "failed");
	if (effect->cipher != NULL)
		ck_assert_str_eq(outcome->cipher, effect->cipher);
	if (effect->group != NULL)
		ck_assert_msg(strcasecmp(outcome->group, effect->group) == 0,
		    "%s, %s: group %s", client, server, outcome->group);
	for (int i = 0; i < 2; i++)
		ck_assert_msg(outcome->why[i][0] == '\0', "%s, %s: %s", client,
		    server, outcome->why[i]);
}

START_TEST(negotiates)
{
	const struct effect *effect = &effects[_i];
	SSL_CTX *client = make_quic_applied(CLIENT, effect->client);
	SSL_CTX *server = make_quic_applied(SERVER, effect->server);
	const char *const texts[] = { effect->client, effect->server };
	struct tlspolicy *policy;
	struct outcome outcome;

	for (int i = 0; i < 2; i++) {
		if (tlspolicy_parse(&policy,
			texts[i] != NULL ? texts[i] : "system") != TLSPOLICY_OK)
			ck_abort();
		outcome = quic_outcome(client, server, policy);
		assert_effect(effect, &outcome);
		tlspolicy_free(policy);
	}
	SSL_CTX_free(client);
	SSL_CTX_free(server);
}
END_TEST

/* The groups that nobody can read replaced, and everything else left alone. */
START_TEST(replaces)
{
	const enum kind kind = (enum kind)_i;
	SSL_CTX *ctx = make_quic(kind),
		*peer = make_quic(kind == SERVER ? CLIENT : SERVER);
	SSL_CTX *client = kind == SERVER ? peer : ctx;
	SSL_CTX *server = kind == SERVER ? ctx : peer;
	struct outcome outcome;

	ck_assert(peer_set_groups(ctx, "P-521") == 1);
	SSL_CTX_set_options(ctx, SSL_OP_NO_TLSv1_3);
	outcome = quic_outcome(client, server, NULL);
	ck_assert_int_eq(outcome.done, 1);
	ck_assert_str_eq(outcome.group, "secp521r1");
	ck_assert(
	    tlspolicy_apply(ctx, "min=TLSv1.3,groups=P-384") == TLSPOLICY_OK);
	ck_assert((SSL_CTX_get_options(ctx) & SSL_OP_NO_TLSv1_3) != 0);
	outcome = quic_outcome(client, server, NULL);
	ck_assert_int_eq(outcome.done, 1);
	ck_assert_str_eq(outcome.group, "secp384r1");
	SSL_CTX_free(ctx);
	SSL_CTX_free(peer);
}
END_TEST

/* What fails leaves the handshake as it was, groups and sigalgs included. */
START_TEST(undone)
{
	static const char *const policies[] = {
		"max=TLSv1.2",
		"groups=P-384:NOSUCH",
		"groups=P-384,sigalgs=NOSUCH+SHA256",
		"groups=P-384,sigalgs=?NOSUCH+SHA256",
		"groups=P-384,ciphersuites=TLS_AES_128_GCM_SHA256:TLS_NOSUCH",
		"groups=P-384,ciphers=NO-SUCH",
		"sigalgs=ecdsa_secp384r1_sha384,groups=NOSUCH",
		"level=5,groups=P-384,sigalgs=ecdsa_secp384r1_sha384",
	};
	const char *policy = policies[_i / 2];
	const enum kind kind = _i % 2 == 0 ? CLIENT : SERVER;
	SSL_CTX *ctx = make_quic(kind),
		*peer = make_quic(kind == SERVER ? CLIENT : SERVER);
	struct outcome outcome;

	ck_assert(peer_set_groups(ctx, "P-521") == 1);
	ck_assert(peer_set_sigalgs(ctx, "ECDSA+SHA256") == 1);
	ck_assert(SSL_CTX_set_ciphersuites(ctx, CHACHA) == 1);
	ck_assert(tlspolicy_apply_text(ctx, policy, TLSPOLICY_OVERRIDE) !=
	    TLSPOLICY_OK);
	outcome = kind == CLIENT ? quic_outcome(ctx, peer, NULL)
				 : quic_outcome(peer, ctx, NULL);
	ck_assert_msg(outcome.done == 1, "%s: no handshake", policy);
	ck_assert_str_eq(outcome.group, "secp521r1");
	ck_assert_str_eq(outcome.cipher, CHACHA);
	SSL_CTX_free(ctx);
	SSL_CTX_free(peer);
}
END_TEST

/* Contexts that only look alike */

START_TEST(pinned)
{
	static const SSL_METHOD *(*const methods[])(void) = { release_tls1,
		release_tls1_1_server, release_tls1_2, release_tls1_2_client,
		release_dtls1_2 };
	SSL_CTX *ctx;

	for (size_t i = 0; i < NELEM(methods); i++) {
		if (methods[i]() == NULL)
			continue;
		ctx = SSL_CTX_new(methods[i]());
		ck_assert_int_eq(
		    tlspolicy_apply(ctx, "min=TLSv1.2"), TLSPOLICY_E_METHOD);
		SSL_CTX_free(ctx);
	}
}
END_TEST

/* Memory: the n-th allocation fails, alone or with all that follow */

static long left = -1;

static int sticky, fired;

static int
refuse(void)
{
	if (left < 0 || left-- > 0)
		return 0;
	fired = 1;
	left = sticky ? 0 : -1;
	return 1;
}

static void *
get(size_t size, const char *file, int line)
{
	(void)file, (void)line;
	return refuse() ? NULL : malloc(size);
}

static void *
resize(void *old, size_t size, const char *file, int line)
{
	(void)file, (void)line;
	return refuse() ? NULL : realloc(old, size);
}

static void
put(void *old, const char *file, int line)
{
	(void)file, (void)line;
	free(old);
}

static int
completes(SSL_CTX *ctx, enum kind kind)
{
	SSL_CTX *peer = make_quic(kind == SERVER ? CLIENT : SERVER);
	struct outcome outcome;

	SSL_CTX_set_security_level(peer, 0);
	if (kind == SERVER)
		outcome = quic_outcome(peer, ctx, NULL);
	else
		outcome = quic_outcome(ctx, peer, NULL);
	SSL_CTX_free(peer);
	return outcome.done;
}

/* Whether the context is closed, by the callback that does it on QUIC. */
static int
is_closed(SSL_CTX *ctx, enum kind kind)
{
	SSL_CTX *fresh = make_quic(kind);
	const int closed = SSL_CTX_get_security_callback(ctx) !=
	    SSL_CTX_get_security_callback(fresh);

	SSL_CTX_free(fresh);
	return closed;
}

/* 1: the context is closed; 0: it is not; -1: there was no fault any more. */
static int
apply_with_fault(enum kind kind, const struct tlspolicy *policy, long n)
{
	SSL_CTX *ctx = make_quic(kind);
	const struct state before = quic_state_of(ctx);
	struct state after = before, is;
	int status, closed;

	strcpy(after.suites, CHACHA);
	after.level = 3;
	fired = 0;
	left = n;
	status = tlspolicy_apply_ctx(ctx, policy, 0);
	left = -1;
	is = quic_state_of(ctx);
	closed = is_closed(ctx, kind);
	ck_assert_msg(status == TLSPOLICY_OK || status == TLSPOLICY_E_NOMEM ||
		status == TLSPOLICY_E_OPENSSL,
	    "fault %ld: status %d", n, status);
	ck_assert(status != TLSPOLICY_OK || !closed);
	if (!closed)
		assert_quic_state(
		    "a fault", &is, status == TLSPOLICY_OK ? &after : &before);
	else if (test_tier() == TIER_FULL || n % 10 == 0)
		ck_assert_int_eq(completes(ctx, kind), 0);
	SSL_CTX_free(ctx);
	ERR_clear_error();
	return fired ? closed : -1;
}

START_TEST(faults)
{
	const long step = test_tier() == TIER_SHORT ? 40 : 1;
	const enum kind kind = _i % 2 == 0 ? CLIENT : SERVER;
	struct tlspolicy *policy;
	int closed = 0;

	ck_assert(tlspolicy_parse(&policy,
		      "min=TLSv1.3,level=3,ciphersuites=" CHACHA
		      ",groups=P-384,sigalgs=ecdsa_secp256r1_sha256") ==
	    TLSPOLICY_OK);
	sticky = _i / 2;
	for (long n = 0; closed >= 0; n += step)
		closed = apply_with_fault(kind, policy, n);
	tlspolicy_free(policy);
}
END_TEST

int
main(void)
{
	const int each = (int)NELEM(rows) * KINDS;
	Suite *suite;
	TCase *tc;

	if (CRYPTO_set_mem_functions(get, resize, put) != 1)
		return EXIT_FAILURE;
	if (quic_server() == NULL)
		return skip_suite(
		    "quic", "no QUIC, or no servers, before OpenSSL 3.5");
	peer_setup();
	suite = suite_create("quic");
	tc = tcase_create("quic");
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, apply, 0, each);
	add_rows(tc, negotiates, NELEM(effects));
	tcase_add_loop_test(tc, replaces, 0, KINDS);
	tcase_add_loop_test(tc, undone, 0, 16);
	tcase_add_test(tc, pinned);
	tcase_add_loop_test(tc, faults, 0, 4);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
