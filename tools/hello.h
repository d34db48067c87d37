/* SPDX-License-Identifier: MIT */
/*
 * ClientHellos that nobody means to complete, and what servers answer to them.
 * Pure functions over bytes: tests/fuzz/answer.c gives them all sorts.
 */
#ifndef HELLO_H
#define HELLO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SUITES_MOST = 512,
	GROUPS_MOST = 128,
	HELLO_MOST = 4096,
	ANSWER_MOST = 131072, /* what is read of an answer */
	V_SSL3 = 0x0300,
	V_TLS1_0 = 0x0301,
	V_TLS1_2 = 0x0303,
	V_TLS1_3 = 0x0304
};

struct hello {
	int version;
	const uint16_t *suites, *groups;
	size_t suite_count, group_count;
	bool small;               /* few signature algorithms, no padding */
	bool srp;                 /* with a user of SRP (RFC 5054) */
	const char *servername;   /* NULL: none is asked for */
	unsigned char random[64]; /* also the session's id in TLS 1.3 */
};

enum reply_kind {
	REPLY_MORE,   /* it is not whole yet */
	REPLY_CHOICE, /* the server has chosen, and said all that it has to */
	REPLY_ALERT,
	REPLY_OTHER /* not TLS */
};

struct reply {
	bool chosen; /* what follows is known, even where there is to be more */
	int version;
	uint16_t suite, group;                /* 0: no group */
	bool grouped, asked;                  /* for a client certificate */
	int alert;                            /* -1: none */
	size_t certificate, certificate_size; /* the first, in `messages` */
};

/* Its length in bytes, or 0 where it has no room. */
size_t hello_make(unsigned char *buf, size_t size, const struct hello *hello);
/* messages has room for len bytes: the answer without its records. */
enum reply_kind hello_read(const unsigned char *wire, size_t len,
    unsigned char *messages, struct reply *reply);
/* Whether the server sends a curve's name with a suite below TLS 1.3. */
bool suite_has_curve(uint16_t suite);
bool suite_is_srp(uint16_t suite);

#endif
