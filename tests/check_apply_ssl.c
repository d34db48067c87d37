/* SPDX-License-Identifier: MIT */
/*
 * tlspolicy_apply_ssl() before the handshake: the same as on a context, and
 * failures, which leave the connection as it was.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "connections.h"
#include "peer.h"
#include "release.h"
#include "runner.h"
#include "table.h"
#include "told.h"

static const unsigned modes[] = { 0, OVERRIDE, EXACT };

/* Before the handshake: the same as on a context */

static const struct raw starts[] = {
	{ 0 },
	{ .min = TLS1_3_VERSION },
	{ .level = LEVEL(0), .groups = "P-384:X25519", .ciphers = "ALL" },
	{ .options = SSL_OP_NO_TLSv1_2, .level = LEVEL(0) },
	{ .max = TLS1_2_VERSION, .ciphers = GCM256 ":AES128-SHA" },
	{ .dtls = 1 },
	{ .dtls = 1, .level = LEVEL(0), .groups = "P-384:X25519" },
};

static const int versions[2][PEER_VERSIONS] = {
	{ TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION },
	{ DTLS1_VERSION, DTLS1_2_VERSION, 0, 0 },
};

struct outcome {
	int status;
	struct peer_result with[PEER_VERSIONS], beside[PEER_VERSIONS];
};

enum way { UNTOUCHED, ON_CONTEXT, ON_CONNECTION };

static void
negotiate(SSL *ssl, int end, int version, struct peer_result *result)
{
	(void)peer_ssl_negotiates(
	    ssl, end == CLIENT ? PEER_CLIENT : PEER_SERVER, version, result);
}

/* What becomes in each version of a connection, and of one beside it. */
static void
try_way(enum way way, const struct raw *raw, const struct tlspolicy *policy,
    unsigned flags, int end, struct outcome *out)
{
	SSL_CTX *ctx = make_raw(raw);
	SSL *ssl, *other;
	int i;

	memset(out, 0, sizeof(*out));
	if (way == ON_CONTEXT)
		out->status = tlspolicy_apply_ctx(ctx, policy, flags);
	for (i = 0; i < PEER_VERSIONS && versions[raw->dtls][i] != 0; i++) {
		ssl = new_connection(ctx, end);
		other = new_connection(ctx, end);
		if (way == ON_CONNECTION) {
			out->status = tlspolicy_apply_ssl(ssl, policy, flags);
			negotiate(other, end, versions[raw->dtls][i],
			    &out->beside[i]);
		}
		negotiate(ssl, end, versions[raw->dtls][i], &out->with[i]);
		SSL_free(ssl);
		SSL_free(other);
	}
	SSL_CTX_free(ctx);
	ERR_clear_error();
}

static void
assert_results(const char *row, const struct peer_result *got,
    const struct peer_result *want)
{
	int i;

	for (i = 0; i < PEER_VERSIONS; i++)
		ck_assert_msg(memcmp(&got[i], &want[i], sizeof(got[i])) == 0,
		    "%s: version 0x%x %s group %d (%d), not 0x%x %s group %d "
		    "(%d)",
		    row, (unsigned)got[i].version, got[i].cipher, got[i].group,
		    got[i].reason[0], (unsigned)want[i].version, want[i].cipher,
		    want[i].group, want[i].reason[0]);
}

static const char *const policies[] = { "modern", "intermediate", "compat",
	"legacy", "system", "max=TLSv1.2,ciphers=" GCM256 ":" GCM128,
	"groups=P-384,sigalgs=rsa_pss_rsae_sha256:rsa_pkcs1_sha256" };

static void
compare_ways(const struct raw *raw, const char *text, unsigned flags, int end,
    const struct outcome *plain)
{
	struct tlspolicy *policy = parse_policy(text);
	struct outcome want, got;
	char row[256];

	(void)snprintf(row, sizeof(row), "%s, flags %u, %s", text, flags,
	    end == CLIENT ? "client" : "server");
	try_way(ON_CONTEXT, raw, policy, flags, end, &want);
	try_way(ON_CONNECTION, raw, policy, flags, end, &got);
	ck_assert_msg(got.status == want.status,
	    "%s: status %d on a connection, %d on a context", row, got.status,
	    want.status);
	assert_results(row, got.with, want.with);
	assert_results("another connection", got.beside, plain->with);
	tlspolicy_free(policy);
}

