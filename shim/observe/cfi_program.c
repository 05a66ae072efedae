/* SPDX-License-Identifier: MIT */
#include "shim/observe/cfi_program.h"

#define RBP 6u
#define RSP 7u
#define RETURN_ADDRESS 16u
#define NO_REGISTER UINT64_MAX
#define NESTED 8u /* remembered states; compilers need one or two */

struct row {
	uint64_t cfa_register;
	int64_t cfa_offset;
	int64_t bp_offset;
	enum mg_cfi_bp bp;
	bool cfa_is_loaded;
	bool is_end;   /* the return address is undefined */
	bool is_known; /* it lies where calls put it */
};

struct machine {
	const struct mg_cfi_program *p;
	struct mg_reader program;
	uint64_t at, offset; /* reached, wanted */
	struct row row, first, saved[NESTED];
	unsigned n_saved;
	bool is_past;
};

static void
advance(struct machine *m, uint64_t units)
{
	m->at += units * m->p->code_align;
	m->is_past = m->at > m->offset;
}

static void
set_cfa(struct machine *m, uint64_t reg, int64_t offset)
{
	m->row.cfa_register = reg;
	m->row.cfa_offset = offset;
	m->row.cfa_is_loaded = false;
}

static void
set_saved(struct machine *m, uint64_t reg, enum mg_cfi_bp where, int64_t offset)
{
	if (reg == RBP) {
		m->row.bp = where;
		m->row.bp_offset = offset;
	} else if (reg == RETURN_ADDRESS) {
		m->row.is_known = where == MG_CFI_BP_AT_CFA && offset == -8;
		m->row.is_end = false;
	}
}

static void
set_undefined(struct machine *m, uint64_t reg)
{
	set_saved(m, reg, MG_CFI_BP_LOST, 0);
	m->row.is_end = m->row.is_end || reg == RETURN_ADDRESS;
}

static void
restore(struct machine *m, uint64_t reg)
{
	if (reg == RBP) {
		m->row.bp = m->first.bp;
		m->row.bp_offset = m->first.bp_offset;
	} else if (reg == RETURN_ADDRESS) {
		m->row.is_known = m->first.is_known;
		m->row.is_end = m->first.is_end;
	}
}

#define OP_DEREF 0x06
#define OP_BREG0 0x70

/* Of expressions only "where a register points, plus so much", and what is loaded from there, which
 * is how realigned frames are described. Returns the register. */
static uint64_t
get_expression(struct machine *m, int64_t *offset_out, bool *is_loaded_out)
{
	uint64_t bytes = mg_reader_leb(&m->program, false);
	struct mg_reader r = m->program;
	uint64_t op;

	mg_reader_skip(&m->program, bytes);
	if (m->program.is_bad)
		return NO_REGISTER;
	r.end = m->program.at;
	op = mg_reader_get(&r, 1);
	*offset_out = (int64_t)mg_reader_leb(&r, true);
	*is_loaded_out = r.at < r.end && mg_reader_get(&r, 1) == OP_DEREF;
	if (r.is_bad || r.at != r.end || (op != OP_BREG0 + RBP && op != OP_BREG0 + RSP))
		return NO_REGISTER;
	return op - OP_BREG0;
}

static void
set_cfa_expression(struct machine *m)
{
	int64_t offset = 0;
	bool is_loaded = false;
	uint64_t reg = get_expression(m, &offset, &is_loaded);

	set_cfa(m, is_loaded ? reg : NO_REGISTER, offset);
	m->row.cfa_is_loaded = true;
}

static void
set_saved_expression(struct machine *m, uint64_t reg)
{
	int64_t offset = 0;
	bool is_loaded = false;
	bool is_at_bp = get_expression(m, &offset, &is_loaded) == RBP && !is_loaded;

	set_saved(m, reg, is_at_bp && reg == RBP ? MG_CFI_BP_AT_BP : MG_CFI_BP_LOST, offset);
}

static void
remember(struct machine *m)
{
	if (m->n_saved == NESTED)
		m->program.is_bad = true;
	else
		m->saved[m->n_saved++] = m->row;
}

static void
recall(struct machine *m)
{
	if (m->n_saved == 0)
		m->program.is_bad = true;
	else
		m->row = m->saved[--m->n_saved];
}

static uint64_t
operand(struct machine *m)
{
	return mg_reader_leb(&m->program, false);
}

/* A multiple of the common alignment. */
static int64_t
aligned(struct machine *m, bool is_signed)
{
	return (int64_t)mg_reader_leb(&m->program, is_signed) * m->p->data_align;
}

