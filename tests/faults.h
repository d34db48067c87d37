/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAULTS_H
#define TESTS_FAULTS_H

/*
 * Something that can fail does so: the n-th time that it is done, from 0, alone
 * or with every later time.  What that is depends on the file that is linked:
 * faults_memory.c, OpenSSL's allocations, or faults_calls.c, its functions
 * as faulty.h has them.
 */
extern const char faults_kind[];
extern const int faults_are_of_memory;
/* Once, before OpenSSL is used; 0: not possible. */
int faults_install(void);

/* From here on; n = -1 only counts. */
void faults_begin(long n, int sticky);
/* Until here; whether there was one. */
int faults_end(void);
int faults_fired(void);
/* How often it could have failed since faults_begin(). */
long faults_served(void);

/* For these files: whether this time is one. */
int faults_refuse(void);

#endif
