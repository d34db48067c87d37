/* SPDX-License-Identifier: MIT */
/* What a policy makes of a context, before anything is changed. */
#include <stdarg.h>
#include <string.h>

#include <openssl/err.h>

#include "apply.h"

/* What a version is called on the target's transport. */
static const char *
name(const struct job *job, int version)
{
	return tlspolicy_protocol_name(tlsp_version_on(job->dtls, version));
}

/* With `exact`: notes that the context lacks what OVERRIDE would permit. */
static void note_stricter(struct job *job, const char *fmt, ...)
    PRINTF_LIKE(2, 3);

static void
note_stricter(struct job *job, const char *fmt, ...)
{
	va_list args;

	if (!job->exact || job->stricter[0] != '\0')
		return;
	va_start(args, fmt);
	(void)BIO_vsnprintf(job->stricter, sizeof(job->stricter), fmt, args);
	va_end(args);
}

bool
tlsp_keep_item(struct job *job, enum list_kind kind, const struct item *item,
    bool has, char kept[TEXT_MAX + 1])
{
	if (!has)
		note_stricter(job, "%s %.*s", tlsp_list_noun(kind),
		    (int)item->len, item->name);
	if (!has && !job->weaken)
		return false;
	(void)tlsp_list_append(kept, TEXT_MAX + 1, item, false);
	return true;
}

int
tlsp_fail_missing(enum list_kind kind, const struct item *item)
{
	return tlsp_fail(TLSPOLICY_E_UNSUPPORTED,
	    "this OpenSSL has no %s \"%.*s\": check the spelling, or put ? "
	    "before it if it may be missing",
	    tlsp_list_noun(kind), (int)item->len, item->name);
}

/* Level, renegotiation and preference */

static void
plan_level(struct job *job)
{
	int level = job->policy->level, old = job->before.level;

	job->after.level = old;
	if (level == -1)
		return;
	if (level < old)
		note_stricter(job, "security level %d", level);
	if (level > old || job->weaken)
		job->after.level = level;
}

static void
plan_options(struct job *job)
{
	const struct tlspolicy *policy = job->policy;
	uint64_t options = job->before.options;

	if ((options & SSL_OP_NO_SSL_MASK) != 0)
		options &= ~tlsp_versions_options(job->dtls, job->versions);
	if (policy->renegotiation == 0)
		options |= SSL_OP_NO_RENEGOTIATION;
	if (policy->renegotiation == 1 &&
	    (options & SSL_OP_NO_RENEGOTIATION) != 0) {
		note_stricter(job, "renegotiation");
		if (job->weaken)
			options &= ~(uint64_t)SSL_OP_NO_RENEGOTIATION;
	}
	if (policy->preference == 1)
		options |= SSL_OP_CIPHER_SERVER_PREFERENCE;
	else if (policy->preference == 0)
		options &= ~(uint64_t)SSL_OP_CIPHER_SERVER_PREFERENCE;
	job->after.options = options;
}

/* Versions */

/* The highest versions of a set that have no gap between them. */
static unsigned
top_run(unsigned set)
{
	unsigned bit = 1u << (VERSION_COUNT - 1), run = 0;

	while (bit > set)
		bit >>= 1;
	for (; (set & bit) != 0; bit >>= 1)
		run |= bit;
	return run;
}

static unsigned
between(const struct job *job, int min, int max)
{
	return tlsp_versions_between(min, max) &
	    tlsp_versions_of(job->dtls, job->quic);
}

/* What it takes to have TLS 1.0 or 1.1. */
static const char *
remedy(const struct job *job)
{
	return job->policy->level == 0
	    ? "level=0, which the policy has, and TLSPOLICY_OVERRIDE"
	    : "level=0 and TLSPOLICY_OVERRIDE";
}

/* The policy's versions and the context's bounds share none. */
static int
fail_bounds(const struct job *job, unsigned wanted, unsigned bounds)
{
	int low = tlsp_version_lowest(wanted);
	int high = tlsp_version_highest(wanted);

	if (bounds == 0)
		return tlsp_fail(TLSPOLICY_E_CONFLICT,
		    "the context's own minimum %s is above its maximum %s",
		    name(job, job->before.min), name(job, job->before.max));
	if (high < tlsp_version_lowest(bounds))
		return tlsp_fail(TLSPOLICY_E_CONFLICT,
		    "nothing in common: the policy ends at %s, the context "
		    "begins at %s (host configuration?)",
		    name(job, high), name(job, tlsp_version_lowest(bounds)));
	return tlsp_fail(TLSPOLICY_E_CONFLICT,
	    "nothing in common: the policy begins at %s, the context ends at "
	    "%s (host configuration?)",
	    name(job, low), name(job, tlsp_version_highest(bounds)));
}

