/* SPDX-License-Identifier: MIT */
/*
 * The advice of tlspolicy_explain(), taken by the letter: pairs of settings
 * whose handshake fails, each cure that a text names made at the end that it
 * names, and the handshake tried again.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include "explained.h"
#include "peer.h"
#include "release.h"
#include "runner.h"

#define NO(version) SSL_OP_NO_TLSv1##version
#define AEAD        "ECDHE-RSA-AES128-GCM-SHA256"

static const struct end ends[] = {
	{ 0 },
	{ .level = 2 },
	{ .max = TLS1_VERSION },
	{ .max = TLS1_1_VERSION },
	{ .max = TLS1_2_VERSION },
	{ .min = TLS1_2_VERSION },
	{ .min = TLS1_2_VERSION, .level = 2 },
	{ .min = TLS1_3_VERSION },
	{ .min = TLS1_2_VERSION, .max = TLS1_2_VERSION },
	{ .max = TLS1_VERSION, .level = 1 },
	{ .max = TLS1_1_VERSION, .level = 2 },
	{ .options = NO(_3) },
	{ .options = NO(_2) },
	{ .options = NO(_1), .level = 2 },
	{ .options = NO(_1), .level = 2, .max = TLS1_2_VERSION },
	{ .options = SSL_OP_NO_TLSv1, .level = 2 },
	{ .options = NO(_2) | NO(_1) | SSL_OP_NO_TLSv1 },
	{ .min = TLS1_3_VERSION, .options = NO(_3) },
	{ .min = TLS1_2_VERSION, .options = NO(_2) },
	{ .min = TLS1_3_VERSION, .max = TLS1_2_VERSION },
	{ .max = TLS1_1_VERSION, .ciphers = AEAD },
	{ .suites = "" },
	{ .suites = "", .max = TLS1_2_VERSION, .ciphers = "AES128-SHA" },
	{ .max = TLS1_2_VERSION, .ciphers = AEAD },
	{ .suites = "TLS_AES_128_GCM_SHA256" },
	{ .suites = "TLS_AES_256_GCM_SHA384", .min = TLS1_3_VERSION },
	{ .groups = "X25519", .min = TLS1_3_VERSION },
	{ .groups = "P-384" },
	{ .sigalgs = "ECDSA+SHA256" },
	{ .sigalgs = "RSA-PSS+SHA256" },
	{ .sigalgs = "RSA-PSS+SHA384" },
	{ .bare = 1 },
	{ .bare = 1, .min = TLS1_3_VERSION },
	{ .ec = 1 },
	{ .ec = 1, .max = TLS1_1_VERSION, .level = 2 },
	{ .dtls = 1 },
	{ .dtls = 1, .level = 2 },
	{ .dtls = 1, .max = DTLS1_VERSION },
	{ .dtls = 1, .max = DTLS1_VERSION, .level = 1 },
	{ .dtls = 1, .min = DTLS1_2_VERSION, .level = 2 },
	{ .dtls = 1, .options = SSL_OP_NO_DTLSv1_2, .level = 2 },
	{ .dtls = 1, .options = SSL_OP_NO_DTLSv1, .level = 2 },
	{ .dtls = 1, .max = DTLS1_2_VERSION, .options = SSL_OP_NO_DTLSv1_2 },
	{ .dtls = 1, .ciphers = "AES128-SHA" },
	{ .dtls = 1, .ciphers = AEAD },
	{ .dtls = 1, .bare = 1 },
};

/* What each end says, or "" where it did not fail; 1: completed. */
static int
shake(const struct end both[2], char text[2][TEXT_SIZE])
{
	struct pair pair;
	int turn, i, done;

	text[CLIENT][0] = text[SERVER][0] = '\0';
	open_pair(&pair, both);
	for (turn = 0; turn < 2 * STEPS; turn++) {
		i = turn % 2;
		if (!pair.dead[i]) {
			take_turn(&pair, i);
			if (pair.dead[i])
				explain(pair.ssl[i], text[i]);
		}
		carry(&pair, i, NULL);
	}
	done = !pair.dead[CLIENT] && !pair.dead[SERVER] &&
	    SSL_is_init_finished(pair.ssl[CLIENT]) &&
	    SSL_is_init_finished(pair.ssl[SERVER]);
	close_pair(&pair);
	return done;
}

/* Changes an end as an alternative says: each key that it names. */
static void
change(struct end *end, const char *advice)
{
	if (strstr(advice, "min=") != NULL)
		end->min = 0;
	if (strstr(advice, "max=") != NULL)
		end->max = 0;
	if (strstr(advice, "disable=") != NULL)
		end->options = 0;
	if (strstr(advice, "level=") != NULL)
		end->level = 0;
	if (strstr(advice, "ciphers=") != NULL)
		end->ciphers = NULL;
	if (strstr(advice, "ciphersuites=") != NULL)
		end->suites = NULL;
	if (strstr(advice, "groups=") != NULL)
		end->groups = NULL;
	if (strstr(advice, "sigalgs=") != NULL)
		end->sigalgs = NULL;
	if (strstr(advice, "certificate") != NULL)
		end->bare = end->ec = 0;
	if (strstr(advice, "TLS 1.2") != NULL) {
		end->min = end->max = 0;
		end->options = 0;
	}
}

