/* SPDX-License-Identifier: MIT */
/* Protocol versions: their names, and sets of them. */
#include <string.h>

#include "internal.h"

/* RFC 9147; only OpenSSL 4.1 and later have a constant for it. */
#define DTLS1_3_NUMBER 0xfefc

/* RFC 9000; OpenSSL's constant is of 3.2. */
#define QUIC1_NUMBER 0x00000001

/*
 * A row for each version that a policy can name, lowest first: the index is
 * the bit.  TLS first, then DTLS, whose bits of SSL_OP_NO_* are shared with
 * TLS: DTLS 1.0, the equal of TLS 1.1, has that of TLS 1.0.
 */
static const struct version {
	struct {
		int version; /* OpenSSL's constant; 0: there is none */
		const char *name, *option;
		uint64_t bit;
	} on[2];
} versions[VERSION_COUNT] = {
	{ { { TLS1_VERSION, "TLSv1", "TLSv1", SSL_OP_NO_TLSv1 },
	    { 0, NULL, NULL, 0 } } },
	{ { { TLS1_1_VERSION, "TLSv1.1", "TLSv1_1", SSL_OP_NO_TLSv1_1 },
	    { DTLS1_VERSION, "DTLSv1", "DTLSv1", SSL_OP_NO_DTLSv1 } } },
	{ { { TLS1_2_VERSION, "TLSv1.2", "TLSv1_2", SSL_OP_NO_TLSv1_2 },
	    { DTLS1_2_VERSION, "DTLSv1.2", "DTLSv1_2", SSL_OP_NO_DTLSv1_2 } } },
	{ { { TLS1_3_VERSION, "TLSv1.3", "TLSv1_3", SSL_OP_NO_TLSv1_3 },
	    { DTLS1_3_NUMBER, "DTLSv1.3", "DTLSv1_3", SSL_OP_NO_TLSv1_3 } } },
};

/* Names */

const char *
tlspolicy_protocol_name(int version)
{
	for (unsigned i = 0; version != 0 && i < VERSION_COUNT; i++) {
		for (int dtls = 0; dtls < 2; dtls++) {
			if (versions[i].on[dtls].version == version)
				return versions[i].on[dtls].name;
		}
	}
	return version == SSL3_VERSION ? "SSLv3" : NULL;
}

/* By the rest of its name, behind the "v": "1" or "1.0". */
static int
find_number(bool dtls, const char *number, size_t len)
{
	const char *known;

	if (len == 3 && memcmp(number, "1.0", 3) == 0)
		len = 1;
	for (unsigned i = 0; i < VERSION_COUNT; i++) {
		known = versions[i].on[dtls].name;
		if (known != NULL &&
		    tlsp_spells(strchr(known, 'v') + 1, number, len))
			return versions[i].on[dtls].version;
	}
	return 0;
}

int
tlsp_version_parse(const char *name, size_t len)
{
	bool ssl = len >= 3 && tlsp_spells("SSL", name, 3);
	bool tls = len >= 3 && tlsp_spells("TLS", name, 3);
	bool dtls = len >= 4 && tlsp_spells("DTLS", name, 4);
	size_t skip = (ssl || tls) ? 3 : dtls ? 4 : 0;

	if (len > skip && (name[skip] == 'v' || name[skip] == 'V'))
		skip++;
	if (len == skip || len - skip > 3)
		return 0;
	if (ssl)
		return len - skip == 1 && name[skip] == '3' ? SSL3_VERSION : 0;
	return find_number(dtls, name + skip, len - skip);
}

int
tlspolicy_protocol_from_name(const char *name)
{
	return name == NULL ? 0 : tlsp_version_parse(name, strlen(name));
}

/* Sets */

unsigned
tlsp_version_bit(int version)
{
	/* Code points without a gap: RFC 5246, E.1 and RFC 8446, 4.2.1. */
	return version < TLS1_VERSION || version > TLS1_3_VERSION
	    ? 0
	    : 1u << (version - TLS1_VERSION);
}

int
tlsp_version_lowest(unsigned set)
{
	for (int i = 0; i < VERSION_COUNT; i++) {
		if ((set & (1u << i)) != 0)
			return TLS1_VERSION + i;
	}
	return 0;
}

