/* SPDX-License-Identifier: MIT */
/*
 * For programs that adopt policies: a server's connection that moves to another
 * context, what a client's hello would come to, and a policy's digest.
 */
#include <errno.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>

#include "apply.h"

/* What a client says */

/* Code points of two bytes each, in OpenSSL's copy of the hello. */
struct codes {
	const unsigned char *at;
	size_t count;
};

struct client {
	unsigned versions;
	bool fallback; /* RFC 7507: it has lowered its maximum */
	bool shares;   /* it has key shares, RFC 8446, 4.2.8 */
	STACK_OF(SSL_CIPHER) *ciphers; /* in its order; to be freed */
	struct codes groups, sigalgs;
	unsigned char parsed[2 * HELLO_MAX]; /* groups, where these are gone */
};

static uint16_t
code_at(const struct codes *codes, size_t i)
{
	return (
	    uint16_t)((unsigned)codes->at[2 * i] << 8 | codes->at[2 * i + 1]);
}

static bool
has_code(const struct codes *codes, uint16_t code)
{
	size_t i = 0;

	while (i < codes->count && code_at(codes, i) != code)
		i++;
	return i < codes->count;
}

static bool
has_extension(SSL *ssl, unsigned type)
{
	const unsigned char *in;
	size_t len;

	return SSL_client_hello_get0_ext(ssl, type, &in, &len) == 1;
}

/*
 * What an extension holds after a length of so many bytes.  One that is wrong
 * is as good as none: OpenSSL ends such a handshake.
 */
static struct codes
read_codes(SSL *ssl, unsigned type, size_t prefix)
{
	const unsigned char *in;
	size_t len, said = 0;

	if (SSL_client_hello_get0_ext(ssl, type, &in, &len) != 1 ||
	    len < prefix)
		return (struct codes){ NULL, 0 };
	for (size_t i = 0; i < prefix; i++)
		said = said << 8 | in[i];
	return said == len - prefix ? (struct codes){ in + prefix, said / 2 }
				    : (struct codes){ NULL, 0 };
}

/*
 * On DTLS OpenSSL goes by the old field alone.  In a servername callback the
 * extension is used up: then the client may have all but those that the
 * connection has above the chosen one.
 */
static unsigned
read_versions(const struct target *from)
{
	const int legacy = tlsp_version_as_tls(
	    (int)SSL_client_hello_get0_legacy_version(from->ssl));
	const struct codes codes =
	    read_codes(from->ssl, TLSEXT_TYPE_supported_versions, 1);
	struct settings now;
	unsigned set = 0, chosen;

	for (size_t i = 0; i < codes.count && !from->dtls; i++)
		set |= tlsp_version_bit(code_at(&codes, i));
	if (set != 0)
		return set;
	if (from->dtls ||
	    !has_extension(from->ssl, TLSEXT_TYPE_supported_versions))
		return legacy < TLS1_VERSION
		    ? 0
		    : tlsp_versions_between(
			  0, legacy < TLS1_2_VERSION ? legacy : TLS1_2_VERSION);
	tlsp_settings_read(from, &now);
	chosen = tlsp_version_bit(SSL_version(from->ssl));
	set = tlsp_versions_between(now.min, now.max) &
	    ~tlsp_versions_disabled(false, now.options) &
	    ~tlsp_versions_killed(now.level);
	return (VERSIONS_ALL & ~set & ~(chosen - 1)) | chosen;
}

static bool
read_ciphers(SSL *ssl, struct client *out)
{
	const bool old = SSL_client_hello_isv2(ssl) == 1;
	size_t step = old ? 3 : 2, len;
	unsigned char *raw;
	const unsigned char *in;

	len = SSL_client_hello_get0_ciphers(ssl, &in);
	if (len == 0) {
		step = 2;
		len = (size_t)SSL_get0_raw_cipherlist(ssl, &raw);
		in = raw;
	}
	if ((out->ciphers = sk_SSL_CIPHER_new_null()) == NULL)
		return false;
	for (; len >= step; in += step, len -= step) {
		const unsigned char *code = in + step - 2;
		const SSL_CIPHER *cipher = SSL_CIPHER_find(ssl, code);

		/* Those of SSL 2.0 begin otherwise. */
		if (step == 3 && in[0] != 0)
			continue;
		if (code[0] == 0x56 && code[1] == 0)
			out->fallback = true;
		if (cipher != NULL &&
		    sk_SSL_CIPHER_push(out->ciphers, cipher) <= 0)
			return false;
	}
	return true;
}

