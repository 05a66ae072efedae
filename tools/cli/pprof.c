/* SPDX-License-Identifier: MIT */
#include "tools/cli/pprof.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#include "pprof.pb-c.h"
#include "shim/base/sys.h"
#include "tools/cli/need.h"
#include "tools/cli/numbering.h"

#define TYPES 4 /* of values: blocks and bytes, live and ever allocated */
#define INLINED 16
#define GZIP 16 /* added to the size of the window, as deflateInit2() wants it */

/* Every part is allocated apart, as protobuf-c's free_unpacked() wants it. */
struct builder {
	const struct mg_export *e;
	Memgov__Pprof__Profile *p;
	struct mg_numbering strings, functions, locations;
};

/* A pointer behind n others. */
#define APPEND(list, n, item) \
	((list) = mg_need_more(list, n, sizeof(void *)), (list)[(n)++] = (item))

static int64_t
string(struct builder *b, const char *text)
{
	const char *kept = mg_symbols_string(b->e->symbols, text != NULL ? text : "");
	bool is_new;
	uint64_t number = mg_numbering_of(&b->strings, (uintptr_t)kept, 0, &is_new);
	char *copy;

	if (is_new) {
		copy = mg_need_zeroed(strlen(kept) + 1, 1);
		strcpy(copy, kept);
		APPEND(b->p->string_table, b->p->n_string_table, copy);
	}
	return (int64_t)number - 1;
}

static Memgov__Pprof__ValueType *
value_type(struct builder *b, const char *type, const char *unit)
{
	Memgov__Pprof__ValueType *t = mg_need_zeroed(1, sizeof *t);

	memgov__pprof__value_type__init(t);
	t->type = string(b, type);
	t->unit = string(b, unit);
	return t;
}

static void
add_types(struct builder *b)
{
	static const char *const types[TYPES][2] = { { "inuse_objects", "count" },
		{ "inuse_space", "bytes" }, { "alloc_objects", "count" },
		{ "alloc_space", "bytes" } };
	struct timespec now;

	string(b, "");
	for (size_t i = 0; i < TYPES; i++)
		APPEND(b->p->sample_type, b->p->n_sample_type,
		    value_type(b, types[i][0], types[i][1]));
	b->p->default_sample_type = string(b, b->e->is_alloc ? "alloc_space" : "inuse_space");
	b->p->period_type = value_type(b, "space", "bytes");
	b->p->period = (int64_t)b->e->capture->profile.sample_bytes;
	clock_gettime(CLOCK_REALTIME, &now);
	b->p->time_nanos = now.tv_sec * (int64_t)MG_NS_PER_S + now.tv_nsec;
	b->p->duration_nanos = (int64_t)(b->e->capture->profile.uptime_ms * MG_NS_PER_MS);
}

static void
add_mapping(struct builder *b, const struct mg_profile_module *m, uint64_t id)
{
	Memgov__Pprof__Mapping *to = mg_need_zeroed(1, sizeof *to);

	memgov__pprof__mapping__init(to);
	to->id = id;
	to->memory_start = m->start;
	to->memory_limit = m->end;
	to->filename = string(b, m->path[0] != '\0' ? m->path : b->e->program);
	to->build_id = string(b, m->build_id);
	/* So that no reader looks for names again, which it would in files of its own. */
	to->has_functions = to->has_filenames = true;
	to->has_line_numbers = to->has_inline_frames = true;
	APPEND(b->p->mapping, b->p->n_mapping, to);
}

/* The first is taken for the program. */
static void
add_mappings(struct builder *b)
{
	const struct mg_profile *p = &b->e->capture->profile;

	for (int is_library = 0; is_library < 2; is_library++)
		for (size_t i = 0; i < p->n_modules; i++)
			if ((p->modules[i].path[0] != '\0') == is_library)
				add_mapping(b, &p->modules[i], i + 1);
}

static uint64_t
function(struct builder *b, const struct mg_symbols_line *l)
{
	Memgov__Pprof__Function *f;
	bool is_new;
	uint64_t id =
	    mg_numbering_of(&b->functions, (uintptr_t)l->function, (uintptr_t)l->file, &is_new);

	if (is_new) {
		f = mg_need_zeroed(1, sizeof *f);
		memgov__pprof__function__init(f);
		f->id = id;
		f->name = f->system_name = string(b, l->function);
		f->filename = string(b, l->file);
		APPEND(b->p->function, b->p->n_function, f);
	}
	return id;
}

