/*
 * SPDX-License-Identifier: MIT
 *
 * libtlspolicy: a TLS version policy for an SSL_CTX that its caller owns.
 *
 * Functions that return a status return 0 (TLSPOLICY_OK) or a negative value
 * of enum tlspolicy_status; the detail is on OpenSSL's error queue.  Versions
 * are OpenSSL's constants (TLS1_2_VERSION).  See tlspolicy(7) for policy text,
 * the profiles and what the library promises, tlspolicy(3) for each function.
 */
#ifndef TLSPOLICY_H
#define TLSPOLICY_H

#include <stddef.h>

#include <openssl/ssl.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) || defined(__clang__)
#define TLSPOLICY_MUST_CHECK __attribute__((__warn_unused_result__))
#else
#define TLSPOLICY_MUST_CHECK
#endif

struct tlspolicy;

/* Status */

enum tlspolicy_status {
	TLSPOLICY_OK = 0,
	TLSPOLICY_E_INVALID = -1, /* NULL or out-of-range argument */
	TLSPOLICY_E_NOMEM = -2,   /* out of memory */
	TLSPOLICY_E_SYNTAX = -3,  /* policy text; the entry has the column */
	TLSPOLICY_E_PROFILE = -4, /* no such profile or edition */
	TLSPOLICY_E_RANGE = -5,   /* min above max, or all disabled */
	TLSPOLICY_E_HOLE = -6,    /* disabled between enabled versions */
	TLSPOLICY_E_METHOD = -7,  /* pinned to a version, or lacks a role */
	TLSPOLICY_E_UNSUPPORTED = -8, /* a required item the runtime lacks */
	TLSPOLICY_E_CONFLICT = -9,    /* nothing usable would be left */
	TLSPOLICY_E_STRICTER = -10,   /* stricter than the caller accepts */
	TLSPOLICY_E_VIOLATION = -11,  /* more is permitted than allowed */
	TLSPOLICY_E_OPENSSL = -12, /* OpenSSL failed; its entries are below */
	TLSPOLICY_E_TOO_LATE = -13 /* the version is chosen already */
};

/* A short, static name of a status: "unknown profile". */
const char *tlspolicy_strerror(int status);

/* The one call */

/*
 * Applies policy text ("intermediate", "modern@2026", "compat,min=TLSv1.3") to
 * ctx.  Never lets ctx do what it could not do before, but for the groups and
 * signature algorithms of QUIC, which cannot be read: the policy's replace
 * them.  On failure ctx is as it was, or closed: see CAVEATS.  Apply before
 * loading certificates.
 */
int tlspolicy_apply(SSL_CTX *ctx, const char *profile) TLSPOLICY_MUST_CHECK;

/* With the flags of tlspolicy_apply_ctx(). */
int tlspolicy_apply_text(
    SSL_CTX *ctx, const char *text, unsigned flags) TLSPOLICY_MUST_CHECK;

#define TLSPOLICY_OVERRIDE         0x1u /* as the policy says, even where weaker */
#define TLSPOLICY_FAIL_IF_STRICTER 0x2u /* that, or nothing */

/* Applies a policy object, which is not kept. */
int tlspolicy_apply_ctx(SSL_CTX *ctx, const struct tlspolicy *policy,
    unsigned flags) TLSPOLICY_MUST_CHECK;

/*
 * Applies a policy to one connection: before its handshake, or in a
 * client-hello callback.  E_TOO_LATE where the version is chosen and a change
 * is needed. E_METHOD over QUIC: apply to the context.
 */
int tlspolicy_apply_ssl(SSL *ssl, const struct tlspolicy *policy,
    unsigned flags) TLSPOLICY_MUST_CHECK;

/* Policies */

/* An empty policy, for tlspolicy_free(); NULL when out of memory. */
struct tlspolicy *tlspolicy_new(void);

/* A policy from text; *out is the caller's to free, NULL on failure. */
int tlspolicy_parse(
    struct tlspolicy **out, const char *text) TLSPOLICY_MUST_CHECK;

/* A copy, also of a built-in profile; NULL for NULL or out of memory. */
struct tlspolicy *tlspolicy_dup(const struct tlspolicy *policy);

/* Frees a policy that the caller owns; NULL and profiles are left alone. */
void tlspolicy_free(struct tlspolicy *policy);

/*
 * Writes the policy as text that tlspolicy_parse() takes, as snprintf(3): the
 * length needed without the NUL is returned, or a negative status.
 */
int tlspolicy_format(const struct tlspolicy *policy, char *buf,
    size_t size) TLSPOLICY_MUST_CHECK;

