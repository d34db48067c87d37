/* SPDX-License-Identifier: MIT */
#ifndef TLSPOLICY_APPLY_H
#define TLSPOLICY_APPLY_H

#include "internal.h"

/* More than any OpenSSL has.  It never frees what a list of them points to. */
#define CIPHERS_MAX 256

/* One policy on its way into one context or connection. */
struct job {
	struct target target;
	SSL_CTX *ctx; /* the target's own, for questions */
	enum transport transport;
	bool dtls, quic;
	const struct tlspolicy *policy;
	bool weaken;  /* OVERRIDE, or FAIL_IF_STRICTER until it fails */
	bool exact;   /* FAIL_IF_STRICTER */
	bool asked;   /* whether `own` is known */
	bool spoiled; /* something is changed that cannot be undone */
	bool touched; /* ciphers may have to be put back */
	SSL *scratch; /* for questions; has level, groups, sigalgs to come */

	unsigned had; /* versions that the context permits */
	struct settings before;
	/* What the context is to become. */
	unsigned versions; /* that it will negotiate */
	struct settings after;

	/* What is not used is not touched: memory takes time. */
	const SSL_CIPHER *ciphers[CIPHERS_MAX]; /* before; suites first */
	int count;                              /* of these */
	struct hello own; /* the context's groups and signature algorithms */
	char groups[TEXT_MAX + 1], sigalgs[TEXT_MAX + 1]; /* "": untouched */
	char shares[TEXT_MAX + 4]; /* the groups, key shares marked */
	/* With `exact`: what the context does not permit, "" for nothing. */
	char stricter[128];
};

/*
 * Plans a policy without lists from numbers alone: OpenSSL is asked nothing
 * that can fail.  False: it takes the others.
 */
bool tlsp_plan_numbers(struct job *job);
/* These fill in what comes after, and change nothing: numbers, then lists. */
int tlsp_plan_settings(struct job *job);
int tlsp_plan_lists(struct job *job);
/*
 * In place of the latter, without a scratch connection: whether the level
 * alone, and no list that cannot be read, decides what comes of the policy.
 */
bool tlsp_plan_plainly(struct job *job);

/* Makes the target so; what fails may leave half of it done. */
int tlsp_commit(struct job *job);
/*
 * The same for what is planned from numbers alone.  False: nothing is changed,
 * and it takes the others.
 */
bool tlsp_commit_numbers(const struct job *job, int *status);
/* The same for what is planned plainly; false: it takes the other plan. */
bool tlsp_commit_plainly(struct job *job);
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
