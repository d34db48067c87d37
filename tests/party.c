/* SPDX-License-Identifier: MIT */
/*
 * Our side of tests/peers.sh.  Applies a policy, prints what the library
 * predicts for each version in its role, then meets peers on loopback and
 * prints how each handshake came out.
 *
 *   party [--policy TEXT [--override]] server|predict
 *   party [--policy TEXT [--override]] client VERSION=PORT...
 *   party ports N                  N ports that nobody uses
 *   party keys RSA-FILE EC-FILE    keys with certificates, for servers
 *
 * Without a policy it is the reference, which permits all that OpenSSL has and
 * knows nothing of the library.  A server has a port for each version, meant
 * for a peer of that version alone; SIGTERM ends it, once it has served all who
 * connected before.  "predict" is a server that serves nobody.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <tlspolicy.h>

#include "peer.h"
#include "release.h"

enum { LIFE = 120, PATIENCE = 10, MANY = 64 }; /* seconds, seconds, ports */

static volatile sig_atomic_t stopping;

static void
on_signal(int sig)
{
	(void)sig;
	stopping = 1;
}

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "party: %s: %s\n", what, strerror(errno));
	ERR_print_errors_fp(stderr);
	exit(EXIT_FAILURE);
}

/* A socket on loopback; port 0 takes a free one. */
static int
listen_on(int *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t size = sizeof(at);
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	must(fd >= 0 && bind(fd, (struct sockaddr *)&at, size) == 0 &&
		listen(fd, 16) == 0 &&
		getsockname(fd, (struct sockaddr *)&at, &size) == 0,
	    "listen");
	*port = ntohs(at.sin_port);
	return fd;
}

static int
connect_to(int port)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	at.sin_port = htons((uint16_t)port);
	must(fd >= 0, "socket");
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Neither side waits for ever. */
static SSL *
connection(SSL_CTX *ctx, int fd)
{
	const struct timeval patience = { .tv_sec = PATIENCE };
	SSL *ssl = SSL_new(ctx);

	must(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		 sizeof(patience)) == 0 &&
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
		    sizeof(patience)) == 0 &&
		ssl != NULL && SSL_set_fd(ssl, fd) == 1,
	    "connection");
	ERR_clear_error();
	errno = 0;
	return ssl;
}

/* Refused is for a reason of TLS, here or in an alert; gone is all else. */
static void
print_outcome(const char *version, SSL *ssl, int done)
{
	const unsigned long e = ERR_peek_error();
	const char *reason = ERR_reason_error_string(e);

	if (done == 1)
		printf("%s connects %s %s\n", version, SSL_get_version(ssl),
		    SSL_get_cipher_name(ssl));
	else
		printf("%s %s %s\n", version,
		    ERR_GET_LIB(e) == ERR_LIB_SSL &&
			    ERR_GET_REASON(e) != RELEASE_R_UNEXPECTED_EOF
			? "refused"
			: "gone",
		    reason != NULL ? reason : strerror(errno));
}

/* Whatever the client says; it gets a page with the version. */
static void
serve(const char *version, SSL_CTX *ctx, int fd)
{
	SSL *ssl = connection(ctx, fd);
	char text[4096];
	int done;

	done = SSL_accept(ssl);
	print_outcome(version, ssl, done);
	if (done == 1 && SSL_read(ssl, text, sizeof(text)) > 0) {
		snprintf(text, sizeof(text),
		    "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n"
		    "<dl><dt>version</dt><dd>%s</dd></dl>\n",
		    SSL_get_version(ssl));
		(void)SSL_write(ssl, text, (int)strlen(text));
		(void)SSL_shutdown(ssl);
		(void)shutdown(fd, SHUT_WR);
		/* To close with unread data would reset the connection. */
		while (read(fd, text, sizeof(text)) > 0)
			continue;
	}
	SSL_free(ssl);
	close(fd);
}

static void
serve_all(SSL_CTX *ctx)
{
	int fd[PEER_VERSIONS], port, ready;
	const struct timespec now = { .tv_sec = 0 };
	sigset_t term, none;
	fd_set set;

	must(sigemptyset(&none) == 0 && sigemptyset(&term) == 0 &&
		sigaddset(&term, SIGTERM) == 0 &&
		sigprocmask(SIG_BLOCK, &term, NULL) == 0,
	    "signals");
	for (unsigned i = 0; i < PEER_VERSIONS; i++) {
		fd[i] = listen_on(&port);
		printf("%s port %d\n", peer_version_name(i), port);
	}
	puts("ready");
	for (;;) {
		fflush(stdout);
		FD_ZERO(&set);
		for (unsigned i = 0; i < PEER_VERSIONS; i++)
			FD_SET(fd[i], &set);
		ready = pselect(fd[PEER_VERSIONS - 1] + 1, &set, NULL, NULL,
		    stopping ? &now : NULL, &none);
		if (ready == 0)
			return;
		for (unsigned i = 0; ready > 0 && i < PEER_VERSIONS; i++)
			if (FD_ISSET(fd[i], &set))
				serve(peer_version_name(i), ctx,
				    accept(fd[i], NULL, NULL));
	}
}

