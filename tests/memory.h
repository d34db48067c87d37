/* SPDX-License-Identifier: MIT */
#ifndef TESTS_MEMORY_H
#define TESTS_MEMORY_H

#include <openssl/ssl.h>

#include "faults.h"
#include "runner.h"

/*
 * Every call while something of faults.h fails: memory_adopt.c, memory_apply.c,
 * memory_told.c and memory_queue.c each add their tests.
 */

/* One of two kinds: the n-th alone, or all from it on. */
enum { KINDS = 2 };
extern int fault_sticky;

/* Faults so far, counted across Check's processes. */
extern _Atomic long *fault_points;
/* Which faults of a row are tried: all of them if there is time for it. */
long fault_stride(long allocations);
/* A failure's status and its entry, with which the queue must end. */
void assert_failure(const char *row, long n, int status, int clean);

/* Contexts to start from. */
enum { DEFAULT, NARROW, CUT, BOUND, STATES, DATAGRAM = STATES, SUITE_B };
SSL_CTX *make_context(unsigned state);

/* A policy without lists. */
extern const char policy_of_numbers[];

/* That has completed with them, or with NULL one to change. */
SSL *connection(SSL_CTX *ctx, const char *ciphers);

void add_adopt(TCase *tc);
void add_apply(TCase *tc);
void add_told(TCase *tc);
void add_queue(TCase *tc);

#endif
