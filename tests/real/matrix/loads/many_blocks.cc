// SPDX-License-Identifier: MIT
// Threads that allocate in every way of C and C++ and release for each other; prints a checksum of
// what was in the blocks.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <malloc.h>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <queue>
#include <regex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

struct block {
	unsigned char *at;
	size_t size;
	int how;
};

static std::queue<block> passed;
static std::mutex passing;
static thread_local std::map<int, std::string> own;

static block
take(int how, size_t size)
{
	void *p = nullptr;

	switch (how) {
	case 0: p = malloc(size); break;
	case 1: p = calloc(size, 1); break;
	case 2: p = realloc(malloc(size / 2 + 1), size); break;
	case 3: p = aligned_alloc(64, (size + 63) / 64 * 64); break;
	case 4: p = posix_memalign(&p, 4096, size) == 0 ? p : nullptr; break;
	case 5: p = operator new(size); break;
	case 6: p = operator new(size, std::align_val_t(128)); break;
	default: p = memalign(32, size); break;
	}
	if (p == nullptr || malloc_usable_size(p) < size)
		abort();
	memset(p, static_cast<int>(size & 255), size);
	return { static_cast<unsigned char *>(p), size, how };
}

static unsigned long
give(const block &b)
{
	unsigned long sum = b.size;

	for (size_t i = 0; i < b.size; i += 97)
		sum += b.at[i];
	if (b.how == 5)
		operator delete(b.at);
	else if (b.how == 6)
		operator delete(b.at, std::align_val_t(128));
	else
		free(b.at);
	return sum;
}

static void
work(unsigned seed, unsigned long *sum)
{
	std::vector<block> mine;

	for (int i = 0; i < 30000; i++) {
		seed = seed * 1103515245 + 12345;
		size_t size = (seed >> 8) % (i % 500 == 0     ? 3000000
						: i % 20 == 0 ? 30000
							      : 700) +
			      1;
		block b = take(static_cast<int>(seed >> 28) & 7, size);

		own[i % 100] = std::to_string(seed);
		if (i % 3 == 0) {
			std::lock_guard<std::mutex> lock(passing);
			passed.push(b);
		} else {
			mine.push_back(b);
		}
		if (mine.size() > 200) {
			*sum += give(mine[seed % 200]);
			mine[seed % 200] = mine.back();
			mine.pop_back();
		}
	}
	for (const block &b : mine)
		*sum += give(b);
}

static int
exceptions()
{
	int caught = 0;

	for (int i = 0; i < 2000; i++) {
		try {
			std::string s(static_cast<size_t>(i % 300), 'x');

			if (i % 2)
				throw std::runtime_error(s);
			(void)std::vector<int>(3).at(static_cast<size_t>(i + 3));
		} catch (const std::exception &e) {
			caught += static_cast<int>(strlen(e.what())) > -1;
		}
	}
	return caught;
}

int
main()
{
	unsigned long sums[4] = {}, sum = 0;
	std::vector<std::thread> threads;

	for (unsigned i = 0; i < 4; i++)
		threads.emplace_back(work, i * 7919 + 1, &sums[i]);
	for (std::thread &t : threads)
		t.join();
	for (; !passed.empty(); passed.pop())
		sum += give(passed.front());
	for (unsigned long s : sums)
		sum += s;
	printf("%lu %d %d\n", sum, exceptions(), std::regex_match("aaab", std::regex("a+(b|c)*")));
	return 0;
}
