/* SPDX-License-Identifier: MIT */
/*
 * offers: what each profile makes of a new context with the OpenSSL that is
 * loaded, without a configuration of the host: "profile|kind|release|value" a
 * line, for docs/compatibility.md.  Versions are what completes a handshake
 * with a reference peer; groups and ciphers are read off the ClientHello; and
 * with each certificate there is what two ends with the profile negotiate.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>

#include "peer.h"
#include "release.h"
#include "tlspolicy.h"

/* IANA's "TLS Supported Groups", as of November 2026. */
static const struct {
	uint16_t code;
	const char *name;
} groups[] = {
	{ 22, "secp256k1" },
	{ 23, "secp256r1" },
	{ 24, "secp384r1" },
	{ 25, "secp521r1" },
	{ 29, "x25519" },
	{ 30, "x448" },
	{ 31, "brainpoolP256r1tls13" },
	{ 32, "brainpoolP384r1tls13" },
	{ 33, "brainpoolP512r1tls13" },
	{ 41, "curveSM2" },
	{ 256, "ffdhe2048" },
	{ 257, "ffdhe3072" },
	{ 258, "ffdhe4096" },
	{ 259, "ffdhe6144" },
	{ 260, "ffdhe8192" },
	{ 0x11eb, "SecP256r1MLKEM768" },
	{ 0x11ec, "X25519MLKEM768" },
	{ 0x11ed, "SecP384r1MLKEM1024" },
	{ 0x11ee, "curveSM2MLKEM768" },
	{ 26, "brainpoolP256r1" },
	{ 27, "brainpoolP384r1" },
	{ 28, "brainpoolP512r1" },
	{ 0x0200, "MLKEM512" },
	{ 0x0201, "MLKEM768" },
	{ 0x0202, "MLKEM1024" },
};

static void
begin(const char *profile, const char *kind)
{
	const unsigned long number = release();

	if (number < RELEASE_3_0)
		printf("%s|%s|1.1.1|", profile, kind);
	else
		printf("%s|%s|%lu.%lu|", profile, kind, number >> 28,
		    number >> 20 & 0xff);
}

/* Certificates of servers */

enum { ML_DSA_87 = PEER_KEYS };
static const struct certificate {
	const char *name;
	int key;
} certificates[] = {
	{ "RSA 2048", PEER_RSA_2048 },
	{ "RSA 3072", PEER_RSA_3072 },
	{ "P-256", PEER_P_256 },
	{ "P-384", PEER_P_384 },
	{ "Ed25519", PEER_ED25519 },
	{ "ML-DSA-87", ML_DSA_87 },
};
#define CERTIFICATES (sizeof(certificates) / sizeof(certificates[0]))

/* 1: loaded; 0: refused; -1: this OpenSSL has no such key. */
static int
use(SSL_CTX *ctx, int number)
{
	static EVP_PKEY *key;
	static X509 *cert;

	if (number != ML_DSA_87)
		return peer_use(ctx, (enum peer_key)number);
	if (key == NULL && (key = release_generate("ML-DSA-87")) == NULL)
		return -1;
	if (cert == NULL)
		cert = peer_certify(key);
	return SSL_CTX_use_certificate(ctx, cert) == 1 &&
	    SSL_CTX_use_PrivateKey(ctx, key) == 1;
}

/* From OpenSSL 3.5 on by name; before, by what made it, and the hash. */
static const char *
signature_of(SSL *client)
{
	static char text[64];
	const char *name = release_peer_signature(client);
	int type, hash;

	if (name != NULL)
		return name;
	if (SSL_get_peer_signature_type_nid(client, &type) != 1 ||
	    SSL_get_peer_signature_nid(client, &hash) != 1)
		return "no signature";
	if (type == EVP_PKEY_ED25519)
		return "ed25519";
	snprintf(text, sizeof(text), "%s%s",
	    type == EVP_PKEY_RSA_PSS   ? "rsa_pss_rsae_sha"
		: type == EVP_PKEY_RSA ? "rsa_pkcs1_sha"
		: hash == NID_sha256   ? "ecdsa_secp256r1_sha"
		: hash == NID_sha384   ? "ecdsa_secp384r1_sha"
				       : "ecdsa_secp521r1_sha",
	    OBJ_nid2sn(hash) + strlen("SHA"));
	return text;
}

/* By the registry's name, as in the row of groups. */
static const char *
group_of(SSL *client, const struct peer_result *result)
{
	const char *name = result->version == TLS1_3_VERSION
	    ? release_group(client)
	    : OBJ_nid2sn(result->group);

	if (strcmp(name, "X25519") == 0)
		return "x25519";
	return strcmp(name, "prime256v1") == 0 ? "secp256r1" : name;
}

/* What both ends come to in one version; 0: nothing. */
static int
print_handshake(SSL_CTX *client_ctx, SSL_CTX *server_ctx, unsigned version)
{
	SSL *client = SSL_new(client_ctx), *server = SSL_new(server_ctx);
	struct peer_result result = { 0 };

	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	if (SSL_set_max_proto_version(client, peer_version(version)) == 1)
		(void)peer_handshake(client, server, &result);
	if (result.version == peer_version(version))
		printf("%s %s %s %s; ", peer_version_name(version),
		    result.cipher, group_of(client, &result),
		    signature_of(client));
	SSL_free(client);
	SSL_free(server);
	return result.version == peer_version(version);
}

