// SPDX-License-Identifier: MIT
// Replaces new and delete as programs do since C++98, by a header before each block. All other forms of the
// runtime are made of these, and must be: a block whose header nobody wrote ends the program.
#include "check.h"

#include <algorithm>
#include <new>
#include <string>
#include <vector>

struct header {
	uint64_t mark, bytes;
};
static const uint64_t MARK = 0xfeedfacecafebeef;
static long live;
static bool is_refusing;

void *
operator new(size_t n)
{
	auto *h = is_refusing ? nullptr : static_cast<header *>(malloc(n + sizeof(header)));

	if (h == nullptr)
		throw std::bad_alloc();
	*h = { MARK, n };
	live++;
	return h + 1;
}

void
operator delete(void *p) noexcept
{
	header *h = static_cast<header *>(p) - 1;

	if (p == nullptr)
		return;
	CHECK(h->mark == MARK);
	h->mark = 0;
	live--;
	free(h);
}

// The aligned forms stay the runtime's.
struct alignas(128) wide {
	char bytes[128];
};

static void
every_form(size_t n)
{
	::operator delete(::operator new(n), n);
	::operator delete(::operator new(n, std::nothrow), std::nothrow);
	::operator delete[](::operator new[](n));
	::operator delete[](::operator new[](n), n);
	::operator delete[](::operator new[](n, std::nothrow), std::nothrow);
	CHECK(live == 0);
	delete new wide;
	delete[] new wide[3];
	delete new (std::nothrow) wide;
}

int
main()
{
	for (size_t n = 1; n < (6u << 20); n = n * 3 + 1)
		every_form(n);
	{
		std::vector<std::string> words;
		for (int i = 0; i < 20000; i++)
			words.push_back("a word that is too long to lie in the string " + std::to_string(i * 7919 % 20000));
		std::stable_sort(words.begin(), words.end());
		CHECK(live > 20000);
	}
	CHECK(live == 0);
	is_refusing = true;
	CHECK(::operator new(100, std::nothrow) == nullptr);
	CHECK(::operator new[](100, std::nothrow) == nullptr);
	return passed();
}
