/* SPDX-License-Identifier: MIT */
/* What each call costs, beside the same by hand and by SSL_CONF_cmd(). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

/* What a call works on, and with. */
struct stage {
	const struct recipe *recipe;
	const struct tlspolicy *policy;
	unsigned flags;
	enum tlspolicy_role role;
	int version;
	SSL_CTX *ctx;
	SSL *ssl; /* NULL: the context itself */
	bool (*work)(struct stage *stage);
	double spent; /* in a client-hello callback */
};

/*
 * Once more on the same context, on one that has got other ciphers meanwhile,
 * on a new one, or on a server's connection.
 */
enum kind { HOT, CHANGED, FRESH, CALLBACK };
static const char *const kind_names[] = {
	[HOT] = "hot", [CHANGED] = "hot, changed", [FRESH] = "fresh"
};

/* In nanoseconds, alone or more than by hand. */
struct goal {
	enum { NO_GOAL, OF_HAND, ALONE } against;
	double most;
};

struct row {
	char name[80];
	enum kind kind;
	struct goal goal;
	struct stage stage[WAYS]; /* without work: not measured */
	size_t calls[WAYS];       /* in a sample */
	struct samples *samples;  /* WAYS of them */
	struct spread spread[WAYS];
};

enum { ROWS_MAX = 128 };
struct bench {
	struct row row[ROWS_MAX];
	size_t count;
	double clock;
};

/* The work */

static bool
apply_object(struct stage *stage)
{
	return (stage->ssl != NULL
		       ? tlspolicy_apply_ssl(
			     stage->ssl, stage->policy, stage->flags)
		       : tlspolicy_apply_ctx(stage->ctx, stage->policy,
			     stage->flags)) == TLSPOLICY_OK;
}

static bool
apply_text(struct stage *stage)
{
	return tlspolicy_apply_text(stage->ctx, stage->recipe->text,
		   stage->flags) == TLSPOLICY_OK;
}

static bool
by_hand(struct stage *stage)
{
	return settings_by_hand(stage->recipe, stage->ctx, stage->ssl);
}

static bool
by_conf(struct stage *stage)
{
	return settings_by_conf(stage->recipe, stage->ctx, stage->ssl);
}

static bool
inspect(struct stage *stage)
{
	return tlspolicy_inspect(stage->ctx, stage->role, stage->version) >= 0;
}

static bool
audit(struct stage *stage)
{
	return tlspolicy_audit(stage->ctx, stage->policy) == TLSPOLICY_OK;
}

static bool
from_ctx(struct stage *stage)
{
	struct tlspolicy *policy;

	if (tlspolicy_from_ctx(&policy, stage->ctx) != TLSPOLICY_OK)
		return false;
	tlspolicy_free(policy);
	return true;
}

static bool
check(struct stage *stage)
{
	return tlspolicy_check(stage->ssl, stage->policy, NULL, 0) ==
	    TLSPOLICY_OK;
}

/* What a program would compare by itself, as far as check does. */
static bool
check_by_hand(struct stage *stage)
{
	const SSL_CIPHER *cipher = SSL_get_current_cipher(stage->ssl);

	return SSL_version(stage->ssl) >= TLS1_2_VERSION &&
	    strcmp(SSL_CIPHER_get_name(cipher), "TLS_AES_128_GCM_SHA256") ==
	    0 &&
	    SSL_get_negotiated_group(stage->ssl) != 0;
}

/* One ClientHello, which shows a client's lists; nobody reads it. */
static bool
hello_by_hand(struct stage *stage)
{
	SSL *ssl = SSL_new(stage->ctx);
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	bool sent;

	if (ssl == NULL || in == NULL || out == NULL)
		die("no memory");
	SSL_set_bio(ssl, in, out);
	SSL_set_connect_state(ssl);
	(void)SSL_do_handshake(ssl);
	sent = BIO_ctrl_pending(out) > 0;
	SSL_free(ssl);
	return sent;
}

