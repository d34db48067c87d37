/* SPDX-License-Identifier: MIT */
/* The address of a connection's peer. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "address.h"

/*
 * The method of OpenSSL's own that a BIO with a descriptor is of, told by its
 * name as well: a program's own may have the type, and other data.
 */
static const BIO_METHOD *
own_method(const BIO *bio)
{
	static const struct {
		int type;
		const char *name;
		const BIO_METHOD *(*method)(void);
	} known[] = {
		{ BIO_TYPE_SOCKET, "socket", BIO_s_socket },
		{ BIO_TYPE_CONNECT, "socket connect", BIO_s_connect },
		{ BIO_TYPE_ACCEPT, "socket accept", BIO_s_accept },
		{ BIO_TYPE_DGRAM, "datagram socket", BIO_s_datagram },
		{ BIO_TYPE_FD, "file descriptor", BIO_s_fd },
	};
	const char *name = BIO_method_name(bio);

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (BIO_method_type(bio) == known[i].type && name != NULL &&
		    strcmp(name, known[i].name) == 0)
			return known[i].method();
	return NULL;
}

/*
 * The descriptor of the BIO that is read from.  OpenSSL's own are asked past
 * BIO_ctrl(), of which a callback of the program's would hear.
 */
static int
socket_of(BIO *bio)
{
	const BIO_METHOD *method;
	int fd = -1;

	if (bio == NULL)
		return -1;
	method = own_method(bio);
	if (method != NULL && real()->get_ctrl != NULL)
		return real()->get_ctrl(method)(bio, BIO_C_GET_FD, 0, &fd) < 0
		    ? -1
		    : fd;
	if (BIO_get_callback_ex(bio) != NULL || BIO_get_fd(bio, &fd) < 0)
		return -1;
	return fd;
}

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_storage all;
};

/* A server of DTLS may have one socket for all: its BIO knows who spoke. */
static bool
read_peer(BIO *bio, union address *at)
{
	const int fd = socket_of(bio);
	socklen_t size = sizeof(*at);

	memset(at, 0, sizeof(*at));
	if (fd < 0)
		return false;
	if (getpeername(fd, &at->any, &size) == 0)
		return true;
	return own_method(bio) == BIO_s_datagram() &&
	    real()->get_ctrl != NULL &&
	    real()->get_ctrl(BIO_s_datagram())(
		bio, BIO_CTRL_DGRAM_GET_PEER, sizeof(*at), at) > 0;
}

void
address_of(const SSL *ssl, char peer[PEER_SIZE])
{
	BIO *bio = SSL_get_rbio(ssl);
	char text[INET6_ADDRSTRLEN];
	union address at;

	peer[0] = '\0';
	if (bio != NULL)
		bio = BIO_find_type(bio, BIO_TYPE_DESCRIPTOR);
	if (!read_peer(bio, &at))
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
