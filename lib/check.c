/* SPDX-License-Identifier: MIT */
/* What a handshake came to, held against a policy. */
#include <stdarg.h>

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include "internal.h"

/* One question, and where its answer goes. */
struct inquiry {
	const SSL *ssl;
	const struct tlspolicy *policy;
	unsigned version; /* as a bit */
	char *why;
	size_t size;
};

static int answer(const struct inquiry *in, int status, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

static int
answer(const struct inquiry *in, int status, const char *fmt, ...)
{
	va_list args;

	if (in->why == NULL || in->size == 0)
		return status;
	va_start(args, fmt);
	(void)BIO_vsnprintf(in->why, in->size, fmt, args);
	va_end(args);
	return status;
}

static int
check_version(const struct inquiry *in)
{
	unsigned permitted = tlsp_policy_versions(in->policy);
	int low = tlsp_version_lowest(permitted);
	int high = tlsp_version_highest(permitted);
	bool dtls = SSL_is_dtls(in->ssl) == 1;

	if ((in->version & permitted) != 0)
		return TLSPOLICY_OK;
	return answer(in, TLSPOLICY_E_VIOLATION,
	    "%s was negotiated, the policy permits %s%s%s",
	    SSL_get_version(in->ssl),
	    permitted == 0 ? "no version" : tlsp_version_name(dtls, low),
	    low == high ? "" : " to ",
	    low == high ? "" : tlsp_version_name(dtls, high));
}

static int
check_cipher(const struct inquiry *in)
{
	enum list_kind kind =
	    in->version == V1_3 ? LIST_CIPHERSUITES : LIST_CIPHERS;
	const char *name = SSL_CIPHER_get_name(SSL_get_current_cipher(in->ssl));

	if (in->policy->list[kind] == NULL ||
	    tlsp_list_has(in->policy->list[kind], name))
		return TLSPOLICY_OK;
	return answer(in, TLSPOLICY_E_VIOLATION,
	    "%s %s was negotiated%s, the policy does not permit it",
	    tlsp_list_noun(kind), name,
	    SSL_session_reused(in->ssl) ? " with the resumed session" : "");
}

static int
check_group(const struct inquiry *in)
{
	const char *list = in->policy->list[LIST_GROUPS];
	const int kx = SSL_CIPHER_get_kx_nid(SSL_get_current_cipher(in->ssl));
	const char *name;

	/*
	 * DHE before TLS 1.3 has parameters, which are no group of a policy's;
	 * 4.0 calls them by a group's name, and 1.1.1 by the key's.
	 */
	if (list == NULL || kx == NID_kx_dhe || kx == NID_kx_dhe_psk ||
	    (name = tlsp_group_negotiated(in->ssl)) == NULL)
		return TLSPOLICY_OK;
	name = tlsp_name_own(LIST_GROUPS, name);
	if (tlsp_list_has(list, name))
		return TLSPOLICY_OK;
	return answer(in, TLSPOLICY_E_VIOLATION,
	    "group %s was negotiated, the policy does not permit it", name);
}

/* One signature of the handshake: what made it, with which hash. */
struct signature {
	unsigned keys;  /* kinds that it can be of */
	uint16_t curve; /* of KEY_EC in TLS 1.3, which ties it to the hash */
	int type, hash; /* NIDs */
};

static bool
is_made_by(const struct name *name, const struct signature *signature)
{
	const bool pss = name->code >> 8 == 8; /* RFC 8446, 4.2.3 */

	/* SM2 has one hash alone, which OpenSSL does not call NID_sm3 here. */
	return (KEYS(name->key) & signature->keys) != 0 &&
	    (name->hash == signature->hash || name->key == KEY_SM2) &&
	    (signature->curve == 0 || name->pair == signature->curve) &&
	    (name->key != KEY_RSA ||
		pss == (signature->type == EVP_PKEY_RSA_PSS));
}

/* `key` is NULL for the peer's raw public key: not every release shows it. */
static int
check_signature(const struct inquiry *in, EVP_PKEY *key,
    struct signature *signature, const char *whose)
{
	const char *list = in->policy->list[LIST_SIGALGS], *made = NULL;
	const struct name *name = NULL;

	signature->keys = key == NULL ? tlsp_type_keys(signature->type)
				      : KEYS(tlsp_key_kind(key));
	if (key != NULL && signature->keys == KEYS(KEY_EC) &&
	    in->version == V1_3)
		name = tlsp_key_curve(key);
	signature->curve = name == NULL ? 0 : name->code;
	for (size_t i = 0; (name = tlsp_name_at(LIST_SIGALGS, i)) != NULL;
	     i++) {
		if ((name->versions & in->version) == 0 ||
		    !is_made_by(name, signature))
			continue;
		if (tlsp_list_has(list, name->name))
			return TLSPOLICY_OK;
		made = made == NULL ? name->name : made;
	}
	if (made == NULL && signature->type != NID_undef)
		made = OBJ_nid2sn(signature->type); /* as the provider says */
	if (made != NULL && tlsp_list_has(list, made))
		return TLSPOLICY_OK;
	return answer(in, TLSPOLICY_E_VIOLATION,
	    "%s signature was made with %s, the policy does not permit it",
	    whose, made == NULL ? "an unknown algorithm" : made);
}

static int
check_peer_signature(const struct inquiry *in)
{
	SSL *ssl = (SSL *)(uintptr_t)in->ssl; /* the macro lacks the const */
	struct signature signature;
	X509 *certificate;
	int status;

	if (SSL_get_peer_signature_type_nid(ssl, &signature.type) != 1 ||
	    SSL_get_peer_signature_nid(ssl, &signature.hash) != 1)
		return TLSPOLICY_OK; /* the peer made none */
	certificate = SSL_get_peer_certificate(in->ssl);
	status = check_signature(
	    in, X509_get0_pubkey(certificate), &signature, "the peer's");
	X509_free(certificate);
	return status;
}

static int
check_own_signature(const struct inquiry *in)
{
	SSL *ssl = (SSL *)(uintptr_t)in->ssl;
	const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);
	/* A server notes an algorithm for static RSA, but signs nothing. */
	bool encrypts = SSL_CIPHER_get_kx_nid(cipher) == NID_kx_rsa;
	X509 *certificate = SSL_get_certificate(ssl);
	struct signature signature;

	if ((SSL_is_server(ssl) && encrypts) ||
	    SSL_get_signature_type_nid(ssl, &signature.type) != 1 ||
	    SSL_get_signature_nid(ssl, &signature.hash) != 1)
		return TLSPOLICY_OK;
	return check_signature(in,
	    certificate == NULL ? SSL_get_privatekey(ssl)
				: X509_get0_pubkey(certificate),
	    &signature, "this side's");
}

