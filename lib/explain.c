/* SPDX-License-Identifier: MIT */
/* Why a handshake failed, told with this side's own settings. */
#include <string.h>

#include "explain.h"
#include "internal.h"

/* What is known of the connection. */
struct scene {
	const SSL *ssl;
	const char *us;
	bool dtls, quic;
	bool pinned, told;          /* told: there are verdicts */
	int verdict[VERSION_COUNT]; /* of this side */
	unsigned set, killed;       /* versions left, and by the level out */
	unsigned facts;             /* FACT_ */
	unsigned long entry;        /* of the error queue; 0: none */
	int reason;
	const struct cause *cause;
};

/* What to do about a version that is out on this side. */
static const char *const remedies[] = {
	[TLSPOLICY_AVAILABLE] = "use a method that is not pinned to a "
				"version",
	[TLSPOLICY_NOT_BUILT] = "use an OpenSSL that has it",
	[TLSPOLICY_BELOW_MIN] = "lower min=",
	[TLSPOLICY_ABOVE_MAX] = "raise max=",
	[TLSPOLICY_DISABLED] = "shorten disable= (SSL_OP_NO_*)",
	[TLSPOLICY_CUT_OFF] = "close the hole in its versions (disable=, "
			      "SSL_OP_NO_*)",
	[TLSPOLICY_SECURITY_LEVEL] = "set level=0 with TLSPOLICY_OVERRIDE "
				     "(both ends)",
	[TLSPOLICY_NO_CIPHER] = "permit ciphers for its highest version "
				"(ciphersuites= for TLS 1.3, ciphers= below)",
	[TLSPOLICY_NO_GROUP] = "permit groups that it can use (groups=, "
			       "level=)",
	[TLSPOLICY_NO_SIGALG] = "permit signature algorithms that it can use "
				"(sigalgs=, level=)",
	[TLSPOLICY_NO_CERTIFICATE] = "load a certificate that suits ciphers=, "
				     "sigalgs= and level= (what a callback "
				     "loads is not seen here)",
};
#define REMEDY_COUNT (sizeof(remedies) / sizeof(remedies[0]))
#define BIT(verdict) (1u << (unsigned)(verdict))

/* Looking */

static void
look_at_versions(struct scene *scene, const struct target *target)
{
	const SSL *ssl = scene->ssl;
	/* The verdicts go by the certificates of the context. */
	const bool own = SSL_get_certificate(ssl) != NULL &&
	    SSL_CTX_get0_certificate(SSL_get_SSL_CTX(ssl)) == NULL;
	enum tlspolicy_role role = (scene->facts & FACT_SERVER) != 0
	    ? TLSPOLICY_SERVER
	    : TLSPOLICY_CLIENT;
	struct state state;

	scene->told =
	    tlsp_state_read(&state, target, role, VERSIONS_ALL) == TLSPOLICY_OK;
	for (unsigned i = 0; scene->told && i < VERSION_COUNT; i++) {
		enum tlspolicy_verdict verdict =
		    tlsp_verdict(&state, role, 1u << i);

		if (verdict == TLSPOLICY_NO_CERTIFICATE && own)
			verdict = TLSPOLICY_AVAILABLE;
		if (verdict == TLSPOLICY_AVAILABLE)
			scene->set |= 1u << i;
		else if (verdict == TLSPOLICY_SECURITY_LEVEL)
			scene->killed |= 1u << i;
		scene->verdict[i] = (int)verdict;
	}
	tlsp_state_close(&state);
	ERR_clear_error();
}

