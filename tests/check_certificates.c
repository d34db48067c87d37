/* SPDX-License-Identifier: MIT */
/*
 * What a server's certificates, their issuers and the caller's security
 * callback come to: rows that the enumerated space of check_inspect.c does not
 * have, each judged by a handshake beside the verdict that is wanted.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include <tlspolicy.h>

#include "peer.h"
#include "release.h"
#include "runner.h"

/* The space of a row */

enum issuer {
	ITSELF,
	BY_SHA256,
	BY_SHA1,
	BY_ED25519,
	VIA_SHA256, /* and an intermediate: signed with SHA-256 */
	VIA_SHA1,
	VIA_WEAK,  /* whose key has 1024 bits */
	VIA_EXTRA, /* in the context's own list, signed with SHA-1 */
	IN_STORE,  /* found among those that are trusted: 1024 bits */
	UNBUILT,   /* the same, with SSL_MODE_NO_AUTO_CHAIN */
	NO_SIGNING /* and its key usage is another than to sign */
};

enum { EITHER = -1, CURVE = 1 };
enum callback { NO_CALLBACK, NO_SHA1, NO_CURVES };

static const struct row {
	const char *name;
	int dtls, role, version, level; /* raised after loading */
	enum issuer issuer;
	enum callback callback;
	uint64_t options;
	const char *ciphers, *groups, *sigalgs;
	size_t count;
	enum peer_key key[2];
	int other; /* bits of an RSA key, or a curve without a number */
	int want;  /* EITHER: as the handshake; 3.5 asks less than 3.0 */
} rows[] = {
	{ "issued, SHA-256", 0, PEER_SERVER, TLS1_2_VERSION, 2, BY_SHA256,
	    NO_CALLBACK, 0, NULL, NULL, NULL, 1, { PEER_RSA_2048 }, 0,
	    TLSPOLICY_AVAILABLE },
	{ "issued, Ed25519", 0, PEER_SERVER, TLS1_3_VERSION, 2, BY_ED25519,
	    NO_CALLBACK, 0, NULL, NULL, NULL, 1, { PEER_P_256 }, 0,
	    TLSPOLICY_AVAILABLE },
	{ "issued, SHA-1 and level 2", 0, PEER_SERVER, TLS1_2_VERSION, 2,
	    BY_SHA1, NO_CALLBACK, 0, NULL, NULL, NULL, 1, { PEER_RSA_2048 }, 0,
	    EITHER },
	{ "issued, SHA-1 and level 0", 0, PEER_SERVER, TLS1_2_VERSION, 0,
	    BY_SHA1, NO_CALLBACK, 0, NULL, NULL, NULL, 1, { PEER_RSA_2048 }, 0,
	    TLSPOLICY_AVAILABLE },
	{ "chain, SHA-256", 0, PEER_SERVER, TLS1_3_VERSION, 2, VIA_SHA256,
	    NO_CALLBACK, 0, NULL, NULL, NULL, 1, { PEER_RSA_2048 }, 0,
	    TLSPOLICY_AVAILABLE },
	{ "chain, SHA-1", 0, PEER_SERVER, TLS1_3_VERSION, 2, VIA_SHA1,
	    NO_CALLBACK, 0, NULL, NULL, NULL, 1, { PEER_RSA_2048 }, 0, EITHER },
	{ "chain, 1024 bits", 0, PEER_SERVER, TLS1_2_VERSION, 2, VIA_WEAK,
	    NO_CALLBACK, 0, NULL, NULL, NULL, 1, { PEER_RSA_2048 }, 0,
	    TLSPOLICY_NO_CERTIFICATE },
	{ "chain of the context, SHA-1", 0, PEER_SERVER, TLS1_2_VERSION, 2,
	    VIA_EXTRA, NO_CALLBACK, 0, NULL, NULL, NULL, 1, { PEER_RSA_2048 },
	    0, EITHER },
	{ "chain, SHA-256, and a key too weak", 0, PEER_SERVER, TLS1_3_VERSION,
	    3, VIA_SHA256, NO_CALLBACK, 0, NULL, NULL, NULL, 1,
	    { PEER_RSA_2048 }, 0, TLSPOLICY_NO_CERTIFICATE },
	{ "RSA too weak is chosen, EC is not", 0, PEER_SERVER, TLS1_2_VERSION,
	    3, ITSELF, NO_CALLBACK, SSL_OP_CIPHER_SERVER_PREFERENCE,
	    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-GCM-SHA384", NULL,
	    NULL, 2, { PEER_RSA_2048, PEER_P_256 }, 0,
	    TLSPOLICY_NO_CERTIFICATE },
	{ "EC is chosen, RSA is too weak", 0, PEER_SERVER, TLS1_2_VERSION, 3,
	    ITSELF, NO_CALLBACK, SSL_OP_CIPHER_SERVER_PREFERENCE,
	    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384", NULL,
	    NULL, 2, { PEER_RSA_2048, PEER_P_256 }, 0, TLSPOLICY_AVAILABLE },
	{ "a curve without a number, TLS 1.2", 0, PEER_SERVER, TLS1_2_VERSION,
	    1, ITSELF, NO_CALLBACK, 0, NULL, NULL, NULL, 0, { 0 }, CURVE,
	    TLSPOLICY_NO_CERTIFICATE },
	{ "a curve without a number, TLS 1.3", 0, PEER_SERVER, TLS1_3_VERSION,
	    1, ITSELF, NO_CALLBACK, 0, NULL, NULL, NULL, 0, { 0 }, CURVE,
	    TLSPOLICY_NO_CERTIFICATE },
	{ "DTLS, sigalgs for PSS keys alone", 1, PEER_SERVER, DTLS1_2_VERSION,
	    2, ITSELF, NO_CALLBACK, 0, "ECDHE-RSA-AES128-GCM-SHA256", NULL,
	    "rsa_pss_pss_sha256", 1, { PEER_PSS_2048 }, 0,
	    TLSPOLICY_NO_SIGALG },
	{ "DTLS, the same and nothing to use it", 1, PEER_SERVER,
	    DTLS1_2_VERSION, 2, ITSELF, NO_CALLBACK, 0,
	    "ECDHE-RSA-AES128-GCM-SHA256", NULL, "rsa_pss_pss_sha256", 0, { 0 },
	    0, TLSPOLICY_NO_SIGALG },
	{ "TLS 1.1, EC chosen, SHA-1 forbidden", 0, PEER_SERVER, TLS1_1_VERSION,
	    0, ITSELF, NO_SHA1, SSL_OP_CIPHER_SERVER_PREFERENCE,
	    "ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA", NULL, NULL, 2,
	    { PEER_RSA_2048, PEER_P_256 }, 0, TLSPOLICY_NO_CERTIFICATE },
	{ "TLS 1.1, RSA chosen, SHA-1 forbidden", 0, PEER_SERVER,
	    TLS1_1_VERSION, 0, ITSELF, NO_SHA1, SSL_OP_CIPHER_SERVER_PREFERENCE,
	    "ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA", NULL, NULL, 2,
	    { PEER_RSA_2048, PEER_P_256 }, 0, TLSPOLICY_AVAILABLE },
	{ "client, no curve for ECDSA", 0, PEER_CLIENT, TLS1_2_VERSION, 2,
	    ITSELF, NO_CALLBACK, 0, "ECDHE-ECDSA-AES128-GCM-SHA256", "X25519",
	    "ECDSA+SHA256", 0, { 0 }, 0, TLSPOLICY_NO_GROUP },
	{ "client, no curve for ECDSA, TLS 1.1", 0, PEER_CLIENT, TLS1_1_VERSION,
	    0, ITSELF, NO_CALLBACK, 0, "ECDHE-ECDSA-AES128-SHA", "X25519", NULL,
	    0, { 0 }, 0, TLSPOLICY_NO_GROUP },
	{ "server, the callback forbids groups", 0, PEER_SERVER, TLS1_2_VERSION,
	    2, ITSELF, NO_CURVES, 0, "ECDHE-RSA-AES128-GCM-SHA256", NULL, NULL,
	    1, { PEER_RSA_2048 }, 0, TLSPOLICY_NO_GROUP },
	{ "issuer in the store, 1024 bits, TLS 1.2", 0, PEER_SERVER,
	    TLS1_2_VERSION, 2, IN_STORE, NO_CALLBACK, 0, NULL, NULL, NULL, 1,
	    { PEER_RSA_2048 }, 0, TLSPOLICY_NO_CERTIFICATE },
	{ "the same at level 1, TLS 1.2", 0, PEER_SERVER, TLS1_2_VERSION, 1,
	    IN_STORE, NO_CALLBACK, 0, NULL, NULL, NULL, 1, { PEER_RSA_2048 }, 0,
	    TLSPOLICY_AVAILABLE },
	{ "the same and no chain is built, TLS 1.2", 0, PEER_SERVER,
	    TLS1_2_VERSION, 2, UNBUILT, NO_CALLBACK, 0, NULL, NULL, NULL, 1,
	    { PEER_RSA_2048 }, 0, TLSPOLICY_AVAILABLE },
	{ "EC key that may not sign, TLS 1.2", 0, PEER_SERVER, TLS1_2_VERSION,
	    2, NO_SIGNING, NO_CALLBACK, 0, NULL, NULL, NULL, 1, { PEER_P_256 },
	    0, TLSPOLICY_NO_CERTIFICATE },
	{ "1024 bits and PSS with SHA-512, TLS 1.2", 0, PEER_SERVER,
	    TLS1_2_VERSION, 0, ITSELF, NO_CALLBACK, 0, NULL, NULL,
	    "rsa_pss_rsae_sha512", 0, { 0 }, 1024, TLSPOLICY_NO_SIGALG },
	{ "1024 bits and PSS with SHA-384, TLS 1.2", 0, PEER_SERVER,
	    TLS1_2_VERSION, 0, ITSELF, NO_CALLBACK, 0, NULL, NULL,
	    "rsa_pss_rsae_sha384", 0, { 0 }, 1024, TLSPOLICY_AVAILABLE },
	{ "issuer in the store, 1024 bits, TLS 1.3", 0, PEER_SERVER,
	    TLS1_3_VERSION, 2, IN_STORE, NO_CALLBACK, 0, NULL, NULL, NULL, 1,
	    { PEER_RSA_2048 }, 0, TLSPOLICY_NO_CERTIFICATE },
	{ "the same at level 1, TLS 1.3", 0, PEER_SERVER, TLS1_3_VERSION, 1,
	    IN_STORE, NO_CALLBACK, 0, NULL, NULL, NULL, 1, { PEER_RSA_2048 }, 0,
	    TLSPOLICY_AVAILABLE },
	{ "the same and no chain is built, TLS 1.3", 0, PEER_SERVER,
	    TLS1_3_VERSION, 2, UNBUILT, NO_CALLBACK, 0, NULL, NULL, NULL, 1,
	    { PEER_RSA_2048 }, 0, TLSPOLICY_AVAILABLE },
	{ "EC key that may not sign, TLS 1.3", 0, PEER_SERVER, TLS1_3_VERSION,
	    2, NO_SIGNING, NO_CALLBACK, 0, NULL, NULL, NULL, 1, { PEER_P_256 },
	    0, TLSPOLICY_AVAILABLE },
	{ "1024 bits and PSS with SHA-512, TLS 1.3", 0, PEER_SERVER,
	    TLS1_3_VERSION, 0, ITSELF, NO_CALLBACK, 0, NULL, NULL,
	    "rsa_pss_rsae_sha512", 0, { 0 }, 1024, TLSPOLICY_NO_SIGALG },
	{ "1024 bits and PSS with SHA-384, TLS 1.3", 0, PEER_SERVER,
	    TLS1_3_VERSION, 0, ITSELF, NO_CALLBACK, 0, NULL, NULL,
	    "rsa_pss_rsae_sha384", 0, { 0 }, 1024, TLSPOLICY_AVAILABLE },
	{ "1024 bits in the chain of another, TLS 1.2", 0, PEER_SERVER,
	    TLS1_2_VERSION, 2, VIA_WEAK, NO_CALLBACK, 0,
	    "ECDHE-ECDSA-AES256-GCM-SHA384", NULL, NULL, 2,
	    { PEER_P_256, PEER_RSA_2048 }, 0, TLSPOLICY_AVAILABLE },
	{ "EC key that may not sign, beside RSA", 0, PEER_SERVER,
	    TLS1_2_VERSION, 2, NO_SIGNING, NO_CALLBACK, 0, NULL, NULL, NULL, 2,
	    { PEER_RSA_2048, PEER_P_256 }, 0, TLSPOLICY_AVAILABLE },
	{ "EC key that may not sign, TLS 1.1", 0, PEER_SERVER, TLS1_1_VERSION,
	    0, NO_SIGNING, NO_CALLBACK, 0, NULL, NULL, NULL, 1, { PEER_P_256 },
	    0, TLSPOLICY_NO_CERTIFICATE },
	{ "EC key that may not sign, DTLS", 1, PEER_SERVER, DTLS1_2_VERSION, 2,
	    NO_SIGNING, NO_CALLBACK, 0, NULL, NULL, NULL, 1, { PEER_P_256 }, 0,
	    TLSPOLICY_NO_CERTIFICATE },
};