/* As OpenSSL has parsed them, by a servername callback. */
static void
read_parsed(SSL *ssl, struct client *out)
{
	int id[HELLO_MAX], count = (int)SSL_get1_groups(ssl, NULL);

	if (count > HELLO_MAX)
		return;
	count = (int)SSL_get1_groups(ssl, id);
	out->groups = (struct codes){ out->parsed, 0 };
	for (int i = 0; i < count; i++) {
		const char *name = tlsp_group_name(ssl, id[i]);
		const struct name *known = name == NULL
		    ? NULL
		    : tlsp_name_find(LIST_GROUPS, name, strlen(name));
		unsigned code = known != NULL ? known->code : (unsigned)id[i];

		out->parsed[2 * out->groups.count] = (unsigned char)(code >> 8);
		out->parsed[2 * out->groups.count++ + 1] = (unsigned char)code;
	}
}

static int
read_client(const struct target *from, struct client *out)
{
	SSL *ssl = from->ssl;

	memset(out, 0, sizeof(*out));
	out->versions = read_versions(from);
	out->groups = read_codes(ssl, TLSEXT_TYPE_supported_groups, 2);
	out->sigalgs = read_codes(ssl, TLSEXT_TYPE_signature_algorithms, 2);
	out->shares = has_extension(ssl, TLSEXT_TYPE_key_share);
	if (out->groups.at == NULL)
		read_parsed(ssl, out);
	return read_ciphers(ssl, out)
	    ? TLSPOLICY_OK
	    : tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
}

/* What both have, in the order in which OpenSSL's server goes through it */

static bool
is_ours_first(const struct state *state)
{
	return (state->settings.options & SSL_OP_CIPHER_SERVER_PREFERENCE) != 0;
}

static void
share_codes(const struct state *state, enum list_kind kind, bool first,
    const struct codes *theirs, struct offer *out)
{
	const struct offer *own = &state->own.list[kind];
	const size_t count = first ? own->count : theirs->count;

	out->count = 0;
	for (size_t i = 0; i < count; i++) {
		uint16_t code = first ? own->code[i] : code_at(theirs, i);
		size_t j = 0;

		while (j < own->count && own->code[j] != code)
			j++;
		if (j == own->count || !has_code(theirs, code) ||
		    tlsp_offered(out, code))
			continue;
		out->serves[out->count] = own->serves[j];
		out->code[out->count++] = code;
	}
}

static bool
is_chacha(const SSL_CIPHER *cipher)
{
	return cipher != NULL &&
	    SSL_CIPHER_get_cipher_nid(cipher) == NID_chacha20_poly1305;
}

/* NULL for lack of memory. */
static STACK_OF(SSL_CIPHER) *
share_ciphers(const struct state *state, const struct client *client)
{
	const STACK_OF(SSL_CIPHER) *own = tlsp_state_ciphers(state);
	const bool first = is_ours_first(state);
	const STACK_OF(SSL_CIPHER) *order = first ? own : client->ciphers;
	const STACK_OF(SSL_CIPHER) *other = first ? client->ciphers : own;
	/* Where the client begins with ChaCha20, all of that come first. */
	const bool moved = first &&
	    (state->settings.options & SSL_OP_PRIORITIZE_CHACHA) != 0 &&
	    is_chacha(sk_SSL_CIPHER_value(client->ciphers, 0));
	STACK_OF(SSL_CIPHER) *out = sk_SSL_CIPHER_new_null();

	for (int turn = moved ? 0 : 1; turn < 2; turn++) {
		for (int i = 0; i < sk_SSL_CIPHER_num(order); i++) {
			const SSL_CIPHER *it = sk_SSL_CIPHER_value(order, i);

			if (out == NULL || !tlsp_ciphers_in(other, it) ||
			    (moved && is_chacha(it) != (turn == 0)))
				continue;
			if (sk_SSL_CIPHER_push(out, it) <= 0) {
				sk_SSL_CIPHER_free(out);
				out = NULL;
			}
		}
	}
	return out;
}

