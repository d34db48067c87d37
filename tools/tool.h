/* SPDX-License-Identifier: MIT */
/*
 * What the files of the tlspolicy command share.  Each subcommand makes a
 * report, a JSON object, and prints either that or text made from it, so that
 * the two never disagree.
 */
#ifndef TOOL_H
#define TOOL_H

#include <stdbool.h>
#include <stdio.h>

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

/* Of --json, as "format": raised where a key goes or changes its meaning. */
enum { FORMAT = 1 };

/* Standard error: "tlspolicy: what; what to do".  Is STATUS_TROUBLE. */
int complain(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* On a terminal, a line that the next one, or "", replaces. */
void progress(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* Ends the program with a complaint if standard output cannot be written. */
void flush_output(void);
/* The command ends where memory does: NULL is not returned. */
void *must(void *made);
void put(json_t *object, const char *key, json_t *value);
void add(json_t *array, json_t *value);
json_t *new_object(void);
json_t *new_array(void);
/* NULL becomes null; what is not printable ASCII becomes \xNN. */
json_t *new_text(const char *text);
/* Whether output goes to a terminal: there the verdict comes first. */
bool on_terminal(void);
/* What is printed between the two is wrapped, if that is so. */
struct wrap {
	FILE *file;
	int saved; /* standard output; -1: nothing is wrapped */
};
struct wrap begin_wrapping(void);
void end_wrapping(struct wrap *wrap);
/* A string in an object, "" for any other thing. */
const char *text_of(const json_t *object, const char *key);
/*
 * Prints a report, as JSON or by print, and frees it.  On a terminal long lines
 * of print's are wrapped.
 */
void finish(json_t *report, const struct arguments *args,
    void (*print)(const json_t *report));

/* conf.c: openssl.cnf */

/*
 * The lines of a section of its ssl_conf that are refused, have no effect or
 * not all of it, or matter though no key of a policy tells them: objects with
 * "line", "state" and "why".  With system_default the host's section is gone
 * afterwards.
 */
json_t *conf_lines(const char *section);

/* dropped.c: lists of ciphers in OpenSSL's own form */

/*
 * The names that OpenSSL drops, of a list that a context has been given:
 * objects with "name" and "why".  The result is what the context permits.
 */
json_t *dropped_names(
    const char *list, SSL_CTX *ctx, const struct tlspolicy *result);
/*
 * OpenSSL's name for the registry's; NULL: it has none of its own, and `known`
 * whether the registry has one.
 */
const char *registry_cipher(const char *name, bool *known);

/* compare.c: how far a policy is from the profiles */

/*
 * The nearest profile, as an object: "profile", and what only the policy
 * ("beyond") and only the profile ("without") permits.  `here`: as the profile
 * comes out on this OpenSSL and host.
 */
json_t *nearest_profile(const struct tlspolicy *policy, bool here);
/* Prints it, each line after `lead`. */
void print_nearest(FILE *out, const char *lead, const json_t *nearest);

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

/*
 * The first of the registry's names in policy text that OpenSSL has another
 * for, as "OpenSSL calls NAME OTHER"; "" where there is none.
 */
const char *registry_hint(const char *text, char buf[3 * NAME_SIZE]);
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
/* "banned", "refused" or "answered": what becomes of a client's renegotiation.
 */
const char *renegotiation_by_clients(SSL_CTX *ctx);
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
