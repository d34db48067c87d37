/* SPDX-License-Identifier: MIT */
/*
 * The laws of tlspolicy(7) over prior states of a context x policies x modes.
 * What a policy asks for is computed here with raw OpenSSL calls, never with
 * the library's own.
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

/* Prior states */

/* A level in a table, where 0 means not set. */
#define LEVEL(n) ((n) + 1)
#define EVERY_NO \
	(SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_2 | \
	    SSL_OP_NO_TLSv1_3)

static const struct state {
	const char *name;
	const SSL_METHOD *(*method)(void); /* TLS_method */
	const char *host;                  /* lines of openssl.cnf */
	int min, max, level;
	uint64_t options;
	const char *ciphers, *suites, *groups, *sigalgs;
	int lacks; /* a role as 1 << role */
	int pinned;
} states[] = {
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
	{ .name = "host as Debian 11",
	    .host = "MinProtocol = TLSv1.2\n"
		    "CipherString = DEFAULT@SECLEVEL=2\n" },
	{ .name = "host with crypto-policies",
	    .host = "CipherString = @SECLEVEL=2:kEECDH:kRSA:!aNULL:!SHA384\n"
		    "Ciphersuites = TLS_AES_256_GCM_SHA384:"
		    "TLS_AES_128_GCM_SHA256\n"
		    "TLS.MinProtocol = TLSv1.2\n"
		    "TLS.MaxProtocol = TLSv1.3\n"
		    "SignatureAlgorithms = ECDSA+SHA256:ECDSA+SHA384:"
		    "RSA-PSS+SHA256:RSA+SHA256\n"
		    "Groups = X25519:secp256r1:X448:secp384r1\n" },
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

enum { STATES = sizeof(states) / sizeof(states[0]) };

static SSL_CTX *
make_state(const struct state *s)
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

/* Policies */

enum {
	OK = TLSPOLICY_OK,
	SYN = TLSPOLICY_E_SYNTAX,
	PRO = TLSPOLICY_E_PROFILE,
	RAN = TLSPOLICY_E_RANGE,
	HOL = TLSPOLICY_E_HOLE,
	UNS = TLSPOLICY_E_UNSUPPORTED,
	CON = TLSPOLICY_E_CONFLICT,
	STR = TLSPOLICY_E_STRICTER,
};

enum { PLAIN, OVER, FAIL, MODES };
static const unsigned mode_flags[MODES] = { 0, TLSPOLICY_OVERRIDE,
	TLSPOLICY_FAIL_IF_STRICTER };
static const char *const mode_names[MODES] = { "default", "OVERRIDE",
	"FAIL_IF_STRICTER" };

#define GCM128 "ECDHE-RSA-AES128-GCM-SHA256"

/* 3.5 and 3.6 have SecP256r1MLKEM768, but not among their own groups. */
static const int more_groups[MODES] = { OK, OK, STR };
/* None of the key shares that 3.5 sends by itself has so many bits. */
static const int no_share[MODES] = { CON, CON, CON };

/* Level 2 of 1.1.1 leaves the old versions in, and it has no ffdhe groups. */
static const int all_fine[MODES] = { OK, OK, OK };
static const int kept_level[MODES] = { OK, OK, STR };
static const int in_conflict[MODES] = { CON, CON, CON };
static const int unknown[MODES] = { UNS, UNS, UNS };
static const int any_curve[MODES] = { CON, OK, STR };

static const struct entry {
	const char *text;
	int min, max;      /* set on top of the text, as no text can */
	unsigned disabled; /* the same */
	int want[MODES];   /* on the first state */
	const int *from_3_5, *before_3_0; /* the same, where it differs */
} entries[] = {
	{ .text = "modern", .want = { OK, OK, OK }, .from_3_5 = more_groups },
	{ .text = "intermediate",
	    .want = { OK, OK, OK },
	    .from_3_5 = more_groups },
	{ .text = "compat", .want = { OK, OK, OK }, .from_3_5 = more_groups },
	{ .text = "legacy",
	    .want = { STR, OK, STR },
	    .before_3_0 = kept_level },
	{ .text = "system", .want = { OK, OK, OK } },
	/* versions */
	{ .text = "min=TLSv1.2", .want = { OK, OK, OK } },
	{ .text = "min=TLSv1.3", .want = { OK, OK, OK } },
	{ .text = "max=TLSv1.2", .want = { OK, OK, OK } },
	{ .text = "max=TLSv1.3", .want = { OK, OK, OK } },
	{ .text = "min=TLSv1.2,max=TLSv1.2", .want = { OK, OK, OK } },
	{ .text = "disable=TLSv1.3", .want = { OK, OK, OK } },
	{ .text = "disable=TLSv1:TLSv1.1", .want = { OK, OK, OK } },
	{ .text = "disable=TLSv1", .want = { OK, OK, OK } },
	{ .text = "disable=TLSv1:TLSv1.1:TLSv1.2", .want = { OK, OK, OK } },
	{ .text = "min=TLSv1,disable=TLSv1:TLSv1.1", .want = { OK, OK, OK } },
	{ .text = "intermediate,min=TLSv1.3",
	    .want = { OK, OK, OK },
	    .from_3_5 = more_groups },
	{ .text = "intermediate,disable=TLSv1.3",
	    .want = { OK, OK, OK },
	    .from_3_5 = more_groups },
	{ .text = "compat,max=TLSv1.2",
	    .want = { OK, OK, OK },
	    .from_3_5 = more_groups },
	{ .text = "min=TLSv1",
	    .want = { STR, STR, STR },
	    .before_3_0 = all_fine },
	{ .text = "min=TLSv1.1",
	    .want = { STR, STR, STR },
	    .before_3_0 = all_fine },
	{ .text = "min=TLSv1,max=TLSv1.1",
	    .want = { STR, STR, STR },
	    .before_3_0 = all_fine },
	{ .text = "min=TLSv1,max=TLSv1.2",
	    .want = { STR, STR, STR },
	    .before_3_0 = all_fine },
	{ .text = "min=TLSv1,disable=TLSv1",
	    .want = { STR, STR, STR },
	    .before_3_0 = all_fine },
	{ .text = "max=TLSv1",
	    .want = { CON, CON, CON },
	    .before_3_0 = all_fine },
	{ .text = "max=TLSv1.1",
	    .want = { CON, CON, CON },
	    .before_3_0 = all_fine },
	/* levels */
	{ .text = "level=0", .want = { OK, OK, STR } },
	{ .text = "level=1", .want = { OK, OK, STR } },
	{ .text = "level=2", .want = { OK, OK, OK } },
	{ .text = "level=3", .want = { OK, OK, OK } },
	{ .text = "level=4", .want = { OK, OK, OK } },
	{ .text = "level=5", .want = { OK, OK, OK }, .from_3_5 = no_share },
	{ .text = "level=0,min=TLSv1",
	    .want = { STR, OK, STR },
	    .before_3_0 = kept_level },
	{ .text = "level=0,min=TLSv1.1",
	    .want = { STR, OK, STR },
	    .before_3_0 = kept_level },
	{ .text = "level=0,max=TLSv1.1",
	    .want = { CON, OK, STR },
	    .before_3_0 = kept_level },
	{ .text = "level=0,min=TLSv1,max=TLSv1",
	    .want = { STR, OK, STR },
	    .before_3_0 = kept_level },
	{ .text = "level=0,min=TLSv1.2", .want = { OK, OK, STR } },
	{ .text = "level=0,disable=TLSv1", .want = { OK, OK, STR } },
	{ .text = "level=1,min=TLSv1",
	    .want = { STR, STR, STR },
	    .before_3_0 = kept_level },
	{ .text = "legacy,level=1",
	    .want = { STR, STR, STR },
	    .before_3_0 = kept_level },
	{ .text = "legacy,min=TLSv1.2", .want = { OK, OK, STR } },
	{ .text = "legacy,max=TLSv1.1",
	    .want = { STR, OK, STR },
	    .before_3_0 = kept_level },
	{ .text = "modern,level=3",
	    .want = { OK, OK, OK },
	    .from_3_5 = more_groups },
	{ .text = "intermediate,level=3",
	    .want = { OK, OK, OK },
	    .from_3_5 = more_groups },
	{ .text = "intermediate,level=4",
	    .want = { OK, OK, OK },
	    .from_3_5 = more_groups },
	{ .text = "intermediate,level=5", .want = { CON, CON, CON } },
	{ .text = "modern,groups=P-521,level=5", .want = { OK, OK, OK } },
	/* ciphers */
	{ .text = "ciphers=" GCM128 ":ECDHE-ECDSA-AES128-GCM-SHA256",
	    .want = { OK, OK, OK } },
	{ .text = "ciphers=AES128-SHA", .want = { OK, OK, OK } },
	{ .text = "ciphers=AES128-SHA,max=TLSv1.2", .want = { OK, OK, OK } },
	{ .text = "ciphers=?NO-SUCH-CIPHER:AES128-GCM-SHA256",
	    .want = { OK, OK, OK } },
	{ .text = "ciphers=?NO-SUCH-CIPHER,min=TLSv1.3",
	    .want = { OK, OK, OK } },
	{ .text = "ciphers=NULL-SHA256", .want = { CON, OK, STR } },
	{ .text = "ciphers=NULL-SHA256:AES128-SHA", .want = { OK, OK, STR } },
	{ .text = "ciphers=NULL-SHA256,max=TLSv1.2",
	    .want = { CON, CON, CON } },
	{ .text = "ciphers=NULL-SHA256,max=TLSv1.2,level=0",
	    .want = { CON, OK, STR } },
	{ .text = "ciphers=AES128-SHA,max=TLSv1.2,level=4",
	    .want = { CON, CON, CON } },
	/* Level 3 and up want forward secrecy. */
	{ .text = "ciphers=AES256-SHA,max=TLSv1.2,level=3",
	    .want = { CON, CON, CON } },
	{ .text = "ciphers=" GCM128 ",max=TLSv1.1,level=0",
	    .want = { CON, CON, CON } },
	{ .text = "ciphers=" GCM128 ",min=TLSv1,max=TLSv1.1,level=0",
	    .want = { STR, CON, CON },
	    .before_3_0 = in_conflict },
	{ .text = "ciphers=?NO-SUCH-CIPHER", .want = { CON, CON, CON } },
	{ .text = "ciphers=NO-SUCH-CIPHER", .want = { UNS, UNS, UNS } },
	{ .text = "ciphers=AES128-SHA:NO-SUCH-CIPHER",
	    .want = { UNS, UNS, UNS } },
	{ .text = "ciphers=NO-SUCH-CIPHER,min=TLSv1.3",
	    .want = { UNS, UNS, UNS } },
	{ .text = "compat,ciphers=" GCM128 ":NO-SUCH-CIPHER",
	    .want = { UNS, UNS, UNS } },
	/* ciphersuites */
	{ .text = "ciphersuites=TLS_AES_256_GCM_SHA384",
	    .want = { OK, OK, OK } },
	{ .text = "ciphersuites=TLS_CHACHA20_POLY1305_SHA256:"
		  "TLS_AES_128_GCM_SHA256",
	    .want = { OK, OK, OK } },
	{ .text = "ciphersuites=TLS_AES_128_CCM_SHA256",
	    .want = { CON, OK, STR } },
	{ .text = "ciphersuites=TLS_AES_128_CCM_SHA256:"
		  "TLS_AES_128_GCM_SHA256",
	    .want = { OK, OK, STR } },
	{ .text = "ciphersuites=?TLS_NO_SUCH_SUITE,max=TLSv1.2",
	    .want = { OK, OK, OK } },
	{ .text = "ciphersuites=TLS_AES_128_GCM_SHA256,min=TLSv1.3,level=4",
	    .want = { CON, CON, CON } },
	{ .text = "ciphersuites=TLS_AES_128_GCM_SHA256,level=5",
	    .want = { CON, CON, CON } },
	{ .text = "ciphersuites=?TLS_NO_SUCH_SUITE",
	    .want = { CON, CON, CON } },
	{ .text = "ciphersuites=TLS_NO_SUCH_SUITE", .want = { UNS, UNS, UNS } },
	{ .text = "ciphersuites=TLS_AES_128_GCM_SHA256:TLS_NO_SUCH_SUITE",
	    .want = { UNS, UNS, UNS } },
	{ .text = "modern,ciphersuites=TLS_NO_SUCH_SUITE",
	    .want = { UNS, UNS, UNS } },
	/* groups */
	{ .text = "groups=X25519:P-256", .want = { OK, OK, OK } },
	{ .text = "groups=P-256", .want = { OK, OK, OK } },
	{ .text = "groups=P-384:P-521", .want = { OK, OK, OK } },
	{ .text = "groups=?nosuchgroup:X25519", .want = { OK, OK, OK } },
	{ .text = "groups=ffdhe3072:P-256",
	    .want = { OK, OK, OK },
	    .before_3_0 = unknown },
	{ .text = "groups=ffdhe2048,min=TLSv1.3",
	    .want = { OK, OK, OK },
	    .before_3_0 = unknown },
	{ .text = "groups=brainpoolP256r1:X25519", .want = { OK, OK, STR } },
	{ .text = "groups=brainpoolP256r1,max=TLSv1.2",
	    .want = { CON, OK, STR } },
	{ .text = "groups=brainpoolP256r1",
	    .want = { CON, CON, CON },
	    .before_3_0 = any_curve },
	{ .text = "groups=ffdhe2048",
	    .want = { CON, CON, CON },
	    .before_3_0 = unknown },
	{ .text = "groups=P-256,level=4", .want = { CON, CON, CON } },
	{ .text = "groups=X25519,level=4", .want = { CON, CON, CON } },
	{ .text = "groups=X448,level=5", .want = { CON, CON, CON } },
	{ .text = "groups=?nosuchgroup", .want = { CON, CON, CON } },
	{ .text = "modern,groups=?nosuchgroup:?nosuchtoo",
	    .want = { CON, CON, CON } },
	{ .text = "groups=nosuchgroup", .want = { UNS, UNS, UNS } },
	{ .text = "groups=X25519:nosuchgroup", .want = { UNS, UNS, UNS } },
	{ .text = "intermediate,groups=P-256:nosuchgroup",
	    .want = { UNS, UNS, UNS } },
	/* sigalgs */
	{ .text = "sigalgs=rsa_pss_rsae_sha256:ecdsa_secp256r1_sha256",
	    .want = { OK, OK, OK } },
	{ .text = "sigalgs=RSA+SHA256:ECDSA+SHA256", .want = { OK, OK, OK } },
	{ .text = "sigalgs=rsa_pkcs1_sha256", .want = { OK, OK, OK } },
	{ .text = "sigalgs=?nosuch_sha256:rsa_pss_rsae_sha256",
	    .want = { OK, OK, OK } },
	{ .text = "sigalgs=rsa_pkcs1_sha1,max=TLSv1.2,level=0",
	    .want = { CON, OK, STR } },
	{ .text = "sigalgs=rsa_pkcs1_sha1", .want = { CON, CON, CON } },
	{ .text = "sigalgs=rsa_pkcs1_sha256,min=TLSv1.3",
	    .want = { CON, CON, CON } },
	{ .text = "sigalgs=rsa_pkcs1_sha256,level=4",
	    .want = { CON, CON, CON } },
	{ .text = "sigalgs=?nosuch_sha256", .want = { CON, CON, CON } },
	{ .text = "sigalgs=nosuch_sha256", .want = { UNS, UNS, UNS } },
	{ .text = "sigalgs=NOSUCH+SHA256", .want = { UNS, UNS, UNS } },
	{ .text = "sigalgs=rsa_pss_rsae_sha256:nosuch_sha256",
	    .want = { UNS, UNS, UNS } },
	/* With groups: neither can be undone. */
	{ .text = "groups=P-256,sigalgs=RSA+SHA256:RSA+SHA384:RSA+SHA512:"
		  "PSS+SHA256:PSS+SHA384:PSS+SHA512:ECDSA+SHA256:ECDSA+SHA384:"
		  "ECDSA+SHA512",
	    .want = { OK, OK, OK } },
	{ .text = "groups=P-256,sigalgs=ed25519:?nosuch_sha256:?ed448:"
		  "rsa_pss_pss_sha256:rsa_pss_rsae_sha256",
	    .want = { OK, OK, OK } },
	{ .text = "groups=P-256,sigalgs=?nosuch_sha256:rsa_pss_rsae_sha256",
	    .want = { OK, OK, OK } },
	{ .text = "groups=P-256,sigalgs=rsa_pss_rsae_sha256:nosuch_sha256",
	    .want = { UNS, UNS, UNS } },
	{ .text = "groups=nosuchgroup,sigalgs=rsa_pss_rsae_sha256",
	    .want = { UNS, UNS, UNS } },
	/* flags, and everything at once */
	{ .text = "renegotiation=off", .want = { OK, OK, OK } },
	{ .text = "renegotiation=on", .want = { OK, OK, OK } },
	{ .text = "preference=server", .want = { OK, OK, OK } },
	{ .text = "preference=client", .want = { OK, OK, OK } },
	{ .text = "min=TLSv1.2 max=TLSv1.3 level=2 renegotiation=off "
		  "preference=server groups=X25519:P-256:P-384 "
		  "ciphers=ECDHE-ECDSA-AES256-GCM-SHA384:" GCM128
		  " ciphersuites=TLS_AES_256_GCM_SHA384 "
		  "sigalgs=ECDSA+SHA384:ECDSA+SHA256:RSA-PSS+SHA256:"
		  "RSA+SHA256",
	    .want = { OK, OK, OK } },
	/* ranges, holes and text */
	{ .text = "min=TLSv1.3,max=TLSv1.2", .want = { RAN, RAN, RAN } },
	{ .text = "modern,max=TLSv1.2", .want = { RAN, RAN, RAN } },
	{ .text = "modern,disable=TLSv1.3", .want = { RAN, RAN, RAN } },
	{ .text = "disable=TLSv1:TLSv1.1:TLSv1.2:TLSv1.3",
	    .want = { RAN, RAN, RAN } },
	{ .text = "disable=TLSv1.2", .want = { HOL, HOL, HOL } },
	{ .text = "legacy,disable=TLSv1.1", .want = { HOL, HOL, HOL } },
	{ .text = "", .want = { SYN, SYN, SYN } },
	{ .text = "min=TLSv1.4", .want = { SYN, SYN, SYN } },
	{ .text = "nosuchprofile", .want = { PRO, PRO, PRO } },
	{ .text = "system",
	    .min = TLS1_3_VERSION,
	    .max = TLS1_2_VERSION,
	    .want = { RAN, RAN, RAN } },
	{ .text = "intermediate",
	    .max = TLS1_1_VERSION,
	    .want = { RAN, RAN, RAN } },
	{ .text = "modern",
	    .disabled = TLSPOLICY_NO_TLS1_3,
	    .want = { RAN, RAN, RAN } },
	{ .text = "legacy",
	    .disabled = TLSPOLICY_NO_TLS1_2,
	    .want = { HOL, HOL, HOL } },
	{ .text = "system",
	    .disabled = TLSPOLICY_NO_TLS1_1,
	    .want = { HOL, HOL, HOL } },
};

enum { ENTRIES = sizeof(entries) / sizeof(entries[0]) };

static struct tlspolicy *
make_policy(const struct entry *entry)
{
	struct tlspolicy *policy = NULL;

	if (tlspolicy_parse(&policy, entry->text) != TLSPOLICY_OK)
		return NULL;
	if (entry->min != 0)
		ck_assert(tlspolicy_set_min_version(policy, entry->min) == 0);
	if (entry->max != 0)
		ck_assert(tlspolicy_set_max_version(policy, entry->max) == 0);
	if (entry->disabled != 0)
		ck_assert(tlspolicy_set_disabled(policy, entry->disabled) == 0);
	return policy;
}

/* One state and one policy */

struct cell {
	const struct state *state;
	const struct entry *entry;
	const struct tlspolicy *policy; /* NULL: its text is bad */
	int deep;                       /* with handshakes */
	const char *mode;               /* the one that is being tried */
	char name[160];
	struct peer_snapshot before;
	const struct tlspolicy *permitted; /* by tlspolicy_from_ctx() */
	struct peer_snapshot asked; /* the policy's lists, by raw calls */
	unsigned has_items;         /* which of them have known items */
};

enum { CIPHERS = 1, SUITES = 2, GROUPS = 4, SIGALGS = 8 };

static int
raw_list(SSL_CTX *ctx, int which, const char *list)
{
	switch (which) {
	case CIPHERS:
		return SSL_CTX_set_cipher_list(ctx, list) == 1;
	case SUITES:
		return SSL_CTX_set_ciphersuites(ctx, list) == 1;
	case GROUPS:
		return peer_set_groups(ctx, list);
	default:
		return peer_set_sigalgs(ctx, list);
	}
}

/* OpenSSL 3.0 takes an unknown suite in silence: look for the effect. */
static int
runtime_has(int which, const char *item)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	const STACK_OF(SSL_CIPHER) * all;
	int ok;

	ck_assert_ptr_nonnull(ctx);
	ok = raw_list(ctx, which, item);
	all = SSL_CTX_get_ciphers(ctx);
	if (which == SUITES)
		ok = ok && sk_SSL_CIPHER_num(all) > 0 &&
		    strcmp(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(all, 0)),
			item) == 0;
	SSL_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}

