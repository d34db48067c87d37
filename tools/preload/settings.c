/* SPDX-License-Identifier: MIT */
/*
 * What the command says, copied when the object is loaded: programs such as
 * nginx clear or overwrite their environment later.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "preload.h"

static struct settings said;
static char *policy_text;
static pthread_once_t parsed = PTHREAD_ONCE_INIT;

/* A name that scripts can look for: the object is loaded. */
extern const char tlspolicy_run[];
const char tlspolicy_run[] = PACKAGE_VERSION;

static bool
has(const char *letters, char letter)
{
	return strchr(letters, letter) != NULL;
}

static __attribute__((__constructor__)) void
start(void)
{
	const char *text = getenv(RUN_VARIABLE);
	const char *policy = getenv(RUN_POLICY);
	char letters[16];
	uint64_t device, inode;
	long pid;
	int fd;

	if (text == NULL ||
	    sscanf(text, "%15[-eojx] %ld %d %" SCNu64 " %" SCNu64, letters,
		&pid, &fd, &device, &inode) != 5)
		return;
	said.enforce = has(letters, 'e');
	said.override = has(letters, 'o');
	said.json = has(letters, 'j');
	said.explain = !has(letters, 'x');
	said.process = pid;
	said.has_policy = policy != NULL;
	if (policy != NULL)
		policy_text = strdup(policy);
	output_open(fd, device, inode, getenv(RUN_FILE));
	said.active = true;
}

/* By the name of a profile where it is one, or as it was given. */
static void
parse(void)
{
	struct tlspolicy *policy = NULL;
	int error;

	library_enter(&error);
	if (policy_text != NULL &&
	    tlspolicy_parse(&policy, policy_text) == TLSPOLICY_OK) {
		said.name = tlspolicy_profile_of(policy);
		said.policy = policy;
	}
	library_leave(error);
	if (said.name == NULL)
		said.name = policy_text;
}

const struct settings *
settings(void)
{
	if (said.active && said.has_policy)
		(void)pthread_once(&parsed, parse);
	return &said;
}

const struct settings *
settings_plain(void)
{
	return &said;
}
