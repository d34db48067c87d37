/* SPDX-License-Identifier: MIT */
/* OpenSSL's stacks of ciphers: what is in them. */
#include <string.h>

#include <openssl/crypto.h>

#include "internal.h"

static bool
is_suite(const SSL_CIPHER *cipher)
{
	/* OpenSSL calls these alone by IANA's names: TLS_AES_... */
	const char *name = SSL_CIPHER_get_name(cipher);

	return name[0] == 'T' && name[1] == 'L' && name[2] == 'S';
}

int
tlsp_ciphers_of(
    const STACK_OF(SSL_CIPHER) *ciphers, enum list_kind kind, int *end)
{
	int count = sk_SSL_CIPHER_num(ciphers), suites = 0;

	while (suites < count && is_suite(sk_SSL_CIPHER_value(ciphers, suites)))
		suites++;
	*end = kind == LIST_CIPHERSUITES ? suites : count;
	return kind == LIST_CIPHERSUITES ? 0 : suites;
}

bool
tlsp_is_for_quic(const SSL_CIPHER *cipher)
{
	/* RFC 9001 takes 0x1304, CCM, as well, but OpenSSL does not. */
	const unsigned suite = SSL_CIPHER_get_protocol_id(cipher);

	return suite >= 0x1301 && suite <= 0x1303;
}

unsigned
tlsp_cipher_versions(const SSL_CIPHER *cipher)
{
	/* The lowest; TLS 1.3 has none in common with those before it. */
	const char *least = SSL_CIPHER_get_version(cipher);

	if (strcmp(least, "TLSv1.3") == 0)
		return V1_3;
	return strcmp(least, "TLSv1.2") == 0 ? V1_2 : VERSIONS_TO_1_2;
}

unsigned
tlsp_ciphers_versions(const STACK_OF(SSL_CIPHER) *ciphers)
{
	unsigned set = 0;

	for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++)
		set |= tlsp_cipher_versions(sk_SSL_CIPHER_value(ciphers, i));
	return set;
}

char *
tlsp_ciphers_join(const STACK_OF(SSL_CIPHER) *ciphers, enum list_kind kind)
{
	int end, i = tlsp_ciphers_of(ciphers, kind, &end);
	/* No stack ends at -1. */
	size_t size = (size_t)(end + 2) * (ITEM_MAX + 1);
	char *names = OPENSSL_zalloc(size);
	struct item item = { .optional = false };

	for (; names != NULL && i < end; i++) {
		item.name =
		    SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, i));
		item.len = strlen(item.name);
		(void)tlsp_list_append(names, size, &item, false);
	}
	return names;
}

bool
tlsp_ciphers_same(const STACK_OF(SSL_CIPHER) *a, const STACK_OF(SSL_CIPHER) *b,
    enum list_kind kind)
{
	int end, last;
	int i = tlsp_ciphers_of(a, kind, &end);
	int j = tlsp_ciphers_of(b, kind, &last);

	if (end - i != last - j)
		return false;
	for (; i < end; i++, j++) {
		if (sk_SSL_CIPHER_value(a, i) != sk_SSL_CIPHER_value(b, j))
			return false;
	}
	return true;
}

bool
tlsp_ciphers_in(const STACK_OF(SSL_CIPHER) *ciphers, const SSL_CIPHER *wanted)
{
	/* Not sk_find(), which may sort. */
	for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
		if (sk_SSL_CIPHER_value(ciphers, i) == wanted)
			return true;
	}
	return false;
}