/* Sampling */

static double
sample_hot(struct stage *stage, size_t calls)
{
	double begin = now_ns();

	for (size_t i = 0; i < calls; i++) {
		if (!stage->work(stage))
			die("a call failed");
	}
	return now_ns() - begin;
}

static void
set_others(SSL_CTX *ctx)
{
	if (SSL_CTX_set_cipher_list(ctx, "HIGH") != 1 ||
	    SSL_CTX_set_ciphersuites(ctx, "TLS_AES_256_GCM_SHA384") != 1)
		die("other ciphers");
}

/* Without what it takes to make, change and free the context. */
static double
sample_each(struct stage *stage, enum kind kind, size_t calls, double clock)
{
	double spent = 0, begin;

	for (size_t i = 0; i < calls; i++) {
		if (kind == CHANGED)
			set_others(stage->ctx);
		else if ((stage->ctx = SSL_CTX_new(TLS_method())) == NULL)
			die("SSL_CTX_new");
		begin = now_ns();
		if (!stage->work(stage))
			die("a call failed");
		spent += now_ns() - begin - clock;
		if (kind == CHANGED)
			continue;
		SSL_CTX_free(stage->ctx);
		stage->ctx = NULL;
	}
	return spent;
}

/* Times the work, and ends there: the handshake is not gone on with. */
static int
on_hello(SSL *ssl, int *alert, void *arg)
{
	struct stage *stage = arg;
	double begin = now_ns();

	(void)alert;
	stage->ssl = ssl;
	if (!stage->work(stage))
		die("a call failed");
	stage->spent += now_ns() - begin;
	return SSL_CLIENT_HELLO_RETRY;
}

/* The bytes of a client's first flight. */
static const unsigned char *
client_hello(int *len)
{
	static unsigned char bytes[4096];
	static int count;
	SSL_CTX *ctx;
	BIO *out;
	SSL *ssl;

	if (count == 0) {
		ctx = SSL_CTX_new(TLS_client_method());
		ssl = ctx == NULL ? NULL : SSL_new(ctx);
		out = BIO_new(BIO_s_mem());
		if (ssl == NULL || out == NULL || BIO_up_ref(out) != 1)
			die("no memory");
		SSL_set_bio(ssl, BIO_new(BIO_s_mem()), out);
		SSL_set_connect_state(ssl);
		(void)SSL_do_handshake(ssl);
		count = BIO_read(out, bytes, sizeof(bytes));
		SSL_free(ssl);
		SSL_CTX_free(ctx);
		BIO_free(out);
	}
	*len = count;
	return bytes;
}

static double
sample_callback(struct stage *stage, size_t calls, double clock)
{
	const unsigned char *hello;
	BIO *in;
	SSL *ssl;
	int len;

	hello = client_hello(&len);
	stage->spent = 0;
	for (size_t i = 0; i < calls; i++) {
		ssl = SSL_new(stage->ctx);
		in = BIO_new(BIO_s_mem());
		if (ssl == NULL || in == NULL ||
		    BIO_write(in, hello, len) != len)
			die("no memory");
		SSL_set_bio(ssl, in, BIO_new(BIO_s_null()));
		SSL_set_accept_state(ssl);
		SSL_CTX_set_client_hello_cb(stage->ctx, on_hello, stage);
		(void)SSL_do_handshake(ssl);
		SSL_free(ssl);
	}
	stage->ssl = NULL;
	return stage->spent - (double)calls * clock;
}

static double
sample(const struct bench *bench, struct row *row, enum way way, size_t calls)
{
	struct stage *stage = &row->stage[way];

	switch (row->kind) {
	case HOT:
		return sample_hot(stage, calls);
	case CHANGED:
	case FRESH:
		return sample_each(stage, row->kind, calls, bench->clock);
	default:
		return sample_callback(stage, calls, bench->clock);
	}
}

