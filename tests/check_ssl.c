/* SPDX-License-Identifier: MIT */
/*
 * Policies of one connection: tlspolicy_apply_ssl() before a handshake, in
 * callbacks and too late, and tlspolicy_check() after one.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "peer.h"
#include "release.h"
#include "runner.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

#define GCM128  "ECDHE-RSA-AES128-GCM-SHA256"
#define GCM256  "ECDHE-RSA-AES256-GCM-SHA384"
#define BOTH128 "ECDHE-ECDSA-AES128-GCM-SHA256:" GCM128
#define AES128  "TLS_AES_128_GCM_SHA256"
#define AES256  "TLS_AES_256_GCM_SHA384"
#define CHACHA  "TLS_CHACHA20_POLY1305_SHA256"

/* A level in a table, where 0 means 2. */
#define LEVEL(n) ((n) + 1)

#define OVERRIDE TLSPOLICY_OVERRIDE
#define EXACT    TLSPOLICY_FAIL_IF_STRICTER

enum { CLIENT, SERVER };
enum { LIST_SIZE = 2048 };

static const unsigned modes[] = { 0, OVERRIDE, EXACT };

/* Contexts set by raw calls; nothing is what OpenSSL begins with */

struct raw {
	int dtls, min, max, level;
	uint64_t options;
	const char *ciphers, *suites, *groups, *sigalgs;
	enum peer_key key;
};

static SSL_CTX *
make(const struct raw *raw)
{
	SSL_CTX *ctx =
	    peer_context(raw->dtls ? DTLS_method() : TLS_method(), NULL);

	ck_assert_ptr_nonnull(ctx);
	SSL_CTX_set_security_level(ctx, raw->level != 0 ? raw->level - 1 : 2);
	SSL_CTX_set_options(ctx, raw->options);
	SSL_CTX_set_dh_auto(ctx, 1);
	ck_assert(SSL_CTX_set_min_proto_version(ctx, raw->min) == 1);
	ck_assert(SSL_CTX_set_max_proto_version(ctx, raw->max) == 1);
	if (raw->ciphers != NULL)
		ck_assert(SSL_CTX_set_cipher_list(ctx, raw->ciphers) == 1);
	if (raw->suites != NULL)
		ck_assert(SSL_CTX_set_ciphersuites(ctx, raw->suites) == 1);
	if (raw->groups != NULL)
		ck_assert(peer_set_groups(ctx, raw->groups));
	if (raw->sigalgs != NULL)
		ck_assert(peer_set_sigalgs(ctx, raw->sigalgs));
	return ctx;
}

static SSL *
connection(SSL_CTX *ctx, int end)
{
	SSL *ssl = SSL_new(ctx);

	ck_assert_ptr_nonnull(ssl);
	if (end == CLIENT)
		SSL_set_connect_state(ssl);
	else
		SSL_set_accept_state(ssl);
	return ssl;
}

static struct tlspolicy *
parse(const char *text)
{
	struct tlspolicy *policy;

	ck_assert_msg(tlspolicy_parse(&policy, text) == TLSPOLICY_OK,
	    "\"%s\" is no policy", text);
	return policy;
}

static int
apply_ssl(SSL *ssl, const char *text, unsigned flags)
{
	struct tlspolicy *policy = parse(text);
	int status = tlspolicy_apply_ssl(ssl, policy, flags);

	tlspolicy_free(policy);
	return status;
}

static void
apply_ctx(SSL_CTX *ctx, const char *text, unsigned flags)
{
	int status = tlspolicy_apply_text(ctx, text, flags);

	ck_assert_msg(status == TLSPOLICY_OK, "\"%s\" gives %d", text, status);
}

/* Two contexts and a connection of each, by end */

struct pair {
	SSL_CTX *ctx[2];
	SSL *ssl[2];
	struct peer_result got;
};

static void
prepare(struct pair *pair, const struct raw *raw)
{
	memset(pair, 0, sizeof(*pair));
	pair->ctx[CLIENT] = make(raw);
	pair->ctx[SERVER] = make(raw);
	ck_assert(peer_use(pair->ctx[SERVER], raw->key));
}

static int
meet(struct pair *pair)
{
	int end;

	for (end = 0; end < 2; end++) {
		SSL_free(pair->ssl[end]);
		pair->ssl[end] = connection(pair->ctx[end], end);
	}
	return peer_handshake(pair->ssl[CLIENT], pair->ssl[SERVER], &pair->got);
}

static void
release_pair(struct pair *pair)
{
	int end;

	for (end = 0; end < 2; end++) {
		SSL_free(pair->ssl[end]);
		SSL_CTX_free(pair->ctx[end]);
	}
}

/* One byte each way, which in TLS 1.3 brings the session tickets as well. */
static int
talk(const struct pair *pair)
{
	int end, ok = 1;
	char byte;

	for (end = 0; end < 2; end++)
		ok &= SSL_write(pair->ssl[end], "x", 1) == 1 &&
		    SSL_read(pair->ssl[!end], &byte, 1) == 1 && byte == 'x';
	return ok;
}

/* What a client says, as the server of a connection hears it */

struct said {
	unsigned legacy;
	size_t size[4];
	unsigned char bytes[4][LIST_SIZE];
};

static int
listen_in(SSL *ssl, int *alert, void *arg)
{
	static const unsigned types[] = { TLSEXT_TYPE_supported_versions,
		TLSEXT_TYPE_supported_groups,
		TLSEXT_TYPE_signature_algorithms };
	struct said *said = arg;
	const unsigned char *at;
	size_t i;

	(void)alert;
	said->legacy = SSL_client_hello_get0_legacy_version(ssl);
	said->size[3] = SSL_client_hello_get0_ciphers(ssl, &at);
	memcpy(said->bytes[3], at, said->size[3]);
	for (i = 0; i < NELEM(types); i++)
		if (SSL_client_hello_get0_ext(
			ssl, types[i], &at, &said->size[i]) == 1)
			memcpy(said->bytes[i], at, said->size[i]);
	return SSL_CLIENT_HELLO_ERROR;
}

/* Uses the client up. */
static void
hear(SSL *client, struct said *said)
{
	const struct raw open = { .dtls = SSL_is_dtls(client),
		.level = LEVEL(0) };
	SSL_CTX *ctx = make(&open);
	SSL *server = connection(ctx, SERVER);
	struct peer_result result;

	memset(said, 0, sizeof(*said));
	SSL_CTX_set_client_hello_cb(ctx, listen_in, said);
	ck_assert(peer_use_rsa_2048(ctx));
	(void)peer_handshake(client, server, &result);
	SSL_free(server);
	SSL_CTX_free(ctx);
}

/* All that can be read of a connection without a handshake */

struct state {
	long min, max;
	int level;
	uint64_t options;
	char ciphers[LIST_SIZE * 2];
};

static void
read_state(SSL *ssl, struct state *out)
{
	const STACK_OF(SSL_CIPHER) *all = SSL_get_ciphers(ssl);
	size_t len = 0;
	int i;

	memset(out, 0, sizeof(*out));
	out->min = SSL_get_min_proto_version(ssl);
	out->max = SSL_get_max_proto_version(ssl);
	out->level = SSL_get_security_level(ssl);
	out->options = SSL_get_options(ssl);
	for (i = 0; i < sk_SSL_CIPHER_num(all); i++)
		len += (size_t)snprintf(out->ciphers + len,
		    sizeof(out->ciphers) - len,
		    "%s:", SSL_CIPHER_get_name(sk_SSL_CIPHER_value(all, i)));
	ck_assert(len < sizeof(out->ciphers));
}

static void
assert_state(const char *row, const struct state *a, const struct state *b)
{
	ck_assert_msg(a->min == b->min && a->max == b->max &&
		a->level == b->level && a->options == b->options,
	    "%s: min 0x%lx and 0x%lx, max 0x%lx and 0x%lx, level %d and %d, "
	    "options 0x%llx and 0x%llx",
	    row, (unsigned long)a->min, (unsigned long)b->min,
	    (unsigned long)a->max, (unsigned long)b->max, a->level, b->level,
	    (unsigned long long)a->options, (unsigned long long)b->options);
	ck_assert_msg(strcmp(a->ciphers, b->ciphers) == 0,
	    "%s: ciphers were %s and are %s", row, a->ciphers, b->ciphers);
}

/* Before the handshake: the same as on a context */

static const struct raw starts[] = {
	{ 0 },
	{ .min = TLS1_3_VERSION },
	{ .level = LEVEL(0), .groups = "P-384:X25519", .ciphers = "ALL" },
	{ .options = SSL_OP_NO_TLSv1_2, .level = LEVEL(0) },
	{ .max = TLS1_2_VERSION, .ciphers = GCM256 ":AES128-SHA" },
	{ .dtls = 1 },
	{ .dtls = 1, .level = LEVEL(0), .groups = "P-384:X25519" },
};

