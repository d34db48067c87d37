/* SPDX-License-Identifier: MIT */
/*
 * Whether tlspolicy_inspect() tells the truth: each prediction beside a full
 * handshake with reference peers, over contexts that raw OpenSSL calls set up.
 * Why a handshake fails is found out by more handshakes, of the same context
 * with something of it as wide as can be; the library has no part in that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "peer.h"
#include "release.h"
#include "runner.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* The space */

enum { MAX_VERSIONS = 4 };

static const struct family {
	const char *name;
	const SSL_METHOD *(*method)(void);
	unsigned count;
	struct {
		const char *name;
		int number;
		uint64_t option;
		int bit; /* in sets of TLS versions */
	} version[MAX_VERSIONS];
} families[] = {
	{ "TLS", TLS_method, 4,
	    { { "TLSv1", TLS1_VERSION, SSL_OP_NO_TLSv1, 0 },
		{ "TLSv1.1", TLS1_1_VERSION, SSL_OP_NO_TLSv1_1, 1 },
		{ "TLSv1.2", TLS1_2_VERSION, SSL_OP_NO_TLSv1_2, 2 },
		{ "TLSv1.3", TLS1_3_VERSION, SSL_OP_NO_TLSv1_3, 3 } } },
	{ "DTLS", DTLS_method, 2,
	    { { "DTLSv1", DTLS1_VERSION, SSL_OP_NO_DTLSv1, 1 },
		{ "DTLSv1.2", DTLS1_2_VERSION, SSL_OP_NO_DTLSv1_2, 2 } } },
};

/* The first of each kind is OpenSSL's default. */
enum kind { CIPHERS, SUITES, GROUPS, SIGALGS, KINDS };
enum { MAX_LISTS = 12 };
static const char *const lists[KINDS][MAX_LISTS] = {
	[CIPHERS] = { NULL, "ALL:eNULL", "ECDHE+AESGCM:DHE+AESGCM:!aNULL",
	    "kRSA:!eNULL", "AES128-SHA:ECDHE+AES", "aNULL:!eNULL", "aECDSA",
	    "ECDHE+SHA1:kRSA+SHA1:!aNULL:!eNULL", "kDHE:!aNULL:!DSS",
	    "DSS:!eNULL",
	    "TLS_AES_128_GCM_SHA256" /* fails and empties the list */ },
	[SUITES] = { NULL, "", "TLS_AES_256_GCM_SHA384" },
	[GROUPS] = { NULL, "X25519", "P-384", "ffdhe2048", "brainpoolP256r1",
	    "P-521" },
	[SIGALGS] = { NULL, "RSA+SHA256", "ECDSA+SHA256", "RSA-PSS+SHA256",
	    "ed25519", "RSA+SHA1", "rsa_pss_pss_sha256", "DSA+SHA256" },
};

/* What a server has; loaded at level 0, but for the last. */
static const struct certificates {
	const char *name;
	size_t count;
	enum peer_key key[2];
	int level_first;
	int with_pairs; /* of lists, too */
} certificates[] = {
	{ "RSA-2048 and P-256", 2, { PEER_RSA_2048, PEER_P_256 }, 0, 1 },
	{ "none", 0, { PEER_KEYS }, 0, 0 },
	{ "RSA-2048", 1, { PEER_RSA_2048 }, 0, 0 },
	{ "RSA-3072", 1, { PEER_RSA_3072 }, 0, 1 },
	{ "P-256", 1, { PEER_P_256 }, 0, 0 },
	{ "P-384", 1, { PEER_P_384 }, 0, 0 },
	{ "brainpoolP256r1", 1, { PEER_BRAINPOOL }, 0, 0 },
	{ "Ed25519", 1, { PEER_ED25519 }, 0, 1 },
	{ "Ed448", 1, { PEER_ED448 }, 0, 0 },
	{ "RSA-PSS", 1, { PEER_PSS_2048 }, 0, 0 },
	{ "DSA", 1, { PEER_DSA_2048 }, 0, 0 },
	{ "RSA-2048 after the level", 1, { PEER_RSA_2048 }, 1, 0 },
};

/* A context but for its range, and what handshakes have shown of it. */
struct config {
	const struct family *family;
	const char *list[KINDS];
	unsigned narrow; /* how many of these are not the default */
	int level;
	int preference; /* the server's */
	const struct certificates *certificates;
	SSL_CTX *ctx; /* made when it is needed */
	signed char known[2][1 << MAX_VERSIONS][MAX_VERSIONS]
			 [PEER_ANYTHING + 1];
};

