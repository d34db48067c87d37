/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/conf.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "peer.h"
#include "release.h"

enum { STEPS = 24, DATAGRAM = 16000 };

static const struct version {
	int number;
	uint64_t option;
	const char *name;
} versions[] = {
	{ TLS1_VERSION, SSL_OP_NO_TLSv1, "TLSv1" },
	{ TLS1_1_VERSION, SSL_OP_NO_TLSv1_1, "TLSv1.1" },
	{ TLS1_2_VERSION, SSL_OP_NO_TLSv1_2, "TLSv1.2" },
	{ TLS1_3_VERSION, SSL_OP_NO_TLSv1_3, "TLSv1.3" },
	/* Where DTLS has an equal; in sets they are the TLS version. */
	[PEER_VERSIONS + 1] = { DTLS1_VERSION, SSL_OP_NO_DTLSv1, "DTLSv1" },
	[PEER_VERSIONS + 2] = { DTLS1_2_VERSION, SSL_OP_NO_DTLSv1_2,
	    "DTLSv1.2" },
};

enum { ALL_VERSIONS = sizeof(versions) / sizeof(versions[0]) };

/*
 * A DSA key takes seconds to find, an RSA key of 8192 bits more, and a memory
 * checker makes minutes of them: they are put together from known primes.
 */
static const char p_1024[] =
    "FD4DD78CBCF0926BAF384052330FF717B0458BC6B8568FA4DE51963C050FDA7D"
    "6595B25D2323214BF37F950453A7BA9939681EFD861EA23FE7BFFCE1DB5E3B64"
    "68445FE8C3AC71E90F66B82050A22EAD84B163F7CA5310F8105F3930F7047142"
    "B006FA5D4B0D1C506D20CA6DF44C5E11CE3D12477A4D5D0529E11D56FCD7CD2B";
static const char p_2048[] =
    "D18AFB7F671DD12E6DAAAD5F4FC3221A70546C34A4D245D0EBDEC6EFED040B3A"
    "88F71CC73209A1983593167078F412158C4798463F9C68BA8C903DA767ED73B7"
    "B4DCD17D9A6BBBF4A6EA746865D1E676AFE593631C40831540E952CAFA5D824C"
    "51F0F58A1ED7CC637E86D9BDE6D4C7C8070947B513556A03064A934346A0F436"
    "BE53825E3E7FCDFBEDCA6A95B93890CDC5334D9B3F5EEB25291605C84D1A5F21"
    "9C19ED39C6430589CCA9631AB918308727CA728AA0DE9F7A3D5ED7F49FD7EDD0"
    "35DA45B35A5709D592868573A0F5EF44C141994E3B4A0E338BF9F6B3A396E6D9"
    "655D1B13A267654C7C74B40F985627CE73FE7BEABC256992423C23C3351B39CD";
static const char q_2048[] =
    "AF3EB3B629145BF065D605128C7C1B4FDC6AC2A41E3649DA02786752181EFE97";
static const char p_3072[] =
    "C17A7392F3B0AF9608472DFF4A7671EE87F2F0F57D1AE638BF5DFBAE440797F8"
    "0C9FDDA56D7AF43F8E1543A3844E0D1F9BB552F8BF3B84672CDB9509C0D27B2E"
    "3D6AA38504DA28993C7CE1E8EF5D4DBD155B0141F90D686696BA80F0810FFDFC"
    "31558C27A52AD896C97CF324994D28594789BB9F8452749ACF8C4225B4DA8B5A"
    "1FEDCB5F5AFADD2B4AF80AC3EAB1CD355D345A30FDA3ACD636418FD751589545"
    "EA39621E86CF6905268459341D690E6A3D285CF4FA2664CB00404E1058E98678"
    "2C9A618299D1414C1471FCDDBD7E3282B6AACE908D89E895E9B329EC1D7A86EE"
    "4E590BA8B9718926B1DD11D1C781FD3DB5F4E7D194AFD74005B2E2D50E112FA3"
    "0361DB21B429487B2BFE3882C1E18D9367C8CD022073ABB878228464B9ECA16D"
    "4C8958EA7493E23A8E0B73E123FEF64520B9B6D22BDED82170BDB1986A3BF1CE"
    "55DCED5BC1B632BCF9F669F08B3F10CD336F4DE1489F9712093B3AE7A98E04C6"
    "0C6E53764200F506C617EF3696322E33F6BD17DF2672513D67C5D04BEABBCB59";
static const char q_3072[] =
    "BE436AD2E90583837B9DFC1878103C188D4945256F43C7E3F77D9AECFAB3449B";

static BIGNUM *
prime_1024(BIGNUM *out)
{
	return BN_hex2bn(&out, p_1024) == 0 ? NULL : out;
}

