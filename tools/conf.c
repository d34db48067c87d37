/* SPDX-License-Identifier: MIT */
/*
 * The lines of a section of openssl.cnf, and what OpenSSL makes of each: what
 * it refuses it skips in silence.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/conf.h>
#include <openssl/err.h>

#include "tool.h"

/*
 * Flags of Options, SSL_CONF_cmd(3) of OpenSSL 1.1.1 to 4.0; NULL: the policy's
 * own keys tell it.
 */
static const struct named {
	const char *name, *what;
} flags[] = {
	{ "UnsafeLegacyRenegotiation",
	    "insecure renegotiation, with peers that lack RFC 5746" },
	{ "UnsafeLegacyServerConnect",
	    "connections of clients to servers that lack RFC 5746" },
	{ "ClientRenegotiation",
	    "renegotiation that a client of TLS 1.2 begins" },
	{ "NoRenegotiation", NULL },
	{ "ServerPreference", NULL },
	{ "PrioritizeChaCha", "ChaCha20 first, where a client has it first" },
	{ "AllowNoDHEKEX", "resumption in TLS 1.3 without a new key exchange" },
	{ "PreferNoDHEKEX",
	    "a preference for resumption without a new key exchange" },
	{ "ExtendedMasterSecret",
	    "the extended master secret before TLS 1.3 (RFC 7627)" },
	{ "EncryptThenMac", "encrypt-then-MAC of CBC ciphers (RFC 7366)" },
	{ "EmptyFragments",
	    "a guard against attacks on CBC ciphers in TLS 1.0" },
	{ "Compression",
	    "compression before TLS 1.3, which gives secrets away" },
	{ "AntiReplay", "the guard against replayed early data" },
	{ "SessionTicket", "session tickets" },
	{ "NoResumptionOnRenegotiation",
	    "full handshakes only, where one is renegotiated" },
	{ "Bugs", "work-arounds for faulty peers" },
	{ "MiddleboxCompat", "TLS 1.3 in the shape of TLS 1.2" },
	{ "CANames", "the issuers that are sent or read as names" },
	{ "StrictCertCheck", "strict rules for the own certificate" },
	{ "TxCertificateCompression", "certificates that are sent compressed" },
	{ "RxCertificateCompression", "certificates that come compressed" },
	{ "KTLS", "encryption by the kernel" },
	{ "KTLSTxZerocopySendfile",
	    "encryption by the kernel, without a copy" },
	{ "IgnoreUnexpectedEOF",
	    "a connection that was cut taken for one that was closed" },
};

/* All other commands; NULL as above. */
static const struct named commands[] = {
	{ "MinProtocol", NULL },
	{ "MaxProtocol", NULL },
	{ "Protocol", NULL },
	{ "CipherString", NULL },
	{ "Ciphersuites", NULL },
	{ "Groups", NULL },
	{ "Curves", NULL },
	{ "SignatureAlgorithms", NULL },
	{ "Options", NULL },
	{ "ECDHParameters", "the curve of a server's key exchange" },
	{ "ClientSignatureAlgorithms",
	    "what a client's certificate may sign with" },
	{ "VerifyMode", "whether the peer's certificate is checked" },
	{ "VerifyCAFile", "the issuers that are trusted" },
	{ "VerifyCAPath", "the issuers that are trusted" },
	{ "VerifyCAStore", "the issuers that are trusted" },
	{ "ChainCAFile", "what the own chain is made of" },
	{ "ChainCAPath", "what the own chain is made of" },
	{ "ChainCAStore", "what the own chain is made of" },
	{ "RequestCAFile", "the issuers that a server asks for" },
	{ "RequestCAPath", "the issuers that a server asks for" },
	{ "RequestCAStore", "the issuers that a server asks for" },
	{ "ClientCAFile", "the issuers that a server asks for" },
	{ "ClientCAPath", "the issuers that a server asks for" },
	{ "ClientCAStore", "the issuers that a server asks for" },
	{ "Certificate", "the own certificate" },
	{ "PrivateKey", "the own private key" },
	{ "ServerInfoFile", "more that a server sends" },
	{ "DHParameters", "a server's DH parameters" },
	{ "RecordPadding", "the padding of records in TLS 1.3" },
	{ "NumTickets", "how many tickets of TLS 1.3 a server sends" },
};

static const struct named *
find(const struct named *table, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}
#define FIND(table, name) \
	find((table), sizeof(table) / sizeof((table)[0]), (name))