static const int versions[2][PEER_VERSIONS] = {
	{ TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION },
	{ DTLS1_VERSION, DTLS1_2_VERSION, 0, 0 },
};

struct outcome {
	int status;
	struct peer_result with[PEER_VERSIONS], beside[PEER_VERSIONS];
};

enum way { UNTOUCHED, ON_CONTEXT, ON_CONNECTION };

static void
negotiate(SSL *ssl, int end, int version, struct peer_result *result)
{
	(void)peer_ssl_negotiates(
	    ssl, end == CLIENT ? PEER_CLIENT : PEER_SERVER, version, result);
}

/* What becomes in each version of a connection, and of one beside it. */
static void
try_way(enum way way, const struct raw *raw, const struct tlspolicy *policy,
    unsigned flags, int end, struct outcome *out)
{
	SSL_CTX *ctx = make(raw);
	SSL *ssl, *other;
	int i;

	memset(out, 0, sizeof(*out));
	if (way == ON_CONTEXT)
		out->status = tlspolicy_apply_ctx(ctx, policy, flags);
	for (i = 0; i < PEER_VERSIONS && versions[raw->dtls][i] != 0; i++) {
		ssl = connection(ctx, end);
		other = connection(ctx, end);
		if (way == ON_CONNECTION) {
			out->status = tlspolicy_apply_ssl(ssl, policy, flags);
			negotiate(other, end, versions[raw->dtls][i],
			    &out->beside[i]);
		}
		negotiate(ssl, end, versions[raw->dtls][i], &out->with[i]);
		SSL_free(ssl);
		SSL_free(other);
	}
	SSL_CTX_free(ctx);
	ERR_clear_error();
}

static void
assert_results(const char *row, const struct peer_result *got,
    const struct peer_result *want)
{
	int i;

	for (i = 0; i < PEER_VERSIONS; i++)
		ck_assert_msg(memcmp(&got[i], &want[i], sizeof(got[i])) == 0,
		    "%s: version 0x%x %s group %d (%d), not 0x%x %s group %d "
		    "(%d)",
		    row, (unsigned)got[i].version, got[i].cipher, got[i].group,
		    got[i].reason[0], (unsigned)want[i].version, want[i].cipher,
		    want[i].group, want[i].reason[0]);
}

static const char *const policies[] = { "modern", "intermediate", "compat",
	"legacy", "system", "max=TLSv1.2,ciphers=" GCM256 ":" GCM128,
	"groups=P-384,sigalgs=rsa_pss_rsae_sha256:rsa_pkcs1_sha256" };

static void
compare_ways(const struct raw *raw, const char *text, unsigned flags, int end,
    const struct outcome *plain)
{
	struct tlspolicy *policy = parse(text);
	struct outcome want, got;
	char row[256];

	(void)snprintf(row, sizeof(row), "%s, flags %u, %s", text, flags,
	    end == CLIENT ? "client" : "server");
	try_way(ON_CONTEXT, raw, policy, flags, end, &want);
	try_way(ON_CONNECTION, raw, policy, flags, end, &got);
	ck_assert_msg(got.status == want.status,
	    "%s: status %d on a connection, %d on a context", row, got.status,
	    want.status);
	assert_results(row, got.with, want.with);
	assert_results("another connection", got.beside, plain->with);
	tlspolicy_free(policy);
}

/* Every combination, or an even stride of them. */
START_TEST(before_the_handshake)
{
	static const int strides[] = { 29, 8, 1 };
	const struct raw *raw = &starts[_i];
	size_t i, mode;
	struct outcome plain;
	int end, turn = _i;

	for (end = 0; end < 2; end++) {
		try_way(UNTOUCHED, raw, NULL, 0, end, &plain);
		for (i = 0; i < NELEM(policies); i++)
			for (mode = 0; mode < NELEM(modes); mode++)
				if (turn++ % strides[test_tier()] == 0)
					compare_ways(raw, policies[i],
					    modes[mode], end, &plain);
	}
}
END_TEST

START_TEST(context_stays)
{
	SSL_CTX *ctx = make(&starts[_i]);
	struct peer_snapshot before, after;
	char why[PEER_WHY] = "";
	size_t i, mode;
	SSL *ssl;

	peer_snapshot(ctx, &before, test_tier() != TIER_SHORT);
	for (i = 0; i < NELEM(policies); i++)
		for (mode = 0; mode < NELEM(modes); mode++) {
			ssl = connection(ctx, (int)(i % 2));
			(void)apply_ssl(ssl, policies[i], modes[mode]);
			SSL_free(ssl);
		}
	peer_snapshot(ctx, &after, test_tier() != TIER_SHORT);
	ck_assert_msg(peer_same(&before, &after, why, sizeof(why)), "%s", why);
	SSL_CTX_free(ctx);
}
END_TEST

/* The ClientHello, too, is that of a context's. */
static void
compare_hellos(const struct raw *raw, const char *text, unsigned flags)
{
	static struct said want, got;
	struct tlspolicy *policy = parse(text);
	SSL_CTX *changed = make(raw), *ctx = make(raw);
	int status = tlspolicy_apply_ctx(changed, policy, flags);
	SSL *twin = connection(changed, CLIENT), *ssl = SSL_new(ctx);

	ck_assert_int_eq(tlspolicy_apply_ssl(ssl, policy, flags), status);
	/* Its role is not chosen before that. */
	SSL_set_connect_state(ssl);
	hear(twin, &want);
	hear(ssl, &got);
	ck_assert_msg(memcmp(&want, &got, sizeof(got)) == 0,
	    "%s, flags %u: another ClientHello", text, flags);
	SSL_free(twin);
	SSL_free(ssl);
	SSL_CTX_free(changed);
	SSL_CTX_free(ctx);
	tlspolicy_free(policy);
	ERR_clear_error();
}

START_TEST(same_hello)
{
	static const size_t steps[] = { 6, 2, 1 };
	const size_t step = steps[test_tier()];
	size_t i, mode;

	for (i = (size_t)_i % step; i < NELEM(policies); i += step)
		for (mode = 0; mode < NELEM(modes); mode++)
			compare_hellos(&starts[_i], policies[i], modes[mode]);
}
END_TEST

/* In a client-hello callback */

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
	pair->ctx[CLIENT] = make(client);
	pair->ctx[SERVER] = make(&plain);
	apply_ctx(pair->ctx[SERVER], base, OVERRIDE);
	ck_assert(peer_use_rsa_2048(pair->ctx[SERVER]));
	host->ctx = make(&plain);
	host->policy[0] = parse(text);
	host->policy[1] = parse(text);
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
	(void)meet(&pair);
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
	host.policy[1] = parse(changes[_i]);
	ck_assert(meet(&pair) && host.calls == 2);
	ck_assert_msg(host.status[1] == TLSPOLICY_E_TOO_LATE, "%s: status %d",
	    changes[_i], host.status[1]);
	ck_assert_str_eq(pair.got.cipher, AES256);
	ck_assert_int_eq(pair.got.group, NID_X25519);
	close_host(&pair, &host);
}
END_TEST

/* Too late: in a servername callback, with the hello out, and afterwards */