static void
look(struct scene *scene)
{
	const SSL *ssl = scene->ssl;
	const struct target target = tlsp_target(NULL, (SSL *)(uintptr_t)ssl);
	/* OpenSSL calls a QUIC client a server until its handshake begins. */
	const bool server =
	    SSL_is_server(ssl) && !tlsp_lacks(&target, TLSPOLICY_SERVER);
	const SSL_METHOD *method = SSL_get_ssl_method(ssl);
	int version;

	scene->us = server ? "server" : "client";
	scene->facts = server ? FACT_SERVER : FACT_CLIENT;
	scene->dtls = target.dtls;
	scene->quic = target.quic;
	scene->pinned = target.pinned;
	look_at_versions(scene, &target);
	/* SSL_version() means nothing until OpenSSL has put in a method. */
	if (scene->quic ||
	    (method != SSL_CTX_get_ssl_method(target.ctx) &&
		tlsp_is_pinned(method))) {
		scene->facts |= FACT_CHOSEN;
		version = tlsp_version_as_tls(SSL_version(ssl));
	} else {
		scene->facts |= FACT_OPEN;
		version = tlsp_version_highest(
		    scene->set != 0 ? scene->set : scene->killed);
	}
	if ((tlsp_version_bit(version) & VERSIONS_OLD) != 0)
		scene->facts |= FACT_OLD;
}

/*
 * The entry that tells most.  SSL_do_handshake() begins by clearing the queue,
 * so the first entry of its library is the cause; later ones come of giving up
 * or of calls on the dead connection.  After the handshake SSL_read() clears
 * nothing, and older entries may be another connection's: the last counts.
 */
static unsigned long
pick_entry(const struct errors *errors, bool last)
{
	unsigned long found = 0, entry;

	for (int i = 0; (entry = tlsp_errors_entry(errors, i)) != 0; i++) {
		if (found == 0 ||
		    (ERR_GET_LIB(entry) == ERR_LIB_SSL &&
			(last || ERR_GET_LIB(found) != ERR_LIB_SSL)))
			found = entry;
	}
	return found;
}

/* Whether it only has to be called again; the error queue must be empty. */
static bool
is_waiting(const struct scene *scene)
{
	const SSL *ssl = scene->ssl;

	if (SSL_get_rbio(ssl) == NULL || SSL_get_wbio(ssl) == NULL)
		return false;
	switch (SSL_get_error(ssl, -1)) {
	case SSL_ERROR_SYSCALL:
		/* QUIC's word for a server before its first call. */
		return scene->quic && !SSL_in_before(ssl);
	case SSL_ERROR_SSL:
	case SSL_ERROR_ZERO_RETURN:
		return false;
	default:
		return true;
	}
}

static int
reason_of(const struct scene *scene)
{
	const SSL *ssl = scene->ssl;
	const unsigned long entry = scene->entry;
	const bool failed = strcmp(SSL_state_string(ssl), "SSLERR") == 0;
	const int reason = ERR_GET_LIB(entry) == ERR_LIB_SSL
	    ? ERR_GET_REASON(entry)
	    : REASON_ELSEWHERE;

	if (SSL_is_init_finished(ssl))
		return REASON_COMPLETED;
	if (!failed && is_waiting(scene))
		return REASON_WAITING;
	if (!failed && SSL_in_before(ssl) &&
	    reason != SSL_R_CONNECTION_TYPE_NOT_SET)
		return REASON_NOT_BEGUN;
	if (entry == 0) /* UDP has no end of file */
		return failed || scene->quic ? REASON_CLEARED
					     : REASON_UNEXPECTED_EOF;
	if (reason != SSL_R_CERTIFICATE_VERIFY_FAILED)
		return reason;
	switch (SSL_get_verify_result(ssl)) {
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
	case X509_V_ERR_CA_MD_TOO_WEAK:
		return REASON_WEAK;
	default:
		return reason;
	}
}

static unsigned
client_highest(const struct scene *scene)
{
	return tlsp_version_bit(
	    tlsp_version_as_tls(SSL_client_version(scene->ssl)));
}

/*
 * legacy_version ends at TLS 1.2: a client that says so may have more, unless
 * this server has TLS 1.3, which would have been chosen then.
 */
static bool
offer_is_known(const struct scene *scene)
{
	const unsigned highest = client_highest(scene);

	return (highest & VERSIONS_OLD) != 0 ||
	    (highest == V1_2 && (scene->dtls || (scene->set & V1_3) != 0));
}

