/* SPDX-License-Identifier: MIT */
/* What a client's hello says, and what a state has in common with it. */
#include <string.h>

#include <openssl/objects.h>

#include "client.h"

static bool
has_extension(SSL *ssl, unsigned type)
{
	const unsigned char *in;
	size_t len;

	return SSL_client_hello_get0_ext(ssl, type, &in, &len) == 1;
}

/*
 * What an extension holds after a length of so many bytes, as far as there is
 * room.  One that is wrong is as good as none: OpenSSL ends such a handshake.
 */
static void
read_codes(SSL *ssl, unsigned type, size_t prefix, struct offer *out)
{
	const unsigned char *in;
	size_t len, said = 0;

	out->count = 0;
	if (SSL_client_hello_get0_ext(ssl, type, &in, &len) != 1 ||
	    len < prefix)
		return;
	for (size_t i = 0; i < prefix; i++)
		said = said << 8 | *in++;
	if (said != len - prefix)
		return;
	for (; said >= 2 && out->count < HELLO_MAX; said -= 2, in += 2)
		out->code[out->count++] = tlsp_code_of(in);
}

/*
 * On DTLS OpenSSL goes by the old field alone.  In a servername callback the
 * extension is used up: then the client may have all but those that the
 * connection has above the chosen one.
 */
static unsigned
read_versions(const struct target *from)
{
	const int number = (int)SSL_client_hello_get0_legacy_version(from->ssl);
	/* To a server for TLS these numbers are no DTLS; and 0 is low. */
	const int legacy =
	    from->dtls ? tlsp_version_as_tls(number) : tlsp_larger(number, 1);
	struct settings now;
	struct offer said;
	unsigned set = 0, chosen;

	if (from->dtls ||
	    !has_extension(from->ssl, TLSEXT_TYPE_supported_versions))
		return tlsp_versions_between(
		    0, legacy < TLS1_2_VERSION ? legacy : TLS1_2_VERSION);
	read_codes(from->ssl, TLSEXT_TYPE_supported_versions, 1, &said);
	for (size_t i = 0; i < said.count; i++)
		set |= tlsp_version_bit(said.code[i]);
	if (said.count > 0 || !tlsp_is_late(from))
		return set;
	tlsp_settings_read(from, &now);
	chosen = tlsp_version_bit(SSL_version(from->ssl));
	set = tlsp_versions_between(now.min, now.max) &
	    ~tlsp_versions_disabled(false, now.options) &
	    ~tlsp_versions_killed(now.level);
	return (VERSIONS_ALL & ~set & ~(chosen - 1)) | chosen;
}

/* False for lack of memory, or for a list that OpenSSL refuses. */
static bool
read_ciphers(SSL *ssl, struct client *out)
{
	STACK_OF(SSL_CIPHER) *signals = NULL;
	unsigned char *raw = NULL;
	const unsigned char *in;
	size_t len = SSL_client_hello_get0_ciphers(ssl, &in);
	bool old = len > 0 && tlsp_hello_is_ssl2(ssl), read;

	if (len == 0) {
		len = (size_t)SSL_get0_raw_cipherlist(ssl, &raw);
		in = raw;
	}
	read = SSL_bytes_to_cipher_list(
		   ssl, in, len, old, &out->ciphers, &signals) == 1;
	for (int i = 0; i < sk_SSL_CIPHER_num(signals); i++) {
		if (SSL_CIPHER_get_id(sk_SSL_CIPHER_value(signals, i)) ==
		    SSL3_CK_FALLBACK_SCSV)
			out->fallback = true;
	}
	sk_SSL_CIPHER_free(signals);
	return read;
}

/* As OpenSSL has parsed them, by a servername callback. */
static void
read_parsed(SSL *ssl, struct offer *out)
{
	int id[HELLO_MAX], count = (int)SSL_get1_groups(ssl, NULL);

	if (count > HELLO_MAX)
		return;
	count = (int)SSL_get1_groups(ssl, id);
	for (int i = 0; i < count; i++) {
		const char *name = tlsp_group_name(ssl, id[i]);
		const struct name *known = name == NULL
		    ? NULL
		    : tlsp_name_find(LIST_GROUPS, name, strlen(name));

		out->code[out->count++] =
		    known != NULL ? known->code : (uint16_t)id[i];
	}
}

