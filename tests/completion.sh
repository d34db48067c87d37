#!/bin/sh
# SPDX-License-Identifier: MIT
# Completion of the command in the shells that are here.
set -u
# shellcheck source=tests/tap.sh
. "${srcdir:-.}/tests/tap.sh"

[ -e tools/tlspolicy ] || all 'the command is not built'
PATH=$PWD/tools:$PATH
tools=$(cd "$srcdir/tools" && pwd)

# What bash would put in place of the end of the line, one a line.  Words are
# broken at the characters of the first argument, as readline does.
# shellcheck disable=SC2016 # for bash
in_bash() { # BREAKS LINE
	bash -c '. "$1" && COMP_WORDBREAKS=$2 COMP_LINE=$3 COMP_POINT=${#3} &&
		_tlspolicy && printf "%s\n" "${COMPREPLY[@]}"' bash \
		"$tools/tlspolicy.bash" "$@"
}
# shellcheck disable=SC2016 # for fish
in_fish() { # BREAKS LINE
	HOME=$tmp XDG_CONFIG_HOME=$tmp XDG_DATA_HOME=$tmp fish --no-config -c \
		'source $argv[1]; complete -C $argv[2]' "$tools/tlspolicy.fish" \
		"$2" | cut -f 1
}
# An interactive zsh of its own, which lists them.
# shellcheck disable=SC2016 # for zsh
in_zsh_within() { # SECONDS LINE
	HOME=$tmp timeout 60 zsh -f -c '
		zmodload zsh/zpty
		zpty shell zsh -f -i
		show() {
			zpty -w shell "$1"
		}
		show "PS1=; unsetopt zle; stty -echo; setopt zle"
		show "fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -D"
		show "compadd() { builtin compadd -O found \"\$@\"; local IFS=;
			print -rl -- \"<\"\${^found}\">\"; builtin compadd \"\$@\" }"
		show "print rea\"\"dy" # what is typed may be echoed
		zpty -r shell line "*ready*"
		zpty -n -w shell "$2"$'"'\\t'"'
		sleep $3
		zpty -n -w shell $'"'\\x03'"'
		while zpty -r -t shell line; do print -r -- "$line"; done
		zpty -d shell' zsh "$tools" "$2" "$1" |
		tr -d '\r' | sed -n 's/.*<\([^<>]*\)>.*/\1/p'
}

# A busy machine takes longer to answer, and nothing tells that it has.
in_zsh() { # BREAKS LINE
	for seconds in 1 4 16; do
		in_zsh_within "$seconds" "$2" >"$tmp/listed"
		[ ! -s "$tmp/listed" ] || break
	done
	cat "$tmp/listed"
}

# completes SHELL NAME BREAKS LINE WORD...: these and no others.
completes() {
	shell=$1 name="$1: $2" breaks=$3 line=$4
	shift 4
	printf '%s\n' "$@" | LC_ALL=C sort -u >"$tmp/want"
	"in_$shell" "$breaks" "$line" 2>"$tmp/err" | LC_ALL=C sort -u >"$tmp/got"
	same want got "$name"
}

usual=" @=:\"'><;|&("
if command -v bash >/dev/null; then
	completes bash commands "$usual" 'tlspolicy co' compare
	back=$PWD
	# shellcheck disable=SC2016 # a name
	mkdir "$tmp/files" && cd "$tmp/files" && : >'$(touch executed)' &&
		completes bash 'a file whose name is a command' "$usual" \
			'tlspolicy scan --targets ' '$(touch executed)'
	cd "$back" || exit 1
	completes bash options "$usual" 'tlspolicy show --ov' --override
	completes bash policies "$usual" 'tlspolicy show inter' intermediate \
		intermediate@2026
	completes bash 'two editions' "$usual" 'tlspolicy compare comp' compat \
		compat@2026 compat@2026-11
	completes bash '@' "$usual" 'tlspolicy show compat@' 2026 2026-11
	completes bash '@, begun' "$usual" 'tlspolicy show compat@2026-' 2026-11
	completes bash '@, words not broken there' ' ' \
		'tlspolicy show compat@2026-' compat@2026-11
	completes bash '=' "$usual" 'tlspolicy show modern,min=TLSv1.' \
		TLSv1.1 TLSv1.2 TLSv1.3
	completes bash ':' "$usual" 'tlspolicy show disable=TLSv1:TLSv1.1' \
		TLSv1.1
	completes bash 'a key' "$usual" 'tlspolicy show modern,ciphers' \
		modern,ciphers= modern,ciphersuites=
	completes bash '--policy=' "$usual" 'tlspolicy scan --policy=mod' \
		modern modern@2026
	completes bash '--policy=, @' "$usual" \
		'tlspolicy run --policy=modern@' 2026
	completes bash '--policy=, words not broken there' ' ' \
		'tlspolicy scan --policy=mod' --policy=modern \
		--policy=modern@2026
	completes bash '--policy' "$usual" 'tlspolicy scan --policy mod' \
		modern modern@2026
	completes bash '--coverage' "$usual" 'tlspolicy list --coverage cnsa2@' \
		2026-07
	completes bash export "$usual" 'tlspolicy export ng' nginx
else
	skip bash 'there is no bash'
fi
if command -v fish >/dev/null; then
	completes fish commands - 'tlspolicy co' compare
	completes fish options - 'tlspolicy show --ov' --override
	completes fish policies - 'tlspolicy show inter' intermediate \
		intermediate@2026
	completes fish '@' - 'tlspolicy show compat@' compat@2026 \
		compat@2026-11
	completes fish '=' - 'tlspolicy show modern,min=TLSv1.' \
		modern,min=TLSv1.1 modern,min=TLSv1.2 modern,min=TLSv1.3
	completes fish '--policy=' - 'tlspolicy scan --policy=mod' \
		--policy=modern --policy=modern@2026
	completes fish export - 'tlspolicy export ng' nginx
else
	skip fish 'there is no fish'
fi
if command -v zsh >/dev/null; then
	completes zsh commands - 'tlspolicy co' compare
	completes zsh policies - 'tlspolicy show inter' intermediate \
		intermediate@2026
	completes zsh '@' - 'tlspolicy show compat@' compat@2026 compat@2026-11
	completes zsh '=' - 'tlspolicy show modern,min=TLSv1.' TLSv1.1 TLSv1.2 \
		TLSv1.3
	completes zsh '--policy=' - 'tlspolicy scan --policy=mod' modern \
		modern@2026
else
	skip zsh 'there is no zsh'
fi
echo "1..$n"
