/* SPDX-License-Identifier: MIT */
/*
 * What differs between OpenSSL's releases.  Only this file and queue.c may
 * branch on OpenSSL's version.
 */
#define OPENSSL_SUPPRESS_DEPRECATED            /* methods of one version */
#define DECLARE_DEPRECATED(function) function; /* the same on 1.1.1 */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "explain.h"
#include "internal.h"

/* The loaded OpenSSL */

void
tlspolicy_openssl_decode(
    struct tlspolicy_openssl *out, unsigned long number, const char *text)
{
	if (out == NULL)
		return;
	out->major = (unsigned)(number >> 28) & 0xf;
	out->minor = (unsigned)(number >> 20) & 0xff;
	/* 0xMNN00PP0 from 3.0, 0xMNNFFPPS before: 1.1.1w has FF 1, PP 23. */
	out->patch = (unsigned)(number >> (out->major >= 3 ? 4 : 12)) & 0xff;
	out->number = number;
	out->text = text == NULL ? "" : text;
}

void
tlspolicy_openssl_runtime(struct tlspolicy_openssl *out)
{
	tlspolicy_openssl_decode(
	    out, OpenSSL_version_num(), OpenSSL_version(OPENSSL_VERSION));
}

unsigned
tlsp_versions_built(void)
{
	unsigned set = VERSIONS_ALL;

#ifdef OPENSSL_NO_TLS1_2
	set &= ~V1_2;
#endif
#ifdef OPENSSL_NO_TLS1_3
	set &= ~V1_3;
#endif
	return set;
}

bool
tlsp_speaks_ssl3(void)
{
	/* 4.0 has none left, and does not define OPENSSL_NO_SSL3. */
#if defined(OPENSSL_NO_SSL3) || OPENSSL_VERSION_NUMBER >= 0x40000000L
	return false;
#else
	return true;
#endif
}

bool
tlsp_has(enum feature feature)
{
	static const unsigned long since[] = {
		[FEATURE_CURVES_CHECKED] = 0x30000000UL,
		[FEATURE_QUIC] = 0x30200000UL,
		[FEATURE_BRAINPOOL] = 0x30200000UL, /* RFC 8734 */
		/* Unmarked, the first group's share goes out, as before. */
		[FEATURE_MARKS] = 0x30500000UL,
		/* RFC 7919, before TLS 1.3 too; until then it has none. */
		[FEATURE_DH_BY_GROUP] = 0x40000000UL,
		[FEATURE_DTLS13] = 0x40100000UL, /* RFC 9147 */
	};

	return OpenSSL_version_num() >= since[feature];
}

bool
tlsp_connect_state(SSL *ssl)
{
	bool done;

	/*
	 * It cannot tell, but from 3.2 on it allocates a record layer, without
	 * which the next call crashes: an entry on top of ours says so.
	 */
	(void)ERR_set_mark();
	tlsp_errors_add(__FILE__, __LINE__, __func__, ERR_LIB_USER, 1);
	SSL_set_connect_state(ssl);
	done = ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_USER;
	(void)ERR_pop_to_mark();
	if (!done)
		tlsp_errors_add(__FILE__, __LINE__, __func__, ERR_LIB_SSL,
		    ERR_R_MALLOC_FAILURE);
	return done;
}

unsigned
tlsp_versions_killed(int level)
{
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
	/*
	 * 3.0: TLS 1.0 and 1.1 sign with MD5-SHA1 or SHA-1, which have fewer
	 * bits than level 1 asks for: they are offered and then fail.  3.1 and
	 * later do not offer them.
	 */
	return level > 0 ? VERSIONS_OLD : 0;
#else
	/* 1.1.1 forbids TLS 1.0 from level 3 on, TLS 1.1 from level 4 on. */
	return (level > 2 ? V1_0 : 0u) | (level > 3 ? V1_1 : 0u);
#endif
}

int
tlsp_legacy_bits(bool rsa)
{
	/* MD5-SHA1 and SHA-1. */
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
	return rsa ? 67 : 64;
#else
	return rsa ? 144 : 80; /* half their length */
#endif
}

