/* SPDX-License-Identifier: MIT */
/*
 * tlspolicy run: a program, unchanged, with an object preloaded that tells of
 * its connections, and with --enforce gives them a policy.  The command becomes
 * the program: no process stays between.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "program.h"
#include "tool.h"

static const struct option options[] = {
	{ "policy", required_argument, NULL, OPT_POLICY },
	{ "enforce", no_argument, NULL, OPT_ENFORCE },
	{ "override", no_argument, NULL, OPT_OVERRIDE },
	{ "log", required_argument, NULL, OPT_LOG },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "no-explain", no_argument, NULL, OPT_NO_EXPLAIN },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
    "usage: tlspolicy run [--policy POLICY] [--enforce] [--override]\n"
    "                     [--log FILE] [--json] [--no-explain] [--]\n"
    "                     PROGRAM [ARGUMENT...]\n"
    "\n"
    "Runs a program that uses OpenSSL, unchanged: what does it negotiate, "
    "what\n"
    "would a policy cost it, why did that handshake fail.\n"
    "\n"
    "  --policy POLICY  hold each connection and context against it\n"
    "  --enforce        give each connection the policy, never a weaker one\n"
    "  --override       as the policy says, even where that is weaker\n"
    "  --log FILE       append the lines to a file, not to standard error\n"
    "  --json           one JSON object a line\n"
    "  --no-explain     leave out contexts and why a handshake failed: what\n"
    "                   the program's own callbacks might notice\n"
    "\n"
    "Exit status: 0 and all others are the program's; 126 it cannot be run,\n"
    "127 it is not found, 2 a mistake in the options or the policy, or\n"
    "with --enforce a program that cannot be reached.\n";

/* libtool builds a command and the object into one folder of this name. */
static const char *
beside(char path[PATH_SIZE])
{
	const ssize_t len = readlink("/proc/self/exe", path, PATH_SIZE - 64);
	char *name;

	path[len > 0 ? len : 0] = '\0';
	name = strrchr(path, '/');
	if (name == NULL || name - path < 6 ||
	    strncmp(name - 6, "/.libs", 6) != 0)
		return NULL;
	(void)strcpy(name, "/tlspolicy-run.so");
	return path;
}

/* The object: as tests say, of an uninstalled command, or installed. */
static bool
find_object(char path[PATH_SIZE])
{
	const char *told = getenv("TLSPOLICY_RUN_OBJECT");
	char real[PATH_SIZE];

	if (told == NULL)
		told = beside(path);
	if (told == NULL)
		told = PKGLIBDIR "/tlspolicy-run.so";
	if (realpath(told, real) == NULL || access(real, R_OK) != 0)
		return complain("run: %s: %s; install the whole package", told,
			   strerror(errno)) == STATUS_YES;
	if (strpbrk(real, ": \t\n") != NULL)
		return complain("run: %s: a path with a space or a colon "
				"cannot be preloaded; install it elsewhere",
			   real) == STATUS_YES;
	(void)snprintf(path, PATH_SIZE, "%s", real);
	return true;
}

/*
 * Out of the way of programs that count on low numbers; left open for the
 * program and its children.
 */
static int
move_up(int fd)
{
	struct rlimit limit = { 0, 0 };
	int high, floor = 900;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 1024)
		floor = (int)(limit.rlim_cur * 3 / 4);
	high = fcntl(fd, F_DUPFD, floor);
	return high >= 0 ? high : fcntl(fd, F_DUPFD, 3);
}

/* Opens the log, or keeps standard error as it is now; -1 where it cannot. */
static int
open_log(const char *file)
{
	int fd, moved;

	if (file == NULL) /* closed: there is nowhere to tell it */
		return move_up(STDERR_FILENO);
	fd = open(
	    file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);
	if (fd < 0) {
		(void)complain("run: %s: %s; name a file that can be written",
		    file, strerror(errno));
		return -1;
	}
	moved = move_up(fd);
	(void)close(fd);
	if (moved < 0)
		(void)complain("run: %s: %s; raise the limit of open files",
		    file, strerror(errno));
	return moved;
}

