/* SPDX-License-Identifier: MIT */
/* Suites and groups as OpenSSL and the library call them. */
#include <string.h>

#include <openssl/err.h>

#include "scan.h"

const char *
suite_openssl_name(uint16_t suite)
{
	static SSL *ssl; /* for its table of ciphers only */
	const unsigned char code[] = { (unsigned char)(suite >> 8),
		(unsigned char)suite };
	const SSL_CIPHER *cipher;
	SSL_CTX *ctx;

	if (ssl == NULL) {
		ctx = must(SSL_CTX_new(TLS_client_method()));
		ssl = must(SSL_new(ctx));
		SSL_CTX_free(ctx);
		ERR_clear_error();
	}
	cipher = SSL_CIPHER_find(ssl, code);
	return cipher == NULL ? NULL : SSL_CIPHER_get_name(cipher);
}

/* Where the library's name is another than the registry's. */
static const struct code other[] = { { 19, "prime192v1" }, { 23, "prime256v1" },
	{ 29, "X25519" }, { 30, "X448" } };

static const char *
spelled(uint16_t group)
{
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (other[i].code == group)
			return other[i].name;
	return group_name(group);
}

/* The library knows GOST's and explicit curves by no name. */
const char *
group_policy_name(uint16_t group)
{
	const bool unnamed = (group >= 34 && group <= 40) || group >= 0x6399;

	return unnamed ? NULL : spelled(group);
}

uint16_t
group_code(const char *name)
{
	struct tlspolicy *scratch = must(tlspolicy_new());
	const char *canonical = name;
	uint16_t code = 0;

	if (tlspolicy_set_groups(scratch, name) == TLSPOLICY_OK)
		canonical = tlspolicy_get_groups(scratch);
	for (size_t i = 0; i < group_count && code == 0; i++)
		if (strcmp(spelled(groups[i].code), canonical) == 0)
			code = groups[i].code;
	ERR_clear_error();
	tlspolicy_free(scratch);
	return code;
}
