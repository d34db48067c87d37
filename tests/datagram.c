/* SPDX-License-Identifier: MIT */
/*
 * datagram MODE [GROUPS|SUITES]: both ends of a connection over UDP, for
 * "tlspolicy run", and what a program sees of it.
 *   dtls           DTLS 1.2
 *   old            DTLS 1.0, at security level 0
 *   listen         DTLS 1.2 with a cookie, by DTLSv1_listen()
 *   quic           QUIC, with these groups, and a stream of it
 *   suites         QUIC with these ciphersuites
 * Prints what each end comes to; "no QUIC" where OpenSSL has none.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <openssl/err.h>

#include "../examples/compat.h"
#include "../examples/server.h"

/* Rounds are of a millisecond where nobody has anything to do. */
enum { ROUNDS = 10000, ROUNDS_ALONE = 50 };

struct ends {
	SSL *ssl[2]; /* client, server */
	int fd[2];
	struct sockaddr_in at[2];
	int done[2]; /* 1: completed; -1: failed; 0: it waits */
};

static const char *const side[] = { "client", "server" };

static void
must(bool good, const char *what)
{
	if (good)
		return;
	(void)fprintf(stderr, "datagram: %s\n", what);
	ERR_print_errors_fp(stderr);
	exit(2);
}

/* What a program finds after a call that came to nothing. */
static void
say_error(const char *what, const SSL *ssl, int ret)
{
	const int verdict = SSL_get_error(ssl, ret);
	const char *data = NULL;
	int flags = 0;
	const unsigned long entry = ERR_peek_last_error_data(&data, &flags);
	const char *reason = ERR_reason_error_string(entry);

	(void)printf("%s: failed, error %d, %s, %s\n", what, verdict,
	    reason != NULL ? reason : "-", data != NULL ? data : "-");
	ERR_clear_error();
}

static int
step(const char *what, SSL *ssl)
{
	const int ret = SSL_do_handshake(ssl);

	if (ret == 1) {
		(void)printf("%s: %s %s\n", what, SSL_get_version(ssl),
		    SSL_get_cipher_name(ssl));
		return 1;
	}
	switch (SSL_get_error(ssl, ret)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return 0;
	default:
		say_error(what, ssl, ret);
		return -1;
	}
}

static void
pause_for(const struct ends *ends)
{
	struct pollfd fds[] = { { .fd = ends->fd[0], .events = POLLIN },
		{ .fd = ends->fd[1], .events = POLLIN } };

	(void)poll(fds, 2, 1);
}

/* What has come for the server and was not read. */
static void
say_unread(const struct ends *ends)
{
	char byte;

	(void)printf("server: %s\n",
	    recv(ends->fd[1], &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0
		? "there is more"
		: "nothing is left");
}

static void
open_sockets(struct ends *ends)
{
	for (int i = 0; i < 2; i++) {
		socklen_t size = sizeof(ends->at[i]);

		ends->fd[i] = socket(AF_INET, SOCK_DGRAM, 0);
		memset(&ends->at[i], 0, sizeof(ends->at[i]));
		ends->at[i].sin_family = AF_INET;
		ends->at[i].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		must(ends->fd[i] >= 0 && BIO_socket_nbio(ends->fd[i], 1) == 1 &&
			bind(ends->fd[i], (struct sockaddr *)&ends->at[i],
			    size) == 0 &&
			getsockname(ends->fd[i],
			    (struct sockaddr *)&ends->at[i], &size) == 0,
		    "a socket");
	}
}

static BIO *
make_bio(const struct ends *ends, int end, bool connected)
{
	const struct sockaddr_in *peer = &ends->at[!end];
	BIO *bio = BIO_new_dgram(ends->fd[end], BIO_NOCLOSE);
	BIO_ADDR *address = BIO_ADDR_new();

	must(bio != NULL && address != NULL &&
		BIO_ADDR_rawmake(address, AF_INET, &peer->sin_addr,
		    sizeof(peer->sin_addr), peer->sin_port) == 1,
	    "a BIO");
	if (connected) {
		must(connect(ends->fd[end], (const struct sockaddr *)peer,
			 sizeof(*peer)) == 0,
		    "connect");
		(void)BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_CONNECTED, 0, address);
	}
	BIO_ADDR_free(address);
	return bio;
}

static void
close_ends(struct ends *ends)
{
	for (int i = 0; i < 2; i++) {
		SSL_free(ends->ssl[i]);
		(void)close(ends->fd[i]);
	}
}

/* DTLS */

static int
make_cookie(SSL *ssl, unsigned char *cookie, unsigned *size)
{
	(void)ssl;
	memcpy(cookie, "cookie", 6);
	*size = 6;
	return 1;
}

