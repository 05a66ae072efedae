// SPDX-License-Identifier: MIT
// Everything that makes taking stacks dangerous, at once: a plug-in (argument 1) that is opened and
// closed, exceptions, short threads, fork children, programs that are started, and signal handlers
// that allocate, on stacks of their own. For argument 2 seconds; ends with status 1 when one of
// these stands still for a minute.
#include "shim/memgov.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <map>
#include <spawn.h>
#include <stdexcept>
#include <string>
#include <sys/time.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

extern char **environ;

static const char *plugin;
static std::atomic<bool> stop;

struct loop {
	const char *name;
	void (*turn)(unsigned nth);
	std::atomic<unsigned> turns;
};

[[noreturn]] static void
fail(const char *what)
{
	printf("%s\n", what);
	fflush(stdout);
	_exit(1);
}

// ---- What the loops do.

static void
descend(unsigned depth, unsigned n)
{
	std::string held(n % 700, 'h');
	std::vector<int> more(n % 90);

	if (depth == 0 && n % 2 == 0)
		throw std::runtime_error(held);
	if (depth > 0)
		descend(depth - 1, n * 17 + 5);
}

static void
catch_some(unsigned n)
{
	for (unsigned i = 0; i < 20; i++) {
		try {
			descend((n + i) % 25, n + i);
		} catch (const std::runtime_error &e) {
			if (strlen(e.what()) > 700)
				fail("an exception has changed");
		}
	}
}

static void
allocate(unsigned n)
{
	static thread_local std::map<unsigned, std::string> held;

	for (unsigned i = 0; i < 200; i++) {
		held[(n * 7919 + i) % 3000] = std::string((n + i * i) % 3000, 'a');
		held.erase((n + i * 31) % 3000);
	}
}

static void
load(unsigned n)
{
	void *handle = dlopen(plugin, RTLD_NOW | RTLD_LOCAL);
	auto work =
	    handle ? reinterpret_cast<char *(*)(unsigned)>(dlsym(handle, "plugin_work")) : nullptr;

	if (work == nullptr)
		fail("no plug-in");
	char *block = work(n);
	dlclose(handle);
	if (dlopen(plugin, RTLD_NOW | RTLD_NOLOAD) != nullptr)
		fail("the plug-in was not unloaded");
	delete[] block;
}

static void
thread(unsigned n)
{
	std::vector<std::thread> threads;

	for (unsigned i = 0; i < 3; i++)
		threads.emplace_back([n, i] { catch_some(n + i), allocate(n + i); });
	for (auto &t : threads)
		t.join();
}

static void
wait_for(pid_t child, const char *what)
{
	int status = 0;

	if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
		printf("status %x\n", static_cast<unsigned>(status));
		fail(what);
	}
}

// The loader's lists may be in any state there, so it opens nothing.
static void
fork_one(unsigned n)
{
	pid_t child = fork();

	if (child == 0) {
		alarm(60);
		catch_some(n);
		allocate(n);
		thread(n);
		_exit(0);
	}
	wait_for(child, "a fork child");
}

static void
start_program(unsigned)
{
	char name[] = "/bin/true";
	char *args[] = { name, nullptr };
	pid_t child = -1;

	if (posix_spawn(&child, name, nullptr, nullptr, args, environ) != 0)
		child = -1;
	wait_for(child, "a program that was started");
}

// ---- Signals.

static std::atomic<unsigned> signals;

static void
handle(int)
{
	int saved = errno;

	// Not allowed in general, but memgov bears it.
	if (memgov_compact != nullptr)
		for (unsigned i = 0; i < 5; i++)
			free(memset(malloc(i * 300 + 1), 1, i * 300 + 1));
	signals++;
	errno = saved;
}

static void
start_signals()
{
	struct sigaction action = {};
	struct itimerval every = { { 0, 2000 }, { 0, 2000 } };

	action.sa_handler = handle;
	action.sa_flags = SA_ONSTACK | SA_RESTART;
	if (sigaction(SIGPROF, &action, nullptr) != 0 ||
	    setitimer(ITIMER_PROF, &every, nullptr) != 0)
		fail("no signals");
}

static void
run(loop *l)
{
	static constexpr size_t bytes = 64 << 10;
	std::vector<char> stack(bytes);
	stack_t other = {}, none = {};

	other.ss_sp = stack.data();
	other.ss_size = bytes;
	none.ss_flags = SS_DISABLE;
	sigaltstack(&other, nullptr);
	while (!stop)
		l->turn(l->turns++);
	sigaltstack(&none, nullptr);
}

// ---- The watch.

static loop loops[] = { { "throws", catch_some, {} }, { "allocations", allocate, {} },
	{ "loads", load, {} }, { "threads", thread, {} }, { "forks", fork_one, {} },
	{ "programs", start_program, {} } };

static void
watch(unsigned seconds)
{
	std::map<loop *, unsigned> seen, still;

	for (unsigned second = 0; second < seconds; second++) {
		std::this_thread::sleep_for(std::chrono::seconds(1));
		for (loop &l : loops) {
			still[&l] = seen[&l] == l.turns ? still[&l] + 1 : 0;
			seen[&l] = l.turns;
			if (still[&l] > 60)
				fail(l.name);
		}
	}
}

int
main(int argc, char **argv)
{
	std::vector<std::thread> threads;

	if (argc != 3)
		return 2;
	plugin = argv[1];
	start_signals();
	for (loop &l : loops)
		threads.emplace_back(run, &l);
	watch(static_cast<unsigned>(atoi(argv[2])));
	stop = true;
	for (auto &t : threads)
		t.join();
	for (loop &l : loops)
		printf("%s %u\n", l.name, l.turns.load());
	printf("signals %u\n", signals.load());
	return 0;
}
