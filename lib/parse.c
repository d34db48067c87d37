/* SPDX-License-Identifier: MIT */
/* Policy text: a profile, then key=value items. */
#include <string.h>

#include <openssl/crypto.h>

#include "internal.h"

#define SPACE " \t\n\r"

/* A piece of the text. */
struct span {
	const char *at;
	size_t len;
};

struct parser {
	struct source source;
	struct tlspolicy *policy;
	unsigned seen;        /* a bit for each key */
	const char *versions; /* the last item about them */
};

typedef int parse_value(struct parser *parser, struct span value, int field);

static bool
is(struct span span, const char *word)
{
	return strlen(word) == span.len && memcmp(word, span.at, span.len) == 0;
}

static int
fail_value(const struct parser *parser, struct span value, const char *wanted)
{
	char quoted[QUOTE_SIZE];

	return tlsp_fail_at(TLSPOLICY_E_SYNTAX, &parser->source, value.at,
	    "\"%s\" is not %s", tlsp_quote(quoted, value.at, value.len),
	    wanted);
}

static int
parse_version(const struct parser *parser, struct span name, int *version)
{
	*version = tlsp_version_parse(name.at, name.len);
	if (tlsp_version_bit(*version) == 0)
		return fail_value(parser, name,
		    "a version (TLSv1, TLSv1.1, TLSv1.2, TLSv1.3)");
	return TLSPOLICY_OK;
}

static int
parse_bound(struct parser *parser, struct span value, int max)
{
	struct tlspolicy *policy = parser->policy;

	parser->versions = value.at;
	return parse_version(
	    parser, value, max ? &policy->max_version : &policy->min_version);
}

static int
parse_disable(struct parser *parser, struct span value, int unused)
{
	const char *end = value.at + value.len, *colon;
	struct span name = value;
	unsigned disabled = 0, bit;
	int version, status;

	(void)unused;
	parser->versions = value.at;
	do {
		colon = memchr(name.at, ':', (size_t)(end - name.at));
		if (colon == NULL)
			colon = end;
		name.len = (size_t)(colon - name.at);
		status = parse_version(parser, name, &version);
		if (status != TLSPOLICY_OK)
			return status;
		bit = tlsp_version_bit(version);
		if ((disabled & bit) != 0)
			return tlsp_fail_at(TLSPOLICY_E_SYNTAX, &parser->source,
			    name.at, "%s is in disable twice",
			    tlspolicy_protocol_name(version));
		disabled |= bit;
		name.at = colon + 1;
	} while (colon < end);
	parser->policy->disabled = disabled;
	return TLSPOLICY_OK;
}

static int
parse_list(struct parser *parser, struct span value, int kind)
{
	enum list_kind list = (enum list_kind)kind;
	struct tlspolicy *policy = parser->policy;
	char *copy;
	int status;

	status =
	    tlsp_list_parse(&parser->source, list, value.at, value.len, &copy);
	if (status != TLSPOLICY_OK)
		return status;
	OPENSSL_free(tlsp_policy_swap_list(policy, list, copy));
	return TLSPOLICY_OK;
}

static int
parse_level(struct parser *parser, struct span value, int unused)
{
	(void)unused;
	if (value.len != 1 || value.at[0] < '0' || value.at[0] > '5')
		return fail_value(parser, value, "a security level (0 to 5)");
	parser->policy->level = value.at[0] - '0';
	return TLSPOLICY_OK;
}

static int
parse_switch(struct parser *parser, struct span value, int preference)
{
	struct tlspolicy *policy = parser->policy;
	const char *on = preference ? "server" : "on";

	if (!is(value, on) && !is(value, preference ? "client" : "off"))
		return fail_value(parser, value,
		    preference ? "server or client" : "on or off");
	*(preference ? &policy->preference : &policy->renegotiation) =
	    is(value, on);
	return TLSPOLICY_OK;
}

static const struct key {
	const char *name;
	parse_value *parse;
	int field; /* which, where several share a parser */
} keys[] = {
	{ "min", parse_bound, 0 },
	{ "max", parse_bound, 1 },
	{ "disable", parse_disable, 0 },
	{ "ciphers", parse_list, LIST_CIPHERS },
	{ "ciphersuites", parse_list, LIST_CIPHERSUITES },
	{ "groups", parse_list, LIST_GROUPS },
	{ "sigalgs", parse_list, LIST_SIGALGS },
	{ "level", parse_level, 0 },
	{ "renegotiation", parse_switch, 0 },
	{ "preference", parse_switch, 1 },
};
#define KEY_COUNT (sizeof(keys) / sizeof(keys[0]))
#define KEY_LIST \
	"min, max, disable, ciphers, ciphersuites, groups, sigalgs, level, " \
	"renegotiation, preference"

