/* SPDX-License-Identifier: MIT */
/*
 * What a full handshake in one version would do, without making it.  The
 * rules are those of OpenSSL's state machine, in its order; the peer of these
 * predictions has every cipher, group and certificate, speaks this version
 * only, and as a server follows the client's order.
 */
#include <openssl/objects.h>

#include "internal.h"

/* One version and role that is asked about. */
struct question {
	const struct state *state;
	enum tlspolicy_role role;
	unsigned bit;  /* the version */
	bool settings; /* no more than these decide: see tlsp_usable() */
	bool legacy;   /* before TLS 1.2: signatures have no list */
	unsigned keys; /* that the signature algorithms fit, by kind */
	bool group;    /* there is one for the version */
	bool curve;    /* and one that certificates can have too */
	bool ffdhe;    /* a server has DH parameters */
};

static unsigned
top_of(const struct state *state)
{
	return tlsp_version_bit(
	    tlsp_version_highest(tlsp_versions_lowest_run(state->enabled)));
}

static enum tlspolicy_verdict
version_verdict(
    const struct state *state, enum tlspolicy_role role, unsigned bit)
{
	const struct settings *settings = &state->settings;

	if ((state->spoken & bit) == 0)
		return TLSPOLICY_NOT_BUILT;
	if ((tlsp_versions_between(settings->min, 0) & bit) == 0)
		return TLSPOLICY_BELOW_MIN;
	if ((tlsp_versions_between(0, settings->max) & bit) == 0)
		return TLSPOLICY_ABOVE_MAX;
	if ((tlsp_versions_disabled(state->target.dtls, settings->options) &
		bit) != 0)
		return TLSPOLICY_DISABLED;
	if ((state->enabled & bit) == 0)
		return TLSPOLICY_SECURITY_LEVEL;
	if (role == TLSPOLICY_CLIENT &&
	    (tlsp_versions_lowest_run(state->enabled) & bit) == 0)
		return TLSPOLICY_CUT_OFF;
	return TLSPOLICY_AVAILABLE;
}

/* Ciphers */

/* Whether a cipher is of use with the groups that there are. */
static bool
fits_groups(const struct question *q, const SSL_CIPHER *cipher)
{
	int kx = SSL_CIPHER_get_kx_nid(cipher);

	return q->group ||
	    (kx != NID_kx_ecdhe && kx != NID_kx_ecdhe_psk && kx != NID_kx_any);
}

/* Whether the version has it and the level leaves it. */
static bool
is_left(const struct question *q, const SSL_CIPHER *cipher)
{
	return (tlsp_cipher_versions(cipher) & q->bit) != 0 &&
	    (!q->state->target.quic || tlsp_is_for_quic(cipher)) &&
	    tlsp_cipher_allowed(q->state->ssl,
		q->role == TLSPOLICY_CLIENT ? SSL_SECOP_CIPHER_SUPPORTED
					    : SSL_SECOP_CIPHER_SHARED,
		cipher);
}

/* Whether a handshake without secrets shared before can use a cipher. */
static bool
is_candidate(const struct question *q, const SSL_CIPHER *cipher)
{
	bool client = q->role == TLSPOLICY_CLIENT;
	int kx = SSL_CIPHER_get_kx_nid(cipher);

	if (kx != NID_kx_rsa && kx != NID_kx_ecdhe && kx != NID_kx_dhe &&
	    kx != NID_kx_any)
		return false;
	/*
	 * DH parameters cannot be read: a server is taken to have none but
	 * OpenSSL's own.  The peer chooses as many bits of security as its key
	 * has, 192 at most; FIPS 186-4 ends DSA keys at 128.
	 */
	if (kx == NID_kx_dhe && !q->settings &&
	    (!client ? !q->ffdhe
		     : q->state->settings.level >
			(tlsp_cipher_keys(cipher) == KEYS(KEY_DSA) ? 3 : 4)))
		return false;
	return is_left(q, cipher);
}

