/* SPDX-License-Identifier: MIT */
/* Handshakes that fail, and what is said of each at both ends. */
#include <string.h>

#include <openssl/err.h>

#include "explained.h"
#include "release.h"
#include "runner.h"

static void
without_renegotiation_info(int from, unsigned char *data, size_t size)
{
	static const unsigned char info[] = { 0xff, 0x01, 0, 1, 0 };
	size_t i;

	for (i = 0; from == SERVER && i + sizeof(info) <= size; i++)
		if (memcmp(data + i, info, sizeof(info)) == 0)
			data[i] = data[i + 1] = 0xfa; /* RFC 8701 */
}

static void
without_supported_versions(int from, unsigned char *data, size_t size)
{
	size_t i;

	for (i = 0; from == CLIENT && i + 5 <= size; i++)
		if (data[i] == 0 && data[i + 1] == 43 && data[i + 2] == 0 &&
		    data[i + 3] == data[i + 4] + 1) {
			data[i] = data[i + 1] = 0xfa;
			return;
		}
}

/* legacy_version of the ClientHello, after 5 bytes of record and 4 of header */
static void
legacy(int from, unsigned char *data, size_t size, unsigned version)
{
	if (from == CLIENT && size > 11 && data[0] == 22 && data[5] == 1) {
		data[9] = (unsigned char)(version >> 8);
		data[10] = (unsigned char)version;
	}
}

static void
as_ssl3(int from, unsigned char *data, size_t size)
{
	legacy(from, data, size, SSL3_VERSION);
}

static void
as_nothing(int from, unsigned char *data, size_t size)
{
	legacy(from, data, size, 0x0102);
}

static void
small_dh(SSL_CTX *ctx)
{
	SSL_CTX_set_dh_auto(ctx, 2); /* 1024 bits whatever the certificate */
}

static void
any_dh(SSL_CTX *ctx)
{
	SSL_CTX_set_dh_auto(ctx, 1);
}

static unsigned
give_psk(SSL *ssl, const char *identity, unsigned char *psk, unsigned max)
{
	(void)ssl, (void)identity;
	memset(psk, 7, max < 16 ? max : 16);
	return 16;
}

static void
with_psk(SSL_CTX *ctx)
{
	SSL_CTX_set_psk_server_callback(ctx, give_psk);
}

/* What a server asks of a client's key, or a client of its own. */
static void
client_rsa(SSL_CTX *ctx)
{
	ck_assert(SSL_CTX_set1_client_sigalgs_list(
		      ctx, "RSA+SHA256:RSA-PSS+SHA256") == 1);
}

static void
offer_h2(SSL_CTX *ctx)
{
	static const unsigned char list[] = { 2, 'h', '2' };

	ck_assert_int_eq(SSL_CTX_set_alpn_protos(ctx, list, sizeof(list)), 0);
}