static struct identity {
	int type, nid;                 /* what to generate */
	const char *p, *q;             /* or to put together: DSA */
	BIGNUM *(*prime[2])(BIGNUM *); /* RSA */
	int pss, rsa;                  /* the same key, for PSS only */
	EVP_PKEY *key;                 /* made when it is needed */
	X509 *cert;
} identities[PEER_KEYS] = {
	[PEER_RSA_2048] = { .prime = { BN_get_rfc2409_prime_1024,
				prime_1024 } },
	[PEER_RSA_3072] = { .prime = { BN_get_rfc3526_prime_2048,
				BN_get_rfc2409_prime_1024 } },
	[PEER_RSA_8192] = { .prime = { BN_get_rfc3526_prime_6144,
				BN_get_rfc3526_prime_2048 } },
	[PEER_PSS_2048] = { .pss = 1, .rsa = PEER_RSA_2048 },
	[PEER_PSS_3072] = { .pss = 1, .rsa = PEER_RSA_3072 },
	[PEER_DSA_2048] = { .p = p_2048, .q = q_2048 },
	[PEER_DSA_3072] = { .p = p_3072, .q = q_3072 },
	[PEER_P_256] = { .type = EVP_PKEY_EC, .nid = NID_X9_62_prime256v1 },
	[PEER_P_384] = { .type = EVP_PKEY_EC, .nid = NID_secp384r1 },
	[PEER_P_521] = { .type = EVP_PKEY_EC, .nid = NID_secp521r1 },
	[PEER_BRAINPOOL] = { .type = EVP_PKEY_EC, .nid = NID_brainpoolP256r1 },
	[PEER_SECP256K1] = { .type = EVP_PKEY_EC, .nid = NID_secp256k1 },
	[PEER_ED25519] = { .type = EVP_PKEY_ED25519 },
	[PEER_ED448] = { .type = EVP_PKEY_ED448 },
};

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

/*
 * A reference peer has one certificate of a type: for every strength and curve
 * it takes several.  The first that a level accepts whole is in first_set.
 */
enum { SETS = 9, PER_SET = 7, SLOW_SET = 2, RSA_SET = 7 };
static const int sets[SETS][PER_SET] = {
	{ PEER_RSA_2048, PEER_PSS_2048, PEER_DSA_2048, PEER_P_256, PEER_ED25519,
	    PEER_ED448, PEER_KEYS },
	{ PEER_RSA_3072, PEER_PSS_3072, PEER_DSA_3072, PEER_P_256, PEER_ED25519,
	    PEER_ED448, PEER_KEYS },
	[SLOW_SET] = { PEER_RSA_8192, PEER_P_384, PEER_ED448, PEER_KEYS },
	{ PEER_RSA_3072, PEER_P_384, PEER_ED25519, PEER_ED448, PEER_KEYS },
	{ PEER_RSA_3072, PEER_P_521, PEER_ED25519, PEER_ED448, PEER_KEYS },
	{ PEER_RSA_3072, PEER_BRAINPOOL, PEER_ED25519, PEER_ED448, PEER_KEYS },
	{ PEER_RSA_3072, PEER_SECP256K1, PEER_ED25519, PEER_ED448, PEER_KEYS },
	[RSA_SET] = { PEER_RSA_2048, PEER_KEYS },
	{ PEER_RSA_3072, PEER_KEYS },
};
static const int first_set[LEVELS] = { 0, 0, 0, 1, SLOW_SET, 4 };

/* Reference peers. */
static SSL_CTX *references[ALL_VERSIONS][SETS];

static unsigned long handshakes_made;

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "the test harness failed: %s\n", what);
	ERR_print_errors_fp(stderr);
	abort();
}

int
peer_version(unsigned index)
{
	return versions[index].number;
}

uint64_t
peer_option(unsigned index)
{
	return versions[index].option;
}

const char *
peer_version_name(unsigned index)
{
	return versions[index].name;
}

const char *
peer_set_name(unsigned set)
{
	static char text[8][64];
	static unsigned turn;
	char *at = text[turn++ % 8];
	unsigned i;

	strcpy(at, "{");
	for (i = 0; i < PEER_VERSIONS; i++) {
		if ((set >> i & 1) == 0)
			continue;
		if (at[1] != '\0')
			strcat(at, " ");
		strcat(at, versions[i].name);
	}
	return strcat(at, "}");
}

static int
is_run(unsigned set)
{
	unsigned low = set & (~set + 1);

	return set != 0 && ((set + low) & set) == 0;
}

/* Keys and certificates */

EVP_PKEY *
peer_generate(int type, int nid)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(type, NULL);
	EVP_PKEY *key = NULL;
	int ok = 1;

	must(ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1, "key context");
	if (nid != 0)
		ok = EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx, nid);
	must(ok == 1 && EVP_PKEY_keygen(ctx, &key) == 1, "key");
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/* A private key from the SEQUENCE of INTEGERs of RFC 8017 or of DSA's kind. */
static EVP_PKEY *
from_numbers(int type, BIGNUM *const *number, int count)
{
	STACK_OF(ASN1_TYPE) *sequence = sk_ASN1_TYPE_new_null();
	unsigned char *der = NULL;
	const unsigned char *at;
	EVP_PKEY *key;
	int i, len;

	must(sequence != NULL, "numbers");
	for (i = 0; i < count; i++) {
		ASN1_TYPE *item = ASN1_TYPE_new();

		must(item != NULL && sk_ASN1_TYPE_push(sequence, item) > 0,
		    "number");
		ASN1_TYPE_set(
		    item, V_ASN1_INTEGER, BN_to_ASN1_INTEGER(number[i], NULL));
	}
	len = i2d_ASN1_SEQUENCE_ANY(sequence, &der);
	at = der;
	key = d2i_PrivateKey(type, NULL, &at, len);
	must(key != NULL, "key from numbers");
	OPENSSL_free(der);
	sk_ASN1_TYPE_pop_free(sequence, ASN1_TYPE_free);
	return key;
}

