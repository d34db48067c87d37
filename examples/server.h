/* SPDX-License-Identifier: MIT */
/* What the files of the server example share. */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>
#include <time.h>

#include <openssl/ssl.h>

#include <tlspolicy.h>

/* Seconds for a handshake, for a request, and for an answer. */
enum { LIMIT = 10 };

/* server.c: after an operation that failed, waits until it can go on. */
bool again(BIO *tls, time_t deadline);

/*
 * listen.c: tells where it listens; NULL on failure.  Neither it nor the
 * clients' sockets ever block.  Port 0 takes a free one.
 */
BIO *listen_on(const char *host, const char *port);

/* page.c: OpenSSL's name for the group; "-" for RSA key exchange. */
const char *group_name(SSL *ssl);

/* page.c: reads a request and answers it. */
void answer(BIO *tls, SSL *ssl, const struct tlspolicy *policy);

/*
 * selfsigned.c: gives ctx new certificates for this machine; path may be NULL,
 * or a file to write them to for clients to trust.
 */
bool make_certs(SSL_CTX *ctx, const char *path);

#endif
