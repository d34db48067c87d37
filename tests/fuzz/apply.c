/* SPDX-License-Identifier: MIT */
/*
 * Policy text from anywhere on a context in any state: laws 1, 3, 7 and 9 of
 * tlspolicy(7).  The first byte chooses the state, the second the flags.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "../peer.h"
#include "../release.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

/* Bits: level 0, bounds from 1.2 or to 1.2, a hole, few ciphers, groups, DTLS.
 */
static SSL_CTX *
make(unsigned state)
{
	SSL_CTX *ctx =
	    SSL_CTX_new((state & 0x40) != 0 ? DTLS_method() : TLS_method());
	const int dtls = (state & 0x40) != 0;

	must(ctx != NULL, "context");
	SSL_CTX_set_security_level(ctx, (state & 1) != 0 ? 0 : 2);
	if ((state & 2) != 0)
		(void)SSL_CTX_set_min_proto_version(
		    ctx, dtls ? DTLS1_2_VERSION : TLS1_2_VERSION);
	if ((state & 4) != 0)
		(void)SSL_CTX_set_max_proto_version(
		    ctx, dtls ? DTLS1_2_VERSION : TLS1_2_VERSION);
	if ((state & 8) != 0)
		SSL_CTX_set_options(ctx, SSL_OP_NO_TLSv1_1);
	if ((state & 0x10) != 0)
		(void)SSL_CTX_set_cipher_list(
		    ctx, "ECDHE-RSA-AES128-GCM-SHA256:AES128-SHA");
	if ((state & 0x20) != 0)
		(void)peer_set_groups(ctx, "P-384:X25519");
	ERR_clear_error();
	return ctx;
}

static int
is_closed(SSL_CTX *ctx)
{
	return (SSL_CTX_get_options(ctx) & SSL_OP_NO_SSL_MASK) ==
	    SSL_OP_NO_SSL_MASK;
}

static void
judge(SSL_CTX *ctx, const char *text, unsigned flags)
{
	struct peer_snapshot before, after, twice;
	char why[PEER_WHY] = "";
	int status;

	peer_snapshot(ctx, &before, 0);
	status = tlspolicy_apply_text(ctx, text, flags);
	must((status == TLSPOLICY_OK) == (ERR_peek_error() == 0),
	    "law 9: the error queue");
	ERR_clear_error();
	peer_snapshot(ctx, &after, 0);
	if (status != TLSPOLICY_OK) {
		must(!is_closed(ctx) || status == TLSPOLICY_E_OPENSSL,
		    "law 1: closed for no reason");
		must(is_closed(ctx) ||
			peer_same(&before, &after, why, sizeof(why)),
		    "law 1: a failure changes the context");
		return;
	}
	must((flags & TLSPOLICY_OVERRIDE) != 0 ||
		peer_not_looser(&before, &after, why, sizeof(why)),
	    "law 3: looser than before");
	must(tlspolicy_apply_text(ctx, text, flags) == TLSPOLICY_OK,
	    "law 7: not twice");
	peer_snapshot(ctx, &twice, 0);
	must(peer_same(&after, &twice, why, sizeof(why)),
	    "law 7: the second time changes the context");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned flags[] = { 0, TLSPOLICY_OVERRIDE,
		TLSPOLICY_FAIL_IF_STRICTER };
	static int ready;
	char *text;
	SSL_CTX *ctx;

	if (size < 2)
		return 0;
	if (!ready)
		peer_setup();
	ready = 1;
	text = malloc(size - 1);
	must(text != NULL, "text");
	memcpy(text, data + 2, size - 2);
	text[size - 2] = '\0';
	ctx = make(data[0]);
	judge(ctx, text, flags[data[1] % 3]);
	ERR_clear_error();
	SSL_CTX_free(ctx);
	free(text);
	return 0;
}
