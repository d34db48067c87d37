/* SPDX-License-Identifier: MIT */
/*
 * tlspolicy_switch(): a connection of a first context that moves to a host's,
 * in a client-hello or a servername callback, beside a connection that is made
 * of the host's, over an enumerated space.
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

#define CHACHA12 "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-CHACHA20-POLY1305"
#define CBC      "ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA"

/* First contexts and hosts are of one table. */
static const struct spec {
	const char *name, *policy, *host;
	struct raw raw;
} specs[] = {
	{ "as OpenSSL begins", NULL, NULL, { .key = PEER_P_256 } },
	{ "1.3 alone", NULL, NULL, { .min = TLS1_3_VERSION } },
	{ "1.2 alone", NULL, NULL, TLS12() },
	{ "from 1.0 on", NULL, NULL,
	    { .min = TLS1_VERSION, .level = LEVEL(0) } },
	{ "intermediate", "intermediate", NULL, { .key = PEER_P_256 } },
	{ "modern", "modern", NULL, { .key = PEER_ED25519 } },
	{ "compat", "compat", NULL, { 0 } },
	{ "one suite, its own order", NULL, NULL,
	    { .suites = AES256, .options = SSL_OP_CIPHER_SERVER_PREFERENCE } },
	{ "other groups", NULL, NULL,
	    { .groups = "P-384:X25519", .key = PEER_P_384 } },
	{ "other groups, its own order", NULL, NULL,
	    { .groups = "P-521:P-256",
		.options = SSL_OP_CIPHER_SERVER_PREFERENCE } },
	{ "other signatures", NULL, NULL,
	    { .sigalgs = "RSA-PSS+SHA512:RSA+SHA512" } },
	{ "other ciphers, its own order", NULL, NULL,
	    { .ciphers = GCM256 ":" GCM128 ":" CBC,
		.options = SSL_OP_CIPHER_SERVER_PREFERENCE } },
	{ "without 1.3", NULL, NULL, { .options = SSL_OP_NO_TLSv1_3 } },
	{ "a hole", NULL, NULL, { .options = SSL_OP_NO_TLSv1_2 } },
	{ "level 3", NULL, NULL, { .level = LEVEL(3), .key = PEER_P_384 } },
	{ "ChaCha20 first where the client says so", NULL, NULL,
	    { .options = SSL_OP_CIPHER_SERVER_PREFERENCE |
		    SSL_OP_PRIORITIZE_CHACHA } },
	{ "1.3 by openssl.cnf", NULL, "MinProtocol = TLSv1.3\n", { 0 } },
	{ "crypto-policies", NULL, HOST_CRYPTO_POLICIES, { 0 } },
	{ "a curve that 1.3 has not", NULL, NULL, { .key = PEER_SECP256K1 } },
};

static const struct raw clients[] = {
	{ .level = LEVEL(1) },
	{ .max = TLS1_2_VERSION },
	{ .min = TLS1_3_VERSION },
	{ .max = TLS1_1_VERSION, .level = LEVEL(0) },
	{ .groups = "P-384" },
	{ .groups = "X448:X25519:P-521:P-256" },
	{ .groups = "P-256:X25519:P-384" },
	{ .suites = AES128, .ciphers = GCM128 ":" CBC },
	{ .suites = CHACHA ":" AES128 ":" AES256,
	    .ciphers = CHACHA12 ":" GCM128 ":" GCM256 },
	{ .sigalgs = "ECDSA+SHA384:ECDSA+SHA256:RSA+SHA256:RSA-PSS+SHA256" },
	{ .max = TLS1_2_VERSION,
	    .groups = "P-521:X25519",
	    .sigalgs = "RSA+SHA512:ECDSA+SHA256" },
	{ .max = TLS1_2_VERSION, .ciphers = CBC ":" GCM128 },
};

