/* SPDX-License-Identifier: MIT */
#ifndef TESTS_QUIC_H
#define TESTS_QUIC_H

#include <openssl/ssl.h>

/*
 * QUIC over the loopback interface.  Its functions are looked up by name in the
 * OpenSSL that is loaded, so that a test built with older headers has them too
 * and one built with newer headers loads without them.
 */

/* OSSL_QUIC_client_method() and its like; NULL where OpenSSL has none. */
const SSL_METHOD *quic_client(void);
const SSL_METHOD *quic_client_thread(void);
const SSL_METHOD *quic_server(void);

struct quic_pair {
	SSL *client, *listener;
	SSL *server; /* NULL until quic_accept() */
	int sockets[2];
};

/* The server's context gets the callback for ALPN that QUIC asks for. */
void quic_open(struct quic_pair *pair, SSL_CTX *client, SSL_CTX *server);
/* As far as there is a server that has not been called yet. */
void quic_accept(struct quic_pair *pair);
/*
 * 1: both have completed; 0: one has failed, its errors are on the queue; -1:
 * time is up.
 */
int quic_handshake(struct quic_pair *pair);
/* What is to be done between calls: receive, and wait a little for more. */
void quic_pause(const struct quic_pair *pair);
void quic_close(struct quic_pair *pair);

/* Other objects that are an SSL to OpenSSL, for SSL_free(); or NULL. */
enum quic_object {
	QUIC_STREAM,
	QUIC_ONE_WAY,
	QUIC_DOMAIN,       /* of the client's context */
	QUIC_FROM_DOMAIN,  /* a listener */
	QUIC_FROM_LISTENER /* a client's connection */
};
/* Of a pair whose handshake is complete; `domain` may be NULL. */
SSL *quic_object(
    const struct quic_pair *pair, enum quic_object kind, SSL *domain);

#endif
