/* SPDX-License-Identifier: MIT */
/* A target of this folder over its corpus, with any compiler and OpenSSL. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT = 4096 };

/* The target aborts at what is wrong: the name is out before that. */
static int
replay(const char *folder, const char *name)
{
	static uint8_t data[INPUT];
	char path[1024];
	size_t size;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if ((file = fopen(path, "rb")) == NULL)
		return 0;
	size = fread(data, 1, sizeof(data), file);
	(void)fclose(file);
	printf("# %s\n", name);
	(void)fflush(stdout);
	return LLVMFuzzerTestOneInput(data, size) == 0;
}

int
main(void)
{
	const char *source = getenv("srcdir");
	char folder[512];
	struct dirent *entry;
	int count = 0, bad = 0;
	DIR *dir;

	snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/" FUZZ_TARGET,
	    source != NULL ? source : ".");
	if ((dir = opendir(folder)) == NULL) {
		printf("Bail out! no corpus in %s\n", folder);
		return EXIT_FAILURE;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		count++;
		if (!replay(folder, entry->d_name)) {
			bad++;
			printf("not ");
		}
		printf("ok %d - %s\n", count, entry->d_name);
	}
	(void)closedir(dir);
	printf("1..%d\n", count);
	return bad == 0 && count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
