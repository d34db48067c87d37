/* SPDX-License-Identifier: MIT */
/*
 * What of a standard its profile enforces, what a completed connection shows,
 * and what stays the operator's.  docs/standards.md has the same as a page, and
 * tests/standards.sh fails where the two differ.
 *
 * An aid to read a standard by, never a statement of compliance.  Sections are
 * those of the document that is named first; where one was not read itself, the
 * table says so below "unverified" (sources as of 2026-11-28).
 */
#include <stdio.h>
#include <string.h>

#include "tool.h"

#define VERSIONS    "protocol versions"
#define SUITES      "cipher suites of TLS 1.2 and 1.3"
#define GROUPS      "groups of the key exchange"
#define SIGNATURES  "signature and hash of the handshake"
#define NO_OTHERS   "only its algorithms, or these first"
#define CHAIN       "signature algorithms of the chain"
#define RSA_SIZE    "size of RSA keys"
#define CURVE       "curve of the certificate"
#define EMS         "Extended Master Secret in TLS 1.2"
#define ETM         "Encrypt-then-MAC with CBC"
#define RENEGOTIATE "renegotiation by RFC 5746, none by the client"
#define COMPRESSION "no compression"
#define EARLY_DATA  "no 0-RTT data"
#define PSK         "no psk_ke, no external pre-shared keys"
#define REVOCATION  "OCSP, CRL, stapling"
#define VALIDITY    "validity, names, usages and trust"
#define NAMES       "server name, no raw public keys, SCT"
#define RANDOM      "random numbers, key generation, validated module"

#define AES_256     "ECDHE with AES-256-GCM; TLS_AES_256_GCM_SHA384"
#define SHA_384     "ECDSA on P-384 or RSA, each with SHA-384"
#define LISTS       "the lists have no others"
#define OWN_CHAIN   "the certificates of both sides"
#define NO_CBC      "no cipher with CBC is left"
#define BANNED      "OpenSSL has the former, renegotiation=off the latter"
#define OFF         "OpenSSL's default, and refused from level 2 on"
#define SHOWN       "the connection tells"
#define OFF_ALREADY "off in OpenSSL: leave it so"
#define SESSION     "whether one was used"
#define CHECKS      "checks by the program, or by its host"

struct row {
	const char *requirement, *section; /* NULL: not told by a section */
	bool checked;                      /* by tlspolicy_check, too */
	const char *enforced, *visible, *operators; /* NULL: none of it */
};
struct note {
	const char *what, *why;
};

/* A standard: tables end with an empty row. */
struct standard {
	const char *profile, *title, *date;
	const struct row *rows;
	const struct note *left_out, *sources; /* "why" of a source: its date */
	const char *const *unverified;
};

#define RFC_10015 \
	{ \
		"RSA, DHE, static DH and static ECDH key exchange in TLS 1.2", \
		    "RFC 10015, sections 4, 3 and 2" \
	}

static const struct row rfc_10015[] = {
	{ "no static DH, and no static ECDH (SHOULD NOT)", "2", true,
	    "no such cipher in the list", NULL, NULL },
	{ "no ephemeral DH over finite fields in TLS 1.2", "3", true,
	    "no such cipher in the list", NULL, NULL },
	{ "no RSA key exchange", "4", true, "no such cipher in the list", NULL,
	    NULL },
	{ NULL, NULL, false, NULL, NULL, NULL },
};

static const struct row cnsa1[] = {
	{ VERSIONS, "5", true, "TLS 1.2 and later", NULL, NULL },
	{ GROUPS, "5.1, 5.3", true, "P-384", NULL, NULL },
	{ CURVE, "5.1", false, "P-384 for both sides' own certificate",
	    "that of the chain", NULL },
	{ RANDOM, "5.1, 5.3", false, NULL, NULL, "the choice of a module" },
	{ RSA_SIZE, "5.2", false, "3072 bits and more (level 3)",
	    "that it is 3072 or 4096", NULL },
	{ VALIDITY " (RFC 8603)", "5.4", false, NULL, NULL, CHECKS },
	{ SUITES, "6, 7", true, AES_256, NULL, NULL },
	{ NO_OTHERS, "6, 7", false, LISTS, NULL, NULL },
	{ EMS " (SHOULD)", "6.1", false, NULL, SHOWN, NULL },
	{ SIGNATURES, "6.2, 7.1", true, SHA_384, NULL, NULL },
	{ CHAIN, "6.3, 7.2", false, NULL, OWN_CHAIN, NULL },
	{ REVOCATION, "6.7, 7.5", false, NULL, "a stapled answer", CHECKS },
	{ EARLY_DATA, "7.3", false, NULL, SESSION, OFF_ALREADY },
	{ PSK, "7.4, 4.2", false, NULL, SESSION, OFF_ALREADY },
	{ ETM, NULL, false, NO_CBC, NULL, NULL },
	{ RENEGOTIATE, NULL, false, BANNED, NULL, NULL },
	{ COMPRESSION, NULL, false, OFF, NULL, NULL },
	{ NULL, NULL, false, NULL, NULL, NULL },
};

