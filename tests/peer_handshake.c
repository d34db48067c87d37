/* SPDX-License-Identifier: MIT */
/* Handshakes in memory. */
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "peer.h"
#include "peer_inside.h"
#include "release.h"

enum { STEPS = 24, DATAGRAM = 16000 };

static unsigned long handshakes_made;

static int
key_exchange_group(SSL *ssl)
{
	EVP_PKEY *key = NULL;
	int nid;

	if (SSL_get_peer_tmp_key(ssl, &key) != 1)
		return 0;
	nid = release_key_group(key);
	EVP_PKEY_free(key);
	return nid;
}

/* One side's turn: 1 done, 0 wants more, -1 failed with *reason. */
static int
step(SSL *ssl, int *reason)
{
	int ret = SSL_do_handshake(ssl);
	int error = SSL_get_error(ssl, ret);

	if (ret == 1)
		return 1;
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		return 0;
	if (*reason == 0)
		*reason = ERR_GET_REASON(ERR_peek_error());
	return -1;
}

static int
run(SSL *subject, SSL *peer, int reason[2])
{
	int i, a, b;

	for (i = 0; i < STEPS; i++) {
		a = step(subject, &reason[0]);
		b = step(peer, &reason[1]);
		if (a == 1 && b == 1)
			return 1;
		/* The side that failed left an alert for the other. */
		if (a < 0 || b < 0) {
			step(subject, &reason[0]);
			return 0;
		}
	}
	return 0;
}

void
peer_widen(SSL *ssl)
{
	if (!SSL_is_dtls(ssl))
		return;
	SSL_set_options(ssl, SSL_OP_NO_QUERY_MTU);
	peer_must(SSL_set_mtu(ssl, DATAGRAM) == DATAGRAM, "MTU");
}

static void
join(SSL *a, SSL *b)
{
	BIO *left, *right;

	peer_must(BIO_new_bio_pair(&left, 0, &right, 0) == 1, "BIO pair");
	SSL_set_bio(a, left, left);
	SSL_set_bio(b, right, right);
	peer_widen(a);
	peer_widen(b);
}

int
peer_handshake(SSL *subject, SSL *peer, struct peer_result *result)
{
	int ok;

	memset(result, 0, sizeof(*result));
	join(subject, peer);
	handshakes_made++;
	ok = run(subject, peer, result->reason) &&
	    SSL_version(subject) == SSL_version(peer);
	if (ok) {
		result->version = SSL_version(subject);
		/* In TLS 1.2 only the client can tell. */
		result->group = key_exchange_group(subject);
		if (result->group == 0)
			result->group = key_exchange_group(peer);
		snprintf(result->cipher, sizeof(result->cipher), "%s",
		    SSL_get_cipher_name(subject));
	}
	ERR_clear_error();
	return ok;
}

unsigned long
peer_handshakes(void)
{
	return handshakes_made;
}

static int
meet(SSL *ssl, enum peer_role role, int version, int set,
    struct peer_result *result)
{
	SSL *peer = peer_reference(peer_find(version), set);
	int ok;

	if (role == PEER_SERVER) {
		SSL_set_accept_state(ssl);
		SSL_set_connect_state(peer);
	} else {
		SSL_set_connect_state(ssl);
		SSL_set_accept_state(peer);
	}
	ok = peer_handshake(ssl, peer, result) && result->version == version;
	SSL_free(peer);
	return ok;
}

int
peer_ssl_negotiates(
    SSL *ssl, enum peer_role role, int version, struct peer_result *result)
{
	const int level = peer_level(SSL_get_security_level(ssl));
	int set = peer_first_set(level);
	struct peer_result local;

	if (role == PEER_SERVER)
		peer_load_server(ssl, version);
	else if (peer_rsa_alone(level, version))
		set = PEER_RSA_SET + (level == 3);
	return meet(ssl, role, version, set, result == NULL ? &local : result);
}

int
peer_ssl_meets(SSL *ssl, enum peer_role role, SSL_CTX *other, int version,
    struct peer_result *result)
{
	SSL *peer;
	int ok;

	if (other == NULL)
		return peer_ssl_negotiates(ssl, role, version, result);
	peer = SSL_new(other);
	peer_must(peer != NULL &&
		SSL_set_min_proto_version(peer, version) == 1 &&
		SSL_set_max_proto_version(peer, version) == 1,
	    "a peer of one version");
	SSL_set_connect_state(role == PEER_CLIENT ? ssl : peer);
	SSL_set_accept_state(role == PEER_CLIENT ? peer : ssl);
	ok = peer_handshake(ssl, peer, result);
	SSL_free(peer);
	return ok;
}

