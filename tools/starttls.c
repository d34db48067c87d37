/* SPDX-License-Identifier: MIT */
/*
 * STARTTLS: RFC 3207 (SMTP, LMTP), 9051 (IMAP), 2595 (POP3), 5804 (sieve), 4217
 * (FTP), 4642 (NNTP), 4511 (LDAP), 6120 (XMPP), and the protocols of
 * PostgreSQL and MySQL.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "starttls.h"

/* How an answer is built. */
enum style { CODES, TAGGED, STATUS, SIEVE, LDAP, POSTGRES, MYSQL, XMPP };

struct starttls {
	const char *name, *label;
	enum style style;
	/* What is said, or NULL; and how what is hoped for begins. */
	const char *greeting, *hello, *welcome, *command, *consent;
};

#define STREAM(kind) \
	"<?xml version='1.0'?><stream:stream xmlns='jabber:" kind \
	"' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' "
#define XMPP_TLS "urn:ietf:params:xml:ns:xmpp-tls"

static const struct starttls protocols[] = {
	{ "smtp", "SMTP", CODES, "220", "EHLO localhost\r\n", "250",
	    "STARTTLS\r\n", "220" },
	{ "lmtp", "LMTP", CODES, "220", "LHLO localhost\r\n", "250",
	    "STARTTLS\r\n", "220" },
	{ "imap", "IMAP", TAGGED, "* OK", "a CAPABILITY\r\n", "a OK",
	    "b STARTTLS\r\n", "b OK" },
	{ "pop3", "POP3", STATUS, "+OK", NULL, NULL, "STLS\r\n", "+OK" },
	{ "sieve", "ManageSieve", SIEVE, "OK", NULL, NULL, "STARTTLS\r\n",
	    "OK" },
	{ "ftp", "FTP", CODES, "220", NULL, NULL, "AUTH TLS\r\n", "234" },
	{ "ldap", "LDAP", LDAP, NULL, NULL, NULL, NULL, NULL },
	{ "postgres", "PostgreSQL", POSTGRES, NULL, NULL, NULL, NULL, NULL },
	{ "mysql", "MySQL", MYSQL, NULL, NULL, NULL, NULL, NULL },
	{ "xmpp", "XMPP", XMPP, STREAM("client"), NULL, NULL, NULL, NULL },
	{ "xmpp-server", "XMPP", XMPP, STREAM("server"), NULL, NULL, NULL,
	    NULL },
	{ "nntp", "NNTP", CODES, "20", NULL, NULL, "STARTTLS\r\n", "382" },
};
const char starttls_names[] = "smtp, lmtp, imap, pop3, sieve, ftp, ldap, "
			      "postgres, mysql, xmpp, xmpp-server, nntp";

const struct starttls *
starttls_find(const char *name)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (strcmp(protocols[i].name, name) == 0)
			return &protocols[i];
	return NULL;
}

const char *
starttls_name(const struct starttls *protocol)
{
	return protocol->name;
}

static enum talk_step
say(struct dialogue *d, const void *bytes, size_t len)
{
	if (len > sizeof(d->say))
		return TALK_OTHER;
	memcpy(d->say, bytes, len);
	d->say_len = len;
	d->stage++;
	return TALK_SAY;
}

/* Ends it, with what the server said. */
static enum talk_step
end(struct dialogue *d, enum talk_step step, const char *what,
    const unsigned char *line, size_t len)
{
	int most = len > 80 ? 80 : (int)len;

	for (int i = 0; i < most; i++) /* no text goes on after these */
		if (line[i] == '\0' || line[i] == '\r' || line[i] == '\n')
			most = i;
	(void)snprintf(d->why, sizeof(d->why), "%s %s%s%.*s", what,
	    step == TALK_OTHER ? d->protocol->label : "STARTTLS",
	    most > 0 ? ": " : "", most, (const char *)line);
	return step;
}

static enum talk_step
other(struct dialogue *d, const unsigned char *line, size_t len)
{
	return end(d, TALK_OTHER, "it does not speak", line, len);
}

