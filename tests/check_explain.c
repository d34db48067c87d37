/* SPDX-License-Identifier: MIT */
/*
 * tlspolicy_explain() after real failures in memory, on both ends: OpenSSL's
 * reason first, then what is said of it.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include <tlspolicy.h>

#include "peer.h"
#include "release.h"
#include "runner.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

#define OTHER   "not a version problem"
#define LEVEL_0 "level=0 with TLSPOLICY_OVERRIDE"

enum { CLIENT, SERVER, TEXT_SIZE = 2048, WANTS = 4, STEPS = 12 };

/* The two ends, set by raw calls; nothing is a server with RSA at level 0 */

struct end {
	int dtls, pinned, min, max, level;
	uint64_t options;
	const char *ciphers, *suites, *groups, *sigalgs;
	int bare, cert; /* a server without, a client with a certificate */
	int ec;         /* one with P-256 */
	int verify;
	long mode;
	void (*more)(SSL_CTX *ctx);
};

/* What may happen to bytes on their way from an end. */
typedef void (*edit)(int from, unsigned char *data, size_t size);

struct want {
	int reason;
	int other; /* "not a version problem" */
	const char *text[WANTS];
};

struct row {
	const char *name;
	struct end end[2];
	edit edit;
	const char *peer[2]; /* what an end gets in place of its peer */
	size_t size;
	int eof;                     /* the peer closes at once */
	unsigned long since, before; /* releases where this fails; 0: all */
	struct want want[2];
	/* Other releases' reasons, which other rows explain; 0: the same. */
	int of_1_1_1[2], from_3_1[2], from_4_0[2];
};

static SSL_CTX *
make(const struct end *end, int role)
{
	SSL_CTX *ctx = peer_context(end->pinned ? release_tls1_2()
		: end->dtls                     ? DTLS_method()
						: TLS_method(),
	    NULL);
	int ok = ctx != NULL;

	ck_assert_ptr_nonnull(ctx);
	SSL_CTX_set_security_level(ctx, 0);
	if (role == SERVER ? !end->bare : end->cert)
		ok &= peer_use(ctx, end->ec ? PEER_P_256 : PEER_RSA_2048);
	SSL_CTX_set_security_level(ctx, end->level);
	if (end->ciphers != NULL)
		ok &= SSL_CTX_set_cipher_list(ctx, end->ciphers);
	if (end->suites != NULL)
		ok &= SSL_CTX_set_ciphersuites(ctx, end->suites);
	if (end->groups != NULL)
		ok &= peer_set_groups(ctx, end->groups);
	if (end->sigalgs != NULL)
		ok &= peer_set_sigalgs(ctx, end->sigalgs);
	ok &= (int)SSL_CTX_set_min_proto_version(ctx, end->min);
	ok &= (int)SSL_CTX_set_max_proto_version(ctx, end->max);
	ck_assert_int_eq(ok, 1);
	SSL_CTX_set_options(ctx, end->options);
	return ctx;
}

/* The rest, which no version depends on. */
static void
dress(SSL_CTX *ctx, const struct end *end)
{
	SSL_CTX_set_verify(ctx, end->verify, NULL);
	SSL_CTX_set_mode(ctx, end->mode);
	if (end->more != NULL)
		end->more(ctx);
}

/* Two connections in memory */

struct pair {
	SSL *ssl[2];
	BIO *in[2], *out[2];
	int dead[2];
};

static BIO *
new_bio(void)
{
	BIO *bio = BIO_new(BIO_s_mem());

	ck_assert_ptr_nonnull(bio);
	BIO_set_mem_eof_return(bio, -1);
	return bio;
}

static void
open_pair(struct pair *pair, const struct end ends[2])
{
	int i;

	memset(pair, 0, sizeof(*pair));
	for (i = 0; i < 2; i++) {
		SSL_CTX *ctx = make(&ends[i], i);

		dress(ctx, &ends[i]);
		pair->ssl[i] = SSL_new(ctx);
		SSL_CTX_free(ctx);
		ck_assert_ptr_nonnull(pair->ssl[i]);
		pair->in[i] = new_bio();
		pair->out[i] = new_bio();
		SSL_set_bio(pair->ssl[i], pair->in[i], pair->out[i]);
		if (ends[i].dtls) {
			SSL_set_options(pair->ssl[i], SSL_OP_NO_QUERY_MTU);
			SSL_set_mtu(pair->ssl[i], 16000);
		}
	}
	SSL_set_connect_state(pair->ssl[CLIENT]);
	SSL_set_accept_state(pair->ssl[SERVER]);
}

static void
close_pair(struct pair *pair)
{
	SSL_free(pair->ssl[CLIENT]);
	SSL_free(pair->ssl[SERVER]);
	ERR_clear_error();
}

/* One end's turn; its errors are alone on the queue then. */
static void
step(struct pair *pair, int i)
{
	char byte;
	int ret, error;

	if (pair->dead[i])
		return;
	ERR_clear_error();
	if (SSL_is_init_finished(pair->ssl[i]))
		ret = SSL_read(pair->ssl[i], &byte, 1);
	else
		ret = SSL_do_handshake(pair->ssl[i]);
	error = SSL_get_error(pair->ssl[i], ret);
	pair->dead[i] = ret <= 0 && error != SSL_ERROR_WANT_READ &&
	    error != SSL_ERROR_WANT_WRITE;
}

static void
carry(struct pair *pair, int from, edit change)
{
	unsigned char data[32768];
	int size = BIO_read(pair->out[from], data, (int)sizeof(data));

	if (size <= 0)
		return;
	if (change != NULL)
		change(from, data, (size_t)size);
	ck_assert_int_eq(BIO_write(pair->in[!from], data, size), size);
}

/* Until the end `i` is dead, or both have nothing more to say. */
static void
run(struct pair *pair, const struct row *row, int i)
{
	const char *data = row->peer[i];
	int turn;

	if (data != NULL)
		ck_assert_int_gt(
		    BIO_write(pair->in[i], data,
			(int)(row->size != 0 ? row->size : strlen(data))),
		    0);
	if (row->eof)
		BIO_set_mem_eof_return(pair->in[i], 0);
	for (turn = 0; turn < STEPS && !pair->dead[i]; turn++) {
		if (data == NULL && !row->eof) {
			step(pair, !i);
			carry(pair, !i, row->edit);
		}
		step(pair, i);
		carry(pair, i, row->edit);
	}
}

/* The error queue, read and put back */

struct queue {
	int count;
	struct {
		unsigned long code;
		int line, flags;
		char file[128], func[64], data[256];
	} entry[16];
};

static void
take_queue(struct queue *queue)
{
	struct release_entry e;

	memset(queue, 0, sizeof(*queue));
	while ((e = release_take_error()).code != 0) {
		int i = queue->count++;

		ck_assert_int_lt(i, (int)NELEM(queue->entry));
		queue->entry[i].code = e.code;
		queue->entry[i].line = e.line;
		queue->entry[i].flags = e.flags & ERR_TXT_STRING;
		(void)snprintf(queue->entry[i].file,
		    sizeof(queue->entry[i].file), "%s", e.file);
		(void)snprintf(queue->entry[i].func,
		    sizeof(queue->entry[i].func), "%s", e.func);
		(void)snprintf(queue->entry[i].data,
		    sizeof(queue->entry[i].data), "%s", e.data);
	}
}

static void
put_queue(const struct queue *queue)
{
	int i;

	for (i = 0; i < queue->count; i++) {
		const char *data = queue->entry[i].data;

		release_add_error(queue->entry[i].file, queue->entry[i].line,
		    queue->entry[i].func, ERR_GET_LIB(queue->entry[i].code),
		    ERR_GET_REASON(queue->entry[i].code),
		    queue->entry[i].flags != 0 ? data : NULL);
	}
}

