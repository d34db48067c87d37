/* SPDX-License-Identifier: MIT */
/*
 * offers: what each profile makes of a new context with the OpenSSL that is
 * loaded, without a configuration of the host: "profile|kind|release|value" a
 * line, for docs/compatibility.md.  Versions are what completes a handshake
 * with a reference peer, the rest is read off the ClientHello.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void
print_versions(const char *profile, SSL_CTX *client, SSL_CTX *server)
{
	const unsigned set = peer_negotiated(client, PEER_CLIENT);

	begin(profile, "versions");
	for (unsigned i = 0; i < PEER_VERSIONS; i++)
		if ((set & 1u << i) != 0)
			printf("%s ", peer_version_name(i));
	if (peer_negotiated(server, PEER_SERVER) != set)
		printf("(a server: %s)",
		    peer_set_name(peer_negotiated(server, PEER_SERVER)));
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

static int
print(const char *profile)
{
	SSL_CTX *client = SSL_CTX_new(TLS_client_method());
	SSL_CTX *server = SSL_CTX_new(TLS_server_method());
	struct peer_hello hello;
	const int ok =
	    tlspolicy_apply_text(client, profile, TLSPOLICY_OVERRIDE) == 0 &&
	    tlspolicy_apply_text(server, profile, TLSPOLICY_OVERRIDE) == 0 &&
	    peer_hello(client, &hello);

	if (ok) {
		print_versions(profile, client, server);
		print_groups(profile, &hello.groups);
		print_ciphers(profile, client, &hello.ciphers, 1);
		print_ciphers(profile, client, &hello.ciphers, 0);
	} else {
		fprintf(stderr, "offers: %s cannot be applied\n", profile);
	}
	SSL_CTX_free(client);
	SSL_CTX_free(server);
	return ok;
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
