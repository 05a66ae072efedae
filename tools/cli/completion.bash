# SPDX-License-Identifier: MIT
# Completion of memgov and memgov-top for bash: subcommands, options with what they accept, and processes by their names. The
# words come from `memgov --complete`, and so from the same tables as its help.

# Bash takes "--preset=low" apart at "="; _memgov_words holds it in one piece, and _memgov_at says where each began.
_memgov_join()
{
	local i last
	_memgov_words=() _memgov_at=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		last=${#_memgov_words[@]}
		if ((last > 1)) && [[ ${COMP_WORDS[i]} == =* || ${COMP_WORDS[i - 1]} == = ]]; then
			_memgov_words[last - 1]+=${COMP_WORDS[i]}
		else
			_memgov_words+=("${COMP_WORDS[i]}")
			_memgov_at+=("$i")
		fi
	done
}

# The command line of another program begins at word $1: its own completion goes on, where there is one.
_memgov_command()
{
	if declare -F _command_offset > /dev/null; then
		_command_offset "$1"
	elif ((COMP_CWORD == $1)); then
		mapfile -t COMPREPLY < <(compgen -c -- "$cur")
	else
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}

# Several words are shown with what they mean; readline only takes from them what they begin with in common.
_memgov_explain()
{
	local i width=0 columns=${COLUMNS:-80}
	[[ $COMP_TYPE == 37 || $COMP_TYPE == 42 ]] && return # these insert whole words
	for i in "${COMPREPLY[@]}"; do
		((${#i} > width)) && width=${#i}
	done
	for i in "${!COMPREPLY[@]}"; do
		[[ ${helps[i]} ]] || continue
		printf -v "COMPREPLY[i]" '%-*s  (%s)' "$width" "${COMPREPLY[i]}" "${helps[i]}"
		((${#COMPREPLY[i]} < columns)) || COMPREPLY[i]=${COMPREPLY[i]:0:columns - 2}…
	done
}

_memgov()
{
	local line word cur _memgov_words _memgov_at
	local -a helps=() files=()
	COMPREPLY=()
	_memgov_join
	cur=${_memgov_words[-1]}
	local kept=${cur%"${cur##*=}"} # bash has it already
	while IFS= read -r line; do
		word=${line%%$'\t'*}
		case $line in
		$'\tCOMMAND '*) _memgov_command "${_memgov_at[${line##* }]}" ;;
		$'\tFILE')
			compopt -o filenames
			mapfile -t files < <(compgen -f -- "${cur#"$kept"}")
			;;
		*)
			COMPREPLY+=("${word#"$kept"}")
			helps+=("${line#*$'\t'}")
			;;
		esac
	done < <("${COMP_WORDS[0]%-top}" --complete "${_memgov_words[@]}" 2> /dev/null)
	((${#COMPREPLY[@]} + ${#files[@]} > 1)) && _memgov_explain
	[[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
	COMPREPLY+=("${files[@]}")
}

complete -o nosort -F _memgov memgov memgov-top
