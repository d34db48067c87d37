/* SPDX-License-Identifier: MIT */
/* Reading what decides the handshakes of a context or a connection. */
#include <string.h>

#include <openssl/crypto.h>

#include "internal.h"

void
tlsp_state_begin(struct state *state, const struct target *target)
{
	/* All but what is read later, which would take longer than the rest. */
	memset(state, 0, offsetof(struct state, own));
	state->own.list[LIST_GROUPS].count =
	    state->own.list[LIST_SIGALGS].count = 0;
	state->own.astray = false;
	state->shares = true;
	state->target = *target;
	tlsp_settings_read(target, &state->settings);
}

int
tlsp_state_open(struct state *state, const struct target *target)
{
	tlsp_state_begin(state, target);
	if ((state->ssl = tlsp_scratch(target)) == NULL)
		return tlsp_fail(TLSPOLICY_E_OPENSSL,
		    "OpenSSL could not make a connection of the context");
	return TLSPOLICY_OK;
}

void
tlsp_state_close(struct state *state)
{
	sk_SSL_CIPHER_free(state->ciphers);
	sk_SSL_CIPHER_free(state->offered);
	sk_SSL_CIPHER_free(state->everyone);
	for (int kind = 0; kind < LIST_COUNT; kind++)
		OPENSSL_free(state->list[kind]);
	SSL_free(state->ssl);
}

const STACK_OF(SSL_CIPHER) *
tlsp_state_ciphers(const struct state *state)
{
	return state->ciphers != NULL ? state->ciphers
				      : SSL_get_ciphers(state->ssl);
}

/* Versions */

/* OpenSSL's own test of each version, but for holes. */
static unsigned
enabled(const struct state *state)
{
	unsigned set = state->within;

	if (tlsp_is_suite_b(state->ssl))
		set &= ~VERSIONS_OLD; /* RFC 6460 */
	for (unsigned bit = 1; bit < VERSIONS_ALL; bit <<= 1) {
		if ((set & bit) != 0 &&
		    !tlsp_allowed(state->ssl, SSL_SECOP_VERSION, 0,
			tlsp_version_on(
			    state->target.dtls, tlsp_version_lowest(bit)),
			NULL))
			set &= ~bit;
	}
	return set;
}

static int
read_versions(struct state *state, unsigned set)
{
	const struct target *target = &state->target;
	struct settings *settings = &state->settings;
	int status = TLSPOLICY_OK;
	unsigned within, spoken;

	state->spoken = tlsp_versions_of(target->dtls, target->quic);
	if (target->pinned) {
		/* Bounds and options mean nothing to such a method. */
		settings->min = settings->max =
		    tlsp_version_as_tls(SSL_version(state->ssl));
		settings->options &= ~(uint64_t)SSL_OP_NO_SSL_MASK;
	}
	within = tlsp_versions_between(settings->min, settings->max) &
	    ~tlsp_versions_disabled(target->dtls, settings->options);
	if (!target->pinned) {
		set = (set | within) & state->spoken;
		status = tlsp_versions_spoken(target, set, &spoken);
		if (status != TLSPOLICY_OK)
			return status;
		state->spoken &= ~set | spoken;
	}
	state->within = within & state->spoken;
	state->enabled = enabled(state);
	return status;
}

/* Groups and signature algorithms */

void
tlsp_state_serve(struct state *state)
{
	for (enum list_kind kind = LIST_GROUPS; kind <= LIST_SIGALGS; kind++) {
		struct offer *own = &state->own.list[kind];

		for (size_t j = 0; j < own->count; j++)
			own->serves[j] = (unsigned char)tlsp_serves(
			    state->ssl, kind, tlsp_name_of(kind, own->code[j]));
	}
}

unsigned
tlsp_state_served(const struct state *state, enum list_kind kind)
{
	const struct offer *own = &state->own.list[kind];
	unsigned served = 0;

	for (size_t i = 0; i < own->count; i++)
		served |= own->serves[i];
	return served;
}

int
tlsp_state_hear(struct state *state)
{
	struct hello own;
	int status = tlsp_hello_read(&state->target, LIST_GROUPS, NULL, &own);

	if (status != TLSPOLICY_OK)
		return status;
	for (int i = LIST_GROUPS; i <= LIST_SIGALGS; i++) {
		if (state->list[i] == NULL)
			state->own.list[i] = own.list[i];
	}
	state->own.astray = own.astray;
	if (state->list[LIST_GROUPS] == NULL)
		state->shares = tlsp_sends_share(&state->target, state->ssl);
	state->heard = true;
	tlsp_state_serve(state);
	return TLSPOLICY_OK;
}

/* A name that no OpenSSL takes, rather than none, for an unknown number. */
static const char *
spell(
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
tlsp_state_join(const struct state *state, enum list_kind kind, bool every,
    char list[OFFER_SIZE])
{
	const struct offer *offer = &state->own.list[kind];
	char number[sizeof("0x0000")];
	struct item item = { .optional = false };

	list[0] = '\0';
	for (size_t i = 0; i < offer->count; i++) {
		if (!every && offer->serves[i] == 0)
			continue;
		item.name = spell(state->ssl, kind, offer->code[i], number);
		item.len = strlen(item.name);
		(void)tlsp_list_append(list, OFFER_SIZE, &item, false);
	}
}

/* Ciphers */

int
tlsp_state_offer(struct state *state)
{
	/* NULL is what OpenSSL has for none, too. */
	if (TWICE((state->offered = SSL_get1_supported_ciphers(state->ssl)) !=
		NULL))
		return TLSPOLICY_OK;
	return tlsp_check_memory();
}

/* How many needs of ciphers a server can choose between: 2 for more. */
static int
choices(const struct state *state)
{
	const STACK_OF(SSL_CIPHER) *own = SSL_get_ciphers(state->ssl);
	int certificates = 0, anonymous = 0;
	long next = SSL_CERT_SET_FIRST;

	for (; SSL_set_current_cert(state->ssl, next) == 1; certificates++)
		next = SSL_CERT_SET_NEXT;
	for (int i = 0; i < sk_SSL_CIPHER_num(own); i++) {
		if (tlsp_cipher_keys(sk_SSL_CIPHER_value(own, i)) == 0)
			anonymous = 1;
	}
	return certificates + anonymous;
}

int
tlsp_state_order(struct state *state)
{
	const struct target ctx = tlsp_target_on(&state->target, NULL);
	SSL *other;

	if ((state->settings.options & SSL_OP_CIPHER_SERVER_PREFERENCE) != 0 ||
	    choices(state) < 2)
		return TLSPOLICY_OK;
	other = tlsp_scratch(&ctx);
	if (other != NULL && SSL_set_cipher_list(other, "ALL:eNULL") == 1)
		state->everyone = sk_SSL_CIPHER_dup(SSL_get_ciphers(other));
	SSL_free(other);
	if (state->everyone == NULL)
		return tlsp_fail(
		    TLSPOLICY_E_OPENSSL, "OpenSSL could not list its ciphers");
	return TLSPOLICY_OK;
}

/* All of it */

int
tlsp_state_read(struct state *state, const struct target *target,
    enum tlspolicy_role role, unsigned set)
{
	int status = tlsp_state_open(state, target);

	if (status == TLSPOLICY_OK)
		status = read_versions(state, set);
	if (status == TLSPOLICY_OK)
		status = tlsp_state_hear(state);
	if (status == TLSPOLICY_OK && role == TLSPOLICY_CLIENT)
		status = tlsp_state_offer(state);
	else if (status == TLSPOLICY_OK && set != V1_3)
		status = tlsp_state_order(state);
	return status;
}
