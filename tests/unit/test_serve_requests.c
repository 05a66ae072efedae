/* SPDX-License-Identifier: MIT */
/* What comes from outside to `memgov serve`: paths, hosts, tokens, bodies, addresses to listen on.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/support.h"
#include "tools/serve/guard.h"
#include "tools/serve/listen.h"
#include "tools/serve/post.h"
#include "tools/serve/route.h"

Test(serve_requests, paths_lead_somewhere_or_nowhere)
{
	static const struct {
		const char *path;
		enum mg_route_kind kind;
		int pid;
		bool is_post;
		const char *name;
	} rows[] = {
		{ "/", MG_ROUTE_PAGE, 0, false, "index.html" },
		{ "/page/page.js", MG_ROUTE_PAGE, 0, false, "page.js" },
		{ "/page/../page.js", MG_ROUTE_PAGE, 0, false, "../page.js" },
		{ "/metrics", MG_ROUTE_METRICS, 0, false, "" },
		{ "/api/", MG_ROUTE_ALL, 0, false, "" },
		{ "/api/1", MG_ROUTE_PROCESS, 1, false, "" },
		{ "/api/2147483647", MG_ROUTE_PROCESS, 2147483647, false, "" },
		{ "/api/12/history", MG_ROUTE_HISTORY, 12, false, "" },
		{ "/api/12/sites", MG_ROUTE_SITES, 12, false, "" },
		{ "/api/12/flame.svg", MG_ROUTE_FLAME, 12, false, "" },
		{ "/api/12/set", MG_ROUTE_SET, 12, true, "" },
		{ "/api/12/compact", MG_ROUTE_COMPACT, 12, true, "" },
		{ "", MG_ROUTE_NONE, 0, false, "" },
		{ "*", MG_ROUTE_NONE, 0, false, "" },
		{ "/page/", MG_ROUTE_NONE, 0, false, "" },
		{ "/page/a234567890123456789012345678901234567890123456789012345678901234",
		    MG_ROUTE_NONE, 0, false, "" },
		{ "/metrics/", MG_ROUTE_NONE, 0, false, "" },
		{ "/api", MG_ROUTE_NONE, 0, false, "" },
		{ "/api/0", MG_ROUTE_NONE, 0, false, "" },
		{ "/api/012", MG_ROUTE_NONE, 0, false, "" },
		{ "/api/-1", MG_ROUTE_NONE, 0, false, "" },
		{ "/api/2147483648", MG_ROUTE_NONE, 0, false, "" },
		{ "/api/99999999999999999999", MG_ROUTE_NONE, 0, false, "" },
		{ "/api/12/", MG_ROUTE_NONE, 0, false, "" },
		{ "/api/12/sites/", MG_ROUTE_NONE, 0, false, "" },
		{ "/api//sites", MG_ROUTE_NONE, 0, false, "" },
		{ "/api/self", MG_ROUTE_NONE, 0, false, "" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mg_route r;

		mg_route_parse(rows[i].path, &r);
		cr_expect(eq(int, r.kind, rows[i].kind), "%s", rows[i].path);
		cr_expect(eq(int, r.pid, rows[i].pid), "%s", rows[i].path);
		cr_expect(eq(int, r.is_post, rows[i].is_post), "%s", rows[i].path);
		cr_expect(SAME(r.name, rows[i].name), "%s", rows[i].path);
	}
}

Test(serve_requests, only_hosts_that_cannot_be_somebody_elses_are_ours)
{
	static const char *const names[] = { "memory.example" };
	static const struct {
		const char *address, *host;
		bool is_ours;
	} rows[] = {
		{ "127.0.0.1", "localhost", true },
		{ "127.0.0.1", "LocalHost:7766", true },
		{ "127.0.0.1", "127.0.0.1:7766", true },
		{ "127.0.0.1", "127.1.2.3:1", true },
		{ "127.0.0.1", "[::1]:7766", true },
		{ "::1", "[::1]", true },
		{ "::1", "[0:0::1]:80", true },
		{ "127.0.0.1", "memory.example:7766", true },
		{ "127.0.0.1", "MEMORY.example", true },
		{ "10.1.2.3", "10.1.2.3:7766", true },
		{ "10.1.2.3", "10.1.2.4:7766", false },
		{ "0.0.0.0", "10.1.2.4:7766", true },
		{ "::", "[fe80::1]:7766", true },
		{ "::", "10.1.2.4", true },
		{ "0.0.0.0", "evil.example", false },
		{ "127.0.0.1", NULL, false },
		{ "127.0.0.1", "", false },
		{ "127.0.0.1", "evil.example:7766", false },
		{ "127.0.0.1", "127.0.0.1.evil.example", false },
		{ "127.0.0.1", "localhost.evil.example", false },
		{ "127.0.0.1", "evil.example:localhost", false },
		{ "127.0.0.1", "localhost:", false },
		{ "127.0.0.1", "localhost:80x", false },
		{ "127.0.0.1", "localhost:123456", false },
		{ "127.0.0.1", "[::1", false },
		{ "127.0.0.1", "[::1]x", false },
		{ "127.0.0.1", "[]:80", false },
		{ "127.0.0.1", "128.0.0.1", false },
		{ "127.0.0.1", "::1", false },
		{ "127.0.0.1", "user@localhost", false },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mg_guard g = { rows[i].address, names, ROWS(names) };

		cr_expect(eq(int, mg_guard_host(&g, rows[i].host), rows[i].is_ours), "%s on %s",
		    rows[i].host, rows[i].address);
	}
}

Test(serve_requests, origins_are_the_host_itself)
{
	static const struct {
		const char *origin, *host;
		bool is_same;
	} rows[] = {
		{ NULL, "localhost:7766", true },
		{ "http://localhost:7766", "localhost:7766", true },
		{ "HTTP://LOCALHOST:7766", "localhost:7766", true },
		{ "https://memory.example", "memory.example", true },
		{ "http://localhost", "localhost:7766", false },
		{ "http://localhost:80", "localhost:7766", false },
		{ "http://127.0.0.1:7766", "localhost:7766", false },
		{ "http://localhost:7766/", "localhost:7766", false },
		{ "ftp://localhost:7766", "localhost:7766", false },
		{ "localhost:7766", "localhost:7766", false },
		{ "null", "localhost:7766", false },
		{ "", "localhost:7766", false },
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		cr_expect(eq(int, mg_guard_origin(rows[i].origin, rows[i].host), rows[i].is_same),
		    "%s for %s", rows[i].origin, rows[i].host);
}

Test(serve_requests, a_token_is_right_to_its_last_character)
{
	static const struct {
		const char *header;
		bool is_right;
	} rows[] = {
		{ "Bearer 0123456789abcdef", true },
		{ "bearer 0123456789abcdef", true },
		{ "Bearer 0123456789abcdeF", false },
		{ "Bearer x123456789abcdef", false },
		{ "Bearer 0123456789abcde", false },
		{ "Bearer 0123456789abcdef0", false },
		{ "Bearer 0123456789abcdef ", false },
		{ "Bearer ", false },
		{ "Bearer", false },
		{ "Basic 0123456789abcdef", false },
		{ "0123456789abcdef", false },
		{ "", false },
		{ NULL, false },
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		cr_expect(
		    eq(int, mg_guard_token(rows[i].header, "0123456789abcdef"), rows[i].is_right),
		    "%s", rows[i].header);
	cr_expect(not(mg_guard_token("Bearer ", "")), "no token is none");
}

Test(serve_requests, json_says_that_it_is)
{
	cr_expect(mg_guard_is_json("application/json"));
	cr_expect(mg_guard_is_json("Application/JSON ; charset=utf-8"));
	cr_expect(not(mg_guard_is_json("application/jsonp")));
	cr_expect(not(mg_guard_is_json("text/plain")));
	cr_expect(not(mg_guard_is_json(NULL)));
}

/* "name|value|aggressive", "-" for what is not there; or what is wrong. */
static const char *
parsed(const char *body, char *buf, size_t n)
{
	struct mg_post p;
	const char *wrong = mg_post_parse(body, strlen(body), &p);

	if (wrong != NULL)
		return wrong;
	snprintf(buf, n, "%s|%s|%d", p.has_name ? p.name : "-", p.has_value ? p.value : "-",
	    p.is_aggressive);
	return buf;
}

