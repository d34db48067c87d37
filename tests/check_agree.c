/* SPDX-License-Identifier: MIT */
/*
 * One answer, whatever way a context came to its own lists: contexts with own
 * signature algorithms, groups and ciphers x levels x versions x policies x
 * flags x "again".  A success never leaves a role dead that was alive, twice is
 * as once, a failure changes nothing, and where flags grant the same result
 * they have the same status.  What completes is seen in handshakes.
 */
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "peer.h"
#include "release.h"
#include "runner.h"

static const char *const sigalgs[] = { NULL, "RSA+SHA1", "ECDSA+SHA1",
	"DSA+SHA256", "RSA+SHA256", "rsa_pss_pss_sha256", "ed25519",
	"ECDSA+SHA256:RSA+SHA1" };

static const char *const groups[] = { NULL, "P-256", "X25519", "P-521",
	"brainpoolP256r1" };

/* Without secrets shared before, which would count as there. */
static const char *const ciphers[] = { "DEFAULT:!PSK:!SRP", "AES128-SHA",
	"DHE-DSS-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256:AES128-SHA",
	"DHE-RSA-AES128-GCM-SHA256", "ADH-AES128-SHA256:@SECLEVEL=0" };

static const int levels[] = { 2, 0, 1, 3, 4 };

static const struct versions {
	int min, max;
} versions[] = { { 0, 0 }, { TLS1_3_VERSION, 0 }, { 0, TLS1_2_VERSION },
	{ TLS1_VERSION, TLS1_1_VERSION }, { TLS1_2_VERSION, TLS1_2_VERSION } };

static const char *const policies[] = { "intermediate",
	"compat,ciphers=AES128-SHA", "modern", "system", "compat", "legacy",
	"level=3", "min=TLSv1.2", "max=TLSv1.2",
	"min=TLSv1.2,max=TLSv1.3,level=2", "groups=P-384",
	"sigalgs=rsa_pss_rsae_sha256:rsa_pkcs1_sha256",
	"ciphersuites=TLS_AES_256_GCM_SHA384",
	"ciphers=ECDHE-RSA-AES128-GCM-SHA256" };

static const unsigned modes[] = { 0, TLSPOLICY_OVERRIDE,
	TLSPOLICY_FAIL_IF_STRICTER };
enum { DEFAULT, OVERRIDE, EXACT, MODES };

static const size_t space = NELEM(sigalgs) * NELEM(groups) * NELEM(ciphers) *
    NELEM(levels) * NELEM(versions) * NELEM(policies);

/* One of the space. */
struct point {
	const char *sigalgs, *groups, *ciphers, *policy;
	int level;
	struct versions versions;
	char name[512];
};

static size_t
take(size_t *index, size_t count)
{
	size_t digit = *index % count;

	*index /= count;
	return digit;
}

static void
point_at(size_t index, struct point *point)
{
	point->sigalgs = sigalgs[take(&index, NELEM(sigalgs))];
	point->policy = policies[take(&index, NELEM(policies))];
	point->ciphers = ciphers[take(&index, NELEM(ciphers))];
	point->groups = groups[take(&index, NELEM(groups))];
	point->level = levels[take(&index, NELEM(levels))];
	point->versions = versions[take(&index, NELEM(versions))];
	(void)snprintf(point->name, sizeof(point->name),
	    "sigalgs %s, groups %s, ciphers %s, level %d, 0x%x to 0x%x; %s",
	    point->sigalgs != NULL ? point->sigalgs : "-",
	    point->groups != NULL ? point->groups : "-",
	    point->ciphers != NULL ? point->ciphers : "-", point->level,
	    (unsigned)point->versions.min, (unsigned)point->versions.max,
	    point->policy);
}

/*
 * With certificates of every kind and DH parameters, loaded before the level
 * can refuse them.  NULL: this release has not what it takes.
 */
