/* SPDX-License-Identifier: MIT */
#include "tools/top/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/top/chart.h"

void
mg_table_init(struct mg_table *t)
{
	mg_table_sort_by(t, MG_COLUMN_ID_heap);
}

void
mg_table_free(struct mg_table *t)
{
	free(t->rows);
	*t = (struct mg_table){ 0 };
}

void
mg_table_sort_by(struct mg_table *t, enum mg_column_id id)
{
	enum mg_column_form form = mg_columns[id].form;

	t->sort = id;
	t->descending = form != MG_COLUMN_NAME && form != MG_COLUMN_STATE && id != MG_COLUMN_ID_pid;
}

static bool
passes(const struct mg_table *t, const struct mg_proc *p)
{
	char pid[12];

	if (t->filter[0] == '\0')
		return true;
	snprintf(pid, sizeof pid, "%d", p->pid);
	return strcasestr(mg_procs_command(p), t->filter) != NULL ||
	       strncmp(pid, t->filter, strlen(t->filter)) == 0;
}

static int
compare(const void *a, const void *b, void *table)
{
	const struct mg_proc *x = *(struct mg_proc *const *)a, *y = *(struct mg_proc *const *)b;
	const struct mg_table *t = table;
	int order = mg_columns_compare(x, y, t->sort);

	if (order == 0)
		return mg_columns_compare(x, y, MG_COLUMN_ID_pid);
	return t->descending ? -order : order;
}

static void
select_row(struct mg_table *t, size_t row)
{
	t->selected = row;
	t->selected_pid = t->rows[row]->pid;
}

/* Onto its process, wherever that is now; when it has gone, onto what is in its place. */
static void
select_again(struct mg_table *t)
{
	size_t last = t->n - 1;

	if (t->n == 0)
		return;
	for (size_t i = 0; i < t->n; i++) {
		if (t->rows[i]->pid == t->selected_pid) {
			t->selected = i;
			return;
		}
	}
	select_row(t, t->selected < last ? t->selected : last);
}

void
mg_table_update(struct mg_table *t, const struct mg_procs *procs)
{
	t->n = 0;
	if (procs->n > t->cap) {
		struct mg_proc **rows = realloc(t->rows, procs->cap * sizeof(struct mg_proc *));

		if (rows == NULL)
			return;
		t->rows = rows;
		t->cap = procs->cap;
	}
	for (size_t i = 0; i < procs->n; i++)
		if (passes(t, procs->list[i]))
			t->rows[t->n++] = procs->list[i];
	if (t->n > 1)
		qsort_r(t->rows, t->n, sizeof(struct mg_proc *), compare, t);
	select_again(t);
}

void
mg_table_move(struct mg_table *t, long by)
{
	long i = (long)t->selected + by, last = (long)t->n - 1;

	if (t->n > 0)
		select_row(t, (size_t)(i < 0 ? 0 : i > last ? last : i));
}

enum mg_style
mg_table_state_style(const struct mg_proc *p)
{
	const char *state = mg_procs_state(p);

	if (p->health == MG_HEALTH_SILENT || strcmp(state, "at-limit") == 0)
		return MG_STYLE_BAD;
	if (p->health == MG_HEALTH_STOPPED || strcmp(state, "pressure") == 0)
		return MG_STYLE_WARN;
	return strcmp(state, "active") == 0 ? MG_STYLE_GOOD : MG_STYLE_DIM;
}

/* A bar in brackets is measured against the process's ceiling; one without, against the largest
 * process. */
void
mg_table_draw_bar(
    const struct mg_proc *p, struct mg_canvas *c, int row, int col, int width, uint64_t largest)
{
	uint64_t footprint = mg_procs_number(p, MG_REPLY_STAT_heap_footprint_bytes);
	uint64_t live = mg_procs_number(p, MG_REPLY_STAT_live_bytes);
	uint64_t cached = mg_procs_number(p, MG_REPLY_STAT_cached_bytes);
	uint64_t parked = mg_procs_number(p, MG_REPLY_STAT_parked_bytes);
	uint64_t limit = mg_procs_number(p, MG_REPLY_STAT_heap_limit_bytes);
	uint64_t known = live + cached + parked;
	struct mg_chart_part parts[] = {
		{ live, MG_STYLE_LIVE, 0x2588 },
		{ cached, MG_STYLE_CACHED, 0x2593 },
		{ parked, MG_STYLE_PARKED, 0x2592 },
		{ footprint > known ? footprint - known : 0, MG_STYLE_DIM, 0x2591 },
	};

	if (limit > 0 && width > 4) {
		mg_canvas_put(c, row, col, MG_STYLE_DIM, "[");
		mg_canvas_put(c, row, col + width - 1, MG_STYLE_DIM, "]");
	}
	mg_chart_bar(c, row, col + 1, width - 2, parts, 4, limit > 0 ? limit : largest);
}

