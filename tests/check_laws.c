/* SPDX-License-Identifier: MIT */
/*
 * The laws of tlspolicy(7) over prior states of a context x policies x modes.
 * What a policy asks for is computed with raw OpenSSL calls, never with the
 * library's own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "laws.h"
#include "peer.h"
#include "runner.h"

static const char *const mode_names[MODES] = { "default", "OVERRIDE",
	"FAIL_IF_STRICTER" };

static int
try_mode(struct cell *c, int mode, struct peer_snapshot *now)
{
	SSL_CTX *ctx = make_law_state(c->state);
	char why[PEER_WHY] = "";
	int status;

	c->mode = mode_names[mode];
	push_caller_errors();
	status = apply(c, ctx, mode);
	assert_quiet(c, status);
	if (c->state == &law_states[0])
		ck_assert_msg(status == wanted_of(c->entry)[mode],
		    "%s: %s: status %d, not %d", c->name, c->mode, status,
		    wanted_of(c->entry)[mode]);
	peer_snapshot(ctx, now, 0);
	if (c->deep && mode != FAIL)
		negotiate(c, ctx, now, status == TLSPOLICY_OK);
	if (status == TLSPOLICY_OK)
		assert_success(c, ctx, mode, now);
	else
		ck_assert_msg(peer_same(&c->before, now, why, sizeof(why)),
		    "law 1: %s: %s: failed with %d and changed %s", c->name,
		    c->mode, status, why);
	SSL_CTX_free(ctx);
	return status;
}

/* A list without its optional items, in place; 0: nothing is left. */
static int
keep_required(char *list)
{
	char *to = list, *item, *rest = NULL;
	size_t len;

	for (item = strtok_r(list, ":", &rest); item != NULL;
	     item = strtok_r(NULL, ":", &rest)) {
		if (item[0] == '?')
			continue;
		len = strlen(item);
		if (to > list)
			*to++ = ':';
		memmove(to, item, len);
		to += len;
	}
	*to = '\0';
	return to > list;
}

/* The policy as if its optional items were not there; lists of them alone. */
static struct tlspolicy *
required_of(const struct tlspolicy *policy)
{
	static const struct {
		const char *(*get)(const struct tlspolicy *);
		int (*set)(struct tlspolicy *, const char *);
	} lists[] = { { tlspolicy_get_ciphers, tlspolicy_set_ciphers },
		{ tlspolicy_get_ciphersuites, tlspolicy_set_ciphersuites },
		{ tlspolicy_get_groups, tlspolicy_set_groups },
		{ tlspolicy_get_sigalgs, tlspolicy_set_sigalgs } };
	struct tlspolicy *required = tlspolicy_dup(policy);
	char list[8192];
	size_t i;

	ck_assert_ptr_nonnull(required);
	for (i = 0; i < NELEM(lists); i++) {
		if (lists[i].get(policy) == NULL)
			continue;
		snprintf(list, sizeof(list), "%s", lists[i].get(policy));
		ck_assert_int_eq(
		    lists[i].set(required, keep_required(list) ? list : NULL),
		    TLSPOLICY_OK);
	}
	return required;
}

/*
 * Law 4: optional items that the context lacks do not count.  Whether without
 * them all the policy would be granted by default.
 */
static int
lacks_optional_alone(const struct cell *c)
{
	static const unsigned flags[] = { 0, TLSPOLICY_OVERRIDE };
	struct tlspolicy *required = required_of(c->policy);
	struct peer_snapshot now[2];
	char why[PEER_WHY];
	int i, granted = 1;

	for (i = 0; granted && i < 2; i++) {
		SSL_CTX *ctx = make_law_state(c->state);

		granted = tlspolicy_apply_ctx(ctx, required, flags[i]) ==
		    TLSPOLICY_OK;
		ERR_clear_error();
		peer_snapshot(ctx, &now[i], 0);
		SSL_CTX_free(ctx);
	}
	tlspolicy_free(required);
	return granted && peer_same(&now[0], &now[1], why, sizeof(why));
}

