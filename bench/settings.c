/* SPDX-License-Identifier: MIT */
/*
 * The same settings by hand and by SSL_CONF_cmd().  Neither asks what the
 * context had, whether OpenSSL took every name, or whether anything is left.
 */
#include <stdio.h>
#include <string.h>

#include "bench.h"

/* As lib/profile.c has them, without what marks an item as optional. */
#define SUITES \
	"TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:" \
	"TLS_CHACHA20_POLY1305_SHA256"
#define FORWARD \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:" \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:" \
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define OLDER \
	"ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:" \
	"ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:" \
	"ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:" \
	"ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA:" \
	"AES128-GCM-SHA256:AES256-GCM-SHA384:" \
	"AES128-SHA256:AES256-SHA256:AES128-SHA:AES256-SHA"
#define SIGALGS "ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256"
#define GROUPS  "?X25519MLKEM768:?SecP256r1MLKEM768:?X25519:prime256v1:secp384r1"

const struct recipe recipes[RECIPES] = {
	[VERSION_ONLY] = { .name = "versions alone",
	    .text = "min=TLSv1.2,max=TLSv1.3",
	    .min = TLS1_2_VERSION,
	    .max = TLS1_3_VERSION,
	    .level = -1 },
	[NO_LISTS_OF_CLIENT] = { .name = "versions, level, ciphers",
	    .text =
		"min=TLSv1.2,level=2,ciphers=" FORWARD ",ciphersuites=" SUITES,
	    .min = TLS1_2_VERSION,
	    .level = 2,
	    .ciphers = FORWARD,
	    .suites = SUITES },
	[EVERY_FIELD] = { .name = "every field",
	    .text =
		"min=TLSv1.2,max=TLSv1.3,disable=TLSv1:TLSv1.1,level=2,"
		"renegotiation=off,preference=client,ciphers=" FORWARD
		",ciphersuites=" SUITES ",groups=" GROUPS ",sigalgs=" SIGALGS,
	    .min = TLS1_2_VERSION,
	    .max = TLS1_3_VERSION,
	    .level = 2,
	    .on = SSL_OP_NO_RENEGOTIATION,
	    .off = SSL_OP_CIPHER_SERVER_PREFERENCE,
	    .ciphers = FORWARD,
	    .suites = SUITES,
	    .sigalgs = SIGALGS,
	    .groups = true,
	    .options = "NoRenegotiation,-ServerPreference" },
	[MODERN] = { .name = "modern",
	    .text = "modern",
	    .min = TLS1_3_VERSION,
	    .level = 2,
	    .on = SSL_OP_NO_RENEGOTIATION,
	    .off = SSL_OP_CIPHER_SERVER_PREFERENCE,
	    .suites = SUITES,
	    .groups = true,
	    .options = "NoRenegotiation,-ServerPreference" },
	[INTERMEDIATE] = { .name = "intermediate",
	    .text = "intermediate",
	    .min = TLS1_2_VERSION,
	    .level = 2,
	    .on = SSL_OP_NO_RENEGOTIATION,
	    .off = SSL_OP_CIPHER_SERVER_PREFERENCE,
	    .ciphers = FORWARD,
	    .suites = SUITES,
	    .groups = true,
	    .options = "NoRenegotiation,-ServerPreference" },
	[COMPAT] = { .name = "compat",
	    .text = "compat@2026",
	    .min = TLS1_2_VERSION,
	    .level = 2,
	    .off = SSL_OP_CIPHER_SERVER_PREFERENCE,
	    .ciphers = FORWARD ":" OLDER,
	    .suites = SUITES,
	    .groups = true,
	    .options = "-ServerPreference" },
	[LEGACY] = { .name = "legacy",
	    .text = "legacy",
	    .min = TLS1_VERSION,
	    .level = 0,
	    .on = SSL_OP_CIPHER_SERVER_PREFERENCE,
	    .ciphers = FORWARD ":" OLDER ":DES-CBC3-SHA",
	    .suites = SUITES,
	    .groups = true,
	    .options = "ServerPreference" },
	[SYSTEM] = { .name = "system", .text = "system", .level = -1 },
};

const char *
settings_groups(void)
{
	static const char *const lists[] = {
		/* From 3.5 on. */
		"*X25519MLKEM768:SecP256r1MLKEM768/*X25519:prime256v1:"
		"secp384r1",
		"X25519:prime256v1:secp384r1",
	};
	static const char *chosen;
	SSL_CTX *ctx;

	if (chosen != NULL)
		return chosen;
	if ((ctx = SSL_CTX_new(TLS_method())) == NULL)
		die("SSL_CTX_new");
	chosen = lists[1];
	if (SSL_CTX_set1_groups_list(ctx, (char *)(uintptr_t)lists[0]) == 1)
		chosen = lists[0];
	ERR_clear_error();
	SSL_CTX_free(ctx);
	return chosen;
}

