/* SPDX-License-Identifier: MIT */
/*
 * Law 8 over contexts that raw OpenSSL calls set up: the text of
 * tlspolicy_from_ctx(), applied with OVERRIDE to a new context of the same
 * kind, gives the same handshakes, or fewer where no policy can say it; and
 * then tlspolicy_audit() says what was left out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "peer.h"
#include "release.h"
#include "runner.h"
#include "states.h"
#include "table.h"
#include "told.h"

static const SSL_METHOD *(*const methods[])(void) = { TLS_method,
	TLS_client_method, TLS_server_method, DTLS_method, DTLS_client_method,
	DTLS_server_method };
static const char *const ciphers[] = { NULL, "AES128-SHA:AES256-SHA256",
	GCM128 ":AES128-SHA", "ECDHE+AESGCM", "RSA+AES",
	"DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES128-SHA", "HIGH:!ECDH:!DH",
	/* It fails, and empties the list. */
	"TLS_AES_128_GCM_SHA256", "AECDH:ADH:eNULL", "ALL:eNULL",
	"ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-GCM-SHA384" };
static const char *const suites[] = { NULL, "", AES256, NULL };
static const int bounds[][2] = { { 0, 0 }, { 3, 0 }, { 4, 0 }, { 0, 3 },
	{ 0, 2 }, { 2, 3 }, { 4, 3 } };
static const uint64_t options[] = { 0, 0, SSL_OP_CIPHER_SERVER_PREFERENCE,
	SSL_OP_NO_TLSv1_3, SSL_OP_NO_TLSv1, SSL_OP_NO_RENEGOTIATION,
	SSL_OP_NO_TLSv1_2 };
/* Those that this release refuses leave what there was. */
static const char *const groups[] = { NULL, "X25519", "P-256:X25519",
	"brainpoolP256r1", "ffdhe3072", "?NOSUCH", "X25519MLKEM768",
	"X25519MLKEM768:P-384", "P-521:ffdhe2048", "X448:brainpoolP384r1" };
static const char *const sigalgs[] = { NULL, "RSA+SHA256", "ECDSA+SHA256",
	"RSA-PSS+SHA256:ECDSA+SHA384:RSA+SHA512", "ed25519", "RSA+SHA1",
	"mldsa44", "DSA+SHA256" };
static const long suite_b[] = { 0, 0, 0, SSL_CERT_FLAG_SUITEB_128_LOS,
	SSL_CERT_FLAG_SUITEB_192_LOS };

/* One context of the space. */
struct point {
	unsigned long number;
	size_t method, cipher, suite, bound, option, group, sigalg, flag;
	int level;
};

static size_t
take(unsigned long *number, size_t count)
{
	const size_t digit = *number % count;

	*number /= count;
	return digit;
}

/* Of a number the digits of a point; the space is all their products. */
static struct point
point_of(unsigned long number)
{
	struct point p = { .number = number };

	p.group = take(&number, NELEM(groups));
	p.cipher = take(&number, NELEM(ciphers));
	p.method = take(&number, NELEM(methods));
	p.level = (int)take(&number, 5);
	p.bound = take(&number, NELEM(bounds));
	p.sigalg = take(&number, NELEM(sigalgs));
	p.suite = take(&number, NELEM(suites));
	p.option = take(&number, NELEM(options));
	p.flag = take(&number, NELEM(suite_b));
	return p;
}

#define SPACE \
	((unsigned long)(NELEM(groups) * NELEM(ciphers) * NELEM(methods) * 5 * \
	    NELEM(bounds) * NELEM(sigalgs) * NELEM(suites) * NELEM(options) * \
	    NELEM(suite_b)))
#define HOP 7919 /* a prime, so that all digits change from one to the next */

/* What every context has, whatever its policy; not Suite B, which takes none.
 */
static SSL_CTX *
new_context(const struct point *p, SSL_CTX *like)
{
	SSL_CTX *ctx = SSL_CTX_new(methods[p->method]());

	ck_assert_ptr_nonnull(ctx);
	ck_assert_int_eq(SSL_CTX_set_dh_auto(ctx, 1), 1);
	use_keys(ctx, real_level(SSL_CTX_get_security_level(like)));
	return ctx;
}

