/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAULTS_H
#define TESTS_FAULTS_H

#include <stddef.h>

/*
 * Something that can fail does so: the n-th time that it is done, from 0, alone
 * or with every later time.  What that is depends on the file that is linked:
 * faults_memory.c, OpenSSL's allocations, or faults_calls.c, its functions
 * as faulty.h has them.
 */
extern const char faults_kind[];
extern const int faults_are_of_memory;
/* One or all from one on, and with faults_lie() the same again. */
extern const int faults_kinds;
/* Once, before OpenSSL is used; 0: not possible. */
int faults_install(void);

/* From here on; n = -1 only counts. */
void faults_begin(long n, int sticky);
/* Until here; whether there was one.  What is between has to keep errno. */
int faults_end(void);
int faults_fired(void);
/* How often it could have failed since faults_begin(). */
long faults_served(void);

/* With faults_calls.c alone do these do anything. */

/* From here on a fault is a list that OpenSSL says it has set, and has not. */
void faults_lie(int yes);
/* From here on nothing can be made sure to happen once. */
void faults_deny_once(int yes);
/*
 * In place of making a ClientHello, OpenSSL asks about this many groups or
 * signature algorithms, as `operation` says (SSL_SECOP_), from one number on,
 * and about a known one of the other kind.
 */
void faults_offer(int operation, size_t count, unsigned first);

/* For these files: whether this time is one. */
int faults_refuse(void);

#endif
