/* SPDX-License-Identifier: MIT */
/*
 * The profiles of public standards, and editions: which edition a bare name is,
 * what each profile covers, and what each comes to, by handshakes in memory
 * with the certificates that its standard wants.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include <tlspolicy.h>

#include "peer.h"
#include "release.h"
#include "runner.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
enum { NAME = 64 };

/* Names and editions */

/* "2026" as 202600, "2026-11" as 202611; 0: no edition. */
static long
edition(const char *name)
{
	const char *at = strchr(name, '@');
	long year = 0, month = 0;
	char end = '\0';

	if (at == NULL || strlen(at) < 5 ||
	    strspn(at + 1, "0123456789-") != strlen(at + 1))
		return 0;
	if (strlen(at) == 5 && sscanf(at, "@%4ld%c", &year, &end) == 1)
		return year * 100;
	if (strlen(at) == 8 &&
	    sscanf(at, "@%4ld-%2ld%c", &year, &month, &end) == 2 &&
	    month >= 1 && month <= 12)
		return year * 100 + month;
	return 0;
}

static const char *
bare(char buf[NAME], const char *name)
{
	(void)snprintf(buf, NAME, "%.*s", (int)strcspn(name, "@"), name);
	return buf;
}

/* By the date, whatever the order of the table. */
START_TEST(bare_name_is_newest)
{
	const char *name, *newest, *first, *other;
	int by_date_alone = 0;
	char base[NAME], theirs[NAME];

	for (size_t i = 0; (name = tlspolicy_profile_name(i)) != NULL; i++) {
		ck_assert_msg(edition(name) != 0, "%s: what edition?", name);
		newest = name;
		first = NULL;
		for (size_t j = 0; (other = tlspolicy_profile_name(j)) != NULL;
		     j++) {
			if (strcmp(bare(base, name), bare(theirs, other)) != 0)
				continue;
			if (first == NULL)
				first = other;
			if (edition(other) > edition(newest))
				newest = other;
			ck_assert_msg(j == i || edition(other) != edition(name),
			    "%s is there twice", name);
		}
		ck_assert_msg(
		    tlspolicy_profile(base) == tlspolicy_profile(newest),
		    "%s is not %s", base, newest);
		by_date_alone += newest != first;
	}
	/* Otherwise the first in the table would do as well. */
	ck_assert_int_gt(by_date_alone, 0);
}
END_TEST

static const struct {
	const char *bare, *full;
} names[] = {
	{ "modern", "modern@2026" },
	{ "intermediate", "intermediate@2026" },
	{ "compat", "compat@2026-11" },
	{ "legacy", "legacy@2026" },
	{ "system", "system@2026" },
	{ "cnsa1", "cnsa1@2022-04" },
	{ "cnsa2", "cnsa2@2026-07" },
	{ "cnsa2-interop", "cnsa2-interop@2026-07" },
	{ "nist", "nist@2025-09" },
	{ "ncsc-nl", "ncsc-nl@2025-05" },
};

START_TEST(bare_names)
{
	static const char *const unknown[] = { "bsi", "bsi@2025-01", "cnsa",
		"cnsa2-", "cnsa2-interop@2026", "nist@2025", "nist@2025-9",
		"compat@2026-", "compat@2026-1", "compat@2026-12", "ncsc",
		"compat@", "fips" };

	for (size_t i = 0; i < NELEM(names); i++) {
		ck_assert_msg(tlspolicy_profile(names[i].bare) != NULL &&
			tlspolicy_profile(names[i].bare) ==
			    tlspolicy_profile(names[i].full),
		    "%s is not %s", names[i].bare, names[i].full);
		ck_assert_str_eq(
		    tlspolicy_profile_of(tlspolicy_profile(names[i].bare)),
		    names[i].full);
	}
	for (size_t i = 0; i < NELEM(unknown); i++)
		ck_assert_msg(
		    tlspolicy_profile(unknown[i]) == NULL, "%s", unknown[i]);
	ck_assert_ptr_ne(
	    tlspolicy_profile("compat@2026"), tlspolicy_profile("compat"));
}
END_TEST

