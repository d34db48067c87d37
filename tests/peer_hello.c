/* SPDX-License-Identifier: MIT */
/* The ClientHello. */
#include <string.h>

#include <openssl/err.h>

#include "peer.h"
#include "peer_inside.h"

/* Bytes still to read; a read past the end leaves nothing and gives 0. */
struct cursor {
	const unsigned char *at;
	size_t left;
};

static struct cursor
cut(struct cursor *from, size_t size)
{
	struct cursor part = { from->at, size };

	if (size > from->left) {
		from->left = 0;
		part.left = 0;
		return part;
	}
	from->at += size;
	from->left -= size;
	return part;
}

static unsigned
number(struct cursor *from, size_t size)
{
	struct cursor part = cut(from, size);
	unsigned value = 0;

	while (part.left > 0) {
		value = value << 8 | *part.at++;
		part.left--;
	}
	return value;
}

/* A list of two-byte codes behind a length of `size` bytes. */
static void
codes(struct cursor *from, size_t size, struct peer_codes *out)
{
	struct cursor list = cut(from, number(from, size));

	out->count = 0;
	while (list.left >= 2 && out->count < PEER_CODES)
		out->code[out->count++] = (uint16_t)number(&list, 2);
}

static void
parse_hello(struct cursor all, int dtls, struct peer_hello *out)
{
	struct cursor extensions, body;
	unsigned type;

	cut(&all, dtls ? 12 : 4); /* the handshake header */
	out->legacy = number(&all, 2);
	cut(&all, 32);              /* random */
	cut(&all, number(&all, 1)); /* session id */
	if (dtls)
		cut(&all, number(&all, 1)); /* cookie */
	codes(&all, 2, &out->ciphers);
	cut(&all, number(&all, 1)); /* compression methods */
	extensions = cut(&all, number(&all, 2));
	while (extensions.left >= 4) {
		type = number(&extensions, 2);
		body = cut(&extensions, number(&extensions, 2));
		if (type == TLSEXT_TYPE_supported_versions)
			codes(&body, 1, &out->versions);
		else if (type == TLSEXT_TYPE_supported_groups)
			codes(&body, 2, &out->groups);
		else if (type == TLSEXT_TYPE_signature_algorithms)
			codes(&body, 2, &out->sigalgs);
	}
}

static void
on_message(int sent, int version, int type, const void *data, size_t size,
    SSL *ssl, void *arg)
{
	struct peer_hello *hello = arg;
	struct cursor all = { data, size };

	(void)version;
	if (sent && type == SSL3_RT_HANDSHAKE && size > 4 &&
	    all.at[0] == SSL3_MT_CLIENT_HELLO && hello->legacy == 0)
		parse_hello(all, SSL_is_dtls(ssl), hello);
}

static int
say_hello(SSL *ssl, struct peer_hello *hello)
{
	BIO *in = BIO_new(BIO_s_mem());
	BIO *out = BIO_new(BIO_s_mem());

	peer_must(in != NULL && out != NULL, "memory BIO");
	memset(hello, 0, sizeof(*hello));
	SSL_set_bio(ssl, in, out);
	peer_widen(ssl);
	SSL_set_connect_state(ssl);
	SSL_set_msg_callback(ssl, on_message);
	SSL_set_msg_callback_arg(ssl, hello);
	(void)SSL_do_handshake(ssl);
	ERR_clear_error();
	return hello->legacy != 0;
}

int
peer_hello(SSL_CTX *ctx, struct peer_hello *hello)
{
	SSL *ssl = SSL_new(ctx);
	int ok;

	peer_must(ssl != NULL, "hello");
	ok = say_hello(ssl, hello);
	SSL_free(ssl);
	return ok;
}

/* Only then, since a method that is lent goes back and forgets the MTU. */
static void
on_start(const SSL *ssl, int type, int value)
{
	(void)value;
	if ((type & SSL_CB_HANDSHAKE_START) != 0)
		(void)SSL_set_mtu((SSL *)(uintptr_t)ssl, 16384);
}

int
peer_lists(SSL_CTX *ctx, struct peer_hello *hello)
{
	uint64_t no = SSL_OP_NO_SSL_MASK;
	SSL *ssl = SSL_new(ctx);
	int ok, dtls;

	peer_must(ssl != NULL, "scratch connection");
	dtls = SSL_is_dtls(ssl);
	peer_must(
	    SSL_set_ssl_method(ssl, dtls ? DTLS_method() : TLS_method()) == 1,
	    "scratch connection's method");
	if (dtls)
		SSL_set_info_callback(ssl, on_start);
	SSL_clear_options(ssl, no);
	SSL_set_security_level(ssl, 0);
	peer_must(SSL_set_min_proto_version(
		      ssl, dtls ? DTLS1_VERSION : TLS1_VERSION) == 1 &&
		SSL_set_max_proto_version(
		    ssl, dtls ? DTLS1_2_VERSION : TLS1_3_VERSION) == 1 &&
		SSL_set_cipher_list(ssl, "ALL") == 1 &&
		SSL_set_ciphersuites(ssl, "TLS_AES_128_GCM_SHA256") == 1,
	    "scratch connection's settings");
	ok = say_hello(ssl, hello);
	SSL_free(ssl);
	return ok;
}

int
peer_has_code(const struct peer_codes *list, uint16_t code)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (list->code[i] == code)
			return 1;
	return 0;
}

int
peer_codes_within(
    const struct peer_codes *inner, const struct peer_codes *outer)
{
	size_t i;

	for (i = 0; i < inner->count; i++)
		if (!peer_has_code(outer, inner->code[i]))
			return 0;
	return 1;
}
