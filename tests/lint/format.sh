#!/bin/bash
# SPDX-License-Identifier: MIT
# clang-format 14 agrees with every C file. With --fix it rewrites them (make format).
format=$(command -v clang-format-14 || command -v clang-format)
if ! "$format" --version | grep -q 'version 14\.'; then
	echo "clang-format 14 is needed, other versions format differently; this is $("$format" --version)"
	exit 1
fi
if [ "$1" = --fix ]; then
	git ls-files '*.[ch]' | xargs "$format" -i
	exit
fi
bad=0
for f in $(git ls-files '*.[ch]'); do
	"$format" "$f" | cmp -s - "$f" || { echo "$f"; bad=1; }
done
exit $bad
