/* SPDX-License-Identifier: MIT */
/*
 * Groups and signature algorithms of a context.  OpenSSL has no getter for
 * them, but asks the security callback about each that a ClientHello would
 * have: begin ClientHellos in memory and listen.
 */
#include <openssl/err.h>

#include "internal.h"

bool
tlsp_offered(const struct offer *offer, uint16_t code)
{
	for (size_t i = 0; i < offer->count; i++) {
		if (offer->code[i] == code)
			return true;
	}
	return false;
}

uint16_t
tlsp_code_of(const unsigned char *bytes)
{
	return (uint16_t)((unsigned)bytes[0] << 8 | bytes[1]);
}

/* What is asked about again has its place where it is asked about last. */
static void
note(struct offer *offer, uint16_t code)
{
	size_t kept = 0;

	/* GREASE (RFC 8701) stands for nothing. */
	if ((code & 0x0f0f) == 0x0a0a && code >> 8 == (code & 0xff))
		return;
	for (size_t i = 0; i < offer->count; i++) {
		if (offer->code[i] != code)
			offer->code[kept++] = offer->code[i];
	}
	if (kept < HELLO_MAX)
		offer->code[kept++] = code;
	offer->count = kept;
}

/*
 * Set instead of the caller's security callback, which may keep a hello from
 * being made.  One group is asked about before the list of all is made.  After
 * the signature algorithms come the key shares: both lists are known by then,
 * and a key takes ten times as long as the rest, so there the hello ends.
 */
static int
hear(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid, void *other,
    void *ex)
{
	struct hello *hello = ex;

	(void)ssl;
	(void)ctx;
	(void)bits;
	(void)nid;
	if (op == SSL_SECOP_SIGALG_SUPPORTED) {
		note(&hello->list[LIST_SIGALGS], tlsp_code_of(other));
	} else if (op == SSL_SECOP_CURVE_SUPPORTED) {
		/* In Suite B mode those of 3.5 are of OpenSSL's default. */
		if (hello->list[LIST_SIGALGS].count > 0) {
			hello->astray = hello->astray ||
			    !tlsp_offered(
				&hello->list[LIST_GROUPS], tlsp_code_of(other));
			return 0;
		}
		note(&hello->list[LIST_GROUPS], tlsp_code_of(other));
	}
	return 1;
}

/* Set instead of the caller's info callback. */
static void
on_info(const SSL *ssl, int type, int value)
{
	(void)ssl;
	(void)type;
	(void)value;
}

/*
 * Opens a scratch connection as wide as it goes up to a version, with a
 * cipher that makes OpenSSL send both extensions, whatever the signature
 * algorithms are, and without the caller's callbacks as far as they can be
 * taken off.  Before TLS 1.2 nobody reads them.
 */
static bool
open_wide(const struct target *to, int max, struct hello *out)
{
	int min = max < TLS1_2_VERSION ? max : TLS1_2_VERSION;
	SSL *ssl = to->ssl;

	SSL_set_security_callback(ssl, hear);
	SSL_set0_security_ex_data(ssl, out);
	SSL_clear_options(ssl, SSL_OP_NO_SSL_MASK);
	SSL_clear_mode(ssl, SSL_MODE_ASYNC);
	SSL_set_info_callback(ssl, on_info); /* NULL would mean ctx's own */
	SSL_set_msg_callback(ssl, NULL);
	SSL_set_psk_client_callback(ssl, NULL);
	SSL_set_psk_use_session_callback(ssl, NULL);
	if (!tlsp_set_bounds(to, min, max))
		return false;
	if (max > TLS1_2_VERSION)
		return tlsp_set_list(
		    to, LIST_CIPHERSUITES, "TLS_AES_128_GCM_SHA256");
	return max < TLS1_2_VERSION ||
	    tlsp_set_list(to, LIST_CIPHERS, "AECDH-AES128-SHA");
}

/* Puts a scratch connection under the security level of another. */
static bool
restrict_to(const struct target *to, const SSL *like)
{
	SSL_set_security_callback(to->ssl, SSL_get_security_callback(like));
	SSL_set0_security_ex_data(to->ssl, SSL_get0_security_ex_data(like));
	SSL_set_security_level(to->ssl, SSL_get_security_level(like));
	/* Strong enough for every level, lest they be what is missing. */
	return tlsp_set_list(to, LIST_CIPHERSUITES, "TLS_AES_256_GCM_SHA384") &&
	    tlsp_set_list(to, LIST_SIGALGS, "ECDSA+SHA512");
}

/* With the context's own groups and sigalgs, or `list` for one of them. */
struct wish {
	int max;
	enum list_kind kind;
	const char *list;
	const SSL *like; /* its security level; NULL: none */
};

/* Begins a handshake; what came of it is on the error queue. */
static bool
begin_hello(
    const struct target *target, const struct wish *wish, struct hello *out)
{
	SSL *ssl = SSL_new(target->ctx);
	const struct target scratch = tlsp_target_on(target, ssl);
	/* An empty one only makes OpenSSL wait: it leaves no error. */
	BIO *reads = BIO_new(BIO_s_mem()), *writes = BIO_new(BIO_s_null());
	bool begun = false;

	if (ssl == NULL || reads == NULL || writes == NULL ||
	    !open_wide(&scratch, wish->max, out) ||
	    (wish->like != NULL && !restrict_to(&scratch, wish->like)) ||
	    (wish->list != NULL &&
		!tlsp_set_list(&scratch, wish->kind, wish->list)))
		goto done;
	SSL_set0_rbio(ssl, reads);
	SSL_set0_wbio(ssl, writes);
	reads = writes = NULL;
	/* A context for servers only has no client in it: lend it one. */
	begun = SSL_set_ssl_method(ssl,
		    SSL_is_dtls(ssl) ? DTLS_client_method()
				     : TLS_client_method()) == 1 &&
	    tlsp_connect_state(ssl);
	if (begun)
		(void)SSL_do_handshake(ssl);
done:
	BIO_free(reads);
	BIO_free(writes);
	SSL_free(ssl);
	return begun;
}

