/* SPDX-License-Identifier: MIT */
/*
 * What this OpenSSL has, however it was built and configured: without TLS 1.0,
 * with nothing but a FIPS provider.  It is asked by raw calls and by
 * handshakes, and then the library has to say and to do the same.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "peer.h"
#include "release.h"
#include "runner.h"

#define GCM128 "ECDHE-ECDSA-AES128-GCM-SHA256"
#define SUITE  "TLS_AES_128_GCM_SHA256"

static EVP_PKEY *key, *quantum_key; /* the second where there is ML-DSA */
static X509 *certificate, *quantum_certificate;

/* At level 0, without bounds, and with a certificate of each key. */
static SSL_CTX *
open_context(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());

	ck_assert_ptr_nonnull(ctx);
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_clear_options(ctx, SSL_OP_NO_SSL_MASK);
	ck_assert(SSL_CTX_set_min_proto_version(ctx, 0) == 1 &&
	    SSL_CTX_set_max_proto_version(ctx, 0) == 1 &&
	    SSL_CTX_use_certificate(ctx, certificate) == 1 &&
	    SSL_CTX_use_PrivateKey(ctx, key) == 1);
	if (quantum_key != NULL)
		ck_assert(
		    SSL_CTX_use_certificate(ctx, quantum_certificate) == 1 &&
		    SSL_CTX_use_PrivateKey(ctx, quantum_key) == 1);
	return ctx;
}

/* A handshake of that version alone, with a peer that has all there is. */
static int
meets(SSL_CTX *ctx, enum tlspolicy_role role, int version)
{
	SSL_CTX *other = open_context();
	SSL *subject = SSL_new(ctx), *peer;
	struct peer_result result = { 0 };

	(void)SSL_CTX_set_cipher_list(other, "ALL:eNULL:@SECLEVEL=0");
	if (quantum_key != NULL) /* no list of OpenSSL's own has the first */
		ck_assert(peer_set_groups(
		    other, "MLKEM1024:X25519MLKEM768:prime256v1:secp384r1"));
	peer = SSL_new(other);
	ck_assert(subject != NULL && peer != NULL);
	SSL_set_connect_state(role == TLSPOLICY_CLIENT ? subject : peer);
	SSL_set_accept_state(role == TLSPOLICY_CLIENT ? peer : subject);
	/* A build without the version may refuse it. */
	if (SSL_set_min_proto_version(peer, version) == 1 &&
	    SSL_set_max_proto_version(peer, version) == 1)
		(void)peer_handshake(subject, peer, &result);
	SSL_free(subject);
	SSL_free(peer);
	SSL_CTX_free(other);
	ERR_clear_error();
	return result.version == version;
}

static int
can_speak(int version)
{
	SSL_CTX *ctx = open_context();
	const int yes = meets(ctx, TLSPOLICY_CLIENT, version);

	ck_assert_int_eq(meets(ctx, TLSPOLICY_SERVER, version), yes);
	SSL_CTX_free(ctx);
	return yes;
}

START_TEST(meant)
{
	const char *build = getenv("TLSPOLICY_BUILD");

	ck_assert_int_eq(
	    release_is_fips(), build != NULL && strcmp(build, "fips") == 0);
	if (build != NULL && strcmp(build, "no-tls1") == 0)
		ck_assert(
		    !can_speak(TLS1_VERSION) && !can_speak(TLS1_1_VERSION));
	ck_assert(can_speak(TLS1_2_VERSION) && can_speak(TLS1_3_VERSION));
}
END_TEST

/* Versions */

START_TEST(version)
{
	const int number = peer_version((unsigned)_i);
	const char *name = peer_version_name((unsigned)_i);
	const int spoken = can_speak(number);
	SSL_CTX *ctx = open_context();
	char text[64];
	int status;

	ck_assert_msg(tlspolicy_openssl_supports(number) == spoken,
	    "%s is %sspoken", name, spoken ? "" : "not ");
	(void)snprintf(text, sizeof(text), "min=%s,max=%s,level=0", name, name);
	status = tlspolicy_apply_text(ctx, text, TLSPOLICY_OVERRIDE);
	ck_assert_msg(
	    status == (spoken ? TLSPOLICY_OK : TLSPOLICY_E_UNSUPPORTED),
	    "%s: %d", text, status);
	for (unsigned i = 0; i < PEER_VERSIONS; i++)
		ck_assert_msg(meets(ctx, TLSPOLICY_CLIENT, peer_version(i)) ==
			(spoken ? (int)i == _i : can_speak(peer_version(i))),
		    "%s: negotiates %s or not", text, peer_version_name(i));
	ERR_clear_error();
	SSL_CTX_free(ctx);
}
END_TEST

