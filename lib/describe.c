/* SPDX-License-Identifier: MIT */
/* The whole of a context's policy, for a person to read. */
#include <limits.h>

#include <openssl/objects.h>

#include "internal.h"

/* The text; a failed write sticks. */
struct page {
	BIO *text;
	bool failed;
};

static void put(struct page *page, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void
put(struct page *page, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (page != NULL && !page->failed)
		page->failed = BIO_vprintf(page->text, fmt, args) <= 0;
	va_end(args);
}

/* Whether a client offers a version with static RSA, without a signature. */
static bool
encrypts(const struct state *state, unsigned bit)
{
	const STACK_OF(SSL_CIPHER) *ciphers = state->offered;

	for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
		const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(ciphers, i);

		if ((tlsp_cipher_versions(cipher) & bit) != 0 &&
		    SSL_CIPHER_get_kx_nid(cipher) == NID_kx_rsa)
			return (tlsp_versions_lowest_run(state->enabled) &
				   bit) != 0;
	}
	return false;
}

#define TOLD_SIZE 64

/* A verdict with the setting that makes it. */
static const char *
told(const struct state *state, enum tlspolicy_role role, unsigned index,
    char text[TOLD_SIZE])
{
	const struct settings *settings = &state->settings;
	bool dtls = state->target.dtls, client = role == TLSPOLICY_CLIENT;
	enum tlspolicy_verdict verdict;
	const char *what, *with = NULL;

	if (tlsp_lacks(&state->target, role))
		return "not a role of the method";
	verdict = tlsp_verdict(state, role, 1u << index);
	what = tlspolicy_verdict_name((int)verdict);
	if (verdict == TLSPOLICY_BELOW_MIN)
		with = tlsp_version_name(dtls, settings->min);
	else if (verdict == TLSPOLICY_ABOVE_MAX)
		with = tlsp_version_name(dtls, settings->max);
	if (with != NULL)
		(void)BIO_snprintf(text, TOLD_SIZE, "%s %s", what, with);
	else if (verdict == TLSPOLICY_DISABLED)
		(void)BIO_snprintf(text, TOLD_SIZE, "disabled by SSL_OP_NO_%s",
		    tlsp_version_option(dtls, index));
	else if (verdict == TLSPOLICY_SECURITY_LEVEL)
		(void)BIO_snprintf(text, TOLD_SIZE, "%s security level %d",
		    client && encrypts(state, 1u << index)
			? "static RSA only, by"
			: "forbidden by",
		    settings->level);
	else
		return what;
	return text;
}

static void
put_verdicts(struct page *page, const struct state *state)
{
	unsigned set = tlsp_versions_of(state->target.dtls, state->target.quic);
	char text[TOLD_SIZE];

	put(page, "%-9s %-37s %s\n", "Version", "as a client", "as a server");
	for (unsigned i = 0; i < VERSION_COUNT; i++) {
		if ((set & 1u << i) == 0)
			continue;
		put(page, "%-9s",
		    tlsp_version_name(
			state->target.dtls, TLS1_VERSION + (int)i));
		put(page, " %-37s", told(state, TLSPOLICY_CLIENT, i, text));
		put(page, " %s\n", told(state, TLSPOLICY_SERVER, i, text));
	}
}

/* A list that some permitted version uses. */
static void
put_items(struct page *page, const struct tlspolicy *policy,
    enum list_kind kind, const char *title)
{
	const char *list = policy->list[kind];
	struct item item;

	if ((tlsp_policy_versions(policy) & tlsp_versions_using(kind)) == 0)
		return;
	put(page, "\n%s:\n", title);
	if (list == NULL)
		put(page, "    none\n");
	while (list != NULL && tlsp_list_next(&list, &item))
		put(page, "    %.*s\n", (int)item.len, item.name);
}

/* What one permits and another does not, in words; its weight. */
static unsigned
put_more(struct page *page, bool dtls, const char *before,
    const struct tlspolicy *of, const struct tlspolicy *in)
{
	unsigned set = tlsp_policy_versions(of) & ~tlsp_policy_versions(in) &
	    tlsp_versions_of(dtls, false);
	unsigned weight = of->level < in->level ? 1 : 0, count;
	struct item item, found;

	for (; set != 0; set &= set - 1, before = ", ", weight += 8)
		put(page, "%s%s", before,
		    tlsp_version_name(dtls, tlsp_version_lowest(set)));
	for (enum list_kind kind = 0; kind < LIST_COUNT; kind++) {
		const char *list = of->list[kind], *other = in->list[kind];
		unsigned users = tlsp_versions_using(kind);
		bool used = (tlsp_policy_versions(in) & users) != 0;

		if ((tlsp_policy_versions(of) & users) == 0 ||
		    (used && other == NULL))
			continue;
		for (count = 0; list != NULL && tlsp_list_next(&list, &item);)
			count += !item.optional &&
			    (!used || !tlsp_list_find(other, &item, &found));
		if (count > 0)
			put(page, "%s%u of the %s", before, count,
			    tlsp_list_key(kind));
		before = count > 0 ? ", " : before;
		weight += count;
	}
	if (of->level < in->level)
		put(page, "%slevel %d", before, of->level);
	return weight;
}