/* The sentence for an unknown name has every bare name, once. */
START_TEST(sentence)
{
	struct tlspolicy *policy;
	char list[1024] = "(";
	size_t len;

	for (size_t i = 0; i < NELEM(names); i++) {
		len = strlen(list);
		(void)snprintf(
		    list + len, sizeof(list) - len, "%s, ", names[i].bare);
	}
	ck_assert_int_eq(tlspolicy_parse(&policy, "bsi"), TLSPOLICY_E_PROFILE);
	ck_assert_msg(strstr(release_last_error().data, list) != NULL,
	    "\"%s\" has no \"%s\"", release_last_error().data, list);
	ERR_clear_error();
}
END_TEST

/* What must be known first is in the summary. */
START_TEST(summaries)
{
	static const struct {
		const char *name, *word[2];
	} rows[] = {
		{ "compat@2026-11", { "without RSA key exchange", "CBC" } },
		{ "cnsa1@2022-04", { "refuses RSA 2048", "P-384" } },
		{ "cnsa2@2026-07", { "OpenSSL 3.5", "OVERRIDE" } },
		{ "cnsa2-interop@2026-07", { "OpenSSL 3.5", "OVERRIDE" } },
		{ "cnsa2-interop@2026-07", { "refuses RSA 2048", "1.0" } },
		{ "nist@2025-09", { "SP 800-52r2", "no ChaCha20" } },
		{ "ncsc-nl@2025-05", { "refuses RSA 2048", "NCSC" } },
	};
	const char *name;
	size_t at;

	for (size_t i = 0; i < NELEM(rows); i++) {
		for (at = 0; (name = tlspolicy_profile_name(at)) != NULL &&
		     strcmp(name, rows[i].name) != 0;
		     at++)
			continue;
		ck_assert_msg(name != NULL, "no %s", rows[i].name);
		for (size_t j = 0; j < NELEM(rows[i].word); j++)
			ck_assert_msg(strstr(tlspolicy_profile_summary(at),
					  rows[i].word[j]) != NULL,
			    "%s: no \"%s\" in \"%s\"", name, rows[i].word[j],
			    tlspolicy_profile_summary(at));
	}
}
END_TEST

/* What covers what: all pairs; system covers all, and each itself */

static const struct {
	const char *outer, *inner;
} pairs[] = {
	{ "intermediate@2026", "modern@2026" },
	{ "intermediate@2026", "cnsa1@2022-04" },
	{ "compat@2026-11", "intermediate@2026" },
	{ "compat@2026-11", "modern@2026" },
	{ "compat@2026-11", "cnsa1@2022-04" },
	{ "compat@2026", "compat@2026-11" },
	{ "compat@2026", "intermediate@2026" },
	{ "compat@2026", "modern@2026" },
	{ "compat@2026", "cnsa1@2022-04" },
	{ "legacy@2026", "compat@2026" },
	{ "legacy@2026", "compat@2026-11" },
	{ "legacy@2026", "intermediate@2026" },
	{ "legacy@2026", "modern@2026" },
	{ "legacy@2026", "cnsa1@2022-04" },
	{ "cnsa2-interop@2026-07", "cnsa2@2026-07" },
	{ "cnsa2-interop@2026-07", "cnsa1@2022-04" },
	{ "nist@2025-09", "cnsa1@2022-04" },
	{ "ncsc-nl@2025-05", "cnsa1@2022-04" },
};

static int
should_cover(const char *outer, const char *inner)
{
	if (strcmp(outer, inner) == 0 || strcmp(outer, "system@2026") == 0)
		return 1;
	for (size_t i = 0; i < NELEM(pairs); i++)
		if (strcmp(outer, pairs[i].outer) == 0 &&
		    strcmp(inner, pairs[i].inner) == 0)
			return 1;
	return 0;
}

START_TEST(covers)
{
	const size_t count = tlspolicy_profile_count();
	const char *outer, *inner;
	int status;

	for (size_t i = 0; i < count * count; i++) {
		outer = tlspolicy_profile_name(i / count);
		inner = tlspolicy_profile_name(i % count);
		status = tlspolicy_covers(
		    tlspolicy_profile(outer), tlspolicy_profile(inner));
		ck_assert_msg(status ==
			(should_cover(outer, inner) ? TLSPOLICY_OK
						    : TLSPOLICY_E_VIOLATION),
		    "covers(%s; %s): %d", outer, inner, status);
		ERR_clear_error();
	}
}
END_TEST

/* Every item is one that OpenSSL has */

