/* SPDX-License-Identifier: MIT */
#ifndef TLSPOLICY_INTERNAL_H
#define TLSPOLICY_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/err.h>

/* The version script says what is exported, also under -fvisibility=hidden. */
#pragma GCC visibility push(default)
#include "tlspolicy.h"
#pragma GCC visibility pop

/* Policies */

enum list_kind {
	LIST_CIPHERS,
	LIST_CIPHERSUITES,
	LIST_GROUPS,
	LIST_SIGALGS,
	LIST_COUNT
};

/* No policy's text is longer, so that what is formatted can be parsed. */
#define TEXT_MAX 8192

struct tlspolicy {
	int min_version, max_version;         /* 0: unset */
	unsigned disabled;                    /* TLSPOLICY_NO_* */
	int level, renegotiation, preference; /* -1: unset */
	const char *list[LIST_COUNT];         /* canonical names; NULL: unset */
};

/* Takes over `list`, or unsets for NULL, and returns the old one to free. */
char *tlsp_policy_swap_list(
    struct tlspolicy *policy, enum list_kind kind, char *list);
/* Whether the policy's text is longer than what can be parsed. */
bool tlsp_policy_too_long(const struct tlspolicy *policy);
/*
 * E_RANGE and E_HOLE: what a policy's own versions can be wrong in.  `where`
 * begins the entry: "" or "policy text, column 5: ".
 */
int tlsp_policy_validate(const struct tlspolicy *policy, const char *where);
/* tlspolicy_covers() of two policies by names for its sentence. */
int tlsp_covers(const struct tlspolicy *outer, const char *outer_name,
    const struct tlspolicy *inner, const char *inner_name);
bool tlsp_is_profile(const struct tlspolicy *policy);
/* A profile named by the first `len` bytes of `name`. */
const struct tlspolicy *tlsp_profile_find(const char *name, size_t len);

/*
 * Versions, as sets, unlike `disabled` of what may be: permitted by a policy,
 * spoken by this OpenSSL, within bounds and options of a context, enabled where
 * its security level leaves them, too.
 */

#define V1_0 0x1u
#define V1_1 0x2u
#define V1_2 0x4u
#define V1_3 0x8u

#define VERSION_COUNT   4
#define VERSIONS_ALL    (V1_0 | V1_1 | V1_2 | V1_3)
#define VERSIONS_OLD    (V1_0 | V1_1)
#define VERSIONS_TO_1_2 (VERSIONS_OLD | V1_2)

/* The bit of a TLS version; 0 for anything that is none. */
unsigned tlsp_version_bit(int version);
/* The version of the lowest or highest bit of a set; 0 for the empty set. */
int tlsp_version_lowest(unsigned set);
int tlsp_version_highest(unsigned set);
/* The versions at an end of a set without a gap; the lowest are OpenSSL's
 * client's. */
unsigned tlsp_versions_lowest_run(unsigned set);
unsigned tlsp_versions_highest_run(unsigned set);
/* The versions from min to max, either 0 for "no bound". */
unsigned tlsp_versions_between(int min, int max);
/* The versions that SSL_OP_NO_* bits disable, and the bits of a set. */
unsigned tlsp_versions_disabled(bool dtls, uint64_t options);
uint64_t tlsp_versions_options(bool dtls, unsigned set);
/* What a policy permits, and which of its versions use a list. */
unsigned tlsp_policy_versions(const struct tlspolicy *policy);
unsigned tlsp_versions_using(enum list_kind kind);
/* tlspolicy_protocol_from_name() of the first `len` bytes. */
int tlsp_version_parse(const char *name, size_t len);

/* A DTLS version as the TLS version it equals, and back; 0 stays 0. */
int tlsp_version_as_tls(int version);
int tlsp_version_on(bool dtls, int version);
/* The versions of a transport that OpenSSL may have. */
unsigned tlsp_versions_of(bool dtls, bool quic);
/* "DTLSv1.2" or "TLSv1.2" for TLS 1.2. */
const char *tlsp_version_name(bool dtls, int version);
/* "DTLSv1_2" or "TLSv1_2" for bit 2, as SSL_OP_NO_ goes on. */
const char *tlsp_version_option(bool dtls, unsigned index);

