/* SPDX-License-Identifier: MIT */
/*
 * tlspolicy_apply_ssl() too late: in a servername callback, with the
 * ClientHello out, and afterwards; and on connections that were moved to
 * another context.
 */
#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>

#include <tlspolicy.h>

#include "connections.h"
#include "peer.h"
#include "release.h"
#include "runner.h"
#include "table.h"
#include "told.h"

/* Too late: in a servername callback, with the hello out, and afterwards */

static const struct late {
	const char *text;
	unsigned flags;
	int want, only_tls;
	/* Before TLS 1.3 in a servername callback: it is made, and used. */
	enum { LATE, IN_TIME, IN_TIME_TO_FAIL } in_time;
} lates[] = {
	{ "intermediate", 0, TLSPOLICY_OK, 0, LATE },
	{ "intermediate", OVERRIDE, TLSPOLICY_OK, 0, LATE },
	{ "intermediate", EXACT, TLSPOLICY_OK, 0, LATE },
	{ "system", 0, TLSPOLICY_OK, 0, LATE },
	{ "system", OVERRIDE, TLSPOLICY_OK, 0, LATE },
	{ "min=TLSv1.2", 0, TLSPOLICY_OK, 0, LATE },
	{ "min=TLSv1.2,level=1,renegotiation=off", 0, TLSPOLICY_OK, 0, LATE },
	{ "compat", 0, TLSPOLICY_OK, 0, LATE },
	{ "ciphers=" GCM256 ",level=1", OVERRIDE, TLSPOLICY_E_TOO_LATE, 0,
	    IN_TIME },
	{ "compat", OVERRIDE, TLSPOLICY_E_TOO_LATE, 0, IN_TIME },
	{ "compat", EXACT, TLSPOLICY_E_STRICTER, 0, LATE },
	{ "modern", 0, TLSPOLICY_E_TOO_LATE, 1, LATE },
	{ "modern", OVERRIDE, TLSPOLICY_E_TOO_LATE, 1, LATE },
	{ "min=TLSv1.3", EXACT, TLSPOLICY_E_TOO_LATE, 1, LATE },
	{ "max=TLSv1.2", 0, TLSPOLICY_E_TOO_LATE, 1, LATE },
	{ "min=TLSv1.1,level=0", OVERRIDE, TLSPOLICY_E_TOO_LATE, 0, LATE },
	{ "level=1", OVERRIDE, TLSPOLICY_E_TOO_LATE, 0, IN_TIME },
	/* The server's key is RSA 2048. */
	{ "level=3", 0, TLSPOLICY_E_TOO_LATE, 0, IN_TIME_TO_FAIL },
	{ "ciphers=" GCM256, 0, TLSPOLICY_E_TOO_LATE, 0, IN_TIME },
	/* The same, but for their order. */
	{ "intermediate,ciphers=" GCM256 ":" GCM128
	  ":ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:"
	  "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-CHACHA20-POLY1305",
	    0, TLSPOLICY_E_TOO_LATE, 0, IN_TIME },
	{ "ciphersuites=" AES256, 0, TLSPOLICY_E_TOO_LATE, 1, LATE },
	{ "groups=P-384", 0, TLSPOLICY_E_TOO_LATE, 0, LATE },
	{ "sigalgs=rsa_pss_rsae_sha512", 0, TLSPOLICY_E_TOO_LATE, 0, LATE },
	{ "preference=server", 0, TLSPOLICY_E_TOO_LATE, 0, LATE },
	{ "renegotiation=on", OVERRIDE, TLSPOLICY_E_TOO_LATE, 0, LATE },
	{ "min=TLSv1.1", 0, TLSPOLICY_E_STRICTER, 0, LATE },
	{ "max=TLSv1.1", 0, TLSPOLICY_E_CONFLICT, 0, LATE },
	{ "ciphers=NO-SUCH-CIPHER", 0, TLSPOLICY_E_UNSUPPORTED, 0, LATE },
};

/* Where the late call is made; the last two are on both transports. */
enum moment { IN_SERVERNAME, ON_SERVER, ON_CLIENT, HELLO_OUT, MOMENTS };

static const char *const moment_names[MOMENTS] = { "in a servername callback",
	"on an established server", "on an established client",
	"with the ClientHello out" };