/* Explains, and proves that the queue is what it was. */
static void
explain(const SSL *ssl, char text[TEXT_SIZE])
{
	struct queue before, after;
	int len;

	take_queue(&before);
	put_queue(&before);
	len = tlspolicy_explain(ssl, text, TEXT_SIZE);
	take_queue(&after);
	put_queue(&after);
	ck_assert_msg(memcmp(&before, &after, sizeof(before)) == 0,
	    "the queue has changed, %d and %d entries", before.count,
	    after.count);
	ck_assert_int_gt(len, 0);
	ck_assert_int_lt(len, TEXT_SIZE);
	ck_assert_uint_eq(strlen(text), (size_t)len);
	ck_assert_int_eq(text[len - 1], '.');
}

/* What a text has to say of this side's versions, by handshakes */

static int
number(const struct end *end, unsigned i)
{
	static const int dtls[] = { 0, DTLS1_VERSION, DTLS1_2_VERSION, 0 };

	return end->dtls ? dtls[i] : peer_version(i);
}

static uint64_t
option(const struct end *end, unsigned i)
{
	static const uint64_t dtls[] = { 0, SSL_OP_NO_DTLSv1,
		SSL_OP_NO_DTLSv1_2, 0 };

	return end->dtls ? dtls[i] : peer_option(i);
}

/* "TLSv1.2" or "DTLSv1.2" */
static const char *
name_of(const struct end *end, unsigned i)
{
	static const char *const dtls[] = { "", "DTLSv1", "DTLSv1.2", "" };

	return end->dtls ? dtls[i] : peer_version_name(i);
}

/* Why bounds and options keep a version out; NULL: they do not. */
static const char *
range_reason(const struct end *end, unsigned i)
{
	const int version = number(end, i), sign = end->dtls ? -1 : 1;
	const int min = end->pinned ? TLS1_2_VERSION : end->min;
	const int max = end->pinned ? TLS1_2_VERSION : end->max;

	if (min != 0 && version * sign < min * sign)
		return "below the minimum";
	if (max != 0 && version * sign > max * sign)
		return "above the maximum";
	return (end->options & option(end, i)) != 0 ? "disabled by an option"
						    : NULL;
}

static unsigned
available(const struct end *end, int role)
{
	SSL_CTX *ctx = make(end, role);
	struct peer_result result;
	unsigned i, set = 0;

	for (i = 0; i < PEER_VERSIONS; i++) {
		if (number(end, i) != 0 && range_reason(end, i) == NULL &&
		    peer_completes(ctx,
			role == CLIENT ? PEER_CLIENT : PEER_SERVER,
			number(end, i), 0, &result))
			set |= 1u << i;
	}
	SSL_CTX_free(ctx);
	ERR_clear_error();
	return set;
}

/* Takes "A, B" off the front; the names have to be a list of set's versions. */
static unsigned
read_names(const struct end *end, const char **at)
{
	unsigned i, set = 0;
	size_t len;

	for (;;) {
		len = strcspn(*at, ",.:;() ");
		/* The dot of "TLSv1.2", not the sentence's. */
		if ((*at)[len] == '.' && (*at)[len + 1] > '0' &&
		    (*at)[len + 1] <= '9')
			len += 2;
		for (i = 0; i < PEER_VERSIONS; i++)
			if (number(end, i) != 0 &&
			    strlen(name_of(end, i)) == len &&
			    strncmp(name_of(end, i), *at, len) == 0)
				break;
		if (i == PEER_VERSIONS)
			return 0;
		ck_assert_msg((set >> i & 1) == 0, "twice: %s", *at);
		set |= 1u << i;
		*at += len;
		if (strncmp(*at, ", ", 2) != 0)
			return set;
		*at += 2;
	}
}

static void
check_reason(const struct end *end, unsigned set, const char *reason)
{
	unsigned i;

	for (i = 0; i < PEER_VERSIONS; i++) {
		const char *want = range_reason(end, i);

		if ((set >> i & 1) == 0)
			continue;
		ck_assert_msg(
		    want == NULL || strncmp(reason, want, strlen(want)) == 0,
		    "%s is %s, not: %s", name_of(end, i), want, reason);
		ck_assert_msg(want != NULL ||
			(strncmp(reason, "below", 5) != 0 &&
			    strncmp(reason, "above", 5) != 0 &&
			    strncmp(reason, "disabled", 8) != 0),
		    "%s is none of: %s", name_of(end, i), reason);
	}
}

/* "; this client would negotiate A, B (C: reason; D: reason). Advice." */
static void
check_versions(const struct end *end, int role, const char *text)
{
	static const char *const intro[] = {
		[CLIENT] = "; this client would negotiate ",
		[SERVER] = "; this server would negotiate ",
	};
	static const char none[] = "no version";
	const char *at = strstr(text, intro[role]);
	unsigned want = available(end, role), all = 0, got, out, i;

	ck_assert_msg(at != NULL, "no versions in: %s", text);
	at += strlen(intro[role]);
	got = read_names(end, &at);
	ck_assert_msg(
	    got == want, "%s completes, but: %s", peer_set_name(want), text);
	if (got == 0) {
		ck_assert_msg(strncmp(at, none, strlen(none)) == 0,
		    "neither versions nor none: %s", at);
		at += strlen(none);
	}
	for (out = got; strncmp(at, out == got ? " (" : "; ", 2) == 0;) {
		unsigned part;

		at += 2;
		part = read_names(end, &at);
		ck_assert_msg(
		    part != 0 && (part & out) == 0 && strncmp(at, ": ", 2) == 0,
		    "no versions that are out: %s", at);
		check_reason(end, part, at + 2);
		out |= part;
		at += 2 + strcspn(at + 2, ";)");
	}
	for (i = 0; i < PEER_VERSIONS; i++)
		all |= number(end, i) != 0 ? 1u << i : 0;
	ck_assert_msg(
	    out == all, "%s of all versions in: %s", peer_set_name(out), text);
	ck_assert_msg(
	    strncmp(at, out == got ? ". " : "). ", out == got ? 2 : 3) == 0,
	    "no advice after: %s", at);
}

/* The rows */

static void
without_renegotiation_info(int from, unsigned char *data, size_t size)
{
	static const unsigned char info[] = { 0xff, 0x01, 0, 1, 0 };
	size_t i;

	for (i = 0; from == SERVER && i + sizeof(info) <= size; i++)
		if (memcmp(data + i, info, sizeof(info)) == 0)
			data[i] = data[i + 1] = 0xfa; /* RFC 8701 */
}

static void
without_supported_versions(int from, unsigned char *data, size_t size)
{
	size_t i;

	for (i = 0; from == CLIENT && i + 5 <= size; i++)
		if (data[i] == 0 && data[i + 1] == 43 && data[i + 2] == 0 &&
		    data[i + 3] == data[i + 4] + 1) {
			data[i] = data[i + 1] = 0xfa;
			return;
		}
}

/* legacy_version of the ClientHello, after 5 bytes of record and 4 of header */
static void
legacy(int from, unsigned char *data, size_t size, unsigned version)
{
	if (from == CLIENT && size > 11 && data[0] == 22 && data[5] == 1) {
		data[9] = (unsigned char)(version >> 8);
		data[10] = (unsigned char)version;
	}
}

static void
as_ssl3(int from, unsigned char *data, size_t size)
{
	legacy(from, data, size, SSL3_VERSION);
}