/* Under FIPS this one has TLS 1.0, if OpenSSL was built with it. */
START_TEST(library_context_apart)
{
	SSL_CTX *ctx = release_context_apart();
	struct peer_result result = { 0 };
	SSL *client, *server;

	if (ctx == NULL)
		SKIP_TEST("no library contexts before OpenSSL 3.0");
	/* Anonymous: the key is of the other library context. */
	ck_assert(SSL_CTX_set_cipher_list(ctx, "aNULL:@SECLEVEL=0") == 1);
	SSL_CTX_set_security_level(ctx, 0);
	client = SSL_new(ctx);
	server = SSL_new(ctx);
	ck_assert(client != NULL && server != NULL);
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	if (SSL_set_max_proto_version(client, TLS1_VERSION) == 1)
		(void)peer_handshake(client, server, &result);
	ck_assert_int_eq(tlspolicy_inspect(ctx, TLSPOLICY_CLIENT, TLS1_VERSION),
	    result.version == TLS1_VERSION ? TLSPOLICY_AVAILABLE
					   : TLSPOLICY_NOT_BUILT);
	SSL_free(client);
	SSL_free(server);
	SSL_CTX_free(ctx);
}
END_TEST

/* Items of lists */

enum kind { CIPHERS, SUITES, GROUPS };

static const struct kind_of_list {
	const char *key, *sure; /* an item that is always there */
} kinds[] = {
	[CIPHERS] = { "ciphers", GCM128 },
	[SUITES] = { "ciphersuites", SUITE },
	[GROUPS] = { "groups", "prime256v1" },
};

static const struct item {
	enum kind kind;
	const char *name;
} items[] = {
	{ CIPHERS, "ECDHE-ECDSA-AES256-GCM-SHA384" },
	{ CIPHERS, "ECDHE-ECDSA-CHACHA20-POLY1305" },
	{ CIPHERS, "ECDHE-ECDSA-AES128-SHA" },
	{ CIPHERS, "ECDHE-ECDSA-CAMELLIA128-SHA256" },
	{ CIPHERS, "ECDHE-ECDSA-ARIA128-GCM-SHA256" },
	{ CIPHERS, "DHE-RSA-AES128-GCM-SHA256" },
	{ CIPHERS, "AES128-SHA" },
	{ CIPHERS, "DES-CBC3-SHA" },
	{ SUITES, "TLS_AES_256_GCM_SHA384" },
	{ SUITES, "TLS_CHACHA20_POLY1305_SHA256" },
	{ SUITES, "TLS_AES_128_CCM_SHA256" },
	{ GROUPS, "X25519" },
	{ GROUPS, "X448" },
	{ GROUPS, "secp384r1" },
	{ GROUPS, "secp521r1" },
	{ GROUPS, "brainpoolP256r1" },
	{ GROUPS, "ffdhe2048" },
	{ GROUPS, "X25519MLKEM768" },
	{ GROUPS, "SecP256r1MLKEM768" },
	{ GROUPS, "SecP384r1MLKEM1024" },
	{ GROUPS, "MLKEM1024" },
};

static int
has_cipher(SSL_CTX *ctx, const char *name)
{
	const STACK_OF(SSL_CIPHER) *all = SSL_CTX_get_ciphers(ctx);
	int i = 0;

	while (i < sk_SSL_CIPHER_num(all) &&
	    strcmp(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(all, i)), name) != 0)
		i++;
	return i < sk_SSL_CIPHER_num(all);
}

static int
is_there(const struct item *item)
{
	SSL_CTX *ctx = open_context();
	int yes;

	if (item->kind == GROUPS)
		yes = peer_set_groups(ctx, item->name);
	else if (item->kind == SUITES)
		yes = SSL_CTX_set_ciphersuites(ctx, item->name) == 1 &&
		    has_cipher(ctx, item->name);
	else
		yes = SSL_CTX_set_cipher_list(ctx, item->name) == 1 &&
		    has_cipher(ctx, item->name);
	ERR_clear_error();
	SSL_CTX_free(ctx);
	return yes;
}

