/* SPDX-License-Identifier: MIT */
#include "shim/heap/park.h"

#include "shim/base/log.h"
#include "shim/base/sys.h"
#include "shim/heap/bits.h"
#include "shim/heap/charge.h"
#include "shim/heap/class.h"
#include "shim/heap/thread.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#define SHELVES 8u
#define PUNCH_SLICES 64u
/* A step of the pool: one system call. */
#define PUNCH_RUN 64u
#define REPORT_GAP_NS MG_NS_PER_S

/* Slices of a class that have free blocks, the fullest on the first shelf. */
struct store {
	struct mg_lock lock;
	uint32_t filled; /* bit per shelf */
	uint32_t first[SHELVES];
} __attribute__((aligned(64)));

static struct store stores[MG_CLASSES];
static _Atomic bool is_locked;
static _Atomic uint64_t reported_ns;

/* ---- Shelves. All under the class's lock. */

static unsigned
shelf_of(const struct mg_class *c, unsigned free)
{
	return (free * SHELVES - 1) / c->blocks;
}

static void
unshelve(struct store *st, struct mg_slice *s)
{
	if (s->next != 0)
		mg_slice_record(s->next)->prev = s->prev;
	if (s->prev != 0)
		mg_slice_record(s->prev)->next = s->next;
	else
		st->first[s->shelf] = s->next;
	if (st->first[s->shelf] == 0)
		st->filled &= ~(1u << s->shelf);
}

static void
shelve(struct store *st, uint32_t number, unsigned shelf)
{
	struct mg_slice *s = mg_slice_record(number);

	mg_slice_set_state(s, MG_SLICE_SHELVED);
	s->shelf = (uint8_t)shelf;
	s->prev = 0;
	s->next = st->first[shelf];
	if (s->next != 0)
		mg_slice_record(s->next)->prev = number;
	st->first[shelf] = number;
	st->filled |= 1u << shelf;
}

/* Puts a slice where it belongs after its count of free blocks has changed. */
static void
settle(struct store *st, const struct mg_class *c, uint32_t number)
{
	struct mg_slice *s = mg_slice_record(number);
	unsigned shelf = s->free > 0 ? shelf_of(c, s->free) : SHELVES;

	if (mg_slice_state(s) == MG_SLICE_SHELVED && s->shelf == shelf)
		return;
	if (mg_slice_state(s) == MG_SLICE_SHELVED)
		unshelve(st, s);
	if (s->free == 0)
		mg_slice_set_state(s, MG_SLICE_FULL);
	else
		shelve(st, number, shelf);
}

/* ---- Slices that come and go. */

/* Under the lock of a class it says whether the slice is of that class; another may be coming. */
static unsigned
class_of(const struct mg_slice *s)
{
	return __atomic_load_n(&s->class, __ATOMIC_RELAXED);
}

static uint32_t
prepare_slice(unsigned class, enum mg_slice_failure *why)
{
	const struct mg_class *c = &mg_classes[class];
	unsigned words = (c->blocks + 63u) / 64;
	uint32_t number = mg_slice_take(1, why);
	struct mg_slice *s = mg_slice_record(number);

	if (number == 0)
		return 0;
	s->bits = words <= MG_SLICE_FEW_WORDS ? s->few : mg_bits_get(words);
	if (s->bits == NULL) {
		mg_slice_give(number, 1);
		*why = MG_SLICE_CEILING;
		return 0;
	}
	memset(s->bits, 0xff, words * sizeof *s->bits);
	if (c->blocks % 64 != 0)
		s->bits[words - 1] = ((uint64_t)1 << c->blocks % 64) - 1;
	s->words = (uint8_t)words;
	__atomic_store_n(&s->class, (uint8_t) class, __ATOMIC_RELAXED);
	s->free = c->blocks;
	__atomic_store_n(&mg_slice_region.class[number], (uint8_t) class, __ATOMIC_RELAXED);
	return number;
}

/* Under the lock: from here on it belongs to nobody but the caller. */
static void
retire(struct store *st, uint32_t number)
{
	struct mg_slice *s = mg_slice_record(number);

	if (mg_slice_state(s) == MG_SLICE_SHELVED)
		unshelve(st, s);
	mg_slice_set_state(s, MG_SLICE_TAKEN);
	__atomic_store_n(&s->class, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&mg_slice_region.class[number], 0, __ATOMIC_RELAXED);
}

static void
give_retired(uint32_t number)
{
	struct mg_slice *s = mg_slice_record(number);

	if (s->bits != s->few)
		mg_bits_put(s->bits, s->words);
	s->bits = NULL;
	mg_slice_give(number, 1);
}

/* ---- Taking. */

struct taking {
	uintptr_t *blocks;
	unsigned n, want;
	bool is_small;  /* may use the reserve */
	bool is_frugal; /* the ceiling is near: resident pages only */
};

