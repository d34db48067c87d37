/* SPDX-License-Identifier: MIT */
/*
 * Groups and signature algorithms of a context.  OpenSSL has no getter for
 * them, but a client must send them: make ClientHellos in memory and read
 * those.
 */
#include <string.h>

#include <openssl/err.h>

#include "internal.h"

#define EXT_SUPPORTED_GROUPS     10 /* RFC 8422, RFC 8446 */
#define EXT_SIGNATURE_ALGORITHMS 13 /* RFC 8446 */

/* Bytes that are still to be read; too few make `bad` stick. */
struct reader {
	const unsigned char *at;
	size_t left;
	bool bad;
};

static size_t
read_number(struct reader *in, size_t bytes)
{
	size_t number = 0;

	if (in->bad || in->left < bytes) {
		in->bad = true;
		return 0;
	}
	for (size_t i = 0; i < bytes; i++)
		number = number << 8 | in->at[i];
	in->at += bytes;
	in->left -= bytes;
	return number;
}

/* A part with its length, in `bytes` bytes, before it. */
static struct reader
read_part(struct reader *in, size_t bytes)
{
	struct reader part = { .left = read_number(in, bytes) };

	if (in->bad || part.left > in->left) {
		in->bad = true;
		part.left = 0;
	}
	part.at = in->at;
	part.bad = in->bad;
	in->at += part.left;
	in->left -= part.left;
	return part;
}

bool
tlsp_offered(const struct offer *offer, uint16_t code)
{
	for (size_t i = 0; i < offer->count; i++) {
		if (offer->code[i] == code)
			return true;
	}
	return false;
}

static void
read_codes(struct reader *extension, struct offer *offer)
{
	struct reader codes = read_part(extension, 2);
	uint16_t code;

	while (codes.left >= 2) {
		code = (uint16_t)read_number(&codes, 2);
		if (tlsp_offered(offer, code))
			continue;
		/* Half a list would be told as less than there is. */
		if (offer->count == HELLO_MAX) {
			extension->bad = true;
			return;
		}
		offer->code[offer->count++] = code;
	}
}

/* RFC 8446, 4.1.2, and RFC 6347, 4.2; `in` begins at the handshake header. */
static bool
read_hello(struct reader in, bool dtls, struct hello *hello)
{
	struct reader extensions, extension;
	size_t type;

	(void)read_number(&in, 4); /* msg_type, length */
	if (dtls)
		(void)read_number(&in, 8); /* message_seq, fragment */
	(void)read_number(&in, 2);         /* legacy_version */
	for (int i = 0; i < 4; i++)
		(void)read_number(&in, 8); /* random */
	(void)read_part(&in, 1);           /* legacy_session_id */
	if (dtls)
		(void)read_part(&in, 1); /* cookie */
	(void)read_part(&in, 2);         /* cipher_suites */
	(void)read_part(&in, 1);         /* legacy_compression_methods */
	extensions = read_part(&in, 2);
	while (extensions.left > 0) {
		type = read_number(&extensions, 2);
		extension = read_part(&extensions, 2);
		if (type == EXT_SUPPORTED_GROUPS)
			read_codes(&extension, &hello->groups);
		else if (type == EXT_SIGNATURE_ALGORITHMS)
			read_codes(&extension, &hello->sigalgs);
		if (extension.bad)
			return false;
	}
	return !extensions.bad;
}

/* What the message callback is given. */
struct capture {
	struct hello *hello;
	bool seen;
};

/* The one handshake message of a client that has heard nothing is its hello. */
static void
on_message(int sent, int version, int type, const void *buf, size_t len,
    SSL *ssl, void *arg)
{
	const struct reader message = { .at = buf, .left = len };
	struct capture *capture = arg;

	(void)sent;
	(void)version;
	if (type == SSL3_RT_HANDSHAKE)
		capture->seen =
		    read_hello(message, SSL_is_dtls(ssl) == 1, capture->hello);
}

/* In the caller's place, and to have a DTLS hello in one piece. */
static void
on_info(const SSL *ssl, int type, int value)
{
	(void)value;
	/* Not before: a method that is lent goes back with what it was set. */
	if ((type & SSL_CB_HANDSHAKE_START) != 0 && SSL_is_dtls(ssl))
		(void)SSL_set_mtu(
		    (SSL *)(uintptr_t)ssl, SSL3_RT_MAX_PLAIN_LENGTH);
}

/*
 * Opens a scratch connection as wide as it goes between two versions, with
 * a cipher that makes OpenSSL send both extensions, whatever the signature
 * algorithms are, and without the caller's callbacks as far as they can be
 * taken off.
 */
static bool
open_wide(const struct target *to, int min, int max)
{
	SSL *ssl = to->ssl;

	SSL_set_security_callback(ssl, tlsp_allow);
	SSL_clear_options(ssl, SSL_OP_NO_SSL_MASK);
	SSL_clear_mode(ssl, SSL_MODE_ASYNC);
	SSL_set_info_callback(ssl, on_info); /* NULL would mean ctx's own */
	SSL_set_psk_client_callback(ssl, NULL);
	SSL_set_psk_use_session_callback(ssl, NULL);
	return tlsp_set_bounds(to, min, max) &&
	    (max > TLS1_2_VERSION
		    ? tlsp_set_list(
			  to, LIST_CIPHERSUITES, "TLS_AES_128_GCM_SHA256")
		    : tlsp_set_list(to, LIST_CIPHERS, "AECDH-AES128-SHA"));
}