Test(serve_requests, bodies_are_flat_objects)
{
	static const struct {
		const char *body, *want;
	} rows[] = {
		{ "{}", "-|-|0" },
		{ " { } \r\n", "-|-|0" },
		{ "{\"name\":\"heap_max\",\"value\":\"512M\"}", "heap_max|512M|0" },
		{ "{ \"value\" : 512 , \"name\" : \"history\" }", "history|512|0" },
		{ "{\"aggressive\": true}", "-|-|1" },
		{ "{\"aggressive\": false}", "-|-|0" },
		{ "{\"value\":\"wait=1s,fail\"}", "-|wait=1s,fail|0" },
		{ "{\"value\":\"\\u0041\\/\\\"\\\\\"}", "-|A/\"\\|0" },
		{ "{\"value\":\"caf\xc3\xa9\"}", "-|caf\xc3\xa9|0" },
		{ "{\"value\":\"\"}", "-||0" },
		{ "", "an object in {} is expected" },
		{ "[]", "an object in {} is expected" },
		{ "{", "a text in quotes is expected" },
		{ "{\"name\"", "a ':' is missing" },
		{ "{\"name\":}", "a text in quotes is expected" },
		{ "{\"name\":\"a\"", "a '}' is missing" },
		{ "{\"name\":\"a", "it is cut short" },
		{ "{\"name\":\"a\"}x", "there is something behind the object" },
		{ "{\"name\":\"a\",}", "a text in quotes is expected" },
		{ "{\"name\":7}", "a text in quotes is expected" },
		{ "{\"value\":-7}", "a value is a text or a whole number" },
		{ "{\"value\":true}", "a value is a text or a whole number" },
		{ "{\"value\":1.5}", "a '}' is missing" },
		{ "{\"value\":{}}", "a value is a text or a whole number" },
		{ "{\"aggressive\":1}", "true or false is expected" },
		{ "{\"other\":1}", "accepted are name, value and aggressive" },
		{ "{\"name\":\"a b\"}", "blanks and control characters are not accepted" },
		{ "{\"name\":\"a\nset\"}", "blanks and control characters are not accepted" },
		{ "{\"name\":\"a\\nset\"}", "blanks and control characters are not accepted" },
		{ "{\"name\":\"a\\u0000\"}", "blanks and control characters are not accepted" },
		{ "{\"name\":\"a\x7f\"}", "blanks and control characters are not accepted" },
		{ "{\"name\":\"\\u00e9\"}", "an escape that is not accepted" },
		{ "{\"name\":\"\\u00\"}", "an escape that is not accepted" },
		{ "{\"name\":\"\\x\"}", "an escape that is not accepted" },
		{ "{\"name\":\"\xff\"}", "a text is not UTF-8" },
		{ "{\"name\":"
		  "\"a123456789012345678901234567890123456789012345678901234567890123\"}",
		    "a text is too long" },
	};
	char buf[512];

	for (size_t i = 0; i < ROWS(rows); i++)
		cr_expect(
		    SAME(parsed(rows[i].body, buf, sizeof buf), rows[i].want), "%s", rows[i].body);
}