/* Sets the items that the runtime has; returns whether there were any. */
static unsigned
ask_list(SSL_CTX *ctx, int which, const char *list)
{
	char copy[1024], known[1024] = "";
	char *item, *rest;

	if (list == NULL)
		return 0;
	ck_assert_uint_lt(strlen(list), sizeof(copy));
	strcpy(copy, list);
	for (item = strtok_r(copy, ":", &rest); item != NULL;
	     item = strtok_r(NULL, ":", &rest)) {
		item += *item == '?';
		if (!runtime_has(which, item))
			continue;
		if (known[0] != '\0')
			strcat(known, ":");
		strcat(known, item);
	}
	if (known[0] == '\0')
		return 0;
	ck_assert_int_eq(raw_list(ctx, which, known), 1);
	return (unsigned)which;
}

static void
ask(struct cell *c)
{
	/* DTLS hides the groups that only TLS 1.3 has. */
	SSL_CTX *ctx =
	    SSL_CTX_new(c->before.dtls ? DTLS_method() : TLS_method());
	const struct tlspolicy *p = c->policy;

	ck_assert_ptr_nonnull(ctx);
	c->has_items = ask_list(ctx, CIPHERS, tlspolicy_get_ciphers(p)) |
	    ask_list(ctx, SUITES, tlspolicy_get_ciphersuites(p)) |
	    ask_list(ctx, GROUPS, tlspolicy_get_groups(p)) |
	    ask_list(ctx, SIGALGS, tlspolicy_get_sigalgs(p));
	peer_snapshot(ctx, &c->asked, 0);
	SSL_CTX_free(ctx);
	ERR_clear_error();
}