#define TLSPOLICY_NO_TLS1_0 0x1u
#define TLSPOLICY_NO_TLS1_1 0x2u
#define TLSPOLICY_NO_TLS1_2 0x4u
#define TLSPOLICY_NO_TLS1_3 0x8u

/*
 * Setters copy their argument.  0 (versions, disabled), NULL (lists) and -1
 * (the rest) unset a field.  A failed setter leaves the policy as it was.
 */
int tlspolicy_set_min_version(
    struct tlspolicy *policy, int version) TLSPOLICY_MUST_CHECK;
int tlspolicy_set_max_version(
    struct tlspolicy *policy, int version) TLSPOLICY_MUST_CHECK;
int tlspolicy_set_disabled(
    struct tlspolicy *policy, unsigned flags) TLSPOLICY_MUST_CHECK;
int tlspolicy_set_ciphers(
    struct tlspolicy *policy, const char *list) TLSPOLICY_MUST_CHECK;
int tlspolicy_set_ciphersuites(
    struct tlspolicy *policy, const char *list) TLSPOLICY_MUST_CHECK;
int tlspolicy_set_groups(
    struct tlspolicy *policy, const char *list) TLSPOLICY_MUST_CHECK;
int tlspolicy_set_sigalgs(
    struct tlspolicy *policy, const char *list) TLSPOLICY_MUST_CHECK;
int tlspolicy_set_security_level(
    struct tlspolicy *policy, int level) TLSPOLICY_MUST_CHECK;
int tlspolicy_set_renegotiation(
    struct tlspolicy *policy, int allowed) TLSPOLICY_MUST_CHECK;
int tlspolicy_set_server_preference(
    struct tlspolicy *policy, int preferred) TLSPOLICY_MUST_CHECK;

/* Getters return the unset value for NULL.  Lists belong to the policy. */
int tlspolicy_get_min_version(const struct tlspolicy *policy);
int tlspolicy_get_max_version(const struct tlspolicy *policy);
unsigned tlspolicy_get_disabled(const struct tlspolicy *policy);
const char *tlspolicy_get_ciphers(const struct tlspolicy *policy);
const char *tlspolicy_get_ciphersuites(const struct tlspolicy *policy);
const char *tlspolicy_get_groups(const struct tlspolicy *policy);
const char *tlspolicy_get_sigalgs(const struct tlspolicy *policy);
int tlspolicy_get_security_level(const struct tlspolicy *policy);
int tlspolicy_get_renegotiation(const struct tlspolicy *policy);
int tlspolicy_get_server_preference(const struct tlspolicy *policy);

/* What both policies permit, in a's order; *out is the caller's to free. */
int tlspolicy_intersect(struct tlspolicy **out, const struct tlspolicy *a,
    const struct tlspolicy *b) TLSPOLICY_MUST_CHECK;

/* OK: inner permits nothing that outer forbids; E_VIOLATION: it does. */
int tlspolicy_covers(const struct tlspolicy *outer,
    const struct tlspolicy *inner) TLSPOLICY_MUST_CHECK;

/* What a context or a connection really does */

/*
 * What ctx permits now, however it was configured, every field set but for a
 * list that is empty; *out is the caller's to free.  A hole shows as disabled
 * versions, and so does a context that permits none.  Of QUIC, TLS 1.3, its
 * ciphersuites and the numbers.
 */
int tlspolicy_from_ctx(
    struct tlspolicy **out, SSL_CTX *ctx) TLSPOLICY_MUST_CHECK;

/* OK: ctx permits nothing that the policy forbids; E_VIOLATION: it does. */
int tlspolicy_audit(
    SSL_CTX *ctx, const struct tlspolicy *policy) TLSPOLICY_MUST_CHECK;

enum tlspolicy_role { TLSPOLICY_CLIENT, TLSPOLICY_SERVER };

enum tlspolicy_verdict {
	TLSPOLICY_AVAILABLE = 0,
	TLSPOLICY_NOT_BUILT, /* this runtime cannot speak it at all */
	TLSPOLICY_BELOW_MIN,
	TLSPOLICY_ABOVE_MAX,
	TLSPOLICY_DISABLED,       /* by an SSL_OP_NO_* option */
	TLSPOLICY_CUT_OFF,        /* a hole: enabled, but never offered */
	TLSPOLICY_SECURITY_LEVEL, /* the security level forbids it */
	TLSPOLICY_NO_CIPHER,      /* no usable cipher or ciphersuite for it */
	TLSPOLICY_NO_GROUP,       /* no usable group for it */
	TLSPOLICY_NO_SIGALG,     /* no signature algorithm fits a certificate */
	TLSPOLICY_NO_CERTIFICATE /* a server without a usable certificate */
};

