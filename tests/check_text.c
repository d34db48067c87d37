/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "runner.h"
#include "tlspolicy.h"

#define NELEM(a)  (sizeof(a) / sizeof((a)[0]))
#define TEXT_MAX  4096
#define ENTRY_MAX 1024

/* What the error queue holds; asking empties it. */

struct queue {
	int entries;
	char last[ENTRY_MAX];
};

static int
add_entry(const char *line, size_t len, void *arg)
{
	struct queue *queue = arg;

	queue->entries++;
	(void)snprintf(
	    queue->last, sizeof(queue->last), "%.*s", (int)len, line);
	queue->last[strcspn(queue->last, "\n")] = '\0';
	return 1;
}

static struct queue
take_queue(void)
{
	struct queue queue = { 0 };

	ERR_print_errors_cb(add_entry, &queue);
	return queue;
}

/* The column that an entry names, 0 if none. */
static size_t
entry_column(const char *entry)
{
	const char *at = strstr(entry, "policy text, column ");
	size_t column = 0;

	if (at != NULL)
		(void)sscanf(at, "policy text, column %zu: ", &column);
	return column;
}

static int
is_printable(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			return 0;
	return 1;
}

/* A failure of parse: *out, the one entry and its column are as promised. */
static void
assert_failed(const char *text, int status, const struct tlspolicy *out,
    const struct queue *queue)
{
	size_t column = entry_column(queue->last);

	ck_assert_msg(status == TLSPOLICY_E_SYNTAX ||
		status == TLSPOLICY_E_PROFILE || status == TLSPOLICY_E_RANGE ||
		status == TLSPOLICY_E_HOLE,
	    "\"%.99s\": %d", text, status);
	ck_assert_msg(out == NULL, "\"%.99s\": *out is set", text);
	ck_assert_msg(
	    queue->entries == 1, "\"%.99s\": %d entries", text, queue->entries);
	ck_assert_msg(is_printable(queue->last), "\"%.99s\": raw bytes: %s",
	    text, queue->last);
	ck_assert_msg(column >= 1 && column <= strlen(text) + 1,
	    "\"%.99s\": column %zu: %s", text, column, queue->last);
}

