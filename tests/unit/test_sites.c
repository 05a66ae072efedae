/* SPDX-License-Identifier: MIT */
#include "shim/observe/sites.h"

#include "shim/base/log.h"
#include "shim/observe/events.h"
#include "shim/observe/marks.h"
#include "shim/observe/samples.h"
#include "shim/observe/site.h"
#include "shim/tables/config.h"
#include "tests/unit/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char got[1 << 20];

static const char *
events(void)
{
	struct mg_text t;

	mg_text_init(&t, got, sizeof got);
	mg_events_print(&t, 0, 100);
	return got;
}

static const char *
printed(unsigned most)
{
	struct mg_text t;

	mg_text_init(&t, got, sizeof got);
	mg_sites_print(&t, most);
	cr_expect(not(t.cut));
	return got;
}

static const char *
profile(uint64_t now_ns)
{
	struct mg_text t;

	mg_text_init(&t, got, sizeof got);
	mg_sites_print_profile(&t, now_ns);
	cr_expect(not(t.cut));
	cr_expect(lt(sz, t.len, mg_sites_print_room()));
	return got;
}

static void *
block(uint64_t i)
{
	return (void *)(0x100000 + i * 64);
}

/* Frames outside of all modules print as they are. */
static void
take(uint64_t i, uint64_t bytes, double weight, uint64_t frame)
{
	mg_sites_take(block(i), bytes, weight, &frame, 1);
}

static bool
forget(uint64_t i)
{
	struct mg_sample s;

	return mg_sites_sink.forget(block(i), &s);
}

Test(sites, have_the_options_defaults)
{
	struct mg_config c = support_config(NULL);

	cr_expect(eq(u64, c.sample, MG_SITES_SAMPLE_BYTES));
	cr_expect(eq(u64, c.large_alloc, MG_SITES_LARGE_BYTES));
}

Test(sites, cost_nothing_at_first)
{
	struct mg_sample s;

	cr_expect(zero(u64, mg_sites_read().own_bytes));
	cr_expect(not(mg_sites_sink.forget(block(1), &s)));
	mg_sites_look(100 * S);
	cr_expect(zero(u64, mg_sites_read().own_bytes));
	cr_expect(
	    SAME(printed(10), "# site live_bytes live_blocks bytes_per_minute verdict frames\n"));
	profile(mg_sys_now_ns());
	cr_expect(strncmp(got, "memgov-profile 1\npid ", 21) == 0, "%s", got);
	cr_expect(strstr(got, "\nsamples 0 0\nmarks 0 ") != NULL, "%s", got);
	cr_expect(SAME(got + strlen(got) - 5, "\nend\n"));
	mg_sites_before_fork();
	mg_sites_after_fork_child();
	cr_expect(zero(u64, mg_sites_read().own_bytes));
}

Test(sites, say_who_holds_what)
{
	take(1, 1000, 8, 0xa);
	take(2, 64, 100, 0xb);
	take(3, 64, 100, 0xb);
	take(4, 128, 1, 0xc);
	cr_expect(forget(4));
	cr_expect(not(forget(4)));
	mg_sites_take(block(5), 32, 50, NULL, 0);
	cr_expect(
	    SAME(printed(10), "# site live_bytes live_blocks bytes_per_minute verdict frames\n"
			      "2 12800 200 0 steady 0xb\n"
			      "1 8000 8 0 steady 0xa\n"
			      "4 1600 50 0 steady (no stack)\n"
			      "3 0 0 0 steady 0xc\n"));
	cr_expect(SAME(printed(1), "# site live_bytes live_blocks bytes_per_minute verdict frames\n"
				   "2 12800 200 0 steady 0xb\n"));
	cr_expect(eq(u64, mg_sites_read().samples, 5));
	cr_expect(eq(u64, mg_sites_read().live_samples, 4));
	cr_expect(eq(u64, mg_sites_read().sites, 4));
}

Test(sites, follow_a_block_that_grows)
{
	struct mg_sample s;

	take(1, 1000, 8, 0xa);
	cr_assert(mg_sites_sink.forget(block(1), &s));
	cr_expect(eq(u64, s.bytes, 1000));
	cr_expect(epsilon_eq(dbl, s.weight, 8, 1e-9));
	s.bytes = 5000;
	s.weight = 2;
	mg_sites_sink.keep(block(9), &s);
	cr_expect(not(forget(1)));
	cr_expect(strstr(printed(1), "\n1 10000 2 0 steady 0xa\n") != NULL, "%s", got);
	cr_expect(strstr(profile(mg_sys_now_ns()), " 1 0 ") != NULL, "one in, none out: %s", got);
	cr_expect(forget(9));
	cr_expect(strstr(printed(1), "\n1 0 0 0 steady 0xa\n") != NULL, "%s", got);
}

