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

/* `asked` are versions that are to be told apart from any not built. */
static int
read_versions(struct view *view, unsigned asked)
{
	struct settings *settings = &view->settings;
	SSL_CTX *ctx = view->ctx;
	bool pinned = !view->quic &&
	    tlsp_transport(SSL_CTX_get_ssl_method(ctx)) == TRANSPORT_PINNED;
	unsigned within, spoken;
	int status = TLSPOLICY_OK;

	view->spoken = tlsp_versions_of(view->dtls, view->quic);
	if (pinned) {
		/* Bounds and options mean nothing to such a method. */
		settings->min = settings->max =
		    tlsp_version_as_tls(SSL_version(view->ssl));
		settings->options &= ~(uint64_t)SSL_OP_NO_SSL_MASK;
	}
	within = tlsp_versions_between(settings->min, settings->max) &
	    ~tlsp_versions_disabled(view->dtls, settings->options);
	if (!pinned) {
		asked = (asked | within) & view->spoken;
		status = tlsp_versions_spoken(ctx, asked, &spoken);
		view->spoken &= ~asked | spoken;
	}
	view->within = within & view->spoken;
	view->enabled = enabled(view);
	return status;
}

int
tlsp_view_offer(struct view *view)
{
	/* NULL is what OpenSSL has for none too: ask again. */
	view->offered = SSL_get1_supported_ciphers(view->ssl);
	if (view->offered == NULL)
		view->offered = SSL_get1_supported_ciphers(view->ssl);
	return view->offered == NULL ? tlsp_check_memory() : TLSPOLICY_OK;
}

/* How many ciphers with different needs a server can choose from: 2 for more.
 */
static int
choices(const struct view *view)
{
	const STACK_OF(SSL_CIPHER) *own = SSL_get_ciphers(view->ssl);
	int certificates = 0, anonymous = 0;
	long more = SSL_set_current_cert(view->ssl, SSL_CERT_SET_FIRST);

	for (; more == 1;
	     more = SSL_set_current_cert(view->ssl, SSL_CERT_SET_NEXT))
		certificates++;
	for (int i = 0; i < sk_SSL_CIPHER_num(own); i++) {
		if (tlsp_cipher_keys(sk_SSL_CIPHER_value(own, i)) == 0)
			anonymous = 1;
	}
	return certificates + anonymous;
}

int
tlsp_view_order(struct view *view)
{
	SSL *other;

	if ((view->settings.options & SSL_OP_CIPHER_SERVER_PREFERENCE) != 0 ||
	    choices(view) < 2)
		return TLSPOLICY_OK;
	other = tlsp_scratch(&(struct target){ .ctx = view->ctx });
	if (other != NULL && SSL_set_cipher_list(other, "ALL:eNULL") == 1)
		view->everyone = sk_SSL_CIPHER_dup(SSL_get_ciphers(other));
	SSL_free(other);
	if (view->everyone == NULL)
		return tlsp_fail(
		    TLSPOLICY_E_OPENSSL, "OpenSSL could not list its ciphers");
	return TLSPOLICY_OK;
}

static void
read_served(const SSL *ssl, enum list_kind kind, const struct offer *offer,
    unsigned char served[HELLO_MAX])
{
	for (size_t i = 0; i < offer->count; i++)
		served[i] = (unsigned char)tlsp_serves(
		    ssl, kind, tlsp_name_of(kind, offer->code[i]));
}

int
tlsp_view_open(struct view *view, const struct target *target, unsigned asked)
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
	if ((status = read_versions(view, asked)) != TLSPOLICY_OK)
		return status;
	status = tlsp_hello_read(view->ctx, LIST_GROUPS, NULL, &view->own);
	if (status != TLSPOLICY_OK)
		return status;
	read_served(view->ssl, LIST_GROUPS, &view->own.groups, view->groups);
	read_served(view->ssl, LIST_SIGALGS, &view->own.sigalgs, view->sigalgs);
	view->shares = tlsp_sends_share(view->ctx, view->ssl);
	return TLSPOLICY_OK;
}

void
tlsp_view_close(struct view *view)
{
	sk_SSL_CIPHER_free(view->offered);
	sk_SSL_CIPHER_free(view->everyone);
	SSL_free(view->ssl);
	memset(view, 0, sizeof(*view));
}
