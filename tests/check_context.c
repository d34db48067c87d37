/* SPDX-License-Identifier: MIT */
/*
 * What a context permits, by tlspolicy_from_ctx(), tlspolicy_audit() and
 * tlspolicy_describe(), over contexts that raw OpenSSL calls set up.  What
 * they have to say is worked out here from OpenSSL's getters, ClientHellos and
 * handshakes.
 */
/* For SSL_CTX_set_ssl_version(), deprecated since OpenSSL 3.0. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/objects.h>

#include <tlspolicy.h>

#include "peer.h"
#include "release.h"
#include "runner.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* Text of ours is never longer; every list of a context fits. */
enum { TEXT_SIZE = 8192, TEXT_LIMIT = 4096 };

/* A level in a table, where 0 means 2. */
#define LEVEL(n) ((n) + 1)
#define EVERY_NO \
	(SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_2 | \
	    SSL_OP_NO_TLSv1_3)
#define OVERRIDE TLSPOLICY_OVERRIDE

#define GCM128 "ECDHE-RSA-AES128-GCM-SHA256"
#define EVERY_SUITE \
	"TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:" \
	"TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256:" \
	"TLS_AES_128_CCM_8_SHA256"

enum { V10 = 1, V11 = 2, V12 = 4, V13 = 8, CURRENT = V12 | V13, ALL = 15 };

/* Contexts */

