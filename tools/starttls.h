/* SPDX-License-Identifier: MIT */
/*
 * What is said before TLS in protocols that begin without it.  Pure functions
 * over bytes: tests/fuzz/answer.c gives them all sorts.
 */
#ifndef STARTTLS_H
#define STARTTLS_H

#include <stddef.h>

enum {
	TALK_MOST = 16384, /* what a server may say before TLS */
	SAY_MOST = 640,
	WHY_SIZE = 160
};

enum talk_step {
	TALK_MORE,    /* more of the server's is needed */
	TALK_SAY,     /* send d->say, then go on */
	TALK_READY,   /* TLS is next */
	TALK_REFUSED, /* it speaks the protocol, and will have no TLS */
	TALK_OTHER    /* it does not speak the protocol */
};

struct starttls;
struct dialogue {
	const struct starttls *protocol;
	const char *name; /* the server's, for XMPP; may be NULL */
	int stage;
	bool offered, open; /* TLS; an answer of several lines */
	size_t used;        /* of the bytes given */
	unsigned char say[SAY_MOST];
	size_t say_len;
	char why[WHY_SIZE]; /* of the last two steps */
};

/* NULL: there is no such protocol. */
const struct starttls *starttls_find(const char *name);
const char *starttls_name(const struct starttls *protocol);
/* All names, for a message. */
extern const char starttls_names[];
/* Whether it is one that speaks first is its own to know: call with len 0. */
enum talk_step starttls_step(
    struct dialogue *d, const unsigned char *bytes, size_t len);
/* What speaks like this, "an SMTP server: --starttls smtp"; NULL: no idea. */
const char *starttls_guess(const unsigned char *bytes, size_t len);

#endif