/* Instructions that only concern the CFA; false when it is none. */
static bool
run_cfa(struct machine *m, unsigned op)
{
	struct row *row = &m->row;
	uint64_t reg;

	switch (op) {
	case 0x0c: /* def_cfa */
		reg = operand(m);
		set_cfa(m, reg, (int64_t)operand(m));
		return true;
	case 0x12: /* def_cfa_sf */
		reg = operand(m);
		set_cfa(m, reg, aligned(m, true));
		return true;
	case 0x0d: /* def_cfa_register */ row->cfa_register = operand(m); return true;
	case 0x0e: /* def_cfa_offset */ row->cfa_offset = (int64_t)operand(m); return true;
	case 0x13: /* def_cfa_offset_sf */ row->cfa_offset = aligned(m, true); return true;
	case 0x0f: /* def_cfa_expression */ set_cfa_expression(m); return true;
	default: return false;
	}
}

/* Where a register was saved; false when it is something else. */
static bool
run_saved(struct machine *m, unsigned op)
{
	uint64_t reg;

	if (op < 0x05 || op == 0x0a || op == 0x0b || op > 0x16)
		return false;
	reg = operand(m);
	switch (op) {
	case 0x05: /* offset_extended */
		set_saved(m, reg, MG_CFI_BP_AT_CFA, aligned(m, false));
		break;
	case 0x11: /* offset_extended_sf */
		set_saved(m, reg, MG_CFI_BP_AT_CFA, aligned(m, true));
		break;
	case 0x06: /* restore_extended */ restore(m, reg); break;
	case 0x07: /* undefined */ set_undefined(m, reg); break;
	case 0x08: /* same_value */ set_saved(m, reg, MG_CFI_BP_SAME, 0); break;
	case 0x10: /* expression */ set_saved_expression(m, reg); break;
	case 0x16: /* val_expression */
		mg_reader_skip(&m->program, operand(m));
		set_saved(m, reg, MG_CFI_BP_LOST, 0);
		break;
	default: /* register, val_offset, val_offset_sf */
		operand(m);
		set_saved(m, reg, MG_CFI_BP_LOST, 0);
		break;
	}
	return true;
}

static void
run_other(struct machine *m, unsigned op)
{
	switch (op) {
	case 0x00: /* nop */ break;
	case 0x02: /* advance_loc1 */ advance(m, mg_reader_get(&m->program, 1)); break;
	case 0x03: /* advance_loc2 */ advance(m, mg_reader_get(&m->program, 2)); break;
	case 0x04: /* advance_loc4 */ advance(m, mg_reader_get(&m->program, 4)); break;
	case 0x0a: /* remember_state */ remember(m); break;
	case 0x0b: /* restore_state */ recall(m); break;
	case 0x2e: /* GNU_args_size */ operand(m); break;
	default: m->program.is_bad = true; break;
	}
}

/* Until its end, or past the wanted place. False when it is not understood. */
static bool
run(struct machine *m, struct mg_reader program)
{
	m->program = program;
	while (m->program.at < m->program.end && !m->is_past && !m->program.is_bad) {
		unsigned op = (unsigned)mg_reader_get(&m->program, 1), low = op & 0x3f;

		switch (op & 0xc0) {
		case 0x40: advance(m, low); break;
		case 0x80: set_saved(m, low, MG_CFI_BP_AT_CFA, aligned(m, false)); break;
		case 0xc0: restore(m, low); break;
		default:
			if (!run_cfa(m, op) && !run_saved(m, op))
				run_other(m, op);
			break;
		}
	}
	return !m->program.is_bad;
}

static struct mg_cfi_rule
rule_of(const struct row *row)
{
	struct mg_cfi_rule rule = { .kind = row->is_end ? MG_CFI_END : MG_CFI_UNKNOWN,
		.cfa_from_bp = row->cfa_register == RBP,
		.cfa_is_loaded = row->cfa_is_loaded,
		.bp = row->bp,
		.cfa_offset = (int32_t)row->cfa_offset,
		.bp_offset = (int16_t)row->bp_offset };

	if (row->is_end || !row->is_known || rule.cfa_offset != row->cfa_offset ||
	    rule.bp_offset != row->bp_offset ||
	    (row->cfa_register != RSP && row->cfa_register != RBP))
		return rule;
	rule.kind = MG_CFI_FRAME;
	return rule;
}

struct mg_cfi_rule
mg_cfi_program_run(const struct mg_cfi_program *p, uint64_t offset)
{
	static const struct mg_cfi_rule unknown = { .kind = MG_CFI_UNKNOWN };
	struct machine m = { .p = p, .offset = offset, .row.cfa_register = NO_REGISTER };

	if (!run(&m, p->common))
		return unknown;
	m.first = m.row;
	return run(&m, p->own) ? rule_of(&m.row) : unknown;
}
