/* SPDX-License-Identifier: MIT */
/* For SSL_CTX_set_ssl_version(), deprecated since OpenSSL 3.0. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "peer.h"
#include "release.h"
#include "runner.h"
#include "states.h"
#include "table.h"

const int state_bounds[2][PEER_VERSIONS + 1] = {
	{ 0, TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION },
	{ 0, DTLS1_VERSION, DTLS1_2_VERSION, 0, 0 },
};

static const struct state states[] = {
	/*
	 * A client at levels 1 and 2 offers TLS 1.0 and 1.1.  A peer that
	 * follows its order signs, and the level forbids that; one that chooses
	 * static RSA, where nothing is signed, completes the handshake.
	 */
	{ .name = "default",
	    .versions = CURRENT,
	    .beside = V10 | V11,
	    .old = V10 | V11 },
	{ .name = "level 0", .level = LEVEL(0), .versions = ALL },
	{ .name = "level 1",
	    .level = LEVEL(1),
	    .versions = CURRENT,
	    .beside = V10 | V11,
	    .old = V10 | V11 },
	{ .name = "level 3",
	    .level = LEVEL(3),
	    .versions = CURRENT,
	    .old = V11 },
	{ .name = "level 4", .level = LEVEL(4), .versions = CURRENT },
	{ .name = "level 5", .level = LEVEL(5), .versions = CURRENT },
	{ .name = "level 7", .level = LEVEL(7), .versions = CURRENT },
	{ .name = "level -3", .level = LEVEL(-3), .versions = ALL },
	{ .name = "min 1.2", .min = TLS1_2_VERSION, .versions = CURRENT },
	{ .name = "min 1.3", .min = TLS1_3_VERSION, .versions = V13 },
	{ .name = "max 1.2",
	    .min = TLS1_2_VERSION,
	    .max = TLS1_2_VERSION,
	    .versions = V12 },
	{ .name = "max 1.1 at level 0",
	    .max = TLS1_1_VERSION,
	    .level = LEVEL(0),
	    .versions = V10 | V11 },
	{ .name = "max 1.1",
	    .max = TLS1_1_VERSION,
	    .beside = V10 | V11,
	    .again = TLSPOLICY_E_RANGE,
	    .old = V10 | V11 },
	{ .name = "max 1.1 of a server",
	    .method = TLS_server_method,
	    .max = TLS1_1_VERSION,
	    .again = TLSPOLICY_E_RANGE,
	    .old = V10 | V11 },
	{ .name = "max 1.1 and nothing but signatures",
	    .max = TLS1_1_VERSION,
	    .ciphers = "ECDHE:DHE:!aNULL",
	    .again = TLSPOLICY_E_RANGE,
	    .old = V10 | V11 },
	{ .name = "min SSL 3.0 at level 0",
	    .min = SSL3_VERSION,
	    .level = LEVEL(0),
	    .versions = ALL },
	{ .name = "NO_TLSv1_3",
	    .options = SSL_OP_NO_TLSv1_3,
	    .ciphers = "ECDHE:!aNULL",
	    .versions = V12,
	    .old = V10 | V11 },
	{ .name = "NO_TLSv1 at level 0",
	    .options = SSL_OP_NO_TLSv1,
	    .level = LEVEL(0),
	    .versions = V11 | CURRENT },
	{ .name = "NO_TLSv1_2",
	    .options = SSL_OP_NO_TLSv1_2,
	    .versions = V10 | V11 | V13,
	    .again = TLSPOLICY_E_HOLE },
	{ .name = "NO_TLSv1_2 of a server",
	    .method = TLS_server_method,
	    .options = SSL_OP_NO_TLSv1_2,
	    .versions = V10 | V11 | V13,
	    .dead = V10 | V11,
	    .again = TLSPOLICY_E_HOLE,
	    .old = V10 | V11,
	    .again_old = TLSPOLICY_E_HOLE },
	{ .name = "NO_TLSv1_1 at level 0",
	    .options = SSL_OP_NO_TLSv1_1,
	    .level = LEVEL(0),
	    .versions = V10 | CURRENT,
	    .again = TLSPOLICY_E_HOLE },
	{ .name = "NO_TLSv1_1 and NO_TLSv1_2",
	    .options = SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_2,
	    .level = LEVEL(0),
	    .versions = V10 | V13,
	    .again = TLSPOLICY_E_HOLE },
	{ .name = "NO_TLSv1_2 and AEAD only",
	    .min = TLS1_1_VERSION,
	    .options = SSL_OP_NO_TLSv1_2,
	    .level = LEVEL(0),
	    .ciphers = "ECDHE+AESGCM",
	    .versions = V11 | V13,
	    .dead = V11 | V13,
	    .again = TLSPOLICY_E_HOLE },
	{ .name = "every NO_ bit",
	    .options = EVERY_NO,
	    .again = TLSPOLICY_E_RANGE },
	{ .name = "closed",
	    .options = SSL_OP_NO_SSL_MASK,
	    .level = LEVEL(0),
	    .again = TLSPOLICY_E_RANGE },
	{ .name = "inverted bounds",
	    .min = TLS1_3_VERSION,
	    .max = TLS1_2_VERSION,
	    .again = TLSPOLICY_E_RANGE },
	{ .name = "HIGH:!aNULL",
	    .ciphers = "HIGH:!aNULL",
	    .min = TLS1_2_VERSION,
	    .versions = CURRENT },
	{ .name = "HIGH:!kRSA",
	    .ciphers = "HIGH:!kRSA:!kPSK:!kRSAPSK:!kDHEPSK:!kECDHEPSK:!kSRP",
	    .versions = CURRENT,
	    .old = V10 | V11 },
	{ .name = "ALL:eNULL",
	    .ciphers = "ALL:eNULL",
	    .min = TLS1_2_VERSION,
	    .versions = CURRENT },
	{ .name = "ALL:eNULL at level 0",
	    .ciphers = "ALL:eNULL",
	    .level = LEVEL(0),
	    .versions = ALL },
	{ .name = "everything there is",
	    .ciphers = "ALL:eNULL",
	    .suites = EVERY_SUITE,
	    .level = LEVEL(0),
	    .versions = ALL },
	{ .name = "aNULL at level 0",
	    .ciphers = "aNULL",
	    .max = TLS1_2_VERSION,
	    .level = LEVEL(0),
	    .versions = V10 | V11 | V12 },
	{ .name = "eNULL alone at level 1",
	    .ciphers = "NULL-SHA256",
	    .level = LEVEL(1),
	    .versions = V13 },
	{ .name = "AEAD only at level 0",
	    .ciphers = "ECDHE+AESGCM",
	    .level = LEVEL(0),
	    .versions = CURRENT },
	{ .name = "static RSA",
	    .ciphers = "AES128-SHA:AES256-SHA",
	    .versions = ALL,
	    .old = V10 | V11 },
	{ .name = "static RSA at level 3",
	    .ciphers = "AES256-SHA",
	    .level = LEVEL(3),
	    .versions = V13 },
	{ .name = "ECDHE, then static RSA",
	    .ciphers = "ECDHE-RSA-AES128-SHA:AES128-SHA",
	    .level = LEVEL(1),
	    .versions = CURRENT,
	    .beside = V10 | V11,
	    .old = V10 | V11 },
	{ .name = "ECDHE, static RSA with AEAD",
	    .ciphers = "ECDHE-RSA-AES128-SHA:AES128-GCM-SHA256",
	    .level = LEVEL(1),
	    .versions = CURRENT,
	    .old = V10 | V11 },
	{ .name = "static RSA of a server",
	    .method = TLS_server_method,
	    .ciphers = "AES128-SHA",
	    .versions = CURRENT,
	    .old = V10 | V11 },
	/* It fails, and empties the list. */
	{ .name = "no TLS 1.2 cipher",
	    .ciphers = "TLS_AES_128_GCM_SHA256",
	    .versions = V13 },
	{ .name = "no TLS 1.2 cipher, max 1.2",
	    .ciphers = "TLS_AES_128_GCM_SHA256",
	    .max = TLS1_2_VERSION,
	    .again = TLSPOLICY_E_RANGE },
	/* OpenSSL fails every handshake then. */
	{ .name = "no suite",
	    .min = TLS1_2_VERSION,
	    .suites = "",
	    .versions = V12,
	    .dead = V12,
	    .cut = V12,
	    .again = TLSPOLICY_E_RANGE },
	{ .name = "no suite, max 1.2",
	    .min = TLS1_2_VERSION,
	    .max = TLS1_2_VERSION,
	    .suites = "",
	    .versions = V12 },
	{ .name = "no cipher at all",
	    .ciphers = "TLS_AES_128_GCM_SHA256",
	    .suites = "",
	    .again = TLSPOLICY_E_RANGE },
	{ .name = "CCM suites",
	    .min = TLS1_2_VERSION,
	    .suites = "TLS_AES_128_CCM_8_SHA256:TLS_AES_128_CCM_SHA256",
	    .versions = CURRENT },
	{ .name = "suites below level 4",
	    .suites = "TLS_AES_128_GCM_SHA256",
	    .level = LEVEL(4),
	    .versions = V12 },
	{ .name = "group X25519",
	    .min = TLS1_2_VERSION,
	    .groups = "X25519",
	    .versions = CURRENT },
	{ .name = "groups P-521:P-384",
	    .min = TLS1_2_VERSION,
	    .groups = "P-521:P-384",
	    .versions = CURRENT },
	{ .name = "groups ffdhe",
	    .groups = "ffdhe4096:ffdhe2048",
	    .min = TLS1_3_VERSION,
	    .versions = V13 },
	/* With it TLS 1.2 has static RSA alone, but no policy grants that. */
	{ .name = "groups ffdhe, from 1.2",
	    .groups = "ffdhe2048",
	    .min = TLS1_2_VERSION,
	    .versions = CURRENT,
	    .cut = V12 },
	{ .name = "groups below level 4",
	    .groups = "X25519:P-256",
	    .level = LEVEL(4),
	    .versions = CURRENT,
	    .dead = V13,
	    .dead40 = V12,
	    .cut = V13 },
	{ .name = "groups of TLS 1.2",
	    .min = TLS1_2_VERSION,
	    .groups = "brainpoolP256r1:brainpoolP384r1",
	    .versions = CURRENT,
	    .dead = V13,
	    .cut = V13,
	    .old = V13 },
	{ .name = "groups of TLS 1.2, max 1.2",
	    .groups = "brainpoolP256r1:P-256:brainpoolP512r1",
	    .min = TLS1_2_VERSION,
	    .max = TLS1_2_VERSION,
	    .versions = V12 },
	{ .name = "sigalgs",
	    .min = TLS1_2_VERSION,
	    .sigalgs = "RSA-PSS+SHA256:ECDSA+SHA256:RSA+SHA256",
	    .versions = CURRENT },
	{ .name = "sigalg PKCS #1",
	    .sigalgs = "RSA+SHA256",
	    .min = TLS1_2_VERSION,
	    .max = TLS1_2_VERSION,
	    .versions = V12 },
	{ .name = "sigalg SHA-1 at level 0",
	    .sigalgs = "RSA+SHA1:ECDSA+SHA1",
	    .max = TLS1_2_VERSION,
	    .level = LEVEL(0),
	    .versions = V10 | V11 | V12 },
	{ .name = "sigalgs ed25519 and DSA",
	    .min = TLS1_2_VERSION,
	    .sigalgs = "ed25519:DSA+SHA256",
	    .versions = CURRENT },
	{ .name = "NO_RENEGOTIATION",
	    .min = TLS1_2_VERSION,
	    .options = SSL_OP_NO_RENEGOTIATION,
	    .versions = CURRENT },
	{ .name = "server preference",
	    .min = TLS1_2_VERSION,
	    .options = SSL_OP_CIPHER_SERVER_PREFERENCE,
	    .versions = CURRENT },
	{ .name = "client only",
	    .method = TLS_client_method,
	    .versions = CURRENT,
	    .beside = V10 | V11,
	    .old = V10 | V11 },
	{ .name = "server only",
	    .method = TLS_server_method,
	    .versions = CURRENT,
	    .old = V10 | V11 },
	{ .name = "TLSv1_2_method",
	    .method = release_tls1_2,
	    .options = SSL_OP_NO_TLSv1_2,
	    .versions = V12,
	    .again = TLSPOLICY_E_METHOD },
	{ .name = "TLSv1_1_server_method at level 0",
	    .method = release_tls1_1_server,
	    .level = LEVEL(0),
	    .versions = V11,
	    .again = TLSPOLICY_E_METHOD },
	{ .name = "TLSv1_client_method",
	    .method = release_tls1_client,
	    .beside = V10,
	    .again = TLSPOLICY_E_RANGE,
	    .old = V10,
	    .again_old = TLSPOLICY_E_METHOD },
	{ .name = "TLSv1_server_method",
	    .method = release_tls1_server,
	    .again = TLSPOLICY_E_RANGE,
	    .old = V10,
	    .again_old = TLSPOLICY_E_METHOD },
	{ .name = "min 1.3, then TLSv1_2_method",
	    .min = TLS1_3_VERSION,
	    .late = release_tls1_2,
	    .versions = V12,
	    .again = TLSPOLICY_E_METHOD },
	{ .name = "DTLS",
	    .method = DTLS_method,
	    .versions = V12,
	    .beside = V11,
	    .old = V11 },
	{ .name = "DTLS at level 3",
	    .method = DTLS_method,
	    .level = LEVEL(3),
	    .versions = V12,
	    .old = V11 },
	{ .name = "DTLS at level 0",
	    .method = DTLS_method,
	    .level = LEVEL(0),
	    .versions = V11 | V12 },
	{ .name = "DTLS 1.0 at level 0",
	    .method = DTLS_client_method,
	    .max = DTLS1_VERSION,
	    .level = LEVEL(0),
	    .versions = V11 },
	{ .name = "DTLS of a server",
	    .method = DTLS_server_method,
	    .versions = V12,
	    .old = V11 },
	{ .name = "DTLS from 1.2",
	    .method = DTLS_server_method,
	    .min = DTLS1_2_VERSION,
	    .level = LEVEL(0),
	    .versions = V12 },
	{ .name = "DTLS NO_DTLSv1 at level 0",
	    .method = DTLS_method,
	    .options = SSL_OP_NO_DTLSv1,
	    .level = LEVEL(0),
	    .versions = V12 },
	{ .name = "DTLS NO_DTLSv1_2",
	    .method = DTLS_server_method,
	    .options = SSL_OP_NO_DTLSv1_2,
	    .again = TLSPOLICY_E_RANGE,
	    .old = V11 },
	/* No bits of DTLS. */
	{ .name = "DTLS NO_TLSv1_1 and NO_TLSv1_3 at level 0",
	    .method = DTLS_method,
	    .options = SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_3,
	    .level = LEVEL(0),
	    .versions = V11 | V12 },
	{ .name = "DTLS inverted bounds",
	    .method = DTLS_method,
	    .min = DTLS1_2_VERSION,
	    .max = DTLS1_VERSION,
	    .again = TLSPOLICY_E_RANGE },
	{ .name = "DTLSv1_2_method",
	    .method = release_dtls1_2,
	    .versions = V12,
	    .again = TLSPOLICY_E_METHOD },
	{ .name = "Suite B, 128 bits",
	    .flags = SSL_CERT_FLAG_SUITEB_128_LOS,
	    .ciphers = "DEFAULT",
	    .versions = CURRENT },
	/* Its certificates here are those of level 4. */
	{ .name = "Suite B, 192 bits",
	    .flags = SSL_CERT_FLAG_SUITEB_192_LOS,
	    .ciphers = "DEFAULT",
	    .level = LEVEL(4),
	    .versions = CURRENT },
	{ .name = "host as Debian 11",
	    .host = HOST_DEBIAN_11,
	    .versions = CURRENT },
	{ .name = "host with crypto-policies",
	    .host = HOST_CRYPTO_POLICIES,
	    .versions = CURRENT },
	{ .name = "host with Protocol",
	    .host = "Protocol = ALL,-TLSv1.3,-TLSv1,-TLSv1.1\n",
	    .level = LEVEL(0),
	    .versions = V12 },
	{ .name = "host with DTLS",
	    .method = DTLS_method,
	    .host = "DTLS.MinProtocol = DTLSv1.2\n"
		    "CipherString = DEFAULT@SECLEVEL=0\n",
	    .level = LEVEL(0),
	    .versions = V12 },
};

