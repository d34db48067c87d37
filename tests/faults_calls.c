/* SPDX-License-Identifier: MIT */
/* OpenSSL's functions fail, where the library calls them. */
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "faults.h"
#include "faulty.h"
#include "release.h"

const char faults_kind[] = "calls";
const int faults_are_of_memory = 0;

int
faults_install(void)
{
	return 1;
}

int
faulty_call(void)
{
	if (!faults_refuse())
		return 0;
	release_raise(ERR_LIB_SSL, ERR_R_INTERNAL_ERROR, NULL);
	return 1;
}

int
faulty_setting(int command)
{
	switch (command) {
	case SSL_CTRL_SET_MIN_PROTO_VERSION:
	case SSL_CTRL_SET_MAX_PROTO_VERSION:
	case SSL_CTRL_SET_GROUPS_LIST:
	case SSL_CTRL_SET_SIGALGS_LIST:
		return faulty_call();
	default: /* it reads, or cannot fail */
		return 0;
	}
}