/* Its release was missed, and its address is another block's now. */
Test(sites, forget_what_lies_there_no_more)
{
	take(1, 1000, 8, 0xa);
	take(1, 50, 2, 0xb);
	cr_expect(
	    strstr(printed(2), "\n2 100 2 0 steady 0xb\n1 0 0 0 steady 0xa\n") != NULL, "%s", got);
	cr_expect(eq(u64, mg_sites_read().live_samples, 1));
}

static void
swap(char *text, const char *word, const char *by)
{
	char *at = strstr(text, word), *end;

	cr_assert(at != NULL, "%s", word);
	end = strpbrk(at + strlen(word), " \n");
	memmove(at + strlen(by), end, strlen(end) + 1);
	memcpy(at, by, strlen(by));
}

/* Three blocks of one site, one of another; looks every 5 s; what depends on the machine is
 * replaced. */
Test(sites, print_a_profile)
{
	uint64_t now_ns = mg_sys_now_ns();
	char want[64];

	mg_sites_start();
	mg_sample_set_mean(512 * KB);
	for (uint64_t i = 0; i < 3; i++) {
		static const uint64_t frames[] = { 0x1189, 0x2724a };

		mg_sites_take(block(i), 1000, 4, frames, 2);
		mg_sites_look(now_ns + i * 5 * S);
	}
	cr_expect(forget(0));
	mg_sites_take(block(9), 32, 2, NULL, 0);
	profile(now_ns + 70 * S);
	snprintf(want, sizeof want, "memgov-profile 1\npid %d\nuptime_ms ", mg_sys_pid());
	cr_expect(strncmp(got, want, strlen(want)) == 0, "%s", got);
	swap(got, "pid ", "pid 4711");
	swap(got, "uptime_ms ", "uptime_ms 70000");
	cr_expect(strstr(got, "\nsite 1 8 8000 12 12000 3 1 ") != NULL, "%s", got);
	cr_expect(strstr(got, "\nsite 2 2 64 2 64 1 0 ") != NULL, "%s", got);
	for (int i = 1; i <= 2; i++) {
		char *site =
		    strstr(got, i == 1 ? "\nsite 1 8 8000 12 12000 3 1" : "\nsite 2 2 64 2 64 1 0");
		char *end = strchr(site + 1, '\n');

		site += strlen(i == 1 ? "\nsite 1 8 8000 12 12000 3 1" : "\nsite 2 2 64 2 64 1 0");
		memmove(site, end, strlen(end) + 1);
	}
	support_check_golden("sites_profile.txt", got);
}

/* However long and wide. */
Test(sites, have_room_for_the_largest_profile)
{
	uint64_t frames[MG_UNWIND_DEPTH], now_ns = mg_sys_now_ns();
	size_t room;
	char *buf;
	struct mg_text t;

	mg_sites_start();
	for (unsigned i = 0; i < MG_SITES + 100; i++) {
		for (unsigned j = 0; j < MG_UNWIND_DEPTH; j++)
			frames[j] = UINT64_MAX - i;
		mg_sites_take(block(i), (uint64_t)1 << 40, 1e6, frames, MG_UNWIND_DEPTH);
	}
	for (unsigned i = 0; i < 140; i++)
		mg_sites_look(now_ns + i * 60 * S);
	room = mg_sites_print_room();
	cr_expect(lt(sz, room, 16 * MB));
	buf = malloc(room);
	mg_text_init(&t, buf, room);
	mg_sites_print_profile(&t, now_ns + 9000 * S);
	cr_expect(not(t.cut));
	cr_expect(SAME(buf + t.len - 5, "\nend\n"));
	cr_expect(eq(u32, support_count(buf, "\nsite "), MG_SITES), "the others, too");
	cr_log_info("%zu bytes of %zu", t.len, room);
	free(buf);
}

/* 20 samples a minute that stay, at a site; the same, but released, at another. */
Test(sites, tell_of_suspects_once_an_hour)
{
	uint64_t now_ns = 1000 * S, i = 0;

	for (; now_ns < 1200 * S; now_ns += S, i++) {
		take(2 * i, 512 * KB, 1.6, 0xa);
		take(2 * i + 1, 512 * KB, 1.6, 0xb);
		cr_expect(forget(2 * i + 1));
		mg_sites_look(now_ns);
	}
	cr_expect(eq(u64, mg_sites_read().suspects, 1));
	cr_expect(strstr(printed(5), " suspect 0xa\n2 0 0 0 steady 0xb\n") != NULL, "%s", got);
	cr_expect(eq(u32, support_count(events(), " suspect site 1 grows 48M a minute: 0xa\n"), 1),
	    "%s", got);
	for (; now_ns < 1300 * S; now_ns += S)
		mg_sites_look(now_ns);
	cr_expect(zero(u64, mg_sites_read().suspects), "no more");
	for (; now_ns < 1500 * S; now_ns += S, i++) {
		take(2 * i, 512 * KB, 1.6, 0xa);
		mg_sites_look(now_ns);
	}
	cr_expect(eq(u64, mg_sites_read().suspects, 1));
	cr_expect(eq(u32, support_count(events(), " suspect "), 1), "%s", got);
	for (; now_ns < 5000 * S; now_ns += S, i++) {
		take(2 * i, 512 * KB, 1.6, 0xa);
		mg_sites_look(now_ns);
	}
	cr_expect(eq(u32, support_count(events(), " suspect "), 2), "%s", got);
}