/* Enough calls that a sample of a hot one lasts, and the first calls. */
static void
warm_up(const struct bench *bench, struct row *row, enum way way)
{
	const double long_enough = 50e3;
	size_t calls = row->kind == HOT ? 1 : 4;

	(void)sample(bench, row, way, calls);
	while (row->kind == HOT && calls < 4096 &&
	    sample(bench, row, way, calls) < long_enough)
		calls *= 2;
	row->calls[way] = calls;
}

static void
measure(struct bench *bench, size_t rounds)
{
	for (size_t i = 0; i < bench->count; i++) {
		for (int way = 0; way < WAYS; way++) {
			if (bench->row[i].stage[way].work != NULL)
				warm_up(bench, &bench->row[i], (enum way)way);
		}
	}
	for (size_t round = 0; round < rounds * bench->count * WAYS; round++) {
		struct row *row = &bench->row[round / WAYS % bench->count];
		/* Each way takes its turn to be the first. */
		size_t turn = round / WAYS / bench->count;
		enum way way = (enum way)((round + turn) % WAYS);
		struct samples *to = &row->samples[way];

		if (row->stage[way].work != NULL)
			to->value[to->count++] =
			    sample(bench, row, way, row->calls[way]) /
			    (double)row->calls[way];
	}
}

/* The rows */

static struct row *
add(struct bench *bench, enum kind kind, const char *name)
{
	struct row *row = &bench->row[bench->count];

	if (bench->count++ == ROWS_MAX)
		die("too many rows");
	(void)snprintf(row->name, sizeof(row->name), "%s", name);
	row->kind = kind;
	row->samples = calloc(WAYS, sizeof(*row->samples));
	if (row->samples == NULL)
		die("no memory");
	return row;
}

static SSL_CTX *
new_ctx(const SSL_METHOD *method)
{
	SSL_CTX *ctx = SSL_CTX_new(method);

	if (ctx == NULL || !use_certificate(ctx))
		die("no context");
	return ctx;
}

static const struct tlspolicy *
policy_of(const struct recipe *recipe)
{
	static struct tlspolicy *parsed[RECIPES];
	const struct tlspolicy *profile = tlspolicy_profile(recipe->name);
	size_t i = (size_t)(recipe - recipes);

	if (profile == NULL && parsed[i] == NULL &&
	    tlspolicy_parse(&parsed[i], recipe->text) != TLSPOLICY_OK)
		die("no policy");
	return profile != NULL ? profile : parsed[i];
}

static void
set_ways(
    struct row *row, const struct recipe *recipe, bool text, unsigned flags)
{
	bool (*const works[WAYS])(struct stage *) = {
		[OURS] = text ? apply_text : apply_object,
		[BY_HAND] = by_hand,
		[BY_CONF] = by_conf,
	};

	for (int way = 0; way < WAYS; way++) {
		struct stage *stage = &row->stage[way];

		stage->work = works[way];
		stage->recipe = recipe;
		stage->policy = policy_of(recipe);
		stage->flags = flags;
		if (row->kind != FRESH)
			stage->ctx = new_ctx(TLS_method());
	}
}

/* What it is to cost at most. */
static struct goal
goal_of(const struct recipe *recipe, enum kind kind, bool override)
{
	if (recipe == &recipes[SYSTEM])
		return (struct goal){ NO_GOAL, 0 };
	if (recipe == &recipes[VERSION_ONLY])
		return (struct goal){ OF_HAND, 6e3 };
	if (kind == HOT)
		return (struct goal){ ALONE, 35e3 };
	return (struct goal){ OF_HAND, override ? 35e3 : 55e3 };
}

/* A recipe as object or text, with OVERRIDE and by default. */
static void
add_recipe(
    struct bench *bench, const struct recipe *recipe, enum kind kind, bool text)
{
	struct row *row;
	char name[80];

