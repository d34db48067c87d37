/* SPDX-License-Identifier: MIT */
/*
 * tlspolicy_would_accept() in a client-hello callback, beside the handshake of
 * the same client with a context that the policy was applied to: clients x
 * policies x certificates x contexts.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "connections.h"
#include "peer.h"
#include "release.h"
#include "runner.h"
#include "table.h"
#include "told.h"

#define CBC     "ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA"
#define ENCRYPT "AES128-GCM-SHA256:AES128-SHA"
#define ECDSA12 "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"

static const char *const policies[] = { "modern", "intermediate", "compat",
	"compat@2026", "legacy", "system", "cnsa1@2022-04", "nist@2025-09",
	"ncsc-nl@2025-05", "intermediate,level=3", "compat,max=TLSv1.2",
	"max=TLSv1.2,level=0,min=TLSv1", "max=TLSv1.1,level=0,min=TLSv1",
	"groups=P-384", "groups=P-521:X448", "intermediate,groups=X25519",
	"sigalgs=rsa_pkcs1_sha256:rsa_pss_rsae_sha256",
	"sigalgs=ecdsa_secp384r1_sha384:ecdsa_secp256r1_sha256",
	"compat,sigalgs=ed25519:rsa_pss_pss_sha256:ed448",
	"max=TLSv1.2,ciphers=" GCM256 ":AES256-SHA",
	"ciphersuites=" AES128 ",preference=server", "level=4",
	"min=TLSv1.3,sigalgs=rsa_pss_rsae_sha512",
	("max=TLSv1.2,ciphers=" ECDSA12), "ciphers=NO-SUCH-CIPHER" };

/* Certificates, loaded at level 0. */
static const struct store {
	const char *name;
	enum peer_key key[2];
	int count;
} stores[] = {
	{ "RSA-2048", { PEER_RSA_2048 }, 1 },
	{ "RSA-3072", { PEER_RSA_3072 }, 1 },
	{ "RSA-PSS", { PEER_PSS_2048 }, 1 },
	{ "DSA", { PEER_DSA_2048 }, 1 },
	{ "P-256", { PEER_P_256 }, 1 },
	{ "P-384", { PEER_P_384 }, 1 },
	{ "P-521", { PEER_P_521 }, 1 },
	{ "brainpool", { PEER_BRAINPOOL }, 1 },
	{ "secp256k1", { PEER_SECP256K1 }, 1 },
	{ "Ed25519", { PEER_ED25519 }, 1 },
	{ "Ed448", { PEER_ED448 }, 1 },
	{ "RSA-2048 and P-256", { PEER_RSA_2048, PEER_P_256 }, 2 },
	{ "RSA-2048 and P-384", { PEER_RSA_2048, PEER_P_384 }, 2 },
	{ "RSA-3072 and Ed25519", { PEER_RSA_3072, PEER_ED25519 }, 2 },
	{ "DSA and P-521", { PEER_DSA_2048, PEER_P_521 }, 2 },
	{ "P-384 and Ed25519", { PEER_P_384, PEER_ED25519 }, 2 },
};

/* Servers, before the policy. */
static const struct raw bases[] = {
	{ 0 },
	{ .options =
		SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA },
	{ .groups = "P-256:X25519:P-384",
	    .sigalgs = "RSA+SHA256:RSA-PSS+SHA384:ECDSA+SHA256" },
	{ .level = LEVEL(0), .min = TLS1_VERSION, .ciphers = "ALL:!aNULL" },
	{ .dtls = 1 },
	{ .dtls = 1,
	    .level = LEVEL(0),
	    .min = DTLS1_VERSION,
	    .options = SSL_OP_CIPHER_SERVER_PREFERENCE },
};

