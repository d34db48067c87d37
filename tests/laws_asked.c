/* SPDX-License-Identifier: MIT */
/*
 * What a policy asks of a context, worked out by raw OpenSSL calls and never
 * with the library's own.
 */
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "laws.h"
#include "peer.h"
#include "release.h"
#include "runner.h"

static int
raw_list(SSL_CTX *ctx, int which, const char *list)
{
	switch (which) {
	case CIPHERS:
		return SSL_CTX_set_cipher_list(ctx, list) == 1;
	case SUITES:
		return SSL_CTX_set_ciphersuites(ctx, list) == 1;
	case GROUPS:
		return peer_set_groups(ctx, list);
	default:
		return peer_set_sigalgs(ctx, list);
	}
}

/* OpenSSL 3.0 takes an unknown suite in silence: look for the effect. */
static int
runtime_has(int which, const char *item)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	const STACK_OF(SSL_CIPHER) *all;
	int ok;

	ck_assert_ptr_nonnull(ctx);
	ok = raw_list(ctx, which, item);
	all = SSL_CTX_get_ciphers(ctx);
	if (which == SUITES)
		ok = ok && sk_SSL_CIPHER_num(all) > 0 &&
		    strcmp(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(all, 0)),
			item) == 0;
	SSL_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}

/* Sets the items that the runtime has; returns whether there were any. */
static unsigned
ask_list(SSL_CTX *ctx, int which, const char *list)
{
	char copy[1024], known[1024] = "";
	char *item, *rest;

	if (list == NULL)
		return 0;
	ck_assert_uint_lt(strlen(list), sizeof(copy));
	strcpy(copy, list);
	for (item = strtok_r(copy, ":", &rest); item != NULL;
	     item = strtok_r(NULL, ":", &rest)) {
		item += *item == '?';
		if (!runtime_has(which, item))
			continue;
		if (known[0] != '\0')
			strcat(known, ":");
		strcat(known, item);
	}
	if (known[0] == '\0')
		return 0;
	ck_assert_int_eq(raw_list(ctx, which, known), 1);
	return (unsigned)which;
}

void
ask_cell(struct cell *c)
{
	/* DTLS hides the groups that only TLS 1.3 has. */
	SSL_CTX *ctx =
	    SSL_CTX_new(c->before.dtls ? DTLS_method() : TLS_method());
	const struct tlspolicy *p = c->policy;

	ck_assert_ptr_nonnull(ctx);
	c->has_items = ask_list(ctx, CIPHERS, tlspolicy_get_ciphers(p)) |
	    ask_list(ctx, SUITES, tlspolicy_get_ciphersuites(p)) |
	    ask_list(ctx, GROUPS, tlspolicy_get_groups(p)) |
	    ask_list(ctx, SIGALGS, tlspolicy_get_sigalgs(p));
	peer_snapshot(ctx, &c->asked, 0);
	SSL_CTX_free(ctx);
	ERR_clear_error();
}

/* DTLS 1.0 and 1.2 are TLS 1.1 and 1.2; DTLS shares bits with TLS. */
static const struct {
	unsigned index;
	int number;
	uint64_t option;
} datagram[] = {
	{ 1, DTLS1_VERSION, SSL_OP_NO_DTLSv1 },
	{ 2, DTLS1_2_VERSION, SSL_OP_NO_DTLSv1_2 },
};

enum { DATAGRAM = sizeof(datagram) / sizeof(datagram[0]) };

int
as_tls(int version)
{
	int i;

	for (i = 0; i < DATAGRAM; i++)
		if (datagram[i].number == version)
			return peer_version(datagram[i].index);
	return version;
}

int
version_of(int dtls, unsigned index)
{
	int i;

	if (!dtls)
		return peer_version(index);
	for (i = 0; i < DATAGRAM; i++)
		if (datagram[i].index == index)
			return datagram[i].number;
	return 0;
}

uint64_t
option_of(int dtls, unsigned index)
{
	int i;

	if (!dtls)
		return peer_option(index);
	for (i = 0; i < DATAGRAM; i++)
		if (datagram[i].index == index)
			return datagram[i].option;
	return 0;
}

/* The versions that there are. */
static unsigned
spoken(int dtls)
{
	return dtls ? 0x6 : 0xf;
}

unsigned
policy_versions(const struct tlspolicy *p, int min, int max)
{
	static const unsigned flag[PEER_VERSIONS] = { TLSPOLICY_NO_TLS1_0,
		TLSPOLICY_NO_TLS1_1, TLSPOLICY_NO_TLS1_2, TLSPOLICY_NO_TLS1_3 };
	unsigned i, set = 0;

	if (tlspolicy_get_min_version(p) != 0)
		min = tlspolicy_get_min_version(p);
	if (tlspolicy_get_max_version(p) != 0)
		max = tlspolicy_get_max_version(p);
	for (i = 0; i < PEER_VERSIONS; i++) {
		if (min != 0 && peer_version(i) < min)
			continue;
		if (max != 0 && peer_version(i) > max)
			continue;
		if ((tlspolicy_get_disabled(p) & flag[i]) == 0)
			set |= 1u << i;
	}
	return set;
}

static unsigned
highest_run(unsigned set)
{
	unsigned run = 0, i = PEER_VERSIONS;

	while (i > 0 && ((set >> (i - 1) & 1) != 0 || run == 0)) {
		i--;
		run |= set & 1u << i;
	}
	return run;
}

int
final_level(const struct cell *c, int mode)
{
	int level = tlspolicy_get_security_level(c->policy);

	if (level < 0)
		return c->before.level;
	if (mode != OVER && level < c->before.level)
		return c->before.level;
	return level;
}

static int
names_versions(const struct tlspolicy *p)
{
	return tlspolicy_get_min_version(p) != 0 ||
	    tlspolicy_get_max_version(p) != 0 || tlspolicy_get_disabled(p) != 0;
}

unsigned
wanted_versions(const struct cell *c, int mode)
{
	unsigned set = policy_versions(c->policy, as_tls(c->before.min),
			   as_tls(c->before.max)) &
	    spoken(c->before.dtls);

	if (mode != OVER || !names_versions(c->policy))
		set &= peer_range(&c->before);
	return highest_run(set & ~release_dead(final_level(c, mode)));
}

unsigned
own_low_floor(const struct tlspolicy *p, int dtls)
{
	unsigned set = policy_versions(p, 0, 0) & spoken(dtls);

	if (tlspolicy_get_min_version(p) == 0)
		return 0;
	return set & (~set + 1) & 3u;
}
