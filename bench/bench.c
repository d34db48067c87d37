/* SPDX-License-Identifier: MIT */
/*
 * bench [--rounds N] [--json]: what applying a policy costs beside the same by
 * hand.  All that is compared is interleaved in one process: a round takes one
 * sample of everything, and a result is the median of the rounds with its
 * quartiles.  It is no test: it says whether a goal is met, and exits with 0.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "bench.h"

void
die(const char *what)
{
	(void)fprintf(stderr, "bench: %s\n", what);
	ERR_print_errors_fp(stderr);
	exit(1);
}

static double
clock_of(clockid_t id)
{
	struct timespec now;

	if (clock_gettime(id, &now) != 0)
		die("clock_gettime");
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

double
now_ns(void)
{
	return clock_of(CLOCK_MONOTONIC);
}

double
cpu_ns(void)
{
	return clock_of(CLOCK_PROCESS_CPUTIME_ID);
}

double
clock_ns(void)
{
	struct samples samples = { .count = 0 };
	double begin;

	while (samples.count < ROUNDS_MAX) {
		begin = now_ns();
		samples.value[samples.count++] = now_ns() - begin;
	}
	return spread_of(&samples).median;
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

struct spread
spread_of(struct samples *samples)
{
	const double *value = samples->value;
	size_t count = samples->count;

	if (count == 0)
		return (struct spread){ 0, 0, 0 };
	qsort(samples->value, count, sizeof(samples->value[0]), compare);
	return (struct spread){ value[count / 4], value[count / 2],
		value[count * 3 / 4] };
}

static EVP_PKEY *
make_key(void)
{
	EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
	EVP_PKEY *key = NULL;

	if (maker == NULL || EVP_PKEY_keygen_init(maker) != 1 ||
	    EVP_PKEY_CTX_set_ec_paramgen_curve_nid(
		maker, NID_X9_62_prime256v1) != 1 ||
	    EVP_PKEY_keygen(maker, &key) != 1)
		die("no key");
	EVP_PKEY_CTX_free(maker);
	return key;
}

static X509 *
certify(EVP_PKEY *key)
{
	X509 *certificate = X509_new();
	X509_NAME *name = X509_NAME_new();

	if (certificate == NULL || name == NULL ||
	    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
		(const unsigned char *)"localhost", -1, -1, 0) != 1 ||
	    X509_set_version(certificate, 2) != 1 ||
	    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) != 1 ||
	    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600) == NULL ||
	    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400) == NULL ||
	    X509_set_subject_name(certificate, name) != 1 ||
	    X509_set_issuer_name(certificate, name) != 1 ||
	    X509_set_pubkey(certificate, key) != 1 ||
	    X509_sign(certificate, key, EVP_sha256()) == 0)
		die("no certificate");
	X509_NAME_free(name);
	return certificate;
}

bool
use_certificate(SSL_CTX *ctx)
{
	static EVP_PKEY *key;
	static X509 *certificate;

	if (key == NULL) {
		key = make_key();
		certificate = certify(key);
	}
	return SSL_CTX_use_certificate(ctx, certificate) == 1 &&
	    SSL_CTX_use_PrivateKey(ctx, key) == 1;
}

bool
join(SSL *client, SSL *server)
{
	BIO *up = BIO_new(BIO_s_mem()), *down = BIO_new(BIO_s_mem());
	int c = 0, s = 0;

	if (up == NULL || down == NULL || BIO_up_ref(up) != 1 ||
	    BIO_up_ref(down) != 1)
		die("no memory");
	/* An empty one means "later", not the end. */
	(void)BIO_set_mem_eof_return(up, -1);
	(void)BIO_set_mem_eof_return(down, -1);
	SSL_set_bio(client, down, up);
	SSL_set_bio(server, up, down);
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	for (int i = 0; i < 16 && (c != 1 || s != 1); i++) {
		if (c != 1)
			c = SSL_do_handshake(client);
		if (s != 1)
			s = SSL_do_handshake(server);
	}
	return c == 1 && s == 1;
}

static size_t
number(const char *text, size_t most)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end != '\0' || n == 0 || n > most) {
		(void)fprintf(stderr, "bench: %s: not 1 to %zu\n", text, most);
		exit(2);
	}
	return (size_t)n;
}

/* One object: names are fixed, and values are numbers but for the version. */
static void
run(size_t rounds, BIO *table, BIO *json)
{
	struct tlspolicy_openssl openssl;

	tlspolicy_openssl_runtime(&openssl);
	if (table != NULL)
		(void)BIO_printf(table, "%s, libtlspolicy %s, %zu rounds\n\n",
		    openssl.text, tlspolicy_library_version(), rounds);
	if (json != NULL)
		(void)BIO_printf(json,
		    "{\"openssl\": \"%s\", \"rounds\": %zu,\n", openssl.text,
		    rounds);
	bench_calls(rounds, table, json);
	if (json != NULL)
		(void)BIO_puts(json, ",\n");
	bench_contexts(10000, table, json);
	if (json != NULL)
		(void)BIO_puts(json, ",\n");
	bench_callbacks(rounds, table, json);
	if (json != NULL)
		(void)BIO_puts(json, ",\n");
	bench_handshakes(rounds, table, json);
	if (json != NULL)
		(void)BIO_puts(json, "}\n");
}

int
main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "rounds", required_argument, NULL, 'r' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	size_t rounds = 101;
	bool json = false;
	BIO *out;
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'r') {
			rounds = number(optarg, ROUNDS_MAX);
		} else if (c == 'j') {
			json = true;
		} else {
			(void)fputs(
			    "usage: bench [--rounds N] [--json]\n", stderr);
			return 2;
		}
	}
	if ((out = BIO_new_fp(stdout, BIO_NOCLOSE)) == NULL)
		die("no memory");
	run(rounds, json ? NULL : out, json ? out : NULL);
	BIO_free(out);
	return 0;
}