/* Pages that bytes [from, to) of a slice lie in. */
static uint16_t
pages_of(uint32_t from, uint32_t to)
{
	uint32_t first = from / MG_SLICE_PAGE, last = (to - 1) / MG_SLICE_PAGE;

	return (uint16_t)((2u << last) - (1u << first));
}

static bool
make_resident(struct taking *t, struct mg_slice *s, uint16_t pages)
{
	if ((pages & ~s->resident) == 0)
		return true;
	if (t->is_frugal || !mg_slice_charge(s, pages, t->is_small)) {
		t->is_frugal = true;
		return false;
	}
	return true;
}

static void
take_from(struct taking *t, const struct mg_class *c, uint32_t number)
{
	struct mg_slice *s = mg_slice_record(number);
	uintptr_t base = (uintptr_t)mg_slice_address(number);
	uint32_t first = mg_class_first(c, number);
	uint16_t before = s->resident;

	for (unsigned w = 0; w < s->words; w++) {
		uint64_t left = s->bits[w];

		for (; left != 0 && t->n < t->want; left &= left - 1) {
			unsigned bit = (unsigned)__builtin_ctzll(left);
			uint32_t at = first + (w * 64 + bit) * c->bytes;
			uint16_t pages = pages_of(at, at + c->bytes);

			if (!make_resident(t, s, pages))
				continue;
			s->bits[w] &= ~((uint64_t)1 << bit);
			s->free--;
			t->blocks[t->n++] =
			    (base + at) | ((pages & before) == 0 ? MG_PARK_ZERO : 0);
		}
		if (t->n == t->want)
			break;
	}
}

static void
take_shelved(struct taking *t, struct store *st, const struct mg_class *c)
{
	for (unsigned shelf = 0; shelf < SHELVES && t->n < t->want; shelf++) {
		uint32_t number = st->first[shelf], next;

		for (; number != 0 && t->n < t->want; number = next) {
			next = mg_slice_record(number)->next;
			__builtin_prefetch(mg_slice_record(next), 1);
			take_from(t, c, number);
			settle(st, c, number);
		}
	}
}

unsigned
mg_park_take(unsigned class, uintptr_t *blocks, unsigned want, enum mg_slice_failure *why)
{
	struct store *st = &stores[class];
	const struct mg_class *c = &mg_classes[class];
	struct taking t = {
		.blocks = blocks, .want = want, .is_small = c->bytes <= MG_CHARGE_SMALL
	};
	uint32_t fresh;

	mg_sys_lock(&st->lock);
	take_shelved(&t, st, c);
	mg_sys_unlock(&st->lock);
	*why = t.is_frugal ? MG_SLICE_CEILING : MG_SLICE_OK;
	if (t.n > 0 || t.is_frugal || (fresh = prepare_slice(class, why)) == 0)
		return t.n;
	mg_sys_lock(&st->lock);
	shelve(st, fresh, SHELVES - 1);
	take_from(&t, c, fresh);
	settle(st, c, fresh);
	mg_sys_unlock(&st->lock);
	if (t.n == 0)
		*why = MG_SLICE_CEILING;
	return t.n;
}

/* ---- Parking. */

static bool
find_bit(const void *p, const struct mg_slice *s, uint64_t **word, uint64_t *bit)
{
	uint32_t number = (uint32_t)mg_slice_of(p);
	const struct mg_class *c = &mg_classes[s->class];
	uint32_t first = mg_class_first(c, number);
	uint32_t offset = (uint32_t)((uintptr_t)p & (MG_SLICE_BYTES - 1)) - first;
	uint32_t index = mg_class_index(c, offset & (MG_SLICE_BYTES - 1));

	*word = &s->bits[index / 64];
	*bit = (uint64_t)1 << index % 64;
	return offset < MG_SLICE_BYTES && index < c->blocks && index * c->bytes == offset;
}

static bool
park(unsigned class, const void *p)
{
	struct mg_slice *s = mg_slice_record((uint32_t)mg_slice_of(p));
	uint64_t *word, bit;

	if (class_of(s) != class || !find_bit(p, s, &word, &bit) || (*word & bit) != 0)
		return false;
	*word |= bit;
	s->free++;
	return true;
}

void
mg_park_report_double(const void *p)
{
	uint64_t now_ns = mg_sys_now_ns();
	uint64_t last_ns = atomic_load_explicit(&reported_ns, memory_order_relaxed);

	if (last_ns != 0 && now_ns - last_ns < REPORT_GAP_NS)
		return;
	atomic_store_explicit(&reported_ns, now_ns, memory_order_relaxed);
	mg_log(MG_LOG_WARN,
	    "block 0x%lx was freed twice, or is none; the second release is left out",
	    (unsigned long)p);
}

