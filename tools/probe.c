/* SPDX-License-Identifier: MIT */
/*
 * One handshake by OpenSSL with a server that may be old, broken or hostile.
 * Nothing is verified: the question is what it negotiates, with anybody.
 */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

#include "scan.h"

/* A handshake under way. */
struct shake {
	struct talk talk;
	SSL *ssl;
};

/*
 * What came from the server; alerts are taken from here, not from reasons.  A
 * flood that OpenSSL reads on and on without a word is stopped here, too.
 */
static void
on_message(int sent, int version, int type, const void *buf, size_t len,
    SSL *ssl, void *arg)
{
	struct talk *talk = arg;
	struct answer *answer = talk->answer;
	const unsigned char *bytes = buf;

	(void)version;
	(void)ssl;
	if (sent && type == SSL3_RT_HANDSHAKE && answer->bytes == 0)
		answer->bytes = len;
	if (!sent && !talk->late && time_left(&talk->end) == 0) {
		talk->late = true;
		(void)shutdown(talk->fd, SHUT_RDWR);
	}
	if (sent || (type != SSL3_RT_HANDSHAKE && type != SSL3_RT_ALERT))
		return;
	answer->spoke = true;
	if (type == SSL3_RT_ALERT && len == 2 && bytes[0] == SSL3_AL_FATAL)
		answer->alert = bytes[1];
}

/* There is none to give. */
static int
on_certificate(SSL *ssl, X509 **certificate, EVP_PKEY **key)
{
	struct answer *answer = SSL_get_app_data(ssl);

	(void)certificate;
	(void)key;
	answer->asked = true;
	return 0;
}

static void
note(const struct shake *shake)
{
	struct answer *answer = shake->talk.answer;
	const SSL_CIPHER *cipher = SSL_get_current_cipher(shake->ssl);
	STACK_OF(X509) *chain = SSL_get_peer_cert_chain(shake->ssl);
	const char *group = group_of(shake->ssl);

	if (cipher == NULL)
		cipher = SSL_get_pending_cipher(shake->ssl);
	answer->suite =
	    cipher == NULL ? 0 : (uint16_t)SSL_CIPHER_get_protocol_id(cipher);
	answer->group = group == NULL ? 0 : group_code(group);
	if (sk_X509_num(chain) > 0)
		note_certificate(shake->talk.target, sk_X509_value(chain, 0));
}

/* Reasons by which OpenSSL refuses a version that the server has chosen. */
static bool
is_other_version(int reason)
{
	return reason == SSL_R_UNSUPPORTED_PROTOCOL ||
	    reason == SSL_R_WRONG_SSL_VERSION ||
	    reason == SSL_R_WRONG_VERSION_NUMBER;
}

static void
fails(struct answer *answer, enum failing failing, const char *why)
{
	conclude(answer, UNDECIDED, why);
	answer->failing = failing;
}

/*
 * A server refuses by an alert, by another version, or as old ones do by
 * hanging up.  One that asks for a client's certificate has agreed to all else;
 * and so has one that has chosen a cipher, if then this side cannot go on.
 */
static void
judge(const struct shake *shake, int error)
{
	const unsigned long entry = ERR_peek_error();
	const int reason = ERR_GET_REASON(entry);
	struct answer *answer = shake->talk.answer;
	const char *text = ERR_reason_error_string(entry);

	note(shake);
	if (shake->talk.late) {
		fails(answer, TOO_LATE, "timed out");
	} else if (answer->asked) {
		conclude(answer, ACCEPTED, "asks for a client certificate");
	} else if (answer->alert >= 0) {
		conclude(
		    answer, REFUSED, SSL_alert_desc_string_long(answer->alert));
	} else if (error == SSL_ERROR_SYSCALL ||
	    error == SSL_ERROR_ZERO_RETURN || is_hang_up(reason)) {
		fails(answer, HANGS_UP, "it hangs up");
	} else if (answer->spoke && is_other_version(reason)) {
		conclude(answer, REFUSED, "it chooses another version");
	} else if (!answer->spoke) {
		fails(answer, GARBLED, "its answer is not TLS");
	} else if (answer->suite != 0) {
		conclude(answer, ACCEPTED,
		    text != NULL ? text : "the handshake fails");
	} else {
		fails(answer, GARBLED,
		    text != NULL ? text : "the handshake fails");
	}
}

static void
shake_hands(const struct shake *shake)
{
	struct answer *answer = shake->talk.answer;
	int ret, error;

	while ((ret = SSL_connect(shake->ssl)) != 1) {
		error = SSL_get_error(shake->ssl, ret);
		if (error != SSL_ERROR_WANT_READ &&
		    error != SSL_ERROR_WANT_WRITE) {
			judge(shake, error);
			return;
		}
		if (!wait_for(&shake->talk,
			error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT))
			return;
	}
	note(shake);
	conclude(answer, ACCEPTED,
	    answer->asked ? "asks for a client certificate" : "");
	(void)SSL_shutdown(shake->ssl); /* so that it logs no error */
}

