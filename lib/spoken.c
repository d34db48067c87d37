/* SPDX-License-Identifier: MIT */
/* The versions that the loaded OpenSSL can speak: it is asked. */
#include "internal.h"

static int
count_usable(SSL *ssl, int min, int max)
{
	STACK_OF(SSL_CIPHER) *usable;
	int count;

	if (SSL_set_min_proto_version(ssl, min) != 1 ||
	    SSL_set_max_proto_version(ssl, max) != 1)
		return 0;
	usable = SSL_get1_supported_ciphers(ssl);
	count = sk_SSL_CIPHER_num(usable);
	sk_SSL_CIPHER_free(usable);
	return count;
}

/* 1 or 0 as a connection can speak a version, -1 if there is no telling. */
static int
speaks(SSL *ssl, int version)
{
	SSL_set_security_callback(ssl, tlsp_answer);
	SSL_set0_security_ex_data(ssl, ssl);
	SSL_clear_options(ssl, SSL_OP_NO_SSL_MASK);
	SSL_clear_cert_flags(ssl, SSL_CERT_FLAG_SUITEB_128_LOS);
	/* Its own ciphers will mostly do, and to set others is slow. */
	if (count_usable(ssl, version, version) > 0)
		return 1;
	if (SSL_set_cipher_list(ssl, "ALL") != 1)
		return -1;
	/* No cipher may also be lack of memory: then there is none at all. */
	if (TWICE(count_usable(ssl, version, version) > 0))
		return 1;
	return count_usable(ssl, 0, 0) > 0 ? 0 : -1;
}

int
tlspolicy_openssl_supports(int version)
{
	const char *name = tlspolicy_protocol_name(version);
	struct target target;
	struct errors errors;
	SSL_CTX *ctx = NULL;
	SSL *ssl = NULL;
	unsigned bit = tlsp_version_bit(tlsp_version_as_tls(version));
	int yes = 0;

	if (name == NULL || !tlsp_errors_begin(&errors))
		return 0;
	ctx = SSL_CTX_new(name[0] == 'D' ? DTLS_method() : TLS_method());
	if (ctx != NULL && (ssl = SSL_new(ctx)) != NULL) {
		target = tlsp_target(ctx, NULL);
		yes = speaks(ssl, version) == 1 &&
		    ((bit & VERSIONS_OLD) == 0 || tlsp_hashes_legacy(&target));
	}
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	tlsp_errors_end(&errors, false);
	return yes;
}

int
tlsp_versions_spoken(
    const struct target *target, unsigned set, unsigned *spoken)
{
	unsigned known = set & tlsp_versions_of(target->dtls, target->quic);
	/* Builds or releases lack these alone; to ask is slow. */
	unsigned rare =
	    known & (target->dtls ? VERSIONS_OLD | V1_3 : VERSIONS_OLD);
	SSL *ssl = rare == 0 ? NULL : SSL_new(target->ctx);
	int yes = rare != 0 && ssl == NULL ? -1 : 1;

	for (unsigned bit = V1_0; yes >= 0 && bit <= rare; bit <<= 1) {
		if ((rare & bit) == 0)
			continue;
		yes = speaks(ssl,
		    tlsp_version_on(
			SSL_is_dtls(ssl) == 1, tlsp_version_lowest(bit)));
		if (yes == 0)
			known &= ~bit;
	}
	SSL_free(ssl);
	if (yes < 0)
		return tlsp_fail(TLSPOLICY_E_OPENSSL,
		    "OpenSSL could not say which versions it speaks");
	if ((known & VERSIONS_OLD) != 0 && !tlsp_hashes_legacy(target))
		known &= ~VERSIONS_OLD;
	*spoken = known & tlsp_versions_built();
	return TLSPOLICY_OK;
}
