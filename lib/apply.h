/* SPDX-License-Identifier: MIT */
#ifndef TLSPOLICY_APPLY_H
#define TLSPOLICY_APPLY_H

#include "internal.h"

/*
 * A policy on its way: `before` is read and stays, `after` is made of it on a
 * scratch connection alone.
 */
struct plan {
	const struct tlspolicy *policy;
	bool weaken;   /* OVERRIDE, or FAIL_IF_STRICTER until it fails */
	bool exact;    /* FAIL_IF_STRICTER */
	bool compares; /* what the context permits counts */
	const struct target *target;
	const struct settings *was; /* those of `before` */
	struct state *before, *after;
	struct target scratch; /* the connection of `after` */
	/* With `exact`: what the context does not permit, "" for nothing. */
	char stricter[128];
};

/*
 * Reads *before, and makes *after of it and of a policy that is valid; both are
 * to be closed in any case.  OpenSSL clears the error queue on the way.
 */
int tlsp_plan(const struct target *target, const struct tlspolicy *policy,
    unsigned flags, struct state *before, struct state *after);

/* What the highest version of a set is called on the target's transport. */
const char *tlsp_plan_highest(const struct plan *plan, unsigned set);
/* With `exact`: notes that the context lacks what OVERRIDE would permit. */
void tlsp_plan_note(struct plan *plan, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The lists, for the versions and the level of `after`. */
int tlsp_plan_lists(struct plan *plan);

/*
 * Makes a target what is planned; what fails is undone, or the target closed.
 * `own`: a connection is to have ciphers for itself, not its context's.
 */
int tlsp_commit(const struct target *target, const struct state *before,
    const struct state *after, bool own);

/* A part of it, and no way back once groups or sigalgs are `spoiled`. */
int tlsp_become(const struct target *target, const struct state *state,
    bool own, bool *spoiled);
/*
 * Whether settings and ciphers stay.  Those that are still `open`, the level
 * and the ciphers before TLS 1.3, need not.
 */
bool tlsp_is_same(
    const struct state *before, const struct state *after, bool open);

/* E_METHOD for what takes no policy. */
int tlsp_check_target(const struct target *target);
/* Whether its version is chosen, or, of a client, has been asked for. */
bool tlsp_is_late(const struct target *target);
/* The groups of a state that has been heard, as its list to be set. */
int tlsp_state_groups(struct state *state);

#endif /* TLSPOLICY_APPLY_H */