/* Every combination, or an even stride of them. */
START_TEST(before_the_handshake)
{
	static const int strides[] = { 29, 8, 1 };
	const struct raw *raw = &starts[_i];
	size_t i, mode;
	struct outcome plain;
	int end, turn = _i;

	for (end = 0; end < 2; end++) {
		try_way(UNTOUCHED, raw, NULL, 0, end, &plain);
		for (i = 0; i < NELEM(policies); i++)
			for (mode = 0; mode < NELEM(modes); mode++)
				if (turn++ % strides[test_tier()] == 0)
					compare_ways(raw, policies[i],
					    modes[mode], end, &plain);
	}
}
END_TEST

START_TEST(context_stays)
{
	SSL_CTX *ctx = make_raw(&starts[_i]);
	struct peer_snapshot before, after;
	char why[PEER_WHY] = "";
	size_t i, mode;
	SSL *ssl;

	peer_snapshot(ctx, &before, test_tier() != TIER_SHORT);
	for (i = 0; i < NELEM(policies); i++)
		for (mode = 0; mode < NELEM(modes); mode++) {
			ssl = new_connection(ctx, (int)(i % 2));
			(void)apply_ssl(ssl, policies[i], modes[mode]);
			SSL_free(ssl);
		}
	peer_snapshot(ctx, &after, test_tier() != TIER_SHORT);
	ck_assert_msg(peer_same(&before, &after, why, sizeof(why)), "%s", why);
	SSL_CTX_free(ctx);
}
END_TEST

/* The ClientHello, too, is that of a context's. */
static void
compare_hellos(const struct raw *raw, const char *text, unsigned flags)
{
	static struct said want, got;
	struct tlspolicy *policy = parse_policy(text);
	SSL_CTX *changed = make_raw(raw), *ctx = make_raw(raw);
	int status = tlspolicy_apply_ctx(changed, policy, flags);
	SSL *twin = new_connection(changed, CLIENT), *ssl = SSL_new(ctx);

	ck_assert_int_eq(tlspolicy_apply_ssl(ssl, policy, flags), status);
	/* Its role is not chosen before that. */
	SSL_set_connect_state(ssl);
	hear(twin, &want);
	hear(ssl, &got);
	ck_assert_msg(memcmp(&want, &got, sizeof(got)) == 0,
	    "%s, flags %u: another ClientHello", text, flags);
	SSL_free(twin);
	SSL_free(ssl);
	SSL_CTX_free(changed);
	SSL_CTX_free(ctx);
	tlspolicy_free(policy);
	ERR_clear_error();
}

START_TEST(same_hello)
{
	static const size_t steps[] = { 6, 2, 1 };
	const size_t step = steps[test_tier()];
	size_t i, mode;

	for (i = (size_t)_i % step; i < NELEM(policies); i += step)
		for (mode = 0; mode < NELEM(modes); mode++)
			compare_hellos(&starts[_i], policies[i], modes[mode]);
}
END_TEST

/* Failures leave the connection as it was */

