// SPDX-License-Identifier: MIT
// Templates that the compiler has inlined (-O2): a registry of names that is only ever added to.
// Argument 1: names per second.
#include "work.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace shop
{
template <typename Value> class registry
{
	std::vector<Value *> entries;

	Value *
	make(const Value &value)
	{
		return new Value(value);
	}

      public:
	void
	add(const Value &value)
	{
		entries.push_back(make(value));
	}
};

struct customer {
	char name[600];
};

template <typename T> class pool
{
	std::map<uint64_t, std::unique_ptr<T>> live;

      public:
	void
	turn(uint64_t nth)
	{
		live[nth] = std::make_unique<T>();
		if (live.size() > 2000)
			live.erase(live.begin());
	}
};
} // namespace shop

static shop::registry<shop::customer> customers;
static shop::pool<shop::customer> visitors;

static void
serve(uint64_t nth)
{
	for (uint64_t i = 0; i < 20; i++)
		visitors.turn(nth * 20 + i);
	customers.add(shop::customer{ "somebody" });
}

int
main(int argc, char **argv)
{
	return work(work_argument(argc, argv, 1, 1400), serve);
}
