// SPDX-License-Identifier: MIT
// Holds memory in known ways, and more of it for every line on standard input: "orders" or "nothing". Prints "ready" when
// it has done so.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace shop
{
struct customer {
	char name[3000];
};

template <typename Value> class registry
{
	std::vector<Value *> entries;

      public:
	// Inlined: its name stands only in the debug information.
	__attribute__((always_inline)) void
	add(const char *name)
	{
		Value *v = new Value();

		strncpy(v->name, name, sizeof v->name - 1);
		entries.push_back(v);
	}
};
} // namespace shop

static shop::registry<shop::customer> customers;

// Never the one to blame.
__attribute__((noinline)) static void *
xmalloc(size_t n)
{
	void *p = malloc(n);

	if (p == nullptr)
		abort();
	memset(p, 1, n);
	return p;
}

static std::vector<void *> catalogue, orders;

__attribute__((noinline)) static void
load_customers()
{
	for (int i = 0; i < 14000; i++)
		customers.add("somebody");
}

__attribute__((noinline)) static void
load_catalogue()
{
	for (int i = 0; i < 500; i++)
		catalogue.push_back(xmalloc(40000));
}

__attribute__((noinline)) static void
take_orders()
{
	for (int i = 0; i < 2000; i++)
		orders.push_back(xmalloc(10000));
}

__attribute__((noinline)) static void
pass_through()
{
	for (int i = 0; i < 20000; i++)
		free(xmalloc(5000));
}

int
main()
{
	char line[64];

	load_customers();
	load_catalogue();
	pass_through();
	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin) != nullptr) {
		if (strcmp(line, "orders\n") == 0)
			take_orders();
		puts("done");
		fflush(stdout);
	}
	return 0;
}
