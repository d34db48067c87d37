/* SPDX-License-Identifier: MIT */
/*
 * libssl's own functions, by the versions under which programs know them, so
 * that no other object that has the same names is taken for it.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "preload.h"

static struct real functions;
static pthread_once_t found = PTHREAD_ONCE_INIT;

struct lookup {
	const char *name, *node; /* node: NULL where it is not wrapped */
	size_t at;
};
#define WRAPPED(name, field) \
	{ \
#name, NODE_##name, offsetof(struct real, field) \
	}
#define OPTIONAL(name, field) \
	{ \
#name, NULL, offsetof(struct real, field) \
	}

static const struct lookup lookups[] = {
	WRAPPED(SSL_connect, connect),
	WRAPPED(SSL_accept, accept),
	WRAPPED(SSL_do_handshake, do_handshake),
	WRAPPED(SSL_stateless, stateless),
	WRAPPED(DTLSv1_listen, listen),
	WRAPPED(SSL_read, read),
	WRAPPED(SSL_read_ex, read_ex),
	WRAPPED(SSL_read_early_data, read_early),
	WRAPPED(SSL_peek, peek),
	WRAPPED(SSL_peek_ex, peek_ex),
	WRAPPED(SSL_write, write),
	WRAPPED(SSL_write_ex, write_ex),
	WRAPPED(SSL_write_early_data, write_early),
	WRAPPED(SSL_get_error, get_error),
	WRAPPED(SSL_free, free),
	WRAPPED(SSL_up_ref, up_ref),
	WRAPPED(SSL_dup, dup),
	WRAPPED(SSL_CTX_new, ctx_new),
	WRAPPED(SSL_set_SSL_CTX, set_ctx),
	WRAPPED(SSL_ctrl, ctrl),
	WRAPPED(SSL_set_options, set_options),
	WRAPPED(SSL_clear_options, clear_options),
	WRAPPED(SSL_set_cipher_list, set_cipher_list),
	WRAPPED(SSL_set_ciphersuites, set_ciphersuites),
	WRAPPED(SSL_set_security_level, set_level),
	WRAPPED(SSL_set_ssl_method, set_method),
	WRAPPED(BIO_f_ssl, f_ssl),
	WRAPPED(BIO_new_ssl, new_ssl),
	WRAPPED(BIO_new_ssl_connect, new_ssl_connect),
	WRAPPED(BIO_new_buffer_ssl_connect, new_buffer_ssl_connect),
#ifdef NODE_SSL_write_ex2
	WRAPPED(SSL_write_ex2, write_ex2),
#endif
#ifdef NODE_SSL_sendfile
	WRAPPED(SSL_sendfile, sendfile),
#endif
#ifdef NODE_SSL_accept_connection
	WRAPPED(SSL_accept_connection, accept_connection),
#endif
#ifdef NODE_SSL_CTX_new_ex
	WRAPPED(SSL_CTX_new_ex, ctx_new_ex),
#endif
	OPTIONAL(SSL_is_quic, is_quic),
	OPTIONAL(OSSL_QUIC_client_method, quic[0]),
	OPTIONAL(OSSL_QUIC_client_thread_method, quic[1]),
	OPTIONAL(OSSL_QUIC_server_method, quic[2]),
	OPTIONAL(SSL_get0_connection, connection),
	OPTIONAL(SSL_get0_group_name, group_name),
	OPTIONAL(SSL_group_to_name, group_to_name),
	OPTIONAL(BIO_meth_get_write_ex, get_write),
	OPTIONAL(BIO_meth_get_read_ex, get_read),
	OPTIONAL(BIO_meth_get_puts, get_puts),
	OPTIONAL(BIO_meth_get_ctrl, get_ctrl),
	OPTIONAL(BIO_meth_get_create, get_create),
	OPTIONAL(BIO_meth_get_destroy, get_destroy),
	OPTIONAL(BIO_meth_get_callback_ctrl, get_callback),
};

/* The libssl that this object is linked with, which is loaded for sure. */
static void *
own_libssl(void)
{
	const char *(*known)(const SSL *ssl) = SSL_get_version;
	void *address;
	Dl_info info;

	memcpy(&address, &known, sizeof(address));
	if (dladdr(address, &info) == 0 || info.dli_fname == NULL)
		return NULL;
	return dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
}

/* A reference is kept for as long as the process lives. */
static void
find(void)
{
	void *libssl = own_libssl(), *function;
	const size_t count = sizeof(lookups) / sizeof(lookups[0]);

	for (size_t i = 0; i < count; i++) {
		const struct lookup *look = &lookups[i];

		if (libssl == NULL)
			function = look->node == NULL
			    ? NULL
			    : dlvsym(RTLD_NEXT, look->name, look->node);
		else if (look->node != NULL)
			function = dlvsym(libssl, look->name, look->node);
		else
			function = dlsym(libssl, look->name);
		memcpy(
		    (char *)&functions + look->at, &function, sizeof(function));
	}
}

const struct real *
real(void)
{
	(void)pthread_once(&found, find);
	return &functions;
}
