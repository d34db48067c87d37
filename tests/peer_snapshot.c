/* SPDX-License-Identifier: MIT */
/* Snapshots, and what they differ in. */
#include <stdio.h>
#include <string.h>

#include "peer.h"
#include "peer_inside.h"
#include "release.h"

static int
is_run(unsigned set)
{
	unsigned low = set & (~set + 1);

	return set != 0 && ((set + low) & set) == 0;
}

static void
snapshot_ciphers(SSL_CTX *ctx, struct peer_snapshot *out)
{
	const STACK_OF(SSL_CIPHER) *all = SSL_CTX_get_ciphers(ctx);
	struct peer_codes *list;
	uint16_t code;
	int i;

	for (i = 0; i < sk_SSL_CIPHER_num(all); i++) {
		code = SSL_CIPHER_get_protocol_id(sk_SSL_CIPHER_value(all, i));
		list = code >> 8 == 0x13 ? &out->suites : &out->ciphers;
		if (list->count < PEER_CODES)
			list->code[list->count++] = code;
	}
}

void
peer_snapshot(SSL_CTX *ctx, struct peer_snapshot *out, int handshakes)
{
	struct peer_hello hello;

	memset(out, 0, sizeof(*out));
	out->method = SSL_CTX_get_ssl_method(ctx);
	out->min = (int)SSL_CTX_get_min_proto_version(ctx);
	out->max = (int)SSL_CTX_get_max_proto_version(ctx);
	out->level = SSL_CTX_get_security_level(ctx);
	out->options = SSL_CTX_get_options(ctx);
	out->dtls = peer_is_dtls(ctx);
	snapshot_ciphers(ctx, out);
	if (peer_lists(ctx, &hello)) {
		out->groups = hello.groups;
		out->sigalgs = hello.sigalgs;
	}
	out->tried = handshakes;
	if (handshakes) {
		out->versions[0] = peer_negotiated(ctx, PEER_CLIENT);
		out->versions[1] = peer_negotiated(ctx, PEER_SERVER);
	}
}

/* DTLS's numbers fall as its versions rise. */
static int
order(int version)
{
	return version > TLS1_3_VERSION ? -version : version;
}

unsigned
peer_range(const struct peer_snapshot *snapshot)
{
	unsigned i, set = 0;
	int at, number;

	for (i = 0; i < PEER_VERSIONS; i++) {
		at = peer_on_transport(snapshot->dtls, i);
		if (at < 0)
			continue;
		number = order(peer_versions[at].number);
		if (snapshot->min != 0 && number < order(snapshot->min))
			continue;
		if (snapshot->max != 0 && number > order(snapshot->max))
			continue;
		if ((snapshot->options & peer_versions[at].option) == 0)
			set |= 1u << i;
	}
	return set;
}

unsigned
peer_enabled(const struct peer_snapshot *snapshot)
{
	unsigned set = peer_range(snapshot);

	return set & ~release_dead(snapshot->level);
}

static const char *
code_name(uint16_t code)
{
	const unsigned char id[2] = { (unsigned char)(code >> 8),
		(unsigned char)code };
	SSL *ssl = peer_reference(0, 0);
	const SSL_CIPHER *cipher = SSL_CIPHER_find(ssl, id);

	SSL_free(ssl); /* the names of ciphers are static */
	return cipher == NULL ? "" : SSL_CIPHER_get_name(cipher);
}

static int
differ_at(const char *what, const struct peer_codes *a,
    const struct peer_codes *b, char *why, size_t size)
{
	size_t i = 0;
	unsigned x, y;

	while (i < a->count && i < b->count && a->code[i] == b->code[i])
		i++;
	if (i == a->count && i == b->count)
		return 0;
	x = i < a->count ? a->code[i] : 0;
	y = i < b->count ? b->code[i] : 0;
	snprintf(why, size,
	    "%s: %zu and %zu items, item %zu is 0x%04x %s and 0x%04x %s", what,
	    a->count, b->count, i + 1, x, code_name((uint16_t)x), y,
	    code_name((uint16_t)y));
	return 1;
}

