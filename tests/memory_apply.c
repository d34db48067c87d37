/* SPDX-License-Identifier: MIT */
/*
 * Applying a policy while something fails: the context is as it was, or
 * closed.
 */
#include <stdio.h>
#include <string.h>

#include <tlspolicy.h>

#include "faults.h"
#include "memory.h"
#include "peer.h"
#include "release.h"
#include "runner.h"

static const char narrow[] =
    "min=TLSv1.2,sigalgs=rsa_pss_rsae_sha256:ecdsa_secp256r1_sha256,"
    "groups=P-256";

static const char *const policies[] = { "intermediate", "modern", narrow,
	"legacy" };

static const unsigned modes[] = { 0, TLSPOLICY_OVERRIDE,
	TLSPOLICY_FAIL_IF_STRICTER };

static const char *const states[] = { "default", "narrow", "cut", "bound",
	"DTLS", "Suite B" };

enum { PRODUCT = NELEM(policies) * NELEM(modes) * STATES };

/* Takes no memory at all. */
const char policy_of_numbers[] = "min=TLSv1.2,max=TLSv1.3";

/* Beside the product of these: what fails anyway, and what is rare. */
static const struct more {
	const char *policy;
	unsigned mode, state;
} more[] = {
	{ "max=TLSv1.1", 0, DEFAULT },
	{ "min=TLSv1,max=TLSv1.1,level=2", 0, NARROW },
	{ "min=TLSv1.3,ciphers=?NOSUCH-SHA", TLSPOLICY_OVERRIDE, DEFAULT },
	{ "min=TLSv1.3,ciphers=?NOSUCH-SHA", 0, BOUND },
	{ "groups=?NOSUCH", 0, DEFAULT },
	{ "sigalgs=?NOSUCH", 0, DEFAULT },
	{ "level=3,renegotiation=on,preference=client", 0, DEFAULT },
	{ "min=TLSv1.3,max=TLSv1.3", TLSPOLICY_OVERRIDE, NARROW },
	{ "intermediate", 0, DATAGRAM },
	{ "legacy", TLSPOLICY_OVERRIDE, DATAGRAM },
	{ policy_of_numbers, TLSPOLICY_OVERRIDE, NARROW },
	{ "level=1", 0, SUITE_B },
	{ "intermediate", 0, SUITE_B },
};

enum { ROWS = PRODUCT + NELEM(more) };

struct row {
	char name[160];
	const char *policy;
	unsigned mode, state;
	int lies;   /* the fault is a list that is only said to be set */
	int status; /* without faults, as the snapshots: */
	struct peer_snapshot before, after;
	struct peer_hello hellos[2]; /* likewise */
};

SSL_CTX *
make_context(unsigned state)
{
	SSL_CTX *ctx =
	    SSL_CTX_new(state == DATAGRAM ? DTLS_method() : TLS_method());

	ck_assert_ptr_nonnull(ctx);
	if (state == SUITE_B)
		ck_assert(SSL_CTX_set_cipher_list(ctx, "SUITEB128") == 1);
	if (state == DEFAULT || state == DATAGRAM || state == SUITE_B)
		return ctx;
	SSL_CTX_set_security_level(ctx, 0);
	if (state == NARROW)
		ck_assert(SSL_CTX_set_cipher_list(ctx,
			      "ECDHE-RSA-AES128-GCM-SHA256:"
			      "ECDHE-ECDSA-AES128-GCM-SHA256") == 1);
	if (state == CUT)
		SSL_CTX_set_options(ctx, SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_3);
	if (state == BOUND)
		ck_assert(SSL_CTX_set_min_proto_version(ctx, TLS1_1_VERSION) &&
		    SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION) &&
		    peer_set_groups(ctx, "P-384:P-256"));
	return ctx;
}

static int
is_closed(SSL_CTX *ctx)
{
	return (SSL_CTX_get_options(ctx) & SSL_OP_NO_SSL_MASK) ==
	    SSL_OP_NO_SSL_MASK;
}

static void
assert_closed(const struct row *row, SSL_CTX *ctx, long n, int status)
{
	struct peer_hello hello;
	const char *data = release_last_error().data;

	ck_assert_msg(status == TLSPOLICY_E_OPENSSL,
	    "%s: fault %ld: closed with %d", row->name, n, status);
	/* Without any memory an entry has no text. */
	ck_assert_msg((fault_sticky && (data == NULL || *data == '\0')) ||
		(data != NULL && strstr(data, "closed") != NULL),
	    "%s: fault %ld: closed, and the entry says %s", row->name, n,
	    data != NULL ? data : "nothing");
	ck_assert_msg(
	    !peer_hello(ctx, &hello) && peer_negotiated(ctx, PEER_SERVER) == 0,
	    "%s: fault %ld: closed, and speaks", row->name, n);
}

static int
same_codes(const struct peer_codes *a, const struct peer_codes *b)
{
	return a->count == b->count &&
	    memcmp(a->code, b->code, a->count * sizeof(a->code[0])) == 0;
}

static void
assert_hello(const struct row *row, SSL_CTX *ctx, long n, int changed)
{
	const struct peer_hello *want = &row->hellos[changed];
	struct peer_hello now;

	memset(&now, 0, sizeof(now));
	(void)peer_hello(ctx, &now);
	ck_assert_msg(now.legacy == want->legacy &&
		same_codes(&now.versions, &want->versions) &&
		same_codes(&now.ciphers, &want->ciphers) &&
		same_codes(&now.groups, &want->groups) &&
		same_codes(&now.sigalgs, &want->sigalgs),
	    "%s: fault %ld: another ClientHello", row->name, n);
}