/* A section, on its way into a context. */
struct section {
	const STACK_OF(CONF_VALUE) *lines;
	bool system;  /* as SSL_CTX_new() takes it, and not SSL_CTX_config() */
	bool stops;   /* OpenSSL goes no further than what it refuses: 1.1.1 */
	SSL_CTX *ctx; /* with all of it */
	const struct tlspolicy *policy;
};

static const CONF_VALUE *
line_at(const struct section *section, int i)
{
	return sk_CONF_VALUE_value(section->lines, i);
}

/* OpenSSL takes "1.Options" and "TLS.MinProtocol" as well. */
static const char *
command_at(const struct section *section, int i)
{
	const char *name = line_at(section, i)->name;
	const char *dot = strrchr(name, '.');

	return dot != NULL ? dot + 1 : name;
}

static SSL_CONF_CTX *
begin(SSL_CTX *ctx, bool system)
{
	SSL_CONF_CTX *conf = must(SSL_CONF_CTX_new());

	(void)SSL_CONF_CTX_set_flags(conf,
	    SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_CLIENT | SSL_CONF_FLAG_SERVER |
		(system ? 0u : SSL_CONF_FLAG_CERTIFICATE));
	SSL_CONF_CTX_set_ssl_ctx(conf, ctx);
	return conf;
}

/* What OpenSSL answers to one command alone. */
static int
answer(const struct section *section, const char *command, const char *value)
{
	SSL_CTX *ctx = fresh_context();
	SSL_CONF_CTX *conf = begin(ctx, section->system);
	int got = SSL_CONF_cmd(conf, command, value);

	SSL_CONF_CTX_free(conf);
	SSL_CTX_free(ctx);
	ERR_clear_error();
	return got;
}

/* A context with all lines that are not refused, but for one. */
static SSL_CTX *
context_without(const struct section *section, int left_out)
{
	SSL_CTX *ctx = fresh_context();
	SSL_CONF_CTX *conf = begin(ctx, section->system);
	bool stopped = false;

	for (int i = 0; i < sk_CONF_VALUE_num(section->lines); i++) {
		if (i != left_out && !stopped)
			stopped = SSL_CONF_cmd(conf, command_at(section, i),
				      line_at(section, i)->value) <= 0 &&
			    section->stops;
	}
	(void)SSL_CONF_CTX_finish(conf);
	SSL_CONF_CTX_free(conf);
	ERR_clear_error();
	return ctx;
}

static void
add_line(json_t *lines, const struct section *section, int i, const char *state,
    const char *why)
{
	json_t *object = new_object();
	char line[512];

	(void)snprintf(line, sizeof(line), "%s = %s", line_at(section, i)->name,
	    line_at(section, i)->value);
	put(object, "line", new_text(line));
	put(object, "state", new_text(state));
	put(object, "why", new_text(why));
	add(lines, object);
}

/* Which items of a value, one by one, OpenSSL does not take. */
static void
refused_items(const struct section *section, const char *command,
    const char *value, char *out, size_t size)
{
	const char *between = strcasecmp(command, "Options") == 0 ||
		strcasecmp(command, "Protocol") == 0
	    ? ", "
	    : ": ";
	size_t len, at = 0;
	char item[128];

	out[0] = '\0';
	for (value += strspn(value, between); *value != '\0';
	     value += len + strspn(value + len, between)) {
		len = strcspn(value, between);
		(void)snprintf(item, sizeof(item), "%.*s", (int)len, value);
		if (answer(section, command, item) <= 0 && at < size)
			at += (size_t)snprintf(out + at, size - at, "%s%s",
			    at > 0 ? ", " : "", item);
	}
}

/* The names that a list of ciphers has for nothing: "NAME: why; ...". */
static bool
dropped_text(
    const struct section *section, const char *list, char *out, size_t size)
{
	json_t *dropped = dropped_names(list, section->ctx, section->policy);
	const json_t *one;
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0;
	     at < size && (one = json_array_get(dropped, i)) != NULL; i++)
		at += (size_t)snprintf(out + at, size - at, "%s%s: %s",
		    i > 0 ? "; " : "", text_of(one, "name"),
		    text_of(one, "why"));
	json_decref(dropped);
	return at > 0;
}

