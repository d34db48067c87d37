/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>

#include <tlspolicy.h>

#include "peer.h"
#include "release.h"
#include "runner.h"
#include "told.h"

struct tlspolicy *
permitted_by(const char *name, SSL_CTX *ctx)
{
	struct tlspolicy *policy = NULL;
	int status = tlspolicy_from_ctx(&policy, ctx);

	ck_assert_msg(status == TLSPOLICY_OK && policy != NULL,
	    "%s: from_ctx gives %d", name, status);
	return policy;
}

struct tlspolicy *
parse_policy(const char *text)
{
	struct tlspolicy *policy;

	ck_assert_msg(tlspolicy_parse(&policy, text) == TLSPOLICY_OK,
	    "\"%s\" is no policy", text);
	return policy;
}

const char *
policy_text(const struct tlspolicy *policy, char text[TEXT_SIZE])
{
	int len = tlspolicy_format(policy, text, TEXT_SIZE);

	ck_assert_msg(len >= 0 && len < TEXT_SIZE, "format gives %d", len);
	return text;
}

unsigned
versions_of(const struct tlspolicy *p)
{
	static const unsigned flag[PEER_VERSIONS] = { TLSPOLICY_NO_TLS1_0,
		TLSPOLICY_NO_TLS1_1, TLSPOLICY_NO_TLS1_2, TLSPOLICY_NO_TLS1_3 };
	unsigned i, set = 0;

	for (i = 0; i < PEER_VERSIONS; i++) {
		if (peer_version(i) >= tlspolicy_get_min_version(p) &&
		    peer_version(i) <= tlspolicy_get_max_version(p) &&
		    (tlspolicy_get_disabled(p) & flag[i]) == 0)
			set |= 1u << i;
	}
	return set;
}

int
in_list(const char *list, const char *name)
{
	size_t size = strlen(name);
	const char *at;

	for (at = list; at != NULL; at = strchr(at, ':')) {
		at += *at == ':';
		if (strncmp(at, name, size) == 0 &&
		    (at[size] == ':' || at[size] == '\0'))
			return 1;
	}
	return 0;
}

void
add_name(char list[TEXT_SIZE], const char *name)
{
	ck_assert_uint_lt(strlen(list) + strlen(name) + 2, TEXT_SIZE);
	if (list[0] != '\0')
		strcat(list, ":");
	strcat(list, name);
}

void
push_errors(void)
{
	ERR_clear_error();
	release_raise(ERR_LIB_USER, 101, NULL);
	release_raise(ERR_LIB_USER, 102, "the caller's own data");
	ERR_set_mark();
}

void
assert_errors(const char *name, const char *call)
{
	struct release_entry second;
	int first;

	ck_assert_msg(ERR_GET_REASON(ERR_peek_last_error()) == 102,
	    "%s: %s leaves an entry", name, call);
	ck_assert_msg(ERR_pop_to_mark() == 1, "%s: %s: no mark", name, call);
	first = ERR_GET_REASON(ERR_get_error());
	second = release_take_error();
	ck_assert_msg(first == 101 && ERR_GET_REASON(second.code) == 102 &&
		(second.flags & ERR_TXT_STRING) != 0 &&
		strcmp(second.data, "the caller's own data") == 0,
	    "%s: %s changes the caller's entries", name, call);
	ck_assert_msg(ERR_get_error() == 0, "%s: %s adds one", name, call);
}

const char *
own_sentence(const char *name, int status)
{
	const struct release_entry last = release_last_error();
	const char *reason = ERR_reason_error_string(last.code);

	ck_assert_msg(reason != NULL &&
		strcmp(reason, tlspolicy_strerror(status)) == 0 &&
		(last.flags & ERR_TXT_STRING) != 0,
	    "%s: no entry for %d, but %s", name, status,
	    reason != NULL ? reason : "none");
	return last.data;
}

/* Least bits of security, by level. */
static const int level_bits[] = { 0, 80, 112, 128, 192, 256 };

/* As SSL_CTX_set_security_level(3) has it. */
static int
is_allowed(const SSL_CIPHER *cipher, int level)
{
	const int kx = SSL_CIPHER_get_kx_nid(cipher);
	const int mac = SSL_CIPHER_get_digest_nid(cipher);
	const char *since = SSL_CIPHER_get_version(cipher);

	if (level == 0)
		return 1;
	if (SSL_CIPHER_get_bits(cipher, NULL) < level_bits[level] ||
	    SSL_CIPHER_get_auth_nid(cipher) == NID_auth_null || mac == NID_md5)
		return 0;
	if (level >= 4 && mac == NID_sha1)
		return 0;
	return level < 3 || strcmp(since, "TLSv1.3") == 0 ||
	    kx == NID_kx_ecdhe || kx == NID_kx_dhe || kx == NID_kx_ecdhe_psk ||
	    kx == NID_kx_dhe_psk;
}

