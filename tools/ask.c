/* SPDX-License-Identifier: MIT */
/*
 * Answers that are to be believed.  Connections are lost, servers stall, and
 * some fail on a hello that they should refuse: what was no answer is asked
 * again, and a server that hangs up is believed to refuse only if it does so
 * again and again, while it still accepts what it has accepted before.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/rand.h>

#include "scan.h"

enum {
	SILENCES_MOST = 6, /* time-outs, each of the time for one */
	CONNECTIONS_MOST = 3000
};

/* Alerts of a server that has trouble with the hello, or with itself. */
static bool
is_odd(int alert)
{
	return alert == SSL3_AD_UNEXPECTED_MESSAGE ||
	    alert == SSL3_AD_BAD_RECORD_MAC ||
	    alert == TLS1_AD_RECORD_OVERFLOW ||
	    alert == SSL3_AD_ILLEGAL_PARAMETER ||
	    alert == TLS1_AD_DECODE_ERROR || alert == TLS1_AD_DECRYPT_ERROR ||
	    alert == TLS1_AD_INTERNAL_ERROR ||
	    alert == TLS1_AD_USER_CANCELLED ||
	    alert == TLS1_AD_UNRECOGNIZED_NAME;
}

/* A certificate that OpenSSL had no chance to see. */
static void
read_certificate(struct target *target, const unsigned char *bytes, size_t len)
{
	X509 *certificate = d2i_X509(NULL, &bytes, (long)len);

	if (certificate != NULL)
		note_certificate(target, certificate);
	X509_free(certificate);
}

static bool
has_srp(const struct question *q)
{
	for (size_t i = 0; i < q->suite_count; i++)
		if (suite_is_srp(q->suites[i]))
			return true;
	return false;
}

static void
judge(const struct question *q, const struct reply *reply, struct answer *a)
{
	/* An SRP server wants to know its client before it says what it chose.
	 */
	const bool srp = !reply->chosen && has_srp(q) &&
	    reply->alert == TLS1_AD_UNKNOWN_PSK_IDENTITY;

	a->spoke = true;
	a->alert = reply->alert;
	if (srp && q->suite_count > 1) {
		conclude(a, UNDECIDED, "asks for an SRP user");
		a->failing = ASKS_USER;
	} else if (srp) {
		a->suite = q->suites[0];
		conclude(a, ACCEPTED, "asks for an SRP user");
	} else if (reply->chosen && reply->version != q->version) {
		conclude(a, REFUSED, "it chooses another version");
	} else if (reply->chosen) {
		a->suite = reply->suite;
		a->group = reply->grouped ? reply->group : 0;
		a->asked = reply->asked;
		conclude(a, ACCEPTED,
		    a->asked ? "asks for a client certificate" : "");
	} else {
		conclude(a, REFUSED, SSL_alert_desc_string_long(a->alert));
	}
}

/* Sends a hello, and reads the answer as far as it is of use. */
static void
listen_to(const struct talk *talk, const struct question *q,
    unsigned char *wire, unsigned char *messages)
{
	struct answer *a = talk->answer;
	struct reply reply = { .alert = -1 };
	enum reply_kind kind = REPLY_MORE;
	size_t len = 0;
	long got = 1;

	while (kind == REPLY_MORE && len < ANSWER_MOST) {
		got = receive(talk, wire + len, ANSWER_MOST - len);
		if (got <= 0)
			break;
		len += (size_t)got;
		kind = hello_read(wire, len, messages, &reply);
	}
	if (reply.certificate_size > 0)
		read_certificate(talk->target, messages + reply.certificate,
		    reply.certificate_size);
	if (reply.chosen || kind == REPLY_ALERT) {
		judge(q, &reply, a);
	} else if (kind == REPLY_OTHER) {
		conclude(a, UNDECIDED, "its answer is not TLS");
		a->failing = GARBLED;
		talk->target->hint = starttls_guess(wire, len);
	} else if (got > 0) {
		conclude(a, UNDECIDED, "its answer has no end");
		a->failing = GARBLED;
	} else if (got == 0) {
		conclude(a, UNDECIDED, "it hangs up");
		a->failing = HANGS_UP;
	}
}

