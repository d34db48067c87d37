/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include <check.h>

#include "faults.h"

enum { NUMBER = 4711 }; /* of no error */

static long left = -1; /* until a fault; -1: none comes */
static long served;
static int sticky, fired;

int
faults_refuse(void)
{
	served++;
	errno = ENOMEM; /* as what is called here may leave it */
	if (left < 0 || left-- > 0)
		return 0;
	fired = 1;
	left = sticky ? 0 : -1;
	return 1;
}

void
faults_begin(long n, int all)
{
	sticky = all;
	served = 0;
	fired = 0;
	left = n;
	errno = NUMBER;
}

int
faults_end(void)
{
	ck_assert_msg(errno == NUMBER, "errno became %d", errno);
	left = -1;
	return fired;
}

int
faults_fired(void)
{
	return fired;
}

long
faults_served(void)
{
	return served;
}