/* Certificates */

static EVP_PKEY *
small_key(int bits)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
	EVP_PKEY *key = NULL;

	ck_assert(ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, bits) == 1 &&
	    EVP_PKEY_keygen(ctx, &key) == 1);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static void
add_chain(SSL_CTX *ctx, enum issuer issuer)
{
	EVP_PKEY *key = issuer == VIA_WEAK
	    ? small_key(1024)
	    : peer_generate(EVP_PKEY_EC, NID_X9_62_prime256v1);
	X509 *cert = peer_certify(key);

	peer_issue(cert, key,
	    issuer == VIA_SHA1 || issuer == VIA_EXTRA ? EVP_sha1()
						      : EVP_sha256(),
	    "root.test");
	if (issuer == VIA_EXTRA)
		ck_assert(SSL_CTX_add_extra_chain_cert(ctx, cert) == 1);
	else
		ck_assert(SSL_CTX_add0_chain_cert(ctx, cert) == 1);
	EVP_PKEY_free(key);
}

static void
trust_issuer(SSL_CTX *ctx, EVP_PKEY *key, X509 *cert)
{
	X509 *issuer = peer_certify(key);

	ck_assert(
	    X509_set_subject_name(issuer, X509_get_issuer_name(cert)) == 1);
	peer_issue(issuer, key, EVP_sha256(), "root.test");
	ck_assert(
	    X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), issuer) == 1);
	X509_free(issuer);
}