static const struct row cnsa2[] = {
	{ SUITES, "4", true, "TLS_AES_256_GCM_SHA384", NULL, NULL },
	{ PSK, "9", false, NULL, SESSION, OFF_ALREADY },
	{ EARLY_DATA, "12", false, NULL, SESSION, OFF_ALREADY },
	{ VERSIONS, NULL, true, "TLS 1.3 and later", NULL, NULL },
	{ GROUPS, NULL, true, "ML-KEM-1024", NULL, NULL },
	{ SIGNATURES, NULL, true, "ML-DSA-87", NULL, NULL },
	{ NO_OTHERS, NULL, false, LISTS, NULL, NULL },
	{ CHAIN, NULL, false, "level 5, but P-521 and SLH-DSA-256 pass it",
	    OWN_CHAIN, NULL },
	{ RSA_SIZE, NULL, false, "no RSA at all", NULL, NULL },
	{ CURVE, NULL, false, "none but P-521, which level 5 lets pass",
	    "that of the chain", NULL },
	{ RENEGOTIATE, NULL, false, "there is none in TLS 1.3", NULL, NULL },
	{ COMPRESSION, NULL, false, OFF, NULL, NULL },
	{ REVOCATION, NULL, false, NULL, NULL, CHECKS },
	{ VALIDITY, NULL, false, NULL, NULL, CHECKS },
	{ RANDOM, NULL, false, NULL, NULL, "the choice of a module" },
	{ NULL, NULL, false, NULL, NULL, NULL },
};

static const struct row cnsa2_interop[] = {
	{ VERSIONS, NULL, true, "TLS 1.2 and later", NULL, NULL },
	{ SUITES, NULL, true, AES_256, NULL, NULL },
	{ GROUPS, NULL, true, "ML-KEM-1024, then P-384", NULL, NULL },
	{ SIGNATURES, NULL, true, "ML-DSA-87, then " SHA_384, NULL, NULL },
	{ NO_OTHERS, NULL, false, LISTS, NULL, NULL },
	{ CHAIN, NULL, false, NULL, OWN_CHAIN, NULL },
	{ RSA_SIZE, NULL, false, "3072 bits and more (level 3)",
	    "that it is 3072 or 4096", NULL },
	{ CURVE, NULL, false, NULL, "that of the chain", NULL },
	{ EMS, NULL, false, NULL, SHOWN, NULL },
	{ ETM, NULL, false, NO_CBC, NULL, NULL },
	{ RENEGOTIATE, NULL, false, BANNED, NULL, NULL },
	{ COMPRESSION, NULL, false, OFF, NULL, NULL },
	{ EARLY_DATA, NULL, false, NULL, SESSION, OFF_ALREADY },
	{ PSK, NULL, false, NULL, SESSION, OFF_ALREADY },
	{ REVOCATION, NULL, false, NULL, NULL, CHECKS },
	{ VALIDITY, NULL, false, NULL, NULL, CHECKS },
	{ RANDOM, NULL, false, NULL, NULL, "the choice of a module" },
	{ NULL, NULL, false, NULL, NULL, NULL },
};