enum {
	CLIENT_ROLE = 1u << TLSPOLICY_CLIENT,
	SERVER_ROLE = 1u << TLSPOLICY_SERVER,
	BOTH_ROLES = CLIENT_ROLE | SERVER_ROLE
};
#define FAMILY(name) \
	.method = { [CLIENT_ROLE] = name##_client_method, \
		[SERVER_ROLE] = name##_server_method, \
		[BOTH_ROLES] = name##_method }
static const struct family {
	const SSL_METHOD *(*method[4])(void); /* by role; NULL: there is none */
	bool dtls, pinned;
} families[] = {
	{ FAMILY(TLS) },
	{ FAMILY(DTLS), .dtls = true },
#if OPENSSL_VERSION_NUMBER < 0x40000000L /* 4.0 has none of one version */
#ifndef OPENSSL_NO_TLS1_METHOD
	{ FAMILY(TLSv1), .pinned = true },
#endif
#ifndef OPENSSL_NO_TLS1_1_METHOD
	{ FAMILY(TLSv1_1), .pinned = true },
#endif
#ifndef OPENSSL_NO_TLS1_2_METHOD
	{ FAMILY(TLSv1_2), .pinned = true },
#endif
#ifndef OPENSSL_NO_DTLS1_METHOD
	{ FAMILY(DTLSv1), .dtls = true, .pinned = true },
#endif
#ifndef OPENSSL_NO_DTLS1_2_METHOD
	{ FAMILY(DTLSv1_2), .dtls = true, .pinned = true },
#endif
#elif !defined(OPENSSL_NO_QUIC)
	/* Not before: what names them on 3.2 does not load on 3.0. */
	{ { NULL, OSSL_QUIC_client_method, OSSL_QUIC_server_method, NULL },
	    .pinned = true },
	{ { NULL, OSSL_QUIC_client_thread_method, NULL, NULL },
	    .pinned = true },
#endif
};

struct method
tlsp_method(const SSL_METHOD *method)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		const struct family *it = &families[i];

		for (unsigned roles = BOTH_ROLES; roles > 0; roles--) {
			if (it->method[roles] != NULL &&
			    it->method[roles]() == method)
				return (struct method){ roles, it->dtls,
					it->pinned };
		}
	}
	/* One that these headers do not have. */
	return (struct method){ 0, false, true };
}

/*
 * 3.2 brought QUIC, 3.5 its servers, and only 4.0 a question for it.  Their
 * methods cannot be named here, for the library has to load on 3.0, and neither
 * dlsym() nor a process of elimination would do: libssl may be hidden from the
 * one, and a build can have methods of one version that these headers lack.
 * But SRTP is none of QUIC's business: there OpenSSL refuses without an entry
 * what it calls an unknown profile everywhere else.  Nothing changes either
 * way.
 */
bool
tlsp_is_quic(SSL_CTX *ctx)
{
	bool quic = false;

	(void)ctx; /* not needed without SRTP */
#if OPENSSL_VERSION_NUMBER >= 0x40000000L
	quic = SSL_CTX_is_quic(ctx) == 1;
#elif !defined(OPENSSL_NO_SRTP)
	if (!tlsp_has(FEATURE_QUIC))
		return false;
	(void)ERR_set_mark();
	tlsp_errors_add(__FILE__, __LINE__, __func__, ERR_LIB_USER, 1);
	quic = SSL_CTX_set_tlsext_use_srtp(ctx, "none") != 0 &&
	    ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_USER;
	(void)ERR_pop_to_mark();
#endif
	return quic;
}

/* From 3.5 on servers are made by a listener, and SSL_new() says so. */
static unsigned
quic_roles(SSL_CTX *ctx)
{
	bool server;
	SSL *ssl;

	(void)ERR_set_mark();
	ssl = SSL_new(ctx);
	server = ssl == NULL &&
	    ERR_GET_REASON(ERR_peek_last_error()) ==
		ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED;
	SSL_free(ssl);
	(void)ERR_pop_to_mark();
	return server ? SERVER_ROLE : CLIENT_ROLE;
}

bool
tlsp_lacks(const struct target *target, enum tlspolicy_role role)
{
	unsigned roles = tlsp_method(SSL_CTX_get_ssl_method(target->ctx)).roles;

	if (roles == 0)
		roles = target->quic ? quic_roles(target->ctx) : BOTH_ROLES;
	return (roles & 1u << role) == 0;
}

