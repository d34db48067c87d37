/* SPDX-License-Identifier: MIT */
/*
 * sni: HTTPS on loopback with a policy of its own for each host name.
 *
 * FILE has a line "HOST POLICY" for each host; the first also serves whoever
 * names no host or another one.  SIGHUP reads it again.  What matters is in
 * become(), on_hello() and reload(); hosts.c reads the file, page.c is the
 * page, selfsigned.c the certificates.
 *
 * Exit status: 0 stopped by a signal or --seconds; 1 socket trouble; 2 wrong
 * usage, or a file that is wrong.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>

#include "compat.h"
#include "sni.h"

enum { PORT, CA, SECONDS, HELP, OPTS };
enum { WHY = 1024, EXIT_USAGE = 2 };

static const struct option longs[] = {
	{ "port", required_argument, NULL, PORT },
	{ "write-ca", required_argument, NULL, CA },
	{ "seconds", required_argument, NULL, SECONDS },
	{ "help", no_argument, NULL, HELP },
	{ NULL, 0, NULL, 0 },
};
static const char usage[] =
    "usage: sni [--port N] [--write-ca DIRECTORY] [--seconds N] FILE\n";

static const char *file, *ca;
static struct table *current;
static volatile sig_atomic_t stopping, asked;

static void
on_signal(int sig)
{
	if (sig == SIGHUP)
		asked = 1;
	else
		stopping = 1;
}

const char *
reason(void)
{
	static char text[WHY];

	if (tlspolicy_error_text(text, sizeof(text)) > 0)
		return text;
	return ERR_peek_error() != 0 ? ERR_reason_error_string(ERR_peek_error())
				     : "the system refuses";
}

/* With the host's context goes all that decides what is negotiated. */
bool
become(SSL *ssl, const struct host *host)
{
	return tlspolicy_switch(ssl, host->ctx) == TLSPOLICY_OK;
}

/*
 * Called before OpenSSL chooses a version: in a servername callback it is too
 * late for a host's own.  The bytes are the client's: RFC 6066, section 3, is
 * a list of one name, with a length of two bytes before each, and type 0.
 */
int
on_hello(SSL *ssl, int *alert, void *arg)
{
	struct visit *visit = SSL_get_app_data(ssl);
	const struct host *host = NULL, *before = visit->host;
	const unsigned char *in;
	size_t len;

	(void)arg;
	if (SSL_client_hello_get0_ext(
		ssl, TLSEXT_TYPE_server_name, &in, &len)) {
		*alert = SSL_AD_DECODE_ERROR;
		if (len < 5 || (size_t)(in[0] << 8 | in[1]) != len - 2 ||
		    in[2] != TLSEXT_NAMETYPE_host_name ||
		    (size_t)(in[3] << 8 | in[4]) != len - 5)
			return SSL_CLIENT_HELLO_ERROR;
		host = find(visit->table, in + 5, len - 5);
	}
	if (host == NULL)
		host = &visit->table->host[0];
	visit->host = host;
	/* A second hello, after a HelloRetryRequest, must be for the same. */
	*alert = SSL_AD_ILLEGAL_PARAMETER;
	if (before != NULL && before != host)
		return SSL_CLIENT_HELLO_ERROR;
	*alert = SSL_AD_INTERNAL_ERROR;
	return become(ssl, host) ? SSL_CLIENT_HELLO_SUCCESS
				 : SSL_CLIENT_HELLO_ERROR;
}

/* All or nothing; what is in use is replaced, never changed. */
static bool
reload(void)
{
	struct table *table;

	asked = 0;
	table = read_file(file, ca);
	ERR_clear_error();
	if (table == NULL)
		return false;
	drop(current);
	current = table;
	printf("%u hosts\n", table->count);
	fflush(stdout);
	return true;
}

/* The network */

bool
again(BIO *tls, time_t deadline)
{
	if (!BIO_should_retry(tls) || stopping)
		return false;
	if (asked)
		reload();
	return BIO_wait(tls, deadline, 100) > 0;
}

static void
report(SSL *ssl, const struct visit *visit, bool done)
{
	const char *name = visit->host != NULL ? visit->host->name : "-";
	char why[WHY] = "";

	if (!done) {
		if (tlspolicy_explain(ssl, why, sizeof(why)) < 0)
			why[0] = '\0';
		printf("%s failed: %s\n", name, why);
	} else if (visit->host != NULL) {
		if (tlspolicy_check(ssl, visit->host->policy, why,
			sizeof(why)) == TLSPOLICY_OK)
			strcpy(why, "within its policy");
		printf("%s %s %s: %s\n", name, SSL_get_version(ssl),
		    SSL_get_cipher_name(ssl), why);
	}
	fflush(stdout);
}

/* One client, from handshake to close; whatever it does ends here. */
static void
serve(BIO *client)
{
	struct visit visit = { .table = current };
	BIO *tls = BIO_push(BIO_new_ssl(current->host[0].ctx, 0), client);
	const time_t end = time(NULL) + LIMIT;
	SSL *ssl = NULL;
	bool done;

	visit.table->users++;
	BIO_get_ssl(tls, &ssl);
	SSL_set_app_data(ssl, &visit);
	ERR_clear_error();
	do
		done = BIO_do_handshake(tls) == 1;
	while (!done && again(tls, end));
	report(ssl, &visit, done);
	if (done) {
		answer(tls, ssl, visit.host->policy);
		BIO_ssl_shutdown(tls);
	}
	BIO_free_all(tls);
	drop(visit.table);
}

static int
run(const char *port)
{
	BIO *listener = listen_on("127.0.0.1", port);

	if (listener == NULL) {
		fprintf(stderr, "sni: --port: %s\n", reason());
		return EXIT_FAILURE;
	}
	while (!stopping) {
		if (asked)
			reload();
		/* Not for ever: a signal may come just before. */
		if (BIO_socket_wait((int)BIO_get_fd(listener, NULL), 1,
			time(NULL) + 1) > 0 &&
		    BIO_do_accept(listener) > 0)
			serve(BIO_pop(listener));
	}
	BIO_free_all(listener);
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	static const int signals[] = { SIGHUP, SIGTERM, SIGINT, SIGALRM };
	const char *opt[OPTS] = { [PORT] = "0", [SECONDS] = "0" };
	int c, status = EXIT_USAGE;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) >= 0 && c < OPTS)
		opt[c] = optarg != NULL ? optarg : "";
	if (opt[HELP] != NULL) {
		fputs(usage, stdout);
		return EXIT_SUCCESS;
	}
	if (c != -1 || optind != argc - 1) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	file = argv[optind];
	ca = opt[CA];
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], on_signal);
	alarm((unsigned)atoi(opt[SECONDS]));
	if (reload())
		status = run(opt[PORT]);
	drop(current);
	return status;
}
