/* SPDX-License-Identifier: MIT */
/*
 * Where lines go: a descriptor that the command has opened before the program
 * ran, as many a program cannot open the file any more later.  A program may
 * close what it does not know, and another file then has the number: so each
 * time it is asked whether it is still the same file, and if not, the file is
 * opened anew, or standard error is taken as the process had it at its start.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "preload.h"

enum { PATIENCE = 1000, HIGH = 500 }; /* milliseconds; a descriptor */

struct identity {
	uint64_t device, inode;
};

static atomic_int log_fd = -1;
static struct identity log_is, stderr_was;
static bool has_stderr;
static char *path; /* NULL: standard error */
static atomic_ulong lost;
static atomic_bool stuck; /* the reader has not read for a while */

static bool
is_file(int fd, const struct identity *identity)
{
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 &&
	    (uint64_t)st.st_dev == identity->device &&
	    (uint64_t)st.st_ino == identity->inode;
}

void
output_open(int fd, uint64_t device, uint64_t inode, const char *file)
{
	struct stat st;

	log_fd = fd;
	log_is = (struct identity){ device, inode };
	if (fstat(STDERR_FILENO, &st) == 0) {
		has_stderr = true;
		stderr_was = (struct identity){ (uint64_t)st.st_dev,
			(uint64_t)st.st_ino };
	}
	if (file != NULL)
		path = strdup(file);
}

/* Only the very file that the command had opened. */
static int
open_again(void)
{
	int low, high;

	if (path == NULL)
		return -1;
	low =
	    open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (!is_file(low, &log_is)) {
		if (low >= 0)
			(void)close(low);
		return -1;
	}
	/* Out of the way of programs that count on low numbers. */
	high = fcntl(low, F_DUPFD_CLOEXEC, HIGH);
	if (high < 0)
		return low;
	(void)close(low);
	return high;
}

static int
usable(void)
{
	int fd = log_fd, other;

	if (is_file(fd, &log_is))
		return fd;
	if (path == NULL)
		return has_stderr && is_file(STDERR_FILENO, &stderr_was)
		    ? STDERR_FILENO
		    : -1;
	other = open_again();
	/* Another thread may have been faster. */
	if (other >= 0 &&
	    !atomic_compare_exchange_strong(&log_fd, &fd, other)) {
		(void)close(other);
		other = is_file(fd, &log_is) ? fd : -1;
	}
	return other;
}

/* A reader that does not read must not hold the program up for long. */
static bool
has_room(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	const int ready = poll(&pfd, 1, stuck ? 0 : PATIENCE);

	stuck = ready == 0;
	return ready == 1 && (pfd.revents & POLLOUT) != 0;
}

static bool
write_line(int fd, const char *text, size_t len)
{
	return fd >= 0 && has_room(fd) && write(fd, text, len) == (ssize_t)len;
}

/*
 * A closed pipe or a limit of the file's size is no reason for the program to
 * be ended by a signal: what this write has raised is taken back.
 */
void
output_write(const char *text, size_t len)
{
	const struct timespec now = { 0, 0 };
	sigset_t blocked, before, pending;
	const int error = errno;
	int raised = 0;

	(void)sigemptyset(&blocked);
	(void)sigemptyset(&pending);
	(void)sigpending(&pending);
	if (sigismember(&pending, SIGPIPE) == 0)
		(void)sigaddset(&blocked, SIGPIPE);
	if (sigismember(&pending, SIGXFSZ) == 0)
		(void)sigaddset(&blocked, SIGXFSZ);
	(void)pthread_sigmask(SIG_BLOCK, &blocked, &before);
	if (!write_line(usable(), text, len)) {
		lost++;
		do
			raised = sigtimedwait(&blocked, NULL, &now);
		while (raised > 0 || (raised < 0 && errno == EINTR));
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = error;
}

unsigned long
output_lost(void)
{
	return lost;
}
