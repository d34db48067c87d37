/* SPDX-License-Identifier: MIT */
/*
 * Groups and a signature algorithm that a provider brings: OpenSSL has them,
 * the library's table has not.  Read off ClientHellos, they are kept, left out
 * and told like all others.
 */
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "peer.h"
#include "provider.h"
#include "release.h"
#include "runner.h"

#define XOR  0xfe42
#define DEAD 0xfe43
#define SIGN 0xfe44

static int has_providers;

static void
load(void)
{
	has_providers = provider_load();
}

static SSL_CTX *
make(const char *groups)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());

	ck_assert_ptr_nonnull(ctx);
	ck_assert(groups == NULL || peer_set_groups(ctx, groups));
	return ctx;
}

static const struct row {
	const char *name, *own, *text;
	unsigned flags;
	int want;
	size_t count;
	uint16_t group[3]; /* afterwards, where it is OK */
} rows[] = {
	{ "both have it", "X25519:xorgroup", "groups=xorgroup:X25519", 0,
	    TLSPOLICY_OK, 2, { XOR, 29 } },
	{ "the context has it not", "X25519:P-256", "groups=xorgroup:X25519", 0,
	    TLSPOLICY_OK, 1, { 29 } },
	{ "the policy has it not", "X25519:xorgroup", "groups=X25519:P-256", 0,
	    TLSPOLICY_OK, 1, { 29 } },
	{ "as the policy says", "P-256", "groups=X25519:xorgroup",
	    TLSPOLICY_OVERRIDE, TLSPOLICY_OK, 2, { 29, XOR } },
	{ "alone", NULL, "min=TLSv1.3,groups=xorgroup", TLSPOLICY_OVERRIDE,
	    TLSPOLICY_OK, 1, { XOR } },
	{ "no less than it", "X25519:P-256", "groups=xorgroup:X25519",
	    TLSPOLICY_FAIL_IF_STRICTER, TLSPOLICY_E_STRICTER, 0, { 0 } },
	{ "TLS 1.2 has none", "X25519:xorgroup", "groups=xorgroup", 0,
	    TLSPOLICY_E_CONFLICT, 0, { 0 } },
	{ "nobody has it", "X25519", "groups=X25519:?nosuchgroup", 0,
	    TLSPOLICY_OK, 1, { 29 } },
	{ "an optional one before one that nobody has", "P-256",
	    "groups=?X25519:?nosuchgroup:P-256", TLSPOLICY_OVERRIDE,
	    TLSPOLICY_OK, 2, { 29, 23 } },
	/* Its number is told all the same: a key is never made. */
	{ "no key of it", "X25519", "groups=X25519:deadgroup", 0, TLSPOLICY_OK,
	    1, { 29 } },
	{ "no key of it, and no question", "X25519", "groups=X25519:deadgroup",
	    TLSPOLICY_OVERRIDE, TLSPOLICY_OK, 2, { 29, DEAD } },
};

static void
assert_groups(const struct row *row, SSL_CTX *ctx)
{
	struct peer_hello hello;
	size_t i;

	memset(&hello, 0, sizeof(hello));
	ck_assert_msg(peer_hello(ctx, &hello), "%s: no ClientHello", row->name);
	ck_assert_msg(hello.groups.count == row->count, "%s: %zu groups",
	    row->name, hello.groups.count);
	for (i = 0; i < row->count; i++)
		ck_assert_msg(hello.groups.code[i] == row->group[i],
		    "%s: group %zu is 0x%x", row->name, i,
		    hello.groups.code[i]);
}

START_TEST(applied)
{
	const struct row *row = &rows[_i];
	struct peer_snapshot before, after;
	char why[PEER_WHY] = "";
	SSL_CTX *ctx;
	int status;

	if (!has_providers)
		SKIP_TEST("no providers before OpenSSL 3.0");
	ctx = make(row->own);
	peer_snapshot(ctx, &before, 0);
	status = tlspolicy_apply_text(ctx, row->text, row->flags);
	ck_assert_msg(status == row->want, "%s: %d, not %d", row->name, status,
	    row->want);
	if (status == TLSPOLICY_OK) {
		assert_groups(row, ctx);
	} else {
		peer_snapshot(ctx, &after, 0);
		ck_assert_msg(peer_same(&before, &after, why, sizeof(why)),
		    "%s: %s", row->name, why);
	}
	SSL_CTX_free(ctx);
}
END_TEST

