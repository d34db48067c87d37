/* SPDX-License-Identifier: MIT */
/* Lists of names: reading them from text, and stepping through them. */
#include <string.h>

#include "internal.h"

static const struct rule {
	const char *key, *noun;
	const char *also; /* allowed in a name besides letters and digits */
} rules[LIST_COUNT] = {
	[LIST_CIPHERS] = { "ciphers", "cipher", "-" },
	[LIST_CIPHERSUITES] = { "ciphersuites", "ciphersuite", "_" },
	[LIST_GROUPS] = { "groups", "group", "-_" },
	[LIST_SIGALGS] = { "sigalgs", "signature algorithm", "+-_" },
};

const char *
tlsp_list_key(enum list_kind kind)
{
	return rules[kind].key;
}

const char *
tlsp_list_noun(enum list_kind kind)
{
	return rules[kind].noun;
}

bool
tlsp_list_next(const char **cursor, struct item *item)
{
	const char *at = *cursor;

	if (*at == '\0')
		return false;
	item->optional = *at == '?';
	item->name = at + item->optional;
	/* Faster than strcspn(3). */
	at = strchr(item->name, ':');
	item->len = at != NULL ? (size_t)(at - item->name) : strlen(item->name);
	*cursor = at != NULL ? at + 1 : item->name + item->len;
	return true;
}

bool
tlsp_list_find(const char *list, const struct item *wanted, struct item *found)
{
	while (tlsp_list_next(&list, found)) {
		if (found->len == wanted->len &&
		    (memcmp(found->name, wanted->name, found->len) == 0 ||
			tlsp_same(found->name, wanted->name, found->len)))
			return true;
	}
	return false;
}

bool
tlsp_list_has(const char *list, const char *name)
{
	const struct item item = { .name = name, .len = strlen(name) };
	struct item found;

	return tlsp_list_find(list, &item, &found);
}

bool
tlsp_list_append(char *list, size_t size, const struct item *item, bool marks)
{
	size_t at = strlen(list);
	bool mark = marks && item->optional;

	if (at + (at > 0) + mark + item->len + 1 > size)
		return false;
	if (at > 0)
		list[at++] = ':';
	if (mark)
		list[at++] = '?';
	memcpy(list + at, item->name, item->len);
	list[at + item->len] = '\0';
	return true;
}