/* DTLS 1.0 and 1.2 are TLS 1.1 and 1.2; DTLS shares bits with TLS. */
static const struct {
	unsigned index;
	int number;
	uint64_t option;
} datagram[] = {
	{ 1, DTLS1_VERSION, SSL_OP_NO_DTLSv1 },
	{ 2, DTLS1_2_VERSION, SSL_OP_NO_DTLSv1_2 },
};

enum { DATAGRAM = sizeof(datagram) / sizeof(datagram[0]) };

static int
as_tls(int version)
{
	int i;

	for (i = 0; i < DATAGRAM; i++)
		if (datagram[i].number == version)
			return peer_version(datagram[i].index);
	return version;
}

static int
version_of(int dtls, unsigned index)
{
	int i;

	if (!dtls)
		return peer_version(index);
	for (i = 0; i < DATAGRAM; i++)
		if (datagram[i].index == index)
			return datagram[i].number;
	return 0;
}

static uint64_t
option_of(int dtls, unsigned index)
{
	int i;

	if (!dtls)
		return peer_option(index);
	for (i = 0; i < DATAGRAM; i++)
		if (datagram[i].index == index)
			return datagram[i].option;
	return 0;
}

/* The versions that there are. */
static unsigned
spoken(int dtls)
{
	return dtls ? 0x6 : 0xf;
}

