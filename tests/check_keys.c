/* SPDX-License-Identifier: MIT */
/*
 * Every kind of key and every signature algorithm that the loaded OpenSSL has:
 * what inspect says beside handshakes, for all pairs of certificates on one
 * server; and what check says of the signatures that are read off the wire.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "inspected.h"
#include "peer.h"
#include "release.h"
#include "runner.h"
#include "told.h"

static const struct kind_of_key {
	enum peer_key key;
	const char *name;
} keys[] = {
	{ PEER_RSA_2048, "RSA-2048" },
	{ PEER_PSS_2048, "RSA-PSS" },
	{ PEER_PSS_SHA512, "RSA-PSS with SHA-512 alone" },
	{ PEER_DSA_2048, "DSA" },
	{ PEER_P_256, "P-256" },
	{ PEER_P_384, "P-384" },
	{ PEER_P_521, "P-521" },
	{ PEER_BRAINPOOL, "brainpoolP256r1" },
	{ PEER_BRAINPOOL_384, "brainpoolP384r1" },
	{ PEER_BRAINPOOL_512, "brainpoolP512r1" },
	{ PEER_SECP256K1, "secp256k1" },
	{ PEER_ED25519, "Ed25519" },
	{ PEER_ED448, "Ed448" },
	{ PEER_ML_DSA_44, "ML-DSA-44" },
	{ PEER_ML_DSA_65, "ML-DSA-65" },
	{ PEER_ML_DSA_87, "ML-DSA-87" },
	{ PEER_SM2, "SM2" },
};

/* The signature algorithms that this OpenSSL takes; the first: its default. */
static const char *sigalgs[64] = { NULL };

static size_t sigalg_count = 1;

static void
find_sigalgs(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	const struct known *k;

	for (k = known_sigalgs; k->name != NULL; k++)
		if (peer_set_sigalgs(ctx, k->name) == 1)
			sigalgs[sigalg_count++] = k->name;
	SSL_CTX_free(ctx);
	ERR_clear_error();
}

/* Of how many one is tried. */
static unsigned
step(unsigned normal, unsigned small)
{
	switch (test_tier()) {
	case TIER_SHORT:
		return small;
	case TIER_NORMAL:
		return normal;
	default:
		return 1;
	}
}

/* inspect: all pairs of keys and each alone, on a server; and clients */

/* Of clients, who are few, more. */
enum { PREDICT_NORMAL = 307, PREDICT_SHORT = 4001, CLIENTS = 20 };

static unsigned at, clients, wrong;

static char first[1024];

static void
try_cell(struct cell *c)
{
	char why[1024];

	if (c->role == PEER_SERVER
		? at++ % step(PREDICT_NORMAL, PREDICT_SHORT) != 0
		: clients++ %
			(1 + step(PREDICT_NORMAL, PREDICT_SHORT) / CLIENTS) !=
		    0)
		return;
	if (c->config->ctx == NULL)
		c->config->ctx = make_context(c->config);
	if (predict(c, why, sizeof(why)))
		return;
	if (getenv("TLSPOLICY_SHOW") != NULL)
		printf("# %s\n", why);
	if (wrong++ == 0)
		strcpy(first, why);
}

static void
try_config(const struct config *like, enum peer_role role)
{
	struct config config = *like;
	struct cell c = { .config = &config, .min = -1, .max = -1 };

	c.role = role;
	for (c.version = 0; c.version < config.family->count; c.version++)
		try_cell(&c);
	SSL_CTX_free(config.ctx);
}