Test(serve_requests, addresses_are_numbers_with_a_port)
{
	static const struct {
		const char *text, *address;
		unsigned port;
		const char *url;
	} rows[] = {
		{ "127.0.0.1:7766", "127.0.0.1", 7766, "http://127.0.0.1:7766/" },
		{ "localhost:80", "127.0.0.1", 80, "http://127.0.0.1:80/" },
		{ "[::1]:0", "::1", 0, "http://[::1]:0/" },
		{ "0.0.0.0:65535", "0.0.0.0", 65535, "http://0.0.0.0:65535/" },
		{ "127.0.0.1", NULL, 0, NULL },
		{ "127.0.0.1:", NULL, 0, NULL },
		{ "127.0.0.1:65536", NULL, 0, NULL },
		{ "127.0.0.1:7766x", NULL, 0, NULL },
		{ ":7766", NULL, 0, NULL },
		{ "7766", NULL, 0, NULL },
		{ "[::1]", NULL, 0, NULL },
		{ "[]:1", NULL, 0, NULL },
		{ "[:1", NULL, 0, NULL },
		{ "[127.0.0.1]:1", NULL, 0, NULL },
		{ "::1:7766", NULL, 0, NULL },
		{ "example.org:7766", NULL, 0, NULL },
		{ "", NULL, 0, NULL },
	};
	char url[128];

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mg_listen l;
		int err = mg_listen_parse(rows[i].text, &l);

		cr_expect(eq(int, err, rows[i].address != NULL ? 0 : -EINVAL), "%s", rows[i].text);
		if (rows[i].address == NULL)
			continue;
		cr_expect(SAME(l.address, rows[i].address));
		cr_expect(eq(u32, l.port, rows[i].port));
		cr_expect(SAME(mg_listen_url(&l, url, sizeof url), rows[i].url));
	}
}
