/* SPDX-License-Identifier: MIT */
/* Statuses and the entries that this library puts on OpenSSL's error queue. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "internal.h"

#define REASON(status) ERR_PACK(0, 0, -(status))

/* OpenSSL keeps pointers into this table and writes the library's number. */
static ERR_STRING_DATA strings[] = {
	{ REASON(TLSPOLICY_E_INVALID), "invalid argument" },
	{ REASON(TLSPOLICY_E_NOMEM), "out of memory" },
	{ REASON(TLSPOLICY_E_SYNTAX), "syntax" },
	{ REASON(TLSPOLICY_E_PROFILE), "unknown profile" },
	{ REASON(TLSPOLICY_E_RANGE), "empty version range" },
	{ REASON(TLSPOLICY_E_HOLE), "hole in the versions" },
	{ REASON(TLSPOLICY_E_METHOD), "not with this method" },
	{ REASON(TLSPOLICY_E_UNSUPPORTED), "not supported by this OpenSSL" },
	{ REASON(TLSPOLICY_E_CONFLICT), "nothing usable left" },
	{ REASON(TLSPOLICY_E_STRICTER), "stricter than asked for" },
	{ REASON(TLSPOLICY_E_VIOLATION), "more permitted than allowed" },
	{ REASON(TLSPOLICY_E_OPENSSL), "OpenSSL call failed" },
	{ REASON(TLSPOLICY_E_TOO_LATE), "version already chosen" },
	{ 0, NULL },
};
static ERR_STRING_DATA library_name[] = {
	{ 0, "tlspolicy" },
	{ 0, NULL },
};

static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static int library;

static void
register_library(void)
{
	/* 1.1.1 begins with the one that programs use without asking. */
	do
		library = ERR_get_next_error_library();
	while (library == ERR_LIB_USER);
	library_name[0].error = ERR_PACK(library, 0, 0);
	ERR_load_strings(library, library_name);
	ERR_load_strings(library, strings);
}

const char *
tlspolicy_strerror(int status)
{
	if (status == TLSPOLICY_OK)
		return "success";
	if (status < TLSPOLICY_OK && status >= TLSPOLICY_E_TOO_LATE)
		return strings[-status - 1].string;
	return "unknown status";
}

int
tlsp_fail_here(const char *file, int line, int status, const char *fmt, ...)
{
	const size_t size = 1024; /* OpenSSL's own limit */
	int number = errno;
	va_list args;
	char *text;

	if (!CRYPTO_THREAD_run_once(&once, register_library))
		goto done;
	tlsp_errors_add(file, line, NULL, library, -status);
	if (strchr(fmt, '%') == NULL) {
		ERR_set_error_data((char *)(uintptr_t)fmt, ERR_TXT_STRING);
		goto done;
	}
	/* Without a file's name, since then no failure puts an entry on top. */
	if ((text = CRYPTO_malloc(size, NULL, 0)) == NULL)
		goto done;
	va_start(args, fmt);
	(void)BIO_vsnprintf(text, size, fmt, args);
	va_end(args);
	ERR_set_error_data(text, ERR_TXT_MALLOCED | ERR_TXT_STRING);
done:
	errno = number;
	return status;
}

int
tlspolicy_error_text(char *buf, size_t size)
{
	struct output out = { buf, size, 0 };
	struct errors errors;
	unsigned long entry;

	if (buf == NULL && size > 0)
		return TLSPOLICY_E_INVALID;
	if (size > 0)
		buf[0] = '\0';
	if (!CRYPTO_THREAD_run_once(&once, register_library) ||
	    !tlsp_errors_begin(&errors))
		return TLSPOLICY_E_NOMEM;
	for (int i = 0; (entry = tlsp_errors_entry(&errors, i, NULL)) != 0;
	     i++) {
		if (ERR_GET_LIB(entry) == library)
			(void)tlsp_errors_entry(&errors, i, &out);
	}
	tlsp_errors_end(&errors, false);
	return (int)out.len;
}

void *
tlsp_copy(const void *from, size_t size)
{
	int number = errno;
	void *copy = OPENSSL_malloc(size);

	errno = number;
	return copy == NULL ? NULL : memcpy(copy, from, size);
}

int
tlsp_check_memory(void)
{
	void *memory = OPENSSL_malloc(64);

	OPENSSL_free(memory);
	return memory != NULL ? TLSPOLICY_OK
			      : tlsp_fail(TLSPOLICY_E_NOMEM, "out of memory");
}

const char *
tlsp_quote(char buf[QUOTE_SIZE], const char *text, size_t len)
{
	const size_t most = QUOTE_SIZE - sizeof("...");
	size_t i;

	for (i = 0; i < len && i < most; i++) {
		buf[i] = text[i];
		if (text[i] < ' ' || text[i] > '~' || text[i] == '"')
			buf[i] = '.';
	}
	memcpy(buf + i, len > most ? "..." : "", len > most ? 4 : 1);
	return buf;
}