int
tlsp_version_highest(unsigned set)
{
	for (int i = VERSION_COUNT - 1; i >= 0; i--) {
		if ((set & (1u << i)) != 0)
			return TLS1_VERSION + i;
	}
	return 0;
}

unsigned
tlsp_versions_lowest_run(unsigned set)
{
	unsigned bit = tlsp_version_bit(tlsp_version_lowest(set)), run = 0;

	for (; (set & bit) != 0; bit <<= 1)
		run |= bit;
	return run;
}

unsigned
tlsp_versions_highest_run(unsigned set)
{
	unsigned bit = tlsp_version_bit(tlsp_version_highest(set)), run = 0;

	for (; (set & bit) != 0; bit >>= 1)
		run |= bit;
	return run;
}

unsigned
tlsp_versions_between(int min, int max)
{
	unsigned set = VERSIONS_ALL;

	if (min > TLS1_VERSION) /* past TLS 1.3 there is no bit, no version */
		set &= ~(tlsp_version_bit(min) - 1);
	if (max != 0 && max < TLS1_3_VERSION)
		set &= max < TLS1_VERSION ? 0 : 2 * tlsp_version_bit(max) - 1;
	return set;
}

int
tlsp_larger(int a, int b)
{
	return a > b ? a : b;
}

int
tlsp_stricter_max(int a, int b)
{
	if (a == 0 || b == 0)
		return a + b;
	return a < b ? a : b;
}

/* Transports */

int
tlsp_version_as_tls(int version)
{
	for (int i = 0; version != 0 && i < VERSION_COUNT; i++) {
		if (versions[i].on[true].version == version)
			return TLS1_VERSION + i;
	}
	return version == QUIC1_NUMBER ? TLS1_3_VERSION : version;
}

int
tlsp_version_on(bool dtls, int version)
{
	int equal = 0;

	if (dtls && tlsp_version_bit(version) != 0)
		equal = versions[version - TLS1_VERSION].on[true].version;
	/* What has no equal stays: SSL 3.0, TLS 1.0, 0. */
	return equal != 0 ? equal : version;
}

unsigned
tlsp_versions_of(bool dtls, bool quic)
{
	if (quic)
		return V1_3; /* RFC 9001, 4.2 */
	/* DTLS begins with TLS 1.1's equal (RFC 4347). */
	if (dtls)
		return V1_1 | V1_2 | (tlsp_has(FEATURE_DTLS13) ? V1_3 : 0u);
	return VERSIONS_ALL;
}

const char *
tlsp_version_name(bool dtls, int version)
{
	return tlspolicy_protocol_name(tlsp_version_on(dtls, version));
}

const char *
tlsp_version_option(bool dtls, unsigned index)
{
	return versions[index].on[dtls].option;
}

unsigned
tlsp_versions_disabled(bool dtls, uint64_t options)
{
	unsigned set = 0;

	if ((options & SSL_OP_NO_SSL_MASK) == 0) /* DTLS has the same bits */
		return 0;
	for (unsigned i = 0; i < VERSION_COUNT; i++) {
		if ((options & versions[i].on[dtls].bit) != 0)
			set |= 1u << i;
	}
	return set;
}

uint64_t
tlsp_versions_options(bool dtls, unsigned set)
{
	uint64_t options = 0;

	for (unsigned i = 0; i < VERSION_COUNT; i++) {
		if ((set & (1u << i)) != 0)
			options |= versions[i].on[dtls].bit;
	}
	return options;
}

/* Policies */

unsigned
tlsp_policy_versions(const struct tlspolicy *policy)
{
	return tlsp_versions_between(policy->min_version, policy->max_version) &
	    ~policy->disabled;
}

unsigned
tlsp_versions_using(enum list_kind kind)
{
	static const unsigned using[LIST_COUNT] = {
		[LIST_CIPHERS] = VERSIONS_TO_1_2,
		[LIST_CIPHERSUITES] = V1_3,
		[LIST_GROUPS] = VERSIONS_ALL,
		[LIST_SIGALGS] = V1_2 | V1_3,
	};

	return using[kind];
}
