#!/bin/bash
# SPDX-License-Identifier: MIT
# Functions that shim/layout.ld puts first but the library does not have, one a line: one that was renamed would silently
# cost every process a page fault again.
build=${1:-build}
here=$(nm "$build/libmemgov.so" | awk '{ print $3 }')
failed=0
for name in $(grep -o '\.text\.mg_[a-z_*]*' shim/layout.ld | sed 's/^\.text\.//'); do
	if ! grep -qx "${name//\*/.*}" <<< "$here"; then
		echo "shim/layout.ld: the library has no function $name"
		failed=1
	fi
done
exit $failed
