/* SPDX-License-Identifier: MIT */
/* Policies, field by field, as the other files look at them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/conf.h>
#include <openssl/err.h>

#include "tool.h"

const struct list_field list_fields[LISTS] = {
	{ "ciphers", tlspolicy_get_ciphers, tlspolicy_set_ciphers },
	{ "ciphersuites", tlspolicy_get_ciphersuites,
	    tlspolicy_set_ciphersuites },
	{ "groups", tlspolicy_get_groups, tlspolicy_set_groups },
	{ "sigalgs", tlspolicy_get_sigalgs, tlspolicy_set_sigalgs },
};
const char *const number_keys[NUMBERS] = { "min", "max", "disable", "level",
	"renegotiation", "preference" };
const int versions[VERSIONS] = { TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION,
	TLS1_3_VERSION };

/* Ends the command with the error queue's sentence. */
static void
give_up(const char *what)
{
	json_t *why = queue_sentence();

	(void)complain(
	    "%s: %s; check openssl.cnf", what, json_string_value(why));
	json_decref(why);
	exit(STATUS_TROUBLE);
}

const char *
registry_hint(const char *text, char buf[3 * NAME_SIZE])
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	const char *at = text, *other = NULL;
	char name[NAME_SIZE];
	bool known;

	buf[0] = '\0';
	while (other == NULL && (at = strstr(at, "TLS_")) != NULL) {
		(void)snprintf(
		    name, sizeof(name), "%.*s", (int)strspn(at, letters), at);
		other = registry_cipher(name, &known);
		at++;
	}
	if (other != NULL)
		(void)snprintf(buf, (size_t)3 * NAME_SIZE,
		    "OpenSSL calls %s %s", name, other);
	return buf;
}

struct tlspolicy *
read_policy(const char *text)
{
	struct tlspolicy *policy;
	char named[3 * NAME_SIZE];
	const char *hint;
	json_t *why;

	if (tlspolicy_parse(&policy, text) == TLSPOLICY_OK)
		return policy;
	why = queue_sentence();
	hint = registry_hint(text, named);
	(void)complain("\"%s\": %s; %s%ssee tlspolicy(7) for policy text", text,
	    json_string_value(why), hint, *hint != '\0' ? "; " : "");
	json_decref(why);
	return NULL;
}

json_t *
policy_text(const struct tlspolicy *policy)
{
	/* The longest text is 8,192 bytes. */
	char text[8192 + 1];
	int len = tlspolicy_format(policy, text, sizeof(text));

	if (len < 0 || (size_t)len >= sizeof(text))
		give_up("a policy cannot be written");
	return new_text(text);
}

json_t *
profile_of(const struct tlspolicy *policy)
{
	return new_text(tlspolicy_profile_of(policy));
}

bool
next_item(const char **list, struct item *item)
{
	size_t len;

	if (*list == NULL || **list == '\0')
		return false;
	item->optional = **list == '?';
	*list += item->optional ? 1 : 0;
	len = strcspn(*list, ":");
	(void)snprintf(item->name, sizeof(item->name), "%.*s", (int)len, *list);
	*list += len + ((*list)[len] == ':' ? 1 : 0);
	return true;
}

bool
list_has(const char *list, const char *name)
{
	struct item item;

	while (next_item(&list, &item))
		if (strcmp(item.name, name) == 0)
			return true;
	return false;
}

bool
permits_version(const struct tlspolicy *policy, int i)
{
	int min = tlspolicy_get_min_version(policy);
	int max = tlspolicy_get_max_version(policy);

	return (min == 0 || versions[i] >= min) &&
	    (max == 0 || versions[i] <= max) &&
	    (tlspolicy_get_disabled(policy) & (TLSPOLICY_NO_TLS1_0 << i)) == 0;
}

static const char *
disabled_text(unsigned disabled, char buf[NAME_SIZE])
{
	size_t len = 0;

	buf[0] = '\0';
	for (int i = 0; i < VERSIONS; i++)
		if ((disabled & (TLSPOLICY_NO_TLS1_0 << i)) != 0)
			len += (size_t)snprintf(buf + len, NAME_SIZE - len,
			    "%s%s", len > 0 ? ":" : "",
			    tlspolicy_protocol_name(versions[i]));
	return len > 0 ? buf : NULL;
}

const char *
number_text(const struct tlspolicy *policy, int i, char buf[NAME_SIZE])
{
	int value;

	switch (i) {
	case 0:
		return tlspolicy_protocol_name(
		    tlspolicy_get_min_version(policy));
	case 1:
		return tlspolicy_protocol_name(
		    tlspolicy_get_max_version(policy));
	case 2:
		return disabled_text(tlspolicy_get_disabled(policy), buf);
	case 3:
		value = tlspolicy_get_security_level(policy);
		(void)snprintf(buf, NAME_SIZE, "%d", value);
		return value < 0 ? NULL : buf;
	case 4:
		value = tlspolicy_get_renegotiation(policy);
		return value < 0 ? NULL : value == 0 ? "off" : "on";
	default:
		value = tlspolicy_get_server_preference(policy);
		return value < 0 ? NULL : value == 0 ? "client" : "server";
	}
}

struct tlspolicy *
read_context(SSL_CTX *ctx)
{
	struct tlspolicy *policy;

	if (tlspolicy_from_ctx(&policy, ctx) != TLSPOLICY_OK)
		give_up("a context cannot be read");
	return policy;
}

/* With config_diagnostics of 3.5, a line that is refused is the end. */
static void
give_up_host(void)
{
	json_t *why = queue_sentence(), *lines;
	const json_t *line;
	SSL_CTX *ctx;

	CONF_modules_finish();
	if ((ctx = SSL_CTX_new(TLS_method())) == NULL)
		give_up("OpenSSL makes no context");
	SSL_CTX_free(ctx);
	lines = conf_lines("system_default");
	for (size_t i = 0; (line = json_array_get(lines, i)) != NULL; i++)
		if (strcmp(text_of(line, "state"), "refused") == 0)
			(void)complain("%s: %s; correct it in openssl.cnf",
			    text_of(line, "line"), text_of(line, "why"));
	json_decref(lines);
	(void)complain("OpenSSL makes no context: %s; check openssl.cnf",
	    json_string_value(why));
	json_decref(why);
	exit(STATUS_TROUBLE);
}

SSL_CTX *
fresh_context(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());

	if (ctx == NULL)
		give_up_host();
	ERR_clear_error();
	return ctx;
}

bool
openssl_has(const struct list_field *field, const char *name)
{
	struct tlspolicy *one;
	SSL_CTX *ctx = fresh_context();
	int status;

	status = tlspolicy_parse(&one, "min=TLSv1.2,max=TLSv1.3,level=0");
	if (status == TLSPOLICY_OK)
		status = field->set(one, name);
	if (status == TLSPOLICY_OK)
		status = tlspolicy_apply_ctx(ctx, one, TLSPOLICY_OVERRIDE);
	ERR_clear_error();
	tlspolicy_free(one);
	SSL_CTX_free(ctx);
	return status != TLSPOLICY_E_UNSUPPORTED;
}
