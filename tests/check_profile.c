/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "runner.h"
#include "tlspolicy.h"

#define TEXT_MAX 8192

/* Golden files: one an edition, never changed once released */

static const char *
golden_path(char *buf, size_t size, const char *file)
{
	const char *srcdir = getenv("srcdir");

	(void)snprintf(buf, size, "%s/tests/golden/%s",
	    srcdir == NULL ? "." : srcdir, file);
	return buf;
}

static void
read_golden(char *buf, size_t size, const char *file)
{
	char path[1024];
	FILE *in = fopen(golden_path(path, sizeof(path), file), "r");
	size_t len;

	ck_assert_msg(in != NULL, "%s: no such file", path);
	len = fread(buf, 1, size - 1, in);
	buf[len] = '\0';
	(void)fclose(in);
}

START_TEST(profiles_have_goldens)
{
	char file[64], want[TEXT_MAX + 2], got[TEXT_MAX + 2];
	const char *name;
	int len;

	for (size_t i = 0; i < tlspolicy_profile_count(); i++) {
		name = tlspolicy_profile_name(i);
		(void)snprintf(file, sizeof(file), "%s.txt", name);
		read_golden(want, sizeof(want), file);
		len = tlspolicy_format(
		    tlspolicy_profile(name), got, sizeof(got) - 1);
		ck_assert_msg(len > 0, "%s: format: %d", name, len);
		(void)snprintf(got + len, 2, "\n");
		ck_assert_msg(
		    strcmp(got, want) == 0, "%s: %snot %s", name, got, want);
	}
}
END_TEST

START_TEST(goldens_have_profiles)
{
	char path[1024], name[256];
	DIR *dir = opendir(golden_path(path, sizeof(path), ""));
	const struct dirent *entry;
	size_t found = 0, len;

	ck_assert_msg(dir != NULL, "%s: no such folder", path);
	while ((entry = readdir(dir)) != NULL) {
		len = strlen(entry->d_name);
		if (len <= 4 || strcmp(entry->d_name + len - 4, ".txt") != 0)
			continue;
		(void)snprintf(
		    name, sizeof(name), "%.*s", (int)len - 4, entry->d_name);
		ck_assert_msg(
		    strchr(name, '@') != NULL, "%s: no edition", name);
		ck_assert_msg(tlspolicy_profile(name) != NULL,
		    "%s: a golden without a profile", name);
		found++;
	}
	(void)closedir(dir);
	ck_assert_uint_eq(found, tlspolicy_profile_count());
}
END_TEST

/* Names */

static const char *const order[] = { "modern@2026", "intermediate@2026",
	"compat@2026", "compat@2026-11", "legacy@2026", "system@2026",
	"cnsa1@2022-04", "cnsa2@2026-07", "cnsa2-interop@2026-07",
	"nist@2025-09", "ncsc-nl@2025-05" };

START_TEST(names)
{
	const char *summary, *name;

	ck_assert_uint_eq(tlspolicy_profile_count(), NELEM(order));
	for (size_t i = 0; i < NELEM(order); i++) {
		name = order[i];
		ck_assert_str_eq(tlspolicy_profile_name(i), name);
		ck_assert_msg(tlspolicy_profile(name) != NULL, "%s", name);
		summary = tlspolicy_profile_summary(i);
		ck_assert_msg(summary != NULL && strlen(summary) > 10,
		    "%s: no summary", name);
		ck_assert_msg(
		    strpbrk(summary, "\r\n\t") == NULL && strlen(summary) < 80,
		    "%s: not a line: %s", name, summary);
	}
	ck_assert_ptr_nonnull(strstr(tlspolicy_profile_summary(4), "INSECURE"));
	ck_assert_ptr_null(tlspolicy_profile_name(NELEM(order)));
	ck_assert_ptr_null(tlspolicy_profile_name(SIZE_MAX));
	ck_assert_ptr_null(tlspolicy_profile_summary(NELEM(order)));
	ck_assert_ptr_null(tlspolicy_profile_summary(SIZE_MAX));
}
END_TEST