/* By its name, where the table has none; what it permits is not forgotten. */
START_TEST(told)
{
	struct tlspolicy *permitted, *without;
	SSL_CTX *ctx;

	if (!has_providers)
		SKIP_TEST("no providers before OpenSSL 3.0");
	ctx = make("X25519:xorgroup:P-256");
	ck_assert_int_eq(tlspolicy_from_ctx(&permitted, ctx), TLSPOLICY_OK);
	ck_assert_str_eq(
	    tlspolicy_get_groups(permitted), "X25519:xorgroup:prime256v1");
	ck_assert_int_eq(tlspolicy_audit(ctx, permitted), TLSPOLICY_OK);
	ck_assert_int_eq(
	    tlspolicy_parse(&without, "groups=X25519:P-256"), TLSPOLICY_OK);
	ck_assert_int_eq(tlspolicy_audit(ctx, without), TLSPOLICY_E_VIOLATION);
	ck_assert_int_eq(
	    tlspolicy_inspect(ctx, TLSPOLICY_CLIENT, TLS1_3_VERSION),
	    TLSPOLICY_AVAILABLE);
	tlspolicy_free(without);
	tlspolicy_free(permitted);
	SSL_CTX_free(ctx);
}
END_TEST

/* A peer may have a key for it; an RSA key of a server's own is none. */
static const struct {
	const char *sigalgs;
	enum tlspolicy_role role;
	int want;
} verdicts[] = {
	{ "xorsig", TLSPOLICY_CLIENT, TLSPOLICY_AVAILABLE },
	{ "xorsig", TLSPOLICY_SERVER, TLSPOLICY_NO_SIGALG },
	{ "xorsig:PSS+SHA256", TLSPOLICY_CLIENT, TLSPOLICY_AVAILABLE },
	{ "xorsig:PSS+SHA256", TLSPOLICY_SERVER, TLSPOLICY_AVAILABLE },
};

START_TEST(signs)
{
	struct peer_hello hello;
	SSL_CTX *ctx;
	int verdict;

	if (!has_providers)
		SKIP_TEST("no providers before OpenSSL 3.0");
	ctx = make(NULL);
	if (!peer_set_sigalgs(ctx, verdicts[_i].sigalgs)) {
		SSL_CTX_free(ctx);
		SKIP_TEST("no signature algorithms of providers before 3.2");
	}
	ck_assert(SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1 &&
	    peer_use(ctx, PEER_RSA_2048));
	memset(&hello, 0, sizeof(hello));
	ck_assert(peer_hello(ctx, &hello));
	ck_assert_int_eq(hello.sigalgs.code[0], SIGN);
	verdict = tlspolicy_inspect(ctx, verdicts[_i].role, TLS1_3_VERSION);
	ck_assert_msg(verdict == verdicts[_i].want, "%s as role %d: %d",
	    verdicts[_i].sigalgs, (int)verdicts[_i].role, verdict);
	SSL_CTX_free(ctx);
}
END_TEST

/* A server with a key of the provider's. */

static void
use_key(SSL_CTX *ctx)
{
	SSL_CTX *other = SSL_CTX_new(TLS_method());
	EVP_PKEY *key = release_generate("xorsig"), *issuer;
	X509 *x = X509_new();

	ck_assert(other != NULL && peer_use(other, PEER_P_256));
	issuer = SSL_CTX_get0_privatekey(other);
	ck_assert(issuer != NULL && key != NULL && x != NULL);
	ck_assert(X509_set_version(x, 2) == 1 && /* v3 */
	    ASN1_INTEGER_set(X509_get_serialNumber(x), 1) == 1 &&
	    X509_gmtime_adj(X509_getm_notBefore(x), -3600) != NULL &&
	    X509_gmtime_adj(X509_getm_notAfter(x), 3600) != NULL &&
	    X509_set_pubkey(x, key) == 1 &&
	    X509_sign(x, issuer, EVP_sha256()) > 0);
	ck_assert(SSL_CTX_use_certificate(ctx, x) == 1 &&
	    SSL_CTX_use_PrivateKey(ctx, key) == 1);
	X509_free(x);
	EVP_PKEY_free(key);
	SSL_CTX_free(other);
}

static const struct {
	const char *sigalgs;
	int inspected;
	struct {
		const char *text;
		int want;
	} checked[2];
} keys[] = {
	{ "xorsig", TLSPOLICY_AVAILABLE,
	    { { "sigalgs=xorsig", TLSPOLICY_OK },
		{ "sigalgs=ed25519", TLSPOLICY_E_VIOLATION } } },
	{ "ed25519", TLSPOLICY_NO_SIGALG, { { NULL, 0 } } },
};

