/* SPDX-License-Identifier: MIT */
/*
 * invisible [all]: a program that writes down all that it can see of OpenSSL:
 * return values, error queues, errno, callbacks and counters.  It writes the
 * same under "tlspolicy run" as without; "all" adds what --no-explain is for.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

#include "../examples/compat.h"
#include "../examples/server.h"

enum { STEPS = 40, ERRNO = 77 };

static bool all;
static int made, freed, added, parsed; /* by ex_data and extensions */
static unsigned long lines;

#if defined(__GNUC__) || defined(__clang__)
static void note(const char *fmt, ...)
    __attribute__((__format__(printf, 1, 2)));
#endif

static void
note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vprintf(fmt, args);
	va_end(args);
	(void)putchar('\n');
	lines++;
}

/* Empties the queue, marks and all. */
static void
note_queue(void)
{
	const char *data;
	unsigned long entry;
	int flags;

	for (entry = ERR_peek_error_data(&data, &flags); entry != 0;
	     entry = ERR_peek_error_data(&data, &flags)) {
		note("    entry %d %d %s", ERR_GET_LIB(entry),
		    ERR_GET_REASON(entry), data != NULL ? data : "-");
		(void)ERR_get_error();
	}
}

static int
note_call(const char *what, SSL *ssl, int ret)
{
	const int error = errno;
	const int verdict = SSL_get_error(ssl, ret);

	note("  %s: %d, error %d, errno %d, want %d, %s, shutdown %d", what,
	    ret, verdict, error, SSL_want(ssl), SSL_state_string_long(ssl),
	    SSL_get_shutdown(ssl));
	if (verdict != SSL_ERROR_WANT_READ && verdict != SSL_ERROR_WANT_WRITE)
		note_queue();
	errno = ERRNO;
	return ret;
}

/* Callbacks */

static void
on_info(const SSL *ssl, int where, int ret)
{
	note("    info %s %x %d %s", SSL_is_server(ssl) ? "server" : "client",
	    (unsigned)where, ret, SSL_state_string(ssl));
}

static void
on_message(int sent, int version, int type, const void *buf, size_t len,
    SSL *ssl, void *arg)
{
	const unsigned char *bytes = buf;

	(void)arg;
	note("    message %s %d %x %d %d",
	    SSL_is_server(ssl) ? "server" : "client", sent, (unsigned)version,
	    type, len > 0 ? bytes[0] : -1);
}

static long
on_bio(BIO *bio, int op, const char *data, size_t len, int arg, long more,
    int ret, size_t *done)
{
	(void)data;
	(void)len;
	(void)more;
	(void)done;
	note("    bio %s %x %d %d", BIO_method_name(bio), (unsigned)op, arg,
	    ret);
	return ret;
}

static void
on_new(void *parent, void *ptr, CRYPTO_EX_DATA *data, int index, long argl,
    void *argp)
{
	(void)parent;
	(void)ptr;
	(void)data;
	(void)index;
	(void)argl;
	(void)argp;
	made++;
}

static void
on_free(void *parent, void *ptr, CRYPTO_EX_DATA *data, int index, long argl,
    void *argp)
{
	(void)parent;
	(void)ptr;
	(void)data;
	(void)index;
	(void)argl;
	(void)argp;
	freed++;
}

static int
on_add(SSL *ssl, unsigned type, const unsigned char **out, size_t *len,
    int *alert, void *arg)
{
	(void)ssl;
	(void)type;
	(void)alert;
	(void)arg;
	*out = (const unsigned char *)"x";
	*len = 1;
	added++;
	return 1;
}

static int
on_parse(SSL *ssl, unsigned type, const unsigned char *in, size_t len,
    int *alert, void *arg)
{
	(void)ssl;
	(void)type;
	(void)in;
	(void)len;
	(void)alert;
	(void)arg;
	parsed++;
	return 1;
}

static int
on_servername(SSL *ssl, int *alert, void *arg)
{
	(void)alert;
	note("    servername %s, switched %d",
	    SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name),
	    SSL_set_SSL_CTX(ssl, arg) == arg);
	return SSL_TLSEXT_ERR_OK;
}

static int
on_hello(SSL *ssl, int *alert, void *arg)
{
	(void)alert;
	(void)arg;
	note("    hello, max %ld, errno %d",
	    SSL_set_max_proto_version(ssl, TLS1_2_VERSION), errno);
	return SSL_CLIENT_HELLO_SUCCESS;
}