/* Each of the three calls for a context; the fourth is below. */
static int
call_apply(const struct row *row, SSL_CTX *ctx, const struct tlspolicy *object)
{
	if (row->mode == 0)
		return tlspolicy_apply(ctx, row->policy);
	return row->state % 2 == 0
	    ? tlspolicy_apply_text(ctx, row->policy, row->mode)
	    : tlspolicy_apply_ctx(ctx, object, row->mode);
}

/* One role and version for each fault, and all of them for every sixteenth. */
static void
assert_handshake(const struct row *row, SSL_CTX *ctx, long n, int changed)
{
	const unsigned role = (unsigned)n / PEER_VERSIONS % 2;
	const unsigned i = (unsigned)n % PEER_VERSIONS;
	const struct peer_snapshot *want = changed ? &row->after : &row->before;
	int completes;

	if (row->state == DATAGRAM)
		return;
	completes =
	    peer_negotiates(ctx, (enum peer_role)role, peer_version(i), NULL);
	ck_assert_msg(completes == (int)(want->versions[role] >> i & 1),
	    "%s: fault %ld: role %u, %s: the handshake %s", row->name, n, role,
	    peer_version_name(i), completes ? "completes" : "fails");
}

/* 1: there was a fault; 0: there are not as many allocations. */
static int
try_fault(const struct row *row, long n, int seen[2])
{
	SSL_CTX *ctx = make_context(row->state);
	struct tlspolicy *object;
	struct peer_snapshot now;
	char why[PEER_WHY] = "";
	int status, hit;

	ck_assert_int_eq(tlspolicy_parse(&object, row->policy), TLSPOLICY_OK);
	faults_lie(row->lies);
	faults_begin(n, fault_sticky);
	status = call_apply(row, ctx, object);
	hit = faults_end();
	faults_lie(0);
	*fault_points += hit;
	tlspolicy_free(object);
	if (status != TLSPOLICY_OK)
		assert_failure(row->name, n, status, row->status);
	seen[0] += status == TLSPOLICY_E_NOMEM;
	seen[1] += status == TLSPOLICY_E_OPENSSL;
	if (status != TLSPOLICY_OK && is_closed(ctx)) {
		assert_closed(row, ctx, n, status);
		SSL_CTX_free(ctx);
		return hit;
	}
	peer_snapshot(ctx, &now, n % 16 == 0);
	assert_handshake(row, ctx, n, status == TLSPOLICY_OK);
	assert_hello(row, ctx, n, status == TLSPOLICY_OK);
	ck_assert_msg(status != TLSPOLICY_OK || row->status == TLSPOLICY_OK,
	    "%s: fault %ld: succeeds, without it %d", row->name, n,
	    row->status);
	ck_assert_msg(
	    peer_same(status == TLSPOLICY_OK ? &row->after : &row->before, &now,
		why, sizeof(why)),
	    "%s: fault %ld: status %d: %s", row->name, n, status, why);
	SSL_CTX_free(ctx);
	return hit;
}

/* How many faults there can be. */
static long
make_row(int index, struct row *row)
{
	const unsigned i = (unsigned)(index / faults_kinds);
	struct tlspolicy *object;
	SSL_CTX *ctx;
	long served;

	fault_sticky = index % KINDS == 1;
	row->lies = index % faults_kinds >= KINDS;
	if (i < PRODUCT) {
		row->state = i % STATES;
		row->mode = modes[i / STATES % NELEM(modes)];
		row->policy = policies[i / STATES / NELEM(modes)];
	} else {
		row->state = more[i - PRODUCT].state;
		row->mode = more[i - PRODUCT].mode;
		row->policy = more[i - PRODUCT].policy;
	}
	snprintf(row->name, sizeof(row->name), "%s, mode %u, %s context, %s%s",
	    row->policy, row->mode, states[row->state],
	    fault_sticky ? "all from" : "one", row->lies ? ", lies" : "");
	ctx = make_context(row->state);
	ck_assert_int_eq(tlspolicy_parse(&object, row->policy), TLSPOLICY_OK);
	memset(row->hellos, 0, sizeof(row->hellos));
	peer_snapshot(ctx, &row->before, 1);
	(void)peer_hello(ctx, &row->hellos[0]);
	faults_lie(row->lies);
	faults_begin(-1, 0);
	row->status = call_apply(row, ctx, object);
	(void)faults_end();
	faults_lie(0);
	served = faults_served();
	peer_snapshot(ctx, &row->after, 1);
	(void)peer_hello(ctx, &row->hellos[1]);
	tlspolicy_free(object);
	SSL_CTX_free(ctx);
	return served;
}

/* Coprime to kinds and states, so that all of them have their turn. */
static int
row_step(void)
{
	return test_tier() == TIER_SHORT ? 5 : 1;
}

START_TEST(apply)
{
	struct row row;
	int seen[2] = { 0, 0 };
	long n, step, served;

	served = make_row(_i * row_step(), &row);
	/* A policy may have no list to lie about. */
	ck_assert(row.lies || served > 0);
	step = fault_stride(served);
	/* The rows begin at different faults, so that they add up. */
	n = _i % step;
	while (try_fault(&row, n, seen))
		n += step;
	/*
	 * A few faults may all hit what OpenSSL does without, one alone may be
	 * healed, and to refuse a policy takes no more than a sentence.
	 */
	ck_assert_msg(!faults_are_of_memory || test_tier() == TIER_SHORT ||
		!fault_sticky || row.status != TLSPOLICY_OK || served == 0 ||
		seen[0] + seen[1] > 0,
	    "%s: no fault is reported", row.name);
}
END_TEST

void
add_apply(TCase *tc)
{
	tcase_add_loop_test(tc, apply, 0, ROWS * faults_kinds / row_step());
}
