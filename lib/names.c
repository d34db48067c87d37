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

#include <openssl/objects.h>

#include "internal.h"

#define V12  VERSIONS_TO_1_2
#define VALL VERSIONS_ALL

static const struct name groups[] = {
	{ "X25519MLKEM768", 0x11ec, 192, V1_3, .group = GROUP_PQ },
	{ "SecP256r1MLKEM768", 0x11eb, 192, V1_3, .group = GROUP_PQ },
	{ "SecP384r1MLKEM1024", 0x11ed, 256, V1_3, .group = GROUP_PQ },
	{ "curveSM2MLKEM768", 0x11ee, 192, V1_3, .group = GROUP_PQ },
	{ "MLKEM512", 0x0200, 128, V1_3, .group = GROUP_PQ },
	{ "MLKEM768", 0x0201, 192, V1_3, .group = GROUP_PQ },
	{ "MLKEM1024", 0x0202, 256, V1_3, .group = GROUP_PQ },
	{ "X25519", 29, 128, VALL, .group = GROUP_EXCHANGE },
	{ "X448", 30, 224, VALL, .group = GROUP_EXCHANGE },
	{ "prime256v1", 23, 128, VALL, .group = GROUP_CURVE, .pair = 0x0403,
	    .alias = { "secp256r1", "P-256" } },
	{ "secp384r1", 24, 192, VALL, .group = GROUP_CURVE, .pair = 0x0503,
	    .alias = { "P-384" } },
	{ "secp521r1", 25, 256, VALL, .group = GROUP_CURVE, .pair = 0x0603,
	    .alias = { "P-521" } },
	{ "curveSM2", 41, 128, V1_3, .group = GROUP_EXCHANGE },
	{ "ffdhe2048", 256, 112, V1_3, .group = GROUP_FFDHE },
	{ "ffdhe3072", 257, 128, V1_3, .group = GROUP_FFDHE },
	{ "ffdhe4096", 258, 128, V1_3, .group = GROUP_FFDHE },
	{ "ffdhe6144", 259, 128, V1_3, .group = GROUP_FFDHE },
	{ "ffdhe8192", 260, 192, V1_3, .group = GROUP_FFDHE },
	{ "brainpoolP256r1tls13", 31, 128, V1_3, .group = GROUP_EXCHANGE },
	{ "brainpoolP384r1tls13", 32, 192, V1_3, .group = GROUP_EXCHANGE },
	{ "brainpoolP512r1tls13", 33, 256, V1_3, .group = GROUP_EXCHANGE },
	{ "brainpoolP256r1", 26, 128, V12, .group = GROUP_CURVE,
	    .pair = 0x081a },
	{ "brainpoolP384r1", 27, 192, V12, .group = GROUP_CURVE,
	    .pair = 0x081b },
	{ "brainpoolP512r1", 28, 256, V12, .group = GROUP_CURVE,
	    .pair = 0x081c },
	{ "secp256k1", 22, 128, V12, .group = GROUP_CURVE },
	{ "secp224r1", 21, 112, V12, .group = GROUP_CURVE,
	    .alias = { "P-224" } },
	{ "secp224k1", 20, 112, V12, .group = GROUP_CURVE },
	{ "prime192v1", 19, 80, V12, .group = GROUP_CURVE,
	    .alias = { "secp192r1", "P-192" } },
	{ "secp192k1", 18, 80, V12, .group = GROUP_CURVE },
	{ "secp160k1", 15, 80, V12, .group = GROUP_CURVE },
	{ "secp160r1", 16, 80, V12, .group = GROUP_CURVE },
	{ "secp160r2", 17, 80, V12, .group = GROUP_CURVE },
	{ "sect163k1", 1, 80, V12, .group = GROUP_CURVE, .alias = { "K-163" } },
	{ "sect163r1", 2, 80, V12, .group = GROUP_CURVE },
	{ "sect163r2", 3, 80, V12, .group = GROUP_CURVE, .alias = { "B-163" } },
	{ "sect193r1", 4, 80, V12, .group = GROUP_CURVE },
	{ "sect193r2", 5, 80, V12, .group = GROUP_CURVE },
	{ "sect233k1", 6, 112, V12, .group = GROUP_CURVE,
	    .alias = { "K-233" } },
	{ "sect233r1", 7, 112, V12, .group = GROUP_CURVE,
	    .alias = { "B-233" } },
	{ "sect239k1", 8, 112, V12, .group = GROUP_CURVE },
	{ "sect283k1", 9, 128, V12, .group = GROUP_CURVE,
	    .alias = { "K-283" } },
	{ "sect283r1", 10, 128, V12, .group = GROUP_CURVE,
	    .alias = { "B-283" } },
	{ "sect409k1", 11, 192, V12, .group = GROUP_CURVE,
	    .alias = { "K-409" } },
	{ "sect409r1", 12, 192, V12, .group = GROUP_CURVE,
	    .alias = { "B-409" } },
	{ "sect571k1", 13, 256, V12, .group = GROUP_CURVE,
	    .alias = { "K-571" } },
	{ "sect571r1", 14, 256, V12, .group = GROUP_CURVE,
	    .alias = { "B-571" } },
};

/*
 * PKCS#1, DSA, SHA-1 and SHA-224 sign TLS 1.2 handshakes only (RFC 8446,
 * 4.2.3).  SHA-1 counts 64 bits from OpenSSL 3.0, 80 before.
 */
