/* SPDX-License-Identifier: MIT */
/*
 * tlspolicy export: a policy as the lines of a configuration, for programs that
 * have settings of their own.  What a program cannot be told is a comment.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "tool.h"

static const struct option options[] = {
	{ "help", no_argument, NULL, OPT_HELP },
	{ "from", required_argument, NULL, OPT_FROM },
	{ NULL, 0, NULL, 0 },
};
static const char help[] =
    "usage: tlspolicy export [--from VERSION] FORMAT POLICY\n"
    "\n"
    "Prints the lines of a configuration that come nearest to POLICY on the "
    "loaded\n"
    "OpenSSL, and never permit more where they can tell.  FORMAT is nginx, "
    "apache,\n"
    "haproxy, lighttpd, stunnel or openssl-conf.  What the program cannot be "
    "told is\n"
    "a comment, and then the status is 1.\n"
    "\n"
    "  --from VERSION  of the program, \"1.18.0\": for its directives; the "
    "newest that\n"
    "                  is known of by default\n"
    "\n"
    "Exit status: 0 all of POLICY is in the lines; 1 some is in comments "
    "alone; 2 an\n"
    "error.\n";

/* What a line can be about. */
enum field {
	PROTOCOLS, /* a list of versions, or MIN and MAX */
	MIN,
	MAX,
	CIPHERS,
	SUITES,
	GROUPS,
	SIGALGS,
	LEVEL,
	SERVER_FIRST,
	CLIENT_FIRST,
	NO_RENEGOTIATION,
	OPTIONS, /* of SSL_CONF: the last three in one */
	FIELDS
};

struct line {
	const char *text; /* with %s where the value goes; NULL: cannot be */
	unsigned since;   /* of the program: 1.19.4 is 11904 */
};

struct dialect {
	const char *name, *head, *tail;
	const char *before;            /* of each version in a list */
	bool level_in_ciphers, dotted; /* the latter: TLSv1.0 */
	struct line line[FIELDS];
};

/*
 * From the manuals of nginx 1.22, Apache 2.4.57, HAProxy 2.6 and 2.8, lighttpd
 * 1.4.69, stunnel 5.68 and config(5) (November 2026); tests/export.sh asks the
 * programs.
 */
static const struct dialect dialects[] = {
	{ "nginx", "", "", " ", true, false,
	    {
		[PROTOCOLS] = { "ssl_protocols%s;", 0 },
		[CIPHERS] = { "ssl_ciphers %s;", 0 },
		[SUITES] = { "ssl_conf_command Ciphersuites %s;", 11904 },
		[GROUPS] = { "ssl_ecdh_curve %s;", 11100 },
		[SIGALGS] = { "ssl_conf_command SignatureAlgorithms %s;",
		    11904 },
		[SERVER_FIRST] = { "ssl_prefer_server_ciphers on;", 0 },
		[CLIENT_FIRST] = { "ssl_prefer_server_ciphers off;", 0 },
		[NO_RENEGOTIATION] = { "ssl_conf_command Options "
				       "NoRenegotiation;",
		    11904 },
	    } },
	{ "apache", "", "", " +", true, false,
	    {
		[PROTOCOLS] = { "SSLProtocol -all%s", 0 },
		[CIPHERS] = { "SSLCipherSuite %s", 0 },
		[SUITES] = { "SSLCipherSuite TLSv1.3 %s", 20436 },
		[GROUPS] = { "SSLOpenSSLConfCmd Groups %s", 20408 },
		[SIGALGS] = { "SSLOpenSSLConfCmd SignatureAlgorithms %s",
		    20408 },
		[SERVER_FIRST] = { "SSLHonorCipherOrder on", 0 },
		[CLIENT_FIRST] = { "SSLHonorCipherOrder off", 0 },
		[NO_RENEGOTIATION] = { "SSLOpenSSLConfCmd Options "
				       "NoRenegotiation",
		    20408 },
	    } },
	{ "haproxy", "# section global\n", "", "", true, true,
	    {
		[MIN] = { "ssl-default-bind-options ssl-min-ver %s", 10800 },
		[MAX] = { "ssl-default-bind-options ssl-max-ver %s", 10800 },
		[CIPHERS] = { "ssl-default-bind-ciphers %s", 0 },
		[SUITES] = { "ssl-default-bind-ciphersuites %s", 10809 },
		[GROUPS] = { "ssl-default-bind-curves %s", 20200 },
		[SIGALGS] = { "ssl-default-bind-sigalgs %s", 20800 },
		[SERVER_FIRST] = { "# ciphers: the server's order is HAProxy's "
				   "default",
		    0 },
		[CLIENT_FIRST] = { "ssl-default-bind-options "
				   "prefer-client-ciphers",
		    10800 },
		/* HAProxy forbids a client to renegotiate, always. */
		[NO_RENEGOTIATION] = { "# renegotiation: off in HAProxy", 0 },
	    } },
	{ "lighttpd", "ssl.openssl.ssl-conf-cmd += (\n", ")\n", "", true, false,
	    {
		[MIN] = { "  \"MinProtocol\" => \"%s\",", 10448 },
		[MAX] = { "  \"MaxProtocol\" => \"%s\",", 10448 },
		[CIPHERS] = { "  \"CipherString\" => \"%s\",", 10448 },
		[SUITES] = { "  \"Ciphersuites\" => \"%s\",", 10448 },
		[GROUPS] = { "  \"Groups\" => \"%s\",", 10448 },
		[SIGALGS] = { "  \"SignatureAlgorithms\" => \"%s\",", 10448 },
		[OPTIONS] = { "  \"Options\" => \"%s\",", 10448 },
	    } },
	{ "stunnel", "", "", "", false, false,
	    {
		[MIN] = { "sslVersionMin = %s", 54100 },
		[MAX] = { "sslVersionMax = %s", 54100 },
		[CIPHERS] = { "ciphers = %s", 0 },
		[SUITES] = { "ciphersuites = %s", 54900 },
		[GROUPS] = { "curves = %s", 54900 },
		[SIGALGS] = { "config = SignatureAlgorithms:%s", 50800 },
		[LEVEL] = { "securityLevel = %s", 55000 },
		[SERVER_FIRST] = { "options = CIPHER_SERVER_PREFERENCE", 0 },
		[CLIENT_FIRST] = { "options = -CIPHER_SERVER_PREFERENCE",
		    50000 },
		[NO_RENEGOTIATION] = { "renegotiation = no", 0 },
	    } },
	{ "openssl-conf",
	    "openssl_conf = tlspolicy_init\n\n[tlspolicy_init]\n"
	    "ssl_conf = tlspolicy_ssl\n\n[tlspolicy_ssl]\n"
	    "system_default = tlspolicy_default\n\n[tlspolicy_default]\n",
	    "", "", true, false,
	    {
		[MIN] = { "MinProtocol = %s", 0 },
		[MAX] = { "MaxProtocol = %s", 0 },
		[CIPHERS] = { "CipherString = %s", 0 },
		[SUITES] = { "Ciphersuites = %s", 10101 },
		[GROUPS] = { "Groups = %s", 0 },
		[SIGALGS] = { "SignatureAlgorithms = %s", 0 },
		[OPTIONS] = { "Options = %s", 10101 },
	    } },
};