/* The versions that the policy permits over a range of the context's. */
static unsigned
policy_versions(const struct tlspolicy *p, int min, int max)
{
	static const unsigned flag[PEER_VERSIONS] = { TLSPOLICY_NO_TLS1_0,
		TLSPOLICY_NO_TLS1_1, TLSPOLICY_NO_TLS1_2, TLSPOLICY_NO_TLS1_3 };
	unsigned i, set = 0;

	if (tlspolicy_get_min_version(p) != 0)
		min = tlspolicy_get_min_version(p);
	if (tlspolicy_get_max_version(p) != 0)
		max = tlspolicy_get_max_version(p);
	for (i = 0; i < PEER_VERSIONS; i++) {
		if (min != 0 && peer_version(i) < min)
			continue;
		if (max != 0 && peer_version(i) > max)
			continue;
		if ((tlspolicy_get_disabled(p) & flag[i]) == 0)
			set |= 1u << i;
	}
	return set;
}

static unsigned
highest_run(unsigned set)
{
	unsigned run = 0, i = PEER_VERSIONS;

	while (i > 0 && ((set >> (i - 1) & 1) != 0 || run == 0)) {
		i--;
		run |= set & 1u << i;
	}
	return run;
}

static int
final_level(const struct cell *c, int mode)
{
	int level = tlspolicy_get_security_level(c->policy);

	if (level < 0)
		return c->before.level;
	if (mode != OVER && level < c->before.level)
		return c->before.level;
	return level;
}