static EVP_PKEY *
put_rsa_together(const struct identity *id)
{
	enum { ZERO, N, E, D, P, Q, DP, DQ, QI, COUNT };
	BIGNUM *x[COUNT];
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *p1 = BN_new(), *q1 = BN_new(), *phi = BN_new();
	EVP_PKEY *key;
	int i;

	for (i = 0; i < COUNT; i++)
		x[i] = BN_new();
	must(id->prime[0](x[P]) != NULL && id->prime[1](x[Q]) != NULL &&
		BN_mul(x[N], x[P], x[Q], ctx) == 1 &&
		BN_sub(p1, x[P], BN_value_one()) == 1 &&
		BN_sub(q1, x[Q], BN_value_one()) == 1 &&
		BN_mul(phi, p1, q1, ctx) == 1 &&
		BN_set_word(x[E], RSA_F4) == 1 &&
		BN_mod_inverse(x[D], x[E], phi, ctx) != NULL &&
		BN_mod(x[DP], x[D], p1, ctx) == 1 &&
		BN_mod(x[DQ], x[D], q1, ctx) == 1 &&
		BN_mod_inverse(x[QI], x[Q], x[P], ctx) != NULL,
	    "RSA numbers");
	key = from_numbers(EVP_PKEY_RSA, x, COUNT);
	for (i = 0; i < COUNT; i++)
		BN_free(x[i]);
	BN_free(p1);
	BN_free(q1);
	BN_free(phi);
	BN_CTX_free(ctx);
	return key;
}

/* The generator is 2 to the power of (p - 1) / q. */
static EVP_PKEY *
put_dsa_together(const struct identity *id)
{
	enum { ZERO, P, Q, G, Y, X, COUNT };
	BIGNUM *x[COUNT];
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *two = BN_new(), *power = BN_new();
	EVP_PKEY *key;
	int i;

	for (i = 0; i < COUNT; i++)
		x[i] = BN_new();
	must(BN_hex2bn(&x[P], id->p) != 0 && BN_hex2bn(&x[Q], id->q) != 0,
	    "DSA primes");
	must(BN_set_word(two, 2) == 1 &&
		BN_div(power, NULL, x[P], x[Q], ctx) == 1 &&
		BN_mod_exp(x[G], two, power, x[P], ctx) == 1 &&
		BN_set_word(x[X], 65537) == 1 &&
		BN_mod_exp(x[Y], x[G], x[X], x[P], ctx) == 1,
	    "DSA numbers");
	key = from_numbers(EVP_PKEY_DSA, x, COUNT);
	for (i = 0; i < COUNT; i++)
		BN_free(x[i]);
	BN_free(two);
	BN_free(power);
	BN_CTX_free(ctx);
	return key;
}

static EVP_PKEY *
make_pss(const EVP_PKEY *rsa)
{
	PKCS8_PRIV_KEY_INFO *wrap = PKCS8_PRIV_KEY_INFO_new();
	unsigned char *der = NULL;
	const int len = i2d_PrivateKey((EVP_PKEY *)(uintptr_t)rsa, &der);
	EVP_PKEY *key;

	must(wrap != NULL && len > 0 &&
		PKCS8_pkey_set0(wrap, OBJ_nid2obj(NID_rsassaPss), 0,
		    V_ASN1_UNDEF, NULL, der, len) == 1,
	    "RSA key");
	must((key = EVP_PKCS82PKEY(wrap)) != NULL, "RSA-PSS key");
	PKCS8_PRIV_KEY_INFO_free(wrap);
	return key;
}

/* Valid from the epoch on and for ever: no test depends on the clock. */
X509 *
peer_certify(EVP_PKEY *key)
{
	const int type = EVP_PKEY_base_id(key);
	/* Ed25519, Ed448 and ML-DSA hash for themselves. */
	const int pure = type != EVP_PKEY_RSA && type != EVP_PKEY_RSA_PSS &&
	    type != EVP_PKEY_DSA && type != EVP_PKEY_EC;
	X509 *cert = X509_new();
	X509_NAME *name = X509_NAME_new();

	must(cert != NULL && name != NULL, "certificate");
	must(X509_set_version(cert, 2) == 1 &&
		ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) == 1 &&
		ASN1_TIME_set_string(
		    X509_getm_notBefore(cert), "19700101000000Z") == 1 &&
		ASN1_TIME_set_string(
		    X509_getm_notAfter(cert), "99991231235959Z") == 1 &&
		X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
		    (const unsigned char *)"peer.test", -1, -1, 0) == 1 &&
		X509_set_subject_name(cert, name) == 1 &&
		X509_set_issuer_name(cert, name) == 1 &&
		X509_set_pubkey(cert, key) == 1 &&
		X509_sign(cert, key, pure ? NULL : EVP_sha256()) > 0,
	    "certificate's fields");
	X509_NAME_free(name);
	return cert;
}

void
peer_issue(X509 *cert, EVP_PKEY *key, const EVP_MD *md, const char *issuer)
{
	X509_NAME *name = X509_NAME_new();

	must(name != NULL &&
		X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
		    (const unsigned char *)issuer, -1, -1, 0) == 1 &&
		X509_set_issuer_name(cert, name) == 1 &&
		X509_sign(cert, key, md) > 0,
	    "issued certificate");
	X509_NAME_free(name);
}

static EVP_PKEY *
make_key(const struct identity *id)
{
	if (id->prime[0] != NULL)
		return put_rsa_together(id);
	return id->p != NULL ? put_dsa_together(id)
			     : peer_generate(id->type, id->nid);
}

static const struct identity *
identity(int key)
{
	struct identity *id = &identities[key], *rsa = &identities[id->rsa];

	if (id->cert != NULL)
		return id;
	if (id->pss && rsa->key == NULL)
		rsa->key = make_key(rsa);
	if (id->key == NULL)
		id->key = id->pss ? make_pss(rsa->key) : make_key(id);
	id->cert = peer_certify(id->key);
	return id;
}

static int
clamp(int level)
{
	if (level < 0)
		return 0;
	return level < LEVELS ? level : LEVELS - 1;
}

/*
 * Before TLS 1.2 ECDSA signs SHA-1 and RSA signs MD5 and SHA-1 together.  By
 * OpenSSL 1.1.1's count level 2 forbids the former alone, but a server with
 * both keys chooses ECDSA nevertheless.
 */