/* Certificates, as far as they decide about versions and ciphers */

struct kinds {
	bool any;
	bool modern; /* one that makes OpenSSL choose TLS 1.3 */
	bool ecdsa;  /* one for ECDSA before, on a curve of the client's */
};

static void
read_kinds(
    const struct state *state, const struct client *client, struct kinds *out)
{
	const struct offer *sigalgs = &state->own.list[LIST_SIGALGS];
	SSL *ssl = state->ssl;
	long next = SSL_CERT_SET_FIRST;

	*out = (struct kinds){ .any = false };
	for (; SSL_set_current_cert(ssl, next) == 1; next = SSL_CERT_SET_NEXT) {
		const struct name *curve = NULL;
		struct certificate it;

		tlsp_certificate_read(ssl, &it);
		out->any = true;
		if (it.key == KEY_EC)
			curve = tlsp_key_curve(
			    X509_get0_pubkey(SSL_get_certificate(ssl)));
		if (it.key == KEY_EC ? tlsp_offered(sigalgs, it.sigalg13)
				     : it.key != KEY_DSA)
			out->modern = true;
		if (it.key == KEY_EC ? curve != NULL &&
			    has_code(&client->groups, curve->code)
				     : (KEYS(it.key) & KEYS_EC) != 0)
			out->ecdsa = true;
	}
}

/* What OpenSSL's server would choose */

/* The version, as a bit; 0: none. */
static unsigned
choose_version(const struct state *state, const struct client *client,
    const struct kinds *kinds)
{
	unsigned set = state->enabled & client->versions;

	if (kinds->any && !kinds->modern)
		set &= ~V1_3;
	return tlsp_version_bit(tlsp_version_highest(set));
}

/* The suite of TLS 1.3; NULL: none, or no memory. */
static const SSL_CIPHER *
choose_suite(const struct state *state, const struct client *client)
{
	STACK_OF(SSL_CIPHER) *shared = share_ciphers(state, client);
	const SSL_CIPHER *chosen = NULL;

	for (int i = 0; chosen == NULL && i < sk_SSL_CIPHER_num(shared); i++) {
		const SSL_CIPHER *it = sk_SSL_CIPHER_value(shared, i);

		if (tlsp_cipher_versions(it) == V1_3 &&
		    tlsp_cipher_allowed(
			state->ssl, SSL_SECOP_CIPHER_SHARED, it))
			chosen = it;
	}
	sk_SSL_CIPHER_free(shared);
	return chosen;
}

/* Moving to another context */

/* What decides about versions, ciphers, groups and signatures. */
#define OPTIONS_MOVED \
	((uint64_t)SSL_OP_NO_SSL_MASK | SSL_OP_CIPHER_SERVER_PREFERENCE | \
	    SSL_OP_PRIORITIZE_CHACHA | SSL_OP_NO_RENEGOTIATION | \
	    SSL_OP_ALLOW_NO_DHE_KEX | SSL_OP_SAFARI_ECDHE_ECDSA_BUG)

static int
check_ends(const struct target *from, const struct target *to)
{
	int status;

	if (from->quic || to->quic)
		return tlsp_fail(TLSPOLICY_E_METHOD,
		    "a QUIC connection cannot be moved to another context");
	if (!SSL_is_server(from->ssl))
		return tlsp_fail(TLSPOLICY_E_INVALID,
		    "the connection is a client's: only a server's moves");
	if (from->dtls != to->dtls)
		return tlsp_fail(TLSPOLICY_E_METHOD,
		    "the connection is for %s and the context for %s",
		    from->dtls ? "DTLS" : "TLS", to->dtls ? "DTLS" : "TLS");
	status = tlsp_check_target(from);
	if (status == TLSPOLICY_OK)
		status = tlsp_check_target(to);
	if (status == TLSPOLICY_OK && tlsp_lacks(to, TLSPOLICY_SERVER))
		return tlsp_fail(TLSPOLICY_E_METHOD,
		    "the context's method has no server in it");
	return status;
}

static bool
is_quantum(uint16_t code)
{
	const struct name *name = tlsp_name_of(LIST_GROUPS, code);

	return name != NULL && name->group == GROUP_PQ;
}