/* Why no version is left, in the order in which a person would look. */
static int
fail_versions(const struct job *job, unsigned wanted, unsigned enabled)
{
	unsigned bounds = between(job, job->before.min, job->before.max);
	unsigned spoken, shared = wanted & bounds;
	int status = tlsp_versions_spoken(job->ctx, wanted, &spoken);

	if (status != TLSPOLICY_OK)
		return status;
	if (job->quic)
		return tlsp_fail(TLSPOLICY_E_CONFLICT,
		    "nothing in common: QUIC has TLSv1.3 alone, which the "
		    "policy does not permit");
	if (job->dtls && wanted == TLSPOLICY_NO_TLS1_0)
		return tlsp_fail(TLSPOLICY_E_CONFLICT,
		    "nothing in common: the policy permits TLSv1 alone, which "
		    "has no DTLS equal");
	if (spoken == 0)
		return tlsp_fail(TLSPOLICY_E_UNSUPPORTED,
		    "this OpenSSL speaks none of the policy's versions "
		    "(%s to %s)",
		    name(job, tlsp_version_lowest(wanted)),
		    name(job, tlsp_version_highest(wanted)));
	if (shared == 0)
		return fail_bounds(job, wanted, bounds);
	if (enabled == 0)
		return tlsp_fail(TLSPOLICY_E_CONFLICT,
		    "nothing in common: SSL_OP_NO_* options of the context "
		    "disable every version that is left of the policy's "
		    "(%s to %s; host configuration?)",
		    name(job, tlsp_version_lowest(shared)),
		    name(job, tlsp_version_highest(shared)));
	return tlsp_fail(TLSPOLICY_E_CONFLICT,
	    "the context would be at security level %d, which rules out %s "
	    "and older: it takes %s",
	    job->after.level, name(job, tlsp_version_highest(shared)),
	    remedy(job));
}

/* A floor below TLS 1.2 is granted as it stands or not at all (law 3). */
static int
check_floor(const struct job *job, unsigned spoken, int max)
{
	unsigned floor = tlsp_version_bit(tlsp_version_lowest(spoken));
	unsigned above;
	const char *low;

	if (job->policy->min_version == 0 || (floor & VERSIONS_OLD) == 0 ||
	    (floor & job->versions) != 0)
		return TLSPOLICY_OK;
	low = name(job, tlsp_version_lowest(floor));
	above = tlsp_versions_between(job->before.min, 0);
	/* Nothing to grant it in: OVERRIDE would not help. */
	if ((tlsp_versions_between(0, max) & ~(floor - 1)) == 0)
		return TLSPOLICY_OK;
	if ((tlsp_versions_killed(job->after.level) & floor) != 0)
		return tlsp_fail(TLSPOLICY_E_STRICTER,
		    "the policy's minimum %s is refused: the context would be "
		    "at security level %d, which rules it out: it takes %s",
		    low, job->after.level, remedy(job));
	if ((above & floor) == 0)
		return tlsp_fail(TLSPOLICY_E_STRICTER,
		    "the policy's minimum %s is refused: the context begins "
		    "at %s (host configuration?): it takes %s",
		    low, name(job, tlsp_version_lowest(above)), remedy(job));
	return tlsp_fail(TLSPOLICY_E_STRICTER,
	    "the policy's minimum %s is refused: SSL_OP_NO_* options of the "
	    "context cut it off (host configuration?): it takes %s",
	    low, remedy(job));
}

static void
plan_bounds(struct job *job, unsigned range)
{
	const struct tlspolicy *policy = job->policy;
	int low = tlsp_version_lowest(job->versions);
	int high = tlsp_version_highest(range & ~policy->disabled);
	bool ssl3 = !job->dtls && tlsp_speaks_ssl3() &&
	    job->before.min <= SSL3_VERSION &&
	    (job->before.options & SSL_OP_NO_SSLv3) == 0;

	/* What needs no change stays: 0 goes on meaning "what there is". */
	job->after.min = job->before.min;
	job->after.max = job->before.max;
	if (job->quic)
		return;
	if (policy->min_version != 0 || ssl3 ||
	    (job->had & (tlsp_version_bit(low) - 1)) != 0)
		job->after.min = low;
	if (policy->max_version != 0 || high < tlsp_version_highest(range))
		job->after.max = high;
}

