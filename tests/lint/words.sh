#!/bin/bash
# SPDX-License-Identifier: MIT
# No reminders left in the tree, no absolute paths of somebody's machine, no stray white space, an SPDX line first in all code.
bad=0
me=tests/lint/words.sh
files() { git ls-files -- "$@" | grep -v "^$me$"; }
if files . | xargs grep -nIE 'TODO|FIXME|HACK'; then echo "^ reminders"; bad=1; fi
if files . | xargs grep -nIE '/(home|Users|work)/[a-z]|/root/[a-z]'; then echo "^ paths of a machine"; bad=1; fi
if files '*.[ch]' '*.def' '*.py' '*.sh' '*.md' '*.yml' '*.json' '*.bash' Makefile | xargs grep -nE '[[:blank:]]+$'; then echo "^ white space at the end"; bad=1; fi
for f in $(files '*.[ch]' '*.cc' '*.def' '*.py' '*.sh' '*.js' '*.yml' '*.bash'); do
	head -2 "$f" | grep -q SPDX-License-Identifier || { echo "$f has no SPDX line"; bad=1; }
done
exit $bad