/* Whether the connection shares a group with the client as it is. */
static bool
is_shared(SSL *ssl, const struct name *group, int first, int end)
{
	for (int i = first; group != NULL && i < end; i++) {
		int id = (int)SSL_get_shared_group(ssl, i);
		const char *name = tlsp_group_name(ssl, id);

		if (name != NULL &&
		    strcmp(tlsp_name_own(LIST_GROUPS, name), group->name) == 0)
			return true;
	}
	return false;
}

static bool
is_of(const EVP_PKEY *key, const struct name *group)
{
	return key != NULL && group != NULL &&
	    (tlsp_key_curve((EVP_PKEY *)(uintptr_t)key) == group ||
		tlsp_key_is(key, group->name));
}

/* From 3.5 on a list of this library's insists on post-quantum groups. */
static bool
insists(const struct state *host, const struct offer *shared)
{
	const struct offer *own = &host->own.list[LIST_GROUPS];
	size_t i = 0;

	if (!tlsp_marks_shares() || own->count == 0 ||
	    !is_quantum(own->code[0]))
		return false;
	while (i < shared->count && !is_quantum(shared->code[i]))
		i++;
	return i < shared->count;
}

/* Whether all groups that are shared are the same as they would be. */
static bool
shares_same(SSL *ssl, const struct offer *shared, int count)
{
	int same = 0;

	for (size_t i = 0; i < shared->count; i++) {
		const struct name *it =
		    tlsp_name_of(LIST_GROUPS, shared->code[i]);

		if ((shared->serves[i] & V1_3) == 0)
			continue;
		if (same == count || !is_shared(ssl, it, same, same + 1))
			return false;
		same++;
	}
	return same == count;
}

/*
 * Whether TLS 1.3 would take the same key share, or none and ask for one.  The
 * shares cannot be read any more.  Up to 3.4 there are none of groups that the
 * connection has and that come before the chosen one; later ones have tuples,
 * so that only the first is sure.
 */
static bool
is_group_kept(SSL *ssl, const struct state *host, const struct client *client)
{
	const bool marks = tlsp_marks_shares();
	const int count = (int)SSL_get_shared_group(ssl, -1);
	EVP_PKEY *key = NULL;
	struct offer shared;
	bool kept, quantum;

	share_codes(host, LIST_GROUPS, marks && is_ours_first(host),
	    &client->groups, &shared);
	if (shares_same(ssl, &shared, count))
		return true;
	quantum = insists(host, &shared);
	kept = SSL_get_peer_tmp_key(ssl, &key) != 1;
	for (size_t i = 0; i < shared.count; i++) {
		const uint16_t code = shared.code[i];
		const struct name *it = tlsp_name_of(LIST_GROUPS, code);

		if ((shared.serves[i] & V1_3) == 0 ||
		    (quantum && !is_quantum(code)))
			continue;
		kept = is_of(key, it);
		if (kept || marks || !is_shared(ssl, it, 0, count))
			break;
		kept = key == NULL;
	}
	EVP_PKEY_free(key);
	return kept;
}

/*
 * In a servername callback, and in a client-hello callback after a
 * HelloRetryRequest: what is chosen by then is what the context would choose.
 */
static int
check_chosen(const struct target *from, const struct state *host)
{
	SSL *ssl = from->ssl;
	const unsigned chosen =
	    tlsp_version_bit(tlsp_version_as_tls(SSL_version(ssl)));
	struct client client = { .versions = 0 };
	struct kinds kinds;
	bool kept = false;
	int status = TLSPOLICY_OK;

	if (SSL_client_hello_get0_legacy_version(ssl) != 0) {
		status = read_client(from, &client);
		read_kinds(host, &client, &kinds);
		kept = choose_version(host, &client, &kinds) == chosen &&
		    (chosen != V1_3 ||
			(choose_suite(host, &client) ==
				SSL_get_pending_cipher(ssl) &&
			    is_group_kept(ssl, host, &client)));
	}
	sk_SSL_CIPHER_free(client.ciphers);
	if (status != TLSPOLICY_OK || kept)
		return status;
	return tlsp_fail(TLSPOLICY_E_TOO_LATE,
	    "the context would have chosen another version, ciphersuite or "
	    "group than the connection has by now: switch in a client-hello "
	    "callback");
}

