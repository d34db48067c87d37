/* SPDX-License-Identifier: MIT */
#include <dlfcn.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <openssl/bio.h>
#include <openssl/err.h>

#include <check.h>

#include "quic.h"

#define SECONDS_MAX 20 /* a handshake takes 3 ms, under valgrind a second */

/* As OpenSSL declares them from 3.5 on. */
typedef const SSL_METHOD *(*method_function)(void);
typedef SSL *(*listener_function)(SSL_CTX *ctx, uint64_t flags);
typedef int (*ssl_function)(SSL *ssl);
typedef SSL *(*accept_function)(SSL *ssl, uint64_t flags);
typedef int (*mode_function)(SSL *ssl, int blocking);
typedef int (*address_function)(SSL *ssl, const BIO_ADDR *address);
#define ACCEPT_NO_BLOCK 1
#define STREAM_ONE_WAY  1

static struct {
	void *self;
	method_function client, client_thread, server;
	listener_function new_listener;
	ssl_function listen, handle_events;
	accept_function accept_connection;
	mode_function set_blocking_mode;
	address_function set1_initial_peer_addr;
	accept_function new_stream, from_domain, from_listener;
	listener_function new_domain;
} quic;

/* ISO C has no cast from an object's address to a function's. */
static void
look_up(const char *name, void *function)
{
	void *found = dlsym(quic.self, name);

	memcpy(function, &found, sizeof(found));
}

static void
look_up_all(void)
{
	if (quic.self != NULL)
		return;
	quic.self = dlopen(NULL, RTLD_NOW);
	if (quic.self == NULL)
		abort();
	look_up("OSSL_QUIC_client_method", &quic.client);
	look_up("OSSL_QUIC_client_thread_method", &quic.client_thread);
	look_up("OSSL_QUIC_server_method", &quic.server);
	look_up("SSL_new_listener", &quic.new_listener);
	look_up("SSL_listen", &quic.listen);
	look_up("SSL_handle_events", &quic.handle_events);
	look_up("SSL_accept_connection", &quic.accept_connection);
	look_up("SSL_set_blocking_mode", &quic.set_blocking_mode);
	look_up("SSL_set1_initial_peer_addr", &quic.set1_initial_peer_addr);
	look_up("SSL_new_stream", &quic.new_stream);
	look_up("SSL_new_domain", &quic.new_domain);
	look_up("SSL_new_listener_from", &quic.from_domain);
	look_up("SSL_new_from_listener", &quic.from_listener);
}

const SSL_METHOD *
quic_client(void)
{
	look_up_all();
	return quic.client == NULL ? NULL : quic.client();
}

const SSL_METHOD *
quic_client_thread(void)
{
	look_up_all();
	return quic.client_thread == NULL ? NULL : quic.client_thread();
}

const SSL_METHOD *
quic_server(void)
{
	look_up_all();
	return quic.server == NULL ? NULL : quic.server();
}

static const unsigned char alpn[] = { 4, 't', 'e', 's', 't' };

static int
select_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
    const unsigned char *in, unsigned in_len, void *arg)
{
	(void)ssl, (void)in, (void)in_len, (void)arg;
	*out = alpn + 1;
	*out_len = alpn[0];
	return SSL_TLSEXT_ERR_OK;
}

/* A socket on a port of the kernel's choice, and a BIO that reads and writes.
 */
static int
give_socket(SSL *ssl, struct sockaddr_in *address)
{
	socklen_t len = sizeof(*address);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	BIO *bio;

	ck_assert_int_ge(fd, 0);
	memset(address, 0, sizeof(*address));
	address->sin_family = AF_INET;
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert(bind(fd, (struct sockaddr *)address, len) == 0);
	ck_assert(getsockname(fd, (struct sockaddr *)address, &len) == 0);
	ck_assert(BIO_socket_nbio(fd, 1) == 1);
	bio = BIO_new_dgram(fd, BIO_CLOSE);
	ck_assert_ptr_nonnull(bio);
	SSL_set_bio(ssl, bio, bio);
	ck_assert(quic.set_blocking_mode(ssl, 0) == 1);
	return fd;
}