static int
no_protocol(SSL *ssl, const unsigned char **out, unsigned char *outlen,
    const unsigned char *in, unsigned inlen, void *arg)
{
	(void)ssl, (void)out, (void)outlen, (void)in, (void)inlen, (void)arg;
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static void
refuse_h2(SSL_CTX *ctx)
{
	SSL_CTX_set_alpn_select_cb(ctx, no_protocol, NULL);
}

static int
no_name(SSL *ssl, int *alert, void *arg)
{
	(void)ssl, (void)arg;
	*alert = SSL_AD_UNRECOGNIZED_NAME;
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static void
refuse_name(SSL_CTX *ctx)
{
	SSL_CTX_set_tlsext_servername_callback(ctx, no_name);
}

static int
no_client(SSL *ssl, int *alert, void *arg)
{
	(void)ssl, (void)alert, (void)arg;
	return SSL_CLIENT_HELLO_ERROR;
}

static void
refuse_client(SSL_CTX *ctx)
{
	SSL_CTX_set_client_hello_cb(ctx, no_client, NULL);
}

#define AEAD "ECDHE-RSA-AES128-GCM-SHA256"
#define RSA  "RSA+SHA256:RSA-PSS+SHA256"

/* Answers in SSL 3.0 and TLS 1.0, as very old servers give them. */
#define OLD_ANSWER(minor) \
	"\x16\x03" minor "\x00\x2a\x02\x00\x00\x26\x03" minor \
	"0123456789abcdef0123456789abcdef\x00\x00\x35\x00"

#define WITHHELD "its key fits no signature algorithm", "sigalgs="

const struct row explain_rows[] = {
	{ "client to 1.2, server from 1.3",
	    { { .max = TLS1_2_VERSION }, { .min = TLS1_3_VERSION } },
	    .want = { { SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, 0,
			  { "none of the versions", "on the server (its min=",
			      "or on this client raise max=." } },
		{ SSL_R_UNSUPPORTED_PROTOCOL, 0,
		    { "(at most TLSv1.2);", "on the client (its min=",
			"or on this server lower min=." } } } },
	{ "client from 1.3, server to 1.2",
	    { { .min = TLS1_3_VERSION }, { .max = TLS1_2_VERSION } },
	    .want = { { SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, 0,
			  { "none of the versions",
			      "or on this client lower min=." } },
		{ SSL_R_UNSUPPORTED_PROTOCOL, 0,
		    { "server permits;",
			"or on this server raise max=." } } } },
	{ "client from 1.2 at level 2, server to 1.1",
	    { { .min = TLS1_2_VERSION, .level = 2 },
		{ .max = TLS1_1_VERSION } },
	    .want = { { SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, 0,
			  { "or on this client lower min= (a "
			    "version before "
			    "TLS 1.2 takes " LEVEL_0 } },
		{ SSL_R_UNSUPPORTED_PROTOCOL, 0,
		    { "server permits;",
			"or on this server raise max=." } } } },
	{ "client to 1.1, server at level 2",
	    { { .max = TLS1_1_VERSION },
		{ .min = TLS1_2_VERSION, .level = 2 } },
	    .want = { { SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, 0,
			  { "or on this client raise max=." } },
		{ SSL_R_UNSUPPORTED_PROTOCOL, 0,
		    { "(at most TLSv1.1);",
			"or on this server lower min= (a version "
			"before TLS "
			"1.2 takes " LEVEL_0 } } } },
	{ "client 1.2, server to 1.1, which chooses",
	    { { .min = TLS1_2_VERSION, .max = TLS1_2_VERSION },
		{ .max = TLS1_1_VERSION } },
	    .want = { { SSL_R_UNSUPPORTED_PROTOCOL, 0,
			  { "The server chose a version",
			      "or on this client lower min=." } },
		{ SSL_R_WRONG_VERSION_NUMBER, 0,
		    { "answers the version", "(TLSv1.1);",
			"or on this server raise max=." } } } },
	{ "client pinned to 1.2, server to 1.1",
	    { { .pinned = 1 }, { .max = TLS1_1_VERSION } },
	    .want = { { SSL_R_WRONG_SSL_VERSION, 0,
			  { "The server chose a version",
			      "use a method that is not pinned" } },
		{ SSL_R_WRONG_VERSION_NUMBER, 0, { "(TLSv1.1);" } } } },
	{ "client to 1.1, server pinned to 1.2",
	    { { .max = TLS1_1_VERSION }, { .pinned = 1 } },
	    .want = { { SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, 0,
			  { "or on this client raise max=." } },
		{ SSL_R_WRONG_SSL_VERSION, 0,
		    { "(at most TLSv1.1);",
			"use a method that is not pinned" } } } },
	{ "client without any version",
	    { { .min = TLS1_3_VERSION, .options = SSL_OP_NO_TLSv1_3 }, { 0 } },
	    .want = { { SSL_R_NO_PROTOCOLS_AVAILABLE, 0,
			  { "This side's own settings", "no version (",
			      "On this client, shorten disable= "
			      "(SSL_OP_NO_" } },
		{ SSL_R_UNEXPECTED_MESSAGE, 0,
		    { "The client gave up before its ClientHello",
			"On the client, look at min=" } } } },
	{ "server without any version",
	    { { 0 }, { .min = TLS1_3_VERSION, .options = SSL_OP_NO_TLSv1_3 } },
	    .want = { { SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, 0,
			  { "none of the versions",
			      "Permit one of these on the "
			      "server" } },
		{ SSL_R_NO_PROTOCOLS_AVAILABLE, 0,
		    { "This side's own settings",
			"On this server, shorten disable= "
			"(SSL_OP_NO_" } } },
	    .of_1_1_1 = { SSL_R_TLSV1_ALERT_INTERNAL_ERROR,
		ERR_R_INTERNAL_ERROR } },
	{ "server upside down",
	    { { 0 }, { .min = TLS1_3_VERSION, .max = TLS1_2_VERSION } },
	    .want = { { SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, 0, { NULL } },
		{ SSL_R_NO_PROTOCOLS_AVAILABLE, 0,
		    { "On this server, raise max=." } } },
	    .of_1_1_1 = { SSL_R_TLSV1_ALERT_INTERNAL_ERROR,
		ERR_R_INTERNAL_ERROR } },
	{ "client with a hole, server from 1.2",
	    { { .options = SSL_OP_NO_TLSv1_2 }, { .min = TLS1_2_VERSION } },
	    .want = { { SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, 0,
			  { "TLSv1.3: cut off", "shorten disable=" } },
		{ SSL_R_UNSUPPORTED_PROTOCOL, 0,
		    { "(at most TLSv1.1);", "lower min=" } } } },
	{ "client of 1.0 at level 1",
	    { { .max = TLS1_VERSION, .level = 1 }, { 0 } },
	    .since = RELEASE_3_0,
	    .want = { { RELEASE_R_LEGACY_SIGALG, 0,
			  { "This side's security level", "(TLSv1);",
			      "raise max= or set " LEVEL_0 } },
		{ SSL_R_TLSV1_ALERT_INTERNAL_ERROR, 0,
		    { "before TLS 1.2 at a security level above 0",
			"Permit TLS 1.2 at both ends", LEVEL_0 } } },
	    .from_3_1 = { SSL_R_NO_PROTOCOLS_AVAILABLE,
		SSL_R_UNEXPECTED_MESSAGE } },
	{ "client of 1.0, server of 1.0 at level 1",
	    { { .max = TLS1_VERSION }, { .max = TLS1_VERSION, .level = 1 } },
	    .since = RELEASE_3_0,
	    .want = { { SSL_R_TLSV1_ALERT_INTERNAL_ERROR, 0,
			  { "before TLS 1.2 at a security level "
			    "above 0",
			      "Permit TLS 1.2 at both ends", LEVEL_0 } },
		{ SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, 0,
		    { "This side's security level",
			"raise max= or set " LEVEL_0 } } },
	    .from_3_1 = { SSL_R_TLSV1_ALERT_PROTOCOL_VERSION,
		SSL_R_NO_PROTOCOLS_AVAILABLE } },
	{ "client to 1.1 and server at level 2",
	    { { .max = TLS1_1_VERSION, .level = 2 }, { .level = 2 } },
	    .since = RELEASE_3_0,
	    .want = { { SSL_R_TLSV1_ALERT_INTERNAL_ERROR, 0,
			  { "before TLS 1.2 at a security level "
			    "above 0",
			      "no version (", "raise max= or set " LEVEL_0 } },
		{ SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, 0,
		    { "This side's security level", "(TLSv1.1);",
			"Permit TLS 1.2 at both ends" } } },
	    .from_3_1 = { SSL_R_NO_PROTOCOLS_AVAILABLE,
		SSL_R_UNEXPECTED_MESSAGE } },
	{ "server of 1.1 with ECDSA at level 2",
	    { { .max = TLS1_1_VERSION }, { .level = 2, .ec = 1 } },
	    .before = RELEASE_3_0,
	    .want = { { SSL_R_TLSV1_ALERT_INTERNAL_ERROR, 0,
			  { "before TLS 1.2 at a security level "
			    "above 0" } },
		{ ERR_R_INTERNAL_ERROR, 0,
		    { "as OpenSSL 1.1.1 does", "(TLSv1.1);",
			"an RSA certificate alone" } } } },
	{ "client without a ciphersuite", { { .suites = "" }, { 0 } },
	    .want = { { SSL_R_NO_CIPHERS_AVAILABLE, 0,
			  { "no cipher for its highest version",
			      "On this client, permit ciphers for "
			      "its highest",
			      "ciphersuites=" } },
		{ SSL_R_UNEXPECTED_MESSAGE, 0,
		    { "or no cipher", "ciphersuites=, ciphers=" } } } },
	{ "server without a ciphersuite", { { 0 }, { .suites = "" } },
	    .want = { { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, 0,
			  { "nothing to agree on",
			      "ciphersuites=", "ciphers=", "groups=" } },
		{ SSL_R_NO_CIPHERS_AVAILABLE, 0,
		    { "On this server, permit ciphers for its "
		      "highest" } } } },
	{ "client to 1.1 with AEAD alone",
	    { { .max = TLS1_1_VERSION, .ciphers = AEAD }, { 0 } },
	    .want = { { SSL_R_NO_CIPHERS_AVAILABLE, 0,
			  { "On this client, raise max= or permit "
			    "ciphers" } },
		{ SSL_R_UNEXPECTED_MESSAGE, 0, { "ClientHello" } } } },
	{ "client to 1.1, server with AEAD alone",
	    { { .max = TLS1_1_VERSION }, { .ciphers = AEAD } },
	    .want = { { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, 0,
			  { "nothing to agree on" } },
		{ SSL_R_NO_SHARED_CIPHER, 0,
		    { "no cipher that this server can use "
		      "(TLSv1.1);",
			"or a higher version." } } } },
	{ "no cipher in common",
	    { { .max = TLS1_2_VERSION, .ciphers = "AES128-SHA" },
		{ .ciphers = "AES256-SHA" } },
	    .want = { { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, 0,
			  { "nothing to agree on", "ciphers=" } },
		{ SSL_R_NO_SHARED_CIPHER, 0,
		    { "(TLSv1.2);", "Permit one at both ends (ciphersuites=",
			"ciphers=" } } } },
	{ "no ciphersuite in common",
	    { { .suites = "TLS_AES_128_GCM_SHA256" },
		{ .suites = "TLS_AES_256_GCM_SHA384" } },
	    .want = { { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, 0,
			  { "nothing to agree on", "ciphersuites=" } },
		{ SSL_R_NO_SHARED_CIPHER, 0, { "(TLSv1.3);" } } } },
	{ "server without a certificate", { { 0 }, { .bare = 1 } },
	    .want = { { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, 0, { NULL } },
		{ SSL_R_NO_SHARED_CIPHER, 0,
		    { "is not known to negotiate any version (",
			"no usable certificate, but PSK",
			"On this server, load a certificate" } } } },
	{ "server from 1.3 without a certificate",
	    { { 0 }, { .min = TLS1_3_VERSION, .bare = 1 } },
	    .want = { { SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, 0,
			  { "and for TLS 1.3 a certificate)" } },
		{ SSL_R_UNSUPPORTED_PROTOCOL, 0,
		    { "TLSv1.3: no usable certificate",
			"On this server, load a "
			"certificate" } } } },
	{ "server with a certificate too weak for its level",
	    { { 0 }, { .level = 3 } },
	    .want = { { SSL_R_TLSV1_ALERT_INTERNAL_ERROR, 0,
			  { "The peer failed inside (TLSv1.3", "too weak" } },
		{ SSL_R_EE_KEY_TOO_SMALL, 1,
		    { "too weak for this side's level", "Load a stronger one",
			"level=" } } } },
	{ "no group in common",
	    { { .groups = "X25519" }, { .groups = "P-384" } },
	    .want = { { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, 0,
			  { "nothing to agree on", "groups=" } },
		{ SSL_R_NO_SUITABLE_KEY_SHARE, 1,
		    { "no group in common (TLSv1.3), " OTHER,
			"both ends (groups=)" } } } },
	{ "client with groups for 1.2 alone",
	    { { .groups = "brainpoolP256r1" }, { 0 } },
	    .want = { { RELEASE_R_NO_SUITABLE_GROUPS, 0,
			  { "no group for its highest version",
			      "On this client, permit groups" } },
		{ SSL_R_UNEXPECTED_MESSAGE, 0, { "groups=" } } },
	    .of_1_1_1 = { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE,
		SSL_R_NO_SUITABLE_KEY_SHARE } },
	{ "no signature algorithm for the certificate",
	    { { .sigalgs = "ECDSA+SHA256" }, { 0 } },
	    .want = { { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, 0,
			  { "sigalgs=" } },
		{ SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, 0,
		    { "No signature algorithm of the peer's",
			"both ends (sigalgs=)" } } } },
	{ "no signature algorithm in common",
	    { { .sigalgs = "RSA-PSS+SHA256" },
		{ .sigalgs = "RSA-PSS+SHA384" } },
	    .want = { { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, 0,
			  { "sigalgs=" } },
		{ SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, 0,
		    { "no signature algorithm in common",
			"both ends (sigalgs=)" } } } },
	{ "DH parameters too short",
	    { { .max = TLS1_2_VERSION,
		  .level = 2,
		  .ciphers = "DHE",
		  .groups = "X25519" }, /* no ffdhe for 4.0 */
		{ .more = small_dh } },
	    .want = { { SSL_R_DH_KEY_TOO_SMALL, 1,
			  { "DH parameters are too short", "Prefer ECDHE",
			      "level=" } },
		{ SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, 0,
		    { "The client refuses what this server "
		      "answered" } } } },
	{ "SSH and a mail server's greeting", { { 0 }, { 0 } },
	    .peer = { "220 mail.test ESMTP\r\n", "SSH-2.0-client\r\n" },
	    .want = { { SSL_R_WRONG_VERSION_NUMBER, 1,
			  { "The peer does not speak TLS "
			    "here, " OTHER,
			      "STARTTLS" } },
		{ SSL_R_WRONG_VERSION_NUMBER, 1,
		    { "The peer does not speak TLS "
		      "here, " OTHER } } } },
	{ "HTTP", { { 0 }, { 0 } },
	    .peer = { "HTTP/1.1 400 Bad Request\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: test\r\n\r\n" },
	    .want = { { SSL_R_WRONG_VERSION_NUMBER, 1, { "host and port" } },
		{ SSL_R_HTTP_REQUEST, 1,
		    { "an HTTP request without TLS, " OTHER, "https:" } } } },
	{ "HTTP through a proxy", { { 0 }, { 0 } },
	    .peer = { NULL, "CONNECT host.test:443 HTTP/1.1\r\n\r\n" },
	    .want = { { 0 },
		{ SSL_R_HTTPS_PROXY_REQUEST, 1, { "proxy settings" } } } },
	{ "SSL 2.0", { { 0 }, { 0 } },
	    .peer = { NULL,
		"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10\x01"
		"\x00\x80\x02"
		"\x00\x80\x03\x00\x80\x04\x00\x80\x05\x00\x80\x06"
		"\x00\x40\x07"
		"\x00\xc0"
		"0123456789abcdef" },
	    .size = 48,
	    .want = { { 0 },
		{ SSL_R_UNKNOWN_PROTOCOL, 0,
		    { "begins with SSL 2.0", "Update the client" } } },
	    .from_4_0 = { 0, SSL_R_WRONG_VERSION_NUMBER } },
	{ "SSL 3.0", { { .max = TLS1_2_VERSION }, { 0 } }, .edit = as_ssl3,
	    .want = { { 0 },
		{ SSL_R_VERSION_TOO_LOW, 0, { "server permits;" } } } },
	{ "a version that never was", { { .max = TLS1_2_VERSION }, { 0 } },
	    .edit = as_nothing,
	    .want = { { 0 },
		{ SSL_R_VERSION_TOO_LOW, 0, { "server permits;" } } } },
	{ "server without RFC 5746", { { .max = TLS1_2_VERSION }, { 0 } },
	    .edit = without_renegotiation_info,
	    .want = { { SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED, 1,
			  { "RFC 5746 (TLSv1.2), " OTHER,
			      "SSL_OP_LEGACY_SERVER_CONNECT" } },
		{ SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, 0,
		    { "The client refuses what this server "
		      "answered (TLSv1.2, "
		      "alert 40" } } },
	    .of_1_1_1 = { SSL_R_SSLV3_ALERT_BAD_RECORD_MAC,
		SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC } },
	{ "FALLBACK_SCSV",
	    { { .max = TLS1_2_VERSION, .mode = SSL_MODE_SEND_FALLBACK_SCSV },
		{ 0 } },
	    .want = { { SSL_R_TLSV1_ALERT_INAPPROPRIATE_FALLBACK, 0,
			  { "FALLBACK_SCSV", "(alert 86);",
			      "Drop SSL_MODE_SEND_FALLBACK_SCSV",
			      "or on this client raise max=." } },
		{ SSL_R_INAPPROPRIATE_FALLBACK, 0,
		    { "FALLBACK_SCSV", "(TLSv1.2);",
			"On the client, raise max=" } } } },
	{ "an offer changed on its way", { { 0 }, { 0 } },
	    .edit = without_supported_versions,
	    .want = { { SSL_R_INAPPROPRIATE_FALLBACK, 0,
			  { "something in between", "do not lower max=" } },
		{ SSL_R_SSLV3_ALERT_ILLEGAL_PARAMETER, 0,
		    { "The peer gave up (TLSv1.2, alert 47, "
		      "illegal" } } } },
	{ "unknown server certificate",
	    { { .verify = SSL_VERIFY_PEER }, { 0 } },
	    .want = { { SSL_R_CERTIFICATE_VERIFY_FAILED, 1,
			  { "did not pass verification (TLSv1.3, "
			    "self",
			      OTHER, "this side trusts" } },
		{ SSL_R_TLSV1_ALERT_UNKNOWN_CA, 1,
		    { "The client does not accept this server's "
		      "certificate "
		      "(TLSv1.3, alert 48, unknown "
		      "CA), " OTHER } } } },
	{ "server certificate too weak for the client",
	    { { .verify = SSL_VERIFY_PEER, .level = 3 }, { 0 } },
	    .want = { { SSL_R_CERTIFICATE_VERIFY_FAILED, 1,
			  { "too weak for this side's level "
			    "(TLSv1.3, EE ",
			      "lower level= here" } },
		{ SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, 1,
		    { "does not accept this server's", "alert 42" } } } },
	{ "unknown client certificate in 1.2",
	    { { .max = TLS1_2_VERSION, .cert = 1 },
		{ .verify = SSL_VERIFY_PEER } },
	    .want = { { SSL_R_TLSV1_ALERT_UNKNOWN_CA, 1,
			  { "does not accept this client's "
			    "certificate" } },
		{ SSL_R_CERTIFICATE_VERIFY_FAILED, 1,
		    { "(TLSv1.2, self" } } } },
	{ "unknown client certificate in 1.3",
	    { { .cert = 1 }, { .verify = SSL_VERIFY_PEER } },
	    .want = { { SSL_R_TLSV1_ALERT_UNKNOWN_CA, 1,
			  { "does not accept this client's "
			    "certificate" } },
		{ SSL_R_CERTIFICATE_VERIFY_FAILED, 1,
		    { "(TLSv1.3, self" } } } },
	{ "no client certificate in 1.2",
	    { { .max = TLS1_2_VERSION }, { .verify = VERIFY_CLIENT } },
	    .want = { { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, 0,
			  { "for lack of a client certificate "
			    "(TLSv1.2, alert "
			    "40",
			      "Load one" } },
		{ SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, 1,
		    { "The client sent no certificate" } } } },
	{ "no client certificate in 1.3",
	    { { 0 }, { .verify = VERIFY_CLIENT } },
	    .want = { { SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, 1,
			  { "demands a certificate of this client "
			    "(TLSv1.3" } },
		{ SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, 1,
		    { "The client sent no certificate" } } } },
	{ "no application protocol in common",
	    { { .more = offer_h2 }, { .more = refuse_h2 } },
	    .want = { { RELEASE_R_ALERT_NO_APPLICATION_PROTOCOL, 1,
			  { "ALPN" } },
		{ SSL_R_NO_APPLICATION_PROTOCOL, 1, { "ALPN" } } } },
	{ "unknown host name", { { 0 }, { .more = refuse_name } },
	    .want = { { SSL_R_TLSV1_UNRECOGNIZED_NAME, 1,
			  { "the host name that this client sent" } },
		{ SSL_R_CALLBACK_FAILED, 0,
		    { "A callback of this program" } } } },
	{ "client-hello callback", { { 0 }, { .more = refuse_client } },
	    .want = { { SSL_R_TLSV1_ALERT_INTERNAL_ERROR, 0,
			  { "The peer failed inside (alert 80",
			      "a callback" } },
		{ SSL_R_CALLBACK_FAILED, 0,
		    { "A callback of this program refused the "
		      "connection;" } } } },
	{ "peer closes", { { 0 }, { 0 } }, .eof = 1,
	    .since = RELEASE_3_0, /* no
				     entry
				     before
				   */
	    .want = { { RELEASE_R_UNEXPECTED_EOF, 0,
			  { "The peer closed the connection "
			    "without an alert;",
			      "The peer's log" } },
		{ RELEASE_R_UNEXPECTED_EOF, 0,
		    { "The peer closed the connection without an "
		      "alert;" } } } },
	{ "insufficient security", { { 0 }, { 0 } },
	    .peer = { "\x15\x03\x03\x00\x02\x02\x47" }, .size = 7,
	    .want = { { SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY, 0,
		{ "stronger ciphers or keys (alert 71",
		    "ciphers=, groups=, sigalgs=" } } } },
	{ "an alert without a name", { { 0 }, { 0 } },
	    .peer = { "\x15\x03\x03\x00\x02\x02\xf0" }, .size = 7,
	    .want = { { SSL_AD_REASON_OFFSET + 0xf0, 0,
		{ "The peer gave up (alert 240);" } } } },

	/* A client's certificate that is not sent */
	{ "client certificate against its sigalgs, 1.3",
	    { { .cert = 1, .ec = 1, .sigalgs = RSA },
		{ .verify = VERIFY_CLIENT } },
	    .want = { { SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, 1,
			  { WITHHELD } },
		{ SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, 1,
		    { "sigalgs= of both" } } } },
	{ "client certificate against its sigalgs, 1.2",
	    { { .cert = 1, .ec = 1, .sigalgs = RSA, .max = TLS1_2_VERSION },
		{ .verify = VERIFY_CLIENT } },
	    .want = { { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, 0, { WITHHELD } },
		{ SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, 1,
		    { "sigalgs= of both" } } } },
	{ "client certificate against its client sigalgs",
	    { { .cert = 1, .ec = 1, .more = client_rsa },
		{ .verify = VERIFY_CLIENT } },
	    .want = { { SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, 1,
		{ WITHHELD, "SSL_CTX_set_client_sigalgs" } } } },
	{ "client certificate against the server's client sigalgs",
	    { { .cert = 1, .ec = 1 },
		{ .verify = VERIFY_CLIENT, .more = client_rsa } },
	    .want = { { SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, 1,
		{ WITHHELD } } } },
	{ "client certificate against the server's sigalgs, 1.2",
	    { { .cert = 1, .ec = 1, .max = TLS1_2_VERSION },
		{ .verify = VERIFY_CLIENT, .sigalgs = RSA } },
	    .want = { { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, 0,
		{ WITHHELD } } } },

	/* What inspect does not see */
	{ "DHE without a signature algorithm in common",
	    { { .max = TLS1_2_VERSION, .sigalgs = "RSA-PSS+SHA512" },
		{ .max = TLS1_2_VERSION,
		    .ciphers = "DHE-RSA-AES128-GCM-SHA256",
		    .sigalgs = "RSA+SHA256",
		    .more = any_dh } },
	    .want = { { 0 },
		{ SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, 0,
		    { "DH parameters and what callbacks load are not seen here",
			". Permit one at both ends (sigalgs=).",
			"!raise max=" } } } },
	{ "PSK alone, and a client without",
	    { { 0 },
		{ .max = TLS1_2_VERSION,
		    .ciphers = "PSK-AES128-GCM-SHA256",
		    .bare = 1,
		    .more = with_psk } },
	    .want = { { 0 },
		{ SSL_R_NO_SHARED_CIPHER, 0,
		    { "not known to negotiate any version", "PSK",
			"!raise max=", "!would negotiate no version" } } } },
	{ "PSK among others, and a client without",
	    { { .max = TLS1_2_VERSION },
		{ .max = TLS1_2_VERSION,
		    .ciphers = "PSK-AES128-GCM-SHA256:" AEAD,
		    .bare = 1,
		    .more = with_psk } },
	    .want = { { 0 },
		{ SSL_R_NO_SHARED_CIPHER, 0,
		    { "not known to negotiate any version", "same PSK",
			"!raise max=", "!would negotiate no version" } } } },

	/* Levels that help nothing */
	{ "a server's SSL 3.0", { { .level = 1 }, { 0 } },
	    .peer = { OLD_ANSWER("\x00") }, .size = 47,
	    .want = { { SSL_R_UNSUPPORTED_PROTOCOL, 0,
		{ "The server chose a version", "SSL 3.0", "!level=0" } } } },
	{ "a server's SSL 3.0 to a client from 1.2",
	    { { .min = TLS1_2_VERSION, .level = 2 }, { 0 } },
	    .peer = { OLD_ANSWER("\x00") }, .size = 47,
	    .want = { { SSL_R_UNSUPPORTED_PROTOCOL, 0,
		{ "The server chose a version",
		    "on the server (its min=", "SSL 3.0", "!level=0" } } } },
	{ "a server's 1.0, disabled below 1.1",
	    { { .options = SSL_OP_NO_TLSv1, .level = 2 }, { 0 } },
	    .peer = { OLD_ANSWER("\x01") }, .size = 47,
	    .want = { { SSL_R_UNSUPPORTED_PROTOCOL, 0,
		{ "The server chose a version",
		    "on the server (its min=", "!level=0" } } } },
	{ "a hole above what the level forbids",
	    { { .options = SSL_OP_NO_TLSv1_1, .level = 2 },
		{ .min = TLS1_2_VERSION } },
	    .since = RELEASE_3_0, .before = RELEASE_3_1,
	    .want = { { SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, 0,
		{ "On this client, shorten disable= (SSL_OP_NO_*).",
		    "!level=0" } } } },

	/* Before TLS, and alerts */
	{ "the PROXY protocol", { { 0 }, { 0 } },
	    .peer = { "* OK IMAP4rev1\r\n",
		"PROXY TCP4 192.0.2.1 192.0.2.2 5000 443\r\n" },
	    .want = { { SSL_R_WRONG_VERSION_NUMBER, 1, { "STARTTLS" } },
		{ SSL_R_WRONG_VERSION_NUMBER, 1, { "PROXY protocol" } } } },
	{ "the PROXY protocol 2", { { 0 }, { 0 } },
	    .peer = { NULL,
		"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c\1\2\3\4\5\6\7\10"
		"0123" },
	    .size = 28,
	    .want = { { 0 },
		{ SSL_R_WRONG_VERSION_NUMBER, 1, { "PROXY protocol" } } } },
	{ "alert 109", { { 0 }, { 0 } },
	    .peer = { "\x15\x03\x03\x00\x02\x02\x6d" }, .size = 7,
	    .want = { { SSL_R_TLSV13_ALERT_MISSING_EXTENSION, 0,
		{ "misses an extension", "(alert 109",
		    "groups= and sigalgs=" } } } },

	{ "DTLS client that its level leaves no version",
	    { { .dtls = 1, .max = DTLS1_VERSION, .level = 1 }, { .dtls = 1 } },
	    .since = RELEASE_3_1,
	    .want = { { SSL_R_NO_PROTOCOLS_AVAILABLE, 0, { "On this client, " } }, { SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, 0, { "gave up before its ClientHello", "(alert 70", "min=, max=", "level=" } } } },
	{ "DTLS peer goes away", { { .dtls = 1 }, { .dtls = 1 } }, .eof = 1,
	    .since = RELEASE_3_0,
	    .want = { { RELEASE_R_UNEXPECTED_EOF, 0,
			  { "Nothing more can be read", "!close" } },
		{ RELEASE_R_UNEXPECTED_EOF, 0,
		    { "Nothing more can be read", "!close" } } } },
	{ "DTLS server without a certificate",
	    { { .dtls = 1 }, { .dtls = 1, .bare = 1 } },
	    .want = { { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, 0,
			  { "ciphers=", "!ciphersuites=" } },
		{ SSL_R_NO_SHARED_CIPHER, 0,
		    { "On this server, load a certificate" } } } },
	{ "DTLS client of 1.0, server from 1.2",
	    { { .dtls = 1, .max = DTLS1_VERSION },
		{ .dtls = 1, .min = DTLS1_2_VERSION, .level = 1 } },
	    .want = { { SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, 0,
			  { "or on this client raise max=." } },
		{ SSL_R_UNSUPPORTED_PROTOCOL, 0,
		    { "(at most DTLSv1);",
			"or on this server lower min= (a version",
			LEVEL_0 } } } },
	{ "DTLS client from 1.2, server of 1.0",
	    { { .dtls = 1, .min = DTLS1_2_VERSION },
		{ .dtls = 1, .max = DTLS1_VERSION } },
	    .want = { { SSL_R_UNSUPPORTED_PROTOCOL, 0,
			  { "The server chose a version", "lower min=" } },
		{ SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, 0,
		    { "The client refuses the version", "(DTLSv1, alert 70",
			"raise max=" } } } },
	{ "DTLS client without any version",
	    { { .dtls = 1, .options = SSL_OP_NO_DTLSv1 | SSL_OP_NO_DTLSv1_2 },
		{ .dtls = 1 } },
	    .want = { { SSL_R_NO_PROTOCOLS_AVAILABLE, 0,
		{ "On this client, shorten disable=" } } } },
	{ "DTLS of 1.0 with the client at level 1",
	    { { .dtls = 1, .max = DTLS1_VERSION, .level = 1 }, { .dtls = 1 } },
	    .since = RELEASE_3_0,
	    .want = { { RELEASE_R_LEGACY_SIGALG, 0,
			  { "(DTLSv1);", "raise max= or set " LEVEL_0 } },
		{ SSL_R_TLSV1_ALERT_INTERNAL_ERROR, 0,
		    { "before DTLS 1.2 at a security level above 0",
			"(DTLSv1, alert 80", "Permit DTLS 1.2" } } },
	    .from_3_1 = { SSL_R_NO_PROTOCOLS_AVAILABLE,
		SSL_R_TLSV1_ALERT_PROTOCOL_VERSION } },
	{ "DTLS without a cipher in common",
	    { { .dtls = 1, .ciphers = "AES128-SHA" },
		{ .dtls = 1, .ciphers = "AES256-SHA" } },
	    .want = { { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, 0,
			  { "nothing to agree on", "ciphers=" } },
		{ SSL_R_NO_SHARED_CIPHER, 0, { "(DTLSv1.2);" } } } },
};

const size_t explain_row_count = NELEM(explain_rows);
