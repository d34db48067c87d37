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

/* As execvp(3) does, which goes on after a folder. */
static bool
can_run(const char *path)
{
	struct stat st;

	return access(path, X_OK) == 0 && stat(path, &st) == 0 &&
	    S_ISREG(st.st_mode);
}

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
		if (written < PATH_SIZE && can_run(path))
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

/* The interpreter's name; empty: there is none. */
static void
read_interpreter(int fd, const ElfW(Ehdr) * program, char path[HEAD + 1])
{
	ElfW(Phdr) header = { .p_type = PT_NULL };

	memset(path, 0, HEAD + 1);
	for (unsigned i = 0; i < program->e_phnum && header.p_type != PT_INTERP;
	     i++)
		if (pread(fd, &header, sizeof(header),
			(off_t)(program->e_phoff +
			    (size_t)i * program->e_phentsize)) !=
		    (ssize_t)sizeof(header))
			return;
	if (header.p_type == PT_INTERP &&
	    pread(fd, path, HEAD, (off_t)header.p_offset) <= 0)
		path[0] = '\0';
}

/* By the last part of its name, or as the same file by another. */
static bool
is_same_interpreter(const char *a, const char *b)
{
	const char *end_of_a = strrchr(a, '/'), *end_of_b = strrchr(b, '/');
	struct stat one, other;

	return strcmp(end_of_a != NULL ? end_of_a + 1 : a,
		   end_of_b != NULL ? end_of_b + 1 : b) == 0 ||
	    (stat(a, &one) == 0 && stat(b, &other) == 0 &&
		one.st_dev == other.st_dev && one.st_ino == other.st_ino);
}

/*
 * Programs of this command's own kind have headers of this kind, and the
 * interpreter of its C library.
 */
static enum reach
compare(int fd, const ElfW(Ehdr) * program, int own_fd)
{
	char name[HEAD + 1], own_name[HEAD + 1] = "";
	ElfW(Ehdr) own;

	if (own_fd >= 0 &&
	    pread(own_fd, &own, sizeof(own), 0) == (ssize_t)sizeof(own)) {
		if (program->e_ident[EI_CLASS] != own.e_ident[EI_CLASS] ||
		    program->e_ident[EI_DATA] != own.e_ident[EI_DATA] ||
		    program->e_machine != own.e_machine)
			return OTHER_MACHINE;
		read_interpreter(own_fd, &own, own_name);
	}
	read_interpreter(fd, program, name);
	if (name[0] == '\0')
		return IS_STATIC;
	return own_name[0] == '\0' || is_same_interpreter(name, own_name)
	    ? REACHED
	    : OTHER_LIBRARY;
}

static enum reach
reach_elf(int fd, const char *head, size_t len)
{
	ElfW(Ehdr) program;
	enum reach reach;
	int own;

	if (len < sizeof(program) || memcmp(head, ELFMAG, SELFMAG) != 0)
		return REACHED; /* for execvp(3) to say something about */
	memcpy(&program, head, sizeof(program));
	own = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	reach = compare(fd, &program, own);
	if (own >= 0)
		(void)close(own);
	return reach;
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
	case OTHER_LIBRARY:
		return "it is for another C library";
	default:
		return "it is not found";
	}
}
