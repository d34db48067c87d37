/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "runner.h"
#include "tlspolicy.h"

/* Version numbers of OpenSSL */

static const struct number {
	unsigned long number;
	unsigned major, minor, patch;
} numbers[] = {
	{ 0x1000215fUL, 1, 0, 2 },  /* 1.0.2u */
	{ 0x1010000fUL, 1, 1, 0 },  /* 1.1.0 */
	{ 0x1010100fUL, 1, 1, 1 },  /* 1.1.1 */
	{ 0x1010117fUL, 1, 1, 1 },  /* 1.1.1w */
	{ 0x30000000UL, 3, 0, 0 },  /* 3.0.0 */
	{ 0x30000160UL, 3, 0, 22 }, /* 3.0.22 */
	{ 0x3050003fUL, 3, 5, 3 },  /* 3.5.3, as it was shipped */
	{ 0x30500090UL, 3, 5, 9 },  /* 3.5.9 */
	{ 0x30600050UL, 3, 6, 5 },  /* 3.6.5 */
	{ 0x40000030UL, 4, 0, 3 },  /* 4.0.3 */
	{ 0x3ff00ff0UL, 3, 255, 255 },
	{ 0x20000000UL, 2, 0, 0 }, /* what LibreSSL says */
	{ 0UL, 0, 0, 0 },
};

START_TEST(decode)
{
	static const char text[] = "OpenSSL";
	const struct number *row = &numbers[_i];
	struct tlspolicy_openssl out;

	memset(&out, 0xff, sizeof(out));
	tlspolicy_openssl_decode(&out, row->number, text);
	ck_assert_msg(out.major == row->major && out.minor == row->minor &&
		out.patch == row->patch,
	    "0x%lx is %u.%u.%u", row->number, out.major, out.minor, out.patch);
	ck_assert_msg(out.number == row->number, "0x%lx became 0x%lx",
	    row->number, out.number);
	ck_assert_ptr_eq(out.text, text);
	tlspolicy_openssl_decode(&out, row->number, NULL);
	ck_assert_msg(out.text != NULL, "0x%lx without text", row->number);
	tlspolicy_openssl_decode(NULL, row->number, text);
}
END_TEST

START_TEST(runtime_and_headers)
{
	struct tlspolicy_openssl out;
	char want[32];

	tlspolicy_openssl_runtime(&out);
	ck_assert_uint_eq(out.number, OpenSSL_version_num());
	ck_assert_str_eq(out.text, OpenSSL_version(OPENSSL_VERSION));
	(void)snprintf(want, sizeof(want), "OpenSSL %u.%u.%u", out.major,
	    out.minor, out.patch);
	ck_assert_msg(strncmp(out.text, want, strlen(want)) == 0,
	    "%s is not %s", out.text, want);
	tlspolicy_openssl_headers(&out);
	ck_assert_uint_eq(out.number, OPENSSL_VERSION_NUMBER);
	ck_assert_str_eq(out.text, OPENSSL_VERSION_TEXT);
	(void)snprintf(want, sizeof(want), "OpenSSL %u.%u.%u", out.major,
	    out.minor, out.patch);
	ck_assert_msg(strncmp(out.text, want, strlen(want)) == 0,
	    "%s is not %s", out.text, want);
	tlspolicy_openssl_runtime(NULL);
}
END_TEST

/* What the runtime can really negotiate: a handshake by a shared key */

static unsigned
give_key(unsigned char *key, unsigned size)
{
	if (size < 32)
		return 0;
	memset(key, 0x5a, 32);
	return 32;
}

static unsigned
client_key(SSL *ssl, const char *hint, char *identity, unsigned identity_size,
    unsigned char *key, unsigned size)
{
	(void)ssl;
	(void)hint;
	(void)snprintf(identity, identity_size, "us");
	return give_key(key, size);
}

static unsigned
server_key(SSL *ssl, const char *identity, unsigned char *key, unsigned size)
{
	(void)ssl;
	(void)identity;
	return give_key(key, size);
}

