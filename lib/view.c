/* SPDX-License-Identifier: MIT */
/* Reading what decides the handshakes of a context or a connection. */
#include <string.h>

#include "internal.h"

/* OpenSSL's own test of each version, but for holes. */
static unsigned
enabled(const struct view *view)
{
	unsigned set = view->within;

	if ((SSL_set_cert_flags(view->ssl, 0) & SSL_CERT_FLAG_SUITEB_128_LOS) !=
	    0)
		set &= ~VERSIONS_OLD; /* RFC 6460 */
	for (unsigned bit = 1; bit < VERSIONS_ALL; bit <<= 1) {
		if ((set & bit) != 0 &&
		    !tlsp_allowed(view->ssl, SSL_SECOP_VERSION, 0,
			tlsp_version_on(view->dtls, tlsp_version_lowest(bit)),
			NULL))
			set &= ~bit;
	}
	return set;
}

static int
read_versions(struct view *view)
{
	struct settings *settings = &view->settings;
	SSL_CTX *ctx = view->ctx;
	int status = TLSPOLICY_OK;

	view->spoken = tlsp_versions_of(view->dtls, view->quic);
	if (!view->quic &&
	    tlsp_transport(SSL_CTX_get_ssl_method(ctx)) == TRANSPORT_PINNED) {
		/* Bounds and options mean nothing to such a method. */
		settings->min = settings->max =
		    tlsp_version_as_tls(SSL_version(view->ssl));
		settings->options &= ~(uint64_t)SSL_OP_NO_SSL_MASK;
	} else {
		status = tlsp_versions_spoken(ctx, view->spoken, &view->spoken);
	}
	view->within = tlsp_versions_between(settings->min, settings->max) &
	    ~tlsp_versions_disabled(view->dtls, settings->options) &
	    view->spoken;
	view->enabled = enabled(view);
	return status;
}

static int
read_ciphers(struct view *view)
{
	SSL *other = tlsp_scratch(&(struct target){ .ctx = view->ctx });

	/* NULL is what OpenSSL has for none too: ask again. */
	view->offered = SSL_get1_supported_ciphers(view->ssl);
	if (view->offered == NULL)
		view->offered = SSL_get1_supported_ciphers(view->ssl);
	if (other != NULL && SSL_set_cipher_list(other, "ALL:eNULL") == 1)
		view->everyone = sk_SSL_CIPHER_dup(SSL_get_ciphers(other));
	SSL_free(other);
	if (view->everyone == NULL)
		return tlsp_fail(
		    TLSPOLICY_E_OPENSSL, "OpenSSL could not list its ciphers");
	return view->offered == NULL ? tlsp_check_memory() : TLSPOLICY_OK;
}

int
tlsp_view_open(struct view *view, const struct target *target)
{
	int status;

	memset(view, 0, sizeof(*view));
	view->ctx =
	    target->ssl != NULL ? SSL_get_SSL_CTX(target->ssl) : target->ctx;
	view->quic = tlsp_is_quic(view->ctx);
	if ((view->ssl = tlsp_scratch(target)) == NULL)
		return tlsp_fail(TLSPOLICY_E_OPENSSL,
		    "OpenSSL could not make a connection of the context");
	view->dtls = SSL_is_dtls(view->ssl) == 1;
	tlsp_settings_read(target, &view->settings);
	if ((status = read_versions(view)) != TLSPOLICY_OK)
		return status;
	if ((status = read_ciphers(view)) != TLSPOLICY_OK)
		return status;
	status = tlsp_hello_read(view->ctx, LIST_GROUPS, NULL, &view->own);
	view->shares =
	    status == TLSPOLICY_OK && tlsp_sends_share(view->ctx, view->ssl);
	return status;
}

void
tlsp_view_close(struct view *view)
{
	sk_SSL_CIPHER_free(view->offered);
	sk_SSL_CIPHER_free(view->everyone);
	SSL_free(view->ssl);
	memset(view, 0, sizeof(*view));
}
