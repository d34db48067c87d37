/* SPDX-License-Identifier: MIT */
/*
 * A ClientHello for SSL 3.0 to TLS 1.3 (RFC 6101, 2246, 4346, 5246, 8446), and
 * what comes before the keys in the answer.
 */
#include <string.h>

#define SCAN_BYTES_ONLY
#include "scan.h"

enum {
	RECORD_ALERT = 21,
	RECORD_HANDSHAKE = 22,
	RECORD_MOST = 16384 + 2048,
	SCSV_RENEGOTIATION = 0x00ff /* RFC 5746 */
};

/* Writing: each length goes in behind what it counts */

struct writer {
	unsigned char *buf;
	size_t size, len;
	bool full;
};

static void
put_bytes(struct writer *w, const void *bytes, size_t len)
{
	w->full = w->full || len > w->size - w->len;
	if (w->full)
		return;
	memcpy(w->buf + w->len, bytes, len);
	w->len += len;
}

static void
put_number(struct writer *w, size_t value, size_t width)
{
	unsigned char bytes[4];

	for (size_t i = 0; i < width; i++)
		bytes[i] = (unsigned char)(value >> (8 * (width - 1 - i)));
	put_bytes(w, bytes, width);
}

static size_t
opened(struct writer *w, size_t width)
{
	put_number(w, 0, width);
	return w->len;
}

static void
closed(struct writer *w, size_t at, size_t width)
{
	const size_t len = w->len - at;

	if (w->full)
		return;
	w->len = at - width;
	put_number(w, len, width);
	w->len += len;
}

static void
put_codes(struct writer *w, const uint16_t *codes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put_number(w, codes[i], 2);
}

/* Extensions */

/* Of every kind, the usual ones first: none is looked at. */
static const uint16_t signature_algorithms[] = { 0x0403, 0x0503, 0x0603, 0x0807,
	0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0401, 0x0501,
	0x0601, 0x0301, 0x0201, 0x0203, 0x0202, 0x0402, 0x0303, 0x0502, 0x0602,
	0x0302, 0x081a, 0x081b, 0x081c, 0x0904, 0x0905, 0x0906, 0x0708, 0x0709,
	0x070a, 0x070b, 0x070c, 0x070d, 0x070e, 0x070f, 0x0840, 0x0841, 0xeeee,
	0xefef, 0xeded, 0x0101 };

static void
put_servername(struct writer *w, const char *name)
{
	size_t extension, list, entry;

	put_number(w, 0, 2);
	extension = opened(w, 2);
	list = opened(w, 2);
	put_number(w, 0, 1);
	entry = opened(w, 2);
	put_bytes(w, name, strlen(name));
	closed(w, entry, 2);
	closed(w, list, 2);
	closed(w, extension, 2);
}

static void
put_list(struct writer *w, unsigned type, const uint16_t *codes, size_t count)
{
	put_number(w, type, 2);
	put_number(w, 2 + 2 * count, 2);
	put_number(w, 2 * count, 2);
	put_codes(w, codes, count);
}

/* Servers have failed on hellos of 256 to 511 bytes (RFC 7685). */
static void
put_padding(struct writer *w)
{
	const size_t hello = w->len - 5;
	size_t at;

	if (hello < 256 || hello > 511)
		return;
	put_number(w, 21, 2);
	at = opened(w, 2);
	while (!w->full && w->len - 5 < 512)
		put_number(w, 0, 1);
	closed(w, at, 2);
}

static void
put_old_extensions(struct writer *w, const struct hello *hello)
{
	static const unsigned char formats[] = { 0, 11, 0, 4, 3, 0, 1, 2 };
	static const unsigned char srp[] = { 0, 12, 0, 5, 4, 'u', 's', 'e',
		'r' };
	/* A server under FIPS insists on the second (RFC 7366, 7627). */
	static const unsigned char safe[] = { 0, 22, 0, 0, 0, 23, 0, 0 };

	put_bytes(w, formats, sizeof(formats));
	if (hello->srp)
		put_bytes(w, srp, sizeof(srp));
	put_bytes(w, safe, sizeof(safe));
}

