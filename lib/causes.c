/* SPDX-License-Identifier: MIT */
/* What OpenSSL's reasons mean on either end, and what to change. */
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "explain.h"

#define BAD(what) SSL_R_SSLV3_ALERT_##what

/* Reasons that mean the same as another, where the facts are there. */
static const struct alias {
	int reason, as;
	unsigned when;
} aliases[] = {
	{ SSL_R_WRONG_SSL_VERSION, SSL_R_UNSUPPORTED_PROTOCOL, 0 }, /* pinned */
	{ SSL_R_VERSION_TOO_LOW, SSL_R_UNSUPPORTED_PROTOCOL, 0 },
	{ SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, SSL_R_UNEXPECTED_MESSAGE,
	    FACT_SERVER | FACT_OPEN },
	{ REASON_LEGACY_SIGALG, SSL_R_WRONG_SIGNATURE_TYPE, 0 }, /* from 3.0 */
	{ SSL_R_WRONG_SIGNATURE_TYPE, SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM,
	    FACT_OLD },
	{ REASON_ALERT_NO_APPLICATION_PROTOCOL, SSL_R_NO_APPLICATION_PROTOCOL,
	    0 },
	{ SSL_R_CA_KEY_TOO_SMALL, SSL_R_EE_KEY_TOO_SMALL, 0 },
	{ SSL_R_CA_MD_TOO_WEAK, SSL_R_EE_KEY_TOO_SMALL, 0 },
	{ BAD(BAD_CERTIFICATE), SSL_R_TLSV1_ALERT_UNKNOWN_CA, 0 },
	{ BAD(UNSUPPORTED_CERTIFICATE), SSL_R_TLSV1_ALERT_UNKNOWN_CA, 0 },
	{ BAD(CERTIFICATE_REVOKED), SSL_R_TLSV1_ALERT_UNKNOWN_CA, 0 },
	{ BAD(CERTIFICATE_EXPIRED), SSL_R_TLSV1_ALERT_UNKNOWN_CA, 0 },
	{ BAD(CERTIFICATE_UNKNOWN), SSL_R_TLSV1_ALERT_UNKNOWN_CA, 0 },
	{ BAD(HANDSHAKE_FAILURE), SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED,
	    FACT_WITHHELD },
	{ BAD(ILLEGAL_PARAMETER), SSL_R_REQUIRED_CIPHER_MISSING, FACT_STALE },
	{ SSL_R_SSL_SESSION_VERSION_MISMATCH, SSL_R_REQUIRED_CIPHER_MISSING,
	    0 },
	{ SSL_R_OLD_SESSION_CIPHER_NOT_RETURNED, SSL_R_REQUIRED_CIPHER_MISSING,
	    0 },
};

/* What several causes say. */
#define LEVEL_0 "level=0 with TLSPOLICY_OVERRIDE"
#define ON_OLD  "Permit %TLS 1.2 at both ends; an older version takes "
#define LOG     "The peer's log has the reason"
#define LISTS   "[ciphersuites= for TLS 1.3, ]ciphers=[ below]"
#define LOAD \
	"On this server, load a certificate that suits ciphers=, sigalgs= " \
	"and level=, or give both ends the same PSK and ciphers= for it"
#define CALL_FIRST \
	"Call tlspolicy_explain() before ERR_get_error() or " \
	"ERR_print_errors()"

/*
 * By numeric reason, which stays when the texts change.  The first row counts
 * whose facts are all there.  Seen on OpenSSL 3.0 unless it says otherwise.
 */
