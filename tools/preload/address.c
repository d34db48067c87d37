/* SPDX-License-Identifier: MIT */
/* The address of a connection's peer. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "address.h"

/*
 * The socket of the BIO that is read from.  One with a callback of the
 * program's is not asked: the callback would hear of it.
 */
static int
socket_of(const SSL *ssl)
{
	BIO *bio = SSL_get_rbio(ssl);
	int fd = -1;

	if (bio != NULL)
		bio = BIO_find_type(bio, BIO_TYPE_DESCRIPTOR);
	if (bio == NULL || BIO_get_callback_ex(bio) != NULL ||
	    BIO_get_fd(bio, &fd) < 0)
		return -1;
	return fd;
}

void
address_of(const SSL *ssl, char peer[PEER_SIZE])
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_storage all;
	} at;
	socklen_t size = sizeof(at);
	char text[INET6_ADDRSTRLEN];
	const int fd = socket_of(ssl);

	peer[0] = '\0';
	if (fd < 0 || getpeername(fd, &at.any, &size) != 0)
		return;
	if (at.any.sa_family == AF_INET &&
	    inet_ntop(AF_INET, &at.in.sin_addr, text, sizeof(text)) != NULL)
		(void)snprintf(peer, PEER_SIZE, "%s:%u", text,
		    (unsigned)ntohs(at.in.sin_port));
	else if (at.any.sa_family == AF_INET6 &&
	    inet_ntop(AF_INET6, &at.in6.sin6_addr, text, sizeof(text)) != NULL)
		(void)snprintf(peer, PEER_SIZE, "[%s]:%u", text,
		    (unsigned)ntohs(at.in6.sin6_port));
}
