/* SPDX-License-Identifier: MIT */
/*
 * All that a server accepts in one version.  A list with all there is; then
 * more, each without what was chosen before, until the server refuses: that
 * finds every suite and group, not only the preferred.  First by OpenSSL, which
 * completes its handshakes, then by hellos of our own for all that is left.
 */
#include <stdio.h>
#include <string.h>

#include "scan.h"

/* SSL 3.0 at the end: who reads the array by index goes on. */
const int scanned[SCANNED] = { TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION,
	TLS1_3_VERSION, SSL3_VERSION };

enum {
	PIECE = 32, /* of a list, for a server that failed on a long one */
	GROUPS_MORE = 29, /* of the unusual groups, for such a server */
	UNTOLD_MOST = 4   /* single items that cannot be told */
};

/* What old and new servers have, for a short list. */
static const uint16_t usual[] = { 0xc02f, 0xc02b, 0xc030, 0xcca8, 0xc013,
	0xc014, 0x009c, 0x002f, 0x0035, 0x000a, 0x0005, 0x0033 };
static const uint16_t usual_new[] = { 0x1301, 0x1302, 0x1303, 0x1304 };
static const uint16_t usual_groups[] = { 29, 23, 24, 25, 30, 256, 257, 258, 259,
	260 };

const char *
scanned_name(int version)
{
	return version == SSL3_VERSION ? "SSLv3"
				       : tlspolicy_protocol_name(version);
}

/* No policy permits SSL 3.0. */
bool
permits_scanned(const struct survey *s)
{
	return s->policy == NULL ||
	    (s->version != SSL3_VERSION &&
		permits_version(s->policy, s->version - versions[0]));
}

static bool
permits(const struct survey *s, const char *list, const char *name)
{
	return s->policy == NULL ||
	    (name != NULL && permits_scanned(s) &&
		(list == NULL || list_has(list, name)));
}

bool
permits_suite(const struct survey *s, uint16_t suite)
{
	return permits(s,
	    s->version == TLS1_3_VERSION ? tlspolicy_get_ciphersuites(s->policy)
					 : tlspolicy_get_ciphers(s->policy),
	    suite_openssl_name(suite));
}

bool
permits_group(const struct survey *s, uint16_t group)
{
	return permits(
	    s, tlspolicy_get_groups(s->policy), group_policy_name(group));
}

static size_t
index_of(const uint16_t *codes, size_t count, uint16_t code)
{
	size_t i = 0;

	while (i < count && codes[i] != code)
		i++;
	return i;
}

static bool
is_in(const struct found *found, uint16_t code)
{
	return index_of(found->code, found->count, code) < found->count;
}

static void
found(struct survey *s, struct found *list, uint16_t code)
{
	if (is_in(list, code) || list->count == SUITES_MOST)
		return;
	list->code[list->count++] = code;
	s->outside = s->outside ||
	    (list == &s->groups ? !permits_group(s, code)
				: !permits_suite(s, code));
}

static void
accepted(struct survey *s, const struct answer *a)
{
	if (s->first.outcome != ACCEPTED) {
		s->first = *a;
		s->outside = s->outside || !permits_scanned(s);
	}
	s->asked = s->asked || a->asked;
	if (a->suite != 0)
		found(s, &s->ciphers, a->suite);
	if (a->group != 0)
		found(s, &s->groups, a->group);
}

static void
stop(struct survey *s, const struct answer *a)
{
	(void)snprintf(s->unfinished, sizeof(s->unfinished), "%s%s", a->why,
	    a->failing == HANGS_UP ? ", for whatever reason" : "");
}

/* A list that is asked for, piece by piece. */
struct list {
	uint16_t left[SUITES_MOST];
	size_t count, at, piece;
	unsigned untold;
	bool groups; /* not suites */
	bool srp;    /* with a user */
	bool read;   /* the server takes hellos as they are made of it */
	bool more;   /* of a short hello: with these groups, not the usual */
	size_t from; /* the first of them */
};

static void
copy(uint16_t *to, size_t *count, const uint16_t *from, size_t n)
{
	memcpy(to, from, n * sizeof(*to));
	*count = n;
}

enum order { FORWARDS, BACKWARDS, PADDED, KNOWN };

/* In the place of those of RFC 7919 none at all, of RFC 8701. */
static void
put_group(struct question *q, uint16_t group, bool ffdhe)
{
	if (!ffdhe && group >> 8 == 1)
		group = (uint16_t)(0x0a0a + 0x1010 * (group & 0xf));
	if (index_of(q->groups, q->group_count, group) == q->group_count)
		q->groups[q->group_count++] = group;
}

