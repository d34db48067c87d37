/* SPDX-License-Identifier: MIT */
#ifndef TESTS_LAWS_H
#define TESTS_LAWS_H

#include <tlspolicy.h>

#include "peer.h"
#include "runner.h"

/*
 * The laws of tlspolicy(7) over prior states of a context x policies x modes.
 */

/* As many rows as the tables of laws_states.c and laws_policies.c have. */
enum { STATES = 53, ENTRIES = 129 };

struct state {
	const char *name;
	const SSL_METHOD *(*method)(void); /* TLS_method */
	const char *host;                  /* lines of openssl.cnf */
	int min, max, level;
	uint64_t options;
	const char *ciphers, *suites, *groups, *sigalgs;
	int lacks; /* a role as 1 << role */
	int pinned;
};

extern const struct state law_states[];
SSL_CTX *make_law_state(const struct state *s);

enum { PLAIN, OVER, FAIL, MODES };

struct entry {
	const char *text;
	int min, max;      /* set on top of the text, as no text can */
	unsigned disabled; /* the same */
	int want[MODES];   /* on the first state */
	const int *from_3_5, *before_3_0; /* the same, where it differs */
};

extern const struct entry law_entries[];
struct tlspolicy *make_policy(const struct entry *entry);
/* By mode, on this release. */
const int *wanted_of(const struct entry *entry);

/* One state and one policy. */
struct cell {
	const struct state *state;
	const struct entry *entry;
	const struct tlspolicy *policy; /* NULL: its text is bad */
	int deep;                       /* with handshakes */
	const char *mode;               /* the one that is being tried */
	char name[160];
	struct peer_snapshot before;
	const struct tlspolicy *permitted; /* by tlspolicy_from_ctx() */
	struct peer_snapshot asked; /* the policy's lists, by raw calls */
	unsigned has_items;         /* which of them have known items */
};

/* Kinds of lists, as a set. */
enum { CIPHERS = 1, SUITES = 2, GROUPS = 4, SIGALGS = 8 };

/* What the policy asks for, into the cell. */
void ask_cell(struct cell *c);
int as_tls(int version);
int version_of(int dtls, unsigned index);
uint64_t option_of(int dtls, unsigned index);
/* The versions that the policy permits over a range of the context's. */
unsigned policy_versions(const struct tlspolicy *p, int min, int max);
int final_level(const struct cell *c, int mode);
unsigned wanted_versions(const struct cell *c, int mode);
/* The floor that the policy itself names below 1.2, as a set; 0: none. */
unsigned own_low_floor(const struct tlspolicy *p, int dtls);

/* Law 9: the error queue, before the call and after it. */
void push_caller_errors(void);
void assert_quiet(const struct cell *c, int status);
/* Fills in what the context negotiates; looks at each result if asked to. */
void negotiate(
    const struct cell *c, SSL_CTX *ctx, struct peer_snapshot *out, int results);
int apply(const struct cell *c, SSL_CTX *ctx, int mode);
/* Laws 2 to 5 and 7. */
void assert_success(const struct cell *c, SSL_CTX *ctx, int mode,
    const struct peer_snapshot *now);

#endif
