/* SPDX-License-Identifier: MIT */
/*
 * The library reads groups and sigalgs off ClientHellos that OpenSSL makes.
 * Here they are cut short, lie about lengths, or offer what no table has: it
 * must never read past their end, nor tell half of a list as the whole.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "faults.h"
#include "peer.h"
#include "runner.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* Where things are; RFC 8446, 4.1.2, with the handshake header of 4 bytes. */
enum { SESSION_ID = 38, GROUPS = 10, SIGALGS = 13 };

static size_t
number(const unsigned char *at)
{
	return (size_t)at[0] << 8 | at[1];
}

static void
put_number(unsigned char *at, size_t n)
{
	at[0] = (unsigned char)(n >> 8);
	at[1] = (unsigned char)n;
}

/* The extensions' length, from which their end is to be found. */
static size_t
find_extensions(const unsigned char *message)
{
	size_t at = SESSION_ID;

	at += 1 + (size_t)message[at];
	at += 2 + number(message + at);
	return at + 1 + (size_t)message[at];
}

/* An extension's type; 0: it is not there. */
static size_t
find_extension(const unsigned char *message, size_t len, unsigned type)
{
	size_t at = find_extensions(message) + 2;

	while (at + 4 <= len && number(message + at) != type)
		at += 4 + number(message + at + 2);
	return at + 4 <= len ? at : 0;
}

/* Cut short */

static size_t cut;

static size_t
cut_short(unsigned char message[FAULTS_HELLO], size_t len)
{
	(void)message;
	return cut < len ? cut : len;
}

static size_t seen;

static size_t
measure(unsigned char message[FAULTS_HELLO], size_t len)
{
	(void)message;
	seen = len;
	return len;
}

static void
assert_refused(SSL_CTX *ctx, const char *what, size_t n)
{
	struct tlspolicy *out;
	int status = tlspolicy_from_ctx(&out, ctx);

	ck_assert_msg(status == TLSPOLICY_E_OPENSSL && out == NULL,
	    "%s, %zu: %d", what, n, status);
	ck_assert_msg(strcmp(ERR_reason_error_string(ERR_peek_last_error()),
			  tlspolicy_strerror(status)) == 0,
	    "%s, %zu: no entry", what, n);
	ERR_clear_error();
}

static const struct transport {
	const char *name;
	const SSL_METHOD *(*method)(void);
} transports[] = { { "TLS", TLS_method }, { "DTLS", DTLS_method } };

START_TEST(cut_anywhere)
{
	const struct transport *t = &transports[_i];
	SSL_CTX *ctx = SSL_CTX_new(t->method());
	struct tlspolicy *out;
	size_t len;

	ck_assert_ptr_nonnull(ctx);
	faults_hello(measure);
	ck_assert_int_eq(tlspolicy_from_ctx(&out, ctx), TLSPOLICY_OK);
	tlspolicy_free(out);
	/* The last one that is read is for TLS 1.2, the shortest of all. */
	len = seen;
	ck_assert(len > 100 && len < FAULTS_HELLO);
	faults_hello(cut_short);
	for (cut = 0; cut < len; cut++)
		assert_refused(ctx, t->name, cut);
	SSL_CTX_free(ctx);
}
END_TEST

/* Lengths that lie: of the session, the extensions, one of them, its list */

static int lie;

static size_t
lie_about(unsigned char message[FAULTS_HELLO], size_t len)
{
	const size_t groups = find_extension(message, len, GROUPS);
	size_t at[] = { SESSION_ID, find_extensions(message), groups + 2,
		groups + 4 };

	ck_assert_uint_ne(groups, 0);
	if (lie == 0)
		message[at[lie]] = 0xff;
	else
		put_number(message + at[lie], 0xfffe);
	return len;
}

START_TEST(lengths)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());

	ck_assert_ptr_nonnull(ctx);
	faults_hello(lie_about);
	for (lie = 0; lie < 4; lie++)
		assert_refused(ctx, "length", (size_t)lie);
	SSL_CTX_free(ctx);
}
END_TEST

/* Code points */

static struct {
	unsigned type;
	size_t count;
	unsigned first; /* code point; each next one is one more */
} offer;
static int edits;

