/* SPDX-License-Identifier: MIT */
#ifndef TESTS_EXPLAINED_H
#define TESTS_EXPLAINED_H

#include "peer.h"

/* Handshakes in memory that fail, and what tlspolicy_explain() says of them. */

#define OTHER   "not a version problem"
#define LEVEL_0 "level=0 with TLSPOLICY_OVERRIDE"

#define VERIFY_CLIENT (SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT)

enum { CLIENT, SERVER, TEXT_SIZE = 2048, WANTS = 4, STEPS = 12 };

/* The two ends, set by raw calls; nothing is a server with RSA at level 0. */
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
	int other;               /* "not a version problem" */
	const char *text[WANTS]; /* "!" before one that must not be there */
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

/* Releases fail in different ways: see the table. */
extern const struct row explain_rows[];
extern const size_t explain_row_count;

/* What an end may have `more` of. */
void small_dh(SSL_CTX *ctx); /* parameters of 1024 bits */
void any_dh(SSL_CTX *ctx);
void with_psk(SSL_CTX *ctx);
void client_rsa(SSL_CTX *ctx); /* of client certificates, RSA alone */
void offer_h2(SSL_CTX *ctx);
void refuse_h2(SSL_CTX *ctx);
void refuse_name(SSL_CTX *ctx);
void refuse_client(SSL_CTX *ctx);
void load_nothing(SSL_CTX *ctx); /* of certificates, when asked for them */

SSL_CTX *make_end(const struct end *end, int role);

/* Two connections in memory. */
struct pair {
	SSL *ssl[2];
	BIO *in[2], *out[2];
	int dead[2];
};

void open_pair(struct pair *pair, const struct end ends[2]);
void close_pair(struct pair *pair);
/* One end's turn; its errors are alone on the queue then. */
void take_turn(struct pair *pair, int i);
void carry(struct pair *pair, int from, edit change);
/* Until the end `i` is dead, or both have nothing more to say. */
void run_until_dead(struct pair *pair, const struct row *row, int i);

/* The error queue, read and put back. */
struct queue {
	int count;
	struct {
		unsigned long code;
		int line, flags;
		char file[128], func[64], data[256];
	} entry[16];
};

void take_queue(struct queue *queue);
void put_queue(const struct queue *queue);
/* Explains, and proves that the queue is what it was. */
void explain(const SSL *ssl, char text[TEXT_SIZE]);

#endif