static int
is_cookie(SSL *ssl, const unsigned char *cookie, unsigned size)
{
	(void)ssl;
	return size == 6 && memcmp(cookie, "cookie", 6) == 0;
}

static SSL_CTX *
make_dtls(int end, int version)
{
	SSL_CTX *ctx =
	    SSL_CTX_new(end == 0 ? DTLS_client_method() : DTLS_server_method());

	must(ctx != NULL && SSL_CTX_set_min_proto_version(ctx, version) == 1 &&
		SSL_CTX_set_max_proto_version(ctx, version) == 1 &&
		(end == 0 || make_certs(ctx, NULL)),
	    "a context");
	if (version != DTLS1_2_VERSION)
		must(SSL_CTX_set_cipher_list(ctx, "DEFAULT:@SECLEVEL=0") == 1,
		    "ciphers");
	SSL_CTX_set_cookie_generate_cb(ctx, make_cookie);
	SSL_CTX_set_cookie_verify_cb(ctx, is_cookie);
	return ctx;
}

/* True where the client has shown the cookie. */
static bool
listen_for(struct ends *ends)
{
	BIO_ADDR *peer = BIO_ADDR_new();
	int ret = 0, rounds = 0;

	(void)SSL_set_options(ends->ssl[1], SSL_OP_COOKIE_EXCHANGE);
	while (ret == 0 && rounds++ < ROUNDS && ends->done[0] == 0) {
		ends->done[0] = step(side[0], ends->ssl[0]);
		pause_for(ends);
		ret = DTLSv1_listen(ends->ssl[1], peer);
	}
	if (ret < 0)
		say_error("listen", ends->ssl[1], ret);
	BIO_ADDR_free(peer);
	return ret > 0;
}

static void
talk(SSL *from, SSL *to, const struct ends *ends)
{
	char buf[8] = "";
	int ret = SSL_write(from, "hello", 5);

	for (int i = 0; ret == 5 && i < ROUNDS; i++) {
		if (SSL_read(to, buf, sizeof(buf) - 1) > 0)
			break;
		(void)SSL_read(from, buf, 0);
		pause_for(ends);
	}
	(void)printf("talk: %d %s\n", ret, buf);
	if (ret <= 0)
		say_error("talk", from, ret);
}

static void
dtls(int version, bool listens)
{
	SSL_CTX *ctx[] = { make_dtls(0, version), make_dtls(1, version) };
	struct ends ends = { .done = { 0, 0 } };
	int alone = 0;

	open_sockets(&ends);
	for (int i = 0; i < 2; i++) {
		BIO *bio = make_bio(&ends, i, i == 0 || !listens);

		must((ends.ssl[i] = SSL_new(ctx[i])) != NULL, "a connection");
		SSL_set_bio(ends.ssl[i], bio, bio);
	}
	SSL_set_connect_state(ends.ssl[0]);
	SSL_set_accept_state(ends.ssl[1]);
	if (listens && !listen_for(&ends))
		ends.done[1] = -1;
	for (int i = 0; i < ROUNDS && alone < ROUNDS_ALONE; i++) {
		for (int end = 0; end < 2; end++)
			if (ends.done[end] == 0)
				ends.done[end] = step(side[end], ends.ssl[end]);
		if (ends.done[0] != 0 && ends.done[1] != 0)
			break;
		alone += ends.done[0] < 0 || ends.done[1] < 0;
		pause_for(&ends);
	}
	say_unread(&ends);
	if (ends.done[0] == 1 && ends.done[1] == 1)
		talk(ends.ssl[0], ends.ssl[1], &ends);
	close_ends(&ends);
	SSL_CTX_free(ctx[0]);
	SSL_CTX_free(ctx[1]);
}

/* QUIC */

#if defined(SSL_ACCEPT_CONNECTION_NO_BLOCK) && !defined(OPENSSL_NO_QUIC)
#include <openssl/quic.h>

static const unsigned char alpn[] = { 4, 't', 'e', 's', 't' };

static int
select_alpn(SSL *ssl, const unsigned char **out, unsigned char *size,
    const unsigned char *in, unsigned in_size, void *arg)
{
	(void)ssl;
	(void)in;
	(void)in_size;
	(void)arg;
	*out = alpn + 1;
	*size = alpn[0];
	return SSL_TLSEXT_ERR_OK;
}

static SSL_CTX *
make_quic(int end, const char *groups, const char *suites)
{
	SSL_CTX *ctx = SSL_CTX_new(
	    end == 0 ? OSSL_QUIC_client_method() : OSSL_QUIC_server_method());

	must(ctx != NULL && (end == 0 || make_certs(ctx, NULL)) &&
		(groups == NULL ||
		    SSL_CTX_set1_groups_list(ctx, groups) == 1) &&
		(suites == NULL || SSL_CTX_set_ciphersuites(ctx, suites) == 1),
	    "a context");
	SSL_CTX_set_alpn_select_cb(ctx, select_alpn, NULL);
	return ctx;
}

