/* SPDX-License-Identifier: MIT */
/*
 * rollout: a TLS server on loopback that serves compat, and counts by day and
 * reason how many of its clients a stricter policy would lose.
 *
 * What matters is in on_hello().  The counts are printed at the end, and in
 * between when a day is over.
 *
 * Exit status: 0 stopped by a signal, --seconds or --clients; 1 socket trouble;
 * 2 wrong usage.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>

#include "compat.h"
#include "server.h"

enum { PORT, CA, SECONDS, CLIENTS, HELP, OPTS };
enum { REASONS = 32, WHY = 160, POLICIES = 2, EXIT_USAGE = 2 };

static const struct option longs[] = {
	{ "port", required_argument, NULL, PORT },
	{ "write-ca", required_argument, NULL, CA },
	{ "seconds", required_argument, NULL, SECONDS },
	{ "clients", required_argument, NULL, CLIENTS },
	{ "help", no_argument, NULL, HELP },
	{ NULL, 0, NULL, 0 },
};
static const char usage[] =
    "usage: rollout [--port N] [--write-ca FILE] [--seconds N] "
    "[--clients N]\n";

/* The policies that are thought of, and what they would come to today. */
static struct count {
	const char *name;
	unsigned lost, reasons;
	struct {
		char why[WHY];
		unsigned clients;
	} reason[REASONS]; /* the last one is for all others */
} counts[POLICIES] = { { .name = "intermediate" }, { .name = "modern" } };
static unsigned clients;
static char today[sizeof("2026-11-28")];
static volatile sig_atomic_t stopping;

static void
on_signal(int sig)
{
	(void)sig;
	stopping = 1;
}

static void
print_day(void)
{
	for (unsigned i = 0; clients > 0 && i < POLICIES; i++) {
		const struct count *count = &counts[i];

		printf("%s %s: %u of %u clients lost\n", today, count->name,
		    count->lost, clients);
		for (unsigned j = 0; j < count->reasons; j++)
			printf("%7u %s\n", count->reason[j].clients,
			    count->reason[j].why);
	}
	fflush(stdout);
}

static void
look_at_day(void)
{
	const time_t now = time(NULL);
	char day[sizeof(today)];

	strftime(day, sizeof(day), "%Y-%m-%d", gmtime(&now));
	if (strcmp(day, today) == 0)
		return;
	print_day();
	memcpy(today, day, sizeof(today));
	clients = 0;
	for (unsigned i = 0; i < POLICIES; i++)
		counts[i].lost = counts[i].reasons = 0;
}

static void
note(struct count *count, const char *why)
{
	unsigned j = 0;

	count->lost++;
	while (j < count->reasons && strcmp(count->reason[j].why, why) != 0)
		j++;
	if (j == REASONS)
		j = REASONS - 1;
	if (j == count->reasons) {
		count->reasons++;
		count->reason[j].clients = 0;
		snprintf(count->reason[j].why, WHY, "%s",
		    j == REASONS - 1 ? "other reasons" : why);
	}
	count->reason[j].clients++;
}

/* Asks, and serves the client as before, whatever the answer is. */
static int
on_hello(SSL *ssl, int *alert, void *arg)
{
	bool *seen = SSL_get_app_data(ssl);
	char why[WHY];

	(void)alert;
	(void)arg;
	/* After a HelloRetryRequest there is another hello. */
	if (*seen)
		return SSL_CLIENT_HELLO_SUCCESS;
	*seen = true;
	look_at_day();
	clients++;
	for (unsigned i = 0; i < POLICIES; i++) {
		const struct tlspolicy *policy =
		    tlspolicy_profile(counts[i].name);

		if (tlspolicy_would_accept(ssl, policy, why, sizeof(why)) !=
		    TLSPOLICY_OK)
			note(&counts[i], why);
	}
	return SSL_CLIENT_HELLO_SUCCESS;
}

static int
complain(int status, const char *what)
{
	char why[WHY];

	if (tlspolicy_error_text(why, sizeof(why)) <= 0)
		strcpy(why, "the system or OpenSSL refuses");
	fprintf(stderr, "rollout: %s: %s\n", what, why);
	return status;
}

bool
again(BIO *tls, time_t deadline)
{
	return BIO_should_retry(tls) && !stopping &&
	    BIO_wait(tls, deadline, 100) > 0;
}

static void
serve(BIO *client, SSL_CTX *ctx)
{
	static const char page[] =
	    "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello\n";
	BIO *tls = BIO_push(BIO_new_ssl(ctx, 0), client);
	const time_t end = time(NULL) + LIMIT;
	bool seen = false, done;
	SSL *ssl = NULL;
	char request[4096];

	BIO_get_ssl(tls, &ssl);
	SSL_set_app_data(ssl, &seen);
	ERR_clear_error();
	do
		done = BIO_do_handshake(tls) == 1;
	while (!done && again(tls, end));
	while (done && BIO_read(tls, request, sizeof(request)) <= 0 &&
	    again(tls, end))
		continue;
	if (done && BIO_write(tls, page, sizeof(page) - 1) > 0)
		BIO_ssl_shutdown(tls);
	BIO_free_all(tls);
}

static int
run(SSL_CTX *ctx, const char *port, unsigned most)
{
	BIO *listener = listen_on("127.0.0.1", port);

	if (listener == NULL)
		return complain(EXIT_FAILURE, "--port");
	for (unsigned n = 0; !stopping && (most == 0 || n < most);) {
		/* Not for ever: a signal may come just before. */
		if (BIO_socket_wait((int)BIO_get_fd(listener, NULL), 1,
			time(NULL) + 1) <= 0 ||
		    BIO_do_accept(listener) <= 0)
			continue;
		serve(BIO_pop(listener), ctx);
		n++;
	}
	BIO_free_all(listener);
	print_day();
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGALRM };
	const char *opt[OPTS] = {
		[PORT] = "0", [SECONDS] = "0", [CLIENTS] = "0"
	};
	SSL_CTX *ctx;
	int c, status;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) >= 0 && c < OPTS)
		opt[c] = optarg != NULL ? optarg : "";
	if (opt[HELP] != NULL || c != -1 || optind != argc) {
		fputs(usage, opt[HELP] != NULL ? stdout : stderr);
		return opt[HELP] != NULL ? EXIT_SUCCESS : EXIT_USAGE;
	}
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], on_signal);
	alarm((unsigned)atoi(opt[SECONDS]));
	ctx = SSL_CTX_new(TLS_server_method());
	if (tlspolicy_apply(ctx, "compat") != TLSPOLICY_OK ||
	    !make_certs(ctx, opt[CA])) {
		status = complain(EXIT_FAILURE, "compat");
	} else {
		SSL_CTX_set_client_hello_cb(ctx, on_hello, NULL);
		status = run(ctx, opt[PORT], (unsigned)atoi(opt[CLIENTS]));
	}
	SSL_CTX_free(ctx);
	return status;
}