/* Whether the connection is the context's, as far as can be read. */
static bool
is_there(const struct target *from, const struct state *host)
{
	const struct settings *to = &host->settings;
	const STACK_OF(SSL_CIPHER) *a = tlsp_ciphers(from);
	const STACK_OF(SSL_CIPHER) *b = tlsp_state_ciphers(host);
	struct settings now;

	tlsp_settings_read(from, &now);
	return from->ctx == host->target.ctx && now.min == to->min &&
	    now.max == to->max && now.level == to->level &&
	    now.options == to->options &&
	    tlsp_ciphers_same(a, b, LIST_CIPHERS) &&
	    tlsp_ciphers_same(a, b, LIST_CIPHERSUITES);
}

/* After the first step that cannot be undone it goes on, or is closed. */
static int
become(SSL *ssl, const struct state *host)
{
	struct target moved;

	if (SSL_set_SSL_CTX(ssl, host->target.ctx) != host->target.ctx)
		return tlsp_fail(TLSPOLICY_E_OPENSSL,
		    "OpenSSL could not give the connection the context");
	moved = tlsp_target(NULL, ssl);
	if (tlsp_settings_write(&moved, &host->settings) &&
	    TWICE(tlsp_ciphers_put(&moved, tlsp_state_ciphers(host), false)) &&
	    TWICE(tlsp_set_list(&moved, LIST_GROUPS, host->list[LIST_GROUPS])))
		return TLSPOLICY_OK;
	tlsp_close(&moved);
	/* Where a version is chosen already, this ends the handshake. */
	SSL_set_security_callback(ssl, tlsp_answer);
	SSL_set0_security_ex_data(ssl, (void *)(uintptr_t)&tlsp_no);
	return tlsp_fail(TLSPOLICY_E_OPENSSL,
	    "OpenSSL could not make the connection the context's: it is closed "
	    "and completes no handshake now, free it");
}

/* Reads the context, and has its groups as a list that OpenSSL takes. */
static int
read_host(
    const struct target *from, const struct target *to, struct state *host)
{
	int status = tlsp_state_read(host, to, TLSPOLICY_SERVER, V1_3);
	struct settings now;

	if (status != TLSPOLICY_OK)
		return status;
	tlsp_settings_read(from, &now);
	host->settings.options = (now.options & ~OPTIONS_MOVED) |
	    (host->settings.options & OPTIONS_MOVED);
	return tlsp_state_groups(host);
}

static int
move(const struct target *from, const struct target *to)
{
	struct state host;
	int status = read_host(from, to, &host);
	bool late = tlsp_is_late(from), there = late && is_there(from, &host);

	if (status == TLSPOLICY_OK && late && !there)
		status = check_chosen(from, &host);
	if (status == TLSPOLICY_OK && !there)
		status = become(from->ssl, &host);
	tlsp_state_close(&host);
	return status;
}

int
tlspolicy_switch(SSL *ssl, SSL_CTX *ctx)
{
	struct target from, to;
	struct errors errors;
	int status;

	if (ssl == NULL || ctx == NULL)
		return tlsp_fail(TLSPOLICY_E_INVALID, "%s is NULL",
		    ssl == NULL ? "connection" : "context");
	if (!tlsp_errors_begin(&errors))
		return tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
	from = tlsp_target(NULL, ssl);
	to = tlsp_target(ctx, NULL);
	status = check_ends(&from, &to);
	if (status == TLSPOLICY_OK)
		status = move(&from, &to);
	tlsp_errors_end(&errors, status != TLSPOLICY_OK);
	return status;
}

/* What a policy would come to for a client */

/*
 * Whether this is a client-hello callback: the version is still open, or a
 * HelloRetryRequest has been answered, so that the client's ciphers are known
 * from before and its key share is not.
 */
static bool
is_in_hello(const struct target *target)
{
	SSL *ssl = target->ssl;
	EVP_PKEY *key = NULL;
	bool shared;

	if (target->quic || SSL_client_hello_get0_legacy_version(ssl) == 0)
		return false;
	if (!tlsp_is_late(target))
		return true;
	shared = SSL_get_peer_tmp_key(ssl, &key) == 1;
	EVP_PKEY_free(key);
	return SSL_version(ssl) == TLS1_3_VERSION && !shared &&
	    SSL_get_client_ciphers(ssl) != NULL;
}

