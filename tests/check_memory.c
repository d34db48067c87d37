/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL's allocations fail, or with faults_calls.c its functions, the n-th
 * alone or the n-th and all after it: every call then fails and changes
 * nothing, or succeeds as if they had not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/mman.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include <tlspolicy.h>

#include "faults.h"
#include "peer.h"
#include "release.h"
#include "runner.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* One of two kinds: the n-th alone, or all from it on. */
static int sticky;

/* Faults so far, counted across Check's processes. */
static _Atomic long *points;

/* Which faults of a row are tried: all of them if there is time for it. */
static long
stride(long allocations)
{
	const long most = test_tier() == TIER_SHORT ? 5 : 60;

	if (test_tier() == TIER_FULL || allocations <= most)
		return 1;
	return allocations / most;
}

/* A failure's status and its entry, with which the queue must end. */
static void
assert_failure(const char *row, long n, int status, int clean)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	ck_assert_msg(!faults_are_of_memory || status == clean ||
		status == TLSPOLICY_E_NOMEM || status == TLSPOLICY_E_OPENSSL,
	    "%s: fault %ld: status %d, not %d", row, n, status, clean);
	ck_assert_msg(
	    reason != NULL && strcmp(reason, tlspolicy_strerror(status)) == 0,
	    "%s: fault %ld: the last entry says %s", row, n,
	    reason != NULL ? reason : "nothing");
}

/* apply */

static const char narrow[] =
    "min=TLSv1.2,sigalgs=rsa_pss_rsae_sha256:ecdsa_secp256r1_sha256,"
    "groups=P-256";
static const char *const policies[] = { "intermediate", "modern", narrow,
	"legacy" };
static const unsigned modes[] = { 0, TLSPOLICY_OVERRIDE,
	TLSPOLICY_FAIL_IF_STRICTER };
enum { DEFAULT, NARROW, CUT, BOUND, STATES, DATAGRAM = STATES, SUITE_B };
enum { KINDS = 2 }; /* that any fault has */
static const char *const states[] = { "default", "narrow", "cut", "bound",
	"DTLS", "Suite B" };
enum { PRODUCT = NELEM(policies) * NELEM(modes) * STATES };

/* Takes no memory at all. */
static const char numbers[] = "min=TLSv1.2,max=TLSv1.3";

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
	{ numbers, TLSPOLICY_OVERRIDE, NARROW },
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

static SSL_CTX *
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
	ck_assert_msg((sticky && (data == NULL || *data == '\0')) ||
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
	faults_begin(n, sticky);
	status = call_apply(row, ctx, object);
	hit = faults_end();
	faults_lie(0);
	*points += hit;
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

	sticky = index % KINDS == 1;
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
	    sticky ? "all from" : "one", row->lies ? ", lies" : "");
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
	ck_assert(row.lies ||
	    (served > 0) == (!faults_are_of_memory || row.policy != numbers));
	step = stride(served);
	/* The rows begin at different faults, so that they add up. */
	n = _i % step;
	while (try_fault(&row, n, seen))
		n += step;
	/*
	 * A few faults may all hit what OpenSSL does without, one alone may be
	 * healed, and to refuse a policy takes no more than a sentence.
	 */
	ck_assert_msg(!faults_are_of_memory || test_tier() == TIER_SHORT ||
		!sticky || row.status != TLSPOLICY_OK || served == 0 ||
		seen[0] + seen[1] > 0,
	    "%s: no fault is reported", row.name);
}
END_TEST

/* Policies */

static const char longer[] = "intermediate,level=2,preference=server";
static struct tlspolicy *policy, *other;

static int
call_parse(void)
{
	struct tlspolicy *out = policy;
	int status = tlspolicy_parse(&out, longer);

	ck_assert((out != NULL) == (status == TLSPOLICY_OK));
	tlspolicy_free(out);
	return status;
}

