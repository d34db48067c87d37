/* SPDX-License-Identifier: MIT */
/*
 * What a policy's lists make of a context's: groups, signature algorithms,
 * ciphers and ciphersuites, in one way.  The scratch connection of `after` is
 * asked which items OpenSSL has, and is left with what is kept of them.
 */
#include <stdarg.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "apply.h"

/* One list on its way. */
struct work {
	struct plan *plan;
	enum list_kind kind;
	bool ciphers;     /* or suites; else groups or signature algorithms */
	const char *list; /* the policy's */
	struct target scratch;
	char *kept; /* of the policy's list; with room for marks */
	size_t size;
	bool took;     /* OpenSSL has taken the list, and dropped ciphers */
	bool narrowed; /* the context, or this OpenSSL, lacks some */
	bool weaker;   /* a post-quantum group is required, and lacking */
	bool quantum;  /* one is kept */
};

const char *
tlsp_plan_highest(const struct plan *plan, unsigned set)
{
	return tlsp_version_name(plan->target->dtls, tlsp_version_highest(set));
}

void
tlsp_plan_note(struct plan *plan, const char *fmt, ...)
{
	va_list args;

	if (!plan->exact || plan->stricter[0] != '\0')
		return;
	va_start(args, fmt);
	(void)BIO_vsnprintf(plan->stricter, sizeof(plan->stricter), fmt, args);
	va_end(args);
}

static bool
is_quantum(const struct name *name)
{
	return name != NULL && name->group == GROUP_PQ;
}

/* Asking OpenSSL, which drops some names in silence */

/* What it refuses leaves no trace. */
static bool
takes(const struct work *work, const char *list)
{
	bool yes;

	(void)ERR_set_mark();
	yes = tlsp_set_list(&work->scratch, work->kind, list);
	(void)ERR_pop_to_mark();
	return yes;
}

static bool
is_named(const SSL_CIPHER *cipher, const struct item *item)
{
	const char *name = SSL_CIPHER_get_name(cipher);

	return strncmp(name, item->name, item->len) == 0 &&
	    name[item->len] == '\0';
}

static bool
has_cipher(const STACK_OF(SSL_CIPHER) *ciphers, const struct item *item)
{
	int i = 0, count = sk_SSL_CIPHER_num(ciphers);

	while (i < count && !is_named(sk_SSL_CIPHER_value(ciphers, i), item))
		i++;
	return i < count;
}

/* Whether the scratch connection has just the ciphers that are kept. */
static bool
is_whole(const struct work *work)
{
	const STACK_OF(SSL_CIPHER) *all = SSL_get_ciphers(work->scratch.ssl);
	int end, at = tlsp_ciphers_of(all, work->kind, &end);
	const char *list = work->kept;
	struct item item;

	while (tlsp_list_next(&list, &item)) {
		if (at == end ||
		    !is_named(sk_SSL_CIPHER_value(all, at++), &item))
			return false;
	}
	return at == end;
}

/* Whether the scratch connection can be given all that is kept. */
static bool
is_taken(struct work *work)
{
	return (work->ciphers && is_whole(work)) ||
	    TWICE((work->took = takes(work, work->kept)) &&
		(!work->ciphers || is_whole(work)));
}

/* Whether OpenSSL has an item. */
static bool
is_there(const struct work *work, const struct item *item)
{
	char name[ITEM_MAX + 1] = "";

	(void)tlsp_list_append(name, sizeof(name), item, false);
	if (!work->ciphers)
		return TWICE(takes(work, name));
	/* 1.1.1 takes no suites at all where it lacks one: ask for each. */
	return (work->took || TWICE(takes(work, name))) &&
	    has_cipher(SSL_get_ciphers(work->scratch.ssl), item);
}

/* What the context has */

