/* SPDX-License-Identifier: MIT */
/* Kinds of keys: of ciphers, signature algorithms and certificates. */
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "internal.h"

unsigned
tlsp_cipher_keys(const SSL_CIPHER *cipher)
{
	bool encrypts = SSL_CIPHER_get_kx_nid(cipher) == NID_kx_rsa;

	switch (SSL_CIPHER_get_auth_nid(cipher)) {
	case NID_auth_null:
		return 0;
	case NID_auth_rsa:
		return encrypts ? KEYS(KEY_RSA) : KEYS_RSA;
	case NID_auth_dss:
		return KEYS(KEY_DSA);
	case NID_auth_ecdsa:
		return KEYS_EC;
	default: /* TLS 1.3 */
		return KEYS_1_3;
	}
}

/* By OpenSSL's number, or by a name; 1.1.1 has no others. */
static const struct {
	enum key_kind kind;
	int number;
	const char *name;
} kinds[] = {
	{ KEY_RSA, EVP_PKEY_RSA, NULL },
	{ KEY_RSA_PSS, EVP_PKEY_RSA_PSS, NULL },
	{ KEY_DSA, EVP_PKEY_DSA, NULL },
	{ KEY_ED25519, EVP_PKEY_ED25519, NULL },
	{ KEY_ED448, EVP_PKEY_ED448, NULL },
	{ KEY_ML_DSA_44, NID_undef, "ML-DSA-44" },
	{ KEY_ML_DSA_65, NID_undef, "ML-DSA-65" },
	{ KEY_ML_DSA_87, NID_undef, "ML-DSA-87" },
	{ KEY_SM2, NID_undef, "SM2" }, /* may be told as EC */
	{ KEY_EC, EVP_PKEY_EC, NULL },
};

enum key_kind
tlsp_key_kind(const EVP_PKEY *key)
{
	const int number = EVP_PKEY_base_id(key);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].name == NULL ? number == kinds[i].number
					  : tlsp_key_is(key, kinds[i].name))
			return kinds[i].kind;
	}
	return KEY_OTHER;
}

unsigned
tlsp_type_keys(int type)
{
	const char *name = OBJ_nid2ln(type); /* "sm2", but "ML-DSA-44" */

	if (type == EVP_PKEY_RSA_PSS)
		return KEYS_RSA;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].name == NULL ? type == kinds[i].number
					  : name != NULL &&
			    tlsp_spells(kinds[i].name, name, strlen(name)))
			return KEYS(kinds[i].kind);
	}
	return 0;
}

/*
 * As OpenSSL looks at what a server is about to send: it asks the same of what
 * is put there, and the releases differ in what they ask.  So put there what
 * is there.
 */
bool
tlsp_certificate_strong(SSL *ssl)
{
	STACK_OF(X509) *chain = NULL;
	bool strong, builds;

	(void)SSL_get0_chain_certs(ssl, &chain);
	/* Without "only" it would be the chain of another certificate. */
	if (chain == NULL)
		(void)SSL_CTX_get_extra_chain_certs_only(
		    SSL_get_SSL_CTX(ssl), &chain);
	/* What is not there it takes from the certificates that it trusts. */
	builds = chain == NULL &&
	    ((unsigned long)SSL_get_mode(ssl) & SSL_MODE_NO_AUTO_CHAIN) == 0;
	(void)ERR_set_mark();
	strong =
	    TWICE(SSL_use_certificate(ssl, SSL_get_certificate(ssl)) == 1) &&
	    (chain == NULL || TWICE(SSL_set1_chain(ssl, chain) == 1)) &&
	    (!builds ||
		TWICE(SSL_build_cert_chain(
			  ssl, SSL_BUILD_CHAIN_FLAG_IGNORE_ERROR) != 0));
	(void)ERR_pop_to_mark();
	return strong;
}

/* Elliptic curves: the signature that TLS 1.3 makes, whether 1.2 can. */
static void
read_curve(SSL *ssl, struct certificate *out)
{
	const struct name *curve = tlsp_key_curve(out->pkey);
	const struct name *signs =
	    curve == NULL ? NULL : tlsp_name_of(LIST_SIGALGS, curve->pair);

	/* RFC 6460 has two curves, each with a signature of its own. */
	out->suite_b = tlsp_is_suite_b(ssl);
	if (out->suite_b && curve != NULL && curve->code != 23 &&
	    curve->code != 24)
		curve = signs = NULL;

	/* 4.0 has fewer than there are; and the certificate may forbid it. */
	if (curve != NULL &&
	    (X509_get_key_usage(SSL_get_certificate(ssl)) &
		KU_DIGITAL_SIGNATURE) != 0 &&
	    tlsp_group_name(ssl, TLSEXT_nid_unknown | curve->code) != NULL &&
	    tlsp_name_allowed(ssl, SSL_SECOP_CURVE_CHECK, LIST_GROUPS, curve))
		out->curve = curve->code;
	/* RFC 8446 has three of them, RFC 8734 those of brainpool. */
	if (signs != NULL &&
	    ((signs->versions & V1_2) != 0 || tlsp_has(FEATURE_BRAINPOOL)))
		out->sigalg13 = signs->code;
}

void
tlsp_certificate_read(SSL *ssl, struct certificate *out)
{
	X509 *x = SSL_get_certificate(ssl);

	*out = (struct certificate){
		.pkey = X509_get0_pubkey(x),
		.key = tlsp_key_kind(X509_get0_pubkey(x)),
	};
	if (out->key == KEY_EC)
		read_curve(ssl, out);
}

/* A key for PSS alone can be bound to one hash (RFC 4055). */
static bool
takes_hash(EVP_PKEY *key, int hash)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	bool takes;

	(void)ERR_set_mark();
	takes = ctx != NULL && TWICE(EVP_PKEY_verify_init(ctx) == 1) &&
	    TWICE(EVP_PKEY_CTX_set_signature_md(
		      ctx, EVP_get_digestbynid(hash)) > 0);
	(void)ERR_pop_to_mark();
	EVP_PKEY_CTX_free(ctx);
	return takes;
}

static bool
has_room(const EVP_PKEY *key, const struct name *sigalg)
{
	return EVP_PKEY_size(key) >= sigalg->bits / 2 + 2;
}

bool
tlsp_certificate_takes(
    const struct certificate *certificate, uint16_t code, bool tls13)
{
	const struct name *name = tlsp_name_of(LIST_SIGALGS, code);

	if (name == NULL || name->key != certificate->key)
		return name == NULL && certificate->key == KEY_OTHER;
	switch (name->key) {
	case KEY_EC: /* from TLS 1.3 on it names the curve too (RFC 8446) */
		return !(tls13 || certificate->suite_b) ||
		    code == certificate->sigalg13;
	case KEY_RSA: /* PSS needs room for two hashes (RFC 8017, 9.1.1) */
		return code >> 8 != 8 || has_room(certificate->pkey, name);
	case KEY_RSA_PSS:
		return has_room(certificate->pkey, name) &&
		    takes_hash(certificate->pkey, name->hash);
	default:
		return true;
	}
}

bool
tlsp_certificate_signs(const struct certificate *certificate,
    const struct offer *sigalgs, unsigned bit)
{
	size_t i = 0;

	while (i < sigalgs->count &&
	    ((sigalgs->serves[i] & bit) == 0 ||
		!tlsp_certificate_takes(
		    certificate, sigalgs->code[i], bit == V1_3)))
		i++;
	return i < sigalgs->count;
}