/* The versions that might have helped, had this side permitted them. */
static unsigned
versions_missed(const struct scene *scene)
{
	const unsigned also = scene->cause->also, set = scene->set;
	unsigned missed = 0;

	if (!scene->told)
		return 0;
	if (set == 0)
		missed = (also & ALSO_OWN) != 0 ? VERSIONS_ALL : 0;
	else if ((also & ALSO_OFFER) != 0)
		missed = client_highest(scene);
	if ((missed & V1_2) != 0)
		missed |= V1_3;
	if ((also & ALSO_UP) != 0)
		missed |= tlsp_version_bit(tlsp_version_highest(set)) << 1;
	if ((also & ALSO_DOWN) != 0)
		missed |= tlsp_version_bit(tlsp_version_lowest(set)) >> 1;
	return missed & ~set & tlsp_versions_of(scene->dtls, scene->quic);
}

/* Telling */

/* An item of a list: *before comes before it, and `next` before the next. */
static void
put_part(
    struct output *out, const char **before, const char *text, const char *next)
{
	tlsp_put(out, *before);
	tlsp_put(out, text);
	*before = next;
}

static void
put_entry(struct output *out, const char **before, unsigned long entry)
{
	const char *lib = ERR_lib_error_string(entry);
	const char *text = ERR_reason_error_string(entry);
	char number[48];

	if (text == NULL) {
		(void)BIO_snprintf(number, sizeof(number),
		    "library %d, reason %d", ERR_GET_LIB(entry),
		    ERR_GET_REASON(entry));
		text = number;
	}
	if (lib != NULL)
		put_part(out, before, lib, ": ");
	put_part(out, before, text, ", ");
}

static void
put_alert(struct output *out, const char **before, int alert)
{
	const char *name = SSL_alert_desc_string_long(alert);
	char number[16];

	(void)BIO_snprintf(number, sizeof(number), "alert %d", alert);
	put_part(out, before, number, ", ");
	if (strcmp(name, "unknown") != 0)
		put_part(out, before, name, ", ");
}

/* What is known for sure, in parentheses. */
static void
put_details(struct output *out, const struct scene *scene)
{
	const SSL *ssl = scene->ssl;
	const unsigned also = scene->cause->also;
	const char *before = " (";

	if ((scene->facts & FACT_CHOSEN) != 0)
		put_part(out, &before, SSL_get_version(ssl), ", ");
	if (scene->reason == REASON_COMPLETED)
		put_part(out, &before, SSL_get_cipher_name(ssl), ", ");
	if (tlsp_cause_alert(scene->reason) >= 0)
		put_alert(out, &before, tlsp_cause_alert(scene->reason));
	if ((also & ALSO_VERIFY) != 0)
		put_part(out, &before,
		    X509_verify_cert_error_string(SSL_get_verify_result(ssl)),
		    ", ");
	if ((also & ALSO_ENTRY) != 0)
		put_entry(out, &before, scene->entry);
	if ((also & ALSO_OFFER) != 0 && offer_is_known(scene)) {
		put_part(out, &before, "at most ", "");
		tlsp_put(out, tlspolicy_protocol_name(SSL_client_version(ssl)));
	}
	tlsp_put(out, before[0] == ' ' ? "" : ")");
}

static void
put_names(struct output *out, const struct scene *scene, unsigned set,
    const char *before)
{
	for (unsigned i = 0; i < VERSION_COUNT; i++) {
		if ((set & (1u << i)) != 0)
			put_part(out, &before,
			    tlsp_version_name(
				scene->dtls, TLS1_VERSION + (int)i),
			    ", ");
	}
}