struct cell {
	struct config *config;
	int min, max;  /* an index in the family's versions, -1: none */
	unsigned mask; /* of SSL_OP_NO_* */
	enum peer_role role;
	unsigned version;
};

static void
load_certificates(SSL_CTX *ctx, const struct certificates *use)
{
	size_t i;

	for (i = 0; i < use->count; i++)
		if (!peer_use(ctx, use->key[i]))
			ck_assert_msg(use->level_first, "%s", use->name);
	ERR_clear_error();
}

static void
set_lists(SSL_CTX *ctx, const char *const list[KINDS])
{
	if (list[CIPHERS] != NULL)
		(void)SSL_CTX_set_cipher_list(ctx, list[CIPHERS]);
	if (list[SUITES] != NULL)
		ck_assert(SSL_CTX_set_ciphersuites(ctx, list[SUITES]) == 1);
	if (list[GROUPS] != NULL)
		ck_assert(peer_set_groups(ctx, list[GROUPS]) == 1);
	if (list[SIGALGS] != NULL)
		ck_assert(peer_set_sigalgs(ctx, list[SIGALGS]) == 1);
	ERR_clear_error();
}

static SSL_CTX *
make_context(const struct config *config)
{
	SSL_CTX *ctx = SSL_CTX_new(config->family->method());

	ck_assert_ptr_nonnull(ctx);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_security_level(ctx, 0);
	if (config->preference)
		SSL_CTX_set_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE);
	set_lists(ctx, config->list);
	if (!config->certificates->level_first)
		load_certificates(ctx, config->certificates);
	SSL_CTX_set_security_level(ctx, config->level);
	if (config->certificates->level_first)
		load_certificates(ctx, config->certificates);
	return ctx;
}

static void
set_range(const struct cell *c)
{
	const struct family *family = c->config->family;
	SSL_CTX *ctx = c->config->ctx;
	uint64_t options = 0;
	unsigned i;

	for (i = 0; i < family->count; i++)
		if ((c->mask >> i & 1) != 0)
			options |= family->version[i].option;
	(void)SSL_CTX_clear_options(ctx, SSL_OP_NO_SSL_MASK);
	(void)SSL_CTX_set_options(ctx, options);
	ck_assert(SSL_CTX_set_min_proto_version(ctx,
		      c->min < 0 ? 0 : family->version[c->min].number) == 1);
	ck_assert(SSL_CTX_set_max_proto_version(ctx,
		      c->max < 0 ? 0 : family->version[c->max].number) == 1);
}

/* The oracle */

/* Whether the level keeps it from being even offered. */
static int
is_gone(const struct cell *c, unsigned version)
{
	const int bit = c->config->family->version[version].bit;

	return (int)(release_gone(c->config->level) >> bit & 1);
}

/* The versions that bounds, options and level leave in. */
static unsigned
enabled(const struct cell *c)
{
	const struct family *family = c->config->family;
	unsigned i, set = 0;

	for (i = 0; i < family->count; i++) {
		if ((int)i < c->min || (c->max >= 0 && (int)i > c->max))
			continue;
		if ((c->mask >> i & 1) == 0 && !is_gone(c, i))
			set |= 1u << i;
	}
	return set;
}

/* A client offers the lowest of them that have no gap. */
static unsigned
lowest_run(unsigned set)
{
	unsigned low = set & (~set + 1);

	return set & ~(set + low);
}

static int
completes(const struct cell *c, unsigned any)
{
	struct config *config = c->config;
	const int number = config->family->version[c->version].number;
	struct peer_result result;
	signed char *known =
	    &config->known[c->role][enabled(c)][c->version][any];

	if (*known == 0)
		*known =
		    peer_completes(config->ctx, c->role, number, any, &result)
		    ? 1
		    : -1;
	return *known > 0;
}

#define VERDICT(v) (1u << TLSPOLICY_##v)

static const struct reason {
	unsigned kept, verdict;
} reasons[] = {
	{ PEER_ANY_CIPHER | PEER_ANY_SUITE, VERDICT(NO_CIPHER) },
	{ PEER_ANY_GROUP, VERDICT(NO_GROUP) },
	{ PEER_ANY_SIGALG, VERDICT(NO_SIGALG) },
	{ PEER_ANY_CERTIFICATE, VERDICT(NO_CERTIFICATE) },
};

