/* SPDX-License-Identifier: MIT */
/*
 * Key shares, read off the wire: from OpenSSL 3.5 on a post-quantum and a
 * classical one, so that no peer costs a second round trip.
 */
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "peer.h"
#include "release.h"
#include "runner.h"
#include "tlspolicy.h"

enum {
	HYBRID = 0x11ec, /* X25519MLKEM768 */
	HYBRID_P384 = 0x11ed,
	MLKEM1024 = 0x0202,
	P256 = 23,
	P384 = 24,
	P521 = 25,
	X25519 = 29,
	KEY_SHARE = 51,
	SHARES = 4
};

static int
is_post_quantum(void)
{
	return release() >= RELEASE_3_5;
}

/* What a client writes */

struct wire {
	int hellos;
	size_t count;
	uint16_t share[SHARES];
};

static size_t
number(const unsigned char *at)
{
	return (size_t)at[0] << 8 | at[1];
}

/* RFC 8446, 4.2.8: the length of all, then group, length and key of each. */
static void
read_shares(struct wire *wire, const unsigned char *at)
{
	const unsigned char *end = at + 2 + number(at);

	for (at += 2; at + 4 <= end; at += 4 + number(at + 2)) {
		ck_assert_uint_lt(wire->count, SHARES);
		wire->share[wire->count++] = (uint16_t)number(at);
	}
}

/* RFC 8446, 4.1.2; OpenSSL wrote it, so that lengths are right. */
static void
read_hello(struct wire *wire, const unsigned char *at, const unsigned char *end)
{
	at += 4 + 2 + 32;
	at += 1 + at[0];
	at += 2 + number(at);
	at += 1 + at[0];
	for (at += 2; at + 4 <= end; at += 4 + number(at + 2)) {
		if (number(at) == KEY_SHARE)
			read_shares(wire, at + 4);
	}
}

static void
on_message(int writes, int version, int type, const void *bytes, size_t len,
    SSL *ssl, void *arg)
{
	const unsigned char *at = bytes;
	struct wire *wire = arg;

	(void)version;
	(void)ssl;
	if (!writes || type != SSL3_RT_HANDSHAKE || len == 0 ||
	    at[0] != SSL3_MT_CLIENT_HELLO)
		return;
	if (wire->hellos++ == 0)
		read_hello(wire, at, at + len);
}

/* The first flight of a client that ctx makes, or of ssl. */
static struct wire
first_flight(SSL_CTX *ctx, const char *policy)
{
	SSL *ssl = SSL_new(ctx);
	struct wire wire = { .hellos = 0 };
	struct tlspolicy *parsed;

	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_connect_state(ssl);
	if (policy != NULL) {
		ck_assert_int_eq(tlspolicy_parse(&parsed, policy), 0);
		ck_assert_int_eq(
		    tlspolicy_apply_ssl(ssl, parsed, TLSPOLICY_OVERRIDE), 0);
		tlspolicy_free(parsed);
	}
	SSL_set_msg_callback(ssl, on_message);
	SSL_set_msg_callback_arg(ssl, &wire);
	ck_assert_int_eq(SSL_do_handshake(ssl), -1);
	ck_assert_int_eq(wire.hellos, 1);
	SSL_free(ssl);
	ERR_clear_error();
	return wire;
}

static void
assert_shares(const char *name, const struct wire *wire, const uint16_t *want)
{
	size_t i;

	for (i = 0; i < SHARES && want[i] != 0; i++)
		ck_assert_msg(i < wire->count && wire->share[i] == want[i],
		    "%s: key share %d is 0x%x, not 0x%x", name, (int)i,
		    i < wire->count ? wire->share[i] : 0, want[i]);
	ck_assert_msg(wire->count == i, "%s: %d key shares, not %d", name,
	    (int)wire->count, (int)i);
}

/* Policies and what a client sends */

static const struct {
	const char *policy;
	unsigned flags;
	uint16_t before[SHARES], from_3_5[SHARES];
} clients[] = {
	{ "modern", 0, { X25519 }, { HYBRID, X25519 } },
	{ "modern", TLSPOLICY_OVERRIDE, { X25519 }, { HYBRID, X25519 } },
	{ "intermediate", 0, { X25519 }, { HYBRID, X25519 } },
	{ "intermediate", TLSPOLICY_OVERRIDE, { X25519 }, { HYBRID, X25519 } },
	{ "compat", 0, { X25519 }, { HYBRID, X25519 } },
	{ "nist", 0, { P256 }, { HYBRID, P256 } },
	{ "ncsc-nl", 0, { X25519 }, { HYBRID, X25519 } },
	{ "cnsa1", 0, { P384 }, { P384 } },
	{ "cnsa2", TLSPOLICY_OVERRIDE, { 0 }, { MLKEM1024 } },
	{ "cnsa2-interop", TLSPOLICY_OVERRIDE, { 0 }, { MLKEM1024, P384 } },
	{ "legacy", TLSPOLICY_OVERRIDE, { X25519 }, { HYBRID, X25519 } },
	/* The policy's order stays. */
	{ "groups=P-384:?X25519MLKEM768", TLSPOLICY_OVERRIDE, { P384 },
	    { P384, HYBRID } },
	/* What cannot be used is no key share: too few bits, or TLS 1.2. */
	{ "level=4,groups=?X25519MLKEM768:X25519:P-384", TLSPOLICY_OVERRIDE,
	    { P384 }, { HYBRID, P384 } },
	{ "level=5,min=1.3,groups=?X25519MLKEM768:P-384:"
	  "?SecP384r1MLKEM1024:P-521",
	    TLSPOLICY_OVERRIDE, { P521 }, { HYBRID_P384, P521 } },
	{ "max=1.2,groups=?X25519MLKEM768:X25519", TLSPOLICY_OVERRIDE, { 0 },
	    { 0 } },
	/* One kind alone: one key share, as OpenSSL has it. */
	{ "groups=P-256:X25519", TLSPOLICY_OVERRIDE, { P256 }, { P256 } },
};