static void
say_hello(struct target *target, const struct question *q, struct answer *a)
{
	struct talk talk = { .fd = -1, .target = target, .answer = a };
	struct hello hello = { .version = q->version,
		.suites = q->suites,
		.suite_count = q->suite_count,
		.groups = q->groups,
		.group_count = q->group_count,
		.small = q->small,
		.srp = q->srp,
		.servername = target->servername };
	unsigned char *room = must(malloc((size_t)2 * ANSWER_MOST));

	(void)RAND_bytes(hello.random, sizeof(hello.random));
	a->bytes = hello_make(room, HELLO_MOST, &hello);
	if (begin(&talk)) {
		if (send_all(&talk, room, a->bytes))
			listen_to(&talk, q, room, room + ANSWER_MOST);
		(void)close(talk.fd);
	}
	free(room);
}

static void
once(struct target *target, const struct question *q, struct answer *a)
{
	*a = (struct answer){ .outcome = UNDECIDED, .alert = -1 };
	if (target->hopeless[0] != '\0') {
		conclude(a, UNDECIDED, target->hopeless);
		return;
	}
	if (target->over || time_left(&target->end) == 0 ||
	    target->connections >= CONNECTIONS_MOST) {
		target->over = true;
		conclude(a, UNDECIDED, "timed out");
		return;
	}
	if (q->own)
		say_hello(target, q, a);
	else
		probe(target, q, a);
	if (a->outcome == REFUSED && is_odd(a->alert)) {
		a->outcome = UNDECIDED;
		a->failing = ODD_ALERT;
	}
	if (a->failing == TOO_LATE && ++target->silences >= SILENCES_MOST)
		target->over = true;
	if (target->tick != NULL)
		target->tick(target);
}

static void
remember(
    struct target *target, const struct question *q, const struct answer *a)
{
	if (a->outcome != UNDECIDED)
		target->silences = 0;
	if (a->outcome != ACCEPTED)
		return;
	target->dead = false;
	target->control = *q;
	target->controlled = true;
	if (q->suite_count > target->most_suites)
		target->most_suites = q->suite_count;
	if (a->bytes > target->most_bytes)
		target->most_bytes = a->bytes;
}

bool
is_short(const struct target *target, const struct question *q,
    const struct answer *a)
{
	return q->suite_count <= target->most_suites &&
	    a->bytes <= target->most_bytes;
}

bool
still_accepts(struct target *target, const struct question *q)
{
	struct answer a;

	for (int i = 0; i < 3; i++) {
		once(target, q, &a);
		if (a.outcome == ACCEPTED)
			return true;
	}
	return false;
}

/* One that hangs up, or has an odd alert: as the head of this file says. */
static void
doubt(struct target *target, const struct question *q, struct answer *a)
{
	const int rounds = target->lossy ? 6 : 2;
	struct answer again = *a;

	if (!target->controlled || !is_short(target, q, a))
		return;
	for (int i = 0; i < rounds; i++) {
		target->dead = !still_accepts(target, &target->control);
		if (target->dead)
			return;
		once(target, q, &again);
		if (again.outcome != UNDECIDED) {
			target->lossy = true;
			*a = again;
			return;
		}
		if (again.failing != HANGS_UP && again.failing != ODD_ALERT)
			return;
	}
	a->outcome = REFUSED;
	a->hung = a->failing == HANGS_UP;
}

void
ask(struct target *target, const struct question *q, struct answer *a)
{
	once(target, q, a);
	if (a->outcome == UNDECIDED && a->failing != FAILS_NOT &&
	    a->failing != ASKS_USER && target->reached) {
		if (a->failing == UNREACHED ||
		    (a->failing == GARBLED && target->starttls != NULL))
			(void)poll(NULL, 0, 100);
		once(target, q, a);
		if (a->outcome != UNDECIDED)
			target->lossy = true;
		else if (a->failing == HANGS_UP || a->failing == ODD_ALERT)
			doubt(target, q, a);
	}
	remember(target, q, a);
}