/* No key share: the server asks for one by its group, and has not signed. */
static void
put_new_extensions(struct writer *w)
{
	static const unsigned char extensions[] = { 0, 43, 0, 3, 2, 3, 4, 0, 45,
		0, 2, 1, 1, 0, 51, 0, 2, 0, 0 };

	put_bytes(w, extensions, sizeof(extensions));
}

static void
put_extensions(struct writer *w, const struct hello *hello)
{
	const size_t at = opened(w, 2);

	if (hello->servername != NULL)
		put_servername(w, hello->servername);
	if (hello->group_count > 0)
		put_list(w, 10, hello->groups, hello->group_count);
	if (hello->version >= V_TLS1_2)
		put_list(w, 13, signature_algorithms,
		    hello->small ? 19
				 : sizeof(signature_algorithms) /
			    sizeof(signature_algorithms[0]));
	if (hello->version < V_TLS1_3)
		put_old_extensions(w, hello);
	else
		put_new_extensions(w);
	if (!hello->small)
		put_padding(w);
	closed(w, at, 2);
}

size_t
hello_make(unsigned char *buf, size_t size, const struct hello *hello)
{
	struct writer w = { .buf = buf, .size = size };
	const bool new = hello->version >= V_TLS1_3;
	size_t record, message, list;

	put_number(&w, RECORD_HANDSHAKE, 1);
	put_number(&w, hello->version == V_SSL3 ? V_SSL3 : V_TLS1_0, 2);
	record = opened(&w, 2);
	put_number(&w, 1, 1);
	message = opened(&w, 3);
	put_number(&w, (size_t)(new ? V_TLS1_2 : hello->version), 2);
	put_bytes(&w, hello->random, 32);
	put_number(&w, new ? 32 : 0, 1);
	put_bytes(&w, hello->random + 32, new ? 32 : 0);
	list = opened(&w, 2);
	put_codes(&w, hello->suites, hello->suite_count);
	if (!new)
		put_number(&w, SCSV_RENEGOTIATION, 2);
	closed(&w, list, 2);
	put_number(&w, 0x0100, 2); /* no compression */
	if (hello->version != V_SSL3)
		put_extensions(&w, hello);
	closed(&w, message, 3);
	closed(&w, record, 2);
	return w.full ? 0 : w.len;
}

/* Reading: whatever is asked for beyond the end is 0, and remembered */

struct cursor {
	const unsigned char *at, *end;
	bool short_of;
};

static size_t
get_number(struct cursor *c, size_t width)
{
	size_t value = 0;

	c->short_of = c->short_of || (size_t)(c->end - c->at) < width;
	if (c->short_of)
		return 0;
	for (size_t i = 0; i < width; i++)
		value = value << 8 | *c->at++;
	return value;
}

/* What has a length before it. */
static struct cursor
get_part(struct cursor *c, size_t width)
{
	const size_t len = get_number(c, width);
	struct cursor part = { c->at, c->at, false };

	c->short_of = c->short_of || (size_t)(c->end - c->at) < len;
	if (c->short_of) {
		part.short_of = true;
		return part;
	}
	part.end = c->at + len;
	c->at += len;
	return part;
}

static void
read_extensions(struct cursor c, struct reply *reply)
{
	while (c.at < c.end && !c.short_of) {
		const size_t type = get_number(&c, 2);
		struct cursor body = get_part(&c, 2);

		if (type == 43 && body.end - body.at == 2)
			reply->version = (int)get_number(&body, 2);
		if (type == 51) {
			reply->group = (uint16_t)get_number(&body, 2);
			reply->grouped = !body.short_of;
		}
	}
}

static bool
read_choice(struct cursor c, struct reply *reply)
{
	reply->version = (int)get_number(&c, 2);
	(void)get_number(&c, 4);
	c.at += (size_t)(c.end - c.at) < 28 ? c.end - c.at : 28;
	(void)get_part(&c, 1);
	reply->suite = (uint16_t)get_number(&c, 2);
	(void)get_number(&c, 1);
	if (c.short_of || reply->version >> 8 != 3)
		return false;
	if (c.at < c.end)
		read_extensions(get_part(&c, 2), reply);
	reply->chosen = true;
	return true;
}

