/* SPDX-License-Identifier: MIT */
/*
 * What OpenSSL does by itself, shown with raw calls and real handshakes, and
 * what the library does instead.  The labels are this test's own: V for rows
 * about versions, S about the security level, C about lists.
 */
/* For SSL_CTX_set_ssl_version(), deprecated since OpenSSL 3.0. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "peer.h"
#include "release.h"
#include "runner.h"

enum { V10 = 1, V11 = 2, V12 = 4, V13 = 8, CURRENT = V12 | V13, ALL = 15 };

#define AEAD   "ECDHE+AESGCM"
#define GCM128 "ECDHE-RSA-AES128-GCM-SHA256"
#define GCM256 "ECDHE-RSA-AES256-GCM-SHA384"

/* A level in a table, where 0 means 2. */
#define LEVEL(n) ((n) + 1)

/* The same by tlspolicy_inspect(), but for the certificates of a server. */
static unsigned
inspected(SSL_CTX *ctx, enum tlspolicy_role role)
{
	static const int datagram[PEER_VERSIONS] = { 0, DTLS1_VERSION,
		DTLS1_2_VERSION, 0 };
	const int dtls = peer_is_dtls(ctx);
	unsigned i, set = 0;
	int version, verdict;

	for (i = 0; i < PEER_VERSIONS; i++) {
		version = dtls ? datagram[i] : peer_version(i);
		if (version == 0)
			continue;
		verdict = tlspolicy_inspect(ctx, role, version);
		ck_assert_msg(verdict >= 0, "inspect gives %d", verdict);
		if (verdict == TLSPOLICY_AVAILABLE ||
		    (role == TLSPOLICY_SERVER &&
			verdict == TLSPOLICY_NO_CERTIFICATE))
			set |= 1u << i;
	}
	return set;
}

static void
assert_sets(const char *row, const char *who, SSL_CTX *ctx, unsigned client,
    unsigned server)
{
	const unsigned as_client = peer_negotiated(ctx, PEER_CLIENT);
	const unsigned as_server = peer_negotiated(ctx, PEER_SERVER);
	const unsigned told_client = inspected(ctx, TLSPOLICY_CLIENT);
	const unsigned told_server = inspected(ctx, TLSPOLICY_SERVER);

	ck_assert_msg(as_client == client && as_server == server &&
		told_client == client && told_server == server,
	    "%s: %s: client %s, inspected %s, not %s; server %s, inspected %s, "
	    "not %s",
	    row, who, peer_set_name(as_client), peer_set_name(told_client),
	    peer_set_name(client), peer_set_name(as_server),
	    peer_set_name(told_server), peer_set_name(server));
}

static void
assert_applies(
    const char *row, SSL_CTX *ctx, const char *text, unsigned flags, int want)
{
	int status = tlspolicy_apply_text(ctx, text, flags);

	ck_assert_msg(status == want, "%s: \"%s\" gives %d, not %d", row, text,
	    status, want);
	ERR_clear_error();
}

static SSL_CTX *
fresh(int level)
{
	SSL_CTX *ctx = peer_context(TLS_method(), NULL);

	ck_assert_ptr_nonnull(ctx);
	SSL_CTX_set_security_level(ctx, level);
	return ctx;
}

/* Ranges: a context that is wrong or surprising, and what apply makes of it */

