/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "release.h"
#include "runner.h"
#include "tlspolicy.h"

#define NELEM(a)  (sizeof(a) / sizeof((a)[0]))
#define QUEUE_MAX 15 /* entries that OpenSSL keeps */

/* The queue as ERR_print_errors_fp() would print it; asking empties it */

struct queue {
	int count;
	char line[QUEUE_MAX + 1][1024]; /* oldest first */
};

static int
add_line(const char *line, size_t len, void *arg)
{
	struct queue *queue = arg;
	char *to = queue->line[queue->count++];

	(void)snprintf(to, sizeof(queue->line[0]), "%.*s", (int)len, line);
	to[strcspn(to, "\n")] = '\0';
	return queue->count <= QUEUE_MAX;
}

static void
take_queue(struct queue *queue)
{
	memset(queue, 0, sizeof(*queue));
	ERR_print_errors_cb(add_line, queue);
}

static const char *
top(const struct queue *queue)
{
	return queue->count == 0 ? "" : queue->line[queue->count - 1];
}

/* An entry of this library's own is on top, and says what the status says. */
static void
assert_entry(const char *name, int status)
{
	const unsigned long code = ERR_peek_last_error();
	const char *lib = ERR_lib_error_string(code);
	const char *reason = ERR_reason_error_string(code);

	ck_assert_msg(code != 0, "%s: no entry", name);
	ck_assert_msg(lib != NULL && strcmp(lib, "tlspolicy") == 0,
	    "%s: an entry of %s", name, lib == NULL ? "nobody" : lib);
	ck_assert_msg(
	    reason != NULL && strcmp(reason, tlspolicy_strerror(status)) == 0,
	    "%s: the reason is %s, not %s", name,
	    reason == NULL ? "missing" : reason, tlspolicy_strerror(status));
}

/* What each failure says */

static const struct start {
	const SSL_METHOD *(*method)(void);
	int min, max, level; /* 0: level 2 */
	uint64_t options;
	const char *ciphers, *ciphersuites, *groups, *sigalgs;
} plain = { .method = TLS_method },
  /* Where every release forbids TLS 1.0 and 1.1. */
    level_4 = { .method = TLS_method, .level = 4 },
  from_1_2 = { .method = TLS_method, .min = TLS1_2_VERSION },
  from_1_3 = { .method = TLS_method, .min = TLS1_3_VERSION },
  to_1_2 = { .method = TLS_method, .max = TLS1_2_VERSION },
  no_1_3 = { .method = TLS_method, .options = SSL_OP_NO_TLSv1_3 },
  narrow = { .method = TLS_method,
	  .ciphers = "ECDHE-RSA-AES128-GCM-SHA256",
	  .ciphersuites = "TLS_AES_128_GCM_SHA256",
	  .groups = "P-256",
	  .sigalgs = "RSA-PSS+SHA256:RSA+SHA256" },
  datagram = { .method = DTLS_method };
static const struct start pinned = { .method = release_tls1_2 };

static SSL_CTX *
new_ctx(const struct start *start)
{
	SSL_CTX *ctx = SSL_CTX_new(start->method());
	char list[64];
	int ok = ctx != NULL;

	ck_assert_ptr_nonnull(ctx);
	SSL_CTX_set_security_level(ctx, start->level != 0 ? start->level : 2);
	(void)SSL_CTX_clear_options(ctx, SSL_OP_NO_SSL_MASK);
	(void)SSL_CTX_set_options(ctx, start->options);
	if (start->min != 0)
		ok &= (int)SSL_CTX_set_min_proto_version(ctx, start->min);
	if (start->max != 0)
		ok &= (int)SSL_CTX_set_max_proto_version(ctx, start->max);
	if (start->ciphers != NULL)
		ok &= SSL_CTX_set_cipher_list(ctx, start->ciphers);
	if (start->ciphersuites != NULL)
		ok &= SSL_CTX_set_ciphersuites(ctx, start->ciphersuites);
	/* These macros cast const away: give them an array. */
	(void)snprintf(list, sizeof(list), "%s",
	    start->groups == NULL ? "" : start->groups);
	if (start->groups != NULL)
		ok &= (int)SSL_CTX_set1_groups_list(ctx, list);
	(void)snprintf(list, sizeof(list), "%s",
	    start->sigalgs == NULL ? "" : start->sigalgs);
	if (start->sigalgs != NULL)
		ok &= (int)SSL_CTX_set1_sigalgs_list(ctx, list);
	ck_assert_int_eq(ok, 1);
	return ctx;
}

