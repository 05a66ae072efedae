/* SPDX-License-Identifier: MIT */
#include "tools/serve/orders.h"

#include "shim/base/sys.h"
#include "tools/common/json.h"
#include "tools/serve/ask.h"

#define SET_NS (10 * MG_NS_PER_S)
#define COMPACT_NS (60 * MG_NS_PER_S)

void
mg_orders_set(struct mg_web *w, const struct mg_board_process *p, const struct mg_post *order,
    struct mg_response *r)
{
	char request[MG_CLIENT_REQUEST_BYTES], text[sizeof order->name + sizeof order->value + 16];
	struct mg_client c;
	char *body;
	FILE *f;

	if (!order->has_name || !order->has_value) {
		mg_response_error(r, 400,
		    "%s is missing; accepted is {\"name\": \"heap_max\", \"value\": \"512M\"}",
		    order->has_name ? "value" : "name");
		return;
	}
	snprintf(request, sizeof request, "set %s %s", order->name, order->value);
	if (!mg_ask(w, p, request, SET_NS, &c, &body, r))
		return;
	mg_client_end(&c);
	f = mg_response_open(r, MG_RESPONSE_JSON);
	if (f == NULL)
		return;
	snprintf(text, sizeof text, "%s is now %s", order->name, order->value);
	fputs("{\"ok\": true, \"text\": ", f);
	mg_json_write_text(f, text);
	fputs("}\n", f);
	mg_response_close(r, f);
}

void
mg_orders_compact(struct mg_web *w, const struct mg_board_process *p, const struct mg_post *order,
    struct mg_response *r)
{
	uint64_t yield_bytes, took_ns;
	struct mg_client c;
	bool is_told;
	char *body;
	FILE *f;

	if (order->has_name || order->has_value) {
		mg_response_error(r, 400, "accepted is {} or {\"aggressive\": true}");
		return;
	}
	if (!mg_ask(w, p, order->is_aggressive ? "compact aggressive" : "compact", COMPACT_NS, &c,
		&body, r))
		return;
	is_told = mg_reply_parse_compact(body, &yield_bytes, &took_ns);
	mg_client_end(&c);
	f = mg_response_open(r, MG_RESPONSE_JSON);
	if (f == NULL)
		return;
	fputs("{\"ok\": true", f);
	if (is_told)
		fprintf(f, ", \"yield_bytes\": %lu, \"took_ns\": %lu", yield_bytes, took_ns);
	fputs("}\n", f);
	mg_response_close(r, f);
}