START_TEST(unknown_names)
{
	static const char *const unknown[] = { "", "@", "@2026", "mod", "m",
		"moderns", "Modern", "MODERN", "modern@", "modern@202",
		"modern@20266", "modern@2025", "modern@2026 ", " modern",
		"modern,level=1", "modern@2026@2026", "modern@newest",
		"min=1.2", "default" };

	for (size_t i = 0; i < NELEM(unknown); i++)
		ck_assert_msg(tlspolicy_profile(unknown[i]) == NULL, "\"%s\"",
		    unknown[i]);
	ck_assert_ptr_null(tlspolicy_profile(NULL));
	ck_assert_msg(ERR_peek_error() == 0, "an entry on the queue");
}
END_TEST

/* profile_of */

static void
assert_profile_of(
    const struct tlspolicy *policy, const char *want, const char *what)
{
	const char *got = tlspolicy_profile_of(policy);

	ck_assert_msg(
	    got == NULL || want == NULL ? got == want : strcmp(got, want) == 0,
	    "%s, %s: %s", what, want == NULL ? "changed" : want,
	    got == NULL ? "none" : got);
}

static struct tlspolicy *
parse(const char *text)
{
	struct tlspolicy *policy = NULL;

	ck_assert_msg(
	    tlspolicy_parse(&policy, text) == TLSPOLICY_OK, "%s", text);
	return policy;
}

START_TEST(profile_of)
{
	const char *name = tlspolicy_profile_name((size_t)_i);
	const struct tlspolicy *profile = tlspolicy_profile(name);
	struct tlspolicy *policy;
	char text[TEXT_MAX + 1];

	assert_profile_of(profile, name, "itself");
	ck_assert_int_gt(tlspolicy_format(profile, text, sizeof(text)), 0);
	policy = parse(text);
	assert_profile_of(policy, name, "its text");
	tlspolicy_free(policy);
	policy = parse(order[_i]);
	assert_profile_of(policy, name, "its name");
	tlspolicy_free(policy);
	policy = tlspolicy_dup(profile);
	assert_profile_of(policy, name, "a copy");
	ck_assert_int_eq(tlspolicy_set_max_version(policy, TLS1_3_VERSION), 0);
	assert_profile_of(policy, NULL, name);
	ck_assert_int_eq(tlspolicy_set_max_version(policy, 0), 0);
	assert_profile_of(policy, name, "a copy changed back");
	tlspolicy_free(policy);
}
END_TEST

/* Every field counts, the order of a list and its marks too. */
START_TEST(profile_of_changed)
{
	static const char *const changed[] = { "intermediate,min=1.3",
		"intermediate,max=1.3", "intermediate,disable=1",
		"intermediate,ciphers=AES128-SHA",
		"intermediate,ciphersuites=TLS_AES_128_GCM_SHA256",
		"intermediate,groups=X25519", "intermediate,sigalgs=ed25519",
		"intermediate,level=3", "intermediate,renegotiation=on",
		"intermediate,preference=server", "level=0", "min=1",
		"modern,groups=?SecP256r1MLKEM768:?X25519MLKEM768:?X25519:"
		"P-256:P-384",
		"modern,groups=X25519MLKEM768:?SecP256r1MLKEM768:?X25519:"
		"P-256:P-384" };
	struct tlspolicy *policy;

	for (size_t i = 0; i < NELEM(changed); i++) {
		policy = parse(changed[i]);
		assert_profile_of(policy, NULL, changed[i]);
		tlspolicy_free(policy);
	}
	policy = parse("modern,groups=?x25519mlkem768:?SECP256R1MLKEM768:"
		       "?x25519:P-256:secp384r1,level=2");
	assert_profile_of(policy, "modern@2026", "the same in other words");
	tlspolicy_free(policy);
	policy = tlspolicy_new();
	assert_profile_of(policy, "system@2026", "a new policy");
	tlspolicy_free(policy);
	assert_profile_of(NULL, NULL, "NULL");
}
END_TEST