static bool
begins(const unsigned char *line, size_t len, const char *with)
{
	return len >= strlen(with) &&
	    strncasecmp((const char *)line, with, strlen(with)) == 0;
}

static const unsigned char *
find(const unsigned char *bytes, size_t len, const char *text)
{
	const size_t size = strlen(text);

	for (size_t i = 0; i + size <= len; i++)
		if (begins(bytes + i, size, text))
			return bytes + i;
	return NULL;
}

static bool
is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

/* A line of an answer: whether it is the last, and whether it belongs there. */
static bool
is_last(struct dialogue *d, const unsigned char *line, size_t len, bool *wrong)
{
	const bool coded = len >= 3 && is_digit(line[0]) && is_digit(line[1]) &&
	    is_digit(line[2]);

	switch (d->protocol->style) {
	case CODES:
		*wrong = !coded && !d->open;
		d->open = !coded || (len > 3 && line[3] == '-') ||
		    (d->open && len > 3 && line[3] != ' ');
		return !d->open;
	case TAGGED:
		*wrong = len < 2 || (d->stage == 0 && line[0] != '*');
		return d->stage == 0 || line[0] != '*' ||
		    begins(line, len, "* BYE");
	case SIEVE:
		*wrong = len < 2;
		return len > 0 && line[0] != '"';
	default:
		*wrong = len < 3 || (line[0] != '+' && line[0] != '-');
		return true;
	}
}

/* After the last line of an answer. */
static enum talk_step
answered(struct dialogue *d, const unsigned char *line, size_t len)
{
	const struct starttls *p = d->protocol;
	const char *wanted = d->stage == 0      ? p->greeting
	    : d->stage == 1 && p->hello != NULL ? p->welcome
						: p->consent;

	if (!begins(line, len, wanted) &&
	    !(d->stage == 0 && begins(line, len, "* PREAUTH")))
		return d->stage == 0
		    ? other(d, line, len)
		    : end(d, TALK_REFUSED, "it refuses", line, len);
	if (d->stage == 0 && p->hello != NULL)
		return say(d, p->hello, strlen(p->hello));
	if (wanted == p->consent && d->stage > 0)
		return TALK_READY;
	if ((p->hello != NULL || p->style == SIEVE) && !d->offered)
		return end(d, TALK_REFUSED, "it offers no", line, 0);
	return say(d, p->command, strlen(p->command));
}

static enum talk_step
lines(struct dialogue *d, const unsigned char *bytes, size_t len)
{
	const unsigned char *line, *newline;
	bool wrong = false;
	size_t size;

	while (d->used < len) {
		line = bytes + d->used;
		newline = memchr(line, '\n', len - d->used);
		/* Not a word of a protocol of lines takes so long. */
		if (newline == NULL && len - d->used > 4096)
			return other(d, line, len - d->used);
		if (newline == NULL)
			break;
		size = (size_t)(newline - line);
		size -= size > 0 && line[size - 1] == '\r' ? 1 : 0;
		d->used = (size_t)(newline + 1 - bytes);
		if (find(line, size, "STARTTLS") != NULL)
			d->offered = true;
		if (is_last(d, line, size, &wrong) && !wrong)
			return answered(d, line, size);
		if (wrong)
			return other(d, line, size);
	}
	return TALK_MORE;
}

