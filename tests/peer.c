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

enum { STEPS = 24 };

static const struct version {
	int number;
	uint64_t option;
	const char *name;
} versions[PEER_VERSIONS] = {
	{ TLS1_VERSION, SSL_OP_NO_TLSv1, "TLSv1" },
	{ TLS1_1_VERSION, SSL_OP_NO_TLSv1_1, "TLSv1.1" },
	{ TLS1_2_VERSION, SSL_OP_NO_TLSv1_2, "TLSv1.2" },
	{ TLS1_3_VERSION, SSL_OP_NO_TLSv1_3, "TLSv1.3" },
};

/* From OpenSSL 3.0 a level above 0 forbids TLS 1.0 and 1.1. */
enum { LEVEL_KILLS = 0x3 };

enum { RSA_2048, RSA_3072, P_256, P_384, P_521, KEYS };

static struct identity {
	int bits; /* RSA */
	int nid;  /* EC */
	EVP_PKEY *key;
	X509 *cert;
} identities[KEYS] = {
	[RSA_2048] = { .bits = 2048 },
	[RSA_3072] = { .bits = 3072 },
	[P_256] = { .nid = NID_X9_62_prime256v1 },
	[P_384] = { .nid = NID_secp384r1 },
	[P_521] = { .nid = NID_secp521r1 },
};

/* Which of them a security level accepts; one RSA and one EC at most. */
enum { LEVELS = 6, PER_LEVEL = 2 };
static const int by_level[LEVELS][PER_LEVEL] = {
	{ RSA_2048, P_256 },
	{ RSA_2048, P_256 },
	{ RSA_2048, P_256 },
	{ RSA_3072, P_256 },
	{ P_384, KEYS },
	{ P_521, KEYS },
};

/* Reference peers by version and by the level that their keys satisfy. */
static SSL_CTX *reference[PEER_VERSIONS][LEVELS];

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

static EVP_PKEY *
make_key(const struct identity *id)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(
	    id->nid != 0 ? EVP_PKEY_EC : EVP_PKEY_RSA, NULL);
	EVP_PKEY *key = NULL;
	int ok;

	must(ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1, "key context");
	if (id->nid != 0)
		ok = EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx, id->nid);
	else
		ok = EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, id->bits);
	must(ok == 1 && EVP_PKEY_keygen(ctx, &key) == 1, "key");
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/* Valid from the epoch on and for ever: no test depends on the clock. */
static X509 *
make_certificate(EVP_PKEY *key)
{
	X509 *cert = X509_new();
	X509_NAME *name;

	must(cert != NULL, "certificate");
	name = X509_get_subject_name(cert);
	must(X509_set_version(cert, 2) == 1 &&
		ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) == 1 &&
		ASN1_TIME_set_string(
		    X509_getm_notBefore(cert), "19700101000000Z") == 1 &&
		ASN1_TIME_set_string(
		    X509_getm_notAfter(cert), "99991231235959Z") == 1 &&
		X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
		    (const unsigned char *)"peer.test", -1, -1, 0) == 1 &&
		X509_set_issuer_name(cert, name) == 1 &&
		X509_set_pubkey(cert, key) == 1 &&
		X509_sign(cert, key, EVP_sha256()) > 0,
	    "certificate's fields");
	return cert;
}

static int
clamp(int level)
{
	if (level < 0)
		return 0;
	return level < LEVELS ? level : LEVELS - 1;
}

/* A certificate and key that the level of ssl accepts; 1: loaded. */
static int
load(SSL *ssl)
{
	const int *use = by_level[clamp(SSL_get_security_level(ssl))];
	int i, loaded = 0;

	for (i = 0; i < PER_LEVEL && use[i] != KEYS; i++) {
		if (SSL_use_certificate(ssl, identities[use[i]].cert) == 1 &&
		    SSL_use_PrivateKey(ssl, identities[use[i]].key) == 1)
			loaded = 1;
	}
	ERR_clear_error();
	return loaded;
}