static const struct row nist[] = {
	{ VERSIONS, "3.1", true, "TLS 1.2 and later", NULL, NULL },
	{ SUITES, "3.3.1", true, "ECDHE with AES-GCM, ECDSA also with AES-CCM",
	    NULL, NULL },
	{ NO_OTHERS, "3.3.1", false, LISTS, NULL, NULL },
	{ GROUPS, "3.4.2.2", true, "hybrids with ML-KEM, P-256, P-384, P-521",
	    NULL, NULL },
	{ CURVE, "table 4.1", false, NULL, "that it is P-256 or P-384", NULL },
	{ SIGNATURES, NULL, true,
	    "ECDSA and RSA, with SHA-256, SHA-384 or SHA-512", NULL, NULL },
	{ CHAIN, NULL, false, "no SHA-1 (level 2), as far as OpenSSL looks",
	    OWN_CHAIN, NULL },
	{ RSA_SIZE, NULL, false, "2048 bits and more (level 2)", NULL, NULL },
	{ EMS " (MUST)", NULL, false, NULL, SHOWN, NULL },
	{ ETM, NULL, false, NO_CBC, NULL, NULL },
	{ RENEGOTIATE, NULL, false, BANNED, NULL, NULL },
	{ COMPRESSION, NULL, false, OFF, NULL, NULL },
	{ EARLY_DATA " (SHOULD)", NULL, false, NULL, SESSION, OFF_ALREADY },
	{ PSK, NULL, false, NULL, SESSION, OFF_ALREADY },
	{ REVOCATION " (MUST)", NULL, false, NULL, "a stapled answer", CHECKS },
	{ VALIDITY, NULL, false, NULL, NULL, CHECKS },
	{ NAMES, NULL, false, NULL, NULL, "settings of the program" },
	{ RANDOM, NULL, false, NULL, NULL,
	    "the choice of a validated module, such as a FIPS provider" },
	{ NULL, NULL, false, NULL, NULL, NULL },
};

static const struct row ncsc_nl[] = {
	{ NO_OTHERS, "2, 3", false, LISTS, NULL, NULL },
	{ VERSIONS, "3.3.1", true, "TLS 1.2 and later", NULL, NULL },
	{ RSA_SIZE, "3.3.2", false, "3072 bits and more (level 3)", NULL,
	    NULL },
	{ CURVE, "3.3.2", false, NULL, "that of the chain", NULL },
	{ GROUPS, "3.3.3", true,
	    "hybrids with ML-KEM, X25519, X448, NIST's curves, brainpool", NULL,
	    NULL },
	{ SUITES, "3.3.4, B", true,
	    "ECDHE with AES-GCM or ChaCha20, ECDSA also with AES-CCM", NULL,
	    NULL },
	{ SIGNATURES, "3.3.5", true,
	    "ECDSA, EdDSA and RSA, with SHA-256, SHA-384 or SHA-512", NULL,
	    NULL },
	{ CHAIN, "3.3.5", false, NULL, OWN_CHAIN, NULL },
	{ COMPRESSION, "3.4.1", false, OFF, NULL, NULL },
	{ RENEGOTIATE, "3.4.2", false, BANNED, NULL, NULL },
	{ EARLY_DATA, "3.4.4", false, NULL, SESSION, OFF_ALREADY },
	{ REVOCATION, "3.4.5", false, NULL, "a stapled answer", CHECKS },
	{ EMS, "4.1", false, NULL, SHOWN, NULL },
	{ VALIDITY, "4.4", false, NULL, NULL, CHECKS },
	{ ETM, NULL, false, NO_CBC, NULL, NULL },
	{ PSK, NULL, false, NULL, NULL, OFF_ALREADY },
	{ RANDOM, NULL, false, NULL, NULL, "the choice of a module" },
	{ NULL, NULL, false, NULL, NULL, NULL },
};

static const struct note none[] = { { NULL, NULL } };
static const struct note cnsa1_out[] = {
	RFC_10015,
	{ "ffdhe3072 and ffdhe4096 in TLS 1.3",
	    "P-384 is enough (sections 5.1 and 7), as in s2n-tls" },
	{ NULL, NULL },
};
static const struct note cnsa2_out[] = {
	{ "hybrid groups", "no source accepts one: the draft has ML-KEM-1024" },
	{ NULL, NULL },
};
static const struct note interop_out[] = {
	RFC_10015,
	{ "hybrid groups", "no source accepts one: the draft has ML-KEM-1024" },
	{ NULL, NULL },
};
static const struct note nist_out[] = {
	RFC_10015,
	{ "CBC ciphers", "they take Encrypt-then-MAC; as in s2n-tls" },
	{ "CCM_8 ciphers", "level 2 refuses them from OpenSSL 3.0 on" },
	{ "P-224, binary curves, finite-field groups, DSA",
	    "as in s2n-tls and BoringSSL" },
	{ NULL, NULL },
};
static const struct note ncsc_nl_out[] = { RFC_10015, { NULL, NULL } };

