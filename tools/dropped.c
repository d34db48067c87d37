/* SPDX-License-Identifier: MIT */
/* Names of a cipher list that OpenSSL drops without a word, and why. */
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include "scan.h"
#include "tool.h"

/*
 * Of what is not there: algorithms that builds leave out, or that OpenSSL took
 * away; as parts of names of ciphers, and as keywords.
 */
static const struct {
	const char *part;
	const char *keyword; /* where this has ciphers, it is not gone */
	const char *why;
} gone[] = {
	{ "GOST", "kGOST", "it takes an engine or a provider for GOST" },
	{ "EXP", NULL, "export ciphers are gone since OpenSSL 1.1.0" },
	{ "3DES", "3DES", "this build has no 3DES in TLS" },
	{ "DES-CBC3", "3DES", "this build has no 3DES in TLS" },
	{ "DES-CBC-", NULL, "DES is gone since OpenSSL 1.1.0" },
	{ "RC4", "RC4", "this build has no RC4 in TLS" },
	{ "RC2", NULL, "RC2 is gone since OpenSSL 1.1.0" },
	{ "IDEA", "IDEA", "this build has no IDEA in TLS" },
	{ "SEED", "SEED", "this build has no SEED in TLS" },
	{ "CAMELLIA", "CAMELLIA", "this build has no Camellia in TLS" },
	{ "ARIA", "ARIA", "this build has no ARIA in TLS" },
	{ "KRB5", NULL, "Kerberos ciphers are gone since OpenSSL 1.1.0" },
	{ "ECDH-", NULL, "fixed ECDH is gone since OpenSSL 1.1.0" },
};
static const char *const gone_keywords[] = { "LOW", "MEDIUM", "DES", "MD5",
	"SSLv2", "SSLv3", "DSS", "aDSS", "kDHr", "kDHd", "kDH", "aDH", "kECDHr",
	"kECDHe", "kECDH", "aECDH", "KRB5", "kKRB5", "aKRB5", "FZA", "PSK",
	"SRP", "kSRP", "aSRP", "kPSK", "aPSK", "kFZA", "EXPORT40", "EXPORT56",
	"kRSAPSK", "kECDHEPSK", "kDHEPSK" };

/* Whether OpenSSL has ciphers by a name or keyword, whatever the level. */
static bool
takes(const char *name)
{
	char list[256];
	SSL_CTX *ctx = fresh_context();
	bool yes;

	(void)snprintf(list, sizeof(list), "%s:@SECLEVEL=0", name);
	yes = SSL_CTX_set_cipher_list(ctx, list) == 1;
	ERR_clear_error();
	SSL_CTX_free(ctx);
	return yes;
}

static const char *
why_gone(const char *name)
{
	/* Fixed ECDH alone begins so: ECDHE- and AECDH- do not. */
	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
		const char *at = strstr(name, gone[i].part);

		if (at == NULL ||
		    (at != name && at[-1] != '-' &&
			strcmp(gone[i].part, "GOST") != 0) ||
		    (gone[i].keyword != NULL && takes(gone[i].keyword)))
			continue;
		return gone[i].why;
	}
	for (size_t i = 0; i < sizeof(gone_keywords) / sizeof(char *); i++)
		if (strcmp(name, gone_keywords[i]) == 0)
			return "this OpenSSL has no such ciphers";
	return NULL;
}

/* Bytes that two names do not share at their beginning or end. */
static size_t
difference(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b), i = 0, j = 0;

	while (a[i] != '\0' && a[i] == b[i])
		i++;
	while (j + i < n && j + i < m && a[n - 1 - j] == b[m - 1 - j])
		j++;
	return (n > m ? n : m) - i - j;
}

/* A cipher whose name is nearly that one; NULL: none is. */
static const char *
nearly(const char *name)
{
	SSL_CTX *ctx = fresh_context();
	const STACK_OF(SSL_CIPHER) *all;
	const char *found = NULL;

	(void)SSL_CTX_set_cipher_list(ctx, "ALL:eNULL:@SECLEVEL=0");
	all = SSL_CTX_get_ciphers(ctx);
	for (int i = 0; found == NULL && i < sk_SSL_CIPHER_num(all); i++) {
		const char *other =
		    SSL_CIPHER_get_name(sk_SSL_CIPHER_value(all, i));

		if (strchr(name, '-') != NULL && difference(name, other) <= 2)
			found = other;
	}
	ERR_clear_error();
	SSL_CTX_free(ctx); /* names are constants of OpenSSL's */
	return found;
}

