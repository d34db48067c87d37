/* SPDX-License-Identifier: MIT */
/*
 * What a policy costs later on: full handshakes, with their bytes, and what is
 * kept for a context.  Client and server have the same settings.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"

enum { PAIRS_MAX = 16, PER_SAMPLE = 2 };

/* A client's and a server's context. */
struct pair {
	char name[64];
	SSL_CTX *client, *server;
	int version; /* of its handshakes */
	char group[32];
	uint64_t sent, received; /* bytes of one, by the client */
	uint64_t hello;          /* of these, the first flight */
	struct samples *samples;
	struct spread spread;
	int like; /* the pair whose settings are the same, or -1 */
};

struct bench {
	struct pair pair[PAIRS_MAX];
	int count;
};

/* One full handshake: no session is resumed, for none is kept. */
static void
handshake(struct pair *pair)
{
	SSL *client = SSL_new(pair->client), *server = SSL_new(pair->server);
	const char *group;

	if (client == NULL || server == NULL || !join(client, server))
		die("no handshake");
	if (pair->version == 0) {
		pair->version = SSL_version(client);
		pair->sent = BIO_number_written(SSL_get_wbio(client));
		pair->received = BIO_number_written(SSL_get_wbio(server));
		group = SSL_group_to_name(
		    client, (int)SSL_get_negotiated_group(client));
		(void)snprintf(pair->group, sizeof(pair->group), "%s",
		    group != NULL ? group : "-");
	}
	SSL_free(client);
	SSL_free(server);
}

static void
see_hello(struct pair *pair)
{
	SSL *client = SSL_new(pair->client);
	BIO *out = BIO_new(BIO_s_mem());

	if (client == NULL || out == NULL)
		die("no memory");
	SSL_set_bio(client, BIO_new(BIO_s_mem()), out);
	SSL_set_connect_state(client);
	(void)SSL_do_handshake(client);
	pair->hello = BIO_number_written(out);
	SSL_free(client);
}

static SSL_CTX *
new_ctx(const SSL_METHOD *method, bool server)
{
	SSL_CTX *ctx = SSL_CTX_new(method);

	if (ctx == NULL || (server && !use_certificate(ctx)))
		die("no context");
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	return ctx;
}

static struct pair *
add(struct bench *bench, const char *name, const char *how)
{
	struct pair *pair = &bench->pair[bench->count++];

	if (bench->count > PAIRS_MAX)
		die("too many pairs");
	(void)snprintf(pair->name, sizeof(pair->name), "%s%s", name, how);
	pair->client = new_ctx(TLS_client_method(), false);
	pair->server = new_ctx(TLS_server_method(), true);
	pair->samples = calloc(1, sizeof(*pair->samples));
	if (pair->samples == NULL)
		die("no memory");
	pair->like = -1;
	return pair;
}

/* By this library and by hand; the client ends at `max`, or not for 0. */
static void
add_both(struct bench *bench, const struct recipe *recipe, int max)
{
	const char *at = max == TLS1_2_VERSION ? ", a TLSv1.2 client" : "";
	const struct tlspolicy *policy = tlspolicy_profile(recipe->name);
	struct pair *pair = add(bench, recipe->name, at);

	if (tlspolicy_apply_ctx(pair->client, policy, TLSPOLICY_OVERRIDE) !=
		TLSPOLICY_OK ||
	    tlspolicy_apply_ctx(pair->server, policy, TLSPOLICY_OVERRIDE) !=
		TLSPOLICY_OK ||
	    SSL_CTX_set_max_proto_version(pair->client, max) != 1)
		die("a policy");
	pair = add(bench, recipe->name, at);
	(void)snprintf(
	    pair->name, sizeof(pair->name), "%s%s, by hand", recipe->name, at);
	(void)settings_by_hand(recipe, pair->client, NULL);
	(void)settings_by_hand(recipe, pair->server, NULL);
	if (SSL_CTX_set_max_proto_version(pair->client, max) != 1)
		die("a bound");
	pair->like = bench->count - 2;
}

/* The default, without a post-quantum key share. */
static void
add_classical(struct bench *bench)
{
	const char *text = "intermediate,groups=X25519:P-256:P-384";
	struct pair *pair = add(bench, "intermediate, classical groups", "");

	if (tlspolicy_apply_text(pair->client, text, TLSPOLICY_OVERRIDE) !=
		TLSPOLICY_OK ||
	    tlspolicy_apply_text(pair->server, text, TLSPOLICY_OVERRIDE) !=
		TLSPOLICY_OK)
		die("a policy");
}

