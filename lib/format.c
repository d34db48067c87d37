/* SPDX-License-Identifier: MIT */
/* A policy as the text that tlspolicy_parse() takes. */
#include <string.h>

#include "internal.h"

void
tlsp_put(struct output *out, const char *text)
{
	size_t len = strlen(text), room;

	if (out->len + 1 < out->size) {
		room = out->size - out->len - 1;
		if (room > len)
			room = len;
		memcpy(out->buf + out->len, text, room);
		out->buf[out->len + room] = '\0';
	}
	out->len += len;
}

static void
put_item(struct output *out, const char *key, const char *value)
{
	if (value == NULL)
		return;
	tlsp_put(out, out->len > 0 ? "," : "");
	tlsp_put(out, key);
	tlsp_put(out, "=");
	tlsp_put(out, value);
}

static void
put_disabled(struct output *out, unsigned disabled)
{
	const char *before = out->len > 0 ? ",disable=" : "disable=";

	for (; disabled != 0; disabled &= disabled - 1, before = ":") {
		tlsp_put(out, before);
		tlsp_put(out,
		    tlspolicy_protocol_name(tlsp_version_lowest(disabled)));
	}
}

int
tlspolicy_format(const struct tlspolicy *policy, char *buf, size_t size)
{
	static const char *const off_on[] = { NULL, "off", "on" };
	static const char *const preference[] = { NULL, "client", "server" };
	static const char *const level[] = { NULL, "0", "1", "2", "3", "4",
		"5" };
	struct output out = { buf, size, 0 };

	if (policy == NULL || (buf == NULL && size > 0))
		return tlsp_fail(TLSPOLICY_E_INVALID, "%s is NULL",
		    policy == NULL ? "policy" : "buffer");
	if (size > 0)
		buf[0] = '\0';
	put_item(&out, "min", tlspolicy_protocol_name(policy->min_version));
	put_item(&out, "max", tlspolicy_protocol_name(policy->max_version));
	put_disabled(&out, policy->disabled);
	for (enum list_kind kind = 0; kind < LIST_COUNT; kind++)
		put_item(&out, tlsp_list_key(kind), policy->list[kind]);
	put_item(&out, "level", level[policy->level + 1]);
	put_item(&out, "renegotiation", off_on[policy->renegotiation + 1]);
	put_item(&out, "preference", preference[policy->preference + 1]);
	if (out.len == 0)
		tlsp_put(&out, "system");
	return (int)out.len;
}
