/* SPDX-License-Identifier: MIT */
/* What a client's hello says, and what a state has in common with it. */
#include <string.h>

#include <openssl/objects.h>

#include "client.h"

static uint16_t
code_at(const struct codes *codes, size_t i)
{
	return (
	    uint16_t)((unsigned)codes->at[2 * i] << 8 | codes->at[2 * i + 1]);
}

static bool
has_code(const struct codes *codes, uint16_t code)
{
	size_t i = 0;

	while (i < codes->count && code_at(codes, i) != code)
		i++;
	return i < codes->count;
}

static bool
has_extension(SSL *ssl, unsigned type)
{
	const unsigned char *in;
	size_t len;

	return SSL_client_hello_get0_ext(ssl, type, &in, &len) == 1;
}

/*
 * What an extension holds after a length of so many bytes.  One that is wrong
 * is as good as none: OpenSSL ends such a handshake.
 */
static struct codes
read_codes(SSL *ssl, unsigned type, size_t prefix)
{
	const unsigned char *in;
	size_t len, said = 0;

	if (SSL_client_hello_get0_ext(ssl, type, &in, &len) != 1 ||
	    len < prefix)
		return (struct codes){ NULL, 0 };
	for (size_t i = 0; i < prefix; i++)
		said = said << 8 | in[i];
	return said == len - prefix ? (struct codes){ in + prefix, said / 2 }
				    : (struct codes){ NULL, 0 };
}

/*
 * On DTLS OpenSSL goes by the old field alone.  In a servername callback the
 * extension is used up: then the client may have all but those that the
 * connection has above the chosen one.
 */
static unsigned
read_versions(const struct target *from)
{
	const int legacy = tlsp_version_as_tls(
	    (int)SSL_client_hello_get0_legacy_version(from->ssl));
	const struct codes codes =
	    read_codes(from->ssl, TLSEXT_TYPE_supported_versions, 1);
	struct settings now;
	unsigned set = 0, chosen;

	for (size_t i = 0; i < codes.count && !from->dtls; i++)
		set |= tlsp_version_bit(code_at(&codes, i));
	if (!from->dtls && (set != 0 || codes.at != NULL))
		return set;
	if (from->dtls ||
	    !has_extension(from->ssl, TLSEXT_TYPE_supported_versions))
		return legacy < TLS1_VERSION
		    ? 0
		    : tlsp_versions_between(
			  0, legacy < TLS1_2_VERSION ? legacy : TLS1_2_VERSION);
	tlsp_settings_read(from, &now);
	chosen = tlsp_version_bit(SSL_version(from->ssl));
	set = tlsp_versions_between(now.min, now.max) &
	    ~tlsp_versions_disabled(false, now.options) &
	    ~tlsp_versions_killed(now.level);
	return (VERSIONS_ALL & ~set & ~(chosen - 1)) | chosen;
}

static bool
read_ciphers(SSL *ssl, struct client *out)
{
	const bool old = tlsp_hello_is_ssl2(ssl);
	size_t step = old ? 3 : 2, len;
	unsigned char *raw;
	const unsigned char *in;

	len = SSL_client_hello_get0_ciphers(ssl, &in);
	if (len == 0) {
		step = 2;
		len = (size_t)SSL_get0_raw_cipherlist(ssl, &raw);
		in = raw;
	}
	if ((out->ciphers = sk_SSL_CIPHER_new_null()) == NULL)
		return false;
	for (; len >= step; in += step, len -= step) {
		const unsigned char *code = in + step - 2;
		const SSL_CIPHER *cipher = SSL_CIPHER_find(ssl, code);

		/* Those of SSL 2.0 begin otherwise. */
		if (step == 3 && in[0] != 0)
			continue;
		if (code[0] == 0x56 && code[1] == 0)
			out->fallback = true;
		if (cipher != NULL &&
		    sk_SSL_CIPHER_push(out->ciphers, cipher) <= 0)
			return false;
	}
	return true;
}