static void
add_pairs(struct bench *bench)
{
	struct pair *pair;

	(void)add(bench, "OpenSSL's default", "");
	pair = add(bench, "OpenSSL's default", ", a TLSv1.2 client");
	if (SSL_CTX_set_max_proto_version(pair->client, TLS1_2_VERSION) != 1)
		die("a bound");
	for (int i = MODERN; i <= LEGACY; i++)
		add_both(bench, &recipes[i], 0);
	add_both(bench, &recipes[INTERMEDIATE], TLS1_2_VERSION);
	add_classical(bench);
}

static void
measure(struct bench *bench, size_t rounds)
{
	double begin;

	for (int i = 0; i < bench->count; i++) {
		see_hello(&bench->pair[i]);
		handshake(&bench->pair[i]);
	}
	for (size_t round = 0; round < rounds * (size_t)bench->count; round++) {
		size_t count = (size_t)bench->count, i = round % count;
		/* There and back again. */
		struct pair *pair =
		    &bench->pair[round / count % 2 == 0 ? i : count - 1 - i];
		struct samples *to = pair->samples;

		handshake(pair); /* the one before was another's */
		begin = cpu_ns();
		for (int n = 0; n < PER_SAMPLE; n++)
			handshake(pair);
		to->value[to->count++] = (cpu_ns() - begin) / PER_SAMPLE;
	}
	for (int i = 0; i < bench->count; i++)
		bench->pair[i].spread = spread_of(bench->pair[i].samples);
}

static void
print_pair(BIO *out, const struct bench *bench, const struct pair *pair)
{
	const struct spread *spread = &pair->spread;

	(void)BIO_printf(out, "| %s | %s | %s | %.0f (%.0f-%.0f)", pair->name,
	    tlspolicy_protocol_name(pair->version), pair->group,
	    1e9 / spread->median, 1e9 / spread->high, 1e9 / spread->low);
	if (pair->like >= 0)
		(void)BIO_printf(out, " | %.3f",
		    bench->pair[pair->like].spread.median / spread->median);
	else
		(void)BIO_puts(out, " | -");
	(void)BIO_printf(out, " | %lu | %lu | %lu |\n",
	    (unsigned long)pair->hello, (unsigned long)pair->sent,
	    (unsigned long)pair->received);
}

static void
json_pair(BIO *out, const struct pair *pair)
{
	(void)BIO_printf(out,
	    "  \"%s\": {\"ns\": [%.0f, %.0f, %.0f], \"hello\": %lu, "
	    "\"sent\": %lu, \"received\": %lu}",
	    pair->name, pair->spread.low, pair->spread.median,
	    pair->spread.high, (unsigned long)pair->hello,
	    (unsigned long)pair->sent, (unsigned long)pair->received);
}

static void
report(const struct bench *bench, BIO *table, BIO *json)
{
	if (table != NULL)
		(void)BIO_puts(table,
		    "\nFull handshakes in a second of one processor, which "
		    "does "
		    "client and server: the median (and quartiles), and what a "
		    "handshake "
		    "takes with the same settings by this library, by hand "
		    "being 1.  Bytes are what the client sends first, sends in "
		    "all, and receives.\n\n"
		    "| settings | version | group | handshakes/s "
		    "| library / by hand | hello | sent | received |\n"
		    "|---|---|---|---|---|---|---|---|\n");
	if (json != NULL)
		(void)BIO_puts(json, "\"handshakes\": {\n");
	for (int i = 0; i < bench->count; i++) {
		if (table != NULL)
			print_pair(table, bench, &bench->pair[i]);
		if (json == NULL)
			continue;
		json_pair(json, &bench->pair[i]);
		(void)BIO_puts(json, i + 1 < bench->count ? ",\n" : "}");
	}
}

void
bench_handshakes(size_t rounds, BIO *table, BIO *json)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	if (bench == NULL)
		die("no memory");
	add_pairs(bench);
	measure(bench, rounds);
	report(bench, table, json);
	for (int i = 0; i < bench->count; i++) {
		SSL_CTX_free(bench->pair[i].client);
		SSL_CTX_free(bench->pair[i].server);
		free(bench->pair[i].samples);
	}
	free(bench);
}

/* Many contexts, each with the policy once; what it took, by tenths. */

static double
apply_to_new(const struct tlspolicy *policy, size_t count)
{
	double spent = 0, begin;
	SSL_CTX *ctx;

	for (size_t i = 0; i < count; i++) {
		if ((ctx = SSL_CTX_new(TLS_method())) == NULL)
			die("SSL_CTX_new");
		begin = now_ns();
		if (tlspolicy_apply_ctx(ctx, policy, TLSPOLICY_OVERRIDE) !=
		    TLSPOLICY_OK)
			die("a policy");
		spent += now_ns() - begin;
		SSL_CTX_free(ctx);
	}
	return spent;
}

/* Bytes that malloc has given out. */
static long
in_use(void)
{
	return (long)mallinfo2().uordblks;
}

