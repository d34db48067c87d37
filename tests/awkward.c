/* SPDX-License-Identifier: MIT */
/*
 * awkward MODE [ARGUMENT]: programs that make it hard for "tlspolicy run".
 *   name TEXT     a client that asks for a server of this name
 *   close FILE    closes what it does not know, and has the file instead
 *   stderr FILE   the same for standard error alone
 *   fork          forks in the middle of a handshake; both go on
 *   many N        N processes, some at a time, with a handshake each
 *   threads N     N threads
 *   shakes N      N handshakes, one after the other
 *   ends          ways in which a handshake comes to no end
 *   shut          closes its end before the server has said anything
 *   refused       is refused after its last step, beside a stale error
 *   under-way     ends in the middle of a handshake
 *   given-up      frees what is in the middle of one
 *   calloc        has no memory for what is not OpenSSL's
 *   memory N      the same for OpenSSL's own, from each of N allocations on
 * Prints how many handshakes were completed, by version.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/err.h>

#include "../examples/compat.h"
#include "../examples/server.h"

enum { STEPS = 12, TOGETHER = 20, HIGHEST = 1024 };

static SSL_CTX *client, *server;
static char localhost[] = "localhost", *name = localhost;
static atomic_int completed;
static atomic_long left = -1; /* allocations; -1: no end */
static bool no_calloc;

/*
 * The program's comes before the C library's, for all that is loaded;
 * sanitizers need theirs.
 */
#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
void *calloc(size_t count, size_t size);

void *
calloc(size_t count, size_t size)
{
	void *made = NULL;

	if (!no_calloc && (size == 0 || count <= SIZE_MAX / size) &&
	    (made = malloc(count * size)) != NULL)
		memset(made, 0, count * size);
	return made;
}
#endif

static bool
has_memory(void)
{
	if (left == 0)
		return false;
	if (left > 0)
		left--;
	return true;
}

static void *
take(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return has_memory() ? malloc(size) : NULL;
}

static void *
take_again(void *old, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return has_memory() ? realloc(old, size) : NULL;
}

static void
give(void *old, const char *file, int line)
{
	(void)file;
	(void)line;
	free(old);
}

struct pair {
	SSL *ssl[2];
};

static bool
open_pair(struct pair *pair)
{
	BIO *end[2] = { NULL, NULL };
	bool good;

	pair->ssl[0] = SSL_new(client);
	pair->ssl[1] = SSL_new(server);
	good = pair->ssl[0] != NULL && pair->ssl[1] != NULL &&
	    SSL_set_tlsext_host_name(pair->ssl[0], name) == 1 &&
	    BIO_new_bio_pair(&end[0], 0, &end[1], 0) == 1;
	for (int i = 0; good && i < 2; i++)
		SSL_set_bio(pair->ssl[i], end[i], end[i]);
	if (good) {
		SSL_set_connect_state(pair->ssl[0]);
		SSL_set_accept_state(pair->ssl[1]);
	}
	return good;
}

static void
step(struct pair *pair, int from, int to)
{
	for (int i = from; i < to; i++)
		(void)SSL_do_handshake(pair->ssl[i % 2]);
}

static void
close_pair(struct pair *pair)
{
	if (pair->ssl[0] != NULL && pair->ssl[1] != NULL &&
	    SSL_is_init_finished(pair->ssl[0]) &&
	    SSL_is_init_finished(pair->ssl[1]))
		completed++;
	SSL_free(pair->ssl[0]);
	SSL_free(pair->ssl[1]);
	ERR_clear_error();
}

static void
shake(void)
{
	struct pair pair;

	if (open_pair(&pair))
		step(&pair, 0, STEPS);
	close_pair(&pair);
}

/* Every number that the log might have is another file's. */
static void
occupy(const char *path, int low, int high)
{
	const int fd = open(path, O_RDWR | O_CREAT, 0600);

	for (int i = low; i < high; i++) {
		if (i != fd)
			(void)dup2(fd, i);
	}
	if (fd < 0 || (fd < low && close(fd) != 0))
		exit(2);
}

static void
fork_within(void)
{
	struct pair pair;
	pid_t child;

	if (!open_pair(&pair))
		exit(2);
	step(&pair, 0, 2);
	child = fork();
	step(&pair, 2, STEPS);
	close_pair(&pair);
	if (child == 0)
		exit(completed == 1 ? 0 : 1);
	if (child < 0 || waitpid(child, NULL, 0) != child)
		exit(2);
}

static void
many(int count)
{
	int running = 0, status;

	for (int i = 0; i < count || running > 0;) {
		if (i < count && running < TOGETHER) {
			const pid_t child = fork();

			if (child == 0) {
				completed = 0;
				shake();
				exit(completed == 1 ? 0 : 1);
			}
			i++;
			running += child > 0;
		} else {
			if (wait(&status) < 0)
				exit(2);
			running--;
			completed +=
			    WIFEXITED(status) && WEXITSTATUS(status) == 0;
		}
	}
}

static void *
thread(void *arg)
{
	(void)arg;
	for (int i = 0; i < 10; i++)
		shake();
	return NULL;
}

