/* SPDX-License-Identifier: MIT */
/*
 * Every handshake of a context that completes is within what
 * tlspolicy_from_ctx() says it permits and tlspolicy_audit() adds, with peers
 * that have everything and with peers that have nothing of it.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/objects.h>

#include <tlspolicy.h>

#include "peer.h"
#include "release.h"
#include "runner.h"
#include "states.h"
#include "table.h"
#include "told.h"

/*
 * Peers with all that there is, but what a policy permits of one kind, and one
 * that signs nothing.
 */
enum other { CIPHERS, GROUPS, SIGALGS, UNSIGNED, OTHERS };

static const char *const other_names[] = { "other ciphers", "other groups",
	"other sigalgs", "static RSA" };

/* Every name that OpenSSL takes and a list does not have. */
static void
names_besides(const struct known *known, const char *list, char out[TEXT_SIZE])
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	const struct known *k;

	out[0] = '\0';
	for (k = known; k->name != NULL; k++) {
		if (in_list(list, k->name) ||
		    !(known == known_groups ? peer_set_groups(ctx, k->name)
					    : peer_set_sigalgs(ctx, k->name)))
			continue;
		add_name(out, k->name);
	}
	SSL_CTX_free(ctx);
	ERR_clear_error();
}

static void
ciphers_besides(SSL_CTX *ctx, int suites, const char *list, char out[TEXT_SIZE])
{
	static char all[TEXT_SIZE];
	char *name, *rest;

	cipher_names(ctx, suites, 0, all);
	out[0] = '\0';
	for (name = strtok_r(all, ":", &rest); name != NULL;
	     name = strtok_r(NULL, ":", &rest))
		if (!in_list(list, name))
			add_name(out, name);
}

static int
keep_other_ciphers(SSL_CTX *ctx, const struct tlspolicy *p)
{
	static char ciphers[TEXT_SIZE], suites[TEXT_SIZE];

	ciphers_besides(ctx, 0, tlspolicy_get_ciphers(p), ciphers);
	ciphers_besides(ctx, 1, tlspolicy_get_ciphersuites(p), suites);
	if (ciphers[0] == '\0' && suites[0] == '\0')
		return 0;
	/* A suite's name among the ciphers fails, and leaves no cipher. */
	(void)SSL_CTX_set_cipher_list(
	    ctx, ciphers[0] != '\0' ? ciphers : "TLS_AES_128_GCM_SHA256");
	ERR_clear_error();
	return SSL_CTX_set_ciphersuites(ctx, suites) == 1;
}

/* A context, what it is, and what it is said to permit. */
struct subject {
	const char *name;
	SSL_CTX *ctx;
	int dtls, level;
	unsigned beside;
	const struct tlspolicy *policy;
};

/* 0: there is nothing else. */
static int
narrow(SSL_CTX *ctx, const struct tlspolicy *p, enum other other)
{
	static char names[TEXT_SIZE];

	switch (other) {
	case CIPHERS:
		return keep_other_ciphers(ctx, p);
	case GROUPS:
		names_besides(known_groups, tlspolicy_get_groups(p), names);
		return names[0] != '\0' && peer_set_groups(ctx, names);
	case SIGALGS:
		names_besides(known_sigalgs, tlspolicy_get_sigalgs(p), names);
		return names[0] != '\0' && peer_set_sigalgs(ctx, names);
	default:
		return SSL_CTX_set_cipher_list(ctx, "kRSA") == 1;
	}
}

static SSL_CTX *
make_other(const struct subject *s, enum other other)
{
	SSL_CTX *ctx = SSL_CTX_new(s->dtls ? DTLS_method() : TLS_method());

	ck_assert_ptr_nonnull(ctx);
	ck_assert(SSL_CTX_set_cipher_list(ctx, "ALL:eNULL:@SECLEVEL=0") == 1 &&
	    SSL_CTX_set_ciphersuites(ctx, EVERY_SUITE) == 1 &&
	    SSL_CTX_set_dh_auto(ctx, 1) == 1);
	use_keys(ctx, s->level);
	if (narrow(ctx, s->policy, other))
		return ctx;
	SSL_CTX_free(ctx);
	return NULL;
}

static int
index_of(int version)
{
	int i = 0;

	if (version == DTLS1_VERSION)
		version = TLS1_1_VERSION;
	if (version == DTLS1_2_VERSION)
		version = TLS1_2_VERSION;
	while (peer_version((unsigned)i) != version)
		i++;
	return i;
}

/*
 * From 3.5 on a server's Suite B does not bind the groups of TLS 1.3, which no
 * ClientHello can tell.
 */