static void
as_nothing(int from, unsigned char *data, size_t size)
{
	legacy(from, data, size, 0x0102);
}

static void
small_dh(SSL_CTX *ctx)
{
	SSL_CTX_set_dh_auto(ctx, 2); /* 1024 bits whatever the certificate */
}

static void
offer_h2(SSL_CTX *ctx)
{
	static const unsigned char list[] = { 2, 'h', '2' };

	ck_assert_int_eq(SSL_CTX_set_alpn_protos(ctx, list, sizeof(list)), 0);
}

static int
no_protocol(SSL *ssl, const unsigned char **out, unsigned char *outlen,
    const unsigned char *in, unsigned inlen, void *arg)
{
	(void)ssl, (void)out, (void)outlen, (void)in, (void)inlen, (void)arg;
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static void
refuse_h2(SSL_CTX *ctx)
{
	SSL_CTX_set_alpn_select_cb(ctx, no_protocol, NULL);
}

static int
no_name(SSL *ssl, int *alert, void *arg)
{
	(void)ssl, (void)arg;
	*alert = SSL_AD_UNRECOGNIZED_NAME;
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static void
refuse_name(SSL_CTX *ctx)
{
	SSL_CTX_set_tlsext_servername_callback(ctx, no_name);
}

static int
no_client(SSL *ssl, int *alert, void *arg)
{
	(void)ssl, (void)alert, (void)arg;
	return SSL_CLIENT_HELLO_ERROR;
}

static void
refuse_client(SSL_CTX *ctx)
{
	SSL_CTX_set_client_hello_cb(ctx, no_client, NULL);
}

#define VERIFY_CLIENT (SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT)
#define AEAD          "ECDHE-RSA-AES128-GCM-SHA256"

static const struct
    row
	rows
	    [] = {
		    { "client to 1.2, server from 1.3",
			{ { .max = TLS1_2_VERSION },
			    { .min = TLS1_3_VERSION } },
			.want = { { SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, 0,
				      { "none of the versions",
					  "on the server (its min=",
					  "or on this client raise max=." } },
			    { SSL_R_UNSUPPORTED_PROTOCOL, 0,
				{ "(at most TLSv1.2);",
				    "on the client (its min=",
				    "or on this server lower min=." } } } },
		    { "client from 1.3, server to 1.2",
			{ { .min = TLS1_3_VERSION },
			    { .max = TLS1_2_VERSION } },
			.want = { { SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, 0,
				      { "none of the versions",
					  "or on this client lower min=." } },
			    { SSL_R_UNSUPPORTED_PROTOCOL, 0,
				{ "server permits;",
				    "or on this server raise max=." } } } },
		    { "client from 1.2 at level 2, server to 1.1",
			{ { .min = TLS1_2_VERSION, .level = 2 },
			    { .max = TLS1_1_VERSION } },
			.want = { { SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, 0,
				      { "or on this client lower min= (a "
					"version before "
					"TLS 1.2 takes " LEVEL_0 } },
			    { SSL_R_UNSUPPORTED_PROTOCOL, 0,
				{ "server permits;",
				    "or on this server raise max=." } } } },
		    { "client to 1.1, server at level 2",
			{ { .max = TLS1_1_VERSION },
			    { .min = TLS1_2_VERSION, .level = 2 } },
			.want = { { SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, 0,
				      { "or on this client raise max=." } },
			    { SSL_R_UNSUPPORTED_PROTOCOL, 0,
				{ "(at most TLSv1.1);",
				    "or on this server lower min= (a version "
				    "before TLS "
				    "1.2 takes " LEVEL_0 } } } },
		    { "client 1.2, server to 1.1, which chooses",
			{ { .min = TLS1_2_VERSION, .max = TLS1_2_VERSION },
			    { .max = TLS1_1_VERSION } },
			.want = { { SSL_R_UNSUPPORTED_PROTOCOL, 0,
				      { "The server chose a version",
					  "or on this client lower min=." } },
			    { SSL_R_WRONG_VERSION_NUMBER, 0,
				{ "answers the version", "(TLSv1.1);",
				    "or on this server raise max=." } } } },
		    { "client pinned to 1.2, server to 1.1",
			{ { .pinned = 1 }, { .max = TLS1_1_VERSION } },
			.want = { { SSL_R_WRONG_SSL_VERSION, 0,
				      { "The server chose a version",
					  "use a method that is not pinned" } },
			    { SSL_R_WRONG_VERSION_NUMBER, 0,
				{ "(TLSv1.1);" } } } },
		    { "client to 1.1, server pinned to 1.2",
			{ { .max = TLS1_1_VERSION }, { .pinned = 1 } },
			.want = { { SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, 0,
				      { "or on this client raise max=." } },
			    { SSL_R_WRONG_SSL_VERSION, 0,
				{ "(at most TLSv1.1);",
				    "use a method that is not pinned" } } } },
		    { "client without any version",
			{ { .min = TLS1_3_VERSION,
			      .options = SSL_OP_NO_TLSv1_3 },
			    { 0 } },
			.want = { { SSL_R_NO_PROTOCOLS_AVAILABLE, 0,
				      { "This side's own settings",
					  "no version (",
					  "On this client, shorten disable= "
					  "(SSL_OP_NO_" } },
			    { SSL_R_UNEXPECTED_MESSAGE, 0,
				{ "The client gave up before its ClientHello",
				    "On the client, look at min=" } } } },
		    { "server without any version",
			{ { 0 },
			    { .min = TLS1_3_VERSION,
				.options = SSL_OP_NO_TLSv1_3 } },
			.want = { { SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, 0,
				      { "none of the versions",
					  "Permit one of these on the "
					  "server" } },
			    { SSL_R_NO_PROTOCOLS_AVAILABLE, 0,
				{ "This side's own settings",
				    "On this server, shorten disable= "
				    "(SSL_OP_NO_" } } },
			.of_1_1_1 = { SSL_R_TLSV1_ALERT_INTERNAL_ERROR,
			    ERR_R_INTERNAL_ERROR } },
		    { "server upside down",
			{ { 0 },
			    { .min = TLS1_3_VERSION, .max = TLS1_2_VERSION } },
			.want = { { SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, 0,
				      { NULL } },
			    { SSL_R_NO_PROTOCOLS_AVAILABLE, 0,
				{ "On this server, raise max=." } } },
			.of_1_1_1 = { SSL_R_TLSV1_ALERT_INTERNAL_ERROR,
			    ERR_R_INTERNAL_ERROR } },
		    { "client with a hole, server from 1.2",
			{ { .options = SSL_OP_NO_TLSv1_2 },
			    { .min = TLS1_2_VERSION } },
			.want = { { SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, 0,
				      { "TLSv1.3: cut off",
					  "shorten disable=" } },
			    { SSL_R_UNSUPPORTED_PROTOCOL, 0,
				{ "(at most TLSv1.1);", "lower min=" } } } },
		    { "client of 1.0 at level 1",
			{ { .max = TLS1_VERSION, .level = 1 }, { 0 } },
			.since = RELEASE_3_0,
			.want = { { RELEASE_R_LEGACY_SIGALG, 0,
				      { "This side's security level",
					  "(TLSv1);",
					  "raise max= or set " LEVEL_0 } },
			    { SSL_R_TLSV1_ALERT_INTERNAL_ERROR, 0,
				{ "before TLS 1.2 at a security level above 0",
				    "Permit TLS 1.2 at both ends",
				    LEVEL_0 } } },
			.from_3_1 = { SSL_R_NO_PROTOCOLS_AVAILABLE,
			    SSL_R_UNEXPECTED_MESSAGE } },
		    { "client of 1.0, server of 1.0 at level 1",
			{ { .max = TLS1_VERSION },
			    { .max = TLS1_VERSION, .level = 1 } },
			.since = RELEASE_3_0,
			.want = { { SSL_R_TLSV1_ALERT_INTERNAL_ERROR, 0,
				      { "before TLS 1.2 at a security level "
					"above 0",
					  "Permit TLS 1.2 at both ends",
					  LEVEL_0 } },
			    { SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, 0,
				{ "This side's security level",
				    "raise max= or set " LEVEL_0 } } },
			.from_3_1 = { SSL_R_TLSV1_ALERT_PROTOCOL_VERSION,
			    SSL_R_NO_PROTOCOLS_AVAILABLE } },
		    { "client to 1.1 and server at level 2",
			{ { .max = TLS1_1_VERSION, .level = 2 },
			    { .level = 2 } },
			.since = RELEASE_3_0,
			.want = { { SSL_R_TLSV1_ALERT_INTERNAL_ERROR, 0,
				      { "before TLS 1.2 at a security level "
					"above 0",
					  "no version (",
					  "raise max= or set " LEVEL_0 } },
			    { SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, 0,
				{ "This side's security level", "(TLSv1.1);",
				    "Permit TLS 1.2 at both ends" } } },
			.from_3_1 = { SSL_R_NO_PROTOCOLS_AVAILABLE,
			    SSL_R_UNEXPECTED_MESSAGE } },
		    { "server of 1.1 with ECDSA at level 2",
			{ { .max = TLS1_1_VERSION }, { .level = 2, .ec = 1 } },
			.before = RELEASE_3_0,
			.want = { { SSL_R_TLSV1_ALERT_INTERNAL_ERROR, 0,
				      { "before TLS 1.2 at a security level "
					"above 0" } },
			    { ERR_R_INTERNAL_ERROR, 0,
				{ "as OpenSSL 1.1.1 does", "(TLSv1.1);",
				    "an RSA certificate alone" } } } },
		    { "client without a ciphersuite",
			{ { .suites = "" }, { 0 } },
			.want = { { SSL_R_NO_CIPHERS_AVAILABLE, 0,
				      { "no cipher for its highest version",
					  "On this client, permit ciphers for "
					  "its highest",
					  "ciphersuites=" } },
			    { SSL_R_UNEXPECTED_MESSAGE, 0,
				{ "or no cipher",
				    "ciphersuites=, ciphers=" } } } },
		    { "server without a ciphersuite",
			{ { 0 }, { .suites = "" } },
			.want = { { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, 0,
				      { "nothing to agree on", "ciphersuites=",
					  "ciphers=", "groups=" } },
			    { SSL_R_NO_CIPHERS_AVAILABLE, 0,
				{ "On this server, permit ciphers for its "
				  "highest" } } } },
		    { "client to 1.1 with AEAD alone",
			{ { .max = TLS1_1_VERSION, .ciphers = AEAD }, { 0 } },
			.want = { { SSL_R_NO_CIPHERS_AVAILABLE, 0,
				      { "On this client, raise max= or permit "
					"ciphers" } },
			    { SSL_R_UNEXPECTED_MESSAGE, 0,
				{ "ClientHello" } } } },
		    { "client to 1.1, server with AEAD alone",
			{ { .max = TLS1_1_VERSION }, { .ciphers = AEAD } },
			.want = { { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, 0,
				      { "nothing to agree on" } },
			    { SSL_R_NO_SHARED_CIPHER, 0,
				{ "no cipher that this server can use "
				  "(TLSv1.1);",
				    "or a higher version." } } } },
		    { "no cipher in common",
			{ { .max = TLS1_2_VERSION, .ciphers = "AES128-SHA" },
			    { .ciphers = "AES256-SHA" } },
			.want = { { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, 0,
				      { "nothing to agree on", "ciphers=" } },
			    { SSL_R_NO_SHARED_CIPHER, 0,
				{ "(TLSv1.2);",
				    "Permit one at both ends (ciphersuites=",
				    "ciphers=" } } } },
		    { "no ciphersuite in common",
			{ { .suites = "TLS_AES_128_GCM_SHA256" },
			    { .suites = "TLS_AES_256_GCM_SHA384" } },
			.want = { { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, 0,
				      { "nothing to agree on",
					  "ciphersuites=" } },
			    { SSL_R_NO_SHARED_CIPHER, 0, { "(TLSv1.3);" } } } },
		    { "server without a certificate", { { 0 }, { .bare = 1 } },
			.want = { { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, 0,
				      { NULL } },
			    { SSL_R_NO_SHARED_CIPHER, 0,
				{ "no version (", "no usable certificate",
				    "On this server, load a "
				    "certificate" } } } },
		    { "server from 1.3 without a certificate",
			{ { 0 }, { .min = TLS1_3_VERSION, .bare = 1 } },
			.want = { { SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, 0,
				      { "and for TLS 1.3 a certificate)" } },
			    { SSL_R_UNSUPPORTED_PROTOCOL, 0,
				{ "TLSv1.3: no usable certificate",
				    "On this server, load a "
				    "certificate" } } } },
		    { "server with a certificate too weak for its level",
			{ { 0 }, { .level = 3 } },
			.want = { { SSL_R_TLSV1_ALERT_INTERNAL_ERROR, 0,
				      { "The peer failed inside (TLSv1.3",
					  "too weak" } },
			    { SSL_R_EE_KEY_TOO_SMALL, 1,
				{ "too weak for this side's level",
				    "On this server, load a certificate",
				    "level=" } } } },
		    { "no group in common",
			{ { .groups = "X25519" }, { .groups = "P-384" } },
			.want = { { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, 0,
				      { "nothing to agree on", "groups=" } },
			    { SSL_R_NO_SUITABLE_KEY_SHARE, 1,
				{ "no group in common (TLSv1.3), " OTHER,
				    "both ends (groups=)" } } } },
		    { "client with groups for 1.2 alone",
			{ { .groups = "brainpoolP256r1" }, { 0 } },
			.want = { { RELEASE_R_NO_SUITABLE_GROUPS, 0,
				      { "no group for its highest version",
					  "On this client, permit groups" } },
			    { SSL_R_UNEXPECTED_MESSAGE, 0, { "groups=" } } },
			.of_1_1_1 = { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE,
			    SSL_R_NO_SUITABLE_KEY_SHARE } },
		    { "no signature algorithm for the certificate",
			{ { .sigalgs = "ECDSA+SHA256" }, { 0 } },
			.want = { { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, 0,
				      { "sigalgs=" } },
			    { SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, 0,
				{ "No signature algorithm of the peer's",
				    "both ends (sigalgs=)" } } } },
		    { "no signature algorithm in common",
			{ { .sigalgs = "RSA-PSS+SHA256" },
			    { .sigalgs = "RSA-PSS+SHA384" } },
			.want = { { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, 0,
				      { "sigalgs=" } },
			    { SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, 0,
				{ "no signature algorithm in common",
				    "both ends (sigalgs=)" } } } },
		    { "DH parameters too short",
			{ { .max = TLS1_2_VERSION,
			      .level = 2,
			      .ciphers = "DHE",
			      .groups = "X25519" }, /* no ffdhe for 4.0 */
			    { .more = small_dh } },
			.want = { { SSL_R_DH_KEY_TOO_SMALL, 1,
				      { "DH parameters are too short",
					  "Prefer ECDHE", "level=" } },
			    { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, 0,
				{ "The client refuses what this server "
				  "answered" } } } },
		    { "SSH and a mail server's greeting", { { 0 }, { 0 } },
			.peer = { "220 mail.test ESMTP\r\n",
			    "SSH-2.0-client\r\n" },
			.want = { { SSL_R_WRONG_VERSION_NUMBER, 1,
				      { "The peer does not speak TLS "
					"here, " OTHER,
					  "STARTTLS" } },
			    { SSL_R_WRONG_VERSION_NUMBER, 1,
				{ "The peer does not speak TLS "
				  "here, " OTHER } } } },
		    { "HTTP", { { 0 }, { 0 } },
			.peer = { "HTTP/1.1 400 Bad Request\r\n\r\n",
			    "GET / HTTP/1.1\r\nHost: test\r\n\r\n" },
			.want = { { SSL_R_WRONG_VERSION_NUMBER, 1,
				      { "host and port" } },
			    { SSL_R_HTTP_REQUEST, 1,
				{ "an HTTP request without TLS, " OTHER,
				    "https:" } } } },
		    { "HTTP through a proxy", { { 0 }, { 0 } },
			.peer = { NULL,
			    "CONNECT host.test:443 HTTP/1.1\r\n\r\n" },
			.want = { { 0 },
			    { SSL_R_HTTPS_PROXY_REQUEST, 1,
				{ "proxy settings" } } } },
		    { "SSL 2.0", { { 0 }, { 0 } },
			.peer = { NULL,
			    "\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10\x01"
			    "\x00\x80\x02"
			    "\x00\x80\x03\x00\x80\x04\x00\x80\x05\x00\x80\x06"
			    "\x00\x40\x07"
			    "\x00\xc0"
			    "0123456789abcdef" },
			.size = 48,
			.want = { { 0 },
			    { SSL_R_UNKNOWN_PROTOCOL, 0,
				{ "begins with SSL 2.0",
				    "Update the client" } } },
			.from_4_0 = { 0, SSL_R_WRONG_VERSION_NUMBER } },
		    { "SSL 3.0", { { .max = TLS1_2_VERSION }, { 0 } },
			.edit = as_ssl3,
			.want = { { 0 },
			    { SSL_R_VERSION_TOO_LOW, 0,
				{ "server permits;" } } } },
		    { "a version that never was",
			{ { .max = TLS1_2_VERSION }, { 0 } },
			.edit = as_nothing,
			.want = { { 0 },
			    { SSL_R_VERSION_TOO_LOW, 0,
				{ "server permits;" } } } },
		    { "server without RFC 5746",
			{ { .max = TLS1_2_VERSION }, { 0 } },
			.edit = without_renegotiation_info,
			.want = { { SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED,
				      1,
				      { "RFC 5746 (TLSv1.2), " OTHER,
					  "SSL_OP_LEGACY_SERVER_CONNECT" } },
			    { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, 0,
				{ "The client refuses what this server "
				  "answered (TLSv1.2, "
				  "alert 40" } } },
			.of_1_1_1 = { SSL_R_SSLV3_ALERT_BAD_RECORD_MAC,
			    SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC } },
		    { "FALLBACK_SCSV",
			{ { .max = TLS1_2_VERSION,
			      .mode = SSL_MODE_SEND_FALLBACK_SCSV },
			    { 0 } },
			.want = { { SSL_R_TLSV1_ALERT_INAPPROPRIATE_FALLBACK, 0,
				      { "FALLBACK_SCSV", "(alert 86);",
					  "Drop SSL_MODE_SEND_FALLBACK_SCSV",
					  "or on this client raise max=." } },
			    { SSL_R_INAPPROPRIATE_FALLBACK, 0,
				{ "FALLBACK_SCSV", "(TLSv1.2);",
				    "On the client, raise max=" } } } },
		    { "an offer changed on its way", { { 0 }, { 0 } },
			.edit = without_supported_versions,
			.want = { { SSL_R_INAPPROPRIATE_FALLBACK, 0,
				      { "something in between",
					  "do not lower max=" } },
			    { SSL_R_SSLV3_ALERT_ILLEGAL_PARAMETER, 0,
				{ "The peer gave up (TLSv1.2, alert 47, "
				  "illegal" } } } },
		    { "unknown server certificate",
			{ { .verify = SSL_VERIFY_PEER }, { 0 } },
			.want = { { SSL_R_CERTIFICATE_VERIFY_FAILED, 1,
				      { "did not pass verification (TLSv1.3, "
					"self",
					  OTHER, "this side trusts" } },
			    { SSL_R_TLSV1_ALERT_UNKNOWN_CA, 1,
				{ "The client does not accept this server's "
				  "certificate "
				  "(TLSv1.3, alert 48, unknown "
				  "CA), " OTHER } } } },
		    { "server certificate too weak for the client",
			{ { .verify = SSL_VERIFY_PEER, .level = 3 }, { 0 } },
			.want = { { SSL_R_CERTIFICATE_VERIFY_FAILED, 1,
				      { "too weak for this side's level "
					"(TLSv1.3, EE ",
					  "lower level= here" } },
			    { SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, 1,
				{ "does not accept this server's",
				    "alert 42" } } } },
		    { "unknown client certificate in 1.2",
			{ { .max = TLS1_2_VERSION, .cert = 1 },
			    { .verify = SSL_VERIFY_PEER } },
			.want = { { SSL_R_TLSV1_ALERT_UNKNOWN_CA, 1,
				      { "does not accept this client's "
					"certificate" } },
			    { SSL_R_CERTIFICATE_VERIFY_FAILED, 1,
				{ "(TLSv1.2, self" } } } },
		    { "unknown client certificate in 1.3",
			{ { .cert = 1 }, { .verify = SSL_VERIFY_PEER } },
			.want = { { SSL_R_TLSV1_ALERT_UNKNOWN_CA, 1,
				      { "does not accept this client's "
					"certificate" } },
			    { SSL_R_CERTIFICATE_VERIFY_FAILED, 1,
				{ "(TLSv1.3, self" } } } },
		    { "no client certificate in 1.2",
			{ { .max = TLS1_2_VERSION },
			    { .verify = VERIFY_CLIENT } },
			.want = { { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, 0,
				      { "for lack of a client certificate "
					"(TLSv1.2, alert "
					"40",
					  "Load one" } },
			    { SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, 1,
				{ "The client sent no certificate" } } } },
		    { "no client certificate in 1.3",
			{ { 0 }, { .verify = VERIFY_CLIENT } },
			.want = { { SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, 1,
				      { "demands a certificate of this client "
					"(TLSv1.3" } },
			    { SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, 1,
				{ "The client sent no certificate" } } } },
		    { "no application protocol in common",
			{ { .more = offer_h2 }, { .more = refuse_h2 } },
			.want = { { RELEASE_R_ALERT_NO_APPLICATION_PROTOCOL, 1,
				      { "ALPN" } },
			    { SSL_R_NO_APPLICATION_PROTOCOL, 1,
				{ "ALPN" } } } },
		    { "unknown host name", { { 0 }, { .more = refuse_name } },
			.want = { { SSL_R_TLSV1_UNRECOGNIZED_NAME, 1, { "the host name that this client sent" } }, { SSL_R_CALLBACK_FAILED, 0, { "A callback of this program" } } } },
		    { "client-hello callback",
			{ { 0 }, { .more = refuse_client } },
			.want = { { SSL_R_TLSV1_ALERT_INTERNAL_ERROR, 0,
				      { "The peer failed inside (alert 80",
					  "a callback" } },
			    { SSL_R_CALLBACK_FAILED, 0,
				{ "A callback of this program refused the "
				  "connection;" } } } },
		    { "peer closes", { { 0 }, { 0 } }, .eof = 1,
			.since = RELEASE_3_0, /* no
						 entry
						 before
					       */
			.want = { { RELEASE_R_UNEXPECTED_EOF, 0,
				      { "The peer closed the connection "
					"without an alert;",
					  "The peer's log" } },
			    { RELEASE_R_UNEXPECTED_EOF, 0,
				{ "The peer closed the connection without an "
				  "alert;" } } } },
		    { "insufficient security", { { 0 }, { 0 } },
			.peer = { "\x15\x03\x03\x00\x02\x02\x47" }, .size = 7,
			.want = { { SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY, 0, { "stronger ciphers or keys (alert 71", "ciphers=, groups=, sigalgs=" } } } },
		    { "an alert without a name", { { 0 }, { 0 } },
			.peer = { "\x15\x03\x03\x00\x02\x02\xf0" }, .size = 7,
			.want = { { SSL_AD_REASON_OFFSET + 0xf0, 0, { "The peer gave up (alert 240);" } } } },

		    { "DTLS client of 1.0, server from 1.2",
			{ { .dtls = 1, .max = DTLS1_VERSION },
			    { .dtls = 1, .min = DTLS1_2_VERSION, .level = 1 } },
			.want = { { SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, 0,
				      { "or on this client raise max=." } },
			    { SSL_R_UNSUPPORTED_PROTOCOL, 0,
				{ "(at most DTLSv1);",
				    "or on this server lower min= (a version",
				    LEVEL_0 } } } },
		    { "DTLS client from 1.2, server of 1.0",
			{ { .dtls = 1, .min = DTLS1_2_VERSION },
			    { .dtls = 1, .max = DTLS1_VERSION } },
			.want = { { SSL_R_UNSUPPORTED_PROTOCOL, 0,
				      { "The server chose a version",
					  "lower min=" } },
			    { SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, 0,
				{ "The client refuses the version",
				    "(DTLSv1, alert 70", "raise max=" } } } },
		    { "DTLS client without any version",
			{ { .dtls = 1,
			      .options =
				  SSL_OP_NO_DTLSv1 | SSL_OP_NO_DTLSv1_2 },
			    { .dtls = 1 } },
			.want = { { SSL_R_NO_PROTOCOLS_AVAILABLE, 0,
			    { "On this client, shorten disable=" } } } },
		    { "DTLS of 1.0 with the client at level 1",
			{ { .dtls = 1, .max = DTLS1_VERSION, .level = 1 },
			    { .dtls = 1 } },
			.since = RELEASE_3_0,
			.want = { { RELEASE_R_LEGACY_SIGALG, 0, { "(DTLSv1);", "raise max= or set " LEVEL_0 } }, { SSL_R_TLSV1_ALERT_INTERNAL_ERROR, 0, { "before TLS 1.2 at a security level above 0", "(DTLSv1, alert 80" } } },
			.from_3_1 = { SSL_R_NO_PROTOCOLS_AVAILABLE,
			    SSL_R_TLSV1_ALERT_PROTOCOL_VERSION } },
		    { "DTLS without a cipher in common",
			{ { .dtls = 1, .ciphers = "AES128-SHA" },
			    { .dtls = 1, .ciphers = "AES256-SHA" } },
			.want = { { SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, 0,
				      { "nothing to agree on", "ciphers=" } },
			    { SSL_R_NO_SHARED_CIPHER, 0,
				{ "(DTLSv1.2);" } } } },
	    };

static int
wanted_reason(const struct row *row, int i)
{
	if (release() < RELEASE_3_0 && row->of_1_1_1[i] != 0)
		return row->of_1_1_1[i];
	if (release() >= RELEASE_4_0 && row->from_4_0[i] != 0)
		return row->from_4_0[i];
	if (release() >= RELEASE_3_1 && row->from_3_1[i] != 0)
		return row->from_3_1[i];
	return row->want[i].reason;
}

static void
check_row(const struct row *row, int i)
{
	const struct want *want = &row->want[i];
	char text[TEXT_SIZE], name[128];
	struct pair pair;
	int reason, k;

	(void)snprintf(name, sizeof(name), "%s, %s", row->name,
	    i == CLIENT ? "client" : "server");
	open_pair(&pair, row->end);
	run(&pair, row, i);
	ck_assert_msg(pair.dead[i], "%s: the handshake goes on", name);
	ck_assert_int_eq(ERR_GET_LIB(ERR_peek_error()), ERR_LIB_SSL);
	reason = ERR_GET_REASON(ERR_peek_error());
	explain(pair.ssl[i], text);
	printf("# %s (%d): %s\n", name, reason, text);
	check_versions(&row->end[i], i, text);
	ck_assert_msg(reason == wanted_reason(row, i), "%s: reason %d, not %d",
	    name, reason, wanted_reason(row, i));
	if (reason != want->reason) {
		close_pair(&pair);
		return;
	}
	for (k = 0; k < WANTS && want->text[k] != NULL; k++)
		ck_assert_msg(strstr(text, want->text[k]) != NULL,
		    "%s: no \"%s\" in: %s", name, want->text[k], text);
	ck_assert_msg((strstr(text, OTHER) != NULL) == want->other,
	    "%s: %s version problem: %s", name, want->other ? "a" : "no", text);
	close_pair(&pair);
}

START_TEST(failure)
{
	const struct row *row = &rows[_i];
	int i;

	for (i = 0; i < 2; i++)
		if (row->want[i].reason != 0)
			check_row(row, i);
	(void)fflush(stdout);
}
END_TEST

/* Where there is no reason of OpenSSL's TLS */

static const struct end plain[2];

static void
assert_says(const struct pair *pair, int i, const char *want)
{
	char text[TEXT_SIZE];

	explain(pair->ssl[i], text);
	printf("# %s\n", text);
	ck_assert_msg(
	    strstr(text, want) != NULL, "no \"%s\" in: %s", want, text);
}

static int
shake(struct pair *pair)
{
	int turn;

	for (turn = 0; turn < STEPS; turn++) {
		step(pair, turn % 2);
		carry(pair, turn % 2, NULL);
	}
	return SSL_is_init_finished(pair->ssl[CLIENT]) &&
	    SSL_is_init_finished(pair->ssl[SERVER]);
}

START_TEST(states)
{
	struct pair pair;

	open_pair(&pair, plain);
	assert_says(&pair, CLIENT, "no handshake has begun;");
	assert_says(&pair, SERVER, "no handshake has begun;");
	step(&pair, CLIENT);
	assert_says(&pair, CLIENT, "Nothing failed yet: the handshake is");
	ck_assert(shake(&pair));
	assert_says(&pair, CLIENT,
	    "The handshake completed: nothing failed (TLSv1.3, TLS_AES_");
	/* Another connection's error says nothing of this one. */
	release_raise(ERR_LIB_SSL, SSL_R_UNSUPPORTED_PROTOCOL, NULL);
	assert_says(&pair, SERVER, "The handshake completed: nothing failed");
	close_pair(&pair);

	open_pair(&pair, plain);
	step(&pair, CLIENT);
	release_raise(ERR_LIB_SSL, SSL_R_UNSUPPORTED_PROTOCOL, NULL);
	assert_says(&pair, CLIENT, "Nothing failed yet: the handshake is");
	assert_says(&pair, SERVER, "no handshake has begun;");
	close_pair(&pair);
	(void)fflush(stdout);
}
END_TEST

START_TEST(no_role)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	struct pair pair = { .ssl = { SSL_new(ctx) } };

	ck_assert_ptr_nonnull(pair.ssl[0]);
	assert_says(&pair, 0, "no handshake has begun;");
	ERR_clear_error();
	ck_assert_int_lt(SSL_do_handshake(pair.ssl[0]), 0);
	ck_assert_int_eq(
	    ERR_GET_REASON(ERR_peek_error()), SSL_R_CONNECTION_TYPE_NOT_SET);
	assert_says(&pair, 0, "client's nor a server's, " OTHER);
	SSL_set_connect_state(pair.ssl[0]);
	ck_assert_int_lt(SSL_do_handshake(pair.ssl[0]), 0);
	assert_says(&pair, 0, "this client would negotiate");
	SSL_free(pair.ssl[0]);
	SSL_CTX_free(ctx);
	(void)fflush(stdout);
}
END_TEST

/* OpenSSL calls it a server, and its method has none in it. */
START_TEST(lacking_role)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	struct pair pair = { .ssl = { SSL_new(ctx) } };

	ck_assert_ptr_nonnull(pair.ssl[0]);
	SSL_set_accept_state(pair.ssl[0]);
	assert_says(&pair, 0, "this client would negotiate");
	SSL_free(pair.ssl[0]);
	SSL_CTX_free(ctx);
}
END_TEST

