/* SPDX-License-Identifier: MIT */
/*
 * The names of groups and signature algorithms, each with its other spellings.
 * The first name is one that every supported OpenSSL takes which has the thing
 * at all: 1.1.1 knows prime256v1 but not secp256r1.
 *
 * Sources: IANA's "TLS Supported Groups" and "TLS SignatureScheme" registries
 * for code points; the TLS-GROUP capabilities of OpenSSL's default provider
 * and SSL_CTX_set_security_level(3) for bits and versions.
 */
#include <string.h>

#include "internal.h"

#define V12  VERSIONS_TO_1_2
#define V13  TLSPOLICY_NO_TLS1_3
#define VALL VERSIONS_ALL

static const struct name groups[] = {
	{ "X25519MLKEM768", { NULL }, 0x11ec, 192, V13 },
	{ "SecP256r1MLKEM768", { NULL }, 0x11eb, 192, V13 },
	{ "SecP384r1MLKEM1024", { NULL }, 0x11ed, 256, V13 },
	{ "curveSM2MLKEM768", { NULL }, 0x11ee, 192, V13 },
	{ "MLKEM512", { NULL }, 0x0200, 128, V13 },
	{ "MLKEM768", { NULL }, 0x0201, 192, V13 },
	{ "MLKEM1024", { NULL }, 0x0202, 256, V13 },
	{ "X25519", { NULL }, 29, 128, VALL },
	{ "X448", { NULL }, 30, 224, VALL },
	{ "prime256v1", { "secp256r1", "P-256" }, 23, 128, VALL },
	{ "secp384r1", { "P-384" }, 24, 192, VALL },
	{ "secp521r1", { "P-521" }, 25, 256, VALL },
	{ "curveSM2", { NULL }, 41, 128, V13 },
	{ "ffdhe2048", { NULL }, 256, 112, V13 },
	{ "ffdhe3072", { NULL }, 257, 128, V13 },
	{ "ffdhe4096", { NULL }, 258, 128, V13 },
	{ "ffdhe6144", { NULL }, 259, 128, V13 },
	{ "ffdhe8192", { NULL }, 260, 192, V13 },
	{ "brainpoolP256r1tls13", { NULL }, 31, 128, V13 },
	{ "brainpoolP384r1tls13", { NULL }, 32, 192, V13 },
	{ "brainpoolP512r1tls13", { NULL }, 33, 256, V13 },
	{ "brainpoolP256r1", { NULL }, 26, 128, V12 },
	{ "brainpoolP384r1", { NULL }, 27, 192, V12 },
	{ "brainpoolP512r1", { NULL }, 28, 256, V12 },
	{ "secp256k1", { NULL }, 22, 128, V12 },
	{ "secp224r1", { "P-224" }, 21, 112, V12 },
	{ "secp224k1", { NULL }, 20, 112, V12 },
	{ "prime192v1", { "secp192r1", "P-192" }, 19, 80, V12 },
	{ "secp192k1", { NULL }, 18, 80, V12 },
	{ "secp160k1", { NULL }, 15, 80, V12 },
	{ "secp160r1", { NULL }, 16, 80, V12 },
	{ "secp160r2", { NULL }, 17, 80, V12 },
	{ "sect163k1", { "K-163" }, 1, 80, V12 },
	{ "sect163r1", { NULL }, 2, 80, V12 },
	{ "sect163r2", { "B-163" }, 3, 80, V12 },
	{ "sect193r1", { NULL }, 4, 80, V12 },
	{ "sect193r2", { NULL }, 5, 80, V12 },
	{ "sect233k1", { "K-233" }, 6, 112, V12 },
	{ "sect233r1", { "B-233" }, 7, 112, V12 },
	{ "sect239k1", { NULL }, 8, 112, V12 },
	{ "sect283k1", { "K-283" }, 9, 128, V12 },
	{ "sect283r1", { "B-283" }, 10, 128, V12 },
	{ "sect409k1", { "K-409" }, 11, 192, V12 },
	{ "sect409r1", { "B-409" }, 12, 192, V12 },
	{ "sect571k1", { "K-571" }, 13, 256, V12 },
	{ "sect571r1", { "B-571" }, 14, 256, V12 },
};

/*
 * PKCS#1, DSA, SHA-1 and SHA-224 sign TLS 1.2 handshakes only (RFC 8446,
 * 4.2.3).  SHA-1 counts 64 bits from OpenSSL 3.0, 80 before.
 */