int
peer_use_rsa_2048(SSL_CTX *ctx)
{
	const struct identity *id = &identities[RSA_2048];

	return SSL_CTX_use_certificate(ctx, id->cert) == 1 &&
	    SSL_CTX_use_PrivateKey(ctx, id->key) == 1;
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

/* Every group that this OpenSSL has: it refuses a list with one unknown. */
static void
set_every_group(SSL_CTX *ctx)
{
	static const char *const names[] = { "X25519", "P-256", "X448", "P-384",
		"P-521", "ffdhe2048", "ffdhe3072", "ffdhe4096", "ffdhe6144",
		"ffdhe8192", "brainpoolP256r1", "brainpoolP384r1",
		"brainpoolP512r1", "X25519MLKEM768", "SecP256r1MLKEM768" };
	char list[512] = "";
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!peer_set_groups(ctx, names[i]))
			continue;
		if (list[0] != '\0')
			strcat(list, ":");
		strcat(list, names[i]);
	}
	ERR_clear_error();
	must(peer_set_groups(ctx, list), "groups");
}

static SSL_CTX *
make_reference(int version, int level)
{
	static const char suites[] =
	    "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:"
	    "TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256:"
	    "TLS_AES_128_CCM_8_SHA256";
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	int i, key;

	must(ctx != NULL, "reference peer");
	must(SSL_CTX_set_cipher_list(ctx, "ALL:eNULL:@SECLEVEL=0") == 1 &&
		SSL_CTX_set_ciphersuites(ctx, suites) == 1 &&
		SSL_CTX_set_min_proto_version(ctx, version) == 1 &&
		SSL_CTX_set_max_proto_version(ctx, version) == 1 &&
		SSL_CTX_set_num_tickets(ctx, 0) == 1 &&
		SSL_CTX_set_dh_auto(ctx, 1) == 1,
	    "reference peer's settings");
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	set_every_group(ctx);
	for (i = 0; i < PER_LEVEL && by_level[level][i] != KEYS; i++) {
		key = by_level[level][i];
		must(SSL_CTX_use_certificate(ctx, identities[key].cert) == 1 &&
			SSL_CTX_use_PrivateKey(ctx, identities[key].key) == 1,
		    "reference peer's certificate");
	}
	return ctx;
}

void
peer_setup(void)
{
	unsigned i, level;

	/* The host's own openssl.cnf is no part of any test. */
	must(setenv("OPENSSL_CONF", "/dev/null", 1) == 0 &&
		OPENSSL_init_ssl(0, NULL) == 1,
	    "OpenSSL");
	for (i = 0; i < KEYS; i++) {
		identities[i].key = make_key(&identities[i]);
		identities[i].cert = make_certificate(identities[i].key);
	}
	for (i = 0; i < PEER_VERSIONS; i++)
		for (level = 0; level < LEVELS; level++)
			reference[i][level] =
			    make_reference(versions[i].number, (int)level);
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

SSL_CTX *
peer_context(const SSL_METHOD *method, const char *host)
{
	peer_host(host);
	return SSL_CTX_new(method);
}

const SSL_METHOD *
peer_pinned_method(void)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
	return TLSv1_2_method();
#pragma GCC diagnostic pop
}

/* Handshakes */