static const struct late {
	const char *text;
	unsigned flags;
	int want, only_tls;
} lates[] = {
	{ "intermediate", 0, TLSPOLICY_OK, 0 },
	{ "intermediate", OVERRIDE, TLSPOLICY_OK, 0 },
	{ "intermediate", EXACT, TLSPOLICY_OK, 0 },
	{ "system", 0, TLSPOLICY_OK, 0 },
	{ "system", OVERRIDE, TLSPOLICY_OK, 0 },
	{ "min=TLSv1.2", 0, TLSPOLICY_OK, 0 },
	{ "min=TLSv1.2,level=1,renegotiation=off", 0, TLSPOLICY_OK, 0 },
	{ "compat", 0, TLSPOLICY_OK, 0 },
	{ "compat", OVERRIDE, TLSPOLICY_E_TOO_LATE, 0 },
	{ "compat", EXACT, TLSPOLICY_E_STRICTER, 0 },
	{ "modern", 0, TLSPOLICY_E_TOO_LATE, 1 },
	{ "modern", OVERRIDE, TLSPOLICY_E_TOO_LATE, 1 },
	{ "min=TLSv1.3", EXACT, TLSPOLICY_E_TOO_LATE, 1 },
	{ "max=TLSv1.2", 0, TLSPOLICY_E_TOO_LATE, 1 },
	{ "min=TLSv1.1,level=0", OVERRIDE, TLSPOLICY_E_TOO_LATE, 0 },
	{ "level=3", 0, TLSPOLICY_E_TOO_LATE, 0 },
	{ "ciphers=" GCM256, 0, TLSPOLICY_E_TOO_LATE, 0 },
	/* The same, but for their order. */
	{ "intermediate,ciphers=" GCM256 ":" GCM128
	  ":ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:"
	  "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-CHACHA20-POLY1305",
	    0, TLSPOLICY_E_TOO_LATE, 0 },
	{ "ciphersuites=" AES256, 0, TLSPOLICY_E_TOO_LATE, 1 },
	{ "groups=P-384", 0, TLSPOLICY_E_TOO_LATE, 0 },
	{ "sigalgs=rsa_pss_rsae_sha512", 0, TLSPOLICY_E_TOO_LATE, 0 },
	{ "preference=server", 0, TLSPOLICY_E_TOO_LATE, 0 },
	{ "renegotiation=on", OVERRIDE, TLSPOLICY_E_TOO_LATE, 0 },
	{ "min=TLSv1.1", 0, TLSPOLICY_E_STRICTER, 0 },
	{ "max=TLSv1.1", 0, TLSPOLICY_E_CONFLICT, 0 },
	{ "ciphers=NO-SUCH-CIPHER", 0, TLSPOLICY_E_UNSUPPORTED, 0 },
};

/* Where the late call is made; the last two are on both transports. */
enum moment { IN_SERVERNAME, ON_SERVER, ON_CLIENT, HELLO_OUT, MOMENTS };

static const char *const moment_names[MOMENTS] = { "in a servername callback",
	"on an established server", "on an established client",
	"with the ClientHello out" };

struct call {
	const struct late *late;
	int status, made;
};

static void
call_late(struct call *call, SSL *ssl)
{
	struct state before, after;

	read_state(ssl, &before);
	call->status = apply_ssl(ssl, call->late->text, call->late->flags);
	read_state(ssl, &after);
	assert_state(call->late->text, &before, &after);
	ERR_clear_error();
	call->made = 1;
}

static int
on_servername(SSL *ssl, int *alert, void *arg)
{
	(void)alert;
	call_late(arg, ssl);
	return SSL_TLSEXT_ERR_OK;
}

/* Puts the ClientHello into a BIO that nobody reads yet. */
static void
send_hello(SSL *client)
{
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_null());

	BIO_set_mem_eof_return(in, -1);
	SSL_set_bio(client, in, out);
	ck_assert(SSL_get_error(client, SSL_do_handshake(client)) ==
	    SSL_ERROR_WANT_READ);
}

static int
has_groups(const char *text)
{
	struct tlspolicy *policy = parse(text);
	int has = tlspolicy_get_groups(policy) != NULL;

	tlspolicy_free(policy);
	return has;
}

static void
be_late(const struct late *late, enum moment moment, struct pair *pair)
{
	struct call call = { .late = late };
	int (*callback)(SSL *, int *, void *) = on_servername;
	int want = late->want;

	if (moment == HELLO_OUT) {
		pair->ssl[CLIENT] = connection(pair->ctx[CLIENT], CLIENT);
		send_hello(pair->ssl[CLIENT]);
		call_late(&call, pair->ssl[CLIENT]);
		/* What groups are out cannot be known. */
		if (want == TLSPOLICY_OK && has_groups(late->text))
			want = TLSPOLICY_E_TOO_LATE;
	} else {
		if (moment == IN_SERVERNAME) {
			SSL_CTX_set_tlsext_servername_callback(
			    pair->ctx[SERVER], callback);
			SSL_CTX_set_tlsext_servername_arg(
			    pair->ctx[SERVER], &call);
		}
		ck_assert(meet(pair));
		if (moment != IN_SERVERNAME)
			call_late(&call,
			    pair->ssl[moment == ON_SERVER ? SERVER : CLIENT]);
		ck_assert_msg(talk(pair), "%s %s: no use afterwards",
		    late->text, moment_names[moment]);
	}
	ck_assert_msg(call.made && call.status == want,
	    "%s, flags %u, %s: status %d, not %d", late->text, late->flags,
	    moment_names[moment], call.status, want);
}

static const struct raw late_pairs[] = {
	{ .min = TLS1_3_VERSION },
	{ .max = TLS1_2_VERSION },
	{ .dtls = 1 },
};

START_TEST(too_late)
{
	const struct late *late = &lates[_i];
	struct pair pair;
	size_t i;
	int moment;

	for (i = 0; i < NELEM(late_pairs); i++) {
		if (late_pairs[i].dtls && late->only_tls)
			continue;
		for (moment = 0; moment < MOMENTS; moment++) {
			if (test_tier() == TIER_SHORT &&
			    (_i + moment) % 4 != (int)i)
				continue;
			prepare(
			    &pair, &(struct raw){ .dtls = late_pairs[i].dtls });
			apply_ctx(pair.ctx[CLIENT], "intermediate", OVERRIDE);
			apply_ctx(pair.ctx[SERVER], "intermediate", OVERRIDE);
			/* The other end decides which version it becomes. */
			ck_assert(SSL_CTX_set_max_proto_version(
				      pair.ctx[moment == ON_CLIENT ||
						  moment == HELLO_OUT
					      ? SERVER
					      : CLIENT],
				      late_pairs[i].max) == 1);
			be_late(late, (enum moment)moment, &pair);
			release_pair(&pair);
		}
	}
}
END_TEST

/* Lists that were set on the connection alone are found there again. */
START_TEST(own_lists_again)
{
	static const char text[] =
	    "intermediate,ciphers=" GCM256
	    ",groups=P-384,sigalgs=rsa_pss_rsae_sha256:rsa_pkcs1_sha256";
	const struct raw raw = { 0 };
	struct pair pair;
	int end;

	prepare(&pair, &raw);
	for (end = 0; end < 2; end++) {
		pair.ssl[end] = connection(pair.ctx[end], end);
		ck_assert_int_eq(apply_ssl(pair.ssl[end], text, 0), 0);
		ck_assert_int_eq(apply_ssl(pair.ssl[end], text, 0), 0);
	}
	ck_assert(
	    peer_handshake(pair.ssl[CLIENT], pair.ssl[SERVER], &pair.got));
	ck_assert_int_eq(pair.got.group, NID_secp384r1);
	for (end = 0; end < 2; end++) {
		int status = apply_ssl(pair.ssl[end], text, 0);

		ck_assert_msg(status == TLSPOLICY_OK, "%s: again gives %d",
		    end == CLIENT ? "client" : "server", status);
	}
	release_pair(&pair);
}
END_TEST

/*
 * A connection keeps the suites of the context that it was made of, and shows
 * those of the one that it has, until its own ciphers are set: then the former
 * come to light.  What it showed is what it permits.
 */
static const struct moved {
	const char *text;
	unsigned flags;
	int want;
	const char *after; /* all its ciphers */
} moveds[] = {
	{ "ciphers=" BOTH128, 0, TLSPOLICY_OK, AES256 ":" BOTH128 ":" },
	{ "ciphers=" BOTH128, OVERRIDE, TLSPOLICY_OK, AES256 ":" BOTH128 ":" },
	{ "ciphers=" BOTH128, EXACT, TLSPOLICY_OK, AES256 ":" BOTH128 ":" },
	{ "ciphers=" GCM128, 0, TLSPOLICY_OK, AES256 ":" GCM128 ":" },
	{ "ciphers=" GCM128, OVERRIDE, TLSPOLICY_OK, AES256 ":" GCM128 ":" },
	{ "ciphers=" GCM256, 0, TLSPOLICY_E_CONFLICT, NULL },
	{ "ciphers=" GCM128 ":NO-SUCH-CIPHER", OVERRIDE,
	    TLSPOLICY_E_UNSUPPORTED, NULL },
	{ "ciphers=" GCM256 ",ciphersuites=" AES256, 0, TLSPOLICY_E_CONFLICT,
	    NULL },
	{ "ciphers=" GCM256 ":NO-SUCH-CIPHER,ciphersuites=" AES256, OVERRIDE,
	    TLSPOLICY_E_UNSUPPORTED, NULL },
	{ "ciphers=" BOTH128 ",ciphersuites=" AES128, 0, TLSPOLICY_E_CONFLICT,
	    NULL },
	{ "ciphers=" BOTH128 ",ciphersuites=" AES128 ":" AES256, 0,
	    TLSPOLICY_OK, AES256 ":" BOTH128 ":" },
	{ "ciphers=" BOTH128 ",ciphersuites=" AES128 ":" AES256, EXACT,
	    TLSPOLICY_E_STRICTER, NULL },
	{ "ciphers=" GCM256 ",ciphersuites=" AES128 ":" AES256, OVERRIDE,
	    TLSPOLICY_OK, AES128 ":" AES256 ":" GCM256 ":" },
	{ "ciphersuites=" AES128, 0, TLSPOLICY_E_CONFLICT, NULL },
	{ "ciphersuites=" AES256, 0, TLSPOLICY_OK, AES256 ":" BOTH128 ":" },
	{ "intermediate,groups=P-256:nosuchgroup", OVERRIDE,
	    TLSPOLICY_E_UNSUPPORTED, NULL },
};

