/* SPDX-License-Identifier: MIT */
/*
 * curl: gets a page with libcurl under a TLS policy.
 *
 * libcurl owns the SSL_CTX and lends it to on_context(), where the policy comes
 * in.  on_connection() holds what was negotiated against it before the request
 * is sent.  The page goes to standard output, all else to standard error.
 *
 * Exit status: 0 the page is there; 1 it is not; 2 wrong usage, a policy that
 * cannot be read, or a libcurl without our OpenSSL.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <tlspolicy.h>

enum { EXIT_USAGE = 2 };
enum { POLICY, OVERRIDE, CA, TIMEOUT, HELP, OPTS };

static const struct option longs[] = {
	{ "policy", required_argument, NULL, POLICY },
	{ "override", no_argument, NULL, OVERRIDE },
	{ "ca", required_argument, NULL, CA },
	{ "timeout", required_argument, NULL, TIMEOUT },
	{ "help", no_argument, NULL, HELP },
	{ NULL, 0, NULL, 0 },
};
static const char usage[] =
    "usage: curl [--policy TEXT] [--override] [--ca FILE]\n"
    "            [--timeout SECONDS] https://HOST[:PORT]/PATH\n";

struct visit {
	CURL *curl;
	struct tlspolicy *policy;
	unsigned flags;
};

/*
 * When a transfer has failed, libcurl has closed the connection and emptied
 * the error queue: what went wrong can only be seen here.
 */
static void
on_info(const SSL *ssl, int where, int ret)
{
	char why[1024];

	if ((where & SSL_CB_EXIT) != 0 && ret <= 0 && ERR_peek_error() != 0 &&
	    tlspolicy_explain(ssl, why, sizeof(why)) > 0)
		fprintf(stderr, "curl: %s\n", why);
}

static CURLcode
on_context(CURL *curl, void *ctx, void *arg)
{
	const struct visit *visit = arg;

	(void)curl;
	SSL_CTX_set_info_callback(ctx, on_info);
	if (tlspolicy_apply_ctx(ctx, visit->policy, visit->flags) ==
	    TLSPOLICY_OK)
		return CURLE_OK;
	ERR_print_errors_fp(stderr);
	return CURLE_ABORTED_BY_CALLBACK;
}

static int
on_connection(void *arg, char *to, char *from, int to_port, int from_port)
{
	const struct visit *visit = arg;
	const struct curl_tlssessioninfo *tls = NULL;
	char why[1024] = "libcurl does not tell its SSL";
	const SSL *ssl = NULL;

	(void)to;
	(void)from;
	(void)to_port;
	(void)from_port;
	if (curl_easy_getinfo(visit->curl, CURLINFO_TLS_SSL_PTR, &tls) ==
		CURLE_OK &&
	    tls != NULL && tls->backend == CURLSSLBACKEND_OPENSSL)
		ssl = tls->internals;
	if (ssl != NULL &&
	    tlspolicy_check(ssl, visit->policy, why, sizeof(why)) ==
		TLSPOLICY_OK) {
		fprintf(stderr, "curl: %s %s, within the policy\n",
		    SSL_get_version(ssl), SSL_get_cipher_name(ssl));
		return CURL_PREREQFUNC_OK;
	}
	fprintf(stderr, "curl: %s\n", why);
	return CURL_PREREQFUNC_ABORT;
}

static int
get(struct visit *visit, const char *url, const char *const *opt, long seconds)
{
	char error[CURL_ERROR_SIZE] = "";
	CURLcode code;

	if ((visit->curl = curl_easy_init()) == NULL)
		return EXIT_FAILURE;
	curl_easy_setopt(visit->curl, CURLOPT_URL, url);
	curl_easy_setopt(visit->curl, CURLOPT_TIMEOUT, seconds);
	curl_easy_setopt(visit->curl, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(visit->curl, CURLOPT_ERRORBUFFER, error);
	curl_easy_setopt(visit->curl, CURLOPT_SSL_CTX_FUNCTION, on_context);
	curl_easy_setopt(visit->curl, CURLOPT_SSL_CTX_DATA, visit);
	curl_easy_setopt(visit->curl, CURLOPT_PREREQFUNCTION, on_connection);
	curl_easy_setopt(visit->curl, CURLOPT_PREREQDATA, visit);
	if (opt[CA] != NULL)
		curl_easy_setopt(visit->curl, CURLOPT_CAINFO, opt[CA]);
	code = curl_easy_perform(visit->curl);
	if (code != CURLE_OK)
		fprintf(stderr, "curl: %s\n",
		    error[0] != '\0' ? error : curl_easy_strerror(code));
	curl_easy_cleanup(visit->curl);
	return code == CURLE_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* A policy can only be given to a context of the OpenSSL that we have. */
static bool
has_openssl(void)
{
	const char *name = curl_version_info(CURLVERSION_NOW)->ssl_version;
	struct tlspolicy_openssl ours;
	char want[64];

	tlspolicy_openssl_runtime(&ours);
	snprintf(want, sizeof(want), "OpenSSL/%u.%u.%u", ours.major, ours.minor,
	    ours.patch);
	if (name != NULL && strncmp(name, want, strlen(want)) == 0)
		return true;
	fprintf(stderr, "curl: libcurl has %s, not %s\n",
	    name != NULL ? name : "no TLS", want);
	return false;
}

int
main(int argc, char **argv)
{
	const char *opt[OPTS] = { [POLICY] = "intermediate", [TIMEOUT] = "5" };
	struct visit visit = { .curl = NULL };
	int c, seconds, status = EXIT_USAGE;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) >= 0 && c < OPTS)
		opt[c] = optarg != NULL ? optarg : "";
	seconds = atoi(opt[TIMEOUT]);
	if (opt[HELP] != NULL) {
		fputs(usage, stdout);
		return EXIT_SUCCESS;
	}
	if (c != -1 || optind != argc - 1 || seconds < 1 || seconds > 3600 ||
	    strncmp(argv[optind], "https://", 8) != 0) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	visit.flags = opt[OVERRIDE] != NULL ? TLSPOLICY_OVERRIDE : 0;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return EXIT_FAILURE;
	if (tlspolicy_parse(&visit.policy, opt[POLICY]) != TLSPOLICY_OK)
		ERR_print_errors_fp(stderr);
	else if (has_openssl())
		status = get(&visit, argv[optind], opt, seconds);
	tlspolicy_free(visit.policy);
	curl_global_cleanup();
	return status;
}