static const char *
version_of(const struct state *state, int version)
{
	return tlsp_version_name(state->target.dtls, version);
}

static int
fail_version(const struct state *state, const struct client *client)
{
	const int low = tlsp_version_lowest(state->enabled);
	const int offered = tlsp_version_highest(client->versions);

	if (client->versions == 0)
		return tlsp_fail(TLSPOLICY_E_VIOLATION,
		    "the client offers no version of TLS from TLSv1 on");
	return tlsp_fail(TLSPOLICY_E_VIOLATION,
	    "no version in common: the client ends at %s, the policy begins "
	    "at %s",
	    version_of(state, offered), version_of(state, low));
}

static int
fail_verdict(const struct state *state, enum tlspolicy_verdict verdict)
{
	const int version = tlsp_version_lowest(state->enabled);
	const char *what = "certificate usable with what the client offers";

	if (verdict == TLSPOLICY_NO_CIPHER)
		what = "cipher in common";
	else if (verdict == TLSPOLICY_NO_GROUP)
		what = "group in common";
	else if (verdict == TLSPOLICY_NO_SIGALG)
		what = "signature algorithm in common that fits a certificate";
	else if (verdict == TLSPOLICY_SECURITY_LEVEL)
		what = "signature that the security level permits";
	return tlsp_fail(TLSPOLICY_E_VIOLATION, "no %s for %s", what,
	    version_of(state, version));
}

/* What a client without the extension has before TLS 1.3 (RFC 5246). */
static const struct codes sha1 = {
	(const unsigned char *)"\x02\x01\x02\x03\x02\x02", 3
};

/*
 * Whether the certificate is strong enough that TLS 1.3 takes: that of the
 * first algorithm that fits one.
 */
static bool
is_strong(const struct state *both)
{
	const struct offer *sigalgs = &both->own.list[LIST_SIGALGS];
	SSL *ssl = both->ssl;

	for (size_t i = 0; i < sigalgs->count; i++) {
		const struct name *name =
		    tlsp_name_of(LIST_SIGALGS, sigalgs->code[i]);
		long next = SSL_CERT_SET_FIRST;

		if (name == NULL || (sigalgs->serves[i] & V1_3) == 0)
			continue;
		for (; SSL_set_current_cert(ssl, next) == 1;
		     next = SSL_CERT_SET_NEXT) {
			struct certificate it;

			tlsp_certificate_read(ssl, &it);
			if (it.key == name->key &&
			    (it.key != KEY_EC || it.sigalg13 == name->code))
				return it.strong;
		}
	}
	return true; /* one that this library does not know */
}

/* Takes the ciphers off that need what no certificate is for. */
static void
drop_ecdsa(STACK_OF(SSL_CIPHER) *ciphers)
{
	for (int i = sk_SSL_CIPHER_num(ciphers); i-- > 0;) {
		if (tlsp_cipher_keys(sk_SSL_CIPHER_value(ciphers, i)) ==
		    KEYS_EC)
			(void)sk_SSL_CIPHER_delete(ciphers, i);
	}
}

/* The state with nothing but what the client has, too, and one version. */
static int
meet(const struct state *state, const struct client *client,
    const struct kinds *kinds, unsigned version)
{
	struct state both = *state;
	struct codes sigalgs = client->sigalgs;
	const bool first = is_ours_first(state);
	enum tlspolicy_verdict verdict;

	both.within = both.enabled = version;
	if (sigalgs.at == NULL && version != V1_3)
		sigalgs = sha1;
	share_codes(
	    state, LIST_SIGALGS, first, &sigalgs, &both.own.list[LIST_SIGALGS]);
	share_codes(state, LIST_GROUPS, first, &client->groups,
	    &both.own.list[LIST_GROUPS]);
	/* Without this extension it cannot be asked for a share, either. */
	if (version == V1_3 && !client->shares)
		both.own.list[LIST_GROUPS].count = 0;
	if ((both.ciphers = share_ciphers(state, client)) == NULL)
		return tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
	if (kinds->any && !kinds->ecdsa && version != V1_3)
		drop_ecdsa(both.ciphers);
	verdict = kinds->any ? tlsp_verdict(&both, TLSPOLICY_SERVER, version)
			     : tlsp_usable(&both, TLSPOLICY_SERVER);
	sk_SSL_CIPHER_free(both.ciphers);
	if (verdict == TLSPOLICY_AVAILABLE && kinds->any && version == V1_3 &&
	    !is_strong(&both))
		verdict = TLSPOLICY_NO_CERTIFICATE;
	return verdict == TLSPOLICY_AVAILABLE ? TLSPOLICY_OK
					      : fail_verdict(&both, verdict);
}

