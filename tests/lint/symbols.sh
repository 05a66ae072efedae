#!/bin/bash
# SPDX-License-Identifier: MIT
# Every global symbol of foo.o starts mg_foo, in policies mg_policy; tools have no prefix of mg_. Policies call nothing but
# mem*, str* and mg_*, and keep no data that can be written.
obj=${1:-build}/obj
bad=0
complain() {
	echo "$*"
	bad=1
}
for file in $(git ls-files 'shim/*/*.c' 'policies/*.c'); do
	[[ $file == shim/hooks/* ]] && continue # names of the C library, and memgov.h: exports.sh
	base=$(basename "$file" .c)
	prefix=mg_$base
	[[ $file == policies/* ]] && prefix=mg_policy
	case $file in shim/tables/value.c | shim/tables/steps.c | shim/tables/suggest.c) ;; shim/tables/emit_doc.c) prefix=mg_emit ;; esac
	for s in $(nm --defined-only --extern-only "$obj/${file%.c}.o" | awk '{ print $3 }'); do
		[[ $s == "$prefix"* ]] || complain "$file defines $s, which does not start $prefix"
	done
done
for file in $(git ls-files 'policies/*.c'); do
	o=$obj/${file%.c}.o
	for s in $(nm -u "$o" | awk '{ print $2 }'); do
		case $s in
		mem* | str* | mg_* | __stack_chk_fail | _GLOBAL_OFFSET_TABLE_) ;;
		*) complain "$file calls $s" ;;
		esac
	done
	for s in $(objdump -t "$o" | awk '$4 ~ /^\.(data|bss)/ && $4 !~ /rel\.ro/ && $3 == "O" { print $6 }'); do
		complain "$file keeps $s"
	done
done
# Nothing in the shim allocates, prints with stdio or reads the environment by other ways than its own.
for file in $(git ls-files 'shim/base/*.c' 'shim/tables/*.c' 'shim/heap/*.c' 'shim/observe/*.c' 'shim/govern/*.c'); do
	for s in $(nm -u "$obj/${file%.c}.o" | awk '{ print $2 }'); do
		[[ $file:$s == shim/govern/hints.c:getenv ]] && continue # once, at the start
		case $s in
		malloc | calloc | realloc | free | strdup | *printf* | fopen | fwrite | fread | puts | getenv | setlocale | exit)
			complain "$file calls $s" ;;
		esac
	done
done
exit $bad
