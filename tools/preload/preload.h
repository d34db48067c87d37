/* SPDX-License-Identifier: MIT */
/*
 * What the files of the preloaded object share: "tlspolicy run" puts it before
 * a program's OpenSSL.  It uses libtlspolicy's public functions alone, and
 * nothing beyond that, OpenSSL and the C library.
 *
 * Nothing of OpenSSL is called before the program calls a function of it that
 * is wrapped: a program with another TLS library, or a copy of its own, is left
 * alone.
 */
#ifndef PRELOAD_H
#define PRELOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <tlspolicy.h>

#include "nodes.h"

#if defined(__GNUC__) || defined(__clang__)
#define PRINTF_LIKE(fmt, args) __attribute__((__format__(printf, fmt, args)))
#else
#define PRINTF_LIKE(fmt, args)
#endif

/*
 * A wrapper is exported under the name and the version node that libssl gives
 * the function, and not as the default: so a reference without a version, as
 * of a program with an unversioned copy of OpenSSL, does not find it.
 */
#define WRAP(type, name, arguments) \
	extern __attribute__((__used__, __visibility__("default"))) \
	type wrap_##name arguments; \
	__asm__(".symver wrap_" #name "," #name "@" NODE_##name); \
	type wrap_##name arguments

/* It has grown: unsigned long before OpenSSL 3.0. */
typedef __typeof__(SSL_get_options((const SSL *)NULL)) options_type;

/* settings.c: what the command says, read once from the environment */

#define RUN_VARIABLE "TLSPOLICY_RUN"
#define RUN_POLICY   "TLSPOLICY_RUN_POLICY"
#define RUN_FILE     "TLSPOLICY_RUN_FILE"

struct settings {
	bool active; /* the command has started this process or a parent */
	bool enforce, override, json, explain;
	long process; /* the one that the command became */
	bool has_policy;
	const struct tlspolicy *policy; /* NULL: none, or out of memory */
	const char *name;               /* of the policy; NULL: none */
};
/* With the policy, which is parsed when it is first asked for. */
const struct settings *settings(void);
/* Without: safe where nothing of OpenSSL may be called. */
const struct settings *settings_plain(void);

/* real.c: libssl's own functions */

typedef int bio_write(BIO *bio, const char *data, size_t size, size_t *done);
typedef int bio_read(BIO *bio, char *data, size_t size, size_t *done);
typedef int bio_puts(BIO *bio, const char *text);
typedef long bio_ctrl(BIO *bio, int cmd, long arg, void *ptr);
typedef int bio_life(BIO *bio);
typedef long bio_callback(BIO *bio, int cmd, BIO_info_cb *cb);

struct real {
	int (*connect)(SSL *ssl);
	int (*accept)(SSL *ssl);
	int (*do_handshake)(SSL *ssl);
	int (*stateless)(SSL *ssl);
	int (*listen)(SSL *ssl, BIO_ADDR *peer);
	int (*read)(SSL *ssl, void *buf, int size);
	int (*read_ex)(SSL *ssl, void *buf, size_t size, size_t *done);
	int (*read_early)(SSL *ssl, void *buf, size_t size, size_t *done);
	int (*peek)(SSL *ssl, void *buf, int size);
	int (*peek_ex)(SSL *ssl, void *buf, size_t size, size_t *done);
	int (*write)(SSL *ssl, const void *buf, int size);
	int (*write_ex)(SSL *ssl, const void *buf, size_t size, size_t *done);
	int (*write_ex2)(SSL *ssl, const void *buf, size_t size, uint64_t flags,
	    size_t *done);
	int (*write_early)(
	    SSL *ssl, const void *buf, size_t size, size_t *done);
	ossl_ssize_t (*sendfile)(
	    SSL *ssl, int fd, off_t offset, size_t size, int flags);
	int (*get_error)(const SSL *ssl, int ret);
	void (*free)(SSL *ssl);
	int (*up_ref)(SSL *ssl);
	SSL *(*dup)(SSL *ssl);
	SSL *(*accept_connection)(SSL *listener, uint64_t flags);
	SSL_CTX *(*ctx_new)(const SSL_METHOD *method);
	SSL_CTX *(*ctx_new_ex)(
	    void *libctx, const char *query, const SSL_METHOD *method);
	/* Setters of one connection. */
	SSL_CTX *(*set_ctx)(SSL *ssl, SSL_CTX *ctx);
	long (*ctrl)(SSL *ssl, int cmd, long arg, void *ptr);
	options_type (*set_options)(SSL *ssl, options_type options);
	options_type (*clear_options)(SSL *ssl, options_type options);
	int (*set_cipher_list)(SSL *ssl, const char *list);
	int (*set_ciphersuites)(SSL *ssl, const char *list);
	void (*set_level)(SSL *ssl, int level);
	int (*set_method)(SSL *ssl, const SSL_METHOD *method);
	/* The BIO over a connection. */
	const BIO_METHOD *(*f_ssl)(void);
	BIO *(*new_ssl)(SSL_CTX *ctx, int client);
	BIO *(*new_ssl_connect)(SSL_CTX *ctx);
	BIO *(*new_buffer_ssl_connect)(SSL_CTX *ctx);
	/* Not wrapped, and not in every release: NULL where it is missing. */
	int (*is_quic)(const SSL *ssl);
	const SSL_METHOD *(*quic[3])(void);
	SSL *(*connection)(SSL *ssl);
	const char *(*group_name)(SSL *ssl);
	const char *(*group_to_name)(SSL *ssl, int id);
	bio_write *(*get_write)(const BIO_METHOD *method);
	bio_read *(*get_read)(const BIO_METHOD *method);
	bio_puts *(*get_puts)(const BIO_METHOD *method);
	bio_ctrl *(*get_ctrl)(const BIO_METHOD *method);
	bio_life *(*get_create)(const BIO_METHOD *method);
	bio_life *(*get_destroy)(const BIO_METHOD *method);
	bio_callback *(*get_callback)(const BIO_METHOD *method);
};
const struct real *real(void);

/* table.c: what is known of connections and contexts, by address */

enum { PEER_SIZE = 64, FINISHED_SIZE = 12, SENTENCE_SIZE = 700 };

struct state {
	struct state *next;
	const SSL *ssl;
	unsigned refs; /* beyond the first */
	bool busy;     /* a call on it is under way */
	bool begun, done, failed, denied;
	bool connects;        /* its first call was SSL_connect() */
	bool told;            /* that it was denied */
	bool data;            /* has come from the peer */
	char peer[PEER_SIZE]; /* "": not known */
	unsigned char finished[FINISHED_SIZE];
	unsigned long entry; /* denied: of the error queue */
	char *sentence;      /* denied: of that entry */
};
/* NULL: not there, or with `make` out of memory. */
struct state *state_of(const SSL *ssl, bool make);
/* A reference more, and one less: true where that was the last. */
void state_keep(const SSL *ssl);
bool state_drop(const SSL *ssl);
void state_forget(const SSL *ssl);
/* True at the first call with a context; forgotten, it is a new one. */
bool context_is_new(const SSL_CTX *ctx);
void context_forget(const SSL_CTX *ctx);
void table_lock(void);
void table_unlock(void);

/* watch.c: before and after a call that may shake hands */

struct call {
	SSL *ssl;
	struct state *state; /* NULL: not watched */
	int error;           /* errno */
	bool reads;
};
/* False: the call must fail, as refuse() has it. */
bool call_begin(struct call *call, SSL *ssl);
/* Of one that makes a client of a connection without a role. */
bool call_begin_connect(struct call *call, SSL *ssl);
/* Of one that hands out a connection which has begun, or is complete. */
bool call_begin_accepted(struct call *call, SSL *ssl);
/* Of a call that reads: an alert can still end a handshake of TLS 1.3. */
bool call_begin_read(struct call *call, SSL *ssl);
/* False: what was done must fail all the same. */
bool call_end(struct call *call, bool good, int ret);
/* The last of a connection that may be unfinished. */
void watch_free(SSL *ssl);
/*
 * The connection that a QUIC stream is of; NULL: nothing to be watched, as with
 * the TLS within QUIC, for which libssl calls its own functions.
 */
SSL *connection_of(SSL *ssl, bool *quic);
bool is_denied(const SSL *ssl);

/* The library is at work in this thread: its own calls are not watched. */
bool library_is_inside(void);
void library_enter(int *error);
void library_leave(int error);

/* enforce.c: policies given to connections */

/* Before the first step; false: denied. */
bool enforce_begin(struct state *state, SSL *ssl, bool quic);
/* After a setter, in the middle of a server's handshake. */
void enforce_again(SSL *ssl);
/* After a handshake that came to what is outside the policy: denied. */
void enforce_end(struct state *state, const char *why);
/* Puts the sentence on the error queue. */
void enforce_say(const struct state *state);
/* Where there is no memory for what is known of a connection. */
void enforce_say_memory(void);
/* Of a QUIC listener's context. */
bool enforce_listener(SSL *listener);

/* record.c: one line for each event */

void record_context(SSL_CTX *ctx, const SSL *ssl, const struct state *state);
/* Is true where the connection is known to be within; why: the reason. */
bool record_connection(
    SSL *ssl, const struct state *state, char *why, size_t size);
/* What failed: NULL for what tlspolicy_explain() has to say. */
void record_failure(
    const SSL *ssl, const struct state *state, const char *what);

/* line.c: a line of text or JSON, in a buffer that cannot overflow */

enum { LINE_SIZE = 4096 }; /* PIPE_BUF: pipes take it whole */

struct line {
	char text[LINE_SIZE];
	size_t len;
	bool json, empty; /* empty: no member of the object yet */
};
void line_begin(struct line *line, const char *event);
/* Text alone. */
void line_put(struct line *line, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* What others have made: at most max bytes, escaped; for JSON in quotes. */
void line_put_text(struct line *line, const char *text, size_t max);
/* Members of a JSON object; NULL becomes null. */
void line_key(struct line *line, const char *key);
void line_string(
    struct line *line, const char *key, const char *text, size_t max);
void line_number(struct line *line, const char *key, unsigned long value);
/* 1, 0, or null for -1. */
void line_truth(struct line *line, const char *key, int value);
/* Writes it. */
void line_end(struct line *line);

/* output.c: where lines go */

void output_open(int fd, uint64_t device, uint64_t inode, const char *file);
void output_write(const char *text, size_t len);
unsigned long output_lost(void);

/* summary.c: counts, and what is told at the end of a process */

void count_connection(const SSL *ssl, bool outside);
void count_failure(const char *cause);
void summary_forked(void);

#endif
