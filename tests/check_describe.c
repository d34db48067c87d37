/* SPDX-License-Identifier: MIT */
/*
 * tlspolicy_describe(): pages beside golden files, and the profile that a
 * context is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "peer.h"
#include "release.h"
#include "runner.h"
#include "states.h"
#include "table.h"
#include "told.h"

/* Lists that are the same in every release. */
#define SIGALGS_OF_PAGE \
	"ECDSA+SHA256:ECDSA+SHA384:ed25519:rsa_pss_rsae_sha256:" \
	"RSA+SHA256"

/* Files in tests/golden/describe. */
static const struct page {
	const char *name;
	const char *text; /* applied to it with OVERRIDE, if any */
	struct state raw;
	int certificates;
} pages[] = {
	{ .name = "default" },
	{ .name = "modern",
	    .text = "modern",
	    .raw = { .sigalgs = SIGALGS_OF_PAGE },
	    .certificates = 1 },
	{ .name = "intermediate",
	    .text = "intermediate",
	    .raw = { .sigalgs = SIGALGS_OF_PAGE },
	    .certificates = 1 },
	{ .name = "compat",
	    .text = "compat@2026",
	    .raw = { .sigalgs = SIGALGS_OF_PAGE },
	    .certificates = 1 },
	{ .name = "legacy",
	    .text = "legacy",
	    .raw = { .sigalgs = SIGALGS_OF_PAGE ":RSA+SHA1" },
	    .certificates = 1 },
	{ .name = "hole",
	    .raw = { .options = SSL_OP_NO_TLSv1_2,
		.ciphers = GCM128 ":AES128-SHA",
		.groups = "X25519:P-256",
		.sigalgs = SIGALGS_OF_PAGE },
	    .certificates = 1 },
	{ .name = "closed",
	    .raw = { .options = EVERY_NO,
		.ciphers = GCM128,
		.groups = "X25519:P-256",
		.sigalgs = SIGALGS_OF_PAGE } },
	{ .name = "dtls",
	    .text = "intermediate",
	    .raw = { .method = DTLS_method, .sigalgs = SIGALGS_OF_PAGE },
	    .certificates = 1 },
	{ .name = "client",
	    .raw = { .method = TLS_client_method,
		.min = TLS1_2_VERSION,
		.max = TLS1_2_VERSION,
		.options = SSL_OP_NO_RENEGOTIATION,
		.ciphers = "ECDHE+AESGCM",
		.suites = "",
		.groups = "P-256",
		.sigalgs = SIGALGS_OF_PAGE } },
	{ .name = "server",
	    .raw = { .method = TLS_server_method,
		.min = TLS1_2_VERSION,
		.options = SSL_OP_CIPHER_SERVER_PREFERENCE,
		.ciphers = "ECDHE+AESGCM",
		.groups = "brainpoolP256r1:P-256",
		.sigalgs = "RSA+SHA256" },
	    .certificates = 1 },
	{ .name = "static-rsa",
	    .raw = { .ciphers = "AES128-SHA",
		.groups = "P-256",
		.sigalgs = SIGALGS_OF_PAGE } },
};

static SSL_CTX *
make_page(const struct page *page)
{
	struct state bare = { .method = page->raw.method };
	SSL_CTX *ctx = make_state(page->text != NULL ? &bare : &page->raw);

	if (page->text != NULL) {
		ck_assert_int_eq(
		    tlspolicy_apply_text(ctx, page->text, OVERRIDE),
		    TLSPOLICY_OK);
		set_state_lists(ctx, &page->raw);
	}
	if (page->certificates) {
		ck_assert_int_eq(peer_use(ctx, PEER_RSA_2048), 1);
		ck_assert_int_eq(peer_use(ctx, PEER_P_256), 1);
	}
	return ctx;
}

/* What is written of a context, for the caller to free. */
static char *
describe(SSL_CTX *ctx)
{
	BIO *out = BIO_new(BIO_s_mem());
	char *data, *text;
	long size;

	ck_assert_int_eq(tlspolicy_describe(ctx, out), TLSPOLICY_OK);
	size = BIO_get_mem_data(out, &data);
	text = strndup(data, (size_t)size);
	ck_assert_ptr_nonnull(text);
	BIO_free(out);
	return text;
}