static int
takes_rsa_alone(int level, int version)
{
	return release() < RELEASE_3_0 && (level == 2 || level == 3) &&
	    (version < TLS1_2_VERSION || version == DTLS1_VERSION);
}

static int
load_one(SSL *ssl, int key)
{
	const struct identity *id = identity(key);

	return SSL_use_certificate(ssl, id->cert) == 1 &&
	    SSL_use_PrivateKey(ssl, id->key) == 1;
}

/* A certificate and key that the level of ssl accepts; 1: loaded. */
static int
load(SSL *ssl, int version)
{
	const int level = clamp(SSL_get_security_level(ssl));
	const int *use = by_level[level];
	const int count = takes_rsa_alone(level, version) ? 1 : PER_LEVEL;
	int i, loaded = 0;

	for (i = 0; i < count && use[i] != PEER_KEYS; i++)
		loaded |= load_one(ssl, use[i]);
	ERR_clear_error();
	return loaded;
}

int
peer_use(SSL_CTX *ctx, enum peer_key key)
{
	const struct identity *id = identity((int)key);

	return SSL_CTX_use_certificate(ctx, id->cert) == 1 &&
	    SSL_CTX_use_PrivateKey(ctx, id->key) == 1;
}

int
peer_use_rsa_2048(SSL_CTX *ctx)
{
	return peer_use(ctx, PEER_RSA_2048);
}

/* OpenSSL's list macros cast the const away: they get a copy. */
static int
set_list(SSL_CTX *ctx, int command, const char *list)
{
	char copy[1024];

	if (strlen(list) >= sizeof(copy))
		return 0;
	strcpy(copy, list);
	return SSL_CTX_ctrl(ctx, command, 0, copy) == 1;
}

int
peer_set_groups(SSL_CTX *ctx, const char *list)
{
	return set_list(ctx, SSL_CTRL_SET_GROUPS_LIST, list);
}

int
peer_set_sigalgs(SSL_CTX *ctx, const char *list)
{
	return set_list(ctx, SSL_CTRL_SET_SIGALGS_LIST, list);
}

/* Reference peers */

static const char every_suite[] =
    "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:"
    "TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256:"
    "TLS_AES_128_CCM_8_SHA256";

/* Every group that this OpenSSL has: it refuses a list with one unknown. */
static const char *
every_group(void)
{
	static const char *const names[] = { "X25519", "P-256", "X448", "P-384",
		"P-521", "ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144",
		"ffdhe8192", "brainpoolP256r1", "brainpoolP384r1",
		"brainpoolP512r1", "X25519MLKEM768", "SecP256r1MLKEM768" };
	static char list[512];
	SSL_CTX *ctx;
	size_t i;

	if (list[0] != '\0')
		return list;
	ctx = SSL_CTX_new(TLS_method());
	must(ctx != NULL, "groups");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!peer_set_groups(ctx, names[i]))
			continue;
		if (list[0] != '\0')
			strcat(list, ":");
		strcat(list, names[i]);
	}
	SSL_CTX_free(ctx);
	ERR_clear_error();
	return list;
}

static int
find_version(int number)
{
	int i = 0;

	while (i < ALL_VERSIONS - 1 && versions[i].number != number)
		i++;
	return i;
}

static SSL_CTX *
make_reference(int version, int set)
{
	const int number = versions[version].number;
	SSL_CTX *ctx =
	    SSL_CTX_new(version < PEER_VERSIONS ? TLS_method() : DTLS_method());
	int i;

	must(ctx != NULL, "reference peer");
	must(SSL_CTX_set_cipher_list(ctx, "ALL:eNULL:@SECLEVEL=0") == 1 &&
		SSL_CTX_set_ciphersuites(ctx, every_suite) == 1 &&
		SSL_CTX_set_min_proto_version(ctx, number) == 1 &&
		SSL_CTX_set_max_proto_version(ctx, number) == 1 &&
		SSL_CTX_set_num_tickets(ctx, 0) == 1 &&
		SSL_CTX_set_dh_auto(ctx, 1) == 1 &&
		peer_set_groups(ctx, every_group()),
	    "reference peer's settings");
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	for (i = 0; sets[set][i] != PEER_KEYS; i++)
		must(peer_use(ctx, (enum peer_key)sets[set][i]),
		    "reference peer's certificate");
	return ctx;
}

static SSL *
new_reference(int version, int set)
{
	SSL *ssl = SSL_new(references[version][set]);

	must(ssl != NULL, "reference connection");
	return ssl;
}

void
peer_setup(void)
{
	int version, set;

	/* The host's own openssl.cnf is no part of any test. */
	must(setenv("OPENSSL_CONF", "/dev/null", 1) == 0 &&
		OPENSSL_init_ssl(0, NULL) == 1,
	    "OpenSSL");
	for (version = 0; version < ALL_VERSIONS; version++)
		for (set = 0; set < SETS && versions[version].number != 0;
		     set++)
			references[version][set] = make_reference(version, set);
}

void
peer_host(const char *lines)
{
	static const char head[] = "openssl_conf = init\n[init]\n"
				   "ssl_conf = ssl\n[ssl]\n"
				   "system_default = host\n[host]\n";
	CONF *conf;
	BIO *text;

	CONF_modules_finish();
	if (lines == NULL)
		return;
	conf = NCONF_new(NULL);
	text = BIO_new(BIO_s_mem());
	must(conf != NULL && text != NULL && BIO_puts(text, head) > 0 &&
		BIO_puts(text, lines) > 0 &&
		NCONF_load_bio(conf, text, NULL) == 1 &&
		CONF_modules_load(conf, NULL, 0) == 1,
	    "host configuration");
	BIO_free(text);
	NCONF_free(conf);
}