/* Contexts and connections */

static SSL_CTX *
context(const SSL_METHOD *method, int min, int max)
{
	SSL_CTX *ctx = SSL_CTX_new(method);

	if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx, min) != 1 ||
	    SSL_CTX_set_max_proto_version(ctx, max) != 1)
		exit(2);
	SSL_CTX_set_info_callback(ctx, on_info);
	SSL_CTX_set_msg_callback(ctx, on_message);
	return ctx;
}

/* Its certificate is the one of all: to make keys takes long. */
static SSL_CTX *certified;

static SSL_CTX *
server_context(int min, int max)
{
	SSL_CTX *ctx = context(TLS_server_method(), min, max);

	if (SSL_CTX_use_certificate(ctx, SSL_CTX_get0_certificate(certified)) !=
		1 ||
	    SSL_CTX_use_PrivateKey(ctx, SSL_CTX_get0_privatekey(certified)) !=
		1 ||
	    SSL_CTX_set_session_id_context(
		ctx, (const unsigned char *)"i", 1) != 1)
		exit(2);
	return ctx;
}

struct pair {
	SSL *ssl[2]; /* client, server */
	int fd[2];
};

static void
open_pair(struct pair *pair, SSL_CTX *client, SSL_CTX *server)
{
	SSL_CTX *const ctx[] = { client, server };

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair->fd) != 0)
		exit(2);
	for (int i = 0; i < 2; i++) {
		(void)fcntl(pair->fd[i], F_SETFL, O_NONBLOCK);
		pair->ssl[i] = SSL_new(ctx[i]);
		if (pair->ssl[i] == NULL ||
		    SSL_set_fd(pair->ssl[i], pair->fd[i]) != 1)
			exit(2);
	}
	errno = ERRNO;
}

static void
close_pair(struct pair *pair)
{
	for (int i = 0; i < 2; i++) {
		SSL_free(pair->ssl[i]);
		(void)close(pair->fd[i]);
	}
	note_queue();
}

static void
open_pair_with_roles(struct pair *pair, SSL_CTX *client, SSL_CTX *server)
{
	open_pair(pair, client, server);
	SSL_set_connect_state(pair->ssl[0]);
	SSL_set_accept_state(pair->ssl[1]);
}

/* Both ends of TLS 1.2 and 1.3. */
static void
make_contexts(SSL_CTX **client, SSL_CTX **server)
{
	*client = context(TLS_client_method(), TLS1_2_VERSION, TLS1_3_VERSION);
	*server = server_context(TLS1_2_VERSION, TLS1_3_VERSION);
}

static void
free_contexts(SSL_CTX *client, SSL_CTX *server)
{
	SSL_CTX_free(client);
	SSL_CTX_free(server);
}

static const char *const side[] = { "client", "server" };

/* Until both are done, or one cannot go on. */
static void
shake(struct pair *pair)
{
	int done[2] = { 0, 0 };

	for (int i = 0; i < STEPS; i++) {
		SSL *ssl = pair->ssl[i % 2];

		if (done[i % 2])
			continue;
		if (note_call(side[i % 2], ssl, SSL_do_handshake(ssl)) == 1)
			done[i % 2] = 1;
		else if (strcmp(SSL_state_string(ssl), "SSLERR") == 0 &&
		    i % 2 == 1)
			break;
	}
	note("  %s %s, reused %d", SSL_get_version(pair->ssl[0]),
	    SSL_get_cipher_name(pair->ssl[0]),
	    SSL_session_reused(pair->ssl[0]));
}

static void
note_counters(const char *what, SSL_CTX *ctx)
{
	note("  %s: %ld accepts, %ld good, %ld anew, %ld cached, %ld hits, "
	     "%ld misses, %ld good connects, %ld anew",
	    what, SSL_CTX_sess_accept(ctx), SSL_CTX_sess_accept_good(ctx),
	    SSL_CTX_sess_accept_renegotiate(ctx), SSL_CTX_sess_number(ctx),
	    SSL_CTX_sess_hits(ctx), SSL_CTX_sess_misses(ctx),
	    SSL_CTX_sess_connect_good(ctx),
	    SSL_CTX_sess_connect_renegotiate(ctx));
	if (all)
		note("  %s: %ld connects, ex_data %d %d, extension %d %d", what,
		    SSL_CTX_sess_connect(ctx), made, freed, added, parsed);
}

