/* SPDX-License-Identifier: MIT */
/* Making a context what a policy says, or leaving it as it was. */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "apply.h"

static bool
is_suite(const SSL_CIPHER *cipher)
{
	return strcmp(SSL_CIPHER_get_version(cipher), "TLSv1.3") == 0;
}

/* Joins the names of the ciphers, or the suites, of a list; "" for none. */
static char *
join_names(const STACK_OF(SSL_CIPHER) * ciphers, bool suites)
{
	int count = sk_SSL_CIPHER_num(ciphers);
	size_t size = (size_t)(count + 1) * (ITEM_MAX + 1);
	char *names = OPENSSL_zalloc(size);
	struct item item = { .optional = false };

	for (int i = 0; names != NULL && i < count; i++) {
		const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(ciphers, i);

		if (is_suite(cipher) != suites)
			continue;
		item.name = SSL_CIPHER_get_name(cipher);
		item.len = strlen(item.name);
		(void)tlsp_list_append(names, size, &item, false);
	}
	return names;
}

/* Whether a list has these names and no others, among ciphers or suites. */
static bool
has_names(const STACK_OF(SSL_CIPHER) * ciphers, bool suites, const char *names)
{
	struct item item;

	for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
		const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(ciphers, i);

		if (is_suite(cipher) != suites)
			continue;
		if (!tlsp_list_next(&names, &item) ||
		    !tlsp_spells(
			SSL_CIPHER_get_name(cipher), item.name, item.len))
			return false;
	}
	return *names == '\0';
}

/* Undoing */

/* Puts one kind of list back; false where OpenSSL would not. */
static bool
restore_list(const struct job *job, enum list_kind kind)
{
	bool suites = kind == LIST_CIPHERSUITES;
	char *names = join_names(job->before.ciphers, suites);
	const char *list = names;
	bool empty, set;

	if (names == NULL)
		return false;
	/* Only a list that matches nothing empties the TLS 1.2 ciphers. */
	empty = names[0] == '\0' && !suites;
	if (empty)
		list = "TLS_AES_128_GCM_SHA256";
	/* Failing, it may have changed what the next list will bring. */
	set = tlsp_ctx_set_list(job->ctx, kind, list) || empty;
	set = set && has_names(SSL_CTX_get_ciphers(job->ctx), suites, names);
	OPENSSL_free(names);
	return set;
}

static bool
set_numbers(SSL_CTX *ctx, const struct settings *to)
{
	uint64_t now = SSL_CTX_get_options(ctx);

	SSL_CTX_set_security_level(ctx, to->level);
	(void)SSL_CTX_clear_options(ctx, now & ~to->options);
	(void)SSL_CTX_set_options(ctx, to->options);
	return SSL_CTX_set_min_proto_version(ctx, to->min) == 1 &&
	    SSL_CTX_set_max_proto_version(ctx, to->max) == 1;
}

/* No version at all: options are the one thing that OpenSSL cannot refuse. */
static int
close_context(SSL_CTX *ctx)
{
	(void)SSL_CTX_set_options(ctx, SSL_OP_NO_SSL_MASK);
	return tlsp_fail_static(TLSPOLICY_E_OPENSSL,
	    "OpenSSL could not put the context back as it was: it is closed "
	    "and permits no version now, free it");
}

static bool
restore(const struct job *job)
{
	const char *const *list = job->policy->list;

	return set_numbers(job->ctx, &job->before) &&
	    (list[LIST_CIPHERSUITES] == NULL ||
		restore_list(job, LIST_CIPHERSUITES)) &&
	    (list[LIST_CIPHERS] == NULL || restore_list(job, LIST_CIPHERS));
}

static int
undo(const struct job *job, int status)
{
	bool whole;

	(void)ERR_set_mark();
	/* Once more, since memory may have been short for a moment only. */
	whole = (restore(job) || restore(job)) && !job->spoiled;
	(void)ERR_pop_to_mark();
	return whole ? status : close_context(job->ctx);
}

/* Ciphers and ciphersuites */

