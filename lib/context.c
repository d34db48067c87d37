/* SPDX-License-Identifier: MIT */
/* What a context permits, as a policy, and held against another policy. */
#include <string.h>

#include <openssl/crypto.h>

#include "internal.h"

/* The ciphers and suites that the security level lets through. */
static STACK_OF(SSL_CIPHER) * ciphers_allowed(const struct view *view)
{
	const STACK_OF(SSL_CIPHER) *all = SSL_get_ciphers(view->ssl);
	STACK_OF(SSL_CIPHER) *allowed = sk_SSL_CIPHER_new_null();

	for (int i = 0; allowed != NULL && i < sk_SSL_CIPHER_num(all); i++) {
		const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(all, i);

		if (view->quic && !tlsp_is_for_quic(cipher))
			continue;
		/* A client asks for the one, a server for the other. */
		if (!tlsp_cipher_allowed(
			view->ssl, SSL_SECOP_CIPHER_SUPPORTED, cipher) &&
		    !tlsp_cipher_allowed(
			view->ssl, SSL_SECOP_CIPHER_SHARED, cipher))
			continue;
		if (sk_SSL_CIPHER_push(allowed, cipher) <= 0) {
			sk_SSL_CIPHER_free(allowed);
			return NULL;
		}
	}
	return allowed;
}

/* Whether the security level leaves a version to a role of the method. */
static bool
is_left(const struct view *view, unsigned bit)
{
	static const enum tlspolicy_role roles[] = { TLSPOLICY_CLIENT,
		TLSPOLICY_SERVER };

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		if (!tlsp_lacks(view->ctx, roles[i]) &&
		    tlsp_view_verdict(view, roles[i], bit) !=
			TLSPOLICY_SECURITY_LEVEL)
			return true;
	}
	return false;
}

/*
 * A hole is shown as it stands, whatever the level does to what is below it:
 * OpenSSL's client goes by it all the same.
 */
static unsigned
versions_permitted(
    const struct view *view, const STACK_OF(SSL_CIPHER) * ciphers)
{
	unsigned set = view->within;

	if (tlsp_versions_lowest_run(set) != set)
		return set;
	set &= tlsp_ciphers_versions(ciphers);
	for (unsigned bit = 1; bit < VERSIONS_ALL; bit <<= 1) {
		if ((set & bit) != 0 && !is_left(view, bit))
			set &= ~bit;
	}
	return set;
}

static void
put_versions(struct tlspolicy *out, unsigned set)
{
	unsigned ends = set == 0 ? VERSIONS_ALL : set;

	out->min_version = tlsp_version_lowest(ends);
	out->max_version = tlsp_version_highest(ends);
	out->disabled =
	    tlsp_versions_between(out->min_version, out->max_version) & ~set;
}

/* Takes over a list; one that is empty cannot be told by any policy. */
static int
put_list(struct tlspolicy *out, enum list_kind kind, char *list)
{
	if (list == NULL)
		return tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
	if (list[0] != '\0')
		list = tlsp_policy_swap_list(out, kind, list);
	OPENSSL_free(list);
	return TLSPOLICY_OK;
}

static int
put_ciphers(struct tlspolicy *out, enum list_kind kind, const struct view *view,
    const STACK_OF(SSL_CIPHER) * allowed)
{
	bool suites = kind == LIST_CIPHERSUITES;
	char *names = tlsp_ciphers_join(allowed, suites);

	/* Where the level leaves none, what it was asked about. */
	if (names != NULL && names[0] == '\0') {
		OPENSSL_free(names);
		names = tlsp_ciphers_join(SSL_get_ciphers(view->ssl), suites);
	}
	return put_list(out, kind, names);
}

/* A name that no OpenSSL takes, rather than none, for an unknown number. */
static const char *
name_of(
    SSL *ssl, enum list_kind kind, uint16_t code, char number[sizeof("0x0000")])
{
	const struct name *known = tlsp_name_of(kind, code);
	const char *name = NULL;

	if (known != NULL)
		return known->name;
	if (kind == LIST_GROUPS)
		name = tlsp_group_name(ssl, TLSEXT_nid_unknown | code);
	if (name != NULL && strlen(name) <= ITEM_MAX)
		return name;
	(void)BIO_snprintf(number, sizeof("0x0000"), "0x%04x", code);
	return number;
}