void
quic_open(struct quic_pair *pair, SSL_CTX *client, SSL_CTX *server)
{
	struct sockaddr_in own, peer;
	BIO_ADDR *address = BIO_ADDR_new();

	look_up_all();
	memset(pair, 0, sizeof(*pair));
	SSL_CTX_set_alpn_select_cb(server, select_alpn, NULL);
	pair->client = SSL_new(client);
	pair->listener = quic.new_listener(server, 0);
	ck_assert(pair->client != NULL && pair->listener != NULL);
	pair->sockets[0] = give_socket(pair->client, &own);
	pair->sockets[1] = give_socket(pair->listener, &peer);
	ck_assert(SSL_set_alpn_protos(pair->client, alpn, sizeof(alpn)) == 0);
	ck_assert(BIO_ADDR_rawmake(address, AF_INET, &peer.sin_addr,
		      sizeof(peer.sin_addr), peer.sin_port) == 1);
	ck_assert(quic.set1_initial_peer_addr(pair->client, address) == 1);
	BIO_ADDR_free(address);
	ck_assert(quic.listen(pair->listener) == 1);
}

/* 1: completed; 0: failed; -1: to be called again. */
static int
step(SSL *ssl)
{
	const int ret = SSL_do_handshake(ssl);

	if (ret == 1)
		return 1;
	switch (SSL_get_error(ssl, ret)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return -1;
	default:
		return 0;
	}
}

static time_t
now(void)
{
	struct timespec at;

	ck_assert(clock_gettime(CLOCK_MONOTONIC, &at) == 0);
	return at.tv_sec;
}

void
quic_pause(const struct quic_pair *pair)
{
	struct pollfd fds[] = { { .fd = pair->sockets[0], .events = POLLIN },
		{ .fd = pair->sockets[1], .events = POLLIN } };

	(void)quic.handle_events(pair->client);
	(void)quic.handle_events(pair->listener);
	(void)poll(fds, 2, 1);
}

void
quic_accept(struct quic_pair *pair)
{
	const time_t end = now() + SECONDS_MAX;

	while (pair->server == NULL && now() < end) {
		(void)step(pair->client);
		quic_pause(pair);
		pair->server =
		    quic.accept_connection(pair->listener, ACCEPT_NO_BLOCK);
	}
	ck_assert_ptr_nonnull(pair->server);
}

int
quic_handshake(struct quic_pair *pair)
{
	const time_t end = now() + SECONDS_MAX;
	int client = -1, server = -1;

	ERR_clear_error();
	while ((client != 1 || server != 1) && now() < end) {
		if (client != 1 && (client = step(pair->client)) == 0)
			return 0;
		quic_pause(pair);
		if (pair->server == NULL)
			pair->server = quic.accept_connection(
			    pair->listener, ACCEPT_NO_BLOCK);
		if (pair->server != NULL && server != 1 &&
		    (server = step(pair->server)) == 0)
			return 0;
	}
	return client == 1 && server == 1 ? 1 : -1;
}

void
quic_close(struct quic_pair *pair)
{
	SSL_free(pair->server);
	SSL_free(pair->client);
	SSL_free(pair->listener);
	ERR_clear_error();
}

SSL *
quic_object(const struct quic_pair *pair, enum quic_object kind, SSL *domain)
{
	switch (kind) {
	case QUIC_STREAM:
		return quic.new_stream(pair->client, 0);
	case QUIC_ONE_WAY:
		return quic.new_stream(pair->client, STREAM_ONE_WAY);
	case QUIC_DOMAIN:
		return quic.new_domain(SSL_get_SSL_CTX(pair->listener), 0);
	case QUIC_FROM_DOMAIN:
		return domain == NULL ? NULL : quic.from_domain(domain, 0);
	default:
		return quic.from_listener(pair->listener, 0);
	}
}
