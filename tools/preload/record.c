/* SPDX-License-Identifier: MIT */
/* One line for each event of a connection or a context. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include "older.h"
#include "preload.h"

enum {
	SHORT = 64,
	SERVERNAME = 256,
	POLICY = 900,
	WHY = SENTENCE_SIZE,
	EXPLAIN = 1400
};

/*
 * A connection of a method for both has no role before its first step; of QUIC
 * it is a client's, for servers' are handed out later.
 */
static const char *
role_of(const SSL *ssl, const struct state *state)
{
	const bool quic = real()->is_quic != NULL && real()->is_quic(ssl) == 1;
	const bool client = !SSL_is_server(ssl) ||
	    ((state->connects || quic) && SSL_in_before(ssl));

	return client ? "client" : "server";
}

static const char *
servername_of(const SSL *ssl)
{
	return SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
}

/* By the name that policies have for it. */
static void
read_group(SSL *ssl, char group[SHORT])
{
	const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);
	const int kx = SSL_CIPHER_get_kx_nid(cipher);
	const char *name = NULL;
	struct tlspolicy *names;
	int id;

	group[0] = '\0';
	/* DHE before TLS 1.3 has parameters; 4.0 calls them by a group. */
	if (kx == NID_kx_dhe || kx == NID_kx_dhe_psk)
		return;
	id = (int)SSL_get_negotiated_group(ssl);
	if (id != NID_undef)
		name = SSL_group_to_name(ssl, id);
	if (name == NULL)
		return;
	(void)snprintf(group, SHORT, "%s", name);
	names = tlspolicy_new();
	if (names != NULL && tlspolicy_set_groups(names, name) == TLSPOLICY_OK)
		(void)snprintf(group, SHORT, "%s", tlspolicy_get_groups(names));
	tlspolicy_free(names);
}

/* The peer's to choose: it is not to look like the rest of a line. */
static void
put_name(struct line *line, const char *name)
{
	line_put(line, " (");
	for (size_t i = 0; i < SERVERNAME && name[i] != '\0'; i++)
		line_put(line,
		    isalnum((unsigned char)name[i]) ||
			    strchr("-._", name[i]) != NULL
			? "%c"
			: "\\x%02x",
		    (unsigned char)name[i]);
	line_put(line, ")");
}

/* What is common to connections and failures. */
static void
put_who(struct line *line, const SSL *ssl, const struct state *state)
{
	const char *peer = state->peer[0] != '\0' ? state->peer : NULL;
	const char *name = servername_of(ssl);

	if (line->json) {
		line_string(line, "role", role_of(ssl, state), SHORT);
		line_string(line, "peer", peer, SHORT);
		line_string(line, "servername", name, SERVERNAME);
		return;
	}
	line_put(line, "%s %s", role_of(ssl, state), peer != NULL ? peer : "-");
	if (name != NULL)
		put_name(line, name);
	line_put(line, ": ");
}

/* within: 1, 0, or -1 where it cannot be told. */
static void
put_verdict(struct line *line, int within, const char *why)
{
	const struct settings *set = settings();

	if (line->json) {
		line_string(line, "policy", set->name, POLICY);
		line_truth(line, "within", within);
		line_string(line, "why", why[0] != '\0' ? why : NULL, WHY);
		return;
	}
	if (set->name == NULL)
		return;
	line_put(line, "%s",
	    within < 0       ? ", not held against "
		: within > 0 ? ", within "
			     : ", OUTSIDE ");
	line_put_text(line, set->name, POLICY);
	if (why[0] != '\0') {
		line_put(line, ": ");
		line_put_text(line, why, WHY);
	}
}

/* 1, 0 or -1 of a status. */
static int
truth_of(int status)
{
	return status == TLSPOLICY_OK         ? 1
	    : status == TLSPOLICY_E_VIOLATION ? 0
					      : -1;
}

static void
put_connection(struct line *line, SSL *ssl, const char *group)
{
	const char *version = SSL_get_version(ssl);
	const char *cipher = SSL_CIPHER_get_name(SSL_get_current_cipher(ssl));
	const int resumed = SSL_session_reused(ssl);

	if (line->json) {
		line_string(line, "version", version, SHORT);
		line_string(line, "cipher", cipher, SHORT);
		line_string(
		    line, "group", group[0] != '\0' ? group : NULL, SHORT);
		line_truth(line, "resumed", resumed);
		return;
	}
	line_put(line, "%s %s %s%s", version, cipher,
	    group[0] != '\0' ? group : "-", resumed ? ", resumed" : "");
}

bool
record_connection(SSL *ssl, const struct state *state, char *why, size_t size)
{
	const struct settings *set = settings();
	char group[SHORT];
	struct line line;
	int within = -1;

	if (set->policy != NULL)
		within = truth_of(tlspolicy_check(ssl, set->policy, why, size));
	else if (set->has_policy)
		(void)snprintf(why, size, "out of memory");
	read_group(ssl, group);
	line_begin(&line, "connection");
	put_who(&line, ssl, state);
	put_connection(&line, ssl, group);
	put_verdict(&line, within, why);
	if (line.json)
		line_string(&line, "explain", NULL, 0);
	line_end(&line);
	count_connection(ssl, within == 0);
	return within > 0;
}