	for (int override = 1; override >= 0; override--) {
		/* A default OpenSSL is stricter than this one. */
		if (!override && recipe == &recipes[LEGACY])
			return;
		(void)snprintf(name, sizeof(name), "%s, %s, %s, %s",
		    recipe->name, text ? "text" : "object",
		    override ? "OVERRIDE" : "default", kind_names[kind]);
		row = add(bench, kind, name);
		set_ways(row, recipe, text, override ? TLSPOLICY_OVERRIDE : 0);
		row->goal = goal_of(recipe, kind, override);
	}
}

static void
add_callback(struct bench *bench, const struct recipe *recipe)
{
	struct row *row;
	char name[80];

	(void)snprintf(name, sizeof(name),
	    "%s, object, OVERRIDE, in a client-hello callback", recipe->name);
	row = add(bench, CALLBACK, name);
	set_ways(row, recipe, false, TLSPOLICY_OVERRIDE);
}

static struct row *
add_query(struct bench *bench, const char *name, const char *of,
    bool (*ours)(struct stage *), double most)
{
	char full[80];
	struct row *row;

	(void)snprintf(full, sizeof(full), "%s, context of %s", name, of);
	row = add(bench, HOT, full);
	row->stage[OURS] = (struct stage){ .work = ours,
		.policy = tlspolicy_profile(of),
		.ctx = new_ctx(TLS_method()) };
	if (tlspolicy_apply(row->stage[OURS].ctx, of) != TLSPOLICY_OK)
		die("a policy");
	row->stage[BY_HAND] = (struct stage){ .work = hello_by_hand,
		.ctx = row->stage[OURS].ctx };
	row->goal = (struct goal){ ALONE, most };
	return row;
}

static void
add_inspect(
    struct bench *bench, const char *of, enum tlspolicy_role role, int version)
{
	struct row *row;
	char name[80];

	(void)snprintf(name, sizeof(name), "inspect %s of a %s",
	    tlspolicy_protocol_name(version),
	    role == TLSPOLICY_CLIENT ? "client" : "server");
	row = add_query(bench, name, of, inspect, 50e3);
	row->stage[OURS].role = role;
	row->stage[OURS].version = version;
}

static void
add_check(struct bench *bench)
{
	struct row *row = add(bench, HOT, "check, intermediate, TLSv1.3");
	SSL_CTX *ctx = new_ctx(TLS_method());
	SSL *client, *server;

	if (tlspolicy_apply(ctx, "intermediate") != TLSPOLICY_OK ||
	    (client = SSL_new(ctx)) == NULL ||
	    (server = SSL_new(ctx)) == NULL || !join(client, server))
		die("no handshake");
	row->stage[OURS] = (struct stage){ .work = check,
		.policy = tlspolicy_profile("intermediate"),
		.ssl = client };
	row->stage[BY_HAND] =
	    (struct stage){ .work = check_by_hand, .ssl = client };
	row->goal = (struct goal){ ALONE, 5e3 };
}

static void
add_queries(struct bench *bench)
{
	static const char *const of[] = { "system", "intermediate" };

	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		add_inspect(bench, of[i], TLSPOLICY_CLIENT, TLS1_2_VERSION);
		add_inspect(bench, of[i], TLSPOLICY_CLIENT, TLS1_3_VERSION);
		add_inspect(bench, of[i], TLSPOLICY_SERVER, TLS1_2_VERSION);
		add_inspect(bench, of[i], TLSPOLICY_SERVER, TLS1_3_VERSION);
		(void)add_query(bench, "audit", of[i], audit, 120e3);
		(void)add_query(bench, "from_ctx", of[i], from_ctx, 120e3);
	}
	add_check(bench);
}

static void
add_rows(struct bench *bench)
{
	for (size_t i = 0; i < RECIPES; i++) {
		add_recipe(bench, &recipes[i], HOT, false);
		add_recipe(bench, &recipes[i], FRESH, false);
		add_recipe(bench, &recipes[i], HOT, true);
		add_recipe(bench, &recipes[i], FRESH, true);
		if (recipes[i].suites == NULL)
			continue;
		add_recipe(bench, &recipes[i], CHANGED, false);
		add_recipe(bench, &recipes[i], CHANGED, true);
	}
	add_callback(bench, &recipes[VERSION_ONLY]);
	add_callback(bench, &recipes[MODERN]);
	add_callback(bench, &recipes[INTERMEDIATE]);
	add_queries(bench);
}