static const struct state {
	const char *name;
	const SSL_METHOD *(*method)(void); /* TLS_method */
	const char *host;                  /* lines of openssl.cnf */
	int min, max, level;
	uint64_t options;
	const char *ciphers, *suites, *groups, *sigalgs;
	long flags;                      /* SSL_CTX_set_cert_flags() */
	const SSL_METHOD *(*late)(void); /* SSL_CTX_set_ssl_version() */
	unsigned versions;               /* that it permits */
	unsigned beside; /* left out, but done with a peer's static RSA */
	unsigned dead;   /* of these, in no handshake */
	unsigned dead40; /* the same from 4.0 on */
	int again;       /* wanted, where it is applied to a new one */
	unsigned old;    /* before 3.0: permitted as well, and not dead */
	int again_old;   /* then */
} states[] = {
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
	    .again = TLSPOLICY_E_STRICTER,
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
	    .dead = V12 },
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
	{ .name = "groups below level 4",
	    .groups = "X25519:P-256",
	    .level = LEVEL(4),
	    .versions = CURRENT,
	    .dead = V13,
	    .dead40 = V12,
	    .again = TLSPOLICY_E_CONFLICT },
	{ .name = "groups of TLS 1.2",
	    .min = TLS1_2_VERSION,
	    .groups = "brainpoolP256r1:brainpoolP384r1",
	    .versions = CURRENT,
	    .dead = V13,
	    .again = TLSPOLICY_E_CONFLICT,
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
	    .host = "MinProtocol = TLSv1.2\n"
		    "CipherString = DEFAULT@SECLEVEL=2\n",
	    .versions = CURRENT },
	{ .name = "host with crypto-policies",
	    .host = "CipherString = @SECLEVEL=2:kEECDH:kRSA:!aNULL:!SHA384\n"
		    "Ciphersuites = TLS_AES_256_GCM_SHA384:"
		    "TLS_AES_128_GCM_SHA256\n"
		    "TLS.MinProtocol = TLSv1.2\n"
		    "TLS.MaxProtocol = TLSv1.3\n"
		    "SignatureAlgorithms = ECDSA+SHA256:ECDSA+SHA384:"
		    "RSA-PSS+SHA256:RSA+SHA256\n"
		    "Groups = X25519:secp256r1:X448:secp384r1\n",
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

enum { STATES = NELEM(states), SHORT_STATES = 6, SHORT_MASKS = 2 };

/* Why this release cannot have a state, or NULL. */
static const char *
missing(const struct state *s)
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

/* An even stride of so many, in the short tier. */
static int
stride(int all, int few)
{
	return test_tier() == TIER_SHORT ? (all + few - 1) / few : 1;
}

static int
state_count(void)
{
	const int step = stride(STATES, SHORT_STATES);

	return (STATES + step - 1) / step;
}

static const struct state *
state_at(int i)
{
	return &states[i * stride(STATES, SHORT_STATES)];
}

static const SSL_METHOD *
method_of(const struct state *s)
{
	return s->method != NULL ? s->method() : TLS_method();
}

static void
set_lists(SSL_CTX *ctx, const struct state *s)
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

static SSL_CTX *
make_state(const struct state *s)
{
	SSL_CTX *ctx = peer_context(method_of(s), s->host);

	peer_host(NULL);
	ck_assert_ptr_nonnull(ctx);
	SSL_CTX_set_security_level(ctx, s->level != 0 ? s->level - 1 : 2);
	(void)SSL_CTX_set_cert_flags(ctx, s->flags);
	(void)SSL_CTX_set_dh_auto(ctx, 1);
	set_lists(ctx, s);
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

static SSL_CTX *
new_state(const char *name)
{
	size_t i = 0;

	while (i < STATES && strcmp(states[i].name, name) != 0)
		i++;
	ck_assert_msg(i < STATES, "no state \"%s\"", name);
	return make_state(&states[i]);
}

/* 3.0 offers TLS 1.0 and 1.1 above level 0; later ones do not. */
static int
hides_old(SSL_CTX *ctx)
{
	return release() >= RELEASE_3_1 && SSL_CTX_get_security_level(ctx) > 0;
}

/* What a state permits, and what completes. */
static unsigned
permitted(const struct state *s, SSL_CTX *ctx)
{
	if (release() < RELEASE_3_0)
		return s->versions | s->old;
	/* A hole is told by bounds and options. */
	return hides_old(ctx) && s->again != TLSPOLICY_E_HOLE
	    ? s->versions & CURRENT
	    : s->versions;
}

static unsigned
completing(const struct state *s, SSL_CTX *ctx)
{
	const unsigned set = s->versions & ~s->dead &
	    ~(release() >= RELEASE_4_0 ? s->dead40 : 0);

	if (release() < RELEASE_3_0)
		return set | s->old;
	return hides_old(ctx) ? set & CURRENT : set | s->beside;
}

static int
again(const struct state *s)
{
	return release() < RELEASE_3_0 && s->old != 0 ? s->again_old : s->again;
}

/* The level that OpenSSL makes of a number. */
static int
clamp(int level)
{
	return level < 0 ? 0 : level > 5 ? 5 : level;
}

/* Policies */

static struct tlspolicy *
from_ctx(const char *name, SSL_CTX *ctx)
{
	struct tlspolicy *policy = NULL;
	int status = tlspolicy_from_ctx(&policy, ctx);

	ck_assert_msg(status == TLSPOLICY_OK && policy != NULL,
	    "%s: from_ctx gives %d", name, status);
	return policy;
}

static struct tlspolicy *
parse(const char *text)
{
	struct tlspolicy *policy;

	ck_assert_msg(tlspolicy_parse(&policy, text) == TLSPOLICY_OK,
	    "\"%s\" is no policy", text);
	return policy;
}

static const char *
format(const struct tlspolicy *policy, char text[TEXT_SIZE])
{
	int len = tlspolicy_format(policy, text, TEXT_SIZE);

	ck_assert_msg(len >= 0 && len < TEXT_SIZE, "format gives %d", len);
	return text;
}

static unsigned
versions_of(const struct tlspolicy *p)
{
	static const unsigned flag[PEER_VERSIONS] = { TLSPOLICY_NO_TLS1_0,
		TLSPOLICY_NO_TLS1_1, TLSPOLICY_NO_TLS1_2, TLSPOLICY_NO_TLS1_3 };
	unsigned i, set = 0;

	for (i = 0; i < PEER_VERSIONS; i++) {
		if (peer_version(i) >= tlspolicy_get_min_version(p) &&
		    peer_version(i) <= tlspolicy_get_max_version(p) &&
		    (tlspolicy_get_disabled(p) & flag[i]) == 0)
			set |= 1u << i;
	}
	return set;
}

static int
in_list(const char *list, const char *name)
{
	size_t size = strlen(name);
	const char *at;

	for (at = list; at != NULL; at = strchr(at, ':')) {
		at += *at == ':';
		if (strncmp(at, name, size) == 0 &&
		    (at[size] == ':' || at[size] == '\0'))
			return 1;
	}
	return 0;
}

static void
add_name(char list[TEXT_SIZE], const char *name)
{
	ck_assert_uint_lt(strlen(list) + strlen(name) + 2, TEXT_SIZE);
	if (list[0] != '\0')
		strcat(list, ":");
	strcat(list, name);
}

/* The error queue: what is there stays, and nothing comes on success. */

static void
push_errors(void)
{
	ERR_clear_error();
	release_raise(ERR_LIB_USER, 101, NULL);
	release_raise(ERR_LIB_USER, 102, "the caller's own data");
	ERR_set_mark();
}

static void
assert_errors(const char *name, const char *call)
{
	struct release_entry second;
	int first;

	ck_assert_msg(ERR_GET_REASON(ERR_peek_last_error()) == 102,
	    "%s: %s leaves an entry", name, call);
	ck_assert_msg(ERR_pop_to_mark() == 1, "%s: %s: no mark", name, call);
	first = ERR_GET_REASON(ERR_get_error());
	second = release_take_error();
	ck_assert_msg(first == 101 && ERR_GET_REASON(second.code) == 102 &&
		(second.flags & ERR_TXT_STRING) != 0 &&
		strcmp(second.data, "the caller's own data") == 0,
	    "%s: %s changes the caller's entries", name, call);
	ck_assert_msg(ERR_get_error() == 0, "%s: %s adds one", name, call);
}

/* The sentence of the topmost entry, which has to be the library's own. */
static const char *
sentence(const char *name, int status)
{
	const struct release_entry last = release_last_error();
	const char *reason = ERR_reason_error_string(last.code);

	ck_assert_msg(reason != NULL &&
		strcmp(reason, tlspolicy_strerror(status)) == 0 &&
		(last.flags & ERR_TXT_STRING) != 0,
	    "%s: no entry for %d, but %s", name, status,
	    reason != NULL ? reason : "none");
	return last.data;
}

/* Lists, by raw calls */

/* Least bits of security, by level. */
static const int level_bits[] = { 0, 80, 112, 128, 192, 256 };

/* As SSL_CTX_set_security_level(3) has it. */
static int
is_allowed(const SSL_CIPHER *cipher, int level)
{
	const int kx = SSL_CIPHER_get_kx_nid(cipher);
	const int mac = SSL_CIPHER_get_digest_nid(cipher);
	const char *since = SSL_CIPHER_get_version(cipher);

	if (level == 0)
		return 1;
	if (SSL_CIPHER_get_bits(cipher, NULL) < level_bits[level] ||
	    SSL_CIPHER_get_auth_nid(cipher) == NID_auth_null || mac == NID_md5)
		return 0;
	if (level >= 4 && mac == NID_sha1)
		return 0;
	return level < 3 || strcmp(since, "TLSv1.3") == 0 ||
	    kx == NID_kx_ecdhe || kx == NID_kx_dhe || kx == NID_kx_ecdhe_psk ||
	    kx == NID_kx_dhe_psk;
}

/* Every cipher of one kind; at level 0 all of them. */
static void
cipher_names(SSL_CTX *ctx, int suites, int level, char out[TEXT_SIZE])
{
	const STACK_OF(SSL_CIPHER) *all = SSL_CTX_get_ciphers(ctx);
	const char *name;
	int i;

	out[0] = '\0';
	for (i = 0; i < sk_SSL_CIPHER_num(all); i++) {
		name = SSL_CIPHER_get_name(sk_SSL_CIPHER_value(all, i));
		if ((strncmp(name, "TLS_", 4) == 0) == suites &&
		    is_allowed(sk_SSL_CIPHER_value(all, i), level))
			add_name(out, name);
	}
}

/* Code points of IANA's, and bits of security. */
struct known {
	const char *name;
	unsigned code;
	int bits;
};

static const struct known groups[] = { { "X25519", 29, 128 },
	{ "prime256v1", 23, 128 }, { "X448", 30, 224 },
	{ "secp521r1", 25, 256 }, { "secp384r1", 24, 192 },
	{ "ffdhe2048", 256, 112 }, { "ffdhe3072", 257, 128 },
	{ "ffdhe4096", 258, 128 }, { "ffdhe6144", 259, 128 },
	{ "ffdhe8192", 260, 192 }, { "brainpoolP256r1", 26, 128 },
	{ "brainpoolP384r1", 27, 192 }, { "brainpoolP512r1", 28, 256 },
	{ "secp256k1", 22, 128 }, { "secp224r1", 21, 112 },
	/* From 3.2 on, and from 3.5 on; brainpool's other numbers are 1.3's. */
	{ "brainpoolP256r1tls13", 31, 128 },
	{ "brainpoolP384r1tls13", 32, 192 },
	{ "brainpoolP512r1tls13", 33, 256 }, { "MLKEM512", 0x200, 128 },
	{ "MLKEM768", 0x201, 192 }, { "MLKEM1024", 0x202, 256 },
	{ "SecP256r1MLKEM768", 0x11eb, 192 }, { "X25519MLKEM768", 0x11ec, 192 },
	{ "SecP384r1MLKEM1024", 0x11ed, 256 },
	/* From 4.0 on. */
	{ "curveSM2MLKEM768", 0x11ee, 192 }, { "curveSM2", 41, 128 },
	{ NULL, 0, 0 } };

enum { SHA1_BITS = 64 }; /* 80 before 3.0 */

static const struct known sigalgs[] = { { "ecdsa_secp256r1_sha256", 0x0403,
					    128 },
	{ "ecdsa_secp384r1_sha384", 0x0503, 192 },
	{ "ecdsa_secp521r1_sha512", 0x0603, 256 }, { "ed25519", 0x0807, 128 },
	{ "ed448", 0x0808, 224 }, { "rsa_pss_pss_sha256", 0x0809, 128 },
	{ "rsa_pss_pss_sha384", 0x080a, 192 },
	{ "rsa_pss_pss_sha512", 0x080b, 256 },
	{ "rsa_pss_rsae_sha256", 0x0804, 128 },
	{ "rsa_pss_rsae_sha384", 0x0805, 192 },
	{ "rsa_pss_rsae_sha512", 0x0806, 256 },
	{ "rsa_pkcs1_sha256", 0x0401, 128 },
	{ "rsa_pkcs1_sha384", 0x0501, 192 },
	{ "rsa_pkcs1_sha512", 0x0601, 256 }, { "ECDSA+SHA224", 0x0303, 112 },
	{ "ECDSA+SHA1", 0x0203, SHA1_BITS },
	{ "rsa_pkcs1_sha224", 0x0301, 112 },
	{ "rsa_pkcs1_sha1", 0x0201, SHA1_BITS }, { "DSA+SHA224", 0x0302, 112 },
	{ "DSA+SHA1", 0x0202, SHA1_BITS }, { "DSA+SHA256", 0x0402, 128 },
	{ "DSA+SHA384", 0x0502, 192 }, { "DSA+SHA512", 0x0602, 256 },
	/* From 3.2 on, and from 3.5 on. */
	{ "ecdsa_brainpoolP256r1tls13_sha256", 0x081a, 128 },
	{ "ecdsa_brainpoolP384r1tls13_sha384", 0x081b, 192 },
	{ "ecdsa_brainpoolP512r1tls13_sha512", 0x081c, 256 },
	{ "mldsa44", 0x0904, 128 }, { "mldsa65", 0x0905, 192 },
	{ "mldsa87", 0x0906, 256 }, { "sm2sig_sm3", 0x0708, 128 },
	{ NULL, 0, 0 } };

static void
code_names(const struct peer_codes *codes, const struct known *known, int level,
    char out[TEXT_SIZE])
{
	const int sha1 = release() < RELEASE_3_0 ? 80 : 64;
	const struct known *k;
	size_t i;

	out[0] = '\0';
	for (i = 0; i < codes->count; i++) {
		for (k = known; k->code != codes->code[i]; k++)
			ck_assert_msg(k->name != NULL, "no name for 0x%04x",
			    (unsigned)codes->code[i]);
		if ((k->bits == SHA1_BITS ? sha1 : k->bits) >=
		    level_bits[level])
			add_name(out, k->name);
	}
}

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
	const int level = clamp(SSL_CTX_get_security_level(ctx));
	struct peer_hello offer;

	cipher_names(ctx, 0, level, allowed);
	cipher_names(ctx, 0, 0, all);
	assert_list(s->name, "ciphers", tlspolicy_get_ciphers(p), allowed, all);
	cipher_names(ctx, 1, level, allowed);
	cipher_names(ctx, 1, 0, all);
	assert_list(s->name, "ciphersuites", tlspolicy_get_ciphersuites(p),
	    allowed, all);
	read_offer(s, &offer);
	code_names(&offer.groups, groups, level, allowed);
	code_names(&offer.groups, groups, 0, all);
	assert_list(s->name, "groups", tlspolicy_get_groups(p), allowed, all);
	code_names(&offer.sigalgs, sigalgs, level, allowed);
	code_names(&offer.sigalgs, sigalgs, 0, all);
	assert_list(s->name, "sigalgs", tlspolicy_get_sigalgs(p), allowed, all);
}

static void
assert_numbers(const struct state *s, SSL_CTX *ctx, const struct tlspolicy *p)
{
	const int level = clamp(SSL_CTX_get_security_level(ctx));
	const uint64_t options = SSL_CTX_get_options(ctx);

	ck_assert_msg(tlspolicy_get_min_version(p) != 0 &&
		tlspolicy_get_max_version(p) != 0,
	    "%s: a bound is not set", s->name);
	ck_assert_msg(versions_of(p) == permitted(s, ctx),
	    "%s: permits %s, not %s", s->name, peer_set_name(versions_of(p)),
	    peer_set_name(permitted(s, ctx)));
	ck_assert_msg(tlspolicy_get_security_level(p) == level,
	    "%s: level %d, not %d", s->name, tlspolicy_get_security_level(p),
	    level);
	ck_assert_msg(tlspolicy_get_renegotiation(p) ==
		((options & SSL_OP_NO_RENEGOTIATION) == 0),
	    "%s: renegotiation", s->name);
	ck_assert_msg(tlspolicy_get_server_preference(p) ==
		((options & SSL_OP_CIPHER_SERVER_PREFERENCE) != 0),
	    "%s: preference", s->name);
}

START_TEST(fields)
{
	const struct state *s = state_at(_i);
	SSL_CTX *ctx = make_state(s);
	struct tlspolicy *policy = from_ctx(s->name, ctx);

	assert_numbers(s, ctx, policy);
	assert_lists(s, ctx, policy);
	tlspolicy_free(policy);
	SSL_CTX_free(ctx);
}
END_TEST

/* Ranges: every bound, every option, OpenSSL's default lists */

static const int bounds[2][PEER_VERSIONS + 1] = {
	{ 0, TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION },
	{ 0, DTLS1_VERSION, DTLS1_2_VERSION, 0, 0 },
};
enum { BOUNDS = PEER_VERSIONS + 1 };

static int
is_run(unsigned set)
{
	unsigned low = set & (~set + 1);

	return ((set + low) & set) == 0;
}

static void
assert_range(SSL_CTX *ctx, const char *name, int signs)
{
	struct tlspolicy *policy = from_ctx(name, ctx);
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
	const int *const set = bounds[kind->dtls];
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
	unsigned i, mask, step = (unsigned)stride((int)masks, SHORT_MASKS);

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

/* Handshakes: what completes is permitted */

/*
 * Peers with all that there is, but what a policy permits of one kind, and one
 * that signs nothing.
 */
enum other { CIPHERS, GROUPS, SIGALGS, UNSIGNED, OTHERS };
static const char *const other_names[] = { "other ciphers", "other groups",
	"other sigalgs", "static RSA" };

static const enum peer_key keys[][3] = {
	{ PEER_RSA_2048, PEER_P_256, PEER_ED25519 },
	{ PEER_RSA_2048, PEER_P_256, PEER_ED25519 },
	{ PEER_RSA_2048, PEER_P_256, PEER_ED25519 },
	{ PEER_RSA_3072, PEER_P_256, PEER_ED25519 },
	{ PEER_RSA_8192, PEER_P_384, PEER_ED448 },
	{ PEER_RSA_8192, PEER_P_521, PEER_ED448 },
};

static void
use_keys(SSL_CTX *ctx, int level)
{
	size_t i;

	for (i = 0; i < NELEM(keys[0]); i++)
		(void)peer_use(ctx, keys[level][i]);
}

/* Every name that OpenSSL takes and a list does not have. */
static void
names_besides(const struct known *known, const char *list, char out[TEXT_SIZE])
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	const struct known *k;

	out[0] = '\0';
	for (k = known; k->name != NULL; k++) {
		if (in_list(list, k->name) ||
		    !(known == groups ? peer_set_groups(ctx, k->name)
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
		names_besides(groups, tlspolicy_get_groups(p), names);
		return names[0] != '\0' && peer_set_groups(ctx, names);
	case SIGALGS:
		names_besides(sigalgs, tlspolicy_get_sigalgs(p), names);
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
	SSL *ssl = SSL_new(s->ctx), *peer = NULL;
	struct peer_result result;
	int ok;

	ck_assert_ptr_nonnull(ssl);
	if (other == NULL) {
		ok = peer_ssl_negotiates(ssl, role, version, &result);
	} else {
		peer = SSL_new(other);
		ck_assert_ptr_nonnull(peer);
		ck_assert(SSL_set_min_proto_version(peer, version) == 1 &&
		    SSL_set_max_proto_version(peer, version) == 1);
		SSL_set_connect_state(role == PEER_CLIENT ? ssl : peer);
		SSL_set_accept_state(role == PEER_CLIENT ? peer : ssl);
		ok = peer_handshake(ssl, peer, &result);
	}
	if (ok)
		assert_within(s, ssl, with, &result);
	SSL_free(peer);
	SSL_free(ssl);
	return ok;
}

/* Every version of the transport in both roles; those that complete. */
static unsigned
meet_all(const struct subject *s, SSL_CTX *other, const char *with)
{
	unsigned done = 0;
	int v, role;

	for (v = 1; v < BOUNDS && bounds[s->dtls][v] != 0; v++)
		for (role = 0; role < 2; role++)
			if (meet(s, other, (enum peer_role)role,
				bounds[s->dtls][v], with))
				done |= 1u << index_of(bounds[s->dtls][v]);
	return done;
}

START_TEST(handshakes)
{
	const struct state *state = state_at(_i);
	SSL_CTX *ctx = make_state(state), *other;
	struct subject s = { .name = state->name,
		.ctx = ctx,
		.dtls = peer_is_dtls(ctx),
		.level = clamp(SSL_CTX_get_security_level(ctx)),
		.beside = completing(state, ctx) & ~permitted(state, ctx) };
	struct tlspolicy *policy;
	unsigned done;
	int i;

	use_keys(ctx, s.level);
	s.policy = policy = from_ctx(state->name, ctx);
	done = meet_all(&s, NULL, "everything");
	for (i = 0; i < OTHERS; i++) {
		other = make_other(&s, (enum other)i);
		if (other != NULL)
			done |= meet_all(&s, other, other_names[i]);
		SSL_CTX_free(other);
	}
	ck_assert_msg(done == completing(state, ctx), "%s: %s complete, not %s",
	    s.name, peer_set_name(done), peer_set_name(completing(state, ctx)));
	tlspolicy_free(policy);
	SSL_CTX_free(ctx);
}
END_TEST

/* A policy that can be stored, and applied elsewhere */

START_TEST(as_text)
{
	static char first[TEXT_SIZE], second[TEXT_SIZE];
	const struct state *s = state_at(_i);
	SSL_CTX *ctx = make_state(s);
	struct tlspolicy *policy = from_ctx(s->name, ctx), *parsed = NULL;
	int status;

	format(policy, first);
	status = tlspolicy_parse(&parsed, first);
	/* It says all the same, but in more than a configuration's line. */
	if (strlen(first) > TEXT_LIMIT) {
		ck_assert_int_eq(status, TLSPOLICY_E_SYNTAX);
		/* A hole or no version at all is no policy to apply. */
	} else if (again(s) == TLSPOLICY_E_HOLE ||
	    again(s) == TLSPOLICY_E_RANGE) {
		ck_assert_msg(
		    status == again(s), "%s: parse gives %d", s->name, status);
	} else {
		ck_assert_msg(status == TLSPOLICY_OK, "%s: %zu bytes: %d",
		    s->name, strlen(first), status);
		ck_assert_msg(strcmp(first, format(parsed, second)) == 0,
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
	struct tlspolicy *policy = from_ctx(s->name, ctx), *copy;
	int status = tlspolicy_apply_ctx(fresh, policy, OVERRIDE);
	int want = again(s);

	/* It is of TLS 1.0 and 1.1. */
	if (want == TLSPOLICY_E_STRICTER && hides_old(ctx))
		want = TLSPOLICY_OK;
	ck_assert_msg(status == want, "%s: applying it gives %d, not %d",
	    s->name, status, want);
	ERR_clear_error();
	copy = from_ctx(s->name, fresh);
	if (status == TLSPOLICY_OK) {
		format(policy, first);
		format(copy, second);
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
	ck_assert_int_eq(tlspolicy_audit(ctx, policy), TLSPOLICY_OK);
	assert_errors(s->name, "audit");
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

	use_keys(ctx, clamp(SSL_CTX_get_security_level(ctx)));
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
	(void)sentence("from_ctx", TLSPOLICY_E_INVALID);
	ERR_clear_error();
	ck_assert_int_eq(tlspolicy_from_ctx(NULL, ctx), TLSPOLICY_E_INVALID);
	(void)sentence("from_ctx", TLSPOLICY_E_INVALID);
	ERR_clear_error();
	ck_assert_int_eq(tlspolicy_audit(NULL, policy), TLSPOLICY_E_INVALID);
	(void)sentence("audit", TLSPOLICY_E_INVALID);
	ERR_clear_error();
	ck_assert_int_eq(tlspolicy_audit(ctx, NULL), TLSPOLICY_E_INVALID);
	(void)sentence("audit", TLSPOLICY_E_INVALID);
	ERR_clear_error();
	ck_assert_int_eq(tlspolicy_describe(NULL, bio), TLSPOLICY_E_INVALID);
	(void)sentence("describe", TLSPOLICY_E_INVALID);
	ERR_clear_error();
	ck_assert_int_eq(tlspolicy_describe(ctx, NULL), TLSPOLICY_E_INVALID);
	(void)sentence("describe", TLSPOLICY_E_INVALID);
	ERR_clear_error();
	BIO_free(bio);
	tlspolicy_free(policy);
	SSL_CTX_free(ctx);
}
END_TEST

/* Audit */

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
	set_lists(ctx, raw);
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
	struct tlspolicy *policy = parse(v->policy);
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
		ck_assert_str_eq(sentence(v->name, got), want);
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
	struct tlspolicy *permitted = from_ctx(s->name, ctx), *policy;
	int want, got;
	size_t i;

	for (i = 0; i < NELEM(policies); i++) {
		policy = parse(policies[i]);
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

/* Describe */

/* Lists that are the same in every release. */
#define SIGALGS_OF_PAGE \
	"ECDSA+SHA256:ECDSA+SHA384:ed25519:rsa_pss_rsae_sha256:" \
	"RSA+SHA256"

/* Files in tests/golden/describe. */
static const struct page {
	const char *name;
	const char *text; /* applied to it with OVERRIDE, if any */
	struct state raw;
	int certificates;
} pages[] = {
	{ .name = "default" },
	{ .name = "modern",
	    .text = "modern",
	    .raw = { .sigalgs = SIGALGS_OF_PAGE },
	    .certificates = 1 },
	{ .name = "intermediate",
	    .text = "intermediate",
	    .raw = { .sigalgs = SIGALGS_OF_PAGE },
	    .certificates = 1 },
	{ .name = "compat",
	    .text = "compat@2026",
	    .raw = { .sigalgs = SIGALGS_OF_PAGE },
	    .certificates = 1 },
	{ .name = "legacy",
	    .text = "legacy",
	    .raw = { .sigalgs = SIGALGS_OF_PAGE ":RSA+SHA1" },
	    .certificates = 1 },
	{ .name = "hole",
	    .raw = { .options = SSL_OP_NO_TLSv1_2,
		.ciphers = GCM128 ":AES128-SHA",
		.groups = "X25519:P-256",
		.sigalgs = SIGALGS_OF_PAGE },
	    .certificates = 1 },
	{ .name = "closed",
	    .raw = { .options = EVERY_NO,
		.ciphers = GCM128,
		.groups = "X25519:P-256",
		.sigalgs = SIGALGS_OF_PAGE } },
	{ .name = "dtls",
	    .text = "intermediate",
	    .raw = { .method = DTLS_method, .sigalgs = SIGALGS_OF_PAGE },
	    .certificates = 1 },
	{ .name = "client",
	    .raw = { .method = TLS_client_method,
		.min = TLS1_2_VERSION,
		.max = TLS1_2_VERSION,
		.options = SSL_OP_NO_RENEGOTIATION,
		.ciphers = "ECDHE+AESGCM",
		.suites = "",
		.groups = "P-256",
		.sigalgs = SIGALGS_OF_PAGE } },
	{ .name = "server",
	    .raw = { .method = TLS_server_method,
		.min = TLS1_2_VERSION,
		.options = SSL_OP_CIPHER_SERVER_PREFERENCE,
		.ciphers = "ECDHE+AESGCM",
		.groups = "brainpoolP256r1:P-256",
		.sigalgs = "RSA+SHA256" },
	    .certificates = 1 },
	{ .name = "static-rsa",
	    .raw = { .ciphers = "AES128-SHA",
		.groups = "P-256",
		.sigalgs = SIGALGS_OF_PAGE } },
};

static SSL_CTX *
make_page(const struct page *page)
{
	struct state bare = { .method = page->raw.method };
	SSL_CTX *ctx = make_state(page->text != NULL ? &bare : &page->raw);

	if (page->text != NULL) {
		ck_assert_int_eq(
		    tlspolicy_apply_text(ctx, page->text, OVERRIDE),
		    TLSPOLICY_OK);
		set_lists(ctx, &page->raw);
	}
	if (page->certificates) {
		ck_assert_int_eq(peer_use(ctx, PEER_RSA_2048), 1);
		ck_assert_int_eq(peer_use(ctx, PEER_P_256), 1);
	}
	return ctx;
}

/* What is written of a context, for the caller to free. */
static char *
describe(SSL_CTX *ctx)
{
	BIO *out = BIO_new(BIO_s_mem());
	char *data, *text;
	long size;

	ck_assert_int_eq(tlspolicy_describe(ctx, out), TLSPOLICY_OK);
	size = BIO_get_mem_data(out, &data);
	text = strndup(data, (size_t)size);
	ck_assert_ptr_nonnull(text);
	BIO_free(out);
	return text;
}

/* The text after its first line, which names the OpenSSL that is loaded. */
static const char *
after_openssl(const char *name, const char *text)
{
	char line[PEER_WHY];

	snprintf(line, sizeof(line), "OpenSSL:        %s\n",
	    OpenSSL_version(OPENSSL_VERSION));
	ck_assert_msg(strncmp(text, line, strlen(line)) == 0,
	    "%s: begins \"%.*s\"", name, (int)strcspn(text, "\n"), text);
	return text + strlen(line);
}

/* Where a release differs it has a file of its own. */
static const struct {
	unsigned long from, before; /* 0: any */
	const char *suffix;
} editions[] = {
	{ RELEASE_4_0, 0, "-4.0" },
	{ RELEASE_3_5, 0, "-3.5" },
	{ 0, RELEASE_3_0, "-1.1.1" },
	{ 0, 0, "" },
};

static void
read_golden(const char *name, char text[TEXT_SIZE])
{
	const char *srcdir = getenv("srcdir");
	char path[1024];
	size_t size, i;
	FILE *in = NULL;

	for (i = 0; in == NULL && i < NELEM(editions); i++) {
		if (release() < editions[i].from ||
		    (editions[i].before != 0 &&
			release() >= editions[i].before))
			continue;
		snprintf(path, sizeof(path),
		    "%s/tests/golden/describe/%s%s.txt",
		    srcdir != NULL ? srcdir : ".", name, editions[i].suffix);
		in = fopen(path, "r");
	}
	ck_assert_msg(in != NULL, "%s: no such file", path);
	size = fread(text, 1, TEXT_SIZE - 1, in);
	text[size] = '\0';
	(void)fclose(in);
}

START_TEST(golden)
{
	static char want[TEXT_SIZE];
	const struct page *page = &pages[_i];
	SSL_CTX *ctx = make_page(page);
	char *text = describe(ctx);
	const char *got = after_openssl(page->name, text);
	size_t same = 0, line = 1;

	read_golden(page->name, want);
	while (got[same] != '\0' && got[same] == want[same])
		line += got[same++] == '\n';
	ck_assert_msg(got[same] == want[same], "%s: line %zu: \"%.*s\"",
	    page->name, line + 1, (int)strcspn(got + same, "\n"), got + same);
	free(text);
	SSL_CTX_free(ctx);
}
END_TEST

/* A pair takes so many bytes and then no more. */
static void
assert_no_room(SSL_CTX *ctx, size_t room, int want)
{
	BIO *full, *other;

	ck_assert(BIO_new_bio_pair(&full, room, &other, room) == 1);
	ck_assert_int_eq(tlspolicy_describe(ctx, full), want);
	if (want != TLSPOLICY_OK)
		(void)sentence("pair", want);
	ERR_clear_error();
	BIO_free(full);
	BIO_free(other);
}

/* Nothing is lost in silence. */
START_TEST(describe_cannot_write)
{
	SSL_CTX *ctx = new_state("default");
	BIO *file = BIO_new_file("/dev/null", "r");
	char *text = describe(ctx);
	const size_t size = strlen(text);

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(tlspolicy_describe(ctx, file), TLSPOLICY_E_OPENSSL);
	(void)sentence("file", TLSPOLICY_E_OPENSSL);
	ERR_clear_error();
	assert_no_room(ctx, size, TLSPOLICY_OK);
	assert_no_room(ctx, size - 1, TLSPOLICY_E_OPENSSL);
	assert_no_room(ctx, size / 2, TLSPOLICY_E_OPENSSL);
	assert_no_room(ctx, 1, TLSPOLICY_E_OPENSSL);
	free(text);
	BIO_free(file);
	SSL_CTX_free(ctx);
}
END_TEST

/* The profile that a context is */

static void
assert_profile(SSL_CTX *ctx, const char *name, int is, const char *what)
{
	char *text = describe(ctx), line[PEER_WHY];

	snprintf(line, sizeof(line), "\nProfile:        %s\n", name);
	ck_assert_msg((strstr(text, line) != NULL) == is, "%s: it is %s%s",
	    what, is ? "not " : "", name);
	free(text);
}

static const struct {
	const char *name;
	const SSL_METHOD *(*method)(void);
} profiled[] = {
	{ "modern", TLS_method },
	{ "modern", TLS_server_method },
	{ "intermediate", TLS_method },
	{ "intermediate", TLS_client_method },
	{ "intermediate", DTLS_method },
	{ "compat", TLS_method },
	{ "compat", DTLS_server_method },
	{ "legacy", TLS_method },
	{ "legacy", DTLS_client_method },
};

static SSL_CTX *
apply_profile(const char *name, const SSL_METHOD *method)
{
	SSL_CTX *ctx = SSL_CTX_new(method);

	ck_assert_ptr_nonnull(ctx);
	ck_assert_int_eq(
	    tlspolicy_apply_text(ctx, name, OVERRIDE), TLSPOLICY_OK);
	return ctx;
}

/* Without its last item. */
static void
shorten(char list[TEXT_SIZE])
{
	char *colon = strrchr(list, ':');

	ck_assert_ptr_nonnull(colon);
	*colon = '\0';
}

/* One of a profile's settings at a time; 0: the profile has it not. */
enum change { MIN, LEVEL_UP, ORDER, CIPHER, SUITE, GROUP, CHANGES };

static int
change_list(SSL_CTX *ctx, enum change change)
{
	static char list[TEXT_SIZE];

	if (change == GROUP)
		return peer_set_groups(ctx, "X25519:P-256");
	cipher_names(ctx, change == SUITE, 0, list);
	shorten(list);
	return change == SUITE ? SSL_CTX_set_ciphersuites(ctx, list) == 1
			       : SSL_CTX_set_cipher_list(ctx, list) == 1;
}

static int
change_one(SSL_CTX *ctx, enum change change)
{
	const uint64_t order = SSL_OP_CIPHER_SERVER_PREFERENCE;
	const int top = peer_is_dtls(ctx) ? DTLS1_2_VERSION : TLS1_3_VERSION;

	switch (change) {
	case MIN:
		return SSL_CTX_get_min_proto_version(ctx) != top &&
		    SSL_CTX_set_min_proto_version(ctx, top) == 1;
	case LEVEL_UP:
		SSL_CTX_set_security_level(
		    ctx, SSL_CTX_get_security_level(ctx) + 1);
		return 1;
	case ORDER:
		if ((SSL_CTX_get_options(ctx) & order) != 0)
			SSL_CTX_clear_options(ctx, order);
		else
			SSL_CTX_set_options(ctx, order);
		return 1;
	default:
		return change_list(ctx, change);
	}
}

START_TEST(profile_line)
{
	const SSL_METHOD *method = profiled[_i].method();
	const char *name = profiled[_i].name;
	char edition[64], what[PEER_WHY];
	SSL_CTX *ctx;
	int i;

	snprintf(edition, sizeof(edition), "%s@2026", name);
	ctx = apply_profile(edition, method);
	assert_profile(ctx, edition, 1, name);
	/* What no profile sets. */
	ck_assert_int_eq(peer_set_sigalgs(ctx, "RSA-PSS+SHA256:ed25519"), 1);
	assert_profile(ctx, edition, 1, name);
	SSL_CTX_free(ctx);
	for (i = 0; i < CHANGES; i++) {
		ctx = apply_profile(edition, method);
		snprintf(what, sizeof(what), "%s on %s, change %d", name,
		    peer_is_dtls(ctx) ? "DTLS" : "TLS", i);
		/* modern has no cipher, and nothing above its minimum. */
		if ((i != CIPHER || strcmp(name, "modern") != 0) &&
		    change_one(ctx, (enum change)i))
			assert_profile(ctx, edition, 0, what);
		SSL_CTX_free(ctx);
	}
}
END_TEST

START_TEST(profile_line_renegotiation)
{
	static const char *const banned[] = { "modern", "intermediate" };
	SSL_CTX *ctx;
	size_t i;

	for (i = 0; i < NELEM(banned); i++) {
		ctx = apply_profile(banned[i], TLS_method());
		SSL_CTX_clear_options(ctx, SSL_OP_NO_RENEGOTIATION);
		assert_profile(ctx, "none", 1, banned[i]);
		SSL_CTX_free(ctx);
	}
	ctx = new_state("default");
	assert_profile(ctx, "none", 1, "default");
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(left_out)
{
	SKIP_TEST(missing(state_at(_i)));
}
END_TEST

static void
add_states(TCase *tc, const TTest *test)
{
	int i;

	for (i = 0; i < state_count(); i++)
		tcase_add_loop_test(tc,
		    missing(state_at(i)) == NULL ? test : left_out, i, i + 1);
}

int
main(void)
{
	Suite *suite = suite_create("context");
	TCase *tc = tcase_create("context");

	/* A fork a state costs more than the state. */
	if (setenv("CK_FORK", "no", 0) != 0)
		return EXIT_FAILURE;
	(void)alarm(600);
	peer_setup();
	tcase_set_timeout(tc, 60);
	add_states(tc, fields);
	tcase_add_loop_test(tc, ranges, 0, (int)NELEM(kinds));
	add_states(tc, handshakes);
	add_states(tc, as_text);
	add_states(tc, applied_again);
	add_states(tc, nothing_changes);
	tcase_add_test(tc, bad_arguments);
	tcase_add_loop_test(tc, audit_names_it, 0, (int)NELEM(violations));
	add_states(tc, audit_is_covers);
	tcase_add_loop_test(tc, golden, 0, (int)NELEM(pages));
	tcase_add_test(tc, describe_cannot_write);
	tcase_add_loop_test(tc, profile_line, 0, (int)NELEM(profiled));
	tcase_add_test(tc, profile_line_renegotiation);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
