/* SPDX-License-Identifier: MIT */
/*
 * tlspolicy_check() after a handshake: each end, held against policies that it
 * is within and policies that it is not.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/x509.h>

#include "connections.h"
#include "peer.h"
#include "release.h"
#include "runner.h"
#include "table.h"
#include "told.h"

static const struct verdict {
	const char *name;
	struct raw raw;
	const char *text, *says;
} verdicts[] = {
	{ "nothing set", TLS13(), "system", NULL },
	{ "all of it", TLS12(), "intermediate", NULL },
	{ "all of it", TLS13(), "modern", NULL },
	{ "all of it", DTLS12(), "intermediate", NULL },
	{ "all of it", TLS11(), "legacy", NULL },
	{ "all of it", DTLS10(), "legacy", NULL },

	{ "version", TLS12(), "min=TLSv1.3", "TLSv1.2" },
	{ "version", TLS12(), "min=TLSv1.2", NULL },
	{ "version", TLS13(), "max=TLSv1.2", "TLSv1.3" },
	{ "version", TLS13(), "disable=TLSv1.3", "TLSv1.3" },
	{ "version", TLS11(), "min=TLSv1.2", "TLSv1.1" },
	{ "version", TLS11(), "disable=TLSv1:TLSv1.1", "TLSv1.1" },
	{ "version", TLS11(), "min=TLSv1.1,max=TLSv1.1", NULL },
	{ "version", DTLS12(), "min=TLSv1.3", "DTLSv1.2" },
	{ "version", DTLS12(), "max=TLSv1.1", "DTLSv1.2" },
	{ "version", DTLS12(), "max=TLSv1", "DTLSv1.2" },
	{ "version", DTLS12(), "min=TLSv1.2,max=TLSv1.2", NULL },
	{ "version", DTLS10(), "min=TLSv1.2", "DTLSv1 " },
	{ "version", DTLS10(), "max=TLSv1.1", NULL },

	{ "cipher", TLS12(.ciphers = GCM128), "ciphers=" GCM256, GCM128 },
	{ "cipher", TLS12(.ciphers = GCM128), "ciphers=?" GCM128, NULL },
	{ "cipher", TLS12(.ciphers = GCM128), "ciphersuites=" AES256, NULL },
	{ "cipher", TLS13(.suites = AES128), "ciphersuites=" AES256, AES128 },
	{ "cipher", TLS13(.suites = AES128), "ciphersuites=" AES128, NULL },
	{ "cipher", TLS13(.suites = AES128), "ciphers=" GCM256, NULL },
	{ "cipher", TLS11(.ciphers = "ECDHE-RSA-AES128-SHA"),
	    "ciphers=ECDHE-RSA-AES256-SHA", "ECDHE-RSA-AES128-SHA" },
	{ "cipher", DTLS12(.ciphers = GCM128), "ciphers=" GCM256, GCM128 },
	{ "cipher", DTLS12(.ciphers = GCM128), "ciphers=" GCM128, NULL },

	{ "group", TLS12(.groups = "P-384"), "groups=X25519:P-256",
	    "secp384r1" },
	{ "group", TLS12(.groups = "P-384"), "groups=P-384", NULL },
	{ "group", TLS12(.groups = "X25519"), "groups=P-256", "X25519" },
	{ "group", TLS12(.groups = "brainpoolP256r1"), "groups=X25519",
	    "brainpoolP256r1" },
	{ "group", TLS13(.groups = "P-521"), "groups=P-384", "secp521r1" },
	{ "group", TLS13(.groups = "X448"), "groups=X25519:P-384", "X448" },
	{ "group", TLS13(.groups = "X448"), "groups=?X448", NULL },
	{ "group", TLS13(.groups = "ffdhe2048"), "groups=X25519", "ffdhe2048" },
	{ "group", TLS13(.groups = "ffdhe2048"), "groups=ffdhe2048", NULL },
	{ "group", TLS11(.groups = "P-256"), "groups=X25519", "prime256v1" },
	{ "group", DTLS12(.groups = "P-384"), "groups=X25519", "secp384r1" },
	{ "group", DTLS10(.groups = "P-384"), "groups=P-384", NULL },

	{ "sigalg", TLS12(.sigalgs = "RSA+SHA256"),
	    "sigalgs=rsa_pss_rsae_sha256", "rsa_pkcs1_sha256" },
	{ "sigalg", TLS12(.sigalgs = "RSA+SHA256"), "sigalgs=RSA+SHA256",
	    NULL },
	{ "sigalg", TLS12(.sigalgs = "RSA+SHA512"), "sigalgs=RSA+SHA384",
	    "rsa_pkcs1_sha512" },
	{ "sigalg", TLS12(.sigalgs = "RSA-PSS+SHA384"),
	    "sigalgs=rsa_pss_rsae_sha256", "rsa_pss_rsae_sha384" },
	{ "sigalg", TLS12(.sigalgs = "RSA-PSS+SHA256"), "sigalgs=RSA+SHA256",
	    "rsa_pss_rsae_sha256" },
	{ "sigalg", TLS12(.sigalgs = "RSA+SHA1", .level = LEVEL(0)),
	    "sigalgs=RSA+SHA256", "rsa_pkcs1_sha1" },
	{ "sigalg", TLS12(.key = PEER_P_256, .sigalgs = "ECDSA+SHA256"),
	    "sigalgs=rsa_pss_rsae_sha256", "ecdsa_secp256r1_sha256" },
	{ "sigalg", TLS12(.key = PEER_P_384, .sigalgs = "ECDSA+SHA256"),
	    "sigalgs=ecdsa_secp256r1_sha256", NULL },
	{ "sigalg",
	    TLS12(.key = PEER_P_256, .sigalgs = "ECDSA+SHA1",
		.level = LEVEL(0)),
	    "sigalgs=ECDSA+SHA256", "ECDSA+SHA1" },
	{ "sigalg",
	    TLS12(.key = PEER_PSS_2048, .sigalgs = "rsa_pss_pss_sha256"),
	    "sigalgs=rsa_pss_rsae_sha256", "rsa_pss_pss_sha256" },
	{ "sigalg",
	    TLS13(.key = PEER_PSS_2048, .sigalgs = "rsa_pss_pss_sha256"),
	    "sigalgs=rsa_pss_pss_sha256", NULL },
	{ "sigalg", TLS13(.sigalgs = "rsa_pss_rsae_sha256"),
	    "sigalgs=rsa_pss_pss_sha256", "rsa_pss_rsae_sha256" },
	{ "sigalg", TLS13(.sigalgs = "rsa_pss_rsae_sha512"),
	    "sigalgs=rsa_pss_rsae_sha256", "rsa_pss_rsae_sha512" },
	{ "sigalg", TLS13(.key = PEER_P_384), "sigalgs=ecdsa_secp256r1_sha256",
	    "ecdsa_secp384r1_sha384" },
	{ "sigalg", TLS13(.key = PEER_P_384), "sigalgs=?ecdsa_secp384r1_sha384",
	    NULL },
	{ "sigalg", TLS13(.key = PEER_ED25519), "sigalgs=ed448", "ed25519" },
	{ "sigalg", TLS13(.key = PEER_ED448), "sigalgs=ed25519", "ed448" },
	{ "sigalg", TLS13(.key = PEER_ED448), "sigalgs=ed448", NULL },
	{ "sigalg", TLS12(.key = PEER_ED25519), "sigalgs=RSA+SHA256",
	    "ed25519" },
	{ "sigalg",
	    TLS12(.key = PEER_DSA_2048, .ciphers = "DHE-DSS-AES128-SHA256",
		.sigalgs = "DSA+SHA256", .level = LEVEL(1)),
	    "sigalgs=RSA+SHA256", "DSA+SHA256" },
	{ "sigalg", DTLS12(.sigalgs = "RSA+SHA256"),
	    "sigalgs=rsa_pss_rsae_sha256", "rsa_pkcs1_sha256" },
	{ "sigalg", DTLS12(.sigalgs = "RSA+SHA256"), "sigalgs=RSA+SHA256",
	    NULL },

	{ "no group and no signature", TLS12(.ciphers = "AES128-GCM-SHA256"),
	    "min=TLSv1.2,groups=X448,sigalgs=ed448,ciphers=AES128-GCM-SHA256",
	    NULL },
	{ "no group and no signature", DTLS12(.ciphers = "AES128-GCM-SHA256"),
	    "groups=X448,sigalgs=ed448", NULL },
	{ "static RSA is a cipher", TLS12(.ciphers = "AES128-GCM-SHA256"),
	    "intermediate", "AES128-GCM-SHA256" },
	{ "DHE has no group", TLS12(.ciphers = "DHE-RSA-AES128-GCM-SHA256"),
	    "groups=X448", NULL },
	{ "nobody signs",
	    TLS12(.ciphers = "AECDH-AES128-SHA:@SECLEVEL=0", .groups = "P-256",
		.level = LEVEL(0)),
	    "sigalgs=ed448,groups=P-256", NULL },
	{ "TLS 1.1 has no signature algorithms", TLS11(), "sigalgs=ed448",
	    NULL },
	{ "DTLS 1.0 has no signature algorithms", DTLS10(), "sigalgs=ed448",
	    NULL },
};

START_TEST(verdict)
{
	const struct verdict *v = &verdicts[_i];
	char row[128];
	struct pair pair;

	if (release() < RELEASE_3_0 && v->raw.groups != NULL &&
	    strncmp(v->raw.groups, "ffdhe", 5) == 0)
		SKIP_TEST("no ffdhe groups before OpenSSL 3.0");
	(void)snprintf(row, sizeof(row), "%s, %s", v->name, v->text);
	prepare_pair(&pair, &v->raw);
	ck_assert_msg(meet_pair(&pair), "%s: no handshake, %d and %d", row,
	    pair.got.reason[0], pair.got.reason[1]);
	assert_check(row, &pair, v->text, v->says);
	release_pair(&pair);
}
END_TEST

/* DHE has parameters, with a secret shared before too: no group of a policy */

