/* SPDX-License-Identifier: MIT */
#include "shim/heap/charge.h"

#include <stdatomic.h>

#define MAX_BATCH ((uint64_t)32 << 10)

static struct {
	_Atomic uint64_t charged;
	_Atomic uint64_t peak;
	_Atomic uint64_t limit; /* 0: none */
	_Atomic uint64_t reserve;
	_Atomic uint64_t frozen_at; /* 0: not frozen */
	_Atomic bool reserve_open;
} state;

static uint64_t
load(_Atomic uint64_t *v)
{
	return atomic_load_explicit(v, memory_order_relaxed);
}

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void
mg_charge_configure(uint64_t limit_bytes, uint64_t reserve_bytes)
{
	uint64_t most = limit_bytes != 0 ? limit_bytes / 8 : UINT64_MAX;

	atomic_store_explicit(&state.reserve, least(reserve_bytes, most), memory_order_relaxed);
	atomic_store_explicit(&state.limit, limit_bytes, memory_order_relaxed);
}

/*
 * The mark up to which a request may charge; the reserve lies above it, for those that may use it.
 * Limit and reserve are read once each: they may change in between, and the sum must not exceed the
 * limit for that.
 */
static uint64_t
ceiling(bool with_reserve)
{
	uint64_t limit = load(&state.limit), reserve = load(&state.reserve);
	uint64_t frozen = load(&state.frozen_at);
	uint64_t most = limit != 0 ? limit : UINT64_MAX;
	uint64_t top = limit != 0 ? limit - least(reserve, limit) : UINT64_MAX;

	if (frozen != 0)
		top = least(top, frozen);
	return with_reserve ? top + least(reserve, most - least(top, most)) : top;
}

static uint64_t
ceiling_for(bool small)
{
	return ceiling(small && atomic_load_explicit(&state.reserve_open, memory_order_relaxed));
}

static void
raise_peak(uint64_t charged)
{
	uint64_t peak = load(&state.peak);

	while (charged > peak && !atomic_compare_exchange_weak_explicit(&state.peak, &peak, charged,
				     memory_order_relaxed, memory_order_relaxed))
		;
}

uint64_t
mg_charge_take(uint64_t need, uint64_t batch, bool small)
{
	uint64_t top = ceiling_for(small);
	uint64_t charged = load(&state.charged);
	uint64_t room, got;

	do {
		room = top > charged ? top - charged : 0;
		if (need > room)
			return 0;
		got = need + least(batch, room - need);
	} while (!atomic_compare_exchange_weak_explicit(
	    &state.charged, &charged, charged + got, memory_order_relaxed, memory_order_relaxed));
	raise_peak(charged + got);
	return got;
}

/* Not below nothing: a program that uses mimalloc itself may release through free what was never
 * charged (MEMGOV_ENGINE=mimalloc cannot tell it from its own). */
void
mg_charge_give(uint64_t bytes)
{
	uint64_t charged = load(&state.charged), left;

	do {
		left = charged - least(bytes, charged);
	} while (!atomic_compare_exchange_weak_explicit(
	    &state.charged, &charged, left, memory_order_relaxed, memory_order_relaxed));
	if (atomic_load_explicit(&state.reserve_open, memory_order_relaxed) &&
	    left + load(&state.reserve) < ceiling(false))
		atomic_store_explicit(&state.reserve_open, false, memory_order_relaxed);
}

void
mg_charge_open_reserve(void)
{
	atomic_store_explicit(&state.reserve_open, true, memory_order_relaxed);
}

void
mg_charge_freeze(bool frozen)
{
	atomic_store_explicit(
	    &state.frozen_at, frozen ? load(&state.charged) + 1 : 0, memory_order_relaxed);
}

uint64_t
mg_charge_batch(uint64_t threads)
{
	uint64_t limit = load(&state.limit), share;

	if (limit == 0)
		return MAX_BATCH;
	/* A thread holds at most two batches. */
	share = least(limit / 128, mg_charge_room(false) / 8) / (threads > 0 ? threads : 1);
	return least(MAX_BATCH, share);
}

uint64_t
mg_charge_room(bool small)
{
	uint64_t top = ceiling_for(small), charged = load(&state.charged);

	return top == UINT64_MAX ? top : top > charged ? top - charged : 0;
}

uint64_t
mg_charge_limit(void)
{
	return load(&state.limit);
}

uint64_t
mg_charge_now(void)
{
	return load(&state.charged);
}

uint64_t
mg_charge_peak(void)
{
	return load(&state.peak);
}
