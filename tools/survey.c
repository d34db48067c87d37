/* SPDX-License-Identifier: MIT */
/*
 * All that a server accepts in one version.  A handshake with all there is;
 * then more, each without what was chosen before, until the server refuses:
 * that finds every cipher and group, not only the preferred.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>

#include "tool.h"

bool
permits(
    const struct survey *s, const struct list_field *field, const char *name)
{
	const char *list = field == NULL ? NULL : field->get(s->policy);

	return s->policy == NULL ||
	    (permits_version(s->policy, s->version - versions[0]) &&
		(list == NULL || list_has(list, name)));
}

/* Adds an item that was accepted. */
static void
found(struct survey *s, json_t *list, const struct list_field *field,
    const char *name)
{
	json_t *item = new_object();
	const bool ok = permits(s, field, name);

	put(item, "name", new_text(name));
	if (s->policy != NULL)
		put(item, "within", json_boolean(ok));
	add(list, item);
	s->outside = s->outside || !ok;
}

/* The library's name of a group, by that of OpenSSL. */
static void
make_canonical(char group[NAME_SIZE])
{
	struct tlspolicy *scratch = must(tlspolicy_new());

	if (tlspolicy_set_groups(scratch, group) == TLSPOLICY_OK)
		(void)snprintf(
		    group, NAME_SIZE, "%s", tlspolicy_get_groups(scratch));
	tlspolicy_free(scratch);
}

/* Asks again, with narrower lists; NULL leaves the context's. */
static void
ask(struct survey *s, const char *ciphers, const struct tlspolicy *narrow)
{
	SSL *ssl = SSL_new(s->ctx);
	int ok = ssl != NULL ? 1 : 0;

	s->last = (struct answer){ .outcome = REFUSED };
	if (ok == 1 && ciphers != NULL)
		ok = s->version == TLS1_3_VERSION
		    ? SSL_set_ciphersuites(ssl, ciphers)
		    : SSL_set_cipher_list(ssl, ciphers);
	/* Groups that the version has no use for come to nothing. */
	if (ok != 1)
		s->unfinished = "out of memory";
	else if (narrow == NULL ||
	    tlspolicy_apply_ssl(ssl, narrow, TLSPOLICY_OVERRIDE) ==
		TLSPOLICY_OK)
		probe(s->target, ssl, &s->last);
	if (s->last.group[0] != '\0')
		make_canonical(s->last.group);
	ERR_clear_error();
	SSL_free(ssl);
	s->hung = s->hung || s->last.hung;
	if (s->last.outcome == UNDECIDED)
		s->unfinished = s->last.why;
}

/* Names joined by colons. */
static char *
join(const STACK_OF(SSL_CIPHER) *ciphers)
{
	size_t size = 1, len = 0;
	char *names;

	for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++)
		size += 1 +
		    strlen(
			SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, i)));
	names = must(malloc(size));
	names[0] = '\0';
	for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++)
		len += (size_t)snprintf(names + len, size - len, "%s%s",
		    i > 0 ? ":" : "",
		    SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, i)));
	return names;
}

static bool
take_off(STACK_OF(SSL_CIPHER) *left, const SSL_CIPHER *cipher)
{
	for (int i = 0; i < sk_SSL_CIPHER_num(left); i++) {
		if (sk_SSL_CIPHER_value(left, i) != cipher)
			continue;
		(void)sk_SSL_CIPHER_delete(left, i);
		return true;
	}
	return false;
}

static bool
uses_group(const SSL_CIPHER *cipher)
{
	const int kx = SSL_CIPHER_get_kx_nid(cipher);

	return kx == NID_kx_ecdhe || kx == NID_kx_ecdhe_psk;
}

/* What a connection of the context would offer. */
static STACK_OF(SSL_CIPHER) *
offered(SSL_CTX *ctx)
{
	SSL *ssl = SSL_new(ctx);
	STACK_OF(SSL_CIPHER) *ciphers =
	    ssl == NULL ? NULL : SSL_get1_supported_ciphers(ssl);

	SSL_free(ssl);
	return ciphers;
}