/* Whether a handshake with such secrets, or a password, could use a cipher. */
static bool
is_shared(const struct question *q)
{
	const STACK_OF(SSL_CIPHER) *own = tlsp_state_ciphers(q->state);

	for (int i = 0; q->settings && i < sk_SSL_CIPHER_num(own); i++) {
		const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(own, i);
		int kx = SSL_CIPHER_get_kx_nid(cipher);

		if ((kx == NID_kx_psk || kx == NID_kx_dhe_psk ||
			kx == NID_kx_ecdhe_psk || kx == NID_kx_rsa_psk ||
			kx == NID_kx_srp) &&
		    fits_groups(q, cipher) && is_left(q, cipher))
			return true;
	}
	return false;
}

/* Whether the level leaves a cipher for the version. */
static bool
leaves_cipher(const struct question *q)
{
	const STACK_OF(SSL_CIPHER) *ciphers = q->role == TLSPOLICY_CLIENT
	    ? q->state->offered
	    : tlsp_state_ciphers(q->state);

	for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
		if (is_left(q, sk_SSL_CIPHER_value(ciphers, i)))
			return true;
	}
	return is_shared(q);
}

/* Signatures */

/* The kinds of keys that the signature algorithms fit. */
static unsigned
keys_signing(const struct question *q)
{
	const struct offer *offer = &q->state->own.list[LIST_SIGALGS];
	unsigned keys = 0;

	if (q->legacy && tlsp_signs_legacy(q->state->ssl, true))
		keys |= KEYS(KEY_RSA);
	if (q->legacy && tlsp_signs_legacy(q->state->ssl, false))
		keys |= KEYS(KEY_EC) | KEYS(KEY_DSA);
	for (size_t i = 0; !q->legacy && i < offer->count; i++) {
		const struct name *known =
		    tlsp_name_of(LIST_SIGALGS, offer->code[i]);

		if ((offer->serves[i] & q->bit) != 0)
			keys |= KEYS(known == NULL ? KEY_OTHER : known->key);
	}
	return keys;
}

static void
read_groups(struct question *q)
{
	const struct offer *offer = &q->state->own.list[LIST_GROUPS];

	for (size_t i = 0; i < offer->count; i++) {
		const struct name *known =
		    tlsp_name_of(LIST_GROUPS, offer->code[i]);
		enum group_kind kind =
		    known == NULL ? GROUP_EXCHANGE : known->group;
		unsigned served = offer->serves[i];

		if (served != 0 && kind == GROUP_FFDHE)
			q->ffdhe = !q->state->target.dtls &&
			    tlsp_has(FEATURE_DH_BY_GROUP);
		if ((served & q->bit) == 0)
			continue;
		q->group = true;
		q->curve = q->curve || kind == GROUP_CURVE;
	}
}

static struct question
question_of(const struct state *state, enum tlspolicy_role role, unsigned bit,
    bool settings)
{
	struct question q = { .state = state,
		.role = role,
		.bit = bit,
		.settings = settings,
		.legacy = (bit & VERSIONS_OLD) != 0 };

	q.keys = keys_signing(&q);
	read_groups(&q);
	return q;
}

/*
 * 3.0 offers versions before TLS 1.2 and fails when a signature comes; so does
 * 1.1.1 at levels 2 and 3, but for RSA's.
 */
static bool
is_forbidden(const struct question *q, const SSL_CIPHER *cipher)
{
	unsigned keys = KEYS(KEY_RSA);

	if (cipher != NULL) {
		keys = tlsp_cipher_keys(cipher);
		if (SSL_CIPHER_get_kx_nid(cipher) == NID_kx_rsa)
			keys = 0;
	}
	return q->legacy && keys != 0 && (q->keys & keys) == 0;
}

/* Choosing */

/* Kinds of keys of which a server has a certificate. */
struct store {
	unsigned valid;   /* that ciphers are chosen by */
	unsigned signing; /* with a signature algorithm that they take */
	unsigned strong;  /* enough for the security level */
};