/*
 * Pinned to a version, at level 0, with all that OpenSSL has, and whatever the
 * host says.  The library drops the groups that there are not.
 */
#define ALL_GROUPS \
	"?X25519MLKEM768:?SecP256r1MLKEM768:?SecP384r1MLKEM1024:" \
	"?curveSM2MLKEM768:?MLKEM512:?MLKEM768:?MLKEM1024:?X25519:?X448:" \
	"?P-256:?P-384:?P-521:?curveSM2:?ffdhe2048:?ffdhe3072:?ffdhe4096:" \
	"?ffdhe6144:?ffdhe8192:?brainpoolP256r1tls13:" \
	"?brainpoolP384r1tls13:?brainpoolP512r1tls13:?brainpoolP256r1:" \
	"?brainpoolP384r1:?brainpoolP512r1:?secp256k1:?secp224r1:" \
	"?secp224k1:?secp192r1:?secp192k1:?secp160k1:?secp160r1:" \
	"?secp160r2:?sect163k1:?sect163r1:?sect163r2:?sect193r1:" \
	"?sect193r2:?sect233k1:?sect233r1:?sect239k1:?sect283k1:" \
	"?sect283r1:?sect409k1:?sect409r1:?sect571k1:?sect571r1"

static SSL_CTX *
make_context(int version)
{
	const char *name = tlspolicy_protocol_name(version);
	char text[2048];
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	int len = snprintf(text, sizeof(text),
	    "min=%s,max=%s,level=0,groups=" ALL_GROUPS, name, name);

	if (ctx == NULL || len < 0 || (size_t)len >= sizeof(text))
		goto fail;
	SSL_CTX_set_security_level(ctx, 0);
	if (SSL_CTX_set_cipher_list(ctx, "ALL:COMPLEMENTOFALL") != 1 ||
	    !set_all_suites(ctx) ||
	    tlspolicy_apply_text(ctx, text, TLSPOLICY_OVERRIDE) != TLSPOLICY_OK)
		goto fail;
	/* Servers without RFC 5746 are to be seen, too. */
	(void)SSL_CTX_set_options(
	    ctx, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_NO_TICKET);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_msg_callback(ctx, on_message);
	SSL_CTX_set_client_cert_cb(ctx, on_certificate);
	return ctx;
fail:
	SSL_CTX_free(ctx);
	return NULL;
}

/* Made once; NULL: this OpenSSL cannot speak the version. */
static SSL_CTX *
context_of(int version)
{
	static SSL_CTX *made[VERSIONS];
	const int i = version - versions[0];

	if (i < 0 || i >= VERSIONS || tlspolicy_openssl_supports(version) != 1)
		return NULL;
	if (made[i] == NULL)
		made[i] = make_context(version);
	ERR_clear_error();
	return made[i];
}

size_t
probe_suites(int version, uint16_t list[SUITES_MOST])
{
	SSL_CTX *ctx = context_of(version);
	SSL *ssl = ctx == NULL ? NULL : SSL_new(ctx);
	STACK_OF(SSL_CIPHER) *ciphers =
	    ssl == NULL ? NULL : SSL_get1_supported_ciphers(ssl);
	size_t count = 0;

	for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++)
		if (count < SUITES_MOST)
			list[count++] = (uint16_t)SSL_CIPHER_get_protocol_id(
			    sk_SSL_CIPHER_value(ciphers, i));
	sk_SSL_CIPHER_free(ciphers);
	SSL_free(ssl);
	return count;
}

/* Names joined by colons. */
static bool
set_suites(SSL *ssl, const struct question *q)
{
	char list[SUITES_MOST * 24] = "";
	size_t len = 0;

	for (size_t i = 0; i < q->suite_count && len < sizeof(list); i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s",
		    i > 0 ? ":" : "", suite_openssl_name(q->suites[i]));
	return len < sizeof(list) &&
	    (q->version == TLS1_3_VERSION
		    ? SSL_set_ciphersuites(ssl, list)
		    : SSL_set_cipher_list(ssl, list)) == 1;
}

void
probe(struct target *target, const struct question *q, struct answer *a)
{
	SSL_CTX *ctx = context_of(q->version);
	struct shake shake = { .talk = {
				   .fd = -1, .target = target, .answer = a } };

	ERR_clear_error();
	shake.ssl = ctx == NULL ? NULL : SSL_new(ctx);
	if (shake.ssl == NULL || !set_suites(shake.ssl, q) ||
	    SSL_set_app_data(shake.ssl, a) != 1 ||
	    (target->servername != NULL &&
		SSL_set_tlsext_host_name(shake.ssl, target->servername) != 1)) {
		fails(a, UNREACHED, "out of memory");
	} else if (begin(&shake.talk)) {
		SSL_set_msg_callback_arg(shake.ssl, &shake.talk);
		if (SSL_set_fd(shake.ssl, shake.talk.fd) == 1)
			shake_hands(&shake);
		else
			fails(a, UNREACHED, "out of memory");
		(void)close(shake.talk.fd);
	}
	ERR_clear_error();
	SSL_free(shake.ssl);
}
