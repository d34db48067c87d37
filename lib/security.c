/* SPDX-License-Identifier: MIT */
/* Questions to a connection's security callback, the caller's or OpenSSL's. */
#include <openssl/objects.h>

#include "internal.h"

int
tlsp_answer(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid,
    void *other, void *ex)
{
	(void)ssl;
	(void)ctx;
	(void)op;
	(void)bits;
	(void)nid;
	(void)other;
	return ex != NULL;
}

bool
tlsp_allowed(const SSL *ssl, int op, int bits, int nid, const void *what)
{
	/* The callback's own type has no const. */
	void *other = (void *)(uintptr_t)what;

	return SSL_get_security_callback(ssl)(ssl, NULL, op, bits, nid, other,
		   SSL_get0_security_ex_data(ssl)) != 0;
}

bool
tlsp_is_connection(const SSL *ssl)
{
	return SSL_get_security_callback(ssl) != NULL;
}

bool
tlsp_is_suite_b(const SSL *ssl)
{
	/* The getter, for want of another. */
	return (SSL_set_cert_flags((SSL *)(uintptr_t)ssl, 0) &
		   SSL_CERT_FLAG_SUITEB_128_LOS) != 0;
}

bool
tlsp_cipher_allowed(const SSL *ssl, int op, const SSL_CIPHER *cipher)
{
	return tlsp_allowed(
	    ssl, op, SSL_CIPHER_get_bits(cipher, NULL), NID_undef, cipher);
}

bool
tlsp_name_allowed(
    const SSL *ssl, int op, enum list_kind kind, const struct name *name)
{
	const unsigned char code[2] = { (unsigned char)(name->code >> 8),
		(unsigned char)(name->code & 0xff) };
	int nid = kind == LIST_GROUPS ? OBJ_sn2nid(name->name) : name->hash;

	/* The one hash whose count has changed. */
	return tlsp_allowed(ssl, op,
	    nid == NID_sha1 ? tlsp_legacy_bits(false) : name->bits, nid, code);
}

unsigned
tlsp_serves(const SSL *ssl, enum list_kind kind, const struct name *name)
{
	int op = kind == LIST_GROUPS ? SSL_SECOP_CURVE_SUPPORTED
				     : SSL_SECOP_SIGALG_SUPPORTED;

	if (name == NULL) /* newer than our table: TLS 1.3's, as all new are */
		return V1_3;
	if (!tlsp_name_allowed(ssl, op, kind, name))
		return 0;
	if (kind == LIST_GROUPS && !tlsp_has(FEATURE_CURVES_CHECKED))
		return name->versions | V1_3;
	return name->versions;
}

bool
tlsp_signs_legacy(const SSL *ssl, bool rsa)
{
	/* RFC 4346, 7.4.3: MD5 and SHA-1 together for RSA, SHA-1 for others. */
	static const unsigned char none[2];

	return tlsp_allowed(ssl, SSL_SECOP_SIGALG_SUPPORTED,
	    tlsp_legacy_bits(rsa), rsa ? NID_md5_sha1 : NID_sha1, none);
}
