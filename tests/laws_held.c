/* SPDX-License-Identifier: MIT */
/* Laws 2 to 5, 7 and 9: what holds after a call that applies a policy. */
#include <stdbool.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>

#include <tlspolicy.h>

#include "laws.h"
#include "peer.h"
#include "release.h"
#include "runner.h"

static const unsigned mode_flags[MODES] = { 0, TLSPOLICY_OVERRIDE,
	TLSPOLICY_FAIL_IF_STRICTER };

/* Law 9: the error queue */

void
push_caller_errors(void)
{
	ERR_clear_error();
	release_raise(ERR_LIB_USER, 101, NULL);
	release_raise(ERR_LIB_USER, 102, "the caller's own data");
	ERR_set_mark();
}

static void
assert_own_entry(const struct cell *c, int status)
{
	const struct release_entry last = release_last_error();
	const char *lib = ERR_lib_error_string(last.code);

	ck_assert_msg(lib != NULL && strcmp(lib, "tlspolicy") == 0,
	    "law 9: %s: %s: failed with %d, the top entry is of %s", c->name,
	    c->mode, status, lib != NULL ? lib : "no library");
	ck_assert_msg(
	    (last.flags & ERR_TXT_STRING) != 0 && last.data[0] != '\0',
	    "law 9: %s: %s: an entry without a sentence", c->name, c->mode);
	ck_assert_msg(strcmp(ERR_reason_error_string(last.code),
			  tlspolicy_strerror(status)) == 0,
	    "law 9: %s: %s: status %d, yet the entry says %s", c->name, c->mode,
	    status, ERR_reason_error_string(last.code));
}

/* The sentence of the topmost entry. */
static const char *
top_sentence(void)
{
	return release_last_error().data;
}

void
assert_quiet(const struct cell *c, int status)
{
	struct release_entry second;
	int reasons[3] = { 0, 0, 0 };

	if (status != TLSPOLICY_OK)
		assert_own_entry(c, status);
	else
		ck_assert_msg(ERR_GET_REASON(ERR_peek_last_error()) == 102,
		    "law 9: %s: %s: success leaves an entry", c->name, c->mode);
	ck_assert_msg(ERR_pop_to_mark() == 1,
	    "law 9: %s: %s: the caller's mark is gone", c->name, c->mode);
	reasons[0] = ERR_GET_REASON(ERR_get_error());
	second = release_take_error();
	reasons[1] = ERR_GET_REASON(second.code);
	ck_assert_msg(reasons[0] == 101 && reasons[1] == 102,
	    "law 9: %s: %s: the caller's entries are now %d and %d", c->name,
	    c->mode, reasons[0], reasons[1]);
	ck_assert_msg((second.flags & ERR_TXT_STRING) != 0 &&
		strcmp(second.data, "the caller's own data") == 0,
	    "law 9: %s: %s: the caller's data is gone", c->name, c->mode);
	reasons[2] = ERR_GET_REASON(ERR_get_error());
	ck_assert_msg(reasons[2] == 0, "law 9: %s: %s: %d is below the mark",
	    c->name, c->mode, reasons[2]);
}

/* Law 2 in a handshake */

static int
in_list(const char *list, const char *name)
{
	size_t size = strlen(name);
	const char *at;

	for (at = list; at != NULL; at = strchr(at, ':')) {
		at += *at == ':';
		at += *at == '?';
		if (strncmp(at, name, size) == 0 &&
		    (at[size] == ':' || at[size] == '\0'))
			return 1;
	}
	return 0;
}

static void
assert_result(const struct cell *c, const struct peer_result *r)
{
	const struct tlspolicy *p = c->policy;
	const char *group = OBJ_nid2sn(r->group);
	const char *list = r->version == TLS1_3_VERSION
	    ? tlspolicy_get_ciphersuites(p)
	    : tlspolicy_get_ciphers(p);
	unsigned i = 0;

	while (i < PEER_VERSIONS - 1 && peer_version(i) != as_tls(r->version))
		i++;
	ck_assert_msg((policy_versions(p, 0, 0) >> i & 1) != 0,
	    "law 2: %s: %s: negotiates %s", c->name, c->mode,
	    peer_version_name(i));
	ck_assert_msg(list == NULL || in_list(list, r->cipher),
	    "law 2: %s: %s: negotiates %s", c->name, c->mode, r->cipher);
	list = tlspolicy_get_groups(p);
	ck_assert_msg(list == NULL || r->group == 0 || in_list(list, group),
	    "law 2: %s: %s: negotiates group %s", c->name, c->mode, group);
}

