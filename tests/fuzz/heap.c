/* SPDX-License-Identifier: MIT */
/*
 * The heap itself, beside a model of it (heap_model.h). An input is a program of five bytes a step:
 * what is done, by which thread, to which slot, and two bytes of size. A fork's child does the rest
 * of the program, and may fork again; the parent does the rest too. In the end everything is freed,
 * and then nothing may be charged but memgov's own tables.
 */
#include "tests/fuzz/fuzz.h"

#include "shim/heap/entry.h"
#include "tests/fuzz/heap_acts.h"
#include "tests/fuzz/heap_hands.h"
#include "tests/fuzz/heap_sink.h"
#include "tests/fuzz/heap_slices.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEP_BYTES 5
#define MOST_FORKS 2 /* the child of a child */
#define MOST_FILL ((size_t)1 << 20)
#define RACE_STEPS 60u
#define CHILD_SECONDS 120u

/* `how`: thread, then nested, then a variant of the act, then the upper bits of the slot. */
struct step {
	uint8_t act, how, slot, size, more;
};

static unsigned forks_left;
static struct mg_heap_collection collection;
static bool is_collecting;

/* ---- What the bytes of a step mean. */

static unsigned
hand_of(const struct step *s)
{
	return s->how % HANDS;
}

static bool
is_variant(const struct step *s)
{
	return (s->how & 8) != 0;
}

static unsigned
slot_of(const struct step *s)
{
	return (unsigned)(s->how >> 4) << 8 | s->slot;
}

/* From 0 to 4 MiB, and next to all numbers that are round; or far too much. */
static size_t
size_of(const struct step *s)
{
	size_t n = (size_t)(s->more + 1) << s->size % 15;

	if (s->size == UINT8_MAX)
		return SIZE_MAX - s->more;
	return n - (n > s->size / 15u ? s->size / 15u : 0);
}

static struct act_request
request_of(const struct step *s, enum act_kind kind)
{
	size_t n = size_of(s);

	return (struct act_request){ kind, n, (size_t)16 << s->slot % (s->size % 16 ? 9 : 19) };
}

/* ---- Steps of one thread. */

static void
alloc_malloc(const struct step *s)
{
	struct act_request r = request_of(s, ACT_MALLOC);

	act_alloc(&heap_blocks[slot_of(s)], &r);
}

static void
alloc_zero(const struct step *s)
{
	struct act_request r = request_of(s, ACT_ZALLOC);

	act_alloc(&heap_blocks[slot_of(s)], &r);
}

static void
alloc_aligned(const struct step *s)
{
	struct act_request r = request_of(s, ACT_ALIGNED);

	act_alloc(&heap_blocks[slot_of(s)], &r);
}

static void
resize(const struct step *s)
{
	size_t n = size_of(s);

	act_resize(&heap_blocks[slot_of(s)], n + (n == 0));
}

static void
release(const struct step *s)
{
	act_free(&heap_blocks[slot_of(s)]);
}

static void
release_twice(const struct step *s)
{
	act_free_twice(&heap_blocks[slot_of(s)]);
}

/* Many of a kind: more than magazines and slices hold. */
static void
fill_with(const struct step *s, size_t n, size_t most)
{
	struct act_request r = { is_variant(s) ? ACT_ZALLOC : ACT_MALLOC, n, 0 };
	size_t count = 8u * (s->more + 1u);

	for (size_t i = 0; i < count && (i + 1) * n <= most; i++) {
		struct heap_block *b = &heap_blocks[(slot_of(s) + i) % HEAP_SLOTS];

		act_alloc(b, &r);
		if (b->p == NULL)
			break;
	}
}

static void
fill(const struct step *s)
{
	fill_with(s, ((size_t)s->size + 1) * 16 - s->size % 16, MOST_FILL);
}

static void
fill_with_runs(const struct step *s)
{
	fill_with(s, ((size_t)s->size + 8) * MG_SLICE_PAGE, 8 * MOST_FILL);
}

/* Neighbours grow and shrink, by turns. */
static void
resize_runs(const struct step *s)
{
	size_t n = ((size_t)s->size + 8) * MG_SLICE_PAGE;

	for (unsigned i = 0; i < 8; i++)
		act_resize(&heap_blocks[(slot_of(s) + i) % HEAP_SLOTS],
		    (s->more >> i & 1) != 0 ? n : n / 3);
}

/* Every n-th, or all. */
static void
drain(const struct step *s)
{
	size_t stride = is_variant(s) ? 1 : 1 + s->size % 16;

	for (size_t i = 0; i < 8u * (s->more + 1u); i += stride)
		act_free(&heap_blocks[(slot_of(s) + i) % HEAP_SLOTS]);
}

/* ---- Steps of all threads at once, each in slots of its own. */