/* Of what is fine alone, two that are not together. */
static unsigned
together(const struct cell *c, unsigned wide, unsigned alone)
{
	unsigned both, verdicts = 0;
	size_t i, k;

	for (i = 0; i < NELEM(reasons); i++)
		for (k = i + 1; k < NELEM(reasons); k++) {
			both = reasons[i].verdict | reasons[k].verdict;
			if ((alone & both) == 0 &&
			    !completes(
				c, wide & ~(reasons[i].kept | reasons[k].kept)))
				verdicts |= both;
		}
	if (verdicts == (VERDICT(NO_SIGALG) | VERDICT(NO_CERTIFICATE)))
		return VERDICT(NO_SIGALG);
	return verdicts;
}

/* Why a version does not complete that is offered with `wide` lists. */
static unsigned
obstacle(const struct cell *c, unsigned wide)
{
	unsigned alone = 0, first = 0, any = 0, both;
	size_t i;

	for (i = NELEM(reasons); i-- > 0;) {
		if (completes(c, wide & ~reasons[i].kept))
			continue;
		first = reasons[i].verdict;
		alone |= first;
		any |= reasons[i].kept;
	}
	if (alone != 0 && completes(c, any))
		return first;
	both = together(c, wide, alone);
	return first | both;
}

/* An old version at a level that its signatures do not reach. */
static unsigned
obstacle_at_level(const struct cell *c)
{
	const unsigned cipher = PEER_ANYTHING & ~PEER_ANY_CIPHER;

	/* Ciphers of the context's own that need none take a client past it. */
	if (!completes(c, cipher))
		return VERDICT(SECURITY_LEVEL);
	if (!completes(c, cipher & ~(unsigned)PEER_ANY_SIGALG))
		return VERDICT(SECURITY_LEVEL) | VERDICT(NO_CIPHER) |
		    VERDICT(NO_SIGALG);
	return obstacle(c, cipher);
}

/* Whether it would complete if no other version were enabled. */
static int
completes_alone(const struct cell *c)
{
	struct cell alone = *c;
	int ok;

	alone.min = alone.max = (int)c->version;
	alone.mask = 0;
	set_range(&alone);
	ok = completes(&alone, 0);
	set_range(c);
	return ok;
}

static unsigned
wanted(const struct cell *c, int completed)
{
	const int version = (int)c->version;
	int in_run;

	if (completed)
		return VERDICT(AVAILABLE);
	if (version < c->min)
		return VERDICT(BELOW_MIN);
	if (c->max >= 0 && version > c->max)
		return VERDICT(ABOVE_MAX);
	if ((c->mask >> version & 1) != 0)
		return VERDICT(DISABLED);
	if (is_gone(c, c->version))
		return VERDICT(SECURITY_LEVEL);
	in_run = (lowest_run(enabled(c)) >> version & 1) != 0;
	if (c->role == PEER_CLIENT && !in_run)
		return VERDICT(CUT_OFF);
	if (!completes(c, PEER_ANYTHING))
		return obstacle_at_level(c);
	/* A server passes over a hole, but not without ciphers below it. */
	return obstacle(c, PEER_ANYTHING) |
	    (!in_run && completes_alone(c) ? VERDICT(CUT_OFF) : 0);
}

/* One prediction */

static unsigned long predictions, mistakes;

static const char *
describe_verdicts(unsigned set, char *buf, size_t size)
{
	unsigned i;
	size_t used = 0;

	buf[0] = '\0';
	for (i = 0; i < 32 && used < size; i++)
		if ((set >> i & 1) != 0)
			used += (size_t)snprintf(buf + used, size - used,
			    "%s%s", used == 0 ? "" : " or ",
			    tlspolicy_verdict_name((int)i));
	return buf;
}

static const char *
bound(const struct family *family, int index)
{
	return index < 0 ? "none" : family->version[index].name;
}

static const char *
list(const struct config *config, enum kind kind)
{
	return config->list[kind] == NULL ? "default" : config->list[kind];
}

static void
describe_cell(const struct cell *c, char *buf, size_t size)
{
	const struct config *config = c->config;
	const struct family *family = config->family;

	snprintf(buf, size,
	    "%s %s; min %s, max %s, SSL_OP_NO_* mask 0x%x, level %d, "
	    "ciphers %s, ciphersuites \"%s\", groups %s, sigalgs %s, "
	    "certificate %s%s",
	    c->role == PEER_CLIENT ? "client" : "server",
	    family->version[c->version].name, bound(family, c->min),
	    bound(family, c->max), c->mask, config->level,
	    list(config, CIPHERS), list(config, SUITES), list(config, GROUPS),
	    list(config, SIGALGS), config->certificates->name,
	    config->preference ? ", server preference" : "");
}

static const char *
describe_error(int reason)
{
	const char *text =
	    ERR_reason_error_string(ERR_PACK(ERR_LIB_SSL, 0, reason));

	if (reason == 0)
		return "no error";
	return text == NULL ? "an error without a name" : text;
}

