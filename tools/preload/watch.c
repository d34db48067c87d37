/* SPDX-License-Identifier: MIT */
/*
 * Before and after each call that may shake hands.  What happened is read off
 * the connection, not off the calls: so it makes no difference by which of them
 * a handshake is made, or by how many.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "address.h"
#include "preload.h"

/* Of this thread: the library's own handshakes are no business of ours. */
static _Thread_local int inside;

bool
library_is_inside(void)
{
	return inside > 0;
}

void
library_enter(int *error)
{
	*error = errno;
	inside++;
}

void
library_leave(int error)
{
	inside--;
	errno = error;
}

/* It is no object of QUIC's, and its context's method is one. */
static bool
is_within_quic(const SSL *ssl)
{
	const SSL_METHOD *method = SSL_CTX_get_ssl_method(SSL_get_SSL_CTX(ssl));

	for (int i = 0; i < 3; i++)
		if (real()->quic[i] != NULL && real()->quic[i]() == method)
			return true;
	return false;
}

SSL *
connection_of(SSL *ssl, bool *quic)
{
	*quic = false;
	if (ssl == NULL || real()->is_quic == NULL)
		return ssl;
	*quic = real()->is_quic(ssl) == 1;
	if (*quic && real()->connection != NULL)
		return real()->connection(ssl);
	return !*quic && is_within_quic(ssl) ? NULL : ssl;
}

bool
is_denied(const SSL *ssl)
{
	bool quic;
	/* Nothing of it is changed, whatever the type says. */
	const SSL *of = connection_of((SSL *)(uintptr_t)ssl, &quic);
	const struct state *state = of == NULL ? NULL : state_of(of, false);

	return state != NULL && state->denied;
}

/* Renegotiation makes other Finished messages. */
static bool
finished_anew(struct state *state, const SSL *ssl)
{
	unsigned char now[FINISHED_SIZE] = { 0 };

	if (SSL_version(ssl) == TLS1_3_VERSION)
		return false;
	(void)SSL_get_finished(ssl, now, sizeof(now));
	if (memcmp(now, state->finished, sizeof(now)) == 0)
		return false;
	memcpy(state->finished, now, sizeof(now));
	return true;
}

/* A new handshake, of a connection that is new or used again. */
static void
begin_anew(struct state *state)
{
	state->begun = true;
	state->done = state->failed = state->denied = state->data = false;
	state->peer[0] = '\0';
	free(state->sentence);
	state->sentence = NULL;
}

static bool
before_first_step(struct state *state, SSL *ssl, bool quic)
{
	const struct settings *set = settings();
	SSL_CTX *ctx = SSL_get_SSL_CTX(ssl);

	if (state->denied) /* called again: it stays denied, or is given it */
		state->told = true;
	begin_anew(state);
	address_of(ssl, state->peer);
	if (set->explain && ctx != NULL && context_is_new(ctx))
		record_context(ctx, ssl, state);
	if (!set->enforce || enforce_begin(state, ssl, quic)) {
		state->told = false;
		return true;
	}
	if (!state->told)
		record_failure(ssl, state, state->sentence);
	state->told = state->failed = true;
	return false;
}

/* Not by a call that is wrapped: such a connection is in no record. */
static void
made_unseen(struct state *state, SSL *ssl)
{
	const struct settings *set = settings();
	char why[SENTENCE_SIZE] = "the policy could not be checked";

	state->begun = true;
	state->done = SSL_is_init_finished(ssl);
	if (!state->done)
		return;
	(void)finished_anew(state, ssl);
	if (!set->enforce ||
	    (set->policy != NULL &&
		tlspolicy_check(ssl, set->policy, why, sizeof(why)) ==
		    TLSPOLICY_OK))
		return;
	enforce_end(state, why);
	record_failure(ssl, state, state->sentence);
}

static bool
first_look(struct call *call, SSL *ssl, bool quic)
{
	struct state *state = call->state;

	if (SSL_in_before(ssl)) {
		if (!before_first_step(state, ssl, quic))
			return false;
	} else if (!state->begun) {
		made_unseen(state, ssl);
	}
	if (state->denied) {
		enforce_say(state);
		return false;
	}
	if (state->peer[0] == '\0' && !state->done)
		address_of(ssl, state->peer);
	return true;
}

static bool
begin(struct call *call, SSL *ssl, bool connects)
{
	bool quic, good;

	*call = (struct call){ .ssl = NULL };
	if (inside > 0 || !settings_plain()->active || ssl == NULL)
		return true;
	library_enter(&call->error);
	call->ssl = ssl = connection_of(ssl, &quic);
	call->state = ssl == NULL ? NULL : state_of(ssl, true);
	if (ssl != NULL && call->state == NULL && settings_plain()->enforce) {
		enforce_say_memory(); /* not made */
		good = false;
	} else if (call->state == NULL || call->state->busy) {
		call->state = NULL; /* within a call on it */
		good = true;
	} else {
		call->state->connects = connects;
		good = first_look(call, ssl, quic);
		call->state->busy = good;
	}
	library_leave(call->error);
	return good;
}