START_TEST(free_leaves_profiles_alone)
{
	const char *name = tlspolicy_profile_name((size_t)_i);
	const struct tlspolicy *profile = tlspolicy_profile(name);
	char before[TEXT_MAX + 1], after[TEXT_MAX + 1];

	ck_assert_int_gt(tlspolicy_format(profile, before, sizeof(before)), 0);
	tlspolicy_free((struct tlspolicy *)(uintptr_t)profile);
	tlspolicy_free((struct tlspolicy *)(uintptr_t)profile);
	ck_assert_ptr_eq(tlspolicy_profile(name), profile);
	ck_assert_int_gt(tlspolicy_format(profile, after, sizeof(after)), 0);
	ck_assert_str_eq(after, before);
}
END_TEST

/* Every required name is one that this OpenSSL has */

/* Both lists of ciphers silently drop names: look what is in the context. */
static int
has_cipher(SSL_CTX *ctx, const char *name)
{
	const STACK_OF(SSL_CIPHER) *all = SSL_CTX_get_ciphers(ctx);

	for (int i = 0; i < sk_SSL_CIPHER_num(all); i++)
		if (strcmp(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(all, i)),
			name) == 0)
			return 1;
	return 0;
}

static int
try_cipher(SSL_CTX *ctx, char *name)
{
	return SSL_CTX_set_cipher_list(ctx, name) == 1 && has_cipher(ctx, name);
}

static int
try_suite(SSL_CTX *ctx, char *name)
{
	return SSL_CTX_set_ciphersuites(ctx, name) == 1 &&
	    has_cipher(ctx, name);
}

/* Those that came with OpenSSL 3.5: tests/check_standards.c has them. */
static int
is_new(const char *name)
{
	return strcmp(name, "MLKEM1024") == 0 || strcmp(name, "mldsa87") == 0;
}

static int
try_group(SSL_CTX *ctx, char *name)
{
	return (int)SSL_CTX_set1_groups_list(ctx, name);
}

static int
try_sigalg(SSL_CTX *ctx, char *name)
{
	return (int)SSL_CTX_set1_sigalgs_list(ctx, name);
}

/* Returns how many required names there are. */
static int
resolve(
    const char *profile, const char *list, int (*try_one)(SSL_CTX *, char *))
{
	char buf[TEXT_MAX + 1];
	SSL_CTX *ctx;
	int required = 0;

	(void)snprintf(buf, sizeof(buf), "%s", list == NULL ? "" : list);
	for (char *name = strtok(buf, ":"); name != NULL;
	     name = strtok(NULL, ":")) {
		if (name[0] == '?' || is_new(name))
			continue;
		ctx = SSL_CTX_new(TLS_method());
		ck_assert_ptr_nonnull(ctx);
		ck_assert_msg(try_one(ctx, name) == 1, "%s: %s", profile, name);
		SSL_CTX_free(ctx);
		required++;
	}
	return required;
}

START_TEST(names_resolve)
{
	const char *name = tlspolicy_profile_name((size_t)_i);
	const struct tlspolicy *p = tlspolicy_profile(name);
	int required = resolve(name, tlspolicy_get_ciphers(p), try_cipher);

	required += resolve(name, tlspolicy_get_ciphersuites(p), try_suite);
	required += resolve(name, tlspolicy_get_groups(p), try_group);
	required += resolve(name, tlspolicy_get_sigalgs(p), try_sigalg);
	ck_assert_msg(required > 0 || strcmp(name, "system@2026") == 0,
	    "%s: nothing is required", name);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("profile");
	TCase *tc = tcase_create("profile");
	const int count = (int)tlspolicy_profile_count();

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, profiles_have_goldens);
	tcase_add_test(tc, goldens_have_profiles);
	tcase_add_test(tc, names);
	tcase_add_test(tc, unknown_names);
	tcase_add_loop_test(tc, profile_of, 0, count);
	tcase_add_test(tc, profile_of_changed);
	tcase_add_loop_test(tc, free_leaves_profiles_alone, 0, count);
	tcase_add_loop_test(tc, names_resolve, 0, count);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