static int
inspect(SSL_CTX *ctx, enum peer_role role, int version)
{
	return tlspolicy_inspect(ctx,
	    role == PEER_CLIENT ? TLSPOLICY_CLIENT : TLSPOLICY_SERVER, version);
}

/* 1: right; 0: why says what is not. */
static int
predict(const struct cell *c, char *why, size_t size)
{
	const int number = c->config->family->version[c->version].number;
	struct peer_result result;
	char state[512], want[128];
	unsigned verdicts;
	int completed, verdict;

	set_range(c);
	verdict = inspect(c->config->ctx, c->role, number);
	completed = peer_completes(c->config->ctx, c->role, number, 0, &result);
	verdicts = wanted(c, completed);
	predictions++;
	if (verdict >= 0 && (verdicts >> verdict & 1) != 0)
		return 1;
	mistakes++;
	describe_cell(c, state, sizeof(state));
	snprintf(why, size,
	    "%s: %s (%d), but should be %s; the handshake %s (%s; peer: %s)",
	    state, tlspolicy_verdict_name(verdict), verdict,
	    describe_verdicts(verdicts, want, sizeof(want)),
	    completed ? "completed" : "failed",
	    describe_error(result.reason[0]), describe_error(result.reason[1]));
	return 0;
}

/* The enumeration */

/* Of every how many predictions one is made. */
enum { NORMAL_STEP = 499, SHORT_STEP = 12007 };

static unsigned
cell_step(void)
{
	switch (test_tier()) {
	case TIER_SHORT:
		return SHORT_STEP;
	case TIER_NORMAL:
		return NORMAL_STEP;
	default:
		return 1;
	}
}

/* Where a part's predictions are, and what of them went wrong. */
struct progress {
	unsigned at;
	unsigned wrong;
	char first[1024];
};

static void
try_cell(struct cell *c, struct progress *progress)
{
	char why[1024];

	if (progress->at++ % cell_step() != 0)
		return;
	if (c->config->ctx == NULL)
		c->config->ctx = make_context(c->config);
	if (predict(c, why, sizeof(why)))
		return;
	if (progress->wrong++ == 0)
		strcpy(progress->first, why);
}

/* A client has neither certificates nor a preference to itself. */
static int
is_for_clients(const struct config *config)
{
	return config->certificates == &certificates[0] && !config->preference;
}

static void
try_versions(struct cell *c, struct progress *progress)
{
	for (c->version = 0; c->version < c->config->family->count;
	     c->version++) {
		c->role = PEER_CLIENT;
		if (is_for_clients(c->config))
			try_cell(c, progress);
		c->role = PEER_SERVER;
		try_cell(c, progress);
	}
}

/* Every bound where one list at most is not the default, else every mask. */
static void
try_config(struct config *config, struct progress *progress)
{
	const int count = (int)config->family->count;
	const int bounds = !config->preference &&
	    (config->narrow == 0 ||
		(config->narrow == 1 && config->level <= 3 &&
		    is_for_clients(config)));
	struct cell c = { .config = config };

	for (c.min = -1; c.min < (bounds ? count : 0); c.min++)
		for (c.max = -1; c.max < (bounds ? count : 0); c.max++)
			for (c.mask = 0; c.mask < 1u << count; c.mask++)
				try_versions(&c, progress);
	SSL_CTX_free(config->ctx);
}

/* Lists of which two at most are not the default. */
enum { MAX_PARTS = 256, PRIME = 7919 };
static unsigned parts[MAX_PARTS][KINDS];
static unsigned part_count;

static unsigned
length(enum kind kind)
{
	unsigned i = 1;

	while (i < MAX_LISTS && lists[kind][i] != NULL)
		i++;
	return i;
}

static unsigned
narrow(const unsigned index[KINDS])
{
	unsigned kind, count = 0;

	for (kind = 0; kind < KINDS; kind++)
		count += index[kind] != 0;
	return count;
}

/* 1.1.1 has no groups of finite fields. */
static int
has_groups(unsigned index)
{
	const char *groups = lists[GROUPS][index];

	return release() >= RELEASE_3_0 || groups == NULL ||
	    strncmp(groups, "ffdhe", 5) != 0;
}

static unsigned left_out;

static void
list_parts(void)
{
	unsigned i[KINDS];

	for (i[0] = 0; i[0] < length(CIPHERS); i[0]++)
		for (i[1] = 0; i[1] < length(SUITES); i[1]++)
			for (i[2] = 0; i[2] < length(GROUPS); i[2]++)
				for (i[3] = 0; i[3] < length(SIGALGS); i[3]++)
					if (narrow(i) > 2)
						continue;
					else if (has_groups(i[2]))
						memcpy(parts[part_count++], i,
						    sizeof(i));
					else
						left_out++;
}