static void
meet_moved(const struct moved *row, SSL_CTX *peer, SSL *ssl, const char *after)
{
	SSL *client = connection(peer, CLIENT);
	struct peer_result got;

	ck_assert_msg(
	    peer_handshake(client, ssl, &got), "%s: no handshake", row->text);
	ck_assert_msg(strstr(after, got.cipher) != NULL,
	    "%s: %u: negotiates %s", row->text, row->flags, got.cipher);
	SSL_free(client);
}

START_TEST(moved_suites)
{
	const struct moved *row = &moveds[_i];
	const struct raw front = { .suites = AES128 ":" AES256 },
			 host = { .suites = AES256, .ciphers = BOTH128 };
	struct state before, after;
	struct pair pair;
	SSL *ssl;
	int moves;

	for (moves = 0; moves < 2; moves++) {
		prepare(&pair, &front);
		ssl = pair.ssl[SERVER] = connection(pair.ctx[SERVER], SERVER);
		if (moves) {
			SSL_CTX *to = make(&host);

			ck_assert(peer_use(to, PEER_RSA_2048));
			ck_assert_ptr_nonnull(SSL_set_SSL_CTX(ssl, to));
			SSL_CTX_free(to);
		} else {
			ck_assert(SSL_CTX_set_ciphersuites(
				      pair.ctx[SERVER], host.suites) == 1 &&
			    SSL_CTX_set_cipher_list(
				pair.ctx[SERVER], host.ciphers) == 1);
		}
		read_state(ssl, &before);
		ck_assert_str_eq(before.ciphers, AES256 ":" BOTH128 ":");
		ck_assert_msg(
		    apply_ssl(ssl, row->text, row->flags) == row->want,
		    "%s: %u: not %d", row->text, row->flags, row->want);
		read_state(ssl, &after);
		if (row->after == NULL)
			assert_state(row->text, &before, &after);
		else
			ck_assert_msg(strcmp(after.ciphers, row->after) == 0,
			    "%s: %u: has %s", row->text, row->flags,
			    after.ciphers);
		meet_moved(row, pair.ctx[CLIENT], ssl, after.ciphers);
		release_pair(&pair);
	}
}
END_TEST

/* A DTLS connection stays one when it is given a context for TLS. */
START_TEST(datagrams_on_tls)
{
	SSL_CTX *from = peer_context(DTLS_method(), NULL);
	SSL_CTX *to = peer_context(TLS_method(), NULL);
	SSL *ssl = connection(from, SERVER);

	ck_assert_ptr_nonnull(SSL_set_SSL_CTX(ssl, to));
	ck_assert_int_eq(
	    apply_ssl(ssl, "modern", OVERRIDE), TLSPOLICY_E_CONFLICT);
	ck_assert_int_eq(
	    apply_ssl(ssl, "min=TLSv1.2,max=TLSv1.3", 0), TLSPOLICY_OK);
	SSL_set_options(ssl, SSL_OP_NO_DTLSv1 | SSL_OP_NO_DTLSv1_2);
	ck_assert_int_eq(apply_ssl(ssl, "system", 0), TLSPOLICY_E_CONFLICT);
	ck_assert_int_eq(
	    apply_ssl(ssl, "renegotiation=off", 0), TLSPOLICY_E_CONFLICT);
	SSL_free(ssl);
	SSL_CTX_free(from);
	SSL_CTX_free(to);
}
END_TEST

/* The caller's error queue: entries, their data, and marks */

static void
raise_entry(int reason, const char *data)
{
	release_raise(ERR_LIB_USER, reason, NULL);
	ERR_add_error_data(1, data);
}

static void
fill_queue(void)
{
	ERR_clear_error();
	raise_entry(101, "oldest");
	ck_assert(ERR_set_mark() == 1);
	raise_entry(102, "middle");
	ck_assert(ERR_set_mark() == 1 && ERR_set_mark() == 1);
	raise_entry(103, "newest");
}

static void
assert_top(const char *row, int reason, const char *want)
{
	const struct release_entry last = release_last_error();

	ck_assert_msg(
	    ERR_GET_REASON(last.code) == reason && strcmp(last.data, want) == 0,
	    "%s: on the queue is %lx \"%s\", not \"%s\"", row, last.code,
	    last.data, want);
}

/* Empties it as well. */
static void
assert_queue(const char *row)
{
	assert_top(row, 103, "newest");
	ck_assert_msg(ERR_pop_to_mark() == 1, "%s: no mark", row);
	assert_top(row, 102, "middle");
	if (release() >= RELEASE_3_0) { /* which counts an entry's marks */
		ck_assert_msg(
		    ERR_pop_to_mark() == 1, "%s: one mark is gone", row);
		assert_top(row, 102, "middle");
	}
	ck_assert_msg(ERR_pop_to_mark() == 1, "%s: no mark below", row);
	assert_top(row, 101, "oldest");
	ck_assert_msg(ERR_pop_to_mark() == 0, "%s: a mark too many", row);
	ck_assert_msg(ERR_peek_error() == 0, "%s: entries too many", row);
}

/* Failures leave the connection as it was */

static const struct failure {
	const char *text;
	unsigned flags;
	int want;
	struct raw raw;
	int own;      /* only with settings of its own */
	int min, max; /* of a policy without text */
	unsigned disabled;
} failures[] = {
	/* clang-format off */
	{ "max=TLSv1.2,ciphers=" GCM256, 0, .want = TLSPOLICY_E_CONFLICT,
	    .raw = { .min = TLS1_3_VERSION } },
	{ "modern", OVERRIDE, .want = TLSPOLICY_E_CONFLICT,
	    .raw = { .max = TLS1_2_VERSION } },
	{ "ciphersuites=" AES256 ",ciphers=" GCM256, 0,
	    .want = TLSPOLICY_E_CONFLICT, .own = 1 },
	{ "ciphersuites=" AES128 ",ciphers=" GCM256, 0,
	    .want = TLSPOLICY_E_CONFLICT, .own = 1 },
	{ "level=2,min=TLSv1.2,max=TLSv1.2,groups=P-384,ciphers="
	  "ECDHE-ECDSA-AES128-GCM-SHA256,sigalgs=RSA+SHA256",
	    OVERRIDE, .want = TLSPOLICY_E_CONFLICT },
	{ "level=0,max=TLSv1.1,ciphersuites=" AES256 ",ciphers=" GCM256,
	    OVERRIDE, .want = TLSPOLICY_E_CONFLICT },
	{ "groups=?nosuchgroup", OVERRIDE, .want = TLSPOLICY_E_CONFLICT },
	{ "min=TLSv1.3,sigalgs=RSA+SHA256", OVERRIDE,
	    .want = TLSPOLICY_E_CONFLICT },
	{ "ciphersuites=" AES256 ",ciphers=" GCM256 ":NO-SUCH-CIPHER", OVERRIDE,
	    .want = TLSPOLICY_E_UNSUPPORTED },
	{ "ciphersuites=" AES256 ":TLS_NO_SUCH_SUITE", OVERRIDE,
	    .want = TLSPOLICY_E_UNSUPPORTED },
	{ "level=3,groups=P-384:nosuchgroup", OVERRIDE,
	    .want = TLSPOLICY_E_UNSUPPORTED },
	{ "sigalgs=rsa_pss_rsae_sha256:nosuch+SHA256", OVERRIDE,
	    .want = TLSPOLICY_E_UNSUPPORTED },
	/* Every release forbids TLS 1.0 and 1.1 at level 4. */
	{ "legacy", 0, .want = TLSPOLICY_E_STRICTER,
	    .raw = { .level = LEVEL(4) } },
	{ "legacy", EXACT, .want = TLSPOLICY_E_STRICTER },
	{ "intermediate", EXACT, .want = TLSPOLICY_E_STRICTER, .own = 1 },
	{ "min=TLSv1.2,groups=P-384,level=0", EXACT,
	    .want = TLSPOLICY_E_STRICTER },
	{ "intermediate", 0x4, .want = TLSPOLICY_E_INVALID },
	{ "intermediate", ~0u, .want = TLSPOLICY_E_INVALID },
	{ NULL, 0, .want = TLSPOLICY_E_INVALID },
	{ NULL, 0, .want = TLSPOLICY_E_RANGE, .min = TLS1_3_VERSION,
	    .max = TLS1_2_VERSION },
	{ NULL, 0, .want = TLSPOLICY_E_HOLE, .min = TLS1_1_VERSION,
	    .disabled = TLSPOLICY_NO_TLS1_2 },
	{ "modern", OVERRIDE, .want = TLSPOLICY_E_UNSUPPORTED,
	    .raw = { .dtls = 1 } },
	{ "max=TLSv1", OVERRIDE, .want = TLSPOLICY_E_CONFLICT,
	    .raw = { .dtls = 1 } },
	{ "min=TLSv1.1,ciphers=" GCM256, 0, .want = TLSPOLICY_E_STRICTER,
	    .raw = { .dtls = 1, .level = LEVEL(4) } },
	/* clang-format on */
};