/* The stricter of two minimums or levels, and of two maximums; 0: none. */
int tlsp_larger(int a, int b);
int tlsp_stricter_max(int a, int b);

/* Lists: names joined by ':', each with '?' before it if optional */

struct item {
	const char *name; /* not NUL-terminated */
	size_t len;
	bool optional;
};

/* Where the text that is being read begins, for "WHAT, column N". */
struct source {
	const char *what;
	const char *start;
};

/* Bytes in a name, as OpenSSL's lists of groups have it. */
#define ITEM_MAX 63

/* Steps through a list; false at its end.  *cursor begins as the list. */
bool tlsp_list_next(const char **cursor, struct item *item);
bool tlsp_list_find(
    const char *list, const struct item *wanted, struct item *found);
bool tlsp_list_has(const char *list, const char *name);
/* Appends an item, with its '?' if `marks`; false if it does not fit. */
bool tlsp_list_append(
    char *list, size_t size, const struct item *item, bool marks);
/* A canonical copy of a list in text, in *out for OPENSSL_free(). */
int tlsp_list_parse(const struct source *source, enum list_kind kind,
    const char *text, size_t len, char **out);
/* "ciphers" and "cipher". */
const char *tlsp_list_key(enum list_kind kind);
const char *tlsp_list_noun(enum list_kind kind);

/* Text; as snprintf(3) goes on past the end of the buffer, so does this */

struct output {
	char *buf;
	size_t size, len;
};
void tlsp_put(struct output *out, const char *text);

/* Names of groups and signature algorithms */

enum group_kind {
	GROUP_EXCHANGE, /* keys are exchanged with it, and nothing else */
	GROUP_CURVE,    /* certificates can have it, too */
	GROUP_FFDHE,    /* RFC 7919 */
	GROUP_PQ        /* ML-KEM, alone or beside a curve */
};

/* Kinds of keys, as far as OpenSSL tells them apart, and sets of them. */
enum key_kind {
	KEY_RSA,
	KEY_RSA_PSS, /* for nothing but PSS signatures */
	KEY_DSA,
	KEY_EC,
	KEY_ED25519,
	KEY_ED448,
	KEY_ML_DSA_44,
	KEY_ML_DSA_65,
	KEY_ML_DSA_87,
	KEY_SM2,
	KEY_OTHER /* a provider's */
};

/* All that is known of a code point. */
struct name {
	const char *name;
	uint16_t code;     /* IANA's TLS Supported Groups or SignatureScheme */
	uint16_t bits;     /* of security, as OpenSSL counts them */
	unsigned versions; /* where OpenSSL can use it */
	enum group_kind group;
	enum key_kind key; /* of a signature algorithm */
	int hash;          /* its hash's NID; NID_undef: it has none */
	uint16_t pair;     /* TLS 1.3 ties a curve and a signature algorithm */
	const char *alias[2];
};

/* Whether `len` bytes are the same letters in any case. */
bool tlsp_same(const char *a, const char *b, size_t len);
/* Whether `len` bytes of `name` spell `known` (or NULL) in any case. */
bool tlsp_spells(const char *known, const char *name, size_t len);
/* NULL: not one that this library knows. */
const struct name *tlsp_name_find(
    enum list_kind kind, const char *name, size_t len);
/* How this library spells a name that it knows; any other stays. */
const char *tlsp_name_own(enum list_kind kind, const char *name);
const struct name *tlsp_name_of(enum list_kind kind, uint16_t code);
const struct name *tlsp_name_at(enum list_kind kind, size_t index);

/* Errors */

#define PRINTF_LIKE(fmt, args) __attribute__((__format__(printf, fmt, args)))

/*
 * Puts an entry on OpenSSL's queue and returns `status`.  A text without a %
 * takes no memory; `fmt` is static.
 */
