/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "peer.h"
#include "release.h"
#include "rows.h"
#include "runner.h"

/* The same by tlspolicy_inspect(), but for the certificates of a server. */
static unsigned
inspected(SSL_CTX *ctx, enum tlspolicy_role role)
{
	static const int datagram[PEER_VERSIONS] = { 0, DTLS1_VERSION,
		DTLS1_2_VERSION, 0 };
	const int dtls = peer_is_dtls(ctx);
	unsigned i, set = 0;
	int version, verdict;

	for (i = 0; i < PEER_VERSIONS; i++) {
		version = dtls ? datagram[i] : peer_version(i);
		if (version == 0)
			continue;
		verdict = tlspolicy_inspect(ctx, role, version);
		ck_assert_msg(verdict >= 0, "inspect gives %d", verdict);
		if (verdict == TLSPOLICY_AVAILABLE ||
		    (role == TLSPOLICY_SERVER &&
			verdict == TLSPOLICY_NO_CERTIFICATE))
			set |= 1u << i;
	}
	return set;
}

void
assert_sets(const char *row, const char *who, SSL_CTX *ctx, unsigned client,
    unsigned server)
{
	const unsigned as_client = peer_negotiated(ctx, PEER_CLIENT);
	const unsigned as_server = peer_negotiated(ctx, PEER_SERVER);
	const unsigned told_client = inspected(ctx, TLSPOLICY_CLIENT);
	const unsigned told_server = inspected(ctx, TLSPOLICY_SERVER);

	ck_assert_msg(as_client == client && as_server == server &&
		told_client == client && told_server == server,
	    "%s: %s: client %s, inspected %s, not %s; server %s, inspected %s, "
	    "not %s",
	    row, who, peer_set_name(as_client), peer_set_name(told_client),
	    peer_set_name(client), peer_set_name(as_server),
	    peer_set_name(told_server), peer_set_name(server));
}

void
assert_applies(
    const char *row, SSL_CTX *ctx, const char *text, unsigned flags, int want)
{
	int status = tlspolicy_apply_text(ctx, text, flags);

	ck_assert_msg(status == want, "%s: \"%s\" gives %d, not %d", row, text,
	    status, want);
	ERR_clear_error();
}

SSL_CTX *
fresh_context(int level)
{
	SSL_CTX *ctx = peer_context(TLS_method(), NULL);

	ck_assert_ptr_nonnull(ctx);
	SSL_CTX_set_security_level(ctx, level);
	return ctx;
}

const char *
lacking_groups(const char *groups)
{
	if (release() >= RELEASE_3_0)
		return NULL;
	if (strstr(groups, "ffdhe") != NULL)
		return "no ffdhe groups before OpenSSL 3.0";
	if (strstr(groups, "brainpool") != NULL)
		return "before OpenSSL 3.0 any curve serves TLS 1.3";
	return NULL;
}

unsigned
offered_versions(SSL_CTX *ctx, unsigned *legacy)
{
	struct peer_hello hello;
	unsigned i, set = 0;
	size_t j;

	ck_assert_int_eq(peer_hello(ctx, &hello), 1);
	*legacy = hello.legacy;
	for (j = 0; j < hello.versions.count; j++)
		for (i = 0; i < PEER_VERSIONS; i++)
			if (hello.versions.code[j] == peer_version(i))
				set |= 1u << i;
	return set;
}

struct pair
join_pair(SSL_CTX *client, SSL_CTX *server)
{
	struct pair pair = { SSL_new(client), SSL_new(server) };

	ck_assert(pair.client != NULL && pair.server != NULL);
	SSL_set_connect_state(pair.client);
	SSL_set_accept_state(pair.server);
	return pair;
}

void
free_pair(const struct pair *pair)
{
	SSL_free(pair->client);
	SSL_free(pair->server);
}

int
pair_version(SSL_CTX *client, SSL_CTX *server)
{
	struct pair pair = join_pair(client, server);
	struct peer_result result;

	peer_handshake(pair.client, pair.server, &result);
	free_pair(&pair);
	return result.version;
}
