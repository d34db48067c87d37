/* SPDX-License-Identifier: MIT */
/* OpenSSL's functions fail, where the library calls them. */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "faults.h"
#include "faulty.h"
#include "release.h"

const char faults_kind[] = "calls";
const int faults_are_of_memory = 0;
const int faults_kinds = 4;
static int lie, deny_once;
static faults_edit *edit;
static faulty_message *reader;

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
faults_hello(faults_edit *with)
{
	edit = with;
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

/* In a block of its own size, so that a read past its end is seen. */
static void
on_message(int sent, int version, int type, const void *buf, size_t len,
    SSL *ssl, void *arg)
{
	unsigned char message[FAULTS_HELLO], *copy;

	if (edit == NULL || type != SSL3_RT_HANDSHAKE) {
		reader(sent, version, type, buf, len, ssl, arg);
		return;
	}
	if (len > sizeof(message))
		abort();
	memcpy(message, buf, len);
	len = edit(message, len);
	if ((copy = malloc(len)) == NULL)
		abort();
	memcpy(copy, message, len);
	reader(sent, version, type, copy, len, ssl, arg);
	free(copy);
}

void
faulty_set_message(SSL *ssl, faulty_message *callback)
{
	reader = callback;
	SSL_set_msg_callback(ssl, on_message);
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