static const struct failure {
	const char *text;
	unsigned flags;
	int want;
	struct raw raw;
	int own;      /* only with settings of its own */
	int min, max; /* of a policy without text */
	unsigned disabled;
} failures[] = {
	/* clang-format off */
	{ "max=TLSv1.2,ciphers=" GCM256, 0, .want = TLSPOLICY_E_CONFLICT,
	    .raw = { .min = TLS1_3_VERSION } },
	{ "modern", OVERRIDE, .want = TLSPOLICY_E_CONFLICT,
	    .raw = { .max = TLS1_2_VERSION } },
	{ "ciphersuites=" AES256 ",ciphers=" GCM256, 0,
	    .want = TLSPOLICY_E_CONFLICT, .own = 1 },
	{ "ciphersuites=" AES128 ",ciphers=" GCM256, 0,
	    .want = TLSPOLICY_E_CONFLICT, .own = 1 },
	{ "level=2,min=TLSv1.2,max=TLSv1.2,groups=P-384,ciphers="
	  "ECDHE-ECDSA-AES128-GCM-SHA256,sigalgs=RSA+SHA256",
	    OVERRIDE, .want = TLSPOLICY_E_CONFLICT },
	{ "level=0,max=TLSv1.1,ciphersuites=" AES256 ",ciphers=" GCM256,
	    OVERRIDE, .want = TLSPOLICY_E_CONFLICT },
	{ "groups=?nosuchgroup", OVERRIDE, .want = TLSPOLICY_E_CONFLICT },
	{ "min=TLSv1.3,sigalgs=RSA+SHA256", OVERRIDE,
	    .want = TLSPOLICY_E_CONFLICT },
	{ "ciphersuites=" AES256 ",ciphers=" GCM256 ":NO-SUCH-CIPHER", OVERRIDE,
	    .want = TLSPOLICY_E_UNSUPPORTED },
	{ "ciphersuites=" AES256 ":TLS_NO_SUCH_SUITE", OVERRIDE,
	    .want = TLSPOLICY_E_UNSUPPORTED },
	{ "level=3,groups=P-384:nosuchgroup", OVERRIDE,
	    .want = TLSPOLICY_E_UNSUPPORTED },
	{ "sigalgs=rsa_pss_rsae_sha256:nosuch+SHA256", OVERRIDE,
	    .want = TLSPOLICY_E_UNSUPPORTED },
	/* Every release forbids TLS 1.0 and 1.1 at level 4. */
	{ "legacy", 0, .want = TLSPOLICY_E_STRICTER,
	    .raw = { .level = LEVEL(4) } },
	{ "legacy", EXACT, .want = TLSPOLICY_E_STRICTER },
	{ "intermediate", EXACT, .want = TLSPOLICY_E_STRICTER, .own = 1 },
	{ "min=TLSv1.2,groups=P-384,level=0", EXACT,
	    .want = TLSPOLICY_E_STRICTER },
	{ "intermediate", 0x4, .want = TLSPOLICY_E_INVALID },
	{ "intermediate", ~0u, .want = TLSPOLICY_E_INVALID },
	{ NULL, 0, .want = TLSPOLICY_E_INVALID },
	{ NULL, 0, .want = TLSPOLICY_E_RANGE, .min = TLS1_3_VERSION,
	    .max = TLS1_2_VERSION },
	{ NULL, 0, .want = TLSPOLICY_E_HOLE, .min = TLS1_1_VERSION,
	    .disabled = TLSPOLICY_NO_TLS1_2 },
	{ "modern", OVERRIDE, .want = TLSPOLICY_E_UNSUPPORTED,
	    .raw = { .dtls = 1 } },
	{ "max=TLSv1", OVERRIDE, .want = TLSPOLICY_E_CONFLICT,
	    .raw = { .dtls = 1 } },
	{ "min=TLSv1.1,ciphers=" GCM256, 0, .want = TLSPOLICY_E_STRICTER,
	    .raw = { .dtls = 1, .level = LEVEL(4) } },
	/* clang-format on */
};

/* Settings that the connection's context does not have. */
static void
set_own(SSL *ssl)
{
	char groups[] = "P-384", sigalgs[] = "RSA-PSS+SHA256:RSA+SHA256";

	if (SSL_get_security_level(ssl) == 2)
		SSL_set_security_level(ssl, 1);
	SSL_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TLSv1_1);
	ck_assert(SSL_set_cipher_list(ssl, GCM128 ":AES128-SHA") == 1 &&
	    SSL_set_ciphersuites(ssl, CHACHA ":" AES128) == 1 &&
	    SSL_set1_groups_list(ssl, groups) == 1 &&
	    SSL_set1_sigalgs_list(ssl, sigalgs) == 1);
}