static const struct range {
	const char *name;
	const SSL_METHOD *(*method)(void); /* TLS_method */
	const char *host;
	int min, max, level;
	uint64_t options;
	const char *ciphers, *suites;
	unsigned raw_client, raw_server;
	const char *text;
	unsigned flags;
	int want;
	unsigned client, server;    /* afterwards */
	unsigned long from, before; /* releases; 0: all */
} ranges[] = {
	{ .name = "V1 inverted bounds",
	    .min = TLS1_3_VERSION,
	    .max = TLS1_2_VERSION,
	    .text = "system",
	    .want = TLSPOLICY_E_CONFLICT },
	{ .name = "V1 inverted bounds, overridden",
	    .min = TLS1_3_VERSION,
	    .max = TLS1_2_VERSION,
	    .text = "min=TLSv1.2,max=TLSv1.3",
	    .flags = TLSPOLICY_OVERRIDE,
	    .client = CURRENT,
	    .server = CURRENT },
	{ .name = "V7 SSL 3.0 as the minimum",
	    .min = SSL3_VERSION,
	    .level = LEVEL(0),
	    .raw_client = ALL,
	    .raw_server = ALL,
	    .text = "min=TLSv1,level=0",
	    .client = ALL,
	    .server = ALL,
	    .before = RELEASE_4_0 },
	{ .name = "V9 NO_TLSv1_3 under min 1.3",
	    .min = TLS1_3_VERSION,
	    .options = SSL_OP_NO_TLSv1_3,
	    .text = "min=TLSv1.3",
	    .want = TLSPOLICY_E_CONFLICT },
	{ .name = "V9 NO_TLSv1_3, overridden",
	    .min = TLS1_3_VERSION,
	    .options = SSL_OP_NO_TLSv1_3,
	    .text = "modern",
	    .flags = TLSPOLICY_OVERRIDE,
	    .client = V13,
	    .server = V13 },
	{ .name = "V10 NO_TLSv1_2 alone",
	    .level = LEVEL(0),
	    .options = SSL_OP_NO_TLSv1_2,
	    .raw_client = V10 | V11,
	    .raw_server = V10 | V11 | V13,
	    .text = "system",
	    .client = V13,
	    .server = V13 },
	{ .name = "V10 NO_TLSv1_2, overridden",
	    .level = LEVEL(0),
	    .options = SSL_OP_NO_TLSv1_2,
	    .raw_client = V10 | V11,
	    .raw_server = V10 | V11 | V13,
	    .text = "intermediate",
	    .flags = TLSPOLICY_OVERRIDE,
	    .client = CURRENT,
	    .server = CURRENT },
	{ .name = "V11 NO_TLSv1_1 alone",
	    .options = SSL_OP_NO_TLSv1_1,
	    .raw_server = CURRENT,
	    .text = "system",
	    .client = CURRENT,
	    .server = CURRENT,
	    .from = RELEASE_3_0,
	    .before = RELEASE_3_1 },
	{ .name = "V11 NO_TLSv1_1 alone, no hole any more",
	    .options = SSL_OP_NO_TLSv1_1,
	    .raw_client = CURRENT,
	    .raw_server = CURRENT,
	    .text = "system",
	    .client = CURRENT,
	    .server = CURRENT,
	    .from = RELEASE_3_1 },
	{ .name = "V11 NO_TLSv1_1 at level 0",
	    .level = LEVEL(0),
	    .options = SSL_OP_NO_TLSv1_1,
	    .raw_client = V10,
	    .raw_server = V10 | CURRENT,
	    .text = "system",
	    .client = CURRENT,
	    .server = CURRENT },
	{ .name = "V15 hole {1.1, 1.3}, AEAD only",
	    .min = TLS1_1_VERSION,
	    .level = LEVEL(0),
	    .options = SSL_OP_NO_TLSv1_2,
	    .ciphers = AEAD,
	    .text = "system",
	    .client = V13,
	    .server = V13 },
	{ .name = "S1 1.0 and 1.1 at level 1",
	    .level = LEVEL(1),
	    .raw_client = CURRENT,
	    .raw_server = CURRENT,
	    .text = "min=TLSv1",
	    .flags = TLSPOLICY_OVERRIDE,
	    .want = TLSPOLICY_E_STRICTER,
	    .client = CURRENT,
	    .server = CURRENT,
	    .from = RELEASE_3_0 },
	{ .name = "S1 1.0 and 1.1 at level 0",
	    .level = LEVEL(1),
	    .raw_client = CURRENT,
	    .raw_server = CURRENT,
	    .text = "min=TLSv1,level=0",
	    .flags = TLSPOLICY_OVERRIDE,
	    .client = ALL,
	    .server = ALL,
	    .from = RELEASE_3_0 },
	{ .name = "S1b static RSA at level 1",
	    .level = LEVEL(1),
	    .ciphers = "AES128-SHA",
	    .raw_client = ALL,
	    .raw_server = CURRENT,
	    .text = "system",
	    .client = CURRENT,
	    .server = CURRENT,
	    .from = RELEASE_3_0,
	    .before = RELEASE_3_1 },
	{ .name = "S1b static RSA at level 1, not any more",
	    .level = LEVEL(1),
	    .ciphers = "AES128-SHA",
	    .raw_client = CURRENT,
	    .raw_server = CURRENT,
	    .text = "system",
	    .client = CURRENT,
	    .server = CURRENT,
	    .from = RELEASE_3_1 },
	{ .name = "S1b static RSA at level 2",
	    .ciphers = "AES128-SHA",
	    .raw_client = ALL,
	    .raw_server = CURRENT,
	    .text = "system",
	    .client = CURRENT,
	    .server = CURRENT,
	    .from = RELEASE_3_0,
	    .before = RELEASE_3_1 },
	{ .name = "S1b static RSA at level 2, not any more",
	    .ciphers = "AES128-SHA",
	    .raw_client = CURRENT,
	    .raw_server = CURRENT,
	    .text = "system",
	    .client = CURRENT,
	    .server = CURRENT,
	    .from = RELEASE_3_1 },
	{ .name = "S1b static RSA kept by a list",
	    .level = LEVEL(1),
	    .raw_client = CURRENT,
	    .raw_server = CURRENT,
	    .text = "ciphers=AES128-SHA",
	    .client = CURRENT,
	    .server = CURRENT,
	    .from = RELEASE_3_0 },
	{ .name = "S1 1.0 and 1.1 at level 2 of 1.1.1",
	    .raw_client = ALL,
	    .raw_server = ALL,
	    .text = "min=TLSv1",
	    .client = ALL,
	    .server = ALL,
	    .before = RELEASE_3_0 },
	{ .name = "S1 level 3 of 1.1.1",
	    .level = LEVEL(3),
	    .raw_client = V11 | CURRENT,
	    .raw_server = V11 | CURRENT,
	    .text = "min=TLSv1",
	    .want = TLSPOLICY_E_STRICTER,
	    .client = V11 | CURRENT,
	    .server = V11 | CURRENT,
	    .before = RELEASE_3_0 },
	{ .name = "S1 level 4 of 1.1.1",
	    .level = LEVEL(4),
	    .raw_client = CURRENT,
	    .raw_server = CURRENT,
	    .text = "min=TLSv1.1",
	    .want = TLSPOLICY_E_STRICTER,
	    .client = CURRENT,
	    .server = CURRENT,
	    .before = RELEASE_3_0 },
	{ .name = "S1 DTLS 1.0 at level 2 of 1.1.1",
	    .method = DTLS_method,
	    .raw_client = V11 | V12,
	    .raw_server = V11 | V12,
	    .text = "min=TLSv1",
	    .client = V11 | V12,
	    .server = V11 | V12,
	    .before = RELEASE_3_0 },
	{ .name = "S5 level 99",
	    .level = LEVEL(99),
	    .raw_client = CURRENT,
	    .raw_server = CURRENT,
	    .text = "level=2",
	    .client = CURRENT,
	    .server = CURRENT,
	    .before = RELEASE_3_5 },
	{ .name = "S5 level 99, no key share",
	    .level = LEVEL(99),
	    .raw_server = CURRENT,
	    .text = "level=2",
	    .server = CURRENT,
	    .from = RELEASE_3_5 },
	{ .name = "C4 no suite under max 1.3",
	    .suites = "",
	    .text = "system",
	    .want = TLSPOLICY_E_CONFLICT },
	{ .name = "C4 no suite, max lowered",
	    .level = LEVEL(0),
	    .suites = "",
	    .text = "max=TLSv1.2",
	    .client = V10 | V11 | V12,
	    .server = V10 | V11 | V12 },
	{ .name = "C4 no suite, modern overrides",
	    .suites = "",
	    .text = "modern",
	    .flags = TLSPOLICY_OVERRIDE,
	    .client = V13,
	    .server = V13 },
	{ .name = "C4 AEAD only under max 1.1",
	    .max = TLS1_1_VERSION,
	    .level = LEVEL(0),
	    .ciphers = AEAD,
	    .text = "system",
	    .want = TLSPOLICY_E_CONFLICT },
	{ .name = "host MinProtocol",
	    .host = "MinProtocol = TLSv1.3\n",
	    .raw_client = V13,
	    .raw_server = V13,
	    .text = "intermediate",
	    .client = V13,
	    .server = V13 },
	{ .name = "host MinProtocol, overridden",
	    .host = "MinProtocol = TLSv1.3\n",
	    .raw_client = V13,
	    .raw_server = V13,
	    .text = "intermediate",
	    .flags = TLSPOLICY_OVERRIDE,
	    .client = CURRENT,
	    .server = CURRENT },
	{ .name = "host MinProtocol, nothing weaker accepted",
	    .host = "MinProtocol = TLSv1.3\n",
	    .raw_client = V13,
	    .raw_server = V13,
	    .text = "intermediate",
	    .flags = TLSPOLICY_FAIL_IF_STRICTER,
	    .want = TLSPOLICY_E_STRICTER,
	    .client = V13,
	    .server = V13 },
	{ .name = "host MaxProtocol under modern",
	    .level = LEVEL(0),
	    .host = "MaxProtocol = TLSv1.2\n",
	    .raw_client = V10 | V11 | V12,
	    .raw_server = V10 | V11 | V12,
	    .text = "modern",
	    .flags = TLSPOLICY_OVERRIDE,
	    .want = TLSPOLICY_E_CONFLICT,
	    .client = V10 | V11 | V12,
	    .server = V10 | V11 | V12 },
	{ .name = "host Protocol line",
	    .level = LEVEL(0),
	    .host = "Protocol = ALL,-TLSv1.3\n",
	    .raw_client = V10 | V11 | V12,
	    .raw_server = V10 | V11 | V12,
	    .text = "intermediate",
	    .client = V12,
	    .server = V12 },
	{ .name = "host Protocol line that leaves a hole",
	    .level = LEVEL(0),
	    .host = "Protocol = ALL,-TLSv1.2\n",
	    .raw_client = V10 | V11,
	    .raw_server = V10 | V11 | V13,
	    .text = "system",
	    .client = V13,
	    .server = V13 },
	{ .name = "host Protocol line that leaves no hole any more",
	    .host = "Protocol = ALL,-TLSv1.2\n",
	    .raw_client = V13,
	    .raw_server = V13,
	    .text = "system",
	    .client = V13,
	    .server = V13,
	    .from = RELEASE_3_1 },
	{ .name = "V2 1.2 on DTLS",
	    .method = DTLS_method,
	    .level = LEVEL(0),
	    .raw_client = V11 | V12,
	    .raw_server = V11 | V12,
	    .text = "min=TLSv1.2",
	    .client = V12,
	    .server = V12 },
	{ .name = "V2 1.1 on DTLS",
	    .method = DTLS_method,
	    .level = LEVEL(0),
	    .raw_client = V11 | V12,
	    .raw_server = V11 | V12,
	    .text = "max=TLSv1.1",
	    .client = V11,
	    .server = V11 },
	{ .name = "V2 1.0 on DTLS begins at DTLS 1.0",
	    .method = DTLS_method,
	    .level = LEVEL(0),
	    .raw_client = V11 | V12,
	    .raw_server = V11 | V12,
	    .text = "min=TLSv1",
	    .client = V11 | V12,
	    .server = V11 | V12 },
	{ .name = "V2 1.0 on DTLS at level 2",
	    .method = DTLS_method,
	    .raw_client = V12,
	    .raw_server = V12,
	    .text = "min=TLSv1",
	    .want = TLSPOLICY_E_STRICTER,
	    .client = V12,
	    .server = V12,
	    .from = RELEASE_3_0 },
	{ .name = "V2 1.0 on DTLS, overridden",
	    .method = DTLS_method,
	    .raw_client = V12,
	    .raw_server = V12,
	    .text = "min=TLSv1,level=0",
	    .flags = TLSPOLICY_OVERRIDE,
	    .client = V11 | V12,
	    .server = V11 | V12,
	    .from = RELEASE_3_0 },
	{ .name = "V2 nothing but 1.0 on DTLS",
	    .method = DTLS_method,
	    .level = LEVEL(0),
	    .raw_client = V11 | V12,
	    .raw_server = V11 | V12,
	    .text = "max=TLSv1",
	    .want = TLSPOLICY_E_CONFLICT,
	    .client = V11 | V12,
	    .server = V11 | V12 },
	{ .name = "V2 nothing but 1.0 on DTLS, overridden",
	    .method = DTLS_method,
	    .level = LEVEL(0),
	    .raw_client = V11 | V12,
	    .raw_server = V11 | V12,
	    .text = "max=TLSv1",
	    .flags = TLSPOLICY_OVERRIDE,
	    .want = TLSPOLICY_E_CONFLICT,
	    .client = V11 | V12,
	    .server = V11 | V12 },
	{ .name = "V2 modern on DTLS",
	    .level = LEVEL(0),
	    .method = DTLS_method,
	    .raw_client = V11 | V12,
	    .raw_server = V11 | V12,
	    .text = "modern",
	    .want = TLSPOLICY_E_UNSUPPORTED,
	    .client = V11 | V12,
	    .server = V11 | V12 },
	{ .name = "V2 modern on DTLS, overridden",
	    .level = LEVEL(0),
	    .method = DTLS_method,
	    .raw_client = V11 | V12,
	    .raw_server = V11 | V12,
	    .text = "modern",
	    .flags = TLSPOLICY_OVERRIDE,
	    .want = TLSPOLICY_E_UNSUPPORTED,
	    .client = V11 | V12,
	    .server = V11 | V12 },
	{ .name = "V2 intermediate on DTLS",
	    .method = DTLS_method,
	    .level = LEVEL(0),
	    .raw_client = V11 | V12,
	    .raw_server = V11 | V12,
	    .text = "intermediate",
	    .client = V12,
	    .server = V12 },
	{ .name = "V2 legacy on DTLS",
	    .method = DTLS_method,
	    .raw_client = V12,
	    .raw_server = V12,
	    .text = "legacy",
	    .flags = TLSPOLICY_OVERRIDE,
	    .client = V11 | V12,
	    .server = V11 | V12,
	    .from = RELEASE_3_0 },
	{ .name = "V1 inverted bounds on DTLS",
	    .method = DTLS_method,
	    .min = DTLS1_2_VERSION,
	    .max = DTLS1_VERSION,
	    .level = LEVEL(0),
	    .text = "system",
	    .want = TLSPOLICY_E_CONFLICT },
	{ .name = "V12 NO_TLSv1 is NO_DTLSv1",
	    .method = DTLS_method,
	    .level = LEVEL(0),
	    .options = SSL_OP_NO_TLSv1,
	    .raw_client = V12,
	    .raw_server = V12,
	    .text = "min=TLSv1.1,level=0",
	    .flags = TLSPOLICY_OVERRIDE,
	    .client = V11 | V12,
	    .server = V11 | V12 },
	{ .name = "V12 NO_TLSv1_2 is NO_DTLSv1_2",
	    .method = DTLS_method,
	    .level = LEVEL(0),
	    .options = SSL_OP_NO_TLSv1_2,
	    .raw_client = V11,
	    .raw_server = V11,
	    .text = "min=TLSv1.2",
	    .want = TLSPOLICY_E_CONFLICT,
	    .client = V11,
	    .server = V11 },
	{ .name = "V12 NO_TLSv1_2, overridden",
	    .method = DTLS_method,
	    .level = LEVEL(0),
	    .options = SSL_OP_NO_TLSv1_2,
	    .raw_client = V11,
	    .raw_server = V11,
	    .text = "min=TLSv1.2",
	    .flags = TLSPOLICY_OVERRIDE,
	    .client = V12,
	    .server = V12 },
	{ .name = "V12 NO_TLSv1_1 and NO_TLSv1_3 mean nothing",
	    .method = DTLS_method,
	    .level = LEVEL(0),
	    .options = SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_3,
	    .raw_client = V11 | V12,
	    .raw_server = V11 | V12,
	    .text = "system",
	    .client = V11 | V12,
	    .server = V11 | V12 },
	{ .name = "S1 DTLS 1.0 at level 1",
	    .method = DTLS_method,
	    .max = DTLS1_VERSION,
	    .level = LEVEL(1),
	    .text = "system",
	    .want = TLSPOLICY_E_CONFLICT,
	    .from = RELEASE_3_0 },
};