/*
 * What a full handshake of ctx in a role would do in one version, against a
 * peer that has everything: a verdict, or a negative status.  The version is
 * a TLS or DTLS constant, as ctx is.
 */
int tlspolicy_inspect(
    SSL_CTX *ctx, enum tlspolicy_role role, int version) TLSPOLICY_MUST_CHECK;
/* A short, static name: "below the minimum". */
const char *tlspolicy_verdict_name(int verdict);

/* Writes all of it for a person to read. */
int tlspolicy_describe(SSL_CTX *ctx, BIO *out) TLSPOLICY_MUST_CHECK;

/*
 * After a handshake: whether its version, cipher, group and signatures are
 * within the policy.  E_VIOLATION: `why` (may be NULL) says what is not.
 * Never touches the error queue.
 */
int tlspolicy_check(const SSL *ssl, const struct tlspolicy *policy, char *why,
    size_t size) TLSPOLICY_MUST_CHECK;

/*
 * After a failed handshake: what this side would negotiate, what went wrong,
 * which setting to change.  As snprintf(3); reads the error queue, and leaves
 * it as it is.
 */
int tlspolicy_explain(
    const SSL *ssl, char *buf, size_t size) TLSPOLICY_MUST_CHECK;

/* For programs that adopt it */

/*
 * In a client-hello callback: moves a server's connection to ctx, as
 * SSL_set_SSL_CTX does, and with it all of ctx that decides what is negotiated.
 * In a servername callback where what is chosen by then is what ctx would have
 * chosen, else E_TOO_LATE.  On any failure refuse the connection.
 */
int tlspolicy_switch(SSL *ssl, SSL_CTX *ctx) TLSPOLICY_MUST_CHECK;

/*
 * In a client-hello callback: whether the connection's context would serve this
 * client, were the policy applied to it with OVERRIDE.  E_VIOLATION: `why` (may
 * be NULL) has the reason.  Changes nothing, not the error queue either.
 */
int tlspolicy_would_accept(SSL *ssl, const struct tlspolicy *policy, char *why,
    size_t size) TLSPOLICY_MUST_CHECK;

/*
 * The newest entry of this library's on the thread's error queue as a sentence,
 * as snprintf(3); "" and 0: there is none.  The queue stays as it is.
 */
int tlspolicy_error_text(char *buf, size_t size);

/*
 * SHA-256 of the policy's text: as SSL_CTX_set_session_id_context() it keeps
 * sessions of another policy from being resumed.
 */
int tlspolicy_digest(
    const struct tlspolicy *policy, unsigned char out[32]) TLSPOLICY_MUST_CHECK;

/* Profiles: static and const */

/* "modern" (its newest edition) or "modern@2026"; NULL: unknown. */
const struct tlspolicy *tlspolicy_profile(const char *name);
size_t tlspolicy_profile_count(void);
/* "modern@2026" and one line about it; NULL past the last. */
const char *tlspolicy_profile_name(size_t index);
const char *tlspolicy_profile_summary(size_t index);
/* The name of the profile with exactly these contents, or NULL. */
const char *tlspolicy_profile_of(const struct tlspolicy *policy);

/* Runtime */

struct tlspolicy_openssl {
	unsigned major, minor, patch;
	unsigned long number; /* as OPENSSL_VERSION_NUMBER */
	const char *text;     /* never NULL; the runtime's is static */
};

/* The OpenSSL that is loaded.  A NULL out is ignored. */
void tlspolicy_openssl_runtime(struct tlspolicy_openssl *out);
/* Takes a version number apart; text is kept as a pointer. */
void tlspolicy_openssl_decode(
    struct tlspolicy_openssl *out, unsigned long number, const char *text);
/* The OpenSSL headers that the caller is compiled with. */
#define tlspolicy_openssl_headers(out) \
	tlspolicy_openssl_decode( \
	    (out), OPENSSL_VERSION_NUMBER, OPENSSL_VERSION_TEXT)
/* 1 if the loaded OpenSSL can negotiate the version, at level 0; else 0. */
int tlspolicy_openssl_supports(int version);

/* "TLSv1.2", "DTLSv1.2"; NULL: unknown. */
const char *tlspolicy_protocol_name(int version);
/* Any case, "v" and "TLS" may be left out: "tls1.2", "1.2"; 0: unknown. */
int tlspolicy_protocol_from_name(const char *name);

/* This library's version, "0.1.0". */
const char *tlspolicy_library_version(void);

#ifdef __cplusplus
}
#endif

#endif /* TLSPOLICY_H */