static unsigned
put_secret(unsigned char *psk, unsigned size)
{
	ck_assert_uint_ge(size, 16);
	memset(psk, 0x5a, 16);
	return 16;
}

static unsigned
client_secret(SSL *ssl, const char *hint, char *identity, unsigned size,
    unsigned char *psk, unsigned psk_size)
{
	(void)ssl, (void)hint;
	ck_assert_int_lt(snprintf(identity, size, "client"), (int)size);
	return put_secret(psk, psk_size);
}

static unsigned
server_secret(
    SSL *ssl, const char *identity, unsigned char *psk, unsigned psk_size)
{
	(void)ssl, (void)identity;
	return put_secret(psk, psk_size);
}

START_TEST(shared_secret)
{
	const struct raw raw =
	    TLS12(.ciphers = "DHE-PSK-AES128-GCM-SHA256", .groups = "P-384");
	struct pair pair;

	prepare_pair(&pair, &raw);
	SSL_CTX_set_psk_client_callback(pair.ctx[CLIENT], client_secret);
	SSL_CTX_set_psk_server_callback(pair.ctx[SERVER], server_secret);
	ck_assert(meet_pair(&pair));
	assert_check("DHE-PSK", &pair, "groups=X25519", NULL);
	assert_check("DHE-PSK", &pair,
	    "min=1.2,ciphers=DHE-PSK-AES128-GCM-SHA256,groups=X25519", NULL);
	release_pair(&pair);
}
END_TEST