int
peer_is_dtls(SSL_CTX *ctx)
{
	SSL *ssl = SSL_new(ctx);
	int yes;

	must(ssl != NULL, "connection");
	yes = SSL_is_dtls(ssl);
	SSL_free(ssl);
	return yes;
}

SSL_CTX *
peer_context(const SSL_METHOD *method, const char *host)
{
	peer_host(host);
	return SSL_CTX_new(method);
}

/* Handshakes */

static int
key_exchange_group(SSL *ssl)
{
	EVP_PKEY *key = NULL;
	int nid;

	if (SSL_get_peer_tmp_key(ssl, &key) != 1)
		return 0;
	nid = release_key_group(key);
	EVP_PKEY_free(key);
	return nid;
}

/* One side's turn: 1 done, 0 wants more, -1 failed with *reason. */
static int
step(SSL *ssl, int *reason)
{
	int ret = SSL_do_handshake(ssl);
	int error = SSL_get_error(ssl, ret);

	if (ret == 1)
		return 1;
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		return 0;
	if (*reason == 0)
		*reason = ERR_GET_REASON(ERR_peek_error());
	return -1;
}

static int
run(SSL *subject, SSL *peer, int reason[2])
{
	int i, a, b;

	for (i = 0; i < STEPS; i++) {
		a = step(subject, &reason[0]);
		b = step(peer, &reason[1]);
		if (a == 1 && b == 1)
			return 1;
		/* The side that failed left an alert for the other. */
		if (a < 0 || b < 0) {
			step(subject, &reason[0]);
			return 0;
		}
	}
	return 0;
}

/* A DTLS message is not cut up: the pair has no datagrams to lose. */
static void
widen(SSL *ssl)
{
	if (!SSL_is_dtls(ssl))
		return;
	SSL_set_options(ssl, SSL_OP_NO_QUERY_MTU);
	must(SSL_set_mtu(ssl, DATAGRAM) == DATAGRAM, "MTU");
}

static void
join(SSL *a, SSL *b)
{
	BIO *left, *right;

	must(BIO_new_bio_pair(&left, 0, &right, 0) == 1, "BIO pair");
	SSL_set_bio(a, left, left);
	SSL_set_bio(b, right, right);
	widen(a);
	widen(b);
}

int
peer_handshake(SSL *subject, SSL *peer, struct peer_result *result)
{
	int ok;

	memset(result, 0, sizeof(*result));
	join(subject, peer);
	handshakes_made++;
	ok = run(subject, peer, result->reason) &&
	    SSL_version(subject) == SSL_version(peer);
	if (ok) {
		result->version = SSL_version(subject);
		/* In TLS 1.2 only the client can tell. */
		result->group = key_exchange_group(subject);
		if (result->group == 0)
			result->group = key_exchange_group(peer);
		snprintf(result->cipher, sizeof(result->cipher), "%s",
		    SSL_get_cipher_name(subject));
	}
	ERR_clear_error();
	return ok;
}

unsigned long
peer_handshakes(void)
{
	return handshakes_made;
}

static int
meet(SSL *ssl, enum peer_role role, int version, int set,
    struct peer_result *result)
{
	SSL *peer = new_reference(find_version(version), set);
	int ok;

	if (role == PEER_SERVER) {
		SSL_set_accept_state(ssl);
		SSL_set_connect_state(peer);
	} else {
		SSL_set_connect_state(ssl);
		SSL_set_accept_state(peer);
	}
	ok = peer_handshake(ssl, peer, result) && result->version == version;
	SSL_free(peer);
	return ok;
}

int
peer_ssl_negotiates(
    SSL *ssl, enum peer_role role, int version, struct peer_result *result)
{
	const int level = clamp(SSL_get_security_level(ssl));
	int set = first_set[level];
	struct peer_result local;

	if (role == PEER_SERVER)
		load(ssl, version);
	else if (takes_rsa_alone(level, version))
		set = RSA_SET + (level == 3);
	return meet(ssl, role, version, set, result == NULL ? &local : result);
}

int
peer_negotiates(
    SSL_CTX *ctx, enum peer_role role, int version, struct peer_result *result)
{
	SSL *ssl = SSL_new(ctx);
	int ok;

	must(ssl != NULL, "subject connection");
	ok = peer_ssl_negotiates(ssl, role, version, result);
	SSL_free(ssl);
	return ok;
}

/* An index in versions[] for a TLS one, -1 where ctx's transport has none. */
static int
on_transport(int dtls, unsigned index)
{
	unsigned i = dtls ? PEER_VERSIONS + index : index;

	return i < ALL_VERSIONS && versions[i].number != 0 ? (int)i : -1;
}

unsigned
peer_negotiated(SSL_CTX *ctx, enum peer_role role)
{
	int at, dtls = peer_is_dtls(ctx);
	unsigned i, set = 0;

	for (i = 0; i < PEER_VERSIONS; i++) {
		at = on_transport(dtls, i);
		if (at >= 0 &&
		    peer_negotiates(ctx, role, versions[at].number, NULL))
			set |= 1u << i;
	}
	return set;
}

/* Any reference peer, and a subject as wide as can be */

