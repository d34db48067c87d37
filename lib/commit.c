/* SPDX-License-Identifier: MIT */
/* Making a context or connection what a plan says, or undoing it. */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "apply.h"

/* Undoing */

/* Puts one kind of list back; false where OpenSSL would not. */
static bool
restore_list(const struct job *job, enum list_kind kind)
{
	STACK_OF(SSL_CIPHER) *old = sk_SSL_CIPHER_new_null();
	bool restored = old != NULL;

	for (int i = 0; restored && i < job->count; i++)
		restored = sk_SSL_CIPHER_push(old, job->ciphers[i]) > 0;
	restored = restored && tlsp_ciphers_put(&job->target, kind, old);
	sk_SSL_CIPHER_free(old);
	return restored;
}

static int
close_target(const struct target *target)
{
	tlsp_close(target);
	return tlsp_fail_static(TLSPOLICY_E_OPENSSL,
	    target->ssl != NULL
		? "OpenSSL could not put the connection back as it was: it is "
		  "closed and permits no version now, free it"
		: "OpenSSL could not put the context back as it was: it is "
		  "closed and permits no version now, free it");
}

static bool
restore(const struct job *job)
{
	bool ciphers = job->policy->list[LIST_CIPHERS] != NULL && !job->quic;

	/* To set ciphers may have brought other suites: set_ciphers(). */
	return tlsp_settings_write(&job->target, NULL, &job->before) &&
	    (!job->touched ||
		(restore_list(job, LIST_CIPHERSUITES) &&
		    (!ciphers || restore_list(job, LIST_CIPHERS))));
}

int
tlsp_undo(const struct job *job, int status)
{
	bool whole;

	(void)ERR_set_mark();
	/* Once more, since memory may have been short for a moment only. */
	whole = (restore(job) || restore(job)) && !job->spoiled;
	(void)ERR_pop_to_mark();
	return whole ? status : close_target(&job->target);
}

/* Ciphers and ciphersuites */

/*
 * Sets a whole list.  OpenSSL drops names in silence, so see what came of it
 * in `took`: nothing at all is an error to OpenSSL, and up to the caller here.
 */
static int
try_list(
    const struct job *job, enum list_kind kind, const char *list, bool *took)
{
	*took = tlsp_set_list(&job->target, kind, list);
	if (*took)
		return TLSPOLICY_OK;
	if (ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_NO_CIPHER_MATCH) {
		ERR_clear_error();
		return TLSPOLICY_OK;
	}
	return tlsp_fail(TLSPOLICY_E_OPENSSL, "OpenSSL failed to set the %s",
	    tlsp_list_key(kind));
}

/* One kind of ciphers in OpenSSL's list of both: suites come first. */
struct part {
	const STACK_OF(SSL_CIPHER) * ciphers;
	int at, end;
};

static struct part
part_of(const struct job *job, enum list_kind kind)
{
	const STACK_OF(SSL_CIPHER) *all = tlsp_ciphers(&job->target);
	int suites = tlsp_ciphers_suites(all);

	return kind == LIST_CIPHERSUITES
	    ? (struct part){ all, 0, suites }
	    : (struct part){ all, suites, sk_SSL_CIPHER_num(all) };
}

/* The next one if it has this name, and then steps on; or NULL. */
static const SSL_CIPHER *
next_if(struct part *part, const struct item *item)
{
	const SSL_CIPHER *cipher;
	const char *name;

	if (part->at >= part->end)
		return NULL;
	cipher = sk_SSL_CIPHER_value(part->ciphers, part->at);
	name = SSL_CIPHER_get_name(cipher);
	if (strncmp(name, item->name, item->len) != 0 ||
	    name[item->len] != '\0')
		return NULL;
	part->at++;
	return cipher;
}

/* Whether OpenSSL made a list what it says, optional items as well. */
static bool
list_is(const struct job *job, enum list_kind kind, const char *list)
{
	return tlsp_ciphers_are(
	    tlsp_ciphers(&job->target), kind == LIST_CIPHERSUITES, list);
}

static bool
had(const struct job *job, const SSL_CIPHER *cipher)
{
	for (int i = 0; i < job->count; i++) {
		if (job->ciphers[i] == cipher)
			return true;
	}
	return false;
}

/* Keeps of the policy's list what OpenSSL took and the context permits. */
static int
keep_items(
    struct job *job, enum list_kind kind, bool took, char *kept, bool *narrowed)
{
	struct part part = part_of(job, kind);
	const char *list = job->policy->list[kind];
	const SSL_CIPHER *cipher;
	struct item item;