/* Whether the context has an item; *yes stays where that does not matter. */
static int
had(const struct work *work, const struct item *item, const struct name *name,
    bool *yes)
{
	const struct state *after = work->plan->after;
	const struct offer *own = &after->own.list[work->kind];
	char text[ITEM_MAX + 1] = "";
	const struct offer *alone;
	struct hello hello;
	int status;

	if (!work->plan->compares)
		return TLSPOLICY_OK;
	if (work->ciphers) {
		*yes = has_cipher(work->plan->before->ciphers, item);
		return TLSPOLICY_OK;
	}
	if (name != NULL) {
		*yes = tlsp_offered(own, name->code);
		return TLSPOLICY_OK;
	}
	/* OpenSSL is asked for a code point that our table does not have. */
	(void)tlsp_list_append(text, sizeof(text), item, false);
	status = tlsp_hello_read(&after->target, work->kind, text, &hello);
	if (status != TLSPOLICY_OK)
		return status;
	alone = &hello.list[work->kind];
	*yes = alone->count > 0 && tlsp_offered(own, alone->code[0]);
	return TLSPOLICY_OK;
}

/* Whether the target's transport has a version that can use an item. */
static bool
is_carried(const struct work *work, const struct name *name)
{
	const struct target *target = work->plan->target;
	unsigned versions = tlsp_versions_of(target->dtls, target->quic);

	if (work->kind == LIST_CIPHERS)
		return !target->quic;
	return name == NULL || (name->versions & versions) != 0;
}

/* Keeping */

static int
fail_missing(const struct work *work, const struct item *item, bool carried)
{
	struct tlspolicy_openssl is;

	if (tlsp_check_memory() != TLSPOLICY_OK)
		return TLSPOLICY_E_NOMEM;
	tlspolicy_openssl_runtime(&is);
	return tlsp_fail(TLSPOLICY_E_UNSUPPORTED,
	    "this OpenSSL %u.%u.%u has no %s \"%.*s\"%s: a misspelling, or a "
	    "name of another release, build or provider; put ? before it if it "
	    "may be missing",
	    is.major, is.minor, is.patch, tlsp_list_noun(work->kind),
	    (int)item->len, item->name,
	    carried || !work->plan->target->dtls ? "" : " for DTLS");
}

/* Of what the context lacks, what is optional stays out and is not missed. */
static void
keep(struct work *work, const struct item *item, bool quantum, bool has)
{
	bool missed = !has && !(work->plan->exact && item->optional);

	if (missed)
		tlsp_plan_note(work->plan, "%s %.*s",
		    tlsp_list_noun(work->kind), (int)item->len, item->name);
	if (has || (missed && work->plan->weaken)) {
		(void)tlsp_list_append(work->kept, work->size, item, false);
		work->quantum = work->quantum || quantum;
		return;
	}
	work->narrowed = true;
	work->weaker = work->weaker || (quantum && !item->optional);
}

/* Keeps of the policy's list what OpenSSL has and the context permits. */
static int
keep_items(struct work *work)
{
	const char *list = work->list;
	int status = TLSPOLICY_OK;
	const struct name *name;
	struct item item;
	bool whole;

	/* Of ciphers first all at once, which is faster. */
	while (work->ciphers && tlsp_list_next(&list, &item))
		(void)tlsp_list_append(work->kept, work->size, &item, false);
	whole = work->ciphers && is_taken(work);
	work->kept[0] = '\0';
	list = work->list;
	while (status == TLSPOLICY_OK && tlsp_list_next(&list, &item)) {
		bool has = whole || is_there(work, &item), carried;

		name = work->ciphers
		    ? NULL
		    : tlsp_name_find(work->kind, item.name, item.len);
		carried = is_carried(work, name);
		/* What is required is not left out where it cannot be used. */
		if (!item.optional && (!has || (!carried && is_quantum(name))))
			return fail_missing(work, &item, carried);
		if (!has || !carried)
			continue;
		status = had(work, &item, name, &has);
		if (status == TLSPOLICY_OK)
			keep(work, &item, is_quantum(name), has);
	}
	return status;
}

