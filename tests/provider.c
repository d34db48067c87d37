/* SPDX-License-Identifier: MIT */
/*
 * Groups and a signature algorithm from a provider, as users of post-quantum
 * providers have them: see provider-base(7), "CAPABILITIES", and
 * provider-keymgmt(7).
 */
#include <openssl/opensslv.h>

#include "provider.h"

#if OPENSSL_VERSION_NUMBER >= 0x30000000L
#include <string.h>

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/core_object.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/tls1.h>

enum { KEY_SIZE = 32 };
struct key {
	unsigned char public_key[KEY_SIZE];
};

/* Key management */

static void *
new_key(void *context)
{
	(void)context;
	return OPENSSL_zalloc(sizeof(struct key));
}

static void
free_key(void *key)
{
	OPENSSL_free(key);
}

static int
has(const void *key, int selection)
{
	(void)selection;
	return key != NULL;
}

static void *
begin(void *context, int selection, const OSSL_PARAM params[])
{
	static int work;

	(void)context, (void)selection, (void)params;
	return &work;
}

static int
set_params(void *work, const OSSL_PARAM params[])
{
	(void)work, (void)params;
	return 1;
}

static const OSSL_PARAM *
settable(void *work, void *context)
{
	static const OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
		OSSL_PARAM_END
	};

	(void)work, (void)context;
	return params;
}

/* No secret: no key exchange completes with it. */
static void *
generate(void *work, OSSL_CALLBACK *callback, void *arg)
{
	struct key *key = OPENSSL_zalloc(sizeof(*key));

	(void)work, (void)callback, (void)arg;
	if (key != NULL)
		memset(key->public_key, 0x42, sizeof(key->public_key));
	return key;
}

static void *
generate_none(void *work, OSSL_CALLBACK *callback, void *arg)
{
	(void)work, (void)callback, (void)arg;
	return NULL;
}

static void *
begin_coder(void *context)
{
	return begin(context, 0, NULL);
}

static void
end(void *work)
{
	(void)work;
}

static int
match(const void *a, const void *b, int selection)
{
	(void)selection;
	return memcmp(a, b, sizeof(struct key)) == 0;
}

/* What the decoder has made. */
static void *
load(const void *reference, size_t size)
{
	void *key = NULL;

	if (size == sizeof(key)) {
		memcpy(&key, reference, size);
		*(void **)(uintptr_t)reference = NULL;
	}
	return key;
}

static int
get_params(void *key, OSSL_PARAM params[])
{
	OSSL_PARAM *p;

	p = OSSL_PARAM_locate(params, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY);
	if (p != NULL &&
	    !OSSL_PARAM_set_octet_string(
		p, ((struct key *)key)->public_key, KEY_SIZE))
		return 0;
	p = OSSL_PARAM_locate(params, OSSL_PKEY_PARAM_BITS);
	if (p != NULL && !OSSL_PARAM_set_int(p, 8 * KEY_SIZE))
		return 0;
	p = OSSL_PARAM_locate(params, OSSL_PKEY_PARAM_SECURITY_BITS);
	if (p != NULL && !OSSL_PARAM_set_int(p, 128))
		return 0;
	p = OSSL_PARAM_locate(params, OSSL_PKEY_PARAM_MAX_SIZE);
	return p == NULL || OSSL_PARAM_set_int(p, KEY_SIZE);
}

static const OSSL_PARAM *
gettable(void *context)
{
	static const OSSL_PARAM params[] = {
		OSSL_PARAM_octet_string(
		    OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, NULL, 0),
		OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
		OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
		OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL), OSSL_PARAM_END
	};

	(void)context;
	return params;
}

#define FUNCTION(id, function) \
	{ \
		(id), (void (*)(void))(function) \
	}