void
cipher_names(SSL_CTX *ctx, int suites, int level, char out[TEXT_SIZE])
{
	const STACK_OF(SSL_CIPHER) *all = SSL_CTX_get_ciphers(ctx);
	const char *name;
	int i;

	out[0] = '\0';
	for (i = 0; i < sk_SSL_CIPHER_num(all); i++) {
		name = SSL_CIPHER_get_name(sk_SSL_CIPHER_value(all, i));
		if ((strncmp(name, "TLS_", 4) == 0) == suites &&
		    is_allowed(sk_SSL_CIPHER_value(all, i), level))
			add_name(out, name);
	}
}

const struct known known_groups[] = { { "X25519", 29, 128 },
	{ "prime256v1", 23, 128 }, { "X448", 30, 224 },
	{ "secp521r1", 25, 256 }, { "secp384r1", 24, 192 },
	{ "ffdhe2048", 256, 112 }, { "ffdhe3072", 257, 128 },
	{ "ffdhe4096", 258, 128 }, { "ffdhe6144", 259, 128 },
	{ "ffdhe8192", 260, 192 }, { "brainpoolP256r1", 26, 128 },
	{ "brainpoolP384r1", 27, 192 }, { "brainpoolP512r1", 28, 256 },
	{ "secp256k1", 22, 128 }, { "secp224r1", 21, 112 },
	/* From 3.2 on, and from 3.5 on; brainpool's other numbers are 1.3's. */
	{ "brainpoolP256r1tls13", 31, 128 },
	{ "brainpoolP384r1tls13", 32, 192 },
	{ "brainpoolP512r1tls13", 33, 256 }, { "MLKEM512", 0x200, 128 },
	{ "MLKEM768", 0x201, 192 }, { "MLKEM1024", 0x202, 256 },
	{ "SecP256r1MLKEM768", 0x11eb, 192 }, { "X25519MLKEM768", 0x11ec, 192 },
	{ "SecP384r1MLKEM1024", 0x11ed, 256 },
	/* From 4.0 on. */
	{ "curveSM2MLKEM768", 0x11ee, 192 }, { "curveSM2", 41, 128 },
	{ NULL, 0, 0 } };

enum { SHA1_BITS = 64 }; /* 80 before 3.0 */

const struct known known_sigalgs[] = { { "ecdsa_secp256r1_sha256", 0x0403,
					   128 },
	{ "ecdsa_secp384r1_sha384", 0x0503, 192 },
	{ "ecdsa_secp521r1_sha512", 0x0603, 256 }, { "ed25519", 0x0807, 128 },
	{ "ed448", 0x0808, 224 }, { "rsa_pss_pss_sha256", 0x0809, 128 },
	{ "rsa_pss_pss_sha384", 0x080a, 192 },
	{ "rsa_pss_pss_sha512", 0x080b, 256 },
	{ "rsa_pss_rsae_sha256", 0x0804, 128 },
	{ "rsa_pss_rsae_sha384", 0x0805, 192 },
	{ "rsa_pss_rsae_sha512", 0x0806, 256 },
	{ "rsa_pkcs1_sha256", 0x0401, 128 },
	{ "rsa_pkcs1_sha384", 0x0501, 192 },
	{ "rsa_pkcs1_sha512", 0x0601, 256 }, { "ECDSA+SHA224", 0x0303, 112 },
	{ "ECDSA+SHA1", 0x0203, SHA1_BITS },
	{ "rsa_pkcs1_sha224", 0x0301, 112 },
	{ "rsa_pkcs1_sha1", 0x0201, SHA1_BITS }, { "DSA+SHA224", 0x0302, 112 },
	{ "DSA+SHA1", 0x0202, SHA1_BITS }, { "DSA+SHA256", 0x0402, 128 },
	{ "DSA+SHA384", 0x0502, 192 }, { "DSA+SHA512", 0x0602, 256 },
	/* From 3.2 on, and from 3.5 on. */
	{ "ecdsa_brainpoolP256r1tls13_sha256", 0x081a, 128 },
	{ "ecdsa_brainpoolP384r1tls13_sha384", 0x081b, 192 },
	{ "ecdsa_brainpoolP512r1tls13_sha512", 0x081c, 256 },
	{ "mldsa44", 0x0904, 128 }, { "mldsa65", 0x0905, 192 },
	{ "mldsa87", 0x0906, 256 }, { "sm2sig_sm3", 0x0708, 128 },
	{ NULL, 0, 0 } };

void
code_names(const struct peer_codes *codes, const struct known *known, int level,
    char out[TEXT_SIZE])
{
	const int sha1 = release() < RELEASE_3_0 ? 80 : 64;
	const struct known *k;
	size_t i;

	out[0] = '\0';
	for (i = 0; i < codes->count; i++) {
		for (k = known; k->code != codes->code[i]; k++)
			ck_assert_msg(k->name != NULL, "no name for 0x%04x",
			    (unsigned)codes->code[i]);
		if ((k->bits == SHA1_BITS ? sha1 : k->bits) >=
		    level_bits[level])
			add_name(out, k->name);
	}
}