/* It has no status: its entry is not looked at. */
static int
call_dup(void)
{
	struct tlspolicy *out = tlspolicy_dup(policy);

	ck_assert(out != NULL || faults_fired());
	ck_assert(out == NULL || tlspolicy_covers(out, policy) == 0);
	tlspolicy_free(out);
	return TLSPOLICY_OK;
}

static int
call_intersect(void)
{
	struct tlspolicy *out = policy;
	int status = tlspolicy_intersect(&out, policy, other);

	ck_assert((out != NULL) == (status == TLSPOLICY_OK));
	tlspolicy_free(out);
	return status;
}

static int
call_setter(void)
{
	struct tlspolicy *copy = tlspolicy_dup(policy);
	const char *want = "X448:X25519";
	int status;

	if (copy == NULL)
		return TLSPOLICY_OK;
	status = tlspolicy_set_groups(copy, want);
	if (status != TLSPOLICY_OK)
		want = tlspolicy_get_groups(policy);
	ck_assert_str_eq(tlspolicy_get_groups(copy), want);
	tlspolicy_free(copy);
	return status;
}

static int
call_format(void)
{
	char text[4096];

	return tlspolicy_format(policy, text, sizeof(text)) > 0
	    ? TLSPOLICY_OK
	    : TLSPOLICY_E_NOMEM;
}

static int
call_supports(void)
{
	ck_assert(
	    tlspolicy_openssl_supports(TLS1_VERSION) == 1 || faults_fired());
	return TLSPOLICY_OK;
}

static const struct {
	const char *name;
	int (*call)(void);
} calls[] = {
	{ "parse", call_parse },
	{ "dup", call_dup },
	{ "intersect", call_intersect },
	{ "list setter", call_setter },
	{ "format", call_format },
	{ "openssl_supports", call_supports },
};

START_TEST(policy_call)
{
	const char *name = calls[_i / KINDS].name;
	int status, hit = 1;

	sticky = _i % KINDS == 1;
	ck_assert_int_eq(tlspolicy_parse(&policy, longer), TLSPOLICY_OK);
	ck_assert_int_eq(
	    tlspolicy_parse(&other, "compat,min=TLSv1.2"), TLSPOLICY_OK);
	for (long n = 0; hit; n++) {
		faults_begin(n, sticky);
		status = calls[_i / KINDS].call();
		hit = faults_end();
		*points += hit;
		if (status != TLSPOLICY_OK)
			assert_failure(name, n, status, TLSPOLICY_OK);
	}
	tlspolicy_free(policy);
	tlspolicy_free(other);
}
END_TEST

/* What is told of a context: the same as ever, or a failure */

enum { ANSWER = 16384 };

static int
tell_policy(SSL_CTX *ctx, char *answer)
{
	int status = tlspolicy_from_ctx(&policy, ctx);

	(void)faults_end();
	if (status == TLSPOLICY_OK)
		ck_assert(tlspolicy_format(policy, answer, ANSWER) < ANSWER);
	else
		ck_assert_ptr_null(policy);
	tlspolicy_free(policy);
	policy = NULL;
	return status;
}

static int
tell_page(SSL_CTX *ctx, char *answer)
{
	FILE *file = fmemopen(answer, ANSWER, "w");
	BIO *out = BIO_new_fp(file, BIO_CLOSE);
	int status =
	    out == NULL ? TLSPOLICY_E_NOMEM : tlspolicy_describe(ctx, out);

	(void)faults_end();
	if (out == NULL)
		(void)fclose(file);
	BIO_free(out);
	return status;
}

static int
tell_client(SSL_CTX *ctx, char *answer)
{
	int status = tlspolicy_inspect(ctx, TLSPOLICY_CLIENT, TLS1_2_VERSION);

	snprintf(answer, ANSWER, "%d", status);
	return status < 0 ? status : TLSPOLICY_OK;
}

static int
tell_server(SSL_CTX *ctx, char *answer)
{
	int status = tlspolicy_inspect(ctx, TLSPOLICY_SERVER, TLS1_3_VERSION);

	snprintf(answer, ANSWER, "%d", status);
	return status < 0 ? status : TLSPOLICY_OK;
}

