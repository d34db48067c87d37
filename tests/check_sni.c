/* SPDX-License-Identifier: MIT */
/*
 * Policies by the name that a client asks for: tlspolicy_apply_ssl() in a
 * client-hello callback, after one hello and after two.
 */
#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>

#include <tlspolicy.h>

#include "connections.h"
#include "peer.h"
#include "release.h"
#include "runner.h"
#include "table.h"
#include "told.h"

struct host {
	SSL_CTX *ctx;
	struct tlspolicy *policy[2]; /* of the first hello and the next */
	unsigned flags;
	int calls, status[2], goes_on;
};

static int
on_hello(SSL *ssl, int *alert, void *arg)
{
	struct host *host = arg;
	int turn = host->calls++ > 0;

	(void)alert;
	ck_assert(SSL_set_SSL_CTX(ssl, host->ctx) != NULL);
	host->status[turn] =
	    tlspolicy_apply_ssl(ssl, host->policy[turn], host->flags);
	ERR_clear_error();
	return host->status[turn] == TLSPOLICY_OK || host->goes_on
	    ? SSL_CLIENT_HELLO_SUCCESS
	    : SSL_CLIENT_HELLO_ERROR;
}

static const struct sni {
	const char *name;
	const char *base, *host;
	unsigned flags; /* of the host on the connection */
	struct raw client;
	int goes_on, want, calls, version;
	const char *cipher;
	int group;
} snis[] = {
	/* clang-format off */
	{ .name = "the host's floor holds", .base = "intermediate",
	    .host = "modern", .client = { .max = TLS1_2_VERSION } },
	{ .name = "and lets the rest in", .base = "intermediate",
	    .host = "modern", .version = TLS1_3_VERSION },
	{ .name = "the host's floor holds with OVERRIDE",
	    .base = "intermediate", .host = "modern", .flags = OVERRIDE,
	    .client = { .max = TLS1_2_VERSION } },
	{ .name = "a laxer host does not lower it", .base = "modern",
	    .host = "compat", .client = { .max = TLS1_2_VERSION } },
	{ .name = "a laxer host keeps what there is", .base = "modern",
	    .host = "compat", .version = TLS1_3_VERSION },
	{ .name = "a laxer host lowers it with OVERRIDE", .base = "modern",
	    .host = "compat", .flags = OVERRIDE,
	    .client = { .max = TLS1_2_VERSION }, .version = TLS1_2_VERSION },
	{ .name = "or refuses to be stricter", .base = "modern",
	    .host = "compat", .flags = EXACT, .want = TLSPOLICY_E_STRICTER },
	{ .name = "legacy is not half granted", .base = "intermediate",
	    .host = "legacy",
	    .client = { .max = TLS1_1_VERSION, .level = LEVEL(0) },
	    .want = TLSPOLICY_E_STRICTER },
	{ .name = "nor when the caller goes on", .base = "intermediate",
	    .host = "legacy",
	    .client = { .max = TLS1_1_VERSION, .level = LEVEL(0) },
	    .goes_on = 1, .want = TLSPOLICY_E_STRICTER },
	{ .name = "legacy with OVERRIDE", .base = "intermediate",
	    .host = "legacy", .flags = OVERRIDE,
	    .client = { .max = TLS1_1_VERSION, .level = LEVEL(0) },
	    .version = TLS1_1_VERSION },
	{ .name = "nothing in common", .base = "modern", .host = "max=TLSv1.2",
	    .want = TLSPOLICY_E_CONFLICT },
	{ .name = "the host's ciphers", .base = "intermediate",
	    .host = "max=TLSv1.2,ciphers=" GCM256,
	    .client = { .ciphers = GCM128 ":" GCM256 },
	    .version = TLS1_2_VERSION, .cipher = GCM256 },
	{ .name = "the host's ciphersuites", .base = "intermediate",
	    .host = "min=TLSv1.3,ciphersuites=" AES256,
	    .client = { .suites = AES128 ":" AES256 },
	    .version = TLS1_3_VERSION, .cipher = AES256 },
	{ .name = "the host's groups", .base = "intermediate",
	    .host = "max=TLSv1.2,groups=P-384",
	    .client = { .groups = "X25519:P-384" }, .version = TLS1_2_VERSION,
	    .group = NID_secp384r1 },
	{ .name = "HelloRetryRequest", .base = "intermediate",
	    .host = "intermediate,groups=X25519:P-256",
	    .client = { .groups = "P-521:X25519" }, .calls = 2,
	    .version = TLS1_3_VERSION, .group = NID_X25519 },
	{ .name = "HelloRetryRequest, OVERRIDE", .base = "intermediate",
	    .host = "compat", .flags = OVERRIDE,
	    .client = { .groups = "P-521:X25519" }, .calls = 2,
	    .version = TLS1_3_VERSION, .group = NID_X25519 },
	{ .name = "HelloRetryRequest, the host has fewer groups",
	    .base = "intermediate",
	    .host = "modern,groups=P-384,ciphersuites=" AES256,
	    .client = { .groups = "X25519:P-384" }, .calls = 2,
	    .version = TLS1_3_VERSION, .cipher = AES256,
	    .group = NID_secp384r1 },
	{ .name = "HelloRetryRequest, signature algorithms",
	    .base = "intermediate",
	    .host = "modern,groups=P-384,sigalgs=rsa_pss_rsae_sha384",
	    .client = { .groups = "X25519:P-384" }, .calls = 2,
	    .version = TLS1_3_VERSION },
	{ .name = "HelloRetryRequest, FAIL_IF_STRICTER",
	    .base = "intermediate", .host = "modern", .flags = EXACT,
	    .client = { .groups = "P-521:X25519" }, .calls = 2,
	    .version = TLS1_3_VERSION },
	{ .name = "HelloRetryRequest, a laxer host", .base = "modern",
	    .host = "compat", .client = { .groups = "P-521:X25519" },
	    .calls = 2, .version = TLS1_3_VERSION },
	{ .name = "DTLS: the host's floor holds",
	    .base = "min=TLSv1.1,level=0", .host = "intermediate",
	    .client = { .dtls = 1, .max = DTLS1_VERSION, .level = LEVEL(0) } },
	{ .name = "DTLS: and lets the rest in", .base = "min=TLSv1.1,level=0",
	    .host = "intermediate", .client = { .dtls = 1 },
	    .version = DTLS1_2_VERSION },
	{ .name = "DTLS: a laxer host does not lower it",
	    .base = "intermediate", .host = "min=TLSv1.1,level=0",
	    .client = { .dtls = 1, .max = DTLS1_VERSION, .level = LEVEL(0) },
	    .want = TLSPOLICY_E_STRICTER },
	{ .name = "DTLS: a laxer host lowers it with OVERRIDE",
	    .base = "intermediate", .host = "min=TLSv1.1,level=0",
	    .flags = OVERRIDE,
	    .client = { .dtls = 1, .max = DTLS1_VERSION, .level = LEVEL(0) },
	    .version = DTLS1_VERSION },
	{ .name = "DTLS: modern", .base = "intermediate", .host = "modern",
	    .client = { .dtls = 1 }, .want = TLSPOLICY_E_UNSUPPORTED },
	/* clang-format on */
};