/* A method of the connection's own, and a BIO to read from alone. */
START_TEST(half_set_up)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	struct pair pair = { .ssl = { SSL_new(ctx) } };

	ck_assert_ptr_nonnull(pair.ssl[0]);
	ck_assert(SSL_set_ssl_method(pair.ssl[0], TLS_client_method()) == 1);
	SSL_set_connect_state(pair.ssl[0]);
	SSL_set0_rbio(pair.ssl[0], BIO_new(BIO_s_mem()));
	assert_says(&pair, 0, "no handshake has begun;");
	assert_says(&pair, 0, "this client would negotiate");
	SSL_free(pair.ssl[0]);
	SSL_CTX_free(ctx);
}
END_TEST

/* Bounds are no help to a method of one version: they are not advised. */
START_TEST(pinned_and_empty)
{
	const SSL_METHOD *method = release_tls1_2_client();
	struct pair pair = { .ssl = { NULL } };
	SSL_CTX *ctx;

	if (method == NULL)
		SKIP_TEST("this release has no methods of one version");
	ctx = SSL_CTX_new(method);
	ck_assert_ptr_nonnull(ctx);
	ck_assert(SSL_CTX_set_cipher_list(ctx, "TLS_AES_128_GCM_SHA256") == 0);
	ERR_clear_error();
	pair.ssl[0] = SSL_new(ctx);
	ck_assert_ptr_nonnull(pair.ssl[0]);
	SSL_set_connect_state(pair.ssl[0]);
	SSL_set0_rbio(pair.ssl[0], BIO_new(BIO_s_mem()));
	SSL_set0_wbio(pair.ssl[0], BIO_new(BIO_s_null()));
	ck_assert_int_lt(SSL_do_handshake(pair.ssl[0]), 0);
	assert_says(
	    &pair, 0, "This side has no cipher for its highest version.");
	SSL_free(pair.ssl[0]);
	SSL_CTX_free(ctx);
}
END_TEST