bool
call_begin(struct call *call, SSL *ssl)
{
	return begin(call, ssl, false);
}

bool
call_begin_connect(struct call *call, SSL *ssl)
{
	return begin(call, ssl, true);
}

/* Of QUIC: the listener has begun it, and may have made all of it. */
bool
call_begin_accepted(struct call *call, SSL *ssl)
{
	struct state *state = NULL;

	if (inside == 0 && settings_plain()->active)
		state = state_of(ssl, true);
	if (state != NULL && !state->begun)
		begin_anew(state);
	return call_begin(call, ssl);
}

bool
call_begin_read(struct call *call, SSL *ssl)
{
	const bool good = call_begin(call, ssl);

	call->reads = true;
	return good;
}

/* Whether a call that failed is the handshake's end, and not to be repeated. */
static bool
is_final(const struct call *call, int ret)
{
	switch (real()->get_error(call->ssl, ret)) {
	case SSL_ERROR_SSL:
	case SSL_ERROR_SYSCALL:
	case SSL_ERROR_ZERO_RETURN:
		return !SSL_in_before(call->ssl);
	default:
		return false;
	}
}

/* The end of file after a handshake makes it look unfinished. */
static bool
is_complete(const struct call *call, bool good)
{
	char byte;

	if (SSL_is_init_finished(call->ssl))
		return true;
	return !good && call->reads &&
	    SSL_get_finished(call->ssl, &byte, 1) > 0 &&
	    SSL_get_peer_finished(call->ssl, &byte, 1) > 0 &&
	    ERR_GET_REASON(ERR_peek_error()) < SSL_AD_REASON_OFFSET;
}

static bool
completed(const struct call *call)
{
	struct state *state = call->state;
	SSL_CTX *ctx = SSL_get_SSL_CTX(call->ssl);
	char why[SENTENCE_SIZE] = "";

	state->done = true;
	(void)finished_anew(state, call->ssl);
	if (settings()->explain && ctx != NULL && ERR_peek_error() == 0 &&
	    context_is_new(ctx)) /* the one that a server has switched to */
		record_context(ctx, call->ssl, state);
	if (record_connection(call->ssl, state, why, sizeof(why)) ||
	    !settings()->enforce)
		return true;
	enforce_end(state, why);
	record_failure(call->ssl, state, state->sentence);
	return false;
}

static void
failed(struct state *state, const SSL *ssl)
{
	state->failed = true;
	record_failure(ssl, state, NULL);
}

/*
 * A server refuses a client of TLS 1.3 after the client's Finished.  Its answer
 * to a client that has closed its end is "decode error".
 */
static bool
is_refused(const struct call *call, bool good, int ret)
{
	const struct state *state = call->state;
	const int reason = ERR_GET_REASON(ERR_peek_last_error());

	return !good && call->reads && !state->data && !state->failed &&
	    !SSL_is_server(call->ssl) &&
	    SSL_version(call->ssl) == TLS1_3_VERSION &&
	    ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_SSL &&
	    reason >= SSL_AD_REASON_OFFSET &&
	    reason != SSL_R_TLSV1_ALERT_DECODE_ERROR &&
	    real()->get_error(call->ssl, ret) == SSL_ERROR_SSL;
}

static bool
look(const struct call *call, bool good, int ret)
{
	struct state *state = call->state;

	if (state->peer[0] == '\0' && !state->done)
		address_of(call->ssl, state->peer);
	if (state->denied) { /* in a callback */
		if (!state->failed)
			record_failure(call->ssl, state, state->sentence);
		state->failed = true;
		enforce_say(state);
		return false;
	}
	if (state->done) {
		if (is_refused(call, good, ret))
			failed(state, call->ssl);
		state->data = state->data || (good && call->reads);
		if (!SSL_is_init_finished(call->ssl) ||
		    !finished_anew(state, call->ssl))
			return true;
		return completed(call);
	}
	if (is_complete(call, good)) {
		state->data = good && call->reads;
		return completed(call);
	}
	if (!good && !state->failed && is_final(call, ret))
		failed(state, call->ssl);
	return true;
}

bool
call_end(struct call *call, bool good, int ret)
{
	bool stays;

	if (call->state == NULL)
		return true;
	library_enter(&call->error);
	call->state->busy = false;
	stays = look(call, good, ret);
	library_leave(call->error);
	return stays;
}

/* One that is given up in the middle: a time-out, most often. */
void
watch_free(SSL *ssl)
{
	struct state *state;
	int error;

	if (inside > 0 || !settings_plain()->active || ssl == NULL ||
	    !state_drop(ssl) || (state = state_of(ssl, false)) == NULL)
		return;
	library_enter(&error);
	if (state->begun && !state->done && !state->failed &&
	    !SSL_in_before(ssl))
		record_failure(ssl, state, NULL);
	library_leave(error);
	state_forget(ssl);
}
