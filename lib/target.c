/* SPDX-License-Identifier: MIT */
/*
 * The settings of a context or of one connection, by the same calls.  Versions
 * are told in TLS terms on DTLS too: DTLS 1.0 is TLS 1.1, and so on.
 */
#include <openssl/crypto.h>

#include "internal.h"

/* The function of this name that OpenSSL has for both. */
#define GET(target, name) \
	((target)->ssl != NULL ? SSL_##name((target)->ssl) \
			       : SSL_CTX_##name((target)->ctx))
#define SET(target, name, value) \
	((target)->ssl != NULL ? SSL_##name((target)->ssl, (value)) \
			       : SSL_CTX_##name((target)->ctx, (value)))

struct target
tlsp_target(SSL_CTX *ctx, SSL *ssl)
{
	struct target target = { .ctx = ctx, .ssl = ssl };
	struct method method;

	if (ssl != NULL)
		target.ctx = SSL_get_SSL_CTX(ssl);
	method = tlsp_method(SSL_CTX_get_ssl_method(target.ctx));
	target.quic = method.pinned && tlsp_is_quic(target.ctx);
	target.pinned = method.pinned && !target.quic;
	/* A DTLS connection may have been moved to a context for TLS. */
	target.dtls = ssl != NULL ? SSL_is_dtls(ssl) == 1 : method.dtls;
	return target;
}

struct target
tlsp_target_on(const struct target *target, SSL *ssl)
{
	struct target other = *target;

	other.ssl = ssl;
	other.dtls = ssl != NULL && SSL_is_dtls(ssl) == 1;
	return other;
}

const STACK_OF(SSL_CIPHER) *
tlsp_ciphers(const struct target *target)
{
	return GET(target, get_ciphers);
}

void
tlsp_settings_read(const struct target *target, struct settings *out)
{
	out->min = tlsp_version_as_tls((int)GET(target, get_min_proto_version));
	out->max = tlsp_version_as_tls((int)GET(target, get_max_proto_version));
	out->level = GET(target, get_security_level);
	out->options = GET(target, get_options);
	if (target->quic)
		out->options &= ~(uint64_t)SSL_OP_NO_SSL_MASK;
}

bool
tlsp_set_bounds(const struct target *target, int min, int max)
{
	min = tlsp_version_on(target->dtls, min);
	max = tlsp_version_on(target->dtls, max);
	return SET(target, set_min_proto_version, min) == 1 &&
	    SET(target, set_max_proto_version, max) == 1;
}

bool
tlsp_settings_write(const struct target *target, const struct settings *to)
{
	struct settings now;

	tlsp_settings_read(target, &now);
	SET(target, set_security_level, to->level);
	(void)SET(target, clear_options, now.options & ~to->options);
	(void)SET(target, set_options, to->options);
	return (to->min == now.min && to->max == now.max) ||
	    TWICE(tlsp_set_bounds(target, to->min, to->max));
}

void
tlsp_close(const struct target *target)
{
	/*
	 * QUIC takes no notice of the options, nor does a connection whose
	 * version is chosen already.
	 */
	if (target->quic || target->ssl != NULL) {
		SET(target, set_security_callback, tlsp_answer);
		SET(target, set0_security_ex_data, NULL);
	}
	if (!target->quic)
		(void)SET(target, set_options, SSL_OP_NO_SSL_MASK);
}

bool
tlsp_set_list(
    const struct target *target, enum list_kind kind, const char *list)
{
	/* OpenSSL's macros cast the const away themselves, and warn. */
	char *text = (char *)(uintptr_t)list;
	long done;

	if (kind == LIST_CIPHERS)
		done = SET(target, set_cipher_list, list);
	else if (kind == LIST_CIPHERSUITES)
		done = SET(target, set_ciphersuites, list);
	else if (kind == LIST_GROUPS)
		done = SET(target, set1_groups_list, text);
	else
		done = SET(target, set1_sigalgs_list, text);
	return done == 1;
}

bool
tlsp_ciphers_put_kind(const struct target *target, enum list_kind kind,
    const STACK_OF(SSL_CIPHER) *ciphers)
{
	char *names = tlsp_ciphers_join(ciphers, kind);
	const char *list = names;
	bool set;

	if (names == NULL)
		return false;
	/* Only a list that matches nothing empties the TLS 1.2 ciphers. */
	if (names[0] == '\0' && kind == LIST_CIPHERS)
		list = "TLS_AES_128_GCM_SHA256";
	/* Failing, it may have changed what the next list will bring. */
	set = tlsp_set_list(target, kind, list) || list != names;
	OPENSSL_free(names);
	return set && tlsp_ciphers_same(tlsp_ciphers(target), ciphers, kind);
}

bool
tlsp_ciphers_put(
    const struct target *target, const STACK_OF(SSL_CIPHER) *ciphers, bool own)
{
	bool shared = own && target->ssl != NULL &&
	    tlsp_ciphers(target) == SSL_CTX_get_ciphers(target->ctx);

	/*
	 * What is there already stays: to set it again takes long and can fail.
	 * Ciphers first: with the suites OpenSSL sorts all that there are.  And
	 * a connection that was given another context shows the suites of that
	 * one, and gets those of its first one with ciphers of its own.
	 */
	for (enum list_kind kind = LIST_CIPHERS; kind <= LIST_CIPHERSUITES;
	     kind++) {
		if (!(shared && kind == LIST_CIPHERS) &&
		    tlsp_ciphers_same(tlsp_ciphers(target), ciphers, kind))
			continue;
		if (!tlsp_ciphers_put_kind(target, kind, ciphers))
			return false;
	}
	return true;
}

/* Gives a new connection what one that is older may have of its own. */
static bool
copy_connection(const struct target *from, const struct target *to)
{
	const STACK_OF(SSL_CIPHER) *ciphers = SSL_get_ciphers(from->ssl);
	struct settings settings;

	tlsp_settings_read(from, &settings);
	SSL_set_security_callback(
	    to->ssl, SSL_get_security_callback(from->ssl));
	SSL_set0_security_ex_data(
	    to->ssl, SSL_get0_security_ex_data(from->ssl));
	return tlsp_settings_write(to, &settings) &&
	    tlsp_ciphers_put(to, ciphers, false);
}

SSL *
tlsp_plain(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	SSL *ssl = ctx == NULL ? NULL : SSL_new(ctx);

	SSL_CTX_free(ctx);
	return ssl;
}

/*
 * SSL_new() has none for QUIC servers, and an expensive one for clients.  One
 * of TLS knows the same suites, level and names once it is moved to the
 * context, and versions are none of QUIC's business.
 */
static bool
move_to_quic(const struct target *scratch)
{
	SSL_clear_options(scratch->ssl, SSL_OP_NO_SSL_MASK);
	return SSL_set_SSL_CTX(scratch->ssl, scratch->ctx) == scratch->ctx &&
	    tlsp_set_bounds(scratch, TLS1_3_VERSION, TLS1_3_VERSION);
}

SSL *
tlsp_scratch(const struct target *target)
{
	SSL *ssl = target->quic ? tlsp_plain() : SSL_new(target->ctx);
	const struct target scratch = tlsp_target_on(target, ssl);

	if (ssl == NULL)
		return NULL;
	if ((!target->quic || move_to_quic(&scratch)) &&
	    tlsp_connect_state(ssl) &&
	    (target->ssl == NULL || copy_connection(target, &scratch)))
		return ssl;
	SSL_free(ssl);
	return NULL;
}