/* What ciphers of this version are chosen by. */
static unsigned
keys_choosing(const struct question *q)
{
	if (q->bit == V1_3)
		return KEYS_1_3;
	/* On DTLS, OpenSSL leaves the younger kinds out of 1.2 as well. */
	return q->legacy || q->state->target.dtls
	    ? KEYS_LEGACY
	    : KEYS_LEGACY | KEYS_RSA | KEYS_EC;
}

/*
 * Whether OpenSSL chooses a cipher by the certificates that it has; those for
 * RSA and DSA count without a signature algorithm, and then it fails.
 */
static bool
chooses(const struct question *q, const struct store *store,
    const SSL_CIPHER *cipher)
{
	unsigned keys = tlsp_cipher_keys(cipher);
	unsigned blind = KEYS(KEY_RSA) | KEYS(KEY_DSA);

	if (!is_candidate(q, cipher) || !fits_groups(q, cipher))
		return false;
	if (q->legacy || q->state->target.dtls)
		blind = KEYS_LEGACY;
	return keys == 0 || (keys & store->valid & (blind | q->keys)) != 0;
}

/* The first of these that is among its own and chosen; NULL: none. */
static const SSL_CIPHER *
first_chosen(const struct question *q, const struct store *store,
    const STACK_OF(SSL_CIPHER) *order)
{
	const STACK_OF(SSL_CIPHER) *own = tlsp_state_ciphers(q->state);

	for (int i = 0; i < sk_SSL_CIPHER_num(order); i++) {
		const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(order, i);

		if (tlsp_ciphers_in(own, cipher) && chooses(q, store, cipher))
			return cipher;
	}
	return NULL;
}

/*
 * What comes of the kinds of keys that the chosen cipher takes; where it
 * fails, the first reason that holds for all that were wanted.
 */
static enum tlspolicy_verdict
outcome(const struct store *store, unsigned keys, unsigned wanted)
{
	unsigned able = wanted & store->valid & store->strong;

	if (keys == 0 || (keys & store->signing & store->strong) != 0)
		return TLSPOLICY_AVAILABLE;
	if (able == 0)
		return TLSPOLICY_NO_CERTIFICATE;
	if ((able & store->signing) == 0 || (keys & store->signing) == 0)
		return TLSPOLICY_NO_SIGALG;
	return TLSPOLICY_NO_CERTIFICATE;
}

/* The client's role */

/* The peer has every certificate; their curves have to be in the hello. */
static void
read_peer(const struct question *q, struct store *peer)
{
	unsigned all = KEYS_1_3 | KEYS(KEY_DSA);

	if (q->bit != V1_3 && !q->curve)
		all &= ~KEYS(KEY_EC);
	peer->valid = all & keys_choosing(q);
	/* One that 1.1.1's level leaves with RSA alone has it alone. */
	if (q->legacy && q->keys != 0)
		peer->valid &= q->keys;
	/* Before TLS 1.2 it signs, whatever the client makes of that. */
	peer->signing = peer->valid & (q->legacy ? KEYS_LEGACY : q->keys);
	peer->strong = all;
}

/*
 * Why the peer has no cipher to choose.  OpenSSL hides ciphers that no
 * signature algorithm fits, so this looks at all that are set.
 */
static enum tlspolicy_verdict
no_choice(const struct question *q)
{
	const STACK_OF(SSL_CIPHER) *ciphers = tlsp_state_ciphers(q->state);
	enum tlspolicy_verdict verdict = TLSPOLICY_NO_CIPHER;

	for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
		const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(ciphers, i);

		if (!is_candidate(q, cipher) || is_forbidden(q, cipher))
			continue;
		/* Or it lacks a curve for the peer's certificate. */
		if (fits_groups(q, cipher) &&
		    (!tlsp_ciphers_in(q->state->offered, cipher) ||
			(!q->legacy &&
			    (tlsp_cipher_keys(cipher) & q->keys) == 0)))
			return TLSPOLICY_NO_SIGALG;
		verdict = TLSPOLICY_NO_GROUP;
	}
	return verdict;
}