static bool
in_stack(const STACK_OF(SSL_CIPHER) * ciphers, const struct item *item)
{
	for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
		const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(ciphers, i);

		if (tlsp_spells(
			SSL_CIPHER_get_name(cipher), item->name, item->len))
			return true;
	}
	return false;
}

/*
 * Sets a whole list.  OpenSSL drops names in silence, so see what came of it
 * in `took`: nothing at all is an error to OpenSSL, and up to the caller here.
 */
static int
try_list(
    const struct job *job, enum list_kind kind, const char *list, bool *took)
{
	bool set;

	(void)ERR_set_mark();
	set = tlsp_ctx_set_list(job->ctx, kind, list);
	*took = set;
	if (set ||
	    ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_NO_CIPHER_MATCH) {
		(void)ERR_pop_to_mark();
		return TLSPOLICY_OK;
	}
	(void)ERR_clear_last_mark();
	return tlsp_fail(TLSPOLICY_E_OPENSSL, "OpenSSL failed to set the %s",
	    tlsp_list_key(kind));
}

/* Keeps of the policy's list what OpenSSL took and the context permits. */
static int
keep_items(
    struct job *job, enum list_kind kind, bool took, char *kept, bool *narrowed)
{
	const STACK_OF(SSL_CIPHER) *now = SSL_CTX_get_ciphers(job->ctx);
	const char *list = job->policy->list[kind];
	struct item item;
	bool has;

	while (tlsp_list_next(&list, &item)) {
		if (!took || !in_stack(now, &item)) {
			if (item.optional)
				continue;
			return tlsp_fail_missing(kind, &item);
		}
		has = in_stack(job->before.ciphers, &item);
		if (!has)
			tlsp_note_stricter(job, "%s %.*s", tlsp_list_noun(kind),
			    (int)item.len, item.name);
		if (has || job->weaken)
			(void)tlsp_list_append(
			    kept, TEXT_MAX + 1, &item, false);
		else
			*narrowed = true;
	}
	return TLSPOLICY_OK;
}

/* Nothing is left of a list: fatal if a version needs it. */
static int
give_up_list(const struct job *job, enum list_kind kind, bool narrowed)
{
	unsigned users = job->versions & tlsp_versions_using(kind);
	bool restored;

	if (users != 0)
		return tlsp_fail(TLSPOLICY_E_CONFLICT,
		    "nothing in common: %s has none of the policy's %s, which "
		    "%s needs%s",
		    narrowed ? "the context" : "this OpenSSL",
		    tlsp_list_key(kind),
		    tlspolicy_protocol_name(tlsp_version_highest(users)),
		    narrowed ? ": it takes TLSPOLICY_OVERRIDE" : "");
	(void)ERR_set_mark();
	restored = restore_list(job, kind);
	(void)ERR_pop_to_mark();
	if (!restored)
		return tlsp_fail(TLSPOLICY_E_OPENSSL,
		    "OpenSSL failed to set the %s", tlsp_list_key(kind));
	return TLSPOLICY_OK;
}

static bool
list_is(const struct job *job, enum list_kind kind, const char *list)
{
	return has_names(
	    SSL_CTX_get_ciphers(job->ctx), kind == LIST_CIPHERSUITES, list);
}