void
negotiate(
    const struct cell *c, SSL_CTX *ctx, struct peer_snapshot *out, int results)
{
	struct peer_result result;
	unsigned i;
	int role;

	out->tried = 1;
	for (role = 0; role < 2; role++) {
		for (i = 0; i < PEER_VERSIONS; i++) {
			if (version_of(c->before.dtls, i) == 0 ||
			    !peer_negotiates(ctx, (enum peer_role)role,
				version_of(c->before.dtls, i), &result))
				continue;
			out->versions[role] |= 1u << i;
			if (results)
				assert_result(c, &result);
		}
	}
}

/* Laws 2 to 5 after success */

static void
assert_versions(const struct cell *c, int mode, const struct peer_snapshot *now)
{
	unsigned want = wanted_versions(c, mode);
	unsigned floor = own_low_floor(c->policy, c->before.dtls);

	ck_assert_msg(peer_enabled(now) == want,
	    "laws 2 to 4: %s: %s: permits %s, not %s", c->name, c->mode,
	    peer_set_name(peer_enabled(now)), peer_set_name(want));
	ck_assert_msg(peer_range(now) == want,
	    "law 3: %s: %s: leaves %s offered, the level permits %s", c->name,
	    c->mode, peer_set_name(peer_range(now)), peer_set_name(want));
	ck_assert_msg(floor == 0 || (want & (~want + 1)) == floor,
	    "law 3: %s: %s: half grants a floor, %s", c->name, c->mode,
	    peer_set_name(want));
	ck_assert_msg(mode != OVER ||
		tlspolicy_get_min_version(c->policy) == 0 || now->min != 0,
	    "law 4: %s: min is not set", c->name);
	ck_assert_msg(mode != OVER ||
		tlspolicy_get_max_version(c->policy) == 0 || now->max != 0,
	    "law 4: %s: max is not set", c->name);
}

static void
assert_list(const struct cell *c, int mode, const char *what, int which,
    const struct peer_codes *now, const struct peer_codes *asked,
    const char *list, int used)
{
	if (list == NULL || (!used && (c->has_items & (unsigned)which) == 0))
		return;
	ck_assert_msg((c->has_items & (unsigned)which) != 0,
	    "law 2: %s: %s: no item of %s is known, yet it applies", c->name,
	    c->mode, what);
	if (used)
		ck_assert_msg(peer_codes_within(now, asked),
		    "law 2: %s: %s: %s has an item that the policy has not",
		    c->name, c->mode, what);
	if (mode == OVER)
		ck_assert_msg(now->count == asked->count &&
			memcmp(now->code, asked->code,
			    now->count * sizeof(now->code[0])) == 0,
		    "law 4: %s: %s is not the policy's list", c->name, what);
}

static void
assert_lists(const struct cell *c, int mode, const struct peer_snapshot *now)
{
	const struct tlspolicy *p = c->policy;
	unsigned set = peer_enabled(now);

	assert_list(c, mode, "ciphers", CIPHERS, &now->ciphers,
	    &c->asked.ciphers, tlspolicy_get_ciphers(p), (set & 0x7) != 0);
	assert_list(c, mode, "ciphersuites", SUITES, &now->suites,
	    &c->asked.suites, tlspolicy_get_ciphersuites(p), (set & 0x8) != 0);
	assert_list(c, mode, "groups", GROUPS, &now->groups, &c->asked.groups,
	    tlspolicy_get_groups(p), 1);
	assert_list(c, mode, "sigalgs", SIGALGS, &now->sigalgs,
	    &c->asked.sigalgs, tlspolicy_get_sigalgs(p), (set & 0xc) != 0);
}

