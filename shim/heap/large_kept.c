/* SPDX-License-Identifier: MIT */
#include "shim/heap/large_kept.h"

#include "shim/base/page.h"
#include "shim/base/sys.h"
#include "shim/heap/charge.h"

#include <assert.h>
#include <stdatomic.h>
#include <sys/mman.h>

#define MOST_PIECES 64
#define KEEP_BYTES ((uint64_t)256 << 20)
#define DECAY_NS MG_NS_PER_S
#define SLACK 8   /* a rest below this part of the request is handed out with it */
#define STRETCH 4 /* a piece below this part of the request is not worth to be stretched */
#define EVICT_AT_ONCE 16
#define NAP_NS ((uint64_t)100000)
#define NAPS 50

struct kept {
	struct mg_large_piece piece;
	uint64_t freed_ns;
};

/* A leaf: nothing is locked under it. */
static struct {
	struct mg_lock lock;
	uint32_t count;
	uint64_t bytes;
	struct kept kept[MOST_PIECES];
	_Atomic uint64_t keep_bytes, decay_ns;
	_Atomic uint64_t leaving_bytes; /* charged still, but about to be unmapped */
} state = { .keep_bytes = KEEP_BYTES, .decay_ns = DECAY_NS };

static uint64_t
load(_Atomic uint64_t *v)
{
	return atomic_load_explicit(v, memory_order_acquire);
}

static void
announce(size_t bytes)
{
	atomic_fetch_add_explicit(&state.leaving_bytes, bytes, memory_order_relaxed);
}

/* Unmaps what was announced. A process with too many mappings may not split another one; then only
 * the memory goes, and the address space stays. */
static void
discard(struct mg_large_piece p)
{
	if (mg_sys_unmap((void *)p.at, p.bytes) != 0)
		mg_sys_madvise((void *)p.at, p.bytes, MADV_DONTNEED);
	mg_charge_give(p.bytes);
	atomic_fetch_sub_explicit(&state.leaving_bytes, p.bytes, memory_order_release);
}

void
mg_large_kept_unmap(struct mg_large_piece piece)
{
	announce(piece.bytes);
	discard(piece);
}

static struct kept
remove_at(uint32_t i)
{
	struct kept k = state.kept[i];

	state.kept[i] = state.kept[--state.count];
	state.bytes -= k.piece.bytes;
	return k;
}

static void
add(struct kept k)
{
	assert(state.count < MOST_PIECES);
	state.kept[state.count++] = k;
	state.bytes += k.piece.bytes;
}

static bool
do_touch(struct mg_large_piece a, struct mg_large_piece b)
{
	return a.at + a.bytes == b.at && a.mapping == b.mapping;
}

/* Adds a piece together with those that touch it. */
static void
add_merged(struct kept k)
{
	for (uint32_t i = 0; i < state.count;) {
		struct mg_large_piece p = state.kept[i].piece;

		if (!do_touch(p, k.piece) && !do_touch(k.piece, p)) {
			i++;
			continue;
		}
		remove_at(i);
		k.piece.at = p.at < k.piece.at ? p.at : k.piece.at;
		k.piece.bytes += p.bytes;
	}
	add(k);
}

static uint32_t
oldest(void)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i < state.count; i++)
		if (state.kept[i].freed_ns < state.kept[best].freed_ns)
			best = i;
	return best;
}

/* Under the lock: takes one piece that must go, or the part of one that is too much. */
static bool
take_surplus(uint64_t freed_before_ns, struct mg_large_piece *out)
{
	uint64_t keep = load(&state.keep_bytes) & ~(uint64_t)(MG_PAGE_BYTES - 1);
	struct kept k;
	uint32_t i;

	if (state.count == 0)
		return false;
	i = oldest();
	if (state.kept[i].freed_ns >= freed_before_ns && state.bytes <= keep &&
	    state.count < MOST_PIECES - 1)
		return false;
	k = remove_at(i);
	*out = k.piece;
	if (k.freed_ns >= freed_before_ns && state.bytes < keep && state.count < MOST_PIECES - 2) {
		k.piece.bytes = keep - state.bytes;
		out->at += k.piece.bytes;
		out->bytes -= k.piece.bytes;
		add(k);
	}
	announce(out->bytes);
	return true;
}

uint64_t
mg_large_kept_evict(uint64_t freed_before_ns)
{
	struct mg_large_piece out[EVICT_AT_ONCE];
	uint64_t bytes = 0;
	size_t n;

	do {
		n = 0;
		mg_sys_lock(&state.lock);
		while (n < EVICT_AT_ONCE && take_surplus(freed_before_ns, &out[n]))
			n++;
		mg_sys_unlock(&state.lock);
		for (size_t i = 0; i < n; i++) {
			discard(out[i]);
			bytes += out[i].bytes;
		}
	} while (n == EVICT_AT_ONCE);
	return bytes;
}

void
mg_large_kept_evict_expired(uint64_t now_ns)
{
	uint64_t decay_ns = load(&state.decay_ns);

	mg_large_kept_evict(now_ns > decay_ns ? now_ns - decay_ns : 0);
}