/* What is left of versions, from bounds to what may be spoken. */
struct choice {
	int max;
	unsigned range; /* between the bounds */
	unsigned set;   /* and neither disabled by policy nor context */
	unsigned alive; /* and not killed by the level to come */
	unsigned asked; /* what decides, if OpenSSL speaks it */
};

static void
choose(const struct job *job, unsigned wanted, struct choice *out)
{
	const struct tlspolicy *policy = job->policy;
	int min = tlsp_stricter_min(policy->min_version, job->before.min);
	bool named = policy->min_version != 0 || policy->max_version != 0 ||
	    policy->disabled != 0;

	out->max = tlsp_stricter_max(policy->max_version, job->before.max);
	if (job->weaken && policy->min_version != 0)
		min = policy->min_version;
	if (job->weaken && policy->max_version != 0)
		out->max = policy->max_version;
	out->range = between(job, min, out->max);
	out->set = out->range & ~policy->disabled;
	if (!job->weaken || !named)
		out->set &=
		    ~tlsp_versions_disabled(job->dtls, job->before.options);
	out->alive = out->set & ~tlsp_versions_killed(job->after.level);
	out->asked = out->alive | (policy->min_version != 0 ? wanted : 0);
}

static int
plan_versions(struct job *job)
{
	unsigned wanted = tlsp_policy_versions(job->policy), spoken, more;
	struct choice choice;
	int status;

	choose(job, wanted, &choice);
	status = tlsp_versions_spoken(job->ctx, choice.asked, &spoken);
	if (status != TLSPOLICY_OK)
		return status;
	job->versions = top_run(choice.alive & spoken);
	status = check_floor(job, wanted & spoken, choice.max);
	if (status != TLSPOLICY_OK)
		return status;
	if (job->versions == 0)
		return fail_versions(job, wanted, choice.set);
	more = job->versions & ~job->had;
	if (more != 0)
		note_stricter(job, "%s", name(job, tlsp_version_highest(more)));
	plan_bounds(job, choice.range);
	return TLSPOLICY_OK;
}

/* Groups and signature algorithms */

/* Reads the context's own off a ClientHello, once. */
static int
ask(struct job *job)
{
	int status = TLSPOLICY_OK;

	if (!job->asked)
		status =
		    tlsp_hello_read(job->ctx, LIST_GROUPS, NULL, &job->own);
	job->asked = status == TLSPOLICY_OK;
	return status;
}

static bool
takes(const struct job *job, enum list_kind kind, const char *list)
{
	bool yes;

	(void)ERR_set_mark();
	yes =
	    tlsp_set_list(&(struct target){ .ssl = job->scratch }, kind, list);
	(void)ERR_pop_to_mark();
	return yes;
}

/* Whether OpenSSL has an item, told from a lack of memory. */
static int
is_known(const struct job *job, enum list_kind kind, const struct item *item,
    bool *yes)
{
	/* Every OpenSSL has these, in every provider. */
	const char *sure = kind == LIST_GROUPS ? "P-256" : "RSA+SHA256";
	char name[ITEM_MAX + 1] = "";

	(void)tlsp_list_append(name, sizeof(name), item, false);
	*yes = takes(job, kind, name) || takes(job, kind, name);
	if (*yes || takes(job, kind, sure))
		return TLSPOLICY_OK;
	return tlsp_fail(TLSPOLICY_E_NOMEM,
	    "out of memory while asking OpenSSL for %s \"%s\"",
	    tlsp_list_noun(kind), name);
}

/*
 * Whether a list of the policy's is held against what the context offers, which
 * cannot be read on QUIC.
 */
static bool
compares(const struct job *job)
{
	return !job->quic && (!job->weaken || job->exact);
}

/* OpenSSL is asked for a code point that our table does not have. */
static int
context_has(const struct job *job, enum list_kind kind, const struct item *item,
    const struct offer *offer, bool *has)
{
	const struct name *name = tlsp_name_find(kind, item->name, item->len);
	char text[ITEM_MAX + 1] = "";
	const struct offer *own;
	struct hello hello;
	int status;

	if (name != NULL) {
		*has = tlsp_offered(offer, name->code);
		return TLSPOLICY_OK;
	}
	(void)tlsp_list_append(text, sizeof(text), item, false);
	status = tlsp_hello_read(job->ctx, kind, text, &hello);
	if (status != TLSPOLICY_OK)
		return status;
	own = kind == LIST_GROUPS ? &hello.groups : &hello.sigalgs;
	*has = own->count > 0 && tlsp_offered(offer, own->code[0]);
	return TLSPOLICY_OK;
}