static void
widen_lists(SSL *ssl, unsigned any)
{
	static const char every_sigalg[] =
	    "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:ed448:"
	    "rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:"
	    "RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:"
	    "RSA+SHA256:RSA+SHA384:RSA+SHA512:ECDSA+SHA224:ECDSA+SHA1:"
	    "RSA+SHA224:RSA+SHA1:DSA+SHA224:DSA+SHA1:DSA+SHA256:DSA+SHA384:"
	    "DSA+SHA512";
	char list[1024];

	if ((any & PEER_ANY_CIPHER) != 0)
		must(SSL_set_cipher_list(ssl, "ALL:eNULL:!aNULL") == 1,
		    "every cipher");
	if ((any & PEER_ANY_SUITE) != 0)
		must(SSL_set_ciphersuites(ssl, every_suite) == 1,
		    "every ciphersuite");
	strcpy(list, every_group());
	if ((any & PEER_ANY_GROUP) != 0)
		must(SSL_set1_groups_list(ssl, list) == 1, "every group");
	strcpy(list, every_sigalg);
	if ((any & PEER_ANY_SIGALG) != 0)
		must(SSL_set1_sigalgs_list(ssl, list) == 1, "every sigalg");
}

/* What a server can have: every key of a set, or with `only` one of them. */
static void
load_set(SSL *ssl, int only)
{
	const int level = clamp(SSL_get_security_level(ssl));
	const int *keys = sets[level < 3 ? 1 : first_set[level]];
	int i;

	SSL_certs_clear(ssl);
	for (i = 0; keys[i] != PEER_KEYS; i++)
		if (only < 0 || only == i)
			(void)load_one(ssl, keys[i]);
	ERR_clear_error();
}

/* Whether it failed before a certificate could have made a difference. */
static int
is_final(const struct peer_result *result)
{
	return result->reason[0] == SSL_R_NO_PROTOCOLS_AVAILABLE ||
	    result->reason[0] == SSL_R_NO_CIPHERS_AVAILABLE ||
	    result->reason[0] == SSL_R_UNSUPPORTED_PROTOCOL ||
	    result->reason[1] == SSL_R_UNSUPPORTED_PROTOCOL ||
	    result->reason[1] == SSL_R_VERSION_TOO_LOW;
}

/* One more try, of a client with a set, of a server with a certificate. */
static int
try_once(SSL_CTX *ctx, enum peer_role role, int version, unsigned any, int i,
    struct peer_result *result)
{
	const int first = first_set[clamp(SSL_CTX_get_security_level(ctx))];
	SSL *ssl = SSL_new(ctx);
	int ok;

	must(ssl != NULL, "subject connection");
	widen_lists(ssl, any);
	if (role == PEER_SERVER && (any & PEER_ANY_CERTIFICATE) != 0)
		load_set(ssl, i);
	ok = meet(ssl, role, version, role == PEER_SERVER || i < 0 ? first : i,
	    result);
	SSL_free(ssl);
	return ok;
}

int
peer_completes(SSL_CTX *ctx, enum peer_role role, int version, unsigned any,
    struct peer_result *result)
{
	const int high = SSL_CTX_get_security_level(ctx) > 3;
	struct peer_result later;
	int i, ok = try_once(ctx, role, version, any, -1, result);

	/*
	 * DTLS servers, and those of TLS 1.1 and before, pick ciphers by keys,
	 * be there a signature for them or no.
	 */
	if (role == PEER_SERVER && (any & PEER_ANY_CERTIFICATE) == 0)
		return ok;
	if (role == PEER_SERVER && version <= TLS1_3_VERSION &&
	    !takes_rsa_alone(clamp(SSL_CTX_get_security_level(ctx)), version))
		return ok;
	for (i = 0; i < SETS && !ok && !is_final(result); i++) {
		if (role == PEER_CLIENT && i == SLOW_SET && !high)
			continue;
		ok = try_once(ctx, role, version, any, i, &later);
		if (ok)
			*result = later;
	}
	return ok;
}

/* The ClientHello */

/* Bytes still to read; a read past the end leaves nothing and gives 0. */
struct cursor {
	const unsigned char *at;
	size_t left;
};

static struct cursor
cut(struct cursor *from, size_t size)
{
	struct cursor part = { from->at, size };

	if (size > from->left) {
		from->left = 0;
		part.left = 0;
		return part;
	}
	from->at += size;
	from->left -= size;
	return part;
}

static unsigned
number(struct cursor *from, size_t size)
{
	struct cursor part = cut(from, size);
	unsigned value = 0;

	while (part.left > 0) {
		value = value << 8 | *part.at++;
		part.left--;
	}
	return value;
}

/* A list of two-byte codes behind a length of `size` bytes. */
static void
codes(struct cursor *from, size_t size, struct peer_codes *out)
{
	struct cursor list = cut(from, number(from, size));

	out->count = 0;
	while (list.left >= 2 && out->count < PEER_CODES)
		out->code[out->count++] = (uint16_t)number(&list, 2);
}

static void
parse_hello(struct cursor all, int dtls, struct peer_hello *out)
{
	struct cursor extensions, body;
	unsigned type;

	cut(&all, dtls ? 12 : 4); /* the handshake header */
	out->legacy = number(&all, 2);
	cut(&all, 32);              /* random */
	cut(&all, number(&all, 1)); /* session id */
	if (dtls)
		cut(&all, number(&all, 1)); /* cookie */
	codes(&all, 2, &out->ciphers);
	cut(&all, number(&all, 1)); /* compression methods */
	extensions = cut(&all, number(&all, 2));
	while (extensions.left >= 4) {
		type = number(&extensions, 2);
		body = cut(&extensions, number(&extensions, 2));
		if (type == TLSEXT_TYPE_supported_versions)
			codes(&body, 1, &out->versions);
		else if (type == TLSEXT_TYPE_supported_groups)
			codes(&body, 2, &out->groups);
		else if (type == TLSEXT_TYPE_signature_algorithms)
			codes(&body, 2, &out->sigalgs);
	}
}