/* Settings that the connection's context does not have. */
static void
set_own(SSL *ssl)
{
	char groups[] = "P-384", sigalgs[] = "RSA-PSS+SHA256:RSA+SHA256";

	if (SSL_get_security_level(ssl) == 2)
		SSL_set_security_level(ssl, 1);
	SSL_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TLSv1_1);
	ck_assert(SSL_set_cipher_list(ssl, GCM128 ":AES128-SHA") == 1 &&
	    SSL_set_ciphersuites(ssl, CHACHA ":" AES128) == 1 &&
	    SSL_set1_groups_list(ssl, groups) == 1 &&
	    SSL_set1_sigalgs_list(ssl, sigalgs) == 1);
}

static int
apply_row(const struct failure *f, SSL *ssl)
{
	struct tlspolicy *policy = NULL;
	int status;

	if (f->text != NULL)
		return apply_ssl(ssl, f->text, f->flags);
	if (f->min != 0) {
		policy = tlspolicy_new();
		ck_assert(tlspolicy_set_min_version(policy, f->min) == 0 &&
		    tlspolicy_set_max_version(policy, f->max) == 0 &&
		    tlspolicy_set_disabled(policy, f->disabled) == 0);
	}
	status = tlspolicy_apply_ssl(ssl, policy, f->flags);
	tlspolicy_free(policy);
	return status;
}

/* What it does in a handshake, or a client's ClientHello. */
struct deeds {
	struct said said;
	struct peer_result result;
};

static void
use_up(SSL *ssl, const struct raw *raw, int end, struct deeds *out)
{
	int version = raw->dtls ? DTLS1_2_VERSION : TLS1_2_VERSION;

	if (raw->min != 0)
		version = raw->min;
	memset(out, 0, sizeof(*out));
	if (end == CLIENT)
		hear(ssl, &out->said);
	else
		(void)peer_ssl_negotiates(
		    ssl, PEER_SERVER, version, &out->result);
}

static void
assert_entry(const char *row)
{
	const char *lib = ERR_lib_error_string(ERR_peek_last_error());

	ck_assert_msg(lib != NULL && strcmp(lib, "tlspolicy") == 0,
	    "%s: no entry of the library's on top", row);
	ERR_clear_error();
}

static void
try_failure(const struct failure *f, int end, int own)
{
	static struct deeds before, after;
	const char *row = f->text != NULL ? f->text : "no text";
	struct state was, is;
	SSL_CTX *ctx = make(&f->raw);
	SSL *ssl = connection(ctx, end), *twin = connection(ctx, end);
	int status;

	if (own) {
		set_own(ssl);
		set_own(twin);
	}
	read_state(ssl, &was);
	status = apply_row(f, ssl);
	ck_assert_msg(status == f->want, "%s, flags 0x%x%s: status %d, not %d",
	    row, f->flags, own ? ", own settings" : "", status, f->want);
	assert_entry(row);
	read_state(ssl, &is);
	assert_state(row, &was, &is);
	use_up(twin, &f->raw, end, &before);
	use_up(ssl, &f->raw, end, &after);
	ck_assert_msg(memcmp(&before, &after, sizeof(after)) == 0,
	    "%s, flags 0x%x%s: %s is another one", row, f->flags,
	    own ? ", own settings" : "",
	    end == CLIENT ? "the ClientHello" : "the handshake");
	SSL_free(twin);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}

START_TEST(failure)
{
	const struct failure *f = &failures[_i];
	int end, own;

	for (end = 0; end < 2; end++)
		for (own = f->own; own < 2; own++)
			if (test_tier() != TIER_SHORT || own == end)
				try_failure(f, end, own);
}
END_TEST

START_TEST(null_connection)
{
	ck_assert_int_eq(
	    tlspolicy_apply_ssl(NULL, tlspolicy_profile("modern"), 0),
	    TLSPOLICY_E_INVALID);
	assert_entry("NULL connection");
}
END_TEST

START_TEST(pinned)
{
	SSL_CTX *ctx = peer_context(release_tls1_2(), NULL);
	SSL *ssl = connection(ctx, CLIENT);
	struct state was, is;

	read_state(ssl, &was);
	ck_assert_int_eq(
	    apply_ssl(ssl, "intermediate", OVERRIDE), TLSPOLICY_E_METHOD);
	assert_entry("pinned");
	read_state(ssl, &is);
	assert_state("pinned", &was, &is);
	ck_assert(peer_ssl_negotiates(ssl, PEER_CLIENT, TLS1_2_VERSION, NULL));
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}
END_TEST

/* After a handshake */

/* What check says at both ends; `says` is part of it, NULL: it is OK. */
static void
assert_check_of(
    const char *row, const SSL *ssl, const char *text, const char *says)
{
	struct tlspolicy *policy = parse(text);
	int want = says == NULL ? TLSPOLICY_OK : TLSPOLICY_E_VIOLATION;
	char why[512] = "untouched";
	int status;

	fill_queue();
	status = tlspolicy_check(ssl, policy, why, sizeof(why));
	ck_assert_msg(status == want, "%s: %s: \"%s\" gives %d, not %d: %s",
	    row, SSL_is_server(ssl) ? "server" : "client", text, status, want,
	    why);
	ck_assert_msg(says == NULL ? why[0] == '\0' : strstr(why, says) != NULL,
	    "%s: %s: \"%s\" says \"%s\", not %s", row,
	    SSL_is_server(ssl) ? "server" : "client", text, why,
	    says == NULL ? "nothing" : says);
	ck_assert_int_eq(tlspolicy_check(ssl, policy, NULL, 0), want);
	assert_queue(row);
	tlspolicy_free(policy);
}

static void
assert_check(const char *row, const struct pair *pair, const char *text,
    const char *says)
{
	assert_check_of(row, pair->ssl[CLIENT], text, says);
	assert_check_of(row, pair->ssl[SERVER], text, says);
}

#define TLS12(...) \
	{ \
		.max = TLS1_2_VERSION, __VA_ARGS__ \
	}
#define TLS13(...) \
	{ \
		.min = TLS1_3_VERSION, __VA_ARGS__ \
	}
#define TLS11(...) \
	{ \
		.max = TLS1_1_VERSION, .level = LEVEL(0), __VA_ARGS__ \
	}
#define DTLS12(...) \
	{ \
		.dtls = 1, .min = DTLS1_2_VERSION, __VA_ARGS__ \
	}
#define DTLS10(...) \
	{ \
		.dtls = 1, .max = DTLS1_VERSION, .level = LEVEL(0), \
		__VA_ARGS__ \
	}

