/* SPDX-License-Identifier: MIT */
#include "tools/serve/metrics.h"

#include "shim/tables/emit.h"
#include "tools/common/machine.h"

#define LINE 1024 /* the longest has every byte of its labels escaped */

/* Labels stand in every line, and what is the machine's is read from it. */
static bool
is_of_process(size_t i)
{
	switch (i) {
	case MG_REPLY_STAT_pid:
	case MG_REPLY_STAT_command:
	case MG_REPLY_STAT_system_total_bytes:
	case MG_REPLY_STAT_system_available_bytes:
	case MG_REPLY_STAT_swap_total_bytes:
	case MG_REPLY_STAT_swap_free_bytes:
	case MG_REPLY_STAT_stall_pct: return false;
	default: return true;
	}
}

static void
write_head(size_t i, FILE *f)
{
	char line[LINE];
	struct mg_text t;

	mg_text_init(&t, line, sizeof line);
	mg_emit_metric_head(&t, &mg_snapshot_stats[i]);
	fputs(line, f);
}

static void
write_sample(const struct mg_emit_who *who, const struct mg_snapshot *s, size_t i, FILE *f)
{
	char line[LINE];
	struct mg_text t;

	mg_text_init(&t, line, sizeof line);
	mg_emit_metric_sample(&t, who, s, &mg_snapshot_stats[i]);
	fputs(line, f);
}

static struct mg_emit_who
who_is(const struct mg_board_process *p)
{
	return (struct mg_emit_who){ (uint64_t)p->socket.pid, p->name, p->user };
}

/* What nobody told has no head either. */
static void
write_row(const struct mg_board *b, size_t i, FILE *f)
{
	bool has_head = false;

	for (size_t j = 0; j < b->n; j++) {
		const struct mg_board_process *p = &b->list[j];
		struct mg_emit_who who = who_is(p);

		if (p->health == MG_HEALTH_ENDED || !p->stats.has[i])
			continue;
		if (!has_head)
			write_head(i, f);
		has_head = true;
		write_sample(&who, &p->stats.values, i, f);
	}
}

static void
write_machine(FILE *f)
{
	struct mg_snapshot s = { 0 };
	struct mg_machine m;

	mg_machine_read(&m);
	s.system_total_bytes = m.total_bytes;
	s.system_available_bytes = m.available_bytes;
	s.swap_total_bytes = m.swap_total_bytes;
	s.swap_free_bytes = m.swap_free_bytes;
	s.stall_pct = m.stall_some / 100;
	for (size_t i = 0; i < MG_REPLY_STATS; i++) {
		if (is_of_process(i) || i == MG_REPLY_STAT_pid || i == MG_REPLY_STAT_command ||
		    (i == MG_REPLY_STAT_stall_pct && !m.has_stall))
			continue;
		write_head(i, f);
		write_sample(NULL, &s, i, f);
	}
}

static void
write_up(const struct mg_board *b, FILE *f)
{
	size_t n = 0;

	fputs("# HELP memgov_up The process has answered; 0: it is stopped, or silent, and its "
	      "figures are the last ones it told.\n# TYPE memgov_up gauge\n",
	    f);
	for (size_t i = 0; i < b->n; i++) {
		struct mg_emit_who who = who_is(&b->list[i]);
		char line[LINE];
		struct mg_text t;

		if (b->list[i].health == MG_HEALTH_ENDED)
			continue;
		n++;
		mg_text_init(&t, line, sizeof line);
		mg_emit_metric_labels(&t, &who);
		fprintf(f, "memgov_up{%s} %d\n", line, b->list[i].health == MG_HEALTH_ANSWERS);
	}
	fprintf(f,
	    "# HELP memgov_processes Governed processes that were found.\n"
	    "# TYPE memgov_processes gauge\nmemgov_processes %zu\n",
	    n);
}

void
mg_metrics_write(const struct mg_board *b, uint64_t took_ns, struct mg_response *r)
{
	FILE *f = mg_response_open(r, MG_METRICS_TYPE);

	if (f == NULL)
		return;
	write_up(b, f);
	for (size_t i = 0; i < MG_REPLY_STATS; i++)
		if (is_of_process(i))
			write_row(b, i, f);
	write_machine(f);
	fprintf(f,
	    "# HELP memgov_serve_scrape_seconds How long it took to ask the processes.\n"
	    "# TYPE memgov_serve_scrape_seconds gauge\nmemgov_serve_scrape_seconds %.6f\n",
	    (double)took_ns / 1e9);
	mg_response_close(r, f);
}