static int
set_list(struct job *job, enum list_kind kind)
{
	char list[TEXT_MAX + 1] = "", kept[TEXT_MAX + 1] = "";
	const char *items = job->policy->list[kind];
	bool took, narrowed = false;
	struct item item;
	int status;

	if (items == NULL)
		return TLSPOLICY_OK;
	while (tlsp_list_next(&items, &item))
		(void)tlsp_list_append(list, sizeof(list), &item, false);
	status = try_list(job, kind, list, &took);
	/* Short of memory, OpenSSL may drop names as if it had them not. */
	if (status == TLSPOLICY_OK && !list_is(job, kind, list))
		status = try_list(job, kind, list, &took);
	if (status != TLSPOLICY_OK)
		return status;
	status = keep_items(job, kind, took, kept, &narrowed);
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

/*
 * The versions to come for which the context has a cipher that OpenSSL would
 * offer, at the level and with the sigalgs to come; a pre-shared key may be
 * set later.
 */
static unsigned
versions_with_cipher(const struct job *job)
{
	STACK_OF(SSL_CIPHER) * usable;
	unsigned have = 0;

	SSL_set_psk_client_callback(job->scratch, no_psk);
	SSL_clear_options(job->scratch, SSL_OP_NO_SSL_MASK);
	if (SSL_set_min_proto_version(
		job->scratch, tlsp_version_lowest(job->versions)) != 1 ||
	    SSL_set_max_proto_version(
		job->scratch, tlsp_version_highest(job->versions)) != 1)
		return 0;
	usable = SSL_get1_supported_ciphers(job->scratch);
	for (int i = 0; i < sk_SSL_CIPHER_num(usable); i++) {
		const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(usable, i);
		const char *least = SSL_CIPHER_get_version(cipher);

		if (is_suite(cipher))
			have |= TLSPOLICY_NO_TLS1_3;
		else if (strcmp(least, "TLSv1.2") == 0)
			have |= TLSPOLICY_NO_TLS1_2;
		else
			have |= VERSIONS_TO_1_2;
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
	void *memory;

	if ((have & tlsp_version_bit(top)) == 0)
		have = versions_with_cipher(job); /* or was it memory? */
	if ((have & tlsp_version_bit(top)) != 0)
		return tlsp_check_sigalgs(job, have);
	memory = OPENSSL_malloc(sizeof(have));
	OPENSSL_free(memory);
	if (memory == NULL)
		return tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
	return tlsp_fail(TLSPOLICY_E_CONFLICT,
	    "no cipher would be left for %s at security level %d, and OpenSSL "
	    "then fails every handshake: add %s, or lower level or max",
	    tlspolicy_protocol_name(top), job->after.level,
	    top == TLS1_3_VERSION ? "ciphersuites" : "ciphers or sigalgs");
}

static int
set_offer(const struct job *job, enum list_kind kind, const char *list)
{
	bool set;

	(void)ERR_set_mark();
	/* It was rehearsed: only memory can be short, for a moment perhaps. */
	set = list[0] == '\0' || tlsp_ctx_set_list(job->ctx, kind, list) ||
	    tlsp_ctx_set_list(job->ctx, kind, list);
	if (set) {
		(void)ERR_pop_to_mark();
		return TLSPOLICY_OK;
	}
	(void)ERR_clear_last_mark();
	return tlsp_fail(TLSPOLICY_E_OPENSSL, "OpenSSL failed to set the %s",
	    tlsp_list_key(kind));
}

/*
 * What can be undone comes first.  Groups and sigalgs cannot: groups are set
 * whole or not at all, and both were rehearsed.
 */
static int
commit(struct job *job)
{
	int status;

	if (!set_numbers(job->ctx, &job->after))
		return tlsp_fail(TLSPOLICY_E_OPENSSL,
		    "OpenSSL failed to set the version bounds");
	status = set_list(job, LIST_CIPHERSUITES);
	if (status == TLSPOLICY_OK)
		status = set_list(job, LIST_CIPHERS);
	if (status == TLSPOLICY_OK)
		status = check_usable(job);
	if (status == TLSPOLICY_OK && job->stricter[0] != '\0')
		status = tlsp_fail(TLSPOLICY_E_STRICTER,
		    "the policy permits %s, the context does not: it takes "
		    "TLSPOLICY_OVERRIDE",
		    job->stricter);
	if (status == TLSPOLICY_OK)
		status = set_offer(job, LIST_GROUPS, job->groups);
	if (status != TLSPOLICY_OK)
		return status;
	job->spoiled = job->groups[0] != '\0';
	return set_offer(job, LIST_SIGALGS, job->sigalgs);
}

/* RFC 6460.  OpenSSL then has lists of its own, whatever is set. */
static int
check_suite_b(const struct job *job)
{
	const char *const *list = job->policy->list;

	if ((SSL_CTX_set_cert_flags(job->ctx, 0) &
		SSL_CERT_FLAG_SUITEB_128_LOS) == 0 ||
	    (list[LIST_CIPHERS] == NULL && list[LIST_GROUPS] == NULL &&
		list[LIST_SIGALGS] == NULL))
		return TLSPOLICY_OK;
	return tlsp_fail(TLSPOLICY_E_CONFLICT,
	    "the context is in Suite B mode, which takes no other ciphers, "
	    "groups or sigalgs");
}

static int
check_context(const struct job *job)
{
	switch (tlsp_transport(job->ctx)) {
	case TRANSPORT_TLS:
		return check_suite_b(job);
	case TRANSPORT_DTLS:
		return tlsp_fail(TLSPOLICY_E_UNSUPPORTED,
		    "DTLS contexts are not supported by this release");
	default:
		return tlsp_fail(TLSPOLICY_E_METHOD,
		    "the context's method pins it to one version: make it "
		    "with TLS_method(), TLS_client_method() or "
		    "TLS_server_method()");
	}
}

static int
read_context(struct job *job)
{
	struct settings *before = &job->before;

	before->min = (int)SSL_CTX_get_min_proto_version(job->ctx);
	before->max = (int)SSL_CTX_get_max_proto_version(job->ctx);
	before->level = SSL_CTX_get_security_level(job->ctx);
	before->options = SSL_CTX_get_options(job->ctx);
	before->ciphers = sk_SSL_CIPHER_dup(SSL_CTX_get_ciphers(job->ctx));
	if (before->ciphers == NULL)
		return tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
	if ((job->scratch = SSL_new(job->ctx)) == NULL)
		return tlsp_fail(TLSPOLICY_E_OPENSSL,
		    "OpenSSL could not make a connection of the context");
	return TLSPOLICY_OK;
}

static int
run(struct job *job)
{
	int status;

	if ((status = tlsp_policy_validate(job->policy, "")) != TLSPOLICY_OK)
		return status;
	if ((status = check_context(job)) != TLSPOLICY_OK)
		return status;
	if ((status = read_context(job)) != TLSPOLICY_OK)
		return status;
	if ((status = tlsp_plan(job)) != TLSPOLICY_OK)
		return status;
	if ((status = commit(job)) != TLSPOLICY_OK)
		status = undo(job, status);
	return status;
}

int
tlspolicy_apply_ctx(
    SSL_CTX *ctx, const struct tlspolicy *policy, unsigned flags)
{
	const unsigned all = TLSPOLICY_OVERRIDE | TLSPOLICY_FAIL_IF_STRICTER;
	struct job job = { .ctx = ctx, .policy = policy };
	struct errors errors;
	int status;

	if (ctx == NULL || policy == NULL)
		return tlsp_fail(TLSPOLICY_E_INVALID, "%s is NULL",
		    ctx == NULL ? "context" : "policy");
	if ((flags & ~all) != 0)
		return tlsp_fail(TLSPOLICY_E_INVALID,
		    "flags 0x%x have bits besides TLSPOLICY_OVERRIDE and "
		    "TLSPOLICY_FAIL_IF_STRICTER",
		    flags);
	job.weaken = flags != 0;
	job.exact = flags == TLSPOLICY_FAIL_IF_STRICTER;
	tlsp_errors_begin(&errors);
	status = run(&job);
	sk_SSL_CIPHER_free(job.before.ciphers);
	SSL_free(job.scratch);
	tlsp_errors_end(&errors, status != TLSPOLICY_OK);
	return status;
}

int
tlspolicy_apply_text(SSL_CTX *ctx, const char *text, unsigned flags)
{
	struct tlspolicy *policy;
	int status;

	if (ctx == NULL)
		return tlsp_fail(TLSPOLICY_E_INVALID, "context is NULL");
	if ((status = tlspolicy_parse(&policy, text)) != TLSPOLICY_OK)
		return status;
	status = tlspolicy_apply_ctx(ctx, policy, flags);
	tlspolicy_free(policy);
	return status;
}

int
tlspolicy_apply(SSL_CTX *ctx, const char *profile)
{
	return tlspolicy_apply_text(ctx, profile, 0);
}
