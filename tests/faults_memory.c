/* SPDX-License-Identifier: MIT */
/* OpenSSL's allocations fail. */
#include <stdlib.h>

#include <openssl/crypto.h>

#include "faults.h"

const char faults_kind[] = "memory";
const int faults_are_of_memory = 1;
const int faults_kinds = 2;

void
faults_lie(int yes)
{
	(void)yes;
}

void
faults_deny_once(int yes)
{
	(void)yes;
}

static void *
get(size_t size, const char *file, int line)
{
	(void)file, (void)line;
	return faults_refuse() ? NULL : malloc(size);
}

static void *
resize(void *old, size_t size, const char *file, int line)
{
	(void)file, (void)line;
	return faults_refuse() ? NULL : realloc(old, size);
}

static void
put(void *old, const char *file, int line)
{
	(void)file, (void)line;
	free(old);
}

int
faults_install(void)
{
	return CRYPTO_set_mem_functions(get, resize, put) == 1;
}