/* Which releases lack an item, as far as any does. */
static const struct {
	const char *part;
	unsigned long since;
} lacking[] = {
	{ "MLKEM", RELEASE_3_5 }, { "mldsa", RELEASE_3_5 },
	{ "tls13", RELEASE_3_2 },
	{ "DES-CBC3", ~0UL }, /* in none of Debian's packages */
};

static int
is_lacking(const char *item)
{
	for (size_t i = 0; i < NELEM(lacking); i++)
		if (strstr(item, lacking[i].part) != NULL &&
		    release() < lacking[i].since)
			return 1;
	return 0;
}

/* A profile's list as this release should have it, without '?'. */
static const char *
expected(char *buf, size_t size, const char *list)
{
	size_t len, at = 0;
	char item[NAME];

	buf[0] = '\0';
	for (; list != NULL && *list != '\0';
	     list += len, list += *list == ':') {
		len = strcspn(list, ":");
		(void)snprintf(item, sizeof(item), "%.*s",
		    (int)len - (list[0] == '?'), list + (list[0] == '?'));
		if (!is_lacking(item))
			at += (size_t)snprintf(buf + at, size - at, "%s%s",
			    at == 0 ? "" : ":", item);
	}
	return buf;
}

static void
assert_list(const char *name, const char *key, const char *of_profile,
    const char *of_context)
{
	char want[2048];

	if (of_profile == NULL)
		return;
	(void)expected(want, sizeof(want), of_profile);
	ck_assert_msg(of_context != NULL && strcmp(of_context, want) == 0,
	    "%s, %s: %s, not %s", name, key,
	    of_context == NULL ? "unset" : of_context, want);
}

static int
needs_quantum(const char *name)
{
	return strncmp(name, "cnsa2", 5) == 0;
}

/*
 * With the profile a context has every item of it that the release has, in its
 * order: each name is OpenSSL's, and the profile's own level takes none away.
 */
START_TEST(items_resolve)
{
	const char *name = tlspolicy_profile_name((size_t)_i);
	const struct tlspolicy *profile = tlspolicy_profile(name);
	SSL_CTX *ctx = peer_context(TLS_method(), NULL);
	struct tlspolicy *has;

	if (needs_quantum(name) && release() < RELEASE_3_5) {
		SSL_CTX_free(ctx);
		SKIP_TEST("no ML-KEM and ML-DSA before OpenSSL 3.5");
	}
	ck_assert_int_eq(
	    tlspolicy_apply_ctx(ctx, profile, TLSPOLICY_OVERRIDE), 0);
	ck_assert_int_eq(tlspolicy_from_ctx(&has, ctx), 0);
	assert_list(name, "ciphers", tlspolicy_get_ciphers(profile),
	    tlspolicy_get_ciphers(has));
	assert_list(name, "ciphersuites", tlspolicy_get_ciphersuites(profile),
	    tlspolicy_get_ciphersuites(has));
	assert_list(name, "groups", tlspolicy_get_groups(profile),
	    tlspolicy_get_groups(has));
	assert_list(name, "sigalgs", tlspolicy_get_sigalgs(profile),
	    tlspolicy_get_sigalgs(has));
	tlspolicy_free(has);
	SSL_CTX_free(ctx);
}
END_TEST

/* Applying them to a context as OpenSSL makes it */

static const SSL_METHOD *(*const transports[])(
    void) = { TLS_method, DTLS_method };
static const char *const standards[] = { "compat", "cnsa1", "nist", "ncsc-nl",
	"cnsa2", "cnsa2-interop" };

/* What of a release that lacks ML-KEM, or of DTLS, is named. */
static int
wanted(const char *name, int dtls, unsigned flags)
{
	if (!needs_quantum(name))
		return TLSPOLICY_OK;
	if (dtls || release() < RELEASE_3_5)
		return TLSPOLICY_E_UNSUPPORTED;
	/* Law 3: never classical in silence. */
	return flags == TLSPOLICY_OVERRIDE ? TLSPOLICY_OK
					   : TLSPOLICY_E_STRICTER;
}