static const struct verdict {
	const char *name;
	struct raw raw;
	const char *text, *says;
} verdicts[] = {
	{ "nothing set", TLS13(), "system", NULL },
	{ "all of it", TLS12(), "intermediate", NULL },
	{ "all of it", TLS13(), "modern", NULL },
	{ "all of it", DTLS12(), "intermediate", NULL },
	{ "all of it", TLS11(), "legacy", NULL },
	{ "all of it", DTLS10(), "legacy", NULL },

	{ "version", TLS12(), "min=TLSv1.3", "TLSv1.2" },
	{ "version", TLS12(), "min=TLSv1.2", NULL },
	{ "version", TLS13(), "max=TLSv1.2", "TLSv1.3" },
	{ "version", TLS13(), "disable=TLSv1.3", "TLSv1.3" },
	{ "version", TLS11(), "min=TLSv1.2", "TLSv1.1" },
	{ "version", TLS11(), "disable=TLSv1:TLSv1.1", "TLSv1.1" },
	{ "version", TLS11(), "min=TLSv1.1,max=TLSv1.1", NULL },
	{ "version", DTLS12(), "min=TLSv1.3", "DTLSv1.2" },
	{ "version", DTLS12(), "max=TLSv1.1", "DTLSv1.2" },
	{ "version", DTLS12(), "max=TLSv1", "DTLSv1.2" },
	{ "version", DTLS12(), "min=TLSv1.2,max=TLSv1.2", NULL },
	{ "version", DTLS10(), "min=TLSv1.2", "DTLSv1 " },
	{ "version", DTLS10(), "max=TLSv1.1", NULL },

	{ "cipher", TLS12(.ciphers = GCM128), "ciphers=" GCM256, GCM128 },
	{ "cipher", TLS12(.ciphers = GCM128), "ciphers=?" GCM128, NULL },
	{ "cipher", TLS12(.ciphers = GCM128), "ciphersuites=" AES256, NULL },
	{ "cipher", TLS13(.suites = AES128), "ciphersuites=" AES256, AES128 },
	{ "cipher", TLS13(.suites = AES128), "ciphersuites=" AES128, NULL },
	{ "cipher", TLS13(.suites = AES128), "ciphers=" GCM256, NULL },
	{ "cipher", TLS11(.ciphers = "ECDHE-RSA-AES128-SHA"),
	    "ciphers=ECDHE-RSA-AES256-SHA", "ECDHE-RSA-AES128-SHA" },
	{ "cipher", DTLS12(.ciphers = GCM128), "ciphers=" GCM256, GCM128 },
	{ "cipher", DTLS12(.ciphers = GCM128), "ciphers=" GCM128, NULL },

	{ "group", TLS12(.groups = "P-384"), "groups=X25519:P-256",
	    "secp384r1" },
	{ "group", TLS12(.groups = "P-384"), "groups=P-384", NULL },
	{ "group", TLS12(.groups = "X25519"), "groups=P-256", "X25519" },
	{ "group", TLS12(.groups = "brainpoolP256r1"), "groups=X25519",
	    "brainpoolP256r1" },
	{ "group", TLS13(.groups = "P-521"), "groups=P-384", "secp521r1" },
	{ "group", TLS13(.groups = "X448"), "groups=X25519:P-384", "X448" },
	{ "group", TLS13(.groups = "X448"), "groups=?X448", NULL },
	{ "group", TLS13(.groups = "ffdhe2048"), "groups=X25519", "ffdhe2048" },
	{ "group", TLS13(.groups = "ffdhe2048"), "groups=ffdhe2048", NULL },
	{ "group", TLS11(.groups = "P-256"), "groups=X25519", "prime256v1" },
	{ "group", DTLS12(.groups = "P-384"), "groups=X25519", "secp384r1" },
	{ "group", DTLS10(.groups = "P-384"), "groups=P-384", NULL },

	{ "sigalg", TLS12(.sigalgs = "RSA+SHA256"),
	    "sigalgs=rsa_pss_rsae_sha256", "rsa_pkcs1_sha256" },
	{ "sigalg", TLS12(.sigalgs = "RSA+SHA256"), "sigalgs=RSA+SHA256",
	    NULL },
	{ "sigalg", TLS12(.sigalgs = "RSA+SHA512"), "sigalgs=RSA+SHA384",
	    "rsa_pkcs1_sha512" },
	{ "sigalg", TLS12(.sigalgs = "RSA-PSS+SHA384"),
	    "sigalgs=rsa_pss_rsae_sha256", "rsa_pss_rsae_sha384" },
	{ "sigalg", TLS12(.sigalgs = "RSA-PSS+SHA256"), "sigalgs=RSA+SHA256",
	    "rsa_pss_rsae_sha256" },
	{ "sigalg", TLS12(.sigalgs = "RSA+SHA1", .level = LEVEL(0)),
	    "sigalgs=RSA+SHA256", "rsa_pkcs1_sha1" },
	{ "sigalg", TLS12(.key = PEER_P_256, .sigalgs = "ECDSA+SHA256"),
	    "sigalgs=rsa_pss_rsae_sha256", "ecdsa_secp256r1_sha256" },
	{ "sigalg", TLS12(.key = PEER_P_384, .sigalgs = "ECDSA+SHA256"),
	    "sigalgs=ecdsa_secp256r1_sha256", NULL },
	{ "sigalg",
	    TLS12(.key = PEER_P_256, .sigalgs = "ECDSA+SHA1",
		.level = LEVEL(0)),
	    "sigalgs=ECDSA+SHA256", "ECDSA+SHA1" },
	{ "sigalg",
	    TLS12(.key = PEER_PSS_2048, .sigalgs = "rsa_pss_pss_sha256"),
	    "sigalgs=rsa_pss_rsae_sha256", "rsa_pss_pss_sha256" },
	{ "sigalg",
	    TLS13(.key = PEER_PSS_2048, .sigalgs = "rsa_pss_pss_sha256"),
	    "sigalgs=rsa_pss_pss_sha256", NULL },
	{ "sigalg", TLS13(.sigalgs = "rsa_pss_rsae_sha256"),
	    "sigalgs=rsa_pss_pss_sha256", "rsa_pss_rsae_sha256" },
	{ "sigalg", TLS13(.sigalgs = "rsa_pss_rsae_sha512"),
	    "sigalgs=rsa_pss_rsae_sha256", "rsa_pss_rsae_sha512" },
	{ "sigalg", TLS13(.key = PEER_P_384), "sigalgs=ecdsa_secp256r1_sha256",
	    "ecdsa_secp384r1_sha384" },
	{ "sigalg", TLS13(.key = PEER_P_384), "sigalgs=?ecdsa_secp384r1_sha384",
	    NULL },
	{ "sigalg", TLS13(.key = PEER_ED25519), "sigalgs=ed448", "ed25519" },
	{ "sigalg", TLS13(.key = PEER_ED448), "sigalgs=ed25519", "ed448" },
	{ "sigalg", TLS13(.key = PEER_ED448), "sigalgs=ed448", NULL },
	{ "sigalg", TLS12(.key = PEER_ED25519), "sigalgs=RSA+SHA256",
	    "ed25519" },
	{ "sigalg",
	    TLS12(.key = PEER_DSA_2048, .ciphers = "DHE-DSS-AES128-SHA256",
		.sigalgs = "DSA+SHA256", .level = LEVEL(1)),
	    "sigalgs=RSA+SHA256", "DSA+SHA256" },
	{ "sigalg", DTLS12(.sigalgs = "RSA+SHA256"),
	    "sigalgs=rsa_pss_rsae_sha256", "rsa_pkcs1_sha256" },
	{ "sigalg", DTLS12(.sigalgs = "RSA+SHA256"), "sigalgs=RSA+SHA256",
	    NULL },

	{ "no group and no signature", TLS12(.ciphers = "AES128-GCM-SHA256"),
	    "min=TLSv1.2,groups=X448,sigalgs=ed448,ciphers=AES128-GCM-SHA256",
	    NULL },
	{ "no group and no signature", DTLS12(.ciphers = "AES128-GCM-SHA256"),
	    "groups=X448,sigalgs=ed448", NULL },
	{ "static RSA is a cipher", TLS12(.ciphers = "AES128-GCM-SHA256"),
	    "intermediate", "AES128-GCM-SHA256" },
	{ "DHE has no group", TLS12(.ciphers = "DHE-RSA-AES128-GCM-SHA256"),
	    "groups=X448", NULL },
	{ "nobody signs",
	    TLS12(.ciphers = "AECDH-AES128-SHA:@SECLEVEL=0", .groups = "P-256",
		.level = LEVEL(0)),
	    "sigalgs=ed448,groups=P-256", NULL },
	{ "TLS 1.1 has no signature algorithms", TLS11(), "sigalgs=ed448",
	    NULL },
	{ "DTLS 1.0 has no signature algorithms", DTLS10(), "sigalgs=ed448",
	    NULL },
};

START_TEST(verdict)
{
	const struct verdict *v = &verdicts[_i];
	char row[128];
	struct pair pair;

	if (release() < RELEASE_3_0 && v->raw.groups != NULL &&
	    strncmp(v->raw.groups, "ffdhe", 5) == 0)
		SKIP_TEST("no ffdhe groups before OpenSSL 3.0");
	(void)snprintf(row, sizeof(row), "%s, %s", v->name, v->text);
	prepare(&pair, &v->raw);
	ck_assert_msg(meet(&pair), "%s: no handshake, %d and %d", row,
	    pair.got.reason[0], pair.got.reason[1]);
	assert_check(row, &pair, v->text, v->says);
	release_pair(&pair);
}
END_TEST

/* DHE has parameters, with a secret shared before too: no group of a policy */