static void
print_certificate(const char *profile, const struct certificate *certificate)
{
	SSL_CTX *client = SSL_CTX_new(TLS_client_method());
	SSL_CTX *server = SSL_CTX_new(TLS_server_method());
	const int applied =
	    tlspolicy_apply_text(client, profile, TLSPOLICY_OVERRIDE) == 0 &&
	    tlspolicy_apply_text(server, profile, TLSPOLICY_OVERRIDE) == 0;
	const int loaded = applied ? use(server, certificate->key) : -1;
	int done = 0;

	if (loaded >= 0) {
		begin(profile, certificate->name);
		for (unsigned i = 0; i < PEER_VERSIONS && loaded == 1; i++)
			done |= print_handshake(client, server, i);
		puts(loaded == 0 ? "refused, by the security level"
			: done   ? ""
				 : "no handshake");
	}
	ERR_clear_error();
	SSL_CTX_free(client);
	SSL_CTX_free(server);
}

/* The reference peers have no ML-DSA: what needs it is asked with its like. */
static unsigned
negotiated(SSL_CTX *ctx, enum peer_role role, SSL_CTX *other)
{
	struct peer_result result = { 0 };
	unsigned set = peer_negotiated(ctx, role);
	SSL *ssl, *peer;

	if (set != 0)
		return set;
	if (use(role == PEER_SERVER ? ctx : other, ML_DSA_87) != 1)
		return 0;
	ssl = SSL_new(ctx);
	peer = SSL_new(other);
	SSL_set_connect_state(role == PEER_CLIENT ? ssl : peer);
	SSL_set_accept_state(role == PEER_CLIENT ? peer : ssl);
	if (peer_handshake(ssl, peer, &result))
		for (unsigned i = 0; i < PEER_VERSIONS; i++)
			set |= (unsigned)(peer_version(i) == result.version)
			    << i;
	SSL_free(ssl);
	SSL_free(peer);
	return set;
}

static void
print_versions(const char *profile, SSL_CTX *client, SSL_CTX *server)
{
	const unsigned set = negotiated(client, PEER_CLIENT, server);
	const unsigned served = negotiated(server, PEER_SERVER, client);

	begin(profile, "versions");
	for (unsigned i = 0; i < PEER_VERSIONS; i++)
		if ((set & 1u << i) != 0)
			printf("%s ", peer_version_name(i));
	if (served != set)
		printf("(a server: %s)", peer_set_name(served));
	putchar('\n');
}

static void
print_groups(const char *profile, const struct peer_codes *codes)
{
	size_t known;

	begin(profile, "groups");
	for (size_t i = 0; i < codes->count; i++) {
		for (known = 0; known < sizeof(groups) / sizeof(groups[0]) &&
		     groups[known].code != codes->code[i];
		     known++)
			continue;
		if (known < sizeof(groups) / sizeof(groups[0]))
			printf("%s ", groups[known].name);
		else
			printf("0x%04x ", codes->code[i]);
	}
	putchar('\n');
}

/* Ciphersuites of TLS 1.3 are 0x13xx (RFC 8446, B.4); 0xff is no cipher (RFC
 * 5746, 3.3). */
static void
print_ciphers(const char *profile, SSL_CTX *ctx, const struct peer_codes *codes,
    int suites)
{
	SSL *ssl = SSL_new(ctx);
	const SSL_CIPHER *cipher;
	unsigned char code[2];

	begin(profile, suites ? "ciphersuites" : "ciphers");
	for (size_t i = 0; i < codes->count && ssl != NULL; i++) {
		code[0] = (unsigned char)(codes->code[i] >> 8);
		code[1] = (unsigned char)codes->code[i];
		cipher = SSL_CIPHER_find(ssl, code);
		if ((code[0] == 0x13) == suites && codes->code[i] != 0xff &&
		    cipher != NULL)
			printf("%s ", SSL_CIPHER_get_name(cipher));
	}
	putchar('\n');
	SSL_free(ssl);
}

static void
print_all(const char *profile, SSL_CTX *client, SSL_CTX *server)
{
	struct peer_hello hello;

	print_versions(profile, client, server);
	if (peer_hello(client, &hello)) {
		print_groups(profile, &hello.groups);
		print_ciphers(profile, client, &hello.ciphers, 1);
		print_ciphers(profile, client, &hello.ciphers, 0);
	}
	/* Those of edition 2026 say nothing about keys and signatures. */
	for (size_t i = 0;
	     i < CERTIFICATES && strcmp(strchr(profile, '@'), "@2026") != 0;
	     i++)
		print_certificate(profile, &certificates[i]);
}

static int
print(const char *profile)
{
	SSL_CTX *client = SSL_CTX_new(TLS_client_method());
	SSL_CTX *server = SSL_CTX_new(TLS_server_method());
	const int status =
	    tlspolicy_apply_text(client, profile, TLSPOLICY_OVERRIDE);
	const int ok = status == TLSPOLICY_OK &&
	    tlspolicy_apply_text(server, profile, TLSPOLICY_OVERRIDE) == 0;
	const char *why, *end;

	if (ok) {
		print_all(profile, client, server);
	} else if (status == TLSPOLICY_E_UNSUPPORTED) {
		why = release_last_error().data;
		/* Without the release, which the table has a column for. */
		why = strstr(why, " has no ");
		end = why == NULL ? NULL : strchr(why, ':');
		begin(profile, "not applied");
		printf("this OpenSSL%.*s\n", end == NULL ? 0 : (int)(end - why),
		    why);
	} else {
		fprintf(stderr, "offers: %s cannot be applied\n", profile);
	}
	ERR_clear_error();
	SSL_CTX_free(client);
	SSL_CTX_free(server);
	return ok || status == TLSPOLICY_E_UNSUPPORTED;
}

int
main(void)
{
	int ok = 1;

	peer_setup();
	for (size_t i = 0; i < tlspolicy_profile_count(); i++)
		ok &= print(tlspolicy_profile_name(i));
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