static int
predict(const struct state *state, const struct client *client)
{
	unsigned version, top;
	struct kinds kinds;

	read_kinds(state, client, &kinds);
	version = choose_version(state, client, &kinds);
	top = tlsp_version_bit(tlsp_version_highest(state->enabled));
	if (version == 0)
		return fail_version(state, client);
	if (client->fallback && version != top)
		return tlsp_fail(TLSPOLICY_E_VIOLATION,
		    "the client says by FALLBACK_SCSV that it has lowered its "
		    "maximum, and the policy has a higher version");
	return meet(state, client, &kinds, version);
}

static int
would_accept(const struct target *from, const struct tlspolicy *policy)
{
	const struct target target = tlsp_target(from->ctx, NULL);
	int status = tlsp_policy_validate(policy, "");
	struct state before, after;
	struct client client;

	if (status == TLSPOLICY_OK)
		status = tlsp_check_target(&target);
	if (status != TLSPOLICY_OK)
		return status;
	status =
	    tlsp_plan(&target, policy, TLSPOLICY_OVERRIDE, &before, &after);
	if (status == TLSPOLICY_OK &&
	    (after.list[LIST_GROUPS] == NULL ||
		after.list[LIST_SIGALGS] == NULL))
		status = tlsp_state_hear(&after);
	if (status == TLSPOLICY_OK) {
		status = read_client(from, &client);
		if (status == TLSPOLICY_OK)
			status = predict(&after, &client);
		sk_SSL_CIPHER_free(client.ciphers);
		if (status == TLSPOLICY_E_VIOLATION &&
		    tlsp_check_memory() != TLSPOLICY_OK)
			status = TLSPOLICY_E_NOMEM;
	}
	tlsp_state_close(&after);
	tlsp_state_close(&before);
	return status;
}

int
tlspolicy_would_accept(
    SSL *ssl, const struct tlspolicy *policy, char *why, size_t size)
{
	struct target target;
	struct errors errors;
	int status;

	if (why != NULL && size > 0)
		why[0] = '\0';
	if (ssl == NULL || policy == NULL || !tlsp_errors_begin(&errors))
		return ssl == NULL || policy == NULL ? TLSPOLICY_E_INVALID
						     : TLSPOLICY_E_NOMEM;
	target = tlsp_target(NULL, ssl);
	status = is_in_hello(&target)
	    ? would_accept(&target, policy)
	    : tlsp_fail(TLSPOLICY_E_INVALID,
		  "this is no client-hello callback of the connection");
	if (status != TLSPOLICY_OK && why != NULL)
		(void)tlspolicy_error_text(why, size);
	tlsp_errors_end(&errors, false);
	return status;
}

int
tlspolicy_digest(const struct tlspolicy *policy, unsigned char out[32])
{
	char text[TEXT_MAX + 1];
	int len, done, number = errno;

	if (policy == NULL || out == NULL)
		return tlsp_fail(TLSPOLICY_E_INVALID, "%s is NULL",
		    policy == NULL ? "policy" : "out");
	len = tlspolicy_format(policy, text, sizeof(text));
	if (len < 0 || len >= (int)sizeof(text))
		return tlsp_fail(TLSPOLICY_E_INVALID,
		    "the policy's text is longer than what can be parsed");
	done = EVP_Digest(text, (size_t)len, out, NULL, EVP_sha256(), NULL);
	errno = number;
	if (done == 1)
		return TLSPOLICY_OK;
	return tlsp_fail(
	    TLSPOLICY_E_OPENSSL, "OpenSSL failed to compute SHA-256");
}