/* What of DTLS is told apart. */
static const struct raw datagrams[] = {
	{ .dtls = 1, .min = DTLS1_VERSION, .level = LEVEL(0) },
	{ .dtls = 1 },
	{ .dtls = 1, .max = DTLS1_VERSION, .level = LEVEL(0) },
	{ .dtls = 1, .ciphers = GCM256, .groups = "P-384:P-256" },
	{ .dtls = 1, .groups = "P-256:P-384", .sigalgs = "RSA+SHA512" },
	{ .dtls = 1,
	    .ciphers = GCM128 ":" GCM256,
	    .options = SSL_OP_CIPHER_SERVER_PREFERENCE },
	{ .dtls = 1, .min = DTLS1_2_VERSION, .ciphers = GCM256 ":" GCM128 },
};

static SSL_CTX *
make_spec(const struct spec *spec)
{
	SSL_CTX *ctx = spec->host == NULL
	    ? make_raw(&spec->raw)
	    : peer_context(TLS_method(), spec->host);

	if (spec->policy != NULL)
		apply_ctx(ctx, spec->policy, OVERRIDE);
	ck_assert_msg(peer_use(ctx, spec->raw.key), "%s: key", spec->name);
	ERR_clear_error();
	return ctx;
}

/* What came of a handshake, as the client has it. */
struct outcome {
	struct peer_result got;
	int type, hash;
};

static void
meet(SSL_CTX *of_client, SSL *server, struct outcome *out)
{
	SSL *client = new_connection(of_client, CLIENT);

	memset(out, 0, sizeof(*out));
	if (peer_handshake(client, server, &out->got)) {
		(void)SSL_get_peer_signature_type_nid(client, &out->type);
		(void)SSL_get_peer_signature_nid(client, &out->hash);
	} else {
		memset(&out->got, 0, sizeof(out->got));
	}
	SSL_free(client);
}

static int
accept_name(SSL *ssl, int *alert, void *arg)
{
	(void)ssl;
	(void)alert;
	(void)arg;
	return SSL_TLSEXT_ERR_OK;
}

/* With a servername callback OpenSSL takes it that there is a certificate. */
static void
meet_of(SSL_CTX *of_client, SSL_CTX *ctx, int named, struct outcome *out)
{
	SSL *server = new_connection(ctx, SERVER);
	int (*callback)(SSL *, int *, void *) = named ? accept_name : NULL;

	SSL_CTX_set_client_hello_cb(ctx, NULL, NULL);
	SSL_CTX_set_tlsext_servername_callback(ctx, callback);
	meet(of_client, server, out);
	SSL_free(server);
}

/* The move. */
struct move {
	SSL_CTX *to;
	int status, calls, again;
};

static int
move(SSL *ssl, struct move *move)
{
	int status = tlspolicy_switch(ssl, move->to);

	if (move->calls++ == 0)
		move->status = status;
	/* Twice is as once. */
	if (status == TLSPOLICY_OK)
		move->again = tlspolicy_switch(ssl, move->to);
	ERR_clear_error();
	return status;
}

static int
on_hello(SSL *ssl, int *alert, void *arg)
{
	(void)alert;
	return move(ssl, arg) == TLSPOLICY_OK ? SSL_CLIENT_HELLO_SUCCESS
					      : SSL_CLIENT_HELLO_ERROR;
}

