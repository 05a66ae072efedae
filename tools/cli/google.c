/* SPDX-License-Identifier: MIT */
#include "tools/cli/google.h"

/* The figures are estimates of all, not counts of samples: "heapprofile" tells the reader not to
 * scale them up, as it does for "heap_v2". */
static void
write_head(const struct mg_profile *p, FILE *out)
{
	struct mg_profile_site sum = { 0 };

	for (size_t i = 0; i < p->n_sites; i++) {
		sum.live_blocks += p->sites[i].live_blocks;
		sum.live_bytes += p->sites[i].live_bytes;
		sum.alloc_blocks += p->sites[i].alloc_blocks;
		sum.alloc_bytes += p->sites[i].alloc_bytes;
	}
	fprintf(out, "heap profile: %lu: %lu [%lu: %lu] @ heapprofile\n", sum.live_blocks,
	    sum.live_bytes, sum.alloc_blocks, sum.alloc_bytes);
}

/* Readers take 1 from all addresses but the innermost, to come from a return to its call. */
static void
write_site(const struct mg_profile *p, const struct mg_profile_site *s, FILE *out)
{
	fprintf(out, "%lu: %lu [%lu: %lu] @", s->live_blocks, s->live_bytes, s->alloc_blocks,
	    s->alloc_bytes);
	for (unsigned i = 0; i < s->depth; i++) {
		const struct mg_profile_module *m = mg_profile_module(p, s->frames[i].module);
		uint64_t at = s->frames[i].offset + (m != NULL ? m->start : 0);

		fprintf(out, " 0x%lx", i == 0 ? at - 1 : at);
	}
	if (s->depth == 0)
		fputs(" 0x1", out); /* a line without a stack would be left out of the total */
	fputs("\n", out);
}

void
mg_google_write(const struct mg_export *e, FILE *out)
{
	const struct mg_profile *p = &e->capture->profile;

	write_head(p, out);
	for (size_t i = 0; i < p->n_sites; i++)
		write_site(p, &p->sites[i], out);
	fputs("\nMAPPED_LIBRARIES:\n", out);
	for (size_t i = 0; i < p->n_modules; i++) {
		const struct mg_profile_module *m = &p->modules[i];

		fprintf(out, "%lx-%lx r-xp 00000000 00:00 0 %s\n", m->start, m->end,
		    m->path[0] != '\0' ? m->path : e->program);
	}
}
