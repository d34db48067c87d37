/* SPDX-License-Identifier: MIT */
/*
 * tlspolicy_from_ctx() over contexts that raw OpenSSL calls set up. What it
 * has to say is worked out here from OpenSSL's getters, ClientHellos and
 * handshakes.
 */
/* For SSL_CTX_set_ssl_version(), deprecated since OpenSSL 3.0. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include <tlspolicy.h>

#include "peer.h"
#include "release.h"
#include "runner.h"
#include "states.h"
#include "table.h"
#include "told.h"

/* Groups and sigalgs of a state, whatever its versions and level. */
static void
read_offer(const struct state *s, struct peer_hello *out)
{
	SSL_CTX *ctx = make_state(s);
	struct peer_snapshot snapshot;

	/* A client and a server have the same. */
	if (peer_is_dtls(ctx))
		ck_assert(SSL_CTX_set_ssl_version(ctx, DTLS_method()) == 1);
	peer_snapshot(ctx, &snapshot, 0);
	out->groups = snapshot.groups;
	out->sigalgs = snapshot.sigalgs;
	/* No hello, where there is no group for TLS 1.3. */
	if (out->groups.count == 0) {
		ck_assert(
		    SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION) == 1);
		(void)SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0");
		ck_assert(peer_hello(ctx, out) == 1);
	}
	SSL_CTX_free(ctx);
	ERR_clear_error();
}

/* Where the level leaves nothing, all that it is asked about is listed. */
static void
assert_list(const char *name, const char *what, const char *got,
    const char *allowed, const char *all)
{
	const char *want = allowed[0] != '\0' ? allowed : all;

	ck_assert_msg(strcmp(got == NULL ? "" : got, want) == 0,
	    "%s: %s are \"%s\", not \"%s\"", name, what, got == NULL ? "" : got,
	    want);
	ck_assert_msg(got == NULL || got[0] != '\0', "%s: %s: empty, not NULL",
	    name, what);
}

static void
assert_lists(const struct state *s, SSL_CTX *ctx, const struct tlspolicy *p)
{
	static char allowed[TEXT_SIZE], all[TEXT_SIZE];
	const int level = real_level(SSL_CTX_get_security_level(ctx));
	struct peer_hello offer;

	cipher_names(ctx, 0, level, allowed);
	cipher_names(ctx, 0, 0, all);
	/* Without a curve those of ECDHE are left out. */
	if (s->cut == 0 && (versions_of(p) & ~(unsigned)V13) != 0)
		assert_list(
		    s->name, "ciphers", tlspolicy_get_ciphers(p), allowed, all);
	cipher_names(ctx, 1, level, allowed);
	cipher_names(ctx, 1, 0, all);
	assert_list(s->name, "ciphersuites", tlspolicy_get_ciphersuites(p),
	    allowed, all);
	read_offer(s, &offer);
	code_names(&offer.groups, known_groups, level, allowed);
	code_names(&offer.groups, known_groups, 0, all);
	if (s->cut != 0) /* one that no cipher uses */
		snprintf(all, sizeof(all), "%s", tlspolicy_get_groups(p));
	assert_list(s->name, "groups", tlspolicy_get_groups(p), allowed, all);
	code_names(&offer.sigalgs, known_sigalgs, level, allowed);
	code_names(&offer.sigalgs, known_sigalgs, 0, all);
	assert_list(s->name, "sigalgs", tlspolicy_get_sigalgs(p), allowed, all);
}

static void
assert_numbers(const struct state *s, SSL_CTX *ctx, const struct tlspolicy *p)
{
	const int level = real_level(SSL_CTX_get_security_level(ctx));
	const uint64_t options = SSL_CTX_get_options(ctx);

	ck_assert_msg(tlspolicy_get_min_version(p) != 0 &&
		tlspolicy_get_max_version(p) != 0,
	    "%s: a bound is not set", s->name);
	ck_assert_msg(versions_of(p) == state_grants(s, ctx),
	    "%s: permits %s, not %s", s->name, peer_set_name(versions_of(p)),
	    peer_set_name(state_grants(s, ctx)));
	ck_assert_msg(tlspolicy_get_security_level(p) == level,
	    "%s: level %d, not %d", s->name, tlspolicy_get_security_level(p),
	    level);
	ck_assert_msg(tlspolicy_get_renegotiation(p) ==
		((options & SSL_OP_NO_RENEGOTIATION) == 0),
	    "%s: renegotiation", s->name);
	ck_assert_msg(tlspolicy_get_server_preference(p) ==
		((options & SSL_OP_CIPHER_SERVER_PREFERENCE) != 0 ||
		    s->flags != 0),
	    "%s: preference", s->name);
}