static void
assert_checked(const SSL *ssl, const char *text, int want)
{
	struct tlspolicy *policy;
	char why[128];
	int status;

	ck_assert_int_eq(tlspolicy_parse(&policy, text), TLSPOLICY_OK);
	status = tlspolicy_check(ssl, policy, why, sizeof(why));
	ck_assert_msg(status == want, "%s: %d, %s", text, status, why);
	ck_assert_msg(
	    status == TLSPOLICY_OK || strstr(why, "with xorsig,"), "%s", why);
	tlspolicy_free(policy);
}

START_TEST(certified)
{
	struct peer_result result;
	SSL *client, *server;
	SSL_CTX *ctx;
	int done;

	if (!has_providers)
		SKIP_TEST("no providers before OpenSSL 3.0");
	ctx = make(NULL);
	if (!peer_set_sigalgs(ctx, "xorsig")) {
		SSL_CTX_free(ctx);
		SKIP_TEST("no signature algorithms of providers before 3.2");
	}
	use_key(ctx);
	ck_assert(SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1);
	client = SSL_new(ctx);
	ck_assert(peer_set_sigalgs(ctx, keys[_i].sigalgs));
	server = SSL_new(ctx);
	ck_assert(client != NULL && server != NULL);
	ck_assert_int_eq(
	    tlspolicy_inspect(ctx, TLSPOLICY_SERVER, TLS1_3_VERSION),
	    keys[_i].inspected);
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	done = peer_handshake(client, server, &result);
	ck_assert_int_eq(done, keys[_i].inspected == TLSPOLICY_AVAILABLE);
	for (size_t i = 0; done && i < NELEM(keys[_i].checked); i++) {
		assert_checked(
		    client, keys[_i].checked[i].text, keys[_i].checked[i].want);
		assert_checked(
		    server, keys[_i].checked[i].text, keys[_i].checked[i].want);
	}
	SSL_free(client);
	SSL_free(server);
	SSL_CTX_free(ctx);
}
END_TEST

/* Where it is shared, a policy without it is too late once it may be chosen. */

struct late {
	struct tlspolicy *policy;
	int status;
};

static int
on_servername(SSL *ssl, int *alert, void *arg)
{
	struct late *late = arg;

	(void)alert;
	/* A client is called as well. */
	if (!SSL_is_server(ssl))
		return SSL_TLSEXT_ERR_OK;
	late->status = tlspolicy_apply_ssl(ssl, late->policy, 0);
	ERR_clear_error();
	return SSL_TLSEXT_ERR_OK;
}

static const struct {
	const char *text;
	int want;
} lates[] = {
	{ "groups=X25519:xorgroup:P-256", TLSPOLICY_OK },
	{ "groups=X25519:P-256", TLSPOLICY_E_TOO_LATE },
};

START_TEST(too_late)
{
	struct late late = { .status = 1 };
	struct peer_result result;
	SSL *client, *server;
	SSL_CTX *ctx;

	if (!has_providers)
		SKIP_TEST("no providers before OpenSSL 3.0");
	ctx = make("X25519:xorgroup");
	/* What the level kills would be cut off, and that is a change too. */
	ck_assert(SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1);
	client = SSL_new(ctx);
	ck_assert_int_eq(
	    tlspolicy_parse(&late.policy, lates[_i].text), TLSPOLICY_OK);
	ck_assert(peer_use(ctx, PEER_RSA_2048) &&
	    SSL_CTX_set_tlsext_servername_callback(ctx, on_servername) == 1 &&
	    SSL_CTX_set_tlsext_servername_arg(ctx, &late) == 1);
	server = SSL_new(ctx);
	ck_assert(client != NULL && server != NULL);
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	ck_assert(peer_handshake(client, server, &result));
	ck_assert_msg(late.status == lates[_i].want, "%s: %d", lates[_i].text,
	    late.status);
	tlspolicy_free(late.policy);
	SSL_free(client);
	SSL_free(server);
	SSL_CTX_free(ctx);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("provider");
	TCase *tc = tcase_create("provider");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, load, provider_unload);
	tcase_add_loop_test(tc, applied, 0, (int)NELEM(rows));
	tcase_add_test(tc, told);
	tcase_add_loop_test(tc, signs, 0, (int)NELEM(verdicts));
	tcase_add_loop_test(tc, certified, 0, (int)NELEM(keys));
	tcase_add_loop_test(tc, too_late, 0, (int)NELEM(lates));
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
