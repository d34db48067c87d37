/* SPDX-License-Identifier: MIT */
/*
 * tlspolicy_explain() after real failures in memory, on both ends: OpenSSL's
 * reason first, then what is said of it, and of the versions of this side as
 * handshakes show them.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include "explained.h"
#include "peer.h"
#include "release.h"
#include "runner.h"

/* What a text has to say of this side's versions, by handshakes */

static int
number(const struct end *end, unsigned i)
{
	static const int dtls[] = { 0, DTLS1_VERSION, DTLS1_2_VERSION, 0 };

	return end->dtls ? dtls[i] : peer_version(i);
}

static uint64_t
option(const struct end *end, unsigned i)
{
	static const uint64_t dtls[] = { 0, SSL_OP_NO_DTLSv1,
		SSL_OP_NO_DTLSv1_2, 0 };

	return end->dtls ? dtls[i] : peer_option(i);
}

/* "TLSv1.2" or "DTLSv1.2" */
static const char *
name_of(const struct end *end, unsigned i)
{
	static const char *const dtls[] = { "", "DTLSv1", "DTLSv1.2", "" };

	return end->dtls ? dtls[i] : peer_version_name(i);
}

/* Why bounds and options keep a version out; NULL: they do not. */
static const char *
range_reason(const struct end *end, unsigned i)
{
	const int version = number(end, i), sign = end->dtls ? -1 : 1;
	const int min = end->pinned ? TLS1_2_VERSION : end->min;
	const int max = end->pinned ? TLS1_2_VERSION : end->max;

	if (min != 0 && version * sign < min * sign)
		return "below the minimum";
	if (max != 0 && version * sign > max * sign)
		return "above the maximum";
	return (end->options & option(end, i)) != 0 ? "disabled by an option"
						    : NULL;
}

static unsigned
available(const struct end *end, int role)
{
	SSL_CTX *ctx = make_end(end, role);
	struct peer_result result;
	unsigned i, set = 0;

	for (i = 0; i < PEER_VERSIONS; i++) {
		if (number(end, i) != 0 && range_reason(end, i) == NULL &&
		    peer_completes(ctx,
			role == CLIENT ? PEER_CLIENT : PEER_SERVER,
			number(end, i), 0, &result))
			set |= 1u << i;
	}
	SSL_CTX_free(ctx);
	ERR_clear_error();
	return set;
}

/* Takes "A, B" off the front; the names have to be a list of set's versions. */
static unsigned
read_names(const struct end *end, const char **at)
{
	unsigned i, set = 0;
	size_t len;

	for (;;) {
		len = strcspn(*at, ",.:;() ");
		/* The dot of "TLSv1.2", not the sentence's. */
		if ((*at)[len] == '.' && (*at)[len + 1] > '0' &&
		    (*at)[len + 1] <= '9')
			len += 2;
		for (i = 0; i < PEER_VERSIONS; i++)
			if (number(end, i) != 0 &&
			    strlen(name_of(end, i)) == len &&
			    strncmp(name_of(end, i), *at, len) == 0)
				break;
		if (i == PEER_VERSIONS)
			return 0;
		ck_assert_msg((set >> i & 1) == 0, "twice: %s", *at);
		set |= 1u << i;
		*at += len;
		if (strncmp(*at, ", ", 2) != 0)
			return set;
		*at += 2;
	}
}

static void
check_reason(const struct end *end, unsigned set, const char *reason)
{
	unsigned i;

	for (i = 0; i < PEER_VERSIONS; i++) {
		const char *want = range_reason(end, i);

		if ((set >> i & 1) == 0)
			continue;
		ck_assert_msg(
		    want == NULL || strncmp(reason, want, strlen(want)) == 0,
		    "%s is %s, not: %s", name_of(end, i), want, reason);
		ck_assert_msg(want != NULL ||
			(strncmp(reason, "below", 5) != 0 &&
			    strncmp(reason, "above", 5) != 0 &&
			    strncmp(reason, "disabled", 8) != 0),
		    "%s is none of: %s", name_of(end, i), reason);
	}
}