START_TEST(fields)
{
	const struct state *s = state_at(_i);
	SSL_CTX *ctx = make_state(s);
	struct tlspolicy *policy = permitted_by(s->name, ctx);

	assert_numbers(s, ctx, policy);
	assert_lists(s, ctx, policy);
	tlspolicy_free(policy);
	SSL_CTX_free(ctx);
}
END_TEST

/* Ranges: every bound, every option, OpenSSL's default lists */

static int
is_run(unsigned set)
{
	unsigned low = set & (~set + 1);

	return ((set + low) & set) == 0;
}

static void
assert_range(SSL_CTX *ctx, const char *name, int signs)
{
	struct tlspolicy *policy = permitted_by(name, ctx);
	struct peer_snapshot now;
	unsigned range, want;

	peer_snapshot(ctx, &now, 0);
	want = range = peer_range(&now);
	if (is_run(range) && signs)
		want = peer_enabled(&now);
	ck_assert_msg(versions_of(policy) == want,
	    "%s: min 0x%x, max 0x%x, options 0x%llx, level %d: %s, not %s",
	    name, (unsigned)now.min, (unsigned)now.max,
	    (unsigned long long)now.options, now.level,
	    peer_set_name(versions_of(policy)), peer_set_name(want));
	tlspolicy_free(policy);
}

static const struct kind {
	const char *name;
	const SSL_METHOD *(*method)(void);
	int dtls, level;
	int signs; /* the cipher that is chosen takes a signature */
} kinds[] = {
	{ "level 0", TLS_method, 0, 0, 0 },
	{ "level 2", TLS_method, 0, 2, 1 },
	{ "level 3", TLS_method, 0, 3, 1 },
	{ "server at level 1", TLS_server_method, 0, 1, 1 },
	{ "DTLS at level 0", DTLS_method, 1, 0, 0 },
	{ "DTLS at level 2", DTLS_method, 1, 2, 1 },
	{ "DTLS server at level 2", DTLS_server_method, 1, 2, 1 },
};

static void
try_bounds(SSL_CTX *ctx, const struct kind *kind)
{
	const int *const set = state_bounds[kind->dtls];
	int low, high;

	for (low = 0; low < BOUNDS; low++)
		for (high = 0; high < BOUNDS; high++) {
			ck_assert(
			    SSL_CTX_set_min_proto_version(ctx, set[low]) == 1 &&
			    SSL_CTX_set_max_proto_version(ctx, set[high]) == 1);
			assert_range(ctx, kind->name, kind->signs);
		}
}

START_TEST(ranges)
{
	const struct kind *kind = &kinds[_i];
	SSL_CTX *ctx = SSL_CTX_new(kind->method());
	const unsigned masks = 1u << PEER_VERSIONS;
	unsigned i, mask, step = (unsigned)short_stride((int)masks, 2);

	ck_assert_ptr_nonnull(ctx);
	SSL_CTX_set_security_level(ctx, kind->level);
	for (mask = 0; mask < masks; mask += step) {
		SSL_CTX_clear_options(ctx, EVERY_NO);
		for (i = 0; i < PEER_VERSIONS; i++)
			if ((mask >> i & 1) != 0)
				SSL_CTX_set_options(ctx, peer_option(i));
		try_bounds(ctx, kind);
	}
	SSL_CTX_free(ctx);
}
END_TEST

/* A policy that can be stored, and applied elsewhere */