static SSL_CTX *
make_context(const struct point *point)
{
	static const enum peer_key keys[] = { PEER_RSA_3072, PEER_PSS_3072,
		PEER_DSA_3072, PEER_P_256, PEER_ED25519, PEER_ED448 };
	SSL_CTX *ctx = peer_context(TLS_method(), NULL);
	size_t i;

	SSL_CTX_set_security_level(ctx, 0);
	for (i = 0; i < NELEM(keys); i++)
		(void)peer_use(ctx, keys[i]);
	(void)SSL_CTX_set_dh_auto(ctx, 1);
	if ((point->ciphers != NULL &&
		SSL_CTX_set_cipher_list(ctx, point->ciphers) != 1) ||
	    (point->groups != NULL && !peer_set_groups(ctx, point->groups)) ||
	    (point->sigalgs != NULL &&
		!peer_set_sigalgs(ctx, point->sigalgs)) ||
	    SSL_CTX_set_min_proto_version(ctx, point->versions.min) != 1 ||
	    SSL_CTX_set_max_proto_version(ctx, point->versions.max) != 1) {
		SSL_CTX_free(ctx);
		ctx = NULL;
	}
	ERR_clear_error();
	if (ctx != NULL)
		SSL_CTX_set_security_level(ctx, point->level);
	return ctx;
}

/* Whether a role completes any version with some peer. */
static int
is_alive(SSL_CTX *ctx, enum peer_role role)
{
	struct peer_result result;
	unsigned i;

	for (i = PEER_VERSIONS; i-- > 0;) {
		if (peer_completes(ctx, role, peer_version(i), 0, &result))
			return 1;
	}
	return 0;
}

/* What came of it with one flag. */
struct outcome {
	int status;
	struct peer_snapshot after;
};

static void
assert_kept(const struct point *point, const char *what,
    const struct peer_snapshot *want, SSL_CTX *ctx)
{
	struct peer_snapshot now;
	char why[PEER_WHY] = "";

	peer_snapshot(ctx, &now, 0);
	ck_assert_msg(peer_same(want, &now, why, sizeof(why)), "%s: %s: %s",
	    point->name, what, why);
}

/*
 * Not covered by law 5: DH parameters, which 4.0 takes from the groups, and
 * which certificate 1.1.1 chooses where its level leaves RSA's signatures
 * alone.
 */
static int
is_uncovered(const struct point *point, int role)
{
	if (role == PEER_SERVER && release() < RELEASE_3_0)
		return 1;
	return role == PEER_SERVER && release() >= RELEASE_4_0 &&
	    point->ciphers != NULL &&
	    (strncmp(point->ciphers, "ADH-", 4) == 0 ||
		strncmp(point->ciphers, "DHE-", 4) == 0);
}

static void
apply_one(const struct point *point, unsigned flags, const int alive[2],
    struct outcome *out)
{
	SSL_CTX *ctx = make_context(point);
	struct peer_snapshot before;
	int role;

	peer_snapshot(ctx, &before, 0);
	out->status = tlspolicy_apply_text(ctx, point->policy, flags);
	ERR_clear_error();
	if (out->status != TLSPOLICY_OK) {
		assert_kept(point, "failed", &before, ctx);
		SSL_CTX_free(ctx);
		return;
	}
	peer_snapshot(ctx, &out->after, 0);
	for (role = 0; role < 2; role++)
		ck_assert_msg(!alive[role] ||
			is_alive(ctx, (enum peer_role)role) ||
			is_uncovered(point, role),
		    "%s, flags %u: dead as a %s", point->name, flags,
		    role == PEER_CLIENT ? "client" : "server");
	ck_assert_msg(
	    tlspolicy_apply_text(ctx, point->policy, flags) == TLSPOLICY_OK,
	    "%s, flags %u: not twice", point->name, flags);
	assert_kept(point, "twice", &out->after, ctx);
	SSL_CTX_free(ctx);
}

/* Profiles have optional items, which FAIL_IF_STRICTER lets stay out. */
static int
is_profile(const char *policy)
{
	return strchr(policy, '=') == NULL || strchr(policy, ',') != NULL;
}