	while (tlsp_list_next(&list, &item)) {
		cipher = took ? next_if(&part, &item) : NULL;
		if (cipher == NULL) {
			if (item.optional)
				continue;
			return tlsp_fail_missing(kind, &item);
		}
		if (!tlsp_keep_item(job, kind, &item, had(job, cipher), kept))
			*narrowed = true;
	}
	return TLSPOLICY_OK;
}

/* Where a call goes on: twice, for memory may be short for a moment. */
static int
put_back(const struct job *job, enum list_kind kind)
{
	bool restored;

	(void)ERR_set_mark();
	restored = restore_list(job, kind) || restore_list(job, kind);
	(void)ERR_pop_to_mark();
	if (restored)
		return TLSPOLICY_OK;
	return tlsp_fail(TLSPOLICY_E_OPENSSL, "OpenSSL failed to set the %s",
	    tlsp_list_key(kind));
}

/* Nothing is left of a list: fatal if a version needs it. */
static int
give_up_list(const struct job *job, enum list_kind kind, bool narrowed)
{
	unsigned users = job->versions & tlsp_versions_using(kind);

	if (users != 0)
		return tlsp_fail(TLSPOLICY_E_CONFLICT,
		    "nothing in common: %s has none of the policy's %s, which "
		    "%s needs%s",
		    narrowed ? "the context" : "this OpenSSL",
		    tlsp_list_key(kind),
		    tlspolicy_protocol_name(tlsp_version_on(
			job->dtls, tlsp_version_highest(users))),
		    narrowed ? ": it takes TLSPOLICY_OVERRIDE" : "");
	return put_back(job, kind);
}

/* Narrows a list that is set to what is kept of it. */
static int
keep_list(struct job *job, enum list_kind kind, bool took)
{
	char kept[TEXT_MAX + 1] = "";
	bool narrowed = false;
	int status = keep_items(job, kind, took, kept, &narrowed);

	if (status != TLSPOLICY_OK)
		return status;
	if (kept[0] == '\0')
		return give_up_list(job, kind, narrowed);
	if (narrowed) {
		status = try_list(job, kind, kept, &took);
		if (status != TLSPOLICY_OK)
			return status;
	}
	if (!list_is(job, kind, kept))
		return tlsp_fail(TLSPOLICY_E_CONFLICT,
		    "the context does not keep to the policy's %s",
		    tlsp_list_key(kind));
	return TLSPOLICY_OK;
}

static int
set_list(struct job *job, enum list_kind kind)
{
	char list[TEXT_MAX + 1];
	bool took, whole;
	int status;

	if (job->policy->list[kind] == NULL)
		return TLSPOLICY_OK;
	tlsp_list_strip(job->policy->list[kind], list);
	/*
	 * What a context has already stays: to set it again takes long and can
	 * fail.  A connection has its context's until it gets one of its own.
	 */
	if (job->target.ssl == NULL && list_is(job, kind, list))
		return TLSPOLICY_OK;
	job->touched = true;
	status = try_list(job, kind, list, &took);
	whole = took && list_is(job, kind, list);
	/* Short of memory, OpenSSL may drop names as if it had them not. */
	if (status == TLSPOLICY_OK && !whole) {
		status = try_list(job, kind, list, &took);
		whole = took && list_is(job, kind, list);
	}
	if (status != TLSPOLICY_OK)
		return status;
	if (whole && job->weaken && !job->exact)
		return TLSPOLICY_OK;
	return keep_list(job, kind, took);
}

/* Whether the suites are those that there were. */
static bool
has_suites(const struct job *job)
{
	const STACK_OF(SSL_CIPHER) *all = tlsp_ciphers(&job->target);
	int suites = tlsp_ciphers_suites(all);

	for (int i = 0; i < suites; i++) {
		if (i >= job->count ||
		    sk_SSL_CIPHER_value(all, i) != job->ciphers[i])
			return false;
	}
	return suites >= job->count || !tlsp_is_suite(job->ciphers[suites]);
}

/*
 * Ciphers first: with the suites OpenSSL sorts all that there are, and it may
 * come with many more than a policy has.  But a connection that was given
 * another context shows the suites of that one, and gets those of its first
 * one with ciphers of its own.
 */
static int
set_ciphers(struct job *job)
{
	int status = TLSPOLICY_OK;

	if (!job->quic)
		status = set_list(job, LIST_CIPHERS);
	if (status == TLSPOLICY_OK && job->touched && !has_suites(job))
		status = put_back(job, LIST_CIPHERSUITES);
	return status == TLSPOLICY_OK ? set_list(job, LIST_CIPHERSUITES)
				      : status;
}

