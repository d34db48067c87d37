/* SPDX-License-Identifier: MIT */
/*
 * Every min x max x disabled versions, against real peers of every version.
 * The expectations come from plain loops over four booleans.
 */
#include <openssl/err.h>

#include <tlspolicy.h>

#include "peer.h"
#include "runner.h"

enum { BOUNDS = PEER_VERSIONS + 1, MASKS = 1 << PEER_VERSIONS };
enum { POLICIES = BOUNDS * BOUNDS * MASKS, TEXT_STRIDE = 7 };

static const unsigned disable_flag[PEER_VERSIONS] = { TLSPOLICY_NO_TLS1_0,
	TLSPOLICY_NO_TLS1_1, TLSPOLICY_NO_TLS1_2, TLSPOLICY_NO_TLS1_3 };

struct row {
	int min, max;      /* an index of peer_version(), -1: unset */
	unsigned disabled; /* a set of them */
	char name[160];    /* also its policy text */
};

/* The policies in one fixed order, the bounds slowest. */
static void
make_row(int index, struct row *row)
{
	const char *separator = ",disable=";
	unsigned i;
	int at = 0;

	row->min = index / MASKS / BOUNDS - 1;
	row->max = index / MASKS % BOUNDS - 1;
	row->disabled = (unsigned)(index % MASKS);
	at += snprintf(row->name, sizeof(row->name), "level=0");
	if (row->min >= 0)
		at += snprintf(row->name + at, sizeof(row->name) - (size_t)at,
		    ",min=%s", peer_version_name((unsigned)row->min));
	if (row->max >= 0)
		at += snprintf(row->name + at, sizeof(row->name) - (size_t)at,
		    ",max=%s", peer_version_name((unsigned)row->max));
	for (i = 0; i < PEER_VERSIONS; i++) {
		if ((row->disabled >> i & 1) == 0)
			continue;
		at += snprintf(row->name + at, sizeof(row->name) - (size_t)at,
		    "%s%s", separator, peer_version_name(i));
		separator = ":";
	}
}

static unsigned
wanted_set(const struct row *row)
{
	unsigned i, set = 0;

	for (i = 0; i < PEER_VERSIONS; i++) {
		if (row->min >= 0 && i < (unsigned)row->min)
			continue;
		if (row->max >= 0 && i > (unsigned)row->max)
			continue;
		if ((row->disabled >> i & 1) == 0)
			set |= 1u << i;
	}
	return set;
}

static int
wanted_status(const struct row *row)
{
	unsigned i, edges = 0, set = wanted_set(row);

	if (set == 0 || (row->min >= 0 && row->max >= 0 && row->min > row->max))
		return TLSPOLICY_E_RANGE;
	/* A set without a hole begins once. */
	for (i = 0; i < PEER_VERSIONS; i++)
		if ((set >> i & 1) != 0 &&
		    (i == 0 || (set >> (i - 1) & 1) == 0))
			edges++;
	return edges == 1 ? TLSPOLICY_OK : TLSPOLICY_E_HOLE;
}

static struct tlspolicy *
make_policy(const struct row *row)
{
	struct tlspolicy *policy = tlspolicy_new();
	unsigned i, flags = 0;

	ck_assert_ptr_nonnull(policy);
	for (i = 0; i < PEER_VERSIONS; i++)
		if ((row->disabled >> i & 1) != 0)
			flags |= disable_flag[i];
	ck_assert_int_eq(tlspolicy_set_security_level(policy, 0), 0);
	ck_assert_int_eq(tlspolicy_set_disabled(policy, flags), 0);
	if (row->min >= 0)
		ck_assert_int_eq(tlspolicy_set_min_version(
				     policy, peer_version((unsigned)row->min)),
		    0);
	if (row->max >= 0)
		ck_assert_int_eq(tlspolicy_set_max_version(
				     policy, peer_version((unsigned)row->max)),
		    0);
	return policy;
}

static void
assert_bounds(SSL_CTX *ctx, const struct row *row)
{
	unsigned set = wanted_set(row);
	unsigned low = 0, high = PEER_VERSIONS - 1;
	int min = (int)SSL_CTX_get_min_proto_version(ctx);
	int max = (int)SSL_CTX_get_max_proto_version(ctx);

	while ((set >> low & 1) == 0)
		low++;
	while ((set >> high & 1) == 0)
		high--;
	/* A bound that the policy does not touch may stay unset. */
	if (row->min >= 0 || low > 0)
		ck_assert_msg(min == peer_version(low), "%s: min is 0x%x",
		    row->name, (unsigned)min);
	if (row->max >= 0 || high < PEER_VERSIONS - 1)
		ck_assert_msg(max == peer_version(high), "%s: max is 0x%x",
		    row->name, (unsigned)max);
}