/* Each item is known, but are all of them together? */
static int
rehearse(struct work *work)
{
	const char *key = tlsp_list_key(work->kind);

	if (is_taken(work))
		return TLSPOLICY_OK;
	if (tlsp_check_memory() != TLSPOLICY_OK)
		return TLSPOLICY_E_NOMEM;
	if (work->ciphers)
		return tlsp_fail(TLSPOLICY_E_CONFLICT,
		    "the context does not keep to the policy's %s", key);
	return tlsp_fail(
	    TLSPOLICY_E_OPENSSL, "OpenSSL refuses the %s %s", key, work->kept);
}

/* Ciphers and ciphersuites */

/* Nothing is left of a list: fatal if a version needs it. */
static int
give_up(const struct work *work)
{
	const struct state *before = work->plan->before;
	unsigned users =
	    work->plan->after->within & tlsp_versions_using(work->kind);
	bool narrowed = work->narrowed;

	if (users != 0)
		return tlsp_fail(TLSPOLICY_E_CONFLICT,
		    "nothing in common: %s has none of the policy's %s, which "
		    "%s needs%s",
		    narrowed ? "the context" : "this OpenSSL",
		    tlsp_list_key(work->kind),
		    tlsp_plan_highest(work->plan, users),
		    narrowed ? ": it takes TLSPOLICY_OVERRIDE" : "");
	if (TWICE(tlsp_ciphers_put_kind(
		&work->scratch, work->kind, before->ciphers)))
		return TLSPOLICY_OK;
	return tlsp_fail(TLSPOLICY_E_OPENSSL, "OpenSSL failed to set the %s",
	    tlsp_list_key(work->kind));
}

static int
plan_ciphers(struct work *work)
{
	/* QUIC has none before TLS 1.3, but what is required must exist. */
	bool unused = work->kind == LIST_CIPHERS && work->plan->target->quic;
	SSL *other = unused ? tlsp_plain() : NULL;
	int status;

	if (unused && other == NULL)
		return tlsp_fail(TLSPOLICY_E_OPENSSL,
		    "OpenSSL could not make a connection to look for the "
		    "ciphers in");
	if (unused)
		work->scratch = tlsp_target_on(&work->scratch, other);
	status = keep_items(work);
	SSL_free(other);
	if (status != TLSPOLICY_OK || unused)
		return status;
	return work->kept[0] == '\0' ? give_up(work) : rehearse(work);
}

/* Groups and signature algorithms */

/*
 * Makes a list what the verdicts of `after` go by.  Returns the versions that
 * it serves at the level to come.
 */
static unsigned
offer_list(const struct work *work, const char *list)
{
	struct offer *offer = &work->plan->after->own.list[work->kind];
	unsigned served = 0, set;
	struct item item;

	offer->count = 0;
	while (tlsp_list_next(&list, &item)) {
		const struct name *name =
		    tlsp_name_find(work->kind, item.name, item.len);

		set = tlsp_serves(work->scratch.ssl, work->kind, name);
		served |= set;
		if (offer->count == HELLO_MAX)
			continue;
		offer->serves[offer->count] = (unsigned char)set;
		offer->code[offer->count++] = name == NULL ? 0 : name->code;
	}
	return served;
}

/* The policy's list serves none of the versions `left`. */
static int
fail_served(const struct work *work, unsigned left)
{
	const char *key = tlsp_list_key(work->kind);
	bool compares = work->plan->compares && !work->plan->target->quic;
	bool would = compares && (left & ~offer_list(work, work->list)) == 0;

	return tlsp_fail(TLSPOLICY_E_CONFLICT,
	    "of the policy's %s none is left for %s: OpenSSL%s has none of "
	    "them that security level %d allows there%s",
	    key, tlsp_plan_highest(work->plan, left),
	    compares ? " or the context" : "",
	    work->plan->after->settings.level,
	    would ? ": it takes TLSPOLICY_OVERRIDE" : "");
}

/*
 * Marks the first post-quantum and the first classical group that TLS 1.3 can
 * use as key shares.  A client then sends both, so that a server without the
 * former needs no HelloRetryRequest; and a server whose list begins with
 * post-quantum groups insists on one where the client has it.
 */
