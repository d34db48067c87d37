/* SPDX-License-Identifier: MIT */
/*
 * Switching while something fails: the connection is as it was, or it is
 * closed; what is foretold then is what it is, or a failure.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "connections.h"
#include "faults.h"
#include "memory.h"
#include "peer.h"
#include "release.h"
#include "runner.h"

enum { HOSTS = STATES };

static void
assert_shut(const char *name, SSL_CTX *to, SSL *ssl, long n)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	struct peer_result got;

	ck_assert_msg(SSL_get_SSL_CTX(ssl) == to, "%s: fault %ld", name, n);
	ck_assert_msg(
	    !peer_ssl_negotiates(ssl, PEER_SERVER, versions[n % 2], &got),
	    "%s: fault %ld: not as before, and 0x%x is negotiated", name, n,
	    (unsigned)got.version);
}

/* 1: there was a fault. */
static int
try_switch(const char *name, unsigned from, unsigned to, long n)
{
	SSL_CTX *first = make_context(from), *host = make_context(to);
	SSL *ssl = new_connection(first, SERVER), *fresh = SSL_new(host);
	struct state before, after, want;
	int status, hit, same;

	ck_assert_ptr_nonnull(fresh);
	read_state(ssl, &before);
	read_state(fresh, &want);
	faults_begin(n, fault_sticky);
	status = tlspolicy_switch(ssl, host);
	hit = faults_end();
	*fault_points += hit;
	if (status != TLSPOLICY_OK)
		assert_failure(name, n, status, TLSPOLICY_OK);
	ERR_clear_error();
	read_state(ssl, &after);
	same = memcmp(&before, &after, sizeof(after)) == 0 &&
	    SSL_get_SSL_CTX(ssl) == first;
	if (status == TLSPOLICY_OK) {
		assert_state(name, &want, &after);
		ck_assert_ptr_eq(SSL_get_SSL_CTX(ssl), host);
	} else if (!same) {
		assert_shut(name, host, ssl, n);
	}
	SSL_free(ssl);
	SSL_free(fresh);
	SSL_CTX_free(first);
	SSL_CTX_free(host);
	return hit;
}

START_TEST(switching)
{
	const int i = _i / KINDS;
	const unsigned from = (unsigned)i / HOSTS, to = (unsigned)i % HOSTS;
	char name[64];
	long n, step;

	fault_sticky = _i % KINDS;
	snprintf(name, sizeof(name), "switch %u to %u", from, to);
	faults_begin(-1, 0);
	(void)try_switch(name, from, to, -1);
	step = fault_stride(faults_served());
	n = _i % step;
	while (try_switch(name, from, to, n))
		n += step;
}
END_TEST

/* Foretold, with and without a fault. */
struct visit {
	long n;
	int hit, status;
	const char *policy;
	enum peer_key key;
};

/* 4.0 puts entries back by copying their texts, which takes memory. */
static int
is_whole(int hit)
{
	return !hit || release() < RELEASE_4_0;
}

static int
on_hello(SSL *ssl, int *alert, void *arg)
{
	struct visit *visit = arg;
	struct tlspolicy *policy;
	char why[200];

	(void)alert;
	ck_assert_int_eq(tlspolicy_parse(&policy, visit->policy), TLSPOLICY_OK);
	fill_queue();
	faults_begin(visit->n, fault_sticky);
	visit->status = tlspolicy_would_accept(ssl, policy, why, sizeof(why));
	visit->hit = faults_end();
	*fault_points += visit->hit;
	if (is_whole(visit->hit))
		assert_queue("would_accept");
	else
		ck_assert_int_eq(ERR_GET_REASON(ERR_peek_last_error()), 103);
	tlspolicy_free(policy);
	return SSL_CLIENT_HELLO_ERROR;
}

static void
visit_once(struct visit *visit, long n)
{
	const struct raw plain = { .groups = "X448:P-384", .key = visit->key };
	struct pair pair;

	visit->n = n;
	prepare_pair(&pair, &plain);
	SSL_CTX_set_client_hello_cb(pair.ctx[SERVER], on_hello, visit);
	(void)meet_pair(&pair);
	release_pair(&pair);
}

static const struct {
	const char *policy;
	int status;
	enum peer_key key;
} rows[] = {
	{ "intermediate", TLSPOLICY_OK, PEER_RSA_2048 },
	{ "groups=X25519", TLSPOLICY_E_VIOLATION, PEER_RSA_2048 },
	{ "min=TLSv1.3,sigalgs=ecdsa_secp256r1_sha256", TLSPOLICY_E_VIOLATION,
	    PEER_RSA_2048 },
	{ "max=TLSv1.2", TLSPOLICY_OK, PEER_P_384 },
};

START_TEST(foretelling)
{
	struct visit visit = { .policy = rows[_i / KINDS].policy,
		.key = rows[_i / KINDS].key };
	const int want = rows[_i / KINDS].status;
	long n, step;

	fault_sticky = 0;
	visit_once(&visit, -1);
	ck_assert_int_eq(visit.status, want);
	step = fault_stride(faults_served());
	fault_sticky = _i % KINDS;
	for (n = _i % step; n >= 0; n += step) {
		visit_once(&visit, n);
		if (!visit.hit)
			break;
		ck_assert_msg(visit.status == want ||
			visit.status == TLSPOLICY_E_NOMEM ||
			visit.status == TLSPOLICY_E_OPENSSL,
		    "%s: fault %ld: %d", visit.policy, n, visit.status);
	}
}
END_TEST

/* A digest, and a sentence of the queue. */
START_TEST(small)
{
	const struct tlspolicy *policy = tlspolicy_profile("intermediate");
	unsigned char want[32], got[32];
	char text[200];
	long n;
	int hit = 1, status;

	fault_sticky = _i;
	ck_assert_int_eq(tlspolicy_digest(policy, want), TLSPOLICY_OK);
	for (n = 0; hit; n++) {
		faults_begin(n, fault_sticky);
		status = tlspolicy_digest(policy, got);
		hit = faults_end();
		ck_assert(status == TLSPOLICY_E_OPENSSL ||
		    (status == TLSPOLICY_OK &&
			memcmp(want, got, sizeof(got)) == 0));
		ERR_clear_error();
	}
	for (n = 0, hit = 1; hit; n++) {
		ck_assert_int_eq(
		    tlspolicy_digest(NULL, got), TLSPOLICY_E_INVALID);
		faults_begin(n, fault_sticky);
		status = tlspolicy_error_text(text, sizeof(text));
		hit = faults_end();
		ck_assert(status == TLSPOLICY_E_NOMEM || !is_whole(hit) ||
		    strcmp(text, "policy is NULL") == 0);
		ck_assert(!is_whole(hit) ||
		    strcmp(release_last_error().data, "policy is NULL") == 0);
		ERR_clear_error();
	}
}
END_TEST

void
add_adopt(TCase *tc)
{
	tcase_add_loop_test(
	    tc, switching, 0, (int)STATES * (int)HOSTS * (int)KINDS);
	tcase_add_loop_test(tc, foretelling, 0, (int)NELEM(rows) * (int)KINDS);
	tcase_add_loop_test(tc, small, 0, KINDS);
}