static int
tell_audit(SSL_CTX *ctx, char *answer)
{
	int status = tlspolicy_audit(ctx, other);

	snprintf(answer, ANSWER, "%d", status);
	return status == TLSPOLICY_E_VIOLATION ? TLSPOLICY_OK : status;
}

static const struct {
	const char *name;
	int (*tell)(SSL_CTX *ctx, char *answer);
} tells[] = {
	{ "from_ctx", tell_policy },
	{ "describe", tell_page },
	{ "inspect, client", tell_client },
	{ "inspect, server", tell_server },
	{ "audit", tell_audit },
};

/* Its certificate is issued by another, so that signatures count. */
static SSL_CTX *
issued(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	EVP_PKEY *key = peer_generate(EVP_PKEY_EC, NID_X9_62_prime256v1);
	X509 *cert;

	ck_assert(
	    ctx != NULL && peer_use(ctx, PEER_P_256) && peer_use_rsa_2048(ctx));
	cert = X509_dup(SSL_CTX_get0_certificate(ctx));
	ck_assert_ptr_nonnull(cert);
	peer_issue(cert, key, EVP_sha256(), "issuer.test");
	ck_assert(SSL_CTX_use_certificate(ctx, cert) == 1);
	X509_free(cert);
	EVP_PKEY_free(key);
	return ctx;
}

START_TEST(telling)
{
	static char want[ANSWER], got[ANSWER];
	SSL_CTX *ctx = issued();
	long allocations, n = 0;
	int status, hit = 1;
	size_t same;

	sticky = _i % KINDS == 1;
	/* What is too much is in the hello for TLS 1.3 alone. */
	ck_assert_int_eq(tlspolicy_parse(&other,
			     "min=TLSv1.2,level=2,"
			     "groups=X25519:X448:P-256:P-384:P-521"),
	    TLSPOLICY_OK);
	faults_begin(-1, 0);
	ck_assert_int_eq(tells[_i / KINDS].tell(ctx, want), TLSPOLICY_OK);
	for (allocations = faults_served(); hit; n += stride(allocations)) {
		memset(got, 0, sizeof(got));
		faults_begin(n, sticky);
		status = tells[_i / KINDS].tell(ctx, got);
		hit = faults_end();
		*points += hit;
		for (same = 0; got[same] != '\0' && got[same] == want[same];)
			same++;
		ck_assert_msg(status < 0 || strcmp(got, want) == 0,
		    "%s: fault %ld: \"%.300s\", not \"%.300s\"",
		    tells[_i / KINDS].name, n, got + same, want + same);
	}
	tlspolicy_free(other);
	SSL_CTX_free(ctx);
}
END_TEST

/* Connections: one to change, one that has completed, one that has failed */

static SSL *
connection(SSL_CTX *ctx, const char *ciphers)
{
	SSL *client = SSL_new(ctx), *server = SSL_new(ctx);
	struct peer_result result;

	ck_assert(client != NULL && server != NULL &&
	    SSL_set_max_proto_version(server, TLS1_2_VERSION) == 1);
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	if (ciphers == NULL) {
		/* Bounds of its own, which have to be copied. */
		ck_assert(SSL_set_max_proto_version(client, TLS1_3_VERSION));
		SSL_free(server);
		return client;
	}
	ck_assert(SSL_set_cipher_list(client, ciphers) == 1);
	(void)peer_handshake(client, server, &result);
	SSL_free(server);
	return client;
}

/* It shows the suites of its context, and has others: see check_ssl.c. */
static SSL *
moved_connection(SSL_CTX *ctx, const char *ciphers)
{
	SSL_CTX *front = SSL_CTX_new(TLS_method());
	SSL *client = SSL_new(front);

	(void)ciphers;
	ck_assert(client != NULL && SSL_set_SSL_CTX(client, ctx) == ctx);
	SSL_CTX_free(front);
	SSL_set_connect_state(client);
	return client;
}

