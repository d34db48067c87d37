/* SPDX-License-Identifier: MIT */
#ifndef TLSPOLICY_APPLY_H
#define TLSPOLICY_APPLY_H

#include "internal.h"

/* One policy on its way into one context or connection. */
struct job {
	struct target target;
	SSL_CTX *ctx; /* the target's own, for questions */
	bool dtls, quic;
	const struct tlspolicy *policy;
	bool weaken; /* OVERRIDE, or FAIL_IF_STRICTER until it fails */
	bool exact;  /* FAIL_IF_STRICTER */
	struct settings before;
	STACK_OF(SSL_CIPHER) * ciphers; /* before; ciphersuites first */

	bool asked;       /* whether the next is known */
	struct hello own; /* the context's groups and signature algorithms */

	/* What the context is to become. */
	unsigned versions; /* that it will negotiate */
	struct settings after;
	char groups[TEXT_MAX + 1], sigalgs[TEXT_MAX + 1]; /* "": untouched */
	char shares[TEXT_MAX + 4]; /* the groups, key shares marked */

	/* With `exact`: what the context does not permit, "" for nothing. */
	char stricter[128];
	bool spoiled; /* something is changed that cannot be undone */
	SSL *scratch; /* for questions; has level, groups, sigalgs to come */
};

/* Fills in what comes after, and changes nothing. */
int tlsp_plan(struct job *job);

/* Makes the target so; what fails may leave half of it done. */
int tlsp_commit(struct job *job);
/* Puts it back as it was, or closes it; returns what the caller is to. */
int tlsp_undo(const struct job *job, int status);

/* Whether one of these versions can be signed for; they have ciphers. */
int tlsp_check_sigalgs(struct job *job, unsigned versions);
/* E_UNSUPPORTED for a required item. */
int tlsp_fail_missing(enum list_kind kind, const struct item *item);
/* Adds to `kept` what the context has or may be given; false if neither. */
bool tlsp_keep_item(struct job *job, enum list_kind kind,
    const struct item *item, bool has, char kept[TEXT_MAX + 1]);

#endif /* TLSPOLICY_APPLY_H */
