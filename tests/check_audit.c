/* SPDX-License-Identifier: MIT */
/*
 * tlspolicy_audit(): what it names, and that it agrees with
 * tlspolicy_covers().
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "peer.h"
#include "runner.h"
#include "states.h"
#include "table.h"
#include "told.h"

static const struct violation {
	const char *name;
	struct state raw; /* on top of intermediate */
	const char *policy;
	const char *want; /* of the sentence */
} violations[] = {
	{ "nothing", { .max = 0 }, "intermediate", NULL },
	{ "nothing is covered by more", { .max = 0 }, "legacy", NULL },
	{ "a version below", { .min = TLS1_1_VERSION, .level = LEVEL(0) },
	    "compat,level=0", "TLSv1.1" },
	{ "a version above", { .max = 0 }, "intermediate,max=TLSv1.2",
	    "TLSv1.3" },
	{ "a version between", { .max = 0 }, "intermediate,disable=TLSv1.2",
	    "TLSv1.2" },
	{ "a cipher", { .ciphers = GCM128 ":AES128-SHA" }, "intermediate",
	    "cipher \"AES128-SHA\"" },
	{ "the first of two", { .ciphers = "AES256-SHA:AES128-SHA" },
	    "intermediate", "cipher \"AES256-SHA\"" },
	{ "a ciphersuite",
	    { .suites = "TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256" },
	    "intermediate", "ciphersuite \"TLS_AES_128_CCM_SHA256\"" },
	{ "a group", { .groups = "X25519:X448:P-256" }, "intermediate",
	    "group \"X448\"" },
	{ "a sigalg", { .sigalgs = "RSA-PSS+SHA256:RSA+SHA256" },
	    "intermediate,sigalgs=rsa_pss_rsae_sha256:ed25519",
	    "signature algorithm \"rsa_pkcs1_sha256\"" },
	{ "a level", { .level = LEVEL(1) }, "intermediate",
	    "security level 1" },
	{ "renegotiation", { .max = 0 }, "compat,renegotiation=off",
	    "renegotiation" },
	/* What no permitted version uses makes no difference. */
	{ "a cipher of no version",
	    { .ciphers = "AES128-SHA", .min = TLS1_3_VERSION }, "modern",
	    NULL },
	{ "a ciphersuite of no version",
	    { .suites = "TLS_AES_128_CCM_SHA256", .max = TLS1_2_VERSION },
	    "intermediate", NULL },
	{ "a cipher that the level forbids",
	    { .ciphers = GCM128 ":ADH-AES128-SHA:NULL-SHA" }, "intermediate",
	    NULL },
	{ "a group that the level forbids",
	    { .groups = "P-521:P-384:P-256:X25519",
		.level = LEVEL(4),
		.suites = "TLS_AES_256_GCM_SHA384" },
	    "modern,min=TLSv1.2,level=4,groups=P-384:P-521", NULL },
	{ "a preference", { .options = SSL_OP_CIPHER_SERVER_PREFERENCE },
	    "intermediate", NULL },
	{ "nothing in particular", { .method = NULL }, "system", NULL },
};

/* A profile that is applied, and then changed by raw calls. */
static SSL_CTX *
violate(const struct state *raw, const char *profile)
{
	SSL_CTX *ctx = peer_context(TLS_method(), NULL);

	ck_assert_ptr_nonnull(ctx);
	ck_assert_int_eq(
	    tlspolicy_apply_text(ctx, profile, OVERRIDE), TLSPOLICY_OK);
	if (raw->level != 0)
		SSL_CTX_set_security_level(ctx, raw->level - 1);
	SSL_CTX_set_options(ctx, raw->options);
	set_state_lists(ctx, raw);
	if (raw->min != 0)
		ck_assert(SSL_CTX_set_min_proto_version(ctx, raw->min) == 1);
	if (raw->max != 0)
		ck_assert(SSL_CTX_set_max_proto_version(ctx, raw->max) == 1);
	return ctx;
}

START_TEST(audit_names_it)
{
	const struct violation *v = &violations[_i];
	const int compat = strncmp(v->policy, "compat", 6) == 0;
	const int status = v->want == NULL ? 0 : TLSPOLICY_E_VIOLATION;
	SSL_CTX *ctx = violate(&v->raw, compat ? "compat" : "intermediate");
	struct tlspolicy *policy = parse_policy(v->policy);
	char want[PEER_WHY];
	int got;

	push_errors();
	got = tlspolicy_audit(ctx, policy);
	ck_assert_msg(got == status, "%s: %d, not %d", v->name, got, status);
	if (v->want == NULL) {
		assert_errors(v->name, "audit");
	} else {
		snprintf(want, sizeof(want),
		    "the context permits %s, the policy does not", v->want);
		ck_assert_str_eq(own_sentence(v->name, got), want);
		ERR_clear_error();
	}
	tlspolicy_free(policy);
	SSL_CTX_free(ctx);
}
END_TEST

static const char *const policies[] = { "modern", "intermediate", "compat",
	"legacy", "system", "min=TLSv1.2", "max=TLSv1.2", "min=TLSv1.1",
	"min=TLSv1.3", "disable=TLSv1", "level=2", "level=4",
	"renegotiation=off", "preference=server", "ciphers=" GCM128,
	"min=TLSv1.2,level=2",
	"ciphersuites=TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:"
	"TLS_AES_128_GCM_SHA256",
	"groups=X25519:P-256:X448:P-384:P-521", "groups=brainpoolP256r1",
	"sigalgs=rsa_pss_rsae_sha256:ecdsa_secp256r1_sha256:rsa_pkcs1_sha256",
	"sigalgs=rsa_pkcs1_sha1" };

/* Whether a policy covers a context is whether it covers what it permits. */
START_TEST(audit_is_covers)
{
	const struct state *s = state_at(_i);
	SSL_CTX *ctx = make_state(s);
	struct tlspolicy *permitted = state_audited(s, ctx), *policy;
	int want, got;
	size_t i;

	for (i = 0; i < NELEM(policies); i++) {
		policy = parse_policy(policies[i]);
		want = tlspolicy_covers(policy, permitted);
		got = tlspolicy_audit(ctx, policy);
		ck_assert_msg(got == want, "%s, \"%s\": %d, not %d", s->name,
		    policies[i], got, want);
		tlspolicy_free(policy);
	}
	ERR_clear_error();
	tlspolicy_free(permitted);
	SSL_CTX_free(ctx);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("audit");
	TCase *tc = tcase_create("audit");

	/* A fork a state costs more than the state. */
	if (setenv("CK_FORK", "no", 0) != 0)
		return EXIT_FAILURE;
	(void)alarm(600);
	peer_setup();
	tcase_set_timeout(tc, 60);
	add_rows(tc, audit_names_it, NELEM(violations));
	add_states(tc, audit_is_covers);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
