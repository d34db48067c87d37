/* SPDX-License-Identifier: MIT */
/* Making a context or connection what was planned, or what it was before. */
#include <openssl/err.h>

#include "apply.h"

/*
 * What can be undone comes first.  Groups and signature algorithms cannot, for
 * want of a getter: they are set last, and were rehearsed.
 */
int
tlsp_become(const struct target *target, const struct state *state, bool own,
    bool *spoiled)
{
	const char *what = "version bounds";

	if (!tlsp_settings_write(target, &state->settings))
		goto fail;
	what = "ciphers";
	if (!TWICE(tlsp_ciphers_put(target, tlsp_state_ciphers(state), own)))
		goto fail;
	for (enum list_kind kind = 0; kind < LIST_COUNT; kind++) {
		if (state->list[kind] == NULL)
			continue;
		what = tlsp_list_key(kind);
		if (!TWICE(tlsp_set_list(target, kind, state->list[kind])))
			goto fail;
		*spoiled = true;
	}
	return TLSPOLICY_OK;
fail:
	return tlsp_fail(
	    TLSPOLICY_E_OPENSSL, "OpenSSL failed to set the %s", what);
}

static int
close_target(const struct target *target)
{
	tlsp_close(target);
	return tlsp_fail(TLSPOLICY_E_OPENSSL,
	    target->ssl != NULL
		? "OpenSSL could not put the connection back as it was: it is "
		  "closed and permits no version now, free it"
		: "OpenSSL could not put the context back as it was: it is "
		  "closed and permits no version now, free it");
}

int
tlsp_commit(const struct target *target, const struct state *before,
    const struct state *after, bool own)
{
	bool spoiled = false;
	int status = tlsp_become(target, after, own, &spoiled), undone;

	if (status == TLSPOLICY_OK)
		return TLSPOLICY_OK;
	if (spoiled)
		return close_target(target);
	(void)ERR_set_mark();
	undone = tlsp_become(target, before, false, &spoiled);
	(void)ERR_pop_to_mark();
	return undone == TLSPOLICY_OK ? status : close_target(target);
}
