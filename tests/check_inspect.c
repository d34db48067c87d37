/* SPDX-License-Identifier: MIT */
/*
 * Whether tlspolicy_inspect() tells the truth: each prediction beside a full
 * handshake with reference peers, over contexts that raw OpenSSL calls set up.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inspected.h"
#include "peer.h"
#include "release.h"
#include "runner.h"

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