/* OpenSSL leaves no entry then, as 1.1.1 does for every end of file. */
START_TEST(closed)
{
	static const struct end ends[2] = {
		{ .options = SSL_OP_IGNORE_UNEXPECTED_EOF },
		{ .options = SSL_OP_IGNORE_UNEXPECTED_EOF },
	};
	static const struct row row = { .name = "closed", .eof = 1 };
	struct pair pair;
	int i;

	for (i = 0; i < 2; i++) {
		open_pair(&pair, ends);
		run(&pair, &row, i);
		ck_assert(pair.dead[i]);
		ck_assert_uint_eq(ERR_peek_error(), 0);
		assert_says(&pair, i, "The peer closed the connection");
		release_raise(ERR_LIB_BIO, 104, NULL);
		assert_says(&pair, i, "Something other than TLS failed");
		close_pair(&pair);
	}
	(void)fflush(stdout);
}
END_TEST

/* A connection that has failed, for entries of the test's own making. */
static void
open_failed(struct pair *pair, int i)
{
	struct end ends[2] = { { 0 }, { 0 } };
	const struct row row = { .name = "failed" };

	ends[i].min = TLS1_3_VERSION;
	ends[!i].max = TLS1_2_VERSION;
	open_pair(pair, ends);
	run(pair, &row, i);
	ck_assert(pair->dead[i]);
	ERR_clear_error();
}

