// SPDX-License-Identifier: MIT
#include "plugin.hh"

#include <cstdlib>
#include <cstring>
#include <map>
#include <stdexcept>

static thread_local std::map<int, std::string> memory;
static std::string at_load = std::string(2000, 'p');

static char *
make(size_t size)
{
	char *p = static_cast<char *>(malloc(size));

	return p != nullptr ? static_cast<char *>(memset(p, at_load[size % 2000], size)) : nullptr;
}

static void
drop(char *block)
{
	free(block);
}

static char *
grow(char *block, size_t size)
{
	return static_cast<char *>(realloc(block, size));
}

static void
fail(const std::string &why)
{
	throw std::runtime_error(why + " from the plug-in");
}

static int
remember(int n)
{
	memory[n] = std::string(static_cast<size_t>(n), 'm');
	return static_cast<int>(memory.size());
}

extern "C" const plugin plugin_table = { make, drop, grow, fail, remember };
