// SPDX-License-Identifier: MIT
// Thread-local objects of C++ whose constructors and destructors allocate, in threads that come and
// go.
#include <atomic>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

static std::atomic<int> alive;

struct holder {
	std::vector<std::string> texts;
	std::unique_ptr<holder> next;

	explicit holder(int depth = 5) : texts(20, std::string(500, 'x'))
	{
		alive++;
		if (depth > 0)
			next = std::make_unique<holder>(depth - 1);
	}
	~holder()
	{
		std::string last(3000, 'y');

		texts.push_back(last);
		alive--;
	}
};

static thread_local holder first;
static thread_local std::string second(2000, 'z');

int
main()
{
	for (int round = 0; round < 100; round++) {
		std::vector<std::thread> threads;

		for (int i = 0; i < 10; i++)
			threads.emplace_back([] { first.texts.push_back(second); });
		for (auto &t : threads)
			t.join();
	}
	std::printf("%d alive\nok\n", alive.load());
	return 0;
}