/* What else a hello has to have, beside the list. */
static void
put_rest(const struct survey *s, const struct list *l, enum order order,
    struct question *q)
{
	/* Below TLS 1.3, those of RFC 7919 hide DHE without (section 4). */
	const bool ffdhe = s->version == TLS1_3_VERSION || order == BACKWARDS;

	if (l->groups) {
		for (size_t i = 0; i < s->ciphers.count; i++)
			if (s->version == TLS1_3_VERSION ||
			    suite_has_curve(s->ciphers.code[i]))
				q->suites[q->suite_count++] =
				    s->ciphers.code[i];
		return;
	}
	for (size_t i = 0; i < group_count; i++)
		if (!q->small || (l->more && i - l->from < GROUPS_MORE))
			put_group(q, groups[i].code, ffdhe);
	for (size_t i = 0; q->small && !l->more &&
	     i < sizeof(usual_groups) / sizeof(usual_groups[0]);
	     i++)
		put_group(q, usual_groups[i], ffdhe);
	for (size_t i = 0; i < s->groups.count && i < 16; i++)
		put_group(q, s->groups.code[i], ffdhe);
}

static size_t
piece_of(const struct list *l)
{
	const size_t left = l->count - l->at;

	return l->piece < left ? l->piece : left;
}

/* The piece at l->at; backwards; with something known behind it; that alone. */
static void
make_question(const struct survey *s, const struct list *l, enum order order,
    struct question *q)
{
	const struct found *known = l->groups ? &s->groups : &s->ciphers;
	const size_t n = order == KNOWN ? 0 : piece_of(l);
	uint16_t *codes = l->groups ? q->groups : q->suites;
	size_t *count = l->groups ? &q->group_count : &q->suite_count;

	*q = (struct question){ .version = s->version,
		.own = true,
		.small = s->target->careful,
		.srp = l->srp };
	for (size_t i = 0; i < n; i++)
		codes[i] =
		    l->left[l->at + (order == BACKWARDS ? n - 1 - i : i)];
	*count = n;
	if (order < PADDED) /* nothing more */
		;
	else if (l->groups)
		for (size_t i = 0; i < known->count && *count < GROUPS_MOST;
		     i++)
			codes[(*count)++] = known->code[i];
	else
		codes[(*count)++] = known->code[0];
	put_rest(s, l, order, q);
}

enum step { FOUND, NONE, TOO_MUCH };

/* Takes what was chosen off the list; NONE where that was known. */
static enum step
take(struct survey *s, struct list *l, const struct answer *a)
{
	const uint16_t code = l->groups ? a->group : a->suite;
	const bool known = is_in(l->groups ? &s->groups : &s->ciphers, code);
	const size_t i = index_of(l->left, l->count, code);

	accepted(s, a);
	if (l->groups && code == 0) {
		(void)snprintf(s->unfinished, sizeof(s->unfinished),
		    "it does not tell its group");
		return NONE;
	}
	if (i < l->count) {
		l->count--;
		memmove(l->left + i, l->left + i + 1,
		    (l->count - i) * sizeof(l->left[0]));
		return FOUND;
	}
	if (known)
		return NONE;
	if (l->groups) /* it heeds no list: there is this one */
		l->count = l->at;
	else
		(void)snprintf(s->unfinished, sizeof(s->unfinished),
		    "it chooses what was not offered");
	return NONE;
}

static enum step
ask_once_more(
    struct survey *s, struct list *l, enum order order, struct answer *a)
{
	struct question q;

	make_question(s, l, order, &q);
	ask(s->target, &q, a);
	if (a->outcome == ACCEPTED)
		return take(s, l, a);
	return a->outcome == REFUSED ? NONE : TOO_MUCH;
}

static bool
fails_oddly(const struct answer *a)
{
	return a->failing == HANGS_UP || a->failing == ODD_ALERT;
}

/* A list that is not too long, as the server takes a longer one, or so. */
static enum step
ask_believed(struct survey *s, struct list *l, struct answer *a)
{
	const struct found *known = l->groups ? &s->groups : &s->ciphers;
	enum step step = ask_once_more(s, l, FORWARDS, a);
	struct question q;

	make_question(s, l, FORWARDS, &q);
	if (step != TOO_MUCH || known->count == 0 || !fails_oddly(a) ||
	    s->target->dead || is_short(s->target, &q, a))
		return step;
	step = ask_once_more(s, l, PADDED, a);
	if (step != NONE || a->outcome != ACCEPTED)
		return step == NONE ? TOO_MUCH : step;
	return ask_once_more(s, l, FORWARDS, a);
}

