/* SPDX-License-Identifier: MIT */
/*
 * Policies given to connections, after all that the program has set.  What
 * cannot be given is denied: its calls fail, with the library's sentence on the
 * error queue.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "older.h"
#include "preload.h"

static const char lost[] = "out of memory, so the policy could not be applied";

/* By what a connection was denied stays known: calls are often repeated. */
static void
deny(struct state *state, const char *sentence)
{
	const char *data = NULL;
	int flags = 0;

	state->denied = true;
	state->entry = ERR_peek_last_error_data(&data, &flags);
	if (sentence == NULL && data != NULL && (flags & ERR_TXT_STRING) != 0)
		sentence = data;
	if (sentence == NULL)
		sentence = ERR_reason_error_string(state->entry);
	free(state->sentence);
	state->sentence = strdup(sentence != NULL ? sentence : lost);
}

/*
 * What curl, Python and others print of an entry is its reason, never its data:
 * so that they print the sentence, it becomes a reason of the library's.  These
 * stay for the life of the process.
 */
enum { REASON_FIRST = 1000, REASONS = 64 };
static ERR_STRING_DATA reasons[REASONS][2];

/* 0 where there is none, and no more room or memory for it. */
static int
reason_of(int library, const char *sentence)
{
	int i = 0, reason = 0;
	char *copy;

	if (library < ERR_LIB_USER)
		return 0;
	table_lock(); /* which fork() knows of */
	while (i < REASONS && reasons[i][0].string != NULL &&
	    strcmp(reasons[i][0].string, sentence) != 0)
		i++;
	if (i < REASONS && reasons[i][0].string != NULL) {
		reason = REASON_FIRST + i;
	} else if (i < REASONS && (copy = strdup(sentence)) != NULL) {
		reason = REASON_FIRST + i;
		reasons[i][0].error = ERR_PACK(library, 0, reason);
		reasons[i][0].string = copy;
		(void)ERR_load_strings(library, reasons[i]);
	}
	table_unlock();
	return reason;
}

static void
raise(unsigned long entry, const char *sentence)
{
	const int library = ERR_GET_LIB(entry);
	const int own = reason_of(library, sentence);
	const int reason = own != 0 ? own : ERR_GET_REASON(entry);

#ifdef ERR_raise_data
	ERR_raise(library, reason);
#else
	ERR_PUT_error(library, 0, reason, OPENSSL_FILE, OPENSSL_LINE);
#endif
	if (own == 0)
		ERR_add_error_data(1, sentence);
}

void
enforce_say(const struct state *state)
{
	raise(state->entry, state->sentence != NULL ? state->sentence : lost);
}

/* OpenSSL's reason for memory, with which nothing else is mixed up. */
void
enforce_say_memory(void)
{
	raise(ERR_PACK(ERR_LIB_SSL, 0, ERR_R_MALLOC_FAILURE), lost);
}

static void
without_policy(struct state *state)
{
	enforce_say_memory();
	deny(state, lost);
}

static int
apply(SSL *ssl, const struct settings *set, bool quic)
{
	SSL_CTX *ctx = SSL_get_SSL_CTX(ssl);

	if (quic)
		return tlspolicy_audit(ctx, set->policy);
	return tlspolicy_apply_ssl(
	    ssl, set->policy, set->override ? TLSPOLICY_OVERRIDE : 0);
}

/* The handshake would begin by clearing the queue, too. */
bool
enforce_begin(struct state *state, SSL *ssl, bool quic)
{
	const struct settings *set = settings();

	ERR_clear_error();
	if (set->policy == NULL) {
		without_policy(state);
		return false;
	}
	if (apply(ssl, set, quic) == TLSPOLICY_OK)
		return true;
	deny(state, NULL);
	ERR_clear_error();
	enforce_say(state);
	return false;
}

/* Nothing passes this: a handshake under way comes to no end. */
static int
refuse_all(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid,
    void *other, void *ex)
{
	(void)ssl;
	(void)ctx;
	(void)op;
	(void)bits;
	(void)nid;
	(void)other;
	(void)ex;
	return 0;
}

/*
 * Virtual hosts bring options and a level of their own: nginx clears and sets
 * all options, SSL_set_SSL_CTX() copies the level.  To the library it is too
 * late for these in TLS 1.3; but nothing has been decided since the setter, so
 * that they can be put back at once.
 */
static void
keep_options(SSL *ssl, const struct settings *set)
{
	const int renegotiation = tlspolicy_get_renegotiation(set->policy);
	const int preference = tlspolicy_get_server_preference(set->policy);
	const int level = tlspolicy_get_security_level(set->policy);

	if (level > SSL_get_security_level(ssl) ||
	    (level >= 0 && set->override))
		real()->set_level(ssl, level);
	if (renegotiation == 0)
		(void)real()->set_options(ssl, SSL_OP_NO_RENEGOTIATION);
	else if (renegotiation == 1 && set->override)
		(void)real()->clear_options(ssl, SSL_OP_NO_RENEGOTIATION);
	if (preference == 1)
		(void)real()->set_options(ssl, SSL_OP_CIPHER_SERVER_PREFERENCE);
	else if (preference == 0)
		(void)real()->clear_options(
		    ssl, SSL_OP_CIPHER_SERVER_PREFERENCE);
}

/*
 * A server's callbacks may set what the policy forbids, and HAProxy's do.  A
 * client's ClientHello is out by then: what comes of it is checked at the end.
 */
void
enforce_again(SSL *ssl)
{
	const struct settings *set = settings_plain();
	struct state *state;
	bool quic;
	int error;

	if (library_is_inside() || !set->active || !set->enforce)
		return;
	library_enter(&error);
	ssl = connection_of(ssl, &quic);
	state = ssl == NULL || quic ? NULL : state_of(ssl, false);
	if (state != NULL && state->begun && !state->done && !state->denied &&
	    SSL_is_server(ssl) && !SSL_in_before(ssl)) {
		set = settings();
		if (set->policy != NULL)
			keep_options(ssl, set);
		if (set->policy == NULL)
			without_policy(state);
		else if (apply(ssl, set, false) != TLSPOLICY_OK)
			deny(state, NULL);
		if (state->denied)
			SSL_set_security_callback(ssl, refuse_all);
	}
	library_leave(error);
}

/* The number of the library's entries: "?" is no policy. */
static int
library_number(void)
{
	const bool marked = ERR_set_mark() == 1;
	struct tlspolicy *none = NULL;
	int number;

	if (tlspolicy_parse(&none, "?") == TLSPOLICY_OK)
		tlspolicy_free(none);
	number = ERR_GET_LIB(ERR_peek_last_error());
	if (marked)
		(void)ERR_pop_to_mark();
	else
		ERR_clear_error();
	return number;
}

/* A session of before may bring back what the policy forbids. */
void
enforce_end(struct state *state, const char *why)
{
	const int number = library_number();

	raise(ERR_PACK(number, 0, -TLSPOLICY_E_VIOLATION), why);
	deny(state, NULL);
}

bool
enforce_listener(SSL *listener)
{
	const struct settings *set = settings();
	SSL_CTX *ctx = SSL_get_SSL_CTX(listener);
	bool good;
	int error;

	library_enter(&error);
	good = set->policy != NULL && ctx != NULL &&
	    tlspolicy_audit(ctx, set->policy) == TLSPOLICY_OK;
	library_leave(error);
	return good;
}
