/* SPDX-License-Identifier: MIT */
#include "tools/doctor/sheet.h"

#include <stdio.h>

#include "tools/common/json.h"
#include "tools/doctor/breakdown.h"

/* Between the members of what is open: a comma, or nothing before the first. */
struct json {
	const char *before;
};

static void
print_name(struct json *j, const char *name)
{
	printf("%s\"%s\":", j->before, name);
	j->before = ",";
}

static void
number(struct json *j, const char *name, uint64_t v)
{
	print_name(j, name);
	printf("%lu", v);
}

static void
text(struct json *j, const char *name, const char *v)
{
	if (v[0] == '\0')
		return;
	print_name(j, name);
	mg_json_print_text(v);
}

static void
begin(struct json *j, const char *name, char bracket)
{
	print_name(j, name);
	putchar(bracket);
	j->before = "";
}

static void
end(struct json *j, char bracket)
{
	putchar(bracket);
	j->before = ",";
}

static void
print_machine(struct json *j, const struct mg_machine *m, const struct mg_settings *s)
{
	begin(j, "machine", '{');
	if (m->total_bytes > 0) {
		number(j, "total_bytes", m->total_bytes);
		number(j, "available_bytes", m->available_bytes);
		number(j, "used_pct", mg_machine_used_pct(m));
		number(j, "anonymous_bytes", m->anonymous_bytes);
		number(j, "shared_bytes", m->shared_bytes);
		number(j, "kernel_bytes", m->kernel_bytes);
		number(j, "cache_bytes", m->cache_bytes);
		number(j, "swap_total_bytes", m->swap_total_bytes);
		number(j, "swap_free_bytes", m->swap_free_bytes);
	}
	if (m->has_stall)
		number(j, "stall_some_hundredths_pct", m->stall_some);
	if (s->huge != MG_SETTINGS_HUGE_UNKNOWN)
		text(j, "huge_pages", mg_settings_huge_name(s->huge));
	if (s->has_overcommit)
		number(j, "overcommit", s->overcommit);
	if (s->most_mappings > 0)
		number(j, "max_map_count", s->most_mappings);
	if (s->has_oom_kills)
		number(j, "oom_kills", s->oom_kills);
	end(j, '}');
}

static void
print_group(struct json *j, const struct mg_group *g)
{
	if (g->path[0] == '\0')
		return;
	begin(j, "cgroup", '{');
	text(j, "path", g->path);
	text(j, "unit", g->unit);
	if (g->limit_bytes > 0)
		number(j, "limit_bytes", g->limit_bytes);
	if (g->slow_bytes > 0)
		number(j, "high_bytes", g->slow_bytes);
	if (mg_group_tightest_bytes(g) > 0)
		number(j, "used_bytes", g->used_bytes);
	if (g->has_oom_kills)
		number(j, "oom_kills", g->oom_kills);
	end(j, '}');
}

static void
print_findings(struct json *j, const struct mg_findings *f)
{
	begin(j, "findings", '[');
	for (size_t i = 0; i < f->n; i++) {
		fputs(i > 0 ? ",{" : "{", stdout);
		j->before = "";
		text(j, "level", mg_finding_level_name(f->list[i].level));
		text(j, "id", f->list[i].id);
		text(j, "text", f->list[i].text);
		text(j, "command", f->list[i].command);
		end(j, '}');
	}
	end(j, ']');
}

static void
print_row(struct json *j, const struct mg_census_row *row)
{
	j->before = "";
	number(j, "pid", (uint64_t)row->pid);
	text(j, "name", row->name);
	number(j, "rss_bytes", row->memory.rss_bytes);
	number(j, "swap_bytes", row->memory.swap_bytes);
	text(j, "governed", mg_governed_name(row->governed));
	if (row->has_stats) {
		number(j, "heap_limit_bytes", row->stats.values.heap_limit_bytes);
		number(j, "heap_footprint_bytes", row->stats.values.heap_footprint_bytes);
		number(j, "refused_allocs", row->stats.values.refused_allocs);
	}
}

void
mg_sheet_json_machine(const struct mg_readings_machine *m, const struct mg_findings *f)
{
	struct json j = { "" };

	putchar('{');
	print_machine(&j, &m->memory, &m->settings);
	print_group(&j, &m->group);
	number(&j, "processes", m->census.processes);
	number(&j, "governed", m->census.governed);
	begin(&j, "largest", '[');
	for (size_t i = 0; i < m->census.n; i++) {
		fputs(i > 0 ? ",{" : "{", stdout);
		print_row(&j, &m->census.rows[i]);
		end(&j, '}');
	}
	end(&j, ']');
	print_findings(&j, f);
	puts("}");
}

static void
print_breakdown(struct json *j, const struct mg_readings_process *p)
{
	struct mg_breakdown b = mg_breakdown_make(p);

	number(j, "rss_bytes", b.rss_bytes);
	if (b.has_heap) {
		number(j, "heap_bytes", b.heap_bytes);
		number(j, "live_bytes", b.live_bytes);
		number(j, "free_bytes", b.free_bytes);
		number(j, "own_bytes", b.own_bytes);
		number(j, "heap_limit_bytes", p->stats.values.heap_limit_bytes);
		number(j, "refused_allocs", p->stats.values.refused_allocs);
	}
	number(j, b.has_heap ? "beyond_bytes" : "anonymous_bytes", b.beyond_bytes);
	if (b.has_stacks)
		number(j, "stack_bytes", b.stack_bytes);
	number(j, "file_bytes", b.file_bytes);
	number(j, "shared_bytes", b.shared_bytes);
	number(j, "swap_bytes", b.swap_bytes);
	if (b.has_stacks) {
		number(j, "huge_bytes", p->mappings.huge_bytes);
		number(j, "mappings", p->mappings.count);
	}
	number(j, "locked_bytes", p->memory.locked_bytes);
}

void
mg_sheet_json_process(const struct mg_readings_process *p, const struct mg_findings *f)
{
	struct json j = { "" };

	putchar('{');
	begin(&j, "process", '{');
	number(&j, "pid", (uint64_t)p->process.pid);
	text(&j, "name", p->process.name);
	text(&j, "program", p->program);
	text(&j, "owner", p->owner);
	text(&j, "governed", mg_governed_name(p->governed));
	print_breakdown(&j, p);
	if (p->stats.has[MG_REPLY_STAT_leak_suspects])
		number(&j, "leak_suspects", p->stats.values.leak_suspects);
	text(&j, "largest_holder", p->holders.largest.line);
	text(&j, "worst_suspect", p->holders.suspect.line);
	end(&j, '}');
	print_group(&j, &p->group);
	print_machine(&j, &p->memory_of_machine, &p->settings);
	print_findings(&j, f);
	puts("}");
}
