/* SPDX-License-Identifier: MIT */
/*
 * A connection to a server that may be old, broken or hostile, as far as TLS:
 * the time is one for all of it, and what is read is bounded.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scan.h"

bool
time_from_now(struct timespec *end, int seconds)
{
	if (clock_gettime(CLOCK_MONOTONIC, end) != 0)
		return false;
	end->tv_sec += seconds;
	return true;
}

int
time_left(const struct timespec *end)
{
	struct timespec now;
	long long ms;

	if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		return 0;
	ms = (end->tv_sec - now.tv_sec) * 1000LL +
	    (end->tv_nsec - now.tv_nsec) / 1000000;
	return ms < 0 ? 0 : ms > 3600000 ? 3600000 : (int)ms;
}

void
conclude(struct answer *answer, enum outcome outcome, const char *why)
{
	answer->outcome = outcome;
	(void)snprintf(answer->why, sizeof(answer->why), "%s", why);
}

static bool
fail(const struct talk *talk, enum failing failing, const char *why)
{
	conclude(talk->answer, UNDECIDED, why);
	talk->answer->failing = failing;
	return false;
}

bool
wait_for(const struct talk *talk, short events)
{
	struct pollfd pfd = { .fd = talk->fd, .events = events };
	int ms, ret;

	do {
		ms = time_left(&talk->end);
		ret = ms == 0 ? 0 : poll(&pfd, 1, ms);
	} while (ret < 0 && errno == EINTR);
	if (ret > 0)
		return true;
	return fail(talk, ret == 0 ? TOO_LATE : UNREACHED,
	    ret == 0 ? "timed out" : strerror(errno));
}

bool
send_all(const struct talk *talk, const unsigned char *bytes, size_t len)
{
	ssize_t sent;

	while (len > 0) {
		sent = send(talk->fd, bytes, len, MSG_NOSIGNAL);
		if (sent > 0) {
			bytes += sent;
			len -= (size_t)sent;
		} else if (sent < 0 && errno != EINTR && errno != EAGAIN) {
			return fail(talk, HANGS_UP, "it hangs up");
		} else if (!wait_for(talk, POLLOUT)) {
			return false;
		}
	}
	return true;
}

long
receive(const struct talk *talk, unsigned char *buf, size_t size)
{
	ssize_t got;

	do {
		if (!wait_for(talk, POLLIN))
			return -1;
		got = recv(talk->fd, buf, size, 0);
	} while (got < 0 && (errno == EINTR || errno == EAGAIN));
	if (got < 0) {
		(void)fail(talk, HANGS_UP, "it hangs up");
		return -1;
	}
	return (long)got;
}

static bool
connect_to(struct talk *talk, const BIO_ADDRINFO *at)
{
	int error;

	talk->fd = BIO_socket(
	    BIO_ADDRINFO_family(at), BIO_ADDRINFO_socktype(at), 0, 0);
	if (talk->fd < 0)
		return fail(talk, UNREACHED, strerror(errno));
	if (BIO_connect(talk->fd, BIO_ADDRINFO_address(at),
		BIO_SOCK_NONBLOCK | BIO_SOCK_NODELAY) == 1)
		return true;
	if (!BIO_sock_should_retry(-1))
		return fail(talk, UNREACHED, strerror(errno));
	if (!wait_for(talk, POLLOUT))
		return false;
	error = BIO_sock_error(talk->fd);
	return error == 0 || fail(talk, UNREACHED, strerror(error));
}

static void
disconnect(struct talk *talk)
{
	if (talk->fd >= 0)
		(void)close(talk->fd);
	talk->fd = -1;
}

/* The first address that takes a connection, and no other from then on. */
static bool
reach(struct talk *talk)
{
	struct target *target = talk->target;
	const BIO_ADDRINFO *first = target->at;

	for (; target->at != NULL; target->at = BIO_ADDRINFO_next(target->at)) {
		talk->answer->outcome = ACCEPTED; /* so far */
		if (!time_from_now(&talk->end, target->seconds))
			(void)fail(talk, UNREACHED, strerror(errno));
		else if (connect_to(talk, target->at))
			target->reached = true;
		if (target->reached)
			break;
		disconnect(talk);
	}
	if (target->reached && talk->answer->outcome != UNDECIDED)
		return true;
	if (!target->reached)
		target->at = first;
	disconnect(talk);
	return false;
}

/* Until TLS is next, or will never be. */
static bool
speak(const struct talk *talk)
{
	struct target *target = talk->target;
	struct dialogue d = { .protocol = target->starttls,
		.name = target->servername };
	static unsigned char heard[TALK_MOST];
	enum talk_step step;
	size_t len = 0;
	long got;

	while ((step = starttls_step(&d, heard, len)) <= TALK_SAY) {
		if (step == TALK_SAY) {
			if (!send_all(talk, d.say, d.say_len))
				return false;
			continue;
		}
		if (len == sizeof(heard))
			return fail(talk, GARBLED, "it says too much");
		got = receive(talk, heard + len, sizeof(heard) - len);
		if (got == 0)
			(void)fail(talk, HANGS_UP, "it hangs up");
		if (got <= 0)
			return false;
		len += (size_t)got;
	}
	if (step == TALK_READY && d.used == len)
		return true;
	if (step == TALK_READY)
		return fail(talk, GARBLED, "it goes on without TLS");
	if (step == TALK_OTHER)
		target->hint = starttls_guess(heard, len);
	/* Believed the first time, but not where it has been otherwise. */
	if (!target->controlled)
		(void)snprintf(
		    target->hopeless, sizeof(target->hopeless), "%s", d.why);
	return fail(talk, GARBLED, d.why);
}

bool
begin(struct talk *talk)
{
	talk->target->connections++;
	if (!reach(talk))
		return false;
	if (talk->target->starttls == NULL || speak(talk))
		return true;
	disconnect(talk);
	return false;
}
