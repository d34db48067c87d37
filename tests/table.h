/* SPDX-License-Identifier: MIT */
#ifndef TESTS_TABLE_H
#define TESTS_TABLE_H

#include <openssl/ssl.h>

#include <tlspolicy.h>

/* What the tables of several tests have in common. */

/* Sets of versions, as peer.h has them. */
enum { V10 = 1, V11 = 2, V12 = 4, V13 = 8, CURRENT = V12 | V13, ALL = 15 };

#define EVERY_NO \
	(SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_2 | \
	    SSL_OP_NO_TLSv1_3)

/* A level, where 0 means that the test does not say. */
#define LEVEL(n) ((n) + 1)

#define OVERRIDE TLSPOLICY_OVERRIDE
#define EXACT    TLSPOLICY_FAIL_IF_STRICTER

#define GCM128 "ECDHE-RSA-AES128-GCM-SHA256"
#define GCM256 "ECDHE-RSA-AES256-GCM-SHA384"
#define AES128 "TLS_AES_128_GCM_SHA256"
#define AES256 "TLS_AES_256_GCM_SHA384"
#define CHACHA "TLS_CHACHA20_POLY1305_SHA256"
#define EVERY_SUITE \
	AES256 ":" CHACHA ":" AES128 ":TLS_AES_128_CCM_SHA256:" \
	       "TLS_AES_128_CCM_8_SHA256"

#endif