START_TEST(no_part)
{
	SKIP_TEST("no ffdhe groups before OpenSSL 3.0");
}
END_TEST

static void
try_certificates(struct config *config, struct progress *progress)
{
	struct config copy;
	size_t i;

	for (i = 0; i < NELEM(certificates); i++) {
		if (config->narrow > 1 && !certificates[i].with_pairs)
			continue;
		copy = *config;
		copy.certificates = &certificates[i];
		try_config(&copy, progress);
	}
}

static void
try_levels(const struct family *family, const unsigned index[KINDS],
    struct progress *progress)
{
	struct config config = { .family = family, .narrow = narrow(index) };
	const int wide = config.narrow < 2;
	unsigned kind;

	for (kind = 0; kind < KINDS; kind++)
		config.list[kind] = lists[kind][index[kind]];
	for (config.level = 0; config.level <= (wide ? 5 : 3); config.level++)
		for (config.preference = 0; config.preference <= wide;
		     config.preference++)
			try_certificates(&config, progress);
}

START_TEST(part)
{
	const unsigned i = (unsigned)_i % part_count;
	const struct family *family = &families[(unsigned)_i / part_count];
	/* Parts begin at different steps of the stride. */
	struct progress progress = { .at = (unsigned)_i * PRIME };

	try_levels(family, parts[i], &progress);
	ck_assert_msg(progress.wrong == 0, "%u wrong; the first: %s",
	    progress.wrong, progress.first);
}
END_TEST

/* Methods */

/* The methods of one role, and those of one version. */
static const struct method {
	const char *name;
	const SSL_METHOD *(*method)(void);
	int version; /* 0: every one */
	int dtls;
	int lacks; /* a role as 1 << role */
} methods[] = {
	{ "TLS_method", TLS_method, 0, 0, 0 },
	{ "TLS_client_method", TLS_client_method, 0, 0, 1 << PEER_SERVER },
	{ "TLS_server_method", TLS_server_method, 0, 0, 1 << PEER_CLIENT },
	{ "DTLS_method", DTLS_method, 0, 1, 0 },
	{ "DTLS_client_method", DTLS_client_method, 0, 1, 1 << PEER_SERVER },
	{ "DTLS_server_method", DTLS_server_method, 0, 1, 1 << PEER_CLIENT },
	{ "TLSv1_method", release_tls1, TLS1_VERSION, 0, 0 },
	{ "TLSv1_1_method", release_tls1_1, TLS1_1_VERSION, 0, 0 },
	{ "TLSv1_2_method", release_tls1_2, TLS1_2_VERSION, 0, 0 },
	{ "TLSv1_2_client_method", release_tls1_2_client, TLS1_2_VERSION, 0,
	    1 << PEER_SERVER },
	{ "TLSv1_2_server_method", release_tls1_2_server, TLS1_2_VERSION, 0,
	    1 << PEER_CLIENT },
	{ "DTLSv1_method", release_dtls1, DTLS1_VERSION, 1, 0 },
	{ "DTLSv1_2_method", release_dtls1_2, DTLS1_2_VERSION, 1, 0 },
};

/* What a method that pins a version makes of the others; 0: it is the one. */
static int
outside(const struct method *m, int version)
{
	if (m->version == 0 || version == m->version)
		return TLSPOLICY_AVAILABLE;
	return (version < m->version) == !m->dtls ? TLSPOLICY_BELOW_MIN
						  : TLSPOLICY_ABOVE_MAX;
}

static void
assert_entry(const char *name, int status)
{
	const unsigned long code = ERR_peek_last_error();
	const char *lib = ERR_lib_error_string(code);
	const char *reason = ERR_reason_error_string(code);

	ck_assert_msg(lib != NULL && strcmp(lib, "tlspolicy") == 0,
	    "%s: an entry of %s", name, lib == NULL ? "nobody" : lib);
	ck_assert_msg(
	    reason != NULL && strcmp(reason, tlspolicy_strerror(status)) == 0,
	    "%s: the reason is %s, not %s", name,
	    reason == NULL ? "missing" : reason, tlspolicy_strerror(status));
	ERR_clear_error();
}