static enum mg_style
cell_style(const struct mg_proc *p, enum mg_column_id id)
{
	if (p->health == MG_HEALTH_ENDED)
		return MG_STYLE_DIM;
	if ((id == MG_COLUMN_ID_refused || id == MG_COLUMN_ID_leaks) &&
	    mg_procs_number(p, mg_columns[id].stat) > 0)
		return MG_STYLE_BAD;
	return id == MG_COLUMN_ID_command ? MG_STYLE_STRONG : MG_STYLE_PLAIN;
}

static void
draw_cell(const struct mg_proc *p, enum mg_column_id id, struct mg_canvas *c, int row, int col,
    int width, uint64_t largest)
{
	enum mg_column_form form = mg_columns[id].form;
	char buf[80];
	struct mg_text t;

	if (form == MG_COLUMN_BAR) {
		mg_table_draw_bar(p, c, row, col, width, largest);
		return;
	}
	if (form == MG_COLUMN_TREND) {
		mg_chart_spark(c, row, col, width, p->trend, p->n_trend);
		return;
	}
	mg_text_init(&t, buf, sizeof buf);
	mg_columns_print(p, id, &t);
	if (form == MG_COLUMN_STATE)
		mg_canvas_put_n(c, row, col, width, mg_table_state_style(p), buf);
	else if (form == MG_COLUMN_NAME)
		mg_canvas_put_cut(c, row, col, width, cell_style(p, id), buf);
	else
		mg_canvas_put_right(c, row, col, width, cell_style(p, id), buf);
}

/* The arrow stands in the blank beside the title, so that no column needs room for it. */
static void
draw_title(const struct mg_table *t, struct mg_canvas *c, int row, enum mg_column_id id, int col,
    int width)
{
	bool left = mg_columns[id].form <= MG_COLUMN_BAR || mg_columns[id].form == MG_COLUMN_TREND;
	int n = (int)strlen(mg_columns_title(id)), at = left ? col : col + width - n;

	mg_canvas_put(c, row, at, MG_STYLE_HEADING, mg_columns_title(id));
	if (id == t->sort)
		mg_canvas_glyph(c, row, left ? at + n : at - 1, MG_STYLE_HEADING,
		    t->descending ? 0x25bc : 0x25b2);
}

static void
scroll(struct mg_table *t, size_t height)
{
	if (t->selected < t->top)
		t->top = t->selected;
	if (t->selected >= t->top + height)
		t->top = t->selected - height + 1;
	if (t->top + height > t->n)
		t->top = t->n > height ? t->n - height : 0;
}

void
mg_table_draw(struct mg_table *t, struct mg_canvas *c, int row, int height, bool with_selection)
{
	struct mg_column_layout layout;
	uint64_t largest = 0;

	if (height < 2)
		return;
	for (size_t i = 0; i < t->n; i++) {
		uint64_t footprint =
		    mg_procs_number(t->rows[i], MG_REPLY_STAT_heap_footprint_bytes);

		largest = footprint > largest ? footprint : largest;
	}
	mg_columns_layout(&layout, t->rows, t->n, c->width, t->skip, t->sort);
	mg_canvas_paint(c, row, 0, c->width, MG_STYLE_HEADING);
	for (size_t i = 0; i < layout.n; i++)
		draw_title(
		    t, c, row, layout.shown[i].id, layout.shown[i].col, layout.shown[i].width);
	scroll(t, (size_t)height - 1);
	for (size_t r = t->top; r < t->n && r - t->top < (size_t)height - 1; r++) {
		int y = row + 1 + (int)(r - t->top);

		for (size_t i = 0; i < layout.n; i++)
			draw_cell(t->rows[r], layout.shown[i].id, c, y, layout.shown[i].col,
			    layout.shown[i].width, largest);
		if (with_selection && t->rows[r]->pid == t->selected_pid)
			mg_canvas_select(c, y, 0, c->width);
	}
}
