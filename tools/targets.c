/* SPDX-License-Identifier: MIT */
/* What is to be scanned, from the command line and from a file. */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/err.h>

#include "scan.h"

enum { TARGETS_MOST = 100000, LINE_MOST = 1024 };

static bool
is_name(const char *name)
{
	if (strlen(name) <= TLSEXT_MAXLEN_host_name)
		return true;
	(void)complain("scan: the name to ask for has over %d bytes; shorten "
		       "--servername",
	    TLSEXT_MAXLEN_host_name);
	return false;
}

/* HOST:PORT, taken apart; the caller frees both. */
static bool
split(const char *text, char **host, char **port)
{
	char *end;
	long number;

	*host = *port = NULL;
	if (BIO_parse_hostserv(text, host, port, BIO_PARSE_PRIO_HOST) != 1 ||
	    *host == NULL || *port == NULL) {
		(void)complain("scan: \"%s\" is not HOST:PORT; an IPv6 address "
			       "is in brackets, [::1]:443",
		    text);
		ERR_clear_error();
		return false;
	}
	number = strtol(*port, &end, 10);
	if (*end != '\0' || (number >= 1 && number <= 65535))
		return true;
	(void)complain("scan: port %s is not one; give 1 to 65535", *port);
	return false;
}

static bool
add_spec(struct specs *specs, const char *text, const struct starttls *starttls,
    const char *servername)
{
	char *host, *port;
	const bool ok = split(text, &host, &port) &&
	    is_name(servername != NULL ? servername : host);
	struct spec *spec;

	OPENSSL_free(host);
	OPENSSL_free(port);
	if (!ok)
		return false;
	if (specs->count == TARGETS_MOST) {
		(void)complain(
		    "scan: over %d targets; use several files", TARGETS_MOST);
		return false;
	}
	if ((specs->count & (specs->count + 1)) == 0)
		specs->list = must(realloc(specs->list,
		    (2 * specs->count + 2) * sizeof(*specs->list)));
	spec = &specs->list[specs->count++];
	*spec = (struct spec){ .text = must(OPENSSL_strdup(text)),
		.starttls = starttls };
	if (servername != NULL)
		spec->servername = must(OPENSSL_strdup(servername));
	return true;
}

static bool
find_protocol(const char *name, const struct starttls **found)
{
	*found = name == NULL ? NULL : starttls_find(name);
	if (name == NULL || *found != NULL)
		return true;
	(void)complain("scan: --starttls %s: not a protocol of it; give one of "
		       "%s",
	    name, starttls_names);
	return false;
}

/* host:port [starttls] [servername]: what is no protocol is a name. */
static bool
read_line(struct specs *specs, char *line, const struct arguments *args,
    const struct starttls *starttls)
{
	const char *servername = args->opt[OPT_SERVERNAME], *second, *third;
	char *rest = NULL, *text;

	line[strcspn(line, "#\r\n")] = '\0';
	text = strtok_r(line, " \t", &rest);
	if (text == NULL)
		return true;
	second = strtok_r(NULL, " \t", &rest);
	third = second == NULL ? NULL : strtok_r(NULL, " \t", &rest);
	if (third != NULL && strtok_r(NULL, " \t", &rest) != NULL)
		return false;
	if (second != NULL && third == NULL && starttls_find(second) == NULL &&
	    strcmp(second, "-") != 0) {
		servername = second;
	} else if (second != NULL) {
		starttls = NULL;
		if (strcmp(second, "-") != 0 &&
		    !find_protocol(second, &starttls))
			return false;
	}
	if (third != NULL)
		servername = third;
	return add_spec(specs, text, starttls, servername);
}