/* RFC 8422, 5.4; with a PSK a hint is in front (RFC 5489). */
static void
read_curve(struct cursor c, struct reply *reply)
{
	const char *name = suite_name(reply->suite);
	size_t type;

	if (!suite_has_curve(reply->suite) || name == NULL)
		return;
	if (strstr(name, "_PSK_") != NULL)
		(void)get_part(&c, 2);
	type = get_number(&c, 1);
	if (c.short_of || type < 1 || type > 3)
		return;
	/* Explicit curves have code points, too. */
	reply->group =
	    type == 3 ? (uint16_t)get_number(&c, 2) : (uint16_t)(0xff00 + type);
	reply->grouped = !c.short_of;
}

static void
read_certificate(
    struct cursor c, const unsigned char *messages, struct reply *reply)
{
	struct cursor list = get_part(&c, 3), first = get_part(&list, 3);

	if (list.short_of || first.short_of || first.at == first.end)
		return;
	reply->certificate = (size_t)(first.at - messages);
	reply->certificate_size = (size_t)(first.end - first.at);
}

/* One message; whether it is the last that says something. */
static enum reply_kind
read_message(size_t type, struct cursor body, const unsigned char *messages,
    struct reply *reply)
{
	if (!reply->chosen) {
		if (type == 0)
			return REPLY_MORE; /* HelloRequest */
		if (type != 2 || !read_choice(body, reply))
			return REPLY_OTHER;
		return reply->version >= V_TLS1_3 ? REPLY_CHOICE : REPLY_MORE;
	}
	if (type == 11)
		read_certificate(body, messages, reply);
	else if (type == 12)
		read_curve(body, reply);
	else if (type == 13)
		reply->asked = true;
	return type == 14 ? REPLY_CHOICE : REPLY_MORE;
}

static enum reply_kind
read_messages(const unsigned char *messages, size_t *done, size_t len,
    struct reply *reply)
{
	enum reply_kind kind = REPLY_MORE;

	while (kind == REPLY_MORE && len - *done >= 4) {
		struct cursor c = { messages + *done, messages + len, false };
		const size_t type = get_number(&c, 1);
		const struct cursor body = get_part(&c, 3);

		if (c.short_of)
			break;
		*done = (size_t)(c.at - messages);
		kind = read_message(type, body, messages, reply);
	}
	return kind;
}

/* A warning says nothing: servers send one for a name that they do not know. */
static enum reply_kind
read_alert(const unsigned char *body, size_t len, struct reply *reply)
{
	if (len != 2)
		return REPLY_OTHER;
	if (body[0] == 1)
		return REPLY_MORE;
	reply->alert = body[1];
	return REPLY_ALERT;
}

enum reply_kind
hello_read(const unsigned char *wire, size_t len, unsigned char *messages,
    struct reply *reply)
{
	enum reply_kind kind = REPLY_MORE;
	size_t size, at = 0, filled = 0, done = 0;

	*reply = (struct reply){ .alert = -1 };
	while (kind == REPLY_MORE && at < len) {
		if ((wire[at] != RECORD_ALERT &&
			wire[at] != RECORD_HANDSHAKE) ||
		    (len - at > 1 && wire[at + 1] != 3))
			return REPLY_OTHER;
		if (len - at < 5)
			break;
		size = (size_t)wire[at + 3] << 8 | wire[at + 4];
		if (size == 0 || size > RECORD_MOST)
			return REPLY_OTHER;
		if (len - at - 5 < size)
			break;
		if (wire[at] == RECORD_ALERT) {
			kind = read_alert(wire + at + 5, size, reply);
		} else {
			memcpy(messages + filled, wire + at + 5, size);
			filled += size;
			kind = read_messages(messages, &done, filled, reply);
		}
		at += 5 + size;
	}
	return kind;
}

/* By their names, which follow the key exchange. */

bool
suite_has_curve(uint16_t suite)
{
	const char *name = suite_name(suite);

	return name != NULL &&
	    (strncmp(name, "TLS_ECDHE_", 10) == 0 ||
		strncmp(name, "TLS_ECDH_anon_", 14) == 0);
}

bool
suite_is_srp(uint16_t suite)
{
	const char *name = suite_name(suite);

	return name != NULL && strncmp(name, "TLS_SRP_", 8) == 0;
}
