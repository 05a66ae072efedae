// SPDX-License-Identifier: MIT
// A C++ program at the ceiling: vectors grow until bad_alloc, which is thrown, caught and survived; then again.
#include "check.h"

#include <new>
#include <string>
#include <vector>

int
main()
{
	for (int round = 0; round < 3; round++) {
		std::vector<std::string> all;
		bool caught = false;

		try {
			for (;;)
				all.emplace_back(100000, 'x');
		} catch (const std::bad_alloc &e) {
			caught = std::string(e.what()) == "std::bad_alloc";
		}
		CHECK(caught && all.size() > 500);
	}
	return passed();
}