static bool
alphanumeric(char c)
{
	const unsigned char small = (unsigned char)c | 0x20;

	return (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9');
}

static bool
has_prefix(const struct item *item, const char *prefix)
{
	size_t len = strlen(prefix);

	return item->len >= len && tlsp_same(prefix, item->name, len);
}

/* An entry that begins with an item. */
static int
fail_item(
    const struct source *source, const struct item *item, const char *text)
{
	char quoted[QUOTE_SIZE];

	return tlsp_fail_at(TLSPOLICY_E_SYNTAX, source, item->name, "\"%s\" %s",
	    tlsp_quote(quoted, item->name, item->len), text);
}

/* A name begins with a letter or digit: "-" or "+" would be an operator. */
static int
check_letters(
    const struct source *source, enum list_kind kind, const struct item *item)
{
	char quoted[QUOTE_SIZE];

	for (size_t i = 0; i < item->len; i++) {
		char c = item->name[i];

		if (alphanumeric(c) ||
		    (i > 0 && strchr(rules[kind].also, c) != NULL))
			continue;
		return tlsp_fail_at(TLSPOLICY_E_SYNTAX, source, item->name + i,
		    "\"%s\" is not the name of a %s: no operators%s",
		    tlsp_quote(quoted, item->name, item->len), rules[kind].noun,
		    c == '@' ? ", the level is a key (level=2)" : "");
	}
	return TLSPOLICY_OK;
}

/*
 * OpenSSL's ciphers have a hyphen; its keywords, as HIGH or kRSA, do not.  It
 * takes a whole string for a keyword that only begins with SUITEB or DEFAULT.
 */
static bool
is_keyword(enum list_kind kind, const struct item *item)
{
	if (kind != LIST_CIPHERS)
		return tlsp_spells("DEFAULT", item->name, item->len);
	return has_prefix(item, "DEFAULT") || has_prefix(item, "SUITEB") ||
	    memchr(item->name, '-', item->len) == NULL;
}

static int
check_item(
    const struct source *source, enum list_kind kind, const struct item *item)
{
	const struct rule *rule = &rules[kind];
	bool suite = has_prefix(item, "TLS_");
	const char *with = strstr(item->name, "_WITH_");
	char text[64];
	int status;

	if (item->len == 0)
		return tlsp_fail_at(TLSPOLICY_E_SYNTAX, source, item->name,
		    "empty item in %s", rule->key);
	/* OpenSSL would wipe one list, or ignore the name, without a word. */
	if (kind == LIST_CIPHERS && suite)
		return fail_item(source, item,
		    with != NULL && with < item->name + item->len
			? "is the registry's name: ciphers go by OpenSSL's, "
			  "see openssl-ciphers(1)"
			: "is a TLS 1.3 ciphersuite: put it in ciphersuites");
	if (kind == LIST_CIPHERSUITES && !suite)
		return fail_item(source, item,
		    "is no TLS 1.3 ciphersuite (TLS_...): put it in ciphers");
	status = check_letters(source, kind, item);
	if (status != TLSPOLICY_OK)
		return status;
	if (item->len > ITEM_MAX)
		(void)BIO_snprintf(text, sizeof(text),
		    "is too long for a %s (%d bytes)", rule->noun, ITEM_MAX);
	else if (is_keyword(kind, item))
		(void)BIO_snprintf(text, sizeof(text),
		    "is a keyword: write out the names of the %s", rule->key);
	else
		return TLSPOLICY_OK;
	return fail_item(source, item, text);
}

/* The one spelling of a name; `upper` has room for ITEM_MAX bytes. */
static void
canonical(enum list_kind kind, struct item *item, char *upper)
{
	const struct name *known;

	if (kind == LIST_GROUPS || kind == LIST_SIGALGS) {
		known = tlsp_name_find(kind, item->name, item->len);
		if (known != NULL) {
			item->name = known->name;
			item->len = strlen(known->name);
		}
		return;
	}
	for (size_t i = 0; i < item->len; i++) {
		char c = item->name[i];

		upper[i] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
	item->name = upper;
}

/* Takes one item of the text into the list. */
static int
take_item(const struct source *source, enum list_kind kind, struct item item,
    char *list, size_t size)
{
	const struct item given = item;
	char upper[ITEM_MAX], quoted[QUOTE_SIZE];
	struct item twin;
	int status;

	if ((status = check_item(source, kind, &item)) != TLSPOLICY_OK)
		return status;
	canonical(kind, &item, upper);
	if (tlsp_list_find(list, &item, &twin))
		return tlsp_fail_at(TLSPOLICY_E_SYNTAX, source, given.name,
		    "\"%s\" is in %s twice",
		    tlsp_quote(quoted, given.name, given.len), rules[kind].key);
	if (!tlsp_list_append(list, size, &item, true))
		return tlsp_fail_at(TLSPOLICY_E_SYNTAX, source, given.name,
		    "%s has over %d bytes", rules[kind].key, TEXT_MAX);
	return TLSPOLICY_OK;
}

int
tlsp_list_parse(const struct source *source, enum list_kind kind,
    const char *text, size_t len, char **out)
{
	const char *at = text, *end = text + len, *colon;
	char list[TEXT_MAX + 1];
	struct item item;
	int status;

	*out = NULL;
	list[0] = '\0'; /* and not all of it */
	do {
		colon = memchr(at, ':', (size_t)(end - at));
		if (colon == NULL)
			colon = end;
		item.optional = at < colon && *at == '?';
		item.name = at + item.optional;
		item.len = (size_t)(colon - item.name);
		status = take_item(source, kind, item, list, sizeof(list));
		if (status != TLSPOLICY_OK)
			return status;
		at = colon + 1;
	} while (colon < end);
	if ((*out = tlsp_copy(list, strlen(list) + 1)) == NULL)
		return tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
	return TLSPOLICY_OK;
}