struct call {
	const struct late *late;
	int status, made, in_time;
};

/* The level and the ciphers of TLS 1.2 are those that a new connection gets. */
static void
assert_made(const struct late *late, SSL *ssl)
{
	SSL *fresh = SSL_new(SSL_get_SSL_CTX(ssl));
	STACK_OF(SSL_CIPHER) *want, *got = SSL_get_ciphers(ssl);
	int i;

	ck_assert_ptr_nonnull(fresh);
	ck_assert_int_eq(
	    apply_ssl(fresh, late->text, late->flags), TLSPOLICY_OK);
	want = SSL_get_ciphers(fresh);
	ck_assert_int_eq(
	    SSL_get_security_level(ssl), SSL_get_security_level(fresh));
	ck_assert_int_eq(sk_SSL_CIPHER_num(got), sk_SSL_CIPHER_num(want));
	for (i = 0; i < sk_SSL_CIPHER_num(want); i++)
		ck_assert_ptr_eq(
		    sk_SSL_CIPHER_value(got, i), sk_SSL_CIPHER_value(want, i));
	SSL_free(fresh);
}

static void
call_late(struct call *call, SSL *ssl)
{
	struct state before, after;

	read_state(ssl, &before);
	call->status = apply_ssl(ssl, call->late->text, call->late->flags);
	read_state(ssl, &after);
	if (call->in_time)
		assert_made(call->late, ssl);
	else
		assert_state(call->late->text, &before, &after);
	ERR_clear_error();
	call->made = 1;
}

static int
on_servername(SSL *ssl, int *alert, void *arg)
{
	struct call *call = arg;

	(void)alert;
	call->in_time =
	    call->late->in_time != LATE && SSL_version(ssl) != TLS1_3_VERSION;
	call_late(call, ssl);
	return SSL_TLSEXT_ERR_OK;
}

static int
has_groups(const char *text)
{
	struct tlspolicy *policy = parse_policy(text);
	int has = tlspolicy_get_groups(policy) != NULL;

	tlspolicy_free(policy);
	return has;
}

static void
be_late(const struct late *late, enum moment moment, struct pair *pair)
{
	struct call call = { .late = late };
	int (*callback)(SSL *, int *, void *) = on_servername;
	int want = late->want, met, dies;

	if (moment == HELLO_OUT) {
		pair->ssl[CLIENT] = new_connection(pair->ctx[CLIENT], CLIENT);
		send_hello(pair->ssl[CLIENT]);
		call_late(&call, pair->ssl[CLIENT]);
		/* What groups are out cannot be known. */
		if (want == TLSPOLICY_OK && has_groups(late->text))
			want = TLSPOLICY_E_TOO_LATE;
	} else {
		if (moment == IN_SERVERNAME) {
			SSL_CTX_set_tlsext_servername_callback(
			    pair->ctx[SERVER], callback);
			SSL_CTX_set_tlsext_servername_arg(
			    pair->ctx[SERVER], &call);
		}
		met = meet_pair(pair);
		dies = call.in_time && late->in_time == IN_TIME_TO_FAIL;
		ck_assert_int_eq(met, !dies);
		if (moment != IN_SERVERNAME)
			call_late(&call,
			    pair->ssl[moment == ON_SERVER ? SERVER : CLIENT]);
		ck_assert_msg(dies || talk(pair), "%s %s: no use afterwards",
		    late->text, moment_names[moment]);
	}
	if (call.in_time)
		want = TLSPOLICY_OK;
	ck_assert_msg(call.made && call.status == want,
	    "%s, flags %u, %s: status %d, not %d", late->text, late->flags,
	    moment_names[moment], call.status, want);
}

static const struct raw late_pairs[] = {
	{ .min = TLS1_3_VERSION },
	{ .max = TLS1_2_VERSION },
	{ .dtls = 1 },
};