/* What keeps a client from sending any ClientHello. */
static enum tlspolicy_verdict
hello_verdict(const struct question *q)
{
	const struct state *state = q->state;
	const struct question top =
	    question_of(state, q->role, top_of(state), q->settings);

	if (!leaves_cipher(&top))
		return no_choice(&top);
	if (top.bit == V1_3 &&
	    (!top.group || !state->shares ||
		(q->bit == V1_3 && state->own.astray)))
		return TLSPOLICY_NO_GROUP;
	/* It has none of a version above its highest. */
	if (!top.legacy &&
	    (tlsp_state_served(state, LIST_SIGALGS) & (2 * top.bit - 1)) == 0)
		return TLSPOLICY_NO_SIGALG;
	return TLSPOLICY_AVAILABLE;
}

static enum tlspolicy_verdict
client_verdict(const struct question *q)
{
	const enum tlspolicy_verdict first = hello_verdict(q);
	enum tlspolicy_verdict then;
	const SSL_CIPHER *cipher;
	struct store peer;
	unsigned keys;

	read_peer(q, &peer);
	cipher = first_chosen(q, &peer, q->state->offered);
	if (is_forbidden(q, cipher))
		return TLSPOLICY_SECURITY_LEVEL;
	if (is_shared(q)) {
		then = TLSPOLICY_AVAILABLE;
	} else if (cipher == NULL) {
		then = no_choice(q);
	} else {
		keys = tlsp_cipher_keys(cipher);
		then = outcome(&peer, keys, keys);
	}
	if (first == TLSPOLICY_AVAILABLE ||
	    (then != TLSPOLICY_AVAILABLE && then < first))
		return then;
	return first;
}

/* The server's role */

/* Whether the curve of an EC key is of use. */
static bool
is_on_curve(const struct question *q, const struct certificate *certificate)
{
	const struct offer *curves = q->state->curves;

	if (q->bit == V1_3)
		return certificate->sigalg13 != 0;
	return certificate->curve != 0 &&
	    (curves == NULL || tlsp_offered(curves, certificate->curve));
}

static void
read_store(const struct question *q, struct store *store)
{
	SSL *ssl = q->state->ssl;
	struct certificate certificate;
	long next = SSL_CERT_SET_FIRST;

	*store = (struct store){ .valid = 0 };
	for (; SSL_set_current_cert(ssl, next) == 1; next = SSL_CERT_SET_NEXT) {
		tlsp_certificate_read(ssl, &certificate);
		if (certificate.key == KEY_EC && !is_on_curve(q, &certificate))
			continue;
		store->valid |= KEYS(certificate.key) & keys_choosing(q);
		if (q->legacy ||
		    tlsp_certificate_signs(&certificate,
			&q->state->own.list[LIST_SIGALGS], q->bit))
			store->signing |= KEYS(certificate.key) & q->keys;
		if (tlsp_certificate_strong(ssl))
			store->strong |= KEYS(certificate.key);
	}
}

/* What no certificate changes. */
static enum tlspolicy_verdict
settings_verdict(const struct question *q, unsigned *keys)
{
	const struct state *state = q->state;
	const STACK_OF(SSL_CIPHER) *ciphers = tlsp_state_ciphers(state);
	bool shared = is_shared(q), candidate = shared, group = shared;
	bool anonymous = shared;

	*keys = 0;
	for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
		const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(ciphers, i);

		if (!is_candidate(q, cipher) || is_forbidden(q, cipher))
			continue;
		candidate = true;
		if (!fits_groups(q, cipher))
			continue;
		group = true;
		*keys |= tlsp_cipher_keys(cipher);
		anonymous = anonymous || tlsp_cipher_keys(cipher) == 0;
	}
	/* OpenSSL's server looks at its highest version first, at no level. */
	if (!candidate || (tlsp_ciphers_versions(ciphers) & top_of(state)) == 0)
		return TLSPOLICY_NO_CIPHER;
	if (!group)
		return TLSPOLICY_NO_GROUP;
	if ((!q->legacy &&
		(tlsp_state_served(state, LIST_SIGALGS) & q->bit) == 0) ||
	    (!anonymous && (*keys & q->keys) == 0))
		return TLSPOLICY_NO_SIGALG;
	return TLSPOLICY_AVAILABLE;
}