static int
names_versions(const struct tlspolicy *p)
{
	return tlspolicy_get_min_version(p) != 0 ||
	    tlspolicy_get_max_version(p) != 0 || tlspolicy_get_disabled(p) != 0;
}

static unsigned
wanted_versions(const struct cell *c, int mode)
{
	unsigned set = policy_versions(c->policy, as_tls(c->before.min),
			   as_tls(c->before.max)) &
	    spoken(c->before.dtls);

	if (mode != OVER || !names_versions(c->policy))
		set &= peer_range(&c->before);
	return highest_run(set & ~release_dead(final_level(c, mode)));
}

/* The floor that the policy itself names below 1.2, as a set; 0: none. */
static unsigned
own_low_floor(const struct tlspolicy *p, int dtls)
{
	unsigned set = policy_versions(p, 0, 0) & spoken(dtls);

	if (tlspolicy_get_min_version(p) == 0)
		return 0;
	return set & (~set + 1) & 3u;
}

/* Law 9: the error queue */

static void
push_caller_errors(void)
{
	ERR_clear_error();
	release_raise(ERR_LIB_USER, 101, NULL);
	release_raise(ERR_LIB_USER, 102, "the caller's own data");
	ERR_set_mark();
}

static void
assert_own_entry(const struct cell *c, int status)
{
	const struct release_entry last = release_last_error();
	const char *lib = ERR_lib_error_string(last.code);

	ck_assert_msg(lib != NULL && strcmp(lib, "tlspolicy") == 0,
	    "law 9: %s: %s: failed with %d, the top entry is of %s", c->name,
	    c->mode, status, lib != NULL ? lib : "no library");
	ck_assert_msg(
	    (last.flags & ERR_TXT_STRING) != 0 && last.data[0] != '\0',
	    "law 9: %s: %s: an entry without a sentence", c->name, c->mode);
	ck_assert_msg(strcmp(ERR_reason_error_string(last.code),
			  tlspolicy_strerror(status)) == 0,
	    "law 9: %s: %s: status %d, yet the entry says %s", c->name, c->mode,
	    status, ERR_reason_error_string(last.code));
}

/* The sentence of the topmost entry. */
static const char *
entry(void)
{
	return release_last_error().data;
}

static void
assert_quiet(const struct cell *c, int status)
{
	struct release_entry second;
	int reasons[3] = { 0, 0, 0 };

	if (status != TLSPOLICY_OK)
		assert_own_entry(c, status);
	else
		ck_assert_msg(ERR_GET_REASON(ERR_peek_last_error()) == 102,
		    "law 9: %s: %s: success leaves an entry", c->name, c->mode);
	ck_assert_msg(ERR_pop_to_mark() == 1,
	    "law 9: %s: %s: the caller's mark is gone", c->name, c->mode);
	reasons[0] = ERR_GET_REASON(ERR_get_error());
	second = release_take_error();
	reasons[1] = ERR_GET_REASON(second.code);
	ck_assert_msg(reasons[0] == 101 && reasons[1] == 102,
	    "law 9: %s: %s: the caller's entries are now %d and %d", c->name,
	    c->mode, reasons[0], reasons[1]);
	ck_assert_msg((second.flags & ERR_TXT_STRING) != 0 &&
		strcmp(second.data, "the caller's own data") == 0,
	    "law 9: %s: %s: the caller's data is gone", c->name, c->mode);
	reasons[2] = ERR_GET_REASON(ERR_get_error());
	ck_assert_msg(reasons[2] == 0, "law 9: %s: %s: %d is below the mark",
	    c->name, c->mode, reasons[2]);
}

/* Law 2 in a handshake */

static int
in_list(const char *list, const char *name)
{
	size_t size = strlen(name);
	const char *at;

	for (at = list; at != NULL; at = strchr(at, ':')) {
		at += *at == ':';
		at += *at == '?';
		if (strncmp(at, name, size) == 0 &&
		    (at[size] == ':' || at[size] == '\0'))
			return 1;
	}
	return 0;
}

