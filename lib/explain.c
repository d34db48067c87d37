/* SPDX-License-Identifier: MIT */
/* Why a handshake failed, told with this side's own settings. */
#include <string.h>

#include "explain.h"
#include "internal.h"

/* What an end with some settings would negotiate: sets of versions. */
struct view {
	bool told;
	unsigned of[TLSPOLICY_NO_CERTIFICATE + 1]; /* by verdict */
	unsigned set, reach; /* that work; that it would go into */
	unsigned unknown;    /* that what is not seen here may make work */
};

/* What is known of the connection. */
struct scene {
	const SSL *ssl;
	struct target target;
	enum tlspolicy_role role;
	struct view view;
	unsigned facts;      /* FACT_ */
	unsigned chosen;     /* the version, if one is */
	unsigned long entry; /* of the error queue; 0: none */
	int reason;
	const struct cause *cause;
};

/* Changes of settings: any of them is safer than all that follow. */
enum { MAX = 0x1, OPTIONS = 0x2, MIN = 0x4, LEVEL = 0x8, CURES = 0x10 };
static const char *const steps[] = {
	"raise max=", "shorten disable= (SSL_OP_NO_*)", "lower min="
};

/* What to do about verdicts, where none of these helps. */
static const char *const remedies[] = {
	[TLSPOLICY_AVAILABLE] = "use a method that is not pinned to a version",
	[TLSPOLICY_NOT_BUILT] = "use an OpenSSL that has it",
	[TLSPOLICY_NO_CIPHER] = "permit ciphers for its highest version "
				"([ciphersuites= for TLS 1.3, ]ciphers=[ "
				"below])",
	[TLSPOLICY_NO_GROUP] = "permit groups that it can use (groups=, "
			       "level=)",
	[TLSPOLICY_NO_SIGALG] = "permit signature algorithms that it can use "
				"(sigalgs=, level=)",
	[TLSPOLICY_NO_CERTIFICATE] = "load a certificate that suits ciphers=, "
				     "sigalgs= and level= (what a callback "
				     "loads is not seen here)",
};
#define REMEDY_COUNT (sizeof(remedies) / sizeof(remedies[0]))

/* Looking */

static void
look_at_versions(
    const struct scene *scene, const struct target *target, struct view *view)
{
	const SSL *ssl = scene->ssl;
	/* The verdicts go by the certificates of the context. */
	const bool own = SSL_get_certificate(ssl) != NULL &&
	    SSL_CTX_get0_certificate(SSL_get_SSL_CTX(ssl)) == NULL;
	struct state state;
	unsigned usable = 0;

	view->told = tlsp_state_read(&state, target, scene->role,
			 VERSIONS_ALL) == TLSPOLICY_OK;
	view->reach = !view->told ? 0
	    : scene->role == TLSPOLICY_SERVER
	    ? state.enabled
	    : tlsp_versions_lowest_run(state.enabled);
	if (view->told)
		usable = tlsp_usable_versions(&state, scene->role);
	for (unsigned bit = 1; view->told && bit < VERSIONS_ALL; bit <<= 1) {
		enum tlspolicy_verdict verdict =
		    tlsp_verdict(&state, scene->role, bit);

		if (verdict == TLSPOLICY_NO_CERTIFICATE && own)
			verdict = TLSPOLICY_AVAILABLE;
		view->of[verdict] |= bit;
		if (verdict >= TLSPOLICY_NO_CIPHER)
			view->unknown |= usable & bit;
	}
	view->set = view->of[TLSPOLICY_AVAILABLE];
	tlsp_state_close(&state);
	ERR_clear_error();
}

/* Whether a client was asked for a certificate that its key cannot sign for. */
static bool
is_withheld(SSL *ssl)
{
	X509 *x = SSL_get_certificate(ssl);
	unsigned char sign, hash;
	const struct name *name;

	if (x == NULL ||
	    SSL_get_sigalgs(ssl, 0, NULL, NULL, NULL, NULL, NULL) == 0)
		return false;
	for (int i = 0;
	     SSL_get_shared_sigalgs(ssl, i, NULL, NULL, NULL, &sign, &hash) > i;
	     i++) {
		name = tlsp_name_of(LIST_SIGALGS, (uint16_t)(hash << 8 | sign));
		if (name == NULL ||
		    name->key == tlsp_key_kind(X509_get0_pubkey(x)))
			return false;
	}
	return true;
}

