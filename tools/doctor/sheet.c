/* SPDX-License-Identifier: MIT */
#include "tools/doctor/sheet.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tools/common/human.h"
#include "tools/common/wrap.h"
#include "tools/doctor/breakdown.h"
#include "tools/doctor/kinds.h"

#define WIDTH 80
#define INDENT 12
#define BYTES(n) mg_human_bytes(n).text

/* The cursor stands in column INDENT. */
static void
print_wrapped(const char *text)
{
	mg_wrap_print(stdout, text, INDENT, WIDTH);
}

/* Without blanks at its end. */
__attribute__((format(printf, 1, 2))) static void
print_line(const char *fmt, ...)
{
	char line[256];
	size_t n;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	for (n = strlen(line); n > 0 && line[n - 1] == ' '; n--)
		;
	line[n] = '\0';
	puts(line);
}

__attribute__((format(printf, 2, 3))) static void
print_row(const char *name, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	mg_findings_clean(text, false);
	printf("  %-*s", INDENT - 2, name);
	print_wrapped(text);
}

static void
print_findings(const struct mg_findings *f, bool is_coloured)
{
	static const char *const colours[] = { "\033[32m", "\033[36m", "\033[33m", "\033[1;31m" };

	puts("\nFINDINGS");
	for (size_t i = 0; i < f->n; i++) {
		const struct mg_finding *x = &f->list[i];
		const char *line = x->command;

		printf("%s%-*s%s", is_coloured ? colours[x->level] : "", INDENT,
		    mg_finding_level_name(x->level), is_coloured ? "\033[0m" : "");
		print_wrapped(x->text);
		while (*line != '\0') {
			size_t n = strcspn(line, "\n");

			printf("%*s    %.*s\n", INDENT, "", (int)n, line);
			line += n + (line[n] == '\n');
		}
	}
}

static void
print_memory(const struct mg_machine *m)
{
	uint64_t used = m->total_bytes - m->available_bytes;

	if (m->total_bytes == 0) {
		print_row("memory", "unknown");
		return;
	}
	print_row("memory", "%s of %s in use, %u %%; %s available", BYTES(used),
	    BYTES(m->total_bytes), mg_machine_used_pct(m), BYTES(m->available_bytes));
	print_row("used for", "programs %s, shared %s, kernel %s; %s of cache give way",
	    BYTES(m->anonymous_bytes), BYTES(m->shared_bytes), BYTES(m->kernel_bytes),
	    BYTES(m->cache_bytes));
	if (m->swap_total_bytes == 0)
		print_row("swap", "none");
	else
		print_row("swap", "%s of %s in use, %u %%",
		    BYTES(m->swap_total_bytes - m->swap_free_bytes), BYTES(m->swap_total_bytes),
		    mg_findings_pct(m->swap_total_bytes - m->swap_free_bytes, m->swap_total_bytes));
	if (m->has_stall)
		print_row("waiting", "some task waited for memory in %u.%02u %% of the last 10 s",
		    m->stall_some / 100, m->stall_some % 100);
	else
		print_row("waiting", "unknown: the kernel does not say (PSI)");
}

static void
print_group(const struct mg_group *g)
{
	if (g->path[0] == '\0')
		print_row("cgroup", "unknown");
	else if (mg_group_tightest_bytes(g) == 0)
		print_row("cgroup", "%s: no limit", g->path);
	else
		print_row("cgroup", "%s: %s of %s in use, %u %%", g->path, BYTES(g->used_bytes),
		    BYTES(mg_group_tightest_bytes(g)), mg_group_used_pct(g));
}

static void
print_settings(const struct mg_settings *s)
{
	char overcommit[32] = "unknown", mappings[32] = "unknown", kills[32] = "unknown";

	if (s->has_overcommit)
		snprintf(overcommit, sizeof overcommit, "%lu", s->overcommit);
	if (s->most_mappings > 0)
		snprintf(mappings, sizeof mappings, "%lu", s->most_mappings);
	if (s->has_oom_kills)
		snprintf(kills, sizeof kills, "%lu", s->oom_kills);
	print_row("kernel", "OOM kills %s, huge pages %s, overcommit %s, max_map_count %s", kills,
	    mg_settings_huge_name(s->huge), overcommit, mappings);
}

