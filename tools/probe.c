/* SPDX-License-Identifier: MIT */
/*
 * One handshake with a server that may be old, broken or hostile.  Nothing is
 * verified: the question is what it negotiates, with anybody.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <openssl/err.h>

#include "tool.h"

/* A handshake under way. */
struct talk {
	int fd;
	struct timespec end;
	SSL *ssl;
	struct answer *answer;
	bool late;
};

/* Milliseconds that are left, for poll(2). */
static int
left(const struct talk *talk)
{
	struct timespec now;
	long long ms;

	if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		return 0;
	ms = (talk->end.tv_sec - now.tv_sec) * 1000LL +
	    (talk->end.tv_nsec - now.tv_nsec) / 1000000;
	return ms < 0 ? 0 : (int)ms;
}

static void
conclude(struct answer *answer, enum outcome outcome, const char *why)
{
	answer->outcome = outcome;
	(void)snprintf(answer->why, sizeof(answer->why), "%s", why);
}

static bool
wait_for(const struct talk *talk, short events)
{
	struct pollfd pfd = { .fd = talk->fd, .events = events };
	int ms, ret;

	do {
		ms = left(talk);
		ret = ms == 0 ? 0 : poll(&pfd, 1, ms);
	} while (ret < 0 && errno == EINTR);
	if (ret > 0)
		return true;
	conclude(
	    talk->answer, UNDECIDED, ret == 0 ? "timed out" : strerror(errno));
	return false;
}

static bool
connect_to(struct talk *talk, const BIO_ADDRINFO *at)
{
	int error;

	talk->fd = BIO_socket(
	    BIO_ADDRINFO_family(at), BIO_ADDRINFO_socktype(at), 0, 0);
	if (talk->fd < 0) {
		conclude(talk->answer, UNDECIDED, strerror(errno));
		return false;
	}
	if (BIO_connect(talk->fd, BIO_ADDRINFO_address(at),
		BIO_SOCK_NONBLOCK | BIO_SOCK_NODELAY) == 1)
		return true;
	if (!BIO_sock_should_retry(-1)) {
		conclude(talk->answer, UNDECIDED, strerror(errno));
		return false;
	}
	if (!wait_for(talk, POLLOUT))
		return false;
	error = BIO_sock_error(talk->fd);
	if (error != 0)
		conclude(talk->answer, UNDECIDED, strerror(error));
	return error == 0;
}

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
	if (!sent && !talk->late && left(talk) == 0) {
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
note(const struct talk *talk)
{
	struct answer *answer = talk->answer;
	const char *group;

	answer->cipher = SSL_get_current_cipher(talk->ssl);
	if (answer->cipher == NULL)
		answer->cipher = SSL_get_pending_cipher(talk->ssl);
	group = group_of(talk->ssl);
	(void)snprintf(answer->group, sizeof(answer->group), "%s",
	    group != NULL ? group : "");
}

/* Reasons by which OpenSSL refuses a version that the server has chosen. */
static bool
is_other_version(int reason)
{
	return reason == SSL_R_UNSUPPORTED_PROTOCOL ||
	    reason == SSL_R_WRONG_SSL_VERSION ||
	    reason == SSL_R_WRONG_VERSION_NUMBER;
}

/*
 * A server refuses by an alert, by another version, or as old ones do by
 * hanging up.  One that asks for a client's certificate has agreed to all else;
 * and so has one that has chosen a cipher, if then this side cannot go on.
 */
static void
judge(const struct talk *talk, int error)
{
	const unsigned long entry = ERR_peek_error();
	const int reason = ERR_GET_REASON(entry);
	struct answer *answer = talk->answer;
	const char *text;

	if (talk->late) {
		conclude(answer, UNDECIDED, "timed out");
	} else if (answer->asked) {
		note(talk);
		conclude(answer, ACCEPTED, "asks for a client certificate");
	} else if (answer->alert >= 0) {
		conclude(
		    answer, REFUSED, SSL_alert_desc_string_long(answer->alert));
	} else if (error == SSL_ERROR_SYSCALL ||
	    error == SSL_ERROR_ZERO_RETURN || is_hang_up(reason)) {
		answer->hung = true;
		conclude(answer, REFUSED, "it hangs up");
	} else if (answer->spoke && is_other_version(reason)) {
		conclude(answer, REFUSED, "it chooses another version");
	} else if (!answer->spoke) {
		conclude(answer, UNDECIDED, "its answer is not TLS");
	} else {
		text = ERR_reason_error_string(entry);
		note(talk);
		conclude(answer, answer->cipher != NULL ? ACCEPTED : UNDECIDED,
		    text != NULL ? text : "the handshake fails");
	}
}

static void
shake(const struct talk *talk)
{
	int ret, error;

	while ((ret = SSL_connect(talk->ssl)) != 1) {
		error = SSL_get_error(talk->ssl, ret);
		if (error != SSL_ERROR_WANT_READ &&
		    error != SSL_ERROR_WANT_WRITE) {
			judge(talk, error);
			return;
		}
		if (!wait_for(
			talk, error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT))
			return;
	}
	note(talk);
	conclude(talk->answer, ACCEPTED, "");
	(void)SSL_shutdown(talk->ssl); /* so that it logs no error */
}

static bool
begin(struct talk *talk, const struct target *target)
{
	if (clock_gettime(CLOCK_MONOTONIC, &talk->end) == 0) {
		talk->end.tv_sec += target->seconds;
		if (connect_to(talk, target->at))
			return true;
	} else {
		conclude(talk->answer, UNDECIDED, strerror(errno));
	}
	if (talk->fd >= 0)
		(void)BIO_closesocket(talk->fd);
	return false;
}

void
probe(struct target *target, SSL *ssl, struct answer *answer)
{
	struct talk talk = { .fd = -1, .ssl = ssl, .answer = answer };
	const BIO_ADDRINFO *first = target->at;

	*answer = (struct answer){ .outcome = UNDECIDED, .alert = -1 };
	ERR_clear_error();
	while (!begin(&talk, target)) {
		if (!target->reached)
			target->at = BIO_ADDRINFO_next(target->at);
		if (target->reached || target->at == NULL) {
			target->at = first;
			return;
		}
	}
	target->reached = true;
	if (SSL_set_app_data(ssl, answer) != 1 ||
	    SSL_set_fd(ssl, talk.fd) != 1 ||
	    (target->servername != NULL &&
		SSL_set_tlsext_host_name(ssl, target->servername) != 1)) {
		conclude(answer, UNDECIDED, "out of memory");
	} else {
		SSL_set_msg_callback_arg(ssl, &talk);
		shake(&talk);
	}
	ERR_clear_error();
	(void)BIO_closesocket(talk.fd);
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

SSL_CTX *
probe_context(int version)
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