START_TEST(range)
{
	const struct range *r = &ranges[_i];
	SSL_CTX *ctx = peer_context(
	    r->method != NULL ? r->method() : TLS_method(), r->host);

	ck_assert_ptr_nonnull(ctx);
	SSL_CTX_set_security_level(ctx, r->level != 0 ? r->level - 1 : 2);
	SSL_CTX_set_options(ctx, r->options);
	if (r->ciphers != NULL)
		ck_assert(SSL_CTX_set_cipher_list(ctx, r->ciphers) == 1);
	if (r->suites != NULL)
		ck_assert(SSL_CTX_set_ciphersuites(ctx, r->suites) == 1);
	/* Every one of these succeeds: that is the trouble. */
	if (r->min != 0)
		ck_assert(SSL_CTX_set_min_proto_version(ctx, r->min) == 1);
	if (r->max != 0)
		ck_assert(SSL_CTX_set_max_proto_version(ctx, r->max) == 1);
	assert_sets(r->name, "OpenSSL", ctx, r->raw_client, r->raw_server);
	assert_applies(r->name, ctx, r->text, r->flags, r->want);
	assert_sets(r->name, "library", ctx, r->client, r->server);
	SSL_CTX_free(ctx);
}
END_TEST

/* Texts that are refused where OpenSSL drops, ignores or wipes */

static const struct refusal {
	const char *name, *text;
	int want;
} refusals[] = {
	{ "V1", "min=TLSv1.3,max=TLSv1.2", TLSPOLICY_E_RANGE },
	{ "V1 by a profile", "modern,max=TLSv1.2", TLSPOLICY_E_RANGE },
	{ "V2", "min=DTLSv1.2", TLSPOLICY_E_SYNTAX },
	{ "V6", "min=TLSv1.4", TLSPOLICY_E_SYNTAX },
	{ "V6 a number", "min=0x0305", TLSPOLICY_E_SYNTAX },
	{ "V7", "min=SSLv3", TLSPOLICY_E_SYNTAX },
	{ "V8", "min=0", TLSPOLICY_E_SYNTAX },
	{ "V10", "disable=TLSv1.2", TLSPOLICY_E_HOLE },
	{ "V11", "disable=TLSv1.1", TLSPOLICY_E_HOLE },
	{ "S3", "ciphers=@SECLEVEL=0:DEFAULT", TLSPOLICY_E_SYNTAX },
	{ "S4", "ciphers=" GCM128 ":@SECLEVEL=0", TLSPOLICY_E_SYNTAX },
	{ "S5", "level=6", TLSPOLICY_E_SYNTAX },
	{ "S5 negative", "level=-1", TLSPOLICY_E_SYNTAX },
	{ "C1", "ciphers=TLS_AES_128_GCM_SHA256", TLSPOLICY_E_SYNTAX },
	{ "C2", "ciphers=" GCM128 ":NO-SUCH-CIPHER", TLSPOLICY_E_UNSUPPORTED },
	{ "C2 a keyword", "ciphers=HIGH", TLSPOLICY_E_SYNTAX },
	{ "C3", "ciphersuites=TLS_AES_128_GCM_SHA256:TLS_NO_SUCH_SUITE",
	    TLSPOLICY_E_UNSUPPORTED },
	{ "C3 empty", "ciphersuites=", TLSPOLICY_E_SYNTAX },
	{ "C4", "ciphersuites=?TLS_NO_SUCH_SUITE", TLSPOLICY_E_CONFLICT },
	{ "C4 AEAD only", "ciphers=" GCM128 ",max=TLSv1.1,level=0",
	    TLSPOLICY_E_CONFLICT },
	{ "C5", "groups=X25519:nosuchgroup", TLSPOLICY_E_UNSUPPORTED },
	{ "C5 sigalgs", "sigalgs=rsa_pss_rsae_sha256:nosuch_sha256",
	    TLSPOLICY_E_UNSUPPORTED },
	{ "C6 star", "groups=*X25519", TLSPOLICY_E_SYNTAX },
	{ "C6 tuples", "groups=X25519/P-256", TLSPOLICY_E_SYNTAX },
	{ "C6 DEFAULT", "groups=DEFAULT", TLSPOLICY_E_SYNTAX },
	{ "C4 ciphers that no sigalg fits",
	    "min=TLSv1.2,max=TLSv1.2,ciphers=ECDHE-ECDSA-AES128-GCM-SHA256,"
	    "sigalgs=RSA+SHA256",
	    TLSPOLICY_E_CONFLICT },
	{ "C4 sigalgs of TLS 1.2 alone", "min=TLSv1.3,sigalgs=SHA256+RSA",
	    TLSPOLICY_E_CONFLICT },
	{ "C7", "groups=?nosuchgroup", TLSPOLICY_E_CONFLICT },
	{ "C7 empty", "groups=", TLSPOLICY_E_SYNTAX },
	{ "C7 nothing for TLS 1.2", "groups=ffdhe2048", TLSPOLICY_E_CONFLICT },
	{ "C7 nothing for TLS 1.3", "groups=brainpoolP256r1",
	    TLSPOLICY_E_CONFLICT },
};

/* Why a row about groups does not hold for this release, or NULL. */
static const char *
lacking(const char *groups)
{
	if (release() >= RELEASE_3_0)
		return NULL;
	if (strstr(groups, "ffdhe") != NULL)
		return "no ffdhe groups before OpenSSL 3.0";
	if (strstr(groups, "brainpool") != NULL)
		return "before OpenSSL 3.0 any curve serves TLS 1.3";
	return NULL;
}

START_TEST(refusal)
{
	const struct refusal *r = &refusals[_i];
	struct peer_snapshot before, after;
	char why[PEER_WHY] = "";
	SSL_CTX *ctx;

	if (lacking(r->text) != NULL)
		SKIP_TEST(lacking(r->text));
	ctx = fresh(2);
	peer_snapshot(ctx, &before, test_tier() != TIER_SHORT);
	assert_applies(r->name, ctx, r->text, 0, r->want);
	assert_applies(r->name, ctx, r->text, TLSPOLICY_OVERRIDE, r->want);
	peer_snapshot(ctx, &after, test_tier() != TIER_SHORT);
	ck_assert_msg(peer_same(&before, &after, why, sizeof(why)),
	    "%s: \"%s\" changes %s", r->name, r->text, why);
	SSL_CTX_free(ctx);
}
END_TEST

/* Versions */

static const int no_versions[] = { 0x0305, 42, -1 };

START_TEST(v2_wrong_transport)
{
	struct tlspolicy *policy = tlspolicy_new();
	SSL_CTX *ctx = fresh(2);
	SSL_CTX *datagram = peer_context(DTLS_method(), NULL);

	ck_assert(SSL_CTX_set_min_proto_version(ctx, DTLS1_2_VERSION) == 1);
	ck_assert(SSL_CTX_get_min_proto_version(ctx) == 0);
	ck_assert(SSL_CTX_set_max_proto_version(datagram, TLS1_2_VERSION) == 1);
	ck_assert(SSL_CTX_get_max_proto_version(datagram) == 0);
	ck_assert_int_eq(tlspolicy_set_min_version(policy, DTLS1_2_VERSION),
	    TLSPOLICY_E_INVALID);
	assert_applies("V2", datagram, "min=TLSv1.2,max=TLSv1.2", 0, 0);
	ck_assert(SSL_CTX_get_min_proto_version(datagram) == DTLS1_2_VERSION);
	ck_assert(SSL_CTX_get_max_proto_version(datagram) == DTLS1_2_VERSION);
	/* The other transport's constants are no question to ask. */
	ck_assert_int_eq(
	    tlspolicy_inspect(ctx, TLSPOLICY_CLIENT, DTLS1_2_VERSION),
	    TLSPOLICY_E_INVALID);
	ck_assert_int_eq(
	    tlspolicy_inspect(datagram, TLSPOLICY_CLIENT, TLS1_2_VERSION),
	    TLSPOLICY_E_INVALID);
	ERR_clear_error();
	tlspolicy_free(policy);
	SSL_CTX_free(ctx);
	SSL_CTX_free(datagram);
}
END_TEST