static bool
read_lines(struct specs *specs, FILE *file, const char *name,
    const struct arguments *args, const struct starttls *starttls)
{
	char line[LINE_MOST];
	const char *end, *zero;
	unsigned number = 0;

	/* No end within the line: it is too long, or has a zero byte. */
	while (memset(line, '\n', sizeof(line)),
	    fgets(line, sizeof(line), file) != NULL) {
		number++;
		end = memchr(line, '\n', sizeof(line));
		zero = line + strlen(line);
		if (end != NULL &&
		    (end < zero || (feof(file) != 0 && end == zero + 1)) &&
		    read_line(specs, line, args, starttls))
			continue;
		(void)complain("scan: --targets %s: line %u is wrong; "
			       "host:port [starttls] [servername]",
		    name, number);
		return false;
	}
	if (ferror(file) == 0)
		return true;
	(void)complain("scan: --targets %s: %s; give a file to read", name,
	    strerror(errno));
	return false;
}

static bool
read_file(struct specs *specs, const char *name, const struct arguments *args,
    const struct starttls *starttls)
{
	FILE *file;
	bool ok;

	if (strcmp(name, "-") == 0)
		return read_lines(specs, stdin, name, args, starttls);
	if ((file = fopen(name, "r")) == NULL) {
		(void)complain("scan: --targets %s: %s; give a file to read",
		    name, strerror(errno));
		return false;
	}
	ok = read_lines(specs, file, name, args, starttls);
	(void)fclose(file);
	return ok;
}

bool
read_specs(struct specs *specs, const struct arguments *args)
{
	const struct starttls *starttls = NULL;
	bool ok = find_protocol(args->opt[OPT_STARTTLS], &starttls);

	for (int i = 0; ok && i < args->count; i++)
		ok = add_spec(specs, args->operand[i], starttls,
		    args->opt[OPT_SERVERNAME]);
	if (ok && args->opt[OPT_TARGETS] != NULL)
		ok = read_file(specs, args->opt[OPT_TARGETS], args, starttls);
	if (ok && specs->count == 0 && args->opt[OPT_TARGETS] != NULL) {
		(void)complain("scan: --targets %s: no target in it; "
			       "host:port [starttls] [servername]",
		    args->opt[OPT_TARGETS]);
		ok = false;
	} else if (ok && specs->count == 0) {
		(void)complain("scan: it needs more arguments: HOST:PORT, or "
			       "--targets, is missing; see \"tlspolicy scan "
			       "--help\"");
		ok = false;
	}
	return ok;
}

void
free_specs(struct specs *specs)
{
	for (size_t i = 0; i < specs->count; i++) {
		OPENSSL_free(specs->list[i].text);
		OPENSSL_free(specs->list[i].servername);
	}
	free(specs->list);
}

bool
is_address(const char *name)
{
	const struct addrinfo numeric = { .ai_flags = AI_NUMERICHOST };
	struct addrinfo *address = NULL;
	const bool is = getaddrinfo(name, NULL, &numeric, &address) == 0;

	if (is)
		freeaddrinfo(address);
	return is;
}

/* RFC 6066, 3. */
size_t
name_length(const char *name)
{
	const size_t len = strlen(name);

	return len > 1 && name[len - 1] == '.' ? len - 1 : len;
}

/* The name to ask for: no address, and without a dot behind. */
static void
choose_name(struct target *target, const char *given)
{
	const char *name = given != NULL ? given : target->host;
	const size_t len = name_length(name);

	if (len > 0 && (given != NULL || !is_address(name)))
		target->servername = must(OPENSSL_strndup(name, len));
}

bool
resolve(struct target *target, const struct spec *spec, char *why, size_t size)
{
	char *port = NULL;
	bool ok;

	target->text = spec->text;
	target->starttls = spec->starttls;
	ok = split(spec->text, &target->host, &port) &&
	    BIO_lookup_ex(target->host, port, BIO_LOOKUP_CLIENT, AF_UNSPEC,
		SOCK_STREAM, 0, &target->all) == 1;
	if (ok)
		choose_name(target, spec->servername);
	else
		(void)snprintf(why, size,
		    "%s: there is no such host or port; check the name",
		    spec->text);
	target->at = target->all;
	ERR_clear_error();
	OPENSSL_free(port);
	return ok;
}