static bool
ssl_by_hand(const struct recipe *to, SSL *ssl)
{
	bool done = true;

	if (to->level != -1)
		SSL_set_security_level(ssl, to->level);
	if (to->min != 0)
		done = SSL_set_min_proto_version(ssl, to->min) == 1 && done;
	if (to->max != 0)
		done = SSL_set_max_proto_version(ssl, to->max) == 1 && done;
	if (to->off != 0)
		(void)SSL_clear_options(ssl, to->off);
	if (to->on != 0)
		(void)SSL_set_options(ssl, to->on);
	if (to->suites != NULL)
		done = SSL_set_ciphersuites(ssl, to->suites) == 1 && done;
	if (to->ciphers != NULL)
		done = SSL_set_cipher_list(ssl, to->ciphers) == 1 && done;
	if (to->groups)
		done = SSL_set1_groups_list(
			   ssl, (char *)(uintptr_t)settings_groups()) == 1 &&
		    done;
	if (to->sigalgs != NULL)
		done = SSL_set1_sigalgs_list(
			   ssl, (char *)(uintptr_t)to->sigalgs) == 1 &&
		    done;
	return done;
}

bool
settings_by_hand(const struct recipe *to, SSL_CTX *ctx, SSL *ssl)
{
	bool done = true;

	if (ssl != NULL)
		return ssl_by_hand(to, ssl);
	if (to->level != -1)
		SSL_CTX_set_security_level(ctx, to->level);
	if (to->min != 0)
		done = SSL_CTX_set_min_proto_version(ctx, to->min) == 1 && done;
	if (to->max != 0)
		done = SSL_CTX_set_max_proto_version(ctx, to->max) == 1 && done;
	if (to->off != 0)
		(void)SSL_CTX_clear_options(ctx, to->off);
	if (to->on != 0)
		(void)SSL_CTX_set_options(ctx, to->on);
	if (to->suites != NULL)
		done = SSL_CTX_set_ciphersuites(ctx, to->suites) == 1 && done;
	if (to->ciphers != NULL)
		done = SSL_CTX_set_cipher_list(ctx, to->ciphers) == 1 && done;
	if (to->groups)
		done = SSL_CTX_set1_groups_list(
			   ctx, (char *)(uintptr_t)settings_groups()) == 1 &&
		    done;
	if (to->sigalgs != NULL)
		done = SSL_CTX_set1_sigalgs_list(
			   ctx, (char *)(uintptr_t)to->sigalgs) == 1 &&
		    done;
	return done;
}

static bool
command(SSL_CONF_CTX *conf, const char *name, const char *value)
{
	return value == NULL || SSL_CONF_cmd(conf, name, value) == 2;
}

static const char *
version_name(int version)
{
	return version == 0 ? NULL : tlspolicy_protocol_name(version);
}

/* The level has no command of its own, but the cipher string has a word. */
static const char *
cipher_string(const struct recipe *to, char *buf, size_t size)
{
	if (to->level == -1 || to->ciphers == NULL)
		return to->ciphers;
	(void)snprintf(buf, size, "@SECLEVEL=%d:%s", to->level, to->ciphers);
	return buf;
}

bool
settings_by_conf(const struct recipe *to, SSL_CTX *ctx, SSL *ssl)
{
	SSL_CONF_CTX *conf = SSL_CONF_CTX_new();
	char ciphers[2048];
	bool done;

	if (conf == NULL)
		return false;
	SSL_CONF_CTX_set_flags(conf,
	    SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_CLIENT | SSL_CONF_FLAG_SERVER);
	if (ssl != NULL)
		SSL_CONF_CTX_set_ssl(conf, ssl);
	else
		SSL_CONF_CTX_set_ssl_ctx(conf, ctx);
	done = command(conf, "MinProtocol", version_name(to->min)) &&
	    command(conf, "MaxProtocol", version_name(to->max)) &&
	    command(conf, "Options", to->options) &&
	    command(conf, "Ciphersuites", to->suites) &&
	    command(conf, "CipherString",
		cipher_string(to, ciphers, sizeof(ciphers))) &&
	    command(conf, "Groups", to->groups ? settings_groups() : NULL) &&
	    command(conf, "SignatureAlgorithms", to->sigalgs) &&
	    SSL_CONF_CTX_finish(conf) == 1;
	SSL_CONF_CTX_free(conf);
	return done;
}
