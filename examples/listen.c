/* SPDX-License-Identifier: MIT */
/* The listener of the examples that serve. */
#include <stdio.h>

#include "compat.h"
#include "server.h"

BIO *
listen_on(const char *host, const char *port)
{
	char name[32];
	BIO *listener;

	snprintf(name, sizeof(name), "%s:%s", host, port);
	if ((listener = BIO_new_accept(name)) == NULL)
		return NULL;
	BIO_set_bind_mode(listener, BIO_BIND_REUSEADDR);
	BIO_set_nbio(listener, 1);
	if (BIO_do_accept(listener) <= 0 ||
	    !BIO_socket_nbio((int)BIO_get_fd(listener, NULL), 1)) {
		BIO_free_all(listener);
		return NULL;
	}
	printf("listening on %s:%s\n", host, BIO_get_accept_port(listener));
	fflush(stdout);
	return listener;
}
