/* SPDX-License-Identifier: MIT */
/*
 * What differs between OpenSSL's releases, and what the loaded one can do.
 * The only file of the library that may branch on OpenSSL's version.
 */
#define OPENSSL_SUPPRESS_DEPRECATED /* ERR_get_state() */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

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

static int
count_usable(SSL *ssl, int min, int max)
{
	STACK_OF(SSL_CIPHER) * usable;
	int count;

	if (SSL_set_min_proto_version(ssl, min) != 1 ||
	    SSL_set_max_proto_version(ssl, max) != 1)
		return 0;
	usable = SSL_get1_supported_ciphers(ssl);
	count = sk_SSL_CIPHER_num(usable);
	sk_SSL_CIPHER_free(usable);
	return count;
}

/* 1 or 0 as a connection can speak a version, -1 if there is no telling. */
static int
speaks(SSL *ssl, int version)
{
	SSL_set_security_level(ssl, 0);
	SSL_clear_options(ssl, SSL_OP_NO_SSL_MASK);
	SSL_clear_cert_flags(ssl, SSL_CERT_FLAG_SUITEB_128_LOS);
	if (SSL_set_cipher_list(ssl, "ALL") != 1)
		return -1;
	/* No cipher may also be lack of memory: ask twice, then for any. */
	if (count_usable(ssl, version, version) > 0 ||
	    count_usable(ssl, version, version) > 0)
		return 1;
	return count_usable(ssl, 0, 0) > 0 ? 0 : -1;
}

int
tlspolicy_openssl_supports(int version)
{
	const char *name = tlspolicy_protocol_name(version);
	struct errors errors;
	SSL_CTX *ctx = NULL;
	SSL *ssl = NULL;
	int yes = 0;

	if (name == NULL)
		return 0;
	tlsp_errors_begin(&errors);
	ctx = SSL_CTX_new(name[0] == 'D' ? DTLS_method() : TLS_method());
	if (ctx != NULL && (ssl = SSL_new(ctx)) != NULL)
		yes = speaks(ssl, version) == 1;
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	tlsp_errors_end(&errors, false);
	return yes;
}

int
tlsp_versions_spoken(SSL_CTX *ctx, unsigned set, unsigned *spoken)
{
	bool dtls = tlsp_is_dtls(&(struct target){ .ctx = ctx });
	unsigned ask = set & tlsp_versions_of(dtls) & VERSIONS_OLD;
	SSL *ssl = NULL;
	int yes = 1;

	/* Ask for no more than what builds leave out: it is slow. */
	*spoken = set & tlsp_versions_of(dtls);
	if (ask != 0 && (ssl = SSL_new(ctx)) == NULL)
		yes = -1;
	for (unsigned bit = 1; yes >= 0 && bit <= ask; bit <<= 1) {
		if ((ask & bit) == 0)
			continue;
		yes = speaks(
		    ssl, tlsp_version_on(dtls, tlsp_version_lowest(bit)));
		if (yes == 0)
			*spoken &= ~bit;
	}
	SSL_free(ssl);
	if (yes < 0)
		return tlsp_fail(TLSPOLICY_E_OPENSSL,
		    "OpenSSL could not say which versions it speaks");
#ifdef OPENSSL_NO_TLS1_2
	*spoken &= ~TLSPOLICY_NO_TLS1_2;
#endif
#ifdef OPENSSL_NO_TLS1_3
	*spoken &= ~TLSPOLICY_NO_TLS1_3;
#endif
	return TLSPOLICY_OK;
}

bool
tlsp_speaks_ssl3(void)
{
#ifdef OPENSSL_NO_SSL3
	return false;
#else
	return true;
#endif
}

unsigned
tlsp_versions_killed(int level)
{
	/*
	 * 3.0: TLS 1.0 and 1.1 sign with MD5-SHA1 or SHA-1, which have fewer
	 * bits than level 1 asks for: they are offered and then fail.  3.1 and
	 * later do not offer them.
	 */
	return level > 0 ? VERSIONS_OLD : 0;
}

int
tlsp_legacy_bits(bool rsa)
{
	/* MD5-SHA1 and SHA-1, which 1.1.1 still took for 144 and 80 bits. */
	return rsa ? 67 : 64;
}

enum transport
tlsp_transport(const SSL_METHOD *method)
{
	if (method == TLS_method() || method == TLS_client_method() ||
	    method == TLS_server_method())
		return TRANSPORT_TLS;
	if (method == DTLS_method() || method == DTLS_client_method() ||
	    method == DTLS_server_method())
		return TRANSPORT_DTLS;
	return TRANSPORT_PINNED;
}