#define KEYS(generator) \
	FUNCTION(OSSL_FUNC_KEYMGMT_NEW, new_key), \
	    FUNCTION(OSSL_FUNC_KEYMGMT_FREE, free_key), \
	    FUNCTION(OSSL_FUNC_KEYMGMT_HAS, has), \
	    FUNCTION(OSSL_FUNC_KEYMGMT_GEN_INIT, begin), \
	    FUNCTION(OSSL_FUNC_KEYMGMT_GEN_SET_PARAMS, set_params), \
	    FUNCTION(OSSL_FUNC_KEYMGMT_GEN_SETTABLE_PARAMS, settable), \
	    FUNCTION(OSSL_FUNC_KEYMGMT_GEN, generator), \
	    FUNCTION(OSSL_FUNC_KEYMGMT_GEN_CLEANUP, end), \
	    FUNCTION(OSSL_FUNC_KEYMGMT_GET_PARAMS, get_params), \
	    FUNCTION(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, gettable), \
	    FUNCTION(OSSL_FUNC_KEYMGMT_MATCH, match), \
	    FUNCTION(OSSL_FUNC_KEYMGMT_LOAD, load), FUNCTION(0, NULL)
static const OSSL_DISPATCH keys[] = { KEYS(generate) };
static const OSSL_DISPATCH dead_keys[] = { KEYS(generate_none) };

static const OSSL_ALGORITHM managements[] = {
	{ "XORGROUP", "provider=test", keys, NULL },
	{ "DEADGROUP", "provider=test", dead_keys, NULL },
	{ "xorsig", "provider=test", keys, NULL },
	{ NULL, NULL, NULL, NULL },
};

/* Signatures: a hash of key and text, which anyone can make. */

static void *
new_signer(void *context, const char *properties)
{
	(void)context, (void)properties;
	return OPENSSL_zalloc(sizeof(struct key));
}

static int
set_signer(void *signer, const char *digest, void *key, const OSSL_PARAM *in)
{
	(void)digest, (void)in;
	if (key != NULL)
		memcpy(signer, key, sizeof(struct key));
	return 1;
}

static int
sign(void *signer, unsigned char *out, size_t *len, size_t size,
    const unsigned char *text, size_t text_len)
{
	const struct key *key = signer;
	unsigned char keyed[1024];

	*len = KEY_SIZE;
	if (out == NULL)
		return 1;
	if (size < KEY_SIZE || text_len > sizeof(keyed) - KEY_SIZE)
		return 0;
	memcpy(keyed, key->public_key, KEY_SIZE);
	memcpy(keyed + KEY_SIZE, text, text_len);
	return EVP_Digest(
	    keyed, KEY_SIZE + text_len, out, NULL, EVP_sha256(), NULL);
}

static int
verify(void *signer, const unsigned char *signature, size_t len,
    const unsigned char *text, size_t text_len)
{
	unsigned char own[KEY_SIZE];
	size_t own_len;

	return sign(signer, own, &own_len, sizeof(own), text, text_len) == 1 &&
	    len == own_len && memcmp(own, signature, len) == 0;
}

static const OSSL_DISPATCH signs[] = {
	FUNCTION(OSSL_FUNC_SIGNATURE_NEWCTX, new_signer),
	FUNCTION(OSSL_FUNC_SIGNATURE_FREECTX, free_key),
	FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, set_signer),
	FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, sign),
	FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_INIT, set_signer),
	FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_VERIFY, verify),
	FUNCTION(0, NULL),
};
static const OSSL_ALGORITHM signatures[] = {
	{ "xorsig", "provider=test", signs, NULL },
	{ NULL, NULL, NULL, NULL },
};

/* Keys in certificates: a SubjectPublicKeyInfo (RFC 5280) of one length */

#define XORSIG_OID "2.999.1" /* X.660: for examples */
static const unsigned char spki[] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x88,
	0x37, 0x01, 0x03, 0x21, 0x00 };

static OSSL_FUNC_BIO_read_ex_fn *read_core;
static OSSL_FUNC_BIO_write_ex_fn *write_core;

static int
encode(void *work, OSSL_CORE_BIO *out, const void *key,
    const OSSL_PARAM abstract[], int selection, OSSL_PASSPHRASE_CALLBACK *pass,
    void *arg)
{
	size_t done;

	(void)work, (void)abstract, (void)selection, (void)pass, (void)arg;
	return write_core(out, spki, sizeof(spki), &done) == 1 &&
	    write_core(out, key, KEY_SIZE, &done) == 1;
}