static enum tlspolicy_verdict
server_choice(const struct question *q)
{
	const STACK_OF(SSL_CIPHER) *everyone = q->state->everyone;
	const SSL_CIPHER *cipher;
	enum tlspolicy_verdict verdict;
	struct store store;
	unsigned keys;

	if (q->legacy && q->keys == 0)
		return TLSPOLICY_SECURITY_LEVEL;
	verdict = settings_verdict(q, &keys);
	if (verdict != TLSPOLICY_AVAILABLE)
		return verdict;
	read_store(q, &store);
	/* TLS 1.3 goes by the certificates alone. */
	if (q->bit == V1_3)
		return outcome(&store, keys, keys);
	/* By its own order, unless a client's with every cipher is known. */
	cipher = first_chosen(q, &store,
	    everyone != NULL ? everyone : tlsp_state_ciphers(q->state));
	if (cipher == NULL)
		store.signing &= store.valid;
	verdict = outcome(
	    &store, cipher != NULL ? tlsp_cipher_keys(cipher) : keys, keys);
	/* No list names what these sign: a key of another kind would do. */
	if (q->legacy && verdict == TLSPOLICY_NO_SIGALG)
		return TLSPOLICY_NO_CERTIFICATE;
	/* On DTLS a key for PSS only helps nothing, whatever is beside it. */
	if (verdict != TLSPOLICY_AVAILABLE && q->state->target.dtls &&
	    (keys & q->keys) == KEYS(KEY_RSA_PSS))
		return TLSPOLICY_NO_SIGALG;
	return verdict;
}

static enum tlspolicy_verdict
server_verdict(const struct question *q)
{
	enum tlspolicy_verdict verdict = server_choice(q);
	struct question with = *q;

	/* No certificate is at fault where DH parameters may be there. */
	with.ffdhe = true;
	return verdict >= TLSPOLICY_NO_SIGALG && q->bit != V1_3 &&
		server_choice(&with) == TLSPOLICY_AVAILABLE
	    ? TLSPOLICY_NO_CIPHER
	    : verdict;
}

/* All of it */

static enum tlspolicy_verdict
verdict_of(const struct state *state, enum tlspolicy_role role, unsigned bit,
    bool settings)
{
	enum tlspolicy_verdict verdict = version_verdict(state, role, bit);
	struct question q;
	unsigned keys;

	if (verdict != TLSPOLICY_AVAILABLE)
		return verdict;
	q = question_of(state, role, bit, settings);
	if (role == TLSPOLICY_CLIENT)
		return client_verdict(&q);
	return settings ? settings_verdict(&q, &keys) : server_verdict(&q);
}

enum tlspolicy_verdict
tlsp_verdict(const struct state *state, enum tlspolicy_role role, unsigned bit)
{
	return verdict_of(state, role, bit, false);
}

unsigned
tlsp_usable_versions(const struct state *state, enum tlspolicy_role role)
{
	unsigned set = 0;

	for (unsigned bit = 1; bit < VERSIONS_ALL; bit <<= 1) {
		if (verdict_of(state, role, bit, true) == TLSPOLICY_AVAILABLE)
			set |= bit;
	}
	return set;
}