/* Methods for one role or for DTLS; those of one version are gone in 4.0. */
enum { CLIENT_ROLE = 1, SERVER_ROLE = 2, BOTH_ROLES = 3 };
static const struct {
	const SSL_METHOD *(*method)(void);
	int roles;
	bool dtls;
} methods[] = {
	{ TLS_client_method, CLIENT_ROLE, false },
	{ TLS_server_method, SERVER_ROLE, false },
	{ DTLS_method, BOTH_ROLES, true },
	{ DTLS_client_method, CLIENT_ROLE, true },
	{ DTLS_server_method, SERVER_ROLE, true },
#ifndef OPENSSL_NO_TLS1_METHOD
	{ TLSv1_client_method, CLIENT_ROLE, false },
	{ TLSv1_server_method, SERVER_ROLE, false },
#endif
#ifndef OPENSSL_NO_TLS1_1_METHOD
	{ TLSv1_1_client_method, CLIENT_ROLE, false },
	{ TLSv1_1_server_method, SERVER_ROLE, false },
#endif
#ifndef OPENSSL_NO_TLS1_2_METHOD
	{ TLSv1_2_client_method, CLIENT_ROLE, false },
	{ TLSv1_2_server_method, SERVER_ROLE, false },
#endif
#ifndef OPENSSL_NO_DTLS1_METHOD
	{ DTLSv1_method, BOTH_ROLES, true },
	{ DTLSv1_client_method, CLIENT_ROLE, true },
	{ DTLSv1_server_method, SERVER_ROLE, true },
#endif
#ifndef OPENSSL_NO_DTLS1_2_METHOD
	{ DTLSv1_2_method, BOTH_ROLES, true },
	{ DTLSv1_2_client_method, CLIENT_ROLE, true },
	{ DTLSv1_2_server_method, SERVER_ROLE, true },
#endif
};
#define METHOD_COUNT (sizeof(methods) / sizeof(methods[0]))

bool
tlsp_method_lacks(const SSL_METHOD *method, enum tlspolicy_role role)
{
	int wanted = role == TLSPOLICY_CLIENT ? CLIENT_ROLE : SERVER_ROLE;

	for (size_t i = 0; i < METHOD_COUNT; i++) {
		if (methods[i].method() == method)
			return (methods[i].roles & wanted) == 0;
	}
	return false;
}

bool
tlsp_method_is_dtls(const SSL_METHOD *method)
{
	for (size_t i = 0; i < METHOD_COUNT; i++) {
		if (methods[i].method() == method)
			return methods[i].dtls;
	}
	return false;
}

bool
tlsp_is_no_group(unsigned long error)
{
	/* No ClientHello for want of a group; 1.1.1 has the second alone. */
	return ERR_GET_LIB(error) == ERR_LIB_SSL &&
	    (ERR_GET_REASON(error) == SSL_R_NO_SUITABLE_GROUPS ||
		ERR_GET_REASON(error) == SSL_R_NO_SUITABLE_KEY_SHARE);
}

const struct name *
tlsp_key_curve(EVP_PKEY *key)
{
	char name[64];
	size_t len;

	/* Twice: memory may be short for a moment. */
	if (EVP_PKEY_get_group_name(key, name, sizeof(name), &len) != 1 &&
	    EVP_PKEY_get_group_name(key, name, sizeof(name), &len) != 1)
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

/* The error queue */

/* Frees what the entries of a queue own; the queue's own use is over. */
static void
wipe(ERR_STATE *queue)
{
	for (size_t i = 0; i < ERR_NUM_ERRORS; i++) {
		if ((queue->err_data_flags[i] & ERR_TXT_MALLOCED) != 0)
			OPENSSL_free(queue->err_data[i]);
		OPENSSL_free(queue->err_file[i]);
		OPENSSL_free(queue->err_func[i]);
	}
	memset(queue, 0, sizeof(*queue));
}

void
tlsp_errors_begin(struct errors *errors)
{
	/*
	 * The whole queue, marks and all, since SSL_do_handshake() clears it
	 * and a full one loses its oldest entry to a new one.  No function
	 * before 3.2 does that (OSSL_ERR_STATE_save()), and a library built on
	 * 3.5 must load on 3.0; the struct is public up to 3.6.
	 */
	ERR_STATE *queue = ERR_get_state();

	errors->taken = queue != NULL && queue->top != queue->bottom;
	if (errors->taken) {
		errors->queue = *queue;
		memset(queue, 0, sizeof(*queue));
	}
}

unsigned long
tlsp_errors_entry(const struct errors *errors, int index)
{
	const ERR_STATE *queue = &errors->queue;
	int count;
	if (!errors->taken)
		return 0;
	count = (queue->top - queue->bottom + ERR_NUM_ERRORS) % ERR_NUM_ERRORS;
	return index < count
	    ? queue->err_buffer[(queue->bottom + 1 + index) % ERR_NUM_ERRORS]
	    : 0;
}

/* Moves the entries of a queue to the thread's own, oldest first. */
static void
add_entries(ERR_STATE *from)
{
	int i = from->bottom;

	while (i != from->top) {
		i = (i + 1) % ERR_NUM_ERRORS;
		ERR_new();
		ERR_set_debug(
		    from->err_file[i], from->err_line[i], from->err_func[i]);
		ERR_set_error(ERR_GET_LIB(from->err_buffer[i]),
		    ERR_GET_REASON(from->err_buffer[i]), NULL);
		if ((from->err_data_flags[i] & ERR_TXT_STRING) == 0)
			continue;
		/* The text itself goes over: copying might lack memory. */
		ERR_set_error_data(from->err_data[i], from->err_data_flags[i]);
		from->err_data[i] = NULL;
		from->err_data_flags[i] = 0;
	}
}

void
tlsp_errors_end(struct errors *errors, bool keep)
{
	ERR_STATE *queue = ERR_get_state(), added;

	if (!keep)
		ERR_clear_error();
	if (!errors->taken)
		return;
	added = *queue;
	*queue = errors->queue;
	add_entries(&added);
	wipe(&added);
}

const char *
tlspolicy_library_version(void)
{
	return PACKAGE_VERSION;
}