/* Makes the changes of one alternative, which end `i` has read. */
static void
follow(struct end both[2], int i, const char *advice)
{
	const int ends_both = strstr(advice, "both ends") != NULL ||
	    strstr(advice, "compare") != NULL;

	if (ends_both || strstr(advice, "n the client") != NULL ||
	    strstr(advice, "n this client") != NULL ||
	    (i == CLIENT && strstr(advice, "here") != NULL))
		change(&both[CLIENT], advice);
	if (ends_both || strstr(advice, "n the server") != NULL ||
	    strstr(advice, "n this server") != NULL ||
	    (i == SERVER && strstr(advice, "here") != NULL))
		change(&both[SERVER], advice);
}

/* The advice comes after the versions of this side. */
static const char *
advice_of(const char *text)
{
	const char *at = strstr(text, "; this ");

	at = at == NULL ? NULL : strstr(at, ". ");
	ck_assert_msg(at != NULL, "no advice in: %s", text);
	return at == NULL ? "" : at + 2;
}

struct count {
	int failures, at_once, referred, levels, unseen;
};

/*
 * Each alternative is tried: the cause's own, and those of "on this ...", that
 * "or" parts.  The first is what stays of them where none completes: the other
 * end may have a fault of its own.
 */
static int
take_advice(struct end both[2], int i, const char *text)
{
	static const char *const on[] = { " on this client ",
		" on this server " };
	char advice[TEXT_SIZE], part[TEXT_SIZE], other[2][TEXT_SIZE], *at,
	    *next;
	struct end first[2], after[2];
	int tried;

	(void)snprintf(advice, sizeof(advice), "%s", advice_of(text));
	memcpy(first, both, sizeof(first));
	at = advice;
	for (tried = 0; at != NULL; tried++, at = next) {
		/* The cause's own advice has an "or" in it, too. */
		next = strstr(at + 1,
		    tried == 0 && strncmp(at, "On this ", 8) != 0 ? on[i]
								  : " or ");
		if (next != NULL)
			*next++ = '\0';
		(void)snprintf(part, sizeof(part), "%s%.*s",
		    tried == 0 ? "" : on[i], TEXT_SIZE - 20, at);
		memcpy(after, both, sizeof(after));
		follow(after, i, part);
		if (shake(after, other))
			return 1;
		if (tried == 0)
			memcpy(first, after, sizeof(first));
	}
	memcpy(both, first, sizeof(first));
	return 0;
}

/* What only the other end can tell. */
static int
refers(const char *text)
{
	return strncmp(advice_of(text), "The peer's log has", 18) == 0;
}

/* Takes the advice of end `i` until the handshake completes. */
static void
cure(const struct end was[2], int i, struct count *count)
{
	char text[2][TEXT_SIZE], first[TEXT_SIZE] = "";
	struct end both[2];
	int round, from = i, done = 0;

	memcpy(both, was, sizeof(both));
	for (round = 0; round < 5 && !done; round++) {
		done = shake(both, text);
		if (done)
			break;
		from = text[i][0] != '\0' && !refers(text[i]) ? i : !i;
		if (round == 0) {
			memcpy(first, text[i], sizeof(first));
			count->referred += from != i;
			count->levels += strstr(text[i], "level=0") != NULL;
			count->unseen += strstr(text[i], "not seen") != NULL;
		}
		ck_assert_msg(text[from][0] != '\0', "told nothing: %s", first);
		done = take_advice(both, from, text[from]);
	}
	count->failures++;
	count->at_once += done && round == 1;
	ck_assert_msg(done, "no cure: %s\nAnd then: %s", first, text[from]);
}

static int
is_possible(const struct end *client, const struct end *server)
{
	return client->dtls == server->dtls && !client->bare && !client->ec;
}

START_TEST(cures)
{
	static const int strides[] = {
		[TIER_SHORT] = 29,
		[TIER_NORMAL] = 3,
		[TIER_FULL] = 1,
	};
	const int all = (int)(NELEM(ends) * NELEM(ends));
	struct count count = { 0 };
	char text[2][TEXT_SIZE];
	int n, i;

	for (n = _i; n < all; n += 4 * strides[test_tier()]) {
		const struct end both[2] = { ends[n / (int)NELEM(ends)],
			ends[n % (int)NELEM(ends)] };

		if (!is_possible(&both[CLIENT], &both[SERVER]) ||
		    shake(both, text))
			continue;
		for (i = 0; i < 2; i++)
			if (text[i][0] != '\0')
				cure(both, i, &count);
	}
	printf("# %d failures told: %d cured at once, %d later; %d refer to "
	       "the peer, %d name level=0, %d are not all seen\n",
	    count.failures, count.at_once, count.failures - count.at_once,
	    count.referred, count.levels, count.unseen);
	(void)fflush(stdout);
	ck_assert_int_gt(count.failures, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("explain_cures");
	TCase *tc = tcase_create("cures");

	peer_setup();
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, cures, 0, 4);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