static void
assert_agreed(const struct point *point, const struct peer_snapshot *before,
    const struct outcome out[MODES])
{
	int status[MODES], i;
	char why[PEER_WHY] = "";

	for (i = 0; i < MODES; i++)
		status[i] = out[i].status;
	if (status[OVERRIDE] != TLSPOLICY_OK) {
		ck_assert_msg(status[EXACT] == status[OVERRIDE],
		    "%s: exact %d, OVERRIDE %d", point->name, status[EXACT],
		    status[OVERRIDE]);
		return;
	}
	if (status[EXACT] == TLSPOLICY_OK && !is_profile(point->policy))
		ck_assert_msg(peer_same(&out[EXACT].after, &out[OVERRIDE].after,
				  why, sizeof(why)),
		    "%s: exact is not OVERRIDE: %s", point->name, why);
	if (status[EXACT] == TLSPOLICY_OK)
		ck_assert_msg(status[DEFAULT] == TLSPOLICY_OK,
		    "%s: exact is granted, default is %d", point->name,
		    status[DEFAULT]);
	/* Without a ClientHello there is no telling. */
	if (before->sigalgs.count > 0 &&
	    out[OVERRIDE].after.sigalgs.count > 0 &&
	    peer_not_looser(before, &out[OVERRIDE].after, why, sizeof(why)))
		ck_assert_msg(status[DEFAULT] == TLSPOLICY_OK,
		    "%s: OVERRIDE weakens nothing, default is %d", point->name,
		    status[DEFAULT]);
	if (status[DEFAULT] == TLSPOLICY_OK &&
	    out[OVERRIDE].after.sigalgs.count > 0 &&
	    peer_same(
		&out[DEFAULT].after, &out[OVERRIDE].after, why, sizeof(why)))
		ck_assert_msg(status[EXACT] == TLSPOLICY_OK,
		    "%s: default grants all of it, exact is %d", point->name,
		    status[EXACT]);
}

/* 0: this release has no such context. */
static int
try_point(const struct point *point)
{
	struct outcome out[MODES];
	struct peer_snapshot before;
	SSL_CTX *ctx = make_context(point);
	int alive[2], i;

	if (ctx == NULL)
		return 0;
	peer_snapshot(ctx, &before, 0);
	for (i = 0; i < 2; i++)
		alive[i] = is_alive(ctx, (enum peer_role)i);
	SSL_CTX_free(ctx);
	for (i = 0; i < MODES; i++)
		apply_one(point, modes[i], alive, &out[i]);
	assert_agreed(point, &before, out);
	return 1;
}

enum { PARTS = 16 };

START_TEST(agree)
{
	/* Prime to every length of the space. */
	static const size_t steps[] = { 2003, 151, 1 };
	const size_t step = steps[test_tier()];
	struct point point;
	size_t i, tried = 0;

	for (i = (size_t)_i * step; i < space; i += step * PARTS) {
		point_at(i, &point);
		tried += (size_t)try_point(&point);
	}
	ck_assert_msg(tried > 0, "nothing was tried");
	printf("# %zu contexts, %lu handshakes\n", tried, peer_handshakes());
}
END_TEST

/* Reported: these disagreed with themselves. */
static const struct point reported[] = {
	{ "ECDSA+SHA1", NULL, NULL, "compat,ciphers=AES128-SHA", 2,
	    { TLS1_3_VERSION, 0 }, "min 1.3, ECDSA+SHA1" },
	{ "DSA+SHA256", NULL, "DHE-DSS-AES128-GCM-SHA256", "intermediate", 2,
	    { 0, 0 }, "DSA+SHA256 and DHE-DSS" },
	{ "RSA+SHA1", NULL, NULL, "intermediate", 2, { 0, 0 }, "RSA+SHA1" },
};

START_TEST(reports)
{
	ck_assert(try_point(&reported[_i]));
}
END_TEST

