/* SPDX-License-Identifier: MIT */
#include "tools/serve/http.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "shim/base/sys.h"
#include "tools/serve/request.h"

#define TIMEOUT_S 10u
#define HEADER_BYTES (16u * 1024)
#define DRAIN_BYTES (16u << 20) /* of a body that is too long, so that its sender hears why */

struct mg_http {
	struct MHD_Daemon *daemon;
	struct mg_web *web;
};

static const struct {
	const char *name, *value;
} headers[] = {
	{ "Cache-Control", "no-cache" },
	{ "Content-Security-Policy",
	    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Referrer-Policy", "no-referrer" },
};

static const char *
header_of(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

/* The client has it already. */
static bool
is_known(struct MHD_Connection *c, const struct mg_response *r)
{
	const char *known = header_of(c, MHD_HTTP_HEADER_IF_NONE_MATCH);

	return r->etag != NULL && known != NULL && strstr(known, r->etag) != NULL;
}

static enum MHD_Result
send_response(struct MHD_Connection *c, struct mg_response *r)
{
	bool is_empty = r->status == 200 && is_known(c, r);
	struct MHD_Response *m;
	enum MHD_Result done;

	if (is_empty) {
		mg_response_free(r);
		r->status = 304;
	}
	m = MHD_create_response_from_buffer(is_empty ? 0 : r->n, is_empty ? NULL : r->body,
	    r->is_static || is_empty ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_FREE);
	if (m == NULL) {
		mg_response_free(r);
		return MHD_NO;
	}
	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
		MHD_add_response_header(m, headers[i].name, headers[i].value);
	if (!is_empty)
		MHD_add_response_header(m, MHD_HTTP_HEADER_CONTENT_TYPE, r->type);
	if (r->etag != NULL)
		MHD_add_response_header(m, MHD_HTTP_HEADER_ETAG, r->etag);
	if (r->allow != NULL)
		MHD_add_response_header(m, MHD_HTTP_HEADER_ALLOW, r->allow);
	if (r->status == 413 || r->status == 429)
		MHD_add_response_header(m, MHD_HTTP_HEADER_CONNECTION, "close");
	done = MHD_queue_response(c, r->status, m);
	MHD_destroy_response(m);
	return done;
}

/* What is asked of it may take longer than a client may be silent. */
static void
answer(struct mg_http *h, struct MHD_Connection *c, struct mg_request *q, struct mg_response *r)
{
	MHD_set_connection_option(c, MHD_CONNECTION_OPTION_TIMEOUT, 0u);
	mg_request_answer(h->web, q, r);
	MHD_set_connection_option(c, MHD_CONNECTION_OPTION_TIMEOUT, TIMEOUT_S);
}

static struct mg_guest *
guest_of(struct MHD_Connection *c)
{
	return MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static enum MHD_Result
take_body(struct mg_request *q, const char *bytes, size_t n)
{
	size_t room = q->n < sizeof q->body ? sizeof q->body - q->n : 0;

	memcpy(q->body + (sizeof q->body - room), bytes, n < room ? n : room);
	q->n += n;
	return q->n <= DRAIN_BYTES ? MHD_YES : MHD_NO;
}

static enum MHD_Result
on_request(void *context, struct MHD_Connection *c, const char *path, const char *method,
    const char *version, const char *bytes, size_t *n, void **state)
{
	struct mg_http *h = context;
	struct mg_request *q = *state;
	struct mg_response r;

	(void)version;
	if (q == NULL) {
		*state = calloc(1, sizeof *q);
		return *state != NULL ? MHD_YES : MHD_NO;
	}
	if (*n > 0) {
		enum MHD_Result more = take_body(q, bytes, *n);

		*n = 0;
		return more;
	}
	q->method = method;
	q->path = path;
	q->host = header_of(c, MHD_HTTP_HEADER_HOST);
	q->origin = header_of(c, MHD_HTTP_HEADER_ORIGIN);
	q->authorization = header_of(c, MHD_HTTP_HEADER_AUTHORIZATION);
	q->content_type = header_of(c, MHD_HTTP_HEADER_CONTENT_TYPE);
	mg_guests_turn(&h->web->guests, guest_of(c), true, mg_sys_now_ns());
	if (mg_guests_are_too_many(&h->web->guests))
		mg_response_error(&r, 429, "too many clients; accepted are %d", MG_GUESTS);
	else
		answer(h, c, q, &r);
	return send_response(c, &r);
}

static void
on_completed(
    void *context, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode why)
{
	struct mg_http *h = context;

	(void)why;
	free(*state);
	*state = NULL;
	mg_guests_turn(&h->web->guests, guest_of(c), false, mg_sys_now_ns());
}

static void
on_connection(
    void *context, struct MHD_Connection *c, void **guest, enum MHD_ConnectionNotificationCode what)
{
	struct mg_http *h = context;
	struct mg_guests *g = &h->web->guests;
	int fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;

	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		*guest = mg_guests_come(g, fd, mg_sys_now_ns());
	else
		mg_guests_go(g, *guest);
}

struct mg_http *
mg_http_start(struct mg_web *w)
{
	struct mg_http *h = calloc(1, sizeof *h);
	unsigned flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD |
			 MHD_USE_POLL | MHD_USE_ITC | (w->listen.is_v6 ? MHD_USE_IPv6 : 0);

	if (h == NULL)
		return NULL;
	h->web = w;
	h->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_request, h, MHD_OPTION_LISTEN_SOCKET,
	    w->listen.fd, MHD_OPTION_NOTIFY_COMPLETED, on_completed, h,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, h, MHD_OPTION_CONNECTION_LIMIT,
	    MG_GUESTS + MG_GUESTS_SPARE, MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_S,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_BYTES, MHD_OPTION_STRICT_FOR_CLIENT,
	    1, MHD_OPTION_END);
	if (h->daemon == NULL) {
		free(h);
		return NULL;
	}
	return h;
}

void
mg_http_stop(struct mg_http *h)
{
	MHD_stop_daemon(h->daemon);
	free(h);
}