int
tlsp_client_read(const struct target *from, struct client *out)
{
	struct offer *groups = &out->list[LIST_GROUPS];
	SSL *ssl = from->ssl;

	out->versions = read_versions(from);
	out->fallback = false;
	out->ciphers = NULL;
	out->shares = has_extension(ssl, TLSEXT_TYPE_key_share);
	read_codes(ssl, TLSEXT_TYPE_supported_groups, 2, groups);
	read_codes(
	    ssl, TLSEXT_TYPE_signature_algorithms, 2, &out->list[LIST_SIGALGS]);
	if (groups->count == 0)
		read_parsed(ssl, groups);
	return TWICE(read_ciphers(ssl, out)) ? TLSPOLICY_OK
					     : tlsp_check_memory();
}

/* What both have, in the order in which OpenSSL's server goes through it */

bool
tlsp_ours_first(const struct state *state)
{
	return (state->settings.options & SSL_OP_CIPHER_SERVER_PREFERENCE) != 0;
}

void
tlsp_client_codes(const struct state *state, enum list_kind kind, bool first,
    const struct offer *theirs, struct offer *out)
{
	const struct offer *own = &state->own.list[kind];
	const struct offer *order = first ? own : theirs;

	out->count = 0;
	for (size_t i = 0; i < order->count; i++) {
		const uint16_t code = order->code[i];
		size_t j = 0;

		while (j < own->count && own->code[j] != code)
			j++;
		if (j == own->count || !tlsp_offered(theirs, code) ||
		    tlsp_offered(out, code))
			continue;
		out->serves[out->count] = own->serves[j];
		out->code[out->count++] = code;
	}
}

static bool
is_chacha(const SSL_CIPHER *cipher)
{
	return cipher != NULL &&
	    SSL_CIPHER_get_cipher_nid(cipher) == NID_chacha20_poly1305;
}

/* NULL for lack of memory. */
STACK_OF(SSL_CIPHER) *
tlsp_client_ciphers(const struct state *state, const struct client *client)
{
	const STACK_OF(SSL_CIPHER) *own = tlsp_state_ciphers(state);
	const bool first = tlsp_ours_first(state);
	const STACK_OF(SSL_CIPHER) *order = first ? own : client->ciphers;
	const STACK_OF(SSL_CIPHER) *other = first ? client->ciphers : own;
	/* Where the client begins with ChaCha20, all of that come first. */
	const bool moved = first &&
	    (state->settings.options & SSL_OP_PRIORITIZE_CHACHA) != 0 &&
	    is_chacha(sk_SSL_CIPHER_value(client->ciphers, 0));
	STACK_OF(SSL_CIPHER) *out = sk_SSL_CIPHER_new_null();

	for (int turn = moved ? 0 : 1; turn < 2; turn++) {
		for (int i = 0; i < sk_SSL_CIPHER_num(order); i++) {
			const SSL_CIPHER *it = sk_SSL_CIPHER_value(order, i);

			/* A client may say the same thousands of times. */
			if (out == NULL || tlsp_ciphers_in(out, it) ||
			    !tlsp_ciphers_in(other, it) ||
			    (moved && is_chacha(it) != (turn == 0)))
				continue;
			if (sk_SSL_CIPHER_push(out, it) <= 0) {
				sk_SSL_CIPHER_free(out);
				out = NULL;
			}
		}
	}
	return out;
}

static void
read_kinds(const struct state *state, struct kinds *out)
{
	const struct offer *sigalgs = &state->own.list[LIST_SIGALGS];
	long next = SSL_CERT_SET_FIRST;
	SSL *ssl = state->ssl;

	*out = (struct kinds){ .any = false };
	for (; SSL_set_current_cert(ssl, next) == 1; next = SSL_CERT_SET_NEXT) {
		struct certificate it;

		tlsp_certificate_read(ssl, &it);
		out->any = true;
		if (it.key == KEY_EC ? tlsp_offered(sigalgs, it.sigalg13)
				     : it.key != KEY_DSA)
			out->modern = true;
	}
}

unsigned
tlsp_client_version(
    const struct state *state, const struct client *client, struct kinds *kinds)
{
	unsigned set = state->enabled & client->versions;

	read_kinds(state, kinds);
	if (kinds->any && !kinds->modern)
		set &= ~V1_3;
	return tlsp_version_bit(tlsp_version_highest(set));
}

bool
tlsp_client_fell_back(
    const struct state *state, const struct client *client, unsigned version)
{
	return client->fallback &&
	    version != tlsp_version_bit(tlsp_version_highest(state->enabled));
}
