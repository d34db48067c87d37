/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "release.h"
#include "runner.h"
#include "tlspolicy.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/*
 * An oracle: policies as small numbers, and what the manual says of them.
 * A list is a set of three names; zero stands for unset.
 */

enum { CIPHERS, SUITES, GROUPS, SIGALGS, NLISTS };
#define NNAMES 3

struct model {
	int min, max;      /* 1 to 4, 0 unset */
	unsigned disabled; /* bit 0 is TLS 1.0, as everywhere here */
	struct names {
		unsigned set, optional;
		int backwards;
	} list[NLISTS];
	int level, renegotiation, preference; /* -1 unset */
};

static const struct model empty = {
	.level = -1, .renegotiation = -1, .preference = -1
};

/* In the spelling that getters return, and another one. */
static const char *const spelling[2][NLISTS][NNAMES] = {
	{ { "ECDHE-RSA-AES128-GCM-SHA256", "AES128-SHA", "NO-SUCH" },
	    { "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_X" },
	    { "prime256v1", "X25519", "X25519MLKEM768" },
	    { "rsa_pkcs1_sha256", "ecdsa_secp256r1_sha256",
		"rsa_pss_rsae_sha512" } },
	{ { "ecdhe-rsa-aes128-gcm-sha256", "aes128-sha", "No-Such" },
	    { "tls_aes_128_gcm_sha256", "TLS_AES_256_gcm_sha384", "TLS_x" },
	    { "P-256", "x25519", "x25519mlkem768" },
	    { "RSA+SHA256", "ECDSA+SHA256", "PSS+SHA512" } },
};

/* The versions that use a list: ciphers below 1.3, sigalgs from 1.2. */
static const unsigned used_by[NLISTS] = { 0x7, 0x8, 0xf, 0xc };

static unsigned
versions_of(const struct model *m)
{
	unsigned set = 0;

	for (int v = 1; v <= 4; v++)
		if (v >= m->min && (m->max == 0 || v <= m->max))
			set |= 1u << (v - 1);
	return set & ~m->disabled;
}

static int
model_covers(const struct model *outer, const struct model *inner)
{
	unsigned permitted = versions_of(inner);
	const struct names *o, *i;

	if ((permitted & ~versions_of(outer)) != 0)
		return TLSPOLICY_E_VIOLATION;
	for (int n = 0; n < NLISTS; n++) {
		o = &outer->list[n];
		i = &inner->list[n];
		if ((permitted & used_by[n]) == 0 || o->set == 0)
			continue;
		if (i->set == 0 || (i->set & ~o->set) != 0)
			return TLSPOLICY_E_VIOLATION;
	}
	if (outer->level > 0 && inner->level < outer->level)
		return TLSPOLICY_E_VIOLATION;
	if (outer->renegotiation == 0 && inner->renegotiation != 0)
		return TLSPOLICY_E_VIOLATION;
	return TLSPOLICY_OK;
}

static int
lower(int a, int b)
{
	return a < b ? a : b;
}

static int
higher(int a, int b)
{
	return a > b ? a : b;
}

static int
model_intersect(struct model *out, const struct model *a, const struct model *b)
{
	unsigned permitted;
	struct names *o;

	*out = *a;
	out->min = higher(a->min, b->min);
	out->max = a->max == 0 || b->max == 0 ? higher(a->max, b->max)
					      : lower(a->max, b->max);
	out->disabled |= b->disabled;
	out->level = higher(a->level, b->level);
	if (b->renegotiation != -1 && a->renegotiation != 0)
		out->renegotiation = b->renegotiation;
	if (a->preference == -1)
		out->preference = b->preference;
	permitted = versions_of(out);
	if (permitted == 0)
		return TLSPOLICY_E_CONFLICT;
	for (int n = 0; n < NLISTS; n++) {
		o = &out->list[n];
		if (o->set == 0) {
			*o = b->list[n];
		} else if (b->list[n].set != 0) {
			o->set &= b->list[n].set;
			o->optional &= b->list[n].optional;
			if (o->set == 0 && (permitted & used_by[n]) != 0)
				return TLSPOLICY_E_CONFLICT;
		}
	}
	return TLSPOLICY_OK;
}

/* From the model to a policy and to words */