/* "; this client would negotiate A, B (C: reason; D: reason). Advice." */
static void
check_versions(const struct end *end, int role, const char *text)
{
	static const char *const intro[] = {
		[CLIENT] = "; this client ",
		[SERVER] = "; this server ",
	};
	static const char *const none[] = { "would negotiate no version",
		"is not known to negotiate any version" };
	static const char some[] = "would negotiate ";
	const char *at = strstr(text, intro[role]);
	unsigned want = available(end, role), all = 0, unknown = 0, got, out, i;

	ck_assert_msg(at != NULL, "no versions in: %s", text);
	at += strlen(intro[role]);
	for (i = 0; i < NELEM(none); i++)
		if (strncmp(at, none[i], strlen(none[i])) == 0)
			break;
	got = 0;
	if (i < NELEM(none)) {
		at += strlen(none[i]);
	} else {
		ck_assert_int_eq(strncmp(at, some, strlen(some)), 0);
		at += strlen(some);
		got = read_names(end, &at);
		ck_assert_msg(got != 0, "neither versions nor none: %s", at);
	}
	for (out = got; strncmp(at, out == got ? " (" : "; ", 2) == 0;) {
		unsigned part;

		at += 2;
		part = read_names(end, &at);
		ck_assert_msg(
		    part != 0 && (part & out) == 0 && strncmp(at, ": ", 2) == 0,
		    "no versions that are out: %s", at);
		check_reason(end, part, at + 2);
		out |= part;
		at += 2 + strcspn(at + 2, ";)");
		if (at - text > 4 && strncmp(at - 4, "here", 4) == 0)
			unknown |= part;
	}
	ck_assert_msg(got == (want & ~unknown), "%s completes, but: %s",
	    peer_set_name(want), text);
	ck_assert_msg(i != 0 || unknown == 0, "all is told as known: %s", text);
	for (i = 0; i < PEER_VERSIONS; i++)
		all |= number(end, i) != 0 ? 1u << i : 0;
	ck_assert_msg(
	    out == all, "%s of all versions in: %s", peer_set_name(out), text);
	ck_assert_msg(
	    strncmp(at, out == got ? ". " : "). ", out == got ? 2 : 3) == 0,
	    "no advice after: %s", at);
}

static int
wanted_reason(const struct row *row, int i)
{
	if (release() < RELEASE_3_0 && row->of_1_1_1[i] != 0)
		return row->of_1_1_1[i];
	if (release() >= RELEASE_4_0 && row->from_4_0[i] != 0)
		return row->from_4_0[i];
	if (release() >= RELEASE_3_1 && row->from_3_1[i] != 0)
		return row->from_3_1[i];
	return row->want[i].reason;
}

static void
check_row(const struct row *row, int i)
{
	const struct want *want = &row->want[i];
	char text[TEXT_SIZE], name[128];
	struct pair pair;
	int reason, k;

	(void)snprintf(name, sizeof(name), "%s, %s", row->name,
	    i == CLIENT ? "client" : "server");
	open_pair(&pair, row->end);
	run_until_dead(&pair, row, i);
	ck_assert_msg(pair.dead[i], "%s: the handshake goes on", name);
	ck_assert_int_eq(ERR_GET_LIB(ERR_peek_error()), ERR_LIB_SSL);
	reason = ERR_GET_REASON(ERR_peek_error());
	explain(pair.ssl[i], text);
	printf("# %s (%d): %s\n", name, reason, text);
	check_versions(&row->end[i], i, text);
	ck_assert_msg(reason == wanted_reason(row, i), "%s: reason %d, not %d",
	    name, reason, wanted_reason(row, i));
	ck_assert_msg(!row->end[i].dtls ||
		(strstr(text, " TLS ") == NULL &&
		    strstr(text, " TLSv") == NULL),
	    "%s: of TLS: %s", name, text);
	if (reason != want->reason) {
		close_pair(&pair);
		return;
	}
	for (k = 0; k < WANTS && want->text[k] != NULL; k++) {
		const int not = want->text[k][0] == '!';

		ck_assert_msg(
		    (strstr(text, want->text[k] + not ) == NULL) == not,
		    "%s: %s in: %s", name, want->text[k], text);
	}
	ck_assert_msg((strstr(text, OTHER) != NULL) == want->other,
	    "%s: %s version problem: %s", name, want->other ? "a" : "no", text);
	close_pair(&pair);
}

START_TEST(failure)
{
	const struct row *row = &explain_rows[_i];
	int i;

	for (i = 0; i < 2; i++)
		if (row->want[i].reason != 0)
			check_row(row, i);
	(void)fflush(stdout);
}
END_TEST

/* 4.0 has no pinned methods; before 3.0 some of the rows complete. */
static int
can_be(const struct row *row)
{
	const int pinned = row->end[CLIENT].pinned || row->end[SERVER].pinned;

	return release() >= row->since &&
	    (row->before == 0 || release() < row->before) &&
	    (!pinned || release_tls1_2() != NULL);
}

static int
stride_of_rows(void)
{
	return test_tier() == TIER_SHORT ? 5 : 1;
}

int
main(void)
{
	const int count = (int)explain_row_count;
	Suite *suite = suite_create("explain");
	TCase *tc = tcase_create("failures");

	peer_setup();
	for (int i = 0; i < count; i += stride_of_rows())
		if (can_be(&explain_rows[i]))
			tcase_add_loop_test(tc, failure, i, i + 1);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