static const struct name sigalgs[] = {
	{ "ecdsa_secp256r1_sha256", 0x0403, 128, VALL, .key = KEY_EC,
	    .hash = NID_sha256, .pair = 23, .alias = { "ECDSA+SHA256" } },
	{ "ecdsa_secp384r1_sha384", 0x0503, 192, VALL, .key = KEY_EC,
	    .hash = NID_sha384, .pair = 24, .alias = { "ECDSA+SHA384" } },
	{ "ecdsa_secp521r1_sha512", 0x0603, 256, VALL, .key = KEY_EC,
	    .hash = NID_sha512, .pair = 25, .alias = { "ECDSA+SHA512" } },
	{ "ed25519", 0x0807, 128, VALL, .key = KEY_ED25519 },
	{ "ed448", 0x0808, 224, VALL, .key = KEY_ED448 },
	{ "rsa_pss_rsae_sha256", 0x0804, 128, VALL, .key = KEY_RSA,
	    .hash = NID_sha256, .alias = { "RSA-PSS+SHA256", "PSS+SHA256" } },
	{ "rsa_pss_rsae_sha384", 0x0805, 192, VALL, .key = KEY_RSA,
	    .hash = NID_sha384, .alias = { "RSA-PSS+SHA384", "PSS+SHA384" } },
	{ "rsa_pss_rsae_sha512", 0x0806, 256, VALL, .key = KEY_RSA,
	    .hash = NID_sha512, .alias = { "RSA-PSS+SHA512", "PSS+SHA512" } },
	{ "rsa_pss_pss_sha256", 0x0809, 128, VALL, .key = KEY_RSA_PSS,
	    .hash = NID_sha256 },
	{ "rsa_pss_pss_sha384", 0x080a, 192, VALL, .key = KEY_RSA_PSS,
	    .hash = NID_sha384 },
	{ "rsa_pss_pss_sha512", 0x080b, 256, VALL, .key = KEY_RSA_PSS,
	    .hash = NID_sha512 },
	{ "mldsa44", 0x0904, 128, V1_3, .key = KEY_ML_DSA_44 },
	{ "mldsa65", 0x0905, 192, V1_3, .key = KEY_ML_DSA_65 },
	{ "mldsa87", 0x0906, 256, V1_3, .key = KEY_ML_DSA_87 },
	{ "sm2sig_sm3", 0x0708, 128, V1_3, .key = KEY_SM2, .hash = NID_sm3 },
	{ "ecdsa_brainpoolP256r1tls13_sha256", 0x081a, 128, V1_3, .key = KEY_EC,
	    .hash = NID_sha256, .pair = 26,
	    .alias = { "ecdsa_brainpoolP256r1_sha256" } },
	{ "ecdsa_brainpoolP384r1tls13_sha384", 0x081b, 192, V1_3, .key = KEY_EC,
	    .hash = NID_sha384, .pair = 27,
	    .alias = { "ecdsa_brainpoolP384r1_sha384" } },
	{ "ecdsa_brainpoolP512r1tls13_sha512", 0x081c, 256, V1_3, .key = KEY_EC,
	    .hash = NID_sha512, .pair = 28,
	    .alias = { "ecdsa_brainpoolP512r1_sha512" } },
	{ "rsa_pkcs1_sha256", 0x0401, 128, V12, .key = KEY_RSA,
	    .hash = NID_sha256, .alias = { "RSA+SHA256" } },
	{ "rsa_pkcs1_sha384", 0x0501, 192, V12, .key = KEY_RSA,
	    .hash = NID_sha384, .alias = { "RSA+SHA384" } },
	{ "rsa_pkcs1_sha512", 0x0601, 256, V12, .key = KEY_RSA,
	    .hash = NID_sha512, .alias = { "RSA+SHA512" } },
	{ "rsa_pkcs1_sha224", 0x0301, 112, V12, .key = KEY_RSA,
	    .hash = NID_sha224, .alias = { "RSA+SHA224" } },
	{ "rsa_pkcs1_sha1", 0x0201, 64, V12, .key = KEY_RSA, .hash = NID_sha1,
	    .alias = { "RSA+SHA1" } },
	{ "ECDSA+SHA224", 0x0303, 112, V12, .key = KEY_EC, .hash = NID_sha224,
	    .alias = { "ecdsa_sha224" } },
	{ "ECDSA+SHA1", 0x0203, 64, V12, .key = KEY_EC, .hash = NID_sha1,
	    .alias = { "ecdsa_sha1" } },
	{ "DSA+SHA256", 0x0402, 128, V12, .key = KEY_DSA, .hash = NID_sha256,
	    .alias = { "dsa_sha256" } },
	{ "DSA+SHA384", 0x0502, 192, V12, .key = KEY_DSA, .hash = NID_sha384,
	    .alias = { "dsa_sha384" } },
	{ "DSA+SHA512", 0x0602, 256, V12, .key = KEY_DSA, .hash = NID_sha512,
	    .alias = { "dsa_sha512" } },
	{ "DSA+SHA224", 0x0302, 112, V12, .key = KEY_DSA, .hash = NID_sha224,
	    .alias = { "dsa_sha224" } },
	{ "DSA+SHA1", 0x0202, 64, V12, .key = KEY_DSA, .hash = NID_sha1,
	    .alias = { "dsa_sha1" } },
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
find_spelling(enum list_kind kind, const char *name, size_t len)
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
	const struct name *known = find_spelling(kind, name, len);
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
	return find_spelling(kind, turned, len);
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