/* The text after its first line, which names the OpenSSL that is loaded. */
static const char *
after_openssl(const char *name, const char *text)
{
	char line[PEER_WHY];

	snprintf(line, sizeof(line), "OpenSSL:        %s\n",
	    OpenSSL_version(OPENSSL_VERSION));
	ck_assert_msg(strncmp(text, line, strlen(line)) == 0,
	    "%s: begins \"%.*s\"", name, (int)strcspn(text, "\n"), text);
	return text + strlen(line);
}

/* Where a release differs it has a file of its own. */
static const struct {
	unsigned long from, before; /* 0: any */
	const char *suffix;
} editions[] = {
	{ RELEASE_4_0, 0, "-4.0" },
	{ RELEASE_3_5, 0, "-3.5" },
	{ 0, RELEASE_3_0, "-1.1.1" },
	{ 0, 0, "" },
};

static void
read_golden(const char *name, char text[TEXT_SIZE])
{
	const char *srcdir = getenv("srcdir");
	char path[1024];
	size_t size, i;
	FILE *in = NULL;

	for (i = 0; in == NULL && i < NELEM(editions); i++) {
		if (release() < editions[i].from ||
		    (editions[i].before != 0 &&
			release() >= editions[i].before))
			continue;
		snprintf(path, sizeof(path),
		    "%s/tests/golden/describe/%s%s.txt",
		    srcdir != NULL ? srcdir : ".", name, editions[i].suffix);
		in = fopen(path, "r");
	}
	ck_assert_msg(in != NULL, "%s: no such file", path);
	size = fread(text, 1, TEXT_SIZE - 1, in);
	text[size] = '\0';
	(void)fclose(in);
}

START_TEST(golden)
{
	static char want[TEXT_SIZE];
	const struct page *page = &pages[_i];
	SSL_CTX *ctx = make_page(page);
	char *text = describe(ctx);
	const char *got = after_openssl(page->name, text);
	size_t same = 0, line = 1;

	read_golden(page->name, want);
	while (got[same] != '\0' && got[same] == want[same])
		line += got[same++] == '\n';
	ck_assert_msg(got[same] == want[same], "%s: line %zu: \"%.*s\"",
	    page->name, line + 1, (int)strcspn(got + same, "\n"), got + same);
	free(text);
	SSL_CTX_free(ctx);
}
END_TEST

/* A pair takes so many bytes and then no more. */
static void
assert_no_room(SSL_CTX *ctx, size_t room, int want)
{
	BIO *full, *other;

	ck_assert(BIO_new_bio_pair(&full, room, &other, room) == 1);
	ck_assert_int_eq(tlspolicy_describe(ctx, full), want);
	if (want != TLSPOLICY_OK)
		(void)own_sentence("pair", want);
	ERR_clear_error();
	BIO_free(full);
	BIO_free(other);
}

/* Nothing is lost in silence. */
START_TEST(describe_cannot_write)
{
	SSL_CTX *ctx = new_state("default");
	BIO *file = BIO_new_file("/dev/null", "r");
	char *text = describe(ctx);
	const size_t size = strlen(text);

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(tlspolicy_describe(ctx, file), TLSPOLICY_E_OPENSSL);
	(void)own_sentence("file", TLSPOLICY_E_OPENSSL);
	ERR_clear_error();
	assert_no_room(ctx, size, TLSPOLICY_OK);
	assert_no_room(ctx, size - 1, TLSPOLICY_E_OPENSSL);
	assert_no_room(ctx, size / 2, TLSPOLICY_E_OPENSSL);
	assert_no_room(ctx, 1, TLSPOLICY_E_OPENSSL);
	free(text);
	BIO_free(file);
	SSL_CTX_free(ctx);
}
END_TEST

/* The profile that a context is */

static void
assert_profile(SSL_CTX *ctx, const char *name, int is, const char *what)
{
	char *text = describe(ctx), line[PEER_WHY];

	snprintf(line, sizeof(line), "\nProfile:        %s\n", name);
	ck_assert_msg((strstr(text, line) != NULL) == is, "%s: it is %s%s",
	    what, is ? "not " : "", name);
	free(text);
}

static const struct {
	const char *name;
	const SSL_METHOD *(*method)(void);
} profiled[] = {
	{ "modern", TLS_method },
	{ "modern", TLS_server_method },
	{ "intermediate", TLS_method },
	{ "intermediate", TLS_client_method },
	{ "intermediate", DTLS_method },
	{ "compat", TLS_method },
	{ "compat", DTLS_server_method },
	{ "legacy", TLS_method },
	{ "legacy", DTLS_client_method },
};