START_TEST(client_sends)
{
	const char *policy = clients[_i].policy;
	SSL_CTX *ctx = peer_context(TLS_client_method(), NULL);
	const uint16_t *want =
	    is_post_quantum() ? clients[_i].from_3_5 : clients[_i].before;
	struct wire wire;

	if (strncmp(policy, "cnsa2", 5) == 0 && !is_post_quantum()) {
		SSL_CTX_free(ctx);
		SKIP_TEST("no ML-KEM before OpenSSL 3.5");
	}
	ck_assert_msg(tlspolicy_apply_text(ctx, policy, clients[_i].flags) == 0,
	    "%s: not applied", policy);
	wire = first_flight(ctx, NULL);
	assert_shares(policy, &wire, want);
	/* Again is the same again (law 7). */
	ck_assert_int_eq(
	    tlspolicy_apply_text(ctx, policy, clients[_i].flags), 0);
	wire = first_flight(ctx, NULL);
	assert_shares(policy, &wire, want);
	SSL_CTX_free(ctx);
	ctx = peer_context(TLS_client_method(), NULL);
	wire = first_flight(ctx, policy);
	assert_shares(policy, &wire, want);
	SSL_CTX_free(ctx);
}
END_TEST

/* Handshakes with peers that have, or have not, a post-quantum group */

static const char *const profiles[] = { "modern", "intermediate", "compat" };

static const struct {
	const char *name, *groups; /* of the peer; NULL: OpenSSL's own */
	int post_quantum;          /* what they negotiate */
	int server_is_peer, hellos;
} peers[] = {
	{ "a server with both", "X25519MLKEM768:X25519", 1, 1, 1 },
	{ "a server as OpenSSL has it", NULL, 1, 1, 1 },
	{ "a classical server", "X25519:P-256", 0, 1, 1 },
	{ "a client with both, hybrid share", "X25519MLKEM768:X25519", 1, 0,
	    1 },
	{ "a client as OpenSSL has it", NULL, 1, 0, 1 },
	{ "a classical client", "X25519:P-256", 0, 0, 1 },
	/* The server insists: the one case with a second round trip. */
	{ "a client with both, classical share", "X25519:X25519MLKEM768", 1, 0,
	    2 },
};

START_TEST(peer_meets)
{
	const char *profile = profiles[(size_t)_i / NELEM(peers)];
	const size_t row = (size_t)_i % NELEM(peers);
	const int is_server = peers[row].server_is_peer;
	SSL_CTX *peer = peer_context(
	    is_server ? TLS_server_method() : TLS_client_method(), NULL);
	SSL_CTX *own = peer_context(
	    is_server ? TLS_client_method() : TLS_server_method(), NULL);
	int post_quantum = peers[row].post_quantum && is_post_quantum();
	struct wire wire = { .hellos = 0 };
	struct peer_result result;
	SSL *client, *server;

	/* What has no such group cannot be met: then all are classical. */
	if (peers[row].groups != NULL)
		ck_assert_int_eq(
		    peer_set_groups(peer,
			is_post_quantum() ? peers[row].groups : "X25519:P-256"),
		    1);
	ck_assert_int_eq(tlspolicy_apply(own, profile), 0);
	ck_assert_int_eq(peer_use(is_server ? peer : own, PEER_P_256), 1);
	client = SSL_new(is_server ? own : peer);
	server = SSL_new(is_server ? peer : own);
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	SSL_set_msg_callback(client, on_message);
	SSL_set_msg_callback_arg(client, &wire);
	ck_assert_msg(peer_handshake(client, server, &result) == 1,
	    "%s: %s: no handshake", profile, peers[row].name);
	ck_assert_msg(strcasecmp(release_group(client),
			  post_quantum ? "X25519MLKEM768" : "X25519") == 0,
	    "%s: %s: group %s", profile, peers[row].name,
	    release_group(client));
	ck_assert_msg(
	    wire.hellos == (is_post_quantum() ? peers[row].hellos : 1),
	    "%s: %s: %d ClientHellos", profile, peers[row].name, wire.hellos);
	SSL_free(client);
	SSL_free(server);
	SSL_CTX_free(own);
	SSL_CTX_free(peer);
}
END_TEST

static Suite *
groups_suite(void)
{
	Suite *suite = suite_create("groups");
	TCase *tc = tcase_create("key shares");

	tcase_add_loop_test(tc, client_sends, 0, (int)NELEM(clients));
	tcase_add_loop_test(
	    tc, peer_meets, 0, (int)(NELEM(profiles) * NELEM(peers)));
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	peer_setup();
	return run_suite(groups_suite());
}