/* Client certificates: each end checks both signatures */

static int
accept_any(int ok, X509_STORE_CTX *store)
{
	(void)ok;
	(void)store;
	return 1;
}

static const struct mutual {
	struct raw raw;
	enum peer_key client;
	const char *server_only, *client_only, *both;
	const char *of_client, *of_server;
} mutuals[] = {
	{ TLS13(), PEER_P_256, "rsa_pss_rsae_sha256", "ecdsa_secp256r1_sha256",
	    "rsa_pss_rsae_sha256:ecdsa_secp256r1_sha256",
	    "ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha256" },
	{ TLS12(.sigalgs = "RSA+SHA256:ECDSA+SHA384"), PEER_P_384, "RSA+SHA256",
	    "ECDSA+SHA384", "RSA+SHA256:ECDSA+SHA384", "ecdsa_secp384r1_sha384",
	    "rsa_pkcs1_sha256" },
	{ TLS12(.sigalgs = "RSA+SHA256:ed25519",
	      .ciphers = "AES128-GCM-SHA256"),
	    PEER_ED25519, "RSA+SHA256", "ed25519", "ed25519", "ed25519", NULL },
	{ DTLS12(.sigalgs = "RSA+SHA256:ECDSA+SHA256"), PEER_P_256,
	    "RSA+SHA256", "ECDSA+SHA256", "RSA+SHA256:ECDSA+SHA256",
	    "ecdsa_secp256r1_sha256", "rsa_pkcs1_sha256" },
};