int
peer_negotiates(
    SSL_CTX *ctx, enum peer_role role, int version, struct peer_result *result)
{
	SSL *ssl = SSL_new(ctx);
	int ok;

	peer_must(ssl != NULL, "subject connection");
	ok = peer_ssl_negotiates(ssl, role, version, result);
	SSL_free(ssl);
	return ok;
}

unsigned
peer_negotiated(SSL_CTX *ctx, enum peer_role role)
{
	int at, dtls = peer_is_dtls(ctx);
	unsigned i, set = 0;

	for (i = 0; i < PEER_VERSIONS; i++) {
		at = peer_on_transport(dtls, i);
		if (at >= 0 &&
		    peer_negotiates(ctx, role, peer_versions[at].number, NULL))
			set |= 1u << i;
	}
	return set;
}

/* Any reference peer, and a subject as wide as can be */

static void
widen_lists(SSL *ssl, unsigned any)
{
	char list[1024];

	if ((any & PEER_ANY_CIPHER) != 0)
		peer_must(SSL_set_cipher_list(ssl, "ALL:eNULL:!aNULL") == 1,
		    "every cipher");
	if ((any & PEER_ANY_SUITE) != 0)
		peer_must(SSL_set_ciphersuites(ssl, peer_every_suite()) == 1,
		    "every ciphersuite");
	if ((any & PEER_DH) != 0)
		(void)SSL_set_dh_auto(ssl, 1);
	strcpy(list, peer_every_group());
	if ((any & PEER_ANY_GROUP) != 0)
		peer_must(SSL_set1_groups_list(ssl, list) == 1, "every group");
	strcpy(list, peer_every_sigalg());
	if ((any & PEER_ANY_SIGALG) != 0)
		peer_must(
		    SSL_set1_sigalgs_list(ssl, list) == 1, "every sigalg");
}

/* Whether it failed before a certificate could have made a difference. */
static int
is_final(const struct peer_result *result)
{
	return result->reason[0] == SSL_R_NO_PROTOCOLS_AVAILABLE ||
	    result->reason[0] == SSL_R_NO_CIPHERS_AVAILABLE ||
	    result->reason[0] == SSL_R_UNSUPPORTED_PROTOCOL ||
	    result->reason[1] == SSL_R_UNSUPPORTED_PROTOCOL ||
	    result->reason[1] == SSL_R_VERSION_TOO_LOW;
}

/* One more try, of a client with a set, of a server with a certificate. */
static int
try_once(SSL_CTX *ctx, enum peer_role role, int version, unsigned any, int i,
    struct peer_result *result)
{
	const int first =
	    peer_first_set(peer_level(SSL_CTX_get_security_level(ctx)));
	SSL *ssl = SSL_new(ctx);
	int ok;

	peer_must(ssl != NULL, "subject connection");
	widen_lists(ssl, any);
	if (role == PEER_SERVER && (any & PEER_ANY_CERTIFICATE) != 0)
		peer_load_set(ssl, i);
	ok = meet(ssl, role, version, role == PEER_SERVER || i < 0 ? first : i,
	    result);
	SSL_free(ssl);
	return ok;
}

/*
 * Whether a server with every kind of key can do better with one of them: of
 * EC it has one curve, and its RSA key hides the one of DSA.  DTLS servers, and
 * those of TLS 1.1 and before, pick ciphers by keys, be there a signature for
 * them or no.
 */
static int
is_worth_alone(SSL_CTX *ctx, int version, int key)
{
	const int level = peer_level(SSL_CTX_get_security_level(ctx));

	if (key == PEER_RSA_8192)
		return level > 3;
	if (version > TLS1_3_VERSION || peer_rsa_alone(level, version))
		return 1;
	return version >= TLS1_2_VERSION && key >= PEER_DSA_2048 &&
	    key <= PEER_SECP256K1;
}

int
peer_completes(SSL_CTX *ctx, enum peer_role role, int version, unsigned any,
    struct peer_result *result)
{
	const int high = SSL_CTX_get_security_level(ctx) > 3;
	const int count = role == PEER_SERVER ? PEER_KEYS : PEER_SETS;
	struct peer_result later;
	int i, ok = try_once(ctx, role, version, any, -1, result);

	if (role == PEER_SERVER && (any & PEER_ANY_CERTIFICATE) == 0)
		return ok;
	for (i = 0; i < count && !ok && !is_final(result); i++) {
		if (role == PEER_CLIENT ? i == PEER_SLOW_SET && !high
					: !is_worth_alone(ctx, version, i))
			continue;
		ok = try_once(ctx, role, version, any, i, &later);
		if (ok)
			*result = later;
	}
	return ok;
}