/* What goes out, and whether all of it could be told. */
struct work {
	const struct dialect *dialect;
	unsigned from;
	const struct tlspolicy *policy, *here; /* as it is on this OpenSSL */
	bool untold;
};

static void
tell(struct work *w, enum field field, const char *what, const char *value)
{
	const struct line *line = &w->dialect->line[field];

	if (line->text != NULL && line->since <= w->from) {
		/* Each text has one %s at most, from the table above. */
		const char *at = strstr(line->text, "%s");
		const int len = at == NULL ? (int)strlen(line->text)
					   : (int)(at - line->text);

		(void)printf("%.*s%s%s\n", len, line->text,
		    at == NULL ? "" : value, at == NULL ? "" : at + 2);
		return;
	}
	(void)printf("# cannot be told: %s=%s\n", what, value);
	w->untold = true;
}

static int
bound(const struct work *w, bool highest)
{
	int found = 0;

	for (int i = 0; i < VERSIONS; i++)
		if (permits_version(w->here, i) && (found == 0 || highest))
			found = versions[i];
	return found;
}

static const char *
name_of(const struct work *w, int version)
{
	return w->dialect->dotted && version == TLS1_VERSION
	    ? "TLSv1.0"
	    : tlspolicy_protocol_name(version);
}

static void
tell_versions(struct work *w)
{
	char list[128] = "";
	size_t len = 0;

	if (tlspolicy_get_min_version(w->policy) == 0 &&
	    tlspolicy_get_max_version(w->policy) == 0 &&
	    tlspolicy_get_disabled(w->policy) == 0)
		return;
	for (int i = 0; i < VERSIONS; i++)
		if (permits_version(w->here, i))
			len += (size_t)snprintf(list + len, sizeof(list) - len,
			    "%s%s", w->dialect->before,
			    tlspolicy_protocol_name(versions[i]));
	if (w->dialect->line[PROTOCOLS].text != NULL) {
		tell(w, PROTOCOLS, "versions", list);
		return;
	}
	tell(w, MIN, "min", name_of(w, bound(w, false)));
	tell(w, MAX, "max", name_of(w, bound(w, true)));
}