static void
put_refused(json_t *lines, const struct section *section, int i, int got)
{
	const char *command = command_at(section, i);
	const char *value = line_at(section, i)->value;
	char items[512], why[640];
	const char *more = "";

	if (got == -2 && FIND(commands, command) != NULL && section->system) {
		add_line(lines, section, i, "refused",
		    "OpenSSL takes it in no system_default section");
		return;
	}
	if (got == -2) {
		add_line(lines, section, i, "refused",
		    "it is no command of this OpenSSL's: SSL_CONF_cmd(3)");
		return;
	}
	if (strcasecmp(command, "CipherString") == 0)
		(void)dropped_text(section, value, items, sizeof(items));
	else
		refused_items(section, command, value, items, sizeof(items));
	if (strstr(command, "Protocol") != NULL)
		more = ": versions are TLSv1, TLSv1.1, TLSv1.2, TLSv1.3";
	else if (strcasecmp(command, "CipherString") == 0 &&
	    tlspolicy_get_ciphers(section->policy) == NULL)
		more = "; before TLS 1.3 no cipher is left all the same";
	(void)snprintf(why, sizeof(why), "OpenSSL refuses %s%s",
	    items[0] != '\0' ? items : "the value", more);
	add_line(lines, section, i, "refused", why);
}

/* Flags that matter; "-" turns one off. */
static void
put_flags(json_t *lines, const struct section *section, int i)
{
	const char *value = line_at(section, i)->value;
	const struct named *flag;
	char item[64], why[256];
	size_t len;
	bool off;

	for (value += strspn(value, ", "); *value != '\0';
	     value += len + strspn(value + len, ", ")) {
		len = strcspn(value, ", ");
		off = *value == '-';
		(void)snprintf(item, sizeof(item), "%.*s",
		    (int)(len - (*value == '-' || *value == '+')),
		    value + (*value == '-' || *value == '+'));
		flag = FIND(flags, item);
		if (flag != NULL && flag->what == NULL)
			continue;
		(void)snprintf(why, sizeof(why), "turns %s %s%s%s",
		    off ? "off" : "on", item, flag != NULL ? ": " : "",
		    flag != NULL ? flag->what : "");
		add_line(lines, section, i, "matters", why);
	}
}

/* The index in versions[] of a value, for TLS; -1: none. */
static int
version_of(const char *value)
{
	for (int i = 0; i < VERSIONS; i++)
		if (strcmp(tlspolicy_protocol_name(versions[i]), value) == 0)
			return i;
	return -1;
}

static bool
is_ruled_out(SSL_CTX *ctx, int version)
{
	for (enum tlspolicy_role role = TLSPOLICY_CLIENT;
	     role <= TLSPOLICY_SERVER; role++)
		if (tlspolicy_inspect(ctx, role, versions[version]) !=
		    TLSPOLICY_SECURITY_LEVEL)
			return false;
	return true;
}

/* A version that is permitted as the bound says, and dead all the same. */
static bool
put_dead_bound(json_t *lines, const struct section *section, int i)
{
	const char *command = command_at(section, i);
	const int version = version_of(line_at(section, i)->value);
	char why[256];

	if (version < 0 ||
	    (strcasecmp(command, "MinProtocol") != 0 &&
		strcasecmp(command, "MaxProtocol") != 0) ||
	    !is_ruled_out(section->ctx, version))
		return false;
	(void)snprintf(why, sizeof(why),
	    "has no effect for %s: security level %d rules it out, and it "
	    "takes @SECLEVEL=0 in CipherString (level=0 in a policy)",
	    line_at(section, i)->value,
	    SSL_CTX_get_security_level(section->ctx));
	add_line(lines, section, i, "no effect", why);
	return true;
}

static bool
permits_any(const struct tlspolicy *policy)
{
	int i = 0;

	while (i < VERSIONS && !permits_version(policy, i))
		i++;
	return i < VERSIONS;
}

/* Whether it is this line that leaves no version. */
static bool
put_deadly(json_t *lines, const struct section *section, int i)
{
	SSL_CTX *ctx;
	struct tlspolicy *policy;
	bool deadly;

	if (permits_any(section->policy))
		return false;
	ctx = context_without(section, i);
	policy = read_context(ctx);
	deadly = permits_any(policy);
	if (deadly)
		add_line(lines, section, i, "leaves nothing",
		    "with it no version is left that completes a handshake");
	tlspolicy_free(policy);
	SSL_CTX_free(ctx);
	return deadly;
}

