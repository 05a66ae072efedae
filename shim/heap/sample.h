/* SPDX-License-Identifier: MIT */
/*
 * Which allocations are samples: every byte that is allocated is one with the same small
 * probability, whoever allocates it, so that a block of n bytes is sampled with 1 - exp(-n/mean)
 * (a Poisson process over bytes). Small blocks are decided on ahead: a magazine counts its
 * allocations down to the next sample, a number drawn at random, so that those in between cost
 * nothing. All others pass a slow path anyway and count bytes down.
 *
 * A small sample comes from slices of its own (classes from MG_CLASSES on), so that releases of all
 * other blocks pay nothing. Of other samples a table of counters, by address, says that there may
 * be one. What a sample means is the sink's affair.
 */
#ifndef MG_SAMPLE_H
#define MG_SAMPLE_H

#include "shim/heap/thread.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the sink knows of a sample; the heap hands it back when a block grows or moves. */
struct mg_sample {
	uint32_t site;   /* the sink's */
	uint32_t born_s; /* the sink's clock */
	uint64_t bytes;  /* usable size of the block */
	double weight;   /* how many blocks of this kind it stands for: 1 / probability */
};

/*
 * Where samples go. Called in program threads, outside all locks of the heap, never nested, never
 * in memgov's own threads or work; the functions must not allocate from the heap under a lock that
 * `forget` takes.
 *
 *   take    a block that is about to be handed out, of so many bytes, each of which stands for
 *           `weight`; 0 bytes: it is no sample. large_bytes: what was asked for, if that is the
 *           size that mg_sample_set_large() says, else 0
 *   forget  the block is being released, or changes: false when it is no sample (any more);
 *           afterwards its address may be another block's
 *   keep    a forgotten sample goes on as this block, with out->bytes as they are now
 *   copied  this is a copy of the process that was made past the fork handlers: whoever held the
 *           sink's locks is not here
 */
struct mg_sample_sink {
	void (*take)(void *p, uint64_t bytes, double weight, uint64_t large_bytes);
	bool (*forget)(const void *p, struct mg_sample *out);
	void (*keep)(void *p, const struct mg_sample *s);
	void (*copied)(void);
};

/* Tells the sink. */
void mg_sample_end_copy(void);

/* Once, before threads, or never: then there are no samples. */
void mg_sample_start(const struct mg_sample_sink *sink);

/* Mean bytes between two samples, 0: none. At any time; takes effect for all threads at once, where
 * they can be paused. Not under a lock. */
void mg_sample_set_mean(uint64_t bytes);
uint64_t mg_sample_mean(void);
/* Blocks of so many bytes are told to sink->take as large; 0: none. At any time. */
void mg_sample_set_large(uint64_t bytes);

/* 1 / (1 - exp(-bytes / mean)). */
double mg_sample_weight(uint64_t bytes, uint64_t mean);

/* ---- For the heap's slow paths; none of it while nested. */

/* An allocation that is to be a sample: of so many bytes; each stands for `weight`. 0: none. */
struct mg_sample_pick {
	uint64_t bytes;
	double weight;
};

/* The magazine of the class has counted down. Also outside of it, as a hint. */
static inline bool
mg_sample_is_due(const struct mg_thread *t, unsigned class)
{
	return __atomic_load_n(&t->magazine[class].due, __ATOMIC_RELAXED) <= 0;
}

/* Draws when the next sample of the class comes, and says whether this allocation is one. Does
 * nothing when the owner is paused. */
struct mg_sample_pick mg_sample_draw(struct mg_thread *t, unsigned class);

/* There was no room for the sample, so that this allocation passes the magazine and the next one
 * may be one. */
void mg_sample_pass_over(struct mg_thread *t, unsigned class);

/* As mg_sample_draw(), for an allocation of so many bytes outside of the classes. */
struct mg_sample_pick mg_sample_pass(struct mg_thread *t, uint64_t bytes);

/* While entered, or paused: when the mean has changed, everything is drawn anew. */
void mg_sample_retune(struct mg_thread *t);

/* A block that will be handed out, and what it was picked as; asked: of how many bytes it is. Not
 * under a lock. */
void mg_sample_note(void *p, uint64_t asked, struct mg_sample_pick pick);

/* A block that will be released, or resized. True: it was a sample, *out says which. */
bool mg_sample_forget(const void *p, struct mg_sample *out);
/* It goes on as p, with so many bytes. */
void mg_sample_keep(void *p, struct mg_sample *s, uint64_t bytes);

#endif