static const struct name sigalgs[] = {
	{ "ecdsa_secp256r1_sha256", { "ECDSA+SHA256" }, 0x0403, 128, VALL },
	{ "ecdsa_secp384r1_sha384", { "ECDSA+SHA384" }, 0x0503, 192, VALL },
	{ "ecdsa_secp521r1_sha512", { "ECDSA+SHA512" }, 0x0603, 256, VALL },
	{ "ed25519", { NULL }, 0x0807, 128, VALL },
	{ "ed448", { NULL }, 0x0808, 224, VALL },
	{ "rsa_pss_rsae_sha256", { "RSA-PSS+SHA256", "PSS+SHA256" }, 0x0804,
	    128, VALL },
	{ "rsa_pss_rsae_sha384", { "RSA-PSS+SHA384", "PSS+SHA384" }, 0x0805,
	    192, VALL },
	{ "rsa_pss_rsae_sha512", { "RSA-PSS+SHA512", "PSS+SHA512" }, 0x0806,
	    256, VALL },
	{ "rsa_pss_pss_sha256", { NULL }, 0x0809, 128, VALL },
	{ "rsa_pss_pss_sha384", { NULL }, 0x080a, 192, VALL },
	{ "rsa_pss_pss_sha512", { NULL }, 0x080b, 256, VALL },
	{ "mldsa44", { NULL }, 0x0904, 128, V13 },
	{ "mldsa65", { NULL }, 0x0905, 192, V13 },
	{ "mldsa87", { NULL }, 0x0906, 256, V13 },
	/* From 4.0 on. */
	{ "sm2sig_sm3", { NULL }, 0x0708, 128, V13 },
	{ "ecdsa_brainpoolP256r1tls13_sha256",
	    { "ecdsa_brainpoolP256r1_sha256" }, 0x081a, 128, V13 },
	{ "ecdsa_brainpoolP384r1tls13_sha384",
	    { "ecdsa_brainpoolP384r1_sha384" }, 0x081b, 192, V13 },
	{ "ecdsa_brainpoolP512r1tls13_sha512",
	    { "ecdsa_brainpoolP512r1_sha512" }, 0x081c, 256, V13 },
	{ "rsa_pkcs1_sha256", { "RSA+SHA256" }, 0x0401, 128, V12 },
	{ "rsa_pkcs1_sha384", { "RSA+SHA384" }, 0x0501, 192, V12 },
	{ "rsa_pkcs1_sha512", { "RSA+SHA512" }, 0x0601, 256, V12 },
	{ "rsa_pkcs1_sha224", { "RSA+SHA224" }, 0x0301, 112, V12 },
	{ "rsa_pkcs1_sha1", { "RSA+SHA1" }, 0x0201, 64, V12 },
	{ "ECDSA+SHA224", { "ecdsa_sha224" }, 0x0303, 112, V12 },
	{ "ECDSA+SHA1", { "ecdsa_sha1" }, 0x0203, 64, V12 },
	{ "DSA+SHA256", { "dsa_sha256" }, 0x0402, 128, V12 },
	{ "DSA+SHA384", { "dsa_sha384" }, 0x0502, 192, V12 },
	{ "DSA+SHA512", { "dsa_sha512" }, 0x0602, 256, V12 },
	{ "DSA+SHA224", { "dsa_sha224" }, 0x0302, 112, V12 },
	{ "DSA+SHA1", { "dsa_sha1" }, 0x0202, 64, V12 },
};

/* Not strcasecmp(3): the locale has no say in what a cipher is called. */
static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
tlsp_same(const char *a, const char *b, size_t len)
{
	size_t i = 0;

	while (i < len && (a[i] == b[i] || lower(a[i]) == lower(b[i])))
		i++;
	return i == len;
}

bool
tlsp_spells(const char *known, const char *name, size_t len)
{
	/* A name that is longer than `known` differs at its end. */
	return known != NULL && lower(known[0]) == lower(name[0]) &&
	    tlsp_same(known, name, len) && known[len] == '\0';
}

static const struct name *
table_of(enum list_kind kind, size_t *count)
{
	if (kind == LIST_GROUPS) {
		*count = sizeof(groups) / sizeof(groups[0]);
		return groups;
	}
	*count = sizeof(sigalgs) / sizeof(sigalgs[0]);
	return sigalgs;
}

static const struct name *
find(enum list_kind kind, const char *name, size_t len)
{
	size_t count;
	const struct name *table = table_of(kind, &count);

	/* As the lists of a policy have it. */
	for (size_t i = 0; i < count; i++) {
		if (table[i].name[0] == name[0] &&
		    strncmp(table[i].name, name, len) == 0 &&
		    table[i].name[len] == '\0')
			return &table[i];
	}
	for (size_t i = 0; i < count; i++) {
		if (tlsp_spells(table[i].name, name, len) ||
		    tlsp_spells(table[i].alias[0], name, len) ||
		    tlsp_spells(table[i].alias[1], name, len))
			return &table[i];
	}
	return NULL;
}

const struct name *
tlsp_name_find(enum list_kind kind, const char *name, size_t len)
{
	const struct name *known = find(kind, name, len);
	const char *plus = memchr(name, '+', len);
	char turned[ITEM_MAX];
	size_t first, second;

	if (known != NULL || plus == NULL || len > sizeof(turned))
		return known;
	/* OpenSSL takes SHA256+RSA for RSA+SHA256. */
	first = (size_t)(plus - name);
	second = len - first - 1;
	memcpy(turned, plus + 1, second);
	turned[second] = '+';
	memcpy(turned + second + 1, name, first);
	return find(kind, turned, len);
}

const struct name *
tlsp_name_at(enum list_kind kind, size_t index)
{
	size_t count;
	const struct name *table = table_of(kind, &count);

	return index < count ? &table[index] : NULL;
}

const struct name *
tlsp_name_of(enum list_kind kind, uint16_t code)
{
	size_t count;
	const struct name *table = table_of(kind, &count);

	for (size_t i = 0; i < count; i++) {
		if (table[i].code == code)
			return &table[i];
	}
	return NULL;
}

const char *
tlsp_name_own(enum list_kind kind, const char *name)
{
	const struct name *known = tlsp_name_find(kind, name, strlen(name));

	return known != NULL ? known->name : name;
}
