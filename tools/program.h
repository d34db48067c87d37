/* SPDX-License-Identifier: MIT */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stdbool.h>

enum { PATH_SIZE = 4096 };

enum reach {
	REACHED,
	NOT_FOUND,
	IS_STATIC,
	IS_PRIVILEGED,
	OTHER_MACHINE,
	OTHER_LIBRARY
};

/* Whether a preloaded object reaches the program that execvp(3) would run. */
enum reach program_reach(const char *name);
/* Why it does not. */
const char *program_why(enum reach reach);

#endif
