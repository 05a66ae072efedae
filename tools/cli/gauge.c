/* SPDX-License-Identifier: MIT */
#include "tools/cli/gauge.h"

#include <stdio.h>
#include <unistd.h>

#include "shim/base/kernel.h"
#include "shim/base/sys.h"
#include "tools/common/reply.h"

#define INTERVAL_NS (250 * MG_NS_PER_MS)
#define ANSWER_NS (500 * MG_NS_PER_MS)
/* The governor starts with the program; a busy machine may keep it waiting. */
#define PATIENCE_NS (3 * MG_NS_PER_S)

void
mg_gauge_begin(struct mg_gauge *g, int pid, uint64_t now_ns)
{
	mg_gauge_end(g);
	g->pid = pid;
	g->heard_ns = g->next_ns = now_ns;
}

void
mg_gauge_end(struct mg_gauge *g)
{
	mg_client_end(&g->client);
	if (g->socket.pid != 0)
		mg_sockets_remove_stale(&g->socket);
	g->socket.pid = 0;
}

struct pollfd
mg_gauge_poll(const struct mg_gauge *g, uint64_t *until_ns_out)
{
	*until_ns_out = g->client.busy ? g->client.deadline_ns : g->next_ns;
	return (struct pollfd){ .fd = g->client.busy ? g->client.fd : -1,
		.events = g->client.busy ? mg_client_events(&g->client) : 0 };
}

static bool
find_socket(struct mg_gauge *g)
{
	struct mg_sockets all = { 0 };
	const struct mg_socket *s;

	if (g->socket.pid != 0)
		return true;
	mg_sockets_list(&all);
	s = mg_sockets_find(&all, g->pid);
	if (s != NULL)
		g->socket = *s;
	mg_sockets_free(&all);
	return g->socket.pid != 0;
}

/* The kernel's figure, which is what the socket would have said. */
static bool
read_proc(struct mg_gauge *g, uint64_t now_ns, uint64_t *rss_bytes_out)
{
	char path[40], text[128];

	g->socket.pid = 0;
	g->next_ns = now_ns + INTERVAL_NS;
	if (!g->told && now_ns - g->heard_ns > PATIENCE_NS) {
		fprintf(stderr,
		    "memgov: process %d has no socket that answers; its RSS is read from /proc "
		    "instead\n",
		    g->pid);
		g->told = true;
	}
	snprintf(path, sizeof path, "/proc/%d/statm", g->pid);
	return mg_sys_read_file(path, text, sizeof text) > 0 &&
	       mg_kernel_parse_statm(text, (uint64_t)sysconf(_SC_PAGESIZE), rss_bytes_out);
}

static bool
take_answer(struct mg_gauge *g, uint64_t now_ns, uint64_t *rss_bytes_out)
{
	struct mg_reply_stats stats = { 0 };
	char *body;

	if (g->client.result != 0 || mg_reply_open(g->client.reply, &body) != 0)
		return read_proc(g, now_ns, rss_bytes_out);
	mg_reply_parse_stats(body, &stats);
	if (!stats.has[MG_REPLY_STAT_rss_bytes])
		return read_proc(g, now_ns, rss_bytes_out);
	g->heard_ns = now_ns;
	g->next_ns = now_ns + INTERVAL_NS;
	*rss_bytes_out = stats.values.rss_bytes;
	return true;
}

bool
mg_gauge_step(struct mg_gauge *g, uint64_t now_ns, uint64_t *rss_bytes_out)
{
	if (!g->client.busy) {
		if (now_ns < g->next_ns)
			return false;
		if (!find_socket(g) ||
		    mg_client_start(&g->client, g->socket.path, "stats", now_ns + ANSWER_NS) != 0)
			return read_proc(g, now_ns, rss_bytes_out);
	}
	return mg_client_step(&g->client, now_ns) && take_answer(g, now_ns, rss_bytes_out);
}