/* Out of memory is an error as any other. */
static bool
set(const char *name, const char *value)
{
	const int status =
	    value == NULL ? unsetenv(name) : setenv(name, value, 1);

	if (status != 0)
		(void)complain(
		    "run: %s; close other programs", strerror(errno));
	return status == 0;
}

static bool
set_preload(const char *object)
{
	const char *before = getenv("LD_PRELOAD");
	const bool more = before != NULL && before[0] != '\0';
	const size_t size = strlen(object) + (more ? strlen(before) : 0) + 2;
	char *value = must(malloc(size));
	bool good;

	(void)snprintf(
	    value, size, "%s%s%s", object, more ? ":" : "", more ? before : "");
	good = set("LD_PRELOAD", value);
	free(value);
	return good;
}

/* What the object reads; see tools/preload/settings.c. */
static bool
set_variables(const struct arguments *args, const char *object, int fd)
{
	const char *file = args->opt[OPT_LOG];
	char text[128], path[PATH_SIZE];
	struct stat st = { 0 };

	if (fd >= 0 && fstat(fd, &st) != 0)
		fd = -1;
	if (file != NULL && realpath(file, path) == NULL)
		file = NULL;
	(void)snprintf(text, sizeof(text), "-%s%s%s%s %ld %d %ju %ju",
	    args->opt[OPT_ENFORCE] != NULL ? "e" : "",
	    args->opt[OPT_OVERRIDE] != NULL ? "o" : "",
	    args->opt[OPT_JSON] != NULL ? "j" : "",
	    args->opt[OPT_NO_EXPLAIN] != NULL ? "x" : "", (long)getpid(), fd,
	    (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return set("TLSPOLICY_RUN", text) &&
	    set("TLSPOLICY_RUN_POLICY", args->opt[OPT_POLICY]) &&
	    set("TLSPOLICY_RUN_FILE", file != NULL ? path : NULL) &&
	    set_preload(object);
}

static bool
check_options(const struct arguments *args)
{
	const char *text = args->opt[OPT_POLICY];
	struct tlspolicy *policy;

	if (text == NULL && args->opt[OPT_ENFORCE] != NULL)
		return complain("run: --enforce needs a policy; add --policy "
				"POLICY") == STATUS_YES;
	if (args->opt[OPT_OVERRIDE] != NULL && args->opt[OPT_ENFORCE] == NULL)
		return complain("run: --override is for a policy that is "
				"enforced; add --enforce") == STATUS_YES;
	if (text == NULL)
		return true;
	policy = read_policy(text);
	if (policy == NULL)
		return false;
	tlspolicy_free(policy);
	return true;
}

/* True where it is to be run, reached or not. */
static bool
check_reach(const struct arguments *args, enum reach reach)
{
	const char *name = args->operand[0];

	if (reach == REACHED || reach == NOT_FOUND)
		return true;
	if (args->opt[OPT_ENFORCE] != NULL)
		return complain("run: %s cannot be reached: %s; not run, as "
				"the policy would not be enforced",
			   name, program_why(reach)) == STATUS_YES;
	(void)complain("run: %s cannot be reached: %s; its connections are "
		       "not told",
	    name, program_why(reach));
	return true;
}

static int
run(const struct arguments *args)
{
	char object[PATH_SIZE];
	enum reach reach;
	int fd, error;

	if (!check_options(args) || !find_object(object))
		return STATUS_TROUBLE;
	reach = program_reach(args->operand[0]);
	if (!check_reach(args, reach))
		return STATUS_TROUBLE;
	fd = open_log(args->opt[OPT_LOG]);
	if (fd < 0 && args->opt[OPT_LOG] != NULL)
		return STATUS_TROUBLE;
	/* Another C library's loader ends a program whose preloads fail. */
	if (reach != IS_PRIVILEGED && reach != OTHER_LIBRARY &&
	    !set_variables(args, object, fd))
		return STATUS_TROUBLE;
	(void)execvp(args->operand[0], args->operand);
	error = errno;
	(void)complain("run: %s: %s; name a program that can be run",
	    args->operand[0], strerror(error));
	return error == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_RUN;
}

const struct command run_command = {
	.name = "run",
	.help = help,
	.options = options,
	.least = 1,
	.most = INT_MAX,
	.run = run,
};
