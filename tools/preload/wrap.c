/* SPDX-License-Identifier: MIT */
/* The functions that may shake hands, and the life of a connection. */
#include "preload.h"

/* Calls that return 1, or a number of bytes, where they are good. */
#define AROUND(begin, ssl, expression) \
	do { \
		struct call call; \
		int ret; \
\
		if (!begin(&call, ssl)) \
			return -1; \
		ret = (expression); \
		return call_end(&call, ret > 0, ret) ? ret : -1; \
	} while (0)

/* Those that return 0 where they are not, and tell the number apart. */
#define AROUND_EX(begin, ssl, expression) \
	do { \
		struct call call; \
		int ret; \
\
		if (!begin(&call, ssl)) \
			return 0; \
		ret = (expression); \
		return call_end(&call, ret > 0, ret) ? ret : 0; \
	} while (0)

WRAP(int, SSL_connect, (SSL * ssl))
{
	AROUND(call_begin_connect, ssl, real()->connect(ssl));
}

WRAP(int, SSL_accept, (SSL * ssl))
{
	AROUND(call_begin, ssl, real()->accept(ssl));
}

WRAP(int, SSL_do_handshake, (SSL * ssl))
{
	AROUND(call_begin, ssl, real()->do_handshake(ssl));
}

WRAP(int, SSL_stateless, (SSL * ssl))
{
	AROUND(call_begin, ssl, real()->stateless(ssl));
}

WRAP(int, DTLSv1_listen, (SSL * ssl, BIO_ADDR *peer))
{
	AROUND(call_begin, ssl, real()->listen(ssl, peer));
}

WRAP(int, SSL_read, (SSL * ssl, void *buf, int size))
{
	AROUND(call_begin_read, ssl, real()->read(ssl, buf, size));
}

WRAP(int, SSL_peek, (SSL * ssl, void *buf, int size))
{
	AROUND(call_begin_read, ssl, real()->peek(ssl, buf, size));
}

WRAP(int, SSL_write, (SSL * ssl, const void *buf, int size))
{
	AROUND(call_begin, ssl, real()->write(ssl, buf, size));
}

WRAP(int, SSL_read_ex, (SSL * ssl, void *buf, size_t size, size_t *done))
{
	AROUND_EX(call_begin_read, ssl, real()->read_ex(ssl, buf, size, done));
}

WRAP(int, SSL_peek_ex, (SSL * ssl, void *buf, size_t size, size_t *done))
{
	AROUND_EX(call_begin_read, ssl, real()->peek_ex(ssl, buf, size, done));
}

/* SSL_READ_EARLY_DATA_ERROR is 0. */
WRAP(
    int, SSL_read_early_data, (SSL * ssl, void *buf, size_t size, size_t *done))
{
	AROUND_EX(call_begin, ssl, real()->read_early(ssl, buf, size, done));
}

WRAP(int, SSL_write_ex, (SSL * ssl, const void *buf, size_t size, size_t *done))
{
	AROUND_EX(call_begin, ssl, real()->write_ex(ssl, buf, size, done));
}

WRAP(int, SSL_write_early_data,
    (SSL * ssl, const void *buf, size_t size, size_t *done))
{
	AROUND_EX(call_begin, ssl, real()->write_early(ssl, buf, size, done));
}

#ifdef NODE_SSL_write_ex2
WRAP(int, SSL_write_ex2,
    (SSL * ssl, const void *buf, size_t size, uint64_t flags, size_t *done))
{
	AROUND_EX(
	    call_begin, ssl, real()->write_ex2(ssl, buf, size, flags, done));
}
#endif

#ifdef NODE_SSL_sendfile
WRAP(ossl_ssize_t, SSL_sendfile,
    (SSL * ssl, int fd, off_t offset, size_t size, int flags))
{
	struct call call;
	ossl_ssize_t ret;

	if (!call_begin(&call, ssl))
		return -1;
	ret = real()->sendfile(ssl, fd, offset, size, flags);
	return call_end(&call, ret > 0, ret > 0 ? 1 : (int)ret) ? ret : -1;
}
#endif

/*
 * From 3.6 on the error queue decides no more: a connection that was denied is
 * said to have failed, and so are the streams of one of QUIC.
 */
WRAP(int, SSL_get_error, (const SSL *ssl, int ret))
{
	const struct settings *set = settings_plain();

	if (ret <= 0 && ssl != NULL && set->active && set->enforce &&
	    !library_is_inside() && is_denied(ssl))
		return SSL_ERROR_SSL;
	return real()->get_error(ssl, ret);
}

/* The life of a connection and of a context */

WRAP(void, SSL_free, (SSL * ssl))
{
	watch_free(ssl);
	real()->free(ssl);
}

WRAP(int, SSL_up_ref, (SSL * ssl))
{
	const bool watched = settings_plain()->active && !library_is_inside();
	int ret;

	/* First: another thread may drop its own in between. */
	if (watched)
		state_keep(ssl);
	ret = real()->up_ref(ssl);
	if (ret != 1 && watched)
		(void)state_drop(ssl);
	return ret;
}

/* Of a connection that has begun, a copy is another reference. */
WRAP(SSL *, SSL_dup, (SSL * ssl))
{
	SSL *copy = real()->dup(ssl);

	if (copy != NULL && copy == ssl && settings_plain()->active &&
	    !library_is_inside())
		state_keep(ssl);
	return copy;
}

#ifdef NODE_SSL_accept_connection
WRAP(SSL *, SSL_accept_connection, (SSL * listener, uint64_t flags))
{
	struct call call;
	SSL *ssl;

	if (!library_is_inside() && settings_plain()->active &&
	    settings_plain()->enforce && !enforce_listener(listener))
		return NULL;
	ssl = real()->accept_connection(listener, flags);
	if (ssl != NULL && call_begin_accepted(&call, ssl))
		(void)call_end(&call, true, 1);
	return ssl;
}
#endif

/* A context may have the address of one that was seen and is gone. */
WRAP(SSL_CTX *, SSL_CTX_new, (const SSL_METHOD *method))
{
	SSL_CTX *ctx = real()->ctx_new(method);

	if (ctx != NULL && settings_plain()->active && !library_is_inside())
		context_forget(ctx);
	return ctx;
}

#ifdef NODE_SSL_CTX_new_ex
WRAP(SSL_CTX *, SSL_CTX_new_ex,
    (void *libctx, const char *query, const SSL_METHOD *method))
{
	SSL_CTX *ctx = real()->ctx_new_ex(libctx, query, method);

	if (ctx != NULL && settings_plain()->active && !library_is_inside())
		context_forget(ctx);
	return ctx;
}
#endif