static void
assert_lacking(const struct method *m, SSL_CTX *ctx, enum peer_role role)
{
	const int version = m->dtls ? DTLS1_2_VERSION : TLS1_2_VERSION;
	const int status = inspect(ctx, role, version);

	ck_assert_msg(status == TLSPOLICY_E_METHOD, "%s: %s", m->name,
	    tlspolicy_verdict_name(status));
	assert_entry(m->name, status);
}

/* The handshake and the version decide: these contexts are otherwise fine. */
static void
assert_method(const struct method *m, SSL_CTX *ctx, enum peer_role role)
{
	const struct family *family = &families[m->dtls];
	/* 1.1.1's level 2 forbids ECDSA to sign and RSA not: it has both. */
	const int forbidden = release() < RELEASE_3_0 && role == PEER_SERVER
	    ? TLSPOLICY_NO_CERTIFICATE
	    : TLSPOLICY_SECURITY_LEVEL;
	struct peer_result result;
	int version, verdict, completed, want;
	unsigned i;

	for (i = 0; i < family->count; i++) {
		version = family->version[i].number;
		verdict = inspect(ctx, role, version);
		completed = peer_completes(ctx, role, version, 0, &result);
		want = outside(m, version);
		if (want == TLSPOLICY_AVAILABLE && !completed)
			want = forbidden;
		predictions++;
		mistakes += verdict != want;
		ck_assert_msg(completed == (want == TLSPOLICY_AVAILABLE) &&
			verdict == want,
		    "%s, level %d, role %d, %s: %s, but should be %s; the "
		    "handshake %s",
		    m->name, SSL_CTX_get_security_level(ctx), (int)role,
		    family->version[i].name, tlspolicy_verdict_name(verdict),
		    tlspolicy_verdict_name(want),
		    completed ? "completed" : "failed");
	}
}

START_TEST(method)
{
	const struct method *m = &methods[_i];
	SSL_CTX *ctx;
	int role, level;

	if (m->method() == NULL)
		SKIP_TEST("this release has no methods of one version");
	ctx = SSL_CTX_new(m->method());
	ck_assert_ptr_nonnull(ctx);
	load_certificates(ctx, &certificates[0]);
	/* A method that pins its version takes no notice of these. */
	if (m->version != 0) {
		SSL_CTX_set_options(ctx, SSL_OP_NO_SSL_MASK);
		(void)SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
	}
	for (level = 0; level <= 2; level++) {
		SSL_CTX_set_security_level(ctx, level);
		for (role = 0; role < 2; role++)
			if ((m->lacks >> role & 1) != 0)
				assert_lacking(m, ctx, (enum peer_role)role);
			else
				assert_method(m, ctx, (enum peer_role)role);
	}
	SSL_CTX_free(ctx);
}
END_TEST

/* It changes nothing */

static const struct plain {
	const char *name;
	const SSL_METHOD *(*method)(void);
	int level, min, max;
	uint64_t options;
	const char *list[KINDS];
} plains[] = {
	{ "default", TLS_method, 2, 0, 0, 0, { NULL } },
	{ "level 0", TLS_method, 0, 0, 0, 0, { "ALL:eNULL" } },
	{ "hole", TLS_method, 0, 0, 0, SSL_OP_NO_TLSv1_2, { NULL } },
	{ "no version", TLS_method, 1, TLS1_3_VERSION, TLS1_2_VERSION, 0,
	    { NULL } },
	{ "lists", TLS_method, 3, TLS1_2_VERSION, 0, 0,
	    { "ECDHE+AESGCM", "TLS_AES_256_GCM_SHA384", "P-384:X25519",
		"RSA-PSS+SHA256:ECDSA+SHA256" } },
	{ "no cipher", TLS_method, 2, 0, TLS1_2_VERSION, 0, { "kDHE+SHA1" } },
	{ "client", TLS_client_method, 2, 0, 0, 0, { NULL } },
	{ "server", TLS_server_method, 2, 0, 0, 0, { NULL } },
	{ "one version", release_tls1_2, 2, 0, 0, 0, { NULL } },
	{ "DTLS", DTLS_method, 1, 0, DTLS1_2_VERSION, 0,
	    { "kRSA", NULL, "P-256", "RSA+SHA256" } },
	{ "DTLS server", DTLS_server_method, 0, 0, 0, 0, { NULL } },
};

static SSL_CTX *
make_plain(const struct plain *p)
{
	SSL_CTX *ctx = SSL_CTX_new(p->method());

	ck_assert_ptr_nonnull(ctx);
	load_certificates(ctx, &certificates[0]);
	SSL_CTX_set_security_level(ctx, p->level);
	set_lists(ctx, p->list);
	SSL_CTX_set_options(ctx, p->options);
	if (p->min != 0)
		ck_assert(SSL_CTX_set_min_proto_version(ctx, p->min) == 1);
	if (p->max != 0)
		ck_assert(SSL_CTX_set_max_proto_version(ctx, p->max) == 1);
	return ctx;
}