static int
key_exchange_group(SSL *ssl)
{
	EVP_PKEY *key = NULL;
	char name[64];
	int nid = 0;

	if (SSL_get_peer_tmp_key(ssl, &key) != 1)
		return 0;
	if (EVP_PKEY_get_group_name(key, name, sizeof(name), NULL) == 1)
		nid = OBJ_txt2nid(name);
	else if (!EVP_PKEY_is_a(key, "DH"))
		nid = OBJ_txt2nid(EVP_PKEY_get0_type_name(key));
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

static void
join(SSL *a, SSL *b)
{
	BIO *left, *right;

	must(BIO_new_bio_pair(&left, 0, &right, 0) == 1, "BIO pair");
	SSL_set_bio(a, left, left);
	SSL_set_bio(b, right, right);
}

int
peer_handshake(SSL *subject, SSL *peer, struct peer_result *result)
{
	int ok;

	memset(result, 0, sizeof(*result));
	join(subject, peer);
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

int
peer_ssl_negotiates(
    SSL *ssl, enum peer_role role, int version, struct peer_result *result)
{
	int level = clamp(SSL_get_security_level(ssl));
	struct peer_result local;
	unsigned i = 0;
	SSL *peer;
	int ok;

	if (result == NULL)
		result = &local;
	while (i < PEER_VERSIONS - 1 && versions[i].number != version)
		i++;
	peer = SSL_new(reference[i][level]);
	must(peer != NULL, "reference connection");
	if (role == PEER_SERVER) {
		load(ssl);
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

unsigned
peer_negotiated(SSL_CTX *ctx, enum peer_role role)
{
	unsigned i, set = 0;

	for (i = 0; i < PEER_VERSIONS; i++)
		if (peer_negotiates(ctx, role, versions[i].number, NULL))
			set |= 1u << i;
	return set;
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
parse_hello(struct cursor all, struct peer_hello *out)
{
	struct cursor extensions, body;
	unsigned type;

	cut(&all, 4); /* the handshake header */
	out->legacy = number(&all, 2);
	cut(&all, 32);              /* random */
	cut(&all, number(&all, 1)); /* session id */
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
	(void)ssl;
	if (sent && type == SSL3_RT_HANDSHAKE && size > 4 &&
	    all.at[0] == SSL3_MT_CLIENT_HELLO && hello->legacy == 0)
		parse_hello(all, hello);
}

static int
say_hello(SSL *ssl, struct peer_hello *hello)
{
	BIO *in = BIO_new(BIO_s_mem());
	BIO *out = BIO_new(BIO_s_mem());

	must(in != NULL && out != NULL, "memory BIO");
	memset(hello, 0, sizeof(*hello));
	SSL_set_bio(ssl, in, out);
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

/* The groups and sigalgs of any context, whole: as if 1.0-1.3 at level 0. */
static int
lists(SSL_CTX *ctx, struct peer_hello *hello)
{
	uint64_t no = SSL_OP_NO_SSL_MASK;
	SSL *ssl = SSL_new(ctx);
	int ok;

	must(ssl != NULL && SSL_set_ssl_method(ssl, TLS_method()) == 1,
	    "scratch connection");
	SSL_clear_options(ssl, no);
	SSL_set_security_level(ssl, 0);
	must(SSL_set_min_proto_version(ssl, TLS1_VERSION) == 1 &&
		SSL_set_max_proto_version(ssl, TLS1_3_VERSION) == 1 &&
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

unsigned
peer_range(const struct peer_snapshot *snapshot)
{
	unsigned i, set = 0;

	for (i = 0; i < PEER_VERSIONS; i++) {
		if (snapshot->min != 0 && versions[i].number < snapshot->min)
			continue;
		if (snapshot->max != 0 && versions[i].number > snapshot->max)
			continue;
		if ((snapshot->options & versions[i].option) == 0)
			set |= 1u << i;
	}
	return set;
}

unsigned
peer_enabled(const struct peer_snapshot *snapshot)
{
	unsigned set = peer_range(snapshot);

	return snapshot->level > 0 ? set & ~(unsigned)LEVEL_KILLS : set;
}

static const char *
code_name(uint16_t code)
{
	const STACK_OF(SSL_CIPHER) *all = SSL_CTX_get_ciphers(reference[0][0]);
	const SSL_CIPHER *cipher;
	int i;

	for (i = 0; i < sk_SSL_CIPHER_num(all); i++) {
		cipher = sk_SSL_CIPHER_value(all, i);
		if (SSL_CIPHER_get_protocol_id(cipher) == code)
			return SSL_CIPHER_get_name(cipher);
	}
	return "";
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