static SSL *
make_client(const struct ends *ends, SSL_CTX *ctx)
{
	SSL *ssl = SSL_new(ctx);
	BIO *bio = make_bio(ends, 0, false);
	BIO_ADDR *peer = BIO_ADDR_new();

	must(ssl != NULL && peer != NULL &&
		BIO_ADDR_rawmake(peer, AF_INET, &ends->at[1].sin_addr,
		    sizeof(ends->at[1].sin_addr), ends->at[1].sin_port) == 1,
	    "a client");
	SSL_set_bio(ssl, bio, bio);
	must(SSL_set_blocking_mode(ssl, 0) == 1 &&
		SSL_set_default_stream_mode(
		    ssl, SSL_DEFAULT_STREAM_MODE_NONE) == 1 &&
		SSL_set_alpn_protos(ssl, alpn, sizeof(alpn)) == 0 &&
		SSL_set1_initial_peer_addr(ssl, peer) == 1,
	    "settings of the client");
	BIO_ADDR_free(peer);
	return ssl;
}

static SSL *
make_listener(const struct ends *ends, SSL_CTX *ctx)
{
	SSL *ssl = SSL_new_listener(ctx, 0);
	BIO *bio = make_bio(ends, 1, false);

	must(ssl != NULL, "a listener");
	SSL_set_bio(ssl, bio, bio);
	must(SSL_set_blocking_mode(ssl, 0) == 1 && SSL_listen(ssl) == 1,
	    "settings of the listener");
	return ssl;
}

/* A stream of the client's, on a connection that may have been denied. */
static void
stream(const struct ends *ends)
{
	SSL *own = SSL_new_stream(ends->ssl[0], 0);
	char buf[8] = "";
	size_t done = 0;
	int ret;

	if (own == NULL) {
		say_error("stream", ends->ssl[0], 0);
		return;
	}
	ret = SSL_write_ex(own, "hello", 5, &done);
	if (ret != 1)
		say_error("stream", own, ret);
	/* It is the default stream of the server's connection. */
	for (int i = 0; ret == 1 && i < ROUNDS; i++) {
		(void)SSL_handle_events(own);
		if (SSL_read(ends->ssl[1], buf, sizeof(buf) - 1) > 0)
			break;
		pause_for(ends);
	}
	(void)printf("stream: %d %s\n", ret, buf);
	SSL_free(own);
}

/* The server's end may be complete before it is handed out. */
static void
quic(const char *groups, const char *suites)
{
	SSL_CTX *ctx[] = { make_quic(0, groups, suites),
		make_quic(1, groups, suites) };
	struct ends ends = { .done = { 0, 0 } };
	SSL *listener;
	int alone = 0;

	open_sockets(&ends);
	ends.ssl[0] = make_client(&ends, ctx[0]);
	listener = make_listener(&ends, ctx[1]);
	for (int i = 0; i < ROUNDS && alone < ROUNDS_ALONE; i++) {
		if (ends.done[0] == 0)
			ends.done[0] = step(side[0], ends.ssl[0]);
		(void)SSL_handle_events(ends.ssl[0]);
		(void)SSL_handle_events(listener);
		if (ends.ssl[1] == NULL)
			ends.ssl[1] = SSL_accept_connection(
			    listener, SSL_ACCEPT_CONNECTION_NO_BLOCK);
		else if (ends.done[1] == 0)
			ends.done[1] = step(side[1], ends.ssl[1]);
		if (ends.done[0] != 0 && ends.done[1] != 0)
			break;
		alone += ends.done[0] < 0 || ends.done[1] < 0;
		pause_for(&ends);
	}
	if (ends.ssl[1] == NULL)
		(void)printf("server: no connection\n");
	stream(&ends);
	SSL_free(listener);
	close_ends(&ends);
	SSL_CTX_free(ctx[0]);
	SSL_CTX_free(ctx[1]);
}
#else
static void
quic(const char *groups, const char *suites)
{
	(void)groups;
	(void)suites;
	(void)printf("no QUIC\n");
}
#endif

int
main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";
	const char *list = argc > 2 ? argv[2] : NULL;

	if (strcmp(mode, "dtls") == 0)
		dtls(DTLS1_2_VERSION, false);
	else if (strcmp(mode, "old") == 0)
		dtls(DTLS1_VERSION, false);
	else if (strcmp(mode, "listen") == 0)
		dtls(DTLS1_2_VERSION, true);
	else if (strcmp(mode, "quic") == 0)
		quic(list, NULL);
	else if (strcmp(mode, "suites") == 0)
		quic(NULL, list);
	else
		return 2;
	return fflush(stdout) == 0 ? 0 : 1;
}