/* What this side would negotiate, and why not the rest. */
static void
put_negotiable(struct output *out, const struct scene *scene)
{
	const unsigned rest =
	    tlsp_versions_of(scene->dtls, scene->quic) & ~scene->set;
	const char *before = " (";

	if (!scene->told)
		return;
	tlsp_put(out, "; this ");
	tlsp_put(out, scene->us);
	tlsp_put(out, " would negotiate ");
	tlsp_put(out, scene->set == 0 ? "no version" : "");
	put_names(out, scene, scene->set, "");
	for (int verdict = 0; verdict < (int)REMEDY_COUNT; verdict++) {
		unsigned same = 0;

		for (unsigned i = 0; i < VERSION_COUNT; i++) {
			if (scene->verdict[i] == verdict)
				same |= rest & (1u << i);
		}
		if (same == 0)
			continue;
		put_names(out, scene, same, before);
		tlsp_put(out, ": ");
		tlsp_put(out, tlspolicy_verdict_name(verdict));
		before = "; ";
	}
	tlsp_put(out, before[0] == ';' ? ")" : "");
}

/* The verdicts to do something about, as bits. */
static unsigned
verdicts_missed(const struct scene *scene, unsigned missed)
{
	const unsigned range =
	    BIT(TLSPOLICY_BELOW_MIN) | BIT(TLSPOLICY_ABOVE_MAX);
	unsigned verdicts = 0, nearest = BIT(REMEDY_COUNT);

	for (unsigned i = 0; i < VERSION_COUNT; i++) {
		if ((missed & (1u << i)) != 0)
			verdicts |= BIT(scene->verdict[i]);
	}
	/* With nothing left, what came farthest is the nearest to cure. */
	if (scene->set == 0 && verdicts != 0) {
		while ((verdicts & nearest) == 0)
			nearest >>= 1;
		verdicts &= nearest | BIT(TLSPOLICY_ABOVE_MAX);
	}
	if (scene->pinned && (verdicts & range) != 0)
		verdicts = (verdicts & ~range) | BIT(TLSPOLICY_AVAILABLE);
	return verdicts;
}

static void
put_advice(struct output *out, const struct scene *scene)
{
	const unsigned missed = versions_missed(scene);
	const unsigned verdicts = verdicts_missed(scene, missed);
	const bool own = missed != 0 && scene->set == 0;
	const char *before = own ? ", " : " ";

	tlsp_put(out, own ? "On this " : scene->cause->advice);
	if (verdicts == 0)
		return;
	tlsp_put(out, own ? "" : ", or on this ");
	tlsp_put(out, scene->us);
	for (unsigned i = 0; i < REMEDY_COUNT; i++) {
		if ((verdicts & BIT(i)) != 0)
			put_part(out, &before, remedies[i], " or ");
	}
	if (!own && (missed & VERSIONS_OLD) != 0 &&
	    (verdicts & BIT(TLSPOLICY_SECURITY_LEVEL)) == 0 &&
	    SSL_get_security_level(scene->ssl) > 0)
		tlsp_put(out,
		    " (a version before TLS 1.2 takes level=0 with "
		    "TLSPOLICY_OVERRIDE at both ends)");
}

int
tlspolicy_explain(const SSL *ssl, char *buf, size_t size)
{
	struct output out = { buf, size, 0 };
	struct scene scene = { .ssl = ssl };
	struct errors errors;

	if (ssl == NULL || (buf == NULL && size > 0) ||
	    !tlsp_is_connection(ssl))
		return TLSPOLICY_E_INVALID;
	if (size > 0)
		buf[0] = '\0';
	if (!tlsp_errors_begin(&errors))
		return TLSPOLICY_E_NOMEM;
	look(&scene);
	scene.entry = pick_entry(&errors, SSL_get_state(ssl) == TLS_ST_OK);
	scene.reason = reason_of(&scene);
	scene.cause = tlsp_cause(scene.reason, scene.facts);
	tlsp_put(&out, scene.cause->what);
	put_details(&out, &scene);
	if ((scene.cause->also & ALSO_OTHER) != 0)
		tlsp_put(&out, ", not a version problem");
	put_negotiable(&out, &scene);
	tlsp_put(&out, ". ");
	put_advice(&out, &scene);
	tlsp_put(&out, ".");
	tlsp_errors_end(&errors, false);
	return (int)out.len;
}