START_TEST(v3_pinned_by_method)
{
	static const unsigned flags[] = { 0, TLSPOLICY_OVERRIDE,
		TLSPOLICY_FAIL_IF_STRICTER };
	SSL_CTX *ctx;
	size_t i;

	if (release_tls1_2() == NULL)
		SKIP_TEST("this release has no methods of one version");
	ctx = peer_context(release_tls1_2(), NULL);
	ck_assert(SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1);
	ck_assert(SSL_CTX_get_min_proto_version(ctx) == 0);
	SSL_CTX_set_options(ctx, SSL_OP_NO_TLSv1_2);
	assert_sets("V3", "OpenSSL", ctx, V12, V12);
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		assert_applies(
		    "V3", ctx, "modern", flags[i], TLSPOLICY_E_METHOD);
		assert_applies(
		    "V3", ctx, "max=TLSv1.2", flags[i], TLSPOLICY_E_METHOD);
	}
	assert_sets("V3", "library", ctx, V12, V12);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(v5_supported_versions)
{
	SSL_CTX *ctx = fresh(0);
	unsigned i, set = peer_negotiated(ctx, PEER_SERVER);

	for (i = 0; i < PEER_VERSIONS; i++)
		ck_assert_msg(tlspolicy_openssl_supports(peer_version(i)) ==
			(int)(set >> i & 1),
		    "V5: %s: handshakes are right", peer_version_name(i));
	for (i = 0; i < sizeof(no_versions) / sizeof(no_versions[0]); i++)
		ck_assert(!tlspolicy_openssl_supports(no_versions[i]));
	/* V7 */
	ck_assert(!tlspolicy_openssl_supports(SSL3_VERSION));
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(v6_no_such_version)
{
	struct tlspolicy *policy = tlspolicy_new();
	SSL_CTX *ctx = fresh(2);
	int version = no_versions[_i];

	ERR_clear_error();
	ck_assert(SSL_CTX_set_min_proto_version(ctx, version) == 0);
	ck_assert(SSL_CTX_set_max_proto_version(ctx, version) == 0);
	ck_assert_msg(ERR_peek_error() == 0, "V6: %d: an entry", version);
	ck_assert_int_eq(
	    tlspolicy_set_min_version(policy, version), TLSPOLICY_E_INVALID);
	ck_assert_msg(ERR_peek_error() != 0, "V6: %d: no entry", version);
	ck_assert_int_eq(
	    tlspolicy_set_max_version(policy, version), TLSPOLICY_E_INVALID);
	tlspolicy_free(policy);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(v7_ssl3)
{
	struct tlspolicy *policy = tlspolicy_new();
	SSL_CTX *ctx = fresh(0);
	struct peer_snapshot now;

	ck_assert_int_eq(tlspolicy_set_min_version(policy, SSL3_VERSION),
	    TLSPOLICY_E_INVALID);
	ck_assert(SSL_CTX_set_min_proto_version(ctx, SSL3_VERSION) ==
	    (release() < RELEASE_4_0));
	assert_applies("V7", ctx, "min=TLSv1,level=0", 0, TLSPOLICY_OK);
	peer_snapshot(ctx, &now, 0);
	ck_assert_msg(now.min == TLS1_VERSION, "V7: min is still 0x%x",
	    (unsigned)now.min);
	tlspolicy_free(policy);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(v8_zero_is_no_reset)
{
	struct tlspolicy *policy = tlspolicy_new();
	SSL_CTX *ctx = fresh(0);

	ck_assert(SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1);
	ck_assert(SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION) == 1);
	ck_assert_int_eq(tlspolicy_set_min_version(policy, 0), 0);
	ck_assert_int_eq(tlspolicy_set_max_version(policy, 0), 0);
	ck_assert_int_eq(
	    tlspolicy_apply_ctx(ctx, policy, TLSPOLICY_OVERRIDE), 0);
	assert_sets("V8", "library", ctx, V12, V12);
	ck_assert(SSL_CTX_set_min_proto_version(ctx, 0) == 1);
	ck_assert(SSL_CTX_set_max_proto_version(ctx, 0) == 1);
	assert_sets("V8", "OpenSSL", ctx, ALL, ALL);
	tlspolicy_free(policy);
	SSL_CTX_free(ctx);
}
END_TEST

/* What a client of ctx offers, as a set; legacy_version where it is all. */
static unsigned
offered(SSL_CTX *ctx, unsigned *legacy)
{
	struct peer_hello hello;
	unsigned i, set = 0;
	size_t j;

	ck_assert_int_eq(peer_hello(ctx, &hello), 1);
	*legacy = hello.legacy;
	for (j = 0; j < hello.versions.count; j++)
		for (i = 0; i < PEER_VERSIONS; i++)
			if (hello.versions.code[j] == peer_version(i))
				set |= 1u << i;
	return set;
}

START_TEST(v11_only_the_lowest_run)
{
	SSL_CTX *ctx = fresh(2);
	unsigned legacy;

	SSL_CTX_set_options(ctx, SSL_OP_NO_TLSv1_1);
	if (release() < RELEASE_3_1) {
		ck_assert_uint_eq(offered(ctx, &legacy), 0);
		ck_assert_uint_eq(legacy, TLS1_VERSION);
	}
	assert_applies("V11", ctx, "system", 0, TLSPOLICY_OK);
	ck_assert_uint_eq(offered(ctx, &legacy), CURRENT);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(v13_where_the_version_is)
{
	SSL_CTX *ctx = fresh(2);
	unsigned legacy;
	SSL *ssl;

	assert_applies("V13", ctx, "max=TLSv1.2", 0, TLSPOLICY_OK);
	ssl = SSL_new(ctx);
	ck_assert_int_eq(SSL_version(ssl), TLS1_3_VERSION);
	SSL_free(ssl);
	ck_assert_uint_eq(offered(ctx, &legacy), 0);
	ck_assert_uint_eq(legacy, TLS1_2_VERSION);
	SSL_CTX_free(ctx);
	ctx = fresh(2);
	assert_applies("V13", ctx, "modern", 0, TLSPOLICY_OK);
	ck_assert_uint_eq(offered(ctx, &legacy), V13);
	ck_assert_uint_eq(legacy, TLS1_2_VERSION);
	SSL_CTX_free(ctx);
}
END_TEST

/* The bounds are still there to be read, and mean nothing. */
START_TEST(v14_method_after_bounds)
{
	const struct tlspolicy *modern = tlspolicy_profile("modern");
	SSL_CTX *ctx;

	if (release_tls1_2() == NULL)
		SKIP_TEST("this release has no methods of one version");
	ctx = fresh(2);
	assert_applies("V14", ctx, "modern", 0, TLSPOLICY_OK);
	ck_assert_int_eq(tlspolicy_audit(ctx, modern), TLSPOLICY_OK);
	ck_assert(SSL_CTX_set_ssl_version(ctx, release_tls1_2()) == 1);
	/* By 3.5 such a client has become one that no peer answers. */
	if (release() < RELEASE_3_1)
		assert_sets("V14", "OpenSSL", ctx, V12, V12);
	ck_assert_int_eq(tlspolicy_audit(ctx, modern), TLSPOLICY_E_VIOLATION);
	assert_applies("V14", ctx, "modern", 0, TLSPOLICY_E_METHOD);
	SSL_CTX_free(ctx);
}
END_TEST

/* Security level */

static const char alive[] =
    "before OpenSSL 3.0 levels 1 and 2 permit TLS 1.0 and 1.1";

START_TEST(s1_offered_and_dead)
{
	SSL_CTX *ctx;
	struct peer_result result;
	unsigned legacy;

	if (release() < RELEASE_3_0)
		SKIP_TEST(alive);
	ctx = fresh(_i);
	if (release() < RELEASE_3_1) {
		ck_assert_uint_eq(offered(ctx, &legacy), ALL);
		peer_negotiates(ctx, PEER_SERVER, TLS1_VERSION, &result);
		ck_assert_int_eq(
		    result.reason[0], SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM);
		ck_assert_int_eq(
		    result.reason[1], SSL_R_TLSV1_ALERT_INTERNAL_ERROR);
		peer_negotiates(ctx, PEER_CLIENT, TLS1_VERSION, &result);
		ck_assert_int_eq(result.reason[0], RELEASE_R_LEGACY_SIGALG);
	}

	assert_applies("S1", ctx, "system", 0, TLSPOLICY_OK);
	ck_assert_uint_eq(offered(ctx, &legacy), CURRENT);
	peer_negotiates(ctx, PEER_SERVER, TLS1_VERSION, &result);
	ck_assert_int_eq(result.reason[0], SSL_R_UNSUPPORTED_PROTOCOL);
	peer_negotiates(ctx, PEER_CLIENT, TLS1_VERSION, &result);
	ck_assert_int_eq(result.reason[0], SSL_R_TLSV1_ALERT_PROTOCOL_VERSION);
	SSL_CTX_free(ctx);
}
END_TEST

/* Connections of two contexts of the tests' own, the server with a key. */
struct pair {
	SSL *client, *server;
};

static struct pair
connect_pair(SSL_CTX *client, SSL_CTX *server)
{
	struct pair pair = { SSL_new(client), SSL_new(server) };

	ck_assert(pair.client != NULL && pair.server != NULL);
	SSL_set_connect_state(pair.client);
	SSL_set_accept_state(pair.server);
	return pair;
}

static void
free_pair(const struct pair *pair)
{
	SSL_free(pair->client);
	SSL_free(pair->server);
}

static int
pair_version(SSL_CTX *client, SSL_CTX *server)
{
	struct pair pair = connect_pair(client, server);
	struct peer_result result;

	peer_handshake(pair.client, pair.server, &result);
	free_pair(&pair);
	return result.version;
}

START_TEST(s2_both_peers_need_level_0)
{
	SSL_CTX *client, *server;

	if (release() < RELEASE_3_0)
		SKIP_TEST(alive);
	client = fresh(0);
	server = fresh(1);
	ck_assert_int_eq(peer_use_rsa_2048(server), 1);
	ck_assert(SSL_CTX_set_max_proto_version(client, TLS1_VERSION) == 1);
	ck_assert_int_eq(pair_version(client, server), 0);
	SSL_CTX_set_security_level(server, 0);
	ck_assert_int_eq(pair_version(client, server), TLS1_VERSION);
	SSL_CTX_free(client);
	SSL_CTX_free(server);

	client = fresh(2);
	server = fresh(2);
	ck_assert_int_eq(peer_use_rsa_2048(server), 1);
	assert_applies("S2", client, "legacy,max=TLSv1", TLSPOLICY_OVERRIDE, 0);
	ck_assert_int_eq(pair_version(client, server), 0);
	assert_applies("S2", server, "legacy", TLSPOLICY_OVERRIDE, 0);
	ck_assert_int_eq(pair_version(client, server), TLS1_VERSION);
	SSL_CTX_free(client);
	SSL_CTX_free(server);
}
END_TEST

START_TEST(s3_seclevel_first)
{
	SSL_CTX *ctx = fresh(2);
	struct peer_snapshot now;

	ck_assert(SSL_CTX_set_cipher_list(ctx, "@SECLEVEL=0:DEFAULT") == 0);
	ERR_clear_error();
	peer_snapshot(ctx, &now, 0);
	ck_assert_int_eq(now.level, 0);
	ck_assert_uint_eq(now.ciphers.count, 0);
	ck_assert_uint_ne(now.suites.count, 0);
	/* The context that a caller has by now: a profile repairs it. */
	assert_applies("S3", ctx, "intermediate", TLSPOLICY_OVERRIDE, 0);
	ck_assert_int_eq(SSL_CTX_get_security_level(ctx), 2);
	assert_sets("S3", "library", ctx, CURRENT, CURRENT);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(s4_ciphers_and_level)
{
	SSL_CTX *ctx = fresh(3);

	ck_assert(SSL_CTX_set_cipher_list(ctx, "DEFAULT") == 1);
	ck_assert_int_eq(SSL_CTX_get_security_level(ctx), 3);
	ck_assert(SSL_CTX_set_cipher_list(ctx, "DEFAULT@SECLEVEL=1") == 1);
	ck_assert_int_eq(SSL_CTX_get_security_level(ctx), 1);
	SSL_CTX_set_security_level(ctx, 3);
	assert_applies("S4", ctx, "ciphers=" GCM128, TLSPOLICY_OVERRIDE, 0);
	ck_assert_int_eq(SSL_CTX_get_security_level(ctx), 3);
	assert_applies("S4", ctx, "level=1", 0, TLSPOLICY_OK);
	ck_assert_int_eq(SSL_CTX_get_security_level(ctx), 3);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(s5_any_level)
{
	static const int levels[] = { 6, 99, -2 };
	struct tlspolicy *policy = tlspolicy_new();
	SSL_CTX *ctx = fresh(2);
	size_t i;

	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		SSL_CTX_set_security_level(ctx, levels[i]);
		ck_assert_int_eq(SSL_CTX_get_security_level(ctx), levels[i]);
		ck_assert_msg(tlspolicy_set_security_level(policy, levels[i]) ==
			TLSPOLICY_E_INVALID,
		    "S5: %d is no level", levels[i]);
	}
	tlspolicy_free(policy);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(s6_level_and_certificate)
{
	SSL_CTX *ctx = fresh(2), *strict = fresh(3);

	ck_assert_int_eq(peer_use_rsa_2048(ctx), 1);
	ck_assert(SSL_CTX_check_private_key(ctx) == 1);
	ck_assert(SSL_CTX_use_certificate(
		      strict, SSL_CTX_get0_certificate(ctx)) == 0);
	ck_assert_int_eq(
	    ERR_GET_REASON(ERR_peek_last_error()), SSL_R_EE_KEY_TOO_SMALL);
	ERR_clear_error();
	SSL_CTX_free(strict);

	ck_assert_int_eq(
	    tlspolicy_inspect(ctx, TLSPOLICY_SERVER, TLS1_2_VERSION),
	    TLSPOLICY_AVAILABLE);
	SSL_CTX_set_security_level(ctx, 3);
	ck_assert(SSL_CTX_check_private_key(ctx) == 1);
	ck_assert_int_eq(pair_version(ctx, ctx), 0);
	ck_assert_int_eq(
	    tlspolicy_inspect(ctx, TLSPOLICY_SERVER, TLS1_2_VERSION),
	    TLSPOLICY_NO_CERTIFICATE);
	SSL_CTX_free(ctx);

	/* Certificates are the caller's: apply first, then the load tells. */
	ctx = fresh(2);
	assert_applies("S6", ctx, "intermediate,level=3", 0, TLSPOLICY_OK);
	ck_assert_int_eq(peer_use_rsa_2048(ctx), 0);
	assert_sets("S6", "library", ctx, CURRENT, CURRENT);
	SSL_CTX_free(ctx);
}
END_TEST

/* Ciphers, ciphersuites, groups, sigalgs */

START_TEST(c1_a_suite_among_ciphers)
{
	SSL_CTX *ctx = fresh(2);
	struct peer_snapshot now;

	ck_assert(SSL_CTX_set_cipher_list(ctx, "TLS_AES_128_GCM_SHA256") == 0);
	ERR_clear_error();
	peer_snapshot(ctx, &now, 0);
	ck_assert_uint_eq(now.ciphers.count, 0);
	assert_sets("C1", "OpenSSL", ctx, V13, V13);
	/* Nothing in common with an empty list. */
	assert_applies("C1", ctx, "intermediate", 0, TLSPOLICY_E_CONFLICT);
	assert_sets("C1", "library", ctx, V13, V13);
	assert_applies("C1", ctx, "intermediate", TLSPOLICY_OVERRIDE, 0);
	assert_sets("C1", "library", ctx, CURRENT, CURRENT);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(c2_unknown_ciphers)
{
	SSL_CTX *ctx = fresh(2);
	struct peer_snapshot now;

	ck_assert(SSL_CTX_set_cipher_list(ctx, GCM128 ":NO-SUCH-CIPHER") == 1);
	peer_snapshot(ctx, &now, 0);
	ck_assert_uint_eq(now.ciphers.count, 1);
	SSL_CTX_free(ctx);

	ctx = fresh(2);
	assert_applies("C2", ctx, "ciphers=?NO-SUCH-CIPHER:" GCM128, 0, 0);
	peer_snapshot(ctx, &now, 0);
	ck_assert_uint_eq(now.ciphers.count, 1);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(c3_unknown_suites)
{
	SSL_CTX *ctx = fresh(2);
	struct peer_snapshot now;

	/* 1.1.1 refuses the list, later releases drop the item. */
	ck_assert(SSL_CTX_set_ciphersuites(
		      ctx, "TLS_AES_128_GCM_SHA256:TLS_NO_SUCH_SUITE") ==
	    (release() >= RELEASE_3_0));
	ERR_clear_error();
	peer_snapshot(ctx, &now, 0);
	ck_assert_uint_eq(now.suites.count, release() < RELEASE_3_0 ? 3 : 1);
	ck_assert(SSL_CTX_set_ciphersuites(ctx, "") == 1);
	peer_snapshot(ctx, &now, 0);
	ck_assert_uint_eq(now.suites.count, 0);
	ck_assert(SSL_CTX_set_ciphersuites(ctx, "tls_aes_128_gcm_sha256") ==
	    (release() >= RELEASE_4_0));
	ERR_clear_error();
	SSL_CTX_free(ctx);

	ctx = fresh(2);
	assert_applies(
	    "C3", ctx, "min=TLSv1.2,ciphersuites=tls_aes_128_gcm_sha256", 0, 0);
	peer_snapshot(ctx, &now, 0);
	ck_assert_uint_eq(now.suites.count, 1);
	assert_sets("C3", "library", ctx, CURRENT, CURRENT);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(c4_every_connection)
{
	SSL_CTX *ctx = fresh(2);
	struct peer_result result;

	ck_assert(SSL_CTX_set_ciphersuites(ctx, "") == 1);
	peer_negotiates(ctx, PEER_CLIENT, TLS1_2_VERSION, &result);
	ck_assert_int_eq(result.reason[0], SSL_R_NO_CIPHERS_AVAILABLE);
	peer_negotiates(ctx, PEER_SERVER, TLS1_2_VERSION, &result);
	ck_assert_int_eq(result.reason[0], SSL_R_NO_CIPHERS_AVAILABLE);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(c5_one_unknown_item)
{
	SSL_CTX *ctx = fresh(2);
	struct peer_snapshot before, now;

	ck_assert_int_eq(peer_set_groups(ctx, "P-384:P-256"), 1);
	ck_assert_int_eq(peer_set_sigalgs(ctx, "ECDSA+SHA256:RSA+SHA256"), 1);
	peer_snapshot(ctx, &before, 0);
	ck_assert_int_eq(peer_set_groups(ctx, "X25519:nosuchgroup"), 0);
	ck_assert_int_eq(peer_set_sigalgs(ctx, "RSA+SHA256:nosuch"), 0);
	ERR_clear_error();
	peer_snapshot(ctx, &now, 0);
	ck_assert(peer_codes_within(&before.groups, &now.groups));
	ck_assert(peer_codes_within(&before.sigalgs, &now.sigalgs));

	assert_applies("C5", ctx,
	    "groups=P-256:?nosuchgroup,"
	    "sigalgs=?nosuch_sha256:RSA+SHA256",
	    0, TLSPOLICY_OK);
	peer_snapshot(ctx, &now, 0);
	ck_assert(now.groups.count == 1 && now.groups.code[0] == 23);
	ck_assert(now.sigalgs.count == 1 && now.sigalgs.code[0] == 0x0401);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(c6_operators)
{
	static const struct {
		const char *list;
		unsigned long from;
	} lists[] = { { "?X25519", RELEASE_3_3 }, { "*X25519", RELEASE_3_5 },
		{ "X25519/P-256", RELEASE_3_5 }, { "DEFAULT", RELEASE_3_5 },
		{ "", RELEASE_3_5 } };
	SSL_CTX *ctx;
	struct peer_snapshot now;
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		ctx = fresh(2);
		ck_assert_msg(peer_set_groups(ctx, lists[i].list) ==
			(release() >= lists[i].from),
		    "C6: OpenSSL and \"%s\"", lists[i].list);
		SSL_CTX_free(ctx);
	}
	ERR_clear_error();
	ctx = fresh(2);
	assert_applies("C6", ctx, "groups=?X25519MLKEM768:?X448:?P-256", 0, 0);
	peer_snapshot(ctx, &now, 0);
	ck_assert_uint_eq(now.groups.code[now.groups.count - 1], 23);
	ck_assert_uint_eq(now.groups.code[now.groups.count - 2], 30);
	SSL_CTX_free(ctx);
}
END_TEST

/* TLS 1.2 must never fall to static RSA because no group is left. */
START_TEST(c7_no_group_left)
{
	static const char *const lists[] = { "groups=?nosuchgroup",
		"groups=ffdhe2048,max=TLSv1.2",
		"groups=?nosuchgroup,ciphers=" GCM128 ":AES128-GCM-SHA256" };
	struct peer_result result;
	SSL_CTX *ctx;
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (lacking(lists[i]) != NULL)
			continue;
		ctx = fresh(2);
		assert_applies("C7", ctx, lists[i], 0, TLSPOLICY_E_CONFLICT);
		peer_negotiates(ctx, PEER_SERVER, TLS1_2_VERSION, &result);
		ck_assert_msg(strncmp(result.cipher, "ECDHE-", 6) == 0,
		    "C7: %s: negotiates %s", lists[i], result.cipher);
		SSL_CTX_free(ctx);
	}
}
END_TEST

/* OpenSSL 1.1.1 uses every curve in TLS 1.3, against RFC 8446, 4.2.7. */
START_TEST(c8_curves_of_tls_1_2)
{
	static const char *const curves[] = { "brainpoolP256r1",
		"brainpoolP512r1", "secp256k1", "secp224r1", "prime192v1",
		"sect283k1", "sect571r1" };
	const int any = release() < RELEASE_3_0;
	char text[64];
	SSL_CTX *ctx;
	int want;

	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
		(void)snprintf(
		    text, sizeof(text), "min=TLSv1.3,groups=%s", curves[i]);
		ctx = fresh(0);
		want = any ? TLSPOLICY_OK : TLSPOLICY_E_CONFLICT;
		if (!peer_set_groups(ctx, curves[i])) /* 4.0 has but a few */
			want = TLSPOLICY_E_UNSUPPORTED;
		SSL_CTX_free(ctx);
		ctx = fresh(0);
		assert_applies("C8", ctx, text, TLSPOLICY_OVERRIDE, want);
		ck_assert_int_eq(peer_use_rsa_2048(ctx), 1);
		if (any)
			ck_assert_msg(pair_version(ctx, ctx) == TLS1_3_VERSION,
			    "C8: %s", curves[i]);
		SSL_CTX_free(ctx);
	}
}
END_TEST

START_TEST(c9_lists_without_getters)
{
	SSL_CTX *ctx = fresh(2);
	struct peer_snapshot now;

	ck_assert_int_eq(peer_set_groups(ctx, "P-256:X25519:P-521"), 1);
	ck_assert_int_eq(
	    peer_set_sigalgs(ctx, "RSA-PSS+SHA256:ECDSA+SHA256"), 1);
	/* No way back to the built-in lists. */
	ck_assert_int_eq(
	    peer_set_groups(ctx, release() < RELEASE_3_5 ? "" : "nosuchgroup"),
	    0);
	ck_assert_int_eq(peer_set_sigalgs(ctx, ""), 0);
	ERR_clear_error();
	assert_applies("C9", ctx,
	    "groups=X25519:P-384:P-256,"
	    "sigalgs=RSA+SHA256:ECDSA+SHA256:"
	    "RSA-PSS+SHA256",
	    0, TLSPOLICY_OK);
	peer_snapshot(ctx, &now, 0);
	ck_assert_uint_eq(now.groups.count, 2);
	ck_assert(now.groups.code[0] == 29 && now.groups.code[1] == 23);
	ck_assert_uint_eq(now.sigalgs.count, 2);
	ck_assert(
	    now.sigalgs.code[0] == 0x0403 && now.sigalgs.code[1] == 0x0804);
	assert_applies("C9", ctx, "groups=P-384", 0, TLSPOLICY_E_CONFLICT);
	SSL_CTX_free(ctx);
}
END_TEST

/* The names of SSL_CTX_get_ciphers(), without the suites. */
static void
joined_names(SSL_CTX *ctx, char *out, size_t size)
{
	const STACK_OF(SSL_CIPHER) *all = SSL_CTX_get_ciphers(ctx);
	const char *name;
	int i;

	out[0] = '\0';
	for (i = 0; i < sk_SSL_CIPHER_num(all); i++) {
		name = SSL_CIPHER_get_name(sk_SSL_CIPHER_value(all, i));
		if (strncmp(name, "TLS_", 4) == 0)
			continue;
		ck_assert_uint_lt(strlen(out) + strlen(name) + 2, size);
		if (out[0] != '\0')
			strcat(out, ":");
		strcat(out, name);
	}
}

static const char *const odd_lists[] = { "DEFAULT", "HIGH:!aNULL:+ECDHE",
	"ALL:eNULL", "@STRENGTH:AES128-SHA:" GCM128 ":AES256-SHA",
	/* fails, and leaves nothing */
	"TLS_AES_128_GCM_SHA256" };

START_TEST(c10_restoring_ciphers)
{
	struct peer_snapshot before, after;
	char names[8192], why[PEER_WHY] = "";
	SSL_CTX *ctx = fresh(2);

	(void)SSL_CTX_set_cipher_list(ctx, odd_lists[_i]);
	ERR_clear_error();
	peer_snapshot(ctx, &before, 0);
	joined_names(ctx, names, sizeof(names));
	ck_assert(SSL_CTX_set_cipher_list(ctx, "AES128-SHA") == 1);
	ck_assert_msg(
	    (SSL_CTX_set_cipher_list(ctx, names) == 1) == (names[0] != '\0'),
	    "C10: %s cannot be restored by its names", odd_lists[_i]);
	/* An empty list cannot; C1's side effect does it. */
	if (names[0] == '\0')
		(void)SSL_CTX_set_cipher_list(ctx, "TLS_AES_128_GCM_SHA256");
	ERR_clear_error();
	peer_snapshot(ctx, &after, 0);
	ck_assert_msg(peer_same(&before, &after, why, sizeof(why)),
	    "C10: %s: OpenSSL restores %s", odd_lists[_i], why);

	/* The sigalgs fail last; by then the ciphers have been replaced. */
	assert_applies("C10", ctx,
	    "ciphers=AES128-GCM-SHA256,ciphersuites=TLS_AES_128_GCM_SHA256,"
	    "groups=P-256,sigalgs=RSA+SHA256:nosuch_sha256",
	    TLSPOLICY_OVERRIDE, TLSPOLICY_E_UNSUPPORTED);
	assert_applies("C10", ctx,
	    "ciphers=AES128-GCM-SHA256,groups=?nosuchgroup", TLSPOLICY_OVERRIDE,
	    TLSPOLICY_E_CONFLICT);
	peer_snapshot(ctx, &after, 0);
	ck_assert_msg(peer_same(&before, &after, why, sizeof(why)),
	    "C10: %s: the library leaves %s", odd_lists[_i], why);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(c11_cipher_version)
{
	SSL_CTX *ctx = fresh(2);
	struct peer_result result;
	const SSL_CIPHER *cipher;

	/* A cipher of SSL 3.0's age is no reason to drop it from TLS 1.2. */
	assert_applies("C11", ctx, "ciphers=AES128-SHA,min=TLSv1.2", 0, 0);
	cipher = sk_SSL_CIPHER_value(SSL_CTX_get_ciphers(ctx),
	    sk_SSL_CIPHER_num(SSL_CTX_get_ciphers(ctx)) - 1);
	ck_assert_str_eq(SSL_CIPHER_get_version(cipher), "SSLv3");
	ck_assert(
	    peer_negotiates(ctx, PEER_CLIENT, TLS1_2_VERSION, &result) == 1);
	ck_assert_str_eq(result.cipher, "AES128-SHA");
	assert_sets("C11", "library", ctx, CURRENT, CURRENT);
	SSL_CTX_free(ctx);
}
END_TEST

/* Host configuration */

START_TEST(host_floor_replaced)
{
	SSL_CTX *ctx = peer_context(TLS_method(),
	    "MinProtocol = TLSv1.3\n"
	    "CipherString = DEFAULT@SECLEVEL=2\n");

	ck_assert(SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1);
	assert_sets("host floor", "OpenSSL", ctx, CURRENT, CURRENT);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(host_protocol_survives)
{
	SSL_CTX *ctx = peer_context(TLS_method(), "Protocol = -TLSv1.3\n");

	ck_assert((SSL_CTX_get_options(ctx) & SSL_OP_NO_TLSv1_3) != 0);
	ck_assert(SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1);
	ck_assert((SSL_CTX_get_options(ctx) & SSL_OP_NO_TLSv1_3) != 0);
	assert_sets("host Protocol", "OpenSSL", ctx, 0, 0);
	assert_applies("host Protocol", ctx, "modern", 0, TLSPOLICY_E_CONFLICT);
	assert_applies("host Protocol", ctx, "modern",
	    TLSPOLICY_FAIL_IF_STRICTER, TLSPOLICY_E_STRICTER);
	assert_applies("host Protocol", ctx, "modern", TLSPOLICY_OVERRIDE, 0);
	assert_sets("host Protocol", "library", ctx, V13, V13);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(host_ciphers_and_level)
{
	static const char host[] =
	    "CipherString = " GCM256 ":AES256-GCM-SHA384:@SECLEVEL=3\n";
	SSL_CTX *ctx = peer_context(TLS_method(), host);
	struct peer_snapshot now;

	ck_assert(SSL_CTX_set_cipher_list(ctx, "DEFAULT") == 1);
	peer_snapshot(ctx, &now, 0);
	ck_assert_int_eq(now.level, 3);
	ck_assert_uint_gt(now.ciphers.count, 2);
	SSL_CTX_free(ctx);

	ctx = peer_context(TLS_method(), host);
	assert_applies("host ciphers", ctx, "intermediate", 0, TLSPOLICY_OK);
	peer_snapshot(ctx, &now, 0);
	ck_assert_int_eq(now.level, 3);
	ck_assert_uint_eq(now.ciphers.count, 1);
	ck_assert_uint_eq(now.ciphers.code[0], 0xc030);
	assert_sets("host ciphers", "library", ctx, CURRENT, CURRENT);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(host_bad_entry)
{
	unsigned long stale;
	SSL_CTX *ctx;

	ERR_clear_error();
	ctx = peer_context(TLS_method(), "Groups = nosuchgroup\n");
	ck_assert_ptr_nonnull(ctx);
	stale = ERR_peek_error();
	ck_assert_msg((stale != 0) == (release() < RELEASE_3_5),
	    "host: the bad entry leaves %s error", stale == 0 ? "no" : "an");
	/* It is the caller's by now. */
	ck_assert_int_eq(tlspolicy_apply(ctx, "intermediate"), TLSPOLICY_OK);
	ck_assert_msg(ERR_peek_error() == stale, "host: the error is gone");
	SSL_CTX_free(ctx);
	ERR_clear_error();
}
END_TEST

/* Contexts and connections */

START_TEST(old_connections_keep_bounds)
{
	SSL_CTX *ctx = fresh(2);
	SSL *old = SSL_new(ctx), *older = SSL_new(ctx);
	struct peer_result result;

	assert_applies("old SSL", ctx, "modern", 0, TLSPOLICY_OK);
	ck_assert_msg(
	    peer_ssl_negotiates(old, PEER_CLIENT, TLS1_2_VERSION, &result) == 1,
	    "old SSL: it lost its bounds");
	assert_sets("old SSL", "library", ctx, V13, V13);
	/* The cipher list is the context's. */
	assert_applies("old SSL", ctx,
	    "system,min=TLSv1.2,ciphers=AES256-GCM-SHA384", TLSPOLICY_OVERRIDE,
	    TLSPOLICY_OK);
	ck_assert(peer_ssl_negotiates(
		      older, PEER_CLIENT, TLS1_2_VERSION, &result) == 1);
	ck_assert_str_eq(result.cipher, "AES256-GCM-SHA384");
	SSL_free(old);
	SSL_free(older);
	SSL_CTX_free(ctx);
}
END_TEST

/* One more connection, with a session to resume or NULL; sets *reused. */
static SSL_SESSION *
resume(SSL_CTX *client, SSL_CTX *server, SSL_SESSION *session, int *reused,
    struct peer_result *result)
{
	struct pair pair = connect_pair(client, server);
	SSL_SESSION *next;

	if (session != NULL)
		ck_assert(SSL_set_session(pair.client, session) == 1);
	peer_handshake(pair.client, pair.server, result);
	*reused = SSL_session_reused(pair.client);
	next = SSL_get1_session(pair.client);
	SSL_shutdown(pair.client);
	free_pair(&pair);
	return next;
}

START_TEST(no_resumption_past_the_minimum)
{
	SSL_CTX *client = fresh(2), *server = fresh(2);
	struct peer_result result;
	SSL_SESSION *session, *next;
	int reused;

	ck_assert_int_eq(peer_use_rsa_2048(server), 1);
	ck_assert(SSL_CTX_set_max_proto_version(server, TLS1_2_VERSION) == 1);
	ck_assert(SSL_CTX_set_cipher_list(server, GCM128) == 1);
	session = resume(client, server, NULL, &reused, &result);
	ck_assert_int_eq(result.version, TLS1_2_VERSION);
	/* A list is no wall for what is to be resumed ... */
	assert_applies("resumption", server, "ciphers=" GCM256,
	    TLSPOLICY_OVERRIDE, TLSPOLICY_OK);
	next = resume(client, server, session, &reused, &result);
	ck_assert_int_eq(reused, 1);
	ck_assert_str_eq(result.cipher, GCM128);
	SSL_SESSION_free(next);
	/* ... a minimum is. */
	assert_applies("resumption", server, "min=TLSv1.3,max=TLSv1.3",
	    TLSPOLICY_OVERRIDE, TLSPOLICY_OK);
	next = resume(client, server, session, &reused, &result);
	ck_assert_int_eq(reused, 0);
	ck_assert_int_ne(result.version, TLS1_2_VERSION);
	SSL_SESSION_free(next);
	SSL_SESSION_free(session);
	SSL_CTX_free(client);
	SSL_CTX_free(server);
}
END_TEST

/* A TLS 1.2 server asks its client to renegotiate; how often it happened. */
static long
renegotiations(SSL_CTX *client, SSL_CTX *server)
{
	struct pair pair = connect_pair(client, server);
	struct peer_result result;
	char byte;
	long count;
	int i;

	ck_assert_int_eq(peer_handshake(pair.client, pair.server, &result), 1);
	ck_assert_int_eq(result.version, TLS1_2_VERSION);
	(void)SSL_renegotiate(pair.server);
	for (i = 0; i < 8; i++) {
		(void)SSL_do_handshake(pair.server);
		(void)SSL_read(pair.client, &byte, 1);
		(void)SSL_read(pair.server, &byte, 1);
	}
	count = SSL_total_renegotiations(pair.client);
	ERR_clear_error();
	free_pair(&pair);
	return count;
}

START_TEST(renegotiation_off)
{
	SSL_CTX *client = fresh(2), *server = fresh(2);

	ck_assert_int_eq(peer_use_rsa_2048(server), 1);
	assert_applies("renegotiation", server, "max=TLSv1.2", 0, 0);
	ck_assert_int_eq(renegotiations(client, server), 1);
	assert_applies("renegotiation", client, "renegotiation=off", 0, 0);
	ck_assert_int_eq(renegotiations(client, server), 0);
	/* Only OVERRIDE takes a ban away. */
	assert_applies("renegotiation", client, "renegotiation=on", 0, 0);
	ck_assert_int_eq(renegotiations(client, server), 0);
	assert_applies(
	    "renegotiation", client, "renegotiation=on", TLSPOLICY_OVERRIDE, 0);
	ck_assert_int_eq(renegotiations(client, server), 1);
	SSL_CTX_free(client);
	SSL_CTX_free(server);
}
END_TEST

START_TEST(no_certificate)
{
	SSL_CTX *ctx = fresh(2);
	struct peer_result result;
	struct pair pair;

	/* OpenSSL's word for a 1.3 server without a certificate. */
	assert_applies("no certificate", ctx, "modern", 0, TLSPOLICY_OK);
	pair = connect_pair(ctx, ctx);
	ck_assert_int_eq(peer_handshake(pair.server, pair.client, &result), 0);
	ck_assert_int_eq(result.reason[0], SSL_R_UNSUPPORTED_PROTOCOL);
	free_pair(&pair);
	assert_sets("no certificate", "library", ctx, V13, V13);
	SSL_CTX_free(ctx);
}
END_TEST

static int
idle_read_error(SSL *ssl)
{
	char byte;
	int ret = SSL_read(ssl, &byte, 1);

	return SSL_get_error(ssl, ret);
}

/* RFC 6460: in this mode OpenSSL has lists of its own, whatever is set. */
START_TEST(suite_b_is_refused)
{
	SSL_CTX *ctx = peer_context(TLS_method(), NULL);

	(void)SSL_CTX_set_cert_flags(ctx, SSL_CERT_FLAG_SUITEB_128_LOS);
	ck_assert_int_eq(
	    tlspolicy_apply_text(ctx, "groups=X25519", TLSPOLICY_OVERRIDE),
	    TLSPOLICY_E_CONFLICT);
	ck_assert_int_eq(
	    tlspolicy_apply_text(ctx, "sigalgs=RSA+SHA256", TLSPOLICY_OVERRIDE),
	    TLSPOLICY_E_CONFLICT);
	ck_assert_int_eq(
	    tlspolicy_apply_text(ctx, "level=0", TLSPOLICY_FAIL_IF_STRICTER),
	    TLSPOLICY_E_STRICTER);
	ck_assert_msg((SSL_CTX_get_options(ctx) & SSL_OP_NO_TLSv1_3) == 0,
	    "closed for no reason");
	ck_assert_int_eq(tlspolicy_apply(ctx, "min=TLSv1.2"), TLSPOLICY_OK);
	SSL_CTX_free(ctx);
}
END_TEST

/* Of many optional groups those that are there are kept, wherever they are. */
START_TEST(many_groups)
{
	static const unsigned flags[] = { 0, TLSPOLICY_OVERRIDE };
	char text[1024] = "min=TLSv1.2,groups=P-256:?X25519";
	struct peer_hello hello;
	SSL_CTX *ctx;
	size_t i, len;

	len = strlen(text);
	for (i = 2; i < (size_t)_i; i++)
		len += (size_t)snprintf(
		    text + len, sizeof(text) - len, ":?none%zu", i);
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		ctx = peer_context(TLS_method(), NULL);
		assert_applies("groups", ctx, text, flags[i], TLSPOLICY_OK);
		ck_assert(peer_hello(ctx, &hello));
		ck_assert_msg(hello.groups.count == 2 &&
			hello.groups.code[0] == 23 &&
			hello.groups.code[1] == 29,
		    "%d groups, mode %u: %zu are left", _i, flags[i],
		    hello.groups.count);
		SSL_CTX_free(ctx);
	}
}
END_TEST

/* Wherever OpenSSL finds one that it does not know, and whatever its name. */
static const struct missing_group {
	const char *list;
	size_t count; /* 0: the policy is refused */
	unsigned left[2];
} missing_groups[] = {
	{ "?none:P-256", 1, { 23 } },
	{ "?q:P-256", 1, { 23 } },
	{ "P-256:?none", 1, { 23 } },
	{ "?none:?nothing:X25519:?never:P-256", 2, { 29, 23 } },
	{ "X25519:?nothing:?P-256", 2, { 29, 23 } },
	{ "?P-25:?P-2566:?prime256v:P-256", 1, { 23 } },
	{ "?NONE:?none-:P-256:?X25519", 2, { 23, 29 } },
	{ "?none:nothing:P-256", 0, { 0 } },
	{ "P-256:?none:nothing", 0, { 0 } },
};

START_TEST(groups_that_are_missing)
{
	const struct missing_group *row = &missing_groups[_i];
	SSL_CTX *ctx = peer_context(TLS_method(), NULL);
	struct peer_hello hello;
	char text[128];
	size_t i;

	snprintf(text, sizeof(text), "min=TLSv1.2,groups=%s", row->list);
	assert_applies("groups", ctx, text, TLSPOLICY_OVERRIDE,
	    row->count > 0 ? TLSPOLICY_OK : TLSPOLICY_E_UNSUPPORTED);
	ck_assert(peer_hello(ctx, &hello));
	ck_assert_msg(row->count == 0 || hello.groups.count == row->count,
	    "%s: %zu are left", row->list, hello.groups.count);
	for (i = 0; i < row->count; i++)
		ck_assert_msg(hello.groups.code[i] == row->left[i],
		    "%s: %zu is %u", row->list, i,
		    (unsigned)hello.groups.code[i]);
	SSL_CTX_free(ctx);
}
END_TEST

/* A list that is too long to be put back is not touched. */
START_TEST(many_ciphers)
{
	static const char *const policies[] = { "intermediate", "modern" };
	SSL_CTX *ctx = peer_context(TLS_method(), NULL);
	STACK_OF(SSL_CIPHER) *ciphers = SSL_CTX_get_ciphers(ctx);
	size_t i;

	ck_assert_int_gt(sk_SSL_CIPHER_num(ciphers), 0);
	while (sk_SSL_CIPHER_num(ciphers) <= 256)
		ck_assert_int_gt(sk_SSL_CIPHER_push(
				     ciphers, sk_SSL_CIPHER_value(ciphers, 0)),
		    0);
	for (i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		ck_assert_int_eq(
		    tlspolicy_apply_text(ctx, policies[i], TLSPOLICY_OVERRIDE),
		    TLSPOLICY_E_OPENSSL);
		ck_assert_ptr_eq(SSL_CTX_get_ciphers(ctx), ciphers);
		ck_assert_int_eq(sk_SSL_CIPHER_num(ciphers), 257);
	}
	SSL_CTX_free(ctx);
}
END_TEST

/* A floor that nothing lies above: OVERRIDE is no help, so it is not named. */
START_TEST(floor_above_the_maximum)
{
	static const unsigned flags[] = { 0, TLSPOLICY_OVERRIDE,
		TLSPOLICY_FAIL_IF_STRICTER };
	SSL_CTX *ctx = peer_context(TLS_method(), NULL);
	size_t i;

	SSL_CTX_set_security_level(ctx, 0);
	ck_assert(SSL_CTX_set_max_proto_version(ctx, TLS1_VERSION) == 1);
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		assert_applies("floor", ctx, "min=TLSv1.1", flags[i],
		    TLSPOLICY_E_CONFLICT);
	SSL_CTX_free(ctx);
}
END_TEST

/* What a context brings counts where the policy makes a difference to it. */
START_TEST(own_lists)
{
	static const struct own {
		const char *groups, *sigalgs, *policy;
		int want;
	} rows[] = {
		{ "P-256", NULL, "level=4", TLSPOLICY_E_CONFLICT },
		{ "brainpoolP256r1", NULL, "min=TLSv1.3",
		    TLSPOLICY_E_CONFLICT },
		{ NULL, "RSA+SHA256", "modern", TLSPOLICY_E_CONFLICT },
		{ NULL, "ECDSA+SHA256",
		    "max=TLSv1.2,ciphers=ECDHE-RSA-AES128-GCM-SHA256",
		    TLSPOLICY_E_CONFLICT },
		{ "P-256", NULL, "level=3", TLSPOLICY_OK },
		{ NULL, "ECDSA+SHA256", "intermediate", TLSPOLICY_OK },
		/* No cipher with ECDSA, and no group for TLS 1.3. */
		{ "brainpoolP256r1", "ECDSA+SHA256",
		    "max=TLSv1.2,groups=brainpoolP256r1", TLSPOLICY_OK },
	};

	const struct own *row = &rows[_i];

	if (row->want != TLSPOLICY_OK && row->groups != NULL &&
	    lacking(row->groups) != NULL)
		SKIP_TEST(lacking(row->groups));
	for (unsigned flags = 0; flags <= TLSPOLICY_OVERRIDE; flags++) {
		SSL_CTX *ctx = peer_context(TLS_method(), NULL);
		int status;

		if (row->groups != NULL)
			ck_assert(peer_set_groups(ctx, row->groups));
		if (row->sigalgs != NULL)
			ck_assert(peer_set_sigalgs(ctx, row->sigalgs));
		status = tlspolicy_apply_text(ctx, row->policy, flags);
		ck_assert_msg(status == row->want, "%s, flags %u: %d",
		    row->policy, flags, status);
		if (status == TLSPOLICY_OK)
			ck_assert_msg(tlspolicy_apply_text(ctx, row->policy,
					  flags) == TLSPOLICY_OK,
			    "%s, flags %u: not twice", row->policy, flags);
		ERR_clear_error();
		SSL_CTX_free(ctx);
	}
}
END_TEST

START_TEST(idle_connections)
{
	SSL_CTX *ctx = fresh(2), *other = fresh(2);
	struct peer_result result;
	struct pair pair;

	ck_assert_int_eq(peer_use_rsa_2048(ctx), 1);
	pair = connect_pair(ctx, ctx);
	ck_assert_int_eq(peer_handshake(pair.client, pair.server, &result), 1);
	ck_assert_int_eq(idle_read_error(pair.server), SSL_ERROR_WANT_READ);
	release_raise(ERR_LIB_USER, 1, NULL);
	ck_assert_int_eq(idle_read_error(pair.server),
	    release() < RELEASE_4_0 ? SSL_ERROR_SSL : SSL_ERROR_WANT_READ);
	ERR_clear_error();
	/* Nothing is left over by a call that succeeds. */
	ck_assert_int_eq(tlspolicy_apply(other, "intermediate"), TLSPOLICY_OK);
	ck_assert_int_eq(idle_read_error(pair.server), SSL_ERROR_WANT_READ);
	free_pair(&pair);
	SSL_CTX_free(ctx);
	SSL_CTX_free(other);
}
END_TEST

/* An application's callbacks, of which the library's own hello is no part */

static int calls;

static void
count_message(int sent, int version, int type, const void *data, size_t size,
    SSL *ssl, void *arg)
{
	(void)sent, (void)version, (void)type, (void)data, (void)size;
	(void)ssl, (void)arg;
	calls++;
}

static void
count_info(const SSL *ssl, int type, int value)
{
	(void)ssl, (void)type, (void)value;
	calls++;
}

static unsigned
count_psk_client(SSL *ssl, const char *hint, char *identity,
    unsigned identity_max, unsigned char *psk, unsigned psk_max)
{
	(void)ssl, (void)hint, (void)identity, (void)identity_max;
	(void)psk, (void)psk_max;
	calls++;
	return 0;
}

static unsigned
count_psk_server(
    SSL *ssl, const char *identity, unsigned char *psk, unsigned psk_max)
{
	(void)ssl, (void)identity, (void)psk, (void)psk_max;
	calls++;
	return 0;
}

static int
count_psk_use(SSL *ssl, const EVP_MD *digest, const unsigned char **id,
    size_t *size, SSL_SESSION **session)
{
	(void)ssl, (void)digest, (void)id, (void)size;
	*session = NULL;
	calls++;
	return 1;
}

static int
count_psk_find(
    SSL *ssl, const unsigned char *id, size_t size, SSL_SESSION **session)
{
	(void)ssl, (void)id, (void)size;
	*session = NULL;
	calls++;
	return 1;
}

START_TEST(callbacks_stay_silent)
{
	SSL_CTX *ctx = fresh(2);
	BIO *out;

	SSL_CTX_set_msg_callback(ctx, count_message);
	SSL_CTX_set_info_callback(ctx, count_info);
	SSL_CTX_set_psk_client_callback(ctx, count_psk_client);
	SSL_CTX_set_psk_server_callback(ctx, count_psk_server);
	SSL_CTX_set_psk_use_session_callback(ctx, count_psk_use);
	SSL_CTX_set_psk_find_session_callback(ctx, count_psk_find);
	calls = 0;
	ck_assert_int_eq(tlspolicy_apply(ctx, "intermediate"), TLSPOLICY_OK);
	ck_assert_msg(calls == 0, "apply makes %d calls", calls);
	ck_assert_int_eq(
	    tlspolicy_audit(ctx, tlspolicy_profile("intermediate")),
	    TLSPOLICY_OK);
	ck_assert_int_eq(
	    tlspolicy_inspect(ctx, TLSPOLICY_CLIENT, TLS1_2_VERSION),
	    TLSPOLICY_AVAILABLE);
	out = BIO_new(BIO_s_null());
	ck_assert_int_eq(tlspolicy_describe(ctx, out), TLSPOLICY_OK);
	BIO_free(out);
	ck_assert_msg(calls == 0, "looking makes %d calls", calls);
	/* They are still there. */
	assert_sets("callbacks", "library", ctx, CURRENT, CURRENT);
	ck_assert_int_gt(calls, 0);
	SSL_CTX_free(ctx);
}
END_TEST

static TCase *
versions_case(void)
{
	TCase *tc = tcase_create("versions");

	tcase_add_test(tc, v2_wrong_transport);
	tcase_add_test(tc, v3_pinned_by_method);
	tcase_add_test(tc, v5_supported_versions);
	tcase_add_loop_test(tc, v6_no_such_version, 0,
	    (int)(sizeof(no_versions) / sizeof(no_versions[0])));
	tcase_add_test(tc, v7_ssl3);
	tcase_add_test(tc, v8_zero_is_no_reset);
	tcase_add_test(tc, v11_only_the_lowest_run);
	tcase_add_test(tc, v13_where_the_version_is);
	tcase_add_test(tc, v14_method_after_bounds);
	tcase_add_loop_test(tc, s1_offered_and_dead, 1, 3);
	tcase_add_test(tc, s2_both_peers_need_level_0);
	tcase_add_test(tc, s3_seclevel_first);
	tcase_add_test(tc, s4_ciphers_and_level);
	tcase_add_test(tc, s5_any_level);
	tcase_add_test(tc, s6_level_and_certificate);
	return tc;
}

static TCase *
lists_case(void)
{
	TCase *tc = tcase_create("lists");

	tcase_add_test(tc, c1_a_suite_among_ciphers);
	tcase_add_test(tc, c2_unknown_ciphers);
	tcase_add_test(tc, c3_unknown_suites);
	tcase_add_test(tc, c4_every_connection);
	tcase_add_test(tc, c5_one_unknown_item);
	tcase_add_test(tc, c6_operators);
	tcase_add_test(tc, c7_no_group_left);
	tcase_add_test(tc, c8_curves_of_tls_1_2);
	tcase_add_test(tc, c9_lists_without_getters);
	tcase_add_loop_test(tc, c10_restoring_ciphers, 0,
	    (int)(sizeof(odd_lists) / sizeof(odd_lists[0])));
	tcase_add_test(tc, c11_cipher_version);
	return tc;
}

static TCase *
contexts_case(void)
{
	TCase *tc = tcase_create("contexts");

	tcase_add_test(tc, host_floor_replaced);
	tcase_add_test(tc, host_protocol_survives);
	tcase_add_test(tc, host_ciphers_and_level);
	tcase_add_test(tc, host_bad_entry);
	tcase_add_test(tc, old_connections_keep_bounds);
	tcase_add_test(tc, no_resumption_past_the_minimum);
	tcase_add_test(tc, renegotiation_off);
	tcase_add_test(tc, no_certificate);
	tcase_add_test(tc, suite_b_is_refused);
	tcase_add_test(tc, floor_above_the_maximum);
	tcase_add_loop_test(tc, many_groups, 2, 67);
	tcase_add_loop_test(tc, groups_that_are_missing, 0,
	    (int)(sizeof(missing_groups) / sizeof(missing_groups[0])));
	tcase_add_test(tc, many_ciphers);
	tcase_add_loop_test(tc, own_lists, 0, 7);
	tcase_add_test(tc, idle_connections);
	tcase_add_test(tc, callbacks_stay_silent);
	return tc;
}

int
main(void)
{
	Suite *suite = suite_create("rows");
	TCase *tables = tcase_create("tables");
	TCase *cases[4];
	size_t i;

	peer_setup();
	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (release() >= ranges[i].from &&
		    (ranges[i].before == 0 || release() < ranges[i].before))
			tcase_add_loop_test(tables, range, (int)i, (int)i + 1);
	}
	tcase_add_loop_test(
	    tables, refusal, 0, (int)(sizeof(refusals) / sizeof(refusals[0])));
	cases[0] = tables;
	cases[1] = versions_case();
	cases[2] = lists_case();
	cases[3] = contexts_case();
	for (i = 0; i < 4; i++) {
		tcase_set_timeout(cases[i], 60);
		suite_add_tcase(suite, cases[i]);
	}
	return run_suite(suite);
}
