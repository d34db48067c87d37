/* SPDX-License-Identifier: MIT */
/* A context with a policy, in one call: prints what it comes to. */
#include <stdio.h>

#include <openssl/err.h>

#include <tlspolicy.h>

int
main(int argc, char **argv)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	BIO *out = BIO_new_fp(stdout, BIO_NOCLOSE);
	int status = 1;

	if (ctx != NULL && out != NULL &&
	    tlspolicy_apply(ctx, argc > 1 ? argv[1] : "intermediate") == 0 &&
	    tlspolicy_describe(ctx, out) == 0)
		status = 0;
	ERR_print_errors_fp(stderr);
	BIO_free(out);
	SSL_CTX_free(ctx);
	return status;
}
