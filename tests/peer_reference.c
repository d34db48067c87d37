/* SPDX-License-Identifier: MIT */
/* Reference peers, and certificates that a security level accepts. */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "peer.h"
#include "peer_inside.h"
#include "release.h"

/* Which of them a security level accepts; one RSA and one EC at most. */
enum { LEVELS = 6, PER_LEVEL = 2 };

static const int by_level[LEVELS][PER_LEVEL] = {
	{ PEER_RSA_2048, PEER_P_256 },
	{ PEER_RSA_2048, PEER_P_256 },
	{ PEER_RSA_2048, PEER_P_256 },
	{ PEER_RSA_3072, PEER_P_256 },
	{ PEER_P_384, PEER_KEYS },
	{ PEER_P_521, PEER_KEYS },
};

static const int sets[PEER_SETS][PEER_PER_SET] = {
	{ PEER_RSA_2048, PEER_PSS_2048, PEER_DSA_2048, PEER_P_256, PEER_ED25519,
	    PEER_ED448, PEER_KEYS },
	{ PEER_RSA_3072, PEER_PSS_3072, PEER_DSA_3072, PEER_P_256, PEER_ED25519,
	    PEER_ED448, PEER_ML_DSA_44, PEER_ML_DSA_65, PEER_ML_DSA_87,
	    PEER_SM2, PEER_KEYS },
	[PEER_SLOW_SET] = { PEER_RSA_8192, PEER_P_384, PEER_ED448, PEER_KEYS },
	{ PEER_RSA_3072, PEER_P_384, PEER_ED25519, PEER_ED448, PEER_KEYS },
	{ PEER_RSA_3072, PEER_P_521, PEER_ED25519, PEER_ED448, PEER_KEYS },
	{ PEER_RSA_3072, PEER_BRAINPOOL, PEER_ED25519, PEER_ED448, PEER_KEYS },
	{ PEER_RSA_3072, PEER_SECP256K1, PEER_ED25519, PEER_ED448, PEER_KEYS },
	[PEER_RSA_SET] = { PEER_RSA_2048, PEER_KEYS },
	{ PEER_RSA_3072, PEER_KEYS },
	{ PEER_BRAINPOOL_384, PEER_KEYS },
	{ PEER_BRAINPOOL_512, PEER_KEYS },
};

static const int first_sets[LEVELS] = { 0, 0, 0, 1, PEER_SLOW_SET, 4 };

int
peer_first_set(int level)
{
	return first_sets[level];
}

/* Reference peers. */
static SSL_CTX *references[PEER_ALL_VERSIONS][PEER_SETS];

int
peer_level(int level)
{
	if (level < 0)
		return 0;
	return level < LEVELS ? level : LEVELS - 1;
}

int
peer_rsa_alone(int level, int version)
{
	return release() < RELEASE_3_0 && (level == 2 || level == 3) &&
	    (version < TLS1_2_VERSION || version == DTLS1_VERSION);
}

int
peer_load_server(SSL *ssl, int version)
{
	const int level = peer_level(SSL_get_security_level(ssl));
	const int *use = by_level[level];
	const int count = peer_rsa_alone(level, version) ? 1 : PER_LEVEL;
	int i, loaded = 0;

	for (i = 0; i < count && use[i] != PEER_KEYS; i++)
		loaded |= peer_load(ssl, use[i]);
	ERR_clear_error();
	return loaded;
}

/* Those of some names that a setter takes, joined. */
static void
join_known(int (*set)(SSL_CTX *, const char *), const char *const *names,
    size_t count, char *list)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	size_t i;

	peer_must(ctx != NULL, "names");
	for (i = 0; i < count && list[0] == '\0'; i++)
		if (set(ctx, names[i]))
			strcpy(list, names[i]);
	for (; i < count; i++)
		if (set(ctx, names[i])) {
			strcat(list, ":");
			strcat(list, names[i]);
		}
	SSL_CTX_free(ctx);
	ERR_clear_error();
}

const char *
peer_every_suite(void)
{
	static const char every[] =
	    "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:"
	    "TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256:"
	    "TLS_AES_128_CCM_8_SHA256";

	return every;
}

