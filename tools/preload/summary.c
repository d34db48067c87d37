/* SPDX-License-Identifier: MIT */
/* Counts, and what is told at the end of a process. */
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "preload.h"

enum {
	VERSIONS = 8,
	CAUSES = 12,
	PROFILES = 40,
	NAME_SIZE = 48,
	TEXT_SIZE = 96
};

struct count {
	char name[NAME_SIZE];
	unsigned long n;
};

static struct {
	unsigned long connections, failures;
	struct count versions[VERSIONS], causes[CAUSES];
	unsigned long outside[PROFILES], outside_policy;
} counts;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* The last of a table is for all that do not fit. */
static void
count_name(struct count *table, size_t size, const char *name)
{
	size_t i = 0;

	while (i < size - 1 && table[i].n > 0 &&
	    strncmp(table[i].name, name, NAME_SIZE - 1) != 0)
		i++;
	if (table[i].n == 0)
		(void)snprintf(table[i].name, NAME_SIZE, "%s",
		    i < size - 1 ? name : "other");
	table[i].n++;
}

static size_t
profile_count(void)
{
	const size_t count = tlspolicy_profile_count();

	return count < PROFILES ? count : PROFILES;
}

/* Whether the policy has to be counted beside the profiles. */
static bool
is_own(const struct settings *set)
{
	return set->policy != NULL && tlspolicy_profile(set->name) == NULL;
}

void
count_connection(const SSL *ssl, bool outside)
{
	bool beyond[PROFILES] = { false };

	for (size_t i = 0; i < profile_count(); i++)
		beyond[i] = tlspolicy_check(ssl,
				tlspolicy_profile(tlspolicy_profile_name(i)),
				NULL, 0) == TLSPOLICY_E_VIOLATION;
	(void)pthread_mutex_lock(&lock);
	counts.connections++;
	count_name(counts.versions, VERSIONS, SSL_get_version(ssl));
	for (size_t i = 0; i < profile_count(); i++)
		counts.outside[i] += beyond[i];
	counts.outside_policy += outside;
	(void)pthread_mutex_unlock(&lock);
}

void
count_failure(const char *cause)
{
	(void)pthread_mutex_lock(&lock);
	counts.failures++;
	count_name(counts.causes, CAUSES, cause);
	(void)pthread_mutex_unlock(&lock);
}

/* A child begins to count anew. */
void
summary_forked(void)
{
	(void)pthread_mutex_init(&lock, NULL);
	memset(&counts, 0, sizeof(counts));
}

/* An object with a number for each name. */
static void
put_counts(
    struct line *line, const char *key, const struct count *table, size_t size)
{
	line_key(line, key);
	line_put(line, "{");
	line->empty = true;
	for (size_t i = 0; i < size && table[i].n > 0; i++) {
		line_put(line, "%s", line->empty ? "" : ",");
		line_put_text(line, table[i].name, TEXT_SIZE);
		line_put(line, ":%lu", table[i].n);
		line->empty = false;
	}
	line_put(line, "}");
	line->empty = false;
}

static void
put_outside(struct line *line)
{
	const struct settings *set = settings_plain();

	line_key(line, "outside");
	line_put(line, "{");
	for (size_t i = 0; i < profile_count(); i++)
		line_put(line, "%s\"%s\":%lu", i == 0 ? "" : ",",
		    tlspolicy_profile_name(i), counts.outside[i]);
	if (is_own(set)) {
		line_put(line, ",");
		line_put_text(line, set->name, 200);
		line_put(line, ":%lu", counts.outside_policy);
	}
	line_put(line, "}");
}

static void
put_json(struct line *line)
{
	line_number(line, "connections", counts.connections);
	put_counts(line, "versions", counts.versions, VERSIONS);
	put_counts(line, "failures", counts.causes, CAUSES);
	put_outside(line);
	if (output_lost() > 0)
		line_number(line, "lost", output_lost());
}