static int
parse_item(struct parser *parser, struct span item)
{
	const char *equals = memchr(item.at, '=', item.len);
	struct span key = { item.at, item.len }, value = { NULL, 0 };
	char quoted[QUOTE_SIZE];
	size_t i;

	if (equals == NULL)
		return fail_value(parser, item,
		    "an item (key=value; a profile comes first, and lists use "
		    "':')");
	key.len = (size_t)(equals - item.at);
	value.at = equals + 1;
	value.len = item.len - key.len - 1;
	for (i = 0; i < KEY_COUNT && !is(key, keys[i].name); i++)
		continue;
	if (i == KEY_COUNT)
		return tlsp_fail_at(TLSPOLICY_E_SYNTAX, &parser->source, key.at,
		    "unknown key \"%s\" (" KEY_LIST ")",
		    tlsp_quote(quoted, key.at, key.len));
	if ((parser->seen & (1u << i)) != 0)
		return tlsp_fail_at(TLSPOLICY_E_SYNTAX, &parser->source, key.at,
		    "key \"%s\" is there twice", keys[i].name);
	parser->seen |= 1u << i;
	if (value.len == 0)
		return tlsp_fail_at(TLSPOLICY_E_SYNTAX, &parser->source,
		    value.at, "key \"%s\" has no value", keys[i].name);
	return keys[i].parse(parser, value, keys[i].field);
}

enum { NAMES_SIZE = 512 };

/* The bare name of every profile, from the table of them. */
static const char *
profile_names(char buf[NAMES_SIZE])
{
	const char *name;
	size_t len, at = 0;

	buf[0] = '\0';
	for (size_t i = 0; (name = tlspolicy_profile_name(i)) != NULL; i++) {
		len = strcspn(name, "@");
		/* Once each: with the edition that it stands for. */
		if (tlsp_profile_find(name, len) != tlspolicy_profile(name) ||
		    at + len + sizeof(", ") > NAMES_SIZE)
			continue;
		at += (size_t)BIO_snprintf(buf + at, NAMES_SIZE - at, "%s%.*s",
		    at == 0 ? "" : ", ", (int)len, name);
	}
	return buf;
}

/* The bare first word of a text. */
static int
parse_profile(struct parser *parser, struct span name)
{
	const struct tlspolicy *profile = tlsp_profile_find(name.at, name.len);
	char quoted[QUOTE_SIZE], names[NAMES_SIZE];

	if (profile == NULL)
		return tlsp_fail_at(TLSPOLICY_E_PROFILE, &parser->source,
		    name.at,
		    "no profile \"%s\" (%s, with an edition such as @2026 or "
		    "without; for a version write min=, and no blanks around "
		    "=)",
		    tlsp_quote(quoted, name.at, name.len),
		    profile_names(names));
	tlspolicy_free(parser->policy);
	if ((parser->policy = tlspolicy_dup(profile)) == NULL)
		return tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
	return TLSPOLICY_OK;
}

/*
 * Steps over the separator before an item: white space, one comma, or both;
 * no comma before the first item or after the last.
 */
static int
skip_separator(const struct parser *parser, bool first, const char **at)
{
	const char *start = *at + strspn(*at, SPACE), *next = start;

	if (*start == ',' && !first) {
		next = start + 1;
		next += strspn(next, SPACE);
	}
	if (*next == ',' || (*next == '\0' && next != start))
		return tlsp_fail_at(TLSPOLICY_E_SYNTAX, &parser->source, next,
		    "an item is missing at this %s", "comma");
	*at = next;
	return TLSPOLICY_OK;
}

static int
parse_items(struct parser *parser, const char *text)
{
	const char *at = text;
	bool first = true;
	struct span item;
	int status;

	while ((status = skip_separator(parser, first, &at)) == TLSPOLICY_OK &&
	    *at != '\0') {
		item.at = at;
		item.len = strcspn(at, "," SPACE);
		if (first && memchr(at, '=', item.len) == NULL)
			status = parse_profile(parser, item);
		else
			status = parse_item(parser, item);
		if (status == TLSPOLICY_OK &&
		    tlsp_policy_too_long(parser->policy))
			status = tlsp_fail_at(TLSPOLICY_E_SYNTAX,
			    &parser->source, at,
			    "with this the policy's text has over %d bytes in "
			    "full",
			    TEXT_MAX);
		if (status != TLSPOLICY_OK)
			return status;
		first = false;
		at += item.len;
	}
	return status;
}

/* A profile's versions are right: an item about them came last. */
static int
check_versions(const struct parser *parser)
{
	char where[48] = "";

	if (parser->versions != NULL)
		(void)BIO_snprintf(where, sizeof(where),
		    "%s, column %d: ", parser->source.what,
		    (int)(parser->versions - parser->source.start) + 1);
	return tlsp_policy_validate(parser->policy, where);
}

int
tlspolicy_parse(struct tlspolicy **out, const char *text)
{
	struct parser parser = { .source = { "policy text", text } };
	int status;

	if (out != NULL)
		*out = NULL;
	if (out == NULL || text == NULL)
		return tlsp_fail(TLSPOLICY_E_INVALID, "%s is NULL",
		    out == NULL ? "out" : "policy text");
	if (text[strspn(text, SPACE)] == '\0')
		return tlsp_fail_at(TLSPOLICY_E_SYNTAX, &parser.source, text,
		    "the text is empty: to keep what the host says, write %s",
		    "\"system\"");
	if (strlen(text) > TEXT_MAX)
		return tlsp_fail_at(TLSPOLICY_E_SYNTAX, &parser.source,
		    text + TEXT_MAX, "the text has over %d bytes", TEXT_MAX);
	if ((parser.policy = tlspolicy_new()) == NULL)
		return tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
	status = parse_items(&parser, text);
	if (status == TLSPOLICY_OK)
		status = check_versions(&parser);
	if (status != TLSPOLICY_OK) {
		tlspolicy_free(parser.policy);
		return status;
	}
	*out = parser.policy;
	return TLSPOLICY_OK;
}
