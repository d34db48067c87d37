/* SPDX-License-Identifier: MIT */
/*
 * client: what does a server negotiate with a client under this policy?
 *
 * Verifies the server (with --ca, else with the system's certificates), prints
 * the version, cipher and group, and gets "/"; --body prints what came.  The
 * policy comes in in main().
 *
 * Exit status: 0 negotiated and answered; 1 no connection, no agreement, not
 * the server it should be, or an answer cut short; 2 wrong usage, or a policy
 * that cannot be applied.
 */
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <tlspolicy.h>

#include "compat.h"

enum { EXIT_USAGE = 2 };
enum { POLICY, OVERRIDE, CA, NAME, JSON, BODY, TIMEOUT, HELP, OPTS };

static const struct option longs[] = {
	{ "policy", required_argument, NULL, POLICY },
	{ "override", no_argument, NULL, OVERRIDE },
	{ "ca", required_argument, NULL, CA },
	{ "name", required_argument, NULL, NAME },
	{ "json", no_argument, NULL, JSON },
	{ "body", no_argument, NULL, BODY },
	{ "timeout", required_argument, NULL, TIMEOUT },
	{ "help", no_argument, NULL, HELP },
	{ NULL, 0, NULL, 0 },
};
static const char usage[] =
    "usage: client [--policy TEXT] [--override] [--ca FILE] [--name HOST]\n"
    "              [--json] [--body] [--timeout SECONDS] HOST:PORT\n";

/* For a program of one connection: its calls may block, it may not. */
static void
on_alarm(int sig)
{
	static const char text[] = "client: no whole answer: timed out\n";
	const ssize_t n = write(STDERR_FILENO, text, sizeof(text) - 1);

	(void)n;
	(void)sig;
	_exit(EXIT_FAILURE);
}

/* This library's sentence, or OpenSSL's root cause. */
static const char *
reason(void)
{
	const char *text;
	unsigned long e = ERR_peek_last_error_data(&text, NULL);

	if (ERR_GET_LIB(e) >= ERR_LIB_USER)
		return text;
	e = ERR_peek_error_data(&text, NULL);
	if (ERR_GET_LIB(e) == ERR_LIB_SYS)
		return strerror(ERR_GET_REASON(e));
	if (ERR_GET_REASON(e) == ERR_R_SYS_LIB && text[0] != '\0')
		return text; /* a name that cannot be looked up */
	text = ERR_reason_error_string(e);
	return text != NULL ? text : "connection closed";
}

static int
complain(int status, const char *what, const char *why)
{
	fprintf(stderr, "client: %s: %s\n", what, why);
	return status;
}

/* The server must prove that it is the one named, not just any. */
static bool
expect(SSL *ssl, char *name)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

	SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
	if (X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1)
		return true;
	ERR_clear_error();
	return X509_VERIFY_PARAM_set1_host(param, name, 0) == 1 &&
	    SSL_set_tlsext_host_name(ssl, name) == 1;
}

/* TCP and the handshake. */
static int
negotiate(BIO *tls, SSL *ssl)
{
	const bool done = BIO_do_handshake(tls) == 1;
	const long verdict = SSL_get_verify_result(ssl);
	const char *group;

	if (!done && verdict != X509_V_OK)
		return complain(EXIT_FAILURE, "not the server it should be",
		    X509_verify_cert_error_string(verdict));
	if (!done)
		return complain(EXIT_FAILURE, "no connection", reason());
	group = SSL_group_to_name(ssl, (int)SSL_get_negotiated_group(ssl));
	/* RSA key exchange has no group. */
	printf("%s %s %s\n", SSL_get_version(ssl), SSL_get_cipher_name(ssl),
	    group != NULL ? group : "-");
	fflush(stdout);
	return EXIT_SUCCESS;
}

/*
 * Asks by HTTP/1.0: the answer comes in one piece and ends when the server
 * closes.  Only its close_notify tells that end from one by an attacker.
 */
static int
get(BIO *http, SSL *ssl, const char *const *opt, const char *host)
{
	char buf[4096];
	int n;

	BIO_printf(http, "GET / HTTP/1.0\r\nHost: %s\r\nAccept: %s\r\n\r\n",
	    host, opt[JSON] != NULL ? "application/json" : "text/html");
	if (BIO_flush(http) != 1)
		return complain(EXIT_FAILURE, "no request", reason());
	do /* the header, up to an empty line */
		n = BIO_gets(http, buf, sizeof(buf));
	while (n > 0 && strcmp(buf, "\r\n") != 0);
	if (n <= 0)
		return complain(EXIT_FAILURE, "no answer", reason());
	while ((n = BIO_read(http, buf, sizeof(buf))) > 0)
		if (opt[BODY] != NULL)
			fwrite(buf, 1, (size_t)n, stdout);
	if ((SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) == 0)
		return complain(EXIT_FAILURE, "no whole answer", reason());
	return EXIT_SUCCESS;
}

static int
visit(SSL_CTX *ctx, const char *const *opt, char *host)
{
	BIO *tls = BIO_new_ssl_connect(ctx);
	BIO *http = BIO_push(BIO_new(BIO_f_buffer()), tls);
	SSL *ssl = NULL;
	char name[256];
	int status = EXIT_USAGE;

	if (BIO_set_conn_hostname(tls, host) != 1 ||
	    BIO_get_conn_port(tls) == NULL) {
		fputs(usage, stderr);
	} else {
		BIO_get_ssl(tls, &ssl);
		snprintf(name, sizeof(name), "%s",
		    opt[NAME] != NULL ? opt[NAME] : BIO_get_conn_hostname(tls));
		if (!expect(ssl, name))
			status = complain(EXIT_USAGE, "--name", reason());
		else if ((status = negotiate(tls, ssl)) == EXIT_SUCCESS)
			status = get(http, ssl, opt, host);
	}
	BIO_free_all(http);
	return status;
}

int
main(int argc, char **argv)
{
	const char *opt[OPTS] = { [POLICY] = "intermediate", [TIMEOUT] = "5" };
	SSL_CTX *ctx;
	int c, seconds, status;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) >= 0 && c < OPTS)
		opt[c] = optarg != NULL ? optarg : "";
	seconds = atoi(opt[TIMEOUT]);
	if (opt[HELP] != NULL) {
		fputs(usage, stdout);
		return EXIT_SUCCESS;
	}
	if (c != -1 || optind != argc - 1 || seconds < 1 || seconds > 3600) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGALRM, on_alarm);
	alarm((unsigned)seconds);
	ctx = SSL_CTX_new(TLS_client_method());
	if (tlspolicy_apply_text(ctx, opt[POLICY],
		opt[OVERRIDE] != NULL ? TLSPOLICY_OVERRIDE : 0) != TLSPOLICY_OK)
		status = complain(EXIT_USAGE, "--policy", reason());
	else if (opt[CA] != NULL
		? SSL_CTX_load_verify_locations(ctx, opt[CA], NULL) != 1
		: SSL_CTX_set_default_verify_paths(ctx) != 1)
		status = complain(EXIT_USAGE, "--ca", reason());
	else
		status = visit(ctx, opt, argv[optind]);
	SSL_CTX_free(ctx);
	return status;
}
