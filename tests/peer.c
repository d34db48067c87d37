/* SPDX-License-Identifier: MIT */
/* Versions, and contexts as a host's configuration makes them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/conf.h>
#include <openssl/err.h>

#include "peer.h"
#include "peer_inside.h"

const struct peer_versions peer_versions[PEER_ALL_VERSIONS] = {
	{ TLS1_VERSION, SSL_OP_NO_TLSv1, "TLSv1" },
	{ TLS1_1_VERSION, SSL_OP_NO_TLSv1_1, "TLSv1.1" },
	{ TLS1_2_VERSION, SSL_OP_NO_TLSv1_2, "TLSv1.2" },
	{ TLS1_3_VERSION, SSL_OP_NO_TLSv1_3, "TLSv1.3" },
	/* Where DTLS has an equal; in sets they are the TLS version. */
	[PEER_VERSIONS + 1] = { DTLS1_VERSION, SSL_OP_NO_DTLSv1, "DTLSv1" },
	[PEER_VERSIONS + 2] = { DTLS1_2_VERSION, SSL_OP_NO_DTLSv1_2,
	    "DTLSv1.2" },
};

void
peer_must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "the test harness failed: %s\n", what);
	ERR_print_errors_fp(stderr);
	abort();
}

int
peer_version(unsigned index)
{
	return peer_versions[index].number;
}

uint64_t
peer_option(unsigned index)
{
	return peer_versions[index].option;
}

const char *
peer_version_name(unsigned index)
{
	return peer_versions[index].name;
}

const char *
peer_set_name(unsigned set)
{
	static char text[8][64];
	static unsigned turn;
	char *at = text[turn++ % 8];
	unsigned i;

	strcpy(at, "{");
	for (i = 0; i < PEER_VERSIONS; i++) {
		if ((set >> i & 1) == 0)
			continue;
		if (at[1] != '\0')
			strcat(at, " ");
		strcat(at, peer_versions[i].name);
	}
	return strcat(at, "}");
}

/* OpenSSL's list macros cast the const away: they get a copy. */
static int
set_list(SSL_CTX *ctx, int command, const char *list)
{
	char copy[1024];

	if (strlen(list) >= sizeof(copy))
		return 0;
	strcpy(copy, list);
	return SSL_CTX_ctrl(ctx, command, 0, copy) == 1;
}

int
peer_set_groups(SSL_CTX *ctx, const char *list)
{
	return set_list(ctx, SSL_CTRL_SET_GROUPS_LIST, list);
}

int
peer_set_sigalgs(SSL_CTX *ctx, const char *list)
{
	return set_list(ctx, SSL_CTRL_SET_SIGALGS_LIST, list);
}

int
peer_find(int number)
{
	int i = 0;

	while (i < PEER_ALL_VERSIONS - 1 && peer_versions[i].number != number)
		i++;
	return i;
}

void
peer_host(const char *lines)
{
	static const char head[] = "openssl_conf = init\n[init]\n"
				   "ssl_conf = ssl\n[ssl]\n"
				   "system_default = host\n[host]\n";
	CONF *conf;
	BIO *text;

	CONF_modules_finish();
	if (lines == NULL)
		return;
	conf = NCONF_new(NULL);
	text = BIO_new(BIO_s_mem());
	peer_must(conf != NULL && text != NULL && BIO_puts(text, head) > 0 &&
		BIO_puts(text, lines) > 0 &&
		NCONF_load_bio(conf, text, NULL) == 1 &&
		CONF_modules_load(conf, NULL, 0) == 1,
	    "host configuration");
	BIO_free(text);
	NCONF_free(conf);
}

int
peer_is_dtls(SSL_CTX *ctx)
{
	SSL *ssl = SSL_new(ctx);
	int yes;

	peer_must(ssl != NULL, "connection");
	yes = SSL_is_dtls(ssl);
	SSL_free(ssl);
	return yes;
}

SSL_CTX *
peer_context(const SSL_METHOD *method, const char *host)
{
	peer_host(host);
	return SSL_CTX_new(method);
}

int
peer_on_transport(int dtls, unsigned index)
{
	unsigned i = dtls ? PEER_VERSIONS + index : index;

	return i < PEER_ALL_VERSIONS && peer_versions[i].number != 0 ? (int)i
								     : -1;
}
