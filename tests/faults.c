/* SPDX-License-Identifier: MIT */
#include "faults.h"

static long left = -1; /* until a fault; -1: none comes */
static long served;
static int sticky, fired;

int
faults_refuse(void)
{
	served++;
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
}

int
faults_end(void)
{
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