static const char *
list_text(char *buf, size_t size, const struct names *names,
    const char *const *spelled)
{
	size_t len = 0;
	int n;

	buf[0] = '\0';
	for (int i = 0; i < NNAMES; i++) {
		n = names->backwards ? NNAMES - 1 - i : i;
		if ((names->set >> n & 1) != 0)
			len += (size_t)snprintf(buf + len, size - len, "%s%s%s",
			    len == 0 ? "" : ":",
			    (names->optional >> n & 1) != 0 ? "?" : "",
			    spelled[n]);
	}
	return names->set == 0 ? NULL : buf;
}

static int (*const set_list[NLISTS])(struct tlspolicy *, const char *) = {
	tlspolicy_set_ciphers,
	tlspolicy_set_ciphersuites,
	tlspolicy_set_groups,
	tlspolicy_set_sigalgs,
};
static const char *(*const get_list[NLISTS])(const struct tlspolicy *) = {
	tlspolicy_get_ciphers,
	tlspolicy_get_ciphersuites,
	tlspolicy_get_groups,
	tlspolicy_get_sigalgs,
};

static int
wire(int version)
{
	return version == 0 ? 0 : TLS1_VERSION + version - 1;
}

static struct tlspolicy *
build(const struct model *m, int alias)
{
	struct tlspolicy *policy = tlspolicy_new();
	char buf[128];
	int bad = 0;

	bad |= tlspolicy_set_min_version(policy, wire(m->min));
	bad |= tlspolicy_set_max_version(policy, wire(m->max));
	bad |= tlspolicy_set_disabled(policy, m->disabled);
	for (int n = 0; n < NLISTS; n++)
		bad |= set_list[n](policy,
		    list_text(
			buf, sizeof(buf), &m->list[n], spelling[alias][n]));
	bad |= tlspolicy_set_security_level(policy, m->level);
	bad |= tlspolicy_set_renegotiation(policy, m->renegotiation);
	bad |= tlspolicy_set_server_preference(policy, m->preference);
	ck_assert_int_eq(bad, TLSPOLICY_OK);
	return policy;
}