static int
same_list(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static int
same_policy(const struct tlspolicy *a, const struct tlspolicy *b)
{
#define SAME(field) (tlspolicy_get_##field(a) == tlspolicy_get_##field(b))
#define SAME_LIST(field) \
	same_list(tlspolicy_get_##field(a), tlspolicy_get_##field(b))
	return SAME(min_version) && SAME(max_version) && SAME(disabled) &&
	    SAME_LIST(ciphers) && SAME_LIST(ciphersuites) &&
	    SAME_LIST(groups) && SAME_LIST(sigalgs) && SAME(security_level) &&
	    SAME(renegotiation) && SAME(server_preference);
#undef SAME_LIST
#undef SAME
}

/* Law 8 for one policy. */
static void
assert_round_trip(const char *name, const struct tlspolicy *policy)
{
	struct tlspolicy *again = NULL;
	char text[TEXT_MAX + 1], text2[TEXT_MAX + 1];
	int len = tlspolicy_format(policy, text, sizeof(text));

	ck_assert_msg(
	    len > 0 && (size_t)len == strlen(text), "%s: format %d", name, len);
	ck_assert_msg(tlspolicy_parse(&again, text) == TLSPOLICY_OK,
	    "%s: refused: %.999s", name, text);
	ck_assert_msg(
	    same_policy(policy, again), "%s: changed: %.999s", name, text);
	ck_assert_int_eq(tlspolicy_format(again, text2, sizeof(text2)), len);
	ck_assert_msg(strcmp(text, text2) == 0, "%s: %.999s then %.999s", name,
	    text, text2);
	tlspolicy_free(again);
}

/* Text that is accepted, and how it is written */

static const struct accepted {
	const char *text, *want;
} accepted[] = {
	{ "system", "system" },
	{ "system@2026", "system" },
	{ " \t\r\nsystem\n", "system" },
	{ "system,level=3", "level=3" },
	/* separators */
	{ "min=1.2 max=1.3", "min=TLSv1.2,max=TLSv1.3" },
	{ "min=1.2,max=1.3", "min=TLSv1.2,max=TLSv1.3" },
	{ "min=1.2, max=1.3", "min=TLSv1.2,max=TLSv1.3" },
	{ "min=1.2 ,max=1.3", "min=TLSv1.2,max=TLSv1.3" },
	{ "min=1.2 \t,\n  max=1.3", "min=TLSv1.2,max=TLSv1.3" },
	{ "  min=1.2\tmax=1.3\n", "min=TLSv1.2,max=TLSv1.3" },
	{ "min=1.2\r\nmax=1.3\r\n", "min=TLSv1.2,max=TLSv1.3" },
	/* every key, in an order of its own */
	{ "preference=server renegotiation=on level=0 sigalgs=ed25519 "
	  "groups=X25519 ciphersuites=TLS_AES_128_GCM_SHA256 "
	  "ciphers=AES128-SHA disable=1 max=1.3 min=1",
	    "min=TLSv1,max=TLSv1.3,disable=TLSv1,ciphers=AES128-SHA,"
	    "ciphersuites=TLS_AES_128_GCM_SHA256,groups=X25519,"
	    "sigalgs=ed25519,level=0,renegotiation=on,preference=server" },
	{ "renegotiation=off,preference=client",
	    "renegotiation=off,preference=client" },
	{ "level=0", "level=0" },
	{ "level=1", "level=1" },
	{ "level=5", "level=5" },
	/* versions */
	{ "min=TLSv1,disable=TLSv1:TLSv1.1",
	    "min=TLSv1,disable=TLSv1:TLSv1.1" },
	{ "disable=tls1.1:1.0", "disable=TLSv1:TLSv1.1" },
	{ "disable=1.3", "disable=TLSv1.3" },
	{ "disable=1.3:1:v1.1", "disable=TLSv1:TLSv1.1:TLSv1.3" },
	{ "min=1.1 disable=1.1", "min=TLSv1.1,disable=TLSv1.1" },
	{ "max=1.2 disable=1.2", "max=TLSv1.2,disable=TLSv1.2" },
	{ "min=1.2 disable=1.1", "min=TLSv1.2,disable=TLSv1.1" },
	{ "max=1.1 disable=1.3", "max=TLSv1.1,disable=TLSv1.3" },
	{ "min=1.2 max=1.2", "min=TLSv1.2,max=TLSv1.2" },
	{ "max=TLSv1", "max=TLSv1" },
	/* ciphers and ciphersuites */
	{ "ciphers=ecdhe-rsa-aes128-gcm-sha256:?Des-Cbc3-Sha",
	    "ciphers=ECDHE-RSA-AES128-GCM-SHA256:?DES-CBC3-SHA" },
	{ "ciphers=NO-SUCH-CIPHER", "ciphers=NO-SUCH-CIPHER" },
	{ "ciphersuites=?tls_aes_128_ccm_sha256",
	    "ciphersuites=?TLS_AES_128_CCM_SHA256" },
	/* groups: one name for each, in any case */
	{ "groups=P-256:P-384:P-521", "groups=prime256v1:secp384r1:secp521r1" },
	{ "groups=p-256:p-384:p-521", "groups=prime256v1:secp384r1:secp521r1" },
	{ "groups=SECP256R1:SECP384R1:SECP521R1",
	    "groups=prime256v1:secp384r1:secp521r1" },
	{ "groups=Prime256v1:x25519:x448", "groups=prime256v1:X25519:X448" },
	{ "groups=?x25519MLKEM768:?secp256R1mlkem768:X25519",
	    "groups=?X25519MLKEM768:?SecP256r1MLKEM768:X25519" },
	{ "groups=ffdhe2048:FFDHE3072", "groups=ffdhe2048:ffdhe3072" },
	{ "groups=?secp256r1", "groups=?prime256v1" },
	{ "groups=No-Such_Group", "groups=No-Such_Group" },
	/* sigalgs */
	{ "sigalgs=RSA+SHA256:ECDSA+SHA256:PSS+SHA384",
	    "sigalgs=rsa_pkcs1_sha256:ecdsa_secp256r1_sha256:"
	    "rsa_pss_rsae_sha384" },
	{ "sigalgs=rsa+sha512:?RSA-PSS+sha256",
	    "sigalgs=rsa_pkcs1_sha512:?rsa_pss_rsae_sha256" },
	{ "sigalgs=SHA256+RSA:?sha384+ecdsa",
	    "sigalgs=rsa_pkcs1_sha256:?ecdsa_secp384r1_sha384" },
	{ "sigalgs=ED25519:ed448:RSA_PSS_PSS_SHA256",
	    "sigalgs=ed25519:ed448:rsa_pss_pss_sha256" },
	{ "sigalgs=ecdsa+sha1", "sigalgs=ECDSA+SHA1" },
	{ "sigalgs=No_Such+Sigalg", "sigalgs=No_Such+Sigalg" },
	/* an item of 63 bytes */
	{ "groups=x23456789012345678901234567890123456789012345678901234567890"
	  "123",
	    "groups=x2345678901234567890123456789012345678901234567890123456"
	    "7890123" },
};

START_TEST(accepts)
{
	const struct accepted *row = &accepted[_i];
	struct tlspolicy *policy = NULL;
	char text[TEXT_MAX + 1];
	int ret = tlspolicy_parse(&policy, row->text);

	ck_assert_msg(ret == TLSPOLICY_OK, "\"%s\": %d: %s", row->text, ret,
	    take_queue().last);
	ck_assert_msg(take_queue().entries == 0, "\"%s\": an entry", row->text);
	ck_assert_int_gt(tlspolicy_format(policy, text, sizeof(text)), 0);
	ck_assert_msg(strcmp(text, row->want) == 0, "\"%s\": %s, not %s",
	    row->text, text, row->want);
	assert_round_trip(row->text, policy);
	tlspolicy_free(policy);
}
END_TEST

static const struct version {
	int version;
	const char *const digits[2];
} versions[] = {
	{ TLS1_VERSION, { "1", "1.0" } },
	{ TLS1_1_VERSION, { "1.1", "1.1" } },
	{ TLS1_2_VERSION, { "1.2", "1.2" } },
	{ TLS1_3_VERSION, { "1.3", "1.3" } },
};
static const char *const prefixes[] = { "", "v", "V", "TLS", "tls", "Tls",
	"TLSv", "tlsv", "TLSV", "tLsV" };

START_TEST(accepts_versions)
{
	const struct version *row = &versions[_i / 2];
	const char *digits = row->digits[_i % 2];
	struct tlspolicy *policy = NULL;
	char text[64];

	for (size_t i = 0; i < NELEM(prefixes); i++) {
		(void)snprintf(text, sizeof(text), "min=%s%s max=%s%s",
		    prefixes[i], digits, prefixes[i], digits);
		ck_assert_msg(
		    tlspolicy_parse(&policy, text) == TLSPOLICY_OK, "%s", text);
		ck_assert_msg(
		    tlspolicy_get_min_version(policy) == row->version &&
			tlspolicy_get_max_version(policy) == row->version,
		    "%s: min is 0x%x", text,
		    (unsigned)tlspolicy_get_min_version(policy));
		tlspolicy_free(policy);
		(void)snprintf(text, sizeof(text), "min=1 disable=%s%s",
		    prefixes[i], digits);
		ck_assert_msg(tlspolicy_parse(&policy, text) ==
			(_i / 2 == 1 || _i / 2 == 2 ? TLSPOLICY_E_HOLE
						    : TLSPOLICY_OK),
		    "%s", text);
		tlspolicy_free(policy);
	}
}
END_TEST

/* Text that is refused; the column points into `item`, first found in text */

static const struct refused {
	const char *text;
	int status;
	const char *item, *want;
} refused[] = {
#define SYNTAX TLSPOLICY_E_SYNTAX
	{ "", SYNTAX, "", "empty" },
	{ " ", SYNTAX, " ", "empty" },
	{ "\t\r\n ", SYNTAX, "\t\r\n ", "empty" },
	/* profiles */
	{ "moderm", TLSPOLICY_E_PROFILE, "moderm", "moderm" },
	{ "Modern", TLSPOLICY_E_PROFILE, "Modern", "modern" },
	{ "modern@2025", TLSPOLICY_E_PROFILE, "modern@2025", "modern@2025" },
	{ "modern@", TLSPOLICY_E_PROFILE, "modern@", "modern@" },
	{ "modern@20266", TLSPOLICY_E_PROFILE, "modern@20266", "20266" },
	{ "@2026", TLSPOLICY_E_PROFILE, "@2026", "@2026" },
	{ "min", TLSPOLICY_E_PROFILE, "min", "min" },
	{ "  moderm,level=2", TLSPOLICY_E_PROFILE, "moderm", "moderm" },
	{ "modern intermediate", SYNTAX, "intermediate", "" },
	{ "modern modern", SYNTAX, " modern", "" },
	{ "level=2 modern", SYNTAX, "modern", "" },
	{ "level=2,min", SYNTAX, "min", "" },
	/* separators */
	{ ",min=1.2", SYNTAX, ",", "comma" },
	{ "min=1.2,", SYNTAX, ",", "comma" },
	{ "min=1.2 , ", SYNTAX, ", ", "comma" },
	{ "min=1.2,,max=1.3", SYNTAX, ",,", "comma" },
	{ "min=1.2, ,max=1.3", SYNTAX, ", ,", "comma" },
	{ ",", SYNTAX, ",", "comma" },
	{ " , ", SYNTAX, " , ", "comma" },
	{ "modern,", SYNTAX, ",", "comma" },
	{ "min=1.2;max=1.3", SYNTAX, "min=1.2;max=1.3", "1.2;max=1.3" },
	/* keys */
	{ "min=1.2,mim=1", SYNTAX, "mim=1", "unknown key \"mim\"" },
	{ "mim=1", SYNTAX, "mim=1", "min, max, disable, ciphers, " },
	{ "MIN=1.2", SYNTAX, "MIN=1.2", "unknown key \"MIN\"" },
	{ "cipher=AES128-SHA", SYNTAX, "cipher=", "unknown key \"cipher\"" },
	{ "=1.2", SYNTAX, "=1.2", "" },
	{ "min=1.2 =1.3", SYNTAX, "=1.3", "" },
	{ "min=1.2 min=1.2", SYNTAX, " min=1.2", "min" },
	{ "max=1.2 level=1 max=1.3", SYNTAX, "max=1.3", "max" },
	{ "disable=1 disable=1.1", SYNTAX, "disable=1.1", "disable" },
	{ "ciphers=AES128-SHA,ciphers=AES256-SHA", SYNTAX, "ciphers=AES256-SHA",
	    "ciphers" },
	{ "ciphersuites=TLS_A,ciphersuites=TLS_B", SYNTAX, "ciphersuites=TLS_B",
	    "ciphersuites" },
	{ "groups=X448,groups=X25519", SYNTAX, "groups=X25519", "groups" },
	{ "sigalgs=ed448,sigalgs=ed25519", SYNTAX, "sigalgs=ed25519",
	    "sigalgs" },
	{ "level=1 level=2", SYNTAX, "level=2", "level" },
	{ "renegotiation=on,renegotiation=off", SYNTAX, "renegotiation=off",
	    "renegotiation" },
	{ "preference=client,preference=server", SYNTAX, "preference=server",
	    "preference" },
	{ "modern,min=1.3 min=1.3", SYNTAX, " min=1.3", "min" },
	/* empty values */
	{ "min=", SYNTAX, "min=", "min" },
	{ "max= level=1", SYNTAX, "max=", "max" },
	{ "disable=,level=1", SYNTAX, "disable=", "disable" },
	{ "ciphers=", SYNTAX, "ciphers=", "ciphers" },
	{ "ciphersuites=", SYNTAX, "ciphersuites=", "ciphersuites" },
	{ "groups=", SYNTAX, "groups=", "groups" },
	{ "sigalgs=", SYNTAX, "sigalgs=", "sigalgs" },
	{ "level=", SYNTAX, "level=", "level" },
	{ "renegotiation=", SYNTAX, "renegotiation=", "renegotiation" },
	{ "preference=", SYNTAX, "preference=", "preference" },
	/* versions */
	{ "min=1.4", SYNTAX, "min=1.4", "1.4" },
	{ "min=TLSv2", SYNTAX, "min=TLSv2", "TLSv2" },
	{ "max=SSLv3", SYNTAX, "max=SSLv3", "SSLv3" },
	{ "min=DTLSv1.2", SYNTAX, "min=DTLSv1.2", "DTLSv1.2" },
	{ "min==1.2", SYNTAX, "min==1.2", "=1.2" },
	{ "min=1.20", SYNTAX, "min=1.20", "1.20" },
	{ "min=1.", SYNTAX, "min=1.", "1." },
	{ "min=.2", SYNTAX, "min=.2", ".2" },
	{ "min=TLS", SYNTAX, "min=TLS", "TLS" },
	{ "min=vTLS1.2", SYNTAX, "min=vTLS1.2", "vTLS1.2" },
	{ "min=TLSvv1.2", SYNTAX, "min=TLSvv1.2", "TLSvv1.2" },
	{ "min=TLS-1.2", SYNTAX, "min=TLS-1.2", "TLS-1.2" },
	{ "min=771", SYNTAX, "min=771", "771" },
	{ "min=1.2:1.3", SYNTAX, "min=1.2:1.3", "1.2:1.3" },
	{ "min=?1.2", SYNTAX, "min=?1.2", "?1.2" },
	{ "disable=1:1.4", SYNTAX, "1.4", "1.4" },
	{ "disable=1:TLSv1", SYNTAX, "TLSv1", "TLSv1" },
	{ "disable=1:", SYNTAX, "disable=1:", "" },
	{ "disable=:1", SYNTAX, "disable=:1", "" },
	{ "disable=1::1.1", SYNTAX, "disable=1::1.1", "" },
	{ "disable=?1", SYNTAX, "disable=?1", "?1" },
	{ "disable=SSLv3", SYNTAX, "disable=SSLv3", "SSLv3" },
	/* level, renegotiation, preference */
	{ "level=6", SYNTAX, "level=6", "6" },
	{ "level=-1", SYNTAX, "level=-1", "-1" },
	{ "level=+1", SYNTAX, "level=+1", "+1" },
	{ "level=two", SYNTAX, "level=two", "two" },
	{ "level=1.0", SYNTAX, "level=1.0", "1.0" },
	{ "level=0x1", SYNTAX, "level=0x1", "0x1" },
	{ "level=4294967297", SYNTAX, "level=4294967297", "4294967297" },
	{ "renegotiation=yes", SYNTAX, "renegotiation=yes", "on" },
	{ "renegotiation=ON", SYNTAX, "renegotiation=ON", "on" },
	{ "renegotiation=1", SYNTAX, "renegotiation=1", "off" },
	{ "renegotiation=onn", SYNTAX, "renegotiation=onn", "onn" },
	{ "preference=Server", SYNTAX, "preference=Server", "server" },
	{ "preference=peer", SYNTAX, "preference=peer", "client" },
	/* every list: empty items, bare and doubled marks, duplicates */
	{ "ciphers=:AES128-SHA", SYNTAX, "ciphers=:AES128-SHA", "" },
	{ "ciphers=AES128-SHA:", SYNTAX, "AES128-SHA:", "" },
	{ "ciphers=AES128-SHA::AES256-SHA", SYNTAX, "::A", "" },
	{ "ciphers=?", SYNTAX, "ciphers=?", "" },
	{ "ciphers=??AES128-SHA", SYNTAX, "??AES128-SHA", "" },
	{ "ciphers=AES128-SHA?", SYNTAX, "AES128-SHA?", "" },
	{ "ciphers=AES128-SHA:?", SYNTAX, ":?", "" },
	{ "ciphers=AES128-SHA:aes128-sha", SYNTAX, "aes128-sha", "aes128-sha" },
	{ "ciphers=AES128-SHA:?AES128-SHA", SYNTAX, "?AES128-SHA", "128-SHA" },
	{ "ciphersuites=TLS_A:", SYNTAX, "TLS_A:", "" },
	{ "ciphersuites=TLS_A:?tls_a", SYNTAX, "?tls_a", "tls_a" },
	{ "groups=X25519:", SYNTAX, "X25519:", "" },
	{ "groups=??X25519", SYNTAX, "??X25519", "" },
	{ "groups=X25519:x25519", SYNTAX, "x25519", "x25519" },
	{ "groups=P-256:secp256r1", SYNTAX, "secp256r1", "secp256r1" },
	{ "groups=secp256r1:?prime256v1", SYNTAX, "?prime256v1", "prime256v1" },
	{ "groups=secp384r1:P-384", SYNTAX, "P-384", "P-384" },
	{ "groups=P-521:X448:secp521r1", SYNTAX, "secp521r1", "secp521r1" },
	{ "groups=NoSuch:nosuch", SYNTAX, "nosuch", "nosuch" },
	{ "sigalgs=ed25519:", SYNTAX, "ed25519:", "" },
	{ "sigalgs=?", SYNTAX, "sigalgs=?", "" },
	{ "sigalgs=RSA+SHA256:rsa_pkcs1_sha256", SYNTAX, "rsa_pkcs1_sha256",
	    "rsa_pkcs1_sha256" },
	{ "sigalgs=PSS+SHA256:RSA-PSS+SHA256", SYNTAX, "RSA-PSS+SHA256",
	    "RSA-PSS+SHA256" },
	{ "sigalgs=ecdsa_secp256r1_sha256:ECDSA+SHA256", SYNTAX, "ECDSA+SHA256",
	    "ECDSA+SHA256" },
	{ "sigalgs=ECDSA+SHA1:ecdsa+sha1", SYNTAX, "ecdsa+sha1", "ecdsa+sha1" },
	/* keywords and operators */
	{ "ciphers=HIGH", SYNTAX, "HIGH", "HIGH" },
	{ "ciphers=AES128-SHA:DEFAULT", SYNTAX, "DEFAULT", "DEFAULT" },
	{ "ciphers=ALL", SYNTAX, "ALL", "ALL" },
	{ "ciphers=kRSA", SYNTAX, "kRSA", "kRSA" },
	{ "ciphers=AES128", SYNTAX, "AES128", "AES128" },
	{ "ciphers=PROFILE=SYSTEM", SYNTAX, "PROFILE=SYSTEM", "" },
	{ "ciphers=!aNULL", SYNTAX, "!aNULL", "!" },
	{ "ciphers=SUITEB128-X:AES128-SHA", SYNTAX, "SUITEB128-X", "keyword" },
	{ "ciphers=?suiteb192-x", SYNTAX, "suiteb192-x", "keyword" },
	{ "ciphers=DEFAULT-X", SYNTAX, "DEFAULT-X", "keyword" },
	{ "sigalgs=RSA+SHA256:SHA256+RSA", SYNTAX, "SHA256+RSA", "twice" },
	{ "ciphers=AES128-SHA:-AES256-SHA", SYNTAX, "-AES256-SHA", "-AES256" },
	{ "ciphers=AES128-SHA:!AES256-SHA", SYNTAX, "!AES256-SHA", "!" },
	{ "ciphers=AES128-SHA:+AES256-SHA", SYNTAX, "+AES256-SHA", "+" },
	{ "ciphers=kRSA+AES", SYNTAX, "kRSA+AES", "+" },
	{ "ciphers=@STRENGTH", SYNTAX, "@STRENGTH", "@" },
	{ "ciphers=AES128-SHA:@SECLEVEL=0", SYNTAX, "@SECLEVEL=0", "level" },
	{ "ciphers=AES128-SHA@SECLEVEL=0", SYNTAX, "AES128-SHA@SECLEVEL=0",
	    "level" },
	{ "ciphers=TLS_AES_128_GCM_SHA256", SYNTAX, "TLS_AES_128_GCM_SHA256",
	    "ciphersuites" },
	{ "ciphers=AES128-SHA:?tls_x", SYNTAX, "?tls_x", "ciphersuites" },
	{ "ciphers=AES128_SHA-1", SYNTAX, "AES128_SHA-1", "" },
	{ "ciphersuites=AES128-GCM-SHA256", SYNTAX, "AES128-GCM-SHA256",
	    "TLS_" },
	{ "ciphersuites=TLS_A+TLS_B", SYNTAX, "TLS_A+TLS_B", "+" },
	{ "ciphersuites=!TLS_A", SYNTAX, "!TLS_A", "!" },
	{ "ciphersuites=TLS_A:@SECLEVEL=0", SYNTAX, "@SECLEVEL=0", "@" },
	{ "groups=DEFAULT", SYNTAX, "DEFAULT", "DEFAULT" },
	{ "groups=?default", SYNTAX, "?default", "default" },
	{ "groups=*X25519", SYNTAX, "*X25519", "*" },
	{ "groups=X25519/P-256", SYNTAX, "X25519/P-256", "/" },
	{ "groups=-X25519", SYNTAX, "-X25519", "-X25519" },
	{ "groups=P+256", SYNTAX, "P+256", "+" },
	{ "sigalgs=!RSA+SHA1", SYNTAX, "!RSA+SHA1", "!" },
	{ "sigalgs=RSA+SHA256|ed448", SYNTAX, "RSA+SHA256|ed448", "|" },
	/* an item of 64 bytes */
	{ "groups=X448:x2345678901234567890123456789012345678901234567890123456"
	  "78901234",
	    SYNTAX, "x234567890", "63" },
	/* bytes that are not text */
	{ "modern\033[31m", TLSPOLICY_E_PROFILE, "modern\033[31m", "" },
	{ "min=1.2\001", SYNTAX, "min=1.2\001", "" },
	{ "min=1.2\177", SYNTAX, "min=1.2\177", "" },
	{ "groups=X25519\303\251", SYNTAX, "X25519\303\251", "" },
	{ "ciphers=AES128\342\200\220SHA-1", SYNTAX, "AES128\342\200\220SHA-1",
	    "" },
	{ "m\303\255n=1.2", SYNTAX, "m\303\255n=1.2", "" },
	{ "\377=1.2", SYNTAX, "\377=1.2", "" },
	{ "\357\273\277min=1.2", SYNTAX, "\357\273\277min=1.2", "" },
	{ "min=1.2\302\240max=1.3", SYNTAX, "1.2\302\240max=1.3", "" },
	{ "level=\341", SYNTAX, "level=\341", "" },
	/* ranges */
	{ "min=1.3,max=1.2", TLSPOLICY_E_RANGE, "min=1.3,max=1.2", "TLSv1.3" },
	{ "max=1.1 min=1.2", TLSPOLICY_E_RANGE, "max=1.1 min=1.2", "TLSv1.1" },
	{ "modern,max=1.2", TLSPOLICY_E_RANGE, "modern,max=1.2", "TLSv1.3" },
	{ "disable=1:1.1:1.2:1.3", TLSPOLICY_E_RANGE, "disable=1:1.1:1.2:1.3",
	    "disable" },
	{ "min=1.2,disable=1.2:1.3", TLSPOLICY_E_RANGE,
	    "min=1.2,disable=1.2:1.3", "disable" },
	{ "max=1,disable=1", TLSPOLICY_E_RANGE, "max=1,disable=1", "disable" },
	{ "disable=1.1", TLSPOLICY_E_HOLE, "disable=1.1", "TLSv1.1" },
	{ "disable=1.2", TLSPOLICY_E_HOLE, "disable=1.2", "TLSv1.2" },
	{ "disable=1:1.2", TLSPOLICY_E_HOLE, "disable=1:1.2", "TLSv1.2" },
	{ "disable=1.1:1.2", TLSPOLICY_E_HOLE, "disable=1.1:1.2", "TLSv1.1" },
	{ "min=1.1,disable=1.2", TLSPOLICY_E_HOLE, "min=1.1,disable=1.2",
	    "TLSv1.2" },
	{ "legacy,disable=1.1", TLSPOLICY_E_HOLE, "legacy,disable=1.1",
	    "TLSv1.1" },
#undef SYNTAX
};

START_TEST(refuses)
{
	const struct refused *row = &refused[_i];
	struct tlspolicy *policy = (struct tlspolicy *)(uintptr_t)1;
	int ret = tlspolicy_parse(&policy, row->text);
	struct queue queue = take_queue();
	size_t at = (size_t)(strstr(row->text, row->item) - row->text) + 1;
	size_t column = entry_column(queue.last);

	ck_assert_msg(ret == row->status, "\"%s\": %d, not %d: %s", row->text,
	    ret, row->status, queue.last);
	assert_failed(row->text, ret, policy, &queue);
	ck_assert_msg(column >= at && column <= at + strlen(row->item),
	    "\"%s\": column %zu is not at %zu: %s", row->text, column, at,
	    queue.last);
	ck_assert_msg(strstr(strstr(queue.last, "column "), row->want) != NULL,
	    "\"%s\": nothing about %s: %s", row->text, row->want, queue.last);
}
END_TEST

/* Every byte that is not allowed, in every place of a text. */
static const char *const forms[] = { "#modern", "mod#ern", "m#=1.2", "min=1#",
	"ciphers=AES128-SHA#", "ciphersuites=TLS_A#B", "groups=X25519:#",
	"sigalgs=RSA#SHA256", "level=#", "preference=server#", "modern#" };

START_TEST(refuses_bytes)
{
	struct tlspolicy *policy = NULL;
	/* A first word without '=' is a profile's name, if a strange one. */
	const int want = strchr(forms[_i], '=') == NULL ? TLSPOLICY_E_PROFILE
							: TLSPOLICY_E_SYNTAX;
	struct queue queue;
	char text[64];
	int ret;

	for (int byte = 1; byte < 256; byte++) {
		if ((byte >= ' ' && byte <= '~') || (byte >= 9 && byte <= 13))
			continue;
		(void)snprintf(text, sizeof(text), "%s", forms[_i]);
		*strchr(text, '#') = (char)byte;
		ret = tlspolicy_parse(&policy, text);
		queue = take_queue();
		ck_assert_msg(ret == want, "%s with 0x%x: %d", forms[_i],
		    (unsigned)byte, ret);
		assert_failed(text, ret, policy, &queue);
	}
}
END_TEST

START_TEST(null_arguments)
{
	struct tlspolicy *policy = (struct tlspolicy *)(uintptr_t)1;
	char buf[8];

	ck_assert_int_eq(tlspolicy_parse(&policy, NULL), TLSPOLICY_E_INVALID);
	ck_assert_ptr_null(policy);
	ck_assert_int_eq(tlspolicy_parse(NULL, "modern"), TLSPOLICY_E_INVALID);
	ck_assert_int_eq(tlspolicy_parse(NULL, NULL), TLSPOLICY_E_INVALID);
	ck_assert_int_eq(
	    tlspolicy_format(NULL, buf, sizeof(buf)), TLSPOLICY_E_INVALID);
	ck_assert_int_eq(tlspolicy_format(NULL, NULL, 0), TLSPOLICY_E_INVALID);
	policy = tlspolicy_new();
	ck_assert_int_eq(
	    tlspolicy_format(policy, NULL, 1), TLSPOLICY_E_INVALID);
	ck_assert_int_eq(tlspolicy_format(policy, NULL, 0), 6);
	tlspolicy_free(policy);
}
END_TEST

/* 4,096 bytes of text and not one more, whatever they hold. */
static const struct {
	const char *head, *tail;
	char fill;
	int status;
} fillings[] = {
	{ "modern", "", ' ', TLSPOLICY_OK },
	{ "", "modern", '\n', TLSPOLICY_OK },
	{ "level=1", "max=1.3", ' ', TLSPOLICY_OK },
	{ "", "", 'x', TLSPOLICY_E_PROFILE },
	{ "", "=1", 'x', TLSPOLICY_E_SYNTAX },
	{ "min=", "", '1', TLSPOLICY_E_SYNTAX },
	{ "groups=", "", 'x', TLSPOLICY_E_SYNTAX },
	{ "", "", ',', TLSPOLICY_E_SYNTAX },
	{ "", "", '\x80', TLSPOLICY_E_PROFILE },
};

START_TEST(longest_text)
{
	char text[TEXT_MAX + 3];
	struct tlspolicy *policy;
	struct queue queue;
	size_t tail = strlen(fillings[_i].tail);
	int ret;

	for (size_t len = TEXT_MAX - 1; len <= TEXT_MAX + 2; len++) {
		memset(text, fillings[_i].fill, len);
		memcpy(text, fillings[_i].head, strlen(fillings[_i].head));
		(void)snprintf(
		    text + len - tail, tail + 1, "%s", fillings[_i].tail);
		ret = tlspolicy_parse(&policy, text);
		queue = take_queue();
		ck_assert_msg(ret ==
			(len > TEXT_MAX ? TLSPOLICY_E_SYNTAX
					: fillings[_i].status),
		    "row %d, %zu bytes: %d: %s", _i, len, ret, queue.last);
		if (ret != TLSPOLICY_OK)
			assert_failed(text, ret, policy, &queue);
		if (len > TEXT_MAX)
			ck_assert_msg(strstr(queue.last, "4,096") != NULL ||
				strstr(queue.last, "4096") != NULL,
			    "row %d: %s", _i, queue.last);
		tlspolicy_free(policy);
	}
}
END_TEST

/* What a text stands for counts as well: P-256 is prime256v1. */
START_TEST(longest_meaning)
{
	char text[TEXT_MAX + 1] = "groups=P-256";
	struct tlspolicy *policy;
	struct queue queue;
	size_t len = strlen(text);

	for (int i = 10; len + 6 <= TEXT_MAX; i++)
		len +=
		    (size_t)snprintf(text + len, sizeof(text) - len, ":x%d", i);
	ck_assert_int_eq(tlspolicy_parse(&policy, text), TLSPOLICY_E_SYNTAX);
	queue = take_queue();
	assert_failed(text, TLSPOLICY_E_SYNTAX, policy, &queue);
	/* Without the last item, ":xNNN", it fits. */
	text[len - 5] = '\0';
	ck_assert_int_eq(tlspolicy_parse(&policy, text), TLSPOLICY_OK);
	assert_round_trip("longest", policy);
	tlspolicy_free(policy);
}
END_TEST

/* A list for a setter may itself become too long by what it stands for. */
START_TEST(longest_list)
{
	char list[TEXT_MAX + 1] = "P-256:P-384:P-521";
	struct tlspolicy *policy = tlspolicy_new();
	struct queue queue;
	size_t len = strlen(list);
	int ret;

	ck_assert_ptr_nonnull(policy);
	for (int i = 1000; len + 6 <= TEXT_MAX; i++)
		len +=
		    (size_t)snprintf(list + len, sizeof(list) - len, ":x%d", i);
	ck_assert_int_eq(tlspolicy_set_groups(policy, "X448"), TLSPOLICY_OK);
	ret = tlspolicy_set_groups(policy, list);
	queue = take_queue();
	ck_assert_int_eq(ret, TLSPOLICY_E_SYNTAX);
	ck_assert_msg(strstr(queue.last, "groups has over 4096 bytes") != NULL,
	    "%s", queue.last);
	ck_assert_str_eq(tlspolicy_get_groups(policy), "X448");
	tlspolicy_free(policy);
}
END_TEST

/* Round trip */

static const char *const cipher_lists[] = { NULL, "AES128-SHA",
	"ecdhe-rsa-aes128-gcm-sha256:?des-cbc3-sha", "NO-SUCH:?NO-OTHER" };
static const char *const suite_lists[] = { NULL, "TLS_AES_128_GCM_SHA256",
	"?TLS_X:TLS_CHACHA20_POLY1305_SHA256" };
static const char *const group_lists[] = { NULL, "P-256",
	"?x25519mlkem768:?X25519:secp384r1", "brainpoolP256r1:?ffdhe2048" };
static const char *const sigalg_lists[] = { NULL, "RSA+SHA256:?ed25519",
	"ECDSA+SHA1:rsa_pss_pss_sha512" };

/* A mixed-radix digit of n. */
static unsigned
digit(unsigned long *n, unsigned radix)
{
	unsigned d = (unsigned)(*n % radix);

	*n /= radix;
	return d;
}

/* The n-th policy; *status is what parse must say about its text. */
static struct tlspolicy *
nth_policy(unsigned long n, int *status)
{
	struct tlspolicy *policy = tlspolicy_new();
	int min = (int)digit(&n, 5), max = (int)digit(&n, 5), bad = 0;
	unsigned disabled = digit(&n, 16), enabled = 0;

	bad |= tlspolicy_set_min_version(
	    policy, min == 0 ? 0 : TLS1_VERSION + min - 1);
	bad |= tlspolicy_set_max_version(
	    policy, max == 0 ? 0 : TLS1_VERSION + max - 1);
	bad |= tlspolicy_set_disabled(policy, disabled);
	bad |= tlspolicy_set_ciphers(policy, cipher_lists[digit(&n, 4)]);
	bad |= tlspolicy_set_ciphersuites(policy, suite_lists[digit(&n, 3)]);
	bad |= tlspolicy_set_groups(policy, group_lists[digit(&n, 4)]);
	bad |= tlspolicy_set_sigalgs(policy, sigalg_lists[digit(&n, 3)]);
	bad |= tlspolicy_set_security_level(policy, (int)digit(&n, 7) - 1);
	bad |= tlspolicy_set_renegotiation(policy, (int)digit(&n, 3) - 1);
	bad |= tlspolicy_set_server_preference(policy, (int)digit(&n, 3) - 1);
	ck_assert_int_eq(bad, TLSPOLICY_OK);
	for (int i = 1; i <= 4; i++)
		if (i >= min && (max == 0 || i <= max))
			enabled |= 1u << (i - 1) & ~disabled;
	*status = TLSPOLICY_OK;
	if (enabled == 0)
		*status = TLSPOLICY_E_RANGE;
	else if (((enabled + (enabled & -enabled)) & enabled) != 0)
		*status = TLSPOLICY_E_HOLE;
	return policy;
}

START_TEST(round_trip_of_fields)
{
	const unsigned long space = 5UL * 5 * 16 * 4 * 3 * 4 * 3 * 7 * 3 * 3;
	/* A prime that divides no radix visits every value of every field. */
	const unsigned long stride = test_tier() == TIER_SHORT ? 24019
	    : test_tier() == TIER_FULL                         ? 11
							       : 211;
	struct tlspolicy *policy, *again;
	char text[TEXT_MAX + 1], name[32];
	unsigned long good = 0;
	int want;

	for (unsigned long n = 0; n < space; n += stride) {
		policy = nth_policy(n, &want);
		(void)snprintf(name, sizeof(name), "policy %lu", n);
		if (want == TLSPOLICY_OK) {
			assert_round_trip(name, policy);
			good++;
		} else {
			ck_assert_int_gt(
			    tlspolicy_format(policy, text, sizeof(text)), 0);
			ck_assert_msg(tlspolicy_parse(&again, text) == want,
			    "%s: %s", name, text);
			ERR_clear_error();
		}
		tlspolicy_free(policy);
	}
	ck_assert_msg(test_tier() == TIER_SHORT || good >= 5000,
	    "only %lu policies", good);
}
END_TEST

START_TEST(round_trip_of_profiles)
{
	const char *name;

	for (size_t i = 0; i < tlspolicy_profile_count(); i++) {
		name = tlspolicy_profile_name(i);
		assert_round_trip(name, tlspolicy_profile(name));
	}
}
END_TEST

/* As snprintf */

static const char *const printed[] = { "system", "level=2",
	"min=TLSv1,max=TLSv1.3,disable=TLSv1,ciphers=A-B,"
	"ciphersuites=TLS_A,groups=X448,sigalgs=ed25519,level=0,"
	"renegotiation=on,preference=server",
	"modern", "compat" };

START_TEST(format_sizes)
{
	char whole[TEXT_MAX + 1], buf[TEXT_MAX + 8], untouched[sizeof(buf)];
	struct tlspolicy *policy = NULL;
	size_t len, kept;

	memset(untouched, 'Z', sizeof(untouched));
	ck_assert_int_eq(tlspolicy_parse(&policy, printed[_i]), TLSPOLICY_OK);
	len = (size_t)tlspolicy_format(policy, whole, sizeof(whole));
	ck_assert_uint_eq(strlen(whole), len);
	ck_assert_int_eq(tlspolicy_format(policy, NULL, 0), (int)len);
	for (size_t size = 0; size <= len + 2; size++) {
		memset(buf, 'Z', sizeof(buf));
		ck_assert_msg(tlspolicy_format(policy, buf, size) == (int)len,
		    "%s: size %zu", printed[_i], size);
		kept = size == 0 ? 0 : size - 1 < len ? size - 1 : len;
		ck_assert_msg(memcmp(buf, whole, kept) == 0,
		    "%s: size %zu: %.*s", printed[_i], size, (int)kept, buf);
		ck_assert_msg(size == 0 || buf[kept] == '\0',
		    "%s: size %zu: no NUL", printed[_i], size);
		ck_assert_msg(
		    memcmp(buf + size, untouched, sizeof(buf) - size) == 0,
		    "%s: size %zu: wrote past it", printed[_i], size);
	}
	tlspolicy_free(policy);
}
END_TEST

/* Mutated text, the same on every run */

static const char *const seeds[] = { "modern", "intermediate@2026",
	"intermediate,min=TLSv1.3",
	"min=TLSv1.2 max=TLSv1.3 groups=?X25519MLKEM768:X25519:P-256",
	"min=TLSv1,disable=TLSv1:TLSv1.1", "compat level=3,preference=server",
	"ciphers=AES128-SHA:?DES-CBC3-SHA level=0 renegotiation=on",
	"ciphersuites=TLS_AES_128_GCM_SHA256:?TLS_AES_256_GCM_SHA384",
	"sigalgs=RSA+SHA256:ed25519:?ECDSA+SHA1,renegotiation=off", "system",
	"max=1.2\tmin=tls1.1 ", "groups=P-384:?ffdhe2048" };

static unsigned
lcg(unsigned bound)
{
	static uint64_t state = 20260406;

	state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned)(state >> 33) % bound;
}

static char
random_byte(void)
{
	static const char likely[] = ",,:=? \t@+-._01234eEsSvTXx";

	if (lcg(3) > 0)
		return likely[lcg(sizeof(likely) - 1)];
	return (char)(1 + lcg(255));
}

/* One change: a byte replaced, added or taken away, or a piece repeated. */
static void
mutate(char *text, size_t size)
{
	size_t len = strlen(text), at = lcg((unsigned)len + 1), n;

	switch (lcg(4)) {
	case 0:
		if (at < len)
			text[at] = random_byte();
		break;
	case 1:
		if (at < len)
			memmove(text + at, text + at + 1, len - at);
		break;
	case 2:
		if (len + 1 < size) {
			memmove(text + at + 1, text + at, len - at + 1);
			text[at] = random_byte();
		}
		break;
	default:
		n = lcg((unsigned)(len - at) + 1);
		if (len + n < size)
			memmove(text + at + n, text + at, len - at + 1);
		break;
	}
}

START_TEST(mutated_text)
{
	const int inputs = test_tier() == TIER_SHORT ? 2000 : 50000;
	struct tlspolicy *policy;
	struct queue queue;
	char text[256];
	int ret, good = 0;

	for (int i = 0; i < inputs; i++) {
		(void)snprintf(
		    text, sizeof(text), "%s", seeds[lcg(NELEM(seeds))]);
		for (unsigned n = 1 + lcg(4); n > 0; n--)
			mutate(text, sizeof(text));
		policy = (struct tlspolicy *)(uintptr_t)1;
		ret = tlspolicy_parse(&policy, text);
		queue = take_queue();
		if (ret == TLSPOLICY_OK) {
			ck_assert_msg(
			    queue.entries == 0, "\"%s\": %s", text, queue.last);
			assert_round_trip(text, policy);
			tlspolicy_free(policy);
			good++;
		} else {
			assert_failed(text, ret, policy, &queue);
		}
	}
	/* Most mutants are refused; the test is worth little if all are. */
	ck_assert_msg(good > inputs / 50 && good < inputs / 2,
	    "%d of %d accepted", good, inputs);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("text");
	TCase *tc = tcase_create("text");

	/* CK_FORK=no leaves the queue of one test to the next. */
	tcase_add_checked_fixture(tc, ERR_clear_error, NULL);

	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, accepts, 0, (int)NELEM(accepted));
	tcase_add_loop_test(tc, accepts_versions, 0, 2 * (int)NELEM(versions));
	tcase_add_loop_test(tc, refuses, 0, (int)NELEM(refused));
	tcase_add_loop_test(tc, refuses_bytes, 0, (int)NELEM(forms));
	tcase_add_test(tc, null_arguments);
	tcase_add_loop_test(tc, longest_text, 0, (int)NELEM(fillings));
	tcase_add_test(tc, longest_meaning);
	tcase_add_test(tc, longest_list);
	tcase_add_test(tc, round_trip_of_profiles);
	tcase_add_test(tc, round_trip_of_fields);
	tcase_add_loop_test(tc, format_sizes, 0, (int)NELEM(printed));
	tcase_add_test(tc, mutated_text);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