/* What a client may have besides its versions. */
static const struct raw lists[] = {
	{ 0 },
	{ .ciphers = CBC, .suites = AES128 },
	{ .ciphers = ENCRYPT },
	{ .ciphers = GCM256 ":" CBC, .suites = AES256 },
	{ .ciphers = ECDSA12 ":" CBC },
	{ .ciphers = "ECDHE-RSA-CHACHA20-POLY1305:" GCM128 ":" ENCRYPT,
	    .suites = CHACHA },
	{ .ciphers = "ALL:!aNULL" },
	{ .groups = "X25519" },
	{ .groups = "P-384:X448" },
	{ .groups = "P-521" },
	{ .groups = "X448:P-256" },
	{ .groups = "brainpoolP256r1:X25519" },
	{ .sigalgs = "RSA+SHA256:RSA-PSS+SHA256" },
	{ .sigalgs = "ECDSA+SHA256:ECDSA+SHA384" },
	{ .sigalgs = "ECDSA+SHA512:RSA+SHA512" },
	{ .groups = "X25519",
	    .sigalgs = "ECDSA+SHA256:ECDSA+SHA384:RSA+SHA256" },
	{ .sigalgs = "ed25519:ed448:rsa_pss_pss_sha256" },
	{ .sigalgs = "RSA+SHA1:DSA+SHA1:ECDSA+SHA1:DSA+SHA256" },
	{ .sigalgs = "RSA-PSS+SHA512:RSA-PSS+SHA384", .groups = "P-256" },
	{ .sigalgs = "RSA-PSS+SHA256:ECDSA+SHA256:RSA+SHA256",
	    .ciphers = GCM128 ":" ECDSA12 },
	{ .ciphers = ENCRYPT ":" CBC,
	    .groups = "P-384",
	    .sigalgs = "RSA+SHA384:ECDSA+SHA384" },
};

/* On DTLS as their equals. */
static const struct raw ranges[] = {
	{ .level = LEVEL(1) },
	{ .max = TLS1_2_VERSION, .level = LEVEL(1) },
	{ .min = TLS1_3_VERSION, .level = LEVEL(0) },
	{ .min = TLS1_VERSION, .max = TLS1_1_VERSION, .level = LEVEL(0) },
	{ .min = TLS1_VERSION, .level = LEVEL(0) },
};

enum { CLIENTS = NELEM(lists) * NELEM(ranges) };

static SSL_CTX *
make_client(int i, int dtls)
{
	static const int datagram[][2] = { { 0, 0 }, { 0, DTLS1_2_VERSION },
		{ DTLS1_2_VERSION, 0 }, { DTLS1_VERSION, DTLS1_VERSION },
		{ DTLS1_VERSION, 0 } };
	const int range = i % (int)NELEM(ranges);
	struct raw raw = lists[i / (int)NELEM(ranges)];

	raw.dtls = dtls;
	raw.level = ranges[range].level;
	raw.min = dtls ? datagram[range][0] : ranges[range].min;
	raw.max = dtls ? datagram[range][1] : ranges[range].max;
	return make_raw(&raw);
}

static SSL_CTX *
make_server(const struct raw *raw, const struct store *store)
{
	SSL_CTX *ctx = make_raw(raw);
	int level = SSL_CTX_get_security_level(ctx);

	SSL_CTX_set_dh_auto(ctx, 0); /* which nobody can see */
	SSL_CTX_set_security_level(ctx, 0);
	for (int i = 0; i < store->count; i++)
		ck_assert(peer_use(ctx, store->key[i]));
	SSL_CTX_set_security_level(ctx, level);
	ERR_clear_error();
	return ctx;
}

/* What was foretold to one client. */
struct told {
	int status[NELEM(policies)];
	char why[NELEM(policies)][256];
};

struct visit {
	struct tlspolicy *const *policy;
	struct told *told;
};

static int
on_hello(SSL *ssl, int *alert, void *arg)
{
	const struct visit *visit = arg;

	(void)alert;
	for (size_t i = 0; i < NELEM(policies); i++)
		visit->told->status[i] =
		    tlspolicy_would_accept(ssl, visit->policy[i],
			visit->told->why[i], sizeof(visit->told->why[i]));
	return SSL_CLIENT_HELLO_ERROR;
}

static void
ask(SSL_CTX *ctx, SSL_CTX *of_client, const struct visit *visit)
{
	SSL *server = new_connection(ctx, SERVER);
	SSL *client = new_connection(of_client, CLIENT);
	struct peer_result got;

	memset(visit->told, 1, sizeof(*visit->told));
	SSL_CTX_set_client_hello_cb(ctx, on_hello, (void *)(uintptr_t)visit);
	(void)peer_handshake(server, client, &got);
	SSL_free(server);
	SSL_free(client);
}