static int
same_list(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Whether the policy is the model, by its getters. */
static int
is_model(const struct tlspolicy *policy, const struct model *m)
{
	char buf[128];

	for (int n = 0; n < NLISTS; n++)
		if (!same_list(get_list[n](policy),
			list_text(
			    buf, sizeof(buf), &m->list[n], spelling[0][n])))
			return 0;
	return tlspolicy_get_min_version(policy) == wire(m->min) &&
	    tlspolicy_get_max_version(policy) == wire(m->max) &&
	    tlspolicy_get_disabled(policy) == m->disabled &&
	    tlspolicy_get_security_level(policy) == m->level &&
	    tlspolicy_get_renegotiation(policy) == m->renegotiation &&
	    tlspolicy_get_server_preference(policy) == m->preference;
}

static const char *
describe(char *buf, size_t size, const struct tlspolicy *policy)
{
	if (policy == NULL || tlspolicy_format(policy, buf, size) < 0)
		(void)snprintf(buf, size, "none");
	return buf;
}

/* One pair against the oracle, and the laws that need no oracle */

struct pair {
	const struct model *a, *b;
	struct tlspolicy *pa, *pb;
	char ta[512], tb[512];
};

static void
open_pair(
    struct pair *pair, const struct model *a, const struct model *b, int alias)
{
	pair->a = a;
	pair->b = b;
	pair->pa = build(a, 0);
	pair->pb = build(b, alias);
	(void)describe(pair->ta, sizeof(pair->ta), pair->pa);
	(void)describe(pair->tb, sizeof(pair->tb), pair->pb);
}

static void
close_pair(struct pair *pair)
{
	tlspolicy_free(pair->pa);
	tlspolicy_free(pair->pb);
}

/* Returns what covers said. */
static int
check_covers(const struct pair *pair)
{
	int want = model_covers(pair->a, pair->b);
	int got = tlspolicy_covers(pair->pa, pair->pb);

	ck_assert_msg(got == want, "covers(%s; %s): %d, not %d", pair->ta,
	    pair->tb, got, want);
	ck_assert_msg((ERR_peek_error() != 0) == (got != TLSPOLICY_OK),
	    "covers(%s; %s): the error queue", pair->ta, pair->tb);
	ERR_clear_error();
	return got;
}

static int
check_intersect(const struct pair *pair)
{
	struct tlspolicy *out = (struct tlspolicy *)(uintptr_t)1;
	struct model both;
	int want = model_intersect(&both, pair->a, pair->b);
	int got = tlspolicy_intersect(&out, pair->pa, pair->pb);
	char text[512];

	ck_assert_msg(got == want, "intersect(%s; %s): %d, not %d", pair->ta,
	    pair->tb, got, want);
	ck_assert_msg((ERR_peek_error() != 0) == (got != TLSPOLICY_OK),
	    "intersect(%s; %s): the error queue", pair->ta, pair->tb);
	ERR_clear_error();
	if (got != TLSPOLICY_OK) {
		ck_assert_msg(out == NULL, "intersect(%s; %s): *out is set",
		    pair->ta, pair->tb);
		return got;
	}
	(void)describe(text, sizeof(text), out);
	ck_assert_msg(is_model(out, &both), "intersect(%s; %s): %s", pair->ta,
	    pair->tb, text);
	ck_assert_msg(tlspolicy_covers(pair->pa, out) == TLSPOLICY_OK &&
		tlspolicy_covers(pair->pb, out) == TLSPOLICY_OK,
	    "intersect(%s; %s) permits more: %s", pair->ta, pair->tb, text);
	tlspolicy_free(out);
	return got;
}

static void
check_pair(const struct model *a, const struct model *b)
{
	struct pair pair;

	open_pair(&pair, a, b, 1);
	(void)check_covers(&pair);
	(void)check_intersect(&pair);
	close_pair(&pair);
}

/* The space, one kind of field at a time */

static unsigned
stride(unsigned short_, unsigned normal)
{
	return test_tier() == TIER_SHORT ? short_
	    : test_tier() == TIER_FULL   ? 1
					 : normal;
}

START_TEST(versions)
{
	struct model a = empty, b = empty;
	unsigned n = 0, pairs = 0;

	for (unsigned i = 0; i < 400 * 400; i += stride(997, 7)) {
		n = i;
		a.min = (int)(n % 5);
		b.max = (int)(n / 5 % 5);
		a.disabled = n / 25 % 16;
		b.min = (int)(n / 400 % 5);
		a.max = (int)(n / 2000 % 5);
		b.disabled = n / 10000 % 16;
		if (versions_of(&a) == 0 || versions_of(&b) == 0)
			continue;
		check_pair(&a, &b);
		pairs++;
	}
	ck_assert_uint_gt(pairs, test_tier() == TIER_SHORT ? 10 : 5000);
}
END_TEST

/* Every two subsets of a list's names, marks included, at these versions. */
START_TEST(names)
{
	static const struct {
		int min, max;
	} ranges[] = { { 0, 0 }, { 1, 2 }, { 3, 3 }, { 4, 0 }, { 1, 4 } };
	const unsigned marks = 8 * 8;
	struct model a, b;
	unsigned n;

	for (unsigned i = 0; i < 25 * marks * marks; i += stride(991, 13)) {
		n = i;
		a = b = empty;
		a.list[_i].set = n % 8;
		b.list[_i].set = n / 8 % 8;
		a.list[_i].optional = a.list[_i].set & n / 64 % 8;
		b.list[_i].optional = b.list[_i].set & n / 512 % 8;
		n /= marks * marks;
		a.min = ranges[n % 5].min;
		a.max = ranges[n % 5].max;
		b.min = ranges[n / 5].min;
		b.max = ranges[n / 5].max;
		a.list[_i].backwards = i & 1;
		b.list[_i].backwards = i >> 1 & 1;
		check_pair(&a, &b);
	}
}
END_TEST

START_TEST(scalars)
{
	struct model a = empty, b = empty;
	unsigned n;

	for (unsigned i = 0; i < 7 * 7 * 81; i += stride(31, 1)) {
		n = i;
		a.level = (int)(n % 7) - 1;
		b.level = (int)(n / 7 % 7) - 1;
		n /= 49;
		a.renegotiation = (int)(n % 3) - 1;
		b.renegotiation = (int)(n / 3 % 3) - 1;
		a.preference = (int)(n / 9 % 3) - 1;
		b.preference = (int)(n / 27) - 1;
		check_pair(&a, &b);
	}
}
END_TEST

/* All fields at once, the same on every run */

static unsigned
lcg(unsigned bound)
{
	static uint64_t state = 20260406;

	state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned)(state >> 33) % bound;
}