static void
talk(struct pair *pair)
{
	char buf[8] = "";
	size_t done = 0;

	for (int i = 0; i < 2; i++) {
		(void)note_call(
		    "write", pair->ssl[i], SSL_write(pair->ssl[i], "hello", 5));
		(void)note_call(
		    "peek", pair->ssl[!i], SSL_peek(pair->ssl[!i], buf, 3));
		(void)note_call("read", pair->ssl[!i],
		    SSL_read(pair->ssl[!i], buf, sizeof(buf)));
		(void)note_call("read_ex", pair->ssl[!i],
		    SSL_read_ex(pair->ssl[!i], buf, sizeof(buf), &done));
	}
	(void)note_call("shutdown", pair->ssl[0], SSL_shutdown(pair->ssl[0]));
	(void)note_call(
	    "read", pair->ssl[1], SSL_read(pair->ssl[1], buf, sizeof(buf)));
	(void)note_call("shutdown", pair->ssl[1], SSL_shutdown(pair->ssl[1]));
}

/* Scenarios */

/* From and to, of a client and of a server. */
static const int range[][4] = {
	{ TLS1_2_VERSION, TLS1_2_VERSION, TLS1_2_VERSION, TLS1_3_VERSION },
	{ TLS1_2_VERSION, TLS1_3_VERSION, TLS1_2_VERSION, TLS1_3_VERSION },
	{ TLS1_3_VERSION, TLS1_3_VERSION, TLS1_2_VERSION, TLS1_2_VERSION },
	{ TLS1_2_VERSION, TLS1_2_VERSION, TLS1_3_VERSION, TLS1_3_VERSION },
	{ TLS1_VERSION, TLS1_1_VERSION, TLS1_VERSION, TLS1_3_VERSION },
	{ TLS1_3_VERSION, TLS1_2_VERSION, TLS1_VERSION, TLS1_3_VERSION },
};

static void
versions(void)
{
	for (size_t i = 0; i < sizeof(range) / sizeof(range[0]); i++) {
		SSL_CTX *client =
		    context(TLS_client_method(), range[i][0], range[i][1]);
		SSL_CTX *server = server_context(range[i][2], range[i][3]);
		struct pair pair;

		note("versions %zu", i);
		open_pair_with_roles(&pair, client, server);
		shake(&pair);
		talk(&pair);
		/* Those that failed are called again. */
		shake(&pair);
		close_pair(&pair);
		note_counters("client", client);
		note_counters("server", server);
		free_contexts(client, server);
	}
}

/* Without roles, with entries and marks that were there before. */
static void
stale(void)
{
	SSL_CTX *client = context(TLS_method(), TLS1_2_VERSION, TLS1_3_VERSION);
	SSL_CTX *server = server_context(TLS1_2_VERSION, TLS1_3_VERSION);
	struct pair pair;
	char buf[4];

	note("stale");
	open_pair(&pair, client, server);
	for (int i = 0; i < 14; i++)
		(void)EVP_PKEY_derive(NULL, NULL, NULL);
	(void)ERR_set_mark();
	(void)EVP_PKEY_derive(NULL, NULL, NULL);
	(void)note_call("no role", pair.ssl[0], SSL_do_handshake(pair.ssl[0]));
	for (int i = 0; i < 3; i++)
		(void)EVP_PKEY_derive(NULL, NULL, NULL);
	(void)note_call("no role", pair.ssl[0], SSL_read(pair.ssl[0], buf, 4));
	for (int i = 0; i < 2; i++)
		(void)EVP_PKEY_derive(NULL, NULL, NULL);
	(void)note_call("connect", pair.ssl[0], SSL_connect(pair.ssl[0]));
	(void)note_call("accept", pair.ssl[1], SSL_accept(pair.ssl[1]));
	(void)EVP_PKEY_derive(NULL, NULL, NULL);
	(void)note_call("read", pair.ssl[0], SSL_read(pair.ssl[0], buf, 4));
	(void)note_call("write", pair.ssl[1], SSL_write(pair.ssl[1], "x", 1));
	(void)note_call("read", pair.ssl[0], SSL_read(pair.ssl[0], buf, 4));
	close_pair(&pair);
	free_contexts(client, server);
}

