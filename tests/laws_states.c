/* SPDX-License-Identifier: MIT */
/* Contexts as the caller has them before a policy is applied. */
#include <openssl/err.h>

#include "laws.h"
#include "peer.h"
#include "release.h"
#include "runner.h"
#include "table.h"

const struct state law_states[] = {
	/* Policies have their wanted status for the first one. */
	{ .name = "level 2", .level = LEVEL(2) },
	{ .name = "default" },
	{ .name = "min 1.2", .min = TLS1_2_VERSION },
	{ .name = "min 1.3", .min = TLS1_3_VERSION },
	{ .name = "max 1.2", .max = TLS1_2_VERSION },
	{ .name = "1.2 only", .min = TLS1_2_VERSION, .max = TLS1_2_VERSION },
	{ .name = "max 1.1 at level 0",
	    .max = TLS1_1_VERSION,
	    .level = LEVEL(0) },
	{ .name = "NO_TLSv1_3", .options = SSL_OP_NO_TLSv1_3 },
	{ .name = "min 1.3 and NO_TLSv1_3",
	    .min = TLS1_3_VERSION,
	    .options = SSL_OP_NO_TLSv1_3 },
	{ .name = "NO_TLSv1_2 hole", .options = SSL_OP_NO_TLSv1_2 },
	{ .name = "NO_TLSv1_2 hole at level 0",
	    .options = SSL_OP_NO_TLSv1_2,
	    .level = LEVEL(0) },
	{ .name = "NO_TLSv1_1 hole at level 0",
	    .options = SSL_OP_NO_TLSv1_1,
	    .level = LEVEL(0) },
	{ .name = "hole {1.1, 1.3} and AEAD only",
	    .min = TLS1_1_VERSION,
	    .options = SSL_OP_NO_TLSv1_2,
	    .level = LEVEL(0),
	    .ciphers = "ECDHE+AESGCM" },
	{ .name = "every NO_ bit", .options = EVERY_NO },
	{ .name = "inverted bounds",
	    .min = TLS1_3_VERSION,
	    .max = TLS1_2_VERSION },
	{ .name = "level 0", .level = LEVEL(0) },
	{ .name = "level 1", .level = LEVEL(1) },
	{ .name = "level 3", .level = LEVEL(3) },
	{ .name = "level 4", .level = LEVEL(4) },
	{ .name = "one cipher", .ciphers = "ECDHE-RSA-AES128-GCM-SHA256" },
	{ .name = "static RSA at level 1",
	    .level = LEVEL(1),
	    .ciphers = "AES128-SHA:AES256-SHA" },
	{ .name = "HIGH:!aNULL", .ciphers = "HIGH:!aNULL" },
	/* SSL_CTX_set_cipher_list() fails and wipes the list. */
	{ .name = "no TLS 1.2 cipher", .ciphers = "TLS_AES_128_GCM_SHA256" },
	{ .name = "no suite", .suites = "" },
	{ .name = "no suite, max 1.2", .suites = "", .max = TLS1_2_VERSION },
	{ .name = "suite AES-256 only", .suites = "TLS_AES_256_GCM_SHA384" },
	{ .name = "group P-256", .groups = "P-256" },
	{ .name = "group X25519", .groups = "X25519" },
	{ .name = "groups P-521:P-384", .groups = "P-521:P-384" },
	{ .name = "sigalgs SHA-256",
	    .sigalgs = "RSA-PSS+SHA256:ECDSA+SHA256:RSA+SHA256" },
	{ .name = "sigalgs PKCS #1", .sigalgs = "RSA+SHA256" },
	{ .name = "NO_RENEGOTIATION", .options = SSL_OP_NO_RENEGOTIATION },
	{ .name = "server preference",
	    .options = SSL_OP_CIPHER_SERVER_PREFERENCE },
	{ .name = "client only",
	    .method = TLS_client_method,
	    .lacks = 1 << PEER_SERVER },
	{ .name = "server only",
	    .method = TLS_server_method,
	    .lacks = 1 << PEER_CLIENT },
	{ .name = "pinned by its method",
	    .method = release_tls1_2,
	    .pinned = 1 },
	{ .name = "host as Debian 11", .host = HOST_DEBIAN_11 },
	{ .name = "host with crypto-policies", .host = HOST_CRYPTO_POLICIES },
	{ .name = "host with Protocol",
	    .host = "Protocol = ALL,-TLSv1,-TLSv1.1\n" },
	{ .name = "host with Protocol, no 1.3",
	    .host = "Protocol = ALL,-TLSv1.3\n" },
	{ .name = "DTLS", .method = DTLS_method },
	{ .name = "DTLS at level 0", .method = DTLS_method, .level = LEVEL(0) },
	{ .name = "DTLS min 1.2",
	    .method = DTLS_method,
	    .min = DTLS1_2_VERSION },
	{ .name = "DTLS max 1.0 at level 0",
	    .method = DTLS_method,
	    .max = DTLS1_VERSION,
	    .level = LEVEL(0) },
	{ .name = "DTLS 1.0 at level 1",
	    .method = DTLS_method,
	    .max = DTLS1_VERSION,
	    .level = LEVEL(1) },
	{ .name = "DTLS inverted bounds",
	    .method = DTLS_method,
	    .min = DTLS1_2_VERSION,
	    .max = DTLS1_VERSION,
	    .level = LEVEL(0) },
	{ .name = "NO_DTLSv1 at level 0",
	    .method = DTLS_method,
	    .options = SSL_OP_NO_DTLSv1,
	    .level = LEVEL(0) },
	{ .name = "NO_DTLSv1_2 at level 0",
	    .method = DTLS_method,
	    .options = SSL_OP_NO_DTLSv1_2,
	    .level = LEVEL(0) },
	{ .name = "DTLS NO_TLSv1_1 and NO_TLSv1_3",
	    .method = DTLS_method,
	    .options = SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_3 },
	{ .name = "DTLS with lists",
	    .method = DTLS_method,
	    .ciphers = "HIGH:!aNULL:!kRSA",
	    .groups = "P-384:X25519",
	    .sigalgs = "RSA-PSS+SHA256:ECDSA+SHA256:RSA+SHA256" },
	{ .name = "DTLS client only",
	    .method = DTLS_client_method,
	    .lacks = 1 << PEER_SERVER },
	{ .name = "DTLS server only at level 0",
	    .method = DTLS_server_method,
	    .level = LEVEL(0),
	    .lacks = 1 << PEER_CLIENT },
	{ .name = "DTLS host",
	    .method = DTLS_method,
	    .host = "CipherString = DEFAULT@SECLEVEL=2\n"
		    "DTLS.MinProtocol = DTLSv1.2\n" },
};

_Static_assert(NELEM(law_states) == STATES, "laws.h says how many there are");

SSL_CTX *
make_law_state(const struct state *s)
{
	SSL_CTX *ctx = peer_context(
	    s->method != NULL ? s->method() : TLS_method(), s->host);

	ck_assert_ptr_nonnull(ctx);
	if (s->level != 0)
		SSL_CTX_set_security_level(ctx, s->level - 1);
	if (s->ciphers != NULL)
		(void)SSL_CTX_set_cipher_list(ctx, s->ciphers);
	if (s->suites != NULL)
		ck_assert_int_eq(SSL_CTX_set_ciphersuites(ctx, s->suites), 1);
	if (s->groups != NULL)
		ck_assert_int_eq(peer_set_groups(ctx, s->groups), 1);
	if (s->sigalgs != NULL)
		ck_assert_int_eq(peer_set_sigalgs(ctx, s->sigalgs), 1);
	SSL_CTX_set_options(ctx, s->options);
	if (s->min != 0)
		ck_assert(SSL_CTX_set_min_proto_version(ctx, s->min) == 1);
	if (s->max != 0)
		ck_assert(SSL_CTX_set_max_proto_version(ctx, s->max) == 1);
	ERR_clear_error();
	return ctx;
}