static void
assert_item(const struct item *item, const char *optional, int want)
{
	const struct kind_of_list *kind = &kinds[item->kind];
	SSL_CTX *ctx = open_context();
	struct peer_snapshot before, after;
	char text[128], why[PEER_WHY] = "";
	int status;

	(void)snprintf(text, sizeof(text), "%s=%s:%s%s", kind->key, kind->sure,
	    optional, item->name);
	peer_snapshot(ctx, &before, 0);
	status = tlspolicy_apply_text(ctx, text, TLSPOLICY_OVERRIDE);
	ck_assert_msg(status == want, "%s: %d, not %d", text, status, want);
	if (want != TLSPOLICY_OK) {
		ck_assert_ptr_nonnull(
		    strstr(release_last_error().data, item->name));
		peer_snapshot(ctx, &after, 0);
		ck_assert_msg(peer_same(&before, &after, why, sizeof(why)),
		    "%s: changes %s", text, why);
	} else {
		ck_assert(meets(ctx, TLSPOLICY_CLIENT, TLS1_3_VERSION) &&
		    meets(ctx, TLSPOLICY_SERVER, TLS1_3_VERSION));
	}
	ERR_clear_error();
	SSL_CTX_free(ctx);
}

START_TEST(item_of_a_list)
{
	const struct item *item = &items[_i];
	const int there = is_there(item);

	printf("# %s: %s\n", item->name, there ? "yes" : "no");
	assert_item(item, "", there ? TLSPOLICY_OK : TLSPOLICY_E_UNSUPPORTED);
	assert_item(item, "?", TLSPOLICY_OK);
}
END_TEST

/* Profiles */

START_TEST(profile)
{
	const char *name = tlspolicy_profile_name((size_t)_i / 2);
	const enum tlspolicy_role role =
	    _i % 2 == 0 ? TLSPOLICY_CLIENT : TLSPOLICY_SERVER;
	const struct item mlkem = { GROUPS, "MLKEM1024" };
	const int lacks = strncmp(name, "cnsa2", 5) == 0 && !is_there(&mlkem);
	SSL_CTX *ctx = open_context();
	int status = tlspolicy_apply_text(ctx, name, TLSPOLICY_OVERRIDE);
	int done, any = 0;

	if (lacks) {
		ck_assert_int_eq(status, TLSPOLICY_E_UNSUPPORTED);
		ck_assert_ptr_nonnull(
		    strstr(release_last_error().data, "MLKEM1024"));
		ERR_clear_error();
		SSL_CTX_free(ctx);
		return;
	}
	ck_assert_msg(status == TLSPOLICY_OK, "%s: %d, %s", name, status,
	    release_last_error().data);
	for (unsigned i = 0; i < PEER_VERSIONS; i++) {
		done = meets(ctx, role, peer_version(i));
		any |= done;
		status = tlspolicy_inspect(ctx, role, peer_version(i));
		ck_assert_msg((status == TLSPOLICY_AVAILABLE) == done,
		    "%s, %s, role %d: %s, but the handshake %s", name,
		    peer_version_name(i), (int)role,
		    tlspolicy_verdict_name(status),
		    done ? "completes" : "fails");
	}
	ck_assert_msg(any, "%s: nothing completes", name);
	SSL_CTX_free(ctx);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("build");
	TCase *tc = tcase_create("build");

	/* The one curve that all profiles but cnsa2 have. */
	key = peer_generate(EVP_PKEY_EC, NID_secp384r1);
	certificate = peer_certify(key);
	if ((quantum_key = release_generate("ML-DSA-87")) != NULL)
		quantum_certificate = peer_certify(quantum_key);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, meant);
	tcase_add_loop_test(tc, version, 0, PEER_VERSIONS);
	tcase_add_test(tc, library_context_apart);
	tcase_add_loop_test(tc, item_of_a_list, 0, (int)NELEM(items));
	tcase_add_loop_test(tc, profile, 0, 2 * (int)tlspolicy_profile_count());
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
