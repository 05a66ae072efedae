/* SPDX-License-Identifier: MIT */
/* What a client of `memgov serve` says: a path, headers, a body. */
#include "tests/fuzz/fuzz.h"

#include "tools/serve/guard.h"
#include "tools/serve/listen.h"
#include "tools/serve/post.h"
#include "tools/serve/route.h"

static void
check_path(const char *text)
{
	struct mg_route r;

	mg_route_parse(text, &r);
	FUZZ_CHECK(r.pid >= 0 && (r.pid > 0) == (r.kind >= MG_ROUTE_PROCESS));
	FUZZ_CHECK((r.kind == MG_ROUTE_PAGE) == (r.name[0] != '\0'));
	FUZZ_CHECK(!r.is_post || r.kind >= MG_ROUTE_SET);
}

static void
check_headers(const char *text)
{
	static const char *const names[] = { "memory.example" };
	struct mg_guard g = { "127.0.0.1", names, 1 };
	char host[MG_GUARD_HOST];
	struct mg_listen l;

	if (mg_guard_host(&g, text))
		FUZZ_CHECK(mg_guard_split(text, host) &&
			   (mg_guard_is_loopback(host) || strcasecmp(host, names[0]) == 0));
	FUZZ_CHECK(!mg_guard_origin(text, "localhost:7766") || strlen(text) > 14);
	FUZZ_CHECK(!mg_guard_token(text, "0123456789abcdef") || strlen(text) == 7 + 16);
	mg_guard_is_json(text);
	if (mg_listen_parse(text, &l) == 0)
		FUZZ_CHECK(l.port <= 65535 && l.address[0] != '\0');
}

/* What would go to a process is one word. */
static void
check_body(const char *text, size_t len)
{
	struct mg_post p;

	if (mg_post_parse(text, len, &p) != NULL)
		return;
	FUZZ_CHECK(strlen(p.name) < sizeof p.name && strlen(p.value) < sizeof p.value);
	for (const char *c = p.name; *c != '\0'; c++)
		FUZZ_CHECK((unsigned char)*c > ' ');
	for (const char *c = p.value; *c != '\0'; c++)
		FUZZ_CHECK((unsigned char)*c > ' ');
}

static void
fuzz_text(char *text, size_t len)
{
	check_path(text);
	check_headers(text);
	check_body(text, len);
}
