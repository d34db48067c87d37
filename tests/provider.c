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
#include <openssl/crypto.h>
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

/* No secret: nobody completes a handshake with it. */
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

static void
end(void *work)
{
	(void)work;
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
	    FUNCTION(0, NULL)
static const OSSL_DISPATCH keys[] = { KEYS(generate) };
static const OSSL_DISPATCH dead_keys[] = { KEYS(generate_none) };

static const OSSL_ALGORITHM managements[] = {
	{ "XORGROUP", "provider=test", keys, NULL },
	{ "DEADGROUP", "provider=test", dead_keys, NULL },
	{ NULL, NULL, NULL, NULL },
};

/* The provider */

static const OSSL_ALGORITHM *
query(void *context, int operation, int *no_store)
{
	(void)context;
	*no_store = 0;
	return operation == OSSL_OP_KEYMGMT ? managements : NULL;
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
/* Its keys are those of the group: nobody signs with it. */
static int
tell_sigalg(OSSL_CALLBACK *callback, void *arg)
{
	static char name[] = "xorsig", type[] = "XORGROUP";
	unsigned code = 0xfe44, bits = 128;
	int min = TLS1_3_VERSION, max = 0;
	const OSSL_PARAM params[] = { OSSL_PARAM_utf8_string(
					  OSSL_CAPABILITY_TLS_SIGALG_IANA_NAME,
					  name, sizeof(name)),
		OSSL_PARAM_utf8_string(
		    OSSL_CAPABILITY_TLS_SIGALG_NAME, name, sizeof(name)),
		OSSL_PARAM_utf8_string(
		    OSSL_CAPABILITY_TLS_SIGALG_KEYTYPE, type, sizeof(type)),
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

	(void)handle, (void)in;
	*out = functions;
	*context = &state;
	return 1;
}

static OSSL_PROVIDER *loaded[2];

int
provider_load(void)
{
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