/* Whether a client offers a session whose cipher it does not permit. */
static bool
is_stale(const SSL *ssl)
{
	const SSL_SESSION *session = SSL_get_session(ssl);
	const SSL_CIPHER *cipher =
	    session == NULL ? NULL : SSL_SESSION_get0_cipher(session);

	return cipher != NULL && !tlsp_ciphers_in(SSL_get_ciphers(ssl), cipher);
}

static unsigned
facts_of(const struct scene *scene)
{
	SSL *ssl = (SSL *)(uintptr_t)scene->ssl;
	const bool client = scene->role == TLSPOLICY_CLIENT;
	const unsigned lowest = scene->target.dtls ? V1_1 : V1_0;
	unsigned facts = client ? FACT_CLIENT : FACT_SERVER;
	char byte;

	facts |= scene->target.dtls ? FACT_DTLS : 0;
	facts |= (scene->view.reach & lowest) != 0 ? FACT_LOWEST : 0;
	facts |= SSL_get_certificate(ssl) != NULL ? FACT_LOADED : FACT_BARE;
	facts |= client && is_stale(ssl) ? FACT_STALE : 0;
	/* SSL_is_init_finished() forgets it when the connection ends. */
	if (SSL_get_finished(ssl, &byte, 1) > 0 &&
	    SSL_get_peer_finished(ssl, &byte, 1) > 0)
		facts |= FACT_DONE;
	if ((facts & FACT_DONE) != 0 && SSL_version(ssl) != TLS1_3_VERSION &&
	    (SSL_get_options(ssl) & SSL_OP_NO_RENEGOTIATION) != 0)
		facts |= FACT_BANNED;
	else if (client && is_withheld(ssl))
		facts |= FACT_WITHHELD;
	return facts;
}

