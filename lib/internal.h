/* SPDX-License-Identifier: MIT */
#ifndef TLSPOLICY_INTERNAL_H
#define TLSPOLICY_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/err.h>

#include "tlspolicy.h"

/* Policies */

enum list_kind {
	LIST_CIPHERS,
	LIST_CIPHERSUITES,
	LIST_GROUPS,
	LIST_SIGALGS,
	LIST_COUNT
};

/* No policy's text is longer, so that what is formatted can be parsed. */
#define TEXT_MAX 4096

struct tlspolicy {
	int min_version, max_version;         /* 0: unset */
	unsigned disabled;                    /* TLSPOLICY_NO_* */
	int level, renegotiation, preference; /* -1: unset */
	const char *list[LIST_COUNT];         /* canonical names; NULL: unset */
	char *owned[LIST_COUNT]; /* the same, but NULL in a profile */
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
bool tlsp_policy_equal(const struct tlspolicy *a, const struct tlspolicy *b);
bool tlsp_is_profile(const struct tlspolicy *policy);
/* A profile named by the first `len` bytes of `name`. */
const struct tlspolicy *tlsp_profile_find(const char *name, size_t len);

/* Versions, as sets of TLSPOLICY_NO_* bits: bit 0 is TLS 1.0, bit 3 TLS 1.3 */

#define VERSION_COUNT   4
#define VERSIONS_ALL    0xfu
#define VERSIONS_OLD    (TLSPOLICY_NO_TLS1_0 | TLSPOLICY_NO_TLS1_1)
#define VERSIONS_TO_1_2 (VERSIONS_OLD | TLSPOLICY_NO_TLS1_2)

/* The bit of a TLS version; 0 for anything that is none. */
unsigned tlsp_version_bit(int version);
/* The version of the lowest or highest bit of a set; 0 for the empty set. */
int tlsp_version_lowest(unsigned set);
int tlsp_version_highest(unsigned set);
/* The versions from min to max, either 0 for "no bound". */
unsigned tlsp_versions_between(int min, int max);
/* The versions that SSL_OP_NO_* bits disable, and the bits of a set. */
unsigned tlsp_versions_disabled(uint64_t options);
uint64_t tlsp_versions_options(unsigned set);
/* What a policy permits, and which of its versions use a list. */
unsigned tlsp_policy_versions(const struct tlspolicy *policy);
unsigned tlsp_versions_using(enum list_kind kind);
/* The next version name of a list such as `disable` has. */
int tlsp_version_parse(const char *name, size_t len);

/* The stricter of two bounds, 0 being none. */
int tlsp_stricter_min(int a, int b);
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

#define ITEM_MAX \
	63 /* bytes in a name, as OpenSSL's lists of groups have it \
	    */

/* Steps through a list; false at its end.  *cursor begins as the list. */
bool tlsp_list_next(const char **cursor, struct item *item);
bool tlsp_list_find(
    const char *list, const struct item *wanted, struct item *found);
/* Appends an item, with its '?' if `marks`; false if it does not fit. */
bool tlsp_list_append(
    char *list, size_t size, const struct item *item, bool marks);
/* A canonical copy of a list in text, in *out for OPENSSL_free(). */
int tlsp_list_parse(const struct source *source, enum list_kind kind,
    const char *text, size_t len, char **out);
/* "ciphers" and "cipher". */
const char *tlsp_list_key(enum list_kind kind);
const char *tlsp_list_noun(enum list_kind kind);

/* Names of groups and signature algorithms */

struct name {
	const char *name;
	const char *alias[2];
	uint16_t code;     /* IANA's TLS Supported Groups or SignatureScheme */
	uint16_t bits;     /* of security, as OpenSSL counts them */
	unsigned versions; /* where OpenSSL can use it */
};

/* Whether `len` bytes are the same letters in any case. */
bool tlsp_same(const char *a, const char *b, size_t len);
/* Whether `len` bytes of `name` spell `known` (or NULL) in any case. */
bool tlsp_spells(const char *known, const char *name, size_t len);
/* NULL: not one that this library knows. */
const struct name *tlsp_name_find(
    enum list_kind kind, const char *name, size_t len);
const struct name *tlsp_name_of(enum list_kind kind, uint16_t code);

/* Errors */

#if defined(__GNUC__) || defined(__clang__)
#define PRINTF_LIKE(fmt, args) __attribute__((__format__(printf, fmt, args)))
#else
#define PRINTF_LIKE(fmt, args)
#endif

/* Puts an entry on OpenSSL's queue and returns `status`. */
int tlsp_fail_here(const char *file, int line, const char *func, int status,
    const char *fmt, ...) PRINTF_LIKE(5, 6);
#define tlsp_fail(status, ...) \
	tlsp_fail_here(__FILE__, __LINE__, __func__, (status), __VA_ARGS__)
/* The same without a need for memory; `text` is static. */
int tlsp_fail_static(int status, const char *text);
/* The same for text, at `at` in its source. */
#define tlsp_fail_at(status, source, at, fmt, ...) \
	tlsp_fail((status), "%s, column %d: " fmt, (source)->what, \
	    (int)((at) - (source)->start) + 1, __VA_ARGS__)
/* Hostile bytes made fit to print: "..." at the end if they were too many. */
#define QUOTE_SIZE 52
const char *tlsp_quote(char buf[QUOTE_SIZE], const char *text, size_t len);

/* What differs between OpenSSL's releases, and what the loaded one can do */

enum transport { TRANSPORT_TLS, TRANSPORT_DTLS, TRANSPORT_PINNED };
enum transport tlsp_transport(const SSL_CTX *ctx);
bool tlsp_speaks_ssl3(void);
/* The versions that no handshake completes at this security level. */
unsigned tlsp_versions_killed(int level);
/* The part of a set of versions that OpenSSL can speak, in ctx's library. */
int tlsp_versions_spoken(SSL_CTX *ctx, unsigned set, unsigned *spoken);

/*
 * The caller's error queue is set aside for what may clear or fill it, and is
 * put back with, if `keep`, what has been added on top.
 */
struct errors {
	bool taken;
	ERR_STATE queue;
};
void tlsp_errors_begin(struct errors *errors);
void tlsp_errors_end(struct errors *errors, bool keep);

/* What a context would offer, read off a ClientHello made in memory */

#define HELLO_MAX 128
struct offer {
	size_t count;
	uint16_t code[HELLO_MAX];
};
struct hello {
	struct offer groups, sigalgs;
};
/*
 * Every group and signature algorithm of ctx, whatever its versions and level;
 * `list` (or NULL) takes the place of ctx's own of that kind.  OpenSSL clears
 * the error queue on the way.
 */
int tlsp_hello_read(
    SSL_CTX *ctx, enum list_kind kind, const char *list, struct hello *out);
bool tlsp_offered(const struct offer *offer, uint16_t code);

/* SSL_set1_groups_list() or SSL_set1_sigalgs_list(), and on a context. */
bool tlsp_ssl_set_list(SSL *ssl, enum list_kind kind, const char *list);
bool tlsp_ctx_set_list(SSL_CTX *ctx, enum list_kind kind, const char *list);

#endif /* TLSPOLICY_INTERNAL_H */