/* Another value for about one field in four. */
static void
vary(struct model *m)
{
	do {
		if (lcg(4) == 0)
			m->min = (int)lcg(5);
		if (lcg(4) == 0)
			m->max = (int)lcg(5);
		if (lcg(4) == 0)
			m->disabled = lcg(16);
	} while (versions_of(m) == 0);
	for (int n = 0; n < NLISTS; n++) {
		if (lcg(4) != 0)
			continue;
		m->list[n].set = lcg(8);
		m->list[n].optional = m->list[n].set & lcg(8);
		m->list[n].backwards = (int)lcg(2);
	}
	if (lcg(4) == 0)
		m->level = (int)lcg(7) - 1;
	if (lcg(4) == 0)
		m->renegotiation = (int)lcg(3) - 1;
	if (lcg(4) == 0)
		m->preference = (int)lcg(3) - 1;
}

START_TEST(everything)
{
	const int pairs = test_tier() == TIER_SHORT ? 500
	    : test_tier() == TIER_FULL              ? 400000
						    : 20000;
	struct model a = empty, b;
	struct pair pair;
	int covered = 0, met = 0;

	for (int i = 0; i < pairs; i++) {
		vary(&a);
		b = a;
		vary(&b);
		open_pair(&pair, &a, &b, i & 1);
		covered += check_covers(&pair) == TLSPOLICY_OK;
		met += check_intersect(&pair) == TLSPOLICY_OK;
		close_pair(&pair);
	}
	/* Both answers are common, or the space is a poor one. */
	ck_assert_msg(covered > pairs / 20 && covered < pairs * 19 / 20,
	    "%d of %d covered", covered, pairs);
	ck_assert_msg(met > pairs / 20 && met < pairs * 19 / 20, "%d of %d met",
	    met, pairs);
}
END_TEST

START_TEST(with_itself)
{
	const int policies = test_tier() == TIER_SHORT ? 100 : 5000;
	struct model a = empty;
	struct tlspolicy *policy, *out;
	char text[512];

	for (int i = 0; i < policies; i++) {
		vary(&a);
		policy = build(&a, i & 1);
		(void)describe(text, sizeof(text), policy);
		ck_assert_msg(tlspolicy_covers(policy, policy) == TLSPOLICY_OK,
		    "covers itself: %s", text);
		ck_assert_msg(
		    tlspolicy_intersect(&out, policy, policy) == TLSPOLICY_OK &&
			is_model(out, &a),
		    "meets itself: %s", text);
		tlspolicy_free(out);
		tlspolicy_free(policy);
	}
}
END_TEST

START_TEST(transitive)
{
	const int triples = test_tier() == TIER_SHORT ? 100 : 5000;
	struct model a = empty, b, c;
	struct tlspolicy *pa, *pb, *pc;
	char text[512];
	int chains = 0;

	for (int i = 0; i < triples; i++) {
		vary(&a);
		b = a;
		vary(&b);
		/* Often a narrower one still. */
		c = b;
		c.level = higher(c.level, (int)lcg(6));
		c.renegotiation = 0;
		pa = build(&a, 0);
		pb = build(&b, 1);
		pc = build(&c, 0);
		if (tlspolicy_covers(pa, pb) == TLSPOLICY_OK &&
		    tlspolicy_covers(pb, pc) == TLSPOLICY_OK) {
			chains++;
			ck_assert_msg(tlspolicy_covers(pa, pc) == TLSPOLICY_OK,
			    "not transitive: %s",
			    describe(text, sizeof(text), pc));
		}
		tlspolicy_free(pa);
		tlspolicy_free(pb);
		tlspolicy_free(pc);
	}
	ERR_clear_error();
	ck_assert_int_gt(chains, triples / 20);
}
END_TEST

/* Pairs in words */