/* Whether the server went along, whatever the client made of that. */
static int
serves(SSL_CTX *ctx, SSL_CTX *of_client)
{
	SSL *server = new_connection(ctx, SERVER);
	SSL *client = new_connection(of_client, CLIENT);
	struct peer_result got;
	int ok = peer_handshake(server, client, &got);

	SSL_free(server);
	SSL_free(client);
	/* A client's alert that refuses a version is in another one. */
	return ok || got.reason[0] == 0 ||
	    got.reason[0] >= SSL_AD_REASON_OFFSET ||
	    got.reason[0] == SSL_R_WRONG_VERSION_NUMBER;
}

static unsigned long cells, refused;

static void
compare(const struct raw *base, const struct store *store, int policy,
    SSL_CTX *const *clients, const struct told *told, int first, int step)
{
	SSL_CTX *ctx = make_server(base, store);
	int status =
	    tlspolicy_apply_text(ctx, policies[policy], TLSPOLICY_OVERRIDE);

	ERR_clear_error();
	for (int i = first; i < CLIENTS; i += step) {
		const int got = told[i].status[policy];
		const char *why = told[i].why[policy];
		int want = status;

		if (got == 0x01010101) /* a client that made no hello */
			continue;
		if (want == TLSPOLICY_OK && !serves(ctx, clients[i]))
			want = TLSPOLICY_E_VIOLATION;
		ck_assert_msg(got == want,
		    "context %d, %s, %s, client %d: %d (%s), not %d",
		    (int)(base - bases), store->name, policies[policy], i, got,
		    why, want);
		ck_assert_msg((got == TLSPOLICY_OK) == (why[0] == '\0'),
		    "%s: %d says \"%s\"", policies[policy], got, why);
		cells++;
		refused += got == TLSPOLICY_E_VIOLATION;
	}
	SSL_CTX_free(ctx);
}

enum {
	DATAGRAMS = 4 * NELEM(stores), /* where they begin */
	ROWS = NELEM(bases) * NELEM(stores)
};

/* A test for each store and context. */
START_TEST(foretold)
{
	const struct store *store = &stores[_i % (int)NELEM(stores)];
	const struct raw *base = &bases[_i / (int)NELEM(stores)];
	const int step = test_tier() == TIER_FULL ? 1
	    : test_tier() == TIER_NORMAL          ? 59
						  : 89;
	const int first = _i * 7 % step;
	static struct told told[CLIENTS];
	SSL_CTX *ctx = make_server(base, store), *clients[CLIENTS];
	struct tlspolicy *parsed[NELEM(policies)];

	for (size_t i = 0; i < NELEM(policies); i++)
		parsed[i] = parse_policy(policies[i]);
	for (int i = first; i < CLIENTS; i += step) {
		const struct visit visit = { parsed, &told[i] };

		clients[i] = make_client(i, base->dtls);
		ask(ctx, clients[i], &visit);
	}
	for (int i = 0; i < (int)NELEM(policies); i++)
		compare(base, store, i, clients, told, first, step);
	for (int i = first; i < CLIENTS; i += step)
		SSL_CTX_free(clients[i]);
	for (size_t i = 0; i < NELEM(policies); i++)
		tlspolicy_free(parsed[i]);
	SSL_CTX_free(ctx);
	printf("# %lu cells, %lu refused\n", cells, refused);
	ck_assert(cells > 0 || test_tier() == TIER_SHORT);
}
END_TEST

/* Hellos by hand: what no client of OpenSSL says */

