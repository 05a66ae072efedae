#!/bin/bash
# SPDX-License-Identifier: MIT
# What libmemgov.so exports is tests/lint/exports.txt, no more and no less; and every name by which Linux programs
# reach the allocator inside (libmimalloc) is among it, so that no block passes memgov by.
lib=${1:-build}/libmemgov.so
here=$(dirname "$0")
bad=0
exported=$(nm -D --defined-only "$lib" | awk '{ print $3 }' | sort -u)
diff -u --label exports.txt --label "$lib" <(LC_ALL=C sort -u "$here/exports.txt") <(LC_ALL=C sort -u <<< "$exported") || bad=1
# Names of other systems (BSD, macOS, Windows) that libmimalloc also has; nothing on Linux calls them, and to export them
# could capture a library's own.
foreign=' _aligned_malloc malloc_good_size malloc_size reallocarr reallocf vfree '
mimalloc=$(ldd "$lib" | awk '/libmimalloc/ { print $3 }')
for s in $(nm -D --defined-only "$mimalloc" | awk '{ print $3 }' | grep -Ev '^_?mi_'); do
	if ! grep -qx "$s" <<< "$exported" && [[ $foreign != *" $s "* ]]; then
		echo "$mimalloc exports $s, $lib does not"
		bad=1
	fi
done
exit $bad