/* QUIC has no use for a list, but what is required of it must exist. */
static int
check_unused(const struct job *job, enum list_kind kind)
{
	struct job dry = *job;
	int status;

	dry.target = (struct target){ .ctx = SSL_CTX_new(TLS_method()) };
	dry.weaken = true;
	dry.exact = false;
	if (dry.target.ctx == NULL)
		return tlsp_fail(TLSPOLICY_E_OPENSSL,
		    "OpenSSL could not make a context to look for the %s in",
		    tlsp_list_key(kind));
	status = set_list(&dry, kind);
	SSL_CTX_free(dry.target.ctx);
	return status;
}

static unsigned
no_psk(SSL *ssl, const char *hint, char *identity, unsigned identity_size,
    unsigned char *psk, unsigned psk_size)
{
	(void)ssl;
	(void)hint;
	(void)identity;
	(void)identity_size;
	(void)psk;
	(void)psk_size;
	return 0;
}

/* The scratch connection sees a context's new ciphers, not a connection's. */
static bool
share_ciphers(const struct job *job)
{
	const struct target scratch = { .ssl = job->scratch };
	const STACK_OF(SSL_CIPHER) *ciphers = tlsp_ciphers(&job->target);

	return job->target.ssl == NULL ||
	    (tlsp_ciphers_put(&scratch, LIST_CIPHERSUITES, ciphers) &&
		tlsp_ciphers_put(&scratch, LIST_CIPHERS, ciphers));
}

/*
 * The versions to come for which the context has a cipher that OpenSSL would
 * offer, at the level and with the sigalgs to come; a pre-shared key may be
 * set later.
 */
static unsigned
versions_with_cipher(const struct job *job)
{
	const struct target scratch = { .ssl = job->scratch };
	STACK_OF(SSL_CIPHER) * usable;
	unsigned have = 0;

	SSL_set_psk_client_callback(job->scratch, no_psk);
	SSL_clear_options(job->scratch, SSL_OP_NO_SSL_MASK);
	if (!share_ciphers(job) ||
	    !tlsp_set_bounds(&scratch, tlsp_version_lowest(job->versions),
		tlsp_version_highest(job->versions)))
		return 0;
	usable = SSL_get1_supported_ciphers(job->scratch);
	for (int i = 0; i < sk_SSL_CIPHER_num(usable); i++) {
		const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(usable, i);

		if (!job->quic || tlsp_is_for_quic(cipher))
			have |= tlsp_cipher_versions(cipher);
	}
	sk_SSL_CIPHER_free(usable);
	return have & job->versions;
}

/*
 * A highest version without a cipher fails every handshake, those of lower
 * versions included.  And some version must have both, cipher and signature.
 */
static int
check_usable(struct job *job)
{
	int top = tlsp_version_highest(job->versions);
	unsigned have = versions_with_cipher(job);

	if ((have & tlsp_version_bit(top)) == 0)
		have = versions_with_cipher(job); /* or was it memory? */
	if ((have & tlsp_version_bit(top)) != 0)
		return tlsp_check_sigalgs(job, have);
	if (tlsp_check_memory() != TLSPOLICY_OK)
		return TLSPOLICY_E_NOMEM;
	return tlsp_fail(TLSPOLICY_E_CONFLICT,
	    "no cipher would be left for %s at security level %d, and OpenSSL "
	    "then fails every handshake: add %s, or lower level or max",
	    tlspolicy_protocol_name(tlsp_version_on(job->dtls, top)),
	    job->after.level,
	    top == TLS1_3_VERSION ? "ciphersuites" : "ciphers or sigalgs");
}

static int
set_offer(const struct job *job, enum list_kind kind, const char *list)
{
	/* It was rehearsed, or is sure: only memory can be short, perhaps. */
	if (list[0] == '\0' || tlsp_set_list(&job->target, kind, list) ||
	    tlsp_set_list(&job->target, kind, list))
		return TLSPOLICY_OK;
	return tlsp_fail(TLSPOLICY_E_OPENSSL, "OpenSSL failed to set the %s",
	    tlsp_list_key(kind));
}

/*
 * What can be undone comes first.  Groups and sigalgs cannot: groups are set
 * whole or not at all, and both were rehearsed.
 */
int
tlsp_commit(struct job *job)
{
	int status;

	if (!tlsp_settings_write(&job->target, &job->before, &job->after))
		return tlsp_fail(TLSPOLICY_E_OPENSSL,
		    "OpenSSL failed to set the version bounds");
	status = set_ciphers(job);
	if (status == TLSPOLICY_OK)
		status = check_usable(job);
	if (status == TLSPOLICY_OK && job->quic &&
	    job->policy->list[LIST_CIPHERS] != NULL)
		status = check_unused(job, LIST_CIPHERS);
	if (status == TLSPOLICY_OK && job->stricter[0] != '\0')
		status = tlsp_fail(TLSPOLICY_E_STRICTER,
		    "the policy permits %s, the context does not: it takes "
		    "TLSPOLICY_OVERRIDE",
		    job->stricter);
	if (status == TLSPOLICY_OK)
		status = set_offer(job, LIST_GROUPS, job->shares);
	if (status != TLSPOLICY_OK)
		return status;
	job->spoiled = job->groups[0] != '\0';
	return set_offer(job, LIST_SIGALGS, job->sigalgs);
}