static void
mark_shares(const struct work *work)
{
	const char *next = work->kept;
	bool leads = true, marked[2] = { false, false };
	struct item item;

	if (!tlsp_has(FEATURE_MARKS) || work->scratch.dtls)
		return;
	while (tlsp_list_next(&next, &item)) {
		const struct name *name =
		    tlsp_name_find(work->kind, item.name, item.len);
		bool quantum = is_quantum(name);
		char *at = work->kept + (item.name - work->kept);

		if (at > work->kept && leads && name != NULL && !quantum)
			at[-1] = '/';
		leads = leads && quantum;
		if (name == NULL || marked[quantum] ||
		    (tlsp_serves(work->scratch.ssl, work->kind, name) & V1_3) ==
			0)
			continue;
		marked[quantum] = true;
		memmove(at + 1, at, strlen(at) + 1);
		*at = '*';
		next++;
	}
}

/*
 * No version may be left without a group: TLS 1.2 would use static RSA.  Of
 * signature algorithms one may do for all; tlsp_usable() sees to that.
 */
static int
plan_offer(struct work *work)
{
	struct state *after = work->plan->after;
	bool groups = work->kind == LIST_GROUPS;
	unsigned left = after->within & tlsp_versions_using(work->kind), served;
	int status = keep_items(work);

	if (status != TLSPOLICY_OK)
		return status;
	/* Law 3: what requires them never turns classical in silence. */
	if (work->weaker && !work->quantum)
		return tlsp_fail(TLSPOLICY_E_STRICTER,
		    "the policy requires a post-quantum group, and the context "
		    "has none of them: it takes TLSPOLICY_OVERRIDE");
	if (work->kept[0] == '\0')
		return left == 0 ? TLSPOLICY_OK : fail_served(work, left);
	served = offer_list(work, work->kept);
	if (groups && (left & ~served) != 0)
		return fail_served(work, left & ~served);
	if (groups)
		after->shares = true;
	if (groups && (after->within & V1_3) != 0)
		mark_shares(work);
	if ((status = rehearse(work)) == TLSPOLICY_OK) {
		after->list[work->kind] = work->kept;
		work->kept = NULL;
	}
	return status;
}

int
tlsp_state_groups(struct state *state)
{
	struct work work = {
		.kind = LIST_GROUPS,
		.scratch = tlsp_target_on(&state->target, state->ssl),
		.kept = OPENSSL_zalloc(OFFER_SIZE + sizeof("**")),
	};
	int status;

	if (work.kept == NULL)
		return tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
	tlsp_state_join(state, LIST_GROUPS, true, work.kept);
	mark_shares(&work);
	if ((status = rehearse(&work)) == TLSPOLICY_OK)
		state->list[LIST_GROUPS] = work.kept;
	else
		OPENSSL_free(work.kept);
	return status;
}

/* All of them */

static int
plan_list(struct plan *plan, enum list_kind kind, const char *list)
{
	struct work work = {
		.plan = plan,
		.kind = kind,
		.ciphers = kind == LIST_CIPHERS || kind == LIST_CIPHERSUITES,
		.list = list,
		.scratch = plan->scratch,
		.size = strlen(list) + sizeof("**"),
	};
	int status;

	if ((work.kept = OPENSSL_zalloc(work.size)) == NULL)
		return tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
	status = work.ciphers ? plan_ciphers(&work) : plan_offer(&work);
	OPENSSL_free(work.kept);
	return status;
}

int
tlsp_plan_lists(struct plan *plan)
{
	/* Ciphers before suites: with those OpenSSL sorts all of them. */
	static const enum list_kind order[LIST_COUNT] = { LIST_GROUPS,
		LIST_SIGALGS, LIST_CIPHERS, LIST_CIPHERSUITES };
	int status = TLSPOLICY_OK;

	for (int i = 0; status == TLSPOLICY_OK && i < LIST_COUNT; i++) {
		const char *list = plan->policy->list[order[i]];

		if (list != NULL)
			status = plan_list(plan, order[i], list);
	}
	return status;
}