static int
on_servername(SSL *ssl, int *alert, void *arg)
{
	(void)alert;
	return move(ssl, arg) == TLSPOLICY_OK ? SSL_TLSEXT_ERR_OK
					      : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* On both, for after a HelloRetryRequest the new one's is called. */
static void
set_callbacks(SSL_CTX *ctx, int late, struct move *arg)
{
	int (*callback)(SSL *, int *, void *) = late ? on_servername : NULL;

	SSL_CTX_set_client_hello_cb(ctx, late ? NULL : on_hello, arg);
	SSL_CTX_set_tlsext_servername_callback(ctx, callback);
	SSL_CTX_set_tlsext_servername_arg(ctx, arg);
}

static int
same(const struct outcome *a, const struct outcome *b, int groups)
{
	return a->got.version == b->got.version &&
	    strcmp(a->got.cipher, b->got.cipher) == 0 && a->type == b->type &&
	    a->hash == b->hash && (!groups || a->got.group == b->got.group);
}

/* Whether what is chosen by a servername callback is the same. */
static int
same_by_then(const struct outcome *a, const struct outcome *b)
{
	return a->got.version != 0 && a->got.version == b->got.version &&
	    (a->got.version != TLS1_3_VERSION ||
		(strcmp(a->got.cipher, b->got.cipher) == 0 &&
		    a->got.group == b->got.group));
}

/* One cell of the space: contexts with what they come to by themselves. */
struct cell {
	const char *first, *host;
	int client, groups;
	int untold;      /* key shares may tell more than a callback can see */
	SSL_CTX *ctx[3]; /* first, host, client */
	struct outcome before, want;
};

static void
try_cell(const struct cell *c, int late)
{
	struct move arg = { .to = c->ctx[1] };
	SSL *server = new_connection(c->ctx[0], SERVER);
	struct outcome got;

	set_callbacks(c->ctx[0], late, &arg);
	set_callbacks(c->ctx[1], late, &arg);
	meet(c->ctx[2], server, &got);
	SSL_free(server);
	if (arg.calls == 0) {
		/* Nothing in common with the first context, by then. */
		ck_assert_msg(late && c->before.got.version == 0,
		    "%s to %s, client %d: not called", c->first, c->host,
		    c->client);
		return;
	}
	if (late && arg.status == TLSPOLICY_E_TOO_LATE) {
		ck_assert_msg(c->untold || !same_by_then(&c->before, &c->want),
		    "%s to %s, client %d: too late for 0x%x %s", c->first,
		    c->host, c->client, (unsigned)c->want.got.version,
		    c->want.got.cipher);
		return;
	}
	ck_assert_msg(arg.status == TLSPOLICY_OK && arg.again == TLSPOLICY_OK,
	    "%s to %s, client %d%s: status %d and %d", c->first, c->host,
	    c->client, late ? ", servername" : "", arg.status, arg.again);
	ck_assert_msg(same(&got, &c->want, c->groups),
	    "%s to %s, client %d%s: 0x%x %s %d %d %d, not 0x%x %s %d %d %d",
	    c->first, c->host, c->client, late ? ", servername" : "",
	    (unsigned)got.got.version, got.got.cipher, got.got.group, got.type,
	    got.hash, (unsigned)c->want.got.version, c->want.got.cipher,
	    c->want.got.group, c->want.type, c->want.hash);
}

static void
try_both(struct cell *c)
{
	meet_of(c->ctx[2], c->ctx[0], 1, &c->before);
	meet_of(c->ctx[2], c->ctx[1], 0, &c->want);
	try_cell(c, 0);
	try_cell(c, 1);
}

/* Groups in OpenSSL's own tuples have no getter. */
static int
tells_groups(const struct spec *spec)
{
	return release() < RELEASE_3_5 || spec->raw.groups != NULL ||
	    spec->policy != NULL ||
	    (spec->host != NULL && strstr(spec->host, "Groups") != NULL);
}

START_TEST(switched)
{
	const size_t step = test_tier() == TIER_FULL ? 1
	    : test_tier() == TIER_NORMAL             ? 17
						     : 29;
	const struct spec *host = &specs[_i];
	struct cell c = { .host = host->name, .groups = tells_groups(host) };
	size_t at = (size_t)_i;

	c.ctx[1] = make_spec(host);
	for (size_t i = 0; i < NELEM(specs); i++) {
		c.first = specs[i].name;
		c.untold = release() < RELEASE_3_5
		    ? specs[i].raw.groups != NULL || specs[i].policy != NULL ||
			specs[i].host != NULL
		    : i != (size_t)_i;
		c.ctx[0] = make_spec(&specs[i]);
		for (size_t j = 0; j < NELEM(clients); j++) {
			if (at++ % step != 0)
				continue;
			c.client = (int)j;
			c.ctx[2] = make_raw(&clients[j]);
			try_both(&c);
			SSL_CTX_free(c.ctx[2]);
		}
		SSL_CTX_free(c.ctx[0]);
	}
	SSL_CTX_free(c.ctx[1]);
}
END_TEST

START_TEST(switched_datagrams)
{
	struct cell c = { .host = "DTLS", .first = "DTLS", .groups = 1 };

	c.ctx[1] = make_raw(&datagrams[_i]);
	ck_assert(peer_use_rsa_2048(c.ctx[1]));
	for (size_t i = 0; i < NELEM(datagrams); i++) {
		c.ctx[0] = make_raw(&datagrams[i]);
		ck_assert(peer_use(c.ctx[0], PEER_RSA_2048));
		for (size_t j = 0; j < NELEM(datagrams); j++) {
			c.client = (int)j;
			c.ctx[2] = make_raw(&datagrams[j]);
			try_both(&c);
			SSL_CTX_free(c.ctx[2]);
		}
		SSL_CTX_free(c.ctx[0]);
	}
	SSL_CTX_free(c.ctx[1]);
}
END_TEST

/* What the connection itself was given is the context's afterwards, too. */
START_TEST(own_settings)
{
	static const char *const own[] = { "modern,groups=P-521",
		"min=TLSv1.2,max=TLSv1.2,ciphers=" GCM128 ",level=3",
		"ciphersuites=" AES128 ",preference=server",
		"compat,groups=P-384,sigalgs=rsa_pkcs1_sha512" };
	const struct spec *host = &specs[_i];
	struct cell c = { .host = host->name, .groups = tells_groups(host) };

	c.ctx[1] = make_spec(host);
	c.ctx[0] = make_spec(&specs[0]);
	for (size_t i = 0; i < NELEM(own); i++) {
		for (size_t j = 0; j < NELEM(clients); j += 3) {
			SSL *server = new_connection(c.ctx[0], SERVER);
			struct outcome got;

			c.ctx[2] = make_raw(&clients[j]);
			meet_of(c.ctx[2], c.ctx[1], 0, &c.want);
			ck_assert_int_eq(
			    apply_ssl(server, own[i], OVERRIDE), TLSPOLICY_OK);
			ck_assert_int_eq(
			    tlspolicy_switch(server, c.ctx[1]), TLSPOLICY_OK);
			meet(c.ctx[2], server, &got);
			ck_assert_msg(same(&got, &c.want, c.groups),
			    "%s to %s, client %d: 0x%x %s %d", own[i],
			    host->name, (int)j, (unsigned)got.got.version,
			    got.got.cipher, got.got.group);
			SSL_free(server);
			SSL_CTX_free(c.ctx[2]);
		}
	}
	SSL_CTX_free(c.ctx[0]);
	SSL_CTX_free(c.ctx[1]);
}
END_TEST

/* What is refused leaves all as it was. */
START_TEST(refused)
{
	const struct raw datagram = { .dtls = 1 }, plain = { 0 };
	SSL_CTX *tls = make_raw(&plain), *dtls = make_raw(&datagram);
	SSL_CTX *client = peer_context(TLS_client_method(), NULL);
	const SSL_METHOD *pinned = release_tls1_2();
	SSL_CTX *one = pinned == NULL ? NULL : peer_context(pinned, NULL);
	const struct {
		SSL_CTX *from, *to;
		int end, want;
	} rows[] = {
		{ tls, NULL, SERVER, TLSPOLICY_E_INVALID },
		{ tls, tls, CLIENT, TLSPOLICY_E_INVALID },
		{ tls, dtls, SERVER, TLSPOLICY_E_METHOD },
		{ dtls, tls, SERVER, TLSPOLICY_E_METHOD },
		{ tls, client, SERVER, TLSPOLICY_E_METHOD },
		{ tls, one, SERVER, TLSPOLICY_E_METHOD },
		{ one, tls, SERVER, TLSPOLICY_E_METHOD },
	};
	struct state before, after;

	ck_assert_int_eq(tlspolicy_switch(NULL, tls), TLSPOLICY_E_INVALID);
	for (size_t i = 0; i < NELEM(rows); i++) {
		SSL *ssl;

		if (one == NULL && i > 4)
			break;
		ssl = new_connection(rows[i].from, rows[i].end);
		read_state(ssl, &before);
		fill_queue();
		ck_assert_msg(tlspolicy_switch(ssl, rows[i].to) == rows[i].want,
		    "row %d", (int)i);
		ck_assert(ERR_peek_last_error() != 0);
		ERR_clear_error();
		read_state(ssl, &after);
		assert_state("refused", &before, &after);
		ck_assert_ptr_eq(SSL_get_SSL_CTX(ssl), rows[i].from);
		SSL_free(ssl);
	}
	SSL_CTX_free(tls);
	SSL_CTX_free(dtls);
	SSL_CTX_free(client);
	SSL_CTX_free(one);
}
END_TEST

/* What the host's context refuses, a late move to it does not complete. */
START_TEST(refused_late)
{
	const struct {
		struct raw first, host, client;
		long mode;
	} rows[] = {
		/* 3.5 has chosen the group to ask for by then. */
		{ { .groups = "X25519" }, { .groups = "P-384" },
		    { .groups = "P-256:X25519" }, 0 },
		{ TLS12(), { 0 }, TLS12(), SSL_MODE_SEND_FALLBACK_SCSV },
	};
	SSL_CTX *first = make_raw(&rows[_i].first);
	SSL_CTX *client = make_raw(&rows[_i].client);
	struct move arg = { .to = make_raw(&rows[_i].host) };
	struct outcome got;
	SSL *server;

	ck_assert(peer_use(first, PEER_RSA_2048));
	ck_assert(peer_use(arg.to, PEER_RSA_2048));
	(void)SSL_CTX_set_mode(client, rows[_i].mode);
	server = new_connection(first, SERVER);
	set_callbacks(first, 1, &arg);
	meet(client, server, &got);
	ck_assert_int_ge(arg.calls, 1);
	ck_assert_int_eq(arg.status, TLSPOLICY_E_TOO_LATE);
	ck_assert_int_eq(got.got.version, 0);
	SSL_free(server);
	SSL_CTX_free(first);
	SSL_CTX_free(client);
	SSL_CTX_free(arg.to);
}
END_TEST

/* Established, it is too late for all but the context that it has. */
START_TEST(established)
{
	const struct raw plain = { 0 }, twelve = TLS12();
	SSL_CTX *other = make_raw(&twelve);
	struct pair pair;

	prepare_pair(&pair, &plain);
	ck_assert(meet_pair(&pair));
	fill_queue();
	ck_assert_int_eq(
	    tlspolicy_switch(pair.ssl[SERVER], pair.ctx[SERVER]), TLSPOLICY_OK);
	assert_queue("the same context");
	ck_assert_int_eq(
	    tlspolicy_switch(pair.ssl[SERVER], other), TLSPOLICY_E_TOO_LATE);
	ERR_clear_error();
	ck_assert_ptr_eq(SSL_get_SSL_CTX(pair.ssl[SERVER]), pair.ctx[SERVER]);
	ck_assert(talk(&pair));
	release_pair(&pair);
	SSL_CTX_free(other);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("switch");
	TCase *tc = tcase_create("switch");

	peer_setup();
	make_keys();
	tcase_set_timeout(tc, 600);
	add_rows(tc, switched, NELEM(specs));
	add_rows(tc, switched_datagrams, NELEM(datagrams));
	add_rows(tc, own_settings, NELEM(specs));
	tcase_add_test(tc, refused);
	add_rows(tc, refused_late, 2);
	tcase_add_test(tc, established);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