/* Code points in hexadecimal; NULL: no extension. */
static const struct handmade {
	const char *name;
	unsigned legacy;
	const char *ciphers, *versions, *groups, *sigalgs;
	int share; /* for X25519; -1: a list without one, and then with one */
	int ssl2;  /* as SSL 2.0 had it, with neither extensions nor session */
} handmades[] = {
#define OLD "c02f c02b c013 c009 009c 002f"
#define NEW "1301 1302 1303"
#define ALL "0403 0503 0603 0807 0804 0805 0806 0401 0501 0601 0203 0201"
	{ "no extensions", 0x0303, .ciphers = OLD },
	{ "no extensions, RSA alone", 0x0303, .ciphers = "009c 002f" },
	{ "TLS 1.0", 0x0301, .ciphers = OLD, .groups = "001d 0017" },
	{ "SSL 3.0", 0x0300, .ciphers = "002f 000a" },
	{ "no version", 0, .ciphers = OLD, .groups = "001d 0017" },
	{ "QUIC's version", 0x0001, .ciphers = OLD, .groups = "001d 0017" },
	{ "DTLS 1.0", 0xfeff, .ciphers = OLD, .groups = "001d 0017",
	    .sigalgs = ALL },
	{ "a version to come", 0x0305, .ciphers = OLD, .groups = "001d 0017",
	    .sigalgs = ALL },
	{ "no groups", 0x0303, .ciphers = OLD, .sigalgs = ALL },
	{ "no sigalgs", 0x0303, .ciphers = OLD, .groups = "001d 0017" },
	{ "unknown groups", 0x0303, .ciphers = OLD, .groups = "1234 5678",
	    .sigalgs = ALL },
	{ "unknown sigalgs", 0x0303, .ciphers = OLD, .groups = "001d 0017",
	    .sigalgs = "1234 5678" },
	{ "SHA-1 alone", 0x0303, .ciphers = OLD, .groups = "001d 0017",
	    .sigalgs = "0203 0201 0202" },
	{ "fallback to 1.2", 0x0303, .ciphers = OLD " 5600",
	    .groups = "001d 0017", .sigalgs = ALL },
	{ "fallback to 1.1", 0x0302, .ciphers = OLD " 5600",
	    .groups = "001d 0017", .sigalgs = ALL },
	{ "fallback and 1.3", 0x0303, .ciphers = NEW " " OLD " 5600",
	    .versions = "0304 0303", .groups = "001d 0017", .sigalgs = ALL,
	    .share = 1 },
	{ "1.3", 0x0303, .ciphers = NEW, .versions = "0304",
	    .groups = "001d 0017", .sigalgs = ALL, .share = 1 },
	{ "1.3 and 1.2", 0x0303, .ciphers = NEW " " OLD,
	    .versions = "0304 0303", .groups = "001d 0017", .sigalgs = ALL,
	    .share = 1 },
	{ "1.3, ciphers of 1.2", 0x0303, .ciphers = OLD,
	    .versions = "0304 0303", .groups = "001d 0017", .sigalgs = ALL,
	    .share = 1 },
	{ "1.3 without groups", 0x0303, .ciphers = NEW, .versions = "0304",
	    .sigalgs = ALL, .share = 1 },
	{ "1.3 without sigalgs", 0x0303, .ciphers = NEW, .versions = "0304",
	    .groups = "001d 0017", .share = 1 },
	{ "1.3 without key shares", 0x0303, .ciphers = NEW, .versions = "0304",
	    .groups = "001d 0017", .sigalgs = ALL },
	{ "1.3 with none for now", 0x0303, .ciphers = NEW, .versions = "0304",
	    .groups = "001d", .sigalgs = ALL, .share = -1 },
	{ "1.3 with sigalgs of 1.2", 0x0303, .ciphers = NEW, .versions = "0304",
	    .groups = "001d 0017", .sigalgs = "0401 0501 0601", .share = 1 },
	{ "drafts of 1.3", 0x0303, .ciphers = NEW " " OLD,
	    .versions = "7f1c 7f17 0303", .groups = "001d 0017", .sigalgs = ALL,
	    .share = 1 },
	{ "1.2 by extension", 0x0301, .ciphers = OLD, .versions = "0303",
	    .groups = "001d 0017", .sigalgs = ALL },
	{ "GREASE", 0x0303, .ciphers = "0a0a " NEW " " OLD,
	    .versions = "1a1a 0304 0303", .groups = "2a2a 001d 0017",
	    .sigalgs = "3a3a " ALL, .share = 1 },
	{ "GREASE alone", 0x0303, .ciphers = "0a0a", .versions = "1a1a",
	    .groups = "2a2a", .sigalgs = "3a3a" },
	{ "GREASE for versions", 0x0303, .ciphers = NEW " " OLD,
	    .versions = "1a1a", .groups = "001d 0017", .sigalgs = ALL,
	    .share = 1 },
	{ "as of SSL 2.0", 0x0303, .ciphers = OLD, .ssl2 = 1 },
	{ "as of SSL 2.0, TLS 1.0", 0x0301, .ciphers = OLD " 5600", .ssl2 = 1 },
};