enum { STATES = NELEM(states), SHORT_STATES = 6 };

/* Why this release cannot have a state, or NULL. */
static const char *
state_lacks(const struct state *s)
{
	if (release() < RELEASE_3_0 && s->groups != NULL &&
	    strstr(s->groups, "ffdhe") != NULL)
		return "no ffdhe groups before OpenSSL 3.0";
	if (release() >= RELEASE_4_0 && s->min == SSL3_VERSION)
		return "this release has no SSL 3.0";
	if ((s->method != NULL && s->method() == NULL) ||
	    (s->late != NULL && s->late() == NULL))
		return "this release has no methods of one version";
	return NULL;
}

int
short_stride(int all, int few)
{
	return test_tier() == TIER_SHORT ? (all + few - 1) / few : 1;
}

static int
state_count(void)
{
	const int step = short_stride(STATES, SHORT_STATES);

	return (STATES + step - 1) / step;
}

const struct state *
state_at(int i)
{
	return &states[i * short_stride(STATES, SHORT_STATES)];
}

static const SSL_METHOD *
method_of(const struct state *s)
{
	return s->method != NULL ? s->method() : TLS_method();
}

void
set_state_lists(SSL_CTX *ctx, const struct state *s)
{
	if (s->ciphers != NULL)
		(void)SSL_CTX_set_cipher_list(ctx, s->ciphers);
	if (s->suites != NULL)
		ck_assert_int_eq(SSL_CTX_set_ciphersuites(ctx, s->suites), 1);
	if (s->groups != NULL)
		ck_assert_int_eq(peer_set_groups(ctx, s->groups), 1);
	if (s->sigalgs != NULL)
		ck_assert_int_eq(peer_set_sigalgs(ctx, s->sigalgs), 1);
}