static int
decode(void *work, OSSL_CORE_BIO *in, int selection, OSSL_CALLBACK *callback,
    void *callback_arg, OSSL_PASSPHRASE_CALLBACK *pass, void *arg)
{
	unsigned char der[sizeof(spki) + KEY_SIZE];
	static char type[] = "xorsig";
	int object = OSSL_OBJECT_PKEY, status;
	struct key *key;
	size_t done;
	OSSL_PARAM params[] = { OSSL_PARAM_int(OSSL_OBJECT_PARAM_TYPE, &object),
		OSSL_PARAM_utf8_string(
		    OSSL_OBJECT_PARAM_DATA_TYPE, type, sizeof(type) - 1),
		OSSL_PARAM_octet_string(
		    OSSL_OBJECT_PARAM_REFERENCE, &key, sizeof(key)),
		OSSL_PARAM_END };

	(void)selection, (void)pass, (void)arg;
	if (read_core(in, der, sizeof(der), &done) != 1 ||
	    done != sizeof(der) || memcmp(der, spki, sizeof(spki)) != 0 ||
	    (key = new_key(work)) == NULL)
		return 1; /* another decoder's */
	memcpy(key->public_key, der + sizeof(spki), KEY_SIZE);
	status = callback(params, callback_arg);
	free_key(key);
	return status;
}

static const OSSL_DISPATCH encodes[] = {
	FUNCTION(OSSL_FUNC_ENCODER_NEWCTX, begin_coder),
	FUNCTION(OSSL_FUNC_ENCODER_FREECTX, end),
	FUNCTION(OSSL_FUNC_ENCODER_ENCODE, encode),
	FUNCTION(0, NULL),
};
static const OSSL_DISPATCH decodes[] = {
	FUNCTION(OSSL_FUNC_DECODER_NEWCTX, begin_coder),
	FUNCTION(OSSL_FUNC_DECODER_FREECTX, end),
	FUNCTION(OSSL_FUNC_DECODER_DECODE, decode),
	FUNCTION(0, NULL),
};
static const OSSL_ALGORITHM encoders[] = {
	{ "xorsig", "provider=test,output=der,structure=SubjectPublicKeyInfo",
	    encodes, NULL },
	{ NULL, NULL, NULL, NULL },
};
static const OSSL_ALGORITHM decoders[] = {
	{ "xorsig", "provider=test,input=der,structure=SubjectPublicKeyInfo",
	    decodes, NULL },
	{ NULL, NULL, NULL, NULL },
};

/* The provider */

static const OSSL_ALGORITHM *
query(void *context, int operation, int *no_store)
{
	(void)context;
	*no_store = 0;
	switch (operation) {
	case OSSL_OP_KEYMGMT:
		return managements;
	case OSSL_OP_SIGNATURE:
		return signatures;
	case OSSL_OP_ENCODER:
		return encoders;
	case OSSL_OP_DECODER:
		return decoders;
	default:
		return NULL;
	}
}

static int
tell_group(const char *name, const char *algorithm, unsigned code,
    OSSL_CALLBACK *callback, void *arg)
{
	unsigned bits = 128, kem = 0;
	int min = TLS1_3_VERSION, max = 0, none = -1;
	char *text = (char *)(uintptr_t)name;
	const OSSL_PARAM params[] = { OSSL_PARAM_utf8_string(
					  OSSL_CAPABILITY_TLS_GROUP_NAME, text,
					  strlen(name) + 1),
		OSSL_PARAM_utf8_string(OSSL_CAPABILITY_TLS_GROUP_NAME_INTERNAL,
		    text, strlen(name) + 1),
		OSSL_PARAM_utf8_string(OSSL_CAPABILITY_TLS_GROUP_ALG,
		    (char *)(uintptr_t)algorithm, strlen(algorithm) + 1),
		OSSL_PARAM_uint(OSSL_CAPABILITY_TLS_GROUP_ID, &code),
		OSSL_PARAM_uint(OSSL_CAPABILITY_TLS_GROUP_SECURITY_BITS, &bits),
		OSSL_PARAM_uint(OSSL_CAPABILITY_TLS_GROUP_IS_KEM, &kem),
		OSSL_PARAM_int(OSSL_CAPABILITY_TLS_GROUP_MIN_TLS, &min),
		OSSL_PARAM_int(OSSL_CAPABILITY_TLS_GROUP_MAX_TLS, &max),
		OSSL_PARAM_int(OSSL_CAPABILITY_TLS_GROUP_MIN_DTLS, &none),
		OSSL_PARAM_int(OSSL_CAPABILITY_TLS_GROUP_MAX_DTLS, &none),
		OSSL_PARAM_END };

	return callback(params, arg);
}