/* As OpenSSL has parsed them, by a servername callback. */
static void
read_parsed(SSL *ssl, struct client *out)
{
	int id[HELLO_MAX], count = (int)SSL_get1_groups(ssl, NULL);

	if (count > HELLO_MAX)
		return;
	count = (int)SSL_get1_groups(ssl, id);
	out->groups = (struct codes){ out->parsed, 0 };
	for (int i = 0; i < count; i++) {
		const char *name = tlsp_group_name(ssl, id[i]);
		const struct name *known = name == NULL
		    ? NULL
		    : tlsp_name_find(LIST_GROUPS, name, strlen(name));
		unsigned code = known != NULL ? known->code : (unsigned)id[i];

		out->parsed[2 * out->groups.count] = (unsigned char)(code >> 8);
		out->parsed[2 * out->groups.count++ + 1] = (unsigned char)code;
	}
}

int
tlsp_client_read(const struct target *from, struct client *out)
{
	SSL *ssl = from->ssl;

	memset(out, 0, sizeof(*out));
	out->versions = read_versions(from);
	out->groups = read_codes(ssl, TLSEXT_TYPE_supported_groups, 2);
	out->sigalgs = read_codes(ssl, TLSEXT_TYPE_signature_algorithms, 2);
	out->shares = has_extension(ssl, TLSEXT_TYPE_key_share);
	if (out->groups.at == NULL)
		read_parsed(ssl, out);
	return read_ciphers(ssl, out)
	    ? TLSPOLICY_OK
	    : tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
}

/* What both have, in the order in which OpenSSL's server goes through it */

bool
tlsp_ours_first(const struct state *state)
{
	return (state->settings.options & SSL_OP_CIPHER_SERVER_PREFERENCE) != 0;
}

void
tlsp_client_codes(const struct state *state, enum list_kind kind, bool first,
    const struct codes *theirs, struct offer *out)
{
	const struct offer *own = &state->own.list[kind];
	const size_t count = first ? own->count : theirs->count;

	out->count = 0;
	for (size_t i = 0; i < count; i++) {
		uint16_t code = first ? own->code[i] : code_at(theirs, i);
		size_t j = 0;

		while (j < own->count && own->code[j] != code)
			j++;
		/* A hello may be long: theirs is gone through once for each. */
		if (j == own->count || tlsp_offered(out, code) ||
		    !has_code(theirs, code))
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

			if (out == NULL || !tlsp_ciphers_in(other, it) ||
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

void
tlsp_client_kinds(
    const struct state *state, const struct client *client, struct kinds *out)
{
	const struct offer *sigalgs = &state->own.list[LIST_SIGALGS];
	SSL *ssl = state->ssl;
	long next = SSL_CERT_SET_FIRST;

	*out = (struct kinds){ .any = false };
	for (; SSL_set_current_cert(ssl, next) == 1; next = SSL_CERT_SET_NEXT) {
		const struct name *curve = NULL;
		struct certificate it;

		tlsp_certificate_read(ssl, &it);
		out->any = true;
		if (it.key == KEY_EC)
			curve = tlsp_key_curve(
			    X509_get0_pubkey(SSL_get_certificate(ssl)));
		if (it.key == KEY_EC ? tlsp_offered(sigalgs, it.sigalg13)
				     : it.key != KEY_DSA)
			out->modern = true;
		if (it.key != KEY_EC && (KEYS(it.key) & KEYS_EC) != 0)
			/* OpenSSL has none for DTLS. */
			out->ecdsa |= state->target.dtls ? 0 : V1_2;
		else if (curve != NULL &&
		    has_code(&client->groups, curve->code))
			out->ecdsa |= V1_2 | VERSIONS_OLD;
	}
}

unsigned
tlsp_client_version(const struct state *state, const struct client *client,
    const struct kinds *kinds)
{
	unsigned set = state->enabled & client->versions;

	if (kinds->any && !kinds->modern)
		set &= ~V1_3;
	return tlsp_version_bit(tlsp_version_highest(set));
}
