/* SPDX-License-Identifier: MIT */
/*
 * Policy text: what is accepted and how it is written, and what is refused,
 * with the column.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "runner.h"
#include "texts.h"

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
	    take_text_queue().last);
	ck_assert_msg(
	    take_text_queue().entries == 0, "\"%s\": an entry", row->text);
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
	struct queue queue = take_text_queue();
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
		queue = take_text_queue();
		ck_assert_msg(ret == want, "%s with 0x%x: %d", forms[_i],
		    (unsigned)byte, ret);
		assert_failed(text, ret, policy, &queue);
	}
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
	add_rows(tc, accepts, NELEM(accepted));
	tcase_add_loop_test(tc, accepts_versions, 0, 2 * (int)NELEM(versions));
	add_rows(tc, refuses, NELEM(refused));
	add_rows(tc, refuses_bytes, NELEM(forms));
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
