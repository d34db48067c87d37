/* SPDX-License-Identifier: MIT */
/* A file of hosts with a policy each, and their contexts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/err.h>

#include "sni.h"

enum { LINE = 4500 };

const struct host *
find(const struct table *table, const void *name, size_t len)
{
	for (unsigned i = 0; i < table->count; i++)
		if (strlen(table->host[i].name) == len &&
		    strncasecmp(table->host[i].name, name, len) == 0)
			return &table->host[i];
	return NULL;
}

void
drop(struct table *table)
{
	if (table == NULL || --table->users > 0)
		return;
	for (unsigned i = 0; i < table->count; i++) {
		SSL_CTX_free(table->host[i].ctx);
		tlspolicy_free(table->host[i].policy);
	}
	free(table);
}

static bool
make_context(struct host *host, unsigned index)
{
	SSL_CTX *ctx = host->ctx = SSL_CTX_new(TLS_server_method());

	if (tlspolicy_apply_ctx(ctx, host->policy, TLSPOLICY_OVERRIDE) !=
	    TLSPOLICY_OK)
		return false;
	/* No host's session is resumed with another. */
	SSL_CTX_set_session_id_context(
	    ctx, (unsigned char *)&index, sizeof(index));
	/* On each: after a HelloRetryRequest the new context's is called. */
	SSL_CTX_set_client_hello_cb(ctx, on_hello, NULL);
	return true;
}

/*
 * After the policy, for certificates are loaded under its level.  These are
 * for localhost; here a real server loads the host's own.
 */
static bool
add_certs(const struct host *host, const char *ca)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s.pem", ca ? ca : "", host->name);
	return make_certs(host->ctx, ca != NULL ? path : NULL);
}

/* NULL, or what is wrong with a line of the file. */
static const char *
add_host(struct table *table, const char *line)
{
	struct host *host = &table->host[table->count];
	int len = 0;
	SSL *ssl;
	bool good;

	if (table->count == HOSTS ||
	    sscanf(line, "%255[a-z0-9.-]%n", host->name, &len) != 1 ||
	    find(table, host->name, strlen(host->name)) != NULL)
		return "too many hosts, one twice, or not a name in lower case";
	table->count++;
	if (tlspolicy_parse(&host->policy, line + len) != TLSPOLICY_OK ||
	    !make_context(host, table->count))
		return reason();
	/* What on_hello() will do must work. */
	ssl = SSL_new(table->host[0].ctx);
	good = ssl != NULL && become(ssl, host);
	SSL_free(ssl);
	return good ? NULL : reason();
}

struct table *
read_file(const char *file, const char *ca)
{
	struct table *table = calloc(1, sizeof(*table));
	FILE *in = fopen(file, "r");
	const char *wrong = in == NULL || table == NULL ? "cannot read" : NULL;
	char line[LINE];
	unsigned number = 0;

	while (wrong == NULL && fgets(line, LINE, in) != NULL) {
		number++;
		if (line[0] != '#' && line[0] != '\n')
			wrong = add_host(table, line);
	}
	if (wrong == NULL && (ferror(in) || table->count == 0))
		wrong = "there is no host in it";
	for (unsigned i = 0; wrong == NULL && i < table->count; i++)
		wrong = add_certs(&table->host[i], ca) ? NULL : reason();
	if (in != NULL)
		fclose(in);
	if (table != NULL)
		table->users = 1;
	if (wrong == NULL)
		return table;
	fprintf(stderr, "sni: %s, line %u: %s\n", file, number, wrong);
	drop(table);
	return NULL;
}