static SSL *
pinned(const SSL_METHOD *method, int version, BIO *in, BIO *out)
{
	SSL_CTX *ctx = SSL_CTX_new(method);
	SSL *ssl;

	ck_assert_ptr_nonnull(ctx);
	SSL_CTX_set_security_level(ctx, 0);
	(void)SSL_CTX_clear_options(ctx, SSL_OP_NO_SSL_MASK);
	SSL_CTX_set_psk_client_callback(ctx, client_key);
	SSL_CTX_set_psk_server_callback(ctx, server_key);
	ck_assert_int_eq(SSL_CTX_set_cipher_list(ctx, "PSK:@SECLEVEL=0"), 1);
	/* A refusal shows as a version that is not the one asked for. */
	(void)SSL_CTX_set_min_proto_version(ctx, version);
	(void)SSL_CTX_set_max_proto_version(ctx, version);
	ssl = SSL_new(ctx);
	ck_assert_ptr_nonnull(ssl);
	SSL_CTX_free(ctx);
	SSL_set_bio(ssl, in, out);
	return ssl;
}

static int
can_handshake(int version)
{
	const int dtls = version >> 8 == 0xfe;
	BIO *up = BIO_new(BIO_s_mem()), *down = BIO_new(BIO_s_mem());
	SSL *client, *server;
	int done;

	ck_assert_int_eq(BIO_up_ref(up) + BIO_up_ref(down), 2);
	(void)BIO_set_mem_eof_return(up, -1);
	(void)BIO_set_mem_eof_return(down, -1);
	client = pinned(dtls ? DTLS_client_method() : TLS_client_method(),
	    version, down, up);
	server = pinned(dtls ? DTLS_server_method() : TLS_server_method(),
	    version, up, down);
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	for (int i = 0; i < 10; i++) {
		(void)SSL_do_handshake(client);
		(void)SSL_do_handshake(server);
	}
	done = SSL_is_init_finished(client) && SSL_is_init_finished(server) &&
	    SSL_version(client) == version && SSL_version(server) == version;
	SSL_free(client);
	SSL_free(server);
	ERR_clear_error();
	return done;
}

static const int real[] = { SSL3_VERSION, TLS1_VERSION, TLS1_1_VERSION,
	TLS1_2_VERSION, TLS1_3_VERSION, DTLS1_VERSION, DTLS1_2_VERSION };

START_TEST(supports)
{
	const int version = real[_i], can = can_handshake(version);
	int got;

	/* Whatever a build can do, SSL 3.0 is not for use. */
	got = tlspolicy_openssl_supports(version);
	ck_assert_msg(got == (version == SSL3_VERSION ? 0 : can),
	    "0x%x: %d, a handshake: %d", (unsigned)version, got, can);
	ck_assert_msg(
	    can || (version != TLS1_2_VERSION && version != TLS1_3_VERSION),
	    "0x%x: no handshake here", (unsigned)version);
	ck_assert_msg(
	    ERR_peek_error() == 0, "0x%x: an entry", (unsigned)version);
}
END_TEST

static const int garbage[] = { 0, 1, -1, 42, INT_MIN, INT_MAX, 0x0200, 0x0305,
	0x7f1c, 0x10303, TLS_ANY_VERSION, 0xfefe, DTLS1_BAD_VER };

START_TEST(supports_no_garbage)
{
	for (size_t i = 0; i < NELEM(garbage); i++)
		ck_assert_msg(tlspolicy_openssl_supports(garbage[i]) == 0,
		    "0x%x", (unsigned)garbage[i]);
	ck_assert_msg(ERR_peek_error() == 0, "an entry");
}
END_TEST

/* Names of versions */

static const struct name {
	int version;
	const char *name; /* the one that is printed */
	const char *spelled[12];
} names[] = {
	{ TLS1_VERSION, "TLSv1",
	    { "TLSv1", "tlsv1", "TLSv1.0", "TLS1", "tls1.0", "v1", "V1.0", "1",
		"1.0", "TlSV1" } },
	{ TLS1_1_VERSION, "TLSv1.1",
	    { "TLSv1.1", "tlsv1.1", "TLSV1.1", "TLS1.1", "tls1.1", "v1.1",
		"1.1" } },
	{ TLS1_2_VERSION, "TLSv1.2",
	    { "TLSv1.2", "tlsv1.2", "TLSV1.2", "TLS1.2", "tls1.2", "v1.2",
		"1.2" } },
	{ TLS1_3_VERSION, "TLSv1.3",
	    { "TLSv1.3", "tlsv1.3", "TLSV1.3", "TLS1.3", "tls1.3", "v1.3",
		"1.3" } },
	{ DTLS1_VERSION, "DTLSv1",
	    { "DTLSv1", "dtlsv1", "DTLSv1.0", "DTLS1", "dtls1.0" } },
	{ DTLS1_2_VERSION, "DTLSv1.2",
	    { "DTLSv1.2", "dtlsv1.2", "DTLSV1.2", "DTLS1.2", "dtls1.2" } },
};

