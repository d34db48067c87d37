/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "connections.h"
#include "peer.h"
#include "release.h"
#include "runner.h"
#include "table.h"
#include "told.h"

SSL_CTX *
make_raw(const struct raw *raw)
{
	SSL_CTX *ctx =
	    peer_context(raw->dtls ? DTLS_method() : TLS_method(), NULL);

	ck_assert_ptr_nonnull(ctx);
	SSL_CTX_set_security_level(ctx, raw->level != 0 ? raw->level - 1 : 2);
	SSL_CTX_set_options(ctx, raw->options);
	SSL_CTX_set_dh_auto(ctx, 1);
	ck_assert(SSL_CTX_set_min_proto_version(ctx, raw->min) == 1);
	ck_assert(SSL_CTX_set_max_proto_version(ctx, raw->max) == 1);
	if (raw->ciphers != NULL)
		ck_assert(SSL_CTX_set_cipher_list(ctx, raw->ciphers) == 1);
	if (raw->suites != NULL)
		ck_assert(SSL_CTX_set_ciphersuites(ctx, raw->suites) == 1);
	if (raw->groups != NULL)
		ck_assert(peer_set_groups(ctx, raw->groups));
	if (raw->sigalgs != NULL)
		ck_assert(peer_set_sigalgs(ctx, raw->sigalgs));
	return ctx;
}

SSL *
new_connection(SSL_CTX *ctx, int end)
{
	SSL *ssl = SSL_new(ctx);

	ck_assert_ptr_nonnull(ssl);
	if (end == CLIENT)
		SSL_set_connect_state(ssl);
	else
		SSL_set_accept_state(ssl);
	return ssl;
}

int
apply_ssl(SSL *ssl, const char *text, unsigned flags)
{
	struct tlspolicy *policy = parse_policy(text);
	int status = tlspolicy_apply_ssl(ssl, policy, flags);

	tlspolicy_free(policy);
	return status;
}

void
apply_ctx(SSL_CTX *ctx, const char *text, unsigned flags)
{
	int status = tlspolicy_apply_text(ctx, text, flags);

	ck_assert_msg(status == TLSPOLICY_OK, "\"%s\" gives %d", text, status);
}

void
prepare_pair(struct pair *pair, const struct raw *raw)
{
	memset(pair, 0, sizeof(*pair));
	pair->ctx[CLIENT] = make_raw(raw);
	pair->ctx[SERVER] = make_raw(raw);
	ck_assert(peer_use(pair->ctx[SERVER], raw->key));
}

int
meet_pair(struct pair *pair)
{
	int end;

	for (end = 0; end < 2; end++) {
		SSL_free(pair->ssl[end]);
		pair->ssl[end] = new_connection(pair->ctx[end], end);
	}
	return peer_handshake(pair->ssl[CLIENT], pair->ssl[SERVER], &pair->got);
}

void
release_pair(struct pair *pair)
{
	int end;

	for (end = 0; end < 2; end++) {
		SSL_free(pair->ssl[end]);
		SSL_CTX_free(pair->ctx[end]);
	}
}

int
talk(const struct pair *pair)
{
	int end, ok = 1;
	char byte;

	for (end = 0; end < 2; end++)
		ok &= SSL_write(pair->ssl[end], "x", 1) == 1 &&
		    SSL_read(pair->ssl[!end], &byte, 1) == 1 && byte == 'x';
	return ok;
}

static int
listen_in(SSL *ssl, int *alert, void *arg)
{
	static const unsigned types[] = { TLSEXT_TYPE_supported_versions,
		TLSEXT_TYPE_supported_groups,
		TLSEXT_TYPE_signature_algorithms };
	struct said *said = arg;
	const unsigned char *at;
	size_t i;

	(void)alert;
	said->legacy = SSL_client_hello_get0_legacy_version(ssl);
	said->size[3] = SSL_client_hello_get0_ciphers(ssl, &at);
	memcpy(said->bytes[3], at, said->size[3]);
	for (i = 0; i < NELEM(types); i++)
		if (SSL_client_hello_get0_ext(
			ssl, types[i], &at, &said->size[i]) == 1)
			memcpy(said->bytes[i], at, said->size[i]);
	return SSL_CLIENT_HELLO_ERROR;
}

void
hear(SSL *client, struct said *said)
{
	const struct raw open = { .dtls = SSL_is_dtls(client),
		.level = LEVEL(0) };
	SSL_CTX *ctx = make_raw(&open);
	SSL *server = new_connection(ctx, SERVER);
	struct peer_result result;

	memset(said, 0, sizeof(*said));
	SSL_CTX_set_client_hello_cb(ctx, listen_in, said);
	ck_assert(peer_use_rsa_2048(ctx));
	(void)peer_handshake(client, server, &result);
	SSL_free(server);
	SSL_CTX_free(ctx);
}