static void
on_message(int sent, int version, int type, const void *data, size_t size,
    SSL *ssl, void *arg)
{
	struct peer_hello *hello = arg;
	struct cursor all = { data, size };

	(void)version;
	if (sent && type == SSL3_RT_HANDSHAKE && size > 4 &&
	    all.at[0] == SSL3_MT_CLIENT_HELLO && hello->legacy == 0)
		parse_hello(all, SSL_is_dtls(ssl), hello);
}

static int
say_hello(SSL *ssl, struct peer_hello *hello)
{
	BIO *in = BIO_new(BIO_s_mem());
	BIO *out = BIO_new(BIO_s_mem());

	must(in != NULL && out != NULL, "memory BIO");
	memset(hello, 0, sizeof(*hello));
	SSL_set_bio(ssl, in, out);
	widen(ssl);
	SSL_set_connect_state(ssl);
	SSL_set_msg_callback(ssl, on_message);
	SSL_set_msg_callback_arg(ssl, hello);
	(void)SSL_do_handshake(ssl);
	ERR_clear_error();
	return hello->legacy != 0;
}

int
peer_hello(SSL_CTX *ctx, struct peer_hello *hello)
{
	SSL *ssl = SSL_new(ctx);
	int ok;

	must(ssl != NULL, "hello");
	ok = say_hello(ssl, hello);
	SSL_free(ssl);
	return ok;
}

/* Only then, since a method that is lent goes back and forgets the MTU. */
static void
on_start(const SSL *ssl, int type, int value)
{
	(void)value;
	if ((type & SSL_CB_HANDSHAKE_START) != 0)
		(void)SSL_set_mtu((SSL *)(uintptr_t)ssl, 16384);
}

/* The groups and sigalgs of any context, whole: every version, level 0. */
static int
lists(SSL_CTX *ctx, struct peer_hello *hello)
{
	uint64_t no = SSL_OP_NO_SSL_MASK;
	SSL *ssl = SSL_new(ctx);
	int ok, dtls;

	must(ssl != NULL, "scratch connection");
	dtls = SSL_is_dtls(ssl);
	must(SSL_set_ssl_method(ssl, dtls ? DTLS_method() : TLS_method()) == 1,
	    "scratch connection's method");
	if (dtls)
		SSL_set_info_callback(ssl, on_start);
	SSL_clear_options(ssl, no);
	SSL_set_security_level(ssl, 0);
	must(SSL_set_min_proto_version(
		 ssl, dtls ? DTLS1_VERSION : TLS1_VERSION) == 1 &&
		SSL_set_max_proto_version(
		    ssl, dtls ? DTLS1_2_VERSION : TLS1_3_VERSION) == 1 &&
		SSL_set_cipher_list(ssl, "ALL") == 1 &&
		SSL_set_ciphersuites(ssl, "TLS_AES_128_GCM_SHA256") == 1,
	    "scratch connection's settings");
	ok = say_hello(ssl, hello);
	SSL_free(ssl);
	return ok;
}

static int
has_code(const struct peer_codes *list, uint16_t code)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (list->code[i] == code)
			return 1;
	return 0;
}

int
peer_codes_within(
    const struct peer_codes *inner, const struct peer_codes *outer)
{
	size_t i;

	for (i = 0; i < inner->count; i++)
		if (!has_code(outer, inner->code[i]))
			return 0;
	return 1;
}

/* Snapshots */

static void
snapshot_ciphers(SSL_CTX *ctx, struct peer_snapshot *out)
{
	const STACK_OF(SSL_CIPHER) *all = SSL_CTX_get_ciphers(ctx);
	struct peer_codes *list;
	uint16_t code;
	int i;

	for (i = 0; i < sk_SSL_CIPHER_num(all); i++) {
		code = SSL_CIPHER_get_protocol_id(sk_SSL_CIPHER_value(all, i));
		list = code >> 8 == 0x13 ? &out->suites : &out->ciphers;
		if (list->count < PEER_CODES)
			list->code[list->count++] = code;
	}
}

void
peer_snapshot(SSL_CTX *ctx, struct peer_snapshot *out, int handshakes)
{
	struct peer_hello hello;

	memset(out, 0, sizeof(*out));
	out->method = SSL_CTX_get_ssl_method(ctx);
	out->min = (int)SSL_CTX_get_min_proto_version(ctx);
	out->max = (int)SSL_CTX_get_max_proto_version(ctx);
	out->level = SSL_CTX_get_security_level(ctx);
	out->options = SSL_CTX_get_options(ctx);
	out->dtls = peer_is_dtls(ctx);
	snapshot_ciphers(ctx, out);
	if (lists(ctx, &hello)) {
		out->groups = hello.groups;
		out->sigalgs = hello.sigalgs;
	}
	out->tried = handshakes;
	if (handshakes) {
		out->versions[0] = peer_negotiated(ctx, PEER_CLIENT);
		out->versions[1] = peer_negotiated(ctx, PEER_SERVER);
	}
}

/* DTLS's numbers fall as its versions rise. */
static int
order(int version)
{
	return version > TLS1_3_VERSION ? -version : version;
}

unsigned
peer_range(const struct peer_snapshot *snapshot)
{
	unsigned i, set = 0;
	int at, number;

	for (i = 0; i < PEER_VERSIONS; i++) {
		at = on_transport(snapshot->dtls, i);
		if (at < 0)
			continue;
		number = order(versions[at].number);
		if (snapshot->min != 0 && number < order(snapshot->min))
			continue;
		if (snapshot->max != 0 && number > order(snapshot->max))
			continue;
		if ((snapshot->options & versions[at].option) == 0)
			set |= 1u << i;
	}
	return set;
}