static void
assert_names(const char *what, int status, int dtls)
{
	const char *why = release_last_error().data;

	if (status == TLSPOLICY_E_STRICTER)
		ck_assert_msg(
		    strstr(why, "OVERRIDE") != NULL, "%s: %s", what, why);
	else if (status == TLSPOLICY_E_UNSUPPORTED && !dtls)
		ck_assert_msg(
		    strstr(why, "MLKEM1024") != NULL, "%s: %s", what, why);
}

START_TEST(applies)
{
	static const unsigned flags[] = { 0, TLSPOLICY_OVERRIDE };
	const char *name = standards[(size_t)_i / 2];
	const int dtls = _i % 2;
	struct peer_snapshot before, after;
	char what[NAME], why[PEER_WHY] = "";
	SSL_CTX *ctx;
	int status, want;

	for (size_t i = 0; i < NELEM(flags); i++) {
		ctx = peer_context(transports[dtls](), NULL);
		want = wanted(name, dtls, flags[i]);
		(void)snprintf(what, sizeof(what), "%s%s, flags %u", name,
		    dtls ? " on DTLS" : "", flags[i]);
		peer_snapshot(ctx, &before, 0);
		status = tlspolicy_apply_text(ctx, name, flags[i]);
		ck_assert_msg(status == want, "%s: %d, not %d: %s", what,
		    status, want,
		    status == 0 ? "applied" : release_last_error().data);
		if (want != TLSPOLICY_OK) {
			assert_names(what, want, dtls);
			peer_snapshot(ctx, &after, 0);
			ck_assert_msg(
			    peer_same(&before, &after, why, sizeof(why)),
			    "%s: changes %s", what, why);
			ERR_clear_error();
		} else {
			ck_assert_int_eq(
			    tlspolicy_audit(ctx, tlspolicy_profile(name)),
			    TLSPOLICY_OK);
		}
		SSL_CTX_free(ctx);
	}
}
END_TEST

/* Certificates */

enum { ML_DSA_87 = PEER_KEYS };

static int
use(SSL_CTX *ctx, int key)
{
	static EVP_PKEY *quantum;
	static X509 *cert;

	if (key != ML_DSA_87)
		return peer_use(ctx, (enum peer_key)key);
	if (quantum == NULL) {
		quantum = release_generate("ML-DSA-87");
		ck_assert_ptr_nonnull(quantum);
		cert = peer_certify(quantum);
	}
	return SSL_CTX_use_certificate(ctx, cert) == 1 &&
	    SSL_CTX_use_PrivateKey(ctx, quantum) == 1;
}

/* What a profile's level refuses to load, after the profile was applied. */
static const struct {
	const char *name;
	int key, loads;
} loads[] = {
	{ "compat", PEER_RSA_2048, 1 },
	{ "nist", PEER_RSA_2048, 1 },
	{ "cnsa1", PEER_RSA_2048, 0 },
	{ "cnsa1", PEER_RSA_3072, 1 },
	{ "ncsc-nl", PEER_RSA_2048, 0 },
	{ "ncsc-nl", PEER_RSA_3072, 1 },
	{ "cnsa2-interop", PEER_RSA_2048, 0 },
	{ "cnsa2-interop", PEER_RSA_3072, 1 },
	{ "cnsa2", PEER_RSA_3072, 0 },
	{ "cnsa2", PEER_P_384, 0 },
	{ "cnsa2", PEER_P_521, 1 }, /* the standard forbids it, no level does */
	{ "cnsa2", ML_DSA_87, 1 },
};

START_TEST(keys)
{
	const char *name = loads[_i].name;
	SSL_CTX *ctx;

	if (needs_quantum(name) && release() < RELEASE_3_5)
		SKIP_TEST("no ML-KEM and ML-DSA before OpenSSL 3.5");
	ctx = peer_context(TLS_server_method(), NULL);
	ck_assert_int_eq(
	    tlspolicy_apply_text(ctx, name, TLSPOLICY_OVERRIDE), 0);
	ck_assert_msg(use(ctx, loads[_i].key) == loads[_i].loads,
	    "%s, key %d: %s", name, loads[_i].key,
	    loads[_i].loads ? "refused" : "taken");
	ERR_clear_error();
	SSL_CTX_free(ctx);
}
END_TEST

/* Handshakes */

/* Groups as this release calls them, the first that it has. */
#define PQ_768  "X25519MLKEM768"
#define PQ_1024 "MLKEM1024"