static SSL_CTX *
make_point(const struct point *p)
{
	SSL_CTX *ctx = SSL_CTX_new(methods[p->method]());
	const int *set;

	ck_assert_ptr_nonnull(ctx);
	set = state_bounds[peer_is_dtls(ctx)];
	(void)SSL_CTX_set_cert_flags(ctx, suite_b[p->flag]);
	ck_assert_int_eq(SSL_CTX_set_dh_auto(ctx, 1), 1);
	SSL_CTX_set_security_level(ctx, p->level);
	if (suite_b[p->flag] != 0)
		(void)SSL_CTX_set_cipher_list(ctx, "DEFAULT");
	else if (ciphers[p->cipher] != NULL)
		(void)SSL_CTX_set_cipher_list(ctx, ciphers[p->cipher]);
	if (suites[p->suite] != NULL)
		(void)SSL_CTX_set_ciphersuites(ctx, suites[p->suite]);
	if (groups[p->group] != NULL)
		(void)peer_set_groups(ctx, groups[p->group]);
	if (sigalgs[p->sigalg] != NULL)
		(void)peer_set_sigalgs(ctx, sigalgs[p->sigalg]);
	SSL_CTX_set_options(ctx, options[p->option]);
	(void)SSL_CTX_set_min_proto_version(ctx, set[bounds[p->bound][0]]);
	(void)SSL_CTX_set_max_proto_version(ctx, set[bounds[p->bound][1]]);
	use_keys(ctx, p->level);
	ERR_clear_error();
	return ctx;
}

static const char *
name_of(const struct point *p)
{
	static char name[PEER_WHY * 2];

	snprintf(name, sizeof(name),
	    "point %lu: method %zu, %s, suites %s, level %d, bounds %d %d, "
	    "options 0x%lx, groups %s, sigalgs %s, Suite B 0x%lx",
	    p->number, p->method,
	    ciphers[p->cipher] == NULL ? "default" : ciphers[p->cipher],
	    suites[p->suite] == NULL ? "default" : suites[p->suite], p->level,
	    bounds[p->bound][0], bounds[p->bound][1],
	    (unsigned long)options[p->option],
	    groups[p->group] == NULL ? "default" : groups[p->group],
	    sigalgs[p->sigalg] == NULL ? "default" : sigalgs[p->sigalg],
	    suite_b[p->flag]);
	return name;
}

/* Handshakes */

/* With a peer of a version that has all, or nothing but static RSA. */
static int
meet(SSL_CTX *ctx, SSL_CTX *other, enum peer_role role, int version,
    struct peer_result *result)
{
	SSL *ssl = SSL_new(ctx);
	int ok;

	ck_assert_ptr_nonnull(ssl);
	memset(result, 0, sizeof(*result));
	ok = peer_ssl_meets(ssl, role, other, version, result);
	SSL_free(ssl);
	ERR_clear_error();
	return ok;
}

static SSL_CTX *
static_rsa_peer(int dtls, int level)
{
	SSL_CTX *ctx = SSL_CTX_new(dtls ? DTLS_method() : TLS_method());

	ck_assert_ptr_nonnull(ctx);
	ck_assert_int_eq(SSL_CTX_set_cipher_list(ctx, "kRSA:@SECLEVEL=0"), 1);
	use_keys(ctx, level);
	return ctx;
}

/*
 * What the level rules out, but 3.0's client does with a peer that chooses
 * static RSA, is told by inspect and describe alone.
 */
static int
is_beside(const struct point *p, int v, int dtls, int role, int peer)
{
	return peer == 1 && role == PEER_CLIENT &&
	    (release_dead(p->level) >> (v - 1 + dtls) & 1) != 0;
}

/* Whether a context for both roles completes nothing in one of them. */
static int
is_dead(SSL_CTX *ctx, int role, int dtls)
{
	struct peer_result result;
	int v, done = 0;

	if (SSL_CTX_get_ssl_method(ctx) != TLS_method() &&
	    SSL_CTX_get_ssl_method(ctx) != DTLS_method())
		return 0;
	for (v = 1; v < BOUNDS && state_bounds[dtls][v] != 0; v++)
		done |= meet(ctx, NULL, (enum peer_role)role,
		    state_bounds[dtls][v], &result);
	return !done;
}

/* What became of one context. */
struct counts {
	unsigned long contexts, same, fewer, none, handshakes;
};

/* One handshake of both contexts; after NULL: nothing. */
struct pair {
	const struct point *p;
	const char *text;
	SSL_CTX *before, *after, *peers[2];
	int dtls;
};

static int
leads_quantum(const struct point *p)
{
	return groups[p->group] != NULL &&
	    strstr(groups[p->group], "MLKEM") != NULL;
}