/*
 * Whether both lists are known, and nothing failed but the key share, or for
 * want of any signature algorithm.  A method for a version before TLS 1.2 has
 * none to tell.
 */
static bool
read_once(
    const struct target *target, const struct wish *wish, struct hello *out)
{
	struct offer *groups = &out->list[LIST_GROUPS];
	struct offer *sigalgs = &out->list[LIST_SIGALGS];
	enum lack lack;

	groups->count = sigalgs->count = 0;
	out->astray = false;
	/* Half a list would be told as less than there is. */
	if (!begin_hello(target, wish, out) || groups->count == HELLO_MAX ||
	    sigalgs->count == HELLO_MAX)
		return false;
	lack = tlsp_lack_of(ERR_peek_error());
	return lack == LACK_NOTHING || lack == LACK_SIGALG ||
	    (lack == LACK_GROUP && sigalgs->count > 0);
}

/*
 * Twice as TWICE() has it; so too where one group or none was heard, since one
 * is asked about before the list, which 1.1.1 then leaves out without a word.
 */
static bool
read_lists(
    const struct target *target, const struct wish *wish, struct hello *out)
{
	return (read_once(target, wish, out) &&
		   out->list[LIST_GROUPS].count > 1) ||
	    read_once(target, wish, out);
}

/* What a context may have that lets nobody look. */
static void
assume_all(struct hello *out)
{
	const struct name *name;

	for (enum list_kind kind = LIST_GROUPS; kind <= LIST_SIGALGS; kind++) {
		struct offer *offer = &out->list[kind];

		while (offer->count < HELLO_MAX &&
		    (name = tlsp_name_at(kind, offer->count)) != NULL)
			offer->code[offer->count++] = name->code;
	}
}

int
tlsp_hello_read(const struct target *target, enum list_kind kind,
    const char *list, struct hello *out)
{
	struct wish wish = { TLS1_3_VERSION, kind, list, NULL };
	const SSL_METHOD *method = SSL_CTX_get_ssl_method(target->ctx);
	bool seen, dtls = tlsp_method(method).dtls;

	out->list[LIST_GROUPS].count = out->list[LIST_SIGALGS].count = 0;
	out->astray = false;
	if (target->quic) {
		assume_all(out);
		return TLSPOLICY_OK;
	}
	/*
	 * A hello for TLS 1.2 hides the groups that only TLS 1.3 has, and one
	 * that cannot have a TLS 1.3 group ends before it has come to the
	 * signature algorithms.
	 */
	seen = !dtls && read_lists(target, &wish, out);
	if (dtls || (!seen && tlsp_lack_of(ERR_peek_error()) == LACK_GROUP)) {
		wish.max = TLS1_2_VERSION;
		seen = read_lists(target, &wish, out);
	}
	if (!seen)
		return tlsp_fail(TLSPOLICY_E_OPENSSL,
		    "OpenSSL made no ClientHello to read the context's groups "
		    "and signature algorithms from");
	ERR_clear_error();
	return TLSPOLICY_OK;
}

/*
 * Of each that it is told no of, OpenSSL asks for another that would do.  And
 * without a version it goes no further, to the ciphers.
 */
static int
hear_signer(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid,
    void *other, void *ex)
{
	(void)ssl;
	(void)ctx;
	(void)bits;
	(void)nid;
	if (op == SSL_SECOP_SIGALG_MASK)
		note(ex, tlsp_code_of(other));
	return 0;
}

void
tlsp_hello_signers(SSL *ssl, struct offer *out)
{
	void *ex = SSL_get0_security_ex_data(ssl);
	int (*callback)(const SSL *, const SSL_CTX *, int, int, int, void *,
	    void *) = SSL_get_security_callback(ssl);

	out->count = 0;
	SSL_set_security_callback(ssl, hear_signer);
	SSL_set0_security_ex_data(ssl, out);
	sk_SSL_CIPHER_free(SSL_get1_supported_ciphers(ssl));
	SSL_set_security_callback(ssl, callback);
	SSL_set0_security_ex_data(ssl, ex);
}

/* Whether a hello does not fail for want of what is named. */
static bool
begins(const struct target *target, const struct wish *wish, enum lack lack)
{
	struct hello unheard = { .list = { { .count = 0 } } };
	bool begun;

	ERR_clear_error();
	begun = !begin_hello(target, wish, &unheard) ||
	    tlsp_lack_of(ERR_peek_error()) != lack;
	ERR_clear_error();
	return begun;
}

bool
tlsp_sends_share(const struct target *target, const SSL *like)
{
	const struct wish wish = { .max = TLS1_3_VERSION, .like = like };

	/* Up to 112 bits there is no group for TLS 1.3 that is too weak. */
	return !tlsp_has(FEATURE_MARKS) || target->dtls || target->quic ||
	    SSL_get_security_level(like) < 3 ||
	    begins(target, &wish, LACK_GROUP);
}

bool
tlsp_hashes_legacy(const struct target *target)
{
	const struct wish wish = { .max = TLS1_1_VERSION };

	return begins(target, &wish, LACK_DIGEST);
}
