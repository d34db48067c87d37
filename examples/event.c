/* SPDX-License-Identifier: MIT */
/*
 * event: a server of many connections at once, with libevent, under a TLS
 * policy.  It answers any request with what its connection negotiated.
 *
 * The policy comes in in start(); on_event() holds each connection against it.
 *
 * Exit status: 0 stopped by a signal or --seconds; 1 certificate or socket
 * trouble; 2 wrong usage, or a policy that cannot be applied.
 */
#include <arpa/inet.h>
#include <netinet/in.h>

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <openssl/err.h>

#include "server.h"

enum { EXIT_USAGE = 2, MAX_REQUEST = 8192 };
enum { POLICY, OVERRIDE, PORT, CA, SECONDS, HELP, OPTS };

static const struct option longs[] = {
	{ "policy", required_argument, NULL, POLICY },
	{ "override", no_argument, NULL, OVERRIDE },
	{ "port", required_argument, NULL, PORT },
	{ "write-ca", required_argument, NULL, CA },
	{ "seconds", required_argument, NULL, SECONDS },
	{ "help", no_argument, NULL, HELP },
	{ NULL, 0, NULL, 0 },
};
static const char usage[] =
    "usage: event [--policy TEXT] [--override] [--port N] [--write-ca FILE]\n"
    "             [--seconds N]\n";

struct site {
	struct event_base *base;
	SSL_CTX *ctx;
	struct tlspolicy *policy;
};

/*
 * When libevent tells of a failure, it has emptied the error queue: what went
 * wrong can only be seen here.
 */
static void
on_info(const SSL *ssl, int where, int ret)
{
	char why[1024];

	if ((where & SSL_CB_EXIT) != 0 && ret <= 0 && ERR_peek_error() != 0 &&
	    tlspolicy_explain(ssl, why, sizeof(why)) > 0) {
		printf("failed: %s\n", why);
		fflush(stdout);
	}
}

/* The handshake is done, or the connection is. */
static void
on_event(struct bufferevent *client, short what, void *arg)
{
	const struct site *site = arg;
	const SSL *ssl = bufferevent_openssl_get_ssl(client);
	char why[1024];
	int status;

	if ((what & BEV_EVENT_CONNECTED) == 0) {
		bufferevent_free(client);
		return;
	}
	status = tlspolicy_check(ssl, site->policy, why, sizeof(why));
	printf("%s %s: %s\n", SSL_get_version(ssl), SSL_get_cipher_name(ssl),
	    status == TLSPOLICY_OK ? "within" : why);
	fflush(stdout);
	if (status != TLSPOLICY_OK)
		bufferevent_free(client);
}

/* All is sent: says so, for whoever reads up to the end. */
static void
on_sent(struct bufferevent *client, void *arg)
{
	SSL *ssl = bufferevent_openssl_get_ssl(client);

	(void)arg;
	SSL_set_shutdown(ssl, SSL_RECEIVED_SHUTDOWN);
	(void)SSL_shutdown(ssl);
	bufferevent_free(client);
}

/* A request ends with an empty line. */
static void
on_data(struct bufferevent *client, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(client);
	struct evbuffer *out = bufferevent_get_output(client);
	const SSL *ssl = bufferevent_openssl_get_ssl(client);

	if (evbuffer_search(in, "\r\n\r\n", 4, NULL).pos < 0) {
		if (evbuffer_get_length(in) > MAX_REQUEST)
			bufferevent_free(client);
		return;
	}
	bufferevent_disable(client, EV_READ);
	bufferevent_setcb(client, NULL, on_sent, on_event, arg);
	if (evbuffer_add_printf(out,
		"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n%s %s\n",
		SSL_get_version(ssl), SSL_get_cipher_name(ssl)) < 0)
		bufferevent_free(client);
}

