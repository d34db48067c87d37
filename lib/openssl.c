/* SPDX-License-Identifier: MIT */
/*
 * What differs between OpenSSL's releases, and what the loaded one can do.
 * The only file of the library that may branch on OpenSSL's version.
 */
#define OPENSSL_SUPPRESS_DEPRECATED  /* ERR_get_state(), methods of one version \
				      */
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
	SSL_set_security_callback(ssl, tlsp_allow);
	SSL_clear_options(ssl, SSL_OP_NO_SSL_MASK);
	SSL_clear_cert_flags(ssl, SSL_CERT_FLAG_SUITEB_128_LOS);
	/* Its own ciphers will mostly do, and to set others is slow. */
	if (count_usable(ssl, version, version) > 0)
		return 1;
	if (SSL_set_cipher_list(ssl, "ALL") != 1)
		return -1;
	/* No cipher may also be lack of memory: ask twice, then for any. */
	if (count_usable(ssl, version, version) > 0 ||
	    count_usable(ssl, version, version) > 0)
		return 1;
	return count_usable(ssl, 0, 0) > 0 ? 0 : -1;
}

static bool
is_old(int version)
{
	return (tlsp_version_bit(tlsp_version_as_tls(version)) &
		   VERSIONS_OLD) != 0;
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
	if (!tlsp_errors_begin(&errors))
		return 0;
	ctx = SSL_CTX_new(name[0] == 'D' ? DTLS_method() : TLS_method());
	if (ctx != NULL && (ssl = SSL_new(ctx)) != NULL)
		yes = speaks(ssl, version) == 1 &&
		    (!is_old(version) || tlsp_hashes_legacy(ctx));
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	tlsp_errors_end(&errors, false);
	return yes;
}

int
tlsp_versions_spoken(SSL_CTX *ctx, unsigned set, unsigned *spoken)
{
	bool dtls = tlsp_is_dtls(&(struct target){ .ctx = ctx });
	unsigned may = set & tlsp_versions_of(dtls, tlsp_is_quic(ctx));
	unsigned ask = may & VERSIONS_OLD;
	SSL *ssl = NULL;
	int yes = 1;

	/* Ask for no more than what builds leave out: it is slow. */
	*spoken = may;
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
	if ((*spoken & VERSIONS_OLD) != 0 && !tlsp_hashes_legacy(ctx))
		*spoken &= ~VERSIONS_OLD;
	*spoken &= tlsp_versions_built();
	return TLSPOLICY_OK;
}