/* What tells one state of a connection from another. */
static void
tell_settings(SSL *ssl, char *answer)
{
	const STACK_OF(SSL_CIPHER) *all = SSL_get_ciphers(ssl);
	int i,
	    len = snprintf(answer, ANSWER, "from 0x%lx, 0x%llx",
		(unsigned long)SSL_get_min_proto_version(ssl),
		(unsigned long long)SSL_get_options(ssl));

	for (i = 0; i < sk_SSL_CIPHER_num(all); i++)
		len += snprintf(answer + len, (size_t)(ANSWER - len), ":%s",
		    SSL_CIPHER_get_name(sk_SSL_CIPHER_value(all, i)));
	ck_assert_int_lt(len, ANSWER);
}

static int
tell_ssl(SSL *ssl, char *answer)
{
	static char before[ANSWER];
	int status;

	tell_settings(ssl, before);
	status = tlspolicy_apply_ssl(ssl, other, 0);
	(void)faults_end();
	tell_settings(ssl, answer);
	/* Or it is closed. */
	ck_assert_msg(status == TLSPOLICY_OK || strcmp(before, answer) == 0 ||
		(SSL_get_options(ssl) & SSL_OP_NO_SSL_MASK) ==
		    SSL_OP_NO_SSL_MASK,
	    "apply_ssl gives %d, and %s becomes %s", status, before, answer);
	return status;
}

static int
tell_check(SSL *ssl, char *answer)
{
	int status = tlspolicy_check(ssl, other, answer, ANSWER);

	ck_assert(status <= TLSPOLICY_OK);
	return status == TLSPOLICY_E_VIOLATION ? TLSPOLICY_OK : status;
}

static int
tell_explain(SSL *ssl, char *answer)
{
	int status = tlspolicy_explain(ssl, answer, ANSWER);

	/* It may say less, but nothing else. */
	answer[strcspn(answer, ";.")] = '\0';
	return status < 0 ? status : TLSPOLICY_OK;
}

static const struct {
	const char *name;
	SSL *(*make)(SSL_CTX *ctx, const char *ciphers);
	const char *ciphers; /* NULL: before the handshake */
	int (*tell)(SSL *ssl, char *answer);
} ends[] = {
	{ "apply_ssl", connection, NULL, tell_ssl },
	{ "apply_ssl, moved", moved_connection, NULL, tell_ssl },
	{ "check", connection, "ECDHE-RSA-AES128-SHA", tell_check },
	{ "explain", connection, "ECDHE-ECDSA-AES128-SHA", tell_explain },
};

START_TEST(telling_of_connections)
{
	static char want[ANSWER], got[ANSWER];
	const char *name = ends[_i / KINDS].name;
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	int status, hit = 1;
	SSL *ssl;

	sticky = _i % KINDS == 1;
	ck_assert(ctx != NULL && peer_use_rsa_2048(ctx) &&
	    SSL_CTX_set_ciphersuites(ctx, "TLS_AES_256_GCM_SHA384") == 1);
	ck_assert_int_eq(tlspolicy_parse(&other,
			     "min=TLSv1.2,level=2,groups=X25519:P-256,"
			     "ciphers=ECDHE-RSA-AES128-GCM-SHA256"),
	    TLSPOLICY_OK);
	for (long n = -1; hit; n++) {
		ssl = ends[_i / KINDS].make(ctx, ends[_i / KINDS].ciphers);
		memset(got, 0, sizeof(got));
		faults_begin(n, sticky);
		status = ends[_i / KINDS].tell(ssl, got);
		hit = faults_end();
		*points += hit;
		hit = hit || n < 0;
		if (n < 0)
			memcpy(want, got, sizeof(want));
		ck_assert_msg(
		    n >= 0 || status == TLSPOLICY_OK, "%s: %d", name, status);
		ck_assert_msg(status < 0 || strcmp(got, want) == 0,
		    "%s: fault %ld: \"%.300s\", not \"%.300s\"", name, n, got,
		    want);
		SSL_free(ssl);
		ERR_clear_error();
	}
	tlspolicy_free(other);
	SSL_CTX_free(ctx);
}
END_TEST