struct bytes {
	unsigned char at[1024];
	size_t len;
};

static void
put(struct bytes *to, size_t size, size_t value)
{
	while (size-- > 0)
		to->at[to->len++] = (unsigned char)(value >> 8 * size);
}

/* A length of `size` bytes, where it is now known what came after it. */
static void
close_at(struct bytes *to, size_t begin, size_t size)
{
	struct bytes length = { .len = 0 };

	put(&length, size, to->len - begin - size);
	memcpy(to->at + begin, length.at, size);
}

static size_t
open_at(struct bytes *to, size_t size)
{
	put(to, size, 0);
	return to->len - size;
}

/* Each behind a zero, where they are of three bytes. */
static void
put_codes(struct bytes *to, const char *codes, size_t width)
{
	char *end;

	for (; *codes != '\0'; codes = end)
		put(to, width, strtoul(codes, &end, 16));
}

static void
put_extension(struct bytes *to, unsigned type, const char *codes, size_t prefix)
{
	size_t whole, list;

	if (codes == NULL)
		return;
	put(to, 2, type);
	whole = open_at(to, 2);
	list = open_at(to, prefix);
	put_codes(to, codes, 2);
	close_at(to, list, prefix);
	close_at(to, whole, 2);
}

static void
put_extensions(struct bytes *to, const struct handmade *row)
{
	const size_t share = row->share > 0 ? 2 + 2 + 32 : 0;
	size_t all = open_at(to, 2);

	put_extension(to, TLSEXT_TYPE_supported_versions, row->versions, 1);
	put_extension(to, TLSEXT_TYPE_supported_groups, row->groups, 2);
	put_extension(to, TLSEXT_TYPE_signature_algorithms, row->sigalgs, 2);
	if (row->share != 0) {
		put(to, 2, TLSEXT_TYPE_key_share);
		put(to, 2, 2 + share);
		put(to, 2, share);
	}
	if (row->share > 0) {
		put(to, 2, 0x001d);
		put(to, 2, 32);
		for (size_t i = 0; i < 32; i++)
			put(to, 1, 9);
	}
	close_at(to, all, 2);
	if (to->len == all + 2)
		to->len = all;
}

static void
make_hello(const struct handmade *row, struct bytes *to)
{
	size_t record, body, list;

	put(to, row->ssl2 ? 0 : 3, 0x160301);
	record = open_at(to, 2);
	put(to, 1, SSL3_MT_CLIENT_HELLO);
	body = row->ssl2 ? 0 : open_at(to, 3);
	put(to, 2, row->legacy);
	if (row->ssl2) {
		put(to, 2, (strlen(row->ciphers) + 1) / 5 * 3);
		put(to, 2, 0);
		put(to, 2, 32);
		put_codes(to, row->ciphers, 3);
	}
	for (size_t i = 0; i < 32; i++)
		put(to, 1, i);
	if (!row->ssl2) {
		put(to, 1, 0);
		list = open_at(to, 2);
		put_codes(to, row->ciphers, 2);
		close_at(to, list, 2);
		put(to, 2, 0x0100);
		put_extensions(to, row);
		close_at(to, body, 3);
	}
	close_at(to, record, 2);
	if (row->ssl2)
		to->at[0] |= 0x80;
}

/* Whether the server waits for more after such a hello. */
static int
takes(SSL_CTX *ctx, const struct bytes *hello)
{
	SSL *server = new_connection(ctx, SERVER);
	BIO *in = BIO_new_mem_buf(hello->at, (int)hello->len);
	int status;

	BIO_set_mem_eof_return(in, -1);
	SSL_set_bio(server, in, BIO_new(BIO_s_mem()));
	status = SSL_get_error(server, SSL_do_handshake(server));
	SSL_free(server);
	ERR_clear_error();
	return status == SSL_ERROR_WANT_READ;
}

/* A test for each of some certificates, on two contexts. */
static const int handmade_stores[] = { 0, 4, 9, 11 };