int tlsp_fail_here(const char *file, int line, int status, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
#define tlsp_fail(status, ...) \
	tlsp_fail_here(__FILE__, __LINE__, (status), __VA_ARGS__)
/* An entry about what is at `at` in the text of a source: columns from 1. */
#define tlsp_fail_at(status, source, at, fmt, ...) \
	tlsp_fail((status), "%s, column %d: " fmt, (source)->what, \
	    (int)((at) - (source)->start) + 1, __VA_ARGS__)
/* Hostile bytes made fit to print: "..." at the end if they were too many. */
#define QUOTE_SIZE 52
const char *tlsp_quote(char buf[QUOTE_SIZE], const char *text, size_t len);

/*
 * Memory may be short for a moment only, and OpenSSL does not always tell that
 * from another failure: what should not fail is tried once more.  Where it is
 * short still, answers may be wrong, and the second is E_NOMEM.
 */
#define TWICE(done) ((done) || (done))
int tlsp_check_memory(void);
/* A copy for OPENSSL_free(); for want of memory NULL, and errno stays. */
void *tlsp_copy(const void *from, size_t size);

/* A context, or a connection with settings of its own */

struct target {
	SSL_CTX *ctx; /* the connection's, if it is one */
	SSL *ssl;     /* NULL: the context itself */
	bool dtls, quic;
	bool pinned; /* by the context's method, to one version; not QUIC */
};

/*
 * One of the two is NULL.  Within tlsp_errors_begin(), since a full queue would
 * lose an entry.
 */
struct target tlsp_target(SSL_CTX *ctx, SSL *ssl);
/* A target of the same kind on another connection. */
struct target tlsp_target_on(const struct target *target, SSL *ssl);

/*
 * What one is set to, as far as OpenSSL has getters; on QUIC without what means
 * nothing there, bounds and SSL_OP_NO_*.
 */
struct settings {
	int min, max; /* in TLS terms; 0: unset */
	int level;
	uint64_t options;
};

/* Ciphersuites first, then ciphers; not the caller's to free. */
const STACK_OF(SSL_CIPHER) *tlsp_ciphers(const struct target *target);
void tlsp_settings_read(const struct target *target, struct settings *out);
/* Setters say whether OpenSSL did it. */
bool tlsp_settings_write(
    const struct target *target, const struct settings *to);
bool tlsp_set_bounds(const struct target *target, int min, int max);
bool tlsp_set_list(
    const struct target *target, enum list_kind kind, const char *list);
/* Makes the ciphers or the suites of a target those of a stack. */
bool tlsp_ciphers_put_kind(const struct target *target, enum list_kind kind,
    const STACK_OF(SSL_CIPHER) *ciphers);
/* Makes both; `own`: a connection is not to share its context's. */
bool tlsp_ciphers_put(
    const struct target *target, const STACK_OF(SSL_CIPHER) *ciphers, bool own);
/* No version at all, by what OpenSSL cannot refuse. */
void tlsp_close(const struct target *target);
/*
 * A new client connection with the same settings, for SSL_free(); NULL where
 * OpenSSL makes none.  Of a connection's, the groups and signature algorithms
 * are its context's: they have no getter.  For QUIC it is one of TLS, and the
 * groups are those of a new TLS context.
 */
SSL *tlsp_scratch(const struct target *target);
SSL *tlsp_plain(void); /* of a TLS context with nothing set */

/* Stacks of ciphers; a kind is that of the suites or that of the others */

/* Where those of a kind begin in a stack, and end; the suites come first. */
int tlsp_ciphers_of(
    const STACK_OF(SSL_CIPHER) *ciphers, enum list_kind kind, int *end);
/* Whether QUIC can use it. */
bool tlsp_is_for_quic(const SSL_CIPHER *cipher);
/* Where a cipher can be used. */
unsigned tlsp_cipher_versions(const SSL_CIPHER *cipher);
unsigned tlsp_ciphers_versions(const STACK_OF(SSL_CIPHER) *ciphers);
/* Their names joined, for OPENSSL_free(); "" for none, NULL: no memory. */
char *tlsp_ciphers_join(
    const STACK_OF(SSL_CIPHER) *ciphers, enum list_kind kind);
bool tlsp_ciphers_in(
    const STACK_OF(SSL_CIPHER) *ciphers, const SSL_CIPHER *wanted);
/* Whether two stacks have the same of one kind, in the same order. */
bool tlsp_ciphers_same(const STACK_OF(SSL_CIPHER) *a,
    const STACK_OF(SSL_CIPHER) *b, enum list_kind kind);

/* What differs between OpenSSL's releases */

struct method {
	unsigned roles; /* a bit for each; 0: of a method not known */
	bool dtls;
	bool pinned; /* to one version; QUIC's are told so, too */
};
struct method tlsp_method(const SSL_METHOD *method);
bool tlsp_is_quic(SSL_CTX *ctx);
/* Whether a context's method is for one role only, and not this one. */
bool tlsp_lacks(const struct target *target, enum tlspolicy_role role);
/* What OpenSSL made no ClientHello for want of. */
enum lack {
	LACK_NOTHING, /* it made one */
	LACK_GROUP,   /* for TLS 1.3 */
	LACK_SIGALG,  /* for the versions to offer */
	LACK_DIGEST,  /* of every version to offer */
	LACK_OTHER
};
enum lack tlsp_lack_of(unsigned long error);
/* The versions that OpenSSL is built with, all but the old told surely. */
unsigned tlsp_versions_built(void);
bool tlsp_speaks_ssl3(void);
/* What the loaded OpenSSL has, by its release. */
enum feature {
	FEATURE_CURVES_CHECKED, /* by TLS 1.3: RFC 8446's alone, not all */
	FEATURE_QUIC,
	FEATURE_BRAINPOOL,   /* TLS 1.3 has signatures for these curves */
	FEATURE_MARKS,       /* of groups: "*" a key share, "/" preference */
	FEATURE_DH_BY_GROUP, /* a server's DH parameters are of shared groups */
	FEATURE_DTLS13       /* may be; a build can lack it still */
};
bool tlsp_has(enum feature feature);
/* SSL_set_connect_state(); false for lack of memory. */
bool tlsp_connect_state(SSL *ssl);
/* The versions that no handshake completes at this security level. */
unsigned tlsp_versions_killed(int level);
/* Security bits of what signs a handshake before TLS 1.2. */
int tlsp_legacy_bits(bool rsa);
/* A group by OpenSSL's number for it: TLSEXT_nid_unknown | code, or a NID. */
const char *tlsp_group_name(SSL *ssl, int id);
/* Whether a provider calls a key so, as 1.1.1 has none. */
bool tlsp_key_is(const EVP_PKEY *key, const char *name);
/* The curve of an EC key; NULL: none that TLS has a number for. */
const struct name *tlsp_key_curve(EVP_PKEY *key);
/* The group of a connection's key exchange; NULL: none. */
const char *tlsp_group_negotiated(const SSL *ssl);
/* Whether a client's hello is one of SSL 2.0. */
bool tlsp_hello_is_ssl2(SSL *ssl);
/* A new entry on the error queue, without a text. */
void tlsp_errors_add(
    const char *file, int line, const char *func, int library, int reason);

/* What the loaded OpenSSL can do */

/*
 * The part of a set of versions that OpenSSL can speak, in ctx's library.  This
 * clears the error queue.
 */
int tlsp_versions_spoken(
    const struct target *target, unsigned set, unsigned *spoken);

/* The caller's error queue */

/*
 * It is set aside for what may clear or fill it, and is put back with, if
 * `keep`, what has been added on top; and so is errno.
 */
struct errors {
	struct queue *queue; /* NULL: it was empty */
	int number;          /* errno */
};
/* False for lack of memory: then nothing has happened, nor need it end. */
bool tlsp_errors_begin(struct errors *errors);
void tlsp_errors_end(struct errors *errors, bool keep);
/*
 * The caller's entries, oldest first; 0 past the last.  The sentence of one
 * takes the place of what is in *out, if that is not NULL.
 */
unsigned long tlsp_errors_entry(
    const struct errors *errors, int index, struct output *out);

/* What a context would offer, heard while a ClientHello is made in memory */

#define HELLO_MAX 128
struct offer {
	size_t count;
	uint16_t code[HELLO_MAX];
	unsigned char serves[HELLO_MAX]; /* versions: tlsp_state_serve() */
};
struct hello {
	struct offer list[LIST_COUNT]; /* groups and sigalgs, no others */
	bool astray; /* a key share of none of these groups: all refuse it */
};
/*
 * Every group and signature algorithm of a context, whatever its versions and
 * level; `list` (or NULL) takes the place of its own of that kind.  OpenSSL
 * clears the error queue on the way.  Those of a context for QUIC are out of
 * reach: all that this library knows.
 */
int tlsp_hello_read(const struct target *target, enum list_kind kind,
    const char *list, struct hello *out);
/*
 * In a tenth of the time, some of a connection's signature algorithms: those
 * that decide which ciphers it offers, for RSA, DSA and EC keys.
 */
void tlsp_hello_signers(SSL *ssl, struct offer *out);
bool tlsp_offered(const struct offer *offer, uint16_t code);
/* A code point as it is on the wire. */
uint16_t tlsp_code_of(const unsigned char *bytes);
/*
 * Whether a TLS 1.3 client of a context has a key share at the security level
 * of `like`: OpenSSL takes none but marked groups, and without one sends
 * nothing.  A context for QUIC is taken to have one.  This clears the error
 * queue, too.
 */
bool tlsp_sends_share(const struct target *target, const SSL *like);
/*
 * Whether handshakes before TLS 1.2 have their hash, MD5 and SHA-1 together,
 * in the context's library: a FIPS provider has none.  This clears the error
 * queue, too.
 */
bool tlsp_hashes_legacy(const struct target *target);

/* What a connection's security callback lets through */

/* A security callback that lets all through, or, without an `ex`, nothing. */
int tlsp_answer(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid,
    void *other, void *ex);
/* Whether it has a callback: QUIC's streams, listeners and domains have not. */
bool tlsp_is_connection(const SSL *ssl);
/* Whether it is in Suite B mode, RFC 6460. */
bool tlsp_is_suite_b(const SSL *ssl);
bool tlsp_allowed(const SSL *ssl, int op, int bits, int nid, const void *what);
bool tlsp_cipher_allowed(const SSL *ssl, int op, const SSL_CIPHER *cipher);
bool tlsp_name_allowed(
    const SSL *ssl, int op, enum list_kind kind, const struct name *name);
/* The versions that a group or signature algorithm serves; NULL: unknown. */
unsigned tlsp_serves(
    const SSL *ssl, enum list_kind kind, const struct name *name);
/* Whether handshakes before TLS 1.2 can be signed, by RSA or by others. */
bool tlsp_signs_legacy(const SSL *ssl, bool rsa);

/* Keys of ciphers and certificates, as sets of kinds */

#define KEYS(key) (1u << (key))
#define KEYS_RSA  (KEYS(KEY_RSA) | KEYS(KEY_RSA_PSS))
#define KEYS_EC   (KEYS(KEY_EC) | KEYS(KEY_ED25519) | KEYS(KEY_ED448))

/* Before TLS 1.2 (RFC 4346), and in TLS 1.3. */
#define KEYS_LEGACY (KEYS(KEY_RSA) | KEYS(KEY_DSA) | KEYS(KEY_EC))
#define KEYS_1_3 \
	(KEYS_RSA | KEYS_EC | KEYS(KEY_ML_DSA_44) | KEYS(KEY_ML_DSA_65) | \
	    KEYS(KEY_ML_DSA_87) | KEYS(KEY_SM2) | KEYS(KEY_OTHER))

/* What a server's key can be for a cipher; 0: it needs none. */
unsigned tlsp_cipher_keys(const SSL_CIPHER *cipher);
enum key_kind tlsp_key_kind(const EVP_PKEY *key);
/* Those that make signatures of a type, which is a NID. */
unsigned tlsp_type_keys(int type);

struct certificate {
	EVP_PKEY *pkey; /* not to be freed */
	enum key_kind key;
	bool suite_b;      /* TLS 1.2 ties signatures to curves, too */
	uint16_t curve;    /* KEY_EC: its curve, if it does before 1.3; or 0 */
	uint16_t sigalg13; /* KEY_EC: the one algorithm of TLS 1.3; or 0 */
};
/* The current one of a connection: SSL_set_current_cert(). */
void tlsp_certificate_read(SSL *ssl, struct certificate *out);
/* Whether that is enough for the security level, with its chain. */
bool tlsp_certificate_strong(SSL *ssl);
/* Whether a signature algorithm fits it, before TLS 1.3 or there. */
bool tlsp_certificate_takes(
    const struct certificate *certificate, uint16_t code, bool tls13);
/* Whether one of those that serve a version does. */
bool tlsp_certificate_signs(const struct certificate *certificate,
    const struct offer *sigalgs, unsigned bit);

/* What decides the handshakes of a context or a connection */

struct state {
	struct target target;
	SSL *ssl;                 /* a scratch connection in this state */
	struct settings settings; /* of a method for one version: that one */
	unsigned spoken;          /* versions that OpenSSL has */
	unsigned within;          /* of those, within bounds and options */
	unsigned enabled; /* of those, let through by the security callback */
	bool heard;       /* whether `own` and `shares` are known */
	bool shares;      /* a TLS 1.3 client has a key share */
	STACK_OF(SSL_CIPHER) *ciphers;  /* to go back to; NULL: of `ssl` */
	STACK_OF(SSL_CIPHER) *offered;  /* as a client; NULL: see below */
	STACK_OF(SSL_CIPHER) *everyone; /* all there are, or NULL: see below */
	const struct offer *curves; /* of the one client to be met, or NULL */
	/* Groups, with marked key shares, and sigalgs to be set, or NULL. */
	char *list[LIST_COUNT];
	struct hello own; /* groups and signature algorithms; QUIC: assumed */
};

/*
 * OpenSSL clears the error queue on the way: tlsp_errors_begin() first.  These
 * read what is asked for, each once; tlsp_state_close() after any of them,
 * failed or not.  `set` are versions besides those that settings leave, of
 * which it is to be known whether OpenSSL has them.
 */
void tlsp_state_begin(struct state *state, const struct target *target);
/* Begins, with a scratch connection. */
int tlsp_state_open(struct state *state, const struct target *target);
int tlsp_state_hear(struct state *state);
/* For a client's verdicts, what it offers. */
int tlsp_state_offer(struct state *state);
/*
 * For a server's verdicts: where it goes by the client's order and may choose
 * between certificates, the order of a client that has every cipher.
 */
int tlsp_state_order(struct state *state);
/* All that a role's verdicts go by. */
int tlsp_state_read(struct state *state, const struct target *target,
    enum tlspolicy_role role, unsigned set);
void tlsp_state_close(struct state *state);
/* The versions that each group and signature algorithm serves, anew. */
void tlsp_state_serve(struct state *state);
/* Those that any of its groups or signature algorithms serves. */
unsigned tlsp_state_served(const struct state *state, enum list_kind kind);
/* The ciphers, suites first. */
const STACK_OF(SSL_CIPHER) *tlsp_state_ciphers(const struct state *state);
/* Names of groups or sigalgs: `every` one, or those that the level leaves. */
#define OFFER_SIZE ((size_t)HELLO_MAX * (ITEM_MAX + 1))
void tlsp_state_join(const struct state *state, enum list_kind kind, bool every,
    char list[OFFER_SIZE]);

/* What a role does with one version. */
enum tlspolicy_verdict tlsp_verdict(
    const struct state *state, enum tlspolicy_role role, unsigned bit);
/*
 * The part that settings decide: what the program may still load or set,
 * certificates, pre-shared keys, SRP and DH parameters, counts as there.
 * AVAILABLE: some version can complete; else the reason of the highest.
 */
enum tlspolicy_verdict tlsp_usable(
    const struct state *state, enum tlspolicy_role role);
/* The versions that can, of a state that was heard. */
unsigned tlsp_usable_versions(
    const struct state *state, enum tlspolicy_role role);

/* Whether applying a policy with OVERRIDE would change nothing. */
bool tlsp_equals(const struct state *state, const struct tlspolicy *policy);
/* Whether nothing of it keeps applying it with OVERRIDE from success. */
bool tlsp_grants(const struct state *state, const struct tlspolicy *policy);
/* What they permit, or what of it a policy can `grant`; tlspolicy_free(). */
int tlsp_policy_of(
    struct tlspolicy **out, const struct state *state, bool grant);

#endif /* TLSPOLICY_INTERNAL_H */