/* Puts an extension of the test's own in the place of OpenSSL's. */
static size_t
offer_codes(unsigned char message[FAULTS_HELLO], size_t len)
{
	const size_t at = find_extension(message, len, offer.type);
	const size_t all = find_extensions(message);
	const size_t size = 2 + 2 * offer.count;
	size_t old, i;

	/* There are no sigalgs before TLS 1.2. */
	if (at == 0)
		return len;
	edits++;
	old = number(message + at + 2);
	ck_assert(len + size - old < FAULTS_HELLO);
	memmove(message + at + 4 + size, message + at + 4 + old,
	    len - at - 4 - old);
	put_number(message + all, number(message + all) + size - old);
	put_number(message + at + 2, size);
	put_number(message + at + 4, size - 2);
	for (i = 0; i < offer.count; i++)
		put_number(message + at + 6 + 2 * i, offer.first + i);
	return len + size - old;
}

static const struct codes {
	const char *name, *want; /* NULL: refused */
	unsigned type;
	size_t count;
	unsigned first;
} codes[] = {
	{ "an unknown group", "0xfe00", GROUPS, 1, 0xfe00 },
	{ "an unknown sigalg", "0xfe00", SIGALGS, 1, 0xfe00 },
	{ "unknown groups around two known ones",
	    "0x00fe:0x00ff:ffdhe2048:ffdhe3072", GROUPS, 4, 0x00fe },
	{ "a sigalg for an unknown key", "0x04ff", SIGALGS, 1, 0x04ff },
	{ "as many groups as there is room for", "0xfe00:0xfe01", GROUPS, 128,
	    0xfe00 },
	{ "a group more", NULL, GROUPS, 129, 0xfe00 },
	{ "a sigalg more", NULL, SIGALGS, 129, 0xfe00 },
	{ "no group", NULL, GROUPS, 0, 0 },
};

START_TEST(code_points)
{
	const struct codes *row = &codes[_i];
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	struct tlspolicy *out = NULL;
	const char *list;

	ck_assert_ptr_nonnull(ctx);
	offer.type = row->type;
	offer.count = row->count;
	offer.first = row->first;
	faults_hello(offer_codes);
	if (row->want == NULL && row->count > 0) {
		assert_refused(ctx, row->name, row->count);
	} else {
		ck_assert_int_eq(tlspolicy_from_ctx(&out, ctx), TLSPOLICY_OK);
		list = row->type == GROUPS ? tlspolicy_get_groups(out)
					   : tlspolicy_get_sigalgs(out);
		ck_assert_msg(row->want == NULL ? list == NULL
						: list != NULL &&
			    strncmp(list, row->want, strlen(row->want)) == 0,
		    "%s: %s", row->name, list == NULL ? "none" : list);
	}
	ck_assert_int_gt(edits, 0);
	for (int i = 0; i < PEER_VERSIONS; i++)
		ck_assert_msg((tlspolicy_inspect(ctx, TLSPOLICY_CLIENT,
				   peer_version((unsigned)i)) >= 0) ==
			(row->want != NULL || row->count == 0),
		    "%s: inspect", row->name);
	tlspolicy_free(out);
	SSL_CTX_free(ctx);
}
END_TEST

/* A list that is used and empty is called so. */
START_TEST(none)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	BIO *out = BIO_new(BIO_s_mem());
	char *text;
	long size;

	ck_assert(ctx != NULL && out != NULL);
	offer.type = GROUPS;
	offer.count = 0;
	faults_hello(offer_codes);
	ck_assert_int_eq(tlspolicy_describe(ctx, out), TLSPOLICY_OK);
	ck_assert(BIO_write(out, "", 1) == 1);
	size = BIO_get_mem_data(out, &text);
	ck_assert(size > 0 && strstr(text, "Groups:\n    none\n") != NULL);
	BIO_free(out);
	SSL_CTX_free(ctx);
}
END_TEST

/* What is offered and unknown to the table is not what a policy permits. */
START_TEST(unknown_is_violation)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	struct tlspolicy *policy;

	ck_assert_ptr_nonnull(ctx);
	ck_assert_int_eq(
	    tlspolicy_parse(&policy, "groups=X25519:0xfe00"), TLSPOLICY_OK);
	offer.type = GROUPS;
	offer.count = 2;
	offer.first = 0xfe00;
	faults_hello(offer_codes);
	ck_assert_int_eq(tlspolicy_audit(ctx, policy), TLSPOLICY_E_VIOLATION);
	ERR_clear_error();
	offer.count = 1;
	ck_assert_int_eq(tlspolicy_audit(ctx, policy), TLSPOLICY_OK);
	tlspolicy_free(policy);
	SSL_CTX_free(ctx);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("hello");
	TCase *tc = tcase_create("hello");

	peer_setup();
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, cut_anywhere, 0, (int)NELEM(transports));
	tcase_add_test(tc, lengths);
	tcase_add_loop_test(tc, code_points, 0, (int)NELEM(codes));
	tcase_add_test(tc, none);
	tcase_add_test(tc, unknown_is_violation);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