/* The level is part of a cipher list in most programs. */
static void
tell_ciphers(struct work *w)
{
	const int level = tlspolicy_get_security_level(w->policy);
	const bool named = tlspolicy_get_ciphers(w->policy) != NULL;
	const char *ciphers = named ? tlspolicy_get_ciphers(w->here) : NULL;
	const size_t size = (ciphers == NULL ? 0 : strlen(ciphers)) +
	    sizeof("DEFAULT:@SECLEVEL=9");
	char number[NAME_SIZE];
	char *list;

	(void)snprintf(number, sizeof(number), "%d", level);
	list = must(malloc(size));
	(void)snprintf(list, size, "%s", ciphers != NULL ? ciphers : "DEFAULT");
	if (level >= 0 && w->dialect->level_in_ciphers) {
		(void)snprintf(list, size, "%s:@SECLEVEL=%s",
		    ciphers != NULL ? ciphers : "DEFAULT", number);
		tell(w, CIPHERS, "ciphers", list);
	} else {
		if (named)
			tell(w, CIPHERS, "ciphers", list);
		if (level >= 0)
			tell(w, LEVEL, "level", number);
	}
	free(list);
}

static void
tell_list(struct work *w, enum field field, const struct list_field *list)
{
	const char *here = list->get(w->here);

	if (list->get(w->policy) == NULL)
		return;
	if (here != NULL)
		tell(w, field, list->key, here);
}

static void
tell_rest(struct work *w)
{
	const int preference = tlspolicy_get_server_preference(w->policy);
	const int renegotiation = tlspolicy_get_renegotiation(w->policy);
	char options_text[NAME_SIZE];

	if (w->dialect->line[OPTIONS].text != NULL) {
		(void)snprintf(options_text, sizeof(options_text), "%s%s%s",
		    preference < 0        ? ""
			: preference == 1 ? "ServerPreference"
					  : "-ServerPreference",
		    preference >= 0 && renegotiation == 0 ? "," : "",
		    renegotiation == 0 ? "NoRenegotiation" : "");
		if (options_text[0] != '\0')
			tell(w, OPTIONS, "options", options_text);
		return;
	}
	if (preference >= 0)
		tell(w, preference == 1 ? SERVER_FIRST : CLIENT_FIRST,
		    "preference", preference == 1 ? "server" : "client");
	if (renegotiation == 0)
		tell(w, NO_RENEGOTIATION, "renegotiation", "off");
}

static unsigned
version_number(const char *text)
{
	unsigned part[3] = { 0, 0, 0 };
	char *end;

	for (int i = 0; i < 3; i++) {
		part[i] = (unsigned)strtoul(text, &end, 10) % 100;
		if (end == text)
			return 0;
		if (*end == '\0')
			break;
		text = end + 1;
	}
	return part[0] * 10000 + part[1] * 100 + part[2];
}

static const struct dialect *
find_dialect(const char *name)
{
	for (size_t i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++)
		if (strcmp(dialects[i].name, name) == 0)
			return &dialects[i];
	(void)complain("export: %s: not a format; give nginx, apache, haproxy, "
		       "lighttpd, stunnel or openssl-conf",
	    name);
	return NULL;
}

/* The policy on this OpenSSL: NULL after a complaint. */
static struct tlspolicy *
here_of(const struct tlspolicy *policy)
{
	SSL_CTX *ctx = fresh_context();
	struct tlspolicy *here = NULL;
	json_t *why;

	if (tlspolicy_apply_ctx(ctx, policy, TLSPOLICY_OVERRIDE) ==
	    TLSPOLICY_OK) {
		here = read_context(ctx);
	} else {
		why = queue_sentence();
		(void)complain(
		    "export: %s; change the policy", json_string_value(why));
		json_decref(why);
	}
	SSL_CTX_free(ctx);
	return here;
}

static int
run(const struct arguments *args)
{
	const char *from = args->opt[OPT_FROM];
	struct work w = { .dialect = find_dialect(args->operand[0]),
		.from = from == NULL ? 999999 : version_number(from) };
	struct tlspolicy *policy, *here;
	json_t *text;

	if (w.dialect == NULL)
		return STATUS_TROUBLE;
	if (w.from == 0)
		return complain("export: --from %s: not a version; give one "
				"such as 1.18.0",
		    from);
	if ((policy = read_policy(args->operand[1])) == NULL)
		return STATUS_TROUBLE;
	if ((here = here_of(policy)) != NULL) {
		w.policy = policy;
		w.here = here;
		/* Escaped: a new line in it would end the comment. */
		text = new_text(args->operand[1]);
		(void)printf("# %s, by tlspolicy %s\n%s",
		    json_string_value(text), PACKAGE_VERSION, w.dialect->head);
		json_decref(text);
		tell_versions(&w);
		tell_ciphers(&w);
		tell_list(&w, SUITES, &list_fields[1]);
		tell_list(&w, GROUPS, &list_fields[2]);
		tell_list(&w, SIGALGS, &list_fields[3]);
		tell_rest(&w);
		(void)fputs(w.dialect->tail, stdout);
	}
	tlspolicy_free(policy);
	tlspolicy_free(here);
	return here == NULL ? STATUS_TROUBLE
	    : w.untold      ? STATUS_NO
			    : STATUS_YES;
}

const struct command export_command = { "export", help, options, 2, 2, run };
