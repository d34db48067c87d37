/* SPDX-License-Identifier: MIT */
/*
 * What inspect is to say of a cell: by a handshake, and where that fails, by
 * more handshakes of the same context with something of it as wide as can be;
 * the library has no part in that.
 */
#include <stdio.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "inspected.h"
#include "peer.h"
#include "release.h"
#include "runner.h"

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
	/*
	 * DH parameters cannot be seen: where they would do, what they are for
	 * is at fault, and no certificate.
	 */
	if (c->role == PEER_SERVER && completes(c, PEER_DH))
		return (obstacle(c, PEER_ANYTHING) & ~VERDICT(NO_CERTIFICATE)) |
		    VERDICT(NO_CIPHER);
	/* A server passes over a hole, but not without ciphers below it. */
	return obstacle(c, PEER_ANYTHING) |
	    (!in_run && completes_alone(c) ? VERDICT(CUT_OFF) : 0);
}

unsigned long predictions, mistakes;

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

int
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