START_TEST(as_text)
{
	static char first[TEXT_SIZE], second[TEXT_SIZE];
	const struct state *s = state_at(_i);
	SSL_CTX *ctx = make_state(s);
	struct tlspolicy *policy = permitted_by(s->name, ctx), *parsed = NULL;
	int status;

	policy_text(policy, first);
	status = tlspolicy_parse(&parsed, first);
	/* It says all the same, but in more than a configuration's line. */
	if (strlen(first) > TEXT_LIMIT) {
		ck_assert_int_eq(status, TLSPOLICY_E_SYNTAX);
		/* A hole or no version at all is no policy to apply. */
	} else if (state_again(s) == TLSPOLICY_E_HOLE ||
	    state_again(s) == TLSPOLICY_E_RANGE) {
		ck_assert_msg(status == state_again(s), "%s: parse gives %d",
		    s->name, status);
	} else {
		ck_assert_msg(status == TLSPOLICY_OK, "%s: %zu bytes: %d",
		    s->name, strlen(first), status);
		ck_assert_msg(strcmp(first, policy_text(parsed, second)) == 0,
		    "%s: \"%s\" becomes \"%s\"", s->name, first, second);
		ck_assert(tlspolicy_covers(policy, parsed) == TLSPOLICY_OK &&
		    tlspolicy_covers(parsed, policy) == TLSPOLICY_OK);
	}
	tlspolicy_free(parsed);
	tlspolicy_free(policy);
	SSL_CTX_free(ctx);
}
END_TEST

/* What a context has not, a policy cannot take from another. */
static int
is_partial(const struct tlspolicy *p)
{
	return tlspolicy_get_ciphers(p) == NULL ||
	    tlspolicy_get_ciphersuites(p) == NULL ||
	    tlspolicy_get_sigalgs(p) == NULL;
}

START_TEST(applied_again)
{
	static char first[TEXT_SIZE], second[TEXT_SIZE];
	const struct state *s = state_at(_i);
	SSL_CTX *ctx = make_state(s);
	SSL_CTX *fresh = SSL_CTX_new(SSL_CTX_get_ssl_method(ctx));
	struct tlspolicy *policy = permitted_by(s->name, ctx), *copy;
	int status = tlspolicy_apply_ctx(fresh, policy, OVERRIDE);
	int want = state_again(s);

	/* It is of TLS 1.0 and 1.1. */
	if (want == TLSPOLICY_E_STRICTER && hides_old(ctx))
		want = TLSPOLICY_OK;
	ck_assert_msg(status == want, "%s: applying it gives %d, not %d",
	    s->name, status, want);
	ERR_clear_error();
	copy = permitted_by(s->name, fresh);
	if (status == TLSPOLICY_OK) {
		policy_text(policy, first);
		policy_text(copy, second);
		ck_assert_msg(is_partial(policy) || strcmp(first, second) == 0,
		    "%s: \"%s\" applied is \"%s\"", s->name, first, second);
		ck_assert_msg(tlspolicy_covers(policy, copy) == 0 &&
			tlspolicy_covers(copy, policy) == 0,
		    "%s: not the same", s->name);
		ck_assert_msg(
		    tlspolicy_audit(fresh, policy) == 0, "%s: audit", s->name);
	}
	tlspolicy_free(copy);
	tlspolicy_free(policy);
	SSL_CTX_free(fresh);
	SSL_CTX_free(ctx);
}
END_TEST

/* Looking changes nothing */

static enum tlspolicy_role
a_role(const struct state *s)
{
	static const SSL_METHOD *(*const servers[])(void) = { TLS_server_method,
		DTLS_server_method, release_tls1_server,
		release_tls1_1_server };
	size_t i;

	for (i = 0; i < NELEM(servers); i++)
		if (s->method == servers[i])
			return TLSPOLICY_SERVER;
	return TLSPOLICY_CLIENT;
}

