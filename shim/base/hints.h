/* SPDX-License-Identifier: MIT */
/* What the compiler is told of how often code runs. Only where it was measured, or where it keeps a
 * hot path in one piece. */
#ifndef MG_HINTS_H
#define MG_HINTS_H

#define MG_LIKELY(x) __builtin_expect(!!(x), 1)
#define MG_UNLIKELY(x) __builtin_expect(!!(x), 0)
/* Out of the way of whoever calls it. */
#define MG_COLD __attribute__((cold, noinline))

#endif