static void
print_process(const struct mg_census_row *row, uint64_t total_bytes)
{
	const struct mg_kind *kind = mg_kinds_find(row->name);
	char name[sizeof row->name], typical[64] = "", ceiling[32] = "";

	memcpy(name, row->name, sizeof name);
	mg_findings_clean(name, false);
	if (kind != NULL)
		snprintf(typical, sizeof typical, "%s-%s", BYTES(kind->low_bytes),
		    BYTES(kind->high_bytes));
	if (row->has_stats && row->stats.values.heap_limit_bytes > 0)
		snprintf(ceiling, sizeof ceiling, "%s", BYTES(row->stats.values.heap_limit_bytes));
	else if (row->has_stats)
		snprintf(ceiling, sizeof ceiling, "none");
	print_line("%7d  %-20.20s  %6s  %3u %%  %-8s  %7s  %11s", row->pid, name,
	    BYTES(row->memory.rss_bytes), mg_findings_pct(row->memory.rss_bytes, total_bytes),
	    mg_governed_name(row->governed), ceiling, typical);
}

void
mg_sheet_machine(const struct mg_readings_machine *m, const struct mg_findings *f, bool is_coloured)
{
	puts("MACHINE");
	print_memory(&m->memory);
	print_group(&m->group);
	print_settings(&m->settings);
	print_row("governed", "%zu of %zu processes", m->census.governed, m->census.processes);
	puts("\nLARGEST PROCESSES");
	puts("    PID  NAME                     RSS  SHARE  GOVERNED  CEILING      TYPICAL");
	for (size_t i = 0; i < m->census.n; i++)
		print_process(&m->census.rows[i], m->memory.total_bytes);
	print_findings(f, is_coloured);
}

__attribute__((format(printf, 4, 5))) static void
print_part(const char *name, uint64_t bytes, const struct mg_breakdown *b, const char *fmt, ...)
{
	char more[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(more, sizeof more, fmt, ap);
	va_end(ap);
	print_line("  %-12s %6s  %3u %%  %s", name, BYTES(bytes),
	    mg_findings_pct(bytes, b->rss_bytes), more);
}

static void
print_breakdown(const struct mg_readings_process *p)
{
	struct mg_breakdown b = mg_breakdown_make(p);
	const char *rest = b.has_heap && p->is == MG_READINGS_NODE
			       ? "V8's heap, and what libraries map"
			   : b.has_heap && p->is == MG_READINGS_PYTHON && !p->has_arenas_in_malloc
			       ? "CPython's arenas, and what libraries map"
			   : b.has_heap ? "what malloc does not see"
					: "malloc's and all that is mapped without a file";

	if (b.has_heap)
		print_part("heap", b.heap_bytes, &b, "%s live, %s free, %s memgov's own",
		    BYTES(b.live_bytes), BYTES(b.free_bytes), BYTES(b.own_bytes));
	print_part(b.has_heap ? "beyond" : "anonymous", b.beyond_bytes, &b, "%s", rest);
	if (b.has_stacks)
		print_part("stacks", b.stack_bytes, &b, "threads: %u", p->memory.threads);
	print_part("files", b.file_bytes, &b, "code and data");
	print_part("shared", b.shared_bytes, &b, "%s", "");
	if (b.swap_bytes > 0)
		print_part("in swap", b.swap_bytes, &b, "not part of RSS");
	if (!b.has_stacks)
		printf("  (what is stacks, and what the program wrote to files' pages, is counted\n"
		       "  as anonymous: %s)\n",
		    strerror(-p->mappings_error));
}

void
mg_sheet_process(const struct mg_readings_process *p, const struct mg_findings *f, bool is_coloured)
{
	const struct mg_snapshot *s = &p->stats.values;
	struct mg_breakdown b = mg_breakdown_make(p);
	char name[64];

	snprintf(name, sizeof name, "%s", p->process.name);
	mg_findings_clean(name, false);
	printf("PROCESS %d, %s, of %s: %s of RSS, %s at most\n", p->process.pid, name,
	    p->owner[0] != '\0' ? p->owner : "unknown", BYTES(b.rss_bytes),
	    BYTES(p->memory.rss_peak_bytes));
	if (b.rss_bytes > 0)
		print_breakdown(p);
	if (b.has_heap)
		printf("  ceiling %s, footprint %s, at most %s; up %s\n",
		    s->heap_limit_bytes > 0 ? BYTES(s->heap_limit_bytes) : "none",
		    BYTES(s->heap_footprint_bytes), BYTES(s->heap_peak_bytes),
		    mg_human_span(s->uptime_ms).text);
	print_findings(f, is_coloured);
}