static void
assert_options(const struct cell *c, int mode, const struct peer_snapshot *now)
{
	const uint64_t order = SSL_OP_CIPHER_SERVER_PREFERENCE;
	const uint64_t ban = SSL_OP_NO_RENEGOTIATION;
	int reneg = tlspolicy_get_renegotiation(c->policy);
	int preference = tlspolicy_get_server_preference(c->policy);
	uint64_t want = c->before.options;
	unsigned i, set = peer_enabled(now);

	if (reneg == 0)
		want |= ban;
	if (reneg == 1 && mode == OVER)
		want &= ~ban;
	if (preference >= 0)
		want = preference ? want | order : want & ~order;
	for (i = 0; i < PEER_VERSIONS; i++)
		if ((set >> i & 1) != 0)
			want &= ~option_of(c->before.dtls, i);
	ck_assert_msg(now->options == want,
	    "laws 2 to 4: %s: %s: options 0x%llx, not 0x%llx", c->name, c->mode,
	    (unsigned long long)now->options, (unsigned long long)want);
	ck_assert_msg(now->level == final_level(c, mode),
	    "laws 2 to 4: %s: %s: level %d, not %d", c->name, c->mode,
	    now->level, final_level(c, mode));
}

/* What is offered on the wire is what is permitted, no more and no less. */
static void
assert_offer(const struct cell *c, SSL_CTX *ctx)
{
	struct peer_snapshot now;
	struct peer_hello hello;
	unsigned i, set = 0;
	size_t j;

	if ((c->state->lacks & 1 << PEER_CLIENT) != 0)
		return;
	peer_snapshot(ctx, &now, 0);
	ck_assert_msg(peer_hello(ctx, &hello),
	    "law 5: %s: %s: a client makes no ClientHello", c->name, c->mode);
	if (c->before.dtls) {
		set = peer_enabled(&now) & 4 ? DTLS1_2_VERSION : DTLS1_VERSION;
		ck_assert_msg(hello.legacy == set,
		    "law 3: %s: %s: a client offers 0x%x", c->name, c->mode,
		    hello.legacy);
	}
	if (hello.versions.count == 0)
		return;
	for (j = 0; j < hello.versions.count; j++)
		for (i = 0; i < PEER_VERSIONS; i++)
			if (hello.versions.code[j] == peer_version(i))
				set |= 1u << i;
	ck_assert_msg(set == peer_enabled(&now),
	    "law 3: %s: %s: a client offers %s, not %s", c->name, c->mode,
	    peer_set_name(set), peer_set_name(peer_enabled(&now)));
}

/*
 * A list of signature algorithms may fit no certificate of the top version;
 * without one, the top version is what a full peer would choose.
 */
static int
top_must_work(const struct cell *c)
{
	return c->state->sigalgs == NULL && c->state->host == NULL &&
	    tlspolicy_get_sigalgs(c->policy) == NULL;
}

static void
assert_usable(const struct cell *c, const struct peer_snapshot *now)
{
	unsigned set = peer_enabled(now), top = 1u << (PEER_VERSIONS - 1);
	int role;

	while ((set & top) == 0 && top > 1)
		top >>= 1;

	for (role = 0; role < 2; role++) {
		if ((c->state->lacks & 1 << role) != 0)
			continue;
		ck_assert_msg((now->versions[role] & ~set) == 0,
		    "law 2: %s: %s: %s negotiates %s of %s", c->name, c->mode,
		    role == PEER_CLIENT ? "client" : "server",
		    peer_set_name(now->versions[role]), peer_set_name(set));
		/* Its one version may have no signature for a certificate. */
		if (now->dtls && !top_must_work(c))
			continue;
		ck_assert_msg(now->versions[role] != 0,
		    "law 5: %s: %s: no handshake as a %s, in %s", c->name,
		    c->mode, role == PEER_CLIENT ? "client" : "server",
		    peer_set_name(set));
		ck_assert_msg(
		    !top_must_work(c) || (now->versions[role] & top) != 0,
		    "law 5: %s: %s: a %s cannot use the top of %s", c->name,
		    c->mode, role == PEER_CLIENT ? "client" : "server",
		    peer_set_name(set));
	}
}