enum tlspolicy_verdict
tlsp_usable(const struct state *state, enum tlspolicy_role role)
{
	const unsigned highest =
	    tlsp_version_bit(tlsp_version_highest(state->within));
	enum tlspolicy_verdict verdict;
	struct question q;

	/* Of lists that nobody has read nothing is known. */
	if (!state->heard) {
		q = question_of(state, role, highest, true);
		return leaves_cipher(&q) ? TLSPOLICY_AVAILABLE
					 : TLSPOLICY_NO_CIPHER;
	}
	verdict = verdict_of(state, role, highest, true);
	return verdict != TLSPOLICY_AVAILABLE &&
		tlsp_usable_versions(state, role) != 0
	    ? TLSPOLICY_AVAILABLE
	    : verdict;
}

static int
check_question(
    const struct target *target, enum tlspolicy_role role, int version)
{
	const char *name = tlspolicy_protocol_name(version);

	if (role != TLSPOLICY_CLIENT && role != TLSPOLICY_SERVER)
		return tlsp_fail(TLSPOLICY_E_INVALID,
		    "role %d is neither TLSPOLICY_CLIENT nor TLSPOLICY_SERVER",
		    (int)role);
	if (name == NULL || tlsp_version_bit(tlsp_version_as_tls(version)) == 0)
		return tlsp_fail(TLSPOLICY_E_INVALID,
		    "0x%x is no version of TLS or DTLS", (unsigned)version);
	if (target->dtls != (name[0] == 'D'))
		return tlsp_fail(TLSPOLICY_E_INVALID,
		    "%s is asked of a context for %s", name,
		    target->dtls ? "DTLS" : "TLS");
	if (tlsp_lacks(target, role))
		return tlsp_fail(TLSPOLICY_E_METHOD,
		    "the context's method has no %s in it",
		    role == TLSPOLICY_CLIENT ? "client" : "server");
	return TLSPOLICY_OK;
}

int
tlspolicy_inspect(SSL_CTX *ctx, enum tlspolicy_role role, int version)
{
	unsigned bit = tlsp_version_bit(tlsp_version_as_tls(version));
	struct errors errors;
	struct target target;
	struct state state;
	int status;

	if (ctx == NULL)
		return tlsp_fail(TLSPOLICY_E_INVALID, "context is NULL");
	if (!tlsp_errors_begin(&errors))
		return tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
	target = tlsp_target(ctx, NULL);
	status = check_question(&target, role, version);
	if (status == TLSPOLICY_OK) {
		status = tlsp_state_read(&state, &target, role, bit);
		if (status == TLSPOLICY_OK)
			status = (int)tlsp_verdict(&state, role, bit);
		tlsp_state_close(&state);
	}
	if (status >= 0 && tlsp_check_memory() != TLSPOLICY_OK)
		status = TLSPOLICY_E_NOMEM;
	tlsp_errors_end(&errors, status < 0);
	return status;
}

const char *
tlspolicy_verdict_name(int verdict)
{
	static const char *const names[] = {
		[TLSPOLICY_AVAILABLE] = "available",
		[TLSPOLICY_NOT_BUILT] = "not in this OpenSSL",
		[TLSPOLICY_BELOW_MIN] = "below the minimum",
		[TLSPOLICY_ABOVE_MAX] = "above the maximum",
		[TLSPOLICY_DISABLED] = "disabled by an option",
		[TLSPOLICY_CUT_OFF] = "cut off by a disabled version",
		[TLSPOLICY_SECURITY_LEVEL] = "forbidden by the security level",
		[TLSPOLICY_NO_CIPHER] = "no usable cipher",
		[TLSPOLICY_NO_GROUP] = "no usable group",
		[TLSPOLICY_NO_SIGALG] = "no usable signature algorithm",
		[TLSPOLICY_NO_CERTIFICATE] = "no usable certificate",
	};

	if (verdict < TLSPOLICY_AVAILABLE || verdict > TLSPOLICY_NO_CERTIFICATE)
		return "unknown verdict";
	return names[verdict];
}