static void
on_client(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *from, int len, void *arg)
{
	static const struct timeval limit = { .tv_sec = LIMIT };
	struct site *site = arg;
	struct bufferevent *client = NULL;
	SSL *ssl = SSL_new(site->ctx);

	(void)listener;
	(void)from;
	(void)len;
	if (ssl != NULL)
		client = bufferevent_openssl_socket_new(site->base, fd, ssl,
		    BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	if (client == NULL) {
		SSL_free(ssl);
		evutil_closesocket(fd);
		return;
	}
	bufferevent_setcb(client, on_data, NULL, on_event, site);
	bufferevent_set_timeouts(client, &limit, &limit);
	if (bufferevent_enable(client, EV_READ | EV_WRITE) != 0)
		bufferevent_free(client);
}

static void
on_signal(evutil_socket_t sig, short what, void *base)
{
	(void)sig;
	(void)what;
	event_base_loopbreak(base);
}

static struct evconnlistener *
begin_listening(struct site *site, unsigned port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	struct evconnlistener *listener = evconnlistener_new_bind(site->base,
	    on_client, site, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, -1,
	    (struct sockaddr *)&at, sizeof(at));

	if (listener != NULL &&
	    getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&at,
		&len) == 0) {
		printf("listening on 127.0.0.1:%u\n", ntohs(at.sin_port));
		fflush(stdout);
	}
	return listener;
}

/* Serves until a signal comes or the time is up. */
static int
run(struct site *site, unsigned port, unsigned seconds)
{
	const struct timeval limit = { .tv_sec = (time_t)seconds };
	struct evconnlistener *listener = begin_listening(site, port);
	struct event *term =
	    evsignal_new(site->base, SIGTERM, on_signal, site->base);
	struct event *intr =
	    evsignal_new(site->base, SIGINT, on_signal, site->base);
	int status = EXIT_FAILURE;

	if (listener == NULL)
		perror("event: --port (0 takes a free one)");
	else if (term != NULL && intr != NULL && event_add(term, NULL) == 0 &&
	    event_add(intr, NULL) == 0 &&
	    (seconds == 0 || event_base_loopexit(site->base, &limit) == 0) &&
	    event_base_dispatch(site->base) == 0)
		status = EXIT_SUCCESS;
	if (term != NULL)
		event_free(term);
	if (intr != NULL)
		event_free(intr);
	if (listener != NULL)
		evconnlistener_free(listener);
	return status;
}

static int
start(const char *const *opt, unsigned port, unsigned seconds)
{
	const unsigned flags = opt[OVERRIDE] != NULL ? TLSPOLICY_OVERRIDE : 0;
	struct site site = { .ctx = SSL_CTX_new(TLS_server_method()),
		.base = event_base_new() };
	int status = EXIT_FAILURE;

	/* The policy first: certificates are loaded under its level. */
	if (tlspolicy_parse(&site.policy, opt[POLICY]) != TLSPOLICY_OK ||
	    tlspolicy_apply_ctx(site.ctx, site.policy, flags) != TLSPOLICY_OK)
		status = EXIT_USAGE;
	else if (make_certs(site.ctx, opt[CA]) && site.base != NULL) {
		SSL_CTX_set_info_callback(site.ctx, on_info);
		status = run(&site, port, seconds);
	}
	if (status != EXIT_SUCCESS)
		ERR_print_errors_fp(stderr);
	if (site.base != NULL)
		event_base_free(site.base);
	SSL_CTX_free(site.ctx);
	tlspolicy_free(site.policy);
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
	const char *opt[OPTS] = {
		[POLICY] = "intermediate", [PORT] = "0", [SECONDS] = "0"
	};
	unsigned port, seconds;
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) >= 0 && c < OPTS)
		opt[c] = optarg != NULL ? optarg : "";
	if (opt[HELP] != NULL) {
		fputs(usage, stdout);
		return EXIT_SUCCESS;
	}
	if (c != -1 || optind != argc || !number(opt[PORT], 65535, &port) ||
	    !number(opt[SECONDS], 86400, &seconds)) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	signal(SIGPIPE, SIG_IGN);
	return start(opt, port, seconds);
}