SSL_CTX *
make_state(const struct state *s)
{
	SSL_CTX *ctx = peer_context(method_of(s), s->host);

	peer_host(NULL);
	ck_assert_ptr_nonnull(ctx);
	SSL_CTX_set_security_level(ctx, s->level != 0 ? s->level - 1 : 2);
	(void)SSL_CTX_set_cert_flags(ctx, s->flags);
	(void)SSL_CTX_set_dh_auto(ctx, 1);
	set_state_lists(ctx, s);
	SSL_CTX_set_options(ctx, s->options);
	if (s->min != 0)
		ck_assert(SSL_CTX_set_min_proto_version(ctx, s->min) == 1);
	if (s->max != 0)
		ck_assert(SSL_CTX_set_max_proto_version(ctx, s->max) == 1);
	if (s->late != NULL)
		ck_assert(SSL_CTX_set_ssl_version(ctx, s->late()) == 1);
	ERR_clear_error();
	return ctx;
}

SSL_CTX *
new_state(const char *name)
{
	size_t i = 0;

	while (i < STATES && strcmp(states[i].name, name) != 0)
		i++;
	ck_assert_msg(i < STATES, "no state \"%s\"", name);
	return make_state(&states[i]);
}

int
hides_old(SSL_CTX *ctx)
{
	return release() >= RELEASE_3_1 && SSL_CTX_get_security_level(ctx) > 0;
}

