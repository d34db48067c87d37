/* SPDX-License-Identifier: MIT */
/* One HTTP request, and a page that says what its connection negotiated. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/err.h>

#include "compat.h"
#include "server.h"

enum { MAX_HEADER = 8192, MAX_POLICY = 8192 };

static const char ok[] = "200 OK", bad[] = "400 Bad Request";
static const char page_start[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width\">"
    "<title>This connection</title>\n<style>"
    "body{font:min(1em,4.4vw)/1.5 sans-serif;margin:1em}"
    "dt{font-weight:bold}dd{margin:0 0 .8em;white-space:nowrap}"
    "wbr{white-space:normal}"
    "</style></head>\n"
    "<body><h1>This connection</h1>\n<dl>\n";

const char *
group_name(SSL *ssl)
{
	const char *name =
	    SSL_group_to_name(ssl, (int)SSL_get_negotiated_group(ssl));

	return name != NULL ? name : "-";
}

/* Where the value of a header field begins, or NULL. */
static const char *
field(const char *request, const char *name)
{
	const size_t len = strlen(name);
	const char *line = strchr(request, '\n');

	for (; line != NULL; line = strchr(line + 1, '\n'))
		if (strncasecmp(line + 1, name, len) == 0 &&
		    line[1 + len] == ':')
			return line + 2 + len;
	return NULL;
}

static bool
wants_json(const char *request)
{
	const char *value = field(request, "Accept");
	const char *json = value ? strstr(value, "application/json") : NULL;

	return json != NULL && json < value + strcspn(value, "\r\n");
}

/* The status for a complete header. */
static const char *
judge(const char *request, bool *head)
{
	char method[16], minor[2];
	int end = 0;

	if (sscanf(request, "%15[A-Z]%*1[ ]%*[!-~]%*1[ ]HTTP/1.%1[0-9]%n",
		method, minor, &end) != 2 ||
	    strspn(request + end, "\r\n") == 0)
		return bad;
	if (minor[0] != '0' && field(request, "Host") == NULL)
		return bad;
	*head = strcmp(method, "HEAD") == 0;
	if (!*head && strcmp(method, "GET") != 0)
		return "405 Method Not Allowed";
	return ok;
}

/* The status for what the client sends; NULL: it went away. */
static const char *
read_request(BIO *tls, char *buf, bool *head)
{
	const time_t deadline = time(NULL) + LIMIT;
	int len = 0, n;

	while (len < MAX_HEADER) {
		n = BIO_read(tls, buf + len, MAX_HEADER - len);
		if (n <= 0 && again(tls, deadline))
			continue;
		if (n <= 0)
			return BIO_should_retry(tls) ? "408 Request Timeout"
						     : NULL;
		len += n;
		buf[len] = '\0';
		if (strlen(buf) != (size_t)len)
			return bad;
		if (strstr(buf, "\r\n\r\n") || strstr(buf, "\n\n"))
			return judge(buf, head);
	}
	return "431 Request Header Fields Too Large";
}

/* On a page a policy has a line for each item; lists are broken at names. */
static void
put_escaped(BIO *out, const char *text, bool json)
{
	for (; *text != '\0'; text++) {
		const unsigned c = (unsigned char)*text;

		if (c < ' ' || strchr("&<>\"'\\", *text) != NULL)
			BIO_printf(out, json ? "\\u%04x" : "&#%u;", c);
		else
			BIO_write(out, text, 1);
		if (!json && c == ',')
			BIO_puts(out, "<br>");
		else if (!json && (c == ':' || c == '='))
			BIO_puts(out, "<wbr>");
	}
}

static void
put_page(BIO *out, SSL *ssl, const struct tlspolicy *policy, bool json)
{
	char text[MAX_POLICY + 1];
	const int len = tlspolicy_format(policy, text, sizeof(text));
	const char *const rows[][2] = {
		{ "version", SSL_get_version(ssl) },
		{ "cipher", SSL_get_cipher_name(ssl) },
		{ "group", group_name(ssl) },
		{ "profile", tlspolicy_profile_of(policy) },
		{ "policy", len >= 0 ? text : NULL },
	};
	const char *before = json ? "{" : page_start;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i][1] == NULL)
			continue;
		BIO_puts(out, before);
		BIO_printf(
		    out, json ? "\"%s\":\"" : "<dt>%s</dt><dd>", rows[i][0]);
		put_escaped(out, rows[i][1], json);
		BIO_puts(out, json ? "\"" : "</dd>\n");
		before = json ? "," : "";
	}
	BIO_puts(out, json ? "}\n" : "</dl></body></html>\n");
}

/* Header and body, or of the body only its length. */
static void
put_answer(BIO *out, const char *status, const char *type, BIO *body, bool head)
{
	char *data;
	const long len = BIO_get_mem_data(body, &data);

	BIO_printf(out,
	    "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %ld\r\n"
	    "Allow: GET, HEAD\r\nCache-Control: no-store\r\n"
	    "Connection: close\r\n\r\n",
	    status, type, len);
	if (!head)
		BIO_write(out, data, (int)len);
}

void
answer(BIO *tls, SSL *ssl, const struct tlspolicy *policy)
{
	char buf[MAX_HEADER + 1] = "", *data;
	bool head = false;
	const char *status = read_request(tls, buf, &head);
	const bool json = status == ok && wants_json(buf);
	const time_t deadline = time(NULL) + LIMIT;
	BIO *body = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	int len;

	if (status != NULL && body != NULL && out != NULL) {
		if (status == ok)
			put_page(body, ssl, policy, json);
		else
			BIO_printf(body, "%s\n", status);
		put_answer(out, status,
		    json ? "application/json" : "text/html; charset=utf-8",
		    body, head);
		len = (int)BIO_get_mem_data(out, &data);
		ERR_clear_error(); /* of the timeout */
		while (BIO_write(tls, data, len) <= 0 && again(tls, deadline))
			continue;
	}
	BIO_free(body);
	BIO_free(out);
}
