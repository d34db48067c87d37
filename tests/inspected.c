/* SPDX-License-Identifier: MIT */
#include <openssl/err.h>

#include <tlspolicy.h>

#include "inspected.h"
#include "peer.h"
#include "runner.h"

const struct family families[] = {
	{ "TLS", TLS_method, 4,
	    { { "TLSv1", TLS1_VERSION, SSL_OP_NO_TLSv1, 0 },
		{ "TLSv1.1", TLS1_1_VERSION, SSL_OP_NO_TLSv1_1, 1 },
		{ "TLSv1.2", TLS1_2_VERSION, SSL_OP_NO_TLSv1_2, 2 },
		{ "TLSv1.3", TLS1_3_VERSION, SSL_OP_NO_TLSv1_3, 3 } } },
	{ "DTLS", DTLS_method, 2,
	    { { "DTLSv1", DTLS1_VERSION, SSL_OP_NO_DTLSv1, 1 },
		{ "DTLSv1.2", DTLS1_2_VERSION, SSL_OP_NO_DTLSv1_2, 2 } } },
};

const char *const lists[KINDS][MAX_LISTS] = {
	[CIPHERS] = { NULL, "ALL:eNULL", "ECDHE+AESGCM:DHE+AESGCM:!aNULL",
	    "kRSA:!eNULL", "AES128-SHA:ECDHE+AES", "aNULL:!eNULL", "aECDSA",
	    "ECDHE+SHA1:kRSA+SHA1:!aNULL:!eNULL", "kDHE:!aNULL:!DSS",
	    "DSS:!eNULL",
	    "TLS_AES_128_GCM_SHA256" /* fails and empties the list */ },
	[SUITES] = { NULL, "", "TLS_AES_256_GCM_SHA384" },
	[GROUPS] = { NULL, "X25519", "P-384", "ffdhe2048", "brainpoolP256r1",
	    "P-521" },
	[SIGALGS] = { NULL, "RSA+SHA256", "ECDSA+SHA256", "RSA-PSS+SHA256",
	    "ed25519", "RSA+SHA1", "rsa_pss_pss_sha256", "DSA+SHA256" },
};

const struct certificates certificates[] = {
	{ "RSA-2048 and P-256", 2, { PEER_RSA_2048, PEER_P_256 }, 0, 1 },
	{ "none", 0, { PEER_KEYS }, 0, 0 },
	{ "RSA-2048", 1, { PEER_RSA_2048 }, 0, 0 },
	{ "RSA-3072", 1, { PEER_RSA_3072 }, 0, 1 },
	{ "P-256", 1, { PEER_P_256 }, 0, 0 },
	{ "P-384", 1, { PEER_P_384 }, 0, 0 },
	{ "brainpoolP256r1", 1, { PEER_BRAINPOOL }, 0, 0 },
	{ "Ed25519", 1, { PEER_ED25519 }, 0, 1 },
	{ "Ed448", 1, { PEER_ED448 }, 0, 0 },
	{ "RSA-PSS", 1, { PEER_PSS_2048 }, 0, 0 },
	{ "DSA", 1, { PEER_DSA_2048 }, 0, 0 },
	{ "RSA-2048 after the level", 1, { PEER_RSA_2048 }, 1, 0 },
};

_Static_assert(
    NELEM(families) == FAMILIES && NELEM(certificates) == CERTIFICATES,
    "inspected.h says how many there are");

void
load_certificates(SSL_CTX *ctx, const struct certificates *use)
{
	size_t i;

	for (i = 0; i < use->count; i++)
		if (!peer_use(ctx, use->key[i]))
			ck_assert_msg(use->level_first, "%s", use->name);
	ERR_clear_error();
}

void
set_lists(SSL_CTX *ctx, const char *const list[KINDS])
{
	if (list[CIPHERS] != NULL)
		(void)SSL_CTX_set_cipher_list(ctx, list[CIPHERS]);
	if (list[SUITES] != NULL)
		ck_assert(SSL_CTX_set_ciphersuites(ctx, list[SUITES]) == 1);
	if (list[GROUPS] != NULL)
		ck_assert(peer_set_groups(ctx, list[GROUPS]) == 1);
	if (list[SIGALGS] != NULL)
		ck_assert(peer_set_sigalgs(ctx, list[SIGALGS]) == 1);
	ERR_clear_error();
}

SSL_CTX *
make_context(const struct config *config)
{
	SSL_CTX *ctx = SSL_CTX_new(config->family->method());

	ck_assert_ptr_nonnull(ctx);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_security_level(ctx, 0);
	if (config->preference)
		SSL_CTX_set_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE);
	set_lists(ctx, config->list);
	if (!config->certificates->level_first)
		load_certificates(ctx, config->certificates);
	SSL_CTX_set_security_level(ctx, config->level);
	if (config->certificates->level_first)
		load_certificates(ctx, config->certificates);
	return ctx;
}

void
set_range(const struct cell *c)
{
	const struct family *family = c->config->family;
	SSL_CTX *ctx = c->config->ctx;
	uint64_t options = 0;
	unsigned i;

	for (i = 0; i < family->count; i++)
		if ((c->mask >> i & 1) != 0)
			options |= family->version[i].option;
	(void)SSL_CTX_clear_options(ctx, SSL_OP_NO_SSL_MASK);
	(void)SSL_CTX_set_options(ctx, options);
	ck_assert(SSL_CTX_set_min_proto_version(ctx,
		      c->min < 0 ? 0 : family->version[c->min].number) == 1);
	ck_assert(SSL_CTX_set_max_proto_version(ctx,
		      c->max < 0 ? 0 : family->version[c->max].number) == 1);
}

int
inspect(SSL_CTX *ctx, enum peer_role role, int version)
{
	return tlspolicy_inspect(ctx,
	    role == PEER_CLIENT ? TLSPOLICY_CLIENT : TLSPOLICY_SERVER, version);
}