void
bench_contexts(size_t count, BIO *table, BIO *json)
{
	const struct tlspolicy *policy = tlspolicy_profile("intermediate");
	double first, last = 0;
	long before;

	(void)apply_to_new(policy, 10);
	before = in_use();
	first = apply_to_new(policy, count / 10);
	for (size_t i = 1; i < 10; i++)
		last = apply_to_new(policy, count / 10);
	first /= (double)count / 10;
	last /= (double)count / 10;
	before = in_use() - before;
	if (table != NULL)
		(void)BIO_printf(table,
		    "\n%zu contexts one after the other, intermediate with "
		    "OVERRIDE: %.2f us each in the first tenth, %.2f us in the "
		    "last; %ld bytes more in use afterwards.\n",
		    count, first / 1e3, last / 1e3, before);
	if (json != NULL)
		(void)BIO_printf(json,
		    "\"contexts\": {\"count\": %zu, \"first ns\": %.1f, "
		    "\"last ns\": %.1f, \"bytes kept\": %ld}",
		    count, first, last, before);
}

/* In a client-hello callback: a switch, a policy that is thought of. */
struct visit {
	SSL_CTX *host;
	struct samples *moved, *foretold, *told;
};

static int
on_hello(SSL *ssl, int *alert, void *arg)
{
	const struct tlspolicy *policy = tlspolicy_profile("intermediate");
	struct visit *visit = arg;
	double at[4];
	char why[200];

	(void)alert;
	at[0] = now_ns();
	if (tlspolicy_would_accept(ssl, policy, why, sizeof(why)) !=
	    TLSPOLICY_OK)
		die("would_accept");
	at[1] = now_ns();
	if (tlspolicy_switch(ssl, visit->host) != TLSPOLICY_OK)
		die("switch");
	at[2] = now_ns();
	if (tlspolicy_digest(NULL, NULL) == TLSPOLICY_OK)
		die("digest");
	at[3] = now_ns();
	if (tlspolicy_error_text(why, sizeof(why)) <= 0)
		die("error_text");
	visit->told->value[visit->told->count++] = now_ns() - at[3];
	ERR_clear_error();
	visit->foretold->value[visit->foretold->count++] = at[1] - at[0];
	visit->moved->value[visit->moved->count++] = at[2] - at[1];
	return SSL_CLIENT_HELLO_SUCCESS;
}

static void
report_call(BIO *table, BIO *json, const char *name, struct samples *samples)
{
	const struct spread spread = spread_of(samples);

	if (table != NULL)
		(void)BIO_printf(table, "| %s | %.1f (%.1f-%.1f) |\n", name,
		    spread.median / 1e3, spread.low / 1e3, spread.high / 1e3);
	if (json != NULL)
		(void)BIO_printf(json, "  \"%s\": [%.0f, %.0f, %.0f],\n", name,
		    spread.low, spread.median, spread.high);
	free(samples);
}

void
bench_callbacks(size_t rounds, BIO *table, BIO *json)
{
	struct pair pair = { .client = new_ctx(TLS_client_method(), false),
		.server = new_ctx(TLS_server_method(), true) };
	struct visit visit = { new_ctx(TLS_server_method(), true),
		calloc(1, sizeof(struct samples)),
		calloc(1, sizeof(struct samples)),
		calloc(1, sizeof(struct samples)) };
	struct samples *whole = calloc(1, sizeof(*whole));
	double begin;

	if (visit.moved == NULL || visit.foretold == NULL ||
	    visit.told == NULL || whole == NULL ||
	    tlspolicy_apply(pair.server, "compat") != TLSPOLICY_OK ||
	    tlspolicy_apply(visit.host, "intermediate") != TLSPOLICY_OK)
		die("a policy");
	for (size_t i = 0; i < rounds; i++) {
		begin = now_ns();
		handshake(&pair);
		whole->value[whole->count++] = now_ns() - begin;
	}
	SSL_CTX_set_client_hello_cb(pair.server, on_hello, &visit);
	for (size_t i = 0; i < rounds; i++)
		handshake(&pair);
	if (table != NULL)
		(void)BIO_puts(table,
		    "\nIn a client-hello callback, us: the median (and "
		    "quartiles).\n\n| call | us |\n|---|---|\n");
	if (json != NULL)
		(void)BIO_puts(json, "\"callbacks\": {\n");
	report_call(table, json, "a full handshake, both ends", whole);
	report_call(table, json, "switch", visit.moved);
	report_call(table, json, "would_accept", visit.foretold);
	report_call(table, json, "error_text", visit.told);
	if (json != NULL)
		(void)BIO_puts(json, "  \"goals\": [40, 60, 5]}");
	SSL_CTX_free(pair.client);
	SSL_CTX_free(pair.server);
	SSL_CTX_free(visit.host);
}
