/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "peer.h"
#include "quic.h"
#include "quic_ends.h"
#include "release.h"
#include "runner.h"

SSL_CTX *
make_quic(enum kind kind)
{
	static const SSL_METHOD *(*const methods[KINDS])(void) = {
		[CLIENT] = quic_client,
		[CLIENT_THREAD] = quic_client_thread,
		[SERVER] = quic_server,
	};
	SSL_CTX *ctx = SSL_CTX_new(methods[kind]());

	ck_assert_ptr_nonnull(ctx);
	if (kind == SERVER)
		ck_assert(peer_use(ctx, PEER_P_256) == 1);
	ERR_clear_error();
	return ctx;
}

static void
join_suites(SSL_CTX *ctx, char text[512])
{
	const STACK_OF(SSL_CIPHER) *ciphers = SSL_CTX_get_ciphers(ctx);

	text[0] = '\0';
	for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
		strcat(text, i > 0 ? ":" : "");
		strcat(
		    text, SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, i)));
	}
}

struct state
quic_state_of(SSL_CTX *ctx)
{
	struct state state = {
		.level = SSL_CTX_get_security_level(ctx),
		.min = SSL_CTX_get_min_proto_version(ctx),
		.max = SSL_CTX_get_max_proto_version(ctx),
		.options = SSL_CTX_get_options(ctx),
	};

	join_suites(ctx, state.suites);
	return state;
}

void
assert_quic_state(
    const char *row, const struct state *is, const struct state *want)
{
	ck_assert_msg(strcmp(is->suites, want->suites) == 0,
	    "%s: suites %s, not %s", row, is->suites, want->suites);
	ck_assert_msg(is->level == want->level, "%s: level %d, not %d", row,
	    is->level, want->level);
	ck_assert_msg(is->min == want->min && is->max == want->max,
	    "%s: bounds 0x%lx to 0x%lx", row, (unsigned long)is->min,
	    (unsigned long)is->max);
	ck_assert_msg(is->options == want->options,
	    "%s: options 0x%llx, not 0x%llx", row,
	    (unsigned long long)is->options, (unsigned long long)want->options);
}

struct outcome
quic_outcome(SSL_CTX *client, SSL_CTX *server, const struct tlspolicy *policy)
{
	struct outcome outcome = { .done = 0 };
	struct quic_pair pair;

	quic_open(&pair, client, server);
	outcome.done = quic_handshake(&pair);
	ck_assert_msg(outcome.done >= 0, "the time for a handshake is up");
	if (outcome.done == 1) {
		strncpy(outcome.cipher, SSL_get_cipher_name(pair.client),
		    sizeof(outcome.cipher) - 1);
		strncpy(outcome.group, release_group(pair.client),
		    sizeof(outcome.group) - 1);
		ck_assert_str_eq(outcome.group, release_group(pair.server));
	}
	if (outcome.done == 1 && policy != NULL) {
		SSL *const ends[] = { pair.client, pair.server };

		for (int i = 0; i < 2; i++) {
			const int status = tlspolicy_check(ends[i], policy,
			    outcome.why[i], sizeof(outcome.why[i]));

			ck_assert_int_eq(status,
			    outcome.why[i][0] == '\0' ? TLSPOLICY_OK
						      : TLSPOLICY_E_VIOLATION);
		}
	}
	quic_close(&pair);
	return outcome;
}

SSL_CTX *
make_quic_applied(enum kind kind, const char *policy)
{
	SSL_CTX *ctx = make_quic(kind);

	if (policy != NULL)
		ck_assert_msg(tlspolicy_apply(ctx, policy) == TLSPOLICY_OK,
		    "%s: %s", policy, release_last_error().data);
	return ctx;
}
