/* SPDX-License-Identifier: MIT */
/*
 * What a server sends to tlspolicy scan: the answer to a hello, and the words
 * before TLS.  The first byte chooses the protocol, the second where the bytes
 * are cut, as they may come in pieces.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools/hello.h"
#include "../../tools/starttls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

/* A whole answer means the same however much is behind it. */
static void
answer(const uint8_t *data, size_t size, size_t cut)
{
	unsigned char *messages = malloc(size + 1);
	struct reply part, whole;
	enum reply_kind first, second;

	must(messages != NULL, "memory");
	first = hello_read(data, cut, messages, &part);
	must(part.certificate_size == 0 ||
		part.certificate + part.certificate_size <= cut,
	    "a certificate beyond what was read");
	second = hello_read(data, size, messages, &whole);
	must(whole.certificate_size == 0 ||
		whole.certificate + whole.certificate_size <= size,
	    "a certificate beyond the end");
	must(first == REPLY_MORE || first == second,
	    "an answer changes by what is behind it");
	must(!part.chosen ||
		(whole.chosen && part.suite == whole.suite &&
		    part.version == whole.version),
	    "a choice changes by what is behind it");
	must((whole.alert >= 0) == (second == REPLY_ALERT), "an alert");
	free(messages);
}

static void
converse(const uint8_t *data, size_t size, const char *protocol, size_t cut)
{
	struct dialogue d = { .protocol = starttls_find(protocol),
		.name = "example.org" };
	enum talk_step step;
	unsigned rounds = 0;
	size_t len = cut;

	must(d.protocol != NULL, "a protocol");
	for (;;) {
		step = starttls_step(&d, data, len);
		must(d.used <= len, "it used what it was not given");
		must(d.say_len <= sizeof(d.say), "it says too much");
		must(memchr(d.why, '\0', sizeof(d.why)) != NULL, "no end");
		if (step != TALK_SAY && step != TALK_MORE)
			break;
		if (step == TALK_MORE && len == size)
			break;
		if (step == TALK_MORE)
			len = size;
		must(++rounds < 16, "it goes on and on");
	}
	must(step != TALK_REFUSED || d.why[0] != '\0', "no reason");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const protocols[] = { "smtp", "lmtp", "imap", "pop3",
		"sieve", "ftp", "ldap", "postgres", "mysql", "xmpp",
		"xmpp-server", "nntp" };
	const size_t count = sizeof(protocols) / sizeof(protocols[0]);
	uint8_t *copy;
	size_t cut;

	if (size < 2)
		return 0;
	/* At its own size, so that a sanitizer sees the end. */
	copy = malloc(size - 1);
	must(copy != NULL, "memory");
	memcpy(copy, data + 2, size - 2);
	cut = data[1] % (size - 1);
	if (data[0] % 16 < count)
		converse(copy, size - 2, protocols[data[0] % 16], cut);
	else
		answer(copy, size - 2, cut);
	(void)starttls_guess(copy, size - 2);
	free(copy);
	return 0;
}
