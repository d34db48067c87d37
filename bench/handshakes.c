/* SPDX-License-Identifier: MIT */

#include "bench.h"

void
bench_contexts(size_t count, BIO *table, BIO *json)
{
	(void)count;
	(void)table;
	(void)json;
}
void
bench_handshakes(size_t rounds, BIO *table, BIO *json)
{
	(void)rounds;
	(void)table;
	(void)json;
}
