/* SPDX-License-Identifier: MIT */
/* OpenSSL's stacks of ciphers: what is in them, and putting one back. */
#include <string.h>

#include <openssl/crypto.h>

#include "internal.h"

bool
tlsp_is_suite(const SSL_CIPHER *cipher)
{
	/* OpenSSL calls these alone by IANA's names: TLS_AES_... */
	const char *name = SSL_CIPHER_get_name(cipher);

	return name[0] == 'T' && name[1] == 'L' && name[2] == 'S';
}

int
tlsp_ciphers_suites(const STACK_OF(SSL_CIPHER) * ciphers)
{
	int count = sk_SSL_CIPHER_num(ciphers), suites = 0;

	while (suites < count &&
	    tlsp_is_suite(sk_SSL_CIPHER_value(ciphers, suites)))
		suites++;
	return suites;
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
		return TLSPOLICY_NO_TLS1_3;
	return strcmp(least, "TLSv1.2") == 0 ? TLSPOLICY_NO_TLS1_2
					     : VERSIONS_TO_1_2;
}

unsigned
tlsp_ciphers_versions(const STACK_OF(SSL_CIPHER) * ciphers)
{
	unsigned set = 0;

	for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++)
		set |= tlsp_cipher_versions(sk_SSL_CIPHER_value(ciphers, i));
	return set;
}

char *
tlsp_ciphers_join(const STACK_OF(SSL_CIPHER) * ciphers, bool suites)
{
	int count = sk_SSL_CIPHER_num(ciphers);
	/* No stack counts as -1. */
	size_t size = (size_t)(count + 2) * (ITEM_MAX + 1);
	char *names = OPENSSL_zalloc(size);
	struct item item = { .optional = false };

	for (int i = 0; names != NULL && i < count; i++) {
		const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(ciphers, i);

		if (tlsp_is_suite(cipher) != suites)
			continue;
		item.name = SSL_CIPHER_get_name(cipher);
		item.len = strlen(item.name);
		(void)tlsp_list_append(names, size, &item, false);
	}
	return names;
}

bool
tlsp_ciphers_are(
    const STACK_OF(SSL_CIPHER) * ciphers, bool suites, const char *names)
{
	int first = tlsp_ciphers_suites(ciphers);
	int at = suites ? 0 : first;
	int end = suites ? first : sk_SSL_CIPHER_num(ciphers);

	for (; at < end && *names != '\0'; at++) {
		const char *name =
		    SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, at));
		size_t len = strlen(name);

		if (strncmp(names, name, len) != 0 ||
		    (names[len] != ':' && names[len] != '\0'))
			return false;
		names += names[len] == ':' ? len + 1 : len;
	}
	return *names == '\0' && at >= end;
}

bool
tlsp_ciphers_put(const struct target *target, enum list_kind kind,
    const STACK_OF(SSL_CIPHER) * ciphers)
{
	bool suites = kind == LIST_CIPHERSUITES;
	char *names = tlsp_ciphers_join(ciphers, suites);
	const char *list = names;
	bool empty, set;

	if (names == NULL)
		return false;
	/* Only a list that matches nothing empties the TLS 1.2 ciphers. */
	empty = names[0] == '\0' && !suites;
	if (empty)
		list = "TLS_AES_128_GCM_SHA256";
	/* Failing, it may have changed what the next list will bring. */
	set = tlsp_set_list(target, kind, list) || empty;
	set = set && tlsp_ciphers_are(tlsp_ciphers(target), suites, names);
	OPENSSL_free(names);
	return set;
}

bool
tlsp_ciphers_in(const STACK_OF(SSL_CIPHER) * ciphers, const SSL_CIPHER *wanted)
{
	/* Not sk_find(), which may sort. */
	for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
		if (sk_SSL_CIPHER_value(ciphers, i) == wanted)
			return true;
	}
	return false;
}