/* A peer that goes, and one that speaks no TLS. */
static void
broken(void)
{
	static const char *const says[] = { "", "HTTP/1.1 400 No\r\n\r\n" };

	for (int i = 0; i < 4; i++) {
		SSL_CTX *client =
		    context(TLS_client_method(), TLS1_2_VERSION, 0);
		SSL_CTX *server = server_context(TLS1_2_VERSION, 0);
		struct pair pair;
		SSL *ssl;

		note("broken %d", i);
		open_pair_with_roles(&pair, client, server);
		ssl = pair.ssl[i / 2];
		(void)note_call("first", ssl, SSL_do_handshake(ssl));
		if (write(pair.fd[!(i / 2)], says[i % 2], strlen(says[i % 2])) <
		    0)
			exit(2);
		(void)shutdown(pair.fd[!(i / 2)], SHUT_WR);
		for (int again = 0; again < 3; again++)
			(void)note_call("again", ssl, SSL_do_handshake(ssl));
		close_pair(&pair);
		free_contexts(client, server);
	}
}

static void
sessions(int version)
{
	SSL_CTX *client = context(TLS_client_method(), version, version);
	SSL_CTX *server = server_context(version, version);
	SSL_SESSION *session = NULL;

	note("sessions %x", (unsigned)version);
	for (int i = 0; i < 3; i++) {
		struct pair pair;

		open_pair_with_roles(&pair, client, server);
		if (session != NULL)
			note("  %d", SSL_set_session(pair.ssl[0], session));
		shake(&pair);
		talk(&pair);
		SSL_SESSION_free(session);
		session = SSL_get1_session(pair.ssl[0]);
		if (i == 1 && version == TLS1_2_VERSION) { /* used again */
			note("  clear %d %d", SSL_clear(pair.ssl[0]),
			    SSL_clear(pair.ssl[1]));
			shake(&pair);
		}
		close_pair(&pair);
		note_counters("client", client);
		note_counters("server", server);
	}
	SSL_SESSION_free(session);
	free_contexts(client, server);
}

static void
renegotiation(void)
{
	SSL_CTX *client =
	    context(TLS_client_method(), TLS1_2_VERSION, TLS1_2_VERSION);
	SSL_CTX *server = server_context(TLS1_2_VERSION, TLS1_2_VERSION);
	struct pair pair;
	char buf[4];

	note("renegotiation");
	open_pair_with_roles(&pair, client, server);
	shake(&pair);
	(void)note_call("ask", pair.ssl[1], SSL_renegotiate(pair.ssl[1]));
	for (int i = 0; i < 8; i++) {
		(void)note_call("server", pair.ssl[1],
		    i == 0 ? SSL_do_handshake(pair.ssl[1])
			   : SSL_read(pair.ssl[1], buf, sizeof(buf)));
		(void)note_call("client", pair.ssl[0],
		    SSL_read(pair.ssl[0], buf, sizeof(buf)));
	}
	note_counters("client", client);
	note_counters("server", server);
	close_pair(&pair);
	free_contexts(client, server);
}

static void
hosts(bool early)
{
	SSL_CTX *client, *server;
	SSL_CTX *host = server_context(TLS1_2_VERSION, TLS1_3_VERSION);
	char name[] = "host.example";
	struct pair pair;

	note("hosts %d", early);
	make_contexts(&client, &server);
	(void)SSL_CTX_set_tlsext_servername_callback(server, on_servername);
	(void)SSL_CTX_set_tlsext_servername_arg(server, host);
	if (early)
		SSL_CTX_set_client_hello_cb(server, on_hello, NULL);
	open_pair_with_roles(&pair, client, server);
	(void)SSL_set_tlsext_host_name(pair.ssl[0], name);
	shake(&pair);
	talk(&pair);
	note("  up %d", SSL_up_ref(pair.ssl[0]));
	SSL_free(pair.ssl[0]);
	note_counters("server", server);
	note_counters("host", host);
	close_pair(&pair);
	free_contexts(client, server);
	SSL_CTX_free(host);
}