static const struct row {
	const char *name;
	int key, max; /* of the peer too, where it is not 0 */
	const char *cipher, *quantum, *group; /* from 3.5 on, and before */
	int hash;                             /* of the server's signature */
} rows[] = {
	{ "cnsa1", PEER_P_384, 0, "TLS_AES_256_GCM_SHA384", NULL, "secp384r1",
	    NID_sha384 },
	{ "cnsa1", PEER_RSA_3072, 0, "TLS_AES_256_GCM_SHA384", NULL,
	    "secp384r1", NID_sha384 },
	{ "cnsa1", PEER_P_384, TLS1_2_VERSION, "ECDHE-ECDSA-AES256-GCM-SHA384",
	    NULL, "secp384r1", NID_sha384 },
	{ "cnsa1", PEER_RSA_3072, TLS1_2_VERSION, "ECDHE-RSA-AES256-GCM-SHA384",
	    NULL, "secp384r1", NID_sha384 },
	{ "cnsa2", ML_DSA_87, 0, "TLS_AES_256_GCM_SHA384", PQ_1024, NULL, 0 },
	{ "cnsa2-interop", ML_DSA_87, 0, "TLS_AES_256_GCM_SHA384", PQ_1024,
	    NULL, 0 },
	{ "cnsa2-interop", PEER_P_384, 0, "TLS_AES_256_GCM_SHA384", PQ_1024,
	    NULL, NID_sha384 },
	{ "cnsa2-interop", PEER_RSA_3072, 0, "TLS_AES_256_GCM_SHA384", PQ_1024,
	    NULL, NID_sha384 },
	{ "cnsa2-interop", PEER_P_384, TLS1_2_VERSION,
	    "ECDHE-ECDSA-AES256-GCM-SHA384", "secp384r1", NULL, NID_sha384 },
	{ "nist", PEER_RSA_2048, 0, "TLS_AES_128_GCM_SHA256", PQ_768,
	    "prime256v1", NID_sha256 },
	{ "nist", PEER_P_256, 0, "TLS_AES_128_GCM_SHA256", PQ_768, "prime256v1",
	    NID_sha256 },
	{ "nist", PEER_P_256, TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256",
	    NULL, "prime256v1", NID_sha256 },
	{ "nist", PEER_RSA_2048, TLS1_2_VERSION, "ECDHE-RSA-AES128-GCM-SHA256",
	    NULL, "prime256v1", NID_sha256 },
	{ "ncsc-nl", PEER_RSA_3072, 0, "TLS_AES_256_GCM_SHA384", PQ_768,
	    "X25519", NID_sha256 },
	{ "ncsc-nl", PEER_P_256, 0, "TLS_AES_256_GCM_SHA384", PQ_768, "X25519",
	    NID_sha256 },
	{ "ncsc-nl", PEER_ED25519, 0, "TLS_AES_256_GCM_SHA384", PQ_768,
	    "X25519", 0 },
	{ "ncsc-nl", PEER_P_256, TLS1_2_VERSION,
	    "ECDHE-ECDSA-AES256-GCM-SHA384", NULL, "X25519", NID_sha256 },
	{ "ncsc-nl", PEER_RSA_3072, TLS1_2_VERSION,
	    "ECDHE-RSA-AES256-GCM-SHA384", NULL, "X25519", NID_sha256 },
	{ "compat", PEER_RSA_2048, 0, "TLS_AES_128_GCM_SHA256", PQ_768,
	    "X25519", NID_sha256 },
	{ "compat", PEER_RSA_2048, TLS1_2_VERSION,
	    "ECDHE-RSA-AES128-GCM-SHA256", NULL, "X25519", NID_sha256 },
};

/* A side of a handshake: with the profile, or with OpenSSL's own settings. */
enum side { WITH_PROFILE, PLAIN_CLIENT, PLAIN_SERVER, SIDES };

static SSL_CTX *
side(const struct row *row, int dtls, int server, int plain)
{
	SSL_CTX *ctx = peer_context(transports[dtls](), NULL);

	ck_assert_ptr_nonnull(ctx);
	if (!plain)
		ck_assert_int_eq(
		    tlspolicy_apply_text(ctx, row->name, TLSPOLICY_OVERRIDE),
		    TLSPOLICY_OK);
	else if (needs_quantum(row->name)) /* in no list of OpenSSL's own */
		ck_assert(peer_set_groups(ctx, "MLKEM1024:secp384r1"));
	if (row->max != 0 && !dtls)
		ck_assert(SSL_CTX_set_max_proto_version(ctx, row->max) == 1);
	if (server)
		ck_assert_msg(use(ctx, row->key), "%s: key %d is refused",
		    row->name, row->key);
	return ctx;
}

