# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Completion of tlspolicy(1) for bash.  Commands and options are those that its
# --help has.

# What can stand where the policy text $cur does; $head comes before it.
_tlspolicy_policy() {
	local item=${cur##*,}
	head+=${cur%"$item"}
	case $item in
	min=* | max=* | disable=*) list='TLSv1 TLSv1.1 TLSv1.2 TLSv1.3' ;;
	level=*) list='0 1 2 3 4 5' ;;
	renegotiation=*) list='on off' ;;
	preference=*) list='server client' ;;
	*=*) ;;
	*)
		list='min= max= disable= ciphers= ciphersuites= groups= sigalgs=
			level= renegotiation= preference='
		[ "$item" != "$cur" ] || list+=" $("${words[0]}" list |
			sed -n 's/^\([a-z0-9-]*\)\(@[0-9-]*\) .*/\1 \1\2/p')"
		;;
	esac
	case $item in
	*=*) head+=${item%"${item##*[=:]}"} ;;
	esac
}

_tlspolicy_words() { # what $before or the command asks for, to $list
	case ${#words[@]}:$before in
	2:*)
		list="$("${words[0]}" --help | sed -n \
			's/^  \([a-su-z][a-z]*\) .*/\1/p') --help --version"
		return
		;;
	*:--policy) _tlspolicy_policy && return ;;
	*:--coverage) list=$("${words[0]}" list | sed 's/ .*//') && return ;;
	*:--starttls) list='smtp lmtp imap pop3 sieve ftp ldap postgres mysql
		xmpp xmpp-server nntp' && return ;;
	*:--format) list='text json junit csv html' && return ;;
	*:--targets | *:--baseline | *:--log)
		names=$(compgen -f -- "$cur")
		compopt -o filenames
		return
		;;
	*:export) list='nginx apache haproxy lighttpd stunnel openssl-conf' ;;
	*:--[cfjost]*) return ;;
	esac
	case ${words[1]}:$cur in
	*:-*) list=$("${words[0]}" "${words[1]}" --help |
		grep -oe '--[a-z][a-z-]*')' --help' ;;
	show:* | compare:*) _tlspolicy_policy ;;
	export:*) [ "$before" = export ] || _tlspolicy_policy ;;
	scan:*) names=$(compgen -A hostname -S : -- "$cur") ;;
	run:*) names=$(compgen -c -- "$cur") ;;
	esac
}

# Readline's own word begins after the last of these that it breaks words at.
_tlspolicy() {
	local line=${COMP_LINE:0:COMP_POINT} breaks=${COMP_WORDBREAKS//[^@=:]/}
	local words cur before whole begun='' head='' list='' i
	local names='' each
	read -ra words <<<"$line"
	[[ $line != *[[:space:]] ]] || words+=('')
	cur=${words[-1]} before=${words[-2]}
	whole=$cur
	if [[ $cur == --*=* ]]; then
		before=${cur%%=*} cur=${cur#*=} head=$before=
	fi
	_tlspolicy_words 2>/dev/null
	# Not by compgen -W, which executes what files and hosts may be called.
	read -rd '' -a each <<<"$list"
	[ -z "$names" ] || mapfile -t each <<<"$names"
	mapfile -t COMPREPLY < <(for i in "${each[@]}"; do
		[[ $i != "${whole#"$head"}"* ]] || printf '%s\n' "$i"
	done | LC_ALL=C sort -u)
	[ -z "$breaks" ] || begun=${whole%"${whole##*[$breaks]}"}
	for i in "${!COMPREPLY[@]}"; do
		COMPREPLY[i]=$head${COMPREPLY[i]}
		COMPREPLY[i]=${COMPREPLY[i]#"$begun"}
	done
	# Text goes on after "min=", a target after "host:".
	case ${COMPREPLY[*]} in
	*[=:]) compopt -o nospace 2>/dev/null || : ;;
	esac
}
complete -F _tlspolicy tlspolicy
