/* SPDX-License-Identifier: MIT */
/* tlspolicy info: the OpenSSL that is loaded, and what the host makes of it. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/conf.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

#include "tool.h"

static const struct option options[] = {
	{ "help", no_argument, NULL, OPT_HELP },
	{ "json", no_argument, NULL, OPT_JSON },
	{ NULL, 0, NULL, 0 },
};
static const char help[] =
    "usage: tlspolicy info [--json]\n"
    "\n"
    "Says which OpenSSL is loaded, which versions it can speak, and the "
    "host's\n"
    "floor: what a fresh SSL_CTX has, with openssl.cnf; and which lines of "
    "that\n"
    "OpenSSL refuses, do nothing, or matter beside the floor.\n"
    "\n"
    "  --json   as a JSON object\n"
    "\n"
    "OPENSSL_CONF in the environment names another openssl.cnf.\n"
    "Exit status: 0 done; 2 an error.\n";

/* Those that TLS 1.3 has code points for, and OpenSSL's names. */
static const char *const post_quantum[] = { "X25519MLKEM768",
	"SecP256r1MLKEM768", "SecP384r1MLKEM1024", "curveSM2MLKEM768",
	"MLKEM512", "MLKEM768", "MLKEM1024" };
#define POST_QUANTUM (sizeof(post_quantum) / sizeof(post_quantum[0]))

static json_t *
openssl_object(const struct tlspolicy_openssl *openssl)
{
	json_t *object = new_object();
	char number[sizeof("0x") + 2 * sizeof(openssl->number)];

	(void)snprintf(number, sizeof(number), "0x%08lx", openssl->number);
	put(object, "text", new_text(openssl->text));
	put(object, "major", json_integer((json_int_t)openssl->major));
	put(object, "minor", json_integer((json_int_t)openssl->minor));
	put(object, "patch", json_integer((json_int_t)openssl->patch));
	put(object, "number", new_text(number));
	return object;
}

static json_t *
spoken(const int *of, size_t count)
{
	json_t *names = new_array();

	for (size_t i = 0; i < count; i++)
		if (tlspolicy_openssl_supports(of[i]) == 1)
			add(names, new_text(tlspolicy_protocol_name(of[i])));
	return names;
}

static void
put_spoken(json_t *report)
{
	static const int dtls[] = { DTLS1_VERSION, DTLS1_2_VERSION };
	json_t *quic = new_array();

	if (has_quic(TLSPOLICY_CLIENT))
		add(quic, new_text("client"));
	if (has_quic(TLSPOLICY_SERVER))
		add(quic, new_text("server"));
	put(report, "tls", spoken(versions, VERSIONS));
	put(report, "dtls", spoken(dtls, sizeof(dtls) / sizeof(dtls[0])));
	put(report, "quic", quic);
}

/* In OpenSSL, and in the lists of a fresh context. */
static void
put_post_quantum(json_t *report, const struct tlspolicy *host)
{
	json_t *known = new_array(), *used = new_array();

	for (size_t i = 0; i < POST_QUANTUM; i++) {
		if (openssl_has(&list_fields[2], post_quantum[i]))
			add(known, new_text(post_quantum[i]));
		if (list_has(tlspolicy_get_groups(host), post_quantum[i]))
			add(used, new_text(post_quantum[i]));
	}
	ERR_clear_error();
	put(report, "post_quantum", known);
	put(report, "post_quantum_default", used);
}

/* What openssl.cnf changes, by the keys of policy text. */
static json_t *
changes(const struct tlspolicy *bare, const struct tlspolicy *host)
{
	json_t *object = new_object();
	char a[NAME_SIZE], b[NAME_SIZE];

	for (int i = 0; i < NUMBERS; i++) {
		const char *was = number_text(bare, i, a);
		const char *is = number_text(host, i, b);

		if (strcmp(was != NULL ? was : "", is != NULL ? is : "") != 0)
			put(object, number_keys[i], new_text(is));
	}
	for (int i = 0; i < LISTS; i++) {
		const char *was = list_fields[i].get(bare);
		const char *is = list_fields[i].get(host);

		if (strcmp(was != NULL ? was : "", is != NULL ? is : "") != 0)
			put(object, list_fields[i].key, new_text(is));
	}
	return object;
}

/* Without the system's section, which goes with OpenSSL's modules. */
static struct tlspolicy *
without_configuration(void)
{
	SSL_CTX *ctx;
	struct tlspolicy *bare;

	CONF_modules_finish();
	ctx = fresh_context();
	bare = read_context(ctx);
	SSL_CTX_free(ctx);
	return bare;
}

