/* SPDX-License-Identifier: MIT */
#include "tools/serve/response.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tools/common/json.h"

static const char no_memory[] = "{\"error\": \"memgov serve has no memory left for this\"}\n";

static void
be_out_of_memory(struct mg_response *r)
{
	mg_response_free(r);
	*r = (struct mg_response){
		.status = 503,
		.type = MG_RESPONSE_JSON,
		.body = (char *)no_memory,
		.n = sizeof no_memory - 1,
		.is_static = true,
	};
}

FILE *
mg_response_open(struct mg_response *r, const char *type)
{
	FILE *f;

	*r = (struct mg_response){ .status = 200, .type = type };
	f = open_memstream(&r->body, &r->n);
	if (f == NULL)
		be_out_of_memory(r);
	return f;
}

void
mg_response_close(struct mg_response *r, FILE *f)
{
	bool failed = ferror(f);

	if (fclose(f) != 0 || failed)
		be_out_of_memory(r);
}

void
mg_response_fail(struct mg_response *r, FILE *f)
{
	fclose(f);
	be_out_of_memory(r);
}

void
mg_response_error(struct mg_response *r, unsigned status, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	FILE *f;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	f = mg_response_open(r, MG_RESPONSE_JSON);
	if (f == NULL)
		return;
	fputs("{\"error\": ", f);
	mg_json_write_text(f, text);
	fputs("}\n", f);
	mg_response_close(r, f);
	if (!r->is_static)
		r->status = status;
}

void
mg_response_free(struct mg_response *r)
{
	if (!r->is_static)
		free(r->body);
	r->body = NULL;
}