/*
 * The reason of the oldest entry, which is the cause; after a handshake, that
 * of the newest, as no step of one has cleared the queue.  When a connection is
 * given up, what is on it is of something else.
 */
static void
read_cause(const struct state *state, char *cause, size_t size)
{
	const unsigned long entry =
	    state->done ? ERR_peek_last_error() : ERR_peek_error();
	const char *reason = ERR_reason_error_string(entry);

	if (!state->failed)
		reason = "given up unfinished";
	else if (entry == 0)
		reason = "connection closed";
	else if (reason == NULL && ERR_GET_LIB(entry) == ERR_LIB_SYS)
		reason = strerror(ERR_GET_REASON(entry));
	if (reason != NULL)
		(void)snprintf(cause, size, "%s", reason);
	else
		(void)snprintf(cause, size, "reason %d", ERR_GET_REASON(entry));
}

void
record_failure(const SSL *ssl, const struct state *state, const char *what)
{
	char explained[EXPLAIN] = "", cause[SHORT];
	const char *why = what;
	struct line line;

	read_cause(state, cause, sizeof(cause));
	if (what != NULL)
		(void)snprintf(explained, sizeof(explained),
		    "The policy cannot be given to this connection: %s", what);
	else if (settings()->explain &&
	    (state->failed || ERR_peek_error() == 0) &&
	    tlspolicy_explain(ssl, explained, sizeof(explained)) < 0)
		explained[0] = '\0';
	line_begin(&line, "failure");
	put_who(&line, ssl, state);
	if (line.json) {
		line_string(&line, "version", NULL, 0);
		line_string(&line, "cipher", NULL, 0);
		line_string(&line, "group", NULL, 0);
		line_truth(&line, "resumed", -1);
		put_verdict(&line, -1, why != NULL ? why : cause);
		line_string(&line, "explain",
		    explained[0] != '\0' ? explained : NULL, EXPLAIN);
	} else {
		line_put(&line, "failed: ");
		line_put_text(
		    &line, explained[0] != '\0' ? explained : cause, EXPLAIN);
		if (what == NULL && !state->failed && explained[0] != '\0')
			line_put(&line, " (%s)", cause);
	}
	line_end(&line);
	count_failure(what != NULL ? "denied by the policy" : cause);
}

/* Contexts */

static void
put_versions(struct line *line, SSL_CTX *ctx, bool dtls)
{
	static const int tls[] = { TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION,
		TLS1_3_VERSION };
	static const char *const names[][2] = {
		{ "TLSv1", "" },
		{ "TLSv1.1", "DTLSv1" },
		{ "TLSv1.2", "DTLSv1.2" },
		{ "TLSv1.3", "DTLSv1.3" },
	};
	struct tlspolicy *policy = NULL;
	const char *before = line->json ? "[" : "";
	int min, max;

	if (tlspolicy_from_ctx(&policy, ctx) != TLSPOLICY_OK) {
		line_put(line, "%s", line->json ? "null" : "versions unknown");
		return;
	}
	min = tlspolicy_get_min_version(policy);
	max = tlspolicy_get_max_version(policy);
	for (size_t i = 0; i < 4; i++) {
		if (names[i][dtls][0] == '\0' || tls[i] < min ||
		    (max != 0 && tls[i] > max) ||
		    (tlspolicy_get_disabled(policy) & 1u << i) != 0)
			continue;
		line_put(line, line->json ? "%s\"%s\"" : "%s%s", before,
		    names[i][dtls]);
		before = line->json ? "," : ", ";
	}
	if (line->json)
		line_put(line, "%s]", before[0] == '[' ? "[" : "");
	else if (before[0] == '\0')
		line_put(line, "no version");
	tlspolicy_free(policy);
}

/* Holds the context against the policy; why is the library's sentence. */
static int
audit(SSL_CTX *ctx, char *why, size_t size)
{
	const struct settings *set = settings();
	const char *data = NULL;
	int flags = 0, status;

	if (set->policy == NULL)
		return -1;
	status = tlspolicy_audit(ctx, set->policy);
	if (status == TLSPOLICY_OK)
		return 1;
	(void)ERR_peek_last_error_data(&data, &flags);
	(void)snprintf(why, size, "%s",
	    data != NULL && (flags & ERR_TXT_STRING) != 0
		? data
		: tlspolicy_strerror(status));
	return truth_of(status);
}

/*
 * The error queue is to be as it was: where it is empty, it is again, and what
 * is on it before a handshake will be cleared by that.
 */
void
record_context(SSL_CTX *ctx, const SSL *ssl, const struct state *state)
{
	const bool marked = ERR_set_mark() == 1;
	char why[WHY] = "";
	struct line line;
	int within;

	within = audit(ctx, why, sizeof(why));
	line_begin(&line, "context");
	if (line.json) {
		line_string(&line, "role", role_of(ssl, state), SHORT);
		line_key(&line, "versions");
	} else {
		line_put(&line, "context %s: ", role_of(ssl, state));
	}
	put_versions(&line, ctx, SSL_is_dtls(ssl) == 1);
	put_verdict(&line, within, why);
	if (marked)
		(void)ERR_pop_to_mark();
	else
		ERR_clear_error();
	line_end(&line);
}