static void
put_host(json_t *report)
{
	SSL_CTX *ctx = fresh_context();
	struct tlspolicy *host = read_context(ctx), *bare;
	char *file = CONF_get1_default_config_file();
	json_t *object = new_object();

	put_post_quantum(report, host);
	SSL_CTX_free(ctx);
	bare = without_configuration();
	put(report, "security_level",
	    json_integer(tlspolicy_get_security_level(bare)));
	put(object, "file", new_text(file));
	put(object, "readable",
	    json_boolean(file != NULL && access(file, R_OK) == 0));
	put(object, "min",
	    new_text(tlspolicy_protocol_name(tlspolicy_get_min_version(host))));
	put(object, "max",
	    new_text(tlspolicy_protocol_name(tlspolicy_get_max_version(host))));
	put(object, "security_level",
	    json_integer(tlspolicy_get_security_level(host)));
	put(object, "changes", changes(bare, host));
	put(object, "lines", conf_lines("system_default"));
	put(object, "policy", policy_text(host));
	put(report, "host", object);
	OPENSSL_free(file);
	tlspolicy_free(bare);
	tlspolicy_free(host);
}

static void
print_names(const char *label, const json_t *names)
{
	const json_t *name;

	(void)printf("%-16s", label);
	if (json_array_size(names) == 0)
		(void)fputs(" none", stdout);
	for (size_t i = 0; (name = json_array_get(names, i)) != NULL; i++)
		(void)printf(" %s", json_string_value(name));
	(void)putchar('\n');
}

static void
print_host(const json_t *host)
{
	json_t *set = json_object_get(host, "changes");
	const json_t *lines = json_object_get(host, "lines"), *line;
	const char *does = "changes nothing for TLS";

	(void)printf("%-16s %s to %s, security level %d\n",
	    "A fresh context:", text_of(host, "min"), text_of(host, "max"),
	    (int)json_integer_value(json_object_get(host, "security_level")));
	if (json_object_size(set) > 0)
		does = "sets for TLS:";
	else if (json_array_size(lines) > 0)
		does = "has these lines:";
	else if (json_is_false(json_object_get(host, "readable")))
		does = "cannot be read";
	(void)printf("%-16s %s, which %s\n",
	    "openssl.cnf:", text_of(host, "file"), does);
	for (void *it = json_object_iter(set); it != NULL;
	     it = json_object_iter_next(set, it))
		(void)printf("%-16s %s=%s\n", "", json_object_iter_key(it),
		    text_of(set, json_object_iter_key(it)));
	for (size_t i = 0; (line = json_array_get(lines, i)) != NULL; i++)
		(void)printf("%-16s %s (%s): %s\n", "", text_of(line, "line"),
		    text_of(line, "state"), text_of(line, "why"));
}

static void
print(const json_t *report)
{
	const json_t *headers = json_object_get(report, "headers");
	const json_t *runtime = json_object_get(report, "runtime");

	(void)printf(
	    "%-16s libtlspolicy %s\n", "Library:", text_of(report, "library"));
	(void)printf("%-16s %s (%s)\n", "Headers:", text_of(headers, "text"),
	    text_of(headers, "number"));
	(void)printf("%-16s %s (%s)\n", "Runtime:", text_of(runtime, "text"),
	    text_of(runtime, "number"));
	print_names("TLS:", json_object_get(report, "tls"));
	print_names("DTLS:", json_object_get(report, "dtls"));
	print_names("QUIC:", json_object_get(report, "quic"));
	print_names("Post-quantum:", json_object_get(report, "post_quantum"));
	print_names(
	    "  by default:", json_object_get(report, "post_quantum_default"));
	(void)printf("%-16s %d by default\n", "Security level:",
	    (int)json_integer_value(json_object_get(report, "security_level")));
	print_host(json_object_get(report, "host"));
}

static int
run(const struct arguments *args)
{
	struct tlspolicy_openssl headers, runtime;
	json_t *report = new_object();

	tlspolicy_openssl_headers(&headers);
	tlspolicy_openssl_runtime(&runtime);
	put(report, "library", new_text(tlspolicy_library_version()));
	put(report, "headers", openssl_object(&headers));
	put(report, "runtime", openssl_object(&runtime));
	put_spoken(report);
	put_host(report);
	finish(report, args, print);
	return STATUS_YES;
}

const struct command info_command = { "info", help, options, 0, 0, run };