/* One sigalgs list, one level, all certificates. */
static void
try_certificates(const struct config *like)
{
	struct config config = *like;
	char name[64];
	struct certificates pair = { .name = name };
	size_t i, k;

	config.certificates = &certificates[1];
	try_config(&config, PEER_CLIENT);
	config.certificates = &pair;
	for (i = 0; i < NELEM(keys); i++)
		for (k = i; k < NELEM(keys); k++) {
			if (!peer_has(keys[i].key) || !peer_has(keys[k].key))
				continue;
			pair.count = i == k ? 1 : 2;
			pair.key[0] = keys[i].key;
			pair.key[1] = keys[k].key;
			snprintf(name, sizeof(name), "%s%s%s", keys[i].name,
			    i == k ? "" : " and ", i == k ? "" : keys[k].name);
			try_config(&config, PEER_SERVER);
		}
}

enum { LEVELS_TRIED = 4 };

static int
is_for(const struct family *family, const char *sigalg)
{
	SSL_CTX *ctx = SSL_CTX_new(family->method());
	int takes;

	ck_assert_ptr_nonnull(ctx);
	takes = sigalg == NULL || peer_set_sigalgs(ctx, sigalg);
	SSL_CTX_free(ctx);
	ERR_clear_error();
	return takes;
}

START_TEST(predicted)
{
	static const char *const ciphers[] = { NULL, "ALL:eNULL" };
	const unsigned i = (unsigned)_i / FAMILIES;
	struct config config = { .family = &families[_i % FAMILIES] };

	wrong = 0;
	if (!is_for(config.family, sigalgs[i]))
		SKIP_TEST("a signature algorithm that DTLS has not");
	config.list[SIGALGS] = sigalgs[i];
	for (size_t k = 0; k < NELEM(ciphers); k++)
		for (int level = 0; level < LEVELS_TRIED; level++) {
			config.list[CIPHERS] = ciphers[k];
			config.level = level;
			try_certificates(&config);
		}
	ck_assert_msg(wrong == 0, "%u wrong; the first: %s", wrong, first);
}
END_TEST

/* Suite B (RFC 6460): two curves, each with its own signature, whatever is set
 */

static void
assert_told(SSL_CTX *ctx, enum peer_role role, int version, const char *what)
{
	struct peer_result result;
	const int completed = peer_completes(ctx, role, version, 0, &result);
	const int verdict = inspect(ctx, role, version);

	ck_assert_msg((verdict == TLSPOLICY_AVAILABLE) == completed,
	    "%s, 0x%x: %s (%d), and the handshake %s (%d, %d)", what,
	    (unsigned)version, tlspolicy_verdict_name(verdict), verdict,
	    completed ? "completes" : "fails", result.reason[0],
	    result.reason[1]);
}

START_TEST(suite_b)
{
	static const char *const modes[] = { "SUITEB128", "SUITEB128ONLY",
		"SUITEB192" };
	static const char *const groups[] = { NULL, "P-256", "P-384:P-256" };
	const int version = _i % 2 == 0 ? TLS1_2_VERSION : TLS1_3_VERSION;
	const char *mode = modes[_i / 2];
	SSL_CTX *ctx;
	size_t i;

	for (i = 0; i < NELEM(groups); i++) {
		ctx = SSL_CTX_new(TLS_method());
		ck_assert(SSL_CTX_set_cipher_list(ctx, mode) == 1);
		if (groups[i] != NULL)
			ck_assert(peer_set_groups(ctx, groups[i]));
		assert_told(ctx, PEER_CLIENT, version, mode);
		SSL_CTX_free(ctx);
	}
	for (i = 0; i < NELEM(keys); i++) {
		/* Up to 3.0 its own SHA-256 is against the mode, too. */
		if (!peer_has(keys[i].key) ||
		    (keys[i].key == PEER_P_384 && _i / 2 == 2 &&
			release() < RELEASE_3_5))
			continue;
		ctx = SSL_CTX_new(TLS_method());
		SSL_CTX_set_security_level(ctx, 0);
		ck_assert(SSL_CTX_set_cipher_list(ctx, mode) == 1);
		if (peer_use(ctx, keys[i].key))
			assert_told(ctx, PEER_SERVER, version, keys[i].name);
		ERR_clear_error();
		SSL_CTX_free(ctx);
	}
}
END_TEST

