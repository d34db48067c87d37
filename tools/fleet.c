/* SPDX-License-Identifier: MIT */
/*
 * Many targets at once, each in a process of its own that ends with it: what a
 * hostile server does to one of them stays there, and none holds up another.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scan.h"

enum { REPORT_MOST = 4 * 1024 * 1024 };

/* What a target's process has written so far. */
struct job {
	pid_t pid;
	int fd; /* -1: it has ended, or has not begun */
	char *text;
	size_t len, size;
};

struct run {
	const struct fleet *fleet;
	struct job *jobs; /* one for each target */
	struct pollfd *fds;
	size_t next, shown; /* to begin; to be taken */
	size_t done, outside, untold;
};

static void
tell(const struct run *run, const char *at)
{
	progress("%zu of %zu targets scanned, %zu outside, %zu not told: %.40s",
	    run->done, run->fleet->specs->count, run->outside, run->untold, at);
}

static int report_fd; /* of a target's process */

/* Where nobody waits for the report, there is none to be made. */
static void
tick(const struct target *target)
{
	struct pollfd reader = { .fd = report_fd };

	(void)target;
	if (poll(&reader, 1, 0) > 0)
		_exit(STATUS_TROUBLE);
}

static void
write_report(const struct fleet *fleet, const struct spec *spec)
{
	json_t *report = scan_target(
	    spec, fleet->policy, fleet->policy_text, fleet->seconds, tick);
	char *text = must(json_dumps(report, JSON_COMPACT));
	const char *at = text;
	size_t len = strlen(text);
	ssize_t written;

	while (len > 0) {
		written = write(report_fd, at, len);
		if (written < 0 && errno != EINTR)
			break;
		at += written > 0 ? written : 0;
		len -= written > 0 ? (size_t)written : 0;
	}
	free(text);
	json_decref(report);
}

static void
start(struct run *run)
{
	const size_t i = run->next++;
	struct job *job = &run->jobs[i];
	int ends[2];

	job->fd = -1;
	if (pipe(ends) != 0)
		return;
	job->pid = fork();
	if (job->pid == 0) {
		(void)close(ends[0]);
		for (size_t k = 0; k < i; k++)
			if (run->jobs[k].fd >= 0)
				(void)close(run->jobs[k].fd);
		report_fd = ends[1];
		write_report(run->fleet, &run->fleet->specs->list[i]);
		_exit(0);
	}
	(void)close(ends[1]);
	if (job->pid > 0)
		job->fd = ends[0];
	else
		(void)close(ends[0]);
}

/* Whether there may be more. */
static bool
read_more(struct job *job)
{
	ssize_t got;

	if (job->len == job->size) {
		if (job->size >= REPORT_MOST)
			return false;
		job->size = job->size == 0 ? 16384 : 2 * job->size;
		job->text = must(realloc(job->text, job->size));
	}
	got = read(job->fd, job->text + job->len, job->size - job->len);
	if (got > 0)
		job->len += (size_t)got;
	return got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
}

static void
finish_job(struct run *run, size_t i)
{
	struct job *job = &run->jobs[i];

	(void)close(job->fd);
	job->fd = -1;
	while (waitpid(job->pid, NULL, 0) < 0 && errno == EINTR)
		;
	run->done++;
	tell(run, run->fleet->specs->list[i].text);
}

static json_t *
report_of(const struct run *run, size_t i)
{
	struct job *job = &run->jobs[i];
	json_t *report =
	    job->len == 0 ? NULL : json_loadb(job->text, job->len, 0, NULL);

	free(job->text);
	job->text = NULL;
	if (report == NULL)
		report = failed_report(&run->fleet->specs->list[i],
		    run->fleet->policy_text,
		    "the process of this scan has ended early");
	return report;
}

/* Those that have ended, in the order of the targets. */
static void
hand_over(struct run *run)
{
	json_t *report;

	while (run->shown < run->next && run->jobs[run->shown].fd < 0) {
		report = report_of(run, run->shown++);
		run->outside += status_of(report) == STATUS_NO ? 1 : 0;
		run->untold += status_of(report) == STATUS_TROUBLE ? 1 : 0;
		progress("%s", "");
		run->fleet->take(report, run->fleet->arg);
	}
}

static size_t
collect(struct run *run)
{
	size_t running = 0;

	for (size_t i = run->shown; i < run->next; i++)
		if (run->jobs[i].fd >= 0)
			run->fds[running++] =
			    (struct pollfd){ .fd = run->jobs[i].fd,
				    .events = POLLIN };
	if (running > 0 && poll(run->fds, (nfds_t)running, -1) < 0)
		return running;
	for (size_t i = run->shown, k = 0; i < run->next && k < running; i++) {
		if (run->jobs[i].fd < 0)
			continue;
		if (run->fds[k++].revents != 0 && !read_more(&run->jobs[i]))
			finish_job(run, i);
	}
	return running;
}

void
scan_fleet(const struct fleet *fleet)
{
	const size_t count = fleet->specs->count;
	struct run run = { .fleet = fleet,
		.jobs = must(calloc(count, sizeof(*run.jobs))),
		.fds = must(calloc(fleet->jobs, sizeof(*run.fds))) };
	size_t running = 0;

	(void)fflush(NULL); /* or each process would write it again */
	tell(&run, "");
	while (run.shown < count) {
		for (; running < fleet->jobs && run.next < count; running++)
			start(&run);
		(void)collect(&run);
		hand_over(&run);
		running = 0;
		for (size_t i = run.shown; i < run.next; i++)
			running += run.jobs[i].fd >= 0 ? 1 : 0;
	}
	progress("%s", "");
	free(run.fds);
	free(run.jobs);
}