static int
check_all(const struct inquiry *in)
{
	int status = check_version(in);

	if (status == TLSPOLICY_OK)
		status = check_cipher(in);
	if (status == TLSPOLICY_OK)
		status = check_group(in);
	if (status != TLSPOLICY_OK || in->policy->list[LIST_SIGALGS] == NULL ||
	    (in->version & tlsp_versions_using(LIST_SIGALGS)) == 0)
		return status;
	status = check_peer_signature(in);
	return status == TLSPOLICY_OK ? check_own_signature(in) : status;
}

int
tlspolicy_check(
    const SSL *ssl, const struct tlspolicy *policy, char *why, size_t size)
{
	struct inquiry in = {
		.ssl = ssl,
		.policy = policy,
		.why = why,
		.size = size,
	};
	struct errors errors;
	int status;

	(void)answer(&in, TLSPOLICY_OK, "%s", "");
	if (ssl == NULL || policy == NULL)
		return answer(&in, TLSPOLICY_E_INVALID, "%s is NULL",
		    ssl == NULL ? "connection" : "policy");
	if (!tlsp_is_connection(ssl))
		return answer(
		    &in, TLSPOLICY_E_INVALID, "it is not a connection");
	if (!SSL_is_init_finished(ssl) || SSL_get_current_cipher(ssl) == NULL)
		return answer(
		    &in, TLSPOLICY_E_INVALID, "the handshake is not complete");
	in.version = tlsp_version_bit(tlsp_version_as_tls(SSL_version(ssl)));
	if (!tlsp_errors_begin(&errors))
		return answer(&in, TLSPOLICY_E_NOMEM, "out of memory");
	status = check_all(&in);
	tlsp_errors_end(&errors, false);
	return status;
}