/* The contexts of a listener and one host; OVERRIDE, for some are laxer. */
static void
open_host(const char *base, const char *text, const struct raw *client,
    struct pair *pair, struct host *host)
{
	const struct raw plain = { .dtls = client->dtls };
	int status;

	memset(pair, 0, sizeof(*pair));
	pair->ctx[CLIENT] = make_raw(client);
	pair->ctx[SERVER] = make_raw(&plain);
	apply_ctx(pair->ctx[SERVER], base, OVERRIDE);
	ck_assert(peer_use_rsa_2048(pair->ctx[SERVER]));
	host->ctx = make_raw(&plain);
	host->policy[0] = parse_policy(text);
	host->policy[1] = parse_policy(text);
	status = tlspolicy_apply_ctx(host->ctx, host->policy[0], OVERRIDE);
	/* DTLS has no modern. */
	ck_assert(status == TLSPOLICY_OK || client->dtls);
	ck_assert(peer_use_rsa_2048(host->ctx));
	SSL_CTX_set_client_hello_cb(pair->ctx[SERVER], on_hello, host);
	SSL_CTX_set_client_hello_cb(host->ctx, on_hello, host);
	ERR_clear_error();
}

static void
close_host(struct pair *pair, struct host *host)
{
	release_pair(pair);
	SSL_CTX_free(host->ctx);
	tlspolicy_free(host->policy[0]);
	tlspolicy_free(host->policy[1]);
}

START_TEST(client_hello)
{
	const struct sni *r = &snis[_i];
	struct host host = { .flags = r->flags, .goes_on = r->goes_on };
	int calls = r->calls != 0 ? r->calls : 1;
	struct pair pair;

	open_host(r->base, r->host, &r->client, &pair, &host);
	(void)meet_pair(&pair);
	ck_assert_msg(host.calls == calls, "%s: called %d times, not %d",
	    r->name, host.calls, calls);
	ck_assert_msg(host.status[0] == r->want && host.status[1] == 0,
	    "%s: status %d and %d, not %d", r->name, host.status[0],
	    host.status[1], r->want);
	ck_assert_msg(pair.got.version == r->version,
	    "%s: version 0x%x, not 0x%x", r->name, (unsigned)pair.got.version,
	    (unsigned)r->version);
	ck_assert_msg(
	    r->cipher == NULL || strcmp(pair.got.cipher, r->cipher) == 0,
	    "%s: cipher %s, not %s", r->name, pair.got.cipher, r->cipher);
	ck_assert_msg(r->group == 0 || pair.got.group == r->group,
	    "%s: group %d, not %d", r->name, pair.got.group, r->group);
	close_host(&pair, &host);
}
END_TEST

/* After a HelloRetryRequest another policy is too late, and harmless. */
static const char *const changes[] = { "modern,level=3", "modern,groups=X448",
	"modern,ciphersuites=TLS_AES_128_GCM_SHA256",
	"modern,sigalgs=rsa_pss_rsae_sha512", "modern,preference=server" };

START_TEST(second_hello)
{
	const struct raw client = { .groups = "P-521:X25519:X448",
		.suites = AES256 ":" AES128 };
	struct host host = { .flags = OVERRIDE, .goes_on = 1 };
	struct pair pair;

	open_host("intermediate", "modern", &client, &pair, &host);
	tlspolicy_free(host.policy[1]);
	host.policy[1] = parse_policy(changes[_i]);
	ck_assert(meet_pair(&pair) && host.calls == 2);
	ck_assert_msg(host.status[1] == TLSPOLICY_E_TOO_LATE, "%s: status %d",
	    changes[_i], host.status[1]);
	ck_assert_str_eq(pair.got.cipher, AES256);
	ck_assert_int_eq(pair.got.group, NID_X25519);
	close_host(&pair, &host);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sni");
	TCase *tc = tcase_create("sni");

	peer_setup();
	make_keys();
	tcase_set_timeout(tc, 120);
	add_rows(tc, client_hello, NELEM(snis));
	add_rows(tc, second_hello, NELEM(changes));
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