static const struct row {
	const char *a, *b;
	int covers;       /* a, b */
	const char *both; /* their intersection, NULL: E_CONFLICT */
} rows[] = {
	{ "system", "system", TLSPOLICY_OK, "system" },
	{ "min=1.2", "system", TLSPOLICY_E_VIOLATION, "min=TLSv1.2" },
	{ "min=1.2", "disable=1:1.1", TLSPOLICY_OK,
	    "min=TLSv1.2,disable=TLSv1:TLSv1.1" },
	{ "disable=1.3", "max=1.2", TLSPOLICY_OK,
	    "max=TLSv1.2,disable=TLSv1.3" },
	{ "max=1.3", "system", TLSPOLICY_OK, "max=TLSv1.3" },
	{ "min=1", "system", TLSPOLICY_OK, "min=TLSv1" },
	{ "max=1.2", "min=1.3", TLSPOLICY_E_VIOLATION, NULL },
	{ "groups=P-256", "groups=secp256r1", TLSPOLICY_OK,
	    "groups=prime256v1" },
	{ "groups=X25519:P-384", "groups=secp384r1", TLSPOLICY_OK,
	    "groups=secp384r1" },
	{ "groups=nosuch", "groups=NoSuch", TLSPOLICY_OK, "groups=nosuch" },
	{ "groups=X448", "groups=X25519", TLSPOLICY_E_VIOLATION, NULL },
	{ "groups=?X448:X25519:?P-256", "groups=P-256:?x448:ffdhe2048",
	    TLSPOLICY_E_VIOLATION, "groups=?X448:prime256v1" },
	{ "sigalgs=RSA+SHA256:RSA-PSS+SHA256",
	    "sigalgs=rsa_pss_rsae_sha256:rsa_pkcs1_sha256", TLSPOLICY_OK,
	    "sigalgs=rsa_pkcs1_sha256:rsa_pss_rsae_sha256" },
	{ "ciphers=AES128-SHA", "ciphers=aes128-sha,level=1", TLSPOLICY_OK,
	    "ciphers=AES128-SHA,level=1" },
	/* 1.3 uses no cipher of 1.2, 1.2 no suite of 1.3 */
	{ "ciphers=AES128-SHA", "min=1.3,ciphers=AES256-SHA", TLSPOLICY_OK,
	    "min=TLSv1.3" },
	{ "ciphersuites=TLS_A", "max=1.2,ciphersuites=TLS_B", TLSPOLICY_OK,
	    "max=TLSv1.2" },
	{ "sigalgs=ed448", "max=1.1,sigalgs=ed25519", TLSPOLICY_OK,
	    "max=TLSv1.1" },
	{ "groups=X448", "max=1.1,groups=X25519", TLSPOLICY_E_VIOLATION, NULL },
	{ "level=0", "system", TLSPOLICY_OK, "level=0" },
	{ "level=1", "level=0", TLSPOLICY_E_VIOLATION, "level=1" },
	{ "renegotiation=on", "system", TLSPOLICY_OK, "renegotiation=on" },
	{ "renegotiation=off", "renegotiation=on", TLSPOLICY_E_VIOLATION,
	    "renegotiation=off" },
	{ "preference=server", "preference=client", TLSPOLICY_OK,
	    "preference=server" },
	{ "modern@2026", "modern", TLSPOLICY_OK, "modern" },
	{ "intermediate", "max=1.2", TLSPOLICY_E_VIOLATION,
	    "intermediate,max=1.2" },
	{ "intermediate", "modern", TLSPOLICY_OK, "intermediate,min=1.3" },
};

static struct tlspolicy *
parse(const char *text)
{
	struct tlspolicy *policy = NULL;

	ck_assert_msg(
	    tlspolicy_parse(&policy, text) == TLSPOLICY_OK, "%s", text);
	return policy;
}

START_TEST(in_words)
{
	const struct row *row = &rows[_i];
	struct tlspolicy *a = parse(row->a), *b = parse(row->b), *out, *want;
	char got[2048] = "", wanted[2048] = "";
	int ret = tlspolicy_covers(a, b);

	ck_assert_msg(
	    ret == row->covers, "covers(%s; %s): %d", row->a, row->b, ret);
	ret = tlspolicy_intersect(&out, a, b);
	ck_assert_msg(
	    ret == (row->both == NULL ? TLSPOLICY_E_CONFLICT : TLSPOLICY_OK),
	    "intersect(%s; %s): %d", row->a, row->b, ret);
	if (row->both != NULL) {
		want = parse(row->both);
		ck_assert_msg(strcmp(describe(got, sizeof(got), out),
				  describe(wanted, sizeof(wanted), want)) == 0,
		    "intersect(%s; %s): %s", row->a, row->b, got);
		tlspolicy_free(want);
		tlspolicy_free(out);
	}
	tlspolicy_free(a);
	tlspolicy_free(b);
}
END_TEST