static void
assert_negotiates(SSL_CTX *ctx, const struct row *row)
{
	unsigned want = wanted_set(row);
	unsigned client = peer_negotiated(ctx, PEER_CLIENT);
	unsigned server = peer_negotiated(ctx, PEER_SERVER);

	ck_assert_msg(client == want, "%s: client negotiates %s, not %s",
	    row->name, peer_set_name(client), peer_set_name(want));
	ck_assert_msg(server == want, "%s: server negotiates %s, not %s",
	    row->name, peer_set_name(server), peer_set_name(want));
}

static int
apply_object(SSL_CTX *ctx, const struct row *row)
{
	struct tlspolicy *policy = make_policy(row);
	int status = tlspolicy_apply_ctx(ctx, policy, TLSPOLICY_OVERRIDE);

	tlspolicy_free(policy);
	return status;
}

/* The rows of a tier are a stride of all, prime to the masks and bounds. */
static int
row_count(void)
{
	return test_tier() == TIER_SHORT ? POLICIES / 23 : POLICIES;
}

static int
row_index(int i)
{
	return test_tier() == TIER_SHORT ? i * 23 : i;
}

START_TEST(policy_object)
{
	struct peer_snapshot fresh, once, twice;
	char why[PEER_WHY] = "";
	SSL_CTX *ctx = peer_context(TLS_method(), NULL);
	struct row row;
	int status, want;

	make_row(row_index(_i), &row);
	want = wanted_status(&row);
	peer_snapshot(ctx, &fresh, 0);
	status = apply_object(ctx, &row);
	ck_assert_msg(
	    status == want, "%s: status %d, not %d", row.name, status, want);
	peer_snapshot(ctx, &once, 0);
	if (want != TLSPOLICY_OK) {
		ck_assert_msg(peer_same(&fresh, &once, why, sizeof(why)),
		    "%s: failed, yet changed %s", row.name, why);
	} else {
		assert_bounds(ctx, &row);
		assert_negotiates(ctx, &row);
		ck_assert_int_eq(apply_object(ctx, &row), TLSPOLICY_OK);
		peer_snapshot(ctx, &twice, 0);
		ck_assert_msg(peer_same(&once, &twice, why, sizeof(why)),
		    "%s: the second time changed %s", row.name, why);
	}
	SSL_CTX_free(ctx);
}
END_TEST

/* Text does the same as objects; parse refuses what apply refuses. */
START_TEST(policy_text)
{
	struct peer_snapshot by_text, by_object;
	char why[PEER_WHY] = "";
	SSL_CTX *ctx = peer_context(TLS_method(), NULL);
	SSL_CTX *other = peer_context(TLS_method(), NULL);
	struct tlspolicy *policy = NULL;
	struct row row;
	int status, parsed;

	make_row(_i * TEXT_STRIDE, &row);
	parsed = tlspolicy_parse(&policy, row.name);
	status = tlspolicy_apply_text(ctx, row.name, TLSPOLICY_OVERRIDE);
	ck_assert_msg(parsed == wanted_status(&row), "%s: parse says %d",
	    row.name, parsed);
	ck_assert_msg(status == wanted_status(&row), "%s: apply_text says %d",
	    row.name, status);
	ck_assert_int_eq(apply_object(other, &row), status);
	peer_snapshot(ctx, &by_text, 0);
	peer_snapshot(other, &by_object, 0);
	ck_assert_msg(peer_same(&by_text, &by_object, why, sizeof(why)),
	    "%s: text and object differ in %s", row.name, why);
	tlspolicy_free(policy);
	SSL_CTX_free(ctx);
	SSL_CTX_free(other);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("versions");
	TCase *objects = tcase_create("objects");
	TCase *texts = tcase_create("texts");

	peer_setup();
	tcase_set_timeout(objects, 60);
	tcase_set_timeout(texts, 60);
	tcase_add_loop_test(objects, policy_object, 0, row_count());
	tcase_add_loop_test(texts, policy_text, 0, row_count() / TEXT_STRIDE);
	suite_add_tcase(suite, objects);
	suite_add_tcase(suite, texts);
	return run_suite(suite);
}