START_TEST(entries)
{
	struct pair pair;
	int i, lib = ERR_get_next_error_library();

	open_failed(&pair, CLIENT);
	assert_says(&pair, CLIENT, "its error is gone from the queue");
	/* Only other libraries', known or not. */
	release_raise(ERR_LIB_EVP, ERR_R_INTERNAL_ERROR, NULL);
	assert_says(&pair, CLIENT, "Something other than TLS failed (");
	ERR_clear_error();
	release_raise(lib, 77, NULL);
	assert_says(&pair, CLIENT, "reason 77)");
	release_raise(ERR_LIB_SYS, 111, NULL);
	/* The first of OpenSSL's TLS counts, wherever it is... */
	release_raise(ERR_LIB_SSL, SSL_R_CERTIFICATE_VERIFY_FAILED, NULL);
	release_raise(ERR_LIB_SSL, SSL_R_SHUTDOWN_WHILE_IN_INIT, NULL);
	assert_says(&pair, CLIENT, "did not pass verification");
	ERR_clear_error();
	/* ...even if the queue is full. */
	for (i = 0; i < 14; i++)
		release_raise(lib, i + 1, "an entry");
	release_raise(ERR_LIB_SSL, SSL_R_NO_SUITABLE_KEY_SHARE, NULL);
	assert_says(&pair, CLIENT, "no group in common");
	/* One without a row of its own. */
	ERR_clear_error();
	release_raise(ERR_LIB_SSL, SSL_R_BAD_EXTENSION, NULL);
	assert_says(&pair, CLIENT, "OpenSSL gave up (SSL routines: bad ext");
	ERR_clear_error();
	release_raise(ERR_LIB_SSL, 998, NULL);
	assert_says(&pair, CLIENT, "library 20, reason 998)");
	close_pair(&pair);
	(void)fflush(stdout);
}
END_TEST

