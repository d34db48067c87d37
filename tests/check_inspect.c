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

#include "inspected.h"
#include "peer.h"
#include "release.h"
#include "runner.h"

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

	for (i = 0; i < CERTIFICATES; i++) {
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
	tcase_add_loop_test(tc, part, 0, (int)(FAMILIES * part_count));
	tcase_add_loop_test(tc, no_part, 0, (int)(FAMILIES * left_out));
	suite_add_tcase(suite, tc);
	status = run_suite(suite);
	printf("# %lu predictions, %lu wrong, %lu handshakes\n", predictions,
	    mistakes, peer_handshakes());
	return status;
}