/* What is planned plainly */

enum { GOOD_SUITE = 1, GOOD_ECDSA = 2, GOOD_RSA = 4 };

/*
 * What these ciphers are good for at every level up to PLAIN_LEVEL, whatever
 * groups there are: AEAD with ephemeral keys, of 128 bits and more.
 */
static unsigned
goodness(const SSL_CIPHER *cipher)
{
	switch (SSL_CIPHER_get_protocol_id(cipher)) {
	case 0x1301: /* TLS_AES_128_GCM_SHA256 */
	case 0x1302: /* TLS_AES_256_GCM_SHA384 */
	case 0x1303: /* TLS_CHACHA20_POLY1305_SHA256 */
		return GOOD_SUITE;
	case 0xc02b: /* ECDHE-ECDSA-AES128-GCM-SHA256 */
	case 0xc02c: /* ECDHE-ECDSA-AES256-GCM-SHA384 */
	case 0xcca9: /* ECDHE-ECDSA-CHACHA20-POLY1305 */
		return GOOD_ECDSA;
	case 0xc02f: /* ECDHE-RSA-AES128-GCM-SHA256 */
	case 0xc030: /* ECDHE-RSA-AES256-GCM-SHA384 */
	case 0xcca8: /* ECDHE-RSA-CHACHA20-POLY1305 */
		return GOOD_RSA;
	default:
		return 0;
	}
}

/*
 * A suite for the highest version, TLS 1.3.  The context's own signature
 * algorithms may be for TLS 1.2 alone, and then it wants ciphers that some of
 * them fits, unless all are for DSA or too weak for the level that it has
 * already.
 */
static bool
is_plainly_usable(const struct job *job)
{
	const STACK_OF(SSL_CIPHER) *ciphers = tlsp_ciphers(&job->target);
	int count = sk_SSL_CIPHER_num(ciphers);
	unsigned need = GOOD_SUITE, have = 0;

	if ((job->versions & TLSPOLICY_NO_TLS1_2) != 0 &&
	    job->policy->list[LIST_SIGALGS] == NULL)
		need |= GOOD_ECDSA | GOOD_RSA;
	for (int i = 0; have != need && i < count; i++)
		have |= goodness(sk_SSL_CIPHER_value(ciphers, i)) & need;
	return have == need;
}

bool
tlsp_commit_numbers(const struct job *job, int *status)
{
	*status = TLSPOLICY_OK;
	if (!is_plainly_usable(job))
		return false;
	if (tlsp_settings_write(&job->target, &job->before, &job->after))
		return true;
	/* As tlsp_undo() has it, but in the caller's queue no mark is ours. */
	if (tlsp_settings_write(&job->target, NULL, &job->before) ||
	    tlsp_settings_write(&job->target, NULL, &job->before))
		return false;
	*status = close_target(&job->target);
	return true;
}

/* Leaves out the group for which OpenSSL has refused them, if it may. */
static bool
drop_unknown(struct job *job)
{
	struct item item, known;
	const char *rest;
	char *at;

	if (!tlsp_unknown_group(job->shares, &item) ||
	    !tlsp_list_find(job->policy->list[LIST_GROUPS], &item, &known) ||
	    !known.optional)
		return false;
	at = job->shares + (item.name - job->shares);
	rest = at + item.len;
	if (at > job->shares)
		at--; /* the colon before it */
	else if (*rest == ':')
		rest++;
	memmove(at, rest, strlen(rest) + 1);
	return true;
}

/*
 * All that there are; each refusal names one that is not.  Some are required,
 * so not all are left out.
 */
static bool
set_groups(struct job *job)
{
	/* Marks of key shares would have to be planned anew. */
	const bool once = tlsp_marks_shares();

	while (job->shares[0] != '\0' &&
	    !tlsp_set_list(&job->target, LIST_GROUPS, job->shares)) {
		if (once || !drop_unknown(job))
			return false;
	}
	return true;
}

bool
tlsp_commit_plainly(struct job *job)
{
	/* Groups and sigalgs cannot be undone; the last of them are sure. */
	if (!tlsp_settings_write(&job->target, &job->before, &job->after) ||
	    set_ciphers(job) != TLSPOLICY_OK || !is_plainly_usable(job) ||
	    !set_groups(job))
		return false;
	job->spoiled = job->shares[0] != '\0';
	return set_offer(job, LIST_SIGALGS, job->sigalgs) == TLSPOLICY_OK;
}