/* Setters can make a policy that permits no version. */
START_TEST(nothing)
{
	struct tlspolicy *none = tlspolicy_new(), *some = parse("min=1.2");
	struct tlspolicy *out;
	const char *data;

	ck_assert_ptr_nonnull(none);
	ck_assert_int_eq(tlspolicy_set_disabled(none,
			     TLSPOLICY_NO_TLS1_0 | TLSPOLICY_NO_TLS1_1 |
				 TLSPOLICY_NO_TLS1_2 | TLSPOLICY_NO_TLS1_3),
	    TLSPOLICY_OK);
	ck_assert_int_eq(
	    tlspolicy_intersect(&out, none, some), TLSPOLICY_E_CONFLICT);
	ck_assert_ptr_null(out);
	data = release_last_error().data;
	ck_assert_msg(data != NULL &&
		strstr(data, "one policy permits nothing to nothing") != NULL,
	    "%s", data);
	ERR_clear_error();
	tlspolicy_free(none);
	tlspolicy_free(some);
}
END_TEST

/* What is put together can be longer than what may be parsed. */
START_TEST(too_long)
{
	char list[4096] = "";
	struct tlspolicy *a = tlspolicy_new(), *b = parse("level=2"), *out;
	size_t len = 0;
	int i;

	ck_assert_ptr_nonnull(a);
	for (i = 1000; len < 4084; i++)
		len += (size_t)snprintf(
		    list + len, sizeof(list) - len, "%sx%d", len ? ":" : "", i);
	ck_assert_int_eq(tlspolicy_set_groups(a, list), TLSPOLICY_OK);
	ck_assert_int_eq(tlspolicy_intersect(&out, a, a), TLSPOLICY_OK);
	tlspolicy_free(out);
	ck_assert_int_eq(tlspolicy_intersect(&out, a, b), TLSPOLICY_E_SYNTAX);
	ck_assert_ptr_null(out);
	ERR_clear_error();
	tlspolicy_free(a);
	tlspolicy_free(b);
}
END_TEST

/* Of edition 2026 each covers those before it, and no other. */
START_TEST(profiles)
{
	static const char *const editions[] = { "modern@2026",
		"intermediate@2026", "compat@2026", "legacy@2026",
		"system@2026" };
	const size_t count = NELEM(editions);
	const char *outer, *inner;
	int ret;

	for (size_t i = 0; i < count * count; i++) {
		outer = editions[i / count];
		inner = editions[i % count];
		ret = tlspolicy_covers(
		    tlspolicy_profile(outer), tlspolicy_profile(inner));
		ck_assert_msg((ret == TLSPOLICY_OK) == (i % count <= i / count),
		    "covers(%s; %s): %d", outer, inner, ret);
	}
}
END_TEST

START_TEST(null_arguments)
{
	const struct tlspolicy *p = tlspolicy_profile("modern");
	struct tlspolicy *const poison = (struct tlspolicy *)(uintptr_t)1;
	struct tlspolicy *out = poison;

	ck_assert_int_eq(tlspolicy_covers(NULL, p), TLSPOLICY_E_INVALID);
	ck_assert_int_eq(tlspolicy_covers(p, NULL), TLSPOLICY_E_INVALID);
	ck_assert_int_eq(tlspolicy_covers(NULL, NULL), TLSPOLICY_E_INVALID);
	ck_assert_int_eq(tlspolicy_intersect(NULL, p, p), TLSPOLICY_E_INVALID);
	ck_assert_int_eq(
	    tlspolicy_intersect(&out, NULL, p), TLSPOLICY_E_INVALID);
	ck_assert_ptr_null(out);
	out = poison;
	ck_assert_int_eq(
	    tlspolicy_intersect(&out, p, NULL), TLSPOLICY_E_INVALID);
	ck_assert_ptr_null(out);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sets");
	TCase *tc = tcase_create("sets");

	tcase_set_timeout(tc, test_tier() == TIER_FULL ? 1200 : 120);
	tcase_add_test(tc, versions);
	tcase_add_loop_test(tc, names, 0, NLISTS);
	tcase_add_test(tc, scalars);
	tcase_add_test(tc, everything);
	tcase_add_test(tc, with_itself);
	tcase_add_test(tc, transitive);
	tcase_add_loop_test(tc, in_words, 0, (int)NELEM(rows));
	tcase_add_test(tc, nothing);
	tcase_add_test(tc, too_long);
	tcase_add_test(tc, profiles);
	tcase_add_test(tc, null_arguments);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