/* By the BIO over a connection, with callbacks. */
static void
bios(void)
{
	SSL_CTX *client, *server;
	BIO *end[2], *tls[2], *copy;
	SSL *ssl = NULL;
	char buf[8];

	note("bios");
	make_contexts(&client, &server);
	if (BIO_new_bio_pair(&end[0], 0, &end[1], 0) != 1)
		exit(2);
	for (int i = 0; i < 2; i++) {
		tls[i] = BIO_new_ssl(i == 0 ? client : server, i == 0);
		BIO_set_callback_ex(tls[i], on_bio);
		BIO_set_callback_ex(end[i], on_bio);
		(void)BIO_push(tls[i], end[i]);
		note("  %s %d", BIO_method_name(tls[i]),
		    BIO_method_type(tls[i]));
	}
	for (int i = 0; i < 8; i++) {
		const long ret = BIO_do_handshake(tls[i % 2]);

		note("  %s %ld, retry %d %d", side[i % 2], ret,
		    BIO_should_retry(tls[i % 2]) != 0,
		    BIO_get_retry_reason(tls[i % 2]));
	}
	note("  write %d", BIO_write(tls[0], "hello", 5));
	note("  puts %d", BIO_puts(tls[0], "you"));
	note("  read %d", BIO_read(tls[1], buf, sizeof(buf)));
	note("  gets %d", BIO_gets(tls[1], buf, sizeof(buf)));
	note("  get %ld %d", BIO_get_ssl(tls[1], &ssl), ssl != NULL);
	note("  pending %d %d", (int)BIO_ctrl_pending(tls[1]),
	    (int)BIO_ctrl_wpending(tls[1]));
	copy = BIO_new(BIO_f_ssl());
	note("  new %d, read %d, handshake %ld", copy != NULL,
	    BIO_read(copy, buf, 1), BIO_do_handshake(copy));
	note_queue();
	(void)BIO_free(copy);
	(void)BIO_free_all(tls[0]);
	(void)BIO_free_all(tls[1]);
	copy = BIO_new_ssl_connect(client);
	note("  connect %d", copy != NULL);
	(void)BIO_free_all(copy);
	copy = BIO_new_buffer_ssl_connect(client);
	note("  buffer %d", copy != NULL);
	(void)BIO_free_all(copy);
	note_queue();
	free_contexts(client, server);
}

static void
unfinished(void)
{
	SSL_CTX *client, *server;
	struct pair pair;
	SSL *copy;

	note("unfinished");
	make_contexts(&client, &server);
	open_pair_with_roles(&pair, client, server);
	copy = SSL_dup(pair.ssl[0]);
	note("  dup %d", copy == pair.ssl[0]);
	SSL_free(copy);
	(void)note_call("first", pair.ssl[0], SSL_do_handshake(pair.ssl[0]));
	copy = SSL_dup(pair.ssl[0]);
	note("  dup %d", copy == pair.ssl[0]);
	SSL_free(copy);
	close_pair(&pair);
	free_contexts(client, server);
}

/* What --no-explain is for. */
static void
counted(void)
{
	SSL_CTX *client =
	    context(TLS_client_method(), TLS1_2_VERSION, TLS1_3_VERSION);
	SSL_CTX *server = server_context(TLS1_2_VERSION, TLS1_2_VERSION);
	struct pair pair;

	note("counted");
	(void)SSL_CTX_add_client_custom_ext(
	    client, 4242, on_add, NULL, NULL, NULL, NULL);
	(void)SSL_CTX_add_server_custom_ext(
	    server, 4242, NULL, NULL, NULL, on_parse, NULL);
	for (int i = 0; i < 2; i++) {
		if (i == 1) /* one that fails, to be explained */
			(void)SSL_CTX_set_min_proto_version(
			    client, TLS1_3_VERSION);
		open_pair_with_roles(&pair, client, server);
		shake(&pair);
		close_pair(&pair);
		note_counters("client", client);
		note_counters("server", server);
	}
	free_contexts(client, server);
}

int
main(int argc, char **argv)
{
	all = argc > 1 && strcmp(argv[1], "all") == 0;
	certified = SSL_CTX_new(TLS_server_method());
	if (certified == NULL || !make_certs(certified, NULL))
		return 2;
	errno = ERRNO;
	versions();
	note("index %d", SSL_get_ex_new_index(0, NULL, on_new, NULL, on_free));
	stale();
	broken();
	sessions(TLS1_2_VERSION);
	sessions(TLS1_3_VERSION);
	renegotiation();
	hosts(false);
	hosts(true);
	bios();
	unfinished();
	counted();
	SSL_CTX_free(certified);
	note("%lu lines", lines);
	return fflush(stdout) == 0 ? 0 : 1;
}