static void
assert_result(const struct cell *c, const struct peer_result *r)
{
	const struct tlspolicy *p = c->policy;
	const char *group = OBJ_nid2sn(r->group);
	const char *list = r->version == TLS1_3_VERSION
	    ? tlspolicy_get_ciphersuites(p)
	    : tlspolicy_get_ciphers(p);
	unsigned i = 0;

	while (i < PEER_VERSIONS - 1 && peer_version(i) != as_tls(r->version))
		i++;
	ck_assert_msg((policy_versions(p, 0, 0) >> i & 1) != 0,
	    "law 2: %s: %s: negotiates %s", c->name, c->mode,
	    peer_version_name(i));
	ck_assert_msg(list == NULL || in_list(list, r->cipher),
	    "law 2: %s: %s: negotiates %s", c->name, c->mode, r->cipher);
	list = tlspolicy_get_groups(p);
	ck_assert_msg(list == NULL || r->group == 0 || in_list(list, group),
	    "law 2: %s: %s: negotiates group %s", c->name, c->mode, group);
}

/* Fills in what the context negotiates; looks at each result if asked to. */
static void
negotiate(
    const struct cell *c, SSL_CTX *ctx, struct peer_snapshot *out, int results)
{
	struct peer_result result;
	unsigned i;
	int role;

	out->tried = 1;
	for (role = 0; role < 2; role++) {
		for (i = 0; i < PEER_VERSIONS; i++) {
			if (version_of(c->before.dtls, i) == 0 ||
			    !peer_negotiates(ctx, (enum peer_role)role,
				version_of(c->before.dtls, i), &result))
				continue;
			out->versions[role] |= 1u << i;
			if (results)
				assert_result(c, &result);
		}
	}
}

/* Laws 2 to 5 after success */

static void
assert_versions(const struct cell *c, int mode, const struct peer_snapshot *now)
{
	unsigned want = wanted_versions(c, mode);
	unsigned floor = own_low_floor(c->policy, c->before.dtls);

	ck_assert_msg(peer_enabled(now) == want,
	    "laws 2 to 4: %s: %s: permits %s, not %s", c->name, c->mode,
	    peer_set_name(peer_enabled(now)), peer_set_name(want));
	ck_assert_msg(peer_range(now) == want,
	    "law 3: %s: %s: leaves %s offered, the level permits %s", c->name,
	    c->mode, peer_set_name(peer_range(now)), peer_set_name(want));
	ck_assert_msg(floor == 0 || (want & (~want + 1)) == floor,
	    "law 3: %s: %s: half grants a floor, %s", c->name, c->mode,
	    peer_set_name(want));
	ck_assert_msg(mode != OVER ||
		tlspolicy_get_min_version(c->policy) == 0 || now->min != 0,
	    "law 4: %s: min is not set", c->name);
	ck_assert_msg(mode != OVER ||
		tlspolicy_get_max_version(c->policy) == 0 || now->max != 0,
	    "law 4: %s: max is not set", c->name);
}

static void
assert_list(const struct cell *c, int mode, const char *what, int which,
    const struct peer_codes *now, const struct peer_codes *asked,
    const char *list, int used)
{
	if (list == NULL || (!used && (c->has_items & (unsigned)which) == 0))
		return;
	ck_assert_msg((c->has_items & (unsigned)which) != 0,
	    "law 2: %s: %s: no item of %s is known, yet it applies", c->name,
	    c->mode, what);
	if (used)
		ck_assert_msg(peer_codes_within(now, asked),
		    "law 2: %s: %s: %s has an item that the policy has not",
		    c->name, c->mode, what);
	if (mode == OVER)
		ck_assert_msg(now->count == asked->count &&
			memcmp(now->code, asked->code,
			    now->count * sizeof(now->code[0])) == 0,
		    "law 4: %s: %s is not the policy's list", c->name, what);
}

static void
assert_lists(const struct cell *c, int mode, const struct peer_snapshot *now)
{
	const struct tlspolicy *p = c->policy;
	unsigned set = peer_enabled(now);

	assert_list(c, mode, "ciphers", CIPHERS, &now->ciphers,
	    &c->asked.ciphers, tlspolicy_get_ciphers(p), (set & 0x7) != 0);
	assert_list(c, mode, "ciphersuites", SUITES, &now->suites,
	    &c->asked.suites, tlspolicy_get_ciphersuites(p), (set & 0x8) != 0);
	assert_list(c, mode, "groups", GROUPS, &now->groups, &c->asked.groups,
	    tlspolicy_get_groups(p), 1);
	assert_list(c, mode, "sigalgs", SIGALGS, &now->sigalgs,
	    &c->asked.sigalgs, tlspolicy_get_sigalgs(p), (set & 0xc) != 0);
}

static void
assert_options(const struct cell *c, int mode, const struct peer_snapshot *now)
{
	const uint64_t order = SSL_OP_CIPHER_SERVER_PREFERENCE;
	const uint64_t ban = SSL_OP_NO_RENEGOTIATION;
	int reneg = tlspolicy_get_renegotiation(c->policy);
	int preference = tlspolicy_get_server_preference(c->policy);
	uint64_t want = c->before.options;
	unsigned i, set = peer_enabled(now);

	if (reneg == 0)
		want |= ban;
	if (reneg == 1 && mode == OVER)
		want &= ~ban;
	if (preference >= 0)
		want = preference ? want | order : want & ~order;
	for (i = 0; i < PEER_VERSIONS; i++)
		if ((set >> i & 1) != 0)
			want &= ~option_of(c->before.dtls, i);
	ck_assert_msg(now->options == want,
	    "laws 2 to 4: %s: %s: options 0x%llx, not 0x%llx", c->name, c->mode,
	    (unsigned long long)now->options, (unsigned long long)want);
	ck_assert_msg(now->level == final_level(c, mode),
	    "laws 2 to 4: %s: %s: level %d, not %d", c->name, c->mode,
	    now->level, final_level(c, mode));
}

