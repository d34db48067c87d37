/* SPDX-License-Identifier: MIT */
/*
 * once CALL POLICY: makes one call of the library on a new context, in a
 * function by itself, for tests/instructions.sh to count.  CALL is override,
 * text (the same, from the policy's text), default, ssl, inspect or audit.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <tlspolicy.h>

struct call {
	const char *name, *text;
	const struct tlspolicy *policy;
	SSL_CTX *ctx;
	SSL *ssl;
};

int counted(const struct call *call);

/* Not inlined, since other files could call it. */
__attribute__((noinline)) int
counted(const struct call *call)
{
	if (strcmp(call->name, "override") == 0)
		return tlspolicy_apply_ctx(
		    call->ctx, call->policy, TLSPOLICY_OVERRIDE);
	if (strcmp(call->name, "text") == 0)
		return tlspolicy_apply_text(
		    call->ctx, call->text, TLSPOLICY_OVERRIDE);
	if (strcmp(call->name, "default") == 0)
		return tlspolicy_apply_ctx(call->ctx, call->policy, 0);
	if (strcmp(call->name, "ssl") == 0)
		return tlspolicy_apply_ssl(
		    call->ssl, call->policy, TLSPOLICY_OVERRIDE);
	if (strcmp(call->name, "inspect") == 0)
		return tlspolicy_inspect(
		    call->ctx, TLSPOLICY_CLIENT, TLS1_3_VERSION);
	if (strcmp(call->name, "audit") == 0)
		return tlspolicy_audit(call->ctx, call->policy);
	return TLSPOLICY_E_INVALID;
}

static int
run(const char *name, const char *text)
{
	struct tlspolicy *policy = NULL;
	struct call call = {
		.name = name, .text = text, .ctx = SSL_CTX_new(TLS_method())
	};
	int status = TLSPOLICY_E_INVALID;

	if (call.ctx != NULL &&
	    tlspolicy_parse(&policy, text) == TLSPOLICY_OK &&
	    ((strcmp(name, "audit") != 0 && strcmp(name, "inspect") != 0) ||
		tlspolicy_apply_ctx(call.ctx, policy, 0) == TLSPOLICY_OK) &&
	    (call.ssl = SSL_new(call.ctx)) != NULL) {
		call.policy = tlspolicy_profile(text);
		if (call.policy == NULL)
			call.policy = policy;
		status = counted(&call);
	}
	SSL_free(call.ssl);
	SSL_CTX_free(call.ctx);
	tlspolicy_free(policy);
	return status;
}

int
main(int argc, char **argv)
{
	if (argc == 3 && run(argv[1], argv[2]) >= TLSPOLICY_OK)
		return 0;
	ERR_print_errors_fp(stderr);
	return 1;
}