/* Each suite of SRP by itself, as the server does not say which it has. */
static enum step
ask_srp(struct survey *s, struct list *l)
{
	struct list one;
	struct answer a;
	size_t kept = l->at; /* what is before that has been asked for */

	for (size_t i = l->at; i < l->count; i++) {
		if (!suite_is_srp(l->left[i])) {
			l->left[kept++] = l->left[i];
			continue;
		}
		one = (struct list){ .left = { l->left[i] },
			.count = 1,
			.piece = 1,
			.srp = l->srp };
		if (ask_once_more(s, &one, FORWARDS, &a) == TOO_MUCH)
			stop(s, &a);
	}
	l->count = kept;
	return FOUND;
}

static const char *
tired(const struct target *target)
{
	return target->over
	    ? "timed out"
	    : "it no longer accepts what it has accepted before";
}

/* Whether hellos of this kind are still answered as they were. */
static bool
knows(struct survey *s, struct list *l, struct answer *a)
{
	struct question q;

	if (l->read || (l->groups ? &s->groups : &s->ciphers)->count == 0)
		return true;
	make_question(s, l, KNOWN, &q);
	l->read = still_accepts(s->target, &q);
	if (l->read)
		return true;
	conclude(a, UNDECIDED, tired(s->target));
	a->failing = FAILS_NOT;
	if (s->target->careful) /* no hello is shorter */
		stop(s, a);
	return false;
}

/*
 * A refusal is believed of a list that the server has read: it takes one that
 * is longer, or one as long in another version; and of the list backwards.  One
 * that hangs up has been asked often enough for the rest.
 */
static enum step
ask_piece(struct survey *s, struct list *l, struct answer *a)
{
	const struct found *known = l->groups ? &s->groups : &s->ciphers;
	const bool single = piece_of(l) == 1;
	enum step step = ask_believed(s, l, a);
	struct question q;

	if (step == TOO_MUCH && a->failing == ASKS_USER)
		return ask_srp(s, l);
	if (step != NONE || a->outcome == ACCEPTED)
		return step;
	s->hung = s->hung || a->hung;
	if (a->hung && !knows(s, l, a))
		return TOO_MUCH;
	if (a->hung && (l->groups || s->version == TLS1_3_VERSION))
		return NONE;
	if (a->hung)
		return ask_once_more(s, l, BACKWARDS, a);
	make_question(s, l, FORWARDS, &q);
	if (known->count > 0) {
		step = ask_once_more(s, l, PADDED, a);
		if (step == FOUND)
			return step;
		if (a->outcome != ACCEPTED && a->failing != ASKS_USER &&
		    (!single || !knows(s, l, a)))
			return TOO_MUCH;
	} else if (s->target->controlled && !single &&
	    a->alert == SSL3_AD_HANDSHAKE_FAILURE &&
	    !is_short(s->target, &q, a)) {
		return TOO_MUCH;
	}
	return ask_once_more(s, l, BACKWARDS, a);
}

/* Ends, as each round has one item less, or a shorter piece, or moves on. */
static void
exhaust(struct survey *s, struct list *l)
{
	struct answer a;
	enum step step;

	l->piece = s->target->careful ? PIECE : l->count;
	if (s->hung && s->target->controlled && !l->groups)
		l->piece = s->target->most_suites;
	while (l->at < l->count && s->unfinished[0] == '\0') {
		step = ask_piece(s, l, &a);
		if (step == NONE) {
			l->at += piece_of(l);
		} else if (step == TOO_MUCH && piece_of(l) > 1 &&
		    !s->target->dead && !s->target->over) {
			l->piece = s->target->careful || piece_of(l) <= PIECE
			    ? piece_of(l) / 2
			    : PIECE;
			s->target->careful = true;
		} else if (step == TOO_MUCH) {
			if (++l->untold == UNTOLD_MOST || s->target->dead ||
			    s->target->over)
				stop(s, &a);
			l->at++;
			l->piece = PIECE;
		}
	}
	if (l->untold > 0 && s->unfinished[0] == '\0')
		stop(s, &a);
}

/* By OpenSSL, as long as that goes well: what is left is asked for later. */
static void
complete_handshakes(struct survey *s, struct question *q)
{
	struct answer a;
	size_t i;

	while (q->suite_count > 0) {
		ask(s->target, q, &a);
		if (s->first.why[0] == '\0' && s->first.outcome != ACCEPTED)
			s->first = a;
		if (a.outcome != ACCEPTED)
			return;
		accepted(s, &a);
		i = index_of(q->suites, q->suite_count, a.suite);
		if (i == q->suite_count)
			return;
		q->suite_count--;
		memmove(q->suites + i, q->suites + i + 1,
		    (q->suite_count - i) * sizeof(q->suites[0]));
	}
}

