/* SPDX-License-Identifier: MIT */
/* Kinds of keys: of ciphers, signature algorithms and certificates. */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>

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
		return KEYS_RSA | KEYS_EC;
	}
}

/* RFC 5246, 7.4.1.4.1: a byte for the hash and one for the signature. */
static enum key_kind
key_of_pair(uint16_t code)
{
	if (code >> 8 > 6)
		return KEY_OTHER;
	switch (code & 0xff) {
	case 1:
		return KEY_RSA;
	case 2:
		return KEY_DSA;
	case 3:
		return KEY_EC;
	default:
		return KEY_OTHER;
	}
}

enum key_kind
tlsp_sigalg_key(uint16_t code)
{
	switch (code) { /* RFC 8446, 4.2.3 */
	case 0x0804:
	case 0x0805:
	case 0x0806:
		return KEY_RSA;
	case 0x0807:
		return KEY_ED25519;
	case 0x0808:
		return KEY_ED448;
	case 0x0809:
	case 0x080a:
	case 0x080b:
		return KEY_RSA_PSS;
	case 0x081a: /* RFC 8734 */
	case 0x081b:
	case 0x081c:
		return KEY_EC;
	default:
		return key_of_pair(code);
	}
}

int
tlsp_sigalg_hash(uint16_t code)
{
	static const int hashes[] = { NID_undef, NID_md5, NID_sha1, NID_sha224,
		NID_sha256, NID_sha384, NID_sha512 };
	unsigned index = code >> 8;

	if (code >= 0x081a && code <= 0x081c)
		index = code - 0x0816u;
	else if (index ==
	    8) /* RFC 8446: PSS, with a key for RSA or for PSS only */
		index = (code & 0xf) < 9 ? code & 0xf : (code & 0xf) - 5u;
	switch (tlsp_sigalg_key(code)) {
	case KEY_ED25519:
	case KEY_ED448:
	case KEY_OTHER:
		return NID_undef;
	default: /* a key that is known comes with one of these */
		return hashes[index];
	}
}

enum key_kind
tlsp_key_kind(const EVP_PKEY *key)
{
	switch (EVP_PKEY_base_id(key)) {
	case EVP_PKEY_RSA:
		return KEY_RSA;
	case EVP_PKEY_RSA_PSS:
		return KEY_RSA_PSS;
	case EVP_PKEY_DSA:
		return KEY_DSA;
	case EVP_PKEY_EC:
		return KEY_EC;
	case EVP_PKEY_ED25519:
		return KEY_ED25519;
	case EVP_PKEY_ED448:
		return KEY_ED448;
	default:
		return KEY_OTHER;
	}
}

/*
 * As OpenSSL looks at what a server is about to send: it asks the same of what
 * is put there, and the releases differ in what they ask.  So put there what
 * is there; twice, for memory may be short for a moment.
 */
static bool
is_strong(SSL *ssl, X509 *x, STACK_OF(X509) * chain)
{
	bool strong;

	(void)ERR_set_mark();
	strong = SSL_use_certificate(ssl, x) == 1 ||
	    SSL_use_certificate(ssl, x) == 1;
	if (strong && chain != NULL)
		strong = SSL_set1_chain(ssl, chain) == 1 ||
		    SSL_set1_chain(ssl, chain) == 1;
	(void)ERR_pop_to_mark();
	return strong;
}

/* Elliptic curves: the signature that TLS 1.3 makes, whether 1.2 can. */
static void
read_curve(const SSL *ssl, X509 *x, struct certificate *out)
{
	static const uint16_t signing[][2] = { { 23, 0x0403 }, { 24, 0x0503 },
		{ 25, 0x0603 }, { 26, 0x081a }, { 27, 0x081b },
		{ 28, 0x081c } };
	const struct name *curve = tlsp_key_curve(X509_get0_pubkey(x));

	out->curve = false;
	if (curve == NULL)
		return;
	out->curve =
	    tlsp_name_allowed(ssl, SSL_SECOP_CURVE_CHECK, LIST_GROUPS, curve);
	for (size_t i = 0; i < sizeof(signing) / sizeof(signing[0]); i++) {
		if (signing[i][0] == curve->code &&
		    (curve->code < 26 || tlsp_signs_brainpool()))
			out->sigalg13 = signing[i][1];
	}
}

void
tlsp_certificate_read(SSL *ssl, struct certificate *out)
{
	X509 *x = SSL_get_certificate(ssl);
	STACK_OF(X509) *chain = NULL;

	(void)SSL_get0_chain_certs(ssl, &chain);
	if (chain == NULL)
		(void)SSL_CTX_get_extra_chain_certs(
		    SSL_get_SSL_CTX(ssl), &chain);
	*out = (struct certificate){
		.key = tlsp_key_kind(X509_get0_pubkey(x)),
		.strong = is_strong(ssl, x, chain),
		.curve = true,
	};
	if (out->key == KEY_EC)
		read_curve(ssl, x, out);
}
