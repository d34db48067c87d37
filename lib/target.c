/* SPDX-License-Identifier: MIT */
/*
 * The settings of a context or of one connection, by the same calls.  Versions
 * are told in TLS terms on DTLS too: DTLS 1.0 is TLS 1.1, and so on.
 */
#include <string.h>

#include "internal.h"

bool
tlsp_is_dtls(const struct target *target)
{
	return target->ssl != NULL
	    ? SSL_is_dtls(target->ssl) == 1
	    : tlsp_method_is_dtls(SSL_CTX_get_ssl_method(target->ctx));
}

const STACK_OF(SSL_CIPHER) * tlsp_ciphers(const struct target *target)
{
	return target->ssl != NULL ? SSL_get_ciphers(target->ssl)
				   : SSL_CTX_get_ciphers(target->ctx);
}

void
tlsp_settings_read(const struct target *target, struct settings *out)
{
	SSL_CTX *ctx = target->ctx;
	SSL *ssl = target->ssl;
	long min = ssl != NULL ? SSL_get_min_proto_version(ssl)
			       : SSL_CTX_get_min_proto_version(ctx);
	long max = ssl != NULL ? SSL_get_max_proto_version(ssl)
			       : SSL_CTX_get_max_proto_version(ctx);

	out->min = tlsp_version_as_tls((int)min);
	out->max = tlsp_version_as_tls((int)max);
	out->level = ssl != NULL ? SSL_get_security_level(ssl)
				 : SSL_CTX_get_security_level(ctx);
	out->options =
	    ssl != NULL ? SSL_get_options(ssl) : SSL_CTX_get_options(ctx);
}

bool
tlsp_set_bounds(const struct target *target, int min, int max)
{
	bool dtls = tlsp_is_dtls(target);

	min = tlsp_version_on(dtls, min);
	max = tlsp_version_on(dtls, max);
	if (target->ssl != NULL)
		return SSL_set_min_proto_version(target->ssl, min) == 1 &&
		    SSL_set_max_proto_version(target->ssl, max) == 1;
	return SSL_CTX_set_min_proto_version(target->ctx, min) == 1 &&
	    SSL_CTX_set_max_proto_version(target->ctx, max) == 1;
}

bool
tlsp_settings_write(const struct target *target, const struct settings *to)
{
	struct settings now;

	tlsp_settings_read(target, &now);
	if (target->ssl != NULL) {
		SSL_set_security_level(target->ssl, to->level);
		(void)SSL_clear_options(
		    target->ssl, now.options & ~to->options);
		(void)SSL_set_options(target->ssl, to->options);
	} else {
		SSL_CTX_set_security_level(target->ctx, to->level);
		(void)SSL_CTX_clear_options(
		    target->ctx, now.options & ~to->options);
		(void)SSL_CTX_set_options(target->ctx, to->options);
	}
	return tlsp_set_bounds(target, to->min, to->max);
}

void
tlsp_close(const struct target *target)
{
	if (target->ssl != NULL)
		(void)SSL_set_options(target->ssl, SSL_OP_NO_SSL_MASK);
	else
		(void)SSL_CTX_set_options(target->ctx, SSL_OP_NO_SSL_MASK);
}

static bool
ssl_set_list(SSL *ssl, enum list_kind kind, const char *list)
{
	/* OpenSSL's macros cast the const away themselves, and warn. */
	char *text = (char *)(uintptr_t)list;

	switch (kind) {
	case LIST_CIPHERS:
		return SSL_set_cipher_list(ssl, list) == 1;
	case LIST_CIPHERSUITES:
		return SSL_set_ciphersuites(ssl, list) == 1;
	case LIST_GROUPS:
		return SSL_set1_groups_list(ssl, text) == 1;
	default:
		return SSL_set1_sigalgs_list(ssl, text) == 1;
	}
}

static bool
ctx_set_list(SSL_CTX *ctx, enum list_kind kind, const char *list)
{
	char *text = (char *)(uintptr_t)list;

	switch (kind) {
	case LIST_CIPHERS:
		return SSL_CTX_set_cipher_list(ctx, list) == 1;
	case LIST_CIPHERSUITES:
		return SSL_CTX_set_ciphersuites(ctx, list) == 1;
	case LIST_GROUPS:
		return SSL_CTX_set1_groups_list(ctx, text) == 1;
	default:
		return SSL_CTX_set1_sigalgs_list(ctx, text) == 1;
	}
}

bool
tlsp_set_list(
    const struct target *target, enum list_kind kind, const char *list)
{
	return target->ssl != NULL ? ssl_set_list(target->ssl, kind, list)
				   : ctx_set_list(target->ctx, kind, list);
}

/* Gives a new connection what one that is older may have of its own. */
static bool
copy_connection(const SSL *from, SSL *to)
{
	const struct target source = { .ssl = (SSL *)(uintptr_t)from };
	const struct target copy = { .ssl = to };
	struct settings settings;

	tlsp_settings_read(&source, &settings);
	SSL_set_security_callback(to, SSL_get_security_callback(from));
	SSL_set0_security_ex_data(to, SSL_get0_security_ex_data(from));
	return tlsp_settings_write(&copy, &settings) &&
	    tlsp_ciphers_put(&copy, LIST_CIPHERSUITES, SSL_get_ciphers(from)) &&
	    tlsp_ciphers_put(&copy, LIST_CIPHERS, SSL_get_ciphers(from));
}

SSL *
tlsp_scratch(const struct target *target)
{
	SSL_CTX *ctx = target->ctx;
	SSL *scratch;

	if (target->ssl != NULL)
		ctx = SSL_get_SSL_CTX(target->ssl);
	if ((scratch = SSL_new(ctx)) == NULL)
		return NULL;
	if (!tlsp_connect_state(scratch) ||
	    (target->ssl != NULL && !copy_connection(target->ssl, scratch))) {
		SSL_free(scratch);
		return NULL;
	}
	return scratch;
}