/* RFC 4511, 4.14: an ExtendedRequest and its response. */
static enum talk_step
ldap(struct dialogue *d, const unsigned char *bytes, size_t len)
{
	static const unsigned char request[] = "\x30\x1d\x02\x01\x01\x77\x18"
					       "\x80\x16"
					       "1.3.6.1.4.1.1466.20037";
	size_t at, size, wide;

	if (d->stage == 0)
		return say(d, request, sizeof(request) - 1);
	if (len < 2)
		return TALK_MORE;
	wide = (bytes[1] & 0x80) != 0 ? bytes[1] & 0x7f : 0;
	if (bytes[0] != 0x30 || wide > 4)
		return other(d, bytes, len);
	if (len < 2 + wide)
		return TALK_MORE;
	size = wide == 0 ? bytes[1] : 0;
	for (at = 2; at < 2 + wide; at++)
		size = size << 8 | bytes[at];
	if (size > TALK_MOST)
		return other(d, bytes, len);
	if (len < at + size)
		return TALK_MORE;
	d->used = at + size;
	/* messageID 1, [APPLICATION 24] with any length, ENUMERATED. */
	if (size < 8 || memcmp(bytes + at, "\x02\x01", 2) != 0 ||
	    bytes[at + 3] != 0x78)
		return other(d, bytes, 0);
	wide = (bytes[at + 4] & 0x80) != 0 ? bytes[at + 4] & 0x7fu : 0;
	if (wide > 4 || size < 8 + wide ||
	    memcmp(bytes + at + 5 + wide, "\x0a\x01", 2) != 0)
		return other(d, bytes, 0);
	return bytes[at + 7 + wide] == 0
	    ? TALK_READY
	    : end(d, TALK_REFUSED, "it refuses", bytes, 0);
}

static enum talk_step
postgres(struct dialogue *d, const unsigned char *bytes, size_t len)
{
	static const unsigned char request[] = { 0, 0, 0, 8, 4, 210, 22, 47 };

	if (d->stage == 0)
		return say(d, request, sizeof(request));
	if (len == 0)
		return TALK_MORE;
	d->used = 1;
	if (bytes[0] == 'S')
		return TALK_READY;
	if (bytes[0] == 'N' || bytes[0] == 'E')
		return end(d, TALK_REFUSED, "it refuses", bytes, 0);
	return other(d, bytes, len);
}

/* Protocol 10: the greeting's capabilities, and then half an answer. */
static enum talk_step
mysql(struct dialogue *d, const unsigned char *bytes, size_t len)
{
	static const unsigned char request[36] = { 32, 0, 0, 1, 0x05, 0xae, 0,
		0, 0, 0, 0, 1, 33 };
	const unsigned char *end_of_version;
	size_t size, at;

	if (d->stage > 0)
		return TALK_READY;
	if (len < 5)
		return TALK_MORE;
	size = 4 + ((size_t)bytes[2] << 16 | (size_t)bytes[1] << 8 | bytes[0]);
	if (size < 6 || size > 4096 || (bytes[4] != 10 && bytes[4] != 0xff))
		return other(d, bytes + 4, len - 4);
	if (len < size)
		return TALK_MORE;
	d->used = size;
	if (bytes[4] == 0xff) /* it will not talk to this host */
		return end(d, TALK_REFUSED, "it refuses", bytes + 7,
		    size > 7 ? size - 7 : 0);
	end_of_version = memchr(bytes + 5, '\0', size - 5);
	at = end_of_version == NULL ? size
				    : (size_t)(end_of_version - bytes) + 14;
	if (at + 2 > size)
		return other(d, bytes, 0);
	if ((bytes[at + 1] & 0x08) == 0)
		return end(d, TALK_REFUSED, "it offers no", bytes, 0);
	return say(d, request, sizeof(request));
}

