/* SPDX-License-Identifier: MIT */
/* What the files of the sni example share. */
#ifndef SNI_H
#define SNI_H

#include "server.h"

enum { HOSTS = 64, NAME = 255 };

struct host {
	char name[NAME + 1];
	struct tlspolicy *policy;
	SSL_CTX *ctx;
};

/* What one reading of the file made; it never changes afterwards. */
struct table {
	unsigned users, count;
	struct host host[HOSTS];
};

/* A connection, which keeps to the table that it began with. */
struct visit {
	struct table *table;
	const struct host *host; /* NULL: not known yet */
};

/* sni.c: this library's sentence, or OpenSSL's root cause. */
const char *reason(void);

/* sni.c: makes a connection this host's, versions included. */
bool become(SSL *ssl, const struct host *host);

/* sni.c: the client-hello callback; the connection's app data is a visit. */
int on_hello(SSL *ssl, int *alert, void *arg);

/*
 * hosts.c: the hosts of a file, or NULL with the reason on standard error.
 * For clients to trust, certificates are written to HOST.pem in directory ca,
 * which may be NULL.
 */
struct table *read_file(const char *file, const char *ca);

/* hosts.c: one user of the table less; the last frees it.  NULL is ignored. */
void drop(struct table *table);

/* hosts.c: the host of that name, in any case, or NULL. */
const struct host *find(
    const struct table *table, const void *name, size_t len);

#endif