struct row {
	const char *name;
	int (*call)(const struct row *);
	const char *text, *other;
	const struct start *start;
	unsigned flags;
	int status;
	const char *want[2]; /* the item, what to do; after "!", not that */
	int (*set_list)(struct tlspolicy *, const char *);
	int (*set)(struct tlspolicy *, int);
	int value;
};

/* The context that a row is about. */
static SSL_CTX *subject;

/* Makes the context and then the caller's entries on the queue. */
static void
prepare(const struct row *row, int priors)
{
	char data[32];

	SSL_CTX_free(subject);
	subject = row->start == NULL ? NULL : new_ctx(row->start);
	ERR_clear_error();
	for (int i = 0; i < priors; i++) {
		(void)snprintf(data, sizeof(data), "prior %d", i);
		release_raise(ERR_LIB_USER, 100 + i, NULL);
		ERR_add_error_data(1, data);
	}
}

static int
parse(const struct row *row)
{
	struct tlspolicy *policy;
	int ret = tlspolicy_parse(&policy, row->text);

	tlspolicy_free(policy);
	return ret;
}

static int
apply(const struct row *row)
{
	return tlspolicy_apply_text(subject, row->text, row->flags);
}

static int
apply_range(const struct row *row)
{
	struct tlspolicy *policy = tlspolicy_new();
	int ret;

	ck_assert_int_eq(tlspolicy_set_min_version(policy, TLS1_1_VERSION), 0);
	if (row->value != 0)
		ck_assert_int_eq(
		    tlspolicy_set_max_version(policy, row->value), 0);
	ck_assert_int_eq(tlspolicy_set_disabled(policy, row->flags), 0);
	ret = tlspolicy_apply_ctx(subject, policy, 0);
	tlspolicy_free(policy);
	return ret;
}

static int
set_list(const struct row *row)
{
	struct tlspolicy *policy = tlspolicy_new();
	int ret = row->set_list(policy, row->text);

	tlspolicy_free(policy);
	return ret;
}

static int
set_value(const struct row *row)
{
	struct tlspolicy *policy = tlspolicy_new();
	int ret = row->set(policy, row->value);

	tlspolicy_free(policy);
	return ret;
}

static int
set_disabled(const struct row *row)
{
	struct tlspolicy *policy = tlspolicy_new();
	int ret = tlspolicy_set_disabled(policy, row->flags);

	tlspolicy_free(policy);
	return ret;
}

/* covers, or with the flag set intersect, of two texts */
static int
two(const struct row *row)
{
	struct tlspolicy *a = NULL, *b = NULL, *out = NULL;
	int ret;

	ck_assert_int_eq(tlspolicy_parse(&a, row->text), TLSPOLICY_OK);
	ck_assert_int_eq(tlspolicy_parse(&b, row->other), TLSPOLICY_OK);
	if (row->flags != 0)
		ret = tlspolicy_intersect(&out, a, b);
	else
		ret = tlspolicy_covers(a, b);
	tlspolicy_free(out);
	tlspolicy_free(a);
	tlspolicy_free(b);
	return ret;
}

/* clang-format off */
#define PARSE(t, s, ...) \
	{ "parse " t, parse, .text = t, .status = TLSPOLICY_##s, \
		.want = { __VA_ARGS__ } }
