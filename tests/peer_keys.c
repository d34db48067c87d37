/* SPDX-License-Identifier: MIT */
/* Keys and certificates of the reference peers and of the tests. */
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "peer.h"
#include "peer_inside.h"
#include "release.h"

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
	int sha512;                    /* and with nothing but this hash */
	const char *name;              /* or to be made by name */
	int lacking;                   /* this OpenSSL cannot make it */
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
	[PEER_BRAINPOOL_384] = { .type = EVP_PKEY_EC,
	    .nid = NID_brainpoolP384r1 },
	[PEER_BRAINPOOL_512] = { .type = EVP_PKEY_EC,
	    .nid = NID_brainpoolP512r1 },
	[PEER_SECP256K1] = { .type = EVP_PKEY_EC, .nid = NID_secp256k1 },
	[PEER_ED25519] = { .type = EVP_PKEY_ED25519 },
	[PEER_ED448] = { .type = EVP_PKEY_ED448 },
	[PEER_PSS_SHA512] = { .pss = 1, .sha512 = 1, .rsa = PEER_RSA_2048 },
	[PEER_ML_DSA_44] = { .name = "ML-DSA-44" },
	[PEER_ML_DSA_65] = { .name = "ML-DSA-65" },
	[PEER_ML_DSA_87] = { .name = "ML-DSA-87" },
	[PEER_SM2] = { .name = "SM2" },
};

/* Keys and certificates */

EVP_PKEY *
peer_generate(int type, int nid)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(type, NULL);
	EVP_PKEY *key = NULL;
	int ok = 1;

	peer_must(ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1, "key context");
	if (nid != 0)
		ok = EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx, nid);
	peer_must(ok == 1 && EVP_PKEY_keygen(ctx, &key) == 1, "key");
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

	peer_must(sequence != NULL, "numbers");
	for (i = 0; i < count; i++) {
		ASN1_TYPE *item = ASN1_TYPE_new();

		peer_must(item != NULL && sk_ASN1_TYPE_push(sequence, item) > 0,
		    "number");
		ASN1_TYPE_set(
		    item, V_ASN1_INTEGER, BN_to_ASN1_INTEGER(number[i], NULL));
	}
	len = i2d_ASN1_SEQUENCE_ANY(sequence, &der);
	at = der;
	key = d2i_PrivateKey(type, NULL, &at, len);
	peer_must(key != NULL, "key from numbers");
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
	peer_must(id->prime[0](x[P]) != NULL && id->prime[1](x[Q]) != NULL &&
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
	peer_must(BN_hex2bn(&x[P], id->p) != 0 && BN_hex2bn(&x[Q], id->q) != 0,
	    "DSA primes");
	peer_must(BN_set_word(two, 2) == 1 &&
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

/* RFC 8017, A.2.3: SHA-512, MGF1 with SHA-512, and at least 64 bytes of salt.
 */
static ASN1_STRING *
pss_parameters(void)
{
	RSA_PSS_PARAMS *pss = RSA_PSS_PARAMS_new();
	X509_ALGOR *hash = X509_ALGOR_new(), *mask = X509_ALGOR_new();
	ASN1_STRING *inner = NULL, *out = NULL;
	const ASN1_ITEM *algorithm = ASN1_ITEM_rptr(X509_ALGOR);

	peer_must(pss != NULL && hash != NULL && mask != NULL, "parameters");
	X509_ALGOR_set_md(hash, EVP_sha512());
	peer_must(ASN1_item_pack(hash, algorithm, &inner) != NULL &&
		X509_ALGOR_set0(
		    mask, OBJ_nid2obj(NID_mgf1), V_ASN1_SEQUENCE, inner) == 1 &&
		(pss->saltLength = ASN1_INTEGER_new()) != NULL &&
		ASN1_INTEGER_set(pss->saltLength, 64) == 1,
	    "parameters' fields");
	pss->hashAlgorithm = hash;
	pss->maskGenAlgorithm = mask;
	peer_must(
	    ASN1_item_pack(pss, ASN1_ITEM_rptr(RSA_PSS_PARAMS), &out) != NULL,
	    "packed parameters");
	RSA_PSS_PARAMS_free(pss);
	return out;
}

static EVP_PKEY *
make_pss(const EVP_PKEY *rsa, int sha512)
{
	PKCS8_PRIV_KEY_INFO *wrap = PKCS8_PRIV_KEY_INFO_new();
	unsigned char *der = NULL;
	const int len = i2d_PrivateKey((EVP_PKEY *)(uintptr_t)rsa, &der);
	EVP_PKEY *key;

	peer_must(wrap != NULL && len > 0 &&
		PKCS8_pkey_set0(wrap, OBJ_nid2obj(NID_rsassaPss), 0,
		    sha512 ? V_ASN1_SEQUENCE : V_ASN1_UNDEF,
		    sha512 ? pss_parameters() : NULL, der, len) == 1,
	    "RSA key");
	peer_must((key = EVP_PKCS82PKEY(wrap)) != NULL, "RSA-PSS key");
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
	    type != EVP_PKEY_DSA && type != EVP_PKEY_EC && type != EVP_PKEY_SM2;
	X509 *cert = X509_new();
	X509_NAME *name = X509_NAME_new();

	peer_must(cert != NULL && name != NULL, "certificate");
	peer_must(X509_set_version(cert, 2) == 1 &&
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
		(X509_sign(cert, key, pure ? NULL : EVP_sha256()) > 0 ||
		    X509_sign(cert, key, EVP_sha512()) > 0 ||
		    X509_sign(cert, key, EVP_sm3()) > 0),
	    "certificate's fields");
	X509_NAME_free(name);
	return cert;
}

void
peer_issue(X509 *cert, EVP_PKEY *key, const EVP_MD *md, const char *issuer)
{
	X509_NAME *name = X509_NAME_new();

	peer_must(name != NULL &&
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
	if (id->name != NULL)
		return release_generate(id->name);
	return id->p != NULL ? put_dsa_together(id)
			     : peer_generate(id->type, id->nid);
}

/* Some have a key that OpenSSL makes, and TLS knows nothing of. */
static int
is_taken(const struct identity *id)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	int taken;

	peer_must(ctx != NULL, "context for a key");
	SSL_CTX_set_security_level(ctx, 0);
	taken = SSL_CTX_use_certificate(ctx, id->cert) == 1 &&
	    SSL_CTX_use_PrivateKey(ctx, id->key) == 1;
	SSL_CTX_free(ctx);
	ERR_clear_error();
	return taken;
}

static const struct identity *
identity(int key)
{
	struct identity *id = &identities[key], *rsa = &identities[id->rsa];

	if (id->cert != NULL || id->lacking)
		return id;
	if (id->pss && rsa->key == NULL)
		rsa->key = make_key(rsa);
	if (id->key == NULL)
		id->key =
		    id->pss ? make_pss(rsa->key, id->sha512) : make_key(id);
	if (id->key != NULL)
		id->cert = peer_certify(id->key);
	id->lacking = id->cert == NULL || !is_taken(id);
	return id;
}

int
peer_has(enum peer_key key)
{
	return !identity((int)key)->lacking;
}

int
peer_load(SSL *ssl, int key)
{
	const struct identity *id = identity(key);

	return SSL_use_certificate(ssl, id->cert) == 1 &&
	    SSL_use_PrivateKey(ssl, id->key) == 1;
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