static __attribute__((cold)) void
count_double_frees(unsigned n, const void *last)
{
	struct mg_counters c = { .double_frees = n };

	mg_thread_count_direct(&c);
	mg_park_report_double(last);
}

unsigned
mg_park_put(unsigned class, void *const *blocks, unsigned n)
{
	struct store *st = &stores[class];
	const struct mg_class *c = &mg_classes[class];
	uint32_t empty[MG_PARK_MAX_BATCH];
	unsigned empties = 0, bad = 0;
	const void *last_bad = NULL;

	for (unsigned i = 0; i < n; i++)
		__builtin_prefetch(mg_slice_record((uint32_t)mg_slice_of(blocks[i])), 1);
	mg_sys_lock(&st->lock);
	for (unsigned i = 0; i < n; i++) {
		uint32_t number = (uint32_t)mg_slice_of(blocks[i]);
		struct mg_slice *s = mg_slice_record(number);

		if (!park(class, blocks[i])) {
			last_bad = blocks[i];
			bad++;
		}
		/* Neighbours in the batch are often neighbours in memory: settled once. */
		if ((i + 1 < n && mg_slice_of(blocks[i + 1]) == number) || class_of(s) != class ||
		    mg_slice_state(s) == MG_SLICE_DETACHED)
			continue;
		if (s->free < c->blocks) {
			settle(st, c, number);
		} else {
			retire(st, number);
			empty[empties++] = number;
		}
	}
	mg_sys_unlock(&st->lock);
	while (empties > 0)
		give_retired(empty[--empties]);
	if (bad > 0)
		count_double_frees(bad, last_bad);
	return bad;
}

bool
mg_park_is_issued(const void *p)
{
	uint32_t number = (uint32_t)mg_slice_of(p);
	struct mg_slice *s = mg_slice_record(number);
	unsigned class = __atomic_load_n(&mg_slice_region.class[number], __ATOMIC_RELAXED);
	uint64_t *word, bit;
	bool is_issued;

	mg_sys_lock(&stores[class].lock);
	is_issued =
	    class != 0 && class_of(s) == class && find_bit(p, s, &word, &bit) && (*word & bit) == 0;
	mg_sys_unlock(&stores[class].lock);
	return is_issued;
}

/* ---- Punching: pages are looked up under the lock, punched without it while no block of their
 * slice can be taken, and uncharged under it. */

static bool
is_all_set(const uint64_t *bits, unsigned from, unsigned to)
{
	unsigned first = from / 64, last = to / 64;

	for (unsigned w = first; w <= last; w++) {
		uint64_t mask = UINT64_MAX;

		if (w == first)
			mask &= UINT64_MAX << from % 64;
		if (w == last)
			mask &= UINT64_MAX >> (63 - to % 64);
		if ((bits[w] & mask) != mask)
			return false;
	}
	return true;
}

/* Resident pages on which no issued block has a byte. */
static uint16_t
free_pages(const struct mg_slice *s, uint32_t number)
{
	const struct mg_class *c = &mg_classes[s->class];
	uint32_t first = mg_class_first(c, number);
	uint16_t pages = 0;

	for (unsigned left = s->resident; left != 0; left &= left - 1) {
		unsigned page = (unsigned)__builtin_ctz(left);
		uint32_t start = page * (uint32_t)MG_SLICE_PAGE;
		uint32_t end = start + (uint32_t)MG_SLICE_PAGE - 1 - first;
		uint32_t from = start > first ? mg_class_index(c, start - first) : 0;
		uint32_t to = mg_class_index(c, end);

		to = to < c->blocks ? to : c->blocks - 1u;
		if (from > to || is_all_set(s->bits, from, to))
			pages |= (uint16_t)(1u << page);
	}
	return pages;
}

struct detached {
	uint32_t number;
	uint16_t pages;
	uint8_t class;
};

static bool
detach(uint32_t number, struct detached *out)
{
	struct mg_slice *s = mg_slice_record(number);
	unsigned class = __atomic_load_n(&mg_slice_region.class[number], __ATOMIC_RELAXED);
	struct store *st = &stores[class];
	uint16_t pages = 0;

	if (class == 0)
		return false;
	mg_sys_lock(&st->lock);
	if (class_of(s) == class && mg_slice_state(s) == MG_SLICE_SHELVED &&
	    (pages = free_pages(s, number)) != 0) {
		unshelve(st, s);
		mg_slice_set_state(s, MG_SLICE_DETACHED);
	}
	mg_sys_unlock(&st->lock);
	*out = (struct detached){ number, pages, (uint8_t) class };
	return pages != 0;
}