static void
assert_within(const char *what, SSL *ssl, const char *name)
{
	char why[PEER_WHY];
	const int status =
	    tlspolicy_check(ssl, tlspolicy_profile(name), why, sizeof(why));

	ck_assert_msg(status == TLSPOLICY_OK, "%s: check: %s", what, why);
}

static const char *
group_of(SSL *client, const struct peer_result *result)
{
	const char *name = result->version == TLS1_3_VERSION
	    ? release_group(client)
	    : OBJ_nid2sn(result->group);

	return strcmp(name, "secp256r1") == 0 ? "prime256v1" : name;
}

/* Both ends hold the profile: the first item of each list is what comes. */
static void
assert_first(const char *what, const struct row *row, SSL *client,
    const struct peer_result *result)
{
	const char *group = row->group;
	int hash = -1;

	if (release() >= RELEASE_3_5 && row->quantum != NULL)
		group = row->quantum;
	ck_assert_msg(strcmp(result->cipher, row->cipher) == 0,
	    "%s: %s, not %s", what, result->cipher, row->cipher);
	ck_assert_msg(strcasecmp(group_of(client, result), group) == 0,
	    "%s: %s, not %s", what, group_of(client, result), group);
	ck_assert_int_eq(SSL_get_peer_signature_nid(client, &hash), 1);
	ck_assert_msg(hash == row->hash, "%s: signed with %s, not %s", what,
	    OBJ_nid2sn(hash), OBJ_nid2sn(row->hash));
}

static void
shake(const struct row *row, int dtls, enum side plain)
{
	SSL_CTX *ctx[2] = { side(row, dtls, 0, plain == PLAIN_CLIENT),
		side(row, dtls, 1, plain == PLAIN_SERVER) };
	SSL *client = SSL_new(ctx[0]), *server = SSL_new(ctx[1]);
	struct peer_result result;
	char what[2 * NAME];

	(void)snprintf(what, sizeof(what), "%s%s, key %d, side %d", row->name,
	    dtls ? " on DTLS" : "", row->key, (int)plain);
	ck_assert(client != NULL && server != NULL);
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	ck_assert_msg(peer_handshake(client, server, &result),
	    "%s: no handshake: %d, %d", what, result.reason[0],
	    result.reason[1]);
	ck_assert_msg(dtls
		? result.version == DTLS1_2_VERSION
		: result.version == (row->max != 0 ? row->max : TLS1_3_VERSION),
	    "%s: version 0x%x", what, (unsigned)result.version);
	assert_within(what, client, row->name);
	assert_within(what, server, row->name);
	if (plain == WITH_PROFILE)
		assert_first(what, row, client, &result);
	SSL_free(client);
	SSL_free(server);
	SSL_CTX_free(ctx[0]);
	SSL_CTX_free(ctx[1]);
}

START_TEST(negotiates)
{
	const struct row *row = &rows[(size_t)_i / SIDES];

	if (needs_quantum(row->name) && release() < RELEASE_3_5)
		SKIP_TEST("no ML-KEM and ML-DSA before OpenSSL 3.5");
	shake(row, 0, (enum side)(_i % SIDES));
	if (row->max == TLS1_2_VERSION && !needs_quantum(row->name))
		shake(row, 1, (enum side)(_i % SIDES));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("standards");
	TCase *tc = tcase_create("standards");

	peer_setup();
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, bare_name_is_newest);
	tcase_add_test(tc, bare_names);
	tcase_add_test(tc, sentence);
	tcase_add_test(tc, summaries);
	tcase_add_test(tc, covers);
	tcase_add_loop_test(
	    tc, items_resolve, 0, (int)tlspolicy_profile_count());
	tcase_add_loop_test(tc, applies, 0, 2 * (int)NELEM(standards));
	tcase_add_loop_test(tc, keys, 0, (int)NELEM(loads));
	tcase_add_loop_test(tc, negotiates, 0, SIDES * (int)NELEM(rows));
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
