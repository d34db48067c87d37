/* SPDX-License-Identifier: MIT */
/* OpenSSL's functions fail, where the library calls them. */
#include <stddef.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "faults.h"
#include "faulty.h"
#include "release.h"

const char faults_kind[] = "calls";
const int faults_are_of_memory = 0;
const int faults_kinds = 4;
static int lie, deny_once;
static struct {
	int operation; /* 0: it makes its own */
	size_t count;
	unsigned first;
} offer;

void
faults_lie(int yes)
{
	lie = yes;
}

void
faults_deny_once(int yes)
{
	deny_once = yes;
}

void
faults_offer(int operation, size_t count, unsigned first)
{
	offer.operation = operation;
	offer.count = count;
	offer.first = first;
}

int
faults_install(void)
{
	return 1;
}

int
faulty_call(void)
{
	if (lie || !faults_refuse())
		return 0;
	release_raise(ERR_LIB_SSL, ERR_R_INTERNAL_ERROR, NULL);
	return 1;
}

int
faulty_memory(void)
{
	return !lie && faults_refuse();
}

int
faulty_once(void)
{
	return deny_once;
}

int
faulty_list(void)
{
	return lie ? -faults_refuse() : faulty_call();
}

/* Asks the connection's security callback as a ClientHello would. */
static void
ask(SSL *ssl, int operation, unsigned known)
{
	const int edited = operation == offer.operation;
	const unsigned first = edited ? offer.first : known;
	const size_t count = edited ? offer.count : 1;
	unsigned char code[2];

	for (size_t i = 0; i < count; i++) {
		code[0] = (unsigned char)((first + i) >> 8);
		code[1] = (unsigned char)(first + i);
		(void)SSL_get_security_callback(ssl)(ssl, NULL, operation, 0, 0,
		    code, SSL_get0_security_ex_data(ssl));
	}
}

int
faulty_handshake(SSL *ssl)
{
	if (faulty_call())
		return -1;
	if (offer.operation == 0)
		return SSL_do_handshake(ssl);
	ask(ssl, SSL_SECOP_CURVE_SUPPORTED, 29);
	ask(ssl, SSL_SECOP_SIGALG_SUPPORTED, 0x0403);
	return -1;
}

int
faulty_setting(int command)
{
	switch (command) {
	case SSL_CTRL_SET_MIN_PROTO_VERSION:
	case SSL_CTRL_SET_MAX_PROTO_VERSION:
	case SSL_CTRL_SET_GROUPS_LIST:
	case SSL_CTRL_SET_SIGALGS_LIST:
	case SSL_CTRL_CHAIN:
		return faulty_call();
	default: /* it reads, or cannot fail */
		return 0;
	}
}