/* Whether the target's transport has a version that can use an item. */
static bool
is_carried(const struct job *job, enum list_kind kind, const struct item *item)
{
	const struct name *known = tlsp_name_find(kind, item->name, item->len);

	return known == NULL ||
	    (known->versions & tlsp_versions_of(job->dtls, job->quic)) != 0;
}

/* Keeps of the policy's list what OpenSSL knows and the context permits. */
static int
plan_items(
    struct job *job, enum list_kind kind, const struct offer *offer, char *kept)
{
	const char *list = job->policy->list[kind];
	struct item item;
	bool known, has = true;
	int status;

	while (tlsp_list_next(&list, &item)) {
		status = is_known(job, kind, &item, &known);
		if (status == TLSPOLICY_OK && !known && !item.optional)
			status = tlsp_fail_missing(kind, &item);
		if (status != TLSPOLICY_OK)
			return status;
		if (!known || !is_carried(job, kind, &item))
			continue;
		if (compares(job)) {
			status = context_has(job, kind, &item, offer, &has);
			if (status != TLSPOLICY_OK)
				return status;
		}
		(void)tlsp_keep_item(job, kind, &item, has, kept);
	}
	return TLSPOLICY_OK;
}

/* What the policy's own list, or what is kept of it, serves. */
static unsigned
served_by_list(const struct job *job, enum list_kind kind, const char *list)
{
	unsigned served = 0;
	struct item item;

	while (tlsp_list_next(&list, &item))
		served |= tlsp_serves(job->scratch, kind,
		    tlsp_name_find(kind, item.name, item.len));
	return served;
}

/* The policy's list, or with `own` the context's, serves none of `left`. */
static int
fail_served(const struct job *job, enum list_kind kind, bool own, unsigned left)
{
	const char *version = name(job, tlsp_version_highest(left));
	const char *key = tlsp_list_key(kind), *list = job->policy->list[kind];
	bool would = !own && compares(job) &&
	    (left & ~served_by_list(job, kind, list)) == 0;

	if (own)
		return tlsp_fail(TLSPOLICY_E_CONFLICT,
		    "the context's own %s have none for %s at security level "
		    "%d: set %s in the policy",
		    key, version, job->after.level, key);
	return tlsp_fail(TLSPOLICY_E_CONFLICT,
	    "of the policy's %s none is left for %s: OpenSSL%s has none of "
	    "them that security level %d allows there%s",
	    key, version, compares(job) ? " or the context" : "",
	    job->after.level, would ? ": it takes TLSPOLICY_OVERRIDE" : "");
}

/*
 * Whether the context's own lists meet a level that is new to them, or a
 * version above all that they have had: its bit is more than all of these
 * together.
 */
static bool
is_raised(const struct job *job)
{
	return job->after.level > job->before.level ||
	    (job->versions & ~job->had) > job->had;
}

/* Whether, of these versions, TLS 1.3 is newly the only one. */
static bool
is_narrowed(const struct job *job, unsigned versions)
{
	return versions == TLSPOLICY_NO_TLS1_3 &&
	    job->had != TLSPOLICY_NO_TLS1_3;
}

/* ML-KEM, alone or beside a curve: IANA's "TLS Supported Groups". */
static bool
is_post_quantum(const struct name *name)
{
	return (name->code >= 0x0200 && name->code <= 0x0202) ||
	    (name->code >= 0x11eb && name->code <= 0x11ee);
}

/*
 * Joins groups, with key shares marked: the first post-quantum and the first
 * classical group that TLS 1.3 can use.  False: there are not both.
 */
static bool
mark_shares(struct job *job, const char *list)
{
	bool leads = true, marked[2] = { false, false };
	size_t len = 0;
	struct item item;

	while (tlsp_list_next(&list, &item)) {
		const struct name *name =
		    tlsp_name_find(LIST_GROUPS, item.name, item.len);
		bool post_quantum = name != NULL && is_post_quantum(name);

		if (len > 0)
			job->shares[len++] =
			    leads && name != NULL && !post_quantum ? '/' : ':';
		leads = leads && post_quantum;
		if (name != NULL && !marked[post_quantum] &&
		    (tlsp_serves(job->scratch, LIST_GROUPS, name) &
			TLSPOLICY_NO_TLS1_3) != 0) {
			marked[post_quantum] = true;
			job->shares[len++] = '*';
		}
		memcpy(job->shares + len, item.name, item.len);
		len += item.len;
	}
	job->shares[len] = '\0';
	return marked[false] && marked[true];
}

