/* SPDX-License-Identifier: MIT */
/* Whether an object that is preloaded reaches a program. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "program.h"

enum { SCRIPTS = 4, HEAD = 256 }; /* as the kernel follows and reads them */

/* What execvp(3) takes, of which a path is made. */
static bool
find(const char *name, char path[PATH_SIZE])
{
	const char *at = getenv("PATH");
	size_t len;
	int written;

	if (strchr(name, '/') != NULL)
		return snprintf(path, PATH_SIZE, "%s", name) < PATH_SIZE &&
		    access(path, F_OK) == 0;
	for (at = at != NULL ? at : "/bin:/usr/bin"; at != NULL;
	     at = at[len] == ':' ? at + len + 1 : NULL) {
		len = strcspn(at, ":");
		written = snprintf(path, PATH_SIZE, "%.*s%s%s", (int)len, at,
		    len > 0 ? "/" : "", name);
		if (written < PATH_SIZE && access(path, X_OK) == 0)
			return true;
		if (at[len] == '\0')
			break;
	}
	return false;
}

/* Reads the first bytes; their number. */
static size_t
read_head(int fd, char head[HEAD + 1])
{
	const ssize_t got = pread(fd, head, HEAD, 0);

	head[got > 0 ? got : 0] = '\0';
	return got > 0 ? (size_t)got : 0;
}

/* The interpreter of a script. */
static bool
read_script(const char *head, char path[PATH_SIZE])
{
	const char *at = head + 2;
	size_t len;

	at += strspn(at, " \t");
	len = strcspn(at, " \t\n");
	return len > 0 &&
	    snprintf(path, PATH_SIZE, "%.*s", (int)len, at) < PATH_SIZE;
}

/* Programs of this command's own kind have headers of this kind. */
static bool
is_own_kind(const ElfW(Ehdr) * program, const char *self)
{
	ElfW(Ehdr) own;
	const int fd = open(self, O_RDONLY | O_CLOEXEC);
	const bool good =
	    fd >= 0 && pread(fd, &own, sizeof(own), 0) == (ssize_t)sizeof(own);

	if (fd >= 0)
		(void)close(fd);
	return !good ||
	    (program->e_ident[EI_CLASS] == own.e_ident[EI_CLASS] &&
		program->e_ident[EI_DATA] == own.e_ident[EI_DATA] &&
		program->e_machine == own.e_machine);
}

static bool
has_interpreter(int fd, const ElfW(Ehdr) * program)
{
	ElfW(Phdr) header;

	for (unsigned i = 0; i < program->e_phnum; i++) {
		const off_t at = (off_t)(program->e_phoff +
		    (size_t)i * program->e_phentsize);

		if (pread(fd, &header, sizeof(header), at) !=
		    (ssize_t)sizeof(header))
			return false;
		if (header.p_type == PT_INTERP)
			return true;
	}
	return false;
}

static enum reach
reach_elf(int fd, const char *head, size_t len)
{
	ElfW(Ehdr) program;

	if (len < sizeof(program) || memcmp(head, ELFMAG, SELFMAG) != 0)
		return REACHED; /* for execvp(3) to say something about */
	memcpy(&program, head, sizeof(program));
	if (!is_own_kind(&program, "/proc/self/exe"))
		return OTHER_MACHINE;
	return has_interpreter(fd, &program) ? REACHED : IS_STATIC;
}

/* Those that run with rights of their own preload nothing. */
static bool
is_privileged(int fd, const struct stat *st)
{
	return (st->st_mode & S_ISUID) != 0 ||
	    ((st->st_mode & S_ISGID) != 0 && (st->st_mode & S_IXGRP) != 0) ||
	    (getuid() != 0 &&
		fgetxattr(fd, "security.capability", NULL, 0) > 0);
}

static enum reach
look(char path[PATH_SIZE], bool *script)
{
	char head[HEAD + 1];
	enum reach reach = REACHED;
	struct stat st;
	size_t len;
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	*script = false;
	if (fd < 0)
		return stat(path, &st) == 0 && (st.st_mode & S_ISUID) != 0
		    ? IS_PRIVILEGED
		    : REACHED;
	len = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? read_head(fd, head)
							 : 0;
	if (len > 2 && memcmp(head, "#!", 2) == 0)
		*script = read_script(head, path);
	else if (len > 0 && is_privileged(fd, &st))
		reach = IS_PRIVILEGED;
	else if (len > 0)
		reach = reach_elf(fd, head, len);
	(void)close(fd);
	return reach;
}

enum reach
program_reach(const char *name)
{
	char path[PATH_SIZE];
	enum reach reach = REACHED;
	bool script = true;

	if (!find(name, path))
		return NOT_FOUND;
	for (int i = 0; script && i < SCRIPTS; i++)
		reach = look(path, &script);
	return reach;
}

const char *
program_why(enum reach reach)
{
	switch (reach) {
	case IS_STATIC:
		return "it has no interpreter: it is statically linked";
	case IS_PRIVILEGED:
		return "it runs with rights of its own (set-user-id, "
		       "set-group-id or capabilities)";
	case OTHER_MACHINE:
		return "it is for another kind of machine";
	default:
		return "it is not found";
	}
}
