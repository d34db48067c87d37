/* SPDX-License-Identifier: MIT */
/* Self-signed certificates for this machine, made in memory, for a week. */
#include <stdint.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "compat.h"
#include "server.h"

static bool
fill_in(X509 *cert, X509_NAME *name, X509_EXTENSION *alt, EVP_PKEY *key)
{
	static const unsigned char cn[] = "localhost";
	uint64_t serial;

	return RAND_bytes((unsigned char *)&serial, sizeof(serial)) == 1 &&
	    ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial) &&
	    X509_set_version(cert, X509_VERSION_3) &&
	    X509_gmtime_adj(X509_getm_notBefore(cert), -3600) &&
	    X509_gmtime_adj(X509_getm_notAfter(cert), 7 * 86400L) &&
	    X509_NAME_add_entry_by_txt(
		name, "CN", MBSTRING_ASC, cn, -1, -1, 0) &&
	    X509_set_subject_name(cert, name) &&
	    X509_set_issuer_name(cert, name) && X509_add_ext(cert, alt, -1) &&
	    X509_set_pubkey(cert, key) &&
	    X509_sign(cert, key, EVP_sha256()) > 0;
}

/* A certificate for key, which it frees, into ctx and as PEM into pem. */
static bool
add_cert(SSL_CTX *ctx, EVP_PKEY *key, BIO *pem)
{
	X509 *cert = X509_new();
	X509_NAME *name = X509_NAME_new();
	X509_EXTENSION *alt = X509V3_EXT_conf_nid(NULL, NULL,
	    NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1");
	const bool ok = cert != NULL && name != NULL && alt != NULL &&
	    key != NULL && fill_in(cert, name, alt, key) &&
	    SSL_CTX_use_certificate(ctx, cert) == 1 &&
	    SSL_CTX_use_PrivateKey(ctx, key) == 1 &&
	    PEM_write_bio_X509(pem, cert) == 1;

	X509_EXTENSION_free(alt);
	X509_NAME_free(name);
	X509_free(cert);
	EVP_PKEY_free(key);
	return ok;
}

/*
 * P-256 for all who can, RSA for the RSA key exchange of old clients; its
 * 2,048 bits are too few from security level 3 on.
 */
bool
make_certs(SSL_CTX *ctx, const char *path)
{
	BIO *pem =
	    path != NULL ? BIO_new_file(path, "w") : BIO_new(BIO_s_null());
	const bool ok = pem != NULL &&
	    add_cert(ctx, EVP_EC_gen("P-256"), pem) &&
	    (SSL_CTX_get_security_level(ctx) > 2 ||
		add_cert(ctx, EVP_RSA_gen(2048), pem));

	BIO_free(pem);
	return ok;
}