static void
look(struct scene *scene)
{
	const SSL *ssl = scene->ssl;
	const SSL_METHOD *method = SSL_get_ssl_method(ssl);
	const struct view *view = &scene->view;
	int version;

	scene->target = tlsp_target(NULL, (SSL *)(uintptr_t)ssl);
	/* OpenSSL calls a QUIC client a server until its handshake begins. */
	scene->role =
	    SSL_is_server(ssl) && !tlsp_lacks(&scene->target, TLSPOLICY_SERVER)
	    ? TLSPOLICY_SERVER
	    : TLSPOLICY_CLIENT;
	look_at_versions(scene, &scene->target, &scene->view);
	scene->facts = facts_of(scene);
	/* SSL_version() means nothing until OpenSSL has put in a method. */
	if (scene->target.quic ||
	    (method != SSL_CTX_get_ssl_method(scene->target.ctx) &&
		tlsp_method(method).pinned)) {
		scene->facts |= FACT_CHOSEN;
		version = tlsp_version_as_tls(SSL_version(ssl));
		scene->chosen = tlsp_version_bit(version);
	} else {
		scene->facts |= FACT_OPEN;
		version = tlsp_version_highest(
		    view->set != 0 ? view->set : view->reach);
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

	for (int i = 0; (entry = tlsp_errors_entry(errors, i, NULL)) != 0;
	     i++) {
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
		return scene->target.quic && !SSL_in_before(ssl);
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

	/* SSL_renegotiate() leaves a connection as it was. */
	if (SSL_is_init_finished(ssl))
		return reason == SSL_R_NO_RENEGOTIATION ? reason
							: REASON_COMPLETED;
	/* TLS_ST_EARLY_DATA is not the same number in each release. */
	if (!failed &&
	    (is_waiting(scene) ||
		(entry == 0 && strcmp(SSL_state_string(ssl), "TED") == 0)))
		return REASON_WAITING;
	if (!failed && SSL_in_before(ssl) &&
	    reason != SSL_R_CONNECTION_TYPE_NOT_SET)
		return REASON_NOT_BEGUN;
	if (entry == 0)
		return failed || scene->target.quic ? REASON_CLEARED
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
	    (highest == V1_2 &&
		(scene->target.dtls || (scene->view.set & V1_3) != 0));
}

/* Curing */

/* The versions above a set's highest. */
static unsigned
above(unsigned set)
{
	const unsigned highest = tlsp_version_bit(tlsp_version_highest(set));

	return highest == 0 ? 0 : VERSIONS_ALL & ~(2 * highest - 1);
}

/* The versions that would have helped, had this side permitted them. */
static unsigned
versions_missed(const struct scene *scene)
{
	const unsigned also = scene->cause->also, reach = scene->view.reach;
	unsigned missed = 0;

	if (!scene->view.told)
		return 0;
	if ((also & ALSO_OFFER) != 0)
		missed = client_highest(scene);
	if ((missed & V1_2) != 0)
		missed |= V1_3;
	if ((also & ALSO_UP) != 0)
		missed |= above(scene->chosen != 0 ? scene->chosen : reach);
	if ((also & ALSO_DOWN) != 0 && reach != 0)
		missed |= tlsp_version_bit(tlsp_version_lowest(reach)) - 1;
	/* Where all is known, and nothing works. */
	if (missed == 0 && (also & (ALSO_OWN | ALSO_OFFER)) == ALSO_OWN &&
	    scene->view.set == 0 && scene->view.unknown == 0)
		missed = VERSIONS_ALL;
	return missed & ~scene->view.set &
	    tlsp_versions_of(scene->target.dtls, scene->target.quic);
}

/* The versions that are permitted once settings are changed, tried out. */
static unsigned
opened_by(const struct scene *scene, unsigned cure)
{
	SSL *ssl = scene->target.quic ? NULL : tlsp_scratch(&scene->target);
	const struct target other = tlsp_target_on(&scene->target, ssl);
	struct view view = { .told = false };
	struct settings settings;

	if (ssl == NULL)
		return 0;
	tlsp_settings_read(&other, &settings);
	settings.max = (cure & MAX) != 0 ? 0 : settings.max;
	settings.min = (cure & MIN) != 0 ? 0 : settings.min;
	settings.level = (cure & LEVEL) != 0 ? 0 : settings.level;
	if ((cure & OPTIONS) != 0)
		settings.options &= ~(uint64_t)SSL_OP_NO_SSL_MASK;
	if (tlsp_settings_write(&other, &settings))
		look_at_versions(scene, &other, &view);
	SSL_free(ssl);
	return view.set | view.unknown;
}

/* Telling */

/* % is a D on DTLS, which has nothing of what is in brackets. */
static void
put_words(struct output *out, const struct scene *scene, const char *text)
{
	const bool dtls = scene->target.dtls;
	bool shown = true;

	for (; *text != '\0'; text++) {
		const char one[] = { (char)(*text == '%' ? 'D' : *text), '\0' };

		if (*text == '[' || *text == ']')
			shown = *text == ']' || !dtls;
		else if (shown && (*text != '%' || dtls))
			tlsp_put(out, one);
	}
}

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

/* What is known for sure, in parentheses. */
static void
put_details(struct output *out, const struct scene *scene)
{
	const SSL *ssl = scene->ssl;
	const unsigned also = scene->cause->also;
	const int alert = tlsp_cause_alert(scene->reason);
	const char *before = " (", *name = SSL_alert_desc_string_long(alert);
	char number[16];

	if ((scene->facts & FACT_CHOSEN) != 0)
		put_part(out, &before, SSL_get_version(ssl), ", ");
	if (scene->reason == REASON_COMPLETED)
		put_part(out, &before, SSL_get_cipher_name(ssl), ", ");
	(void)BIO_snprintf(number, sizeof(number), "alert %d", alert);
	if (alert >= 0)
		put_part(out, &before, number, ", ");
	if (alert >= 0 && strcmp(name, "unknown") != 0)
		put_part(out, &before, name, ", ");
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
	for (; set != 0; set &= set - 1)
		put_part(out, &before,
		    tlsp_version_name(
			scene->target.dtls, tlsp_version_lowest(set)),
		    ", ");
}

/* Those of some versions that are out for one reason. */
static void
put_reason(struct output *out, const struct scene *scene, unsigned versions,
    int verdict, const char **before)
{
	static const char *const unseen[] = {
		[TLSPOLICY_CLIENT] = ", but PSK and SRP are not seen here",
		[TLSPOLICY_SERVER] = ", but PSK, SRP, raw public keys, DH "
				     "parameters and what callbacks load are "
				     "not seen here",
	};

	versions &= scene->view.of[verdict];
	if (versions == 0)
		return;
	put_names(out, scene, versions, *before);
	tlsp_put(out, ": ");
	tlsp_put(out, tlspolicy_verdict_name(verdict));
	if ((versions & scene->view.unknown) != 0)
		tlsp_put(out, unseen[scene->role]);
	*before = "; ";
}

/* What this side would negotiate, and why not the rest. */
static void
put_negotiable(struct output *out, const struct scene *scene)
{
	const struct view *view = &scene->view;
	const unsigned rest = ~view->set &
	    tlsp_versions_of(scene->target.dtls, scene->target.quic);
	const char *before = " (";

	if (!view->told)
		return;
	tlsp_put(out,
	    scene->role == TLSPOLICY_SERVER ? "; this server"
					    : "; this client");
	tlsp_put(out,
	    view->set != 0 ? " would negotiate "
		: view->unknown == 0
		? " would negotiate no version"
		: " is not known to negotiate any version");
	put_names(out, scene, view->set, "");
	for (int verdict = 0; verdict < (int)REMEDY_COUNT; verdict++) {
		put_reason(out, scene, rest & ~view->unknown, verdict, &before);
		put_reason(out, scene, rest & view->unknown, verdict, &before);
	}
	tlsp_put(out, before[0] == ';' ? ")" : "");
}

/* `old`: it opens only versions before TLS 1.2. */
static void
put_cure(struct output *out, const struct scene *scene, unsigned cure, bool old)
{
	/* A server's choice may be SSL 3.0, which no level permits. */
	const bool chose = (scene->cause->also & ALSO_CHOSE) != 0;
	const char *before = "";

	for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if ((cure & (1u << i)) != 0)
			put_part(out, &before, steps[i], " and ");
	}
	if (cure == LEVEL)
		tlsp_put(out,
		    chose ? "lower level= (both ends)"
			  : "set level=0 with TLSPOLICY_OVERRIDE (both ends)");
	else if (old && SSL_get_security_level(scene->ssl) > 0)
		put_words(out, scene,
		    chose ? " (and level=, before %TLS 1.2)"
			  : " (a version before %TLS 1.2 takes level=0 with "
			    "TLSPOLICY_OVERRIDE at both ends)");
}

/* The safest change that opens any of the missed versions, if one does. */
static bool
put_safest(struct output *out, const struct scene *scene, unsigned missed,
    const char *before)
{
	unsigned cure, opened = 0;
	int verdict = TLSPOLICY_AVAILABLE; /* the farthest that one comes */
	bool lists;

	for (int i = 0; i < (int)REMEDY_COUNT; i++) {
		if ((missed & scene->view.of[i]) != 0)
			verdict = i;
	}
	/* To permit ciphers or groups is safer than older versions. */
	lists = verdict >= TLSPOLICY_NO_CIPHER;
	for (cure = MAX; missed != 0 && cure < (lists ? MIN : CURES); cure++) {
		opened = missed & ~scene->view.unknown & opened_by(scene, cure);
		if (opened != 0)
			break;
	}
	if (scene->target.pinned && !lists)
		verdict = TLSPOLICY_AVAILABLE;
	if (missed == 0 || (opened == 0 && remedies[verdict] == NULL))
		return false;
	tlsp_put(out, before);
	if (opened != 0)
		put_cure(out, scene, cure, (opened & ~VERSIONS_OLD) == 0);
	else
		put_words(out, scene, remedies[verdict]);
	return true;
}

static void
put_advice(struct output *out, const struct scene *scene)
{
	const bool server = scene->role == TLSPOLICY_SERVER;
	const unsigned missed = versions_missed(scene);
	const unsigned up = missed & above(scene->view.reach);
	const char *const advice = scene->cause->advice;
	const bool own = missed != 0 && scene->view.set == 0;
	const char *before = server ? "On this server, " : "On this client, ";
	bool told;

	if (!own) {
		put_words(out, scene, advice);
		before =
		    server ? ", or on this server " : ", or on this client ";
	}
	told = put_safest(out, scene, up, before);
	told |= put_safest(out, scene, missed & ~up, told ? " or " : before);
	if (own && !told)
		put_words(out, scene, advice);
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
	put_words(&out, &scene, scene.cause->what);
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