unsigned
peer_enabled(const struct peer_snapshot *snapshot)
{
	unsigned set = peer_range(snapshot);

	return set & ~release_dead(snapshot->level);
}

static const char *
code_name(uint16_t code)
{
	const unsigned char id[2] = { (unsigned char)(code >> 8),
		(unsigned char)code };
	SSL *ssl = new_reference(0, 0);
	const SSL_CIPHER *cipher = SSL_CIPHER_find(ssl, id);

	SSL_free(ssl); /* the names of ciphers are static */
	return cipher == NULL ? "" : SSL_CIPHER_get_name(cipher);
}

static int
differ_at(const char *what, const struct peer_codes *a,
    const struct peer_codes *b, char *why, size_t size)
{
	size_t i = 0;
	unsigned x, y;

	while (i < a->count && i < b->count && a->code[i] == b->code[i])
		i++;
	if (i == a->count && i == b->count)
		return 0;
	x = i < a->count ? a->code[i] : 0;
	y = i < b->count ? b->code[i] : 0;
	snprintf(why, size,
	    "%s: %zu and %zu items, item %zu is 0x%04x %s and 0x%04x %s", what,
	    a->count, b->count, i + 1, x, code_name((uint16_t)x), y,
	    code_name((uint16_t)y));
	return 1;
}

static int
numbers_differ(const struct peer_snapshot *a, const struct peer_snapshot *b,
    char *why, size_t size)
{
	if (a->method == b->method && a->min == b->min && a->max == b->max &&
	    a->level == b->level && a->options == b->options)
		return 0;
	snprintf(why, size,
	    "min 0x%x and 0x%x, max 0x%x and 0x%x, level %d and %d, "
	    "options 0x%llx and 0x%llx%s",
	    (unsigned)a->min, (unsigned)b->min, (unsigned)a->max,
	    (unsigned)b->max, a->level, b->level,
	    (unsigned long long)a->options, (unsigned long long)b->options,
	    a->method == b->method ? "" : ", another method");
	return 1;
}

int
peer_same(const struct peer_snapshot *a, const struct peer_snapshot *b,
    char *why, size_t size)
{
	int role;

	if (numbers_differ(a, b, why, size) ||
	    differ_at("ciphers", &a->ciphers, &b->ciphers, why, size) ||
	    differ_at("suites", &a->suites, &b->suites, why, size) ||
	    differ_at("groups", &a->groups, &b->groups, why, size) ||
	    differ_at("sigalgs", &a->sigalgs, &b->sigalgs, why, size))
		return 0;
	for (role = 0; a->tried && b->tried && role < 2; role++) {
		if (a->versions[role] == b->versions[role])
			continue;
		snprintf(why, size, "%s negotiates %s and %s",
		    role == PEER_CLIENT ? "client" : "server",
		    peer_set_name(a->versions[role]),
		    peer_set_name(b->versions[role]));
		return 0;
	}
	return 1;
}

static int
list_looser(const char *what, const struct peer_codes *before,
    const struct peer_codes *after, char *why, size_t size)
{
	size_t i;

	for (i = 0; i < after->count; i++) {
		if (has_code(before, after->code[i]))
			continue;
		snprintf(why, size, "%s: 0x%04x %s was not permitted", what,
		    (unsigned)after->code[i], code_name(after->code[i]));
		return 1;
	}
	return 0;
}

/* Options: a ban may come, none may go; the order of ciphers is no matter. */
static int
options_looser(uint64_t before, uint64_t after, char *why, size_t size)
{
	uint64_t gone =
	    before & ~after & ~(uint64_t)SSL_OP_CIPHER_SERVER_PREFERENCE;
	uint64_t come = after & ~before &
	    ~(uint64_t)(SSL_OP_CIPHER_SERVER_PREFERENCE |
		SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_SSL_MASK);

	if (gone == 0 && come == 0)
		return 0;
	snprintf(why, size, "options 0x%llx cleared, 0x%llx set",
	    (unsigned long long)gone, (unsigned long long)come);
	return 1;
}

/*
 * What the new context may negotiate.  A context with a hole offers less than
 * it permits, and one that cannot handshake at all may come alive within what
 * it permits; otherwise it is what it negotiated before.
 */
static unsigned
allowance(const struct peer_snapshot *before, int role)
{
	unsigned enabled = peer_enabled(before);

	if (!is_run(peer_range(before)) || before->versions[role] == 0)
		return enabled;
	return before->versions[role];
}

int
peer_not_looser(const struct peer_snapshot *before,
    const struct peer_snapshot *after, char *why, size_t size)
{
	unsigned more = peer_enabled(after) & ~peer_enabled(before);
	int role;

	if (after->level < before->level || more != 0) {
		snprintf(why, size, "level %d to %d, versions %s to %s",
		    before->level, after->level,
		    peer_set_name(peer_enabled(before)),
		    peer_set_name(peer_enabled(after)));
		return 0;
	}
	if (options_looser(before->options, after->options, why, size) ||
	    list_looser(
		"ciphers", &before->ciphers, &after->ciphers, why, size) ||
	    list_looser("suites", &before->suites, &after->suites, why, size) ||
	    list_looser("groups", &before->groups, &after->groups, why, size) ||
	    list_looser(
		"sigalgs", &before->sigalgs, &after->sigalgs, why, size))
		return 0;
	for (role = 0; before->tried && after->tried && role < 2; role++) {
		more = after->versions[role] & ~allowance(before, role);
		if (more == 0)
			continue;
		snprintf(why, size, "%s negotiates %s, which it did not",
		    role == PEER_CLIENT ? "client" : "server",
		    peer_set_name(more));
		return 0;
	}
	return 1;
}