/* What came of it */

static double
limit(const struct row *row)
{
	double base =
	    row->goal.against == OF_HAND ? row->spread[BY_HAND].median : 0;

	return base + row->goal.most;
}

static void
print_spread(BIO *out, const struct row *row, enum way way)
{
	const struct spread *spread = &row->spread[way];

	if (row->stage[way].work == NULL)
		(void)BIO_puts(out, " | -");
	else
		(void)BIO_printf(out, " | %.2f (%.2f-%.2f)",
		    spread->median / 1e3, spread->low / 1e3,
		    spread->high / 1e3);
}

static void
print_row(BIO *out, const struct row *row)
{
	double ours = row->spread[OURS].median;
	double hand = row->spread[BY_HAND].median;

	(void)BIO_printf(out, "| %s", row->name);
	for (int way = 0; way < WAYS; way++)
		print_spread(out, row, (enum way)way);
	/* Nothing by hand, for the empty policy, has no ratio. */
	if (hand >= 10)
		(void)BIO_printf(out, " | %.2f", ours / hand);
	else
		(void)BIO_puts(out, " | -");
	(void)BIO_printf(out, " | %+.2f", (ours - hand) / 1e3);
	if (row->goal.against == NO_GOAL)
		(void)BIO_puts(out, " | - |\n");
	else
		(void)BIO_printf(out, " | %.2f, %s |\n", limit(row) / 1e3,
		    ours <= limit(row) ? "met" : "MISSED");
}

static void
json_row(BIO *out, const struct row *row)
{
	static const char *const names[WAYS] = { "ours", "hand", "conf" };
	const char *before = "";

	(void)BIO_printf(out, "  \"%s\": {", row->name);
	for (int way = 0; way < WAYS; way++) {
		const struct spread *spread = &row->spread[way];

		if (row->stage[way].work == NULL)
			continue;
		(void)BIO_printf(out, "%s\"%s\": [%.1f, %.1f, %.1f]", before,
		    names[way], spread->low, spread->median, spread->high);
		before = ", ";
	}
	if (row->goal.against != NO_GOAL)
		(void)BIO_printf(out, ", \"goal\": %.1f", limit(row));
	(void)BIO_puts(out, "}");
}

static void
report(struct bench *bench, BIO *table, BIO *json)
{
	for (size_t i = 0; i < bench->count; i++) {
		struct row *row = &bench->row[i];

		for (int way = 0; way < WAYS; way++)
			row->spread[way] = spread_of(&row->samples[way]);
	}
	if (table != NULL)
		(void)BIO_puts(table,
		    "Microseconds for a call: the median (and quartiles).  "
		    "Ratio and difference are to \"by hand\".\n\n"
		    "| call | libtlspolicy | by hand | SSL_CONF_cmd | ratio "
		    "| difference | goal |\n|---|---|---|---|---|---|---|\n");
	if (json != NULL)
		(void)BIO_puts(json, "\"calls in ns\": {\n");
	for (size_t i = 0; i < bench->count; i++) {
		if (table != NULL)
			print_row(table, &bench->row[i]);
		if (json == NULL)
			continue;
		json_row(json, &bench->row[i]);
		(void)BIO_puts(json, i + 1 < bench->count ? ",\n" : "}");
	}
}

static void
release(struct bench *bench)
{
	for (size_t i = 0; i < bench->count; i++)
		free(bench->row[i].samples);
	free(bench);
}

void
bench_calls(size_t rounds, BIO *table, BIO *json)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	if (bench == NULL)
		die("no memory");
	bench->clock = clock_ns();
	add_rows(bench);
	measure(bench, rounds);
	report(bench, table, json);
	release(bench);
}