void
tlsp_offer_join(SSL *ssl, enum list_kind kind, const struct offer *offer,
    bool every, char list[OFFER_SIZE])
{
	char number[sizeof("0x0000")];
	struct item item = { .optional = false };

	list[0] = '\0';
	for (size_t i = 0; i < offer->count; i++) {
		if (!every &&
		    tlsp_serves(
			ssl, kind, tlsp_name_of(kind, offer->code[i])) == 0)
			continue;
		item.name = name_of(ssl, kind, offer->code[i], number);
		item.len = strlen(item.name);
		(void)tlsp_list_append(list, OFFER_SIZE, &item, false);
	}
}

static int
put_offer(struct tlspolicy *out, enum list_kind kind, const struct view *view)
{
	const struct offer *offer =
	    kind == LIST_GROUPS ? &view->own.groups : &view->own.sigalgs;
	char list[OFFER_SIZE];

	tlsp_offer_join(view->ssl, kind, offer, false, list);
	if (list[0] == '\0')
		tlsp_offer_join(view->ssl, kind, offer, true, list);
	return put_list(out, kind, OPENSSL_strdup(list));
}

static void
put_numbers(struct tlspolicy *out, const struct settings *settings)
{
	const int most = 5; /* OpenSSL takes any int, and means this one */

	out->level = settings->level < 0 ? 0 : settings->level;
	if (out->level > most)
		out->level = most;
	out->renegotiation = (settings->options & SSL_OP_NO_RENEGOTIATION) == 0;
	out->preference =
	    (settings->options & SSL_OP_CIPHER_SERVER_PREFERENCE) != 0;
}

static int
put_view(struct tlspolicy *out, const struct view *view)
{
	STACK_OF(SSL_CIPHER) *allowed = ciphers_allowed(view);
	int status;

	if (allowed == NULL)
		return tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
	put_versions(out, versions_permitted(view, allowed));
	put_numbers(out, &view->settings);
	status = put_ciphers(out, LIST_CIPHERS, view, allowed);
	if (status == TLSPOLICY_OK)
		status = put_ciphers(out, LIST_CIPHERSUITES, view, allowed);
	if (status == TLSPOLICY_OK && !view->quic)
		status = put_offer(out, LIST_GROUPS, view);
	if (status == TLSPOLICY_OK && !view->quic)
		status = put_offer(out, LIST_SIGALGS, view);
	sk_SSL_CIPHER_free(allowed);
	return status;
}

int
tlsp_policy_of_view(struct tlspolicy **out, const struct view *view)
{
	int status;

	if ((*out = tlspolicy_new()) == NULL)
		return tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
	if ((status = put_view(*out, view)) == TLSPOLICY_OK)
		return TLSPOLICY_OK;
	tlspolicy_free(*out);
	*out = NULL;
	return status;
}

/* `quic` says whether groups and sigalgs were out of reach. */
static int
read_ctx(struct tlspolicy **out, SSL_CTX *ctx, bool *quic)
{
	struct errors errors;
	struct view view;
	int status;

	if (out != NULL)
		*out = NULL;
	if (out == NULL || ctx == NULL)
		return tlsp_fail(TLSPOLICY_E_INVALID, "%s is NULL",
		    out == NULL ? "out" : "context");
	if (!tlsp_errors_begin(&errors))
		return tlsp_fail_static(TLSPOLICY_E_NOMEM, "out of memory");
	status = tlsp_view_open(&view, &(struct target){ .ctx = ctx }, 0);
	*quic = view.quic;
	if (status == TLSPOLICY_OK)
		status = tlsp_view_offer(&view);
	if (status == TLSPOLICY_OK)
		status = tlsp_policy_of_view(out, &view);
	tlsp_view_close(&view);
	if (status == TLSPOLICY_OK &&
	    (status = tlsp_check_memory()) != TLSPOLICY_OK) {
		tlspolicy_free(*out);
		*out = NULL;
	}
	tlsp_errors_end(&errors, status != TLSPOLICY_OK);
	return status;
}

int
tlspolicy_from_ctx(struct tlspolicy **out, SSL_CTX *ctx)
{
	bool quic;

	return read_ctx(out, ctx, &quic);
}

int
tlspolicy_audit(SSL_CTX *ctx, const struct tlspolicy *policy)
{
	struct tlspolicy *permitted, known;
	bool quic = false;
	int status;

	if (policy == NULL)
		return tlsp_fail(TLSPOLICY_E_INVALID, "policy is NULL");
	if ((status = read_ctx(&permitted, ctx, &quic)) != TLSPOLICY_OK)
		return status;
	known = *policy;
	if (quic)
		known.list[LIST_GROUPS] = known.list[LIST_SIGALGS] = NULL;
	status = tlsp_covers(&known, "the policy", permitted, "the context");
	tlspolicy_free(permitted);
	return status;
}