static int
numbers_differ(const struct peer_snapshot *a, const struct peer_snapshot *b,
    char *why, size_t size)
{
	if (a->method == b->method && a->min == b->min && a->max == b->max &&
	    a->level == b->level && a->options == b->options)
		return 0;
	snprintf(why, size,
	    "min 0x%x and 0x%x, max 0x%x and 0x%x, level %d and %d, "
	    "options 0x%llx and 0x%llx%s",
	    (unsigned)a->min, (unsigned)b->min, (unsigned)a->max,
	    (unsigned)b->max, a->level, b->level,
	    (unsigned long long)a->options, (unsigned long long)b->options,
	    a->method == b->method ? "" : ", another method");
	return 1;
}

int
peer_same(const struct peer_snapshot *a, const struct peer_snapshot *b,
    char *why, size_t size)
{
	int role;

	if (numbers_differ(a, b, why, size) ||
	    differ_at("ciphers", &a->ciphers, &b->ciphers, why, size) ||
	    differ_at("suites", &a->suites, &b->suites, why, size) ||
	    differ_at("groups", &a->groups, &b->groups, why, size) ||
	    differ_at("sigalgs", &a->sigalgs, &b->sigalgs, why, size))
		return 0;
	for (role = 0; a->tried && b->tried && role < 2; role++) {
		if (a->versions[role] == b->versions[role])
			continue;
		snprintf(why, size, "%s negotiates %s and %s",
		    role == PEER_CLIENT ? "client" : "server",
		    peer_set_name(a->versions[role]),
		    peer_set_name(b->versions[role]));
		return 0;
	}
	return 1;
}

static int
list_looser(const char *what, const struct peer_codes *before,
    const struct peer_codes *after, char *why, size_t size)
{
	size_t i;

	for (i = 0; i < after->count; i++) {
		if (peer_has_code(before, after->code[i]))
			continue;
		snprintf(why, size, "%s: 0x%04x %s was not permitted", what,
		    (unsigned)after->code[i], code_name(after->code[i]));
		return 1;
	}
	return 0;
}

/* Options: a ban may come, none may go; the order of ciphers is no matter. */
static int
options_looser(uint64_t before, uint64_t after, char *why, size_t size)
{
	uint64_t gone =
	    before & ~after & ~(uint64_t)SSL_OP_CIPHER_SERVER_PREFERENCE;
	uint64_t come = after & ~before &
	    ~(uint64_t)(SSL_OP_CIPHER_SERVER_PREFERENCE |
		SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_SSL_MASK);

	if (gone == 0 && come == 0)
		return 0;
	snprintf(why, size, "options 0x%llx cleared, 0x%llx set",
	    (unsigned long long)gone, (unsigned long long)come);
	return 1;
}

/*
 * What the new context may negotiate.  A context with a hole offers less than
 * it permits, and one that cannot handshake at all may come alive within what
 * it permits; otherwise it is what it negotiated before.
 */
static unsigned
allowance(const struct peer_snapshot *before, int role)
{
	unsigned enabled = peer_enabled(before);

	if (!is_run(peer_range(before)) || before->versions[role] == 0)
		return enabled;
	return before->versions[role];
}

int
peer_not_looser(const struct peer_snapshot *before,
    const struct peer_snapshot *after, char *why, size_t size)
{
	unsigned more = peer_enabled(after) & ~peer_enabled(before);
	int role;

	if (after->level < before->level || more != 0) {
		snprintf(why, size, "level %d to %d, versions %s to %s",
		    before->level, after->level,
		    peer_set_name(peer_enabled(before)),
		    peer_set_name(peer_enabled(after)));
		return 0;
	}
	if (options_looser(before->options, after->options, why, size) ||
	    list_looser(
		"ciphers", &before->ciphers, &after->ciphers, why, size) ||
	    list_looser("suites", &before->suites, &after->suites, why, size) ||
	    list_looser("groups", &before->groups, &after->groups, why, size) ||
	    list_looser(
		"sigalgs", &before->sigalgs, &after->sigalgs, why, size))
		return 0;
	for (role = 0; before->tried && after->tried && role < 2; role++) {
		more = after->versions[role] & ~allowance(before, role);
		if (more == 0)
			continue;
		snprintf(why, size, "%s negotiates %s, which it did not",
		    role == PEER_CLIENT ? "client" : "server",
		    peer_set_name(more));
		return 0;
	}
	return 1;
}
