/* SPDX-License-Identifier: MIT */
/*
 * foretold CERTIFICATE KEY POLICY...: a server on loopback that asks at its
 * first connection what each policy would come to, then applies each for real,
 * and serves one connection more with it.  All are to be of the same client.
 *
 * Exit status: 0 all came as foretold; 1 not so; 2 something is missing.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <tlspolicy.h>

enum { POLICIES = 16, UNTOLD = 1, SECONDS = 60 };

static struct row {
	const char *text;
	struct tlspolicy *policy;
	int told;
	char why[200];
} rows[POLICIES];
static int count;

static void
die(const char *what)
{
	fprintf(stderr, "foretold: %s\n", what);
	ERR_print_errors_fp(stderr);
	exit(2);
}

static SSL_CTX *
make_context(char **files)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (ctx == NULL ||
	    SSL_CTX_use_certificate_chain_file(ctx, files[0]) != 1 ||
	    SSL_CTX_use_PrivateKey_file(ctx, files[1], SSL_FILETYPE_PEM) != 1)
		die("the certificate cannot be loaded");
	return ctx;
}

static int
on_hello(SSL *ssl, int *alert, void *arg)
{
	(void)alert;
	(void)arg;
	for (int i = 0; i < count; i++)
		rows[i].told = tlspolicy_would_accept(
		    ssl, rows[i].policy, rows[i].why, sizeof(rows[i].why));
	return SSL_CLIENT_HELLO_SUCCESS;
}

/* Whether the handshake completes; those who ask for a page get one. */
static bool
serve(BIO *listener, SSL_CTX *ctx)
{
	static const char page[] = "HTTP/1.0 200 OK\r\n\r\nhello\n";
	char request[4096];
	SSL *ssl = SSL_new(ctx);
	BIO *client;
	bool done;

	if (ssl == NULL || BIO_do_accept(listener) <= 0)
		die("no connection");
	client = BIO_pop(listener);
	SSL_set_bio(ssl, client, client);
	done = SSL_accept(ssl) == 1;
	if (done && SSL_read(ssl, request, sizeof(request)) > 0)
		(void)SSL_write(ssl, page, sizeof(page) - 1);
	if (done)
		(void)SSL_shutdown(ssl);
	SSL_free(ssl);
	ERR_clear_error();
	return done;
}

static int
try(BIO *listener, struct row *row, char **files)
{
	SSL_CTX *ctx = make_context(files);
	int status = tlspolicy_apply_ctx(ctx, row->policy, TLSPOLICY_OVERRIDE);
	bool done = serve(listener, ctx), good;

	if (status == TLSPOLICY_OK && !done)
		status = TLSPOLICY_E_VIOLATION;
	good = row->told == status;
	printf("%s: foretold %d (%s), came to %d\n", row->text, row->told,
	    row->why, status);
	SSL_CTX_free(ctx);
	return good ? 0 : 1;
}

int
main(int argc, char **argv)
{
	BIO *listener = BIO_new_accept("127.0.0.1:0");
	SSL_CTX *ctx;
	int status = 0;

	if (argc < 4 || argc - 3 > POLICIES)
		die("usage: foretold CERTIFICATE KEY POLICY...");
	signal(SIGPIPE, SIG_IGN);
	alarm(SECONDS);
	for (count = 0; count < argc - 3; count++) {
		rows[count].text = argv[3 + count];
		rows[count].told = UNTOLD;
		if (tlspolicy_parse(&rows[count].policy, argv[3 + count]) !=
		    TLSPOLICY_OK)
			die("that is no policy");
	}
	ctx = make_context(argv + 1);
	SSL_CTX_set_client_hello_cb(ctx, on_hello, NULL);
	if (BIO_do_accept(listener) <= 0)
		die("no port");
	printf("listening on %s\n", BIO_get_accept_port(listener));
	fflush(stdout);
	(void)serve(listener, ctx);
	for (int i = 0; i < count; i++) {
		if (rows[i].told == UNTOLD)
			die("the first client sent no hello");
		status |= try(listener, &rows[i], argv + 1);
		tlspolicy_free(rows[i].policy);
	}
	SSL_CTX_free(ctx);
	BIO_free_all(listener);
	return status;
}
