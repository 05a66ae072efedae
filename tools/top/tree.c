/* SPDX-License-Identifier: MIT */
#include "tools/top/tree.h"

#include <stdlib.h>
#include <string.h>

#define NONE SIZE_MAX
#define RAILS 64
#define CELLS_PER_LEVEL 2

struct node {
	struct mg_proc *proc;
	size_t parent, child, last, next; /* indexes of nodes, or NONE */
	size_t below;                     /* all of its descendants */
	unsigned depth;
	uint64_t rails;
};

static size_t
index_of(struct mg_proc *const *rows, size_t n, int pid)
{
	for (size_t i = 0; pid > 0 && i < n; i++)
		if (rows[i]->pid == pid)
			return i;
	return NONE;
}

/* Process ids are used again, so that two processes may each claim to descend from the other. Both
 * are to be seen. */
static void
cut_loop(struct node *nodes, size_t n, size_t i)
{
	size_t up = nodes[i].parent;

	for (size_t steps = 0; steps < n && up != NONE && up != i; steps++)
		up = nodes[up].parent;
	if (up == i)
		nodes[i].parent = NONE;
}

static void
append_child(struct node *nodes, size_t i)
{
	struct node *parent = &nodes[nodes[i].parent];

	if (parent->child == NONE)
		parent->child = i;
	else
		nodes[parent->last].next = i;
	parent->last = i;
}

static void
link_nodes(struct node *nodes, struct mg_proc *const *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		nodes[i] = (struct node){ .proc = rows[i],
			.parent = index_of(rows, n, mg_procs_parent(rows[i])),
			.child = NONE,
			.last = NONE,
			.next = NONE };
	for (size_t i = 0; i < n; i++)
		cut_loop(nodes, n, i);
	for (size_t i = 0; i < n; i++) {
		if (nodes[i].parent != NONE)
			append_child(nodes, i);
		for (size_t up = nodes[i].parent; up != NONE; up = nodes[up].parent)
			nodes[up].below++;
	}
}

static void
enter_child(struct node *nodes, size_t child)
{
	const struct node *parent = &nodes[nodes[child].parent];
	bool goes_on = parent->depth > 0 && parent->next != NONE && parent->depth < RAILS;

	nodes[child].depth = parent->depth + 1;
	nodes[child].rails = parent->rails | (goes_on ? 1ull << parent->depth : 0);
}

static size_t
emit(const struct node *node, struct mg_proc **rows, struct mg_tree_place *places, size_t n)
{
	rows[n] = node->proc;
	places[n] = (struct mg_tree_place){ .depth = node->depth,
		.rails = node->rails,
		.is_last = node->next == NONE,
		.hidden = node->proc->is_folded ? node->below : 0 };
	return n + 1;
}

/* The row that comes behind this one and all that is below it; NONE at the end of the root's. */
static size_t
next_beside(const struct node *nodes, size_t i)
{
	while (nodes[i].parent != NONE && nodes[i].next == NONE)
		i = nodes[i].parent;
	return nodes[i].parent != NONE ? nodes[i].next : NONE;
}

static size_t
emit_tree(struct node *nodes, size_t root, struct mg_proc **rows, struct mg_tree_place *places,
    size_t out)
{
	for (size_t i = root; i != NONE;) {
		bool goes_down = nodes[i].child != NONE && !nodes[i].proc->is_folded;

		if (nodes[i].parent != NONE)
			enter_child(nodes, i);
		out = emit(&nodes[i], rows, places, out);
		i = goes_down ? nodes[i].child : next_beside(nodes, i);
	}
	return out;
}

size_t
mg_tree_order(struct mg_proc **rows, struct mg_tree_place *places, size_t n)
{
	struct node *nodes = malloc((n > 0 ? n : 1) * sizeof *nodes);
	size_t out = 0;

	if (nodes == NULL)
		return 0;
	link_nodes(nodes, rows, n);
	for (size_t i = 0; i < n; i++)
		if (nodes[i].parent == NONE)
			out = emit_tree(nodes, i, rows, places, out);
	free(nodes);
	return out;
}

int
mg_tree_indent(const struct mg_tree_place *place)
{
	return (int)place->depth * CELLS_PER_LEVEL;
}

int
mg_tree_draw(const struct mg_tree_place *place, struct mg_canvas *c, int row, int col, int n)
{
	int end = col + n;

	for (unsigned d = 1; d < place->depth && col < end; d++, col += CELLS_PER_LEVEL)
		if (d < RAILS && (place->rails >> d & 1) != 0)
			mg_canvas_glyph(c, row, col, MG_STYLE_DIM, 0x2502);
	if (place->depth == 0 || col + 1 >= end)
		return col < end ? col : end;
	mg_canvas_glyph(c, row, col, MG_STYLE_DIM, place->is_last ? 0x2514 : 0x251c);
	mg_canvas_glyph(c, row, col + 1, MG_STYLE_DIM, 0x2500);
	return col + CELLS_PER_LEVEL;
}