const char *
registry_cipher(const char *name, bool *known)
{
	const char *found;

	*known = false;
	for (size_t i = 0; i < suite_count; i++) {
		if (strcmp(suites[i].name, name) != 0)
			continue;
		*known = true;
		found = suite_openssl_name(suites[i].code);
		return found != NULL && strcmp(found, name) != 0 ? found : NULL;
	}
	return NULL;
}

static void
why_not(const char *name, char *why, size_t size)
{
	const char *other;
	bool known;

	if (strncmp(name, "TLS_", 4) == 0 &&
	    (strstr(name, "_WITH_") == NULL ||
		openssl_has(&list_fields[1], name))) {
		(void)snprintf(why, size,
		    "a TLS 1.3 suite belongs in ciphersuites%s",
		    openssl_has(&list_fields[1], name)
			? ""
			: ", and this OpenSSL has none of this name");
		return;
	}
	other = registry_cipher(name, &known);
	if (other != NULL)
		(void)snprintf(why, size,
		    "the registry's name: OpenSSL calls it %s", other);
	else if ((other = why_gone(name)) != NULL)
		(void)snprintf(why, size, "%s", other);
	else if (known)
		(void)snprintf(why, size,
		    "the registry's name of a cipher that this OpenSSL does "
		    "not have");
	else if ((other = nearly(name)) != NULL)
		(void)snprintf(why, size,
		    "this OpenSSL has none of this name: is it %s?", other);
	else
		(void)snprintf(why, size,
		    "this OpenSSL has none of this name: check the spelling");
}

static void
add_dropped(json_t *dropped, const char *name, const char *why)
{
	json_t *object = new_object();

	put(object, "name", new_text(name));
	put(object, "why", new_text(why));
	add(dropped, object);
}

/* Whether a context has a cipher, by its whole name. */
static bool
has_cipher(SSL_CTX *ctx, const char *name)
{
	const STACK_OF(SSL_CIPHER) *all = SSL_CTX_get_ciphers(ctx);

	for (int i = 0; i < sk_SSL_CIPHER_num(all); i++)
		if (strcmp(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(all, i)),
			name) == 0)
			return true;
	return false;
}

/* One name, and how it is used: 0, or the operator before it. */
static void
judge(json_t *dropped, const char *name, char mark, SSL_CTX *ctx,
    const struct tlspolicy *result)
{
	char why[256];

	if (takes(name)) {
		if (mark == 0 && ctx != NULL && has_cipher(ctx, name) &&
		    !list_has(tlspolicy_get_ciphers(result), name)) {
			(void)snprintf(why, sizeof(why),
			    "kept out by security level %d",
			    SSL_CTX_get_security_level(ctx));
			add_dropped(dropped, name, why);
		}
		return;
	}
	why_not(name, why, sizeof(why));
	if (mark == 0)
		add_dropped(dropped, name, why);
	/* To leave out what is not there is no mistake. */
	else if (why_gone(name) == NULL)
		add_dropped(
		    dropped, name, "it takes nothing out: check the spelling");
}

json_t *
dropped_names(const char *list, SSL_CTX *ctx, const struct tlspolicy *result)
{
	static const char between[] = ":, ;";
	json_t *dropped = new_array();
	char name[128];
	size_t len;
	char mark;

	for (list += strspn(list, between); *list != '\0';
	     list += strspn(list, between)) {
		mark = 0;
		if (strchr("!+-", *list) != NULL)
			mark = *list++;
		/* "HIGH@STRENGTH" are two. */
		len = *list == '\0' ? 0 : 1 + strcspn(list + 1, ":, ;@");
		(void)snprintf(name, sizeof(name), "%.*s", (int)len, list);
		list += len;
		if (name[0] != '\0' && name[0] != '@' &&
		    strncmp(name, "SUITEB", 6) != 0 &&
		    strncmp(name, "PROFILE=", 8) != 0)
			judge(dropped, name, mark, ctx, result);
	}
	return dropped;
}