static SSL_CTX *
apply_profile(const char *name, const SSL_METHOD *method)
{
	SSL_CTX *ctx = SSL_CTX_new(method);

	ck_assert_ptr_nonnull(ctx);
	ck_assert_int_eq(
	    tlspolicy_apply_text(ctx, name, OVERRIDE), TLSPOLICY_OK);
	return ctx;
}

/* Without its last item. */
static void
shorten(char list[TEXT_SIZE])
{
	char *colon = strrchr(list, ':');

	ck_assert_ptr_nonnull(colon);
	*colon = '\0';
}

/* One of a profile's settings at a time; 0: the profile has it not. */
enum change { MIN, LEVEL_UP, ORDER, CIPHER, SUITE, GROUP, CHANGES };

static int
change_list(SSL_CTX *ctx, enum change change)
{
	static char list[TEXT_SIZE];

	if (change == GROUP)
		return peer_set_groups(ctx, "X25519:P-256");
	cipher_names(ctx, change == SUITE, 0, list);
	shorten(list);
	return change == SUITE ? SSL_CTX_set_ciphersuites(ctx, list) == 1
			       : SSL_CTX_set_cipher_list(ctx, list) == 1;
}

static int
change_one(SSL_CTX *ctx, enum change change)
{
	const uint64_t order = SSL_OP_CIPHER_SERVER_PREFERENCE;
	const int top = peer_is_dtls(ctx) ? DTLS1_2_VERSION : TLS1_3_VERSION;

	switch (change) {
	case MIN:
		return SSL_CTX_get_min_proto_version(ctx) != top &&
		    SSL_CTX_set_min_proto_version(ctx, top) == 1;
	case LEVEL_UP:
		SSL_CTX_set_security_level(
		    ctx, SSL_CTX_get_security_level(ctx) + 1);
		return 1;
	case ORDER:
		if ((SSL_CTX_get_options(ctx) & order) != 0)
			SSL_CTX_clear_options(ctx, order);
		else
			SSL_CTX_set_options(ctx, order);
		return 1;
	default:
		return change_list(ctx, change);
	}
}

START_TEST(profile_line)
{
	const SSL_METHOD *method = profiled[_i].method();
	const char *name = profiled[_i].name;
	char edition[64], what[PEER_WHY];
	SSL_CTX *ctx;
	int i;

	snprintf(edition, sizeof(edition), "%s@2026", name);
	ctx = apply_profile(edition, method);
	assert_profile(ctx, edition, 1, name);
	/* What no profile sets. */
	ck_assert_int_eq(peer_set_sigalgs(ctx, "RSA-PSS+SHA256:ed25519"), 1);
	assert_profile(ctx, edition, 1, name);
	SSL_CTX_free(ctx);
	for (i = 0; i < CHANGES; i++) {
		ctx = apply_profile(edition, method);
		snprintf(what, sizeof(what), "%s on %s, change %d", name,
		    peer_is_dtls(ctx) ? "DTLS" : "TLS", i);
		/* modern has no cipher, and nothing above its minimum. */
		if ((i != CIPHER || strcmp(name, "modern") != 0) &&
		    change_one(ctx, (enum change)i))
			assert_profile(ctx, edition, 0, what);
		SSL_CTX_free(ctx);
	}
}
END_TEST

START_TEST(profile_line_renegotiation)
{
	static const char *const banned[] = { "modern", "intermediate" };
	SSL_CTX *ctx;
	size_t i;

	for (i = 0; i < NELEM(banned); i++) {
		ctx = apply_profile(banned[i], TLS_method());
		SSL_CTX_clear_options(ctx, SSL_OP_NO_RENEGOTIATION);
		assert_profile(ctx, "none", 1, banned[i]);
		SSL_CTX_free(ctx);
	}
	ctx = new_state("default");
	assert_profile(ctx, "none", 1, "default");
	SSL_CTX_free(ctx);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("describe");
	TCase *tc = tcase_create("describe");

	/* A fork a state costs more than the state. */
	if (setenv("CK_FORK", "no", 0) != 0)
		return EXIT_FAILURE;
	(void)alarm(600);
	peer_setup();
	tcase_set_timeout(tc, 60);
	add_rows(tc, golden, NELEM(pages));
	tcase_add_test(tc, describe_cannot_write);
	add_rows(tc, profile_line, NELEM(profiled));
	tcase_add_test(tc, profile_line_renegotiation);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
