/* SPDX-License-Identifier: MIT */
/* Protocol versions: their names, and sets of them. */
#include <string.h>

#include "internal.h"

/* RFC 9147; no OpenSSL has a constant for it yet. */
#define DTLS1_3_NUMBER 0xfefc

/* RFC 9000; OpenSSL's constant is of 3.2. */
#define QUIC1_NUMBER 0x00000001

/* Lowest first: the index is the bit. */
static const struct version {
	int version;
	const char *number;
	uint64_t option;
} versions[VERSION_COUNT] = {
	{ TLS1_VERSION, "1.0", SSL_OP_NO_TLSv1 },
	{ TLS1_1_VERSION, "1.1", SSL_OP_NO_TLSv1_1 },
	{ TLS1_2_VERSION, "1.2", SSL_OP_NO_TLSv1_2 },
	{ TLS1_3_VERSION, "1.3", SSL_OP_NO_TLSv1_3 },
};

static const struct protocol {
	int version;
	const char *name;
} protocols[] = {
	{ SSL3_VERSION, "SSLv3" },
	{ TLS1_VERSION, "TLSv1" },
	{ TLS1_1_VERSION, "TLSv1.1" },
	{ TLS1_2_VERSION, "TLSv1.2" },
	{ TLS1_3_VERSION, "TLSv1.3" },
	{ DTLS1_VERSION, "DTLSv1" },
	{ DTLS1_2_VERSION, "DTLSv1.2" },
	{ DTLS1_3_NUMBER, "DTLSv1.3" },
};
#define PROTOCOL_COUNT (sizeof(protocols) / sizeof(protocols[0]))

const char *
tlspolicy_protocol_name(int version)
{
	for (size_t i = 0; i < PROTOCOL_COUNT; i++) {
		if (protocols[i].version == version)
			return protocols[i].name;
	}
	return NULL;
}

/* The protocol with this prefix and number, whether "1" or "1.0". */
static int
find_protocol(const char *prefix, const char *number, size_t len)
{
	size_t skip = strlen(prefix);

	if (len == 3 && memcmp(number, "1.0", 3) == 0)
		len = 1;
	for (size_t i = 0; i < PROTOCOL_COUNT; i++) {
		const char *name = protocols[i].name;

		if (strncmp(name, prefix, skip) == 0 &&
		    strncmp(name + skip, number, len) == 0 &&
		    name[skip + len] == '\0')
			return protocols[i].version;
	}
	return 0;
}

static int
protocol_from(const char *name, size_t len)
{
	const char *prefix = "TLSv";
	size_t skip = 0;

	if (len >= 3 && tlsp_spells("SSL", name, 3)) {
		prefix = "SSLv";
		skip = 3;
	} else if (len >= 4 && tlsp_spells("DTLS", name, 4)) {
		prefix = "DTLSv";
		skip = 4;
	} else if (len >= 3 && tlsp_spells("TLS", name, 3)) {
		skip = 3;
	}
	if (len > skip && (name[skip] == 'v' || name[skip] == 'V'))
		skip++;
	if (len == skip || len - skip > 3)
		return 0;
	return find_protocol(prefix, name + skip, len - skip);
}

int
tlspolicy_protocol_from_name(const char *name)
{
	return name == NULL ? 0 : protocol_from(name, strlen(name));
}

int
tlsp_version_parse(const char *name, size_t len)
{
	int version = protocol_from(name, len);

	return tlsp_version_bit(version) == 0 ? 0 : version;
}

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
	for (unsigned i = 0; i < VERSION_COUNT; i++) {
		if ((set & (1u << i)) != 0)
			return versions[i].version;
	}
	return 0;
}

int
tlsp_version_highest(unsigned set)
{
	for (unsigned i = VERSION_COUNT; i > 0; i--) {
		if ((set & (1u << (i - 1))) != 0)
			return versions[i - 1].version;
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
tlsp_version_as_tls(int version)
{
	switch (version) {
	case DTLS1_VERSION:
		return TLS1_1_VERSION;
	case DTLS1_2_VERSION:
		return TLS1_2_VERSION;
	case DTLS1_3_NUMBER:
	case QUIC1_NUMBER:
		return TLS1_3_VERSION;
	default:
		return version;
	}
}

int
tlsp_version_on(bool dtls, int version)
{
	if (!dtls)
		return version;
	switch (version) {
	case TLS1_1_VERSION:
		return DTLS1_VERSION;
	case TLS1_2_VERSION:
		return DTLS1_2_VERSION;
	case TLS1_3_VERSION:
		return DTLS1_3_NUMBER;
	default:
		return version; /* TLS 1.0 has no equal */
	}
}

unsigned
tlsp_versions_of(bool dtls, bool quic)
{
	if (quic)
		return TLSPOLICY_NO_TLS1_3; /* RFC 9001, 4.2 */
	/* No release has DTLS 1.3 yet, and DTLS begins with TLS 1.1's equal. */
	return dtls ? TLSPOLICY_NO_TLS1_1 | TLSPOLICY_NO_TLS1_2 : VERSIONS_ALL;
}

const char *
tlsp_version_name(bool dtls, unsigned index)
{
	return tlspolicy_protocol_name(
	    tlsp_version_on(dtls, versions[index].version));
}

const char *
tlsp_version_option(bool dtls, unsigned index)
{
	static const char *const names[2][VERSION_COUNT] = {
		{ "TLSv1", "TLSv1_1", "TLSv1_2", "TLSv1_3" },
		{ NULL, "DTLSv1", "DTLSv1_2", NULL },
	};

	return names[dtls][index];
}

int
tlsp_stricter_min(int a, int b)
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

/* DTLS 1.0 shares its bit with TLS 1.0, not with TLS 1.1 that it equals. */
static uint64_t
option_of(bool dtls, unsigned index)
{
	if (!dtls)
		return versions[index].option;
	switch (versions[index].version) {
	case TLS1_1_VERSION:
		return SSL_OP_NO_DTLSv1;
	case TLS1_2_VERSION:
		return SSL_OP_NO_DTLSv1_2;
	default:
		return 0;
	}
}

unsigned
tlsp_versions_disabled(bool dtls, uint64_t options)
{
	unsigned set = 0;

	if ((options & SSL_OP_NO_SSL_MASK) == 0) /* DTLS has the same bits */
		return 0;
	for (unsigned i = 0; i < VERSION_COUNT; i++) {
		if ((options & option_of(dtls, i)) != 0)
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
			options |= option_of(dtls, i);
	}
	return options;
}

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
		[LIST_CIPHERSUITES] = TLSPOLICY_NO_TLS1_3,
		[LIST_GROUPS] = VERSIONS_ALL,
		[LIST_SIGALGS] = TLSPOLICY_NO_TLS1_2 | TLSPOLICY_NO_TLS1_3,
	};

	return using[kind];
}
