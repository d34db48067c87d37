/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "explained.h"
#include "peer.h"
#include "release.h"
#include "runner.h"

void
small_dh(SSL_CTX *ctx)
{
	SSL_CTX_set_dh_auto(ctx, 2); /* 1024 bits whatever the certificate */
}

void
any_dh(SSL_CTX *ctx)
{
	SSL_CTX_set_dh_auto(ctx, 1);
}

static unsigned
give_psk(SSL *ssl, const char *identity, unsigned char *psk, unsigned max)
{
	(void)ssl, (void)identity;
	memset(psk, 7, max < 16 ? max : 16);
	return 16;
}

void
with_psk(SSL_CTX *ctx)
{
	SSL_CTX_set_psk_server_callback(ctx, give_psk);
}

/* What a server asks of a client's key, or a client of its own. */
void
client_rsa(SSL_CTX *ctx)
{
	char sigalgs[] = "RSA+SHA256:RSA-PSS+SHA256";

	ck_assert(SSL_CTX_set1_client_sigalgs_list(ctx, sigalgs) == 1);
}

void
offer_h2(SSL_CTX *ctx)
{
	static const unsigned char list[] = { 2, 'h', '2' };

	ck_assert_int_eq(SSL_CTX_set_alpn_protos(ctx, list, sizeof(list)), 0);
}