/* What the server answers, each line after the version. */
static void
print_answer(const char *version, SSL *ssl)
{
	static const char request[] = "GET / HTTP/1.0\r\n\r\n";
	BIO *body = BIO_new(BIO_s_mem());
	char text[4096];
	int n;

	must(body != NULL, "memory");
	if (SSL_write(ssl, request, sizeof(request) - 1) > 0)
		while ((n = SSL_read(ssl, text, sizeof(text))) > 0)
			must(BIO_write(body, text, n) == n, "memory");
	while ((n = BIO_gets(body, text, sizeof(text))) > 0) {
		text[strcspn(text, "\r\n")] = '\0';
		printf("%s says %s\n", version, text);
	}
	BIO_free(body);
}

static void
visit(const char *where, SSL_CTX *ctx)
{
	char version[16];
	int port, fd, done;
	SSL *ssl;

	must(sscanf(where, "%15[^=]=%d", version, &port) == 2, where);
	fd = connect_to(port);
	if (fd < 0) {
		printf("%s gone %s\n", version, strerror(errno));
		return;
	}
	ssl = connection(ctx, fd);
	done = SSL_connect(ssl);
	print_outcome(version, ssl, done);
	if (done == 1)
		print_answer(version, ssl);
	SSL_free(ssl);
	close(fd);
}

/* All that this OpenSSL has. */
static void
open_wide(SSL_CTX *ctx)
{
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_clear_options(ctx, SSL_OP_NO_SSL_MASK);
	must(SSL_CTX_set_min_proto_version(ctx, 0) == 1 &&
		SSL_CTX_set_max_proto_version(ctx, 0) == 1 &&
		SSL_CTX_set_cipher_list(ctx, "ALL:@SECLEVEL=0") == 1,
	    "reference");
}

static void
print_predictions(SSL_CTX *ctx, enum tlspolicy_role role)
{
	int verdict;

	for (unsigned i = 0; i < PEER_VERSIONS; i++) {
		verdict = tlspolicy_inspect(ctx, role, peer_version(i));
		must(verdict >= 0, "inspect");
		printf("%s predicts %s (%s)\n", peer_version_name(i),
		    verdict == TLSPOLICY_AVAILABLE ? "connects" : "refused",
		    tlspolicy_verdict_name(verdict));
	}
}

static SSL_CTX *
context(const char *policy, unsigned flags, enum tlspolicy_role role)
{
	SSL_CTX *ctx =
	    SSL_CTX_new(role == TLSPOLICY_SERVER ? TLS_server_method()
						 : TLS_client_method());

	must(ctx != NULL, "context");
	if (policy == NULL)
		open_wide(ctx);
	else
		must(tlspolicy_apply_text(ctx, policy, flags) == TLSPOLICY_OK,
		    policy);
	if (role == TLSPOLICY_SERVER) {
		must(peer_use(ctx, PEER_P_256), "ECDSA certificate");
		must(peer_use(ctx, PEER_RSA_2048), "RSA certificate");
	}
	if (policy != NULL)
		print_predictions(ctx, role);
	return ctx;
}

static void
print_ports(int count)
{
	int port;

	must(count > 0 && count <= MANY, "number of ports");
	/* All at once, or some would be the same. */
	for (int i = 0; i < count; i++) {
		(void)listen_on(&port);
		printf("%d\n", port);
	}
}

static void
write_key(const char *path, int type, int nid)
{
	EVP_PKEY *key = peer_generate(type, nid);
	X509 *cert = peer_certify(key);
	FILE *out = fopen(path, "w");

	must(out != NULL &&
		PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) ==
		    1 &&
		PEM_write_X509(out, cert) == 1 && fclose(out) == 0,
	    path);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static int
act(int argc, char **argv, const char *policy, unsigned flags)
{
	const char *what = argc > 0 ? argv[0] : "";
	SSL_CTX *ctx;

	if (argc == 1 &&
	    (strcmp(what, "server") == 0 || strcmp(what, "predict") == 0)) {
		ctx = context(policy, flags, TLSPOLICY_SERVER);
		if (what[0] == 's')
			serve_all(ctx);
		SSL_CTX_free(ctx);
	} else if (strcmp(what, "client") == 0) {
		ctx = context(policy, flags, TLSPOLICY_CLIENT);
		for (int i = 1; i < argc; i++)
			visit(argv[i], ctx);
		SSL_CTX_free(ctx);
	} else if (strcmp(what, "ports") == 0 && argc == 2) {
		print_ports(atoi(argv[1]));
	} else if (strcmp(what, "keys") == 0 && argc == 3) {
		write_key(argv[1], EVP_PKEY_RSA, 0);
		write_key(argv[2], EVP_PKEY_EC, NID_X9_62_prime256v1);
	} else {
		fputs("party: wrong usage: see tests/party.c\n", stderr);
		return 2;
	}
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "policy", required_argument, NULL, 'p' },
		{ "override", no_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 },
	};
	struct sigaction term = { .sa_handler = on_signal };
	const char *policy = NULL;
	unsigned flags = 0;
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'p')
			policy = optarg;
		else if (c == 'o')
			flags = TLSPOLICY_OVERRIDE;
		else
			return 2;
	}
	must(sigaction(SIGTERM, &term, NULL) == 0 &&
		signal(SIGPIPE, SIG_IGN) != SIG_ERR,
	    "signals");
	alarm(LIFE);
	return act(argc - optind, argv + optind, policy, flags);
}