/* The caller's queue cannot be set aside: nothing is done */

static int
queue_apply(SSL_CTX *ctx, SSL *ssl)
{
	(void)ssl;
	return tlspolicy_apply_ctx(ctx, policy, TLSPOLICY_OVERRIDE);
}

static int
queue_apply_ssl(SSL_CTX *ctx, SSL *ssl)
{
	(void)ctx;
	return tlspolicy_apply_ssl(ssl, policy, TLSPOLICY_OVERRIDE);
}

static int
queue_from_ctx(SSL_CTX *ctx, SSL *ssl)
{
	struct tlspolicy *out = policy;
	int status = tlspolicy_from_ctx(&out, ctx);

	(void)ssl;
	ck_assert_ptr_null(out);
	return status;
}

static int
queue_audit(SSL_CTX *ctx, SSL *ssl)
{
	(void)ssl;
	return tlspolicy_audit(ctx, policy);
}

static int
queue_inspect(SSL_CTX *ctx, SSL *ssl)
{
	(void)ssl;
	return tlspolicy_inspect(ctx, TLSPOLICY_CLIENT, TLS1_2_VERSION);
}

static BIO *page;

static int
queue_describe(SSL_CTX *ctx, SSL *ssl)
{
	(void)ssl;
	return tlspolicy_describe(ctx, page);
}

static int
queue_check(SSL_CTX *ctx, SSL *ssl)
{
	(void)ctx;
	return tlspolicy_check(ssl, policy, NULL, 0);
}

static int
queue_explain(SSL_CTX *ctx, SSL *ssl)
{
	char text[16] = "";

	(void)ctx;
	return tlspolicy_explain(ssl, text, sizeof(text));
}

static int
queue_supports(SSL_CTX *ctx, SSL *ssl)
{
	(void)ctx;
	(void)ssl;
	return tlspolicy_openssl_supports(TLS1_2_VERSION) == 0
	    ? TLSPOLICY_E_NOMEM
	    : TLSPOLICY_OK;
}

static const struct {
	const char *name;
	int (*call)(SSL_CTX *ctx, SSL *ssl);
	int quiet; /* it puts no entry on the queue */
} queued[] = {
	{ "apply_ctx", queue_apply, 0 },
	{ "apply_ssl", queue_apply_ssl, 0 },
	{ "from_ctx", queue_from_ctx, 0 },
	{ "audit", queue_audit, 0 },
	{ "inspect", queue_inspect, 0 },
	{ "describe", queue_describe, 0 },
	{ "check", queue_check, 1 },
	{ "explain", queue_explain, 1 },
	{ "openssl_supports", queue_supports, 1 },
};

START_TEST(queue_stays)
{
	const char *name = queued[_i].name;
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	struct peer_snapshot before, after;
	char why[PEER_WHY] = "";
	struct release_entry entry;
	SSL *ssl;
	int status;

	page = BIO_new(BIO_s_null());
	ck_assert(ctx != NULL && page != NULL && peer_use_rsa_2048(ctx));
	ssl = connection(ctx, "ECDHE-RSA-AES128-SHA");
	ck_assert_int_eq(tlspolicy_parse(&policy, "legacy"), TLSPOLICY_OK);
	peer_snapshot(ctx, &before, 0);
	ERR_clear_error();
	release_raise(ERR_LIB_USER, 100, "prior");
	faults_begin(0, 0);
	status = queued[_i].call(ctx, ssl);
	ck_assert_msg(faults_end(), "%s: no fault", name);
	ck_assert_msg(status == TLSPOLICY_E_NOMEM, "%s: %d", name, status);
	if (!queued[_i].quiet)
		assert_failure(name, 0, status, TLSPOLICY_OK);
	entry = release_take_error();
	ck_assert_msg(ERR_GET_REASON(entry.code) == 100 &&
		strcmp(entry.data, "prior") == 0,
	    "%s: the caller's entry is gone", name);
	ck_assert_msg((ERR_get_error() == 0) == queued[_i].quiet,
	    "%s: an entry too many, or none", name);
	peer_snapshot(ctx, &after, 0);
	ck_assert_msg(
	    peer_same(&before, &after, why, sizeof(why)), "%s: %s", name, why);
	tlspolicy_free(policy);
	BIO_free(page);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}
