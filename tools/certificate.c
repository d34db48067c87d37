/* SPDX-License-Identifier: MIT */
/* The certificates that a server shows: told, and not judged. */
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include "scan.h"

enum { CERTIFICATES_MOST = 8 };

static json_t *
subject_of(X509 *certificate)
{
	/* Escapes control bytes, as everything does that is put out. */
	BIO *bio = must(BIO_new(BIO_s_mem()));
	char text[512];
	int len;

	(void)X509_NAME_print_ex(
	    bio, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
	len = BIO_read(bio, text, sizeof(text) - 1);
	text[len > 0 ? len : 0] = '\0';
	BIO_free(bio);
	return new_text(text);
}

static json_t *
expiry_of(const X509 *certificate)
{
	struct tm tm = { .tm_year = 0 };
	char text[40];

	if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &tm) != 1)
		return json_null();
	(void)snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02dZ",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
	    tm.tm_sec);
	return new_text(text);
}

static json_t *
fingerprint_of(const X509 *certificate)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	char text[2 * EVP_MAX_MD_SIZE + 1] = "";
	unsigned len = 0;

	if (X509_digest(certificate, EVP_sha256(), hash, &len) != 1)
		len = 0;
	for (size_t i = 0; i < len; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", hash[i]);
	return new_text(text);
}

static json_t *
describe(X509 *certificate)
{
	const EVP_PKEY *key = X509_get0_pubkey(certificate);
	json_t *object = new_object();
	const char *name = NULL;

	if (key != NULL)
		name = key_name(key);
	put(object, "subject", subject_of(certificate));
	put(object, "key", new_text(name));
	put(object, "size",
	    key == NULL ? json_null() : must(json_integer(EVP_PKEY_bits(key))));
	put(object, "signature",
	    new_text(OBJ_nid2ln(X509_get_signature_nid(certificate))));
	put(object, "expiry", expiry_of(certificate));
	put(object, "sha256", fingerprint_of(certificate));
	return object;
}

void
note_certificate(struct target *target, X509 *certificate)
{
	json_t *made, *known;

	if (json_array_size(target->certificates) >= CERTIFICATES_MOST)
		return;
	made = describe(certificate);
	ERR_clear_error();
	for (size_t i = 0;
	     (known = json_array_get(target->certificates, i)) != NULL; i++) {
		if (json_equal(made, known)) {
			json_decref(made);
			return;
		}
	}
	add(target->certificates, made);
}

void
print_certificates(const json_t *report)
{
	const json_t *all = json_object_get(report, "certificates"), *c;

	for (size_t i = 0; (c = json_array_get(all, i)) != NULL; i++)
		(void)printf("certificate %s: %s %d bits, signed by %s, "
			     "expires %s\n",
		    text_of(c, "subject"), text_of(c, "key"),
		    (int)json_integer_value(json_object_get(c, "size")),
		    text_of(c, "signature"), text_of(c, "expiry"));
}