/* Whether it is left out; what is more, or another, is wrong. */
static int
compare_one(
    const struct pair *c, int v, int role, int peer, struct counts *counts)
{
	const int version = state_bounds[c->dtls][v];
	struct peer_result was, is;
	const int done = meet(
	    c->before, c->peers[peer], (enum peer_role)role, version, &was);

	counts->handshakes += (unsigned long)done;
	if (c->after == NULL ||
	    !meet(c->after, c->peers[peer], (enum peer_role)role, version, &is))
		return done && !is_beside(c->p, v, c->dtls, role, peer);
	/* No policy has Suite B's rules for keys; what was dead may live. */
	if (!done &&
	    (suite_b[c->p->flag] != 0 || is_dead(c->before, role, c->dtls)))
		return 0;
	ck_assert_msg(done, "%s: \"%.60s ...\" does %s by %s as a %s",
	    name_of(c->p), c->text, peer_version_name((unsigned)v - 1),
	    is.cipher, role == PEER_SERVER ? "server" : "client");
	/* Of a list that begins with post-quantum groups apply marks shares. */
	ck_assert_msg(strcmp(was.cipher, is.cipher) == 0 &&
		(was.group == is.group || leads_quantum(c->p)),
	    "%s: \"%.60s ...\" does %s %d, not %s %d", name_of(c->p), c->text,
	    is.cipher, is.group, was.cipher, was.group);
	return 0;
}

/* Every version and role; whether some handshake is left out. */
static int
compare(const struct point *p, const char *text, SSL_CTX *before,
    SSL_CTX *after, struct counts *counts)
{
	struct pair c = { p, text, before, after, { NULL, NULL },
		peer_is_dtls(before) };
	int v, role, i, left = 0;

	c.peers[1] = static_rsa_peer(c.dtls, p->level);
	for (v = 1; v < BOUNDS && state_bounds[c.dtls][v] != 0; v++)
		for (role = 0; role < 2; role++)
			for (i = 0; i < 2; i++)
				left |= compare_one(&c, v, role, i, counts);
	SSL_CTX_free(c.peers[1]);
	return left;
}

/* A hole is shown as one, and nothing at all as no version. */
static int
is_none(int status, SSL_CTX *ctx)
{
	if (status == TLSPOLICY_E_HOLE)
		return (SSL_CTX_get_options(ctx) & EVERY_NO) != 0;
	return status == TLSPOLICY_E_RANGE;
}

static void
try_point(const struct point *p, struct counts *counts)
{
	static char text[TEXT_SIZE + 1];
	SSL_CTX *ctx = make_point(p), *again = new_context(p, ctx);
	struct tlspolicy *policy = NULL;
	int status, audit, left;

	ck_assert_int_eq(tlspolicy_from_ctx(&policy, ctx), TLSPOLICY_OK);
	ck_assert(
	    tlspolicy_format(policy, text, sizeof(text)) < (int)sizeof(text));
	audit = tlspolicy_audit(ctx, policy);
	status = tlspolicy_apply_text(again, text, OVERRIDE);
	ck_assert_msg(status == TLSPOLICY_OK || is_none(status, ctx),
	    "%s: \"%.60s ...\" is %d: %s", name_of(p), text, status,
	    own_sentence("again", status));
	ERR_clear_error();
	if (status != TLSPOLICY_E_HOLE) {
		left =
		    compare(p, text, ctx, status == 0 ? again : NULL, counts);
		ck_assert_msg(!left || audit == TLSPOLICY_E_VIOLATION,
		    "%s: \"%.60s ...\" leaves out what audit does not tell",
		    name_of(p), text);
		counts->same += !left;
		counts->fewer += left && status == TLSPOLICY_OK;
	}
	counts->none += status != TLSPOLICY_OK;
	counts->contexts++;
	tlspolicy_free(policy);
	SSL_CTX_free(again);
	SSL_CTX_free(ctx);
}

/* Contexts in each tier. */
static const unsigned long sizes[] = { 40, 300, 20000 };

START_TEST(the_same)
{
	const unsigned long size = sizes[test_tier()];
	const char *only = getenv("TLSPOLICY_POINT");
	struct counts counts = { 0 };
	struct point p;
	unsigned long i;

	for (i = 0; i < size; i++) {
		p = point_of(
		    only != NULL ? strtoul(only, NULL, 10) : i * HOP % SPACE);
		try_point(&p, &counts);
	}
	printf("# %lu contexts of %lu: %lu the same, %lu with fewer, %lu "
	       "refused; %lu handshakes\n",
	    counts.contexts, SPACE, counts.same, counts.fewer, counts.none,
	    counts.handshakes);
	ck_assert(counts.same > size / 2 && counts.handshakes > size / 2);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("again");
	TCase *tc = tcase_create("again");

	(void)alarm(1800);
	peer_setup();
	tcase_set_timeout(tc, 1200);
	tcase_add_test(tc, the_same);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