START_TEST(protocol_names)
{
	const struct name *row = &names[_i];
	const char *name = tlspolicy_protocol_name(row->version);

	ck_assert_msg(name != NULL && strcmp(name, row->name) == 0,
	    "%s: printed as %s", row->name, name == NULL ? "NULL" : name);
	for (size_t i = 0; i < NELEM(row->spelled); i++)
		if (row->spelled[i] != NULL)
			ck_assert_msg(tlspolicy_protocol_from_name(
					  row->spelled[i]) == row->version,
			    "%s is 0x%x", row->spelled[i],
			    (unsigned)tlspolicy_protocol_from_name(
				row->spelled[i]));
}
END_TEST

START_TEST(unknown_protocols)
{
	static const char *const unknown[] = { "", " ", "TLS", "v", "TLSv", "D",
		"DTLS", "DTLSv1.1", "1.4", "2", "TLSv2", "TLSv1.", "TLSv1.2 ",
		" TLSv1.2", "TLSv1.20", "TLSv1.02", "TLSv01", "TLS 1.2",
		"TLS-1.2", "TLS1_2", "TLSvv1.2", "vTLS1.2", "TLSTLS1.2", "771",
		"0x0303", "SSLv2", "SSL", "1,2", "TLSv1.2\n", "12" };

	for (size_t i = 0; i < NELEM(unknown); i++)
		ck_assert_msg(tlspolicy_protocol_from_name(unknown[i]) == 0,
		    "\"%s\" is 0x%x", unknown[i],
		    (unsigned)tlspolicy_protocol_from_name(unknown[i]));
	ck_assert_int_eq(tlspolicy_protocol_from_name(NULL), 0);
	for (size_t i = 0; i < NELEM(garbage); i++)
		if (garbage[i] != DTLS1_BAD_VER)
			ck_assert_msg(
			    tlspolicy_protocol_name(garbage[i]) == NULL, "0x%x",
			    (unsigned)garbage[i]);
	ck_assert_msg(ERR_peek_error() == 0, "an entry");
}
END_TEST

/* Every version that has a name is found by it again. */
START_TEST(names_both_ways)
{
	const char *name;
	int found = 0;

	for (int version = -1; version <= 0x10400; version++) {
		name = tlspolicy_protocol_name(version);
		if (name == NULL)
			continue;
		ck_assert_msg(tlspolicy_protocol_from_name(name) == version,
		    "0x%x: %s", (unsigned)version, name);
		found++;
	}
	ck_assert_int_ge(found, (int)NELEM(names));
}
END_TEST

START_TEST(library_version)
{
	ck_assert_str_eq(tlspolicy_library_version(), PACKAGE_VERSION);
}
END_TEST

START_TEST(status_texts)
{
	static const int unknown[] = { 1, 2, -14, -15, -100, INT_MIN, INT_MAX };
	const char *text, *other;

	for (int i = TLSPOLICY_E_TOO_LATE; i <= TLSPOLICY_OK; i++) {
		text = tlspolicy_strerror(i);
		ck_assert_msg(text != NULL && strlen(text) > 1, "%d", i);
		for (int j = TLSPOLICY_E_TOO_LATE; j < i; j++)
			ck_assert_msg(strcmp(text, tlspolicy_strerror(j)) != 0,
			    "%d and %d are both %s", i, j, text);
	}
	for (size_t i = 0; i < NELEM(unknown); i++) {
		text = tlspolicy_strerror(unknown[i]);
		ck_assert_msg(
		    text != NULL && text[0] != '\0', "%d", unknown[i]);
		for (int j = TLSPOLICY_E_TOO_LATE; j <= TLSPOLICY_OK; j++) {
			other = tlspolicy_strerror(j);
			ck_assert_msg(strcmp(text, other) != 0,
			    "%d is called %s", unknown[i], other);
		}
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("runtime");
	TCase *tc = tcase_create("runtime");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, decode, 0, (int)NELEM(numbers));
	tcase_add_test(tc, runtime_and_headers);
	tcase_add_loop_test(tc, supports, 0, (int)NELEM(real));
	tcase_add_test(tc, supports_no_garbage);
	tcase_add_loop_test(tc, protocol_names, 0, (int)NELEM(names));
	tcase_add_test(tc, unknown_protocols);
	tcase_add_test(tc, names_both_ways);
	tcase_add_test(tc, library_version);
	tcase_add_test(tc, status_texts);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