static void
assert_modes(const struct cell *c, const int status[MODES],
    const struct peer_snapshot now[MODES])
{
	int want = TLSPOLICY_E_STRICTER;
	char why[PEER_WHY] = "the status";

	if (status[OVER] != TLSPOLICY_OK)
		want = status[OVER];
	else if (status[PLAIN] == TLSPOLICY_OK &&
	    (peer_same(&now[PLAIN], &now[OVER], why, sizeof(why)) ||
		lacks_optional_alone(c)))
		want = TLSPOLICY_OK;
	ck_assert_msg(status[FAIL] == want,
	    "law 4: %s: FAIL_IF_STRICTER: %d, not %d (default %d, OVERRIDE %d; "
	    "they differ in %s)",
	    c->name, status[FAIL], want, status[PLAIN], status[OVER], why);
	/* What stays out with the one stays out with the other. */
	ck_assert_msg(status[FAIL] != TLSPOLICY_OK ||
		peer_same(&now[PLAIN], &now[FAIL], why, sizeof(why)),
	    "law 4: %s: FAIL_IF_STRICTER is not the default: %s", c->name, why);
}

/* The enumeration */

static unsigned
gcd(unsigned a, unsigned b)
{
	unsigned rest;

	while (b != 0) {
		rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

/* An even stride that is prime to the policies, so that all have a turn. */
static unsigned
stride(unsigned cells, unsigned budget)
{
	unsigned step = (cells + budget - 1) / budget;

	while (step > 1 && gcd(step, ENTRIES) != 1)
		step++;
	return step;
}

/* Handshakes of a deep cell: two modes, two roles, every version. */
enum { CELLS = STATES * ENTRIES, PER_CELL = 2 * 2 * PEER_VERSIONS };

enum { NORMAL_HANDSHAKES = 6000, SHORT_CELLS = 60, SHORT_DEEP = 4 };

static unsigned
cell_stride(void)
{
	return test_tier() == TIER_SHORT ? stride(CELLS, SHORT_CELLS) : 1;
}

static int
is_deep(unsigned i)
{
	if (test_tier() == TIER_SHORT)
		return i % SHORT_DEEP == 0;
	if (test_tier() == TIER_FULL)
		return 1;
	return i % stride(CELLS * PER_CELL, NORMAL_HANDSHAKES) == 0;
}

/* What a state negotiates does not change: it is found once. */
static const struct peer_snapshot *
before_of(unsigned index, int deep)
{
	static struct peer_snapshot known[STATES];
	SSL_CTX *ctx;

	if (known[index].method == NULL || (deep && !known[index].tried)) {
		ctx = make_law_state(&law_states[index]);
		peer_snapshot(ctx, &known[index], deep);
		SSL_CTX_free(ctx);
	}
	return &known[index];
}

static const struct tlspolicy *
permitted_of(unsigned index)
{
	static struct tlspolicy *known[STATES];
	SSL_CTX *ctx;

	if (known[index] == NULL) {
		ctx = make_law_state(&law_states[index]);
		ck_assert_int_eq(
		    tlspolicy_from_ctx(&known[index], ctx), TLSPOLICY_OK);
		SSL_CTX_free(ctx);
	}
	return known[index];
}

START_TEST(state_and_policy)
{
	static struct peer_snapshot now[MODES];
	unsigned index = (unsigned)_i * cell_stride();
	struct cell cell = { .state = &law_states[index / ENTRIES],
		.entry = &law_entries[index % ENTRIES],
		.deep = is_deep((unsigned)_i) };
	struct tlspolicy *policy;
	int mode, status[MODES];

	if (cell.state->method != NULL && cell.state->method() == NULL)
		SKIP_TEST("this release has no methods of one version");
	policy = make_policy(cell.entry);
	snprintf(cell.name, sizeof(cell.name), "%s + \"%s\"", cell.state->name,
	    cell.entry->text);
	cell.policy = policy;
	cell.before = *before_of(index / ENTRIES, cell.deep);
	cell.permitted = permitted_of(index / ENTRIES);
	peer_host(NULL);
	if (policy != NULL)
		ask_cell(&cell);
	for (mode = 0; mode < MODES; mode++)
		status[mode] = try_mode(&cell, mode, &now[mode]);
	assert_modes(&cell, status, now);
	tlspolicy_free(policy);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("laws");
	TCase *cells = tcase_create("cells");
	unsigned step = cell_stride();

	/* A fork a cell costs more than the cell, under ASan tenfold. */
	if (setenv("CK_FORK", "no", 0) != 0)
		return EXIT_FAILURE;
	/* Without a fork Check's timeout does nothing: this ends a hang. */
	(void)alarm(test_tier() == TIER_FULL ? 7200 : 600);
	peer_setup();
	tcase_set_timeout(cells, 120);
	tcase_add_loop_test(
	    cells, state_and_policy, 0, (int)((CELLS + step - 1) / step));
	suite_add_tcase(suite, cells);
	return run_suite(suite);
}
