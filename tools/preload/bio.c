/* SPDX-License-Identifier: MIT */
/*
 * The BIO over a connection: libssl's own reads, writes and shakes hands past
 * the functions that are wrapped.  In its place programs are given one of the
 * same kind that does the same, watched.
 */
#include <pthread.h>

#include "preload.h"

static struct {
	bio_write *write;
	bio_read *read;
	bio_ctrl *ctrl;
	bio_life *destroy;
} own;
static BIO_METHOD *method;
static pthread_once_t made = PTHREAD_ONCE_INIT;

/* Past BIO_ctrl(), of which a callback of the program's would hear. */
static SSL *
ssl_of(BIO *bio)
{
	SSL *ssl = NULL;

	if (BIO_get_data(bio) == NULL ||
	    own.ctrl(bio, BIO_C_GET_SSL, 0, (void *)&ssl) != 1)
		return NULL;
	return ssl;
}

static int
write_bio(BIO *bio, const char *data, size_t size, size_t *done)
{
	struct call call;
	int ret = 0;

	if (call_begin(&call, data == NULL ? NULL : ssl_of(bio))) {
		ret = own.write(bio, data, size, done);
		if (call_end(&call, ret > 0, ret))
			return ret;
	}
	BIO_clear_retry_flags(bio);
	return 0;
}

static int
read_bio(BIO *bio, char *data, size_t size, size_t *done)
{
	struct call call;
	int ret = 0;

	if (call_begin_read(&call, data == NULL ? NULL : ssl_of(bio))) {
		ret = own.read(bio, data, size, done);
		if (call_end(&call, ret > 0, ret))
			return ret;
	}
	BIO_clear_retry_flags(bio);
	return 0;
}

static long
ctrl_bio(BIO *bio, int cmd, long arg, void *ptr)
{
	struct call call;
	long ret;

	if (cmd != BIO_C_DO_STATE_MACHINE)
		return own.ctrl(bio, cmd, arg, ptr);
	if (call_begin(&call, ssl_of(bio))) {
		ret = own.ctrl(bio, cmd, arg, ptr);
		if (call_end(&call, ret > 0, (int)ret))
			return ret;
	}
	BIO_clear_retry_flags(bio);
	return -1;
}

static int
destroy_bio(BIO *bio)
{
	SSL *ssl = bio == NULL ? NULL : ssl_of(bio);

	if (ssl != NULL && BIO_get_shutdown(bio) != 0 && !library_is_inside()) {
		/* libssl may free it past the function that is wrapped. */
		watch_free(ssl);
	}
	return own.destroy(bio);
}

static bool
fill(BIO_METHOD *to, const BIO_METHOD *from)
{
	const struct real *r = real();

	/* cppcheck-suppress AssignmentIntegerToAddress */
	own.write = r->get_write(from);
	/* cppcheck-suppress AssignmentIntegerToAddress */
	own.read = r->get_read(from);
	own.ctrl = r->get_ctrl(from);
	/* cppcheck-suppress AssignmentIntegerToAddress */
	own.destroy = r->get_destroy(from);
	return own.write != NULL && own.read != NULL && own.ctrl != NULL &&
	    own.destroy != NULL && BIO_meth_set_write_ex(to, write_bio) == 1 &&
	    BIO_meth_set_read_ex(to, read_bio) == 1 &&
	    BIO_meth_set_ctrl(to, ctrl_bio) == 1 &&
	    BIO_meth_set_destroy(to, destroy_bio) == 1 &&
	    BIO_meth_set_puts(to, r->get_puts(from)) == 1 &&
	    BIO_meth_set_create(to, r->get_create(from)) == 1 &&
	    BIO_meth_set_callback_ctrl(to, r->get_callback(from)) == 1;
}

static void
make(void)
{
	const struct real *r = real();
	BIO_METHOD *to;

	if (r->get_write == NULL || r->get_read == NULL ||
	    r->get_puts == NULL || r->get_ctrl == NULL ||
	    r->get_create == NULL || r->get_destroy == NULL ||
	    r->get_callback == NULL ||
	    (to = BIO_meth_new(BIO_TYPE_SSL, "ssl")) == NULL)
		return;
	if (fill(to, r->f_ssl()))
		method = to;
	else
		BIO_meth_free(to);
}

static bool
is_replaced(void)
{
	int error;

	if (library_is_inside() || !settings_plain()->active)
		return false;
	library_enter(&error);
	(void)pthread_once(&made, make);
	library_leave(error);
	return method != NULL;
}

WRAP(const BIO_METHOD *, BIO_f_ssl, (void))
{
	return is_replaced() ? method : real()->f_ssl();
}

/* As in OpenSSL's bio_ssl.c, with the method above. */
static BIO *
make_ssl(SSL_CTX *ctx, int client)
{
	BIO *bio = BIO_new(method);
	SSL *ssl = bio == NULL ? NULL : SSL_new(ctx);

	if (ssl == NULL) {
		(void)BIO_free(bio);
		return NULL;
	}
	if (client)
		SSL_set_connect_state(ssl);
	else
		SSL_set_accept_state(ssl);
	(void)BIO_set_ssl(bio, ssl, BIO_CLOSE);
	return bio;
}

static BIO *
put_before(BIO *first, BIO *second)
{
	if (first != NULL && second != NULL)
		return BIO_push(first, second);
	(void)BIO_free(first);
	(void)BIO_free(second);
	return NULL;
}

WRAP(BIO *, BIO_new_ssl, (SSL_CTX * ctx, int client))
{
	return is_replaced() ? make_ssl(ctx, client)
			     : real()->new_ssl(ctx, client);
}

static BIO *
make_ssl_connect(SSL_CTX *ctx)
{
	BIO *connection = BIO_new(BIO_s_connect());

	return put_before(
	    connection == NULL ? NULL : make_ssl(ctx, 1), connection);
}

WRAP(BIO *, BIO_new_ssl_connect, (SSL_CTX * ctx))
{
	return is_replaced() ? make_ssl_connect(ctx)
			     : real()->new_ssl_connect(ctx);
}

WRAP(BIO *, BIO_new_buffer_ssl_connect, (SSL_CTX * ctx))
{
	BIO *buffer, *ssl;

	if (!is_replaced())
		return real()->new_buffer_ssl_connect(ctx);
	buffer = BIO_new(BIO_f_buffer());
	ssl = buffer == NULL ? NULL : make_ssl_connect(ctx);
	if (ssl == NULL) {
		(void)BIO_free(buffer);
		return NULL;
	}
	return BIO_push(buffer, ssl);
}
