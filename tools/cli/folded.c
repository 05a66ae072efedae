/* SPDX-License-Identifier: MIT */
#include "tools/cli/folded.h"

#include "tools/cli/need.h"
#include "tools/common/names.h"

char *
mg_folded_name(const struct mg_symbols_line *l, char *buf, size_t n)
{
	if (l->is_named)
		return mg_names_short(l->function, buf, n);
	snprintf(buf, n, "%s", l->function);
	return buf;
}

static void
write_site(const struct mg_stacks_site *s, uint64_t bytes, FILE *out)
{
	char name[512];

	for (size_t i = s->n_lines; i-- > 0;) {
		mg_folded_name(&s->lines[i], name, sizeof name);
		for (char *c = name; *c != '\0'; c++)
			putc(*c == ';' ? ':' : *c, out);
		putc(i > 0 ? ';' : ' ', out);
	}
	fprintf(out, "%lu\n", bytes);
}

void
mg_folded_write(const struct mg_export *e, FILE *out)
{
	struct mg_stacks st;

	if (mg_stacks_make(&e->capture->profile, e->symbols, &st) != 0)
		mg_need_failed();
	for (size_t i = 0; i < st.n; i++) {
		uint64_t bytes = e->is_alloc ? st.sites[i].alloc_bytes : st.sites[i].live_bytes;

		if (bytes > 0)
			write_site(&st.sites[i], bytes, out);
	}
	mg_stacks_free(&st);
}