/* One place that leaks on 40 ways, each too seldom; and another that only turns over. */
Test(sites, tell_of_suspects_that_are_many_stacks)
{
	uint64_t now_ns = 1000 * S, i = 0;

	for (; now_ns < 1100 * S; now_ns += S, i++) {
		uint64_t frames[] = { 0xa, 0xb, 0xc, 0xd00 + i % 40 };

		mg_sites_take(block(i), 512 * KB, 1.6, frames, 4);
		frames[3] = 0xf;
		if (i % 6 == 0) {
			mg_sites_take(block(2000 + i), 512 * KB, 1.6, frames, 4);
			cr_expect(forget(2000 + i));
		}
		frames[2] = 0xe;
		frames[3] = 0xd00 + i % 40;
		mg_sites_take(block(1000 + i), 512 * KB, 1.6, frames, 4);
		cr_expect(forget(1000 + i));
		mg_sites_look(now_ns);
	}
	cr_expect(eq(u64, mg_sites_read().suspects, 1));
	cr_expect(eq(u32, support_count(events(), " suspect "), 1), "%s", got);
	cr_expect(
	    strstr(got, " suspect 41 sites together grow 48M a minute: 0xa < 0xb < 0xc\n") != NULL,
	    "%s", got);
	cr_expect(
	    eq(u32, support_count(printed(100), " suspect 0xa < 0xb < 0xc < 0xd"), 40), "%s", got);
	cr_expect(eq(u32, support_count(got, " steady 0xa < 0xb < 0xe < 0xd"), 40), "%s", got);
	cr_expect(
	    strstr(got, " 0 0 0 steady 0xa < 0xb < 0xc < 0xf\n") != NULL, "no part of it: %s", got);
	for (; now_ns < 1200 * S; now_ns += S)
		mg_sites_look(now_ns);
	cr_expect(zero(u64, mg_sites_read().suspects));
	cr_expect(zero(u32, support_count(printed(100), " suspect ")), "%s", got);
}

/* So many groups that some have the same hash: two with 10 samples each are not one with 20. */
Test(sites, tell_groups_apart)
{
	for (uint64_t round = 0; round < 10; round++) {
		for (uint64_t i = 0; i < 4000; i++) {
			uint64_t frames[] = { 0xa, 0xb, i / 2, i };

			if (i % 2 == round % 2)
				mg_sites_take(block(round * 4000 + i), 512 * KB, 1.6, frames, 4);
		}
		mg_sites_look((1000 + round * 6) * S);
	}
	mg_sites_look(1060 * S);
	cr_expect(zero(u64, mg_sites_read().suspects), "%s", events());
	cr_expect(eq(u32, support_count(printed(9999), " growing "), 0), "five each");
}

/* Only while something comes or goes. */
Test(sites, ask_for_marks)
{
	take(1, 64, 1, 0xa);
	mg_sites_look(100 * S);
	cr_expect(eq(u64, mg_sites_wait_ns(101 * S), UINT64_MAX));
	take(2, 64, 1, 0xa);
	cr_expect(eq(u64, mg_sites_wait_ns(101 * S), 3500 * MS));
	cr_expect(zero(u64, mg_sites_wait_ns(106 * S)));
	mg_sites_look(106 * S);
	cr_expect(eq(u64, mg_sites_wait_ns(107 * S), UINT64_MAX));
	cr_expect(forget(1));
	cr_expect(eq(u64, mg_sites_wait_ns(107 * S), 3500 * MS));
}