static void
attach(const struct detached *d, bool is_punched)
{
	struct store *st = &stores[d->class];
	struct mg_slice *s = mg_slice_record(d->number);
	bool is_empty;

	mg_sys_lock(&st->lock);
	if (is_punched)
		mg_slice_uncharge(s, d->pages);
	mg_slice_set_state(s, MG_SLICE_FULL);
	is_empty = s->free == mg_classes[d->class].blocks;
	if (is_empty)
		retire(st, d->number);
	else
		settle(st, &mg_classes[d->class], d->number);
	mg_sys_unlock(&st->lock);
	if (is_empty)
		give_retired(d->number);
}

static bool
punch_range(char *from, char *to)
{
	bool done = from == to || mg_sys_madvise(from, (size_t)(to - from), MADV_DONTNEED) == 0;

	if (atomic_load_explicit(&is_locked, memory_order_relaxed) == done)
		atomic_store_explicit(&is_locked, !done, memory_order_relaxed);
	return done;
}

/* One call for pages that touch, across slices too. Returns the bytes, 0 when it was refused. */
static uint64_t
punch_all(const struct detached *d, unsigned n)
{
	char *from = NULL, *to = NULL;
	uint64_t bytes = 0;

	for (unsigned i = 0; i < n; i++) {
		for (unsigned left = d[i].pages; left != 0; left &= left - 1) {
			char *page = mg_slice_address(d[i].number) +
				     (size_t)__builtin_ctz(left) * MG_SLICE_PAGE;

			if (page != to) {
				if (!punch_range(from, to))
					return 0;
				from = page;
			}
			to = page + MG_SLICE_PAGE;
			bytes += MG_SLICE_PAGE;
		}
	}
	return punch_range(from, to) ? bytes : 0;
}

uint64_t
mg_park_punch(uint32_t *cursor, uint32_t slices)
{
	struct detached d[PUNCH_SLICES];
	uint32_t highest = mg_slice_highest(), number = *cursor > 0 ? *cursor : 1;
	uint32_t end = number + slices;
	unsigned n = 0;
	uint64_t bytes;

	for (; number <= highest && number < end && n < PUNCH_SLICES; number++)
		n += detach(number, &d[n]);
	*cursor = number <= highest ? number : 0;
	bytes = punch_all(d, n);
	for (unsigned i = 0; i < n; i++)
		attach(&d[i], bytes != 0);
	if (bytes == 0 && n > 0)
		*cursor = 0;
	return bytes;
}

/* Its pages may be gone or not: they stay charged until they are punched anew. */
void
mg_park_mend(uint32_t slice)
{
	struct mg_slice *s = mg_slice_record(slice);

	if (mg_slice_state(s) == MG_SLICE_DETACHED)
		attach(&(struct detached){ slice, 0, s->class }, false);
}

uint64_t
mg_park_punch_pool(bool *left)
{
	uint32_t n = PUNCH_RUN, first = mg_slice_take_resident(&n);
	uint64_t pages = 0;

	*left = first != 0;
	if (first == 0)
		return 0;
	/* A fork child finds it by that, and gives it back. */
	mg_slice_set_state(mg_slice_record(first), MG_SLICE_DROPPED);
	*left = punch_range(mg_slice_address(first), mg_slice_address(first) + n * MG_SLICE_BYTES);
	for (uint32_t i = 0; *left && i < n; i++)
		pages += mg_slice_uncharge(mg_slice_record(first + i), UINT16_MAX);
	mg_slice_give(first, n);
	return pages * MG_SLICE_PAGE;
}

bool
mg_park_is_locked(void)
{
	return atomic_load_explicit(&is_locked, memory_order_relaxed);
}

void
mg_park_check(void)
{
	for (uint32_t number = 1; number <= mg_slice_highest(); number++) {
		unsigned class = __atomic_load_n(&mg_slice_region.class[number], __ATOMIC_RELAXED);
		const struct mg_slice *s = mg_slice_record(number);
		unsigned free = 0;

		mg_sys_lock(&stores[class].lock);
		/* One that is TAKEN is being prepared, without the lock. */
		if (class != 0 && class_of(s) == class && mg_slice_state(s) != MG_SLICE_TAKEN) {
			for (unsigned w = 0; w < s->words; w++)
				free += (unsigned)__builtin_popcountll(s->bits[w]);
			assert(free == s->free && "a slice's bits and count differ");
			assert((mg_slice_state(s) != MG_SLICE_FULL || free == 0) &&
			       "a free block is lost");
		}
		mg_sys_unlock(&stores[class].lock);
		(void)free;
	}
}

void
mg_park_before_fork(void)
{
	for (unsigned class = 1; class < MG_CLASSES; class ++)
		mg_sys_lock(&stores[class].lock);
}

void
mg_park_after_fork_parent(void)
{
	for (unsigned class = 1; class < MG_CLASSES; class ++)
		mg_sys_unlock(&stores[class].lock);
}

void
mg_park_after_fork_child(void)
{
	for (unsigned class = 0; class < MG_CLASSES; class ++)
		mg_sys_reset_lock(&stores[class].lock);
}