static void
ask_the_usual(struct survey *s)
{
	const bool new = s->version == TLS1_3_VERSION;
	struct question q = {
		.version = s->version, .own = true, .small = true
	};
	struct answer a;

	copy(q.suites, &q.suite_count, new ? usual_new : usual,
	    new ? sizeof(usual_new) / sizeof(usual_new[0])
		: sizeof(usual) / sizeof(usual[0]));
	copy(q.groups, &q.group_count, usual_groups,
	    sizeof(usual_groups) / sizeof(usual_groups[0]));
	ask(s->target, &q, &a);
	/* It refused, or failed on, a list that had all of these. */
	if (s->first.why[0] != '\0' && a.outcome != UNDECIDED &&
	    (a.outcome == ACCEPTED || s->first.outcome == UNDECIDED))
		s->target->careful = true;
	if (a.outcome == ACCEPTED)
		accepted(s, &a);
	else if (s->first.outcome == UNDECIDED &&
	    (a.outcome == REFUSED || s->first.why[0] == '\0'))
		s->first = a;
	s->hung = s->hung || a.hung;
}

static void
survey_suites(struct survey *s)
{
	struct list l = { .count = 0 };

	for (size_t i = 0; i < suite_count; i++)
		if (!is_in(&s->ciphers, suites[i].code))
			l.left[l.count++] = suites[i].code;
	exhaust(s, &l);
}

/* A suite that a group may be missing for, or a curve that a key is on. */
static bool
lacks_group(const struct survey *s, const struct code *suite)
{
	if (s->version == TLS1_3_VERSION)
		return s->groups.count == 0 && suite->code >> 8 == 0x13;
	return strncmp(suite->name, "TLS_ECDH", 8) == 0 &&
	    (s->groups.count == 0 || suite->name[8] == '_' ||
		strstr(suite->name, "_ECDSA_") != NULL);
}

/* A short hello had the usual groups alone. */
static void
survey_more_groups(struct survey *s)
{
	for (size_t from = 0; s->target->careful && from < group_count;
	     from += GROUPS_MORE) {
		struct list l = { .more = true, .from = from };

		for (size_t i = 0; i < suite_count; i++)
			if (lacks_group(s, &suites[i]) &&
			    !is_in(&s->ciphers, suites[i].code))
				l.left[l.count++] = suites[i].code;
		if (s->version != SSL3_VERSION)
			exhaust(s, &l);
	}
}

/* Some servers choose SRP only where there is a user. */
static void
survey_srp(struct survey *s)
{
	struct list l = { .srp = true };

	for (size_t i = 0; i < s->ciphers.count; i++)
		if (suite_is_srp(s->ciphers.code[i]))
			return;
	for (size_t i = 0; i < suite_count; i++)
		if (suite_is_srp(suites[i].code))
			l.left[l.count++] = suites[i].code;
	if (s->version != TLS1_3_VERSION && s->version != SSL3_VERSION)
		exhaust(s, &l);
}

static void
survey_groups(struct survey *s)
{
	struct list l = { .groups = true };
	bool used = s->version == TLS1_3_VERSION;

	for (size_t i = 0; i < s->ciphers.count; i++)
		used = used || suite_has_curve(s->ciphers.code[i]);
	for (size_t i = 0; i < group_count; i++)
		if (!is_in(&s->groups, groups[i].code))
			l.left[l.count++] = groups[i].code;
	if (used && s->version != SSL3_VERSION)
		exhaust(s, &l);
}

static void
survey_all(struct survey *s)
{
	struct question q = { .version = s->version };

	if (s->first.outcome != ACCEPTED) /* else the rest is asked for */
		s->first = (struct answer){ .outcome = UNDECIDED, .alert = -1 };
	s->unfinished[0] = '\0';
	if (!s->target->careful)
		q.suite_count = probe_suites(s->version, q.suites);
	complete_handshakes(s, &q);
	if (s->first.outcome != ACCEPTED &&
	    (s->target->reached || q.suite_count == 0))
		ask_the_usual(s);
	if (s->first.outcome == UNDECIDED) {
		stop(s, &s->first);
		return;
	}
	survey_suites(s);
	survey_more_groups(s);
	if (s->unfinished[0] == '\0')
		survey_srp(s);
	if (s->first.outcome == ACCEPTED && s->unfinished[0] == '\0')
		survey_groups(s);
}

/* A refusal counts if the server has not begun to refuse all by then. */
void
survey(struct survey *s)
{
	survey_all(s);
	s->compared = s->target->controlled;
	if (s->unfinished[0] == '\0' && s->compared &&
	    !still_accepts(s->target, &s->target->control))
		(void)snprintf(s->unfinished, sizeof(s->unfinished), "%s",
		    tired(s->target));
	if (s->unfinished[0] != '\0' && s->first.outcome == REFUSED)
		s->first.outcome = UNDECIDED;
}