#define APPLY(t, c, f, s, ...) \
	{ "apply " t " to " #c, apply, .text = t, .start = &(c), .flags = f, \
		.status = TLSPOLICY_##s, .want = { __VA_ARGS__ } }
#define FINE(t, c, f) \
	{ "apply " t " to " #c, apply, .text = t, .start = &(c), .flags = f }
#define LIST(fn, t, ...) \
	{ #fn " " t, set_list, .text = t, .set_list = tlspolicy_set_##fn, \
		.status = TLSPOLICY_E_SYNTAX, .want = { __VA_ARGS__ } }
#define VALUE(fn, v, ...) \
	{ #fn " " #v, set_value, .set = tlspolicy_set_##fn, .value = v, \
		.status = TLSPOLICY_E_INVALID, .want = { __VA_ARGS__ } }
#define COVERS(a, b, ...) \
	{ "covers " a "; " b, two, .text = a, .other = b, \
		.status = TLSPOLICY_E_VIOLATION, .want = { __VA_ARGS__ } }
#define MEET(a, b, ...) \
	{ "intersect " a "; " b, two, .text = a, .other = b, .flags = 1, \
		.status = TLSPOLICY_E_CONFLICT, .want = { __VA_ARGS__ } }
/* clang-format on */

static const struct row failures[] = {
	PARSE("min=TLSv1.2,mim=1", E_SYNTAX,
	    "policy text, column 13: unknown key \"mim\" (min, max, disable, "
	    "ciphers, ciphersuites, groups, sigalgs, level, renegotiation, "
	    "preference)"),
	PARSE("", E_SYNTAX, "policy text, column 1: ", "\"system\""),
	PARSE("min=TLSv4", E_SYNTAX, "policy text, column 5: \"TLSv4\"",
	    "TLSv1.3"),
	PARSE("level=9", E_SYNTAX, "policy text, column 7: \"9\"", "0 to 5"),
	PARSE("preference=x", E_SYNTAX, "policy text, column 12: \"x\"",
	    "server or client"),
	PARSE("ciphers=HIGH", E_SYNTAX, "policy text, column 9: \"HIGH\"",
	    "names"),
	PARSE("moderm", E_PROFILE, "policy text, column 1: ",
	    "modern, intermediate, compat, legacy, system"),
	PARSE("modern@2025", E_PROFILE, "modern@2025", "2026"),
	PARSE("min=1.3,max=1.2", E_RANGE, "TLSv1.3", "TLSv1.2"),
	PARSE("disable=1:1.1:1.2:1.3", E_RANGE, "disable"),
	PARSE("disable=1.1", E_HOLE, "TLSv1.1", "min or max"),
	LIST(ciphers, "HIGH", "list, column 1: ", "HIGH"),
	LIST(ciphersuites, "TLS_A:AES128-SHA", "\"AES128-SHA\"",
	    "put it in ciphers"),
	LIST(ciphers, "TLS_A", "\"TLS_A\"", "put it in ciphersuites"),
	LIST(groups, "X448:P-256:x448", "list, column 12: ", "x448"),
	LIST(sigalgs, "", "list, column 1: "),
	VALUE(min_version, 0x0305, "version", "TLS1_3_VERSION"),
	VALUE(max_version, DTLS1_2_VERSION, "version", "TLS1_3_VERSION"),
	VALUE(security_level, 6, "level", "5"),
	VALUE(renegotiation, 2, "renegotiation 2", "0 and 1"),
	VALUE(server_preference, -2, "preference -2", "0 and 1"),
	{ "disabled 0x10", set_disabled, .flags = 0x10,
	    .status = TLSPOLICY_E_INVALID, .want = { "0x10", "TLSPOLICY_NO" } },
	COVERS("min=1.2", "min=1.1", "TLSv1.1"),
	COVERS("max=1.2", "system", "TLSv1.3"),
	COVERS("ciphers=AES128-SHA", "ciphers=AES128-SHA:AES256-SHA",
	    "cipher \"AES256-SHA\""),
	COVERS("ciphersuites=TLS_A", "system", "ciphersuites"),
	COVERS("groups=X25519", "groups=?P-256:X25519", "prime256v1"),
	COVERS("sigalgs=ed25519", "sigalgs=ed448", "\"ed448\""),
	COVERS("level=2", "level=1", "level"),
	COVERS("level=1", "system", "level"),
	COVERS("renegotiation=off", "system", "renegotiation"),
	MEET("max=1.2", "min=1.3", "TLSv1.2", "TLSv1.3"),
	MEET("ciphers=AES128-SHA", "ciphers=AES256-SHA", "ciphers"),
	MEET("ciphersuites=TLS_A", "ciphersuites=TLS_B", "ciphersuites"),
	MEET("groups=X448", "groups=X25519", "groups"),
	MEET("sigalgs=ed448", "sigalgs=ed25519", "sigalgs"),
	/* apply */
	APPLY("max=TLSv1.1", from_1_2, 0, E_CONFLICT,
	    "nothing in common: the policy ends at TLSv1.1, the context begins "
	    "at TLSv1.2 (the program's settings or openssl.cnf)"),
	APPLY("modern", to_1_2, 0, E_CONFLICT, "TLSv1.3", "TLSv1.2"),
	APPLY("modern", to_1_2, TLSPOLICY_OVERRIDE, E_CONFLICT, "TLSv1.2"),
	APPLY("modern", no_1_3, 0, E_CONFLICT, "TLSv1.3"),
	APPLY("min=TLSv1.2,mim=1", plain, 0, E_SYNTAX,
	    "policy text, column 13: unknown key \"mim\" (min, max, "),
	APPLY("moderm", plain, 0, E_PROFILE, "moderm"),
	APPLY("min=1.3,max=1.2", plain, 0, E_RANGE, "TLSv1.3"),
	APPLY("disable=1.2", plain, 0, E_HOLE, "TLSv1.2"),
	APPLY("modern", datagram, 0, E_UNSUPPORTED, "DTLS"),
	APPLY("ciphers=NO-SUCH", plain, 0, E_UNSUPPORTED, "\"NO-SUCH\"",
	    "put ? before"),
	APPLY("ciphersuites=TLS_X", plain, 0, E_UNSUPPORTED, "\"TLS_X\"",
	    "put ? before"),
	APPLY("groups=NoSuch", plain, 0, E_UNSUPPORTED, "\"NoSuch\"",
	    "put ? before"),
	APPLY("groups=NoSuch", plain, TLSPOLICY_OVERRIDE, E_UNSUPPORTED,
	    "\"NoSuch\"", "put ? before"),
	APPLY("sigalgs=nosuch", plain, 0, E_UNSUPPORTED, "\"nosuch\"",
	    "put ? before"),
	APPLY("ciphers=ECDHE-ECDSA-AES128-SHA", narrow, 0, E_CONFLICT,
	    "ciphers", "OVERRIDE"),
	APPLY("ciphersuites=TLS_AES_256_GCM_SHA384", narrow, 0, E_CONFLICT,
	    "ciphersuites", "OVERRIDE"),
	APPLY("groups=X25519", narrow, 0, E_CONFLICT, "groups", "OVERRIDE"),
	APPLY("sigalgs=ed25519", narrow, 0, E_CONFLICT, "sigalgs", "OVERRIDE"),
	APPLY(
	    "groups=?NoSuch", plain, TLSPOLICY_OVERRIDE, E_CONFLICT, "groups"),
	/* Below TLS 1.2 the level would leave no version: no advice of max. */
	APPLY("max=1.2,level=3,ciphers=AES128-SHA", plain, TLSPOLICY_OVERRIDE,
	    E_CONFLICT, "add ciphers or sigalgs, or lower level", "!or max"),
	APPLY("ciphersuites=TLS_AES_128_GCM_SHA256,level=5", plain,
	    TLSPOLICY_OVERRIDE, E_CONFLICT, "lower level or max"),
	APPLY("legacy", level_4, 0, E_STRICTER, "level=0", "OVERRIDE"),
	APPLY("min=1", level_4, 0, E_STRICTER, "level=0", "OVERRIDE"),
	APPLY("min=1.2", from_1_3, TLSPOLICY_FAIL_IF_STRICTER, E_STRICTER,
	    "TLSv1.2", "OVERRIDE"),
	APPLY("level=1", plain, TLSPOLICY_FAIL_IF_STRICTER, E_STRICTER, "level",
	    "OVERRIDE"),
	APPLY("modern", to_1_2, TLSPOLICY_FAIL_IF_STRICTER, E_CONFLICT,
	    "TLSv1.2"),
	APPLY("modern", plain, 0x4u, E_INVALID, "flag", "0x4"),
	APPLY("modern", plain, 0x80000003u, E_INVALID, "flag", "0x8000000"),
	{ "apply_ctx upside down", apply_range, .start = &plain,
	    .value = TLS1_VERSION, .status = TLSPOLICY_E_RANGE,
	    .want = { "TLSv1.1", "TLSv1" } },
	{ "apply_ctx all disabled", apply_range, .start = &plain, .flags = 0xe,
	    .status = TLSPOLICY_E_RANGE, .want = { "disable" } },
	{ "apply_ctx hole", apply_range, .start = &plain,
	    .flags = TLSPOLICY_NO_TLS1_2, .status = TLSPOLICY_E_HOLE,
	    .want = { "TLSv1.2", "min or max" } },
#ifndef OPENSSL_NO_TLS1_2_METHOD
	APPLY("intermediate", pinned, 0, E_METHOD, "one version", "TLS_method"),
#endif
};

static void
assert_wanted(const struct row *row, const struct queue *queue)
{
	for (size_t i = 0; i < NELEM(row->want) && row->want[i] != NULL; i++) {
		const char *want = row->want[i];
		const int unwanted = *want == '!';

		ck_assert_msg(
		    (strstr(top(queue), want + unwanted) == NULL) == unwanted,
		    "%s: about %s: %s", row->name, want, top(queue));
	}
}

START_TEST(fails)
{
	const struct row *row = &failures[_i];
	struct queue queue;
	int ret;

	if (row->start != NULL && row->start->method() == NULL)
		SKIP_TEST("this release has no methods of one version");
	prepare(row, 0);
	ret = row->call(row);
	ck_assert_msg(
	    ret == row->status, "%s: %d, not %d", row->name, ret, row->status);
	assert_entry(row->name, ret);
	take_queue(&queue);
	ck_assert_msg(strstr(top(&queue), ":tlspolicy:") != NULL, "%s: %s",
	    row->name, top(&queue));
	assert_wanted(row, &queue);
}
END_TEST

/* Every status that these calls can give is given above. */
START_TEST(every_status_fails)
{
	int seen;

	for (int status = TLSPOLICY_E_INVALID; status >= TLSPOLICY_E_VIOLATION;
	     status--) {
		if (status == TLSPOLICY_E_NOMEM)
			continue;
#ifdef OPENSSL_NO_TLS1_2_METHOD
		if (status == TLSPOLICY_E_METHOD)
			continue;
#endif
		seen = 0;
		for (size_t i = 0; i < NELEM(failures); i++)
			seen |= failures[i].status == status;
		ck_assert_msg(seen, "%s", tlspolicy_strerror(status));
	}
}
END_TEST

/* NULL arguments */

static void
assert_invalid(const char *name, int status)
{
	ck_assert_msg(status == TLSPOLICY_E_INVALID, "%s: %d", name, status);
	assert_entry(name, status);
	ERR_clear_error();
}

#define INVALID(call) assert_invalid(#call, (call))

START_TEST(null_arguments)
{
	const struct tlspolicy *p = tlspolicy_profile("modern");
	SSL_CTX *ctx = new_ctx(&plain);
	struct tlspolicy *out;
	char buf[8];

	INVALID(tlspolicy_apply(NULL, "modern"));
	INVALID(tlspolicy_apply(ctx, NULL));
	INVALID(tlspolicy_apply(NULL, NULL));
	INVALID(tlspolicy_apply_text(NULL, "modern", 0));
	INVALID(tlspolicy_apply_text(ctx, NULL, 0));
	INVALID(tlspolicy_apply_text(NULL, NULL, UINT_MAX));
	INVALID(tlspolicy_apply_ctx(NULL, p, 0));
	INVALID(tlspolicy_apply_ctx(ctx, NULL, 0));
	INVALID(tlspolicy_apply_ctx(ctx, NULL, TLSPOLICY_OVERRIDE));
	INVALID(tlspolicy_apply_ctx(NULL, NULL, 0));
	INVALID(tlspolicy_apply_ctx(ctx, p, UINT_MAX));
	INVALID(tlspolicy_parse(NULL, "modern"));
	INVALID(tlspolicy_parse(&out, NULL));
	INVALID(tlspolicy_format(NULL, buf, sizeof(buf)));
	INVALID(tlspolicy_format(p, NULL, 1));
	INVALID(tlspolicy_intersect(NULL, p, p));
	INVALID(tlspolicy_intersect(&out, NULL, p));
	INVALID(tlspolicy_intersect(&out, p, NULL));
	INVALID(tlspolicy_covers(NULL, p));
	INVALID(tlspolicy_covers(p, NULL));
	INVALID(tlspolicy_set_min_version(NULL, 0));
	INVALID(tlspolicy_set_max_version(NULL, TLS1_2_VERSION));
	INVALID(tlspolicy_set_disabled(NULL, 0));
	INVALID(tlspolicy_set_ciphers(NULL, "AES128-SHA"));
	INVALID(tlspolicy_set_ciphersuites(NULL, NULL));
	INVALID(tlspolicy_set_groups(NULL, NULL));
	INVALID(tlspolicy_set_sigalgs(NULL, NULL));
	INVALID(tlspolicy_set_security_level(NULL, -1));
	INVALID(tlspolicy_set_renegotiation(NULL, -1));
	INVALID(tlspolicy_set_server_preference(NULL, 1));
	/* These have no status; they leave the queue alone. */
	tlspolicy_free(NULL);
	ck_assert_ptr_null(tlspolicy_dup(NULL));
	ck_assert_ptr_null(tlspolicy_profile(NULL));
	ck_assert_ptr_null(tlspolicy_profile_of(NULL));
	ck_assert_int_eq(tlspolicy_get_security_level(NULL), -1);
	ck_assert_int_eq(tlspolicy_protocol_from_name(NULL), 0);
	tlspolicy_openssl_runtime(NULL);
	tlspolicy_openssl_decode(NULL, 0, NULL);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	SSL_CTX_free(ctx);
}
END_TEST

/* The caller's entries */

static const struct row successes[] = {
	{ "parse", parse, .text = "intermediate,min=1.3" },
	{ "set_list", set_list, .text = "AES128-SHA",
	    .set_list = tlspolicy_set_ciphers },
	{ "set_value", set_value, .set = tlspolicy_set_min_version,
	    .value = TLS1_2_VERSION },
	{ "covers", two, .text = "compat", .other = "modern" },
	{ "intersect", two, .text = "compat", .other = "modern", .flags = 1 },
	FINE("system", plain, 0),
	FINE("min=1.2", plain, 0),
	FINE("ciphers=?NO-SUCH:AES128-SHA", plain, TLSPOLICY_OVERRIDE),
	FINE("modern", no_1_3, TLSPOLICY_OVERRIDE),
	FINE("legacy", from_1_2, TLSPOLICY_OVERRIDE),
	FINE("modern", plain, 0),
	FINE("intermediate", plain, 0),
	FINE("min=1.2", plain, TLSPOLICY_FAIL_IF_STRICTER),
	FINE("groups=?NoSuch:P-256", narrow, 0),
	FINE("sigalgs=?NoSuch:RSA+SHA256", narrow, 0),
};
static const int priors[] = { 0, 1, 14, 15 };

START_TEST(success_leaves_the_queue)
{
	const struct row *row = &successes[_i];
	struct queue before, after;

	for (size_t n = 0; n < NELEM(priors); n++) {
		prepare(row, priors[n]);
		take_queue(&before);
		prepare(row, priors[n]);
		ck_assert_msg(row->call(row) == TLSPOLICY_OK, "%s", row->name);
		ck_assert_msg(
		    ERR_clear_last_mark() == 0, "%s leaves a mark", row->name);
		take_queue(&after);
		ck_assert_msg(after.count == priors[n],
		    "%s: %d entries, not %d: %s", row->name, after.count,
		    priors[n], top(&after));
		for (int i = 0; i < after.count; i++)
			ck_assert_msg(
			    strcmp(before.line[i], after.line[i]) == 0,
			    "%s: entry %d is %s, not %s", row->name, i,
			    after.line[i], before.line[i]);
	}
}
END_TEST

/* A caller's mark still stands, whatever was done. */
static void
assert_mark(const struct row *row)
{
	struct queue after;

	prepare(row, 3);
	ck_assert_int_eq(ERR_set_mark(), 1);
	ck_assert_msg(row->call(row) == row->status, "%s", row->name);
	release_raise(ERR_LIB_USER, 200, NULL);
	ck_assert_msg(
	    ERR_pop_to_mark() == 1, "%s: the mark is gone", row->name);
	take_queue(&after);
	ck_assert_msg(
	    after.count == 3, "%s: %d entries", row->name, after.count);
}

START_TEST(success_leaves_a_mark)
{
	assert_mark(&successes[_i]);
}
END_TEST

START_TEST(failure_leaves_a_mark)
{
	if (failures[_i].start != NULL && failures[_i].start->method() == NULL)
		SKIP_TEST("this release has no methods of one version");
	assert_mark(&failures[_i]);
}
END_TEST

/* These neither fail nor have a status, yet look things up. */
START_TEST(questions_leave_the_queue)
{
	struct tlspolicy_openssl version;
	struct tlspolicy *policy;
	struct queue after;
	char buf[16];

	prepare(&successes[0], 3);
	for (int v = 0x02ff; v < 0x0310; v++) {
		(void)tlspolicy_openssl_supports(v);
		(void)tlspolicy_protocol_name(v);
	}
	(void)tlspolicy_openssl_supports(DTLS1_2_VERSION);
	(void)tlspolicy_protocol_from_name("TLSv9");
	(void)tlspolicy_profile("moderm");
	(void)tlspolicy_profile_name(99);
	tlspolicy_openssl_runtime(&version);
	policy = tlspolicy_dup(tlspolicy_profile("modern"));
	ck_assert_int_gt(tlspolicy_format(policy, buf, sizeof(buf)), 0);
	(void)tlspolicy_profile_of(policy);
	tlspolicy_free(policy);
	ck_assert_msg(ERR_clear_last_mark() == 0, "a mark is left");
	take_queue(&after);
	ck_assert_int_eq(after.count, 3);
	ck_assert_ptr_nonnull(strstr(top(&after), "prior 2"));
}
END_TEST

/* What was there stays below ours; for want of room the oldest give way. */
START_TEST(failure_keeps_the_queue)
{
	const struct row *row = &failures[_i];
	struct queue before, after;
	int kept;

	if (row->start != NULL && row->start->method() == NULL)
		SKIP_TEST("this release has no methods of one version");
	for (size_t n = 0; n < NELEM(priors); n++) {
		prepare(row, priors[n]);
		take_queue(&before);
		prepare(row, priors[n]);
		ck_assert_msg(row->call(row) == row->status, "%s", row->name);
		assert_entry(row->name, row->status);
		ck_assert_msg(
		    ERR_clear_last_mark() == 0, "%s leaves a mark", row->name);
		take_queue(&after);
		assert_wanted(row, &after);
		for (kept = 0; kept < after.count; kept++)
			if (strstr(after.line[kept], "prior ") == NULL)
				break;
		ck_assert_msg(kept == priors[n] || after.count == QUEUE_MAX,
		    "%s: %d of %d entries kept, %d in all", row->name, kept,
		    priors[n], after.count);
		for (int i = 0; i < kept; i++)
			ck_assert_msg(
			    strcmp(after.line[i],
				before.line[priors[n] - kept + i]) == 0,
			    "%s: entry %d is %s", row->name, i, after.line[i]);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("error");
	TCase *tc = tcase_create("error");
	const int failing = (int)NELEM(failures);
	const int succeeding = (int)NELEM(successes);

	/* Contexts as OpenSSL makes them, whatever this host says. */
	(void)setenv("OPENSSL_CONF", "/dev/null", 1);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, fails, 0, failing);
	tcase_add_test(tc, every_status_fails);
	tcase_add_test(tc, null_arguments);
	tcase_add_loop_test(tc, success_leaves_the_queue, 0, succeeding);
	tcase_add_loop_test(tc, success_leaves_a_mark, 0, succeeding);
	tcase_add_loop_test(tc, failure_leaves_a_mark, 0, failing);
	tcase_add_test(tc, questions_leave_the_queue);
	tcase_add_loop_test(tc, failure_keeps_the_queue, 0, failing);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