/*
 * A client is to send a post-quantum and a classical key share, so that a
 * server without the former needs no HelloRetryRequest; a server whose list
 * begins with post-quantum groups is to insist on one where the client has it.
 */
static void
plan_shares(struct job *job, const char *list)
{
	bool marks = tlsp_marks_shares() && !job->dtls &&
	    (job->versions & TLSPOLICY_NO_TLS1_3) != 0;

	if (!marks || !mark_shares(job, list))
		tlsp_list_strip(list, job->shares);
}

/* No version may be left without a group: TLS 1.2 would use static RSA. */
static int
plan_groups(struct job *job)
{
	unsigned left;
	int status;

	if (job->policy->list[LIST_GROUPS] != NULL) {
		status =
		    plan_items(job, LIST_GROUPS, &job->own.groups, job->groups);
		if (status != TLSPOLICY_OK)
			return status;
		left = job->versions &
		    ~served_by_list(job, LIST_GROUPS, job->groups);
		if (left != 0)
			return fail_served(job, LIST_GROUPS, false, left);
		return TLSPOLICY_OK;
	}
	/* Without one for TLS 1.3 at the top there is no ClientHello. */
	left = job->versions & TLSPOLICY_NO_TLS1_3;
	if (left != 0 && (is_raised(job) || is_narrowed(job, job->versions)) &&
	    ((left &
		 tlsp_served_by(job->scratch, LIST_GROUPS, &job->own.groups)) ==
		    0 ||
		!tlsp_sends_share(job->ctx, job->scratch)))
		return fail_served(job, LIST_GROUPS, true, left);
	return TLSPOLICY_OK;
}

static int
plan_sigalgs(struct job *job)
{
	unsigned users = job->versions & ~VERSIONS_OLD;
	int status;

	if (job->policy->list[LIST_SIGALGS] == NULL)
		return TLSPOLICY_OK;
	status = plan_items(job, LIST_SIGALGS, &job->own.sigalgs, job->sigalgs);
	if (status == TLSPOLICY_OK && users != 0 && job->sigalgs[0] == '\0')
		return fail_served(job, LIST_SIGALGS, false, users);
	return status;
}

int
tlsp_check_sigalgs(struct job *job, unsigned versions)
{
	bool own = job->policy->list[LIST_SIGALGS] == NULL;
	unsigned users = versions & ~VERSIONS_OLD, served;
	int status;

	if (!own) {
		served = served_by_list(job, LIST_SIGALGS, job->sigalgs);
	} else {
		/* What was enough before is enough, but for TLS 1.3 alone. */
		if (!is_raised(job) && !is_narrowed(job, versions))
			return TLSPOLICY_OK;
		if ((status = ask(job)) != TLSPOLICY_OK)
			return status;
		served = tlsp_served_by(
		    job->scratch, LIST_SIGALGS, &job->own.sigalgs);
	}
	/* Without one there is no ClientHello, whatever else is enabled. */
	if (users == 0 || (users & served) != 0)
		return TLSPOLICY_OK;
	return fail_served(job, LIST_SIGALGS, own, users);
}

/* Each item is known, but are all of them together? */
static int
rehearse(const struct job *job, enum list_kind kind, const char *list)
{
	const struct target scratch = { .ssl = job->scratch };

	if (list[0] == '\0' || tlsp_set_list(&scratch, kind, list))
		return TLSPOLICY_OK;
	return tlsp_fail(TLSPOLICY_E_OPENSSL, "OpenSSL refuses the %s %s",
	    tlsp_list_key(kind), list);
}

static unsigned
permitted_before(const struct job *job)
{
	return between(job, job->before.min, job->before.max) &
	    ~tlsp_versions_disabled(job->dtls, job->before.options);
}

int
tlsp_plan_settings(struct job *job)
{
	int status;

	job->had = permitted_before(job);
	plan_level(job);
	status = plan_versions(job);
	if (status == TLSPOLICY_OK)
		plan_options(job);
	return status;
}