static void
add_usage(X509 *cert)
{
	ASN1_BIT_STRING *usage = ASN1_BIT_STRING_new();

	ck_assert(usage != NULL &&
	    ASN1_BIT_STRING_set_bit(usage, 4, 1) == 1 && /* keyAgreement */
	    X509_add1_ext_i2d(cert, NID_key_usage, usage, 1, 0) == 1);
	ASN1_BIT_STRING_free(usage);
}

/* The certificate that is loaded last, issued by another key. */
static void
issue(SSL_CTX *ctx, enum issuer issuer)
{
	EVP_PKEY *key = issuer == BY_ED25519
	    ? peer_generate(EVP_PKEY_ED25519, 0)
	    : issuer == IN_STORE || issuer == UNBUILT
	    ? small_key(1024)
	    : peer_generate(EVP_PKEY_EC, NID_X9_62_prime256v1);
	X509 *cert = X509_dup(SSL_CTX_get0_certificate(ctx));
	const EVP_MD *md = issuer == BY_SHA1 ? EVP_sha1() : EVP_sha256();

	ck_assert_ptr_nonnull(cert);
	if (issuer == NO_SIGNING)
		add_usage(cert);
	peer_issue(cert, key, issuer == BY_ED25519 ? NULL : md, "issuer.test");
	ck_assert(SSL_CTX_use_certificate(ctx, cert) == 1);
	if (issuer >= VIA_SHA256 && issuer <= VIA_EXTRA)
		add_chain(ctx, issuer);
	if (issuer == UNBUILT)
		SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
	if (issuer == IN_STORE || issuer == UNBUILT)
		trust_issuer(ctx, key, cert);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static int
has_curve(int nid)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
	int has;

	ck_assert(ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1);
	has = EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx, nid) == 1;
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return has;
}

