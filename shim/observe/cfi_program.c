/* SPDX-License-Identifier: MIT */
#include "shim/observe/cfi_program.h"

#define RBP 6u
#define RSP 7u
#define RETURN_ADDRESS 16u
#define NO_REGISTER UINT64_MAX
#define NESTED 8u /* remembered states; compilers need one or two */

/* Instructions, by the names that DWARF gives them. */
enum instruction {
	NOP = 0x00,
	ADVANCE_LOC1 = 0x02,
	ADVANCE_LOC2,
	ADVANCE_LOC4,
	OFFSET_EXTENDED,
	RESTORE_EXTENDED,
	UNDEFINED,
	SAME_VALUE,
	REGISTER,
	REMEMBER_STATE,
	RESTORE_STATE,
	DEF_CFA,
	DEF_CFA_REGISTER,
	DEF_CFA_OFFSET,
	DEF_CFA_EXPRESSION,
	EXPRESSION,
	OFFSET_EXTENDED_SF,
	DEF_CFA_SF,
	DEF_CFA_OFFSET_SF,
	VAL_OFFSET,
	VAL_OFFSET_SF,
	VAL_EXPRESSION,
	GNU_ARGS_SIZE = 0x2e,
	ADVANCE_LOC = 0x40, /* these with an operand in the lower bits */
	OFFSET = 0x80,
	RESTORE = 0xc0,
};

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
	return (int64_t)(mg_reader_leb(&m->program, is_signed) * (uint64_t)m->p->data_align);
}

/* Instructions that only concern the CFA; false when it is none. */
static bool
run_cfa(struct machine *m, unsigned op)
{
	struct row *row = &m->row;
	uint64_t reg;

	switch (op) {
	case DEF_CFA:
		reg = operand(m);
		set_cfa(m, reg, (int64_t)operand(m));
		return true;
	case DEF_CFA_SF:
		reg = operand(m);
		set_cfa(m, reg, aligned(m, true));
		return true;
	case DEF_CFA_REGISTER: row->cfa_register = operand(m); return true;
	case DEF_CFA_OFFSET: row->cfa_offset = (int64_t)operand(m); return true;
	case DEF_CFA_OFFSET_SF: row->cfa_offset = aligned(m, true); return true;
	case DEF_CFA_EXPRESSION: set_cfa_expression(m); return true;
	default: return false;
	}
}

/* Where a register was saved; false when it is something else, of what run_cfa() has left. */
static bool
run_saved(struct machine *m, unsigned op)
{
	uint64_t reg;

	if (op < OFFSET_EXTENDED || op == REMEMBER_STATE || op == RESTORE_STATE ||
	    op > VAL_EXPRESSION)
		return false;
	reg = operand(m);
	switch (op) {
	case OFFSET_EXTENDED: set_saved(m, reg, MG_CFI_BP_AT_CFA, aligned(m, false)); break;
	case OFFSET_EXTENDED_SF: set_saved(m, reg, MG_CFI_BP_AT_CFA, aligned(m, true)); break;
	case RESTORE_EXTENDED: restore(m, reg); break;
	case UNDEFINED: set_undefined(m, reg); break;
	case SAME_VALUE: set_saved(m, reg, MG_CFI_BP_SAME, 0); break;
	case EXPRESSION: set_saved_expression(m, reg); break;
	case VAL_EXPRESSION:
		mg_reader_skip(&m->program, operand(m));
		set_saved(m, reg, MG_CFI_BP_LOST, 0);
		break;
	default: /* REGISTER, VAL_OFFSET, VAL_OFFSET_SF */
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
	case NOP: break;
	case ADVANCE_LOC1: advance(m, mg_reader_get(&m->program, 1)); break;
	case ADVANCE_LOC2: advance(m, mg_reader_get(&m->program, 2)); break;
	case ADVANCE_LOC4: advance(m, mg_reader_get(&m->program, 4)); break;
	case REMEMBER_STATE: remember(m); break;
	case RESTORE_STATE: recall(m); break;
	case GNU_ARGS_SIZE: operand(m); break;
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
		case ADVANCE_LOC: advance(m, low); break;
		case OFFSET: set_saved(m, low, MG_CFI_BP_AT_CFA, aligned(m, false)); break;
		case RESTORE: restore(m, low); break;
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
