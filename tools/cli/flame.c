/* SPDX-License-Identifier: MIT */
#include "tools/cli/flame.h"

#include <stdlib.h>
#include <string.h>

#include "shim/base/text.h"
#include "shim/tables/version.h"
#include "tools/cli/folded.h"
#include "tools/cli/need.h"
#include "tools/common/stacks.h"

#define WIDTH 1200.0
#define MARGIN 10
#define HEAD 40
#define ROW 17
#define LETTER 7.0 /* about what one takes */
#define LEAST 0.4  /* narrower ones would not be seen */

struct node {
	const char *name, *module; /* of the symbols: equal ones are one */
	uint64_t bytes, blocks;
	struct node *children, *next; /* by bytes, in the end */
};

static struct node *
child_of(struct node *parent, const char *name, const char *module)
{
	struct node *c = parent->children;

	while (c != NULL && (c->name != name || c->module != module))
		c = c->next;
	if (c == NULL) {
		c = mg_need_zeroed(1, sizeof *c);
		*c = (struct node){ .name = name, .module = module, .next = parent->children };
		parent->children = c;
	}
	return c;
}

static void
add_site(const struct mg_export *e, struct node *root, const struct mg_stacks_site *s)
{
	uint64_t bytes = e->is_alloc ? s->alloc_bytes : s->live_bytes;
	uint64_t blocks = e->is_alloc ? s->alloc_blocks : s->live_blocks;
	struct node *at = root;
	char name[512];

	root->bytes += bytes;
	root->blocks += blocks;
	for (size_t i = s->n_lines; i-- > 0;) {
		mg_folded_name(&s->lines[i], name, sizeof name);
		at = child_of(at, mg_symbols_string(e->symbols, name), s->lines[i].module);
		at->bytes += bytes;
		at->blocks += blocks;
	}
}

/* The list of children, the largest first. */
static void
sort_children(struct node *n)
{
	struct node *sorted = NULL, *next;

	for (struct node *c = n->children; c != NULL; c = next) {
		struct node **to = &sorted;

		next = c->next;
		while (*to != NULL && (*to)->bytes >= c->bytes)
			to = &(*to)->next;
		c->next = *to;
		*to = c;
		sort_children(c);
	}
	n->children = sorted;
}

static int
depth_of(const struct node *n, double scale)
{
	int deepest = 0;

	for (const struct node *c = n->children; c != NULL; c = c->next) {
		int d = (double)c->bytes * scale >= LEAST ? depth_of(c, scale) + 1 : 0;

		deepest = d > deepest ? d : deepest;
	}
	return deepest;
}

static void
free_children(struct node *n)
{
	struct node *next;

	for (struct node *c = n->children; c != NULL; c = next) {
		next = c->next;
		free_children(c);
		free(c);
	}
}

/* As text of XML, at most `most` bytes of the name. */
static void
write_text(const char *s, size_t most, FILE *out)
{
	size_t n;

	for (; *s != '\0' && most > 0; s += n, most -= n < most ? n : most) {
		n = mg_text_utf8_length(s);
		if (n == 0) {
			putc('?', out);
			n = 1;
		} else if (strchr("&<>\"", *s) != NULL) {
			fprintf(out, "&#%d;", *s);
		} else {
			fwrite(s, 1, n, out);
		}
	}
}

/* Functions of one module have one hue. */
static unsigned
hue_of(const char *module)
{
	unsigned h = 2166136261u;

	for (; *module != '\0'; module++)
		h = (h ^ (unsigned char)*module) * 16777619u;
	return h % 360;
}

struct picture {
	FILE *out;
	double scale; /* pixels a byte */
	uint64_t all;
	int height;
};

static void
write_box(const struct picture *p, const struct node *n, double x, int depth)
{
	double width = (double)n->bytes * p->scale;
	size_t letters = width > 3 * LETTER ? (size_t)((width - 4) / LETTER) : 0;
	int y = p->height - MARGIN - (depth + 1) * ROW;
	char bytes[16];
	struct mg_text t;

	mg_text_init(&t, bytes, sizeof bytes);
	mg_text_add_human(&t, n->bytes);
	fputs("<g><title>", p->out);
	write_text(n->name, SIZE_MAX, p->out);
	fprintf(p->out, "&#10;%s, %.1f %%, %lu blocks", bytes,
	    100.0 * (double)n->bytes / (double)p->all, n->blocks);
	if (n->module[0] != '\0') {
		fputs("&#10;", p->out);
		write_text(n->module, SIZE_MAX, p->out);
	}
	fprintf(p->out,
	    "</title><rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\" "
	    "fill=\"hsl(%u,65%%,75%%)\"/>",
	    x, y, width > 1 ? width - 0.5 : width, ROW - 1, hue_of(n->module));
	if (letters > 0) {
		fprintf(p->out, "<text x=\"%.1f\" y=\"%d\">", x + 3, y + ROW - 5);
		if (strlen(n->name) <= letters) {
			write_text(n->name, letters, p->out);
		} else {
			write_text(n->name, letters - 2, p->out);
			fputs("..", p->out);
		}
		fputs("</text>", p->out);
	}
	fputs("</g>\n", p->out);
}

static void
write_boxes(const struct picture *p, const struct node *n, double x, int depth)
{
	write_box(p, n, x, depth);
	for (const struct node *c = n->children; c != NULL; c = c->next) {
		if ((double)c->bytes * p->scale < LEAST)
			break;
		write_boxes(p, c, x, depth + 1);
		x += (double)c->bytes * p->scale;
	}
}

static void
write_picture(const struct mg_export *e, const struct node *root, FILE *out)
{
	double inner = WIDTH - 2 * MARGIN, scale = inner / (double)(root->bytes + !root->bytes);
	int height = HEAD + 2 * MARGIN + (depth_of(root, scale) + 1) * ROW;
	struct picture p = { out, scale, root->bytes + !root->bytes, height };

	fprintf(out,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%d\" "
	    "viewBox=\"0 0 %.0f %d\" font-family=\"monospace\" font-size=\"11\">\n"
	    "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n"
	    "<text x=\"%d\" y=\"24\" font-size=\"15\">",
	    WIDTH, height, WIDTH, height, MARGIN);
	write_text(e->capture->command, SIZE_MAX, out);
	fprintf(out, " %d: what %s, by function</text>\n", e->pid,
	    e->is_alloc ? "it has allocated" : "it holds");
	write_boxes(&p, root, MARGIN, 0);
	fputs("<!-- memgov " MG_VERSION " -->\n</svg>\n", out);
}

void
mg_flame_write(const struct mg_export *e, FILE *out)
{
	struct node root = { .name = "all", .module = "" };
	struct mg_stacks st;

	if (mg_stacks_make(&e->capture->profile, e->symbols, &st) != 0)
		mg_need_failed();
	for (size_t i = 0; i < st.n; i++)
		add_site(e, &root, &st.sites[i]);
	mg_stacks_free(&st);
	sort_children(&root);
	write_picture(e, &root, out);
	free_children(&root);
}