/* Estimates stay what they are when half of the samples go. */
Test(sites, thin_out_when_there_are_too_many)
{
	double blocks, bytes;
	const struct mg_site *s;

	mg_sample_set_mean(4096);
	for (uint64_t i = 0; i < MG_SITES_SAMPLES; i++)
		take(i, 64, 64, i % 4 == 0 ? 0xa : 0xb);
	mg_sites_look(100 * S);
	cr_expect(eq(u64, mg_sites_read().live_samples, MG_SITES_SAMPLES));
	take(MG_SITES_SAMPLES, 64, 64, 0xc);
	cr_expect(eq(u64, mg_sample_mean(), 8192));
	cr_expect(strstr(events(), " sample 65536 samples live: one in 8K from now on\n") != NULL,
	    "%s", got);
	cr_expect(lt(u64, mg_sites_read().live_samples, 34000));
	cr_expect(gt(u64, mg_sites_read().live_samples, 31500));
	cr_expect(eq(u64, mg_sites_read().samples, MG_SITES_SAMPLES + 1));
	cr_assert(mg_site_enter());
	s = mg_site_at(1);
	blocks = s->live_blocks;
	bytes = s->live_bytes;
	cr_expect(epsilon_eq(dbl, blocks, MG_SITES_SAMPLES / 4 * 64.0, 40000), "%f", blocks);
	cr_expect(epsilon_eq(dbl, bytes, blocks * 64, 1));
	cr_expect(epsilon_eq(dbl, s->in, MG_SITES_SAMPLES / 8, 300), "%u", s->in);
	cr_expect(eq(u32, s->in - s->marks[0][0].in, 0), "nothing has come since");
	mg_site_lock_leave();
	for (uint64_t i = 0; i < MG_SITES_SAMPLES; i++) {
		struct mg_sample sample;

		if (mg_sites_sink.forget(block(i), &sample))
			cr_assert(epsilon_eq(dbl, sample.weight, 128, 1e-9));
	}
	cr_expect(forget(MG_SITES_SAMPLES));
	cr_expect(zero(u64, mg_sites_read().live_samples));
	cr_expect(strstr(printed(1), " 0 0 0 steady ") != NULL, "to nothing, exactly: %s", got);
}

Test(sites, keep_a_doubled_mean)
{
	mg_sites_configure(4096, 0);
	cr_expect(eq(u64, mg_sample_mean(), 4096));
	mg_sample_set_mean(8192);
	mg_sites_configure(4096, 0);
	cr_expect(eq(u64, mg_sample_mean(), 8192), "another option was set");
	mg_sites_configure(0, 0);
	cr_expect(zero(u64, mg_sample_mean()));
}

Test(sites, large_samples_are_both)
{
	mg_sites_configure(4096, 64 * MB);
	mg_sites_sink.take(block(1), 100 * MB, 1, 100 * MB);
	mg_sites_sink.take(block(2), 0, 0, 100 * MB);
	cr_expect(eq(u64, mg_sites_read().samples, 1), "the second is no sample");
	cr_expect(eq(u32, support_count(events(), " large "), 2), "from two places");
}

Test(sites, end_in_a_sandbox)
{
	mg_sites_configure(4096, 64 * MB);
	mg_sites_sink.take(block(1), 100, 1, 0);
	mg_sites_seal();
	cr_expect(zero(u64, mg_sample_mean()));
	mg_sites_configure(4096, 64 * MB);
	cr_expect(zero(u64, mg_sample_mean()), "whoever asks");
	mg_sites_sink.take(block(2), 100, 1, 100 * MB);
	cr_expect(eq(u64, mg_sites_read().samples, 1));
	cr_expect(zero(u32, support_count(events(), " large ")));
	cr_expect(forget(1), "but they are released");
}

Test(sites, tell_of_large_blocks_within_reason)
{
	uint64_t frame = 0xa;

	for (int i = 0; i < 3; i++)
		mg_sites_tell_large(64 * MB, &frame, 1);
	cr_expect(SAME(events(), "0 large 64M at 0xa\n"));
	for (frame = 1; frame < 50; frame++)
		mg_sites_tell_large(20 * MB, &frame, 1);
	cr_expect(eq(u32, support_count(events(), " large "), 10));
	cr_expect(
	    SAME(printed(9), "# site live_bytes live_blocks bytes_per_minute verdict frames\n"),
	    "they are no samples");
}

static __attribute__((noinline)) void
allocate_here(uint64_t i)
{
	mg_sites_sink.take(block(i), 100, 1, 0);
	__asm__ volatile("");
}

static __attribute__((noinline)) void
allocate_there(uint64_t i)
{
	allocate_here(i);
	__asm__ volatile("");
}

/* Real stacks: two ways to one place are two sites. */
Test(sites, are_stacks)
{
	static volatile uint64_t times = 4;

	for (uint64_t i = 0; i < times; i++) {
		allocate_here(2 * i);
		allocate_there(2 * i + 1);
	}
	printed(10);
	cr_expect(eq(u32, support_count(got, "\n"), 3), "%s", got);
	cr_expect(eq(u32, support_count(got, " 400 4 0 steady unit+0x"), 2), "%s", got);
}