static unsigned
put_secret(unsigned char *psk, unsigned size)
{
	ck_assert_uint_ge(size, 16);
	memset(psk, 0x5a, 16);
	return 16;
}

static unsigned
client_secret(SSL *ssl, const char *hint, char *identity, unsigned size,
    unsigned char *psk, unsigned psk_size)
{
	(void)ssl, (void)hint;
	ck_assert_int_lt(snprintf(identity, size, "client"), (int)size);
	return put_secret(psk, psk_size);
}

static unsigned
server_secret(
    SSL *ssl, const char *identity, unsigned char *psk, unsigned psk_size)
{
	(void)ssl, (void)identity;
	return put_secret(psk, psk_size);
}

START_TEST(shared_secret)
{
	const struct raw raw =
	    TLS12(.ciphers = "DHE-PSK-AES128-GCM-SHA256", .groups = "P-384");
	struct pair pair;

	prepare(&pair, &raw);
	SSL_CTX_set_psk_client_callback(pair.ctx[CLIENT], client_secret);
	SSL_CTX_set_psk_server_callback(pair.ctx[SERVER], server_secret);
	ck_assert(meet(&pair));
	assert_check("DHE-PSK", &pair, "groups=X25519", NULL);
	assert_check("DHE-PSK", &pair,
	    "min=1.2,ciphers=DHE-PSK-AES128-GCM-SHA256,groups=X25519", NULL);
	release_pair(&pair);
}
END_TEST

/* Client certificates: each end checks both signatures */

static int
accept_any(int ok, X509_STORE_CTX *store)
{
	(void)ok;
	(void)store;
	return 1;
}

static const struct mutual {
	struct raw raw;
	enum peer_key client;
	const char *server_only, *client_only, *both;
	const char *of_client, *of_server;
} mutuals[] = {
	{ TLS13(), PEER_P_256, "rsa_pss_rsae_sha256", "ecdsa_secp256r1_sha256",
	    "rsa_pss_rsae_sha256:ecdsa_secp256r1_sha256",
	    "ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha256" },
	{ TLS12(.sigalgs = "RSA+SHA256:ECDSA+SHA384"), PEER_P_384, "RSA+SHA256",
	    "ECDSA+SHA384", "RSA+SHA256:ECDSA+SHA384", "ecdsa_secp384r1_sha384",
	    "rsa_pkcs1_sha256" },
	{ TLS12(.sigalgs = "RSA+SHA256:ed25519",
	      .ciphers = "AES128-GCM-SHA256"),
	    PEER_ED25519, "RSA+SHA256", "ed25519", "ed25519", "ed25519", NULL },
	{ DTLS12(.sigalgs = "RSA+SHA256:ECDSA+SHA256"), PEER_P_256,
	    "RSA+SHA256", "ECDSA+SHA256", "RSA+SHA256:ECDSA+SHA256",
	    "ecdsa_secp256r1_sha256", "rsa_pkcs1_sha256" },
};

START_TEST(client_certificate)
{
	const struct mutual *m = &mutuals[_i];
	struct pair pair;
	char text[256];

	prepare(&pair, &m->raw);
	ck_assert(peer_use(pair.ctx[CLIENT], m->client));
	SSL_CTX_set_verify(pair.ctx[SERVER],
	    SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, accept_any);
	ck_assert(meet(&pair));
	(void)snprintf(text, sizeof(text), "sigalgs=%s", m->both);
	assert_check("both permitted", &pair, text, NULL);
	(void)snprintf(text, sizeof(text), "sigalgs=%s", m->server_only);
	assert_check("the server's permitted", &pair, text, m->of_client);
	(void)snprintf(text, sizeof(text), "sigalgs=%s", m->client_only);
	assert_check("the client's permitted", &pair, text, m->of_server);
	release_pair(&pair);
}
END_TEST

/* Sessions that are older than the policy */

