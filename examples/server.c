/* SPDX-License-Identifier: MIT */
/*
 * server: HTTPS on loopback under a TLS policy.
 *
 * Shows a browser (or, as JSON, a program) what its connection negotiated: one
 * connection at a time, and only a few seconds for each.  The policy comes in
 * in start(), near the end; page.c is the page, selfsigned.c the certificates.
 *
 * Exit status: 0 stopped by a signal, --seconds or --requests; 1 certificate
 * or socket trouble; 2 wrong usage, or a policy that cannot be applied.
 */
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>

#include "compat.h"
#include "server.h"

enum { POLICY, OVERRIDE, ADDRESS, PORT, CERT, KEY, CA, SECONDS, REQUESTS };
enum { HELP = REQUESTS + 1, OPTS, EXIT_USAGE = 2 };

static const struct option longs[] = {
	{ "policy", required_argument, NULL, POLICY },
	{ "override", no_argument, NULL, OVERRIDE },
	{ "address", required_argument, NULL, ADDRESS },
	{ "port", required_argument, NULL, PORT },
	{ "cert", required_argument, NULL, CERT },
	{ "key", required_argument, NULL, KEY },
	{ "write-ca", required_argument, NULL, CA },
	{ "seconds", required_argument, NULL, SECONDS },
	{ "requests", required_argument, NULL, REQUESTS },
	{ "help", no_argument, NULL, HELP },
	{ NULL, 0, NULL, 0 },
};
static const char usage[] =
    "usage: server [--policy TEXT] [--override] [--address 127.0.0.1|::1]\n"
    "              [--port N] [--cert FILE --key FILE | --write-ca FILE]\n"
    "              [--seconds N] [--requests N]\n";

static volatile sig_atomic_t stopping;

static void
on_signal(int sig)
{
	(void)sig;
	stopping = 1;
}

/* This library's sentence, or OpenSSL's root cause. */
static const char *
reason(void)
{
	const char *text;
	unsigned long e = ERR_peek_last_error_data(&text, NULL);

	if (ERR_GET_LIB(e) >= ERR_LIB_USER)
		return text;
	e = ERR_peek_error();
	if (ERR_GET_LIB(e) == ERR_LIB_SYS)
		return strerror(ERR_GET_REASON(e));
	text = ERR_reason_error_string(e);
	return text != NULL ? text : "connection closed";
}

bool
again(BIO *tls, time_t deadline)
{
	return BIO_should_retry(tls) && !stopping &&
	    BIO_wait(tls, deadline, 100) > 0;
}

/* One client, from handshake to close; whatever it does ends here. */
static void
serve(BIO *client, SSL_CTX *ctx, const struct tlspolicy *policy)
{
	BIO *tls = BIO_push(BIO_new_ssl(ctx, 0), client);
	time_t end = time(NULL) + LIMIT;
	SSL *ssl = NULL;
	char rest[1024];
	long done;

	ERR_clear_error();
	do
		done = BIO_do_handshake(tls);
	while (done <= 0 && again(tls, end));
	if (done <= 0) {
		printf("failed: %s\n", reason());
	} else {
		BIO_get_ssl(tls, &ssl);
		printf("%s %s %s\n", SSL_get_version(ssl),
		    SSL_get_cipher_name(ssl), group_name(ssl));
		answer(tls, ssl, policy);
		BIO_ssl_shutdown(tls);
		/* To close with unread data would reset the connection. */
		end = time(NULL) + 1;
		while (time(NULL) <= end &&
		    (BIO_read(tls, rest, sizeof(rest)) > 0 || again(tls, end)))
			continue;
	}
	fflush(stdout);
	BIO_free_all(tls);
}

static void
run(BIO *listener, SSL_CTX *ctx, const struct tlspolicy *policy, unsigned count)
{
	const int fd = (int)BIO_get_fd(listener, NULL);

	for (unsigned n = 0; !stopping && (count == 0 || n < count);) {
		/* Not for ever: a signal may come just before. */
		if (BIO_socket_wait(fd, 1, time(NULL) + 1) <= 0 ||
		    BIO_do_accept(listener) <= 0)
			continue;
		serve(BIO_pop(listener), ctx, policy);
		n++;
	}
}

static bool
load_certs(SSL_CTX *ctx, const char *cert, const char *key)
{
	return SSL_CTX_use_certificate_chain_file(ctx, cert) == 1 &&
	    SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) == 1;
}

static int
complain(int status, const char *what)
{
	fprintf(stderr, "server: %s: %s\n", what, reason());
	return status;
}

static int
start(const char *const *opt, unsigned requests)
{
	const char *host = strchr(opt[ADDRESS], ':') ? "[::1]" : "127.0.0.1";
	const unsigned flags = opt[OVERRIDE] != NULL ? TLSPOLICY_OVERRIDE : 0;
	struct tlspolicy *policy = NULL;
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	BIO *listener = NULL;
	int status = EXIT_SUCCESS;

	/* The policy first: certificates are loaded under its level. */
	if (tlspolicy_parse(&policy, opt[POLICY]) != TLSPOLICY_OK ||
	    tlspolicy_apply_ctx(ctx, policy, flags) != TLSPOLICY_OK)
		status = complain(EXIT_USAGE, "--policy");
	else if (opt[CERT] != NULL ? !load_certs(ctx, opt[CERT], opt[KEY])
				   : !make_certs(ctx, opt[CA]))
		status = complain(EXIT_FAILURE, "certificate");
	else if ((listener = listen_on(host, opt[PORT])) == NULL)
		status = complain(EXIT_FAILURE, "--port (0 takes a free one)");
	else
		run(listener, ctx, policy, requests);
	BIO_free_all(listener);
	SSL_CTX_free(ctx);
	tlspolicy_free(policy);
	return status;
}

/* A decimal number up to max; anything else is wrong usage. */
static bool
number(const char *text, unsigned long max, unsigned *out)
{
	char *end;
	const unsigned long n = strtoul(text, &end, 10);

	*out = (unsigned)n;
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && n <= max;
}

int
main(int argc, char **argv)
{
	const char *opt[OPTS] = { [POLICY] = "intermediate",
		[ADDRESS] = "127.0.0.1",
		[PORT] = "0",
		[SECONDS] = "0",
		[REQUESTS] = "0" };
	unsigned port, seconds, requests;
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) >= 0 && c < OPTS)
		opt[c] = optarg != NULL ? optarg : "";
	if (opt[HELP] != NULL) {
		fputs(usage, stdout);
		return EXIT_SUCCESS;
	}
	if (c != -1 || optind != argc || !number(opt[PORT], 65535, &port) ||
	    !number(opt[SECONDS], 86400, &seconds) ||
	    !number(opt[REQUESTS], UINT_MAX, &requests) ||
	    (opt[CERT] == NULL) != (opt[KEY] == NULL) ||
	    (opt[CERT] != NULL && opt[CA] != NULL) ||
	    (strcmp(opt[ADDRESS], "127.0.0.1") != 0 &&
		strcmp(opt[ADDRESS], "::1") != 0)) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	signal(SIGALRM, on_signal);
	alarm(seconds);
	return start(opt, requests);
}