/* Ends, as each round has a cipher less to offer. */
static void
survey_ciphers(struct survey *s)
{
	const struct list_field *field =
	    &list_fields[s->version == TLS1_3_VERSION ? 1 : 0];
	STACK_OF(SSL_CIPHER) *left = offered(s->ctx);
	STACK_OF(SSL_CIPHER) *ecdhe = sk_SSL_CIPHER_new_null();
	char *names;

	for (s->last = s->first; s->last.outcome == ACCEPTED;) {
		if (!take_off(left, s->last.cipher)) {
			s->unfinished = "it chooses what was not offered";
			break;
		}
		found(
		    s, s->ciphers, field, SSL_CIPHER_get_name(s->last.cipher));
		if (uses_group(s->last.cipher) &&
		    sk_SSL_CIPHER_push(ecdhe, s->last.cipher) <= 0)
			s->unfinished = "out of memory";
		if (sk_SSL_CIPHER_num(left) == 0)
			break;
		names = join(left);
		ask(s, names, NULL);
		free(names);
	}
	s->ecdhe = join(ecdhe);
	sk_SSL_CIPHER_free(ecdhe);
	sk_SSL_CIPHER_free(left);
}

/* Lists of groups, as text; the longest has all of probe_context(). */
struct groups {
	char left[2048], done[2048];
	struct tlspolicy *narrow;
};

/* Takes a name off what is left; false where it is not there. */
static bool
move(struct groups *g, const char *name)
{
	char rest[sizeof(g->left)] = "";
	const char *list = g->left;
	struct item item;
	size_t len = 0;
	bool moved = false;

	while (next_item(&list, &item)) {
		if (strcmp(item.name, name) == 0)
			moved = true;
		else
			len += (size_t)snprintf(rest + len, sizeof(rest) - len,
			    "%s%s", len > 0 ? ":" : "", item.name);
	}
	memcpy(g->left, rest, sizeof(rest));
	len = strlen(g->done);
	if (moved)
		(void)snprintf(g->done + len, sizeof(g->done) - len, "%s%s",
		    len > 0 ? ":" : "", name);
	return moved;
}

/* Asks with the groups that are left, and behind them those found, or not. */
static void
ask_groups(struct survey *s, struct groups *g, bool all)
{
	char list[sizeof(g->left) + sizeof(g->done)];

	(void)snprintf(list, sizeof(list), "%s%s%s", g->left, all ? ":" : "",
	    all ? g->done : "");
	if (tlspolicy_set_groups(g->narrow, list) != TLSPOLICY_OK)
		s->unfinished = "out of memory";
	else
		ask(s, s->version == TLS1_3_VERSION ? NULL : s->ecdhe,
		    g->narrow);
}

/*
 * Ends, as each round has a group less, or is the last without those found:
 * a certificate of TLS 1.2 may need one, so that the server refuses without.
 */
static void
survey_groups(struct survey *s)
{
	struct tlspolicy *offer = read_context(s->ctx);
	struct groups g = { .narrow = tlspolicy_new() };
	bool all = false;

	if (tlspolicy_get_groups(offer) != NULL)
		(void)snprintf(
		    g.left, sizeof(g.left), "%s", tlspolicy_get_groups(offer));
	tlspolicy_free(offer);
	while (g.left[0] != '\0' && s->unfinished == NULL) {
		ask_groups(s, &g, all);
		if (s->last.outcome == ACCEPTED && s->last.group[0] != '\0') {
			if (!move(&g, s->last.group))
				break;
			found(s, s->groups, &list_fields[2], s->last.group);
		} else if (all || g.done[0] == '\0') {
			break;
		} else {
			all = true;
		}
	}
	ERR_clear_error();
	tlspolicy_free(g.narrow);
}

void
survey(struct survey *s)
{
	if (tlspolicy_openssl_supports(s->version) != 1 ||
	    (s->ctx = probe_context(s->version)) == NULL) {
		s->first.outcome = UNDECIDED;
		s->unfinished = "this OpenSSL cannot speak it";
		return;
	}
	ask(s, NULL, NULL);
	s->first = s->last;
	if (s->first.outcome != ACCEPTED)
		return;
	s->outside = !permits(s, NULL, NULL);
	survey_ciphers(s);
	if (s->unfinished == NULL &&
	    (s->version == TLS1_3_VERSION || *s->ecdhe != '\0'))
		survey_groups(s);
}

void
doubt(struct survey *surveys)
{
	struct survey *again = NULL;
	bool hung = false;

	for (int i = 0; i < VERSIONS; i++) {
		hung = hung || surveys[i].hung;
		if (surveys[i].first.outcome == ACCEPTED)
			again = &surveys[i];
	}
	if (!hung)
		return;
	if (again != NULL) {
		ask(again, NULL, NULL);
		if (again->last.outcome == ACCEPTED)
			return;
	}
	for (int i = 0; i < VERSIONS; i++) {
		if (!surveys[i].hung || surveys[i].unfinished != NULL)
			continue;
		surveys[i].unfinished = "it hangs up, for whatever reason";
		if (surveys[i].first.outcome == REFUSED)
			surveys[i].first.outcome = UNDECIDED;
	}
}