/* The profile that the context is, or is nearest, and those it keeps to. */
static void
put_profiles(struct page *page, const struct state *state,
    const struct tlspolicy *permitted)
{
	const bool dtls = state->target.dtls;
	const bool any = tlsp_policy_versions(permitted) != 0;
	const struct tlspolicy *profile, *nearest = permitted;
	const char *equal = NULL, *name;
	unsigned least = UINT_MAX, weight, kept = 0;

	for (size_t i = 0; (name = tlspolicy_profile_name(i)) != NULL; i++) {
		profile = tlspolicy_profile(name);
		/* The empty one says nothing about any context. */
		if (profile->min_version == 0)
			continue;
		if (tlsp_equals(state, profile))
			equal = name;
		weight = put_more(NULL, dtls, "", permitted, profile) +
		    put_more(NULL, dtls, "", profile, permitted);
		if (weight < least) {
			nearest = profile;
			least = weight;
		}
	}
	put(page, "Profile:        %s\n", equal == NULL ? "none" : equal);
	if (equal == NULL && any) {
		put(page, "Nearest:        %s", tlspolicy_profile_of(nearest));
		(void)put_more(page, dtls, "; beyond it: ", permitted, nearest);
		(void)put_more(page, dtls, "; without: ", nearest, permitted);
		put(page, "\n");
	}
	put(page, "Keeps to:       ");
	for (size_t i = 0; (name = tlspolicy_profile_name(i)) != NULL; i++) {
		profile = tlspolicy_profile(name);
		if (any && profile->min_version != 0 &&
		    tlsp_covers(profile, "", permitted, "") == TLSPOLICY_OK)
			put(page, "%s%s", kept++ == 0 ? "" : ", ", name);
	}
	put(page, "%s\n", kept == 0 ? "none" : "");
}

/* What from_ctx leaves out. */
static int
put_left_out(struct page *page, const struct state *state,
    const struct tlspolicy *permitted)
{
	struct tlspolicy *granted;
	int status = tlsp_policy_of(&granted, state, true);

	if (status != TLSPOLICY_OK)
		return status;
	if ((tlsp_policy_versions(permitted) &
		~tlsp_policy_versions(granted)) != 0) {
		(void)put_more(page, state->target.dtls,
		    "No policy for:  ", permitted, granted);
		put(page, "\n");
	}
	tlspolicy_free(granted);
	return TLSPOLICY_OK;
}

static int
put_all(struct page *page, const struct state *state)
{
	struct tlspolicy *policy;
	int status = tlsp_policy_of(&policy, state, false);

	if (status != TLSPOLICY_OK)
		return status;
	put(page, "OpenSSL:        %s\n", OpenSSL_version(OPENSSL_VERSION));
	if (state->within == 0)
		put(page, "Closed:         no version is permitted\n");
	else if (state->target.quic)
		put(page,
		    "Profile:        no telling, for QUIC: groups and "
		    "signature algorithms\n                cannot be read "
		    "there\n");
	else
		put_profiles(page, state, policy);
	status = put_left_out(page, state, policy);
	put(page, "Security level: %d\n", state->settings.level);
	put(page, "Renegotiation:  %s\n",
	    policy->renegotiation == 0 ? "off" : "not banned");
	put(page, "Cipher order:   the %s's\n\n",
	    policy->preference == 1 ? "server" : "client");
	put_verdicts(page, state);
	put_items(page, policy, LIST_CIPHERSUITES, "Ciphersuites (TLS 1.3)");
	put_items(page, policy, LIST_CIPHERS, "Ciphers (before TLS 1.3)");
	if (!state->target.quic) {
		put_items(page, policy, LIST_GROUPS, "Groups");
		put_items(page, policy, LIST_SIGALGS, "Signature algorithms");
	}
	tlspolicy_free(policy);
	return status;
}

/* In one piece, or not at all as far as that is ours to say. */
static int
write_out(const struct page *page, BIO *out)
{
	char *text;
	long size = BIO_get_mem_data(page->text, &text);

	if (page->failed)
		return tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
	if (BIO_write(out, text, (int)size) != size)
		return tlsp_fail(
		    TLSPOLICY_E_OPENSSL, "writing the text failed");
	return TLSPOLICY_OK;
}

int
tlspolicy_describe(SSL_CTX *ctx, BIO *out)
{
	struct page page = { .failed = false };
	struct target target;
	struct errors errors;
	struct state state;
	int status;

	if (ctx == NULL || out == NULL)
		return tlsp_fail(TLSPOLICY_E_INVALID, "%s is NULL",
		    ctx == NULL ? "context" : "out");
	if (!tlsp_errors_begin(&errors))
		return tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
	page.text = BIO_new(BIO_s_mem());
	target = tlsp_target(ctx, NULL);
	status =
	    tlsp_state_read(&state, &target, TLSPOLICY_CLIENT, VERSIONS_ALL);
	if (status == TLSPOLICY_OK)
		status = tlsp_state_order(&state);
	if (status == TLSPOLICY_OK && page.text == NULL)
		status = tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
	if (status == TLSPOLICY_OK)
		status = put_all(&page, &state);
	if (status == TLSPOLICY_OK)
		status = tlsp_check_memory();
	if (status == TLSPOLICY_OK)
		status = write_out(&page, out);
	BIO_free(page.text);
	tlsp_state_close(&state);
	tlsp_errors_end(&errors, status != TLSPOLICY_OK);
	return status;
}