static void
add_lines(struct builder *b, const struct mg_profile_frame *frame, Memgov__Pprof__Location *to)
{
	struct mg_symbols_line lines[INLINED];
	size_t n =
	    mg_symbols_resolve(b->e->symbols, &b->e->capture->profile, frame, lines, INLINED);

	for (size_t i = 0; i < n; i++) {
		Memgov__Pprof__Line *l = mg_need_zeroed(1, sizeof *l);

		memgov__pprof__line__init(l);
		l->function_id = function(b, &lines[i]);
		l->line = lines[i].line;
		APPEND(to->line, to->n_line, l);
	}
}

static uint64_t
location(struct builder *b, const struct mg_profile_frame *frame)
{
	const struct mg_profile *p = &b->e->capture->profile;
	const struct mg_profile_module *m = mg_profile_module(p, frame->module);
	Memgov__Pprof__Location *l;
	bool is_new;
	uint64_t id = mg_numbering_of(&b->locations, frame->module, frame->offset, &is_new);

	if (is_new) {
		l = mg_need_zeroed(1, sizeof *l);
		memgov__pprof__location__init(l);
		l->id = id;
		l->mapping_id = m != NULL ? (uint64_t)(m - p->modules) + 1 : 0;
		/* Of the call, as readers expect it, not of what follows it. */
		l->address = (m != NULL ? m->start : 0) + frame->offset - 1;
		add_lines(b, frame, l);
		APPEND(b->p->location, b->p->n_location, l);
	}
	return id;
}

static void
add_sample(struct builder *b, const struct mg_profile_site *from)
{
	Memgov__Pprof__Sample *s = mg_need_zeroed(1, sizeof *s);

	memgov__pprof__sample__init(s);
	s->location_id = mg_need_zeroed(from->depth + 1, sizeof s->location_id[0]);
	for (unsigned i = 0; i < from->depth; i++)
		s->location_id[s->n_location_id++] = location(b, &from->frames[i]);
	s->value = mg_need_zeroed(TYPES, sizeof s->value[0]);
	s->n_value = TYPES;
	s->value[0] = (int64_t)from->live_blocks;
	s->value[1] = (int64_t)from->live_bytes;
	s->value[2] = (int64_t)from->alloc_blocks;
	s->value[3] = (int64_t)from->alloc_bytes;
	APPEND(b->p->sample, b->p->n_sample, s);
}

static void
write_gzipped(const uint8_t *bytes, size_t n, FILE *out)
{
	z_stream z = { .next_in = (uint8_t *)(uintptr_t)bytes, .avail_in = (uInt)n };
	uint8_t buf[1 << 14] = { 0 };
	int err = deflateInit2(
	    &z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + GZIP, 8, Z_DEFAULT_STRATEGY);

	while (err == Z_OK) {
		z.next_out = buf;
		z.avail_out = sizeof buf;
		err = deflate(&z, Z_FINISH);
		fwrite(buf, 1, sizeof buf - z.avail_out, out);
	}
	deflateEnd(&z);
}

void
mg_pprof_write(const struct mg_export *e, FILE *out)
{
	struct builder b = { .e = e, .p = mg_need_zeroed(1, sizeof *b.p) };
	uint8_t *bytes;
	size_t n;

	memgov__pprof__profile__init(b.p);
	add_types(&b);
	add_mappings(&b);
	for (size_t i = 0; i < e->capture->profile.n_sites; i++)
		add_sample(&b, &e->capture->profile.sites[i]);
	n = memgov__pprof__profile__get_packed_size(b.p);
	bytes = mg_need_zeroed(n, 1);
	memgov__pprof__profile__pack(b.p, bytes);
	write_gzipped(bytes, n, out);
	free(bytes);
	memgov__pprof__profile__free_unpacked(b.p, NULL);
	mg_numbering_free(&b.strings);
	mg_numbering_free(&b.functions);
	mg_numbering_free(&b.locations);
}