START_TEST(too_late)
{
	const struct late *late = &lates[_i];
	struct pair pair;
	size_t i;
	int moment;

	for (i = 0; i < NELEM(late_pairs); i++) {
		if (late_pairs[i].dtls && late->only_tls)
			continue;
		for (moment = 0; moment < MOMENTS; moment++) {
			if (test_tier() == TIER_SHORT &&
			    (_i + moment) % 4 != (int)i)
				continue;
			prepare_pair(
			    &pair, &(struct raw){ .dtls = late_pairs[i].dtls });
			apply_ctx(pair.ctx[CLIENT], "intermediate", OVERRIDE);
			apply_ctx(pair.ctx[SERVER], "intermediate", OVERRIDE);
			/* The other end decides which version it becomes. */
			ck_assert(SSL_CTX_set_max_proto_version(
				      pair.ctx[moment == ON_CLIENT ||
						  moment == HELLO_OUT
					      ? SERVER
					      : CLIENT],
				      late_pairs[i].max) == 1);
			be_late(late, (enum moment)moment, &pair);
			release_pair(&pair);
		}
	}
}
END_TEST

/* Lists that were set on the connection alone are found there again. */
START_TEST(own_lists_again)
{
	static const char text[] =
	    "intermediate,ciphers=" GCM256
	    ",groups=P-384,sigalgs=rsa_pss_rsae_sha256:rsa_pkcs1_sha256";
	const struct raw raw = { 0 };
	struct pair pair;
	int end;

	prepare_pair(&pair, &raw);
	for (end = 0; end < 2; end++) {
		pair.ssl[end] = new_connection(pair.ctx[end], end);
		ck_assert_int_eq(apply_ssl(pair.ssl[end], text, 0), 0);
		ck_assert_int_eq(apply_ssl(pair.ssl[end], text, 0), 0);
	}
	ck_assert(
	    peer_handshake(pair.ssl[CLIENT], pair.ssl[SERVER], &pair.got));
	ck_assert_int_eq(pair.got.group, NID_secp384r1);
	for (end = 0; end < 2; end++) {
		int status = apply_ssl(pair.ssl[end], text, 0);

		ck_assert_msg(status == TLSPOLICY_OK, "%s: again gives %d",
		    end == CLIENT ? "client" : "server", status);
	}
	release_pair(&pair);
}
END_TEST

/*
 * A connection keeps the suites of the context that it was made of, and shows
 * those of the one that it has, until its own ciphers are set: then the former
 * come to light.  What it showed is what it permits.
 */
static const struct moved {
	const char *text;
	unsigned flags;
	int want;
	const char *after; /* all its ciphers */
} moveds[] = {
	{ "ciphers=" BOTH128, 0, TLSPOLICY_OK, AES256 ":" BOTH128 ":" },
	{ "ciphers=" BOTH128, OVERRIDE, TLSPOLICY_OK, AES256 ":" BOTH128 ":" },
	{ "ciphers=" BOTH128, EXACT, TLSPOLICY_OK, AES256 ":" BOTH128 ":" },
	{ "ciphers=" GCM128, 0, TLSPOLICY_OK, AES256 ":" GCM128 ":" },
	{ "ciphers=" GCM128, OVERRIDE, TLSPOLICY_OK, AES256 ":" GCM128 ":" },
	{ "ciphers=" GCM256, 0, TLSPOLICY_E_CONFLICT, NULL },
	{ "ciphers=" GCM128 ":NO-SUCH-CIPHER", OVERRIDE,
	    TLSPOLICY_E_UNSUPPORTED, NULL },
	{ "ciphers=" GCM256 ",ciphersuites=" AES256, 0, TLSPOLICY_E_CONFLICT,
	    NULL },
	{ "ciphers=" GCM256 ":NO-SUCH-CIPHER,ciphersuites=" AES256, OVERRIDE,
	    TLSPOLICY_E_UNSUPPORTED, NULL },
	{ "ciphers=" BOTH128 ",ciphersuites=" AES128, 0, TLSPOLICY_E_CONFLICT,
	    NULL },
	{ "ciphers=" BOTH128 ",ciphersuites=" AES128 ":" AES256, 0,
	    TLSPOLICY_OK, AES256 ":" BOTH128 ":" },
	{ "ciphers=" BOTH128 ",ciphersuites=" AES128 ":" AES256, EXACT,
	    TLSPOLICY_E_STRICTER, NULL },
	{ "ciphers=" GCM256 ",ciphersuites=" AES128 ":" AES256, OVERRIDE,
	    TLSPOLICY_OK, AES128 ":" AES256 ":" GCM256 ":" },
	{ "ciphersuites=" AES128, 0, TLSPOLICY_E_CONFLICT, NULL },
	{ "ciphersuites=" AES256, 0, TLSPOLICY_OK, AES256 ":" BOTH128 ":" },
	{ "intermediate,groups=P-256:nosuchgroup", OVERRIDE,
	    TLSPOLICY_E_UNSUPPORTED, NULL },
};