int
apply(const struct cell *c, SSL_CTX *ctx, int mode)
{
	if (c->policy == NULL)
		return tlspolicy_apply_text(
		    ctx, c->entry->text, mode_flags[mode]);
	return tlspolicy_apply_ctx(ctx, c->policy, mode_flags[mode]);
}

/* Whether the list of a policy is what a context has, without its '?'. */
static int
is_set(const STACK_OF(SSL_CIPHER) *ciphers, const char *list, int suites)
{
	int i;

	if (list == NULL)
		return 1;
	for (i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
		const char *name =
		    SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, i));

		if ((strncmp(name, "TLS_", 4) == 0) != suites)
			continue;
		list += *list == '?';
		if (strncmp(list, name, strlen(name)) != 0)
			return 0;
		list += strlen(name);
		if (*list != ':')
			return *list == '\0';
		list++;
	}
	return 0;
}

static void
assert_idempotent(const struct cell *c, SSL_CTX *ctx, int mode,
    const struct peer_snapshot *once)
{
	STACK_OF(SSL_CIPHER) *ciphers = SSL_CTX_get_ciphers(ctx);
	int there = is_set(ciphers, tlspolicy_get_ciphers(c->policy), 0) &&
	    is_set(ciphers, tlspolicy_get_ciphersuites(c->policy), 1);
	struct peer_snapshot twice;
	char why[PEER_WHY] = "";
	int status = apply(c, ctx, mode);

	ck_assert_msg(status == TLSPOLICY_OK, "law 7: %s: %s: then %d", c->name,
	    c->mode, status);
	/* A new list would free one that connections may be reading. */
	ck_assert_msg(!there || SSL_CTX_get_ciphers(ctx) == ciphers,
	    "law 7: %s: %s: makes the same list of ciphers once more", c->name,
	    c->mode);
	peer_snapshot(ctx, &twice, 0);
	ck_assert_msg(peer_same(once, &twice, why, sizeof(why)),
	    "law 7: %s: %s: changes %s", c->name, c->mode, why);
}

/* No suite while 1.3 is the maximum: a lower one brings it to life. */
static bool
was_dead(const struct cell *c)
{
	const unsigned all = TLSPOLICY_NO_TLS1_0 | TLSPOLICY_NO_TLS1_1 |
	    TLSPOLICY_NO_TLS1_2 | TLSPOLICY_NO_TLS1_3;

	return tlspolicy_get_disabled(c->permitted) == all;
}

/* The same laws by the library's own measure. */
static void
assert_covered(const struct cell *c, SSL_CTX *ctx, int mode)
{
	struct tlspolicy *after = NULL;
	int status = tlspolicy_audit(ctx, c->policy);

	ck_assert_msg(status == TLSPOLICY_OK,
	    "law 2: %s: %s: audit gives %d: %s", c->name, c->mode, status,
	    top_sentence());
	if (mode == OVER || was_dead(c))
		return;
	ck_assert_int_eq(tlspolicy_from_ctx(&after, ctx), TLSPOLICY_OK);
	status = tlspolicy_covers(c->permitted, after);
	ck_assert_msg(status == TLSPOLICY_OK,
	    "law 3: %s: %s: what it permitted does not cover what it permits: "
	    "%d: %s",
	    c->name, c->mode, status, top_sentence());
	tlspolicy_free(after);
}

void
assert_success(const struct cell *c, SSL_CTX *ctx, int mode,
    const struct peer_snapshot *now)
{
	char why[PEER_WHY] = "";

	ck_assert_msg(c->policy != NULL && !c->state->pinned, "%s: %s: applies",
	    c->name, c->mode);
	if (mode != OVER)
		ck_assert_msg(
		    peer_not_looser(&c->before, now, why, sizeof(why)),
		    "law 3: %s: %s: %s", c->name, c->mode, why);
	assert_versions(c, mode, now);
	assert_lists(c, mode, now);
	assert_options(c, mode, now);
	assert_offer(c, ctx);
	assert_covered(c, ctx, mode);
	if (now->tried)
		assert_usable(c, now);
	assert_idempotent(c, ctx, mode, now);
}