void
mg_large_kept_put(struct mg_large_piece piece, uint64_t now_ns)
{
	bool keep = piece.bytes <= load(&state.keep_bytes) / 2 && load(&state.decay_ns) != 0;

	mg_sys_lock(&state.lock);
	keep = keep && state.count < MOST_PIECES;
	if (keep)
		add_merged((struct kept){ piece, now_ns });
	mg_sys_unlock(&state.lock);
	if (!keep)
		mg_large_kept_unmap(piece);
	mg_large_kept_evict_expired(now_ns);
}

static uintptr_t
aligned(uintptr_t at, size_t align)
{
	return (at + align - 1) & ~(uintptr_t)(align - 1);
}

/* 0: no use; else the more the better. Large enough is better than to be stretched. */
static uint64_t
worth(struct mg_large_piece p, size_t need, size_t align)
{
	size_t lead = aligned(p.at, align) - p.at;

	if (lead < p.bytes && p.bytes - lead >= need)
		return UINT64_MAX - p.bytes;
	return align <= MG_PAGE_BYTES && p.bytes >= need / STRETCH ? p.bytes : 0;
}

/* The part of a piece that a request needs; the rest stays. */
static struct mg_large_piece
cut(uint32_t i, size_t need, size_t align)
{
	struct kept k = remove_at(i), rest = k;
	size_t lead = aligned(k.piece.at, align) - k.piece.at;

	if (k.piece.bytes < need)
		return k.piece;
	if (lead != 0) {
		rest.piece.bytes = lead;
		add(rest);
		k.piece.at += lead;
		k.piece.bytes -= lead;
	}
	if (k.piece.bytes - need > need / SLACK && state.count < MOST_PIECES) {
		rest.piece.at = k.piece.at + need;
		rest.piece.bytes = k.piece.bytes - need;
		add(rest);
		k.piece.bytes = need;
	}
	return k.piece;
}

bool
mg_large_kept_take(size_t need, size_t align, bool wait, struct mg_large_piece *out)
{
	uint64_t most = 0;
	uint32_t best = 0;

	if (wait)
		mg_sys_lock(&state.lock);
	else if (!mg_sys_lock_soon(&state.lock))
		return false;
	for (uint32_t i = 0; i < state.count; i++) {
		uint64_t w = worth(state.kept[i].piece, need, align);

		if (w > most) {
			most = w;
			best = i;
		}
	}
	*out = most != 0 ? cut(best, need, align) : (struct mg_large_piece){ 0 };
	mg_sys_unlock(&state.lock);
	return true;
}

uint64_t
mg_large_kept_short_of(uint64_t bytes, bool small)
{
	uint64_t room = mg_charge_room(small);

	return room == UINT64_MAX ? 0 : bytes > room ? bytes - room : 1;
}

bool
mg_large_kept_charge(uint64_t bytes, bool small, uint64_t *short_of)
{
	uint64_t limit = mg_charge_limit();

	for (int naps = 0; naps < NAPS && (limit == 0 || bytes <= limit);) {
		if (mg_charge_take(bytes, 0, small) != 0)
			return true;
		if (mg_large_kept_evict(UINT64_MAX) != 0)
			continue;
		if (load(&state.leaving_bytes) == 0)
			break;
		mg_sys_sleep_ns(NAP_NS);
		naps++;
	}
	if (mg_charge_take(bytes, 0, small) != 0)
		return true;
	*short_of = mg_large_kept_short_of(bytes, small);
	return false;
}

void
mg_large_kept_configure(uint64_t keep_bytes, uint64_t decay_ns)
{
	atomic_store_explicit(&state.keep_bytes, keep_bytes, memory_order_relaxed);
	atomic_store_explicit(&state.decay_ns, decay_ns, memory_order_relaxed);
	mg_large_kept_evict(decay_ns != 0 ? 0 : UINT64_MAX);
}

bool
mg_large_kept_covers(uintptr_t at)
{
	bool covers = false;

	mg_sys_lock(&state.lock);
	for (uint32_t i = 0; i < state.count && !covers; i++)
		covers = at - state.kept[i].piece.at < state.kept[i].piece.bytes;
	mg_sys_unlock(&state.lock);
	return covers;
}

struct mg_large_kept_sum
mg_large_kept_read(void)
{
	struct mg_large_kept_sum s;

	mg_sys_lock(&state.lock);
	s = (struct mg_large_kept_sum){ state.bytes, state.count };
	mg_sys_unlock(&state.lock);
	return s;
}

void
mg_large_kept_before_fork(void)
{
	mg_sys_lock(&state.lock);
}

void
mg_large_kept_after_fork_parent(void)
{
	mg_sys_unlock(&state.lock);
}

/* Whoever was about to unmap something is not here. */
void
mg_large_kept_after_fork_child(void)
{
	mg_sys_reset_lock(&state.lock);
	if (load(&state.leaving_bytes) != 0)
		atomic_store_explicit(&state.leaving_bytes, 0, memory_order_relaxed);
}