static const struct note compat_from[] = {
	{ "RFC 10015: its record", "2026-07" },
	{ "its working group's text, for sections 2 to 4", "2025-11" },
	{ "Server Side TLS guidelines 6.0 and 5.8 (TLSRef), for the lists",
	    "2026-04-06" },
	{ NULL, NULL },
};
static const struct note cnsa1_from[] = {
	{ "RFC 9151", "2022-04" },
	{ "s2n-tls cnsa_1 and rfc9151, both with these lists", "2026-08-07" },
	{ NULL, NULL },
};
static const struct note cnsa2_from[] = {
	{ "draft-becker-cnsa2-tls-profile-05", "2026-07-19" },
	{ "s2n-tls cnsa_2 (added 2026-03-19), with these lists", "2026-08-07" },
	{ NULL, NULL },
};
static const struct note interop_from[] = {
	{ "s2n-tls cnsa_1_2_interop, with these lists", "2026-08-07" },
	{ "ELB's CNSA2-INTEROP2-FIPS-PQ-2026-07, with these lists", "2026-07" },
	{ NULL, NULL },
};
static const struct note nist_from[] = {
	{ "SP 800-52 Rev. 2, through TLS-Scanner and BoringSSL fips_202205",
	    "2019-08" },
	{ "SP 800-227, s2n-tls default_fips, EVP_PKEY-MLX-KEM(7): hybrids",
	    "2025-09-18" },
	{ NULL, NULL },
};
static const struct note ncsc_nl_from[] = {
	{ "Internet.nl, its tables and texts for the guidelines of 2025-05",
	    "2026-07-14" },
	{ NULL, NULL },
};

static const char *const all_read[] = { NULL };
static const char *const compat_unverified[] = {
	"the published text of RFC 10015: its sections are the working group's",
	NULL,
};
static const char *const cnsa2_unverified[] = {
	"sections 4, 9 and 12 of the draft, which were seen through others",
	"that -05 is still the newest draft",
	NULL,
};
static const char *const nist_unverified[] = {
	"SP 800-52 Rev. 2 beyond 3.1, 3.3.1, 3.4.2.2 and table 4.1",
	"whether CMVP accepts X25519MLKEM768: SP 800-227 and OpenSSL do",
	NULL,
};
static const char *const ncsc_nl_unverified[] = {
	"the guidelines' own text: it was read as Internet.nl has it",
	NULL,
};

static const struct standard standards[] = {
	{ "compat@2026-11", "RFC 10015: RSA and DHE key exchange in TLS 1.2",
	    "2026-07", rfc_10015, none, compat_from, compat_unverified },
	{ "cnsa1@2022-04",
	    "RFC 9151: CNSA Suite Profile for TLS and DTLS 1.2 and 1.3",
	    "2022-04", cnsa1, cnsa1_out, cnsa1_from, all_read },
	{ "cnsa2@2026-07",
	    "draft-becker-cnsa2-tls-profile-05: CNSA Suite 2.0 for TLS 1.3",
	    "2026-07", cnsa2, cnsa2_out, cnsa2_from, cnsa2_unverified },
	{ "cnsa2-interop@2026-07",
	    "CNSA Suite 2.0 where both ends have it, else 1.0", "2026-07",
	    cnsa2_interop, interop_out, interop_from, cnsa2_unverified },
	{ "nist@2025-09",
	    "NIST SP 800-52 Rev. 2, with the hybrids of SP 800-227", "2025-09",
	    nist, nist_out, nist_from, nist_unverified },
	{ "ncsc-nl@2025-05",
	    "NCSC (Netherlands): IT Security Guidelines for TLS", "2025-05",
	    ncsc_nl, ncsc_nl_out, ncsc_nl_from, ncsc_nl_unverified },
};
#define STANDARDS (sizeof(standards) / sizeof(standards[0]))

static const char aid[] =
    "An aid to read the standard by, no certificate of compliance.";

static json_t *
rows_of(const struct standard *standard)
{
	json_t *rows = new_array();

	for (const struct row *row = standard->rows; row->requirement != NULL;
	     row++) {
		json_t *made = new_object();

		put(made, "requirement", new_text(row->requirement));
		put(made, "section", new_text(row->section));
		put(made, "enforced", new_text(row->enforced));
		put(made, "checked", json_boolean(row->checked));
		put(made, "visible", new_text(row->visible));
		put(made, "operator", new_text(row->operators));
		add(rows, made);
	}
	return rows;
}