void
read_state(SSL *ssl, struct state *out)
{
	const STACK_OF(SSL_CIPHER) *all = SSL_get_ciphers(ssl);
	size_t len = 0;
	int i;

	memset(out, 0, sizeof(*out));
	out->min = SSL_get_min_proto_version(ssl);
	out->max = SSL_get_max_proto_version(ssl);
	out->level = SSL_get_security_level(ssl);
	out->options = SSL_get_options(ssl);
	for (i = 0; i < sk_SSL_CIPHER_num(all); i++)
		len += (size_t)snprintf(out->ciphers + len,
		    sizeof(out->ciphers) - len,
		    "%s:", SSL_CIPHER_get_name(sk_SSL_CIPHER_value(all, i)));
	ck_assert(len < sizeof(out->ciphers));
}

void
assert_state(const char *row, const struct state *a, const struct state *b)
{
	ck_assert_msg(a->min == b->min && a->max == b->max &&
		a->level == b->level && a->options == b->options,
	    "%s: min 0x%lx and 0x%lx, max 0x%lx and 0x%lx, level %d and %d, "
	    "options 0x%llx and 0x%llx",
	    row, (unsigned long)a->min, (unsigned long)b->min,
	    (unsigned long)a->max, (unsigned long)b->max, a->level, b->level,
	    (unsigned long long)a->options, (unsigned long long)b->options);
	ck_assert_msg(strcmp(a->ciphers, b->ciphers) == 0,
	    "%s: ciphers were %s and are %s", row, a->ciphers, b->ciphers);
}

static void
raise_entry(int reason, const char *data)
{
	release_raise(ERR_LIB_USER, reason, NULL);
	ERR_add_error_data(1, data);
}

void
fill_queue(void)
{
	ERR_clear_error();
	raise_entry(101, "oldest");
	ck_assert(ERR_set_mark() == 1);
	raise_entry(102, "middle");
	ck_assert(ERR_set_mark() == 1 && ERR_set_mark() == 1);
	raise_entry(103, "newest");
}

static void
assert_top(const char *row, int reason, const char *want)
{
	const struct release_entry last = release_last_error();

	ck_assert_msg(
	    ERR_GET_REASON(last.code) == reason && strcmp(last.data, want) == 0,
	    "%s: on the queue is %lx \"%s\", not \"%s\"", row, last.code,
	    last.data, want);
}

void
assert_queue(const char *row)
{
	assert_top(row, 103, "newest");
	ck_assert_msg(ERR_pop_to_mark() == 1, "%s: no mark", row);
	assert_top(row, 102, "middle");
	if (release() >= RELEASE_3_0) { /* which counts an entry's marks */
		ck_assert_msg(
		    ERR_pop_to_mark() == 1, "%s: one mark is gone", row);
		assert_top(row, 102, "middle");
	}
	ck_assert_msg(ERR_pop_to_mark() == 1, "%s: no mark below", row);
	assert_top(row, 101, "oldest");
	ck_assert_msg(ERR_pop_to_mark() == 0, "%s: a mark too many", row);
	ck_assert_msg(ERR_peek_error() == 0, "%s: entries too many", row);
}

void
send_hello(SSL *client)
{
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_null());

	BIO_set_mem_eof_return(in, -1);
	SSL_set_bio(client, in, out);
	ck_assert(SSL_get_error(client, SSL_do_handshake(client)) ==
	    SSL_ERROR_WANT_READ);
}

void
assert_check_of(
    const char *row, const SSL *ssl, const char *text, const char *says)
{
	struct tlspolicy *policy = parse_policy(text);
	int want = says == NULL ? TLSPOLICY_OK : TLSPOLICY_E_VIOLATION;
	char why[512] = "untouched";
	int status;

	fill_queue();
	status = tlspolicy_check(ssl, policy, why, sizeof(why));
	ck_assert_msg(status == want, "%s: %s: \"%s\" gives %d, not %d: %s",
	    row, SSL_is_server(ssl) ? "server" : "client", text, status, want,
	    why);
	ck_assert_msg(says == NULL ? why[0] == '\0' : strstr(why, says) != NULL,
	    "%s: %s: \"%s\" says \"%s\", not %s", row,
	    SSL_is_server(ssl) ? "server" : "client", text, why,
	    says == NULL ? "nothing" : says);
	ck_assert_int_eq(tlspolicy_check(ssl, policy, NULL, 0), want);
	assert_queue(row);
	tlspolicy_free(policy);
}

void
assert_check(const char *row, const struct pair *pair, const char *text,
    const char *says)
{
	assert_check_of(row, pair->ssl[CLIENT], text, says);
	assert_check_of(row, pair->ssl[SERVER], text, says);
}

void
make_keys(void)
{
	static const enum peer_key used[] = { PEER_RSA_2048, PEER_PSS_2048,
		PEER_DSA_2048, PEER_P_256, PEER_P_384, PEER_ED25519,
		PEER_ED448 };
	SSL_CTX *ctx[2] = { SSL_CTX_new(TLS_method()),
		SSL_CTX_new(DTLS_method()) };
	size_t i;

	for (i = 0; i < NELEM(used); i++)
		(void)peer_use(ctx[0], used[i]);
	for (i = 0; i < NELEM(ctx); i++) {
		(void)peer_negotiated(ctx[i], PEER_CLIENT);
		SSL_CTX_free(ctx[i]);
	}
}