unsigned
state_permits(const struct state *s, SSL_CTX *ctx)
{
	if (release() < RELEASE_3_0)
		return s->versions | s->old;
	/* A hole is told by bounds and options. */
	return hides_old(ctx) && s->again != TLSPOLICY_E_HOLE
	    ? s->versions & CURRENT
	    : s->versions;
}

unsigned
state_completes(const struct state *s, SSL_CTX *ctx)
{
	const unsigned set = s->versions & ~s->dead &
	    ~(release() >= RELEASE_4_0 ? s->dead40 : 0);

	if (release() < RELEASE_3_0)
		return set | s->old;
	return hides_old(ctx) ? set & CURRENT : set | s->beside;
}

unsigned
state_grants(const struct state *s, SSL_CTX *ctx)
{
	const unsigned set = state_permits(s, ctx);

	if (s->again == TLSPOLICY_E_HOLE)
		return set;
	if (release() < RELEASE_3_0 && s->old != 0)
		return set;
	return set & ~s->cut &
	    ~release_dead(real_level(SSL_CTX_get_security_level(ctx)));
}

struct tlspolicy *
state_audited(const struct state *s, SSL_CTX *ctx)
{
	const unsigned set = state_permits(s, ctx);
	struct tlspolicy *policy = NULL;
	unsigned low = 0, high = PEER_VERSIONS - 1;

	ck_assert_int_eq(tlspolicy_from_ctx(&policy, ctx), TLSPOLICY_OK);
	if (set == state_grants(s, ctx))
		return policy;
	while ((set >> low & 1) == 0)
		low++;
	while ((set >> high & 1) == 0)
		high--;
	ck_assert(tlspolicy_set_disabled(policy, 0) == 0 &&
	    tlspolicy_set_min_version(policy, peer_version(low)) == 0 &&
	    tlspolicy_set_max_version(policy, peer_version(high)) == 0);
	return policy;
}