/* The stream's address is a name, and goes into XML: no other bytes do. */
static enum talk_step
xmpp_greet(struct dialogue *d)
{
	char text[SAY_MOST];
	const char *to = d->name != NULL ? d->name : "localhost";
	int len;

	if (strspn(to,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789.-_:") != strlen(to))
		to = "localhost";
	len = snprintf(
	    text, sizeof(text), "%s to='%s'>", d->protocol->greeting, to);
	if (len < 0 || (size_t)len >= sizeof(text))
		return TALK_OTHER;
	return say(d, text, (size_t)len);
}

static enum talk_step
xmpp(struct dialogue *d, const unsigned char *bytes, size_t len)
{
	static const char command[] = "<starttls xmlns='" XMPP_TLS "'/>";
	const unsigned char *from, *tag, *last;
	size_t size;

	if (d->stage == 0)
		return xmpp_greet(d);
	while (d->used < len &&
	    (bytes[d->used] == ' ' ||
		(bytes[d->used] >= '\t' && bytes[d->used] <= '\r')))
		d->used++;
	from = bytes + d->used;
	size = len - d->used;
	if (size > 0 && from[0] != '<')
		return other(d, from, size);
	if (find(from, size, "<stream:error") != NULL)
		return end(d, TALK_REFUSED, "it refuses", from, 0);
	if (d->stage == 1) {
		if ((last = find(from, size, "</stream:features>")) == NULL &&
		    (last = find(from, size, "<stream:features/>")) == NULL)
			return TALK_MORE;
		d->used = (size_t)(last - bytes) + 18;
		if (find(from, (size_t)(last - from), XMPP_TLS) == NULL)
			return end(d, TALK_REFUSED, "it offers no", from, 0);
		return say(d, command, sizeof(command) - 1);
	}
	if (find(from, size, "<failure") != NULL)
		return end(d, TALK_REFUSED, "it refuses", from, 0);
	if ((tag = find(from, size, "<proceed")) == NULL ||
	    (last = memchr(tag, '>', len - (size_t)(tag - bytes))) == NULL)
		return TALK_MORE;
	d->used = (size_t)(last - bytes) + 1;
	return TALK_READY;
}

enum talk_step
starttls_step(struct dialogue *d, const unsigned char *bytes, size_t len)
{
	switch (d->protocol->style) {
	case LDAP:
		return ldap(d, bytes, len);
	case POSTGRES:
		return postgres(d, bytes, len);
	case MYSQL:
		return mysql(d, bytes, len);
	case XMPP:
		return xmpp(d, bytes, len);
	default:
		return lines(d, bytes, len);
	}
}

/* A banner, where TLS was wanted */

/* In its own case: the host's name comes first, and may have it in small. */
static bool
names(const unsigned char *bytes, size_t len, const char *protocol)
{
	const size_t size = strlen(protocol);

	for (size_t i = 0; i + size <= len; i++)
		if (memcmp(bytes + i, protocol, size) == 0)
			return true;
	return false;
}

const char *
starttls_guess(const unsigned char *bytes, size_t len)
{
	static const struct {
		const char *begin, *has, *meaning;
	} known[] = {
		{ "220", "FTP", "an FTP server: --starttls ftp" },
		{ "220", "LMTP", "an LMTP server: --starttls lmtp" },
		{ "220", "SMTP", "an SMTP server: --starttls smtp" },
		{ "220", "",
		    "an SMTP, LMTP or FTP server: --starttls smtp, lmtp or "
		    "ftp" },
		{ "554", "SMTP", "an SMTP server: --starttls smtp" },
		{ "421", "",
		    "an SMTP, LMTP or FTP server: --starttls smtp, lmtp or "
		    "ftp" },
		{ "* OK", "", "an IMAP server: --starttls imap" },
		{ "* PREAUTH", "", "an IMAP server: --starttls imap" },
		{ "* BYE", "", "an IMAP server: --starttls imap" },
		{ "+OK", "", "a POP3 server: --starttls pop3" },
		{ "-ERR", "", "a POP3 server: --starttls pop3" },
		{ "\"IMPLEMENTATION\"", "",
		    "a ManageSieve server: --starttls sieve" },
		{ "200 ", "", "an NNTP server: --starttls nntp" },
		{ "201 ", "", "an NNTP server: --starttls nntp" },
		{ "<?xml", "jabber", "an XMPP server: --starttls xmpp" },
		{ "<stream:", "", "an XMPP server: --starttls xmpp" },
		{ "SSH-", "", "an SSH server" },
		{ "HTTP/", "", "an HTTP server, without TLS" },
		{ "<!DOCTYPE", "", "an HTTP server, without TLS" },
		{ "<html", "", "an HTTP server, without TLS" },
		{ "RFB ", "", "a VNC server" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (begins(bytes, len, known[i].begin) &&
		    names(bytes, len, known[i].has))
			return known[i].meaning;
	if (len > 6 && bytes[3] == 0 && (bytes[4] == 10 || bytes[4] == 0xff))
		return "a MySQL server: --starttls mysql";
	return NULL;
}
