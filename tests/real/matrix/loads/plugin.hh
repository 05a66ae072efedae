/* SPDX-License-Identifier: MIT */
/* What the plug-in and its host hand each other: memory that the other one releases. */
#include <cstddef>
#include <string>

struct plugin {
	char *(*make)(size_t size);
	void (*drop)(char *block);
	char *(*grow)(char *block, size_t size);
	void (*fail)(const std::string &why);
	int (*remember)(int n);
};