static void
use_other(SSL_CTX *ctx, int other)
{
	EVP_PKEY *key = other == CURVE
	    ? peer_generate(EVP_PKEY_EC, NID_X9_62_prime239v1)
	    : small_key(other);
	X509 *cert = peer_certify(key);

	ck_assert(SSL_CTX_use_certificate(ctx, cert) == 1 &&
	    SSL_CTX_use_PrivateKey(ctx, key) == 1);
	X509_free(cert);
	EVP_PKEY_free(key);
}

/* The caller's security callback */

static int
no_sha1(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid,
    void *other, void *ex)
{
	(void)ssl, (void)ctx, (void)bits, (void)other, (void)ex;
	return ((unsigned)op & SSL_SECOP_OTHER_TYPE) !=
	    SSL_SECOP_OTHER_SIGALG ||
	    nid != NID_sha1;
}

static int
no_curves(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid,
    void *other, void *ex)
{
	(void)ssl, (void)ctx, (void)bits, (void)nid, (void)other, (void)ex;
	return ((unsigned)op & SSL_SECOP_OTHER_TYPE) != SSL_SECOP_OTHER_CURVE;
}

static SSL_CTX *
make(const struct row *row)
{
	SSL_CTX *ctx = SSL_CTX_new(row->dtls ? DTLS_method() : TLS_method());
	size_t i;

	ck_assert_ptr_nonnull(ctx);
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_options(ctx, row->options);
	ck_assert(row->ciphers == NULL ||
	    SSL_CTX_set_cipher_list(ctx, row->ciphers) == 1);
	ck_assert(row->groups == NULL || peer_set_groups(ctx, row->groups));
	ck_assert(row->sigalgs == NULL || peer_set_sigalgs(ctx, row->sigalgs));
	for (i = 0; i < row->count; i++)
		ck_assert(peer_use(ctx, row->key[i]));
	if (row->other != 0)
		use_other(ctx, row->other);
	if (row->issuer != ITSELF)
		issue(ctx, row->issuer);
	SSL_CTX_set_security_level(ctx, row->level);
	if (row->callback == NO_SHA1)
		SSL_CTX_set_security_callback(ctx, no_sha1);
	if (row->callback == NO_CURVES)
		SSL_CTX_set_security_callback(ctx, no_curves);
	return ctx;
}