/* Makes a session, has the server tighten, and resumes; 1: resumed. */
static int
resume(struct pair *pair, const char *text)
{
	SSL_SESSION *session;
	int end, ok;

	ck_assert(meet(pair) && talk(pair));
	session = SSL_get1_session(pair->ssl[CLIENT]);
	ck_assert_ptr_nonnull(session);
	if (text != NULL)
		apply_ctx(pair->ctx[SERVER], text, 0);
	for (end = 0; end < 2; end++) {
		/* Without it the session would not be used again. */
		SSL_set_shutdown(
		    pair->ssl[end], SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
		SSL_free(pair->ssl[end]);
		pair->ssl[end] = connection(pair->ctx[end], end);
	}
	ck_assert(SSL_set_session(pair->ssl[CLIENT], session) == 1);
	SSL_SESSION_free(session);
	ok = peer_handshake(pair->ssl[CLIENT], pair->ssl[SERVER], &pair->got);
	return ok && SSL_session_reused(pair->ssl[CLIENT]) &&
	    SSL_session_reused(pair->ssl[SERVER]);
}

static const struct old {
	const char *name;
	struct raw raw;
	const char *text, *checked; /* what the server gets; NULL: the same */
	int resumed;
	const char *says;
} olds[] = {
	{ "cipher", TLS12(.ciphers = GCM128 ":" GCM256),
	    "min=TLSv1.2,ciphers=" GCM256, NULL, 1, GCM128 },
	{ "cipher",
	    TLS12(.ciphers = GCM128 ":" GCM256, .options = SSL_OP_NO_TICKET),
	    "min=TLSv1.2,ciphers=" GCM256, NULL, 1, GCM128 },
	{ "cipher", DTLS12(.ciphers = GCM128 ":" GCM256),
	    "min=TLSv1.2,ciphers=" GCM256, NULL, 1, GCM128 },
	{ "cipher", TLS12(), "intermediate", NULL, 1, NULL },
	{ "version", TLS11(), "min=TLSv1.1", "min=TLSv1.2", 1, "TLSv1.1" },
	/* From 3.0 on a session has its group. */
	{ "group", TLS12(.groups = "P-384:X25519"), "groups=X25519", NULL, 1,
	    "secp384r1" },
	{ "signature", TLS12(.sigalgs = "RSA+SHA256:RSA+SHA384"),
	    "sigalgs=RSA+SHA384", NULL, 1, NULL },
	{ "suite", TLS13(.suites = AES128 ":" CHACHA), "ciphersuites=" CHACHA,
	    NULL, 1, NULL },
	{ "suite", TLS13(.suites = AES128 ":" CHACHA), NULL,
	    "ciphersuites=" CHACHA, 1, AES128 },
	{ "suite of another hash", TLS13(.suites = AES128 ":" AES256),
	    "ciphersuites=" AES256, NULL, 0, NULL },
	{ "group", TLS13(.groups = "P-384:X25519"), "groups=X25519", NULL, 1,
	    NULL },
	{ "group", TLS13(.groups = "P-384:X25519"), NULL, "groups=X25519", 1,
	    "secp384r1" },
	{ "signature",
	    TLS13(.sigalgs = "rsa_pss_rsae_sha256:"
			     "rsa_pss_rsae_sha384"),
	    "sigalgs=rsa_pss_rsae_sha384", NULL, 1, NULL },
};

START_TEST(old_session)
{
	const struct old *o = &olds[_i];
	struct pair pair;

	if (release() < RELEASE_3_0 && o->raw.max == TLS1_2_VERSION &&
	    o->raw.groups != NULL)
		SKIP_TEST("no group in a session before OpenSSL 3.0");
	prepare(&pair, &o->raw);
	ck_assert_msg(resume(&pair, o->text) == o->resumed,
	    "%s: resumed or not, against expectation", o->name);
	assert_check(
	    o->name, &pair, o->checked != NULL ? o->checked : o->text, o->says);
	release_pair(&pair);
}
END_TEST

/* A switch in a servername callback comes too late for a floor. */

static int
switch_context(SSL *ssl, int *alert, void *arg)
{
	(void)alert;
	ck_assert(SSL_set_SSL_CTX(ssl, arg) != NULL);
	return SSL_TLSEXT_ERR_OK;
}

START_TEST(servername_switch)
{
	const struct raw plain = { 0 }, old = { .max = TLS1_2_VERSION };
	int (*callback)(SSL *, int *, void *) = switch_context;
	SSL_CTX *host = make(&plain);
	struct pair pair;

	prepare(&pair, &plain);
	SSL_CTX_free(pair.ctx[CLIENT]);
	pair.ctx[CLIENT] = make(&old);
	apply_ctx(host, "modern", 0);
	ck_assert(peer_use_rsa_2048(host));
	SSL_CTX_set_tlsext_servername_callback(pair.ctx[SERVER], callback);
	SSL_CTX_set_tlsext_servername_arg(pair.ctx[SERVER], host);
	ck_assert(meet(&pair));
	ck_assert(SSL_get_SSL_CTX(pair.ssl[SERVER]) == host);
	assert_check("switched", &pair, "modern", "TLSv1.2");
	assert_check("switched", &pair, "system", NULL);
	release_pair(&pair);
	SSL_CTX_free(host);
}
END_TEST

/* Arguments, and room for the answer */

START_TEST(not_yet)
{
	const struct raw raw = { 0 };
	const struct tlspolicy *policy = tlspolicy_profile("modern");
	SSL_CTX *ctx = make(&raw);
	SSL *ssl = connection(ctx, CLIENT);
	char why[256];
	int turn;

	for (turn = 0; turn < 2; turn++) {
		why[0] = '\0';
		fill_queue();
		ck_assert_int_eq(tlspolicy_check(ssl, policy, why, sizeof(why)),
		    TLSPOLICY_E_INVALID);
		ck_assert_msg(why[0] != '\0', "turn %d: no reason", turn);
		ck_assert_int_eq(
		    tlspolicy_check(ssl, policy, NULL, 0), TLSPOLICY_E_INVALID);
		ck_assert_int_eq(
		    tlspolicy_check(NULL, policy, why, 1), TLSPOLICY_E_INVALID);
		ck_assert_int_eq(
		    tlspolicy_check(ssl, NULL, why, 0), TLSPOLICY_E_INVALID);
		assert_queue("not yet");
		if (turn == 0)
			send_hello(ssl);
	}
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(failed_handshake)
{
	const struct raw raw = TLS12();
	struct pair pair;
	char why[256] = "";

	prepare(&pair, &raw);
	ck_assert(SSL_CTX_set_min_proto_version(
		      pair.ctx[SERVER], TLS1_3_VERSION) == 1 &&
	    SSL_CTX_set_max_proto_version(pair.ctx[SERVER], 0) == 1);
	ck_assert(!meet(&pair));
	ck_assert_int_eq(tlspolicy_check(pair.ssl[CLIENT],
			     tlspolicy_profile("system"), why, sizeof(why)),
	    TLSPOLICY_E_INVALID);
	ck_assert(why[0] != '\0');
	release_pair(&pair);
}
END_TEST

START_TEST(room)
{
	const struct raw raw = TLS12();
	const struct tlspolicy *policy = tlspolicy_profile("modern");
	char whole[512], why[sizeof(whole)];
	struct pair pair;
	size_t size, len;

	prepare(&pair, &raw);
	ck_assert(meet(&pair));
	ck_assert_int_eq(
	    tlspolicy_check(pair.ssl[CLIENT], policy, whole, sizeof(whole)),
	    TLSPOLICY_E_VIOLATION);
	len = strlen(whole);
	ck_assert(len > 10 && len < sizeof(whole) - 3);
	for (size = 0; size <= len + 2; size++) {
		memset(why, '#', sizeof(why));
		ck_assert_int_eq(
		    tlspolicy_check(pair.ssl[CLIENT], policy, why, size),
		    TLSPOLICY_E_VIOLATION);
		ck_assert_msg(why[size] == '#', "size %zu is overrun", size);
		ck_assert_msg(size == 0 ||
			(strlen(why) == (size <= len ? size - 1 : len) &&
			    strncmp(why, whole, size - 1) == 0),
		    "size %zu: \"%.20s\"", size, why);
	}
	release_pair(&pair);
}
END_TEST

/* An idle connection does not notice what is looked at elsewhere */

static int
idle_error(const struct pair *pair, int end)
{
	char byte;

	return SSL_get_error(
	    pair->ssl[end], SSL_read(pair->ssl[end], &byte, 1));
}

/* A handshake that fails; its entries are left on the queue. */
static SSL *
fail_elsewhere(void)
{
	const struct raw raw = { 0 };
	SSL_CTX *ctx = make(&raw);
	SSL *ssl = connection(ctx, CLIENT);
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_null());
	int ret;

	ck_assert(BIO_puts(in, "this is no TLS at all\r\n") > 0);
	SSL_set_bio(ssl, in, out);
	ret = SSL_do_handshake(ssl);
	ck_assert(SSL_get_error(ssl, ret) == SSL_ERROR_SSL);
	ck_assert(ERR_peek_error() != 0);
	SSL_CTX_free(ctx);
	return ssl;
}

static const struct raw idles[] = { TLS12(), TLS13(), DTLS12() };

START_TEST(idle)
{
	const struct raw *raw = &idles[_i];
	struct pair quiet, other;
	char buf[1024];
	SSL *failed;
	int end;

	prepare(&quiet, raw);
	prepare(&other, raw);
	ck_assert(meet(&quiet) && talk(&quiet) && meet(&other));
	ERR_clear_error();
	for (end = 0; end < 2; end++)
		ck_assert_int_eq(idle_error(&quiet, end), SSL_ERROR_WANT_READ);
	failed = fail_elsewhere();
	/* This is what an entry does up to 3.5: the test can fail. */
	if (OpenSSL_version_num() < 0x30600000L)
		ck_assert_int_eq(idle_error(&quiet, CLIENT), SSL_ERROR_SSL);
	ck_assert(tlspolicy_explain(failed, buf, sizeof(buf)) > 0);
	ck_assert_msg(ERR_GET_LIB(ERR_peek_error()) == ERR_LIB_SSL,
	    "explain takes the entries away");
	ERR_clear_error(); /* as its caller does */
	for (end = 0; end < 2; end++) {
		ck_assert(tlspolicy_explain(failed, buf, sizeof(buf)) > 0);
		ck_assert_int_eq(
		    tlspolicy_check(other.ssl[end],
			tlspolicy_profile(raw->min != 0 ? "legacy" : "modern"),
			buf, sizeof(buf)),
		    raw->min != 0 ? TLSPOLICY_OK : TLSPOLICY_E_VIOLATION);
		ck_assert(ERR_peek_error() == 0);
		ck_assert_int_eq(idle_error(&quiet, end), SSL_ERROR_WANT_READ);
	}
	fill_queue();
	ck_assert(tlspolicy_explain(failed, buf, sizeof(buf)) > 0);
	assert_check_of("idle", other.ssl[CLIENT], "level=0", NULL);
	ck_assert(talk(&quiet));
	SSL_free(failed);
	release_pair(&other);
	release_pair(&quiet);
}
END_TEST

/* The keys, here once and not in each test's process: no assertions yet. */
static void
make_keys(void)
{
	static const enum peer_key used[] = { PEER_RSA_2048, PEER_PSS_2048,
		PEER_DSA_2048, PEER_P_256, PEER_P_384, PEER_ED25519,
		PEER_ED448 };
	SSL_CTX *ctx[2] = { SSL_CTX_new(TLS_method()),
		SSL_CTX_new(DTLS_method()) };
	size_t i;

	for (i = 0; i < NELEM(used); i++)
		(void)peer_use(ctx[0], used[i]);
	for (i = 0; i < NELEM(ctx); i++) {
		(void)peer_negotiated(ctx[i], PEER_CLIENT);
		SSL_CTX_free(ctx[i]);
	}
}

static void
add(TCase *tcase, const TTest *test, size_t count)
{
	tcase_add_loop_test(tcase, test, 0, (int)count);
}

int
main(void)
{
	Suite *suite = suite_create("ssl");
	TCase *apply = tcase_create("apply"), *check = tcase_create("check");

	peer_setup();
	make_keys();
	tcase_set_timeout(apply, 120);
	tcase_set_timeout(check, 120);
	add(apply, before_the_handshake, NELEM(starts));
	add(apply, context_stays, NELEM(starts));
	add(apply, same_hello, NELEM(starts));
	add(apply, client_hello, NELEM(snis));
	add(apply, second_hello, NELEM(changes));
	add(apply, too_late, NELEM(lates));
	tcase_add_test(apply, own_lists_again);
	add(apply, moved_suites, NELEM(moveds));
	tcase_add_test(apply, datagrams_on_tls);
	add(apply, failure, NELEM(failures));
	tcase_add_test(apply, null_connection);
	if (release_tls1_2() != NULL)
		tcase_add_test(apply, pinned);
	add(check, verdict, NELEM(verdicts));
	tcase_add_test(check, shared_secret);
	add(check, client_certificate, NELEM(mutuals));
	add(check, old_session, NELEM(olds));
	tcase_add_test(check, servername_switch);
	tcase_add_test(check, not_yet);
	tcase_add_test(check, failed_handshake);
	tcase_add_test(check, room);
	add(check, idle, NELEM(idles));
	suite_add_tcase(suite, apply);
	suite_add_tcase(suite, check);
	return run_suite(suite);
}
