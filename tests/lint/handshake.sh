#!/bin/bash
# SPDX-License-Identifier: MIT
# The owner handshake (tests/lint/handshake.pml), every schedule of it: spin finds no error in the protocol, and finds one in
# each of its mistakes on purpose. LONG=1 also takes the large cases (minutes, some GB).
here=$(cd "$(dirname "$0")" && pwd)
export here
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
if ! command -v spin > /dev/null; then
	echo 'spin is missing: make deps'
	exit 1
fi

# WANTED KIND DEFINE...: WANTED is right or wrong, KIND is safety, or cycles for a search for schedules without an end.
check() {
	local wanted=$1 kind=$2 how=-DSAFETY run=
	shift 2
	[ "$kind" = cycles ] && how=-DNP run=-l
	mkdir "$BASHPID" && cd "$BASHPID" || return 1
	if ! { spin "$@" -a "$here/handshake.pml" && gcc -w $how -DMEMLIM=4000 -o pan pan.c; } > log 2>&1; then
		cat log
		return 1
	fi
	timeout -s KILL 600 ./pan $run -m100000 > log 2>&1
	if ! grep -q 'errors: ' log || grep -q 'Search not completed' log && [ "$wanted" = right ]; then
		echo "handshake: $*: error in the protocol, or no room to look for one"
		grep '^pan:' log
		ls ./*.trail > /dev/null 2>&1 && spin -t -p "$@" "$here/handshake.pml" | tail -80
		return 1
	fi
	if [ "$wanted" = wrong ] && ! grep -qE 'errors: [1-9]' log; then
		echo "handshake: $*: spin does not find the mistake"
		return 1
	fi
}
export -f check

cases() {
	local p='-DPAUSERS=%d -DFORKERS=%d -DOPERATIONS=%d -DSIGNALS=%d' m
	printf "right safety $p\n" 2 1 1 0  1 0 2 1  0 1 1 1
	printf "right safety -DRAW_FORK $p\n" 1 1 1 0  2 0 1 0
	printf "right cycles $p\n" 1 1 1 0
	for m in NO_MEMBARRIER BUSY_DURING_LOCK FLAG_LOOKED_AT_ONCE UNLOCK_BEFORE_RESUME PARK_AFTER_UNLOCK; do
		printf "wrong safety -D$m $p\n" 1 1 1 0
	done
	for m in NESTED_CLEARS_BUSY NO_LOCKED_FLAG EXIT_NOT_BUSY; do
		printf "wrong safety -D$m $p\n" 1 0 1 1
	done
	printf "wrong safety -DFORKER_WAITS_FOR_EVER $p\n" 0 1 1 1
	printf "wrong safety -DRAW_FORK -DWAITS_FOR_GHOSTS $p\n" 1 0 1 0
	[ -z "$LONG" ] && return
	printf "right safety $p\n" 1 1 1 1  1 1 2 0  2 0 1 1  0 1 2 1
	printf "right cycles $p\n" 0 1 1 1
}
cases | xargs -P "$(nproc)" -I{} bash -c 'check {}'