START_TEST(verdict)
{
	const struct row *row = &rows[_i];
	struct peer_result result;
	int completed, told, want;
	SSL_CTX *ctx;

	if (row->other == CURVE && !has_curve(NID_X9_62_prime239v1))
		SKIP_TEST("this OpenSSL has no prime239v1");
	ctx = make(row);
	told = tlspolicy_inspect(
	    ctx, (enum tlspolicy_role)row->role, row->version);
	completed = peer_completes(
	    ctx, (enum peer_role)row->role, row->version, 0, &result);
	want = row->want;
	if (want == EITHER)
		want =
		    completed ? TLSPOLICY_AVAILABLE : TLSPOLICY_NO_CERTIFICATE;
	ck_assert_msg(
	    completed == (want == TLSPOLICY_AVAILABLE) && told == want,
	    "%s: %s, not %s, and the handshake %s (%s, %s)", row->name,
	    tlspolicy_verdict_name(told), tlspolicy_verdict_name(want),
	    completed ? "completes" : "fails",
	    ERR_reason_error_string((unsigned long)result.reason[0]),
	    ERR_reason_error_string((unsigned long)result.reason[1]));
	SSL_CTX_free(ctx);
}
END_TEST

/* The callback's word counts for each role by itself. */

static int
servers_alone(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid,
    void *other, void *ex)
{
	(void)ssl, (void)ctx, (void)bits, (void)nid, (void)other, (void)ex;
	return op != SSL_SECOP_CIPHER_SUPPORTED;
}

START_TEST(ciphers_of_one_role)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	struct tlspolicy *permitted;

	ck_assert_ptr_nonnull(ctx);
	ck_assert(peer_use(ctx, PEER_RSA_2048));
	ck_assert(
	    SSL_CTX_set_cipher_list(ctx, "ECDHE-RSA-AES128-GCM-SHA256") == 1);
	SSL_CTX_set_security_callback(ctx, servers_alone);
	ck_assert_int_eq(tlspolicy_from_ctx(&permitted, ctx), TLSPOLICY_OK);
	ck_assert_str_eq(
	    tlspolicy_get_ciphers(permitted), "ECDHE-RSA-AES128-GCM-SHA256");
	ck_assert(peer_negotiates(ctx, PEER_SERVER, TLS1_2_VERSION, NULL) &&
	    !peer_negotiates(ctx, PEER_CLIENT, TLS1_2_VERSION, NULL));
	tlspolicy_free(permitted);
	SSL_CTX_free(ctx);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("certificates");
	TCase *tc = tcase_create("certificates");

	peer_setup();
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, verdict, 0, (int)NELEM(rows));
	tcase_add_test(tc, ciphers_of_one_role);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