/* Puts a scratch connection under the security level of another. */
static bool
restrict_to(const struct target *to, const SSL *like)
{
	SSL_set_security_callback(to->ssl, SSL_get_security_callback(like));
	SSL_set0_security_ex_data(to->ssl, SSL_get0_security_ex_data(like));
	SSL_set_security_level(to->ssl, SSL_get_security_level(like));
	/* Strong enough for every level, lest they be what is missing. */
	return tlsp_set_list(to, LIST_CIPHERSUITES, "TLS_AES_256_GCM_SHA384") &&
	    tlsp_set_list(to, LIST_SIGALGS, "ECDSA+SHA512");
}

/* With the context's own groups and sigalgs, or `list` for one of them. */
struct wish {
	int max;
	enum list_kind kind;
	const char *list;
	const SSL *like; /* its security level; NULL: none */
};

static bool
send_hello(SSL_CTX *ctx, const struct wish *wish, struct hello *out)
{
	struct capture capture = { .hello = out };
	SSL *ssl = SSL_new(ctx);
	const struct target scratch = { .ssl = ssl };
	/* An empty one only makes OpenSSL wait: it leaves no error. */
	BIO *reads = BIO_new(BIO_s_mem()), *writes = BIO_new(BIO_s_null());

	if (ssl == NULL || reads == NULL || writes == NULL ||
	    !open_wide(&scratch,
		wish->max < TLS1_2_VERSION ? wish->max : TLS1_2_VERSION,
		wish->max) ||
	    (wish->like != NULL && !restrict_to(&scratch, wish->like)) ||
	    (wish->list != NULL &&
		!tlsp_set_list(&scratch, wish->kind, wish->list)))
		goto done;
	SSL_set0_rbio(ssl, reads);
	SSL_set0_wbio(ssl, writes);
	reads = writes = NULL;
	SSL_set_msg_callback(ssl, on_message);
	SSL_set_msg_callback_arg(ssl, &capture);
	/* A context for servers only has no client in it: lend it one. */
	if (SSL_set_ssl_method(ssl,
		SSL_is_dtls(ssl) ? DTLS_client_method()
				 : TLS_client_method()) == 1 &&
	    tlsp_connect_state(ssl))
		(void)SSL_do_handshake(ssl);
done:
	BIO_free(reads);
	BIO_free(writes);
	SSL_free(ssl);
	return capture.seen;
}

/*
 * Once more where it is not sent, or without groups, or OpenSSL went on after
 * an error: memory may have been short for a moment only.
 */
static bool
try_hello(SSL_CTX *ctx, const struct wish *wish, struct hello *out)
{
	const struct hello before = *out;
	bool sent = send_hello(ctx, wish, out);

	if (sent && out->groups.count > 0 && ERR_peek_error() == 0)
		return true;
	*out = before;
	return send_hello(ctx, wish, out);
}

/* What a context may have that lets nobody look. */
static void
assume_all(struct hello *out)
{
	struct offer *offers[] = { &out->groups, &out->sigalgs };
	const enum list_kind kinds[] = { LIST_GROUPS, LIST_SIGALGS };
	const struct name *name;

	for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
		while (offers[i]->count < HELLO_MAX &&
		    (name = tlsp_name_at(kinds[i], offers[i]->count)) != NULL)
			offers[i]->code[offers[i]->count++] = name->code;
	}
}

int
tlsp_hello_read(
    SSL_CTX *ctx, enum list_kind kind, const char *list, struct hello *out)
{
	struct wish wish = { TLS1_3_VERSION, kind, list, NULL };
	bool seen = true, dtls = tlsp_is_dtls(&(struct target){ .ctx = ctx });

	memset(out, 0, sizeof(*out));
	if (tlsp_is_quic(ctx)) {
		assume_all(out);
		return TLSPOLICY_OK;
	}
	/*
	 * Two hellos, since one for TLS 1.2 hides the groups that only TLS 1.3
	 * has, and one that cannot have a TLS 1.3 group is not sent at all.
	 * The one for TLS 1.3 has all of them, if it is sent, in the context's
	 * order.
	 */
	if (!dtls)
		seen = try_hello(ctx, &wish, out) ||
		    tlsp_is_no_group(ERR_peek_error());
	wish.max = TLS1_2_VERSION;
	if (seen)
		seen = try_hello(ctx, &wish, out);
	if (!seen)
		return tlsp_fail(TLSPOLICY_E_OPENSSL,
		    "OpenSSL made no ClientHello to read the context's groups "
		    "and signature algorithms from");
	ERR_clear_error();
	return TLSPOLICY_OK;
}

bool
tlsp_sends_share(SSL_CTX *ctx, const SSL *like)
{
	const struct wish wish = { .max = TLS1_3_VERSION, .like = like };
	struct hello hello = { .groups = { .count = 0 } };
	bool sent;

	/* Up to 112 bits there is no group for TLS 1.3 that is too weak. */
	if (!tlsp_marks_shares() || SSL_is_dtls(like) ||
	    SSL_get_security_level(like) < 3 || tlsp_is_quic(ctx))
		return true;
	ERR_clear_error();
	sent = try_hello(ctx, &wish, &hello) ||
	    !tlsp_is_no_group(ERR_peek_error());
	ERR_clear_error();
	return sent;
}

bool
tlsp_hashes_legacy(SSL_CTX *ctx)
{
	const struct wish wish = { .max = TLS1_1_VERSION };
	struct hello hello = { .groups = { .count = 0 } };
	bool hashes;

	hashes = send_hello(ctx, &wish, &hello) ||
	    !tlsp_is_no_digest(ERR_peek_error());
	ERR_clear_error();
	return hashes;
}