struct race {
	unsigned hand;
	uint64_t random;
};

static void
run_race(const void *arg)
{
	const struct race *race = arg;
	uint64_t x = race->random * 2 + 1;

	for (unsigned i = 0; i < RACE_STEPS; i++) {
		struct step s = { 0 };
		struct heap_block *b;

		x = x * UINT64_C(6364136223846793005) + race->hand * 2 + 1;
		s.slot = (uint8_t)(x >> 32);
		s.size = (uint8_t)((x >> 40) % 225);
		s.more = (uint8_t)((x >> 48) % (s.size % 15 > 8 ? 4 : 256));
		b = &heap_blocks[race->hand * (HEAP_SLOTS / HANDS) + s.slot % 64u];
		if (x >> 62 == 0)
			act_free(b);
		else if (x >> 62 == 1)
			act_resize(b, size_of(&s) + 1);
		else
			act_alloc(b, &(struct act_request){ x >> 61 & 1, size_of(&s), 0 });
	}
}

static void
race(const struct step *s)
{
	struct race races[HANDS];

	act_is_race = true;
	for (unsigned i = 0; i < HANDS; i++)
		races[i] = (struct race){ i, s->size * 256u + s->more };
	for (unsigned i = 1; i < HANDS; i++)
		hand_begin(i, run_race, &races[i]);
	if (is_variant(s))
		act_collect();
	else
		run_race(&races[0]);
	for (unsigned i = 1; i < HANDS; i++)
		hand_finish(i);
	act_is_race = false;
}

/* ---- Steps of the rest of memgov. */

static bool is_frozen;

static void
set_limit(const struct step *s)
{
	uint64_t limit = s->size == 0    ? 0
			 : is_variant(s) ? mg_charge_now() + ((uint64_t)s->more << 10)
					 : (uint64_t)s->more << 18;

	heap_set_top(limit);
	mg_heap_configure(limit, (uint64_t)s->slot << 10);
	act_may_refuse = limit != 0 || is_frozen;
}

static void
freeze(const struct step *s)
{
	is_frozen = is_variant(s);
	mg_heap_freeze(is_frozen);
	act_may_refuse = mg_charge_limit() != 0 || is_frozen;
}

static void
set_engine(const struct step *s)
{
	mg_heap_use_mimalloc(is_variant(s) && s->size % 2 == 0);
}

static void
set_sampling(const struct step *s)
{
	sink.large_bytes = is_variant(s) ? (uint64_t)s->slot << 12 : 0;
	mg_sample_set_large(sink.large_bytes);
	mg_sample_set_mean(s->more % 8 == 0 ? 0 : (uint64_t)s->more << s->size % 12);
}

static void
keep_large(const struct step *s)
{
	mg_heap_keep_large(
	    (uint64_t)s->more << 17, is_variant(s) ? 0 : UINT64_C(1) << s->size % 40);
}

static void
decay(const struct step *s)
{
	mg_heap_decay(is_variant(s) ? UINT64_MAX : mg_sys_now_ns());
}

static void
collect(const struct step *s)
{
	(void)s;
	act_collect();
	FUZZ_CHECK(mg_large_read().kept_bytes == 0);
	heap_check_blocks();
	heap_check_slices();
}

static void
collect_a_bit(const struct step *s)
{
	if (!is_collecting)
		mg_heap_collect_begin(&collection);
	is_collecting = true;
	for (unsigned i = 0; is_collecting && i <= s->more % 8u; i++)
		is_collecting =
		    mg_heap_collect_step(&collection) && !mg_heap_collect_waits(&collection);
}

static void
make_room(const struct step *s)
{
	size_t n = size_of(s);

	if (is_variant(s))
		mg_heap_count_refusal();
	if (n <= MG_OBTAIN_MAX_BYTES)
		mg_heap_make_room(n);
}

static void
look(const struct step *s)
{
	(void)s;
	heap_check_blocks();
	heap_check_slices();
}

/* ---- Threads and processes. */

static void
last_will(const void *arg)
{
	const struct step *s = arg;

	alloc_malloc(s);
	release(s);
	alloc_zero(s);
	resize(&(struct step){ s->act, s->how, s->slot, s->more, s->size });
}

static void
end_hand(const struct step *s)
{
	hand_end(hand_of(s), is_variant(s) ? s : NULL);
}

static void run(const uint8_t *program, size_t len);
static void finish(void);

static void
be_child(const uint8_t *rest, size_t len)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(CHILD_SECONDS);
	hand_forget_all();
	is_collecting = false;
	heap_check_books();
	run(rest, len);
	finish();
	_exit(0);
}