enum lack
tlsp_lack_of(unsigned long error)
{
	if (ERR_GET_LIB(error) != ERR_LIB_SSL)
		return error == 0 ? LACK_NOTHING : LACK_OTHER;
	switch (ERR_GET_REASON(error)) {
	case REASON_NO_SUITABLE_GROUPS:
	case SSL_R_NO_SUITABLE_KEY_SHARE: /* all that 1.1.1 has */
		return LACK_GROUP;
	case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
		return LACK_SIGALG;
#ifdef SSL_R_NO_SUITABLE_DIGEST_ALGORITHM
	/* 1.1.1 has no providers: it has every hash. */
	case SSL_R_NO_SUITABLE_DIGEST_ALGORITHM:
		return LACK_DIGEST;
#endif
	default:
		return LACK_OTHER;
	}
}

#if OPENSSL_VERSION_NUMBER >= 0x30000000L
bool
tlsp_key_is(const EVP_PKEY *key, const char *name)
{
	return EVP_PKEY_is_a(key, name) == 1;
}

const struct name *
tlsp_key_curve(EVP_PKEY *key)
{
	char name[64];
	size_t len;

	if (!TWICE(EVP_PKEY_get_group_name(key, name, sizeof(name), &len) == 1))
		return NULL;
	return tlsp_name_find(LIST_GROUPS, name, len);
}

const char *
tlsp_group_name(SSL *ssl, int id)
{
	return SSL_group_to_name(ssl, id);
}

const char *
tlsp_group_negotiated(const SSL *ssl)
{
	/* A getter that only lacks its const. */
	SSL *it = (SSL *)(uintptr_t)ssl;
	int id = (int)SSL_get_negotiated_group(it);

	return id == 0 ? NULL : SSL_group_to_name(it, id);
}
#else
bool
tlsp_key_is(const EVP_PKEY *key, const char *name)
{
	(void)key;
	(void)name;
	return false;
}

static const char *
curve_name(const EVP_PKEY *key)
{
	const EC_KEY *ec = EVP_PKEY_get0_EC_KEY((EVP_PKEY *)(uintptr_t)key);

	return OBJ_nid2sn(ec == NULL
		? EVP_PKEY_id(key)
		: EC_GROUP_get_curve_name(EC_KEY_get0_group(ec)));
}

const struct name *
tlsp_key_curve(EVP_PKEY *key)
{
	const char *name = curve_name(key);

	return tlsp_name_find(LIST_GROUPS, name, strlen(name));
}

const char *
tlsp_group_name(SSL *ssl, int id)
{
	const struct name *name =
	    tlsp_name_of(LIST_GROUPS, (uint16_t)(id & 0xffff));

	(void)ssl;
	if ((id & TLSEXT_nid_unknown) == 0)
		return id == NID_undef ? NULL : OBJ_nid2sn(id);
	return name == NULL ? NULL : name->name;
}

const char *
tlsp_group_negotiated(const SSL *ssl)
{
	SSL *it = (SSL *)(uintptr_t)ssl;
	const char *name = NULL;
	EVP_PKEY *key;

	/*
	 * 1.1.1 does not tell: it keeps the peer's key, but no TLS 1.2 client's
	 * on a server, which takes the first shared group.
	 */
	if (SSL_get_peer_tmp_key(it, &key) == 1) {
		name = curve_name(key);
		EVP_PKEY_free(key);
	} else if (SSL_is_server(it) &&
	    SSL_CIPHER_get_kx_nid(SSL_get_current_cipher(ssl)) ==
		NID_kx_ecdhe) {
		name = tlsp_group_name(it, (int)SSL_get_shared_group(it, 0));
	}
	return name;
}
#endif

bool
tlsp_hello_is_ssl2(SSL *ssl)
{
#if OPENSSL_VERSION_NUMBER >= 0x40000000L
	(void)ssl; /* which takes none any more */
	return false;
#else
	return SSL_client_hello_isv2(ssl) == 1;
#endif
}

/* The error queue */

void
tlsp_errors_add(
    const char *file, int line, const char *func, int library, int reason)
{
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
	ERR_new();
	ERR_set_debug(file, line, func);
	ERR_set_error(library, reason, NULL);
#else
	/* 1.1.1 names functions by number, and ours have none. */
	(void)func;
	ERR_put_error(library, 0, reason, file, line);
#endif
}

const char *
tlspolicy_library_version(void)
{
	return PACKAGE_VERSION;
}