END_TEST

/* The caller's marks too, when numbers alone have to be put back. */
START_TEST(marks_stay)
{
	SSL_CTX *ctx;
	long n;
	int hit = 1;

	ck_assert_int_eq(tlspolicy_parse(&policy, numbers), TLSPOLICY_OK);
	for (n = 0; hit; n++) {
		ctx = make_context(NARROW);
		release_raise(ERR_LIB_USER, 100, "before the mark");
		ck_assert_int_eq(ERR_set_mark(), 1);
		release_raise(ERR_LIB_USER, 101, "after it");
		faults_begin(n, 0);
		ck_assert_int_eq(queue_apply(ctx, NULL), TLSPOLICY_OK);
		hit = faults_end();
		ck_assert_msg(
		    ERR_pop_to_mark() == 1, "fault %ld: no mark is left", n);
		ck_assert_int_eq(ERR_GET_REASON(ERR_peek_last_error()), 100);
		ERR_clear_error();
		SSL_CTX_free(ctx);
	}
	/* Two bounds, and none takes memory. */
	ck_assert(n > 2 || faults_are_of_memory);
	tlspolicy_free(policy);
}
END_TEST

/* Not even the error library can be registered: statuses are all there is. */
START_TEST(never_once)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	struct tlspolicy *out;

	ck_assert_ptr_nonnull(ctx);
	faults_deny_once(1);
	ck_assert_int_eq(
	    tlspolicy_parse(&out, "no such profile"), TLSPOLICY_E_PROFILE);
	ck_assert_ptr_null(out);
	ck_assert(ERR_peek_error() == 0);
	release_raise(ERR_LIB_USER, 100, "prior");
	faults_begin(0, 0);
	ck_assert_int_eq(queue_inspect(ctx, NULL), TLSPOLICY_E_NOMEM);
	(void)faults_end();
	ck_assert_int_eq(ERR_GET_REASON(ERR_peek_last_error()), 100);
	faults_deny_once(0);
	SSL_CTX_free(ctx);
}
END_TEST

/* What OpenSSL loads once must not be what fails. */
static void
warm_up(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	struct peer_snapshot snapshot;

	if (ctx == NULL || tlspolicy_apply(ctx, "nothing") == TLSPOLICY_OK ||
	    tlspolicy_apply(ctx, "intermediate") != TLSPOLICY_OK)
		abort();
	peer_snapshot(ctx, &snapshot, 1);
	SSL_CTX_free(ctx);
	(void)ERR_reason_error_string(ERR_peek_last_error());
	ERR_clear_error();
}

int
main(void)
{
	Suite *suite = suite_create(faults_kind);
	TCase *tc = tcase_create(faults_kind);
	int status;

	points = mmap(NULL, sizeof(*points), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (points == MAP_FAILED || !faults_install())
		return EXIT_FAILURE;
	peer_setup();
	warm_up();
	tcase_set_timeout(tc, test_tier() == TIER_FULL ? 600 : 60);
	tcase_add_loop_test(tc, apply, 0, ROWS * faults_kinds / row_step());
	tcase_add_loop_test(tc, policy_call, 0, (int)(NELEM(calls) * KINDS));
	tcase_add_loop_test(tc, telling, 0, (int)(NELEM(tells) * KINDS));
	tcase_add_loop_test(
	    tc, telling_of_connections, 0, (int)(NELEM(ends) * KINDS));
	tcase_add_loop_test(tc, queue_stays, 0, (int)NELEM(queued));
	tcase_add_test(tc, marks_stay);
	if (!faults_are_of_memory)
		tcase_add_test(tc, never_once);
	suite_add_tcase(suite, tc);
	status = run_suite(suite);
	printf("# %ld fault points\n", *points);
	return status;
}