/* What is offered on the wire is what is permitted, no more and no less. */
static void
assert_offer(const struct cell *c, SSL_CTX *ctx)
{
	struct peer_snapshot now;
	struct peer_hello hello;
	unsigned i, set = 0;
	size_t j;

	if ((c->state->lacks & 1 << PEER_CLIENT) != 0)
		return;
	peer_snapshot(ctx, &now, 0);
	ck_assert_msg(peer_hello(ctx, &hello),
	    "law 5: %s: %s: a client makes no ClientHello", c->name, c->mode);
	if (c->before.dtls) {
		set = peer_enabled(&now) & 4 ? DTLS1_2_VERSION : DTLS1_VERSION;
		ck_assert_msg(hello.legacy == set,
		    "law 3: %s: %s: a client offers 0x%x", c->name, c->mode,
		    hello.legacy);
	}
	if (hello.versions.count == 0)
		return;
	for (j = 0; j < hello.versions.count; j++)
		for (i = 0; i < PEER_VERSIONS; i++)
			if (hello.versions.code[j] == peer_version(i))
				set |= 1u << i;
	ck_assert_msg(set == peer_enabled(&now),
	    "law 3: %s: %s: a client offers %s, not %s", c->name, c->mode,
	    peer_set_name(set), peer_set_name(peer_enabled(&now)));
}

/*
 * A list of signature algorithms may fit no certificate of the top version;
 * without one, the top version is what a full peer would choose.
 */
static int
top_must_work(const struct cell *c)
{
	return c->state->sigalgs == NULL && c->state->host == NULL &&
	    tlspolicy_get_sigalgs(c->policy) == NULL;
}

static void
assert_usable(const struct cell *c, const struct peer_snapshot *now)
{
	unsigned set = peer_enabled(now), top = 1u << (PEER_VERSIONS - 1);
	int role;

	while ((set & top) == 0 && top > 1)
		top >>= 1;

	for (role = 0; role < 2; role++) {
		if ((c->state->lacks & 1 << role) != 0)
			continue;
		ck_assert_msg((now->versions[role] & ~set) == 0,
		    "law 2: %s: %s: %s negotiates %s of %s", c->name, c->mode,
		    role == PEER_CLIENT ? "client" : "server",
		    peer_set_name(now->versions[role]), peer_set_name(set));
		/* Its one version may have no signature for a certificate. */
		if (now->dtls && !top_must_work(c))
			continue;
		ck_assert_msg(now->versions[role] != 0,
		    "law 5: %s: %s: no handshake as a %s, in %s", c->name,
		    c->mode, role == PEER_CLIENT ? "client" : "server",
		    peer_set_name(set));
		ck_assert_msg(
		    !top_must_work(c) || (now->versions[role] & top) != 0,
		    "law 5: %s: %s: a %s cannot use the top of %s", c->name,
		    c->mode, role == PEER_CLIENT ? "client" : "server",
		    peer_set_name(set));
	}
}

static int
apply(const struct cell *c, SSL_CTX *ctx, int mode)
{
	if (c->policy == NULL)
		return tlspolicy_apply_text(
		    ctx, c->entry->text, mode_flags[mode]);
	return tlspolicy_apply_ctx(ctx, c->policy, mode_flags[mode]);
}

/* Whether the list of a policy is what a context has, without its '?'. */
static int
is_set(const STACK_OF(SSL_CIPHER) * ciphers, const char *list, int suites)
{
	int i;

	if (list == NULL)
		return 1;
	for (i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
		const char *name =
		    SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, i));

		if ((strncmp(name, "TLS_", 4) == 0) != suites)
			continue;
		list += *list == '?';
		if (strncmp(list, name, strlen(name)) != 0)
			return 0;
		list += strlen(name);
		if (*list != ':')
			return *list == '\0';
		list++;
	}
	return 0;
}

static void
assert_idempotent(const struct cell *c, SSL_CTX *ctx, int mode,
    const struct peer_snapshot *once)
{
	STACK_OF(SSL_CIPHER) *ciphers = SSL_CTX_get_ciphers(ctx);
	int there = is_set(ciphers, tlspolicy_get_ciphers(c->policy), 0) &&
	    is_set(ciphers, tlspolicy_get_ciphersuites(c->policy), 1);
	struct peer_snapshot twice;
	char why[PEER_WHY] = "";
	int status = apply(c, ctx, mode);

	ck_assert_msg(status == TLSPOLICY_OK, "law 7: %s: %s: then %d", c->name,
	    c->mode, status);
	/* A new list would free one that connections may be reading. */
	ck_assert_msg(!there || SSL_CTX_get_ciphers(ctx) == ciphers,
	    "law 7: %s: %s: makes the same list of ciphers once more", c->name,
	    c->mode);
	peer_snapshot(ctx, &twice, 0);
	ck_assert_msg(peer_same(once, &twice, why, sizeof(why)),
	    "law 7: %s: %s: changes %s", c->name, c->mode, why);
}

/* The same laws by the library's own measure. */
static void
assert_covered(const struct cell *c, SSL_CTX *ctx, int mode)
{
	struct tlspolicy *after = NULL;
	int status = tlspolicy_audit(ctx, c->policy);

	ck_assert_msg(status == TLSPOLICY_OK,
	    "law 2: %s: %s: audit gives %d: %s", c->name, c->mode, status,
	    entry());
	if (mode == OVER)
		return;
	ck_assert_int_eq(tlspolicy_from_ctx(&after, ctx), TLSPOLICY_OK);
	status = tlspolicy_covers(c->permitted, after);
	ck_assert_msg(status == TLSPOLICY_OK,
	    "law 3: %s: %s: what it permitted does not cover what it permits: "
	    "%d: %s",
	    c->name, c->mode, status, entry());
	tlspolicy_free(after);
}

static void
assert_success(const struct cell *c, SSL_CTX *ctx, int mode,
    const struct peer_snapshot *now)
{
	char why[PEER_WHY] = "";

	ck_assert_msg(c->policy != NULL && !c->state->pinned, "%s: %s: applies",
	    c->name, c->mode);
	if (mode != OVER)
		ck_assert_msg(
		    peer_not_looser(&c->before, now, why, sizeof(why)),
		    "law 3: %s: %s: %s", c->name, c->mode, why);
	assert_versions(c, mode, now);
	assert_lists(c, mode, now);
	assert_options(c, mode, now);
	assert_offer(c, ctx);
	assert_covered(c, ctx, mode);
	if (now->tried)
		assert_usable(c, now);
	assert_idempotent(c, ctx, mode, now);
}