static json_t *
notes_of(const struct note *note, const char *what, const char *why)
{
	json_t *notes = new_array();

	for (; note->what != NULL; note++) {
		json_t *made = new_object();

		put(made, what, new_text(note->what));
		put(made, why, new_text(note->why));
		add(notes, made);
	}
	return notes;
}

static json_t *
report_of(const struct standard *standard)
{
	json_t *report = new_object(), *unverified = new_array();

	put(report, "profile", new_text(standard->profile));
	put(report, "standard", new_text(standard->title));
	put(report, "date", new_text(standard->date));
	put(report, "note", new_text(aid));
	put(report, "requirements", rows_of(standard));
	put(report, "left_out", notes_of(standard->left_out, "what", "why"));
	put(report, "sources", notes_of(standard->sources, "document", "date"));
	for (const char *const *at = standard->unverified; *at != NULL; at++)
		add(unverified, new_text(*at));
	put(report, "unverified", unverified);
	return report;
}

/* The rows that say something below a key; mark is for those checked. */
static void
print_rows(const json_t *rows, const char *key, const char *heading)
{
	const json_t *row;
	bool any = false;

	for (size_t i = 0; (row = json_array_get(rows, i)) != NULL; i++) {
		const char *section = text_of(row, "section");
		const char *value = text_of(row, key);

		if (*value == '\0')
			continue;
		if (!any)
			(void)printf("\n%s\n", heading);
		any = true;
		(void)printf("  %-9s %s%s\n  %-9s   %s\n",
		    *section != '\0' ? section : "-",
		    text_of(row, "requirement"),
		    strcmp(key, "enforced") == 0 &&
			    json_is_true(json_object_get(row, "checked"))
			? " *"
			: "",
		    "", value);
	}
}

static void
print_left_out(const json_t *notes)
{
	const json_t *note;

	if (json_array_size(notes) > 0)
		(void)printf("\nLeft out of the profile, although the standard "
			     "may have it:\n");
	for (size_t i = 0; (note = json_array_get(notes, i)) != NULL; i++)
		(void)printf("  %s\n    %s\n", text_of(note, "what"),
		    text_of(note, "why"));
}

static void
print_sources(const json_t *sources)
{
	const json_t *source;

	(void)printf("\nThe lists are from:\n");
	for (size_t i = 0; (source = json_array_get(sources, i)) != NULL; i++)
		(void)printf("  %-10s  %s\n", text_of(source, "date"),
		    text_of(source, "document"));
}

static void
print(const json_t *report)
{
	const json_t *rows = json_object_get(report, "requirements");
	const json_t *unverified = json_object_get(report, "unverified"), *at;

	(void)printf("%s\n%s (%s)\n%s\n", text_of(report, "profile"),
	    text_of(report, "standard"), text_of(report, "date"),
	    text_of(report, "note"));
	print_rows(rows, "enforced",
	    "Enforced by the profile, by section "
	    "(* tlspolicy_check sees it as well):");
	print_rows(rows, "visible",
	    "To be seen after a handshake, but not by tlspolicy_check:");
	print_rows(rows, "operator", "The operator's:");
	print_left_out(json_object_get(report, "left_out"));
	print_sources(json_object_get(report, "sources"));
	if (json_array_size(unverified) > 0)
		(void)printf("\nUnverified:\n");
	for (size_t i = 0; (at = json_array_get(unverified, i)) != NULL; i++)
		(void)printf("  %s\n", json_string_value(at));
}

/* A profile that follows no standard's requirements. */
static int
complain_of(const char *name)
{
	char list[256] = "";
	size_t len = 0;

	for (size_t i = 0; i < STANDARDS && len < sizeof(list); i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s",
		    i == 0 ? "" : ", ", standards[i].profile);
	return complain("list --coverage %s: no standard's requirements are "
			"behind it; ask for one of %s",
	    name, list);
}

int
print_coverage(const char *name, const struct arguments *args)
{
	const struct tlspolicy *profile = tlspolicy_profile(name);

	if (profile == NULL)
		return complain("list --coverage %s: no such profile; see "
				"\"tlspolicy list\"",
		    name);
	for (size_t i = 0; i < STANDARDS; i++) {
		if (tlspolicy_profile(standards[i].profile) != profile)
			continue;
		finish(report_of(&standards[i]), args, print);
		return STATUS_YES;
	}
	return complain_of(name);
}