int
tlsp_plan_lists(struct job *job)
{
	const char *const *list = job->policy->list;
	bool groups = list[LIST_GROUPS] != NULL;
	int status = TLSPOLICY_OK;

	job->sigalgs[0] = '\0'; /* of the plain plan */
	SSL_set_security_level(job->scratch, job->after.level);
	if (((groups || list[LIST_SIGALGS] != NULL) && compares(job)) ||
	    (!groups && (is_raised(job) || is_narrowed(job, job->versions))))
		status = ask(job);
	if (status == TLSPOLICY_OK)
		status = plan_groups(job);
	if (status == TLSPOLICY_OK)
		status = plan_sigalgs(job);
	plan_shares(job, job->groups);
	if (status == TLSPOLICY_OK)
		status = rehearse(job, LIST_GROUPS, job->shares);
	if (status == TLSPOLICY_OK)
		status = rehearse(job, LIST_SIGALGS, job->sigalgs);
	return status;
}

/* Whether the items that are not optional serve all of these versions. */
static bool
required_serve(enum list_kind kind, const char *list, unsigned versions)
{
	struct item item;

	while (versions != 0 && tlsp_list_next(&list, &item)) {
		const struct name *known = item.optional
		    ? NULL
		    : tlsp_name_find(kind, item.name, item.len);

		if (known != NULL)
			versions &= ~tlsp_serves(NULL, kind, known);
	}
	return versions == 0;
}

/*
 * Whether these are signature algorithms that every OpenSSL has, as it has
 * P-256: RSA and ECDSA with SHA-2 (RFC 8446, 4.2.3).  Of others, newer
 * releases leave out without a word what they know but do not have.
 */
static bool
are_sure(const char *list)
{
	struct item item;

	while (tlsp_list_next(&list, &item)) {
		const struct name *known =
		    tlsp_name_find(LIST_SIGALGS, item.name, item.len);

		switch (known == NULL ? 0 : known->code) {
		case 0x0401: /* rsa_pkcs1_* */
		case 0x0501:
		case 0x0601:
		case 0x0403: /* ecdsa_* */
		case 0x0503:
		case 0x0603:
		case 0x0804: /* rsa_pss_rsae_* */
		case 0x0805:
		case 0x0806:
			continue;
		default:
			return false;
		}
	}
	return true;
}

/* Whether what is usual decides: TLS 1.3 at the top, and no high level. */
static bool
is_plain(const struct job *job)
{
	return (job->versions & TLSPOLICY_NO_TLS1_3) != 0 &&
	    job->after.level <= PLAIN_LEVEL;
}

/* Whether the context's own lists are out of it, or known to do. */
static bool
is_independent(const struct job *job)
{
	const char *const *list = job->policy->list;

	if (!is_raised(job) && !is_narrowed(job, job->versions))
		return true;
	/* The context's own sigalgs may be none for TLS 1.3 alone. */
	return list[LIST_GROUPS] != NULL &&
	    (list[LIST_SIGALGS] != NULL || tlsp_signs_alone(job->ctx));
}

bool
tlsp_plan_numbers(struct job *job)
{
	unsigned wanted = tlsp_policy_versions(job->policy);
	struct choice choice;

	job->had = permitted_before(job);
	plan_level(job);
	choose(job, wanted, &choice);
	job->versions = top_run(choice.alive & tlsp_versions_built());
	if ((choice.asked & VERSIONS_OLD) != 0 || !is_plain(job) ||
	    !is_independent(job))
		return false;
	plan_bounds(job, choice.range);
	plan_options(job);
	return true;
}

bool
tlsp_plan_plainly(struct job *job)
{
	const char *groups = job->policy->list[LIST_GROUPS];
	const char *sigalgs = job->policy->list[LIST_SIGALGS];

	if (job->exact || job->quic ||
	    ((groups != NULL || sigalgs != NULL) && !job->weaken) ||
	    !is_plain(job) || !is_independent(job))
		return false;
	if (groups != NULL)
		plan_shares(job, groups);
	if (sigalgs != NULL)
		tlsp_list_strip(sigalgs, job->sigalgs);
	return (groups == NULL ||
		   required_serve(LIST_GROUPS, groups, job->versions)) &&
	    (sigalgs == NULL ||
		(are_sure(sigalgs) &&
		    required_serve(
			LIST_SIGALGS, sigalgs, TLSPOLICY_NO_TLS1_3)));
}