static int
apply_row(const struct failure *f, SSL *ssl)
{
	struct tlspolicy *policy = NULL;
	int status;

	if (f->text != NULL)
		return apply_ssl(ssl, f->text, f->flags);
	if (f->min != 0) {
		policy = tlspolicy_new();
		ck_assert(tlspolicy_set_min_version(policy, f->min) == 0 &&
		    tlspolicy_set_max_version(policy, f->max) == 0 &&
		    tlspolicy_set_disabled(policy, f->disabled) == 0);
	}
	status = tlspolicy_apply_ssl(ssl, policy, f->flags);
	tlspolicy_free(policy);
	return status;
}

/* What it does in a handshake, or a client's ClientHello. */
struct deeds {
	struct said said;
	struct peer_result result;
};

static void
use_up(SSL *ssl, const struct raw *raw, int end, struct deeds *out)
{
	int version = raw->dtls ? DTLS1_2_VERSION : TLS1_2_VERSION;

	if (raw->min != 0)
		version = raw->min;
	memset(out, 0, sizeof(*out));
	if (end == CLIENT)
		hear(ssl, &out->said);
	else
		(void)peer_ssl_negotiates(
		    ssl, PEER_SERVER, version, &out->result);
}

static void
assert_entry(const char *row)
{
	const char *lib = ERR_lib_error_string(ERR_peek_last_error());

	ck_assert_msg(lib != NULL && strcmp(lib, "tlspolicy") == 0,
	    "%s: no entry of the library's on top", row);
	ERR_clear_error();
}

static void
try_failure(const struct failure *f, int end, int own)
{
	static struct deeds before, after;
	const char *row = f->text != NULL ? f->text : "no text";
	struct state was, is;
	SSL_CTX *ctx = make_raw(&f->raw);
	SSL *ssl = new_connection(ctx, end), *twin = new_connection(ctx, end);
	int status;

	if (own) {
		set_own(ssl);
		set_own(twin);
	}
	read_state(ssl, &was);
	status = apply_row(f, ssl);
	ck_assert_msg(status == f->want, "%s, flags 0x%x%s: status %d, not %d",
	    row, f->flags, own ? ", own settings" : "", status, f->want);
	assert_entry(row);
	read_state(ssl, &is);
	assert_state(row, &was, &is);
	use_up(twin, &f->raw, end, &before);
	use_up(ssl, &f->raw, end, &after);
	ck_assert_msg(memcmp(&before, &after, sizeof(after)) == 0,
	    "%s, flags 0x%x%s: %s is another one", row, f->flags,
	    own ? ", own settings" : "",
	    end == CLIENT ? "the ClientHello" : "the handshake");
	SSL_free(twin);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}

START_TEST(failure)
{
	const struct failure *f = &failures[_i];
	int end, own;

	for (end = 0; end < 2; end++)
		for (own = f->own; own < 2; own++)
			if (test_tier() != TIER_SHORT || own == end)
				try_failure(f, end, own);
}
END_TEST

START_TEST(null_connection)
{
	ck_assert_int_eq(
	    tlspolicy_apply_ssl(NULL, tlspolicy_profile("modern"), 0),
	    TLSPOLICY_E_INVALID);
	assert_entry("NULL connection");
}
END_TEST

START_TEST(pinned)
{
	SSL_CTX *ctx = peer_context(release_tls1_2(), NULL);
	SSL *ssl = new_connection(ctx, CLIENT);
	struct state was, is;

	read_state(ssl, &was);
	ck_assert_int_eq(
	    apply_ssl(ssl, "intermediate", OVERRIDE), TLSPOLICY_E_METHOD);
	assert_entry("pinned");
	read_state(ssl, &is);
	assert_state("pinned", &was, &is);
	ck_assert(peer_ssl_negotiates(ssl, PEER_CLIENT, TLS1_2_VERSION, NULL));
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("apply_ssl");
	TCase *tc = tcase_create("apply_ssl");

	peer_setup();
	make_keys();
	tcase_set_timeout(tc, 120);
	add_rows(tc, before_the_handshake, NELEM(starts));
	add_rows(tc, context_stays, NELEM(starts));
	add_rows(tc, same_hello, NELEM(starts));
	add_rows(tc, failure, NELEM(failures));
	tcase_add_test(tc, null_connection);
	if (release_tls1_2() != NULL)
		tcase_add_test(tc, pinned);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