/* After the handshake SSL_read() leaves older entries below its own. */
START_TEST(stale)
{
	static const struct end ends[2] = { { 0 },
		{ .verify = VERIFY_CLIENT } };
	static const struct row row = { .name = "stale" };
	struct pair pair;
	char byte;

	open_pair(&pair, ends);
	run(&pair, &row, SERVER);
	ck_assert(SSL_is_init_finished(pair.ssl[CLIENT]));
	ERR_clear_error();
	release_raise(ERR_LIB_SSL, SSL_R_UNSUPPORTED_PROTOCOL, NULL);
	ck_assert_int_lt(SSL_read(pair.ssl[CLIENT], &byte, 1), 1);
	assert_says(&pair, CLIENT, "demands a certificate of this client");
	close_pair(&pair);
	(void)fflush(stdout);
}
END_TEST

static int
load_now(SSL *ssl, void *arg)
{
	const SSL_CTX *from = arg;

	return SSL_use_certificate(ssl, SSL_CTX_get0_certificate(from)) &&
	    SSL_use_PrivateKey(ssl, SSL_CTX_get0_privatekey(from));
}

/* A certificate that only the connection has is not missed. */
START_TEST(own_certificate)
{
	static const struct end lender = { .max = TLS1_2_VERSION };
	static const struct end ends[2] = {
		{ .max = TLS1_2_VERSION, .ciphers = "AES128-SHA" },
		{ .max = TLS1_2_VERSION, .ciphers = "AES256-SHA", .bare = 1 },
	};
	static const struct row row = { .name = "own certificate" };
	SSL_CTX *from = make(&lender, SERVER);
	struct pair pair;

	open_pair(&pair, ends);
	if (_i == 0)
		ck_assert_int_eq(load_now(pair.ssl[SERVER], from), 1);
	else
		SSL_set_cert_cb(pair.ssl[SERVER], load_now, from);
	run(&pair, &row, SERVER);
	assert_says(&pair, SERVER,
	    "negotiate TLSv1, TLSv1.1, TLSv1.2 (TLSv1.3: above the maximum). "
	    "Permit one at both ends");
	close_pair(&pair);
	SSL_CTX_free(from);
	(void)fflush(stdout);
}
END_TEST