/* All that a policy's keys can tell of a context, and the raw bounds. */
static json_t *
print_of(SSL_CTX *ctx)
{
	struct tlspolicy *policy = read_context(ctx);
	json_t *print = new_object();

	put(print, "policy", policy_text(policy));
	/* SSL 3.0 is none of a policy's. */
	put(print, "min",
	    json_integer(SSL_CTX_get_min_proto_version(ctx) == SSL3_VERSION
		    ? 0
		    : SSL_CTX_get_min_proto_version(ctx)));
	put(print, "max", json_integer(SSL_CTX_get_max_proto_version(ctx)));
	put(print, "options",
	    json_integer((json_int_t)SSL_CTX_get_options(ctx)));
	tlspolicy_free(policy);
	return print;
}

/* Names that OpenSSL drops of a list that it takes. */
static void
put_partly(json_t *lines, const struct section *section, int i)
{
	const char *command = command_at(section, i);
	const char *value = line_at(section, i)->value;
	char items[512] = "", why[640];

	if (strcasecmp(command, "CipherString") == 0 &&
	    dropped_text(section, value, why, sizeof(why)))
		add_line(lines, section, i, "partly", why);
	if (strcasecmp(command, "Ciphersuites") == 0)
		refused_items(section, command, value, items, sizeof(items));
	(void)snprintf(why, sizeof(why), "OpenSSL drops %s", items);
	if (items[0] != '\0')
		add_line(lines, section, i, "partly", why);
}

/* Whether all would be the same without a line. */
static bool
is_idle(const struct section *section, int i)
{
	SSL_CTX *without = context_without(section, i);
	json_t *with_it = print_of(section->ctx);
	json_t *without_it = print_of(without);
	const bool same = json_equal(with_it, without_it) == 1;

	json_decref(with_it);
	json_decref(without_it);
	SSL_CTX_free(without);
	return same;
}

static void
put_taken(json_t *lines, const struct section *section, int i)
{
	const char *command = command_at(section, i);
	const struct named *known = FIND(commands, command);

	if (strcasecmp(command, "Options") == 0) {
		put_flags(lines, section, i);
		return;
	}
	if (known == NULL || known->what != NULL) {
		add_line(lines, section, i, "matters",
		    known != NULL ? known->what
				  : "no key of a policy tells it");
		return;
	}
	put_partly(lines, section, i);
	if (put_deadly(lines, section, i) || put_dead_bound(lines, section, i))
		return;
	/* Bounds of DTLS say nothing of TLS. */
	if (strstr(command, "Protocol") != NULL &&
	    strncasecmp(line_at(section, i)->value, "DTLS", 4) == 0)
		return;
	if (is_idle(section, i))
		add_line(lines, section, i, "no effect",
		    "changes nothing: all is so without it, or another line "
		    "undoes it");
}

static void
judge(json_t *lines, struct section *section)
{
	struct tlspolicy_openssl runtime;
	struct tlspolicy *policy;
	bool stopped = false;
	int got;

	tlspolicy_openssl_runtime(&runtime);
	section->stops = runtime.major < 3;
	section->ctx = context_without(section, -1);
	section->policy = policy = read_context(section->ctx);
	for (int i = 0; i < sk_CONF_VALUE_num(section->lines); i++) {
		if (stopped) {
			add_line(lines, section, i, "not reached",
			    "OpenSSL 1.1.1 goes no further than the line that "
			    "it refuses");
			continue;
		}
		got = answer(section, command_at(section, i),
		    line_at(section, i)->value);
		if (got <= 0)
			put_refused(lines, section, i, got);
		else
			put_taken(lines, section, i);
		stopped = got <= 0 && section->stops;
	}
	tlspolicy_free(policy);
	SSL_CTX_free(section->ctx);
}

json_t *
conf_lines(const char *name)
{
	struct section section = { .system =
				       strcmp(name, "system_default") == 0 };
	char *file = CONF_get1_default_config_file();
	CONF *conf = must(NCONF_new(NULL));
	json_t *lines = new_array();
	const char *at = "openssl_conf";

	/* It goes with OpenSSL's modules. */
	if (section.system)
		CONF_modules_finish();
	if (file != NULL && NCONF_load(conf, file, NULL) == 1) {
		at = NCONF_get_string(conf, NULL, at);
		at = at == NULL ? NULL : NCONF_get_string(conf, at, "ssl_conf");
		at = at == NULL ? NULL : NCONF_get_string(conf, at, name);
		if (at != NULL)
			section.lines = NCONF_get_section(conf, at);
	}
	ERR_clear_error();
	if (section.lines != NULL)
		judge(lines, &section);
	ERR_clear_error();
	NCONF_free(conf);
	OPENSSL_free(file);
	return lines;
}
