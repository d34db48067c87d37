/* SPDX-License-Identifier: MIT */
/* What differs between OpenSSL's releases, for the tests. */
#define OPENSSL_SUPPRESS_DEPRECATED
#define DECLARE_DEPRECATED(function) function; /* the same on 1.1.1 */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "release.h"

unsigned long
release(void)
{
	return OpenSSL_version_num();
}

/* SSL_CTX_set_security_level(3) before 3.1: TLS 1.0 to 2, TLS 1.1 to 3. */
static unsigned
forbidden_before_3_1(int level)
{
	return (level > 2 ? 1u : 0) | (level > 3 ? 2u : 0);
}

unsigned
release_dead(int level)
{
	if (release() < RELEASE_3_0)
		return forbidden_before_3_1(level);
	return level > 0 ? 3 : 0;
}

unsigned
release_gone(int level)
{
	if (release() < RELEASE_3_1)
		return forbidden_before_3_1(level);
	return level > 0 ? 3 : 0;
}

#if OPENSSL_VERSION_NUMBER >= 0x40000000L
#define METHOD(own, openssls) \
	const SSL_METHOD *own(void) \
	{ \
		return NULL; \
	}
#else
#define METHOD(own, openssls) \
	const SSL_METHOD *own(void) \
	{ \
		return openssls(); \
	}
#endif

METHOD(release_tls1, TLSv1_method)
METHOD(release_tls1_client, TLSv1_client_method)
METHOD(release_tls1_server, TLSv1_server_method)
METHOD(release_tls1_1, TLSv1_1_method)
METHOD(release_tls1_1_client, TLSv1_1_client_method)
METHOD(release_tls1_1_server, TLSv1_1_server_method)
METHOD(release_tls1_2, TLSv1_2_method)
METHOD(release_tls1_2_client, TLSv1_2_client_method)
METHOD(release_tls1_2_server, TLSv1_2_server_method)
METHOD(release_dtls1, DTLSv1_method)
METHOD(release_dtls1_client, DTLSv1_client_method)
METHOD(release_dtls1_server, DTLSv1_server_method)
METHOD(release_dtls1_2, DTLSv1_2_method)
METHOD(release_dtls1_2_client, DTLSv1_2_client_method)
METHOD(release_dtls1_2_server, DTLSv1_2_server_method)

int
release_set_method(SSL_CTX *ctx, const SSL_METHOD *method)
{
	return SSL_CTX_set_ssl_version(ctx, method) == 1;
}

const char *
release_peer_signature(SSL *ssl)
{
	const char *name = NULL;

#ifdef SSL_get0_peer_signature_name /* 3.5 */
	if (SSL_get0_peer_signature_name(ssl, &name) != 1)
		name = NULL;
#else
	(void)ssl;
#endif
	return name;
}

int
release_use_raw_keys(SSL_CTX *ctx)
{
/* From 3.2 on; the headers of 3.5 are built with to run on 3.0 as well. */
#if OPENSSL_VERSION_NUMBER >= 0x30600000L
	static const unsigned char raw[] = { TLSEXT_cert_type_rpk };

	return SSL_CTX_set1_server_cert_type(ctx, raw, sizeof(raw)) == 1 &&
	    SSL_CTX_set1_client_cert_type(ctx, raw, sizeof(raw)) == 1;
#else
	(void)ctx;
	return 0;
#endif
}

#if OPENSSL_VERSION_NUMBER >= 0x30000000L
int
release_is_fips(void)
{
	return EVP_default_properties_is_fips_enabled(NULL);
}

SSL_CTX *
release_context_apart(void)
{
	static OSSL_LIB_CTX *apart;

	if (apart == NULL)
		apart = OSSL_LIB_CTX_new();
	return apart == NULL ? NULL : SSL_CTX_new_ex(apart, NULL, TLS_method());
}

struct release_entry
release_last_error(void)
{
	struct release_entry e = { .code = 0 };

	e.code = ERR_peek_last_error_all(
	    &e.file, &e.line, &e.func, &e.data, &e.flags);
	return e;
}

struct release_entry
release_take_error(void)
{
	struct release_entry e = { .code = 0 };

	e.code =
	    ERR_get_error_all(&e.file, &e.line, &e.func, &e.data, &e.flags);
	return e;
}

void
release_add_error(const char *file, int line, const char *func, int library,
    int reason, const char *data)
{
	ERR_new();
	ERR_set_debug(file, line, func);
	ERR_set_error(library, reason, data == NULL ? NULL : "%s", data);
}

EVP_PKEY *
release_generate(const char *name)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, name, NULL);
	EVP_PKEY *key = NULL;

	if (ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1)
		(void)EVP_PKEY_keygen(ctx, &key);
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return key;
}

int
release_key_group(EVP_PKEY *key)
{
	char name[64];

	if (EVP_PKEY_get_group_name(key, name, sizeof(name), NULL) == 1)
		return OBJ_txt2nid(name);
	return EVP_PKEY_is_a(key, "DH")
	    ? 0
	    : OBJ_txt2nid(EVP_PKEY_get0_type_name(key));
}

const char *
release_group(SSL *ssl)
{
	return SSL_group_to_name(ssl, (int)SSL_get_negotiated_group(ssl));
}
#else
int
release_is_fips(void)
{
	return 0;
}

SSL_CTX *
release_context_apart(void)
{
	return NULL;
}

struct release_entry
release_last_error(void)
{
	struct release_entry e = { .func = "" };

	e.code =
	    ERR_peek_last_error_line_data(&e.file, &e.line, &e.data, &e.flags);
	return e;
}

struct release_entry
release_take_error(void)
{
	struct release_entry e = { .func = "" };

	e.code = ERR_get_error_line_data(&e.file, &e.line, &e.data, &e.flags);
	/* Without the function's number, which nothing can put back. */
	e.code = ERR_PACK(ERR_GET_LIB(e.code), 0, ERR_GET_REASON(e.code));
	return e;
}

void
release_add_error(const char *file, int line, const char *func, int library,
    int reason, const char *data)
{
	(void)func;
	ERR_put_error(library, 0, reason, file, line);
	if (data != NULL)
		ERR_add_error_data(1, data);
}

EVP_PKEY *
release_generate(const char *name)
{
	(void)name; /* those that are known by a name alone came later */
	return NULL;
}

int
release_key_group(EVP_PKEY *key)
{
	const EC_KEY *ec = EVP_PKEY_get0_EC_KEY(key);

	if (ec != NULL)
		return EC_GROUP_get_curve_name(EC_KEY_get0_group(ec));
	return EVP_PKEY_id(key) == EVP_PKEY_DH ? 0 : EVP_PKEY_id(key);
}

const char *
release_group(SSL *ssl)
{
	EVP_PKEY *key = NULL;
	const char *name;

	if (SSL_get_peer_tmp_key(ssl, &key) != 1)
		return "";
	name = OBJ_nid2sn(release_key_group(key));
	EVP_PKEY_free(key);
	return name;
}
#endif