START_TEST(client_certificate)
{
	const struct mutual *m = &mutuals[_i];
	struct pair pair;
	char text[256];

	prepare_pair(&pair, &m->raw);
	ck_assert(peer_use(pair.ctx[CLIENT], m->client));
	SSL_CTX_set_verify(pair.ctx[SERVER],
	    SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, accept_any);
	ck_assert(meet_pair(&pair));
	(void)snprintf(text, sizeof(text), "sigalgs=%s", m->both);
	assert_check("both permitted", &pair, text, NULL);
	(void)snprintf(text, sizeof(text), "sigalgs=%s", m->server_only);
	assert_check("the server's permitted", &pair, text, m->of_client);
	(void)snprintf(text, sizeof(text), "sigalgs=%s", m->client_only);
	assert_check("the client's permitted", &pair, text, m->of_server);
	release_pair(&pair);
}
END_TEST

/* Sessions that are older than the policy */

/* Makes a session, has the server tighten, and resumes; 1: resumed. */
static int
resume(struct pair *pair, const char *text)
{
	SSL_SESSION *session;
	int end, ok;

	ck_assert(meet_pair(pair) && talk(pair));
	session = SSL_get1_session(pair->ssl[CLIENT]);
	ck_assert_ptr_nonnull(session);
	if (text != NULL)
		apply_ctx(pair->ctx[SERVER], text, 0);
	for (end = 0; end < 2; end++) {
		/* Without it the session would not be used again. */
		SSL_set_shutdown(
		    pair->ssl[end], SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
		SSL_free(pair->ssl[end]);
		pair->ssl[end] = new_connection(pair->ctx[end], end);
	}
	ck_assert(SSL_set_session(pair->ssl[CLIENT], session) == 1);
	SSL_SESSION_free(session);
	ok = peer_handshake(pair->ssl[CLIENT], pair->ssl[SERVER], &pair->got);
	return ok && SSL_session_reused(pair->ssl[CLIENT]) &&
	    SSL_session_reused(pair->ssl[SERVER]);
}

static const struct old {
	const char *name;
	struct raw raw;
	const char *text, *checked; /* what the server gets; NULL: the same */
	int resumed;
	const char *says;
} olds[] = {
	{ "cipher", TLS12(.ciphers = GCM128 ":" GCM256),
	    "min=TLSv1.2,ciphers=" GCM256, NULL, 1, GCM128 },
	{ "cipher",
	    TLS12(.ciphers = GCM128 ":" GCM256, .options = SSL_OP_NO_TICKET),
	    "min=TLSv1.2,ciphers=" GCM256, NULL, 1, GCM128 },
	{ "cipher", DTLS12(.ciphers = GCM128 ":" GCM256),
	    "min=TLSv1.2,ciphers=" GCM256, NULL, 1, GCM128 },
	{ "cipher", TLS12(), "intermediate", NULL, 1, NULL },
	{ "version", TLS11(), "min=TLSv1.1", "min=TLSv1.2", 1, "TLSv1.1" },
	/* From 3.0 on a session has its group. */
	{ "group", TLS12(.groups = "P-384:X25519"), "groups=X25519", NULL, 1,
	    "secp384r1" },
	{ "signature", TLS12(.sigalgs = "RSA+SHA256:RSA+SHA384"),
	    "sigalgs=RSA+SHA384", NULL, 1, NULL },
	{ "suite", TLS13(.suites = AES128 ":" CHACHA), "ciphersuites=" CHACHA,
	    NULL, 1, NULL },
	{ "suite", TLS13(.suites = AES128 ":" CHACHA), NULL,
	    "ciphersuites=" CHACHA, 1, AES128 },
	{ "suite of another hash", TLS13(.suites = AES128 ":" AES256),
	    "ciphersuites=" AES256, NULL, 0, NULL },
	{ "group", TLS13(.groups = "P-384:X25519"), "groups=X25519", NULL, 1,
	    NULL },
	{ "group", TLS13(.groups = "P-384:X25519"), NULL, "groups=X25519", 1,
	    "secp384r1" },
	{ "signature",
	    TLS13(.sigalgs = "rsa_pss_rsae_sha256:"
			     "rsa_pss_rsae_sha384"),
	    "sigalgs=rsa_pss_rsae_sha384", NULL, 1, NULL },
};

START_TEST(old_session)
{
	const struct old *o = &olds[_i];
	struct pair pair;

	if (release() < RELEASE_3_0 && o->raw.max == TLS1_2_VERSION &&
	    o->raw.groups != NULL)
		SKIP_TEST("no group in a session before OpenSSL 3.0");
	prepare_pair(&pair, &o->raw);
	ck_assert_msg(resume(&pair, o->text) == o->resumed,
	    "%s: resumed or not, against expectation", o->name);
	assert_check(
	    o->name, &pair, o->checked != NULL ? o->checked : o->text, o->says);
	release_pair(&pair);
}
END_TEST

/* A switch in a servername callback comes too late for a floor. */

static int
switch_context(SSL *ssl, int *alert, void *arg)
{
	(void)alert;
	ck_assert(SSL_set_SSL_CTX(ssl, arg) != NULL);
	return SSL_TLSEXT_ERR_OK;
}

START_TEST(servername_switch)
{
	const struct raw plain = { 0 }, old = { .max = TLS1_2_VERSION };
	int (*callback)(SSL *, int *, void *) = switch_context;
	SSL_CTX *host = make_raw(&plain);
	struct pair pair;

	prepare_pair(&pair, &plain);
	SSL_CTX_free(pair.ctx[CLIENT]);
	pair.ctx[CLIENT] = make_raw(&old);
	apply_ctx(host, "modern", 0);
	ck_assert(peer_use_rsa_2048(host));
	SSL_CTX_set_tlsext_servername_callback(pair.ctx[SERVER], callback);
	SSL_CTX_set_tlsext_servername_arg(pair.ctx[SERVER], host);
	ck_assert(meet_pair(&pair));
	ck_assert(SSL_get_SSL_CTX(pair.ssl[SERVER]) == host);
	assert_check("switched", &pair, "modern", "TLSv1.2");
	assert_check("switched", &pair, "system", NULL);
	release_pair(&pair);
	SSL_CTX_free(host);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("completed");
	TCase *tc = tcase_create("completed");

	peer_setup();
	make_keys();
	tcase_set_timeout(tc, 120);
	add_rows(tc, verdict, NELEM(verdicts));
	tcase_add_test(tc, shared_secret);
	add_rows(tc, client_certificate, NELEM(mutuals));
	add_rows(tc, old_session, NELEM(olds));
	tcase_add_test(tc, servername_switch);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
