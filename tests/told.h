/* SPDX-License-Identifier: MIT */
#ifndef TESTS_TOLD_H
#define TESTS_TOLD_H

#include <tlspolicy.h>

#include "peer.h"

/*
 * What the library tells of a context, as policies, lists and entries of the
 * error queue; and the same by raw calls.
 */

/* Text of ours is never longer; every list of a context fits. */
enum { TEXT_SIZE = 8192, TEXT_LIMIT = 8192 };

/* Policies */

struct tlspolicy *parse_policy(const char *text);
/* tlspolicy_from_ctx(), which has to succeed. */
struct tlspolicy *permitted_by(const char *name, SSL_CTX *ctx);
const char *policy_text(const struct tlspolicy *policy, char text[TEXT_SIZE]);
/* As a set. */
unsigned versions_of(const struct tlspolicy *p);

/* Lists of names with colons between them */

int in_list(const char *list, const char *name);
void add_name(char list[TEXT_SIZE], const char *name);
/* Every cipher of one kind; at level 0 all of them. */
void cipher_names(SSL_CTX *ctx, int suites, int level, char out[TEXT_SIZE]);

/* Code points of IANA's, and bits of security. */
struct known {
	const char *name;
	unsigned code;
	int bits;
};
extern const struct known known_groups[], known_sigalgs[];
/* The names of what a level leaves. */
void code_names(const struct peer_codes *codes, const struct known *known,
    int level, char out[TEXT_SIZE]);

/* The error queue: what is there stays, and nothing comes on success. */

void push_errors(void);
void assert_errors(const char *name, const char *call);
/* The sentence of the topmost entry, which has to be the library's own. */
const char *own_sentence(const char *name, int status);

#endif