/* check: the signatures of both ends, read off the wire */

struct wire {
	unsigned code[2]; /* of the server, of the client */
};

static unsigned
two_bytes(const unsigned char *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

/* Where the algorithm is in a ServerKeyExchange of RFC 5246 or RFC 8422. */
static size_t
skip_parameters(const unsigned char *p, size_t size, int ecdhe)
{
	size_t i, skip = 0;

	if (ecdhe)
		return size > 4 ? 4 + (size_t)p[3] : size;
	for (i = 0; i < 3 && skip + 2 <= size; i++)
		skip += 2 + two_bytes(p + skip);
	return skip;
}

static void
on_message(int sent, int version, int type, const void *data, size_t size,
    SSL *ssl, void *arg)
{
	struct wire *wire = arg;
	const unsigned char *p = data;
	const size_t head = SSL_is_dtls(ssl) ? 12 : 4;
	size_t skip = 0;

	(void)version;
	if (type != SSL3_RT_HANDSHAKE || size <= head)
		return;
	if (p[0] == SSL3_MT_SERVER_KEY_EXCHANGE)
		skip = skip_parameters(p + head, size - head,
		    SSL_CIPHER_get_kx_nid(SSL_get_pending_cipher(ssl)) ==
			NID_kx_ecdhe);
	else if (p[0] != SSL3_MT_CERTIFICATE_VERIFY)
		return;
	/* This is the server's callback. */
	if (head + skip + 2 <= size)
		wire->code[sent ? 0 : 1] = two_bytes(p + head + skip);
}

static int
accept_any(int ok, X509_STORE_CTX *store)
{
	(void)ok, (void)store;
	return 1;
}

/* Every algorithm, `chosen` before all others, or without it. */
static const char *
list_with(const char *chosen, int without)
{
	static char list[2048];
	size_t i;

	strcpy(list, without ? "" : chosen);
	for (i = 1; i < sigalg_count; i++) {
		if (strcmp(sigalgs[i], chosen) == 0)
			continue;
		if (list[0] != '\0')
			strcat(list, ":");
		strcat(list, sigalgs[i]);
	}
	return list;
}

static const char *
name_of(unsigned code)
{
	const struct known *k = known_sigalgs;

	while (k->name != NULL && k->code != code)
		k++;
	return k->name;
}

static unsigned long checks, handshakes, unsigned_ones;

/* 1: right; 0: the text says what is not. */
static int
ask(const SSL *ssl, const char *list, const char *culprit, char *text)
{
	struct tlspolicy *policy = tlspolicy_new();
	char why[256] = "";
	int status, want;

	ck_assert(policy != NULL &&
	    tlspolicy_set_sigalgs(policy, list) == TLSPOLICY_OK);
	want = culprit == NULL ? TLSPOLICY_OK : TLSPOLICY_E_VIOLATION;
	status = tlspolicy_check(ssl, policy, why, sizeof(why));
	tlspolicy_free(policy);
	checks++;
	if (status == want && (culprit == NULL || strstr(why, culprit) != NULL))
		return 1;
	snprintf(text, 512, "the %s, with %s%s: %d, %s",
	    SSL_is_server(ssl) ? "server" : "client",
	    culprit == NULL ? "only " : "all but ",
	    culprit == NULL ? list : culprit, status, why);
	return 0;
}

static int
is_checked(SSL *const ssl[2], const struct wire *wire, char *text)
{
	char only[128] = "";
	int i, k, ok = 1;

	for (k = 0; k < 2; k++) {
		if (wire->code[k] == 0)
			continue;
		ck_assert_ptr_nonnull(name_of(wire->code[k]));
		if (only[0] != '\0')
			strcat(only, ":");
		if (strstr(only, name_of(wire->code[k])) == NULL)
			strcat(only, name_of(wire->code[k]));
	}
	if (only[strlen(only) - 1] == ':')
		only[strlen(only) - 1] = '\0';
	for (i = 0; i < 2 && ok; i++) {
		ok = ask(ssl[i], only, NULL, text);
		for (k = 0; k < 2 && ok; k++)
			if (wire->code[k] != 0)
				ok = ask(ssl[i],
				    list_with(name_of(wire->code[k]), 1),
				    name_of(wire->code[k]), text);
	}
	return ok;
}

static SSL_CTX *
make_end(const struct family *family, int number, const char *list,
    const struct kind_of_key *key)
{
	SSL_CTX *ctx = SSL_CTX_new(family->method());

	ck_assert_ptr_nonnull(ctx);
	SSL_CTX_set_security_level(ctx, 0);
	ck_assert(SSL_CTX_set_cipher_list(ctx, "ALL") == 1 &&
	    SSL_CTX_set_min_proto_version(ctx, number) == 1 &&
	    SSL_CTX_set_max_proto_version(ctx, number) == 1 &&
	    peer_set_sigalgs(ctx, list) == 1);
	SSL_CTX_set_dh_auto(ctx, 1);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	ck_assert(key == NULL || peer_use(ctx, key->key));
	return ctx;
}

/* 1: fine, or no handshake; 0: the text says what is not. */
static int
try_signatures(const struct family *family, int number, const char *sigalg,
    const struct kind_of_key *server, const struct kind_of_key *client,
    char *text)
{
	const char *list = list_with(sigalg, 0);
	SSL_CTX *ctx[2] = { make_end(family, number, list, client),
		make_end(family, number, list, server) };
	SSL *ssl[2] = { SSL_new(ctx[0]), SSL_new(ctx[1]) };
	struct wire wire = { { 0, 0 } };
	struct peer_result result;
	int ok = 1;

	SSL_set_connect_state(ssl[0]);
	SSL_set_accept_state(ssl[1]);
	if (client != NULL)
		SSL_set_verify(ssl[1], SSL_VERIFY_PEER, accept_any);
	SSL_set_msg_callback(ssl[1], on_message);
	SSL_set_msg_callback_arg(ssl[1], &wire);
	handshakes++;
	if (peer_handshake(ssl[0], ssl[1], &result)) {
		unsigned_ones += wire.code[0] == 0 && wire.code[1] == 0;
		if (wire.code[0] != 0 || wire.code[1] != 0)
			ok = is_checked(ssl, &wire, text);
	}
	SSL_free(ssl[0]);
	SSL_free(ssl[1]);
	SSL_CTX_free(ctx[0]);
	SSL_CTX_free(ctx[1]);
	return ok;
}

enum { CHECK_NORMAL = 53, CHECK_SHORT = 1511 };

static void
try_pair(const char *sigalg, const struct kind_of_key *server,
    const struct kind_of_key *client)
{
	static const struct {
		unsigned family;
		int number;
	} versions[] = { { 0, TLS1_2_VERSION }, { 0, TLS1_3_VERSION },
		{ 1, DTLS1_2_VERSION } };
	char text[512], whole[1024];
	size_t i;

	for (i = 0; i < NELEM(versions); i++) {
		if (at++ % step(CHECK_NORMAL, CHECK_SHORT) != 0 ||
		    try_signatures(&families[versions[i].family],
			versions[i].number, sigalg, server, client, text))
			continue;
		snprintf(whole, sizeof(whole), "%s, 0x%x, %s and %s: %s",
		    sigalg, (unsigned)versions[i].number, server->name,
		    client == NULL ? "no client's" : client->name, text);
		if (getenv("TLSPOLICY_SHOW") != NULL)
			printf("# %s\n", whole);
		if (wrong++ == 0)
			strcpy(first, whole);
	}
}

START_TEST(checked)
{
	const char *sigalg = sigalgs[_i];
	size_t i, k;

	wrong = 0;
	for (i = 0; i < NELEM(keys); i++)
		for (k = 0; k <= NELEM(keys); k++)
			if (peer_has(keys[i].key) &&
			    (k == NELEM(keys) || peer_has(keys[k].key)))
				try_pair(sigalg, &keys[i],
				    k == NELEM(keys) ? NULL : &keys[k]);
	ck_assert_msg(wrong == 0, "%u wrong; the first: %s", wrong, first);
}
END_TEST

/* Raw public keys: of what signed no certificate tells. */
START_TEST(raw_keys)
{
	static const struct {
		const char *sigalg;
		enum peer_key key;
	} raw[] = { { "rsa_pss_rsae_sha256", PEER_RSA_2048 },
		{ "rsa_pss_pss_sha512", PEER_PSS_SHA512 },
		{ "ecdsa_secp384r1_sha384", PEER_P_384 },
		{ "ed25519", PEER_ED25519 }, { "mldsa44", PEER_ML_DSA_44 },
		{ "sm2sig_sm3", PEER_SM2 } };
	const int number =
	    _i < (int)NELEM(raw) ? TLS1_3_VERSION : TLS1_2_VERSION;
	const size_t row = (size_t)_i % NELEM(raw);
	const struct kind_of_key key = { raw[row].key, raw[row].sigalg };
	SSL_CTX *ctx, *with;
	struct peer_result result;
	SSL *ssl[2];
	const char *lacks = NULL;
	char text[512] = "no handshake";
	int i, ok;

	ctx = make_end(&families[0], number, list_with("ed448", 0), NULL);
	if (!release_use_raw_keys(ctx))
		lacks = "this OpenSSL has no raw public keys";
	else if (key.key == PEER_SM2 && !peer_set_sigalgs(ctx, raw[row].sigalg))
		lacks = "no SM2 in TLS before OpenSSL 4.0";
	if (lacks != NULL) {
		SSL_CTX_free(ctx);
		SKIP_TEST(lacks);
	}
	with = make_end(&families[0], number, list_with("ed448", 0), &key);
	ck_assert(peer_set_sigalgs(ctx, raw[row].sigalg));
	ck_assert(
	    SSL_CTX_use_PrivateKey(ctx, SSL_CTX_get0_privatekey(with)) == 1);
	for (i = 0; i < 2; i++)
		ssl[i] = SSL_new(ctx);
	SSL_set_connect_state(ssl[0]);
	SSL_set_accept_state(ssl[1]);
	SSL_set_verify(ssl[1], SSL_VERIFY_PEER, accept_any);
	ok = peer_handshake(ssl[0], ssl[1], &result);
	ck_assert(ok || (number == TLS1_2_VERSION && row >= 4));
	for (i = 0; i < 2; i++) {
		ck_assert_msg(!ok ||
			(ask(ssl[i], raw[row].sigalg, NULL, text) &&
			    ask(ssl[i], "ed448:rsa_pss_rsae_sha384",
				"signature was made with", text)),
		    "%s: %s", raw[row].sigalg, text);
		SSL_free(ssl[i]);
	}
	SSL_CTX_free(with);
	SSL_CTX_free(ctx);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("keys");
	TCase *tc = tcase_create("keys");
	int status;

	/* The counts are of one process. */
	if (setenv("CK_FORK", "no", 1) != 0)
		return EXIT_FAILURE;
	(void)alarm(test_tier() == TIER_FULL ? 7200 : 600);
	peer_setup();
	find_sigalgs();
	tcase_add_loop_test(tc, predicted, 0, (int)sigalg_count * FAMILIES);
	tcase_add_loop_test(tc, checked, 1, (int)sigalg_count);
	tcase_add_loop_test(tc, suite_b, 0, 6);
	tcase_add_loop_test(tc, raw_keys, 0, 12);
	suite_add_tcase(suite, tc);
	status = run_suite(suite);
	printf("# %lu predictions, %lu wrong, %lu handshakes; %lu checks, "
	       "%lu without a signature\n",
	    predictions, mistakes, peer_handshakes(), checks, unsigned_ones);
	return status;
}