static void
fork_off(const uint8_t *rest, size_t len)
{
	int status = -1;
	pid_t pid;

	if (forks_left == 0)
		return;
	pid = fork();
	FUZZ_CHECK(pid != -1);
	forks_left = pid == 0 ? forks_left - 1 : 0;
	if (pid == 0)
		be_child(rest, len);
	while (waitpid(pid, &status, 0) != pid)
		;
	FUZZ_CHECK(status == 0);
}

/* ---- */

/* More than once: what is most of a program's life is most of an input. */
static const struct act {
	void (*fn)(const struct step *);
	enum { BY_HAND, NESTABLE, BY_MAIN } by;
} acts[] = {
	{ alloc_malloc, NESTABLE }, { alloc_malloc, BY_HAND }, { alloc_zero, NESTABLE },
	{ alloc_aligned, NESTABLE }, { resize, NESTABLE }, { resize, BY_HAND },
	{ release, NESTABLE }, { release, BY_HAND }, { release_twice, BY_HAND }, { fill, BY_HAND },
	{ fill_with_runs, BY_HAND }, { drain, BY_HAND }, { resize_runs, BY_HAND },
	{ race, BY_MAIN }, { set_limit, BY_MAIN }, { freeze, BY_MAIN }, { set_engine, BY_MAIN },
	{ set_sampling, BY_MAIN }, { keep_large, BY_MAIN }, { decay, BY_HAND },
	{ collect, BY_MAIN }, { collect_a_bit, BY_MAIN }, { make_room, BY_HAND }, { look, BY_MAIN },
	{ end_hand, BY_MAIN }, { NULL, BY_MAIN }, /* fork */
};
#define ACTS (sizeof acts / sizeof acts[0])

static void
do_usually(const void *arg)
{
	const struct step *s = arg;

	acts[s->act % ACTS].fn(s);
}

/* As a signal handler that came while the thread was in its magazines. */
static void
do_nested(const void *arg)
{
	struct mg_thread *t = mg_thread_self.record;

	if (!mg_thread_has_record(t)) {
		act_pass_slowly();
		t = mg_thread_self.record;
	}
	atomic_store(&t->busy, 1);
	do_usually(arg);
	atomic_store(&t->busy, 0);
	act_pass_slowly();
}

static void
run(const uint8_t *program, size_t len)
{
	struct step s;

	for (; len >= STEP_BYTES; program += STEP_BYTES, len -= STEP_BYTES) {
		const struct act *a;

		memcpy(&s, program, sizeof s);
		a = &acts[s.act % ACTS];
		if (a->fn == NULL)
			fork_off(program + STEP_BYTES, len - STEP_BYTES);
		else if (a->by == BY_MAIN)
			a->fn(&s);
		else
			hand_do(hand_of(&s),
			    a->by == NESTABLE && (s.how & 4) != 0 ? do_nested : do_usually, &s);
		heap_check_books();
	}
}

/* Freed by whoever is there, in turns: blocks change hands at the end at the latest. */
static void
free_a_part(const void *arg)
{
	const unsigned *part = arg;

	for (size_t i = *part; i < HEAP_SLOTS; i += HANDS)
		act_free(&heap_blocks[i]);
}

static void
finish(void)
{
	heap_check_blocks();
	heap_check_slices();
	sink_check(heap_is_live);
	for (unsigned i = 0; i < HANDS; i++)
		hand_do(hands[i].is_there ? i : 0, free_a_part, &i);
	for (unsigned i = 1; i < HANDS; i++)
		hand_end(i, NULL);
	is_collecting = false;
	heap_set_top(0);
	mg_heap_configure(0, 0);
	freeze(&(struct step){ 0 });
	set_sampling(&(struct step){ 0 });
	mg_heap_keep_large(0, 0);
	mg_heap_use_mimalloc(false);
	act_pass_slowly();
	act_collect();
	FUZZ_CHECK(sink.live == 0);
	heap_check_books();
	heap_check_empty();
	heap_check_blocks();
	heap_check_slices();
}

static void
start(void)
{
	mg_heap_init();
	mg_sample_start(&sink_functions);
	mg_heap_set_slow_work(act_slow_work);
	hand_last_will = last_will;
	FUZZ_CHECK(pthread_key_create(&hand_key, hand_die) == 0);
	FUZZ_CHECK(pthread_atfork(mg_heap_before_fork, mg_heap_after_fork_parent,
		       mg_heap_after_fork_child) == 0);
	mg_heap_free(mg_heap_malloc(1));
	FUZZ_CHECK(mg_region_slices() > 0);
}

static void
fuzz_text(char *text, size_t len)
{
	static bool is_started;

	if (!is_started)
		start();
	is_started = true;
	memset(&heap_model, 0, sizeof heap_model);
	mg_heap_read(&heap_model.before);
	heap_set_top(0);
	forks_left = MOST_FORKS;
	run((const uint8_t *)text, len);
	finish();
}
