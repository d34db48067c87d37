/* SPDX-License-Identifier: MIT */
/*
 * What the files of the tlspolicy command share.  Each subcommand makes a
 * report, a JSON object, and prints either that or text made from it, so that
 * the two never disagree.
 */
#ifndef TOOL_H
#define TOOL_H

#include <stdbool.h>

#include <jansson.h>

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <tlspolicy.h>

#if defined(__GNUC__) || defined(__clang__)
#define PRINTF_LIKE(fmt, args) __attribute__((__format__(printf, fmt, args)))
#else
#define PRINTF_LIKE(fmt, args)
#endif

/* Exit statuses, also of grep(1) and diff(1). */
enum { STATUS_YES = 0, STATUS_NO = 1, STATUS_TROUBLE = 2 };
/* Of a program that is run, as in sh(1). */
enum { STATUS_NOT_RUN = 126, STATUS_NOT_FOUND = 127 };

/* Subcommands: one in a file of its name */

enum {
	OPT_HELP,
	OPT_JSON,
	OPT_OVERRIDE,
	OPT_CONF,
	OPT_CIPHERS,
	OPT_POLICY,
	OPT_SERVERNAME,
	OPT_TIMEOUT,
	OPT_COVERAGE,
	OPT_STARTTLS,
	OPT_JOBS,
	OPT_TARGETS,
	OPT_BASELINE,
	OPT_FORMAT,
	OPT_FROM,
	OPT_ENFORCE,
	OPT_LOG,
	OPT_NO_EXPLAIN,
	OPT_COUNT
};

struct arguments {
	const char *opt[OPT_COUNT]; /* NULL: not given; "": has no argument */
	char **operand;
	int count;
};

struct option;
struct command {
	const char *name, *help;
	const struct option *options;
	int least, most; /* operands; INT_MAX: a program's own may follow */
	int (*run)(const struct arguments *args);
};
extern const struct command info_command, list_command, show_command,
    compare_command, scan_command, export_command, run_command;

/* report.c: what goes out */

/* Standard error: "tlspolicy: what; what to do".  Is STATUS_TROUBLE. */
int complain(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* The command ends where memory does: NULL is not returned. */
void *must(void *made);
void put(json_t *object, const char *key, json_t *value);
void add(json_t *array, json_t *value);
json_t *new_object(void);
json_t *new_array(void);
/* NULL becomes null; what is not printable ASCII becomes \xNN. */
json_t *new_text(const char *text);
/* A string in an object, "" for any other thing. */
const char *text_of(const json_t *object, const char *key);
/* Prints a report, as JSON or by print, and frees it. */
void finish(json_t *report, const struct arguments *args,
    void (*print)(const json_t *report));

/* coverage.c: a standard, and what its profile does of it */
int print_coverage(const char *name, const struct arguments *args);

/* policy.c: policies, field by field */

enum { LISTS = 4, NUMBERS = 6, VERSIONS = 4, NAME_SIZE = 64 };

struct list_field {
	const char *key;
	const char *(*get)(const struct tlspolicy *policy);
	int (*set)(struct tlspolicy *policy, const char *list);
};
extern const struct list_field list_fields[LISTS];
extern const char *const number_keys[NUMBERS];
extern const int versions[VERSIONS];

/* An item of a list. */
struct item {
	char name[NAME_SIZE];
	bool optional;
};

/* Complains and is NULL where the text is no policy. */
struct tlspolicy *read_policy(const char *text);
/* A policy as text. */
json_t *policy_text(const struct tlspolicy *policy);
/* The profile that it equals, or null. */
json_t *profile_of(const struct tlspolicy *policy);
/* Takes the next item off a list; false at its end, and of NULL. */
bool next_item(const char **list, struct item *item);
bool list_has(const char *list, const char *name);
/* Whether this OpenSSL has an item of a list, whatever the host says. */
bool openssl_has(const struct list_field *field, const char *name);
/* The value of number_keys[i], as in policy text; NULL: unset. */
const char *number_text(
    const struct tlspolicy *policy, int i, char buf[NAME_SIZE]);
/* Whether versions[i] is permitted. */
bool permits_version(const struct tlspolicy *policy, int i);
/* What a context permits; ends the command where that cannot be told. */
struct tlspolicy *read_context(SSL_CTX *ctx);
/* A fresh context for both roles, as the host's openssl.cnf makes it. */
SSL_CTX *fresh_context(void);

/* openssl.c: what differs between releases of OpenSSL */

bool has_quic(enum tlspolicy_role role);
/* The topmost sentence on OpenSSL's error queue, which it empties. */
json_t *queue_sentence(void);
/* The group of a handshake that has at least begun; NULL: none. */
const char *group_of(SSL *ssl);
/* Whether a reason means that the peer closed the connection. */
bool is_hang_up(int reason);
/* Every TLS 1.3 ciphersuite that this OpenSSL has. */
bool set_all_suites(SSL_CTX *ctx);
/* The kind of a key: "RSA", "EC", "ML-DSA-65". */
const char *key_name(const EVP_PKEY *key);

#endif
