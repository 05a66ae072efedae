/* SPDX-License-Identifier: MIT */
#include "tools/doctor/holders.h"

#include "shim/base/sys.h"
#include "tools/common/client.h"
#include "tools/common/reply.h"
#include "tools/common/stacks.h"

#define TIMEOUT_NS (10 * MG_NS_PER_S)

static void
describe(const struct mg_stacks_site *site, struct mg_holder *out)
{
	double rate = site->trend.bytes_per_minute;

	mg_stacks_print_line(&site->lines[site->culprit], out->line, sizeof out->line);
	out->live_bytes = site->live_bytes;
	out->bytes_per_minute = rate > 0 && rate < 1e18 ? (uint64_t)rate : 0;
}

static void
choose(const struct mg_stacks *st, struct mg_holders *out)
{
	const struct mg_stacks_site *largest = NULL;

	if (st->sites == NULL)
		return;
	for (size_t i = 0; i < st->n; i++)
		if (largest == NULL || st->sites[i].live_bytes > largest->live_bytes)
			largest = &st->sites[i];
	if (largest != NULL && largest->live_bytes > 0)
		describe(largest, &out->largest);
	/* Suspects are first. */
	if (st->n > 0 && st->sites[0].trend.verdict == MG_TREND_SUSPECT)
		describe(&st->sites[0], &out->suspect);
}

void
mg_holders_read(const struct mg_socket *s, struct mg_holders *out)
{
	struct mg_symbols *symbols = NULL;
	struct mg_profile profile = { 0 };
	struct mg_stacks stacks = { 0 };
	struct mg_client c = { 0 };
	char *body;

	if (mg_client_ask(&c, s->path, "profile", TIMEOUT_NS) != 0 ||
	    mg_reply_open(c.reply, &body) != 0 || mg_profile_parse(body, &profile) != 0)
		goto out;
	symbols = mg_symbols_open(s->pid);
	if (symbols != NULL && mg_stacks_make(&profile, symbols, &stacks) == 0)
		choose(&stacks, out);
	mg_stacks_free(&stacks);
	mg_profile_free(&profile);
out:
	if (symbols != NULL)
		mg_symbols_close(symbols);
	mg_client_end(&c);
}
