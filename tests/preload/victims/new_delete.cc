// SPDX-License-Identifier: MIT
// All forms of operator new and delete, each block freed by every form that may free it.
#include "check.h"

#include <new>

static const std::align_val_t A{256};

static bool
aligned(void *p)
{
	return p != nullptr && reinterpret_cast<uintptr_t>(p) % 256 == 0;
}

int
main()
{
	for (size_t n = 1; n < (6u << 20); n = n * 3 + 1) {
		::operator delete(::operator new(n));
		::operator delete(::operator new(n), n);
		::operator delete(::operator new(n, std::nothrow), std::nothrow);
		::operator delete[](::operator new[](n));
		::operator delete[](::operator new[](n), n);
		::operator delete[](::operator new[](n, std::nothrow), std::nothrow);
		void *p[4] = { ::operator new(n, A), ::operator new(n, A, std::nothrow), ::operator new[](n, A),
			::operator new[](n, A, std::nothrow) };
		for (void *q : p)
			CHECK(aligned(q));
		::operator delete(p[0], A);
		::operator delete(p[1], A, std::nothrow);
		::operator delete[](p[2], A);
		::operator delete[](p[3], A, std::nothrow);
		p[0] = ::operator new(n, A);
		p[1] = ::operator new[](n, A);
		::operator delete(p[0], n, A);
		::operator delete[](p[1], n, A);
	}
	::operator delete(nullptr);
	::operator delete[](nullptr);
	void *a = ::operator new(0), *b = ::operator new(0);
	CHECK(a != nullptr && b != nullptr && a != b);
	free(a);
	::operator delete(b);
	return passed();
}