const char *
peer_every_group(void)
{
	static const char *const names[] = { "X25519", "P-256", "X448", "P-384",
		"P-521", "ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144",
		"ffdhe8192", "brainpoolP256r1", "brainpoolP384r1",
		"brainpoolP512r1", "secp256k1", "X25519MLKEM768",
		"SecP256r1MLKEM768" };
	static char list[512];

	if (list[0] == '\0')
		join_known(peer_set_groups, names,
		    sizeof(names) / sizeof(names[0]), list);
	return list;
}

const char *
peer_every_sigalg(void)
{
	/* Keys that a level finds too weak, RSA's and DSA's, come last. */
	static const char *const names[] = { "ECDSA+SHA256", "ECDSA+SHA384",
		"ECDSA+SHA512", "ed25519", "ed448", "mldsa44", "mldsa65",
		"mldsa87", "sm2sig_sm3", "ecdsa_brainpoolP256r1tls13_sha256",
		"ecdsa_brainpoolP384r1tls13_sha384",
		"ecdsa_brainpoolP512r1tls13_sha512", "ECDSA+SHA224",
		"ECDSA+SHA1", "rsa_pss_pss_sha256", "rsa_pss_pss_sha384",
		"rsa_pss_pss_sha512", "RSA-PSS+SHA256", "RSA-PSS+SHA384",
		"RSA-PSS+SHA512", "RSA+SHA256", "RSA+SHA384", "RSA+SHA512",
		"RSA+SHA224", "RSA+SHA1", "DSA+SHA224", "DSA+SHA1",
		"DSA+SHA256", "DSA+SHA384", "DSA+SHA512" };
	static char list[1024];

	if (list[0] == '\0')
		join_known(peer_set_sigalgs, names,
		    sizeof(names) / sizeof(names[0]), list);
	return list;
}

static SSL_CTX *
make_reference(int version, int set)
{
	const int number = peer_versions[version].number;
	SSL_CTX *ctx =
	    SSL_CTX_new(version < PEER_VERSIONS ? TLS_method() : DTLS_method());
	int i;

	peer_must(ctx != NULL, "reference peer");
	peer_must(SSL_CTX_set_cipher_list(ctx, "ALL:eNULL:@SECLEVEL=0") == 1 &&
		SSL_CTX_set_ciphersuites(ctx, peer_every_suite()) == 1 &&
		SSL_CTX_set_min_proto_version(ctx, number) == 1 &&
		SSL_CTX_set_max_proto_version(ctx, number) == 1 &&
		SSL_CTX_set_num_tickets(ctx, 0) == 1 &&
		SSL_CTX_set_dh_auto(ctx, 1) == 1 &&
		peer_set_groups(ctx, peer_every_group()) &&
		peer_set_sigalgs(ctx, peer_every_sigalg()),
	    "reference peer's settings");
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	for (i = 0; sets[set][i] != PEER_KEYS; i++)
		peer_must(!peer_has((enum peer_key)sets[set][i]) ||
			peer_use(ctx, (enum peer_key)sets[set][i]),
		    "reference peer's certificate");
	return ctx;
}

SSL *
peer_reference(int version, int set)
{
	SSL *ssl = SSL_new(references[version][set]);

	peer_must(ssl != NULL, "reference connection");
	return ssl;
}

void
peer_setup(void)
{
	int version, set;

	/* The host's own openssl.cnf is no part of any test. */
	peer_must(setenv("OPENSSL_CONF", "/dev/null", 1) == 0 &&
		OPENSSL_init_ssl(0, NULL) == 1,
	    "OpenSSL");
	for (version = 0; version < PEER_ALL_VERSIONS; version++)
		for (set = 0;
		     set < PEER_SETS && peer_versions[version].number != 0;
		     set++)
			references[version][set] = make_reference(version, set);
}

void
peer_load_set(SSL *ssl, int only)
{
	const int level = peer_level(SSL_get_security_level(ssl));
	const int *keys = sets[level < 3 ? 1 : first_sets[level]];
	int i;

	SSL_certs_clear(ssl);
	for (i = 0; only < 0 && keys[i] != PEER_KEYS; i++)
		if (peer_has((enum peer_key)keys[i]))
			(void)peer_load(ssl, keys[i]);
	if (only >= 0 && peer_has((enum peer_key)only))
		(void)peer_load(ssl, only);
	ERR_clear_error();
}