int
state_again(const struct state *s)
{
	return release() < RELEASE_3_0 && s->old != 0 ? s->again_old : s->again;
}

int
real_level(int level)
{
	return level < 0 ? 0 : level > 5 ? 5 : level;
}

static const enum peer_key keys[][3] = {
	{ PEER_RSA_2048, PEER_P_256, PEER_ED25519 },
	{ PEER_RSA_2048, PEER_P_256, PEER_ED25519 },
	{ PEER_RSA_2048, PEER_P_256, PEER_ED25519 },
	{ PEER_RSA_3072, PEER_P_256, PEER_ED25519 },
	{ PEER_RSA_8192, PEER_P_384, PEER_ED448 },
	{ PEER_RSA_8192, PEER_P_521, PEER_ED448 },
};

void
use_keys(SSL_CTX *ctx, int level)
{
	size_t i;

	for (i = 0; i < NELEM(keys[0]); i++)
		(void)peer_use(ctx, keys[level][i]);
}

START_TEST(left_out)
{
	SKIP_TEST(state_lacks(state_at(_i)));
}
END_TEST

void
add_states(TCase *tc, const TTest *test)
{
	int i;

	for (i = 0; i < state_count(); i++)
		tcase_add_loop_test(tc,
		    state_lacks(state_at(i)) == NULL ? test : left_out, i,
		    i + 1);
}
