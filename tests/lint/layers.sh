#!/bin/bash
# SPDX-License-Identifier: MIT
# Includes point down only (shim/README.md). Each line: a folder, and the folders it may include besides itself.
allowed() {
	case $1 in
	shim/base) echo ;;
	shim/tables) echo shim/base ;;
	shim/heap) echo shim/base shim/tables ;;
	shim/observe) echo shim/base shim/tables shim/heap ;;
	shim/govern) echo shim/base shim/tables shim/heap shim/observe policies ;;
	shim/hooks) echo shim shim/base shim/tables shim/heap shim/observe shim/govern policies ;;
	shim) echo shim/hooks shim/base shim/tables shim/heap shim/observe shim/govern policies ;;
	policies) echo shim/base shim/tables ;;
	tools/common) echo shim/base shim/tables ;;
	tools/top) echo shim/base shim/tables tools/common ;;
	tools/doctor) echo shim/base shim/tables tools/common ;;
	tools/serve) echo shim/base shim/tables tools/common ;;
	tools/cli) echo shim/base shim/tables tools/common tools/top tools/doctor tools/serve ;;
	tools/doc) echo shim/base shim/tables tools/common tools/cli policies ;;
	tools/*) echo shim/base shim/tables tools/common tools/top policies ;;
	tests | tests/*) echo tests tests/preload/victims shim shim/hooks shim/base shim/tables shim/heap shim/observe shim/govern policies tools/common tools/top tools/doctor tools/cli tools/serve tools/doc ;;
	*) echo ;;
	esac
}
bad=0
while IFS=: read -r file included; do
	from=$(dirname "$file")
	to=$(dirname "$included")
	[ "$to" = . ] && to=$from # "x.h" beside it
	case $included in shim/memgov.h | *.def) continue ;; esac # public; lists that the documentation is printed from
	if ! [[ " $from $(allowed "$from") " == *" $to "* ]]; then
		echo "$file includes $included"
		bad=1
	fi
done < <(git ls-files '*.[ch]' | xargs grep -oE '^#[ ]*include "[^"]+"' | sed -E 's/#[ ]*include "([^"]+)"/\1/')
if git ls-files '*.[ch]' | xargs grep -nE '^#[ ]*include "[^"]+\.c"'; then bad=1; fi
# One file each may call these libraries.
only() {
	grep -lE "$1" $(git ls-files 'shim/*.c' 'tools/*.c') | grep -v "^$2$" && echo "^ may not use $1" && bad=1
}
only '^#include <mimalloc' shim/heap/backend.c
only '^#include <(ncurses|curses)' tools/top/view.c
only '^#include <microhttpd' tools/serve/http.c
only '^#include <(elfutils/|dwarf|libelf|gelf)' tools/common/debuginfo.c
exit $bad