START_TEST(by_hand)
{
	const struct store *store = &stores[handmade_stores[_i / 2]];
	const struct raw *base = &bases[_i % 2 ? 3 : 0];
	SSL_CTX *ctx = make_server(base, store), *with[NELEM(policies)];
	struct tlspolicy *parsed[NELEM(policies)];
	static struct told told;
	const struct visit visit = { parsed, &told };
	int status[NELEM(policies)];
	struct bytes hello;

	SSL_CTX_set_client_hello_cb(ctx, on_hello, (void *)(uintptr_t)&visit);
	for (size_t i = 0; i < NELEM(policies); i++) {
		parsed[i] = parse_policy(policies[i]);
		with[i] = make_server(base, store);
		status[i] =
		    tlspolicy_apply_ctx(with[i], parsed[i], TLSPOLICY_OVERRIDE);
	}
	for (size_t j = 0; j < NELEM(handmades); j++) {
		struct handmade row = handmades[j];

		hello.len = 0;
		make_hello(&row, &hello);
		/* What answers a HelloRetryRequest. */
		if (row.share < 0) {
			row.share = 1;
			make_hello(&row, &hello);
		}
		memset(&told, 1, sizeof(told));
		(void)takes(ctx, &hello);
		for (size_t i = 0; i < NELEM(policies); i++) {
			int want = status[i];

			if (told.status[i] == 0x01010101)
				break; /* nothing that OpenSSL takes for one */
			if (want == TLSPOLICY_OK && !takes(with[i], &hello))
				want = TLSPOLICY_E_VIOLATION;
			ck_assert_msg(told.status[i] == want,
			    "%s, %s, %s: %d (%s), not %d", store->name,
			    policies[i], handmades[j].name, told.status[i],
			    told.why[i], want);
			cells++;
		}
		ck_assert_msg(told.status[0] != 0x01010101 ||
			handmades[j].ssl2 || handmades[j].legacy == 0x0300,
		    "%s: never asked", handmades[j].name);
	}
	printf("# %lu cells by hand\n", cells);
	for (size_t i = 0; i < NELEM(policies); i++) {
		SSL_CTX_free(with[i]);
		tlspolicy_free(parsed[i]);
	}
	SSL_CTX_free(ctx);
}
END_TEST

/* Nothing changes: the connection, the error queue, errno. */

static int
on_quiet(SSL *ssl, int *alert, void *arg)
{
	int *calls = arg;
	struct tlspolicy *modern = parse_policy("modern");
	struct tlspolicy *wrong = parse_policy("ciphers=NO-SUCH-CIPHER");
	struct state before, after;
	char why[200];

	(void)alert;
	(*calls)++;
	read_state(ssl, &before);
	fill_queue();
	errno = 4711;
	ck_assert_int_eq(tlspolicy_would_accept(ssl, modern, why, sizeof(why)),
	    TLSPOLICY_OK);
	ck_assert_str_eq(why, "");
	ck_assert_int_eq(tlspolicy_would_accept(ssl, wrong, why, sizeof(why)),
	    TLSPOLICY_E_UNSUPPORTED);
	ck_assert_msg(strstr(why, "NO-SUCH-CIPHER") != NULL, "%s", why);
	ck_assert_int_eq(tlspolicy_would_accept(ssl, wrong, NULL, 0),
	    TLSPOLICY_E_UNSUPPORTED);
	ck_assert_int_eq(tlspolicy_would_accept(ssl, NULL, why, sizeof(why)),
	    TLSPOLICY_E_INVALID);
	ck_assert_int_eq(tlspolicy_would_accept(NULL, modern, why, sizeof(why)),
	    TLSPOLICY_E_INVALID);
	ck_assert_int_eq(errno, 4711);
	assert_queue("would_accept");
	read_state(ssl, &after);
	assert_state("would_accept", &before, &after);
	tlspolicy_free(modern);
	tlspolicy_free(wrong);
	return SSL_CLIENT_HELLO_SUCCESS;
}

/* Elsewhere it is E_INVALID. */
static int
on_servername(SSL *ssl, int *alert, void *arg)
{
	struct tlspolicy *modern = parse_policy("modern");
	char why[200];

	(void)alert;
	(void)arg;
	fill_queue();
	ck_assert_int_eq(tlspolicy_would_accept(ssl, modern, why, sizeof(why)),
	    TLSPOLICY_E_INVALID);
	ck_assert(why[0] != '\0');
	assert_queue("in a servername callback");
	tlspolicy_free(modern);
	return SSL_TLSEXT_ERR_OK;
}

