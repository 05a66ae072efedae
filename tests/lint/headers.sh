#!/bin/bash
# SPDX-License-Identifier: MIT
# Every header compiles alone, and twice. (fuzz.h is no header but the main of each fuzz target.)
cc=${CC:-gcc}
bad=0
for h in $(git ls-files 'shim/*.h' 'policies/*.h' 'tools/*.h' 'tests/*.h' | grep -v '^tests/fuzz/fuzz.h$'); do
	printf '#include "%s"\n#include "%s"\n' "$h" "$h" |
		$cc -std=gnu11 -D_GNU_SOURCE -I. -Wall -Wextra -Wno-unused-function -Werror -fsyntax-only -x c - || { echo "$h does not compile alone"; bad=1; }
done
printf '#include "shim/memgov.h"\nint main() { return memgov_compact ? 0 : 1; }\n' |
	g++ -std=c++11 -I. -Wall -Wextra -Werror -fsyntax-only -x c++ - || { echo "memgov.h is no C++"; bad=1; }
exit $bad
