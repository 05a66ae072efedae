// SPDX-License-Identifier: MIT
// plugin_host PLUGIN [deepbind]: loads and unloads it again and again, and releases and resizes
// memory of its, and it the host's; not so with deepbind: then its free is the C library's, which
// aborts on blocks of any preloaded allocator.
#include "plugin.hh"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <stdexcept>
#include <thread>

static long
exchange(const plugin *p, int round)
{
	long sum = 0;

	for (size_t size = 1; size < 3000000; size = size * 3 + 1) {
		char *theirs = p->make(size);
		char *ours = static_cast<char *>(malloc(size));

		theirs = static_cast<char *>(realloc(theirs, size * 2));
		memset(ours, round, size);
		ours = p->grow(ours, size * 2 + 1);
		sum += theirs[size - 1] + ours[size - 1];
		p->drop(ours);
		free(theirs);
	}
	return sum;
}

static void
use(void *library, int round)
{
	const plugin *p = static_cast<const plugin *>(dlsym(library, "plugin_table"));
	std::thread other([p] {
		p->remember(5);
		p->remember(600);
	});
	long sum = exchange(p, round);

	other.join();
	try {
		p->fail("round " + std::to_string(round));
	} catch (const std::exception &e) {
		if (round % 10 == 0)
			printf("%ld %d %s\n", sum, p->remember(round), e.what());
	}
}

int
main(int argc, char **argv)
{
	bool deepbind = argc > 2 && strcmp(argv[2], "deepbind") == 0;

	for (int round = 0; round < 50; round++) {
		void *library = dlopen(argv[1], deepbind ? RTLD_NOW | RTLD_DEEPBIND : RTLD_NOW);

		if (library == nullptr) {
			fprintf(stderr, "%s\n", dlerror());
			return 1;
		}
		use(library, round);
		dlclose(library);
	}
	return 0;
}
