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

	while (codes.left >= 2 && offer->count < HELLO_MAX) {
		code = (uint16_t)read_number(&codes, 2);
		if (!tlsp_offered(offer, code))
			offer->code[offer->count++] = code;
	}
}

/* RFC 8446, 4.1.2; `in` begins at the handshake header. */
static void
read_hello(struct reader in, struct hello *hello)
{
	struct reader body, extensions, extension;
	size_t type;

	(void)read_number(&in, 1);
	body = read_part(&in, 3);
	(void)read_number(&body, 2); /* legacy_version */
	for (int i = 0; i < 4; i++)
		(void)read_number(&body, 8); /* random */
	(void)read_part(&body, 1);           /* legacy_session_id */
	(void)read_part(&body, 2);           /* cipher_suites */
	(void)read_part(&body, 1);           /* legacy_compression_methods */
	extensions = read_part(&body, 2);
	while (extensions.left > 0 && !extensions.bad) {
		type = read_number(&extensions, 2);
		extension = read_part(&extensions, 2);
		if (type == EXT_SUPPORTED_GROUPS)
			read_codes(&extension, &hello->groups);
		else if (type == EXT_SIGNATURE_ALGORITHMS)
			read_codes(&extension, &hello->sigalgs);
	}
}

/* What the message callback is given. */
struct capture {
	struct hello *hello;
	bool seen;
};

static void
on_message(int sent, int version, int type, const void *buf, size_t len,
    SSL *ssl, void *arg)
{
	struct reader message = { .at = buf, .left = len };
	struct capture *capture = arg;

	(void)version;
	(void)ssl;
	if (!sent || type != SSL3_RT_HANDSHAKE || capture->seen || len == 0 ||
	    message.at[0] != SSL3_MT_CLIENT_HELLO)
		return;
	capture->seen = true;
	read_hello(message, capture->hello);
}

static void
no_info(const SSL *ssl, int type, int value)
{
	(void)ssl;
	(void)type;
	(void)value;
}

/*
 * Opens a scratch connection as wide as it goes between two versions, with
 * a cipher that makes OpenSSL send both extensions, whatever the signature
 * algorithms are, and without the caller's callbacks as far as they can be
 * taken off.
 */
static bool
open_wide(SSL *ssl, int min, int max)
{
	SSL_set_security_level(ssl, 0);
	SSL_clear_options(ssl, SSL_OP_NO_SSL_MASK);
	SSL_clear_mode(ssl, SSL_MODE_ASYNC);
	SSL_set_info_callback(ssl, no_info); /* NULL would mean ctx's own */
	SSL_set_psk_client_callback(ssl, NULL);
	SSL_set_psk_use_session_callback(ssl, NULL);
	return SSL_set_min_proto_version(ssl, min) == 1 &&
	    SSL_set_max_proto_version(ssl, max) == 1 &&
	    (max > TLS1_2_VERSION
		    ? SSL_set_ciphersuites(ssl, "TLS_AES_128_GCM_SHA256")
		    : SSL_set_cipher_list(ssl, "AECDH-AES128-SHA")) == 1;
}

static bool
send_hello(SSL_CTX *ctx, int min, int max, enum list_kind kind,
    const char *list, struct hello *out)
{
	struct capture capture = { .hello = out };
	SSL *ssl = SSL_new(ctx);
	BIO *bio = BIO_new(BIO_s_null());

	if (ssl == NULL || bio == NULL || !open_wide(ssl, min, max) ||
	    (list != NULL && !tlsp_ssl_set_list(ssl, kind, list)))
		goto done;
	SSL_set_bio(ssl, bio, bio);
	bio = NULL;
	SSL_set_msg_callback(ssl, on_message);
	SSL_set_msg_callback_arg(ssl, &capture);
	/* A context for servers only has no client in it: lend it one. */
	if (SSL_set_ssl_method(ssl, TLS_client_method()) == 1) {
		SSL_set_connect_state(ssl);
		(void)SSL_do_handshake(ssl);
	}
done:
	BIO_free(bio);
	SSL_free(ssl);
	return capture.seen;
}

int
tlsp_hello_read(
    SSL_CTX *ctx, enum list_kind kind, const char *list, struct hello *out)
{
	bool seen;

	memset(out, 0, sizeof(*out));
	/*
	 * Two hellos, since one that cannot have a TLS 1.3 group is not sent
	 * at all, and one for TLS 1.2 hides the groups that only TLS 1.3 has.
	 */
	seen = send_hello(ctx, TLS1_2_VERSION, TLS1_2_VERSION, kind, list, out);
	seen =
	    send_hello(ctx, TLS1_2_VERSION, TLS1_3_VERSION, kind, list, out) ||
	    seen;
	if (!seen)
		return tlsp_fail(TLSPOLICY_E_OPENSSL,
		    "OpenSSL made no ClientHello to read the context's groups "
		    "and signature algorithms from");
	ERR_clear_error();
	return TLSPOLICY_OK;
}