/* But for the one that a rehearsed ClientHello may add to. */
static long
session_counts(SSL_CTX *ctx)
{
	return SSL_CTX_sess_number(ctx) + SSL_CTX_sess_connect_good(ctx) +
	    SSL_CTX_sess_accept(ctx) + SSL_CTX_sess_accept_good(ctx) +
	    SSL_CTX_sess_hits(ctx) + SSL_CTX_sess_misses(ctx) +
	    SSL_CTX_sess_timeouts(ctx);
}

static void
push_entries(int count)
{
	char text[32];
	int i;

	for (i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "prior %d", i);
		release_raise(ERR_LIB_USER, 100 + i, text);
		if (i == 0)
			ck_assert_int_eq(ERR_set_mark(), 1);
	}
}

/* Takes the entries off, the oldest first, and the mark after the first. */
static void
assert_entries(const char *name, int count, int mark)
{
	struct release_entry e;
	char want[32];
	int i;

	if (mark) {
		ck_assert_msg(ERR_pop_to_mark() == 1, "%s: no mark", name);
		count = 1;
	}
	for (i = 0; i < count; i++) {
		snprintf(want, sizeof(want), "prior %d", i);
		e = release_take_error();
		ck_assert_msg(ERR_GET_REASON(e.code) == 100 + i &&
			strcmp(e.data, want) == 0,
		    "%s: entry %d is %d, %s", name, i, ERR_GET_REASON(e.code),
		    e.data);
	}
	ck_assert_msg(ERR_get_error() == 0, "%s: an entry too many", name);
	ck_assert_msg(ERR_pop_to_mark() == 0, "%s: a mark too many", name);
}

static void
inspect_all(const struct plain *p, SSL_CTX *ctx)
{
	static const int queued[] = { 0, 1, 15 };
	SSL *ssl = SSL_new(ctx);
	const struct family *family = &families[SSL_is_dtls(ssl)];
	unsigned i, role, k, mark;

	SSL_free(ssl);
	for (i = 0; i < family->count * 2 * NELEM(queued); i++) {
		k = i % NELEM(queued);
		role = i / NELEM(queued) % 2;
		if ((p->method == TLS_client_method && role == PEER_SERVER) ||
		    (p->method == TLS_server_method && role == PEER_CLIENT) ||
		    (p->method == DTLS_server_method && role == PEER_CLIENT))
			continue;
		for (mark = 0; mark < 2; mark++) {
			push_entries(queued[k]);
			ck_assert_msg(inspect(ctx, (enum peer_role)role,
					  family->version[i / 2 / NELEM(queued)]
					      .number) >= 0,
			    "%s", p->name);
			assert_entries(
			    p->name, queued[k], mark && queued[k] > 0);
		}
	}
}

START_TEST(changes_nothing)
{
	const struct plain *p = &plains[_i];
	struct peer_snapshot before, after;
	char why[PEER_WHY] = "";
	SSL_CTX *ctx;
	long counts;
	int number;

	if (p->method() == NULL)
		SKIP_TEST("this release has no methods of one version");
	ctx = make_plain(p);
	number = (int)SSL_CTX_sess_number(ctx);
	peer_snapshot(ctx, &before, 0);
	counts = session_counts(ctx);
	inspect_all(p, ctx);
	ck_assert_msg(
	    session_counts(ctx) == counts && SSL_CTX_sess_number(ctx) == number,
	    "%s: %ld sessions, %ld in all, not %ld", p->name,
	    SSL_CTX_sess_number(ctx), session_counts(ctx), counts);
	peer_snapshot(ctx, &after, 0);
	ck_assert_msg(peer_same(&before, &after, why, sizeof(why)), "%s: %s",
	    p->name, why);
	SSL_CTX_free(ctx);
}
END_TEST

/* Arguments */

enum { DTLS1_3 = 0xfefc };

