// SPDX-License-Identifier: MIT
// What churn.cc opens and closes all the time: it allocates, and throws.
#include <stdexcept>
#include <string>
#include <vector>

static void
dig(int depth, std::vector<std::string> &out)
{
	out.push_back(std::string(static_cast<size_t>(depth) * 40, 'x'));
	if (depth == 0)
		throw std::runtime_error(out.back() + "the bottom");
	dig(depth - 1, out);
}

// A block that outlives the plug-in; the caller's.
extern "C" char *
plugin_work(unsigned n)
{
	std::vector<std::string> strings;

	try {
		dig(static_cast<int>(n % 20), strings);
	} catch (const std::exception &) {
		strings.clear();
	}
	return new char[100 + n % 5000];
}
