/* SPDX-License-Identifier: MIT */
/*
 * Policies, and what is told of contexts and connections, while something
 * fails: the same as ever, or a failure.
 */
#include <stdio.h>
#include <errno.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include <tlspolicy.h>

#include "faults.h"
#include "memory.h"
#include "peer.h"
#include "runner.h"

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

	fault_sticky = _i % KINDS == 1;
	ck_assert_int_eq(tlspolicy_parse(&policy, longer), TLSPOLICY_OK);
	ck_assert_int_eq(
	    tlspolicy_parse(&other, "compat,min=TLSv1.2"), TLSPOLICY_OK);
	for (long n = 0; hit; n++) {
		faults_begin(n, fault_sticky);
		status = calls[_i / KINDS].call();
		hit = faults_end();
		*fault_points += hit;
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
	const int number = errno;
	FILE *file = fmemopen(answer, ANSWER, "w");
	BIO *out = BIO_new_fp(file, BIO_CLOSE);
	int status;

	errno = number; /* of the library's calls, not of these */
	status = out == NULL ? TLSPOLICY_E_NOMEM : tlspolicy_describe(ctx, out);
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

	fault_sticky = _i % KINDS == 1;
	/* What is too much is in the hello for TLS 1.3 alone. */
	ck_assert_int_eq(tlspolicy_parse(&other,
			     "min=TLSv1.2,level=2,"
			     "groups=X25519:X448:P-256:P-384:P-521"),
	    TLSPOLICY_OK);
	faults_begin(-1, 0);
	ck_assert_int_eq(tells[_i / KINDS].tell(ctx, want), TLSPOLICY_OK);
	for (allocations = faults_served(); hit;
	     n += fault_stride(allocations)) {
		memset(got, 0, sizeof(got));
		faults_begin(n, fault_sticky);
		status = tells[_i / KINDS].tell(ctx, got);
		hit = faults_end();
		*fault_points += hit;
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

SSL *
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

/* It shows the suites of its context, and has others: see check_late.c. */
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

	fault_sticky = _i % KINDS == 1;
	ck_assert(ctx != NULL && peer_use_rsa_2048(ctx) &&
	    SSL_CTX_set_ciphersuites(ctx, "TLS_AES_256_GCM_SHA384") == 1);
	ck_assert_int_eq(tlspolicy_parse(&other,
			     "min=TLSv1.2,level=2,groups=X25519:P-256,"
			     "ciphers=ECDHE-RSA-AES128-GCM-SHA256"),
	    TLSPOLICY_OK);
	for (long n = -1; hit; n++) {
		ssl = ends[_i / KINDS].make(ctx, ends[_i / KINDS].ciphers);
		memset(got, 0, sizeof(got));
		faults_begin(n, fault_sticky);
		status = ends[_i / KINDS].tell(ssl, got);
		hit = faults_end();
		*fault_points += hit;
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

void
add_told(TCase *tc)
{
	add_rows(tc, policy_call, NELEM(calls) * KINDS);
	add_rows(tc, telling, NELEM(tells) * KINDS);
	add_rows(tc, telling_of_connections, NELEM(ends) * KINDS);
}