/* The status by default, with OVERRIDE and with FAIL_IF_STRICTER. */
static const struct decided {
	const char *name;
	const SSL_METHOD *(*method)(void);
	int level, max;
	const char *ciphers, *groups, *sigalgs;
	const char *policy;
	int want[MODES];
	unsigned long since; /* the first release that has what it takes */
} decided[] = {
	{ "optional items alone, and the context has none", TLS_client_method,
	    2, 0, "HIGH:!aNULL", NULL, NULL, "ciphers=?AECDH-AES128-SHA",
	    { TLSPOLICY_E_CONFLICT, TLSPOLICY_OK, TLSPOLICY_E_STRICTER }, 0 },
	{ "groups alike", TLS_method, 2, TLS1_2_VERSION, NULL, "P-256", NULL,
	    "groups=?P-384",
	    { TLSPOLICY_E_CONFLICT, TLSPOLICY_OK, TLSPOLICY_E_STRICTER }, 0 },
	{ "what is left of it is dead", TLS_client_method, 2, TLS1_2_VERSION,
	    "ECDHE-RSA-AES128-GCM-SHA256", NULL, NULL,
	    "ciphers=?ECDHE-RSA-AES256-GCM-SHA384:NULL-SHA256",
	    { TLSPOLICY_E_CONFLICT, TLSPOLICY_OK, TLSPOLICY_E_STRICTER }, 0 },
	{ "optional items do not count", TLS_method, 2, 0, NULL, "P-256:P-384",
	    NULL, "groups=?P-521:P-256:?P-384",
	    { TLSPOLICY_OK, TLSPOLICY_OK, TLSPOLICY_OK }, 0 },
	{ "profiles on a default context", TLS_method, 2, 0, NULL, NULL, NULL,
	    "intermediate@2026", { TLSPOLICY_OK, TLSPOLICY_OK, TLSPOLICY_OK },
	    0 },
	{ "a level that leaves a server no cipher", TLS_server_method, 2,
	    TLS1_2_VERSION, "NULL-SHA256", NULL, NULL, "system",
	    { TLSPOLICY_E_CONFLICT, TLSPOLICY_E_CONFLICT,
		TLSPOLICY_E_CONFLICT },
	    0 },
	{ "sigalgs of TLS 1.3 alone", TLS_method, 2, TLS1_2_VERSION, NULL, NULL,
	    NULL, "sigalgs=ecdsa_brainpoolP256r1tls13_sha256",
	    { TLSPOLICY_E_CONFLICT, TLSPOLICY_E_CONFLICT,
		TLSPOLICY_E_CONFLICT },
	    RELEASE_3_2 },
	{ "DTLS with sigalgs of TLS 1.3 alone", DTLS_method, 2, 0, NULL, NULL,
	    "ecdsa_brainpoolP256r1tls13_sha256",
	    "ciphers=ECDHE-RSA-AES128-GCM-SHA256",
	    { TLSPOLICY_OK, TLSPOLICY_OK, TLSPOLICY_OK }, RELEASE_3_2 },
	{ "required post-quantum groups are not left out", TLS_method, 2, 0,
	    NULL, "P-256:X25519", NULL, "groups=X25519MLKEM768:P-256",
	    { TLSPOLICY_E_STRICTER, TLSPOLICY_OK, TLSPOLICY_E_STRICTER },
	    RELEASE_3_5 },
	{ "nor before a conflict", TLS_method, 2, 0, NULL, "P-256", NULL,
	    "groups=X25519MLKEM768:P-384",
	    { TLSPOLICY_E_STRICTER, TLSPOLICY_OK, TLSPOLICY_E_STRICTER },
	    RELEASE_3_5 },
	{ "one of them is enough", TLS_method, 2, 0, NULL,
	    "SecP256r1MLKEM768:P-256", NULL,
	    "groups=X25519MLKEM768:SecP256r1MLKEM768:P-256",
	    { TLSPOLICY_OK, TLSPOLICY_OK, TLSPOLICY_E_STRICTER }, RELEASE_3_5 },
	{ "none of them is in DTLS", DTLS_method, 2, 0, NULL, NULL, NULL,
	    "groups=X25519MLKEM768:P-256",
	    { TLSPOLICY_E_UNSUPPORTED, TLSPOLICY_E_UNSUPPORTED,
		TLSPOLICY_E_UNSUPPORTED },
	    RELEASE_3_5 },
};

START_TEST(decisions)
{
	const struct decided *row = &decided[_i];
	int i, status;

	if (release() < row->since)
		SKIP_TEST("an older release");
	for (i = 0; i < MODES; i++) {
		SSL_CTX *ctx = peer_context(row->method(), NULL);

		SSL_CTX_set_security_level(ctx, row->level);
		ck_assert(SSL_CTX_set_max_proto_version(ctx, row->max) == 1);
		if (row->ciphers != NULL)
			ck_assert(
			    SSL_CTX_set_cipher_list(ctx, row->ciphers) == 1);
		ck_assert(
		    row->groups == NULL || peer_set_groups(ctx, row->groups));
		ck_assert(row->sigalgs == NULL ||
		    peer_set_sigalgs(ctx, row->sigalgs));
		status = tlspolicy_apply_text(ctx, row->policy, modes[i]);
		ck_assert_msg(status == row->want[i], "%s, flags %u: %d",
		    row->name, modes[i], status);
		ERR_clear_error();
		SSL_CTX_free(ctx);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("agree");
	TCase *tc = tcase_create("agree");

	peer_setup();
	tcase_set_timeout(tc, test_tier() == TIER_FULL ? 7200 : 300);
	tcase_add_loop_test(tc, reports, 0, (int)NELEM(reported));
	tcase_add_loop_test(tc, decisions, 0, (int)NELEM(decided));
	tcase_add_loop_test(tc, agree, 0, PARTS);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