static void
meet_moved(const struct moved *row, SSL_CTX *peer, SSL *ssl, const char *after)
{
	SSL *client = new_connection(peer, CLIENT);
	struct peer_result got;

	ck_assert_msg(
	    peer_handshake(client, ssl, &got), "%s: no handshake", row->text);
	ck_assert_msg(strstr(after, got.cipher) != NULL,
	    "%s: %u: negotiates %s", row->text, row->flags, got.cipher);
	SSL_free(client);
}

START_TEST(moved_suites)
{
	const struct moved *row = &moveds[_i];
	const struct raw front = { .suites = AES128 ":" AES256 },
			 host = { .suites = AES256, .ciphers = BOTH128 };
	struct state before, after;
	struct pair pair;
	SSL *ssl;
	int moves;

	for (moves = 0; moves < 2; moves++) {
		prepare_pair(&pair, &front);
		ssl = pair.ssl[SERVER] =
		    new_connection(pair.ctx[SERVER], SERVER);
		if (moves) {
			SSL_CTX *to = make_raw(&host);

			ck_assert(peer_use(to, PEER_RSA_2048));
			ck_assert_ptr_nonnull(SSL_set_SSL_CTX(ssl, to));
			SSL_CTX_free(to);
		} else {
			ck_assert(SSL_CTX_set_ciphersuites(
				      pair.ctx[SERVER], host.suites) == 1 &&
			    SSL_CTX_set_cipher_list(
				pair.ctx[SERVER], host.ciphers) == 1);
		}
		read_state(ssl, &before);
		ck_assert_str_eq(before.ciphers, AES256 ":" BOTH128 ":");
		ck_assert_msg(
		    apply_ssl(ssl, row->text, row->flags) == row->want,
		    "%s: %u: not %d", row->text, row->flags, row->want);
		read_state(ssl, &after);
		if (row->after == NULL)
			assert_state(row->text, &before, &after);
		else
			ck_assert_msg(strcmp(after.ciphers, row->after) == 0,
			    "%s: %u: has %s", row->text, row->flags,
			    after.ciphers);
		meet_moved(row, pair.ctx[CLIENT], ssl, after.ciphers);
		release_pair(&pair);
	}
}
END_TEST

/* A DTLS connection stays one when it is given a context for TLS. */
START_TEST(datagrams_on_tls)
{
	SSL_CTX *from = peer_context(DTLS_method(), NULL);
	SSL_CTX *to = peer_context(TLS_method(), NULL);
	SSL *ssl = new_connection(from, SERVER);

	ck_assert_ptr_nonnull(SSL_set_SSL_CTX(ssl, to));
	ck_assert_int_eq(
	    apply_ssl(ssl, "modern", OVERRIDE), TLSPOLICY_E_UNSUPPORTED);
	ck_assert_int_eq(
	    apply_ssl(ssl, "min=TLSv1.2,max=TLSv1.3", 0), TLSPOLICY_OK);
	SSL_set_options(ssl, SSL_OP_NO_DTLSv1 | SSL_OP_NO_DTLSv1_2);
	ck_assert_int_eq(apply_ssl(ssl, "system", 0), TLSPOLICY_E_CONFLICT);
	ck_assert_int_eq(
	    apply_ssl(ssl, "renegotiation=off", 0), TLSPOLICY_E_CONFLICT);
	SSL_free(ssl);
	SSL_CTX_free(from);
	SSL_CTX_free(to);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("late");
	TCase *tc = tcase_create("late");

	peer_setup();
	make_keys();
	tcase_set_timeout(tc, 120);
	add_rows(tc, too_late, NELEM(lates));
	tcase_add_test(tc, own_lists_again);
	add_rows(tc, moved_suites, NELEM(moveds));
	tcase_add_test(tc, datagrams_on_tls);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