static const int *
wanted(const struct entry *entry)
{
	if (release() >= RELEASE_4_0 && entry->from_3_5 == more_groups)
		return entry->want;
	if (release() >= RELEASE_3_5 && entry->from_3_5 != NULL)
		return entry->from_3_5;
	if (release() < RELEASE_3_0 && entry->before_3_0 != NULL)
		return entry->before_3_0;
	return entry->want;
}

static int
try_mode(struct cell *c, int mode, struct peer_snapshot *now)
{
	SSL_CTX *ctx = make_state(c->state);
	char why[PEER_WHY] = "";
	int status;

	c->mode = mode_names[mode];
	push_caller_errors();
	status = apply(c, ctx, mode);
	assert_quiet(c, status);
	if (c->state == &states[0])
		ck_assert_msg(status == wanted(c->entry)[mode],
		    "%s: %s: status %d, not %d", c->name, c->mode, status,
		    wanted(c->entry)[mode]);
	peer_snapshot(ctx, now, 0);
	if (c->deep && mode != FAIL)
		negotiate(c, ctx, now, status == TLSPOLICY_OK);
	if (status == TLSPOLICY_OK)
		assert_success(c, ctx, mode, now);
	else
		ck_assert_msg(peer_same(&c->before, now, why, sizeof(why)),
		    "law 1: %s: %s: failed with %d and changed %s", c->name,
		    c->mode, status, why);
	SSL_CTX_free(ctx);
	return status;
}

static void
assert_modes(const struct cell *c, const int status[MODES],
    const struct peer_snapshot now[MODES])
{
	int want = TLSPOLICY_E_STRICTER;
	char why[PEER_WHY] = "the status";

	if (status[OVER] != TLSPOLICY_OK)
		want = status[OVER];
	else if (status[PLAIN] == TLSPOLICY_OK &&
	    peer_same(&now[PLAIN], &now[OVER], why, sizeof(why)))
		want = TLSPOLICY_OK;
	ck_assert_msg(status[FAIL] == want,
	    "law 4: %s: FAIL_IF_STRICTER: %d, not %d (default %d, OVERRIDE %d; "
	    "they differ in %s)",
	    c->name, status[FAIL], want, status[PLAIN], status[OVER], why);
}

/* The enumeration */

static unsigned
gcd(unsigned a, unsigned b)
{
	unsigned rest;

	while (b != 0) {
		rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

/* An even stride that is prime to the policies, so that all have a turn. */
static unsigned
stride(unsigned cells, unsigned budget)
{
	unsigned step = (cells + budget - 1) / budget;

	while (step > 1 && gcd(step, ENTRIES) != 1)
		step++;
	return step;
}

/* Handshakes of a deep cell: two modes, two roles, every version. */
enum { CELLS = STATES * ENTRIES, PER_CELL = 2 * 2 * PEER_VERSIONS };
enum { NORMAL_HANDSHAKES = 6000, SHORT_CELLS = 60, SHORT_DEEP = 4 };

static unsigned
cell_stride(void)
{
	return test_tier() == TIER_SHORT ? stride(CELLS, SHORT_CELLS) : 1;
}

static int
is_deep(unsigned i)
{
	if (test_tier() == TIER_SHORT)
		return i % SHORT_DEEP == 0;
	if (test_tier() == TIER_FULL)
		return 1;
	return i % stride(CELLS * PER_CELL, NORMAL_HANDSHAKES) == 0;
}

/* What a state negotiates does not change: it is found once. */
static const struct peer_snapshot *
before_of(unsigned index, int deep)
{
	static struct peer_snapshot known[STATES];
	SSL_CTX *ctx;

	if (known[index].method == NULL || (deep && !known[index].tried)) {
		ctx = make_state(&states[index]);
		peer_snapshot(ctx, &known[index], deep);
		SSL_CTX_free(ctx);
	}
	return &known[index];
}

static const struct tlspolicy *
permitted_of(unsigned index)
{
	static struct tlspolicy *known[STATES];
	SSL_CTX *ctx;

	if (known[index] == NULL) {
		ctx = make_state(&states[index]);
		ck_assert_int_eq(
		    tlspolicy_from_ctx(&known[index], ctx), TLSPOLICY_OK);
		SSL_CTX_free(ctx);
	}
	return known[index];
}

START_TEST(state_and_policy)
{
	static struct peer_snapshot now[MODES];
	unsigned index = (unsigned)_i * cell_stride();
	struct cell cell = { .state = &states[index / ENTRIES],
		.entry = &entries[index % ENTRIES],
		.deep = is_deep((unsigned)_i) };
	struct tlspolicy *policy;
	int mode, status[MODES];

	if (cell.state->method != NULL && cell.state->method() == NULL)
		SKIP_TEST("this release has no methods of one version");
	policy = make_policy(cell.entry);
	snprintf(cell.name, sizeof(cell.name), "%s + \"%s\"", cell.state->name,
	    cell.entry->text);
	cell.policy = policy;
	cell.before = *before_of(index / ENTRIES, cell.deep);
	cell.permitted = permitted_of(index / ENTRIES);
	peer_host(NULL);
	if (policy != NULL)
		ask(&cell);
	for (mode = 0; mode < MODES; mode++)
		status[mode] = try_mode(&cell, mode, &now[mode]);
	assert_modes(&cell, status, now);
	tlspolicy_free(policy);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("laws");
	TCase *cells = tcase_create("cells");
	unsigned step = cell_stride();

	/* A fork a cell costs more than the cell, under ASan tenfold. */
	if (setenv("CK_FORK", "no", 0) != 0)
		return EXIT_FAILURE;
	/* Without a fork Check's timeout does nothing: this ends a hang. */
	(void)alarm(test_tier() == TIER_FULL ? 7200 : 600);
	peer_setup();
	tcase_set_timeout(cells, 120);
	tcase_add_loop_test(
	    cells, state_and_policy, 0, (int)((CELLS + step - 1) / step));
	suite_add_tcase(suite, cells);
	return run_suite(suite);
}
