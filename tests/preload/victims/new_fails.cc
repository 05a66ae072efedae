// SPDX-License-Identifier: MIT
// What operator new does when there is nothing: calls the new_handler, throws bad_alloc, or answers nullptr.
#include "check.h"

#include <new>

static int handler_calls;
static void *volatile made; // keeps the compiler from dropping the calls

static void
handler()
{
	if (++handler_calls == 3)
		std::set_new_handler(nullptr);
}

template <class F>
static bool
throws(F f)
{
	try {
		f();
	} catch (const std::bad_alloc &) {
		return true;
	}
	return false;
}

int
main()
{
	volatile size_t huge = size_t(PTRDIFF_MAX) - 4096;
	const std::align_val_t a{64};

	CHECK(throws([&] { made = ::operator new(huge); }));
	CHECK(throws([&] { made = ::operator new[](huge); }));
	CHECK(throws([&] { made = ::operator new(huge, a); }));
	CHECK(throws([&] { made = ::operator new[](huge, a); }));
	CHECK(::operator new(huge, std::nothrow) == nullptr);
	CHECK(::operator new[](huge, std::nothrow) == nullptr);
	CHECK(::operator new(huge, a, std::nothrow) == nullptr);
	CHECK(::operator new[](huge, a, std::nothrow) == nullptr);
	std::set_new_handler(handler);
	CHECK(throws([&] { made = ::operator new(huge); }));
	CHECK(handler_calls == 3);
	handler_calls = 0;
	std::set_new_handler(handler);
	CHECK(::operator new(huge, std::nothrow) == nullptr && handler_calls == 3);
	return passed();
}