static void
look(const struct state *s, SSL_CTX *ctx)
{
	struct tlspolicy *policy = NULL;
	BIO *out = BIO_new(BIO_s_null());
	int status;

	push_errors();
	ck_assert_int_eq(tlspolicy_from_ctx(&policy, ctx), TLSPOLICY_OK);
	assert_errors(s->name, "from_ctx");
	push_errors();
	status = tlspolicy_audit(ctx, policy);
	if (state_grants(s, ctx) == state_permits(s, ctx)) {
		ck_assert_int_eq(status, TLSPOLICY_OK);
		assert_errors(s->name, "audit");
	} else {
		ck_assert_int_eq(status, TLSPOLICY_E_VIOLATION);
		(void)own_sentence(s->name, status);
		ERR_clear_error();
	}
	push_errors();
	status = tlspolicy_inspect(ctx, a_role(s),
	    peer_is_dtls(ctx) ? DTLS1_2_VERSION : TLS1_2_VERSION);
	ck_assert_msg(status >= 0, "%s: inspect gives %d", s->name, status);
	assert_errors(s->name, "inspect");
	push_errors();
	ck_assert_int_eq(tlspolicy_describe(ctx, out), TLSPOLICY_OK);
	assert_errors(s->name, "describe");
	tlspolicy_free(policy);
	BIO_free(out);
}

START_TEST(nothing_changes)
{
	const struct state *s = state_at(_i);
	SSL_CTX *ctx = make_state(s);
	struct peer_snapshot before, after;
	char why[PEER_WHY] = "";
	X509 *certificate;

	use_keys(ctx, real_level(SSL_CTX_get_security_level(ctx)));
	certificate = SSL_CTX_get0_certificate(ctx);
	peer_snapshot(ctx, &before, 0);
	look(s, ctx);
	peer_snapshot(ctx, &after, 0);
	ck_assert_msg(peer_same(&before, &after, why, sizeof(why)),
	    "%s: looking changes %s", s->name, why);
	ck_assert_ptr_eq(SSL_CTX_get0_certificate(ctx), certificate);
	ck_assert_int_eq(SSL_CTX_sess_number(ctx), 0);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(bad_arguments)
{
	SSL_CTX *ctx = new_state("default");
	struct tlspolicy *policy = tlspolicy_new(), *out = policy;
	BIO *bio = BIO_new(BIO_s_null());

	ck_assert_int_eq(tlspolicy_from_ctx(&out, NULL), TLSPOLICY_E_INVALID);
	ck_assert_ptr_null(out);
	(void)own_sentence("from_ctx", TLSPOLICY_E_INVALID);
	ERR_clear_error();
	ck_assert_int_eq(tlspolicy_from_ctx(NULL, ctx), TLSPOLICY_E_INVALID);
	(void)own_sentence("from_ctx", TLSPOLICY_E_INVALID);
	ERR_clear_error();
	ck_assert_int_eq(tlspolicy_audit(NULL, policy), TLSPOLICY_E_INVALID);
	(void)own_sentence("audit", TLSPOLICY_E_INVALID);
	ERR_clear_error();
	ck_assert_int_eq(tlspolicy_audit(ctx, NULL), TLSPOLICY_E_INVALID);
	(void)own_sentence("audit", TLSPOLICY_E_INVALID);
	ERR_clear_error();
	ck_assert_int_eq(tlspolicy_describe(NULL, bio), TLSPOLICY_E_INVALID);
	(void)own_sentence("describe", TLSPOLICY_E_INVALID);
	ERR_clear_error();
	ck_assert_int_eq(tlspolicy_describe(ctx, NULL), TLSPOLICY_E_INVALID);
	(void)own_sentence("describe", TLSPOLICY_E_INVALID);
	ERR_clear_error();
	BIO_free(bio);
	tlspolicy_free(policy);
	SSL_CTX_free(ctx);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("from_ctx");
	TCase *tc = tcase_create("from_ctx");

	/* A fork a state costs more than the state. */
	if (setenv("CK_FORK", "no", 0) != 0)
		return EXIT_FAILURE;
	(void)alarm(600);
	peer_setup();
	tcase_set_timeout(tc, 60);
	add_states(tc, fields);
	add_rows(tc, ranges, NELEM(kinds));
	add_states(tc, as_text);
	add_states(tc, applied_again);
	add_states(tc, nothing_changes);
	tcase_add_test(tc, bad_arguments);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