/* Marks stay where they are. */
START_TEST(marks)
{
	struct pair pair;
	char text[TEXT_SIZE];
	const char *data = NULL;
	const int twice = release() >= RELEASE_3_0; /* an entry's marks count */

	open_failed(&pair, SERVER);
	release_raise(ERR_LIB_SSL, SSL_R_UNSUPPORTED_PROTOCOL, NULL);
	ck_assert_int_eq(ERR_set_mark(), 1);
	if (twice)
		ck_assert_int_eq(ERR_set_mark(), 1);
	release_raise(ERR_LIB_USER, 1, "kept");
	ck_assert_int_eq(ERR_set_mark(), 1);
	release_raise(ERR_LIB_SSL, SSL_R_HTTP_REQUEST, NULL);
	ck_assert_int_gt(tlspolicy_explain(pair.ssl[SERVER], text, 100), 100);
	ck_assert_int_eq(
	    ERR_GET_REASON(ERR_peek_last_error()), SSL_R_HTTP_REQUEST);
	ck_assert_int_eq(ERR_pop_to_mark(), 1);
	data = release_last_error().data;
	ck_assert_str_eq(data, "kept");
	ck_assert_int_gt(tlspolicy_explain(pair.ssl[SERVER], NULL, 0), 100);
	ck_assert_int_eq(ERR_pop_to_mark(), 1);
	if (twice)
		ck_assert_int_eq(ERR_pop_to_mark(), 1);
	ck_assert_int_eq(
	    ERR_GET_REASON(ERR_peek_last_error()), SSL_R_UNSUPPORTED_PROTOCOL);
	ck_assert_int_eq(ERR_pop_to_mark(), 0);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	ck_assert_int_gt(tlspolicy_explain(pair.ssl[SERVER], NULL, 0), 100);
	ck_assert_int_eq(ERR_pop_to_mark(), 0);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	close_pair(&pair);
}
END_TEST

START_TEST(sizes)
{
	char whole[TEXT_SIZE], part[TEXT_SIZE];
	struct pair pair;
	int len, size;

	open_failed(&pair, CLIENT);
	release_raise(ERR_LIB_SSL, SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, NULL);
	explain(pair.ssl[CLIENT], whole);
	len = (int)strlen(whole);
	ck_assert_int_eq(tlspolicy_explain(pair.ssl[CLIENT], NULL, 0), len);
	for (size = 0; size <= len + 2;
	     size += size < 3 || size > len - 3 ? 1 : 37) {
		memset(part, '#', sizeof(part));
		ck_assert_int_eq(
		    tlspolicy_explain(pair.ssl[CLIENT], part, (size_t)size),
		    len);
		ck_assert_int_eq(part[size], '#');
		if (size == 0)
			continue;
		ck_assert_uint_eq(
		    strlen(part), (size_t)(size - 1 < len ? size - 1 : len));
		ck_assert_int_eq(strncmp(part, whole, strlen(part)), 0);
	}
	close_pair(&pair);
}
END_TEST

START_TEST(arguments)
{
	char text[8] = "#######";
	struct queue before, after;
	struct pair pair;

	open_failed(&pair, CLIENT);
	release_raise(ERR_LIB_SSL, SSL_R_HTTP_REQUEST, "data");
	take_queue(&before);
	put_queue(&before);
	ck_assert_int_eq(
	    tlspolicy_explain(NULL, text, sizeof(text)), TLSPOLICY_E_INVALID);
	ck_assert_str_eq(text, "#######");
	ck_assert_int_eq(
	    tlspolicy_explain(pair.ssl[CLIENT], NULL, 1), TLSPOLICY_E_INVALID);
	take_queue(&after);
	ck_assert_int_eq(memcmp(&before, &after, sizeof(before)), 0);
	close_pair(&pair);
}
END_TEST

/* Every reason that there could be, on both ends of failed handshakes. */
START_TEST(every_reason)
{
	static const int strides[] = {
		[TIER_SHORT] = 61,
		[TIER_NORMAL] = 7,
		[TIER_FULL] = 1,
	};
	char text[TEXT_SIZE], alert[24];
	struct pair pair;
	int i = _i, reason, stride = strides[test_tier()];

	open_failed(&pair, i);
	for (reason = 1; reason < 1400; reason += stride) {
		const int n = reason - SSL_AD_REASON_OFFSET;

		ERR_clear_error();
		release_raise(ERR_LIB_SSL, reason, NULL);
		explain(pair.ssl[i], text);
		ck_assert_msg(
		    strstr(text,
			i == CLIENT
			    ? "; this client would negotiate TLSv1.3 ("
			    : "; this server would negotiate TLSv1.3 (") !=
			NULL,
		    "%d: %s", reason, text);
		(void)snprintf(alert, sizeof(alert), "alert %d", n);
		ck_assert_msg(
		    (strstr(text, alert) != NULL) == (n >= 0 && n <= 255),
		    "%d: %s", reason, text);
		/* Of the end itself, a text speaks as "this". */
		ck_assert_msg(strstr(text,
				  i == CLIENT ? "this server would"
					      : "this client would") == NULL,
		    "%d: %s", reason, text);
	}
	close_pair(&pair);
}
END_TEST

/* 4.0 has no pinned methods; before 3.0 some of the rows complete. */
static int
can_be(const struct row *row)
{
	const int pinned = row->end[CLIENT].pinned || row->end[SERVER].pinned;

	return release() >= row->since &&
	    (row->before == 0 || release() < row->before) &&
	    (!pinned || release_tls1_2() != NULL);
}

static int
stride_of_rows(void)
{
	return test_tier() == TIER_SHORT ? 5 : 1;
}

int
main(void)
{
	Suite *suite = suite_create("explain");
	TCase *failures = tcase_create("failures");
	TCase *others = tcase_create("others");
	int i;

	peer_setup();
	for (i = 0; i < (int)NELEM(rows); i += stride_of_rows())
		if (can_be(&rows[i]))
			tcase_add_loop_test(failures, failure, i, i + 1);
	tcase_add_test(others, states);
	tcase_add_test(others, no_role);
	tcase_add_test(others, lacking_role);
	tcase_add_test(others, half_set_up);
	tcase_add_test(others, pinned_and_empty);
	tcase_add_test(others, closed);
	tcase_add_test(others, entries);
	tcase_add_test(others, stale);
	tcase_add_loop_test(others, own_certificate, 0, 2);
	tcase_add_test(others, marks);
	tcase_add_test(others, sizes);
	tcase_add_test(others, arguments);
	tcase_add_loop_test(others, every_reason, CLIENT, SERVER + 1);
	tcase_set_timeout(failures, 60);
	tcase_set_timeout(others, 60);
	suite_add_tcase(suite, failures);
	suite_add_tcase(suite, others);
	return run_suite(suite);
}
