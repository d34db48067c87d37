/* SPDX-License-Identifier: MIT */
/* What differs between releases of OpenSSL, for the command. */
#include <dlfcn.h>

#include <openssl/err.h>
#include <openssl/objects.h>

#include "tool.h"

/* Looked up: a command built with 3.5 has to load on 3.0. */
bool
has_quic(enum tlspolicy_role role)
{
	void *self = dlopen(NULL, RTLD_LAZY);
	bool found = self != NULL &&
	    dlsym(self,
		role == TLSPOLICY_CLIENT ? "OSSL_QUIC_client_method"
					 : "OSSL_QUIC_server_method") != NULL;

	if (self != NULL)
		(void)dlclose(self);
	return found;
}

const char *
renegotiation_by_clients(SSL_CTX *ctx)
{
	struct tlspolicy_openssl runtime;
	bool refused = false;

	tlspolicy_openssl_runtime(&runtime);
	if ((SSL_CTX_get_options(ctx) & SSL_OP_NO_RENEGOTIATION) != 0)
		return "banned";
#ifdef SSL_OP_ALLOW_CLIENT_RENEGOTIATION
	refused = runtime.major >= 3 &&
	    (SSL_CTX_get_options(ctx) & SSL_OP_ALLOW_CLIENT_RENEGOTIATION) == 0;
#endif
	return refused ? "refused" : "answered";
}

#if OPENSSL_VERSION_NUMBER >= 0x30000000L
static const char *
group_name(SSL *ssl)
{
	const int group = (int)SSL_get_negotiated_group(ssl);

	return group == NID_undef ? NULL : SSL_group_to_name(ssl, group);
}
#else
#define ERR_peek_last_error_data(data, flags) \
	ERR_peek_last_error_line_data(NULL, NULL, (data), (flags))

/* 1.1.1 keeps the server's key; named as 3.0 and later name its group. */
static const char *
group_name(SSL *ssl)
{
	EVP_PKEY *key;
	int nid;

	if (SSL_get_peer_tmp_key(ssl, &key) != 1)
		return NULL;
	nid = EVP_PKEY_id(key);
	if (nid == EVP_PKEY_EC)
		nid = EC_GROUP_get_curve_name(
		    EC_KEY_get0_group(EVP_PKEY_get0_EC_KEY(key)));
	EVP_PKEY_free(key);
	switch (nid) {
	case NID_X9_62_prime256v1:
		return "secp256r1";
	case NID_X25519:
		return "x25519";
	case NID_X448:
		return "x448";
	default:
		return OBJ_nid2sn(nid);
	}
}
#endif

/* DHE before TLS 1.3 has parameters; 4.0 calls them by a group's name. */
const char *
group_of(SSL *ssl)
{
	const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);
	const int kx =
	    cipher == NULL ? NID_undef : SSL_CIPHER_get_kx_nid(cipher);

	return kx == NID_kx_dhe || kx == NID_kx_dhe_psk ? NULL
							: group_name(ssl);
}

/* The last two came with 3.4; 1.1.1 fails for a name that it does not know. */
bool
set_all_suites(SSL_CTX *ctx)
{
#define RFC_8446 \
	"TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:" \
	"TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256:" \
	"TLS_AES_128_CCM_8_SHA256"
	return SSL_CTX_set_ciphersuites(
		   ctx, RFC_8446 ":TLS_SHA256_SHA256:TLS_SHA384_SHA384") == 1 ||
	    SSL_CTX_set_ciphersuites(ctx, RFC_8446) == 1;
}

/* The library's entry has its sentence as data. */
json_t *
queue_sentence(void)
{
	const char *text = NULL;
	int flags = 0;
	const unsigned long entry = ERR_peek_last_error_data(&text, &flags);
	json_t *made;

	if (ERR_GET_LIB(entry) < ERR_LIB_USER ||
	    (flags & ERR_TXT_STRING) == 0 || text == NULL)
		text = ERR_reason_error_string(entry);
	made = new_text(text != NULL ? text : "no reason given");
	ERR_clear_error();
	return made;
}

/* From 3.0 on the end of file has a reason of its own. */
bool
is_hang_up(int reason)
{
#ifdef SSL_R_UNEXPECTED_EOF_WHILE_READING
	return reason == SSL_R_UNEXPECTED_EOF_WHILE_READING;
#else
	(void)reason;
	return false;
#endif
}

/* Before 3.0 by number; a provider's key has no number of its own. */
const char *
key_name(const EVP_PKEY *key)
{
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
	return EVP_PKEY_get0_type_name(key);
#else
	const int id = EVP_PKEY_base_id(key);

	return id == EVP_PKEY_RSA ? "RSA"
	    : id == EVP_PKEY_EC   ? "EC"
				  : OBJ_nid2sn(id);
#endif
}
