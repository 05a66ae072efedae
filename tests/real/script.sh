# SPDX-License-Identifier: MIT
# Functions, arrays, pipes, subshells, here documents, traps: what shell scripts are made of.
declare -A count
trap 'echo end' EXIT
words() { for i in $(seq 1 "$1"); do echo "word$((i % 7))"; done; }
while read -r w; do count[$w]=$((${count[$w]:-0} + 1)); done < <(words 3000)
for w in $(printf '%s\n' "${!count[@]}" | sort); do echo "$w ${count[$w]}"; done
for i in $(seq 1 60); do (x=$(printf '%*s' "$i" x); echo "${#x}") | cat; done | paste -sd+ | bc 2>/dev/null || true
s=$(head -c 300000 /dev/zero | tr '\0' 'y')
echo "${#s} $(echo "$s" | md5sum | cut -c1-8)"
cat <<END | sed 's/a/A/g' | sort -r
banana
ananas
$(echo papaya)
END
for i in 1 2 3; do sh -c "exit $i"; echo $?; done