static const struct cause causes[] = {
	/* Versions */
	{ SSL_R_NO_PROTOCOLS_AVAILABLE, 0, ALSO_OWN,
	    "This side's own settings leave no version",
	    "Look at min=, max= and disable= (SSL_OP_NO_*) here" },
	{ SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, FACT_CLIENT,
	    ALSO_OWN | ALSO_UP | ALSO_DOWN,
	    "The server permits none of the versions that this client offers",
	    "Permit one of these on the server (its min=, max=, disable=, "
	    "level=[, and for TLS 1.3 a certificate])" },
	{ SSL_R_UNSUPPORTED_PROTOCOL, FACT_CLIENT | FACT_LOWEST, 0,
	    "The server chose a version that no setting permits[ (SSL 3.0)]",
	    "Permit one of these on the server (its min=, max=, disable=)" },
	{ SSL_R_UNSUPPORTED_PROTOCOL, FACT_CLIENT,
	    ALSO_OWN | ALSO_DOWN | ALSO_CHOSE,
	    "The server chose a version that this client does not permit",
	    "Permit one of these on the server (its min=, max=, disable=[; "
	    "nothing here permits SSL 3.0])" },
	{ SSL_R_UNSUPPORTED_PROTOCOL, FACT_SERVER, ALSO_OWN | ALSO_OFFER,
	    "The client offers no version that this server permits",
	    "Permit one of these on the client (its min=, max=, disable=)" },
	{ SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, FACT_SERVER, ALSO_OWN | ALSO_UP,
	    "The client refuses the version that this server chose",
	    "Permit it on the client (its min=)" },
	/* The client's alert has the client's version on it. */
	{ SSL_R_WRONG_VERSION_NUMBER, FACT_SERVER | FACT_CHOSEN,
	    ALSO_OWN | ALSO_UP,
	    "The client answers the version that this server chose in another",
	    "Permit it on the client (its min=)" },
	{ SSL_R_UNEXPECTED_MESSAGE, FACT_SERVER | FACT_OPEN, 0,
	    "The client gave up before its ClientHello, as one does with no "
	    "version, or no cipher or group for its highest",
	    "On the client, look at min=, max=, disable= (SSL_OP_NO_*), "
	    "ciphersuites=, ciphers=, groups= and level=" },
	{ SSL_R_INAPPROPRIATE_FALLBACK, FACT_SERVER, 0,
	    "The client says by FALLBACK_SCSV that it lowered its maximum for "
	    "a second attempt, while this server has more",
	    "On the client, raise max=, drop SSL_MODE_SEND_FALLBACK_SCSV and "
	    "look for what broke the first attempt" },
	{ SSL_R_TLSV1_ALERT_INAPPROPRIATE_FALLBACK, FACT_CLIENT, ALSO_UP,
	    "This client says by FALLBACK_SCSV that it lowered its maximum "
	    "for a second attempt, while the server has more",
	    "Drop SSL_MODE_SEND_FALLBACK_SCSV and look for what broke the "
	    "first attempt" },
	{ SSL_R_INAPPROPRIATE_FALLBACK, FACT_CLIENT, ALSO_UP,
	    "The server signals that it has a higher version, and so has this "
	    "client: a hole here or something in between changed the offer",
	    "Look for that middlebox or attacker; do not lower max= for it" },
	{ SSL_R_UNKNOWN_PROTOCOL, FACT_SERVER, 0,
	    "The client begins with SSL 2.0, or with what no %TLS is",
	    "Update the client" },

	/* TLS 1.0 and 1.1 at a level that forbids them */
	{ SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, FACT_OLD, ALSO_OWN,
	    "This side's security level forbids the signatures of versions "
	    "before %TLS 1.2",
	    ON_OLD LEVEL_0 " at both ends" },
	{ SSL_R_TLSV1_ALERT_INTERNAL_ERROR, FACT_OLD, ALSO_OWN,
	    "The peer failed inside, as OpenSSL 1.1.1 and 3.0 do in versions "
	    "before %TLS 1.2 at a security level above 0",
	    ON_OLD LEVEL_0 " at both ends" },
	{ ERR_R_INTERNAL_ERROR, FACT_OLD, ALSO_OWN,
	    "This side failed inside, as OpenSSL 1.1.1 does before %TLS 1.2 at "
	    "security level 2 or 3 with another key than RSA",
	    ON_OLD "an RSA certificate alone, or " LEVEL_0 },

	/* Ciphers, groups, signature algorithms */
	{ SSL_R_NO_CIPHERS_AVAILABLE, 0, ALSO_OWN,
	    "This side has no cipher for its highest version",
	    "Look at max=[, ciphersuites= (TLS 1.3)] and ciphers= here" },
	{ REASON_NO_SUITABLE_GROUPS, 0, ALSO_OWN, /* from 3.0 */
	    "This side has no group for its highest version",
	    "Look at max=, groups= and level= here" },
	{ SSL_R_NO_SHARED_CIPHER, FACT_BARE, 0,
	    "The client offers no cipher that this server can use, which has "
	    "no certificate",
	    LOAD },
	{ SSL_R_NO_SHARED_CIPHER, 0, ALSO_OWN,
	    "The client offers no cipher that this server can use",
	    "Permit one at both ends (" LISTS ") that suits the server's "
	    "certificate and groups= and sigalgs= of both, or a higher "
	    "version" },
	{ BAD(HANDSHAKE_FAILURE), FACT_CLIENT | FACT_OPEN, ALSO_OWN,
	    "The server found nothing to agree on: most often no cipher, else "
	    "no group, signature algorithm or certificate",
	    "Permit the same at both ends: " LISTS ", groups=, sigalgs=; see "
	    "the server's certificate and log" },
	{ BAD(HANDSHAKE_FAILURE), FACT_BANNED, 0,
	    "The peer broke off after the handshake, as one does whose "
	    "renegotiation this side refuses",
	    "Do without, or set renegotiation=on with TLSPOLICY_OVERRIDE "
	    "here" },
	{ BAD(HANDSHAKE_FAILURE), FACT_DONE, 0,
	    "The peer broke off after the handshake",
	    LOG ": a renegotiation or a client certificate, most often" },
	{ BAD(HANDSHAKE_FAILURE), FACT_CLIENT, 0,
	    "The server refuses what this client sent, most often for lack of "
	    "a client certificate",
	    "Load one, or look into the server's log" },
	{ BAD(HANDSHAKE_FAILURE), 0, ALSO_OWN,
	    "The client refuses what this server answered",
	    "The client's log has the reason; compare groups=, sigalgs= and "
	    "level= of both ends" },
	{ SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY, 0, ALSO_OWN | ALSO_UP,
	    "The peer asks for stronger ciphers or keys",
	    "Permit stronger ones here (ciphers=, groups=, sigalgs=), or lower "
	    "level= at the peer" },
	{ SSL_R_NO_SUITABLE_KEY_SHARE, 0, ALSO_OWN | ALSO_OTHER,
	    "The ends have no group in common",
	    "Permit one at both ends (groups=)" },
	{ SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, FACT_SERVER | FACT_BARE, 0,
	    "No signature algorithm of the client's suits this server, which "
	    "has no certificate",
	    LOAD },
	{ SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, 0, ALSO_OWN,
	    "No signature algorithm of the peer's suits this side's "
	    "certificate",
	    "Permit one for that key at both ends (sigalgs=), or load a "
	    "certificate with another key" },
	{ SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, 0, ALSO_OWN,
	    "The ends have no signature algorithm in common",
	    "Permit one at both ends (sigalgs=)" },
	{ SSL_R_WRONG_SIGNATURE_TYPE, 0, ALSO_OWN,
	    "The peer signed by an algorithm that this side does not permit",
	    "Permit the same at both ends (sigalgs=)" },
	{ SSL_R_DH_KEY_TOO_SMALL, 0, ALSO_OTHER,
	    "The server's DH parameters are too short for this side's level",
	    "Prefer ECDHE (ciphers=), give the server longer parameters, or "
	    "lower level= here" },

	/* Certificates */
	{ REASON_WEAK, 0, ALSO_OTHER | ALSO_VERIFY,
	    "The peer's certificates are too weak for this side's level",
	    "Give the peer stronger ones, or lower level= here" },
	{ SSL_R_CERTIFICATE_VERIFY_FAILED, 0, ALSO_OTHER | ALSO_VERIFY,
	    "The peer's certificate did not pass verification",
	    "Look at the certificates that this side trusts, at the name it "
	    "expects and at its clock" },
	{ SSL_R_TLSV1_ALERT_UNKNOWN_CA, FACT_CLIENT, ALSO_OTHER,
	    "The server does not accept this client's certificate",
	    "Look at certificate and chain here, and at what the server "
	    "trusts" },
	{ SSL_R_TLSV1_ALERT_UNKNOWN_CA, 0, ALSO_OTHER,
	    "The client does not accept this server's certificate",
	    "Look at certificate and chain here, and at what the client "
	    "trusts, at the name it expects and at its clock" },
	{ SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, 0, ALSO_OTHER,
	    "The client sent no certificate, and this server demands one",
	    "Give the client one whose key fits the sigalgs= of both ends, or "
	    "demand none (SSL_VERIFY_FAIL_IF_NO_PEER_CERT)" },
	{ SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, FACT_WITHHELD, ALSO_OTHER,
	    "The server demands a certificate, and this client's was not sent: "
	    "its key fits no signature algorithm that both ends permit",
	    "Permit one for it at both ends (sigalgs=, "
	    "SSL_CTX_set_client_sigalgs), or load one with another key" },
	{ SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, FACT_LOADED, ALSO_OTHER,
	    "The server demands a certificate, and this client's was not sent",
	    "Look at its key, and at sigalgs= (SSL_CTX_set_client_sigalgs)" },
	{ SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, 0, ALSO_OTHER,
	    "The server demands a certificate of this client",
	    "Load one that the server trusts" },
	{ SSL_R_EE_KEY_TOO_SMALL, 0, ALSO_OWN | ALSO_OTHER,
	    "A certificate is too weak for this side's level",
	    "Load a stronger one, or lower level= here" },

	/* Connections that were there before */
	{ SSL_R_NO_RENEGOTIATION, FACT_BANNED, ALSO_OTHER,
	    "This side's renegotiation=off (SSL_OP_NO_RENEGOTIATION) forbids "
	    "what it asked for",
	    "Do without, or set renegotiation=on with TLSPOLICY_OVERRIDE" },
	{ SSL_R_NO_RENEGOTIATION, 0, ALSO_OTHER,
	    "The peer refuses a renegotiation, as renegotiation=off does",
	    "Do without, or permit it there (renegotiation=on, and on servers "
	    "from OpenSSL 3.0 on SSL_OP_ALLOW_CLIENT_RENEGOTIATION)" },
	{ SSL_R_REQUIRED_CIPHER_MISSING, 0, ALSO_OTHER,
	    "The session to be resumed is older than the settings: they do not "
	    "permit its version or cipher",
	    "Drop sessions when a policy changes: on the client, and on the "
	    "server by another SSL_CTX_set_session_id_context()" },

	/* Neither versions nor lists */
	{ SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED, 0, ALSO_OTHER,
	    "The server has no secure renegotiation, RFC 5746",
	    "Update it; no key of a policy helps, "
	    "SSL_OP_LEGACY_SERVER_CONNECT does at the cost of security" },
	{ SSL_R_HTTP_REQUEST, 0, ALSO_OTHER,
	    "The client sent an HTTP request without %TLS",
	    "Make it https: on the client, or use another port" },
	{ SSL_R_HTTPS_PROXY_REQUEST, 0, ALSO_OTHER,
	    "The client takes this server for an HTTP proxy",
	    "Look at the proxy settings of the client" },
	{ SSL_R_WRONG_VERSION_NUMBER, FACT_OPEN, ALSO_OTHER,
	    "The peer does not speak %TLS here",
	    "Look at host and port[, at STARTTLS, and at the PROXY protocol "
	    "of what is in front]" },
	{ SSL_R_WRONG_VERSION_NUMBER, 0, ALSO_UP,
	    "The server answers in another version than it chose",
	    "The server's log has the reason" },
	{ SSL_R_NO_APPLICATION_PROTOCOL, 0, ALSO_OTHER,
	    "The ends have no application protocol in common",
	    "Compare the ALPN protocols of both ends" },
	{ SSL_R_TLSV1_UNRECOGNIZED_NAME, 0, ALSO_OTHER,
	    "The server does not know the host name that this client sent",
	    "Look at the name here (SNI) and at the names of the server" },
	{ SSL_R_CALLBACK_FAILED, 0, 0,
	    "A callback of this program refused the connection",
	    "Look at that callback, and at its entries on the error queue" },
	{ SSL_R_TLSV1_ALERT_INTERNAL_ERROR, 0, ALSO_OWN,
	    "The peer failed inside",
	    LOG ": a certificate too weak for level=, a callback, or on "
		"OpenSSL 1.1.1 no version left" },
	{ SSL_R_TLSV13_ALERT_MISSING_EXTENSION, 0, ALSO_OWN,
	    "The peer misses an extension of %TLS 1.3 in what this side sent",
	    "Permit for %TLS 1.3 what groups= and sigalgs= lack here" },
	{ REASON_UNEXPECTED_EOF, FACT_DTLS, 0,
	    "Nothing more can be read of the peer",
	    "Look at host and port, and into the peer's log" },
	{ REASON_UNEXPECTED_EOF, FACT_DONE, ALSO_OTHER,
	    "The handshake completed, and later the peer closed the connection "
	    "without close_notify",
	    LOG ", if it was not done; SSL_OP_IGNORE_UNEXPECTED_EOF allows "
		"it" },
	{ REASON_UNEXPECTED_EOF, 0, 0, /* no entry on 1.1.1 */
	    "The peer closed the connection without an alert",
	    LOG ": often versions, the host name (SNI) or a limit" },
	{ SSL_R_PROTOCOL_IS_SHUTDOWN, 0, 0, "The connection is over already",
	    LOG ", unless this side ended it[; for QUIC "
		"SSL_get_conn_close_info() has the peer's words]" },
	{ SSL_R_CONNECTION_TYPE_NOT_SET, 0, ALSO_OTHER,
	    "The connection is neither a client's nor a server's",
	    "Call SSL_set_connect_state() or SSL_set_accept_state() first" },
	{ REASON_ALERT, 0, 0, "The peer gave up", LOG },
	{ REASON_UNKNOWN, 0, ALSO_OWN | ALSO_ENTRY, "OpenSSL gave up",
	    "See the error queue" },

	/* No error of OpenSSL's TLS */
	{ REASON_ELSEWHERE, 0, ALSO_ENTRY, "Something other than %TLS failed",
	    "See the error queue" },
	{ REASON_CLEARED, FACT_DONE, 0,
	    "The handshake completed, and a later error is gone from the queue",
	    CALL_FIRST },
	{ REASON_CLEARED, 0, ALSO_OWN,
	    "The handshake failed, and its error is gone from the queue",
	    CALL_FIRST },
	{ REASON_WAITING, 0, 0, "Nothing failed yet: the handshake is going on",
	    "If for too long, a firewall is silent[ or STARTTLS comes first]" },
	{ REASON_NOT_BEGUN, 0, 0, "Nothing failed yet: no handshake has begun",
	    "Call SSL_do_handshake()" },
	{ REASON_COMPLETED, 0, 0, "The handshake completed: nothing failed",
	    "What the error queue may hold is not of it" },
};

int
tlsp_cause_alert(int reason)
{
	int alert = reason - SSL_AD_REASON_OFFSET;

	return alert >= 0 && alert <= 255 ? alert : -1;
}

static const struct cause *
find_cause(int reason, unsigned facts)
{
	const size_t count = sizeof(causes) / sizeof(causes[0]);

	for (size_t i = 0; i < count; i++) {
		if (causes[i].reason == reason &&
		    (causes[i].when & ~facts) == 0)
			return &causes[i];
	}
	return NULL;
}

const struct cause *
tlsp_cause(int reason, unsigned facts)
{
	const struct cause *cause;

	/* One may lead to another below it. */
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
		if (aliases[i].reason == reason &&
		    (aliases[i].when & ~facts) == 0)
			reason = aliases[i].as;
	}
	cause = find_cause(reason, facts);
	if (cause == NULL && tlsp_cause_alert(reason) >= 0)
		cause = find_cause(REASON_ALERT, facts);
	return cause != NULL ? cause : find_cause(REASON_UNKNOWN, facts);
}
