/* SPDX-License-Identifier: MIT */
/*
 * What is known of connections and contexts, by address: the program's own
 * ex_data stays as it is.  A connection that libssl frees by itself leaves its
 * state behind; the next one at the address begins with a new one, as it has
 * not begun to shake hands.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "preload.h"

enum { STRIPES = 32, BUCKETS = 128, CONTEXT_BUCKETS = 1024 };

static struct stripe {
	pthread_mutex_t lock;
	struct state *bucket[BUCKETS];
} stripes[STRIPES];

struct context {
	struct context *next;
	const SSL_CTX *ctx;
	bool seen;
};
static struct context *contexts[CONTEXT_BUCKETS];
static pthread_mutex_t context_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t made = PTHREAD_ONCE_INIT;

static void
fork_parent(void)
{
	table_unlock();
}

static void
fork_child(void)
{
	table_unlock();
	summary_forked();
}

static void
make(void)
{
	for (size_t i = 0; i < STRIPES; i++)
		(void)pthread_mutex_init(&stripes[i].lock, NULL);
	(void)pthread_atfork(table_lock, fork_parent, fork_child);
}

/* No other thread is at work on the tables while one forks. */
void
table_lock(void)
{
	for (size_t i = 0; i < STRIPES; i++)
		(void)pthread_mutex_lock(&stripes[i].lock);
	(void)pthread_mutex_lock(&context_lock);
}

void
table_unlock(void)
{
	(void)pthread_mutex_unlock(&context_lock);
	for (size_t i = STRIPES; i-- > 0;)
		(void)pthread_mutex_unlock(&stripes[i].lock);
}

/* Addresses are of large objects: their lowest bits tell nothing. */
static struct stripe *
lock_stripe(const SSL *ssl, struct state ***bucket)
{
	const uintptr_t bits = (uintptr_t)ssl >> 4;
	const uint32_t hash =
	    (uint32_t)(bits ^ bits >> 16) * UINT32_C(2654435761);
	struct stripe *stripe = &stripes[hash >> 27];

	(void)pthread_once(&made, make);
	(void)pthread_mutex_lock(&stripe->lock);
	*bucket = &stripe->bucket[hash >> 20 & (BUCKETS - 1)];
	return stripe;
}

/* The pointer to it, or to the end of its list. */
static struct state **
find(struct state **at, const SSL *ssl)
{
	while (*at != NULL && (*at)->ssl != ssl)
		at = &(*at)->next;
	return at;
}

/* What its list has of it, or has from now on; the stripe is locked. */
static struct state *
obtain(struct state **bucket, const SSL *ssl, bool create)
{
	struct state *state = *find(bucket, ssl);

	if (state == NULL && create &&
	    (state = calloc(1, sizeof(*state))) != NULL) {
		state->ssl = ssl;
		state->next = *bucket;
		*bucket = state;
	}
	return state;
}

/* One thread at a time uses a connection, and so what is known of it. */
struct state *
state_of(const SSL *ssl, bool create)
{
	struct state **bucket;
	struct stripe *stripe = lock_stripe(ssl, &bucket);
	struct state *state = obtain(bucket, ssl, create);

	(void)pthread_mutex_unlock(&stripe->lock);
	return state;
}

void
state_keep(const SSL *ssl)
{
	struct state **bucket;
	struct stripe *stripe = lock_stripe(ssl, &bucket);
	struct state *state = obtain(bucket, ssl, true);

	if (state != NULL)
		state->refs++;
	(void)pthread_mutex_unlock(&stripe->lock);
}

bool
state_drop(const SSL *ssl)
{
	struct state **bucket, *state;
	struct stripe *stripe = lock_stripe(ssl, &bucket);
	bool last;

	state = *find(bucket, ssl);
	last = state == NULL || state->refs == 0;
	if (!last)
		state->refs--;
	(void)pthread_mutex_unlock(&stripe->lock);
	return last;
}

void
state_forget(const SSL *ssl)
{
	struct state **bucket, **at, *state;
	struct stripe *stripe = lock_stripe(ssl, &bucket);

	at = find(bucket, ssl);
	state = *at;
	if (state != NULL)
		*at = state->next;
	(void)pthread_mutex_unlock(&stripe->lock);
	if (state != NULL)
		free(state->sentence);
	free(state);
}

static struct context **
bucket_of(const SSL_CTX *ctx)
{
	const uintptr_t at = (uintptr_t)ctx;

	return &contexts[(at >> 4 ^ at >> 14) % CONTEXT_BUCKETS];
}

bool
context_is_new(const SSL_CTX *ctx)
{
	struct context **bucket = bucket_of(ctx), *at;
	bool new = false;

	(void)pthread_once(&made, make);
	(void)pthread_mutex_lock(&context_lock);
	for (at = *bucket; at != NULL && at->ctx != ctx; at = at->next)
		continue;
	if (at == NULL && (at = calloc(1, sizeof(*at))) != NULL) {
		at->ctx = ctx;
		at->next = *bucket;
		*bucket = at;
	}
	if (at != NULL) {
		new = !at->seen;
		at->seen = true;
	}
	(void)pthread_mutex_unlock(&context_lock);
	return new;
}

void
context_forget(const SSL_CTX *ctx)
{
	struct context *at;

	(void)pthread_mutex_lock(&context_lock);
	for (at = *bucket_of(ctx); at != NULL; at = at->next) {
		if (at->ctx == ctx)
			at->seen = false;
	}
	(void)pthread_mutex_unlock(&context_lock);
}
