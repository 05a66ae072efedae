/* SPDX-License-Identifier: MIT */
#include "tools/serve/guard.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

bool
mg_guard_split(const char *text, char host[MG_GUARD_HOST])
{
	bool is_bracketed = text[0] == '[';
	const char *start = text + is_bracketed;
	size_t n = strcspn(start, is_bracketed ? "]" : ":");
	const char *end = start + n;

	if (n == 0 || n >= MG_GUARD_HOST || (is_bracketed && *end++ != ']'))
		return false;
	memcpy(host, start, n);
	host[n] = '\0';
	if (*end == '\0')
		return true;
	return end[0] == ':' && strspn(end + 1, "0123456789") == strlen(end + 1) &&
	       end[1] != '\0' && strlen(end + 1) <= 5;
}

/* An address as its bytes, 4 or 16 of them; 0 for a name. */
static size_t
address_of(const char *host, unsigned char bytes[16])
{
	if (inet_pton(AF_INET, host, bytes) == 1)
		return 4;
	return inet_pton(AF_INET6, host, bytes) == 1 ? 16 : 0;
}

static bool
is_same_address(const char *a, const char *b)
{
	unsigned char x[16], y[16];
	size_t n = address_of(a, x);

	return n > 0 && address_of(b, y) == n && memcmp(x, y, n) == 0;
}

bool
mg_guard_is_loopback(const char *host)
{
	unsigned char bytes[16];

	if (strcasecmp(host, "localhost") == 0 || is_same_address(host, "::1"))
		return true;
	return address_of(host, bytes) == 4 && bytes[0] == 127;
}

bool
mg_guard_is_any(const char *address)
{
	return is_same_address(address, "0.0.0.0") || is_same_address(address, "::");
}

bool
mg_guard_host(const struct mg_guard *g, const char *text)
{
	char host[MG_GUARD_HOST];
	unsigned char bytes[16];

	if (text == NULL || !mg_guard_split(text, host))
		return false;
	if (mg_guard_is_loopback(host) || is_same_address(host, g->address))
		return true;
	for (size_t i = 0; i < g->n_names; i++)
		if (strcasecmp(host, g->names[i]) == 0)
			return true;
	return mg_guard_is_any(g->address) && address_of(host, bytes) > 0;
}

bool
mg_guard_origin(const char *origin, const char *host)
{
	static const char *const schemes[] = { "http://", "https://" };

	if (origin == NULL)
		return true;
	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
		size_t n = strlen(schemes[i]);

		if (strncasecmp(origin, schemes[i], n) == 0 && strcasecmp(origin + n, host) == 0)
			return true;
	}
	return false;
}

bool
mg_guard_token(const char *authorization, const char *token)
{
	static const char scheme[] = "Bearer ";
	size_t n = strlen(token), given;
	unsigned char differ = 0;

	if (authorization == NULL || strncasecmp(authorization, scheme, sizeof scheme - 1) != 0)
		return false;
	authorization += sizeof scheme - 1;
	given = strlen(authorization);
	for (size_t i = 0; i < n; i++)
		differ |= (unsigned char)(token[i] ^ authorization[i < given ? i : given]);
	return given == n && n > 0 && differ == 0;
}

bool
mg_guard_is_json(const char *content_type)
{
	static const char json[] = "application/json";
	size_t n = sizeof json - 1;

	if (content_type == NULL || strncasecmp(content_type, json, n) != 0)
		return false;
	return content_type[n + strspn(content_type + n, " \t")] == '\0' ||
	       content_type[n + strspn(content_type + n, " \t")] == ';';
}
