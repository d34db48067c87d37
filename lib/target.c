/* SPDX-License-Identifier: MIT */
/*
 * The settings of a context or of one connection, by the same calls.  Versions
 * are told in TLS terms on DTLS too: DTLS 1.0 is TLS 1.1, and so on.
 */
#include <string.h>

#include "internal.h"

static SSL_CTX *
ctx_of(const struct target *target)
{
	return target->ssl != NULL ? SSL_get_SSL_CTX(target->ssl) : target->ctx;
}

bool
tlsp_is_dtls(const struct target *target)
{
	const SSL_METHOD *method;

	if (target->ssl != NULL)
		return SSL_is_dtls(target->ssl) == 1;
	method = SSL_CTX_get_ssl_method(target->ctx);
	/* To go through all methods would take longer than most of a call. */
	return tlsp_transport(method) != TRANSPORT_TLS &&
	    tlsp_method_is_dtls(method);
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
	if (tlsp_is_quic(ctx_of(target)))
		out->options &= ~(uint64_t)SSL_OP_NO_SSL_MASK;
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

static void
set_level(const struct target *target, int level)
{
	if (target->ssl != NULL)
		SSL_set_security_level(target->ssl, level);
	else
		SSL_CTX_set_security_level(target->ctx, level);
}

static void
set_options(const struct target *target, uint64_t off, uint64_t on)
{
	if (target->ssl != NULL) {
		(void)SSL_clear_options(target->ssl, off);
		(void)SSL_set_options(target->ssl, on);
	} else {
		(void)SSL_CTX_clear_options(target->ctx, off);
		(void)SSL_CTX_set_options(target->ctx, on);
	}
}

bool
tlsp_settings_write(const struct target *target, const struct settings *now,
    const struct settings *to)
{
	struct settings read;

	if (now == NULL) {
		tlsp_settings_read(target, &read);
		now = &read;
	}
	if (to->level != now->level)
		set_level(target, to->level);
	if (to->options != now->options)
		set_options(target, now->options & ~to->options, to->options);
	return (to->min == now->min && to->max == now->max) ||
	    tlsp_set_bounds(target, to->min, to->max);
}

static int
refuse(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid,
    void *other, void *ex)
{
	(void)ssl;
	(void)ctx;
	(void)op;
	(void)bits;
	(void)nid;
	(void)other;
	(void)ex;
	return 0;
}

void
tlsp_close(const struct target *target)
{
	/* QUIC takes no notice of the options. */
	if (tlsp_is_quic(ctx_of(target)))
		SSL_CTX_set_security_callback(target->ctx, refuse);
	else if (target->ssl != NULL)
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
	if (!tlsp_settings_write(&copy, NULL, &settings))
		return false;
	/* It has no list of its own. */
	if (SSL_get_ciphers(from) == SSL_get_ciphers(to))
		return true;
	return tlsp_ciphers_put(
		   &copy, LIST_CIPHERSUITES, SSL_get_ciphers(from)) &&
	    tlsp_ciphers_put(&copy, LIST_CIPHERS, SSL_get_ciphers(from));
}

/*
 * SSL_new() has none for QUIC servers, and an expensive one for clients.  One
 * of TLS knows the same suites, level and names once it is moved to the
 * context.
 */
static SSL *
new_for_quic(SSL_CTX *ctx)
{
	SSL_CTX *plain = SSL_CTX_new(TLS_method());
	SSL *ssl = plain == NULL ? NULL : SSL_new(plain);

	SSL_CTX_free(plain);
	if (ssl != NULL && SSL_set_SSL_CTX(ssl, ctx) == ctx)
		return ssl;
	SSL_free(ssl);
	return NULL;
}

/* What OpenSSL leaves to QUIC. */
static bool
bind_to_quic(SSL *ssl)
{
	SSL_clear_options(ssl, SSL_OP_NO_SSL_MASK);
	return tlsp_set_bounds(
	    &(struct target){ .ssl = ssl }, TLS1_3_VERSION, TLS1_3_VERSION);
}

SSL *
tlsp_scratch(const struct target *target)
{
	SSL_CTX *ctx = ctx_of(target);
	bool quic = tlsp_is_quic(ctx);
	SSL *scratch = quic ? new_for_quic(ctx) : SSL_new(ctx);

	if (scratch == NULL)
		return NULL;
	if (!tlsp_connect_state(scratch) ||
	    (target->ssl != NULL && !copy_connection(target->ssl, scratch)) ||
	    (quic && !bind_to_quic(scratch))) {
		SSL_free(scratch);
		return NULL;
	}
	return scratch;
}