unsigned
tlsp_versions_built(void)
{
	unsigned set = VERSIONS_ALL;

#ifdef OPENSSL_NO_TLS1_2
	set &= ~TLSPOLICY_NO_TLS1_2;
#endif
#ifdef OPENSSL_NO_TLS1_3
	set &= ~TLSPOLICY_NO_TLS1_3;
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
tlsp_dh_is_by_group(void)
{
	/* RFC 7919, before TLS 1.3 too from 4.0 on; before it has none. */
	return OpenSSL_version_num() >= 0x40000000UL;
}

bool
tlsp_signs_brainpool(void)
{
	return OpenSSL_version_num() >= 0x30200000UL; /* RFC 8734 */
}

bool
tlsp_takes_any_curve(void)
{
	return OpenSSL_version_num() < 0x30000000UL; /* 1.1.1 does not look */
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

bool
tlsp_marks_shares(void)
{
	/*
	 * From 3.5 on.  A list without marks sends the first group's share
	 * there, as all lists do before.
	 */
	return OpenSSL_version_num() >= 0x30500000UL;
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
	return (level > 2 ? TLSPOLICY_NO_TLS1_0 : 0u) |
	    (level > 3 ? TLSPOLICY_NO_TLS1_1 : 0u);
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

/* Methods for one role or for DTLS; 4.0 has none of one version. */
#if OPENSSL_VERSION_NUMBER >= 0x40000000L
#define OPENSSL_NO_TLS1_METHOD
#define OPENSSL_NO_TLS1_1_METHOD
#define OPENSSL_NO_TLS1_2_METHOD
#define OPENSSL_NO_DTLS1_METHOD
#define OPENSSL_NO_DTLS1_2_METHOD
#endif
enum { CLIENT_ROLE = 1, SERVER_ROLE = 2, BOTH_ROLES = 3 };
static const struct {
	const SSL_METHOD *(*method)(void);
	int roles;
	bool dtls;
} methods[] = {
#if OPENSSL_VERSION_NUMBER >= 0x40000000L && !defined(OPENSSL_NO_QUIC)
	/* Not before: what names them on 3.2 does not load on 3.0. */
	{ OSSL_QUIC_client_method, CLIENT_ROLE, false },
	{ OSSL_QUIC_client_thread_method, CLIENT_ROLE, false },
	{ OSSL_QUIC_server_method, SERVER_ROLE, false },
#endif
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

#if OPENSSL_VERSION_NUMBER >= 0x40000000L
bool
tlsp_is_quic(SSL_CTX *ctx)
{
	return SSL_CTX_is_quic(ctx) == 1;
}
#elif OPENSSL_VERSION_NUMBER >= 0x30000000L && !defined(OPENSSL_NO_SRTP)
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
	bool silent;

	if (OpenSSL_version_num() < 0x30200000UL ||
	    tlsp_transport(SSL_CTX_get_ssl_method(ctx)) != TRANSPORT_PINNED)
		return false;
	(void)ERR_set_mark();
	tlsp_errors_add(__FILE__, __LINE__, __func__, ERR_LIB_USER, 1);
	silent = SSL_CTX_set_tlsext_use_srtp(ctx, "none") != 0 &&
	    ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_USER;
	(void)ERR_pop_to_mark();
	return silent;
}
#else
/* 1.1.1 has none. */
bool
tlsp_is_quic(SSL_CTX *ctx)
{
	(void)ctx;
	return false;
}
#endif

/* From 3.5 on servers are made by a listener, and SSL_new() says so. */
static int
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

static int
roles_of(SSL_CTX *ctx)
{
	const SSL_METHOD *method = SSL_CTX_get_ssl_method(ctx);

	for (size_t i = 0; i < METHOD_COUNT; i++) {
		if (methods[i].method() == method)
			return methods[i].roles;
	}
	return tlsp_is_quic(ctx) ? quic_roles(ctx) : BOTH_ROLES;
}

bool
tlsp_lacks(SSL_CTX *ctx, enum tlspolicy_role role)
{
	return (roles_of(ctx) &
		   (role == TLSPOLICY_CLIENT ? CLIENT_ROLE : SERVER_ROLE)) == 0;
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
	    (ERR_GET_REASON(error) == REASON_NO_SUITABLE_GROUPS ||
		ERR_GET_REASON(error) == SSL_R_NO_SUITABLE_KEY_SHARE);
}

bool
tlsp_is_no_digest(unsigned long error)
{
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
	return ERR_GET_LIB(error) == ERR_LIB_SSL &&
	    ERR_GET_REASON(error) == SSL_R_NO_SUITABLE_DIGEST_ALGORITHM;
#else
	(void)error; /* 1.1.1 has no providers: it has every hash */
	return false;
#endif
}

#if OPENSSL_VERSION_NUMBER >= 0x30000000L
bool
tlsp_unknown_group(const char *list, struct item *out)
{
	/* The first of 3.0 leave no entry. */
	static const char before[] = "group '", after[] = "' cannot be set";
	const size_t skip = sizeof(before) - 1, end = sizeof(after) - 1;
	struct item item = { .optional = false };
	const char *text = "";
	int flags = 0;
	size_t len;

	if (ERR_GET_LIB(ERR_peek_last_error_data(&text, &flags)) !=
		ERR_LIB_SSL ||
	    (flags & ERR_TXT_STRING) == 0)
		return false;
	len = strlen(text);
	if (len <= skip + end || strncmp(text, before, skip) != 0 ||
	    strcmp(text + len - end, after) != 0)
		return false;
	item.name = text + skip;
	item.len = len - skip - end;
	return tlsp_list_find(list, &item, out);
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
#else
bool
tlsp_unknown_group(const char *list, struct item *out)
{
	/* 1.1.1 does not tell, but knows none that is not an object. */
	while (tlsp_list_next(&list, out)) {
		char name[ITEM_MAX + 1] = "";

		(void)tlsp_list_append(name, sizeof(name), out, false);
		if (EC_curve_nist2nid(name) == NID_undef &&
		    OBJ_sn2nid(name) == NID_undef &&
		    OBJ_ln2nid(name) == NID_undef)
			return true;
	}
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

#define QUEUE_SIZE 16 /* OpenSSL's ERR_NUM_ERRORS */

#if OPENSSL_VERSION_NUMBER >= 0x40000000L
/*
 * 4.0 hides ERR_STATE and has OSSL_ERR_STATE_save() instead, which forgets
 * marks: so the queue is taken in pieces, each down to the next mark.
 */
struct queue {
	ERR_STATE *added;
	ERR_STATE *piece[QUEUE_SIZE]; /* the newest first */
	int marks[QUEUE_SIZE];        /* below the piece */
	size_t count;
};

static void
queue_free(struct queue *queue)
{
	for (size_t i = 0; i < QUEUE_SIZE; i++)
		OSSL_ERR_STATE_free(queue->piece[i]);
	OSSL_ERR_STATE_free(queue->added);
	OPENSSL_free(queue);
}

/* Puts the entries back, whose texts OpenSSL copies. */
static void
queue_put(const struct queue *queue)
{
	for (size_t i = queue->count; i-- > 0;) {
		for (int n = 0; n < queue->marks[i]; n++)
			(void)ERR_set_mark();
		OSSL_ERR_STATE_restore(queue->piece[i]);
	}
}

static bool
queue_take(struct queue *queue)
{
	queue->added = OSSL_ERR_STATE_new();
	for (size_t i = 0; ERR_peek_error() != 0 && i < QUEUE_SIZE; i++) {
		if ((queue->piece[i] = OSSL_ERR_STATE_new()) == NULL)
			break;
		OSSL_ERR_STATE_save_to_mark(queue->piece[i]);
		queue->count = i + 1;
		for (; ERR_peek_error() != 0 && ERR_count_to_mark() == 0;
		     queue->marks[i]++)
			(void)ERR_clear_last_mark();
	}
	if (queue->added != NULL && ERR_peek_error() == 0)
		return true;
	queue_put(queue);
	return false;
}

static unsigned long
queue_entry(const struct queue *queue, int index)
{
	unsigned long entry = 0;

	/* OpenSSL tells of the thread's own queue alone. */
	OSSL_ERR_STATE_save(queue->added);
	queue_put(queue);
	for (int i = 0; i <= index; i++)
		entry = ERR_get_error();
	ERR_clear_error();
	OSSL_ERR_STATE_restore(queue->added);
	return entry;
}

static void
queue_return(struct queue *queue)
{
	OSSL_ERR_STATE_save(queue->added);
	queue_put(queue);
	OSSL_ERR_STATE_restore(queue->added);
}
#else
/*
 * No function before 3.2 saves a queue, and a library built on 3.5 must load on
 * 3.0; up to 3.6 ERR_STATE is public.
 */
struct queue {
	ERR_STATE state;
};

static void
queue_free(struct queue *queue)
{
	OPENSSL_free(queue);
}

static bool
queue_take(struct queue *queue)
{
	ERR_STATE *own = ERR_get_state();

	queue->state = *own;
	memset(own, 0, sizeof(*own));
	return true;
}

static unsigned long
queue_entry(const struct queue *queue, int index)
{
	const ERR_STATE *from = &queue->state;
	int count =
	    (from->top - from->bottom + ERR_NUM_ERRORS) % ERR_NUM_ERRORS;

	return index < count
	    ? from->err_buffer[(from->bottom + 1 + index) % ERR_NUM_ERRORS]
	    : 0;
}

/* Frees what an entry owns. */
static void
wipe_entry(ERR_STATE *from, int i)
{
	if ((from->err_data_flags[i] & ERR_TXT_MALLOCED) != 0)
		OPENSSL_free(from->err_data[i]);
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
	OPENSSL_free(from->err_file[i]);
	OPENSSL_free(from->err_func[i]);
#endif
}

static const char *
entry_function(const ERR_STATE *from, int i)
{
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
	return from->err_func[i];
#else
	(void)from;
	(void)i;
	return NULL;
#endif
}

/* Moves the entries of a queue to the thread's own, oldest first. */
static void
queue_return(struct queue *queue)
{
	ERR_STATE *own = ERR_get_state(), from = *own;

	*own = queue->state;
	while (from.bottom != from.top) {
		int i = from.bottom = (from.bottom + 1) % ERR_NUM_ERRORS;

		tlsp_errors_add(from.err_file[i], from.err_line[i],
		    entry_function(&from, i), ERR_GET_LIB(from.err_buffer[i]),
		    ERR_GET_REASON(from.err_buffer[i]));
		if ((from.err_data_flags[i] & ERR_TXT_STRING) == 0)
			continue;
		/* The text itself goes over: copying might lack memory. */
		ERR_set_error_data(from.err_data[i], from.err_data_flags[i]);
		from.err_data_flags[i] = 0;
	}
	for (int i = 0; i < ERR_NUM_ERRORS; i++)
		wipe_entry(&from, i);
}
#endif

bool
tlsp_errors_begin(struct errors *errors)
{
	errors->queue = NULL;
	if (ERR_peek_error() == 0)
		return true;
	/* A failure here must leave no entry, as OPENSSL_malloc() does. */
	errors->queue = CRYPTO_zalloc(sizeof(*errors->queue), NULL, 0);
	if (errors->queue == NULL)
		return false;
	if (queue_take(errors->queue))
		return true;
	queue_free(errors->queue);
	return false;
}

unsigned long
tlsp_errors_entry(const struct errors *errors, int index)
{
	return errors->queue == NULL ? 0 : queue_entry(errors->queue, index);
}

void
tlsp_errors_end(struct errors *errors, bool keep)
{
	/* To clear an empty queue would take longer than most of a call. */
	if (!keep && ERR_peek_error() != 0)
		ERR_clear_error();
	if (errors->queue == NULL)
		return;
	queue_return(errors->queue);
	queue_free(errors->queue);
}

const char *
tlspolicy_library_version(void)
{
	return PACKAGE_VERSION;
}