static int
no_protocol(SSL *ssl, const unsigned char **out, unsigned char *outlen,
    const unsigned char *in, unsigned inlen, void *arg)
{
	(void)ssl, (void)out, (void)outlen, (void)in, (void)inlen, (void)arg;
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

void
refuse_h2(SSL_CTX *ctx)
{
	SSL_CTX_set_alpn_select_cb(ctx, no_protocol, NULL);
}

static int
no_name(SSL *ssl, int *alert, void *arg)
{
	(void)ssl, (void)arg;
	*alert = SSL_AD_UNRECOGNIZED_NAME;
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

void
refuse_name(SSL_CTX *ctx)
{
	SSL_CTX_set_tlsext_servername_callback(ctx, no_name);
}

static int
no_client(SSL *ssl, int *alert, void *arg)
{
	(void)ssl, (void)alert, (void)arg;
	return SSL_CLIENT_HELLO_ERROR;
}

void
refuse_client(SSL_CTX *ctx)
{
	SSL_CTX_set_client_hello_cb(ctx, no_client, NULL);
}

static int
no_certificate(SSL *ssl, void *arg)
{
	(void)ssl, (void)arg;
	return 1;
}

void
load_nothing(SSL_CTX *ctx)
{
	SSL_CTX_set_cert_cb(ctx, no_certificate, NULL);
}

SSL_CTX *
make_end(const struct end *end, int role)
{
	SSL_CTX *ctx = peer_context(end->pinned ? release_tls1_2()
		: end->dtls                     ? DTLS_method()
						: TLS_method(),
	    NULL);
	int ok = ctx != NULL;

	ck_assert_ptr_nonnull(ctx);
	SSL_CTX_set_security_level(ctx, 0);
	if (role == SERVER ? !end->bare : end->cert)
		ok &= peer_use(ctx, end->ec ? PEER_P_256 : PEER_RSA_2048);
	SSL_CTX_set_security_level(ctx, end->level);
	if (end->ciphers != NULL)
		ok &= SSL_CTX_set_cipher_list(ctx, end->ciphers);
	if (end->suites != NULL)
		ok &= SSL_CTX_set_ciphersuites(ctx, end->suites);
	if (end->groups != NULL)
		ok &= peer_set_groups(ctx, end->groups);
	if (end->sigalgs != NULL)
		ok &= peer_set_sigalgs(ctx, end->sigalgs);
	ok &= (int)SSL_CTX_set_min_proto_version(ctx, end->min);
	ok &= (int)SSL_CTX_set_max_proto_version(ctx, end->max);
	ck_assert_int_eq(ok, 1);
	SSL_CTX_set_options(ctx, end->options);
	return ctx;
}

/* The rest, which no version depends on. */
static void
dress(SSL_CTX *ctx, const struct end *end)
{
	SSL_CTX_set_verify(ctx, end->verify, NULL);
	SSL_CTX_set_mode(ctx, end->mode);
	if (end->more != NULL)
		end->more(ctx);
}

static BIO *
new_bio(void)
{
	BIO *bio = BIO_new(BIO_s_mem());

	ck_assert_ptr_nonnull(bio);
	BIO_set_mem_eof_return(bio, -1);
	return bio;
}

void
open_pair(struct pair *pair, const struct end ends[2])
{
	int i;

	memset(pair, 0, sizeof(*pair));
	for (i = 0; i < 2; i++) {
		SSL_CTX *ctx = make_end(&ends[i], i);

		dress(ctx, &ends[i]);
		pair->ssl[i] = SSL_new(ctx);
		SSL_CTX_free(ctx);
		ck_assert_ptr_nonnull(pair->ssl[i]);
		pair->in[i] = new_bio();
		pair->out[i] = new_bio();
		SSL_set_bio(pair->ssl[i], pair->in[i], pair->out[i]);
		if (ends[i].dtls) {
			SSL_set_options(pair->ssl[i], SSL_OP_NO_QUERY_MTU);
			SSL_set_mtu(pair->ssl[i], 16000);
		}
	}
	SSL_set_connect_state(pair->ssl[CLIENT]);
	SSL_set_accept_state(pair->ssl[SERVER]);
}

void
close_pair(struct pair *pair)
{
	SSL_free(pair->ssl[CLIENT]);
	SSL_free(pair->ssl[SERVER]);
	ERR_clear_error();
}

void
take_turn(struct pair *pair, int i)
{
	char byte;
	int ret, error;

	if (pair->dead[i])
		return;
	ERR_clear_error();
	if (SSL_is_init_finished(pair->ssl[i]))
		ret = SSL_read(pair->ssl[i], &byte, 1);
	else
		ret = SSL_do_handshake(pair->ssl[i]);
	error = SSL_get_error(pair->ssl[i], ret);
	pair->dead[i] = ret <= 0 && error != SSL_ERROR_WANT_READ &&
	    error != SSL_ERROR_WANT_WRITE;
}

void
carry(struct pair *pair, int from, edit change)
{
	unsigned char data[32768];
	int size = BIO_read(pair->out[from], data, (int)sizeof(data));

	if (size <= 0)
		return;
	if (change != NULL)
		change(from, data, (size_t)size);
	ck_assert_int_eq(BIO_write(pair->in[!from], data, size), size);
}

void
run_until_dead(struct pair *pair, const struct row *row, int i)
{
	const char *data = row->peer[i];
	int turn;

	if (data != NULL)
		ck_assert_int_gt(
		    BIO_write(pair->in[i], data,
			(int)(row->size != 0 ? row->size : strlen(data))),
		    0);
	if (row->eof)
		BIO_set_mem_eof_return(pair->in[i], 0);
	for (turn = 0; turn < STEPS && !pair->dead[i]; turn++) {
		if (data == NULL && !row->eof) {
			take_turn(pair, !i);
			carry(pair, !i, row->edit);
		}
		take_turn(pair, i);
		carry(pair, i, row->edit);
	}
}

void
take_queue(struct queue *queue)
{
	struct release_entry e;

	memset(queue, 0, sizeof(*queue));
	while ((e = release_take_error()).code != 0) {
		int i = queue->count++;

		ck_assert_int_lt(i, (int)NELEM(queue->entry));
		queue->entry[i].code = e.code;
		queue->entry[i].line = e.line;
		queue->entry[i].flags = e.flags & ERR_TXT_STRING;
		(void)snprintf(queue->entry[i].file,
		    sizeof(queue->entry[i].file), "%s", e.file);
		(void)snprintf(queue->entry[i].func,
		    sizeof(queue->entry[i].func), "%s", e.func);
		(void)snprintf(queue->entry[i].data,
		    sizeof(queue->entry[i].data), "%s", e.data);
	}
}

void
put_queue(const struct queue *queue)
{
	int i;

	for (i = 0; i < queue->count; i++) {
		const char *data = queue->entry[i].data;

		release_add_error(queue->entry[i].file, queue->entry[i].line,
		    queue->entry[i].func, ERR_GET_LIB(queue->entry[i].code),
		    ERR_GET_REASON(queue->entry[i].code),
		    queue->entry[i].flags != 0 ? data : NULL);
	}
}

void
explain(const SSL *ssl, char text[TEXT_SIZE])
{
	struct queue before, after;
	int len;

	take_queue(&before);
	put_queue(&before);
	len = tlspolicy_explain(ssl, text, TEXT_SIZE);
	take_queue(&after);
	put_queue(&after);
	ck_assert_msg(memcmp(&before, &after, sizeof(before)) == 0,
	    "the queue has changed, %d and %d entries", before.count,
	    after.count);
	ck_assert_int_gt(len, 0);
	ck_assert_int_lt(len, TEXT_SIZE);
	ck_assert_uint_eq(strlen(text), (size_t)len);
	ck_assert_int_eq(text[len - 1], '.');
}
