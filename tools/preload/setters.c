/* SPDX-License-Identifier: MIT */
/* Setters of one connection, after which a policy is applied again. */
#include "preload.h"

WRAP(SSL_CTX *, SSL_set_SSL_CTX, (SSL * ssl, SSL_CTX *ctx))
{
	SSL_CTX *ret = real()->set_ctx(ssl, ctx);

	enforce_again(ssl);
	return ret;
}

static bool
decides(int cmd)
{
	switch (cmd) {
	case SSL_CTRL_SET_MIN_PROTO_VERSION:
	case SSL_CTRL_SET_MAX_PROTO_VERSION:
	case SSL_CTRL_SET_GROUPS:
	case SSL_CTRL_SET_GROUPS_LIST:
	case SSL_CTRL_SET_SIGALGS:
	case SSL_CTRL_SET_SIGALGS_LIST:
		return true;
	default:
		return false;
	}
}

WRAP(long, SSL_ctrl, (SSL * ssl, int cmd, long arg, void *ptr))
{
	const long ret = real()->ctrl(ssl, cmd, arg, ptr);

	if (decides(cmd))
		enforce_again(ssl);
	return ret;
}

WRAP(options_type, SSL_set_options, (SSL * ssl, options_type options))
{
	const options_type ret = real()->set_options(ssl, options);

	enforce_again(ssl);
	return ret;
}

WRAP(options_type, SSL_clear_options, (SSL * ssl, options_type options))
{
	const options_type ret = real()->clear_options(ssl, options);

	enforce_again(ssl);
	return ret;
}

WRAP(int, SSL_set_cipher_list, (SSL * ssl, const char *list))
{
	const int ret = real()->set_cipher_list(ssl, list);

	enforce_again(ssl);
	return ret;
}

WRAP(int, SSL_set_ciphersuites, (SSL * ssl, const char *list))
{
	const int ret = real()->set_ciphersuites(ssl, list);

	enforce_again(ssl);
	return ret;
}

WRAP(void, SSL_set_security_level, (SSL * ssl, int level))
{
	real()->set_level(ssl, level);
	enforce_again(ssl);
}

WRAP(int, SSL_set_ssl_method, (SSL * ssl, const SSL_METHOD *method))
{
	const int ret = real()->set_method(ssl, method);

	enforce_again(ssl);
	return ret;
}