#ifdef OSSL_CAPABILITY_TLS_SIGALG_NAME /* from 3.2 on */
static int
tell_sigalg(OSSL_CALLBACK *callback, void *arg)
{
	static char name[] = "xorsig";
	unsigned code = 0xfe44, bits = 128;
	int min = TLS1_3_VERSION, max = 0;
	const OSSL_PARAM params[] = { OSSL_PARAM_utf8_string(
					  OSSL_CAPABILITY_TLS_SIGALG_IANA_NAME,
					  name, sizeof(name)),
		OSSL_PARAM_utf8_string(
		    OSSL_CAPABILITY_TLS_SIGALG_NAME, name, sizeof(name)),
		OSSL_PARAM_uint(OSSL_CAPABILITY_TLS_SIGALG_CODE_POINT, &code),
		OSSL_PARAM_uint(
		    OSSL_CAPABILITY_TLS_SIGALG_SECURITY_BITS, &bits),
		OSSL_PARAM_int(OSSL_CAPABILITY_TLS_SIGALG_MIN_TLS, &min),
		OSSL_PARAM_int(OSSL_CAPABILITY_TLS_SIGALG_MAX_TLS, &max),
		OSSL_PARAM_END };

	return callback(params, arg);
}
#else
static int
tell_sigalg(OSSL_CALLBACK *callback, void *arg)
{
	(void)callback, (void)arg;
	return 1;
}
#endif

static int
tell(void *context, const char *what, OSSL_CALLBACK *callback, void *arg)
{
	(void)context;
	if (strcmp(what, "TLS-SIGALG") == 0)
		return tell_sigalg(callback, arg);
	return strcmp(what, "TLS-GROUP") != 0 ||
	    (tell_group("xorgroup", "XORGROUP", 0xfe42, callback, arg) &&
		tell_group("deadgroup", "DEADGROUP", 0xfe43, callback, arg));
}

static const OSSL_DISPATCH functions[] = {
	FUNCTION(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query),
	FUNCTION(OSSL_FUNC_PROVIDER_GET_CAPABILITIES, tell),
	FUNCTION(0, NULL),
};

static OSSL_provider_init_fn init;

static int
init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
    const OSSL_DISPATCH **out, void **context)
{
	static int state;

	(void)handle;
	for (; in->function_id != 0; in++) {
		if (in->function_id == OSSL_FUNC_BIO_READ_EX)
			read_core = OSSL_FUNC_BIO_read_ex(in);
		else if (in->function_id == OSSL_FUNC_BIO_WRITE_EX)
			write_core = OSSL_FUNC_BIO_write_ex(in);
	}
	*out = functions;
	*context = &state;
	return 1;
}

static OSSL_PROVIDER *loaded[2];

int
provider_load(void)
{
	/* OpenSSL tells certificates' keys by objects. */
	(void)OBJ_create(XORSIG_OID, "xorsig", "xorsig");
	loaded[0] = OSSL_PROVIDER_load(NULL, "default");
	if (OSSL_PROVIDER_add_builtin(NULL, "test", init) == 1)
		loaded[1] = OSSL_PROVIDER_load(NULL, "test");
	return loaded[0] != NULL && loaded[1] != NULL;
}

void
provider_unload(void)
{
	for (int i = 0; i < 2; i++) {
		if (loaded[i] != NULL)
			(void)OSSL_PROVIDER_unload(loaded[i]);
	}
}
#else
int
provider_load(void)
{
	return 0;
}

void
provider_unload(void)
{
}
#endif
