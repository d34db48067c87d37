/* SPDX-License-Identifier: MIT */
/*
 * version: which OpenSSL is this, and how do I get a context of TLS 1.2 alone,
 * or one that takes the best version there is without TLS 1.0 and 1.1?
 *
 * Exit status: 0 answered; 1 something did not work.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <tlspolicy.h>

#include "server.h"

/*
 * By hand: the header's number says nothing of the library that is loaded, and
 * Python's ssl.OPENSSL_VERSION_INFO has 3.0.22 as (3, 0, 0, 22, 0).
 */
static void
print_openssl(const char *which, const struct tlspolicy_openssl *v)
{
	printf("%-8s %s, major %u, minor %u, patch %u, number 0x%08lx\n", which,
	    v->text, v->major, v->minor, v->patch, v->number);
}

/* By hand: OPENSSL_NO_TLS1 and the like are of the headers, again. */
static void
print_versions(void)
{
	static const int versions[] = { SSL3_VERSION, TLS1_VERSION,
		TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION };

	fputs("can speak:", stdout);
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++)
		if (tlspolicy_openssl_supports(versions[i]))
			printf(" %s", tlspolicy_protocol_name(versions[i]));
	putchar('\n');
}

/* A server with throw-away certificates and nothing else set: the peer. */
static SSL_CTX *
default_peer(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (ctx != NULL && !make_certs(ctx, NULL)) {
		SSL_CTX_free(ctx);
		ctx = NULL;
	}
	return ctx;
}

/* A handshake in memory; prints what came of it. */
static bool
shake(SSL_CTX *ours, SSL_CTX *peer)
{
	SSL *client = SSL_new(ours), *server = SSL_new(peer);
	BIO *a = NULL, *b = NULL;
	bool done = false;

	if (client != NULL && server != NULL &&
	    BIO_new_bio_pair(&a, 0, &b, 0) == 1) {
		SSL_set_bio(client, a, a);
		SSL_set_bio(server, b, b);
		SSL_set_connect_state(client);
		SSL_set_accept_state(server);
		for (int i = 0; i < 10 && !done; i++) {
			done = SSL_do_handshake(client) == 1;
			done = SSL_do_handshake(server) == 1 && done;
		}
	}
	if (done)
		printf("%s, %s\n", SSL_get_version(client),
		    SSL_get_cipher_name(client));
	SSL_free(client);
	SSL_free(server);
	return done;
}

static bool
prove(const char *what, const char *text, SSL_CTX *peer)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	bool ok;

	printf("%s (%s): ", what, text);
	ok = tlspolicy_apply(ctx, text) == TLSPOLICY_OK && shake(ctx, peer);
	if (!ok)
		puts("failed");
	SSL_CTX_free(ctx);
	return ok;
}

int
main(int argc, char **argv)
{
	struct tlspolicy_openssl headers, loaded;
	SSL_CTX *peer;
	bool ok;

	if (argc > 1) {
		ok = strcmp(argv[1], "--help") == 0;
		fputs("usage: version\n", ok ? stdout : stderr);
		return ok ? EXIT_SUCCESS : 2;
	}
	peer = default_peer();
	tlspolicy_openssl_headers(&headers);
	tlspolicy_openssl_runtime(&loaded);
	print_openssl("headers:", &headers);
	print_openssl("loaded:", &loaded);
	print_versions();
	/*
	 * By hand: TLSv1_2_method() (in Python PROTOCOL_TLSv1_2) is gone in
	 * OpenSSL 4.0; the two setters take a range upside down and return 1.
	 */
	ok = peer != NULL &&
	    prove("TLS 1.2 alone", "min=TLSv1.2,max=TLSv1.2", peer);
	/*
	 * By hand: one OP_NO_TLSv1_x too many leaves a hole, and then a client
	 * offers only what is below it.
	 */
	ok = ok && prove("the best, never 1.0 or 1.1", "min=TLSv1.2", peer);
	if (!ok)
		ERR_print_errors_fp(stderr);
	SSL_CTX_free(peer);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