static const struct question {
	const char *name;
	int dtls, role, version, want;
} questions[] = {
	{ "role 7", 0, 7, TLS1_2_VERSION, TLSPOLICY_E_INVALID },
	{ "role -1", 0, -1, TLS1_2_VERSION, TLSPOLICY_E_INVALID },
	{ "version 0", 0, 0, 0, TLSPOLICY_E_INVALID },
	{ "version 42", 0, 1, 42, TLSPOLICY_E_INVALID },
	{ "version -1", 0, 1, -1, TLSPOLICY_E_INVALID },
	{ "version 0x0305", 0, 0, 0x0305, TLSPOLICY_E_INVALID },
	{ "SSL 3.0", 0, 0, SSL3_VERSION, TLSPOLICY_E_INVALID },
	{ "DTLS 1.0 on TLS", 0, 0, DTLS1_VERSION, TLSPOLICY_E_INVALID },
	{ "DTLS 1.2 on TLS", 0, 1, DTLS1_2_VERSION, TLSPOLICY_E_INVALID },
	{ "DTLS 1.3 on TLS", 0, 1, DTLS1_3, TLSPOLICY_E_INVALID },
	{ "TLS 1.0 on DTLS", 1, 0, TLS1_VERSION, TLSPOLICY_E_INVALID },
	{ "TLS 1.2 on DTLS", 1, 0, TLS1_2_VERSION, TLSPOLICY_E_INVALID },
	{ "TLS 1.3 on DTLS", 1, 1, TLS1_3_VERSION, TLSPOLICY_E_INVALID },
	{ "OpenSSL's old DTLS", 1, 1, DTLS1_BAD_VER, TLSPOLICY_E_INVALID },
	{ "version 0 on DTLS", 1, 1, 0, TLSPOLICY_E_INVALID },
	{ "DTLS 1.3 client", 1, 0, DTLS1_3, TLSPOLICY_NOT_BUILT },
	{ "DTLS 1.3 server", 1, 1, DTLS1_3, TLSPOLICY_NOT_BUILT },
};

START_TEST(argument)
{
	const struct question *q = &questions[_i];
	SSL_CTX *ctx = SSL_CTX_new(q->dtls ? DTLS_method() : TLS_method());
	int status;

	ck_assert_ptr_nonnull(ctx);
	status =
	    tlspolicy_inspect(ctx, (enum tlspolicy_role)q->role, q->version);
	ck_assert_msg(
	    status == q->want, "%s: %d, not %d", q->name, status, q->want);
	if (status < 0)
		assert_entry(q->name, status);
	ck_assert_msg(ERR_peek_error() == 0, "%s: an entry", q->name);
	SSL_CTX_free(ctx);
}
END_TEST

START_TEST(no_context)
{
	const int status =
	    tlspolicy_inspect(NULL, TLSPOLICY_CLIENT, TLS1_2_VERSION);

	ck_assert_int_eq(status, TLSPOLICY_E_INVALID);
	assert_entry("NULL", status);
}
END_TEST

START_TEST(verdict_names)
{
	static const char unknown[] = "unknown verdict";
	const char *name[TLSPOLICY_NO_CERTIFICATE + 1];
	int i, k;

	for (i = 0; i <= TLSPOLICY_NO_CERTIFICATE; i++) {
		name[i] = tlspolicy_verdict_name(i);
		ck_assert_msg(name[i] != NULL && name[i][0] != '\0' &&
			strcmp(name[i], unknown) != 0,
		    "verdict %d", i);
		for (k = 0; k < i; k++)
			ck_assert_str_ne(name[i], name[k]);
	}
	ck_assert_str_eq(name[TLSPOLICY_BELOW_MIN], "below the minimum");
	ck_assert_str_eq(tlspolicy_verdict_name(-1), unknown);
	ck_assert_str_eq(
	    tlspolicy_verdict_name(TLSPOLICY_NO_CERTIFICATE + 1), unknown);
	ck_assert_str_eq(tlspolicy_verdict_name(99), unknown);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("inspect");
	TCase *tc = tcase_create("inspect");
	int status;

	/* The counts are of one process. */
	if (setenv("CK_FORK", "no", 1) != 0)
		return EXIT_FAILURE;
	/* Without a fork Check's timeout does nothing: this ends a hang. */
	(void)alarm(test_tier() == TIER_FULL ? 7200 : 600);
	peer_setup();
	list_parts();
	tcase_add_test(tc, verdict_names);
	tcase_add_test(tc, no_context);
	tcase_add_loop_test(tc, argument, 0, (int)NELEM(questions));
	tcase_add_loop_test(tc, changes_nothing, 0, (int)NELEM(plains));
	tcase_add_loop_test(tc, method, 0, (int)NELEM(methods));
	tcase_add_loop_test(tc, part, 0, (int)(NELEM(families) * part_count));
	tcase_add_loop_test(tc, no_part, 0, (int)(NELEM(families) * left_out));
	suite_add_tcase(suite, tc);
	status = run_suite(suite);
	printf("# %lu predictions, %lu wrong, %lu handshakes\n", predictions,
	    mistakes, peer_handshakes());
	return status;
}