static void
threads(int count)
{
	pthread_t id[16];

	for (int i = 0; i < count && i < 16; i++) {
		if (pthread_create(&id[i], NULL, thread, NULL) != 0)
			exit(2);
	}
	for (int i = 0; i < count && i < 16; i++)
		(void)pthread_join(id[i], NULL);
}

/* Short of memory for a while, and then not any more. */
static void
memory(int count)
{
	for (int i = 0; i < count; i++) {
		struct pair pair;

		if (!open_pair(&pair))
			exit(2);
		left = i;
		step(&pair, 0, STEPS);
		left = -1;
		close_pair(&pair);
	}
}

static void
without_calloc(void)
{
	struct pair pair;

	if (!open_pair(&pair))
		exit(2);
	no_calloc = true;
	step(&pair, 0, STEPS);
	no_calloc = false;
	if (!SSL_is_init_finished(pair.ssl[0])) {
		(void)SSL_do_handshake(pair.ssl[0]);
		no_calloc = true;
		(void)SSL_do_handshake(pair.ssl[1]);
		ERR_print_errors_fp(stdout);
		no_calloc = false;
	}
	close_pair(&pair);
}

/* Given up beside an error of something else; no descriptor; no server. */
static void
ends(void)
{
	struct pair pair;
	SSL *ssl = SSL_new(client);
	BIO *nobody = BIO_new_connect("127.0.0.1:1");

	if (!open_pair(&pair) || ssl == NULL || nobody == NULL)
		exit(2);
	step(&pair, 0, 1);
	(void)SSL_CTX_use_PrivateKey_file(client, "", SSL_FILETYPE_PEM);
	close_pair(&pair);
	if (SSL_set_fd(ssl, HIGHEST) != 1 || SSL_connect(ssl) == 1 ||
	    SSL_clear(ssl) != 1)
		exit(2);
	SSL_set_bio(ssl, nobody, nobody);
	if (SSL_connect(ssl) == 1)
		exit(2);
	SSL_free(ssl);
}

static void
shut(void)
{
	struct pair pair;
	char byte;

	if (!open_pair(&pair))
		exit(2);
	step(&pair, 0, STEPS);
	(void)BIO_shutdown_wr(SSL_get_wbio(pair.ssl[0]));
	if (SSL_read(pair.ssl[1], &byte, 1) > 0 ||
	    SSL_read(pair.ssl[0], &byte, 1) > 0)
		exit(2);
	close_pair(&pair);
}

/* The server wants a certificate, and says so after the client's last step. */
static void
refused(void)
{
	struct pair pair;
	char byte;

	if (!open_pair(&pair))
		exit(2);
	SSL_set_verify(pair.ssl[1],
	    SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	step(&pair, 0, STEPS);
	ERR_clear_error();
	(void)SSL_CTX_use_PrivateKey_file(
	    client, "/dev/null", SSL_FILETYPE_PEM);
	if (SSL_read(pair.ssl[0], &byte, 1) > 0)
		exit(2);
	close_pair(&pair);
}

static void
under_way(bool given_up)
{
	static struct pair pair; /* nothing is leaked, but not freed either */

	if (!open_pair(&pair))
		exit(2);
	step(&pair, 0, 1);
	if (given_up)
		close_pair(&pair);
}

static void
run(const char *mode, char *argument)
{
	if (strcmp(mode, "name") == 0) {
		name = argument;
		shake();
	} else if (strcmp(mode, "close") == 0) {
		occupy(argument, 3, HIGHEST);
		shake();
	} else if (strcmp(mode, "stderr") == 0) {
		occupy(argument, 2, 3);
		shake();
	} else if (strcmp(mode, "fork") == 0) {
		fork_within();
	} else if (strcmp(mode, "many") == 0) {
		many(atoi(argument));
	} else if (strcmp(mode, "threads") == 0) {
		threads(atoi(argument));
	} else if (strcmp(mode, "shakes") == 0) {
		for (int i = atoi(argument); i > 0; i--)
			shake();
	} else if (strcmp(mode, "ends") == 0) {
		ends();
	} else if (strcmp(mode, "shut") == 0) {
		shut();
	} else if (strcmp(mode, "refused") == 0) {
		refused();
	} else if (strcmp(mode, "under-way") == 0) {
		under_way(false);
	} else if (strcmp(mode, "given-up") == 0) {
		under_way(true);
	} else if (strcmp(mode, "calloc") == 0) {
		without_calloc();
	} else if (strcmp(mode, "memory") == 0) {
		memory(atoi(argument));
	} else {
		exit(2);
	}
}

int
main(int argc, char **argv)
{
	if (CRYPTO_set_mem_functions(take, take_again, give) != 1 || argc < 2)
		return 2;
	client = SSL_CTX_new(TLS_client_method());
	server = SSL_CTX_new(TLS_server_method());
	if (client == NULL || server == NULL || !make_certs(server, NULL) ||
	    SSL_CTX_set_max_proto_version(server, TLS1_2_VERSION) != 1 ||
	    (getenv("AWKWARD_NEW") != NULL &&
		SSL_CTX_set_max_proto_version(server, 0) != 1))
		return 2;
	run(argv[1], argc > 2 ? argv[2] : localhost);
	(void)printf("completed %d\n", completed);
	SSL_CTX_free(client);
	SSL_CTX_free(server);
	return fflush(stdout) == 0 ? 0 : 1;
}