static int
breaks_suite_b(SSL *ssl, const char *group)
{
	return release() >= RELEASE_3_5 && SSL_is_server(ssl) &&
	    SSL_version(ssl) == TLS1_3_VERSION &&
	    (SSL_clear_cert_flags(ssl, 0) & SSL_CERT_FLAG_SUITEB_128_LOS) !=
	    0 &&
	    strcmp(group, "prime256v1") != 0 && strcmp(group, "secp384r1") != 0;
}

static void
assert_within(const struct subject *s, SSL *ssl, const char *with,
    const struct peer_result *r)
{
	const struct tlspolicy *p = s->policy;
	const int index = index_of(r->version);
	const char *group = OBJ_nid2sn(r->group);
	const int dhe = r->version != TLS1_3_VERSION &&
	    (strncmp(r->cipher, "DHE-", 4) == 0 ||
		strncmp(r->cipher, "ADH-", 4) == 0);
	char why[PEER_WHY] = "";
	int status = tlspolicy_check(ssl, p, why, sizeof(why));

	if ((s->beside >> index & 1) != 0) {
		ck_assert_msg(status == TLSPOLICY_E_VIOLATION &&
			r->group == 0 && !SSL_is_server(ssl),
		    "%s, peer with %s: %s by %s is %d", s->name, with,
		    peer_version_name((unsigned)index), r->cipher, status);
		return;
	}
	if (breaks_suite_b(ssl, group)) {
		ck_assert_int_eq(status, TLSPOLICY_E_VIOLATION);
		return;
	}
	ck_assert_msg((versions_of(p) >> index & 1) != 0,
	    "%s, peer with %s: negotiates %s", s->name, with,
	    peer_version_name((unsigned)index));
	ck_assert_msg(
	    in_list(r->version == TLS1_3_VERSION ? tlspolicy_get_ciphersuites(p)
						 : tlspolicy_get_ciphers(p),
		r->cipher),
	    "%s, peer with %s: negotiates %s", s->name, with, r->cipher);
	/* What DHE uses before TLS 1.3 is no group of the list. */
	ck_assert_msg(
	    r->group == 0 || dhe || in_list(tlspolicy_get_groups(p), group),
	    "%s, peer with %s, %s: negotiates group %s", s->name, with,
	    r->cipher, group);
	ck_assert_msg(status == TLSPOLICY_OK, "%s, peer with %s, %s: %d, %s",
	    s->name, with, r->cipher, status, why);
}

/* Whether a handshake completes; `other` NULL: with a reference peer. */
static int
meet(const struct subject *s, SSL_CTX *other, enum peer_role role, int version,
    const char *with)
{
	SSL *ssl = SSL_new(s->ctx);
	struct peer_result result;
	int ok;

	ck_assert_ptr_nonnull(ssl);
	ok = peer_ssl_meets(ssl, role, other, version, &result);
	if (ok)
		assert_within(s, ssl, with, &result);
	SSL_free(ssl);
	return ok;
}

/* Every version of the transport in both roles; those that complete. */
static unsigned
meet_all(const struct subject *s, SSL_CTX *other, const char *with)
{
	unsigned done = 0;
	int v, role;

	for (v = 1; v < BOUNDS && state_bounds[s->dtls][v] != 0; v++)
		for (role = 0; role < 2; role++)
			if (meet(s, other, (enum peer_role)role,
				state_bounds[s->dtls][v], with))
				done |= 1u
				    << index_of(state_bounds[s->dtls][v]);
	return done;
}

START_TEST(handshakes)
{
	const struct state *state = state_at(_i);
	SSL_CTX *ctx = make_state(state), *other;
	struct subject s = { .name = state->name,
		.ctx = ctx,
		.dtls = peer_is_dtls(ctx),
		.level = real_level(SSL_CTX_get_security_level(ctx)),
		.beside =
		    state_completes(state, ctx) & ~state_permits(state, ctx) };
	struct tlspolicy *policy;
	unsigned done;
	int i;

	use_keys(ctx, s.level);
	s.policy = policy = state_audited(state, ctx);
	done = meet_all(&s, NULL, "everything");
	for (i = 0; i < OTHERS; i++) {
		other = make_other(&s, (enum other)i);
		if (other != NULL)
			done |= meet_all(&s, other, other_names[i]);
		SSL_CTX_free(other);
	}
	ck_assert_msg(done == state_completes(state, ctx),
	    "%s: %s complete, not %s", s.name, peer_set_name(done),
	    peer_set_name(state_completes(state, ctx)));
	tlspolicy_free(policy);
	SSL_CTX_free(ctx);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("permits");
	TCase *tc = tcase_create("permits");

	/* A fork a state costs more than the state. */
	if (setenv("CK_FORK", "no", 0) != 0)
		return EXIT_FAILURE;
	(void)alarm(600);
	peer_setup();
	tcase_set_timeout(tc, 60);
	add_states(tc, handshakes);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