/* With one hello, and with two. */
START_TEST(quiet)
{
	const struct raw one = { 0 },
			 two = { .groups = _i ? "P-521:X25519" : NULL };
	int (*callback)(SSL *, int *, void *) = on_servername;
	struct tlspolicy *modern = parse_policy("modern");
	struct pair pair;
	int calls = 0;

	prepare_pair(&pair, &one);
	if (_i)
		ck_assert(peer_set_groups(pair.ctx[SERVER], "X25519"));
	SSL_CTX_free(pair.ctx[CLIENT]);
	pair.ctx[CLIENT] = make_raw(&two);
	SSL_CTX_set_client_hello_cb(pair.ctx[SERVER], on_quiet, &calls);
	SSL_CTX_set_tlsext_servername_callback(pair.ctx[SERVER], callback);
	ck_assert(meet_pair(&pair));
	ck_assert_int_eq(calls, _i + 1);
	ck_assert_int_eq(
	    tlspolicy_would_accept(pair.ssl[SERVER], modern, NULL, 0),
	    TLSPOLICY_E_INVALID);
	ck_assert_int_eq(
	    tlspolicy_would_accept(pair.ssl[CLIENT], modern, NULL, 0),
	    TLSPOLICY_E_INVALID);
	tlspolicy_free(modern);
	release_pair(&pair);
}
END_TEST

/* What a client says hundreds of times is looked at once. */

static int asked;

static int
count(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid,
    void *other, void *ex)
{
	(void)ssl, (void)ctx, (void)op, (void)bits, (void)nid, (void)other;
	(void)ex;
	asked++;
	return 1;
}

static int
on_count(SSL *ssl, int *alert, void *arg)
{
	(void)alert;
	asked = 0;
	ck_assert_int_eq(tlspolicy_would_accept(
			     ssl, tlspolicy_profile("intermediate"), NULL, 0),
	    TLSPOLICY_E_VIOLATION);
	*(int *)arg = asked;
	return SSL_CLIENT_HELLO_ERROR;
}

START_TEST(repeated)
{
	const struct raw raw = { 0 };
	SSL_CTX *ctx = make_server(&raw, &stores[4]);
	char ciphers[300 * 5] = "c02f c030";
	const struct handmade row = { "", 0x0303, .ciphers = ciphers,
		.groups = "0017", .sigalgs = "0403" };
	struct bytes hello;
	int calls[2];

	SSL_CTX_set_security_callback(ctx, count);
	for (int i = 0; i < 2; i++) {
		SSL_CTX_set_client_hello_cb(ctx, on_count, &calls[i]);
		hello.len = 0;
		make_hello(&row, &hello);
		ck_assert(!takes(ctx, &hello));
		for (size_t at = 0; at < sizeof(ciphers); at += 5)
			memcpy(ciphers + at,
			    at < sizeof(ciphers) / 2 ? "c02f " : "c030 ", 5);
		ciphers[sizeof(ciphers) - 1] = '\0';
	}
	ck_assert_int_gt(calls[0], 0);
	ck_assert_int_eq(calls[0], calls[1]);
	SSL_CTX_free(ctx);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("accept");
	TCase *tc = tcase_create("accept"), *dtls = tcase_create("datagrams");
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());

	peer_setup();
	make_keys();
	for (size_t i = 0; i < NELEM(stores); i++)
		(void)peer_use(ctx, stores[i].key[0]);
	SSL_CTX_free(ctx);
	/* CK_RUN_CASE=datagrams runs those of DTLS alone. */
	tcase_set_timeout(dtls, 1800);
	tcase_add_loop_test(dtls, foretold, DATAGRAMS, (int)ROWS);
	suite_add_tcase(suite, dtls);
	tcase_set_timeout(tc, 1800);
	add_rows(tc, foretold, DATAGRAMS);
	add_rows(tc, by_hand, 2 * NELEM(handmade_stores));
	add_rows(tc, quiet, 2);
	tcase_add_test(tc, repeated);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
