/* SPDX-License-Identifier: MIT */
#include "tools/serve/request.h"

#include <string.h>

#include "shim/base/sys.h"
#include "tools/serve/assets.h"
#include "tools/serve/ask.h"
#include "tools/serve/metrics.h"
#include "tools/serve/orders.h"
#include "tools/serve/route.h"
#include "tools/serve/views.h"

/* Rounds are a second apart as long as somebody looks. */
#define FRESH_NS (3 * MG_NS_PER_S / 2)
#define SCRAPE_NS MG_NS_PER_S
#define PROFILE_NS (10 * MG_NS_PER_S)

static bool
is_host_ours(struct mg_web *w, const struct mg_request *q, struct mg_response *r)
{
	if (!mg_guard_host(&w->guard, q->host))
		mg_response_error(r, 403,
		    "Host '%.100s' is not this server; accepted are localhost, its address, and "
		    "each NAME of `memgov serve --host NAME`",
		    q->host != NULL ? q->host : "");
	else if (!mg_guard_origin(q->origin, q->host))
		mg_response_error(r, 403,
		    "Origin '%.100s' is another site; accepted is the page of this server",
		    q->origin);
	else
		return true;
	return false;
}

static bool
is_method_right(const struct mg_request *q, const struct mg_route *route, struct mg_response *r)
{
	bool is_get = strcmp(q->method, "GET") == 0 || strcmp(q->method, "HEAD") == 0;

	if (route->is_post ? strcmp(q->method, "POST") == 0 : is_get)
		return true;
	mg_response_error(r, 405, "%.20s is not accepted here; accepted is %s", q->method,
	    route->is_post ? "POST" : "GET");
	r->allow = route->is_post ? "POST" : "GET, HEAD";
	return false;
}

static bool
may_change(
    struct mg_web *w, const struct mg_request *q, struct mg_post *order, struct mg_response *r)
{
	const char *wrong = NULL;

	if (!w->options->allows_control)
		mg_response_error(r, 403,
		    "nothing may be changed from here; `memgov serve --allow-control` lets it");
	else if (!mg_guard_token(q->authorization, w->token))
		mg_response_error(r, 403,
		    "%s; accepted is 'Authorization: Bearer TOKEN' with the token of this "
		    "server",
		    q->authorization == NULL ? "the token is missing" : "the token is wrong");
	else if (!mg_guard_is_json(q->content_type))
		mg_response_error(r, 415, "accepted is Content-Type: application/json");
	else if (q->n > sizeof q->body)
		mg_response_error(
		    r, 413, "the body is too long; accepted are %zu bytes", sizeof q->body);
	else if ((wrong = mg_post_parse(q->body, q->n, order)) != NULL)
		mg_response_error(r, 400, "the body: %s", wrong);
	else
		return true;
	return false;
}

static void
answer_page(const char *name, struct mg_response *r)
{
	const struct mg_asset *a = mg_assets_find(name);

	if (a == NULL) {
		mg_response_error(r, 404, "the page has no part of this name");
		return;
	}
	*r = (struct mg_response){
		.status = 200,
		.type = a->type,
		.body = (char *)a->bytes,
		.n = a->n,
		.is_static = true,
		.etag = a->etag,
	};
}

static void
answer_profile(
    struct mg_web *w, const struct mg_board_process *p, bool is_flame, struct mg_response *r)
{
	struct mg_profile profile;
	struct mg_client c;
	char *body;
	int err;

	if (!mg_ask(w, p, "profile", PROFILE_NS, &c, &body, r))
		return;
	err = mg_profile_parse(body, &profile);
	mg_client_end(&c);
	if (err != 0) {
		mg_response_error(
		    r, 502, "process %d (%s): its profile is cut short", p->socket.pid, p->name);
		return;
	}
	if (is_flame)
		mg_culprits_flame(
		    &w->culprits, &p->socket, p->name, &profile, w->options->flame, r);
	else
		mg_culprits_sites(&w->culprits, &p->socket, &profile, r);
	mg_profile_free(&profile);
}

static void
answer_process(struct mg_web *w, const struct mg_board *b, const struct mg_route *route,
    const struct mg_post *order, struct mg_response *r)
{
	const struct mg_board_process *p = mg_board_find(b, route->pid);

	if (p == NULL) {
		mg_response_error(r, 404,
		    "no governed process %d is here; /api/ lists those that are", route->pid);
		return;
	}
	switch (route->kind) {
	case MG_ROUTE_HISTORY: mg_views_history(w, p, r); break;
	case MG_ROUTE_SITES:
	case MG_ROUTE_FLAME: answer_profile(w, p, route->kind == MG_ROUTE_FLAME, r); break;
	case MG_ROUTE_SET: mg_orders_set(w, p, order, r); break;
	case MG_ROUTE_COMPACT: mg_orders_compact(w, p, order, r); break;
	default: mg_views_process(w, p, r); break;
	}
}

/* What is known is fresh enough for who looks again and again; a process that is not known may have
 * come just now. */
static int
look(struct mg_web *w, const struct mg_route *route, struct mg_board *b)
{
	int err =
	    mg_rounds_look(&w->rounds, route->kind == MG_ROUTE_METRICS ? SCRAPE_NS : FRESH_NS, b);

	if (err != 0 || route->pid == 0 || mg_board_find(b, route->pid) != NULL)
		return err;
	mg_board_free(b);
	return mg_rounds_look(&w->rounds, 0, b);
}

static void
answer_board(struct mg_web *w, const struct mg_route *route, const struct mg_post *order,
    struct mg_response *r)
{
	uint64_t begin = mg_sys_now_ns();
	struct mg_board b;

	if (look(w, route, &b) != 0)
		mg_response_error(r, 503, "memgov serve has no memory left for this");
	else if (route->kind == MG_ROUTE_METRICS)
		mg_metrics_write(&b, mg_sys_now_ns() - begin, r);
	else if (route->kind == MG_ROUTE_ALL)
		mg_views_all(w, &b, r);
	else
		answer_process(w, &b, route, order, r);
	mg_board_free(&b);
}

void
mg_request_answer(struct mg_web *w, const struct mg_request *q, struct mg_response *r)
{
	struct mg_route route;
	struct mg_post order = { 0 };

	*r = (struct mg_response){ 0 };
	mg_route_parse(q->path, &route);
	if (!is_host_ours(w, q, r))
		return;
	if (route.kind == MG_ROUTE_NONE)
		mg_response_error(
		    r, 404, "there is no such page; there are /, /metrics, /api/ and /api/PID");
	else if (!is_method_right(q, &route, r) || (route.is_post && !may_change(w, q, &order, r)))
		return;
	else if (route.kind == MG_ROUTE_PAGE)
		answer_page(route.name, r);
	else
		answer_board(w, &route, &order, r);
}