static void
put_text_counts(struct line *line)
{
	line_put(line, "summary: %lu connection%s", counts.connections,
	    counts.connections == 1 ? "" : "s");
	for (size_t i = 0; i < VERSIONS && counts.versions[i].n > 0; i++)
		line_put(line, "%s%lu %s", i == 0 ? ": " : ", ",
		    counts.versions[i].n, counts.versions[i].name);
	if (counts.failures > 0)
		line_put(line, "; %lu failed: ", counts.failures);
	for (size_t i = 0; i < CAUSES && counts.causes[i].n > 0; i++) {
		line_put(
		    line, "%s%lu ", i == 0 ? "" : ", ", counts.causes[i].n);
		line_put_text(line, counts.causes[i].name, TEXT_SIZE);
	}
}

static void
put_text(struct line *line)
{
	const struct settings *set = settings_plain();

	put_text_counts(line);
	for (size_t i = 0; counts.connections > 0 && i < profile_count(); i++)
		line_put(line, "%s%s: %lu", i == 0 ? "; outside " : ", ",
		    tlspolicy_profile_name(i), counts.outside[i]);
	if (counts.connections > 0 && is_own(set)) {
		line_put(line, ", ");
		line_put_text(line, set->name, 200);
		line_put(line, ": %lu", counts.outside_policy);
	}
	if (output_lost() > 0)
		line_put(
		    line, "; %lu lines could not be written", output_lost());
}

/* Why no connection was seen */

struct search {
	char found[NAME_SIZE];
	bool own; /* the libssl whose functions are wrapped has been seen */
};

static const char *
base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* Or any, in a program that has an OpenSSL within it and shows its names. */
static bool
is_own_libssl(const struct dl_phdr_info *info)
{
	Dl_info own;

	return dladdr((const void *)(uintptr_t)SSL_get_version, &own) == 0 ||
	    own.dli_fbase == (void *)info->dlpi_addr ||
	    strncmp(base_of(own.dli_fname), "libssl", 6) != 0;
}

static int
is_other_tls(struct dl_phdr_info *info, size_t size, void *arg)
{
	static const char *const libraries[] = { "libgnutls.so", "libnss3.so",
		"libssl.so", "libmbedtls.so", "libwolfssl.so", "libtls.so",
		"libs2n.so", "libbotan" };
	const char *name = base_of(info->dlpi_name);
	struct search *search = arg;

	(void)size;
	for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++) {
		if (strncmp(name, libraries[i], strlen(libraries[i])) != 0)
			continue;
		if (!search->own && strcmp(libraries[i], "libssl.so") == 0 &&
		    is_own_libssl(info)) {
			search->own = true;
			return 0;
		}
		(void)snprintf(
		    search->found, sizeof(search->found), "%s", name);
		return 1;
	}
	return 0;
}

static const char reasons[] =
    "it made none, ended before one was complete, left that to processes "
    "that are told apart, or makes them past this OpenSSL";

static void
tell_nothing(struct line *line)
{
	struct search search = { .own = false };
	char why[sizeof(reasons) + 128];

	(void)dl_iterate_phdr(is_other_tls, &search);
	if (search.found[0] != '\0')
		(void)snprintf(why, sizeof(why),
		    "it has loaded %s, which is not reached", search.found);
	else
		(void)snprintf(why, sizeof(why),
		    "%s (statically linked, a copy of its own, another TLS "
		    "library)",
		    reasons);
	if (line->json) {
		put_json(line);
		line_string(line, "why", why, sizeof(why));
	} else {
		line_put(line, "no connection was seen: ");
		line_put_text(line, why, sizeof(why));
	}
}

/* Nothing of OpenSSL is called here: it may be cleaned up already. */
static __attribute__((__destructor__)) void
end(void)
{
	const struct settings *set = settings_plain();
	struct line line;

	if (!set->active)
		return;
	(void)pthread_mutex_lock(&lock);
	line_begin(&line, "summary");
	if (counts.connections + counts.failures == 0) {
		if (set->process == (long)getpid()) {
			tell_nothing(&line);
			line_end(&line);
		}
	} else {
		if (line.json)
			put_json(&line);
		else
			put_text(&line);
		line_end(&line);
	}
	(void)pthread_mutex_unlock(&lock);
}
